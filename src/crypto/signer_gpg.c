/* signer_gpg.c: OpenPGP signatures by the user's own gpg program. */
#include <string.h>
#include <unistd.h>

#include "base/process.h"
#include "base/xalloc.h"
#include "crypto/gpg_keyring.h"
#include "crypto/openpgp_internal.h"
#include "crypto/signer_internal.h"

#define SIGNATURE_OUTPUT_MAX ((size_t)128 << 10)
#define TERMINAL_NAME_MAX 256
#define ARGS_MAX 16

struct gpg_signer {
	char *program;
	char *home; /* NULL: gpg's own choice */
	char *user; /* the fingerprint of the part that signs, and '!' */
};

static void gpg_signer_free(void *state)
{
	struct gpg_signer *gpg = state;

	free(gpg->program);
	free(gpg->home);
	free(gpg->user);
	free(gpg);
}

/*
 * gpg.conf may ask for another digest, armor or text mode, and gpg may prefer
 * another subkey: in-toto knows one form only, and the key object is fixed.
 */
static void fill_args(const char *argv[ARGS_MAX], const struct gpg_signer *gpg)
{
	size_t n = 0;

	argv[n++] = gpg->program;
	if (gpg->home) {
		argv[n++] = "--homedir";
		argv[n++] = gpg->home;
	}
	argv[n++] = "--no-armor";
	argv[n++] = "--no-textmode";
	argv[n++] = "--digest-algo";
	argv[n++] = "SHA256";
	argv[n++] = "--detach-sign";
	argv[n++] = "-u";
	argv[n++] = gpg->user;
	argv[n] = NULL;
}

/* gpg's stdin is our pipe, so it could not find the terminal by itself. */
static char *tty_setting(void)
{
	static const int streams[] = { STDIN_FILENO, STDERR_FILENO };
	const char *set = getenv("GPG_TTY");
	char name[TERMINAL_NAME_MAX];

	if (set && *set)
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(streams); i++)
		if (ttyname_r(streams[i], name, sizeof(name)) == 0)
			return xasprintf("GPG_TTY=%s", name);
	return NULL;
}

static int run_gpg(struct process_result *out, const struct gpg_signer *gpg,
		   const void *data, size_t len, struct intoto_error *err)
{
	const char *argv[ARGS_MAX];
	scoped_text tty = tty_setting();
	const char *const env[] = { tty, NULL };
	const struct process what = {
		.argv = argv,
		.env = env,
		.input = len ? data : "",
		.input_len = len,
		.out = PROCESS_CAPTURE,
		.err = PROCESS_INHERIT,
		.max_output = SIGNATURE_OUTPUT_MAX,
	};

	fill_args(argv, gpg);
	if (process_run(out, &what, err) < 0)
		return -1;
	if (out->status == 0)
		return 0;
	intoto_fail(err, INTOTO_ECHILD,
		    "'%s' did not sign with key '%s' (exit %d)", gpg->program,
		    gpg->user, out->status);
	return intoto_hint(err, "echo test | '%s' --clearsign -u %s",
			   gpg->program, gpg->user);
}

static int read_packet(struct openpgp_signature *out,
		       const struct gpg_signer *gpg,
		       const struct process_result *result,
		       struct intoto_error *err)
{
	if (openpgp_signature_read(out, result->out.data, result->out.len,
				   err) < 0) {
		err->code = INTOTO_ECHILD;
		return intoto_context(err, "'%s': ", gpg->program);
	}
	if (out->type != SIGNATURE_BINARY || out->hash != OPENPGP_SHA256)
		return intoto_fail(err, INTOTO_ECHILD,
				   "'%s' made a signature of type %u with hash "
				   "algorithm %u, not of a binary document "
				   "with SHA-256",
				   gpg->program, (unsigned)out->type,
				   (unsigned)out->hash);
	return 0;
}

static int gpg_sign(struct signature *sig, void *state, const struct key *key,
		    const void *data, size_t len, struct intoto_error *err)
{
	scoped_value(process_result) result = { 0 };
	scoped_value(openpgp_signature) packet = { 0 };
	const struct gpg_signer *gpg = state;
	const struct openpgp_part *part;

	if (run_gpg(&result, gpg, data, len, err) < 0 ||
	    read_packet(&packet, gpg, &result, err) < 0)
		return -1;
	part = openpgp_key_signer(key->openpgp, &packet);
	if (!part)
		return intoto_fail(err, INTOTO_ECHILD,
				   "'%s' signed with key '%s' instead of '%s'",
				   gpg->program,
				   *packet.fingerprint ? packet.fingerprint
						       : packet.short_id,
				   key->id);
	snprintf(sig->keyid, sizeof(sig->keyid), "%s", part->fingerprint);
	sig->openpgp = true;
	buffer_release(&sig->sig);
	buffer_release(&sig->openpgp_headers);
	buffer_reset(&sig->openpgp_packet);
	buffer_add(&sig->openpgp_packet, result.out.data, result.out.len);
	sig->sig = packet.sig;
	sig->openpgp_headers = packet.headers;
	memset(&packet, 0, sizeof(packet));
	return 0;
}

static const struct signer_ops gpg_ops = {
	.sign = gpg_sign,
	.free = gpg_signer_free,
};

int signer_open_gpg(struct signer **out, const char *id,
		    const struct key_settings *settings,
		    struct intoto_error *err)
{
	scoped(key) key = NULL;
	struct gpg_choice choice;
	struct gpg_signer *gpg;

	if (gpg_key_find(&choice, id, true, settings, err) < 0 ||
	    gpg_key_export(&key, &choice, settings, err) < 0)
		return -1;
	gpg = xcalloc(1, sizeof(*gpg));
	gpg->program = xstrdup(settings->gpg_program ? settings->gpg_program
						     : GPG_PROGRAM);
	gpg->home = xstrdup(settings->gpg_home);
	gpg->user = xasprintf("%s!", choice.part);
	*out = signer_new(&gpg_ops, key, gpg);
	return 0;
}

int key_load_gpg(struct key **out, const char *id,
		 const struct key_settings *settings, struct intoto_error *err)
{
	struct gpg_choice choice;

	if (gpg_key_find(&choice, id, false, settings, err) < 0)
		return -1;
	return gpg_key_export(out, &choice, settings, err);
}
