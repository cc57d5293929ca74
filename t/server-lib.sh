# server-lib.sh: what each server recipe must show, with plain git.
#
# Sourced after test-lib.sh. A test sets up its server and says how the two
# accounts name it: MONA_URL (a maintainer) and CI_URL (pushes links only), and
# in CI_REFUSAL what the CI account is told.
# shellcheck shell=sh

recipes=$intoto_top/contrib/server
MONA_URL=
CI_URL=
CI_REFUSAL=

# make_people: keys, and ./base, whose layout lets the CI's key build.
make_people() {
	make_ssh_key mona &&
	make_ssh_key ci &&
	sign_with_ssh mona &&
	make_project base &&
	(
		cd base &&
		git intoto init --yes &&
		git intoto layout add-key release "$HOME/ci.pub" --step build &&
		git intoto layout sign release
	)
}

# our_hook [PROGRAM]: contrib/server/pre-receive, with the program under test in
# place of an installed one.
our_hook() {
	sed "s|^program=.*|program=\"${1:-$intoto_program}\"|" \
		"$recipes/pre-receive"
}

# need_program PROGRAM PACKAGE: or skip all, naming it. contrib/install-deps
# installs it where tests run.
need_program() {
	command -v "$1" >/dev/null || test -x "$1" || {
		# shellcheck disable=SC2034 # sharness reads it
		skip_all="no $1 (package $2)"
		test_done
	}
}

# start_accounts SCRIPT VARIABLES: sshd, which takes these variables; `git-mona`
# and `git-ci` are hosts where these accounts run `SCRIPT mona`, `SCRIPT ci` and
# nothing else.
start_accounts() {
	make_sshd &&
	sed -e /^ForceCommand/d -e "s|^AuthorizedKeysFile .*|AuthorizedKeysFile $intoto_private/authorized_keys|" \
		"$intoto_private/sshd_config" >"$intoto_private/accounts" &&
	echo "PermitUserEnvironment yes" >>"$intoto_private/accounts" &&
	start_sshd git "$2" "$intoto_private/accounts" &&
	for account in mona ci; do
		add_account git $account &&
		printf 'environment="%s",environment="%s",restrict,' \
			"HOME=$SERVERS/home" \
			"PATH=$PWD/.bin:/usr/local/bin:/usr/bin:/bin" &&
		printf 'command="\\"%s\\" %s" %s\n' "$1" $account \
			"$(cat "$intoto_private/account.$account.pub")" ||
			return 1
	done >"$intoto_private/authorized_keys"
}

# The command that the last output printed for publishing.
published_command() {
	sed -n 's/^ *\(git push .*\)/\1/p' published | head -n 1 | grep .
}

# told REASON COMMAND...: the push fails, and the client's screen says so.
told() {
	told_reason=$1
	shift
	test_must_fail "$@" 2>../err || return 1
	grep "^remote: .*$told_reason" ../err || {
		cat ../err
		return 1
	}
}

# show_recipe: the tests.
show_recipe() {
	here=$PWD

	test_expect_success 'a maintainer: layout, links and a good tag get in' '
		cd "$here" &&
		cp -R base maintainer &&
		cd maintainer &&
		git remote add origin "$MONA_URL" &&
		git push -q origin main &&
		git intoto init --yes &&
		git push origin "refs/notes/in-toto/layouts/*" &&
		git intoto tag -m v1.0 v1.0 >published &&
		publish=$(published_command) &&
		eval "$publish" &&
		git ls-remote --exit-code origin refs/tags/v1.0
	'

	test_expect_success 'an unproven tag is refused, and the client told why' '
		cd "$here/maintainer" &&
		git tag -a -m x unsigned &&
		told "in-toto: refs/tags/unsigned: .*\[tag-unsigned\]" \
			git push origin unsigned &&
		git tag -s -m x unlinked &&
		told "in-toto: refs/tags/unlinked: .*\[tag-unlinked\]" \
			git push origin unlinked &&
		told "in-toto: refs/tags/v1.0: .*\[tag-" \
			git push origin :refs/tags/v1.0 &&
		test_must_fail git ls-remote --exit-code origin \
			"refs/tags/un*" &&
		git ls-remote --exit-code origin refs/tags/v1.0
	'

	test_expect_success 'the CI account adds the link of its build' '
		cd "$here" &&
		git clone -q "$CI_URL" ci &&
		cd ci &&
		git config user.signingKey "$HOME/ci.pub" &&
		git fetch origin "refs/notes/in-toto/*:refs/notes/in-toto/*" &&
		git intoto trust add "$HOME/mona.pub" &&
		git checkout -q v1.0 &&
		git intoto build --key "$HOME/ci" -p "dist/*" -- make dist \
			>published &&
		publish=$(published_command) &&
		eval "$publish"
	'

	# All of it is good, and a maintainer may push it.
	test_expect_success 'the CI account adds nothing else' '
		cd "$here/maintainer" &&
		git intoto tag -m v2 v2 >published &&
		git intoto layout renew release &&
		git clone -q "$CI_URL" ../mischief &&
		cd ../mischief &&
		git fetch -q ../maintainer "refs/tags/v2:refs/tags/v2" \
			"refs/notes/in-toto/*:refs/notes/in-toto/*" &&
		links=refs/notes/in-toto/links/$(git rev-parse v2 |
			tail -c 3) &&
		told "$CI_REFUSAL" git push origin "$links" v2 &&
		told "$CI_REFUSAL" git push --atomic origin "$links" v2 &&
		told "$CI_REFUSAL" git push origin \
			refs/notes/in-toto/layouts/release &&
		told "$CI_REFUSAL" git push origin HEAD:refs/heads/mine &&
		git ls-remote origin >../refs &&
		! grep -e v2 -e mine ../refs &&
		! grep "$(git rev-parse refs/notes/in-toto/layouts/release)" \
			../refs
	'

	test_expect_success 'a maintainer pushes the very same' '
		cd "$here/maintainer" &&
		git push origin refs/notes/in-toto/layouts/release &&
		publish=$(published_command) &&
		eval "$publish" &&
		git ls-remote --exit-code origin refs/tags/v2
	'

	test_expect_success 'whoever downloads can verify all of it' '
		cd "$here" &&
		git clone -q "$CI_URL" user &&
		cd user &&
		git intoto trust add "$HOME/mona.pub" &&
		git intoto verify v1.0 ../ci/dist/foo-1.0.tar >out &&
		grep "^accepted: 1 file" out
	'
}
