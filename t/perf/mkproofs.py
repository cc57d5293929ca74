#!/usr/bin/python3
"""Write a repository for git fast-import: a large tree, or many tags with links.

Usage: mkproofs.py tree FILES
       mkproofs.py links TAGS PATHS KEY

The first is one commit of so many files of a few kilobytes. The second is one
commit, annotated tags t0, t1, ... of it, and for each tag a note with one link
of the tag step of so many paths, signed by the ed25519 key in the file KEY:
what a repository looks like that has carried its proofs for years.
"""
import hashlib
import json
import random
import sys

OUT = sys.stdout.buffer
WHO = b"bench <bench@example.org> 1700000000 +0000"


def data(text):
    OUT.write(b"data %d\n%s\n" % (len(text), text))


def commit(ref, message):
    OUT.write(b"commit %s\ncommitter %s\n" % (ref, WHO))
    data(message)


def make_tree(files):
    words = ["%x" % random.randrange(1 << 32) for _ in range(4000)]
    commit(b"refs/heads/main", b"a large tree")
    for number in range(files):
        text = " ".join(random.choices(words, k=random.randrange(50, 800)))
        OUT.write(b"M 100644 inline d%02d/e%02d/f%d\n" % (
            number % 100, number // 100 % 100, number))
        data(text.encode())


def object_id(kind, text):
    return hashlib.sha1(b"%s %d\0%s" % (kind, len(text), text)).hexdigest()


def canonical(value):
    """For plain ASCII this is the canonical form."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


class Signer:
    def __init__(self, path):
        from cryptography.hazmat.primitives import serialization as serial
        with open(path, "rb") as file:
            self.key = serial.load_ssh_private_key(file.read(), None)
        public = self.key.public_key().public_bytes(
            serial.Encoding.Raw, serial.PublicFormat.Raw).hex()
        self.keyid = hashlib.sha256(canonical({
            "keyid_hash_algorithms": ["sha256", "sha512"],
            "keytype": "ed25519", "keyval": {"public": public},
            "scheme": "ed25519"}).encode()).hexdigest()

    def line(self, signed):
        sig = self.key.sign(canonical(signed).encode()).hex()
        return canonical({"signatures": [{"keyid": self.keyid, "sig": sig}],
                          "signed": signed}).encode() + b"\n"


def make_links(tags, paths, key):
    signer = Signer(key)
    content = b"one\n"
    blob = object_id(b"blob", content)
    tree = object_id(b"tree", b"100644 README\0" + bytes.fromhex(blob))
    message = b"the only commit"
    head = object_id(b"commit", b"tree %s\nauthor %s\ncommitter %s\n\n%s" % (
        tree.encode(), WHO, WHO, message))
    commit(b"refs/heads/main", message)
    OUT.write(b"M 100644 inline README\n")
    data(content)
    materials = {"src/d%02d/file%d.c" % (number % 50, number): {
        "sha256": hashlib.sha256(b"%d" % number).hexdigest()}
        for number in range(paths)}
    names = list(materials)
    for number in range(tags):
        name = b"t%d" % number
        text = b"object %s\ntype commit\ntag %s\ntagger %s\n\n%s\n" % (
            head.encode(), name, WHO, name)
        tag = object_id(b"tag", text)
        OUT.write(b"tag %s\nfrom refs/heads/main\ntagger %s\n" % (name, WHO))
        data(name + b"\n")
        # From one release to the next a few files change.
        for changed in random.sample(names, min(5, paths)):
            materials[changed] = {
                "sha256": hashlib.sha256(b"%d %d" % (
                    number, random.randrange(1 << 32))).hexdigest()}
        line = signer.line({
            "_type": "link", "name": "tag", "byproducts": {},
            "command": ["git", "tag", "-s", name.decode()],
            "environment": {"git": {
                "commit": head, "layouts": {"release": "0" * 64},
                "manifestSha256": "0" * 64, "project": "0" * 32,
                "ref": "refs/tags/" + name.decode(), "tag": tag,
                "tagSha256": hashlib.sha256(text).hexdigest(),
                "tree": tree}},
            "materials": materials, "products": {}})
        commit(b"refs/notes/in-toto/links/" + tag[-2:].encode(),
               b"in-toto: add 1")
        OUT.write(b"M 100644 inline %s\n" % tag.encode())
        data(line)


random.seed(1)
if sys.argv[1] == "tree":
    make_tree(int(sys.argv[2]))
else:
    make_links(int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
