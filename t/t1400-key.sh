#!/bin/sh
test_description='key: a key as in-toto sees it, in every spelling'
. ./test-lib.sh

vectors=$SHARNESS_TEST_SRCDIR/data

# ids KEY: both keyids, a line each.
ids() {
	git intoto key show "$1" >shown && sed -n 's/^keyid //p' shown
}

# shows KEY TYPE SCHEME LEGACY NEW
shows() {
	git intoto key show "$1" >out &&
	grep "^type $2$" out &&
	grep "^scheme $3$" out &&
	printf "keyid %s\n" "$4" "$5" >expect &&
	grep ^keyid out >actual &&
	test_cmp expect actual
}

test_expect_success 'setup' '
	make_ssh_key mona &&
	make_ssh_key rita rsa &&
	make_ssh_key eric ecdsa &&
	make_pem_key pem ed25519 &&
	make_pem_key rsa rsa &&
	make_pem_key ecdsa ecdsa &&
	make_gpg_key gina@example.com &&
	git init -q repo &&
	mkdir -p "$TMPDIR/outside"
'

test_expect_success 'the keyids of the reference: ed25519, RSA, ECDSA' '
	shows "$vectors/rsa.pub" rsa rsassa-pss-sha256 \
		c4024a75bed0bb2c20d9d1f1a7eae693e3205e7cb3e1bfa78710f81206a29b5f \
		dbbefe9b45b1f6f0fce18383685f4e72ec7c0ac1e7ddb7e0ba76806820fd526c &&
	shows "$vectors/rsa.key" rsa rsassa-pss-sha256 \
		c4024a75bed0bb2c20d9d1f1a7eae693e3205e7cb3e1bfa78710f81206a29b5f \
		dbbefe9b45b1f6f0fce18383685f4e72ec7c0ac1e7ddb7e0ba76806820fd526c &&
	cat >p256.pem <<-\EOF &&
	-----BEGIN PUBLIC KEY-----
	MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEb/A7lJJBzh2t1DUZ5pYOCoW0Gmmg
	XDKBA6orzhWUyhY8T3U6Vb8B3FP2wLDH7ueLQMb/fSWpbiKCuYnO9xwUSg==
	-----END PUBLIC KEY-----
	EOF
	shows p256.pem ecdsa ecdsa-sha2-nistp256 \
		e348b8d9f078e72aae438743cea008334fabf3e638e837140745f948c314e1bb \
		e2e78b13c23ec1e89bb3f64689136e48f97a80f2c9ea24fd758f5f709d7ede42 &&
	echo "{\"keytype\": \"ed25519\", \"scheme\": \"ed25519\", \"keyval\":
		{\"public\": \"03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8\"}}" \
		>ed25519.json &&
	shows ed25519.json ed25519 ed25519 \
		607f42135d7855e1145188a58aaf4c055fec1edbd7041680576e486f7ea574d1 \
		63d00ee3cf4f5c61ad94efa696c68f13b608fe56ecea13fb144a6fd18e9235b9
'

test_expect_success 'public and private file of a key are one' '
	for name in mona rita eric; do
		ids ~/$name.pub >public &&
		ids ~/$name >private &&
		test_cmp public private || return 1
	done &&
	for name in pem rsa ecdsa; do
		ids ~/$name.pub.pem >public &&
		ids ~/$name.pem >private &&
		test_cmp public private || return 1
	done
'

test_expect_success 'every spelling of an SSH key' '
	ids ~/mona.pub >expect &&
	start_agent mona &&
	fingerprint=$(ssh-keygen -lf ~/mona.pub | cut -d " " -f 2) &&
	for spelling in "ssh:$HOME/mona" "ssh:$HOME/mona.pub" \
		"key::$(cat ~/mona.pub)" "$(cut -d " " -f 1,2 ~/mona.pub)" \
		"ssh:$fingerprint" "~/mona"; do
		ids "$spelling" >actual &&
		test_cmp expect actual || return 1
	done &&
	SSH_KEY=$(cat ~/mona.pub) SECRET=$(cat ~/mona) &&
	export SSH_KEY SECRET &&
	ids env:SSH_KEY >actual &&
	test_cmp expect actual &&
	ids env:SECRET >actual &&
	test_cmp expect actual
'

test_expect_success 'an SSH key shows its comment, types as in-toto has them' '
	git intoto key show ~/mona.pub >out &&
	grep "^ed25519 " out &&
	grep "^comment mona$" out &&
	git intoto key show ~/rita.pub >out &&
	grep "^type rsa$" out &&
	grep "^scheme rsa-pkcs1v15-sha256$" out &&
	git intoto key show ~/eric.pub >out &&
	grep "^type ecdsa$" out &&
	grep "^scheme ecdsa-sha2-nistp256$" out
'

test_expect_success 'an OpenPGP key: one keyid, its fingerprint' '
	fingerprint=$(gpg_fingerprint gina@example.com) &&
	lower=$(echo $fingerprint | tr A-F a-f) &&
	for spelling in gpg:$fingerprint gpg:$lower gpg:gina@example.com; do
		shows $spelling gpg pgp+eddsa-ed25519 $lower $lower || return 1
	done &&
	grep "^comment .*gina@example.com" out
'

test_expect_success 'a key with a passphrase: the public one needs none' '
	make_ssh_key locked ed25519 secret &&
	ids ~/locked.pub >expect &&
	ids ~/locked >actual </dev/null &&
	test_cmp expect actual &&
	openssl genpkey -algorithm ed25519 -aes256 -pass pass:secret \
		-out locked.pem &&
	openssl pkey -in locked.pem -passin pass:secret -pubout \
		-out locked.pub.pem &&
	ids locked.pub.pem >expect &&
	PEM=$(cat locked.pem) PEM_PW=secret &&
	export PEM PEM_PW &&
	ids env:PEM >actual &&
	test_cmp expect actual
'

test_expect_success 'export: what stock in-toto takes, and comes back the same' '
	for key in ~/mona.pub ~/rita.pub ~/eric.pub ~/rsa.pub.pem \
		~/ecdsa.pem ~/pem.pub.pem gpg:gina@example.com; do
		git intoto key export "$key" >exported.json &&
		ids "$key" >expect &&
		ids exported.json >actual &&
		test_cmp expect actual &&
		! grep -i "private\": *\"[^\"]" exported.json &&
		head -n 1 expect >legacy &&
		"$(sed -n "1s/^#!//p" "$(command -v in-toto-verify)")" - <<-\EOF || return 1
	import json
	from securesystemslib import formats
	key = json.load(open("exported.json"))
	formats.ANY_VERIFICATION_KEY_SCHEMA.check_match(key)
	assert key["keyid"] == open("legacy").read().strip()
	EOF
	done
'

test_expect_success 'export: a private key stays at home' '
	git intoto key export ~/mona >a &&
	git intoto key export ~/mona.pub >b &&
	test_cmp a b &&
	git intoto key export ~/rsa.pem >a &&
	! grep PRIVATE a
'

test_expect_success 'it works outside a repository' '
	(
		cd "$TMPDIR/outside" &&
		git intoto key show ~/mona.pub &&
		git intoto key export ~/mona.pub &&
		refused 128 - git intoto key show &&
		refused 128 - git intoto key list
	)
'

test_expect_success 'show without a KEY: the one that signs links' '
	(
		cd repo &&
		ids ~/mona.pub >expect &&
		git -c gpg.format=ssh -c user.signingKey="~/mona.pub" \
			intoto key show | sed -n "s/^keyid //p" >actual &&
		test_cmp expect actual &&
		ids ~/rsa.pem >expect &&
		git -c gpg.format=ssh -c user.signingKey="~/mona.pub" \
			-c intoto.signingKey="~/rsa.pem" \
			intoto key show | sed -n "s/^keyid //p" >actual &&
		test_cmp expect actual
	)
'

test_expect_success 'list: who signs, who is trusted, who is in a layout' '
	sign_with_ssh mona &&
	make_project project &&
	(
		cd project &&
		git intoto key list >out &&
		grep "^signs tags  *ed25519 .* $(ids ~/mona.pub | head -n 1)$" out &&
		grep "^signs links  *ed25519" out &&
		! grep "trusted owner" out &&
		git intoto init --yes --key ~/rsa.pem &&
		git config intoto.signingKey "~/rsa.pem" &&
		git intoto key list >out &&
		grep "^signs tags  *ed25519" out &&
		grep "^signs links  *rsa" out &&
		grep "^trusted owner  *rsa .* $(ids ~/rsa.pem | head -n 1)$" out &&
		grep "^layout release: tag, build  *ed25519" out &&
		grep "^layout release: tag, build  *rsa" out
	)
'

test_expect_success 'list: a key that is set and not there is a warning' '
	(
		cd project &&
		git -c intoto.signingKey=/nowhere intoto key list >out 2>err &&
		grep "^warning: signs links" err &&
		grep "^signs tags" out
	)
'

test_expect_success 'what is no key is refused' '
	refused 128 - git intoto key show nowhere &&
	: >empty &&
	refused 128 - git intoto key show empty &&
	echo hello >text &&
	refused 128 - git intoto key show text &&
	echo "{\"keytype\": \"dsa\"}" >json &&
	refused 128 - git intoto key show json &&
	printf "ssh-ed25519 AAAAC3NzaC1lZDI1\n" >short &&
	refused 128 - git intoto key show short &&
	echo "sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAICFo/k5LU8863u66YC9eUO2170QduohPURkQnbLa/dczAAAABHNzaDo= key" >sk &&
	refused 128 - git intoto key show sk &&
	grep -i "fido\|sk-" err &&
	refused 128 - git intoto key show gpg:nobody@example.com &&
	refused 128 - git intoto key show env:NOT_SET &&
	refused 128 - git intoto key show ssh:SHA256:AAAA &&
	refused 129 - git intoto key show ""
'

test_expect_success 'usage' '
	refused 129 - git intoto key &&
	refused 129 - git intoto key export &&
	refused 129 - git intoto key show a b &&
	refused 129 - git intoto key list a &&
	for row in list show export; do
		git intoto key $row -h >out &&
		grep "^usage: git intoto key $row" out || return 1
	done
'

test_done
