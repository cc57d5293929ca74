/* api_key.h: what a public key of include/intoto/key.h is made of. */
#ifndef CRYPTO_API_KEY_H
#define CRYPTO_API_KEY_H

#include "crypto/key.h"
#include "intoto/key.h"

struct intoto_key {
	struct key *key;
};

/* A reference of its own. */
struct intoto_key *api_key_new(struct key *key);

#endif
