/* filemode_internal.h: shared by the files that make up filemode.h. */
#ifndef VERIFY_FILEMODE_INTERNAL_H
#define VERIFY_FILEMODE_INTERNAL_H

#include "verify/filemode.h"

int filemode_read_envelope(struct envelope **out, const char *path, size_t max,
			   struct intoto_error *err);

/* The files of the steps' links below link_dir/parent. */
struct filemode_folder *filemode_read_folder(const struct filemode *what,
					     const char *parent,
					     const struct layout *layout,
					     struct report *report);
void filemode_folder_free(struct filemode_folder *folder);

/* "a.12345678.link or a.90abcdef.link": where a step's link could be. */
char *filemode_file_names(const struct layout *layout,
			  const struct layout_item *step);

#endif
