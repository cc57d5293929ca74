/* sync_fetch.c: bring a remote's proof here, and raise the alarm when it has
 * gone back. */
#include <string.h>

#include "base/quote.h"
#include "base/xalloc.h"
#include "policy/sync_internal.h"

struct fetching {
	struct sync_view view;
	const struct sync_options *options;
	struct sync_result *result;
	struct strlist parts;	/* what to look at */
	struct refs tags;	/* null: not known so far */
	struct strlist missing; /* of them, those that are not here */
	struct strlist names;	/* of `updates`; owned here */
	struct ref_update *updates;
	size_t n;
	size_t alloc;
};

static void strlist_clear(struct strlist *list)
{
	strlist_release(list);
	*list = (struct strlist)STRLIST_INIT;
}

/* What an earlier try found out. */
static void fetching_forget(struct fetching *fetching)
{
	struct sync_result *result = fetching->result;

	sync_view_forget(&fetching->view);
	strlist_clear(&fetching->names);
	strlist_clear(&fetching->parts);
	refs_release(&fetching->tags);
	strlist_clear(&fetching->missing);
	fetching->n = 0;
	strlist_clear(&result->refs);
	report_release(&result->report);
	result->report = (struct report)REPORT_INIT;
	result->empty = true;
}

static void fetching_release(struct fetching *fetching)
{
	strlist_release(&fetching->names);
	strlist_release(&fetching->parts);
	refs_release(&fetching->tags);
	strlist_release(&fetching->missing);
	free(fetching->updates);
	sync_view_release(&fetching->view);
}
SCOPED_RELEASE(fetching);

static void add_update(struct fetching *fetching, char *name,
		       const struct oid *old, const struct oid *new_oid)
{
	strlist_take(&fetching->names, name);
	ALLOC_GROW(fetching->updates, fetching->n + 1, fetching->alloc);
	fetching->updates[fetching->n++] = (struct ref_update){
		.name = name, .old = *old, .new_oid = *new_oid
	};
}

static void add_whole_proof(struct strlist *parts)
{
	strlist_add(parts, "root");
	strlist_add(parts, "layouts/");
	strlist_add(parts, "pending");
}

static int name_tags(struct strlist *names, struct fetching *fetching,
		     struct intoto_error *err)
{
	struct refs *tags = &fetching->tags;

	for (char *const *tag = fetching->options->tags; tag && *tag; tag++) {
		scoped_text name = NULL;

		if (refs_tag_name(&name, *tag, err) < 0)
			return -1;
		strlist_add(names, name);
		ALLOC_GROW(tags->items, tags->n + 1, tags->alloc);
		tags->items[tags->n++] = (struct ref){ .name = take(name) };
	}
	return 0;
}

/* Which tags are here, and what is to be looked at for them. */
static int find_tags(struct fetching *fetching, struct intoto_error *err)
{
	struct sync_view *view = &fetching->view;
	scoped_value(strlist) names = STRLIST_INIT;

	add_whole_proof(&fetching->parts);
	if (name_tags(&names, fetching, err) < 0 ||
	    sync_view_list(view, &names, err) < 0)
		return -1;
	if (!fetching->tags.n)
		strlist_add(&fetching->parts, "links/");
	for (size_t i = 0; i < fetching->tags.n; i++) {
		struct ref *tag = &fetching->tags.items[i];
		const struct ref *found = refs_find(&view->listed, tag->name);

		if (!found) {
			strlist_add(&fetching->missing, tag->name);
			continue;
		}
		tag->oid = found->oid;
		sync_tag_parts(&fetching->parts, view->repo, &tag->oid);
	}
	return 0;
}

static const char *short_id(char out[OID_HEX_SIZE], const struct oid *oid)
{
	if (sync_is_null(oid))
		return "nothing";
	oid_hex(out, oid);
	out[12] = '\0';
	return out;
}

static void alarm_rewound(struct fetching *fetching, const struct sync_ref *ref)
{
	const struct sync_view *view = &fetching->view;
	scoped_text remote = quote_word(view->remote);
	char had[OID_HEX_SIZE], has[OID_HEX_SIZE];
	struct finding *finding =
		report_refuse(&fetching->result->report, "remote-rewound",
			      "'%s' has gone back: " NOTES_PREFIX
			      "%s was at %s, and is now "
			      "at %s, which does not contain it",
			      view->remote, ref->name,
			      short_id(had, &ref->lost),
			      short_id(has, &ref->now));

	finding_set(&finding->hint, "git intoto fetch --accept-rewind %s",
		    remote);
}

static bool is_rewound(const struct sync_ref *ref)
{
	return !sync_is_null(&ref->lost);
}

/* Put the tracking ref of a remote that went back where it was, so that what
 * it showed once still counts. */
static void keep_lost(struct fetching *fetching, const struct sync_ref *ref)
{
	alarm_rewound(fetching, ref);
	if (sync_has(fetching->view.repo, &ref->lost))
		add_update(fetching, sync_tracking_name(&fetching->view, ref),
			   &ref->now, &ref->lost);
}

/* The lines of links and pending come into the local refs, those of a tip that
 * the remote took back as well. */
static int merge_local(struct fetching *fetching, struct sync_ref *ref,
		       bool take_now, struct intoto_error *err)
{
	struct repo *repo = fetching->view.repo;
	scoped_text message = xasprintf("in-toto: merge %s of %s", ref->name,
					fetching->view.track);
	const struct oid none = oid_null();
	const struct oid tips[] = {
		ref->local,
		take_now ? ref->now : none,
		sync_has(repo, &ref->seen) ? ref->seen : none,
		sync_has(repo, &ref->before) ? ref->before : none,
	};
	scoped_value(note_entries) entries = { 0 };

	/* What is taken over as it is, is read here for the first time. */
	if (take_now && !sync_is_null(&ref->now) &&
	    !oid_equal(&ref->now, &ref->local) &&
	    notes_entries(&entries, repo, &ref->now, err) < 0)
		return -1;
	if (notes_merge(&ref->merged, repo, tips, ARRAY_SIZE(tips), message,
			err) < 0)
		return -1;
	if (!oid_is_null(&ref->merged) && !oid_equal(&ref->merged, &ref->local))
		add_update(fetching, sync_local_name(ref), &ref->local,
			   &ref->merged);
	return 0;
}

/* What the remote has there is no notes ref, or too large a one: one bad shard
 * keeps nobody from the others. */
static bool is_its_fault(struct intoto_error *why)
{
	const bool limit = why->code == INTOTO_ELIMIT;
	scoped_text words = xstrdup(why->message);

	if (limit || why->code == INTOTO_EINVALID)
		intoto_reject(why, limit ? "note-limit" : "notes-tree", "%s",
			      words);
	return why->code == INTOTO_EREJECTED;
}

static int settle_ref(struct fetching *fetching, struct sync_ref *ref,
		      struct intoto_error *err)
{
	const bool take_now =
		!is_rewound(ref) || fetching->options->accept_rewind;
	struct intoto_error why = { 0 };

	if (!take_now)
		keep_lost(fetching, ref);
	else
		sync_view_know(&fetching->view, ref->name, &ref->now);
	if (ref->kind == SYNC_SET &&
	    merge_local(fetching, ref, take_now, &why) < 0) {
		if (!is_its_fault(&why)) {
			*err = why;
			return -1;
		}
		intoto_context(&why, NOTES_PREFIX "%s: ", ref->name);
		report_refuse_error(&fetching->result->report, &why);
	}
	if (take_now && !oid_equal(&ref->now, &ref->before) && ref->now.size &&
	    !oid_is_null(&ref->now))
		strlist_addf(&fetching->result->refs, NOTES_PREFIX "%s",
			     ref->name);
	return 0;
}

/* Where a tag waits that is not to be seen before its links are. */
static char *waiting_name(const struct fetching *fetching, const char *ref)
{
	return xasprintf(NOTES_TRACKING_PREFIX "%s/tags/%s",
			 fetching->view.track, refs_short(ref));
}

static void waiting_refspecs(struct strlist *out,
			     const struct fetching *fetching)
{
	for (size_t i = 0; i < fetching->missing.n; i++) {
		const char *ref = fetching->missing.items[i];
		scoped_text name = waiting_name(fetching, ref);

		strlist_addf(out, "+%s:%s", ref, name);
	}
}

/* After the links: the tags. A waiting ref goes, also one that a fetch which
 * was killed has left. */
static void add_new_tags(struct fetching *fetching)
{
	const struct refs *listed = &fetching->view.listed;
	scoped_text prefix = waiting_name(fetching, "");
	const struct oid none = oid_null();

	for (size_t i = 0; i < listed->n; i++) {
		const struct ref *waiting = &listed->items[i];
		char *ref;

		if (strncmp(waiting->name, prefix, strlen(prefix)))
			continue;
		ref = xasprintf("refs/tags/%s", waiting->name + strlen(prefix));
		if (strlist_has(&fetching->missing, ref)) {
			strlist_add(&fetching->result->refs, ref);
			add_update(fetching, ref, &none, &waiting->oid);
		} else {
			free(ref);
		}
		add_update(fetching, xstrdup(waiting->name), &waiting->oid,
			   &none);
	}
}

/* Refs here that another process moved meanwhile: look again. */
static int settle(bool *again, struct fetching *fetching,
		  struct intoto_error *err)
{
	struct sync_view *view = &fetching->view;
	struct intoto_error why = { 0 };

	for (size_t i = 0; i < view->n; i++) {
		fetching->result->empty &= !view->refs[i].now.size;
		if (settle_ref(fetching, &view->refs[i], err) < 0)
			return -1;
	}
	add_new_tags(fetching);
	*again = fetching->n &&
		 refs_transaction(view->repo, fetching->updates, fetching->n,
				  "in-toto: fetch", &why) < 0;
	if (!*again)
		return sync_view_save(view, err);
	*err = why;
	return 0;
}

/* The shards of tags that came with the first look are known only now. */
static int look_for_new_tags(enum fetch_end *end, struct fetching *fetching,
			     struct intoto_error *err)
{
	struct sync_view *view = &fetching->view;
	scoped_value(strlist) parts = STRLIST_INIT;

	for (size_t i = 0; i < fetching->tags.n; i++) {
		struct ref *tag = &fetching->tags.items[i];
		scoped_text name = waiting_name(fetching, tag->name);
		const struct ref *found = refs_find(&view->listed, name);

		if (!sync_is_null(&tag->oid))
			continue;
		if (!found)
			return intoto_fail(err, INTOTO_ENOTFOUND,
					   "ref '%s' is not there", name);
		tag->oid = found->oid;
		sync_tag_parts(&parts, view->repo, &tag->oid);
	}
	return sync_view_look(end, view, &parts, NULL, fetching->options->show,
			      err);
}

/* One try. `*again`: lost to somebody else, `err` says how. */
static int attempt(bool *again, struct fetching *fetching,
		   struct intoto_error *err)
{
	scoped_value(strlist) waiting = STRLIST_INIT;
	enum fetch_end end;

	fetching_forget(fetching);
	if (find_tags(fetching, err) < 0)
		return -1;
	waiting_refspecs(&waiting, fetching);
	if (sync_view_look(&end, &fetching->view, &fetching->parts, &waiting,
			   fetching->options->show, err) < 0)
		return -1;
	if (end == FETCH_DONE && fetching->missing.n &&
	    look_for_new_tags(&end, fetching, err) < 0)
		return -1;
	*again = end != FETCH_DONE;
	if (*again)
		return 0;
	return settle(again, fetching, err);
}

/* Is anything of it in what was merged? */
static bool is_merged(struct sync_view *view, const struct oid *tag,
		      const char *ref)
{
	const struct sync_ref *shard =
		sync_view_ref(view, ref + strlen(NOTES_PREFIX));
	struct intoto_error ignored = { 0 };
	scoped_value(note) note = { 0 };

	return !sync_is_null(&shard->merged) &&
	       note_read_commit(&note, view->repo, &shard->merged, tag,
				NOTE_MAX, &ignored) == 0 &&
	       note.n;
}

/* Tags that nothing is recorded for, here or there or on another remote. */
static int find_bare(struct fetching *fetching, struct intoto_error *err)
{
	struct sync_view *view = &fetching->view;

	for (size_t i = 0; i < fetching->tags.n; i++) {
		const struct ref *tag = &fetching->tags.items[i];
		scoped_text ref = notes_links_ref(&tag->oid);
		scoped_value(note) note = { 0 };

		if (is_merged(view, &tag->oid, ref))
			continue;
		if (note_read(&note, view->repo, ref, &tag->oid, err) < 0)
			return -1;
		if (!note.n)
			strlist_add(&fetching->result->bare,
				    refs_short(tag->name));
	}
	return 0;
}

int sync_fetch(struct sync_result *out, struct repo *repo,
	       const struct sync_options *options, struct intoto_error *err)
{
	scoped_value(sync_result) result = { 0 };
	scoped_value(fetching)
		fetching = { .options = options, .result = &result };
	struct intoto_error why = { 0 };
	bool again = true;

	if (sync_view_open(&fetching.view, repo, options->remote, false, err) <
	    0)
		return -1;
	result.remote = xstrdup(fetching.view.remote);
	while (again && result.attempts < sync_tries(&why)) {
		if (result.attempts)
			sync_wait(result.attempts);
		result.attempts++;
		if (attempt(&again, &fetching, &why) < 0) {
			*err = why;
			return -1;
		}
	}
	if (again) {
		*err = why;
		return -1;
	}
	if (!result.report.n && find_bare(&fetching, err) < 0)
		return -1;
	*out = result;
	result = (struct sync_result){ 0 };
	return 0;
}
