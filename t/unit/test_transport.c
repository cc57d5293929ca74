#include <criterion/criterion.h>
#include <string.h>

#include "base/buffer.h"
#include "repo/transport.h"

#define LINKS "refs/notes/in-toto/links/ab"
#define TAG "refs/tags/v1"

/* Parse and judge; -1 if it cannot be told. */
static int judge(struct pushed *out, int status, const char *porcelain,
		 const char *said)
{
	const struct push_item items[] = { { .name = LINKS }, { .name = TAG } };
	struct intoto_error err = { 0 };

	if (transport_parse_push(out, porcelain, strlen(porcelain), &err) < 0)
		return -1;
	return transport_judge_push(out, status, said, items, 2, &err) < 0
		       ? -1
		       : (int)out->end;
}

static int end_of(int status, const char *porcelain, const char *said)
{
	scoped_value(pushed) pushed = { 0 };

	return judge(&pushed, status, porcelain, said);
}

#define GOOD                                    \
	"To ssh:/srv/x.git\n"                   \
	" \t1234:" LINKS "\t1111111..2222222\n" \
	"*\t5678:" TAG "\t[new tag]\n"          \
	"Done\n"

Test(transport, a_push_that_went_through)
{
	scoped_value(pushed) pushed = { 0 };

	cr_assert_eq(judge(&pushed, 0, GOOD, "remote: hello\n"), PUSH_END_DONE);
	cr_assert_eq(pushed.n, 2);
	cr_assert_eq(pushed_find(&pushed, LINKS)->fate, PUSH_DONE);
	cr_assert_eq(pushed_find(&pushed, TAG)->fate, PUSH_DONE);
	cr_assert_eq(pushed.said.n, 1);
	cr_assert_str_eq(pushed.said.items[0], "remote: hello");
}

Test(transport, what_was_there_already)
{
	scoped_value(pushed) pushed = { 0 };

	cr_assert_eq(judge(&pushed, 0,
			   "To x\n=\t1:" LINKS "\t[up to date]\n"
			   "=\t2:" TAG "\t[up to date]\nDone\n",
			   ""),
		     PUSH_END_DONE);
	cr_assert_eq(pushed_find(&pushed, TAG)->fate, PUSH_SAME);
}

/* Each reason for which somebody else may have been faster. */
Test(transport, every_lost_race_is_tried_again)
{
	static const char *const reasons[] = {
		"[rejected] (fetch first)",
		"[rejected] (non-fast-forward)",
		"[rejected] (stale info)",
		"[rejected] (remote ref updated since checkout)",
		"[remote rejected] (failed to update ref)",
		"[remote rejected] (cannot lock ref '" LINKS
		"': is at 1234 but expected 5678)",
		"[remote rejected] (failed to lock)",
		"[remote rejected] (reference already exists)",
		"[remote rejected] (incorrect old value provided)",
		"[remote rejected] (atomic transaction failed)",
	};

	for (size_t i = 0; i < ARRAY_SIZE(reasons); i++) {
		scoped_value(buffer) text = BUFFER_INIT;

		buffer_printf(&text,
			      "To x\n!\t1:" LINKS "\t%s\n"
			      "!\t2:" TAG "\t[rejected] (atomic push failed)\n"
			      "Done\n",
			      reasons[i]);
		cr_assert_eq(end_of(1, buffer_text(&text),
				    "error: failed to push some refs\n"),
			     PUSH_END_AGAIN, "%s", reasons[i]);
	}
	cr_assert_eq(end_of(1,
			    "To x\n!\t1:" LINKS
			    "\t[remote rejected] (atomic push failure)\n"
			    "!\t2:" TAG
			    "\t[remote rejected] (atomic push failure)\n",
			    "remote: error: cannot lock ref '" LINKS
			    "': Unable to create '/x.lock': File exists.\n"),
		     PUSH_END_AGAIN);
}

Test(transport, a_refusal_is_not_tried_again)
{
	static const char *const reasons[] = {
		"[remote rejected] (pre-receive hook declined)",
		"[remote rejected] (hook declined)",
		"[remote rejected] (deny updating a hidden ref)",
		"[remote rejected] (unpacker error)",
		"[remote rejected]",
		"",
	};

	for (size_t i = 0; i < ARRAY_SIZE(reasons); i++) {
		scoped_value(pushed) pushed = { 0 };
		scoped_value(buffer) text = BUFFER_INIT;

		buffer_printf(&text,
			      "To x\n!\t1:" LINKS "\t%s\n!\t2:" TAG
			      "\t[rejected] (atomic push failed)\nDone\n",
			      reasons[i]);
		cr_assert_eq(judge(&pushed, 1, buffer_text(&text),
				   "remote: in-toto: " TAG ": no [tag-moved]\n"
				   "error: failed to push some refs to 'x'\n"
				   "hint: do not\n"),
			     PUSH_END_REFUSED, "%s", reasons[i]);
		cr_assert_eq(pushed.said.n, 1);
		cr_assert_str_eq(pushed.said.items[0],
				 "remote: in-toto: " TAG ": no [tag-moved]");
	}
}

/* A race on one ref excuses no refusal of another. */
Test(transport, a_refusal_beside_a_race_is_a_refusal)
{
	cr_assert_eq(end_of(1,
			    "To x\n!\t1:" LINKS "\t[rejected] (fetch first)\n"
			    "!\t2:" TAG
			    "\t[remote rejected] (hook declined)\nDone\n",
			    ""),
		     PUSH_END_REFUSED);
}

Test(transport, a_tag_that_is_another_there)
{
	scoped_value(pushed) pushed = { 0 };

	cr_assert_eq(judge(&pushed, 1,
			   "To x\n!\t1:" LINKS
			   "\t[rejected] (atomic push failed)\n"
			   "!\t2:" TAG "\t[rejected] (already exists)\nDone\n",
			   ""),
		     PUSH_END_REFUSED);
	cr_assert_eq(pushed_find(&pushed, TAG)->fate, PUSH_TAKEN);
	cr_assert_eq(pushed_find(&pushed, LINKS)->fate, PUSH_FOLLOWED);
}

/* Names in each other's way stay so, however often one tries. */
Test(transport, a_lock_that_never_opens_is_a_refusal)
{
	static const char *const words[] = {
		"remote: error: cannot lock ref '" LINKS
		"': 'refs/notes/in-toto' exists; cannot create '" LINKS "'\n",
		"remote: error: ref updates aborted by hook\n",
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		cr_assert_eq(end_of(1,
				    "To x\n!\t1:" LINKS
				    "\t[remote rejected] (atomic transaction "
				    "failed)\n"
				    "!\t2:" TAG
				    "\t[remote rejected] (atomic transaction "
				    "failed)\n",
				    words[i]),
			     PUSH_END_REFUSED);
}

Test(transport, the_hook_here_refuses_before_anything_is_said)
{
	cr_assert_eq(end_of(1, "",
			    "in-toto: " TAG ": no [tag-unsigned]\n"
			    "error: failed to push some refs to 'x'\n"),
		     PUSH_END_REFUSED);
	cr_assert_eq(end_of(1, "any text of the hook\n*\t1:2\t[new tag]\n",
			    "error: failed to push some refs to 'x'\n"),
		     PUSH_END_REFUSED);
}

Test(transport, a_connection_that_breaks)
{
	static const char *const transient[] = {
		"kex_exchange_identification: Connection closed by remote "
		"host\nfatal: Could not read from remote repository.\n",
		"Connection reset by 127.0.0.1 port 22\nfatal: x\n",
		"fatal: unable to access 'http://x/': The requested URL "
		"returned error: 503\n",
	};

	for (size_t i = 0; i < ARRAY_SIZE(transient); i++)
		cr_assert_eq(end_of(128, "", transient[i]), PUSH_END_OFFLINE);
	cr_assert_eq(end_of(128, "", "fatal: no such repository\n"), -1);
	cr_assert_eq(end_of(1, "", "fatal: the remote end hung up\n"), -1);
}

/* What a hook or a server may print is never taken for success. */
Test(transport, success_is_not_believed_without_every_ref)
{
	static const char *const half[] = {
		"",
		"Done\n",
		"To x\nDone\n",
		"To x\n*\t1:" LINKS "\t[new reference]\nDone\n",
		"*\t1:" LINKS "\t[new]\n*\t2:" TAG "\t[new tag]\nDone\n",
		"*\t1:" LINKS "\t[new]\n*\t2:" TAG "\t[new tag]\nTo x\nDone\n",
		"To x\n*\t1:" LINKS "\t[new]\n*\t2:" TAG "2\t[new tag]\nDone\n",
	};

	for (size_t i = 0; i < ARRAY_SIZE(half); i++)
		cr_assert_eq(end_of(0, half[i], ""), -1, "%s", half[i]);
}

Test(transport, a_hook_that_prints_a_push_of_its_own)
{
	cr_assert_eq(end_of(1,
			    "To x\n*\t1:" LINKS "\t[new]\n*\t2:" TAG
			    "\t[new tag]\nDone\nTo x\n!\t1:" LINKS
			    "\t[remote rejected] (hook declined)\n!\t2:" TAG
			    "\t[remote rejected] (hook declined)\nDone\n",
			    ""),
		     PUSH_END_REFUSED);
}

Test(transport, of_a_ref_that_is_named_twice_the_worst_counts)
{
	cr_assert_eq(end_of(1,
			    "To x\n*\t1:" LINKS "\t[new]\n*\t2:" TAG
			    "\t[new tag]\n!\t1:" LINKS
			    "\t[remote rejected] (hook declined)\n*\t1:" LINKS
			    "\t[new]\nDone\n",
			    ""),
		     PUSH_END_REFUSED);
}

Test(transport, lines_that_are_none)
{
	static const char *const bad[] = {
		"To x\n*\n",
		"To x\n* 1:" LINKS "\t[new]\n",
		"To x\n*\t1" LINKS "\t[new]\n",
		"To x\n*\t1:" LINKS "\n",
		"To x\n*\t1:\t[new]\n",
		"To x\n?\t1:" LINKS "\t[new]\n",
		"To x\n+\t1:" LINKS "\t1...2 (forced update)\n",
		"To x\n-\t:" LINKS "\t[deleted]\n",
		"To x\nsomething else\n",
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		scoped_value(pushed) pushed = { 0 };
		struct intoto_error err = { 0 };

		cr_assert_eq(transport_parse_push(&pushed, bad[i],
						  strlen(bad[i]), &err),
			     -1, "%s", bad[i]);
		cr_assert_eq(err.code, INTOTO_EINVALID);
	}
}

/* Every way to cut a good answer short, and every byte of it changed. */
Test(transport, no_damaged_answer_is_a_success)
{
	const char *const good = GOOD;
	const size_t len = strlen(good);

	for (size_t i = 0; i < len; i++) {
		scoped_text cut = strndup(good, i);

		cr_assert(end_of(0, cut, "") != PUSH_END_DONE ||
				  strstr(cut, TAG "\t"),
			  "%s", cut);
	}
	for (size_t i = 0; i < len; i++) {
		scoped_text changed = strdup(good);
		scoped_value(pushed) pushed = { 0 };
		struct intoto_error err = { 0 };

		changed[i] = '\0';
		if (transport_parse_push(&pushed, changed, len, &err) == 0)
			cr_assert(i < strlen("To ssh:/srv/x.git\n"), "%zu", i);
	}
}

Test(transport, what_the_server_says_is_bounded)
{
	scoped_value(pushed) pushed = { 0 };
	scoped_value(buffer) text = BUFFER_INIT;

	for (int i = 0; i < 5000; i++)
		buffer_puts(&text, "remote: x\n");
	cr_assert_eq(judge(&pushed, 0, GOOD, buffer_text(&text)),
		     PUSH_END_DONE);
	cr_assert_eq(pushed.said.n, 1000);
}
