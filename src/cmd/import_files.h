/* import_files.h: from FILEs and folders to what they hold. */
#ifndef CMD_IMPORT_FILES_H
#define CMD_IMPORT_FILES_H

#include "policy/import.h"

/*
 * One operand: a link or layout, a bundle of JSON lines, or a folder as
 * in-toto's tools have them: *.link, *.jsonl, root.layout, the folders
 * `step.keyid8` of sublayouts, and folders with a root.layout of their own.
 * EINVALID for a folder with nothing of it.
 */
int import_read(struct import *out, const char *path, struct intoto_error *err);

#endif
