#!/bin/sh
# Measure against what git, coreutils and in-toto need for the same work, as
# ratios of interleaved runs, and print a table. Never a test: it exits 0 when
# it could measure, whether a bar was met or missed.
#
# usage: bench.sh [SCRATCH]
#
# SCRATCH (default: a folder below TMPDIR that is kept) gets the repository of
# mkrepo.sh. In the environment:
#   BENCH_REPO=path   measure on that repository instead (it is only read)
#   BENCH_REV=rev     its commit; default HEAD
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
scratch=${1:-${TMPDIR:-/tmp}/git-intoto-bench}
mkdir -p "$scratch"
scratch=$(realpath "$scratch")

repo=${BENCH_REPO:-}
test -n "$repo" || repo=$("$here/mkrepo.sh" "$scratch")
git_dir=$(git -C "$repo" rev-parse --absolute-git-dir)
commit=$(git -C "$repo" rev-parse --verify "${BENCH_REV:-HEAD}^{commit}")

work=$(mktemp -d "$scratch/run.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 129' INT TERM HUP

HOME=$work/home
GIT_CONFIG_NOSYSTEM=1
export HOME GIT_CONFIG_NOSYSTEM
mkdir "$HOME"
git config --global user.name bench
git config --global user.email bench@example.org
git config --global gpg.format ssh
git config --global user.signingKey "$HOME/key"
git config --global safe.directory '*'
git config --global init.defaultBranch main
git config --global maintenance.auto false
git config --global gc.auto 0
PATH=$(dirname "$program"):$PATH
export PATH

echo >&2 "preparing a clone with a tag, and a checked-out tree"
ssh-keygen -q -t ed25519 -N '' -f "$HOME/key"
git clone -q --shared --bare "$git_dir" "$work/clone.git"
git -C "$work/clone.git" remote remove origin
(
	eval "$(ssh-agent -s)" >/dev/null
	ssh-add -q "$HOME/key"
	cd "$work/clone.git"
	git intoto init --yes --step tag >"$work/init.log" 2>&1 &&
		git intoto tag -m bench bench-tag "$commit" \
			>"$work/tag.log" 2>&1 &&
		: >"$work/tagged"
	ssh-agent -k >/dev/null
) || true
if ! test -f "$work/tagged"
then
	echo >&2 "note: no tag could be recorded, so verify is not measured:"
	sed -n '$p' "$work/init.log" "$work/tag.log" >&2 2>/dev/null || true
fi

if command -v in-toto-run >/dev/null && command -v in-toto-keygen >/dev/null
then
	mkdir "$work/tree"
	git -C "$git_dir" archive "$commit" | tar -xf - -C "$work/tree"
	in-toto-keygen -t ed25519 "$work/in-toto-key" >/dev/null 2>&1 ||
		rm -rf "$work/tree"
	openssl genpkey -algorithm ed25519 -out "$work/run.pem"
fi

python3 "$here/bench.py" "$git_dir" "$commit" "$work" "${BENCH_ROUNDS:-7}"
