#!/usr/bin/python3
"""Change signed metadata and sign it again: what an attacker with a key does.

Usage: forge.py KEY[,KEY]... STATEMENTS <LINE >LINE

KEY is an ed25519 private key in a PEM or an OpenSSH file. STATEMENTS are
Python; in them `s` is the signed part, `g` its environment.git, and each
item of `keyids` the keyid that the signature of that KEY will carry; `key(K)`
is the key object and `keyid(K)` the keyid of a KEY. What is printed is one
line of compact JSON.
"""
import hashlib
import json
import sys

from cryptography.hazmat.primitives import serialization as serial
from securesystemslib.formats import encode_canonical


def load(path):
    with open(path, "rb") as file:
        text = file.read()
    if b"OPENSSH" in text:
        return serial.load_ssh_private_key(text, None)
    return serial.load_pem_private_key(text, None)


def key_object(key):
    public = key.public_key().public_bytes(serial.Encoding.Raw,
                                           serial.PublicFormat.Raw)
    return {"keyid_hash_algorithms": ["sha256", "sha512"],
            "keytype": "ed25519", "keyval": {"public": public.hex()},
            "scheme": "ed25519"}


def legacy_keyid(key):
    text = encode_canonical(key_object(key)).encode()
    return hashlib.sha256(text).hexdigest()


keys = [load(path) for path in sys.argv[1].split(",")]
scope = {"s": json.load(sys.stdin)["signed"], "json": json,
         "key": lambda path: key_object(load(path)),
         "keyid": lambda path: legacy_keyid(load(path)),
         "keyids": [legacy_keyid(key) for key in keys]}
scope["g"] = scope["s"].get("environment", {}).get("git")
exec(sys.argv[2], scope)
data = encode_canonical(scope["s"]).encode()
line = {"signatures": [{"keyid": keyid, "sig": key.sign(data).hex()}
                       for key, keyid in zip(keys, scope["keyids"])],
        "signed": scope["s"]}
print(json.dumps(line, sort_keys=True, separators=(",", ":")))
