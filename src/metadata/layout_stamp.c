/* layout_stamp.c: the line of a readme that says which layout this is. */
#include <inttypes.h>
#include <string.h>

#include "base/encode.h"
#include "base/xalloc.h"
#include "metadata/layout.h"
#include "metadata/layout_internal.h"
#include "metadata/link.h"

#define STAMP_START "git-intoto-layout:"
#define PROJECT_LEN (sizeof(((struct layout_stamp *)0)->project) - 1)
#define NAME_MAX_LEN 100
#define VERSION_MAX_DIGITS 18

static bool is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

bool layout_name_is_valid(const char *name)
{
	const size_t len = strlen(name);

	if (len == 0 || len > NAME_MAX_LEN || strchr("._-", name[0]))
		return false;
	for (size_t i = 0; i < len; i++)
		if (!is_name_char(name[i]))
			return false;
	if (strstr(name, "..") || name[len - 1] == '.')
		return false;
	return len < 5 || strcmp(name + len - 5, ".lock") != 0;
}

void layout_stamp_release(struct layout_stamp *stamp)
{
	free(stamp->name);
	free(stamp->step);
	*stamp = (struct layout_stamp){ 0 };
}

char *layout_stamp_text(const struct layout_stamp *stamp)
{
	return xasprintf(STAMP_START " project=%s name=%s version=%" PRIu64
				     "%s%s%s%s",
			 stamp->project, stamp->name, stamp->version,
			 *stamp->tag ? " tag=" : "", stamp->tag,
			 stamp->step ? " step=" : "",
			 stamp->step ? stamp->step : "");
}

/* All that is left of the line, as a step's name may hold spaces. */
static bool step_parse(char **out, const char *at)
{
	static const char name[] = " step=";
	struct intoto_error ignored = { 0 };

	if (!*at)
		return true;
	if (strncmp(at, name, strlen(name)) != 0)
		return false;
	at += strlen(name);
	if (name_check(at, strlen(at), "step", &ignored) < 0)
		return false;
	*out = xstrdup(at);
	return true;
}

/* Is there another line of this kind behind or before the one at `line`? */
static bool is_only_line(const char *readme, const char *line)
{
	const char *at = readme;

	while ((at = strstr(at, STAMP_START))) {
		if (at != line && (at == readme || at[-1] == '\n'))
			return false;
		at += strlen(STAMP_START);
	}
	return true;
}

static const char *field(const char **at, size_t *len, const char *name)
{
	const char *start = *at;

	if (*start != ' ' || strncmp(start + 1, name, strlen(name)) != 0)
		return NULL;
	start += 1 + strlen(name);
	*len = strcspn(start, " ");
	*at = start + *len;
	return start;
}

static bool version_parse(uint64_t *out, const char *text, size_t len)
{
	uint64_t version = 0;

	if (len == 0 || len > VERSION_MAX_DIGITS || text[0] == '0')
		return false;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		version = version * 10 + (uint64_t)(text[i] - '0');
	}
	*out = version;
	return true;
}

/* Only what stands for a step is of one tag; it need not be. */
static bool tag_parse(struct layout_stamp *out, const char **at)
{
	size_t len = 0;
	const char *tag = field(at, &len, "tag=");

	if (!tag)
		return true;
	if ((len != 40 && len != sizeof(out->tag) - 1) ||
	    !is_lower_hex(tag, len) || !**at)
		return false;
	memcpy(out->tag, tag, len);
	return true;
}

static bool stamp_parse(struct layout_stamp *out, const char *line)
{
	const char *at = line + strlen(STAMP_START);
	size_t project_len = 0;
	size_t name_len = 0;
	size_t version_len = 0;
	const char *project = field(&at, &project_len, "project=");
	const char *name = project ? field(&at, &name_len, "name=") : NULL;
	const char *version =
		name ? field(&at, &version_len, "version=") : NULL;
	struct layout_stamp stamp = { 0 };
	scoped_text copy = NULL;

	if (!version || project_len != PROJECT_LEN ||
	    !is_lower_hex(project, project_len) ||
	    !version_parse(&stamp.version, version, version_len))
		return false;
	copy = xmemdupz(name, name_len);
	if (!layout_name_is_valid(copy) || !tag_parse(&stamp, &at) ||
	    !step_parse(&stamp.step, at))
		return false;
	memcpy(stamp.project, project, project_len);
	stamp.name = take(copy);
	*out = stamp;
	return true;
}

int layout_stamp_read(struct layout *layout, struct intoto_error *err)
{
	scoped_value(layout_stamp) stamp = { 0 };
	const char *readme = layout->readme;
	const char *newline = strrchr(readme, '\n');
	const char *last = newline ? newline + 1 : readme;
	const bool stamped = !strncmp(last, STAMP_START, strlen(STAMP_START));

	if (!is_only_line(readme, stamped ? last : NULL))
		return intoto_fail(err, INTOTO_EINVALID,
				   "layout: the readme's line '" STAMP_START
				   "' is not its last or is there twice");
	if (stamped && !stamp_parse(&stamp, last))
		return intoto_fail(err, INTOTO_EINVALID,
				   "layout: malformed line '%s' in the readme",
				   last);
	*(stamp.step ? &layout->sub : &layout->stamp) = stamp;
	stamp = (struct layout_stamp){ 0 };
	return 0;
}
