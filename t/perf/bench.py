"""Run commands in turns, and print the medians of their ratios as a table."""

import os
import platform
import shlex
import statistics
import subprocess
import sys
import time


# A run in which other processes took more than this share of the machine is
# thrown away, whatever it measured, and made again, at most so many times.
DISTURBED = 0.04
TRIES = 12


def busy():
    """Seconds that all cores together were at work since the start."""
    with open("/proc/stat") as stat:
        ticks = [int(word) for word in stat.readline().split()[1:9]]
    return (sum(ticks) - ticks[3] - ticks[4]) / os.sysconf("SC_CLK_TCK")


class Command:
    def __init__(self, name, text, cores, cwd=None):
        self.name = name
        self.text = text
        self.cores = cores
        self.cwd = cwd
        self.wall = []
        self.cpu = []
        self.rss = []

    def run(self):
        """One run: seconds, seconds of all cores together, KiB of the largest
        process of the pipeline, and the share that others had."""
        cpus = sorted(os.sched_getaffinity(0))[: self.cores]
        before = busy()
        start = time.monotonic()
        child = subprocess.Popen(
            ["bash", "-o", "pipefail", "-c", self.text],
            cwd=self.cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            preexec_fn=lambda: os.sched_setaffinity(0, cpus),
        )
        said = child.stderr.read()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = status
        wall = time.monotonic() - start
        cpu = usage.ru_utime + usage.ru_stime
        foreign = max(0.0, busy() - before - cpu) / (wall * os.cpu_count())
        if status != 0:
            sys.exit(
                "error: '%s' failed: %s"
                % (self.text, said.decode(errors="replace").strip())
            )
        return wall, cpu, usage.ru_maxrss, foreign


class Row:
    def __init__(self, what, one, other, bar=None, memory=False):
        self.what = what
        self.one = one
        self.other = other
        self.bar = bar
        self.memory = memory

    def ratio(self):
        """The median of the ratios of neighbours in time."""
        a = self.one.rss if self.memory else self.one.wall
        b = self.other.rss if self.memory else self.other.wall
        return statistics.median(x / y for x, y in zip(a, b))


def measure_once(command, counts):
    for _ in range(TRIES):
        wall, cpu, rss, foreign = command.run()
        if foreign <= DISTURBED:
            break
        counts["repeated"] += 1
        time.sleep(2)
    else:
        counts["kept"] += 1
    command.wall.append(wall)
    command.cpu.append(cpu)
    command.rss.append(rss)


def measure(commands, rounds):
    """How many runs were disturbed and repeated, and kept all the same."""
    counts = {"repeated": 0, "kept": 0}
    for command in commands:
        command.run()  # fills the page cache
    for number in range(rounds):
        print("round %d of %d" % (number + 1, rounds), file=sys.stderr)
        for command in commands:
            measure_once(command, counts)
    return counts


def make_commands(git_dir, commit, work):
    git = "git --git-dir=%s" % shlex.quote(git_dir)
    record = git + " intoto record-tree %s " + commit
    read = "%s ls-tree -r --object-only %s | grep -v -x -f %s | " % (
        git,
        commit,
        shlex.quote(os.path.join(work, "gitlinks")),
    )
    links = subprocess.run(
        "%s ls-tree -r %s | sed -n 's/^160000 commit \\([0-9a-f]*\\).*/\\1/p'"
        % (git, commit),
        shell=True,
        check=True,
        stdout=subprocess.PIPE,
    ).stdout
    if links:
        with open(os.path.join(work, "gitlinks"), "wb") as out:
            out.write(links)
    else:
        read = "%s ls-tree -r --object-only %s | " % (git, commit)
    read += git + " cat-file --batch --buffer"
    commands = {}
    for cores in (2, 1):
        commands["cat", cores] = Command("cat-file", read, cores)
        commands["check", cores] = Command("record", record % "", cores)
        commands["plain", cores] = Command(
            "record --no-check", record % "--no-check", cores
        )
    commands["archive", 2] = Command(
        "archive", "%s archive %s | sha256sum" % (git, commit), 2
    )
    if os.path.exists(os.path.join(work, "tagged")):
        commands["verify", 2] = Command(
            "verify",
            "git intoto verify bench-tag",
            2,
            os.path.join(work, "clone.git"),
        )
    if os.path.isdir(os.path.join(work, "tree")):
        commands["in-toto", 2] = Command(
            "in-toto-run",
            "in-toto-run -n tag -m . -x -t ed25519 -k ../in-toto-key -d ..",
            2,
            os.path.join(work, "tree"),
        )
        commands["run", 2] = Command(
            "run -x -m .",
            "git intoto run -n tag -m . -x --follow-symlink-dirs"
            " --key ../run.pem -d ..",
            2,
            os.path.join(work, "tree"),
        )
    return commands


def make_rows(c):
    rows = []
    for cores, bars in ((2, (0.85, 0.75)), (1, (None, None))):
        where = "%d core%s" % (cores, "s" if cores > 1 else "")
        rows += [
            Row("record-tree / ls-tree | cat-file, " + where,
                c["check", cores], c["cat", cores], bars[0]),
            Row("record-tree --no-check / the same, " + where,
                c["plain", cores], c["cat", cores], bars[1]),
            Row("memory: record-tree / the same, " + where,
                c["check", cores], c["cat", cores], 1.0, memory=True),
        ]
    if ("verify", 2) in c:
        rows.append(Row("verify / record-tree, 2 cores",
                        c["verify", 2], c["check", 2], 1.3))
        rows.append(Row("memory: verify / ls-tree | cat-file, 2 cores",
                        c["verify", 2], c["cat", 2], memory=True))
    rows.append(Row("record-tree / git archive | sha256sum, 2 cores",
                    c["check", 2], c["archive", 2]))
    if ("in-toto", 2) in c:
        rows.append(Row("record-tree / in-toto-run, checked-out tree, 2 cores",
                        c["check", 2], c["in-toto", 2]))
        rows.append(Row("run -x -m . / in-toto-run, 2 cores",
                        c["run", 2], c["in-toto", 2], 0.3))
        rows.append(Row("memory: run -x -m . / in-toto-run, 2 cores",
                        c["run", 2], c["in-toto", 2], memory=True))
    return rows


def print_ratios(rows, counts):
    print("%d runs disturbed by other processes and repeated, %d kept disturbed"
          % (counts["repeated"], counts["kept"]))
    if counts["kept"]:
        print("the wall times of this table are not to be relied on")
    print()
    print("%-58s %6s %6s  %s" % ("what", "ratio", "bar", "result"))
    for row in rows:
        ratio = row.ratio()
        print("%-58s %6.2f %6s  %s" % (
            row.what,
            ratio,
            "-" if row.bar is None else "%.2f" % row.bar,
            "-" if row.bar is None
            else "met" if ratio <= row.bar else "missed"))
    print()


def first_line(*argv):
    out = subprocess.run(argv, check=True, stdout=subprocess.PIPE).stdout
    return out.decode().splitlines()[0]


def main():
    git_dir, commit, work, rounds = sys.argv[1:]
    if len(os.sched_getaffinity(0)) < 2:
        sys.exit("error: two cores are needed")
    commands = make_commands(git_dir, commit, work)
    counts = measure(list(commands.values()), int(rounds))
    paths = subprocess.run(
        ["git", "--git-dir", git_dir, "ls-tree", "-r", "-z", commit],
        check=True,
        stdout=subprocess.PIPE,
    ).stdout.count(b"\0")

    print("%d paths, %s, %s, medians of %s interleaved rounds"
          % (paths, first_line("git", "--version"), platform.machine(), rounds))
    print()
    print_ratios(make_rows(commands), counts)
    print("%-48s %9s %9s %9s" % ("command", "wall s", "cpu s", "RSS MiB"))
    for (_, cores), command in commands.items():
        print("%-48s %9.2f %9.2f %9.0f" % (
            "%s, %d core%s" % (command.name, cores, "s" if cores > 1 else ""),
            statistics.median(command.wall),
            statistics.median(command.cpu),
            statistics.median(command.rss) / 1024))


if __name__ == "__main__":
    main()
