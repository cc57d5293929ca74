#!/usr/bin/python3
"""Switch off one refusal at a time, and see whether a test turns red.

Usage: mutate.py [OPTION]... [TOP]

A mutant is a copy of the program in which one refusal that a push can meet
does nothing: `return intoto_reject(...)` is left out, `guard_refuse(...)` too,
`cond ? 0 : intoto_reject(...)` is 0, and of a condition of several parts one
part at a time counts as false. It is built, and tests run until one is red. Which
lines a test executes is taken once, with gcc --coverage: only those run that
come to the refusal, first the attacks that end in its reason code, then the
fastest.

  seen       a test was red
  covered    t/mutate-covered says why no test can see it: it is not run
  unreached  no test comes to the refusal: a hole in the tests, or dead code
  survived   no test that comes to it was red: the same, or another check
             covers it

  --list          print the mutants, one a line, and do nothing
  --only REGEX    only mutants whose line in --list matches; repeated: any of
  --dir DIR       where to copy, build and keep results (default build/mutate)
  --resume        go on: what is in DIR/results as seen is not judged again,
                  and of tests that are as they were it is not asked again
                  which lines they execute
  --tests GLOB    the tests, of t/ or as unit/test_NAME; repeated
  --extra FILE    a test file that is not in t/; repeated
  --no-coverage   run all the tests on each mutant
  --covered       run what t/mutate-covered names as well, and do not excuse it
  --jobs N        tests at a time (default 1)
"""
import argparse
import os
import re
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import attack_codes  # noqa: E402
import mutate_bench  # noqa: E402

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
# What may see a mutant: no test that only measures, or kills.
TESTS = ("t1[3-7]*.sh", "t2[0568]*.sh", "t31*.sh", "t4*.sh", "t6[0-8]*.sh",
         "t71*.sh", "t9004*.sh", "unit/*")
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
    def __init__(self, source, function, code, what, edits, refusal):
        self.source = source
        self.function = function
        self.code = code
        self.what = what
        self.edits = edits  # tried in order; each of (start, end, text)...
        self.refusal = refusal  # its span
        self.place = source.place(edits[0][0][0])
        self.same = 0  # as many before it have the same name

    def lines(self):
        """The first and the last one of the refusal."""
        return [self.source.line(at) for at in self.refusal]

    def codes(self):
        """Of the attacks that should see it, most likely."""
        if self.code:
            return [self.code]
        for pattern, codes in LIKELY:
            if re.search(pattern, str(self)):
                return codes.split()
        return []

    def key(self):
        """Its name, whatever stands above it in the file."""
        number = " #%d" % (self.same + 1) if self.same else ""
        return "%s %s %s %s%s" % (self.source.name, self.function,
                                  self.code or "-", self.what, number)

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

    def line(self, at):
        return self.text.count("\n", 0, at) + 1

    def place(self, at):
        return "%s:%d" % (self.name, self.line(at))

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
            good = "return true;" if found[1] == "false" else "return NULL;"
            behind = start + found.end()
            yield Mutant(self, function.name, None, self.text[at:behind],
                         [((at, behind, ";"),), ((at, behind, good),)],
                         (at, behind))
        for found in re.finditer(r"\bif \(", self.plain[start:end]):
            at = start + found.end() - 1
            behind = matching(self.plain, at)
            answer = re.match(r"\s*return (false|_+);",
                              self.plain[behind:end])
            if answer:
                refusal = (behind + answer.start(1), behind + answer.end(1))
                yield from self.of_condition(function, None, at, behind,
                                             refusal)

    def of_condition(self, function, code, at, behind, refusal):
        """Each part of `a || b` alone."""
        parts = self.split(at + 1, behind - 1)
        if len(parts) < 2:
            return
        for first, last in parts:
            text = " ".join(self.text[first:last].split())
            # What it does besides, such as to parse, is done.
            yield Mutant(self, function.name, code, "part: " + text,
                         [((first, first, "(("), (last, last, ") && 0)"))],
                         refusal)

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
            yield Mutant(self, function.name, code, what[:70], edits,
                         (at, behind))
            yield from self.of_guard(function, code, start, (at, behind))

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

    def of_guard(self, function, code, start, refusal):
        """The parts of the condition that this refusal stands behind."""
        at = refusal[0]
        for found in re.finditer(r"\bif \(", self.plain[start:at]):
            first = start + found.end() - 1
            behind = matching(self.plain, first)
            if behind > at:
                continue
            between = self.plain[behind:at]
            if re.fullmatch(r"\s*(\{\s*)?(return\s+)?", between):
                yield from self.of_condition(function, code, first, behind,
                                             refusal)

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
    wrappers = {}  # by file: two may have one of the same name
    for function in met:
        if is_wrapper(function):
            texts = attack_codes.TEXT.findall("\n".join(function.lines))
            wrappers.setdefault(function.path, {})[function.name] = next(
                (text for text in texts if text in codes), None)
    shared = {function.name: wrappers[function.path][function.name]
              for function in met if not function.static and
              function.name in wrappers.get(function.path, ())}
    by_file = {}
    for function in met:
        by_file.setdefault(function.path, []).append(function)
    for path, items in sorted(by_file.items()):
        if FILES.search(path):
            names = {}
            own = {**shared, **wrappers.get(path, {})}
            for mutant in Source(top, path, items, own, codes).mutants():
                key = mutant.key()
                mutant.same = names.get(key, 0)
                names[key] = mutant.same + 1
                yield mutant


def say(*words):
    print(*words, flush=True)


def judge(bench, reach, mutant):
    """What became of it, and who saw it."""
    runs = reach.runs(mutant.source.name, *mutant.lines(), mutant.codes())
    if not runs:
        return "unreached", ""
    try:
        for edit in mutant.edits:
            bench.write(mutant.source.name, mutant.source.with_edit(edit))
            why = bench.make("all")
            if not why:
                break
        if why:
            return "unbuilt", why.split("\n")[0][:100]
        seen = bench.first_red(runs)
        return ("seen", seen) if seen else ("survived", "")
    finally:
        bench.write(mutant.source.name, mutant.source.text)


def read_results(path):
    results = {}
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            for line in file:
                key, verdict, by = line.rstrip("\n").split("\t")
                results[key] = (verdict, by)
    return results


def read_covered(path):
    """{the begin of a mutant's name: why no test can see it}"""
    reasons = {}
    names = []
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            for line in file:
                if line.startswith("\t"):
                    for name in names:
                        reasons[name] = (reasons[name] + " " +
                                         line.strip()).strip()
                elif line.strip() and not line.startswith("#"):
                    if not names or reasons[names[0]]:
                        names = []
                    names.append(line.strip())
                    reasons[line.strip()] = ""
    return reasons


def reason_of(covered, key):
    """Why no test can see it, or None."""
    return next((reason for name, reason in covered.items()
                 if key.startswith(name)), None)


def print_table(results):
    say("\n%-9s %s" % ("verdict", "refusal -> the test that saw it"))
    for key, (verdict, by) in results.items():
        say("%-9s %s%s" % (verdict, key, "\n%13s-> %s" % ("", by)
                           if by else ""))
    counts = [verdict for verdict, _ in results.values()]
    names = ("seen", "covered", "survived", "unreached", "unbuilt")
    say("\n%d refusals: %s" % (len(counts), ", ".join(
        "%d %s" % (counts.count(name), name) for name in names)))
    return len(counts) - counts.count("seen") - counts.count("covered")


def parse_options():
    here = os.path.dirname(os.path.abspath(__file__))
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--dir")
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--tests", action="append")
    parser.add_argument("--extra", action="append", default=[])
    parser.add_argument("--no-coverage", action="store_true")
    parser.add_argument("--covered", action="store_true")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("top", nargs="?", default=os.path.dirname(here))
    options = parser.parse_args()
    options.top = os.path.abspath(options.top)
    options.dir = os.path.abspath(options.dir or os.path.join(
        options.top, "build", "mutate"))
    return options


def prepare(options, mutants):
    bench = mutate_bench.Bench(options.top, options.dir, options.jobs)
    bench.copy(options.extra)
    why = bench.make("all")
    if why:
        sys.exit("error: the tree does not build:\n" + why)
    kind = (mutate_bench.Everything if options.no_coverage
            else mutate_bench.Reach)
    reach = kind(bench, sorted({mutant.source.name for mutant in mutants}))
    reach.take(bench.tests(options.tests or TESTS), options.resume, say)
    for red in reach.red:
        say("left out, red without any mutant: " + red)
    return bench, reach


def main():
    options = parse_options()
    every = list(find_mutants(options.top))
    mutants = [mutant for mutant in every if not options.only or any(
        re.search(only, str(mutant)) for only in options.only)]
    if options.list:
        for mutant in mutants:
            say(mutant)
        return 0
    covered = {} if options.covered else read_covered(
        os.path.join(options.top, "t", "mutate-covered"))
    bench, reach = prepare(options, every)
    path = os.path.join(options.dir, "results")
    results = read_results(path) if options.resume else {}
    with open(path, "a" if options.resume else "w", encoding="utf-8") as file:
        for number, mutant in enumerate(mutants):
            key = mutant.key()
            reason = reason_of(covered, key)
            if reason:
                results[key] = "covered", reason
                continue
            if results.get(key, ("",))[0] == "seen":
                continue
            start = time.monotonic()
            results[key] = verdict, by = judge(bench, reach, mutant)
            file.write("%s\t%s\t%s\n" % (key, verdict, by))
            file.flush()
            say("%d/%d %s %.0f s: %s" % (number + 1, len(mutants), verdict,
                                         time.monotonic() - start, key))
    bad = print_table({mutant.key(): results[mutant.key()]
                       for mutant in mutants})
    return 1 if bad or reach.red else 0


if __name__ == "__main__":
    sys.exit(main())
