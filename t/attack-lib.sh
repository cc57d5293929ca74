# attack-lib.sh: hostile pushes as data, one refusal each.
#
# Sourced after test-lib.sh and forge-lib.sh. `attack_base` makes a work
# repository and a guarded bare one; each `attack` starts from copies of both,
# in the folder `client`, with the server in ../server.git. What was pushed,
# and which code refused it, is written to test-results/ for the table that
# t6900-attack-table.sh prints.
#
# INTOTO_ATTACKS="CODE|NUMBER ..." runs only the attacks that one of these codes
# refuses, or that are these in the file, the first being 1.
# INTOTO_AFTER_ATTACK is run after each, and after the set-up, which is 0, with
# `attack_number` and `attack_codes`.
# shellcheck shell=sh
# shellcheck disable=SC2154 # test-lib.sh's and forge-lib.sh's

attack_place=$PWD
attack_number=0
attack_none=0000000000000000000000000000000000000000
attack_empty_tree=4b825dc642cb6eb9a060e54bf8d69288fbee4904

# The record of this file, by this program: another one's does not count.
attack_record=$("$SHARNESS_TEST_SRCDIR/attack-record" "$0" "$intoto_program") ||
	exit 1
# Who wants to read it waits until this file has ended.
exec 9>"$attack_record.lock" && flock 9 || exit 1
: >"$attack_record.part"

# What the server says to a bad push is read; nothing else may differ.
git config --global protocol.version 2
git config --global gc.auto 0
git config --global maintenance.auto false
git config --global receive.autogc false
git config --global core.fsync none
git config --global notes.rewriteRef ""

# attack_keys: mona owns and tags, omar owns where two must, ci builds, bob is
# nobody's owner and may build, eve is a stranger.
attack_keys() {
	for attack_key in mona omar ci bob eve; do
		make_ssh_key $attack_key || return 1
	done
	sign_with_ssh mona
}

# guard_server [OPTION]...: the bare repository ../server.git, with its hooks.
guard_server() {
	git init -q --bare "$attack_place/base/server.git" &&
	git -C "$attack_place/base/server.git" config \
		receive.advertisePushOptions true &&
	( cd "$attack_place/base/server.git" &&
		rm -f hooks/*.sample &&
		git intoto hooks install --server "$@" >/dev/null )
}

# attack_base: v1.0 is on the server, linked and built; the layout has had two
# versions; v1.1 is tagged and linked here, and nowhere else.
attack_base() {
	attack_keys &&
	mkdir base &&
	guard_server --key "$HOME/mona.pub" &&
	make_project base/client &&
	cd base/client &&
	git remote add origin ../server.git &&
	git push -q origin main &&
	git intoto init --yes --no-fetch >/dev/null &&
	git intoto layout add-key release --step build \
		"$HOME/ci.pub" "$HOME/bob.pub" >/dev/null &&
	git intoto layout sign release >/dev/null &&
	git intoto tag -m v1.0 v1.0 >/dev/null &&
	git intoto build -p "dist/*" -- make dist >/dev/null &&
	git push -q --atomic origin refs/notes/in-toto/layouts/release \
		"$(shard_ref v1.0)" v1.0 &&
	echo more >>README &&
	git commit -q -a -m more &&
	git push -q origin main &&
	git intoto tag -m v1.1 v1.1 >/dev/null &&
	cd ../..
}

# shard_ref OBJECT: the full name of its links ref.
shard_ref() {
	echo "refs/notes/in-toto/links/$(git rev-parse "$1" | tail -c 3)"
}

layout_ref=refs/notes/in-toto/layouts/release
root_ref=refs/notes/in-toto/root
pending_ref=refs/notes/in-toto/pending

# attack_set_up BODY: what all attacks of this file start from.
attack_set_up() {
	test_expect_success 'set-up' "$1"
	test "$test_failure" = 0 || {
		echo "Bail out! the attacks could not be prepared"
		exit 1
	}
	attack_codes=
	eval "${INTOTO_AFTER_ATTACK-}"
}

# attack CODE[,CODE]... TITLE BODY: the one call of `push` in BODY is refused
# with exactly these codes, and leaves the server as it was. The code `-`: the
# hook could not even tell what it is asked.
attack() {
	attack_wanted "$1" || return 0
	attack_codes=$1 attack_title=$2 attack_body=$3
	test_expect_success "$1: $2" 'attack_run'
	eval "${INTOTO_AFTER_ATTACK-}"
}

# accept TITLE BODY: that push gets in, and the server is sound.
accept() {
	attack_wanted accepted || return 0
	attack_codes=accepted attack_title=$1 attack_body=$2
	test_expect_success "accepted: $1" 'attack_run'
	eval "${INTOTO_AFTER_ATTACK-}"
}

attack_wanted() {
	attack_number=$((attack_number + 1))
	test -n "${INTOTO_ATTACKS+set}" || return 0
	for attack_code in $attack_number $(echo "$1" | tr , ' '); do
		case " $INTOTO_ATTACKS " in
		*" $attack_code "*) return 0 ;;
		esac
	done
	return 1
}

attack_run() {
	cd "$attack_place" &&
	rm -rf now &&
	cp -R base now &&
	( cd now/client && eval "$attack_body" ) || {
		echo "the attack could not be prepared"
		return 1
	}
	test -f now/status || {
		echo "nothing was pushed"
		return 1
	}
	cat now/err
	attack_fsck server.git && ! test -s now/fsck || {
		mv now/fsck now/after &&
		attack_fsck before.git
		diff now/fsck now/after || return 1
	}
	if test "$attack_codes" = accepted; then
		attack_got_in
	else
		attack_kept_out
	fi &&
	printf '%s\t%s\n' "$attack_codes" "$attack_title" \
		>>"$attack_record.part"
}

# What is wrong with the repository, in now/fsck.
attack_fsck() {
	git --git-dir="now/$1" fsck --full --no-dangling 2>&1 |
		grep -v "^notice: " >now/fsck || :
}

attack_got_in() {
	test "$(cat now/status)" = 0 &&
	! test -s now/fsck &&
	! diff -q now/refs.before now/refs.after
}

attack_kept_out() {
	test "$(cat now/status)" != 0 || {
		echo "it got in"
		return 1
	}
	if test "$attack_codes" = -; then
		grep "^remote: error: " now/err || return 1
	fi
	sed -n 's/^\(remote: \)*in-toto: refs\/.*\[\([a-z0-9-]*\)\] *$/\2/p' \
		now/err | LC_ALL=C sort -u >now/codes
	echo "$attack_codes" | tr , '\n' | grep -vx -e - | LC_ALL=C sort -u >now/expected
	diff now/expected now/codes &&
	diff now/refs.before now/refs.after &&
	diff -r --no-dereference now/before.git now/server.git
}

attack_refs() {
	git --git-dir="$attack_place/now/server.git" for-each-ref \
		--format='%(refname) %(objectname) %(symref)'
}

# pushing COMMAND...: the push that counts; in the name of all that git says.
pushing() {
	rm -rf ../before.git &&
	cp -R ../server.git ../before.git &&
	attack_refs >../refs.before || return 1
	"$@" >../out 2>../err
	echo $? >../status
	attack_refs >../refs.after
}

push() {
	pushing git push "$@"
}

# push_tip FROM TO: whatever the client of git would refuse by itself.
push_tip() {
	push --force origin "$1:$2"
}

# plant REF...: these are on the server as they are here, past all hooks.
plant() {
	for plant_ref; do
		git --git-dir=../server.git fetch -q --no-tags ../client \
			"+$plant_ref:$plant_ref" || return 1
	done
}

# tag_text NAME: the unsigned text of a tag of the commit of v1.1.
tag_text() {
	printf 'object %s\ntype commit\ntag %s\n' "$(git rev-parse "v1.1^{}")" "$1" &&
	printf 'tagger Mona <mona@example.com> 1700000000 +0000\n\n%s\n' "$1"
}

# armored KEY: stdin, and the signature of the key ~/KEY on it.
armored() {
	cat >../text &&
	cat ../text &&
	ssh-keygen -q -Y sign -n "${armored_for-git}" -f "$HOME/$1" \
		<../text 2>/dev/null
}

# store_tag: the id of the tag object on stdin, well-formed or not.
store_tag() {
	git hash-object -t tag -w --literally --stdin
}

# good_link: the line of v1.1's link.
good_link() {
	line_of v1.1 tag
}

# link_to ID NAME [KEY [STATEMENTS]]: v1.1's link, but about that tag object and
# that ref, signed by the key ~/KEY.
link_to() {
	link_sum=$(git cat-file "$(git cat-file -t "$1")" "$1" | sha256sum) &&
	good_link | forge "${3-mona}" "g.update(tag='$1', ref='refs/tags/$2',
	tagSha256='${link_sum%% *}')
${4-}"
}

# write_note OBJECT: its note is the lines of stdin, sorted, in a new commit.
write_note() {
	write_ref=$(shard_ref "$1") &&
	LC_ALL=C sort -u >../lines &&
	write_blob=$(git hash-object -w ../lines) &&
	git notes --ref="$write_ref" add -f -C "$write_blob" "$1" 2>/dev/null
}

# file_lines OBJECT: the same, right on top of what the server has.
file_lines() {
	file_ref=$(shard_ref "$1") &&
	LC_ALL=C sort -u >../filed &&
	if file_tip=$(git --git-dir=../server.git rev-parse -q --verify \
		"$file_ref"); then
		git update-ref "$file_ref" "$file_tip"
	else
		git update-ref -d "$file_ref"
	fi &&
	write_note "$1" <../filed
}

# add_lines OBJECT: the lines of stdin are added to its note.
add_lines() {
	{
		cat &&
		git notes --ref="$(shard_ref "$1")" show "$1" 2>/dev/null
	} | write_note "$1"
}

# push_tag NAME: the tag object on stdin, as refs/tags/NAME, with a link of the
# tag step that is about it. All of it is right but what stdin has wrong.
push_tag() {
	tag_id=$(store_tag) &&
	link_to "$tag_id" "$1" | file_lines "$tag_id" &&
	push --atomic origin "$(shard_ref "$tag_id")" "$tag_id:refs/tags/$1"
}

# push_link [KEY [STATEMENTS]]: v1.1, whose link is changed so.
push_link() {
	good_link | forge "${1-mona}" "${2-}" | file_lines v1.1 &&
	push --atomic origin "$(shard_ref v1.1)" v1.1
}

# push_lines OBJECT: the same, and the ref is pushed.
push_lines() {
	add_lines "$1" &&
	push origin "$(shard_ref "$1")"
}

# push_raw_note OBJECT: its note is stdin, byte for byte; then the ref is pushed.
push_raw_note() {
	raw_ref=$(shard_ref "$1") &&
	raw_blob=$(git hash-object -w --stdin) &&
	git notes --ref="$raw_ref" add -f -C "$raw_blob" "$1" 2>/dev/null &&
	push origin "$raw_ref"
}

# push_entries REF: the tree of its tip, with the lines of stdin as git ls-tree
# prints them in place of those of the same path, as a commit on top of it.
push_entries() {
	cat >../entries &&
	entries_tree=$({ git ls-tree "$1"; cat ../entries; } |
		git mktree --missing) &&
	push_tree "$1" "$entries_tree"
}

# push_tree REF TREE [PARENT]...: a commit of that tree on top of the ref.
push_tree() {
	tree_ref=$1 tree_id=$2
	shift 2
	tree_parents="-p $(git rev-parse "$tree_ref")"
	for tree_parent; do
		tree_parents="$tree_parents -p $tree_parent"
	done
	# shellcheck disable=SC2086 # several options
	tree_commit=$(git commit-tree $tree_parents -m x "$tree_id") &&
	push_tip "$tree_commit" "$tree_ref"
}

# raw_entry MODE ID NAME, raw_tree: a tree as no command of git writes it.
raw_entry() {
	printf '%s %s\0' "$1" "$3" &&
	python3 -c 'import sys
sys.stdout.buffer.write(bytes.fromhex(sys.argv[1]))' "$2"
}

raw_tree() {
	git hash-object -t tree -w --literally --stdin
}

# push_layout KEYS STATEMENTS [NAME]: the layout in force, version + 1, changed
# and signed by these keys, on top of the ref.
push_layout() {
	next_layout "$1" "$2" >../layout &&
	layout_commit "refs/notes/in-toto/layouts/${3-release}" <../layout &&
	push_tip "$layout_tip" "refs/notes/in-toto/layouts/${3-release}"
}

next_layout() {
	layout_line release | forge "$1" "import re
def stamp(member, value):
    s['readme'] = re.sub('(git-intoto-layout:.* ?%s=)[^ ]*\$' % member
                         if member == 'version' else
                         '(git-intoto-layout:.* ?%s=)[^ ]*' % member,
                         lambda found: found[1] + str(value), s['readme'])
def version():
    return int(re.search('version=([0-9]+)', s['readme'])[1])
stamp('version', version() + 1)
$2"
}

# layout_commit REF [-p PARENT]...: its commit of the line on stdin, in
# `layout_tip`; the parent is the tip of the ref, where it is there.
layout_commit() {
	layout_blob=$(git hash-object -w --stdin) &&
	layout_tree=$(printf '100644 blob %s\t%s\n' "$layout_blob" \
		"$attack_empty_tree" | git mktree) || return 1
	layout_on=$1
	shift
	if test $# = 0 && git rev-parse -q --verify "$layout_on" >/dev/null; then
		set -- -p "$layout_on"
	fi
	layout_tip=$(git commit-tree "$@" -m layout "$layout_tree")
}

# a_root KEYS [STATEMENTS]: a line of a trust root by these keys, version 1: mona
# and omar sign it, both of them, and mona owns the layouts.
a_root() {
	root_project=$(layout_line release |
		sed 's/.*git-intoto-layout: project=\([0-9a-f]*\) .*/\1/') &&
	echo '{"signed": {}}' | forge "$1" "def role(name, people, threshold):
    for person in people:
        s['keys'][root_keyid(home + person)] = root_key(home + person)
    s['roles'][name] = {'keyids': [root_keyid(home + person)
                                   for person in people],
                        'threshold': threshold}
s.update(_type='root', spec_version='1.0.31', version=1, keys={}, roles={},
         expires='2099-01-01T00:00:00Z', consistent_snapshot=False)
s['x-git-intoto'] = {'layouts': ['release'], 'project': '$root_project'}
for name in ('root', 'snapshot', 'timestamp'):
    role(name, ['mona', 'omar'], 2)
role('targets', ['mona'], 1)
keyids[:] = [root_keyid(home + person) for person in '$1'.split(',')]
${2-}"
}

# root_digest: of the signed part of the line on stdin.
root_digest() {
	/usr/bin/python3 -c 'import hashlib, json, sys
from securesystemslib.formats import encode_canonical
text = encode_canonical(json.loads(sys.stdin.readline())["signed"])
print(hashlib.sha256(text.encode()).hexdigest())'
}

# push_root: the lines of stdin, on top of the root that is here.
push_root() {
	cat >../root &&
	layout_commit $root_ref <../root &&
	push_tip "$layout_tip" $root_ref
}

# push_versions KEYS STATEMENTS: version 2 by these keys, behind version 1.
push_versions() {
	{ cat ../root.1; a_root "$1" "s['version'] = 2
$2"; } | push_root
}

# root_orphan: a commit of the lines of stdin, and nothing before it.
root_orphan() {
	cat >../root.alone &&
	git commit-tree -m root "$(printf '100644 blob %s\t%s\n' \
		"$(git hash-object -w ../root.alone)" "$attack_empty_tree" |
		git mktree)"
}

# draft_commit: the lines of stdin, which are one draft's, on top of the drafts
# that are here; the commit in `draft_tip`.
draft_commit() {
	LC_ALL=C sort -u >../draft.lines &&
	draft_on "$(root_digest <../draft.lines | cut -c 1-40)"
}

draft_on() {
	if draft_parent=$(git rev-parse -q --verify $pending_ref); then
		draft_parent="-p $draft_parent"
	fi
	draft_tree=$({
		git ls-tree $pending_ref 2>/dev/null | grep -v "	$1\$"
		printf '100644 blob %s\t%s\n' \
			"$(git hash-object -w ../draft.lines)" "$1"
	} | git mktree) &&
	# shellcheck disable=SC2086 # an option and its value, or nothing
	draft_tip=$(git commit-tree $draft_parent -m draft "$draft_tree")
}

# push_draft: the draft on stdin, pushed; draft_at KEY: the same, byte for byte
# and under that key.
push_draft() {
	draft_commit &&
	push_tip "$draft_tip" $pending_ref
}

draft_at() {
	cat >../draft.lines &&
	draft_on "$1" &&
	push_tip "$draft_tip" $pending_ref
}

# attacks_done: the end of a file, with what it ran.
attacks_done() {
	if test "$test_failure" = 0 && test -z "${INTOTO_ATTACKS+set}"; then
		mv "$attack_record.part" "$attack_record"
	else
		rm -f "$attack_record.part"
	fi
	test_done
}
