#!/bin/sh
test_description='the recipe for git http-backend behind lighttpd, with accounts'
# shellcheck source=t/test-lib.sh
. ./test-lib.sh
# shellcheck source=t/transport-lib.sh
. "$intoto_top/t/transport-lib.sh"
# shellcheck source=t/server-lib.sh
. "$intoto_top/t/server-lib.sh"
PATH=$PATH:/usr/sbin
need_program lighttpd lighttpd

# make_lighttpd: the recipe's configuration, with paths of the test; the rest
# is what Debian's own lighttpd.conf would say.
make_lighttpd() {
	web=$intoto_private/lighttpd
	web_port=$(free_port) &&
	{
		printf 'server.%s\n' 'bind = "127.0.0.1"' "port = $web_port" \
			"document-root = \"$SERVERS/home\"" \
			"errorlog = \"$web.log\"" 'modules = ()'
		sed -e "s|\"/srv/git\"|\"$SERVERS\"|" \
			-e "s|/usr/lib/git-core|$(git --exec-path)|" \
			-e "s|/etc/lighttpd/git.htpasswd|$web.htpasswd|" \
			-e "s|\"GIT_HTTP_EXPORT_ALL\"|\"HOME\" => \"$SERVERS/home\", &|" \
			-e "s|\"GIT_HTTP_EXPORT_ALL\"|\"PATH\" => \"$PWD/.bin:/usr/local/bin:/usr/bin:/bin\", &|" \
			"$recipes/http/lighttpd.conf"
	} >"$web.conf" &&
	for account in mona ci; do
		echo "$account:$(openssl passwd -apr1 "pw-of-$account")"
	done >"$web.htpasswd" || return 1
	lighttpd -D -f "$web.conf" >"$web.out" 2>&1 &
	ended_with_the_test $!
	wait_for web_answers || {
		cat "$web.out" "$web.log"
		return 1
	}
}

web_answers() {
	python3 -c 'import socket, sys
socket.create_connection(("127.0.0.1", int(sys.argv[1])))' "$web_port"
}

test_expect_success 'set-up: lighttpd with two accounts, a guarded repository' '
	make_people &&
	make_lighttpd &&
	SERVER=$SERVERS/project.git &&
	git init -q --bare "$SERVER" &&
	cp "$recipes/links-only" "$SERVER/hooks/pre-receive" &&
	git -C "$SERVER" intoto hooks install --server --key "$HOME/mona.pub" \
		--chain &&
	git -C "$SERVER" intoto hooks status &&
	site=http://127.0.0.1:$web_port/git/project.git &&
	MONA_URL=http://mona:pw-of-mona@127.0.0.1:$web_port/git/project.git &&
	CI_URL=http://ci:pw-of-ci@127.0.0.1:$web_port/git/project.git &&
	CI_REFUSAL="links-only: the account .ci. may not push"
'

show_recipe

test_expect_success 'who has no account reads, and pushes nothing' '
	cd "$here" &&
	git clone -q "$site" nobody &&
	cd nobody &&
	test_must_fail git push origin HEAD:refs/heads/mine 2>err &&
	grep -e "Authentication failed" -e "could not read Username" err &&
	git remote set-url origin \
		"http://mona:wrong@127.0.0.1:$web_port/git/project.git" &&
	test_must_fail git push origin HEAD:refs/heads/mine 2>err &&
	grep "Authentication failed" err
'

test_expect_success 'the files of the repository are not served' '
	for path in config intoto/trust.json hooks/pre-receive
	do
		python3 -c "import sys, urllib.request, urllib.error
try:
    urllib.request.urlopen(sys.argv[1])
except urllib.error.HTTPError as e:
    sys.exit(e.code != 404)
sys.exit(1)" "$site/$path" || return 1
	done
'

# The way past the pattern of the configuration: http-backend asks as well.
test_expect_success 'an address that is spelled otherwise asks for the account' '
	for path in git-receive-pack git-receive%2Dpack "./git-receive-pack" \
		"info/refs?service=git%2Dreceive-pack" \
		"info/refs?service=git-receive-pack"
	do
		python3 -c "import sys, urllib.request, urllib.error
kind = \"application/x-git-receive-pack-request\"
data = None if \"?\" in sys.argv[1] else b\"0000\"
request = urllib.request.Request(sys.argv[1], data=data,
                                 headers={\"Content-Type\": kind})
try:
    urllib.request.urlopen(request)
except urllib.error.HTTPError as e:
    sys.exit(e.code not in (401, 403))
sys.exit(1)" "$site/$path" || {
			echo "$path"
			return 1
		}
	done
'

# Dumb HTTP writes files by WebDAV, and no hook runs: there is none here.
test_expect_success 'a dumb push over http is not possible' '
	python3 -c "import sys, urllib.request, urllib.error
request = urllib.request.Request(sys.argv[1], data=b\"x\", method=\"PUT\")
try:
    urllib.request.urlopen(request)
except urllib.error.HTTPError as e:
    sys.exit(e.code < 400)
sys.exit(1)" "$site/refs/heads/mine"
'

test_done
