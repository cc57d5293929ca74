/* guard_lines.c: whose line this is, and whether it is about the object that it
 * is filed under. Storing is not believing: any key of any version will do. */
#include <string.h>

#include "base/xalloc.h"
#include "policy/guard_internal.h"
#include "policy/seal.h"

struct guard_subject {
	const struct guard_note *note;
	char key[OID_HEX_SIZE];
	bool asked;
	struct tag_facts *tag; /* NULL: no tag, or one that is not here yet */
	struct strlist identities; /* of the links in the note; "" for others */
	struct guard_subs *subs;
};

struct guard_subject *guard_subject_new(const struct guard_note *note)
{
	struct guard_subject *subject = xcalloc(1, sizeof(*subject));

	subject->note = note;
	subject->identities = (struct strlist)STRLIST_INIT;
	subject->subs = guard_subs_new(note);
	oid_hex(subject->key, note->key);
	return subject;
}

void guard_subject_free(struct guard_subject *subject)
{
	if (!subject)
		return;
	tag_facts_free(subject->tag);
	strlist_release(&subject->identities);
	guard_subs_free(subject->subs);
	free(subject);
}

static const struct key *layout_signer(const struct layout *layout,
				       const struct envelope *envelope,
				       int64_t now)
{
	const char *keyid = envelope->signatures[0].keyid;

	for (size_t i = 0; i < layout->n_keys; i++) {
		const struct layout_key *item = &layout->keys[i];
		struct intoto_error ignored = { 0 };

		if (strcmp(item->listed_as, keyid) &&
		    !key_answers_to(item->key, keyid))
			continue;
		if (!envelope_verify(envelope, item->key, now, &ignored))
			return item->key;
	}
	return NULL;
}

const struct key *guard_signer(const struct guard *guard,
			       const struct envelope *envelope)
{
	const struct key *key =
		trust_owner_once(guard->trust, envelope, guard->now);

	for (size_t i = guard->n_layouts; !key && i-- > 0;)
		key = layout_signer(guard->layouts[i].envelope->layout,
				    envelope, guard->now);
	return key;
}

/* The key that some version of some layout names for the step. */
static int step_signer(const struct key **out, const struct guard *guard,
		       const struct envelope *envelope,
		       struct intoto_error *err)
{
	const char *keyid = envelope->signatures[0].keyid;
	const char *step = envelope->link->name;

	for (size_t i = guard->n_layouts; i-- > 0;) {
		const struct layout *layout =
			guard->layouts[i].envelope->layout;
		const struct layout_item *item = layout_step(layout, step);
		const struct key *key =
			item ? layout_step_key(layout, item, keyid) : NULL;
		struct intoto_error ignored = { 0 };

		if (key &&
		    !envelope_verify(envelope, key, guard->now, &ignored)) {
			*out = key;
			return 0;
		}
	}
	return intoto_reject(err, "line-unknown-key",
			     "no layout names a key '%.64s' with a good "
			     "signature for step '%s'",
			     keyid, step);
}

/* A link that says where it belongs is a sublayout's; one without
 * environment.git may be. */
static int link_signer(const struct key **out, struct guard_subject *subject,
		       const struct envelope *envelope,
		       struct intoto_error *err)
{
	const struct link *link = envelope->link;
	const bool below = *bind_parent(link) != '\0';
	const bool anywhere = !json_object_get(link->environment, "git");

	if (!below &&
	    step_signer(out, subject->note->guard, envelope, err) == 0)
		return 0;
	*out = below || anywhere
		       ? guard_subs_link_signer(subject->subs, envelope)
		       : NULL;
	if (*out)
		return 0;
	return below ? intoto_reject(err, "line-unknown-key",
				     "no sublayout at '%s' names a key '%.64s' "
				     "with a good signature for step '%s'",
				     bind_parent(link),
				     envelope->signatures[0].keyid, link->name)
		     : -1;
}

const struct key *guard_line_signer(struct guard_subject *subject,
				    const struct envelope *envelope)
{
	const struct key *key = guard_signer(subject->note->guard, envelope);

	if (key)
		return key;
	if (envelope->content == CONTENT_LAYOUT)
		return guard_subs_signer(subject->subs, envelope);
	return envelope->content == CONTENT_LINK
		       ? guard_subs_link_signer(subject->subs, envelope)
		       : NULL;
}

/* The tag object, if it is here: links may come before their tag. */
static int know_tag(struct guard_subject *subject, struct intoto_error *err)
{
	const struct guard *guard = subject->note->guard;
	struct intoto_error why = { 0 };
	struct tag_object tag = { 0 };
	scoped_text ref = NULL;
	enum object_type type;
	size_t size;

	if (subject->asked)
		return 0;
	if (object_stat(&type, &size, guard->repo, subject->note->key, &why) <
	    0) {
		subject->asked = why.code == INTOTO_ENOTFOUND;
		if (!subject->asked)
			*err = why;
		return subject->asked ? 0 : -1;
	}
	if (type == OBJECT_TAG &&
	    !tag_object_read(&tag, guard->repo, subject->note->key, &why))
		ref = xasprintf("refs/tags/%s", tag.name);
	tag_object_release(&tag);
	/* One that is malformed is no release, whatever is said of it. */
	if (why.code && why.code != INTOTO_EREJECTED) {
		*err = why;
		return -1;
	}
	if (ref &&
	    tag_facts_read_tag(&subject->tag, guard->repo, ref,
			       subject->note->key, guard->project, err) < 0)
		return -1;
	subject->asked = true;
	return 0;
}

static int misfiled(const struct guard_subject *subject, const char *what,
		    struct intoto_error *err)
{
	return intoto_reject(err, "line-misfiled", "the %s is not about %s",
			     what, subject->key);
}

static const char *member(const json_t *object, const char *name)
{
	const char *value = json_string_value(json_object_get(object, name));

	return value ? value : "";
}

/* What it says of its tag is what the tag object says. */
static bool names_tag(const json_t *git, const struct tag_facts *tag)
{
	char commit[OID_HEX_SIZE];

	oid_hex(commit, &tag->tag.commit);
	return !strcmp(refs_short(member(git, "ref")), tag->tag.name) &&
	       !strcmp(member(git, "tagSha256"), tag->tag.sha256) &&
	       !strcmp(member(git, "commit"), commit);
}

/* Without environment.git it is held against the tree. */
static int judge_content(struct guard_subject *subject, const struct link *link,
			 struct intoto_error *err)
{
	enum binding binding;

	if (!subject->tag)
		return misfiled(subject, "link", err);
	if (!subject->tag->manifest &&
	    tag_facts_read_tree(subject->tag, subject->note->guard->repo, NULL,
				err) < 0)
		return -1;
	return bind_link(&binding, link, subject->tag, err);
}

static int judge_link_subject(struct guard_subject *subject,
			      const struct link *link, struct intoto_error *err)
{
	const json_t *git = json_object_get(link->environment, "git");
	const struct guard *guard = subject->note->guard;
	bool by_name;

	if (know_tag(subject, err) < 0)
		return -1;
	if (!git)
		return judge_content(subject, link, err);
	by_name = json_object_get(git, "tag") || bind_revokes(link);
	if (strcmp(member(git, by_name ? "tag" : "commit"), subject->key) ||
	    (by_name && subject->tag && !names_tag(git, subject->tag)))
		return misfiled(subject, "link", err);
	if (*guard->project && strcmp(member(git, "project"), guard->project))
		return intoto_reject(err, "link-other-project",
				     "the link is of another project than %s",
				     guard->project);
	return 0;
}

/* The identity of each line, "" for what is no link or sublayout: read once, as
 * there may be thousands of withdrawals in a note. */
static void read_identities(struct guard_subject *subject)
{
	const struct note *note = subject->note->note;

	for (size_t i = subject->identities.n; i < note->n; i++) {
		const struct note_line *line = &note->lines[i];
		char identity[SHA256_HEX_SIZE] = "";
		struct intoto_error ignored = { 0 };
		scoped(envelope) other = NULL;

		if (!line->problem &&
		    envelope_read(&other, line->text, line->len, true,
				  &ignored) == 0 &&
		    (other->content == CONTENT_LINK ||
		     other->content == CONTENT_LAYOUT) &&
		    other->n_signatures == 1)
			envelope_identity(identity, other);
		strlist_add(&subject->identities, identity);
	}
}

/* By the key of the link it takes back, which is in the note. */
static const struct key *own_withdrawal(struct guard_subject *subject,
					const struct envelope *envelope,
					const char *revokes)
{
	const int64_t now = subject->note->guard->now;
	const struct note *note = subject->note->note;

	read_identities(subject);
	for (size_t i = 0; i < note->n; i++) {
		struct intoto_error ignored = { 0 };
		scoped(envelope) other = NULL;
		const struct key *key = NULL;

		if (strcmp(subject->identities.items[i], revokes) ||
		    envelope_read(&other, note->lines[i].text,
				  note->lines[i].len, true, &ignored) < 0)
			continue;
		if (other->content == CONTENT_LAYOUT)
			key = guard_subs_signer(subject->subs, other);
		else if (link_signer(&key, subject, other, &ignored) < 0)
			key = NULL;
		if (key && !envelope_verify(envelope, key, now, &ignored))
			return key;
	}
	return NULL;
}

static int judge_withdrawal(const struct key **key,
			    struct guard_subject *subject,
			    const struct envelope *envelope,
			    const char *revokes, struct intoto_error *err)
{
	const struct guard *guard = subject->note->guard;

	*key = trust_owner_once(guard->trust, envelope, guard->now);
	if (!*key && strcmp(revokes, "tag"))
		*key = own_withdrawal(subject, envelope, revokes);
	if (*key)
		return 0;
	return intoto_reject(err, "line-unknown-key",
			     !strcmp(revokes, "tag")
				     ? "the withdrawal of a tag needs an "
				       "owner's key"
				     : "a withdrawal needs the key of the link "
				       "it withdraws, or an owner's");
}

static int judge_link(const struct key **key, struct guard_subject *subject,
		      const struct envelope *envelope, struct intoto_error *err)
{
	const char *revokes = bind_revokes(envelope->link);

	/* What has no environment.git is held against the tree: only for those
	 * who may speak at all. */
	if (!revokes && link_signer(key, subject, envelope, err) < 0)
		return -1;
	if (judge_link_subject(subject, envelope->link, err) < 0)
		return -1;
	return revokes ? judge_withdrawal(key, subject, envelope, revokes, err)
		       : 0;
}

static int malformed(struct intoto_error *err)
{
	scoped_text why = xstrdup(err->message);

	return err->code == INTOTO_EINVALID || err->code == INTOTO_ELIMIT
		       ? intoto_reject(err, "line-malformed", "%s", why)
		       : -1;
}

/* One of the subjects is the object; a refname beside it is the tag's. */
static bool is_about(const struct statement *statement,
		     const struct guard_subject *subject)
{
	json_t *item;
	size_t i;

	json_array_foreach(statement->subjects, i, item)
	{
		const json_t *digest = json_object_get(item, "digest");
		const char *name = member(item, "name");

		if (strcmp(member(digest, "gitTag"), subject->key) &&
		    (subject->tag ||
		     strcmp(member(digest, "gitCommit"), subject->key)))
			continue;
		if (subject->tag && !strncmp(name, "refs/", 5) &&
		    strcmp(refs_short(name), subject->tag->tag.name))
			continue;
		return true;
	}
	return false;
}

static int judge_seal(const struct key **key, struct guard_subject *subject,
		      const struct envelope *envelope, const struct seal *seal,
		      struct intoto_error *err)
{
	const struct guard *guard = subject->note->guard;

	if (!oid_equal(&seal->tag, subject->note->key) ||
	    (subject->tag && !seal_covers(seal, subject->tag)))
		return misfiled(subject, "seal", err);
	*key = trust_owner_once(guard->trust, envelope, guard->now);
	return *key ? 0
		    : intoto_reject(err, "line-unknown-key",
				    "a seal needs an owner's key");
}

static int judge_statement(const struct key **key,
			   struct guard_subject *subject,
			   const struct envelope *envelope,
			   struct intoto_error *err)
{
	scoped(statement) statement = NULL;
	scoped(seal) seal = NULL;

	if (statement_read(&statement, envelope, err) < 0 ||
	    seal_read(&seal, envelope, err) < 0)
		return malformed(err);
	if (know_tag(subject, err) < 0)
		return -1;
	if (seal)
		return judge_seal(key, subject, envelope, seal, err);
	if (!is_about(statement, subject))
		return misfiled(subject, "statement", err);
	*key = guard_signer(subject->note->guard, envelope);
	return *key ? 0
		    : intoto_reject(err, "line-unknown-key",
				    "no layout names a key '%.64s' with a good "
				    "signature",
				    envelope->signatures[0].keyid);
}

int guard_judge_line(const struct key **key, struct guard_subject *subject,
		     const struct envelope *envelope, struct intoto_error *err)
{
	if (envelope->content == CONTENT_LINK)
		return judge_link(key, subject, envelope, err);
	if (envelope->content == CONTENT_STATEMENT)
		return judge_statement(key, subject, envelope, err);
	if (envelope->content == CONTENT_LAYOUT)
		return guard_judge_sublayout(key, subject->subs, envelope, err);
	return intoto_reject(err, "line-malformed",
			     "it is neither a link nor a statement");
}
