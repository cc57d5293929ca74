#!/usr/bin/python3
"""Change signed metadata and sign it again: what an attacker with a key does.

Usage: forge.py [--dsse] KEY[,KEY]... STATEMENTS <LINE >LINE

KEY is an ed25519 private key in a PEM or an OpenSSH file. STATEMENTS are
Python; in them `s` is the signed part, `g` its environment.git, and each
item of `keyids` the keyid that the signature of that KEY will carry; `key(K)`
is the key object and `keyid(K)` the keyid of a KEY, `root_key(K)` and
`root_keyid(K)` those of a trust root. What is printed is one line of compact
JSON: a Metablock, or a DSSE envelope.
"""
import base64
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


def root_object(key):
    value = key_object(key)
    del value["keyid_hash_algorithms"]
    return value


def new_keyid(key):
    text = encode_canonical(root_object(key)).encode()
    return hashlib.sha256(text).hexdigest()


def signed_part(line):
    if "payload" in line:
        return json.loads(base64.b64decode(line["payload"]))
    return line["signed"]


def metablock(signed):
    data = encode_canonical(signed).encode()
    return {"signatures": [{"keyid": keyid, "sig": key.sign(data).hex()}
                           for key, keyid in zip(keys, scope["keyids"])],
            "signed": signed}


def envelope(signed):
    kind = b"application/vnd.in-toto+json"
    data = json.dumps(signed, sort_keys=True, separators=(",", ":")).encode()
    pae = b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(data), data)
    return {"payload": base64.b64encode(data).decode(),
            "payloadType": kind.decode(),
            "signatures": [
                {"keyid": keyid,
                 "sig": base64.b64encode(key.sign(pae)).decode()}
                for key, keyid in zip(keys, scope["keyids"])]}


dsse = sys.argv[1] == "--dsse"
if dsse:
    del sys.argv[1]
keys = [load(path) for path in sys.argv[1].split(",")]
scope = {"s": signed_part(json.load(sys.stdin)), "json": json,
         "key": lambda path: key_object(load(path)),
         "keyid": lambda path: legacy_keyid(load(path)),
         "root_key": lambda path: root_object(load(path)),
         "root_keyid": lambda path: new_keyid(load(path)),
         "keyids": [legacy_keyid(key) for key in keys]}
scope["g"] = scope["s"].get("environment", {}).get("git")
exec(sys.argv[2], scope)
line = (envelope if dsse else metablock)(scope["s"])
print(json.dumps(line, sort_keys=True, separators=(",", ":")))
