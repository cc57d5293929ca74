/*
 * recording.h: what `run`, `record` and `mock` share: which files, by which
 * key, and where the link goes: into a file, or into the notes of a tag or of
 * a commit.
 */
#ifndef CMD_RECORDING_H
#define CMD_RECORDING_H

#include "cmd/build_run.h"
#include "cmd/keyoptions.h"
#include "cmd/session.h"
#include "cmd/ui.h"

struct recorder {
	/* what was asked for */
	const char *step;
	struct strlist exclude;
	struct strlist lstrip;
	const char *base;
	bool normalize_line_endings;
	bool follow_symlink_dirs;
	bool ignore_unreadable;
	struct key_options key;
	bool dsse;
	const char *dir; /* of the link's file; NULL: here */
	const char *tag;
	const char *parent; /* of a sublayout of the tag; or NULL */
	const char *commit;
	bool supersede;

	/* As the tools of in-toto do: nothing of a repository is looked at,
	 * what they pass over is passed over. */
	bool as_reference;
	bool quiet;	    /* print nothing that is no error */
	bool new_keyid;	    /* the key is listed under its new keyid */
	bool primary_keyid; /* a file is named by the OpenPGP primary key */

	/* what it takes */
	struct session session; /* its repository may be NULL */
	struct ui_progress progress;
	struct tag_facts *facts; /* NULL: into a file */
	struct signer *signer;
	size_t max; /* bytes of a link, and of each recorded stream */
};
void recorder_release(struct recorder *recording);
SCOPED_RELEASE(recorder);

/* The options of all of them; those of what is hashed; of where it goes. */
#define RECORDING_OPTIONS(r)                                          \
	OPT_STRING('n', "step-name", &(r)->step, "NAME", "the step"), \
		OPT_STRING(0, "name", &(r)->step, "NAME", NULL),      \
		KEY_OPTIONS(&(r)->key)
#define RECORDING_FILES(r)                                                    \
	OPT_SEVERAL(0, "exclude", &(r)->exclude, "PATTERN",                   \
		    "leave these out, as .gitignore does"),                   \
		OPT_STRING(0, "base-path", &(r)->base, "DIR",                 \
			   "where paths start (default: .)"),                 \
		OPT_SEVERAL(0, "lstrip-paths", &(r)->lstrip, "PREFIX",        \
			    "cut this off the recorded names"),               \
		OPT_FLAG(0, "normalize-line-endings",                         \
			 &(r)->normalize_line_endings,                        \
			 "hash CRLF and CR as LF"),                           \
		OPT_FLAG(0, "follow-symlink-dirs", &(r)->follow_symlink_dirs, \
			 "enter folders that are symbolic links"),            \
		OPT_FLAG(0, "ignore-unreadable", &(r)->ignore_unreadable,     \
			 "leave out what cannot be read or hashed")
#define RECORDING_WHERE(r)                                           \
	OPT_STRING('d', "metadata-directory", &(r)->dir, "DIR",      \
		   "write the link's file to DIR"),                  \
		OPT_STRING(0, "tag", &(r)->tag, "TAG",               \
			   "store the link in the notes of TAG"),    \
		OPT_STRING(0, "parent", &(r)->parent, "PLACE",       \
			   "the step is of the sublayout at PLACE"), \
		OPT_STRING(0, "commit", &(r)->commit, "COMMIT",      \
			   "store it in the notes of COMMIT"),       \
		OPT_FLAG(0, "supersede", &(r)->supersede,            \
			 "withdraw a link of this key that says otherwise")
#define RECORDING_DSSE(r)                                        \
	OPT_FLAG(0, "dsse", &(r)->dsse, "make a DSSE envelope"), \
		OPT_FLAG(0, "use-dsse", &(r)->dsse, NULL)

/* EUSAGE for what contradicts itself, EINVALID for a step's name. */
int recorder_check(const struct recorder *recording, struct intoto_error *err);

/* The repository we are in, if any, its settings, and the tag or commit. */
int recorder_open(struct recorder *recording, struct intoto_error *err);

/* The signer, whom the layouts of the tag or commit must know for the step: to
 * be done before a command runs. `hashed` is what was so far, for an SSH key is
 * unlocked in another way for a long link. More than 0: refused, and said. */
int recorder_open_key(struct recorder *recording,
		      const struct artifacts *hashed, struct intoto_error *err);

/* Hash them. `what` is "material" or "product", for warnings. */
int recorder_files(struct artifacts **out, struct recorder *recording,
		   const struct strlist *paths, const char *what,
		   struct intoto_error *err);

struct recorded_command {
	char *const *argv;
	const char *dir;
	bool streams;
	size_t timeout;
	bool record_failure;
};

/* Run it, and put it and its byproducts into the link. 0: to be recorded, its
 * status is in `*status`; more than 0: the status, and nothing is recorded. */
int recorder_run(int *status, struct link *link,
		 const struct recorded_command *command,
		 const struct recorder *recording, struct intoto_error *err);

/* Sign the link and put it where it belongs; says where. `link` is taken over
 * on success. More than 0: refused, and said. */
int recorder_store(struct recorder *recording, struct link **link,
		   struct intoto_error *err);

/* A file of the folder that `--metadata-directory` names. */
int recorder_write(const struct recorder *recording, const char *name,
		   const struct envelope *envelope, struct intoto_error *err);

/* "build.9c1f2ab3.link"; an envelope of no signature: "build.link". */
char *recorder_file_name(const struct recorder *recording,
			 const struct envelope *envelope);

/* Sign a link for a file, under the keyid that the user's tools go by. */
int recorder_sign(struct envelope **out, const struct recorder *recording,
		  struct link **link, struct intoto_error *err);

/* Replaces what the link had. */
void recorder_set(struct artifacts **slot, struct artifacts *set);

#endif
