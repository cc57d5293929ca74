#!/bin/sh
test_description='the tree keeps its own rules'
# shellcheck source=t/test-lib.sh
. ./test-lib.sh

for check in layers headers commands options style reasons threats; do
	test_expect_success "check-$check" "
		INTOTO_PROGRAM='$intoto_program' \
			'$intoto_top/t/lint/check-$check'
	"
done

test_done
