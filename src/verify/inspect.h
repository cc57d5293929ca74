/*
 * inspect.h: run a layout's inspections (specification 5.2.5) in a folder and
 * judge their rules. Only ever for a layout whose signatures hold.
 */
#ifndef VERIFY_INSPECT_H
#define VERIFY_INSPECT_H

#include "verify/chain.h"

/*
 * Runs every inspection with `dir` as its working folder, materials and
 * products being all regular files below it (default excludes of the
 * reference: *.link*, .git, *.pyc, *~). A command that fails is a finding
 * "inspection-failed", and so is one that takes more than `timeout` seconds
 * (0: no limit). Rules are judged after all commands ran, and
 * only if none failed. Nothing is written there but by the commands.
 */
int inspect_run(const struct chain *chain, const char *dir, size_t timeout,
		struct report *report, struct intoto_error *err);

/* Every regular file below `dir` (symbolic links followed to files as the
 * reference does), names relative to it. */
int inspect_record(struct artifacts **out, const char *dir,
		   struct intoto_error *err);

#endif
