/* filemode_read.c: the files in which links and sublayouts are. */
#include <string.h>

#include "base/file.h"
#include "base/xalloc.h"
#include "verify/filemode_internal.h"

#define KEYID_SHOWN 8 /* of a keyid in the name of a link's file */
#define NAMES_SHOWN 6 /* of files, in one message */

void filemode_folder_free(struct filemode_folder *folder)
{
	if (!folder)
		return;
	for (size_t i = 0; i < folder->n; i++)
		envelope_free(folder->envelopes[i]);
	free(folder->envelopes);
	free(folder->links);
	strlist_release(&folder->names);
	free(folder);
}

int filemode_read_envelope(struct envelope **out, const char *path, size_t max,
			   struct intoto_error *err)
{
	scoped_value(buffer) text = BUFFER_INIT;

	if (file_read(&text, path, max, err) < 0)
		return -1;
	return envelope_read(out, buffer_text(&text), text.len, false, err);
}

/* Where a key's links of a step may be filed. */
struct filed {
	const struct layout_item *step;
	const struct key *key;
	struct strlist ids; /* listed, or of a subkey: looked at in any case */
	struct strlist others; /* only looked at if there is none under those */
};

static void filed_release(struct filed *filed)
{
	strlist_release(&filed->ids);
	strlist_release(&filed->others);
}
SCOPED_RELEASE(filed);

/* As a file's name has it. */
static void add_id(struct strlist *out, const struct strlist *known,
		   const char *id)
{
	scoped_text cut = xasprintf("%.*s", KEYID_SHOWN, id);

	if (!strlist_has(out, cut) && !strlist_has(known, cut))
		strlist_add(out, cut);
}

/* With an OpenPGP key, those of its subkeys; a subkey stands for itself. */
static void add_openpgp_ids(struct filed *out, const char *as)
{
	scoped_json object = key_to_json(out->key);
	const char *subkey = NULL;
	json_t *value = NULL;

	if (strcmp(key_id(out->key), as) != 0 && key_answers_to(out->key, as))
		return;
	add_id(&out->others, &out->ids, key_id(out->key));
	json_object_foreach(json_object_get(object, "subkeys"), subkey, value)
		add_id(&out->ids, &out->ids, subkey);
}

/* The ids of the `index`th of a step's pubkeys; false if it has no key. */
static bool filed_start(struct filed *out, const struct layout *layout,
			const struct layout_item *step, size_t index)
{
	const char *as = NULL;

	*out = (struct filed){ .step = step };
	out->key = layout_pubkey(&as, layout, step, index);
	if (!out->key)
		return false;
	add_id(&out->ids, &out->ids, step->pubkeys.items[index]);
	add_id(&out->others, &out->ids, as);
	if (key_type(out->key) == KEY_OPENPGP) {
		add_openpgp_ids(out, as);
		return true;
	}
	add_id(&out->others, &out->ids, key_id(out->key));
	add_id(&out->others, &out->ids, key_id_new(out->key));
	add_id(&out->others, &out->ids, key_id_old(out->key));
	return true;
}

static void folder_add(struct filemode_folder *folder,
		       struct envelope *envelope, char *path, char *inner,
		       const struct filed *filed)
{
	const bool sub = envelope->content == CONTENT_LAYOUT;

	if (folder->n == folder->alloc) {
		folder->alloc = 2 * folder->alloc + 16;
		folder->envelopes = xrealloc(folder->envelopes, folder->alloc,
					     sizeof(*folder->envelopes));
		folder->links = xrealloc(folder->links, folder->alloc,
					 sizeof(*folder->links));
	}
	folder->envelopes[folder->n] = envelope;
	folder->links[folder->n++] = (struct chain_link){
		.envelope = envelope,
		.origin = path,
		.step = sub ? filed->step->name : NULL,
		.folder = sub ? inner : NULL,
		.only = filed->key,
	};
	strlist_take(&folder->names, path);
	strlist_take(&folder->names, inner);
}

/* One file, dir/step.id.link; false if nothing was there that counts. What is
 * malformed, or cannot be read, counts for nothing. */
static bool read_file(struct filemode_folder *folder,
		      const struct filemode *what, const char *dir,
		      const struct filed *filed, const char *id,
		      struct report *report)
{
	const char *step = filed->step->name;
	scoped(envelope) envelope = NULL;
	scoped_text inner = xasprintf("%s.%s", step, id);
	scoped_text name = xasprintf("%s.link", inner);
	scoped_text path = path_join(dir, name);
	struct intoto_error why = { 0 };

	if (filemode_read_envelope(&envelope, path, what->max_size, &why) < 0) {
		if (why.code != INTOTO_ENOTFOUND)
			report_warn(report, "'%s' is passed over: %s", path,
				    why.message);
		return false;
	}
	if (envelope->content != CONTENT_LAYOUT &&
	    (envelope->content != CONTENT_LINK ||
	     strcmp(envelope->link->name, step) != 0)) {
		report_warn(report,
			    "'%s' is passed over: it is not a link of step "
			    "'%s'",
			    path, step);
		return false;
	}
	folder_add(folder, take(envelope), take(path), take(inner), filed);
	return true;
}

static void read_filed(struct filemode_folder *folder,
		       const struct filemode *what, const char *dir,
		       const struct filed *filed, struct report *report)
{
	bool found = false;

	for (size_t i = 0; i < filed->ids.n; i++)
		found |= read_file(folder, what, dir, filed,
				   filed->ids.items[i], report);
	for (size_t i = 0; i < filed->others.n && !found; i++)
		found = read_file(folder, what, dir, filed,
				  filed->others.items[i], report);
}

struct filemode_folder *filemode_read_folder(const struct filemode *what,
					     const char *parent,
					     const struct layout *layout,
					     struct report *report)
{
	struct filemode_folder *folder = xcalloc(1, sizeof(*folder));
	scoped_text dir =
		path_join(what->link_dir ? what->link_dir : ".", parent);

	for (size_t i = 0; i < layout->n_steps; i++) {
		const struct layout_item *step = &layout->steps[i];

		for (size_t j = 0; j < step->pubkeys.n; j++) {
			scoped_value(filed) filed = { 0 };

			if (filed_start(&filed, layout, step, j))
				read_filed(folder, what, dir, &filed, report);
		}
	}
	return folder;
}

char *filemode_file_names(const struct layout *layout,
			  const struct layout_item *step)
{
	scoped_value(buffer) text = BUFFER_INIT;
	size_t shown = 0;

	for (size_t i = 0; i < step->pubkeys.n && shown < NAMES_SHOWN; i++) {
		scoped_value(filed) filed = { 0 };

		if (!filed_start(&filed, layout, step, i))
			continue;
		strlist_add_all(&filed.ids, &filed.others);
		for (size_t j = 0; j < filed.ids.n && shown < NAMES_SHOWN; j++)
			buffer_printf(&text, "%s%s.%s.link",
				      shown++ ? " or " : "", step->name,
				      filed.ids.items[j]);
	}
	if (shown == NAMES_SHOWN)
		buffer_puts(&text, " or others");
	return buffer_take(&text);
}
