/* key_source.c: from the spelling of a KEY to the key: files, the environment,
 * literals and the keys of an agent. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/encode.h"
#include "base/file.h"
#include "base/xalloc.h"
#include "crypto/key_internal.h"
#include "crypto/signer_internal.h"
#include "crypto/ssh_agent.h"

void key_source_release(struct key_source *source)
{
	key_free(source->key);
	EVP_PKEY_free(source->private);
	free(source->private_path);
	scoped_secret_release(&source->private_text);
}

struct asking {
	const char *name;     /* of the key, for the prompt */
	const char *password; /* given already; NULL: ask */
	const struct key_settings *settings;
};

static char *ask_password(void *data)
{
	const struct asking *asking = data;
	const struct key_settings *settings = asking->settings;
	scoped_text shown = NULL;
	scoped_text prompt = NULL;

	if (asking->password)
		return xstrdup(asking->password);
	if (!settings->ask_password)
		return NULL;
	shown = escape_text(asking->name);
	prompt = xasprintf("password for '%s': ", shown);
	return settings->ask_password(prompt, settings->ask_data);
}

static int from_pem(struct key_source *out, const char *text, size_t len,
		    struct asking *asking, struct intoto_error *err)
{
	scoped_pkey pkey = NULL;
	bool is_private = false;

	if (pkey_from_pem(&pkey, &is_private, text, len, ask_password, asking,
			  err) < 0 ||
	    key_new_pkey(&out->key, pkey, NULL, NULL, err) < 0)
		return -1;
	if (is_private)
		out->private = take(pkey);
	return 0;
}

static int from_json(struct key_source *out, const char *text, size_t len,
		     struct asking *asking, struct intoto_error *err)
{
	scoped_json object = NULL;

	if (is_legacy_private(text, len))
		return key_from_legacy(&out->key, &out->private, text, len,
				       ask_password, asking, err);
	if (json_load_strict(&object, text, len, err) < 0)
		return -1;
	return key_from_json(&out->key, object, err);
}

/* in-toto's own encryption: JSON is in it. */
static int from_encrypted(struct key_source *out, const char *text, size_t len,
			  struct asking *asking, struct intoto_error *err)
{
	scoped_secret json = BUFFER_INIT;

	if (legacy_decrypt(&json, text, len, ask_password, asking, err) < 0)
		return -1;
	if (strlen(buffer_text(&json)) != json.len)
		return intoto_fail(err, INTOTO_EINVALID,
				   "key holds a NUL byte");
	return from_json(out, json.data, json.len, asking, err);
}

/* A private SSH key signs by an agent, whatever its PEM is called. */
static bool is_openssh_private(const char *text)
{
	return strstr(text, "-----BEGIN OPENSSH PRIVATE KEY-----") != NULL;
}

static int from_text(struct key_source *out, const char *text, size_t len,
		     struct asking *asking, struct intoto_error *err)
{
	const char *start = text + strspn(text, " \t\r\n");

	if (strlen(text) != len)
		return intoto_fail(err, INTOTO_EINVALID,
				   "key holds a NUL byte");
	if (*start == '{')
		return from_json(out, text, len, asking, err);
	if (is_ssh_line(start)) {
		out->is_ssh = true;
		return key_from_ssh(&out->key, start, err);
	}
	if (is_openssh_private(text)) {
		out->is_ssh = true;
		return key_from_openssh_private(&out->key, text, len, err);
	}
	if (strstr(text, "-----BEGIN PGP ")) {
		intoto_fail(err, INTOTO_EUNSUPPORTED,
			    "OpenPGP key in a file: import it, then name it "
			    "by its fingerprint");
		return intoto_hint(err, "gpg --import '%s'", asking->name);
	}
	if (strstr(text, "-----BEGIN "))
		return from_pem(out, text, len, asking, err);
	if (is_legacy_encrypted(start))
		return from_encrypted(out, start, strlen(start), asking, err);
	return intoto_fail(err, INTOTO_EINVALID,
			   "neither PEM, in-toto JSON nor an SSH key");
}

static char *expand_home(const char *path)
{
	const char *home = getenv("HOME");

	if (path[0] == '~' && path[1] == '/' && home)
		return xasprintf("%s%s", home, path + 1);
	return xstrdup(path);
}

/* The path without ".pub", or NULL if it has none. */
static char *private_of(const char *path)
{
	size_t len = strlen(path);

	if (len <= 4 || strcmp(path + len - 4, ".pub"))
		return NULL;
	return xmemdupz(path, len - 4);
}

/* The line of FILE.pub, which also has the comment; 1 if it is not there. */
static int from_public_file(struct key_source *out, const char *private_path,
			    struct intoto_error *err)
{
	scoped_text path = xasprintf("%s.pub", private_path);
	scoped_value(buffer) text = BUFFER_MAX(KEY_TEXT_MAX);

	if (!file_exists(path))
		return 1;
	if (file_read(&text, path, KEY_TEXT_MAX, err) < 0)
		return -1;
	if (!is_ssh_line(buffer_text(&text)))
		return 1;
	if (key_from_ssh(&out->key, buffer_text(&text), err) < 0)
		return intoto_context(err, "cannot read key '%s': ", path);
	return 0;
}

static int missing(struct intoto_error *err, const char *path)
{
	size_t name = strcspn(path, "@");

	intoto_fail(err, INTOTO_ENOTFOUND,
		    "no key file '%s' (a key is FILE, gpg:FINGERPRINT, "
		    "ssh:FILE, ssh:SHA256:..., key::ssh-... or env:NAME)",
		    path);
	if (path[name] || is_hex(path, name))
		return intoto_hint(err, "git intoto key show 'gpg:%s'", path);
	return intoto_hint(err, "ls -l '%s'", path);
}

/* `path` is the file of an SSH private key: the public part, and the path. */
static int ssh_private_file(struct key_source *out, const char *path,
			    const char *text, size_t len,
			    struct intoto_error *err)
{
	scoped_pkey pkey = NULL;
	bool is_private = false;
	int result = from_public_file(out, path, err);

	out->is_ssh = true;
	if (!out->private_path)
		out->private_path = xstrdup(path);
	if (result <= 0)
		return result;
	if (is_openssh_private(text))
		return key_from_openssh_private(&out->key, text, len, err);
	if (pkey_from_pem(&pkey, &is_private, text, len, NULL, NULL, err) < 0)
		return intoto_hint(err, "ssh-keygen -y -f '%s' >'%s.pub'", path,
				   path);
	if (!is_private)
		return intoto_fail(err, INTOTO_EINVALID,
				   "PEM public key where an SSH key is meant");
	return key_new_pkey(&out->key, pkey, NULL,
			    EVP_PKEY_get_base_id(pkey) == EVP_PKEY_RSA
				    ? "rsa-pkcs1v15-sha256"
				    : NULL,
			    err);
}

static void find_private_file(struct key_source *out, const char *path)
{
	scoped_text private = private_of(path);

	if (private && file_exists(private))
		out->private_path = take(private);
}

/* The same as file_read(), into memory that is overwritten in the end. */
static int read_secret(struct buffer *out, const char *path,
		       struct intoto_error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;
	ssize_t got = 0;
	bool regular = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
	int why = errno;

	secret_reserve(out, KEY_TEXT_MAX + 1);
	while (regular && out->len < out->max) {
		got = read(fd, out->data + out->len, out->max - out->len);
		if (got < 0 && errno == EINTR)
			continue;
		why = errno;
		if (got <= 0)
			break;
		out->len += (size_t)got;
	}
	if (fd >= 0)
		close(fd);
	if (fd >= 0 && !regular)
		return intoto_fail(err, INTOTO_EIO,
				   "cannot read '%s': not a regular file",
				   path);
	if (fd < 0 || got < 0)
		return intoto_fail(err,
				   fd < 0 && why == ENOENT ? INTOTO_ENOTFOUND
							   : INTOTO_EIO,
				   "cannot read '%s': %s", path, strerror(why));
	if (out->len > KEY_TEXT_MAX)
		return intoto_fail(err, INTOTO_ELIMIT,
				   "'%s' is larger than %zu bytes", path,
				   KEY_TEXT_MAX);
	return 0;
}

/* `only_ssh`: a PEM is then an SSH private key as well. */
static int from_path(struct key_source *out, const char *spelled, bool only_ssh,
		     const struct key_settings *settings,
		     struct intoto_error *err)
{
	scoped_text path = expand_home(spelled);
	scoped_secret text = BUFFER_INIT;
	struct asking asking = { path, NULL, settings };
	const char *start;
	int result;

	if (!file_exists(path)) {
		/* The private half may live in an agent alone. */
		result = from_public_file(out, path, err);
		out->is_ssh = true;
		return result > 0 ? missing(err, spelled) : result;
	}
	if (read_secret(&text, path, err) < 0)
		return -1;
	start = buffer_text(&text);
	start += strspn(start, " \t\r\n");
	if (is_ssh_line(start))
		find_private_file(out, path);
	if (!is_ssh_line(start) && (only_ssh || is_openssh_private(start)))
		result = ssh_private_file(out, path, start, strlen(start), err);
	else
		result = from_text(out, buffer_text(&text), text.len, &asking,
				   err);
	if (result < 0)
		return intoto_context(err, "cannot read key '%s': ", path);
	return 0;
}

/* As it stands in a file, that is. */
static bool is_key_text(const char *text)
{
	text += strspn(text, " \t\r\n");
	return *text == '{' || is_ssh_line(text) || is_legacy_encrypted(text) ||
	       strstr(text, "-----BEGIN ");
}

/*
 * CI systems that hide secrets in their logs (GitLab) take secrets of one line
 * only, so there keys come in base64. False: it is none.
 */
static bool unwrap_base64(struct buffer *out, const char *text)
{
	struct intoto_error ignored = { 0 };
	scoped_secret base64 = BUFFER_INIT;
	size_t len = strlen(text);

	secret_reserve(&base64, len);
	for (; *text; text++)
		if (!strchr(" \t\r\n", *text))
			buffer_putc(&base64, *text);
	secret_reserve(out, len);
	return base64.len > 0 &&
	       base64_decode(out, base64.data, base64.len, &ignored) == 0;
}

static int from_variable(struct key_source *out, const char *text,
			 struct asking *asking, struct intoto_error *err)
{
	scoped_secret unwrapped = BUFFER_INIT;
	size_t len = strlen(text);

	if (!is_key_text(text) && unwrap_base64(&unwrapped, text)) {
		text = unwrapped.data;
		len = unwrapped.len;
	}
	if (from_text(out, text, len, asking, err) < 0)
		return -1;
	if (is_openssh_private(text)) {
		secret_reserve(&out->private_text, len + 1);
		buffer_puts(&out->private_text, text);
		/* ssh-add wants the newline that CI systems tend to trim. */
		if (text[len - 1] != '\n')
			buffer_putc(&out->private_text, '\n');
	}
	return 0;
}

static int from_environment(struct key_source *out, const char *name,
			    const struct key_settings *settings,
			    struct intoto_error *err)
{
	const char *text = getenv(name);
	scoped_text password_name = xasprintf("%s_PW", name);
	struct asking asking = { name, getenv(password_name), settings };

	if (!*name || !text || !*text)
		return intoto_fail(err, INTOTO_ENOTFOUND,
				   "environment variable '%s' holds no key",
				   name);
	if (strlen(text) > KEY_TEXT_MAX)
		return intoto_fail(err, INTOTO_ELIMIT,
				   "environment variable '%s' is larger than "
				   "%zu bytes",
				   name, KEY_TEXT_MAX);
	if (from_variable(out, text, &asking, err) < 0)
		return intoto_context(err, "cannot read key 'env:%s': ", name);
	return 0;
}

static int from_agent(struct key_source *out, const char *fingerprint,
		      struct intoto_error *err)
{
	scoped(ssh_agent) agent = NULL;
	scoped_value(ssh_identities) list = { NULL, 0 };
	char found[SSH_FINGERPRINT_SIZE];

	if (ssh_agent_open(&agent, NULL, err) < 0 ||
	    ssh_agent_list(&list, agent, err) < 0)
		return -1;
	out->is_ssh = true;
	for (size_t i = 0; i < list.n; i++) {
		const struct ssh_identity *item = &list.items[i];

		ssh_fingerprint(found, buffer_text(&item->blob),
				item->blob.len);
		if (strcmp(found, fingerprint))
			continue;
		if (key_from_ssh_blob(&out->key, item->blob.data,
				      item->blob.len, err) < 0)
			return -1;
		key_set_comment(out->key, item->comment);
		return 0;
	}
	intoto_fail(err, INTOTO_ENOTFOUND, "SSH agent has no key '%s'",
		    fingerprint);
	return intoto_hint(err, "ssh-add -l");
}

static int from_literal(struct key_source *out, const char *line,
			struct intoto_error *err)
{
	out->is_ssh = true;
	return key_from_ssh(&out->key, line, err);
}

int key_source_read(struct key_source *out, const char *text, size_t len,
		    struct intoto_error *err)
{
	static const struct key_settings none;
	struct asking asking = { "FILE", NULL, &none };
	scoped_text copy = xmemdupz(text, len);
	int result = from_text(out, copy, len, &asking, err);

	sodium_memzero(copy, len);
	return result;
}

int key_source_open(struct key_source *out, const char *spec,
		    const struct key_settings *settings,
		    struct intoto_error *err)
{
	if (!strncmp(spec, "ssh:SHA256:", 11))
		return from_agent(out, spec + 4, err);
	if (!strncmp(spec, "ssh:", 4))
		return from_path(out, spec + 4, true, settings, err);
	if (!strncmp(spec, "key::", 5))
		return from_literal(out, spec + 5, err);
	if (!strncmp(spec, "env:", 4))
		return from_environment(out, spec + 4, settings, err);
	if (is_ssh_line(spec) && !file_exists(spec))
		return from_literal(out, spec, err);
	if (!*spec)
		return intoto_fail(err, INTOTO_EUSAGE, "empty name of a key");
	return from_path(out, spec, false, settings, err);
}
