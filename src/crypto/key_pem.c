/* key_pem.c: keys in PEM: SubjectPublicKeyInfo, PKCS#8, PKCS#1, SEC 1. */
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <sodium.h>

#include "base/xalloc.h"
#include "crypto/key_internal.h"

#define LABEL_SIZE 64

struct block {
	const char *start; /* of "-----BEGIN" */
	size_t len;	   /* to the end of the END line */
	char label[LABEL_SIZE];
};

/* The next PEM block from `text` on; false if there is none. */
static bool next_block(struct block *out, const char *text, size_t len)
{
	const char *start = memmem(text, len, "-----BEGIN ", 11);
	const char *stop;
	size_t left;
	char end[LABEL_SIZE + 16];
	const char *close;

	if (!start)
		return false;
	left = len - (size_t)(start - text);
	stop = memmem(start + 11, left - 11, "-----", 5);
	if (!stop || stop - (start + 11) >= LABEL_SIZE)
		return false;
	snprintf(out->label, sizeof(out->label), "%.*s",
		 (int)(stop - (start + 11)), start + 11);
	snprintf(end, sizeof(end), "-----END %s-----", out->label);
	close = memmem(start, left, end, strlen(end));
	if (!close)
		return false;
	out->start = start;
	out->len = (size_t)(close - start) + strlen(end);
	return true;
}

static int check_label(bool *is_private, const char *label,
		       struct intoto_error *err)
{
	static const char *const private_labels[] = {
		"PRIVATE KEY",
		"ENCRYPTED PRIVATE KEY",
		"RSA PRIVATE KEY",
		"EC PRIVATE KEY",
	};

	*is_private = false;
	if (!strcmp(label, "PUBLIC KEY"))
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(private_labels); i++) {
		if (strcmp(label, private_labels[i]))
			continue;
		*is_private = true;
		return 0;
	}
	intoto_fail(err, INTOTO_EUNSUPPORTED,
		    "PEM block '%s' is no key that is supported", label);
	if (!strcmp(label, "RSA PUBLIC KEY"))
		return intoto_hint(err, "openssl rsa -RSAPublicKey_in -pubout "
					"-in FILE");
	if (!strcmp(label, "CERTIFICATE"))
		return intoto_hint(err, "openssl x509 -noout -pubkey -in FILE");
	return -1;
}

/* Exactly one key, past a block of curve parameters. */
static int only_block(struct block *out, bool *is_private, const char *text,
		      size_t len, struct intoto_error *err)
{
	struct block block = { NULL, 0, "" };
	bool found = false;

	while (next_block(&block, text, len)) {
		size_t used = (size_t)(block.start - text) + block.len;

		text += used;
		len -= used;
		if (!strcmp(block.label, "EC PARAMETERS"))
			continue;
		if (found)
			return intoto_fail(err, INTOTO_EINVALID,
					   "more than one key in PEM");
		if (check_label(is_private, block.label, err) < 0)
			return -1;
		*out = block;
		found = true;
	}
	if (!found)
		return intoto_fail(err, INTOTO_EINVALID,
				   "no complete PEM block");
	return 0;
}

struct password {
	char *(*ask)(void *data);
	void *data;
	bool asked;
	bool none; /* libcrypto tries twice; nobody is asked twice */
	bool too_long;
};

static int give_password(char *out, int size, int writing, void *data)
{
	struct password *password = data;
	char *text;
	size_t len;

	(void)writing;
	password->asked = true;
	text = password->ask && !password->none ? password->ask(password->data)
						: NULL;
	password->none = !text;
	if (!text)
		return -1;
	len = strlen(text);
	password->too_long = len > (size_t)size;
	if (!password->too_long)
		memcpy(out, text, len);
	sodium_memzero(text, len);
	free(text);
	return password->too_long ? -1 : (int)len;
}

int pkey_from_pem(EVP_PKEY **out, bool *is_private, const char *text,
		  size_t len, char *(*ask)(void *data), void *data,
		  struct intoto_error *err)
{
	struct password password = { .ask = ask, .data = data };
	struct block block = { NULL, 0, "" };
	EVP_PKEY *pkey;
	BIO *bio;

	if (len > KEY_TEXT_MAX)
		return intoto_fail(err, INTOTO_ELIMIT,
				   "key is larger than %zu bytes",
				   KEY_TEXT_MAX);
	if (only_block(&block, is_private, text, len, err) < 0)
		return -1;
	bio = BIO_new_mem_buf(block.start, (int)block.len);
	if (!bio)
		return crypto_fail(err, "cannot read a PEM key");
	pkey = *is_private ? PEM_read_bio_PrivateKey(bio, NULL, give_password,
						     &password)
			   : PEM_read_bio_PUBKEY(bio, NULL, give_password,
						 &password);
	BIO_free(bio);
	ERR_clear_error();
	if (pkey) {
		*out = pkey;
		return 0;
	}
	if (password.too_long)
		return intoto_fail(err, INTOTO_ELIMIT, "password is too long");
	return intoto_fail(err, INTOTO_EINVALID,
			   !password.asked ? "malformed PEM key"
			   : password.ask
				   ? "wrong or no password for the private key"
				   : "private key is encrypted");
}

int pkey_to_pem(char **out, EVP_PKEY *pkey, struct intoto_error *err)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *text = NULL;
	long len = 0;

	if (bio && PEM_write_bio_PUBKEY(bio, pkey) == 1)
		len = BIO_get_mem_data(bio, &text);
	while (len > 0 && text[len - 1] == '\n')
		len--;
	if (len > 0)
		*out = xmemdupz(text, (size_t)len);
	BIO_free(bio);
	return len > 0 ? 0 : crypto_fail(err, "cannot write a PEM key");
}

int key_from_pem(struct key **out, const char *pem, size_t len,
		 const char *scheme, struct intoto_error *err)
{
	scoped_pkey pkey = NULL;
	bool is_private = false;

	if (pkey_from_pem(&pkey, &is_private, pem, len, NULL, NULL, err) < 0)
		return -1;
	return key_new_pkey(out, pkey, NULL, scheme, err);
}
