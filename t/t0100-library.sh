#!/bin/sh
test_description='the library: another program against what is installed'
# shellcheck source=t/test-lib.sh
. ./test-lib.sh
# shellcheck source=t/doc-lib.sh
. "$intoto_top/t/doc-lib.sh"

root=$intoto_private/root

test_expect_success 'setup: a project with a proven tag' '
	make_ssh_key mona &&
	make_ssh_key other &&
	sign_with_ssh mona &&
	init_project project &&
	(
		cd project &&
		git intoto tag -m v1.0 v1.0 &&
		git intoto build -p "dist/*" -- make dist &&
		git tag -s -m v2.0 v2.0
	) &&
	git clone -q project clone &&
	git -C clone fetch -q origin "refs/notes/in-toto/*:refs/in-toto-remotes/origin/*" &&
	cp project/dist/foo-1.0.tar clone
'

test_expect_success 'the installed headers name no third party and no folder of ours' '
	doc_make install prefix="$root" MAN1= MAN7= &&
	test -f "$root/include/intoto/check.h" &&
	! grep -hE "git2|gpgme|sodium|openssl|jansson|json_t" \
		"$root"/include/intoto/*.h &&
	grep -hE "^#include" "$root"/include/intoto/*.h | sort -u >included &&
	! grep -vE "<std(bool|def|int)\.h>|\"intoto/[a-z]+\.h\"" included
'

test_expect_success 'a strict C99 program builds with pkg-config alone' '
	PKG_CONFIG_PATH=$root/lib/pkgconfig \
		pkg-config --static --cflags --libs intoto >flags &&
	"${CC:-cc}" -std=c99 -Wall -Wextra -Wpedantic -Werror ${SANITIZE-} \
		-o check_tag "$intoto_top/t/data/check_tag.c" $(cat flags) &&
	mv check_tag .bin
'

test_expect_success 'it accepts a tag and its file, by the trust of the clone' '
	(
		cd project &&
		check_tag v1.0 - >out &&
		grep -x accepted out &&
		check_tag refs/tags/v1.0 - dist/foo-1.0.tar dist/main.txt >out &&
		grep -x "file dist/foo-1.0.tar from build" out &&
		grep -x "file dist/main.txt from build" out &&
		grep -x accepted out
	)
'

test_expect_success 'it accepts them in a clone that trusts nobody, by a key' '
	(
		cd clone &&
		test_expect_code 128 check_tag v1.0 - >out &&
		grep "^unknown: " out &&
		check_tag v1.0 "$HOME/mona.pub" foo-1.0.tar >out &&
		grep -x "file foo-1.0.tar from build" out &&
		grep -x accepted out
	)
'

test_expect_success 'it refuses what git intoto verify refuses, for the same reasons' '
	(
		cd clone &&
		cp foo-1.0.tar kept &&
		echo more >>foo-1.0.tar &&
		for what in "v1.0 ~/mona.pub foo-1.0.tar" \
			"v1.0 ~/other.pub" "v2.0 ~/mona.pub"
		do
			set -- $what &&
			test_expect_code 1 check_tag "$@" >out &&
			tail -n 1 out | grep -x rejected &&
			tag=$1 key=$2 && shift 2 &&
			test_expect_code 1 git intoto verify --key "$key" \
				"$tag" "$@" 2>err &&
			sed -n "s/^reason //p" out | sort >ours &&
			sed -n "s/^error: .*\[\(.*\)\]\$/\1/p" err | sort >theirs &&
			test -s ours &&
			test_cmp theirs ours || return 1
		done &&
		mv kept foo-1.0.tar
	)
'

test_expect_success 'what it cannot tell is no verdict' '
	(
		cd clone &&
		test_expect_code 128 check_tag v9 "$HOME/mona.pub" &&
		test_expect_code 128 check_tag v1.0 "$HOME/mona.pub" missing &&
		test_expect_code 128 check_tag v1.0 "$HOME/missing.pub" &&
		cd / &&
		test_expect_code 128 check_tag v1.0 -
	)
'

test_expect_success 'it judges a layout file and its links' '
	git -C project intoto export v1.0 "$PWD/exported" &&
	check_tag --layout exported/root.layout exported "$HOME/mona.pub" >out &&
	grep -x accepted out &&
	test_expect_code 1 check_tag --layout exported/root.layout exported \
		"$HOME/other.pub" >out &&
	grep "^reason " out &&
	mkdir empty &&
	test_expect_code 1 check_tag --layout exported/root.layout empty \
		"$HOME/mona.pub" >out &&
	grep -x "reason link-missing" out &&
	test_expect_code 128 check_tag --layout missing empty "$HOME/mona.pub"
'

test_expect_success 'a call by key leaves the clone as it was' '
	(
		cd clone &&
		find .git -type f -exec sha256sum {} + | sort >../before &&
		check_tag v1.0 "$HOME/mona.pub" &&
		find .git -type f -exec sha256sum {} + | sort >../after &&
		test_cmp ../before ../after
	)
'

test_done
