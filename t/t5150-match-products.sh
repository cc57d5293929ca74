#!/bin/sh
test_description='match-products: are these files what a link says it made?'
# shellcheck source=t/test-lib.sh
. ./test-lib.sh

# match STATUS ARG...
match() {
	status=$1
	shift
	test_expect_code "$status" git intoto match-products "$@" >out 2>err
}

test_expect_success 'set-up: a link in each form' '
	make_pem_key ed && make_pem_key other && make_gpg_key mona@example.com &&
	mkdir -p dist/sub && echo a >dist/a && echo b >dist/b &&
	echo c >dist/sub/c &&
	git intoto run -n build -p dist --key "$HOME/ed.pem" -x &&
	mv build.*.link plain.link &&
	git intoto run -n build -p dist --key "$HOME/ed.pem" -x --dsse &&
	mv build.*.link dsse.link &&
	git intoto run -n build -p dist --key gpg:mona@example.com -x &&
	mv build.*.link gpg.link &&
	cp -R dist good
'

test_expect_success 'files that are the products match' '
	for link in plain dsse gpg; do
		match 0 -l $link.link -p dist &&
		echo "3 products of step build match" >expected &&
		test_cmp expected out || return 1
	done
'

test_expect_success 'without --key a note says that nobody vouches for it' '
	match 0 -l plain.link -p dist &&
	grep "note: .*signature of the link is not checked" err &&
	match 0 -l plain.link -p dist --key "$HOME/ed.pub.pem" &&
	! grep "not checked" err
'

test_expect_success 'with --key the signature is checked' '
	match 0 -l plain.link -p dist --key "$HOME/ed.pub.pem" &&
	grep "3 products of step build match, signed by ed25519" out &&
	match 0 -l dsse.link -p dist --key "$HOME/ed.pub.pem" &&
	grep "signed by ed25519" out &&
	match 0 -l gpg.link -p dist --key gpg:mona@example.com &&
	grep "signed by gpg" out
'

test_expect_success 'a link that none of the keys signed is refused' '
	for link in plain dsse gpg; do
		match 1 -l $link.link -p dist --key "$HOME/other.pub.pem" &&
		grep "error: .*\[signature-missing\]" err &&
		test_must_be_empty out || return 1
	done
'

test_expect_success 'one of several keys is enough' '
	match 0 -l plain.link -p dist --key "$HOME/other.pub.pem" \
		--key "$HOME/ed.pub.pem" &&
	match 0 -l plain.link -p dist -k "$HOME/ed.pub.pem" \
		-k "$HOME/other.pub.pem" &&
	match 1 -l plain.link -p dist -k gpg:mona@example.com \
		-k "$HOME/other.pub.pem"
'

test_expect_success 'a forged product is refused with --key alone' '
	sum=$(echo evil | sha256sum | cut -d " " -f 1) &&
	old=$(sha256sum <dist/a | cut -d " " -f 1) &&
	sed "s/$old/$sum/" plain.link >forged.link &&
	! cmp -s plain.link forged.link &&
	echo evil >dist/a &&
	match 0 -l forged.link -p dist &&
	match 1 -l forged.link -p dist --key "$HOME/ed.pub.pem" &&
	grep "error: .*\[signature-bad\]" err &&
	test_must_be_empty out &&
	rm -r dist && cp -R good dist
'

test_expect_success 'the three sets are listed, and refused' '
	rm dist/b && echo >>dist/a && echo new >dist/new &&
	match 1 -l plain.link -p dist --key "$HOME/ed.pub.pem" &&
	cat >expected <<-\EOF &&
	only in products: dist/b
	not in products: dist/new
	differs: dist/a
	EOF
	test_cmp expected out &&
	grep "error: .*1 missing, 1 more, 1 different \[products-differ\]" err &&
	rm -r dist && cp -R good dist
'

test_expect_success 'each of the three alone is refused' '
	rm dist/b && match 1 -l plain.link -p dist &&
	rm -r dist && cp -R good dist && echo x >dist/new &&
	match 1 -l plain.link -p dist &&
	rm -r dist && cp -R good dist && echo x >dist/a &&
	match 1 -l plain.link -p dist &&
	rm -r dist && cp -R good dist && match 0 -l plain.link -p dist
'

test_expect_success 'nothing is the product of a link that has some' '
	match 1 -l plain.link -p none &&
	grep "warning: .*none.* is not there" err &&
	grep "only in products: dist/sub/c" out
'

test_expect_success 'one JSON object' '
	rm dist/b && echo >>dist/a && echo new >"dist/n$(printf "\033")" &&
	match 1 -l plain.link -p dist --key "$HOME/ed.pub.pem" --json &&
	/usr/bin/python3 -c "
import json, sys
result = json.load(open(\"out\"))
assert result.pop(\"signedBy\").startswith(tuple(\"0123456789abcdef\"))
assert result == {
    \"matches\": False, \"link\": \"build\", \"onlyInProducts\": [\"dist/b\"],
    \"notInProducts\": [\"dist/n\\x1b\"], \"differ\": [\"dist/a\"]}, result" &&
	! grep "$(printf "\033")" out &&
	match 1 -l plain.link -p dist &&
	grep "not in products: dist/n.x1b" out &&
	rm -r dist && cp -R good dist &&
	match 0 -l plain.link -p dist --json &&
	/usr/bin/python3 -c "
import json
result = json.load(open(\"out\"))
assert result[\"matches\"] and result[\"signedBy\"] is None"
'

test_expect_success 'the current folder is the default, links left out' '
	(
		cd dist &&
		git intoto run -n here -p . --key "$HOME/ed.pem" -x &&
		git intoto match-products -l here.*.link >../out &&
		grep "3 products" ../out &&
		rm here.*.link
	)
'

test_expect_success 'several paths, excludes, prefixes, a base' '
	match 0 -l plain.link -p dist/a dist/b dist/sub &&
	match 0 -l plain.link --paths dist/a -p dist/b dist/sub/c &&
	match 1 -l plain.link -p dist -e b &&
	grep "only in products: dist/b" out &&
	echo x >dist/x.o && match 1 -l plain.link -p dist &&
	match 0 -l plain.link -p dist --exclude "*.o" ".git" &&
	rm dist/x.o &&
	(cd dist && git intoto run -n s -p . --key "$HOME/ed.pem" -x -d ..) &&
	match 0 -l s.*.link -p dist --lstrip-paths dist/ &&
	match 0 -l s.*.link --base-path dist &&
	match 1 -l s.*.link -p dist
'

test_expect_success 'folders by link and line ends, as they were recorded' '
	mkdir more && printf "a\r\n" >more/dos && ln -s ../dist more/to-dir &&
	git intoto run -n more -p more --key "$HOME/ed.pem" -x \
		--normalize-line-endings --follow-symlink-dirs &&
	match 0 -l more.*.link -p more --normalize-line-endings \
		--follow-symlink-dirs &&
	match 1 -l more.*.link -p more --follow-symlink-dirs &&
	echo "differs: more/dos" >expected && test_cmp expected out &&
	match 1 -l more.*.link -p more --normalize-line-endings &&
	grep "only in products: more/to-dir/a" out
'

test_expect_success 'digests of Git objects are compared whole' '
	git init -q repo &&
	(
		cd repo &&
		git commit -q --allow-empty -m one &&
		git intoto run -n c -p git:commit/HEAD dir:../dist \
			--key "$HOME/ed.pem" -x -d .. &&
		git intoto match-products -l ../c.*.link \
			-p git:commit/HEAD dir:../dist &&
		git commit -q --allow-empty -m two &&
		test_expect_code 1 git intoto match-products -l ../c.*.link \
			-p git:commit/HEAD dir:../dist >../out &&
		echo "differs: git:commit/HEAD" >../expected
	) &&
	test_cmp expected out
'

test_expect_success 'what is no link, and what cannot be read' '
	mkfifo dist/fifo && match 128 -l plain.link -p dist &&
	grep "error: .*dist/fifo" err &&
	match 0 -l plain.link -p dist --ignore-unreadable && rm dist/fifo &&
	match 128 -l none.link -p dist &&
	echo "{}" >empty.link && match 128 -l empty.link -p dist &&
	match 128 -l "$HOME/ed.pub.pem" -p dist &&
	match 128 -l plain.link -p dist --key none.pem &&
	match 128 -l plain.link -p dist -e "[z-a]" &&
	grep "error: exclude pattern" err
'

test_expect_success 'a layout is no link' '
	make_ssh_key mona && sign_with_ssh mona &&
	init_project project --key "$HOME/mona.pub" &&
	(cd project && git notes --ref in-toto/layouts/release list) |
		cut -d " " -f 1 | head -n 1 |
		xargs git -C project cat-file blob >layout &&
	match 128 -l layout -p dist &&
	grep "error: .layout. is no link" err
'

test_expect_success 'the command line' '
	match 129 &&
	grep "hint: git intoto match-products -l" err &&
	match 129 -l plain.link dist &&
	match 129 -l plain.link --nonsense
'

test_expect_success 'a link that is too long is refused' '
	git -C repo config intoto.maxLinkSize 100 &&
	(cd repo && match 128 -l ../plain.link -p ../dist &&
		grep "larger than 100 bytes" err)
'

test_done
