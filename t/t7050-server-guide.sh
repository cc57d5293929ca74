#!/bin/sh
test_description='the guide for administrators, typed line by line; its recipes'
# shellcheck source=t/test-lib.sh
. ./test-lib.sh
# shellcheck source=t/doc-lib.sh
. "$intoto_top/t/doc-lib.sh"

page=$intoto_top/Documentation/gitintoto-server.adoc

# ~/hello, with a layout and a root that Mona goes by, and without a remote.
doc_rooted() {
	doc_initialised &&
	git remote remove origin &&
	git intoto trust init --threshold 1 --key "$HOME/.ssh/id_ed25519.pub" &&
	git intoto trust sign --key "$HOME/.ssh/id_ed25519" &&
	git intoto trust pin "$(git intoto trust show |
		sed -n 's/^version 1, \(sha256:[0-9a-f]*\).*/\1/p')"
}

test_expect_success 'every command of the guide prints what it shows' '
	(
		doc_home guide &&
		doc_person &&
		doc_rooted >/dev/null 2>&1 &&
		doc_run "$page"
	)
'

test_expect_success 'the recipes name files that are there' '
	grep -oE "contrib/server/[a-z./-]*[a-z]" "$page" | sort -u >names &&
	test "$(grep -c . names)" -ge 5 &&
	while read -r name
	do
		test -e "$intoto_top/$name" || {
			echo "$name"
			return 1
		}
	done <names
'

test_expect_success 'what the page shows of a recipe is the recipe' '
	sed -n "/^repo project$/,/^ *option/p" "$page" >shown &&
	sed -n "/^repo project$/,/^ *option/p" \
		"$intoto_top/contrib/server/gitolite/project.conf" >recipe &&
	test -s recipe &&
	test_cmp recipe shown
'

test_done
