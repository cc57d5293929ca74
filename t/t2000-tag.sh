#!/bin/sh
test_description='git intoto tag: a signed tag and its link, or neither'
. ./test-lib.sh

# Neither the tag nor a note of it is there.
nothing_made() {
	test_must_fail git rev-parse -q --verify "refs/tags/$1" &&
	git for-each-ref refs/notes/in-toto/links >after &&
	test_cmp before after
}

remember() {
	git for-each-ref refs/notes/in-toto/links >before
}

test_expect_success 'setup' '
	make_ssh_key mona &&
	make_ssh_key other &&
	make_gpg_key gina@example.com &&
	sign_with_ssh mona &&
	init_project project
'

test_expect_success 'a tag is signed and linked' '
	(
		cd project &&
		git intoto tag -m "v1.0" v1.0 >out 2>err &&
		test_must_be_empty err &&
		grep "^tagged v1.0   tag [0-9a-f]\{7\}   commit [0-9a-f]\{7\}   4 paths" out &&
		grep "link of step .tag. signed by ed25519" out &&
		git cat-file tag v1.0 >tag &&
		grep "BEGIN SSH SIGNATURE" tag &&
		grep "^v1.0$" tag &&
		git intoto verify --layout release v1.0 >out || test $? = 1 &&
		rm -f tag out err
	)
'

test_expect_success 'the link says exactly what was tagged' '
	(
		cd project &&
		link_of v1.0 tag >link &&
		test "$(json "j[\"command\"]" <link)" = \
			"[$SQ""git$SQ, ${SQ}tag$SQ, $SQ-s$SQ, ${SQ}v1.0$SQ]" &&
		test "$(json "j[\"products\"], j[\"byproducts\"]" <link)" = "({}, {})" &&
		test "$(json "\",\".join(sorted(j[\"environment\"]))" <link)" = git &&
		test "$(json "\",\".join(sorted(j[\"environment\"][\"git\"]))" <link)" = \
			commit,layouts,manifestSha256,project,ref,tag,tagSha256,tree &&
		test "$(json "j[\"environment\"][\"git\"][\"ref\"]" <link)" = refs/tags/v1.0 &&
		test "$(json "j[\"environment\"][\"git\"][\"tag\"]" <link)" = $(git rev-parse v1.0) &&
		test "$(json "j[\"environment\"][\"git\"][\"commit\"]" <link)" = $(git rev-parse HEAD) &&
		test "$(json "j[\"environment\"][\"git\"][\"tree\"]" <link)" = $(git rev-parse HEAD^{tree}) &&
		test "$(json "j[\"environment\"][\"git\"][\"tagSha256\"]" <link)" = \
			$(git cat-file tag v1.0 | sha256sum | cut -d" " -f1) &&
		git intoto record-tree v1.0 >expected &&
		json "\"\\n\".join(d[\"sha256\"] + \"  \" + n for n, d in sorted(j[\"materials\"].items()))" <link >actual &&
		test_cmp expected actual &&
		rm -f link expected actual
	)
'

test_expect_success 'git itself finds the note and the tag' '
	(
		cd project &&
		note_of v1.0 >note &&
		test $(wc -l <note) = 1 &&
		echo "* $(cat "$HOME/mona.pub")" >"$HOME/allowed" &&
		git -c gpg.ssh.allowedSignersFile="$HOME/allowed" verify-tag v1.0 &&
		git fsck --strict &&
		rm -f note
	)
'

test_expect_success 'work tree, index and untracked files play no part' '
	(
		cd project &&
		echo changed >README &&
		echo new >untracked &&
		echo staged >staged && git add staged &&
		git intoto tag -m dirty dirty &&
		link_of dirty tag | json "sorted(j[\"materials\"])" >actual &&
		link_of v1.0 tag | json "sorted(j[\"materials\"])" >expected &&
		test_cmp expected actual &&
		git reset -q --hard && rm -f untracked actual expected
	)
'

test_expect_success 'smudge filters play no part' '
	(
		cd project &&
		git config filter.upper.smudge "tr a-z A-Z" &&
		echo "README filter=upper" >.git/info/attributes &&
		git intoto tag -m filtered filtered &&
		link_of filtered tag | json "j[\"materials\"][\"README\"][\"sha256\"]" >actual &&
		git cat-file blob HEAD:README | sha256sum | cut -d" " -f1 >expected &&
		test_cmp expected actual &&
		rm -f .git/info/attributes actual expected
	)
'

test_expect_success 'another commit, a subfolder, -F, --key, a tag below a name' '
	(
		cd project &&
		first=$(git rev-parse HEAD) &&
		git commit -q --allow-empty -m second &&
		cd src &&
		echo "from a file" >../../message &&
		git intoto tag -F ../../message --key "$HOME/mona" rel/1.1 HEAD^ &&
		test $(git rev-parse rel/1.1^{commit}) = $first &&
		git cat-file tag rel/1.1 >tag &&
		grep "^from a file$" tag &&
		grep "^tag rel/1.1$" tag &&
		rm -f tag
	)
'

test_expect_success 'several -m are paragraphs; the editor is git own' '
	(
		cd project &&
		git intoto tag -m one -m two paragraphs &&
		git cat-file tag paragraphs >tag &&
		sed -n "/^$/,/BEGIN/p" tag | sed "1d;\$d" >message &&
		printf "one\n\ntwo\n" >expected &&
		test_cmp expected message &&
		GIT_EDITOR="echo edited >" git intoto tag edited &&
		git cat-file tag edited >tag && grep "^edited$" tag &&
		GIT_EDITOR="printf \"\\nmore\\n\" >>" git intoto tag -e -m start both &&
		git cat-file tag both >tag && grep "^start$" tag && grep "^more$" tag &&
		test ! -f .git/TAG_EDITMSG &&
		rm -f tag message expected
	)
'

test_expect_success 'a bare repository and a linked worktree' '
	git clone -q --bare project bare.git &&
	git -C bare.git fetch -q ../project "refs/notes/in-toto/*:refs/notes/in-toto/*" &&
	(
		cd bare.git &&
		git intoto tag -m bare bare 2>err &&
		grep "^warning: .*layout not checked: no trust configured" err &&
		git rev-parse refs/tags/bare
	) &&
	git -C project worktree add -q ../linked &&
	(
		cd linked &&
		git intoto tag -m linked linked &&
		git -C ../project rev-parse refs/tags/linked
	)
'

test_expect_success 'GIT_DIR and git -c are honoured' '
	(
		cd nowhere 2>/dev/null || mkdir nowhere && cd nowhere &&
		GIT_DIR=../project/.git git intoto tag -m env by-env &&
		cd ../project &&
		git -c user.signingKey="$HOME/nobody.pub" -c intoto.signingKey="$HOME/mona" \
			rev-parse HEAD &&
		remember &&
		test_expect_code 128 git -c user.signingKey="$HOME/nobody.pub" \
			intoto tag -m x with-c &&
		nothing_made with-c
	)
'

test_expect_success 'OpenPGP: tag and link, SHA-256' '
	(
		cd project &&
		git intoto layout add-key release gpg:gina@example.com --step tag --step build &&
		git intoto layout sign release --key "$HOME/mona" &&
		sign_with_gpg gina@example.com &&
		git intoto tag -m gpg by-gpg >out &&
		grep "signed by gpg" out &&
		git cat-file tag by-gpg >tag && grep "BEGIN PGP SIGNATURE" tag &&
		note_of by-gpg | json "sorted(j[\"signatures\"][0])" >keys &&
		grep "other_headers" keys &&
		git verify-tag by-gpg &&
		git intoto tag -u gina@example.com -m "with -u" by-u &&
		rm -f tag keys out
	)
'

test_expect_success '-u signs tag and link alike, unless a key is configured' '
	(
		cd project &&
		git -c gpg.format=ssh intoto tag -u "$HOME/mona" -m u by-u-ssh >out &&
		grep "signed by ed25519" out &&
		git -c gpg.format=openpgp -c intoto.signingKey="$HOME/mona" \
			intoto tag -u gina@example.com -m mixed mixed >out &&
		grep "signed by ed25519" out &&
		git cat-file tag mixed >tag && grep "BEGIN PGP SIGNATURE" tag &&
		rm -f out tag
	)
'

test_expect_success 'includeIf gitdir: the identity is that of this place' '
	(
		cd project &&
		cat >"$HOME/included" <<-EOF &&
		[user]
			email = included@example.com
		EOF
		git config --global includeIf."gitdir:$PWD/".path "$HOME/included" &&
		git -c gpg.format=ssh -c user.signingKey="$HOME/mona.pub" \
			intoto tag -m included included &&
		git cat-file tag included >tag &&
		grep "^tagger .*<included@example.com>" tag &&
		git config --global --unset includeIf."gitdir:$PWD/".path &&
		rm -f tag
	)
'

test_expect_success 'spellings of user.signingKey: literal, ~, without .pub, command' '
	(
		cd project &&
		git config gpg.format ssh &&
		start_agent mona &&
		git -c user.signingKey="key::$(cat "$HOME/mona.pub")" intoto tag -m a spelled-a &&
		git -c user.signingKey="~/mona.pub" intoto tag -m b spelled-b &&
		git -c user.signingKey="~/mona" intoto tag -m c spelled-c &&
		git config --global --unset user.signingKey &&
		git -c gpg.ssh.defaultKeyCommand="cat $HOME/../key-line" rev-parse HEAD &&
		printf "#!/bin/sh\necho key::\$(cat \"%s\")\n" "$HOME/mona.pub" >"$HOME/keycmd" &&
		chmod +x "$HOME/keycmd" &&
		ln -sf "$HOME/keycmd" "$TMPDIR/keycmd" &&
		git -c gpg.ssh.defaultKeyCommand="$TMPDIR/keycmd" intoto tag -m d spelled-d &&
		sign_with_ssh mona
	)
'

test_expect_success 'one passphrase prompt, not two' '
	make_ssh_key locked ed25519 secret &&
	(
		cd project &&
		git intoto layout add-key release "$HOME/locked.pub" --step tag &&
		git intoto layout sign release --key "$HOME/mona" &&
		printf "#!/bin/sh\necho asked >>\"%s\"\necho secret\n" "$TMPDIR/asked" >"$HOME/ask" &&
		chmod +x "$HOME/ask" &&
		ln -sf "$HOME/ask" "$TMPDIR/ask" &&
		SSH_ASKPASS="$TMPDIR/ask" SSH_ASKPASS_REQUIRE=force \
			git -c user.signingKey="$HOME/locked" intoto tag -m locked locked &&
		test $(wc -l <"$TMPDIR/asked") = 1
	)
'

test_expect_success 'a name that exists, or is none' '
	(
		cd project &&
		refused 128 - git intoto tag -m x v1.0 &&
		grep "already exists" err &&
		grep "^hint: git intoto tag --existing v1.0" err &&
		for name in "a..b" "a b" "-x" "a~" "a.lock" "/a" "a/" "@{" ""; do
			refused 128 - git intoto tag -m x -- "$name" || return 1
		done
	)
'

test_expect_success 'an unborn HEAD, and what is no commit' '
	git init -q unborn &&
	(
		cd unborn &&
		refused 128 - git intoto tag -m x v1 &&
		grep "no commit yet" err
	) &&
	(
		cd project &&
		refused 128 - git intoto tag -m x new nonsense &&
		refused 128 - git intoto tag -m x new HEAD:README
	)
'

test_expect_success 'without a layout: 128 and what to do' '
	make_project plain &&
	(
		cd plain &&
		refused 128 - git intoto tag -m x v1 &&
		grep "^hint: git intoto init" err &&
		test_must_fail git rev-parse -q --verify refs/tags/v1
	)
'

test_expect_success 'a path that is no UTF-8 is refused by name' '
	init_project latin &&
	(
		cd latin &&
		touch "$(printf "caf\351")" && git add . && git commit -q -m latin &&
		remember &&
		refused 128 - git intoto tag -m x v1 &&
		grep "caf.xe9" err &&
		nothing_made v1
	)
'

test_expect_success 'a key that the layout does not name for the step' '
	(
		cd project &&
		remember &&
		refused 1 key-not-authorised git intoto tag --key "$HOME/other" -m x v2 &&
		grep "step .tag." err &&
		nothing_made v2
	)
'

test_expect_success 'a tag signed by somebody whom the tag step does not name' '
	(
		cd project &&
		remember &&
		refused 1 tag-signer git -c user.signingKey="$HOME/other.pub" \
			intoto tag --key "$HOME/mona" -m x v2 &&
		grep "SHA256:" err &&
		nothing_made v2
	)
'

test_expect_success 'a signature that fails, an empty message: neither ref' '
	(
		cd project &&
		remember &&
		refused 128 - git -c user.signingKey="$HOME/nobody" intoto tag \
			--key "$HOME/mona" -m x v2 &&
		nothing_made v2 &&
		refused 128 - git -c gpg.ssh.program=false intoto tag -m x v2 &&
		nothing_made v2 &&
		refused 128 - git intoto tag v2 &&
		nothing_made v2 &&
		refused 128 - env GIT_EDITOR=: git intoto tag v2 &&
		nothing_made v2
	)
'

test_expect_success 'a refused lock: neither ref, and the lock is named' '
	(
		cd project &&
		remember &&
		mkdir -p .git/refs/tags &&
		touch .git/refs/tags/v2.lock &&
		refused 128 - git intoto tag -m x v2 &&
		grep "refs/tags/v2.lock" err &&
		rm .git/refs/tags/v2.lock &&
		nothing_made v2 &&
		refused 128 - git intoto tag -m x v1.0/below &&
		nothing_made v1.0/below
	)
'

test_expect_success 'killed before the first rename: neither ref, and again' '
	(
		cd project &&
		remember &&
		kill_at_rename 1 git-intoto tag -m killed k1 &&
		nothing_made k1 &&
		find .git/refs -name "*.lock" >locks &&
		refused 128 - git intoto tag -m again k1 &&
		grep "\.lock" err &&
		find .git/refs -name "*.lock" -exec rm "{}" + &&
		git intoto tag -m again k1 >out &&
		grep "^tagged k1" out
	)
'

test_expect_success 'killed between the renames: a link without its tag, finished by the next' '
	(
		cd project &&
		kill_at_rename 2 git-intoto tag -m killed k2 &&
		test_must_fail git rev-parse -q --verify refs/tags/k2 &&
		find .git/refs -name "*.lock" -exec rm "{}" + &&
		git intoto tag -m other k2 >out 2>err &&
		grep "^finished k2" out &&
		grep "^note: " err &&
		git cat-file tag k2 >tag && grep "^killed$" tag &&
		test $(note_of k2 | wc -l) = 1 &&
		git intoto verify k2 >out || grep "^  tag .*4 of 4 paths" out
	)
'

test_expect_success 'the same for another commit: refused, unless --force-new' '
	(
		cd project &&
		kill_at_rename 2 git-intoto tag -m killed k3 &&
		find .git/refs -name "*.lock" -exec rm "{}" + &&
		git commit -q --allow-empty -m later &&
		refused 128 - git intoto tag -m x k3 &&
		grep "unfinished tag .k3." err &&
		grep "force-new" err &&
		git intoto tag --force-new -m new k3 >out &&
		grep "^tagged k3" out &&
		test $(git rev-parse k3^{commit}) = $(git rev-parse HEAD)
	)
'

test_expect_success 'killed before the tag is made, or after all: no tag without a link' '
	(
		cd project &&
		git intoto tag -m whole whole &&
		git tag -d whole &&
		git intoto tag -m again whole >out &&
		grep "^finished whole" out
	)
'

test_expect_success '--existing records a signed tag that is there' '
	(
		cd project &&
		git tag -s -m old old HEAD^ &&
		git intoto tag --existing old >out &&
		grep "^recorded old" out &&
		link_of old tag | json "j[\"environment\"][\"git\"][\"tag\"]" >actual &&
		git rev-parse old >expected && test_cmp expected actual &&
		git intoto tag --existing old >out &&
		grep "^already recorded old" out &&
		test $(note_of old | wc -l) = 1
	)
'

test_expect_success '--existing by a second person' '
	(
		cd project &&
		git intoto tag --existing --key gpg:gina@example.com old >out &&
		grep "^recorded old" out &&
		test $(note_of old | wc -l) = 2 &&
		git intoto tag --existing --key gpg:gina@example.com old >out &&
		grep "^already recorded old" out &&
		test $(note_of old | wc -l) = 2
	)
'

test_expect_success '--existing refuses what is no good tag' '
	(
		cd project &&
		git tag light &&
		refused 1 tag-lightweight git intoto tag --existing light &&
		git tag -a -m x unsigned &&
		refused 1 tag-unsigned git intoto tag --existing unsigned &&
		git -c user.signingKey="$HOME/other.pub" tag -s -m x foreign &&
		refused 1 tag-signer git intoto tag --existing foreign &&
		grep "SHA256:" err &&
		refused 128 - git intoto tag --existing nowhere &&
		git tag renamed v1.0 &&
		refused 1 tag-renamed git intoto tag --existing renamed &&
		refused 128 - git intoto tag --existing old HEAD &&
		git tag -d light unsigned foreign renamed
	)
'

test_expect_success '--dsse, and not with OpenPGP' '
	(
		cd project &&
		git intoto tag --dsse -m dsse dsse &&
		note_of dsse | json "sorted(j)" >actual &&
		grep payloadType actual &&
		remember &&
		refused 128 - git intoto tag --dsse -g $(gpg_fingerprint gina@example.com) -m x v3 &&
		nothing_made v3
	)
'

test_expect_success 'in-toto own names of the key options' '
	make_pem_key pem &&
	(
		cd project &&
		git intoto layout add-key release "$HOME/pem.pub.pem" --step tag &&
		git intoto layout sign release --key "$HOME/mona" &&
		git intoto tag -k "$HOME/pem.pem" -t ed25519 -m k by-k &&
		git intoto tag --signing-key "$HOME/pem.pem" -m k by-signing-key &&
		refused 128 - git intoto tag -k "$HOME/pem.pem" -t rsa -m x wrong-type &&
		git intoto tag -g $(gpg_fingerprint gina@example.com) -m g by-g >out &&
		grep "signed by gpg" out &&
		KEY=$(cat "$HOME/pem.pem") git intoto tag --key env:KEY -m e by-env-key
	)
'

test_expect_success 'a bare -g is the OpenPGP key that git signs with, else that of gpg' '
	(
		cd project &&
		git -c gpg.format=openpgp -c user.signingKey=gina@example.com \
			intoto tag -g -m g by-bare-g >out &&
		grep "signed by gpg" out &&
		git intoto tag -g -m x by-no-g >out &&
		grep "signed by gpg" out
	)
'

test_expect_success 'an encrypted key: -P, a prompt without echo, a wrong password' '
	openssl genpkey -algorithm ed25519 -aes256 -pass pass:secret \
		-out "$HOME/sealed.pem" &&
	openssl pkey -in "$HOME/sealed.pem" -passin pass:secret -pubout \
		-out "$HOME/sealed.pub.pem" &&
	(
		cd project &&
		git intoto layout add-key release "$HOME/sealed.pub.pem" --step tag &&
		git intoto layout sign release --key "$HOME/mona" &&
		git intoto tag -k "$HOME/sealed.pem" -P secret -m x sealed-1 &&
		remember &&
		refused 128 - git intoto tag -k "$HOME/sealed.pem" -P wrong -m x sealed-2 &&
		refused 128 - setsid -w git intoto tag -k "$HOME/sealed.pem" -m x sealed-2 &&
		nothing_made sealed-2 &&
		at_terminal 0 "expect password for " "type secred\x7ft\n" -- \
			git intoto tag -k "$HOME/sealed.pem" -m x sealed-2 &&
		! grep "secre" shown &&
		git rev-parse -q --verify refs/tags/sealed-2
	)
'

test_expect_success 'no room for what is written: neither ref' '
	(
		cd project &&
		remember &&
		{
			trap "" XFSZ
			ulimit -f 0
			git intoto tag -m x full 2>&1
			echo "status $?"
		} | cat >../said &&
		cat ../said &&
		! grep "^status 0" ../said &&
		nothing_made full
	)
'

test_expect_success 'odd path names work' '
	init_project odd &&
	(
		cd odd &&
		echo x >"with space" &&
		echo x >"quo\"te$SQ" &&
		echo x >"$(printf "new\nline")" &&
		echo x >"-dash" &&
		echo x >"$(printf "bell\007")" &&
		echo x >"ünï" &&
		git add . && git commit -q -m odd &&
		git intoto tag -m odd odd &&
		link_of odd tag | json "len(j[\"materials\"])" >actual &&
		echo 10 >expected && test_cmp expected actual &&
		test $(note_of odd | wc -l) = 1
	)
'

test_expect_success 'symbolic links and submodules: recorded, and noted' '
	(
		cd odd &&
		ln -s README link &&
		git add . &&
		git update-index --add --cacheinfo \
			160000,$(some_oid),sub &&
		git commit -q -m links &&
		git intoto tag -m links links 2>err &&
		grep "^note: .*.link., .sub.; .*ALLOW link" err &&
		link_of links tag >link.json &&
		test $(json "j[\"materials\"][\"link\"][\"sha256\"]" <link.json) = \
			$(printf README | sha256sum | cut -d" " -f1) &&
		test $(json "j[\"materials\"][\"sub\"][\"gitCommit\"]" <link.json) = \
			$(some_oid)
	)
'

test_expect_success 'the command that publishes names exactly what changed' '
	git init -q --bare server.git &&
	(
		cd odd &&
		git remote add origin ../server.git &&
		git push -q origin main &&
		git intoto tag -m pushed pushed >out &&
		shard=$(git rev-parse pushed | tail -c 3) &&
		sed -n "s/.*\(git push --atomic .*\)/\1/p" out >push &&
		echo "git push --atomic origin refs/notes/in-toto/layouts/release refs/notes/in-toto/links/$shard refs/tags/pushed" >expected &&
		test_cmp expected push &&
		grep "git fetch origin" out &&
		grep "git notes --ref=in-toto/links/$shard merge -s cat_sort_uniq refs/in-toto-remotes/origin/links/$shard" out &&
		sh -e push &&
		git config --add remote.origin.fetch \
			"+refs/notes/in-toto/*:refs/in-toto-remotes/origin/*" &&
		git fetch -q origin &&
		git intoto tag -m more pushed-more >out &&
		shard=$(git rev-parse pushed-more | tail -c 3) &&
		grep "git push --atomic origin refs/notes/in-toto/links/$shard refs/tags/pushed-more$" out
	)
'

test_expect_success 'no temporary folders and no agents are left' '
	(
		cd project &&
		git intoto tag -m clean clean &&
		find "$TMPDIR" .git -name "git-intoto-*" >left &&
		test_must_be_empty left
	)
'

test_expect_success 'a mode that old gits wrote counts as git prints it' '
	init_project oldmode &&
	(
		cd oldmode &&
		blob=$(git hash-object -w README) &&
		tree=$(python3 -c "import sys
sys.stdout.buffer.write(b\"100664 README\\0\" + bytes.fromhex(\"$blob\"))" |
			git hash-object -t tree -w --literally --stdin) &&
		git ls-tree "$tree" | grep "^100644 " &&
		old=$(git commit-tree -m old "$tree") &&
		git intoto record-tree "$tree" | grep "  README\$" &&
		git intoto tag -m old old "$old" &&
		git intoto build --tag old -p dist/x -- \
			sh -c "mkdir dist && cp README dist/x" &&
		git intoto verify old dist/x
	)
'

test_done
