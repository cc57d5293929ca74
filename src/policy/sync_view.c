/* sync_view.c: look at a remote's proof, and compare it with what it was. */
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "base/encode.h"
#include "base/file.h"
#include "base/quote.h"
#include "base/xalloc.h"
#include "crypto/digest.h"
#include "policy/sync_internal.h"
#include "repo/config.h"
#include "repo/git.h"
#include "repo/remote.h"

#define WAIT_FIRST_MS 50
#define WAIT_MAX_MS 5000
#define TRIES_MAX 10
#define TAG_MAX ((size_t)1 << 20) /* larger ones are for git */
#define LOCKED_TRIES_MAX 5

void sync_result_release(struct sync_result *result)
{
	free(result->remote);
	strlist_release(&result->refs);
	strlist_release(&result->bare);
	strlist_release(&result->said);
	report_release(&result->report);
}

void sync_view_forget(struct sync_view *view)
{
	for (size_t i = 0; i < view->n; i++)
		free(view->refs[i].name);
	view->n = 0;
	refs_release(&view->listed);
	view->is_listed = false;
}

void sync_view_release(struct sync_view *view)
{
	sync_view_forget(view);
	free(view->refs);
	free(view->remote);
	free(view->from);
	free(view->track);
	json_decref(view->known);
	*view = (struct sync_view){ 0 };
}

static int no_remote(const char *given, struct intoto_error *err)
{
	scoped_text word = NULL;

	if (!given) {
		intoto_fail(err, INTOTO_ENOTFOUND,
			    "no remote: say which one, or add one");
		return intoto_hint(err, "git remote add origin URL");
	}
	word = quote_word(given);
	intoto_fail(err, INTOTO_ENOTFOUND, "there is no remote '%s'", given);
	return intoto_hint(err, "git remote add %s URL", word);
}

static bool is_url(const char *text)
{
	return strpbrk(text, ":/") || file_is_dir(text);
}

/* Another URL to push to may lead to another repository. */
static char *source_of(const struct sync_view *view, bool push)
{
	scoped_text name = xasprintf("remote.%s.pushurl", view->track);
	const char *url = push ? config_get(view->repo, name) : NULL;

	return xstrdup(url && *url ? url : view->remote);
}

int sync_view_open(struct sync_view *out, struct repo *repo, const char *remote,
		   bool push, struct intoto_error *err)
{
	scoped_value(sync_view) view = { .repo = repo };
	char digest[SHA256_HEX_SIZE];

	if (!remote)
		view.remote = remote_default(repo);
	else if (remote_is_named(repo, remote))
		view.remote = xstrdup(remote);
	else if (*remote && *remote != '-' && is_url(remote))
		view.remote = remote_of_url(repo, remote);
	else
		return no_remote(remote, err);
	if (view.remote) {
		if (remote_check_name(view.remote, err) < 0)
			return -1;
		view.track = xstrdup(view.remote);
	} else if (remote) {
		sha256_hex(digest, remote, strlen(remote));
		view.remote = xstrdup(remote);
		view.track = xasprintf("url-%.16s", digest);
	} else {
		return no_remote(NULL, err);
	}
	view.from = source_of(&view, push);
	if (sync_seen_load(&view.known, repo, view.track, err) < 0)
		return -1;
	*out = view;
	view = (struct sync_view){ 0 };
	return 0;
}

char *sync_local_name(const struct sync_ref *ref)
{
	return xasprintf(NOTES_PREFIX "%s", ref->name);
}

char *sync_tracking_name(const struct sync_view *view,
			 const struct sync_ref *ref)
{
	return xasprintf(NOTES_TRACKING_PREFIX "%s/%s", view->track, ref->name);
}

bool sync_is_null(const struct oid *oid)
{
	return !oid->size || oid_is_null(oid);
}

bool sync_has(struct repo *repo, const struct oid *oid)
{
	struct intoto_error ignored = { 0 };
	enum object_type type;
	size_t size;

	return !sync_is_null(oid) &&
	       object_stat(&type, &size, repo, oid, &ignored) == 0 &&
	       type == OBJECT_COMMIT;
}

/* The names that we know; all else below the same folders is nobody's. */
static bool kind_of(enum sync_kind *kind, const char *name)
{
	static const char links[] = "links/", layouts[] = "layouts/";

	*kind = SYNC_SET;
	if (!strncmp(name, links, strlen(links)))
		return strlen(name) == strlen(links) + 2 &&
		       is_lower_hex(name + strlen(links), 2);
	if (!strcmp(name, "pending"))
		return true;
	*kind = SYNC_LINEAR;
	return !strcmp(name, "root") ||
	       (!strncmp(name, layouts, strlen(layouts)) &&
		notes_layout_name_ok(name + strlen(layouts)));
}

static bool in_scope(const char *name, const struct strlist *parts)
{
	for (size_t i = 0; i < parts->n; i++) {
		const char *part = parts->items[i];
		size_t len = strlen(part);

		if (part[len - 1] == '/' ? !strncmp(name, part, len)
					 : !strcmp(name, part))
			return true;
	}
	return false;
}

struct sync_ref *sync_view_ref(struct sync_view *view, const char *name)
{
	size_t at = 0;

	while (at < view->n && strcmp(view->refs[at].name, name) < 0)
		at++;
	if (at < view->n && !strcmp(view->refs[at].name, name))
		return &view->refs[at];
	ALLOC_GROW(view->refs, view->n + 1, view->alloc);
	memmove(&view->refs[at + 1], &view->refs[at],
		(view->n - at) * sizeof(*view->refs));
	view->n++;
	view->refs[at] = (struct sync_ref){ .name = xstrdup(name) };
	kind_of(&view->refs[at].kind, name);
	return &view->refs[at];
}

enum side { SIDE_LOCAL, SIDE_BEFORE, SIDE_NOW };

static void set_side(struct sync_ref *ref, enum side side,
		     const struct oid *oid)
{
	if (side == SIDE_LOCAL)
		ref->local = *oid;
	else if (side == SIDE_BEFORE)
		ref->before = *oid;
	else
		ref->now = *oid;
}

int sync_view_list(struct sync_view *view, const struct strlist *tags,
		   struct intoto_error *err)
{
	scoped_text tracking =
		xasprintf(NOTES_TRACKING_PREFIX "%s/", view->track);
	const size_t n = tags ? tags->n : 0;
	const char **names = xcalloc(n + 3, sizeof(*names));
	int result;

	for (size_t i = 0; i < n; i++)
		names[i] = tags->items[i];
	names[n] = tracking;
	names[n + 1] = NOTES_PREFIX;
	refs_release(&view->listed);
	result = refs_list(&view->listed, view->repo, names, err);
	view->is_listed = result == 0;
	free(names);
	return result;
}

/* Every known ref below `prefix` that the parts name. */
static void read_side(struct sync_view *view, enum side side,
		      const char *prefix, const struct strlist *parts)
{
	const size_t len = strlen(prefix);

	for (size_t i = 0; i < view->listed.n; i++) {
		const struct ref *ref = &view->listed.items[i];
		const char *name = ref->name + len;
		enum sync_kind kind;

		if (!strncmp(ref->name, prefix, len) && kind_of(&kind, name) &&
		    in_scope(name, parts))
			set_side(sync_view_ref(view, name), side, &ref->oid);
	}
}

static int read_known(struct sync_view *view, const struct strlist *parts,
		      struct intoto_error *err)
{
	const char *name;
	json_t *value;

	json_object_foreach(view->known, name, value)
	{
		const char *hex = json_string_value(value);
		enum sync_kind kind;
		struct oid oid;

		if (!hex || !kind_of(&kind, name) ||
		    !oid_parse(&oid, hex, strlen(hex)))
			return intoto_fail(err, INTOTO_EINVALID,
					   "what remote '%s' had is no list of "
					   "refs",
					   view->track);
		if (in_scope(name, parts))
			sync_view_ref(view, name)->seen = oid;
	}
	return 0;
}

int sync_is_kept(bool *out, struct repo *repo, const struct oid *had,
		 const struct oid *now, struct intoto_error *err)
{
	*out = sync_is_null(had) || oid_equal(had, now);
	if (*out || !sync_has(repo, now) || !sync_has(repo, had))
		return 0;
	return commit_is_ancestor(out, repo, had, now, err);
}

static int compare(struct sync_view *view, struct intoto_error *err)
{
	for (size_t i = 0; i < view->n; i++) {
		struct sync_ref *ref = &view->refs[i];
		bool kept;

		if (sync_is_kept(&kept, view->repo, &ref->before, &ref->now,
				 err) < 0)
			return -1;
		if (!kept)
			ref->lost = ref->before;
		if (sync_is_kept(&kept, view->repo, &ref->seen, &ref->now,
				 err) < 0)
			return -1;
		if (!kept)
			ref->lost = ref->seen;
	}
	return 0;
}

void sync_view_know(struct sync_view *view, const char *name,
		    const struct oid *oid)
{
	char hex[OID_HEX_SIZE];

	if (sync_is_null(oid)) {
		json_object_del(view->known, name);
		return;
	}
	oid_hex(hex, oid);
	json_object_set_new(view->known, name, json_string(hex));
}

int sync_view_save(struct sync_view *view, struct intoto_error *err)
{
	return sync_seen_save(view->repo, view->track, view->known, err);
}

/* What a plain `git fetch` has brought since then was seen as well. Kept before
 * anything is fetched, so that it is not forgotten if all ends there. */
static int see_tracking(struct sync_view *view, struct intoto_error *err)
{
	bool news = false;

	for (size_t i = 0; i < view->n; i++) {
		struct sync_ref *ref = &view->refs[i];
		bool kept;

		if (sync_is_null(&ref->before) ||
		    oid_equal(&ref->before, &ref->seen))
			continue;
		if (sync_is_kept(&kept, view->repo, &ref->seen, &ref->before,
				 err) < 0)
			return -1;
		if (!kept || !sync_has(view->repo, &ref->before))
			continue;
		ref->seen = ref->before;
		sync_view_know(view, ref->name, &ref->seen);
		news = true;
	}
	return news ? sync_view_save(view, err) : 0;
}

static void make_refspecs(struct strlist *out, const struct sync_view *view,
			  const struct strlist *parts,
			  const struct strlist *more)
{
	for (size_t i = 0; i < parts->n; i++)
		strlist_addf(out,
			     "+" NOTES_PREFIX "%s*:" NOTES_TRACKING_PREFIX
			     "%s/%s*",
			     parts->items[i], view->track, parts->items[i]);
	if (more)
		strlist_add_all(out, more);
}

int sync_view_look(enum fetch_end *end, struct sync_view *view,
		   const struct strlist *parts, const struct strlist *more,
		   bool show, struct intoto_error *err)
{
	scoped_text prefix =
		xasprintf(NOTES_TRACKING_PREFIX "%s/", view->track);
	scoped_value(strlist) refspecs = STRLIST_INIT;

	view->looked = false;
	make_refspecs(&refspecs, view, parts, more);
	if ((!view->is_listed && sync_view_list(view, NULL, err) < 0) ||
	    read_known(view, parts, err) < 0)
		return -1;
	read_side(view, SIDE_BEFORE, prefix, parts);
	if (see_tracking(view, err) < 0 ||
	    transport_fetch(end, view->repo, view->from, &refspecs, show, err) <
		    0)
		return -1;
	if (*end != FETCH_DONE)
		return 0;
	if (sync_view_list(view, NULL, err) < 0)
		return -1;
	read_side(view, SIDE_NOW, prefix, parts);
	read_side(view, SIDE_LOCAL, NOTES_PREFIX, parts);
	if (compare(view, err) < 0)
		return -1;
	view->looked = true;
	return 0;
}

static void add_shard(struct strlist *parts, const struct oid *oid)
{
	scoped_text ref = notes_links_ref(oid);
	const char *part = ref + strlen(NOTES_PREFIX);

	if (!strlist_has(parts, part))
		strlist_add(parts, part);
}

/* Reading what is there costs less than asking git, which follows the rest. */
static bool peel(struct oid *commit, struct repo *repo, const struct oid *tag)
{
	static const char object[] = "object ";
	const size_t hex_len = 2 * (size_t)tag->size;
	scoped_value(buffer) raw = BUFFER_INIT;
	struct intoto_error ignored = { 0 };
	enum object_type type;
	size_t size;

	if (object_stat(&type, &size, repo, tag, &ignored) < 0 ||
	    type != OBJECT_TAG ||
	    object_read_as(&raw, repo, tag, OBJECT_TAG, TAG_MAX, &ignored) < 0)
		return false;
	return raw.len > strlen(object) + hex_len &&
	       !strncmp(buffer_text(&raw), object, strlen(object)) &&
	       oid_parse(commit, buffer_text(&raw) + strlen(object), hex_len) &&
	       sync_has(repo, commit);
}

static bool peel_by_git(struct oid *commit, struct repo *repo,
			const struct oid *tag)
{
	struct intoto_error ignored = { 0 };
	scoped_text peeled = NULL;
	scoped_text hex = NULL;
	char id[OID_HEX_SIZE];

	oid_hex(id, tag);
	peeled = xasprintf("%s^{commit}", id);
	return git_line(&hex, repo,
			(const char *const[]){ "rev-parse", "--verify",
					       "--quiet", "--end-of-options",
					       peeled, NULL },
			&ignored) == 0 &&
	       oid_parse(commit, hex, strlen(hex));
}

void sync_tag_parts(struct strlist *parts, struct repo *repo,
		    const struct oid *tag)
{
	struct oid commit;

	add_shard(parts, tag);
	if (peel(&commit, repo, tag) || peel_by_git(&commit, repo, tag))
		add_shard(parts, &commit);
}

void sync_wait(size_t attempt)
{
	uint64_t longest = WAIT_MAX_MS;
	struct timespec time = { 0 };
	uint64_t random = 0;

	if (attempt < 8 && (WAIT_FIRST_MS << attempt) < WAIT_MAX_MS)
		longest = WAIT_FIRST_MS << attempt;
	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		random = (uint64_t)clock();
	random %= longest + 1;
	time.tv_sec = (time_t)(random / 1000);
	time.tv_nsec = (long)(random % 1000) * 1000000;
	nanosleep(&time, NULL);
}

size_t sync_tries(const struct intoto_error *why)
{
	return *why->hint ? LOCKED_TRIES_MAX : TRIES_MAX;
}
