/* manifest.c: every path of a tree with the SHA-256 of its content. */
#include "repo/manifest_internal.h"

#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "base/xalloc.h"

#define DIGEST_CHUNK ((size_t)64 << 10)
#define NAMED_PATHS 3 /* of those that are no UTF-8 */

void manifest_free(struct manifest *manifest)
{
	if (!manifest)
		return;
	free(manifest->entries);
	free(manifest->paths);
	free(manifest);
}

/* manifestSha256: `mode SP sha256hex TAB path NUL` for each path; for a gitlink
 * the commit id in place of the SHA-256. */
static void manifest_digest(struct manifest *manifest)
{
	struct digest *digest = digest_new(DIGEST_SHA256);
	scoped_value(buffer) text = BUFFER_INIT;
	uint8_t sum[DIGEST_MAX_SIZE];

	for (size_t i = 0; i < manifest->n; i++) {
		const struct manifest_entry *entry = &manifest->entries[i];

		buffer_printf(&text, "%06o ", entry->mode);
		if (entry->mode == 0160000)
			hex_append(&text, entry->oid.bytes, entry->oid.size);
		else
			hex_append(&text, entry->sha256, SHA256_SIZE);
		buffer_putc(&text, '\t');
		buffer_add(&text, entry->path, entry->path_len + 1);
		if (text.len < DIGEST_CHUNK)
			continue;
		digest_add(digest, text.data, text.len);
		buffer_reset(&text);
	}
	digest_add(digest, buffer_text(&text), text.len);
	digest_end(digest, sum);
	digest_free(digest);
	hex_encode(manifest->digest, sum, SHA256_SIZE);
}

int manifest_list(struct manifest **out, struct repo *repo,
		  const struct oid *tree, struct intoto_error *err)
{
	scoped(manifest) manifest = xcalloc(1, sizeof(*manifest));

	if (manifest_walk(manifest, repo, tree, err) < 0)
		return -1;
	*out = take(manifest);
	return 0;
}

int manifest_record(struct manifest **out, struct repo *repo,
		    const struct oid *tree,
		    const struct manifest_options *options,
		    struct intoto_error *err)
{
	static const struct manifest_options defaults = { 0 };
	scoped(manifest) manifest = NULL;

	if (manifest_list(&manifest, repo, tree, err) < 0 ||
	    manifest_hash(manifest, repo, options ? options : &defaults, err) <
		    0)
		return -1;
	manifest_digest(manifest);
	*out = take(manifest);
	return 0;
}

static int fail_not_utf8(const struct manifest *manifest,
			 struct intoto_error *err)
{
	scoped_value(buffer) names = BUFFER_INIT;
	size_t n = 0;

	for (size_t i = 0; i < manifest->n; i++) {
		const struct manifest_entry *entry = &manifest->entries[i];

		if (is_utf8(entry->path, entry->path_len))
			continue;
		if (n++ < NAMED_PATHS)
			buffer_printf(&names, "%s'%.256s'",
				      names.len ? ", " : "", entry->path);
	}
	return intoto_fail(err, INTOTO_EINVALID,
			   "%zu %s no UTF-8, so no link can name %s: %s%s", n,
			   n == 1 ? "path is" : "paths are",
			   n == 1 ? "it" : "them", buffer_text(&names),
			   n > NAMED_PATHS ? ", ..." : "");
}

static void artifacts_add_gitlink(struct artifacts *set,
				  const struct manifest_entry *entry)
{
	char hex[OID_HEX_SIZE];
	scoped_text digests = NULL;

	oid_hex(hex, &entry->oid);
	digests = xasprintf("{\"gitCommit\":\"%s\"}", hex);
	artifacts_add_other(set, entry->path, entry->path_len, digests,
			    strlen(digests));
}

int manifest_artifacts(struct artifacts **out, const struct manifest *manifest,
		       struct intoto_error *err)
{
	scoped(artifacts) set = artifacts_new();

	for (size_t i = 0; i < manifest->n; i++) {
		const struct manifest_entry *entry = &manifest->entries[i];

		if (!is_utf8(entry->path, entry->path_len))
			return fail_not_utf8(manifest, err);
		if (entry->mode == 0160000)
			artifacts_add_gitlink(set, entry);
		else
			artifacts_add(set, entry->path, entry->path_len,
				      entry->sha256);
	}
	if (artifacts_finish(set, err) < 0)
		return -1;
	*out = take(set);
	return 0;
}
