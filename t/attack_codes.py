#!/usr/bin/python3
"""Which reason codes can a push meet? Read from the sources and the page.

Usage: attack_codes.py [TOP]

Prints `CODE FILE:LINE...` for each code of technical/reasons.adoc that stands
in a function that the hooks can reach: from cmd_check and the gate before it
on, each function that a reached one names is reached. That is more than what
can happen, never less.
"""
import os
import re
import sys

ROOTS = ("cmd_check", "guard_quick_push", "guard_quick_ref")
# The layout of our sources: a definition starts in column 0, and its braces
# stand there too.
HEAD = re.compile(r"^[A-Za-z_][^;={}]*$")
NAME = re.compile(r"([A-Za-z_]\w*)\s*\(")
WORD = re.compile(r"[A-Za-z_]\w*")
TEXT = re.compile(r'"((?:[^"\\]|\\.)*)"')


class Function:
    def __init__(self, path, name, static, first, lines):
        self.path = path
        self.name = name
        self.static = static
        self.first = first  # line number of lines[0], the opening brace
        self.lines = lines


def name_of(head):
    plain = re.sub(r"__attribute__\s*\(\(.*?\)\)\)?", "", head, flags=re.S)
    found = NAME.search(plain)
    return found and found[1]


def functions_of(path):
    with open(path, encoding="utf-8") as file:
        lines = file.read().split("\n")
    head = []
    number = 0
    while number < len(lines):
        line = lines[number]
        if line == "{" and head:
            end = lines.index("}", number)
            name = name_of("\n".join(head))
            if name:
                static = re.search(r"\bstatic\b", "\n".join(head))
                yield Function(path, name, bool(static), number + 1,
                               lines[number:end + 1])
            number = end
            head = []
        elif HEAD.match(line) and not line.startswith(("typedef", "struct {")):
            head = head + [line] if head and line[:1] in "\t " else [line]
        elif head and line[:1] in "\t " and ";" not in line:
            head.append(line)
        else:
            head = []
        number += 1


def read_sources(top):
    """Functions by name."""
    found = {}
    for folder, _, names in sorted(os.walk(os.path.join(top, "src"))):
        for name in sorted(names):
            if name.endswith(".c"):
                for function in functions_of(os.path.join(folder, name)):
                    found.setdefault(function.name, []).append(function)
    return found


def reached(functions, roots=ROOTS):
    """The functions that a hook can come to, in the order of their files."""
    seen = {}
    work = [item for root in roots for item in functions.get(root, [])]
    while work:
        item = work.pop()
        if id(item) in seen:
            continue
        seen[id(item)] = item
        for word in set(WORD.findall(TEXT.sub('""', "\n".join(item.lines)))):
            same = functions.get(word, [])
            own = [other for other in same if other.path == item.path]
            work += own or [other for other in same if not other.static]
    return sorted(seen.values(), key=lambda item: (item.path, item.first))


def read_codes(top):
    page = os.path.join(top, "Documentation", "technical", "reasons.adoc")
    with open(page, encoding="utf-8") as file:
        return re.findall(r"^([a-z0-9]+(?:-[a-z0-9]+)+)::$", file.read(), re.M)


def codes_met(top):
    """code -> [FILE:LINE...]"""
    codes = read_codes(top)
    places = {}
    for function in reached(read_sources(top)):
        for number, line in enumerate(function.lines, function.first):
            for text in TEXT.findall(line):
                if text in codes:
                    place = "%s:%d" % (os.path.relpath(function.path, top),
                                       number)
                    places.setdefault(text, []).append(place)
    return places


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    top = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(here)
    for code, places in sorted(codes_met(top).items()):
        print(code, *places)


if __name__ == "__main__":
    main()
