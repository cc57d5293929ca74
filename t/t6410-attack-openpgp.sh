#!/bin/sh
test_description='hostile pushes: OpenPGP signatures'
# shellcheck source=t/test-lib.sh
. ./test-lib.sh
# shellcheck source=t/forge-lib.sh
. "$SHARNESS_TEST_SRCDIR/forge-lib.sh"
# shellcheck source=t/attack-lib.sh
. "$SHARNESS_TEST_SRCDIR/attack-lib.sh"

attack_set_up '
	attack_base &&
	gpg --batch --quiet --passphrase "" --faked-system-time 20240101T000000! \
		--quick-generate-key "Key <pgp@example.com>" rsa2048 sign never \
		2>/dev/null &&
	make_gpg_key other@example.com &&
	(
		cd base/client &&
		git intoto layout add-key release --step tag \
			gpg:pgp@example.com >/dev/null &&
		git intoto layout sign release >/dev/null &&
		git push -q origin $layout_ref
	)
'

# armored_gpg KEY [OPTION]...: stdin, and the signature of gpg'\''s key on it.
armored_gpg() {
	gpg_key=$1
	shift
	cat >../text &&
	cat ../text &&
	gpg --batch --quiet --armor --detach-sign "$@" --local-user "$gpg_key" \
		<../text
}

# enarmor: the packets on stdin, as if they were a signature.
enarmor() {
	gpg --batch --enarmor 2>/dev/null |
		sed "s/ARMORED FILE/SIGNATURE/; /^Comment/d"
}

accept 'a tag of a key of OpenPGP' '
	tag_text good | armored_gpg pgp@example.com | push_tag good
'

attack signature-weak-hash 'a signature over SHA-1' '
	tag_text bad | armored_gpg pgp@example.com --digest-algo SHA1 |
		push_tag bad
'

attack signature-bad 'another message' '
	tag_text bad | armored_gpg pgp@example.com | sed "6s/.*/worse/" |
		push_tag bad
'

attack signature-bad 'a signature over text, not bytes' '
	tag_text bad | armored_gpg pgp@example.com --textmode | push_tag bad
'

attack signature-expired 'a signature whose end is past' '
	tag_text bad | armored_gpg pgp@example.com --default-sig-expire 1d \
		--faked-system-time 20240201T000000! | push_tag bad
'

attack tag-signer 'a key of OpenPGP that nobody knows' '
	tag_text bad | armored_gpg other@example.com | push_tag bad
'

attack tag-two-signatures 'one of each kind' '
	tag_text bad | armored_gpg pgp@example.com | armored mona | push_tag bad
'

attack tag-trailing-bytes 'a second key behind the end' '
	{
		tag_text bad | armored_gpg pgp@example.com &&
		gpg --armor --export pgp@example.com
	} | push_tag bad
'

attack signature-bad 'two signatures in one armor' '
	tag_text bad >../text &&
	{
		gpg --batch --quiet --detach-sign -u other@example.com <../text &&
		gpg --batch --quiet --detach-sign -u pgp@example.com <../text
	} >../both &&
	{ cat ../text; enarmor <../both; } | push_tag bad
'

attack signature-bad 'a signature of a version that nobody reads' '
	tag_text bad >../text &&
	gpg --batch --quiet --detach-sign -u pgp@example.com <../text >../sig &&
	printf "\005" | dd of=../sig bs=1 seek=3 conv=notrunc 2>/dev/null &&
	{ cat ../text; enarmor <../sig; } | push_tag bad
'

attack signature-bad 'an armor of half a megabyte' '
	tag_text bad >../text &&
	{ cat ../text; head -c 500000 /dev/zero | enarmor; } | push_tag bad
'

attack signature-bad 'a signed message in place of a signature' '
	tag_text bad >../text &&
	{ cat ../text; gpg --batch --quiet --armor --sign \
		-u pgp@example.com <../text; } | push_tag bad
'

attack key-expired 'a key whose end in the layout is past' '
	next_layout mona "for item in s[\"keys\"].values():
	if item.get(\"type\") == \"rsa\":
		item[\"validity_period\"] = 1000" >../layout &&
	layout_commit $layout_ref <../layout &&
	git update-ref $layout_ref "$layout_tip" &&
	plant $layout_ref &&
	tag_text bad | armored_gpg pgp@example.com | push_tag bad
'

attacks_done
