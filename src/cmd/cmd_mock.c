/* cmd_mock.c: run a command and record everything around it, unsigned. */
#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "base/xalloc.h"
#include "cmd/cmd.h"
#include "cmd/compat.h"
#include "cmd/recording.h"

static const char usage[] = "mock -n NAME [--dsse] -- CMD [ARG]...";

struct mocking {
	struct recorder recording;
	struct recorded_command command;
	struct strlist here;
};

static void mocking_release(struct mocking *mocking)
{
	strlist_release(&mocking->here);
	recorder_release(&mocking->recording);
}
SCOPED_RELEASE(mocking);

static int parse(struct mocking *mocking, int argc, char **argv,
		 struct intoto_error *err)
{
	struct recorder *recording = &mocking->recording;
	struct recorded_command *command = &mocking->command;
	const struct option options[] = {
		OPT_STRING('n', "name", &recording->step, "NAME", "the step"),
		OPT_STRING(0, "step-name", &recording->step, "NAME", NULL),
		OPT_NUMBER(0, "run-timeout", &command->timeout, "SECONDS",
			   "end the command after so long"),
		OPT_FLAG(0, "record-failure", &command->record_failure,
			 "record a command that fails as well"),
		RECORDING_DSSE(recording),
		OPT_END,
	};

	command->argv = build_run_split(&argc, argv);
	if (options_parse(&argc, &argv, options, usage, err) < 0 ||
	    options_operands(argc, 0, 0, "the options", usage, err) < 0)
		return -1;
	if (!command->argv) {
		intoto_fail(err, INTOTO_EUSAGE,
			    "the command to run is missing");
		return intoto_hint(err, "git intoto mock -n NAME -- make app");
	}
	return recorder_check(recording, err);
}

static int store(struct mocking *mocking, struct link **link,
		 struct intoto_error *err)
{
	const struct recorder *recording = &mocking->recording;
	const size_t n = artifacts_count((*link)->products);
	scoped(envelope) envelope = NULL;
	scoped_text name = NULL;
	scoped_text shown = NULL;

	if (envelope_wrap_link(&envelope, link, recording->dsse, recording->max,
			       err) < 0)
		return -1;
	name = recorder_file_name(recording, envelope);
	if (recorder_write(recording, name, envelope, err) < 0)
		return -1;
	shown = escape_text(name);
	if (!recording->quiet)
		printf("recorded '%s', unsigned   %zu %s\n", shown, n,
		       n == 1 ? "product" : "products");
	return 0;
}

static int mock(struct mocking *mocking, struct intoto_error *err)
{
	struct recorder *recording = &mocking->recording;
	scoped(link) link = link_new(recording->step);
	scoped(artifacts) before = NULL;
	scoped(artifacts) after = NULL;
	int status = 0;
	int got;

	if (recorder_open(recording, err) < 0 ||
	    recorder_files(&before, recording, &mocking->here, "material",
			   err) < 0)
		return -1;
	recorder_set(&link->materials, take(before));
	got = recorder_run(&status, link, &mocking->command, recording, err);
	if (got != 0)
		return got;
	if (recorder_files(&after, recording, &mocking->here, "product", err) <
	    0)
		return -1;
	recorder_set(&link->products, take(after));
	if (store(mocking, &link, err) < 0)
		return -1;
	return recording->as_reference ? 0 : status;
}

int cmd_mock(int argc, char **argv, struct intoto_error *err)
{
	return cmd_mock_as(argc, argv, NULL, err);
}

int cmd_mock_as(int argc, char **argv, const struct compat *compat,
		struct intoto_error *err)
{
	scoped_value(mocking) mocking = { .command.streams = true };

	compat_recorder(&mocking.recording, compat);
	mocking.command.record_failure = compat != NULL;
	strlist_add(&mocking.here, ".");
	if (parse(&mocking, argc, argv, err) < 0)
		return -1;
	return mock(&mocking, err);
}
