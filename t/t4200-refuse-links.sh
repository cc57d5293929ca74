#!/bin/sh
test_description='verify refuses links that do not prove what they should'
# shellcheck source=t/test-lib.sh
. ./test-lib.sh
# shellcheck source=t/forge-lib.sh
. "$SHARNESS_TEST_SRCDIR/forge-lib.sh"

# relink STEP KEY STATEMENTS: the note of v1.0 is the good one, but the link of
# STEP is changed and signed again.
relink() {
	forge "$2" "$3" <"good.$1" >forged &&
	{ cat good.tag good.build | grep -v -x -F -f "good.$1" && cat forged; } |
		put_note v1.0
}

# beside STEP KEY STATEMENTS: the same as one more line.
beside() {
	forge "$2" "$3" <"good.$1" >forged &&
	cat good.tag good.build forged | put_note v1.0
}

# judged REASON [PATTERN]...: `verify v1.0` says no for that reason.
judged() {
	refused 1 "$1" git intoto verify v1.0 || return 1
	shift
	for pattern; do
		grep "^error: .*$pattern" err || {
			cat err
			return 1
		}
	done
}

test_expect_success 'set-up: mona tags, ci builds' '
	for name in mona ci eve; do
		make_ssh_key $name || return 1
	done &&
	sign_with_ssh mona &&
	start_agent mona ci &&
	init_project project &&
	cd project &&
	project=$(layout_line release | json "j[\"signed\"][\"readme\"]" |
		sed -n "s/.*project=\([0-9a-f]*\).*/\1/p") &&
	test -n "$project" &&
	change_layout release mona "
k = key(home + \"ci\"); i = keyid(home + \"ci\")
s[\"keys\"][i] = dict(k, keyid=i)
[x for x in s[\"steps\"] if x[\"name\"] == \"build\"][0][\"pubkeys\"] = [i]
" &&
	git intoto tag -m v1.0 v1.0 &&
	git intoto build --key "$HOME/ci.pub" -p "dist/*" -- make dist \
		>/dev/null &&
	git intoto verify v1.0 dist/* >out &&
	tail -n 1 out | grep "^accepted: " &&
	line_of v1.0 tag >good.tag &&
	line_of v1.0 build >good.build &&
	tag=$(git rev-parse refs/tags/v1.0) &&
	commit=$(git rev-parse HEAD) &&
	git commit -q --allow-empty -m next &&
	git intoto tag -m v1.1 v1.1 &&
	next=$(git rev-parse HEAD) &&
	git cat-file tag v1.0 >tag.object &&
	layout_line release >good.layout
'

test_expect_success 'forging changes nothing by itself' '
	relink tag mona "" &&
	relink build ci "" &&
	git intoto verify v1.0 &&
	relink tag mona "keyids = [\"\"]" &&
	judged tag-unlinked &&
	grep "^warning: .*malformed.*keyid" err
'

test_expect_success 'the links of another tag' '
	note_of v1.1 | put_note v1.0 &&
	judged link-other-tag "refs/tags/v1.0.*refs/tags/v1.1" &&
	judged tag-unlinked
'

test_expect_success 'bound to another tag, by its name, its id, its bytes' '
	relink tag mona "g[\"ref\"] = \"refs/tags/v1.1\"" &&
	judged link-other-tag "refs/tags/v1.0.*refs/tags/v1.1" &&
	relink tag mona "g[\"tag\"] = \"$(git rev-parse v1.1)\"" &&
	judged link-other-tag "$tag.*$(git rev-parse v1.1)" &&
	relink tag mona "g[\"tagSha256\"] = 64 * \"0\"" &&
	judged link-other-tag "$(sha256sum <tag.object | cut -d" " -f1).*0000" &&
	relink build ci "g[\"ref\"] = \"v1.0\"" &&
	judged link-other-tag "step .build."
'

test_expect_success 'bound to another commit, tree, manifest' '
	relink tag mona "g[\"commit\"] = \"$next\"" &&
	judged link-other-commit "$commit.*$next" &&
	relink build ci "g[\"commit\"] = \"$next\"" &&
	judged link-other-commit "step .build." &&
	relink tag mona "g[\"tree\"] = \"$next\"" &&
	judged link-environment "$(git rev-parse v1.0^{tree}).*$next" &&
	relink tag mona "g[\"manifestSha256\"] = 64 * \"0\"" &&
	judged link-environment "manifestSha256.*0000"
'

test_expect_success 'bound to another project' '
	relink tag mona "g[\"project\"] = 32 * \"0\"" &&
	judged link-other-project "$project.*000" &&
	relink build ci "g[\"project\"] = 32 * \"0\"" &&
	judged link-other-project "step .build."
'

test_expect_success 'environment.git with a member too few, too many, odd' '
	for member in project ref tag tagSha256 commit tree manifestSha256 \
		layouts; do
		relink build ci "del g[\"$member\"]" &&
		judged link-environment "$member" || return 1
	done &&
	for member in project ref manifestSha256 layouts; do
		relink build ci "g[\"$member\"] = 1" &&
		judged link-environment "$member" || return 1
	done &&
	relink build ci "g[\"more\"] = \"x\"" &&
	judged link-environment "more" &&
	relink build ci "g[\"revokes\"] = \"tag\"" &&
	judged link-environment "revokes" &&
	relink build ci "g[\"ref\"] += chr(0)" &&
	judged link-environment "ref" &&
	relink build ci "g[\"tag\"] = g[\"tag\"].upper()" &&
	judged link-environment "tag"
'

test_expect_success 'environment.git that is no object never binds by content' '
	for value in None "\"\"" "[dict(g)]" "dict()"; do
		relink build ci "s[\"environment\"][\"git\"] = $value" &&
		judged link-environment "step .build." || return 1
	done
'

test_expect_success 'bound by content: only with materials, all of the tree' '
	relink build ci "s[\"environment\"] = dict()" &&
	git intoto verify v1.0 dist/main.txt &&
	relink build ci "s[\"environment\"] = dict(); s[\"materials\"] = dict()" &&
	judged link-unbound "step .build." &&
	relink build ci "s[\"environment\"] = dict()
s[\"materials\"][\"README\"] = dict(sha256=64 * \"0\")" &&
	judged link-unbound "README" &&
	relink build ci "s[\"environment\"] = dict()
s[\"materials\"][\"more\"] = s[\"materials\"][\"README\"]" &&
	judged link-unbound "more"
'

test_expect_success 'the tag step must be bound by name' '
	relink tag mona "s[\"environment\"] = dict()" &&
	judged link-unbound "step .tag.*by content.*by name" &&
	relink tag mona "
for member in (\"ref\", \"tag\", \"tagSha256\"): del g[member]" &&
	judged link-unbound "step .tag.*by commit.*by name"
'

test_expect_success 'filed under the name of another step' '
	relink tag mona "s[\"name\"] = \"build\"" &&
	judged tag-unlinked &&
	relink build ci "s[\"name\"] = \"tag\"" &&
	judged link-missing "step .build." &&
	relink build ci "s[\"name\"] = \"Build\"" &&
	judged link-missing "step .build." &&
	relink build ci "s[\"name\"] = \"build \"" &&
	judged link-missing "step .build."
'

test_expect_success 'signed by the key of another step, by a stranger' '
	relink build mona "" &&
	judged step-threshold "step .build.*may not do this step" &&
	relink tag ci "" &&
	judged step-threshold "step .tag." &&
	relink build eve "" &&
	judged step-threshold "step .build." &&
	relink build eve "keyids = [keyid(home + \"ci\")]" &&
	judged step-threshold "step .build."
'

test_expect_success 'changed after it was signed' '
	{ cat good.tag; sed "s/main.txt/main.exe/" good.build; } |
		put_note v1.0 &&
	judged step-threshold "step .build." &&
	{ cat good.build; sed "s/README/README2/g" good.tag; } |
		put_note v1.0 &&
	judged step-threshold "step .tag."
'

test_expect_success 'no signature, two signatures, none of the kind' '
	{ cat good.tag; sed "s/\"signatures\":\[[^]]*\]/\"signatures\":[]/" \
		good.build; } | put_note v1.0 &&
	judged link-missing &&
	relink build ci,eve "" &&
	judged link-missing &&
	grep "^warning: .*not exactly one signature" err &&
	relink build ci,ci "" &&
	judged link-missing
'

test_expect_success 'materials that differ from the tree' '
	relink tag mona "s[\"materials\"][\"README\"] = dict(sha256=64 * \"0\")" &&
	judged tree-changed "README" &&
	grep "^error: .*0000" err &&
	relink tag mona "del s[\"materials\"][\"README\"]" &&
	judged tree-missing "README" &&
	relink tag mona "
s[\"materials\"][\"READMF\"] = s[\"materials\"][\"README\"]" &&
	judged tree-extra "READMF" &&
	relink tag mona "
s[\"materials\"][\"readme\"] = s[\"materials\"].pop(\"README\")" &&
	judged tree-extra "readme" &&
	judged tree-missing "README" &&
	relink tag mona "s[\"materials\"] = dict()" &&
	judged tree-missing "src/main.c"
'

test_expect_success 'a digest that says more than SHA-256' '
	relink tag mona "s[\"materials\"][\"README\"][\"sha512\"] = 128 * \"0\"" &&
	judged tree-changed "README"
'

test_expect_success 'a tag of other modes: contents are equal, modes are not' '
	git checkout -q v1.0 &&
	chmod +x README &&
	git commit -q -a -m mode &&
	git intoto tag -m mode v1.2 &&
	line_of v1.2 tag >mode &&
	json "j[\"signed\"][\"environment\"][\"git\"][\"manifestSha256\"]" <mode \
		>manifest &&
	relink tag mona "g[\"manifestSha256\"] = \"$(cat manifest)\"" &&
	judged link-environment "modes are not" &&
	judged link-environment "$(cat manifest)" &&
	git checkout -q main
'

test_expect_success 'a link that contradicts another one of its key' '
	beside build ci "s[\"products\"][\"dist/main.txt\"] = dict(sha256=64 * \"0\")" &&
	judged link-contradicts "step .build" &&
	grep "^error: .*link [0-9a-f]\{12\}.*link [0-9a-f]\{12\}" err &&
	beside build ci "s[\"command\"] = [\"true\"]" &&
	judged link-contradicts &&
	beside tag mona "s[\"command\"] = [\"true\"]" &&
	judged link-contradicts "step .tag" &&
	beside build ci "s[\"byproducts\"] = dict()" &&
	git intoto verify v1.0
'

test_expect_success 'a stranger cannot contradict' '
	beside build eve "s[\"products\"] = dict()" &&
	git intoto verify v1.0 &&
	beside build eve "s[\"products\"] = dict()
keyids = [keyid(home + \"ci\")]" &&
	git intoto verify v1.0 2>err &&
	grep "^warning: " err
'

test_expect_success 'build and --existing refuse to contradict; --supersede' '
	cat good.tag good.build | put_note v1.0 &&
	note_of v1.0 >before &&
	refused 1 link-contradicts git intoto build --tag v1.0 \
		--key "$HOME/ci.pub" -p "dist/*" -- \
		sh -c "make dist && echo more >>dist/main.txt" &&
	grep "^hint: .*--supersede" err &&
	note_of v1.0 >after &&
	test_cmp before after &&
	git intoto build --tag v1.0 --supersede --key "$HOME/ci.pub" \
		-p "dist/*" -- \
		sh -c "make dist && echo more >>dist/main.txt" >/dev/null &&
	git intoto verify v1.0 dist/main.txt &&
	grep more dist/main.txt &&
	note_of v1.0 >after &&
	test $(wc -l <after) = 4 &&
	test $(grep -c -x -F -f before after) = 2
'

test_expect_success 'what was withdrawn does not come back' '
	identity=$(/usr/bin/python3 -c "
import hashlib, json, sys
from securesystemslib.formats import encode_canonical
s = json.load(sys.stdin)[\"signed\"]
print(hashlib.sha256(encode_canonical(s).encode()).hexdigest())" <good.build) &&
	grep "\"revokes\":\"$identity\"" after >revoke &&
	cat good.tag good.build revoke | put_note v1.0 &&
	judged link-missing "step .build." &&
	refused 1 file-unknown git intoto verify v1.0 dist/main.txt
'

test_expect_success 'nobody withdraws a link of somebody else' '
	forge eve "" <revoke >forged &&
	cat good.tag good.build forged | put_note v1.0 &&
	git intoto verify v1.0 &&
	forge eve "keyids = [keyid(home + \"ci\")]" <revoke >forged &&
	cat good.tag good.build forged | put_note v1.0 &&
	git intoto verify v1.0 &&
	forge ci "g[\"revokes\"] = \"tag\"" <revoke >forged &&
	cat good.tag good.build forged | put_note v1.0 &&
	git intoto verify v1.0 &&
	forge ci "g[\"ref\"] = \"refs/tags/v1.1\"" <revoke >forged &&
	cat good.tag good.build forged | put_note v1.0 &&
	git intoto verify v1.0 &&
	forge mona "g[\"revokes\"] = \"tag\"" <revoke >forged &&
	cat good.tag good.build forged | put_note v1.0 &&
	judged tag-revoked
'

test_expect_success 'one key under two keyids makes no threshold of two' '
	change_layout release mona "
i = keyid(home + \"ci\")
j = 64 * \"a\"
s[\"keys\"][j] = dict(s[\"keys\"][i], keyid=j)
build = [x for x in s[\"steps\"] if x[\"name\"] == \"build\"][0]
build[\"pubkeys\"] = [i, j]
build[\"threshold\"] = 2
" &&
	beside build ci "keyids = [64 * \"a\"]" &&
	judged step-threshold "step .build.*2 needed.*found 1" &&
	beside build ci "keyids = [64 * \"a\"]; s[\"byproducts\"] = dict()" &&
	judged step-threshold "step .build.*2 needed.*found 1"
'

test_expect_success 'two keys of two make it, if they tell of the same' '
	change_layout release mona "
i = keyid(home + \"eve\")
s[\"keys\"].pop(64 * \"a\")
s[\"keys\"][i] = dict(key(home + \"eve\"), keyid=i)
build = [x for x in s[\"steps\"] if x[\"name\"] == \"build\"][0]
build[\"pubkeys\"] = [keyid(home + \"ci\"), i]
" &&
	beside build ci "s[\"byproducts\"] = dict()" &&
	judged step-threshold "step .build.*2 needed.*found 1" &&
	beside build eve "" &&
	git intoto verify v1.0 &&
	beside build eve "s[\"products\"][\"dist/main.txt\"] = dict(sha256=64 * \"0\")" &&
	judged step-disagree "dist/main.txt" &&
	put_layout release <good.layout
'

test_expect_success 'products and materials against the rules of the layout' '
	relink build ci "
s[\"products\"][\"evil.sh\"] = dict(sha256=64 * \"0\")" &&
	judged rule-disallow "evil.sh" &&
	relink build ci "
s[\"materials\"][\"evil.c\"] = dict(sha256=64 * \"0\")" &&
	judged rule-disallow "evil.c" &&
	relink build ci "
s[\"materials\"][\"README\"] = dict(sha256=64 * \"0\")" &&
	judged rule-disallow "README" &&
	relink tag mona "s[\"products\"][\"x\"] = dict(sha256=64 * \"0\")" &&
	judged rule-disallow "x"
'

# envelope NAME STATEMENTS <line: the DSSE envelope, changed and signed again by
# ~/NAME; what follows a line `#after` is done again when it is signed.
envelope() {
	/usr/bin/python3 -c '
import base64, json, sys
from cryptography.hazmat.primitives import serialization as serial
line, key, change = sys.argv[1:]
line = json.loads(line)
type = line["payloadType"]
payload = base64.b64decode(line["payload"])
sig = line["signatures"][0]
spelled = None
exec(change)
with open(key, "rb") as file:
    key = serial.load_ssh_private_key(file.read(), None)
pae = b"DSSEv1 %d %s %d %s" % (len(type), type.encode(), len(payload), payload)
sig["sig"] = base64.b64encode(key.sign(pae)).decode()
line["payloadType"] = type
line["payload"] = spelled or base64.b64encode(payload).decode()
exec(change.partition("#after\n")[2])
print(json.dumps(line, sort_keys=True, separators=(",", ":")))
' "$(cat)" "$HOME/$1" "$2"
}

test_expect_success 'DSSE: what the envelope says is what is signed' '
	git tag -s -m v1.3 v1.3 &&
	git intoto tag --dsse --existing v1.3 &&
	git intoto build --tag v1.3 --dsse --key "$HOME/ci.pub" -p "dist/*" \
		-- make dist >/dev/null &&
	git intoto verify v1.3 &&
	note_of v1.3 >dsse &&
	python3 -c "
import base64, json
for line in open(\"dsse\"):
    name = json.loads(base64.b64decode(json.loads(line)[\"payload\"]))[\"name\"]
    open(\"dsse.\" + name, \"w\").write(line)" &&
	for change in "" "type = \"application/vnd.in-toto+json\"" \
		"type = \"text/plain\"" "payload += b\" x\"" \
		"payload = payload.replace(b\"build\", b\"tag\", 1)" \
		"spelled = base64.b64encode(payload).decode() + \"=\"" \
		"pass
#after
line[\"payloadType\"] = \"application/vnd.in-toto+json;x\"" \
		"pass
#after
line[\"payload\"] = base64.b64encode(payload.replace(b\"main\", b\"evil\")).decode()" \
		"pass
#after
line[\"signatures\"] *= 2"; do
		envelope ci "$change" <dsse.build >forged &&
		cat dsse.tag forged | put_note v1.3 &&
		if test -z "$change" ||
			test "$change" = "type = \"application/vnd.in-toto+json\""
		then
			git intoto verify v1.3
		else
			test_expect_code 1 git intoto verify v1.3 >out 2>err &&
			grep "^error: step .build.*\[\(link-missing\|step-threshold\)\]" err
		fi || {
			echo "$change"
			cat out err
			return 1
		}
	done
'

test_expect_success 'the good note is still accepted' '
	cat good.tag good.build | put_note v1.0 &&
	git intoto verify v1.0
'

test_done
