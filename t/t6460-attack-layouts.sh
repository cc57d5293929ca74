#!/bin/sh
test_description='hostile pushes: layouts, and who may change them'
# shellcheck source=t/test-lib.sh
. ./test-lib.sh
# shellcheck source=t/forge-lib.sh
. "$SHARNESS_TEST_SRCDIR/forge-lib.sh"
# shellcheck source=t/attack-lib.sh
. "$SHARNESS_TEST_SRCDIR/attack-lib.sh"

attack_set_up 'attack_base'

accept 'the next version, forged as the attacks are' '
	push_layout mona ""
'

accept 'two versions in one push' '
	next_layout mona "" >../one &&
	layout_commit $layout_ref <../one &&
	git update-ref $layout_ref "$layout_tip" &&
	push_layout mona ""
'

accept 'a layout of another name, its first version' '
	next_layout mona "stamp(\"name\", \"nightly\")
stamp(\"version\", 1)" >../layout &&
	layout_commit refs/notes/in-toto/layouts/nightly <../layout &&
	push_tip "$layout_tip" refs/notes/in-toto/layouts/nightly
'

# omar_owns: from now on the server wants both.
omar_owns() {
	( cd ../server.git &&
		git intoto trust add --no-fetch "$HOME/omar.pub" ) >/dev/null 2>&1
}

accept 'a version by both owners' '
	omar_owns &&
	push_layout mona,omar ""
'

attack layout-threshold 'a stranger signs it' '
	push_layout eve ""
'

attack layout-threshold 'it brings its own signer along' '
	push_layout eve "s[\"keys\"][keyid(home + \"eve\")] = key(home + \"eve\")
s[\"steps\"][0][\"pubkeys\"] = [keyid(home + \"eve\")]"
'

attack layout-threshold 'nobody signs it' '
	next_layout mona "" | sed "s/^{\"signatures\":\[[^]]*\]/{\"signatures\":[]/" \
		>../layout &&
	layout_commit $layout_ref <../layout &&
	push_tip "$layout_tip" $layout_ref
'

attack layout-threshold 'one of two owners signs it' '
	omar_owns &&
	push_layout mona ""
'

attack layout-threshold 'one of two owners signs it twice' '
	omar_owns &&
	push_layout mona,mona ""
'

attack layout-threshold 'one owner and a stranger sign it' '
	omar_owns &&
	push_layout mona,eve ""
'

attack layout-threshold 'one owner signs it for both keyids' '
	omar_owns &&
	push_layout mona,mona "keyids[1] = keyid(home + \"omar\")"
'

attack layout-threshold 'a change below a good signature' '
	next_layout mona "" | sed "s/\"expires\":\"20/\"expires\":\"21/" \
		>../layout &&
	layout_commit $layout_ref <../layout &&
	push_tip "$layout_tip" $layout_ref
'

attack layout-threshold 'a stranger'\''s version before the owner'\''s' '
	next_layout eve "" >../one &&
	layout_commit $layout_ref <../one &&
	git update-ref $layout_ref "$layout_tip" &&
	push_layout mona ""
'

attack layout-rollback 'the version before, on top' '
	push_tree $layout_ref "$layout_ref~1^{tree}"
'

attack layout-rollback 'the same version again' '
	push_tree $layout_ref "$layout_ref^{tree}"
'

attack layout-rollback 'what a stranger once put there, signed by an owner now' '
	next_layout eve "" >../layout &&
	layout_commit $layout_ref <../layout &&
	git update-ref $layout_ref "$layout_tip" &&
	plant $layout_ref &&
	layout_line release | forge mona "" >../layout &&
	layout_commit $layout_ref <../layout &&
	push_tip "$layout_tip" $layout_ref
'

attack layout-rollback 'the same number, another text' '
	push_layout mona "stamp(\"version\", version() - 1)
s[\"expires\"] = \"2099-01-01T00:00:00Z\""
'

attack layout-rollback 'an old number, another text' '
	push_layout mona "stamp(\"version\", 1)
s[\"expires\"] = \"2099-01-01T00:00:00Z\""
'

attack layout-malformed 'version 0 of a new name' '
	next_layout mona "stamp(\"name\", \"nightly\")
stamp(\"version\", 0)" >../layout &&
	layout_commit refs/notes/in-toto/layouts/nightly <../layout &&
	push_tip "$layout_tip" refs/notes/in-toto/layouts/nightly
'

attack layout-rollback 'forward and back in one push' '
	next_layout mona "" >../one &&
	layout_commit $layout_ref <../one &&
	git update-ref $layout_ref "$layout_tip" &&
	push_tree $layout_ref "$layout_ref~1^{tree}"
'

attack layout-name 'it calls itself by another name' '
	push_layout mona "stamp(\"name\", \"nightly\")"
'

attack layout-name 'under another name' '
	push_tip $layout_ref refs/notes/in-toto/layouts/nightly
'

attack layout-name 'under its name in upper case' '
	push_tip $layout_ref refs/notes/in-toto/layouts/Release
'

attack layout-foreign 'of another project' '
	push_layout mona "stamp(\"project\", \"0\" * 32)"
'

attack layout-foreign 'of another project, under a new name' '
	next_layout mona "stamp(\"project\", \"0\" * 32)
stamp(\"name\", \"nightly\")" >../layout &&
	layout_commit refs/notes/in-toto/layouts/nightly <../layout &&
	push_tip "$layout_tip" refs/notes/in-toto/layouts/nightly
'

attack layout-malformed 'no line of its own in the readme' '
	push_layout mona "s[\"readme\"] = \"\""
'

attack layout-malformed 'a line behind it' '
	push_layout mona "s[\"readme\"] += \"\\nmore\""
'

attack layout-malformed 'two such lines' '
	push_layout mona "s[\"readme\"] = s[\"readme\"] + \"\\n\" + s[\"readme\"]"
'

attack layout-threshold 'a member of its own in what is signed' '
	push_layout mona "s[\"more\"] = 1"
'

attack layout-malformed 'two steps of one name' '
	push_layout mona "s[\"steps\"].append(s[\"steps\"][0])"
'

attack layout-malformed 'a threshold of zero' '
	push_layout mona "s[\"steps\"][0][\"threshold\"] = 0"
'

attack layout-malformed 'an end that is no date' '
	push_layout mona "s[\"expires\"] = \"never\""
'

attack layout-malformed 'a rule that is none' '
	push_layout mona "s[\"steps\"][0][\"expected_products\"] = [[\"MAYBE\", \"*\"]]"
'

attack layout-malformed 'a link in its place' '
	good_link >../layout &&
	layout_commit $layout_ref <../layout &&
	push_tip "$layout_tip" $layout_ref
'

attack layout-malformed 'two lines' '
	{ layout_line release; next_layout mona ""; } | LC_ALL=C sort >../layout &&
	layout_commit $layout_ref <../layout &&
	push_tip "$layout_tip" $layout_ref
'

attack layout-malformed 'no line feed' '
	next_layout mona "" | head -c -1 >../layout &&
	layout_commit $layout_ref <../layout &&
	push_tip "$layout_tip" $layout_ref
'

attack layout-malformed 'a space before it' '
	next_layout mona "" | sed "s/^/ /" >../layout &&
	layout_commit $layout_ref <../layout &&
	push_tip "$layout_tip" $layout_ref
'

attack layout-malformed 'no line' '
	layout_commit $layout_ref </dev/null &&
	push_tip "$layout_tip" $layout_ref
'

attack layout-malformed 'no JSON' '
	echo "{never}" >../layout &&
	layout_commit $layout_ref <../layout &&
	push_tip "$layout_tip" $layout_ref
'

attack layout-malformed 'a line over intoto.maxLinkSize' '
	git -C ../server.git config intoto.maxLinkSize 64k &&
	push_layout mona "s[\"readme\"] = \"x\" * 70000 + \"\\n\" + s[\"readme\"]"
'

attack layout-malformed 'a note beside it' '
	next_layout mona "" >../layout &&
	layout_commit $layout_ref <../layout &&
	{
		git ls-tree "$layout_tip" &&
		printf "100644 blob %s\t%s\n" \
			"$(git rev-parse "$layout_tip:$attack_empty_tree")" \
			"$(git rev-parse HEAD)"
	} | git mktree >../tree &&
	push_tree $layout_ref "$(cat ../tree)"
'

attack layout-malformed 'a note on another object' '
	next_layout mona "" >../layout &&
	layout_commit $layout_ref <../layout &&
	tree=$(git ls-tree "$layout_tip" | sed "s/\t.*/\t$(git rev-parse HEAD)/" |
		git mktree) &&
	push_tree $layout_ref "$tree"
'

attack layout-malformed 'the tree of nothing' '
	push_tree $layout_ref "$(git mktree </dev/null)"
'

attack layout-malformed 'a layout that is a symbolic link' '
	next_layout mona "" >../layout &&
	layout_commit $layout_ref <../layout &&
	tree=$(git ls-tree "$layout_tip" | sed "s/^100644/120000/" | git mktree) &&
	push_tree $layout_ref "$tree"
'

attack layout-malformed 'a layout that is executable' '
	next_layout mona "" >../layout &&
	layout_commit $layout_ref <../layout &&
	tree=$(git ls-tree "$layout_tip" | sed "s/^100644/100755/" | git mktree) &&
	push_tree $layout_ref "$tree"
'

attack layout-malformed 'a tree that says it is a layout' '
	push_tree $layout_ref "$(raw_entry 100644 "$(git rev-parse HEAD:src)" \
		$attack_empty_tree | raw_tree)"
'

attack layout-malformed 'a layout beside a folder' '
	next_layout mona "" >../layout &&
	layout_commit $layout_ref <../layout &&
	tree=$({
		git ls-tree "$layout_tip" &&
		printf "040000 tree %s\tsrc\n" "$(git rev-parse HEAD:src)"
	} | git mktree) &&
	push_tree $layout_ref "$tree"
'

attack layout-not-linear 'a merge' '
	next_layout mona "" >../layout &&
	layout_commit $layout_ref -p "$(git rev-parse $layout_ref)" \
		-p "$(git rev-parse HEAD)" <../layout &&
	push_tip "$layout_tip" $layout_ref
'

attack layout-not-linear 'a history of its own' '
	next_layout mona "" >../layout &&
	layout_tip=$(git commit-tree -m x "$({
		printf "100644 blob %s\t%s\n" "$(git hash-object -w ../layout)" \
			$attack_empty_tree
	} | git mktree)") &&
	push_tip "$layout_tip" $layout_ref
'

attack layout-not-linear 'a fork from the version before' '
	next_layout mona "" >../layout &&
	layout_commit $layout_ref -p "$(git rev-parse $layout_ref~1)" <../layout &&
	push_tip "$layout_tip" $layout_ref
'

attack layout-not-linear 'back to the version before' '
	push_tip $layout_ref~1 $layout_ref
'

attack push-too-large 'more than ten thousand versions' '
	tip=$(git rev-parse $layout_ref) &&
	python3 -c "
for n in range(10001):
	print(\"commit $layout_ref\")
	print(\"committer x <x> 1 +0000\")
	print(\"data 0\")
	print(\"from $tip\\n\" if not n else \"\")" |
		git fast-import --quiet &&
	push origin $layout_ref
'

attack layout-not-linear 'a tree in place of a commit' '
	push_tip "$layout_ref^{tree}" $layout_ref
'

attack layout-not-linear 'a tree as the first version of a name' '
	push_tip "$layout_ref^{tree}" refs/notes/in-toto/layouts/nightly
'

attack layout-reserved 'a step that is named revoke' '
	push_layout mona "s[\"steps\"][1][\"name\"] = \"revoke\""
'

attack layout-reserved 'an inspection that is named revoke' '
	push_layout mona "s[\"inspect\"] = [dict(_type=\"inspection\",
name=\"revoke\", run=[\"true\"], expected_materials=[], expected_products=[])]"
'

attack ref-deleted 'a layout' '
	push origin :$layout_ref
'

# Tags and the layout that judges them.

attack tag-signer 'a tag, and the layout that lets its signer in' '
	next_layout mona "s[\"keys\"][keyid(home + \"bob\")] = key(home + \"bob\")
s[\"steps\"][0][\"pubkeys\"].append(keyid(home + \"bob\"))" >../layout &&
	layout_commit $layout_ref <../layout &&
	tag_text bad | armored bob | store_tag >../id &&
	id=$(cat ../id) &&
	link_to "$id" bad bob | file_lines "$id" &&
	push --atomic origin "$layout_tip:$layout_ref" "$(shard_ref "$id")" \
		"$id:refs/tags/bad"
'

attack tag-signer 'the same, the tag first and not atomic' '
	next_layout mona "s[\"keys\"][keyid(home + \"bob\")] = key(home + \"bob\")
s[\"steps\"][0][\"pubkeys\"].append(keyid(home + \"bob\"))" >../layout &&
	layout_commit $layout_ref <../layout &&
	tag_text bad | armored bob | store_tag >../id &&
	id=$(cat ../id) &&
	link_to "$id" bad bob | file_lines "$id" &&
	push origin "$id:refs/tags/bad" "$(shard_ref "$id")" \
		"$layout_tip:$layout_ref"
'

attack layout-expired 'a tag while the layout has expired' '
	next_layout mona "s[\"expires\"] = \"2020-01-01T00:00:00Z\"" >../layout &&
	layout_commit $layout_ref <../layout &&
	git update-ref $layout_ref "$layout_tip" &&
	plant $layout_ref &&
	push --atomic origin "$(shard_ref v1.1)" v1.1
'

attack layout-expired 'a tag, and the layout that does not expire' '
	next_layout mona "s[\"expires\"] = \"2020-01-01T00:00:00Z\"" >../layout &&
	layout_commit $layout_ref <../layout &&
	git update-ref $layout_ref "$layout_tip" &&
	plant $layout_ref &&
	next_layout mona "s[\"expires\"] = \"2099-01-01T00:00:00Z\"" >../layout &&
	layout_commit $layout_ref <../layout &&
	push --atomic origin "$layout_tip:$layout_ref" "$(shard_ref v1.1)" v1.1
'

attack layout-digest 'a tag by another layout than the pinned one' '
	( cd ../server.git && git intoto trust add --no-fetch "$HOME/mona.pub" \
		--layout release=sha256:$(printf %064d 0) >/dev/null ) &&
	push --atomic origin "$(shard_ref v1.1)" v1.1
'

attack no-layout 'a tag that a second layout must hold as well' '
	( cd ../server.git && git intoto trust add --no-fetch "$HOME/mona.pub" \
		--layout release --layout nightly >/dev/null ) &&
	push --atomic origin "$(shard_ref v1.1)" v1.1
'

# empty_server: the pin, and nothing else.
empty_server() {
	git --git-dir=../server.git for-each-ref --format="delete %(refname)" |
		git --git-dir=../server.git update-ref --stdin
}

attack no-layout 'a tag without a layout' '
	empty_server &&
	push origin v1.1
'

attack line-unknown-key,no-layout 'a tag and its link without a layout' '
	empty_server &&
	push --atomic origin "$(shard_ref v1.1)" v1.1
'

attack layout-threshold,line-unknown-key,no-layout \
	'everything, by a stranger'\''s layout' '
	empty_server &&
	layout_line release | forge eve "" >../layout &&
	layout_commit $layout_ref -p "$(git commit-tree -m x \
		$attack_empty_tree)" <../layout &&
	layout_tip=$(git commit-tree -m x "$layout_tip^{tree}") &&
	push --atomic origin "$layout_tip:$layout_ref" "$(shard_ref v1.1)" v1.1
'

attack line-unknown-key,no-layout 'a tag, when more owners must sign than did' '
	omar_owns &&
	push --atomic origin "$(shard_ref v1.1)" v1.1
'

attack layout-threshold 'a tag, when the layout'\''s tip is by a stranger' '
	next_layout eve "" >../layout &&
	layout_commit $layout_ref <../layout &&
	git update-ref $layout_ref "$layout_tip" &&
	plant $layout_ref &&
	push --atomic origin "$(shard_ref v1.1)" v1.1
'

attack layout-threshold 'a tag, when the layout'\''s tip is garbled' '
	echo "{never}" >../layout &&
	layout_commit $layout_ref <../layout &&
	git update-ref $layout_ref "$layout_tip" &&
	plant $layout_ref &&
	push --atomic origin "$(shard_ref v1.1)" v1.1
'

attacks_done
