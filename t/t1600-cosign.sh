#!/bin/sh
test_description='co-signing: drafts short of their threshold, on three clones'
. ./test-lib.sh
# shellcheck source=t/forge-lib.sh
. "$SHARNESS_TEST_SRCDIR/forge-lib.sh"

empty_tree=$(empty_tree)

# in_force NAME VERSION: that is what `layout list` says.
in_force() {
	git intoto layout list >list 2>list.err &&
	grep "^$1  *version $2  *expires .* in force$" list || {
		cat list list.err
		return 1
	}
}

# not_in_force NAME: nothing of that name is.
not_in_force() {
	git intoto layout list >list &&
	! grep "^$1 .*in force$" list
}

# get: what a maintainer who has run `init` gets by plain git.
get() {
	git fetch -q origin
}

# share: by plain git alone: the union of what is pending, and the layouts.
share() {
	get &&
	if git rev-parse -q --verify refs/notes/in-toto/pending >/dev/null &&
		git rev-parse -q --verify refs/in-toto-remotes/origin/pending \
			>/dev/null
	then
		git notes --ref in-toto/pending merge -q -s cat_sort_uniq \
			refs/in-toto-remotes/origin/pending
	fi &&
	git push -q origin "refs/notes/in-toto/*:refs/notes/in-toto/*"
}

# pending_digest: as `layout sign` has printed it.
pending_digest() {
	sed -n "s/^pending as sha256://p" out
}

# put_pending [DIGEST]: the line on stdin, under the digest given or its own.
put_pending() {
	cat >"$TMPDIR/line" &&
	put_key=${1:-$(/usr/bin/python3 -c '
import hashlib, json, sys
from securesystemslib.formats import encode_canonical
signed = json.load(open(sys.argv[1]))["signed"]
print(hashlib.sha256(encode_canonical(signed).encode()).hexdigest())
' "$TMPDIR/line")} &&
	put_key=$(echo "$put_key" | cut -c "1-$oid_length") &&
	echo "$put_key" >"$TMPDIR/key" &&
	{
		git notes --ref in-toto/pending show "$put_key" 2>/dev/null
		cat "$TMPDIR/line"
	} | LC_ALL=C sort -u >"$TMPDIR/note" &&
	put_blob=$(git hash-object -w "$TMPDIR/note") &&
	git notes --ref in-toto/pending add -f -C "$put_blob" "$put_key" \
		2>/dev/null
}

# team DIR THRESHOLD: a bare remote and a clone of it for each of us.
team() {
	mkdir "$1" &&
	git init -q --bare "$1/hub.git" &&
	git -C seed push -q "../$1/hub.git" main &&
	for team_name in mona bert gina carl; do
		git clone -q "$1/hub.git" "$1/$team_name" &&
		(
			cd "$1/$team_name" &&
			git intoto trust add ~/mona.pub ~/bert.pub \
				gpg:gina@example.com --threshold "$2"
		) || return 1
	done
}

# the_line: the layout in force in this clone, as stored.
the_line() {
	layout_line "${1:-release}"
}

# change VERSION STATEMENTS: the layout in force as that version, unsigned and
# changed, signed by $by (names, with commas).
change() {
	the_line >"$TMPDIR/in_force" &&
	forge "${by:-mona}" "
import re
s['readme'] = re.sub('version=[0-9]+', 'version=$1', s['readme'])
$2" <"$TMPDIR/in_force"
}

test_expect_success 'setup: three owners, an outsider, a bare remote' '
	make_ssh_key mona &&
	make_ssh_key bert &&
	make_ssh_key carl &&
	make_gpg_key gina@example.com &&
	sign_with_ssh mona &&
	start_agent bert &&
	bert=ssh:$(ssh-keygen -lf "$HOME/bert.pub" | cut -d " " -f 2) &&
	mv "$HOME/bert" bert.private &&
	make_project seed &&
	team two 2 &&
	team three 3 &&
	team late 2 &&
	git intoto key show ~/mona.pub | sed -n "s/^keyid //p" |
		head -n 1 >mona.id &&
	git intoto key show ~/bert.pub | sed -n "s/^keyid //p" |
		head -n 1 >bert.id
'

cd two || exit 1

test_expect_success 'the first owner: pending, and how to share it' '
	(
		cd mona &&
		git intoto init --yes >out &&
		grep "layout .release. is a draft; still to be signed by:" \
			out &&
		grep "git intoto push origin$" out &&
		not_in_force release &&
		git notes --ref in-toto/pending list >list &&
		test $(wc -l <list) = 1 &&
		git intoto layout sign release >out &&
		grep "signed by 1 of 3 owners, 2 must" out &&
		grep "^pending as sha256:[0-9a-f]\{64\}$" out &&
		grep "^  git intoto push origin$" out &&
		pending_digest >../first &&
		git notes --ref in-toto/pending show \
			$(cut -c "1-$oid_length" ../first) >note &&
		test $(wc -l <note) = 1 &&
		share
	)
'

test_expect_success 'nobody can use it before the threshold' '
	(
		cd bert &&
		get &&
		test_must_fail git rev-parse -q --verify \
			refs/in-toto-remotes/origin/layouts/release &&
		not_in_force release &&
		refused 128 - git intoto tag -m v0 v0 &&
		grep "no layout" err &&
		git tag -a -m v0 v0 &&
		refused 128 - git intoto build --tag v0 -p "dist/*" -- true &&
		refused 128 - git intoto verify v0 &&
		refused 128 - git intoto layout export release &&
		refused 128 - git intoto layout set release --readme x &&
		git tag -d v0
	)
'

test_expect_success 'another owner sees it, and who is missing' '
	(
		cd bert &&
		git intoto layout list >out &&
		grep "^release  *version 1 .*signed by 1 of 3 .*pending$" out &&
		grep "not yet signed by ed25519 $(cut -c 1-8 ../../bert.id)$" \
			out &&
		grep "not yet signed by gpg " out &&
		! grep "not yet signed by ed25519 $(cut -c 1-8 ../../mona.id)$" \
			out &&
		git intoto layout list --pending >pending &&
		test_cmp out pending &&
		git intoto layout show --pending release >out &&
		grep "^pending layout .release., to be version 1$" out &&
		grep "^digest sha256:$(cat ../first)$" out &&
		grep "^  by  *ed25519 $(cut -c 1-8 ../../mona.id)$" out &&
		grep "^step .tag., by 1 of 1 key$" out &&
		grep "layout sign release --digest sha256:" out &&
		git intoto layout show --pending --json release >json &&
		json "len(j[\"signatures\"])" <json | grep "^2$" &&
		git intoto init --yes >out &&
		grep "^already pending: layout .release. waits" out
	)
'

test_expect_success 'the second owner, by an agent, puts it in force' '
	(
		cd bert &&
		git intoto layout sign release --key $bert >out &&
		grep "^digest sha256:$(cat ../first)$" out &&
		grep "version 1, is in force, signed by 2 of 3 owners" out &&
		grep "^  git intoto push origin$" out &&
		in_force release 1 &&
		the_line >line &&
		test $(wc -l <line) = 1 &&
		json "sorted(s[\"keyid\"] for s in j[\"signatures\"])" <line \
			>ids &&
		grep $(cat ../../mona.id) ids &&
		grep $(cat ../../bert.id) ids &&
		share
	)
'

test_expect_success 'stock in-toto takes both signatures' '
	(
		cd bert &&
		git intoto layout export release root.layout &&
		git intoto key export ~/mona.pub >mona.json &&
		git intoto key export ~/bert.pub >bert.json &&
		peer=$(sed -n "1s/^#!//p" "$(command -v in-toto-verify)") &&
		$peer - <<-\EOF
		import json
		from in_toto.models.metadata import Metablock
		layout = Metablock.load("root.layout")
		for name in ("mona.json", "bert.json"):
		    layout.verify_signature(json.load(open(name)))
		EOF
	)
'

test_expect_success 'the first owner: her draft is done, and gone' '
	(
		cd mona &&
		get &&
		in_force release 1 &&
		! test -e .git/intoto/drafts/release.json &&
		git intoto layout list --pending >out &&
		test_must_be_empty out &&
		git intoto layout sign release >out &&
		grep "^already" out &&
		refused 128 - git intoto layout sign release \
			--digest $(cat ../first) &&
		grep "was made to be version 1, but version 1 is in force" err
	)
'

test_expect_success 'an owner who came late: no version is signed twice' '
	(
		cd gina &&
		get &&
		refused 128 - git intoto layout sign release \
			--key gpg:gina@example.com &&
		grep "^hint: git intoto layout renew release" err
	)
'

test_expect_success 'tag and verify go by what is in force, not by a draft' '
	(
		cd mona &&
		git intoto layout remove-step release build &&
		git intoto layout set release --readme "without the build" &&
		git intoto layout sign release >out &&
		grep "signed by 1 of 3" out &&
		share &&
		git intoto tag -m v1 v1 &&
		git intoto build --tag v1 -p "dist/*" -- make dist &&
		git intoto verify v1 dist/* >out &&
		grep "^accepted" out
	)
'

test_expect_success 'OpenPGP: the change is shown, then signed' '
	(
		cd gina &&
		get &&
		git intoto layout sign release --key gpg:gina@example.com \
			>out 2>err &&
		grep "^changes to version 1:$" out &&
		grep "^  another readme: without the build$" out &&
		grep "^  step .build.: is gone$" out &&
		grep "version 2, is in force, signed by 2 of 3 owners" out &&
		share &&
		cd ../bert &&
		get &&
		in_force release 2
	)
'

test_expect_success 'an edit of a signed draft is another draft' '
	(
		cd mona &&
		get &&
		git intoto layout set release --readme "third" &&
		git intoto layout sign release >out &&
		pending_digest >../old &&
		git intoto layout set release --readme "third, better" \
			2>err &&
		grep "must sign again" err &&
		git intoto layout sign release >out 2>err &&
		grep "another draft of layout .release. is pending: sha256:$(
			cut -c 1-12 ../old)$" err &&
		pending_digest >../new &&
		! test_cmp ../old ../new &&
		share
	)
'

test_expect_success 'several drafts of one version: they are listed, one is chosen' '
	(
		cd bert &&
		get &&
		refused 128 - git intoto layout sign release --key $bert &&
		grep "2 drafts of layout .release., version 3, are pending" \
			err &&
		grep "sha256:$(cat ../old)" err &&
		grep "sha256:$(cat ../new)" err &&
		grep "^hint: .*--digest sha256:" err &&
		git intoto layout show --pending release >out &&
		grep "^digest sha256:$(cat ../old)$" out &&
		grep "^digest sha256:$(cat ../new)$" out &&
		refused 128 - git intoto layout sign release --key $bert \
			--digest sha256:00000000 &&
		refused 128 - git intoto layout sign release --key $bert \
			--digest $(cut -c 1-3 ../new) &&
		refused 128 - git intoto layout sign docs --key $bert \
			--digest $(cat ../new) &&
		grep "is of layout .release., not of .docs." err &&
		in_force release 2 &&
		git intoto layout sign release --key $bert \
			--digest sha256:$(cut -c 1-10 ../new) >out &&
		grep "version 3, is in force" out &&
		git intoto layout show release | grep "^  third, better$" &&
		share
	)
'

test_expect_success 'the draft that was not chosen is stale, and says so' '
	(
		cd gina &&
		get &&
		refused 128 - git intoto layout sign release \
			--key gpg:gina@example.com --digest $(cat ../old) &&
		grep "was made to be version 3, but version 3 is in force" \
			err &&
		git intoto layout list --pending >out &&
		test_must_be_empty out
	)
'

test_expect_success 'two owners complete one draft at once: one version' '
	(
		cd mona &&
		get &&
		git intoto layout set release --readme "fourth" &&
		git intoto layout sign release &&
		share
	) &&
	git -C bert fetch -q &&
	git -C gina fetch -q &&
	(
		cd bert &&
		git intoto layout sign release --key $bert &&
		share
	) &&
	(
		cd gina &&
		git intoto layout sign release --key gpg:gina@example.com &&
		in_force release 4 &&
		test_must_fail share &&
		git intoto layout list >out 2>err &&
		grep "^release  *version 4 .* in force$" out &&
		test_must_be_empty err &&
		git intoto layout sign release --key gpg:gina@example.com \
			>out &&
		grep "^already: another owner completed version 4" out &&
		test $(git rev-parse refs/notes/in-toto/layouts/release) = \
			$(git -C ../hub.git rev-parse \
				refs/notes/in-toto/layouts/release) &&
		share
	)
'

test_expect_success 'the next version goes on top of what the remote has' '
	(
		cd bert &&
		git intoto layout set release --readme "fifth" &&
		git intoto layout sign release --key $bert &&
		share
	) &&
	git -C mona fetch -q &&
	git -C gina fetch -q &&
	( cd mona && git intoto layout sign release && share ) &&
	(
		cd gina &&
		git intoto layout sign release --key gpg:gina@example.com &&
		git fetch -q &&
		git intoto layout set release --readme "sixth" &&
		git intoto layout sign release --key gpg:gina@example.com &&
		git intoto layout sign release &&
		in_force release 6 &&
		git merge-base --is-ancestor \
			refs/in-toto-remotes/origin/layouts/release \
			refs/notes/in-toto/layouts/release &&
		share
	)
'

cd ../three || exit 1

test_expect_success 'all must sign: signatures made at once meet' '
	(
		cd mona &&
		git intoto init --yes &&
		share
	) &&
	git -C bert fetch -q &&
	git -C gina fetch -q &&
	(
		cd bert &&
		git intoto layout sign release --key $bert >out &&
		grep "signed by 2 of 3 owners, 3 must" out &&
		share
	) &&
	(
		cd gina &&
		git intoto layout sign release --key gpg:gina@example.com \
			>out &&
		grep "signed by 2 of 3 owners, 3 must" out &&
		pending_digest >../all &&
		share &&
		not_in_force release &&
		git notes --ref in-toto/pending show \
			$(cut -c "1-$oid_length" ../all) >note &&
		test $(wc -l <note) = 3
	)
'

test_expect_success 'whoever comes next puts it in force, signing nothing' '
	for name in mona carl; do
		cp -R $name next &&
		(
			cd next &&
			get &&
			git intoto layout list --pending >out &&
			grep "signed by 3 of 3" out &&
			not_in_force release &&
			git intoto layout sign release --key ~/carl >out &&
			grep "version 1, is in force, signed by 3 of 3" out &&
			in_force release 1
		) &&
		rm -rf next || return 1
	done &&
	(
		cd mona &&
		get &&
		git intoto layout sign release &&
		share
	)
'

test_expect_success 'an outsider: signs nothing, and is told' '
	(
		cd mona &&
		git intoto layout set release --readme "carl was here" &&
		git intoto layout sign release &&
		share
	) &&
	(
		cd carl &&
		get &&
		git intoto layout sign release --key ~/carl >out 2>err &&
		grep "is no owner that is trusted here" err &&
		grep "signed by 1 of 3 owners" out &&
		! git rev-parse -q --verify refs/notes/in-toto/layouts/release
	)
'

cd ../late || exit 1

test_expect_success 'by push and fetch: of two who complete it at once' '
	(
		cd mona &&
		git intoto init --yes &&
		git intoto push origin
	) &&
	(
		cd gina &&
		git intoto fetch origin &&
		git intoto layout sign release --key gpg:gina@example.com
	) &&
	(
		cd bert &&
		git intoto fetch origin &&
		git intoto layout sign release --key $bert &&
		git intoto push origin
	) &&
	(
		cd gina &&
		in_force release 1 &&
		git intoto push origin &&
		test $(git rev-parse refs/notes/in-toto/layouts/release) = \
			$(git -C ../hub.git rev-parse \
				refs/notes/in-toto/layouts/release) &&
		in_force release 1 &&
		git intoto layout set release --readme "next" &&
		git intoto layout sign release --key gpg:gina@example.com &&
		git intoto push origin
	) &&
	(
		cd mona &&
		git intoto fetch origin &&
		git intoto layout sign release &&
		in_force release 2 &&
		git intoto push origin
	)
'

cd ../two || exit 1

test_expect_success 'setup: a draft that is sound, for what follows' '
	(
		cd gina &&
		get &&
		in_force release 6 &&
		git intoto layout set release --readme "sound" &&
		git intoto layout sign release --key gpg:gina@example.com \
			>out &&
		pending_digest >../sound &&
		git notes --ref in-toto/pending show \
			$(cut -c "1-$oid_length" ../sound) >../sound.line &&
		share
	) &&
	(
		cd bert &&
		share &&
		git intoto layout sign release >/dev/null 2>&1;
		git update-ref refs/notes/in-toto/layouts/release \
			refs/in-toto-remotes/origin/layouts/release &&
		in_force release 6
	)
'

# victim COMMAND: with that in the notes of a copy of bert's clone.
victim() {
	rm -rf victim &&
	cp -R bert victim &&
	( cd victim && "$@" )
}

# only_sound: the sound draft is all that is pending, and is what is signed.
only_sound() {
	git intoto layout list --pending >out 2>err &&
	test $(grep -c "pending$" out) = 1 &&
	grep "^release .*version 7 .*signed by 1 of 3 .*pending$" out &&
	git intoto layout sign release --key $bert >out &&
	grep "version 7, is in force, signed by 2 of 3" out &&
	git intoto layout show release | grep "^  sound$"
}

# attack COMMAND...: to no avail.
attack() {
	victim "$@" &&
	( cd victim && only_sound )
}

# edit_line STATEMENTS <LINE: an unsigned change of `j`.
edit_line() {
	/usr/bin/python3 -c '
import json, sys
j = json.load(sys.stdin)
exec(sys.argv[1])
print(json.dumps(j, sort_keys=True, separators=(",", ":")))' "$1"
}

by_an_outsider() {
	by=carl change 7 "s['readme'] = 'bad' + s['readme']" | put_pending
}

in_the_name_of_an_owner() {
	by=carl change 7 "
s['readme'] = 'bad' + s['readme']
keyids[0] = '$(cat ../../mona.id)'" | put_pending
}

of_another_project() {
	change 7 "s['readme'] = re.sub('project=[0-9a-f]*',
	    'project=' + 32 * 'a', s['readme'])" | put_pending
}

altered_as_it_was() {
	edit_line "j['signed']['readme'] = 'bad' + j['signed']['readme']" \
		<../sound.line | put_pending "$(cat ../sound)"
}

altered_as_it_is() {
	edit_line "j['signed']['readme'] = 'bad' + j['signed']['readme']" \
		<../sound.line | put_pending
}

signature_of_another() {
	change 7 "s['readme'] = 'first' + s['readme']" >first &&
	edit_line "j['signed']['readme'] = 'bad' + j['signed']['readme']" \
		<first | put_pending
}

two_signatures() {
	edit_line "j['signatures'].append({'keyid': 64 * 'a',
	    'sig': 128 * '0'})" <../sound.line | put_pending
}

one_more_member() {
	edit_line "j['more'] = 1" <../sound.line | put_pending
}

no_json() {
	echo '{"signed":1}' | put_pending "$(cat ../sound)"
}

no_line_at_all() {
	git cat-file blob HEAD:README | put_pending "$(cat ../sound)"
}

the_one_in_force() {
	the_line | put_pending
}

stale_versions() {
	for version in 0 1 5 6; do
		change $version "s['readme'] = 'bad' + s['readme']" |
			put_pending || return 1
	done
}

no_notes_tree() {
	git update-ref refs/in-toto-remotes/evil/pending HEAD
}

test_expect_success 'no attack: the sound draft is signed' '
	attack true
'

test_expect_success 'attack: a draft by an outsider is named' '
	attack by_an_outsider &&
	grep "version 7 .*no owner who is trusted here signed it" victim/err
'

test_expect_success 'attack: by an outsider in the name of an owner' '
	attack in_the_name_of_an_owner &&
	grep "in the name of ed25519 $(cut -c 1-8 ../mona.id) does not hold" \
		victim/err
'

test_expect_success 'attack: of another project' '
	attack of_another_project
'

test_expect_success 'attack: altered, filed as it was' '
	attack altered_as_it_was &&
	grep "\[line-misfiled\]$" victim/err
'

test_expect_success 'attack: altered, filed as it is' '
	attack altered_as_it_is &&
	grep "in the name of gpg .* does not hold" victim/err
'

test_expect_success 'attack: a signature copied from another draft' '
	attack signature_of_another &&
	grep "in the name of ed25519 .* does not hold" victim/err
'

test_expect_success 'attack: lines that are none' '
	for script in two_signatures one_more_member no_json no_line_at_all \
		the_one_in_force; do
		attack $script &&
		grep "\[line-malformed\]$" victim/err || return 1
	done
'

test_expect_success 'attack: stale versions' '
	attack stale_versions
'

test_expect_success 'attack: a pending ref that is no notes tree' '
	attack no_notes_tree &&
	grep "refs/in-toto-remotes/evil/pending" victim/err
'

test_expect_success 'attack: rubbish under the keyid of who has signed' '
	victim true &&
	(
		cd victim &&
		edit_line "j[\"signatures\"] = [{\"keyid\":
		    \"$(cat ../../bert.id)\", \"sig\": 128 * \"0\"}]" \
			<../sound.line | put_pending &&
		edit_line "j[\"signatures\"][0][\"signature\"] = \"00\"" \
			<../sound.line | put_pending &&
		only_sound &&
		grep "in the name of ed25519 $(cut -c 1-8 ../../bert.id) does not hold" \
			err &&
		grep "in the name of gpg .* does not hold" err
	)
'

test_expect_success 'a draft of another name is another draft' '
	victim true &&
	(
		cd victim &&
		change 7 "s[\"readme\"] = s[\"readme\"].replace(
		    \"name=release\", \"name=other\")" | put_pending &&
		git intoto layout list --pending >out &&
		grep "^other .*version 7 .*pending$" out &&
		grep "^release .*version 7 .*pending$" out &&
		refused 128 - git intoto layout sign release --key $bert \
			--digest $(cat "$TMPDIR/key") &&
		grep "is of layout .other., not of .release." err &&
		git intoto layout sign release --key $bert &&
		in_force release 7 &&
		git intoto layout show release | grep "^  sound$"
	)
'

test_expect_success 'a version that skips one: named, and not forced on anybody' '
	victim true &&
	(
		cd victim &&
		change 9 "s[\"readme\"] = \"bad\" + s[\"readme\"]" |
			put_pending &&
		cp -R . ../skipped &&
		git intoto layout sign release --key $bert \
			--digest $(cat ../sound) >out 2>err &&
		in_force release 7 &&
		cd ../skipped &&
		git intoto layout sign release >out 2>err &&
		grep "is a version in between not fetched yet" err &&
		in_force release 6
	)
'

test_expect_success 'attack: the threshold of those who were owners' '
	mv ../bert.private "$HOME/bert" &&
	victim true &&
	(
		cd victim &&
		git intoto trust remove ~/mona.pub ~/bert.pub --threshold 1 &&
		in_force release 6 &&
		for name in mona bert; do
			by=$name change 7 "s[\"readme\"] = \"old\" +\
			    s[\"readme\"]" | put_pending || exit 1
		done &&
		git intoto layout list --pending >out 2>err &&
		test $(grep -c "pending$" out) = 1 &&
		grep "no owner who is trusted here signed it" err &&
		refused 128 - git intoto layout sign release --key ~/mona \
			--digest $(cat "$TMPDIR/key") &&
		git intoto layout sign release --key ~/mona >out &&
		grep "version 7, is in force, signed by 1 of 1" out &&
		git intoto layout show release | grep "^  sound$"
	) &&
	mv "$HOME/bert" ../bert.private
'

test_expect_success 'attack: the threshold of the owners of an older root' '
	mv ../bert.private "$HOME/bert" &&
	make_ssh_key dora &&
	make_project ../rooted &&
	(
		cd ../rooted &&
		git intoto trust init --threshold 1 --key ~/mona.pub \
			--owner ~/mona.pub --owner ~/bert.pub \
			--owner-threshold 2 &&
		git intoto trust sign --key ~/mona &&
		git intoto layout new release &&
		git intoto layout add-step release tag --by ~/mona.pub \
			--material "ALLOW *" --material "DISALLOW *" \
			--product "DISALLOW *" &&
		git intoto layout sign release --key ~/mona --key ~/bert &&
		in_force release 1 &&
		for name in mona bert; do
			by=$name change 2 "s[\"readme\"] = \"old\\n\" +\
			    s[\"readme\"]" | put_pending || exit 1
		done &&
		git intoto layout list --pending >out &&
		grep "version 2 .*signed by 2 of 2 .*pending$" out &&
		git intoto trust rotate --remove-owner ~/mona.pub \
			--remove-owner ~/bert.pub --add-owner ~/dora.pub \
			--owner-threshold 1 &&
		git intoto trust sign --key ~/mona &&
		git intoto layout list >out 2>err &&
		grep "^release  *refused \[layout-threshold\]$" out &&
		! grep "pending$" out &&
		grep "version 2 .*no owner who is trusted here signed it" err &&
		test_must_fail git intoto layout sign release --key ~/mona &&
		test_must_fail git intoto layout sign release --key ~/dora \
			--digest $(cat "$TMPDIR/key") &&
		git intoto layout set release --readme "by the new one" &&
		git intoto layout sign release --key ~/dora &&
		in_force release 2 &&
		git intoto layout show release | grep "by the new one"
	) &&
	mv "$HOME/bert" ../bert.private
'

test_expect_success 'a layout that is refused: no draft of it is listed' '
	victim true &&
	(
		cd victim &&
		git intoto trust add --layout release=sha256:$(
			printf %064d 0) &&
		git intoto layout list >out 2>/dev/null &&
		grep "^release  *refused \[layout-digest\]$" out &&
		! grep pending out
	)
'

test_expect_success 'a draft may be read before it is signed' '
	victim true &&
	(
		cd victim &&
		git intoto layout sign release --key $bert --yes >out &&
		grep "^pending layout .release., to be version 7$" out &&
		grep "^digest sha256:$(cat ../sound)$" out &&
		grep "^  by  *gpg " out &&
		grep "^  not yet  ed25519 $(cut -c 1-8 ../../bert.id)$" out
	)
'

test_expect_success 'at a terminal there is a question' '
	victim true &&
	(
		cd victim &&
		at_terminal 1 "expect Sign this?" "answer no" -- \
			git intoto layout sign release --key $bert &&
		grep "nothing was signed" shown &&
		in_force release 6 &&
		at_terminal 0 "expect Sign this?" "answer yes" -- \
			git intoto layout sign release --key $bert &&
		in_force release 7
	)
'

test_expect_success 'import: a file without signatures becomes a draft' '
	victim true &&
	(
		cd victim &&
		change 1 "s[\"readme\"] = \"from a file\"" >file &&
		edit_line "j[\"signatures\"] = []" <file >plain &&
		refused 128 - git intoto layout import release nowhere &&
		refused 128 - git intoto layout import release README &&
		refused 129 - git intoto layout import release &&
		refused 128 - git intoto layout import a/b plain &&
		git intoto layout import release plain >out &&
		grep "is a draft of layout .release. now" out &&
		git intoto layout import release plain >out &&
		grep "^already" out &&
		git intoto layout list >out &&
		grep "^release .*version 6+ .* draft$" out &&
		in_force release 6 &&
		change 1 "s[\"readme\"] = \"from another\"" >file &&
		refused 128 - git intoto layout import release file &&
		grep "^hint: git intoto layout discard release$" err &&
		git intoto layout discard release &&
		git intoto layout import release file &&
		git intoto layout show --draft release | grep "from another"
	)
'

test_expect_success 'import: what an owner signed keeps his signature' '
	victim true &&
	(
		cd victim &&
		change 7 "s[\"readme\"] = \"mailed\\n\" + s[\"readme\"]" \
			>file &&
		git intoto layout import release file >out &&
		grep "signed by 1 of 3 owners, 2 must" out &&
		in_force release 6 &&
		git intoto layout list --pending >out &&
		grep "signed by 1 of 3 .*pending draft$" out &&
		git intoto layout sign release --key $bert >out &&
		grep "version 7, is in force, signed by 2 of 3" out
	)
'

test_expect_success 'import: with enough signatures it is in force at once' '
	victim true &&
	mv ../bert.private "$HOME/bert" &&
	(
		cd victim &&
		by=mona,bert change 7 "s[\"readme\"] = \"by two\\n\" +\
		    s[\"readme\"]" >file &&
		by=mona,bert change 6 "s[\"readme\"] = \"by two\\n\" +\
		    s[\"readme\"]" >stale &&
		by=mona,carl change 7 "s[\"readme\"] = \"by one\\n\" +\
		    s[\"readme\"]" >short &&
		by=mona,bert change 7 "s[\"readme\"] = re.sub(
		    \"project=[0-9a-f]*\", \"project=\" + 32 * \"a\",
		    s[\"readme\"])" >foreign &&
		cp -R . ../copy &&
		git intoto layout import release file >out &&
		grep "version 7, is in force, signed by 2 of 3" out &&
		in_force release 7 &&
		git intoto layout import release file >out &&
		grep "^already" out &&
		for bad in stale short foreign; do
			rm -rf ../once &&
			cp -R ../copy ../once &&
			(
				cd ../once &&
				git intoto layout import release $bad &&
				in_force release 6
			) || exit 1
		done
	) &&
	mv "$HOME/bert" ../bert.private
'

test_expect_success 'import: a layout made elsewhere, by its pinned digest' '
	victim true &&
	(
		cd victim &&
		by=carl change 7 "s[\"readme\"] = \"made elsewhere\"" >file &&
		digest=$(/usr/bin/python3 -c "
import hashlib, json
from securesystemslib.formats import encode_canonical
signed = json.load(open(\"file\"))[\"signed\"]
print(hashlib.sha256(encode_canonical(signed).encode()).hexdigest())") &&
		git intoto layout import release file &&
		in_force release 6 &&
		git intoto layout discard release &&
		git intoto trust add --layout release=sha256:$digest &&
		git intoto layout import release file >out &&
		git intoto layout show release >out &&
		grep "^digest sha256:$digest$" out &&
		grep "made elsewhere" out
	)
'

test_expect_success 'nobody is trusted: a pending draft cannot be signed' '
	git clone -q hub.git stranger &&
	(
		cd stranger &&
		git fetch -q origin "refs/notes/in-toto/pending:refs/notes/in-toto/pending" &&
		refused 128 - git intoto layout sign release --key ~/carl &&
		grep "^hint: git intoto trust add KEY" err
	)
'

test_done
