/* ssh_wire.h: the data types of RFC 4251, section 5, for keys, signatures and
 * the agent. */
#ifndef CRYPTO_SSH_WIRE_H
#define CRYPTO_SSH_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

struct ssh_reader {
	const uint8_t *data;
	size_t left;
};

/* A slice of what is read, borrowed. */
struct ssh_slice {
	const uint8_t *data;
	size_t len;
};

struct ssh_reader ssh_reader_start(const void *data, size_t len);

/* All false when there is less left than claimed; the reader then stays. */
bool ssh_read_u8(uint8_t *out, struct ssh_reader *in);
bool ssh_read_u32(uint32_t *out, struct ssh_reader *in);
bool ssh_read_string(struct ssh_slice *out, struct ssh_reader *in);
/* A positive number in its one right encoding; without its sign byte. */
bool ssh_read_mpint(struct ssh_slice *out, struct ssh_reader *in);

bool ssh_slice_is(const struct ssh_slice *slice, const char *text);

void ssh_add_u32(struct buffer *out, uint32_t value);
void ssh_add_string(struct buffer *out, const void *data, size_t len);
void ssh_add_text(struct buffer *out, const char *text);
/* Big-endian, leading zeros allowed. */
void ssh_add_mpint(struct buffer *out, const void *data, size_t len);

/*
 * A signature blob (string algorithm, string signature, nothing after) to the
 * encoding of in-toto: ed25519 R||S, RSA padded to `rsa_size` bytes, ECDSA in
 * DER. `algorithm` is the static name. SHA-1 (ssh-rsa) is EREJECTED
 * "signature-weak-hash", other algorithms are EUNSUPPORTED.
 */
int ssh_signature_read(struct buffer *out, const char **algorithm,
		       const void *blob, size_t len, size_t rsa_size,
		       struct intoto_error *err);

#endif
