#!/usr/bin/python3
"""Make a supply chain with Debian's in-toto library, to be judged by ours.

Usage: make-chain.py DIR ed25519|rsa|ecdsa THRESHOLD

Writes DIR/root.layout, signed by DIR/keys/owner, and the links of the steps
"write" and "package" in DIR/links; DIR/final has the product. "package" is
done by THRESHOLD of the keys a and b. The one inspection looks at the product.
"""
import os
import shutil
import sys

from in_toto import runlib
from in_toto.models.layout import Inspection, Layout, Step
from in_toto.models.metadata import Metablock
from securesystemslib import interface

DIR, TYPE, THRESHOLD = sys.argv[1], sys.argv[2], int(sys.argv[3])


def make_key(name):
    path = "keys/" + name
    make = getattr(interface, f"_generate_and_write_{TYPE}_keypair")
    make(filepath=path, password=None)
    private = getattr(interface, f"import_{TYPE}_privatekey_from_file")
    public = getattr(interface, f"import_{TYPE}_publickey_from_file")
    return private(path), public(path + ".pub")


def make_layout(public_a, public_b):
    write = Step(name="write", pubkeys=[public_a["keyid"]])
    write.set_expected_command_from_string("sh -c 'echo code >foo.py'")
    write.add_product_rule_from_string("CREATE foo.py")
    write.add_product_rule_from_string("DISALLOW *")
    package = Step(name="package", threshold=THRESHOLD,
                   pubkeys=[public_b["keyid"], public_a["keyid"]])
    package.add_material_rule_from_string(
        "MATCH foo.py WITH PRODUCTS FROM write")
    package.add_material_rule_from_string("DISALLOW *")
    package.add_product_rule_from_string("CREATE foo.tar")
    package.add_product_rule_from_string("ALLOW foo.py")
    package.add_product_rule_from_string("DISALLOW *")
    look = Inspection(name="look")
    look.set_run_from_string("test -f foo.tar")
    look.add_material_rule_from_string(
        "MATCH foo.tar WITH PRODUCTS FROM package")
    look.add_material_rule_from_string("DISALLOW *")
    layout = Layout(steps=[write, package], inspect=[look],
                    readme="h\u00e9llo \"x\"\n\ttab",
                    keys={key["keyid"]: key for key in (public_a, public_b)})
    layout.set_relative_expiration(months=3)
    return layout


def run(step, materials, command, key):
    runlib.in_toto_run(step, materials, ["."], ["sh", "-c", command],
                       signing_key=key, record_streams=True,
                       metadata_directory="../links")


os.makedirs(DIR)
os.chdir(DIR)
for folder in ("keys", "links", "work", "final"):
    os.mkdir(folder)
owner, _ = make_key("owner")
a, public_a = make_key("a")
b, public_b = make_key("b")
signed = Metablock(signed=make_layout(public_a, public_b))
signed.sign(owner)
signed.dump("root.layout")
os.chdir("work")
run("write", [], "echo code >foo.py", a)
for signer in [b, a][:THRESHOLD]:
    run("package", ["foo.py"], "echo packed >foo.tar", signer)
    shutil.move("foo.tar", "../final/foo.tar")
