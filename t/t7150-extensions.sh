#!/bin/sh
test_description='extensions of the repository: read, or refused, never as empty'
# shellcheck source=t/test-lib.sh
. ./test-lib.sh

here=$PWD

# What to ask of a repository that has the tag v1.0.
commands='verify v1.0
log
show v1.0
record-tree v1.0
export v1.0 ../exported
tag -m x another
build --tag v1.0 -p dist/* -- make dist
layout list
trust list
hooks install
check pre-receive'

# extended NAME VALUE: the project, with this extension.
extended() {
	cd "$here" &&
	rm -rf extended &&
	cp -R "$here/project" "$here/extended" &&
	git -C "$here/extended" config core.repositoryFormatVersion 1 &&
	git config -f "$here/extended/.git/config" "extensions.$1" "$2"
}

# refused_plainly WORDS: every command says them, and nothing else.
refused_plainly() {
	echo "$commands" | while read -r command
	do
		# shellcheck disable=SC2086
		test_expect_code 128 git-intoto $command <"$here/pushed" \
			>"$here/out" 2>"$here/err" &&
		test ! -s "$here/out" &&
		grep "^error: .*$1" "$here/err" || {
			echo "$command" &&
			cat "$here/out" "$here/err"
			exit 1
		}
	done
}

test_expect_success 'set-up: a project with a complete tag' '
	make_ssh_key mona &&
	sign_with_ssh mona &&
	init_project project &&
	cd project &&
	git intoto tag -m v1.0 v1.0 &&
	git intoto build -p "dist/*" -- make dist &&
	git intoto record-tree v1.0 >../expected &&
	id=$(git rev-parse refs/tags/v1.0) &&
	echo "$(echo $id | tr 0-9a-f 0) $id refs/tags/v1.0" >../pushed
'

for extension in 'noop x' 'noop-v1 x' 'objectFormat sha1' \
	'preciousObjects true' 'worktreeConfig true'; do
	test_expect_success "extensions.$extension: read as ever" '
		extended $extension &&
		cd extended &&
		git rev-parse HEAD &&
		git intoto verify v1.0 dist/main.txt &&
		git intoto record-tree v1.0 >../actual &&
		test_cmp ../expected ../actual &&
		git commit -q --allow-empty -m next &&
		git intoto tag -m v2.0 v2.0 &&
		git intoto build --tag v2.0 -p "dist/*" -- make dist &&
		git intoto verify v2.0 dist/main.txt
	'
done

test_expect_success 'one that no git knows: in its words, and nothing else' '
	extended unheardOf true &&
	cd extended &&
	test_must_fail git rev-parse HEAD &&
	refused_plainly "unknown repository extension.*unheardof"
'

test_expect_success 'a format version that git does not know' '
	extended noop true &&
	cd extended &&
	git config -f .git/config core.repositoryFormatVersion 99 &&
	refused_plainly "version"
'

test_expect_success 'ids of a kind that git does not know' '
	extended objectFormat sha3 &&
	cd extended &&
	refused_plainly .
'

test_expect_success 'a push to such a one is refused' '
	git clone -q --bare "$here/project" "$here/server.git" &&
	cd "$here/server.git" &&
	git intoto hooks install --server --key "$HOME/mona.pub" &&
	git config core.repositoryFormatVersion 1 &&
	git config extensions.unheardOf true &&
	cp -R refs "$here/refs" &&
	cd "$here/project" &&
	git tag -a -m x plain &&
	test_must_fail git push "$here/server.git" plain &&
	diff -r "$here/refs" "$here/server.git/refs"
'

# Formats that say nothing of ids: git that cannot read them says so.
for extension in 'refStorage reftable' 'compatObjectFormat sha256' \
	'relativeWorktrees true' 'partialClone origin'; do
	test_expect_success "extensions.$extension: as git can, or in its words" '
		extended $extension &&
		cd extended &&
		if git rev-parse -q --verify refs/tags/v1.0
		then
			git intoto record-tree v1.0 >../actual &&
			test_cmp ../expected ../actual &&
			git intoto verify v1.0 dist/main.txt
		elif git rev-parse --git-dir
		then
			test_must_fail git intoto verify v1.0 2>../err &&
			grep "no tag .v1.0." ../err
		else
			refused_plainly "extension\|algorithm"
		fi
	'
done

cd "$here" || exit 1
# Where git has it; that an older one refuses it is shown above.
hashes=
if git init -q --ref-format=reftable reftable 2>/dev/null; then
	hashes="sha1 sha256"
fi

for hash in $hashes; do
	test_expect_success "reftable, $hash: the whole job" '
		cd "$here" &&
		rm -rf work server2.git &&
		GIT_DEFAULT_HASH=$hash GIT_DEFAULT_REF_FORMAT=reftable &&
		export GIT_DEFAULT_HASH GIT_DEFAULT_REF_FORMAT &&
		init_project work &&
		git init -q --bare server2.git &&
		unset GIT_DEFAULT_HASH GIT_DEFAULT_REF_FORMAT &&
		test "$(git -C work rev-parse --show-ref-format)" = reftable &&
		git -C server2.git intoto hooks install --server \
			--key "$HOME/mona.pub" &&
		cd work &&
		git intoto tag -m v1.0 v1.0 &&
		git intoto build -p "dist/*" -- make dist &&
		git intoto verify v1.0 dist/main.txt &&
		git intoto log | grep "^v1.0 *complete" &&
		git worktree add -q --detach ../linked-$hash &&
		git -C ../linked-$hash intoto verify v1.0 "$PWD/dist/main.txt" &&
		git push -q --no-verify --atomic ../server2.git main \
			"refs/notes/in-toto/*:refs/notes/in-toto/*" v1.0 &&
		git tag -s -m x bad &&
		git -C ../server2.git for-each-ref >../before &&
		test_must_fail git push --no-verify ../server2.git bad 2>../err &&
		grep "in-toto: refs/tags/bad: .*\[tag-unlinked\]" ../err &&
		git -C ../server2.git for-each-ref >../after &&
		test_cmp ../before ../after
	'
done

test_done
