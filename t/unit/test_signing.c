#include "git_tools.h"

#include "crypto/key.h"
#include "repo/signing.h"

static void begin(void)
{
	scratch_begin();
	make_repo("r");
	sh("mkdir ../.ssh && ssh-keygen -q -t ed25519 -N '' -C me -f "
	   "../.ssh/id");
}

TestSuite(signing, .init = begin, .fini = scratch_end);

/* The KEY for tags, or the code of the failure; to be freed. */
static char *tag_key(const char *keyid)
{
	struct intoto_error err = { 0 };
	char *key = NULL;

	scoped(repo) repo = open_repo();
	if (signing_tag_key(&key, repo, keyid, &err) < 0)
		return xasprintf("failed %d", err.code);
	return key;
}

static char *link_key(void)
{
	struct intoto_error err = { 0 };
	char *key = NULL;

	scoped(repo) repo = open_repo();
	if (signing_link_key(&key, repo, &err) < 0)
		return xasprintf("failed %d", err.code);
	return key;
}

static void expect(char *got, const char *want)
{
	cr_assert_str_eq(got, want);
	free(got);
}

/* It names the key whose public half is in .ssh/id.pub. */
static void expect_loads(char *spec)
{
	struct intoto_error err = { 0 };
	scoped_text line = sh_out("cat ../.ssh/id.pub");
	scoped(key) got = NULL;
	scoped(key) want = NULL;

	cr_assert_eq(key_from_ssh(&want, line, &err), 0, "%s", err.message);
	cr_assert_eq(key_load(&got, spec, NULL, &err), 0, "%s: %s", spec,
		     err.message);
	cr_assert(key_same(got, want), "%s", spec);
	free(spec);
}

Test(signing, openpgp_takes_user_signingkey)
{
	sh("git config user.signingKey 0xABCD1234!");
	expect(tag_key(NULL), "gpg:0xABCD1234!");
	expect(tag_key("me@example.org"), "gpg:me@example.org");
	sh("git config gpg.format openpgp");
	expect(tag_key(NULL), "gpg:0xABCD1234!");
}

Test(signing, openpgp_falls_back_to_the_committer)
{
	expect(tag_key(NULL), "gpg:A U Thor <author@example.org>");
	setenv("GIT_COMMITTER_EMAIL", "other@example.org", 1);
	expect(tag_key(NULL), "gpg:A U Thor <other@example.org>");
}

Test(signing, openpgp_without_any_identity_is_not_found)
{
	sh("git config --global --unset user.name && git config --global "
	   "--unset user.email && git config user.useConfigOnly true");
	expect(tag_key(NULL), "failed 3");
}

Test(signing, the_committer_s_key_is_found_by_gpg)
{
	struct intoto_error err = { 0 };
	scoped_text home = path_join(scratch, "gnupg");
	scoped_text want = NULL;
	scoped_text spec = NULL;
	scoped(key) key = NULL;

	setenv("GNUPGHOME", home, 1);
	sh("mkdir -m 700 %s && for n in 'A U Thor' Other; do gpg -q --batch "
	   "--passphrase '' --quick-gen-key \"$n <author@example.org>\" "
	   "ed25519 sign never; done",
	   home);
	want = sh_out("gpg -k --with-colons Thor | sed -n '/^fpr/{s/[^0-9A-F]"
		      "//gp;q}'; gpgconf --kill all");
	spec = tag_key(NULL);
	cr_assert_eq(key_load(&key, spec, NULL, &err), 0, "%s", err.message);
	cr_assert(!strcasecmp(key_id(key), want), "%s %s", key_id(key), want);
}

Test(signing, ssh_takes_paths_with_and_without_pub)
{
	sh("git config gpg.format ssh && git config user.signingKey "
	   "%s/.ssh/id.pub",
	   scratch);
	expect_loads(tag_key(NULL));
	sh("git config user.signingKey %s/.ssh/id", scratch);
	expect_loads(tag_key(NULL));
	expect_loads(tag_key("~/.ssh/id"));
	sh("git config user.signingKey '~/.ssh/id.pub'");
	expect_loads(tag_key(NULL));
	expect_loads(link_key());
}

Test(signing, a_relative_path_starts_at_the_top_of_the_work_tree)
{
	sh("git config gpg.format ssh && git config user.signingKey "
	   "../.ssh/id.pub && mkdir sub");
	expect_loads(tag_key(NULL));
	cr_assert_eq(chdir("sub"), 0);
	scoped_text spec = tag_key(NULL);
	cr_assert_eq(chdir(".."), 0);
	expect_loads(take(spec));
}

Test(signing, ssh_takes_literal_keys)
{
	scoped_text line = sh_out("cat ../.ssh/id.pub");
	scoped_text literal = xasprintf("key::%s", line);

	sh("git config gpg.format ssh && git config user.signingKey '%s'",
	   literal);
	expect(tag_key(NULL), literal);
	expect_loads(tag_key(NULL));
	sh("git config user.signingKey '%s'", line);
	expect(tag_key(NULL), literal);
	sh("git config --unset user.signingKey");
	expect(tag_key(line), literal);
}

Test(signing, the_default_key_command_is_asked)
{
	sh("git config gpg.format ssh && cp ../.ssh/id.pub 'a key.pub' &&"
	   "echo second >>'a key.pub'");
	expect(tag_key(NULL), "failed 3");
	sh("git config gpg.ssh.defaultKeyCommand 'cat \"a key.pub\"'");
	expect_loads(tag_key(NULL));
	sh("git config gpg.ssh.defaultKeyCommand \"cat 'a key.pub'\"");
	expect_loads(tag_key(NULL));
	sh("git config gpg.ssh.defaultKeyCommand 'cat a\\ key.pub'");
	expect_loads(tag_key(NULL));
}

Test(signing, a_default_key_command_that_gives_no_key_is_a_failure)
{
	sh("git config gpg.format ssh && git config gpg.ssh.defaultKeyCommand "
	   "'echo none'");
	expect(tag_key(NULL), "failed 3");
	sh("git config gpg.ssh.defaultKeyCommand false");
	expect(tag_key(NULL), "failed 7");
	sh("git config gpg.ssh.defaultKeyCommand \"echo 'open\"");
	expect(tag_key(NULL), "failed 2");
	sh("git config gpg.ssh.defaultKeyCommand '  '");
	expect(tag_key(NULL), "failed 2");
}

Test(signing, formats_that_cannot_be_judged_are_named)
{
	sh("git config gpg.format x509");
	expect(tag_key(NULL), "failed 6");
	sh("git config gpg.format foo");
	expect(tag_key(NULL), "failed 2");
}

Test(signing, the_key_of_links_may_be_another)
{
	static const char *const kinds[] = {
		"gpg:ABCD",	  "env:CI_KEY",	  "ssh:SHA256:abc",
		"key::ssh-rsa A", "/etc/key.pem",
	};
	scoped_text home = path_join(scratch, ".ssh/id");
	scoped_text ssh_home = xasprintf("ssh:%s", home);
	scoped_text relative = xasprintf("%s/r/k.pem", scratch);

	sh("git config user.signingKey ABCD");
	expect(link_key(), "gpg:ABCD");
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		sh("git config intoto.signingKey '%s'", kinds[i]);
		expect(link_key(), kinds[i]);
		expect(tag_key(NULL), "gpg:ABCD");
	}
	sh("git config intoto.signingKey '~/.ssh/id'");
	expect(link_key(), home);
	sh("git config intoto.signingKey 'ssh:~/.ssh/id'");
	expect(link_key(), ssh_home);
	expect_loads(link_key());
	sh("git config intoto.signingKey k.pem");
	expect(link_key(), relative);
}

Test(signing, the_settings_name_the_user_s_gpg)
{
	struct key_settings settings;

	sh("git config gpg.program mygpg");
	scoped(repo) repo = open_repo();
	signing_settings(&settings, repo);
	cr_assert_str_eq(settings.gpg_program, "mygpg");
	cr_assert_not_null(settings.temp_parent);
	cr_assert_null(settings.ask_password);
	sh("git config gpg.openpgp.program other");
	scoped(repo) again = open_repo();
	signing_settings(&settings, again);
	cr_assert_str_eq(settings.gpg_program, "other");
}
