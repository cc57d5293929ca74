#!/bin/sh
test_description='hostile pushes: withdrawals, seals, statements, what they allow'
# shellcheck source=t/test-lib.sh
. ./test-lib.sh
# shellcheck source=t/forge-lib.sh
. "$SHARNESS_TEST_SRCDIR/forge-lib.sh"
# shellcheck source=t/attack-lib.sh
. "$SHARNESS_TEST_SRCDIR/attack-lib.sh"

attack_set_up 'attack_base'

# withdrawal KEY [WHAT [STATEMENTS]]: of v1.0, or of the link WHAT.
withdrawal() {
	line_of v1.0 tag | forge "$1" "s.update(name='revoke', materials={},
command=[])
g.update(revokes='${2-tag}', layouts={})
${3-}"
}

# link_digest: of the signed part of the line on stdin.
link_digest() {
	root_digest
}

# ci_builds: a link of the build step by ci is on the server.
ci_builds() {
	line_of v1.0 build | forge ci "s[\"byproducts\"] = {\"n\": 1}" >../built &&
	add_lines v1.0 <../built &&
	git push -q origin "$(shard_ref v1.0)"
}

# omar_owns: from now on the server wants both.
omar_owns() {
	( cd ../server.git &&
		git intoto trust add --no-fetch "$HOME/omar.pub" ) >/dev/null 2>&1
}

# v1_revoked: v1.0 is withdrawn on the server.
v1_revoked() {
	withdrawal mona | add_lines v1.0 &&
	git push -q origin "$(shard_ref v1.0)"
}

# statement KEY [STATEMENTS]: somebody says something of v1.0.
statement() {
	echo "{\"signed\": {}}" | dsse "$1" "
tag = '$(git rev-parse v1.0)'
commit = '$(git rev-parse "v1.0^{}")'
s.update({'_type': 'https://in-toto.io/Statement/v1',
          'predicateType': 'https://example.com/x/v1', 'predicate': {},
          'subject': [{'name': 'refs/tags/v1.0', 'digest': {'gitTag': tag}}]})
${2-}"
}

# seal KEY [STATEMENTS]: the owner's word for v1.0.
seal() {
	statement "$1" "
s['subject'][0]['digest']['sha256'] = '$(git cat-file tag v1.0 |
		sha256sum | cut -c 1-64)'
s['predicateType'] = 'https://slsa.dev/verification_summary/v1'
s['predicate'] = p = {
    'verifier': {'id': 'git-intoto'}, 'timeVerified': '2026-01-01T00:00:00Z',
    'resourceUri': 'git+x@refs/tags/v1.0', 'verificationResult': 'PASSED',
    'policy': {'uri': 'git-intoto:layout/release',
               'digest': {'sha256': '$(layout_line release | root_digest)'}},
    'inputAttestations': [{'uri': 'x', 'digest': {
        'sha256': '$(line_of v1.0 tag | root_digest)'}}]}
p['verifier']['id'] = '$(sed -n \
		's/^#define SEAL_VERIFIER "\(.*\)"/\1/p' \
		"$intoto_top"/src/policy/*.h)'
${2-}"
}

accept 'a statement by a key of the layout' '
	statement bob | push_lines v1.0
'

accept 'a seal by an owner' '
	seal mona | push_lines v1.0
'

accept 'the withdrawal of a link by its own key' '
	ci_builds &&
	withdrawal ci "$(link_digest <../built)" | push_lines v1.0
'

accept 'a link and its withdrawal by its own key, at once' '
	line_of v1.0 build | forge ci "s[\"byproducts\"] = {\"n\": 1}" >../built &&
	{ cat ../built; withdrawal ci "$(link_digest <../built)"; } |
		push_lines v1.0
'

accept 'the withdrawal of a link by an owner' '
	ci_builds &&
	withdrawal mona "$(link_digest <../built)" | push_lines v1.0
'

accept 'the withdrawal of a tag by an owner' '
	withdrawal mona | push_lines v1.0
'

accept 'a withdrawn tag is deleted' '
	v1_revoked &&
	push origin :refs/tags/v1.0
'

accept 'a tag is withdrawn and deleted at once' '
	withdrawal mona | add_lines v1.0 &&
	push --atomic origin "$(shard_ref v1.0)" :refs/tags/v1.0
'

accept 'a withdrawn tag makes place for a better one' '
	v1_revoked &&
	tag_text v1.0 | armored mona >../tag &&
	id=$(store_tag <../tag) &&
	link_to "$id" v1.0 | add_lines "$id" &&
	push --force --atomic origin "$(shard_ref "$id")" "$id:refs/tags/v1.0"
'

accept 'both owners withdraw a tag, which is deleted' '
	omar_owns &&
	{ withdrawal mona; withdrawal omar; } | add_lines v1.0 &&
	push --atomic origin "$(shard_ref v1.0)" :refs/tags/v1.0
'

# Withdrawals.

attack line-unknown-key 'a stranger withdraws a tag' '
	withdrawal eve | push_lines v1.0
'

attack line-unknown-key 'a builder withdraws a tag' '
	withdrawal ci | push_lines v1.0
'

attack line-unknown-key 'the keyid of mona, the signature of eve' '
	withdrawal eve tag "keyids[0] = keyid(home + \"mona\")" | push_lines v1.0
'

attack line-unknown-key 'a builder withdraws another one'\''s link' '
	ci_builds &&
	withdrawal bob "$(link_digest <../built)" | push_lines v1.0
'

attack line-unknown-key 'a builder withdraws a link that is not there' '
	withdrawal ci "$(printf %064d 0)" | push_lines v1.0
'

attack line-unknown-key 'a stranger withdraws a link of his own, which nobody takes' '
	line_of v1.0 build | forge eve "s[\"byproducts\"] = {\"n\": 1}" >../built &&
	withdrawal eve "$(link_digest <../built)" | push_lines v1.0
'

attack line-misfiled 'the withdrawal of another tag' '
	withdrawal mona tag "g[\"tag\"] = \"$(git rev-parse v1.1)\"" |
		push_lines v1.0
'

attack line-misfiled 'a withdrawal on another tag' '
	withdrawal mona | push_lines v1.1
'

attack line-misfiled 'a withdrawal of another ref' '
	withdrawal mona tag "g[\"ref\"] = \"refs/tags/v1.1\"" | push_lines v1.0
'

attack link-other-project 'a withdrawal of another project' '
	withdrawal mona tag "g[\"project\"] = \"0\" * 32" | push_lines v1.0
'

attack line-unknown-key 'a withdrawal that does not say of what' '
	withdrawal mona tag "g.pop(\"revokes\")" | push_lines v1.0
'

attack tag-revoked 'a withdrawn tag comes back' '
	v1_revoked &&
	git push -q origin :refs/tags/v1.0 &&
	push origin v1.0
'

attack tag-revoked 'a tag that comes with its withdrawal' '
	git update-ref refs/save "$(git rev-parse v1.0)" &&
	git push -q origin "$(shard_ref v1.1)" &&
	line_of v1.1 tag | forge mona "s.update(name=\"revoke\", materials={},
command=[])
g.update(revokes=\"tag\", layouts={})" | add_lines v1.1 &&
	push --atomic origin "$(shard_ref v1.1)" v1.1
'

attack tag-unlinked 'a tag whose link is withdrawn' '
	good_link >../link &&
	line_of v1.1 tag | forge mona "s.update(name=\"revoke\", materials={},
command=[])
g.update(revokes=\"$(link_digest <../link)\", layouts={})" | add_lines v1.1 &&
	push --atomic origin "$(shard_ref v1.1)" v1.1
'

attack tag-deleted 'one of two owners withdraws a tag, and deletes it' '
	omar_owns &&
	withdrawal mona | add_lines v1.0 &&
	push --atomic origin "$(shard_ref v1.0)" :refs/tags/v1.0
'

attack tag-deleted 'only a link is withdrawn' '
	withdrawal mona "$(line_of v1.0 tag | link_digest)" | add_lines v1.0 &&
	push --atomic origin "$(shard_ref v1.0)" :refs/tags/v1.0
'

attack tag-deleted 'another tag is withdrawn' '
	git push -q --atomic origin "$(shard_ref v1.1)" v1.1 &&
	v1_revoked &&
	push origin :refs/tags/v1.0 :refs/tags/v1.1
'

attack line-unknown-key,tag-deleted 'a stranger withdraws a tag, and deletes it' '
	withdrawal eve | add_lines v1.0 &&
	push origin "$(shard_ref v1.0)" :refs/tags/v1.0
'

attack tag-unsigned 'a withdrawn tag makes place for an unsigned one' '
	v1_revoked &&
	git tag -f -a -m x v1.0 HEAD 2>/dev/null &&
	push --force origin v1.0
'

attack tag-unlinked 'a withdrawn tag makes place for an unproven one' '
	v1_revoked &&
	git tag -f -s -m x v1.0 HEAD 2>/dev/null &&
	push --force origin v1.0
'

# Seals and statements.

attack line-unknown-key 'a stranger'\''s seal' '
	seal eve | push_lines v1.0
'

attack line-unknown-key 'a builder'\''s seal' '
	seal ci | push_lines v1.0
'

attack line-misfiled 'the seal of another tag' '
	seal mona "s[\"subject\"][0][\"digest\"][\"gitTag\"] = \"$(
		git rev-parse v1.1)\"" | push_lines v1.0
'

attack line-misfiled 'a seal on another tag' '
	seal mona | push_lines v1.1
'

attack line-misfiled 'a seal of another ref' '
	seal mona "s[\"subject\"][0][\"name\"] = \"refs/tags/v1.1\"" |
		push_lines v1.0
'

attack line-misfiled 'a seal of other bytes' '
	seal mona "s[\"subject\"][0][\"digest\"][\"sha256\"] = \"0\" * 64" |
		push_lines v1.0
'

for change in \
	"s['subject'] *= 2" \
	"s['subject'] = []" \
	"s['subject'][0]['digest'].pop('gitTag')" \
	"s['subject'][0]['digest']['sha256'] = 'X' * 64" \
	"p['verificationResult'] = 'FAILED'" \
	"p['policy']['uri'] = 'x'" \
	"p['policy']['uri'] = 'git-intoto:layout/../x'" \
	"p['policy']['digest']['sha256'] = ''" \
	"p['inputAttestations'] = []" \
	"p['timeVerified'] = 'now'"; do
	attack line-malformed "a seal: $change" '
		seal mona "$change" | push_lines v1.0
	'
done

attack line-unknown-key 'a stranger'\''s statement' '
	statement eve | push_lines v1.0
'

attack line-misfiled 'a statement about another tag' '
	statement bob | push_lines v1.1
'

attack line-misfiled 'a statement about another ref' '
	statement bob "s[\"subject\"][0][\"name\"] = \"refs/tags/v1.1\"" |
		push_lines v1.0
'

attack line-misfiled 'a statement about the commit alone, on the tag' '
	statement bob "s[\"subject\"][0][\"digest\"] = {\"gitCommit\": commit}" |
		push_lines v1.0
'

for change in \
	"s.pop('predicateType')" \
	"s.pop('subject')" \
	"s['subject'] = {}" \
	"s['subject'] = []" \
	"s['predicate'] = []" \
	"s['_type'] = 'https://in-toto.io/Statement/v9'"; do
	attack line-malformed "a statement: $change" '
		statement bob "$change" | push_lines v1.0
	'
done

# Tags that move.

canary() {
	tag_text canary | sed "s/1700000000/$1/" | armored mona | store_tag >../id &&
	id=$(cat ../id) &&
	link_to "$id" canary | add_lines "$id"
}

# canary_there: a movable tag is on the server.
canary_there() {
	git -C ../server.git config intoto.movable refs/tags/canary &&
	canary 1700000001 &&
	git push -q --atomic origin "$(shard_ref "$id")" "$id:refs/tags/canary"
}

attack tag-older 'a movable tag goes back' '
	canary_there &&
	canary 1700000000 &&
	push --force --atomic origin "$(shard_ref "$id")" \
		"$id:refs/tags/canary"
'

attack tag-unsigned 'a movable tag to an unsigned one' '
	canary_there &&
	git tag -a -m x canary &&
	push --force origin canary
'

attack tag-unlinked 'a movable tag to an unproven one' '
	canary_there &&
	canary 1700000002 &&
	push --force origin "$id:refs/tags/canary"
'

attack tag-renamed 'a movable tag to another release' '
	canary_there &&
	push --force origin v1.0:refs/tags/canary
'

attack tag-deleted 'a movable tag is deleted' '
	canary_there &&
	push origin :refs/tags/canary
'

attack tag-moved 'a release beside movable tags' '
	canary_there &&
	tag_text v1.0 | armored mona | store_tag >../id &&
	id=$(cat ../id) &&
	link_to "$id" v1.0 | add_lines "$id" &&
	push --force --atomic origin "$(shard_ref "$id")" "$id:refs/tags/v1.0"
'

attack tag-moved 'a release that no pattern guards any more' '
	git -C ../server.git config intoto.protected "refs/tags/x" &&
	push --force origin HEAD:refs/tags/v1.0
'

attack tag-deleted 'a release that no pattern guards any more' '
	git -C ../server.git config intoto.protected "refs/tags/x" &&
	push origin :refs/tags/v1.0
'

# Two keys for a step.

# two_tag: the tag step takes two keys, mona'\''s and bob'\''s.
two_tag() {
	next_layout mona "s[\"keys\"][keyid(home + \"bob\")] = key(home + \"bob\")
s[\"steps\"][0][\"pubkeys\"].append(keyid(home + \"bob\"))
s[\"steps\"][0][\"threshold\"] = 2" >../layout &&
	layout_commit $layout_ref <../layout &&
	git update-ref $layout_ref "$layout_tip" &&
	git push -q origin $layout_ref
}

accept 'a tag that has the first of two links' '
	two_tag &&
	push --atomic origin "$(shard_ref v1.1)" v1.1
'

attack step-disagree 'two links of the tag step that do not agree' '
	two_tag &&
	good_link | forge bob "s[\"products\"] = s[\"materials\"]" |
		add_lines v1.1 &&
	push --atomic origin "$(shard_ref v1.1)" v1.1
'

attacks_done
