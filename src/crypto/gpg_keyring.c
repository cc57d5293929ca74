/* gpg_keyring.c: find and export keys through gpgme. */
#include "crypto/gpg_keyring.h"

#include <gpgme.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/encode.h"
#include "base/strlist.h"
#include "base/xalloc.h"
#include "crypto/openpgp.h"

#define ID_MAX 256
#define MATCHES_MAX 64
#define EXPORT_MAX ((size_t)4 << 20)
#define KEY_ID_DIGITS_MIN 8

static inline void scoped_ctx_release(gpgme_ctx_t *ctx)
{
	gpgme_release(*ctx);
}
#define scoped_ctx __attribute__((cleanup(scoped_ctx_release))) gpgme_ctx_t

static inline void scoped_gpgme_key_unref(gpgme_key_t *key)
{
	gpgme_key_unref(*key);
}
#define scoped_gpgme_key \
	__attribute__((cleanup(scoped_gpgme_key_unref))) gpgme_key_t

static int gpg_failed(gpgme_error_t code, const char *what,
		      struct intoto_error *err)
{
	return intoto_fail(err, INTOTO_ECHILD, "gpg: %s: %s", what,
			   gpgme_strerror(code));
}

/*
 * gpgme wants a path, and takes a program that is not there for one that has
 * no keys. execvp()'s rule, without an empty element.
 */
static int find_program(char **out, const char *name, struct intoto_error *err)
{
	const char *path = strchr(name, '/') ? NULL : getenv("PATH");

	if (strchr(name, '/') && access(name, X_OK) == 0) {
		*out = xstrdup(name);
		return 0;
	}
	while (path && *path) {
		size_t len = strcspn(path, ":");
		scoped_text file = xasprintf("%.*s/%s", (int)len, path, name);

		if (len > 0 && access(file, X_OK) == 0) {
			*out = take(file);
			return 0;
		}
		path += len + (path[len] == ':' ? 1 : 0);
	}
	intoto_fail(err, INTOTO_ENOTFOUND, "cannot find the program '%s'",
		    name);
	return intoto_hint(err, "git config gpg.program /usr/bin/gpg");
}

static int open_gpg(gpgme_ctx_t *out, const struct key_settings *settings,
		    struct intoto_error *err)
{
	const char *name =
		settings->gpg_program ? settings->gpg_program : GPG_PROGRAM;
	scoped_text program = NULL;
	scoped_ctx ctx = NULL;
	gpgme_error_t code;

	if (find_program(&program, name, err) < 0)
		return -1;
	gpgme_check_version(NULL);
	code = gpgme_new(&ctx);
	if (!code)
		code = gpgme_ctx_set_engine_info(ctx, GPGME_PROTOCOL_OpenPGP,
						 program, settings->gpg_home);
	if (code)
		return gpg_failed(code, program, err);
	*out = take(ctx);
	return 0;
}

/* What was asked for. */
struct query {
	const char *id; /* as given, for messages */
	char pattern[ID_MAX + 3];
	const char *hex; /* digits of a fingerprint or key id; NULL: none */
	bool exact;	 /* ended in '!' */
	bool to_sign;
};

/*
 * An address is matched whole: gpg itself would take alice@example.org for a
 * part of malice@example.org.
 */
static int query_read(struct query *out, const char *id, bool to_sign,
		      struct intoto_error *err)
{
	size_t len = strlen(id);
	bool exact = len > 0 && id[len - 1] == '!';
	const char *hex;

	if (exact)
		len--;
	if (len > ID_MAX || !is_utf8(id, len))
		return intoto_fail(err, INTOTO_EINVALID,
				   "OpenPGP key id of %zu bytes", len);
	out->id = id;
	out->exact = exact;
	out->to_sign = to_sign;
	snprintf(out->pattern, sizeof(out->pattern), "%.*s", (int)len, id);
	hex = out->pattern;
	if (!strncasecmp(hex, "0x", 2))
		hex += 2;
	out->hex = strlen(hex) >= KEY_ID_DIGITS_MIN && strlen(hex) <= 40 &&
				   is_hex(hex, strlen(hex))
			   ? hex
			   : NULL;
	if (!out->hex && memchr(id, '@', len) &&
	    strcspn(out->pattern, "<> \t") == len)
		snprintf(out->pattern, sizeof(out->pattern), "<%.*s>", (int)len,
			 id);
	return 0;
}

static bool is_usable(gpgme_subkey_t part, bool secret)
{
	return part->can_sign && !part->revoked && !part->expired &&
	       !part->disabled && !part->invalid && (!secret || part->secret);
}

/* As gpg does: the newest subkey that can sign, else the primary. */
static gpgme_subkey_t choose_part(gpgme_key_t key, bool secret)
{
	gpgme_subkey_t newest = NULL;

	for (gpgme_subkey_t part = key->subkeys->next; part; part = part->next)
		if (is_usable(part, secret) &&
		    (!newest || part->timestamp > newest->timestamp))
			newest = part;
	if (!newest && is_usable(key->subkeys, secret))
		newest = key->subkeys;
	return newest;
}

static bool has_secret(gpgme_key_t key)
{
	for (gpgme_subkey_t part = key->subkeys; part; part = part->next)
		if (part->secret)
			return true;
	return false;
}

static bool ends_with(const char *fingerprint, const char *hex)
{
	size_t all = strlen(fingerprint);
	size_t len = strlen(hex);

	return len <= all && !strcasecmp(fingerprint + all - len, hex);
}

/* The subkey that the query names; the primary only with a '!'. */
static gpgme_subkey_t named_part(gpgme_key_t key, const struct query *query)
{
	for (gpgme_subkey_t part = key->subkeys; query->hex && part;
	     part = part->next)
		if (part->fpr && ends_with(part->fpr, query->hex))
			return part == key->subkeys && !query->exact ? NULL
								     : part;
	return NULL;
}

/* NULL: cannot sign. */
static gpgme_subkey_t part_of(gpgme_key_t key, const struct query *query)
{
	gpgme_subkey_t named = named_part(key, query);
	gpgme_subkey_t part;

	if (named)
		return is_usable(named, query->to_sign) ? named : NULL;
	part = choose_part(key, query->to_sign || has_secret(key));
	return part || query->to_sign ? part : choose_part(key, false);
}

struct matches {
	struct gpg_choice first; /* that can sign */
	struct gpg_choice lone;	 /* the last one, whatever it can */
	struct strlist sign;	 /* fingerprints of those that can */
	size_t n;
};

static int add_match(struct matches *matches, gpgme_key_t key,
		     const struct query *query, struct intoto_error *err)
{
	gpgme_subkey_t part;

	if (!key->subkeys || !key->subkeys->fpr ||
	    strlen(key->subkeys->fpr) != 40)
		return 0; /* no version 4 key */
	if (++matches->n > MATCHES_MAX)
		return intoto_fail(err, INTOTO_EINVALID,
				   "'gpg:%s' fits more than %d keys", query->id,
				   MATCHES_MAX);
	part = named_part(key, query);
	snprintf(matches->lone.primary, sizeof(matches->lone.primary), "%s",
		 key->subkeys->fpr);
	snprintf(matches->lone.part, sizeof(matches->lone.part), "%s",
		 part ? part->fpr : key->subkeys->fpr);
	part = part_of(key, query);
	if (!part || !part->fpr)
		return 0;
	snprintf(matches->lone.part, sizeof(matches->lone.part), "%s",
		 part->fpr);
	if (matches->sign.n == 0)
		matches->first = matches->lone;
	strlist_add(&matches->sign, key->subkeys->fpr);
	return 0;
}

static int several(const struct query *query, const struct strlist *sign,
		   struct intoto_error *err)
{
	scoped_value(buffer) list = BUFFER_INIT;

	for (size_t i = 0; i < sign->n; i++)
		buffer_printf(&list, "%s%s", i ? ", " : "", sign->items[i]);
	intoto_fail(err, INTOTO_EINVALID,
		    "'gpg:%s' fits %zu keys, name one by its fingerprint: %s",
		    query->id, sign->n, buffer_text(&list));
	return intoto_hint(err, "git config user.signingKey %s",
			   sign->items[0]);
}

static int no_match(const struct query *query, size_t n,
		    struct intoto_error *err)
{
	if (query->to_sign)
		intoto_fail(err, INTOTO_ENOTFOUND,
			    n ? "gpg has no secret key for '%s' that can sign"
			      : "gpg has no key '%s'",
			    query->id);
	else
		intoto_fail(err, INTOTO_ENOTFOUND,
			    n ? "none of the keys that 'gpg:%s' fits can sign"
			      : "gpg has no key '%s'",
			    query->id);
	return intoto_hint(err, query->to_sign ? "gpg --list-secret-keys"
					       : "gpg --list-keys");
}

static int judge_matches(struct gpg_choice *out, const struct query *query,
			 const struct matches *matches,
			 struct intoto_error *err)
{
	/* Told nothing, gpg takes the first. */
	if (matches->sign.n > 1 && (*query->pattern || !query->to_sign))
		return several(query, &matches->sign, err);
	if (matches->sign.n)
		*out = matches->first;
	else if (matches->n == 1 && !query->to_sign)
		*out = matches->lone; /* expired, say: it still verifies */
	else
		return no_match(query, matches->n, err);
	return 0;
}

static int list_matches(struct matches *matches, gpgme_ctx_t ctx,
			const struct query *query, struct intoto_error *err)
{
	gpgme_error_t code;

	gpgme_set_keylist_mode(ctx, GPGME_KEYLIST_MODE_LOCAL |
					    GPGME_KEYLIST_MODE_WITH_SECRET);
	code = gpgme_op_keylist_start(ctx,
				      *query->pattern ? query->pattern : NULL,
				      query->to_sign);
	while (!code) {
		scoped_gpgme_key key = NULL;

		code = gpgme_op_keylist_next(ctx, &key);
		if (!code && add_match(matches, key, query, err) < 0)
			return -1;
	}
	if (gpgme_err_code(code) != GPG_ERR_EOF)
		return gpg_failed(code, "cannot list keys", err);
	return 0;
}

int gpg_key_find(struct gpg_choice *out, const char *id, bool to_sign,
		 const struct key_settings *settings, struct intoto_error *err)
{
	struct matches matches = { .sign = STRLIST_INIT };
	scoped_text standard = NULL;
	struct query query;
	scoped_ctx ctx = NULL;
	int result;

	if (!*id && to_sign) {
		if (gpg_default_key(&standard, settings, err) < 0)
			return -1;
		id = standard;
	}
	if (query_read(&query, id, to_sign, err) < 0 ||
	    open_gpg(&ctx, settings, err) < 0)
		return -1;
	result = list_matches(&matches, ctx, &query, err);
	if (result == 0)
		result = judge_matches(out, &query, &matches, err);
	strlist_release(&matches.sign);
	return result;
}

/* Armored, for gpg.conf could ask for armor anyhow. */
static int export_armored(char **out, size_t *len,
			  const struct gpg_choice *choice,
			  const struct key_settings *settings,
			  struct intoto_error *err)
{
	scoped_ctx ctx = NULL;
	gpgme_data_t data = NULL;
	gpgme_error_t code;

	if (open_gpg(&ctx, settings, err) < 0)
		return -1;
	gpgme_set_armor(ctx, 1);
	code = gpgme_data_new(&data);
	if (!code)
		code = gpgme_op_export(ctx, choice->primary,
				       GPGME_EXPORT_MODE_MINIMAL, data);
	if (code) {
		gpgme_data_release(data);
		return gpg_failed(code, "cannot export a key", err);
	}
	*out = gpgme_data_release_and_get_mem(data, len);
	return 0;
}

int gpg_key_export(struct key **out, const struct gpg_choice *choice,
		   const struct key_settings *settings,
		   struct intoto_error *err)
{
	scoped_value(buffer) packets = BUFFER_MAX(EXPORT_MAX);
	char *armor = NULL;
	size_t len = 0;
	int result;

	if (export_armored(&armor, &len, choice, settings, err) < 0)
		return -1;
	result = openpgp_dearmor(&packets, "PGP PUBLIC KEY BLOCK",
				 armor ? armor : "", len, err);
	gpgme_free(armor);
	if (result < 0)
		return intoto_context(err,
				      "OpenPGP key '%s': ", choice->primary);
	return openpgp_key_read(out, packets.data, packets.len, choice->part,
				err);
}
