/* json.c: strict loading of JSON text into jansson values. */
#include "json/json.h"

#include <string.h>

#include "json/scan.h"

/* The scanner refuses all but duplicates, which only jansson sees; what is
 * taken was read alike by two parsers. */
int json_load_strict(json_t **out, const char *text, size_t len,
		     struct intoto_error *err)
{
	struct scan scan = scan_start(text, len);
	const char *value;
	size_t value_len;
	json_error_t error;
	json_t *loaded;

	if (scan_value(&scan, &value, &value_len, err) < 0 ||
	    scan_finish(&scan, err) < 0)
		return -1;
	loaded = json_loadb(value, value_len,
			    JSON_REJECT_DUPLICATES | JSON_DECODE_ANY |
				    JSON_ALLOW_NUL,
			    &error);
	if (!loaded)
		return intoto_fail(err, INTOTO_EINVALID,
				   "not valid JSON: %s at byte %zu", error.text,
				   (size_t)(value - text) +
					   (size_t)error.position);
	*out = loaded;
	return 0;
}

/* The member if it has the type; `kind` is that type in words. */
static int need(json_t **out, const json_t *object, const char *name,
		json_type type, const char *kind, const char *what,
		struct intoto_error *err)
{
	json_t *value;

	if (!json_is_object(object))
		return intoto_fail(err, INTOTO_EINVALID, "%s is not an object",
				   what);
	value = json_object_get(object, name);
	if (!value)
		return intoto_fail(err, INTOTO_EINVALID, "%s has no '%s'", what,
				   name);
	if (json_typeof(value) != type)
		return intoto_fail(err, INTOTO_EINVALID, "'%s' of %s is not %s",
				   name, what, kind);
	*out = value;
	return 0;
}

int json_need_string(const char **out, const json_t *object, const char *name,
		     const char *what, struct intoto_error *err)
{
	json_t *value = NULL;

	if (need(&value, object, name, JSON_STRING, "a string", what, err) < 0)
		return -1;
	if (strlen(json_string_value(value)) != json_string_length(value))
		return intoto_fail(err, INTOTO_EINVALID,
				   "'%s' of %s holds a NUL", name, what);
	*out = json_string_value(value);
	return 0;
}

int json_need_object(json_t **out, const json_t *object, const char *name,
		     const char *what, struct intoto_error *err)
{
	return need(out, object, name, JSON_OBJECT, "an object", what, err);
}

int json_need_array(json_t **out, const json_t *object, const char *name,
		    const char *what, struct intoto_error *err)
{
	return need(out, object, name, JSON_ARRAY, "an array", what, err);
}
