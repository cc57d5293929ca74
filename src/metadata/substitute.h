/*
 * substitute.h: parameters of a layout, `{NAME}` in the words of its rules and
 * commands (in-toto-wire 14): as str.format has it without its format
 * specifications: `{{` and `}}` are braces, a name is [a-zA-Z0-9_-]+.
 */
#ifndef METADATA_SUBSTITUTE_H
#define METADATA_SUBSTITUTE_H

#include "metadata/layout.h"

struct parameter {
	char *name;
	char *value;
};

struct parameters {
	struct parameter *items;
	size_t n;
	/* Given by hand (--param): every word is read as a format, and a name
	 * that is not known is EINVALID. Else only words that hold one of the
	 * names in braces are; all others stay as they are. */
	bool strict;
};
void parameters_release(struct parameters *parameters);
SCOPED_RELEASE(parameters);

/* "NAME=VALUE"; EINVALID for a name out of the alphabet, EUSAGE without '='.
 * A name that is there already gets the new value. */
int parameters_add(struct parameters *parameters, const char *text,
		   struct intoto_error *err);
void parameters_set(struct parameters *parameters, const char *name,
		    const char *value);

/*
 * The layout with its words replaced: rules, expected_command and run, of
 * steps and inspections; never names, keys or the readme. Its signed part
 * stays the one that was signed. Call it after the signatures were judged.
 * Without parameters: a plain copy. EINVALID names the item and the word; a
 * rule that no longer parses is EINVALID too.
 */
int layout_substitute(struct layout **out, const struct layout *layout,
		      const struct parameters *parameters,
		      struct intoto_error *err);

#endif
