#!/bin/sh
test_description='init: found a layout, or join the one that is there'
. ./test-lib.sh

# fresh DIR: a new project, and in it.
fresh() {
	make_project "$1" && cd "$1"
}

# nothing_made: neither layout, draft nor trust.
nothing_made() {
	git for-each-ref refs/notes refs/in-toto-remotes >refs &&
	test_must_be_empty refs &&
	test_must_fail git intoto trust list &&
	! ls .git/intoto/drafts/*.json
}

# keys_of STEP: the keyids that the layout in force names for it.
keys_of() {
	git intoto layout show --json "${2:-release}" >json &&
	python3 - "$1" <<-\EOF
	import json, sys
	for step in json.load(open("json"))["signed"]["steps"]:
	    if step["name"] == sys.argv[1]:
	        print(*step["pubkeys"], sep="\n")
	EOF
}

keyid() {
	git intoto key show "$1" | sed -n '/^keyid /{s///p;q;}'
}

test_expect_success 'setup' '
	make_ssh_key mona &&
	make_ssh_key bert &&
	make_ssh_key carl ed25519 secret &&
	make_pem_key rosa rsa &&
	make_gpg_key gina@example.com &&
	sign_with_ssh mona
'

test_expect_success 'without a remote: says so, writes no remote.*' '
	(
		fresh alone &&
		git intoto init --yes >out 2>err &&
		grep "^note: no remote" err &&
		test_must_fail git config --get-regexp "^remote" &&
		grep "^layout .release., version 1, signed by ed25519" out &&
		grep "^project [0-9a-f]\{32\}$" out &&
		grep "^  git intoto tag -m .v1.0. v1.0$" out &&
		grep "^  git intoto build -p .dist/\*. -- make dist$" out &&
		grep "^  git intoto verify v1.0 dist/\*$" out
	)
'

test_expect_success 'what it writes passes lint' '
	(
		cd alone &&
		git intoto layout lint release >out &&
		echo "no complaints" >expect &&
		test_cmp expect out
	)
'

test_expect_success 'the founder is trusted, the project is pinned' '
	(
		cd alone &&
		git intoto trust list >out &&
		grep "^owner $(keyid ~/mona.pub)  ed25519" out &&
		grep "^threshold 1 of 1$" out &&
		grep "^layout release$" out &&
		project=$(sed -n "s/^project //p" out) &&
		git intoto layout show release | grep "^project $project$"
	)
'

test_expect_success 'the layout: tag and build, by the key that signs tags' '
	(
		cd alone &&
		keyid ~/mona.pub >expect &&
		for step in tag build; do
			keys_of $step >ids &&
			test_cmp expect ids || return 1
		done &&
		git intoto layout show release >out &&
		grep "^  materials ALLOW \*$" out &&
		grep "^  materials MATCH \* WITH MATERIALS FROM tag$" out &&
		grep "^  products  CREATE dist/\*$" out
	)
'

test_expect_success 'again: already, and nothing changes' '
	(
		cd alone &&
		git for-each-ref >before &&
		cp .git/intoto/trust.json trust.before &&
		git intoto init --yes >out &&
		grep "^already trusted" out &&
		git for-each-ref >after &&
		test_cmp before after &&
		test_cmp trust.before .git/intoto/trust.json
	)
'

test_expect_success 'again after git remote add: the refspec is written, once' '
	(
		cd alone &&
		git init -q --bare ../alone.git &&
		git remote add origin ../alone.git &&
		git intoto init --yes >out &&
		grep "git fetch origin. now brings" out &&
		git intoto init --yes >out &&
		! grep "git fetch origin" out &&
		git config --get-all remote.origin.fetch >all &&
		grep "^+refs/notes/in-toto/\*:refs/in-toto-remotes/origin/\*$" \
			all >ours &&
		test $(wc -l <ours) = 1 &&
		test $(wc -l <all) = 2
	)
'

test_expect_success 'steps, products, life and name are options' '
	(
		fresh options &&
		git intoto init --yes --layout nightly --step compile \
			--step "pack it" -p "out/*.tar" -p "out/*.zip" \
			--expires 90d >out &&
		grep "git intoto build --step compile -p .out/\*.tar. " out &&
		git intoto layout show nightly >out &&
		grep "^step .compile., " out &&
		grep "^step .pack it., " out &&
		grep "^  products  CREATE out/\*.tar$" out &&
		grep "^            CREATE out/\*.zip$" out &&
		grep "in \(89\|90\) days" out &&
		git intoto layout lint nightly &&
		git intoto trust list >out &&
		grep "^layout nightly$" out &&
		! grep "^layout release$" out
	)
'

test_expect_success 'a second layout: same project, both must hold' '
	(
		fresh second &&
		git intoto init --yes &&
		git intoto init --yes --layout nightly &&
		git intoto trust list >out &&
		grep "^layout nightly$" out &&
		grep "^layout release$" out &&
		git intoto layout show release | grep ^project >a &&
		git intoto layout show nightly | grep ^project >b &&
		test_cmp a b
	)
'

test_expect_success 'bad words: refused, and nothing is left' '
	(
		fresh bad &&
		refused 129 - git intoto init --yes --expires someday &&
		refused 129 - git intoto init --yes --expires 2001-01-01 &&
		refused 129 - git intoto init --yes --layout ../x &&
		refused 129 - git intoto init --yes extra &&
		refused 128 - git intoto init --yes --step revoke &&
		refused 128 - git intoto init --yes --step a/b &&
		refused 128 - git intoto init --yes --step a --step a &&
		refused 128 - git intoto init --yes --key ~/nobody &&
		nothing_made
	)
'

test_expect_success 'outside a repository: 128' '
	mkdir -p "$TMPDIR/outside" &&
	(
		cd "$TMPDIR/outside" &&
		refused 128 - git intoto init --yes
	)
'

test_expect_success 'a key that cannot sign: nothing is left' '
	(
		fresh cannot &&
		cp ~/mona.pub ~/public-only.pub &&
		git config user.signingKey "~/public-only.pub" &&
		refused 128 - git intoto init --yes &&
		nothing_made &&
		git config user.signingKey "~/mona.pub" &&
		git intoto init --yes
	)
'

test_expect_success 'no key at all: says what to set' '
	(
		fresh nokey &&
		git config --unset-all --global user.signingKey &&
		refused 128 - git intoto init --yes &&
		grep "^hint: git config user.signingKey" err &&
		nothing_made
	);
	sign_with_ssh mona
'

for spelling in '~/mona' '~/mona.pub' "$HOME/mona" "$HOME/mona.pub"; do
	test_expect_success "user.signingKey '$spelling'" "
		(
			rm -rf spelled &&
			fresh spelled &&
			git config user.signingKey '$spelling' &&
			git intoto init --yes &&
			keyid ~/mona.pub >expect &&
			keys_of tag >ids &&
			test_cmp expect ids
		)
	"
done

test_expect_success 'user.signingKey relative to the top, from a folder below' '
	(
		fresh relative &&
		cp ~/mona ~/mona.pub . &&
		git config user.signingKey mona.pub &&
		cd src &&
		git intoto init --yes &&
		keyid ~/mona.pub >expect &&
		keys_of tag >ids &&
		test_cmp expect ids
	)
'

test_expect_success 'literals and the key command: an agent has the key' '
	start_agent mona &&
	for way in "user.signingKey key::$(cat ~/mona.pub)" \
		"user.signingKey $(cut -d " " -f 1,2 ~/mona.pub)" \
		"gpg.ssh.defaultKeyCommand ssh-add -L"; do
		(
			rm -rf literal &&
			fresh literal &&
			git config --global --unset-all user.signingKey;
			git config "${way%% *}" "${way#* }" &&
			git intoto init --yes &&
			keyid ~/mona.pub >expect &&
			keys_of tag >ids &&
			test_cmp expect ids
		) || return 1
	done;
	sign_with_ssh mona
'

test_expect_success 'the key command fails or gives no key' '
	(
		fresh command &&
		git config --global --unset-all user.signingKey;
		git config gpg.ssh.defaultKeyCommand false &&
		refused 128 - git intoto init --yes &&
		grep "defaultKeyCommand" err &&
		git config gpg.ssh.defaultKeyCommand "echo hello" &&
		refused 128 - git intoto init --yes &&
		nothing_made
	);
	sign_with_ssh mona
'

test_expect_success 'a FIDO key is refused in plain words' '
	(
		fresh fido &&
		echo "sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAICFo/k5LU8863u66YC9eUO2170QduohPURkQnbLa/dczAAAABHNzaDo= key" >sk.pub &&
		git config user.signingKey "$PWD/sk.pub" &&
		refused 128 - git intoto init --yes &&
		grep -i "fido\|sk-" err &&
		nothing_made
	)
'

test_expect_success 'an OpenPGP key' '
	sign_with_gpg gina@example.com &&
	(
		fresh openpgp &&
		git intoto init --yes >out &&
		grep "signed by gpg" out &&
		gpg_fingerprint gina@example.com | tr A-F a-f >expect &&
		keys_of tag >ids &&
		test_cmp expect ids &&
		git intoto layout lint release &&
		git intoto layout list | grep "signed by 1 of 1  *in force$"
	)
'

test_expect_success 'an OpenPGP key by the committer alone' '
	git config --global --unset-all user.signingKey &&
	git config --global --unset-all gpg.format &&
	(
		fresh committer &&
		refused 128 - git intoto init --yes &&
		nothing_made &&
		git config user.name "Key" &&
		git config user.email gina@example.com &&
		git intoto init --yes &&
		keys_of tag | grep -i "$(gpg_fingerprint gina@example.com)"
	);
	sign_with_ssh mona
'

test_expect_success 'two keys: both are authorised, and it says so' '
	(
		fresh two &&
		git intoto init --yes --key ~/bert >out &&
		grep "^two keys are authorised: .* signs links, .* signs tags$" \
			out &&
		{ keyid ~/bert.pub && keyid ~/mona.pub; } >expect &&
		for step in tag build; do
			keys_of $step >ids &&
			test_cmp expect ids || return 1
		done &&
		git intoto trust list >out &&
		grep "^owner $(keyid ~/bert.pub)" out &&
		! grep "^owner $(keyid ~/mona.pub)" out &&
		git intoto layout lint release
	)
'

test_expect_success 'two spellings of one key are one' '
	(
		fresh one &&
		git intoto init --yes --key ~/mona >out &&
		! grep "two keys" out &&
		test $(keys_of tag | wc -l) = 1
	)
'

test_expect_success 'intoto.signingKey: an RSA file beside the tag key' '
	(
		fresh rsa &&
		git config intoto.signingKey "~/rosa.pem" &&
		git intoto init --yes >out &&
		grep "^two keys are authorised: rsa" out &&
		git intoto layout lint release
	)
'

test_expect_success 'intoto.tagStep names the tag step' '
	(
		fresh tagstep &&
		git config intoto.tagStep release-tag &&
		git intoto init --yes &&
		git intoto layout show release >out &&
		grep "^step .release-tag., " out &&
		grep "MATCH \* WITH MATERIALS FROM release-tag" out &&
		git intoto layout lint release
	)
'

test_expect_success 'in a bare repository' '
	git init -q --bare bare.git &&
	(
		cd bare.git &&
		git intoto init --yes &&
		git intoto layout list | grep "in force$"
	)
'

test_expect_success 'on a terminal: asks for steps and what they make' '
	(
		fresh asked &&
		at_terminal 0 "expect Steps after the tag [build]: " \
			"answer compile pack" \
			"expect What they make [dist/*]: " "answer out/*" -- \
			git intoto init &&
		git intoto layout show release >out &&
		grep "^step .compile., " out &&
		grep "^step .pack., " out &&
		grep "^  products  CREATE out/\*$" out
	)
'

test_expect_success 'on a terminal with --yes, and without one: asks nothing' '
	(
		fresh unasked &&
		at_terminal 0 -- git intoto init --yes &&
		! grep "Steps after the tag" shown &&
		keys_of build >ids &&
		test $(wc -l <ids) = 1
	) &&
	(
		fresh silent &&
		git intoto init </dev/null >out &&
		! grep "Steps after the tag" out &&
		keys_of build >ids &&
		test $(wc -l <ids) = 1
	)
'

test_expect_success 'two owners are trusted already: a draft, once' '
	(
		fresh owners &&
		git intoto trust add ~/mona.pub ~/bert.pub &&
		git intoto init --yes >out &&
		grep "is a draft; still to be signed by:" out &&
		grep "^  ed25519 $(keyid ~/bert.pub | cut -c 1-8)$" out &&
		grep "git intoto layout sign release --key KEY" out &&
		git intoto init --yes >out &&
		grep "^already a draft" out &&
		git intoto layout sign release --key ~/bert >out &&
		grep "version 1, is in force, signed by 2 of 2" out &&
		git intoto layout lint release &&
		git intoto init --yes >out &&
		grep "^already trusted" out
	)
'

test_expect_success 'a remote that cannot be reached is an error' '
	(
		fresh unreachable &&
		git remote add origin ../nowhere.git &&
		refused 128 - git intoto init --yes &&
		grep "^hint: git intoto init --no-fetch" err &&
		nothing_made
	)
'

test_expect_success '--no-fetch: founded all the same' '
	(
		cd unreachable &&
		git intoto init --yes --no-fetch >out &&
		grep "version 1" out &&
		git config --get-all remote.origin.fetch |
			grep "^+refs/notes/in-toto/\*:refs/in-toto-remotes/origin"
	)
'

test_expect_success 'which remote: of the branch, origin, the only one' '
	for name in one two; do
		git init -q --bare $name.git || return 1
	done &&
	(
		fresh remotes &&
		git remote add one ../one.git &&
		git intoto init --yes &&
		git config --get-all remote.one.fetch | grep in-toto &&
		git remote add two ../two.git &&
		git intoto init --yes 2>err &&
		grep "no remote" err &&
		test_must_fail git config --get-all remote.two.fetch in-toto &&
		git config branch.main.remote two &&
		git intoto init --yes &&
		git config --get-all remote.two.fetch | grep in-toto &&
		git remote add origin ../one.git &&
		git intoto init --yes &&
		test_must_fail git config --get-all remote.origin.fetch in-toto
	)
'

test_expect_success 'setup: a published project' '
	git init -q --bare origin.git &&
	(
		fresh maintainer &&
		git remote add origin ../origin.git &&
		git intoto init --yes &&
		git push -q origin main refs/notes/in-toto/layouts/release
	)
'

test_expect_success 'join with --yes: the layout is mine' '
	git clone -q origin.git mine &&
	(
		cd mine &&
		git intoto init --yes >out &&
		grep "^layout .release., version 1, expires " out &&
		grep "^  digest  sha256:[0-9a-f]\{64\}$" out &&
		grep "^  owner   $(keyid ~/mona.pub)  ed25519" out &&
		grep "^  step    build$" out &&
		grep "^joined" out &&
		git for-each-ref refs/notes >refs &&
		test_must_be_empty refs &&
		git intoto trust list >out &&
		grep "^owner $(keyid ~/mona.pub)" out &&
		(cd ../maintainer && git intoto trust list) >other &&
		test_cmp other out &&
		git intoto init --yes >out &&
		grep "^already trusted" out &&
		git intoto layout list | grep "in force$"
	)
'

test_expect_success 'join with --yes: the layout is of others' '
	git clone -q origin.git theirs &&
	(
		cd theirs &&
		git intoto init --yes --key ~/bert >out &&
		grep "^nothing is trusted" out &&
		grep "^  git intoto trust add .key::ssh-ed25519 AAAA.*.$" out &&
		test_must_fail git intoto trust list &&
		git config --get-all remote.origin.fetch | grep in-toto &&
		git intoto layout list | grep "unchecked$"
	)
'

test_expect_success 'the line that it prints joins' '
	(
		cd theirs &&
		git intoto init --yes --key ~/bert |
			sed -n "s/^  git intoto trust add/git intoto trust add/p" \
			>line &&
		sh -e line >out &&
		grep "^owner $(keyid ~/mona.pub)" out &&
		grep "^project " out &&
		git intoto init --yes --key ~/bert >out &&
		grep "^already trusted" out
	)
'

test_expect_success 'join on a terminal: asks, and no is the default' '
	git clone -q origin.git asking &&
	(
		cd asking &&
		git config user.signingKey "~/bert.pub" &&
		at_terminal 1 "expect Trust these owners" "answer " -- \
			git intoto init &&
		grep "nothing is trusted: compare" shown &&
		test_must_fail git intoto trust list &&
		at_terminal 0 "expect Trust these owners" "answer y" -- \
			git intoto init &&
		grep "joined" shown &&
		git intoto trust list | grep "^owner $(keyid ~/mona.pub)"
	)
'

test_expect_success 'join: without a terminal and --yes nothing is trusted' '
	git clone -q origin.git quiet &&
	(
		cd quiet &&
		git intoto init </dev/null >out &&
		grep "^nothing is trusted" out &&
		test_must_fail git intoto trust list
	)
'

test_expect_success 'join: of two owners only my own key without a question' '
	git init -q --bare both.git &&
	(
		fresh both &&
		git remote add origin ../both.git &&
		git intoto trust add --no-fetch ~/mona.pub ~/bert.pub &&
		git intoto init --yes &&
		git intoto layout add-key release ~/bert.pub --step build &&
		git intoto layout sign release --key ~/mona --key ~/bert &&
		git push -q origin main refs/notes/in-toto/layouts/release
	) &&
	git clone -q both.git one-of-both &&
	(
		cd one-of-both &&
		git intoto init --yes --key ~/bert >out &&
		test $(grep -c "^  owner " out) = 2 &&
		git intoto trust list >out &&
		grep "^owner $(keyid ~/bert.pub)" out &&
		! grep "^owner $(keyid ~/mona.pub)" out &&
		git intoto layout list | grep "signed by 1 of 1 .*in force$"
	)
'

test_expect_success 'join: trusted keys that did not sign are a refusal' '
	git clone -q origin.git refusing &&
	(
		cd refusing &&
		git intoto trust add ~/bert.pub 2>err &&
		grep "^warning: " err &&
		refused 1 layout-threshold git intoto init --yes
	)
'

test_expect_success 'a passphrase is asked for once' '
	(
		fresh asking-once &&
		cat >askpass <<-\EOF &&
		#!/bin/sh
		echo asked >>"$ASKED"
		echo secret
		EOF
		chmod +x askpass &&
		ASKED=$PWD/asked SSH_ASKPASS=$PWD/askpass \
		SSH_ASKPASS_REQUIRE=force &&
		export ASKED SSH_ASKPASS SSH_ASKPASS_REQUIRE &&
		unset SSH_AUTH_SOCK &&
		git config user.signingKey "~/carl.pub" &&
		git intoto init --yes &&
		test $(wc -l <asked) = 1
	)
'

test_done
