#!/bin/sh
test_description='questions and passwords on a terminal'
# shellcheck source=t/test-lib.sh
. ./test-lib.sh
# shellcheck source=t/forge-lib.sh
. "$intoto_top/t/forge-lib.sh"

# All that a command may have stored: refs, settings, trust, drafts.
state() {
	git for-each-ref &&
	git config --list --local &&
	find .git -path "*/intoto/*" -type f -exec sha256sum {} + |
		LC_ALL=C sort
}

# unmoved STATUS LINE... -- COMMAND...: at a terminal, and nothing is stored.
unmoved() {
	state >"$TMPDIR/before" &&
	at_terminal "$@" &&
	state >"$TMPDIR/after" &&
	test_cmp "$TMPDIR/before" "$TMPDIR/after"
}

# declined QUESTION COMMAND...: no in every way, the end, an interrupt. What is
# neither yes nor no is asked again.
declined() {
	asked="expect $1"
	shift
	unmoved 1 "$asked" "answer no" -- "$@" &&
	unmoved 1 "$asked" "answer yesterday" "$asked" "answer  no " -- "$@" &&
	unmoved 128 "$asked" "answer ??" "$asked" "type \x04" -- "$@" &&
	grep "^error: no answer to" shown &&
	unmoved 128 "$asked" "type \x04" -- "$@" &&
	unmoved 130 "$asked" "type \x03" -- "$@" &&
	unmoved 129 "$asked" "raise HUP" -- "$@"
}

test_expect_success 'set-up: a release by somebody who is to leave' '
	for name in own old two; do
		make_ssh_key $name || return 1
	done &&
	sign_with_ssh own &&
	start_agent own old two &&
	init_project base &&
	(
		cd base &&
		git intoto layout add-key release "$HOME/old.pub" --step tag &&
		git intoto layout sign release &&
		for tag in v1 v2; do
			git commit -q --allow-empty -m $tag &&
			git intoto tag -u "$HOME/old.pub" --key "$HOME/old.pub" \
				-m $tag $tag &&
			git intoto build -p "dist/*" -- make dist || return 1
		done
	)
'

# copy NAME: of that project, and in it.
copy() {
	rm -rf "$1" && cp -R base "$1" && cd "$1"
}

test_expect_success 'the helper itself: what it finds is told' '
	test_expect_code 125 "$SHARNESS_TEST_SRCDIR/terminal.py" \
		"expect never" -- echo ever &&
	test_expect_code 125 "$SHARNESS_TEST_SRCDIR/terminal.py" \
		-- stty -echo &&
	test_expect_code 125 "$SHARNESS_TEST_SRCDIR/terminal.py" \
		"expect x" silent -- sh -c "echo x; cat" &&
	at_terminal 7 "expect what" "answer seven" -- \
		sh -c "echo what; read -r a; test \$a = seven && exit 7" &&
	at_terminal 137 "expect x" "raise KILL" -- sh -c "echo x; cat"
'

test_expect_success 'init: nothing is founded without answers' '
	make_project founded &&
	(
		cd founded &&
		steps="expect Steps after the tag [build]: " &&
		makes="expect What they make [dist/*]: " &&
		set -- git intoto init &&
		unmoved 128 "$steps" "type \x04" -- "$@" &&
		unmoved 128 "$steps" "answer pack" "$makes" "type \x04" -- "$@" &&
		unmoved 130 "$steps" "type \x03" -- "$@" &&
		unmoved 130 "$steps" "answer " "$makes" "type \x03" -- "$@" &&
		unmoved 129 "$steps" "answer " "$makes" "raise HUP" -- "$@" &&
		unmoved 128 "$steps" "answer revoke" "$makes" "answer " -- "$@" &&
		unmoved 128 "$steps" "answer ../up" "$makes" "answer " -- "$@" &&
		unmoved 128 "$steps" "type \x1b[31mred\n" "$makes" "answer " -- "$@" &&
		! grep "$(printf "\033")" shown
	)
'

test_expect_success 'init: empty answers are what stands in brackets' '
	(
		cd founded &&
		at_terminal 0 "expect [build]: " "answer " "expect [dist/*]: " \
			"answer   " -- git intoto init &&
		git intoto layout show release >out &&
		grep "^step .build., " out &&
		grep "^  products  CREATE dist/\*$" out
	)
'

test_expect_success 'init: owners are trusted by yes alone' '
	git init -q --bare joined.git &&
	(
		copy shared &&
		git remote add origin ../joined.git &&
		git push -q origin main "refs/notes/in-toto/*:refs/notes/in-toto/*" &&
		git clone -q ../joined.git ../joined &&
		cd ../joined &&
		git config user.signingKey "$HOME/two.pub" &&
		git intoto init </dev/null >out &&
		grep "^nothing is trusted" out &&
		question="Trust these owners? Compare the digest with them first" &&
		declined "$question [y/N]: " git intoto init &&
		unmoved 1 "expect $question" "answer " -- git intoto init &&
		grep "^nothing is trusted" shown &&
		test_must_fail git intoto trust list &&
		at_terminal 0 "expect $question" "answer maybe" \
			"expect $question" "answer YES" -- git intoto init &&
		git intoto trust list | grep "^owner "
	)
'

test_expect_success 'layout remove-key: what becomes of the tags' '
	(
		copy leaves &&
		asked="expect seal them first? all, none, or the tags [all]: " &&
		set -- git intoto layout remove-key release "$HOME/old.pub" &&
		unmoved 128 "$asked" "type \x04" -- "$@" &&
		grep "^2 tags verify now and would stop verifying" shown &&
		grep "^  v1$" shown &&
		grep "^  v2$" shown &&
		unmoved 130 "$asked" "type \x03" -- "$@" &&
		unmoved 130 "$asked" "type all\x03" -- "$@" &&
		unmoved 128 "$asked" "answer no" -- "$@" &&
		grep "^error: no tag .no." shown &&
		unmoved 128 "$asked" "answer v1 v9" -- "$@" &&
		grep "^error: no tag .v9." shown &&
		unmoved 128 "$asked" "answer v1 \"v2" -- "$@" &&
		unmoved 128 "$asked" "answer v1 ../../HEAD" -- "$@"
	)
'

test_expect_success 'layout remove-key: none, some, and all by an empty line' '
	sealed() {
		git intoto show $1 >out && grep "^seal " out
	} &&
	set -- git intoto layout remove-key release "$HOME/old.pub" &&
	(
		copy none &&
		at_terminal 0 "expect [all]: " "answer none" -- "$@" &&
		! sealed v1 && ! sealed v2 &&
		git intoto layout show --draft release
	) &&
	(
		copy some &&
		at_terminal 0 "expect [all]: " "answer   v2 " -- "$@" &&
		! sealed v1 && sealed v2 &&
		git intoto layout show --draft release
	) &&
	(
		copy every &&
		at_terminal 0 "expect [all]: " "answer " -- "$@" &&
		sealed v1 && sealed v2 &&
		git intoto layout show --draft release &&
		at_terminal 0 -- git intoto layout sign release &&
		git intoto verify v1 && git intoto verify v2
	)
'

test_expect_success 'seal: asked by the way, and to withdraw one with care' '
	(
		copy sealing &&
		declined "vouch for 2 tags, whatever the layouts say later? [Y/n]: " \
			git intoto seal v1 v2 &&
		at_terminal 0 "expect [Y/n]: " "answer " -- git intoto seal v1 &&
		grep "^v1: sealed" shown &&
		question="withdraw the seals of 1 tag for good? [y/N]: " &&
		declined "$question" git intoto seal --withdraw v1 &&
		unmoved 1 "expect $question" "answer " -- \
			git intoto seal --withdraw v1 &&
		at_terminal 0 "expect $question" "answer y" -- \
			git intoto seal --withdraw v1 &&
		git intoto seal --withdraw --yes v1 >out &&
		grep "^already: " out
	)
'

test_expect_success 'revoke: only by yes' '
	(
		copy revoking &&
		question="withdraw tag ${SQ}v1$SQ for good? [y/N]: " &&
		declined "$question" git intoto revoke v1 &&
		unmoved 1 "expect $question" "answer " -- git intoto revoke v1 &&
		git intoto verify v1 &&
		at_terminal 0 "expect $question" "answer Yes" -- \
			git intoto revoke v1 &&
		refused 1 tag-revoked git intoto verify v1
	)
'

# team NAME: a server, and the clones NAME-own and NAME-two of two owners.
team() {
	git init -q --bare "$1.git" &&
	copy "$1-own" &&
	git remote add origin "../$1.git" &&
	git intoto trust add --no-fetch --threshold 2 "$HOME/two.pub" &&
	git intoto layout renew release --expires 2y --key "$HOME/own.pub" \
		--key "$HOME/two.pub" &&
	git push -q origin main "refs/notes/in-toto/*:refs/notes/in-toto/*" &&
	git clone -q "../$1.git" "../$1-two" &&
	git -C "../$1-two" config user.signingKey "$HOME/two.pub"
}

test_expect_success 'layout sign: the change is shown, and signed by yes' '
	(
		team co &&
		git intoto layout set release --readme "another one" &&
		at_terminal 0 -- git intoto layout sign release &&
		grep "^pending as sha256:" shown &&
		git push -q origin refs/notes/in-toto/pending &&
		cd ../co-two &&
		git intoto trust add --threshold 2 "$HOME/own.pub" \
			"$HOME/two.pub" &&
		git fetch -q &&
		declined "Sign this? [y/N]: " git intoto layout sign release &&
		unmoved 1 "expect Sign this?" "answer " -- \
			git intoto layout sign release &&
		grep "^  another readme: another one$" shown &&
		grep "^nothing was signed$" shown &&
		at_terminal 0 "expect Sign this?" "answer y" -- \
			git intoto layout sign release &&
		grep "is in force, signed by 2 of 2 owners" shown
	)
'

test_expect_success 'trust sign: what another has drafted is signed by yes' '
	(
		cd co-own &&
		git intoto trust init --threshold 2 --key "$HOME/own.pub" \
			--key "$HOME/two.pub" &&
		at_terminal 0 -- git intoto trust sign &&
		grep "^pending: version 1 of the trust root$" shown &&
		git push -q origin refs/notes/in-toto/pending &&
		cd ../co-two &&
		git fetch -q &&
		declined "Sign this? [y/N]: " git intoto trust sign &&
		unmoved 1 "expect Sign this?" "answer " -- \
			git intoto trust sign &&
		grep "^signing the trust root, version 1" shown &&
		grep "^nothing was signed$" shown &&
		cp -R ../co-two ../co-three &&
		at_terminal 0 "expect Sign this?" "answer y" -- \
			git intoto trust sign &&
		grep "published here, signed by 2 of 2 keys" shown &&
		cd ../co-three &&
		at_terminal 0 -- git intoto trust sign --yes &&
		grep "published here, signed by 2 of 2 keys" shown
	)
'

test_expect_success 'a password: no echo, rubbed out, wrong, none' '
	openssl genpkey -algorithm ed25519 -aes256 -pass pass:secret \
		-out "$HOME/sealed.pem" &&
	openssl pkey -in "$HOME/sealed.pem" -passin pass:secret -pubout \
		-out "$HOME/sealed.pub.pem" &&
	(
		copy passwords &&
		git intoto layout add-key release "$HOME/sealed.pub.pem" --step tag &&
		git intoto layout sign release --no-seal &&
		set -- git intoto tag -k "$HOME/sealed.pem" -m v3 v3 &&
		asked="expect password for " &&
		unmoved 128 "$asked" silent "answer wrong" -- "$@" &&
		unmoved 128 "$asked" silent "answer " -- "$@" &&
		unmoved 128 "$asked" silent "type \x04" -- "$@" &&
		unmoved 128 "$asked" silent "type secret\x15\n" -- "$@" &&
		at_terminal 0 "$asked" silent "type secred\x7ft\n" -- "$@" &&
		! grep "secre" shown &&
		git rev-parse -q --verify refs/tags/v3
	)
'

test_expect_success 'a password prompt that is ended: the echo is back' '
	(
		cd passwords &&
		asked="expect password for " &&
		for program in "git intoto" git-intoto; do
			set -- $program tag -k "$HOME/sealed.pem" -m v4 v4 &&
			unmoved 130 "$asked" silent "type secr\x03" -- "$@" &&
			unmoved 130 "$asked" silent "raise INT" -- "$@" &&
			unmoved 143 "$asked" silent "type s" "raise TERM" -- "$@" &&
			unmoved 129 "$asked" silent "raise HUP" -- "$@" &&
			unmoved 131 "$asked" silent "raise QUIT" -- "$@" ||
				return 1
		done &&
		git intoto layout set release --readme "another one" &&
		git intoto trust init --threshold 1 --key "$HOME/own.pub" &&
		for row in "layout sign release" "trust sign" "seal --yes v1" \
			"revoke --yes v1"; do
			unmoved 130 "$asked" silent "type \x03" -- \
				git intoto $row --key "$HOME/sealed.pem" ||
				return 1
		done
	)
'

# What makes a terminal do things: ESC, BEL, DEL, and CSI as one character. In
# Python, in the forms that a shell within quotes passes on.
evil="x\\\\x1b[31m\\\\x1b]0;o\\\\x07\\\\x7f\\\\u009b1m"

# harmless COMMAND...: whatever its status, nothing of that is shown raw; what
# is written for programs as well.
harmless() {
	TERM=dumb "$SHARNESS_TEST_SRCDIR/terminal.py" -- "$@" >shown
	harmless_status=$?
	case $harmless_status in
	0 | 1 | 128 | 129)
		;;
	*)
		cat -v shown
		echo "$*: status $harmless_status"
		return 1 ;;
	esac
	python3 - "$*" <<-\EOF
	import sys, unicodedata
	said = open("shown", "rb").read().decode("utf-8", "surrogateescape")
	bad = {c for c in said
	       if c != "\n" and (unicodedata.category(c) == "Cc"
	                         or 0xdc80 <= ord(c) <= 0xdc9f)}
	if bad:
	    print("raw on the terminal:", sys.argv[1], bad)
	    sys.exit(1)
	EOF
}

# look TAG: all that shows something.
look() {
	for row in "show $1" "show --json $1" "verify $1" "verify --json $1" \
		log "layout list" "layout show release" \
		"layout show --json release" "layout show --pending release" \
		"layout lint release" "trust show" "trust list" "seal --yes $1" \
		"layout remove-key --no-seal release $HOME/old.pub" \
		"layout discard release" "export --force $1 exported"; do
		harmless git intoto $row || return 1
	done
}

test_expect_success 'control characters in a layout are never shown raw' '
	(
		copy evil &&
		change_layout release own "
s[\"readme\"] = \"$evil\\n\" + s[\"readme\"].replace(\"version=2\", \"version=3\")
s[\"steps\"][1][\"expected_command\"] = [\"$evil\"]
s[\"steps\"][1][\"expected_products\"].insert(0, [\"CREATE\", \"$evil\"])
s[\"inspect\"] = [{
	\"_type\": \"inspection\", \"name\": \"$evil\", \"run\": [\"$evil\"],
	\"expected_materials\": [], \"expected_products\": []}]" &&
		look v1 &&
		git intoto layout show release >out &&
		grep "^  x.x1b\[31m" out &&
		change_layout release own "
s[\"readme\"] = s[\"readme\"].replace(\"version=3\", \"version=4\")
s[\"steps\"][1][\"name\"] = \"$evil\"
s[\"inspect\"] = []" &&
		look v1 &&
		git intoto layout list >out &&
		grep "^release  *version 4 .*in force$" out &&
		for member in "s[\"steps\"][1][\"pubkeys\"]" "s[\"$evil\"]" \
			"s[\"expires\"]" "s[\"steps\"][0][\"_type\"]"; do
			change_layout release own "
s[\"readme\"] = s[\"readme\"].replace(\"version=4\", \"version=5\")
$member = [\"$evil\"] if \"pubkeys\" in \"\"\"$member\"\"\" else \"$evil\"
" &&
			look v1 || return 1
		done
	)
'

test_expect_success 'nor is what an owner is asked to sign' '
	(
		team odd &&
		cd ../odd-two &&
		git intoto trust add --threshold 2 "$HOME/own.pub" \
			"$HOME/two.pub" &&
		cd ../odd-own &&
		git intoto layout set release \
			--readme "$(printf "a \033[8m hidden \302\233 word")" &&
		git intoto layout sign release &&
		git push -q origin refs/notes/in-toto/pending &&
		cd ../odd-two &&
		git fetch -q &&
		TERM=dumb at_terminal 1 "expect Sign this?" "answer n" -- \
			git intoto layout sign release &&
		grep "a .x1b\[8m hidden" shown &&
		! grep "$(printf "\033\|\302\233")" shown
	)
'

test_expect_success 'nor what a link, a tag or a key says' '
	ssh-keygen -q -t ed25519 -N "" -f "$HOME/odd" \
		-C "$(printf "x\033[31m\302\233")" &&
	(
		copy words &&
		{ note_of v1 | grep -v "\"name\":\"build\"" &&
		line_of v1 build | forge own "
s[\"command\"] = [\"$evil\"]
s[\"byproducts\"] = {\"stdout\": \"$evil\", \"stderr\": \"$evil\"}
s[\"products\"][\"$evil\"] = {\"sha256\": \"0\" * 64}
s[\"environment\"][\"workdir\"] = \"$evil\"" &&
		line_of v1 build | forge own "s[\"name\"] = \"$evil\"" &&
		line_of v1 build | forge own "g[\"ref\"] = \"$evil\""; } |
			LC_ALL=C sort -u | put_note v1 &&
		look v1 &&
		name=$(printf "v\302\233") &&
		git tag -m "$(printf "x\033[31m")" -s "$name" &&
		harmless git intoto tag --existing "$name" &&
		look "$name" &&
		harmless git intoto log &&
		harmless git intoto verify "$(printf "\033[31m")" &&
		harmless git intoto verify v1 "$(printf "\033[31m")" &&
		harmless git intoto "$(printf "\033[31m")" &&
		harmless git intoto key show "$HOME/odd" &&
		harmless git intoto key show "$HOME/odd.pub" &&
		harmless git intoto trust add "$HOME/odd.pub" &&
		harmless git intoto layout add-key release "$HOME/odd.pub" \
			--step build &&
		ssh-add -q "$HOME/odd" &&
		harmless git intoto tag --key "$HOME/odd.pub" -m v9 v9
	)
'

test_done
