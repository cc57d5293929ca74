#!/bin/sh
test_description='git intoto fetch, merge and trust rotate, killed at 90 moments'
# shellcheck source=t/test-lib.sh
. ./test-lib.sh
# shellcheck source=t/forge-lib.sh
. "$intoto_top/t/forge-lib.sh"
# shellcheck source=t/kill-lib.sh
. "$intoto_top/t/kill-lib.sh"

# The other way round: the server has all of it, the client lacks the tag and a
# line, and has one that the server has not.
test_expect_success 'set-up of a fetch' '
	fresh start &&
	git intoto push origin v1 v2 &&
	lines .git v1 >../server-lines &&
	git update-ref -d refs/tags/v2 &&
	git update-ref -d "refs/notes/$(shard $tag)" &&
	git update-ref -d "refs/in-toto-remotes/origin/links/$(
		echo $tag | tail -c 3)" &&
	v1=$(git rev-parse refs/tags/v1) &&
	v1_ref=refs/notes/in-toto/links/$(echo $v1 | tail -c 3) &&
	git update-ref $v1_ref $(git -C ../../start/w rev-parse $v1_ref) &&
	git intoto build --tag v1 -p "dist/*" -- make dist &&
	git update-ref $v1_ref $(git -C ../../start/w rev-parse $v1_ref) &&
	git notes --ref=$v1_ref add -f -m "{\"own\":1}" $v1 &&
	git update-ref refs/in-toto-remotes/origin/links/${v1_ref##*/} \
		$(git -C ../../start/w rev-parse $v1_ref~1) &&
	rm -f .git/intoto/remotes.json &&
	lines .git v1 >../fetch-own &&
	cat ../fetch-own ../server-lines | LC_ALL=C sort -u >../fetch-all &&
	! cmp -s ../fetch-own ../fetch-all &&
	git config remote.origin.url "fake:$here/now/server.git" &&
	cp -R ../../now ../../fetch
'

# A tag is not there before its link, and no line that was here goes.
sound() {
	is_one_of .git refs/tags/v2 - $tag &&
	if git rev-parse -q --verify refs/tags/v2 >/dev/null
	then
		lines .git v2 | cmp - "$here/start/v2-lines"
	fi &&
	lines .git v1 >"$TMPDIR/lines" &&
	{
		cmp -s "$TMPDIR/lines" "$here/fetch/fetch-own" ||
		cmp "$TMPDIR/lines" "$here/fetch/fetch-all"
	} &&
	whole .git &&
	whole "$here/now/server.git"
}

complete() {
	is_one_of .git refs/tags/v2 $tag &&
	lines .git v2 | cmp - "$here/start/v2-lines" &&
	lines .git v1 | cmp - "$here/fetch/fetch-all" &&
	git for-each-ref refs/in-toto-remotes/origin/tags >"$TMPDIR/left" &&
	! test -s "$TMPDIR/left" &&
	git intoto fetch origin v1 v2 >"$TMPDIR/out" &&
	grep -q "^everything is here already" "$TMPDIR/out"
}

test_expect_success 'fetch and merge, the client killed' '
	each fetch client 44 git intoto fetch origin v1 v2
'

test_expect_success 'fetch and merge, the server killed' '
	each fetch server 6 git intoto fetch origin v1 v2
'

root=refs/notes/in-toto/root

# versions: of the root that is in force here.
versions() {
	git notes --ref=in-toto/root show "$(git hash-object -t tree /dev/null)" |
		wc -l
}

test_expect_success 'set-up of a rotation' '
	cd "$here" &&
	make_ssh_key sven &&
	rm -rf now &&
	mkdir now &&
	init_project now/w &&
	git init -q --bare now/server.git &&
	(
		cd now/w &&
		git intoto trust init --threshold 1 --key "$HOME/mona.pub" &&
		git intoto trust sign --key "$HOME/mona" >out &&
		git intoto trust pin "$(sed -n "s/^root //p" out)" &&
		test "$(versions)" = 1
	) &&
	cp -R now rotate &&
	(
		cd now/w &&
		git intoto trust rotate --add "$HOME/sven.pub"
	) &&
	cp -R now sign
'

test_expect_success 'trust rotate, killed: the old root holds' '
	sound() {
		test "$(versions)" = 1 && git intoto trust list && whole .git
	} &&
	complete() {
		git intoto trust show | grep "^draft" &&
		git intoto trust sign --key "$HOME/mona" &&
		test "$(versions)" = 2
	} &&
	each rotate client 20 git intoto trust rotate --add "$HOME/sven.pub"
'

# Signed again when it is published already: it says so, and changes nothing.
test_expect_success 'trust sign, killed: the old root or the new' '
	sound() {
		case $(versions) in [12]) ;; *) return 1 ;; esac &&
		git intoto trust list && whole .git
	} &&
	complete() {
		test "$(versions)" = 2 &&
		git intoto trust list | grep "^root version 2"
	} &&
	each sign client 20 git intoto trust sign --key "$HOME/mona"
'

test_done
