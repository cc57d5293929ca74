#!/bin/sh
test_description='a guarded server: what gets in, and every push that does not'
# shellcheck source=t/test-lib.sh
. ./test-lib.sh

# The state of the server: refs and the health of its objects.
state() {
	git -C "$SERVER" for-each-ref --format='%(refname) %(objectname)'
}

# hostile REASON COMMAND...: the push fails, says why, and changes nothing.
hostile() {
	hostile_reason=$1
	shift
	state >before &&
	test_must_fail "$@" >out 2>err &&
	{ grep "in-toto: refs/.*\[$hostile_reason\]" err || {
		cat err
		return 1
	}; } &&
	state >after &&
	test_cmp before after
}

# make_tag NAME EXTRA: a tag object like v1.0's with the sed script applied.
remake_tag() {
	git cat-file tag v1.0 | sed "$1" | git hash-object --literally -t tag \
		-w --stdin
}

# link_lines TAG: add the lines on stdin to the local note of an object.
put_note() {
	put_ref=in-toto/links/$(echo "$1" | tail -c 3) &&
	git notes --ref="$put_ref" add -f -F - "$1" >/dev/null 2>&1
}

shard() {
	echo "refs/notes/in-toto/links/$(git rev-parse "$1" | tail -c 3)"
}

test_expect_success 'set-up: a project, a server, a pin' '
	make_ssh_key mona &&
	make_ssh_key eve &&
	make_pem_key ci &&
	sign_with_ssh mona &&
	SERVER=$PWD/server.git &&
	git init -q --bare "$SERVER" &&
	make_project work &&
	cd work &&
	git remote add origin "$SERVER" &&
	git push -q origin main &&
	git intoto init --yes &&
	(
		cd "$SERVER" &&
		test_expect_code 128 git intoto hooks install --server 2>err &&
		grep "a server needs a pin" err &&
		rm err &&
		git intoto hooks install --server --key "$HOME/mona.pub" >out &&
		grep "^pre-receive installed" out &&
		grep "^update installed" out &&
		git intoto hooks install --server --key "$HOME/mona.pub" >out &&
		grep "^pre-receive already installed" out &&
		git intoto hooks status &&
		rm out
	)
'

test_expect_success 'a push that touches no guarded ref passes' '
	echo more >>README &&
	git commit -q -a -m more &&
	git push origin main 2>err &&
	! grep in-toto err
'

test_expect_success 'a signed, linked tag without a layout there: refused' '
	git intoto tag -m v1.0 v1.0 >published &&
	hostile no-layout git push origin refs/tags/v1.0
'

test_expect_success 'layout, link and tag in one push get in' '
	push=$(sed -n "s/^ *\(git push .*\)/\1/p" published | head -n 1) &&
	test -n "$push" &&
	eval "$push" &&
	git -C "$SERVER" rev-parse --verify refs/tags/v1.0
'

test_expect_success 'a build link, bound by name, gets in later' '
	git intoto build -p "dist/*" -- make dist >published &&
	git push origin "$(shard v1.0)"
'

test_expect_success 'hostile: an unsigned tag' '
	git tag -a -m x unsigned &&
	hostile tag-unsigned git push origin unsigned
'

test_expect_success 'hostile: a lightweight tag' '
	git tag light &&
	hostile tag-lightweight git push origin light
'

test_expect_success 'hostile: a signed tag without a link' '
	git tag -s -m x unlinked &&
	hostile tag-unlinked git push origin unlinked
'

test_expect_success 'hostile: a tag under another name' '
	hostile tag-renamed git push origin refs/tags/v1.0:refs/tags/v9
'

test_expect_success 'hostile: a nested tag' '
	git tag -s -m x nested v1.0 2>/dev/null &&
	hostile tag-nested git push origin nested
'

test_expect_success 'hostile: a tag signed by a stranger' '
	git -c user.signingKey="$HOME/eve.pub" tag -s -m x stranger &&
	hostile tag-signer git push origin stranger
'

test_expect_success 'hostile: a moved tag' '
	git commit -q --allow-empty -m moved &&
	git -c user.signingKey="$HOME/mona.pub" tag -f -s -m x v1.0 &&
	hostile tag-moved git push --force origin v1.0 &&
	git fetch -q --force origin refs/tags/v1.0:refs/tags/v1.0
'

test_expect_success 'hostile: a deleted tag' '
	hostile tag-deleted git push origin :refs/tags/v1.0
'

test_expect_success 'hostile: two signatures' '
	git cat-file tag v1.0 >tag &&
	sed -n "/BEGIN SSH/,\$p" tag >armor &&
	cat tag armor >double &&
	id=$(git hash-object -t tag -w double) &&
	hostile tag-two-signatures git push origin "$id:refs/tags/v1.0-double"
'

test_expect_success 'hostile: an extra header' '
	id=$(remake_tag "4i\\
extra header") &&
	hostile tag-malformed git push origin "$id:refs/tags/v1.0-extra"
'

test_expect_success 'hostile: bytes after the signature' '
	{ git cat-file tag v1.0; echo more; } >tag &&
	id=$(git hash-object -t tag -w tag) &&
	hostile tag-trailing-bytes git push origin "$id:refs/tags/v1.0-more"
'

test_expect_success 'hostile: a changed message under the old signature' '
	git cat-file tag v1.0 | sed "s/^v1.0\$/v6.6/" >tag &&
	id=$(git hash-object -t tag -w tag) &&
	git cat-file tag "$id" | grep "v6.6" &&
	hostile signature-bad git push origin "$id:refs/tags/v1.0" \
		|| hostile tag-moved git push --force origin "$id:refs/tags/v1.0"
'

test_expect_success 'hostile: a link of another tag beside a new one' '
	git tag -s -m x copied &&
	note_of v1.0 | put_note "$(git rev-parse copied)" &&
	hostile line-misfiled git push --atomic origin "$(shard copied)" copied
'

test_expect_success 'hostile: a line by a key that no layout names' '
	git clone -q . ../eve &&
	(
		cd ../eve &&
		git config user.signingKey "$HOME/eve.pub" &&
		git intoto init --yes --no-fetch >/dev/null &&
		git intoto tag -m x eve >/dev/null
	) &&
	git fetch -q ../eve "refs/tags/eve:refs/tags/eve" \
		"+refs/notes/in-toto/*:refs/eve/*" &&
	id=$(git rev-parse refs/tags/eve) &&
	hostile "l[a-z-]*" git push --atomic origin \
		"refs/eve/links/$(echo "$id" | tail -c 3):$(shard eve)" eve
'

test_expect_success 'hostile: the layout of another owner' '
	hostile "layout-[a-z-]*" git push --force origin \
		refs/eve/layouts/release:refs/notes/in-toto/layouts/release &&
	hostile "layout-[a-z-]*" git push origin \
		refs/eve/layouts/release:refs/notes/in-toto/layouts/other
'

test_expect_success 'hostile: a layout under another name' '
	hostile layout-name git push origin \
		refs/notes/in-toto/layouts/release:refs/notes/in-toto/layouts/x
'

test_expect_success 'a renewed layout gets in, the old one does not come back' '
	old=$(git rev-parse refs/notes/in-toto/layouts/release) &&
	git intoto layout renew release --expires 2y &&
	git push origin refs/notes/in-toto/layouts/release &&
	tree=$(git rev-parse "$old^{tree}") &&
	new=$(git rev-parse refs/notes/in-toto/layouts/release) &&
	back=$(git commit-tree -p "$new" -m back "$tree") &&
	hostile layout-rollback git push origin \
		"$back:refs/notes/in-toto/layouts/release" &&
	hostile "layout-[a-z-]*" git push --force origin \
		"$old:refs/notes/in-toto/layouts/release"
'

test_expect_success 'hostile: a layout in a merge' '
	new=$(git rev-parse refs/notes/in-toto/layouts/release) &&
	merge=$(git commit-tree -p "$new" -p HEAD -m merge "$new^{tree}") &&
	hostile layout-not-linear git push origin \
		"$merge:refs/notes/in-toto/layouts/release"
'

test_expect_success 'hostile: notes rewritten, shrunk, deleted' '
	ref=$(shard v1.0) &&
	tip=$(git rev-parse "$ref") &&
	note_of v1.0 | sed 1d >less &&
	git update-ref refs/notes/save "$tip" &&
	put_note "$(git rev-parse v1.0)" <less &&
	hostile notes-shrunk git push origin "$ref" &&
	git update-ref "$ref" "$tip" &&
	orphan=$(git commit-tree -m new "$tip^{tree}") &&
	hostile notes-rewritten git push --force origin "$orphan:$ref" &&
	hostile ref-deleted git push origin ":$ref" &&
	hostile ref-deleted git push origin \
		:refs/notes/in-toto/layouts/release
'

test_expect_success 'hostile: a malformed line, odd modes, foreign entries' '
	ref=$(shard v1.0) &&
	tip=$(git rev-parse "$ref") &&
	{ note_of v1.0; echo "{\"a\": 1.5}"; } |
		LC_ALL=C sort | put_note "$(git rev-parse v1.0)" &&
	hostile line-malformed git push origin "$ref" &&
	git update-ref "$ref" "$tip" &&
	{ note_of v1.0 | LC_ALL=C sort -r; } >reversed &&
	note_of v1.0 >sorted &&
	! cmp sorted reversed &&
	put_note "$(git rev-parse v1.0)" <reversed &&
	hostile line-malformed git push origin "$ref" &&
	git update-ref "$ref" "$tip" &&
	blob=$(git hash-object -w sorted) &&
	tree=$({ git ls-tree "$tip"; printf "120000 blob %s\t%s\n" "$blob" \
		"$(git rev-parse HEAD | sed "s/..\$/$(echo "$ref" | tail -c 3)/")"; } |
		git mktree) &&
	odd=$(git commit-tree -p "$tip" -m odd "$tree") &&
	hostile notes-tree git push origin "$odd:$ref" &&
	tree=$({ git ls-tree "$tip"; printf "100644 blob %s\tREADME\n" "$blob"; } |
		git mktree) &&
	odd=$(git commit-tree -p "$tip" -m odd "$tree") &&
	hostile notes-tree git push origin "$odd:$ref"
'

test_expect_success 'hostile: reserved names' '
	hostile ref-reserved git push origin HEAD:refs/notes/in-toto/anything &&
	hostile ref-reserved git push origin \
		HEAD:refs/notes/in-toto/links/xyz &&
	hostile ref-reserved git push origin \
		HEAD:refs/in-toto-remotes/origin/links/ab
'

test_expect_success 'hostile: a tag below a folder is guarded as well' '
	git tag -a -m x folder/unsigned &&
	hostile tag-unsigned git push origin folder/unsigned
'

test_expect_success 'hostile: one bad ref refuses the whole push' '
	git commit -q --allow-empty -m good &&
	git tag -a -m x bad &&
	hostile tag-unsigned git push origin main bad
'

test_expect_success 'what the pusher configures does not count' '
	hostile tag-unsigned env GIT_CONFIG_COUNT=1 \
		GIT_CONFIG_KEY_0=intoto.protected GIT_CONFIG_VALUE_0=refs/none \
		git push origin bad &&
	git config --global intoto.protected refs/none &&
	hostile tag-unsigned git push origin bad &&
	git config --global --unset intoto.protected
'

test_expect_success 'patterns of the server: several, and excludes' '
	git -C "$SERVER" config intoto.protected "refs/tags/v*" &&
	git push origin refs/tags/unsigned &&
	git -C "$SERVER" config --add intoto.protected "refs/tags/*" &&
	git -C "$SERVER" config --add intoto.protected "!refs/tags/light" &&
	git push origin refs/tags/light &&
	hostile tag-unsigned git push origin bad &&
	git -C "$SERVER" config --add intoto.protected "" &&
	hostile policy-unreadable git push origin refs/tags/bad &&
	git push origin main 2>err &&
	grep "warning: .*intoto.protected" err &&
	git -C "$SERVER" config --unset-all intoto.protected
'

test_expect_success 'a new linked tag gets in after all that' '
	git intoto tag -m v1.1 v1.1 >published &&
	push=$(sed -n "s/^ *\(git push .*\)/\1/p" published | head -n 1) &&
	eval "$push" &&
	git -C "$SERVER" fsck --strict
'

test_expect_success 'an expired layout lets no new tag in' '
	git intoto tag -m v1.2 v1.2 >published &&
	git intoto layout set release --expires "$(date -u -d "+4 seconds" \
		+%Y-%m-%dT%H:%M:%SZ)" &&
	git intoto layout sign release &&
	git push origin refs/notes/in-toto/layouts/release &&
	sleep 5 &&
	hostile layout-expired git push --atomic origin "$(shard v1.2)" v1.2 &&
	git intoto layout renew release &&
	git push origin refs/notes/in-toto/layouts/release &&
	git push --atomic origin "$(shard v1.2)" v1.2
'

test_expect_success 'the update hook alone judges one ref at a time' '
	mv "$SERVER/hooks/pre-receive" "$SERVER/hooks/off" &&
	hostile tag-unsigned git push origin bad &&
	git intoto tag -m v1.3 v1.3 >published &&
	hostile tag-unlinked git push origin v1.3 &&
	git push origin "$(shard v1.3)" &&
	git push origin v1.3 &&
	mv "$SERVER/hooks/off" "$SERVER/hooks/pre-receive"
'

test_expect_success 'an unreadable policy refuses what is guarded, no more' '
	mv "$SERVER/intoto/trust.json" "$SERVER/intoto/off" &&
	echo "{" >"$SERVER/intoto/trust.json" &&
	hostile policy-unreadable git push origin bad &&
	git commit -q --allow-empty -m other &&
	git push origin main &&
	mv "$SERVER/intoto/off" "$SERVER/intoto/trust.json"
'

test_expect_success 'a stranger'\''s hook is left alone; ours goes when asked' '
	(
		cd "$SERVER" &&
		git intoto hooks uninstall >out &&
		grep "pre-receive removed" out &&
		! test -e hooks/pre-receive &&
		printf "#!/bin/sh\nexit 0\n" >hooks/update &&
		cp hooks/update ../stranger &&
		test_expect_code 1 git intoto hooks install --server \
			--key "$HOME/mona.pub" 2>err &&
		grep "\[hook-stranger\]" err &&
		cmp hooks/update ../stranger &&
		git intoto hooks uninstall &&
		cmp hooks/update ../stranger
	)
'

test_expect_success 'pre-push refuses what the server would refuse' '
	git intoto hooks install >out &&
	grep "pre-push installed" out &&
	test_must_fail git push origin bad 2>err &&
	grep "in-toto: refs/tags/bad: .*\[tag-unsigned\]" err &&
	git push --no-verify origin main
'

test_done
