#!/bin/sh
# Measure what a guarded server and a fetch of one tag's proof cost, as ratios
# of interleaved runs, and print a table. Never a test: it exits 0 when it could
# measure, whether a bar was met or missed.
#
# usage: bench-guard.sh [SCRATCH]
#
# SCRATCH (default: a folder below TMPDIR that is kept) gets the repositories of
# mkproofs.py. In the environment:
#   BENCH_FILES=n     files in the tree of the tag that is pushed; default 40000
#   BENCH_TAGS=n      tags in the repository that is fetched from; default 10000
#   BENCH_PATHS=n     paths in each of their links; default 500
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
files=${BENCH_FILES:-40000}
tags=${BENCH_TAGS:-10000}
paths=${BENCH_PATHS:-500}

work=$(mktemp -d "$scratch/guard.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 129' INT TERM HUP

HOME=$work/home
GIT_CONFIG_NOSYSTEM=1
PATH=$(dirname "$program"):$PATH
export HOME GIT_CONFIG_NOSYSTEM PATH
mkdir "$HOME"
git config --global user.name bench
git config --global user.email bench@example.org
git config --global gpg.format ssh
git config --global user.signingKey "$HOME/key"
git config --global init.defaultBranch main
git config --global maintenance.auto false
git config --global gc.auto 0
ssh-keygen -q -t ed25519 -N '' -f "$HOME/key"

echo >&2 "preparing a tree of $files files, its tag, and a guarded server"
git init -q --bare "$work/owner.git"
"$here/mkproofs.py" tree "$files" |
	git -C "$work/owner.git" fast-import --quiet
(
	cd "$work/owner.git"
	git symbolic-ref HEAD refs/heads/main
	git intoto init --yes --no-fetch --step tag >"$work/log" 2>&1
	git intoto tag -m v1 v1 refs/heads/main >>"$work/log" 2>&1
	git repack -q -a -d
) || fail "no tag could be made: $(tail -n 1 "$work/log")"
git init -q --bare "$work/server.git"
( cd "$work/server.git" &&
	git intoto hooks install --server --key "$HOME/key.pub" >/dev/null )
git -C "$work/owner.git" push -q "$work/server.git" main \
	refs/notes/in-toto/layouts/release

# As git calls the hook: the objects of the push are there, its refs are not.
tag=$(git -C "$work/owner.git" rev-parse refs/tags/v1)
links=refs/notes/in-toto/links/$(echo "$tag" | tail -c 3)
cp "$work"/owner.git/objects/pack/* "$work/server.git/objects/pack"
none=0000000000000000000000000000000000000000
head=$(git -C "$work/owner.git" rev-parse main)
{
	echo "$none $(git -C "$work/owner.git" rev-parse "$links") $links"
	echo "$none $tag refs/tags/v1"
} >"$work/push-tag"
echo "$none $head refs/heads/topic" >"$work/push-branch"
( cd "$work/server.git" &&
	GIT_DIR=. hooks/pre-receive <"$work/push-tag" &&
	GIT_DIR=. hooks/pre-receive <"$work/push-branch" ) ||
	fail "the server refuses the push that is to be measured"

store=$scratch/proofs-$tags-$paths.git
if ! test -f "$store/done"
then
	echo >&2 "preparing a repository with $tags tags and their links"
	rm -rf "$store"
	git init -q --bare "$store"
	"$here/mkproofs.py" links "$tags" "$paths" "$HOME/key" |
		git -C "$store" fast-import --quiet
	git -C "$store" symbolic-ref HEAD refs/heads/main
	git -C "$store" repack -q -a -d
	git -C "$store" pack-refs --all
	: >"$store/done"
fi
git clone -q --no-tags --single-branch "file://$store" "$work/clone"
git -C "$work/clone" config remote.origin.tagOpt --no-tags
cp -R "$work/clone" "$work/fetched"
git -C "$work/fetched" intoto fetch origin t0 >"$work/log" 2>&1 ||
	fail "no proof could be fetched: $(tail -n 1 "$work/log")"
# The tag, its shard, and the shard of its commit, which is often another's.
case $(git -C "$work/fetched" for-each-ref --format=x refs/tags/t0 \
	refs/in-toto-remotes | wc -l) in
2 | 3) ;;
*) fail "not one tag and its proof were fetched" ;;
esac

# Where the proof of the tag that is measured is: by its id and by its commit's.
tag=refs/tags/t$((tags / 2))
shards=$(for id in $(git -C "$store" rev-parse "$tag" "$tag^{commit}")
	do
		echo "$id" | tail -c 3
	done | sort -u | while read -r shard
	do
		if git -C "$store" rev-parse -q --verify \
			"refs/notes/in-toto/links/$shard" >/dev/null
		then
			echo "$shard"
		fi
	done)

# shellcheck disable=SC2086 # a list of words
python3 "$here/bench_guard.py" "$work" "$tags" "${BENCH_ROUNDS:-7}" $shards
