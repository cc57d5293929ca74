#!/bin/sh
test_description='manual pages: they build, git finds them, examples work'
# shellcheck source=t/test-lib.sh
. ./test-lib.sh
# shellcheck source=t/doc-lib.sh
. "$intoto_top/t/doc-lib.sh"

documentation=$intoto_top/Documentation
pages=$(cd "$documentation" && echo git-intoto*.adoc gitintoto-*.adoc)

test_expect_success 'every page is a manual page, without a warning' '
	mkdir man &&
	for page in $pages
	do
		asciidoctor -b manpage --failure-level WARN -a manversion=0 \
			-o "man/${page%.adoc}" "$documentation/$page" || return 1
	done
'

test_expect_success 'every page has a summary, and names others that exist' '
	for page in $pages
	do
		name=${page%.adoc} &&
		lexgrog "man/$name" || return 1
		for other in $(grep -oE "git-?intoto(-[a-z-]+)?\([17]\)" \
			"$documentation/$page" | sed "s/(.*//" | sort -u)
		do
			test -f "$documentation/$other.adoc" || {
				echo "$page: no page $other"
				return 1
			}
		done
	done
'

test_expect_success 'every page has the same sections, example first' '
	for page in $documentation/git-intoto*.adoc
	do
		sed -n "s/^== //p" "$page" >sections &&
		sed -n 1,4p sections | tr "\n" " " >start &&
		echo "NAME SYNOPSIS EXAMPLE DESCRIPTION " >expected &&
		tr -d "\n" <expected >wanted &&
		cmp wanted start &&
		grep -x OPTIONS sections &&
		grep -x "EXIT STATUS" sections &&
		tail -n 1 sections | grep -x "SEE ALSO" || {
			echo "$page"
			return 1
		}
	done
'

test_expect_success 'the threat model names tests that exist' '
	page=$documentation/technical/threat-model.adoc &&
	grep -oE "[a-z0-9_-]+\.(sh|c)\b" "$page" | sort -u >names &&
	test "$(grep -c . names)" -gt 10 &&
	while read -r name
	do
		test -f "$intoto_top/t/$name" ||
		test -f "$intoto_top/t/unit/$name" || {
			echo "$name"
			return 1
		}
	done <names
'

test_expect_success 'the technical pages are AsciiDoc, without a warning' '
	for page in "$documentation"/*.adoc "$documentation"/technical/*.adoc
	do
		asciidoctor --failure-level WARN -o page.html "$page" || return 1
	done
'

# What the example of a page starts from, and where.
start_of() {
	case $1 in
	git-intoto | git-intoto-init)
		doc_project ;;
	git-intoto-tag)
		doc_initialised ;;
	git-intoto-build)
		doc_tagged ;;
	git-intoto-layout)
		doc_initialised &&
		ssh-keygen -q -t ed25519 -N "" -C ci -f "$HOME/.ssh/ci" ;;
	git-intoto-trust)
		doc_published &&
		git clone -q "$HOME/hello.git" "$HOME/clone" &&
		cd "$HOME/clone" ;;
	git-intoto-fetch)
		doc_published &&
		git clone -q --no-tags "$HOME/hello.git" "$HOME/clone" &&
		cd "$HOME/clone" ;;
	git-intoto-seal)
		doc_built &&
		ssh-keygen -q -t ed25519 -N "" -C ci -f "$HOME/.ssh/ci" ;;
	git-intoto-hooks)
		doc_project && cd "$HOME/hello.git" ;;
	git-intoto-check)
		doc_published &&
		cd "$HOME/hello.git" &&
		git intoto hooks install --server \
			--key "$HOME/.ssh/id_ed25519.pub" >/dev/null ;;
	*)
		doc_built ;;
	esac
}

for page in $pages; do
	case $page in
	gitintoto-*)
		continue ;; # the tutorial has a test of its own
	esac
	name=${page%.adoc}
	test_expect_success "the example of $name" "
		(
			doc_home $name &&
			doc_person &&
			start_of $name &&
			doc_run '$documentation/$page'
		)
	"
done

test_expect_success 'git finds the pages once they are installed' '
	doc_make install DESTDIR="$intoto_private/root" prefix=/usr &&
	git config --global man.viewer man &&
	(
		MANPATH=$intoto_private/root/usr/share/man &&
		MANPAGER=cat &&
		export MANPATH MANPAGER &&
		man -w git-intoto &&
		git intoto --help >out &&
		grep "^ *git-intoto - let a repository carry" out &&
		git help intoto >again &&
		test_cmp out again &&
		man git-intoto-verify >out &&
		grep "^ *git-intoto-verify - " out &&
		git help intoto-tutorial >out &&
		grep "^ *gitintoto-tutorial - " out
	)
'

test_done
