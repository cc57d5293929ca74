#!/bin/sh
test_description='make install and uninstall: all of it, where it belongs'
# shellcheck source=t/test-lib.sh
. ./test-lib.sh
# shellcheck source=t/doc-lib.sh
. "$intoto_top/t/doc-lib.sh"

# A path without blanks, as make wants it.
root=$intoto_private/root

test_expect_success 'make install puts everything below DESTDIR' '
	doc_make install DESTDIR="$root" prefix=/usr &&
	test -x "$root/usr/bin/git-intoto" &&
	test -f "$root/usr/lib/libintoto.a" &&
	test -f "$root/usr/lib/pkgconfig/intoto.pc" &&
	for header in "$intoto_top"/include/intoto/*.h
	do
		cmp "$header" "$root/usr/include/intoto/${header##*/}" || return 1
	done &&
	for page in "$intoto_top"/Documentation/git-intoto*.adoc
	do
		page=${page##*/} &&
		test -f "$root/usr/share/man/man1/${page%.adoc}.1" || return 1
	done &&
	test -f "$root/usr/share/man/man7/gitintoto-tutorial.7" &&
	! grep -r "@[a-z]*@" "$root/usr/lib/pkgconfig"
'

test_expect_success 'the installed program works, called by git' '
	doc_person &&
	(
		PATH=$root/usr/bin:$(echo "$PATH" | sed "s/^[^:]*://") &&
		export PATH &&
		test "$(command -v git-intoto)" = "$root/usr/bin/git-intoto" &&
		git intoto --version | grep "^git-intoto [0-9]" &&
		doc_built &&
		git intoto verify v1.0 dist/hello-1.0.tar | grep "^accepted: 1 file"
	)
'

test_expect_success 'its completion is installed where bash looks' '
	cmp "$intoto_top/contrib/completion/git-intoto.bash" \
		"$root/usr/share/bash-completion/completions/git-intoto"
'

test_expect_success 'make install-compat: the names of in-toto, and they work' '
	doc_make install-compat DESTDIR="$root" prefix=/usr &&
	for tool in run record mock sign verify match-products
	do
		test "$(readlink "$root/usr/bin/in-toto-$tool")" = git-intoto &&
		"$root/usr/bin/in-toto-$tool" --version | grep "^in-toto-$tool" ||
			return 1
	done &&
	(
		mkdir compat && cd compat &&
		"$root/usr/bin/in-toto-mock" -n try -- true && test -f try.link &&
		test_expect_code 2 "$root/usr/bin/in-toto-run" -n try -- true
	)
'

test_expect_success 'a tool that is not ours is left alone' '
	rm "$root/usr/bin/in-toto-run" &&
	echo theirs >"$root/usr/bin/in-toto-run" &&
	doc_make uninstall DESTDIR="$root" prefix=/usr &&
	grep theirs "$root/usr/bin/in-toto-run" &&
	! test -L "$root/usr/bin/in-toto-sign" &&
	rm "$root/usr/bin/in-toto-run"
'

test_expect_success 'make uninstall leaves nothing' '
	doc_make uninstall DESTDIR="$root" prefix=/usr &&
	find "$root" ! -type d >left &&
	test_must_be_empty left &&
	! test -d "$root/usr/include/intoto"
'

test_expect_success 'prefix and the folders can be chosen' '
	doc_make install DESTDIR="$root" prefix=/opt/x bindir=/opt/x/libexec/git-core &&
	test -x "$root/opt/x/libexec/git-core/git-intoto" &&
	grep "^prefix=/opt/x$" "$root/opt/x/lib/pkgconfig/intoto.pc" &&
	doc_make uninstall DESTDIR="$root" prefix=/opt/x bindir=/opt/x/libexec/git-core &&
	find "$root" ! -type d >left &&
	test_must_be_empty left
'

test_done
