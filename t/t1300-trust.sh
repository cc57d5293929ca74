#!/bin/sh
test_description='trust: whose layouts are believed in a clone'
. ./test-lib.sh

keyid() {
	git intoto key show "$1" | sed -n '/^keyid /{s///p;q;}'
}

refspecs() {
	git config --get-all "remote.${1:-origin}.fetch" >all;
	grep "^+refs/notes/in-toto/\*:refs/in-toto-remotes/${1:-origin}/\*$" \
		all >refspecs
}

project_id() {
	git intoto trust list | sed -n 's/^project //p'
}

test_expect_success 'setup: a published project, with a tag and a build' '
	make_ssh_key mona &&
	make_ssh_key bert &&
	make_ssh_key carl &&
	make_pem_key rosa rsa &&
	sign_with_ssh mona &&
	git init -q --bare origin.git &&
	make_project project &&
	(
		cd project &&
		git remote add origin ../origin.git &&
		git intoto init --yes &&
		git push -q origin main &&
		git intoto tag -m "v1.0" v1.0 &&
		git intoto build -p "dist/*" -- make dist &&
		git push -q origin "refs/notes/in-toto/*" refs/tags/v1.0 &&
		project_id >../project.id
	) &&
	cp -R project/dist downloads
'

test_expect_success 'nothing is trusted in a clone: 128, and how to' '
	git clone -q origin.git clone &&
	(
		cd clone &&
		for command in "list" "show" "show --readme"; do
			refused 128 - git intoto trust $command &&
			grep "no trust configured" err &&
			grep "^hint: git intoto trust add KEY$" err || return 1
		done &&
		refused 128 - git intoto trust remove ~/mona.pub
	)
'

test_expect_success 'clone, trust add, verify: all that a user types' '
	rm -rf user &&
	git clone -q origin.git user &&
	(
		cd user &&
		git intoto trust add ~/mona.pub >out &&
		grep "^owner $(keyid ~/mona.pub)  ed25519" out &&
		grep "^threshold 1 of 1$" out &&
		grep "^layout release$" out &&
		grep "^project $(cat ../project.id)$" out &&
		cp ../downloads/foo-1.0.tar . &&
		git intoto verify v1.0 foo-1.0.tar >out &&
		tail -n 1 out | grep "^accepted: "
	)
'

test_expect_success 'list: owners, layouts, project and versions seen' '
	(
		cd user &&
		git intoto trust list >out &&
		cat >expect <<-EOF &&
		owner $(keyid ~/mona.pub)  ed25519 $(keyid ~/mona.pub | cut -c 1-8)
		threshold 1 of 1
		layout release
		project $(cat ../project.id)
		seen layout release version 1
		EOF
		test_cmp expect out &&
		git intoto trust show >out &&
		grep -v "^seen" expect >short &&
		test_cmp short out
	)
'

test_expect_success 'it lives under the common Git directory, for the owner' '
	(
		cd user &&
		git status --porcelain >out &&
		! grep trust out &&
		test "$(stat -c %a .git/intoto/trust.json)" = 600 &&
		git worktree add -q ../worktree &&
		cd ../worktree &&
		git intoto trust list >../out &&
		grep "^owner" ../out
	)
'

test_expect_success 'add: the same key in every spelling is there already' '
	(
		cd user &&
		cp .git/intoto/trust.json before &&
		git intoto key export ~/mona.pub >mona.json &&
		for spelling in ~/mona ~/mona.pub mona.json \
			"key::$(cat ~/mona.pub)" "ssh:$HOME/mona.pub"; do
			git intoto trust add "$spelling" >out &&
			grep "^already trusted" out || return 1
		done &&
		git intoto trust add --project $(cat ../project.id) \
			--layout release ~/mona.pub ~/mona &&
		git intoto trust add --layout release ~/mona.pub >out &&
		grep "^already trusted" out &&
		git intoto trust list >out &&
		test $(grep -c ^owner out) = 1
	)
'

test_expect_success 'add: writes the refspec once, and fetches' '
	(
		cd user &&
		refspecs &&
		test $(wc -l <refspecs) = 1 &&
		test $(wc -l <all) = 2 &&
		git rev-parse -q --verify \
			refs/in-toto-remotes/origin/layouts/release &&
		git for-each-ref refs/notes >refs &&
		test_must_be_empty refs
	)
'

test_expect_success 'add --no-fetch: writes the refspec, fetches nothing' '
	git clone -q origin.git later &&
	(
		cd later &&
		git intoto trust add --no-fetch ~/mona.pub >out &&
		! grep "^project" out &&
		refspecs &&
		git for-each-ref refs/in-toto-remotes >refs &&
		test_must_be_empty refs &&
		refused 128 - git intoto verify v1.0 &&
		grep "^hint: .*git fetch" err &&
		git fetch -q &&
		git intoto verify v1.0 &&
		test "$(project_id)" = "$(cat ../project.id)"
	)
'

test_expect_success 'add: a failing fetch is a warning' '
	(
		make_project broken &&
		cd broken &&
		git remote add origin ../nowhere.git &&
		git intoto trust add ~/mona.pub >out 2>err &&
		grep "^warning: cannot fetch from .origin." err &&
		refspecs &&
		git intoto trust list
	)
'

test_expect_success 'add: without a remote, and with another one' '
	(
		make_project lonely &&
		cd lonely &&
		git intoto trust add ~/mona.pub 2>err &&
		grep "^note: no remote" err &&
		git remote add upstream ../origin.git &&
		git intoto trust add ~/mona.pub &&
		refspecs upstream &&
		test "$(project_id)" = "$(cat ../project.id)"
	)
'

test_expect_success 'threshold: all keys unless it is given' '
	(
		make_project threshold &&
		cd threshold &&
		git intoto trust add ~/mona.pub ~/bert.pub >out 2>err &&
		grep "^threshold 2 of 2$" out &&
		git intoto trust add --threshold 1 ~/bert.pub >out 2>err &&
		grep "^threshold 1 of 2$" out &&
		git intoto trust add ~/bert.pub ~/mona.pub >out 2>err &&
		grep "^already" out &&
		git intoto trust add --layout other >out 2>err &&
		grep "^threshold 1 of 2$" out &&
		git intoto trust add ~/carl.pub >out 2>err &&
		grep "^threshold 3 of 3$" out &&
		git intoto trust add ~/carl.pub --threshold 2 >out 2>err &&
		grep "^threshold 2 of 3$" out
	)
'

test_expect_success 'threshold: refusals change nothing' '
	(
		cd threshold &&
		cp .git/intoto/trust.json before &&
		refused 129 - git intoto trust add --threshold 0 ~/mona.pub &&
		refused 129 - git intoto trust add --threshold 4 ~/mona.pub &&
		refused 129 - git intoto trust add --threshold many ~/mona.pub &&
		refused 129 - git intoto trust remove --threshold 0 ~/mona.pub &&
		refused 129 - git intoto trust remove --threshold 3 ~/mona.pub &&
		test_cmp before .git/intoto/trust.json
	)
'

test_expect_success 'remove: by KEY or keyid, and never below the keys' '
	(
		cd threshold &&
		git intoto trust remove ~/carl >out &&
		grep "^no longer trusted: ed25519" out &&
		grep "^threshold 2 of 2$" out &&
		git intoto trust add ~/carl.pub &&
		git intoto trust remove --threshold 1 \
			$(keyid ~/carl.pub | cut -c 1-8) >out &&
		grep "^threshold 1 of 2$" out &&
		refused 128 - git intoto trust remove ~/carl.pub &&
		grep "^hint: git intoto trust list$" err &&
		refused 128 - git intoto trust remove 0123456789 &&
		refused 129 - git intoto trust remove &&
		git intoto trust remove ~/bert.pub ~/mona.pub &&
		refused 128 - git intoto trust list
	)
'

test_expect_success 'bad words and keys are refused' '
	(
		make_project bad &&
		cd bad &&
		refused 129 - git intoto trust &&
		refused 129 - git intoto trust add &&
		refused 129 - git intoto trust lst &&
		refused 129 - git intoto trust list extra &&
		refused 129 - git intoto trust show extra &&
		refused 128 - git intoto trust add ~/nobody &&
		refused 128 - git intoto trust add ~/mona.pub --layout ../x &&
		refused 129 - git intoto trust add ~/mona.pub --layout a=b &&
		refused 128 - git intoto trust add ~/mona.pub \
			--layout a=sha256:12 &&
		refused 128 - git intoto trust add ~/mona.pub --project 12 &&
		echo garbage >key &&
		refused 128 - git intoto trust add key &&
		! test -e .git/intoto/trust.json
	)
'

test_expect_success 'keys that did not sign: a warning, nothing believed' '
	git clone -q origin.git wrong &&
	(
		cd wrong &&
		git intoto trust add ~/bert.pub >out 2>err &&
		grep "^warning: .*not believed" err &&
		! grep "^project" out &&
		refused 1 layout-threshold git intoto verify v1.0
	)
'

test_expect_success '--project: the pinned one, and no other' '
	git clone -q origin.git pinned &&
	(
		cd pinned &&
		git intoto trust add --project $(cat ../project.id) \
			~/mona.pub &&
		git intoto verify v1.0 &&
		refused 1 trust-project git intoto trust add \
			--project 0123456789abcdef0123456789abcdef ~/mona.pub &&
		test "$(project_id)" = "$(cat ../project.id)"
	) &&
	git clone -q origin.git foreign &&
	(
		cd foreign &&
		git intoto trust add 2>err ~/mona.pub \
			--project 0123456789abcdef0123456789abcdef &&
		grep "^warning: " err &&
		refused 1 layout-foreign git intoto verify v1.0
	)
'

test_expect_success '--layout: names that must hold' '
	git clone -q origin.git names &&
	(
		cd names &&
		git intoto trust add --layout release --layout nightly \
			~/mona.pub >out &&
		grep "^layout release$" out &&
		grep "^layout nightly$" out &&
		refused 128 - git intoto verify v1.0 &&
		grep "nightly" err
	) &&
	git clone -q origin.git onlyother &&
	(
		cd onlyother &&
		git intoto trust add --layout nightly ~/mona.pub >out &&
		! grep "^layout release$" out
	)
'

test_expect_success '--layout with a digest: that version and no other' '
	digest=$(cd project && git intoto layout show release |
		sed -n "s/^digest //p") &&
	git clone -q origin.git digest &&
	(
		cd digest &&
		git intoto trust add ~/mona.pub --layout release=$digest >out &&
		grep "^layout release $digest$" out &&
		git intoto verify v1.0 &&
		git intoto trust add ~/mona.pub >out &&
		grep "^already" out &&
		other=sha256:$(echo | sha256sum | cut -d " " -f 1) &&
		git intoto trust add --layout release=$other >out 2>err &&
		grep "^layout release $other$" out &&
		refused 1 layout-digest git intoto verify v1.0 &&
		git intoto trust add --layout release >out &&
		grep "^layout release$" out &&
		git intoto verify v1.0
	)
'

test_expect_success 'a digest alone, without a key' '
	digest=$(cd project && git intoto layout show release |
		sed -n "s/^digest //p") &&
	git clone -q origin.git alone &&
	(
		cd alone &&
		git intoto trust add --layout release=$digest >out &&
		! grep "^owner" out &&
		git intoto verify v1.0
	)
'

test_expect_success 'a pinned digest gives way to the version signed here' '
	(
		cd digest &&
		git intoto trust add --layout "release=$(git intoto layout \
			show release | sed -n "s/^digest //p")" &&
		git intoto layout renew release --expires 2y >out &&
		grep "version 2, is in force" out &&
		git intoto trust list >out &&
		grep "^layout release$" out &&
		git intoto verify v1.0
	)
'

test_expect_success 'show --readme: five lines that work when pasted' '
	(
		cd project &&
		git intoto trust show --readme >../readme 2>err &&
		test_must_be_empty err &&
		test $(wc -l <../readme) = 5 &&
		grep "^    git clone ../origin.git project && cd project$" \
			../readme &&
		grep "^    git intoto trust add --project $(cat ../project.id) .key::ssh-ed25519 AAAA.*.$" \
			../readme &&
		grep "^    git intoto verify v1.0 " ../readme
	) &&
	mkdir -p elsewhere/below &&
	cp -R origin.git elsewhere/origin.git &&
	(
		cd elsewhere/below &&
		sed -n "s/^    //; s,FILE,main.txt,; /^git/p" \
			../../readme >script &&
		sed -i "s,^git intoto verify,cp ../../../downloads/main.txt . \&\& &," script &&
		sh -e script >out &&
		tail -n 1 out | grep "^accepted: "
	)
'

test_expect_success 'show --readme: thresholds, names, digests, keys in files' '
	(
		make_project lines &&
		cd lines &&
		make_gpg_key gina@example.com &&
		digest=$(echo | sha256sum | cut -d " " -f 1) &&
		git intoto trust add --threshold 2 ~/rosa.pub.pem ~/mona.pub \
			gpg:gina@example.com --layout nightly \
			--layout vendor=sha256:$digest &&
		git intoto trust show --readme >out 2>err &&
		test $(wc -l <out) = 5 &&
		grep "git clone <url> project" out &&
		grep -e " --threshold 2 " out &&
		grep -e " --layout nightly --layout vendor=sha256:$digest " out &&
		grep " owner-$(keyid ~/rosa.pub.pem | cut -c 1-8).json" out &&
		grep " .gpg:$(keyid gpg:gina@example.com)." out &&
		grep "^note: publish owner-.* key export" err &&
		grep "^note: users import" err
	)
'

test_expect_success 'trust comes from nowhere else: neither tree nor config' '
	git clone -q origin.git sly &&
	(
		cd sly &&
		mkdir intoto &&
		cp ../user/.git/intoto/trust.json intoto/ &&
		cp ../user/.git/intoto/trust.json . &&
		git config intoto.trust "$(cat ~/mona.pub)" &&
		git config intoto.key "$(cat ~/mona.pub)" &&
		refused 128 - git intoto verify v1.0 &&
		refused 128 - git intoto trust list
	)
'

# damaged PYTHON: the trust file after that change to `trust` is refused.
damaged() {
	python3 - "$1" <<-\EOF &&
	import json, sys
	path = ".git/intoto/trust.json"
	trust = json.load(open("saved"))
	exec(sys.argv[1])
	json.dump(trust, open(path, "w"))
	EOF
	refused 128 - git intoto trust list
}

test_expect_success 'a trust file that is not ours is refused' '
	(
		cd user &&
		cp .git/intoto/trust.json saved &&
		damaged "trust[\"version\"] = 2" &&
		damaged "del trust[\"version\"]" &&
		damaged "trust[\"threshold\"] = 0" &&
		damaged "trust[\"threshold\"] = 2" &&
		damaged "trust[\"keys\"] *= 2" &&
		damaged "trust[\"other\"] = 1" &&
		damaged "trust[\"project\"] = \"x\"" &&
		echo "{}}" >.git/intoto/trust.json &&
		refused 128 - git intoto verify v1.0 &&
		refused 128 - git intoto trust add ~/bert.pub &&
		: >.git/intoto/trust.json &&
		refused 128 - git intoto trust list &&
		cp saved .git/intoto/trust.json &&
		chmod 666 .git/intoto/trust.json &&
		refused 128 - git intoto trust list &&
		rm .git/intoto/trust.json &&
		ln -s "$PWD/saved" .git/intoto/trust.json &&
		refused 128 - git intoto trust list &&
		rm .git/intoto/trust.json &&
		cp saved .git/intoto/trust.json &&
		chmod 600 .git/intoto/trust.json &&
		git intoto verify v1.0
	)
'

test_expect_success 'a version below the last one seen is refused' '
	(
		cd project &&
		git intoto layout renew release --expires 3y &&
		git push -q origin refs/notes/in-toto/layouts/release
	) &&
	(
		cd user &&
		git fetch -q &&
		git intoto verify v1.0 &&
		git intoto trust list | grep "^seen layout release version 2$" &&
		tracking=refs/in-toto-remotes/origin/layouts/release &&
		git update-ref $tracking $tracking~1 &&
		refused 1 layout-rollback git intoto verify v1.0 &&
		git fetch -q &&
		git intoto verify v1.0
	)
'

test_expect_success 'every row has its -h' '
	for row in add list remove show; do
		git intoto trust -h | grep "^  $row " &&
		git intoto trust $row -h >out &&
		grep "^usage: git intoto trust $row" out || return 1
	done &&
	git intoto trust add -h >out &&
	for option in threshold layout project no-fetch; do
		grep -e "--$option" out || return 1
	done
'

test_done
