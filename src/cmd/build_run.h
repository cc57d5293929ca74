/* build_run.h: run a build's command in its tree. */
#ifndef CMD_BUILD_RUN_H
#define CMD_BUILD_RUN_H

#include "base/process.h"

struct build_run {
	char *const *command; /* ends with NULL */
	const char *dir;
	const struct strlist *variables; /* build_env() */
	bool record_streams;		 /* shown, and kept in the result */
	bool keep_umask;
	size_t max_output; /* of each recorded stream */
};

/*
 * stdin and output are the caller's, without a time limit. A failing status is
 * a result; an interrupt from the terminal ends the command and not us.
 */
int build_run(struct process_result *out, const struct build_run *what,
	      struct intoto_error *err);

#endif
