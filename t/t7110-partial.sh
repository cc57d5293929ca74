#!/bin/sh
test_description='partial clones: what is missing is fetched, and never a verdict'
# shellcheck source=t/test-lib.sh
. ./test-lib.sh

here=$PWD

# lacks DIR: so many objects of HEAD are not there.
lacks() {
	git -C "$1" rev-list --objects --missing=print --all | grep -c '^?'
}

# fetches: so often git fetched while the trace was on.
fetches() {
	grep -c "built-in: git fetch .*--stdin" "$here/trace"
}

test_expect_success 'set-up: keys' '
	make_ssh_key mona &&
	sign_with_ssh mona
'

for hash in sha1 sha256; do
	GIT_DEFAULT_HASH=$hash
	export GIT_DEFAULT_HASH
	url="file://$here/$hash/origin"

	test_expect_success "$hash: a project with a complete tag" '
		mkdir "$here/$hash" &&
		cd "$here/$hash" &&
		make_project origin &&
		cd origin &&
		mkdir -p a/b/c &&
		for i in 1 2 3 4 5 6 7 8 9
		do
			echo $i >a/$i && echo b$i >a/b/c/$i || return 1
		done &&
		seq 30000 >big &&
		git add . &&
		git commit -q -m more &&
		git config uploadpack.allowFilter true &&
		git config uploadpack.allowAnySHA1InWant true &&
		git intoto init --yes &&
		git intoto tag -m v1.0 v1.0 &&
		git intoto build -p "dist/*" -- make dist &&
		git intoto record-tree v1.0 >../expected
	'

	for filter in blob:none blob:limit=100 tree:0; do
		test_expect_success "$hash, $filter: record-tree, as of the origin" '
			cd "$here/$hash" &&
			rm -rf partial &&
			git clone -q --no-checkout --filter=$filter "$url" partial &&
			test "$(lacks partial)" -gt 0 &&
			GIT_TRACE=$here/trace git -C partial intoto record-tree \
				v1.0 >actual &&
			test_cmp expected actual &&
			test "$(find partial/.git/objects -name "*.pack" |
				wc -l)" -lt 9
		'

		test_expect_success "$hash, $filter: verify, as of the origin" '
			cd "$here/$hash" &&
			rm -rf partial &&
			git clone -q --no-checkout --filter=$filter "$url" partial &&
			cd partial &&
			git config --add remote.origin.fetch \
				"+refs/notes/in-toto/*:refs/in-toto-remotes/origin/*" &&
			git fetch -q &&
			git intoto trust add "$HOME/mona.pub" &&
			git intoto verify v1.0 ../origin/dist/* >../out &&
			tail -n 1 ../out | grep "^accepted: 2 files" &&
			cp ../origin/README main.txt &&
			test_expect_code 1 git intoto verify v1.0 main.txt \
				2>../err &&
			grep "file-changed" ../err
		'
	done

	test_expect_success "$hash: all blobs are fetched at once" '
		cd "$here/$hash" &&
		rm -rf partial "$here/trace" &&
		git clone -q --no-checkout --filter=blob:none "$url" partial &&
		test "$(lacks partial)" -gt 20 &&
		GIT_TRACE=$here/trace git -C partial intoto record-tree v1.0 &&
		test "$(fetches)" = 1 &&
		rm "$here/trace" &&
		GIT_TRACE=$here/trace git -C partial intoto record-tree v1.0 &&
		! grep "fetch" "$here/trace"
	'

	test_expect_success "$hash: tag and build in a partial clone" '
		cd "$here/$hash/partial" &&
		git config --add remote.origin.fetch \
			"+refs/notes/in-toto/*:refs/in-toto-remotes/origin/*" &&
		git fetch -q &&
		git intoto trust add "$HOME/mona.pub" &&
		rm -rf ../fresh &&
		git clone -q --no-checkout --filter=blob:none "$url" ../fresh &&
		cd ../fresh &&
		git config --add remote.origin.fetch \
			"+refs/notes/in-toto/*:refs/in-toto-remotes/origin/*" &&
		git fetch -q &&
		git intoto trust add "$HOME/mona.pub" &&
		tree=$(git rev-parse "HEAD^{tree}") &&
		git update-ref refs/heads/main \
			"$(git commit-tree -p HEAD -m next "$tree")" &&
		git intoto tag -m v2.0 v2.0 &&
		git intoto build --tag v2.0 -p "dist/*" -- make dist &&
		git intoto verify v2.0 dist/main.txt
	'

	test_expect_success "$hash: the origin is gone: it cannot be told" '
		cd "$here/$hash" &&
		rm -rf partial &&
		git clone -q --no-checkout --filter=blob:none "$url" partial &&
		cd partial &&
		git config --add remote.origin.fetch \
			"+refs/notes/in-toto/*:refs/in-toto-remotes/origin/*" &&
		git fetch -q &&
		git intoto trust add "$HOME/mona.pub" &&
		mv ../origin ../away &&
		refused 128 - git intoto verify v1.0 &&
		refused 128 - git intoto record-tree v1.0 &&
		grep "cannot fetch [0-9]* objects that this partial clone lacks" err &&
		grep "^hint: git fetch --refetch --no-filter origin" err &&
		mv ../away ../origin
	'

	test_expect_success "$hash: the origin lost an object: it cannot be told" '
		cd "$here/$hash" &&
		git clone -q --bare origin poor &&
		git -C poor config uploadpack.allowFilter true &&
		git -C poor config uploadpack.allowAnySHA1InWant true &&
		mv poor/objects/pack poor/packs &&
		mkdir poor/objects/pack &&
		for pack in poor/packs/*.pack
		do
			test ! -f "$pack" ||
			git -C poor unpack-objects -q <"$pack" || return 1
		done &&
		rm -rf partial poor/packs &&
		git clone -q --no-checkout --filter=blob:none \
			"file://$PWD/poor" partial &&
		blob=$(git -C origin rev-parse v1.0:a/b/c/3) &&
		rm -f "poor/objects/$(echo "$blob" | sed "s|..|&/|")" &&
		cd partial &&
		refused 128 - git intoto record-tree v1.0
	'

	test_expect_success "$hash: a server that is a partial clone fetches nothing" '
		cd "$here/$hash" &&
		git clone -q --bare --no-tags --filter=blob:none "$url" \
			server.git &&
		git -C server.git fetch -q origin \
			"refs/notes/in-toto/*:refs/notes/in-toto/*" &&
		git -C server.git intoto hooks install --server \
			--key "$HOME/mona.pub" &&
		test "$(lacks server.git)" -gt 20 &&
		before=$(lacks server.git) &&
		cat >"$here/ask" <<-EOF &&
		#!/bin/sh
		echo "\$PPID" >>"$here/$hash/asked"
		exec git-upload-pack "\$@"
		EOF
		chmod +x "$here/ask" &&
		git -C server.git config remote.origin.uploadpack \
			"\"$here/ask\"" &&
		cd origin &&
		git -c user.signingKey="$HOME/mona.pub" intoto tag -m v3.0 v3.0 &&
		ref=refs/notes/in-toto/links/$(git rev-parse v3.0 |
			tail -c 3) &&
		test_must_fail git push --atomic ../server.git "$ref" v3.0 \
			2>../err &&
		grep "in-toto: .*object .* \(is missing\|cannot be read\)" ../err &&
		test_must_fail git -C ../server.git rev-parse -q --verify \
			refs/tags/v3.0 &&
		! test -e "$here/$hash/asked" &&
		test "$(lacks ../server.git)" = "$before" &&
		git -C ../server.git cat-file -e HEAD:big &&
		test -e "$here/$hash/asked"
	'
done

test_done
