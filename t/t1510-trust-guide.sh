#!/bin/sh
test_description='the guide to trust roots, typed line by line'
# shellcheck source=t/test-lib.sh
. ./test-lib.sh
# shellcheck source=t/doc-lib.sh
. "$intoto_top/t/doc-lib.sh"

# Mona has a release; Bert, Carla and Dora have keys, and Bert has a clone.
start() {
	doc_home trust &&
	doc_person &&
	doc_published &&
	for name in bert carla dora; do
		ssh-keygen -q -t ed25519 -N "" -C "$name@example.com" \
			-f "$HOME/.ssh/$name" || return 1
	done &&
	git clone -q "$HOME/hello.git" "$HOME/bert" &&
	(
		cd "$HOME/bert" &&
		git intoto trust add "$HOME/.ssh/id_ed25519.pub"
	)
}

test_expect_success 'what it prints is what the page shows' '
	(
		start &&
		doc_run "$intoto_top/Documentation/gitintoto-trust.adoc"
	)
'

test_done
