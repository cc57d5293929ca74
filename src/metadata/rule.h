/* rule.h: one artifact rule (in-toto specification 1.0, section 4.3.3). */
#ifndef METADATA_RULE_H
#define METADATA_RULE_H

#include "json/json.h"

enum rule_type {
	RULE_CREATE,
	RULE_DELETE,
	RULE_MODIFY,
	RULE_ALLOW,
	RULE_DISALLOW,
	RULE_REQUIRE,
	RULE_MATCH,
};

struct rule {
	enum rule_type type;
	char *pattern;
	/* RULE_MATCH only: */
	char *source;	   /* IN prefix, or NULL */
	char *destination; /* second IN prefix, or NULL */
	bool from_products;
	char *step;
};
void rule_release(struct rule *rule);

/* From the JSON array of tokens; EINVALID. */
int rule_from_json(struct rule *out, const json_t *tokens,
		   struct intoto_error *err);
/* "MATCH * WITH PRODUCTS FROM build", tokens split as a POSIX shell would
 * (quotes and backslash), for the command line. */
int rule_from_text(struct rule *out, const char *text,
		   struct intoto_error *err);
json_t *rule_to_json(const struct rule *rule);
/* As one would type it, quoted where needed; to be freed. */
char *rule_to_text(const struct rule *rule);

#endif
