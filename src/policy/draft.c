/* Layouts being edited: files in drafts/ that become notes once signed. */
#include "policy/draft.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/quote.h"
#include "base/xalloc.h"
#include "repo/config.h"
#include "verify/chain.h"

#define STAMP_PREFIX "git-intoto-layout:"
#define DRAFT_SUFFIX ".json"

static int draft_path(char **out, struct repo *repo, const char *name,
		      struct intoto_error *err)
{
	scoped_text state = NULL;

	if (!notes_layout_name_ok(name)) {
		intoto_fail(err, INTOTO_EINVALID,
			    "'%s' is no name for a layout", name);
		return intoto_hint(err, "use letters, digits, '.', '_' and "
					"'-', at most 64 of them");
	}
	if (repo_state_dir(&state, repo, err) < 0)
		return -1;
	*out = xasprintf("%s/drafts/%s" DRAFT_SUFFIX, state, name);
	return 0;
}

bool draft_exists(struct repo *repo, const char *name)
{
	struct intoto_error ignored = { 0 };
	scoped_text path = NULL;

	return !draft_path(&path, repo, name, &ignored) && file_exists(path);
}

int draft_load(struct envelope **out, struct repo *repo, const char *name,
	       struct intoto_error *err)
{
	scoped_value(buffer) text = BUFFER_INIT;
	scoped(envelope) envelope = NULL;
	scoped_text path = NULL;
	size_t max;

	if (config_max_link_size(&max, repo, err) < 0 ||
	    draft_path(&path, repo, name, err) < 0)
		return -1;
	if (!file_exists(path)) {
		intoto_fail(err, INTOTO_ENOTFOUND,
			    "there is no draft of layout '%s'", name);
		return intoto_hint(err, "git intoto layout new %s", name);
	}
	if (file_read(&text, path, max, err) < 0 ||
	    envelope_read(&envelope, buffer_text(&text), text.len, false, err) <
		    0)
		return intoto_context(err, "draft of layout '%s': ", name);
	if (envelope->content != CONTENT_LAYOUT)
		return intoto_fail(err, INTOTO_EINVALID,
				   "the draft of '%s' is no layout", name);
	*out = take(envelope);
	return 0;
}

int draft_names(struct strlist *out, struct repo *repo,
		struct intoto_error *err)
{
	scoped_text state = NULL;
	scoped_text path = NULL;
	const struct dirent *entry;
	DIR *dir;

	if (repo_state_dir(&state, repo, err) < 0)
		return -1;
	path = path_join(state, "drafts");
	dir = opendir(path);
	if (!dir && errno == ENOENT)
		return 0;
	if (!dir)
		return intoto_fail(err, INTOTO_EIO, "cannot read '%s': %s",
				   path, strerror(errno));
	while ((entry = readdir(dir))) {
		const size_t suffix = strlen(DRAFT_SUFFIX);
		const size_t len = strlen(entry->d_name);
		scoped_text name = NULL;

		if (len <= suffix ||
		    strcmp(entry->d_name + len - suffix, DRAFT_SUFFIX))
			continue;
		name = xmemdupz(entry->d_name, len - suffix);
		if (notes_layout_name_ok(name))
			strlist_add(out, name);
	}
	closedir(dir);
	strlist_sort(out);
	return 0;
}

static int draft_write(struct repo *repo, const char *name,
		       const struct envelope *envelope,
		       struct intoto_error *err)
{
	scoped_value(buffer) line = BUFFER_INIT;
	scoped_text state = NULL;
	scoped_text dir = NULL;
	scoped_text path = NULL;

	if (repo_state_dir(&state, repo, err) < 0 ||
	    draft_path(&path, repo, name, err) < 0)
		return -1;
	dir = path_join(state, "drafts");
	if (file_mkdirs(dir, 0700, err) < 0 ||
	    envelope_append_line(&line, envelope, err) < 0)
		return -1;
	buffer_putc(&line, '\n');
	if (buffer_check(&line, "the draft", err) < 0)
		return -1;
	return file_write(path, line.data, line.len, 0600, err);
}

/* The layout that edits start from; ENOTFOUND if none is here. An expired one
 * is edited as well: that is what `layout renew` is for. */
static int published(struct inforce **out, struct repo *repo,
		     const struct trust *trust, const char *name,
		     struct intoto_error *err)
{
	scoped_value(report) warnings = REPORT_INIT;

	if (trust_is_empty(trust))
		return inforce_load_unchecked(out, repo, name, 0, &warnings,
					      err);
	return inforce_load(out, repo, trust, name, 0, &warnings, err);
}

/* An unsigned draft carries the version that it was made from, a signed one
 * the version that it is to become. */
static uint64_t base_version(const struct envelope *draft)
{
	const uint64_t version = draft->layout->stamp.version;

	return draft->n_signatures && version ? version - 1 : version;
}

static char *stamped_readme(const char *readme,
			    const struct layout_stamp *stamp)
{
	scoped_text text = draft_readme_text(readme);
	scoped_text line = stamp->version ? layout_stamp_text(stamp) : NULL;

	return xasprintf("%s%s%s", text, *text && line ? "\n" : "",
			 line ? line : "");
}

static void unsign(json_t *part, const struct envelope *draft)
{
	struct layout_stamp stamp = draft->layout->stamp;
	scoped_text readme = NULL;

	stamp.version = base_version(draft);
	readme = stamped_readme(draft->layout->readme, &stamp);
	json_object_set_new(part, "readme", json_string(readme));
}

int draft_open(json_t **out, bool *is_draft, struct repo *repo,
	       const char *name, struct intoto_error *err)
{
	scoped(envelope) draft = NULL;
	scoped(inforce) inforce = NULL;
	scoped(trust) trust = NULL;

	if (draft_exists(repo, name)) {
		if (draft_load(&draft, repo, name, err) < 0)
			return -1;
		*out = json_deep_copy(draft->layout->signed_part);
		unsign(*out, draft);
		*is_draft = true;
		return 0;
	}
	if (trust_load(&trust, repo, err) < 0 ||
	    published(&inforce, repo, trust, name, err) < 0)
		return -1;
	*out = json_deep_copy(inforce->envelope->layout->signed_part);
	*is_draft = false;
	return 0;
}

json_t *draft_new(int64_t expires)
{
	char when[CLOCK_TEXT_SIZE];

	clock_format(when, expires);
	return json_pack("{s:s, s:s, s:s, s:{}, s:[], s:[]}", "_type", "layout",
			 "expires", when, "readme", "", "keys", "steps",
			 "inspect");
}

/* `revoke` names withdrawals, and nothing else may. */
static int check_names(const struct layout *layout, struct intoto_error *err)
{
	bool found = layout_step(layout, "revoke") != NULL;

	for (size_t i = 0; i < layout->n_inspections; i++)
		found |= !strcmp(layout->inspections[i].name, "revoke");
	if (!found)
		return 0;
	return intoto_fail(err, INTOTO_EINVALID,
			   "the name 'revoke' is reserved for withdrawals");
}

int draft_save(bool *changed, struct repo *repo, const char *name,
	       const json_t *signed_part, struct intoto_error *err)
{
	struct intoto_error none = { 0 };
	scoped(envelope) envelope = NULL;
	scoped_json before = NULL;
	bool is_draft;

	if (envelope_from_json(&envelope, signed_part, err) < 0 ||
	    check_names(envelope->layout, err) < 0)
		return -1;
	if (draft_open(&before, &is_draft, repo, name, &none) < 0) {
		if (none.code != INTOTO_ENOTFOUND) {
			*err = none;
			return -1;
		}
	} else if (json_equal(before, envelope->layout->signed_part)) {
		*changed = false;
		return 0;
	}
	if (draft_write(repo, name, envelope, err) < 0)
		return -1;
	*changed = true;
	return 0;
}

int draft_discard(struct repo *repo, const char *name, struct intoto_error *err)
{
	scoped_text path = NULL;

	if (draft_path(&path, repo, name, err) < 0)
		return -1;
	return file_remove_tree(path, err);
}

char *draft_readme_text(const char *readme)
{
	const char *line = strrchr(readme, '\n');

	line = line ? line + 1 : readme;
	if (strncmp(line, STAMP_PREFIX, strlen(STAMP_PREFIX)))
		return xstrdup(readme);
	return xmemdupz(readme,
			line > readme ? (size_t)(line - readme) - 1 : 0);
}

/* The same layout with this stamp's line at the end of its readme, and without
 * signatures. */
static int restamp(struct envelope **envelope, const struct layout_stamp *stamp,
		   struct intoto_error *err)
{
	scoped_json part = json_deep_copy((*envelope)->layout->signed_part);
	scoped_text readme = stamped_readme((*envelope)->layout->readme, stamp);
	struct envelope *stamped = NULL;

	json_object_set_new(part, "readme", json_string(readme));
	if (envelope_from_json(&stamped, part, err) < 0)
		return -1;
	envelope_free(*envelope);
	*envelope = stamped;
	return 0;
}

/* One ref transaction: the new layout on top of the one in force. */
static int publish(struct repo *repo, const char *name,
		   const struct envelope *envelope,
		   const struct inforce *before, struct intoto_error *err)
{
	const struct oid empty_tree = notes_empty_tree(repo);
	const uint64_t version = envelope->layout->stamp.version;
	scoped_value(buffer) line = BUFFER_INIT;
	scoped_text ref = notes_layout_ref(name);
	scoped_text message = xasprintf("in-toto: layout %s, version %" PRIu64,
					name, version);
	struct oid parent = before ? before->commit : oid_null();
	struct ref_update update = { 0 };

	if (envelope_append_line(&line, envelope, err) < 0)
		return -1;
	buffer_putc(&line, '\n');
	if (buffer_check(&line, "the layout", err) < 0 ||
	    notes_prepare_replace(&update, repo, ref, &parent, &empty_tree,
				  line.data, line.len, message, err) < 0)
		return -1;
	return refs_transaction(repo, &update, 1, message, err);
}

/* Who must sign: the trusted owners; the founder's own keys for the first
 * layout of a repository that trusts nobody yet. */
struct owners {
	const struct key **keys;
	size_t n;
	size_t threshold;
};

static void owners_release(struct owners *owners)
{
	free(owners->keys);
}
SCOPED_RELEASE(owners);

/* Is there a layout of any name here? Then somebody founded it. */
static int is_founded(bool *out, struct repo *repo, struct intoto_error *err)
{
	scoped_value(strlist) names = STRLIST_INIT;

	if (inforce_names(&names, repo, err) < 0)
		return -1;
	*out = names.n > 0;
	return 0;
}

static int owners_find(struct owners *out, struct repo *repo,
		       const struct trust *trust, struct signer *const *signers,
		       size_t n, struct intoto_error *err)
{
	bool founded = false;

	if (!trust->n_keys && is_founded(&founded, repo, err) < 0)
		return -1;
	if (founded) {
		intoto_fail(err, INTOTO_ETRUST,
			    "no owner's key is trusted here, so nobody's "
			    "signature can put a layout in force");
		return intoto_hint(err, "git intoto trust add KEY");
	}
	out->n = trust->n_keys ? trust->n_keys : n;
	out->threshold = trust->n_keys ? trust->threshold : n;
	out->keys = xcalloc(out->n + 1, sizeof(*out->keys));
	for (size_t i = 0; i < out->n; i++)
		out->keys[i] =
			trust->n_keys ? trust->keys[i] : signer_key(signers[i]);
	return 0;
}

/* Signed by enough owners? `missing` gets who has not signed if not. */
static int owners_met(bool *met, struct strlist *missing,
		      const struct owners *owners,
		      const struct envelope *envelope, int64_t now,
		      struct intoto_error *err)
{
	bool *signed_by = xcalloc(owners->n + 1, sizeof(*signed_by));
	struct intoto_error why = { 0 };
	int result = 0;

	*met = !layout_check_owners(signed_by, envelope, owners->keys,
				    owners->n, owners->threshold, now, &why);
	if (!*met && why.code != INTOTO_EREJECTED) {
		*err = why;
		result = -1;
	}
	for (size_t i = 0; !result && !*met && i < owners->n; i++) {
		char who[64];

		key_describe(who, owners->keys[i]);
		if (!signed_by[i])
			strlist_add(missing, who);
	}
	free(signed_by);
	return result;
}

static bool is_stamped(const struct envelope *draft,
		       const struct layout_stamp *stamp)
{
	const struct layout_stamp *is = &draft->layout->stamp;

	return is->version == stamp->version && is->name &&
	       !strcmp(is->name, stamp->name) &&
	       !strcmp(is->project, stamp->project);
}

/* Putting it in force would undo what another version has brought since. */
static int check_base(const struct envelope *draft,
		      const struct inforce *before, struct repo *repo,
		      struct intoto_error *err)
{
	const uint64_t base = base_version(draft);
	const uint64_t version = before->envelope->layout->stamp.version;
	scoped_text path = NULL;
	scoped_text word = NULL;

	if (base >= version)
		return 0;
	if (draft_path(&path, repo, before->name, err) < 0)
		return -1;
	word = quote_word(path);
	intoto_fail(err, INTOTO_EINVALID,
		    "the draft of layout '%s' was made before version %" PRIu64
		    ", which is in force now",
		    before->name, version);
	return intoto_hint(err,
			   "rm %s  # and make the changes again, on version "
			   "%" PRIu64,
			   word, version);
}

/* The draft as the next version. Signatures made for another are of no use. */
static int draft_prepare(struct envelope **out, struct inforce **before,
			 struct repo *repo, const char *name,
			 const struct trust *trust, const char *project,
			 int64_t now, struct intoto_error *err)
{
	struct layout_stamp stamp = { .version = 1 };
	struct intoto_error why = { 0 };
	scoped(envelope) draft = NULL;
	scoped_text stamp_name = xstrdup(name);

	if (draft_load(&draft, repo, name, err) < 0)
		return -1;
	if (published(before, repo, trust, name, &why) == 0) {
		stamp.version = (*before)->envelope->layout->stamp.version + 1;
		if (check_base(draft, *before, repo, err) < 0)
			return -1;
	} else if (why.code != INTOTO_ENOTFOUND) {
		*err = why;
		return -1;
	}
	stamp.name = stamp_name;
	snprintf(stamp.project, sizeof(stamp.project), "%s", project);
	if (layout_check_expiry(draft->layout, now, err) < 0)
		return intoto_hint(err, "git intoto layout set %s --expires 1y",
				   name);
	if (!is_stamped(draft, &stamp) && restamp(&draft, &stamp, err) < 0)
		return -1;
	*out = take(draft);
	return 0;
}

int draft_sign(bool *in_force, struct strlist *missing, struct repo *repo,
	       const char *name, const struct trust *trust, const char *project,
	       struct signer *const *signers, size_t n, int64_t now,
	       struct intoto_error *err)
{
	scoped(envelope) envelope = NULL;
	scoped(inforce) before = NULL;
	scoped_value(owners) owners = { 0 };

	if (draft_prepare(&envelope, &before, repo, name, trust, project, now,
			  err) < 0 ||
	    owners_find(&owners, repo, trust, signers, n, err) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (envelope_add_signature(envelope, signers[i], err) < 0)
			return -1;
	}
	if (owners_met(in_force, missing, &owners, envelope, now, err) < 0)
		return -1;
	if (!*in_force)
		return draft_write(repo, name, envelope, err);
	if (publish(repo, name, envelope, before, err) < 0)
		return -1;
	return draft_discard(repo, name, err);
}
