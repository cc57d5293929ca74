#!/bin/sh
test_description='seal and revoke: what outlives a key, and what ends a tag'
# shellcheck source=t/test-lib.sh
. ./test-lib.sh
# shellcheck source=t/forge-lib.sh
. "$intoto_top/t/forge-lib.sh"

# tag_as NAME TAG: by a person, the tag and its link.
tag_as() {
	git intoto tag -u "$HOME/$1.pub" --key "$HOME/$1.pub" -m "$2" "$2" >/dev/null
}

# build_of TAG: by the builder.
build_of() {
	git intoto build -p "dist/*" --tag "$1" -- make dist >/dev/null 2>&1
}

# leave [OPTION]...: the maintainer `old` leaves the layout.
leave() {
	git intoto layout remove-key release "$HOME/old.pub" "$@" &&
	git intoto layout sign release "$@"
}

# seals TAG: the seals' lines of its note.
seals() {
	note_of "$1" | grep "^{\"payload\""
}

# forge_seal NAME[,NAME]... STATEMENTS <line: the seal, changed, and signed
# again: a line for each of the keys ~/NAME.
forge_seal() {
	cat >"$TMPDIR/seal" &&
	for forge_name in $(echo "$1" | tr , " "); do
		/usr/bin/python3 "$intoto_top/t/interop/forge.py" --dsse \
			"$HOME/$forge_name" "$2" <"$TMPDIR/seal" || return 1
	done
}

# add_lines TAG <lines: to its note, as plain git would put them there.
add_lines() {
	{ note_of "$1" && cat; } | LC_ALL=C sort -u >"$TMPDIR/note" &&
	put_note "$1" <"$TMPDIR/note"
}

# drop_seals TAG: its note without them.
drop_seals() {
	note_of "$1" | grep -v "^{\"payload\"" >"$TMPDIR/note" &&
	put_note "$1" <"$TMPDIR/note"
}

test_expect_success 'set-up: a maintainer tags, another one is the owner' '
	for name in own two old stranger
	do
		make_ssh_key $name || return 1
	done &&
	sign_with_ssh own &&
	start_agent own two old stranger &&
	init_project project &&
	cd project &&
	git intoto layout add-key release "$HOME/old.pub" --step tag &&
	git intoto layout sign release &&
	tag_as old v1 && build_of v1 &&
	echo more >>README && git commit -qam more &&
	tag_as old v2 && build_of v2 &&
	git intoto verify v1 &&
	git intoto verify v2 &&
	git init -q --bare ../server.git &&
	git remote add origin ../server.git
'

test_expect_success 'a change that would leave tags unproven must be answered' '
	refused 1 seal-unsaid git intoto layout remove-key release \
		"$HOME/old.pub" &&
	grep "^error: .*--seal all.*--no-seal" err &&
	grep "^2 tags verify now and would stop" out &&
	grep "^  v1$" out &&
	grep "^  v2$" out &&
	refused 129 - git intoto layout remove-key release "$HOME/old.pub" \
		--seal all --no-seal &&
	git intoto layout show release >out &&
	grep "in force" out &&
	test_expect_code 128 git intoto layout show --draft release
'

test_expect_success 'seal says what it seals, and how to publish it' '
	git intoto seal v1 >out &&
	grep "^v1: sealed for version 2 of layout .release., 2 links$" out &&
	grep "^  git intoto push origin v1$" out &&
	grep "^  git push origin refs/notes/in-toto/links/..$" out &&
	seals v1 >line &&
	test "$(wc -l <line)" = 1
'

test_expect_success 'a seal is a verification summary of that tag and layout' '
	python3 -c "
import base64, json
s = json.loads(base64.b64decode(json.load(open(\"line\"))[\"payload\"]))
p = s[\"predicate\"]
assert s[\"_type\"] == \"https://in-toto.io/Statement/v1\", s
assert s[\"predicateType\"] == \"https://slsa.dev/verification_summary/v1\"
assert [x[\"name\"] for x in s[\"subject\"]] == [\"refs/tags/v1\"], s
print(s[\"subject\"][0][\"digest\"][\"gitTag\"])
print(s[\"subject\"][0][\"digest\"][\"sha256\"])
assert p[\"policy\"][\"uri\"] == \"git-intoto:layout/release\", p
assert p[\"verificationResult\"] == \"PASSED\", p
assert len(p[\"inputAttestations\"]) == 2, p
" >digests &&
	git rev-parse v1 >expect &&
	git cat-file tag v1 | sha256sum | cut -d " " -f 1 >>expect &&
	test_cmp expect digests
'

test_expect_success 'sealing again changes nothing' '
	git for-each-ref >before &&
	git intoto seal v1 >out &&
	grep "^v1: already sealed for version 2" out &&
	git for-each-ref >after &&
	test_cmp before after
'

test_expect_success 'the maintainer leaves: sealed and not' '
	leave --no-seal &&
	git intoto verify v1 >out &&
	grep "^  sealed: version 2 of layout .release., by ed25519 " out &&
	grep "^layout release, version 3" out &&
	git intoto verify v1 dist/main.txt &&
	refused 1 tag-signer git intoto verify v2 &&
	git intoto verify --json v1 >json &&
	json "j[\"layouts\"][0][\"sealed\"][\"version\"]" <json >out &&
	test "$(cat out)" = 2
'

test_expect_success 'log and show tell of it' '
	git intoto log >out &&
	grep "^v1 .*complete .*sealed" out &&
	grep "^v2 .*signed" out &&
	git intoto log --json >json &&
	json "[t[\"sealed\"] for t in j[\"tags\"] if t[\"ref\"] == \"refs/tags/v1\"]" \
		<json >out &&
	test "$(cat out)" = "[True]" &&
	git intoto show v1 >out &&
	grep "^seal [0-9a-f]* for layout .release., version 2, 2 links" out &&
	grep "^link .tag. .*listed in seal" out &&
	git intoto show --json v1 >json &&
	json "(len(j[\"seals\"]), j[\"seals\"][0][\"complete\"], j[\"revoked\"])" \
		<json >out &&
	test "$(cat out)" = "(1, True, False)"
'

test_expect_success 'nothing is added to what a seal alone proves' '
	note_of v1 >before &&
	refused 1 tag-sealed git intoto build -p "dist/*" --tag v1 -- make dist &&
	grep "judged by the one in force.*new tag of its commit" err &&
	grep "^hint: git intoto tag NAME .v1^{}.$" err &&
	refused 1 tag-signer git intoto build -p "dist/*" --tag v1 -- make dist &&
	refused 1 tag-sealed git intoto tag --existing v1 &&
	grep "^hint: git intoto tag NAME .v1^{}.$" err &&
	refused 1 tag-signer git intoto tag --existing v2 &&
	test_must_fail grep "tag-sealed" err &&
	note_of v1 >after &&
	test_cmp before after &&
	git intoto tag -m again v1-again "v1^{}" &&
	git intoto build -p "dist/*" --tag v1-again -- make dist &&
	git intoto verify v1-again dist/main.txt &&
	git tag -d v1-again
'

test_expect_success 'what does not verify is not sealed' '
	refused 1 tag-signer git intoto seal v2 &&
	test_must_fail seals v2
'

test_expect_success 'nor by a key that is no owner' '
	refused 1 not-an-owner git intoto seal --key "$HOME/stranger.pub" v1 &&
	git intoto seal v1 --withdraw &&
	refused 1 tag-signer git intoto verify v1
'

test_expect_success 'a withdrawn seal stays withdrawn when it comes again' '
	add_lines v1 <line &&
	refused 1 tag-signer git intoto verify v1 &&
	git intoto show v1 >out &&
	grep "^seal .*, withdrawn$" out
'

test_expect_success 'a new seal can follow, while the tag verifies' '
	git intoto layout add-key release "$HOME/old.pub" --step tag &&
	git intoto layout add-key release "$HOME/two.pub" --step build &&
	git intoto layout sign release &&
	git intoto seal v1 v2 >out &&
	grep "^v1: sealed for version 4" out &&
	git intoto verify v1 dist/main.txt
'

test_expect_success 'a link that comes later is passed over' '
	note_of v1 >before &&
	git intoto build -p "dist/*" --key "$HOME/two.pub" --tag v1 \
		-- sh -c "mkdir -p dist; echo other >dist/main.txt" &&
	note_of v1 >after &&
	test "$(wc -l <after)" = $(($(wc -l <before) + 1)) &&
	leave &&
	git intoto verify v1 &&
	git intoto verify v2 &&
	refused 1 file-changed git intoto verify v1 dist/main.txt
'

test_expect_success 'a listed link that is withdrawn: the seal is not enough' '
	git intoto show --json v2 >json &&
	json "[l[\"identity\"] for l in j[\"lines\"] if l.get(\"step\") == \"build\"][0]" \
		<json >identity &&
	git intoto revoke --link "sha256:$(cat identity)" v2 >out &&
	grep "^link $(cut -c 1-12 identity), step .build., is withdrawn$" out &&
	refused 1 seal-link git intoto verify v2 &&
	git intoto revoke --link "sha256:$(cut -c 1-12 identity)" v2 >out &&
	grep "^already: " out
'

test_expect_success 'links that are not there, and digests that are none' '
	refused 128 - git intoto revoke --link \
		sha256:0123456789ab v1 &&
	refused 129 - git intoto revoke --link sha256:0123 v1 &&
	refused 129 - git intoto revoke --link sha256:XYZ v1
'

test_expect_success 'a stranger withdraws nothing' '
	refused 1 not-an-owner git intoto revoke --key "$HOME/stranger.pub" v1 &&
	git intoto show --json v1 >json &&
	json "[l[\"identity\"] for l in j[\"lines\"] if l.get(\"step\") == \"tag\"][0]" \
		<json >identity &&
	refused 1 not-an-owner git intoto revoke --key "$HOME/stranger.pub" \
		--link "sha256:$(cat identity)" v1 &&
	git intoto verify v1
'

test_expect_success 'the tag is withdrawn, however well it is sealed' '
	git intoto revoke --yes v1 >out &&
	grep "^tag .v1. is withdrawn$" out &&
	grep "git push --atomic origin refs/notes/in-toto/links/.. :refs/tags/v1" \
		out &&
	refused 1 tag-revoked git intoto verify v1 &&
	git intoto log >out &&
	grep "^v1 .*revoked" out &&
	git intoto show v1 >out &&
	grep "^revoked: " out &&
	git intoto revoke --yes v1 >out &&
	grep "^already: tag .v1. is withdrawn$" out &&
	refused 1 tag-revoked git intoto seal v1
'

test_expect_success 'a compromised key: its tags are listed, nothing is sealed' '
	cd .. &&
	init_project stolen &&
	cd stolen &&
	git intoto layout add-key release "$HOME/old.pub" --step tag &&
	git intoto layout sign release &&
	tag_as old v1 && build_of v1 &&
	echo more >>README && git commit -qam more &&
	tag_as old v2 && build_of v2 &&
	refused 129 - git intoto layout remove-key release "$HOME/old.pub" \
		--compromised --seal all &&
	git intoto layout remove-key release "$HOME/old.pub" --compromised \
		>out &&
	grep "^  v1$" out &&
	grep "^nothing is sealed" out &&
	test_must_fail seals v1 &&
	refused 1 seal-unsaid git intoto layout sign release &&
	git intoto layout sign release --seal v1 >out &&
	grep "^v1: sealed" out &&
	git intoto verify v1 &&
	refused 1 tag-signer git intoto verify v2
'

# Two owners, both of whom must sign.
test_expect_success 'two owners: each seals, who is missing is named' '
	cd .. &&
	init_project both &&
	cd both &&
	git intoto layout add-key release "$HOME/old.pub" --step tag &&
	git intoto layout sign release &&
	git intoto trust add --threshold 2 "$HOME/two.pub" &&
	git intoto layout set release --readme both &&
	git intoto layout sign release --key "$HOME/own.pub" \
		--key "$HOME/two.pub" &&
	tag_as old v1 && build_of v1 &&
	tag_as old v2 HEAD && build_of v2 &&
	git intoto verify v1 &&
	git intoto seal v1 >out &&
	grep "^v1: a seal is begun for version" out &&
	grep "^  1 more must sign, of:$" out &&
	git intoto seal v1 >out &&
	grep "^v1: already signed" out &&
	git intoto log >out &&
	grep "^v1 .*a seal is begun, not yet signed by ed25519" out &&
	git intoto show v1 >out &&
	grep "^seal .*1 of 2 owners who must; not yet by ed25519" out &&
	seals v1 >half &&
	git intoto seal --key "$HOME/two.pub" v1 >out &&
	grep "^v1: sealed for version" out &&
	seals v1 >whole &&
	test "$(wc -l <whole)" = 2 &&
	cut -d , -f 1 whole | sort -u >payloads &&
	test "$(wc -l <payloads)" = 1
'

test_expect_success 'a layout does not overtake the seals that it needs' '
	git intoto layout remove-key release "$HOME/old.pub" --no-seal &&
	git intoto layout sign release --no-seal --key "$HOME/own.pub" &&
	refused 1 seal-short git intoto layout sign release --yes --seal v2 \
		--key "$HOME/two.pub" &&
	git intoto verify v2 &&
	git intoto seal --withdraw v2 && git intoto seal --withdraw v2 \
		--key "$HOME/two.pub" &&
	git intoto layout discard release
'

# Only v1 is sealed by now.
test_expect_success 'with it the tag outlives the change' '
	git intoto layout remove-key release "$HOME/old.pub" --no-seal &&
	git intoto layout sign release --no-seal --key "$HOME/own.pub" \
		--key "$HOME/two.pub" &&
	git intoto verify v1 &&
	refused 1 tag-signer git intoto verify v2
'

# attack EXPECTED: v1 has no seal but those on stdin, and is refused.
attack() {
	drop_seals v1 &&
	add_lines v1 &&
	refused 1 "$1" git intoto verify v1
}

test_expect_success 'attack: a seal by one of two owners' '
	attack tag-signer <half
'

test_expect_success 'attack: one owner twice, and one owner and a stranger' '
	{ cat half && forge_seal own "" <half; } >forged &&
	attack tag-signer <forged &&
	forge_seal own,stranger "" <half >forged &&
	attack tag-signer <forged
'

test_expect_success 'attack: two payloads, each by one owner' '
	forge_seal two "s[\"predicate\"][\"timeVerified\"] = \
		\"2026-01-01T00:00:00Z\"" <half >forged &&
	cat half >>forged &&
	attack tag-signer <forged
'

test_expect_success 'the same by both owners holds: the forger is not at fault' '
	forge_seal own,two "" <half >forged &&
	drop_seals v1 &&
	add_lines v1 <forged &&
	git intoto verify v1
'

test_expect_success 'attack: another version of the layout, signed by all' '
	forge_seal own,two "s[\"predicate\"][\"policy\"][\"digest\"] = \
		{\"sha256\": \"00\" * 32}" <half >forged &&
	attack seal-layout <forged
'

test_expect_success 'attack: a layout of another name' '
	forge_seal own,two "s[\"predicate\"][\"policy\"][\"uri\"] = \
		\"git-intoto:layout/nightly\"" <half >forged &&
	attack tag-signer <forged
'

test_expect_success 'attack: another tag, another object, other bytes' '
	forge_seal own,two "s[\"subject\"][0][\"name\"] = \"refs/tags/v2\"" \
		<half >forged &&
	attack tag-signer <forged &&
	forge_seal own,two "s[\"subject\"][0][\"digest\"][\"gitTag\"] = \
		\"00\" * 20" <half >forged &&
	attack tag-signer <forged &&
	forge_seal own,two "s[\"subject\"][0][\"digest\"][\"sha256\"] = \
		\"00\" * 32" <half >forged &&
	attack tag-signer <forged
'

test_expect_success 'attack: copied to the note of another tag' '
	forge_seal own,two "" <half >good &&
	add_lines v2 <good &&
	refused 1 tag-signer git intoto verify v2 &&
	grep "^warning: seal .* is of another tag" err
'

test_expect_success 'attack: fewer links, other links, none' '
	forge_seal own,two "s[\"predicate\"][\"inputAttestations\"].pop()" \
		<half >forged &&
	attack seal-refused <forged &&
	forge_seal own,two "s[\"predicate\"][\"inputAttestations\"].append(
		{\"digest\": {\"sha256\": \"00\" * 32}})" <half >forged &&
	attack seal-link <forged &&
	forge_seal own,two "s[\"predicate\"][\"inputAttestations\"] = []" \
		<half >forged &&
	attack tag-signer <forged
'

test_expect_success 'attack: a summary of a refusal, or by somebody else' '
	forge_seal own,two "s[\"predicate\"][\"verificationResult\"] = \
		\"FAILED\"" <half >forged &&
	attack tag-signer <forged &&
	forge_seal own,two "s[\"predicate\"][\"verifier\"][\"id\"] = \
		\"https://example.com/ci\"" <half >forged &&
	attack tag-signer <forged
'

test_expect_success 'attack: the stolen key makes a tag and its own seal' '
	git -c user.signingKey="$HOME/old.pub" tag -s -m v3 v3 &&
	id=$(git rev-parse v3) &&
	sum=$(git cat-file tag v3 | sha256sum | cut -d " " -f 1) &&
	note_of v2 | grep "\"name\":\"tag\"" | forge old "
g[\"ref\"] = \"refs/tags/v3\"
g[\"tag\"] = \"$id\"
g[\"tagSha256\"] = \"$sum\"" >forged &&
	forge_seal old,stranger "
s[\"subject\"][0][\"name\"] = \"refs/tags/v3\"
s[\"subject\"][0][\"digest\"] = {\"gitTag\": \"$id\", \"sha256\": \"$sum\"}" \
		<half >>forged &&
	test "$(wc -l <forged)" = 3 &&
	LC_ALL=C sort -u forged | put_note v3 &&
	refused 1 tag-signer git intoto verify v3 &&
	grep "^warning: seal .* does not count: signed by 0 of the 2" err
'

test_expect_success 'the withdrawal of a seal needs both owners as well' '
	drop_seals v1 && add_lines v1 <good &&
	git intoto verify v1 &&
	git intoto seal --withdraw v1 >out &&
	grep "is to be withdrawn" out &&
	git intoto verify v1 &&
	git intoto seal --withdraw --key "$HOME/two.pub" v1 >out &&
	grep "is withdrawn" out &&
	refused 1 tag-signer git intoto verify v1 &&
	add_lines v1 <good &&
	refused 1 tag-signer git intoto verify v1
'

test_expect_success 'and so does that of a tag; it is said meanwhile' '
	git intoto layout add-key release "$HOME/old.pub" --step tag &&
	git intoto layout sign release --key "$HOME/own.pub" \
		--key "$HOME/two.pub" &&
	git intoto verify v2 &&
	git intoto revoke v2 >out &&
	grep "^tag .v2. is to be withdrawn$" out &&
	git intoto verify v2 2>err &&
	grep "^warning: tag .v2.: 1 of the 2 owners" err &&
	git intoto log >out &&
	grep "^v2 .*its withdrawal is begun, not yet signed by" out &&
	git intoto revoke --key "$HOME/two.pub" v2 >out &&
	grep "^tag .v2. is withdrawn$" out &&
	refused 1 tag-revoked git intoto verify v2
'

test_expect_success 'an OpenPGP owner seals' '
	make_gpg_key mona@example.com &&
	cd .. &&
	make_project openpgp &&
	cd openpgp &&
	git config gpg.format openpgp &&
	git config user.signingKey "$(gpg_fingerprint mona@example.com)" &&
	git intoto init --yes &&
	git intoto layout add-key release "$HOME/old.pub" --step tag &&
	git intoto layout sign release &&
	git config gpg.format ssh &&
	tag_as old v1 &&
	git config gpg.format openpgp &&
	build_of v1 &&
	git intoto seal v1 &&
	leave &&
	git intoto verify v1 >out &&
	grep "^  sealed: version 2 of layout .release., by gpg " out
'

# push_notes TAG [REFSPEC]...: the tag's note, and those refs, in one push.
push_notes() {
	push_ref=refs/notes/$(shard "refs/tags/$1") &&
	shift &&
	git push -q --atomic origin "$push_ref" "$@"
}

test_expect_success 'a guarded server takes what owners say, and nobody else' '
	cd .. &&
	git init -q --bare guarded.git &&
	( cd guarded.git && git intoto hooks install --server \
		--key "$HOME/own.pub" >/dev/null ) &&
	init_project guarded &&
	cd guarded &&
	git intoto layout add-key release "$HOME/old.pub" --step tag &&
	git intoto layout sign release &&
	tag_as old v1 && build_of v1 &&
	git remote add origin ../guarded.git &&
	git push -q origin main refs/notes/in-toto/layouts/release &&
	push_notes v1 v1 &&
	cp -R . ../hostile &&
	git intoto seal v1 &&
	seals v1 >half &&
	(
		cd ../hostile &&
		forge_seal stranger "" <../guarded/half | add_lines v1 &&
		test_must_fail push_notes v1 2>err &&
		grep "line-unknown-key" err
	) &&
	push_notes v1 &&
	leave &&
	git push -q origin refs/notes/in-toto/layouts/release &&
	git clone -q ../guarded.git ../user &&
	(
		cd ../user &&
		git intoto trust add "$HOME/own.pub" &&
		git intoto verify v1 >out &&
		grep "^  sealed: version 2" out
	)
'

test_expect_success 'withdrawn, the tag may be deleted there in the same push' '
	test_must_fail git push -q origin :refs/tags/v1 2>err &&
	grep "\[tag-deleted\]" err &&
	git intoto seal --withdraw v1 &&
	push_notes v1 &&
	git intoto revoke v1 >out &&
	sed -n "s/^  git push --atomic /git push -q --atomic /p" out >command &&
	sh -e ./command &&
	test_must_fail git -C ../guarded.git rev-parse -q --verify refs/tags/v1 &&
	(
		cd ../user &&
		git fetch -q &&
		refused 1 tag-revoked git intoto verify v1
	)
'

test_done
