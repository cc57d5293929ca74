#!/bin/sh
test_description='verify tells what the rules did, and where things are'
# shellcheck source=t/test-lib.sh
. ./test-lib.sh
# shellcheck source=t/forge-lib.sh
. "$SHARNESS_TEST_SRCDIR/forge-lib.sh"

# relink STATEMENTS: the build link, changed and signed again.
relink() {
	forge mona "$1" <good.build >forged &&
	cat good.tag forged | put_note v1.0
}

test_expect_success 'set-up' '
	make_ssh_key mona &&
	sign_with_ssh mona &&
	init_project project &&
	cd project &&
	echo one >one.c &&
	git add one.c &&
	git commit -q -m "add the first" &&
	echo more >>README &&
	git add README &&
	git commit -q -m "more words" &&
	git intoto tag -m v1.0 v1.0 &&
	git intoto build -p "dist/*" -- make dist >/dev/null &&
	line_of v1.0 tag >good.tag &&
	line_of v1.0 build >good.build &&
	git intoto verify v1.0 dist/main.txt
'

test_expect_success 'every rule of a tag that is accepted' '
	git intoto verify --explain v1.0 >out &&
	grep "^build.expected_materials: the queue has [0-9]*: " out &&
	grep "^  \[0\] MATCH \* WITH MATERIALS FROM tag: takes [0-9]*: .*${SQ}one.c${SQ}.*; leaves 0$" \
		out &&
	grep "^  \[1\] DISALLOW \*: stops nothing$" out &&
	grep "^build.expected_products: the queue has 2: .*${SQ}dist/main.txt${SQ}$" \
		out &&
	grep "^  left at the end: 0$" out &&
	tail -n 1 out | grep "^accepted: " &&
	git intoto verify v1.0 >out &&
	! grep "the queue" out
'

test_expect_success 'a changed material: the rule, both digests, the commit' '
	relink "s[\"materials\"][\"one.c\"][\"sha256\"] = \"ab\" * 32" &&
	refused 1 rule-disallow git intoto verify v1.0 &&
	grep "^  build.expected_materials: the queue has " err &&
	grep "^    \[1\] DISALLOW \*: stopped by 1: ${SQ}one.c${SQ}$" err &&
	grep "^        ${SQ}one.c${SQ} here: sha256 abab" err &&
	grep "${SQ}one.c${SQ} is a material of ${SQ}tag${SQ}: sha256 2c8b08da.*, another content$" \
		err &&
	first=$(git rev-parse --short=12 HEAD~1) &&
	grep "${SQ}one.c${SQ} was last changed by commit $first ....-..-.. .*: add the first$" \
		err &&
	! grep "expected_products" err
'

test_expect_success 'the same for programs' '
	test_expect_code 1 git intoto verify --json v1.0 >json 2>/dev/null &&
	json "\"\\n\".join(j[\"reasons\"][0][\"trace\"])" <json >trace &&
	grep "DISALLOW \*: stopped by 1: " trace &&
	grep "was last changed by commit" trace &&
	test_expect_code 1 git intoto verify --json --explain v1.0 >json \
		2>/dev/null &&
	json "len(j[\"explained\"])" <json >n &&
	test "$(cat n)" -gt 6
'

test_expect_success 'the same content by another name' '
	relink "
m = s[\"materials\"]; m[\"two.c\"] = m.pop(\"one.c\")" &&
	refused 1 rule-disallow git intoto verify v1.0 &&
	grep "its content is that of the material ${SQ}one.c${SQ} of ${SQ}tag${SQ}$" \
		err
'

test_expect_success 'nowhere else' '
	relink "s[\"materials\"][\"new.c\"] = {\"sha256\": \"cd\" * 32}" &&
	refused 1 rule-disallow git intoto verify v1.0 &&
	grep "no other list has it, by name or content$" err &&
	! grep "last changed" err
'

test_expect_success 'names do not speak to the terminal' '
	relink "s[\"materials\"][\"a\\033]0;x\\007b\"] = {\"sha256\": \"cd\" * 32}" &&
	refused 1 rule-disallow git intoto verify --explain v1.0 &&
	! LC_ALL=C grep "$(printf "[\001-\010\016-\037]")" err out &&
	grep "stopped by 1: ${SQ}a.*x.*b${SQ}" err
'

test_expect_success 'of many names the first are shown' '
	relink "
for i in range(5000):
    s[\"materials\"][\"x%d\" % i] = {\"sha256\": \"cd\" * 32}" &&
	refused 1 rule-disallow git intoto verify v1.0 &&
	grep "DISALLOW \*: stopped by 5000: .* and 4990 more$" err &&
	test "$(wc -c <err)" -lt 8000
'

test_done
