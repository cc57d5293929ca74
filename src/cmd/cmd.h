/*
 * cmd.h: what every command is and shares.
 *
 * A command parses its options, calls the library and prints its result on
 * stdout. Only main.c prints `error:`, `hint:`, `warning:` and `note:`.
 */
#ifndef CMD_CMD_H
#define CMD_CMD_H

#include "base/strlist.h"
#include "intoto/error.h"
#include "verify/report.h"

/*
 * argv[0] is the command's name. 0: done. -1: failed, `err` says why. More
 * than 0: the exit status, and all was said (a refusal that
 * say_refusals() printed, the status of a build's command).
 */
typedef int command_fn(int argc, char **argv, struct intoto_error *err);

struct command {
	const char *name; /* NULL: `summary` is a heading */
	command_fn *fn;
	const char *summary;
};

/*
 * For `key list`, `trust add` and the like: run the row that argv[1] names;
 * EUSAGE with a suggestion if there is none. `-h` prints the table and exits.
 * The table ends with { 0 }.
 */
int command_dispatch(const struct command *table, const char *parent, int argc,
		     char **argv, struct intoto_error *err);

#define CMD_REJECTED 1

/* "error: message [reason]" and "hint: ...", escaped, on stderr. */
void say_error(const struct intoto_error *err);
/* The same for every finding. */
void say_refusals(const struct report *report);
void say_warnings(const struct strlist *warnings);
void say_warning(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void say_hint(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void say_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

command_fn cmd_build, cmd_check, cmd_export, cmd_fetch, cmd_hooks, cmd_import,
	cmd_init, cmd_key, cmd_layout, cmd_log, cmd_match_products, cmd_mock,
	cmd_push, cmd_record, cmd_record_tree, cmd_revoke, cmd_run, cmd_seal,
	cmd_show, cmd_sign, cmd_tag, cmd_trust, cmd_verify;

#endif
