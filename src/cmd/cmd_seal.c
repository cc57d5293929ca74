/* cmd_seal.c: vouch for tags beyond a change of policy, or take that back. */
#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "base/xalloc.h"
#include "cmd/cmd.h"
#include "cmd/sealing.h"
#include "cmd/ui.h"
#include "cmd/withdrawing.h"
#include "policy/vouch.h"

#define TAGS_MAX 100000

static const char usage[] = "seal [OPTION]... TAG...\n"
			    "seal --withdraw [OPTION]... TAG...";

struct seal_call {
	struct strlist layouts;
	struct key_options key;
	bool withdraw;
	bool yes;

	struct session session;
	struct signer *signer;
	struct strlist refs;
};

static void seal_call_release(struct seal_call *call)
{
	signer_free(call->signer);
	session_release(&call->session);
	strlist_release(&call->layouts);
	strlist_release(&call->refs);
}
SCOPED_RELEASE(seal_call);

static int parse(struct seal_call *call, int *argc, char ***argv,
		 struct intoto_error *err)
{
	const struct option options[] = {
		OPT_LIST('l', "layout", &call->layouts, "NAME",
			 "for this layout (default: those that must hold)"),
		OPT_FLAG(0, "withdraw", &call->withdraw,
			 "take the seals back, for good"),
		OPT_FLAG('y', "yes", &call->yes, "do not ask"),
		OWNER_KEY_OPTIONS(&call->key),
		OPT_END,
	};

	if (options_parse(argc, argv, options, usage, err) < 0 ||
	    options_operands(*argc, 1, TAGS_MAX, "a TAG", usage, err) < 0 ||
	    key_options_check(&call->key, err) < 0)
		return -1;
	return 0;
}

static int open_all(struct seal_call *call, char **names,
		    struct intoto_error *err)
{
	struct session *session = &call->session;

	if (session_open(session, err) < 0 ||
	    trust_require(session->trust, err) < 0)
		return -1;
	for (; *names; names++) {
		char *ref = NULL;
		struct oid oid;

		if (session_tag(&ref, &oid, session, *names, err) < 0)
			return -1;
		strlist_take(&call->refs, ref);
	}
	return key_options_open(&call->signer, &call->key, session->repo, NULL,
				err);
}

static bool is_wanted(const struct seal_call *call, const struct seal *seal)
{
	return !seal->withdrawn &&
	       (!call->layouts.n || strlist_has(&call->layouts, seal->layout));
}

static int withdraw_seals(struct seal_call *call, const char *ref,
			  struct intoto_error *err)
{
	scoped_value(withdrawing) work = { 0 };
	scoped_value(seals) seals = { 0 };
	scoped_text tag = escape_text(refs_short(ref));
	size_t n = 0;

	if (withdrawing_open(&work, &call->session, call->signer, ref, err) < 0)
		return -1;
	seals_collect(&seals, work.links, work.facts, call->session.trust,
		      call->session.now, NULL);
	for (size_t i = 0; i < seals.n; i++) {
		const struct seal *seal = seals.items[i];
		scoped_text what = xasprintf("%s: seal %.12s for layout '%s'",
					     tag, seal->identity, seal->layout);

		if (!is_wanted(call, seal))
			continue;
		n++;
		if (withdrawing_add(&work, seal->identity, what, false, err) <
		    0)
			return -1;
	}
	if (!n)
		printf("already: tag '%s' has no seal to withdraw\n", tag);
	return withdrawing_publish(&work, err);
}

static int confirm(const struct seal_call *call, bool *go,
		   struct intoto_error *err)
{
	scoped_text question = NULL;

	*go = true;
	if (call->yes || !ui_can_ask())
		return 0;
	question = xasprintf(
		call->withdraw
			? "withdraw the seals of %zu %s for good?"
			: "vouch for %zu %s, whatever the layouts say later?",
		call->refs.n, call->refs.n == 1 ? "tag" : "tags");
	return ui_confirm(go, question, !call->withdraw, err);
}

int cmd_seal(int argc, char **argv, struct intoto_error *err)
{
	scoped_value(seal_call) call = { 0 };
	bool refused = false;
	bool go = false;

	if (parse(&call, &argc, &argv, err) < 0 ||
	    open_all(&call, argv, err) < 0 || confirm(&call, &go, err) < 0)
		return -1;
	if (!go) {
		printf("nothing was %s\n",
		       call.withdraw ? "withdrawn" : "sealed");
		return CMD_REJECTED;
	}
	for (size_t i = 0; i < call.refs.n; i++) {
		const char *const *layouts =
			(const char *const *)call.layouts.items;
		const char *ref = call.refs.items[i];

		if (call.withdraw ? withdraw_seals(&call, ref, err) < 0
				  : sealing_tag(&refused, &call.session,
						call.signer, ref, layouts,
						call.layouts.n, err) < 0)
			return -1;
	}
	if (refused)
		return CMD_REJECTED;
	return sealing_print_push(&call.session, call.refs.items, call.refs.n,
				  err);
}
