#!/bin/sh
test_description='worktrees, shallow clones, and repositories that git is told of'
# shellcheck source=t/test-lib.sh
. ./test-lib.sh

here=$PWD

# follow: this clone gets the proof along, and trusts mona.
follow() {
	git config --add remote.origin.fetch \
		"+refs/notes/in-toto/*:refs/in-toto-remotes/origin/*" &&
	git fetch -q "$@" &&
	git intoto trust add "$HOME/mona.pub"
}

test_expect_success 'set-up: keys' '
	make_ssh_key mona &&
	sign_with_ssh mona
'

for hash in sha1 sha256; do
	GIT_DEFAULT_HASH=$hash
	export GIT_DEFAULT_HASH
	mkdir "$here/$hash"

	test_expect_success "$hash: a linked worktree shares the trust" '
		cd "$here/$hash" &&
		make_project origin &&
		cd origin &&
		git commit -q --allow-empty -m second &&
		git config uploadpack.allowAnySHA1InWant true &&
		git config uploadpack.allowFilter true &&
		git worktree add -q -b side ../linked &&
		cd ../linked &&
		git intoto init --yes &&
		test -f ../origin/.git/intoto/trust.json &&
		git -C ../origin intoto trust list >../one &&
		git intoto trust list >../two &&
		test_cmp ../one ../two
	'

	test_expect_success "$hash: tag and build in it, verify in the other" '
		cd "$here/$hash/linked" &&
		echo more >more && git add more && git commit -q -m more &&
		git intoto tag -m v1.0 v1.0 &&
		git intoto build -p "dist/*" -- make dist &&
		git intoto verify v1.0 dist/* &&
		git -C ../origin intoto verify v1.0 "$PWD/dist/main.txt" &&
		git -C ../origin intoto record-tree v1.0 >../one &&
		mkdir -p sub/folder &&
		git -C sub/folder intoto record-tree v1.0 >../two &&
		test_cmp ../one ../two &&
		test -z "$(find ../origin/.git/worktrees -name intoto)"
	'

	test_expect_success "$hash: its own configuration counts" '
		cd "$here/$hash/linked" &&
		git config extensions.worktreeConfig true &&
		git config --worktree intoto.tagStep other &&
		test_must_fail git intoto tag -m no no 2>../err &&
		grep "other" ../err &&
		git config --worktree --unset intoto.tagStep &&
		git intoto tag -m v1.1 v1.1 &&
		git -C ../origin intoto verify v1.0 "$PWD/dist/main.txt"
	'

	test_expect_success "$hash: the hooks of a worktree are those of all" '
		cd "$here/$hash/linked" &&
		git intoto hooks install &&
		test -x ../origin/.git/hooks/pre-push ||
		git config --get-regexp "hook\\..*" &&
		git init -q --bare ../empty.git &&
		git tag -s -m x unlinked &&
		test_must_fail git push -q ../empty.git unlinked 2>../err &&
		grep "in-toto: refs/tags/unlinked: .*\[tag-unlinked\]" ../err &&
		test_must_fail git -C ../origin push -q ../empty.git unlinked &&
		git tag -d unlinked
	'

	test_expect_success "$hash: worktrees of a bare repository" '
		cd "$here/$hash" &&
		git clone -q --bare origin bare.git &&
		git -C bare.git fetch -q origin \
			"refs/notes/in-toto/*:refs/notes/in-toto/*" &&
		git -C bare.git worktree add -q ../tree v1.0 &&
		cd tree &&
		git intoto trust add "$HOME/mona.pub" &&
		git intoto verify v1.0 ../linked/dist/main.txt &&
		test -f ../bare.git/intoto/trust.json &&
		git -C ../bare.git intoto verify v1.0
	'

	test_expect_success "$hash: a shallow clone verifies" '
		cd "$here/$hash" &&
		git clone -q --depth=1 --branch v1.0 "file://$PWD/origin" shallow &&
		cd shallow &&
		test "$(git rev-parse --is-shallow-repository)" = true &&
		follow &&
		git intoto verify v1.0 ../linked/dist/main.txt &&
		git intoto record-tree v1.0 >../two &&
		test_cmp ../one ../two
	'

	test_expect_success "$hash: tag, build and push from a shallow clone" '
		cd "$here/$hash" &&
		git clone -q --bare origin guarded.git &&
		git -C guarded.git fetch -q origin \
			"refs/notes/in-toto/*:refs/notes/in-toto/*" &&
		git -C guarded.git intoto hooks install --server \
			--key "$HOME/mona.pub" &&
		cd shallow &&
		git switch -q -c main &&
		git commit -q --allow-empty -m "on top" &&
		git intoto tag -m v2.0 v2.0 &&
		git intoto build --tag v2.0 -p "dist/*" -- make dist &&
		git intoto verify v2.0 dist/main.txt &&
		ref=refs/notes/in-toto/links/$(git rev-parse v2.0 |
			tail -c 3) &&
		git push -q --atomic ../guarded.git "$ref" v2.0 &&
		git tag -a -m x bad &&
		test_must_fail git push ../guarded.git bad 2>../err &&
		grep "\[tag-unsigned\]" ../err
	'

	test_expect_success "$hash: proof that was fetched shallow" '
		cd "$here/$hash" &&
		git clone -q --depth=1 --branch v1.0 "file://$PWD/origin" \
			depth &&
		cd depth &&
		follow --depth=1 &&
		git intoto verify v1.0 ../linked/dist/main.txt
	'

	test_expect_success "$hash: what lies beyond its end is missing" '
		cd "$here/$hash/depth" &&
		beyond=$(git -C ../origin rev-list --max-parents=0 main) &&
		refused 128 - git intoto record-tree "$beyond" &&
		tree=$(git rev-parse "HEAD^{tree}") &&
		blob=$(git rev-parse HEAD:README) &&
		cp -R . ../holed &&
		cd ../holed &&
		for pack in .git/objects/pack/*.pack
		do
			mv "$pack" ../p && rm -f "${pack%.pack}".* &&
			git unpack-objects -q <../p || return 1
		done &&
		rm -f ".git/objects/$(echo "$blob" | sed "s|..|&/|")" &&
		refused 128 - git intoto record-tree HEAD &&
		grep "^hint: git fetch --unshallow" err
	'

	test_expect_success "$hash: GIT_DIR, GIT_WORK_TREE, GIT_COMMON_DIR" '
		cd "$here/$hash" &&
		GIT_DIR=$PWD/origin/.git git-intoto verify v1.0 >out &&
		tail -n 1 out | grep "^accepted" &&
		GIT_DIR=origin/.git GIT_WORK_TREE=linked \
			git intoto verify v1.0 &&
		git --git-dir=origin/.git --work-tree=origin intoto \
			record-tree v1.0 >two &&
		test_cmp one two &&
		GIT_DIR=$PWD/origin/.git/worktrees/linked \
			GIT_COMMON_DIR=$PWD/origin/.git git intoto verify v1.0 &&
		GIT_DIR=$PWD/origin/.git GIT_OBJECT_DIRECTORY=$PWD/nowhere \
			refused 128 - git intoto verify v1.0
	'

	test_expect_success "$hash: a namespace changes nothing here" '
		cd "$here/$hash/origin" &&
		GIT_NAMESPACE=other git intoto verify v1.0
	'

	test_expect_success "$hash: a git folder elsewhere" '
		cd "$here/$hash" &&
		git clone -q --separate-git-dir=apart.git origin apart &&
		cd apart &&
		follow &&
		git intoto verify v1.0 &&
		test -d ../apart.git/intoto &&
		git clone -q ../origin ../pointed &&
		mv ../pointed/.git ../pointed.git &&
		ln -s ../pointed.git ../pointed/.git &&
		git -C ../pointed intoto record-tree v1.0 >../two &&
		test_cmp ../one ../two
	'

	test_expect_success "$hash: refs/replace changes nothing but a warning" '
		cd "$here/$hash" &&
		cp -R origin replaced &&
		cd replaced &&
		blob=$(git rev-parse v1.0:README) &&
		other=$(git rev-parse v1.0:Makefile) &&
		git replace -f "$blob" "$other" &&
		git replace -f v1.0 v1.1 2>/dev/null;
		git intoto record-tree v1.0 >../two &&
		test_cmp ../one ../two &&
		git intoto verify v1.0 2>../err &&
		grep "refs/replace" ../err
	'
done

test_done
