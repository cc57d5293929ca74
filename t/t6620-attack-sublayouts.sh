#!/bin/sh
test_description='hostile pushes: sublayouts, and the links below them'
# shellcheck source=t/test-lib.sh
. ./test-lib.sh
# shellcheck source=t/forge-lib.sh
. "$SHARNESS_TEST_SRCDIR/forge-lib.sh"
# shellcheck source=t/attack-lib.sh
. "$SHARNESS_TEST_SRCDIR/attack-lib.sh"

# a_sub KEYS [STATEMENTS]: a sublayout for the step `build`, by these keys: omar
# compiles in it.
a_sub() {
	layout_line release | forge "$1" "import re
s['readme'] = re.sub('git-intoto-layout:(.*) name=.*',
                     r'git-intoto-layout:\\1 name=release version=1 step=build',
                     s['readme'])
s['keys'] = {keyid(home + 'omar'): dict(key(home + 'omar'),
                                        keyid=keyid(home + 'omar'))}
s['inspect'] = []
s['steps'] = [{'_type': 'step', 'name': 'compile', 'expected_materials': [],
               'expected_products': [], 'expected_command': [],
               'threshold': 1, 'pubkeys': [keyid(home + 'omar')]}]
${2-}"
}

# tag_line: of v1.0, also where sublayouts stand in its note.
tag_line() {
	note_of v1.0 | grep "\"name\":\"tag\"" | grep -v "\"_type\":\"layout\""
}

# below KEY PLACE [STATEMENTS]: a link of the step `compile` of v1.0.
below() {
	tag_line | forge "$1" "s['name'] = 'compile'
g['parent'] = '$2'
${3-}"
}

place() {
	echo "build.$(git intoto key show "$HOME/${1-ci}.pub" |
		sed -n "s/^keyid \([0-9a-f]\{8\}\).*/\1/p" | head -n 1)"
}

attack_set_up 'attack_base'

accept 'a sublayout by who may build, and a link below it' '
	{ a_sub ci && below omar "$(place)"; } | push_lines v1.0
'

accept 'a link below a sublayout that is there' '
	a_sub ci | add_lines v1.0 &&
	plant "$(shard_ref v1.0)" &&
	below omar "$(place)" | push_lines v1.0
'

accept 'a sublayout in a sublayout, and a link below it' '
	{ a_sub ci "s[\"steps\"][0][\"name\"] = \"inner\"" &&
	a_sub omar "s[\"readme\"] = s[\"readme\"].replace(\"build\", \"inner\")" &&
	below omar "$(place)/$(place omar | sed s/build/inner/)"; } |
		push_lines v1.0
'

accept 'a sublayout in a DSSE envelope' '
	a_sub ci | dsse ci "" | push_lines v1.0
'

accept 'a sublayout that was made elsewhere' '
	a_sub ci "s[\"readme\"] = \"\"" | push_lines v1.0
'

accept 'a link below a sublayout is withdrawn by its own key' '
	{ a_sub ci && below omar "$(place)"; } >../both &&
	add_lines v1.0 <../both &&
	plant "$(shard_ref v1.0)" &&
	tail -n 1 ../both >../one &&
	tag_line | forge omar "s[\"name\"] = \"revoke\"
g[\"revokes\"] = \"$(root_digest <../one)\"" | push_lines v1.0
'

attack line-unknown-key 'a sublayout by a stranger' '
	a_sub eve | push_lines v1.0
'

attack line-unknown-key 'a sublayout by who may only tag' '
	a_sub omar | push_lines v1.0
'

attack line-unknown-key 'a sublayout of an unknown step' '
	a_sub ci "s[\"readme\"] = s[\"readme\"].replace(\"=build\", \"=deploy\")" |
		push_lines v1.0
'

attack line-unknown-key 'a sublayout for a layout of another name' '
	a_sub ci "s[\"readme\"] = s[\"readme\"].replace(\"=release\", \"=other\")" |
		push_lines v1.0
'

attack line-unknown-key 'a builder, for a step that is not theirs' '
	a_sub ci "s[\"readme\"] = s[\"readme\"].replace(\"=build\", \"=tag\")" |
		push_lines v1.0
'

attack layout-foreign 'a sublayout of another project' '
	a_sub ci "import re
s[\"readme\"] = re.sub(\"project=[0-9a-f]*\", \"project=\" + \"0\" * 32, s[\"readme\"])" |
		push_lines v1.0
'

attack link-other-tag 'a sublayout of another tag' '
	a_sub ci "s[\"readme\"] = s[\"readme\"].replace(\" step=\",
	\" tag=\" + \"0\" * $oid_length + \" step=\")" | push_lines v1.0
'

attack sublayout-stamp 'the layout itself, as a line of a note' '
	layout_line release | forge mona "" | push_lines v1.0
'

attack layout-reserved 'a sublayout with a step that withdraws' '
	a_sub ci "s[\"steps\"][0][\"name\"] = \"revoke\"" | push_lines v1.0
'

attack line-malformed 'two signatures on a sublayout' '
	a_sub ci,bob | push_lines v1.0
'

attack line-malformed 'a stamp that names no step' '
	a_sub ci "s[\"readme\"] = s[\"readme\"].replace(\"=build\", \"=\")" |
		push_lines v1.0
'

attack line-malformed 'a stamp with a path for a step' '
	a_sub ci "s[\"readme\"] = s[\"readme\"].replace(\"=build\", \"=../x\")" |
		push_lines v1.0
'

attack line-unknown-key 'a link below no sublayout' '
	below omar "$(place)" | push_lines v1.0
'

attack line-unknown-key 'a link below the sublayout of another signer' '
	{ a_sub ci && below omar "$(place bob)"; } | push_lines v1.0
'

attack line-unknown-key 'a link below a sublayout of another step' '
	{ a_sub ci && below omar "$(place | sed s/build/tag/)"; } |
		push_lines v1.0
'

attack line-unknown-key 'a link below, by a key of the layout above' '
	{ a_sub ci && below ci "$(place)"; } | push_lines v1.0
'

attack line-unknown-key 'a link of the layout, as if it were below' '
	{ a_sub ci && tag_line | forge mona "g[\"parent\"] = \"$(place)\""; } |
		push_lines v1.0
'

attack line-unknown-key 'a link below, by a stranger' '
	{ a_sub ci && below eve "$(place)"; } | push_lines v1.0
'

attack line-unknown-key 'a key of a sublayout, for the layout itself' '
	{ a_sub ci "s[\"steps\"][0][\"name\"] = \"tag\"" &&
	tag_line | forge omar ""; } | push_lines v1.0
'

attack line-unknown-key 'a link below a sublayout by a stranger' '
	{ a_sub eve && below omar "$(place eve)"; } | push_lines v1.0
'

attack line-unknown-key 'a sublayout that lets itself in' '
	{ a_sub eve "s[\"keys\"] = {keyid(home + \"eve\"): dict(
    key(home + \"eve\"), keyid=keyid(home + \"eve\"))}
s[\"steps\"][0].update(name=\"build\", pubkeys=[keyid(home + \"eve\")])" &&
	below eve "$(place eve)"; } | push_lines v1.0
'

attack line-unknown-key 'a withdrawal of a link below by another key' '
	{ a_sub ci && below omar "$(place)"; } >../both &&
	add_lines v1.0 <../both &&
	plant "$(shard_ref v1.0)" &&
	tail -n 1 ../both >../one &&
	tag_line | forge bob "s[\"name\"] = \"revoke\"
g[\"revokes\"] = \"$(root_digest <../one)\"" | push_lines v1.0
'

attack line-unknown-key 'a withdrawal of a sublayout by a key below it' '
	a_sub ci >../one &&
	add_lines v1.0 <../one &&
	plant "$(shard_ref v1.0)" &&
	tag_line | forge omar "s[\"name\"] = \"revoke\"
g[\"revokes\"] = \"$(root_digest <../one)\"" | push_lines v1.0
'

attack line-twice 'a link below, under a second spelling' '
	{ a_sub ci && below omar "$(place)"; } >../both &&
	add_lines v1.0 <../both &&
	plant "$(shard_ref v1.0)" &&
	below omar "$(place)" "keyids[0] = root_keyid(home + \"omar\")" |
		push_lines v1.0
'

attack line-misfiled 'a link below, of another tag' '
	{ a_sub ci && below omar "$(place)" "g[\"tag\"] = \"0\" * 40"; } |
		push_lines v1.0
'

attack note-limit 'more sublayouts than a note may have' '
	a_sub ci >../sub &&
	for year in $(seq 2100 2356); do
		sed "s/\"expires\":\"..../\"expires\":\"$year/" ../sub
	done | push_lines v1.0
'

attack layout-malformed 'a sublayout in the place of the layout' '
	push_layout mona "s[\"readme\"] += \" step=build\""
'

attack link-unbound,tag-unlinked 'a sublayout in the place of the tag step' '
	a_sub mona "s[\"readme\"] = s[\"readme\"].replace(\"=build\", \"=tag\")" |
		file_lines v1.1 &&
	push --atomic origin "$(shard_ref v1.1)" v1.1
'

attacks_done
