#!/bin/sh
test_description='check: called as git calls a hook, and as nobody should'
# shellcheck source=t/test-lib.sh
. ./test-lib.sh

none=0000000000000000000000000000000000000000

test_expect_success 'set-up: a guarded server with a release' '
	make_ssh_key mona &&
	sign_with_ssh mona &&
	git init -q --bare server.git &&
	make_project work &&
	cd work &&
	git remote add origin ../server.git &&
	git push -q origin main &&
	git intoto init --yes >/dev/null &&
	git intoto tag -m v1.0 v1.0 >/dev/null &&
	tag=$(git rev-parse refs/tags/v1.0) &&
	commit=$(git rev-parse HEAD) &&
	git push -q --atomic origin refs/notes/in-toto/layouts/release \
		"refs/notes/in-toto/links/$(echo $tag | tail -c 3)" v1.0 &&
	cd ../server.git &&
	git intoto hooks install --server --key "$HOME/mona.pub" >/dev/null
'

test_expect_success 'usage errors: 129' '
	test_expect_code 129 git intoto check </dev/null &&
	test_expect_code 129 git intoto check post-receive </dev/null &&
	test_expect_code 129 git intoto check update refs/heads/x &&
	test_expect_code 129 git intoto check pre-receive more </dev/null &&
	test_expect_code 129 git intoto check --force pre-receive </dev/null
'

test_expect_success 'nothing to judge: 0, also outside of a repository' '
	git intoto check pre-push origin ../server.git </dev/null &&
	( cd / && git intoto check pre-push origin x </dev/null )
'

test_expect_success 'a list of refs that is none: 128' '
	for line in x "$tag" "$tag $none" "$none ${tag}0 refs/tags/x" \
		"$none $(echo $tag | tr a-f A-F)A refs/tags/x" \
		"$none $tag tags/x"
	do
		echo "$line" >list &&
		test_expect_code 128 git intoto check pre-receive <list || return 1
	done &&
	printf "%s %s refs/tags/x" $none $tag >list &&
	test_expect_code 128 git intoto check pre-receive <list 2>err &&
	grep "cut short" err
'

test_expect_success 'pre-receive: refused refs are named, 1' '
	{
		echo "$none $commit refs/heads/topic" &&
		echo "$tag $none refs/tags/v1.0" &&
		echo "$none $tag refs/tags/v2.0"
	} >list &&
	test_expect_code 1 git intoto check pre-receive <list >out 2>err &&
	test_must_be_empty out &&
	grep "^in-toto: refs/tags/v1.0: .*\[tag-deleted\]$" err &&
	grep "^in-toto: refs/tags/v2.0: .*\[tag-renamed\]$" err &&
	! grep refs/heads err
'

test_expect_success 'pre-receive: what is unguarded passes without a word' '
	echo "$none $commit refs/heads/topic" >list &&
	git intoto check pre-receive <list >out 2>&1 &&
	test_must_be_empty out
'

test_expect_success 'update: one ref' '
	git intoto check update refs/heads/topic $none $commit &&
	test_expect_code 1 git intoto check update refs/tags/v1.0 $tag $none \
		2>err &&
	grep "\[tag-deleted\]$" err
'

test_expect_success 'an object that is not there is refused, not passed' '
	missing=$(echo $tag | tr 0-9a-f 1-9a-f0) &&
	echo "$none $missing refs/tags/missing" >list &&
	test_must_fail git intoto check pre-receive <list 2>err &&
	grep "^in-toto: refs/tags/missing: " err
'

test_expect_success 'pre-push: local ref, new, remote ref, old' '
	cd ../work &&
	git tag -a -m x unsigned &&
	echo "refs/tags/unsigned $(git rev-parse unsigned)" \
		"refs/tags/unsigned $none" >list &&
	test_expect_code 1 git intoto check pre-push origin ../server.git \
		<list 2>err &&
	grep "\[tag-unsigned\]$" err &&
	echo "HEAD $commit refs/heads/main $none" >list &&
	git intoto check pre-push origin ../server.git <list
'

test_done
