/* fuzz_sshsig.c: SSH signatures and public keys. */
#include "base/xalloc.h"
#include "crypto/key_internal.h"
#include "crypto/sshsig.h"
#include "fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	scoped_text line = xasprintf("%.*s", (int)size, (const char *)data);
	scoped_value(sshsig) signature = { 0 };
	scoped(key) claimed = NULL;
	scoped(key) typed = NULL;
	scoped(key) private = NULL;
	struct intoto_error err = { 0 };

	if (sshsig_parse(&signature, (const char *)data, size, &err) == 0 &&
	    key_from_ssh_blob(&claimed, signature.key.data, signature.key.len,
			      &err) == 0)
		sshsig_verify(&signature, claimed, data, size, &err);
	key_from_ssh(&typed, line, &err);
	key_from_openssh_private(&private, (const char *)data, size, &err);
	return 0;
}
