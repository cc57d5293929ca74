#!/bin/sh
test_description='links too long for an SSH agent: one prompt, and nothing left'
# shellcheck source=t/test-lib.sh
. ./test-lib.sh

# Memory of its own, where no other program's copies come and go.
XDG_RUNTIME_DIR=$(mktemp -d /dev/shm/git-intoto-t.XXXXXX) || exit 1
export XDG_RUNTIME_DIR
large_end() {
	intoto_end
	large_code=$?
	rm -rf "$XDG_RUNTIME_DIR"
	return $large_code
}
trap 'large_end; die' EXIT

# Answers each question with the passphrase, and counts.
cat >askpass <<EOF
#!/bin/sh
echo >>'$PWD/asked'
echo sesame
EOF
chmod +x askpass
SSH_ASKPASS=$PWD/askpass
SSH_ASKPASS_REQUIRE=force
export SSH_ASKPASS SSH_ASKPASS_REQUIRE

# asked N COMMAND...: it succeeds and asks N times.
asked() {
	asked_times=$1
	shift
	: >"$HOME/../asked"
	"$@" 2>err || {
		cat err
		return 1
	}
	asked_now=$(wc -l <"$HOME/../asked")
	test "$asked_now" = "$asked_times" || {
		echo "asked $asked_now times, not $asked_times: $*"
		return 1
	}
}

nothing_is_left() {
	find "$XDG_RUNTIME_DIR" "$TMPDIR" -mindepth 1 \
		-name "git-intoto-*" >left &&
	test_must_be_empty left
}

# A project of that many paths, whose layout `release` is by the key.
make_large() {
	init_project "$1" &&
	(
		cd "$1" &&
		mkdir data &&
		awk -v n="$2" "BEGIN {
			for (i = 1; i <= n; i++)
				print i >sprintf(\"data/file-%05d\", i)
		}" &&
		git add . &&
		git commit -q -m "many paths"
	)
}

for type in ed25519 rsa ecdsa; do
	test_expect_success "$type: tag and build ask once each for 3,000 paths" '
		make_ssh_key '$type' '$type' sesame &&
		sign_with_ssh '$type' &&
		make_large '$type' 3000 &&
		(
			cd '$type' &&
			asked 1 git intoto tag -m v1.0 v1.0 &&
			grep "^note: ssh-keygen asks for the passphrase of" err &&
			test "$(link_of v1.0 tag | wc -c)" -gt 262144 &&
			nothing_is_left &&
			asked 1 git intoto build -p "dist/*" -- make dist &&
			nothing_is_left &&
			asked 0 git intoto verify v1.0 dist/foo-1.0.tar
		)
	'
done

test_expect_success 'a small project asks once, and of the agent it starts' '
	sign_with_ssh ed25519 &&
	make_large small 10 &&
	(
		cd small &&
		asked 1 git intoto tag -m v1.0 v1.0 &&
		! grep ssh-keygen err
	)
'

test_expect_success 'a wrong passphrase: no tag, no link, nothing left' '
	(
		cd ed25519 &&
		echo "#!/bin/sh" >../wrong &&
		echo "echo guess" >>../wrong &&
		chmod +x ../wrong &&
		git for-each-ref >before &&
		SSH_ASKPASS=$PWD/../wrong refused 128 - git intoto tag -m v2.0 v2.0 &&
		grep "^error: wrong or no passphrase for the private key" err &&
		grep "^hint: ssh-keygen -y -f" err &&
		git for-each-ref >after &&
		test_cmp before after &&
		nothing_is_left
	)
'

test_expect_success 'with the key in the agent the link alone asks' '
	start_agent ed25519 &&
	(
		cd ed25519 &&
		asked 1 git intoto tag -m v2.0 v2.0 &&
		nothing_is_left
	)
'

test_expect_success 'a key that only the agent has: refused before there is a tag' '
	(
		cd ed25519 &&
		key=$(cut -d" " -f1,2 ~/ed25519.pub) &&
		git config user.signingKey "key::$key" &&
		refused 128 - git intoto tag -m v3.0 v3.0 &&
		grep "^error: too large for an SSH agent" err &&
		grep "^hint: name the file of the private key" err &&
		test_must_fail git rev-parse --verify -q refs/tags/v3.0
	)
'

for type in ed25519 rsa ecdsa; do
	test_expect_success "$type: stock in-toto takes the large links" '
		git -C '$type' intoto export v1.0 "$PWD/'$type'.d" &&
		git -C '$type' intoto key export ~/'$type'.pub >'$type'.d/owner.json &&
		(
			cd '$type'.d &&
			/usr/bin/python3 -c "
import json
from in_toto import verifylib
from in_toto.models.metadata import Metablock
key = json.load(open(\"owner.json\"))
verifylib.in_toto_verify(Metablock.load(\"root.layout\"),
                         {key[\"keyid\"]: key})
"
		)
	'
done

test_done
