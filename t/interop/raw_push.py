#!/usr/bin/python3
"""Speak to git receive-pack as no client of git would.

Usage: raw_push.py REPOSITORY PACK <COMMANDS

Each line of COMMANDS is `OLD NEW REF`, and is sent as it stands. What the
server says goes to stderr, as git's client prints it; status 1 unless every
ref was updated.
"""
import subprocess
import sys


def packet(data):
    return b"%04x%s" % (len(data) + 4, data)


def packets(stream):
    """Until a flush or the end."""
    while True:
        size = int(stream.read(4) or b"0000", 16)
        if size == 0:
            return
        yield stream.read(size - 4)


server = subprocess.Popen(["git", "receive-pack", sys.argv[1]],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE)
for _ in packets(server.stdout):
    pass
lines = sys.stdin.buffer.read().splitlines()
for number, line in enumerate(lines):
    if not number:
        line += b"\0report-status side-band-64k object-format=sha1"
    server.stdin.write(packet(line))
server.stdin.write(b"0000")
with open(sys.argv[2], "rb") as file:
    server.stdin.write(file.read())
server.stdin.close()
report = b""
for data in packets(server.stdout):
    if data[:1] == b"\2":
        for line in data[1:].decode(errors="replace").splitlines():
            sys.stderr.write("remote: " + line + "\n")
    elif data[:1] == b"\1":
        report += data[1:]
sys.stderr.write(report.decode(errors="replace") + "\n")
server.wait()
sys.exit(0 if report.count(b"ok refs/") == len(lines) else 1)
