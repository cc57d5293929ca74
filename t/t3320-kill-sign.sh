#!/bin/sh
test_description='layout sign, seal, revoke and a rotated root, killed at 48 moments'
# shellcheck source=t/test-lib.sh
. ./test-lib.sh
# shellcheck source=t/forge-lib.sh
. "$intoto_top/t/forge-lib.sh"
# shellcheck source=t/kill-lib.sh
. "$intoto_top/t/kill-lib.sh"

# seals: how many v1 has.
seals() {
	git intoto show v1 >"$TMPDIR/shown" &&
	grep -c "^seal [0-9a-f]* for layout" "$TMPDIR/shown"
}

# version_at REPOSITORY: of the layout in force there.
version_at() {
	git --git-dir="$1" notes --ref=in-toto/layouts/release show "$(empty_tree)" |
		grep -o "version=[0-9]*"
}

test_expect_success 'set-up: those who built v1 are to leave' '
	cd "$here" &&
	cp -R start leave &&
	(
		cd leave/w &&
		git intoto verify v1 &&
		git intoto layout remove-key release "$HOME/ci1.pub" \
			"$HOME/ci2.pub" --no-seal
	) &&
	old=$(version_at leave/w/.git) &&
	new=version=$((${old#*=} + 1))
'

# The seal comes first: v1 is proven throughout.
test_expect_success 'layout sign, killed: the old layout or the new, never unsealed' '
	sound() {
		case $(version_at .git) in
		"$old")
			;;
		"$new")
			test "$(seals)" = 1 ;;
		*)
			return 1 ;;
		esac &&
		git intoto verify v1 && whole .git
	} &&
	complete() {
		test "$(version_at .git)" = "$new" &&
		test "$(seals)" = 1 &&
		git intoto verify v1
	} &&
	each leave client 12 git intoto layout sign release --seal v1
'

test_expect_success 'seal, killed: it is there, or not' '
	sound() {
		case $(seals) in 0 | 1) ;; *) return 1 ;; esac &&
		git intoto verify v1 && whole .git
	} &&
	complete() {
		test "$(seals)" = 1 &&
		git intoto seal v1 | grep "^v1: already sealed"
	} &&
	each start client 8 git intoto seal v1
'

test_expect_success 'revoke, killed: withdrawn, or as it was' '
	sound() {
		{
			git intoto verify v1 ||
			refused 1 tag-revoked git intoto verify v1
		} &&
		whole .git
	} &&
	complete() {
		refused 1 tag-revoked git intoto verify v1 &&
		git intoto revoke v1 | grep "^already: "
	} &&
	each start client 8 git intoto revoke v1
'

root=refs/notes/in-toto/root

test_expect_success 'set-up: a root that is rotated, and not shared yet' '
	cd "$here" &&
	make_ssh_key sven &&
	rm -rf now &&
	mkdir now &&
	init_project now/w &&
	git init -q --bare now/server.git &&
	cd now/w &&
	git remote add origin ../server.git &&
	git push -q origin HEAD:main &&
	git intoto trust init --threshold 1 --key "$HOME/mona.pub" &&
	git intoto trust sign --key "$HOME/mona" >out &&
	pin=$(sed -n "s/^root //p" out) &&
	git intoto trust pin "$pin" &&
	( cd ../server.git && git intoto hooks install --server --root "$pin" ) &&
	git intoto push origin &&
	old_root=$(git rev-parse $root) &&
	old_layout=$(git rev-parse $layout) &&
	git intoto trust rotate --add "$HOME/sven.pub" \
		--remove "$HOME/mona.pub" --add-owner "$HOME/sven.pub" \
		--remove-owner "$HOME/mona.pub" &&
	git intoto trust sign --key "$HOME/mona" --key "$HOME/sven" &&
	git intoto layout renew release --key "$HOME/sven" &&
	new_root=$(git rev-parse $root) &&
	new_layout=$(git rev-parse $layout) &&
	test $old_root != $new_root &&
	test $old_layout != $new_layout &&
	git config remote.origin.url "fake:$here/now/server.git" &&
	cd ../.. &&
	mv now rotated
'

# Of the new owners is the new layout: it is not there without their root.
sound() {
	server=$here/now/server.git &&
	is_one_of "$server" $root $old_root $new_root &&
	is_one_of "$server" $layout $old_layout $new_layout &&
	{
		is_one_of "$server" $root $new_root ||
			is_one_of "$server" $layout $old_layout
	} &&
	whole "$server" &&
	is_one_of .git $root $new_root &&
	is_one_of .git $layout $new_layout &&
	whole .git
}

complete() {
	is_one_of "$here/now/server.git" $root $new_root &&
	is_one_of "$here/now/server.git" $layout $new_layout &&
	git intoto push origin >"$TMPDIR/out" &&
	grep -q "^everything is there already" "$TMPDIR/out"
}

test_expect_success 'the push of a rotated root, the client killed' '
	each rotated client 10 git intoto push origin
'

test_expect_success 'the push of a rotated root, the server killed' '
	each rotated server 10 git intoto push origin
'

test_done
