/*
 * verify_output.h: a judgement for people and for programs.
 */
#ifndef CMD_VERIFY_OUTPUT_H
#define CMD_VERIFY_OUTPUT_H

#include "json/json.h"
#include "policy/judge.h"

struct verify_output {
	const struct judgement *judgement;
	int64_t now;
	bool now_given;	  /* --at: said first */
	const char *file; /* a layout file that was judged; NULL: a tag */
	const struct strlist *explained; /* --explain; NULL: not asked for */
};

/* The table, and `accepted: ...`; of a refusal the table alone. */
void verify_print(const struct verify_output *output);

/* One object on stdout (Documentation/technical/verify-json.adoc). */
void verify_print_json(const struct verify_output *output);
/* The same for "could not tell". */
void verify_print_json_error(const struct intoto_error *err);

/* The reasons of a report as JSON; a new reference. */
json_t *verify_reasons_json(const struct report *report);

/* {"a": "b"} and a newline: members in the order in which they were put. */
void print_json(const json_t *value);

#endif
