/* Layouts being edited: files in drafts/ that become notes once signed. */
#include "policy/draft.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/xalloc.h"
#include "policy/draft_internal.h"
#include "policy/publish.h"
#include "repo/config.h"

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

int draft_write(struct repo *repo, const char *name,
		const struct envelope *envelope, struct intoto_error *err)
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

static int in_force(struct inforce **out, struct repo *repo,
		    const struct trust *trust, const char *name,
		    struct intoto_error *err)
{
	scoped_value(report) warnings = REPORT_INIT;

	if (trust_is_empty(trust))
		return inforce_load_unchecked(out, repo, name, 0, &warnings,
					      err);
	return inforce_load(out, repo, trust, name, 0, &warnings, err);
}

/* An expired one is edited as well: that is what `layout renew` is for. */
int draft_published(struct inforce **out, struct repo *repo,
		    const struct trust *trust, const char *name,
		    struct intoto_error *err)
{
	struct intoto_error ignored = { 0 };

	if (in_force(out, repo, trust, name, err) == 0)
		return 0;
	/* New owners start from what those before them had. */
	if (strcmp(err->reason, "layout-threshold") ||
	    inforce_load_once(out, repo, trust, name, &ignored) < 0)
		return -1;
	*err = (struct intoto_error){ 0 };
	return 0;
}

/* An unsigned draft carries the version that it was made from, a signed one
 * the version that it is to become. */
uint64_t draft_base(const struct envelope *draft)
{
	const uint64_t version = draft->layout->stamp.version;

	return draft->n_signatures && version ? version - 1 : version;
}

char *draft_stamped_readme(const char *readme, const struct layout_stamp *stamp)
{
	scoped_text text = draft_readme_text(readme);
	scoped_text line = stamp->version ? layout_stamp_text(stamp) : NULL;

	return xasprintf("%s%s%s", text, *text && line ? "\n" : "",
			 line ? line : "");
}

/* What is in force, but for the signatures and the line that it got with them?
 */
static bool is_the_same(const struct envelope *draft,
			const struct layout *in_force)
{
	scoped_json part = json_deep_copy(draft->layout->signed_part);
	scoped_text readme =
		draft_stamped_readme(draft->layout->readme, &in_force->stamp);

	json_object_set_new(part, "readme", json_string(readme));
	return json_equal(part, in_force->signed_part);
}

static int is_done(bool *out, struct repo *repo, const char *name,
		   const struct envelope *draft, const struct trust *trust,
		   struct intoto_error *err)
{
	scoped(inforce) inforce = NULL;
	const struct layout *layout;
	char digest[SHA256_HEX_SIZE];

	if (in_force(&inforce, repo, trust, name, err) < 0)
		return -1;
	layout = inforce->envelope->layout;
	*out = draft_base(draft) < layout->stamp.version &&
	       is_the_same(draft, layout);
	if (*out || !draft->n_signatures)
		return 0;
	envelope_digest(digest, draft);
	return publish_was(out, repo, name, &inforce->commit, digest, err);
}

bool draft_tidy(struct repo *repo, const char *name, const struct trust *trust)
{
	scoped(envelope) draft = NULL;
	struct intoto_error ignored = { 0 };
	bool done = false;

	return draft_exists(repo, name) &&
	       draft_load(&draft, repo, name, &ignored) == 0 &&
	       is_done(&done, repo, name, draft, trust, &ignored) == 0 &&
	       done && draft_discard(repo, name, &ignored) == 0;
}

static void unsign(json_t *part, const struct envelope *draft)
{
	struct layout_stamp stamp = draft->layout->stamp;
	scoped_text readme = NULL;

	stamp.version = draft_base(draft);
	readme = draft_stamped_readme(draft->layout->readme, &stamp);
	json_object_set_new(part, "readme", json_string(readme));
}

int draft_open(json_t **out, bool *is_draft, struct repo *repo,
	       const char *name, struct intoto_error *err)
{
	scoped(envelope) draft = NULL;
	scoped(inforce) inforce = NULL;
	scoped(trust) trust = NULL;

	if (trust_load(&trust, repo, err) < 0)
		return -1;
	draft_tidy(repo, name, trust);
	if (draft_exists(repo, name)) {
		if (draft_load(&draft, repo, name, err) < 0)
			return -1;
		*out = json_deep_copy(draft->layout->signed_part);
		unsign(*out, draft);
		*is_draft = true;
		return 0;
	}
	if (draft_published(&inforce, repo, trust, name, err) < 0)
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

int draft_check_names(const struct layout *layout, struct intoto_error *err)
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
	    draft_check_names(envelope->layout, err) < 0)
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
