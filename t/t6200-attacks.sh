#!/bin/sh
test_description='attacks on what surrounds the checks: hooks, settings, counting'
# shellcheck source=t/test-lib.sh
. ./test-lib.sh
# shellcheck source=t/forge-lib.sh
. "$SHARNESS_TEST_SRCDIR/forge-lib.sh"

none=0000000000000000000000000000000000000000
server=$PWD/server.git

# hostile REASON COMMAND...: the push fails, says why, and changes nothing.
hostile() {
	hostile_reason=$1
	shift
	git -C "$server" for-each-ref >before &&
	test_must_fail "$@" 2>err &&
	{ grep "in-toto: refs/.*\[$hostile_reason\]" err || {
		cat err
		return 1
	}; } &&
	git -C "$server" for-each-ref >after &&
	test_cmp before after
}

# guard: a fresh server with the pin, and nothing in it.
guard() {
	rm -rf "$server" &&
	git init -q --bare "$server" &&
	git push -q origin main &&
	( cd "$server" && git intoto hooks install --server \
		--key "$HOME/mona.pub" >/dev/null )
}

# release: layout, link and tag, as `git intoto tag` says.
release() {
	git push -q --atomic origin refs/notes/in-toto/layouts/release \
		"refs/notes/$(shard v1.0)" refs/tags/v1.0
}

test_expect_success 'set-up: a release and a guarded server' '
	make_ssh_key mona &&
	make_ssh_key eve &&
	sign_with_ssh mona &&
	git init -q --bare "$server" &&
	make_project work &&
	cd work &&
	git remote add origin "$server" &&
	git push -q origin main &&
	git intoto init --yes >/dev/null &&
	git intoto tag -m v1.0 v1.0 >/dev/null &&
	git intoto build -p "dist/*" -- make dist >/dev/null &&
	git tag -a -m x unsigned &&
	git tag -s -m x unlinked &&
	guard &&
	release
'

test_expect_success 'a hook whose stdin somebody else has read lets nothing in' '
	( cd "$server" && test_expect_code 128 git intoto check pre-receive \
		</dev/null 2>err && grep "no list of refs on stdin" err ) &&
	mv "$server/hooks/pre-receive" "$server/hooks/ours" &&
	printf "#!/bin/sh\nwhile read line; do :; done\nexec hooks/ours\n" \
		>"$server/hooks/pre-receive" &&
	chmod +x "$server/hooks/pre-receive" &&
	rm "$server/hooks/update" &&
	test_must_fail git push origin unsigned &&
	printf "#!/bin/sh\nlist=\$(cat); echo \"\$list\" | hooks/ours\n" \
		>"$server/hooks/pre-receive" &&
	hostile tag-unsigned git push origin unsigned &&
	git commit -q --allow-empty -m more &&
	git push -q origin main
'

test_expect_success 'a ref behind a NUL is not passed over' '
	tag=$(git rev-parse unsigned) &&
	{
		printf "%s %s refs/heads/x\n" $none $(git rev-parse HEAD) &&
		printf "\\000%s %s refs/tags/unsigned\n" $none $tag
	} >list &&
	( cd "$server" && test_expect_code 128 git intoto check pre-receive \
		<../work/list )
'

test_expect_success 'update trusts no pre-receive that was edited away' '
	guard &&
	git push -q origin refs/notes/in-toto/layouts/release &&
	sed "2a\\
exit 0" "$server/hooks/pre-receive" >edited &&
	cat edited >"$server/hooks/pre-receive" &&
	hostile tag-unsigned git push origin unsigned &&
	hostile tag-unlinked git push origin unlinked
'

test_expect_success 'update trusts no pre-receive that git does not run' '
	guard &&
	git push -q origin refs/notes/in-toto/layouts/release &&
	mkdir ../hooks-of-all &&
	cp "$server/hooks/update" ../hooks-of-all &&
	git config --global core.hooksPath "$PWD/../hooks-of-all" &&
	test_when_finished "git config --global --unset core.hooksPath" &&
	hostile tag-unsigned git push origin unsigned &&
	hostile tag-unlinked git push origin unlinked
'

test_expect_success 'a pattern that matches no full name does not guard nothing' '
	guard &&
	git push -q origin refs/notes/in-toto/layouts/release &&
	git -C "$server" config intoto.protected "v*" &&
	hostile policy-unreadable git push origin unsigned &&
	git -C "$server" config intoto.protected "!tags/*" &&
	hostile policy-unreadable git push origin unsigned &&
	git -C "$server" config --unset intoto.protected &&
	printf "[intoto]\n\tprotected\n" >>"$server/config" &&
	hostile policy-unreadable git push origin unsigned &&
	git -C "$server" config --unset intoto.protected &&
	git -C "$server" config intoto.protected "refs/tags/*" &&
	hostile tag-unsigned git push origin unsigned
'

test_expect_success 'what a namespace hides is not judged by what it does not' '
	guard &&
	release &&
	for ref in refs/tags/unsigned refs/notes/in-toto/layouts/release
	do
		hostile policy-unreadable git push \
			--receive-pack="GIT_NAMESPACE=other git receive-pack" \
			origin $ref || return 1
	done &&
	git push --receive-pack="GIT_NAMESPACE=other git receive-pack" \
		origin main
'

test_expect_success 'a layout of before the guard counts by its own name only' '
	layout_line release >line &&
	project=$(sed -n "s/.*project=\([0-9a-f]*\) .*/\1/p" line) &&
	for change in "name=release/name=nightly" \
		"project=[0-9a-f]*/project=$(printf %032d 0)" \
		"git-intoto-layout:.*/no stamp"
	do
		forge mona "import re
s[\"readme\"] = re.sub(*\"$change\".split(\"/\"), s[\"readme\"])" \
			<line >other &&
		blob=$(git hash-object -w other) &&
		git notes --ref=in-toto/layouts/other add -f -C $blob \
			"$(git hash-object -t tree -w /dev/null)" &&
		rm -rf "$server" &&
		git init -q --bare "$server" &&
		git push -q origin main \
			refs/notes/in-toto/layouts/other:refs/notes/in-toto/layouts/release &&
		( cd "$server" && git intoto trust add --no-fetch \
			--project $project "$HOME/mona.pub" >/dev/null &&
			git intoto hooks install --server >/dev/null ) &&
		hostile no-layout git push --atomic origin \
			"refs/notes/$(shard v1.0)" v1.0 || return 1
	done
'

test_expect_success 'a server that pins a digest lets no other version judge' '
	guard &&
	( cd "$server" && git intoto trust add --no-fetch "$HOME/mona.pub" \
		--layout release=sha256:$(printf %064d 0) ) &&
	hostile layout-digest git push --atomic origin \
		refs/notes/in-toto/layouts/release "refs/notes/$(shard v1.0)" v1.0
'

test_expect_success 'no inspection is called revoke' '
	guard &&
	release &&
	git intoto layout renew release >/dev/null &&
	change_layout release mona "s[\"inspect\"] = [dict(_type=\"inspection\",
name=\"revoke\", run=[\"true\"], expected_materials=[], expected_products=[])]" &&
	git update-ref refs/notes/in-toto/layouts/release \
		"$(git commit-tree -m x -p "$(git -C "$server" rev-parse \
			refs/notes/in-toto/layouts/release)" \
			"refs/notes/in-toto/layouts/release^{tree}")" &&
	hostile layout-reserved git push origin refs/notes/in-toto/layouts/release &&
	git update-ref refs/notes/in-toto/layouts/release "$(git -C "$server" \
		rev-parse refs/notes/in-toto/layouts/release)"
'

test_expect_success 'thousands of withdrawals that nobody signed cost seconds' '
	note_of v1.0 >kept &&
	/usr/bin/python3 - >>kept "$(layout_line release)" <<-\PY &&
	import hashlib, json, sys
	from securesystemslib.formats import encode_canonical
	layout = json.loads(sys.argv[1])
	line = json.loads(open("kept").readline())
	link = json.loads(open("kept").readline())
	text = encode_canonical(link["signed"]).encode()
	twice = hashlib.sha256(text).hexdigest()
	line["signed"].update(name="revoke", materials={}, command=[])
	line["signatures"][0]["keyid"] = layout["signatures"][0]["keyid"]
	git = line["signed"]["environment"]["git"]
	for n in range(4000):
	    git["revokes"] = ("tag", "%064x" % n, twice)[n % 3]
	    line["signed"]["byproducts"] = {"n": n}
	    print(json.dumps(line, sort_keys=True, separators=(",", ":")))
	link["signatures"][0]["keyid"] = line["signatures"][0]["keyid"]
	for n in range(2000):
	    link["signatures"][0]["sig"] = "%0128x" % n
	    print(json.dumps(link, sort_keys=True, separators=(",", ":")))
	PY
	put_note v1.0 <kept &&
	timeout 60 git intoto verify v1.0 >out 2>/dev/null &&
	grep "^accepted" out
'

test_expect_success 'a key that lends its subkey is no second owner' '
	make_gpg_key mona@example.com &&
	make_gpg_key eve@example.com &&
	sign_with_gpg mona@example.com &&
	init_project ../pgp &&
	cd ../pgp &&
	git intoto tag -m v1.0 v1.0 >/dev/null &&
	git intoto build -p "dist/*" -- make dist >/dev/null &&
	git intoto verify v1.0 >/dev/null &&
	git intoto key export gpg:mona@example.com >../mona.json &&
	git intoto key export gpg:eve@example.com >../eve.json &&
	python3 - ../mona.json ../eve.json >../both.json <<-\PY &&
	import json, sys
	mona, eve = (json.load(open(name)) for name in sys.argv[1:])
	eve["subkeys"] = {mona["keyid"]: mona}
	print(json.dumps(eve))
	PY
	git clone -q . ../user &&
	cd ../user &&
	git fetch -q origin "+refs/notes/in-toto/*:refs/in-toto-remotes/origin/*" &&
	git intoto trust add --no-fetch ../mona.json ../both.json >out &&
	refused 1 layout-threshold git intoto verify v1.0
'

test_expect_success 'a pasted hint runs nothing that the name of a tag says' '
	name="v1\$(touch\${IFS}pasted);touch\${IFS}pasted;${SQ}" &&
	git tag -a -m x "$name" &&
	test_must_fail git intoto build -- true 2>err &&
	test_must_fail git intoto verify --key ../mona.json "$name" >out 2>>err &&
	test_must_fail git intoto tag -m x "$name" 2>>err &&
	sed -n "s/^hint: //p" err >hints &&
	test "$(wc -l <hints)" -ge 3 &&
	sed "s/^git /: /" hints >run &&
	sh run &&
	! test -e pasted
'

test_done
