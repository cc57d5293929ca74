#!/usr/bin/python3
"""Write the cases of rules.jsonl, judged by Debian's in-toto library.

A case is [rules for materials, rules for products, materials and products of
step "a", those of step "b", is it accepted]. Usage: make-rules.py NUMBER
"""
import json
import random
import sys

from in_toto.exceptions import RuleVerificationError
from in_toto.models.link import Link
from in_toto.models.metadata import Metablock
from in_toto.verifylib import verify_item_rules

random.seed(11)
NAMES = ["x", "y", "d/x", "d/y", "d/e/x", "e/x", "dx", "d\\x", "/x", "d//x"]
PATTERNS = ["*", "x", "d/*", "*x", "?", "[xy]", "d/x", "*/x", "/*", "y"]
PREFIXES = ["d", "d/", "d/e", "e", "/", "", "d\\e", "d//", "./d"]


def digests():
    return random.choice([{"sha256": "00"}, {"sha256": "11"}] * 6 +
                         [{"sha256": "0" * 64}, {"sha256": "1" * 64},
                          {"sha256": "00", "sha512": "1"},
                          {"gitCommit": "00"}, {"sha256": "AA"}])


def artifacts():
    return {name: digests()
            for name in random.sample(NAMES, random.randint(0, 5))}


def rule():
    kind = random.choice(["CREATE", "DELETE", "MODIFY", "ALLOW", "DISALLOW",
                          "DISALLOW", "REQUIRE", "MATCH", "MATCH", "MATCH"])
    if kind == "REQUIRE":
        return [kind, random.choice(NAMES)]
    if kind != "MATCH":
        return [kind, random.choice(PATTERNS)]
    tokens = [kind, random.choice(PATTERNS)]
    if random.random() < .5:
        tokens += ["IN", random.choice(PREFIXES)]
    tokens += ["WITH", random.choice(["MATERIALS", "products"])]
    if random.random() < .5:
        tokens += ["IN", random.choice(PREFIXES)]
    return tokens + ["FROM", random.choice(["a", "b", "b", "b", "nobody"])]


def rules():
    some = [rule() for _ in range(random.randint(0, 4))]
    return some + random.choice([[], [["DISALLOW", "*"]]])


def judge(links, for_materials, for_products):
    try:
        verify_item_rules("a", "materials", for_materials, links)
        verify_item_rules("a", "products", for_products, links)
    except RuleVerificationError:
        return False
    return True


wanted = {True: int(sys.argv[1]) // 2, False: int(sys.argv[1]) // 2}
while any(wanted.values()):
    links = {name: Link(name=name, materials=artifacts(),
                        products=artifacts()) for name in "ab"}
    if random.random() < .5:
        links["a"].materials = dict(links["b"].products)
    for_materials, for_products = rules(), rules()
    signed = {name: Metablock(signed=link) for name, link in links.items()}
    try:
        accepted = judge(signed, for_materials, for_products)
    except KeyError:
        # An absolute remainder, or a backslash behind a prefix, stops the
        # reference altogether.
        continue
    if wanted[accepted]:
        wanted[accepted] -= 1
        print(json.dumps([for_materials, for_products] + [
            [links[name].materials, links[name].products]
            for name in "ab"] + [accepted]))
