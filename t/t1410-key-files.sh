#!/bin/sh
test_description='key files of every form: they sign, and their public half verifies'
# shellcheck source=t/test-lib.sh
. ./test-lib.sh

PYTHON=/usr/bin/python3
if ! "$PYTHON" -c 'import in_toto' 2>/dev/null; then
	echo "Bail out! the Python library in_toto is missing (package in-toto)"
	exit 1
fi

made=0

# ids KEY: its keyids, a line each.
ids() {
	git intoto key id "$1" >named && cut -d " " -f 1 named
}

# signs PRIVATE PUBLIC: the one signs a layout, the other verifies. The stock
# library does at the end, all at once.
signs() {
	git intoto sign -f unsigned.layout --key "$1" -o signed.layout &&
	git intoto sign --verify -f signed.layout --key "$2" &&
	stock_will_verify "$2"
}

stock_will_verify() {
	made=$((made + 1)) &&
	cp signed.layout "stock/$made.layout" &&
	git intoto key export "$1" >"stock/$made.json"
}

# locked COMMAND...: says no, once, and nothing of the secret.
locked() {
	refused 128 - "$@" </dev/null &&
	test "$(grep -c "^error:" err)" = 1 &&
	grep -e "wrong or no password" -e "private key is encrypted" err &&
	! grep -e sesame -e guessed -e MII err
}

# opens FILE PUBLIC: with its password, sesame, in every way it is given.
opens() {
	signs_by() {
		git intoto sign -f unsigned.layout -o signed.layout -k "$@"
	} &&
	signs_by "$1" -P sesame &&
	git intoto sign --verify -f signed.layout -k "$2" &&
	stock_will_verify "$2" &&
	rm signed.layout &&
	(
		IN_TOTO_KEY_PW=sesame &&
		export IN_TOTO_KEY_PW &&
		signs_by "$1" &&
		rm signed.layout &&
		locked signs_by "$1" -P guessed &&
		locked signs_by "$1" -P &&
		locked signs_by "$1" -p &&
		IN_TOTO_KEY_PW=guessed &&
		locked signs_by "$1"
	) &&
	locked signs_by "$1" &&
	(
		IN_TOTO_KEY=$(cat "$1") IN_TOTO_KEY_PW=sesame &&
		export IN_TOTO_KEY IN_TOTO_KEY_PW &&
		ids "$2" >expect &&
		ids env:IN_TOTO_KEY >actual &&
		test_cmp expect actual &&
		IN_TOTO_KEY=$(base64 "$1") &&
		ids env:IN_TOTO_KEY >actual &&
		test_cmp expect actual &&
		IN_TOTO_KEY=$(base64 -w 0 "$1") &&
		signs_by env:IN_TOTO_KEY &&
		rm signed.layout &&
		IN_TOTO_KEY_PW=guessed &&
		locked signs_by env:IN_TOTO_KEY
	) &&
	test ! -e signed.layout
}

test_expect_success 'set-up' '
	"$PYTHON" - <<-\END &&
	from in_toto.models.layout import Layout
	from in_toto.models.metadata import Metablock
	layout = Layout()
	layout.set_relative_expiration(months=1)
	Metablock(signed=layout).dump("unsigned.layout")
	END
	mkdir stock &&
	for name in ed25519 stranger; do
		openssl genpkey -algorithm ed25519 -out $name &&
		openssl pkey -in $name -pubout -out $name.pub || return 1
	done &&
	openssl genrsa -out rsa 2048 2>/dev/null &&
	openssl pkey -in rsa -pubout -out rsa.pub &&
	for curve in P-256 P-384 P-521; do
		openssl genpkey -algorithm EC \
			-pkeyopt ec_paramgen_curve:$curve -out $curve &&
		openssl pkey -in $curve -pubout -out $curve.pub || return 1
	done
'

test_expect_success 'PKCS#8: ed25519, RSA, ECDSA of three curves' '
	head -n 1 rsa | grep "BEGIN PRIVATE KEY" &&
	signs rsa rsa.pub &&
	signs ed25519 ed25519.pub &&
	for curve in P-256 P-384; do
		signs $curve $curve.pub || return 1
	done
'

# Its library is older than the scheme.
test_expect_success 'PKCS#8: ECDSA P-521' '
	git intoto key show P-521 >out &&
	grep "^scheme ecdsa-sha2-nistp521$" out &&
	git intoto sign -f unsigned.layout --key P-521 -o signed.layout &&
	git intoto sign --verify -f signed.layout --key P-521.pub &&
	refused 1 signature-missing git intoto sign --verify \
		-f signed.layout --key P-384.pub
'

test_expect_success 'PKCS#1 and SEC 1, and SEC 1 behind its parameters' '
	openssl rsa -in rsa -traditional -out rsa.pkcs1 &&
	grep "BEGIN RSA PRIVATE KEY" rsa.pkcs1 &&
	signs rsa.pkcs1 rsa.pub &&
	openssl ec -in P-384 -out P-384.sec1 &&
	grep "BEGIN EC PRIVATE KEY" P-384.sec1 &&
	signs P-384.sec1 P-384.pub &&
	openssl ecparam -name prime256v1 -genkey -out both &&
	grep "BEGIN EC PARAMETERS" both &&
	openssl pkey -in both -pubout -out both.pub &&
	signs both both.pub
'

test_expect_success 'PKCS#8 under a password: PBKDF2, scrypt' '
	openssl pkcs8 -topk8 -in rsa -passout pass:sesame -out rsa.p8 &&
	opens rsa.p8 rsa.pub &&
	openssl pkcs8 -topk8 -in P-384 -scrypt -passout pass:sesame \
		-out P-384.p8 &&
	opens P-384.p8 P-384.pub
'

test_expect_success 'old PEM under a password: DEK-Info' '
	openssl rsa -in rsa -traditional -aes256 -passout pass:sesame \
		-out rsa.aes &&
	grep "^DEK-Info: AES-256-CBC" rsa.aes &&
	opens rsa.aes rsa.pub &&
	openssl rsa -in rsa -traditional -des3 -passout pass:sesame \
		-out rsa.des3 &&
	opens rsa.des3 rsa.pub &&
	openssl ec -in P-256 -aes128 -passout pass:sesame -out P-256.aes &&
	grep "^DEK-Info: AES-128-CBC" P-256.aes &&
	opens P-256.aes P-256.pub
'

test_expect_success 'what in-toto-keygen makes' '
	for type in rsa ed25519 ecdsa; do
		in-toto-keygen -t $type debian-$type &&
		ids debian-$type >private &&
		ids debian-$type.pub >public &&
		test_cmp private public &&
		signs debian-$type debian-$type.pub || return 1
	done
'

test_expect_success 'what it makes under a password: @@@@ and DEK-Info' '
	"$PYTHON" - <<-\END &&
	from securesystemslib import interface as i
	i.generate_and_write_ed25519_keypair("sesame", filepath="locked-ed25519")
	i.generate_and_write_ecdsa_keypair("sesame", filepath="locked-ecdsa")
	i.generate_and_write_rsa_keypair("sesame", bits=2048, filepath="locked-rsa")
	END
	grep @@@@ locked-ed25519 &&
	grep @@@@ locked-ecdsa &&
	for type in ed25519 ecdsa rsa; do
		opens locked-$type locked-$type.pub || return 1
	done
'

test_expect_success 'the keyid of such a file is the one in-toto knows it by' '
	cat >keyids.py <<-\END &&
	import sys
	from securesystemslib import interface as i
	for name in ("ed25519", "ecdsa"):
	    print(i.import_publickeys_from_file(
	        ["debian-" + name + ".pub"], [name]).popitem()[0])
	END
	"$PYTHON" keyids.py >expect &&
	for type in ed25519 ecdsa; do
		ids debian-$type.pub | grep -x -f expect || return 1
	done >actual &&
	test_cmp expect actual
'

test_expect_success 'a damaged @@@@ file is refused, whatever is damaged' '
	sed "s/.$/0/" locked-ed25519 >a &&
	sed "s/.$/1/" locked-ed25519 >b &&
	sed "s/^./0/" locked-ed25519 >c &&
	sed "s/^./1/" locked-ed25519 >d &&
	sed "s/@@@@100000@@@@/@@@@100001@@@@/" locked-ed25519 >e &&
	sed "s/@@@@100000@@@@/@@@@4000000000@@@@/" locked-ed25519 >f &&
	sed "s/@@@@100000@@@@/@@@@0@@@@/" locked-ed25519 >g &&
	sed "s/@@@@[0-9a-f]*$//" locked-ed25519 >h &&
	damaged=0 &&
	for file in a b c d e f g h; do
		cmp -s $file locked-ed25519 && continue
		damaged=$((damaged + 1))
		refused 128 - git intoto sign -f unsigned.layout -k $file \
			-P sesame -o none || return 1
	done &&
	test $damaged -ge 6 &&
	test ! -e none
'

test_expect_success 'a private JSON whose halves differ is refused' '
	in-toto-keygen -t ed25519 other &&
	"$PYTHON" - <<-\END &&
	import json
	one, two = (json.load(open(n)) for n in ("debian-ed25519", "other"))
	one["keyval"]["private"] = two["keyval"]["private"]
	json.dump(one, open("swapped", "w"))
	END
	refused 128 - git intoto sign -f unsigned.layout -k swapped -o none &&
	grep "does not belong to its public key" err &&
	! grep "$(json "j[\"keyval\"][\"private\"]" <swapped)" err &&
	test ! -e none
'

test_expect_success 'a private JSON gives away nothing but its public half' '
	for type in ed25519 ecdsa; do
		git intoto key export debian-$type >exported &&
		git intoto key layout debian-$type >listed &&
		git intoto key show debian-$type >shown &&
		! grep -i private exported listed shown || return 1
	done
'

test_expect_success 'OpenSSH public keys, and PEM by ssh-keygen' '
	for kind in "ed25519 256" "rsa 2048" "ecdsa 256" "ecdsa 384" \
		"ecdsa 521"; do
		set -- $kind &&
		ssh-keygen -q -t $1 -b $2 -N "" -C me -f ssh-$1-$2 &&
		ids ssh-$1-$2 >private &&
		ids ssh-$1-$2.pub >public &&
		test_cmp private public &&
		git intoto sign -f unsigned.layout --key ssh-$1-$2 \
			-o signed.layout &&
		git intoto sign --verify -f signed.layout \
			--key ssh-$1-$2.pub || return 1
	done &&
	for form in PEM PKCS8; do
		ssh-keygen -q -t rsa -b 2048 -N "" -m $form -f form-$form &&
		openssl pkey -in form-$form -pubout -out form-$form.pem &&
		signs form-$form form-$form.pem || return 1
	done
'

test_expect_success 'every RSA scheme, to and fro' '
	schemes="rsassa-pss-sha224 rsassa-pss-sha256 rsassa-pss-sha384
		rsassa-pss-sha512 rsa-pkcs1v15-sha224 rsa-pkcs1v15-sha256
		rsa-pkcs1v15-sha384 rsa-pkcs1v15-sha512" &&
	"$PYTHON" - $schemes <<-\END &&
	import json, sys
	from in_toto.models.metadata import Metablock
	from securesystemslib import keys
	for scheme in sys.argv[1:]:
	    key = keys.import_rsakey_from_private_pem(open("rsa").read(), scheme)
	    json.dump(key, open(scheme, "w"))
	    key["keyval"].pop("private")
	    json.dump(key, open(scheme + ".pub", "w"))
	    block = Metablock.load("unsigned.layout")
	    block.sign(json.load(open(scheme)))
	    block.dump(scheme + ".layout")
	END
	for scheme in $schemes; do
		git intoto sign --verify -f $scheme.layout --key $scheme.pub &&
		signs $scheme $scheme.pub || return 1
	done &&
	refused 1 signature-missing git intoto sign --verify \
		-f rsassa-pss-sha512.layout --key rsa-pkcs1v15-sha512.pub
'

test_expect_success 'schemes with MD5 and SHA-1 are refused in plain words' '
	for scheme in rsassa-pss-md5 rsassa-pss-sha1 rsa-pkcs1v15-md5 \
		rsa-pkcs1v15-sha1; do
		sed "s/rsa-pkcs1v15-sha512/$scheme/" rsa-pkcs1v15-sha512.pub \
			>weak.pub &&
		refused 128 - git intoto sign --verify -f signed.layout \
			--key weak.pub &&
		grep "$scheme" err && grep "can be forged" err || return 1
	done
'

test_expect_success 'OpenPGP: RSA, DSA and ed25519 sign by gpg' '
	for algorithm in rsa2048 dsa2048 ed25519; do
		make_gpg_key $algorithm@example.com $algorithm &&
		id=$(gpg_fingerprint $algorithm@example.com | tr A-F a-f) &&
		git intoto sign -f unsigned.layout -g $id -o signed.layout &&
		git intoto sign --verify -f signed.layout -g $id &&
		stock_will_verify gpg:$id &&
		git intoto key export gpg:$id >$algorithm.json &&
		git intoto sign --verify -f signed.layout \
			-k $algorithm.json || return 1
	done &&
	grep "\"pgp+dsa-fips-180-2\"" dsa2048.json
'

test_expect_success 'OpenPGP by the stock tool is read here, DSA as well' '
	for algorithm in rsa2048 dsa2048 ed25519; do
		id=$(gpg_fingerprint $algorithm@example.com | tr A-F a-f) &&
		in-toto-sign -f unsigned.layout -g $id \
			--gpg-home "$GNUPGHOME" -o stock.layout &&
		git intoto sign --verify -f stock.layout -g $id &&
		git intoto sign --verify -f stock.layout \
			-k $algorithm.json &&
		python3 -c "import json
j = json.load(open(\"stock.layout\"))
s = j[\"signatures\"][0][\"signature\"]
j[\"signatures\"][0][\"signature\"] = s[:-1] + (\"1\" if s[-1] == \"0\" else \"0\")
json.dump(j, open(\"forged.layout\", \"w\"))" &&
		refused 1 signature-bad git intoto sign --verify \
			-f forged.layout -g $id || return 1
	done
'

# subkey PRIMARY-ALGORITHM SUBKEY-ALGORITHM NAME: prints both fingerprints.
with_subkey() {
	gpg --batch --quiet --pinentry-mode loopback --passphrase "" \
		--quick-generate-key "Key <$3>" "$1" cert 2y 2>/dev/null &&
	gpg --batch --quiet --pinentry-mode loopback --passphrase "" \
		--quick-add-key "$(gpg_fingerprint "$3")" "$2" sign 1y &&
	gpg --batch --with-colons --list-keys "$3" |
		sed -n "s/^fpr:*\([0-9A-F]*\):$/\1/p" | tr A-F a-f
}

# The reference drops both by a bug in what it hashes.
test_expect_success 'OpenPGP: ed25519 subkeys and validity periods' '
	with_subkey ed25519 ed25519 sub@example.com >parts &&
	primary=$(sed -n 1p parts) subkey=$(sed -n 2p parts) &&
	test -n "$subkey" &&
	git intoto key export gpg:$primary >key.json &&
	test "$(json "j[\"keyid\"]" <key.json)" = $primary &&
	test "$(json "j[\"subkeys\"][\"$subkey\"][\"validity_period\"] // 86400" \
		<key.json)" = 365 &&
	test "$(json "j[\"validity_period\"] // 86400" <key.json)" = 730 &&
	git intoto sign -f unsigned.layout -g $primary -o signed.layout &&
	test "$(json "j[\"signatures\"][0][\"keyid\"]" <signed.layout)" = \
		$subkey &&
	git intoto sign --verify -f signed.layout -g $primary &&
	stock_will_verify gpg:$primary
'

test_expect_success 'OpenPGP: an ed25519 subkey under an RSA key is a key' '
	with_subkey rsa2048 ed25519 mixed@example.com >parts &&
	subkey=$(sed -n 2p parts) &&
	git intoto sign -f unsigned.layout -g $subkey -o signed.layout &&
	git intoto sign --verify -f signed.layout -g $subkey &&
	stock_will_verify gpg:$subkey
'

test_expect_success 'OpenPGP: -g alone is the key gpg takes' '
	first=$(gpg_fingerprint rsa2048@example.com | tr A-F a-f) &&
	(
		cd "$TMPDIR" &&
		git intoto sign -f "$OLDPWD/unsigned.layout" -g -o one.layout &&
		git intoto sign --verify -f one.layout -g $first
	) &&
	other=$(gpg_fingerprint dsa2048@example.com) &&
	echo "default-key $other" >"$GNUPGHOME/gpg.conf" &&
	(
		cd "$TMPDIR" &&
		git intoto sign -f "$OLDPWD/unsigned.layout" -g -o two.layout &&
		git intoto sign --verify -f two.layout \
			-g $(echo $other | tr A-F a-f)
	) &&
	rm "$GNUPGHOME/gpg.conf"
'

test_expect_success 'the stock library verifies what was signed above' '
	test $made -ge 30 &&
	"$PYTHON" - <<-\END
	import glob, json
	from in_toto.models.metadata import Metablock
	names = glob.glob("stock/*.layout")
	assert len(names) >= 30
	for name in names:
	    key = json.load(open(name.replace("layout", "json")))
	    Metablock.load(name).verify_signature(key)
	END
'

test_expect_success 'a password is asked for on the terminal, without echo' '
	git intoto key generate --type ecdsa -P sesame typed &&
	at_terminal 0 "expect password for" silent "answer sesame" -- \
		git intoto sign -f unsigned.layout -k typed -o signed.layout &&
	git intoto sign --verify -f signed.layout -k typed.pub &&
	at_terminal 128 "expect password for" silent "answer guessed" -- \
		git intoto sign -f unsigned.layout -k typed -o none &&
	grep "wrong or no password" shown &&
	IN_TOTO_KEY_PW=guessed at_terminal 0 "expect password for" silent \
		"answer sesame" -- git intoto sign -f unsigned.layout -p \
		-k typed -o signed.layout &&
	IN_TOTO_KEY_PW=guessed at_terminal 0 "expect password for" silent \
		"answer sesame" -- git intoto sign -f unsigned.layout \
		-k typed -o signed.layout -P &&
	test ! -e none
'

test_expect_success 'an encrypted key in tag and build: environment, -P, -t' '
	make_ssh_key mona &&
	sign_with_ssh mona &&
	key=$PWD/typed &&
	IN_TOTO_KEY_PW=sesame init_project project --key "$key" &&
	(
		cd project &&
		locked git intoto tag --key "$key" -m v1.0 v1.0 &&
		locked git intoto tag --key "$key" -P guessed -m v1.0 v1.0 &&
		refused 129 - git intoto tag --key "$key" -t pgp -m v1.0 v1.0 &&
		refused 128 - git intoto tag --key "$key" -t rsa -P sesame \
			-m v1.0 v1.0 &&
		git intoto tag --key "$key" -t ecdsa -P sesame -m v1.0 v1.0 &&
		locked git intoto build --key "$key" -p "dist/*" -- make dist &&
		IN_TOTO_KEY_PW=sesame git intoto build --key "$key" \
			-p "dist/*" -- sh -c "env >../seen && make dist" &&
		! grep -e sesame -e IN_TOTO_KEY_PW ../seen &&
		git intoto verify v1.0 dist/*
	)
'

test_done
