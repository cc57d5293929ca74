/* trust.c: the keys and layouts that are believed in this clone. */
#include "policy/trust.h"

#include <string.h>

#include "base/encode.h"
#include "base/xalloc.h"
#include "policy/trust_internal.h"
#include "repo/notes.h"

void trust_clear_layouts(struct trust *trust)
{
	for (size_t i = 0; i < trust->n_layouts; i++)
		free(trust->layouts[i].name);
	free(trust->layouts);
	trust->layouts = NULL;
	trust->n_layouts = 0;
	trust->layouts_default = false;
}

void trust_clear_keys(struct trust *trust)
{
	for (size_t i = 0; i < trust->n_keys; i++)
		key_free(trust->keys[i]);
	free(trust->keys);
	trust->keys = NULL;
	trust->n_keys = trust->threshold = 0;
}

static struct trust_layout *layout_append(struct trust *trust, const char *name)
{
	size_t n = trust->n_layouts + 1;

	trust->layouts = xrealloc(trust->layouts, n, sizeof(*trust->layouts));
	trust->layouts[n - 1].name = xstrdup(name);
	trust->layouts[n - 1].digest[0] = '\0';
	trust->n_layouts = n;
	return &trust->layouts[n - 1];
}

void trust_free(struct trust *trust)
{
	if (!trust)
		return;
	trust_clear_keys(trust);
	trust_clear_layouts(trust);
	root_chain_free(trust->chain);
	strlist_release(&trust->root_warnings);
	free(trust);
}

void trust_default_layouts(struct trust *trust)
{
	layout_append(trust, "release");
	trust->layouts_default = true;
}

struct trust *trust_new(void)
{
	struct trust *trust = xcalloc(1, sizeof(*trust));

	trust_default_layouts(trust);
	return trust;
}

bool trust_is_empty(const struct trust *trust)
{
	if (trust->n_keys || *trust->root_pin)
		return false;
	for (size_t i = 0; i < trust->n_layouts; i++)
		if (trust->layouts[i].digest[0])
			return false;
	return true;
}

int trust_require(const struct trust *trust, struct intoto_error *err)
{
	if (!trust_is_empty(trust))
		return 0;
	intoto_fail(err, INTOTO_ETRUST,
		    "no trust configured: whose layouts "
		    "are believed here is not known");
	return intoto_hint(err, "git intoto trust add KEY");
}

static ptrdiff_t key_index(const struct trust *trust, const struct key *key)
{
	for (size_t i = 0; i < trust->n_keys; i++)
		if (key_same(trust->keys[i], key))
			return (ptrdiff_t)i;
	return -1;
}

void trust_add_key(bool *added, struct trust *trust, struct key *key)
{
	if (key_index(trust, key) >= 0) {
		if (added)
			*added = false;
		return;
	}
	trust->keys =
		xrealloc(trust->keys, trust->n_keys + 1, sizeof(*trust->keys));
	trust->keys[trust->n_keys++] = key_ref(key);
	trust->threshold = trust->n_keys;
	if (added)
		*added = true;
}

int trust_remove_key(struct trust *trust, const struct key *key,
		     struct intoto_error *err)
{
	ptrdiff_t index = key_index(trust, key);

	if (index < 0)
		return intoto_fail(err, INTOTO_ENOTFOUND,
				   "key '%s' is not trusted here", key_id(key));
	key_free(trust->keys[index]);
	trust->n_keys--;
	memmove(trust->keys + index, trust->keys + index + 1,
		(trust->n_keys - (size_t)index) * sizeof(*trust->keys));
	if (trust->threshold > trust->n_keys)
		trust->threshold = trust->n_keys;
	return 0;
}

int trust_set_threshold(struct trust *trust, size_t threshold,
			struct intoto_error *err)
{
	if (threshold > trust->n_keys)
		return intoto_fail(err, INTOTO_EINVALID,
				   "a threshold of %zu needs as many keys, "
				   "there are %zu",
				   threshold, trust->n_keys);
	trust->threshold = threshold ? threshold : trust->n_keys;
	return 0;
}

const struct trust_layout *trust_layout_named(const struct trust *trust,
					      const char *name)
{
	for (size_t i = 0; i < trust->n_layouts; i++)
		if (!strcmp(trust->layouts[i].name, name))
			return &trust->layouts[i];
	return NULL;
}

int trust_add_layout(bool *added, struct trust *trust, const char *name,
		     const char *digest, struct intoto_error *err)
{
	const struct trust_layout *known;
	struct trust_layout *layout;

	if (!digest)
		digest = "";
	if (!strncmp(digest, "sha256:", 7))
		digest += 7;
	if (!notes_layout_name_ok(name))
		return intoto_fail(err, INTOTO_EINVALID,
				   "'%s' is not a name for a layout", name);
	if (*digest && (strlen(digest) != SHA256_HEX_SIZE - 1 ||
			!is_lower_hex(digest, SHA256_HEX_SIZE - 1)))
		return intoto_fail(err, INTOTO_EINVALID,
				   "'%s' is not a digest: 64 lower-case hex "
				   "digits are",
				   digest);
	if (trust->layouts_default)
		trust_clear_layouts(trust);
	known = trust_layout_named(trust, name);
	if (added)
		*added = !known || strcmp(known->digest, digest);
	layout = known ? &trust->layouts[known - trust->layouts]
		       : layout_append(trust, name);
	memcpy(layout->digest, digest, strlen(digest) + 1);
	return 0;
}

int trust_pin_project(struct trust *trust, const char *project,
		      struct intoto_error *err)
{
	if (strlen(project) != PROJECT_SIZE - 1 ||
	    !is_lower_hex(project, PROJECT_SIZE - 1))
		return intoto_fail(err, INTOTO_EINVALID,
				   "'%s' is not a project id: 32 lower-case "
				   "hex digits are",
				   project);
	if (trust->project[0] && strcmp(trust->project, project))
		return intoto_reject(err, "trust-project",
				     "this clone is pinned to project '%s', "
				     "not '%s'",
				     trust->project, project);
	memcpy(trust->project, project, PROJECT_SIZE);
	return 0;
}
