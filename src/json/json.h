/*
 * json.h: strict loading of JSON text into jansson values, for everything
 * that is small (layouts, keys, signatures, environments).
 *
 * Refused beyond RFC 8259: duplicate members, floats, integers outside 64
 * bits, depth over JSON_DEPTH_MAX, invalid UTF-8, lone surrogates, a raw NUL,
 * and anything after the value. The escape \u0000 is taken in string values,
 * never in member names; callers refuse it where a name is read.
 */
#ifndef JSON_JSON_H
#define JSON_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "base/scoped.h"

#define JSON_DEPTH_MAX 64

int json_load_strict(json_t **out, const char *text, size_t len,
		     struct intoto_error *err);

static inline void json_scoped_decref(json_t **p)
{
	json_decref(*p);
}
#define scoped_json __attribute__((cleanup(json_scoped_decref))) json_t *

/* A member of the type; EINVALID names `what` and the member if missing or
 * of another type. The result is borrowed. json_need_string also refuses a
 * string with an embedded NUL. */
int json_need_string(const char **out, const json_t *object, const char *name,
		     const char *what, struct intoto_error *err);
int json_need_object(json_t **out, const json_t *object, const char *name,
		     const char *what, struct intoto_error *err);
int json_need_array(json_t **out, const json_t *object, const char *name,
		    const char *what, struct intoto_error *err);

#endif
