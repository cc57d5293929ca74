#!/bin/sh
test_description='hostile pushes: what a link says, and who says it'
# shellcheck source=t/test-lib.sh
. ./test-lib.sh
# shellcheck source=t/forge-lib.sh
. "$SHARNESS_TEST_SRCDIR/forge-lib.sh"
# shellcheck source=t/attack-lib.sh
. "$SHARNESS_TEST_SRCDIR/attack-lib.sh"

attack_set_up 'attack_base'

accept 'a link that is forged as the attacks are, with nothing wrong' '
	push_link mona ""
'

attack tag-unlinked 'a signed tag, and nothing else' '
	push origin v1.1
'

attack tag-unlinked 'only a link of another step' '
	good_link | forge mona "s[\"name\"] = \"build\"" | file_lines v1.1 &&
	push --atomic origin "$(shard_ref v1.1)" v1.1
'

attack line-misfiled,link-other-tag,tag-unlinked 'the link of another tag beside it' '
	line_of v1.0 tag | file_lines v1.1 &&
	push --atomic origin "$(shard_ref v1.1)" v1.1
'

attack line-misfiled 'the link of a release on another one' '
	line_of v1.0 tag | push_lines v1.1
'

attack line-misfiled 'a link of the commit on the tag' '
	good_link | forge mona "s[\"name\"] = \"build\"
for name in (\"ref\", \"tag\", \"tagSha256\"):
	g.pop(name)" | push_lines v1.1
'

attack line-unknown-key,step-threshold 'a stranger signs the link' '
	push_link eve
'

attack line-unknown-key 'a stranger builds' '
	git fetch -q origin "+refs/notes/*:refs/notes/*" &&
	line_of v1.0 build | forge eve "" | push_lines v1.0
'

attack line-unknown-key 'a builder writes a link of the tag step' '
	line_of v1.0 tag | forge bob "s[\"byproducts\"] = {\"n\": 1}" |
		push_lines v1.0
'

attack line-unknown-key 'a step that no layout has' '
	line_of v1.0 tag | forge mona "s[\"name\"] = \"deploy\"" |
		push_lines v1.0
'

attack line-unknown-key 'the keyid of mona, the signature of eve' '
	line_of v1.0 tag | forge eve "keyids[0] = keyid(home + \"mona\")
s[\"byproducts\"] = {\"n\": 1}" | push_lines v1.0
'

attack line-unknown-key 'a signature of nothing' '
	line_of v1.0 tag | forge mona "s[\"byproducts\"] = {\"n\": 1}" |
		sed "s/\"sig\":\"[0-9a-f]*\"/\"sig\":\"$(printf %0128d 0)\"/" |
		push_lines v1.0
'

attack line-unknown-key 'a changed text under a good signature' '
	line_of v1.0 tag | sed "s/\"byproducts\":{[^}]*}/\"byproducts\":{\"n\":2}/" |
		push_lines v1.0
'

attack line-unknown-key,step-threshold 'a builder signs the link' '
	push_link bob
'

attack link-other-project,tag-unlinked 'a link of another project' '
	push_link mona "g[\"project\"] = \"0\" * 32"
'

attack link-other-project 'a build of another project' '
	line_of v1.0 build | forge mona "g[\"project\"] = \"f\" * 32" |
		push_lines v1.0
'

attack line-misfiled,link-other-tag,tag-unlinked 'a link that names another ref' '
	push_link mona "g[\"ref\"] = \"refs/tags/v1.0\""
'

attack link-other-tag,tag-unlinked 'a link that names the branch' '
	push_link mona "g[\"ref\"] = \"refs/heads/v1.1\""
'

attack line-misfiled,link-other-tag,tag-unlinked 'another digest of the tag object' '
	push_link mona "g[\"tagSha256\"] = \"0\" * 64"
'

attack line-misfiled,link-other-commit,tag-unlinked 'another commit' '
	push_link mona "g[\"commit\"] = \"$(git rev-parse HEAD~1)\""
'

attack link-environment,tag-unlinked 'another tree' '
	push_link mona "g[\"tree\"] = \"$(git rev-parse "HEAD~1^{tree}")\""
'

attack link-environment,tag-unlinked 'other modes: the sum of the tree' '
	push_link mona "g[\"manifestSha256\"] = \"0\" * 64"
'

for member in ref tagSha256 commit; do
	attack line-misfiled,link-environment,tag-unlinked "no member $member" '
		push_link mona "g.pop(\"$member\")"
	'
done

for member in tree manifestSha256 layouts; do
	attack link-environment,tag-unlinked "no member $member" '
		push_link mona "g.pop(\"$member\")"
	'
done

attack link-environment,tag-unlinked 'a member that does not belong there' '
	push_link mona "g[\"more\"] = 1"
'

attack link-environment,tag-unlinked 'a withdrawal that is no withdrawal' '
	push_link mona "g[\"revokes\"] = \"tag\""
'

for change in "g['ref'] = 1" "g['tagSha256'] = g['tagSha256'].upper()" \
	"g['commit'] = g['commit'][:39]"; do
	attack line-misfiled,link-environment,tag-unlinked "ill-typed: $change" '
		push_link mona "$change"
	'
done

for change in \
	"g['tree'] = [g['tree']]" \
	"g['layouts'] = []" \
	"g['layouts'] = {'release': 'sha256:' + '0' * 64}" \
	"g['manifestSha256'] = None" \
	"g['ref'] += chr(0)" \
	"g['filtered'] = 'README'" \
	"g['filtered'] = [1]" \
	"g['env'] = []" \
	"g['parent'] = {}"; do
	attack link-environment,tag-unlinked "ill-typed: $change" '
		push_link mona "$change"
	'
done

attack line-misfiled,link-environment,tag-unlinked 'no member tag' '
	push_link mona "g.pop(\"tag\")"
'

attack line-misfiled,link-environment,tag-unlinked 'the tag in upper case' '
	push_link mona "g[\"tag\"] = g[\"tag\"].upper()"
'

attack link-environment,link-other-project,tag-unlinked 'no member project' '
	push_link mona "g.pop(\"project\")"
'

attack line-misfiled,link-environment,tag-unlinked 'an environment.git that is no object' '
	push_link mona "s[\"environment\"] = {\"git\": \"$(git rev-parse v1.1)\"}"
'

attack link-unbound,tag-unlinked 'a link of the tag step bound by content' '
	push_link mona "s[\"environment\"] = {}"
'

attack link-unbound 'a link without environment.git, of another tree' '
	line_of v1.0 build | forge ci "s[\"environment\"] = {}
s[\"materials\"][\"README\"] = {\"sha256\": \"0\" * 64}" | push_lines v1.0
'

attack link-unbound 'a link without environment.git, of another path' '
	line_of v1.0 build | forge ci "s[\"environment\"] = {}
s[\"materials\"][\"more\"] = s[\"materials\"][\"README\"]" | push_lines v1.0
'

attack link-unbound 'a link without environment.git and without materials' '
	line_of v1.0 build | forge ci "s[\"environment\"] = {}
s[\"materials\"] = {}" | push_lines v1.0
'

attack link-unbound 'a link without environment.git, by SHA-512 only' '
	line_of v1.0 build | forge ci "s[\"environment\"] = {}
s[\"materials\"] = {\"README\": {\"sha512\": \"0\" * 128}}" | push_lines v1.0
'

attack line-misfiled 'a link without environment.git on a commit' '
	line_of v1.0 build | forge ci "s[\"environment\"] = {}" |
		push_lines "v1.0^{}"
'

attack tree-changed,tag-unlinked 'a path of another content' '
	push_link mona "s[\"materials\"][\"README\"] = {\"sha256\": \"0\" * 64}"
'

attack tree-missing,tag-unlinked 'a path of the tree left out' '
	push_link mona "s[\"materials\"].pop(\"README\")"
'

attack tree-extra,tag-unlinked 'a path that the tree has not' '
	push_link mona "s[\"materials\"][\"more\"] = s[\"materials\"][\"README\"]"
'

attack tree-missing,tag-unlinked 'no path at all' '
	push_link mona "s[\"materials\"] = {}"
'

attack tree-changed,tag-unlinked 'a path by another sum' '
	push_link mona "s[\"materials\"][\"README\"] = {\"sha512\": \"0\" * 128}"
'

attack tree-missing,tree-extra,tag-unlinked 'a renamed path' '
	push_link mona "s[\"materials\"][\"readme\"] = s[\"materials\"].pop(\"README\")"
'

attack link-contradicts 'two links of one key that differ' '
	{
		good_link &&
		good_link | forge mona "s[\"products\"] = s[\"materials\"]"
	} | file_lines v1.1 &&
	push --atomic origin "$(shard_ref v1.1)" v1.1
'

attack link-contradicts 'the other one was there before' '
	good_link >../good &&
	forge mona "s[\"command\"] = [\"x\"]" <../good | file_lines v1.1 &&
	git push -q origin "$(shard_ref v1.1)" &&
	add_lines v1.1 <../good &&
	push --atomic origin "$(shard_ref v1.1)" v1.1
'

attack no-tag-step 'no layout in force has a tag step' '
	next_layout mona "s[\"steps\"] = s[\"steps\"][1:]" >../layout &&
	layout_commit $layout_ref <../layout &&
	git update-ref $layout_ref "$layout_tip" &&
	plant $layout_ref &&
	push --atomic origin "$(shard_ref v1.1)" v1.1
'

attack no-tag-step 'the tag step is another one' '
	git -C ../server.git config intoto.tagStep release &&
	push --atomic origin "$(shard_ref v1.1)" v1.1
'

attack guard-unjudged 'a tag of a tree that the server has lost a part of' '
	blob=$(git rev-parse HEAD:README) &&
	rm -f "../server.git/objects/$(echo "$blob" | cut -c 1-2)/$(echo "$blob" |
		cut -c 3-)" &&
	push --atomic origin "$(shard_ref v1.1)" v1.1
'

attacks_done
