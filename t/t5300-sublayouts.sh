#!/bin/sh
test_description='sublayouts as folders: written, read back, judged by in-toto'
# shellcheck source=t/test-lib.sh
. ./test-lib.sh

PYTHON=/usr/bin/python3
if ! "$PYTHON" -c 'import in_toto' 2>/dev/null; then
	echo "Bail out! the Python library in_toto is missing (package in-toto)"
	exit 1
fi

keyid8() {
	git intoto key show "$HOME/$1.pub" |
		sed -n 's/^keyid \([0-9a-f]\{8\}\).*/\1/p' | head -n 1
}

# stock_verify DIR: Debian's in-toto-verify on what `export` wrote, in the
# folder of the final product.
stock_verify() {
	(
		cd "$1" &&
		in-toto-verify --layout root.layout --link-dir . \
			-k key.pub -t ed25519
	)
}

# The step `build` is vera's, by a layout of her own; its step `make` is
# carl's, by another one in it; pat and eve do the rest.
test_expect_success 'set-up: a sublayout in a sublayout' '
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
		git intoto layout new outer &&
		git intoto layout add-step outer look --by "$HOME/eve.pub" &&
		git intoto layout add-step outer make --by "$HOME/carl.pub" \
			--material "MATCH * WITH MATERIALS FROM look" \
			--material "DISALLOW *" &&
		git intoto layout new inner &&
		git intoto layout add-step inner compile \
			--by "$HOME/pat.pub" --product "CREATE obj/*" \
			--product "DISALLOW *" &&
		git intoto layout add-step inner package \
			--by "$HOME/pat.pub" \
			--product "CREATE dist/foo-1.0.tar" \
			--product "CREATE dist/main.txt" \
			--product "DISALLOW *" &&
		vera=build.$(keyid8 vera) &&
		carl=$vera/make.$(keyid8 carl) &&
		git intoto layout sub --step build --key "$HOME/vera.pub" \
			v1.0 outer &&
		git intoto build --tag v1.0 --parent "$vera" --step look \
			--key "$HOME/eve.pub" -p "dist/*" --out ../look -- \
			make dist &&
		git intoto layout sub --parent "$vera" --step make \
			--key "$HOME/carl.pub" v1.0 inner >out &&
		grep "parent $carl -n package" out &&
		git intoto build --tag v1.0 --parent "$carl" --step compile \
			--key "$HOME/pat.pub" -p "obj/*" --out ../obj -- \
			sh -c "mkdir obj && cp src/main.c obj/main.o" &&
		git intoto build --tag v1.0 --parent "$carl" --step package \
			--key "$HOME/pat.pub" -p "dist/*" -- make dist &&
		git intoto verify v1.0 dist/* >out &&
		cat out &&
		grep "^accepted: 2 files" out
	)
'

test_expect_success 'export writes a folder for each' '
	(
		cd project &&
		git intoto export v1.0 ../proof >out &&
		grep "^exported 1 layout, 2 sublayouts and 4 links of v1.0" out &&
		git intoto key export "$HOME/mona.pub" >../proof/key.pub
	) &&
	vera=build.$(keyid8 vera) &&
	carl=make.$(keyid8 carl) &&
	{
		echo "$vera.link" &&
		echo "$vera/$carl.link" &&
		echo "$vera/$carl/compile.$(keyid8 pat).link" &&
		echo "$vera/$carl/package.$(keyid8 pat).link" &&
		echo "$vera/look.$(keyid8 eve).link" &&
		echo root.layout &&
		echo "tag.$(keyid8 mona).link"
	} | LC_ALL=C sort >expected &&
	(cd proof && find . -type f ! -name key.pub | sed "s|^\./||") |
		LC_ALL=C sort >actual &&
	test_cmp expected actual
'

test_expect_success 'in-toto-verify of Debian takes it' '
	stock_verify proof
'

test_expect_success 'and refuses what is changed in it' '
	rm -rf changed && cp -R proof changed &&
	rm changed/build.*/make.*/compile.*.link &&
	test_must_fail stock_verify changed &&
	rm -rf changed && cp -R proof changed &&
	for link in changed/build.*/make.*/package.*.link; do
		sed "s/dist\/main.txt/dist\/main.tar/" "$link" >link &&
		! cmp -s link "$link" &&
		cp link "$link" || return 1
	done &&
	test_must_fail stock_verify changed
'

test_expect_success 'our verify of the folder says the same' '
	(
		cd proof &&
		git intoto verify --layout root.layout --key key.pub \
			--link-dir .
	) &&
	(
		cd changed &&
		test_must_fail git intoto verify --layout root.layout \
			--key key.pub --link-dir .
	)
'

test_expect_success 'import reads the folder back: the very same note' '
	rm -rf copy && cp -R project copy &&
	(
		cd copy &&
		note_of v1.0 >../before &&
		git intoto import ../proof >out &&
		grep "^imported 0 lines into the notes of v1.0; 7 were there" out &&
		git update-ref -d "refs/notes/in-toto/links/$(
			git rev-parse refs/tags/v1.0 | tail -c 3)" &&
		refused 1 tag-unlinked git intoto verify v1.0 &&
		git intoto import ../proof >out &&
		cat out &&
		grep "^sublayout of step .build. by ed25519" out &&
		grep "^imported 6 lines into the notes of v1.0; 1 was there" out &&
		note_of v1.0 >../after &&
		git intoto verify v1.0 dist/*
	) &&
	test_cmp before after
'

test_expect_success 'a sealed tag keeps its sublayouts' '
	(
		cd copy &&
		git intoto seal v1.0 &&
		git intoto layout add-key release --step build \
			"$HOME/mona.pub" &&
		git intoto layout remove-key release --no-seal \
			"$HOME/vera.pub" --step build &&
		git intoto layout sign release --no-seal &&
		git intoto verify v1.0 dist/* >out &&
		grep "sealed: version 2" out &&
		git intoto export v1.0 ../sealed &&
		cp ../proof/key.pub ../sealed
	) &&
	diff -r proof sealed &&
	stock_verify sealed
'

test_done
