#!/usr/bin/python3
"""Judge a chain of TUF roots as a client of TUF does, with nothing of ours.

Usage: check-root.py <LINES

Each line is a root.json; each must be signed by a threshold of the root keys
of the one before and of its own (TUF specification 1.0, 5.3). Canonical JSON
and OpenPGP digests are made here, signatures are checked by cryptography. What
python-tuf's parser asks for is asked for. Prints "VERSION DIGEST GOOD OF" for
each; any flaw is an exception.
"""
import hashlib
import json
import re
import sys

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.exceptions import InvalidSignature

ROLES = {"root", "targets", "snapshot", "timestamp"}


def canonical(value):
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    return "{" + ",".join(canonical(name) + ":" + canonical(value[name])
                          for name in sorted(value)) + "}"


def check_openpgp(key, sig, data):
    headers = bytes.fromhex(sig["other_headers"])
    assert headers[0] == 4 and headers[1] == 0 and headers[3] == 8
    digest = hashlib.sha256(data + headers + b"\x04\xff" +
                            len(headers).to_bytes(4, "big")).digest()
    raw = bytes.fromhex(sig["sig"])
    public = key["keyval"]["public"]
    if key["keytype"] == "eddsa":
        ed25519.Ed25519PublicKey.from_public_bytes(
            bytes.fromhex(public["q"])).verify(raw, digest)
    else:
        rsa.RSAPublicNumbers(int(public["e"], 16), int(public["n"], 16)) \
            .public_key().verify(raw, digest, padding.PKCS1v15(),
                                 Prehashed(hashes.SHA256()))


def check(key, sig, data):
    if key["scheme"].startswith("pgp+"):
        return check_openpgp(key, sig, data)
    raw = bytes.fromhex(sig["sig"])
    public = key["keyval"]["public"]
    if key["keytype"] == "ed25519":
        ed25519.Ed25519PublicKey.from_public_bytes(
            bytes.fromhex(public)).verify(raw, data)
        return
    pem = serialization.load_pem_public_key(public.encode())
    if key["keytype"] == "ecdsa":
        pem.verify(raw, data, ec.ECDSA(hashes.SHA256()))
    elif key["scheme"] == "rsassa-pss-sha256":
        pem.verify(raw, data, padding.PSS(padding.MGF1(hashes.SHA256()), 32),
                   hashes.SHA256())
    else:
        assert key["scheme"] == "rsa-pkcs1v15-sha256"
        pem.verify(raw, data, padding.PKCS1v15(), hashes.SHA256())


def keyid(key):
    text = canonical({name: key[name]
                      for name in ("keytype", "scheme", "keyval")})
    return hashlib.sha256(text.encode()).hexdigest()


def parse(line):
    root = json.loads(line)
    assert set(root) == {"signatures", "signed"}
    signed = root["signed"]
    assert signed["_type"] == "root" and set(signed["roles"]) == ROLES
    assert re.fullmatch(r"1\.\d+\.\d+", signed["spec_version"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", signed["expires"])
    assert isinstance(signed["version"], int) and signed["version"] > 0
    for role in signed["roles"].values():
        assert len(set(role["keyids"])) == len(role["keyids"])
        assert role["threshold"] >= 1
        assert all(each in signed["keys"] for each in role["keyids"])
    for each, key in signed["keys"].items():
        if not key["scheme"].startswith("pgp+"):
            assert each == keyid(key)
    assert len({sig["keyid"] for sig in root["signatures"]}) == \
        len(root["signatures"])
    return root


def count(root, signed):
    data = canonical(root["signed"]).encode()
    role = signed["roles"]["root"]
    good = set()
    for sig in root["signatures"]:
        if sig["keyid"] not in role["keyids"]:
            continue
        try:
            check(signed["keys"][sig["keyid"]], sig, data)
            good.add(sig["keyid"])
        except InvalidSignature:
            pass
    assert len(good) >= role["threshold"], "threshold"
    return len(good)


before = None
for line in sys.stdin:
    current = parse(line)
    part = current["signed"]
    if before:
        assert part["version"] == before["version"] + 1
        count(current, before)
    good = count(current, part)
    print(part["version"], hashlib.sha256(canonical(part).encode()).hexdigest(),
          good, len(part["roles"]["root"]["keyids"]))
    before = part
