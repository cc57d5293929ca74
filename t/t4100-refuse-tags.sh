#!/bin/sh
test_description='verify refuses tag objects that are not what they should be'
# shellcheck source=t/test-lib.sh
. ./test-lib.sh
# shellcheck source=t/forge-lib.sh
. "$SHARNESS_TEST_SRCDIR/forge-lib.sh"

# judged REASON: `verify v1.0` says no for that reason.
judged() {
	refused 1 "$1" git intoto verify v1.0 &&
	tail -n 1 out | grep "^rejected: [0-9]* reason"
}

# edited SCRIPT: the good tag object with a sed script applied is now v1.0.
edited() {
	sed "$1" good >changed &&
	! cmp -s good changed &&
	make_tag v1.0 <changed
}

test_expect_success 'set-up: a tag that is accepted' '
	make_ssh_key mona &&
	make_ssh_key eve &&
	make_gpg_key gina@example.com rsa3072 &&
	sign_with_ssh mona &&
	init_project project &&
	cd project &&
	git intoto tag -m v1.0 v1.0 &&
	git intoto build -p "dist/*" -- make dist >/dev/null &&
	git intoto verify v1.0 dist/main.txt >out &&
	tail -n 1 out | grep "^accepted: " &&
	git cat-file tag v1.0 >good &&
	good=$(git rev-parse refs/tags/v1.0) &&
	commit=$(git rev-parse HEAD)
'

test_expect_success 'a lightweight tag' '
	git update-ref refs/tags/v1.0 "$commit" &&
	judged tag-lightweight &&
	grep "$commit" err &&
	grep "^hint: git tag -s -f" err &&
	test_expect_code 1 git intoto verify --json v1.0 >json 2>/dev/null &&
	json "[reason[\"code\"] for reason in j[\"reasons\"]]" <json >codes &&
	echo "[${SQ}tag-lightweight${SQ}]" >expected &&
	test_cmp expected codes
'

test_expect_success 'a lightweight tag whose remote has the tag object' '
	git init -q --bare ../origin.git &&
	git push -q ../origin.git "$good:refs/tags/v1.0" &&
	git remote add origin "$PWD/../origin.git" &&
	judged tag-lightweight &&
	grep "^hint: git fetch --force origin refs/tags/v1.0:refs/tags/v1.0$" \
		err &&
	sh -ec "$(sed -n "s/^hint: //p" err)" &&
	git intoto verify v1.0 &&
	git remote remove origin
'

test_expect_success 'a tag of a tree, of a blob' '
	git update-ref refs/tags/v1.0 "$(git rev-parse HEAD^{tree})" &&
	judged tag-lightweight &&
	git update-ref refs/tags/v1.0 "$(git rev-parse HEAD:README)" &&
	judged tag-lightweight &&
	edited "1s/ .*/ $(git rev-parse HEAD^{tree})/; 2s/commit/tree/" &&
	judged tag-malformed
'

test_expect_success 'an unsigned tag' '
	sed "/BEGIN SSH/,\$d" good | make_tag v1.0 &&
	judged tag-unsigned &&
	grep "^hint: git tag -s -f" err
'

test_expect_success 'a nested tag' '
	git tag -s -m outer outer "$good" 2>/dev/null &&
	git cat-file tag outer | sed "s/^tag outer/tag v1.0/" | make_tag v1.0 &&
	judged tag-nested
'

test_expect_success 'a tag object under another name' '
	git update-ref refs/tags/v6.6 "$good" &&
	refused 1 tag-renamed git intoto verify v6.6 &&
	grep "v6.6.*v1.0" err &&
	git update-ref -d refs/tags/v6.6 &&
	git tag -s -m other v1.0.1 &&
	git update-ref refs/tags/v1.0 refs/tags/v1.0.1 &&
	judged tag-renamed
'

test_expect_success 'refs of the same name elsewhere play no part' '
	git update-ref refs/tags/v1.0 "$good" &&
	for ref in refs/heads/v1.0 refs/v1.0 refs/remotes/v1.0/HEAD \
		refs/heads/refs/tags/v1.0; do
		git update-ref "$ref" HEAD || return 1
	done &&
	git intoto verify v1.0 &&
	git intoto verify refs/tags/v1.0 &&
	git update-ref -d refs/tags/v1.0 &&
	refused 128 - git intoto verify v1.0 &&
	refused 128 - git intoto verify refs/heads/v1.0 &&
	refused 128 - git intoto verify "$good" &&
	refused 128 - git intoto verify HEAD &&
	for ref in refs/heads/v1.0 refs/v1.0 refs/remotes/v1.0/HEAD \
		refs/heads/refs/tags/v1.0; do
		git update-ref -d "$ref" || return 1
	done
'

test_expect_success 'a symbolic ref is judged by what it leads to' '
	git update-ref refs/tags/v1.0 "$good" &&
	git symbolic-ref refs/tags/v6.6 refs/tags/v1.0 &&
	refused 1 tag-renamed git intoto verify v6.6 &&
	git symbolic-ref refs/tags/v6.7 refs/heads/main &&
	refused 1 tag-lightweight git intoto verify v6.7 &&
	git symbolic-ref refs/tags/v6.8 refs/tags/nowhere &&
	refused 128 - git intoto verify v6.8 &&
	for name in v6.6 v6.7 v6.8; do
		git symbolic-ref -d refs/tags/$name || return 1
	done
'

test_expect_success 'two signatures of one kind' '
	{ cat good; sed -n "/BEGIN SSH/,\$p" good; } | make_tag v1.0 &&
	judged tag-two-signatures
'

test_expect_success 'two signatures of different kinds, in both orders' '
	gpg --batch --quiet --armor --detach-sign -o armor good &&
	cat good armor | make_tag v1.0 &&
	judged tag-two-signatures &&
	{
		sed "/BEGIN SSH/,\$d" good
		cat armor
		sed -n "/BEGIN SSH/,\$p" good
	} | make_tag v1.0 &&
	judged tag-two-signatures
'

test_expect_success 'a second begin line within the first block' '
	edited "/BEGIN SSH/a\\
-----BEGIN PGP MESSAGE-----" &&
	judged tag-two-signatures
'

test_expect_success 'bytes after the signature' '
	{ cat good; echo more; } | make_tag v1.0 &&
	judged tag-trailing-bytes &&
	{ cat good; echo; } | make_tag v1.0 &&
	judged tag-trailing-bytes &&
	{ cat good; printf " "; } | make_tag v1.0 &&
	judged tag-trailing-bytes
'

test_expect_success 'a NUL in the message, in a header, after the end' '
	sed "s/^v1.0\$/v1.0\\x00/" good | make_tag v1.0 &&
	judged tag-malformed &&
	sed "s/^tag v1.0\$/tag v1.0\\x00/" good | make_tag v1.0 &&
	judged tag-malformed &&
	sed "s/^tagger M/tagger \\x00M/" good | make_tag v1.0 &&
	judged tag-malformed &&
	{ cat good; printf "\\000"; } | make_tag v1.0 &&
	judged tag-malformed
'

test_expect_success 'an extra header, a second tag line, another order' '
	edited "4a\\
extra header" &&
	judged tag-malformed &&
	edited "3a\\
tag v9" &&
	judged tag-malformed &&
	edited "3i\\
tag v9" &&
	judged tag-malformed &&
	edited "4a\\
tag v9" &&
	judged tag-malformed &&
	edited "4d" &&
	judged tag-malformed &&
	edited "4{h;d};\$!b" &&
	judged tag-malformed &&
	edited "1a\\
$(sed -n 1p good)" &&
	judged tag-malformed &&
	edited "4a\\
 folded" &&
	judged tag-malformed
'

test_expect_success 'a tagger line that two parsers could read differently' '
	edited "4s/>.*/> 99999999999999999999 +0000/" &&
	judged tag-malformed &&
	edited "4s/>.*/> -1 +0000/" &&
	judged tag-malformed &&
	edited "4s/</<x> </" &&
	judged tag-malformed &&
	edited "4s/ +0000\$//" &&
	judged tag-malformed
'

test_expect_success 'an id in upper case' '
	edited "1y/abcdef/ABCDEF/" &&
	judged tag-malformed
'

test_expect_success 'CRLF line ends, no empty line, no end of the armor' '
	edited "s/\$/\r/" &&
	judged tag-malformed &&
	edited "/BEGIN SSH/,\$s/\$/\r/" &&
	judged tag-malformed &&
	edited "5d" &&
	judged tag-malformed &&
	edited "/END SSH/d" &&
	judged tag-malformed &&
	edited "s/-----BEGIN SSH SIGNATURE-----/& /" &&
	judged tag-malformed
'

test_expect_success 'another message, commit, tagger under the old signature' '
	edited "s/^v1.0\$/v1.0, better/" &&
	judged signature-bad &&
	git commit -q --allow-empty -m evil &&
	edited "1s/ .*/ $(git rev-parse HEAD)/" &&
	judged signature-bad &&
	git reset -q --hard HEAD^ &&
	edited "4s/Mona/Eve/" &&
	judged signature-bad
'

test_expect_success 'signature headers are left out, and change the object' '
	git update-ref refs/tags/v1.0 "$good" &&
	note_of v1.0 >note &&
	edited "4a\\
gpgsig-sha256 -----BEGIN SSH SIGNATURE-----\\
 AAAA\\
 -----END SSH SIGNATURE-----" &&
	put_note v1.0 <note &&
	judged link-other-tag &&
	grep "$good.*$(git rev-parse v1.0)\|$(git rev-parse v1.0).*$good" err &&
	! grep "\[signature-bad\]" err &&
	edited "4a\\
gpgsig a\\
gpgsig b" &&
	judged tag-malformed
'

test_expect_success 'an armor that holds nothing, or garbage' '
	edited "/BEGIN SSH/,/END SSH/{/SSH/!d}" &&
	judged signature-bad &&
	edited "/BEGIN SSH/,/END SSH/{/SSH/!s/./A/g}" &&
	judged signature-bad &&
	edited "/BEGIN SSH/,/END SSH/{/SSH/!s/^./!/}" &&
	judged signature-bad &&
	edited "s/SSH SIGNATURE/SIGNED MESSAGE/" &&
	judged signature-bad &&
	edited "s/SSH SIGNATURE/PGP MESSAGE/" &&
	judged signature-bad &&
	edited "s/SSH SIGNATURE/PGP SIGNATURE/" &&
	judged signature-bad
'

test_expect_success 'a signature in another namespace' '
	sed "/BEGIN SSH/,\$d" good >payload &&
	rm -f payload.sig &&
	ssh-keygen -q -Y sign -n file -f "$HOME/mona" payload 2>/dev/null &&
	cat payload payload.sig | make_tag v1.0 &&
	judged signature-bad &&
	rm -f payload.sig &&
	ssh-keygen -q -Y sign -n git -f "$HOME/mona" payload 2>/dev/null &&
	cat payload payload.sig | make_tag v1.0 &&
	git intoto verify v1.0
'

test_expect_success 'a signer who is not authorised for the tag step' '
	sed "/BEGIN SSH/,\$d" good >payload &&
	rm -f payload.sig &&
	ssh-keygen -q -Y sign -n git -f "$HOME/eve" payload 2>/dev/null &&
	cat payload payload.sig | make_tag v1.0 &&
	judged tag-signer &&
	grep "$(ssh-keygen -lf "$HOME/eve.pub" | cut -d" " -f2)" err &&
	grep "step .tag." err &&
	grep "^hint: git intoto layout add-key release KEY --step tag" err
'

test_expect_success 'git itself would be content: trust is not in its settings' '
	echo "* $(cat "$HOME/eve.pub")" >allowed &&
	git -c gpg.ssh.allowedSignersFile="$PWD/allowed" verify-tag v1.0 &&
	refused 1 tag-signer git -c gpg.ssh.allowedSignersFile="$PWD/allowed" \
		-c gpg.program=true -c gpg.ssh.program=true \
		-c gpg.minTrustLevel=undefined intoto verify v1.0
'

# For OpenPGP: the same, in a project whose tags are signed with it.
test_expect_success 'set-up: a project that signs with OpenPGP' '
	cd .. &&
	sign_with_gpg gina@example.com &&
	init_project gpged &&
	cd gpged &&
	git intoto tag -m v1.0 v1.0 &&
	git intoto build -p "dist/*" -- make dist >/dev/null &&
	git intoto verify v1.0 &&
	git cat-file tag v1.0 >good &&
	sed "/BEGIN PGP/,\$d" good >payload
'

test_expect_success 'a signature with SHA-1' '
	gpg --batch --quiet --digest-algo SHA1 --armor --detach-sign \
		-o sha1 payload &&
	gpg --list-packets sha1 | grep "digest algo 2" &&
	cat payload sha1 | make_tag v1.0 &&
	judged signature-weak-hash &&
	grep "SHA-1" err
'

test_expect_success 'the same signature with SHA-384 is good, the link is not' '
	gpg --batch --quiet --digest-algo SHA384 --armor --detach-sign \
		-o sha384 payload &&
	cat payload sha384 | make_tag v1.0 &&
	git intoto tag --existing v1.0 &&
	git intoto build -p "dist/*" -- make dist >/dev/null &&
	git intoto verify v1.0
'

test_expect_success 'an OpenPGP signature over something else, by somebody else' '
	gpg --batch --quiet --digest-algo SHA256 --armor --detach-sign \
		-o other ../project/payload &&
	cat payload other | make_tag v1.0 &&
	judged signature-bad &&
	make_gpg_key eve@example.com &&
	gpg --batch --quiet -u eve@example.com --armor --detach-sign \
		-o eve payload &&
	cat payload eve | make_tag v1.0 &&
	judged tag-signer &&
	grep -i "$(gpg_fingerprint eve@example.com)" err
'

test_expect_success 'two OpenPGP signatures in one armor' '
	gpg --batch --quiet -u eve@example.com -u gina@example.com \
		--digest-algo SHA256 --armor --detach-sign -o both payload &&
	cat payload both | make_tag v1.0 &&
	judged signature-bad
'

test_done
