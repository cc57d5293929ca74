/*
 * process_io.h: feed a child and read from it at the same time, so that
 * neither side ever waits for the other for ever. Only process.c uses it.
 */
#ifndef BASE_PROCESS_IO_H
#define BASE_PROCESS_IO_H

#include <stddef.h>

#include "base/buffer.h"
#include "base/process_watch.h"

/* Each `fd` points at our end of a pipe, -1 for none; it becomes -1 when the
 * pipe is closed here. */
struct process_io {
	struct {
		int *fd;
		const char *data;
		size_t len;
	} in;
	struct {
		int *fd;
		struct buffer *to;
		int show; /* a descriptor that gets the same bytes, or -1 */
		const char *until; /* up to this text; NULL: all of them */
		size_t shown;	   /* so many of `to` */
	} out[2];
	struct process_watch *watch; /* or NULL */
};

/* Until all is closed, or process_watch_done(); ELIMIT when a buffer is full.
 * `name` is the program. */
int process_io_run(struct process_io *io, const char *name,
		   struct intoto_error *err);

/* Write all of it, waiting if need be; 0, or -1 with errno. Never a SIGPIPE. */
int process_io_write(int fd, const void *data, size_t len);

#endif
