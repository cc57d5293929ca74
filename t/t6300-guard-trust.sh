#!/bin/sh
test_description='a guarded server: root, drafts, seals, withdrawals, histories'
# shellcheck source=t/test-lib.sh
. ./test-lib.sh
# shellcheck source=t/forge-lib.sh
. "$SHARNESS_TEST_SRCDIR/forge-lib.sh"

here=$PWD
server=$PWD/server.git
root=refs/notes/in-toto/root
pending=refs/notes/in-toto/pending
release=refs/notes/in-toto/layouts/release

# hostile REASON COMMAND...: the push fails, says why, and changes nothing.
hostile() {
	hostile_reason=$1
	shift
	git -C "$server" for-each-ref >before &&
	test_must_fail "$@" 2>err &&
	{ grep "in-toto: refs/.*\[$hostile_reason\]" err || {
		cat err
		return 1
	}; } &&
	git -C "$server" for-each-ref >after &&
	test_cmp before after
}

# fresh OPTION...: a server with this pin, and nothing else of ours in it.
fresh() {
	rm -rf "$server" &&
	git init -q --bare "$server" &&
	git push -q origin main &&
	( cd "$server" && git intoto hooks install --server "$@" >/dev/null )
}

# one_note [-p PARENT] <TEXT: a commit with TEXT on the empty tree.
one_note() {
	one_blob=$(git hash-object -w --stdin) &&
	one_tree=$(printf '100644 blob %s\t%s\n' "$one_blob" \
		"$(git hash-object -t tree /dev/null)" | git mktree) &&
	git commit-tree -m forged "$@" "$one_tree"
}

# text_at COMMIT: what such a commit holds.
text_at() {
	git cat-file blob "$1:$(git hash-object -t tree /dev/null)"
}

# new_id NAME: the keyid that a root uses.
new_id() {
	git intoto key show "$HOME/$1.pub" | sed -n '/^keyid /{n;s/^keyid //p;q;}'
}

# forge_root NAME[,NAME]... STATEMENTS <LINE: as forge, under a root's keyids.
forge_root() {
	forge_ids=$(for name in $(echo "$1" | tr , ' '); do new_id "$name"; done |
		sed 's/.*/"&"/' | paste -s -d ,)
	forge "$1" "keyids[:] = [$forge_ids]
$2"
}

# notes_commit REF KEY FILE [OPTION]...: REF's notes with the note on KEY
# replaced by FILE.
notes_commit() {
	notes_ref=$1 notes_key=$2 notes_file=$3
	shift 3
	notes_blob=$(git hash-object -w "$notes_file") &&
	notes_tree=$({
		git ls-tree "$notes_ref" | grep -v "$notes_key"
		printf '100644 blob %s\t%s\n' "$notes_blob" "$notes_key"
	} | git mktree) &&
	git commit-tree -m forged "$@" "$notes_tree"
}

# note_text TAG: as note_of, but with nothing added or cut.
note_text() {
	git cat-file blob "refs/notes/$(shard "$1"):$(git rev-parse "$1")"
}

test_expect_success 'set-up: a project with a root, and a release' '
	for name in mona ben eve
	do
		make_ssh_key $name || return 1
	done &&
	sign_with_ssh mona &&
	make_project work &&
	git init -q --bare "$server" &&
	cd work &&
	git remote add origin "$server" &&
	git push -q origin main &&
	git intoto init --yes >/dev/null &&
	git intoto trust init --key "$HOME/mona.pub" --owner "$HOME/mona.pub" \
		>/dev/null &&
	git intoto trust sign --key "$HOME/mona" >out &&
	pin=$(sed -n "s/^ *git intoto trust pin //p" out) &&
	test -n "$pin" &&
	git intoto trust pin --no-fetch "$pin" >/dev/null &&
	git intoto tag -m v1.0 v1.0 >/dev/null &&
	git intoto build -p "dist/*" -- make dist >/dev/null &&
	first=$(git rev-parse $root)
'

test_expect_success 'without the pinned root nothing guarded gets in' '
	fresh --root "$pin" &&
	hostile no-root git push origin v1.0 &&
	grep "hint: git push REMOTE $root" err &&
	hostile no-root git push origin $release &&
	hostile no-root git push origin "refs/notes/$(shard v1.0)" &&
	git commit -q --allow-empty -m more &&
	git push -q origin main
'

test_expect_success 'the first root of a push is trusted for all of it' '
	git push --atomic origin $root $release "refs/notes/$(shard v1.0)" v1.0
'

test_expect_success 'hostile: another root than the pinned one' '
	fresh --root "$pin" &&
	text_at $root | forge_root eve "s[\"keys\"] = {}
k = key(home + \"eve\"); del k[\"keyid_hash_algorithms\"]
s[\"keys\"][keyids[0]] = k
for r in s[\"roles\"].values(): r[\"keyids\"] = keyids" >eves &&
	evil=$(one_note <eves) &&
	hostile root-pin git push origin "$evil:$root" &&
	evil=$(text_at $root | tr -d " " | cat - eves | one_note) &&
	hostile "root-gap" git push origin "$evil:$root"
'

test_expect_success 'hostile: a root that is none' '
	evil=$(echo "{}" | one_note) &&
	hostile root-malformed git push origin "$evil:$root" &&
	evil=$(text_at $release | one_note) &&
	hostile root-malformed git push origin "$evil:$root" &&
	hostile root-malformed git push origin "main:$root" &&
	hostile root-malformed git push origin "v1.0:$root" &&
	{ text_at $root; echo; } >text &&
	evil=$(one_note <text) &&
	hostile root-malformed git push origin "$evil:$root" &&
	evil=$(text_at $root | tr -d "\n" | one_note) &&
	hostile root-malformed git push origin "$evil:$root" &&
	evil=$(text_at $root | forge_root mona \
		"s[\"roles\"][\"targets\"][\"threshold\"] = 2" | one_note) &&
	hostile root-malformed git push origin "$evil:$root" &&
	evil=$(text_at $root | forge_root mona \
		"s[\"roles\"][\"root\"][\"threshold\"] = 0" | one_note) &&
	hostile root-malformed git push origin "$evil:$root" &&
	blob=$(git hash-object -w README) &&
	tree=$({ git ls-tree $root; printf "100644 blob %s\t%s\n" $blob \
		"$(git rev-parse HEAD)"; } | git mktree) &&
	evil=$(git commit-tree -m more "$tree") &&
	hostile root-malformed git push origin "$evil:$root"
'

test_expect_success 'a rotation gets in, and what leaves anything out does not' '
	git push -q origin $root &&
	git intoto trust rotate --add "$HOME/ben.pub" --add-owner \
		"$HOME/ben.pub" --owner-threshold 1 --threshold 1 >/dev/null &&
	git intoto trust sign --key "$HOME/mona" >/dev/null &&
	second=$(git rev-parse $root) &&
	text_at $second >two &&
	git intoto trust rotate --remove "$HOME/mona.pub" --remove-owner \
		"$HOME/mona.pub" >/dev/null &&
	git intoto trust sign --key "$HOME/mona" >/dev/null &&
	git intoto trust sign --key "$HOME/ben" >/dev/null &&
	third=$(git rev-parse $root) &&
	test "$second" != "$third" &&
	text_at $third >three &&
	evil=$(sed 2d three | one_note -p $first) &&
	hostile root-gap git push origin "$evil:$root" &&
	evil=$(sed 1d two | one_note -p $first) &&
	hostile root-gap git push origin "$evil:$root" &&
	evil=$(one_note -p $first <two) &&
	merge=$(git commit-tree -p $first -p main -m merge "$evil^{tree}") &&
	hostile root-not-linear git push origin "$merge:$root" &&
	orphan=$(one_note <two) &&
	hostile root-not-linear git push --force origin "$orphan:$root" &&
	same=$(git commit-tree -p $first -m same "$first^{tree}") &&
	hostile root-rollback git push origin "$same:$root" &&
	hostile ref-deleted git push origin ":$root" &&
	git push origin "$second:$root"
'

test_expect_success 'hostile: versions that others signed, or that are changed' '
	sed -n 2p two | forge_root eve "s[\"version\"] = 3" >line &&
	evil=$(cat two line | one_note -p $second) &&
	hostile root-threshold git push origin "$evil:$root" &&
	sed -n 1p two | forge_root mona "s[\"version\"] = 3
s[\"x-git-intoto\"][\"project\"] = \"0\" * 32" >line &&
	evil=$(cat two line | one_note -p $second) &&
	hostile root-project git push origin "$evil:$root" &&
	sed -n 1p three | forge_root mona,mona pass >line &&
	{ cat line; sed 1d three; } >text &&
	! cmp text three &&
	evil=$(one_note -p $second <text) &&
	hostile "root-rewritten\|root-malformed" git push origin "$evil:$root" &&
	evil=$(sed "1s/\"_type\":\"root\"/\"_type\": \"root\"/" three |
		one_note -p $second) &&
	hostile root-rewritten git push origin "$evil:$root" &&
	back=$(one_note -p $second <three) &&
	back=$(one_note -p "$back" <two) &&
	back=$(one_note -p "$back" <three) &&
	hostile root-rollback git push origin "$back:$root"
'

test_expect_success 'hostile: the last root has expired; one in the middle may' '
	sed -n 2p two | forge_root mona "s[\"version\"] = 3
s[\"expires\"] = \"2020-01-01T00:00:00Z\"" >old &&
	cat two old >text &&
	expired=$(one_note -p $second <text) &&
	hostile root-expired git push origin "$expired:$root" &&
	grep "hint: git intoto trust rotate" err &&
	sed -n 2p two | forge_root mona "s[\"version\"] = 4" >line &&
	cat text line >four &&
	good=$(one_note -p "$expired" <four) &&
	git push origin "$good:$root" &&
	git -C "$server" update-ref $root $second &&
	git update-ref refs/in-toto-remotes/origin/root $second
'

test_expect_success 'a layout by owners that a root of the same push names' '
	git update-ref $root $third &&
	git push -q origin $release &&
	git intoto layout renew release --key "$HOME/ben" >/dev/null &&
	git push -q origin $release &&
	git -C "$server" update-ref $root $first &&
	git intoto layout renew release --expires 2y --key "$HOME/ben" \
		>/dev/null &&
	hostile layout-threshold git push --atomic origin "$second:$root" \
		$release &&
	grep "hint: git push REMOTE $root" err &&
	git push origin "$second:$root" &&
	git push origin $release
'

test_expect_success 'who owned once names keys for storing, not for judging' '
	git push -q origin "$third:$root" &&
	test "$(git -C "$server" rev-parse $root)" = "$third" &&
	git push origin "refs/notes/$(shard v1.0)" &&
	git push --atomic origin v1.0 &&
	git -C "$server" update-ref -d refs/tags/v1.0 &&
	git -C "$server" update-ref $release "$(git rev-list $release | tail -n 1)" &&
	hostile layout-threshold git push origin v1.0
'

test_expect_success 'an expired root stops new tags, and nothing else' '
	fresh --root "$pin" &&
	git push -q origin "$first:$root" "$(git rev-list $release |
		tail -n 1):$release" &&
	text_at $first | forge_root mona "s[\"version\"] = 2
s[\"expires\"] = \"2020-01-01T00:00:00Z\"" >line &&
	{ text_at $first; cat line; } >text &&
	expired=$(one_note -p $first <text) &&
	git push -q origin "$expired:refs/heads/objects" &&
	git -C "$server" update-ref $root "$expired" &&
	hostile root-expired git push --atomic origin \
		"refs/notes/$(shard v1.0)" v1.0 &&
	git push origin "refs/notes/$(shard v1.0)" 2>err &&
	grep "the root has expired: git intoto trust rotate" err &&
	text_at $first | forge_root mona "s[\"version\"] = 3" >line &&
	cat text line >more &&
	good=$(one_note -p "$expired" <more) &&
	git push origin "$good:$root" &&
	git push origin v1.0
'

test_expect_success 'a server pinned by keys takes a root that they signed' '
	fresh --key "$HOME/eve.pub" &&
	hostile root-threshold git push origin "$first:$root" &&
	fresh --key "$HOME/mona.pub" &&
	old=$(git rev-list $release | tail -n 1) &&
	git push -q origin "$first:$root" "$old:$release" &&
	git push -q origin "$second:$root" &&
	next=$(text_at $release | one_note -p "$old") &&
	git push origin "$next:$release" &&
	git push origin "$third:$root" &&
	hostile root-rewritten git push origin \
		"$(sed -n 1p two | forge_root mona "s[\"version\"] = 2" |
		cat three - | sed 2d | one_note -p $third):$root" \
		|| hostile "root-gap\|root-rollback" git push origin \
		"$(sed 3d three | one_note -p $third):$root"
'

test_expect_success 'a root that was there and is not believed is said so' '
	fresh --key "$HOME/eve.pub" &&
	git push -q origin "$first:refs/heads/objects" &&
	git -C "$server" update-ref $root $first &&
	hostile no-layout git push origin v1.0 &&
	grep "the root that is there is not used" err
'

test_expect_success 'set-up: two owners, one layout' '
	cd "$here" &&
	git init -q --bare pair.git &&
	server=$here/pair.git &&
	make_project pair &&
	cd pair &&
	git remote add origin "$server" &&
	git push -q origin main &&
	git intoto init --yes >/dev/null &&
	git intoto trust init --key "$HOME/mona.pub" --key "$HOME/ben.pub" \
		--threshold 1 --owner-threshold 2 >/dev/null &&
	git intoto trust sign --key "$HOME/mona" >out &&
	pin=$(sed -n "s/^ *git intoto trust pin //p" out) &&
	git intoto trust pin --no-fetch "$pin" >/dev/null &&
	git intoto layout renew release --expires 2y --key "$HOME/mona" \
		>/dev/null &&
	git for-each-ref | grep $pending &&
	one=$(git rev-parse $pending) &&
	git intoto layout sign release --key "$HOME/ben" >/dev/null &&
	git intoto tag -m v1.0 v1.0 >/dev/null &&
	git intoto tag -m v1.1 v1.1 >/dev/null &&
	git intoto build --tag v1.1 -p "dist/*" -- make dist >/dev/null &&
	fresh --root "$pin" &&
	good=$(git rev-parse $release) &&
	git push -q --atomic origin $root $release &&
	git push -q --atomic origin "refs/notes/$(shard v1.0)" v1.0
'

test_expect_success 'drafts: one owner suffices to store a line' '
	git push origin "$one:$pending"
'

test_expect_success 'hostile: drafts by nobody, misfiled, malformed, shrunk' '
	key=$(git ls-tree --name-only "$one") &&
	draft=$(git cat-file blob "$one:$key") &&
	echo "$draft" | forge eve pass >eves &&
	{ echo "$draft"; cat eves; } | LC_ALL=C sort >text &&
	evil=$(notes_commit "$one" "$key" text -p "$one") &&
	hostile line-unknown-key git push origin "$evil:$pending" &&
	other=$(printf %040d 7) &&
	echo "$draft" >text &&
	evil=$(notes_commit "$one" "$other" text -p "$one") &&
	hostile line-misfiled git push origin "$evil:$pending" &&
	echo "$draft" | sed "s/:/: /" >text &&
	{ echo "$draft"; cat text; } | LC_ALL=C sort >both &&
	evil=$(notes_commit "$one" "$key" both -p "$one") &&
	hostile line-malformed git push origin "$evil:$pending" &&
	echo "$draft" | forge mona,eve pass >text &&
	evil=$(notes_commit "$one" "$key" text -p "$one") &&
	hostile notes-shrunk git push origin "$evil:$pending" &&
	evil=$(git commit-tree -m none -p "$one" \
		"$(git hash-object -t tree -w /dev/null)") &&
	hostile notes-shrunk git push origin "$evil:$pending" &&
	orphan=$(git commit-tree -m x "$one^{tree}") &&
	hostile notes-rewritten git push --force origin "$orphan:$pending" &&
	hostile ref-deleted git push origin ":$pending"
'

# draft_of LINE: its key among the drafts.
draft_of() {
	/usr/bin/python3 -c 'import hashlib, json, sys
from securesystemslib.formats import encode_canonical
text = encode_canonical(json.loads(sys.stdin.read())["signed"]).encode()
print(hashlib.sha256(text).hexdigest()[:40])'
}

test_expect_success 'hostile: drafts of another project, of a reserved step' '
	echo "$draft" | forge mona "import re
s[\"readme\"] = re.sub(\"project=[0-9a-f]*\", \"project=\" + \"0\" * 32,
	s[\"readme\"])" >text &&
	evil=$(notes_commit "$one" "$(draft_of <text)" text -p "$one") &&
	hostile layout-foreign git push origin "$evil:$pending" &&
	echo "$draft" | forge mona "s[\"steps\"][0][\"name\"] = \"revoke\"" \
		>text &&
	evil=$(notes_commit "$one" "$(draft_of <text)" text -p "$one") &&
	hostile layout-reserved git push origin "$evil:$pending"
'

test_expect_success 'drafts of a root: by its keys, and by who is to come in' '
	git intoto trust rotate --add "$HOME/eve.pub" --threshold 2 >/dev/null &&
	git intoto trust sign --key "$HOME/eve" >/dev/null &&
	eves=$(git rev-parse $pending) &&
	hostile line-unknown-key git push origin "$pending" &&
	git intoto trust sign --key "$HOME/mona" >/dev/null &&
	git push --atomic origin $root $pending
'

test_expect_success 'a layout short of the threshold is refused' '
	git intoto layout renew release --key "$HOME/mona" >/dev/null &&
	key=$(git diff-tree -r --name-only $pending~1 $pending) &&
	git cat-file blob "$pending:$key" >text &&
	short=$(one_note -p "$good" <text) &&
	hostile layout-threshold git push origin "$short:$release"
'

test_expect_success 'a tag is deleted once its owners have withdrawn it' '
	hostile tag-deleted git push origin :v1.0 &&
	grep "hint: git intoto revoke v1.0" err &&
	links=refs/notes/$(shard v1.0) &&
	before=$(git rev-parse $links) &&
	git intoto revoke --yes --key "$HOME/mona" v1.0 >/dev/null &&
	hostile tag-deleted git push --atomic origin $links :v1.0 &&
	git push origin $links &&
	hostile tag-deleted git push origin :v1.0 &&
	git intoto revoke --yes --key "$HOME/ben" v1.0 >/dev/null &&
	git push --atomic origin $links :v1.0 &&
	test_must_fail git -C "$server" rev-parse --verify v1.0 &&
	hostile tag-revoked git push origin v1.0
'

test_expect_success 'hostile: a withdrawal by somebody else' '
	git push -q --atomic origin "refs/notes/$(shard v1.1)" v1.1 &&
	links=refs/notes/$(shard v1.1) &&
	tag=$(git rev-parse v1.1) &&
	line_of v1.1 tag | forge eve "s.update(name=\"revoke\", materials={})
g[\"revokes\"] = \"tag\"" >line &&
	{ note_text v1.1; cat line; } | LC_ALL=C sort >text &&
	evil=$(notes_commit $links $tag text -p $links) &&
	hostile line-unknown-key git push --atomic origin "$evil:$links" :v1.1
'

# seal_line NAME STATEMENTS: the Statement of a seal of v1.1, changed.
seal_line() {
	/usr/bin/python3 -c '
import base64, json, sys
for line in sys.stdin:
    line = json.loads(line)
    if "payload" in line:
        print(json.dumps({"signed": json.loads(base64.b64decode(
            line["payload"]))}))' <sealed | head -n 1 |
	forge --dsse "$1" "$2"
}

test_expect_success 'a seal gets in, by owners only and of this tag only' '
	git intoto seal --yes --key "$HOME/mona" v1.1 >/dev/null &&
	note_text v1.1 >sealed &&
	grep -c payload sealed &&
	git rev-parse $links >kept &&
	git push origin $links
'

test_expect_success 'hostile: a merge that hides what it drops' '
	tip=$(git -C "$server" rev-parse $links) &&
	drop=$(git commit-tree -m drop -p "$tip" \
		"$(git hash-object -t tree -w /dev/null)") &&
	back=$(git commit-tree -m back -p "$drop" "$tip^{tree}") &&
	hostile notes-shrunk git push origin "$back:$links" &&
	grep "commit" err &&
	merge=$(git commit-tree -m merge -p "$tip" -p "$drop" "$tip^{tree}") &&
	hostile notes-shrunk git push origin "$merge:$links" &&
	merge=$(git commit-tree -m merge -p "$tip" -p main "$tip^{tree}") &&
	hostile notes-tree git push origin "$merge:$links" &&
	sed 1d sealed >text &&
	less=$(notes_commit $links $tag text) &&
	merge=$(git commit-tree -m merge -p "$tip" -p "$less" "$tip^{tree}") &&
	git push origin "$merge:$links"
'

test_expect_success 'hostile: odd modes, a commit that is none' '
	tip=$(git -C "$server" rev-parse $links) &&
	tree=$(git ls-tree "$tip" | sed "s/^100644/100755/" | git mktree) &&
	odd=$(git commit-tree -m odd -p "$tip" "$tree") &&
	hostile notes-tree git push origin "$odd:$links" &&
	hostile "notes-tree" git push --force origin "v1.1:$links"
'

test_expect_success 'a movable name takes another signed, linked tag' '
	git -C "$server" config --add intoto.movable refs/tags/canary &&
	git intoto tag -m one canary >/dev/null &&
	git push -q --atomic origin "refs/notes/$(shard canary)" canary &&
	old=$(git rev-parse canary) &&
	git commit -q --allow-empty -m later &&
	git tag -d canary &&
	GIT_COMMITTER_DATE="$(date -d "+2 seconds")" git intoto tag \
		--force-new -m two canary >/dev/null &&
	new=$(git rev-parse canary) &&
	git push -q --force --atomic origin "refs/notes/$(shard canary)" canary &&
	hostile tag-older git push --force origin "$old:refs/tags/canary" &&
	hostile tag-deleted git push origin :canary &&
	hostile tag-lightweight git push --force origin "main:refs/tags/canary" &&
	GIT_COMMITTER_DATE="$(date -d "+9 seconds")" \
		git tag -f -s -m three canary &&
	hostile tag-unlinked git push --force origin canary &&
	git -C "$server" config --add intoto.movable "!refs/tags/canary" &&
	hostile tag-moved git push --force origin canary
'

test_expect_success 'a tag with a link stays, also where it is not guarded' '
	git -C "$server" config intoto.protected "refs/tags/guarded/*" &&
	hostile tag-deleted git push origin :v1.1 &&
	hostile tag-moved git push --force origin main:refs/tags/v1.1 &&
	git tag plain &&
	git push -q origin plain &&
	git push -q --force origin main~1:refs/tags/plain &&
	git push -q origin :plain &&
	git push -q origin v1.1:refs/tags/copy &&
	git push -q origin :copy &&
	git -C "$server" config --unset intoto.protected
'

test_expect_success 'names that differ by case alone, where that is asked for' '
	git tag -a -m x V1.1 &&
	hostile tag-unsigned git push origin V1.1 &&
	git -C "$server" config intoto.refuseCaseClash true &&
	hostile tag-case-clash git push origin V1.1
'

test_expect_success 'push options and variables of the client have no effect' '
	git -C "$server" config receive.advertisePushOptions true &&
	git tag -a -m x optional &&
	hostile tag-unsigned git push -o intoto.protected=refs/none \
		-o report-only origin optional &&
	for setting in GIT_QUARANTINE_PATH=/tmp GIT_REPLACE_REF_BASE=refs/tags \
		GIT_SHALLOW_FILE=/dev/null "GIT_CONFIG_COUNT=1 \
GIT_CONFIG_KEY_0=intoto.protected GIT_CONFIG_VALUE_0=refs/none" \
		GIT_NO_REPLACE_OBJECTS=0 GIT_PUSH_OPTION_0=report-only
	do
		hostile "tag-unsigned\|policy-unreadable" git push \
			--receive-pack="env $setting git receive-pack" \
			origin optional || return 1
	done
'

test_expect_success 'pre-push: a tag whose links the remote lacks' '
	git intoto hooks install >/dev/null &&
	git -C "$server" config --unset intoto.refuseCaseClash &&
	git intoto tag -m v2.0 v2.0 >/dev/null &&
	test_must_fail git push origin v2.0 2>err &&
	grep "in-toto: refs/tags/v2.0: .*\[tag-unlinked\]" err &&
	grep "hint: git intoto push origin v2.0" err &&
	test_must_fail git push --dry-run origin v2.0 2>err &&
	grep "\[tag-unlinked\]" err &&
	git config intoto.prePush warn &&
	git push --dry-run origin v2.0 2>err &&
	grep "^warning: in-toto: refs/tags/v2.0: .*\[tag-unlinked\]" err &&
	git config --unset intoto.prePush &&
	git intoto push origin v2.0 &&
	git -C "$server" rev-parse --verify v2.0
'

test_expect_success 'pre-push lets git itself say what is not here' '
	tip=$(git -C "$server" rev-parse $links) &&
	git clone -q "$server" ../other &&
	(
		cd ../other &&
		git fetch -q origin $links &&
		theirs=$(git commit-tree -m theirs -p "$tip" "$tip^{tree}") &&
		git push -q origin "$theirs:$links"
	) &&
	mine=$(git commit-tree -m mine -p "$tip" "$tip^{tree}") &&
	test_must_fail git push origin "$mine:$links" 2>err &&
	grep "fetch first" err &&
	! grep "in-toto: refs" err
'

test_expect_success '30 days before the end the hook says how to renew' '
	git intoto layout set release --expires 10d &&
	git intoto layout sign release --key "$HOME/mona" --key "$HOME/ben" \
		--no-seal >/dev/null &&
	git push --no-verify origin $release 2>err &&
	grep "layout .release. expires in .* days: git intoto layout renew" err
'

test_expect_success 'git push --mirror is refused, with a hint' '
	git clone -q --mirror . ../mirror.git &&
	test_must_fail git -C ../mirror.git push --mirror "$server" 2>err &&
	grep "refs/in-toto-remotes/.*\[ref-reserved\]" err &&
	grep "hint: git push REMOTE" err
'

test_done
