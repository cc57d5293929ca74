#!/bin/sh
test_description='git intoto import: metadata made elsewhere, into the notes'
# shellcheck source=t/test-lib.sh
. ./test-lib.sh
# shellcheck source=t/forge-lib.sh
. "$SHARNESS_TEST_SRCDIR/forge-lib.sh"

# forget TAG: nothing is recorded for it here.
forget() {
	git update-ref -d "refs/notes/$(shard "refs/tags/$1")"
}

# compact FILE: as one line.
compact() {
	python3 -c 'import json, sys
print(json.dumps(json.load(open(sys.argv[1])), separators=(",", ":")))' "$1"
}

test_expect_success 'set-up: links by us, and one by in-toto-run' '
	make_ssh_key mona &&
	make_ssh_key eve &&
	make_ssh_key ci &&
	start_agent mona ci &&
	sign_with_ssh mona &&
	in-toto-keygen -t rsa -b 2048 builder &&
	init_project project &&
	(
		cd project &&
		git intoto layout add-key release --step build \
			"$HOME/ci.pub" ../builder.pub &&
		git intoto layout sign release &&
		git intoto tag -m v1.0 v1.0 &&
		git intoto build --key "$HOME/ci.pub" -p "dist/*" -- make dist &&
		echo more >>README && git commit -q -a -m more &&
		git intoto tag -m v1.1 v1.1 &&
		line_of v1.0 tag >../tag.line &&
		line_of v1.0 build >../build.line &&
		line_of v1.1 tag >../other.line &&
		git clone -q . ../checkout && git -C ../checkout checkout -q v1.0
	) &&
	(
		cd checkout &&
		in-toto-run -n build -k ../builder -t rsa -m . -p . -d .. -- \
			make dist
	) &&
	ls build.*.link
'

test_expect_success 'a bundle goes where its links say' '
	(
		cp -R project bundle && cd bundle &&
		note_of v1.0 >../bundle.jsonl &&
		git intoto import ../bundle.jsonl >out &&
		grep "^already: link of step .tag. by ed25519 .* ../bundle.jsonl:" out &&
		grep "^imported 0 lines into the notes of v1.0; 2 were" out &&
		forget v1.0 &&
		git intoto import ../bundle.jsonl >out &&
		grep "^imported 2 lines into the notes of v1.0$" out &&
		git intoto verify v1.0 dist/* &&
		note_of v1.0 >note &&
		test_cmp ../bundle.jsonl note
	)
'

test_expect_success 'a link by in-toto-run is bound by content' '
	(
		cp -R project foreign && cd foreign &&
		refused 128 - git intoto import ../build.*.link &&
		grep -e "--tag TAG" err &&
		git intoto import --tag v1.0 ../build.*.link >out &&
		grep "^link of step .build. by rsa" out &&
		git intoto verify v1.0 dist/* &&
		git intoto import --tag v1.0 ../build.*.link >out &&
		grep "^already: link of step .build. by rsa" out &&
		refused 1 link-unbound git intoto import --tag v1.1 \
			../build.*.link &&
		grep "material .README. is another than" err
	)
'

test_expect_success 'a DSSE link without a keyid is stored with one' '
	(
		cp -R project anonymous && cd anonymous &&
		dsse ci "keyids[0] = \"\"
s[\"byproducts\"] = {\"n\": 1}" <../build.line >../anonymous.link &&
		git intoto import ../anonymous.link >out &&
		grep "^link of step .build. by ed25519" out &&
		test_must_fail grep "keyid\":\"\"" ../anonymous.note &&
		note_of v1.0 | grep payloadType >line &&
		test_must_fail grep "keyid\":\"\"" line &&
		git intoto verify v1.0 dist/*
	)
'

# refuse REASON TITLE COMMAND: what the command prints is not imported, and
# nothing else either; with --partial the rest is.
refuse() {
	test_expect_success "refused: $2" "
		(
			rm -rf refusing && cp -R project refusing &&
			cd refusing && forget v1.0 &&
			{ $3; } >../bad.link &&
			refused 1 $1 git intoto import --tag v1.0 \
				../tag.line ../bad.link &&
			grep '^nothing was imported: 1 refused' out &&
			grep '^error: .../bad.link.: ' err &&
			test_must_fail note_of v1.0 &&
			git intoto import --partial --tag v1.0 ../tag.line \
				../bad.link >out 2>err &&
			grep '^imported 1 line into .*; 1 refused' out &&
			note_of v1.0 >note &&
			test_cmp ../tag.line note
		)
	"
}

refuse link-other-tag 'a link of another tag' 'cat ../other.line'
refuse line-unknown-key 'a stranger' 'forge eve "" <../build.line'
refuse line-unknown-key 'a step of somebody else' 'forge ci "" <../tag.line'
refuse line-unknown-key 'a step that no layout has' \
	'forge mona "s[\"name\"] = \"deploy\"" <../tag.line'
refuse line-unknown-key 'a changed text' \
	'sed "s/\"byproducts\":{[^}]*}/\"byproducts\":{\"n\":2}/" <../tag.line'
refuse link-environment 'a member too many' \
	'forge ci "g[\"more\"] = 1" <../build.line'
refuse link-unbound 'a tag link that names no tag' \
	'forge mona "s[\"environment\"] = {}" <../tag.line'
refuse link-contradicts 'another claim by the same key' \
	'forge mona "s[\"command\"] = []" <../tag.line'
refuse line-malformed 'no JSON' 'echo "{"'
refuse line-malformed 'something else' 'echo "{\"a\": 1}"'
refuse line-malformed 'no signature' \
	'sed "s/\"signatures\":\[[^]]*\]/\"signatures\":[]/" <../build.line'
refuse sublayout-stamp 'a layout of another project' \
	'layout_line release | forge mona "s[\"readme\"] = s[\"readme\"].replace(\"name=release\", \"name=other\")"'
refuse line-unknown-key 'a sublayout by a stranger' \
	'layout_line release | forge eve "s[\"readme\"] = \"\""'
refuse line-unknown-key 'a link below no sublayout' \
	'forge ci "g[\"parent\"] = \"build.01234567\"" <../build.line'
refuse link-environment 'a parent that leads elsewhere' \
	'forge ci "g[\"parent\"] = \"../../etc.01234567\"" <../build.line'
refuse line-unknown-key 'a withdrawal by a stranger' \
	'forge eve "s[\"name\"] = \"revoke\"
g[\"revokes\"] = \"0\" * 64" <../tag.line'
refuse link-environment 'a withdrawal of nothing' \
	'forge mona "s[\"name\"] = \"revoke\"" <../tag.line'

test_expect_success 'of several signatures those of known keys are taken' '
	(
		rm -rf several && cp -R project several && cd several &&
		forget v1.0 &&
		forge ci,eve "" <../build.line >../both.link &&
		git intoto import ../tag.line ../both.link >out &&
		grep "^imported 2 lines" out &&
		test "$(note_of v1.0 | wc -l)" = 2 &&
		test_must_fail grep eve out &&
		git intoto verify v1.0 dist/*
	)
'

test_expect_success 'what was withdrawn stays so' '
	(
		cp -R project withdrawn && cd withdrawn &&
		git intoto show --json v1.0 >show &&
		id=$(json "[l[\"identity\"] for l in j[\"lines\"] if l.get(\"step\") == \"build\"][0]" <show) &&
		git intoto revoke --link "$id" --key "$HOME/ci.pub" v1.0 &&
		refused 1 link-withdrawn git intoto import ../build.line &&
		note_of v1.0 >../withdrawn.jsonl &&
		forget v1.0 &&
		git intoto import ../withdrawn.jsonl >out &&
		grep "^withdrawal by ed25519" out &&
		refused 1 link-missing git intoto verify v1.0
	)
'

test_expect_success 'seals and commit links come along' '
	(
		cp -R project seals && cd seals &&
		git intoto seal v1.0 &&
		note_of v1.0 >../sealed.jsonl &&
		forget v1.0 &&
		git intoto import ../sealed.jsonl >out &&
		grep "^statement by ed25519" out &&
		grep "^imported 3 lines" out &&
		forge ci "for name in (\"ref\", \"tag\", \"tagSha256\", \"env\"):
	g.pop(name, None)" <../build.line >../commit.link &&
		refused 128 - git intoto import ../commit.link &&
		git intoto import --tag v1.0 ../commit.link >out &&
		grep "^imported 1 line" out &&
		git notes --ref="$(shard "v1.0^{}")" show "v1.0^{}" >note &&
		test_cmp ../commit.link note &&
		git intoto verify v1.0 dist/*
	)
'

test_expect_success 'two tags at once: say which' '
	(
		cd project &&
		refused 128 - git intoto import ../tag.line ../other.line &&
		grep "speak of 2 tags" err &&
		refused 1 link-other-tag git intoto import --tag v1.0 \
			../tag.line ../other.line
	)
'

test_expect_success 'usage, missing files, empty folders, no such tag' '
	(
		cd project && mkdir -p ../empty &&
		refused 129 - git intoto import &&
		refused 128 - git intoto import ../nowhere &&
		refused 128 - git intoto import ../empty &&
		refused 128 - git intoto import --tag v9 ../tag.line &&
		git tag -d v1.1 && refused 128 - git intoto import ../other.line
	)
'

test_expect_success 'a layout made by in-toto, and the links below it' '
	cat >sub.py <<-\EOF &&
	import json, sys
	from in_toto.models.layout import Layout, Step
	from in_toto.models.metadata import Metablock
	from securesystemslib import interface
	owner = interface.import_rsa_privatekey_from_file(sys.argv[1])
	layout = Layout(keys={owner["keyid"]: dict(owner, keyval={
	    "private": "", "public": owner["keyval"]["public"]})})
	layout.set_relative_expiration(days=30)
	layout.steps = [Step(name="make", pubkeys=[owner["keyid"]])]
	block = Metablock(signed=layout)
	block.sign(owner)
	block.dump("sub/build.%s.link" % owner["keyid"][:8])
	print("build." + owner["keyid"][:8])
	EOF
	mkdir -p sub &&
	place=$(/usr/bin/python3 sub.py builder) &&
	mkdir -p "sub/$place" &&
	rm -rf checkout/dist &&
	(
		cd checkout &&
		in-toto-run -n make -k ../builder -t rsa -m . -p dist \
			-d "../sub/$place" -- make dist
	) &&
	(
		cp -R project elsewhere && cd elsewhere &&
		git intoto layout remove-key release --step build \
			"$HOME/mona.pub" &&
		git intoto layout sign release &&
		forget v1.0 &&
		git intoto import ../tag.line &&
		refused 1 link-missing git intoto verify v1.0 &&
		git intoto import --tag v1.0 ../sub >out &&
		cat out &&
		grep "^sublayout by rsa" out &&
		grep "^link of step .make. by rsa" out &&
		git intoto verify v1.0 ../checkout/dist/main.txt
	)
'

test_done
