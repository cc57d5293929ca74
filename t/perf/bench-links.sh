#!/bin/sh
# Measure what judging a layout file and its links costs, against Debian's
# in-toto-verify, and print a table. Never a test: it exits 0 when it could
# measure, whether a bar was met or missed.
#
# usage: bench-links.sh [SCRATCH]
#
# In the environment:
#   BENCH_ROUNDS=n    default 7
#   BENCH_PROGRAM     default build/git-intoto
set -eu

fail() {
	echo >&2 "error: $*"
	exit 128
}

here=$(cd "$(dirname "$0")" && pwd)
program=${BENCH_PROGRAM:-$here/../../build/git-intoto}
test -x "$program" || fail "'$program' is not there; run make"
program=$(realpath "$program")
PATH=$(dirname "$program"):$PATH
export PATH
scratch=${1:-${TMPDIR:-/tmp}/git-intoto-bench}
mkdir -p "$scratch"
work=$(mktemp -d "$(realpath "$scratch")/links.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 129' INT TERM HUP

# The bars: wall time, and memory where there is a second one.
set -- 1000x10=0.25 10x10=0.1 2x87000=0.2,0.5
for case; do
	name=${case%=*}
	echo >&2 "preparing $name"
	/usr/bin/python3 "$here/mklinks.py" "$work/$name" "${name%x*}" \
		"${name#*x}"
	# Both must accept it: a refusal is no measure.
	(
		cd "$work/$name"
		in-toto-verify -l root.layout -k owner.pub -t ed25519
		git intoto verify --layout root.layout --key owner.pub >/dev/null
	) || fail "'$name' is not accepted"
done
python3 "$here/bench_links.py" "$work" \
	"${BENCH_ROUNDS:-7}" "$@"
