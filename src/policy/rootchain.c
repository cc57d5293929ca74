/* rootchain.c: the versions of the trust root, each step of them checked. */
#include "policy/rootchain.h"

#include <inttypes.h>
#include <string.h>

#include "base/xalloc.h"
#include "policy/trust.h"
#include "repo/config.h"
#include "repo/remote.h"

void root_chain_free(struct root_chain *chain)
{
	if (!chain)
		return;
	for (size_t i = 0; i < chain->n; i++)
		envelope_free(chain->versions[i]);
	free(chain->versions);
	strlist_release(&chain->lines);
	free(chain);
}

const struct root *root_chain_last(const struct root_chain *chain)
{
	return chain->versions[chain->n - 1]->root;
}

/* The index of the version with this digest; chain->n if there is none. */
static size_t find_index(const struct root_chain *chain, const char *digest)
{
	char own[SHA256_HEX_SIZE];
	size_t i = 0;

	for (; i < chain->n; i++) {
		envelope_digest(own, chain->versions[i]);
		if (!strcmp(own, digest))
			break;
	}
	return i;
}

const struct root *root_chain_find(const struct root_chain *chain,
				   const char *digest)
{
	const size_t i = find_index(chain, digest);

	return i < chain->n ? chain->versions[i]->root : NULL;
}

bool root_chain_start(struct root_chain *chain, const char *digest)
{
	const size_t i = find_index(chain, digest);

	if (i == chain->n)
		return false;
	chain->first = i;
	return true;
}

/* Whoever wrote the ref chose these bytes: that they are no root is a "no". */
static int malformed(struct intoto_error *err)
{
	scoped_text why = xstrdup(err->message);

	return intoto_reject(err, "root-malformed", "%s", why);
}

/* The one note of the tree, its lines in the order they have. */
static int read_note(struct note *out, struct repo *repo,
		     const struct oid *commit, size_t max_line,
		     struct intoto_error *err)
{
	const struct oid key = notes_empty_tree(repo);
	scoped_value(note_entries) entries = { 0 };
	scoped_value(buffer) text = BUFFER_INIT;

	if (notes_entries(&entries, repo, commit, err) < 0)
		return err->code == INTOTO_EREJECTED ? malformed(err) : -1;
	if (entries.n != 1 || !oid_equal(&entries.items[0].key, &key))
		return intoto_reject(err, "root-malformed",
				     "expected one note, on the empty tree");
	if (object_read_as(&text, repo, &entries.items[0].blob, OBJECT_BLOB,
			   NOTE_MAX, err) < 0 ||
	    note_split(out, NULL, buffer_text(&text), text.len, max_line, err) <
		    0)
		return err->code == INTOTO_ELIMIT ? malformed(err) : -1;
	if (!out->n || out->n > ROOT_VERSIONS_MAX)
		return intoto_reject(err, "root-malformed",
				     "expected 1 to %d versions, found %zu",
				     ROOT_VERSIONS_MAX, out->n);
	return 0;
}

static int add_version(struct root_chain *chain, const struct note_line *line,
		       struct intoto_error *err)
{
	scoped(envelope) envelope = NULL;

	if (line->problem)
		return intoto_reject(err, "root-malformed", "the line %s",
				     line->problem);
	if (envelope_read(&envelope, line->text, line->len, true, err) < 0)
		return malformed(err);
	if (envelope->content != CONTENT_ROOT)
		return intoto_reject(err, "root-malformed",
				     "the line is no root");
	chain->versions[chain->n++] = take(envelope);
	strlist_take(&chain->lines, xmemdupz(line->text, line->len));
	return 0;
}

/* The versions as they stand there; nothing is checked of who signed them. */
static int parse(struct root_chain **out, struct repo *repo,
		 const struct oid *commit, size_t max_line,
		 struct intoto_error *err)
{
	scoped(root_chain) chain = xcalloc(1, sizeof(*chain));
	scoped_value(note) note = { 0 };

	if (read_note(&note, repo, commit, max_line, err) < 0)
		return -1;
	chain->versions = xcalloc(note.n, sizeof(struct envelope *));
	chain->commit = *commit;
	for (size_t i = 0; i < note.n; i++)
		if (add_version(chain, &note.lines[i], err) < 0)
			return intoto_context(err, "line %zu: ", i + 1);
	*out = take(chain);
	return 0;
}

static int check_steps(const struct root_chain *chain, struct intoto_error *err)
{
	const struct envelope *before = NULL;

	for (size_t i = 0; i < chain->n; i++) {
		if (root_check_next(before, chain->versions[i], err) < 0)
			return intoto_context(err, "line %zu: ", i + 1);
		before = chain->versions[i];
	}
	return 0;
}

int root_chain_read(struct root_chain **out, struct repo *repo,
		    const struct oid *commit, size_t max_line,
		    struct intoto_error *err)
{
	scoped(root_chain) chain = NULL;

	if (parse(&chain, repo, commit, max_line, err) < 0 ||
	    check_steps(chain, err) < 0)
		return -1;
	*out = take(chain);
	return 0;
}

/* Chains that hold, and why others do not. */
struct tips {
	struct root_chain **chains;
	char **refs;
	size_t n;
	struct intoto_error rejected; /* the first that was refused */
	struct intoto_error broken;   /* the first that could not be judged */
};

static void tips_release(struct tips *tips)
{
	for (size_t i = 0; i < tips->n; i++) {
		root_chain_free(tips->chains[i]);
		free(tips->refs[i]);
	}
	free(tips->chains);
	free(tips->refs);
}
SCOPED_RELEASE(tips);

static void tips_failed(struct tips *tips, const char *ref,
			const struct intoto_error *why, struct report *warnings)
{
	const bool judged = why->code == INTOTO_EREJECTED;
	struct intoto_error *kept = judged ? &tips->rejected : &tips->broken;

	if (warnings)
		report_warn(warnings, "root at %s: %s%s%s%s", ref, why->message,
			    judged ? " [" : "", why->reason, judged ? "]" : "");
	if (kept->code)
		return;
	*kept = *why;
	intoto_context(kept, "root at %s: ", ref);
}

static int tip_read(struct root_chain **out, struct repo *repo,
		    const struct ref *tip, const char *pin, size_t max_line,
		    struct intoto_error *err)
{
	scoped(root_chain) chain = NULL;

	if (parse(&chain, repo, &tip->oid, max_line, err) < 0)
		return -1;
	/* Before the work of checking what somebody else may have made up. */
	if (*pin && !root_chain_start(chain, pin))
		return intoto_reject(err, "root-pin",
				     "none of its versions is sha256:%s, which "
				     "is pinned here",
				     pin);
	if (check_steps(chain, err) < 0)
		return -1;
	*out = take(chain);
	return 0;
}

static int tips_load(struct tips *out, struct repo *repo,
		     const struct refs *refs, const char *pin,
		     struct report *warnings, struct intoto_error *err)
{
	size_t max_line = 0;

	if (config_max_link_size(&max_line, repo, err) < 0)
		return -1;
	out->chains = xcalloc(refs->n + 1, sizeof(struct root_chain *));
	out->refs = xcalloc(refs->n + 1, sizeof(char *));
	for (size_t i = 0; i < refs->n; i++) {
		const struct ref *tip = &refs->items[i];
		struct root_chain *chain = NULL;
		struct intoto_error why = { 0 };

		if (tip_read(&chain, repo, tip, pin, max_line, &why) < 0) {
			tips_failed(out, tip->name, &why, warnings);
			continue;
		}
		out->chains[out->n] = chain;
		out->refs[out->n++] = xstrdup(tip->name);
	}
	return 0;
}

/* The first version, from the pinned one on, that two chains do not have in
 * common; 0 if the shorter is the start of the longer. */
static uint64_t fork_version(const struct root_chain *a,
			     const struct root_chain *b)
{
	char one[SHA256_HEX_SIZE], other[SHA256_HEX_SIZE];

	for (size_t i = a->first; i < a->n && i < b->n; i++) {
		envelope_digest(one, a->versions[i]);
		envelope_digest(other, b->versions[i]);
		if (strcmp(one, other))
			return a->versions[i]->root->version;
	}
	return 0;
}

/* The longest; of equals that of a remote, where others have it from. */
static int tips_choose(struct root_chain **out, struct tips *tips,
		       struct intoto_error *err)
{
	size_t best = 0;

	if (!tips->n) {
		*err = tips->broken.code ? tips->broken : tips->rejected;
		return -1;
	}
	for (size_t i = 1; i < tips->n; i++) {
		const size_t n = tips->chains[i]->n;
		const size_t most = tips->chains[best]->n;

		if (n > most || (n == most && strcmp(tips->refs[i], ROOT_REF)))
			best = i;
	}
	for (size_t i = 0; i < tips->n; i++) {
		const uint64_t version =
			fork_version(tips->chains[best], tips->chains[i]);

		if (version)
			return intoto_reject(err, "root-conflict",
					     "version %" PRIu64 " of the root "
					     "is not the same at %s and at %s",
					     version, tips->refs[best],
					     tips->refs[i]);
	}
	*out = take(tips->chains[best]);
	return 0;
}

/* Older than, or another than, what was seen here? */
static int check_seen(const struct root_chain *chain, struct repo *repo,
		      struct intoto_error *err)
{
	const struct root *last = root_chain_last(chain);
	char seen[SHA256_HEX_SIZE] = "";
	uint64_t version = 0;

	if (seen_root(&version, seen, repo, last->project, err) < 0)
		return -1;
	if (!version || root_chain_find(chain, seen))
		return 0;
	if (last->version < version)
		intoto_reject(err, "root-rollback",
			      "the root is version %" PRIu64
			      ", but version %" PRIu64 " was seen here before",
			      last->version, version);
	else
		intoto_reject(err, "root-conflict",
			      "version %" PRIu64 " of the root is not "
			      "sha256:%s, which was seen here before",
			      version, seen);
	return intoto_hint(err, "git fetch");
}

int root_chain_load(struct root_chain **out, struct repo *repo, const char *pin,
		    struct report *warnings, struct intoto_error *err)
{
	scoped_value(report) found = REPORT_INIT;
	scoped_value(refs) refs = { 0 };
	scoped_value(tips) tips = { 0 };
	scoped(root_chain) chain = NULL;

	if (notes_tips(&refs, repo, ROOT_REF, err) < 0)
		return -1;
	if (!refs.n) {
		scoped_text remote = repo->server ? NULL : remote_default(repo);

		intoto_fail(err, INTOTO_ENOTFOUND,
			    "the trust root is not here, sha256:%s is pinned",
			    pin);
		return intoto_hint(err, "git fetch%s%s", remote ? " " : "",
				   remote ? remote : "");
	}
	if (tips_load(&tips, repo, &refs, pin, &found, err) < 0)
		return -1;
	/* Alone, what fails is the error, and said once. */
	if (warnings && (tips.n || found.warnings.n > 1))
		report_append(warnings, &found);
	if (tips_choose(&chain, &tips, err) < 0 ||
	    check_seen(chain, repo, err) < 0)
		return -1;
	*out = take(chain);
	return 0;
}

bool root_chain_is_there(struct repo *repo)
{
	struct intoto_error ignored = { 0 };
	scoped_value(refs) refs = { 0 };

	return notes_tips(&refs, repo, ROOT_REF, &ignored) == 0 && refs.n > 0;
}

/* May the ref move from the local chain to the one that was chosen, so that no
 * version is lost? */
static int is_contained(bool *out, struct repo *repo, const struct oid *local,
			const struct root_chain *chain,
			struct intoto_error *err)
{
	scoped(root_chain) here = NULL;
	size_t max_line = 0;

	if (config_max_link_size(&max_line, repo, err) < 0 ||
	    root_chain_read(&here, repo, local, max_line, err) < 0)
		return -1;
	*out = here->n <= chain->n && !fork_version(here, chain);
	return 0;
}

int root_chain_adopt(struct repo *repo, const struct root_chain *chain,
		     struct intoto_error *err)
{
	struct ref_update update = { .name = ROOT_REF };
	struct intoto_error why = { 0 };
	bool ok = false;

	if (refs_read(&update.old, repo, ROOT_REF, &why) < 0) {
		if (why.code == INTOTO_ENOTFOUND)
			return 0;
		*err = why;
		return -1;
	}
	if (commit_is_ancestor(&ok, repo, &update.old, &chain->commit, err) < 0)
		return -1;
	if (ok)
		return 0;
	if (is_contained(&ok, repo, &update.old, chain, err) < 0)
		return -1;
	if (!ok)
		return intoto_reject(err, "root-conflict",
				     "the root at " ROOT_REF " is not what "
				     "others have");
	update.new_oid = chain->commit;
	return refs_transaction(repo, &update, 1,
				"in-toto: the root as others have it", err);
}
