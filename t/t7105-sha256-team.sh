#!/bin/sh
test_description='SHA-256 ids, a team: drafts, a root, push and fetch, seals'
# shellcheck source=t/test-lib.sh
. ./test-lib.sh
# shellcheck source=t/forge-lib.sh
. "$intoto_top/t/forge-lib.sh"

here=$PWD
GIT_DEFAULT_HASH=sha256
export GIT_DEFAULT_HASH

# keys_of NAME: the keys of the notes of one ref, whatever their folders.
keys_of() {
	git ls-tree -r --name-only "refs/notes/in-toto/$1" | tr -d /
}

test_expect_success 'set-up: two owners, a builder, a guarded server' '
	for name in mona bert ci
	do
		make_ssh_key $name || return 1
	done &&
	sign_with_ssh mona &&
	start_agent mona bert ci &&
	make_project mona &&
	cd mona &&
	git intoto init --yes &&
	git init -q --bare ../server.git &&
	git -C ../server.git intoto hooks install --server \
		--key "$HOME/mona.pub" &&
	git remote add origin "$here/server.git" &&
	git push -q origin main &&
	git intoto init --yes
'

test_expect_success 'a root of two keys: pending, then in force' '
	git intoto trust init --threshold 2 --key "$HOME/mona.pub" \
		--key "$HOME/bert.pub" &&
	git intoto trust sign --key "$HOME/mona" >out &&
	keys_of pending >pending &&
	test "$(wc -l <pending)" = 1 &&
	test "$(tr -d 0-9a-f <pending)" = "" &&
	test "$(wc -c <pending)" = 65 &&
	git intoto trust show --json >json &&
	test "$(json "j[\"pending\"][0][\"digest\"]" <json)" = \
		"$(cat pending)" &&
	git intoto trust sign --key "$HOME/bert" >out &&
	digest=$(sed -n "s/^root sha256:\([0-9a-f]*\).*/\1/p" out) &&
	test ${#digest} = 64 &&
	keys_of root >key &&
	echo 6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321 \
		>expected &&
	test_cmp expected key &&
	rm out json pending key expected
'

test_expect_success 'a layout of two owners, and push' '
	git intoto trust pin "sha256:$digest" &&
	git intoto layout add-key release "$HOME/ci.pub" --step build &&
	git intoto layout sign release --key "$HOME/mona.pub" &&
	git intoto layout sign release --key "$HOME/bert.pub" &&
	git intoto layout list >../list &&
	grep "^release  *version 2 .*signed by 2 of 2" ../list &&
	git intoto tag -m v1.0 v1.0 &&
	git intoto push origin v1.0 &&
	test "$(git -C ../server.git rev-parse refs/tags/v1.0)" = \
		"$(git rev-parse refs/tags/v1.0)" &&
	git intoto push origin v1.0 >../out &&
	grep "everything is there already" ../out
'

test_expect_success 'a builder with nothing but the pin' '
	git clone -q ../server.git ../ci &&
	(
		cd ../ci &&
		git config intoto.signingKey "$HOME/ci.pub" &&
		git intoto trust pin "sha256:$digest" &&
		git intoto fetch origin v1.0 &&
		git intoto build --tag v1.0 -p "dist/*" -- make dist &&
		git intoto verify v1.0 dist/main.txt &&
		git intoto push origin
	)
'

test_expect_success 'two write one note: nothing is lost' '
	git intoto build --tag v1.0 -p "dist/*" -- make dist &&
	git intoto push origin &&
	ref=in-toto/links/$(git rev-parse v1.0 | tail -c 3) &&
	note_of v1.0 >../lines &&
	test "$(wc -l <../lines)" = 3 &&
	git -C ../server.git notes --ref="$ref" show \
		"$(git rev-parse v1.0)" >../theirs &&
	test_cmp ../lines ../theirs &&
	test "$(git rev-parse "refs/notes/$ref")" = \
		"$(git -C ../server.git rev-parse "refs/notes/$ref")"
'

test_expect_success 'a key leaves: what was sealed goes on' '
	git intoto tag -m v1.1 v1.1 &&
	(
		cd ../ci &&
		git fetch -q ../mona "refs/tags/*:refs/tags/*" \
			"+refs/notes/in-toto/*:refs/in-toto-remotes/origin/*" &&
		git intoto build --tag v1.1 -p "dist/*" -- make dist
	) &&
	git fetch -q ../ci "+refs/notes/in-toto/*:refs/in-toto-remotes/ci/*" &&
	git intoto verify v1.1 &&
	git intoto seal --key "$HOME/mona.pub" v1.1 &&
	git intoto seal --key "$HOME/bert.pub" v1.1 &&
	git intoto layout remove-key release "$HOME/ci.pub" --no-seal &&
	git intoto layout sign release --key "$HOME/mona.pub" --no-seal &&
	git intoto layout sign release --key "$HOME/bert.pub" --no-seal &&
	git intoto verify v1.1 >../out &&
	grep "sealed: version 2 of layout .release." ../out
'

test_expect_success 'a revoked tag is refused, here and at the server' '
	git intoto push origin v1.1 &&
	git intoto revoke --yes --key "$HOME/mona.pub" v1.1 &&
	git intoto revoke --yes --key "$HOME/bert.pub" v1.1 &&
	refused 1 tag-revoked git intoto verify v1.1 &&
	git intoto push origin &&
	(
		cd ../ci &&
		git intoto fetch origin &&
		refused 1 tag-revoked git intoto verify v1.1
	)
'

test_done
