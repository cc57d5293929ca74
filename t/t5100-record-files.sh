#!/bin/sh
test_description='files are recorded as the tools of in-toto record them'
# shellcheck source=t/test-lib.sh
. ./test-lib.sh

PYTHON=/usr/bin/python3
if ! "$PYTHON" -c 'import in_toto, pathspec' 2>/dev/null; then
	echo "Bail out! the Python library in_toto is missing (package in-toto)"
	exit 1
fi
here=$PWD

# materials ARG...: what `run -x` records with these, a name a line.
materials() {
	rm -rf "$here/links" && mkdir "$here/links" &&
	git intoto run -n s -x --key "$HOME/ed.pem" -d "$here/links" "$@" \
		>"$here/out" 2>"$here/err" &&
	"$PYTHON" -c '
import json, sys
link = json.load(open(sys.argv[1]))["signed"]
for name in sorted(link["materials"]):
    print(json.dumps(name, ensure_ascii=False)[1:-1])' "$here"/links/*.link
}

# digest NAME: of what was recorded last.
digest() {
	"$PYTHON" -c '
import json, sys
link = json.load(open(sys.argv[1]))["signed"]
print(link["materials"][sys.argv[2]]["sha256"])' "$here"/links/*.link "$1"
}

test_expect_success 'set-up' '
	make_pem_key ed
'

test_expect_success 'random trees and options: equal, artifact by artifact' '
	mkdir peer &&
	(
		cd peer &&
		"$PYTHON" "$SHARNESS_TEST_SRCDIR/interop/record_peer.py" \
			"$intoto_program" "$HOME/ed.pem" 300 20
	) >counts &&
	read -r _ same _ errors _ known _ artifacts <counts &&
	test "$same" -ge 200 && test "$errors" -ge 10 &&
	test "$known" -le 40 && test "$artifacts" -ge 500
'

test_expect_success 'in-toto-run itself records the same tree' '
	mkdir -p tree/src/sub tree/b.linkdir tree/.git &&
	(
		cd tree &&
		echo x >src/a && echo x >src/sub/b.pyc && echo x >src/sub/c &&
		echo x >b.linkdir/d && echo x >.git/HEAD && echo x >e~ &&
		ln -s src/a to-file && ln -s nowhere dead && ln -s src to-dir &&
		printf "a\r\nb" >"caf$(printf "\303\251")"
	) &&
	"$PYTHON" - "$HOME/peer" <<-\EOF &&
	import sys
	from securesystemslib.interface import _generate_and_write_ed25519_keypair
	_generate_and_write_ed25519_keypair(filepath=sys.argv[1])
	EOF
	for options in "" "--exclude *.link* .git sub" "--lstrip-paths src/" \
		"--exclude .git !x --lstrip-paths to-dir/sub b."; do
		rm -rf theirs && mkdir theirs &&
		(
			set -f &&
			# shellcheck disable=SC2086
			in-toto-run -n s -x -k "$HOME/peer" -t ed25519 \
				-d theirs -m . --base-path tree $options
		) &&
		rm -rf links && mkdir links &&
		(
			set -f &&
			# shellcheck disable=SC2086
			git intoto run -n s -x --key "$HOME/ed.pem" -d links \
				--follow-symlink-dirs -m . --base-path tree \
				$options
		) &&
		"$PYTHON" - theirs/*.link links/*.link <<-\EOF || return 1
		import json, sys
		a, b = [json.load(open(x))["signed"]["materials"]
		        for x in sys.argv[1:]]
		assert a == b and a, (a, b)
		EOF
	done
'

test_expect_success 'what is not there is named in a warning' '
	(cd tree && materials -m none -m dead -m src/a) >names &&
	echo src/a >expected && test_cmp expected names &&
	grep "warning: .*none" err && grep "warning: .*dead" err
'

test_expect_success 'a FIFO, a socket and a device are named, and refused' '
	mkdir odd && echo x >odd/f && mkfifo odd/fifo &&
	test_must_fail materials -m odd &&
	grep "error: .*odd/fifo.* regular file" err &&
	test -z "$(ls links)" &&
	materials -m odd --ignore-unreadable >names &&
	echo odd/f >expected && test_cmp expected names &&
	test_must_fail materials -m /dev/zero &&
	grep "error: .*/dev/zero.* regular file" err &&
	rm odd/fifo &&
	"$PYTHON" -c "
import socket
socket.socket(socket.AF_UNIX).bind(\"odd/socket\")" &&
	test_must_fail materials -m odd &&
	grep "error: .*odd/socket" err
'

test_expect_success 'a circle of folders is named, and refused' '
	mkdir -p circle/a/b && ln -s .. circle/a/b/up && echo x >circle/a/f &&
	materials -m circle >names &&
	echo circle/a/f >expected && test_cmp expected names &&
	test_must_fail materials -m circle --follow-symlink-dirs &&
	grep "error: .*circle/a/b/up" err
'

test_expect_success 'a name that is no UTF-8 is refused, escaped' '
	mkdir bytes && echo x >"$(printf "bytes/a\377b")" &&
	test_must_fail materials -m bytes &&
	grep "error: .*bytes/a.xffb.* not UTF-8" err &&
	echo x >bytes/good &&
	materials -m bytes --exclude "a*" >names &&
	echo bytes/good >expected && test_cmp expected names
'

test_expect_success 'two files of one name are refused' '
	mkdir -p twice/a && echo x >twice/a/f && echo y >twice/f &&
	test_must_fail materials --base-path twice -m . --lstrip-paths a/ &&
	grep "error: .*a/f.* and .f. would both be recorded as .f." err &&
	echo y >"twice/a\\f" &&
	test_must_fail materials --base-path twice -m . &&
	grep "would both be recorded as .a/f." err
'

test_expect_success 'prefixes that begin one another are refused' '
	test_must_fail materials -m tree --lstrip-paths tr --lstrip-paths t &&
	grep "error: prefix .t. begins prefix .tr." err
'

test_expect_success 'a repository is not recorded, whatever is excluded' '
	materials --base-path tree -m . -m .git -m .git/HEAD \
		--exclude "!.git" >names &&
	! grep HEAD names && grep e~ names
'

test_expect_success 'a pattern does not leave out the folder that is recorded' '
	materials --base-path tree/src -m . --exclude ".*" >names &&
	grep "^a$" names
'

test_expect_success 'line ends make no difference where that is wanted' '
	mkdir ends && printf "a\r\nb\rc\n" >ends/dos && printf "a\nb\nc\n" >ends/unix &&
	materials -m ends >names && test "$(digest ends/dos)" != "$(digest ends/unix)" &&
	materials -m ends --normalize-line-endings >names &&
	test "$(digest ends/dos)" = "$(digest ends/unix)" &&
	test "$(digest ends/dos)" = "$(sha256sum <ends/unix | cut -d " " -f 1)"
'

test_expect_success 'file: is kept, dir: is one digest, ostree: a commit' '
	mkdir -p os/refs/heads os/objects/ab &&
	commit=ab$(sha256sum <ends/unix | cut -c 3-64) &&
	echo "$commit" >os/refs/heads/main &&
	echo content >"os/objects/ab/$(echo "$commit" | cut -c 3-).commit" &&
	materials -m file:ends/dos -m dir:ends >names &&
	printf "dir:ends\nfile:ends/dos\n" >expected &&
	test_cmp expected names &&
	(cd ends && find . -type f | cut -c 3- | LC_ALL=C sort |
		xargs sha256sum | sha256sum | cut -d " " -f 1) >expected &&
	digest dir:ends >actual && test_cmp expected actual &&
	materials --base-path os -m ostree:main &&
	test "$(digest ostree:main)" = "$(echo content | sha256sum |
		cut -d " " -f 1)" &&
	test_must_fail materials -m dir:none &&
	test_must_fail materials -m dir:ends/dos &&
	test_must_fail materials --base-path os -m ostree:none
'

test_done
