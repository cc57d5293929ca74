/* Which refs are guarded: intoto.protected, by the rules of for-each-ref. */
#include <string.h>

#include "policy/guard_internal.h"
#include "policy/pending.h"
#include "repo/config.h"

#define PROTECTED "intoto.protected"
#define MOVABLE "intoto.movable"
#define PATTERN_MAX 1024

/* One [class] at `pattern`; moves behind it. An unclosed one matches nothing.
 */
static bool class_match(const char **pattern, char c)
{
	const char *p = *pattern + 1;
	const bool negated = *p == '!' || *p == '^';
	bool matched = false;

	if (negated)
		p++;
	for (const char *first = p; *p && (*p != ']' || p == first); p++) {
		if (p[1] == '-' && p[2] && p[2] != ']') {
			matched |= p[0] <= c && c <= p[2];
			p += 2;
		} else {
			matched |= *p == c;
		}
	}
	if (!*p)
		return false;
	*pattern = p + 1;
	return matched != negated && c != '/';
}

/*
 * A star stops at a slash, two stars do not. The last star of each kind is
 * all that ever has to be tried again, so the time is bounded by the product
 * of both lengths.
 */
static bool glob_match(const char *pattern, const char *ref)
{
	const char *star = NULL, *star_ref = NULL;
	const char *wide = NULL, *wide_ref = NULL;

	while (*ref) {
		const char *next = pattern;

		if (pattern[0] == '*' && pattern[1] == '*') {
			while (*pattern == '*')
				pattern++;
			wide = pattern;
			wide_ref = ref;
			star = NULL;
			/* "a/" followed by two stars and "/b" matches "a/b" */
			if (*pattern == '/' && glob_match(pattern + 1, ref))
				return true;
			continue;
		}
		if (*pattern == '*') {
			star = ++pattern;
			star_ref = ref;
			continue;
		}
		if ((*pattern == '?' && *ref != '/') ||
		    (*pattern == '[' && class_match(&next, *ref))) {
			pattern = next == pattern ? pattern + 1 : next;
			ref++;
			continue;
		}
		if (*pattern && *pattern != '?' && *pattern != '[' &&
		    *pattern == *ref) {
			pattern++;
			ref++;
			continue;
		}
		if (star && *star_ref != '/') {
			ref = ++star_ref;
			pattern = star;
		} else if (wide) {
			ref = ++wide_ref;
			pattern = wide;
			star = NULL;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}

bool guard_pattern_match(const char *pattern, const char *ref)
{
	const size_t len = strlen(pattern);

	if (!strncmp(pattern, ref, len) &&
	    (!ref[len] || ref[len] == '/' || (len && pattern[len - 1] == '/')))
		return true;
	return glob_match(pattern, ref);
}

/* One that no full refname can match would guard nothing: "v*", or the "true"
 * of a key without a value. */
static bool is_valid(const char *pattern)
{
	pattern += *pattern == '!';
	return *pattern && strlen(pattern) <= PATTERN_MAX &&
	       (strchr("*?[", *pattern) || !strncmp(pattern, "refs/", 5) ||
		!strcmp(pattern, "refs"));
}

static int check_patterns(const struct repo *repo, const char *name,
			  struct intoto_error *err)
{
	scoped_value(strlist) patterns = STRLIST_INIT;

	config_get_all(&patterns, repo, name);
	for (size_t i = 0; i < patterns.n; i++) {
		if (!is_valid(patterns.items[i]))
			return intoto_fail(err, INTOTO_EINVALID,
					   "%s has an empty or overlong value, "
					   "or one that matches no full name: "
					   "'%.64s'",
					   name, patterns.items[i]);
	}
	return 0;
}

int guard_check_config(const struct repo *repo, struct intoto_error *err)
{
	return check_patterns(repo, PROTECTED, err) < 0
		       ? -1
		       : check_patterns(repo, MOVABLE, err);
}

bool guard_is_movable(const struct repo *repo, const char *ref)
{
	scoped_value(strlist) patterns = STRLIST_INIT;
	bool matched = false;

	config_get_all(&patterns, repo, MOVABLE);
	for (size_t i = 0; i < patterns.n; i++)
		if (*patterns.items[i] != '!')
			matched |= guard_pattern_match(patterns.items[i], ref);
	for (size_t i = 0; i < patterns.n; i++)
		if (*patterns.items[i] == '!' &&
		    guard_pattern_match(patterns.items[i] + 1, ref))
			return false;
	return matched;
}

/* Without a pattern of one's own every ref below refs/tags/ is guarded, also
 * refs/tags/a/b, which the pattern refs/tags/X with one star does not match. An
 * invalid value brings that default back and switches the excludes off. */
static bool is_protected(const struct repo *repo, const char *ref)
{
	scoped_value(strlist) patterns = STRLIST_INIT;
	bool positive = false, valid = true, matched = false;

	config_get_all(&patterns, repo, PROTECTED);
	for (size_t i = 0; i < patterns.n; i++) {
		const char *pattern = patterns.items[i];

		if (!is_valid(pattern)) {
			valid = false;
		} else if (*pattern != '!') {
			positive = true;
			matched |= guard_pattern_match(pattern, ref);
		}
	}
	if (!positive || !valid)
		matched |= !strncmp(ref, "refs/tags/", 10);
	for (size_t i = 0; valid && matched && i < patterns.n; i++) {
		const char *pattern = patterns.items[i];

		if (*pattern == '!' && guard_pattern_match(pattern + 1, ref))
			matched = false;
	}
	return matched;
}

/* What follows the prefix, or NULL. */
static const char *name_below(const char *ref, const char *prefix)
{
	for (; *prefix; prefix++, ref++)
		if (*ref != *prefix)
			return NULL;
	return ref;
}

static bool is_links_ref(const char *ref)
{
	const char *shard = name_below(ref, NOTES_PREFIX "links/");

	return shard && strlen(shard) == 2 &&
	       strspn(shard, "0123456789abcdef") == 2;
}

static bool is_layout_ref(const char *ref)
{
	const char *name = name_below(ref, NOTES_PREFIX "layouts/");

	return name && notes_layout_name_ok(name);
}

enum guard_kind guard_kind(const struct repo *repo, const char *ref)
{
	/* The namespaces are ours whatever the configuration says. */
	if (is_links_ref(ref))
		return GUARD_LINKS;
	if (is_layout_ref(ref))
		return GUARD_LAYOUT;
	if (!strcmp(ref, ROOT_REF))
		return GUARD_ROOT;
	if (!strcmp(ref, PENDING_REF))
		return GUARD_PENDING;
	if (!strcmp(ref, "refs/notes/in-toto") ||
	    !strncmp(ref, NOTES_PREFIX, strlen(NOTES_PREFIX)) ||
	    !strcmp(ref, "refs/in-toto-remotes") ||
	    !strncmp(ref, NOTES_TRACKING_PREFIX, strlen(NOTES_TRACKING_PREFIX)))
		return GUARD_RESERVED;
	return is_protected(repo, ref) ? GUARD_TAG : GUARD_NONE;
}

bool guard_concerns(const struct repo *repo, const char *ref)
{
	return guard_kind(repo, ref) != GUARD_NONE;
}

bool guard_touches(const struct repo *repo, const struct guard_update *update)
{
	/* What is there is only said by whoever pushes. */
	return guard_concerns(repo, update->ref) ||
	       ((!oid_is_null(&update->old) || oid_is_null(&update->new_oid)) &&
		!strncmp(update->ref, "refs/tags/", 10));
}
