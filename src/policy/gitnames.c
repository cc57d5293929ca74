/* gitnames.c: git: artifacts resolved again. */
#include "policy/gitnames.h"

#include <stdarg.h>
#include <string.h>

#include "base/xalloc.h"
#include "repo/gitname.h"
#include "verify/sublayout.h"

#define GITNAMES_MAX 1000 /* each asks git, and more than once */

struct checking {
	struct report *report;
	struct repo *repo;
	const struct chain_link *link;
	struct strlist contents; /* digest sets that are those of an object */
	size_t n;
};

static void checking_release(struct checking *checking)
{
	strlist_release(&checking->contents);
}
SCOPED_RELEASE(checking);

__attribute__((format(printf, 3, 4))) static void
refuse(const struct checking *checking, const char *name, const char *fmt, ...)
{
	const struct link *link = checking->link->link;
	scoped_text text = NULL;
	struct finding *finding = NULL;
	va_list args;

	va_start(args, fmt);
	text = xvasprintf(fmt, args);
	va_end(args);
	finding = report_refuse(checking->report, "artifact-git",
				"step '%s': %s: '%s' %s", link->name,
				checking->link->origin, name, text);
	finding_set(&finding->step, "%s", link->name);
	finding_set(&finding->artifact, "%s", name);
}

/* Does the name still mean the object that was recorded? */
static int check_name(const struct checking *checking, const char *text,
		      const struct gitname *name, const struct oid *recorded,
		      struct intoto_error *err)
{
	struct intoto_error why = { 0 };
	char expected[OID_HEX_SIZE];
	char found[OID_HEX_SIZE] = "nothing";
	bool fixed = false;
	struct oid now;

	if (gitname_resolve(&now, checking->repo, name, &why) == 0) {
		if (oid_equal(&now, recorded))
			return 0;
		oid_hex(found, &now);
	} else if (why.code != INTOTO_ENOTFOUND &&
		   why.code != INTOTO_EINVALID) {
		*err = why;
		return -1;
	}
	if (gitname_is_fixed(&fixed, checking->repo, name, err) < 0)
		return -1;
	oid_hex(expected, recorded);
	if (fixed)
		refuse(checking, text, "is %s here, recorded was %s", found,
		       expected);
	else
		report_warn(checking->report,
			    "step '%s': '%s' has moved on since it was "
			    "recorded: it was %s",
			    checking->link->link->name, text, expected);
	return 0;
}

/* Is the object what the digest set says? Asked once of each. */
static int check_content(bool *holds, struct checking *checking,
			 const struct artifact *artifact, enum object_type type,
			 const struct oid *oid, struct intoto_error *err)
{
	scoped_value(buffer) digests = BUFFER_INIT;
	struct intoto_error why = { 0 };

	*holds = strlist_has(&checking->contents, artifact->canonical);
	if (*holds)
		return 0;
	if (gitname_digests(&digests, checking->repo, type, oid, &why) < 0) {
		if (why.code != INTOTO_EINVALID) {
			*err = why;
			intoto_context(err, "'%s': ", artifact->name);
			return -1;
		}
		refuse(checking, artifact->name, "is not what was recorded: %s",
		       why.message);
		return 0;
	}
	*holds = !strcmp(buffer_text(&digests), artifact->canonical);
	if (*holds)
		strlist_add(&checking->contents, artifact->canonical);
	else
		refuse(checking, artifact->name,
		       "has another content: expected %s, found %s",
		       artifact->canonical, buffer_text(&digests));
	return 0;
}

static int check_artifact(struct checking *checking,
			  const struct artifact *artifact,
			  struct intoto_error *err)
{
	struct intoto_error why = { 0 };
	struct gitname name;
	bool holds = false;
	struct oid oid;

	if (++checking->n > GITNAMES_MAX) {
		if (checking->n == GITNAMES_MAX + 1)
			refuse(checking, artifact->name,
			       "is one of more than %d such names",
			       GITNAMES_MAX);
		return 0;
	}
	if (gitname_parse(&name, artifact->name, &why) < 0 ||
	    !artifact->canonical ||
	    !gitname_recorded(&oid, name.type, artifact->canonical) ||
	    oid.size != checking->repo->oid_size) {
		refuse(checking, artifact->name,
		       "has not the digests of a Git object");
		return 0;
	}
	if (check_content(&holds, checking, artifact, name.type, &oid, err) < 0)
		return -1;
	return holds ? check_name(checking, artifact->name, &name, &oid, err)
		     : 0;
}

static int check_set(struct checking *checking, const struct artifacts *set,
		     struct intoto_error *err)
{
	for (size_t i = 0; i < artifacts_count(set); i++) {
		const struct artifact artifact = artifacts_at(set, i);

		if (gitname_is(artifact.name) &&
		    check_artifact(checking, &artifact, err) < 0)
			return -1;
	}
	return 0;
}

/* Not the summary of a sublayout: its links are asked themselves. */
static int check_chain(void *data, const struct chain *chain,
		       struct report *report, struct intoto_error *err)
{
	struct checking *checking = data;

	checking->report = report;
	for (size_t i = 0; i < chain->n_steps; i++) {
		const struct chain_step *step = &chain->steps[i];

		for (size_t j = 0; j < step->n_good; j++) {
			const struct chain_link *good = step->good[j];

			checking->link = good;
			if (good->envelope->content == CONTENT_LINK &&
			    (check_set(checking, good->link->materials, err) <
				     0 ||
			     check_set(checking, good->link->products, err) <
				     0))
				return -1;
		}
	}
	return 0;
}

int gitnames_check(struct report *report, struct repo *repo,
		   const struct chain *chain, struct intoto_error *err)
{
	scoped_value(checking)
		checking = { .repo = repo, .contents = STRLIST_INIT };

	return sublayout_each(chain, check_chain, &checking, report, err);
}
