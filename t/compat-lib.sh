# compat-lib.sh: the same command lines given to in-toto's own tools (Debian's,
# 1.3.1) and to this program under their names. Sourced after test-lib.sh.
# shellcheck shell=sh

PYTHON=/usr/bin/python3
REFERENCE=/usr/bin
if ! test -x "$REFERENCE/in-toto-run"; then
	echo "Bail out! in-toto's own tools are missing (package in-toto)"
	exit 1
fi

mkdir compat || exit 1
for tool in run record verify sign mock match-products; do
	ln -s "$intoto_program" "compat/in-toto-$tool" || exit 1
done
COMPAT=$PWD/compat

# fresh: the folder `template` twice, one for each side.
fresh() {
	rm -rf ref our &&
	cp -R template ref &&
	cp -R template our
}

# both CODE TOOL ARG...: the same command line to both; both exit with CODE.
both() {
	both_code=$1 both_tool=$2 &&
	shift 2 &&
	(cd ref && "$REFERENCE/$both_tool" "$@") >ref.out 2>ref.err </dev/null
	both_ref=$?
	(cd our && "$COMPAT/$both_tool" "$@") >our.out 2>our.err </dev/null
	both_our=$?
	test "$both_ref $both_our" = "$both_code $both_code" || {
		echo "$both_tool $*: reference $both_ref, ours $both_our"
		cat ref.err our.err
		return 1
	}
}

cat >same.py <<'EOS'
"""Both folders have the same files; links equal but for the signatures."""
import json, os, sys

def files(top):
    found = {}
    for folder, _, names in os.walk(top):
        for name in names:
            path = os.path.join(folder, name)
            found[os.path.relpath(path, top)] = (
                os.readlink(path) if os.path.islink(path)
                else open(path, "rb").read())
    return found

def normal(name, data):
    if ".link" not in name and not name.endswith(".layout"):
        return data
    try:
        block = json.loads(data)
    except ValueError:
        return data
    ids = sorted(s["keyid"] for s in block["signatures"])
    # Ours lists a layout's signer under both of its keyids.
    ids = ids if block["signed"]["_type"] == "link" else []
    return json.dumps([ids, block["signed"]], sort_keys=True)

ref, our = files("ref"), files("our")
if set(ref) != set(our):
    sys.exit("other files: %s" % sorted(set(ref) ^ set(our)))
for name in ref:
    a, b = normal(name, ref[name]), normal(name, our[name])
    if a != b:
        sys.exit("%s differs:\n%s\n%s" % (name, a, b))
EOS

same() {
	"$PYTHON" same.py
}

# alike CODE TOOL ARG...: from a fresh start the same exit code, and files.
alike() {
	fresh &&
	both "$@" &&
	same
}

# signed STEP FILE: a field of the signed part of our link of that step.
signed() {
	"$PYTHON" -c '
import json, sys
value = json.load(open(sys.argv[1]))["signed"]
for name in sys.argv[2:]:
    value = value[name]
print(value)
' "$@"
}

# verifies CODE ARG...: each side's metadata is judged alike by both.
verifies() {
	verifies_code=$1 &&
	shift &&
	for verifies_side in ref our
	do
		(
			cd "$verifies_side" &&
			test_expect_code "$verifies_code" \
				"$REFERENCE/in-toto-verify" "$@" &&
			rm -f ./*inspect.link &&
			test_expect_code "$verifies_code" \
				"$COMPAT/in-toto-verify" "$@"
		) || return 1
	done
}

# ended PID: nobody may be there to reap it.
ended() {
	! kill -0 "$1" 2>/dev/null || grep "^State:.Z" "/proc/$1/status"
}

# make_template: the folder that both start from, keys of every kind in it.
make_template() {
	mkdir template && (
		cd template &&
		"$REFERENCE/in-toto-keygen" -b 2048 rsa &&
		"$REFERENCE/in-toto-keygen" -t ed25519 ed &&
		"$REFERENCE/in-toto-keygen" -t ecdsa ec &&
		"$PYTHON" -c "
import securesystemslib.interface as i
i.generate_and_write_ed25519_keypair(password='secret', filepath='locked')
i.generate_and_write_rsa_keypair(password='secret', filepath='lockedrsa', bits=2048)
i.generate_and_write_ecdsa_keypair(password='secret', filepath='lockedec')
" &&
		mkdir -p src/sub/deep links other empty &&
		chmod 700 empty &&
		echo one >src/one.c && echo two >src/sub/two.c &&
		echo deep >src/sub/deep/three.h &&
		printf "a\r\nb\rc\n" >src/crlf.txt &&
		echo object >src/one.pyc && echo backup >src/one.c~ &&
		echo old >src/old.link && mkdir -p src/.git &&
		echo ref >src/.git/HEAD && echo other >other/one.c &&
		ln -s ../other src/linked && ln -s one.c src/alias &&
		ln -s nowhere src/dead && echo "a b" >"src/with blank"
	) &&
	make_gpg_key mona@example.com rsa3072 &&
	make_gpg_key other@example.com ed25519 &&
	FPR=$(gpg_fingerprint mona@example.com | tr A-F a-f)
}
