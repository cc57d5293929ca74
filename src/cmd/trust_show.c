/* git intoto trust show: who is trusted here, and the root with its drafts. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "cmd/options.h"
#include "cmd/rooting.h"
#include "cmd/trusting.h"

static void print_version(const struct rooting *rooting, size_t i)
{
	const struct envelope *envelope = rooting->chain->versions[i];
	const bool last = i + 1 == rooting->chain->n;
	char digest[SHA256_HEX_SIZE], until[CLOCK_TEXT_SIZE];
	scoped_value(buffer) by = BUFFER_INIT;
	size_t good, keys;

	envelope_digest(digest, envelope);
	if (last)
		rooting_print_root(envelope->root, digest, rooting->now);
	else {
		clock_format(until, envelope->root->expires);
		printf("version %" PRIu64 ", sha256:%s\n  expires %s\n",
		       envelope->root->version, digest, until);
	}
	rooting_count(&good, &keys, envelope);
	for (size_t k = 0; k < keys; k++) {
		const struct key *key = envelope->root->root.keys[k];
		struct intoto_error ignored = { 0 };
		char who[64];

		if (envelope_verify(envelope, key, 0, &ignored) < 0)
			continue;
		key_describe(who, key);
		buffer_printf(&by, "%s%s", by.len ? ", " : "", who);
	}
	printf("  signed by %zu of %zu: %s\n", good, keys, buffer_text(&by));
}

static void print_draft(const struct rooting *rooting,
			const struct root_draft *draft)
{
	scoped_value(root_needs) needs = { 0 };

	root_needs_read(&needs, rooting->chain, draft->envelope);
	printf("%s: ", draft->local ? "draft, unsigned" : "pending");
	rooting_print_root(draft->envelope->root, draft->digest, rooting->now);
	rooting_print_needs(&needs);
}

static int print_text(const struct rooting *rooting,
		      const struct root_drafts *drafts)
{
	if (!trust_is_empty(rooting->trust))
		trusting_print(stdout, rooting->trust);
	if (rooting->found)
		puts("a trust root is here, and not pinned:");
	for (size_t i = 0; rooting->chain && i < rooting->chain->n; i++)
		print_version(rooting, rooting->chain->n - 1 - i);
	for (size_t i = 0; i < drafts->n; i++)
		print_draft(rooting, &drafts->items[i]);
	return 0;
}

static json_t *role_json(const struct root_role *role,
			 const struct envelope *envelope)
{
	json_t *keys = json_array();

	for (size_t i = 0; i < role->n_keys; i++) {
		struct intoto_error ignored = { 0 };
		const struct key *key = role->keys[i];
		char who[64];

		key_describe(who, key);
		json_array_append_new(
			keys, json_pack("{s:s, s:s, s:b}", "keyid",
					key_id_new(key), "key", who, "signed",
					envelope_verify(envelope, key, 0,
							&ignored) == 0));
	}
	return json_pack("{s:I, s:o}", "threshold", (json_int_t)role->threshold,
			 "keys", keys);
}

static json_t *version_json(const struct envelope *envelope)
{
	const struct root *root = envelope->root;
	json_t *layouts = json_array();
	char digest[SHA256_HEX_SIZE], until[CLOCK_TEXT_SIZE];

	envelope_digest(digest, envelope);
	clock_format(until, root->expires);
	for (size_t i = 0; i < root->layouts.n; i++)
		json_array_append_new(layouts,
				      json_string(root->layouts.items[i]));
	return json_pack("{s:I, s:s, s:s, s:s, s:o, s:o, s:o}", "version",
			 (json_int_t)root->version, "digest", digest, "expires",
			 until, "project", root->project, "layouts", layouts,
			 "root", role_json(&root->root, envelope), "owners",
			 role_json(&root->owners, envelope));
}

static json_t *needs_json(const struct root_needs *needs)
{
	json_t *out = json_array();

	for (size_t i = 0; i < needs->n; i++) {
		const struct root_need *need = &needs->items[i];
		json_t *missing = json_array();

		for (size_t k = 0; k < need->missing.n; k++)
			json_array_append_new(missing,
					      json_string(
						      need->missing.items[k]));
		json_array_append_new(
			out,
			json_pack("{s:s, s:I, s:I, s:b, s:o}", "whose",
				  need->whose, "signed", (json_int_t)need->good,
				  "threshold", (json_int_t)need->threshold,
				  "met", need->met, "missing", missing));
	}
	return out;
}

static json_t *trust_json(const struct trust *trust)
{
	json_t *owners = json_array();
	json_t *layouts = json_array();

	for (size_t i = 0; i < trust->n_keys; i++)
		json_array_append_new(owners,
				      json_string(key_id(trust->keys[i])));
	for (size_t i = 0; i < trust->n_layouts; i++)
		json_array_append_new(layouts,
				      json_string(trust->layouts[i].name));
	return json_pack("{s:s, s:o, s:I, s:o, s:s}", "root", trust->root_pin,
			 "owners", owners, "threshold",
			 (json_int_t)trust->threshold, "layouts", layouts,
			 "project", trust->project);
}

static int print_json(const struct rooting *rooting,
		      const struct root_drafts *drafts,
		      struct intoto_error *err)
{
	scoped_json out = json_object();
	json_t *versions = json_array();
	json_t *pending = json_array();
	scoped_text text = NULL;

	json_object_set_new(out, "trust", trust_json(rooting->trust));
	json_object_set_new(out, "versions", versions);
	json_object_set_new(out, "pending", pending);
	for (size_t i = 0; rooting->chain && i < rooting->chain->n; i++)
		json_array_append_new(versions,
				      version_json(
					      rooting->chain->versions[i]));
	for (size_t i = 0; i < drafts->n; i++) {
		scoped_value(root_needs) needs = { 0 };
		json_t *draft = version_json(drafts->items[i].envelope);

		root_needs_read(&needs, rooting->chain,
				drafts->items[i].envelope);
		json_object_set_new(draft, "needs", needs_json(&needs));
		json_array_append_new(pending, draft);
	}
	text = json_dumps(out, JSON_COMPACT | JSON_SORT_KEYS);
	if (!text)
		return intoto_fail(err, INTOTO_EINVALID,
				   "the trust cannot be written as JSON");
	puts(text);
	return 0;
}

int trust_show(int argc, char **argv, struct intoto_error *err)
{
	static const char usage[] = "trust show [--readme | --json]";
	scoped_value(rooting) rooting = { 0 };
	scoped_value(root_drafts) drafts = { 0 };
	scoped_value(report) warnings = REPORT_INIT;
	bool readme = false, json = false;
	const struct option options[] = {
		OPT_FLAG(0, "readme", &readme,
			 "the lines for your README that users need"),
		OPT_FLAG(0, "json", &json, "one JSON object, for programs"),
		OPT_END
	};

	if (options_parse(&argc, &argv, options, usage, err) < 0 ||
	    options_operands(argc, 0, 0, "trust show", usage, err) < 0 ||
	    rooting_open(&rooting, err) < 0 ||
	    root_drafts_read(&drafts, rooting.repo, rooting.chain, &warnings,
			     err) < 0)
		return -1;
	say_warnings(&warnings.warnings);
	if (readme || (!rooting.chain && !drafts.n)) {
		if (trust_require(rooting.trust, err) < 0)
			return -1;
	}
	if (readme)
		return trusting_print_readme(stdout, rooting.repo,
					     rooting.trust, err);
	if (json)
		return print_json(&rooting, &drafts, err);
	return print_text(&rooting, &drafts);
}
