#!/bin/sh
test_description='the guard behind sshd and git http-backend, as servers run it'
# shellcheck source=t/test-lib.sh
. ./test-lib.sh
# shellcheck source=t/transport-lib.sh
. "$intoto_top/t/transport-lib.sh"

here=$PWD

test_expect_success 'set-up: keys, a project without a remote, the servers' '
	make_ssh_key mona &&
	sign_with_ssh mona &&
	make_project base &&
	git -C base intoto init --yes &&
	start_sshd ssh GIT_PROTOCOL &&
	start_sshd careless "GIT_*" &&
	start_web_server
'

for transport in ssh http; do
	test_expect_success "$transport: the printed commands are accepted" '
		cd "$here" &&
		make_server $transport "$transport.git" &&
		make_maintainer $transport &&
		cd $transport &&
		release v1.0 &&
		git intoto build -p "dist/*" -- make dist >published &&
		publish
	'

	test_expect_success "$transport: an unsigned tag is refused, and why" '
		cd "$here/$transport" &&
		git tag -a -m x bad &&
		hostile bad tag-unsigned git push origin bad
	'

	test_expect_success "$transport: a moved tag is refused, and why" '
		cd "$here/$transport" &&
		git commit -q --allow-empty -m moved &&
		git tag -f -s -m x v1.0 &&
		hostile v1.0 tag-moved git push --force origin v1.0 &&
		hostile v1.0 tag-deleted git push origin :refs/tags/v1.0
	'

	test_expect_success "$transport: clone, trust add, verify, and no more" '
		cd "$here" &&
		git clone -q "$URL" $transport-user &&
		cd $transport-user &&
		git intoto trust add "$HOME/mona.pub" &&
		git intoto verify v1.0 "../$transport/dist/foo-1.0.tar" >out &&
		grep "^accepted: 1 file" out
	'

	n=0
	for name in 'a:b.git' "Mona's \"own\" \$HOME.git" '"x:y" \n.git'; do
		n=$((n + 1))
		test_expect_success "$transport: a server whose path is $name" '
			cd "$here" &&
			make_server $transport "$transport $name" &&
			make_maintainer $transport-$n &&
			cd $transport-$n &&
			release v1.0 &&
			git tag -a -m x bad &&
			hostile bad tag-unsigned git push origin bad &&
			release v1.1
		'
	done
done

test_expect_success 'a push that is kept as a pack' '
	cd "$here" &&
	make_server ssh packed.git &&
	git -C "$SERVER" config receive.unpackLimit 1 &&
	make_maintainer packed &&
	cd packed &&
	release v1.0 &&
	test "$(git -C "$SERVER" count-objects)" = "0 objects, 0 kilobytes" &&
	git tag -a -m x bad &&
	hostile bad tag-unsigned git push origin bad
'

test_expect_success 'a push that is unpacked' '
	cd "$here" &&
	make_server ssh loose.git &&
	git -C "$SERVER" config receive.unpackLimit 1000 &&
	make_maintainer loose &&
	cd loose &&
	release v1.0 &&
	test -z "$(find "$SERVER/objects/pack" -name "*.pack")" &&
	git tag -a -m x bad &&
	hostile bad tag-unsigned git push origin bad
'

test_expect_success 'a push in a request of unknown length' '
	cd "$here" &&
	make_server http chunked.git &&
	make_maintainer chunked &&
	cd chunked &&
	openssl rand -out noise 200000 &&
	git add noise &&
	git commit -q -m noise &&
	git config http.postBuffer 65536 &&
	GIT_TRACE_CURL=1 release v1.0 2>../trace &&
	grep -i "transfer-encoding: chunked" ../trace
'

# The first push to it sends no object: the other one has them all.
test_expect_success 'a server that borrows the objects of another' '
	cd "$here" &&
	make_server ssh lender.git &&
	make_maintainer borrowing &&
	cd borrowing &&
	release v1.0 &&
	git clone -q --bare --shared "$SERVER" "$SERVERS/borrower.git" &&
	make_server ssh borrower.git &&
	test -s "$SERVER/objects/info/alternates" &&
	git -C "$SERVER" update-ref -d refs/tags/v1.0 &&
	git remote set-url origin "$URL" &&
	hostile v1.0 no-layout git push origin v1.0 &&
	git push --atomic origin "refs/notes/in-toto/*" v1.0 &&
	git tag -a -m x bad &&
	hostile bad tag-unsigned git push origin bad &&
	release v1.1
'

# As root, somebody else owns it; else git is told that somebody else does.
test_expect_success 'a repository that is not of the user who receives' '
	cd "$here" &&
	make_server careless foreign.git &&
	make_maintainer foreign &&
	cd foreign &&
	if test "$(id -u)" = 0
	then
		chown -R nobody "$SERVER"
	else
		ssh_sends GIT_TEST_ASSUME_DIFFERENT_OWNER=1 &&
		git config core.sshCommand "ssh -F $intoto_private/ssh_sends"
	fi &&
	test_must_fail git push origin main:other 2>../err &&
	grep "dubious ownership" ../err &&
	HOME=$SERVERS/home git config --global --add safe.directory \
		"$SERVER" &&
	release v1.0 &&
	git tag -a -m x bad &&
	hostile bad tag-unsigned git push origin bad
'

# Below /tmp, where anybody comes in.
test_expect_success 'other users push, whatever the umask of the administrator' '
	cd "$here" &&
	chmod 711 "$intoto_private" &&
	others=$intoto_private/others &&
	SERVER=$others/shared.git &&
	URL=$SERVER &&
	mkdir -p "$others/home" &&
	cp "$intoto_program" "$others/git-intoto" &&
	(
		umask 077 &&
		git init -q --bare --shared=0666 "$SERVER" &&
		rm -r "$SERVER/hooks" &&
		cd "$SERVER" &&
		"$others/git-intoto" hooks install --server \
			--key "$HOME/mona.pub"
	) &&
	test "$(cd "$SERVER" && stat -c %a hooks hooks/pre-receive \
		hooks/update intoto intoto/trust.json | tr "\n" " ")" = \
		"755 755 755 755 644 " &&
	make_maintainer others &&
	git -C others intoto tag -m v1.0 v1.0 >others/published &&
	git -C others tag -a -m x bad &&
	HOME=$others/home git config --global safe.directory "*" &&
	mv others "$others/clone" &&
	chmod -R a+rwX "$others/clone" &&
	cd "$others/clone" &&
	as_another $(publish_command) &&
	git -C "$SERVER" rev-parse --verify refs/tags/v1.0 &&
	hostile bad tag-unsigned as_another git push origin bad
'

test_expect_success 'variables that a client sends change no policy' '
	cd "$here" &&
	make_server careless sent.git &&
	make_maintainer sent &&
	cd sent &&
	release v1.0 &&
	git tag -a -m x bad &&
	git config -f "$here/evil" intoto.protected refs/none &&
	git init -q --bare "$SERVERS/other.git" &&
	hostile bad tag-unsigned push_sending GIT_CONFIG_COUNT=1 \
		GIT_CONFIG_KEY_0=intoto.protected GIT_CONFIG_VALUE_0=refs/none &&
	for setting in \
		"GIT_CONFIG_PARAMETERS=${SQ}intoto.protected=x$SQ" \
		"GIT_CONFIG_GLOBAL=$here/evil" "GIT_CONFIG_SYSTEM=$here/evil" \
		"GIT_CONFIG=$here/evil" "GIT_DIR=$SERVERS/other.git" \
		"GIT_QUARANTINE_PATH=/tmp" "GIT_WORK_TREE=/" \
		"GIT_ALTERNATE_OBJECT_DIRECTORIES=$here/sent/.git/objects" \
		"GIT_REPLACE_REF_BASE=refs/heads/" "GIT_GRAFT_FILE=$here/evil" \
		"GIT_SHALLOW_FILE=/dev/null" "GIT_INDEX_FILE=$here/evil" \
		"GIT_CEILING_DIRECTORIES=/" "GIT_TRACE=1"
	do
		echo "$setting" &&
		hostile bad tag-unsigned push_sending "$setting" || return 1
	done &&
	grep "trace: " ../err &&
	hostile bad policy-unreadable push_sending GIT_NAMESPACE=x
'

# Before any hook runs, git itself does as such a variable says. What such a
# server has let in is still refused by those who verify.
test_expect_success 'sshd must take no variable of git but GIT_PROTOCOL' '
	cd "$here/sent" &&
	hooks_off="GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=core.hooksPath
		GIT_CONFIG_VALUE_0=/dev/null" &&
	git remote set-url origin "ssh:$SERVER" &&
	hostile bad tag-unsigned push_sending $hooks_off &&
	git remote set-url origin "careless:$SERVER" &&
	push_sending $hooks_off &&
	git clone -q "$SERVER" ../careless-user &&
	cd ../careless-user &&
	git intoto trust add "$HOME/mona.pub" &&
	refused 1 tag-unsigned git intoto verify bad
'

test_done
