#!/usr/bin/env python3
"""A command on a terminal of its own, and somebody who answers its questions.

usage: terminal.py [LINE]... -- COMMAND [ARGUMENT]...

Each LINE is one of these, in order:
  expect TEXT   wait until the command has printed TEXT after the last one
  answer TEXT   type TEXT and a newline
  type TEXT     type TEXT; \\n, \\x03 (Ctrl-C), \\x04 (Ctrl-D) as in C
  raise NAME    send the signal to what runs on the terminal: TERM, HUP, KILL
  silent        the terminal does not echo now

What the command prints goes to stdout as it is, with plain newlines. The exit
status is the command's, 128 and the signal that ended it, 124 if it says
nothing any more, and 125 if a LINE does not hold or if the terminal is left in
another state than it had. With ANY_STATE it may be.
"""
import os
import pty
import select
import signal
import sys
import termios

PATIENCE = 60
LFLAG = 3


class Talk:
    def __init__(self, command):
        go, ready = os.pipe()
        self.pid, self.fd = pty.fork()
        if not self.pid:
            os.close(ready)
            os.read(go, 1)
            # A shell has its background jobs ignore some.
            for name in ("SIGINT", "SIGQUIT", "SIGTERM", "SIGHUP"):
                signal.signal(getattr(signal, name), signal.SIG_DFL)
            os.execvp(command[0], command)
        self.before = termios.tcgetattr(self.fd)
        os.close(go)
        os.close(ready)
        self.said = b""
        self.heard = 0

    def read(self):
        """More of what the command prints; False once nobody can print."""
        if not select.select([self.fd], [], [], PATIENCE)[0]:
            self.fail(124, "it says nothing any more")
        try:
            got = os.read(self.fd, 4096)
        except OSError:
            got = b""
        self.said += got
        return bool(got)

    def fail(self, status, why):
        self.show()
        print("terminal.py: " + why, file=sys.stderr)
        try:
            os.kill(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        sys.exit(status)

    def show(self):
        sys.stdout.buffer.write(self.said.replace(b"\r\n", b"\n"))
        sys.stdout.buffer.flush()

    def expect(self, text):
        while True:
            at = self.said.find(text, self.heard)
            if at >= 0:
                self.heard = at + len(text)
                return
            if not self.read():
                self.fail(125, "it never said %r" % text)

    def obey(self, line):
        verb, _, text = line.partition(" ")
        data = text.encode("utf-8", "surrogateescape")
        if verb == "expect":
            self.expect(data)
        elif verb == "answer":
            os.write(self.fd, data + b"\n")
        elif verb == "type":
            os.write(self.fd, data.decode("unicode_escape").encode("latin-1"))
        elif verb == "raise":
            os.killpg(os.tcgetpgrp(self.fd),
                      getattr(signal, "SIG" + text))
        elif verb == "silent":
            if termios.tcgetattr(self.fd)[LFLAG] & termios.ECHO:
                self.fail(125, "the terminal echoes")
        else:
            self.fail(125, "no such line: " + line)

    def end(self):
        while self.read():
            pass
        status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        same = termios.tcgetattr(self.fd) == self.before
        if not same and not os.environ.get("ANY_STATE"):
            self.fail(125, "the terminal is not as it was")
        self.show()
        return 128 - status if status < 0 else status


def main():
    at = sys.argv.index("--")
    talk = Talk(sys.argv[at + 1:])
    for line in sys.argv[1:at]:
        talk.obey(line)
    return talk.end()


sys.exit(main())
