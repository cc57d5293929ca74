/* test_pattern.c: the expectations of t/data/fnmatch.jsonl are Python's. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "json/json.h"
#include "metadata/pattern.h"

static bool matches(const char *pattern, const char *name)
{
	return pattern_match(pattern, strlen(pattern), name, strlen(name));
}

Test(pattern, agrees_with_python)
{
	FILE *file = fopen("t/data/fnmatch.jsonl", "r");
	char line[1024];
	size_t n = 0;

	cr_assert_not_null(file);
	while (fgets(line, sizeof(line), file)) {
		json_t *one = json_loads(line, 0, NULL);
		const json_t *pattern = json_array_get(one, 0);
		const json_t *name = json_array_get(one, 1);
		const bool expected = json_is_true(json_array_get(one, 2));

		cr_assert_not_null(one, "%s", line);
		cr_expect_eq(pattern_match(json_string_value(pattern),
					   json_string_length(pattern),
					   json_string_value(name),
					   json_string_length(name)),
			     expected, "%s", line);
		json_decref(one);
		n++;
	}
	fclose(file);
	cr_assert_gt(n, 1000);
}

Test(pattern, star_crosses_slashes_and_newlines)
{
	cr_expect(matches("*", "a/b\nc"));
	cr_expect(matches("src/*.c", "src/deep/er/x.c"));
	cr_expect_not(matches("src/*.c", "src/x.c\n"));
}

Test(pattern, backslash_escapes_nothing)
{
	cr_expect(matches("a\\*", "a\\b"));
	cr_expect_not(matches("a\\*", "a*"));
}

Test(pattern, many_stars_take_no_exponential_time)
{
	char pattern[4001];
	char name[20001];

	for (size_t i = 0; i < 4000; i += 2)
		memcpy(pattern + i, "*a", 2);
	pattern[4000] = '\0';
	memset(name, 'a', 20000);
	name[19999] = 'b';
	name[20000] = '\0';
	cr_expect_not(matches(pattern, name));
}

Test(pattern, open_brackets_take_no_cubic_time)
{
	char pattern[4003];
	char name[4001];

	pattern[0] = '*';
	memset(pattern + 1, '[', 4000);
	memcpy(pattern + 4001, "b", 2);
	memset(name, '[', 4000);
	name[4000] = '\0';
	cr_expect_not(matches(pattern, name));
}
