#!/usr/bin/python3
"""A layout and its links, made and signed by Debian's in-toto.

usage: mklinks.py DIR STEPS ARTIFACTS

Writes DIR/root.layout, DIR/owner.pub and one link a step. Each step has
ARTIFACTS materials and products, its materials are the products of the step
before, and its rules say so.
"""
import hashlib
import os
import sys

from in_toto.models.layout import Layout, Step
from in_toto.models.link import Link
from in_toto.models.metadata import Metablock
from securesystemslib import interface


def make_key(folder, name):
    path = os.path.join(folder, name)
    interface.generate_and_write_unencrypted_ed25519_keypair(path)
    return interface.import_ed25519_privatekey_from_file(path)


def artifacts(step, count):
    return {"src/dir%d/file%d.c" % (i % 97, i):
            {"sha256": hashlib.sha256(b"%d %d" % (step, i)).hexdigest()}
            for i in range(count)}


def public(key):
    return {name: value for name, value in key.items() if name != "keyval"} | {
        "keyval": {"public": key["keyval"]["public"]}}


def main():
    folder = sys.argv[1]
    n_steps, n_artifacts = int(sys.argv[2]), int(sys.argv[3])
    os.makedirs(folder, exist_ok=True)
    owner = make_key(folder, "owner")
    worker = make_key(folder, "worker")
    layout = Layout()
    layout.set_relative_expiration(months=120)
    layout.keys = {worker["keyid"]: public(worker)}
    for number in range(n_steps):
        step = Step(name="step%d" % number)
        step.pubkeys = [worker["keyid"]]
        if number:
            step.expected_materials = [
                ["MATCH", "*", "WITH", "PRODUCTS", "FROM",
                 "step%d" % (number - 1)],
                ["DISALLOW", "*"]]
        step.expected_products = [["ALLOW", "src/*"], ["DISALLOW", "*"]]
        layout.steps.append(step)
        link = Metablock(signed=Link(
            name=step.name,
            materials=artifacts(number, n_artifacts),
            products=artifacts(number + 1, n_artifacts)))
        link.sign(worker)
        link.dump(os.path.join(folder, "%s.%.8s.link"
                               % (step.name, worker["keyid"])))
    block = Metablock(signed=layout)
    block.sign(owner)
    block.dump(os.path.join(folder, "root.layout"))


if __name__ == "__main__":
    main()
