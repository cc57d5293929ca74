/* publish.c: put a signed layout on top of its ref's history. */
#include "policy/publish.h"

#include <inttypes.h>
#include <string.h>

#include "base/xalloc.h"
#include "policy/inforce_internal.h"
#include "verify/chain.h"

#define HISTORY_MAX 10000

int publish_was(bool *out, struct repo *repo, const char *name,
		const struct oid *commit, const char *digest,
		struct intoto_error *err)
{
	struct oid at = *commit;

	*out = false;
	for (size_t left = HISTORY_MAX; left; left--) {
		scoped_value(commit_info) info = { 0 };
		scoped(inforce) layout = NULL;
		struct intoto_error ignored = { 0 };

		*out = tip_read(&layout, repo, name, "", &at, &ignored) == 0 &&
		       !strcmp(layout->digest, digest);
		if (*out)
			return 0;
		if (commit_read(&info, repo, &at, err) < 0)
			return -1;
		if (!info.n_parents)
			return 0;
		at = info.parents[0];
	}
	return 0;
}

/* Signed by the threshold that is trusted here? */
static bool is_signed(const struct inforce *layout, const struct trust *trust,
		      int64_t now)
{
	struct intoto_error ignored = { 0 };

	return trust->n_keys &&
	       layout_check_owners(NULL, layout->envelope,
				   (const struct key *const *)trust->keys,
				   trust->n_keys, trust->threshold, now,
				   &ignored) == 0;
}

/* Neither contains the other, and both say the same. */
static int is_twin(bool *out, struct repo *repo, const struct inforce *local,
		   const struct inforce *other, struct intoto_error *err)
{
	bool related = false;

	*out = false;
	if (strcmp(local->digest, other->digest))
		return 0;
	if (commit_is_ancestor(&related, repo, &local->commit, &other->commit,
			       err) < 0 ||
	    (!related && commit_is_ancestor(&related, repo, &other->commit,
					    &local->commit, err) < 0))
		return -1;
	*out = !related;
	return 0;
}

static int move(struct repo *repo, const char *ref, const struct inforce *from,
		const struct inforce *to, struct intoto_error *err)
{
	const struct ref_update update = { .name = ref,
					   .old = from->commit,
					   .new_oid = to->commit };

	return refs_transaction(repo, &update, 1,
				"in-toto: the remote's copy of this version",
				err);
}

static int follow(bool *moved, struct repo *repo, const struct inforce *local,
		  const struct trust *trust, const char *ref,
		  const struct oid *theirs, int64_t now,
		  struct intoto_error *err)
{
	scoped(inforce) other = NULL;
	struct intoto_error ignored = { 0 };
	bool twin = false;

	if (tip_read(&other, repo, local->name, ref, theirs, &ignored) < 0 ||
	    !is_signed(other, trust, now))
		return 0;
	if (is_twin(&twin, repo, local, other, err) < 0 ||
	    (twin && move(repo, local->ref, local, other, err) < 0))
		return -1;
	*moved = twin;
	return 0;
}

/* The layout of the ref here; NULL if there is none, or no layout. */
static struct inforce *read_local(struct repo *repo, const char *name)
{
	scoped_text ref = notes_layout_ref(name);
	struct intoto_error ignored = { 0 };
	struct inforce *local = NULL;
	struct oid here;

	if (refs_read(&here, repo, ref, &ignored) < 0 ||
	    tip_read(&local, repo, name, ref, &here, &ignored) < 0)
		return NULL;
	return local;
}

int publish_follow(bool *moved, struct repo *repo, const char *name,
		   const struct trust *trust, const struct oid *theirs,
		   int64_t now, struct intoto_error *err)
{
	scoped(inforce) local = read_local(repo, name);
	scoped(trust) here = NULL;

	*moved = false;
	if (!local)
		return 0;
	if (!trust && trust_load(&here, repo, err) < 0)
		return -1;
	return follow(moved, repo, local, trust ? trust : here, "", theirs, now,
		      err);
}

int publish_adopt(bool *moved, struct repo *repo, const char *name,
		  const struct trust *trust, int64_t now,
		  struct intoto_error *err)
{
	scoped(inforce) local = read_local(repo, name);
	scoped_text ref = notes_layout_ref(name);
	scoped_value(refs) tips = { 0 };

	*moved = false;
	if (!local)
		return 0;
	if (notes_tips(&tips, repo, ref, err) < 0)
		return -1;
	for (size_t i = 0; i < tips.n && !*moved; i++) {
		const struct ref *tip = &tips.items[i];

		if (strcmp(tip->name, ref) &&
		    follow(moved, repo, local, trust, tip->name, &tip->oid, now,
			   err) < 0)
			return -1;
	}
	return 0;
}

int publish_layout(struct repo *repo, const char *name,
		   const struct envelope *envelope, const struct oid *parent,
		   struct intoto_error *err)
{
	const struct oid empty_tree = notes_empty_tree(repo);
	const uint64_t version = envelope->layout->stamp.version;
	scoped_value(buffer) line = BUFFER_INIT;
	scoped_text ref = notes_layout_ref(name);
	scoped_text message = xasprintf("in-toto: layout %s, version %" PRIu64,
					name, version);
	struct ref_update update = { 0 };

	if (envelope_append_line(&line, envelope, err) < 0)
		return -1;
	buffer_putc(&line, '\n');
	if (buffer_check(&line, "the layout", err) < 0 ||
	    notes_prepare_replace(&update, repo, ref, parent, &empty_tree,
				  line.data, line.len, message, err) < 0)
		return -1;
	return refs_transaction(repo, &update, 1, message, err);
}
