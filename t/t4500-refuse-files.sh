#!/bin/sh
test_description='files, names and objects that are not what they should be'
# shellcheck source=t/test-lib.sh
. ./test-lib.sh
# shellcheck source=t/forge-lib.sh
. "$SHARNESS_TEST_SRCDIR/forge-lib.sh"

# judged REASON FILE...: `verify v1.0 FILE...` says no for that reason.
judged() {
	judged_reason=$1
	shift
	refused 1 "$judged_reason" git intoto verify v1.0 "$@"
}

# quiet_terminal COMMAND...: nothing it prints would be obeyed by a terminal:
# no control character but LF, no C1 one (0x80 to 0x9f, in UTF-8 and bare).
quiet_terminal() {
	"$@" >shown 2>&1
	/usr/bin/python3 -c '
import re, sys
data = open("shown", "rb").read()
if not data:
    sys.exit("nothing is shown")
text = data.decode("utf-8", "surrogateescape")
odd = re.findall("[^\n\x20-\x7e\xa0-\ud7ff\ue000-\U0010ffff]"
                 "|[\u200e\u200f\u2028-\u202e\u2066-\u2069]", text)
if odd:
    sys.exit(ascii(odd) + " in " + ascii(text))' || {
		echo "$*"
		return 1
	}
}

loose() {
	echo ".git/objects/$(git rev-parse "$1" | sed "s|..|&/|")"
}

# swap OBJECT CONTENT: the loose file of OBJECT holds something else, of the
# same type; `mend` puts it back.
swap() {
	swapped=$(loose "$1") &&
	other=$(printf "%s" "$2" |
		git hash-object -t "$(git cat-file -t "$1")" -w --stdin --literally) &&
	mv "$swapped" ../kept &&
	cp "$(loose "$other")" "$swapped"
}

mend() {
	mv -f ../kept "$swapped"
}

test_expect_success 'set-up: a tag with four products' '
	make_ssh_key mona &&
	sign_with_ssh mona &&
	make_project project &&
	cd project &&
	printf "%s\n" "dist:" "	mkdir -p dist/a dist/b" \
		"	echo main >dist/main.txt" "	echo tool >dist/tool" \
		"	echo a >dist/a/same" "	echo b >dist/b/same" >Makefile &&
	git commit -q -a -m dist &&
	git intoto init --yes >/dev/null &&
	git intoto tag -m v1.0 v1.0 &&
	git intoto build -p "dist/**" -p "dist/*" -- make dist >/dev/null &&
	git intoto verify v1.0 dist/main.txt dist/tool dist/a/same dist/b/same &&
	line_of v1.0 tag >../good.tag &&
	line_of v1.0 build >../good.build &&
	mkdir -p ../hand/dist
'

test_expect_success 'a product replaced, truncated, emptied, longer' '
	sum=$(echo main | sha256sum | cut -d" " -f1) &&
	echo evil >../hand/dist/main.txt &&
	judged file-changed ../hand/dist/main.txt &&
	grep "^error: .*$sum.*$(echo evil | sha256sum | cut -d" " -f1)" err &&
	printf mai >../hand/dist/main.txt &&
	judged file-changed ../hand/dist/main.txt &&
	: >../hand/dist/main.txt &&
	judged file-changed ../hand/dist/main.txt &&
	printf "main\n\n" >../hand/dist/main.txt &&
	judged file-changed ../hand/dist/main.txt &&
	judged file-changed dist/tool ../hand/dist/main.txt dist/a/same
'

test_expect_success 'a product under the name of another, or of none' '
	cp dist/tool ../hand/dist/main.txt &&
	judged file-renamed ../hand/dist/main.txt &&
	grep "^error: .*dist/tool" err &&
	cp dist/tool ../hand/dist/other &&
	judged file-renamed ../hand/dist/other &&
	grep "^hint: git intoto verify --as dist/tool v1.0 ../hand/dist/other$" err &&
	eval "$(sed -n "s/^hint: //p" err)" &&
	judged file-unknown README
'

test_expect_success '--as is the whole name, and no way around the content' '
	git intoto verify --as dist/tool v1.0 ../hand/dist/other &&
	judged file-renamed --as dist/main.txt ../hand/dist/other &&
	judged file-changed --as dist/tool README &&
	judged file-unknown --as README README &&
	refused 129 - git intoto verify --as x v1.0 README dist/tool
'

test_expect_success 'a name that two products end in' '
	cp dist/a/same ../hand/same &&
	refused 1 file-ambiguous git -C ../hand --git-dir="$PWD/.git" \
		intoto verify v1.0 same &&
	grep "^error: .*dist/a/same.*dist/b/same" err &&
	( cd ../hand && GIT_DIR=../project/.git git intoto verify \
		--as dist/a/same v1.0 same ) &&
	git intoto verify v1.0 dist/a/same &&
	judged file-renamed --as dist/b/same dist/a/same
'

test_expect_success 'a name ends in whole components only' '
	cp dist/main.txt ../hand/dist/xmain.txt &&
	judged file-renamed ../hand/dist/xmain.txt &&
	cp dist/main.txt ../hand/dist/MAIN.TXT &&
	judged file-renamed ../hand/dist/MAIN.TXT &&
	cp dist/main.txt ../hand/dist/main.txt &&
	git intoto verify v1.0 ./..//hand/./dist//main.txt &&
	mkdir -p ../hand/evil ../hand/more/dist &&
	cp dist/main.txt ../hand/evil &&
	judged file-renamed ../hand/evil/main.txt &&
	judged file-renamed ../hand/evil/../evil/main.txt &&
	cp dist/main.txt ../hand/more/dist &&
	git intoto verify v1.0 ../hand/more/dist/main.txt
'

test_expect_success 'what cannot be read: 128' '
	refused 128 - git intoto verify v1.0 dist/none &&
	refused 128 - git intoto verify v1.0 dist &&
	refused 128 - git intoto verify v1.0 dist/main.txt/x &&
	refused 128 - git intoto verify v1.0 "" &&
	refused 128 - git intoto verify v1.0 "$(printf "a\\033[31mb")" &&
	quiet_terminal git intoto verify v1.0 "$(printf "a\\033[31mb")"
'

test_expect_success 'a missing object: 128, named, and nothing is recorded' '
	for object in HEAD:README HEAD:src/main.c HEAD:src HEAD^{tree} HEAD; do
		path=$(loose "$object") &&
		id=$(git rev-parse "$object") &&
		mv "$path" ../kept &&
		refused 128 - git intoto verify v1.0 &&
		grep "$id" err &&
		find .git/refs -type f | sort >before &&
		test_expect_code 128 git intoto tag -m x v2 &&
		find .git/refs -type f | sort >after &&
		test_cmp before after &&
		mv ../kept "$path" || return 1
	done &&
	git intoto verify v1.0
'

test_expect_success 'a loose object that holds something else: 128' '
	swap HEAD:README "evil" &&
	refused 128 - git intoto verify v1.0 &&
	grep "$(git rev-parse HEAD:README)" err &&
	refused 128 - git intoto tag -m x v2 &&
	mend &&
	swap HEAD "$(git cat-file commit HEAD | sed "s/Mona/Eve/")" &&
	refused 128 - git intoto verify v1.0 &&
	mend &&
	swap refs/tags/v1.0 "$(git cat-file tag v1.0 | sed "s/Mona/Eve/")
" &&
	refused 128 - git intoto verify v1.0 &&
	mend &&
	git intoto verify v1.0
'

test_expect_success 'a loose tree that holds something else: 128' '
	swapped=$(loose HEAD:src) &&
	mv "$swapped" ../kept &&
	other=$(printf "100644 blob %s\tevil.c\n" "$(git rev-parse HEAD:README)" |
		git mktree) &&
	cp "$(loose "$other")" "$swapped" &&
	refused 128 - git intoto verify v1.0 &&
	mend &&
	git intoto verify v1.0
'

test_expect_success 'a loose object that is cut short, empty, garbage' '
	for object in HEAD:README HEAD^{tree} HEAD; do
		swapped=$(loose "$object") &&
		mv "$swapped" ../kept &&
		chmod u+w ../kept &&
		for make in "head -c 10 ../kept" "printf \"\"" "echo garbage" \
			"cat ../kept ../kept"; do
			rm -f "$swapped" &&
			eval "$make" >"$swapped" &&
			if test "$make" != "cat ../kept ../kept"; then
				refused 128 - git intoto verify v1.0
			else
				git intoto verify v1.0 >out 2>err || test $? = 128
			fi || return 1
		done &&
		rm -f "$swapped" &&
		mend || return 1
	done &&
	git intoto verify v1.0
'

test_expect_success 'a packed object that is corrupt: 128' '
	cp -R . ../packed &&
	(
		cd ../packed &&
		git repack -q -a -d &&
		git verify-pack -v .git/objects/pack/*.idx >objects &&
		for object in HEAD:Makefile HEAD^{tree} HEAD refs/tags/v1.0; do
			id=$(git rev-parse "$object") &&
			at=$(sed -n "s/^$id [a-z ]* [0-9]* [0-9]* \([0-9]*\).*/\1/p" \
				objects) &&
			test -n "$at" &&
			pack=$(ls .git/objects/pack/*.pack) &&
			chmod u+w "$pack" &&
			cp "$pack" ../kept &&
			printf "\\377\\377" |
				dd of="$pack" bs=1 seek=$((at + 12)) conv=notrunc \
					2>/dev/null &&
			{ cmp -s "$pack" ../kept && return 1; :; } &&
			test_expect_code 128 git intoto verify v1.0 2>err &&
			grep "^error: " err &&
			cp ../kept "$pack" || return 1
		done &&
		git intoto verify v1.0
	)
'

# odd_tree MODE:NAME:OBJECT...: a tree of exactly these entries, unchecked.
odd_tree() {
	/usr/bin/python3 -c '
import sys
for entry in sys.argv[1:]:
    mode, name, object = entry.split(":")
    sys.stdout.buffer.write(f"{mode} {name}".encode() + bytes(1) +
                            bytes.fromhex(object))' "$@" >raw &&
	git hash-object -t tree -w --literally raw
}

test_expect_success 'trees that two parsers could read differently: 128' '
	x=$(git rev-parse HEAD:README) &&
	y=$(git rev-parse HEAD:Makefile) &&
	dir=$(git rev-parse HEAD:src) &&
	git for-each-ref >before &&
	for entries in "100644:README:$x 100644:README:$y" \
		"100644:a:$x 40000:a:$dir" "100644:b:$x 100644:a:$x" \
		"100644:src/main.c:$x 40000:src:$dir" "100644:..:$x" \
		"40000:.:$dir" "100644::$x" "0100644:f:$x" "140000:f:$x" \
		"40000:f:$x" "100644:f:$dir" "120000:f:$dir" \
		"100644:f:$(printf "%040d" 0)"; do
		tree=$(odd_tree $entries) &&
		commit=$(printf "tree %s\n%s\n%s\n\nodd\n" "$tree" \
			"author A <a@b> 1 +0000" "committer A <a@b> 1 +0000" |
			git hash-object -t commit -w --stdin --literally) &&
		refused 128 - git intoto tag -m x odd "$commit" || {
			echo "$entries"
			return 1
		}
	done &&
	git for-each-ref >after &&
	test_cmp before after
'

test_expect_success 'refs/replace is ignored, with a warning' '
	blob=$(echo evil | git hash-object -w --stdin) &&
	commit=$(git commit-tree -m evil "$(git rev-parse HEAD^{tree})") &&
	git replace "$(git rev-parse HEAD:README)" "$blob" &&
	git cat-file blob HEAD:README | grep evil &&
	git intoto verify v1.0 dist/main.txt 2>err &&
	grep "^warning: .*refs/replace/$(git rev-parse HEAD:README)" err &&
	git replace "$(git rev-parse HEAD)" "$commit" &&
	git intoto verify v1.0 2>err &&
	grep -c "^warning: .*refs/replace" err >count &&
	echo 2 >expected &&
	test_cmp expected count &&
	git intoto tag -m x replaced &&
	link_of replaced tag | json "j[\"materials\"][\"README\"][\"sha256\"]" \
		>actual &&
	git --no-replace-objects cat-file blob HEAD:README | sha256sum |
		cut -d" " -f1 >expected &&
	test_cmp expected actual &&
	git intoto build --tag replaced --out ../hand/replaced -p "dist/*" -- \
		sh -c "mkdir dist && cp README dist/readme" >/dev/null &&
	! grep evil ../hand/replaced/dist/readme &&
	git intoto verify replaced &&
	git replace -d "$(git rev-parse HEAD:README)" \
		"$(git --no-replace-objects rev-parse HEAD)" &&
	git intoto verify v1.0 2>err &&
	test_must_be_empty err
'

test_expect_success 'a replaced tag object, tree and note' '
	git cat-file tag v1.0 | sed "/BEGIN SSH/,\$d" >unsigned &&
	git replace -f "$(git rev-parse refs/tags/v1.0)" \
		"$(git hash-object -t tag -w unsigned)" &&
	note=$(git notes --ref="$(shard v1.0)" list \
		"$(git rev-parse refs/tags/v1.0)") &&
	git replace -f "$note" "$(git rev-parse HEAD:README)" &&
	git replace -f "$(git rev-parse HEAD:src)" \
		"$(git hash-object -t tree -w /dev/null)" &&
	git intoto verify v1.0 2>err &&
	grep "^warning: .*refs/replace/$(git rev-parse refs/tags/v1.0)" err &&
	for ref in $(git for-each-ref --format="%(refname)" refs/replace); do
		git update-ref -d "$ref" || return 1
	done
'

test_expect_success 'a shallow clone works when the tag has its tree there' '
	git commit -q --allow-empty -m later &&
	git intoto tag -m later v1.1 &&
	git clone -q --depth 1 --branch v1.0 "file://$PWD" ../shallow \
		2>/dev/null &&
	cp -R .git/intoto ../shallow/.git/intoto &&
	(
		cd ../shallow &&
		git fetch -q --depth 1 origin \
			"refs/notes/in-toto/*:refs/in-toto-remotes/origin/*" &&
		test "$(git rev-parse --is-shallow-repository)" = true &&
		git intoto verify v1.0 ../project/dist/main.txt
	)
'

test_expect_success 'a partial clone never takes what is missing for equal' '
	git config uploadpack.allowFilter true &&
	git clone -q --no-checkout --filter=blob:none "file://$PWD" ../partial &&
	cp -R .git/intoto ../partial/.git/intoto &&
	(
		cd ../partial &&
		git fetch -q origin \
			"refs/notes/in-toto/*:refs/in-toto-remotes/origin/*" &&
		git remote set-url origin "file:///nowhere" &&
		refused 128 - git intoto verify v1.0
	)
'

test_expect_success 'odd names of paths and products: tag, build, verify' '
	cd .. &&
	make_project odd &&
	cd odd &&
	newline=$(printf "new\\nline") &&
	for name in "with space" "quo\"te" "apo${SQ}strophe" "$newline" \
		"-dash" "--all" "back\\slash" "glob*?[x]" "tab	tab" ":colon" \
		"#hash" "!bang" "\$HOME" "${SQ};touch pasted;${SQ}" "ünï" \
		".dot" "%s%n" "~tilde" "trailing "; do
		echo "$name" >"./$name" || return 1
	done &&
	printf "dist:\n\tmkdir dist && cp -- * dist\n" >Makefile &&
	git add . &&
	git commit -q -m odd &&
	git intoto init --yes -p "dist/*" >/dev/null &&
	git intoto tag -m v1.0 v1.0 &&
	git intoto build -p "dist/*" -- sh -c \
		"mkdir dist; cp -- * .dot dist 2>/dev/null; :" >/dev/null &&
	git intoto verify v1.0 dist/* dist/.dot >out &&
	grep "^accepted: 21 files come from v1.0" out
'

test_expect_success 'the same names, given as they are, and wrong ones' '
	(
		cd dist &&
		git intoto verify v1.0 -- "-dash" "--all" "$newline" "with space" &&
		echo evil >>"--all" &&
		echo evil >>"$newline" &&
		test_expect_code 1 git intoto verify v1.0 -- * >out 2>err &&
		test "$(grep -c "\[file-changed\]" err)" = 2 &&
		cp "./${SQ};touch pasted;${SQ}" other &&
		test_expect_code 1 git intoto verify v1.0 other >out 2>err &&
		sed -n "s/^hint: //p" err >run &&
		sh -e ./run &&
		! test -e pasted
	)
'

test_expect_success 'names that lead out of a folder' '
	cd ../project &&
	for name in ../evil /etc/evil .. .; do
		forge mona "s[\"products\"][\"$name\"] = dict(sha256=64 * \"0\")" \
			<../good.build >line &&
		cat ../good.tag line | put_note v1.0 &&
		{ git intoto export --force v1.0 ../exported >/dev/null 2>&1; :; } &&
		! test -e ../evil &&
		! test -e /etc/evil &&
		judged rule-disallow || return 1
	done &&
	cat ../good.tag ../good.build | put_note v1.0
'

test_expect_success 'escape sequences in what a link says' '
	printf "\\033]0;evil\\007\\033[2J\\302\\23331m\\r\\342\\200\\256" >../esc &&
	esc=$(cat ../esc) &&
	forge mona "
esc = open(\"../esc\", newline=\"\").read()
s[\"products\"][\"dist/\" + esc] = dict(sha256=64 * \"0\")
s[\"products\"][\"evil\" + esc] = dict(sha256=64 * \"0\")
s[\"command\"] = [esc, \"make\"]
s[\"byproducts\"][\"stdout\"] = esc
s[\"byproducts\"][\"stderr\"] = esc
s[\"environment\"][\"more\"] = esc" <../good.build >line &&
	cat ../good.tag line | put_note v1.0 &&
	quiet_terminal git intoto verify v1.0 &&
	grep "\[rule-disallow\]" shown &&
	quiet_terminal git intoto verify --json v1.0 &&
	quiet_terminal git intoto show v1.0 &&
	quiet_terminal git intoto show --json v1.0 &&
	quiet_terminal git intoto log &&
	forge mona "
esc = open(\"../esc\", newline=\"\").read()
s[\"name\"] = esc; g[\"ref\"] = esc" \
		<../good.build >line &&
	cat ../good.tag line | put_note v1.0 &&
	quiet_terminal git intoto verify v1.0 &&
	quiet_terminal git intoto show v1.0 &&
	forge mona "g[open(\"../esc\", newline=\"\").read()] = 1" \
		<../good.build >line &&
	cat ../good.tag line | put_note v1.0 &&
	quiet_terminal git intoto verify v1.0 &&
	{ cat ../good.tag; echo "{\"$esc\":1}"; } | put_note v1.0 &&
	quiet_terminal git intoto verify v1.0 &&
	quiet_terminal git intoto show v1.0 &&
	{ cat ../good.tag; echo "{\"a\":$esc}"; echo "$esc"; } | put_note v1.0 &&
	quiet_terminal git intoto verify v1.0 &&
	quiet_terminal git intoto show v1.0 &&
	cat ../good.tag ../good.build | put_note v1.0
'

test_expect_success 'escape sequences in a tag: message, tagger, name' '
	GIT_COMMITTER_NAME="Mo${esc}na" GIT_COMMITTER_EMAIL="m${esc}x@y" \
		git intoto tag -m "message $esc" escaped &&
	quiet_terminal git intoto show escaped &&
	quiet_terminal git intoto show --json escaped &&
	quiet_terminal git intoto verify escaped &&
	quiet_terminal git intoto log &&
	name=$(printf "c1\\302\\233x\\342\\200\\256") &&
	quiet_terminal git intoto tag -m x "$name" &&
	quiet_terminal git intoto verify "$name" &&
	quiet_terminal git intoto show "$name" &&
	quiet_terminal git intoto log &&
	git update-ref "refs/tags/other$name" refs/tags/v1.0 &&
	quiet_terminal git intoto verify "other$name" &&
	git update-ref -d "refs/tags/other$name"
'

test_expect_success 'escape sequences in a layout: steps, rules, readme, keys' '
	layout_line release >../good.layout &&
	change_layout release mona "
esc = open(\"../esc\", newline=\"\").read()
s[\"readme\"] = esc + chr(10) + s[\"readme\"]
step = dict(s[\"steps\"][1], name=\"step\" + chr(155) + chr(8238))
step[\"expected_command\"] = [esc]
step[\"expected_products\"] = [[\"DISALLOW\", esc + \"*\"]]
s[\"steps\"].append(step)" &&
	quiet_terminal git intoto verify v1.0 &&
	grep "step .step" shown &&
	quiet_terminal git intoto layout show release &&
	quiet_terminal git intoto layout lint release &&
	quiet_terminal git intoto layout list &&
	quiet_terminal git intoto log &&
	git clone -q . ../joining &&
	( cd ../joining && quiet_terminal git intoto init --yes ) &&
	change_layout release mona "
s[\"steps\"][2][\"name\"] = open(\"../esc\", newline=\"\").read()" &&
	quiet_terminal git intoto verify v1.0 &&
	grep "\[layout-malformed\]" shown &&
	change_layout release mona "
s[\"expires\"] = open(\"../esc\", newline=\"\").read()" &&
	quiet_terminal git intoto verify v1.0 &&
	change_layout release mona "s[\"steps\"][1][\"name\"] = 1" &&
	quiet_terminal git intoto verify v1.0 &&
	put_layout release <../good.layout &&
	sed "s/mona\$/$esc/" "$HOME/mona.pub" >../comment.pub &&
	quiet_terminal git intoto key show ../comment.pub &&
	quiet_terminal git intoto trust add ../comment.pub &&
	quiet_terminal git intoto trust list &&
	git intoto verify v1.0
'

test_expect_success 'escape sequences in what a build prints are its own affair' '
	git intoto build --tag v1.0 --supersede --record-streams \
		-p "dist/*" -- sh -c "make dist && echo \"$esc\" && echo \"$esc\" >&2" >/dev/null 2>&1 &&
	quiet_terminal git intoto show v1.0 &&
	quiet_terminal git intoto verify v1.0
'

test_done
