/* catfile.c: objects by one `git cat-file --batch` child. */
#include "repo/catfile.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "repo/git.h"
#include "repo/loose.h"
#include "repo/packorder.h"

#define CHUNK ((size_t)64 << 10)
#define SKIP_MAX ((size_t)256 << 10) /* longer: a new child is cheaper */
/* "<64 digits> commit <20 digits>" fits. */
#define ANSWER_MAX ((size_t)128)
#define SERVER_PATIENCE_MS (60 * 1000)

struct catfile {
	const struct repo *repo;
	struct process_pipe pipe; /* pid 0: no child runs */
	char hex[OID_HEX_SIZE];	  /* of the object asked for last */
	size_t left;		  /* of its content, not yet handed out */
	bool open;		  /* its content is not yet at its end */
	int patience;		  /* in milliseconds; -1: as long as it takes */
	size_t at;		  /* in `data`, which was read ahead */
	size_t len;
	char data[CHUNK];
};

struct catfile *catfile_new(const struct repo *repo)
{
	struct catfile *catfile = xcalloc(1, sizeof(*catfile));

	catfile->repo = repo;
	catfile->patience = repo->server ? SERVER_PATIENCE_MS : -1;
	return catfile;
}

void catfile_set_patience(struct catfile *catfile, int milliseconds)
{
	catfile->patience = milliseconds;
}

static void child_end(struct catfile *catfile)
{
	process_pipe_release(&catfile->pipe);
	catfile->open = false;
	catfile->left = 0;
	catfile->at = 0;
	catfile->len = 0;
}

void catfile_free(struct catfile *catfile)
{
	if (!catfile)
		return;
	child_end(catfile);
	free(catfile);
}

static int child_start(struct catfile *catfile, struct intoto_error *err)
{
	static const char *const args[] = { "cat-file", "--batch", NULL };
	scoped_value(git_command) command;
	struct intoto_error why = { 0 };

	git_command_init(&command, catfile->repo, args);
	strlist_add(&command.env, "LC_ALL=C");
	if (catfile->repo->server) {
		/* A git before 2.39.4 knows only the second. */
		strlist_add(&command.env, "GIT_NO_LAZY_FETCH=1");
		strlist_add(&command.env, "GIT_ALLOW_PROTOCOL=none");
	}
	command.process.argv = (const char *const *)command.argv.items;
	command.process.env = (const char *const *)command.env.items;
	if (process_pipe_open(&catfile->pipe, &command.process, &why) == 0)
		return 0;
	/* That git is not found says nothing about the object. */
	return intoto_fail(err, INTOTO_ECHILD, "%s", why.message);
}

/* The child is of no more use: it is gone, or it says what git does not. */
static int fail_child(struct catfile *catfile, const char *problem,
		      struct intoto_error *err)
{
	child_end(catfile);
	return intoto_fail(err, INTOTO_ECHILD,
			   "object '%s' cannot be read: 'git cat-file' %s",
			   catfile->hex, problem);
}

static int fail_ended(struct catfile *catfile, struct intoto_error *err)
{
	char problem[64];
	int status = 0;

	if (process_pipe_close(&status, &catfile->pipe, err) < 0)
		return -1;
	snprintf(problem, sizeof(problem), "ended with status %d", status);
	return fail_child(catfile, problem, err);
}

/* Something to read, or the end of it, before our patience ends. */
static int wait_for_more(struct catfile *catfile, struct intoto_error *err)
{
	struct pollfd fd = { .fd = catfile->pipe.from, .events = POLLIN };
	char problem[64];
	int got;

	if (catfile->patience < 0)
		return 0;
	do {
		got = poll(&fd, 1, catfile->patience);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		return fail_child(catfile, strerror(errno), err);
	if (got > 0)
		return 0;
	/* It would not notice that its pipes are closed. */
	kill(catfile->pipe.pid, SIGKILL);
	snprintf(problem, sizeof(problem), "said nothing for %d seconds",
		 catfile->patience / 1000);
	return fail_child(catfile, problem, err);
}

/* More bytes behind data[len]; the end of the child's output is an error. */
static int fill(struct catfile *catfile, struct intoto_error *err)
{
	ssize_t got;

	if (catfile->at == catfile->len)
		catfile->at = catfile->len = 0;
	if (wait_for_more(catfile, err) < 0)
		return -1;
	do {
		got = read(catfile->pipe.from, catfile->data + catfile->len,
			   CHUNK - catfile->len);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		return fail_child(catfile, strerror(errno), err);
	if (got == 0)
		return fail_ended(catfile, err);
	catfile->len += (size_t)got;
	return 0;
}

/* One line without its LF; the buffer is empty before. */
static int read_line(char line[ANSWER_MAX], struct catfile *catfile,
		     struct intoto_error *err)
{
	const char *end = NULL;
	size_t len = 0;

	while (!end) {
		if (fill(catfile, err) < 0)
			return -1;
		end = memchr(catfile->data, '\n', catfile->len);
		len = end ? (size_t)(end - catfile->data) : catfile->len;
		if (len >= ANSWER_MAX)
			return fail_child(catfile, "answers with a long line",
					  err);
	}
	memcpy(line, catfile->data, len);
	line[len] = '\0';
	catfile->at = len + 1;
	if (strlen(line) != len)
		return fail_child(catfile, "answers with a NUL", err);
	return 0;
}

static bool parse_size(size_t *out, const char *text)
{
	size_t value = 0;

	if (!*text || (*text == '0' && text[1]))
		return false;
	for (; *text; text++) {
		size_t digit = (size_t)(*text - '0');

		if (*text < '0' || *text > '9' ||
		    value > (SIZE_MAX - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*out = value;
	return true;
}

/* `<type> <size>` */
static bool parse_answer(enum object_type *type, size_t *size, const char *text)
{
	for (int i = OBJECT_COMMIT; i <= OBJECT_TAG; i++) {
		const char *name = object_type_name((enum object_type)i);
		size_t len = strlen(name);

		if (strncmp(text, name, len) != 0 || text[len] != ' ')
			continue;
		*type = (enum object_type)i;
		return parse_size(size, text + len + 1);
	}
	return false;
}

/* Is there a file for it, or an index that lists it? */
static bool is_there(const struct repo *repo, const struct oid *oid)
{
	scoped_value(strlist) packs = STRLIST_INIT;
	struct pack_place place = { .oid = oid };

	if (loose_exists(repo, oid))
		return true;
	pack_order_find(&packs, &place, 1, repo);
	return place.pack != PACK_NONE;
}

/* git says "missing" of an object as well that it cannot read. */
static int fail_missing(struct catfile *catfile, const struct oid *oid,
			struct intoto_error *err)
{
	if (is_there(catfile->repo, oid))
		return intoto_fail(err, INTOTO_EINVALID,
				   "object '%s' is there, but git cannot read "
				   "it",
				   catfile->hex);
	return intoto_fail(err, INTOTO_ENOTFOUND, "object '%s' is missing",
			   catfile->hex);
}

/* The rest of the answer before; a child that is far from its end is ended. */
static void skip_rest(struct catfile *catfile)
{
	struct intoto_error ignored;
	size_t len = 1;
	char rest[4096];

	if (catfile->left > SKIP_MAX)
		child_end(catfile);
	while (catfile->open && len > 0)
		if (catfile_next(&len, catfile, rest, sizeof(rest), &ignored) <
		    0)
			child_end(catfile);
}

int catfile_ask(enum object_type *type, size_t *size, struct catfile *catfile,
		const struct oid *oid, struct intoto_error *err)
{
	char line[ANSWER_MAX];
	size_t hex_len = 2 * (size_t)oid->size;

	skip_rest(catfile);
	oid_hex(catfile->hex, oid);
	snprintf(line, sizeof(line), "%s\n", catfile->hex);
	if (catfile->pipe.pid == 0 && child_start(catfile, err) < 0)
		return -1;
	if (process_pipe_write(&catfile->pipe, line, hex_len + 1, err) < 0)
		return fail_ended(catfile, err);
	if (read_line(line, catfile, err) < 0)
		return -1;
	if (strncmp(line, catfile->hex, hex_len) != 0 || line[hex_len] != ' ')
		return fail_child(catfile, "answers for another object", err);
	if (strcmp(line + hex_len, " missing") == 0) {
		if (catfile->at < catfile->len)
			return fail_child(catfile, "says more than it should",
					  err);
		return fail_missing(catfile, oid, err);
	}
	if (!parse_answer(type, size, line + hex_len + 1))
		return fail_child(catfile, "answers as git does not", err);
	catfile->left = *size;
	catfile->open = true;
	return 0;
}

/* After the content: one LF, and nothing. */
static int check_end(struct catfile *catfile, struct intoto_error *err)
{
	if (catfile->at == catfile->len && fill(catfile, err) < 0)
		return -1;
	if (catfile->data[catfile->at++] != '\n' || catfile->at < catfile->len)
		return fail_child(catfile, "says more than it should", err);
	catfile->open = false;
	return 0;
}

int catfile_next(size_t *len, struct catfile *catfile, void *data, size_t size,
		 struct intoto_error *err)
{
	size_t want = size < catfile->left ? size : catfile->left;

	if (want == 0) {
		*len = 0;
		return catfile->open ? check_end(catfile, err) : 0;
	}
	if (catfile->at == catfile->len && fill(catfile, err) < 0)
		return -1;
	if (want > catfile->len - catfile->at)
		want = catfile->len - catfile->at;
	memcpy(data, catfile->data + catfile->at, want);
	catfile->at += want;
	catfile->left -= want;
	*len = want;
	return 0;
}
