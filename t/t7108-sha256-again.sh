#!/bin/sh
test_description='tests of layouts and of seals once more, with ids of SHA-256'
# shellcheck source=t/test-lib.sh
. ./test-lib.sh

# again NAME: that test as it is, in repositories with such ids.
again() {
	mkdir "$1" &&
	again_here=$PWD/$1 &&
	( cd "$SHARNESS_TEST_SRCDIR" &&
		env INTOTO_TEST_HASH=sha256 INTOTO_PROGRAM="$intoto_program" \
		SHARNESS_TEST_DIRECTORY="$again_here" \
		sh "./$1.sh" ) >"$1.out" 2>&1 &&
	grep "^1\.\." "$1.out" || {
		sed "s/^/    /" "$1.out"
		return 1
	}
}

for name in t1200-layout t2500-seal; do
	test_expect_success "$name" "again $name"
done

test_done
