#!/bin/sh
test_description='verify reads notes strictly: what is malformed never counts'
# shellcheck source=t/test-lib.sh
. ./test-lib.sh
# shellcheck source=t/forge-lib.sh
. "$SHARNESS_TEST_SRCDIR/forge-lib.sh"

# judged REASON [PATTERN]...: `verify v1.0` says no for that reason.
judged() {
	refused 1 "$1" git intoto verify v1.0 || return 1
	shift
	for pattern; do
		grep "^error: .*$pattern" err || {
			cat err
			return 1
		}
	done
}

# uncounted PATTERN: the line in the file `line` is warned of; alone it proves
# no build, beside the good one it does no harm.
uncounted() {
	! cmp -s line good.build &&
	cat good.tag line | put_note v1.0 &&
	judged link-missing "step .build." &&
	grep "^warning: line [12] of the note.*$1" err &&
	cat good.tag line good.build | put_note v1.0 &&
	git intoto verify v1.0 >out 2>err &&
	grep "^warning: line [123] of the note.*$1" err || {
		cat err
		return 1
	}
}

# edited SCRIPT: the good line of the build with a sed script applied.
edited() {
	LC_ALL=C sed "$1" good.build >line
}

# put_tree: the shard of v1.0 is the tree whose entries are on stdin.
put_tree() {
	git mktree --missing >tree &&
	git update-ref "$ref" "$(git commit-tree -m odd "$(cat tree)")"
}

restore() {
	git update-ref "$ref" "$tip"
}

test_expect_success 'set-up: a tag that is accepted' '
	make_ssh_key mona &&
	sign_with_ssh mona &&
	init_project project &&
	cd project &&
	git intoto tag -m v1.0 v1.0 &&
	git intoto build -p "dist/*" -- make dist >/dev/null &&
	git intoto verify v1.0 2>err &&
	test_must_be_empty err &&
	line_of v1.0 tag >good.tag &&
	line_of v1.0 build >good.build &&
	tag=$(git rev-parse refs/tags/v1.0) &&
	ref=refs/notes/$(shard v1.0) &&
	tip=$(git rev-parse "$ref") &&
	note=$(git notes --ref="$ref" list "$tag") &&
	fan=$(echo "$tag" | cut -c1-2) &&
	rest=$(echo "$tag" | cut -c3-) &&
	upper=$(echo "$tag" | tr a-f A-F) &&
	test "$upper" != "$tag"
'

test_expect_success 'a key that is there twice' '
	edited "s/\"signed\":{/&\"_type\":\"link\",/" &&
	uncounted "malformed.*_type" &&
	edited "s/\"git\":{/&\"ref\":\"x\",/" &&
	uncounted "malformed.*ref" &&
	edited "s/^{/&\"signed\":{},/" &&
	uncounted "malformed" &&
	edited "s/}\$/,\"signed\":{}}/" &&
	uncounted "malformed.*signed" &&
	edited "s/}\$/,\"signatures\":[]}/" &&
	uncounted "malformed.*signatures" &&
	edited "s/\"signed\":{/&\"n\\\\u0061me\":\"x\",/" &&
	uncounted "malformed.*name"
'

test_expect_success 'numbers that are no 64-bit integers' '
	for number in 0.0 1.5 1e3 01 +1 18446744073709551616 \
		-9223372036854775809 NaN Infinity 0x1; do
		edited "s/\"return-value\":0/\"return-value\":$number/" &&
		uncounted "malformed" || return 1
	done
'

test_expect_success 'nested deeper than 64' '
	edited "s/\"return-value\":0/\"return-value\":$(printf "%070d" 0 |
		tr 0 "[")$(printf "%070d" 0 | tr 0 "]")/" &&
	uncounted "malformed.*deep" &&
	forge mona "
value = 0
for level in range(40): value = [value]
s[\"byproducts\"][\"more\"] = value" <good.build >line &&
	cat good.tag line | put_note v1.0 &&
	git intoto verify v1.0
'

test_expect_success 'bytes that are no UTF-8' '
	for bytes in "\\xff" "\\xc0\\xaf" "\\xed\\xa0\\x80" "\\xe2\\x82" \
		"\\xf4\\x90\\x80\\x80"; do
		edited "s/dist\/main/dist\/$bytes/" &&
		uncounted "malformed" || return 1
	done &&
	edited "s/dist\/main/dist\/\\\\ud800/" &&
	uncounted "malformed"
'

test_expect_success 'NUL, raw or as an escape in a name' '
	edited "s/main.txt/main\\x00.txt/" &&
	uncounted "control character" &&
	forge mona "
s[\"products\"][\"a\" + chr(0)] = s[\"products\"][\"dist/main.txt\"]" \
		<good.build >line &&
	uncounted "malformed" &&
	forge mona "s[\"name\"] += chr(0)" <good.build >line &&
	uncounted "malformed" &&
	forge mona "s[\"byproducts\"][\"stdout\"] = chr(0)" <good.build >line &&
	grep u0000 line &&
	cat good.tag line | put_note v1.0 &&
	git intoto verify v1.0
'

test_expect_success 'CR, BOM, control characters, spaces around' '
	edited "s/\$/\\r/" &&
	uncounted "end with" &&
	edited "s/\"_type\"/\\r&/" &&
	uncounted "control character" &&
	edited "s/^/\\xef\\xbb\\xbf/" &&
	uncounted "start with" &&
	edited "s/\"_type\"/\\t&/" &&
	uncounted "control character" &&
	edited "s/dist\/main/dist\/\\x1bmain/" &&
	uncounted "control character" &&
	edited "s/^/ /" &&
	uncounted "start with" &&
	edited "s/\$/ /" &&
	uncounted "end with"
'

test_expect_success 'not one object' '
	for line in "{" "}" "{}" "{}{}" "[]" "null" "\"\"" "{\"signed\":{}}" \
		"{\"signatures\":[],\"signed\":[]}" "hello" "{,}" "{\"a\":1,}" \
		"{\"a\":tru}" "{/**/}"; do
		echo "$line" >line &&
		uncounted "" || return 1
	done &&
	edited "s/\$/{}/" &&
	uncounted "malformed" &&
	edited "s/.\{20\}\$//" &&
	uncounted "end with"
'

test_expect_success 'members that a link must have, of their types' '
	for edit in "s[\"products\"] = None" "s[\"materials\"] = []" \
		"s[\"_type\"] = \"Link\"" "s[\"_type\"] = 1" \
		"s[\"name\"] = [\"build\"]" "s[\"command\"] = \"make\"" \
		"s[\"products\"][\"x\"] = dict(sha256=\"zz\")" \
		"s[\"products\"][\"x\"] = \"00\"" \
		"s[\"products\"][\"\"] = s[\"products\"][\"dist/main.txt\"]"; do
		forge mona "$edit" <good.build >line &&
		{ uncounted "malformed" || {
			echo "$edit"
			return 1
		}; } || return 1
	done
'

test_expect_success 'a member more in the signed part: it is not signed' '
	edited "s/\"signed\":{/&\"zzz\":1,/" &&
	cat good.tag line | put_note v1.0 &&
	{ git intoto verify v1.0 >out 2>err || judged link-missing; }
'

test_expect_success 'unsorted, repeated, spaced, unended lines are read' '
	{ cat good.build good.tag good.build; printf "\n\n"; } |
		put_note v1.0 &&
	git intoto verify v1.0 &&
	{ cat good.tag; printf "%s" "$(cat good.build)"; } | put_note v1.0 &&
	git intoto verify v1.0 &&
	edited "s/\"_type\":/\"_type\" : /; s/,\"/, \"/g" &&
	cat good.tag line | put_note v1.0 &&
	git intoto verify v1.0
'

test_expect_success 'no note, an empty one' '
	: | put_note v1.0 &&
	judged tag-unlinked &&
	git update-ref -d "$ref" &&
	judged tag-unlinked &&
	judged link-missing &&
	restore
'

test_expect_success 'a line over intoto.maxLinkSize: the note is refused whole' '
	forge mona "s[\"byproducts\"][\"stdout\"] = 20000 * \"x\"" <good.build >line &&
	cat good.tag line | put_note v1.0 &&
	git intoto verify v1.0 &&
	git config intoto.maxLinkSize 16k &&
	judged note-limit "16384 bytes" &&
	grep "^hint: git config intoto.maxLinkSize" err &&
	refused 1 note-limit git intoto verify v1.0 dist/main.txt &&
	git config intoto.maxLinkSize 1m &&
	git intoto verify v1.0 &&
	for value in x -1 1q 1.5k ""; do
		git config intoto.maxLinkSize "$value" &&
		refused 128 - git intoto verify v1.0 &&
		grep -i maxLinkSize err || return 1
	done &&
	git config --unset intoto.maxLinkSize
'

test_expect_success 'a link over intoto.maxLinkSize is not stored' '
	mkdir many &&
	( cd many && seq 200 | xargs touch ) &&
	git add many &&
	git commit -q -m many &&
	git for-each-ref >before &&
	refused 128 - git -c intoto.maxLinkSize=8k intoto tag -m x v2 &&
	grep "8192 bytes" err &&
	grep "^hint: git config intoto.maxLinkSize" err &&
	git for-each-ref >after &&
	test_cmp before after &&
	git reset -q --hard HEAD^
'

test_expect_success 'more than 10,000 lines' '
	{ cat good.tag good.build; seq -f "{\"n\":%.0f}" 9998; } |
		put_note v1.0 &&
	git intoto verify v1.0 2>err &&
	grep "^warning: line 20 of the note" err &&
	grep "^warning: 9978 more lines of the note" err &&
	test "$(wc -l <err)" = 21 &&
	{ cat good.tag good.build; seq -f "{\"n\":%.0f}" 9999; } |
		put_note v1.0 &&
	judged note-limit "10000 lines" &&
	restore
'

test_expect_success 'more than 256 MiB: refused before it is read' '
	blob=$({ cat good.tag good.build; head -c 269484032 /dev/zero; } |
		git -c core.compression=1 -c core.looseCompression=1 \
			hash-object -w --stdin) &&
	printf "100644 blob %s\t%s\n" "$blob" "$tag" | put_tree &&
	(
		ldd "$intoto_program" | grep -q asan || ulimit -v 600000
		judged note-limit
	) &&
	rm -f ".git/objects/$(echo "$blob" | sed "s|..|&/|")" &&
	restore
'

test_expect_success 'a symlink, a folder, a submodule where the note should be' '
	tree=$(git rev-parse HEAD^{tree}) &&
	printf "120000 blob %s\t%s\n" "$note" "$tag" | put_tree &&
	judged notes-tree "$tag" &&
	printf "040000 tree %s\t%s\n" "$tree" "$tag" | put_tree &&
	judged notes-tree "$tag" &&
	printf "160000 commit %s\t%s\n" "$(git rev-parse HEAD)" "$tag" |
		put_tree &&
	judged notes-tree "$tag" &&
	inner=$(printf "120000 blob %s\t%s\n" "$note" "$rest" | git mktree) &&
	printf "040000 tree %s\t%s\n" "$inner" "$fan" | put_tree &&
	judged notes-tree &&
	restore
'

test_expect_success 'a key in upper case' '
	printf "100644 blob %s\t%s\n" "$note" "$upper" | put_tree &&
	judged notes-tree &&
	inner=$(printf "100644 blob %s\t%s\n" "$note" \
		"$(echo "$rest" | tr a-f A-F)" | git mktree) &&
	printf "040000 tree %s\t%s\n" "$inner" "$fan" | put_tree &&
	judged notes-tree &&
	restore
'

test_expect_success 'a key that is there twice: flat and fanned, in two cases' '
	inner=$(printf "100644 blob %s\t%s\n" "$note" "$rest" | git mktree) &&
	printf "040000 tree %s\t%s\n" "$inner" "$fan" | put_tree &&
	git intoto verify v1.0 &&
	{
		printf "040000 tree %s\t%s\n" "$inner" "$fan"
		printf "100644 blob %s\t%s\n" "$note" "$tag"
	} | put_tree &&
	judged notes-tree "twice" &&
	{
		printf "100644 blob %s\t%s\n" "$note" "$tag"
		printf "100644 blob %s\t%s\n" "$note" "$upper"
	} | put_tree &&
	judged notes-tree &&
	restore
'

test_expect_success 'the same entry twice in one tree' '
	/usr/bin/python3 -c "
import sys
for i in range(2):
    sys.stdout.buffer.write(b\"100644 \" + sys.argv[1].encode() + bytes(1) +
                            bytes.fromhex(sys.argv[2]))" "$tag" "$note" >raw &&
	tree=$(git hash-object -t tree -w --literally raw) &&
	git update-ref "$ref" "$(git commit-tree -m odd "$tree")" &&
	judged notes-tree "twice" &&
	restore
'

test_expect_success 'odd entries for other keys do no harm on reading' '
	other=$(git rev-parse HEAD | tr a-f A-F) &&
	{
		printf "100644 blob %s\t%s\n" "$note" "$tag"
		printf "120000 blob %s\t%s\n" "$note" "$other"
		printf "100644 blob %s\tREADME\n" "$note"
	} | put_tree &&
	git intoto verify v1.0 &&
	restore
'

test_expect_success 'a ref that is no commit of notes' '
	for object in HEAD "$(git rev-parse HEAD:README)"; do
		git update-ref "$ref" "$object" &&
		git intoto verify v1.0 >out 2>err
		status=$? &&
		test $status = 1 || test $status = 128 || return 1
		grep "^error: " err || return 1
	done &&
	restore
'

test_expect_success 'a note whose blob or tree is gone: 128' '
	for object in "$note" "$(git rev-parse "$tip^{tree}")"; do
		path=.git/objects/$(echo "$object" | sed "s|..|&/|") &&
		mv "$path" ../kept &&
		refused 128 - git intoto verify v1.0 &&
		mkdir -p "$(dirname "$path")" &&
		mv ../kept "$path" || return 1
	done &&
	git intoto verify v1.0
'

test_expect_success 'the lines of all remotes count together' '
	put_note v1.0 <good.tag &&
	git update-ref "refs/in-toto-remotes/a/$(shard v1.0 | sed s,in-toto/,,)" \
		"$ref" &&
	put_note v1.0 <good.build &&
	git update-ref "refs/in-toto-remotes/b/c/$(shard v1.0 |
		sed s,in-toto/,,)" "$ref" &&
	git update-ref -d "$ref" &&
	git intoto verify v1.0 dist/main.txt &&
	git update-ref -d "refs/in-toto-remotes/a/$(shard v1.0 |
		sed s,in-toto/,,)" &&
	judged tag-unlinked
'

test_done
