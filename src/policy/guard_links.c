/* Links refs: only forward, only growing, every new line signed by a key that
 * a layout names for the step. Storing is not believing. */
#include <string.h>

#include "base/xalloc.h"
#include "policy/guard_internal.h"

struct shard {
	struct guard *guard;
	const char *ref;
	const struct oid *key;	     /* the annotated object */
	const struct note *old_note; /* what was there */
	const struct note *note;     /* what is pushed */
	struct tag_facts *facts;     /* read when first needed */
	struct strlist identities;   /* of the lines of `note`; the same */
};

/* The lines sorted and unique; `sorted` tells whether they were. */
static int read_note(struct note *out, bool *sorted, struct guard *guard,
		     const struct oid *blob, struct intoto_error *err)
{
	scoped_value(buffer) text = BUFFER_MAX(NOTE_MAX);
	scoped_value(note) as_written = { 0 };

	if (object_read_as(&text, guard->repo, blob, OBJECT_BLOB, NOTE_MAX,
			   err) < 0 ||
	    note_split(&as_written, sorted, buffer_text(&text), text.len,
		       guard->max_line, err) < 0)
		return -1;
	note_union(out, &as_written);
	return 0;
}

static bool has_line(const struct note *note, const struct note_line *line)
{
	size_t low = 0, high = note->n;

	while (low < high) {
		const size_t mid = low + (high - low) / 2;
		const struct note_line *other = &note->lines[mid];
		const size_t len =
			other->len < line->len ? other->len : line->len;
		int order = memcmp(other->text, line->text, len);

		if (!order)
			order = (other->len > line->len) -
				(other->len < line->len);
		if (!order)
			return true;
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return false;
}

/* The key that signed the line: of any version of any layout, for the step that
 * it names (`step` NULL: for any). Exactly one signature. */
static int line_signer(const struct key **out, const struct shard *shard,
		       const struct envelope *envelope, const char *step,
		       struct intoto_error *err)
{
	const struct guard *guard = shard->guard;
	const char *keyid = envelope->signatures[0].keyid;
	struct intoto_error why = { 0 };

	for (size_t i = guard->n_layouts; i-- > 0;) {
		const struct layout *layout =
			guard->layouts[i].envelope->layout;

		for (size_t j = 0; j < layout->n_steps; j++) {
			const struct layout_item *item = &layout->steps[j];
			const struct key *key;

			if (step && strcmp(item->name, step))
				continue;
			key = layout_step_key(layout, item, keyid);
			if (!key)
				continue;
			if (!envelope_verify(envelope, key, guard->now, &why)) {
				*out = key;
				return 0;
			}
		}
	}
	if (why.code && why.code != INTOTO_EREJECTED) {
		*err = why;
		return -1;
	}
	return intoto_reject(err, "line-unknown-key",
			     "no layout names a key '%.64s' with a good "
			     "signature for step '%s'",
			     keyid, step ? step : "(any)");
}

/* The owner that signed the line, or NULL. */
static const struct key *owner_of(const struct guard *guard,
				  const struct envelope *envelope)
{
	for (size_t i = 0; i < guard->trust->n_keys; i++) {
		struct intoto_error ignored = { 0 };

		if (!envelope_verify(envelope, guard->trust->keys[i],
				     guard->now, &ignored))
			return guard->trust->keys[i];
	}
	return NULL;
}

/* The identity of each line, "" for what is no link: read once, as there may be
 * thousands of withdrawals in a note. */
static void read_identities(struct shard *shard)
{
	for (size_t i = shard->identities.n; i < shard->note->n; i++) {
		const struct note_line *line = &shard->note->lines[i];
		char identity[SHA256_HEX_SIZE] = "";
		struct intoto_error ignored = { 0 };
		scoped(envelope) other = NULL;

		if (!line->problem &&
		    envelope_read(&other, line->text, line->len, true,
				  &ignored) == 0 &&
		    other->content == CONTENT_LINK && other->n_signatures == 1)
			envelope_identity(identity, other);
		strlist_add(&shard->identities, identity);
	}
}

/* A withdrawal: by an owner, or by the key of the link it takes back, which
 * is in the note. */
static int judge_withdrawal(const struct key **out, struct shard *shard,
			    const struct envelope *envelope,
			    const char *revokes, struct intoto_error *err)
{
	*out = owner_of(shard->guard, envelope);
	if (*out)
		return 0;
	read_identities(shard);
	for (size_t i = 0; i < shard->note->n; i++) {
		const struct note_line *line = &shard->note->lines[i];
		struct intoto_error ignored = { 0 };
		scoped(envelope) other = NULL;
		const struct key *key;

		if (strcmp(shard->identities.items[i], revokes) ||
		    envelope_read(&other, line->text, line->len, true,
				  &ignored) < 0)
			continue;
		if (!line_signer(&key, shard, other, other->link->name,
				 &ignored) &&
		    !envelope_verify(envelope, key, shard->guard->now,
				     &ignored)) {
			*out = key;
			return 0;
		}
	}
	return intoto_reject(err, "line-unknown-key",
			     "a withdrawal needs the key of the link it "
			     "withdraws, or an owner's");
}

static int hex_member_is(const json_t *object, const char *name,
			 const char *expected)
{
	const char *value = json_string_value(json_object_get(object, name));

	return value && !strcmp(value, expected);
}

/* Is the line about the object that it is filed under? */
static int judge_subject(struct shard *shard, const struct link *link,
			 struct intoto_error *err)
{
	const json_t *git = json_object_get(link->environment, "git");
	const struct guard *guard = shard->guard;
	enum binding binding;
	char key[OID_HEX_SIZE];

	oid_hex(key, shard->key);
	if (git) {
		const bool by_name = json_object_get(git, "tag");

		if (!hex_member_is(git, by_name ? "tag" : "commit", key))
			return intoto_reject(err, "line-misfiled",
					     "the link is not about object %s",
					     key);
		if (*guard->project &&
		    !hex_member_is(git, "project", guard->project))
			return intoto_reject(err, "link-other-project",
					     "the link is of another project "
					     "than %s",
					     guard->project);
		return 0;
	}
	if (!shard->facts) {
		struct tag_object tag = { 0 };
		scoped_text ref = NULL;

		if (tag_object_read(&tag, guard->repo, shard->key, err) < 0)
			return -1;
		ref = xasprintf("refs/tags/%s", tag.name);
		tag_object_release(&tag);
		if (tag_facts_read(&shard->facts, guard->repo, ref, shard->key,
				   guard->project, NULL, err) < 0)
			return -1;
	}
	return bind_link(&binding, link, shard->facts, err);
}

/* Who signed it, and may that key say so here? */
static int judge_signer(const struct key **key, struct shard *shard,
			const struct envelope *envelope,
			struct intoto_error *err)
{
	const char *revokes;

	if (envelope->content == CONTENT_STATEMENT)
		return line_signer(key, shard, envelope, NULL, err);
	revokes = bind_revokes(envelope->link);
	/* What has no environment.git is held against the tree: only for those
	 * who may speak at all. */
	if (!revokes &&
	    line_signer(key, shard, envelope, envelope->link->name, err) < 0)
		return -1;
	if (judge_subject(shard, envelope->link, err) < 0)
		return -1;
	return revokes ? judge_withdrawal(key, shard, envelope, revokes, err)
		       : 0;
}

static int judge_line(struct shard *shard, const struct note_line *line,
		      struct strlist *identities, struct intoto_error *err)
{
	scoped(envelope) envelope = NULL;
	const struct key *key = NULL;
	char identity[SHA256_HEX_SIZE];

	if (line->problem)
		return intoto_reject(err, "line-malformed", "%s",
				     line->problem);
	if (envelope_read(&envelope, line->text, line->len, true, err) < 0) {
		scoped_text why = xstrdup(err->message);

		if (err->code != INTOTO_EINVALID && err->code != INTOTO_ELIMIT)
			return -1;
		return intoto_reject(err, "line-malformed", "%s", why);
	}
	if (envelope->n_signatures != 1)
		return intoto_reject(err, "line-malformed",
				     "a line has exactly one signature");
	if (envelope->content == CONTENT_LAYOUT)
		return intoto_reject(err, "line-malformed",
				     "a layout is no line of a links note");
	envelope_identity(identity, envelope);
	if (judge_signer(&key, shard, envelope, err) < 0)
		return -1;
	strlist_addf(identities, "%s %s", identity, key_material(key));
	return 0;
}

/* The same bytes signed by the same key twice, in two spellings. */
static int judge_identities(struct strlist *identities,
			    struct intoto_error *err)
{
	strlist_sort(identities);
	for (size_t i = 1; i < identities->n; i++) {
		if (!strcmp(identities->items[i - 1], identities->items[i]))
			return intoto_reject(err, "line-twice",
					     "one link stands there twice");
	}
	return 0;
}

/* Identities of the lines that were there count as well. */
static void old_identities(struct strlist *out, const struct shard *shard)
{
	for (size_t i = 0; i < shard->old_note->n; i++) {
		const struct note_line *line = &shard->old_note->lines[i];
		struct intoto_error ignored = { 0 };
		scoped(envelope) envelope = NULL;
		char identity[SHA256_HEX_SIZE];
		const struct key *key = NULL;

		if (line->problem ||
		    envelope_read(&envelope, line->text, line->len, true,
				  &ignored) < 0 ||
		    envelope->n_signatures != 1)
			continue;
		envelope_identity(identity, envelope);
		key = owner_of(shard->guard, envelope);
		if (key || !line_signer(&key, shard, envelope, NULL, &ignored))
			strlist_addf(out, "%s %s", identity, key_material(key));
	}
	/* What stood there twice before the guard came is nobody's fault now.
	 */
	strlist_sort(out);
	strlist_uniq(out);
}

static int judge_note(struct shard *shard, struct intoto_error *err)
{
	scoped_value(strlist) identities = STRLIST_INIT;

	for (size_t i = 0; i < shard->old_note->n; i++) {
		if (!has_line(shard->note, &shard->old_note->lines[i]))
			return intoto_reject(err, "notes-shrunk",
					     "a line that was there is gone");
	}
	old_identities(&identities, shard);
	for (size_t i = 0; i < shard->note->n; i++) {
		const struct note_line *line = &shard->note->lines[i];

		if (has_line(shard->old_note, line))
			continue;
		if (++shard->guard->new_lines > GUARD_NEW_LINES_MAX)
			return intoto_reject(err, "push-too-large",
					     "more than %d new lines",
					     GUARD_NEW_LINES_MAX);
		if (judge_line(shard, line, &identities, err) < 0)
			return intoto_context(err, "line %zu: ", i + 1);
	}
	return judge_identities(&identities, err);
}

static int judge_changed(struct guard *guard, const char *ref,
			 const struct note_entry *entry,
			 const struct note_entry *before,
			 struct intoto_error *err)
{
	scoped_value(note) old_note = { 0 };
	scoped_value(note) note = { 0 };
	struct shard shard = { guard, ref,  &entry->key, &old_note,
			       &note, NULL, STRLIST_INIT };
	char key[OID_HEX_SIZE];
	bool sorted = false;
	int result;

	oid_hex(key, &entry->key);
	if (strcmp(key + strlen(key) - 2, ref + strlen(ref) - 2))
		return intoto_reject(err, "notes-tree",
				     "object %s belongs to another shard", key);
	if (before && read_note(&old_note, NULL, guard, &before->blob, err) < 0)
		return -1;
	if (read_note(&note, &sorted, guard, &entry->blob, err) < 0)
		return -1;
	if (!sorted)
		return intoto_reject(err, "line-malformed",
				     "the lines on %s are not sorted, unique "
				     "and ended by a line feed",
				     key);
	result = judge_note(&shard, err);
	tag_facts_free(shard.facts);
	strlist_release(&shard.identities);
	return result < 0 ? intoto_context(err, "note on %s: ", key) : 0;
}

static int entry_order(const struct note_entry *a, const struct note_entry *b)
{
	return memcmp(a->key.bytes, b->key.bytes, a->key.size);
}

/* Both lists are sorted by key. */
static int judge_growth(struct guard *guard, const char *ref,
			const struct note_entries *old_entries,
			const struct note_entries *entries,
			struct intoto_error *err)
{
	size_t j = 0;

	for (size_t i = 0; i < entries->n; i++) {
		const struct note_entry *entry = &entries->items[i];
		const struct note_entry *before = NULL;
		int order = 1;

		if (j < old_entries->n)
			order = entry_order(&old_entries->items[j], entry);
		if (order < 0)
			break;
		if (!order)
			before = &old_entries->items[j++];
		if (before && oid_equal(&before->blob, &entry->blob))
			continue;
		if (judge_changed(guard, ref, entry, before, err) < 0)
			return -1;
	}
	if (j < old_entries->n)
		return intoto_reject(err, "notes-shrunk",
				     "a note that was there is gone");
	return 0;
}

static int judge_links(struct guard *guard, const struct guard_update *update,
		       struct intoto_error *err)
{
	scoped_value(note_entries) old_entries = { 0 };
	scoped_value(note_entries) entries = { 0 };
	bool forward = true;

	if (!oid_is_null(&update->old)) {
		if (commit_is_ancestor(&forward, guard->repo, &update->old,
				       &update->new_oid, err) < 0 ||
		    notes_entries(&old_entries, guard->repo, &update->old,
				  err) < 0)
			return -1;
	}
	if (!forward)
		return intoto_reject(err, "notes-rewritten",
				     "the push does not contain what is there");
	if (notes_entries(&entries, guard->repo, &update->new_oid, err) < 0)
		return -1;
	return judge_growth(guard, update->ref, &old_entries, &entries, err);
}

void guard_judge_links(struct guard *guard, const struct guard_update *update)
{
	struct intoto_error err = { 0 };

	if (!guard_knows_receiver(guard))
		return;
	if (oid_is_null(&update->new_oid))
		guard_refuse(guard, update->ref, "ref-deleted",
			     "links are never deleted");
	else if (!guard_leaves_to_pre_receive(guard) &&
		 judge_links(guard, update, &err) < 0)
		guard_refuse_error(guard, update->ref, &err);
}
