#!/bin/sh
test_description='verify: sublayouts and links below them that do not count'
# shellcheck source=t/test-lib.sh
. ./test-lib.sh
# shellcheck source=t/forge-lib.sh
. "$SHARNESS_TEST_SRCDIR/forge-lib.sh"

keyid8() {
	git intoto key show "$HOME/$1.pub" |
		sed -n 's/^keyid \([0-9a-f]\{8\}\).*/\1/p' | head -n 1
}

# a_sub KEYS [STATEMENTS]: a sublayout for `build`, in which omar does `make`.
a_sub() {
	layout_line release | forge "$1" "import re
s['readme'] = re.sub('git-intoto-layout:(.*) name=.*',
                     r'git-intoto-layout:\\1 name=release version=1 step=build',
                     s['readme'])
def one(name, who):
    return {'_type': 'step', 'name': name, 'expected_materials': [],
            'expected_products': [], 'expected_command': [],
            'threshold': 1, 'pubkeys': [keyid(home + who)]}
def people(*names):
    s['keys'] = {keyid(home + n): dict(key(home + n), keyid=keyid(home + n))
                 for n in names}
people('omar')
s['inspect'] = []
s['steps'] = [one('make', 'omar')]
${2-}"
}

# below KEY PLACE [STATEMENTS]: the link of `make` there.
below() {
	forge "$1" "s['name'] = 'make'
s['products'] = {'dist/foo': {'sha256': 'a' * 64}}
g['parent'] = '$2'
${3-}" <../tag.line
}

# put LINE...: the note of v1.0 is its tag link, and the lines of stdin.
put() {
	{ cat ../tag.line && cat; } | LC_ALL=C sort -u | put_note v1.0
}

test_expect_success 'set-up' '
	for key in mona ci omar eve; do
		make_ssh_key $key || return 1
	done &&
	sign_with_ssh mona &&
	init_project project &&
	(
		cd project &&
		git intoto layout add-key release --step build \
			"$HOME/ci.pub" &&
		git intoto layout sign release &&
		git intoto tag -m v1.0 v1.0 &&
		git intoto tag -m v1.1 v1.1 &&
		line_of v1.0 tag >../tag.line &&
		line_of v1.1 tag >../other.line
	) &&
	ci=build.$(keyid8 ci)
'

accepts() {
	test_expect_success "accepted: $1" "
		( cd project && { $2
		} | put && git intoto verify v1.0 )
	"
}

refuses() {
	test_expect_success "$1: $2" "
		( cd project && { $3
		} | put && refused 1 $1 git intoto verify v1.0 )
	"
}

accepts 'a sublayout and a link below it' '
	a_sub ci && below omar $ci'
accepts 'a sublayout of this tag, and a link below it' '
	a_sub ci "s[\"readme\"] = s[\"readme\"].replace(\" step=\", \" tag=$(
		git rev-parse refs/tags/v1.0) step=\")" && below omar $ci'
accepts 'a sublayout in a DSSE envelope, and a link below it' '
	a_sub ci | dsse ci "" && below omar $ci'
accepts 'a sublayout that was made elsewhere, and its link' '
	a_sub ci "s[\"readme\"] = \"\"" && below omar $ci'
accepts 'a link below that was made elsewhere' '
	a_sub ci && below omar $ci "del s[\"environment\"][\"git\"]"'
accepts 'an older version beside it, which would not do' '
	a_sub ci "s[\"steps\"].append(one(\"more\", \"omar\"))" &&
	a_sub ci "s[\"readme\"] = s[\"readme\"].replace(\"version=1\", \"version=2\")" &&
	below omar $ci'
accepts 'a later version by a stranger beside it' '
	a_sub eve "s[\"readme\"] = s[\"readme\"].replace(\"version=1\", \"version=2\")" &&
	a_sub ci && below omar $ci'

refuses step-threshold 'a sublayout by a stranger' '
	a_sub eve && below omar "build.$(keyid8 eve)"'
refuses step-threshold 'a sublayout by a stranger, under another keyid' '
	a_sub eve "keyids[0] = keyid(home + \"ci\")" && below omar $ci'
refuses link-missing 'a sublayout for another step' '
	a_sub ci "s[\"readme\"] = s[\"readme\"].replace(\"=build\", \"=make\")" &&
	below omar $ci'
refuses link-missing 'a sublayout of another project' '
	a_sub ci "s[\"readme\"] = re.sub(\"project=[0-9a-f]*\", \"project=\" + \"0\" * 32, s[\"readme\"])" &&
	below omar $ci'
refuses link-missing 'a sublayout of a layout of another name' '
	a_sub ci "s[\"readme\"] = s[\"readme\"].replace(\"=release\", \"=audit\")" &&
	below omar $ci'
refuses link-missing 'a layout for itself' '
	a_sub ci "s[\"readme\"] = s[\"readme\"].replace(\" step=build\", \"\")" &&
	below omar $ci'
refuses link-missing 'a sublayout of another tag' '
	a_sub ci "s[\"readme\"] = s[\"readme\"].replace(\" step=\", \" tag=$(
		git rev-parse refs/tags/v1.1) step=\")" && below omar $ci'
refuses link-missing 'a sublayout with two signatures' '
	a_sub ci,mona && below omar $ci'
refuses layout-expired 'a sublayout that has expired' '
	a_sub ci "s[\"expires\"] = \"2020-01-01T00:00:00Z\"" && below omar $ci'
refuses link-missing 'no link below it' 'a_sub ci'
refuses step-threshold 'a link below it by a stranger' '
	a_sub ci && below eve $ci'
refuses step-threshold 'a link below it by the key above' '
	a_sub ci && below ci $ci'
refuses link-missing 'a link below it without the place' '
	a_sub ci && below omar $ci "del g[\"parent\"]"'
refuses link-missing 'a link below another place' '
	a_sub ci && below omar "build.$(keyid8 mona)"'
refuses link-missing 'a link below it of another tag' '
	a_sub ci && below omar $ci "g[\"ref\"] = \"refs/tags/v1.1\""'
refuses link-missing 'a link made elsewhere from another tree' '
	a_sub ci && below omar $ci "del s[\"environment\"][\"git\"]
s[\"materials\"][\"README\"][\"sha256\"] = \"0\" * 64"'
refuses rule-disallow 'its summary is judged as the link would be' '
	a_sub ci && below omar $ci "s[\"products\"] = {\"other\": {\"sha256\": \"a\" * 64}}"'
refuses rule-disallow 'its own rules' '
	a_sub ci "s[\"steps\"][0][\"expected_products\"] = [[\"DISALLOW\", \"*\"]]" &&
	below omar $ci'
refuses link-contradicts 'two links below it that differ' '
	a_sub ci && below omar $ci &&
	below omar $ci "s[\"products\"] = {}"'
refuses sublayout-cycle 'a sublayout that is its own' '
	a_sub ci "people(\"ci\")
s[\"steps\"] = [one(\"build\", \"ci\")]"'

test_expect_success 'no sublayout does the tag step' '
	(
		cd project &&
		{ a_sub mona "s[\"readme\"] = s[\"readme\"].replace(\"=build\", \"=tag\")
s[\"steps\"][0][\"name\"] = \"make\"" &&
		below omar "tag.$(keyid8 mona)" "s[\"products\"] = {}"; } |
			LC_ALL=C sort | put_note v1.0 &&
		refused 1 tag-unlinked git intoto verify v1.0 &&
		grep "a sublayout; here it must be bound by name" err
	)
'

test_expect_success 'more sublayouts than may be: the rest does not count' '
	(
		cd project &&
		a_sub eve >one &&
		for i in $(seq 300); do
			sed "s/version=1 /version=$i /" one
		done >many &&
		{ cat many && a_sub ci && below omar $ci; } | put &&
		{ git intoto verify v1.0 2>err || :; } &&
		grep "one of more than 256: not counted" err
	)
'

test_expect_success 'a withdrawal by a key below does not reach above' '
	(
		cd project &&
		identity() {
			/usr/bin/python3 -c "import hashlib, json, sys
from securesystemslib.formats import encode_canonical
text = encode_canonical(json.loads(sys.stdin.readline())[\"signed\"])
print(hashlib.sha256(text.encode()).hexdigest())"
		} &&
		withdraw() {
			forge "$1" "s[\"name\"] = \"revoke\"
g[\"revokes\"] = \"$2\"" <../tag.line
		} &&
		a_sub ci >sub && below omar $ci >link &&
		{ cat sub link && withdraw omar "$(identity <sub)" &&
		withdraw omar "$(identity <../tag.line)" &&
		withdraw ci "$(identity <link)"; } | put &&
		git intoto verify v1.0 &&
		{ cat sub link && withdraw omar "$(identity <link)"; } | put &&
		refused 1 link-missing git intoto verify v1.0 &&
		{ cat sub link && withdraw ci "$(identity <sub)"; } | put &&
		refused 1 link-missing git intoto verify v1.0
	)
'

test_done
