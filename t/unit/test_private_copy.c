#include <dirent.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "crypto/key_internal.h"
#include "crypto/private_copy.h"
#include "crypto/signer.h"
#include "crypto/ssh_agent.h"
#include "ssh_tools.h"

#define LARGE ((size_t)300 << 10) /* more than an agent takes */

static void alone(void)
{
	unsetenv("SSH_AUTH_SOCK");
	unsetenv("SSH_ASKPASS");
	unsetenv("SSH_ASKPASS_REQUIRE");
	unsetenv("DISPLAY");
	unsetenv("XDG_RUNTIME_DIR");
}

TestSuite(private_copy, .init = alone, .timeout = 120);

static const char *const types[][2] = { { "ed25519", "256" },
					{ "rsa", "2048" },
					{ "ecdsa", "256" } };

/* Folders named as copies of this process (or of `pid`) are. */
static size_t copies_in(const char *parent, pid_t pid)
{
	scoped_text prefix = xasprintf("git-intoto-key-%ld-", (long)pid);
	DIR *dir = opendir(parent);
	struct dirent *entry;
	size_t n = 0;

	if (!dir)
		return 0;
	while ((entry = readdir(dir)))
		n += !strncmp(entry->d_name, prefix, strlen(prefix));
	closedir(dir);
	return n;
}

static size_t copies_of(pid_t pid)
{
	size_t n = copies_in("/dev/shm", pid) +
		   copies_in(tempdir_default_parent(), pid);

	if (getenv("XDG_RUNTIME_DIR"))
		n += copies_in(getenv("XDG_RUNTIME_DIR"), pid);
	return n;
}

static void nothing_is_left(void)
{
	cr_assert_eq(copies_of(getpid()), 0);
}

/* Answers every question, and counts them in DIR/asked. */
static void answer_with(const struct tempdir *dir, const char *passphrase)
{
	scoped_text path = path_join(dir->path, "askpass");
	scoped_text script = xasprintf("#!/bin/sh\necho >>'%s/asked'\n"
				       "echo '%s'\n",
				       dir->path, passphrase);
	struct intoto_error err = { 0 };

	cr_assert_eq(file_write(path, script, strlen(script), 0700, &err), 0);
	setenv("SSH_ASKPASS", path, 1);
	setenv("SSH_ASKPASS_REQUIRE", "force", 1);
}

static size_t times_asked(const struct tempdir *dir)
{
	scoped_text path = path_join(dir->path, "asked");
	struct stat st;

	return stat(path, &st) < 0 ? 0 : (size_t)st.st_size;
}

static struct signer *unlock(const char *spec,
			     const struct key_settings *settings)
{
	struct intoto_error err = { 0 };
	struct signer *signer = NULL;

	cr_assert_eq(signer_open(&signer, spec, settings, &err), 0, "%s: %s",
		     spec, err.message);
	nothing_is_left();
	return signer;
}

static int sign(struct signer *signer, size_t len, struct intoto_error *err)
{
	scoped_value(signature) sig = { 0 };
	scoped_text data = xmalloc(len + 1);
	int result;

	memset(data, 'x', len);
	result = signer_sign(&sig, signer, data, len, err);
	nothing_is_left();
	if (result < 0)
		return -1;
	cr_assert_eq(signature_verify(&sig, signer_key(signer), data, len, 0,
				      err),
		     0);
	data[0] = 'y';
	cr_assert_eq(signature_verify(&sig, signer_key(signer), data, len, 0,
				      err),
		     -1);
	return 0;
}

static void signs(struct signer *signer, size_t len)
{
	struct intoto_error err = { 0 };

	cr_assert_eq(sign(signer, len, &err), 0, "%s", err.message);
}

static bool agent_has_it(const struct signer *signer)
{
	scoped(ssh_agent) client = NULL;
	struct intoto_error err = { 0 };

	cr_assert_eq(ssh_agent_open(&client, signer_agent_socket(signer), &err),
		     0);
	return ssh_agent_find(client, signer_key(signer), &err) == 0;
}

static void large_and_asked(const char *passphrase, size_t asked)
{
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		scoped_value(tempdir) dir = temp_folder();
		scoped_text path = make_ssh_key(&dir, "k", types[i][0],
						types[i][1], passphrase);
		scoped_text public = xasprintf("%s.pub", path);
		scoped_text prefixed = xasprintf("ssh:%s", path);
		scoped_text before = read_text(path);
		scoped_text after = NULL;
		const char *const specs[] = { path, public, prefixed };
		const struct key_settings settings = { .temp_parent = dir.path,
						       .large = true };

		answer_with(&dir, passphrase);
		for (size_t j = 0; j < ARRAY_SIZE(specs); j++) {
			scoped(signer) signer = unlock(specs[j], &settings);

			cr_assert(agent_has_it(signer), "%s", types[i][0]);
			signs(signer, 5);
			signs(signer, LARGE);
			signs(signer, (size_t)13 << 20);
			cr_assert_eq(times_asked(&dir), (j + 1) * asked, "%s",
				     types[i][0]);
		}
		after = read_text(path);
		cr_assert_str_eq(before, after);
	}
}

Test(private_copy, one_prompt_serves_the_agent_and_large_messages)
{
	large_and_asked("sesame", 1);
}

Test(private_copy, a_key_without_a_passphrase_asks_nothing)
{
	large_and_asked("", 0);
}

Test(private_copy, a_message_that_turns_out_large_is_signed_all_the_same)
{
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		scoped_value(tempdir) dir = temp_folder();
		scoped_text path = make_ssh_key(&dir, "k", types[i][0],
						types[i][1], "sesame");
		const struct key_settings settings = { .temp_parent =
							       dir.path };
		scoped(signer) signer = NULL;

		answer_with(&dir, "sesame");
		signer = unlock(path, &settings);
		signs(signer, 5);
		cr_assert_eq(times_asked(&dir), 1);
		signs(signer, LARGE);
		cr_assert_eq(times_asked(&dir), 2);
		signs(signer, LARGE);
		signs(signer, 5);
		cr_assert_eq(times_asked(&dir), 2);
	}
}

Test(private_copy, the_limit_itself_is_met_from_both_sides)
{
	scoped_value(tempdir) dir = temp_folder();
	scoped_text path = make_ssh_key(&dir, "k", "ed25519", "256", "");
	const struct key_settings settings = { .temp_parent = dir.path };
	scoped(signer) signer = unlock(path, &settings);

	for (size_t less = 0; less < 100; less += 10)
		signs(signer, SIGNER_AGENT_MAX - less);
	signs(signer, SIGNER_AGENT_MAX + 1);
}

static struct private_agent *users_agent(const struct tempdir *dir,
					 const char *path)
{
	struct private_agent *agent = NULL;
	struct intoto_error err = { 0 };

	cr_assert_eq(private_agent_start(&agent, dir->path, &err), 0);
	cr_assert_eq(private_agent_add(agent, path, NULL, &err), 0);
	setenv("SSH_AUTH_SOCK", private_agent_socket(agent), 1);
	return agent;
}

Test(private_copy, the_users_agent_stays_for_the_tag)
{
	scoped_value(tempdir) dir = temp_folder();
	scoped_text path = make_ssh_key(&dir, "k", "ed25519", "256", "sesame");
	scoped(private_agent) agent = NULL;
	scoped(signer) signer = NULL;
	const struct key_settings settings = { .large = true };

	answer_with(&dir, "sesame");
	agent = users_agent(&dir, path);
	cr_assert_eq(times_asked(&dir), 1);
	signer = unlock(path, &settings);
	cr_assert_eq(times_asked(&dir), 2);
	cr_assert_null(signer_agent_socket(signer));
	signs(signer, LARGE);
	cr_assert_eq(times_asked(&dir), 2);
}

Test(private_copy, a_key_that_only_an_agent_has_stays_limited)
{
	scoped_value(tempdir) dir = temp_folder();
	scoped_text path = make_ssh_key(&dir, "k", "ed25519", "256", "");
	scoped_text line = read_public(path);
	scoped_text literal = xasprintf("key::%s", line);
	scoped(private_agent) agent = users_agent(&dir, path);
	const struct key_settings large = { .large = true };
	const struct key_settings small = { .large = false };

	cr_assert_not_null(agent);
	for (int i = 0; i < 2; i++) {
		scoped(signer) signer = unlock(literal, i ? &large : &small);
		struct intoto_error err = { 0 };

		signs(signer, 5);
		cr_assert_eq(sign(signer, LARGE, &err), -1);
		cr_assert_eq(err.code, INTOTO_ELIMIT);
		cr_assert_not_null(strstr(err.hint, "--key ~/.ssh/"));
	}
}

Test(private_copy, the_environment_may_hold_the_key)
{
	scoped_value(tempdir) dir = temp_folder();
	scoped_text path = make_ssh_key(&dir, "k", "ed25519", "256", "");
	scoped_text text = read_text(path);

	text[strlen(text) - 1] = '\0';
	setenv("CI_SSH", text, 1);
	for (int i = 0; i < 2; i++) {
		const struct key_settings settings = { .temp_parent = dir.path,
						       .large = i };
		scoped(signer) signer = unlock("env:CI_SSH", &settings);

		signs(signer, LARGE);
	}
}

static void stays_locked(const char *path, enum intoto_code code,
			 const char *words)
{
	const struct key_settings settings = { .large = true };
	struct intoto_error err = { 0 };
	struct signer *signer = NULL;

	cr_assert_eq(signer_open(&signer, path, &settings, &err), -1);
	cr_assert_null(signer);
	cr_assert_eq(err.code, code, "%s", err.message);
	cr_assert_not_null(strstr(err.message, words), "%s", err.message);
	cr_assert_null(strstr(err.message, "git-intoto-key"), "%s",
		       err.message);
	nothing_is_left();
}

Test(private_copy, a_wrong_passphrase_leaves_nothing)
{
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		scoped_value(tempdir) dir = temp_folder();
		scoped_text path = make_ssh_key(&dir, "k", types[i][0],
						types[i][1], "sesame");

		answer_with(&dir, "guess");
		stays_locked(path, INTOTO_ECHILD, "wrong or no passphrase");
		setenv("SSH_ASKPASS", "/bin/false", 1);
		stays_locked(path, INTOTO_ECHILD, "wrong or no passphrase");
	}
}

Test(private_copy, a_wrong_passphrase_later_leaves_nothing)
{
	scoped_value(tempdir) dir = temp_folder();
	scoped_text path = make_ssh_key(&dir, "k", "ed25519", "256", "sesame");
	const struct key_settings settings = { .temp_parent = dir.path };
	struct intoto_error err = { 0 };
	scoped(signer) signer = NULL;

	answer_with(&dir, "sesame");
	signer = unlock(path, &settings);
	answer_with(&dir, "guess");
	cr_assert_eq(sign(signer, LARGE, &err), -1);
	cr_assert_eq(err.code, INTOTO_ECHILD);
	signs(signer, 5);
}

Test(private_copy, a_private_key_that_is_not_its_publics_is_refused)
{
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		scoped_value(tempdir) dir = temp_folder();
		scoped_text a =
			make_ssh_key(&dir, "a", types[i][0], types[i][1], "");
		scoped_text b =
			make_ssh_key(&dir, "b", types[i][0], types[i][1], "");
		scoped_text public = xasprintf("%s.pub", a);
		scoped_text line = read_public(b);
		struct intoto_error err = { 0 };

		cr_assert_eq(file_write(public, line, strlen(line), 0600, &err),
			     0);
		stays_locked(a, INTOTO_EINVALID, "does not belong");
	}
}

static struct private_copy copy_of(const char *path)
{
	const struct key_settings settings = { .large = true };
	struct private_copy copy = { .dir = { NULL } };
	struct intoto_error err = { 0 };

	cr_assert_eq(private_copy_make(&copy, path, NULL, &settings, &err), 0,
		     "%s", err.message);
	return copy;
}

Test(private_copy, the_copy_is_private_and_in_memory)
{
	scoped_value(tempdir) dir = temp_folder();
	scoped_text path = make_ssh_key(&dir, "k", "ed25519", "256", "");
	struct private_copy copy;
	struct stat st;

	/* A runtime folder on a disk is no better than TMPDIR. */
	setenv("XDG_RUNTIME_DIR", dir.path, 1);
	copy = copy_of(path);
	cr_assert_eq(stat(copy.path, &st), 0);
	cr_assert_eq(st.st_mode, S_IFREG | 0600);
	cr_assert_eq(stat(copy.dir.path, &st), 0);
	cr_assert_eq(st.st_mode, S_IFDIR | 0700);
	if (access("/dev/shm", W_OK) == 0)
		cr_assert_eq(strncmp(copy.path, "/dev/shm/", 9), 0, "%s",
			     copy.path);
	cr_assert_eq(copies_of(getpid()), 1);
	private_copy_release(&copy);
	nothing_is_left();
}

Test(private_copy, a_runtime_folder_in_memory_is_preferred)
{
	scoped_value(tempdir) dir = temp_folder();
	scoped_value(tempdir) runtime = { NULL };
	scoped_text path = make_ssh_key(&dir, "k", "ed25519", "256", "");
	struct intoto_error err = { 0 };
	struct private_copy copy;

	if (tempdir_make(&runtime, "/dev/shm", "unit", &err) < 0)
		return;
	setenv("XDG_RUNTIME_DIR", runtime.path, 1);
	copy = copy_of(path);
	cr_assert_eq(strncmp(copy.path, runtime.path, strlen(runtime.path)), 0);
	private_copy_release(&copy);
	nothing_is_left();
}

Test(private_copy, a_copy_that_was_tampered_with_is_refused)
{
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		scoped_value(tempdir) dir = temp_folder();
		scoped_text a =
			make_ssh_key(&dir, "a", types[i][0], types[i][1], "");
		scoped_text b =
			make_ssh_key(&dir, "b", types[i][0], types[i][1], "");
		scoped_text locked = make_ssh_key(&dir, "c", types[i][0],
						  types[i][1], "sesame");
		scoped_text line = read_public(a);
		scoped_text encrypted = read_text(locked);
		scoped_text other = NULL;
		scoped(key) key = NULL;
		struct intoto_error err = { 0 };
		struct private_copy copy;
		EVP_PKEY *pkey = NULL;

		cr_assert_eq(key_from_ssh(&key, line, &err), 0);
		RUN("ssh-keygen", "-q", "-p", "-m", "PKCS8", "-N", "", "-f", b);
		other = read_text(b);
		copy = copy_of(a);
		cr_assert_eq(private_copy_read(&pkey, &copy, key, &err), 0,
			     "%s", err.message);
		EVP_PKEY_free(take(pkey));
		for (int j = 0; j < 5; j++) {
			const char *const texts[] = { other, encrypted, line,
						      "", "hello\n" };

			cr_assert_eq(file_write(copy.path, texts[j],
						strlen(texts[j]), 0600, &err),
				     0);
			cr_assert_eq(private_copy_read(&pkey, &copy, key, &err),
				     -1, "%s %d", types[i][0], j);
			cr_assert_null(pkey);
		}
		cr_assert_eq(unlink(copy.path), 0);
		cr_assert_eq(private_copy_read(&pkey, &copy, key, &err), -1);
		cr_assert_eq(err.code, INTOTO_ENOTFOUND);
		private_copy_release(&copy);
		nothing_is_left();
	}
}

Test(private_copy, what_is_no_key_file_is_refused)
{
	scoped_value(tempdir) dir = temp_folder();
	scoped_text path = path_join(dir.path, "f");
	scoped_text big = xmalloc(PRIVATE_COPY_MAX + 2);
	const struct key_settings settings = { .large = true };
	struct private_copy copy = { .dir = { NULL } };
	struct intoto_error err = { 0 };

	memset(big, 'x', PRIVATE_COPY_MAX + 1);
	cr_assert_eq(private_copy_make(&copy, path, NULL, &settings, &err), -1);
	cr_assert_eq(err.code, INTOTO_ENOTFOUND);
	cr_assert_eq(private_copy_make(&copy, dir.path, NULL, &settings, &err),
		     -1);
	cr_assert_eq(err.code, INTOTO_EINVALID);
	cr_assert_eq(file_write(path, big, PRIVATE_COPY_MAX + 1, 0600, &err),
		     0);
	cr_assert_eq(private_copy_make(&copy, path, NULL, &settings, &err), -1);
	cr_assert_eq(err.code, INTOTO_ELIMIT);
	cr_assert_eq(file_write(path, "hello\n", 6, 0600, &err), 0);
	cr_assert_eq(private_copy_make(&copy, path, NULL, &settings, &err), -1);
	cr_assert_eq(err.code, INTOTO_ECHILD);
	cr_assert_eq(unlink(path), 0);
	cr_assert_eq(mkfifo(path, 0600), 0);
	cr_assert_eq(private_copy_make(&copy, path, NULL, &settings, &err), -1);
	cr_assert_eq(err.code, INTOTO_EINVALID);
	cr_assert_null(copy.dir.path);
	nothing_is_left();
}

static bool is_held(int signal)
{
	sigset_t set;

	sigemptyset(&set);
	pthread_sigmask(SIG_BLOCK, NULL, &set);
	return sigismember(&set, signal);
}

Test(private_copy, a_signal_waits_until_the_copy_is_gone)
{
	scoped_value(tempdir) dir = temp_folder();
	scoped_text path = make_ssh_key(&dir, "k", "ed25519", "256", "");
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		struct private_copy copy;

		signal(SIGTERM, SIG_DFL);
		copy = copy_of(path);
		raise(SIGTERM);
		private_copy_release(&copy);
		_exit(0);
	}
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert(WIFSIGNALED(status));
	cr_assert_eq(WTERMSIG(status), SIGTERM);
	cr_assert_eq(copies_of(pid), 0);
	cr_assert(!is_held(SIGTERM));
}

Test(private_copy, what_a_killed_process_left_is_removed)
{
	scoped_value(tempdir) dir = temp_folder();
	scoped_text path = make_ssh_key(&dir, "k", "ed25519", "256", "");
	const struct key_settings settings = { .temp_parent = dir.path };
	scoped(signer) signer = NULL;
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		copy_of(path);
		kill(getpid(), SIGKILL);
	}
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert_eq(copies_of(pid), 1);
	signer = unlock(path, &settings);
	cr_assert_eq(copies_of(pid), 0);
}

static void remember(const char *text)
{
	setenv("SAID", text, 1);
}

Test(private_copy, the_user_is_told_what_the_passphrase_is_for)
{
	scoped_value(tempdir) dir = temp_folder();
	scoped_text open = make_ssh_key(&dir, "a", "ed25519", "256", "");
	scoped_text locked = make_ssh_key(&dir, "b", "ed25519", "256", "pw");
	const struct key_settings settings = { .large = true,
					       .temp_parent = dir.path,
					       .tell = remember };
	scoped(signer) quiet = unlock(open, &settings);
	scoped(signer) asking = NULL;

	cr_assert_not_null(quiet);
	cr_assert_null(getenv("SAID"));
	answer_with(&dir, "pw");
	asking = unlock(locked, &settings);
	cr_assert_not_null(asking);
	cr_assert_not_null(strstr(getenv("SAID"), locked));
}
