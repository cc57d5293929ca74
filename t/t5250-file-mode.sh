#!/bin/sh
test_description='verify --layout FILE: every option, sublayouts, parameters'
# shellcheck source=t/test-lib.sh
. ./test-lib.sh

PYTHON=/usr/bin/python3
if ! "$PYTHON" -c 'import in_toto' 2>/dev/null; then
	echo "Bail out! the Python library in_toto is missing (package in-toto)"
	exit 1
fi

# Layouts and links by Debian's library: layout.py OUT KEY[,KEY]... PROGRAM
# runs PROGRAM on `l`, a layout signed by the keys then; link.py signs a link.
cat >lib.py <<'E1'
import attr, base64, json, os, sys
from in_toto.models.layout import Inspection, Layout, Step
from in_toto.models.link import Link
from in_toto.models.metadata import Metablock
from securesystemslib import interface, keys
from securesystemslib.gpg import functions as gpg

def private(path):
    return interface.import_ed25519_privatekey_from_file(path)

def public(path):
    return interface.import_ed25519_publickey_from_file(path + ".pub")

def layout(steps, inspect=(), keys=()):
    l = Layout(steps=list(steps), inspect=list(inspect))
    l.keys = {k["keyid"]: k for k in keys}
    l.set_relative_expiration(days=30)
    return l

def step(name, *keys, **more):
    s = Step(name=name, pubkeys=[k["keyid"] for k in keys], **more)
    return s

def put(path, signed, *keys):
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    block = Metablock(signed=signed)
    for key in keys:
        block.sign(key)
    block.dump(path)

def dsse(path, signed, *signers, keyid=True, bad=0):
    """A DSSE envelope; the first `bad` signatures are of something else."""
    payload = json.dumps(signed if isinstance(signed, dict) else
                         attr.asdict(signed), sort_keys=True).encode()
    kind = "application/vnd.in-toto+json"
    pae = b"DSSEv1 %d %s %d %s" % (len(kind), kind.encode(), len(payload),
                                   payload)
    sigs = []
    for i, key in enumerate(signers):
        sig = keys.create_signature(key, b"?" if i < bad else pae)
        sigs.append({"sig": base64.b64encode(
            bytes.fromhex(sig["sig"])).decode()})
        if keyid:
            sigs[-1]["keyid"] = sig["keyid"]
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    with open(path, "w") as out:
        json.dump({"payload": base64.b64encode(payload).decode(),
                   "payloadType": kind, "signatures": sigs}, out)
E1

with_lib() {
	PYTHONPATH=$SHARNESS_TRASH_DIRECTORY "$PYTHON" -c "from lib import *
$1"
}

# judge OPTION...: of the layout `c/root.layout`, in the folder `c/final`.
judge() {
	(
		cd "$SHARNESS_TRASH_DIRECTORY/c/final" &&
		git intoto verify --layout ../root.layout --link-dir ../links \
			"$@"
	)
}

K=$PWD

test_expect_success 'set-up: a step, two owners, a link' '
	in-toto-keygen -t ed25519 owner &&
	in-toto-keygen -t rsa -b 2048 second &&
	in-toto-keygen -t ecdsa third &&
	in-toto-keygen -t ed25519 ann &&
	in-toto-keygen -t ed25519 bob &&
	mkdir -p c/final &&
	with_lib "
ann = public(\"ann\")
s = step(\"make\", ann, expected_command=[\"make\", \"{TARGET}\"])
s.expected_products = [[\"REQUIRE\", \"{TARGET}\"], [\"DISALLOW\", \"x*\"]]
l = layout([s], keys=[ann])
put(\"c/root.layout\", l, private(\"owner\"),
    interface.import_rsa_privatekey_from_file(\"second\"),
    interface.import_ecdsa_privatekey_from_file(\"third\"))
link = Link(name=\"make\", command=[\"make\", \"other\"],
            products={\"{TARGET}\": {\"sha256\": \"00\"},
                      \"all\": {\"sha256\": \"00\"}})
put(\"c/links/make.%.8s.link\" % ann[\"keyid\"], link, private(\"ann\"))
"
'

test_expect_success 'owners by every option that in-toto has for them' '
	judge --key "$K/owner.pub" &&
	judge -k "$K/owner.pub" &&
	judge --layout-keys "$K/owner.pub" "$K/second.pub" "$K/third.pub" &&
	judge -k "$K/owner.pub" "$K/second.pub" "$K/third.pub" \
		-t ed25519 rsa ecdsa &&
	judge --layout-keys "$K/second.pub" --key-types rsa &&
	judge --verification-keys "$K/second.pub" &&
	judge -k "$K/owner.pub" --verification-keys "$K/second.pub" &&
	openssl pkey -pubin -in "$K/second.pub" -out pem.pub &&
	judge --verification-keys "$K/pem.pub"
'

test_expect_success 'each of them must have signed' '
	refused 1 signature-missing judge --key "$K/owner.pub" --key "$K/bob.pub" &&
	refused 1 signature-missing judge -k "$K/owner.pub" "$K/bob.pub" &&
	refused 128 - judge --key "$K/none.pub" &&
	test_expect_code 129 judge
'

test_expect_success 'types are those of the keys' '
	refused 128 - judge -k "$K/owner.pub" -t rsa &&
	refused 128 - judge -k "$K/owner.pub" -t dsa &&
	test_expect_code 129 judge -k "$K/owner.pub" -t ed25519 rsa
'

test_expect_success 'OpenPGP owners, also of another keyring' '
	make_gpg_key owner@example.com ed25519 &&
	fpr=$(gpg_fingerprint owner@example.com | tr A-F a-f) &&
	cp -R c before &&
	with_lib "
block = Metablock.load(\"c/root.layout\")
block.sign_gpg(\"$fpr\")
block.dump(\"c/root.layout\")
" &&
	judge -g "$fpr" &&
	judge --gpg "$fpr" --gpg-home "$GNUPGHOME" -k "$K/owner.pub" &&
	mkdir -m 700 empty &&
	test_must_fail judge -g "$fpr" --gpg-home "$K/empty"
'

test_expect_success 'parameters' '
	judge --key "$K/owner.pub" --param TARGET=all &&
	refused 1 rule-require judge --key "$K/owner.pub" --param TARGET=none &&
	refused 128 - judge --key "$K/owner.pub" --param OTHER=x &&
	grep "there is no parameter .TARGET." err &&
	grep "^hint: --param TARGET=" err &&
	judge --key "$K/owner.pub" --param OTHER=x --param TARGET=x \
		--param TARGET=all &&
	refused 129 - judge --key "$K/owner.pub" --param TARGET &&
	refused 128 - judge --key "$K/owner.pub" --param "A B=x"
'

test_expect_success 'another command is a warning, or with --strict a refusal' '
	judge --key "$K/owner.pub" 2>err &&
	grep "^warning: .*not the expected command" err &&
	refused 1 step-command judge --key "$K/owner.pub" --strict &&
	refused 1 step-command judge --key "$K/owner.pub" --strict \
		--param TARGET=all &&
	test_expect_code 1 judge --key "$K/owner.pub" --param TARGET=other \
		--strict --json >out &&
	json "[r[\"code\"] for r in j[\"reasons\"]]" <out >codes &&
	echo "[${SQ}rule-require${SQ}]" >expected &&
	test_cmp expected codes
'

# A step by two sublayouts deep, and its own by Bob; with an inspection each.
test_expect_success 'set-up: sublayouts' '
	rm -rf c && mkdir -p c/final && echo product >c/final/all &&
	with_lib "
ann, bob = public(\"ann\"), public(\"bob\")
a8, b8 = ann[\"keyid\"][:8], bob[\"keyid\"][:8]
def look(name, *run):
    return Inspection(name=name, run=list(run))
outer = step(\"outer\", ann)
outer.expected_products = [[\"REQUIRE\", \"all\"]]
root = layout([outer], [look(\"last\", \"sh\", \"-c\", \"echo last >>../order\")],
              [ann])
middle = step(\"middle\", bob)
middle.expected_products = [[\"DISALLOW\", \"{BAD}\"]]
sub = layout([middle], [look(\"second\", \"sh\", \"-c\", \"echo second >>../order\")],
             [bob])
inner = layout([step(\"inner\", bob)],
               [look(\"first\", \"sh\", \"-c\", \"echo first >>../order\")], [bob])
put(\"c/root.layout\", root, private(\"owner\"))
put(\"c/links/outer.%s.link\" % a8, sub, private(\"ann\"))
put(\"c/links/outer.%s/middle.%s.link\" % (a8, b8), inner, private(\"bob\"))
put(\"c/links/outer.%s/middle.%s/inner.%s.link\" % (a8, b8, b8),
    Link(name=\"inner\", products={\"all\": {\"sha256\": \"00\"}}),
    private(\"bob\"))
"
'

test_expect_success 'a sublayout is judged, with its inspections first' '
	judge --key "$K/owner.pub" >out &&
	grep "^accepted" out &&
	printf "first\nsecond\nlast\n" >expected &&
	test_cmp expected c/order &&
	find c/final -name "*.link" >stray &&
	test_must_be_empty stray
'

test_expect_success '--no-inspect runs none' '
	rm c/order &&
	judge --key "$K/owner.pub" --no-inspect 2>err &&
	test ! -e c/order &&
	grep "^warning: .*inspections are not run" err
'

test_expect_success 'parameters hold inside, and what fails there has its path' '
	refused 1 rule-disallow judge --key "$K/owner.pub" --param BAD=all &&
	grep "in the sublayout of step .outer.: middle.expected_products" err &&
	test ! -e c/order &&
	judge --key "$K/owner.pub" --param BAD=none --no-inspect &&
	refused 1 layout-parameter judge --key "$K/owner.pub" --param X=y &&
	rm c/links/outer.*/middle.*/inner.*.link &&
	refused 1 link-missing judge --key "$K/owner.pub" &&
	grep "in the sublayout of step .outer/middle.: step .inner.: no link" err &&
	test_expect_code 1 judge --key "$K/owner.pub" --json >out &&
	json "j[\"reasons\"][0][\"step\"]" <out >path &&
	echo outer/middle/inner >expected &&
	test_cmp expected path
'

# dsse_case STATEMENTS: the layout `l` with the step of Ann and the link `link`,
# at `path`, are written by them.
dsse_case() {
	rm -rf c && mkdir -p c/final &&
	with_lib "
ann, bob = public(\"ann\"), public(\"bob\")
s = step(\"make\", ann, bob)
s.expected_products = [[\"REQUIRE\", \"all\"], [\"DISALLOW\", \"x\"]]
l = layout([s], keys=[ann, bob])
link = Link(name=\"make\", products={\"all\": {\"sha256\": \"00\"}})
path = \"c/links/make.%.8s.link\" % ann[\"keyid\"]
$1
"
}

test_expect_success 'DSSE: links and layouts in either wrapper, and mixed' '
	dsse_case "
dsse(\"c/root.layout\", l, private(\"owner\"))
dsse(path, link, private(\"ann\"))" &&
	judge --key "$K/owner.pub" &&
	dsse_case "
put(\"c/root.layout\", l, private(\"owner\"))
dsse(path, link, private(\"ann\"))" &&
	judge --key "$K/owner.pub" &&
	dsse_case "
dsse(\"c/root.layout\", l, private(\"owner\"))
put(path, link, private(\"ann\"))" &&
	judge --key "$K/owner.pub" &&
	dsse_case "
dsse(\"c/root.layout\", l, private(\"bob\"))
put(path, link, private(\"ann\"))" &&
	refused 1 signature-missing judge --key "$K/owner.pub"
'

test_expect_success 'DSSE: of the signatures of a key any will do, keyid or none' '
	dsse_case "
dsse(\"c/root.layout\", l, private(\"owner\"), private(\"owner\"), bad=1)
dsse(path, link, private(\"ann\"), private(\"ann\"), bad=1)" &&
	judge --key "$K/owner.pub" &&
	dsse_case "
dsse(\"c/root.layout\", l, private(\"owner\"), keyid=False)
dsse(path, link, private(\"ann\"), keyid=False)" &&
	judge --key "$K/owner.pub" &&
	dsse_case "
put(\"c/root.layout\", l, private(\"owner\"))
dsse(path, link, *[private(\"owner\")] * 15, private(\"ann\"), keyid=False)" &&
	judge --key "$K/owner.pub" &&
	dsse_case "
put(\"c/root.layout\", l, private(\"owner\"))
dsse(path, link, *[private(\"owner\")] * 16, private(\"ann\"), keyid=False)" &&
	refused 1 step-threshold judge --key "$K/owner.pub" &&
	dsse_case "
put(\"c/root.layout\", l, private(\"owner\"))
dsse(path, link, private(\"bob\"), keyid=False)" &&
	refused 1 step-threshold judge --key "$K/owner.pub"
'

test_expect_success 'DSSE: one link makes no threshold of two, whoever signed it' '
	dsse_case "
s.threshold = 2
put(\"c/root.layout\", l, private(\"owner\"))
dsse(path, link, private(\"ann\"), private(\"bob\"))" &&
	refused 1 step-threshold judge --key "$K/owner.pub"
'

test_expect_success 'DSSE: what is signed is what was received' '
	dsse_case "
put(\"c/root.layout\", l, private(\"owner\"))
dsse(path, {**attr.asdict(link), \"more\": 1}, private(\"ann\"))
e = json.load(open(path))
p = json.loads(base64.b64decode(e[\"payload\"]))
del p[\"more\"]
e[\"payload\"] = base64.b64encode(json.dumps(p).encode()).decode()
json.dump(e, open(path + \".changed\", \"w\"))" &&
	judge --key "$K/owner.pub" &&
	for link in c/links/*.link
	do
		mv "$link.changed" "$link" || return 1
	done &&
	refused 1 step-threshold judge --key "$K/owner.pub"
'

test_expect_success 'DSSE: a layout has to say when it expires' '
	dsse_case "
l = attr.asdict(l)
del l[\"expires\"]
dsse(\"c/root.layout\", l, private(\"owner\"))
dsse(path, link, private(\"ann\"))" &&
	refused 128 - judge --key "$K/owner.pub"
'

test_expect_success 'DSSE: a statement is no link, another type is no payload' '
	dsse_case "
put(\"c/root.layout\", l, private(\"owner\"))
dsse(path, {\"_type\": \"https://in-toto.io/Statement/v1\", \"subject\": [],
     \"predicateType\": \"https://in-toto.io/attestation/link/v0.3\",
     \"predicate\": {}}, private(\"ann\"))" &&
	refused 1 link-missing judge --key "$K/owner.pub" &&
	dsse_case "
put(\"c/root.layout\", l, private(\"owner\"))
dsse(path, link, private(\"ann\"))
e = json.load(open(path))
e[\"payloadType\"] = \"text/plain\"
json.dump(e, open(path, \"w\"))" &&
	refused 1 link-missing judge --key "$K/owner.pub"
'

test_expect_success 'an inspection is ended when its time is over' '
	rm -rf c && mkdir -p c/final c/links &&
	with_lib "
put(\"c/root.layout\", layout([], [Inspection(name=\"i\",
    run=[\"sleep\", \"60\"])]), private(\"owner\"))
" &&
	refused 1 inspection-failed timeout 30 sh -c "cd c/final &&
		git intoto verify --layout ../root.layout \
			--key \"$K/owner.pub\" --inspection-timeout 1"
'

test_expect_success 'a program that is not there is no verdict' '
	with_lib "
put(\"c/root.layout\", layout([], [Inspection(name=\"i\",
    run=[\"no-such-program-anywhere\"])]), private(\"owner\"))
" &&
	refused 128 - judge --key "$K/owner.pub"
'

test_done
