/* cmd_record_tree.c: print the digest of every path of a tree. */
#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "cmd/cmd.h"
#include "cmd/options.h"
#include "cmd/session.h"
#include "cmd/ui.h"
#include "repo/manifest.h"

#define MODE_GITLINK 0160000

static const char usage[] = "record-tree [OPTION]... TREEISH";

/* A letter after the backslash, as git's quoting has it; 0: none. */
static char quote_letter(unsigned char c)
{
	static const char letters[] = "abtnvfr"; /* 7 to 13 */

	if (c >= 7 && c <= 13)
		return letters[c - 7];
	return c == '"' || c == '\\' ? (char)c : '\0';
}

static bool needs_quotes(const char *path, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		unsigned char c = (unsigned char)path[i];

		if (c < 0x20 || c >= 0x7f || c == '"' || c == '\\')
			return true;
	}
	return false;
}

/* As git prints names with core.quotePath=true. */
static void print_quoted(const char *path, size_t len)
{
	size_t i;

	putchar('"');
	for (i = 0; i < len; i++) {
		unsigned char c = (unsigned char)path[i];
		char letter = quote_letter(c);

		if (letter)
			printf("\\%c", letter);
		else if (c < 0x20 || c >= 0x7f)
			printf("\\%03o", c);
		else
			putchar(c);
	}
	putchar('"');
}

static void print_entry(const struct manifest_entry *entry, bool nul)
{
	char hex[SHA256_HEX_SIZE > OID_HEX_SIZE ? SHA256_HEX_SIZE
						: OID_HEX_SIZE];

	if (entry->mode == MODE_GITLINK)
		oid_hex(hex, &entry->oid);
	else
		hex_encode(hex, entry->sha256, SHA256_SIZE);
	fputs(hex, stdout);
	fputs("  ", stdout);
	if (nul || !needs_quotes(entry->path, entry->path_len))
		fwrite(entry->path, 1, entry->path_len, stdout);
	else
		print_quoted(entry->path, entry->path_len);
	putchar(nul ? '\0' : '\n');
}

int cmd_record_tree(int argc, char **argv, struct intoto_error *err)
{
	struct ui_progress progress = ui_progress_start("hashing");
	struct manifest_options how = { .progress = ui_progress_show,
					.progress_data = &progress };
	scoped(repo) repo = NULL;
	scoped(manifest) manifest = NULL;
	size_t workers = 0;
	bool nul = false;
	struct oid tree;
	size_t i;
	const struct option options[] = {
		OPT_FLAG('z', NULL, &nul,
			 "end lines with NUL, and do not quote names"),
		OPT_FLAG(0, "no-check", &how.no_check,
			 "do not check object ids against the content"),
		OPT_NUMBER(0, "workers", &workers, "N",
			   "read with N threads (default: one a core)"),
		OPT_END,
	};

	if (options_parse(&argc, &argv, options, usage, err) < 0 ||
	    options_operands(argc, 1, 1, "a TREEISH", usage, err) < 0 ||
	    repo_open(&repo, REPO_OPEN_USER, err) < 0 ||
	    session_resolve(&tree, repo, argv[0], "tree", err) < 0)
		return -1;
	how.workers = (unsigned)workers;
	if (manifest_record(&manifest, repo, &tree, &how, err) < 0)
		return -1;
	ui_progress_stop(&progress);
	for (i = 0; i < manifest->n; i++)
		print_entry(&manifest->entries[i], nul);
	return 0;
}
