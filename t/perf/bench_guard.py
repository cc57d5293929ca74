"""What a push costs the server that guards, and what the proof of one tag costs
the one who fetches it. Called by bench-guard.sh, which prepares the folders."""

import os
import platform
import statistics
import sys

import bench

# A run of one millisecond is no measure: so many one after the other.
REPEAT = 100


def repeated(text):
    return "for n in $(seq %d); do %s || exit 1; done" % (REPEAT, text)


# As `git intoto fetch` asks for them: the tag first, then the shards of what it
# turned out to be.
PLAIN = ("git -C fetched fetch -q --no-tags --prune --no-auto-maintenance"
         " --no-write-fetch-head origin %s")
MINE = "refs/in-toto-remotes/origin/"


def plain_fetch(tag, shards):
    first = ["+refs/tags/%s:%stags/%s" % (tag, MINE, tag)]
    for name in "root", "layouts/", "pending":
        first.append("+refs/notes/in-toto/%s*:%s%s*" % (name, MINE, name))
    second = ["+refs/notes/in-toto/links/%s:%slinks/%s" % (shard, MINE, shard)
              for shard in shards]
    return " && ".join(PLAIN % " ".join("'%s'" % spec for spec in specs)
                       for specs in (first, second))


def make_commands(work, tags, shards):
    server = os.path.join(work, "server.git")
    hook = "GIT_DIR=. hooks/pre-receive <../push-%s"
    tag = "t%d" % (tags // 2)
    copy = "rm -rf fetched && cp -R clone fetched && "
    fresh = copy + "git -C fetched %s"
    return {
        "rev-parse": bench.Command(
            "rev-parse HEAD, %d times" % REPEAT,
            repeated("git rev-parse HEAD"), 2, server),
        "branch": bench.Command(
            "pre-receive of a branch, %d times" % REPEAT,
            repeated(hook % "branch"), 2, server),
        "tag": bench.Command("pre-receive of a tag", hook % "tag", 2, server),
        "verify": bench.Command("verify", "git intoto verify v1", 2,
                                os.path.join(work, "owner.git")),
        "fetch": bench.Command("fetch of a tag",
                               fresh % ("fetch -q origin tag %s" % tag), 2,
                               work),
        "refs": bench.Command("fetch of it and its shards",
                              copy + plain_fetch(tag, shards), 2, work),
        "proof": bench.Command("fetch of its proof",
                               fresh % ("intoto fetch origin %s" % tag), 2,
                               work),
    }


def main():
    work, tags, rounds, *shards = sys.argv[1:]
    commands = make_commands(work, int(tags), shards)
    counts = bench.measure(list(commands.values()), int(rounds))
    print("%s, %s, medians of %s interleaved rounds"
          % (bench.first_line("git", "--version"), platform.machine(), rounds))
    print()
    bench.print_ratios([
        bench.Row("pre-receive, nothing guarded / git rev-parse HEAD",
                  commands["branch"], commands["rev-parse"], 1.5),
        bench.Row("pre-receive, one tag / git intoto verify of it",
                  commands["tag"], commands["verify"], 1.2),
        bench.Row("git intoto fetch of one tag of %s / git fetch of it" % tags,
                  commands["proof"], commands["fetch"]),
        bench.Row("the same / git fetch of it and its shards",
                  commands["proof"], commands["refs"], 1.5),
    ], counts)
    print("%-48s %9s %9s" % ("command", "wall s", "cpu s"))
    for command in commands.values():
        print("%-48s %9.3f %9.3f" % (
            command.name,
            statistics.median(command.wall),
            statistics.median(command.cpu)))


if __name__ == "__main__":
    main()
