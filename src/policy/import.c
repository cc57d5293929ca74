/* import.c: what is to be imported: documents, and one item for each of their
 * signatures. */
#include "policy/import.h"

#include <string.h>

#include "base/xalloc.h"
#include "policy/import_internal.h"

#define SIGNATURES_MAX 64 /* of one document that are looked at */

void import_release(struct import *import)
{
	for (size_t i = 0; i < import->n; i++) {
		struct import_item *item = &import->items[i];

		free(item->origin);
		envelope_free(item->envelope);
		free(item->what);
		free(item->message);
	}
	free(import->items);
	*import = (struct import){ 0 };
}

void import_refuse(struct import_item *item, const char *reason,
		   const char *fmt, ...)
{
	va_list args;

	free(item->message);
	va_start(args, fmt);
	item->message = xvasprintf(fmt, args);
	va_end(args);
	item->state = IMPORT_REFUSED;
	snprintf(item->reason, sizeof(item->reason), "%s", reason);
}

int import_refuse_error(struct import_item *item,
			const struct intoto_error *why,
			struct intoto_error *err)
{
	if (why->code == INTOTO_EREJECTED) {
		import_refuse(item, why->reason, "%s", why->message);
		return 0;
	}
	if (why->code == INTOTO_EINVALID || why->code == INTOTO_ELIMIT) {
		import_refuse(item, "line-malformed", "%s", why->message);
		return 0;
	}
	*err = *why;
	return -1;
}

static char *describe(const struct envelope *envelope, bool is_root)
{
	switch (envelope->content) {
	case CONTENT_LINK:
		if (bind_revokes(envelope->link))
			return xstrdup("withdrawal");
		return xasprintf("link of step '%s'", envelope->link->name);
	case CONTENT_LAYOUT:
		if (is_root || *envelope->layout->stamp.project)
			return xstrdup("layout");
		if (!envelope->layout->sub.step)
			return xstrdup("sublayout");
		return xasprintf("sublayout of step '%s'",
				 envelope->layout->sub.step);
	case CONTENT_STATEMENT:
		return xstrdup("statement");
	case CONTENT_ROOT:
		break;
	}
	return xstrdup("trust root");
}

static struct import_item *add_item(struct import *import, const char *origin)
{
	struct import_item *item;

	ALLOC_GROW(import->items, import->n + 1, import->alloc);
	item = &import->items[import->n++];
	*item = (struct import_item){
		.origin = xstrdup(origin),
		.document = import->n_documents,
	};
	return item;
}

/* A line of a note has one signature. */
static void keep_signature(struct envelope *envelope, size_t index)
{
	for (size_t i = 0; i < envelope->n_signatures; i++)
		if (i != index)
			signature_release(&envelope->signatures[i]);
	envelope->signatures[0] = envelope->signatures[index];
	envelope->n_signatures = 1;
}

static void add_malformed(struct import *import, const char *origin,
			  const char *why)
{
	struct import_item *item = add_item(import, origin);

	item->what = xstrdup("metadata");
	import_refuse(item, "line-malformed", "%s", why);
}

void import_add(struct import *import, const char *origin, const char *text,
		size_t len, bool is_root)
{
	struct intoto_error why = { 0 };
	size_t n = 1;

	import->n_documents++;
	for (size_t i = 0; i < n && i < SIGNATURES_MAX; i++) {
		struct envelope *envelope = NULL;
		struct import_item *item;

		if (envelope_read(&envelope, text, len, false, &why) < 0) {
			add_malformed(import, origin, why.message);
			return;
		}
		is_root &= envelope->content == CONTENT_LAYOUT;
		item = add_item(import, origin);
		item->envelope = envelope;
		item->is_root = is_root;
		item->what = describe(envelope, is_root);
		n = envelope->n_signatures;
		if (!n)
			import_refuse(item, "line-malformed",
				      "nobody signed it");
		else if (!is_root)
			keep_signature(envelope, i);
		if (is_root)
			return;
	}
}

static void leave_twice(struct import *import)
{
	for (size_t i = 1; i < import->n; i++) {
		struct import_item *item = &import->items[i];
		const struct import_item *before = &import->items[i - 1];

		if (item->state == IMPORT_ALREADY &&
		    item->document == before->document && item->signer &&
		    before->signer && key_same(item->signer, before->signer))
			item->state = IMPORT_LEFT;
	}
}

/* Of a document that somebody known signed, the other signatures do not matter;
 * and a Metablock may have one under two keyids. */
void import_leave_others(struct import *import)
{
	for (size_t i = 0; i < import->n; i++) {
		struct import_item *item = &import->items[i];
		bool counts = false;

		for (size_t j = 0; j < import->n; j++)
			counts |= j != i &&
				  import->items[j].document == item->document &&
				  import->items[j].state != IMPORT_REFUSED;
		if (counts && item->state == IMPORT_REFUSED &&
		    !strcmp(item->reason, "line-unknown-key"))
			item->state = IMPORT_LEFT;
	}
	leave_twice(import);
}

void import_refs(struct strlist *out, const struct import *import)
{
	for (size_t i = 0; i < import->n; i++) {
		const struct envelope *envelope = import->items[i].envelope;
		const json_t *git;
		const char *ref;

		if (!envelope || envelope->content != CONTENT_LINK)
			continue;
		git = json_object_get(envelope->link->environment, "git");
		ref = json_string_value(json_object_get(git, "ref"));
		if (ref)
			strlist_add(out, ref);
	}
	strlist_sort(out);
	strlist_uniq(out);
}

int import_lines(struct strlist *of_tag, struct strlist *of_commit,
		 const struct import *import, struct intoto_error *err)
{
	for (size_t i = 0; i < import->n; i++) {
		const struct import_item *item = &import->items[i];
		scoped_value(buffer) line = BUFFER_INIT;

		if (item->state != IMPORT_NEW)
			continue;
		if (envelope_append_line(&line, item->envelope, err) < 0)
			return intoto_context(err, "'%s': ", item->origin);
		strlist_take(item->of_commit ? of_commit : of_tag,
			     buffer_take(&line));
	}
	return 0;
}
