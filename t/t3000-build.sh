#!/bin/sh
test_description='git intoto build: from a clean tree, judged, then recorded'
. ./test-lib.sh

remember() {
	git for-each-ref refs/notes/in-toto/links >before
}

nothing_recorded() {
	git for-each-ref refs/notes/in-toto/links >after &&
	test_cmp before after
}

test_expect_success 'setup' '
	make_ssh_key mona &&
	make_ssh_key other &&
	sign_with_ssh mona &&
	init_project project &&
	(
		cd project &&
		git intoto tag -m v1.0 v1.0 &&
		remember
	)
'

test_expect_success 'a failing command: its status, and nothing is recorded' '
	(
		cd project &&
		test_expect_code 7 git intoto build -p "dist/*" -- sh -c "exit 7" 2>err &&
		grep "^note: .*exit status 7; nothing is recorded" err &&
		nothing_recorded &&
		test_expect_code 143 git intoto build -p "dist/*" -- sh -c "kill -TERM \$\$" &&
		nothing_recorded &&
		refused 128 - git intoto build -p "dist/*" -- no-such-program-here &&
		nothing_recorded &&
		test ! -e dist
	)
'

test_expect_success 'no product matched' '
	(
		cd project &&
		refused 128 - git intoto build -p "out/*" -p "*.whl" -- make dist &&
		grep "matches .out/\*., .\*.whl." err &&
		nothing_recorded &&
		test ! -e dist
	)
'

test_expect_success 'a product that the layout does not allow: the rule, nothing recorded' '
	(
		cd project &&
		refused 1 rule-disallow git intoto build -p "dist/*" -p extra -- \
			sh -c "make dist && echo x >extra" &&
		grep "extra" err &&
		nothing_recorded &&
		test ! -e dist && test ! -e extra
	)
'

test_expect_success 'a key that the step does not name: refused before the command runs' '
	(
		cd project &&
		refused 1 key-not-authorised git intoto build --key "$HOME/other" \
			-p "dist/*" -- touch "$TMPDIR/ran" &&
		grep "step .build." err &&
		test ! -e "$TMPDIR/ran" &&
		refused 1 step-unknown git intoto build --step deploy \
			-p "dist/*" -- touch "$TMPDIR/ran" &&
		test ! -e "$TMPDIR/ran" &&
		nothing_recorded
	)
'

test_expect_success 'a tag without its link: refused before the command runs' '
	(
		cd project &&
		git commit -q --allow-empty -m second &&
		git tag -s -m bare bare &&
		refused 1 tag-unlinked git intoto build --tag bare -p "dist/*" -- \
			touch "$TMPDIR/ran" &&
		test ! -e "$TMPDIR/ran" &&
		git tag -d bare
	)
'

test_expect_success 'no tag at HEAD, several, a lightweight one' '
	(
		cd project &&
		refused 128 - git intoto build -p "dist/*" -- make dist &&
		grep "no annotated tag is at HEAD" err &&
		git tag light &&
		refused 128 - git intoto build -p "dist/*" -- make dist &&
		git tag -d light &&
		git intoto tag -m a va && git intoto tag -m b vb &&
		refused 128 - git intoto build -p "dist/*" -- make dist &&
		grep ".va., .vb." err &&
		grep "^hint: git intoto build --tag va" err &&
		refused 128 - git intoto build --tag nowhere -p "dist/*" -- make dist &&
		git reset -q --hard HEAD^
	)
'

test_expect_success 'a build from a clean tree, recorded and copied out' '
	(
		cd project &&
		echo changed >README && echo untracked >junk &&
		remember &&
		git intoto build -p "dist/*" -- sh -c "make dist && ls -A >../seen" >out 2>err &&
		grep "^built v1.0 .*2 products" out &&
		grep "^  dist/foo-1.0.tar$" out &&
		test_must_be_empty err &&
		tar -xOf dist/foo-1.0.tar README >actual &&
		git show v1.0:README >expected && test_cmp expected actual &&
		test "$(cat README)" = changed &&
		git checkout -q README && rm -f junk actual expected
	)
'

test_expect_success 'the link says what was built, from what, how' '
	(
		cd project &&
		link_of v1.0 build >link &&
		link_of v1.0 tag >tag &&
		json "j[\"materials\"]" <link >actual &&
		json "j[\"materials\"]" <tag >expected && test_cmp expected actual &&
		test "$(json "sorted(j[\"products\"])" <link)" = \
			"[$SQ""dist/foo-1.0.tar$SQ, $SQ""dist/main.txt$SQ]" &&
		test $(json "j[\"products\"][\"dist/main.txt\"][\"sha256\"]" <link) = \
			$(sha256sum <dist/main.txt | cut -d" " -f1) &&
		test "$(json "j[\"byproducts\"]" <link)" = "{${SQ}return-value$SQ: 0}" &&
		test "$(json "j[\"command\"][0]" <link)" = sh &&
		test $(json "j[\"environment\"][\"git\"][\"env\"][\"SOURCE_DATE_EPOCH\"]" <link) = \
			$(git log -1 --format=%ct v1.0) &&
		test "$(json "sorted(j[\"environment\"][\"git\"][\"env\"])" <link)" = \
			"[${SQ}LC_ALL$SQ, ${SQ}SOURCE_DATE_EPOCH$SQ, ${SQ}TZ$SQ, ${SQ}umask$SQ]" &&
		test "$(json "\"filtered\" in j[\"environment\"][\"git\"]" <link)" = False &&
		git intoto verify v1.0 dist/*
	)
'

test_expect_success 'the same build again adds nothing' '
	(
		cd project &&
		remember &&
		git intoto build -p "dist/*" -- sh -c "make dist && ls -A >../seen" 2>err >out ||
			grep "link-contradicts" err &&
		git intoto show v1.0 >shown
	)
'

test_expect_success 'a link that contradicts: refused, and --supersede' '
	(
		cd project &&
		remember &&
		refused 1 link-contradicts git intoto build -p "dist/*" -- \
			sh -c "mkdir dist && echo other >dist/main.txt" &&
		grep "^hint: .*--supersede" err &&
		nothing_recorded &&
		git show v1.0:src/main.c >expected && test_cmp expected dist/main.txt &&
		git intoto build --supersede -p "dist/*" -- \
			sh -c "mkdir dist && echo other >dist/main.txt" &&
		echo other >expected && test_cmp expected dist/main.txt &&
		git intoto verify v1.0 dist/main.txt &&
		refused 1 - git intoto verify v1.0 dist/foo-1.0.tar
	)
'

test_expect_success 'the environment: time, locale, umask, no repository around it' '
	init_project room &&
	(
		cd room &&
		echo "room -- tree" >README && git commit -q -a -m readme &&
		git intoto tag -m v1 v1 &&
		cat >"$TMPDIR/look" <<-\EOF &&
		#!/bin/sh
		mkdir dist
		{
			echo "SOURCE_DATE_EPOCH=$SOURCE_DATE_EPOCH LC_ALL=$LC_ALL TZ=$TZ"
			umask
			env | grep "^GIT_DIR=\|^GIT_INDEX_FILE=\|^LINK_KEY" || echo none
			git describe
			git remote | wc -l
			git status --porcelain --untracked-files=no
			git rev-parse --is-inside-work-tree
			git tag -l
			cat
		} >dist/seen
		git config user.name Mallory && git tag injected
		EOF
		chmod +x "$TMPDIR/look" &&
		echo input | LC_ALL=C TZ=Pacific/Apia GIT_DIR=$PWD/.git \
			git intoto build -p "dist/*" -- "$TMPDIR/look" &&
		cat >expected <<-EOF &&
		SOURCE_DATE_EPOCH=$(git log -1 --format=%ct) LC_ALL=C.UTF-8 TZ=UTC
		0022
		none
		v1
		0
		true
		v1
		input
		EOF
		test_cmp expected dist/seen &&
		test_must_fail git rev-parse -q --verify refs/tags/injected &&
		test "$(git config user.name)" = "Mona Maintainer"
	)
'

test_expect_success '--env keep leaves time, locale and umask alone' '
	(
		cd room &&
		git commit -q --allow-empty -m 2 && git intoto tag -m v2 v2 &&
		(
			umask 077 &&
			TZ=Pacific/Apia git intoto build --env keep -p "dist/*" -- \
				sh -c "mkdir dist && echo \$TZ \$(umask) \$SOURCE_DATE_EPOCH >dist/seen"
		) &&
		echo "Pacific/Apia 0077 " | sed "s/ $//" >expected &&
		sed "s/ *$//" dist/seen >actual &&
		test_cmp expected actual &&
		test "$(link_of v2 build | json "j[\"environment\"][\"git\"].get(\"env\", {})")" = "{}"
	)
'

test_expect_success 'a key from the environment is kept from the command' '
	make_pem_key pem &&
	(
		cd room &&
		git intoto layout add-key release "$HOME/pem.pub.pem" --step build &&
		git intoto layout sign release --key "$HOME/mona" &&
		git commit -q --allow-empty -m 3 && git intoto tag -m v3 v3 &&
		LINK_KEY=$(cat "$HOME/pem.pem") LINK_KEY_PW=secret \
			git intoto build --key env:LINK_KEY -p "dist/*" -- \
			sh -c "mkdir dist && env | grep LINK_KEY >dist/seen; true" &&
		test_must_be_empty dist/seen &&
		git intoto verify v3 dist/seen
	)
'

test_expect_success 'hooks of the user do not run in the tree of a build' '
	(
		cd room &&
		mkdir -p "$HOME/hooks" &&
		printf "#!/bin/sh\ntouch \"%s/hook-ran\"\n" "$TMPDIR" >"$HOME/hooks/post-checkout" &&
		chmod +x "$HOME/hooks/post-checkout" &&
		git config --global core.hooksPath "$HOME/hooks" &&
		git commit -q --allow-empty -m 4 && git intoto tag -m v4 v4 &&
		git intoto build -p "dist/*" -- make dist &&
		git config --global --unset core.hooksPath &&
		test ! -e "$TMPDIR/hook-ran"
	)
'

test_expect_success 'several patterns after one -p; --products; --out' '
	(
		cd room &&
		git commit -q --allow-empty -m 5 && git intoto tag -m v5 v5 &&
		git intoto build --out "../out dir/deep" -p "dist/*.tar" "dist/*.txt" -- make dist >out &&
		grep "2 products" out &&
		test -f "../out dir/deep/dist/foo-1.0.tar" &&
		test -f "../out dir/deep/dist/main.txt" &&
		git intoto verify v5 "../out dir/deep/dist/main.txt"
	)
'

test_expect_success 'permissions come along, cut by the umask' '
	(
		cd room &&
		git commit -q --allow-empty -m 6 && git intoto tag -m v6 v6 &&
		git intoto build -p "dist/*" -- \
			sh -c "mkdir dist && echo x >dist/run && chmod 755 dist/run && echo y >dist/data" &&
		test -x dist/run && test ! -x dist/data
	)
'

test_expect_success 'odd names of products' '
	(
		cd room &&
		git commit -q --allow-empty -m 7 && git intoto tag -m v7 v7 &&
		git intoto build -p "dist/*" -- \
			sh -c "mkdir -p \"dist/a b\" && echo x >\"dist/a b/-q\"; printf y >\"dist/new
line\"" >out &&
		! grep "^line" out &&
		test -f "dist/a b/-q" &&
		git intoto verify v7 "dist/a b/-q" "dist/new
line"
	)
'

test_expect_success 'a symbolic link, a pipe, a name that is no UTF-8: refused' '
	(
		cd room &&
		git commit -q --allow-empty -m 8 && git intoto tag -m v8 v8 &&
		remember &&
		refused 128 - git intoto build -p "dist/*" -- \
			sh -c "mkdir dist && ln -s /etc/passwd dist/passwd" &&
		grep "dist/passwd. is a symbolic link" err &&
		refused 128 - git intoto build -p "dist/*" -- \
			sh -c "mkdir dist && mkfifo dist/pipe" &&
		refused 128 - git intoto build -p "dist/*" -- \
			sh -c "mkdir dist && touch dist/\$(printf \"caf\\351\")" &&
		grep "no UTF-8" err &&
		nothing_recorded
	)
'

test_expect_success 'a folder that is a symbolic link: neither followed nor written through' '
	(
		cd room &&
		remember &&
		mkdir "$TMPDIR/elsewhere" && echo x >"$TMPDIR/elsewhere/file" &&
		refused 128 - git intoto build -p "dist/*" -- \
			sh -c "ln -s \"$TMPDIR/elsewhere\" dist" &&
		rm -rf dist && ln -s "$TMPDIR/elsewhere" dist &&
		refused 128 - git intoto build -p "dist/*" -- make dist &&
		grep "symbolic link" err &&
		nothing_recorded &&
		test "$(ls "$TMPDIR/elsewhere")" = file &&
		rm dist
	)
'

test_expect_success 'files of the tag that match stay as they are here' '
	(
		cd room &&
		git intoto layout set release --expires 2y &&
		git intoto layout sign release --key "$HOME/mona" &&
		echo mine >README &&
		git intoto build --supersede -p "dist/*" -- \
			sh -c "mkdir dist && cp README dist/README" &&
		test "$(cat README)" = mine &&
		git checkout -q README
	)
'

test_expect_success '--record-streams: shown, and recorded as UTF-8' '
	(
		cd room &&
		git commit -q --allow-empty -m 9 && git intoto tag -m v9 v9 &&
		git intoto build --record-streams -p "dist/*" -- \
			sh -c "mkdir dist && echo x >dist/x && printf \"out\\351\\n\" && echo err >&2" >out 2>err &&
		grep "^out" out && grep "^err$" err &&
		link_of v9 build >link &&
		test "$(json "ascii(j[\"byproducts\"][\"stdout\"])" <link)" = "${SQ}out\\ufffd\\n$SQ" &&
		test "$(json "ascii(j[\"byproducts\"][\"stderr\"])" <link)" = "${SQ}err\\n$SQ" &&
		git intoto verify v9 dist/x
	)
'

test_expect_success '--keep keeps the tree and names it' '
	(
		cd room &&
		git commit -q --allow-empty -m 10 && git intoto tag -m v10 v10 &&
		git intoto build --keep -p "dist/*" -- make dist 2>err &&
		kept=$(sed -n "s/^note: .*kept in .\(.*\).$/\1/p" err) &&
		test -f "$kept/dist/foo-1.0.tar" &&
		rm -rf "$(dirname "$kept")"
	)
'

test_expect_success 'a filter that changes files: refused, or allowed and listed' '
	init_project filter &&
	(
		cd filter &&
		echo "README eol=crlf" >.gitattributes &&
		git add . && git commit -q -m crlf && git intoto tag -m v1 v1 &&
		remember &&
		refused 1 build-filtered git intoto build -p "dist/*" -- make dist &&
		grep README err &&
		nothing_recorded &&
		git intoto build --allow-filters -p "dist/*" -- make dist &&
		link_of v1 build >link &&
		test "$(json "j[\"environment\"][\"git\"][\"filtered\"]" <link)" = "[${SQ}README$SQ]" &&
		test $(json "j[\"materials\"][\"README\"][\"sha256\"]" <link) = \
			$(git cat-file blob v1:README | sha256sum | cut -d" " -f1) &&
		git intoto verify v1 dist/main.txt
	)
'

test_expect_success 'a missing blob is found before the command runs' '
	cp -R filter lacking &&
	(
		cd lacking &&
		blob=$(git rev-parse v1:src/main.c) &&
		rm -f .git/objects/$(echo $blob | sed "s|^..|&/|") &&
		refused 128 - git intoto build -p "dist/*" -- touch "$TMPDIR/ran" &&
		grep "src/main.c" err &&
		test ! -e "$TMPDIR/ran"
	)
'

test_expect_success 'a bare repository, a linked worktree, a subfolder' '
	git clone -q --bare project project.git &&
	git -C project.git fetch -q ../project "refs/notes/in-toto/*:refs/notes/in-toto/*" &&
	(
		cd project.git &&
		git symbolic-ref HEAD refs/heads/main &&
		git intoto build --supersede --out ../from-bare -p "dist/*" -- make dist 2>err &&
		grep "^warning: .*layout not checked: no trust configured" err &&
		test -f ../from-bare/dist/main.txt
	) &&
	git -C project worktree add -q ../tree v1.0 &&
	(
		cd tree/src &&
		git intoto build --supersede -p "dist/*" -- make dist &&
		test -f dist/main.txt
	)
'

test_expect_success 'a submodule: listed as it is tagged; --recurse-submodules' '
	make_project sub &&
	init_project super &&
	(
		cd super &&
		git -c protocol.file.allow=always submodule --quiet add ../sub sub &&
		git commit -q -m sub && git intoto tag -m v1 v1 2>err &&
		git intoto build -p "dist/*" -- make dist &&
		test $(link_of v1 build | json "j[\"materials\"][\"sub\"][\"gitCommit\"]") = \
			$(git rev-parse v1:sub) &&
		git commit -q --allow-empty -m 2 && git intoto tag -m v2 v2 &&
		git -c protocol.file.allow=always intoto build --recurse-submodules \
			-p "dist/*" -- sh -c "mkdir dist && cp sub/README dist/README" &&
		test_cmp ../sub/README dist/README &&
		git intoto verify v2 dist/README
	)
'

test_expect_success 'a killed build leaves a folder that the next one removes' '
	(
		cd room &&
		git commit -q --allow-empty -m 11 && git intoto tag -m v11 v11 &&
		test_expect_code 137 git-intoto build -p "dist/*" -- sh -c "kill -9 \$PPID" &&
		find "$TMPDIR" -maxdepth 1 -name "git-intoto-build-*" >left &&
		test -s left &&
		git intoto build -p "dist/*" -- make dist &&
		find "$TMPDIR" -maxdepth 1 -name "git-intoto-*" >left &&
		test_must_be_empty left
	)
'

test_expect_success 'an interrupt ends the command, and leaves nothing behind' '
	(
		cd room &&
		remember &&
		at_terminal 130 "expect it runs" "type \x03" -- \
			git-intoto build --tag v11 --supersede -p "dist/*" -- \
			sh -c "echo it runs; sleep 60" &&
		grep "was interrupted; nothing is recorded" shown &&
		nothing_recorded &&
		find "$TMPDIR" -maxdepth 1 -name "git-intoto-*" >left &&
		test_must_be_empty left
	)
'

test_expect_success 'products that cannot be written: nothing is recorded' '
	(
		cd room &&
		git commit -q --allow-empty -m 12 && git intoto tag -m v12 v12 &&
		remember &&
		rm -rf dist && mkdir -p dist/main.txt/in-the-way &&
		refused 128 - git intoto build -p "dist/*" -- make dist &&
		grep "dist/main.txt" err &&
		nothing_recorded &&
		rm -rf dist &&
		git intoto build -p "dist/*" -- make dist
	)
'

test_expect_success '--dsse' '
	(
		cd room &&
		git commit -q --allow-empty -m 13 && git intoto tag -m v13 v13 &&
		git intoto build --dsse -p "dist/*" -- make dist &&
		note_of v13 | grep payloadType &&
		git intoto verify v13 dist/main.txt
	)
'

test_expect_success 'the command that publishes names the notes ref alone' '
	git init -q --bare server.git &&
	(
		cd room &&
		git remote add origin ../server.git &&
		git commit -q --allow-empty -m 14 && git intoto tag -m v14 v14 &&
		git push -q origin main &&
		git intoto build -p "dist/*" -- make dist >out &&
		shard=$(git rev-parse v14 | tail -c 3) &&
		grep "git push --atomic origin refs/notes/in-toto/layouts/release refs/notes/in-toto/links/$shard$" out
	)
'

test_done
