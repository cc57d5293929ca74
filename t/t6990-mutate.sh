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
attacks_done
EOT

test_expect_success 'a mutant that a test sees, and one that none can see' '
	test_expect_code 1 mutate --extra t0000-signed.sh \
		--tests t0000-signed.sh \
		--only "judge_tag_step.c:.* tag-unsigned " \
		--only "facts.c:.* tag-renamed " &&
	grep "^seen  .*tag-unsigned" out &&
	grep "^ *-> t0000-signed.sh: tag-unsigned: a tag without a signature" \
		out &&
	grep "^survived  *src/policy/facts.c:[0-9]* .*tag-renamed" out &&
	grep "^2 refusals: 1 seen, 1 survived, 0 unseen, 0 unbuilt" out
'

test_expect_success 'what was judged is not judged again' '
	test_expect_code 1 mutate --resume --extra t0000-signed.sh \
		--tests t0000-signed.sh \
		--only "judge_tag_step.c:.* tag-unsigned " \
		--only "facts.c:.* tag-renamed " &&
	! grep "^[0-9]*/2 " out &&
	grep "^2 refusals: 1 seen, 1 survived, 0 unseen, 0 unbuilt" out
'

test_done
