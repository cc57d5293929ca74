# transport-lib.sh: real servers on loopback, for the guard.
#
# All run as the current user and end with the test. Bare repositories are in
# $SERVERS; $SERVER is the path of the present one, $URL how clients name it.
# shellcheck shell=sh
# shellcheck disable=SC2154 # intoto_private is test-lib.sh's

SERVERS=$PWD/servers
SERVER=
URL=
ssh_config=$intoto_private/ssh_config
mkdir "$SERVERS" "$SERVERS/home" || exit 1

# wait_for COMMAND...: until it works, for ten seconds.
wait_for() {
	wait_left=100
	until "$@" 2>/dev/null; do
		wait_left=$((wait_left - 1))
		test $wait_left -gt 0 || return 1
		sleep 0.1
	done
}

free_port() {
	python3 -c 'import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])'
}

# What sshd runs in place of the login shell's own start: a HOME of the test.
make_login() {
	cat >"$intoto_private/login" <<-LOGIN &&
	#!/bin/sh
	HOME='$(echo "$SERVERS/home" | sed "s/'/'\\\\''/g")'
	PATH=$(dirname "$(command -v git)"):\$PATH
	export HOME PATH
	exec sh -c "\$SSH_ORIGINAL_COMMAND"
	LOGIN
	chmod +x "$intoto_private/login"
}

# Without PAM sshd lets nobody in whose password is locked, not by key either.
make_sshd_config() {
	case $(getent shadow "$(id -un)") in
	*:!*) sshd_pam=yes ;;
	*) sshd_pam=no ;;
	esac
	cat >"$intoto_private/sshd_config" <<-CONFIG
	HostKey $intoto_private/host
	AuthorizedKeysFile $intoto_private/client.pub
	AuthenticationMethods publickey
	PermitRootLogin yes
	StrictModes no
	UsePAM $sshd_pam
	PidFile none
	ForceCommand $intoto_private/login
	CONFIG
}

make_sshd() {
	test -f "$intoto_private/host" || {
		ssh-keygen -q -t ed25519 -N '' -f "$intoto_private/host" &&
		ssh-keygen -q -t ed25519 -N '' -f "$intoto_private/client" &&
		make_login && make_sshd_config
	}
}

# start_sshd NAME VARIABLES [CONFIG]: the ssh host NAME, which takes those
# variables; CONFIG in place of make_sshd_config's.
start_sshd() {
	make_sshd || return 1
	# Its chroot, which a start by init would make.
	test "$(id -u)" != 0 || mkdir -p -m 755 /run/sshd || return 1
	for sshd_try in 1 2 3 4 5; do
		sshd_port=$(free_port) || return 1
		/usr/sbin/sshd -D -e -f "${3:-$intoto_private/sshd_config}" \
			-o "ListenAddress=127.0.0.1:$sshd_port" \
			-o "AcceptEnv=$2" >"$intoto_private/sshd.$1" 2>&1 &
		ended_with_the_test $!
		wait_for sshd_answers "$1" $! && break
	done
	grep "listening on" "$intoto_private/sshd.$1" || {
		cat "$intoto_private/sshd.$1"
		return 1
	}
	cat >>"$ssh_config" <<-CONFIG
	Host $1
		HostName 127.0.0.1
		Port $sshd_port
		User $(id -un)
		IdentityFile $intoto_private/client
		IdentitiesOnly yes
		IdentityAgent none
		HostKeyAlias intoto
		UserKnownHostsFile $intoto_private/known_hosts
		BatchMode yes
	CONFIG
	echo "intoto $(cat "$intoto_private/host.pub")" \
		>"$intoto_private/known_hosts" &&
	git config --global core.sshCommand "ssh -F $ssh_config"
}

# Listening, or dead because the port was taken in between.
sshd_answers() {
	grep -q "listening on" "$intoto_private/sshd.$1" || ! kill -0 "$2"
}

start_web_server() {
	HOME=$SERVERS/home python3 "$intoto_top/t/data/serve_git.py" \
		"$SERVERS" "$intoto_private/port" 2>"$intoto_private/web" &
	ended_with_the_test $!
	wait_for test -f "$intoto_private/port" || {
		cat "$intoto_private/web"
		return 1
	}
}

# add_account HOST ACCOUNT: the host of start_sshd again, as HOST-ACCOUNT, with
# a key of its own: account.ACCOUNT.
add_account() {
	ssh-keygen -q -t ed25519 -N '' -f "$intoto_private/account.$2" &&
	sed -n "/^Host $1\$/,/^Host [^ ]*\$/{/^Host $1\$/s/\$/-$2/;p;}" \
		"$ssh_config" | sed "1!{/^Host /,\$d;}
			s|IdentityFile .*|IdentityFile $intoto_private/account.$2|" \
		>"$ssh_config.new" &&
	cat "$ssh_config.new" >>"$ssh_config"
}

# make_server HOST NAME: $SERVERS/NAME, guarded; HOST is one of ssh's, or http.
make_server() {
	SERVER=$SERVERS/$2
	case $1 in
	http)
		URL=http://127.0.0.1:$(cat "$intoto_private/port")/$(python3 -c \
			'import sys, urllib.parse
print(urllib.parse.quote(sys.argv[1]))' "$2") ;;
	*)
		URL=$1:$SERVER ;;
	esac
	git init -q --bare "$SERVER" &&
	git -C "$SERVER" config http.receivepack true &&
	git -C "$SERVER" intoto hooks install --server --key "$HOME/mona.pub"
}

# make_maintainer DIR: a copy of ./base whose origin is the present server.
make_maintainer() {
	cp -R base "$1" &&
	git -C "$1" remote add origin "$URL" &&
	git -C "$1" push -q origin main &&
	git -C "$1" intoto init --yes
}

# The command that the last output printed for publishing.
publish_command() {
	sed -n 's/^ *\(git push .*\)/\1/p' published | head -n 1 | grep .
}

publish() {
	publish_now=$(publish_command) &&
	eval "$publish_now"
}

release() {
	git intoto tag -m "$1" "$1" >published &&
	publish &&
	test "$(git --git-dir="$SERVER" rev-parse "refs/tags/$1")" = \
		"$(git rev-parse "refs/tags/$1")"
}

# With --git-dir git does not mind who owns it.
server_refs() {
	git --git-dir="$SERVER" for-each-ref --format='%(refname) %(objectname)'
}

# hostile TAG REASON COMMAND...: the push is refused, the client sees why in the
# server's words, and the server has what it had.
hostile() {
	hostile_tag=$1 hostile_reason=$2
	shift 2
	server_refs >../before &&
	test_must_fail "$@" 2>../err || return 1
	grep "^remote: in-toto: refs/tags/$hostile_tag: .*\[$hostile_reason\]" \
		../err || {
		cat ../err
		return 1
	}
	server_refs >../after &&
	test_cmp ../before ../after
}

# ssh_sends NAME=VALUE...: the configuration ssh_sends, with these variables set
# at the server, not here.
ssh_sends() {
	{
		printf SetEnv
		printf ' "%s"' "$@"
		echo
		cat "$ssh_config"
	} >"$intoto_private/ssh_sends"
}

# push_sending NAME=VALUE...: push the tag `bad` with these variables.
push_sending() {
	ssh_sends "$@" &&
	git -c core.sshCommand="ssh -F $intoto_private/ssh_sends" \
		push origin bad
}

# as_another COMMAND...: as the user nobody where that can be, with the home
# folder ../home.
as_another() {
	if test "$(id -u)" = 0; then
		setpriv --reuid=nobody --regid="$(id -g nobody)" --clear-groups \
			env HOME="$PWD/../home" "$@"
	else
		env HOME="$PWD/../home" GIT_TEST_ASSUME_DIFFERENT_OWNER=1 "$@"
	fi
}
