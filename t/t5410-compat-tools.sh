#!/bin/sh
test_description='under the names of in-toto'\''s other tools: what those do'
# shellcheck source=t/test-lib.sh
. ./test-lib.sh
# shellcheck source=t/compat-lib.sh
. "$intoto_top/t/compat-lib.sh"

test_expect_success 'set-up: keys of every kind, some files' '
	make_template
'

test_expect_success 'in-toto-record: start and stop' '
	fresh &&
	both 0 in-toto-record start -n edit -k rsa -m src &&
	same &&
	ls our/.edit.*.link-unfinished &&
	echo changed >ref/src/one.c && echo changed >our/src/one.c &&
	both 0 in-toto-record stop -n edit -k rsa -p src other &&
	same &&
	ls our/edit.*.link &&
	! ls our/.edit.*.link-unfinished
'

test_expect_success 'in-toto-record: every kind of key, every option' '
	for key in "-k rsa" "-k ed -t ed25519" "-k ec -t ecdsa" "-g $FPR" "-g" \
		"-k locked -t ed25519 -P secret" "-g $FPR --gpg-home $GNUPGHOME"
	do
		fresh &&
		both 0 in-toto-record start -n edit $key -m src other \
			--exclude "*.c" --lstrip-paths src/ &&
		same &&
		both 0 in-toto-record stop -n edit $key -p . --base-path src \
			-d links &&
		same || return 1
	done
'

test_expect_success 'in-toto-record: each finishes what the other has started' '
	for key in "-k rsa" "-k ed -t ed25519" "-k ec -t ecdsa" "-g $FPR"
	do
		fresh &&
		(
			cd our &&
			"$REFERENCE/in-toto-record" start -n edit $key -m src &&
			"$COMPAT/in-toto-record" stop -n edit $key -p src
		) &&
		(
			cd ref &&
			"$COMPAT/in-toto-record" start -n edit $key -m src &&
			"$REFERENCE/in-toto-record" stop -n edit $key -p src
		) &&
		same || return 1
	done
'

test_expect_success 'in-toto-record: another key, a changed file, nothing started' '
	fresh &&
	both 1 in-toto-record stop -n edit -k rsa -p src &&
	both 0 in-toto-record start -n edit -k rsa -m src &&
	both 1 in-toto-record stop -n edit -k ed -t ed25519 -p src &&
	for side in ref our
	do
		sed "s/one.c/two.c/" $side/.edit.*.link-unfinished >changed &&
		cp changed $side/.edit.*.link-unfinished || return 1
	done &&
	both 1 in-toto-record stop -n edit -k rsa -p src &&
	! ls our/edit.*.link && same
'

test_expect_success 'in-toto-record: command lines that are wrong' '
	alike 2 in-toto-record start -n edit &&
	alike 2 in-toto-record start -k rsa &&
	alike 2 in-toto-record start -n edit -k rsa -p src &&
	alike 2 in-toto-record stop -n edit -k rsa -m src &&
	alike 2 in-toto-record start -n edit -k rsa word &&
	alike 2 in-toto-record begin -n edit -k rsa &&
	alike 2 in-toto-record start -n edit -k rsa -g &&
	both 0 in-toto-record --version &&
	both 0 in-toto-record -h &&
	both 0 in-toto-record start -h
'

test_expect_success 'in-toto-record of 2.2: DSSE stays DSSE' '
	fresh &&
	(
		cd our &&
		"$COMPAT/in-toto-record" start -n edit -k ed -t ed25519 \
			--use-dsse -m src &&
		"$COMPAT/in-toto-record" stop -n edit -k ed -t ed25519 -p src &&
		grep "payloadType" edit.*.link &&
		"$COMPAT/in-toto-record" start -n edit -k ed -t ed25519 -m src &&
		"$COMPAT/in-toto-record" stop -n edit -k ed -t ed25519 \
			--use-dsse -p src &&
		grep "\"signed\"" edit.*.link
	)
'

test_expect_success 'in-toto-mock' '
	alike 0 in-toto-mock -n try -- sh -c "echo out; echo new >made" &&
	test "$(signed our/try.link byproducts stdout)" = out &&
	alike 0 in-toto-mock --name try -- sh -c "exit 5" &&
	alike 0 in-toto-mock --na try touch made &&
	alike 2 in-toto-mock -n try &&
	alike 2 in-toto-mock -- true &&
	alike 1 in-toto-mock -n try -- no-such-program-here &&
	both 0 in-toto-mock --version
'

test_expect_success 'links of either are judged alike by either' '
	"$PYTHON" - <<-\EOS &&
	import json
	from in_toto.models.layout import Layout, Step
	from in_toto.models.metadata import Metablock
	from securesystemslib.interface import (import_rsa_privatekey_from_file,
	    import_publickeys_from_file)
	keys = import_publickeys_from_file(
	    ["template/rsa.pub", "template/ed.pub", "template/ec.pub"],
	    ["rsa", "ed25519", "ecdsa"])
	layout = Layout(keys=keys)
	layout.set_relative_expiration(months=3)
	edit = Step(name="edit")
	edit.add_product_rule_from_string("ALLOW src/*")
	edit.add_product_rule_from_string("DISALLOW *")
	edit.pubkeys = [k for k in keys if keys[k]["keytype"] == "ed25519"]
	make = Step(name="make")
	make.add_material_rule_from_string("MATCH * WITH PRODUCTS FROM edit")
	make.add_material_rule_from_string("DISALLOW *")
	make.add_product_rule_from_string("CREATE app")
	make.add_product_rule_from_string("DISALLOW *")
	make.pubkeys = [k for k in keys if keys[k]["keytype"] != "ed25519"]
	make.threshold = 2
	layout.steps = [edit, make]
	block = Metablock(signed=layout)
	block.sign(import_rsa_privatekey_from_file("template/rsa"))
	block.dump("template/root.layout")
	EOS
	fresh &&
	both 0 in-toto-record start -n edit -k ed -t ed25519 -m src &&
	both 0 in-toto-record stop -n edit -k ed -t ed25519 -p src &&
	both 0 in-toto-run -n make -k rsa -m src -p app -- sh -c "echo x >app" &&
	rm ref/app our/app &&
	both 0 in-toto-run -n make -k ec -t ecdsa -m src -p app -- \
		sh -c "echo x >app" &&
	same &&
	verifies 0 --layout root.layout --layout-keys rsa.pub &&
	verifies 1 --layout root.layout --layout-keys ed.pub --key-types ed25519 &&
	verifies 1 -l root.layout -k rsa.pub ed.pub -t rsa ed25519 &&
	verifies 0 -l root.layout -k nowhere -k rsa.pub &&
	verifies 1 --layout nowhere --layout-keys rsa.pub &&
	verifies 1 --layout root.layout --layout-keys nowhere &&
	verifies 1 -l root.layout -k rsa.pub --link-dir links &&
	verifies 2 --layout root.layout &&
	both 0 in-toto-sign -f root.layout -g "$FPR" &&
	verifies 0 -l root.layout -g "$FPR" &&
	verifies 0 -l root.layout -g "$FPR" --gpg-home "$GNUPGHOME" &&
	verifies 1 -l root.layout -g 0123456789abcdef &&
	both 0 in-toto-sign -f root.layout -k rsa &&
	verifies 1 -l root.layout -g "$FPR" -k rsa.pub &&
	verifies 2 --layout-keys rsa.pub &&
	verifies 2 --layout root.layout --layout-keys &&
	verifies 2 --layout root.layout --layout-keys rsa.pub -t dsa
'

test_expect_success 'a link that does not hold is refused by either, exit 1' '
	for side in ref our
	do
		sed "s/\"return-value\": 0/\"return-value\": 1/" \
			$side/make.*.link >/dev/null &&
		for link in $side/edit.*.link
		do
			sed "s/two.c/too.c/" "$link" >changed &&
			cp changed "$link" || return 1
		done
	done &&
	verifies 1 --layout root.layout --layout-keys rsa.pub
'

# unsigned NAME: an unsigned layout.
unsigned() {
	"$PYTHON" -c "
from in_toto.models.layout import Layout
from in_toto.models.metadata import Metablock
layout = Layout()
layout.set_relative_expiration(months=3)
Metablock(signed=layout).dump('$1')
"
}

# agree CODE ARG...: what each side has signed holds, or not, for both.
agree() {
	agree_code=$1 &&
	shift &&
	for agree_side in ref our
	do
		for agree_tool in "$REFERENCE" "$COMPAT"
		do
			(
				cd "$agree_side" &&
				test_expect_code "$agree_code" \
					"$agree_tool/in-toto-sign" --verify "$@"
			) || return 1
		done
	done
}

test_expect_success 'in-toto-sign: layouts, with keys of every kind' '
	unsigned template/plain.layout &&
	fresh &&
	both 0 in-toto-sign -f plain.layout -k rsa -o root.layout && same &&
	agree 0 -f root.layout -k rsa.pub &&
	agree 1 -f root.layout -k ed.pub -t ed25519 &&
	agree 1 -f plain.layout -k rsa.pub &&
	both 0 in-toto-sign -f root.layout -k ed -t ed25519 -a && same &&
	agree 0 -f root.layout -k rsa.pub ed.pub -t rsa ed25519 &&
	both 0 in-toto-sign -f root.layout -k ec -t ecdsa && same &&
	agree 1 -f root.layout -k rsa.pub &&
	agree 0 -f root.layout -k ec.pub -t ecdsa &&
	both 0 in-toto-sign -f root.layout -k rsa ed -t rsa ed25519 && same &&
	agree 0 -f root.layout -k rsa.pub ed.pub -t rsa ed25519 &&
	both 0 in-toto-sign -f root.layout -g "$FPR" && same &&
	agree 0 -f root.layout -g "$FPR" &&
	both 0 in-toto-sign -f root.layout -g "$FPR" --gpg-home "$GNUPGHOME" &&
	both 0 in-toto-sign -f plain.layout -g && same
'

test_expect_success 'in-toto-sign: links get their name' '
	fresh &&
	both 0 in-toto-mock -n try -- true &&
	both 0 in-toto-sign -f try.link -k rsa && same &&
	ls our/try.*.link &&
	both 0 in-toto-sign -f try.link -k ec -t ecdsa && same &&
	both 0 in-toto-sign -f try.link -g "$FPR" -o other/x.link && same &&
	agree 0 -f other/x.link -g "$FPR"
'

test_expect_success 'in-toto-sign: what is wrong exits with 2' '
	alike 2 in-toto-sign -f plain.layout &&
	alike 2 in-toto-sign -k rsa &&
	alike 2 in-toto-sign -f plain.layout --verify &&
	alike 2 in-toto-sign -f plain.layout -k rsa -g &&
	alike 2 in-toto-sign -f plain.layout -k rsa.pub --verify -a &&
	alike 2 in-toto-sign -f plain.layout -k rsa.pub --verify -o x &&
	alike 2 in-toto-sign -f plain.layout -g --verify &&
	alike 2 in-toto-sign -f plain.layout -k rsa -t rsa ed25519 &&
	alike 2 in-toto-sign -f nowhere -k rsa &&
	alike 2 in-toto-sign -f ed -k rsa &&
	alike 2 in-toto-sign -f plain.layout -k nowhere &&
	alike 2 in-toto-sign -f plain.layout -k rsa.pub &&
	alike 2 in-toto-sign -f plain.layout -k rsa -o nowhere/x &&
	alike 2 in-toto-sign -f plain.layout -k rsa -d &&
	fresh &&
	both 0 in-toto-mock -n try -- true &&
	both 2 in-toto-sign -f try.link -k rsa -a &&
	both 2 in-toto-sign -f try.link -k rsa rsa && same
'

test_expect_success 'in-toto-match-products: as 2.2 does' '
	fresh && (
		cd our &&
		rm -rf src/.git src/linked &&
		"$COMPAT/in-toto-run" -n make -k rsa -p src -x &&
		"$COMPAT/in-toto-match-products" -l make.*.link -p src &&
		test_expect_code 1 "$COMPAT/in-toto-match-products" \
			-l make.*.link -p src other &&
		"$COMPAT/in-toto-match-products" -l make.*.link -p src other \
			-e "other" "*.pyc" "*~" "*.link*" &&
		test_expect_code 1 "$COMPAT/in-toto-match-products" \
			--link make.*.link --paths src/one.c &&
		test_expect_code 1 "$COMPAT/in-toto-match-products" \
			-l make.*.link -p src --lstrip-paths src/ &&
		echo changed >src/one.c &&
		test_expect_code 1 "$COMPAT/in-toto-match-products" \
			-l make.*.link -p src &&
		test_expect_code 1 "$COMPAT/in-toto-match-products" -l nowhere &&
		test_expect_code 2 "$COMPAT/in-toto-match-products" -p src &&
		test_expect_code 2 "$COMPAT/in-toto-match-products" \
			-l make.*.link word
	)
'

test_done
