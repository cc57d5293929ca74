#!/bin/sh
test_description='the recipe for a bare repository over ssh, with accounts'
# shellcheck source=t/test-lib.sh
. ./test-lib.sh
# shellcheck source=t/transport-lib.sh
. "$intoto_top/t/transport-lib.sh"
# shellcheck source=t/server-lib.sh
. "$intoto_top/t/server-lib.sh"
need_program /usr/sbin/sshd openssh-server

test_expect_success 'set-up: sshd with two accounts, a guarded repository' '
	make_people &&
	start_accounts "$recipes/ssh/account" "GIT_* REMOTE_USER GITEA_*" &&
	SERVER=$SERVERS/project.git &&
	git init -q --bare "$SERVER" &&
	cp "$recipes/links-only" "$SERVER/hooks/pre-receive" &&
	git -C "$SERVER" intoto hooks install --server --key "$HOME/mona.pub" \
		--chain &&
	git -C "$SERVER" intoto hooks status &&
	MONA_URL=git-mona:$SERVER &&
	CI_URL=git-ci:$SERVER &&
	CI_REFUSAL="links-only: the account .ci. may not push"
'

show_recipe

test_expect_success 'a client cannot say who it is, nor speak for git' '
	cd "$here/mischief" &&
	for setting in REMOTE_USER=mona GITEA_PUSHER_NAME=mona \
		"GIT_CONFIG_COUNT=1\" \"GIT_CONFIG_KEY_0=core.hooksPath\" \"GIT_CONFIG_VALUE_0=/dev/null"
	do
		ssh_sends "$setting" &&
		told "$CI_REFUSAL" git -c core.sshCommand="ssh -F $intoto_private/ssh_sends" \
			push origin HEAD:refs/heads/mine ||
			return 1
	done
'

test_expect_success 'a key runs nothing but git' '
	test_must_fail ssh -F "$ssh_config" git-ci "touch $SERVER/ran" &&
	test_must_fail ssh -F "$ssh_config" git-ci </dev/null &&
	! test -e "$SERVER/ran"
'

test_done
