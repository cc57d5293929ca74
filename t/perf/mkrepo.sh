#!/bin/sh
# Make a repository to measure on: the trees of Debian's linux-source-6.1
# packages (about 79,000 files), oldest first, one commit each, packed with
# deltas.
#
# usage: mkrepo.sh DIR
#
# DIR is made and holds all that is downloaded; DIR/linux.git is the result,
# and is left alone if it is complete already. MKREPO_PACKAGE names another
# package of that shape.
set -eu

fail() {
	echo >&2 "error: $*"
	exit 128
}

test $# -eq 1 || fail "usage: mkrepo.sh DIR"
mkdir -p "$1"
cd "$1"
package=${MKREPO_PACKAGE:-linux-source-6.1}
repo=$PWD/linux.git

if test -f linux.done
then
	echo "$repo"
	exit 0
fi
rm -rf linux.git tree unpack
command -v apt-get >/dev/null ||
	fail "no apt-get here: give a repository with BENCH_REPO=path"

# The oldest and the newest version that the archive has: a history with
# deltas from a few thousand changed files.
versions=$(apt-cache madison "$package" | awk '{ print $3 }' | sort -Vu |
	sed -n '1p;$p' | uniq)
test -n "$versions" || fail "apt knows no package '$package'"

GIT_CONFIG_NOSYSTEM=1
GIT_CONFIG_GLOBAL=/dev/null
GIT_AUTHOR_NAME=bench GIT_AUTHOR_EMAIL=bench@example.org
GIT_COMMITTER_NAME=bench GIT_COMMITTER_EMAIL=bench@example.org
GIT_AUTHOR_DATE='1700000000 +0000' GIT_COMMITTER_DATE='1700000000 +0000'
export GIT_CONFIG_NOSYSTEM GIT_CONFIG_GLOBAL GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL
export GIT_COMMITTER_NAME GIT_COMMITTER_EMAIL GIT_AUTHOR_DATE
export GIT_COMMITTER_DATE

git init -q --bare -b main linux.git
git -C linux.git config gc.auto 0
for version in $versions
do
	echo >&2 "$package $version"
	rm -rf tree unpack
	mkdir unpack tree
	rm -f "$package"_*.deb
	apt-get -qq -o APT::Sandbox::User=root download \
		"$package=$version" >&2
	dpkg-deb -x "$package"_*.deb unpack
	archive=$(find unpack -name '*.tar.xz' | sed -n 1p)
	test -n "$archive" || fail "'$package' holds no .tar.xz"
	tar -C tree --strip-components=1 -xf "$archive"
	git --git-dir=linux.git --work-tree=tree -c core.bare=false \
		-c core.autocrlf=false add -A -f .
	git --git-dir=linux.git --work-tree=tree -c core.bare=false \
		commit -q -m "$version"
done
rm -rf tree unpack "$package"_*.deb
git -C linux.git repack -q -adf --window=10 --depth=50
git -C linux.git tag bench
: >linux.done
echo "$repo"
