#!/bin/sh
test_description='git intoto verify, show, log, export: what is proven, and what is not'
. ./test-lib.sh

# craft NAME <OBJECT: a tag ref to a raw object, as an attacker makes it.
craft() {
	crafted=$(git hash-object -t tag -w --literally --stdin) &&
	git update-ref "refs/tags/$1" "$crafted"
}

test_expect_success 'setup' '
	make_ssh_key mona &&
	make_ssh_key other &&
	sign_with_ssh mona &&
	init_project project &&
	(
		cd project &&
		git intoto tag -m v1.0 v1.0 &&
		git intoto build -p "dist/*" -- make dist
	)
'

test_expect_success 'the table' '
	(
		cd project &&
		git intoto verify v1.0 dist/foo-1.0.tar >out 2>err &&
		test_must_be_empty err &&
		id=$(git intoto key show | sed -n "2,/keyid/s/^keyid \(........\).*/\1/p") &&
		sed -e "s/tag [0-9a-f]\{7\}/tag TAG/" -e "s/commit [0-9a-f]\{7\}/commit COMMIT/" \
			-e "s/$id/KEYKEYKE/" -e "s/(.*)/(ID)/" <out >actual &&
		cat >expected <<-\EOF &&
		v1.0   tag TAG   commit COMMIT
		layout release, version 1, expires in 364 days, signed by 1 of 1 owners
		  step    by                            evidence
		  tag     ed25519 KEYKEYKE              tag signature, link, 4 of 4 paths equal the tree
		  build   ed25519 KEYKEYKE              1 of 1 links, 4 rules
		  file                     from
		  dist/foo-1.0.tar         build (ID)
		accepted: 1 file comes from v1.0, by the people and steps of layout ${SQ}release${SQ}
		EOF
		sed -i "s/\${SQ}/$SQ/g" expected &&
		sed "s/  *KEYKEYKE/ KEYKEYKE/; s/36[0-9] days/364 days/" actual >shown &&
		sed "s/  *KEYKEYKE/ KEYKEYKE/" expected >wanted &&
		test_cmp wanted shown
	)
'

test_expect_success 'several files; a full refname; from a subfolder; by other paths' '
	(
		cd project &&
		git intoto verify refs/tags/v1.0 dist/* >out &&
		tail -n 1 out | grep "^accepted: 2 files come from v1.0" &&
		cp dist/main.txt . &&
		git intoto verify v1.0 ./main.txt &&
		rm main.txt &&
		cd src &&
		git intoto verify v1.0 .././dist//foo-1.0.tar
	)
'

test_expect_success 'without files: the last line says so' '
	(
		cd project &&
		git intoto verify v1.0 >out &&
		tail -n 1 out | grep "^accepted: .*no file was compared$"
	)
'

test_expect_success '--json: one object, and the exit status' '
	(
		cd project &&
		git intoto verify --json v1.0 dist/main.txt >out &&
		test "$(json "j[\"verdict\"]" <out)" = accepted &&
		test "$(json "j[\"ref\"]" <out)" = refs/tags/v1.0 &&
		test "$(json "j[\"tag\"]" <out)" = $(git rev-parse v1.0) &&
		test "$(json "j[\"layouts\"][0][\"name\"], j[\"layouts\"][0][\"holds\"]" <out)" = \
			"(${SQ}release$SQ, True)" &&
		test "$(json "[s[\"name\"] for s in j[\"layouts\"][0][\"steps\"]]" <out)" = \
			"[${SQ}tag$SQ, ${SQ}build$SQ]" &&
		test "$(json "j[\"files\"][0][\"product\"]" <out)" = dist/main.txt &&
		test "$(json "j[\"reasons\"]" <out)" = "[]" &&
		echo x >"$TMPDIR/main.txt" &&
		test_expect_code 1 git intoto verify --json v1.0 "$TMPDIR/main.txt" >out 2>err &&
		grep "^error: .*\[.*\]$" err &&
		test "$(json "j[\"verdict\"], len(j[\"reasons\"])" <out)" = "(${SQ}rejected$SQ, 1)" &&
		json "j[\"reasons\"][0][\"code\"]" <out &&
		test_expect_code 128 git intoto verify --json nowhere >out 2>err &&
		test "$(json "j[\"verdict\"]" <out)" = unknown
	)
'

test_expect_success 'a file replaced, truncated, renamed, empty' '
	(
		cd project &&
		mkdir -p "$TMPDIR/dist" &&
		echo evil >"$TMPDIR/dist/foo-1.0.tar" &&
		refused 1 file-changed git intoto verify v1.0 "$TMPDIR/dist/foo-1.0.tar" &&
		tail -n 1 out | grep "^rejected: 1 reasons$" &&
		head -c 100 dist/foo-1.0.tar >"$TMPDIR/dist/foo-1.0.tar" &&
		refused 1 file-changed git intoto verify v1.0 "$TMPDIR/dist/foo-1.0.tar" &&
		>"$TMPDIR/dist/foo-1.0.tar" &&
		refused 1 file-changed git intoto verify v1.0 "$TMPDIR/dist/foo-1.0.tar" &&
		cp dist/main.txt "$TMPDIR/renamed.txt" &&
		refused 1 - git intoto verify v1.0 "$TMPDIR/renamed.txt" &&
		grep "main.txt" err &&
		git intoto verify --as dist/main.txt v1.0 "$TMPDIR/renamed.txt" &&
		refused 1 - git intoto verify --as dist/foo-1.0.tar v1.0 "$TMPDIR/renamed.txt" &&
		refused 1 - git intoto verify v1.0 README
	)
'

test_expect_success 'every failing file is named, not only the first' '
	(
		cd project &&
		mkdir -p "$TMPDIR/bad" &&
		echo a >"$TMPDIR/bad/main.txt" && echo b >"$TMPDIR/bad/foo-1.0.tar" &&
		refused 1 - git intoto verify v1.0 "$TMPDIR/bad/main.txt" dist/main.txt \
			"$TMPDIR/bad/foo-1.0.tar" &&
		test $(grep -c "^error: " err) = 2 &&
		tail -n 1 out | grep "^rejected: 2 reasons$"
	)
'

test_expect_success 'a file that is not there, a folder: 128' '
	(
		cd project &&
		refused 128 - git intoto verify v1.0 dist/nowhere &&
		refused 128 - git intoto verify v1.0 dist
	)
'

test_expect_success 'no such tag: 128 and how to fetch it' '
	(
		cd project &&
		refused 128 - git intoto verify v9 &&
		grep "no tag .v9." err &&
		grep "^hint: git fetch" err
	)
'

test_expect_success 'no trust configured: 128 and how to' '
	git clone -q project clone &&
	(
		cd clone &&
		refused 128 - git intoto verify v1.0 &&
		grep "^hint: .*git intoto trust add" err
	)
'

test_expect_success 'what a user types: clone, trust add, verify' '
	(
		cd clone &&
		git intoto trust add "$HOME/mona.pub" &&
		git intoto verify v1.0 ../project/dist/main.txt
	)
'

test_expect_success 'neither layout nor links here: git fetch is named' '
	git clone -q project unfetched &&
	(
		cd unfetched &&
		git intoto trust add --no-fetch "$HOME/mona.pub" &&
		refused 128 - git intoto verify v1.0 &&
		grep "^hint: .*git fetch" err
	)
'

test_expect_success '--key: for this call, stores nothing and says so' '
	git clone -q project bykey &&
	(
		cd bykey &&
		git fetch -q origin "+refs/notes/in-toto/*:refs/in-toto-remotes/origin/*" &&
		git intoto verify --key "$HOME/mona.pub" v1.0 2>err &&
		grep "^note: .*nothing is stored" err &&
		refused 128 - git intoto verify v1.0 &&
		refused 1 layout-threshold git intoto verify --key "$HOME/other.pub" v1.0 &&
		refused 1 layout-threshold git intoto verify --key "$HOME/mona.pub" \
			--key "$HOME/other.pub" v1.0 &&
		refused 128 - git intoto verify --key "$HOME/nobody.pub" v1.0
	)
'

test_expect_success 'a layout of another owner' '
	git clone -q project distrust &&
	(
		cd distrust &&
		git intoto trust add "$HOME/other.pub" &&
		refused 1 layout-threshold git intoto verify v1.0
	)
'

test_expect_success '--at judges expiry as of a date, and says so first' '
	(
		cd project &&
		refused 1 layout-expired git intoto verify --at 2y v1.0 &&
		head -n 1 out | grep "^judged as of 20" &&
		git intoto verify --at 30d v1.0 >out &&
		head -n 1 out | grep "^judged as of 20" &&
		refused 1 layout-expired git intoto verify --at 2200-01-01 v1.0 dist/main.txt
	)
'

test_expect_success 'a layout about to expire: a hint to renew' '
	make_project soon &&
	(
		cd soon &&
		git intoto init --yes --expires 10d &&
		git intoto tag -m v1 v1 2>err &&
		grep "^warning: layout .release. expires in [0-9]* days: git intoto layout renew release" err
	)
'

test_expect_success 'an unsigned and a lightweight tag' '
	(
		cd project &&
		git tag light &&
		refused 1 tag-lightweight git intoto verify light &&
		grep "^light   commit $(git rev-parse light | cut -c 1-7)$" out &&
		git tag -a -m unsigned unsigned &&
		refused 1 tag-unsigned git intoto verify unsigned
	)
'

test_expect_success 'a lightweight tag whose remote has the object: how to mend it' '
	git clone -q project mend &&
	(
		cd mend &&
		git intoto trust add "$HOME/mona.pub" &&
		git update-ref refs/tags/v1.0 v1.0^{commit} &&
		refused 1 tag-lightweight git intoto verify v1.0 &&
		grep "^hint: git fetch --force origin refs/tags/v1.0:refs/tags/v1.0" err
	)
'

test_expect_success 'a signed tag without a link' '
	(
		cd project &&
		git tag -s -m unlinked unlinked &&
		refused 1 tag-unlinked git intoto verify unlinked &&
		grep "^hint: .*git intoto tag --existing unlinked$" err
	)
'

test_expect_success 'a tag under another name, a nested one, a moved one' '
	(
		cd project &&
		git update-ref refs/tags/v2.0 refs/tags/v1.0 &&
		refused 1 tag-renamed git intoto verify v2.0 &&
		git tag -s -m nested nested v1.0 2>/dev/null &&
		refused 1 tag-nested git intoto verify nested &&
		git commit -q --allow-empty -m later &&
		git tag -s -m v3 v3 &&
		old=$(git rev-parse refs/tags/v3) &&
		git intoto tag --existing v3 &&
		git tag -s -f -m "v3 again" v3 HEAD^ &&
		refused 1 - git intoto verify v3 &&
		git update-ref refs/tags/v3 $old
	)
'

test_expect_success 'a tag with two signatures, bytes after it, NUL, odd headers' '
	(
		cd project &&
		git cat-file tag v1.0 >tag &&
		{ cat tag && sed -n "/BEGIN SSH/,\$p" tag; } | craft two &&
		refused 1 tag-two-signatures git intoto verify two &&
		{ cat tag && echo after; } | craft after &&
		refused 1 tag-trailing-bytes git intoto verify after &&
		sed "s/^v1.0$/v1\\x000/" tag | craft nul &&
		refused 1 tag-malformed git intoto verify nul &&
		sed "s/^tagger /extra header\\ntagger /" tag | craft header &&
		refused 1 tag-malformed git intoto verify header &&
		sed "s/^tag v1.0/tag v1.0\\ntag v1.0/" tag | craft twice &&
		refused 1 tag-malformed git intoto verify twice &&
		rm -f tag
	)
'

test_expect_success 'a tag by somebody whom the tag step does not name' '
	(
		cd project &&
		git -c user.signingKey="$HOME/other.pub" tag -s -m foreign foreign &&
		refused 1 tag-signer git intoto verify foreign &&
		grep "SHA256:" err
	)
'

test_expect_success 'a tag object whose signature does not hold' '
	(
		cd project &&
		git cat-file tag v1.0 | sed "s/^v1.0$/v1.O/" | craft v1.0-forged &&
		git cat-file tag v1.0-forged | sed "s/^tag v1.0$/tag forged/" | craft forged &&
		refused 1 signature-bad git intoto verify forged
	)
'

test_expect_success 'a link of another tag under this one' '
	(
		cd project &&
		git intoto tag -m victim victim &&
		git intoto tag -m donor donor &&
		tag=$(git rev-parse victim) &&
		shard=refs/notes/in-toto/links/$(echo $tag | tail -c 3) &&
		line=$(note_of donor) &&
		git -c core.notesRef=$shard notes remove $tag &&
		git -c core.notesRef=$shard notes add -m "$line" $tag &&
		refused 1 tag-unlinked git intoto verify victim &&
		grep "donor" err
	)
'

test_expect_success 'malformed lines of a note are warnings, and never counted' '
	(
		cd project &&
		tag=$(git rev-parse v1.0) &&
		shard=refs/notes/in-toto/links/$(echo $tag | tail -c 3) &&
		cp -R . ../malformed && cd ../malformed &&
		for line in "not json" "{\"a\":1,\"a\":2}" "{\"signed\":{}}" "{\"x\":1.5}" \
			"$(printf "{\"a\":\"\\351\"}")"; do
			git -c core.notesRef=$shard notes append -m "$line" $tag || return 1
		done &&
		git intoto verify v1.0 dist/main.txt >out 2>err &&
		grep "^warning: " err &&
		grep "^accepted: " out &&
		git intoto show v1.0 >out &&
		grep "^malformed " out
	)
'

test_expect_success 'escape sequences in a note are shown escaped' '
	(
		cd malformed &&
		tag=$(git rev-parse v1.0) &&
		shard=refs/notes/in-toto/links/$(echo $tag | tail -c 3) &&
		git -c core.notesRef=$shard notes append \
			-m "{\"signatures\":[],\"signed\":{\"_type\":\"link\",\"name\":\"a\\u001b[31m\"}}" $tag &&
		git intoto show v1.0 >out 2>err &&
		git intoto verify v1.0 >>out 2>>err &&
		git intoto show --json v1.0 >>out &&
		! grep "$(printf "\033")" out err
	)
'

test_expect_success 'refs/replace is ignored, with a warning' '
	cp -R project replaced &&
	(
		cd replaced &&
		blob=$(echo evil | git hash-object -w --stdin) &&
		git replace $(git rev-parse v1.0:README) $blob &&
		git intoto verify v1.0 dist/main.txt 2>err &&
		grep "^warning: .*refs/replace" err
	)
'

test_expect_success 'a missing blob and a corrupt object: 128' '
	cp -R project lacking &&
	(
		cd lacking &&
		blob=.git/objects/$(git rev-parse v1.0:README | sed "s|^..|&/|") &&
		mv $blob keep &&
		refused 128 - git intoto verify v1.0 &&
		grep README err &&
		cp .git/objects/$(git rev-parse v1.0:Makefile | sed "s|^..|&/|") $blob &&
		refused 128 - git intoto verify v1.0 &&
		grep README err
	)
'

test_expect_success 'a shallow clone works while the tag is there' '
	git clone -q --depth 1 --branch v1.0 "file://$PWD/project" shallow &&
	(
		cd shallow &&
		git intoto trust add "$HOME/mona.pub" &&
		git intoto verify v1.0 ../project/dist/main.txt
	)
'

test_expect_success 'a bare repository' '
	git clone -q --bare project bare.git &&
	(
		cd bare.git &&
		git fetch -q origin "+refs/notes/in-toto/*:refs/notes/in-toto/*" &&
		git intoto trust add --no-fetch "$HOME/mona.pub" &&
		git intoto verify v1.0 ../project/dist/main.txt
	)
'

test_expect_success 'no gpg and no ssh-keygen in PATH, no agent, an empty HOME' '
	mkdir tools empty &&
	for tool in git sh; do
		ln -s "$(command -v $tool)" tools/$tool || return 1
	done &&
	ln -s "$intoto_program" tools/git-intoto &&
	(
		cd clone &&
		env -i PATH="$PWD/../tools" HOME="$PWD/../empty" \
			${ASAN_OPTIONS:+ASAN_OPTIONS=$ASAN_OPTIONS} \
			git intoto verify v1.0 ../project/dist/main.txt
	)
'

test_expect_success 'a damaged trust file: 128' '
	cp -R clone damaged &&
	(
		cd damaged &&
		file=$(grep -lr "threshold" .git/intoto | head -n 1) &&
		echo "{" >"$file" &&
		refused 128 - git intoto verify v1.0
	)
'

test_expect_success 'two products that end in the given name: asks for the longer path' '
	(
		cd project &&
		git checkout -q -B ambiguous v1.0 &&
		git commit -q --allow-empty -m ambiguous && git intoto tag -m amb amb &&
		git intoto build -p "dist/*" -- \
			sh -c "mkdir -p dist/a dist/b && echo x >dist/a/f && echo x >dist/b/f" &&
		git intoto verify amb dist/a/f dist/b/f &&
		cp dist/a/f . &&
		refused 1 file-ambiguous git intoto verify amb f &&
		grep "dist/a/f" err && grep "dist/b/f" err &&
		git intoto verify --as dist/b/f amb f &&
		rm f
	)
'

test_expect_success 'inspections need --inspect or --no-inspect' '
	init_project inspected &&
	(
		cd inspected &&
		git intoto layout add-inspection release untar --run "cat dist/main.txt" \
			--product "ALLOW *" &&
		git intoto layout sign release --key "$HOME/mona" &&
		git intoto tag -m v1 v1 && git intoto build -p "dist/*" -- make dist &&
		refused 128 - git intoto verify v1 dist/main.txt &&
		grep -e "--inspect" err && grep -e "--no-inspect" err &&
		git intoto verify --no-inspect v1 dist/main.txt &&
		git intoto verify --inspect v1 dist/main.txt &&
		git status --porcelain >status && ! grep "\.link" status
	)
'

test_expect_success 'log: every state, and old tags are no failures' '
	make_project log &&
	(
		cd log &&
		git tag -a -m ancient ancient && git tag lightweight &&
		git tag -s -m signed signed &&
		git intoto init --yes &&
		git intoto tag -m tagged tagged &&
		git intoto tag -m complete complete &&
		git intoto build --tag complete -p "dist/*" -- make dist &&
		git intoto log >out 2>err &&
		test_must_be_empty err &&
		grep "^ancient  *unsigned$" out &&
		grep "^lightweight  *unsigned$" out &&
		grep "^signed  *signed$" out &&
		grep "^tagged  *tagged$" out &&
		grep "^complete  *complete$" out &&
		git intoto log "c*" >out &&
		test $(wc -l <out) = 1 &&
		git intoto log --json >out &&
		test "$(json "sorted(set(t[\"state\"] for t in j[\"tags\"]))" <out)" = \
			"[${SQ}complete$SQ, ${SQ}signed$SQ, ${SQ}tagged$SQ, ${SQ}unsigned$SQ]"
	)
'

test_expect_success 'log: built, where the threshold is not met yet' '
	(
		cd log &&
		git intoto layout add-key release "$HOME/other.pub" --step build --threshold 2 &&
		git intoto layout sign release --no-seal --key "$HOME/mona" &&
		git intoto log complete >out &&
		grep "^complete  *built" out
	)
'

test_expect_success 'log: what the remote lacks' '
	git init -q --bare log.git &&
	(
		cd log &&
		git remote add origin ../log.git &&
		git intoto log >out &&
		grep "^complete .*origin lacks 2 lines" out &&
		grep "^origin lacks layout release" out &&
		git push -q origin "refs/notes/in-toto/*:refs/notes/in-toto/*" "refs/tags/*:refs/tags/*" &&
		git fetch -q origin "+refs/notes/in-toto/*:refs/in-toto-remotes/origin/*" &&
		git intoto log >out &&
		! grep lacks out
	)
'

test_expect_success 'log without trust and without tags' '
	git clone -q log untrusted &&
	(
		cd untrusted &&
		git intoto log >out && grep "^tagged " out
	) &&
	git init -q nothing &&
	git -C nothing intoto log >out &&
	test_must_be_empty out
'

test_expect_success 'show: what is recorded for a tag' '
	(
		cd project &&
		git intoto show v1.0 >out &&
		grep "^v1.0   tag " out &&
		grep "^tagger Mona Maintainer <mona@example.com>, 20" out &&
		grep "^signature ssh SHA256:.*, of a key of the tag step" out &&
		grep "^link .tag. by ed25519 [0-9a-f]*, bound by name" out &&
		grep "^link .build. by ed25519 [0-9a-f]*, bound by name" out &&
		grep "command  make dist" out &&
		grep "product  dist/main.txt  sha256 [0-9a-f]\{64\}" out &&
		git intoto show --json v1.0 >out &&
		test "$(json "[l[\"step\"] for l in j[\"lines\"]]" <out | tr -d "[]$SQ," | tr " " "\n" | sort | xargs)" = "build tag" &&
		refused 1 tag-lightweight git intoto show light &&
		refused 128 - git intoto show nowhere
	)
'

test_expect_success 'show: links of nobody known are shown as what they are' '
	(
		cd clone &&
		git intoto trust remove "$HOME/mona.pub" 2>/dev/null;
		git intoto show v1.0 >out &&
		git intoto show unlinked >out 2>err || true
	)
'

test_expect_success 'export: what stock in-toto-verify takes' '
	(
		cd project &&
		git checkout -q v1.0 && rm -rf dist &&
		git intoto build --tag v1.0 --supersede -p "dist/*" -- make dist &&
		git intoto export v1.0 ../exported >out &&
		ls ../exported >names &&
		id=$(git intoto key show | sed -n "s/^keyid \(........\).*/\1/p" | head -n 1) &&
		printf "build.%s.link\nroot.layout\ntag.%s.link\n" $id $id >expected &&
		test_cmp expected names &&
		git intoto key export "$HOME/mona.pub" >../mona.json &&
		refused 128 - git intoto export v1.0 ../exported &&
		grep "^hint: git intoto export --force" err &&
		git intoto export --force v1.0 ../exported
	) &&
	mkdir final && cp -R project/dist final &&
	(
		cd final &&
		in-toto-verify --layout ../exported/root.layout --layout-keys ../mona.json \
			--key-types ed25519 --link-dir ../exported
	)
'

test_expect_success 'a layout file, outside a repository' '
	mkdir outside && cp -R project/dist outside && cp -R exported outside/links &&
	(
		cd outside &&
		GIT_CEILING_DIRECTORIES=$(dirname "$PWD") && export GIT_CEILING_DIRECTORIES &&
		git intoto verify --layout links/root.layout --key "$HOME/mona.pub" --link-dir links >out &&
		tail -n 1 out | grep "^accepted: " &&
		git intoto verify -l links/root.layout -k ../mona.json -t ed25519 --link-dir links &&
		git intoto verify --json -l links/root.layout --verification-keys ../mona.json \
			--link-dir links >out &&
		test "$(json "j[\"verdict\"]" <out)" = accepted &&
		refused 1 - git intoto verify --layout links/root.layout \
			--key "$HOME/mona.pub" "$HOME/other.pub" --link-dir links &&
		refused 1 - git intoto verify --layout links/root.layout --key "$HOME/other.pub" --link-dir links &&
		tail -n 1 out | grep "^rejected: " &&
		refused 1 - git intoto verify --layout links/root.layout --key "$HOME/mona.pub" --link-dir . &&
		refused 1 - git intoto verify --layout links/root.layout --key "$HOME/mona.pub" \
			--link-dir links --at 2200-01-01 &&
		refused 128 - git intoto verify --layout nowhere.layout --key "$HOME/mona.pub" --link-dir links &&
		refused 128 - git intoto verify --layout dist/main.txt --key "$HOME/mona.pub" --link-dir links &&
		refused 129 - git intoto verify --layout links/root.layout --link-dir links &&
		refused 129 - git intoto verify --layout links/root.layout --key "$HOME/mona.pub" v1.0
	)
'

test_expect_success 'two layouts: the owner of the file must hold, the other is shown' '
	init_project pair &&
	(
		cd pair &&
		git intoto layout new docs && git intoto layout add-key docs "$HOME/mona.pub" &&
		git intoto layout add-step docs tag --by "$HOME/mona.pub" \
			--material "ALLOW *" --product "DISALLOW *" &&
		git intoto layout add-step docs manual --by "$HOME/mona.pub" \
			--material "MATCH * WITH MATERIALS FROM tag" --material "DISALLOW *" \
			--product "CREATE man/*" --product "DISALLOW *" &&
		git intoto layout sign docs --key "$HOME/mona" &&
		git intoto trust add "$HOME/mona.pub" --layout release --layout docs &&
		git intoto tag -m v1 v1 && git intoto build -p "dist/*" -- make dist &&
		git intoto verify v1 dist/main.txt >out &&
		grep "^layout docs, .*not asked for: does not hold$" out &&
		grep "^accepted: .*of layout .release.$" out &&
		refused 1 link-missing git intoto verify v1 &&
		git intoto build --step manual -p "man/*" -- \
			sh -c "mkdir man && echo x >man/foo.1" &&
		git intoto verify v1 dist/* man/* >out &&
		grep "^accepted: 3 files come from v1, .*of layouts .release. and .docs.$" out &&
		git intoto verify --layout docs v1 man/foo.1 >out &&
		! grep "^layout release" out &&
		refused 1 file-unknown git intoto verify --layout docs v1 dist/main.txt &&
		refused 128 - git intoto verify --layout nowhere v1
	)
'

test_expect_success 'several layouts are exported into folders' '
	(
		cd project &&
		git intoto layout new docs && git intoto layout add-key docs "$HOME/mona.pub" &&
		git intoto layout add-step docs tag --by "$HOME/mona.pub" --material "ALLOW *" \
			--product "DISALLOW *" &&
		git intoto layout sign docs --key "$HOME/mona" &&
		git intoto trust add "$HOME/mona.pub" --layout release --layout docs &&
		git intoto export v1.0 ../two &&
		test -f ../two/docs/root.layout && test -f ../two/release/root.layout &&
		ls ../two/docs/tag.*.link
	)
'

test_done
