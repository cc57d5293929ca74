/* build_run.h: run a command whose work is recorded, in its folder. */
#ifndef CMD_BUILD_RUN_H
#define CMD_BUILD_RUN_H

#include "base/process.h"
#include "json/json.h"

struct build_run {
	char *const *command;		 /* ends with NULL */
	const char *dir;		 /* NULL: here */
	const struct strlist *variables; /* build_env(), or NULL */
	bool record_streams;		 /* shown, and kept in the result */
	bool silent;			 /* what is not recorded is not shown */
	bool keep_umask;
	size_t max_output; /* of each recorded stream */
	size_t timeout;	   /* seconds; 0: none */
};

/*
 * stdin and output are the caller's. A failing status is a result. A signal
 * that would end us ends the command, and the result tells: it may have exited
 * as if nothing had been.
 */
int build_run(struct process_result *out, const struct build_run *what,
	      struct intoto_error *err);

/* The command after `--`, whatever it looks like, cut off the words in front;
 * NULL if there is none. */
char **build_run_split(int *argc, char **argv);

/* What a program printed, as byproducts have it: what is no UTF-8 is replaced.
 * `newlines`: CRLF and CR become LF. A new reference. */
json_t *build_run_text(const struct buffer *stream, bool newlines);

/* The words of a command as a link has them; EINVALID if one is no UTF-8. */
int build_run_words(json_t *array, char *const *command,
		    struct intoto_error *err);

#endif
