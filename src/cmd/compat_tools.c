/* compat_tools.c: the flags of in-toto's tools, and what they are of ours. */
#include "cmd/compat_tools.h"

#define KEY_TYPES "rsa ed25519 ecdsa"
#define TIMEOUT "10"		 /* seconds: in-toto's default */
#define GPG_DEFAULT "--key=gpg:" /* gpg's own, not git's */

/* clang-format off */
#define F(kind_, short_, long_, ours_) \
	.kind = COMPAT_##kind_, .short_name = short_, .long_name = long_, \
	.ours = ours_

#define TALK \
	{ F(HELP, 'h', "help", NULL) }, \
	{ F(VERBOSE, 'v', "verbose", NULL) }, \
	{ F(QUIET, 'q', "quiet", NULL) }, \
	{ F(VERSION, 0, "version", NULL) }

#define SIGNING \
	{ F(ONE, 'n', "step-name", "--step-name"), .required = true }, \
	{ F(ONE, 'k', "key", "--key"), .group = COMPAT_GROUP_ONE }, \
	{ F(ONE, 0, "signing-key", "--key"), .group = COMPAT_GROUP_ONE, \
	  .new_keyid = true }, \
	{ F(MAYBE, 'g', "gpg", "--gpg"), .bare = GPG_DEFAULT, \
	  .group = COMPAT_GROUP_ONE }, \
	{ F(ONE, 't', "key-type", "--key-type"), .choices = KEY_TYPES, \
	  .only_with = 'k' }, \
	{ F(MAYBE, 'P', "password", "--password") }, \
	{ F(ONE, 0, "gpg-home", "--gpg-home") }

#define HASHING \
	{ F(SOME, 0, "exclude", "--exclude") }, \
	{ F(ONE, 0, "base-path", "--base-path") }, \
	{ F(SOME, 0, "lstrip-paths", "--lstrip-paths") }

static const struct compat_flag run_flags[] = {
	SIGNING,
	{ F(SOME, 'm', "materials", "--material") },
	{ F(SOME, 'p', "products", "--product") },
	HASHING,
	{ F(FLAG, 's', "record-streams", "--record-streams") },
	{ F(FLAG, 'x', "no-command", "--no-command"), .no_command = true },
	{ F(ONE, 'd', "metadata-directory", "--metadata-directory") },
	{ F(FLAG, 0, "use-dsse", "--dsse") },
	{ F(ONE, 0, "run-timeout", "--run-timeout"), .fallback = TIMEOUT },
	TALK,
	{ 0 },
};

static const struct compat_flag start_flags[] = {
	SIGNING,
	{ F(SOME, 'm', "materials", "--material") },
	HASHING,
	{ F(FLAG, 0, "use-dsse", "--dsse") },
	TALK,
	{ 0 },
};

static const struct compat_flag stop_flags[] = {
	SIGNING,
	{ F(SOME, 'p', "products", "--product") },
	HASHING,
	{ F(ONE, 'd', "metadata-directory", "--metadata-directory") },
	{ F(DROPPED, 0, "use-dsse", NULL) },
	TALK,
	{ 0 },
};

static const struct compat_flag mock_flags[] = {
	{ F(ONE, 'n', "name", "--name"), .required = true },
	{ F(FLAG, 0, "use-dsse", "--dsse") },
	{ F(HELP, 'h', "help", NULL) },
	{ F(VERSION, 0, "version", NULL) },
	{ 0 },
};

static const struct compat_flag verify_flags[] = {
	{ F(ONE, 'l', "layout", "--layout"), .required = true,
	  .must_exist = true },
	{ F(SOME, 'k', "layout-keys", "--layout-keys"),
	  .group = COMPAT_GROUP_SOME },
	{ F(SOME, 't', "key-types", "--key-types"), .choices = KEY_TYPES },
	{ F(SOME, 0, "verification-keys", "--verification-keys"),
	  .group = COMPAT_GROUP_SOME },
	{ F(SOME, 'g', "gpg", "--gpg"), .group = COMPAT_GROUP_SOME },
	{ F(ONE, 0, "gpg-home", "--gpg-home") },
	{ F(ONE, 0, "link-dir", "--link-dir") },
	{ F(ONE, 0, "inspection-timeout", "--inspection-timeout"),
	  .fallback = TIMEOUT },
	TALK,
	{ 0 },
};

static const struct compat_flag sign_flags[] = {
	{ F(ONE, 'f', "file", "--file"), .required = true },
	{ F(SOME, 'k', "key", "--key"), .group = COMPAT_GROUP_ONE },
	{ F(ANY, 'g', "gpg", "--gpg"), .bare = GPG_DEFAULT,
	  .group = COMPAT_GROUP_ONE },
	{ F(SOME, 't', "key-type", "--key-type"), .choices = KEY_TYPES },
	{ F(FLAG, 'p', "prompt", "--prompt") },
	{ F(ONE, 0, "gpg-home", "--gpg-home") },
	{ F(ONE, 'o', "output", "--output") },
	{ F(FLAG, 'a', "append", "--append") },
	{ F(FLAG, 0, "verify", "--verify") },
	TALK,
	{ 0 },
};

static const struct compat_flag match_flags[] = {
	{ F(ONE, 'l', "link", "--link"), .required = true },
	{ F(SOME, 'p', "paths", "--path") },
	{ F(SOME, 'e', "exclude", "--exclude") },
	{ F(SOME, 0, "lstrip-paths", "--lstrip-paths") },
	TALK,
	{ 0 },
};

const struct compat_tool compat_tools[] = {
	{ "in-toto-run", NULL, { "run" }, cmd_run_as, NULL, run_flags,
	  true, false, 1 },
	{ "in-toto-record", "start", { "record", "start" }, cmd_record_as, NULL,
	  start_flags, false, false, 1 },
	{ "in-toto-record", "stop", { "record", "stop" }, cmd_record_as, NULL,
	  stop_flags, false, false, 1 },
	{ "in-toto-mock", NULL, { "mock" }, cmd_mock_as, NULL, mock_flags,
	  true, false, 1 },
	{ "in-toto-verify", NULL, { "verify" }, NULL, cmd_verify, verify_flags,
	  false, true, 1 },
	{ "in-toto-sign", NULL, { "sign" }, NULL, cmd_sign, sign_flags,
	  false, true, 2 },
	{ "in-toto-match-products", NULL, { "match-products" }, NULL,
	  cmd_match_products, match_flags, false, false, 1 },
	{ 0 },
};
/* clang-format on */
