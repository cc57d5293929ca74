/* config.c: what `git config --list` says, kept in order. */
#include "repo/config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/xalloc.h"
#include "repo/git.h"

#define MAX_LINK_SIZE_DEFAULT ((size_t)64 << 20)

struct config_entry {
	char *name;
	char *value;
};

struct config {
	struct config_entry *entries;
	size_t n;
	size_t alloc;
};

void config_free(struct config *config)
{
	if (!config)
		return;
	for (size_t i = 0; i < config->n; i++) {
		free(config->entries[i].name);
		free(config->entries[i].value);
	}
	free(config->entries);
	free(config);
}

/* One record of `--list -z`: the name, a newline and the value, or the name
 * alone. */
static void add_record(struct config *config, const char *record)
{
	size_t len = strcspn(record, "\n");
	const char *value = record[len] ? record + len + 1 : "true";

	ALLOC_GROW(config->entries, config->n + 1, config->alloc);
	config->entries[config->n++] = (struct config_entry){
		.name = xmemdupz(record, len),
		.value = xstrdup(value),
	};
}

int config_load(struct repo *repo, struct intoto_error *err)
{
	const char *const args[] = { "config", "--list", "-z", NULL };
	scoped_value(process_result) result = { 0 };
	struct config *config;
	const char *end;

	if (git_capture(&result, repo, args, err) < 0)
		return -1;
	if (result.status)
		return git_fail(err, &result, "read the configuration");
	config = xcalloc(1, sizeof(*config));
	end = buffer_text(&result.out) + result.out.len;
	for (const char *at = buffer_text(&result.out); at < end;
	     at += strlen(at) + 1)
		add_record(config, at);
	config_free(repo->config);
	repo->config = config;
	return 0;
}

const char *config_get(const struct repo *repo, const char *name)
{
	const struct config *config = repo->config;

	for (size_t i = config ? config->n : 0; i > 0; i--)
		if (!strcmp(config->entries[i - 1].name, name))
			return config->entries[i - 1].value;
	return NULL;
}

void config_get_all(struct strlist *out, const struct repo *repo,
		    const char *name)
{
	const struct config *config = repo->config;

	for (size_t i = 0; config && i < config->n; i++)
		if (!strcmp(config->entries[i].name, name))
			strlist_add(out, config->entries[i].value);
}

/* 0 for a suffix that is none. */
static uintmax_t suffix_factor(const char *suffix)
{
	if (!*suffix)
		return 1;
	if (!strcasecmp(suffix, "k"))
		return (uintmax_t)1 << 10;
	if (!strcasecmp(suffix, "m"))
		return (uintmax_t)1 << 20;
	if (!strcasecmp(suffix, "g"))
		return (uintmax_t)1 << 30;
	return 0;
}

static bool parse_size(size_t *out, const char *text)
{
	uintmax_t number;
	uintmax_t factor;
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	number = strtoumax(text, &end, 0);
	if (errno)
		return false;
	factor = suffix_factor(end);
	if (!factor || number > SIZE_MAX / factor)
		return false;
	*out = (size_t)(number * factor);
	return true;
}

int config_get_size(size_t *out, const struct repo *repo, const char *name,
		    size_t fallback, struct intoto_error *err)
{
	const char *value = config_get(repo, name);

	if (!value) {
		*out = fallback;
		return 0;
	}
	if (!parse_size(out, value)) {
		intoto_fail(err, INTOTO_EINVALID,
			    "configuration '%s' has the value '%s', which is "
			    "no size",
			    name, value);
		return intoto_hint(err, "git config %s %zum", name,
				   fallback >> 20);
	}
	return 0;
}

/* As git reads it: words in any case, else a number. */
static bool parse_bool(bool *out, const char *text)
{
	static const char *const yes[] = { "true", "yes", "on" };
	static const char *const no[] = { "false", "no", "off", "" };
	intmax_t number;
	char *end;

	for (size_t i = 0; i < ARRAY_SIZE(yes); i++)
		if (!strcasecmp(text, yes[i])) {
			*out = true;
			return true;
		}
	for (size_t i = 0; i < ARRAY_SIZE(no); i++)
		if (!strcasecmp(text, no[i])) {
			*out = false;
			return true;
		}
	errno = 0;
	number = strtoimax(text, &end, 0);
	if (errno || end == text || !suffix_factor(end))
		return false;
	*out = number != 0;
	return true;
}

int config_get_bool(bool *out, const struct repo *repo, const char *name,
		    bool fallback, struct intoto_error *err)
{
	const char *value = config_get(repo, name);

	if (!value) {
		*out = fallback;
		return 0;
	}
	if (!parse_bool(out, value)) {
		intoto_fail(err, INTOTO_EINVALID,
			    "configuration '%s' has the value '%s', which is "
			    "neither true nor false",
			    name, value);
		return intoto_hint(err, "git config %s %s", name,
				   fallback ? "true" : "false");
	}
	return 0;
}

void config_subsections(struct strlist *out, const struct repo *repo,
			const char *section)
{
	const struct config *config = repo->config;
	size_t len = strlen(section);

	for (size_t i = 0; config && i < config->n; i++) {
		const char *name = config->entries[i].name;
		const char *last = strrchr(name, '.');
		scoped_text found = NULL;

		if (strncmp(name, section, len) || name[len] != '.' ||
		    last == name + len)
			continue;
		found = xmemdupz(name + len + 1,
				 (size_t)(last - name) - len - 1);
		if (!strlist_has(out, found))
			strlist_take(out, take(found));
	}
}

int config_add(bool *added, struct repo *repo, const char *name,
	       const char *value, struct intoto_error *err)
{
	const char *const args[] = { "config", "--local", "--add",
				     name,     value,	  NULL };
	scoped_value(process_result) result = { 0 };
	scoped_value(strlist) values = STRLIST_INIT;

	config_get_all(&values, repo, name);
	if (strlist_has(&values, value)) {
		*added = false;
		return 0;
	}
	if (git_capture(&result, repo, args, err) < 0)
		return -1;
	if (result.status)
		return git_fail(err, &result, "write the configuration '%s'",
				name);
	if (config_load(repo, err) < 0)
		return -1;
	*added = true;
	return 0;
}

int config_max_link_size(size_t *out, const struct repo *repo,
			 struct intoto_error *err)
{
	return config_get_size(out, repo, "intoto.maxlinksize",
			       MAX_LINK_SIZE_DEFAULT, err);
}
