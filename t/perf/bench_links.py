"""What judging a layout file and its links costs, against Debian's
in-toto-verify. Called by bench-links.sh, which prepares the folders."""

import os
import platform
import statistics
import sys

import bench

PEER = "in-toto-verify -l root.layout -k owner.pub -t ed25519"
MINE = "git intoto verify --layout root.layout --key owner.pub"


def main():
    work, rounds, *cases = sys.argv[1:]
    commands = []
    rows = []
    for case in cases:
        # "1000x10=0.25" or, with a bar for memory, "2x87000=0.2,0.5"
        name, bars = case.split("=")
        steps, artifacts = name.split("x")
        what = "%s links of %s artifacts" % (steps, artifacts)
        wall, *memory = [float(bar) for bar in bars.split(",")]
        folder = os.path.join(work, name)
        mine = bench.Command("verify, " + what, MINE, 2, folder)
        peer = bench.Command("in-toto-verify, " + what, PEER, 2, folder)
        commands += [mine, peer]
        rows.append(bench.Row("verify / in-toto-verify, " + what,
                              mine, peer, wall))
        for bar in memory:
            rows.append(bench.Row("memory: the same", mine, peer, bar,
                                  memory=True))
    counts = bench.measure(commands, int(rounds))
    print("%s, %s, medians of %s interleaved rounds"
          % (bench.first_line("in-toto-verify", "--version"),
             platform.machine(), rounds))
    print()
    bench.print_ratios(rows, counts)
    print("%-48s %9s %9s %9s" % ("command", "wall s", "cpu s", "RSS MiB"))
    for command in commands:
        print("%-48s %9.3f %9.3f %9.0f" % (
            command.name,
            statistics.median(command.wall),
            statistics.median(command.cpu),
            statistics.median(command.rss) / 1024))


if __name__ == "__main__":
    main()
