#!/bin/sh
test_description='git intoto push, killed at 120 moments, here and at the server'
# shellcheck source=t/test-lib.sh
. ./test-lib.sh
# shellcheck source=t/forge-lib.sh
. "$intoto_top/t/forge-lib.sh"
# shellcheck source=t/kill-lib.sh
. "$intoto_top/t/kill-lib.sh"

# The server has the old or the new of each, and no tag without its link; the
# client has what it had.
sound() {
	server=$here/now/server.git &&
	is_one_of "$server" $layout $old_layout $new_layout &&
	is_one_of "$server" refs/tags/v2 - $tag &&
	lines "$server" v1 >"$TMPDIR/lines" &&
	{
		cmp -s "$TMPDIR/lines" "$here/start/old-lines" ||
		cmp "$TMPDIR/lines" "$here/start/new-lines"
	} &&
	if git --git-dir="$server" rev-parse -q --verify refs/tags/v2 >/dev/null
	then
		lines "$server" v2 >"$TMPDIR/lines" &&
		cmp "$TMPDIR/lines" "$here/start/v2-lines"
	fi &&
	whole "$server" &&
	is_one_of .git refs/tags/v2 $tag &&
	is_one_of .git $layout $new_layout &&
	lines .git v2 | cmp - "$here/start/v2-lines" &&
	lines .git v1 >"$TMPDIR/lines" &&
	{
		cmp -s "$TMPDIR/lines" "$here/start/own-lines" ||
		cmp "$TMPDIR/lines" "$here/start/new-lines"
	} &&
	whole .git
}

complete() {
	server=$here/now/server.git &&
	is_one_of "$server" $layout $new_layout &&
	is_one_of "$server" refs/tags/v2 $tag &&
	lines "$server" v1 | cmp - "$here/start/new-lines" &&
	lines "$server" v2 | cmp - "$here/start/v2-lines" &&
	lines .git v1 | cmp - "$here/start/new-lines" &&
	git intoto push origin v1 v2 >"$TMPDIR/out" &&
	grep -q "^everything is there already" "$TMPDIR/out"
}

test_expect_success 'the client killed' '
	each start client 70 git intoto push origin v1 v2
'

test_expect_success 'the server killed' '
	each start server 50 git intoto push origin v1 v2
'

test_done
