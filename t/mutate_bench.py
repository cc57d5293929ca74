"""The bench of mutate.py: a copy of the tree, and tests that run in it.

A test is a file of t/, such as `t4000-verify.sh`, or a unit program, such as
`unit/test_bind`. Of an attack file single attacks can be run, by number.
"""
import concurrent.futures
import filecmp
import fnmatch
import glob
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time

# In seconds; with a look at all lines, the tests of limits are slow.
TIMEOUT = 300
TIMEOUT_COVERAGE = 1800
# What of the environment would reach into the tests.
FOREIGN = ("HARNESS_ACTIVE", "MAKEFLAGS", "MFLAGS", "MAKELEVEL",
           "INTOTO_ATTACKS", "INTOTO_AFTER_ATTACK")


def sum_of(paths):
    digest = hashlib.sha256()
    for path in sorted(paths):
        with open(path, "rb") as file:
            digest.update(file.read())
    return digest.hexdigest()


class Bench:
    """One file of the tree at a time is another."""

    def __init__(self, top, folder, jobs):
        self.top = top
        self.folder = folder
        self.tree = os.path.join(folder, "tree")
        self.build = os.path.join(folder, "build")
        self.trash = os.path.join(folder, "trash")
        self.jobs = jobs

    def copy(self, extra=()):
        """The tree as it is. What is the same is left, so that make need not
        do it again; what a mutant left behind is not, and is newer then."""
        shutil.rmtree(self.trash, ignore_errors=True)
        os.makedirs(self.trash)
        names = subprocess.run(
            ["git", "-C", self.top, "ls-files", "-co", "--exclude-standard",
             "-z"], check=True, stdout=subprocess.PIPE).stdout.decode()
        wanted = {os.path.join(self.tree, name): os.path.join(self.top, name)
                  for name in names.split("\0")
                  if os.path.isfile(os.path.join(self.top, name))}
        for name in extra:
            wanted[os.path.join(self.tree, "t", os.path.basename(name))] = name
        for target, source in wanted.items():
            os.makedirs(os.path.dirname(target), exist_ok=True)
            if not os.path.isfile(target) or not filecmp.cmp(
                    source, target, shallow=False):
                shutil.copy(source, target)
        for folder, _, found in os.walk(self.tree):
            for name in found:
                if os.path.join(folder, name) not in wanted:
                    os.unlink(os.path.join(folder, name))

    def write(self, name, text):
        with open(os.path.join(self.tree, name), "w",
                  encoding="utf-8") as file:
            file.write(text)

    def make(self, *targets, build=None, flags=()):
        """Why it is not built, or None.

        Warnings are none, but for a function that forgets to answer."""
        done = subprocess.run(
            ["make", "-j%d" % self.jobs, "BUILD=" + (build or self.build),
             "CFLAGS=-O0", *flags,
             "WARNINGS=-Werror=return-type -Werror=implicit", *targets],
            cwd=self.tree, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            check=False)
        why = done.stderr.decode(errors="replace").strip()
        return (why or "make failed") if done.returncode else None

    def tests(self, patterns):
        here = os.path.join(self.tree, "t")
        names = sorted("unit/" + os.path.basename(path)[:-2] for path in
                       glob.glob(os.path.join(here, "unit", "test_*.c")))
        names += sorted(os.path.basename(path) for path in
                        glob.glob(os.path.join(here, "t[0-9]*.sh")))
        return [name for name in names if any(
            fnmatch.fnmatch(name, pattern) for pattern in patterns)]

    def path_of(self, test):
        return os.path.join(self.tree, "t", test +
                            (".c" if test.startswith("unit/") else ""))

    def run(self, test, attacks=None, build=None, after=None,
            timeout=TIMEOUT):
        """The first red one, or None."""
        build = build or self.build
        env = {name: value for name, value in os.environ.items()
               if name not in FOREIGN}
        env["INTOTO_PROGRAM"] = os.path.join(build, "git-intoto")
        if attacks is not None:
            env["INTOTO_ATTACKS"] = " ".join(map(str, attacks))
        if after:
            env["INTOTO_AFTER_ATTACK"] = after
        if test.startswith("unit/"):
            status, text = self.start([os.path.join(build, test), "-j1"],
                                      env, self.tree, timeout)
        else:
            status, text = self.start(
                ["sh", "./" + test, "--immediate", "--root=" + self.trash],
                env, os.path.join(self.tree, "t"), timeout)
        shutil.rmtree(os.path.join(
            self.trash, "trash directory." + test[:-3]), ignore_errors=True)
        if status is None:
            return "%s: took more than %d s" % (test, timeout)
        found = re.search(r"^(?:not ok \d+ - |Bail out! |\[FAIL\] )(.*)$",
                          text, re.M)
        if found:
            return "%s: %s" % (test, found[1].split(": (")[0])
        return test + ": ended early" if status else None

    @staticmethod
    def start(command, env, folder, timeout):
        """The status, None after too long, and what was said."""
        # A file, not a pipe: what a mutant leaves running would hold it open.
        with tempfile.TemporaryFile() as out:
            child = subprocess.Popen(
                command, env=env, cwd=folder, stdin=subprocess.DEVNULL,
                stdout=out, stderr=subprocess.STDOUT, start_new_session=True)
            try:
                status = child.wait(timeout)
            except subprocess.TimeoutExpired:
                # The trap of a test ends its agents.
                os.killpg(child.pid, signal.SIGTERM)
                child.wait()
                status = None
            out.seek(0)
            return status, out.read().decode(errors="replace")

    def first_red(self, runs):
        """Of (test, attacks) in this order, `jobs` at a time."""
        with concurrent.futures.ThreadPoolExecutor(self.jobs) as pool:
            work = [pool.submit(self.run_built, *one) for one in runs]
            for one in concurrent.futures.as_completed(work):
                if not one.cancelled() and one.result():
                    for other in work:
                        other.cancel()
                    return one.result()
        return None

    def run_built(self, test, attacks):
        if test.startswith("unit/"):
            why = self.make(os.path.join(self.build, test))
            if why:
                return test + ": not built"
        return self.run(test, attacks)


class Reach:
    """Which lines of the sources each test executes.

    `parts` is {test: {number: part}}, where the number is that of an attack,
    and 0 stands for all that is no attack; a part has `seconds`, `codes`, the
    codes that the attack is refused with, and `lines`, {file: [line...]}."""

    def __init__(self, bench, files):
        self.bench = bench
        self.files = files
        self.build = os.path.join(bench.folder, "cover")
        self.path = os.path.join(bench.folder, "reach.json")
        self.parts = {}
        self.red = []

    def read(self):
        """What an earlier run found, of the same sources and same tests."""
        try:
            with open(self.path, encoding="utf-8") as file:
                stored = json.load(file)
        except FileNotFoundError:
            return {}
        return stored["tests"] if stored["source"] == self.source() else {}

    def source(self):
        return sum_of(glob.glob(os.path.join(self.bench.tree, "src", "*",
                                             "*.[ch]")))

    def take(self, tests, resume, say):
        """Run what is not known yet, one test at a time."""
        known = self.read() if resume else {}
        kept = {}
        units = [os.path.join(self.build, test) for test in tests
                 if test.startswith("unit/")]
        for test in tests:
            digest = sum_of([self.bench.path_of(test)])
            item = known.get(test)
            if not item or item["sum"] != digest:
                self.build_with_coverage(units)
                red, parts = self.measure(test)
                if red:
                    self.red.append(red)
                    continue
                item = {"sum": digest, "parts": parts}
                say("%s: %d lines of refusing files" % (test, sum(
                    len(lines) for part in parts.values()
                    for lines in part["lines"].values())))
                self.write({**known, **kept, test: item})
            kept[test] = item
        self.parts = {test: item["parts"] for test, item in kept.items()}

    def write(self, tests):
        with open(self.path + ".new", "w", encoding="utf-8") as file:
            json.dump({"source": self.source(), "tests": tests}, file)
        os.replace(self.path + ".new", self.path)

    def build_with_coverage(self, units):
        flags = ["CFLAGS=-O0 --coverage", "LDFLAGS=--coverage"]
        why = self.bench.make("all", *units, build=self.build, flags=flags)
        if why:
            raise RuntimeError("no build with --coverage: " + why)

    def measure(self, test):
        """(the red one, None) or (None, its parts)."""
        folder = os.path.join(self.bench.folder, "traces")
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        objects = os.path.join(self.build, "obj")
        drop = "find '%s' -name '*.gcda' -delete" % objects
        note = ("(cd '%s' && gcov --json-format --stdout %s"
                " >'%s/'$attack_number 2>/dev/null;"
                " echo $attack_codes >'%s/'$attack_number.codes); %s" % (
                    self.bench.tree, " ".join(
                        "'%s/%s.o'" % (objects, name[len("src/"):-2])
                        for name in self.files), folder, folder, drop))
        subprocess.run(drop, shell=True, check=True)
        start = time.time()
        red = self.bench.run(test, build=self.build, after=note,
                             timeout=TIMEOUT_COVERAGE)
        if red:
            return red, None
        numbers = sorted(int(name) for name in os.listdir(folder)
                         if name.isdigit())
        parts = {}
        before = start
        for number in numbers:
            path = os.path.join(folder, str(number))
            with open(path + ".codes", encoding="utf-8") as file:
                codes = file.read().strip()
            parts[number] = self.part(path, os.path.getmtime(path) - before,
                                      codes)
            before = os.path.getmtime(path)
        if not numbers:
            now = time.time() - start
            subprocess.run("attack_number=0; " + note, shell=True, check=True)
            parts[0] = self.part(os.path.join(folder, "0"), now, "")
        return None, parts

    def part(self, path, seconds, codes):
        lines = {}
        with open(path, encoding="utf-8") as file:
            for text in file:
                for item in json.loads(text)["files"]:
                    if item["file"] in self.files:
                        # The jump behind a `return f()` is shared by others.
                        lines.setdefault(item["file"], set()).update(
                            line["line_number"] for line in item["lines"]
                            if line["count"] and not line["unexecuted_block"])
        return {"seconds": round(seconds, 2),
                "codes": codes.replace(",", " ").split(),
                "lines": {name: sorted(found)
                          for name, found in lines.items() if found}}

    def runs(self, name, first, last, codes):
        """What executes one of these lines, as (test, attacks): units, and
        attacks that end in one of these codes, then the others; what is
        faster before what is slower."""
        wanted = set(range(first, last + 1))
        runs = []
        for test, parts in self.parts.items():
            named, others = [], []
            for number, part in parts.items():
                if wanted.intersection(part["lines"].get(name, ())):
                    hit = set(codes).intersection(part["codes"])
                    (named if hit else others).append(number)
            for numbers in named, others:
                if numbers:
                    late = numbers is others and not test.startswith("unit/")
                    runs.append((late, self.cost(parts, numbers), test,
                                 numbers if len(parts) > 1 else None))
        return [(test, attacks) for _, _, test, attacks in
                sorted(runs, key=lambda run: run[:3])]

    @staticmethod
    def cost(parts, numbers):
        """In seconds, with the set-up."""
        return sum(part["seconds"] for number, part in parts.items()
                   if number in numbers or str(number) == "0")


class Everything(Reach):
    """Without a look: each test may execute each line."""

    def take(self, tests, resume, say):
        self.parts = {test: {} for test in tests}

    def runs(self, name, first, last, codes):
        return [(test, None) for test in self.parts]
