# test-lib.sh: what every tNNNN-*.sh starts from (sharness, private HOME, keys).
#
# A test sets test_description and sources this file. Nothing of the user's
# environment is seen; agents that were started are ended in the end, whatever
# the end. INTOTO_PROGRAM names the program under test.
# shellcheck shell=sh

# Both are read by sharness.
# shellcheck disable=SC2034,SC2209
SHARNESS_TEST_EXTENSION=sh
SHARNESS_TEST_SRCDIR=$(cd "$(dirname "$0")" && pwd)
intoto_top=$(cd "$SHARNESS_TEST_SRCDIR/.." && pwd)
intoto_program=${INTOTO_PROGRAM:-$intoto_top/build/git-intoto}
case $intoto_program in
/*) ;;
*) intoto_program=$intoto_top/$intoto_program ;;
esac
if ! test -x "$intoto_program"; then
	echo "Bail out! '$intoto_program' is not built"
	exit 1
fi

for variable in $(env | sed -n 's/^\(GIT_[A-Z_0-9]*\|XDG_[A-Z_]*\)=.*/\1/p') \
	SSH_AUTH_SOCK SSH_AGENT_PID SSH_ASKPASS DISPLAY GPG_TTY GPG_AGENT_INFO \
	NO_COLOR VISUAL EDITOR SOURCE_DATE_EPOCH MAKEFLAGS MFLAGS MAKELEVEL \
	MAKEOVERRIDES GNUMAKEFLAGS; do
	unset "$variable"
done

# INTOTO_TEST_HASH=sha256 has every new repository made with such ids.
if test -n "$INTOTO_TEST_HASH"; then
	export GIT_DEFAULT_HASH="$INTOTO_TEST_HASH"
fi

# Sockets of agents have short paths only.
intoto_private=$(mktemp -d "${TMPDIR:-/tmp}/git-intoto-t.XXXXXX") || exit 1

# started_at PID: field 22 of its stat, behind a name that may hold anything.
started_at() {
	sed -n '$s/.*) //p' "/proc/$1/stat" 2>/dev/null | cut -d ' ' -f 20
}

intoto_end() {
	intoto_code=$?
	if test -f "$intoto_private/pids"; then
		# Of a process that has ended, the number may be another's now.
		while read -r pid started; do
			test -n "$started" &&
			test "$(started_at "$pid")" = "$started" &&
			kill "$pid" 2>/dev/null
		done <"$intoto_private/pids"
	fi
	GNUPGHOME=$intoto_private/gnupg gpgconf --kill all 2>/dev/null
	rm -rf "$intoto_private"
	return $intoto_code
}

# shellcheck source=/dev/null
. "${SHARNESS:-/usr/share/sharness/sharness.sh}"
# `die` is sharness's own trap: it wants the status that the script ends with.
trap 'intoto_end; die' EXIT

# A single quote, for texts within single quotes.
# shellcheck disable=SC2034
SQ="'"

mkdir -p home .bin || exit 1
ln -s "$intoto_program" .bin/git-intoto || exit 1
PATH=$PWD/.bin:$PATH
HOME=$PWD/home
# The checkout that the tests are in is no repository of theirs.
GIT_CEILING_DIRECTORIES=$(dirname "$PWD")
export GIT_CEILING_DIRECTORIES
GNUPGHOME=$intoto_private/gnupg
TMPDIR=$intoto_private/tmp
GIT_CONFIG_NOSYSTEM=1
GIT_TERMINAL_PROMPT=0
GIT_EDITOR=false
export PATH HOME GNUPGHOME TMPDIR GIT_CONFIG_NOSYSTEM GIT_TERMINAL_PROMPT
export GIT_EDITOR
mkdir -m 700 "$GNUPGHOME" "$TMPDIR" || exit 1
git config --global user.name 'Mona Maintainer'
git config --global user.email mona@example.com
git config --global init.defaultBranch main
git config --global advice.detachedHead false

# make_ssh_key NAME [TYPE [PASSPHRASE]]: the files ~/NAME and ~/NAME.pub.
make_ssh_key() {
	ssh-keygen -q -t "${2:-ed25519}" -N "${3-}" -C "$1" -f "$HOME/$1"
}

# make_gpg_key EMAIL [ALGORITHM]: a key without a passphrase.
make_gpg_key() {
	gpg --batch --quiet --pinentry-mode loopback --passphrase '' \
		--quick-generate-key "Key <$1>" "${2:-ed25519}" sign never \
		2>/dev/null
}

gpg_fingerprint() {
	gpg --batch --with-colons --list-keys "$1" |
		sed -n '/^fpr/{s/[^0-9A-F]//g;p;q;}'
}

# make_pem_key NAME [TYPE]: the files ~/NAME.pem and ~/NAME.pub.pem.
make_pem_key() {
	case ${2:-ed25519} in
	ed25519)
		openssl genpkey -algorithm ed25519 -out "$HOME/$1.pem" ;;
	rsa)
		openssl genpkey -quiet -algorithm RSA \
			-pkeyopt rsa_keygen_bits:2048 -out "$HOME/$1.pem" ;;
	ecdsa)
		openssl genpkey -algorithm EC \
			-pkeyopt ec_paramgen_curve:P-256 -out "$HOME/$1.pem" ;;
	esac 2>/dev/null &&
	openssl pkey -in "$HOME/$1.pem" -pubout -out "$HOME/$1.pub.pem"
}

# sign_with_ssh NAME, sign_with_gpg EMAIL: git's own settings, for everybody.
sign_with_ssh() {
	git config --global gpg.format ssh &&
	git config --global user.signingKey "$HOME/$1.pub"
}

sign_with_gpg() {
	git config --global gpg.format openpgp &&
	git config --global user.signingKey "$(gpg_fingerprint "$1")"
}

# ended_with_the_test PID: from a subshell as well.
ended_with_the_test() {
	echo "$1 $(started_at "$1")" >>"$intoto_private/pids"
}

# start_agent [NAME...]: an ssh-agent that holds these keys.
start_agent() {
	eval "$(ssh-agent -a "$intoto_private/agent" -s)" >/dev/null &&
	ended_with_the_test "$SSH_AGENT_PID" &&
	for name; do
		ssh-add -q "$HOME/$name" || return 1
	done
}

# make_project DIR: a small repository whose `make dist` writes dist/.
make_project() {
	git init -q "$1" &&
	mkdir "$1/src" &&
	echo 'int main(void) { return 0; }' >"$1/src/main.c" &&
	echo 'A project.' >"$1/README" &&
	echo dist/ >"$1/.gitignore" &&
	printf 'dist:\n\tmkdir -p dist\n\ttar -cf dist/foo-1.0.tar README\n\t%s\n' \
		'cp src/main.c dist/main.txt' >"$1/Makefile" &&
	git -C "$1" add . &&
	git -C "$1" commit -q -m 'the first version'
}

# init_project DIR [OPTION]...: the same with a layout and trust.
init_project() {
	make_project "$1" &&
	( cd "$1" && shift && git intoto init --yes "$@" >/dev/null )
}

# refused STATUS REASON COMMAND...: it fails with that status, and says so; the
# REASON is the code in brackets, or `-` for none. Its stderr is kept in `err`,
# its stdout in `out`.
refused() {
	refused_status=$1 refused_reason=$2
	shift 2
	test_expect_code "$refused_status" "$@" >out 2>err || {
		cat out err
		return 1
	}
	if test "$refused_reason" = -; then
		grep '^error: ' err
	else
		grep "^error: .*\[$refused_reason\]$" err
	fi || {
		cat out err
		return 1
	}
}

# empty_tree, zero_oid, some_oid: as long as ids are here; the last one is of
# nothing. $oid_length is how many digits they have.
case $GIT_DEFAULT_HASH in
sha256)
	oid_length=64 ;;
*)
	oid_length=40
	test_set_prereq SHA1 ;;
esac

empty_tree() {
	printf 'tree 0\0' | "${GIT_DEFAULT_HASH:-sha1}sum" | cut -d " " -f 1
}

zero_oid() {
	printf "%0${oid_length}d\n" 0
}

some_oid() {
	printf '%08d' 12345678 12345678 12345678 12345678 12345678 12345678 \
		12345678 12345678 | cut -c "1-$oid_length"
}

# note_of TAG: the lines recorded for it here.
note_of() {
	note_tag=$(git rev-parse "refs/tags/$1") &&
	git notes --ref="in-toto/links/$(echo "$note_tag" | tail -c 3)" \
		show "$note_tag"
}

# json EXPRESSION <FILE: print a Python expression over the object `j`.
json() {
	python3 -c 'import json, sys
j = json.load(sys.stdin)
print(eval(sys.argv[1], {"j": j, "json": json}))' "$1"
}

# link_of TAG STEP: the one link of that step, as JSON.
link_of() {
	note_of "$1" | python3 -c 'import base64, json, sys
for line in sys.stdin:
    j = json.loads(line)
    s = j.get("signed") or json.loads(base64.b64decode(j["payload"]))
    if s.get("name") == sys.argv[1]:
        print(json.dumps(s))' "$2"
}

# at_terminal STATUS LINE... -- COMMAND...: it ends with that status, on a
# terminal where the LINEs of terminal.py answer it. What it says is in `shown`.
at_terminal() {
	terminal_status=$1
	shift
	test_expect_code "$terminal_status" \
		"$SHARNESS_TEST_SRCDIR/terminal.py" "$@" >shown || {
		cat shown
		return 1
	}
}

# kill_at_rename N COMMAND...: SIGKILL for git, and for the program that runs
# it, right before git renames the lock file of the Nth ref into its place.
kill_at_rename() {
	kill_count=$1
	shift
	test -f "$intoto_private/kill.so" ||
		cc -shared -fPIC -O1 -o "$intoto_private/kill.so" \
			"$SHARNESS_TEST_SRCDIR/data/kill_at_rename.c" -ldl ||
		return 1
	rm -f "$intoto_private/renames"
	LD_PRELOAD=$intoto_private/kill.so KILL_AT=$kill_count \
		KILL_COUNTER=$intoto_private/renames \
		ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=0 "$@"
	kill_status=$?
	test "$kill_status" = 137 || {
		echo "not killed at rename $kill_count, but $kill_status"
		return 1
	}
}
