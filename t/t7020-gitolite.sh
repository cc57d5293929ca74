#!/bin/sh
test_description='the recipe for gitolite3, as an unprivileged user over ssh'
# shellcheck source=t/test-lib.sh
. ./test-lib.sh
# shellcheck source=t/transport-lib.sh
. "$intoto_top/t/transport-lib.sh"
# shellcheck source=t/server-lib.sh
. "$intoto_top/t/server-lib.sh"
need_program gitolite gitolite3
need_program /usr/sbin/sshd openssh-server

gitolite_home=$intoto_private/gitolite

# A script, for sshd as well: a command as the user of gitolite, with nothing
# of our environment but what sshd tells.
make_as_gitolite() {
	as_user=
	test "$(id -u)" != 0 ||
		as_user="setpriv --reuid=nobody --regid=$(id -g nobody) --clear-groups"
	cat >"$intoto_private/as_gitolite" <<-SCRIPT &&
	#!/bin/sh
	exec env -i HOME="$gitolite_home" USER=gitolite LOGNAME=gitolite \\
		PATH="$gitolite_home/bin:/usr/local/bin:/usr/bin:/bin" \\
		\${SSH_CONNECTION+"SSH_CONNECTION=\$SSH_CONNECTION"} \\
		\${SSH_ORIGINAL_COMMAND+"SSH_ORIGINAL_COMMAND=\$SSH_ORIGINAL_COMMAND"} \\
		$as_user "\$@"
	SCRIPT
	chmod 755 "$intoto_private/as_gitolite"
}

as_gitolite() {
	( cd / && "$intoto_private/as_gitolite" "$@" )
}

# What sshd would do as that user: the command of the key in gitolite's own
# authorized_keys.
make_gitolite_login() {
	cat >"$intoto_private/gitolite_login" <<-SCRIPT &&
	#!/bin/sh
	key=\$(sed -n 's/^publickey \\([^ ]* [^ ]*\\).*/\\1/p' "\$SSH_USER_AUTH")
	line=\$(grep -F "\$key" "$gitolite_home/.ssh/authorized_keys") || exit
	command=\$(echo "\$line" | sed 's/^command="\\([^"]*\\)".*/\\1/')
	cd / && exec "$intoto_private/as_gitolite" sh -c "\$command"
	SCRIPT
	chmod 755 "$intoto_private/gitolite_login" &&
	make_sshd &&
	sed -e "s|^ForceCommand .*|ForceCommand $intoto_private/gitolite_login|" \
		-e "s|^AuthorizedKeysFile .*|AuthorizedKeysFile $gitolite_home/.ssh/authorized_keys|" \
		"$intoto_private/sshd_config" >"$intoto_private/gitolite_config" &&
	echo "ExposeAuthInfo yes" >>"$intoto_private/gitolite_config"
}

test_expect_success 'set-up: gitolite, with mona as its administrator' '
	make_people &&
	chmod 711 "$intoto_private" &&
	mkdir "$gitolite_home" &&
	mkdir "$gitolite_home/bin" &&
	cp "$intoto_program" "$gitolite_home/bin/git-intoto" &&
	cp "$HOME/mona.pub" "$gitolite_home/pin.pub" &&
	make_as_gitolite &&
	make_gitolite_login &&
	start_sshd gitolite GIT_PROTOCOL "$intoto_private/gitolite_config" &&
	add_account gitolite mona &&
	add_account gitolite ci &&
	cp "$intoto_private/account.mona.pub" "$gitolite_home/mona.pub" &&
	if test "$(id -u)" = 0
	then
		chown -R nobody "$gitolite_home"
	fi &&
	as_gitolite gitolite setup -pk "$gitolite_home/mona.pub" &&
	git ls-remote gitolite-mona:gitolite-admin
'

test_expect_success 'the recipe: rc, hook, configuration, pin' '
	as_gitolite sed -i \
		-e "s|^\( *\)# LOCAL_CODE *=> *\"\\\$ENV{HOME}/local\"|\1LOCAL_CODE => \"\$ENV{HOME}/local\"|" \
		-e "s|^\( *\)# .repo-specific-hooks.,|\1${SQ}repo-specific-hooks${SQ},|" \
		"$gitolite_home/.gitolite.rc" &&
	grep "^ *LOCAL_CODE " "$gitolite_home/.gitolite.rc" &&
	grep "^ *.repo-specific-hooks.," "$gitolite_home/.gitolite.rc" &&
	as_gitolite mkdir -p "$gitolite_home/local/hooks/repo-specific" &&
	our_hook "$gitolite_home/bin/git-intoto" >hook &&
	as_gitolite sh -c "cat >$gitolite_home/local/hooks/repo-specific/git-intoto" \
		<hook &&
	as_gitolite chmod +x \
		"$gitolite_home/local/hooks/repo-specific/git-intoto" &&
	git clone -q gitolite-mona:gitolite-admin admin &&
	cp "$intoto_private/account.ci.pub" admin/keydir/ci.pub &&
	cat "$recipes/gitolite/project.conf" >>admin/conf/gitolite.conf &&
	git -C admin add . &&
	git -C admin commit -q -m "a guarded project" &&
	git -C admin push origin HEAD:master 2>err &&
	cat err &&
	! grep -e WARNING -e FATAL err &&
	as_gitolite git -C "$gitolite_home/repositories/project.git" intoto \
		trust add "$gitolite_home/pin.pub" &&
	SERVER=$gitolite_home/repositories/project.git &&
	MONA_URL=gitolite-mona:project &&
	CI_URL=gitolite-ci:project &&
	CI_REFUSAL="FATAL: W refs/.* project ci DENIED by fallthru"
'

show_recipe

test_expect_success 'gitolite has kept its own update hook' '
	as_gitolite readlink "$SERVER/hooks/update" >link &&
	grep "\.gitolite/hooks/common/update$" link
'

test_expect_success 'hooks install leaves gitolite'\''s hooks alone' '
	cd "$here" &&
	test_expect_code 1 as_gitolite git -C "$SERVER" intoto hooks install \
		--server 2>err &&
	grep "\[hook-stranger\]" err &&
	as_gitolite readlink "$SERVER/hooks/update"
'

test_expect_success 'a repository of gitolite without a pin lets no tag in' '
	cd "$here/admin" &&
	printf "%s\n" "repo other" "    RW+ = mona" \
		"    option hook.pre-receive = git-intoto" \
		>>conf/gitolite.conf &&
	git commit -q -a -m "without a pin" &&
	git push origin HEAD:master &&
	cd ../maintainer &&
	git push gitolite-mona:other main &&
	told "in-toto: refs/tags/v2: " git push gitolite-mona:other v2
'

# Its driver compares its own name with hooks/pre-receive: the last hook of the
# list decides all the same.
test_expect_success 'it holds with another core.hooksPath, being the last' '
	as_gitolite git -C "$SERVER" config core.hooksPath "$SERVER/hooks" &&
	cd "$here/maintainer" &&
	told "in-toto: refs/tags/unsigned: " git push origin unsigned &&
	as_gitolite git -C "$SERVER" config --unset core.hooksPath
'

test_done
