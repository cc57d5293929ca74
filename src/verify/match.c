/* match.c: the MATCH rule for one artifact. */
#include "verify/match.h"

#include <string.h>

#include "metadata/pattern.h"

#define NAME_MAX_LEN ((size_t)128 << 20)

static bool is_given(const char *prefix)
{
	return prefix && *prefix;
}

static void slashes(struct buffer *text)
{
	for (size_t i = 0; i < text->len; i++)
		if (text->data[i] == '\\')
			text->data[i] = '/';
}

/* os.path.join(prefix, rest).replace("\\", "/") */
static void join(struct buffer *out, const char *prefix, const char *rest,
		 size_t len)
{
	buffer_reset(out);
	if (len == 0 || rest[0] != '/') {
		buffer_puts(out, prefix);
		if (out->data[out->len - 1] != '/')
			buffer_putc(out, '/');
	}
	buffer_add(out, rest, len);
	slashes(out);
}

struct match match_start(const struct rule *rule,
			 const struct artifacts *source,
			 const struct artifacts *destination)
{
	struct match match = {
		.rule = rule,
		.source = source,
		.destination = destination,
		.prefix = BUFFER_INIT,
		.name = BUFFER_MAX(NAME_MAX_LEN),
	};

	if (is_given(rule->source))
		join(&match.prefix, rule->source, "", 0);
	return match;
}

void match_release(struct match *match)
{
	buffer_release(&match->prefix);
	buffer_release(&match->name);
}

bool match_selects(const struct match *match, const struct artifact *artifact)
{
	const size_t cut = match->prefix.len;

	if (artifact->len < cut ||
	    (cut > 0 && memcmp(artifact->name, match->prefix.data, cut) != 0))
		return false;
	return pattern_match(match->rule->pattern, strlen(match->rule->pattern),
			     artifact->name + cut, artifact->len - cut);
}

ptrdiff_t match_counterpart(struct match *match,
			    const struct artifact *artifact)
{
	const char *name = artifact->name + match->prefix.len;
	size_t len = artifact->len - match->prefix.len;

	if (!match->destination)
		return -1;
	if (is_given(match->rule->destination)) {
		join(&match->name, match->rule->destination, name, len);
		if (match->name.overflow)
			return -1;
		name = match->name.data;
		len = match->name.len;
	}
	return artifacts_find_next(match->destination, name, len, &match->hint);
}

/* The name that the reference looks up in the source: another one than the
 * artifact's own if the remainder is absolute or a name has a backslash. */
static ptrdiff_t source_index(struct match *match, size_t index,
			      const struct artifact *artifact)
{
	const size_t cut = match->prefix.len;

	if (cut == 0)
		return (ptrdiff_t)index;
	join(&match->name, match->rule->source, artifact->name + cut,
	     artifact->len - cut);
	if (match->name.overflow)
		return -1;
	if (match->name.len == artifact->len &&
	    !memcmp(match->name.data, artifact->name, artifact->len))
		return (ptrdiff_t)index;
	return artifacts_find(match->source, match->name.data, match->name.len);
}

ptrdiff_t match_consumes(struct match *match, size_t index)
{
	const struct artifact artifact = artifacts_at(match->source, index);
	ptrdiff_t there = -1;
	ptrdiff_t here = -1;

	if (!match->destination || !match_selects(match, &artifact))
		return -1;
	here = source_index(match, index, &artifact);
	if (here < 0)
		return MATCH_ASTRAY;
	there = match_counterpart(match, &artifact);
	if (there >= 0) {
		const struct artifact a =
			artifacts_at(match->source, (size_t)here);
		const struct artifact b =
			artifacts_at(match->destination, (size_t)there);

		if (artifact_equal(&a, &b))
			return here;
	}
	return -1;
}
