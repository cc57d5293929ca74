#!/bin/sh
# Give each fuzz target that is named FUZZ_SECONDS of libFuzzer, starting from
# its seeds and from what it learnt before.
#
# usage: run.sh TARGET...
#
# In the environment:
#   BUILD            where the targets are (BUILD/fuzz/TARGET); what they learn
#                    goes to BUILD/corpus/TARGET, what breaks them to
#                    BUILD/found/TARGET
#   FUZZ_SECONDS     default 60
# Exits 1 if anything was found: mend it, and put the input into t/fuzz/found.
set -u

here=$(cd "$(dirname "$0")" && pwd)
ASAN_OPTIONS=${ASAN_OPTIONS-allocator_may_return_null=1}
export ASAN_OPTIONS
status=0

for name; do
	corpus=$BUILD/corpus/$name
	found=$BUILD/found/$name
	mkdir -p "$corpus" "$found"
	set -- "$here/seeds/$name"
	test ! -d "$here/found/$name" || set -- "$@" "$here/found/$name"
	if "$BUILD/fuzz/$name" -max_total_time="${FUZZ_SECONDS-60}" \
		-max_len=65536 -timeout=10 -rss_limit_mb=2048 \
		-artifact_prefix="$found/" -print_final_stats=1 \
		"$corpus" "$@" >"$BUILD/$name.log" 2>&1
	then
		runs=$(sed -n 's/^stat::number_of_executed_units: *//p' \
			"$BUILD/$name.log")
		echo "$name: $runs runs, nothing found"
	else
		echo "$name: found something, see $found"
		tail -n 20 "$BUILD/$name.log"
		status=1
	fi
done
exit $status
