#!/bin/sh
test_description='hostile pushes: the trust root'
# shellcheck source=t/test-lib.sh
. ./test-lib.sh
# shellcheck source=t/forge-lib.sh
. "$SHARNESS_TEST_SRCDIR/forge-lib.sh"
# shellcheck source=t/attack-lib.sh
. "$SHARNESS_TEST_SRCDIR/attack-lib.sh"

# Version 1 is there and pinned: mona and omar sign roots together, and mona
# owns the layouts.
attack_set_up '
	attack_base &&
	(
		cd base/client &&
		a_root mona,omar >../root.1 &&
		layout_commit $root_ref <../root.1 &&
		git update-ref $root_ref "$layout_tip" &&
		git push -q origin $root_ref &&
		cd ../server.git &&
		git intoto trust pin "sha256:$(root_digest <../root.1)"
	)
'

accept 'the next version, forged as the attacks are' '
	push_versions mona,omar ""
'

accept 'two versions at once' '
	{
		cat ../root.1 &&
		a_root mona,omar "s[\"version\"] = 2" &&
		a_root mona,omar "s[\"version\"] = 3"
	} | push_root
'

accept 'two versions in two commits' '
	{ cat ../root.1; a_root mona,omar "s[\"version\"] = 2"; } >../two &&
	layout_commit $root_ref <../two &&
	git update-ref $root_ref "$layout_tip" &&
	{ cat ../two; a_root mona,omar "s[\"version\"] = 3"; } | push_root
'

accept 'bob in omar'\''s place, with all three signatures' '
	push_versions mona,omar,bob "role(\"root\", [\"mona\", \"bob\"], 2)"
'

accept 'a version that has expired, and one that has not' '
	{
		cat ../root.1 &&
		a_root mona,omar "s[\"version\"] = 2
s[\"expires\"] = \"2020-01-01T00:00:00Z\"" &&
		a_root mona,omar "s[\"version\"] = 3"
	} | push_root
'

# keys_only: the server is pinned by mona'\''s key, and has no root.
keys_only() {
	git --git-dir=../server.git update-ref -d $root_ref &&
	rm ../server.git/intoto/trust.json &&
	( cd ../server.git && git intoto trust add --no-fetch \
		"$HOME/mona.pub" >/dev/null )
}

# root_only: the server is pinned by the root, and has nothing.
root_only() {
	git --git-dir=../server.git for-each-ref --format="delete %(refname)" |
		git --git-dir=../server.git update-ref --stdin
}

accept 'the first root, where keys are pinned' '
	keys_only &&
	push origin $root_ref
'

accept 'the root, and all that it vouches for, where nothing is' '
	root_only &&
	push --atomic origin $root_ref $layout_ref "$(shard_ref v1.0)" \
		"$(shard_ref v1.1)" v1.0 v1.1
'

accept 'a tag by a layout of an owner who is in the root' '
	push --atomic origin "$(shard_ref v1.1)" v1.1
'

# Who signs it.

attack root-threshold 'one of two signs it' '
	push_versions mona ""
'

attack root-malformed 'one of two signs it twice' '
	push_versions mona,mona ""
'

attack root-threshold 'one of two signs it for both' '
	push_versions mona,mona "keyids[1] = root_keyid(home + \"omar\")"
'

attack root-threshold 'strangers sign it, who are in it' '
	push_versions eve,bob "role(\"root\", [\"eve\", \"bob\"], 2)"
'

attack root-threshold 'the old ones alone, who are in it no more' '
	push_versions mona,omar "role(\"root\", [\"ci\", \"bob\"], 2)"
'

attack root-threshold 'a lower threshold counts from the next version on' '
	push_versions mona "role(\"root\", [\"mona\", \"omar\"], 1)"
'

attack root-threshold 'a change below good signatures' '
	{ cat ../root.1; a_root mona,omar "s[\"version\"] = 2" |
		sed "s/\"expires\":\"20/\"expires\":\"21/"; } | push_root
'

attack root-threshold 'a stranger'\''s version between good ones' '
	{
		cat ../root.1 &&
		a_root eve "s[\"version\"] = 2
role(\"root\", [\"eve\"], 1)" &&
		a_root mona,omar,eve "s[\"version\"] = 3"
	} | push_root
'

attack root-threshold 'the first root, by a stranger, where keys are pinned' '
	keys_only &&
	a_root eve "role(\"root\", [\"eve\"], 1)
role(\"targets\", [\"eve\"], 1)" >../root &&
	layout_tip=$(root_orphan <../root) &&
	push_tip "$layout_tip" $root_ref
'

attack root-threshold 'its own first version is short of its threshold' '
	keys_only &&
	a_root mona >../root &&
	layout_tip=$(root_orphan <../root) &&
	push_tip "$layout_tip" $root_ref
'

# Versions.

attack root-gap 'version 3 after version 1' '
	push_versions mona,omar "s[\"version\"] = 3"
'

attack root-gap 'version 1 after version 1' '
	push_versions mona,omar "s[\"version\"] = 1"
'

attack root-gap 'it starts with version 2' '
	keys_only &&
	a_root mona,omar "s[\"version\"] = 2" >../root &&
	layout_tip=$(root_orphan <../root) &&
	push_tip "$layout_tip" $root_ref
'

attack root-rollback 'the same versions again' '
	push_tree $root_ref "$root_ref^{tree}"
'

attack root-rollback 'fewer versions' '
	{ cat ../root.1; a_root mona,omar "s[\"version\"] = 2"; } >../two &&
	layout_commit $root_ref <../two &&
	git update-ref $root_ref "$layout_tip" &&
	plant $root_ref &&
	push_root <../root.1
'

attack root-rewritten 'another version 2 below version 3' '
	{ cat ../root.1; a_root mona,omar "s[\"version\"] = 2"; } >../two &&
	layout_commit $root_ref <../two &&
	git update-ref $root_ref "$layout_tip" &&
	plant $root_ref &&
	{
		cat ../root.1 &&
		a_root mona,omar "s[\"version\"] = 2
s[\"expires\"] = \"2098-01-01T00:00:00Z\"" &&
		a_root mona,omar "s[\"version\"] = 3"
	} | push_root
'

attack root-rewritten 'one signature more on version 1' '
	{
		a_root mona,omar,bob "" &&
		a_root mona,omar "s[\"version\"] = 2"
	} | push_root
'

attack root-expired 'a version whose end is past' '
	push_versions mona,omar "s[\"expires\"] = \"2020-01-01T00:00:00Z\""
'

attack root-expired 'a new tag, when the root has expired' '
	{
		cat ../root.1 &&
		a_root mona,omar "s[\"version\"] = 2
s[\"expires\"] = \"2020-01-01T00:00:00Z\""
	} >../two &&
	layout_commit $root_ref <../two &&
	git update-ref $root_ref "$layout_tip" &&
	plant $root_ref &&
	push --atomic origin "$(shard_ref v1.1)" v1.1
'

attack root-project 'of another project' '
	push_versions mona,omar "s[\"x-git-intoto\"][\"project\"] = \"0\" * 32"
'

attack root-project 'of another project in between' '
	{
		cat ../root.1 &&
		a_root mona,omar "s[\"version\"] = 2
s[\"x-git-intoto\"][\"project\"] = \"0\" * 32" &&
		a_root mona,omar "s[\"version\"] = 3"
	} | push_root
'

attack root-project 'the first one, of another project than the layouts' '
	keys_only &&
	a_root mona,omar "s[\"x-git-intoto\"][\"project\"] = \"0\" * 32" >../root &&
	layout_tip=$(root_orphan <../root) &&
	push_tip "$layout_tip" $root_ref
'

attack root-pin 'another root, where a root is pinned' '
	root_only &&
	a_root mona,omar "s[\"expires\"] = \"2098-01-01T00:00:00Z\"" >../root &&
	layout_tip=$(root_orphan <../root) &&
	push_tip "$layout_tip" $root_ref
'

attack root-pin 'another root on top of the one that is pinned' '
	a_root mona,omar "s[\"expires\"] = \"2098-01-01T00:00:00Z\"" | push_root
'

# Histories and trees.

attack root-not-linear 'a merge' '
	{ cat ../root.1; a_root mona,omar "s[\"version\"] = 2"; } >../two &&
	layout_commit $root_ref -p "$(git rev-parse $root_ref)" \
		-p "$(git rev-parse HEAD)" <../two &&
	push_tip "$layout_tip" $root_ref
'

attack root-not-linear 'a history of its own' '
	{ cat ../root.1; a_root mona,omar "s[\"version\"] = 2"; } >../two &&
	layout_tip=$(root_orphan <../two) &&
	push_tip "$layout_tip" $root_ref
'

attack ref-deleted 'the root' '
	push origin :$root_ref
'

attack root-malformed 'a tree' '
	push_tip "$root_ref^{tree}" $root_ref
'

attack root-malformed 'a note beside it' '
	{ cat ../root.1; a_root mona,omar "s[\"version\"] = 2"; } >../two &&
	layout_commit $root_ref <../two &&
	tree=$({
		git ls-tree "$layout_tip" &&
		printf "100644 blob %s\t%s\n" "$(git rev-parse HEAD:README)" \
			"$(git rev-parse HEAD)"
	} | git mktree) &&
	push_tree $root_ref "$tree"
'

attack root-malformed 'on another object' '
	{ cat ../root.1; a_root mona,omar "s[\"version\"] = 2"; } >../two &&
	layout_commit $root_ref <../two &&
	tree=$(git ls-tree "$layout_tip" | sed "s/\t.*/\t$(git rev-parse HEAD)/" |
		git mktree) &&
	push_tree $root_ref "$tree"
'

attack root-malformed 'a symbolic link' '
	{ cat ../root.1; a_root mona,omar "s[\"version\"] = 2"; } >../two &&
	layout_commit $root_ref <../two &&
	tree=$(git ls-tree "$layout_tip" | sed "s/^100644/120000/" | git mktree) &&
	push_tree $root_ref "$tree"
'

attack root-malformed 'nothing' '
	push_root </dev/null
'

attack root-malformed 'no JSON' '
	{ cat ../root.1; echo "{never}"; } | push_root
'

attack root-malformed 'an empty line between' '
	{ cat ../root.1; echo; a_root mona,omar "s[\"version\"] = 2"; } |
		push_root
'

attack root-malformed 'no line feed at the end' '
	{ cat ../root.1; a_root mona,omar "s[\"version\"] = 2"; } |
		head -c -1 | push_root
'

attack root-malformed 'a carriage return' '
	{ cat ../root.1; a_root mona,omar "s[\"version\"] = 2" |
		sed "s/\$/\\r/"; } | push_root
'

attack root-malformed 'a layout' '
	{ cat ../root.1; layout_line release; } | push_root
'

attack root-malformed 'a member twice' '
	{ cat ../root.1; a_root mona,omar "s[\"version\"] = 2" |
		sed "s/\"version\":2/\"version\":3,\"version\":2/"; } | push_root
'

attack root-malformed 'a link' '
	{ cat ../root.1; good_link; } | push_root
'

for change in \
	"s['roles']['root']['threshold'] = 0" \
	"s['roles']['root']['threshold'] = 3" \
	"s['roles']['targets']['threshold'] = 2" \
	"s['roles'].pop('snapshot')" \
	"s['roles']['mirrors'] = s['roles']['root']" \
	"s['roles']['root']['keyids'] *= 2" \
	"s['roles']['root']['keyids'].append('0' * 64)" \
	"s['keys'][root_keyid(home + 'mona')] = root_key(home + 'eve')" \
	"s['x-git-intoto']['layouts'] = []" \
	"s['x-git-intoto']['layouts'] = ['release', 'nightly']" \
	"s['x-git-intoto']['layouts'] = ['../release']" \
	"s['x-git-intoto']['project'] = 'X' * 32" \
	"s.pop('x-git-intoto')" \
	"s['version'] = '2'" \
	"s['version'] = -2" \
	"s['spec_version'] = '2.0'" \
	"s['expires'] = 'never'" \
	"s['_type'] = 'targets'"; do
	attack root-malformed "$change" '
		push_versions mona,omar "$change"
	'
done

# What it says of layouts and tags.

attack layout-threshold 'a layout by an owner who is not in the root' '
	push_layout omar ""
'

attack layout-threshold 'a layout by an owner of the root of this push' '
	{
		cat ../root.1 &&
		a_root mona,omar "s[\"version\"] = 2
role(\"targets\", [\"bob\"], 1)"
	} >../two &&
	layout_commit $root_ref <../two &&
	root_tip=$layout_tip &&
	next_layout bob "" >../layout &&
	layout_commit $layout_ref <../layout &&
	push --atomic origin "$root_tip:$root_ref" "$layout_tip:$layout_ref"
'

attack layout-threshold 'a layout by an owner who has left' '
	{
		cat ../root.1 &&
		a_root mona,omar "s[\"version\"] = 2
role(\"targets\", [\"bob\"], 1)"
	} >../two &&
	layout_commit $root_ref <../two &&
	git push -q origin "$layout_tip:$root_ref" &&
	push_layout mona ""
'

attack layout-threshold 'a tag, when the layout'\''s owner has left' '
	{
		cat ../root.1 &&
		a_root mona,omar "s[\"version\"] = 2
role(\"targets\", [\"bob\"], 1)"
	} >../two &&
	layout_commit $root_ref <../two &&
	git push -q origin "$layout_tip:$root_ref" &&
	push --atomic origin "$(shard_ref v1.1)" v1.1
'

attack no-layout 'a tag, when the root wants one more layout' '
	{
		cat ../root.1 &&
		a_root mona,omar "s[\"version\"] = 2
s[\"x-git-intoto\"][\"layouts\"] = [\"nightly\", \"release\"]"
	} >../two &&
	layout_commit $root_ref <../two &&
	git push -q origin "$layout_tip:$root_ref" &&
	push --atomic origin "$(shard_ref v1.1)" v1.1
'

attack no-root 'a tag, when the pinned root is not there' '
	git --git-dir=../server.git update-ref -d $root_ref &&
	push origin v1.1
'

attack no-root 'a layout, when the pinned root is not there' '
	git --git-dir=../server.git update-ref -d $root_ref &&
	push_layout mona ""
'

attack policy-unreadable 'the root that is there is garbled' '
	echo "{never}" >../root &&
	layout_commit $root_ref <../root &&
	git update-ref $root_ref "$layout_tip" &&
	plant $root_ref &&
	push --atomic origin "$(shard_ref v1.1)" v1.1
'

attack policy-unreadable 'the root that is there is not the pinned one' '
	a_root mona,omar "s[\"expires\"] = \"2098-01-01T00:00:00Z\"" >../root &&
	layout_commit $root_ref <../root &&
	git update-ref $root_ref "$layout_tip" &&
	plant $root_ref &&
	push --atomic origin "$(shard_ref v1.1)" v1.1
'

attacks_done
