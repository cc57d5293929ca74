/* show_line.c: read a line of a note, and show it. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "base/xalloc.h"
#include "cmd/show_line.h"

#define KEYID_SHOWN 8
#define PRODUCTS_SHOWN 20

void show_line_release(struct show_line *line)
{
	envelope_free(line->envelope);
	free(line->problem);
	free(line->type);
	*line = (struct show_line){ 0 };
}

static const struct key *find_in(const struct layout *layout,
				 const struct envelope *envelope, int64_t now)
{
	struct intoto_error ignored = { 0 };

	for (size_t i = 0; i < layout->n_keys; i++)
		if (envelope_verify(envelope, layout->keys[i].key, now,
				    &ignored) == 0)
			return layout->keys[i].key;
	return NULL;
}

/* The key of any layout that signed this, or an owner. */
static const struct key *find_signer(const struct envelope *envelope,
				     const struct session *session,
				     const struct vouched_tag *vouched)
{
	struct intoto_error ignored = { 0 };
	const struct key *key = NULL;
	size_t i;

	for (i = 0; i < session->layouts.n && !key; i++)
		key = find_in(session->layouts.items[i]->envelope->layout,
			      envelope, session->now);
	for (i = 0; i < vouched->n_below && !key; i++)
		key = find_in(vouched->below[i], envelope, session->now);
	if (key)
		return key;
	for (i = 0; i < session->trust->n_keys; i++)
		if (envelope_verify(envelope, session->trust->keys[i],
				    session->now, &ignored) == 0)
			return session->trust->keys[i];
	return NULL;
}

static bool names(const struct layout *layout, const struct show_line *line)
{
	const struct layout_item *step =
		layout_step(layout, line->envelope->link->name);

	return step && layout_step_key(layout, step, key_id(line->signer));
}

static bool is_authorised(const struct show_line *line,
			  const struct session *session,
			  const struct vouched_tag *vouched)
{
	size_t i;

	for (i = 0; i < session->layouts.n; i++)
		if (names(session->layouts.items[i]->envelope->layout, line))
			return true;
	for (i = 0; i < vouched->n_below; i++)
		if (names(vouched->below[i], line))
			return true;
	return false;
}

static void judge_link(struct show_line *out, const struct session *session,
		       const struct tag_facts *facts,
		       const struct vouched_tag *vouched)
{
	const struct seal *seal = show_vouched_seal(vouched, out->identity);
	const struct link *link = out->envelope->link;
	struct intoto_error err = { 0 };
	enum binding binding;

	out->revokes = bind_revokes(link);
	if (seal && !out->revokes) {
		memcpy(out->seal, seal->identity, sizeof(out->seal));
		if (bind_link(&binding, link, facts, &err) == 0)
			out->binding = binding_text(binding);
		return;
	}
	if (!out->signer) {
		out->problem = xstrdup("no key of a layout here signed it");
		return;
	}
	if (out->revokes)
		return;
	if (!is_authorised(out, session, vouched)) {
		out->problem = xstrdup("no layout authorises the key for this "
				       "step");
		return;
	}
	if (bind_link(&binding, link, facts, &err) < 0)
		out->problem = xstrdup(err.message);
	else
		out->binding = binding_text(binding);
}

static void judge_sublayout(struct show_line *out,
			    const struct tag_facts *facts,
			    const struct vouched_tag *vouched)
{
	const struct seal *seal = show_vouched_seal(vouched, out->identity);
	struct intoto_error err = { 0 };
	bool known = false;

	if (seal)
		memcpy(out->seal, seal->identity, sizeof(out->seal));
	if (bind_sublayout(out->envelope->layout, facts->project,
			   &facts->tag.oid, &err) < 0) {
		out->problem = xstrdup(err.message);
		return;
	}
	for (size_t i = 0; i < vouched->n_below && !known; i++) {
		char digest[SHA256_HEX_SIZE], own[SHA256_HEX_SIZE];

		known = layout_digest(digest, vouched->below[i], &err) == 0 &&
			layout_digest(own, out->envelope->layout, &err) == 0 &&
			!strcmp(digest, own);
	}
	if (!known && !seal)
		out->problem = xstrdup("no layout authorises the key for a "
				       "sublayout of this step");
}

static void read_statement(struct show_line *out)
{
	scoped(statement) statement = NULL;
	scoped(seal) seal = NULL;
	struct intoto_error err = { 0 };

	if (statement_read(&statement, out->envelope, &err) < 0 ||
	    seal_read(&seal, out->envelope, &err) < 0)
		out->problem = xstrdup(err.message);
	out->is_seal = seal != NULL;
	if (statement)
		out->type = xstrdup(statement->type);
}

void show_line_read(struct show_line *out, const struct note_line *line,
		    const struct session *session,
		    const struct tag_facts *facts,
		    const struct vouched_tag *vouched)
{
	struct intoto_error err = { 0 };

	snprintf(out->by, sizeof(out->by), "nobody");
	if (line->problem) {
		out->problem = xstrdup(line->problem);
		return;
	}
	if (envelope_read(&out->envelope, line->text, line->len, true, &err) <
	    0) {
		out->problem = xstrdup(err.message);
		return;
	}
	envelope_identity(out->identity, out->envelope);
	out->signer = find_signer(out->envelope, session, vouched);
	if (out->signer)
		key_describe(out->by, out->signer);
	else if (out->envelope->n_signatures)
		snprintf(out->by, sizeof(out->by), "unknown key %.*s",
			 KEYID_SHOWN, out->envelope->signatures[0].keyid);
	if (out->envelope->content == CONTENT_LINK)
		judge_link(out, session, facts, vouched);
	else if (out->envelope->content == CONTENT_LAYOUT)
		judge_sublayout(out, facts, vouched);
	else if (out->envelope->content == CONTENT_STATEMENT)
		read_statement(out);
}

static const char *kind_of(const struct show_line *line)
{
	if (!line->envelope)
		return "malformed";
	if (line->revokes)
		return "withdrawal";
	switch (line->envelope->content) {
	case CONTENT_LINK:
		return "link";
	case CONTENT_LAYOUT:
		return "sublayout";
	case CONTENT_STATEMENT:
		return line->is_seal ? "seal" : "statement";
	case CONTENT_ROOT:
		return "root";
	}
	return "unknown";
}

static void print_link(const struct link *link)
{
	scoped_text command = link_command_text(link);
	scoped_text shown = escape_text(command);
	size_t n = artifacts_count(link->products), i;

	if (*shown)
		printf("  command  %s\n", shown);
	printf("  materials  %zu\n", artifacts_count(link->materials));
	for (i = 0; i < n && i < PRODUCTS_SHOWN; i++) {
		struct artifact product = artifacts_at(link->products, i);
		scoped_value(buffer) text = BUFFER_INIT;
		scoped_text name = escape_text(product.name);

		artifact_describe(&text, &product);
		printf("  product  %s  %s\n", name, buffer_text(&text));
	}
	if (n > PRODUCTS_SHOWN)
		printf("  and %zu more products\n", n - PRODUCTS_SHOWN);
}

void show_line_print(const struct show_line *line)
{
	const struct link *link = NULL;
	const struct layout_stamp *sub = NULL;
	scoped_text name = NULL;
	scoped_text by = escape_text(line->by);

	if (line->envelope && line->envelope->content == CONTENT_LAYOUT)
		sub = &line->envelope->layout->sub;

	if (line->envelope && line->envelope->content == CONTENT_LINK)
		link = line->envelope->link;
	if (link && !line->revokes)
		name = escape_text(link->name);
	else if (line->revokes)
		name = escape_text(line->revokes);
	else if (line->is_seal)
		name = xasprintf("%.12s", line->identity);
	else if (line->type)
		name = escape_text(line->type);
	else if (sub && sub->step)
		name = escape_text(sub->step);
	printf("%s%s%s%s by %s", kind_of(line), name ? " '" : "",
	       name ? name : "", name ? "'" : "", by);
	if (sub && sub->step)
		printf(", version %" PRIu64, sub->version);
	if (line->binding)
		printf(", %s", line->binding);
	if (link && *bind_parent(link)) {
		scoped_text place = escape_text(bind_parent(link));

		printf(", below %s", place);
	}
	if (*line->seal)
		printf(", listed in seal %.12s", line->seal);
	if (line->problem) {
		scoped_text problem = escape_text(line->problem);

		printf(", does not count: %s", problem);
	}
	putchar('\n');
	if (link && !line->revokes)
		print_link(link);
}

static json_t *optional(const char *text)
{
	scoped_text shown = text ? escape_text(text) : NULL;

	return shown ? json_string(shown) : json_null();
}

static json_t *products_json(const struct link *link)
{
	json_t *products = json_object();
	size_t i;

	for (i = 0; i < artifacts_count(link->products); i++) {
		struct artifact product = artifacts_at(link->products, i);
		scoped_value(buffer) text = BUFFER_INIT;

		artifact_describe(&text, &product);
		json_object_set_new(products, product.name,
				    json_string(buffer_text(&text)));
	}
	return products;
}

json_t *show_line_json(const struct show_line *line)
{
	json_t *object = json_object();

	json_object_set_new(object, "kind", json_string(kind_of(line)));
	json_object_set_new(object, "by", optional(line->by));
	json_object_set_new(object, "signed", json_boolean(line->signer));
	json_object_set_new(object, "binding", optional(line->binding));
	json_object_set_new(object, "problem", optional(line->problem));
	json_object_set_new(object, "revokes", optional(line->revokes));
	json_object_set_new(object, "type", optional(line->type));
	json_object_set_new(object, "seal",
			    optional(*line->seal ? line->seal : NULL));
	if (!line->envelope)
		return object;
	json_object_set_new(object, "identity", json_string(line->identity));
	if (line->envelope->content == CONTENT_LAYOUT)
		json_object_set_new(object, "step",
				    optional(line->envelope->layout->sub.step));
	if (line->envelope->content != CONTENT_LINK)
		return object;
	json_object_set_new(object, "parent",
			    optional(*bind_parent(line->envelope->link)
					     ? bind_parent(line->envelope->link)
					     : NULL));
	json_object_set_new(object, "step",
			    json_string(line->envelope->link->name));
	json_object_set(object, "command", line->envelope->link->command);
	json_object_set_new(object, "materials",
			    json_integer((json_int_t)artifacts_count(
				    line->envelope->link->materials)));
	json_object_set_new(object, "products",
			    products_json(line->envelope->link));
	return object;
}
