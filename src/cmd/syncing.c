/* syncing.c: operands and messages of `push` and `fetch`. */
#include "cmd/syncing.h"

#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "base/quote.h"
#include "cmd/cmd.h"
#include "repo/refs.h"
#include "repo/remote.h"

int syncing_operands(struct sync_options *out, struct repo *repo, char **argv,
		     const char *command, struct intoto_error *err)
{
	const char *remote = argv[0];
	struct intoto_error ignored = { 0 };
	scoped_text fallback = NULL;
	scoped_text where = NULL;
	scoped_text word = NULL;
	scoped_text ref = NULL;
	struct oid oid;

	out->remote = remote;
	out->tags = remote ? argv + 1 : argv;
	if (!remote || remote_is_named(repo, remote) || strchr(remote, ':') ||
	    refs_tag_name(&ref, remote, &ignored) < 0 ||
	    refs_read(&oid, repo, ref, &ignored) < 0)
		return 0;
	fallback = remote_default(repo);
	where = quote_word(fallback ? fallback : "origin");
	word = quote_word(remote);
	intoto_fail(err, INTOTO_ENOTFOUND,
		    "there is no remote '%s': the remote comes before the tag",
		    remote);
	return intoto_hint(err, "git intoto %s %s %s", command, where, word);
}

void syncing_say(const struct sync_result *result)
{
	fflush(stdout);
	for (size_t i = 0; i < result->said.n; i++) {
		scoped_text line = escape_text(result->said.items[i]);

		fprintf(stderr, "%s\n", line);
	}
	say_warnings(&result->report.warnings);
}
