/* link.c: a link's seven fields, read from JSON and written to it. */
#include "metadata/link.h"

#include <string.h>

#include "base/encode.h"
#include "base/xalloc.h"
#include "metadata/members.h"
#include "base/quote.h"

struct link *link_new(const char *name)
{
	struct link *link = xcalloc(1, sizeof(*link));

	link->name = xstrdup(name);
	link->materials = artifacts_new();
	link->products = artifacts_new();
	link->command = json_array();
	link->byproducts = json_object();
	link->environment = json_object();
	return link;
}

void link_free(struct link *link)
{
	if (!link)
		return;
	free(link->name);
	artifacts_free(link->materials);
	artifacts_free(link->products);
	json_decref(link->command);
	json_decref(link->byproducts);
	json_decref(link->environment);
	free(link);
}

int name_check(const char *name, size_t len, const char *what,
	       struct intoto_error *err)
{
	bool bad = len == 0 || !strcmp(name, ".") || !strcmp(name, "..") ||
		   !is_utf8(name, len);

	for (size_t i = 0; i < len; i++)
		if ((unsigned char)name[i] < 0x20 || name[i] == 0x7f ||
		    name[i] == '/')
			bad = true;
	if (bad)
		return intoto_fail(err, INTOTO_EINVALID,
				   "%s '%s' cannot be a name: it is empty, a "
				   "path, or has control characters",
				   what, name);
	return 0;
}

static int text_read(struct buffer *out, struct scan *scan, const char *name,
		     struct intoto_error *err)
{
	enum scan_type type = SCAN_END;

	if (scan_peek(&type, scan, err) < 0)
		return -1;
	if (type != SCAN_STRING)
		return intoto_fail(err, INTOTO_EINVALID,
				   "link: '%s' is not a string", name);
	return scan_string(scan, out, err);
}

static int link_read_name(struct link *link, struct scan *scan,
			  struct intoto_error *err)
{
	scoped_value(buffer) text = BUFFER_INIT;

	if (text_read(&text, scan, "name", err) < 0 ||
	    name_check(buffer_text(&text), text.len, "link: 'name'", err) < 0)
		return -1;
	free(link->name);
	link->name = buffer_take(&text);
	return 0;
}

static int link_check_type(struct scan *scan, struct intoto_error *err)
{
	scoped_value(buffer) text = BUFFER_INIT;

	if (text_read(&text, scan, "_type", err) < 0)
		return -1;
	if (text.len != 4 || memcmp(text.data, "link", 4) != 0)
		return intoto_fail(err, INTOTO_EINVALID,
				   "link: '_type' is not 'link'");
	return 0;
}

static int link_read_artifacts(struct artifacts **out, struct scan *scan,
			       const char *name, struct intoto_error *err)
{
	struct artifacts *set = NULL;

	if (artifacts_scan(&set, scan, err) < 0) {
		intoto_context(err, "link: '%s': ", name);
		return -1;
	}
	artifacts_free(*out);
	*out = set;
	return 0;
}

static int link_read_json(json_t **out, struct scan *scan, json_type type,
			  const char *name, struct intoto_error *err)
{
	const char *text = NULL;
	size_t len = 0;
	scoped_json value = NULL;

	if (scan_value(scan, &text, &len, err) < 0 ||
	    json_load_strict(&value, text, len, err) < 0) {
		intoto_context(err, "link: '%s': ", name);
		return -1;
	}
	if (json_typeof(value) != type)
		return intoto_fail(err, INTOTO_EINVALID, "link: '%s' is not %s",
				   name,
				   type == JSON_ARRAY ? "a list" : "an object");
	json_decref(*out);
	*out = take(value);
	return 0;
}

static int link_read_member(struct link *link, struct scan *scan,
			    const char *name, struct intoto_error *err)
{
	const char *text = NULL;
	size_t len = 0;

	if (!strcmp(name, "materials"))
		return link_read_artifacts(&link->materials, scan, name, err);
	if (!strcmp(name, "products"))
		return link_read_artifacts(&link->products, scan, name, err);
	if (!strcmp(name, "name"))
		return link_read_name(link, scan, err);
	if (!strcmp(name, "command"))
		return link_read_json(&link->command, scan, JSON_ARRAY, name,
				      err);
	if (!strcmp(name, "byproducts"))
		return link_read_json(&link->byproducts, scan, JSON_OBJECT,
				      name, err);
	if (!strcmp(name, "environment"))
		return link_read_json(&link->environment, scan, JSON_OBJECT,
				      name, err);
	if (!strcmp(name, "_type"))
		return link_check_type(scan, err);
	return scan_value(scan, &text, &len, err);
}

int link_scan(struct link **out, struct scan *scan, struct intoto_error *err)
{
	scoped(link) link = link_new(NULL);
	scoped_value(strlist) seen = STRLIST_INIT;
	scoped_value(buffer) name = BUFFER_INIT;
	int more = 0;

	if (scan_object(scan, err) < 0)
		return -1;
	while ((more = scan_member(scan, &name, err)) > 0)
		if (member_check(&seen, &name, "link", err) < 0 ||
		    link_read_member(link, scan, buffer_text(&name), err) < 0)
			return -1;
	if (more < 0)
		return -1;
	if (!link->name)
		return intoto_fail(err, INTOTO_EINVALID, "link: no 'name'");
	*out = take(link);
	return 0;
}

int link_read(struct link **out, const char *text, size_t len,
	      struct intoto_error *err)
{
	struct scan scan = scan_start(text, len);
	scoped(link) link = NULL;

	if (link_scan(&link, &scan, err) < 0 || scan_finish(&scan, err) < 0)
		return -1;
	*out = take(link);
	return 0;
}

/* The two ways to write a link: as it is signed, and as a line of a note. */
struct link_form {
	int (*value)(struct buffer *out, const json_t *value,
		     struct intoto_error *err);
	void (*string)(struct buffer *out, const char *text, size_t len);
	void (*artifacts)(struct buffer *out, const struct artifacts *set);
};

static int link_append(struct buffer *out, const struct link *link,
		       const struct link_form *form, struct intoto_error *err)
{
	buffer_puts(out, "{\"_type\":\"link\",\"byproducts\":");
	if (form->value(out, link->byproducts, err) < 0)
		return -1;
	buffer_puts(out, ",\"command\":");
	if (form->value(out, link->command, err) < 0)
		return -1;
	buffer_puts(out, ",\"environment\":");
	if (form->value(out, link->environment, err) < 0)
		return -1;
	buffer_puts(out, ",\"materials\":");
	form->artifacts(out, link->materials);
	buffer_puts(out, ",\"name\":");
	form->string(out, link->name, strlen(link->name));
	buffer_puts(out, ",\"products\":");
	form->artifacts(out, link->products);
	buffer_putc(out, '}');
	return buffer_check(out, "link", err);
}

int link_append_canonical(struct buffer *out, const struct link *link,
			  struct intoto_error *err)
{
	static const struct link_form form = { canonical_append,
					       canonical_append_string,
					       artifacts_append_canonical };

	return link_append(out, link, &form, err);
}

int link_append_compact(struct buffer *out, const struct link *link,
			struct intoto_error *err)
{
	static const struct link_form form = { compact_append,
					       compact_append_string,
					       artifacts_append_compact };

	return link_append(out, link, &form, err);
}

bool link_contradicts(const struct link *a, const struct link *b)
{
	return !artifacts_equal(a->materials, b->materials) ||
	       !artifacts_equal(a->products, b->products) ||
	       !json_equal(a->command, b->command);
}

char *link_command_text(const struct link *link)
{
	scoped_value(buffer) text = BUFFER_INIT;
	size_t i = 0;
	json_t *word = NULL;

	json_array_foreach(link->command, i, word)
	{
		struct intoto_error ignored = { 0 };

		if (i > 0)
			buffer_putc(&text, ' ');
		if (json_is_string(word))
			quote_append(&text, json_string_value(word),
				     " \t\r\n'\"\\$`&|;<>()*?[]#~!{}");
		else
			compact_append(&text, word, &ignored);
	}
	return buffer_take(&text);
}
