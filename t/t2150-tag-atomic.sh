#!/bin/sh
test_description='git intoto tag, cut short anywhere: never a tag without its link'
# shellcheck source=t/test-lib.sh
. ./test-lib.sh

if ! strace -o /dev/null true 2>/dev/null; then
	echo "Bail out! strace is missing, or may not trace here"
	exit 1
fi

# A fixed time: then the tag's object, and with it the shard, is known before.
GIT_COMMITTER_DATE='1700000000 +0000'
export GIT_COMMITTER_DATE

# sound NAME: the tag is not there, or it is there with its link.
sound() {
	if git rev-parse -q --verify "refs/tags/$1" >/dev/null; then
		note_of "$1" | grep "\"ref\":\"refs/tags/$1\"" >/dev/null
	fi
}

# locks: what a killed git leaves; they go away as the message says.
remove_locks() {
	find "$(git rev-parse --git-common-dir)" -name "*.lock" \
		-exec rm "{}" +
}

# finish NAME: the next call makes it whole. A lock that is in its way is
# named, with the command that removes it.
finish() {
	if ! git intoto tag -m again "$1" >out 2>err; then
		grep "^error: .*\.lock" err &&
		grep "^hint: rm .*\.lock" err &&
		remove_locks &&
		git intoto tag -m again "$1" >out || return 1
	fi
	grep "^tagged $1 \|^finished $1 " out &&
	sound "$1" &&
	git rev-parse -q --verify "refs/tags/$1" >/dev/null
}

# traced INJECT NAME [STRACE OPTION]...: one `git intoto tag` under strace.
traced() {
	traced_inject=$1 traced_name=$2
	shift 2
	ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0 \
		strace -f -q -o trace -e "trace=${traced_inject%%:*}" \
		-e "inject=$traced_inject" "$@" \
		git-intoto tag -m "$traced_name" "$traced_name" >out 2>err
}

# at_each WHAT INJECT: let the 1st, 2nd, ... of the system calls go wrong, until
# there are no more and the command succeeds.
at_each() {
	count=0
	while :; do
		count=$((count + 1)) &&
		test $count -lt 30 &&
		name=$1-$count || return 1
		if traced "$2:when=$count" $name; then
			sound $name && break
			return 1
		fi
		sound $name &&
		if ! git rev-parse -q --verify refs/tags/$name >/dev/null; then
			finish $name
		fi || {
			cat err trace
			return 1
		}
	done &&
	test $count -gt 1 &&
	git fsck --strict --no-dangling
}

test_expect_success 'set-up' '
	make_ssh_key mona &&
	sign_with_ssh mona &&
	init_project project &&
	( cd project && git intoto tag -m first first )
'

# Killed while it has an agent of its own, which may take ten seconds to see it:
# that runs beside all else. strace ends when all that it traced has ended.
git clone -q project beside
( cd beside && cp -R ../project/.git/intoto .git && git fetch -q origin \
	"refs/notes/in-toto/*:refs/in-toto-remotes/origin/*" &&
	traced "link:signal=SIGKILL:when=2" beside ) &
beside=$!

test_expect_success 'an agent that has the key' '
	start_agent mona &&
	cd project
'

test_expect_success 'killed at each of its own renames and links' '
	at_each own "rename,renameat,renameat2,link,linkat:signal=SIGKILL"
'

test_expect_success 'killed at each file that it removes' '
	at_each gone "unlink,unlinkat,rmdir:signal=SIGKILL"
'

test_expect_success 'no space for each rename and link' '
	at_each full "rename,renameat,renameat2,link,linkat:error=ENOSPC"
'

# The shard that a tag of that name here will have.
shard_of() {
	rm -rf "$TMPDIR/copy" &&
	git clone -q --bare "$(git rev-parse --git-common-dir)" "$TMPDIR/copy" &&
	git -C "$TMPDIR/copy" tag -s -m "$1" "$1" "$(git rev-parse HEAD)" &&
	git -C "$TMPDIR/copy" rev-parse "refs/tags/$1" | tail -c 3
}

# at_ref REF NAME: git, or all, killed when it would move REF into its place.
at_ref() {
	lock=$(git rev-parse --path-format=absolute --git-common-dir)/$1.lock &&
	! traced "rename,renameat,renameat2:signal=SIGKILL" "$2" -P "$lock" &&
	grep "killed by SIGKILL" trace &&
	cat err &&
	grep "^error: " err
}

test_expect_success 'git killed before the notes ref moves: neither ref' '
	git for-each-ref >before &&
	at_ref "refs/notes/in-toto/links/$(shard_of k1)" k1 &&
	git for-each-ref >after &&
	test_cmp before after &&
	finish k1 &&
	grep "^tagged k1 " out
'

test_expect_success 'git killed before the tag moves: the link, not the tag' '
	at_ref refs/tags/k2 k2 &&
	test_must_fail git rev-parse -q --verify refs/tags/k2 &&
	git rev-parse -q --verify \
		"refs/notes/in-toto/links/$(shard_of k2)" >/dev/null &&
	finish k2 &&
	grep "^finished k2 " out &&
	git cat-file tag k2 >tag &&
	grep "^k2\$" tag &&
	test "$(note_of k2 | wc -l)" = 1
'

test_expect_success 'the same from a linked worktree' '
	git worktree add -q --detach ../linked &&
	(
		cd ../linked &&
		at_ref refs/tags/k3 k3 &&
		test_must_fail git rev-parse -q --verify refs/tags/k3 &&
		finish k3 &&
		grep "^finished k3 " out
	)
'

test_expect_success 'the same in a bare repository' '
	git clone -q --bare . ../bare.git &&
	git -C ../bare.git fetch -q origin \
		"refs/notes/in-toto/*:refs/notes/in-toto/*" &&
	cp -R .git/intoto ../bare.git/intoto &&
	(
		cd ../bare.git &&
		at_ref refs/tags/k4 k4 &&
		test_must_fail git rev-parse -q --verify refs/tags/k4 &&
		finish k4 &&
		grep "^finished k4 " out
	)
'

test_expect_success 'a finished tag is complete for everybody' '
	git intoto build --tag k2 -p "dist/*" -- make dist >/dev/null &&
	git intoto verify k2 dist/main.txt
'

test_expect_success 'git refuses each rename: neither ref' '
	for ref in "refs/notes/in-toto/links/$(shard_of e1)" refs/tags/e1; do
		git for-each-ref >before &&
		! traced "rename,renameat,renameat2:error=EIO" e1 \
			-P "$PWD/.git/$ref.lock" &&
		grep "^error: " err &&
		remove_locks &&
		sound e1 &&
		test_must_fail git rev-parse -q --verify refs/tags/e1 || return 1
	done &&
	finish e1
'

# Names that do not compress: objects, and the note, are large.
test_expect_success 'a full disk: neither ref' '
	git checkout -q -b many &&
	mkdir names &&
	python3 -c "
import hashlib
for i in range(400):
    name = \"names/\" + hashlib.sha256(str(i).encode()).hexdigest()
    open(name, \"w\").write(name)" &&
	git add names &&
	git commit -q -m many &&
	git for-each-ref >before &&
	for blocks in 2 16; do
		! ( trap "" XFSZ; ulimit -f $blocks; GIT_COMMITTER_DATE= \
			git-intoto tag -m full full >"$TMPDIR/out" 2>&1 ) &&
		! ( ulimit -f $blocks; GIT_COMMITTER_DATE= \
			git-intoto tag -m full full >"$TMPDIR/out" 2>&1 ) &&
		remove_locks &&
		sound full &&
		git for-each-ref >after &&
		test_cmp before after || return 1
	done &&
	finish full &&
	git fsck --strict --no-dangling
'

test_expect_success 'a lock of somebody else: neither ref, and it is named' '
	for lock in "refs/notes/in-toto/links/$(shard_of l1)" refs/tags/l1; do
		mkdir -p "$(dirname ".git/$lock")" &&
		: >".git/$lock.lock" &&
		git for-each-ref >before &&
		test_expect_code 128 git intoto tag -m l1 l1 2>err &&
		grep "^error: .*$lock.lock" err &&
		grep "^hint: rm .*$lock.lock" err &&
		git for-each-ref >after &&
		test_cmp before after &&
		test -f ".git/$lock.lock" &&
		sh -ec "$(sed -n "s/^hint: //p" err)" &&
		! test -e ".git/$lock.lock" || return 1
	done &&
	git intoto tag -m l1 l1 &&
	sound l1
'

test_expect_success 'a hook of the user that refuses: neither ref' '
	mkdir -p .git/hooks &&
	printf "#!/bin/sh\nread old new ref; case \$ref in refs/tags/*) %s;; %s" \
		"echo no >&2; exit 1" "esac; exit 0" \
		>.git/hooks/reference-transaction &&
	printf "#!/bin/sh\ntest \"\$1\" != prepared || ! grep refs/tags/ >&2\n" \
		>.git/hooks/reference-transaction &&
	chmod +x .git/hooks/reference-transaction &&
	git for-each-ref >before &&
	test_expect_code 128 git intoto tag -m h1 h1 2>err &&
	git for-each-ref >after &&
	test_cmp before after &&
	rm .git/hooks/reference-transaction &&
	finish h1
'

test_expect_success 'several at once: each whole, or not there' '
	pids=
	for n in 1 2 3 4; do
		git intoto tag -m p$n p$n >"$TMPDIR/out$n" 2>&1 &
		pids="$pids $!"
	done
	git intoto tag -m same same >"$TMPDIR/same1" 2>&1 &
	one=$!
	git intoto tag -m same same >"$TMPDIR/same2" 2>&1 &
	two=$!
	for pid in $pids; do
		wait $pid || cat "$TMPDIR"/out?
	done
	wait $one; one=$?
	wait $two; two=$?
	cat "$TMPDIR"/same?
	for n in 1 2 3 4; do
		sound p$n &&
		if ! git rev-parse -q --verify refs/tags/p$n; then
			finish p$n
		fi || return 1
	done
	# One of both at most; neither where others hold the lock of the shard.
	case "$one $two" in
	"0 128" | "128 0") ;;
	"128 128") finish same ;;
	*) return 1 ;;
	esac &&
	sound same && git intoto tag --existing same &&
	git fsck --strict --no-dangling
'

# a pinentry that writes down that it was asked.
test_expect_success 'OpenPGP: one passphrase prompt, not two' '
	cat >"$TMPDIR/pinentry" <<-EOF &&
	#!/bin/sh
	echo "OK ready"
	while read -r word rest; do
		case \$word in
		GETPIN) echo asked >>"$TMPDIR/asked"; echo "D secret"; echo OK ;;
		BYE) echo OK; exit 0 ;;
		*) echo OK ;;
		esac
	done
	EOF
	chmod +x "$TMPDIR/pinentry" &&
	echo "pinentry-program $TMPDIR/pinentry" >"$GNUPGHOME/gpg-agent.conf" &&
	gpg --batch --quiet --pinentry-mode loopback --passphrase secret \
		--quick-generate-key "Key <pam@example.com>" ed25519 sign never \
		2>/dev/null &&
	git intoto layout add-key release gpg:pam@example.com --step tag &&
	git intoto layout sign release --key "$HOME/mona" &&
	sign_with_gpg pam@example.com &&
	gpgconf --kill gpg-agent &&
	git intoto tag -m pam pam &&
	sound pam &&
	test "$(wc -l <"$TMPDIR/asked")" = 1 &&
	sign_with_ssh mona
'

test_expect_success 'two people, a threshold of two' '
	git intoto layout add-key release gpg:pam@example.com --step tag \
		--threshold 2 &&
	git intoto layout sign release --key "$HOME/mona" --no-seal &&
	git intoto tag -m two two &&
	refused 1 step-threshold git intoto verify two &&
	grep "2 needed" err &&
	refused 1 step-threshold git intoto build --tag two -p "dist/*" -- \
		make dist &&
	git intoto tag --existing two &&
	refused 1 step-threshold git intoto verify two &&
	git intoto tag --existing --key gpg:pam@example.com two &&
	git intoto build --tag two -p "dist/*" -- make dist >/dev/null &&
	git intoto verify two dist/main.txt >out &&
	grep "2 of 2 links" out
'

# With other ids it is git that links objects, and would be killed.
test_expect_success SHA1 'a private agent does not outlive the command for long' '
	! wait $beside &&
	grep "killed by SIGKILL" ../beside/trace &&
	( cd ../beside && finish beside )
'

test_expect_success 'nothing is left behind' '
	git intoto tag -m last last &&
	find .git "$TMPDIR" -name "git-intoto-*" >left &&
	test_must_be_empty left
'

test_done
