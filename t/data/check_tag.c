/*
 * check_tag.c: another program, which knows the installed headers alone.
 *
 *	check_tag TAG KEY [FILE...]	KEY "-": whom this clone trusts
 *	check_tag --layout LAYOUT DIR KEY
 *
 * Prints the verdict and its reasons; exit status 0, 1 or 128.
 */
#include <intoto/check.h>
#include <intoto/layout.h>
#include <intoto/link.h>
#include <intoto/verify.h>

#include <stdio.h>
#include <string.h>
#include <time.h>

static int failed(const struct intoto_error *err)
{
	printf("unknown: %s\n", err->message);
	return 128;
}

static int tell(const struct intoto_verdict *verdict)
{
	size_t i;

	for (i = 0; i < intoto_verdict_file_count(verdict); i++) {
		const char *step = intoto_verdict_file_step(verdict, i);

		printf("file %s from %s\n",
		       intoto_verdict_file_path(verdict, i),
		       step ? step : "nothing");
	}
	for (i = 0; i < intoto_verdict_finding_count(verdict); i++)
		printf("reason %s\n",
		       intoto_finding_reason(
			       intoto_verdict_finding(verdict, i)));
	if (intoto_verdict_accepts(verdict)) {
		puts("accepted");
		return 0;
	}
	puts("rejected");
	return 1;
}

static int by_layout(char **argv)
{
	struct intoto_error err = { INTOTO_OK, "", "", "" };
	const struct intoto_key *keys[1];
	struct intoto_verdict *verdict = NULL;
	struct intoto_key *key = NULL;
	int status;

	if (intoto_key_load(&key, argv[4], &err) < 0)
		return failed(&err);
	keys[0] = key;
	if (intoto_verify_layout(&verdict, argv[2], argv[3], keys, 1,
				 (int64_t)time(NULL), 0, &err) < 0)
		status = failed(&err);
	else
		status = tell(verdict);
	intoto_verdict_free(verdict);
	intoto_key_free(key);
	return status;
}

static int set_key(struct intoto_check_options *options, const char *spec,
		   struct intoto_error *err)
{
	struct intoto_key *key = NULL;

	if (!strcmp(spec, "-"))
		return 0;
	if (intoto_key_load(&key, spec, err) < 0)
		return -1;
	intoto_check_options_add_key(options, key);
	intoto_key_free(key);
	return 0;
}

static int by_tag(int argc, char **argv)
{
	struct intoto_error err = { INTOTO_OK, "", "", "" };
	struct intoto_check_options *options = intoto_check_options_new();
	struct intoto_verdict *verdict = NULL;
	struct intoto_repo *repo = NULL;
	int status;

	if (set_key(options, argv[2], &err) < 0 ||
	    intoto_repo_open(&repo, &err) < 0 ||
	    intoto_check_tag(&verdict, repo, argv[1],
			     (const char *const *)argv + 3, (size_t)argc - 3,
			     options, &err) < 0)
		status = failed(&err);
	else
		status = tell(verdict);
	intoto_verdict_free(verdict);
	intoto_repo_free(repo);
	intoto_check_options_free(options);
	return status;
}

int main(int argc, char **argv)
{
	if (argc == 5 && !strcmp(argv[1], "--layout"))
		return by_layout(argv);
	if (argc < 3)
		return 129;
	return by_tag(argc, argv);
}
