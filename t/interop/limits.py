#!/usr/bin/python3
"""Metadata at a limit, or over it, signed as it should be.

    limits.py KEY CASE DIR

KEY is an ed25519 private key in a PEM file: the owner's and everybody's. DIR
gets root.layout and the folder links/.
"""
import base64
import hashlib
import json
import os
import sys

from cryptography.hazmat.primitives import serialization
from securesystemslib.formats import encode_canonical

SHA = {"sha256": "00" * 32}


class Maker:
    def __init__(self, key, where):
        with open(key, "rb") as text:
            self.key = serialization.load_pem_private_key(text.read(), None)
        self.object = {
            "keyid_hash_algorithms": ["sha256", "sha512"],
            "keytype": "ed25519", "scheme": "ed25519", "keyval": {
                "public": self.key.public_key().public_bytes(
                    serialization.Encoding.Raw,
                    serialization.PublicFormat.Raw).hex()}}
        self.id = hashlib.sha256(encode_canonical(
            self.object).encode()).hexdigest()
        self.where = where

    def canonical(self, signed):
        """Like encode_canonical(), which takes minutes for a million names;
        for texts without escapes."""
        return json.dumps(signed, sort_keys=True, ensure_ascii=False,
                          separators=(",", ":")).encode()

    def write(self, path, signed, plain=False):
        data = encode_canonical(signed).encode() if plain else \
            self.canonical(signed)
        sig = self.key.sign(data).hex()
        self.text(path, json.dumps({"signatures": [
            {"keyid": self.id, "sig": sig}], "signed": signed}))

    def text(self, path, text):
        path = os.path.join(self.where, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf8") as out:
            out.write(text)

    def layout(self, steps, inspect=(), **more):
        return {"_type": "layout", "expires": "2038-01-01T00:00:00Z",
                "readme": "", "keys": {self.id: {**self.object,
                                                 "keyid": self.id}},
                "steps": list(steps), "inspect": list(inspect), **more}

    def step(self, name, **more):
        return {"_type": "step", "name": name, "threshold": 1,
                "pubkeys": [self.id], "expected_command": [],
                "expected_materials": [], "expected_products": [], **more}

    def link(self, name, **more):
        return {"_type": "link", "name": name, "command": [],
                "byproducts": {}, "environment": {}, "materials": {},
                "products": {}, **more}

    def put_link(self, name, folder="links", plain=False, **more):
        self.write("%s/%s.%s.link" % (folder, name, self.id[:8]),
                   self.link(name, **more), plain)

    def root(self, *steps, **more):
        self.write("root.layout", self.layout(steps, **more))

    def folder(self, name):
        return "%s.%s" % (name, self.id[:8])


def steps(make, count=10000):
    """Each takes what the one before it made."""
    items = []
    for i in range(count):
        items.append(make.step("s%d" % i, expected_materials=[
            ["MATCH", "*", "WITH", "PRODUCTS", "FROM", "s%d" % max(0, i - 1)],
            ["DISALLOW", "*"]]))
        make.put_link("s%d" % i, materials={"a": SHA}, products={"a": SHA})
    make.root(*items)


def steps_over(make):
    make.root(*[make.step("s%d" % i) for i in range(10001)])


def steps_missing(make):
    make.root(*[make.step("s%d" % i) for i in range(10000)])


def pubkeys(make, count=10):
    """A thousand keys, and steps that name ten thousand nobody has."""
    keys = {}
    for i in range(1000):
        key = {**make.object, "keyval": {"public": "%064x" % (i + 2)}}
        keys["%064x" % i] = key
    make.root(*[make.step("s%d" % i, pubkeys=["aa%062x" % j for j in
                                              range(10000)])
                for i in range(count)], keys=keys)


def pubkeys_over(make):
    pubkeys(make, 11)


def pubkeys_repeated(make):
    make.put_link("a")
    make.root(make.step("a", pubkeys=[make.id] * 10000))


def artifacts(make, count=1000000):
    make.put_link("a", products={"%d" % i: {"a": "0"} for i in range(count)})
    make.root(make.step("a", expected_products=[["ALLOW", "*"],
                                                ["DISALLOW", "*"]]))


def artifacts_over(make):
    artifacts(make, 1000001)


def depth(make, count=65):
    deep = []
    for _ in range(count - 4):
        deep = [deep]
    make.put_link("a", byproducts={"deep": deep})
    make.root(make.step("a"))


def depth_bomb(make):
    make.text("links/a.%s.link" % make.id[:8], "[" * 10000000)
    make.root(make.step("a"))


def size(make):
    make.put_link("a", byproducts={"stdout": "x" * 100000})
    make.root(make.step("a"))


def tower(make, count=17):
    folder = "links"
    for i in range(count):
        sub = make.layout([make.step("a")] if i + 1 < count else [],
                          expires="20%d-01-01T00:00:00Z" % (60 + i))
        make.write("%s/%s.link" % (folder, make.folder("a")), sub)
        folder += "/" + make.folder("a")
    make.root(make.step("a"))


def tower_16(make):
    tower(make, 16)


def circle(make):
    """A folder that is its own sublayouts' folder."""
    make.write("links/%s.link" % make.folder("a"),
               make.layout([make.step("a")], readme="x"))
    os.symlink(".", os.path.join(make.where, "links", make.folder("a")))
    make.root(make.step("a"))


def fan(make):
    """Each of two steps done by a layout that has both steps of the next."""
    names = "abcdefghijklmnopqrstuvwxyz"
    for i in range(0, 26, 2):
        for name in names[i:i + 2]:
            make.write("links/%s.link" % make.folder(name), make.layout(
                [make.step(n) for n in names[i + 2:i + 4]]))
            os.symlink(".", os.path.join(make.where, "links",
                                         make.folder(name)))
    make.root(make.step("a"), make.step("b"))


def anonymous(make):
    """A thousand signatures without keyid, and a thousand keys."""
    payload = json.dumps(make.link("a")).encode()
    keys = {}
    for i in range(1000):
        keys["%064x" % i] = {**make.object, "keyval": {
            "public": "%064x" % (i + 2)}}
    text = json.dumps({
        "payload": base64.b64encode(payload).decode(),
        "payloadType": "application/vnd.in-toto+json",
        "signatures": [{"keyid": "", "sig": base64.b64encode(
            bytes([i % 256, i // 256]) * 32).decode()} for i in range(1000)]})
    for keyid in keys:
        make.text("links/a.%s.link" % keyid[:8], text)
    make.root(make.step("a", pubkeys=list(keys)), keys=keys)


def signatures_over(make):
    make.text("links/a.%s.link" % make.id[:8], json.dumps({
        "signatures": [{"keyid": "ab", "sig": "00"}] * 1001,
        "signed": make.link("a")}))
    make.root(make.step("a"))


def names(make, name):
    make.root(make.step(name))


def escapes(make):
    """What a terminal would obey, wherever there is room for it."""
    bad = "\x1b]0;owned\x07\x1b[31m\u009b2J\u202eevil"
    make.put_link("a", plain=True, products={bad: SHA}, command=[bad],
                  byproducts={"stdout": bad}, environment={bad: bad})
    make.write("links/b.%s.link" % make.id[:8],
               make.link("b" + bad.replace("\x1b", "").replace("\x07", "")),
               True)
    step = make.step("a", expected_command=["make", bad],
                     expected_products=[["REQUIRE", bad + "x"],
                                        ["DISALLOW", "*"]])
    data = make.layout([step, make.step("b")],
                       [{"_type": "inspection", "name": "i", "run": [bad],
                         "expected_materials": [], "expected_products": []}],
                       readme=bad)
    make.write("root.layout", data, True)


def main():
    key, case, where = sys.argv[1:4]
    make = Maker(key, where)
    os.makedirs(os.path.join(where, "links"), exist_ok=True)
    if case.startswith("name="):
        names(make, case[len("name="):].encode().decode("unicode_escape"))
    else:
        globals()[case](make)


if __name__ == "__main__":
    main()
