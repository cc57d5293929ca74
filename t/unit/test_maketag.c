#include "git_tools.h"

#include <fcntl.h>

#include "repo/maketag.h"
#include "repo/refs.h"
#include "repo/tagobject.h"

static void begin(void)
{
	scratch_begin();
	sh("ssh-keygen -q -t ed25519 -N '' -C me -f key &&"
	   "git config --global gpg.format ssh &&"
	   "git config --global user.signingKey %s/key.pub",
	   scratch);
}

TestSuite(maketag, .init = begin, .fini = scratch_end);

/* A signed tag of HEAD; neither a ref nor anything else is left behind. */
static struct oid make(struct repo *repo, const struct maketag *what)
{
	struct intoto_error err = { 0 };
	scoped_text left = NULL;
	struct oid oid;

	cr_assert_eq(maketag_run(&oid, repo, what, &err), 0, "%s", err.message);
	left = sh_out("git for-each-ref refs/tags; d=$(git rev-parse "
		      "--path-format=absolute --git-common-dir); ls -A "
		      "$d/intoto; ls $TMPDIR; find $d -name '*.lock' -o -name "
		      "TAG_EDITMSG");
	cr_assert_str_eq(left, "");
	return oid;
}

static char *message_of(struct repo *repo, const struct oid *oid)
{
	struct intoto_error err = { 0 };
	scoped_value(tag_object) tag = { 0 };
	const char *text;

	cr_assert_eq(tag_object_read(&tag, repo, oid, &err), 0, "%s",
		     err.message);
	cr_assert_str_eq(tag.name, "v1");
	cr_assert_not_null(tag.armor);
	text = strstr(buffer_text(&tag.payload), "\n\n");
	cr_assert_not_null(text);
	return xstrdup(text + 2);
}

/* What git says of the signature, once it has a ref. */
static void check_signature(const struct oid *oid)
{
	char hex[OID_HEX_SIZE];

	oid_hex(hex, oid);
	sh("echo \"author@example.org $(cat %s/key.pub)\" >%s/signers &&"
	   "git -c gpg.ssh.allowedSignersFile=%s/signers verify-tag %s",
	   scratch, scratch, scratch, hex);
}

Test(maketag, stores_a_signed_tag_and_no_ref)
{
	const char *const messages[] = { "one", "two", NULL };
	struct maketag what = { .name = "v1", .messages = messages };
	scoped_text message = NULL;
	struct oid oid;

	make_repo("r");
	what.commit = oid_of("HEAD");
	scoped(repo) repo = open_repo();
	oid = make(repo, &what);
	message = message_of(repo, &oid);
	cr_assert_str_eq(message, "one\n\ntwo\n");
	check_signature(&oid);
}

Test(maketag, works_in_a_bare_repository)
{
	const char *const messages[] = { "m", NULL };
	struct maketag what = { .name = "refs/tags/v1", .messages = messages };
	struct oid oid;

	make_repo("r");
	sh("git clone -q --bare . ../bare.git");
	cr_assert_eq(chdir("../bare.git"), 0);
	what.commit = oid_of("HEAD");
	scoped(repo) repo = open_repo();
	oid = make(repo, &what);
	check_signature(&oid);
}

Test(maketag, works_in_a_linked_worktree)
{
	const char *const messages[] = { "m", NULL };
	struct maketag what = { .name = "v1", .messages = messages };
	struct oid oid;

	make_repo("r");
	sh("git worktree add -q ../wt && mkdir ../wt/sub");
	cr_assert_eq(chdir("../wt/sub"), 0);
	what.commit = oid_of("HEAD");
	scoped(repo) repo = open_repo();
	oid = make(repo, &what);
	check_signature(&oid);
}

Test(maketag, include_if_chooses_the_identity_and_the_key)
{
	const char *const messages[] = { "m", NULL };
	struct maketag what = { .name = "v1", .messages = messages };
	scoped_value(tag_object) tag = { 0 };
	struct intoto_error err = { 0 };
	struct oid oid;

	make_repo("r");
	sh("git config --global user.signingKey /nonexistent &&"
	   "git config --global includeIf.gitdir:%s/r/.path ../more &&"
	   "git config --global includeIf.gitdir:%s/r/.path %s/more &&"
	   "git config --file %s/more user.signingKey %s/key.pub &&"
	   "git config --file %s/more user.name Work",
	   scratch, scratch, scratch, scratch, scratch, scratch);
	what.commit = oid_of("HEAD");
	scoped(repo) repo = open_repo();
	oid = make(repo, &what);
	cr_assert_eq(tag_object_read(&tag, repo, &oid, &err), 0);
	cr_assert_str_eq(tag.tagger, "Work <author@example.org>");
	check_signature(&oid);
}

Test(maketag, takes_the_message_from_a_file)
{
	struct maketag what = { .name = "v1", .file = "../message" };
	scoped_text message = NULL;
	struct oid oid;

	make_repo("r");
	sh("mkdir sub && printf 'from a file\\n\\nbody\\n' >message");
	cr_assert_eq(chdir("sub"), 0);
	what.commit = oid_of("HEAD");
	scoped(repo) repo = open_repo();
	oid = make(repo, &what);
	message = message_of(repo, &oid);
	cr_assert_str_eq(message, "from a file\n\nbody\n");
}

Test(maketag, starts_the_editor_with_the_given_message)
{
	const char *const messages[] = { "draft", NULL };
	struct maketag what = { .name = "v1",
				.messages = messages,
				.edit = true };
	scoped_text message = NULL;
	struct oid oid;

	make_repo("r");
	sh("printf '#!/bin/sh\\nsed -i s/draft/edited/ \"$1\"\\n' >../ed &&"
	   "chmod +x ../ed");
	setenv("GIT_EDITOR", "../ed", 1);
	what.commit = oid_of("HEAD");
	scoped(repo) repo = open_repo();
	oid = make(repo, &what);
	message = message_of(repo, &oid);
	cr_assert_str_eq(message, "edited\n");
}

Test(maketag, an_editor_may_use_git_meanwhile)
{
	struct maketag what = { .name = "v1" };
	scoped_text message = NULL;
	struct oid oid;

	make_repo("r");
	sh("printf '#!/bin/sh\\ngit update-ref refs/heads/x HEAD && echo fine "
	   ">\"$1\"\\n' >../ed && chmod +x ../ed");
	setenv("GIT_EDITOR", "../ed", 1);
	what.commit = oid_of("HEAD");
	scoped(repo) repo = open_repo();
	oid = make(repo, &what);
	message = message_of(repo, &oid);
	cr_assert_str_eq(message, "fine\n");
	sh("git rev-parse --verify refs/heads/x");
}

/* Neither ref nor folder; the words come from git. */
static void refuse(const struct maketag *what, enum intoto_code code,
		   const char *says)
{
	struct intoto_error err = { 0 };
	scoped_text left = NULL;
	struct oid oid = oid_null();
	struct maketag copy = *what;

	copy.commit = oid_of("HEAD");
	scoped(repo) repo = open_repo();
	cr_assert_eq(maketag_run(&oid, repo, &copy, &err), -1);
	cr_assert_eq(err.code, code, "%s", err.message);
	cr_assert(strstr(err.message, says), "%s", err.message);
	cr_assert(oid_is_null(&oid));
	left = sh_out("git for-each-ref refs/tags/v1 refs/tags/v2; test ! -d "
		      ".git/intoto || ls -A .git/intoto; ls $TMPDIR");
	cr_assert_str_eq(left, "");
}

Test(maketag, a_failing_signature_leaves_nothing)
{
	const char *const messages[] = { "m", NULL };

	make_repo("r");
	sh("git config user.signingKey /nonexistent.pub");
	refuse(&(struct maketag){ .name = "v1", .messages = messages },
	       INTOTO_ECHILD, "cannot sign tag 'v1': Couldn't load");
}

Test(maketag, an_empty_message_is_refused_by_git)
{
	make_repo("r");
	setenv("GIT_EDITOR", "true", 1);
	refuse(&(struct maketag){ .name = "v1" }, INTOTO_ECHILD,
	       "no tag message");
}

Test(maketag, names_that_exist_or_are_invalid_are_refused)
{
	const char *const messages[] = { "m", NULL };

	make_repo("r");
	sh("git tag taken");
	refuse(&(struct maketag){ .name = "taken", .messages = messages },
	       INTOTO_ECHILD, "already exists");
	refuse(&(struct maketag){ .name = "-d", .messages = messages },
	       INTOTO_EINVALID, "not a valid tag name");
	refuse(&(struct maketag){ .name = "v1..2", .messages = messages },
	       INTOTO_EINVALID, "not a valid tag name");
}

Test(maketag, the_user_s_own_hooks_do_not_run_in_this_one_call)
{
	const char *const messages[] = { "m", NULL };
	struct maketag what = { .name = "v1", .messages = messages };

	make_repo("r");
	sh("printf '#!/bin/sh\\ntouch ../ran\\n' "
	   ">.git/hooks/reference-transaction &&"
	   "chmod +x .git/hooks/reference-transaction");
	what.commit = oid_of("HEAD");
	scoped(repo) repo = open_repo();
	make(repo, &what);
	cr_assert(!file_exists("../ran"));
}

Test(maketag, another_key_may_be_named)
{
	const char *const messages[] = { "m", NULL };
	scoped_text key = path_join(scratch, "key.pub");
	struct maketag what = { .name = "v1",
				.messages = messages,
				.keyid = key };
	struct oid oid;

	make_repo("r");
	sh("git config user.signingKey /nonexistent.pub");
	what.commit = oid_of("HEAD");
	scoped(repo) repo = open_repo();
	oid = make(repo, &what);
	check_signature(&oid);
}

Test(maketag, the_agent_s_socket_reaches_ssh_keygen)
{
	const char *const messages[] = { "m", NULL };
	scoped_text socket = path_join(scratch, "agent");
	struct maketag what = { .name = "v1",
				.messages = messages,
				.agent_socket = socket };
	scoped_text pid = NULL;
	struct oid oid;

	make_repo("r");
	pid = sh_out("ssh-agent -a %s >../agent.sh && . ../agent.sh >/dev/null"
		     " && ssh-add -q ../key && mv ../key ../gone && echo "
		     "$SSH_AGENT_PID",
		     socket);
	what.commit = oid_of("HEAD");
	scoped(repo) repo = open_repo();
	oid = make(repo, &what);
	sh("kill %s", pid);
	check_signature(&oid);
}

Test(maketag, signs_with_openpgp_as_git_does)
{
	const char *const messages[] = { "m", NULL };
	struct maketag what = { .name = "v1", .messages = messages };
	scoped_text home = path_join(scratch, "gnupg");
	struct oid oid;
	char hex[OID_HEX_SIZE];

	make_repo("r");
	setenv("GNUPGHOME", home, 1);
	sh("mkdir -m 700 %s && gpg -q --batch --passphrase '' "
	   "--quick-gen-key 'A U Thor <author@example.org>' ed25519 sign never "
	   "&& git config --global --unset user.signingKey &&"
	   "git config --global gpg.format openpgp",
	   home);
	what.commit = oid_of("HEAD");
	scoped(repo) repo = open_repo();
	oid = make(repo, &what);
	oid_hex(hex, &oid);
	sh("git verify-tag %s; gpgconf --kill all", hex);
}

Test(maketag, shows_what_git_says_but_not_that_the_ref_was_held_back)
{
	const char *const messages[] = { "m", NULL };
	struct maketag what = { .name = "v1", .messages = messages };
	scoped_text shown = NULL;
	int saved;
	int file;

	make_repo("r");
	sh("printf '#!/bin/sh\\necho edited >\"$1\"\\nprintf >&2 "
	   "\"git-intoto\"'"
	   " >../ed && chmod +x ../ed");
	setenv("GIT_EDITOR", "../ed", 1);
	what.edit = true;
	what.commit = oid_of("HEAD");
	scoped(repo) repo = open_repo();
	saved = dup(STDERR_FILENO);
	file = open("../shown", O_WRONLY | O_CREAT, 0600);
	dup2(file, STDERR_FILENO);
	make(repo, &what);
	dup2(saved, STDERR_FILENO);
	close(file);
	close(saved);
	shown = sh_out("cat ../shown");
	cr_assert_str_eq(shown, "git-intoto");
}

/* A git that knows no such hook: one that is told of another folder. */
Test(maketag, a_git_that_runs_no_hook_is_found_out_and_its_ref_taken_back)
{
	const char *const messages[] = { "m", NULL };
	scoped_text path = xasprintf("%s/bin:%s", scratch, getenv("PATH"));

	make_repo("r");
	sh("mkdir ../bin && printf '#!/bin/sh\nfor a; do\nshift\ncase $a in "
	   "core.hooksPath=*) a=x.y=z;; esac\nset -- \"$@\" \"$a\"\ndone\n"
	   "exec %%s \"$@\"\n' \"$(command -v git)\" >../bin/git &&"
	   "chmod +x ../bin/git");
	setenv("PATH", path, 1);
	refuse(&(struct maketag){ .name = "v1", .messages = messages },
	       INTOTO_EUNSUPPORTED, "2.28");
}
