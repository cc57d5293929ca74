/*
 * compat.h: under the names of in-toto's own tools (`make install-compat`) the
 * program behaves as those do: their flags, exit codes and file names.
 *
 * A tool is a table of its flags. Its command line is read as Python's argparse
 * reads it and written anew for one of our commands.
 */
#ifndef CMD_COMPAT_H
#define CMD_COMPAT_H

#include "cmd/recording.h"

/* What the commands themselves have to know. */
struct compat {
	bool verbose;
	bool quiet;
	bool new_keyid; /* --signing-key: in-toto 2.2's way to name keys */
};

/* in-toto-run, or "/usr/bin/in-toto-run"; NULL: our own name. */
struct compat_tool;
const struct compat_tool *compat_find(const char *program);

/* The exit status. */
int compat_run(const struct compat_tool *tool, int argc, char **argv);

/* How a recording differs; nothing if `compat` is NULL. */
void compat_recorder(struct recorder *recording, const struct compat *compat);

typedef int compat_fn(int argc, char **argv, const struct compat *compat,
		      struct intoto_error *err);
compat_fn cmd_run_as, cmd_record_as, cmd_mock_as;

#endif
