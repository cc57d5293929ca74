/* root_internal.h: shared by the files that make up root.h. */
#ifndef METADATA_ROOT_INTERNAL_H
#define METADATA_ROOT_INTERNAL_H

#include "metadata/root.h"

/*
 * Keys as root.json has them: {keytype, scheme, keyval}, listed under the new
 * keyid; a PEM ends with its newline. OpenPGP keys in securesystemslib's form:
 * keytype is in-toto's `type`, scheme its `method`; `creation_time` and
 * `subkeys` (in the same form) stand beside them, as members that TUF's readers
 * keep and do not look at. Until when a key is good is not in it: that is what
 * the root's own `expires` says.
 */
json_t *root_key_to_json(const struct key *key); /* a new reference */
/* EINVALID if the key does not answer to `keyid`, under which it is listed. */
int root_key_from_json(struct key **out, const char *keyid,
		       const json_t *object, struct intoto_error *err);

#endif
