/* record_push.c: the command that publishes what was recorded. */
#include <string.h>

#include "base/encode.h"
#include "base/quote.h"
#include "base/xalloc.h"
#include "policy/record.h"
#include "policy/rootchain.h"
#include "repo/remote.h"

/* What a terminal would obey is escaped, though the word is then another. */
static void add_word(struct buffer *out, const char *word)
{
	scoped_text shown = escape_text(word);

	buffer_putc(out, ' ');
	quote_append(out, shown, QUOTE_SHELL);
}

/* The ref's value, or null. */
static int read_tip(struct oid *out, struct repo *repo, const char *ref,
		    struct intoto_error *err)
{
	struct intoto_error why = { 0 };

	if (refs_read(out, repo, ref, &why) == 0)
		return 0;
	*out = oid_null();
	if (why.code == INTOTO_ENOTFOUND)
		return 0;
	*err = why;
	return -1;
}

/* Was the remote last seen without the tip of our layout's ref? */
static int lacks(bool *out, struct repo *repo, const char *remote,
		 const char *ref, struct intoto_error *err)
{
	scoped_text tracking = xasprintf(NOTES_TRACKING_PREFIX "%s/%s", remote,
					 ref + strlen(NOTES_PREFIX));
	struct oid own;
	struct oid theirs;
	bool has = false;

	if (read_tip(&own, repo, ref, err) < 0 ||
	    read_tip(&theirs, repo, tracking, err) < 0)
		return -1;
	if (!oid_is_null(&own) && !oid_is_null(&theirs) &&
	    commit_is_ancestor(&has, repo, &own, &theirs, err) < 0)
		return -1;
	*out = !oid_is_null(&own) && !has;
	return 0;
}

static int add_wanted(struct buffer *out, struct repo *repo, const char *remote,
		      const char *ref, struct intoto_error *err)
{
	bool wanted = false;

	if (lacks(&wanted, repo, remote, ref, err) < 0)
		return -1;
	if (wanted)
		add_word(out, ref);
	return 0;
}

/* What the tag is judged by goes first. */
static int add_policy(struct buffer *out, struct repo *repo, const char *remote,
		      const struct inforce_set *layouts,
		      struct intoto_error *err)
{
	if (add_wanted(out, repo, remote, ROOT_REF, err) < 0)
		return -1;
	for (size_t i = 0; i < layouts->n; i++) {
		scoped_text ref = notes_layout_ref(layouts->items[i]->name);

		if (add_wanted(out, repo, remote, ref, err) < 0)
			return -1;
	}
	return 0;
}

int record_push_hint(char **out, struct repo *repo, const char *links_ref,
		     const char *tag_ref, bool with_tag,
		     const struct inforce_set *layouts,
		     struct intoto_error *err)
{
	scoped_text remote = remote_default(repo);
	scoped_text tracking = NULL;
	scoped_value(buffer) text = BUFFER_INIT;

	if (!remote) {
		*out = xstrdup("");
		return 0;
	}
	tracking = xasprintf(NOTES_TRACKING_PREFIX "%s/%s", remote,
			     links_ref + strlen(NOTES_PREFIX));
	buffer_puts(&text, "publish it with:\n  git push --atomic");
	add_word(&text, remote);
	if (layouts && add_policy(&text, repo, remote, layouts, err) < 0)
		return -1;
	add_word(&text, links_ref);
	if (with_tag)
		add_word(&text, tag_ref);
	buffer_puts(&text, "\nif that is refused, first run:\n  git fetch");
	add_word(&text, remote);
	buffer_printf(&text, "\n  git notes --ref=%s merge -s cat_sort_uniq",
		      links_ref + strlen("refs/notes/"));
	add_word(&text, tracking);
	buffer_puts(&text, "\nor, all of it at once and as often as it takes:"
			   "\n  git intoto push");
	add_word(&text, remote);
	if (tag_ref)
		add_word(&text, refs_short(tag_ref));
	*out = xstrdup(buffer_text(&text));
	return 0;
}
