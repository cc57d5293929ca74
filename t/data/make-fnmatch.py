#!/usr/bin/python3
"""Write the cases of fnmatch.jsonl: [pattern, name, does Python say it matches].

Usage: make-fnmatch.py NUMBER >fnmatch.jsonl
"""
import fnmatch
import json
import random
import sys

random.seed(7)
cases = [
    ("*", "a/b/c"), ("*", ""), ("", ""), ("", "a"), ("*.c", "a/b.c"),
    ("*.c", ".c"), ("*.c", "a.c\n"), ("*", "a\nb"), ("?", "\n"),
    ("?", "\u00e9"), ("??", "\u00e9"), ("?", "\U0001f600"),
    ("[a-z]", "\u00e9"), ("[\u00e0-\u00fc]", "\u00e9"),
    ("[!a]", "\u00e9"), ("[", "["), ("[a", "[a"), ("[]", "[]"),
    ("[]]", "]"), ("[!]]", "]"), ("[!]]", "a"), ("[!]", "[!]"),
    ("[^a]", "^"), ("[^a]", "b"), ("[^a]", "a"), ("[z-a]", "m"),
    ("[z-a]", "-"), ("[!z-a]", "m"), ("a\\*", "a\\b"), ("a\\*", "a*"),
    ("\\[a]", "\\a"), ("[\\]", "\\"), ("[a-]", "-"), ("[-a]", "-"),
    ("[a-c-e]", "-"), ("[a-c-e]", "d"), ("[--0]", "."), ("[+--]", ","),
    ("**", "a/b"), ("a**b", "axxb"), ("{a,b}", "a"), ("{a,b}", "{a,b}"),
    ("[[:alpha:]]", "a"), ("[[:alpha:]]", "a]"), ("[b-a!x]", "x"),
    ("[b-a!x]", "y"), ("[b-a!-z]", "-"), ("[b-a!-z]", "q"),
    ("[b--!x]", "x"), ("[b--!x]", "y"), ("[b-a!]", "q"), ("[b-a!-!]", "!"),
    ("[b-a!-!]", "-"), ("[b-a!-!]", "x"), ("[&&a]", "&"), ("[a||b]", "|"),
    ("[a~~b]", "~"), ("[a--b]", "-"), ("A", "a"), ("*/", "a/"),
    ("dist/*.tar.gz", "dist/x-1.0.tar.gz"), ("dist/*", "dist"),
    ("*a*b*c", "xxaxxbxxc"), ("*a*b*c", "xxaxxbxx"), ("[]-a]", "^"),
    ("[]-[]", "]"), ("[!-a]", "-"), ("[!-a]", "b"),
]
seen = set(cases)


def text(letters, most):
    return "".join(random.choice(letters)
                   for _ in range(random.randint(0, most)))


while len(cases) < int(sys.argv[1]):
    kind = random.random()
    if kind < .5:
        case = ("[" + text("abc-]!^\u00e9", 6) + "]",
                random.choice("abc-]!^\u00e9["))
    elif kind < .8:
        case = (text("ab-]![^*?\u00e9/\n\\c\U0001f600", 7),
                text("ab-]!c", 4))
    else:
        case = (text("ab*?", 6), text("ab", 7))
    if case not in seen:
        seen.add(case)
        cases.append(case)
for pattern, name in cases:
    print(json.dumps([pattern, name, fnmatch.fnmatchcase(name, pattern)]))
