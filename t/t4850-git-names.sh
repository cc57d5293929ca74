#!/bin/sh
test_description='Git objects as artifacts, resolved again by verify'
# shellcheck source=t/test-lib.sh
. ./test-lib.sh
# shellcheck source=t/forge-lib.sh
. "$SHARNESS_TEST_SRCDIR/forge-lib.sh"

# relink STATEMENTS: the build link, changed and signed again; `git` makes the
# digest set of an object.
relink() {
	forge mona "
import hashlib, subprocess
def git(kind, name):
    id = subprocess.check_output(
        ['git', 'rev-parse', name]).decode().strip()
    raw = subprocess.check_output(['git', 'cat-file', kind, id])
    return {'git' + kind.capitalize(): id,
            'sha256': hashlib.sha256(raw).hexdigest()}
m = s['materials']
$1" <good.build >forged &&
	cat good.tag forged | put_note v1.0
}

test_expect_success 'set-up: the build step may have Git objects' '
	make_ssh_key mona &&
	sign_with_ssh mona &&
	init_project project &&
	cd project &&
	change_layout release mona "
rules = [x for x in s[\"steps\"] if x[\"name\"] == \"build\"][0]
rules[\"expected_materials\"].insert(0, [\"ALLOW\", \"git:*\"])" &&
	git intoto tag -m v1.0 v1.0 &&
	git intoto build -p "dist/*" -- make dist >/dev/null &&
	line_of v1.0 tag >good.tag &&
	line_of v1.0 build >good.build &&
	git branch side &&
	git commit -q --allow-empty -m next &&
	git tag -a -m other other &&
	git tag light &&
	git intoto verify v1.0
'

test_expect_success 'a commit, a tree, a tag, a blob' '
	id=$(git rev-parse HEAD) &&
	relink "
m[\"git:commit/$id\"] = git(\"commit\", \"HEAD\")
m[\"git:tree/$id\"] = git(\"tree\", \"HEAD^{tree}\")
m[\"git:tag/other\"] = git(\"tag\", \"other\")
m[\"git:blob/other:Makefile\"] = git(\"blob\", \"HEAD:Makefile\")" &&
	git intoto verify v1.0 >out 2>err &&
	tail -n 1 out | grep "^accepted: " &&
	! grep "git:" err
'

test_expect_success 'a tag that means another object here' '
	relink "m[\"git:tag/other\"] = git(\"tag\", \"v1.0\")" &&
	refused 1 artifact-git git intoto verify v1.0 &&
	grep "git:tag/other.* is $(git rev-parse other) here, recorded was $(
		git rev-parse v1.0)" err
'

test_expect_success 'a commit by another id than its own' '
	relink "m[\"git:commit/$id\"] = git(\"commit\", \"side\")" &&
	refused 1 artifact-git git intoto verify v1.0
'

test_expect_success 'a file of a tag that it has not' '
	relink "m[\"git:blob/v1.0:nothing\"] = git(\"blob\", \"HEAD:Makefile\")" &&
	refused 1 artifact-git git intoto verify v1.0 &&
	grep "is nothing here" err
'

test_expect_success 'the SHA-256 of other content' '
	relink "
m[\"git:commit/$id\"] = dict(git(\"commit\", \"HEAD\"), sha256=\"ab\" * 32)" &&
	refused 1 artifact-git git intoto verify v1.0 &&
	grep "has another content" err
'

test_expect_success 'digests of another kind, in another case, missing, further ones' '
	for digests in "git(\"commit\", \"HEAD\")" \
		"{k: v.upper() for k, v in git(\"tag\", \"other\").items()}" \
		"{\"sha256\": \"ab\" * 32}" \
		"dict(git(\"tag\", \"other\"), sha512=\"ab\" * 64)"
	do
		relink "m[\"git:tag/other\"] = $digests" &&
		refused 1 artifact-git git intoto verify v1.0 || return 1
	done
'

test_expect_success 'names that no resolver has' '
	for name in git: git:commit git:commit/ git:note/HEAD git:blob/HEAD \
		git:tag/light git:tag/../x "git:tag/-d"
	do
		relink "m[\"$name\"] = git(\"commit\", \"HEAD\")" &&
		refused 1 artifact-git git intoto verify v1.0 || return 1
	done
'

test_expect_success 'a branch that moved on is worth a word' '
	relink "m[\"git:commit/side\"] = git(\"commit\", \"side\")" &&
	git intoto verify v1.0 2>err &&
	! grep "moved on" err &&
	git branch -f side HEAD &&
	git intoto verify v1.0 2>err &&
	grep "^warning: .*git:commit/side.* has moved on" err &&
	git branch -D side &&
	git intoto verify v1.0 2>err &&
	grep "^warning: .*git:commit/side.* has moved on" err
'

test_expect_success 'an object that is not here: no verdict' '
	gone=$(printf "%s" "$id" | tr "0-9a-f" "1-9a-f0") &&
	relink "m[\"git:commit/$gone\"] = {\"gitCommit\": \"$gone\",
		\"sha256\": \"ab\" * 32}" &&
	test_expect_code 128 git intoto verify v1.0 2>err &&
	grep "^error: .*git:commit/$gone.*missing" err
'

test_expect_success 'rules compare them whole' '
	relink "m[\"git:commit/$id\"] = git(\"commit\", \"HEAD\")" &&
	change_layout release mona "
rules = [x for x in s[\"steps\"] if x[\"name\"] == \"build\"][0]
rules[\"expected_materials\"][0] = [\"MATCH\", \"git:*\", \"WITH\",
	\"MATERIALS\", \"FROM\", \"tag\"]" &&
	refused 1 rule-disallow git intoto verify v1.0 &&
	grep "git:commit/$id" err
'

test_done
