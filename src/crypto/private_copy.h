/*
 * private_copy.h: an SSH private key unlocked in memory, for what is longer
 * than an agent takes.
 *
 * OpenSSH's agent refuses messages over 256 KiB, and it has to be given all
 * the bytes that are signed, because ed25519 hashes them together with the
 * secret. A link of more than about 2,000 paths is longer, so where the KEY is
 * a file it is signed in this process instead.
 *
 * How: the file is copied (never touched) into a private folder on a tmpfs
 * ($XDG_RUNTIME_DIR, /dev/shm; else TMPDIR), ssh-keygen takes the passphrase
 * off the copy, asking for it as it does itself (terminal, SSH_ASKPASS), and
 * the result is read. So every cipher and format of OpenSSH works, and none is
 * decrypted here. While the copy has no passphrase, SIGINT, SIGTERM, SIGHUP and
 * SIGQUIT wait; private_copy_release() overwrites and removes it. After a
 * SIGKILL private_copy_clean() does. What cannot be helped: a tmpfs may be
 * swapped out, and on a disk overwriting is not erasing.
 */
#ifndef CRYPTO_PRIVATE_COPY_H
#define CRYPTO_PRIVATE_COPY_H

#include <openssl/evp.h>
#include <signal.h>

#include "base/tempdir.h"
#include "crypto/signer.h"

#define PRIVATE_COPY_MAX ((size_t)64 << 10) /* of a private SSH file */

struct private_copy {
	struct tempdir dir;
	char *path;	 /* in `dir`; a key without a passphrase */
	char *name;	 /* of the original, for messages */
	bool is_file;	 /* the name is that of a file */
	sigset_t before; /* the signal mask; set while dir.path is */
};

/*
 * Copy and unlock the file at `path`, or with path NULL the key in `text`.
 * Asks once, and only if there is a passphrase; settings->tell says before
 * what for. ECHILD: a wrong passphrase, nobody to ask, no private key.
 * ENOTFOUND: no file, no ssh-keygen.
 */
int private_copy_make(struct private_copy *out, const char *path,
		      const struct buffer *text,
		      const struct key_settings *settings,
		      struct intoto_error *err);

/*
 * The key in the copy; EINVALID if it is not the private half of `expected` or
 * not as ssh-keygen writes it. libcrypto clears it when it is freed.
 */
int private_copy_read(EVP_PKEY **out, const struct private_copy *copy,
		      const struct key *expected, struct intoto_error *err);

void private_copy_release(struct private_copy *copy);
SCOPED_RELEASE(private_copy);

/* Remove the copies of processes that were killed. */
void private_copy_clean(void);

/*
 * openssh_key.c: exactly the unencrypted form of one ed25519 key, as ssh-keygen
 * writes it ("openssh-key-v1"; before OpenSSH 9.6 it has no other for this
 * type): no cipher, no kdf, one key, equal check numbers, the public key three
 * times the expected one, padding 1, 2, 3..., nothing before, between or after.
 */
int openssh_ed25519_read(EVP_PKEY **out, const char *text, size_t len,
			 const uint8_t expected[32], struct intoto_error *err);
bool is_openssh_key(const char *text, size_t len); /* by its first line */

/* Memory that is kept from the swap and overwritten when it is freed; of at
 * most a few pages. */
int guarded_new(uint8_t **out, size_t size, struct intoto_error *err);
void guarded_free(uint8_t *memory); /* NULL is fine */
static inline void scoped_guarded_free(uint8_t **p)
{
	guarded_free(*p);
}
#define scoped_guarded __attribute__((cleanup(scoped_guarded_free))) uint8_t *

#endif
