#!/bin/sh
test_description='hostile pushes: lines, notes, their trees and histories'
# shellcheck source=t/test-lib.sh
. ./test-lib.sh
# shellcheck source=t/forge-lib.sh
. "$SHARNESS_TEST_SRCDIR/forge-lib.sh"
# shellcheck source=t/attack-lib.sh
. "$SHARNESS_TEST_SRCDIR/attack-lib.sh"

attack_set_up '
	attack_base &&
	( cd base/client && shard_ref v1.0 >../../shard &&
		git rev-parse v1.0 >../../key )
'
links=$(cat shard) key=$(cat key)
in_shard=$(echo "$key" | tail -c 3)

# a_line: one that may stand on v1.0, and is new.
a_line() {
	line_of v1.0 build | forge "${1-ci}" "s[\"byproducts\"] = {\"n\": 1}
${2-}"
}

accept 'a line of one'\''s own, put there with plain git' '
	a_line | push_lines v1.0
'

accept 'the same key in a folder' '
	a_line | add_lines v1.0 &&
	blob=$(git rev-parse "$links:$key") &&
	fan=$(printf "100644 blob %s\t%s\n" "$blob" \
		"$(echo "$key" | cut -c 3-)" | git mktree) &&
	tree=$(printf "040000 tree %s\t%s\n" "$fan" \
		"$(echo "$key" | cut -c 1-2)" | git mktree) &&
	git update-ref $links "$(git --git-dir=../server.git \
		rev-parse $links)" &&
	push_tree $links $tree
'

# The lines of a note.

attack line-malformed 'no JSON' '
	echo "{never}" | push_lines v1.0
'

attack line-malformed 'an object of nothing' '
	echo "{}" | push_lines v1.0
'

attack line-malformed 'a list of lines' '
	a_line | sed "s/.*/[&]/" | push_lines v1.0
'

attack line-malformed 'two objects in a line' '
	a_line | sed "s/\$/{}/" | push_lines v1.0
'

attack line-malformed 'cut short' '
	a_line | sed "s/.\$//" | push_lines v1.0
'

attack line-malformed 'cut short within, and closed' '
	a_line | sed "s/.\{40\}\$/}/" | push_lines v1.0
'

attack line-malformed 'white space in front' '
	a_line | sed "s/^/ /" | push_lines v1.0
'

attack line-malformed 'a byte order mark' '
	a_line | sed "s/^/\\xef\\xbb\\xbf/" | push_lines v1.0
'

attack line-malformed 'a carriage return at the end' '
	a_line | sed "s/\$/\\r/" | push_lines v1.0
'

attack line-malformed 'a tab between members' '
	a_line | sed "s/,\"signed\"/,\\t\"signed\"/" | push_lines v1.0
'

attack line-malformed 'a raw control character in a string' '
	a_line | sed "s/\"name\":\"build\"/\"name\":\"bu\\x01ild\"/" |
		push_lines v1.0
'

attack line-malformed 'a NUL' '
	a_line | sed "s/\"name\":\"build\"/\"name\":\"build\\x00\"/" |
		push_lines v1.0
'

attack line-malformed 'an escaped NUL in the name of a step' '
	a_line | sed "s/\"name\":\"build\"/\"name\":\"build\\\\u0000\"/" |
		push_lines v1.0
'

attack line-malformed 'an escaped NUL in a path' '
	a_line | sed "s/\"README\"/\"README\\\\u0000\"/" | push_lines v1.0
'

attack line-malformed 'no UTF-8' '
	a_line | sed "s/\"README\"/\"README\\xff\"/" | push_lines v1.0
'

attack line-malformed 'half of a surrogate pair' '
	a_line | sed "s/\"README\"/\"README\\\\ud800\"/" | push_lines v1.0
'

attack line-malformed 'a fraction' '
	a_line | sed "s/\"n\":1/\"n\":1.5/" | push_lines v1.0
'

attack line-malformed 'a number of a thousand digits' '
	a_line | sed "s/\"n\":1/\"n\":$(printf %01000d 1 | sed s/0/9/g)/" |
		push_lines v1.0
'

attack line-malformed 'a thousand lists in each other' '
	deep=$(printf %01000d 0) &&
	a_line | sed "s/\"n\":1/\"n\":$(echo "$deep" | sed "s/0/[/g")1$(echo \
		"$deep" | sed "s/0/]/g")/" | push_lines v1.0
'

attack line-malformed 'a member twice in the envelope' '
	a_line | sed "s/^{/{\"signatures\":[],/" | push_lines v1.0
'

attack line-malformed 'a member twice in what is signed' '
	a_line | sed "s/\"signed\":{/\"signed\":{\"name\":\"tag\",/" |
		push_lines v1.0
'

attack line-malformed 'a path twice' '
	a_line | sed "s/\"materials\":{/\"materials\":{\"README\":{\"sha256\":\"$(
		printf %064d 0)\"},/" | push_lines v1.0
'

attack line-malformed 'a member twice in environment.git' '
	a_line | sed "s/\"git\":{/\"git\":{\"ref\":\"refs\/tags\/v1.0\",/" |
		push_lines v1.0
'

attack line-malformed 'a member of its own in the envelope' '
	a_line | sed "s/^{/{\"comment\":1,/" | push_lines v1.0
'

attack line-malformed 'no signatures' '
	a_line | sed "s/^{\"signatures\":\[[^]]*\],/{/" | push_lines v1.0
'

attack line-malformed 'an empty list of signatures' '
	a_line | sed "s/^{\"signatures\":\[[^]]*\]/{\"signatures\":[]/" |
		push_lines v1.0
'

attack line-malformed 'signatures of two keys' '
	a_line ci,mona | push_lines v1.0
'

attack line-malformed 'one signature under both keyids' '
	a_line ci,ci "keyids[1] = \"0\" * 64" | push_lines v1.0
'

attack line-malformed 'a signature that is no object' '
	a_line | sed "s/^{\"signatures\":\[[^]]*\]/{\"signatures\":[1]/" |
		push_lines v1.0
'

attack line-malformed 'no member signed' '
	a_line | sed "s/,\"signed\":.*/}/" | push_lines v1.0
'

attack line-malformed 'signed and a payload' '
	a_line | sed "s/^{/{\"payload\":\"e30=\",\"payloadType\":\"$(
		echo application/vnd.in-toto+json | sed "s/\\//\\\\\\//g")\",/" |
		push_lines v1.0
'

attack line-malformed 'a payload that is no base64' '
	echo "{\"payload\":\"!\",\"payloadType\":\"application/vnd.in-toto+json\"$(
		)\",\"signatures\":[]}" | sed "s/json\"\"/json\"/" |
		push_lines v1.0
'

attack line-malformed 'a payload of another type' '
	echo "{\"payload\":\"e30=\",\"payloadType\":\"text/plain\",$(
		)\"signatures\":[{\"keyid\":\"\",\"sig\":\"\"}]}" |
		push_lines v1.0
'

attack line-malformed 'metadata of a type that nobody knows' '
	a_line ci "s[\"_type\"] = \"links\"" | push_lines v1.0
'

attack line-malformed 'a statement without an envelope of its kind' '
	a_line ci "s[\"_type\"] = \"https://in-toto.io/Statement/v1\"" |
		push_lines v1.0
'

attack line-malformed 'materials that are a list' '
	a_line ci "s[\"materials\"] = []" | push_lines v1.0
'

attack line-malformed 'a digest that is a number' '
	a_line ci "s[\"materials\"] = {\"README\": {\"sha256\": 1}}" |
		push_lines v1.0
'

attack line-malformed 'a layout among links' '
	layout_line release | push_lines v1.0
'

attack line-malformed 'a root among links' '
	a_root mona | push_lines v1.0
'

attack line-malformed 'the lines not sorted' '
	{ note_of v1.0; a_line; } | LC_ALL=C sort -r | push_raw_note v1.0
'

attack line-malformed 'a line twice' '
	{ note_of v1.0; a_line; } | LC_ALL=C sort | sed "p" |
		push_raw_note v1.0
'

attack line-malformed 'an empty line' '
	{ echo; note_of v1.0; } | push_raw_note v1.0
'

attack line-malformed 'no line feed at the end' '
	{ note_of v1.0; a_line; } | LC_ALL=C sort | head -c -1 |
		push_raw_note v1.0
'

attack line-twice 'a link in another spelling' '
	line_of v1.0 build | sed "s/^{/{ /" | push_lines v1.0
'

attack line-twice 'a signature in upper case' '
	line_of v1.0 build | python3 -c "import json, sys
line = json.loads(sys.stdin.read())
for item in line[\"signatures\"]:
	item[\"sig\"] = item[\"sig\"].upper()
print(json.dumps(line, sort_keys=True, separators=(\",\", \":\")))" |
		push_lines v1.0
'

attack line-twice 'two spellings, both new' '
	{ a_line; a_line | sed "s/,\"signed\"/, \"signed\"/"; } | push_lines v1.0
'

# Caps.

attack note-limit 'a line over intoto.maxLinkSize' '
	git -C ../server.git config intoto.maxLinkSize 8k &&
	a_line ci "s[\"byproducts\"] = {\"stdout\": \"x\" * 9000}" |
		push_lines v1.0
'

attack note-limit 'such a line beside the link of a release, and the release' '
	git -C ../server.git config intoto.maxLinkSize 8k &&
	good_link | forge mona "s[\"byproducts\"] = {\"stdout\": \"x\" * 9000}" |
		add_lines v1.1 &&
	push --atomic origin "$(shard_ref v1.1)" v1.1
'

attack note-limit 'a line over it that is no JSON, and does not end' '
	git -C ../server.git config intoto.maxLinkSize 8k &&
	{ note_of v1.0; printf "{%09000d" 0; } | push_raw_note v1.0
'

attack note-limit 'more than ten thousand lines' '
	{
		note_of v1.0 &&
		seq 10000 19999 | sed "s/.*/{\"z\":&}/"
	} | LC_ALL=C sort | push_raw_note v1.0
'

attack note-limit 'a note of more than 256 MiB' '
	{ note_of v1.0; head -c 268435456 /dev/zero; } |
		push_raw_note v1.0
'

attack push-too-large 'more than a hundred thousand commits' '
	tip=$(git rev-parse $links) &&
	python3 -c "
for n in range(100001):
	print(\"commit $links\")
	print(\"committer x <x> 1 +0000\")
	print(\"data 0\")
	print(\"from $tip\\n\" if not n else \"\")" |
		git fast-import --quiet &&
	push origin $links
'

# chain REF COUNT TREE...: so many commits on top of the ref, of these trees in
# turn.
chain() {
	chain_ref=$1 chain_count=$2
	shift 2
	python3 -c "import sys
print(\"feature done\")
for n in range(int(sys.argv[2])):
	print(\"commit\", sys.argv[1])
	print(\"committer x <x> 1 +0000\\ndata 0\")
	if not n:
		print(\"from\", sys.argv[3])
	print(\"M 040000\", sys.argv[4 + n % len(sys.argv[4:])], \"\\\"\\\"\")
print(\"done\")" "$chain_ref" "$chain_count" "$(git rev-parse "$chain_ref")" "$@" |
		git fast-import --quiet --force
}

attack push-too-large 'ever the same notes, ever in other folders' '
	ref=refs/notes/in-toto/links/ab &&
	python3 -c "print(\"feature done\")
for fan in range(3):
	print(\"commit refs/fan/%d\\ncommitter x <x> 1 +0000\\ndata 0\" % fan)
	for n in range(20000):
		key = \"%04x%036x\" % (n * 3, 0xab)
		if fan == 1 or (fan == 2 and n % 1000 == 0):
			key = key[:2] + \"/\" + key[2:]
		print(\"M 100644 inline %s\\ndata 3\\n{}\\n\" % key)
print(\"done\")" | git fast-import --quiet &&
	git update-ref $ref refs/fan/0 &&
	plant $ref &&
	chain $ref 1100 "$(git rev-parse "refs/fan/1^{tree}")" \
		"$(git rev-parse "refs/fan/2^{tree}")" \
		"$(git rev-parse "refs/fan/0^{tree}")" &&
	push origin $ref
'

# What was there, is there.

attack notes-shrunk 'a line of a note' '
	note_of v1.0 | sed 1d | push_raw_note v1.0
'

attack notes-shrunk 'an empty note' '
	push_raw_note v1.0 </dev/null
'

attack notes-shrunk 'another line in place of one' '
	{ note_of v1.0 | sed 1d; a_line; } | LC_ALL=C sort |
		push_raw_note v1.0
'

attack notes-shrunk 'a changed byte of a line' '
	note_of v1.0 | sed "1s/\"sig\":\"./\"sig\":\"/" | LC_ALL=C sort |
		push_raw_note v1.0
'

attack notes-shrunk 'git notes remove' '
	git notes --ref=$links remove v1.0 2>/dev/null &&
	push origin $links
'

attack notes-shrunk 'the tree of nothing' '
	push_tree $links $(git mktree </dev/null)
'

attack notes-shrunk 'the note under another key' '
	other=$(echo "$key" | sed "s/^./f/; s/^f\(.*\)/e\1/") &&
	tree=$(git ls-tree $links | sed "s/$key/$other/" | git mktree) &&
	push_tree $links "$tree"
'

attack notes-shrunk 'it shrinks and grows again' '
	tip=$(git rev-parse $links) &&
	note_of v1.0 >../all &&
	a_line >../new &&
	sed 1d ../all >../less &&
	less=$(git hash-object -w ../less) &&
	git notes --ref=$links add -f -C $less v1.0 2>/dev/null &&
	LC_ALL=C sort ../all ../new >../more &&
	more=$(git hash-object -w ../more) &&
	git notes --ref=$links add -f -C $more v1.0 2>/dev/null &&
	push origin $links
'

attack notes-shrunk 'a merge that drops a line of its other side' '
	tip=$(git rev-parse $links) &&
	a_line | add_lines v1.0 &&
	side=$(git rev-parse $links) &&
	git update-ref $links $tip &&
	push_tree $links "$tip^{tree}" $side
'

attack notes-shrunk 'a merge that drops a line of its first side' '
	tip=$(git rev-parse $links) &&
	a_line | add_lines v1.0 &&
	side=$(git rev-parse $links) &&
	merge=$(git commit-tree -p $side -p $tip -m x "$tip^{tree}") &&
	push_tip $merge $links
'

attack notes-shrunk 'a merge of strangers that forgets what is there' '
	tip=$(git rev-parse $links) &&
	tree=$(git mktree </dev/null) &&
	orphan=$(git commit-tree -m x $tree) &&
	push_tree $links $tree $orphan
'

attack notes-rewritten 'the same tree without its history' '
	push_tip "$(git commit-tree -m x "$links^{tree}")" $links
'

attack notes-rewritten 'a history that forks before' '
	a_line | add_lines v1.0 &&
	git push -q origin $links &&
	old=$(git rev-parse $links~1) &&
	push_tip "$(git commit-tree -p $old -m x "$links^{tree}")" $links
'

attack notes-rewritten 'what was there before' '
	a_line | add_lines v1.0 &&
	git push -q origin $links &&
	push_tip $links~1 $links
'

attack ref-deleted 'the notes of a release' '
	push origin :$links
'

attack ref-deleted 'the notes of a release, and the release with a new one' '
	push --atomic origin ":$links" "$(shard_ref v1.1)" v1.1
'

# The tree of the notes.

blob_of() {
	git rev-parse "$links:$key"
}

for mode in 120000 100755 160000; do
	attack notes-tree "a new note of mode $mode" '
		printf "%s %s %s\t%s\n" $mode \
			$(test $mode = 160000 && echo commit || echo blob) \
			"$(test $mode = 160000 && git rev-parse HEAD ||
				blob_of)" "$(echo $key | sed "s/^..../0000/")" |
			push_entries $links
	'
done

attack notes-tree 'a release'\''s note made a symbolic link' '
	tree=$(git ls-tree $links | sed "s/^100644/120000/" | git mktree) &&
	push_tree $links "$tree"
'

attack notes-tree 'a release'\''s note made executable' '
	tree=$(git ls-tree $links | sed "s/^100644/100755/" | git mktree) &&
	push_tree $links "$tree"
'

attack notes-tree 'a folder that has the name of a key' '
	printf "040000 tree %s\t%s\n" "$(git rev-parse "HEAD^{tree}")" \
		"$(echo $key | sed "s/^..../0000/")" | push_entries $links
'

attack notes-tree 'a key in upper case' '
	printf "100644 blob %s\t%s\n" "$(blob_of)" \
		"$(echo $key | sed "s/^../AA/")" | push_entries $links
'

attack notes-tree 'a release'\''s key in upper case beside it' '
	upper=$(echo $key | tr a-f A-F) &&
	printf "100644 blob %s\t%s\n" "$(blob_of)" "$upper" |
		push_entries $links
'

attack notes-tree 'a key flat and in a folder' '
	a_line >../new &&
	blob=$(git hash-object -w ../new) &&
	fan=$(printf "100644 blob %s\t%s\n" "$blob" \
		"$(echo "$key" | cut -c 3-)" | git mktree) &&
	printf "040000 tree %s\t%s\n" "$fan" \
		"$(echo "$key" | cut -c 1-2)" | push_entries $links
'

attack notes-tree 'a key in two depths of folders' '
	fan=$(printf "100644 blob %s\t%s\n" "$(blob_of)" \
		"$(echo "$key" | cut -c 5-)" | git mktree) &&
	fan=$({
		printf "100644 blob %s\t%s\n" "$(blob_of)" \
			"$(echo "$key" | cut -c 3-)" &&
		printf "040000 tree %s\t%s\n" "$fan" \
			"$(echo "$key" | cut -c 3-4)"
	} | git mktree) &&
	tree=$(printf "040000 tree %s\t%s\n" "$fan" \
		"$(echo "$key" | cut -c 1-2)" | git mktree) &&
	push_tree $links "$tree"
'

attack notes-tree 'the note of an object of another shard' '
	printf "100644 blob %s\t%s\n" "$(blob_of)" \
		"$(echo "$key" | sed "s/..\$/$(test $in_shard = 00 && echo 11 ||
			echo 00)/")" | push_entries $links
'

attack notes-tree 'a file that is no note' '
	printf "100644 blob %s\tREADME\n" "$(blob_of)" | push_entries $links
'

attack notes-tree 'a key that is too short' '
	printf "100644 blob %s\t%s\n" "$(blob_of)" \
		"$(echo "$key" | cut -c 3-)" | push_entries $links
'

attack notes-tree 'a key that is too long' '
	printf "100644 blob %s\t00%s\n" "$(blob_of)" "$key" |
		push_entries $links
'

attack notes-tree 'an empty folder' '
	printf "040000 tree %s\t00\n" "$(git mktree </dev/null)" |
		push_entries $links
'

attack notes-tree 'a folder with a name of one letter' '
	fan=$(printf "100644 blob %s\t%s\n" "$(blob_of)" \
		"$(echo "$key" | cut -c 2-)" | git mktree) &&
	printf "040000 tree %s\t%s\n" "$fan" \
		"$(echo "$key" | cut -c 1)" | push_entries $links
'

attack notes-tree 'a tree that is not sorted' '
	tree=$({
		raw_entry 100644 "$(blob_of)" \
			"$(echo "$key" | sed "s/^..../ffff/")" &&
		raw_entry 100644 "$(blob_of)" "$key"
	} | raw_tree) &&
	push_tree $links "$tree"
'

attack notes-tree 'a tree with a name twice' '
	tree=$({
		raw_entry 100644 "$(blob_of)" "$key" &&
		raw_entry 100644 "$(blob_of)" "$key"
	} | raw_tree) &&
	push_tree $links "$tree"
'

attack notes-tree 'an odd mode that git reads as a file' '
	tree=$(raw_entry 100664 "$(blob_of)" "$key" | raw_tree) &&
	push_tree $links "$tree"
'

attack notes-tree 'a note that is a tree, and says that it is a file' '
	tree=$({
		raw_entry 100644 "$(git rev-parse HEAD:src)" \
			"$(echo "$key" | sed "s/^......../00000000/")" &&
		raw_entry 100644 "$(blob_of)" "$key"
	} | raw_tree) &&
	push_tree $links "$tree"
'

attack notes-tree 'a tree that only a commit in between has' '
	tip=$(git rev-parse $links) &&
	tree=$({
		git ls-tree $links &&
		printf "100644 blob %s\tREADME\n" "$(blob_of)"
	} | git mktree) &&
	between=$(git commit-tree -p $tip -m x $tree) &&
	push_tip "$(git commit-tree -p $between -m x "$tip^{tree}")" $links
'

attack notes-tree 'a tree in place of a commit' '
	push_tip "$links^{tree}" refs/notes/in-toto/links/00
'

attack notes-tree 'a blob in place of a commit' '
	push_tip "$links:$key" refs/notes/in-toto/links/00
'

attack notes-tree 'a tag object in place of a commit' '
	tag_text x | sed "1s/.*/object $(git rev-parse $links)/" |
		store_tag >../id &&
	push_tip "$(cat ../id)" refs/notes/in-toto/links/00
'

attack notes-tree 'the project itself' '
	push_tip HEAD refs/notes/in-toto/links/00
'

attacks_done
