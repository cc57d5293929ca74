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

test_expect_success 'update: one ref, alone or after pre-receive' '
	git intoto check update refs/heads/topic $none $commit &&
	git intoto check update refs/tags/v1.0 $tag $none &&
	mv hooks/pre-receive hooks/off &&
	test_when_finished "mv hooks/off hooks/pre-receive" &&
	test_expect_code 1 git intoto check update refs/tags/v1.0 $tag $none \
		2>err &&
	grep "\[tag-deleted\]$" err
'

test_expect_success '--report-only says it and refuses nothing' '
	echo "$tag $none refs/tags/v1.0" >list &&
	git intoto check pre-receive --report-only <list >out 2>err &&
	test_must_be_empty out &&
	grep "^in-toto: report only: refs/tags/v1.0: .*\[tag-deleted\]$" err &&
	git intoto check --report-only pre-receive <list 2>again &&
	test_cmp err again &&
	printf "%s %s refs/tags/x" $none $tag >list &&
	git intoto check pre-receive --report-only <list 2>err &&
	grep "^warning: .*cut short" err
'

test_expect_success 'a hint is said once' '
	for name in a b
	do
		echo "$none $tag refs/in-toto-remotes/$name/links/ab" || return 1
	done >list &&
	test_expect_code 1 git intoto check pre-receive <list 2>err &&
	test "$(grep -c "ref-reserved" err)" = 2 &&
	test "$(grep -c "^hint: git push REMOTE" err)" = 1
'

test_expect_success 'ids of another length are not of this repository' '
	long=$(printf %024d 0) &&
	for ids in "$none$long $tag$long" "$none $tag$long" "$none$long $tag"
	do
		echo "$ids refs/tags/x" >list &&
		test_expect_code 128 git intoto check pre-receive <list 2>err &&
		grep "\[policy-unreadable\] *$" err &&
		grep "not an update of a ref of this repository" err ||
			return 1
	done
'

test_expect_success 'a list of refs that cannot be read: 128' '
	test_expect_code 128 git intoto check pre-receive <. 2>err &&
	grep "cannot read the list of refs" err
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

# What the hooks start first, beside the program; /bin/false in place of the
# program shows whether it is asked.
test -x "$intoto_program-gate" && test_set_prereq GATE

test_expect_success GATE 'the gate passes branches, and asks about all else' '
	(
		cd ../server.git &&
		GIT_DIR=. && export GIT_DIR &&
		PATH=$(git --exec-path):/usr/bin:/bin &&
		gate="$intoto_program-gate" &&
		echo "$none $commit refs/heads/topic" >list &&
		if test -x /usr/bin/git &&
			! grep -qiE "include|intoto|worktree" /etc/gitconfig
		then
			"$gate" /bin/false check pre-receive <list &&
			"$gate" /bin/false check update -- refs/heads/topic \
				$none $commit
		fi &&
		test_expect_code 1 "$gate" /bin/false check update -- \
			refs/tags/x $none $tag &&
		test_expect_code 1 "$gate" /bin/false hooks run --before x \
			pre-receive <list &&
		git config intoto.protected refs/heads/topic &&
		test_expect_code 1 "$gate" /bin/false check pre-receive <list &&
		git config --unset intoto.protected &&
		sed -i "/intoto/d" config &&
		echo "$none $tag refs/tags/x" >>list &&
		test_expect_code 1 "$gate" /bin/false check pre-receive <list
	)
'

test_expect_success GATE 'the gate gives the program what it has read' '
	printf "#!/bin/sh\necho \"\$@\"\ncat\n" >../shows &&
	chmod +x ../shows &&
	echo "$none $tag refs/tags/x" >list &&
	"$intoto_program-gate" ../shows check pre-receive --report-only \
		<list >out &&
	{ echo check pre-receive --report-only; cat list; } >expected &&
	test_cmp expected out &&
	test_expect_code 128 "$intoto_program-gate" ./gone check pre-receive \
		<list &&
	test_expect_code 129 "$intoto_program-gate" ./gone
'

test_done
