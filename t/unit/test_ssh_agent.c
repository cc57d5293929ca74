#include <criterion/criterion.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "crypto/key_internal.h"
#include "crypto/ssh_agent.h"
#include "crypto/ssh_wire.h"
#include "ssh_tools.h"

static struct key *public_key(const char *private_path)
{
	scoped_text line = read_public(private_path);
	struct intoto_error err = { 0 };
	struct key *key = NULL;

	cr_assert_eq(key_from_ssh(&key, line, &err), 0, "%s", err.message);
	return key;
}

static struct private_agent *start_agent(const struct tempdir *dir)
{
	struct private_agent *agent = NULL;
	struct intoto_error err = { 0 };

	cr_assert_eq(private_agent_start(&agent, dir->path, &err), 0, "%s",
		     err.message);
	return agent;
}

static struct ssh_agent *open_agent(const char *path)
{
	struct ssh_agent *client = NULL;
	struct intoto_error err = { 0 };

	cr_assert_eq(ssh_agent_open(&client, path, &err), 0, "%s", err.message);
	return client;
}

static void signs(const char *type, const char *bits)
{
	scoped_value(tempdir) dir = temp_folder();
	scoped_text path = make_ssh_key(&dir, "k", type, bits, "");
	scoped(key) key = public_key(path);
	scoped(private_agent) agent = start_agent(&dir);
	scoped(ssh_agent) client = open_agent(private_agent_socket(agent));
	scoped_value(signature) sig = { 0 };
	struct intoto_error err = { 0 };

	cr_assert_eq(ssh_agent_find(client, key, &err), -1);
	cr_assert_eq(err.code, INTOTO_ENOTFOUND);
	cr_assert_eq(private_agent_add(agent, path, NULL, &err), 0, "%s",
		     err.message);
	cr_assert_eq(ssh_agent_find(client, key, &err), 0, "%s", err.message);
	for (int i = 0; i < 3; i++) {
		cr_assert_eq(ssh_agent_sign(&sig.sig, client, key, "hello", 5,
					    &err),
			     0, "%s", err.message);
		cr_assert_eq(signature_verify(&sig, key, "hello", 5, 0, &err),
			     0, "%s", err.message);
		cr_assert_eq(signature_verify(&sig, key, "hallo", 5, 0, &err),
			     -1);
	}
}

Test(ssh_agent, signs_with_ed25519)
{
	signs("ed25519", "256");
}

Test(ssh_agent, signs_with_rsa_and_sha256)
{
	signs("rsa", "2048");
}

Test(ssh_agent, signs_with_ecdsa_in_der)
{
	signs("ecdsa", "256");
}

Test(ssh_agent, lists_keys_with_their_comments)
{
	scoped_value(tempdir) dir = temp_folder();
	scoped_text a = make_ssh_key(&dir, "a", "ed25519", "256", "");
	scoped_text b = make_ssh_key(&dir, "b", "ed25519", "256", "");
	scoped(private_agent) agent = start_agent(&dir);
	scoped(ssh_agent) client = open_agent(private_agent_socket(agent));
	scoped_value(ssh_identities) list = { NULL, 0 };
	struct intoto_error err = { 0 };

	cr_assert_eq(ssh_agent_list(&list, client, &err), 0);
	cr_assert_eq(list.n, 0);
	cr_assert_eq(private_agent_add(agent, a, NULL, &err), 0);
	cr_assert_eq(private_agent_add(agent, b, NULL, &err), 0);
	cr_assert_eq(ssh_agent_list(&list, client, &err), 0);
	cr_assert_eq(list.n, 2);
	cr_assert_str_eq(list.items[1].comment, "me@example.org");
	cr_assert_eq(ssh_agent_remove_all(client, &err), 0);
	cr_assert_eq(ssh_agent_list(&list, client, &err), 0);
	cr_assert_eq(list.n, 0);
}

Test(ssh_agent, a_scheme_that_agents_lack_is_refused)
{
	scoped_value(tempdir) dir = temp_folder();
	scoped_text pem = read_text("t/data/rsa.pub");
	scoped(private_agent) agent = start_agent(&dir);
	scoped(ssh_agent) client = open_agent(private_agent_socket(agent));
	scoped_value(buffer) sig = BUFFER_INIT;
	scoped(key) key = NULL;
	struct intoto_error err = { 0 };

	cr_assert_eq(key_from_pem(&key, pem, strlen(pem), NULL, &err), 0);
	cr_assert_eq(ssh_agent_sign(&sig, client, key, "x", 1, &err), -1);
	cr_assert_eq(err.code, INTOTO_EUNSUPPORTED);
}

Test(ssh_agent, without_the_key_it_refuses)
{
	scoped_value(tempdir) dir = temp_folder();
	scoped_text path = make_ssh_key(&dir, "k", "ed25519", "256", "");
	scoped(key) key = public_key(path);
	scoped(private_agent) agent = start_agent(&dir);
	scoped(ssh_agent) client = open_agent(private_agent_socket(agent));
	scoped_value(buffer) sig = BUFFER_INIT;
	struct intoto_error err = { 0 };

	cr_assert_eq(ssh_agent_sign(&sig, client, key, "x", 1, &err), -1);
	cr_assert_eq(err.code, INTOTO_ECHILD);
}

Test(ssh_agent, what_is_too_large_for_it_is_said_before_it_is_sent)
{
	scoped_value(tempdir) dir = temp_folder();
	scoped_text path = make_ssh_key(&dir, "k", "ed25519", "256", "");
	scoped_text huge = xcalloc(1, 300 << 10);
	scoped(key) key = public_key(path);
	scoped(private_agent) agent = start_agent(&dir);
	scoped(ssh_agent) client = open_agent(private_agent_socket(agent));
	scoped_value(buffer) sig = BUFFER_INIT;
	struct intoto_error err = { 0 };

	cr_assert_eq(private_agent_add(agent, path, NULL, &err), 0);
	cr_assert_eq(ssh_agent_sign(&sig, client, key, huge, 300 << 10, &err),
		     -1);
	cr_assert_eq(err.code, INTOTO_ELIMIT);
	cr_assert_eq(ssh_agent_sign(&sig, client, key, huge, 250 << 10, &err),
		     0, "%s", err.message);
}

Test(ssh_agent, a_private_agent_leaves_nothing)
{
	scoped_value(tempdir) dir = temp_folder();
	struct private_agent *agent = start_agent(&dir);
	scoped_text where = xstrdup(private_agent_socket(agent));
	struct ssh_agent *client = NULL;
	struct intoto_error err = { 0 };

	cr_assert(file_exists(where));
	private_agent_free(agent);
	cr_assert(!file_exists(where));
	*strrchr(where, '/') = '\0';
	cr_assert(!file_exists(where));
	cr_assert_eq(ssh_agent_open(&client, where, &err), -1);
}

Test(ssh_agent, a_private_agent_takes_a_key_from_memory)
{
	scoped_value(tempdir) dir = temp_folder();
	scoped_text path = make_ssh_key(&dir, "k", "ed25519", "256", "");
	scoped_text text = read_text(path);
	scoped(key) key = public_key(path);
	scoped(private_agent) agent = start_agent(&dir);
	scoped(ssh_agent) client = open_agent(private_agent_socket(agent));
	scoped_value(buffer) bytes = BUFFER_INIT;
	struct intoto_error err = { 0 };

	buffer_puts(&bytes, text);
	cr_assert_eq(private_agent_add(agent, NULL, &bytes, &err), 0, "%s",
		     err.message);
	cr_assert_eq(ssh_agent_find(client, key, &err), 0, "%s", err.message);
}

Test(ssh_agent, a_long_parent_gives_way_to_a_short_one)
{
	scoped_value(tempdir) dir = temp_folder();
	scoped_text name = xcalloc(1, 121);
	scoped_text deep = NULL;
	struct private_agent *agent = NULL;
	struct intoto_error err = { 0 };

	memset(name, 'd', 120);
	deep = path_join(dir.path, name);
	cr_assert_eq(file_mkdirs(deep, 0700, &err), 0);
	cr_assert_eq(private_agent_start(&agent, deep, &err), 0, "%s",
		     err.message);
	private_agent_free(agent);
}

Test(ssh_agent, nobody_listening_is_not_found)
{
	struct ssh_agent *client = NULL;
	struct intoto_error err = { 0 };

	unsetenv("SSH_AUTH_SOCK");
	cr_assert_eq(ssh_agent_open(&client, NULL, &err), -1);
	cr_assert_eq(err.code, INTOTO_ENOTFOUND);
	cr_assert_eq(ssh_agent_open(&client, "/nonexistent/s", &err), -1);
	cr_assert_eq(err.code, INTOTO_ENOTFOUND);
}

/* An agent that answers every request with the same bytes. */
static pid_t lie(const char *path, const void *answer, size_t len)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int listener = socket(AF_UNIX, SOCK_STREAM, 0);
	pid_t child;

	unlink(path);
	memcpy(address.sun_path, path, strlen(path));
	cr_assert_eq(bind(listener, (struct sockaddr *)&address,
			  sizeof(address)),
		     0);
	cr_assert_eq(listen(listener, 1), 0);
	child = fork();
	if (child == 0) {
		int fd = accept(listener, NULL, NULL);
		char request[4096];

		if (read(fd, request, sizeof(request)) > 0)
			send(fd, answer, len, MSG_NOSIGNAL);
		_exit(0);
	}
	close(listener);
	return child;
}

static void add_response(struct buffer *out, uint8_t type,
			 const struct buffer *body)
{
	ssh_add_u32(out, (uint32_t)body->len + 1);
	buffer_putc(out, (char)type);
	buffer_add(out, buffer_text(body), body->len);
}

static enum intoto_code sign_by_liar(const void *answer, size_t len)
{
	scoped_value(tempdir) dir = temp_folder();
	scoped_text where = path_join(dir.path, "liar");
	static const uint8_t raw[ED25519_PUBLIC_SIZE] = { 9 };
	scoped(key) key = key_new_ed25519(raw);
	pid_t child = lie(where, answer, len);
	scoped(ssh_agent) client = open_agent(where);
	scoped_value(buffer) sig = BUFFER_INIT;
	struct intoto_error err = { 0 };
	int status;

	cr_assert_eq(ssh_agent_sign(&sig, client, key, "hello", 5, &err), -1);
	cr_assert_eq(sig.len, 0);
	cr_assert_eq(waitpid(child, &status, 0), child);
	return err.code;
}

Test(ssh_agent, answers_that_lie_about_their_length_are_refused)
{
	cr_assert_eq(sign_by_liar("", 0), INTOTO_EIO);
	cr_assert_eq(sign_by_liar("\0\0", 2), INTOTO_EIO);
	cr_assert_eq(sign_by_liar("\0\0\0\0", 4), INTOTO_EINVALID);
	cr_assert_eq(sign_by_liar("\xff\xff\xff\xff\x0e", 5), INTOTO_EINVALID);
	cr_assert_eq(sign_by_liar("\0\0\0\x09\x0e\0\0", 7), INTOTO_EIO);
	cr_assert_eq(sign_by_liar("\0\0\0\1\x0e", 5), INTOTO_EINVALID);
	cr_assert_eq(sign_by_liar("\0\0\0\5\x0e\0\0\0\x50", 9),
		     INTOTO_EINVALID);
	cr_assert_eq(sign_by_liar("\0\0\0\1\x0c", 5), INTOTO_EINVALID);
}

Test(ssh_agent, a_signature_of_another_algorithm_is_refused)
{
	static const char zeros[64];
	scoped_value(buffer) blob = BUFFER_INIT;
	scoped_value(buffer) body = BUFFER_INIT;
	scoped_value(buffer) answer = BUFFER_INIT;

	ssh_add_text(&blob, "ecdsa-sha2-nistp256");
	ssh_add_string(&blob, "\0\0\0\1\1\0\0\0\1\1", 10);
	ssh_add_string(&body, blob.data, blob.len);
	add_response(&answer, 14, &body);
	cr_assert_eq(sign_by_liar(answer.data, answer.len), INTOTO_ECHILD);

	buffer_reset(&blob);
	buffer_reset(&body);
	buffer_reset(&answer);
	ssh_add_text(&blob, "ssh-ed25519");
	ssh_add_string(&blob, zeros, sizeof(zeros));
	ssh_add_string(&body, blob.data, blob.len);
	buffer_putc(&body, 'x');
	add_response(&answer, 14, &body);
	cr_assert_eq(sign_by_liar(answer.data, answer.len), INTOTO_EINVALID);
}

Test(ssh_agent, a_list_that_lies_about_its_count_is_refused)
{
	static const struct {
		const char *bytes;
		size_t len;
	} cases[] = {
		{ "\0\0\0\5\x0c\xff\xff\xff\xff", 9 },
		{ "\0\0\0\5\x0c\0\0\0\1", 9 },
		{ "\0\0\0\6\x0c\0\0\0\0x", 10 },
		{ "\0\0\0\1\5", 5 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		scoped_value(tempdir) dir = temp_folder();
		scoped_text where = path_join(dir.path, "liar");
		pid_t child = lie(where, cases[i].bytes, cases[i].len);
		scoped(ssh_agent) client = open_agent(where);
		scoped_value(ssh_identities) list = { NULL, 0 };
		struct intoto_error err = { 0 };
		int status;

		cr_assert_eq(ssh_agent_list(&list, client, &err), -1);
		cr_assert_eq(err.code, INTOTO_EINVALID);
		cr_assert_eq(list.n, 0);
		cr_assert_eq(waitpid(child, &status, 0), child);
	}
}
