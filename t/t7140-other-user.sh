#!/bin/sh
test_description='hooks and commands that run as another user than the owner'
# shellcheck source=t/test-lib.sh
. ./test-lib.sh
# shellcheck source=t/transport-lib.sh
. "$intoto_top/t/transport-lib.sh"

# Below /tmp, where anybody comes in.
others=$intoto_private/others

# give_to_another FOLDER: it is somebody else's, where that can be done.
give_to_another() {
	test "$(id -u)" != 0 || chown -R nobody "$1"
}

# foreign COMMAND...: git sees that the repository is not this user's.
foreign() {
	if test "$(id -u)" = 0
	then
		"$@"
	else
		GIT_TEST_ASSUME_DIFFERENT_OWNER=1 "$@"
	fi
}

# without_rights COMMAND...: as somebody whom modes of files bind.
without_rights() {
	if test "$(id -u)" = 0
	then
		as_another "$@"
	else
		env HOME="$others/home" "$@"
	fi
}

for hash in sha1 sha256; do
	GIT_DEFAULT_HASH=$hash
	export GIT_DEFAULT_HASH

	test_expect_success "$hash: set-up: a server that all may write to" '
		cd "$others/.." &&
		rm -rf "$others" &&
		mkdir -p "$others/home" &&
		chmod 711 "$intoto_private" &&
		test -f "$HOME/mona" || make_ssh_key mona &&
		sign_with_ssh mona &&
		cp "$intoto_program" "$others/git-intoto" &&
		SERVER=$others/server.git &&
		git init -q --bare --shared=0666 "$SERVER" &&
		(
			cd "$SERVER" &&
			"$others/git-intoto" hooks install --server \
				--key "$HOME/mona.pub"
		) &&
		make_project "$others/clone" &&
		cd "$others/clone" &&
		git remote add origin "$SERVER" &&
		git push -q origin main &&
		git intoto init --yes &&
		git intoto tag -m v1.0 v1.0 &&
		git intoto build -p "dist/*" -- make dist &&
		git commit -q --allow-empty -m two &&
		git tag -s -m x bad &&
		git intoto tag -m v2.0 v2.0 &&
		chmod -R a+rwX "$others/clone" &&
		chmod -R go-w .git/intoto &&
		HOME=$others/home git config --global safe.directory "*"
	'

	test_expect_success "$hash: the hook of another user takes what is proven" '
		as_another git push -q --atomic origin \
			"refs/notes/in-toto/*:refs/notes/in-toto/*" v1.0 &&
		test "$(git --git-dir="$SERVER" rev-parse refs/tags/v1.0)" = \
			"$(git rev-parse refs/tags/v1.0)"
	'

	test_expect_success "$hash: and nothing else" '
		server_refs >../before &&
		test_must_fail as_another git push origin bad \
			2>"$intoto_private/err" &&
		grep "in-toto: refs/tags/bad: .*\[tag-unlinked\]" \
			"$intoto_private/err" &&
		server_refs >../after &&
		test_cmp ../before ../after
	'

	test_expect_success "$hash: with a home that it may not read" '
		mkdir -m 700 "$others/closed" &&
		git config -f "$others/closed/.gitconfig" safe.directory "*" &&
		server_refs >../before &&
		test_must_fail git -c safe.directory="*" push \
			--receive-pack="env HOME=$others/closed git-receive-pack" \
			origin bad 2>"$intoto_private/err" &&
		grep "in-toto: refs/tags/bad: .*\[tag-unlinked\]" \
			"$intoto_private/err" &&
		server_refs >../after &&
		test_cmp ../before ../after
	'

	test_expect_success "$hash: a policy that it may not read lets nothing in" '
		layout=$(git --git-dir="$SERVER" rev-parse \
			"refs/notes/in-toto/layouts/release^{tree}") &&
		file=$SERVER/objects/$(echo "$layout" | sed "s|..|&/|") &&
		packs=$(echo "$SERVER"/objects/pack/*.pack) &&
		if test -f "$file"
		then
			chmod 000 "$file"
		else
			chmod 000 $packs
		fi &&
		server_refs >../before &&
		test_must_fail without_rights git push --atomic origin \
			"refs/notes/in-toto/*:refs/notes/in-toto/*" v2.0 \
			2>"$intoto_private/err" &&
		server_refs >../after &&
		test_cmp ../before ../after &&
		test_must_fail git --git-dir="$SERVER" rev-parse -q --verify \
			refs/tags/v2.0 &&
		if test -f "$file"
		then
			chmod 444 "$file"
		else
			chmod 444 $packs
		fi
	'

	test_expect_success "$hash: then it is let in" '
		as_another git push -q --atomic origin \
			"refs/notes/in-toto/*:refs/notes/in-toto/*" v2.0
	'

	test_expect_success "$hash: a server of another user: as git decides" '
		give_to_another "$SERVER" &&
		foreign test_must_fail git push origin bad \
			2>"$intoto_private/err" &&
		grep "dubious ownership" "$intoto_private/err" &&
		git config --global safe.directory "$SERVER" &&
		foreign test_must_fail git push origin bad \
			2>"$intoto_private/err" &&
		grep "in-toto: refs/tags/bad: .*\[tag-unlinked\]" \
			"$intoto_private/err" &&
		git config --global --unset-all safe.directory
	'

	test_expect_success "$hash: a command in a repository of another user" '
		give_to_another "$others/clone" &&
		foreign refused 128 - git intoto verify v1.0 &&
		grep "^error: .*dubious ownership" err &&
		grep "^hint: git config --global --add safe.directory" err &&
		foreign refused 128 - git intoto record-tree HEAD &&
		foreign refused 128 - git intoto log &&
		sh -c "$(sed -n "s/^hint: //p" err)" &&
		foreign git intoto record-tree v1.0 >../out &&
		test "$(wc -l <../out)" = 4 &&
		foreign git intoto verify v1.0 &&
		git config --global --unset-all safe.directory &&
		foreign env GIT_DIR="$PWD/.git" git-intoto verify v1.0 &&
		rm -f out err
	'

	# "DIR/*" is honoured from git 2.46 on, a star in a name never.
	test_expect_success "$hash: each form of safe.directory: as git decides" '
		for value in "$others/*" "$(dirname "$others")/*" "$PWD/*" \
			"$others/cl*" "*/clone" "$PWD" "$PWD/" "$PWD/.git" "*" \
			clone . "%(prefix)/$PWD"
		do
			git config --global safe.directory "$value" &&
			if foreign git rev-parse -q --verify HEAD
			then
				echo "$value" >>../used &&
				foreign git intoto verify v1.0 || return 1
			else
				echo "$value" >>../refused &&
				foreign refused 128 - git intoto verify v1.0 &&
				grep "dubious ownership" err || return 1
			fi
		done &&
		grep -qFx "*" ../used &&
		grep -qFx "$PWD" ../used &&
		grep -qFx "$others/cl*" ../refused &&
		if test "$(printf "%s\n" 2.46 "$(git version | cut -d " " -f 3)" |
			sort -V | head -n 1)" = 2.46
		then
			grep -qFx "$others/*" ../used
		else
			grep -qFx "$others/*" ../refused
		fi &&
		git config --global --add safe.directory "" &&
		foreign refused 128 - git intoto verify v1.0 &&
		git config --global --unset-all safe.directory &&
		rm -f out err
	'
done

test_done
