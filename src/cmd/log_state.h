/* log_state.h: how far a tag has come, and what the remote lacks of it. */
#ifndef CMD_LOG_STATE_H
#define CMD_LOG_STATE_H

#include "cmd/session.h"

enum log_state {
	LOG_UNSIGNED, /* lightweight, or without a signature */
	LOG_SIGNED,   /* a signed tag object */
	LOG_TAGGED,   /* the tag step holds */
	LOG_BUILT,    /* and another step has a link that counts */
	LOG_COMPLETE, /* `verify` without files accepts now */
	LOG_REVOKED,  /* the owners have withdrawn it */
};
const char *log_state_text(enum log_state state);

struct log_view {
	struct session *session;
	char *remote;			/* NULL: there is none */
	struct strlist layouts_lacking; /* here, and not at the remote */
};
void log_view_release(struct log_view *view);
SCOPED_RELEASE(log_view);

int log_view_open(struct log_view *out, struct session *session,
		  struct intoto_error *err);

/* What is known of a tag. */
struct log_row {
	char *ref;
	enum log_state state;
	size_t lacking; /* lines of its note that the remote, as it was last
			   seen, has not */
	bool sealed;	/* it is proven by a seal alone */

	/* Begun, and short of the owners' threshold: who has not signed. */
	struct strlist seal_missing;
	struct strlist revoke_missing;
};
void log_row_release(struct log_row *row);
SCOPED_RELEASE(log_row);

/* Fills the row but for its ref. */
int log_state_of(struct log_row *row, struct log_view *view, const char *ref,
		 const struct oid *oid, bool is_tag_object,
		 struct intoto_error *err);

#endif
