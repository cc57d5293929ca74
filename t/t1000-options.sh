#!/bin/sh
test_description='the command line: options, usage, exit status'
. ./test-lib.sh

test_expect_success 'setup' '
	make_ssh_key mona &&
	sign_with_ssh mona &&
	make_project project
'

test_expect_success '-h and --help print every command on stdout' '
	git intoto -h >out 2>err &&
	test_must_be_empty err &&
	for command in init key layout trust tag build run record mock sign seal \
		revoke verify match-products log show export push fetch import \
		hooks check record-tree; do
		grep "^  $command " out || return 1
	done &&
	git-intoto --help >again &&
	test_cmp out again
'

test_expect_success '--version' '
	git intoto --version >out &&
	grep "^git-intoto [0-9]" out
'

test_expect_success 'no command: usage on stderr, 129' '
	test_expect_code 129 git intoto >out 2>err &&
	test_must_be_empty out &&
	grep "^usage: git intoto" err
'

test_expect_success 'an unknown command: 129 and what was meant' '
	refused 129 - git intoto verfy &&
	grep "unknown command .verfy." err &&
	grep "^hint: git intoto verify" err &&
	test_must_be_empty out &&
	refused 129 - git intoto xyzzy &&
	grep "^hint: git intoto -h" err
'

test_expect_success 'an unknown subcommand: 129 and what was meant' '
	refused 129 - git intoto key shwo &&
	grep "^hint: git intoto key show" err &&
	refused 129 - git intoto key
'

test_expect_success 'every command has a -h of one screen on stdout' '
	for command in init key layout trust tag build run record mock verify log show \
		export hooks check record-tree; do
		git intoto $command -h >out 2>err &&
		grep "^usage: git intoto $command" out &&
		test_must_be_empty err &&
		test $(wc -l <out) -le 40 &&
		test $(wc -L <out) -le 80 || return 1
	done
'

test_expect_success '-h works outside a repository and beside other options' '
	mkdir nowhere &&
	(
		cd nowhere &&
		GIT_CEILING_DIRECTORIES=$(dirname "$PWD") &&
		export GIT_CEILING_DIRECTORIES &&
		git intoto tag --dsse -h >out &&
		grep "^usage: git intoto tag" out &&
		git intoto build --keep -h >out &&
		grep "^usage: git intoto build" out &&
		git intoto build -h -- -h >out &&
		grep "^usage: git intoto build" out
	)
'

test_expect_success 'outside a repository: 128' '
	(
		cd nowhere &&
		GIT_CEILING_DIRECTORIES=$(dirname "$PWD") &&
		export GIT_CEILING_DIRECTORIES &&
		refused 128 - git intoto tag v1.0 &&
		refused 128 - git intoto verify v1.0 &&
		refused 128 - git intoto log &&
		refused 128 - git intoto show v1.0 &&
		refused 128 - git intoto record-tree HEAD &&
		refused 128 - git intoto build -p x -- true
	)
'

test_expect_success 'an unknown option: 129, with the one that was meant' '
	refused 129 - git intoto tag --supersed v1 &&
	grep "did you mean .--supersede." err &&
	grep "^hint: git intoto tag -h" err &&
	refused 129 - git intoto tag -X v1 &&
	grep "unknown option .-X." err &&
	refused 129 - git intoto verify --nonsense v1
'

test_expect_success 'a missing operand or value, or one too many: 129' '
	refused 129 - git intoto tag &&
	grep "NAME is missing" err &&
	refused 129 - git intoto tag a b c &&
	refused 129 - git intoto verify &&
	grep "TAG is missing" err &&
	refused 129 - git intoto show &&
	refused 129 - git intoto export v1 &&
	refused 129 - git intoto record-tree &&
	refused 129 - git intoto tag -m &&
	grep "option .-m. needs a value" err &&
	refused 129 - git intoto tag --message &&
	refused 129 - git intoto key export
'

test_expect_success 'a value where none belongs, or no number: 129' '
	refused 129 - git intoto tag --dsse=yes v1 &&
	grep "takes no value" err &&
	refused 129 - git intoto record-tree --workers many HEAD &&
	grep "takes a number" err &&
	refused 129 - git intoto record-tree --workers=-1 HEAD &&
	refused 129 - git intoto record-tree --workers= HEAD
'

test_expect_success 'options that exclude each other: 129' '
	(
		cd project &&
		refused 129 - git intoto tag -m x -F y v1 &&
		refused 129 - git intoto tag --existing -m x v1 &&
		refused 129 - git intoto tag --key a -g 0123456789abcdef v1 &&
		refused 129 - git intoto verify --as a v1 &&
		refused 129 - git intoto verify --link-dir . v1 &&
		refused 129 - git intoto verify --at yesterday v1
	) || {
		cat project/out project/err
		false
	}
'

test_expect_success '-xVALUE, -x VALUE, --long=VALUE and -- are taken' '
	(
		cd project &&
		git intoto record-tree HEAD >plain &&
		git intoto record-tree --workers=2 HEAD >out &&
		test_cmp plain out &&
		git intoto record-tree --workers 2 --no-check -- HEAD >out &&
		test_cmp plain out &&
		git intoto record-tree HEAD -z >out &&
		tr "\\0" "\\n" <out >lines &&
		test_cmp plain lines &&
		rm -f plain out lines
	)
'

test_expect_success 'a word after -- is an operand, whatever it looks like' '
	(
		cd project &&
		refused 128 - git intoto record-tree -- --workers &&
		grep "no tree .--workers." err
	)
'

test_expect_success 'a build without command or pattern: 129 with an example' '
	(
		cd project &&
		refused 129 - git intoto build -p "dist/*" &&
		grep "command to run is missing" err &&
		grep "^hint: git intoto build -p .*-- make dist" err &&
		refused 129 - git intoto build -p "dist/*" -- &&
		refused 129 - git intoto build -- make dist &&
		grep "^hint: git intoto build -p .*-- make dist" err &&
		refused 129 - git intoto build v1.0 -- make dist &&
		grep "^hint: git intoto build --tag v1.0" err &&
		refused 129 - git intoto build --env dirty -p x -- true
	)
'

test_expect_success 'a result that cannot be written is no success' '
	(
		cd project &&
		test_expect_code 128 git intoto record-tree HEAD >/dev/full 2>err &&
		grep "^error: cannot write" err &&
		test_expect_code 128 git intoto -h >/dev/full 2>err &&
		test_expect_code 128 git intoto tag -h >/dev/full
	)
'

test_expect_success 'no colour unless it is a terminal' '
	(
		cd project &&
		TERM=xterm refused 128 - git intoto show v9 &&
		! grep "$(printf "\033")" err
	)
'

test_expect_success 'colour on a terminal, unless NO_COLOR is set' '
	(
		cd project &&
		escape=$(printf "\033") &&
		TERM=xterm script -qec "git intoto show v9" /dev/null >out </dev/null;
		grep "$escape.31merror:" out &&
		NO_COLOR=1 TERM=xterm script -qec "git intoto show v9" /dev/null >out </dev/null;
		! grep "$escape" out &&
		TERM=dumb script -qec "git intoto show v9" /dev/null >out </dev/null;
		! grep "$escape" out
	)
'

test_expect_success 'escape sequences of arguments are shown escaped' '
	(
		cd project &&
		refused 128 - git intoto show "$(printf "v\033[31m")" &&
		! grep "$(printf "\033")" err
	)
'

test_expect_success 'record-tree: paths, symbolic links, gitlinks, quoting' '
	git init -q odd &&
	(
		cd odd &&
		echo content >"a b" &&
		echo content >"$(printf "tab\there")" &&
		echo content >"$(printf "new\nline")" &&
		echo content >"quo\"te" &&
		echo content >"$(printf "latin-\351")" &&
		ln -s "a b" link &&
		chmod +x "a b" &&
		git add . &&
		git update-index --add --cacheinfo \
			160000,$(some_oid),sub &&
		git commit -q -m odd &&
		git intoto record-tree HEAD >out &&
		sum=$(sha256sum <"a b" | cut -d" " -f1) &&
		target=$(printf "a b" | sha256sum | cut -d" " -f1) &&
		{
			echo "$sum  a b" &&
			printf "%s  \"latin-\\\\351\"\n" $sum &&
			echo "$target  link" &&
			printf "%s  \"new\\\\nline\"\n" $sum &&
			printf "%s  \"quo\\\\\"te\"\n" $sum &&
			echo "$(some_oid)  sub" &&
			printf "%s  \"tab\\\\there\"\n" $sum
		} >expected &&
		test_cmp expected out
	)
'

test_expect_success 'record-tree: a tree, a path in it, and what is none' '
	(
		cd project &&
		git intoto record-tree HEAD:src >out &&
		grep "  main.c$" out &&
		refused 128 - git intoto record-tree HEAD:README &&
		refused 128 - git intoto record-tree nonsense
	)
'

test_expect_success 'record-tree: a missing and a corrupt blob' '
	cp -R project broken &&
	(
		cd broken &&
		blob=$(git rev-parse HEAD:README) &&
		file=.git/objects/$(echo $blob | sed "s|^..|&/|") &&
		other=.git/objects/$(git rev-parse HEAD:src/main.c |
			sed "s|^..|&/|") &&
		chmod +w $file &&
		cp $other $file &&
		refused 128 - git intoto record-tree HEAD &&
		grep README err &&
		rm -f $file &&
		refused 128 - git intoto record-tree HEAD &&
		grep README err
	)
'

test_expect_success 'key show: type and both keyids of every form' '
	make_pem_key ed ed25519 &&
	make_pem_key rsa rsa &&
	make_pem_key ec ecdsa &&
	for key in "$HOME/ed.pub.pem" "$HOME/ed.pem" "$HOME/rsa.pub.pem" \
		"$HOME/ec.pub.pem" "$HOME/mona" "$HOME/mona.pub" \
		"ssh:$HOME/mona" "key::$(cat "$HOME/mona.pub")"; do
		git intoto key show "$key" >out &&
		grep "^type " out &&
		test $(grep -c "^keyid [0-9a-f]\{64\}$" out) = 2 || return 1
	done &&
	git intoto key show "$HOME/mona" >private &&
	git intoto key show "$HOME/mona.pub" >public &&
	grep ^keyid private >a && grep ^keyid public >b &&
	test_cmp a b
'

test_expect_success 'key show: OpenPGP, an environment variable, the default' '
	make_gpg_key gina@example.com &&
	id=$(gpg_fingerprint gina@example.com | tr A-F a-f) &&
	git intoto key show gpg:gina@example.com >out &&
	test $(grep -c "^keyid $id$" out) = 2 &&
	PUBLIC=$(cat "$HOME/ed.pub.pem") git intoto key show env:PUBLIC >out &&
	git intoto key show "$HOME/ed.pub.pem" >expected &&
	test_cmp expected out &&
	(
		cd project &&
		git intoto key show >out &&
		git intoto key show "$HOME/mona.pub" >expected &&
		grep ^keyid out >a && grep ^keyid expected >b &&
		test_cmp a b
	)
'

test_expect_success 'key export: what in-toto reads; key show reads it back' '
	git intoto key export "$HOME/ed.pub.pem" >ed.json &&
	grep "\"keytype\": \"ed25519\"" ed.json &&
	git intoto key show ed.json >out &&
	git intoto key show "$HOME/ed.pub.pem" >expected &&
	test_cmp expected out
'

test_expect_success 'key list names who signs here' '
	(
		cd project &&
		git intoto key list >out &&
		grep "^signs tags .*ed25519" out &&
		grep "^signs links .*ed25519" out
	)
'

test_expect_success 'a key that is not there, or none: 128' '
	refused 128 - git intoto key show "$HOME/nobody.pem" &&
	refused 128 - git intoto key show gpg:nobody@example.com &&
	refused 128 - git intoto key show env:NOBODY_HERE &&
	echo nonsense >"$HOME/nonsense" &&
	refused 128 - git intoto key show "$HOME/nonsense"
'

test_done
