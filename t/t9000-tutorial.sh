#!/bin/sh
test_description='the tutorial, typed line by line'
# shellcheck source=t/test-lib.sh
. ./test-lib.sh
# shellcheck source=t/doc-lib.sh
. "$intoto_top/t/doc-lib.sh"

test_expect_success 'what it prints is what the page shows' '
	(
		doc_home mona &&
		git config --global --remove-section user &&
		doc_run "$intoto_top/Documentation/gitintoto-tutorial.adoc"
	)
'

test_expect_success 'the comparison sees another word, line, status' '
	printf "%s\n" "[source,shell]" ---- "\$ echo a b; echo c" "a b" c ---- \
		>page &&
	doc_run page &&
	sed "s/^a b/a x/" page >changed &&
	test_must_fail doc_run changed &&
	sed "/^c\$/d" page >changed &&
	test_must_fail doc_run changed &&
	sed "s/^c\$/&\n&/" page >changed &&
	test_must_fail doc_run changed &&
	sed "s/^a b/.../; /^c\$/d" page >changed &&
	doc_run changed &&
	sed "s/^a b/a .../" page >changed &&
	doc_run changed &&
	sed "s/echo c/echo c; false/; s/^c\$/&\n\$ echo d\nd/" page >changed &&
	test_must_fail doc_run changed
'

test_done
