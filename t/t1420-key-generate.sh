#!/bin/sh
test_description='key generate, key id, key layout: what in-toto-keygen was for'
# shellcheck source=t/test-lib.sh
. ./test-lib.sh

PYTHON=/usr/bin/python3
if ! "$PYTHON" -c 'import in_toto' 2>/dev/null; then
	echo "Bail out! the Python library in_toto is missing (package in-toto)"
	exit 1
fi

mode() {
	stat -c %a "$1"
}

test_expect_success 'set-up' '
	"$PYTHON" - <<-\END
	from in_toto.models.layout import Layout
	from in_toto.models.metadata import Metablock
	layout = Layout()
	layout.set_relative_expiration(months=1)
	Metablock(signed=layout).dump("unsigned.layout")
	END
'

test_expect_success 'ed25519 is the default: PKCS#8, SPKI, modes' '
	git intoto key generate one >out &&
	grep "^ed25519 [0-9a-f]\{8\}$" out &&
	git intoto key show one.pub >shown &&
	grep "^keyid" shown >expect &&
	grep "^keyid" out >actual &&
	test_cmp expect actual &&
	test "$(head -n 1 one)" = "-----BEGIN PRIVATE KEY-----" &&
	test "$(head -n 1 one.pub)" = "-----BEGIN PUBLIC KEY-----" &&
	test "$(mode one)" = 600 &&
	test "$(mode one.pub)" = 644 &&
	openssl pkey -in one -pubout >derived &&
	test_cmp one.pub derived
'

test_expect_success 'the private file is for its owner alone, whatever umask' '
	(umask 0 && git intoto key generate open) &&
	test "$(mode open)" = 600
'

# numbers TYPE-OPTION... TEXT: openssl sees that in the key.
shows_in_openssl() {
	git intoto key generate "$@" made >out &&
	openssl pkey -in made -noout -text >text &&
	openssl pkey -pubin -in made.pub -noout &&
	git intoto sign -f unsigned.layout -k made -o signed.layout &&
	git intoto sign --verify -f signed.layout -k made.pub &&
	rm made made.pub
}

test_expect_success 'every type and size' '
	shows_in_openssl --type rsa && grep "3072 bit" text &&
	shows_in_openssl -t rsa -b 2048 && grep "2048 bit" text &&
	shows_in_openssl --bits 4096 && grep "4096 bit" text &&
	shows_in_openssl --type ecdsa && grep "NIST CURVE: P-256" text &&
	shows_in_openssl --curve P-384 && grep "NIST CURVE: P-384" text &&
	shows_in_openssl --type ecdsa --curve P-521 &&
	grep "NIST CURVE: P-521" text &&
	shows_in_openssl --type ed25519 && grep -i "^ED25519" text
'

test_expect_success 'nothing is overwritten, and nothing half done' '
	cp one before &&
	refused 128 - git intoto key generate one &&
	test_cmp before one &&
	echo mine >two.pub &&
	refused 128 - git intoto key generate two &&
	test ! -e two &&
	test "$(cat two.pub)" = mine &&
	ln -s nowhere three &&
	refused 128 - git intoto key generate three &&
	test ! -e nowhere &&
	ln -s nowhere four.pub &&
	refused 128 - git intoto key generate four &&
	test ! -e four && test ! -e nowhere &&
	refused 128 - git intoto key generate no/such/folder/key
'

test_expect_success 'a password by -P' '
	git intoto key generate -P sesame locked &&
	test "$(head -n 1 locked)" = "-----BEGIN ENCRYPTED PRIVATE KEY-----" &&
	! openssl pkey -in locked -passin pass:guessed -noout &&
	openssl pkey -in locked -passin pass:sesame -pubout >derived &&
	test_cmp locked.pub derived &&
	openssl asn1parse -in locked >parsed &&
	grep PBES2 parsed && grep hmacWithSHA256 parsed &&
	grep aes-256-cbc parsed &&
	IN_TOTO_KEY_PW=sesame git intoto sign -f unsigned.layout -k locked \
		-o signed.layout &&
	git intoto sign --verify -f signed.layout -k locked.pub
'

test_expect_success 'a password that is asked for, twice' '
	at_terminal 0 "expect new password" silent "answer sesame" \
		"expect once more" silent "answer sesame" -- \
		git intoto key generate --encrypt asked &&
	! grep sesame shown &&
	openssl pkey -in asked -passin pass:sesame -noout &&
	at_terminal 128 "expect new password" "answer sesame" \
		"expect once more" "answer Sesame" -- \
		git intoto key generate --encrypt other &&
	grep "not the same" shown &&
	test ! -e other && test ! -e other.pub &&
	at_terminal 128 "expect new password" "answer " \
		"expect once more" "answer " -- \
		git intoto key generate -p other &&
	test ! -e other &&
	refused 128 - git intoto key generate other -P </dev/null &&
	test ! -e other
'

test_expect_success 'what cannot be is refused' '
	refused 129 - git intoto key generate &&
	refused 129 - git intoto key generate "" &&
	refused 129 - git intoto key generate a b &&
	refused 129 - git intoto key generate --type dsa a &&
	refused 129 - git intoto key generate --type ed25519 --bits 2048 a &&
	refused 129 - git intoto key generate --type rsa --curve P-256 a &&
	refused 129 - git intoto key generate --bits many a &&
	refused 128 - git intoto key generate --bits 1024 a &&
	refused 128 - git intoto key generate --bits 99999 a &&
	refused 128 - git intoto key generate --curve P-192 a &&
	test ! -e a && test ! -e a.pub
'

test_expect_success 'the stock tools take them' '
	for kind in "rsa --bits=2048" "ecdsa --curve=P-256" \
		"ecdsa --curve=P-384" "ed25519 --type=ed25519"; do
		set -- $kind &&
		rm -f key key.pub &&
		git intoto key generate $2 key &&
		git intoto key export key.pub >key.json &&
		git intoto sign -f unsigned.layout -k key -o root.layout &&
		if test $1 = rsa; then
			in-toto-verify -l root.layout -k key.pub -t rsa &&
			in-toto-run -n step -x -k key -t rsa &&
			git intoto sign --verify -f step.*.link -k key.pub
		else
			in-toto-verify -l root.layout -k key.json -t $1
		fi || return 1
	done
'

test_expect_success 'key id: both keyids of each, as sha256sum prints' '
	git intoto key id one one.pub locked.pub >out &&
	test $(wc -l <out) = 6 &&
	git intoto key show one.pub | sed -n "s/^keyid //p" >expect &&
	sed -n "s/  one$//p" out >actual &&
	test_cmp expect actual &&
	sed -n "s/  one.pub$//p" out >actual &&
	test_cmp expect actual &&
	make_gpg_key gina@example.com &&
	git intoto key id gpg:gina@example.com >out &&
	test $(wc -l <out) = 1 &&
	refused 129 - git intoto key id &&
	refused 128 - git intoto key id one nowhere
'

test_expect_success 'key layout: members of a layout, each key once' '
	git intoto key layout one gpg:gina@example.com one.pub >members &&
	(echo "{" && cat members && echo "}") >keys.json &&
	"$PYTHON" - <<-\END &&
	import json
	from in_toto.models.layout import Layout
	keys = json.load(open("keys.json"))
	assert len(keys) == 2, keys
	assert all(name == key["keyid"] for name, key in keys.items())
	assert not any(key["keyval"].get("private") for key in keys.values())
	Layout(keys=keys).validate()
	END
	git intoto key layout one >alone &&
	test $(wc -l <alone) = 1 &&
	refused 129 - git intoto key layout &&
	refused 128 - git intoto key layout one nowhere
'

test_expect_success 'a name that a terminal would obey is shown as text' '
	name=$(printf "a\033[31mb") &&
	git intoto key generate "$name" &&
	git intoto key id "$name" >out &&
	! grep "$(printf "\033")" out
'

test_done
