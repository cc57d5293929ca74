#!/usr/bin/python3
"""Random supply chains, judged by the in-toto library and by git-intoto.

    differential.py --program GIT-INTOTO --dir DIR [--seed N] [--cases N]

Each case is a layout, its links and the keys of its owners. Both must come to
the same verdict, accept or refuse, but for what ALLOWED lists; what it lists
must be seen at least once. A case that differs is kept below DIR.
"""
import argparse
import collections
import copy
import fnmatch
import functools
import json
import logging
import os
import random
import shutil
import subprocess
import sys

import in_toto.rulelib
import in_toto.verifylib
import securesystemslib.formats
import securesystemslib.gpg.functions
import securesystemslib.keys
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from in_toto.models.layout import Layout
from in_toto.models.link import Link
from in_toto.models.metadata import Metablock
from securesystemslib import hash as sslib_hash

# The differences there are, each with its row in
# Documentation/technical/differences.adoc, and what git-intoto does there.
ALLOWED = {
    "link-name": "either",
    "one-key-two-ids": "refuse",
    "threshold-below-1": "refuse",
    "threshold-not-a-number": "refuse",
    "name-is-a-path": "refuse",
    "artifact-name": "refuse",
    "key-unusable": "refuse",
    "duplicate-member": "refuse",
    "big-number": "refuse",
    "type-guessed": "refuse",
    "sublayout-of-itself": "refuse",
    "malformed-link-to-spare": "accept",
    "either-keyid": "either",
    "inner-keyid": "either",
    "braces": "refuse",
}

STEPS = ["write", "test", "build", "pack age", "sign.it"]
NAMES = ["a", "b", "c", "src/a", "src/b", "src/sub/a", "dist/a", "dist/b",
         "foo.c", "src/foo.c", ".hid", "x[1]", "a*b", "a?b", "A", "\u00e9",
         "a\\b", "src\\a", "/abs/a", "src//abs/a", "./a", "a//b", "[", "]",
         "-", "!", "^", "\U0001f600", "line\nbreak", "src/", "a b"]
PATTERNS = ["*", "*", "*", "*", "?", "??", "src/*", "dist/*", "*a", "s*a",
            "*/a", "[ab]", "[!a]", "[!ab]*", "[^a]", "[b-a]", "[!b-a]", "[a-c]",
            "[", "[]", "[!]", "[!", "[]a]", "[!]a]", "[]-a]", "a[", "[a-",
            "[a-]", "[-a]", "[--0]", "[a-c-e]", "[!-a]", "[[]", "x[[]1]",
            "x[1]", "a\\*b", "a\\b", "*.c", "**", "src/**", "src/*/a", "", "\u00e9",
            "[\u00e0-\u00ff]", "[z-a!a]", "[b-a!-c]", "{a,b}", "[[:alpha:]]",
            "/abs/*", "*\n*", "[\\]]", "[a\\]", "A", "[A-Z]", "?[1]", "-", "!"]
PREFIXES = ["src", "src/", "dist", "dist/", "s", "", "src//", "./", "/",
            "/abs", "src/sub", "*", "src\\"]
H = ["%064x" % i for i in range(4)]
HASHES = [{"sha256": H[0]}, {"sha256": H[1]}, {"sha256": H[2]},
          {"sha256": H[0], "sha512": "aa"}, {"sha512": "aa"},
          {"sha256": "ABCD"}, {"sha256": "abcd"}, {}]
FUTURE = "2038-01-01T00:00:00Z"


def new_id(key):
    value = {"keytype": key["keytype"], "scheme": key["scheme"],
             "keyval": {"public": key["keyval"]["public"]}}
    if key["keytype"] != "ed25519":
        value["keyval"]["public"] = value["keyval"]["public"].strip() + "\n"
    digest = sslib_hash.digest("sha256")
    digest.update(securesystemslib.formats.encode_canonical(value).encode())
    return digest.hexdigest(), value


@functools.lru_cache(maxsize=None)
def load(pem):
    return serialization.load_pem_private_key(pem.encode(), None)


class Person:
    """A key, in the legacy or the new form."""

    def __init__(self, key, new=False, path=None):
        self.secret = key
        self.gpg_home = None
        self.path = path
        self.loaded = None
        if key["keytype"] == "rsa":
            self.loaded = load(key["keyval"]["private"])
        if new:
            self.id, self.public = new_id(key)
            self.public["keyid"] = self.id
        else:
            self.id = key["keyid"]
            self.public = copy.deepcopy(key)
            self.public["keyval"]["private"] = ""

    def sign(self, data):
        if not self.loaded:
            return {**securesystemslib.keys.create_signature(
                self.secret, data), "keyid": self.id}
        # The library loads and checks the key each time, which takes long.
        sig = self.loaded.sign(
            data, padding.PSS(padding.MGF1(hashes.SHA256()), 32),
            hashes.SHA256())
        return {"keyid": self.id, "sig": sig.hex()}


class GpgPerson(Person):
    def __init__(self, fingerprint, home):
        # pylint: disable=super-init-not-called
        self.id = fingerprint
        self.gpg_home = home
        self.public = securesystemslib.gpg.functions.export_pubkey(
            fingerprint, homedir=home)
        self.path = None

    def sign(self, data):
        return securesystemslib.gpg.functions.create_signature(
            data, keyid=self.id, homedir=self.gpg_home)


def make_people(where, rng):
    """Plain keys of every type in either form, their public files, and two of
    OpenPGP: ed25519 alone, and RSA with an RSA subkey that signs."""
    people = []
    keys = [securesystemslib.keys.generate_rsa_key(2048) for _ in range(2)]
    keys += [securesystemslib.keys.generate_ecdsa_key() for _ in range(2)]
    keys += [securesystemslib.keys.generate_ed25519_key() for _ in range(5)]
    for index, key in enumerate(keys):
        path = os.path.join(where, "key%d.pub" % index)
        with open(path, "w", encoding="utf8") as out:
            if key["keytype"] == "rsa":
                out.write(key["keyval"]["public"])
            else:
                json.dump({**key, "keyval": {
                    "public": key["keyval"]["public"]}}, out)
        people.append(Person(key, index % 2 == 1, path))
    rng.shuffle(people)
    home = os.environ["GNUPGHOME"]
    gpg = ["gpg", "--homedir", home, "--batch", "--quiet", "--passphrase", "",
           "--pinentry-mode", "loopback"]
    prints = []
    for name, algorithm in ("ed", "ed25519"), ("rsa", "rsa2048"):
        uid = "%s%d@d.test" % (name, os.getpid())
        subprocess.run(gpg + ["--quick-generate-key", uid, algorithm, "sign",
                              "never"], check=True, stderr=subprocess.DEVNULL)
        listing = subprocess.run(
            gpg + ["--with-colons", "--list-keys", uid], check=True,
            stdout=subprocess.PIPE).stdout.decode()
        prints.append([line.split(":")[9] for line in listing.splitlines()
                       if line.startswith("fpr")][0])
    subprocess.run(gpg + ["--quick-add-key", prints[1], "rsa2048", "sign",
                          "never"], check=True, stderr=subprocess.DEVNULL)
    return people, [GpgPerson(p.lower(), home) for p in prints]


def signable(signed):
    """What a signature covers: the library's projection, if it can read it."""
    for model in (Link, Layout):
        if isinstance(signed, dict) and \
                signed.get("_type") == model.__name__.lower():
            try:
                return model.read(copy.deepcopy(signed)).signable_bytes
            except Exception:  # pylint: disable=broad-except
                pass
    try:
        return securesystemslib.formats.encode_canonical(signed).encode()
    except Exception:  # pylint: disable=broad-except
        return b"?"


def block(signed, *people):
    data = signable(signed)
    return {"signatures": [p.sign(data) for p in people], "signed": signed}


class Case:
    """Files to be, by path below the case's folder; and what is allowed."""

    def __init__(self, title):
        self.title = title
        self.files = {}
        self.owners = []
        self.parameters = None
        self.tags = set()
        self.products = {}

    def put(self, path, content):
        self.files[path] = content

    def write(self, root):
        os.makedirs(os.path.join(root, "products"))
        for name, content in self.products.items():
            path = os.path.join(root, "products", name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            if content is None:
                os.makedirs(path)
            elif content.startswith("-> "):
                os.symlink(content[len("-> "):], path)
            else:
                with open(path, "w", encoding="utf8") as out:
                    out.write(content)
        for name, content in self.files.items():
            path = os.path.join(root, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            if not isinstance(content, bytes):
                content = json.dumps(content).encode()
            with open(path, "wb") as out:
                out.write(content)


def random_artifacts(rng, base=None):
    artifacts = dict(base or {})
    for name in list(artifacts):
        chance = rng.random()
        if chance < 0.1:
            artifacts[name] = rng.choice(HASHES)
        elif chance < 0.2:
            del artifacts[name]
    for _ in range(rng.randrange(4)):
        artifacts[rng.choice(NAMES)] = rng.choice(HASHES[:3] if
                                                  rng.random() < 0.8 else HASHES)
    return artifacts


def random_pattern(rng, names):
    if names and rng.random() < 0.3:
        return rng.choice(sorted(names))
    if rng.random() < 0.2:
        return "".join(rng.choice("ab*?[]!-^/\\s\u00e9") for _ in
                       range(rng.randrange(6)))
    return rng.choice(PATTERNS)


def random_keyword(rng, word):
    return rng.choice([word, word, word, word.lower(), word.capitalize()])


def random_match(rng, names, items):
    rule = [random_keyword(rng, "MATCH"), random_pattern(rng, names)]
    if rng.random() < 0.4:
        rule += [random_keyword(rng, "IN"), rng.choice(PREFIXES)]
    rule += [random_keyword(rng, "WITH"),
             random_keyword(rng, rng.choice(["MATERIALS", "PRODUCTS"]))]
    if rng.random() < 0.4:
        rule += [random_keyword(rng, "IN"), rng.choice(PREFIXES)]
    return rule + [random_keyword(rng, "FROM"), rng.choice(items)]


def random_rules(rng, names, items):
    rules = []
    for _ in range(rng.randrange(5)):
        kind = rng.random()
        if kind < 0.35:
            rules.append(random_match(rng, names, items))
        elif kind < 0.80:
            rules.append([random_keyword(rng, rng.choice(
                ["CREATE", "DELETE", "MODIFY", "ALLOW", "ALLOW"])),
                random_pattern(rng, names)])
        elif kind < 0.88 and names:
            rules.append([random_keyword(rng, "REQUIRE"),
                          rng.choice(sorted(names) + ["a"])])
        elif kind < 0.95:
            rules.append([random_keyword(rng, "DISALLOW"),
                          random_pattern(rng, names)])
    if rng.random() < 0.3:
        rules += rng.choice([[["ALLOW", "*"]], []]) + [["DISALLOW", "*"]]
    return rules


class World:
    """A layout with its links, before anything is done to it."""

    def __init__(self, rng, people, depth=0):
        self.rng = rng
        self.people = people
        self.owners = rng.sample([p for p in people if not p.gpg_home],
                                 rng.choice([1, 1, 2]))
        self.steps = rng.sample(STEPS, rng.choice([1, 1, 2, 2, 3]))
        self.workers = {}
        self.links = {}     # (step, person) -> signed, or a World
        self.layout = {"_type": "layout", "readme": "", "expires": FUTURE,
                       "keys": {}, "steps": [], "inspect": []}
        artifacts = {}
        for name in self.steps:
            artifacts = self.add_step(name, artifacts, depth)

    def add_step(self, name, before, depth):
        rng = self.rng
        workers = rng.sample(self.people, rng.choice([1, 1, 2, 3]))
        materials = random_artifacts(rng, before)
        products = random_artifacts(rng, materials)
        threshold = rng.randrange(1, len(workers) + 1)
        self.workers[name] = workers
        for person in workers:
            self.layout["keys"][person.id] = person.public
        self.layout["steps"].append({
            "_type": "step", "name": name, "threshold": threshold,
            "pubkeys": [p.id for p in workers],
            "expected_command": ["make"],
            "expected_materials": random_rules(rng, materials, self.steps),
            "expected_products": random_rules(rng, products, self.steps)})
        for person in workers:
            if depth < 3 and rng.random() < 0.08 and not person.gpg_home:
                sub = World(rng, self.people, depth + 1)
                self.links[name, person] = sub
            else:
                self.links[name, person] = {
                    "_type": "link", "name": name, "command": ["make"],
                    "byproducts": {}, "environment": {},
                    "materials": materials, "products": products}
        return products

    def sign_into(self, case, folder="links", owner=None):
        """Write all of it; a sublayout is signed by its functionary alone."""
        for (step, person), signed in self.links.items():
            path = "%s/%s.%s" % (folder, step, person.id[:8])
            if isinstance(signed, World):
                signed.sign_into(case, path, person)
                case.put(path + ".link", block(signed.layout, person))
            else:
                case.put(path + ".link", block(signed, person))
        if not owner:
            case.put("root.layout", block(self.layout, *self.owners))
            case.owners = list(self.owners)

    def any_link(self):
        """(path, step, person, signed) of one plain link."""
        links = [(k, v) for k, v in self.links.items()
                 if not isinstance(v, World)]
        (step, person), signed = self.rng.choice(links)
        return ("links/%s.%s.link" % (step, person.id[:8]), step, person,
                signed)

    def item(self, name):
        return [s for s in self.layout["steps"] if s["name"] == name][0]

    def spare(self, name):
        """Do others than one meet the threshold?"""
        return self.item(name)["threshold"] < len(self.workers[name])


TWISTS = []


def twist(function):
    TWISTS.append(function)
    return function


# Each takes a world that is written, and does one thing to it.

@twist
def nothing(world, case):
    del world, case


@twist
def missing_link(world, case):
    del case.files[world.any_link()[0]]


@twist
def malformed_link(world, case):
    path, step, person, signed = world.any_link()
    text = json.dumps(case.files[path])
    broken = copy.deepcopy(signed)
    field, value = world.rng.choice([
        ("materials", []), ("products", "x"), ("command", "make"),
        ("byproducts", []), ("environment", None), ("_type", "lynk"),
        ("materials", {"a": "b"}), ("products", {"a": {"sha256": "xyz"}}),
        ("products", {"a": {"sha256": ""}}), ("materials", {"a": {"h": 1}}),
        ("_type", None)])
    broken[field] = value
    case.put(path, world.rng.choice([
        text[:-1].encode(), b"", b"[]", b"null", b"{}", b"\xff" + text.encode(),
        text.encode() + b"x", b"\xef\xbb\xbf" + text.encode(),
        json.dumps({"signed": signed}).encode()] +
        [block(broken, person)] * 10))
    if world.spare(step):
        case.tags.add("malformed-link-to-spare")
    # Not read by the library, if it is for a key with another type of id.


@twist
def missing_field(world, case):
    path, _step, person, signed = world.any_link()
    field = world.rng.choice(["materials", "products", "byproducts",
                              "environment", "command"])
    signed = copy.deepcopy(signed)
    full = block({**signed, field: [] if field == "command" else {}}, person)
    del full["signed"][field]
    case.put(path, full)


@twist
def unknown_field(world, case):
    path = world.any_link()[0]
    case.files[path]["signed"]["more"] = {"of": ["this"]}
    case.files[path]["also"] = 1


@twist
def changed_field(world, case):
    path, step = world.any_link()[:2]
    signed = case.files[path]["signed"]
    field, value = world.rng.choice([
        ("materials", {"a": {"sha256": H[3]}}), ("products", {}),
        ("command", ["rm"]), ("byproducts", {"return-value": 1}),
        ("environment", {"a": "b"})])
    signed[field] = value
    del step


@twist
def other_name(world, case):
    path, step, person, signed = world.any_link()
    signed = {**signed, "name": world.rng.choice(STEPS + ["", None, "x/y"])}
    if world.rng.random() < 0.1:
        del signed["name"]
    case.put(path, block(signed, person))
    if signed.get("name") != step:
        case.tags.add("link-name")


@twist
def bad_signature(world, case):
    path, step, person, signed = world.any_link()
    if person.gpg_home:
        return
    good = case.files[path]["signatures"][0]
    bad = {**good, "sig": good["sig"][:-2] + "00"}
    alien = {**good, "keyid": "ab" * 32}
    case.files[path]["signatures"] = world.rng.choice([
        [], [bad], [bad, good], [good, bad], [alien], [alien, good],
        [bad, alien], [{**good, "keyid": good["keyid"].upper()}],
        [{**good, "sig": good["sig"].upper()}],
        [{**good, "sig": good["sig"] + "00"}],
        [{**good, "sig": ""}, good], [{**good, "more": 1}]])
    if world.spare(step):
        case.tags.add("malformed-link-to-spare")
    del signed


@twist
def alien_signature(world, case):
    path, step, _person, signed = world.any_link()
    alien = world.rng.choice(world.people)
    case.put(path, block(signed, alien))
    del step


@twist
def swapped_files(world, case):
    paths = [p for p in case.files if p.startswith("links/")]
    one, two = world.rng.choice(paths), world.rng.choice(paths)
    case.files[one], case.files[two] = case.files[two], case.files[one]
    if one != two:
        case.tags.add("link-name")


@twist
def different_links(world, case):
    """Of one step, and both well signed."""
    path, _step, person, signed = world.any_link()
    signed = copy.deepcopy(signed)
    signed[world.rng.choice(["materials", "products"])]["more"] = HASHES[0]
    case.put(path, block(signed, person))


@twist
def expiry(world, case):
    world.layout["expires"] = world.rng.choice([
        "2020-01-01T00:00:00Z", "2030-02-30T00:00:00Z", "2030-01-01",
        "2030-01-01T00:00:00", "2030-01-01T00:00:00+00:00", "", None, 5,
        "9999-12-31T23:59:59Z", "2030-01-01T24:00:00Z", "2030-01-01T23:59:60Z",
        "2030-13-01T00:00:00Z", " 2030-01-01T00:00:00Z", "0001-01-01T00:00:00Z",
        "2030-01-01t00:00:00z", "\uff12030-01-01T00:00:00Z"])
    if world.layout["expires"]:
        case.put("root.layout", block(world.layout, *world.owners))
    else:  # which the library takes for a month from now
        case.files["root.layout"]["signed"] = world.layout


@twist
def no_expiry(world, case):
    del world
    del case.files["root.layout"]["signed"]["expires"]


@twist
def thresholds(world, case):
    step = world.rng.choice(world.layout["steps"])
    step["threshold"] = world.rng.choice([0, -1, 2, 3, 4, "1", None, 1.0, True,
                                          False, 10 ** 30])
    if step["threshold"] is True or step["threshold"] is False:
        case.tags.add("threshold-not-a-number")
    elif isinstance(step["threshold"], int) and step["threshold"] < 1:
        case.tags.add("threshold-below-1")
    case.put("root.layout", block(world.layout, *world.owners))


@twist
def no_threshold(world, case):
    step = world.rng.choice(world.layout["steps"])
    step["threshold"] = 1
    signed = block(world.layout, *world.owners)
    for field in world.rng.sample(["threshold", "expected_command",
                                   "expected_materials"], 2):
        default = {"threshold": 1}.get(field, [])
        step[field] = default
    signed = copy.deepcopy(block(world.layout, *world.owners))
    for item in signed["signed"]["steps"]:
        if item["name"] == step["name"]:
            for field in ("threshold", "expected_command",
                          "expected_materials"):
                if item[field] in (1, []):
                    del item[field]
    case.put("root.layout", signed)


@twist
def one_key_two_ids(world, case):
    """The same key under its legacy and its new keyid, threshold 2."""
    plain = [p for p in world.people if not p.gpg_home]
    legacy = world.rng.choice(plain)
    twin = Person(legacy.secret, new=True)
    legacy = Person(legacy.secret, new=False)
    step = world.layout["steps"][0]
    link = {"_type": "link", "name": step["name"]}
    step.update(threshold=2, pubkeys=[legacy.id, twin.id],
                expected_materials=[], expected_products=[])
    for person in (legacy, twin):
        world.layout["keys"][person.id] = person.public
        case.put("links/%s.%s.link" % (step["name"], person.id[:8]),
                 block(link, person))
    case.put("root.layout", block(world.layout, *world.owners))
    case.tags.add("one-key-two-ids")


@twist
def other_keyid(world, case):
    """A link filed and signed under the keyid that the layout does not list."""
    path, step, person, signed = world.any_link()
    if person.gpg_home or person.secret["keytype"] == "ecdsa":
        return  # whose legacy keyid depends on the file that it was read from
    other = Person(person.secret, new=person.id == person.secret["keyid"])
    del case.files[path]
    case.put("links/%s.%s.link" % (step, other.id[:8]), block(signed, other))
    case.tags.add("either-keyid")


@twist
def inner_keyid(world, case):
    """A keyid inside of the key object that is not the one outside."""
    keyid = world.rng.choice(list(world.layout["keys"]))
    key = copy.deepcopy(world.layout["keys"][keyid])
    key["keyid"] = world.rng.choice(["abcd", "xyz", "", keyid.upper(), None])
    if world.rng.random() < 0.2:
        del key["keyid"]
    world.layout["keys"][keyid] = key
    case.put("root.layout", block(world.layout, *world.owners))
    case.tags.add("inner-keyid")


@twist
def odd_key(world, case):
    keyid = world.rng.choice(list(world.layout["keys"]))
    key = copy.deepcopy(world.layout["keys"][keyid])
    change = world.rng.randrange(8)
    if change == 0:
        key["keytype"] = "dsa"
    elif change == 1:
        key["scheme"] = "rot13"
    elif change == 2:
        key["keyval"] = {}
    elif change == 3:
        key["keyval"]["private"] = "secret"
    elif change == 4:
        key["more"] = "this"
    elif change == 5:
        key = "key"
    elif change == 6:
        key["keyval"]["public"] = "00"
    elif change == 7:
        key["keyid_hash_algorithms"] = ["sha256"]
    if change in (0, 1, 6):
        case.tags.add("key-unusable")
    world.layout["keys"][keyid] = key
    case.put("root.layout", block(world.layout, *world.owners))


@twist
def odd_key_id(world, case):
    keyid = world.rng.choice(list(world.layout["keys"]))
    other = world.rng.choice(["xyz", "", "g" * 64, keyid[:8], "ABCD"])
    world.layout["keys"][other] = world.layout["keys"].pop(keyid)
    case.put("root.layout", block(world.layout, *world.owners))
    case.tags.add("either-keyid")


@twist
def odd_pubkeys(world, case):
    step = world.rng.choice(world.layout["steps"])
    step["pubkeys"] = world.rng.choice([
        [], ["xyz"], ["ab" * 32], step["pubkeys"] * 2, [""], "abcd", None,
        step["pubkeys"] + ["ab" * 32], [5], step["pubkeys"][::-1]])
    case.put("root.layout", block(world.layout, *world.owners))


@twist
def odd_names(world, case):
    step = world.rng.choice(world.layout["steps"])
    old = step["name"]
    step["name"] = world.rng.choice(["a/b", "../x", "", ".", "..", "x\n", "x y",
                                     "\u00e9", "x.link", "*", "-x", "x\\y",
                                     world.steps[0], None, 5])
    for (name, person), signed in world.links.items():
        if name == old and not isinstance(signed, World):
            del case.files["links/%s.%s.link" % (old, person.id[:8])]
            case.put("links/%s.%s.link" % (step["name"], person.id[:8]),
                     block({**signed, "name": step["name"]}, person))
    case.put("root.layout", block(world.layout, *world.owners))
    if step["name"] in ("a/b", "../x", "", ".", "..", "x\n", None, 5):
        case.tags.add("name-is-a-path")


@twist
def odd_rules(world, case):
    step = world.rng.choice(world.layout["steps"])
    step[world.rng.choice(["expected_materials", "expected_products"])] = \
        world.rng.choice([
            [["ALLOW"]], [["ALLOW", "a", "b"]], [["FORBID", "a"]], [[]],
            ["ALLOW *"], [["MATCH", "a"]], [["MATCH", "*", "WITH", "PRODUCTS",
                                             "FROM"]],
            [["MATCH", "*", "WITH", "THINGS", "FROM", "a"]],
            [["MATCH", "*", "IN", "WITH", "PRODUCTS", "FROM", "a"]],
            [["MATCH", "IN", "IN", "in", "WITH", "PRODUCTS", "IN", "from",
              "FROM", world.steps[0]]],
            [["MATCH", "with", "WITH", "materials", "FROM", "from"]],
            [["ALLOW", 5]], [["ALLOW", None]], None, {}, "ALLOW", [["", ""]],
            [["allow", ""]], [["\u0130N", "a"]], [["MATCH", "*", "WITH",
              "PRODUCTS", "IN", "", "FROM", world.steps[0]]],
            [["d\u0131sallow", "*"]], [["ALLOW ", "a"]]])
    case.put("root.layout", block(world.layout, *world.owners))


@twist
def odd_items(world, case):
    change = world.rng.randrange(7)
    if change == 0:
        world.layout["steps"].append(world.layout["steps"][0])
    elif change == 1:
        world.layout["inspect"].append({
            "_type": "inspection", "name": world.steps[0], "run": ["true"],
            "expected_materials": [], "expected_products": []})
    elif change == 2:
        world.layout["steps"] = {}
        case.tags.add("type-guessed")
    elif change == 3:
        del world.layout["inspect"]
    elif change == 4:
        world.layout["readme"] = 5
    elif change == 5:
        world.layout["steps"] = []
    else:
        world.layout["steps"][0]["_type"] = "inspection"
    case.put("root.layout", block(world.layout, *world.owners))


@twist
def owners_signatures(world, case):
    root = case.files["root.layout"]
    good = root["signatures"]
    bad = [{**s, "sig": "00" * 64} for s in good]
    change = world.rng.randrange(8)
    if change == 0:
        root["signatures"] = good[:-1]
    elif change == 1:
        root["signatures"] = bad + good
    elif change == 2:
        root["signatures"] = good + bad
    elif change == 3:
        root["signatures"] = []
    elif change == 4:
        root["signed"]["readme"] = "other"
    elif change == 5:
        case.owners = world.rng.sample(
            [p for p in world.people if not p.gpg_home], 2)
    elif change == 6:
        root["signatures"] = good + [{"keyid": "x"}]
    else:
        root["signatures"] = good[::-1]


@twist
def odd_artifacts(world, case):
    path, step, person, signed = world.any_link()
    signed = copy.deepcopy(signed)
    change = world.rng.randrange(7)
    if change < 5 and world.spare(step):
        case.tags.add("malformed-link-to-spare")
    if change == 0:
        signed["products"][""] = HASHES[0]
        case.tags.add("artifact-name")
    elif change == 1:
        signed["products"]["nul\0"] = HASHES[0]
        case.tags.add("artifact-name")
    elif change == 2:
        signed["products"]["\x1b[31m"] = HASHES[0]
    elif change == 3:
        signed["byproducts"] = {"big": 10 ** 30}
        case.tags.add("big-number")
    elif change == 4:
        signed["byproducts"] = {"float": 1.5}
    elif change == 5:
        signed["byproducts"] = {"nul": "\0", "deep": [[[[[[[[]]]]]]]]}
    else:
        signed["command"] = [1, None, {"a": "b"}]
    case.put(path, block(signed, person))


@twist
def twice_a_member(world, case):
    path, step = world.any_link()[:2]
    if world.spare(step):
        case.tags.add("malformed-link-to-spare")
    text = json.dumps(case.files[path])
    case.put(path, (text[:-1] + ', "signatures": %s}' %
                    json.dumps(case.files[path]["signatures"])).encode())
    case.tags.add("duplicate-member")


@twist
def inspections(world, case):
    rng = world.rng
    case.products = {"a": "A", "dist/a": "B"}
    more = {"x.link": "C", "k~": "D", "y.linkdir/f": "E", "z.pyc": "F",
            ".git/config": "G", "sub/.git/x": "H", ".hid": "I", "empty": None,
            "dead": "-> nowhere", "l": "-> a", "d": "-> dist", "\u00e9": "J",
            "self": "-> self", "b\\c": "K", "sp ace": "L", "x.link.d": "M"}
    for name in rng.sample(sorted(more), rng.randrange(5)):
        case.products[name] = more[name]
    names = set(case.products) | {"made", "d/a"}
    runs = [["true"], ["false"], [], ["sh", "-c", "exit 3"], ["touch", "made"],
            ["no-such-program-at-all"], ["sh", "-c", "echo more >a"],
            ["rm", "a"], ["sh", "-c", "kill -9 $$"]]
    items = world.steps + ["i0", "i1"]
    for index in range(rng.choice([1, 1, 2])):
        world.layout["inspect"].append({
            "_type": "inspection", "name": "i%d" % index,
            "run": rng.choice(runs if rng.random() < 0.5 else runs[:1]),
            "expected_materials": random_rules(rng, names, items),
            "expected_products": random_rules(rng, names, items)})
    for step in world.layout["steps"]:
        if rng.random() < 0.8:
            step["expected_materials"] = step["expected_products"] = []
    case.put("root.layout", block(world.layout, *world.owners))


@twist
def parameters(world, case):
    rng = world.rng
    words = ["{A}", "{B}", "src/{A}", "{A}{B}", "{{A}}", "{", "}", "{}", "{0}",
             "{A!r}", "{A:>9}", "{A.upper}", "{X}", "{A-B}", "}}", "{{", "a",
             "{ A}", "{A }", "{{{A}}}", "*"]
    for step in world.layout["steps"]:
        for side in ("expected_materials", "expected_products"):
            step[side] = [[rng.choice(["ALLOW", "REQUIRE", "DISALLOW",
                                       "ALLOW"]), rng.choice(words)]
                          for _ in range(rng.randrange(3))]
        step["expected_command"] = [rng.choice(words[:4])]
    case.parameters = rng.choice([{"A": "a", "B": "b"}, {"A": "src", "B": "*"},
                                  {"A": "a"}, {"A": "{B}", "B": "", "A-B": "c"},
                                  None])
    case.put("root.layout", block(world.layout, *world.owners))
    # A word that str.format has a meaning for, which we refuse; and words of
    # sublayouts, which the library leaves as they are.
    text = json.dumps(world.layout)
    if "!r" in text or ":>9" in text or ".upper" in text:
        case.tags.add("braces")


@twist
def sublayouts(world, case):
    """One step done by a layout, with something wrong in it, or nothing."""
    rng = world.rng
    plain = [p for p in world.people if not p.gpg_home]
    worker = rng.choice(plain)
    inner = World(rng, world.people, 2)
    step = world.layout["steps"][0]
    name = step["name"]
    change = rng.randrange(8)
    for key in [k for k in case.files if k.startswith("links/" + name + ".")]:
        del case.files[key]
    step.update(pubkeys=[worker.id], threshold=1)
    world.layout["keys"][worker.id] = worker.public
    folder = "links/%s.%s" % (name, worker.id[:8])
    if change == 0:
        inner.layout["expires"] = "2020-01-01T00:00:00Z"
    elif change == 1:
        folder += "0"
    elif change == 2:
        inner.layout["steps"] = []
    elif change == 3:
        inner.layout["inspect"] = [{
            "_type": "inspection", "name": "i", "run": ["true"],
            "expected_materials": [["DISALLOW", "b"]],
            "expected_products": []}]
    for item in inner.layout["steps"]:
        if rng.random() < 0.7:
            item["expected_materials"] = item["expected_products"] = []
    inner.sign_into(case, folder, worker)
    signer = rng.choice(plain) if change == 4 else worker
    case.put("links/%s.%s.link" % (name, worker.id[:8]),
             block(inner.layout, signer))
    if change == 5:
        case.put("links/%s.%s.link" % (name, worker.id[:8]),
                 block({**inner.layout, "readme": "x"}, worker))
    if rng.random() < 0.5:
        step["expected_materials"] = step["expected_products"] = []
    case.put("root.layout", block(world.layout, *world.owners))


@twist
def second_worker(world, case):
    """A sublayout and a link for one step, threshold 1 or 2."""
    rng = world.rng
    one, two = rng.sample([p for p in world.people if not p.gpg_home], 2)
    step = world.layout["steps"][0]
    name = step["name"]
    for key in [k for k in case.files if k.startswith("links/" + name + ".")]:
        del case.files[key]
    inner = World(rng, world.people, 3)
    if rng.random() < 0.6:
        for item in inner.layout["steps"]:
            item["expected_materials"] = item["expected_products"] = []
    inner.sign_into(case, "links/%s.%s" % (name, one.id[:8]), one)
    case.put("links/%s.%s.link" % (name, one.id[:8]), block(inner.layout, one))
    plain = [v for v in inner.links.values() if not isinstance(v, World)]
    link = {"_type": "link", "name": name, "materials": {}, "products": {}}
    if plain and rng.random() < 0.7:
        link["materials"] = list(inner.links.values())[0].get("materials", {}) \
            if isinstance(list(inner.links.values())[0], dict) else {}
        link["products"] = plain[-1]["products"]
    case.put("links/%s.%s.link" % (name, two.id[:8]), block(link, two))
    step.update(pubkeys=rng.sample([one.id, two.id], 2),
                threshold=rng.choice([1, 2]), expected_materials=[],
                expected_products=[])
    for person in (one, two):
        world.layout["keys"][person.id] = person.public
    case.put("root.layout", block(world.layout, *world.owners))


# The table of differences must not grow stale: a case for each row, and then
# what random cases do not hit often.

def simple(rng, people, products=None, **step):
    """(world, case): one step by one plain key, nothing demanded."""
    world = World(rng, [p for p in people if not p.gpg_home], 3)
    name = world.steps[0]
    worker = world.workers[name][0]
    world.steps = [name]
    world.workers = {name: [worker]}
    link = {"_type": "link", "name": name, "command": [], "byproducts": {},
            "environment": {}, "materials": {},
            "products": products or {"a": HASHES[0]}}
    world.links = {(name, worker): link}
    world.layout["keys"] = {worker.id: worker.public}
    world.layout["steps"] = [{
        "_type": "step", "name": name, "threshold": 1, "pubkeys": [worker.id],
        "expected_command": [], "expected_materials": [],
        "expected_products": [], **step}]
    case = Case("simple")
    world.sign_into(case)
    return world, case


def literally(name):
    """A pattern that matches this name alone."""
    return "".join("[" + c + "]" if c in "*?[" else c for c in name)


def exactly(queue, consumed):
    """Rules that hold if exactly these were consumed of the queue."""
    return [["REQUIRE", name] for name in sorted(queue - consumed)] + \
        [["DISALLOW", literally(name)] for name in sorted(consumed)]


def one_for_all(rng, people, title, items):
    """A case with a step for each of (products, rules)."""
    world, case = simple(rng, people)
    case.title = title
    name = world.steps[0]
    worker = world.workers[name][0]
    first = world.layout["steps"][0]
    world.layout["steps"] = []
    case.files = {}
    for index, (products, rules) in enumerate(items):
        step = "s%d" % index
        world.layout["steps"].append({**first, "name": step,
                                      "expected_products": rules})
        case.put("links/%s.%s.link" % (step, worker.id[:8]), block(
            {"_type": "link", "name": step, "command": [], "byproducts": {},
             "environment": {}, "materials": {}, "products": products},
            worker))
    case.put("root.layout", block(world.layout, *world.owners))
    return case


def every_pattern(rng, people):
    """What each pattern matches of all names, in Python, and nothing else."""
    queue = set(NAMES)
    patterns = set(PATTERNS)
    while len(patterns) < 300:
        patterns.add(random_pattern(rng, None))
    products = {name: HASHES[0] for name in NAMES}
    return one_for_all(rng, people, "every pattern", [
        (products, [["ALLOW", pattern]] + exactly(
            queue, set(fnmatch.filter(NAMES, pattern))))
        for pattern in sorted(patterns)])


def every_match(rng, people):
    """What a MATCH rule consumes of the step's own products."""
    items = []
    while len(items) < 300:
        products = {name: rng.choice(HASHES[:2]) for name in
                    rng.sample(NAMES, 12)}
        rule = random_match(rng, set(products), ["s%d" % len(items)])
        rule = [word.upper() if index not in (1,) and word.upper() in
                ("MATCH", "WITH", "PRODUCTS", "MATERIALS", "FROM", "IN")
                else word for index, word in enumerate(rule)]
        if "MATERIALS" in rule:
            continue
        link = Metablock(signed=Link(products=products))
        try:
            consumed = in_toto.verifylib.verify_match_rule(
                in_toto.rulelib.unpack_rule(rule), set(products), products,
                {"s%d" % len(items): link})
        except KeyError:  # which random cases meet
            continue
        items.append((products, [rule] + exactly(set(products), consumed)))
    return one_for_all(rng, people, "every match", items)


def openpgp(rng, people, gpg):
    """An RSA key whose subkey signs: authorised, and filed, by either id."""
    rsa = gpg[1]
    subkey = list(rsa.public["subkeys"])[0]
    for owner in gpg:
        world, case = simple(rng, people)
        case.title = "an owner of OpenPGP"
        world.owners = [owner]
        world.sign_into(case)
        yield case
    for pubkeys, filed, threshold in [
            ([rsa.id], [rsa.id], 1), ([rsa.id], [subkey], 1),
            ([subkey], [subkey], 1), ([subkey], [rsa.id], 1),
            ([rsa.id, subkey], [rsa.id, subkey], 2),
            ([rsa.id], [rsa.id, subkey], 2),
            ([rsa.id, gpg[0].id], [subkey], 2),
            ([gpg[0].id], [rsa.id], 1), ([gpg[0].id], [gpg[0].id], 1)]:
        world, case = simple(rng, people)
        case.title = "OpenPGP: %s %s %d" % (pubkeys, filed, threshold)
        name = world.steps[0]
        world.layout["steps"][0].update(pubkeys=pubkeys, threshold=threshold)
        world.layout["keys"] = {p.id: p.public for p in gpg}
        case.files = {}
        case.put("root.layout", block(world.layout, *world.owners))
        link = {"_type": "link", "name": name}
        for keyid in filed:
            case.put("links/%s.%s.link" % (name, keyid[:8]), block(
                link, gpg[0] if keyid == gpg[0].id else rsa))
        yield case


def by_hand(rng, people, gpg):
    yield every_pattern(rng, people)
    yield every_match(rng, people)
    yield from openpgp(rng, people, gpg)

    def start(title, *tags, **more):
        world, case = simple(rng, people, **more)
        case.title = title
        case.tags = set(tags)
        path, name, worker, link = world.any_link()
        return world, case, path, name, worker, link

    world, case, path, name, worker, link = start("a link by another name",
                                                  "link-name")
    case.put(path, block({**link, "name": "other"}, worker))
    yield case
    world, case, path, name, worker, link = start("threshold 0",
                                                  "threshold-below-1",
                                                  threshold=0)
    yield case
    world, case, path, name, worker, link = start("threshold true",
                                                  "threshold-not-a-number",
                                                  threshold=True)
    yield case
    world, case, path, name, worker, link = start("two ids",
                                                  "one-key-two-ids")
    one_key_two_ids(world, case)
    yield case
    world, case, path, name, worker, link = start("a path", "name-is-a-path")
    world.layout["steps"][0]["name"] = "a/b"
    case.put("root.layout", block(world.layout, *world.owners))
    case.put("links/a/b.%s.link" % worker.id[:8],
             block({**link, "name": "a/b"}, worker))
    yield case
    world, case, path, name, worker, link = start(
        "an artifact without a name", "artifact-name",
        products={"": HASHES[0]})
    yield case
    world, case, path, name, worker, link = start("twice a member",
                                                  "duplicate-member")
    twice_a_member(world, case)
    yield case
    world, case, path, name, worker, link = start("a big number", "big-number")
    case.put(path, block({**link, "byproducts": {"n": 10 ** 30}}, worker))
    yield case
    world, case, path, name, worker, link = start(
        "a malformed link to spare", "malformed-link-to-spare")
    spare = rng.choice([p for p in people if p is not worker and
                        not p.gpg_home])
    world.layout["steps"][0]["pubkeys"].append(spare.id)
    world.layout["keys"][spare.id] = spare.public
    case.put("root.layout", block(world.layout, *world.owners))
    case.put("links/%s.%s.link" % (name, spare.id[:8]), b"{")
    yield case
    world, case = simple(rng, [p for p in people
                               if p.secret["keytype"] == "ed25519"])
    case.title = "the other keyid"
    other_keyid(world, case)
    yield case
    world, case, path, name, worker, link = start("no keyid inside",
                                                  "inner-keyid")
    key = {**worker.public}
    del key["keyid"]
    world.layout["keys"][worker.id] = key
    case.put("root.layout", block(world.layout, *world.owners))
    yield case
    world, case, path, name, worker, link = start("no list", "type-guessed")
    world.layout["inspect"] = {}
    case.put("root.layout", block(world.layout, *world.owners))
    yield case
    world, case, path, name, worker, link = start("a format", "braces")
    world.layout["steps"][0]["expected_products"] = [["REQUIRE", "{A!s}"]]
    case.parameters = {"A": "a"}
    case.put("root.layout", block(world.layout, *world.owners))
    yield case
    world, case, path, name, worker, link = start("in itself",
                                                  "sublayout-of-itself")
    # A layout whose step is done by that layout, whose step is done by a link.
    inner = {**world.layout, "readme": "inner"}
    case.put(path, block(inner, worker))
    below = path[:-len(".link")] + "/" + path[len("links/"):]
    case.put(below, block(inner, worker))
    case.put(below[:-len(".link")] + "/" + path[len("links/"):],
             block(link, worker))
    yield case
    world, case, path, name, worker, link = start("a key of 2 digits",
                                                  "key-unusable")
    key = copy.deepcopy(worker.public)
    other = copy.deepcopy(key)
    other["keyval"]["public"] = "00"
    world.layout["keys"]["abcd"] = {**other, "keyid": "abcd"}
    case.put("root.layout", block(world.layout, *world.owners))
    yield case


def random_case(rng, people, gpg, index):
    everybody = people + (gpg if index % 10 == 0 else [])
    world = World(rng, everybody)
    while all(isinstance(link, World) for link in world.links.values()):
        world = World(rng, everybody)
    function = nothing if rng.random() < 0.25 else rng.choice(TWISTS)
    case = Case(function.__name__)
    if rng.random() < 0.5:
        for step in world.layout["steps"]:
            step[rng.choice(["expected_materials", "expected_products"])] = []
    world.sign_into(case)
    function(world, case)
    return case


def judge_theirs(case, root):
    keys = {p.id: p.public for p in case.owners}
    here = os.getcwd()
    os.chdir(os.path.join(root, "products"))
    try:
        in_toto.verifylib.in_toto_verify(
            Metablock.load("../root.layout"), keys, link_dir_path="../links",
            substitution_parameters=case.parameters,
            persist_inspection_links=False)
        return "accept", ""
    except Exception as error:  # pylint: disable=broad-except
        return "refuse", "%s: %s" % (type(error).__name__, str(error)[:200])
    finally:
        os.chdir(here)


def judge_ours(case, root, program):
    command = [program, "verify", "--layout", "../root.layout", "--link-dir",
               "../links"]
    for owner in case.owners:
        command += ["-g", owner.id] if owner.gpg_home else ["--key",
                                                            owner.path]
    for name, value in (case.parameters or {}).items():
        command += ["--param", "%s=%s" % (name, value)]
    done = subprocess.run(command, cwd=os.path.join(root, "products"),
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          check=False)
    text = done.stdout.decode("utf8", "replace")
    if b"\x1b" in done.stdout:
        return "escape sequence", text
    return {0: "accept", 1: "refuse", 128: "refuse"}.get(
        done.returncode, "status %d" % done.returncode), text


def fresh_products(case, root):
    """Inspections may have changed them."""
    shutil.rmtree(os.path.join(root, "products"))
    case.files, files = {}, case.files
    case.write(root)
    case.files = files


class Score:
    """What came of the cases."""

    def __init__(self):
        self.verdicts = collections.Counter()
        self.tags = collections.Counter()
        self.wrong = 0

    def judge(self, case, root, program):
        shutil.rmtree(root, ignore_errors=True)
        os.makedirs(root)
        case.write(root)
        theirs, why = judge_theirs(case, root)
        fresh_products(case, root)
        ours, text = judge_ours(case, root, program)
        if ours == theirs:
            self.verdicts[ours] += 1
            shutil.rmtree(root)
            return
        tags = [t for t in sorted(case.tags) if ALLOWED[t] in (ours, "either")]
        if tags:
            self.verdicts["allowed"] += 1
            self.tags[tags[0]] += 1
            shutil.rmtree(root)
            return
        self.wrong += 1
        print("DIFFERENT: %s (%s): in-toto: %s %s; git-intoto: %s\n%s"
              % (os.path.basename(root), case.title, theirs, why, ours, text))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--dir", required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cases", type=int, default=500)
    args = parser.parse_args()
    rng = random.Random(args.seed)
    logging.disable(logging.CRITICAL)
    where = os.path.abspath(args.dir)
    os.makedirs(where, exist_ok=True)
    print("seed %d" % args.seed)
    people, gpg = make_people(where, rng)
    score = Score()
    for index, case in enumerate(by_hand(rng, people, gpg)):
        before = sum(score.tags.values())
        score.judge(case, os.path.join(where, "hand%d" % index), args.program)
        if case.tags and sum(score.tags.values()) == before:
            score.wrong += 1
            print("NO DIFFERENCE: %s" % case.title)
        if index < 2 and score.verdicts["accept"] != index + 1:
            score.wrong += 1
            print("NOT ACCEPTED: %s" % case.title)
    for index in range(args.cases):
        case = random_case(rng, people, gpg, index)
        score.judge(case, os.path.join(where, "case%d" % index), args.program)
    print("verdicts: %s" % dict(score.verdicts))
    print("differences: %s" % dict(score.tags))
    return 1 if score.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
