/* sync_view.c: look at a remote's proof, and compare it with what it was. */
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "base/encode.h"
#include "base/file.h"
#include "base/quote.h"
#include "base/xalloc.h"
#include "crypto/digest.h"
#include "policy/sync_internal.h"
#include "repo/config.h"
#include "repo/git.h"
#include "repo/remote.h"

#define WAIT_FIRST_MS 50
#define WAIT_MAX_MS 5000
#define TRIES_MAX 10
#define LOCKED_TRIES_MAX 5

void sync_result_release(struct sync_result *result)
{
	free(result->remote);
	strlist_release(&result->refs);
	strlist_release(&result->bare);
	strlist_release(&result->said);
	report_release(&result->report);
}

void sync_view_forget(struct sync_view *view)
{
	for (size_t i = 0; i < view->n; i++)
		free(view->refs[i].name);
	view->n = 0;
}

void sync_view_release(struct sync_view *view)
{
	sync_view_forget(view);
	free(view->refs);
	free(view->remote);
	free(view->from);
	free(view->track);
	json_decref(view->known);
	*view = (struct sync_view){ 0 };
}

static int no_remote(const char *given, struct intoto_error *err)
{
	scoped_text word = NULL;

	if (!given) {
		intoto_fail(err, INTOTO_ENOTFOUND,
			    "no remote: say which one, or add one");
		return intoto_hint(err, "git remote add origin URL");
	}
	word = quote_word(given);
	intoto_fail(err, INTOTO_ENOTFOUND, "there is no remote '%s'", given);
	return intoto_hint(err, "git remote add %s URL", word);
}

static bool is_url(const char *text)
{
	return strpbrk(text, ":/") || file_is_dir(text);
}

/* Another URL to push to may lead to another repository. */
static char *source_of(const struct sync_view *view, bool push)
{
	scoped_text name = xasprintf("remote.%s.pushurl", view->track);
	const char *url = push ? config_get(view->repo, name) : NULL;

	return xstrdup(url && *url ? url : view->remote);
}

int sync_view_open(struct sync_view *out, struct repo *repo, const char *remote,
		   bool push, struct intoto_error *err)
{
	scoped_value(sync_view) view = { .repo = repo };
	char digest[SHA256_HEX_SIZE];

	if (!remote)
		view.remote = remote_default(repo);
	else if (remote_is_named(repo, remote))
		view.remote = xstrdup(remote);
	else if (*remote && *remote != '-' && is_url(remote))
		view.remote = remote_of_url(repo, remote);
	else
		return no_remote(remote, err);
	if (view.remote) {
		if (remote_check_name(view.remote, err) < 0)
			return -1;
		view.track = xstrdup(view.remote);
	} else if (remote) {
		sha256_hex(digest, remote, strlen(remote));
		view.remote = xstrdup(remote);
		view.track = xasprintf("url-%.16s", digest);
	} else {
		return no_remote(NULL, err);
	}
	view.from = source_of(&view, push);
	if (sync_seen_load(&view.known, repo, view.track, err) < 0)
		return -1;
	*out = view;
	view = (struct sync_view){ 0 };
	return 0;
}

char *sync_local_name(const struct sync_ref *ref)
{
	return xasprintf(NOTES_PREFIX "%s", ref->name);
}

char *sync_tracking_name(const struct sync_view *view,
			 const struct sync_ref *ref)
{
	return xasprintf(NOTES_TRACKING_PREFIX "%s/%s", view->track, ref->name);
}

bool sync_is_null(const struct oid *oid)
{
	return !oid->size || oid_is_null(oid);
}

bool sync_has(struct repo *repo, const struct oid *oid)
{
	struct intoto_error ignored = { 0 };
	enum object_type type;
	size_t size;

	return !sync_is_null(oid) &&
	       object_stat(&type, &size, repo, oid, &ignored) == 0 &&
	       type == OBJECT_COMMIT;
}

/* The names that we know; all else below the same folders is nobody's. */
static bool kind_of(enum sync_kind *kind, const char *name)
{
	static const char links[] = "links/", layouts[] = "layouts/";

	*kind = SYNC_SET;
	if (!strncmp(name, links, strlen(links)))
		return strlen(name) == strlen(links) + 2 &&
		       is_lower_hex(name + strlen(links), 2);
	if (!strcmp(name, "pending"))
		return true;
	*kind = SYNC_LINEAR;
	return !strcmp(name, "root") ||
	       (!strncmp(name, layouts, strlen(layouts)) &&
		notes_layout_name_ok(name + strlen(layouts)));
}

static bool in_scope(const char *name, const struct strlist *parts)
{
	for (size_t i = 0; i < parts->n; i++) {
		const char *part = parts->items[i];
		size_t len = strlen(part);

		if (part[len - 1] == '/' ? !strncmp(name, part, len)
					 : !strcmp(name, part))
			return true;
	}
	return false;
}

struct sync_ref *sync_view_ref(struct sync_view *view, const char *name)
{
	size_t at = 0;

	while (at < view->n && strcmp(view->refs[at].name, name) < 0)
		at++;
	if (at < view->n && !strcmp(view->refs[at].name, name))
		return &view->refs[at];
	ALLOC_GROW(view->refs, view->n + 1, view->alloc);
	memmove(&view->refs[at + 1], &view->refs[at],
		(view->n - at) * sizeof(*view->refs));
	view->n++;
	view->refs[at] = (struct sync_ref){ .name = xstrdup(name) };
	kind_of(&view->refs[at].kind, name);
	return &view->refs[at];
}

enum side { SIDE_LOCAL, SIDE_BEFORE, SIDE_NOW };

static void set_side(struct sync_ref *ref, enum side side,
		     const struct oid *oid)
{
	if (side == SIDE_LOCAL)
		ref->local = *oid;
	else if (side == SIDE_BEFORE)
		ref->before = *oid;
	else
		ref->now = *oid;
}

/* Every known ref below `prefix` that the parts name. */
static int read_side(struct sync_view *view, enum side side, const char *prefix,
		     const struct strlist *parts, struct intoto_error *err)
{
	const char *const prefixes[] = { prefix, NULL };
	scoped_value(refs) refs = { 0 };

	if (refs_list(&refs, view->repo, prefixes, err) < 0)
		return -1;
	for (size_t i = 0; i < refs.n; i++) {
		const char *name = refs.items[i].name + strlen(prefix);
		enum sync_kind kind;

		if (kind_of(&kind, name) && in_scope(name, parts))
			set_side(sync_view_ref(view, name), side,
				 &refs.items[i].oid);
	}
	return 0;
}

static int read_known(struct sync_view *view, const struct strlist *parts,
		      struct intoto_error *err)
{
	const char *name;
	json_t *value;

	json_object_foreach(view->known, name, value)
	{
		const char *hex = json_string_value(value);
		enum sync_kind kind;
		struct oid oid;

		if (!hex || !kind_of(&kind, name) ||
		    !oid_parse(&oid, hex, strlen(hex)))
			return intoto_fail(err, INTOTO_EINVALID,
					   "what remote '%s' had is no list of "
					   "refs",
					   view->track);
		if (in_scope(name, parts))
			sync_view_ref(view, name)->seen = oid;
	}
	return 0;
}

int sync_is_kept(bool *out, struct repo *repo, const struct oid *had,
		 const struct oid *now, struct intoto_error *err)
{
	*out = sync_is_null(had) || oid_equal(had, now);
	if (*out || !sync_has(repo, now) || !sync_has(repo, had))
		return 0;
	return commit_is_ancestor(out, repo, had, now, err);
}

static int compare(struct sync_view *view, struct intoto_error *err)
{
	for (size_t i = 0; i < view->n; i++) {
		struct sync_ref *ref = &view->refs[i];
		bool kept;

		if (sync_is_kept(&kept, view->repo, &ref->before, &ref->now,
				 err) < 0)
			return -1;
		if (!kept)
			ref->lost = ref->before;
		if (sync_is_kept(&kept, view->repo, &ref->seen, &ref->now,
				 err) < 0)
			return -1;
		if (!kept)
			ref->lost = ref->seen;
	}
	return 0;
}

void sync_view_know(struct sync_view *view, const char *name,
		    const struct oid *oid)
{
	char hex[OID_HEX_SIZE];

	if (sync_is_null(oid)) {
		json_object_del(view->known, name);
		return;
	}
	oid_hex(hex, oid);
	json_object_set_new(view->known, name, json_string(hex));
}

int sync_view_save(struct sync_view *view, struct intoto_error *err)
{
	return sync_seen_save(view->repo, view->track, view->known, err);
}

/* What a plain `git fetch` has brought since then was seen as well. Kept before
 * anything is fetched, so that it is not forgotten if all ends there. */
static int see_tracking(struct sync_view *view, struct intoto_error *err)
{
	bool news = false;

	for (size_t i = 0; i < view->n; i++) {
		struct sync_ref *ref = &view->refs[i];
		bool kept;

		if (sync_is_null(&ref->before) ||
		    oid_equal(&ref->before, &ref->seen))
			continue;
		if (sync_is_kept(&kept, view->repo, &ref->seen, &ref->before,
				 err) < 0)
			return -1;
		if (!kept || !sync_has(view->repo, &ref->before))
			continue;
		ref->seen = ref->before;
		sync_view_know(view, ref->name, &ref->seen);
		news = true;
	}
	return news ? sync_view_save(view, err) : 0;
}

static void make_refspecs(struct strlist *out, const struct sync_view *view,
			  const struct strlist *parts,
			  const struct strlist *more)
{
	for (size_t i = 0; i < parts->n; i++)
		strlist_addf(out,
			     "+" NOTES_PREFIX "%s*:" NOTES_TRACKING_PREFIX
			     "%s/%s*",
			     parts->items[i], view->track, parts->items[i]);
	if (more)
		strlist_add_all(out, more);
}

int sync_view_look(enum fetch_end *end, struct sync_view *view,
		   const struct strlist *parts, const struct strlist *more,
		   bool show, struct intoto_error *err)
{
	scoped_text prefix =
		xasprintf(NOTES_TRACKING_PREFIX "%s/", view->track);
	scoped_value(strlist) refspecs = STRLIST_INIT;

	view->looked = false;
	make_refspecs(&refspecs, view, parts, more);
	if (read_known(view, parts, err) < 0 ||
	    read_side(view, SIDE_BEFORE, prefix, parts, err) < 0 ||
	    see_tracking(view, err) < 0 ||
	    transport_fetch(end, view->repo, view->from, &refspecs, show, err) <
		    0)
		return -1;
	if (*end != FETCH_DONE)
		return 0;
	if (read_side(view, SIDE_NOW, prefix, parts, err) < 0 ||
	    read_side(view, SIDE_LOCAL, NOTES_PREFIX, parts, err) < 0)
		return -1;
	if (compare(view, err) < 0)
		return -1;
	view->looked = true;
	return 0;
}

static void add_shard(struct strlist *parts, const struct oid *oid)
{
	scoped_text ref = notes_links_ref(oid);
	const char *part = ref + strlen(NOTES_PREFIX);

	if (!strlist_has(parts, part))
		strlist_add(parts, part);
}

int sync_tag_parts(struct strlist *parts, struct oid *oid, struct repo *repo,
		   const char *ref, struct intoto_error *err)
{
	scoped_text peeled = xasprintf("%s^{commit}", ref);
	const char *const args[] = { "rev-parse",	 "--verify", "--quiet",
				     "--end-of-options", peeled,     NULL };
	struct intoto_error ignored = { 0 };
	scoped_text hex = NULL;
	struct oid commit;

	if (refs_read(oid, repo, ref, err) < 0)
		return -1;
	add_shard(parts, oid);
	if (git_line(&hex, repo, args, &ignored) == 0 &&
	    oid_parse(&commit, hex, strlen(hex)))
		add_shard(parts, &commit);
	return 0;
}

void sync_wait(size_t attempt)
{
	uint64_t longest = WAIT_MAX_MS;
	struct timespec time = { 0 };
	uint64_t random = 0;

	if (attempt < 8 && (WAIT_FIRST_MS << attempt) < WAIT_MAX_MS)
		longest = WAIT_FIRST_MS << attempt;
	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		random = (uint64_t)clock();
	random %= longest + 1;
	time.tv_sec = (time_t)(random / 1000);
	time.tv_nsec = (long)(random % 1000) * 1000000;
	nanosleep(&time, NULL);
}

size_t sync_tries(const struct intoto_error *why)
{
	return *why->hint ? LOCKED_TRIES_MAX : TRIES_MAX;
}
