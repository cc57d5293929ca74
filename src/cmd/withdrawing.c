/* withdrawing.c: take back what is recorded of a tag, and tell of it. */
#include "cmd/withdrawing.h"

#include <stdio.h>

#include "base/xalloc.h"
#include "cmd/cmd.h"
#include "cmd/sealing.h"
#include "cmd/ui.h"
#include "policy/vouch.h"
#include "repo/config.h"

void withdrawing_release(struct withdrawing *work)
{
	tag_links_free(work->links);
	tag_facts_free(work->facts);
	strlist_release(&work->lines);
}

/* The keys of the layouts decide who may speak for a link; without one that is
 * in force only the owners are left. */
static int load_layouts(struct session *session, struct intoto_error *err)
{
	struct intoto_error why = { 0 };

	if (session->layouts.n || session_layouts(session, &why) == 0)
		return 0;
	if (why.code == INTOTO_EREJECTED || why.code == INTOTO_ENOTFOUND) {
		say_warning("%s", why.message);
		return 0;
	}
	*err = why;
	return -1;
}

int withdrawing_open(struct withdrawing *work, struct session *session,
		     struct signer *signer, const char *ref,
		     struct intoto_error *err)
{
	struct ui_progress progress = ui_progress_start("hashing");
	const struct manifest_options hashing = {
		.progress = ui_progress_show,
		.progress_data = &progress,
	};
	scoped_value(note) note = { 0 };
	int got;

	work->session = session;
	work->signer = signer;
	if (load_layouts(session, err) < 0)
		return -1;
	got = tag_facts_read(&work->facts, session->repo, ref, NULL,
			     *session->trust->project
				     ? session->trust->project
				     : session->layouts.project,
			     &hashing, err);
	ui_progress_stop(&progress);
	if (got < 0)
		return -1;
	return session_links(&work->links, &note, session, work->facts, NULL,
			     err);
}

int withdrawing_add(struct withdrawing *work, const char *what,
		    const char *said, bool own, struct intoto_error *err)
{
	const struct trust *trust = work->session->trust;
	scoped_value(vouched) vouched = { 0 };
	struct voucher voucher = {
		.repo = work->session->repo,
		.trust = trust,
		.signer = work->signer,
		.now = work->session->now,
	};

	if (config_max_link_size(&voucher.max_line, voucher.repo, err) < 0 ||
	    vouch_withdraw(&vouched, &work->lines, &voucher, work->facts,
			   work->links, what, own, err) < 0)
		return -1;
	work->complete = vouched.complete;
	printf("%s%s is %s\n", vouched.added ? "" : "already: ", said,
	       vouched.complete ? "withdrawn" : "to be withdrawn");
	if (!vouched.complete)
		sealing_print_missing(&vouched.missing,
				      trust->threshold + vouched.missing.n -
					      trust->n_keys);
	return 0;
}

int withdrawing_publish(struct withdrawing *work, struct intoto_error *err)
{
	return vouch_publish(work->session->repo, work->facts, &work->lines,
			     "withdrawal", err);
}
