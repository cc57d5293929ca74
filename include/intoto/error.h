/*
 * error.h: one value says what went wrong.
 *
 * Owned by the caller, no allocation, no globals. Every function of the
 * library that can fail takes a `struct intoto_error *` last, returns 0 or
 * -1, and fills the value only when it returns -1.
 */
#ifndef INTOTO_ERROR_H
#define INTOTO_ERROR_H

#ifdef __cplusplus
extern "C" {
#endif

/*
 * "No" is not "broken": a check that was made and failed is EREJECTED, and
 * nothing else is. Whoever turns a code into an exit status treats a code it
 * does not know as "could not tell".
 */
enum intoto_code {
	INTOTO_OK = 0,
	INTOTO_EREJECTED,    /* judged, and refused; `reason` is set */
	INTOTO_EINVALID,     /* bytes that do not parse or break a format */
	INTOTO_ENOTFOUND,    /* object, file, ref or key is not there */
	INTOTO_ELIMIT,	     /* over a size, count or depth */
	INTOTO_EIO,	     /* the operating system said no */
	INTOTO_EUNSUPPORTED, /* known, and not done by this version */
	INTOTO_ECHILD,	     /* a program we ran failed */
	INTOTO_ETRUST,	     /* nothing is trusted here yet */
	INTOTO_EUSAGE,	     /* the command line is wrong */
};

struct intoto_error {
	enum intoto_code code; /* for programs */
	char reason[48];       /* stable reason code, Documentation/technical/
				  reasons.adoc; empty unless EREJECTED */
	char message[1024];    /* for people; one line, escaped */
	char hint[512];	       /* a command to paste; may be empty */
};

/* All return -1, so that a caller can `return intoto_fail(...)`. */
int intoto_fail(struct intoto_error *err, enum intoto_code code,
		const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* EREJECTED with a stable reason code such as "tag-unsigned". */
int intoto_reject(struct intoto_error *err, const char *reason, const char *fmt,
		  ...) __attribute__((format(printf, 3, 4)));

/* Replace the hint of a failure. */
int intoto_hint(struct intoto_error *err, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Put "step 'build': " in front of the message of a failure. */
int intoto_context(struct intoto_error *err, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* So that a compiler sees that they return -1, and does not warn of outputs
 * that are set only on success. */
static inline int intoto_failed(int always)
{
	(void)always;
	return -1;
}
#define intoto_fail(...) intoto_failed(intoto_fail(__VA_ARGS__))
#define intoto_reject(...) intoto_failed(intoto_reject(__VA_ARGS__))
#define intoto_hint(...) intoto_failed(intoto_hint(__VA_ARGS__))
#define intoto_context(...) intoto_failed(intoto_context(__VA_ARGS__))

#ifdef __cplusplus
}
#endif

#endif
