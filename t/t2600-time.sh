#!/bin/sh
test_description='time: keys come and go, layouts and roots expire'
# shellcheck source=t/test-lib.sh
. ./test-lib.sh
# shellcheck source=t/forge-lib.sh
. "$intoto_top/t/forge-lib.sh"

# tag_as NAME TAG [OPTION]...: by a person, the tag and its link.
tag_as() {
	who=$1 name=$2
	shift 2
	git intoto tag -u "$HOME/$who.pub" --key "$HOME/$who.pub" -m "$name" \
		"$@" "$name"
}

build_of() {
	git intoto build -p "dist/*" --tag "$1" -- make dist >/dev/null 2>&1
}

# A project whose owner builds, and whose maintainer `old` tags.
project_with_old() {
	init_project "$1" &&
	cd "$1" &&
	git intoto layout add-key release "$HOME/old.pub" --step tag &&
	git intoto layout sign release &&
	tag_as old v1 && build_of v1 &&
	git intoto verify v1
}

# backdate TAG STATEMENTS: the key of `old` makes the tag TAG as if it were long
# ago, with a link that is v1's, changed.
backdate() {
	GIT_COMMITTER_DATE="2020-01-01T00:00:00Z" \
		git -c user.signingKey="$HOME/old.pub" tag -s -m "$1" "$1" v1^{} &&
	dated_id=$(git rev-parse "$1") &&
	dated_sum=$(git cat-file tag "$1" | sha256sum | cut -d " " -f 1) &&
	note_of v1 | grep "\"name\":\"tag\"" | forge old "
g[\"ref\"] = \"refs/tags/$1\"
g[\"tag\"] = \"$dated_id\"
g[\"tagSha256\"] = \"$dated_sum\"
$2" | put_note "$1"
}

# digest_of VERSION: of the layout, from its ref's history.
digest_of() {
	git log --format=%H refs/notes/in-toto/layouts/release |
	while read -r commit; do
		git show "$commit:$(git ls-tree -r --name-only "$commit")" \
			>"$TMPDIR/version" &&
		grep -q "version=$1\"" "$TMPDIR/version" &&
		/usr/bin/python3 -c "
import hashlib, json, sys
from securesystemslib.formats import encode_canonical
text = encode_canonical(json.load(sys.stdin)[\"signed\"])
print(hashlib.sha256(text.encode()).hexdigest())" <"$TMPDIR/version"
	done | head -n 1
}

test_expect_success 'set-up' '
	for name in own old two three; do
		make_ssh_key $name || return 1
	done &&
	sign_with_ssh own &&
	start_agent own old two three
'

test_expect_success 'a maintainer leaves: what is sealed stays, also in clones' '
	project_with_old leaves &&
	git tag plain &&
	echo more >>README && git commit -qam more &&
	tag_as old v2 && build_of v2 &&
	git init -q --bare ../leaves.git &&
	git remote add origin ../leaves.git &&
	git intoto layout remove-key release "$HOME/old.pub" --seal v1 >out &&
	grep "^v1: sealed for version 2" out &&
	git intoto layout sign release --no-seal &&
	git intoto verify v1 &&
	refused 1 tag-signer git intoto verify v2 &&
	git push -q origin main v1 v2 "refs/notes/in-toto/*:refs/notes/in-toto/*" &&
	git clone -q ../leaves.git ../leaves-clone &&
	cd ../leaves-clone &&
	git intoto trust add "$HOME/own.pub" &&
	git intoto verify v1 >out &&
	grep "^  sealed: version 2 of layout .release." out &&
	refused 1 tag-signer git intoto verify v2
'

test_expect_success 'a clone whose history of the layout is cut: not proven' '
	(
		cd ../leaves-clone &&
		ref=refs/in-toto-remotes/origin/layouts/release &&
		whole=$(git rev-parse $ref) &&
		cut=$(git commit-tree -m cut $ref^{tree}) &&
		git update-ref $ref $cut &&
		refused 1 seal-layout git intoto verify v1 &&
		git update-ref $ref $whole &&
		git intoto verify v1
	)
'

test_expect_success 'a stolen key back-dates a tag: refused, whatever it claims' '
	cd ../leaves &&
	digest=$(digest_of 2) &&
	test ${#digest} = 64 &&
	backdate v0 "g[\"layouts\"] = {\"release\": \"$digest\"}" &&
	refused 1 tag-signer git intoto verify v0 &&
	refused 1 tag-signer git intoto verify --at 2020-01-02 v0 &&
	git intoto log >out &&
	grep "^v0 .*signed" out &&
	refused 1 tag-signer git intoto seal v0
'

test_expect_success 'a guarded server does not take it either' '
	(
		cd ../leaves.git &&
		git intoto hooks install --server --key "$HOME/own.pub" &&
		git for-each-ref >../before
	) &&
	test_must_fail git push --atomic origin v0 \
		"refs/notes/$(shard refs/tags/v0)" 2>err &&
	grep "in-toto: refs/tags/v0: .*\[tag-signer\]" err &&
	git -C ../leaves.git for-each-ref >../after &&
	test_cmp ../before ../after
'

test_expect_success 'nor does the seal of v1 carry it' '
	{ note_of v0 && note_of v1 | grep "^{\"payload\""; } |
		LC_ALL=C sort -u >lines &&
	put_note v0 <lines &&
	refused 1 tag-signer git intoto verify v0 &&
	grep "^warning: seal .* is of another tag" err
'

test_expect_success 'before the removal the same tag would have passed' '
	git intoto layout add-key release "$HOME/old.pub" --step tag &&
	git intoto layout sign release &&
	build_of v0 &&
	git intoto verify v0 &&
	git intoto layout remove-key release "$HOME/old.pub" --compromised >out &&
	grep "^  v0$" out &&
	grep "^  v2$" out &&
	! grep "^  v1$" out &&
	git intoto layout sign release --seal v2 &&
	git intoto verify v2 &&
	refused 1 tag-signer git intoto verify v0
'

test_expect_success 'the links of a sealed tag change' '
	git intoto show --json v1 >json &&
	json "[l[\"identity\"] for l in j[\"lines\"] if l.get(\"step\") == \"tag\"][0]" \
		<json >identity &&
	git intoto revoke --link "sha256:$(cat identity)" \
		--key "$HOME/old.pub" v1 >out 2>err;
	grep "not-an-owner" err &&
	git intoto verify v1 &&
	note_of v1 >lines &&
	grep "\"name\":\"tag\"" lines | forge old "
s[\"name\"] = \"revoke\"
g[\"revokes\"] = \"$(cat identity)\"
s[\"materials\"] = {}" >>lines &&
	LC_ALL=C sort -u lines | put_note v1 &&
	git intoto verify v1 &&
	git intoto revoke --link "sha256:$(cat identity)" v1 &&
	refused 1 seal-link git intoto verify v1
'

# expire [NAME]...: the layout in force expires in the past.
expire() {
	layout_line release >"$TMPDIR/layout" &&
	forge own "
s[\"expires\"] = \"2021-01-01T00:00:00Z\"
stamp = s[\"readme\"].rsplit(\"version=\", 1)
s[\"readme\"] = stamp[0] + \"version=\" + str(int(stamp[1]) + 1)" \
		<"$TMPDIR/layout" >"$TMPDIR/changed" &&
	put_layout release <"$TMPDIR/changed"
}

test_expect_success 'the layout expires while tags wait: nothing new, no verdict' '
	cd .. &&
	project_with_old waits &&
	echo more >>README && git commit -qam more &&
	tag_as old v2 &&
	expire &&
	refused 1 layout-expired git intoto verify v1 &&
	grep "^hint: git intoto layout renew release" err &&
	refused 1 layout-expired git intoto tag -m v3 v3 &&
	test_must_fail git rev-parse -q --verify refs/tags/v3 &&
	refused 1 layout-expired git intoto build -p "dist/*" --tag v2 \
		-- make dist &&
	refused 1 layout-expired git intoto seal v1
'

test_expect_success 'its successor is judged by the signatures of the expired one' '
	git intoto layout renew release &&
	git intoto verify v1 &&
	build_of v2 &&
	git intoto verify v2
'

test_expect_success 'a change of an expired layout still lists what it leaves' '
	expire &&
	refused 1 seal-unsaid git intoto layout remove-key release \
		"$HOME/old.pub" &&
	grep "^  v1$" out &&
	refused 1 layout-expired git intoto layout remove-key release \
		"$HOME/old.pub" --seal all &&
	git intoto layout renew release &&
	git intoto layout remove-key release "$HOME/old.pub" --seal all &&
	git intoto layout sign release &&
	git intoto verify v1
'

test_expect_success 'a version in the middle of the history that expired' '
	git intoto seal v1 >out &&
	grep "^v1: already sealed" out &&
	expire &&
	refused 1 layout-expired git intoto verify v1 &&
	git intoto layout renew release &&
	git intoto verify v1 >out &&
	grep "^  sealed: version" out
'

test_expect_success 'from 30 days before its end every command says so' '
	cd .. &&
	make_project soon &&
	cd soon &&
	git intoto init --yes --expires 10d &&
	git intoto tag -m v1 v1 2>err &&
	grep "^warning: layout .release. expires in [0-9]* days: git intoto layout renew release" err &&
	git intoto build -p "dist/*" -- make dist 2>err &&
	grep "^warning: layout .release. expires in" err &&
	git intoto verify v1 2>err &&
	grep "^warning: layout .release. expires in" err >said &&
	test "$(wc -l <said)" = 1 &&
	git intoto log 2>err &&
	grep "^warning: layout .release. expires in" err &&
	git intoto show v1 2>err &&
	grep "^warning: layout .release. expires in" err &&
	git intoto layout renew release &&
	git intoto verify v1 2>err &&
	! grep "expires in" err
'

# Roots. `own` is the root key and owner at first, then `two`, then `three`.
test_expect_success 'a root: one key, one owner, a sealed tag' '
	cd .. &&
	git init -q --bare root.git &&
	project_with_old root &&
	git remote add origin ../root.git &&
	git push -q origin main &&
	git intoto trust init --threshold 1 --key "$HOME/own.pub" &&
	git intoto trust sign --key "$HOME/own.pub" >out &&
	sed -n "s/^root sha256:/sha256:/p" out >pin &&
	test -s pin &&
	git intoto trust pin "$(cat pin)" &&
	git intoto layout remove-key release "$HOME/old.pub" --seal all &&
	git intoto layout sign release &&
	git intoto verify v1 &&
	git push -q origin v1 "refs/notes/in-toto/*:refs/notes/in-toto/*" &&
	git clone -q ../root.git ../asleep &&
	(
		cd ../asleep &&
		git intoto trust pin "$(cat ../root/pin)" &&
		git intoto verify v1
	)
'

# rotate NEW OLD SPAN: another root key and owner, in place of the old one.
rotate() {
	git intoto trust rotate --add "$HOME/$1.pub" --remove "$HOME/$2.pub" \
		--add-owner "$HOME/$1.pub" --remove-owner "$HOME/$2.pub" &&
	git intoto trust sign --key "$HOME/$2.pub" &&
	git intoto trust sign --key "$HOME/$1.pub" &&
	git intoto layout renew release --expires "$3" --key "$HOME/$1.pub"
}

test_expect_success 'the root is rotated twice while a clone sleeps' '
	rotate two own 2y &&
	rotate three two 3y &&
	git intoto trust list >out &&
	grep "^root version 3" out &&
	git push -q origin "refs/notes/in-toto/*:refs/notes/in-toto/*"
'

test_expect_success 'a seal by those who were owners once is none any more' '
	refused 1 tag-signer git intoto verify v1 &&
	grep "^warning: seal .* does not count: signed by 0 of the 1" err
'

test_expect_success 'a seal by the owners of today is' '
	git intoto layout add-key release "$HOME/old.pub" --step tag &&
	git intoto layout sign release --key "$HOME/three.pub" &&
	refused 1 not-an-owner git intoto seal --key "$HOME/own.pub" v1 &&
	git intoto seal --key "$HOME/three.pub" v1 &&
	git intoto layout remove-key release "$HOME/old.pub" &&
	git intoto layout sign release --key "$HOME/three.pub" &&
	git intoto verify v1 &&
	git push -q origin "refs/notes/in-toto/*:refs/notes/in-toto/*"
'

test_expect_success 'the clone that slept catches up from its first pin' '
	(
		cd ../asleep &&
		git intoto verify v1 &&
		git fetch -q &&
		git intoto verify v1 >out &&
		grep "^  sealed: version" out &&
		git intoto trust list >out &&
		grep "^root version 3" out
	)
'

test_expect_success 'what the keys of before sign now is worth nothing' '
	cp -R ../asleep ../attacked &&
	(
		cd ../attacked &&
		empty=$(git hash-object -t tree /dev/null) &&
		git show "refs/in-toto-remotes/origin/layouts/release:$empty" |
			forge own "
s[\"readme\"] = s[\"readme\"].rsplit(\"=\", 1)[0] + \"=99\"" \
			>line &&
		put_layout release <line &&
		git intoto verify v1 2>err &&
		grep "^warning: layout .release. at refs/notes/.*layout-threshold" err
	)
'

# expire_root KEY: a further version of the root, which ended long ago.
expire_root() {
	git notes --ref in-toto/root show "$(git hash-object -t tree /dev/null)" \
		>"$TMPDIR/root" &&
	tail -n 1 "$TMPDIR/root" | forge "$1" "
s[\"version\"] += 1
s[\"expires\"] = \"2021-01-01T00:00:00Z\"" >>"$TMPDIR/root" &&
	root_blob=$(git hash-object -w "$TMPDIR/root") &&
	git notes --ref in-toto/root add -f -C "$root_blob" \
		"$(git hash-object -t tree /dev/null)" 2>/dev/null
}

test_expect_success 'a root that expired: nothing new, and no verdict' '
	refused 1 root-expired git intoto verify --at 3y v1 &&
	expire_root three &&
	refused 1 root-expired git intoto verify v1 &&
	grep "^hint: git intoto trust rotate" err &&
	refused 1 root-expired git intoto tag -m v9 v9 &&
	test_must_fail git rev-parse -q --verify refs/tags/v9 &&
	refused 1 root-expired git intoto build -p "dist/*" --tag v1 \
		-- make dist &&
	refused 1 root-expired git intoto seal --key "$HOME/three.pub" v1
'

test_expect_success 'its successor is judged by the keys of the expired one' '
	git intoto trust rotate --expires 1y &&
	git intoto trust sign --key "$HOME/three.pub" &&
	git intoto verify v1
'

# both COMMAND...: in the clones of two owners at once.
both() {
	( cd ../first && "$@" --key "$HOME/own.pub" ) >one.out 2>&1 &
	both_pid=$!
	( cd ../second && "$@" --key "$HOME/two.pub" ) >two.out 2>&1
	both_status=$?
	wait $both_pid && test $both_status = 0
}

# share: by plain git; whoever loses the race takes the union and tries again.
share() {
	for share_ref in pending $(cd "$1" && git for-each-ref \
		--format="%(refname:lstrip=3)" refs/notes/in-toto/links); do
		(
			cd "$1" &&
			git fetch -q origin &&
			if git rev-parse -q --verify \
				"refs/in-toto-remotes/origin/$share_ref" >/dev/null &&
				git rev-parse -q --verify \
					"refs/notes/in-toto/$share_ref" >/dev/null
			then
				git notes --ref "in-toto/$share_ref" merge -q \
					-s cat_sort_uniq \
					"refs/in-toto-remotes/origin/$share_ref"
			fi
		) || return 1
	done
	git -C "$1" push -q origin "refs/notes/in-toto/*:refs/notes/in-toto/*"
}

test_expect_success 'two owners sign the same draft, and the same seal, at once' '
	cd .. &&
	git init -q --bare team.git &&
	project_with_old team &&
	git remote add origin ../team.git &&
	git push -q origin main v1 &&
	git intoto trust add --no-fetch --threshold 2 "$HOME/two.pub" &&
	git intoto layout renew release --expires 2y --key "$HOME/own.pub" \
		--key "$HOME/two.pub" &&
	git push -q origin "refs/notes/in-toto/*:refs/notes/in-toto/*" &&
	for clone in first second; do
		git clone -q ../team.git ../$clone &&
		( cd ../$clone && git intoto trust add --threshold 2 \
			"$HOME/own.pub" "$HOME/two.pub" ) || return 1
	done &&
	both git intoto seal v1 &&
	share ../first && share ../second && share ../first &&
	share ../second &&
	both git intoto seal v1 &&
	share ../first && share ../second && share ../first &&
	(
		cd ../second &&
		git intoto show v1 >out &&
		grep "^seal .*, by ed25519 [0-9a-f]*, ed25519 [0-9a-f]*$" out
	) &&
	both_remove() {
		git intoto layout remove-key release "$HOME/old.pub" &&
		git intoto layout sign release "$@"
	} &&
	both both_remove &&
	grep "signed by 1 of 2 owners, 2 must" one.out &&
	grep "signed by 1 of 2 owners, 2 must" two.out &&
	share ../first && share ../second &&
	( cd ../first && git fetch -q ) &&
	both git intoto layout sign release --yes &&
	grep "is in force, signed by 2 of 2 owners" one.out &&
	git -C ../first push -q origin \
		"refs/notes/in-toto/layouts/*:refs/notes/in-toto/layouts/*" &&
	for clone in first second; do
		(
			cd ../$clone &&
			git intoto verify v1 >out 2>err &&
			grep "^  sealed: version" out
		) || return 1
	done
'

test_done
