/* files.c: record artifacts from what is named. */
#include "verify/files.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "verify/files_internal.h"
#include "verify/files_name.h"

static bool has_scheme(const char *name, const char *scheme)
{
	const size_t len = strlen(scheme);

	return !strncmp(name, scheme, len) && name[len] == ':';
}

static const struct files_resolver *
find_resolver(const struct files_options *options, const char *name)
{
	for (size_t i = 0; i < options->n_resolvers; i++)
		if (has_scheme(name, options->resolvers[i].scheme))
			return &options->resolvers[i];
	return NULL;
}

static int record_path(struct recording *recording, const char *name,
		       struct intoto_error *err)
{
	const struct files_options *options = recording->options;
	const bool has_prefix = has_scheme(name, "file");
	struct intoto_error why = { 0 };
	scoped_text path = NULL;

	recording->prefix = has_prefix ? "file:" : "";
	path = files_normalize(has_prefix ? name + strlen("file:") : name);
	if (recording_walk(recording, path, &why) == 0)
		return 0;
	if (why.code == INTOTO_ENOTFOUND) {
		if (options->missing)
			strlist_add(options->missing, name);
		return 0;
	}
	if (err)
		*err = why;
	return -1;
}

static int record_name(struct artifacts *set, struct recording *recording,
		       const char *name, struct intoto_error *err)
{
	const struct files_options *options = recording->options;
	const struct files_resolver *resolver = find_resolver(options, name);

	if (resolver)
		return resolver->resolve(set, name, resolver->data, err);
	if (has_scheme(name, "dir"))
		return files_resolve_dir(set, recording->base, name, options,
					 err);
	if (has_scheme(name, "ostree"))
		return files_resolve_ostree(set, recording->base, name, err);
	return record_path(recording, name, err);
}

static int record_all(struct artifacts **out, int base,
		      const struct strlist *paths,
		      const struct files_options *options,
		      struct intoto_error *err)
{
	scoped_value(recording) recording = { 0 };
	scoped(artifacts) set = artifacts_new();

	if (recording_open(&recording, base, options, err) < 0 ||
	    (options->lstrip && files_check_lstrip(options->lstrip, err) < 0))
		return -1;
	for (size_t i = 0; i < paths->n; i++)
		if (record_name(set, &recording, paths->items[i], err) < 0)
			return -1;
	if (recording_hash(set, &recording, err) < 0 ||
	    artifacts_finish(set, err) < 0)
		return -1;
	*out = take(set);
	return 0;
}

int files_record(struct artifacts **out, const struct strlist *paths,
		 const struct files_options *options, struct intoto_error *err)
{
	const char *dir = options->base ? options->base : ".";
	int base = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int ret;

	if (base < 0)
		return intoto_fail(err, INTOTO_EIO, "cannot read '%s': %s", dir,
				   strerror(errno));
	ret = record_all(out, base, paths, options, err);
	close(base);
	return ret;
}
