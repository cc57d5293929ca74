#!/bin/sh
test_description='pushes that a guarded server takes'
# shellcheck source=t/test-lib.sh
. ./test-lib.sh
# shellcheck source=t/forge-lib.sh
. "$SHARNESS_TEST_SRCDIR/forge-lib.sh"
# shellcheck source=t/attack-lib.sh
. "$SHARNESS_TEST_SRCDIR/attack-lib.sh"

attack_set_up 'attack_base'

# empty_server: the pin, and nothing else.
empty_server() {
	git --git-dir=../server.git for-each-ref --format="delete %(refname)" |
		git --git-dir=../server.git update-ref --stdin
}

a_build() {
	line_of v1.0 build | forge "$1" "s[\"byproducts\"] = {\"n\": \"$1\"}"
}

accept 'a branch' '
	git commit -q --allow-empty -m more &&
	push origin main
'

accept 'a branch, an unprotected note and its deletion' '
	git notes add -m x &&
	git push -q origin refs/notes/commits &&
	git commit -q --allow-empty -m more &&
	push origin main :refs/notes/commits
'

accept 'the first layout, link and tag, in one push' '
	empty_server &&
	push --atomic origin main $layout_ref "$(shard_ref v1.0)" \
		"$(shard_ref v1.1)" v1.0 v1.1
'

accept 'the same, not atomic and the tag first' '
	empty_server &&
	push origin v1.1 "$(shard_ref v1.1)" $layout_ref
'

accept 'a link and its tag' '
	push --atomic origin "$(shard_ref v1.1)" v1.1
'

accept 'links before their tag' '
	push origin "$(shard_ref v1.1)"
'

accept 'a tag whose links came before' '
	git push -q origin "$(shard_ref v1.1)" &&
	push origin v1.1
'

accept 'a build link, later, by another machine' '
	git push -q --atomic origin "$(shard_ref v1.1)" v1.1 &&
	line_of v1.1 tag | forge ci "s[\"name\"] = \"build\"" | push_lines v1.1
'

accept 'a build link that is bound by content alone' '
	line_of v1.0 build | forge ci "s[\"environment\"] = {}" | push_lines v1.0
'

accept 'a link in a DSSE envelope' '
	line_of v1.0 build | dsse ci "s[\"byproducts\"] = {\"n\": 1}" |
		push_lines v1.0
'

accept 'the links of a commit' '
	commit=$(git rev-parse v1.0^{}) &&
	line_of v1.0 build | forge ci "for name in (\"ref\", \"tag\", \"tagSha256\"):
	g.pop(name)" | push_lines "$commit"
'

accept 'many links at once' '
	for n in 1 2 3 4 5 6 7 8 9; do
		line_of v1.0 build | forge ci "s[\"byproducts\"] = {\"n\": $n}" ||
			exit 1
	done | push_lines v1.0
'

accept 'a second version of the layout' '
	git intoto layout renew release >/dev/null &&
	push origin $layout_ref
'

accept 'a version that has expired, and the next one that has not' '
	next_layout mona "s[\"expires\"] = \"2020-01-01T00:00:00Z\"" >../one &&
	layout_commit $layout_ref <../one &&
	git update-ref $layout_ref "$layout_tip" &&
	git push -q origin $layout_ref &&
	push_layout mona "s[\"expires\"] = \"2099-01-01T00:00:00Z\""
'

accept 'a merge of two writers' '
	ref=$(shard_ref v1.0) &&
	tip=$(git rev-parse $ref) &&
	a_build ci | add_lines v1.0 &&
	git push -q origin $ref &&
	git update-ref $ref $tip &&
	a_build bob | add_lines v1.0 &&
	git fetch -q origin "+$ref:refs/notes/theirs" &&
	git notes --ref=$ref merge -q -s cat_sort_uniq refs/notes/theirs &&
	push origin $ref
'

accept 'a merge of two histories that have nothing in common' '
	ref=$(shard_ref v1.0) &&
	git fetch -q origin "$ref:refs/notes/theirs" &&
	a_build ci >../line &&
	git update-ref -d $ref &&
	add_lines v1.0 <../line &&
	git notes --ref=$ref merge -q -s cat_sort_uniq refs/notes/theirs &&
	push origin $ref
'

accept 'a link by a key that an older layout named' '
	git intoto layout remove-key release --step build "$HOME/bob.pub" \
		>/dev/null 2>&1 </dev/null || git intoto layout remove-key \
		release --step build --no-seal "$HOME/bob.pub" >/dev/null 2>&1
	git intoto layout sign release >/dev/null 2>&1 </dev/null ||
		git intoto layout sign --no-seal release >/dev/null 2>&1
	git push -q origin $layout_ref &&
	a_build bob | push_lines v1.0
'

accept 'a tag while every owner but the signers is away' '
	git -C ../server.git config intoto.maxLinkSize 1m &&
	tag_text v1.2 | armored mona | push_tag v1.2
'

accept 'an unsigned tag that a pattern excludes' '
	git -C ../server.git config intoto.protected "refs/tags/*" &&
	git -C ../server.git config --add intoto.protected "!refs/tags/nightly*" &&
	git tag -a -m x nightly-1 &&
	push origin nightly-1
'

accept 'an unsigned tag that no pattern names' '
	git -C ../server.git config intoto.protected "refs/tags/v*" &&
	git tag light &&
	push origin light
'

accept 'that tag is moved, and one is deleted' '
	git -C ../server.git config intoto.protected "refs/tags/v*" &&
	git push -q origin HEAD:refs/tags/a HEAD:refs/tags/b &&
	git commit -q --allow-empty -m x &&
	push --force origin HEAD:refs/tags/a :refs/tags/b
'

accept 'a movable tag' '
	git -C ../server.git config intoto.movable "refs/tags/canary" &&
	tag_text canary | armored mona | store_tag >../id &&
	id=$(cat ../id) &&
	link_to "$id" canary | add_lines "$id" &&
	git push -q --atomic origin "$(shard_ref "$id")" "$id:refs/tags/canary" &&
	tag_text canary | sed "s/1700000000/1700000001/" | armored mona |
		store_tag >../id &&
	id=$(cat ../id) &&
	link_to "$id" canary | add_lines "$id" &&
	push --force --atomic origin "$(shard_ref "$id")" \
		"$id:refs/tags/canary"
'

accept 'a branch, while the policy cannot be read' '
	echo "{" >../server.git/intoto/trust.json &&
	git commit -q --allow-empty -m more &&
	push origin main
'

accept 'a branch, while a pattern is empty' '
	git -C ../server.git config intoto.protected "" &&
	git commit -q --allow-empty -m more &&
	push origin main
'

accept 'a branch, while the layout has expired' '
	next_layout mona "s[\"expires\"] = \"2020-01-01T00:00:00Z\"" >../layout &&
	layout_commit $layout_ref <../layout &&
	git update-ref $layout_ref "$layout_tip" &&
	plant $layout_ref &&
	git commit -q --allow-empty -m more &&
	push origin main
'

accept 'a build link, while the layout has expired' '
	next_layout mona "s[\"expires\"] = \"2020-01-01T00:00:00Z\"" >../layout &&
	layout_commit $layout_ref <../layout &&
	git update-ref $layout_ref "$layout_tip" &&
	plant $layout_ref &&
	a_build ci | push_lines v1.0
'

accept 'whatever is unsigned, to a server that only reports' '
	git -C ../server.git intoto hooks install --server --report-only \
		--key "$HOME/mona.pub" >/dev/null &&
	git tag -a -m x unsigned &&
	push origin unsigned &&
	grep "in-toto: report only: refs/tags/unsigned: .*\[tag-unsigned\]" ../err
'

attacks_done
