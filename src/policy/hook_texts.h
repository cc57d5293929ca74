/* hook_texts.h: the files of hooks/, put into the program when it is built. */
#ifndef POLICY_HOOK_TEXTS_H
#define POLICY_HOOK_TEXTS_H

struct hook_text {
	const char *event;
	const char *text; /* with @PROGRAM@ once */
};
extern const struct hook_text hook_texts[]; /* ends with { NULL, NULL } */

#endif
