/* compat_tools.h: in-toto's tools and their flags, of 1.3.1 and of 2.2. */
#ifndef CMD_COMPAT_TOOLS_H
#define CMD_COMPAT_TOOLS_H

#include "cmd/cmd.h"
#include "cmd/compat.h"

#define COMPAT_FLAGS_MAX 32

enum compat_kind {
	COMPAT_END = 0,
	COMPAT_FLAG,
	COMPAT_ONE,	/* a value */
	COMPAT_MAYBE,	/* a value or none */
	COMPAT_SOME,	/* one or more */
	COMPAT_ANY,	/* none or more */
	COMPAT_DROPPED, /* the tool takes it and goes by something else */
	COMPAT_VERBOSE,
	COMPAT_QUIET,
	COMPAT_VERSION,
	COMPAT_HELP,
};

enum compat_group {
	COMPAT_GROUP_NONE = 0,
	COMPAT_GROUP_ONE,  /* exactly one of them must be given */
	COMPAT_GROUP_SOME, /* at least one */
};

struct compat_flag {
	enum compat_kind kind;
	char short_name;
	const char *long_name;
	const char *ours; /* our option: "--material" */
	const char *bare; /* for a flag without its value; NULL: "ours=" */
	const char *choices;
	const char *fallback; /* given to our command if it is not given */
	enum compat_group group;
	char only_with; /* passed over without the flag of that letter */
	bool required;
	bool new_keyid;
	bool no_command; /* a command beside it is passed over */
	bool must_exist; /* a file: without it there is nothing to do */
};

struct compat_tool {
	const char *name;
	const char *below; /* "start" of in-toto-record; or NULL */
	const char *command[2];
	compat_fn *as;	/* a command that knows of us, or */
	command_fn *fn; /* one that does not */
	const struct compat_flag *flags;
	bool takes_command;
	bool mute;  /* our result on stdout is not shown, but with -v */
	int broken; /* exit status of all that is neither refused nor usage */
};

extern const struct compat_tool compat_tools[]; /* ends with { 0 } */

#endif
