#!/bin/sh
test_description='verify refuses layouts that are not the policy in force'
# shellcheck source=t/test-lib.sh
. ./test-lib.sh
# shellcheck source=t/forge-lib.sh
. "$SHARNESS_TEST_SRCDIR/forge-lib.sh"

own=refs/notes/in-toto/layouts/release
theirs=refs/in-toto-remotes/origin/layouts/release

# judged REASON [PATTERN]...: `verify v1.0` says no for that reason.
judged() {
	refused 1 "$1" git intoto verify v1.0 || return 1
	shift
	for pattern; do
		grep "^error: .*$pattern" err || {
			cat err
			return 1
		}
	done
}

# restore: what the set-up left, and nothing of this test.
restore() {
	git update-ref "$own" "$good" &&
	if git rev-parse -q --verify "$theirs" >/dev/null; then
		git update-ref -d "$theirs"
	fi &&
	rm -rf .git/intoto &&
	cp -R ../state .git/intoto
}

# readme PATTERN TEXT: the layout in force, its readme changed.
readme() {
	change_layout release mona "import re
s[\"readme\"] = re.sub(\"$1\", \"$2\", s[\"readme\"])"
}

test_expect_success 'set-up: a tag that is accepted' '
	make_ssh_key mona &&
	make_ssh_key eve &&
	sign_with_ssh mona &&
	init_project project &&
	cd project &&
	git intoto tag -m v1.0 v1.0 &&
	git intoto build -p "dist/*" -- make dist >/dev/null &&
	git intoto verify v1.0 &&
	good=$(git rev-parse "$own") &&
	layout_line release >../good.layout &&
	project=$(sed -n "s/.*project=\([0-9a-f]*\).*/\1/p" ../good.layout) &&
	cp -R .git/intoto ../state &&
	restore
'

test_expect_success 'no trust configured: 128, and the command that sets it' '
	rm -rf .git/intoto &&
	refused 128 - git intoto verify v1.0 &&
	grep "^hint: .*git intoto trust add" err &&
	refused 128 - git intoto verify v1.0 dist/main.txt &&
	test_expect_code 128 git intoto verify --json v1.0 >json &&
	json "len(j)" <json &&
	restore
'

test_expect_success 'no layout at all: 128' '
	git update-ref -d "$own" &&
	refused 128 - git intoto verify v1.0 &&
	grep "no layout .release." err &&
	grep "^hint: git fetch" err &&
	restore
'

test_expect_success 'an expired layout' '
	change_layout release mona "s[\"expires\"] = \"2020-01-01T00:00:00Z\"" &&
	judged layout-expired "2020-01-01" &&
	grep "^hint: git intoto layout renew release" err &&
	refused 1 layout-expired git intoto verify v1.0 dist/main.txt &&
	test_must_fail git intoto tag -m x v2 &&
	test_must_fail git rev-parse -q --verify refs/tags/v2
'

test_expect_success '--at judges as of a date, and says so first' '
	git intoto verify --at 2019-12-31 v1.0 >out &&
	head -n 1 out | grep "^judged as of 2019-12-31" &&
	refused 1 layout-expired git intoto verify --at 2020-01-02 v1.0 &&
	restore &&
	git intoto verify --at 2030-01-01 v1.0 >out 2>err || test $? = 1 &&
	head -n 1 out | grep "^judged as of 2030-01-01" &&
	grep "\[layout-expired\]" err
'

test_expect_success 'an expired version is not replaced by one before it' '
	git update-ref "$theirs" "$good" &&
	readme version=1 version=2 &&
	change_layout release mona "s[\"expires\"] = \"2020-01-01T00:00:00Z\"" &&
	judged layout-expired "version 2" &&
	restore
'

test_expect_success 'signed by nobody, by a stranger, in the name of an owner' '
	sed "s/\"signatures\":\[[^]]*\]/\"signatures\":[]/" ../good.layout |
		put_layout release &&
	judged "layout-[a-z]*" &&
	change_layout release eve "" &&
	judged layout-threshold &&
	change_layout release eve "keyids = [keyid(home + \"mona\")]" &&
	judged "layout-threshold" &&
	restore
'

test_expect_success 'changed after it was signed' '
	sed "s/DISALLOW/ALLOW/" ../good.layout >changed &&
	! cmp -s changed ../good.layout &&
	put_layout release <changed &&
	judged layout-threshold &&
	sed "s/\"threshold\":1/\"threshold\":0/" ../good.layout |
		put_layout release &&
	judged "layout-[a-z]*" &&
	restore
'

test_expect_success 'not signed by enough owners' '
	git intoto trust add "$HOME/eve.pub" --threshold 2 >/dev/null &&
	judged layout-threshold "2" &&
	change_layout release mona,mona "" &&
	judged layout-threshold &&
	change_layout release mona,mona "keyids[1] = keyid(home + \"eve\")" &&
	judged layout-threshold &&
	change_layout release mona,eve "" &&
	git intoto verify v1.0 >out &&
	grep "signed by 2 of 2 owners" out &&
	restore
'

test_expect_success 'an owner of this call only' '
	refused 1 layout-threshold git intoto verify --key "$HOME/eve.pub" v1.0 &&
	git intoto verify --key "$HOME/mona.pub" v1.0
'

test_expect_success 'of another project' '
	readme "project=[0-9a-f]*" "project=$(printf "%032d" 7)" &&
	judged layout-foreign "$(printf "%032d" 7).*$project" &&
	restore
'

test_expect_success 'under another name' '
	readme name=release name=nightly &&
	judged layout-name "nightly" &&
	git update-ref refs/notes/in-toto/layouts/nightly "$good" &&
	refused 1 layout-name git intoto verify --layout nightly v1.0 &&
	git update-ref -d refs/notes/in-toto/layouts/nightly &&
	restore
'

test_expect_success 'without its line in the readme: only by a pinned digest' '
	readme "git-intoto-layout:.*" "" &&
	judged layout-unstamped &&
	readme "\$" "git-intoto-layout: project=$project name=release version=01" &&
	judged layout-malformed &&
	restore &&
	readme "(git-intoto-layout:.*)" "\\\\1\\\\n\\\\1" &&
	judged layout-malformed "readme" &&
	restore &&
	readme "(git-intoto-layout:.*)" "\\\\1\\\\nmore" &&
	judged layout-malformed &&
	restore
'

test_expect_success 'older than one seen' '
	git intoto layout renew release >/dev/null &&
	git intoto verify v1.0 >out &&
	grep "layout release, version 2" out &&
	git update-ref "$own" "$good" &&
	judged layout-rollback "version 1.*version 2" &&
	grep "^hint: git fetch" err &&
	restore
'

test_expect_success 'a call with --at or --key remembers no version' '
	readme version=1 version=9 &&
	git intoto verify --at 2021-01-01 v1.0 &&
	git intoto verify --key "$HOME/mona.pub" v1.0 &&
	git update-ref "$own" "$good" &&
	git intoto verify v1.0 &&
	restore
'

test_expect_success 'a version that no number holds' '
	for version in 0 01 -1 18446744073709551617 1e3; do
		readme version=1 "version=$version" &&
		judged layout-malformed || return 1
		restore || return 1
	done
'

test_expect_success 'two of the same version' '
	git update-ref "$theirs" "$good" &&
	change_layout release mona "s[\"expires\"] = \"2050-01-01T00:00:00Z\"" &&
	judged layout-conflict "$own.*$theirs\|$theirs.*$own" &&
	grep "^error: .*sha256:[0-9a-f]\{64\}.*sha256:[0-9a-f]\{64\}" err &&
	test_must_fail git intoto tag -m x v2 &&
	restore
'

test_expect_success 'the higher of two versions judges, wherever it is' '
	readme version=1 version=2 &&
	git update-ref "$theirs" "$own" &&
	git update-ref "$own" "$good" &&
	git intoto verify v1.0 >out &&
	grep "layout release, version 2" out &&
	restore
'

test_expect_success 'a tip that fails is named, and does not hide a good one' '
	readme version=1 version=99 &&
	change_layout release eve "" &&
	git update-ref "$theirs" "$own" &&
	git update-ref "$own" "$good" &&
	git intoto verify v1.0 >out 2>err &&
	grep "^warning: layout .release. at $theirs: .*\[layout-threshold\]" \
		err &&
	grep "layout release, version 1" out &&
	for garbage in "{" "[]" "" "{\"signatures\":[],\"signed\":{}}"; do
		echo "$garbage" | put_layout release &&
		git update-ref "$theirs" "$own" &&
		git update-ref "$own" "$good" &&
		git intoto verify v1.0 2>err &&
		grep "^warning: layout .release. at $theirs" err || return 1
	done &&
	git update-ref "$theirs" HEAD &&
	git intoto verify v1.0 2>err &&
	grep "^warning: layout .release. at $theirs" err &&
	restore
'

test_expect_success 'the only tip is no layout: refused' '
	for garbage in "{" "[]" "{\"signatures\":[],\"signed\":{}}" \
		"{\"a\":1.5}" "{\"a\":1,\"a\":2}"; do
		echo "$garbage" | put_layout release &&
		judged layout-malformed || return 1
	done &&
	git update-ref "$own" HEAD &&
	judged "layout-[a-z]*\|notes-tree" &&
	{ cat ../good.layout; cat ../good.layout; } | put_layout release &&
	git intoto verify v1.0 &&
	{ cat ../good.layout; sed "s/release/nightly/" ../good.layout; } |
		put_layout release &&
	judged layout-malformed "one line" &&
	{ cat ../good.layout; echo "{}"; } | put_layout release &&
	judged layout-malformed &&
	note_of v1.0 | put_layout release &&
	judged layout-malformed &&
	note_of v1.0 | head -n 1 | put_layout release &&
	judged layout-malformed "no layout" &&
	restore
'

test_expect_success 'odd entries where the layout should be' '
	empty=$(git hash-object -t tree /dev/null) &&
	blob=$(git rev-parse "$good:$empty") &&
	for entry in "120000 blob $blob	$empty" \
		"160000 commit $(git rev-parse HEAD)	$empty" \
		"100644 blob $blob	$(echo "$empty" | tr a-f A-F)"; do
		tree=$(echo "$entry" | git mktree) &&
		git update-ref "$own" "$(git commit-tree -m odd "$tree")" &&
		judged notes-tree || return 1
	done &&
	restore
'

test_expect_success 'a step that is called revoke' '
	change_layout release mona "
s[\"steps\"].append(dict(s[\"steps\"][1], name=\"revoke\"))" &&
	judged layout-malformed "revoke" &&
	restore
'

test_expect_success 'a layout without the tag step, without a build' '
	change_layout release mona "
s[\"steps\"] = [x for x in s[\"steps\"] if x[\"name\"] != \"tag\"]" &&
	judged no-tag-step &&
	change_layout release mona "s[\"steps\"] = []" &&
	judged no-tag-step &&
	restore
'

test_expect_success 'thresholds that nobody can miss or meet' '
	for threshold in 0 -1 True "\"1\"" None; do
		change_layout release mona "
for step in s[\"steps\"]: step[\"threshold\"] = $threshold" &&
		judged layout-malformed threshold || return 1
	done &&
	restore &&
	change_layout release mona "
for step in s[\"steps\"]: step[\"threshold\"] = 2" &&
	judged step-threshold "2 needed" &&
	restore
'

test_expect_success 'trust that is damaged: 128, and never less of it' '
	for edit in "s/\"threshold\": *1/\"threshold\": 0/" \
		"s/\"threshold\": *1/\"threshold\": 2/" \
		"s/\"keys\"/\"kays\"/" "1d" "s/\"version\": *1/\"version\": 2/"; do
		sed "$edit" ../state/trust.json >.git/intoto/trust.json &&
		! cmp -s ../state/trust.json .git/intoto/trust.json &&
		refused 128 - git intoto verify v1.0 || return 1
	done &&
	: >.git/intoto/trust.json &&
	refused 128 - git intoto verify v1.0 &&
	restore &&
	echo "{" >.git/intoto/seen.json &&
	refused 128 - git intoto verify v1.0 &&
	restore
'

test_expect_success 'trust comes from no configuration and no tree' '
	rm -rf .git/intoto &&
	cp -R ../state intoto &&
	refused 128 - git -c intoto.trust="$HOME/mona.pub" \
		-c intoto.key="$HOME/mona.pub" \
		-c intoto.signingKey="$HOME/mona.pub" intoto verify v1.0 &&
	rm -rf intoto &&
	restore &&
	git intoto verify v1.0
'

test_done
