"""Record random trees with in-toto's library and with git-intoto; compare.

usage: record_peer.py PROGRAM KEY CASES SEED

One process of the peer for all cases; the current folder is scratch. What is
compared is every artifact with its digests, and whether there is an error.
Patterns are judged as in-toto 2 does (GitIgnoreSpec), which is all that it
changed. What we do otherwise on purpose is listed in known().
"""
import itertools
import json
import logging
import os
import random
import re
import shutil
import subprocess
import sys
import warnings

import in_toto.exceptions
import in_toto.runlib
from pathspec import GitIgnoreSpec

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
in_toto.runlib.PathSpec = GitIgnoreSpec

NAMES = ["a", "b", "c", "src", "lib", "a.o", "b.o", "keep.o", "m.pyc", "x~",
         "build.link", "x.linkdir", ".git", ".hidden", "..dots", "sp ace",
         "caf\u00e9", "cafe\u0301", "\u65e5\u672c", "new\nline", "end\n", "tab\t",
         "st*r", "q?", "[set]", "#hash", "!bang", "back\\slash", "-dash",
         "quo\"te", "\U0001f600", "\x7f", "\x1b[31m", "a:b", "file:", "git:x"]
CONTENTS = [b"", b"x", b"a\r\nb\rc\n", b"\r", b"\r\r\n", b"\n", b"\0\xff\r\n",
            b"y" * 4095 + b"\r\nz", b"y" * 4096 + b"\r\n", b"\r\n" * 5000,
            b"y" * 262143 + b"\r\n", bytes(range(256)) * 40]
PATTERNS = ["*.o", "!keep.o", "*.link*", ".git", "*.pyc", "*~", "a", "/a", "a/",
            "src/", "/src", "src/*", "**/a", "a/**", "**/", "lib/**/b", "[ab]",
            "[!a]", "[^a]", "?", "caf?", "*\u672c", "!a", "!src/a", "b/c", "#x",
            " a ", "", "\\#hash", "\\!bang", "st\\*r", "[[]set]", "\U0001f600",
            "*.hidden", "new*", "end", "back*", "x*"]
BROKEN = ["a\\", "!", "[z-a]"]
PREFIXES = ["a", "a/", "src/", "src", "lib/", "b/", "caf", "../", "x", "."]


def make_tree(rand, top):
    os.mkdir(top)
    folders = [top]
    for _ in range(rand.randint(2, 8)):
        path = os.path.join(rand.choice(folders), rand.choice(NAMES))
        if not os.path.lexists(path):
            os.mkdir(path)
            folders.append(path)
    for _ in range(rand.randint(6, 30)):
        path = os.path.join(rand.choice(folders), rand.choice(NAMES))
        if not os.path.lexists(path):
            with open(path, "wb") as file:
                file.write(rand.choice(CONTENTS))
    files = [os.path.join(at, name) for at, _, names in os.walk(top)
             for name in names]
    for _ in range(rand.randint(0, 3)):
        path = os.path.join(rand.choice(folders), "l" + rand.choice(NAMES))
        target = rand.choice(["nowhere"] + [
            os.path.relpath(x, os.path.dirname(path)) for x in files])
        if not os.path.lexists(path):
            os.symlink(target, path)
    make_folder_link(rand, folders)


def make_folder_link(rand, folders):
    """To a folder that the link is not in: the peer follows circles."""
    path = os.path.join(rand.choice(folders), "to-dir")
    target = rand.choice(folders)
    inside = os.path.join(os.path.dirname(path), "")
    if not os.path.lexists(path) and not inside.startswith(
            os.path.join(target, "")) and not links_below(target):
        os.symlink(os.path.relpath(target, os.path.dirname(path)), path)


def links_below(top):
    return any(os.path.islink(os.path.join(at, name))
               for at, names, _ in os.walk(top) for name in names)


def choose_paths(rand, top):
    below = [os.path.relpath(os.path.join(at, name), top)
             for at, folders, names in os.walk(top)
             for name in folders + names]
    odd = ["./", "none", ".//a", "a/../b", "a/", "./src/./a", "../" +
           os.path.basename(top) + "/a", os.path.join(top, "b")]
    paths = rand.sample(["."] * 8 + odd + below, rand.randint(1, 3))
    seen = {}
    for path in paths:
        seen.setdefault(os.path.normpath(path), path)
    # In a path to a file the peer takes a backslash for a slash, and fails;
    # its 1.3.1 knows no schemes. Of a path into a repository nothing is
    # recorded here.
    return [path for path in seen.values()
            if "\\" not in path and not path.startswith(("file:", "git:")) and
            ".git" not in path.split("/")]


def peer(top, case):
    here = os.getcwd()
    # A repository is never recorded here, whatever the patterns.
    exclude = case["exclude"] and case["exclude"] + [".git"]
    try:
        artifacts = in_toto.runlib.record_artifacts_as_dict(
            case["paths"], exclude_patterns=exclude or None,
            base_path=top, follow_symlink_dirs=case["follow"],
            normalize_line_endings=case["normalize"],
            lstrip_paths=case["lstrip"] or None)
    except (in_toto.exceptions.PrefixError, ValueError, re.error) as error:
        return "%s: %s" % (type(error).__name__, error)
    finally:
        os.chdir(here)
    # Where patterns do not find it: below a name with a newline.
    return {name: digests for name, digests in artifacts.items()
            if ".git" not in name.split("/")}


def ours(program, key, top, case):
    out = os.path.abspath("out")
    shutil.rmtree(out, ignore_errors=True)
    os.mkdir(out)
    args = [program, "run", "-n", "s", "-x", "--key", key, "-d", out,
            "--base-path", top]
    args += ["--material=" + path for path in case["paths"]]
    args += ["--exclude=" + pattern for pattern in case["exclude"]]
    args += ["--lstrip-paths=" + prefix for prefix in case["lstrip"]]
    args += ["--follow-symlink-dirs"] * case["follow"]
    args += ["--normalize-line-endings"] * case["normalize"]
    done = subprocess.run(args, stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, check=False)
    if done.returncode != 0:
        assert done.returncode == 128, done
        return done.stderr.decode()
    name, = os.listdir(out)
    with open(os.path.join(out, name), encoding="utf-8") as file:
        return json.load(file)["signed"]["materials"]


def known(case, expected, got):
    """What is otherwise on purpose; differences.adoc."""
    spec = case["exclude"] or in_toto.settings.ARTIFACT_EXCLUDE_PATTERNS
    try:
        whole = GitIgnoreSpec.from_lines("gitwildmatch", spec).match_file(".")
    except (ValueError, re.error):
        whole = False
    return (
        # A pattern does not leave out `.` itself.
        (whole and "." in map(os.path.normpath, case["paths"])) or
        # Two files of one name: the peer keeps one of them, where it does not
        # look. A name of which nothing is left.
        (isinstance(got, str) and ("both be recorded" in got or
                                   "nothing is left" in got)))


def main():
    program, key, cases, seed = sys.argv[1:]
    rand = random.Random(int(seed))
    counts = {"same": 0, "errors": 0, "known": 0, "artifacts": 0}
    for number in range(int(cases)):
        top = os.path.abspath("tree")
        if number % 4 == 0:
            shutil.rmtree(top, ignore_errors=True)
            make_tree(rand, top)
        patterns = PATTERNS + (BROKEN if rand.random() < 0.1 else [])
        case = {
            "paths": choose_paths(rand, top),
            "exclude": rand.sample(patterns, rand.choice([0, 0, 1, 2, 3])),
            "lstrip": rand.sample(PREFIXES, rand.choice([0, 0, 0, 1, 2])),
            "follow": rand.random() < 0.5,
            "normalize": rand.random() < 0.5,
        }
        if not case["paths"]:
            continue
        expected = peer(top, case)
        got = ours(program, key, top, case)
        if expected == got:
            counts["same"] += 1
            counts["artifacts"] += len(got)
        elif isinstance(expected, str) and isinstance(got, str):
            counts["errors"] += 1
        elif known(case, expected, got):
            counts["known"] += 1
        else:
            report(number, case, expected, got)
            return 1
    print(" ".join("%s %d" % item for item in counts.items()))
    return 0


def report(number, case, expected, got):
    print("case %d: %r" % (number, case))
    if isinstance(expected, str) or isinstance(got, str):
        print("peer: %r\nours: %r" % (expected, got))
        return
    for name in sorted(set(itertools.chain(expected, got))):
        if expected.get(name) != got.get(name):
            print("%r: peer %r, ours %r" %
                  (name, expected.get(name), got.get(name)))


sys.exit(main())
