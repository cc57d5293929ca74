#!/bin/sh
test_description='layout: drafts, edits, signatures, lint'
. ./test-lib.sh

# in_force NAME VERSION: that is what `layout list` says.
in_force() {
	git intoto layout list >list &&
	grep "^$1  *version $2  *expires .* in force$" list
}

# no_draft NAME
no_draft() {
	git intoto layout list >list &&
	! grep "^$1 .*draft$" list
}

# member NAME JQ-LIKE-PATH: one value of the draft's signed part, as JSON.
member() {
	git intoto layout show --draft --json "$1" >draft.json &&
	python3 - "$2" <<-\EOF
	import json, sys
	value = json.load(open("draft.json"))["signed"]
	for name in sys.argv[1].split("."):
	    value = value[int(name) if name.isdigit() else name]
	print(json.dumps(value))
	EOF
}

test_expect_success 'setup: three keys, a repository' '
	make_ssh_key mona &&
	make_ssh_key bert &&
	make_ssh_key carl &&
	make_pem_key rosa rsa &&
	sign_with_ssh mona &&
	git init -q project &&
	(
		cd project &&
		echo file >file &&
		git add file &&
		git commit -q -m first
	) &&
	cp -R project founder &&
	cp -R project owners &&
	for name in mona bert carl; do
		git intoto key show "$HOME/$name.pub" |
			sed -n "s/^keyid //p" >$name.ids &&
		head -n 1 $name.ids >$name.id || return 1
	done
'

cd founder || exit 1

test_expect_success 'list and show: no layout yet' '
	git intoto layout list >out 2>err &&
	test_must_be_empty out &&
	grep "no layout" err &&
	refused 128 - git intoto layout show release &&
	refused 128 - git intoto layout lint release &&
	refused 128 - git intoto layout export release &&
	refused 128 - git intoto layout sign release &&
	refused 128 - git intoto layout renew release &&
	refused 128 - git intoto layout add-key release ~/mona.pub
'

test_expect_success 'new: an empty draft, and what to do next' '
	git intoto layout new release --expires 2y --readme "what it is" >out &&
	grep "^draft of layout .release., expires 20" out &&
	grep "git intoto layout add-step release STEP --by KEY" out &&
	test "$(member release readme)" = "\"what it is\"" &&
	test "$(member release steps)" = "[]" &&
	git intoto layout list >out &&
	grep "^release  *version -  *expires .*draft$" out
'

test_expect_success 'new: the same again is already there' '
	git intoto layout new release --expires 2y --readme "what it is" >out &&
	grep "^already" out
'

test_expect_success 'new: another of that name is refused' '
	refused 128 - git intoto layout new release &&
	grep "^hint: git intoto layout show release$" err
'

test_expect_success 'new: bad names, dates and words' '
	refused 128 - git intoto layout new ../evil &&
	refused 128 - git intoto layout new a.lock &&
	refused 128 - git intoto layout new "" &&
	refused 129 - git intoto layout new &&
	refused 129 - git intoto layout new a b &&
	refused 129 - git intoto layout new other --expires tomorrow &&
	refused 129 - git intoto layout new other --expires 2001-01-01 &&
	refused 128 - git intoto layout new other \
		--readme "git-intoto-layout: project=0 name=x version=7" &&
	refused 128 - git intoto layout new other \
		--readme "$(printf "\\377")" &&
	no_draft other
'

test_expect_success 'add-step: everything a step can hold' '
	git intoto layout add-step release tag --by ~/mona.pub \
		--material "ALLOW *" --material "DISALLOW *" \
		--product "DISALLOW *" >out &&
	grep "^step .tag.: 1 of 1 key$" out &&
	grep "git intoto layout sign release" out &&
	git intoto layout add-step release sdist --by ~/mona.pub \
		--by ~/bert --threshold 2 \
		--material "match * with materials from tag" \
		--material "DISALLOW *" \
		--product "CREATE '\''dist/a b.tar.gz'\''" \
		--product "MATCH src/* IN pre WITH PRODUCTS IN post FROM tag" \
		--product "DISALLOW *" \
		--command "python3 -m build '\''a b'\'' \"c d\" e\\ f" &&
	test "$(member release steps.1.threshold)" = 2 &&
	test "$(member release steps.1.expected_materials.0)" = \
		"[\"MATCH\", \"*\", \"WITH\", \"MATERIALS\", \"FROM\", \"tag\"]" &&
	test "$(member release steps.1.expected_products.0)" = \
		"[\"CREATE\", \"dist/a b.tar.gz\"]" &&
	test "$(member release steps.1.expected_command)" = \
		"[\"python3\", \"-m\", \"build\", \"a b\", \"c d\", \"e f\"]" &&
	test "$(member release steps.1.pubkeys)" = \
		"[\"$(cat ../mona.id)\", \"$(cat ../bert.id)\"]"
'

test_expect_success 'add-step: a key named twice counts once' '
	refused 128 - git intoto layout add-step release twice \
		--by ~/mona.pub --by ~/mona --threshold 2 &&
	grep "1 different key" err &&
	git intoto layout add-step release twice --by ~/mona.pub --by ~/mona &&
	test "$(member release steps.2.pubkeys)" = "[\"$(cat ../mona.id)\"]" &&
	git intoto layout remove-step release twice
'

test_expect_success 'add-step: the same again is already there, another is not' '
	git intoto layout add-step release tag --by ~/mona \
		--material "ALLOW *" --material "DISALLOW *" \
		--product "DISALLOW *" >out &&
	grep "^already" out &&
	refused 128 - git intoto layout add-step release tag --by ~/bert &&
	grep "^hint: git intoto layout remove-step release tag$" err
'

test_expect_success 'add-step: refusals' '
	refused 129 - git intoto layout add-step release s &&
	grep "who does this step" err &&
	refused 129 - git intoto layout add-step release s --by &&
	refused 129 - git intoto layout add-step release s --by ~/mona \
		--threshold 0 &&
	refused 129 - git intoto layout add-step release s --by ~/mona \
		--threshold 2 &&
	refused 129 - git intoto layout add-step release s --by ~/mona \
		--threshold two &&
	refused 129 - git intoto layout add-step release s --by ~/mona \
		--material "PERMIT *" &&
	grep -e "--material" err &&
	refused 129 - git intoto layout add-step release s --by ~/mona \
		--product "MATCH * WITH NOTHING FROM tag" &&
	refused 129 - git intoto layout add-step release s --by ~/mona \
		--product "CREATE '\''open" &&
	refused 129 - git intoto layout add-step release s --by ~/mona \
		--command "make \"open" &&
	refused 129 - git intoto layout add-step release &&
	refused 128 - git intoto layout add-step release s --by ~/nobody &&
	refused 128 - git intoto layout add-step release revoke --by ~/mona &&
	grep "reserved" err &&
	refused 128 - git intoto layout add-step release a/b --by ~/mona &&
	refused 128 - git intoto layout add-step release "$(printf "\\377")" \
		--by ~/mona &&
	refused 128 - git intoto layout add-step other s --by ~/mona
'

test_expect_success 'a FIDO key is refused in plain words' '
	echo "sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAICFo/k5LU8863u66YC9eUO2170QduohPURkQnbLa/dczAAAABHNzaDo= key" >sk.pub &&
	refused 128 - git intoto layout add-key release sk.pub &&
	grep -i "fido\|sk-" err
'

test_expect_success 'add-inspection: run is split as a shell would' '
	git intoto layout add-inspection release untar \
		--material "MATCH * WITH PRODUCTS FROM sdist" \
		--material "DISALLOW *" --product "ALLOW *" \
		--product "DISALLOW *" --run "tar xf '\''a b'\''" >out &&
	grep "^inspection .untar. runs tar xf .a b.$" out &&
	test "$(member release inspect.0.run)" = "[\"tar\", \"xf\", \"a b\"]" &&
	git intoto layout add-inspection release untar \
		--material "MATCH * WITH PRODUCTS FROM sdist" \
		--material "DISALLOW *" --product "ALLOW *" \
		--product "DISALLOW *" --run "tar xf \"a b\"" >out &&
	grep "^already" out
'

test_expect_success 'add-inspection: refusals' '
	refused 128 - git intoto layout add-inspection release untar \
		--run "tar xf other" &&
	grep "^hint: git intoto layout remove-step release untar" err &&
	refused 128 - git intoto layout add-inspection release tag --run ls &&
	refused 128 - git intoto layout add-step release untar --by ~/mona &&
	refused 128 - git intoto layout add-inspection release revoke \
		--run ls &&
	refused 129 - git intoto layout add-inspection release ls &&
	refused 129 - git intoto layout add-inspection release ls --run "" &&
	refused 129 - git intoto layout add-inspection release
'

test_expect_success 'show: a draft as a policy' '
	git intoto layout show release >out 2>err &&
	test_must_be_empty err &&
	grep "^draft of layout .release.$" out &&
	grep "^  what it is$" out &&
	grep "^step .sdist., by 2 of 2 keys$" out &&
	grep "^  by  *ed25519 .* $(cat ../mona.id)$" out &&
	grep "^  *ed25519 .* $(cat ../bert.id)$" out &&
	grep "^  command  *python3 -m build .a b. .c d. .e f.$" out &&
	grep "^  materials MATCH \* WITH MATERIALS FROM tag$" out &&
	grep "^  *MATCH src/\* IN pre WITH PRODUCTS IN post FROM tag$" out &&
	grep "^inspection .untar.$" out &&
	grep "^  runs  *tar xf .a b.$" out
'

test_expect_success 'founder without trust: in force and trusted at once' '
	git intoto layout lint release &&
	git intoto layout sign release >out 2>err &&
	test_must_be_empty err &&
	grep "^layout .release., version 1, is in force, signed by 1 of 1 owner$" \
		out &&
	! grep "git push" out &&
	in_force release 1 &&
	no_draft release &&
	git intoto trust list >out &&
	grep "^owner $(cat ../mona.id)" out &&
	grep "^project [0-9a-f]\{32\}$" out
'

test_expect_success 'the note: one line, stamped, signed under both keyids' '
	git notes --ref in-toto/layouts/release show \
		$(git hash-object -t tree /dev/null) >note &&
	test $(wc -l <note) = 1 &&
	git intoto layout show --json release >json &&
	test_cmp note json &&
	project=$(git intoto trust list | sed -n "s/^project //p") &&
	python3 - $project $(cat ../mona.ids) <<-\EOF
	import json, sys
	project, *ids = sys.argv[1:]
	note = json.load(open("note"))
	assert [s["keyid"] for s in note["signatures"]] == ids, ids
	assert len({s["sig"] for s in note["signatures"]}) == 1
	assert note["signed"]["readme"] == ("what it is\ngit-intoto-layout: "
	    f"project={project} name=release version=1")
	EOF
'

test_expect_success 'sign again: already in force; by another key: renew' '
	git intoto layout sign release >out &&
	grep "^already" out &&
	refused 128 - git intoto layout sign release --key ~/bert &&
	grep "^hint: git intoto layout renew release" err
'

test_expect_success 'new: a layout that is in force stands in the way' '
	refused 128 - git intoto layout new release &&
	grep "^hint: git intoto layout show release" err
'

test_expect_success 'an edit that changes nothing leaves no draft' '
	for edit in "add-key release ~/mona.pub --step tag" \
		"add-key release ~/bert" \
		"add-key release ~/bert --step sdist --threshold 2" \
		"remove-key release ~/carl.pub" \
		"remove-key release ~/carl.pub --step tag" \
		"remove-key release 0123456789abcdef" \
		"remove-step release nothing" \
		"set release --threshold sdist=2" \
		"set release --readme \"what it is\""; do
		eval "git intoto layout $edit" >out &&
		grep "^already" out &&
		no_draft release || return 1
	done
'

test_expect_success 'add-key: into the keys, then for a step, with threshold' '
	git intoto layout add-key release ~/carl.pub >out &&
	grep "^key ed25519 .* is in layout .release.$" out &&
	git intoto layout lint release >out;
	grep "used by no step \[lint-unused-key\]$" out &&
	git intoto layout show --draft release >out &&
	grep "^key ed25519 .* may do no step yet" out &&
	git intoto layout add-key release ~/carl.pub --step tag --step sdist \
		--threshold 2 >out &&
	grep "^key ed25519 .* may do step .tag.$" out &&
	grep "^key ed25519 .* may do step .sdist.$" out &&
	grep "^step .tag. needs 2 keys$" out &&
	test "$(member release steps.0.threshold)" = 2 &&
	test "$(member release steps.1.threshold)" = 2 &&
	git intoto layout lint release
'

test_expect_success 'add-key: refusals' '
	refused 129 - git intoto layout add-key release &&
	refused 129 - git intoto layout add-key release ~/carl \
		--threshold 1 &&
	refused 129 - git intoto layout add-key release ~/carl --step tag \
		--threshold 0 &&
	refused 128 - git intoto layout add-key release ~/carl --step tag \
		--threshold 3 &&
	grep "^hint: git intoto layout add-key release KEY --step tag" err &&
	refused 128 - git intoto layout add-key release ~/carl --step none &&
	grep "no step .none." err &&
	refused 128 - git intoto layout add-key release ~/nobody
'

test_expect_success 'show: the one in force, and that there is a draft' '
	git intoto layout show release >out 2>err &&
	grep "^layout .release., version 1, in force$" out &&
	grep "^step .tag., by 1 of 1 key$" out &&
	grep "git intoto layout show --draft release" err &&
	git intoto layout show --draft release >out &&
	grep "^draft of layout .release., made from version 1$" out &&
	grep "^step .tag., by 2 of 2 keys$" out &&
	git intoto layout list >out &&
	grep "^release  *version 1 .*in force$" out &&
	grep "^release  *version 1+ .*draft$" out
'

test_expect_success 'remove-key: not below a threshold' '
	refused 128 - git intoto layout remove-key release ~/carl.pub &&
	grep "^hint: git intoto layout set release --threshold tag=1$" err &&
	refused 128 - git intoto layout remove-key release ~/carl.pub \
		--step tag &&
	git intoto layout remove-key release ~/carl.pub --step sdist >out &&
	grep "^key ed25519 .* may no longer do step .sdist.$" out &&
	git intoto layout set release --threshold tag=1 &&
	git intoto layout remove-key release $(cut -c 1-8 ../carl.id) >out &&
	grep "^key ed25519 .* is out of layout .release.$" out &&
	member release keys >keys &&
	! grep $(cat ../carl.id) keys &&
	member release steps >steps &&
	! grep $(cat ../carl.id) steps
'

test_expect_success 'remove-key: the last key of a step' '
	refused 128 - git intoto layout remove-key release ~/mona --step tag &&
	grep "^hint: git intoto layout add-key release KEY --step tag" err
'

test_expect_success 'remove-key: the newer keyid will do, a short one will not' '
	git intoto layout add-key release ~/carl.pub &&
	git intoto layout remove-key release $(tail -n 1 ../carl.ids) >out &&
	grep "out of layout" out &&
	git intoto layout add-key release ~/carl.pub &&
	refused 128 - git intoto layout remove-key release \
		$(cut -c 1-7 ../carl.id) &&
	git intoto layout remove-key release ~/carl.pub
'

test_expect_success 'set: expiry, readme and thresholds' '
	git intoto layout set release --expires 2040-01-02T03:04:05Z \
		--readme "another text" --threshold sdist=1 >out 2>err &&
	test_must_be_empty err &&
	grep "^layout .release. expires 2040-01-02T03:04:05Z$" out &&
	grep "^layout .release. has another readme$" out &&
	grep "^step .sdist. needs 1 key$" out &&
	test "$(member release expires)" = "\"2040-01-02T03:04:05Z\"" &&
	member release readme | grep "^\"another text.ngit-intoto-layout: " &&
	git intoto layout set release --expires 2040-01-02T03:04:05Z >out &&
	grep "^already" out
'

test_expect_success 'set: a short life gets a hint' '
	git intoto layout set release --expires 30d 2>err &&
	grep "^hint: git intoto layout renew release" err &&
	git intoto layout set release --expires 2040-01-02T03:04:05Z
'

test_expect_success 'set: refusals' '
	refused 129 - git intoto layout set release &&
	refused 129 - git intoto layout set &&
	refused 129 - git intoto layout set release --expires never &&
	refused 129 - git intoto layout set release --expires 2001-01-01 &&
	refused 129 - git intoto layout set release --threshold 2 &&
	refused 129 - git intoto layout set release --threshold sdist= &&
	refused 129 - git intoto layout set release --threshold =2 &&
	refused 129 - git intoto layout set release --threshold sdist=x &&
	refused 129 - git intoto layout set release --threshold sdist=0 &&
	refused 128 - git intoto layout set release --threshold sdist=3 &&
	refused 128 - git intoto layout set release --threshold none=1 &&
	refused 128 - git intoto layout set release \
		--readme "git-intoto-layout: x"
'

test_expect_success 'remove-step: steps and inspections' '
	git intoto layout remove-step release untar >out &&
	grep "^.untar. is removed$" out &&
	git intoto layout remove-step release untar >out &&
	grep "^already" out &&
	test "$(member release inspect)" = "[]" &&
	refused 129 - git intoto layout remove-step release
'

test_expect_success 'sign: the next version, and the push that publishes it' '
	git init -q --bare ../founder.git &&
	git remote add origin ../founder.git &&
	git intoto layout sign release >out &&
	grep "version 2, is in force" out &&
	grep "^  git intoto push origin$" out &&
	in_force release 2 &&
	git push -q origin refs/notes/in-toto/layouts/release &&
	test $(git rev-list --count refs/notes/in-toto/layouts/release) = 2
'

test_expect_success 'renew: a new expiry, the next version' '
	git intoto layout renew release --expires 90d >out 2>err &&
	grep "version 3, is in force" out &&
	grep "in \(89\|90\) days" out &&
	in_force release 3
'

test_expect_success 'renew: until the same moment, it is a new version' '
	git intoto layout renew release --expires 2040-01-02 &&
	in_force release 4 &&
	cp -R . ../renewed &&
	(
		cd ../renewed &&
		git intoto layout renew release --expires 2040-01-02 >out &&
		grep "version 5, is in force" out &&
		in_force release 5 &&
		git intoto layout show release >out &&
		grep "2040-01-02T00:00:01Z" out &&
		git intoto layout renew release --expires 2040-01-02 &&
		in_force release 6 &&
		git intoto layout show release >out &&
		grep "2040-01-02T00:00:00Z" out
	)
'

test_expect_success 'renew: a draft that is there goes along, and is named' '
	git intoto layout set release --readme "third text" &&
	git intoto layout renew release >out 2>err &&
	grep "with the other changes" err &&
	in_force release 5 &&
	git intoto layout show release | grep "^  third text$" &&
	no_draft release
'

test_expect_success 'an expired layout is shown, exported and renewed' '
	git intoto layout renew release --expires \
		$(date -u -d "+4 seconds" +%Y-%m-%dT%H:%M:%SZ) &&
	sleep 5 &&
	git intoto layout show release >out &&
	grep "^expired 20" out &&
	git intoto layout list >out &&
	grep "^release  *version 6  *expired " out &&
	git intoto layout export release >file 2>err &&
	grep "has expired" err &&
	test_expect_code 1 git intoto layout lint release >out &&
	grep "\[lint-expired\]$" out &&
	git intoto layout renew release >out &&
	in_force release 7 &&
	git intoto layout lint release
'

test_expect_success 'sign: an expired draft is refused' '
	git intoto layout set release --expires \
		$(date -u -d "+4 seconds" +%Y-%m-%dT%H:%M:%SZ) &&
	sleep 5 &&
	refused 1 layout-expired git intoto layout sign release &&
	grep "^hint: git intoto layout set release --expires 1y" err &&
	git intoto layout set release --expires 1y &&
	git intoto layout sign release
'

test_expect_success 'export: a file that is there is kept' '
	git intoto layout export release >all &&
	git intoto layout export release file.layout &&
	python3 -c "
import json
a, b = (json.load(open(name)) for name in (\"all\", \"file.layout\"))
assert a == b and set(a) == {\"signed\", \"signatures\"}
" &&
	refused 128 - git intoto layout export release file.layout &&
	grep "^hint: git intoto layout export --force release" err &&
	echo old >file.layout &&
	git intoto layout export --force release file.layout &&
	grep signatures file.layout
'

test_expect_success 'export: stock in-toto takes the signatures' '
	git intoto key export ~/mona.pub >mona.json &&
	git intoto layout export release >root.layout &&
	peer=$(sed -n "1s/^#!//p" "$(command -v in-toto-verify)") &&
	$peer - <<-\EOF
	import json
	from in_toto.models.metadata import Metablock
	layout = Metablock.load("root.layout")
	layout.verify_signature(json.load(open("mona.json")))
	layout.signed.validate()
	EOF
'

test_expect_success 'a draft that was overtaken is refused' '
	git intoto layout set release --readme "from an old version" &&
	path=.git/intoto/drafts/release.json &&
	mv $path old-draft &&
	git intoto layout renew release --expires 2y &&
	mv old-draft $path &&
	refused 128 - git intoto layout sign release &&
	grep "was made before version 9" err &&
	grep "^hint: git intoto layout discard release " err &&
	git intoto layout discard release >out &&
	grep "is gone" out &&
	git intoto layout discard release >out &&
	grep "^already" out &&
	in_force release 9
'

test_expect_success 'a second layout: not one that must hold, unless asked' '
	git intoto layout new nightly &&
	git intoto layout add-step nightly tag --by ~/mona \
		--material "ALLOW *" --material "DISALLOW *" \
		--product "DISALLOW *" &&
	git intoto layout sign nightly >out 2>err &&
	grep "git intoto trust add --layout nightly" err &&
	in_force nightly 1 &&
	in_force release 9 &&
	git intoto trust list >out &&
	grep "^layout release$" out &&
	! grep "^layout nightly$" out &&
	test $(git for-each-ref refs/notes/in-toto/layouts/ | wc -l) = 2 &&
	git notes --ref in-toto/layouts/nightly show \
		$(git hash-object -t tree /dev/null) |
		grep "project=$(sed -n "s/^project //p" out) name=nightly"
'

test_expect_success 'sign: without trust nobody adds to a project of others' '
	git clone -q . ../stranger &&
	(
		cd ../stranger &&
		git fetch -q origin "refs/notes/*:refs/notes/*" &&
		git intoto layout list >out 2>err &&
		grep "^release  *version 9 .*unchecked$" out &&
		git intoto layout show release >out &&
		grep "^owners not checked: no trust configured$" out &&
		git intoto layout new mine &&
		git intoto layout add-step mine tag --by ~/bert &&
		refused 128 - git intoto layout sign mine --key ~/bert &&
		grep "^hint: git intoto trust add KEY" err &&
		refused 128 - git intoto layout renew release --key ~/bert &&
		test_must_fail git rev-parse -q --verify \
			refs/notes/in-toto/layouts/mine
	)
'

cd ../owners || exit 1

test_expect_success 'two owners: a draft until both have signed' '
	git intoto trust add ~/mona.pub ~/bert.pub &&
	git intoto layout new release &&
	git intoto layout add-step release tag --by ~/mona --by ~/bert \
		--material "ALLOW *" --material "DISALLOW *" \
		--product "DISALLOW *" &&
	git intoto layout sign release >out &&
	grep "stays a draft: signed by 1 of 2 owners, 2 must" out &&
	grep "^  ed25519 $(cut -c 1-8 ../bert.id)$" out &&
	! grep "^  ed25519 $(cut -c 1-8 ../mona.id)$" out &&
	grep "git intoto layout sign release --key KEY" out &&
	git intoto layout list >out &&
	grep "^release  *version 1 .*signed by 1 of 2 .*draft$" out &&
	git intoto layout show release >out &&
	grep "^draft of layout .release., to be version 1$" out &&
	git intoto layout sign release >out &&
	grep "signed by 1 of 2 owners" out &&
	git intoto layout sign release --key ~/bert >out &&
	grep "version 1, is in force, signed by 2 of 2 owners" out &&
	in_force release 1 &&
	no_draft release
'

test_expect_success 'two owners: what is pending is kept, and never in force' '
	git intoto layout set release --readme "a second" &&
	git intoto layout sign release >out &&
	digest=$(sed -n "s/^pending as sha256://p" out) &&
	git notes --ref in-toto/pending list >list &&
	grep " $(echo $digest | cut -c "1-$oid_length")$" list &&
	in_force release 1 &&
	git intoto layout list >out &&
	grep "^release  *version 2 .*signed by 1 of 2 .*pending draft$" out &&
	grep "not yet signed by ed25519 $(cut -c 1-8 ../bert.id)$" out &&
	git intoto layout discard release >out 2>err &&
	grep "is pending: git intoto layout show --pending release" err &&
	git intoto layout show --pending release >out &&
	grep "^digest sha256:$digest$" out &&
	grep "^  another readme: a second$" out &&
	git intoto layout sign release --key ~/bert &&
	in_force release 2
'

test_expect_success 'two owners: the first signature keeps the project' '
	git intoto trust list >out &&
	grep "^project $(git intoto layout show release |
		sed -n "s/^project //p")$" out
'

test_expect_success 'two owners: both at once, a key named twice is one' '
	git intoto layout set release --readme "both" &&
	git intoto layout sign release --key ~/mona --key ~/mona.pub >out &&
	grep "signed by 1 of 2 owners" out &&
	git intoto layout sign release --key ~/bert --key ~/mona >out &&
	grep "version 3, is in force, signed by 2 of 2" out
'

test_expect_success 'two owners: an edit drops the signatures' '
	git intoto layout set release --readme "third" &&
	git intoto layout sign release &&
	git intoto layout set release --threshold tag=2 2>err &&
	grep "must sign again" err &&
	git intoto layout sign release --key ~/bert >out &&
	grep "signed by 1 of 2" out &&
	git intoto layout sign release 2>err &&
	grep "another draft of layout .release. is pending" err &&
	in_force release 4
'

test_expect_success 'a signature of nobody who is trusted is named' '
	git intoto layout set release --readme "fourth" &&
	git intoto layout sign release --key ~/carl >out 2>err &&
	grep "is no owner that is trusted here" err &&
	grep "signed by 0 of 2 owners" out &&
	git intoto layout sign release --key ~/mona --key ~/bert
'

test_expect_success 'a signed draft of a version that was taken is refused' '
	git intoto layout set release --readme "fifth" &&
	git intoto layout sign release &&
	path=.git/intoto/drafts/release.json &&
	mv $path signed-draft &&
	git intoto layout renew release --expires 2y --key ~/mona --key ~/bert &&
	mv signed-draft $path &&
	refused 128 - git intoto layout sign release --key ~/bert &&
	git intoto layout discard release
'

test_expect_success 'list and show: a layout that is refused' '
	git intoto trust remove ~/bert.pub &&
	git intoto trust remove ~/mona.pub &&
	git intoto trust add ~/carl.pub &&
	git intoto layout list >out 2>err &&
	grep "^release  *refused \[layout-threshold\]$" out &&
	grep "^warning: " err &&
	refused 1 layout-threshold git intoto layout show release &&
	refused 1 layout-threshold git intoto layout export release &&
	refused 1 layout-threshold git intoto layout set release --readme x
'

cd ../project || exit 1

test_expect_success 'a layout by an RSA key file and an OpenPGP key' '
	make_gpg_key gina@example.com &&
	gpg_id=$(gpg_fingerprint gina@example.com | tr A-F a-f) &&
	git intoto trust add ~/rosa.pub.pem gpg:gina@example.com &&
	git intoto layout new release &&
	git intoto layout add-step release tag --by ~/rosa.pub.pem \
		--by gpg:gina@example.com --material "ALLOW *" \
		--material "DISALLOW *" --product "DISALLOW *" &&
	member release steps.0.pubkeys | grep $gpg_id &&
	git intoto layout add-key release gpg:$gpg_id --step tag >out &&
	grep "^already" out &&
	git intoto layout sign release --key ~/rosa.pem &&
	git intoto layout sign release -g $gpg_id >out &&
	in_force release 1
'

test_expect_success 'add-key: an OpenPGP key with a later expiry is updated' '
	fingerprint=$(gpg_fingerprint gina@example.com) &&
	gpg --batch --quiet --pinentry-mode loopback --passphrase "" \
		--quick-set-expire $fingerprint 2y &&
	git intoto layout add-key release gpg:gina@example.com >out &&
	grep "is in layout" out &&
	git intoto layout add-key release gpg:gina@example.com >out &&
	grep "^already" out &&
	git intoto layout discard release
'

# lint_of CODE OPTION...: a step of its own that has this one complaint.
lint_of() {
	code=$1 &&
	shift &&
	git intoto layout remove-step lint odd >/dev/null &&
	git intoto layout add-step lint odd --by ~/mona "$@" >/dev/null &&
	test_expect_code 1 git intoto layout lint lint >out &&
	test $(wc -l <out) = 1 &&
	grep "^odd\..*\[$code\]$" out || {
		cat out
		return 1
	}
}

test_expect_success 'lint: no complaints about a sound layout' '
	git intoto layout new lint &&
	git intoto layout add-step lint tag --by ~/mona \
		--material "ALLOW *" --material "DISALLOW *" \
		--product "DISALLOW *" &&
	git intoto layout lint lint >out &&
	echo "no complaints" >expect &&
	test_cmp expect out
'

test_expect_success 'lint: no terminal DISALLOW' '
	lint_of lint-no-disallow --material "ALLOW *" --product "DISALLOW *" &&
	grep "expected_materials" out &&
	lint_of lint-no-disallow --material "DISALLOW *" &&
	grep "expected_products" out
'

test_expect_success 'lint: rules that can never consume' '
	lint_of lint-never-consumes --material "CREATE *" \
		--material "DISALLOW *" --product "DISALLOW *" &&
	lint_of lint-never-consumes --material "DISALLOW *" \
		--product "DELETE *" --product "DISALLOW *" &&
	lint_of lint-never-consumes --material "DISALLOW *" \
		--product "ALLOW *" --product "CREATE a" \
		--product "DISALLOW *" &&
	lint_of lint-never-holds --material "ALLOW *" --material "REQUIRE a" \
		--material "DISALLOW *" --product "DISALLOW *"
'

test_expect_success 'lint: an unknown step in MATCH' '
	lint_of lint-unknown-step --material \
		"MATCH * WITH PRODUCTS FROM nowhere" --material "DISALLOW *" \
		--product "DISALLOW *"
'

test_expect_success 'lint: patterns that Python and Go read differently' '
	for pattern in "a\\\\*" "[^x]" ./x a/./b a//b ../x a/../b; do
		lint_of lint-pattern --material "ALLOW $pattern" \
			--material "DISALLOW *" --product "DISALLOW *" ||
			return 1
	done
'

test_expect_success 'lint: keys that no step uses' '
	git intoto layout remove-step lint odd &&
	git intoto layout add-key lint ~/bert.pub &&
	test_expect_code 1 git intoto layout lint lint >out &&
	grep "^key ed25519 .* is used by no step \[lint-unused-key\]$" out &&
	git intoto layout remove-key lint ~/bert.pub
'

test_expect_success 'lint: expiry within 30 days' '
	git intoto layout set lint --expires 29d &&
	test_expect_code 1 git intoto layout lint lint >out &&
	grep "within 30 days \[lint-expires-soon\]$" out &&
	git intoto layout set lint --expires 1y &&
	git intoto layout lint lint
'

# edit_draft PYTHON: what no command of ours would write.
edit_draft() {
	python3 - "$1" <<-\EOF
	import json, sys
	path = ".git/intoto/drafts/lint.json"
	draft = json.load(open(path))
	signed = draft["signed"]
	exec(sys.argv[1])
	json.dump(draft, open(path, "w"))
	EOF
}

test_expect_success 'lint: the same key material twice' '
	cp .git/intoto/drafts/lint.json saved &&
	edit_draft "
keys = signed[\"keys\"]
keys[\"$(tail -n 1 ../mona.ids)\"] = keys[\"$(cat ../mona.id)\"]
" &&
	test_expect_code 1 git intoto layout lint lint >out &&
	grep "\[lint-key-twice\]$" out &&
	git intoto layout remove-key lint ~/bert.pub &&
	cp saved .git/intoto/drafts/lint.json
'

test_expect_success 'lint: a threshold over the keys, an unknown key' '
	edit_draft "signed[\"steps\"][0][\"threshold\"] = 3" &&
	test_expect_code 1 git intoto layout lint lint >out &&
	grep "^tag: threshold 3, but only 1 distinct key \[lint-threshold\]$" \
		out &&
	cp saved .git/intoto/drafts/lint.json &&
	edit_draft "signed[\"steps\"][0][\"pubkeys\"].append(\"ab\" * 32)" &&
	test_expect_code 1 git intoto layout lint lint >out &&
	grep "\[lint-unknown-key\]$" out &&
	git intoto layout show lint >out &&
	grep "unknown key abab" out &&
	cp saved .git/intoto/drafts/lint.json
'

test_expect_success 'lint: an inspection that runs nothing, no step at all' '
	edit_draft "
signed[\"inspect\"].append({\"_type\": \"inspection\", \"name\": \"i\",
    \"expected_materials\": [[\"DISALLOW\", \"*\"]],
    \"expected_products\": [[\"DISALLOW\", \"*\"]], \"run\": []})
" &&
	test_expect_code 1 git intoto layout lint lint >out &&
	grep "^i: .*\[lint-empty-run\]$" out &&
	git intoto layout remove-step lint i tag &&
	test_expect_code 1 git intoto layout lint lint >out &&
	grep "\[lint-no-step\]$" out
'

test_expect_success 'sign: says what lint says' '
	cp saved .git/intoto/drafts/lint.json &&
	git intoto layout add-key lint ~/bert.pub &&
	git intoto layout sign lint --key ~/rosa.pem 2>err &&
	grep "^warning: .*\[lint-unused-key\]$" err
'

test_expect_success 'a draft that was damaged is no layout' '
	echo "{\"signed\": {}" >.git/intoto/drafts/lint.json &&
	refused 128 - git intoto layout sign lint &&
	refused 128 - git intoto layout show lint &&
	refused 128 - git intoto layout add-key lint ~/bert.pub &&
	refused 128 - git intoto layout list &&
	git intoto layout discard lint
'

test_expect_success 'escape sequences are shown escaped' '
	evil=$(printf "a\033[31mb") &&
	git intoto layout new evil --readme "$evil" &&
	git intoto layout add-step evil tag --by ~/mona \
		--material "ALLOW $evil" --command "echo $evil" &&
	git intoto layout show evil >out 2>&1 &&
	git intoto layout lint evil >>out 2>&1;
	git intoto layout sign evil --key ~/rosa.pem >>out 2>&1 &&
	! grep "$(printf "\033")" out &&
	grep "x1b" out
'

test_expect_success 'a layout in a bare repository' '
	git init -q --bare ../bare.git &&
	(
		cd ../bare.git &&
		git intoto layout new release &&
		git intoto layout add-step release tag --by ~/mona \
			--material "ALLOW *" --material "DISALLOW *" \
			--product "DISALLOW *" &&
		git intoto layout sign release &&
		git intoto layout list | grep "in force$"
	)
'

test_expect_success 'every row has its -h, and says what it takes' '
	for row in list show lint export new add-key remove-key add-step \
		remove-step add-inspection set import discard sign renew; do
		git intoto layout -h | grep "^  $row " &&
		git intoto layout $row -h >out &&
		grep "^usage: git intoto layout $row" out || return 1
	done &&
	git intoto layout add-step -h >out &&
	for option in by threshold material product command; do
		grep -e "--$option" out || return 1
	done &&
	refused 129 - git intoto layout &&
	refused 129 - git intoto layout add-keys &&
	grep "^hint: git intoto layout add-key$" err &&
	refused 129 - git intoto layout add-step --nonsense
'

test_done
