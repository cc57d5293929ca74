#!/usr/bin/python3
"""Switch off one refusal at a time, and see whether a test turns red.

Usage: mutate.py [OPTION]... [TOP]

A mutant is a copy of the program in which one refusal that a push can meet
does nothing: `return intoto_reject(...)` is left out, `guard_refuse(...)` too,
`cond ? 0 : intoto_reject(...)` is 0, and of a condition of several parts one
part at a time is false. It is built, and the attack files of t/ run: first the
attacks that end in its reason code, then all. Red: a test saw it. What no test
sees is printed as `survived`: a hole in the tests, or a check that another one
covers.

  --list          print the mutants, one a line, and do nothing
  --only REGEX    only mutants whose line in --list matches; repeated: any of
  --dir DIR       where to copy, build and keep results (default build/mutate)
  --resume        go on after what is in DIR/results already
  --tests GLOB    the test files; repeated (default t60*.sh to t68*.sh)
  --extra FILE    a test file that is not in t/; repeated
  --first         only the attacks for the mutant's own code, not all after
                  them; what they do not see is `unseen`, and --resume without
                  --first goes on with it
  --jobs N        test files at a time (default 2)
"""
import argparse
import concurrent.futures
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import attack_codes  # noqa: E402

# What a push goes through. The rest of the program has its own tests.
FILES = re.compile(
    r"src/(policy/(guard\w*|bind|facts|judge_tag_step|rootchain|pending_line|"
    r"seal|tag_links|trust_root|vouch)"
    r"|repo/(tagobject|notes|notes_tree)"
    r"|metadata/(envelope|envelope_signatures|root|layout_stamp|statement)"
    r"|verify/(chain|owners)"
    r"|crypto/tag_signature"
    r"|cmd/cmd_check)\.c$")
# Where an error that is no refusal keeps a push out as well.
ERRORS = re.compile(r"src/(policy/guard\w*|repo/(tagobject|notes|notes_tree)|"
                    r"cmd/cmd_check)\.c$")
# Predicates that are part of a refusal.
PARTS = re.compile(r"src/repo/tagobject\.c:(parse_seconds|is_zone|parse_tagger|"
                   r"is_tag_name)$|src/repo/notes\.c:(note_line_problem|"
                   r"in_order|notes_layout_name_ok)$"
                   r"|src/policy/bind\.c:(layouts_ok|paths_ok)$"
                   r"|src/policy/tag_links\.c:link_problem$"
                   r"|src/policy/guard_pattern\.c:(is_valid|is_links_ref)$"
                   r"|src/policy/guard_quick\.c:(is_plain|says_nothing|"
                   r"settings_say_nothing|guard_quick_push)$")
# The codes that refusals without one of their own end in.
LIKELY = (
    (r"repo/tagobject\.c", "tag-malformed"),
    (r"repo/notes\.c:\d+ +(note_line_problem|in_order)", "line-malformed"),
    (r"repo/notes\.c:\d+ +notes_layout_name_ok", "ref-reserved"),
    (r"repo/notes\.c", "note-limit"),
    (r"guard_history\.c", "layout-not-linear layout-malformed root-malformed"),
    (r"bind\.c:\d+ +compare", "link-other-tag"),
    (r"bind\.c", "link-environment"),
    (r"guard_quick\.c:\d+ +is_plain", "tag-unsigned ref-reserved"),
    (r"guard_(quick|pattern)\.c", "tag-unsigned policy-unreadable"),
    (r"guard_layouts\.c", "layout-rollback layout-not-linear"),
    (r"guard_links\.c", "line-unknown-key"),
    (r"guard_growth\.c", "notes-rewritten notes-shrunk"),
    (r"guard_pending\.c", "line-misfiled"),
    (r"guard_policy\.c", "layout-expired no-layout"),
    (r"guard_root\.c", "root-threshold"),
    (r"guard_(tag|change)\.c", "tag-renamed tag-case-clash tag-deleted"),
    (r"guard\.c", "ref-reserved policy-unreadable"),
    (r"judge_tag_step\.c", "signature-bad"),
    (r"tag_links\.c", "link-environment line-malformed"),
)
REFUSERS = {"intoto_reject", "guard_refuse", "guard_refuse_error",
            "report_refuse", "chain_refuse"}
REPORTERS = {"report_refuse", "chain_refuse", "guard_refuse"}
SINK = ('#include "verify/report.h"\n'
        "static inline struct report *mutant_sink(void)\n"
        "{ static struct report sink; return &sink; }\n")
TIMEOUT = 300
BLANK = re.compile(r'"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\]|\\.)+\'|/\*.*?\*/', re.S)


def blank(text):
    """The text with strings and comments replaced, of the same length."""
    return BLANK.sub(lambda found: re.sub(r"[^\n]", "_", found[0]), text)


def matching(text, at):
    """The index behind the parenthesis that closes the one at `at`."""
    depth = 0
    for index in range(at, len(text)):
        depth += (text[index] in "([") - (text[index] in ")]")
        if not depth:
            return index + 1
    raise ValueError("no closing parenthesis")


def arguments(text, at, end):
    """Spans of the arguments between the parentheses at..end."""
    spans = []
    start = at + 1
    depth = 0
    for index in range(at + 1, end):
        if text[index] in "([{":
            depth += 1
        elif text[index] in ")]}":
            depth -= 1
        if (text[index] == "," and not depth) or index == end - 1:
            spans.append((start, index))
            start = index + 1
    return spans


def is_wrapper(function):
    """All that it does is to refuse, for those who call it."""
    top = [line for line in function.lines[1:-1]
           if line.startswith("\t") and not line.startswith("\t\t")]
    if any(re.match(r"\t(if|for|while|switch|do)\b", line) for line in top):
        return False
    text = "\n".join(function.lines)
    last = text.rfind("\n\treturn ")
    return last >= 0 and re.search(r"\b(%s)\(" % "|".join(REFUSERS),
                                   text[last:]) is not None


class Mutant:
    def __init__(self, place, function, code, what, edits):
        self.place = place
        self.function = function
        self.code = code
        self.what = what
        self.edits = edits  # tried in order; each of (start, end, text)...

    def codes(self):
        """Of the attacks that should see it, most likely."""
        if self.code:
            return [self.code]
        for pattern, codes in LIKELY:
            if re.search(pattern, str(self)):
                return codes.split()
        return []

    def __str__(self):
        return "%-36s %-24s %-22s %s" % (self.place, self.function,
                                         self.code or "-", self.what)


class Source:
    """One file, and the mutants in it."""

    def __init__(self, top, path, functions, wrappers, codes):
        self.name = os.path.relpath(path, top)
        with open(path, encoding="utf-8") as file:
            self.text = file.read()
        self.plain = blank(self.text)
        self.lines = [0]
        for found in re.finditer("\n", self.text):
            self.lines.append(found.end())
        self.functions = functions
        self.wrappers = wrappers
        self.codes = codes

    def place(self, at):
        line = self.text.count("\n", 0, at) + 1
        return "%s:%d" % (self.name, line)

    def mutants(self):
        for function in self.functions:
            start = self.lines[function.first - 1]
            end = start + len("\n".join(function.lines))
            if function.name in self.wrappers:
                continue
            yield from self.of_calls(function, start, end)
            if PARTS.search("%s:%s" % (self.name, function.name)):
                yield from self.of_returns(function, start, end)

    def of_returns(self, function, start, end):
        for found in re.finditer(r"return (false|_+);", self.plain[start:end]):
            at = start + found.start()
            code = None
            good = "return true;" if found[1] == "false" else "return NULL;"
            behind = start + found.end()
            yield Mutant(self.place(at), function.name, code,
                         self.text[at:behind],
                         [((at, behind, ";"),), ((at, behind, good),)])
        for found in re.finditer(r"\bif \(", self.plain[start:end]):
            at = start + found.end() - 1
            behind = matching(self.plain, at)
            if re.match(r"\s*return (false|_+);", self.plain[behind:end]):
                yield from self.of_condition(function, None, at, behind)

    def of_condition(self, function, code, at, behind):
        """Each part of `a || b` alone."""
        parts = self.split(at + 1, behind - 1)
        if len(parts) < 2:
            return
        for first, last in parts:
            text = " ".join(self.text[first:last].split())
            yield Mutant(self.place(first), function.name, code,
                         "part: " + text, [((first, last, " 0 "),)])

    def split(self, start, end):
        parts = []
        depth = 0
        first = start
        at = start
        while at < end:
            depth += (self.plain[at] in "([") - (self.plain[at] in ")]")
            if not depth and self.plain.startswith("||", at):
                parts.append((first, at))
                first = at + 2
                at += 1
            elif not depth and self.plain[at] == "?":
                return []
            at += 1
        return parts + [(first, end)]

    def code_of(self, name, at, behind):
        if name in self.wrappers and self.wrappers[name]:
            return self.wrappers[name]
        for text in attack_codes.TEXT.findall(self.text[at:behind]):
            if text in self.codes:
                return text
        return None

    def of_calls(self, function, start, end):
        names = REFUSERS | set(self.wrappers)
        if ERRORS.search(self.name):
            names |= {"intoto_fail"}
        calls = re.compile(r"\b(%s)\(" % "|".join(sorted(names)))
        for found in calls.finditer(self.plain, start, end):
            at = found.start()
            behind = matching(self.plain, found.end() - 1)
            code = self.code_of(found[1], at, behind)
            what = " ".join(self.text[at:behind].split())
            before = self.plain[start:at]
            after = self.plain[behind:end]
            edits = self.edits_of(found, at, behind, before, after)
            yield Mutant(self.place(at), function.name, code, what[:70], edits)
            yield from self.of_guard(function, code, start, at)

    def edits_of(self, found, at, behind, before, after):
        returned = re.search(r"\breturn\s*$", before)
        alone = re.search(r"[;{})]\s*$", before) and after.startswith(";")
        if returned and after.startswith(";"):
            first = at - len(returned[0])
            return [((first, behind + 1, ";"),),
                    ((first, behind + 1, "return 0;"),)]
        if alone and found[1] not in REPORTERS:
            return [((at, behind, "(void)0"),)]
        if found[1] in REPORTERS:
            spans = arguments(self.plain, found.end() - 1, behind)
            if found[1] == "guard_refuse":
                return [((spans[0][0], spans[1][1], "mutant_sink()"),
                         (at, found.end() - 1, "report_refuse"))]
            return [((spans[0][0], spans[0][1], "mutant_sink()"),)]
        return [((at, behind, "0"),)]

    def of_guard(self, function, code, start, at):
        """The parts of the condition that this refusal stands behind."""
        for found in re.finditer(r"\bif \(", self.plain[start:at]):
            first = start + found.end() - 1
            behind = matching(self.plain, first)
            if behind > at:
                continue
            between = self.plain[behind:at]
            if re.fullmatch(r"\s*(\{\s*)?(return\s+)?", between):
                yield from self.of_condition(function, code, first, behind)

    def with_edit(self, edit):
        text = self.text
        for first, last, new in sorted(edit, reverse=True):
            text = text[:first] + new + text[last:]
        if "mutant_sink" in text:
            return SINK + text
        return text


def find_mutants(top):
    functions = attack_codes.read_sources(top)
    met = attack_codes.reached(functions)
    codes = set(attack_codes.read_codes(top))
    wrappers = {}
    for function in met:
        if is_wrapper(function):
            texts = attack_codes.TEXT.findall("\n".join(function.lines))
            wrappers[function.name] = next(
                (text for text in texts if text in codes), None)
    by_file = {}
    for function in met:
        by_file.setdefault(function.path, []).append(function)
    for path, items in sorted(by_file.items()):
        if FILES.search(path):
            source = Source(top, path, items, wrappers, codes)
            for mutant in source.mutants():
                yield source, mutant


def say(*words):
    print(*words, flush=True)


class Bench:
    """A copy of the tree, in which one file at a time is another."""

    def __init__(self, top, folder, options):
        self.top = top
        self.tree = os.path.join(folder, "tree")
        self.build = os.path.join(folder, "build")
        self.trash = os.path.join(folder, "trash")
        self.options = options
        self.program = os.path.join(self.build, "git-intoto")

    def copy(self):
        shutil.rmtree(self.tree, ignore_errors=True)
        os.makedirs(self.trash, exist_ok=True)
        names = subprocess.run(
            ["git", "-C", self.top, "ls-files", "-co", "--exclude-standard",
             "-z"], check=True, stdout=subprocess.PIPE).stdout.decode()
        for name in names.split("\0"):
            source = os.path.join(self.top, name)
            if name and os.path.isfile(source):
                target = os.path.join(self.tree, name)
                os.makedirs(os.path.dirname(target), exist_ok=True)
                shutil.copy2(source, target)
        for name in self.options.extra:
            shutil.copy2(name, os.path.join(self.tree, "t"))

    def make(self):
        """Warnings are none, but for a function that forgets to answer."""
        done = subprocess.run(
            ["make", "-j2", "BUILD=" + self.build, "CFLAGS=-O1",
             "WARNINGS=-Werror=return-type -Werror=implicit", "all"],
            cwd=self.tree, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            check=False)
        return done.returncode == 0, done.stderr.decode(errors="replace")

    def write(self, name, text):
        with open(os.path.join(self.tree, name), "w",
                  encoding="utf-8") as file:
            file.write(text)

    def tests(self):
        found = []
        for pattern in self.options.tests or ["t6[0-8]*.sh"]:
            found += glob.glob(os.path.join(self.tree, "t", pattern))
        return sorted(set(os.path.basename(path) for path in found))

    def tests_of(self, codes):
        """The files with an attack that ends in one of these codes."""
        word = r"\b(%s)\b(?!-)" % "|".join(re.escape(code) for code in codes)
        found = []
        for name in self.tests():
            with open(os.path.join(self.tree, "t", name),
                      encoding="utf-8") as file:
                text = file.read()
            if re.search(r"^\s*attack [^' ]*" + word, text, re.M):
                found.append(name)
        return found

    def run_test(self, name, codes):
        """The first red test of the file, or None."""
        env = dict(os.environ, INTOTO_PROGRAM=self.program)
        env.pop("INTOTO_ATTACKS", None)
        for variable in ("HARNESS_ACTIVE", "MAKEFLAGS", "MFLAGS"):
            env.pop(variable, None)
        if codes:
            env["INTOTO_ATTACKS"] = " ".join(codes)
        # A file, not a pipe: what a mutant leaves running would hold it open.
        with tempfile.TemporaryFile() as out:
            try:
                done = subprocess.run(
                    ["sh", "./" + name, "--root=" + self.trash], env=env,
                    cwd=os.path.join(self.tree, "t"), stdin=subprocess.DEVNULL,
                    stdout=out, stderr=subprocess.STDOUT, timeout=TIMEOUT,
                    check=False)
            except subprocess.TimeoutExpired:
                return name + ": took more than %d s" % TIMEOUT
            out.seek(0)
            text = out.read().decode(errors="replace")
        found = re.search(r"^(?:not ok \d+ - |Bail out! )(.*)$", text, re.M)
        if found:
            return "%s: %s" % (name, found[1])
        return name + ": ended early" if done.returncode else None

    def run_tests(self, names, codes):
        with concurrent.futures.ThreadPoolExecutor(self.options.jobs) as pool:
            work = [pool.submit(self.run_test, name, codes) for name in names]
            for one in concurrent.futures.as_completed(work):
                if one.result():
                    for other in work:
                        other.cancel()
                    return one.result()
        return None

    def judge(self, source, mutant):
        """What became of the mutant, and who saw it."""
        built, why = False, ""
        for edit in mutant.edits:
            self.write(source.name, source.with_edit(edit))
            built, why = self.make()
            if built:
                break
        try:
            if not built:
                return "unbuilt", why.strip().split("\n")[0][:100]
            seen = None
            codes = mutant.codes()
            if codes:
                seen = self.run_tests(self.tests_of(codes), codes)
            if not seen and self.options.first:
                return "unseen", ""
            if not seen:
                seen = self.run_tests(self.tests(), None)
            return ("seen", seen) if seen else ("survived", "")
        finally:
            self.write(source.name, source.text)


def read_results(path):
    results = {}
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            for line in file:
                key, verdict, by = line.rstrip("\n").split("\t")
                results[key] = (verdict, by)
    return results


def print_table(results):
    say("\n%-9s %s" % ("verdict", "refusal -> the test that saw it"))
    for key, (verdict, by) in results.items():
        say("%-9s %s%s" % (verdict, key, "\n%13s-> %s" % ("", by)
                           if by else ""))
    counts = [verdict for verdict, _ in results.values()]
    say("\n%d refusals: %d seen, %d survived, %d unseen, %d unbuilt" % (
        len(counts), *(counts.count(verdict) for verdict in
                       ("seen", "survived", "unseen", "unbuilt"))))
    return len(counts) - counts.count("seen")


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--dir")
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--tests", action="append")
    parser.add_argument("--extra", action="append", default=[])
    parser.add_argument("--first", action="store_true")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("top", nargs="?", default=os.path.dirname(here))
    options = parser.parse_args()
    top = os.path.abspath(options.top)

    mutants = [(source, mutant) for source, mutant in find_mutants(top)
               if not options.only or any(re.search(only, str(mutant))
                                          for only in options.only)]
    if options.list:
        for _, mutant in mutants:
            say(mutant)
        return 0
    folder = os.path.abspath(options.dir or os.path.join(top, "build",
                                                         "mutate"))
    bench = Bench(top, folder, options)
    bench.copy()
    built, why = bench.make()
    if not built:
        sys.exit("error: the tree does not build:\n" + why)
    path = os.path.join(folder, "results")
    results = read_results(path) if options.resume else {}
    if not results:
        red = bench.run_tests(bench.tests(), None)
        if red:
            sys.exit("error: red without any mutant: " + red)
    with open(path, "a" if options.resume else "w", encoding="utf-8") as file:
        for number, (source, mutant) in enumerate(mutants):
            key = str(mutant)
            if key in results and (options.first or
                                   results[key][0] != "unseen"):
                continue
            start = time.monotonic()
            results[key] = verdict, by = bench.judge(source, mutant)
            file.write("%s\t%s\t%s\n" % (key, verdict, by))
            file.flush()
            say("%d/%d %s %.0f s: %s" % (number + 1, len(mutants), verdict,
                                         time.monotonic() - start, key))
    judged = {key: results[key] for key in
              (str(mutant) for _, mutant in mutants) if key in results}
    return 1 if print_table(judged) else 0


if __name__ == "__main__":
    sys.exit(main())
