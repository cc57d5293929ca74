#!/bin/sh
test_description='every code that can refuse a push has a push that it refuses'
# shellcheck source=t/test-lib.sh
. ./test-lib.sh

# What a hook can reach and no push can end in, and why.
cat >never <<\EOF
signature-missing a line has one signature, and that one is tried
signature-unknown-key a tag by an unknown key is tag-signer
link-missing of the tag step it is called tag-unlinked
trust-project hooks read the trust, and pin nothing
root-pinned hooks read the trust, and pin nothing
root-conflict only a clone with remotes has two roots to compare
layout-parameter hooks judge the tag step, which no sublayout may do
rule-disallow hooks judge the tag step, which no sublayout may do
rule-match hooks judge the tag step, which no sublayout may do
rule-require hooks judge the tag step, which no sublayout may do
sublayout-cycle hooks judge the tag step, which no sublayout may do
sublayout-limit hooks judge the tag step, which no sublayout may do
sublayout-unjudged hooks judge the tag step, which no sublayout may do
EOF

# Each attack file writes down what it ran. One that runs just now is waited
# for; one that has not run to its end with this program runs now.
attack_files=$(cd "$SHARNESS_TEST_SRCDIR" &&
	ls t64*.sh t65*.sh t66*.sh t67*.sh t68*.sh)

record_of() {
	"$SHARNESS_TEST_SRCDIR/attack-record" "$1" "$intoto_program"
}

ran_already() {
	ran_record=$(record_of "$1") &&
	flock "$ran_record.lock" true &&
	test -f "$ran_record"
}

run_now() {
	( cd "$SHARNESS_TEST_SRCDIR" &&
		unset INTOTO_ATTACKS HARNESS_ACTIVE &&
		INTOTO_PROGRAM=$intoto_program sh "./$1" \
			--root="$intoto_private" ) >log 2>&1 || {
		grep "^not ok\|^Bail out" log
		return 1
	}
}

for file in $attack_files; do
	test_expect_success "what $file pushed" '
		{ ran_already $file || run_now $file; } &&
		sed "s/\$/	$file/" "$(record_of $file)" >>all
	'
done

# CODE, tab, TITLE, tab, FILE: one line for each code of an attack.
test_expect_success 'the table' '
	awk -F "\t" "{
		n = split(\$1, codes, \",\")
		for (i = 1; i <= n; i++)
			print codes[i] \"\t\" \$2 \"\t\" \$3
	}" all | LC_ALL=C sort >table &&
	cut -f 1 table | uniq -c
'

test_expect_success 'at least 60 pushes are refused, and 15 get in' '
	test "$(grep -vc "^accepted" all)" -ge 60 &&
	test "$(grep -c "^accepted" all)" -ge 15
'

test_expect_success 'each code that a hook can reach refuses a push' '
	/usr/bin/python3 "$SHARNESS_TEST_SRCDIR/attack_codes.py" \
		"$intoto_top" >reached &&
	cut -d " " -f 1 reached | LC_ALL=C sort >codes &&
	test "$(wc -l <codes)" -gt 50 &&
	cut -d " " -f 1 never | LC_ALL=C sort >excused &&
	cut -f 1 table | LC_ALL=C sort -u >pushed &&
	LC_ALL=C comm -23 codes pushed | LC_ALL=C comm -23 - excused >lacking &&
	{ ! test -s lacking || { grep -f lacking reached; false; }; }
'

test_expect_success 'no code is excused that is met, or gone' '
	LC_ALL=C comm -12 excused pushed >met &&
	LC_ALL=C comm -23 excused codes >gone &&
	! grep . met gone
'

test_expect_success 'no attack names a code that nobody can reach' '
	LC_ALL=C comm -13 codes pushed | grep -v -x -e - -e accepted >strange
	! grep . strange
'

# For those who read: rule -> pushes.
if test -f table; then
	awk -F "\t" '{
		if ($1 != code)
			printf "# %s\n", $1
		code = $1
		sub(/-.*/, "", $3)
		printf "#     %s (%s)\n", $2, $3
	}' table >&5
fi

test_done
