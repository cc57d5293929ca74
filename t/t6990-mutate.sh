#!/bin/sh
test_description='make mutate tells the refusals that a test sees from the others'
# shellcheck source=t/test-lib.sh
. ./test-lib.sh

mutate() {
	/usr/bin/python3 "$intoto_top/t/mutate.py" --dir "$intoto_private/mutants" "$@" \
		>out 2>err
}

test_expect_success 'refusals of every part of the guard are listed' '
	mutate --list &&
	for file in guard_tag guard_lines guard_layouts bind judge_tag_step \
		rootchain pending_line
	do
		grep "^src/policy/$file.c:[0-9]*  *[a-z]" out || return 1
	done &&
	grep "^src/repo/tagobject.c:.* tag-nested " out &&
	test "$(wc -l <out)" -gt 150
'

test_expect_success 'of all codes that a push can meet one is in the list' '
	/usr/bin/python3 "$intoto_top/t/attack_codes.py" | cut -d " " -f 1 \
		>codes &&
	for code in tag-moved tag-renamed line-misfiled layout-rollback \
		root-gap notes-shrunk ref-reserved
	do
		grep -x $code codes && grep -w -e $code out || return 1
	done
'

# The only test that runs knows of signatures on tags, and nothing of links.
cat >t0000-signed.sh <<\EOT
#!/bin/sh
test_description='unsigned tags'
. ./test-lib.sh
. "$SHARNESS_TEST_SRCDIR/forge-lib.sh"
. "$SHARNESS_TEST_SRCDIR/attack-lib.sh"
attack_set_up 'attack_base'
attack tag-unsigned 'a tag without a signature' '
	tag_text bad | push_tag bad
'
accept 'a tag' '
	push --atomic origin "$(shard_ref v1.1)" v1.1
'
attacks_done
EOT

mutate_three() {
	mutate --extra t0000-signed.sh --tests t0000-signed.sh \
		--only "judge_tag_step.c:.* tag-unsigned " \
		--only "facts.c:.* tag-renamed " \
		--only "guard_tag.c:.* judge_object .*err" "$@"
}

test_expect_success 'a mutant that a test sees, others that none comes to' '
	test_expect_code 1 mutate_three &&
	grep "^seen  .*tag-unsigned" out &&
	grep "^ *-> t0000-signed.sh: tag-unsigned: a tag without a signature" \
		out &&
	grep "^unreached  *src/policy/facts.c .*tag-renamed" out &&
	grep "^unreached  *src/policy/guard_tag.c judge_object .* #3" out &&
	grep "^5 refusals: 1 seen, 0 covered, 0 survived, 4 unreached," out
'

test_expect_success 'which attack of a file comes to a line is known' '
	/usr/bin/python3 -c "import json
parts = json.load(open(\"$intoto_private/mutants/reach.json\"))[
    \"tests\"][\"t0000-signed.sh\"][\"parts\"]
print([parts[number][\"codes\"] for number in sorted(parts)])" >codes &&
	echo "[[], [${SQ}tag-unsigned${SQ}], [${SQ}accepted${SQ}]]" >expected &&
	test_cmp expected codes
'

test_expect_success 'what was seen is not judged again' '
	test_expect_code 1 mutate_three --resume &&
	! grep "^1/5 seen" out &&
	grep "^[0-9]*/5 unreached" out &&
	grep "^5 refusals: 1 seen, 0 covered, 0 survived, 4 unreached," out
'

test_expect_success 'without a look at lines, all tests run' '
	test_expect_code 1 mutate_three --no-coverage &&
	grep "^5 refusals: 1 seen, 0 covered, 4 survived, 0 unreached," out
'

test_done
