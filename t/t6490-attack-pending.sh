#!/bin/sh
test_description='hostile pushes: drafts that wait for signatures'
# shellcheck source=t/test-lib.sh
. ./test-lib.sh
# shellcheck source=t/forge-lib.sh
. "$SHARNESS_TEST_SRCDIR/forge-lib.sh"
# shellcheck source=t/attack-lib.sh
. "$SHARNESS_TEST_SRCDIR/attack-lib.sh"

# mona and omar own the layouts together; a draft by mona is there.
attack_set_up '
	attack_base &&
	( cd base/server.git &&
		git intoto trust add --no-fetch "$HOME/omar.pub" >/dev/null ) &&
	(
		cd base/client &&
		next_layout mona,omar "" >../layout &&
		layout_commit $layout_ref <../layout &&
		git update-ref $layout_ref "$layout_tip" &&
		git push -q origin $layout_ref &&
		next_layout mona "s[\"expires\"] = \"2098-01-01T00:00:00Z\"" \
			>../draft &&
		draft_commit <../draft &&
		git update-ref $pending_ref "$draft_tip" &&
		git push -q origin $pending_ref
	)
'

# with_root: the root of a_root, pinned, in place of the keys.
with_root() {
	a_root mona,omar >../root.1 &&
	layout_commit $root_ref <../root.1 &&
	git update-ref $root_ref "$layout_tip" &&
	plant $root_ref &&
	( cd ../server.git && git intoto trust pin \
		"sha256:$(root_digest <../root.1)" ) >/dev/null
}

a_draft() {
	next_layout "$1" "s[\"expires\"] = \"2097-01-01T00:00:00Z\"
${2-}"
}

accept 'a draft by one of two owners' '
	a_draft omar | push_draft
'

accept 'the other one'\''s signature on a draft that is there' '
	forge omar "" <../draft >../second &&
	cat ../draft ../second | push_draft
'

accept 'a signature under both keyids of its key' '
	a_draft mona,mona "keyids[1] = root_keyid(home + \"mona\")" |
		python3 -c "import json, sys
line = json.loads(sys.stdin.read())
line[\"signatures\"].sort(key=lambda item: item[\"keyid\"])
print(json.dumps(line, sort_keys=True, separators=(\",\", \":\")))" |
		push_draft
'

accept 'a draft of the first root' '
	a_root mona | push_draft
'

accept 'a draft of the next root' '
	with_root &&
	a_root omar "s[\"version\"] = 2" | push_draft
'

accept 'a draft by one of the root, and by one who comes into it' '
	with_root &&
	{
		a_root omar "s[\"version\"] = 2
role(\"root\", [\"mona\", \"bob\"], 2)" &&
		a_root bob "s[\"version\"] = 2
role(\"root\", [\"mona\", \"bob\"], 2)"
	} | push_draft
'

attack line-unknown-key 'a stranger'\''s draft' '
	a_draft eve | push_draft
'

attack line-unknown-key 'a stranger'\''s signature on a draft that is there' '
	forge eve "" <../draft >../second &&
	cat ../draft ../second | push_draft
'

attack line-unknown-key 'a builder'\''s draft' '
	a_draft ci | push_draft
'

attack line-unknown-key 'omar'\''s keyid, eve'\''s signature' '
	a_draft eve "keyids[0] = keyid(home + \"omar\")" | push_draft
'

attack line-unknown-key 'a stranger'\''s draft of a first root' '
	a_root eve "role(\"root\", [\"eve\"], 1)" | push_draft
'

attack line-unknown-key 'a stranger'\''s draft of the next root' '
	with_root &&
	a_root eve "s[\"version\"] = 2" | push_draft
'

attack line-unknown-key 'a stranger'\''s signature beside that of an owner of the root' '
	with_root &&
	a_root mona "s[\"version\"] = 2" >../first &&
	forge eve "" <../first >../second &&
	cat ../first ../second | push_draft
'

attack line-unknown-key 'one who would come into the root, and nobody else' '
	with_root &&
	a_root bob "s[\"version\"] = 2
role(\"root\", [\"mona\", \"bob\"], 2)" | push_draft
'

attack line-misfiled 'a draft under another key' '
	a_draft mona >../line &&
	draft_at "$(git rev-parse HEAD)" <../line
'

attack line-misfiled 'a draft under the key of one that is there' '
	a_draft mona >../line &&
	{ cat ../draft ../line; } | LC_ALL=C sort >../lines &&
	draft_at "$(root_digest <../draft | cut -c 1-40)" <../lines
'

attack line-malformed 'a link' '
	good_link | push_draft
'

attack line-malformed 'a layout without its own line in the readme' '
	a_draft mona "s[\"readme\"] = \"\"" | push_draft
'

attack line-malformed 'two owners in one line' '
	a_draft mona,omar | push_draft
'

attack line-malformed 'nobody'\''s' '
	a_draft mona | sed "s/^{\"signatures\":\[[^]]*\]/{\"signatures\":[]/" |
		push_draft
'

attack line-malformed 'not compact' '
	a_draft mona | sed "s/^{/{ /" | push_draft
'

attack line-malformed 'members in another order' '
	a_draft mona | python3 -c "import json, sys
line = json.loads(sys.stdin.read())
print(json.dumps(dict(signed=line[\"signed\"],
signatures=line[\"signatures\"]), separators=(\",\", \":\")))" | push_draft
'

attack line-malformed 'a signature in upper case' '
	a_draft mona | python3 -c "import json, sys
line = json.loads(sys.stdin.read())
line[\"signatures\"][0][\"sig\"] = line[\"signatures\"][0][\"sig\"].upper()
print(json.dumps(line, sort_keys=True, separators=(\",\", \":\")))" |
		push_draft
'

attack line-malformed 'no JSON' '
	echo "{never}" >../line &&
	draft_at "$(git rev-parse HEAD)" <../line
'

attack line-malformed 'lines that are not sorted' '
	forge omar "" <../draft >../second &&
	cat ../draft ../second | LC_ALL=C sort -r >../lines &&
	draft_at "$(root_digest <../draft | cut -c 1-40)" <../lines
'

attack layout-foreign 'a draft of another project' '
	a_draft mona "stamp(\"project\", \"0\" * 32)" | push_draft
'

attack root-project 'a draft of the root of another project' '
	a_root mona "s[\"x-git-intoto\"][\"project\"] = \"0\" * 32" | push_draft
'

attack layout-reserved 'a draft with a step that is named revoke' '
	a_draft mona "s[\"steps\"][1][\"name\"] = \"revoke\"" | push_draft
'

attack notes-shrunk 'a draft that was there is gone' '
	a_draft mona >../line &&
	tree=$(printf "100644 blob %s\t%s\n" "$(git hash-object -w ../line)" \
		"$(root_digest <../line | cut -c 1-40)" | git mktree) &&
	push_tree $pending_ref "$tree"
'

attack notes-shrunk 'a signature that was there is gone' '
	forge omar "" <../draft >../second &&
	draft_at "$(root_digest <../draft | cut -c 1-40)" <../second
'

attack notes-rewritten 'the drafts without their history' '
	push_tip "$(git commit-tree -m x "$pending_ref^{tree}")" $pending_ref
'

attack notes-tree 'a symbolic link' '
	a_draft mona >../line &&
	printf "120000 blob %s\t%s\n" "$(git hash-object -w ../line)" \
		"$(root_digest <../line | cut -c 1-40)" |
		push_entries $pending_ref
'

attack notes-tree 'a file' '
	printf "100644 blob %s\tREADME\n" "$(git rev-parse HEAD:README)" |
		push_entries $pending_ref
'

attack note-limit 'a draft over intoto.maxLinkSize' '
	git -C ../server.git config intoto.maxLinkSize 8k &&
	a_draft mona "s[\"readme\"] = \"x\" * 9000 + \"\\n\" + s[\"readme\"]" |
		push_draft
'

attack ref-deleted 'all drafts' '
	push origin :$pending_ref
'

attacks_done
