/* promisor.c: what a partial clone lacks, and the remotes that have it. */
#include "repo/promisor.h"

#include "base/quote.h"
#include "base/xalloc.h"
#include "repo/config.h"
#include "repo/git.h"
#include "repo/loose.h"

static void add_once(struct strlist *list, const char *name)
{
	if (!strlist_has(list, name))
		strlist_add(list, name);
}

/* git has three ways to say it. */
int promisor_find(struct repo *repo, struct intoto_error *err)
{
	const char *first = config_get(repo, "extensions.partialclone");
	scoped_value(strlist) remotes = STRLIST_INIT;

	if (first)
		strlist_add(&repo->promisors, first);
	config_subsections(&remotes, repo, "remote");
	for (size_t i = 0; i < remotes.n; i++) {
		const char *name = remotes.items[i];
		scoped_text promisor = xasprintf("remote.%s.promisor", name);
		scoped_text filter =
			xasprintf("remote.%s.partialclonefilter", name);
		bool is_one = false;

		if (config_get_bool(&is_one, repo, promisor, false, err) < 0)
			return -1;
		if (is_one || config_get(repo, filter))
			add_once(&repo->promisors, name);
	}
	return 0;
}

static int fetch_from(struct process_result *result, struct repo *repo,
		      const char *remote, const struct buffer *ids,
		      struct intoto_error *err)
{
	/* As git itself does it when it reads a missing object. */
	const char *const args[] = { "-c",
				     "fetch.negotiationAlgorithm=noop",
				     "fetch",
				     "--quiet",
				     "--no-tags",
				     "--no-write-fetch-head",
				     "--recurse-submodules=no",
				     "--no-auto-gc",
				     "--filter=blob:none",
				     "--stdin",
				     "--",
				     remote,
				     NULL };

	return git_feed(result, repo, args, ids->data, ids->len, err);
}

static int fail_fetch(const struct repo *repo, size_t n,
		      const struct process_result *result,
		      struct intoto_error *err)
{
	const char *remote = repo->promisors.items[repo->promisors.n - 1];
	scoped_text quoted = quote_word(remote);

	git_fail(err, result,
		 "fetch %zu object%s that this partial clone lacks from '%s'",
		 n, n == 1 ? "" : "s", remote);
	return intoto_hint(err, "git fetch --refetch --no-filter %s", quoted);
}

int promisor_fetch(struct repo *repo, const struct pack_place *places, size_t n,
		   struct intoto_error *err)
{
	scoped_value(buffer) ids = BUFFER_INIT;
	scoped_value(process_result) result = { 0 };
	size_t missing = 0;
	char hex[OID_HEX_SIZE];

	if (!repo->promisors.n || repo->server)
		return 0;
	for (size_t i = 0; i < n; i++) {
		if (places[i].pack != PACK_NONE ||
		    loose_exists(repo, places[i].oid) ||
		    (i > 0 && oid_equal(places[i].oid, places[i - 1].oid)))
			continue;
		oid_hex(hex, places[i].oid);
		buffer_printf(&ids, "%s\n", hex);
		missing++;
	}
	if (!missing)
		return 0;
	if (buffer_check(&ids, "the list of missing objects", err) < 0)
		return -1;
	for (size_t i = 0; i < repo->promisors.n; i++) {
		process_result_release(&result);
		if (fetch_from(&result, repo, repo->promisors.items[i], &ids,
			       err) < 0)
			return -1;
		if (result.status == 0)
			return 0;
	}
	return fail_fetch(repo, missing, &result, err);
}
