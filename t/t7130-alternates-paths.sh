#!/bin/sh
test_description='borrowed objects, and paths that hold what paths may hold'
# shellcheck source=t/test-lib.sh
. ./test-lib.sh

here=$PWD
newline='
'

# c_quoted TEXT: as git quotes it in these places.
c_quoted() {
	python3 -c 'import os, sys
text = os.fsencode(sys.argv[1])
sys.stdout.write("\"" + "".join("\\%03o" % c if c < 32 or c > 126 or c in b"\"\\"
                               else chr(c) for c in text) + "\"")' "$1"
}

# borrow NAME LENDER: NAME has no objects, and names the LENDER in its file.
borrow() {
	git init -q "$1" &&
	printf '%s\n' "$2" >"$1/.git/objects/info/alternates" &&
	git -C "$1" update-ref refs/tags/v1.0 "$tag" &&
	git -C "$1" update-ref refs/heads/main "$(git -C "$1" rev-parse \
		"v1.0^{commit}")" &&
	git -C "$1" fetch -q "$here/$hash/origin" \
		"refs/notes/in-toto/*:refs/notes/in-toto/*" &&
	git -C "$1" intoto trust add "$HOME/mona.pub" >/dev/null
}

# same DIR: it has the tree, and accepts the tag.
same() {
	git -C "$1" intoto record-tree v1.0 >"$here/actual" &&
	test_cmp "$here/$hash/expected" "$here/actual" &&
	git -C "$1" intoto verify v1.0
}

test_expect_success 'set-up: keys' '
	make_ssh_key mona &&
	sign_with_ssh mona
'

for hash in sha1 sha256; do
	GIT_DEFAULT_HASH=$hash
	export GIT_DEFAULT_HASH
	mkdir "$here/$hash"

	test_expect_success "$hash: a project with a tag" '
		cd "$here/$hash" &&
		init_project origin &&
		cd origin &&
		git intoto layout remove-step release build &&
		git intoto layout sign release &&
		seq 20000 >numbers && git add numbers && git commit -q -m more &&
		git intoto tag -m v1.0 v1.0 &&
		git intoto record-tree v1.0 >../expected &&
		tag=$(git rev-parse refs/tags/v1.0) &&
		same .
	'

	for form in loose packed; do
		test_expect_success "$hash, $form: alternates: absolute, relative, nested" '
			cd "$here/$hash" &&
			rm -rf absolute relative nested &&
			test $form = loose || git -C origin gc -q --prune=now &&
			borrow absolute "$PWD/origin/.git/objects" &&
			same absolute &&
			borrow relative ../../../origin/.git/objects &&
			same relative &&
			borrow nested "$PWD/relative/.git/objects" &&
			same nested
		'

		n=0
		for name in 'a:b' '"quoted" name' "Mona's" "new${newline}line" \
			'#hash' 'tab	and \n' "$(printf 'latin-\351')"; do
			n=$((n + 1))
			test_expect_success "$hash, $form: odd name $n of a lender" '
				cd "$here/$hash" &&
				rm -rf "$name" borrower &&
				git clone -q --mirror origin "$name" &&
				borrow borrower "$(c_quoted "$PWD/$name/objects")" &&
				same borrower
			'

			# git itself writes such a name as two lines.
			case $name in
			*"$newline"*) ;;
			*)
				test_expect_success "$hash, $form: odd name $n of a shared one" '
					cd "$here/$hash" &&
					rm -rf borrower &&
					git clone -q --shared "$name" borrower &&
					git -C borrower intoto record-tree v1.0 \
						>actual &&
					test_cmp expected actual
				' ;;
			esac

			test_expect_success "$hash, $form: odd name $n in the environment" '
				cd "$here/$hash" &&
				rm -rf empty &&
				git init -q empty &&
				quoted=$(c_quoted "$PWD/$name/objects") &&
				GIT_ALTERNATE_OBJECT_DIRECTORIES="/nowhere:$quoted" &&
				export GIT_ALTERNATE_OBJECT_DIRECTORIES &&
				git -C empty cat-file -e "$tag" &&
				git -C empty intoto record-tree "$tag" >actual &&
				unset GIT_ALTERNATE_OBJECT_DIRECTORIES &&
				test_cmp expected actual &&
				refused 128 - git -C empty intoto record-tree "$tag"
			'
		done
	done

	n=0
	for name in 'a:b' '"quoted" name' "Mona's \$HOME" \
		"new${newline}line$newline" '-dash' 'glob*[a]?' \
		"$(printf 'latin-\351')"; do
		n=$((n + 1))
		test_expect_success "$hash: odd name $n of a client: tag, build, verify" '
			cd "$here/$hash" &&
			rm -rf clients &&
			mkdir clients &&
			cd clients &&
			init_project "./$name" &&
			cd "./$name" &&
			git intoto tag -m v1.0 v1.0 &&
			git intoto build -p "dist/*" -- make dist &&
			git intoto verify v1.0 dist/main.txt &&
			git intoto export v1.0 ../exported &&
			git intoto hooks install &&
			git intoto hooks status &&
			git worktree add -q --detach "../linked $name" &&
			git -C "../linked $name" intoto verify v1.0 \
				"$PWD/dist/main.txt"
		'

		test_expect_success "$hash: odd name $n of a server: what it takes" '
			cd "$here/$hash/clients" &&
			server=$PWD/"server $name.git" &&
			git init -q --bare "$server" &&
			git -C "$server" intoto hooks install --server \
				--key "$HOME/mona.pub" &&
			git -C "$server" intoto hooks status &&
			cd "./$name" &&
			git push -q --no-verify --atomic "$server" main \
				"refs/notes/in-toto/*:refs/notes/in-toto/*" v1.0 &&
			git tag -a -m x bad &&
			test_must_fail git push --no-verify "$server" bad \
				2>"$here/err" &&
			grep "in-toto: refs/tags/bad: .*\[tag-unsigned\]" \
				"$here/err" &&
			git commit -q --allow-empty -m next &&
			git intoto tag -m v2.0 v2.0 &&
			git push -q --no-verify --atomic "$server" \
				"refs/notes/in-toto/*:refs/notes/in-toto/*" v2.0 &&
			git -C "$server" intoto record-tree v2.0
		'
	done

	test_expect_success "$hash: a multi-pack-index, bitmaps, a commit-graph" '
		cd "$here/$hash" &&
		rm -rf indexed &&
		git clone -q --mirror origin indexed &&
		cd indexed &&
		git intoto trust add "$HOME/mona.pub" &&
		git repack -q -a -d &&
		echo x | git hash-object -w --stdin &&
		git repack -q &&
		git multi-pack-index write --bitmap &&
		git commit-graph write --reachable &&
		cd .. &&
		same indexed
	'

	test_expect_success "$hash: damaged ones change nothing" '
		cd "$here/$hash/indexed" &&
		chmod -R +w objects &&
		for file in objects/pack/multi-pack-index objects/info/commit-graph
		do
			echo junk >"$file" || return 1
		done &&
		git intoto record-tree v1.0 >actual &&
		test_cmp ../expected actual
	'

	test_expect_success "$hash: alternates that lead in a circle, or nowhere" '
		cd "$here/$hash" &&
		rm -rf one two &&
		borrow one "$PWD/origin/.git/objects" &&
		git init -q two &&
		printf "%s\n" "$PWD/one/.git/objects" "$PWD/two/.git/objects" \
			/nowhere "$PWD/README" >two/.git/objects/info/alternates &&
		echo "$PWD/two/.git/objects" >>one/.git/objects/info/alternates &&
		git -C two intoto record-tree "$tag" >actual &&
		test_cmp expected actual &&
		mv origin away &&
		refused 128 - git -C two intoto record-tree "$tag" &&
		mv away origin
	'
done

test_done
