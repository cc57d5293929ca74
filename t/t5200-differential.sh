#!/bin/sh
test_description='the verdict of a layout file is that of the in-toto library

DIFFERENTIAL_SEED=N makes the supply chains of that seed, DIFFERENTIAL_CASES=N
that many. What differs is kept in the trash directory.'
# shellcheck source=t/test-lib.sh
. ./test-lib.sh

PYTHON=/usr/bin/python3
if ! "$PYTHON" -c 'import in_toto' 2>/dev/null; then
	echo "Bail out! the Python library in_toto is missing (package in-toto)"
	exit 1
fi
seed=${DIFFERENTIAL_SEED:-1}
cases=${DIFFERENTIAL_CASES:-500}

test_expect_success "$cases random supply chains (seed $seed), and some by hand" '
	"$PYTHON" "$SHARNESS_TEST_SRCDIR/interop/differential.py" \
		--program "$intoto_program" --dir chains --seed "$seed" \
		--cases "$cases" >out || { cat out && false; }
'

# Else everything might be refused by both, or nothing compared at all.
test_expect_success 'both verdicts, and every difference that is listed, are seen' '
	cat out &&
	grep "^seed $seed$" out &&
	sed -n "s/^verdicts: *//p" out >verdicts &&
	"$PYTHON" -c "
import ast, sys
verdicts = ast.literal_eval(open(\"verdicts\").read())
total = sum(verdicts.values())
assert total >= 500, total
for verdict in \"accept\", \"refuse\":
    assert verdicts[verdict] * 5 >= total, verdicts
"
'

test_expect_success 'each difference is explained in the manual' '
	page=$intoto_top/Documentation/technical/differences.adoc &&
	sed -n "/^ALLOWED = {/,/^}/s/^ *\"\([a-z0-9-]*\)\":.*/\1/p" \
		"$SHARNESS_TEST_SRCDIR/interop/differential.py" >tags &&
	test "$(wc -l <tags)" -gt 10 &&
	while read -r tag
	do
		grep -q "^// $tag$" "$page" || {
			echo "$page: no row of $tag"
			return 1
		}
	done <tags
'

test_done
