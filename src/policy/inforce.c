/* inforce.c: which version of a layout judges now. */
#include "policy/inforce.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "policy/inforce_internal.h"
#include "repo/remote.h"
#include "verify/chain.h"

#define SECONDS_A_DAY ((int64_t)24 * 60 * 60)
#define EXPIRY_SOON (30 * SECONDS_A_DAY)

struct judging {
	struct repo *repo;
	const struct trust *trust;
	int64_t now;
};

static int check_stamp(const struct inforce *inforce,
		       const struct judging *judging, struct intoto_error *err)
{
	const struct layout_stamp *stamp = &inforce->envelope->layout->stamp;
	const char *project = judging->trust ? judging->trust->project : "";

	if (!*stamp->project)
		return 0;
	if (strcmp(stamp->name, inforce->name))
		return intoto_reject(err, "layout-name",
				     "the layout calls itself '%s'",
				     stamp->name);
	if (*project && strcmp(stamp->project, project))
		return intoto_reject(err, "layout-foreign",
				     "the layout is of project '%s', expected "
				     "'%s'",
				     stamp->project, project);
	return 0;
}

/* Who of the owners signed; too few is no error where a digest is pinned. */
static int check_owners(struct inforce *inforce, const struct judging *judging,
			bool pinned, struct intoto_error *err)
{
	const struct trust *trust = judging->trust;
	const int64_t now = judging->now ? judging->now : clock_now();
	bool *by = xcalloc(trust->n_keys + 1, sizeof(*by));
	int got = 0;

	if (trust->n_keys)
		got = layout_check_owners(
			by, inforce->envelope,
			(const struct key *const *)trust->keys, trust->n_keys,
			trust->threshold, now, err);
	if (got < 0 && err->code == INTOTO_EREJECTED)
		intoto_hint(err, "git intoto trust list");
	inforce->owners = trust->n_keys;
	for (size_t i = 0; i < trust->n_keys; i++)
		inforce->signed_by += by[i];
	free(by);
	if (got < 0 && pinned && err->code == INTOTO_EREJECTED) {
		*err = (struct intoto_error){ 0 };
		got = 0;
	}
	return got;
}

static int judge_trusted(struct inforce *inforce, const void *data,
			 struct intoto_error *err)
{
	const struct judging *judging = data;
	const struct trust_layout *named =
		trust_layout_named(judging->trust, inforce->name);
	const char *digest = named ? named->digest : "";

	inforce->checked = true;
	if (*digest && strcmp(digest, inforce->digest))
		return intoto_reject(err, "layout-digest",
				     "expected sha256:%s, which is pinned "
				     "here, found sha256:%s",
				     digest, inforce->digest);
	if (!*digest && !judging->trust->n_keys)
		return intoto_reject(err, "layout-threshold",
				     "no owner of it is trusted here");
	if (check_owners(inforce, judging, *digest, err) < 0)
		return -1;
	if (!*digest && !*inforce->envelope->layout->stamp.project) {
		intoto_reject(err, "layout-unstamped",
			      "its readme does not end with a "
			      "git-intoto-layout line, so only a pinned digest "
			      "can make it believed");
		return intoto_hint(
			err, "git intoto trust add KEY --layout %s=sha256:%s",
			inforce->name, inforce->digest);
	}
	return check_stamp(inforce, judging, err);
}

static int judge_unchecked(struct inforce *inforce, const void *data,
			   struct intoto_error *err)
{
	const struct judging *judging = data;

	if (!*inforce->envelope->layout->stamp.project)
		return intoto_reject(err, "layout-unstamped",
				     "its readme does not end with a "
				     "git-intoto-layout line");
	return check_stamp(inforce, judging, err);
}

/* A version that is pinned by its digest was chosen by the user. */
static int check_rollback(const struct inforce *inforce,
			  const struct judging *judging,
			  struct intoto_error *err)
{
	const struct layout_stamp *stamp = &inforce->envelope->layout->stamp;
	const struct trust_layout *named =
		trust_layout_named(judging->trust, inforce->name);
	uint64_t seen = 0;

	if (!*stamp->project || (named && *named->digest))
		return 0;
	if (seen_version(&seen, judging->repo, stamp->project, inforce->name,
			 err) < 0)
		return -1;
	if (stamp->version >= seen)
		return 0;
	intoto_reject(err, "layout-rollback",
		      "layout '%s' is version %" PRIu64 ", but version %" PRIu64
		      " was seen here before",
		      inforce->name, stamp->version, seen);
	return intoto_hint(err, "git fetch");
}

static int check_expiry(const struct inforce *inforce, int64_t now,
			struct intoto_error *err)
{
	if (!now ||
	    layout_check_expiry(inforce->envelope->layout, now, err) == 0)
		return 0;
	intoto_context(err, "layout '%s', version %" PRIu64 ": ", inforce->name,
		       inforce->envelope->layout->stamp.version);
	return intoto_hint(err, "git intoto layout renew %s", inforce->name);
}

/* From EXPIRY_SOON on everybody who goes by it is told. */
static void warn_expiry(const struct inforce *inforce, int64_t now,
			struct report *warnings)
{
	const int64_t left = inforce->envelope->layout->expires - now;
	const long long days = (long long)(left / SECONDS_A_DAY);

	if (warnings && now && left <= EXPIRY_SOON)
		report_warn(warnings,
			    "layout '%s' expires in %lld %s: git intoto layout "
			    "renew %s",
			    inforce->name, days, days == 1 ? "day" : "days",
			    inforce->name);
}

/* Where there is none: what brings it. */
static int hint_fetch(struct repo *repo, struct intoto_error *err)
{
	scoped_text remote = NULL;

	if (err->code != INTOTO_ENOTFOUND || repo->server)
		return -1;
	remote = remote_default(repo);
	return remote ? intoto_hint(err, "git fetch %s", remote) : -1;
}

/* A tip that fails is a warning beside one that holds; alone it is the error,
 * and said once. */
static void keep_warnings(struct report *warnings, struct report *found,
			  bool holds)
{
	if (warnings && (holds || found->warnings.n > 1))
		report_append(warnings, found);
}

int inforce_load(struct inforce **out, struct repo *repo,
		 const struct trust *trust, const char *name, int64_t now,
		 struct report *warnings, struct intoto_error *err)
{
	const struct judging judging = { repo, trust, now };
	scoped_value(tips) tips = { 0 };
	scoped_value(report) found = REPORT_INIT;
	scoped(inforce) inforce = NULL;
	struct intoto_error why = { 0 };
	int got;

	got = tips_load(&tips, repo, name, judge_trusted, &judging, &found,
			&why);
	keep_warnings(warnings, &found, tips.n > 0);
	if (got < 0 || tips_choose(&inforce, &tips, name, &why) < 0 ||
	    check_rollback(inforce, &judging, &why) < 0 ||
	    check_expiry(inforce, now, &why) < 0) {
		hint_fetch(repo, &why);
		if (err)
			*err = why;
		return -1;
	}
	warn_expiry(inforce, now, warnings);
	*out = take(inforce);
	return 0;
}

int inforce_load_unchecked(struct inforce **out, struct repo *repo,
			   const char *name, int64_t now,
			   struct report *warnings, struct intoto_error *err)
{
	const struct judging judging = { repo, NULL, now };
	scoped_value(tips) tips = { 0 };
	scoped_value(report) found = REPORT_INIT;
	scoped(inforce) inforce = NULL;
	struct intoto_error why = { 0 };
	int got;

	got = tips_load(&tips, repo, name, judge_unchecked, &judging, &found,
			&why);
	keep_warnings(warnings, &found, tips.n > 0);
	if (got < 0 || tips_choose(&inforce, &tips, name, &why) < 0 ||
	    check_expiry(inforce, now, &why) < 0) {
		hint_fetch(repo, &why);
		if (err)
			*err = why;
		return -1;
	}
	if (warnings)
		report_warn(warnings,
			    "layout not checked: no trust configured (layout "
			    "'%s')",
			    name);
	warn_expiry(inforce, now, warnings);
	*out = take(inforce);
	return 0;
}

/* refs/in-toto-remotes/<remote>/layouts/<name>; the remote may hold slashes. */
static const char *layout_name_in(const char *ref)
{
	static const char own[] = NOTES_PREFIX "layouts/";
	const char *last = strrchr(ref, '/');
	const char *name = NULL;

	if (!strncmp(ref, own, strlen(own)))
		name = ref + strlen(own);
	else if ((size_t)(last - ref) > strlen("/layouts") &&
		 !strncmp(last - strlen("/layouts"), "/layouts/", 9))
		name = last + 1;
	return name && notes_layout_name_ok(name) ? name : NULL;
}

int inforce_names(struct strlist *out, struct repo *repo,
		  struct intoto_error *err)
{
	static const char *const prefixes[] = { NOTES_PREFIX "layouts/",
						NOTES_TRACKING_PREFIX, NULL };
	scoped_value(refs) refs = { 0 };

	if (refs_list(&refs, repo, prefixes, err) < 0)
		return -1;
	for (size_t i = 0; i < refs.n; i++) {
		const char *name = layout_name_in(refs.items[i].name);

		if (name)
			strlist_add(out, name);
	}
	strlist_sort(out);
	strlist_uniq(out);
	return 0;
}
