#!/bin/sh
test_description='24 writers at once, over real transports, past the guard'
# shellcheck source=t/test-lib.sh
. ./test-lib.sh
# shellcheck source=t/transport-lib.sh
. "$intoto_top/t/transport-lib.sh"

here=$PWD

# writers N: clones $transport-1 to $transport-N, each with a key of its own.
writers() {
	git clone -q "$URL" $transport-0 &&
	git -C $transport-0 intoto trust add "$HOME/mona.pub" &&
	for n in $(seq $1); do
		cp -R $transport-0 $transport-$n &&
		git -C $transport-$n config intoto.signingKey \
			"$HOME/writer-$n" || return 1
	done
}

# all_at_once N COMMAND...: in the clone of each writer, whose number is `%` in
# it; every one exits 0.
all_at_once() {
	all_n=$1 pids=
	shift
	for n in $(seq $all_n); do
		(
			cd "$transport-$n" &&
			eval "$(echo "$*" | sed "s/%/$n/g")" >out 2>err
		) &
		pids="$pids $!"
	done
	all_ok=true
	for pid in $pids; do
		wait "$pid" || all_ok=false
	done
	for n in $(seq $all_n); do
		sed -n "s/^/writer $n: /; /attempts/p; /error:/p" \
			"$transport-$n/out" "$transport-$n/err"
	done
	$all_ok
}

# lines_of TAG: how many the server has.
lines_of() {
	lines_id=$(git -C "$SERVER" rev-parse "refs/tags/$1") &&
	git -C "$SERVER" notes --ref="$(echo "$lines_id" |
		sed "s|.*\(..\)\$|in-toto/links/\1|")" show "$lines_id" | wc -l
}

test_expect_success 'set-up: a key for each, the servers' '
	make_ssh_key mona &&
	sign_with_ssh mona &&
	for n in $(seq 24); do
		make_ssh_key writer-$n || return 1
	done &&
	make_project base &&
	(
		cd base &&
		git intoto init --yes &&
		git intoto layout add-key release "$HOME"/writer-*.pub \
			--step build &&
		git intoto layout sign release
	) &&
	start_sshd ssh GIT_PROTOCOL &&
	start_web_server
'

# at_once TRANSPORT WRITERS: all of it by so many.
at_once() {
	test_expect_success "$1: set-up: a server and $2 clones" '
		cd "$here" &&
		transport='$1' n_writers='$2' &&
		make_server $transport "$transport.git" &&
		make_maintainer $transport &&
		git -C $transport intoto tag -m one one &&
		git -C $transport intoto push origin one &&
		writers $n_writers
	'

	test_expect_success "$1: $2 tags at once: every one is there" '
		all_at_once $n_writers "git intoto tag --key \"$HOME/mona\" \
			-m t% t% && git intoto push origin t%" &&
		for n in $(seq $n_writers); do
			test "$(lines_of t$n)" = 1 || return 1
		done &&
		git -C "$SERVER" fsck --strict
	'

	test_expect_success "$1: $2 lines of one tag at once: none is lost" '
		all_at_once $n_writers "git intoto build --tag one \
			-p \"dist/*\" -- make dist && git intoto push origin one" &&
		test "$(lines_of one)" = $((n_writers + 1)) &&
		git -C "$SERVER" fsck --strict
	'

	test_expect_success "$1: nobody has anything left to push" '
		all_at_once $n_writers "git intoto push |
			grep \"^everything is there already\""
	'

	test_expect_success "$1: who fetches has all of it" '
		git clone -q "$URL" $transport-user &&
		cd $transport-user &&
		git intoto trust add "$HOME/mona.pub" &&
		git intoto fetch &&
		git intoto verify one ../$transport-1/dist/foo-1.0.tar &&
		test "$(note_of one | wc -l)" = $((n_writers + 1)) &&
		for n in $(seq $n_writers); do
			note_of t$n >/dev/null || return 1
		done
	'
}

at_once ssh 24
at_once http 6

test_done
