#!/bin/sh
test_description='git intoto run and mock: a command, and files around it'
# shellcheck source=t/test-lib.sh
. ./test-lib.sh

# in_link FILE EXPRESSION: of its signed part, `j`.
in_link() {
	json "(lambda j: $2)(j[\"signed\"])" <"$1"
}

# ended PID: nobody may be there to reap it.
ended() {
	! kill -0 "$1" 2>/dev/null || grep "^State:.Z" "/proc/$1/status"
}

# eventually COMMAND...: what was killed needs a moment to die.
eventually() {
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20
	do
		"$@" && return
		sleep 0.2
	done
	return 1
}

test_expect_success 'set-up' '
	make_ssh_key mona &&
	make_ssh_key tess &&
	make_pem_key ed &&
	make_pem_key rsa rsa &&
	make_gpg_key mona@example.com ed25519 &&
	sign_with_ssh mona &&
	mkdir outside && (
		cd outside &&
		mkdir -p src/sub links && echo one >src/one.c &&
		echo two >src/sub/two.c && ln -s sub src/linked
	)
'

test_expect_success 'outside a repository: a file NAME.KEYID8.link' '
	(
		cd outside &&
		git intoto run -n make -k "$HOME/ed.pem" -m src -p app -- \
			cp src/one.c app >out 2>err &&
		keyid=$(git intoto key show "$HOME/ed.pem" |
			sed -n "s/^keyid //p" | head -1) &&
		link=make.$(echo "$keyid" | cut -c1-8).link &&
		grep "^recorded step .make.   2 materials   1 product$" out &&
		grep "^  .$link. signed by ed25519" out &&
		test_must_be_empty err &&
		test "$(in_link "$link" "sorted(j[\"materials\"])")" = \
			"[${SQ}src/one.c$SQ, ${SQ}src/sub/two.c$SQ]" &&
		test "$(in_link "$link" "j[\"products\"][\"app\"][\"sha256\"]")" = \
			"$(sha256sum <src/one.c | cut -d" " -f1)" &&
		test "$(in_link "$link" "j[\"command\"]")" = \
			"[${SQ}cp$SQ, ${SQ}src/one.c$SQ, ${SQ}app$SQ]" &&
		test "$(in_link "$link" "j[\"byproducts\"][\"return-value\"]")" = 0 &&
		test "$(in_link "$link" "j[\"environment\"]")" = "{}" &&
		git intoto sign --verify -f "$link" -k "$HOME/ed.pub.pem" &&
		rm "$link"
	)
'

test_expect_success 'output is seen without -s, and recorded with it' '
	(
		cd outside &&
		git intoto run -n make -k "$HOME/ed.pem" -- \
			sh -c "echo out; echo err >&2" >out 2>err &&
		grep -x out out && grep -x err err &&
		test "$(in_link make.*.link "j[\"byproducts\"][\"stdout\"]")" = "" &&
		git intoto run -n make -k "$HOME/ed.pem" -s -- \
			sh -c "printf \"a\\377\\033b\\r\\n\"; echo err >&2" >out 2>err &&
		printf "a\377\033b\r\n" >expected && head -1 out >actual &&
		cmp expected actual && grep -x err err &&
		test "$(in_link make.*.link "ascii(j[\"byproducts\"][\"stdout\"])")" = \
			"${SQ}a\\ufffd\\x1bb\\r\\n$SQ" &&
		rm make.*.link
	)
'

test_expect_success 'a failing command: its status, nothing recorded, or both' '
	(
		cd outside &&
		test_expect_code 7 git intoto run -n make -k "$HOME/ed.pem" -- \
			sh -c "exit 7" 2>err &&
		grep "^note: .*exit status 7; nothing is recorded" err &&
		test_expect_code 137 git intoto run -n make -k "$HOME/ed.pem" -- \
			sh -c "kill -9 \$\$" &&
		! ls make.*.link &&
		test_expect_code 7 git intoto run -n make -k "$HOME/ed.pem" \
			--record-failure -- sh -c "exit 7" &&
		test "$(in_link make.*.link "j[\"byproducts\"][\"return-value\"]")" = 7 &&
		test_expect_code 143 git intoto run -n make -k "$HOME/ed.pem" \
			--record-failure -- sh -c "kill -TERM \$\$" &&
		test "$(in_link make.*.link "j[\"byproducts\"][\"return-value\"]")" = -15 &&
		rm make.*.link &&
		refused 128 - git intoto run -n make -k "$HOME/ed.pem" -- \
			no-such-program-here &&
		! ls make.*.link
	)
'

test_expect_success 'products are hashed after the command, materials before' '
	(
		cd outside &&
		git intoto run -n make -k "$HOME/ed.pem" -m src/one.c -p src/one.c -- \
			sh -c "echo changed >src/one.c" &&
		before=$(printf "one\n" | sha256sum | cut -d" " -f1) &&
		after=$(printf "changed\n" | sha256sum | cut -d" " -f1) &&
		test "$(in_link make.*.link "j[\"materials\"][\"src/one.c\"][\"sha256\"]")" = $before &&
		test "$(in_link make.*.link "j[\"products\"][\"src/one.c\"][\"sha256\"]")" = $after &&
		echo one >src/one.c && rm make.*.link
	)
'

test_expect_success '-x: no command' '
	(
		cd outside &&
		git intoto run -n review -k "$HOME/ed.pem" -m src -x &&
		test "$(in_link review.*.link "j[\"command\"]")" = "[]" &&
		test "$(in_link review.*.link "j[\"byproducts\"]")" = "{}" &&
		rm review.*.link &&
		refused 129 - git intoto run -n review -k "$HOME/ed.pem" -x -- true
	)
'

test_expect_success 'what is not there is named' '
	(
		cd outside &&
		git intoto run -n make -k "$HOME/ed.pem" -m src nowhere -p gone -- \
			true 2>err &&
		grep "^warning: material .nowhere. is not there" err &&
		grep "^warning: product .gone. is not there" err &&
		rm make.*.link
	)
'

test_expect_success 'links to folders, FIFOs: not followed, an error' '
	(
		cd outside &&
		git intoto run -n make -k "$HOME/ed.pem" -m src -x &&
		test "$(in_link make.*.link "len(j[\"materials\"])")" = 2 &&
		git intoto run -n make -k "$HOME/ed.pem" -m src \
			--follow-symlink-dirs -x &&
		test "$(in_link make.*.link "len(j[\"materials\"])")" = 3 &&
		rm make.*.link && mkfifo src/fifo &&
		refused 128 - git intoto run -n make -k "$HOME/ed.pem" -m src -x &&
		grep "src/fifo" err &&
		git intoto run -n make -k "$HOME/ed.pem" -m src \
			--ignore-unreadable -x &&
		test "$(in_link make.*.link "len(j[\"materials\"])")" = 2 &&
		rm src/fifo make.*.link &&
		ln -s .. src/up &&
		refused 128 - git intoto run -n make -k "$HOME/ed.pem" -m src \
			--follow-symlink-dirs -x &&
		rm src/up
	)
'

test_expect_success '--exclude, --base-path, --lstrip-paths, -d' '
	(
		cd outside &&
		git intoto run -n make -k "$HOME/ed.pem" -m . --base-path src \
			--exclude "two.*" -d links -x >printed &&
		grep "links/make" printed &&
		test "$(in_link links/make.*.link "list(j[\"materials\"])")" = \
			"[${SQ}one.c$SQ]" &&
		git intoto run -n make -k "$HOME/ed.pem" -m src \
			--lstrip-paths src/ -d links -x &&
		test "$(in_link links/make.*.link "sorted(j[\"materials\"])")" = \
			"[${SQ}one.c$SQ, ${SQ}sub/two.c$SQ]" &&
		rm links/make.*.link &&
		refused 128 - git intoto run -n make -k "$HOME/ed.pem" -d nowhere -x
	)
'

test_expect_success '--normalize-line-endings' '
	(
		cd outside &&
		printf "a\r\nb\rc\n" >crlf &&
		git intoto run -n make -k "$HOME/ed.pem" -m crlf \
			--normalize-line-endings -x &&
		test "$(in_link make.*.link "j[\"materials\"][\"crlf\"][\"sha256\"]")" = \
			"$(printf "a\nb\nc\n" | sha256sum | cut -d" " -f1)" &&
		rm crlf make.*.link
	)
'

test_expect_success '--run-dir: the command there, the files from here' '
	(
		cd outside &&
		git intoto run -n make -k "$HOME/ed.pem" -m src -p src/made \
			--run-dir src -- sh -c "pwd -P >made" &&
		test "$(cat src/made)" = "$(pwd -P)/src" &&
		test "$(in_link make.*.link "len(j[\"products\"])")" = 1 &&
		rm src/made make.*.link
	)
'

test_expect_success '--run-timeout ends the command and what it has started' '
	(
		cd outside &&
		refused 128 - git intoto run -n make -k "$HOME/ed.pem" \
			--run-timeout 1 -- sh -c "sleep 60 & echo \$! >pid; wait" &&
		grep "took longer than 1 seconds" err &&
		eventually ended "$(cat pid)" &&
		! ls make.*.link &&
		git intoto run -n make -k "$HOME/ed.pem" --run-timeout 60 -- true &&
		rm make.*.link pid
	)
'

test_expect_success 'one that does not end when asked is killed' '
	(
		cd outside &&
		refused 128 - git intoto run -n make -k "$HOME/ed.pem" -s \
			--run-timeout 1 -- sh -c "trap : TERM; echo \$\$ >pid
				while :; do sleep 1; done" &&
		eventually ended "$(cat pid)" && rm pid
	)
'

test_expect_success 'a signal is passed on, and nothing is recorded' '
	(
		cd outside &&
		mkfifo started &&
		for number in 1 2 15
		do
			env --default-signal=INT,HUP,QUIT git-intoto run -n make \
				-k "$HOME/ed.pem" -s -- sh -c "trap \"exit 0\" $number
					sleep 60 & echo \$! >started; wait" 2>err &
			pid=$! &&
			read -r child <started &&
			kill -$number $pid &&
			test_expect_code $((128 + number)) wait $pid &&
			grep "was interrupted; nothing is recorded" err &&
			eventually ended "$child" || return 1
		done &&
		! ls make.*.link && rm started
	)
'

test_expect_success 'Ctrl-C on a terminal ends the command, nothing is recorded' '
	(
		cd outside &&
		at_terminal 130 "expect ready" "type \\x03" "expect interrupted" -- \
			git intoto run -n make -k "$HOME/ed.pem" -s -- \
			sh -c "trap \"exit 0\" INT; echo ready
				while :; do sleep 1; done" &&
		! ls make.*.link
	)
'

test_expect_success 'a command may read from the terminal' '
	(
		cd outside &&
		at_terminal 0 "expect name?" "answer Mona" -- \
			git intoto run -n make -k "$HOME/ed.pem" --run-timeout 60 \
			-s -- sh -c "echo name\?; read name; echo hello \$name" &&
		grep "hello Mona" shown &&
		in_link make.*.link "j[\"byproducts\"][\"stdout\"]" | grep "hello Mona" &&
		rm make.*.link
	)
'

test_expect_success 'wrong command lines, wrong names' '
	(
		cd outside &&
		refused 129 - git intoto run -k "$HOME/ed.pem" -- true &&
		refused 129 - git intoto run -n make -k "$HOME/ed.pem" &&
		grep "^hint: git intoto run" err &&
		refused 129 - git intoto run -n make -k "$HOME/ed.pem" word -- true &&
		refused 129 - git intoto run -n make -k x -g -- true &&
		refused 129 - git intoto run -n make --tag a --commit b -- true &&
		refused 129 - git intoto run -n make --tag a -d links -- true &&
		refused 129 - git intoto run -n make --supersede -- true &&
		refused 129 - git intoto run -n make --run-timeout soon -- true &&
		for name in a/b ../x "" . .. "$(printf "a\tb")" "$(printf "a\377")"
		do
			refused 128 - git intoto run -n "$name" -k "$HOME/ed.pem" \
				-- touch ran || return 1
		done &&
		refused 128 - git intoto run -n make -k "$HOME/ed.pem" -- touch \
			"$(printf "ran\377")" &&
		! ls ran* &&
		refused 128 - git intoto run -n make -- touch ran &&
		grep "^hint: .*--key" err &&
		refused 128 - git intoto run -n make -k nowhere -- touch ran &&
		! ls ran* ./*.link
	)
'

test_expect_success 'every kind of key, Metablock and DSSE' '
	(
		cd outside &&
		for key in "$HOME/ed.pem" "$HOME/rsa.pem" "$HOME/mona" \
			gpg:mona@example.com
		do
			git intoto run -n make -k "$key" -m src -x &&
			git intoto sign --verify -f make.*.link -k "$key" &&
			rm make.*.link || return 1
		done &&
		git intoto run -n make -k "$HOME/ed.pem" --dsse -m src -x &&
		grep payloadType make.*.link &&
		git intoto sign --verify -f make.*.link -k "$HOME/ed.pub.pem" &&
		rm make.*.link &&
		refused 128 - git intoto run -n make --gpg=mona@example.com --dsse -x
	)
'

test_expect_success 'a key in the environment is hidden from the command' '
	(
		cd outside &&
		SECRET=$(cat "$HOME/ed.pem") SECRET_PW=x \
			git intoto run -n make -k env:SECRET -p seen -- \
			sh -c "env | grep ^SECRET >seen; true" &&
		test_must_be_empty seen && rm make.*.link seen
	)
'

test_expect_success 'in a repository: its key, .git is never recorded' '
	init_project project &&
	(
		cd project &&
		git intoto run -n make -m . -x &&
		test "$(in_link make.*.link "[n for n in j[\"materials\"] if \".git/\" in n]")" = "[]" &&
		rm make.*.link &&
		git intoto run -n make -m . --exclude "*.c" -x &&
		test "$(in_link make.*.link "[n for n in j[\"materials\"] if \".git/\" in n]")" = "[]" &&
		test "$(in_link make.*.link "\"README\" in j[\"materials\"]")" = True &&
		rm make.*.link
	)
'

test_expect_success 'git: names' '
	(
		cd project &&
		git intoto run -n make -m git:commit/HEAD git:blob/HEAD:README -x &&
		test "$(in_link make.*.link "j[\"materials\"][\"git:commit/HEAD\"][\"gitCommit\"]")" = \
			"$(git rev-parse HEAD)" &&
		rm make.*.link
	)
'

test_expect_success 'a layout with steps before and after the tag' '
	(
		cd project &&
		git intoto layout add-step --by "$HOME/tess.pub" \
			--material "MATCH * WITH MATERIALS FROM tag" \
			--material "DISALLOW *" release review &&
		git intoto layout add-step --by "$HOME/mona.pub" \
			--product "DISALLOW bad" release scan &&
		git intoto layout sign --yes release
	)
'

test_expect_success '--commit: into the notes of a commit, before its tag' '
	(
		cd project &&
		git for-each-ref refs/notes >before &&
		git intoto run -n review --commit HEAD -k "$HOME/tess" \
			-m README src -x >out &&
		grep "^recorded step .review.   2 materials" out &&
		grep "^  commit $(git rev-parse HEAD | cut -c1-7)$" out &&
		commit=$(git rev-parse HEAD) &&
		git notes --ref "in-toto/links/$(echo $commit | tail -c 3)" \
			show HEAD >note &&
		json "sorted(j[\"signed\"][\"environment\"][\"git\"])" <note >actual &&
		echo "[${SQ}commit$SQ, ${SQ}layouts$SQ, ${SQ}manifestSha256$SQ,"\
" ${SQ}project$SQ, ${SQ}tree$SQ]" >expected &&
		test_cmp expected actual &&
		git intoto run -n review --commit HEAD -k "$HOME/tess" \
			-m README src -x >out &&
		grep "link was already there" out &&
		refused 1 link-contradicts git intoto run -n review --commit HEAD \
			-k "$HOME/tess" -m README -x
	)
'

test_expect_success '--commit: rules, keys, steps are judged before anything is stored' '
	(
		cd project &&
		git for-each-ref refs/notes >before &&
		refused 1 key-not-authorised git intoto run -n review \
			--commit HEAD -m README -- touch ran &&
		refused 1 step-unknown git intoto run -n deploy --commit HEAD \
			-- touch ran &&
		! test -e ran &&
		echo changed >README &&
		refused 1 rule-disallow git intoto run -n review --commit HEAD^0 \
			-k "$HOME/tess" -m README -x &&
		git checkout -q README &&
		refused 128 - git intoto run -n tag --commit HEAD -x &&
		refused 128 - git intoto run -n review --commit nowhere -x &&
		git for-each-ref refs/notes >after && test_cmp before after
	)
'

test_expect_success 'the link of the commit counts for its tag' '
	(
		cd project &&
		git intoto tag -m v1.0 v1.0 &&
		git intoto build -p "dist/*" -- make dist &&
		refused 1 - git intoto verify v1.0 &&
		grep scan err && ! grep review err
	)
'

test_expect_success '--tag: into the notes of a tag, and the tag verifies' '
	(
		cd project &&
		git intoto run -n scan --tag v1.0 -p README -- true >out &&
		grep "^  v1.0   tag .*   commit " out &&
		link_of v1.0 scan >link &&
		test "$(json "j[\"environment\"][\"git\"][\"ref\"]" <link)" = \
			refs/tags/v1.0 &&
		git intoto verify v1.0 dist/* &&
		echo bad >bad &&
		refused 1 rule-disallow git intoto run -n scan --tag v1.0 -p bad -x &&
		refused 1 link-contradicts git intoto run -n scan --tag v1.0 -x &&
		git intoto run -n scan --tag v1.0 --supersede -x &&
		git intoto verify v1.0 dist/* &&
		refused 128 - git intoto run -n scan --tag nowhere -x &&
		grep "^hint: git fetch" err
	)
'

test_expect_success '--tag: a tag whose own step does not hold is refused first' '
	(
		cd project &&
		git commit -q --allow-empty -m second &&
		git tag -s -m bare bare &&
		refused 1 tag-unlinked git intoto run -n scan --tag bare -- touch ran &&
		! test -e ran
	)
'

test_expect_success 'a link of a commit is pushed, and counts in a clone' '
	git init -q --bare server.git &&
	(
		cd project &&
		git remote add origin ../server.git &&
		git push -q origin HEAD:refs/heads/main &&
		git intoto push origin v1.0
	) &&
	git clone -q server.git clone &&
	(
		cd clone &&
		git intoto trust add "$HOME/mona.pub" &&
		git intoto fetch &&
		git intoto verify v1.0 ../project/dist/*
	)
'

test_expect_success 'a guarded server takes links of commits' '
	git init -q --bare guarded.git &&
	(cd guarded.git && git intoto hooks install --server \
		--key "$HOME/mona.pub") &&
	init_project guarded &&
	(
		cd guarded &&
		git remote add origin ../guarded.git &&
		git push -q origin HEAD:refs/heads/main &&
		git intoto layout add-step --by "$HOME/tess.pub" release review &&
		git intoto layout sign --yes release &&
		git intoto push origin &&
		git intoto run -n review --commit HEAD -k "$HOME/tess" -m README -x &&
		git intoto push origin &&
		ref=refs/notes/in-toto/links/$(git rev-parse HEAD | tail -c 3) &&
		test "$(git -C ../guarded.git rev-parse "$ref")" = \
			"$(git rev-parse "$ref")"
	)
'

test_expect_success 'mock: everything here, unsigned' '
	(
		mkdir mocked && cd mocked && echo one >one.c && mkdir .git &&
		echo ref >.git/HEAD &&
		git intoto mock -n try -- sh -c "echo said; echo new >made" >../said &&
		grep said ../said &&
		test "$(in_link try.link "sorted(j[\"products\"])")" = \
			"[${SQ}made$SQ, ${SQ}one.c$SQ]" &&
		test "$(in_link try.link "j[\"byproducts\"][\"stdout\"].strip()")" = said &&
		test "$(json "j[\"signatures\"]" <try.link)" = "[]" &&
		git intoto sign -f try.link -k "$HOME/ed.pem" &&
		git intoto sign --verify -f try.*.link -k "$HOME/ed.pub.pem" &&
		rm try.link &&
		test_expect_code 3 git intoto mock -n try -- sh -c "exit 3" &&
		! test -e try.link &&
		git intoto mock -n try --dsse -- true &&
		grep payloadType try.link &&
		refused 129 - git intoto mock -n try &&
		refused 129 - git intoto mock -- true &&
		refused 128 - git intoto mock -n a/b -- touch ran && ! test -e ran
	)
'

test_done
