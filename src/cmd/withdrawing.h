/* withdrawing.h: what `seal --withdraw` and `revoke` share: take something back
 * that is recorded of a tag. */
#ifndef CMD_WITHDRAWING_H
#define CMD_WITHDRAWING_H

#include "cmd/keyoptions.h"
#include "cmd/session.h"

#define OWNER_KEY_OPTIONS(k)                                                \
	OPT_STRING('k', "key", &(k)->key, "KEY", "sign with KEY"),          \
		OPT_STRING(0, "signing-key", &(k)->key, "KEY", NULL),       \
		OPT_STRING('t', "key-type", &(k)->type, "TYPE", NULL),      \
		OPT_MAYBE_WORD('P', "password", &(k)->password, "", "TEXT", \
			       NULL),                                       \
		OPT_MAYBE('g', "gpg", &(k)->gpg, "", "ID", NULL),           \
		OPT_STRING(0, "gpg-home", &(k)->gpg_home, "DIR", NULL)

struct withdrawing {
	struct session *session; /* borrowed, like the signer */
	struct signer *signer;
	struct tag_facts *facts;
	struct tag_links *links;
	struct strlist lines; /* to be added to the note */
	bool complete;	      /* of what was added last: by enough owners */
};
void withdrawing_release(struct withdrawing *work);
SCOPED_RELEASE(withdrawing);

/* Read the tag, its tree and its links. */
int withdrawing_open(struct withdrawing *work, struct session *session,
		     struct signer *signer, const char *ref,
		     struct intoto_error *err);

/* Withdraw `what`; `said` is what it is called. `own`: it is a link that the
 * signer's key made. */
int withdrawing_add(struct withdrawing *work, const char *what,
		    const char *said, bool own, struct intoto_error *err);

int withdrawing_publish(struct withdrawing *work, struct intoto_error *err);

#endif
