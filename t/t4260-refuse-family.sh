#!/bin/sh
test_description='attacks on what came with the in-toto family'
# shellcheck source=t/test-lib.sh
. ./test-lib.sh
# shellcheck source=t/forge-lib.sh
. "$SHARNESS_TEST_SRCDIR/forge-lib.sh"

keyid8() {
	git intoto key show "$HOME/$1.pub" |
		sed -n 's/^keyid \([0-9a-f]\{8\}\).*/\1/p' | head -n 1
}

# relink KEY STATEMENTS <link: changed; `git` makes the digest set of an object.
relink() {
	forge "$1" "
import hashlib, subprocess
def git(kind, name):
    id = subprocess.check_output(
        ['git', 'rev-parse', name]).decode().strip()
    raw = subprocess.check_output(['git', 'cat-file', kind, id])
    return {'git' + kind.capitalize(): id,
            'sha256': hashlib.sha256(raw).hexdigest()}
m = s['materials']
$2"
}

test_expect_success 'set-up' '
	for key in mona ci omar; do
		make_ssh_key $key || return 1
	done &&
	sign_with_ssh mona &&
	init_project project &&
	cd project &&
	git intoto layout add-key release --step build "$HOME/ci.pub" &&
	git intoto layout sign release &&
	change_layout release mona "
rules = [x for x in s[\"steps\"] if x[\"name\"] == \"build\"][0]
rules[\"expected_materials\"].insert(0, [\"ALLOW\", \"git:*\"])" &&
	git intoto tag -m v1.0 v1.0 &&
	git intoto tag -m v1.1 v1.1 &&
	line_of v1.0 tag >../good.tag &&
	git intoto layout new vendor &&
	for step in fetch make; do
		git intoto layout add-step vendor $step --by "$HOME/omar.pub" ||
			return 1
	done &&
	git intoto layout sub --key "$HOME/ci" --step build v1.0 vendor &&
	note_of v1.0 | grep step=build >../sub &&
	git tag -a -m "a scoped name" pkg@1.0
'

# below STEP STATEMENTS: a link of that step of the sublayout.
below() {
	relink omar "s['name'] = '$1'
g['parent'] = 'build.$(keyid8 ci)'
$2" <../good.tag
}

# put_below STATEMENTS: the links of both steps, the second with Git objects.
put_below() {
	{ cat ../good.tag ../sub && below fetch "" && below make "
s['products'] = {'dist/foo': {'sha256': 'a' * 64}}
$1"; } >../lines && LC_ALL=C sort -u ../lines | put_note v1.0
}

test_expect_success 'git: names in the links of a sublayout are resolved' '
	put_below "m[\"git:tag/pkg@1.0\"] = git(\"tag\", \"pkg@1.0\")" &&
	git intoto verify v1.0 &&
	put_below "m[\"git:tag/pkg@1.0\"] = git(\"tag\", \"v1.1\")" &&
	refused 1 artifact-git git intoto verify v1.0 &&
	grep "sublayout of step .build.: step .make.: .*git:tag/pkg@1.0" err
'

test_expect_success 'the name of a tag with an @ means one object for ever' '
	git commit -q --allow-empty -m other &&
	put_below "m[\"git:commit/pkg@1.0\"] = git(\"commit\", \"HEAD\")" &&
	refused 1 artifact-git git intoto verify v1.0
'

test_expect_success 'more git: names than may be are one refusal' '
	put_below "
one = git(\"commit\", \"pkg@1.0^{}\")
for i in range(1100):
    m[\"git:commit/pkg@1.0~\" + \"0\" * (i + 1)] = one" &&
	refused 1 artifact-git git intoto verify v1.0 &&
	test "$(grep -c "is one of more than 1000 such names" err)" = 1
'

test_expect_success 'what calls itself a root.layout is taken for what it is' '
	put_note v1.0 <../good.tag &&
	mkdir -p ../proof &&
	forge ci,omar "s[\"name\"] = \"build\"
s[\"materials\"] = {}
s[\"products\"] = {}" <../good.tag >../proof/root.layout &&
	git intoto import ../proof &&
	note_of v1.0 >note &&
	python3 -c "
import json
assert all(len(json.loads(x)[\"signatures\"]) == 1 for x in open(\"note\"))
" &&
	put_note v1.0 <../good.tag
'

# plain STEP...: a sublayout made elsewhere whose steps are all for its signer.
plain() {
	layout_line release | forge ci "
s['readme'] = ''
s['keys'] = {keyid(home + 'ci'): dict(key(home + 'ci'),
                                      keyid=keyid(home + 'ci'))}
s['inspect'] = []
s['steps'] = [{'_type': 'step', 'name': n, 'expected_materials': [],
               'expected_products': [], 'expected_command': [],
               'threshold': 1, 'pubkeys': [keyid(home + 'ci')]}
              for n in '$*'.split()]"
}

test_expect_success 'many sublayouts at one place, none of which holds' '
	for i in $(seq 40); do
		plain x$i y || return 1
	done >../many &&
	cat ../good.tag ../many | LC_ALL=C sort -u | put_note v1.0 &&
	refused 1 sublayout-limit git intoto verify v1.0 >/dev/null &&
	git intoto export v1.0 ../exported
'

test_expect_success 'sublayouts of many steps that stand below each other' '
	{ cat ../good.tag && plain $(seq 300) && plain $(seq 301 600); } |
		LC_ALL=C sort -u | put_note v1.0 &&
	test_expect_code 1 timeout 20 git intoto verify v1.0 2>/dev/null &&
	put_note v1.0 <../good.tag
'

test_expect_success 'folders that are links to each other are not read for ever' '
	mkdir ../evil &&
	for i in 0 1 2 3 4 5 6 7 8 9; do
		mkdir -p ../evil/build.0000000$i &&
		for j in 1 2 3 4 5 6 7 8 9; do
			ln -s "../build.0000000$((i + 1))" \
				../evil/build.0000000$i/build.0000000$j ||
				return 1
		done
	done &&
	refused 128 - git intoto import --tag v1.0 ../evil &&
	grep "more than 100000" err
'

test_done
