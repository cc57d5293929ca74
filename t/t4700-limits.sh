#!/bin/sh
test_description='limits are refusals, in plain words and in little time'
# shellcheck source=t/test-lib.sh
. ./test-lib.sh

PYTHON=/usr/bin/python3
SECONDS_MAX=20 # for each verdict; most take a hundredth of one

test_expect_success 'set-up: a key that may do everything' '
	make_pem_key ed &&
	make_ssh_key mona &&
	sign_with_ssh mona &&
	mkdir products
'

# make_case CASE: in the folder `case`.
make_case() {
	rm -rf case &&
	"$PYTHON" "$SHARNESS_TEST_SRCDIR/interop/limits.py" "$HOME/ed.pem" \
		"$1" case
}

judge() {
	(
		cd products &&
		timeout "$SECONDS_MAX" git-intoto verify \
			--layout ../case/root.layout --link-dir ../case/links \
			--key "$HOME/ed.pub.pem" "$@"
	)
}

accepts() {
	make_case "$1" &&
	judge >out 2>err || { cat out err; return 1; }
}

# refuses CASE STATUS REASON TEXT: the text is on stderr.
refuses() {
	make_case "$1" &&
	refused "$2" "$3" judge >/dev/null &&
	grep -e "$4" err >/dev/null || { head -n 20 err; return 1; }
}

test_expect_success 'ten thousand steps, each with a link' '
	accepts steps
'

test_expect_success 'ten thousand steps without one link' '
	refuses steps_missing 1 link-missing "step .s9999.: no link" &&
	grep "^rejected: 10000 reasons" out
'

test_expect_success 'one step more is refused' '
	refuses steps_over 128 - "more than 10000 entries in .steps."
'

test_expect_success 'a hundred thousand pubkeys, and a thousand keys' '
	refuses pubkeys 1 link-missing "by nobody"
'

test_expect_success 'more pubkeys are refused' '
	refuses pubkeys_over 128 - "more than 100000 pubkeys"
'

test_expect_success 'one key, named ten thousand times' '
	accepts pubkeys_repeated
'

test_expect_success 'a million artifacts' '
	accepts artifacts
'

test_expect_success 'one artifact more counts for nothing' '
	refuses artifacts_over 1 link-missing "more than 1000000 artifacts"
'

test_expect_success 'JSON that is 65 deep, or ten million' '
	refuses depth 1 link-missing "nested deeper than 64" &&
	refuses depth_bomb 1 link-missing "is passed over"
'

test_expect_success 'metadata over intoto.maxLinkSize' '
	accepts size &&
	git init -q repo &&
	rmdir products &&
	mv repo products &&
	git -C products config intoto.maxLinkSize 50k &&
	refused 1 link-missing judge &&
	grep "is passed over: .* larger than 51200 bytes" err &&
	git -C products config intoto.maxLinkSize 500 &&
	refused 128 - judge &&
	git -C products config --unset intoto.maxLinkSize
'

test_expect_success 'sixteen sublayouts in each other, and not seventeen' '
	accepts tower_16 &&
	refuses tower 1 sublayout-limit "more than 16 sublayouts deep"
'

test_expect_success 'a sublayout in itself' '
	refuses circle 1 sublayout-cycle "a sublayout of itself"
'

test_expect_success 'sublayouts that multiply' '
	refuses fan 1 sublayout-limit "the 1001st sublayout"
'

test_expect_success 'signatures without keyid, and keys, without number' '
	refuses anonymous 1 step-threshold "signature does not hold"
'

test_expect_success 'more than a thousand signatures' '
	refuses signatures_over 1 link-missing "more than 1000 signatures"
'

test_expect_success 'a step whose name is a path is not read' '
	for name in a/b /a ../x .. . "" "\\0" "a\\0b" "\\x1b" "\\n"
	do
		make_case "name=$name" &&
		refused 128 - judge || return 1
	done
'

test_expect_success 'a step whose name is a path is not written' '
	init_project project --key "$HOME/ed.pem" &&
	for name in a/b ../x .. . "" "$(printf "a\033")"
	do
		(
			cd project &&
			test_must_fail git intoto layout add-step release \
				"$name" --by "$HOME/ed.pem" >../out 2>../err
		) &&
		grep "cannot be a name" err || return 1
	done
'

test_expect_success 'no escape sequence reaches the terminal' '
	make_case escapes &&
	for how in "" --json --strict --explain
	do
		test_expect_code 1 judge $how >out 2>&1 &&
		grep owned out >/dev/null &&
		"$PYTHON" -c "
import sys
text = open(\"out\", \"rb\").read()
for bad in b\"\\x1b\", b\"\\x07\", b\"\\xc2\\x9b\", b\"\\xe2\\x80\\xae\":
    assert bad not in text, bad
" || return 1
	done
'

test_done
