#!/bin/sh
test_description='metadata goes to and fro between git-intoto and in-toto'
# shellcheck source=t/test-lib.sh
. ./test-lib.sh

PYTHON=/usr/bin/python3
if ! "$PYTHON" -c 'import in_toto' 2>/dev/null; then
	echo "Bail out! the Python library in_toto is missing (package in-toto)"
	exit 1
fi

# Debian's in-toto-verify, on what `export` wrote.
stock_verify() {
	(cd "$1" && shift && in-toto-verify --layout root.layout \
		--link-dir . "$@")
}

test_expect_success 'set-up: keys of every kind' '
	make_ssh_key mona &&
	make_pem_key ed &&
	make_pem_key rsa rsa &&
	make_gpg_key mona@example.com ed25519 &&
	make_gpg_key rsa@example.com rsa3072 &&
	sign_with_ssh mona
'

# round NAME KEY: tag and build with this key, export, judge with stock in-toto.
round() {
	name=$1 key=$2
	shift 2
	init_project "$name" --key "$key" &&
	(
		cd "$name" &&
		git intoto tag --key "$key" -m v1.0 v1.0 &&
		git intoto build --key "$key" -p "dist/*" -- make dist &&
		git intoto verify v1.0 dist/* &&
		git intoto export v1.0 ../"$name.d" &&
		git intoto key export "$key" >../"$name.d/key.pub"
	)
}

test_expect_success 'ed25519: export passes in-toto-verify' '
	round ed "$HOME/ed.pem" &&
	stock_verify ed.d -k key.pub -t ed25519
'

test_expect_success 'a link through ssh-agent is an ed25519 link' '
	round ssh "$HOME/mona.pub" &&
	stock_verify ssh.d -k key.pub -t ed25519
'

test_expect_success 'RSA: export passes in-toto-verify' '
	round rsa "$HOME/rsa.pem" &&
	stock_verify rsa.d -k "$HOME/rsa.pub.pem" -t rsa
'

test_expect_success 'OpenPGP ed25519: export passes in-toto-verify' '
	round gpged gpg:mona@example.com &&
	stock_verify gpged.d -g "$(gpg_fingerprint mona@example.com |
		tr A-F a-f)" --gpg-home "$GNUPGHOME"
'

test_expect_success 'OpenPGP RSA: export passes in-toto-verify' '
	round gpgrsa gpg:rsa@example.com &&
	stock_verify gpgrsa.d -g "$(gpg_fingerprint rsa@example.com |
		tr A-F a-f)" --gpg-home "$GNUPGHOME"
'

test_expect_success 'what stock in-toto refuses, export does not mend' '
	cp -R ed.d broken.d &&
	for link in broken.d/build.*.link; do
		sed "s/dist\/main.txt/dist\/main.tar/" "$link" >changed &&
		! cmp -s changed "$link" &&
		cp changed "$link" || return 1
	done &&
	test_must_fail stock_verify broken.d -k key.pub -t ed25519
'

test_expect_success 'DSSE links: export passes in-toto-verify or says why' '
	init_project dsse --key "$HOME/ed.pem" &&
	(
		cd dsse &&
		git intoto tag --dsse --key "$HOME/ed.pem" -m v1.0 v1.0 &&
		git intoto build --dsse --key "$HOME/ed.pem" -p "dist/*" \
			-- make dist &&
		note_of v1.0 | grep payloadType &&
		git intoto verify v1.0 dist/*
	)
'

# Two people, the one who tags leaves; the owner seals v1.0 before, not v1.1.
test_expect_success 'sealed: the version that judges it passes in-toto-verify' '
	make_ssh_key old &&
	start_agent mona old &&
	init_project sealed --key "$HOME/ed.pem" &&
	(
		cd sealed &&
		git config intoto.signingKey "$HOME/ed.pem" &&
		git intoto layout add-key release "$HOME/old.pub" --step tag &&
		git intoto layout sign release &&
		for tag in v1.0 v1.1
		do
			git intoto tag -u "$HOME/old.pub" \
				--key "$HOME/old.pub" -m $tag $tag &&
			git intoto build --tag $tag -p "dist/*" -- make dist ||
				exit 1
		done &&
		git intoto seal v1.0 &&
		git intoto export v1.0 ../before.d 2>err &&
		test_must_fail grep sealed err &&
		git intoto layout remove-key release "$HOME/old.pub" \
			--no-seal &&
		git intoto layout sign release --no-seal &&
		git intoto verify v1.0 dist/main.txt >out &&
		grep "^  sealed: version 2 " out &&
		git intoto export v1.0 ../sealed.d 2>err &&
		grep "^note: version 2 of layout .release. is written, for" err &&
		grep "owners sealed v1.0; version 3, which is in force" err &&
		git intoto key export "$HOME/ed.pem" >../sealed.d/key.pub &&
		cmp ../before.d/root.layout ../sealed.d/root.layout &&
		git intoto export v1.1 ../unsealed.d 2>err &&
		test_must_fail grep sealed err &&
		cp ../sealed.d/key.pub ../unsealed.d
	) &&
	ls sealed.d/*.link >links &&
	test "$(wc -l <links)" = 2 &&
	stock_verify sealed.d -k key.pub -t ed25519 &&
	test_must_fail stock_verify unsealed.d -k key.pub -t ed25519
'

# The seal lists two links; a third by another key came later.
test_expect_success 'sealed: no link is written that the seal does not list' '
	make_ssh_key two &&
	start_agent mona old two &&
	(
		cd sealed &&
		git intoto layout add-key release "$HOME/old.pub" --step tag &&
		git intoto layout add-key release "$HOME/two.pub" \
			--step build &&
		git intoto layout sign release &&
		git intoto seal v1.1 &&
		git intoto build --tag v1.1 -p "dist/*" --key "$HOME/two.pub" \
			-- sh -c "mkdir -p dist; echo other >dist/main.txt" &&
		git intoto layout remove-key release "$HOME/old.pub" \
			--no-seal &&
		git intoto layout sign release --no-seal &&
		git intoto verify v1.1 &&
		git intoto export v1.1 ../listed.d 2>err &&
		grep "^note: version 4 of layout" err &&
		cp ../sealed.d/key.pub ../listed.d
	) &&
	ls listed.d/build.*.link >links &&
	test "$(wc -l <links)" = 1 &&
	stock_verify listed.d -k key.pub -t ed25519
'

test_expect_success 'sealed no more: the layout in force is written' '
	(
		cd sealed &&
		git intoto seal v1.0 --withdraw &&
		git intoto export v1.0 ../withdrawn.d 2>err &&
		test_must_fail grep sealed err &&
		grep "version=5" ../withdrawn.d/root.layout
	)
'

# A layout and a build link by Debian's in-toto in our notes.
cat >layout.py <<'E2'
"""usage: layout.py OWNER TAG-KEY-JSON BUILD-PUB OUT: prints the digest."""
import hashlib
import json
import sys
from in_toto.models.layout import Layout, Step
from in_toto.models.metadata import Metablock
from securesystemslib import interface
from securesystemslib.formats import encode_canonical

owner, tag_key, build_pub, out = sys.argv[1:]
owner = interface.import_ed25519_privatekey_from_file(owner)
with open(tag_key) as file:
    tag_key = json.load(file)
build_key = interface.import_rsa_publickey_from_file(build_pub)
layout = Layout(readme="by hand")
layout.set_relative_expiration(days=30)
for key in (tag_key, build_key):
    layout.keys[key["keyid"]] = key
tag = Step(name="tag", pubkeys=[tag_key["keyid"]])
tag.expected_products = [["DISALLOW", "*"]]
build = Step(name="build", pubkeys=[build_key["keyid"]])
build.expected_materials = [
    ["MATCH", "*", "WITH", "MATERIALS", "FROM", "tag"], ["DISALLOW", "*"]]
build.expected_products = [
    ["CREATE", "dist/*"],
    ["MATCH", "*", "WITH", "MATERIALS", "FROM", "tag"], ["DISALLOW", "*"]]
layout.steps = [tag, build]
block = Metablock(signed=layout, compact_json=True)
block.sign(owner)
with open(out, "w") as file:
    file.write(str(block) + "\n")
print(hashlib.sha256(layout.signable_bytes).hexdigest())
E2

test_expect_success 'a layout and a build link by in-toto, a tag link by us' '
	in-toto-keygen -t ed25519 owner &&
	in-toto-keygen -t rsa -b 2048 builder &&
	make_project mixed &&
	(
		cd mixed &&
		git intoto key export "$HOME/mona.pub" >../mona.json &&
		digest=$("$PYTHON" ../layout.py ../owner ../mona.json \
			../builder.pub ../by-hand.layout) &&
		empty=$(git hash-object -t tree -w /dev/null) &&
		git notes --ref=in-toto/layouts/release add \
			-F ../by-hand.layout "$empty" &&
		git intoto trust add ../owner.pub \
			--layout "release=sha256:$digest" &&
		git intoto tag -m v1.0 v1.0 &&
		refused 1 link-missing git intoto verify v1.0 &&
		git clone -q . ../checkout &&
		git -C ../checkout checkout -q v1.0 &&
		(
			cd ../checkout &&
			in-toto-run -n build -k ../builder -t rsa \
				-m . -p . -d .. -- make dist
		) &&
		id=$(git rev-parse refs/tags/v1.0) &&
		ref=in-toto/links/$(echo "$id" | tail -c 3) &&
		{
			git notes --ref="$ref" show "$id" &&
			"$PYTHON" -c "import json, sys
print(json.dumps(json.load(open(sys.argv[1])), separators=(\",\", \":\")))" \
				../build.*.link
		} | LC_ALL=C sort >lines &&
		git notes --ref="$ref" add -f -F lines "$id" &&
		git intoto verify v1.0 ../checkout/dist/main.txt >out &&
		grep "^accepted: 1 file" out &&
		echo other >main.txt &&
		refused 1 file-changed git intoto verify v1.0 main.txt
	)
'

test_expect_success 'the same layout under another digest is not believed' '
	(
		cd mixed &&
		rm -rf .git/intoto &&
		git intoto trust add ../owner.pub --layout "release=sha256:$(
			echo other | sha256sum | cut -d" " -f1)" &&
		test_must_fail git intoto verify v1.0 2>err &&
		grep "^error: " err
	)
'

# file_mode DIR: our verdict on a chain, in the folder of its products.
file_mode() {
	(
		cd "$1/final" &&
		git intoto verify --layout ../root.layout \
			--key ../keys/owner.pub --link-dir ../links
	)
}

for type in ed25519 rsa ecdsa; do
	for threshold in 1 2; do
		test_expect_success "file mode: in-toto's $type, threshold $threshold" "
			'$PYTHON' '$intoto_top/t/interop/make-chain.py' \
				chain.$type.$threshold $type $threshold &&
			file_mode chain.$type.$threshold
		"
	done
done

test_expect_success 'file mode: needs no repository and leaves no link behind' '
	GIT_CEILING_DIRECTORIES=$PWD file_mode chain.rsa.1 &&
	find chain.rsa.1/final -name "*.link" >stray &&
	test_must_be_empty stray
'

test_expect_success 'file mode: a changed product is refused' '
	cp -R chain.ed25519.1 replaced &&
	echo more >>replaced/final/foo.tar &&
	test_expect_code 1 file_mode replaced 2>err &&
	grep "\[rule-disallow\]" err
'

test_expect_success 'file mode: a missing link is refused' '
	cp -R chain.ed25519.2 missing &&
	rm "missing/links/$(ls missing/links | grep package | head -n 1)" &&
	test_expect_code 1 file_mode missing 2>err &&
	grep "^error: .*package" err
'

test_expect_success 'file mode: another owner is refused' '
	cp -R chain.ed25519.1 another &&
	cp chain.ed25519.2/keys/owner.pub another/keys/owner.pub &&
	test_expect_code 1 file_mode another 2>err &&
	grep "^error: " err
'

test_expect_success 'file mode: a changed layout is refused' '
	cp -R chain.ed25519.1 edited &&
	sed "s/DISALLOW/ALLOW/" edited/root.layout >layout &&
	cp layout edited/root.layout &&
	test_expect_code 1 file_mode edited 2>err &&
	grep "^error: " err
'

test_expect_success 'file mode: what does not parse is 128' '
	cp -R chain.ed25519.1 garbled &&
	echo "{" >garbled/root.layout &&
	test_expect_code 128 file_mode garbled
'

test_expect_success 'file mode: what export wrote' '
	(
		cd ed/dist &&
		git intoto verify --layout ../../ed.d/root.layout \
			--key ../../ed.d/key.pub --link-dir ../../ed.d
	)
'

test_done
