#!/bin/sh
test_description='trust: a root that names the keys, and is rotated'
# shellcheck source=t/test-lib.sh
. ./test-lib.sh

root_ref=refs/notes/in-toto/root
pending_ref=refs/notes/in-toto/pending

newid() {
	git intoto key show "$1" | sed -n '/^keyid /{n;s/^keyid //p;q;}'
}

# The root as it stands in the notes of a repository, a version a line.
root_lines() {
	git notes --ref=in-toto/root show "$(git hash-object -t tree /dev/null)"
}

# The root's versions, judged by other code than ours.
check_root() {
	root_lines >lines &&
	"$intoto_top/t/interop/check-root.py" <lines
}

digest_of() {
	check_root | sed -n "s/^$1 \([0-9a-f]*\) .*/\1/p"
}

share() {
	git push -q origin "refs/notes/in-toto/*:refs/notes/in-toto/*"
}

# What the pin, or no pin, makes of a clone.
root_version() {
	git intoto trust list | sed -n 's/^root version \([0-9]*\),.*/\1/p'
}

test_expect_success 'setup: people with keys of four kinds' '
	make_ssh_key mona &&
	make_ssh_key sven &&
	make_pem_key petra ecdsa &&
	make_pem_key rosa rsa &&
	make_gpg_key gert@example.com &&
	gert=gpg:$(gpg_fingerprint gert@example.com) &&
	sign_with_ssh mona
'

test_expect_success 'init: what is not possible is said' '
	init_project words &&
	(
		cd words &&
		refused 129 - git intoto trust init &&
		refused 129 - git intoto trust init --threshold 2 \
			--key ~/mona.pub &&
		grep "between 1 and 1" err &&
		refused 129 - git intoto trust init --threshold 0 \
			--key ~/mona.pub &&
		refused 129 - git intoto trust init --key ~/mona.pub \
			--expires 2020-01-01 &&
		refused 128 - git intoto trust init --key ~/nobody.pub &&
		refused 128 - git intoto trust rotate &&
		grep "^hint: git intoto trust init" err &&
		refused 128 - git intoto trust sign --key ~/mona &&
		refused 128 - git intoto trust init --key ~/mona.pub \
			--layout ../x &&
		test_must_fail git rev-parse -q --verify $root_ref
	)
'

test_expect_success 'a root of one key: the founder trusts it at once' '
	make_project founder &&
	(
		cd founder &&
		git intoto trust init --threshold 1 --key ~/mona.pub >out &&
		grep "^draft of the trust root, version 1, sha256:" out &&
		grep "^  root keys, 1 of 1:" out &&
		grep "    $(newid ~/mona.pub)  ed25519" out &&
		test_must_fail git rev-parse -q --verify $root_ref &&
		git intoto trust show >out &&
		grep "^draft, unsigned: version 1" out &&
		refused 128 - git intoto trust list &&
		git intoto trust sign --key ~/mona >out &&
		digest=$(digest_of 1) &&
		grep "^root sha256:$digest$" out &&
		git intoto trust list >out &&
		grep "^root sha256:$digest$" out &&
		grep "^root version 1, expires " out &&
		! grep "^owner " out &&
		check_root >out &&
		echo "1 $digest 1 1" >expect &&
		test_cmp expect out &&
		git intoto trust sign --key ~/mona >out &&
		grep "^already: version 1" out &&
		refused 128 - git intoto trust init --key ~/mona.pub &&
		grep "^hint: git intoto trust rotate$" err
	)
'

test_expect_success 'under a root, keys are the business of the root' '
	(
		cd founder &&
		cp .git/intoto/trust.json before &&
		refused 1 root-pinned git intoto trust add ~/sven.pub &&
		grep "^hint: git intoto trust rotate$" err &&
		refused 1 root-pinned git intoto trust remove ~/mona.pub &&
		refused 1 root-pinned git intoto trust add --layout other &&
		test_cmp before .git/intoto/trust.json &&
		git intoto init --yes >out &&
		test_cmp before .git/intoto/trust.json &&
		git intoto tag -m v1 v1.0 &&
		git intoto build -p "dist/*" -- make dist &&
		git intoto verify v1.0 dist/main.txt
	)
'

test_expect_success 'setup: a project that trusts a key, with a release' '
	git init -q --bare origin.git &&
	make_project project &&
	(
		cd project &&
		git remote add origin ../origin.git &&
		git intoto init --yes &&
		git push -q origin main &&
		git intoto tag -m v1.0 v1.0 &&
		git intoto build -p "dist/*" -- make dist &&
		git push -q origin refs/tags/v1.0 &&
		share
	) &&
	git clone -q origin.git keys &&
	( cd keys && git intoto trust add ~/mona.pub ) &&
	git clone -q origin.git svens &&
	( cd svens && git intoto trust add ~/mona.pub )
'

test_expect_success '2 of 3 keys: pending until a second signature' '
	(
		cd project &&
		git intoto trust init --threshold 2 --key ~/mona.pub \
			--key ~/petra.pub.pem --key $gert >out &&
		grep "^  root keys, 2 of 3:" out &&
		grep "^  owners of the layouts, 2 of 3:" out &&
		grep "^layout .release., version 1, is not signed by enough" \
			out &&
		git intoto trust sign --key ~/mona >out &&
		grep "^pending: version 1" out &&
		grep "signed by 1 of its own keys, 2 must; not yet by:" out &&
		grep "^    gpg " out &&
		grep "^    ecdsa " out &&
		test_must_fail git rev-parse -q --verify $root_ref &&
		git rev-parse -q --verify $pending_ref &&
		share
	)
'

test_expect_success 'nobody can use it before the threshold' '
	git clone -q origin.git early &&
	(
		cd early &&
		git intoto trust add ~/mona.pub &&
		git intoto trust show --json >out &&
		json "j[\"pending\"][0][\"digest\"]" <out >digest &&
		git intoto trust pin sha256:$(cat digest) >out 2>err &&
		grep "^warning: the root is not here yet" err &&
		refused 128 - git intoto verify v1.0
	)
'

test_expect_success 'who is no key of it cannot sign it' '
	(
		cd svens &&
		git fetch -q &&
		refused 128 - git intoto trust sign --key ~/sven &&
		grep "no key of version 1" err &&
		git intoto trust sign --key ~/mona >out &&
		grep "^pending: version 1" out
	)
'

test_expect_success 'the second signature, in another clone, publishes it' '
	(
		cd svens &&
		git intoto trust sign --key ~/petra.pem >out &&
		digest=$(digest_of 1) &&
		grep "^root sha256:$digest$" out &&
		grep "signed by 2 of 3 keys$" out &&
		grep "^  git intoto trust pin sha256:$digest$" out &&
		check_root >out &&
		echo "1 $digest 2 3" >expect &&
		test_cmp expect out &&
		test 1 = "$(git rev-list --count $root_ref)" &&
		share &&
		echo $digest >../first
	)
'

test_expect_success 'only keys trusted: ignored, with a warning, until pinned' '
	(
		cd keys &&
		git fetch -q &&
		git intoto verify v1.0 2>err &&
		grep "^warning: there is a trust root, and only keys" err &&
		refused 128 - git intoto trust rotate &&
		grep "^hint: git intoto trust pin" err &&
		git intoto trust list >out &&
		grep "^owner " out
	)
'

test_expect_success 'pin: takes the place of the keys' '
	(
		cd project &&
		git fetch -q &&
		git intoto trust pin sha256:$(cat ../first) >out 2>err &&
		grep "^root sha256:$(cat ../first)$" out &&
		grep "place of the 1 key" err &&
		! grep "^owner " out &&
		grep "^threshold 2 of 3$" out &&
		grep "^warning: layout .release. is not believed" err &&
		git intoto trust pin sha256:$(cat ../first) >out &&
		grep "^already pinned" out &&
		refused 1 layout-threshold git intoto verify v1.0
	)
'

test_expect_success 'a wrong pin is refused, and changes nothing' '
	wrong=$(echo wrong | sha256sum | cut -d " " -f 1) &&
	(
		cd keys &&
		cp .git/intoto/trust.json before &&
		refused 1 root-pin git intoto trust pin sha256:$wrong &&
		refused 128 - git intoto trust pin sha256:abcd &&
		refused 129 - git intoto trust pin &&
		test_cmp before .git/intoto/trust.json
	) &&
	(
		cd project &&
		cp .git/intoto/trust.json before &&
		refused 1 root-pinned git intoto trust pin sha256:$wrong &&
		grep "^hint: git intoto trust remove sha256:$(cat ../first)$" \
			err &&
		test_cmp before .git/intoto/trust.json
	)
'

test_expect_success 'the layout, signed by owners of the root, verifies' '
	(
		cd project &&
		git intoto layout renew release --key ~/mona \
			--key ~/petra.pem >out &&
		git intoto verify v1.0 dist/main.txt >out &&
		tail -n 1 out | grep "^accepted: " &&
		share
	) &&
	git clone -q origin.git user &&
	(
		cd user &&
		refused 128 - git intoto verify v1.0 &&
		git intoto trust pin sha256:$(cat ../first) &&
		git intoto verify v1.0 ../project/dist/main.txt &&
		git intoto trust list >out &&
		grep "^seen root version 1$" out &&
		grep "^seen layout release version 2$" out
	)
'

test_expect_success 'show --readme: lines that work when pasted' '
	(
		cd project &&
		git remote set-url origin "$PWD/../origin.git" &&
		git intoto trust show --readme >../readme
	) &&
	grep "^    git intoto trust pin sha256:$(cat first)$" readme &&
	mkdir pasted &&
	(
		cd pasted &&
		sed -n "s/^    //p" ../readme |
			sed "s#v1.0 FILE#v1.0 ../../project/dist/main.txt#" \
			>script &&
		sh -e ./script >out &&
		grep "^accepted: " out
	)
'

test_expect_success 'show: versions, who signed, and JSON' '
	(
		cd project &&
		git intoto trust show >out &&
		grep "^version 1, sha256:$(cat ../first)$" out &&
		grep "^  signed by 2 of 3: ed25519 .*, ecdsa " out &&
		git intoto trust show --json >out &&
		test "$(json "len(j[\"versions\"])" <out)" = 1 &&
		test "$(json "j[\"trust\"][\"root\"]" <out)" = $(cat ../first)
	)
'

test_expect_success 'rotate: both the old and the new keys must sign' '
	cp -R user asleep &&
	(
		cd project &&
		git fetch -q &&
		git intoto trust rotate --add ~/rosa.pub.pem \
			--remove ~/petra.pub.pem --expires 2y >out &&
		grep "^draft of the trust root, version 2" out &&
		grep "^layout .release., version 2, is not signed by enough" \
			out &&
		git intoto trust sign --key ~/rosa.pem >out &&
		grep "signed by 0 of the keys of version 1, 2 must" out &&
		grep "signed by 1 of its own keys, 2 must" out &&
		git intoto trust sign --key ~/mona >out &&
		grep "signed by 1 of the keys of version 1, 2 must" out &&
		grep "signed by 2 of its own keys, 2 must$" out &&
		git intoto trust sign --key $gert >out &&
		grep "^version 2 of the trust root is published" out &&
		check_root >out &&
		test 2 = "$(wc -l <out)" &&
		grep "^2 .* 3 3$" out &&
		test 2 = "$(git rev-list --count $root_ref)" &&
		test 2 = "$(git rev-list --count --first-parent $root_ref)"
	)
'

test_expect_success 'rotate once more: a threshold, layouts, owners' '
	(
		cd project &&
		git intoto layout renew release --key ~/rosa.pem --key $gert &&
		refused 128 - git intoto trust rotate --remove ~/petra.pub.pem &&
		refused 128 - git intoto trust rotate --remove-layout other &&
		refused 129 - git intoto trust rotate --threshold 4 &&
		git intoto trust rotate --threshold 3 --add-owner ~/sven.pub \
			--owner-threshold 2 --add-layout nightly >out &&
		git intoto trust rotate --threshold 3 --add-owner ~/sven.pub \
			--owner-threshold 2 >out 2>err &&
		grep "an earlier draft" err &&
		grep "^  root keys, 3 of 3:" out &&
		grep "^  owners of the layouts, 2 of 4:" out &&
		grep "that must hold: release$" out &&
		git intoto trust sign --key ~/mona --key ~/rosa.pem --key $gert \
			>out &&
		grep "^version 3 of the trust root is published" out &&
		check_root >out &&
		grep "^3 .* 3 3$" out &&
		git intoto verify v1.0 dist/main.txt &&
		share
	)
'

test_expect_success 'a clone that slept through two rotations catches up' '
	(
		cd asleep &&
		test 1 = "$(root_version)" &&
		git fetch -q &&
		git intoto verify v1.0 ../project/dist/main.txt &&
		test 3 = "$(root_version)" &&
		git intoto trust list >out &&
		grep "^root sha256:$(cat ../first)$" out &&
		grep "^seen root version 3$" out
	)
'

test_expect_success 'any version may be pinned' '
	for version in 1 2 3; do
		digest=$(cd project && digest_of $version) &&
		rm -rf pinned &&
		git clone -q origin.git pinned &&
		(
			cd pinned &&
			git intoto trust pin sha256:$digest &&
			test 3 = "$(root_version)" &&
			git intoto verify v1.0 ../project/dist/main.txt
		) || return 1
	done &&
	(
		cd pinned &&
		git intoto trust pin sha256:$(cat ../first) >out &&
		! grep already out &&
		grep "^root sha256:$(cat ../first)$" out
	)
'

test_expect_success 'plain renewal: the same keys, another date' '
	cp -R project renewal &&
	(
		cd renewal &&
		git intoto trust rotate --expires 2098-01-01 >out &&
		grep "version 4" out &&
		! grep "not signed by enough" out &&
		git intoto trust sign --key ~/mona --key ~/rosa.pem \
			--key $gert &&
		root_lines | tail -n 1 | grep "\"expires\":\"2098-01-01T"
	)
'

# forge REPOSITORY KEYS STATEMENTS <LINE: a root that was changed and signed
# again; keyids as the root lists them.
forge() {
	/usr/bin/python3 "$intoto_top/t/interop/forge.py" "$1" "
import hashlib
from securesystemslib.formats import encode_canonical
def new(path):
    k = {n: v for n, v in key(path).items() if n != 'keyid_hash_algorithms'}
    return hashlib.sha256(encode_canonical(k).encode()).hexdigest()
keyids[:] = [new(path) for path in '$1'.split(',')]
$2"
}

# put_root: stdin becomes the root of the repository here, as a plain git user
# would write it.
put_root() {
	blob=$(git hash-object -w --stdin) &&
	name=$(git hash-object -t tree /dev/null) &&
	tree=$(printf "100644 blob %s\t%s\n" "$blob" "$name" | git mktree) &&
	commit=$(git commit-tree -m root ${1:+-p "$1"} "$tree") &&
	git update-ref $root_ref "$commit"
}

# A user whose clone saw what the origin has, and the origin then changed.
attacked() {
	rm -rf evil.git victim &&
	cp -R origin.git evil.git &&
	git clone -q "$PWD/evil.git" victim &&
	(
		cd victim &&
		git intoto trust pin sha256:$(cat ../first) &&
		git intoto verify v1.0
	)
}

test_expect_success 'rollback: an older root than the one seen' '
	attacked &&
	(
		cd evil.git &&
		root_lines >lines &&
		head -n 2 lines | put_root
	) &&
	(
		cd victim &&
		git fetch -q &&
		refused 1 root-rollback git intoto verify v1.0 &&
		refused 1 root-rollback git intoto tag -m v2 v2.0 &&
		refused 1 root-rollback git intoto trust list &&
		git -C ../evil.git update-ref $root_ref \
			$(git -C ../origin.git rev-parse $root_ref) &&
		git fetch -q &&
		git intoto verify v1.0
	)
'

test_expect_success 'gap, order, a version twice' '
	attacked &&
	for order in "1p;3p" "1p;2p;2p" "1p;1p"; do
		(
			cd evil.git &&
			root_lines >lines &&
			sed -n "$order" lines | put_root
		) &&
		(
			cd victim &&
			git fetch -q &&
			refused 1 root-gap git intoto verify v1.0
		) || return 1
	done
'

test_expect_success 'a chain without its beginning' '
	attacked &&
	(
		cd evil.git &&
		root_lines >lines &&
		sed -n "2p;3p" lines | put_root
	) &&
	(
		cd victim &&
		git fetch -q &&
		refused 1 root-pin git intoto verify v1.0
	) &&
	rm -rf victim &&
	git clone -q evil.git victim &&
	(
		cd victim &&
		refused 1 root-gap git intoto trust pin \
			sha256:$(cd ../project && digest_of 3)
	)
'

test_expect_success 'a version signed by itself alone' '
	attacked &&
	(
		cd evil.git &&
		root_lines >lines &&
		tail -n 1 lines | forge ~/sven "
s[\"version\"] = 4
k = {n: v for n, v in key(\"$HOME/sven\").items()
     if n != \"keyid_hash_algorithms\"}
s[\"keys\"] = {keyids[0]: k}
for role in s[\"roles\"].values():
    role.update(keyids=keyids[:], threshold=1)
" >>lines &&
		put_root <lines
	) &&
	(
		cd victim &&
		git fetch -q &&
		refused 1 root-threshold git intoto verify v1.0 &&
		grep "by the keys of version 3" err
	)
'

test_expect_success 'short of the threshold; a threshold that says nobody' '
	attacked &&
	for change in "s[\"version\"] = 4" \
		"s[\"version\"] = 4; s[\"roles\"][\"root\"][\"threshold\"] = 1"
	do
		(
			cd evil.git &&
			git update-ref $root_ref \
				$(git -C ../origin.git rev-parse $root_ref) &&
			root_lines >lines &&
			tail -n 1 lines | forge ~/mona "$change" >>lines &&
			put_root <lines
		) &&
		(
			cd victim &&
			git fetch -q &&
			refused 1 root-threshold git intoto verify v1.0
		) || return 1
	done &&
	(
		cd evil.git &&
		git update-ref $root_ref \
			$(git -C ../origin.git rev-parse $root_ref) &&
		root_lines >lines &&
		tail -n 1 lines | forge ~/mona "
s[\"version\"] = 4
s[\"roles\"][\"root\"][\"threshold\"] = 0" >>lines &&
		put_root <lines
	) &&
	(
		cd victim &&
		git fetch -q &&
		refused 1 root-malformed git intoto verify v1.0
	)
'

test_expect_success 'another project, another root, no root at all' '
	attacked &&
	( cd founder && root_lines ) >lines &&
	( cd evil.git && put_root <../lines ) &&
	(
		cd victim &&
		git fetch -q &&
		refused 1 root-pin git intoto verify v1.0 &&
		git -C ../evil.git update-ref -d $root_ref &&
		git fetch -q -p &&
		refused 128 - git intoto verify v1.0 &&
		grep "trust root is not here" err &&
		git intoto trust list >out 2>err &&
		grep "^root sha256:$(cat ../first)$" out &&
		grep "^warning: .*not here" err
	)
'

test_expect_success 'a root in the note of a tag is no link, and no harm' '
	rm -rf misfiled &&
	cp -R project misfiled &&
	(
		cd misfiled &&
		tag=$(git rev-parse refs/tags/v1.0) &&
		ref=refs/notes/in-toto/links/$(echo $tag | tail -c 3) &&
		{ root_lines && note_of v1.0; } | LC_ALL=C sort >lines &&
		git notes --ref=$ref add -f -F lines $tag &&
		git intoto verify v1.0 2>err &&
		grep "^warning: " err &&
		git intoto show v1.0 &&
		git intoto log
	)
'

test_expect_success 'setup: the same root by one key, to be forked' '
	git init -q --bare one.git &&
	make_project one &&
	(
		cd one &&
		git remote add origin "$PWD/../one.git" &&
		git intoto trust init --threshold 1 --key ~/mona.pub \
			--layout release &&
		git intoto trust sign --key ~/mona &&
		git intoto init --yes &&
		git push -q origin main &&
		git intoto tag -m v1.0 v1.0 &&
		git intoto build -p "dist/*" -- make dist &&
		git push -q origin refs/tags/v1.0 &&
		share
	)
'

test_expect_success 'fork: two second versions, both signed' '
	cp -R one other &&
	for here in one other; do
		(
			cd $here &&
			git intoto trust rotate --expires 300d &&
			git intoto trust sign --key ~/mona
		) || return 1
	done &&
	# The same second, the same root: make them differ.
	(
		cd other &&
		root_lines | head -n 1 >lines &&
		root_lines | tail -n 1 | forge ~/mona \
			"s[\"expires\"] = \"2090-01-01T00:00:00Z\"" >>lines &&
		put_root <lines
	) &&
	( cd one && share ) &&
	git clone -q one.git forked &&
	(
		cd forked &&
		git intoto trust pin sha256:$(cd ../one && digest_of 1) &&
		git intoto verify v1.0 &&
		git remote add other ../other &&
		git config --add remote.other.fetch \
			"+refs/notes/in-toto/*:refs/in-toto-remotes/other/*" &&
		git fetch -q other &&
		refused 1 root-conflict git intoto verify v1.0 &&
		git remote remove origin &&
		git for-each-ref --format="delete %(refname)" \
			refs/in-toto-remotes/origin/root |
			git update-ref --stdin &&
		refused 1 root-conflict git intoto verify v1.0 &&
		grep "seen here before" err
	)
'

test_expect_success 'killed while signing: nothing, or all, and once more' '
	make_project killed &&
	(
		cd killed &&
		draft=.git/intoto/root-draft.json &&
		git intoto trust init --threshold 2 --key ~/mona.pub \
			--key ~/rosa.pub.pem &&
		cp $draft draft &&
		kill_at_rename 1 git intoto trust sign --key ~/mona &&
		test_must_fail git rev-parse -q --verify $pending_ref &&
		rm -f .git/$pending_ref.lock &&
		git intoto trust sign --key ~/mona &&
		cp draft $draft &&
		kill_at_rename 1 git intoto trust sign --key ~/rosa.pem &&
		test_must_fail git rev-parse -q --verify $root_ref &&
		rm -f .git/$root_ref.lock &&
		git intoto trust sign --key ~/rosa.pem >out &&
		grep "^version 1 of the trust root is published" out &&
		check_root &&
		# Killed between the ref and the end of the draft.
		cp draft $draft &&
		git intoto trust sign --key ~/rosa.pem >out &&
		grep "^already: version 1" out &&
		test ! -e $draft &&
		git intoto trust rotate &&
		cp $draft draft &&
		git intoto trust rotate --expires 2y &&
		git intoto trust sign --key ~/mona --key ~/rosa.pem &&
		cp draft $draft &&
		git intoto trust show 2>err &&
		grep "^warning: the draft of version 2 .* was overtaken" err
	)
'

test_expect_success 'two owners publish the same version at once' '
	git clone -q origin.git left &&
	git clone -q origin.git right &&
	for here in left right; do
		(
			cd $here &&
			git intoto trust pin sha256:$(cat ../first) >out
		) || return 1
	done &&
	(
		cd left &&
		git intoto trust rotate &&
		git intoto trust sign --key ~/mona &&
		git intoto trust sign --key $gert &&
		share
	) &&
	(
		cd right &&
		git fetch -q &&
		git intoto trust sign --key ~/rosa.pem &&
		git rev-parse -q --verify $root_ref
	) &&
	(
		cd left &&
		git intoto trust sign --key ~/rosa.pem &&
		git push -q origin $root_ref
	) &&
	(
		cd right &&
		GIT_COMMITTER_DATE="@1 +0000" git commit-tree -m else \
			$root_ref^{tree} >else &&
		git update-ref $root_ref $(cat else) &&
		git fetch -q &&
		git intoto trust rotate &&
		git intoto trust sign --key ~/mona --key ~/rosa.pem \
			--key $gert >out &&
		grep "^version 5 of the trust root is published" out &&
		git push -q origin $root_ref
	)
'

test_expect_success 'an expired root: verify and tag refuse, and say how on' '
	git clone -q one.git expired &&
	(
		cd expired &&
		git fetch -q ../one "refs/notes/in-toto/*:refs/notes/in-toto/*" &&
		root_lines >lines &&
		tail -n 1 lines | forge ~/mona "
s[\"version\"] = 3
s[\"expires\"] = \"2020-01-01T00:00:00Z\"" >>lines &&
		put_root $(git rev-parse $root_ref) <lines &&
		git intoto trust pin --no-fetch sha256:$(cd ../one &&
			digest_of 1) &&
		refused 1 root-expired git intoto verify v1.0 &&
		grep "^hint: git intoto trust rotate$" err &&
		refused 1 root-expired git intoto tag -m v2 v2.0 &&
		grep "^hint: git intoto trust rotate$" err &&
		test_must_fail git rev-parse -q --verify refs/tags/v2.0 &&
		git intoto verify --at 2019-01-01 v1.0 &&
		git intoto trust rotate &&
		git intoto trust sign --key ~/mona &&
		check_root &&
		git intoto verify v1.0 &&
		git intoto tag -m v2 v2.0
	)
'

test_expect_success 'a root that ends soon: said, and nothing else' '
	git clone -q one.git soon &&
	(
		cd soon &&
		git intoto trust pin sha256:$(cd ../one && digest_of 1) &&
		git intoto trust rotate --expires 20d &&
		git intoto trust sign --key ~/mona &&
		git intoto verify v1.0 2>err &&
		grep "^warning: the trust root expires at .*trust rotate$" err
	)
'

# sign_then: the draft of a root on stdin becomes a line that an OpenPGP key
# signed at the time of gpg-then.
sign_then() {
	GNUPG=gpg-then /usr/bin/python3 -c "
import json, sys
from securesystemslib.formats import encode_canonical
from securesystemslib.gpg.functions import create_signature
part = json.load(sys.stdin)['signed']
sig = create_signature(encode_canonical(part).encode(), sys.argv[1])
sig = {'keyid': sig['keyid'], 'other_headers': sig['other_headers'],
       'sig': sig['signature']}
print(json.dumps({'signatures': [sig], 'signed': part}, sort_keys=True,
                 separators=(',', ':')))" "$1"
}

test_expect_success 'an OpenPGP key whose time is over keeps the chain whole' '
	cat >.bin/gpg-then <<-EOF &&
	#!/bin/sh
	exec gpg --faked-system-time 20200102T000000! "\$@"
	EOF
	chmod +x .bin/gpg-then &&
	gpg-then --batch --quiet --pinentry-mode loopback --passphrase "" \
		--quick-generate-key "Old <old@example.com>" ed25519 sign 30d &&
	old=$(gpg_fingerprint old@example.com) &&
	make_project ended &&
	(
		cd ended &&
		git intoto trust init --threshold 1 --key gpg:$old &&
		refused 128 - git intoto trust sign --key gpg:$old &&
		sign_then $old <.git/intoto/root-draft.json >line &&
		put_root <line &&
		check_root &&
		git intoto trust pin --no-fetch sha256:$(digest_of 1) &&
		test 1 = "$(root_version)"
	)
'

test_expect_success 'an OpenPGP key that signs with a subkey' '
	gpg --batch --quiet --pinentry-mode loopback --passphrase "" \
		--quick-generate-key "Sub <sub@example.com>" rsa2048 cert never &&
	sub=$(gpg_fingerprint sub@example.com) &&
	gpg --batch --quiet --pinentry-mode loopback --passphrase "" \
		--quick-add-key $sub rsa2048 sign never &&
	make_project subkey &&
	(
		cd subkey &&
		git intoto trust init --threshold 1 --key gpg:$sub &&
		git intoto trust sign --key gpg:$sub &&
		test 1 = "$(root_version)" &&
		git intoto init --yes --key gpg:$sub &&
		git intoto trust rotate --add ~/mona.pub &&
		git intoto trust sign --key gpg:$sub &&
		test 2 = "$(root_version)"
	)
'

test_expect_success 'an RSA key signs as the root lists it, or not at all' '
	make_ssh_key ralf rsa &&
	make_project schemes &&
	(
		cd schemes &&
		git intoto trust init --threshold 1 --key ~/ralf.pub &&
		git intoto trust sign --key ~/ralf &&
		check_root >out &&
		grep "^1 .* 1 1$" out
	)
'

test_expect_success 'remove sha256:...: the way to another root' '
	rm -rf evil.git fresh &&
	cp -R origin.git evil.git &&
	git clone -q evil.git fresh &&
	(
		cd fresh &&
		project=$(cd ../user && git intoto trust list |
			sed -n "s/^project //p") &&
		git intoto trust add --no-fetch --project $project ~/mona.pub &&
		git intoto trust init --threshold 1 --key ~/sven.pub &&
		git intoto trust sign --key ~/sven &&
		git push -q --force origin $root_ref &&
		digest_of 1 >../second
	) &&
	(
		cd user &&
		git fetch -q &&
		git intoto verify v1.0 &&
		git remote set-url origin "$PWD/../evil.git" &&
		git fetch -q &&
		refused 1 root-pin git intoto verify v1.0 &&
		refused 1 root-pin git intoto trust pin sha256:$(cat ../second) &&
		refused 128 - git intoto trust remove sha256:abcd &&
		git intoto trust remove sha256:$(cat ../first) &&
		refused 128 - git intoto trust list &&
		grep "no trust configured" err &&
		git intoto trust pin sha256:$(cat ../second) &&
		test 1 = "$(root_version)" &&
		refused 1 layout-threshold git intoto verify v1.0
	)
'

test_expect_success 'a pin in a file that is not ours is refused' '
	(
		cd asleep &&
		file=.git/intoto/trust.json &&
		cp $file saved &&
		chmod o+w $file &&
		refused 128 - git intoto verify v1.0 &&
		chmod o-w $file &&
		sed "s/\"root\"/\"keys\":[],&/" saved >$file &&
		refused 128 - git intoto verify v1.0 &&
		sed "s/\"root\":\"[0-9a-f]*\"/\"root\":\"\"/" saved >$file &&
		refused 128 - git intoto verify v1.0 &&
		cp saved $file &&
		git intoto verify v1.0
	)
'

test_done
