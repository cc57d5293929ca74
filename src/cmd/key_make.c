/* key_make.c: `key generate`: a new key pair in two files. */
#include "cmd/key_make.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/encode.h"
#include "base/file.h"
#include "base/quote.h"
#include "base/xalloc.h"
#include "cmd/options.h"
#include "cmd/ui.h"
#include "crypto/key_generate.h"

#define BITS 3072 /* as in-toto-keygen */
#define PRIVATE_MODE 0600
#define PUBLIC_MODE 0644

struct making {
	const char *type;
	const char *curve;
	size_t bits;
	const char *password; /* "" is asked for */
	bool encrypt;

	char *private_path;
	char *public_path;
	struct buffer private; /* secret */
	struct buffer public;
};

static void making_release(struct making *making)
{
	free(making->private_path);
	free(making->public_path);
	key_text_clear(&making->private);
	buffer_release(&making->public);
}
SCOPED_RELEASE(making);

static int choose_type(struct key_request *out, const struct making *making,
		       struct intoto_error *err)
{
	const char *type = making->type	   ? making->type
			   : making->curve ? "ecdsa"
			   : making->bits  ? "rsa"
					   : "ed25519";

	if (!strcmp(type, "ed25519"))
		out->type = KEY_ED25519;
	else if (!strcmp(type, "rsa"))
		out->type = KEY_RSA;
	else if (!strcmp(type, "ecdsa"))
		out->type = KEY_ECDSA;
	else
		return intoto_fail(err, INTOTO_EUSAGE,
				   "a key's type is ed25519, rsa or ecdsa, not "
				   "'%s'",
				   type);
	if (making->bits && out->type != KEY_RSA)
		return intoto_fail(err, INTOTO_EUSAGE,
				   "option '--bits' is for RSA keys");
	if (making->curve && out->type != KEY_ECDSA)
		return intoto_fail(err, INTOTO_EUSAGE,
				   "option '--curve' is for ECDSA keys");
	out->bits = making->bits ? making->bits : BITS;
	out->curve = making->curve ? making->curve : "P-256";
	return 0;
}

static void forget(char *secret)
{
	if (secret)
		explicit_bzero(secret, strlen(secret));
	free(secret);
}

/* Twice, for nobody can ask for it again. */
static int ask_password(char **out, const char *name, struct intoto_error *err)
{
	scoped_text shown = escape_text(name);
	scoped_text first = xasprintf("new password for '%s': ", shown);
	scoped_text again = xasprintf("the same once more: ");
	char *password = ui_password(first, NULL);
	char *repeated = password ? ui_password(again, NULL) : NULL;
	bool same = repeated && !strcmp(password, repeated);

	forget(repeated);
	if (same) {
		*out = password;
		return 0;
	}
	if (!repeated)
		intoto_fail(err, INTOTO_EIO,
			    "no terminal to ask for a password");
	else
		intoto_fail(err, INTOTO_EINVALID,
			    "the passwords are not the same");
	forget(password);
	return -1;
}

static int taken(const char *path, struct intoto_error *err)
{
	scoped_text name = quote_word(path);

	intoto_fail(err, INTOTO_EIO, "'%s' exists and is not overwritten",
		    path);
	return intoto_hint(err, "ls -l %s", name);
}

/* A new file, of the whole text, on the disk. */
static int write_new(const char *path, const struct buffer *text, mode_t mode,
		     struct intoto_error *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	size_t done = 0;
	bool written;
	int why = errno;

	if (fd < 0 && why == EEXIST)
		return taken(path, err);
	while (fd >= 0 && done < text->len) {
		ssize_t n = write(fd, text->data + done, text->len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	written = fd >= 0 && done == text->len && fsync(fd) == 0;
	if (fd >= 0) {
		why = written ? 0 : errno;
		if (close(fd) < 0 && written) {
			written = false;
			why = errno;
		}
	}
	if (written)
		return 0;
	if (fd >= 0)
		unlink(path);
	return intoto_fail(err, INTOTO_EIO, "cannot write '%s': %s", path,
			   strerror(why));
}

static int write_pair(const struct making *making, struct intoto_error *err)
{
	if (file_exists(making->private_path))
		return taken(making->private_path, err);
	if (file_exists(making->public_path))
		return taken(making->public_path, err);
	if (write_new(making->private_path, &making->private, PRIVATE_MODE,
		      err) < 0)
		return -1;
	if (write_new(making->public_path, &making->public, PUBLIC_MODE, err) <
	    0) {
		unlink(making->private_path);
		return -1;
	}
	return 0;
}

static int make_pair(struct making *making, struct intoto_error *err)
{
	struct key_request request = { .type = KEY_ED25519 };
	char *asked = NULL;
	int result;

	if (choose_type(&request, making, err) < 0)
		return -1;
	if (file_exists(making->private_path))
		return taken(making->private_path, err);
	if (making->password && *making->password)
		request.password = making->password;
	else if (making->encrypt || making->password) {
		if (ask_password(&asked, making->private_path, err) < 0)
			return -1;
		request.password = asked;
	}
	result = key_generate(&making->private, &making->public, &request, err);
	forget(asked);
	return result < 0 ? -1 : write_pair(making, err);
}

int key_generate_command(int argc, char **argv, struct intoto_error *err)
{
	static const char usage[] = "key generate [OPTION]... NAME";
	scoped_value(making) making = { 0 };
	const struct option options[] = {
		OPT_STRING('t', "type", &making.type, "TYPE",
			   "ed25519 (default), ecdsa or rsa"),
		OPT_NUMBER('b', "bits", &making.bits, "N",
			   "of an RSA key (default: 3072)"),
		OPT_STRING(0, "curve", &making.curve, "CURVE",
			   "of an ECDSA key: P-256 (default), P-384, P-521"),
		OPT_FLAG('p', "encrypt", &making.encrypt,
			 "ask for a password for the private key"),
		OPT_FLAG(0, "prompt", &making.encrypt, NULL),
		OPT_MAYBE_WORD('P', "password", &making.password, "", "TEXT",
			       "the password itself"),
		OPT_END,
	};
	scoped(key) key = NULL;
	char who[64];

	if (options_parse(&argc, &argv, options, usage, err) < 0 ||
	    options_operands(argc, 1, 1, "a NAME", usage, err) < 0)
		return -1;
	if (!*argv[0])
		return intoto_fail(err, INTOTO_EUSAGE, "the NAME is empty");
	making.private_path = xstrdup(argv[0]);
	making.public_path = xasprintf("%s.pub", argv[0]);
	if (make_pair(&making, err) < 0 ||
	    key_from_pem(&key, making.public.data, making.public.len, NULL,
			 err) < 0)
		return -1;
	key_describe(who, key);
	printf("%s\n", who);
	printf("keyid %s\n", key_id(key));
	printf("keyid %s\n", key_id_new(key));
	return 0;
}
