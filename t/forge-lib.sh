# forge-lib.sh: for the tests of refusals: put anything into a repository.
#
# Sourced after test-lib.sh. Nothing here goes through the program under test.
# shellcheck shell=sh

# The Python that has Debian's in-toto and its libraries.
if ! /usr/bin/python3 -c 'import cryptography, securesystemslib.formats' \
	2>/dev/null; then
	echo "Bail out! the Python library of in-toto is missing (package in-toto)"
	exit 1
fi

# forge NAME[,NAME]... STATEMENTS <line: the line, changed and signed again by
# the keys ~/NAME; in STATEMENTS `home` is the folder of the keys.
forge() {
	forge_keys=$(echo "$1" | sed "s|^|$HOME/|; s|,|,$HOME/|g") &&
	/usr/bin/python3 "$intoto_top/t/interop/forge.py" "$forge_keys" \
		"home = '$HOME/'
$2"
}

# dsse NAME[,NAME]... STATEMENTS <line: the same, in a DSSE envelope.
dsse() {
	forge_keys=$(echo "$1" | sed "s|^|$HOME/|; s|,|,$HOME/|g") &&
	/usr/bin/python3 "$intoto_top/t/interop/forge.py" --dsse "$forge_keys" \
		"home = '$HOME/'
$2"
}

# shard OBJECT: the short name of the notes ref of its links.
shard() {
	echo "in-toto/links/$(git rev-parse "$1" | tail -c 3)"
}

# put_note TAG: its note is stdin, byte for byte.
put_note() {
	put_id=$(git rev-parse "refs/tags/$1") &&
	put_blob=$(git hash-object -w --stdin) &&
	git notes --ref="$(shard "$put_id")" add -f -C "$put_blob" "$put_id" \
		2>/dev/null
}

# put_layout NAME: the layout in force here is the line on stdin.
put_layout() {
	put_blob=$(git hash-object -w --stdin) &&
	git notes --ref="in-toto/layouts/$1" add -f -C "$put_blob" \
		"$(git hash-object -t tree -w /dev/null)" 2>/dev/null
}

# layout_line NAME: the line in force here.
layout_line() {
	git notes --ref="in-toto/layouts/$1" show \
		"$(git hash-object -t tree /dev/null)"
}

# change_layout NAME KEYS STATEMENTS: the layout in force, changed.
change_layout() {
	layout_line "$1" >"$TMPDIR/layout" &&
	forge "$2" "$3" <"$TMPDIR/layout" >"$TMPDIR/changed" &&
	put_layout "$1" <"$TMPDIR/changed"
}

# line_of TAG STEP: the whole line of the link of that step.
line_of() {
	note_of "$1" | python3 -c 'import json, sys
for line in sys.stdin:
    if json.loads(line)["signed"]["name"] == sys.argv[1]:
        print(line, end="")' "$2"
}

# make_tag NAME: the tag NAME is the object on stdin, well-formed or not: git
# itself would not write a ref to some of them.
make_tag() {
	git hash-object -t tag -w --literally --stdin \
		>"$(git rev-parse --git-path "refs/tags/$1")"
}
