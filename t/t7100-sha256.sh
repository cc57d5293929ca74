#!/bin/sh
test_description='repositories with SHA-256 ids: the whole job, through git itself'
# shellcheck source=t/test-lib.sh
. ./test-lib.sh
# shellcheck source=t/forge-lib.sh
. "$intoto_top/t/forge-lib.sh"
# shellcheck source=t/transport-lib.sh
. "$intoto_top/t/transport-lib.sh"

here=$PWD
GIT_DEFAULT_HASH=sha256
export GIT_DEFAULT_HASH

# is_id TEXT: sixty-four lower-case digits.
is_id() {
	test "$(printf %s "$1" | tr -d 0-9a-f)" = "" &&
	test ${#1} = 64
}

# deny_cat_file SCRIPT: the `git cat-file` of later commands does that.
deny_cat_file() {
	mkdir -p "$here/fake" &&
	cat >"$here/fake/git" <<-FAKE &&
	#!/bin/sh
	case " \$* " in
	*' cat-file --batch '*) $1 ;;
	esac
	exec '$(PATH=${PATH#"$here/fake:"} command -v git)' "\$@"
	FAKE
	chmod +x "$here/fake/git"
}

test_expect_success 'set-up: keys, a project, its twin with SHA-1 ids' '
	make_ssh_key mona &&
	make_ssh_key eve &&
	make_gpg_key gina@example.com rsa3072 &&
	sign_with_ssh mona &&
	make_project base &&
	GIT_DEFAULT_HASH=sha1 make_project twin &&
	is_id "$(git -C base rev-parse HEAD)" &&
	for name in base twin
	do
		(
			cd $name &&
			mkdir -p "deep/er" &&
			: >empty &&
			ln -s README link &&
			echo x >"$(printf "deep/er/t\tb")" &&
			echo x >"$(printf "latin-\351")" &&
			chmod +x src/main.c &&
			seq 50000 >deep/numbers &&
			sed 7d deep/numbers >deep/fewer &&
			git add . &&
			git commit -q -m more
		) || return 1
	done &&
	start_sshd ssh GIT_PROTOCOL &&
	start_web_server
'

test_expect_success 'record-tree: as of the twin, loose and packed' '
	git -C twin intoto record-tree HEAD >expected &&
	test "$(wc -l <expected)" = 10 &&
	git -C base intoto record-tree HEAD >actual &&
	test_cmp expected actual &&
	cp -R base packed &&
	git -C packed repack -q -a -d &&
	test -z "$(find packed/.git/objects -path "*/??/*" -type f)" &&
	git -C packed intoto record-tree HEAD >actual &&
	test_cmp expected actual &&
	git -C packed multi-pack-index write &&
	git -C packed commit-graph write --reachable &&
	git -C packed intoto record-tree HEAD >actual &&
	test_cmp expected actual
'

test_expect_success 'paths that are no UTF-8 cannot be named in a link' '
	git -C base rm -q --cached "$(printf "latin-\351")" &&
	rm "base/$(printf "latin-\351")" &&
	git -C base commit -q -m utf-8
'

test_expect_success 'init: the layout is a note on the empty tree' '
	cd base &&
	git intoto init --yes >out &&
	empty=6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321 &&
	git notes --ref=in-toto/layouts/release show $empty >layout &&
	test "$(wc -l <layout)" = 1 &&
	git ls-tree -r --name-only refs/notes/in-toto/layouts/release \
		>entries &&
	test "$(tr -d / <entries)" = $empty &&
	rm layout entries
'

test_expect_success 'tag, build, verify, export' '
	commit=$(git rev-parse HEAD) &&
	git update-index --add --cacheinfo "160000,$commit,sub" &&
	git commit -q -m sub &&
	git intoto tag -m v1.0 v1.0 &&
	git intoto build -p "dist/*" -- make dist &&
	git intoto verify v1.0 dist/* >../out &&
	tail -n 1 ../out | grep "^accepted: 2 files come from v1.0" &&
	git intoto log >../out &&
	grep "^v1.0 *complete" ../out &&
	git intoto export v1.0 ../exported
'

test_expect_success 'what the link says: ids of 64 digits' '
	link_of v1.0 tag >../link.json &&
	for member in tag commit tree
	do
		is_id "$(json "j[\"environment\"][\"git\"][\"$member\"]" \
			<../link.json)" || return 1
	done &&
	test "$(json "j[\"environment\"][\"git\"][\"tag\"]" <../link.json)" = \
		"$(git rev-parse refs/tags/v1.0)" &&
	test "$(json "j[\"materials\"][\"sub\"][\"gitCommit\"]" \
		<../link.json)" = "$commit"
'

test_expect_success 'where it is: the shard of the last two digits' '
	id=$(git rev-parse refs/tags/v1.0) &&
	ref=refs/notes/in-toto/links/$(echo "$id" | tail -c 3) &&
	test "$(git ls-tree -r --name-only "$ref" | tr -d /)" = "$id" &&
	git notes --ref="$ref" show v1.0 | grep "\"_type\":\"link\""
'

test_expect_success 'stock in-toto verifies the export' '
	git intoto key export "$HOME/mona.pub" >../exported/key.pub &&
	(
		cd ../exported &&
		in-toto-verify --layout root.layout --link-dir . -k key.pub \
			-t ed25519
	)
'

test_expect_success 'everything packed, and in a bare clone: the same verdict' '
	cp -R ../base ../all &&
	git -C ../all gc -q --prune=now &&
	git -C ../all intoto verify v1.0 dist/main.txt >../out &&
	tail -n 1 ../out | grep "^accepted: " &&
	git clone -q --mirror . ../mirror.git &&
	git -C ../mirror.git intoto trust add "$HOME/mona.pub" &&
	git -C ../mirror.git intoto verify v1.0 "$PWD/dist/main.txt"
'

test_expect_success 'an OpenPGP tag, and a link by OpenPGP' '
	git intoto layout add-key release gpg:gina@example.com --step tag &&
	git intoto layout sign release --key "$HOME/mona.pub" &&
	git -c gpg.format=openpgp \
		-c user.signingKey="$(gpg_fingerprint gina@example.com)" \
		intoto tag -m gina gina &&
	git intoto build --tag gina -p "dist/*" -- make dist &&
	git intoto verify gina dist/main.txt
'

# Another form of the object, for another kind of ids, has its own signature.
test_expect_success 'a tag object that carries the signature of its other form' '
	git cat-file tag v1.0 >good &&
	sed -e "s/^tag v1.0/tag v1.1/" good | sed "/^-----BEGIN/,\$d" >body &&
	ssh-keygen -q -Y sign -n git -f "$HOME/mona" <body >sig 2>/dev/null &&
	{
		sed "/^\$/,\$d" body &&
		printf "gpgsig %s\n" "$(sed "2,\$s/^/ /" sig)" &&
		sed -n "/^\$/,\$p" body &&
		cat sig
	} >both &&
	make_tag v1.1 <both &&
	git intoto tag --existing v1.1 &&
	git intoto build --tag v1.1 -p "dist/*" -- make dist &&
	git intoto verify v1.1 dist/main.txt &&
	rm good body sig both
'

test_expect_success 'refusals: unsigned, renamed, moved, changed files' '
	git tag -a -m x plain &&
	refused 1 tag-unsigned git intoto verify plain &&
	git update-ref refs/tags/v9 refs/tags/v1.0 &&
	refused 1 tag-renamed git intoto verify v9 &&
	git tag -d v9 &&
	git tag -d plain &&
	echo changed >main.txt &&
	refused 1 file-changed git intoto verify v1.0 main.txt &&
	rm main.txt out err
'

# forty digits name no object here.
test_expect_success 'an id of the wrong length binds nothing' '
	line_of v1.0 tag >../line &&
	short=$(git -C ../twin rev-parse HEAD) &&
	forge mona "s[\"environment\"][\"git\"][\"commit\"] = \"$short\"" \
		<../line >../bad &&
	cp -R . ../short &&
	(
		cd ../short &&
		put_note v1.0 <../bad &&
		refused 1 tag-unlinked git intoto verify v1.0 &&
		grep "link-other-commit" err
	)
'

test_expect_success 'a blob that is damaged or gone: it cannot be told' '
	blob=$(git rev-parse HEAD:README) &&
	file=.git/objects/$(echo "$blob" | sed "s|..|&/|") &&
	cp "$file" ../kept &&
	chmod +w "$file" &&
	printf junk >"$file" &&
	refused 128 - git intoto verify v1.0 &&
	refused 128 - git intoto record-tree HEAD &&
	rm "$file" &&
	refused 128 - git intoto verify v1.0 &&
	grep "$blob.* is missing" err &&
	cp ".git/objects/$(git rev-parse HEAD:Makefile | sed "s|..|&/|")" \
		"$file" &&
	refused 128 - git intoto verify v1.0 &&
	grep "another id" err &&
	cp -f ../kept "$file" &&
	git intoto verify v1.0
'

test_expect_success 'a git that dies or lies: it cannot be told' '
	cd ../all &&
	for script in "exit 0" "exit 1" "kill -9 \$\$" \
		"while read -r id; do echo \$id missing; done; exit 0" \
		"while read -r id; do echo \$id blob 1; echo; echo; done; exit 0"
	do
		deny_cat_file "$script" &&
		PATH=$here/fake:$PATH refused 128 - git-intoto verify v1.0 \
			2>/dev/null || return 1
	done &&
	cd ../base
'

for transport in ssh http; do
	test_expect_success "$transport: a guarded server takes what is proven" '
		cd "$here" &&
		make_server $transport "$transport.git" &&
		test "$(git -C "$SERVER" rev-parse --show-object-format)" = \
			sha256 &&
		make_maintainer $transport &&
		cd $transport &&
		git commit -q --allow-empty -m two &&
		release v2.0 &&
		git intoto build -p "dist/*" -- make dist >published &&
		publish
	'

	test_expect_success "$transport: and nothing else" '
		cd "$here/$transport" &&
		git tag -a -m x bad &&
		hostile bad tag-unsigned git push origin bad &&
		git tag -f -s -m x bad &&
		hostile bad tag-unlinked git push origin bad &&
		hostile bad tag-renamed git push origin v2.0:refs/tags/bad &&
		git commit -q --allow-empty -m moved &&
		git tag -f -s -m x v2.0 &&
		hostile v2.0 tag-moved git push --force origin v2.0 &&
		hostile v2.0 tag-deleted git push origin :refs/tags/v2.0
	'

	test_expect_success "$transport: clone, trust add, verify, and no more" '
		cd "$here" &&
		git clone -q "$URL" $transport-user &&
		cd $transport-user &&
		git intoto trust add "$HOME/mona.pub" &&
		git intoto verify v2.0 "../$transport/dist/main.txt" >out &&
		grep "^accepted: 1 file" out
	'
done

test_expect_success 'notes that shrink, grow by a stranger, or are malformed' '
	cd "$here/ssh" &&
	SERVER=$SERVERS/ssh.git &&
	git fetch -q origin "+refs/tags/*:refs/tags/*" &&
	ref=refs/notes/$(shard v2.0) &&
	git fetch -q origin "$ref" &&
	git update-ref "$ref" FETCH_HEAD &&
	note_of v2.0 >lines &&
	refuse_notes() {
		server_refs >../before &&
		test_must_fail git push origin "$ref" 2>../err &&
		grep "^remote: in-toto: $ref: .*\[$1\]" ../err &&
		server_refs >../after &&
		test_cmp ../before ../after &&
		git update-ref "$ref" FETCH_HEAD
	} &&
	sed 1d lines | put_note v2.0 &&
	refuse_notes notes-shrunk &&
	{
		cat lines &&
		line_of v2.0 tag | forge eve ""
	} | LC_ALL=C sort | put_note v2.0 &&
	refuse_notes line-unknown-key &&
	{
		cat lines &&
		echo junk
	} | put_note v2.0 &&
	refuse_notes line-malformed
'

test_expect_success 'a server that cannot read its policy' '
	cd "$here" &&
	make_server ssh broken.git &&
	git -C "$SERVER" config receive.unpackLimit 1000 &&
	make_maintainer broken &&
	cd broken &&
	git tag -d v1.0 &&
	git commit -q --allow-empty -m two &&
	release v2.0 &&
	git tag -s -m x bad &&
	layout=$(git -C "$SERVER" rev-parse \
		"refs/notes/in-toto/layouts/release^{tree}") &&
	rm -f "$SERVER/objects/$(echo "$layout" | sed "s|..|&/|")" &&
	server_refs >../before &&
	test_must_fail git push origin bad 2>../err &&
	grep "^remote: in-toto: refs/tags/bad: " ../err &&
	server_refs >../after &&
	test_cmp ../before ../after
'

test_expect_success 'ids of another kind do not mix' '
	cd "$here/twin" &&
	test_must_fail git push "$SERVERS/ssh.git" HEAD:refs/heads/twin 2>err &&
	grep "algorithm\|object format\|hash" err
'

test_done
