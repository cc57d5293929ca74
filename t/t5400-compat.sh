#!/bin/sh
test_description='under the name of in-toto-run: what that does'
# shellcheck source=t/test-lib.sh
. ./test-lib.sh
# shellcheck source=t/compat-lib.sh
. "$intoto_top/t/compat-lib.sh"

test_expect_success 'set-up: keys of every kind, some files' '
	make_template
'

test_expect_success 'in-toto-run: materials, products, a command' '
	alike 0 in-toto-run -n make -k rsa -m src -p src other -- \
		sh -c "echo new >src/new.c; rm src/one.c" &&
	test "$(signed our/make.*.link byproducts)" = \
		"{${SQ}return-value$SQ: 0, ${SQ}stderr$SQ: $SQ$SQ, ${SQ}stdout$SQ: $SQ$SQ}"
'

test_expect_success 'in-toto-run: long names, beginnings of them, `=`' '
	alike 0 in-toto-run --step-name make --key rsa --materials src \
		--products other -- true &&
	alike 0 in-toto-run --step=make --key=rsa --mat src other --prod=src \
		--no-command &&
	alike 0 in-toto-run -nmake -krsa -x -m src
'

test_expect_success 'in-toto-run: of options given twice the last one counts' '
	alike 0 in-toto-run -n pack -n make -k ed -k rsa -x -m src -m other &&
	alike 0 in-toto-run -n make -k rsa -x -m src --exclude "*.c" \
		--exclude "*.h" --lstrip-paths x --lstrip-paths src/ -d other -d links
'

test_expect_success 'in-toto-run: an RSA, an Ed25519 and an ECDSA key' '
	alike 0 in-toto-run -n make -k rsa -t rsa -x &&
	alike 0 in-toto-run -n make -k ed -t ed25519 -x &&
	cmp ref/make.*.link our/make.*.link &&
	alike 0 in-toto-run -n make -k ec -t ecdsa -x
'

test_expect_success 'in-toto-run: encrypted keys and -P' '
	alike 0 in-toto-run -n make -k locked -t ed25519 -P secret -x &&
	alike 0 in-toto-run -n make -k lockedrsa -P secret -x &&
	alike 0 in-toto-run -n make -k lockedec -t ecdsa --password secret -x &&
	alike 1 in-toto-run -n make -k locked -t ed25519 -P wrong -x &&
	alike 1 in-toto-run -n make -k lockedrsa -P wrong -x
'

test_expect_success 'in-toto-run: OpenPGP keys' '
	alike 0 in-toto-run -n make -g "$FPR" -m src -x &&
	alike 0 in-toto-run -n make --gpg "$FPR" --gpg-home "$GNUPGHOME" -x &&
	alike 0 in-toto-run -n make -g "$FPR" -t ed25519 -x &&
	alike 0 in-toto-run -n make -m src --gpg -x &&
	alike 1 in-toto-run -n make -g 0123456789abcdef -x &&
	fresh &&
	both 1 in-toto-run -n make -g "$FPR" --gpg-home empty -x
'

test_expect_success 'in-toto-run: a failing command is recorded, exit 0' '
	alike 0 in-toto-run -n make -k rsa -p src -- sh -c "exit 3" &&
	test "$(signed our/make.*.link byproducts return-value)" = 3 &&
	alike 0 in-toto-run -n make -k rsa -- sh -c "kill -9 \$\$" &&
	test "$(signed our/make.*.link byproducts return-value)" = -9 &&
	alike 1 in-toto-run -n make -k rsa -- no-such-program-here
'

test_expect_success 'in-toto-run: -s records and shows, without it silence' '
	alike 0 in-toto-run -n make -k rsa -s -- \
		sh -c "echo out; echo err >&2; printf \"a\\r\\nb\\n\"" &&
	test "$(signed our/make.*.link byproducts stderr)" = err &&
	grep out our.out && grep err our.err &&
	alike 0 in-toto-run -n make -k rsa -- sh -c "echo out; echo err >&2" &&
	test_must_be_empty our.out && test_must_be_empty our.err &&
	test_cmp ref.out our.out
'

test_expect_success 'in-toto-run: -x, and a command beside it' '
	alike 0 in-toto-run -n make -k rsa -x -m src &&
	alike 0 in-toto-run -n make -k rsa -x -- touch made &&
	! test -e our/made &&
	alike 0 in-toto-run -n make -k rsa touch made &&
	test -e our/made
'

test_expect_success 'in-toto-run: missing paths are passed over in silence' '
	alike 0 in-toto-run -n make -k rsa -m src nowhere -p gone -- true &&
	test_must_be_empty our.err
'

test_expect_success 'in-toto-run: the default excludes, and --exclude in their place' '
	alike 0 in-toto-run -n make -k rsa -m src . -x &&
	! grep "pyc\|one.c~\|\.git" our/make.*.link &&
	alike 0 in-toto-run -n make -k rsa -m src -x --exclude "*.c" &&
	grep "src/.git/HEAD" our/make.*.link &&
	for pattern in "sub" "src/sub" "/src" "sub/" "s?b" "**/deep" "src/**" \
		"*.[ch]" "!*.c" "one*" "src/*/two.c" "/one.c" "a b" "linked/"
	do
		alike 0 in-toto-run -n make -k rsa -m src other -x \
			--exclude "$pattern" || return 1
	done &&
	alike 0 in-toto-run -n make -k rsa -m src -x --exclude "*" "!one.c" &&
	alike 0 in-toto-run -n make -k rsa -m src -x --exclude "*.c" "*.h" &&
	alike 0 in-toto-run -n make -k rsa -m src/sub other/one.c -x \
		--exclude "one.c"
'

test_expect_success 'in-toto-run: --base-path' '
	alike 0 in-toto-run -n make -k rsa -m . --base-path src -x &&
	grep "\"one.c\"" our/make.*.link &&
	alike 0 in-toto-run -n make -k rsa -m sub ../other --base-path src -x &&
	alike 1 in-toto-run -n make -k rsa -m . --base-path nowhere -x
'

test_expect_success 'in-toto-run: --lstrip-paths, and where names would clash' '
	alike 0 in-toto-run -n make -k rsa -m src -x --lstrip-paths src/ &&
	grep "\"one.c\"" our/make.*.link &&
	alike 0 in-toto-run -n make -k rsa -m src -x --lstrip-paths src &&
	grep "\"/one.c\"" our/make.*.link &&
	alike 0 in-toto-run -n make -k rsa -m src other -x \
		--lstrip-paths src/sub other &&
	alike 1 in-toto-run -n make -k rsa -m src -x \
		--lstrip-paths src/ src/sub &&
	alike 1 in-toto-run -n make -k rsa -m src/one.c other/one.c -x \
		--lstrip-paths src/ other/
'

test_expect_success 'in-toto-run: names are normalised, absolute ones kept' '
	alike 0 in-toto-run -n make -k rsa -x \
		-m ./src//sub/../one.c src/./sub/two.c src/ &&
	fresh &&
	both 0 in-toto-run -n make -k rsa -x -m "$PWD/template/src" &&
	grep "\"$PWD/template/src/one.c\"" our/make.*.link && same
'

test_expect_success 'in-toto-run: symbolic links are followed, dead ones are not' '
	alike 0 in-toto-run -n make -k rsa -m src -x &&
	grep "\"src/linked/one.c\"" our/make.*.link &&
	grep "\"src/alias\"" our/make.*.link &&
	! grep dead our/make.*.link
'

test_expect_success 'in-toto-run: what is neither file nor folder is passed over' '
	mkfifo template/src/fifo &&
	test_when_finished "rm -f template/src/fifo" &&
	rm -rf ref our && mkdir ref our &&
	for side in ref our
	do
		(cd template && tar -cf - .) | (cd $side && tar -xf -) || return 1
	done &&
	both 0 in-toto-run -n make -k rsa -m src -x &&
	rm ref/src/fifo our/src/fifo && same
'

test_expect_success 'in-toto-run: names as people write them' '
	(
		cd template &&
		echo x >"src/é ☃.txt" && echo x >"src/a\\b" &&
		echo x >"src/\"quoted\""
	) &&
	alike 0 in-toto-run -n make -k rsa -m src -x &&
	alike 0 in-toto-run -n "a step.with dots" -k rsa -m src -x &&
	alike 0 in-toto-run -n "é" -k ed -t ed25519 -m src -x
'

test_expect_success 'in-toto-run: -d, and a folder that is not there' '
	alike 0 in-toto-run -n make -k rsa -x -d links &&
	ls our/links/make.*.link &&
	alike 0 in-toto-run -n make -k rsa -x --metadata-directory links/ &&
	alike 1 in-toto-run -n make -k rsa -x -d nowhere &&
	alike 1 in-toto-run -n a/b -k rsa -x
'

test_expect_success 'in-toto-run: command lines that are wrong exit with 2' '
	alike 2 in-toto-run &&
	alike 2 in-toto-run -k rsa -- true &&
	alike 2 in-toto-run -n make -- true &&
	alike 2 in-toto-run -n make -k rsa &&
	alike 2 in-toto-run -n make -k rsa -m -x &&
	alike 2 in-toto-run -n make -k rsa -g -x &&
	alike 2 in-toto-run -n make -k rsa -t dsa -x &&
	alike 2 in-toto-run -n make -k rsa -v -q -x &&
	alike 2 in-toto-run -n make -k rsa --unknown -x &&
	alike 2 in-toto-run -n make -k rsa -Z -x &&
	alike 2 in-toto-run -n make -k rsa --no-command=yes &&
	alike 2 in-toto-run -n make -k rsa --p src -x &&
	alike 2 in-toto-run -n make -k rsa -n
'

test_expect_success 'in-toto-run: other failures exit with 1' '
	alike 1 in-toto-run -n make -k nowhere -x &&
	alike 1 in-toto-run -n make -k src/one.c -x &&
	alike 1 in-toto-run -n make -k rsa -t ed25519 -x &&
	alike 1 in-toto-run -n make -k rsa.pub -x
'

test_expect_success 'in-toto-run: -h, --version, -v, -q' '
	both 0 in-toto-run -h && grep -e "--record-streams" our.out &&
	both 0 in-toto-run --version && grep "^in-toto-run " our.out &&
	alike 0 in-toto-run -n make -k rsa -x -v &&
	grep "recorded step" our.out &&
	alike 0 in-toto-run -n make -k rsa -x -q &&
	alike 1 in-toto-run -n make -k nowhere -x -q &&
	test_must_be_empty our.out && test_must_be_empty our.err
'

test_expect_success 'in-toto-run: a command has ten seconds, or --run-timeout' '
	fresh &&
	(
		cd our &&
		test_expect_code 1 "$COMPAT/in-toto-run" -n make -k rsa \
			--run-timeout 1 -- sh -c "sleep 30 & echo \$! >pid; wait" &&
		! ls make.*.link &&
		ended "$(cat pid)" &&
		"$COMPAT/in-toto-run" -n make -k rsa --run-timeout 60 -- true &&
		ls make.*.link &&
		test_expect_code 2 "$COMPAT/in-toto-run" -n make -k rsa \
			--run-timeout soon -- true
	)
'

test_expect_success 'in-toto-run of 2.2: --signing-key, by the new keyid' '
	make_pem_key pem rsa &&
	fresh &&
	(
		cd our &&
		"$COMPAT/in-toto-run" -n make --signing-key "$HOME/pem.pem" -x &&
		git intoto key show "$HOME/pem.pem" |
			sed -n "s/^keyid //p" | tail -1 >new &&
		test -f "make.$(cut -c1-8 <new).link" &&
		grep "\"keyid\": \"$(cat new)\"" make.*.link &&
		test_expect_code 2 "$COMPAT/in-toto-run" -n make -k rsa \
			--signing-key "$HOME/pem.pem" -x
	)
'

test_expect_success 'in-toto-run of 2.2: --use-dsse' '
	fresh &&
	(
		cd our &&
		"$COMPAT/in-toto-run" -n make -k ed -t ed25519 -m src --use-dsse -x &&
		grep "\"payloadType\": \"application/vnd.in-toto+json\"" make.*.link &&
		test_expect_code 1 "$COMPAT/in-toto-run" -n make -g "$FPR" \
			--use-dsse -x
	)
'

test_expect_success 'a name that is none of these is our own program' '
	ln -s "$intoto_program" compat/in-toto-other &&
	test_expect_code 129 compat/in-toto-other -n make -- true &&
	compat/in-toto-other --version | grep "^git-intoto"
'

test_done
