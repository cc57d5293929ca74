# kill-lib.sh: commands that are killed at many moments, and run again.
#
# Sourced after test-lib.sh and forge-lib.sh. A scenario is a folder with the
# client's repository w and the server's server.git; `fresh` copies it to ./now.
# A test defines `sound` (what holds after a kill) and `complete` (what holds
# after the same command has run again), both in ./now/w.
# shellcheck shell=sh
# shellcheck disable=SC2154 # of test-lib.sh

here=$PWD
kill_at=$intoto_private/kill_at.so
counter=$intoto_private/counter
rsh=$intoto_private/rsh
lock=$intoto_private/server.lock

# What git takes for ssh: the server's part, in a process group of its own. It
# holds a lock as long as any of it runs.
cat >"$rsh" <<RSH
#!/bin/sh
shift
exec 9>>'$lock'
flock -s 9
case \$KILL_SIDE in
server)
	exec setsid env LD_PRELOAD='$kill_at' sh -c "\$*" ;;
*)
	exec setsid env -u LD_PRELOAD -u KILL_AT sh -c "\$*" ;;
esac
RSH
chmod +x "$rsh"
GIT_SSH_COMMAND=$rsh
GIT_SSH_VARIANT=simple
ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0
ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0
export GIT_SSH_COMMAND GIT_SSH_VARIANT ASAN_OPTIONS

# at SIDE N COMMAND...: one side of it killed right before its Nth call that
# does something; 0 only counts them.
at() {
	at_side=$1 at_n=$2 at_preload=
	shift 2
	rm -f "$counter"
	test $at_side = server || at_preload=$kill_at
	( exec setsid env KILL_SIDE=$at_side KILL_AT=$at_n \
		KILL_COUNTER="$counter" LD_PRELOAD=$at_preload "$@" \
		>"$TMPDIR/out" 2>"$TMPDIR/err" ) 2>/dev/null
	at_status=$?
	# The other side sees that the connection is gone, and ends.
	flock -x "$lock" true
	return $at_status
}

# A lock that git leaves is git's.
remove_locks() {
	find "$here/now" -name "*.lock" -exec rm -f "{}" +
}

# fresh: all is as before the command, in the folder of the client.
fresh() {
	rm -rf "$here/now" &&
	cp -R "$here/$1" "$here/now" &&
	cd "$here/now/w"
}

# each SCENARIO SIDE COUNT COMMAND...: killed at so many moments, spread over
# all there are. After each `sound`; after the same command again `complete`.
each() {
	each_of=$1 each_side=$2 each_count=$3 each_i=0
	shift 3
	fresh $each_of &&
	at $each_side 0 "$@" &&
	complete &&
	each_all=$(wc -c <"$counter") &&
	echo "$each_count of $each_all moments" &&
	test $each_all -ge $each_count || return 1
	while test $each_i -lt $each_count; do
		each_i=$((each_i + 1)) &&
		each_n=$((each_i * each_all / each_count)) &&
		fresh $each_of || return 1
		at $each_side $each_n "$@"
		remove_locks
		if ! sound
		then
			echo "not sound after moment $each_n"
			cat "$TMPDIR/out" "$TMPDIR/err"
			return 1
		fi
		if ! "$@" >"$TMPDIR/out" 2>"$TMPDIR/err" || ! complete
		then
			echo "not completed after moment $each_n"
			cat "$TMPDIR/out" "$TMPDIR/err"
			return 1
		fi
	done
}

whole() {
	git --git-dir="$1" fsck --strict --no-dangling --no-progress
}

# lines REPOSITORY TAG: what it has recorded for it.
lines() {
	lines_id=$(git -C "$here/start/w" rev-parse "refs/tags/$2") &&
	git --git-dir="$1" notes \
		--ref="in-toto/links/$(echo "$lines_id" | tail -c 3)" \
		show "$lines_id" 2>/dev/null
}

# is_one_of REPOSITORY REF ID...: the ref has one of these; `-` is none.
is_one_of() {
	is_id=$(git --git-dir="$1" rev-parse -q --verify "$2" || echo -)
	is_ref=$2
	shift 2
	for id; do
		test "$is_id" != "$id" || return 0
	done
	echo "$is_ref is at $is_id"
	return 1
}

layout=refs/notes/in-toto/layouts/release

# start/server.git has v1 with a line of ci2 that start/w has not; start/w has a
# line of ci1 for it, a renewed layout, and the tag v2. start/reader is a clone
# from before.
test_expect_success 'set-up: a client and a server' '
	cc -shared -fPIC -O1 -o "$kill_at" \
		"$intoto_top/t/data/kill_at.c" -ldl &&
	make_ssh_key mona &&
	make_ssh_key ci1 &&
	make_ssh_key ci2 &&
	sign_with_ssh mona &&
	git config --global gc.auto 0 &&
	git config --global receive.autogc false &&
	mkdir start &&
	git init -q --bare start/server.git &&
	( cd start/server.git &&
	git intoto hooks install --server --key "$HOME/mona.pub" ) &&
	make_project start/w &&
	cd start/w &&
	git remote add origin ../server.git &&
	git push -q origin HEAD:main &&
	git intoto init --yes &&
	git intoto layout add-key release "$HOME/ci1.pub" "$HOME/ci2.pub" \
		--step build &&
	git intoto layout sign release &&
	git intoto tag -m v1 v1 &&
	git intoto push origin v1 &&
	git clone -q ../server.git ../ci2 &&
	git intoto build --tag v1 --key "$HOME/ci1" -p "dist/*" -- make dist &&
	(
		cd ../ci2 &&
		git intoto trust add "$HOME/mona.pub" &&
		git intoto build --tag v1 --key "$HOME/ci2" -p "dist/*" -- \
			make dist &&
		git intoto push
	) &&
	git intoto layout renew release &&
	git intoto tag -m v2 v2 &&
	git config remote.origin.url "fake:$here/now/server.git" &&
	tag=$(git rev-parse refs/tags/v2) &&
	old_layout=$(git rev-parse $layout~1) &&
	new_layout=$(git rev-parse $layout) &&
	cd .. &&
	lines server.git v1 >old-lines &&
	{ cat old-lines && lines w/.git v1; } | LC_ALL=C sort -u >new-lines &&
	lines w/.git v1 >own-lines &&
	test "$(wc -l <new-lines)" = 3 &&
	lines w/.git v2 >v2-lines
'
