/* test_process.c: children are fed, read and bounded without a deadlock. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/process.h"
#include "base/xalloc.h"

#define ARGV(...)                 \
	(const char *const[])     \
	{                         \
		__VA_ARGS__, NULL \
	}
#define SHELL(script) ARGV("sh", "-c", script)

static void run(struct process_result *result, const struct process *what)
{
	struct intoto_error err = { 0 };

	cr_assert_eq(process_run(result, what, &err), 0, "%s", err.message);
}

TestSuite(process, .timeout = 60);

Test(process, captures_both_streams_and_the_status)
{
	scoped_value(process_result) result = { 0 };
	const struct process what = {
		.argv = SHELL("echo out; echo err >&2; exit 3"),
		.out = PROCESS_CAPTURE,
		.err = PROCESS_CAPTURE,
	};

	run(&result, &what);
	cr_assert_eq(result.status, 3);
	cr_assert_eq(result.signal, 0);
	cr_assert_str_eq(result.out.data, "out\n");
	cr_assert_str_eq(result.err.data, "err\n");
}

Test(process, arguments_are_not_seen_by_a_shell)
{
	scoped_value(process_result) result = { 0 };
	const struct process what = {
		.argv = ARGV("printf", "%s|%s", "$(id); `id` 'x", "* ; \n"),
		.out = PROCESS_CAPTURE,
	};

	run(&result, &what);
	cr_assert_str_eq(result.out.data, "$(id); `id` 'x|* ; \n");
}

Test(process, death_by_signal_is_told)
{
	scoped_value(process_result) result = { 0 };
	const struct process what = { .argv = SHELL("kill -TERM $$") };

	run(&result, &what);
	cr_assert_eq(result.signal, SIGTERM);
	cr_assert_eq(result.status, 128 + SIGTERM);
}

Test(process, a_program_that_is_missing_is_not_found)
{
	struct process_result result = { .status = 77 };
	struct intoto_error err = { 0 };
	const struct process bare = { .argv = ARGV("no-such-program-here") };
	const struct process path = { .argv = ARGV("/no/such/program") };
	const struct process cwd = { .argv = ARGV("true"), .cwd = "/no/such" };
	const struct process folder = { .argv = ARGV("/tmp") };

	cr_assert_eq(process_run(&result, &bare, &err), -1);
	cr_assert_eq(err.code, INTOTO_ENOTFOUND);
	cr_assert_not_null(strstr(err.message, "'no-such-program-here'"));
	cr_assert_eq(process_run(&result, &path, &err), -1);
	cr_assert_eq(err.code, INTOTO_ENOTFOUND);
	cr_assert_eq(process_run(&result, &cwd, &err), -1);
	cr_assert_eq(err.code, INTOTO_ENOTFOUND);
	cr_assert_not_null(strstr(err.message, "'/no/such'"));
	cr_assert_eq(process_run(&result, &folder, &err), -1);
	cr_assert_eq(err.code, INTOTO_EIO);
	cr_assert_eq(result.status, 77);
}

Test(process, a_script_without_an_interpreter_line_gets_no_shell)
{
	struct process_result result = { 0 };
	struct intoto_error err = { 0 };
	char path[] = "/tmp/git-intoto-unit-XXXXXX";
	int fd = mkostemp(path, O_CLOEXEC);
	const struct process what = { .argv = ARGV(path) };

	cr_assert_eq(write(fd, "exit 0\n", 7), 7);
	cr_assert_eq(fchmod(fd, 0700), 0);
	close(fd);
	cr_assert_eq(process_run(&result, &what, &err), -1);
	cr_assert_eq(err.code, INTOTO_EIO);
	unlink(path);
}

Test(process, big_input_and_output_at_once_do_not_deadlock)
{
	scoped_value(process_result) result = { 0 };
	size_t len = 8u << 20;
	scoped_text input = xmalloc(len);
	const struct process what = {
		.argv = SHELL("tee /dev/stderr"),
		.input = input,
		.input_len = len,
		.out = PROCESS_CAPTURE,
		.err = PROCESS_CAPTURE,
	};

	for (size_t i = 0; i < len; i++)
		input[i] = (char)(i * 7 + i / 4099);
	run(&result, &what);
	cr_assert_eq(result.out.len, len);
	cr_assert_eq(memcmp(result.out.data, input, len), 0);
	cr_assert_eq(result.err.len, len);
	cr_assert_eq(memcmp(result.err.data, input, len), 0);
}

Test(process, a_child_that_does_not_read_is_no_error_and_no_sigpipe)
{
	scoped_value(process_result) result = { 0 };
	size_t len = 1u << 20;
	scoped_text input = xcalloc(len, 1);
	const struct process what = { .argv = ARGV("true"),
				      .input = input,
				      .input_len = len };
	sigset_t before;
	sigset_t after;
	sigset_t pending;

	signal(SIGPIPE, SIG_DFL);
	sigprocmask(SIG_SETMASK, NULL, &before);
	run(&result, &what);
	cr_assert_eq(result.status, 0);
	sigpending(&pending);
	cr_assert_not(sigismember(&pending, SIGPIPE));
	sigprocmask(SIG_SETMASK, NULL, &after);
	cr_assert_eq(sigismember(&before, SIGPIPE),
		     sigismember(&after, SIGPIPE));
}

Test(process, the_child_dies_of_sigpipe_even_if_we_ignore_it)
{
	scoped_value(process_result) result = { 0 };
	const struct process what = { .argv = SHELL("kill -PIPE $$; exit 0") };
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	sigprocmask(SIG_BLOCK, &set, NULL);
	run(&result, &what);
	cr_assert_eq(result.signal, SIGPIPE);
}

Test(process, stdin_is_empty_unless_given)
{
	scoped_value(process_result) nothing = { 0 };
	scoped_value(process_result) empty = { 0 };
	struct process what = { .argv = ARGV("cat"), .out = PROCESS_CAPTURE };

	run(&nothing, &what);
	cr_assert_eq(nothing.status, 0);
	cr_assert_eq(nothing.out.len, 0);
	what.input = "";
	run(&empty, &what);
	cr_assert_eq(empty.status, 0);
	cr_assert_eq(empty.out.len, 0);
}

Test(process, too_much_output_kills_the_child)
{
	struct process_result result = { .status = 77 };
	struct intoto_error err = { 0 };
	const struct process what = {
		.argv = ARGV("yes"),
		.out = PROCESS_CAPTURE,
		.max_output = 100000,
	};

	cr_assert_eq(process_run(&result, &what, &err), -1);
	cr_assert_eq(err.code, INTOTO_ELIMIT);
	cr_assert_str_eq(err.message,
			 "the output of 'yes' is larger than 100000 bytes");
	cr_assert_eq(result.status, 77);
}

Test(process, output_up_to_the_limit_is_kept)
{
	scoped_value(process_result) result = { 0 };
	const struct process what = {
		.argv = ARGV("printf", "12345"),
		.out = PROCESS_CAPTURE,
		.max_output = 5,
	};

	run(&result, &what);
	cr_assert_str_eq(result.out.data, "12345");
}

Test(process, runs_elsewhere)
{
	scoped_value(process_result) result = { 0 };
	const struct process what = { .argv = SHELL("pwd -P"),
				      .cwd = "/",
				      .out = PROCESS_CAPTURE };

	run(&result, &what);
	cr_assert_str_eq(result.out.data, "/\n");
}

Test(process, environment_is_set_and_unset_in_order)
{
	scoped_value(process_result) result = { 0 };
	const struct process what = {
		.argv = SHELL("echo \"${A-unset} ${B-unset} ${C-unset} "
			      "${AB-unset} ${D-unset}\""),
		.env = ARGV("A=1", "B=x=y", "A=2", "C", "D=1", "D"),
		.out = PROCESS_CAPTURE,
	};

	setenv("A", "0", 1);
	setenv("C", "0", 1);
	setenv("AB", "kept", 1);
	run(&result, &what);
	cr_assert_str_eq(result.out.data, "2 x=y unset kept unset\n");
	cr_assert_str_eq(getenv("A"), "0");
}

Test(process, a_clear_environment_holds_only_what_was_set)
{
	scoped_value(process_result) result = { 0 };
	const struct process what = { .argv = ARGV("env"),
				      .clear_env = true,
				      .env = ARGV("ONLY=this", "GONE"),
				      .out = PROCESS_CAPTURE };

	setenv("GONE", "1", 1);
	run(&result, &what);
	cr_assert_str_eq(result.out.data, "ONLY=this\n");
}

/* Run with our own descriptors 1 and 2 on files; what was shown there. */
static void run_shown(struct process_result *result, const struct process *what,
		      struct buffer *out, struct buffer *err)
{
	char out_path[] = "/tmp/git-intoto-unit-XXXXXX";
	char err_path[] = "/tmp/git-intoto-unit-XXXXXX";
	int files[2] = { mkostemp(out_path, O_CLOEXEC),
			 mkostemp(err_path, O_CLOEXEC) };
	int saved[2] = { fcntl(1, F_DUPFD_CLOEXEC, 10),
			 fcntl(2, F_DUPFD_CLOEXEC, 10) };

	dup2(files[0], 1);
	dup2(files[1], 2);
	run(result, what);
	for (int i = 0; i < 2; i++) {
		dup2(saved[i], i + 1);
		close(saved[i]);
		close(files[i]);
	}
	cr_assert_eq(file_read(out, out_path, 1000, NULL), 0);
	cr_assert_eq(file_read(err, err_path, 1000, NULL), 0);
	unlink(out_path);
	unlink(err_path);
}

Test(process, streams_go_where_they_are_sent)
{
	static const struct {
		enum process_stream to_out, to_err;
		const char *shown_out, *shown_err, *kept_out, *kept_err;
	} cases[] = {
		{ PROCESS_INHERIT, PROCESS_INHERIT, "o", "e", "", "" },
		{ PROCESS_TEE, PROCESS_TEE, "o", "e", "o", "e" },
		{ PROCESS_TO_STDERR, PROCESS_DISCARD, "", "o", "", "" },
		{ PROCESS_DISCARD, PROCESS_TEE, "", "e", "", "e" },
		{ PROCESS_CAPTURE, PROCESS_INHERIT, "", "e", "o", "" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		scoped_value(process_result) result = { 0 };
		scoped_value(buffer) out = BUFFER_INIT;
		scoped_value(buffer) err = BUFFER_INIT;
		const struct process what = {
			.argv = SHELL("printf o; printf e >&2"),
			.out = cases[i].to_out,
			.err = cases[i].to_err,
		};

		run_shown(&result, &what, &out, &err);
		cr_assert_str_eq(buffer_text(&out), cases[i].shown_out);
		cr_assert_str_eq(buffer_text(&err), cases[i].shown_err);
		cr_assert_str_eq(buffer_text(&result.out), cases[i].kept_out);
		cr_assert_str_eq(buffer_text(&result.err), cases[i].kept_err);
	}
}

Test(process, a_tee_shows_nothing_from_its_mark_on)
{
	static const struct {
		const char *script, *shown, *kept;
	} cases[] = {
		{ "printf 'aMARKb' >&2", "a", "aMARKb" },
		{ "printf MA >&2; sleep 0.1; printf 'RKb' >&2", "", "MARKb" },
		{ "printf 'aMA' >&2; sleep 0.1; printf X >&2", "aMAX", "aMAX" },
		{ "printf 'aMAR' >&2", "aMAR", "aMAR" },
		{ "printf 'MMARK' >&2; sleep 0.1; printf c >&2", "M",
		  "MMARKc" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		scoped_value(process_result) result = { 0 };
		scoped_value(buffer) out = BUFFER_INIT;
		scoped_value(buffer) err = BUFFER_INIT;
		const struct process what = {
			.argv = SHELL(cases[i].script),
			.err = PROCESS_TEE,
			.tee_until = "MARK",
		};

		run_shown(&result, &what, &out, &err);
		cr_assert_str_eq(buffer_text(&err), cases[i].shown);
		cr_assert_str_eq(buffer_text(&result.err), cases[i].kept);
	}
}

Test(process, a_tee_whose_reader_is_gone_still_keeps_all)
{
	scoped_value(process_result) result = { 0 };
	const struct process what = {
		.argv = SHELL("i=0; while [ $i -lt 500 ]; do echo line $i; "
			      "i=$((i+1)); done"),
		.out = PROCESS_TEE,
	};
	int ends[2];
	int saved = fcntl(1, F_DUPFD_CLOEXEC, 10);

	signal(SIGPIPE, SIG_DFL);
	cr_assert_eq(pipe2(ends, O_CLOEXEC), 0);
	dup2(ends[1], 1);
	close(ends[1]);
	close(ends[0]);
	run(&result, &what);
	dup2(saved, 1);
	close(saved);
	cr_assert_eq(result.status, 0);
	cr_assert_not_null(strstr(result.out.data, "line 499\n"));
}

Test(process, works_with_the_standard_descriptors_closed)
{
	scoped_value(process_result) result = { 0 };
	const struct process what = {
		.argv = SHELL("cat; echo err >&2"),
		.input = "in\n",
		.input_len = 3,
		.out = PROCESS_CAPTURE,
		.err = PROCESS_CAPTURE,
	};
	int saved[3];

	for (int i = 0; i < 3; i++) {
		saved[i] = fcntl(i, F_DUPFD_CLOEXEC, 10);
		close(i);
	}
	int status = process_run(&result, &what, NULL);

	for (int i = 0; i < 3; i++)
		dup2(saved[i], i);
	cr_assert_eq(status, 0);
	cr_assert_str_eq(result.out.data, "in\n");
	cr_assert_str_eq(result.err.data, "err\n");
}

static size_t count_descriptors(void)
{
	size_t n = 0;

	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

Test(process, leaks_no_descriptor_and_gives_none_to_the_child)
{
	struct process what = { .argv = SHELL("ls /proc/self/fd | wc -l"),
				.out = PROCESS_CAPTURE,
				.err = PROCESS_CAPTURE,
				.input = "" };
	const struct process bad = { .argv = ARGV("/no/such"),
				     .out = PROCESS_CAPTURE,
				     .err = PROCESS_CAPTURE,
				     .input = "" };
	size_t before = count_descriptors();
	scoped_value(process_result) first = { 0 };
	scoped_value(process_result) second = { 0 };
	struct process_pipe pipe = { 0 };
	int status;

	run(&first, &what);
	cr_assert_eq(process_run(&second, &bad, NULL), -1);
	cr_assert_eq(count_descriptors(), before);
	cr_assert_eq(process_pipe_open(&pipe,
				       &(struct process){ .argv = ARGV("cat") },
				       NULL),
		     0);
	run(&second, &what);
	cr_assert_str_eq(second.out.data, first.out.data);
	cr_assert_eq(process_pipe_close(&status, &pipe, NULL), 0);
	cr_assert_eq(count_descriptors(), before);
}

Test(process, a_pipe_talks_both_ways)
{
	scoped_value(process_pipe) pipe = { 0 };
	struct intoto_error err = { 0 };
	const struct process what = { .argv = ARGV("cat"), .cwd = "/" };
	char line[16] = "";
	int status = -1;

	cr_assert_eq(process_pipe_open(&pipe, &what, &err), 0, "%s",
		     err.message);
	for (int i = 0; i < 100; i++) {
		cr_assert_eq(process_pipe_write(&pipe, "hello\n", 6, &err), 0);
		cr_assert_eq(read(pipe.from, line, sizeof(line)), 6);
		cr_assert_eq(memcmp(line, "hello\n", 6), 0);
	}
	cr_assert_eq(process_pipe_close(&status, &pipe, &err), 0);
	cr_assert_eq(status, 0);
	cr_assert_eq(process_pipe_close(&status, &pipe, &err), -1);
	cr_assert_eq(pipe.to, -1);
}

Test(process, writing_to_a_dead_pipe_is_an_error_and_no_signal)
{
	scoped_value(process_pipe) pipe = { 0 };
	struct intoto_error err = { 0 };
	const struct process what = { .argv = SHELL("exit 4") };
	scoped_text data = xcalloc(1u << 20, 1);
	int status = -1;

	signal(SIGPIPE, SIG_DFL);
	cr_assert_eq(process_pipe_open(&pipe, &what, &err), 0);
	cr_assert_eq(process_pipe_write(&pipe, data, 1u << 20, &err), -1);
	cr_assert_eq(err.code, INTOTO_ECHILD);
	cr_assert_eq(process_pipe_close(&status, &pipe, &err), 0);
	cr_assert_eq(status, 4);
}

Test(process, a_pipe_to_nothing_fails_at_once)
{
	struct process_pipe pipe = { 0 };
	struct intoto_error err = { 0 };
	const struct process what = { .argv = ARGV("no-such-program-here") };

	cr_assert_eq(process_pipe_open(&pipe, &what, &err), -1);
	cr_assert_eq(err.code, INTOTO_ENOTFOUND);
	cr_assert_eq(pipe.pid, 0);
	process_pipe_release(&pipe);
}

Test(process, a_child_that_is_late_is_ended_with_all_it_started)
{
	scoped_value(process_result) result = { 0 };
	struct intoto_error err = { 0 };
	const struct process what = {
		.argv = SHELL("trap : TERM; sleep 50 & while :; do wait; done"),
		.out = PROCESS_CAPTURE,
		.timeout = 1,
	};

	cr_assert_eq(process_run(&result, &what, &err), -1);
	cr_assert_eq(err.code, INTOTO_ECHILD);
	cr_assert_str_eq(err.message,
			 "'sh' took longer than 1 seconds and was ended");
}

Test(process, a_child_in_time_has_its_status_and_output)
{
	scoped_value(process_result) result = { 0 };
	const struct process what = {
		.argv = SHELL("echo out; exit 4"),
		.out = PROCESS_CAPTURE,
		.timeout = 50,
		.outlive = true,
	};
	sigset_t before;
	sigset_t after;

	sigprocmask(SIG_BLOCK, NULL, &before);
	run(&result, &what);
	sigprocmask(SIG_BLOCK, NULL, &after);
	cr_assert_eq(result.status, 4);
	cr_assert_eq(result.interrupted, 0);
	cr_assert_str_eq(result.out.data, "out\n");
	for (int i = 1; i < 32; i++)
		cr_assert_eq(sigismember(&before, i), sigismember(&after, i));
}

Test(process, without_pipes_a_watched_child_is_waited_for)
{
	scoped_value(process_result) result = { 0 };
	const struct process what = {
		.argv = SHELL("kill -KILL $$"),
		.outlive = true,
	};

	run(&result, &what);
	cr_assert_eq(result.signal, SIGKILL);
	cr_assert_eq(result.status, 128 + SIGKILL);
}

Test(process, a_signal_to_us_goes_to_the_child_we_outlive)
{
	scoped_value(process_result) result = { 0 };
	const struct process what = {
		.argv = SHELL("trap 'exit 0' TERM; kill -TERM $PPID;"
			      "while :; do sleep 1; done"),
		.out = PROCESS_CAPTURE,
		.outlive = true,
	};

	signal(SIGTERM, SIG_DFL);
	run(&result, &what);
	cr_assert_eq(result.interrupted, SIGTERM);
	cr_assert_eq(result.status, 0);
}

Test(process, an_ignored_signal_stays_ignored)
{
	scoped_value(process_result) result = { 0 };
	const struct process what = {
		.argv = SHELL("kill -HUP $PPID"),
		.outlive = true,
	};

	signal(SIGHUP, SIG_IGN);
	run(&result, &what);
	cr_assert_eq(result.interrupted, 0);
	cr_assert_eq(result.status, 0);
}

Test(process, a_watched_child_that_cannot_start_leaves_no_trace)
{
	scoped_value(process_result) result = { 0 };
	struct intoto_error err = { 0 };
	const struct process what = {
		.argv = ARGV("/no/such/program"),
		.outlive = true,
	};
	sigset_t after;

	cr_assert_eq(process_run(&result, &what, &err), -1);
	cr_assert_eq(err.code, INTOTO_ENOTFOUND);
	sigprocmask(SIG_BLOCK, NULL, &after);
	cr_assert_not(sigismember(&after, SIGTERM));
}
