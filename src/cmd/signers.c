/* signers.c: open every key that is to sign. */
#include "cmd/signers.h"

#include "base/xalloc.h"

void signers_release(struct signers *signers)
{
	for (size_t i = 0; i < signers->n; i++)
		signer_free(signers->items[i]);
	free(signers->items);
	strlist_release(&signers->specs);
}

static int add(struct signers *signers, const struct key_options *options,
	       struct repo *repo, struct intoto_error *err)
{
	scoped(signer) signer = NULL;

	if (key_options_open(&signer, options, repo, NULL, err) < 0)
		return -1;
	for (size_t i = 0; i < signers->n; i++)
		if (key_same(signer_key(signers->items[i]), signer_key(signer)))
			return 0;
	signers->items = xrealloc(signers->items, signers->n + 1,
				  sizeof(struct signer *));
	signers->items[signers->n++] = take(signer);
	return 0;
}

int signers_open(struct signers *signers, struct repo *repo,
		 struct intoto_error *err)
{
	struct key_options options = signers->key;

	if ((options.gpg || !signers->specs.n) &&
	    add(signers, &options, repo, err) < 0)
		return -1;
	options.gpg = NULL;
	for (size_t i = 0; i < signers->specs.n; i++) {
		options.key = signers->specs.items[i];
		if (add(signers, &options, repo, err) < 0)
			return -1;
	}
	return 0;
}
