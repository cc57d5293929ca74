#!/bin/sh
test_description='parameters in layouts of tags: TAG, COMMIT and VERSION'
# shellcheck source=t/test-lib.sh
. ./test-lib.sh
# shellcheck source=t/forge-lib.sh
. "$SHARNESS_TEST_SRCDIR/forge-lib.sh"

# with_rules WORDS...: the products of `build`, as a layout's JSON has them.
with_rules() {
	change_layout release mona "import re
s['readme'] = re.sub('version=([0-9]+)',
                     lambda v: 'version=%d' % (int(v[1]) + 1), s['readme'])
for step in s['steps']:
    if step['name'] == 'build':
        step['expected_products'] = [$1, ['DISALLOW', '*']]"
}

test_expect_success 'set-up: the tar is named by the version' '
	make_ssh_key mona &&
	sign_with_ssh mona &&
	init_project project &&
	(
		cd project &&
		with_rules "[\"CREATE\", \"dist/foo-{VERSION}.tar\"]" &&
		git intoto tag -m v1.0 v1.0 &&
		git intoto tag -m other 1.1 &&
		git intoto tag -m third vault
	)
'

test_expect_success 'build and verify fill in the same VERSION' '
	(
		cd project &&
		git intoto build --tag v1.0 -p "dist/*.tar" -- make dist &&
		git intoto verify v1.0 dist/foo-1.0.tar &&
		refused 1 rule-disallow git intoto build --tag 1.1 \
			-p "dist/*.tar" --out ../other -- make dist &&
		git intoto build --tag 1.1 -p "dist/*.tar" --out ../other -- \
			sh -c "mkdir dist && echo 1 >dist/foo-1.1.tar" &&
		git intoto verify 1.1 ../other/dist/foo-1.1.tar &&
		git intoto build --tag vault -p "dist/*.tar" --out ../third -- \
			sh -c "mkdir dist && echo 1 >dist/foo-vault.tar" &&
		git intoto verify vault
	)
'

test_expect_success 'a link that is moved to another name is refused' '
	(
		cp -R project moved && cd moved &&
		line_of 1.1 build | forge mona "
s[\"products\"] = {\"dist/foo-1.0.tar\": {\"sha256\": \"0\" * 64}}" >bad &&
		{ line_of 1.1 tag && cat bad; } | LC_ALL=C sort | put_note 1.1 &&
		refused 1 rule-disallow git intoto verify 1.1
	)
'

test_expect_success 'TAG and COMMIT; other braces stay as they are' '
	(
		cp -R project names && cd names &&
		with_rules "[\"CREATE\", \"dist/{TAG}-{COMMIT}\"], [\"CREATE\", \"dist/{x}-{{\"]" &&
		git intoto tag -m v2 v2.0 &&
		git intoto build --tag v2.0 -p "dist/*" --out ../v2 -- sh -c "
			mkdir dist && cd dist && touch \"{x}-{{\" \
				v2.0-$(git rev-parse HEAD)" &&
		git intoto verify v2.0 ../v2/dist/v2.0-* &&
		refused 1 rule-disallow git intoto build --tag v2.0 --supersede \
			-p "dist/*" --out ../v2b -- \
			sh -c "mkdir dist && touch dist/v2.0-HEAD"
	)
'

test_expect_success 'given parameters are strict, and change none of the tag' '
	(
		cp -R project strict && cd strict &&
		git intoto verify --param FLAVOUR=x v1.0 &&
		refused 128 - git intoto verify --param TAG=v1.1 v1.0 &&
		refused 128 - git intoto verify --param VERSION=1.1 v1.0 &&
		with_rules "[\"CREATE\", \"dist/foo-1.0.{KIND}\"]" &&
		refused 1 rule-disallow git intoto verify v1.0 &&
		git intoto verify --param KIND=tar v1.0 dist/foo-1.0.tar &&
		with_rules "[\"CREATE\", \"dist/foo-{VERSION}.{KIND}\"]" &&
		refused 128 - git intoto verify v1.0 &&
		git intoto verify --param KIND=tar v1.0 dist/foo-1.0.tar &&
		refused 128 - git intoto verify --param OTHER=tar v1.0
	)
'

test_expect_success 'the tag step has parameters: a server takes what verify takes' '
	(
		cp -R project served && cd served &&
		git init -q --bare ../server.git &&
		git -C ../server.git config receive.advertisePushOptions true &&
		( cd ../server.git && git intoto hooks install --server \
			--key "$HOME/mona.pub" ) &&
		change_layout release mona "import re
s[\"readme\"] = re.sub(\"version=([0-9]+)\",
    lambda v: \"version=%d\" % (int(v[1]) + 1), s[\"readme\"])
for step in s[\"steps\"]:
    if step[\"name\"] == \"tag\":
        step[\"expected_materials\"] = [[\"DISALLOW\", \"{VERSION}.forbidden\"]]" &&
		echo 1 >5.0.forbidden && git add . && git commit -q -m x &&
		git remote add origin ../server.git &&
		refused 1 rule-disallow git intoto tag -m v5.0 v5.0 &&
		git intoto tag -m v5.1 v5.1 &&
		git push -q origin main refs/notes/in-toto/layouts/release &&
		git intoto push origin v5.1
	)
'

test_done
