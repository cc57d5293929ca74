#!/bin/sh
test_description='sublayouts in notes: made, recorded below, judged, withdrawn'
# shellcheck source=t/test-lib.sh
. ./test-lib.sh
# shellcheck source=t/forge-lib.sh
. "$SHARNESS_TEST_SRCDIR/forge-lib.sh"

# mona owns and tags; vera does `build` by a layout of her own, in which carl
# compiles and pat packages.
test_expect_success 'set-up' '
	for key in mona vera carl pat eve; do
		make_ssh_key $key || return 1
	done &&
	start_agent mona vera carl pat eve &&
	sign_with_ssh mona &&
	init_project project &&
	(
		cd project &&
		git intoto layout add-key release --step build \
			"$HOME/vera.pub" &&
		git intoto layout remove-key release --step build \
			"$HOME/mona.pub" &&
		git intoto layout sign release &&
		git intoto tag -m v1.0 v1.0 &&
		git intoto layout new vendor &&
		git intoto layout add-step vendor compile \
			--by "$HOME/carl.pub" \
			--product "CREATE obj/*" --product "DISALLOW *" &&
		git intoto layout add-step vendor package \
			--by "$HOME/pat.pub" \
			--product "CREATE dist/*" --product "DISALLOW *"
	)
'

place() {
	echo "build.$(git intoto key show "$HOME/${1-vera}.pub" |
		sed -n "s/^keyid \([0-9a-f]\{8\}\).*/\1/p" | head -n 1)"
}

# identity <LINE: the SHA-256 of its signed bytes.
identity() {
	/usr/bin/python3 -c 'import hashlib, json, sys
from securesystemslib.formats import encode_canonical
text = encode_canonical(json.loads(sys.stdin.readline())["signed"])
print(hashlib.sha256(text.encode()).hexdigest())'
}

# line_named STEP: of the links of v1.0 that of the step.
line_named() {
	note_of v1.0 | python3 -c 'import json, sys
for line in sys.stdin:
    if json.loads(line)["signed"].get("name") == sys.argv[1]:
        print(line, end="")' "$1"
}

compile() {
	git intoto build --tag v1.0 --parent "$(place)" --step compile \
		--key "$HOME/carl.pub" -p "obj/*" --out ../obj "$@" -- \
		sh -c "mkdir obj && cp src/main.c obj/main.o"
}

package() {
	git intoto build --tag v1.0 --parent "$(place)" --step package \
		--key "$HOME/pat.pub" -p "dist/*" "$@" -- make dist
}

test_expect_success 'a sublayout is signed by who may do the step' '
	(
		cd project &&
		refused 1 key-not-authorised git intoto layout sub \
			--step build --key "$HOME/eve.pub" v1.0 vendor &&
		refused 1 key-not-authorised git intoto layout sub \
			--step build --key "$HOME/mona.pub" v1.0 vendor &&
		refused 1 step-unknown git intoto layout sub \
			--step deploy --key "$HOME/vera.pub" v1.0 vendor &&
		refused 128 - git intoto layout sub \
			--step tag --key "$HOME/mona.pub" v1.0 vendor &&
		refused 129 - git intoto layout sub v1.0 vendor &&
		refused 128 - compile &&
		git intoto layout sub --step build --key "$HOME/vera.pub" \
			v1.0 vendor >out &&
		cat out &&
		grep "^sublayout of step .build. of v1.0, version 1" out &&
		grep "parent $(place) -n package" out &&
		note_of v1.0 | grep "name=release version=1 tag=$(
			git rev-parse refs/tags/v1.0) step=build" &&
		git intoto layout sub --step build --key "$HOME/vera.pub" \
			v1.0 vendor >out &&
		grep "^already: sublayout .* version 1" out
	)
'

test_expect_success 'its steps are recorded below it' '
	(
		cd project &&
		refused 1 link-missing git intoto verify v1.0 &&
		refused 1 key-not-authorised git intoto build --tag v1.0 \
			--parent "$(place)" --step compile -p "obj/*" \
			--key "$HOME/pat.pub" -- make dist &&
		refused 1 step-unknown git intoto build --tag v1.0 \
			--parent "$(place)" --step build -p "obj/*" \
			--key "$HOME/pat.pub" -- make dist &&
		refused 128 - git intoto build --tag v1.0 --parent build \
			--step compile -p "obj/*" --key "$HOME/carl.pub" \
			-- make dist &&
		refused 1 rule-disallow git intoto build --tag v1.0 \
			--parent "$(place)" --step compile -p "dist/*" \
			--key "$HOME/carl.pub" --out ../bad -- make dist &&
		compile &&
		link_of v1.0 compile >link &&
		test "$(json "j[\"environment\"][\"git\"][\"parent\"]" <link)" = \
			"$(place)" &&
		refused 1 link-missing git intoto verify v1.0 &&
		grep "in the sublayout of step .build.: step .package." err &&
		package &&
		git intoto verify v1.0 dist/main.txt >out &&
		grep "^  build  .* 1 of 1 links (1 sublayout), 4 rules" out &&
		grep "^accepted: 1 file" out
	)
'

test_expect_success 'what is below is no link of the layout itself, nor elsewhere' '
	(
		cd project &&
		cd .. && cp -R project moved && cd moved &&
		line_named package >package &&
		note_of v1.0 | grep -vxFf package >lines &&
		<package forge pat "g[\"parent\"] = \"build.00000000\"" \
			>>lines &&
		LC_ALL=C sort lines | put_note v1.0 &&
		refused 1 link-missing git intoto verify v1.0
	)
'

test_expect_success 'a changed sublayout: the last version of its signer counts' '
	(
		cp -R project newer && cd newer &&
		git intoto layout add-key vendor --step package "$HOME/eve.pub" &&
		git intoto layout sub --step build --key "$HOME/vera.pub" \
			v1.0 vendor >out &&
		grep "version 2" out &&
		git intoto verify v1.0 dist/main.txt &&
		git intoto layout remove-key vendor --step package \
			"$HOME/pat.pub" &&
		git intoto layout sub --step build --key "$HOME/vera.pub" \
			v1.0 vendor >out &&
		grep "version 3" out &&
		refused 1 step-threshold git intoto verify v1.0
	)
'

test_expect_success 'a sublayout and a link below it are withdrawn by their keys' '
	(
		cp -R project withdrawn && cd withdrawn &&
		git intoto show v1.0 >out &&
		cat out &&
		id=$(line_named compile | identity) &&
		refused 1 not-an-owner git intoto revoke --link "$id" \
			--key "$HOME/pat.pub" v1.0 &&
		git intoto revoke --link "$id" --key "$HOME/carl.pub" v1.0 &&
		refused 1 link-missing git intoto verify v1.0 &&
		cd .. && rm -rf withdrawn && cp -R project withdrawn &&
		cd withdrawn &&
		id=$(note_of v1.0 | grep "step=build" | identity) &&
		git intoto revoke --link "$id" --key "$HOME/vera.pub" v1.0 >out &&
		grep "^sublayout .* is withdrawn" out &&
		refused 1 link-missing git intoto verify v1.0 &&
		refused 128 - compile --supersede &&
		grep "has no sublayout at" err
	)
'

test_expect_success 'run records below a sublayout as well' '
	(
		rm -rf ran && git clone -q project ran && cd ran &&
		git fetch -q origin "+refs/notes/*:refs/notes/*" &&
		git intoto trust add "$HOME/mona.pub" &&
		git intoto tag -m v2.0 v2.0 &&
		cp -R ../project/.git/intoto/drafts .git/intoto/ &&
		git intoto layout sub --step build --key "$HOME/vera.pub" \
			v2.0 vendor &&
		refused 129 - git intoto run -n compile --parent "$(place)" \
			--key "$HOME/carl.pub" -- true &&
		refused 1 key-not-authorised git intoto run -n compile \
			--tag v2.0 --parent "$(place)" --key "$HOME/pat.pub" \
			-m src -p obj -- true &&
		git intoto run -n compile --tag v2.0 --parent "$(place)" \
			--key "$HOME/carl.pub" -m src -p obj -- \
			sh -c "mkdir obj && cp src/main.c obj/main.o" &&
		git intoto run -n package --tag v2.0 --parent "$(place)" \
			--key "$HOME/pat.pub" -m src -p dist -- make dist &&
		git intoto verify v2.0 dist/main.txt
	)
'

# The inspections of a sublayout are commands of its signer: they run only when
# they are asked for, in a folder of their own, and only where all else holds.
test_expect_success 'inspections of sublayouts run with --inspect, and apart' '
	(
		rm -rf inspected && cp -R project inspected && cd inspected &&
		git intoto layout add-inspection vendor look \
			--run "sh -c ${SQ}ls -R . >>$TMPDIR/seen; test -f dist/main.txt${SQ}" &&
		git intoto layout sub --step build --key "$HOME/vera.pub" \
			v1.0 vendor &&
		refused 128 - git intoto verify v1.0 dist/main.txt &&
		git intoto verify --no-inspect v1.0 dist/main.txt &&
		test_must_fail test -e "$TMPDIR/seen" &&
		echo other >other.txt &&
		refused 1 file-unknown git intoto verify --inspect v1.0 other.txt &&
		test_must_fail test -e "$TMPDIR/seen" &&
		git status --porcelain >../before &&
		git intoto verify --inspect v1.0 dist/main.txt &&
		grep main.txt "$TMPDIR/seen" &&
		test_must_fail grep other.txt "$TMPDIR/seen" &&
		git status --porcelain >../after &&
		test_cmp ../before ../after &&
		refused 1 inspection-failed git intoto verify --inspect v1.0 &&
		find . "$TMPDIR" -type f -name "*.link" >stray &&
		test_must_be_empty stray
	)
'

test_done
