/* cmd_run.c: run a command, and record what it was given and what it made. */
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/compat.h"
#include "cmd/recording.h"

static const char usage[] = "run -n NAME [OPTION]... -- CMD [ARG]...\n"
			    "run -n NAME [OPTION]... -x";

struct running {
	struct recorder recording;
	struct recorded_command command;
	struct strlist materials;
	struct strlist products;
	bool no_command;
};

static void running_release(struct running *running)
{
	strlist_release(&running->materials);
	strlist_release(&running->products);
	recorder_release(&running->recording);
}
SCOPED_RELEASE(running);

static int check(const struct running *running, int argc, char **argv,
		 struct intoto_error *err)
{
	if (argc) {
		intoto_fail(err, INTOTO_EUSAGE,
			    "word '%s' is no option; the command stands after "
			    "--",
			    argv[0]);
		return intoto_hint(err, "git intoto run -n NAME -- %s",
				   argv[0]);
	}
	if (running->no_command && running->command.argv)
		return intoto_fail(err, INTOTO_EUSAGE,
				   "option '-x' and a command exclude each "
				   "other");
	if (!running->no_command && !running->command.argv) {
		intoto_fail(err, INTOTO_EUSAGE,
			    "the command to run is missing");
		return intoto_hint(err, "git intoto run -n NAME -m src "
					"-p app -- make app");
	}
	return recorder_check(&running->recording, err);
}

static int parse(struct running *running, int argc, char **argv,
		 struct intoto_error *err)
{
	struct recorder *recording = &running->recording;
	struct recorded_command *command = &running->command;
	const struct option options[] = {
		RECORDING_OPTIONS(recording),
		OPT_SEVERAL('m', "material", &running->materials, "PATH",
			    "hash this before CMD runs"),
		OPT_SEVERAL(0, "materials", &running->materials, "PATH", NULL),
		OPT_SEVERAL('p', "product", &running->products, "PATH",
			    "hash this after CMD has run"),
		OPT_SEVERAL(0, "products", &running->products, "PATH", NULL),
		RECORDING_FILES(recording),
		OPT_FLAG('s', "record-streams", &command->streams,
			 "record what the command prints"),
		OPT_FLAG('x', "no-command", &running->no_command,
			 "record files only, no command"),
		OPT_STRING(0, "run-dir", &command->dir, "DIR",
			   "run the command in DIR"),
		OPT_STRING('r', NULL, &command->dir, "DIR", NULL),
		OPT_NUMBER(0, "run-timeout", &command->timeout, "SECONDS",
			   "end the command after so long"),
		OPT_FLAG(0, "record-failure", &command->record_failure,
			 "record a command that fails as well"),
		RECORDING_WHERE(recording),
		RECORDING_DSSE(recording),
		OPT_END,
	};

	command->argv = build_run_split(&argc, argv);
	if (options_parse(&argc, &argv, options, usage, err) < 0)
		return -1;
	return check(running, argc, argv, err);
}

static int record(struct running *running, struct intoto_error *err)
{
	struct recorder *recording = &running->recording;
	scoped(link) link = link_new(recording->step);
	scoped(artifacts) materials = NULL;
	scoped(artifacts) products = NULL;
	int status = 0;
	int got;

	if (recorder_open(recording, err) < 0 ||
	    recorder_files(&materials, recording, &running->materials,
			   "material", err) < 0)
		return -1;
	got = recorder_open_key(recording, materials, err);
	if (got != 0)
		return got;
	recorder_set(&link->materials, take(materials));
	if (running->command.argv) {
		got = recorder_run(&status, link, &running->command, recording,
				   err);
		if (got != 0)
			return got;
	}
	if (recorder_files(&products, recording, &running->products, "product",
			   err) < 0)
		return -1;
	recorder_set(&link->products, take(products));
	got = recorder_store(recording, &link, err);
	if (got != 0 || recording->as_reference)
		return got;
	return status;
}

int cmd_run(int argc, char **argv, struct intoto_error *err)
{
	return cmd_run_as(argc, argv, NULL, err);
}

int cmd_run_as(int argc, char **argv, const struct compat *compat,
	       struct intoto_error *err)
{
	scoped_value(running) running = { 0 };

	compat_recorder(&running.recording, compat);
	running.command.record_failure = compat != NULL;
	if (parse(&running, argc, argv, err) < 0)
		return -1;
	return record(&running, err);
}
