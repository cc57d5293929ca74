#!/bin/sh
test_description='sign: what in-toto-sign does, and what it does not'
# shellcheck source=t/test-lib.sh
. ./test-lib.sh

PYTHON=/usr/bin/python3
if ! "$PYTHON" -c 'import in_toto' 2>/dev/null; then
	echo "Bail out! the Python library in_toto is missing (package in-toto)"
	exit 1
fi

# keyid KEY: the one that files are named after.
keyid() {
	git intoto key id "$1" | sed "s/ .*//;q"
}

# signatures FILE: keyids, sorted.
signatures() {
	json "'\\n'.join(sorted(s['keyid'] for s in j['signatures']))" <"$1"
}

# both KEY...: the keyids under which a layout lists them.
both() {
	git intoto key id "$@" | cut -d " " -f 1 | LC_ALL=C sort
}

test_expect_success 'set-up: keys, a layout and a link, unsigned' '
	for name in alice bob carl; do
		git intoto key generate $name || return 1
	done &&
	git intoto key generate --bits 2048 rsa &&
	in-toto-keygen -t ecdsa ecdsa &&
	in-toto-keygen -t ed25519 ed25519 &&
	make_gpg_key gina@example.com &&
	make_gpg_key gert@example.com rsa2048 &&
	gina=$(gpg_fingerprint gina@example.com | tr A-F a-f) &&
	gert=$(gpg_fingerprint gert@example.com | tr A-F a-f) &&
	"$PYTHON" - <<-\END &&
	from in_toto.models.layout import Layout, Step
	from in_toto.models.metadata import Metablock
	layout = Layout(readme="d\u00e9j\u00e0 \U0001f600")
	layout.set_relative_expiration(months=1)
	layout.steps = [Step(name="build")]
	Metablock(signed=layout).dump("unsigned.layout")
	END
	echo hello >product &&
	in-toto-mock -n build -- cat product &&
	test -f build.link
'

test_expect_success 'a layout stays where it is, and keeps its mode' '
	cp unsigned.layout root.layout &&
	chmod 640 root.layout &&
	git intoto sign -f root.layout -k alice >out &&
	grep "^signed .root.layout. with ed25519" out &&
	test "$(stat -c %a root.layout)" = 640 &&
	both alice >expect &&
	signatures root.layout >actual &&
	test_cmp expect actual &&
	git intoto sign --verify -f root.layout -k alice.pub &&
	json "j[\"signed\"]" <unsigned.layout >expect &&
	json "j[\"signed\"]" <root.layout >actual &&
	test_cmp expect actual
'

test_expect_success 'behind a symbolic link as well' '
	mkdir -p real && cp unsigned.layout real/layout &&
	ln -s real/layout linked.layout &&
	git intoto sign -f linked.layout -k alice &&
	test -L linked.layout &&
	git intoto sign --verify -f real/layout -k alice.pub
'

test_expect_success 'signatures are replaced, or with -a kept' '
	git intoto sign -f root.layout -k bob &&
	refused 1 signature-missing git intoto sign --verify \
		-f root.layout -k alice.pub &&
	git intoto sign -f root.layout -a -k alice -k carl &&
	git intoto sign --verify -f root.layout -k alice.pub bob.pub \
		-k carl.pub &&
	both alice bob carl >expect &&
	signatures root.layout >actual &&
	test_cmp expect actual &&
	git intoto sign -f root.layout -a -k alice &&
	signatures root.layout >actual &&
	test_cmp expect actual
'

test_expect_success 'all keys must have signed, each that has not is named' '
	git intoto sign -f root.layout -k alice &&
	refused 1 signature-missing git intoto sign --verify -f root.layout \
		-k alice.pub -k bob.pub -k carl.pub &&
	grep -c "signature-missing" err >count &&
	test "$(cat count)" = 2 &&
	grep "the signature of ed25519 $(keyid alice | cut -c 1-8) holds" out
'

test_expect_success 'a signature that does not hold is refused' '
	sed "s/2[0-9][0-9][0-9]-/3000-/" root.layout >forged.layout &&
	! cmp -s root.layout forged.layout &&
	refused 1 signature-bad git intoto sign --verify -f forged.layout \
		-k alice.pub &&
	! grep holds out
'

test_expect_success 'a key under another name does not verify' '
	"$PYTHON" - "$(keyid bob)" <<-\END &&
	import json, sys
	block = json.load(open("root.layout"))
	for sig in block["signatures"]:
	    sig["keyid"] = sys.argv[1]
	json.dump(block, open("renamed.layout", "w"))
	END
	refused 1 signature-bad git intoto sign --verify -f renamed.layout \
		-k bob.pub &&
	refused 1 signature-missing git intoto sign --verify \
		-f renamed.layout -k alice.pub
'

test_expect_success 'a link goes into a file of its own, of one key' '
	cp build.link before &&
	git intoto sign -f build.link -k alice >out &&
	test_cmp before build.link &&
	name=build.$(keyid alice | cut -c 1-8).link &&
	grep "$name" out &&
	keyid alice >expect &&
	signatures $name >actual &&
	test_cmp expect actual &&
	git intoto sign --verify -f $name -k alice.pub &&
	git intoto sign -f $name -k bob &&
	git intoto sign --verify -f build.$(keyid bob | cut -c 1-8).link \
		-k bob.pub &&
	mkdir -p elsewhere &&
	(
		cd elsewhere &&
		git intoto sign -f ../build.link -k ../alice &&
		test -f $name
	) &&
	git intoto sign -f build.link -k alice -o out.link &&
	cmp out.link $name
'

test_expect_success 'a link with two keys or --append is refused' '
	refused 129 - git intoto sign -f build.link -k alice -k bob &&
	refused 129 - git intoto sign -f build.link -k alice -g $gina &&
	refused 129 - git intoto sign -f build.link -a -k alice
'

test_expect_success 'a link whose name is a path is not written' '
	mkdir -p deep &&
	for name in ../evil a/b "" ..; do
		"$PYTHON" - "$name" <<-\END &&
	import json, sys
	block = json.load(open("build.link"))
	block["signed"]["name"] = sys.argv[1]
	json.dump(block, open("evil.link", "w"))
	END
		refused 128 - git intoto sign -f evil.link -k alice ||
			return 1
	done &&
	test ! -e ../evil.*.link
'

test_expect_success 'OpenPGP, alone and beside others' '
	git intoto sign -f unsigned.layout -g $gina $gert -o root.layout &&
	git intoto sign --verify -f root.layout -g $gina -g $gert &&
	git intoto sign -f root.layout -a -k alice &&
	git intoto sign --verify -f root.layout -k alice.pub -g $gina $gert &&
	git intoto sign -f build.link -g $gert &&
	git intoto sign --verify -f build.$(echo $gert | cut -c 1-8).link \
		-g $gert &&
	refused 129 - git intoto sign --verify -f root.layout -g &&
	home=$GNUPGHOME &&
	mkdir -m 700 "$TMPDIR/gpg" &&
	(
		GNUPGHOME=$TMPDIR/gpg &&
		export GNUPGHOME &&
		refused 128 - git intoto sign --verify -f root.layout \
			-g $gina &&
		git intoto sign --verify -f root.layout -g $gina \
			--gpg-home "$home" &&
		git intoto sign -f build.link -g $gina --gpg-home "$home"
	)
'

test_expect_success 'DSSE: made, signed again, appended' '
	git intoto sign -f unsigned.layout -k alice --dsse -o dsse.layout &&
	test "$(json "j[\"payloadType\"]" <dsse.layout)" = \
		application/vnd.in-toto+json &&
	git intoto sign --verify -f dsse.layout -k alice.pub &&
	git intoto sign -f dsse.layout -a -k bob &&
	git intoto sign --verify -f dsse.layout -k alice.pub -k bob.pub &&
	both alice bob >expect &&
	signatures dsse.layout >actual &&
	test_cmp expect actual &&
	git intoto sign -f dsse.layout -k carl &&
	refused 1 signature-missing git intoto sign --verify -f dsse.layout \
		-k alice.pub &&
	git intoto sign -f build.link -k alice --dsse -o dsse.link &&
	test "$(signatures dsse.link)" = "$(keyid alice)" &&
	git intoto sign --verify -f dsse.link -k alice.pub &&
	git intoto sign -f dsse.link -k bob &&
	test "$(json "sorted(j)" <build.$(keyid bob | cut -c 1-8).link)" = \
		"[${SQ}payload${SQ}, ${SQ}payloadType${SQ}, ${SQ}signatures${SQ}]"
'

test_expect_success 'DSSE: what would not hold is not written' '
	cp unsigned.layout root.layout &&
	git intoto sign -f root.layout -k alice &&
	cp root.layout before &&
	refused 129 - git intoto sign -f root.layout -a -k bob --dsse &&
	refused 128 - git intoto sign -f root.layout -g $gina --dsse &&
	test_cmp before root.layout &&
	git intoto sign -f unsigned.layout -a -k bob --dsse -o new.layout &&
	git intoto sign --verify -f new.layout -k bob.pub
'

# The stock library of 1.3.1 has no in-toto-sign for DSSE, but the envelope.
test_expect_success 'DSSE: the stock library verifies the payload' '
	git intoto key export alice.pub >alice.json &&
	"$PYTHON" - <<-\END
	import base64, json
	from securesystemslib import keys
	key = json.load(open("alice.json"))
	env = json.load(open("dsse.link"))
	body = base64.b64decode(env["payload"])
	kind = env["payloadType"].encode()
	pae = b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(body), body)
	sig = {"keyid": key["keyid"],
	       "sig": base64.b64decode(env["signatures"][0]["sig"]).hex()}
	assert keys.verify_signature(key, sig, pae)
	assert json.loads(body) == json.load(open("build.link"))["signed"]
	END
'

# stock KEY TYPE: the file of in-toto 1.x for that key.
test_expect_success 'the stock in-toto-sign verifies what we sign' '
	git intoto key export alice.pub >alice.json &&
	git intoto sign -f unsigned.layout -o root.layout \
		-k rsa ecdsa ed25519 alice &&
	in-toto-sign --verify -f root.layout -k rsa.pub ecdsa.pub ed25519.pub \
		alice.json -t rsa ecdsa ed25519 ed25519 &&
	git intoto sign -f root.layout -a -g $gina $gert &&
	in-toto-sign --verify -f root.layout -g $gina $gert \
		--gpg-home "$GNUPGHOME" &&
	for type in rsa ecdsa ed25519; do
		rm -f build.????????.link &&
		git intoto sign -f build.link -k $type -t $type &&
		in-toto-sign --verify -f build.????????.link -k $type.pub \
			-t $type &&
		ls build.????????.link >ours &&
		rm build.????????.link &&
		in-toto-sign -f build.link -k $type -t $type &&
		ls build.????????.link >theirs &&
		test_cmp theirs ours || return 1
	done
'

test_expect_success 'what the stock in-toto-sign makes is verified here' '
	in-toto-sign -f unsigned.layout -o stock.layout \
		-k rsa ecdsa ed25519 -t rsa ecdsa ed25519 &&
	git intoto sign --verify -f stock.layout -k rsa.pub ecdsa.pub \
		ed25519.pub -t rsa ecdsa ed25519 &&
	refused 128 - git intoto sign --verify -f stock.layout \
		-k rsa.pub ecdsa.pub -t rsa ed25519 &&
	refused 129 - git intoto sign --verify -f stock.layout \
		-k rsa.pub ecdsa.pub -t rsa &&
	refused 129 - git intoto sign --verify -f stock.layout \
		-k rsa.pub -t dsa &&
	in-toto-sign -f unsigned.layout -o stock.layout -g $gina $gert \
		--gpg-home "$GNUPGHOME" &&
	git intoto sign --verify -f stock.layout -g $gina $gert &&
	git intoto sign -f stock.layout -a -k alice &&
	in-toto-sign --verify -f stock.layout -g $gina $gert \
		--gpg-home "$GNUPGHOME" &&
	in-toto-sign -f stock.layout -a -k rsa &&
	git intoto sign --verify -f stock.layout -k alice.pub -k rsa.pub \
		-g $gina
'

test_expect_success 'without a key: the one that signs links' '
	make_ssh_key mona &&
	sign_with_ssh mona &&
	git init -q repo &&
	(
		cd repo &&
		git intoto sign -f ../unsigned.layout -o root.layout &&
		git intoto sign --verify -f root.layout -k "$HOME/mona.pub" &&
		git config intoto.signingKey "$PWD/../bob" &&
		git intoto sign -f root.layout -a &&
		git intoto sign --verify -f root.layout -k ../bob.pub \
			-k "$HOME/mona.pub"
	) &&
	mkdir -p "$TMPDIR/outside" &&
	(
		cp unsigned.layout "$TMPDIR/outside" &&
		cd "$TMPDIR/outside" &&
		refused 128 - git intoto sign -f unsigned.layout &&
		refused 129 - git intoto sign --verify -f unsigned.layout &&
		git intoto sign -f unsigned.layout -k "$OLDPWD/alice"
	)
'

test_expect_success 'a failure changes nothing' '
	cp unsigned.layout root.layout &&
	git intoto sign -f root.layout -k alice &&
	cp root.layout before &&
	refused 128 - git intoto sign -f root.layout -k bob -k nowhere &&
	refused 128 - git intoto sign -f root.layout -k bob.pub &&
	refused 128 - git intoto sign -f root.layout -k bob -t rsa &&
	refused 128 - git intoto sign -f root.layout -k bob \
		-o no/such/folder/file &&
	mkdir -p folder &&
	refused 128 - git intoto sign -f root.layout -k bob -o folder &&
	test_cmp before root.layout &&
	ls | grep git-intoto- || true >left &&
	test_must_be_empty left
'

test_expect_success 'what is neither link nor layout is refused' '
	refused 128 - git intoto sign -f nowhere -k alice &&
	refused 128 - git intoto sign -f folder -k alice &&
	: >empty && refused 128 - git intoto sign -f empty -k alice &&
	echo "{}" >object && refused 128 - git intoto sign -f object -k alice &&
	json "json.dumps({\"signatures\": [], \"signed\": dict(j[\"signed\"], \
		_type=\"other\")})" <unsigned.layout >other &&
	refused 128 - git intoto sign -f other -k alice &&
	json "json.dumps(j[\"signed\"])" <unsigned.layout >bare &&
	refused 128 - git intoto sign -f bare -k alice
'

test_expect_success 'unknown fields are not signed, and go' '
	json "json.dumps({\"signatures\": [], \"more\": 1, \"signed\": \
		dict(j[\"signed\"], extra=1)})" <unsigned.layout >more.layout &&
	git intoto sign -f more.layout -k rsa &&
	! grep -e extra -e more more.layout &&
	in-toto-sign --verify -f more.layout -k rsa.pub
'

test_expect_success 'usage' '
	refused 129 - git intoto sign &&
	refused 129 - git intoto sign -k alice &&
	refused 129 - git intoto sign -f root.layout -k alice -- extra &&
	refused 129 - git intoto sign --verify -f root.layout &&
	refused 129 - git intoto sign --verify -a -f root.layout -k alice &&
	refused 129 - git intoto sign --verify -o x -f root.layout -k alice &&
	refused 129 - git intoto sign --verify --dsse -f root.layout -k alice &&
	git intoto sign -h >out &&
	grep "^usage: git intoto sign" out
'

test_done
