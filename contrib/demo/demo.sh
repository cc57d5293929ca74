#!/bin/sh
# Play a release of contrib/demo/tally with a maintainer, a build machine, a
# guarded server and a user, then seven attacks on it.
#
# usage: contrib/demo/demo.sh PROGRAM
#
# Everything happens in one throw-away folder: keys, GNUPGHOME, agent, clones.
# Exit status 0 only if everything went as it should.
set -u

program=${1:?usage: demo.sh PROGRAM}
here=$(cd "$(dirname "$0")" && pwd)
stage=$(mktemp -d "${TMPDIR:-/tmp}/git-intoto-demo.XXXXXX") || exit 1
failed=0

# shellcheck disable=SC2317 # called by the trap
finish() {
	test -z "${SSH_AGENT_PID-}" || kill "$SSH_AGENT_PID"
	gpgconf --homedir "$stage/gnupg" --kill all 2>/dev/null
	rm -rf "$stage"
}
trap finish EXIT
trap 'exit 130' INT TERM

for name in $(env | sed -n 's/^\(GIT_[A-Z_0-9]*\|XDG_[A-Z_]*\)=.*/\1/p'); do
	unset "$name"
done
mkdir -p "$stage/bin" "$stage/home" "$stage/tmp"
mkdir -m 700 "$stage/gnupg"
ln -s "$program" "$stage/bin/git-intoto"
PATH=$stage/bin:$PATH
HOME=$stage/home
TMPDIR=$stage/tmp
GNUPGHOME=$stage/gnupg
GIT_CONFIG_NOSYSTEM=1
GIT_CONFIG_GLOBAL=$stage/home/.gitconfig
LC_ALL=C
export PATH HOME TMPDIR GNUPGHOME GIT_CONFIG_NOSYSTEM GIT_CONFIG_GLOBAL LC_ALL
unset SSH_AUTH_SOCK SSH_AGENT_PID MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES

if test -t 1; then
	bold=$(printf '\033[1m') plain=$(printf '\033[0m')
else
	bold='' plain=''
fi

# title TEXT; who NAME: whose terminal it is, in the clone of that name.
title() {
	printf '\n%s== %s%s\n' "$bold" "$*" "$plain"
}

who() {
	me=$1
	cd "$stage/$me" || exit 1
}

# type COMMAND: print it as it is typed, run it, show its output in $said.
type_it() {
	printf '%s%s$ %s%s\n' "$bold" "$me" "$1" "$plain"
	eval "$1" >"$stage/said" 2>&1
	status=$?
	sed "s|$stage|..|g" "$stage/said"
	return $status
}

works() {
	type_it "$1" || {
		echo "!! expected this to work, exit status $?"
		failed=1
	}
}

# refused REASON COMMAND: it fails, and says this reason.
refused() {
	if type_it "$2"; then
		echo "!! expected a refusal, and it was accepted"
		failed=1
	elif ! grep -q "\[$1\]" "$stage/said"; then
		echo "!! expected the reason [$1]"
		failed=1
	fi
}

# The command that the last output printed for publishing.
publish() {
	sed -n 's/^ *\(git push .*\)/\1/p' "$stage/said" | head -n 1
}

set_up() {
	eval "$(ssh-agent -s)" >/dev/null
	git config --global init.defaultBranch main
	git config --global advice.detachedHead false
	git config --global user.email nobody@example.com
	gpg --batch --quiet --passphrase '' --pinentry-mode loopback \
		--quick-generate-key 'Mona Maintainer <mona@example.com>' \
		ed25519 sign never 2>/dev/null
	ssh-keygen -q -t ed25519 -N '' -C ci -f "$HOME/ci"
	ssh-keygen -q -t ed25519 -N '' -C eve -f "$HOME/eve"
	ssh-add -q "$HOME/ci" "$HOME/eve"
	git init -q --bare "$stage/server"
	mkdir "$stage/maintainer"
	cp -R "$here/tally/." "$stage/maintainer/"
	(
		cd "$stage/maintainer" || exit 1
		printf '/dist/\n/tally\n' >.gitignore
		git init -q
		git config user.name 'Mona Maintainer'
		git config user.email mona@example.com
		git config user.signingKey mona@example.com
		git remote add origin "$stage/server"
		git add .
		git commit -q -m 'tally 1.0'
		git push -q origin main
	)
	for clone in builder user eve; do
		git clone -q "$stage/server" "$stage/$clone"
		git -C "$stage/$clone" config user.name "$clone"
	done
	for clone in builder eve; do
		git -C "$stage/$clone" config gpg.format ssh
	done
	git -C "$stage/builder" config user.signingKey "$HOME/ci.pub"
	git -C "$stage/eve" config user.signingKey "$HOME/eve.pub"
}

release() {
	title "The maintainer founds the layout: she tags, the CI key builds"
	who maintainer
	works 'git intoto init --yes'
	works 'git intoto layout add-key release ~/ci.pub --step build'
	works 'git intoto layout remove-key release gpg:mona@example.com --step build'
	works 'git intoto layout sign release'

	title "The server is guarded; it believes layouts that she signed"
	who server
	works 'git intoto hooks install --server --key gpg:mona@example.com'

	title "She tags; tag, link and layout travel together"
	who maintainer
	works "git intoto tag -m 'tally 1.0' v1.0"
	works "$(publish)"

	title "The build machine builds the tag from a clean tree"
	who builder
	works 'git intoto trust add gpg:mona@example.com'
	works 'git fetch -q --tags origin'
	works "git intoto build --tag v1.0 -p 'dist/*' -- make dist"
	works "$(publish)"
	works 'cp dist/* ../user/   # stands for an upload and a download'

	title "A user downloads two files and verifies them"
	who user
	works 'git fetch -q --tags origin'
	works 'git intoto trust add gpg:mona@example.com'
	works 'git intoto verify v1.0 tally-1.0.tar.gz tally'
	works 'git intoto log'
}

attack_artifact() {
	title "Attack 1: a replaced artifact"
	who user
	works 'echo "surprise" >>tally-1.0.tar.gz'
	refused file-changed 'git intoto verify v1.0 tally-1.0.tar.gz'
}

attack_other_link() {
	title "Attack 2: the build link of v1.0 filed under v1.1"
	who maintainer
	works "git commit -q --allow-empty -m 'tally 1.1'"
	works "git intoto tag -m 'tally 1.1' v1.1"
	works "$(publish)"
	who eve
	works "git fetch -q origin 'refs/notes/in-toto/*:refs/notes/in-toto/*' 'refs/tags/*:refs/tags/*'"
	old=$(git rev-parse refs/tags/v1.0)
	new=$(git rev-parse refs/tags/v1.1)
	old_ref=in-toto/links/$(echo "$old" | tail -c 3)
	new_ref=in-toto/links/$(echo "$new" | tail -c 3)
	works "{ git notes --ref=$old_ref show v1.0; git notes --ref=$new_ref show v1.1; } | LC_ALL=C sort -u >both"
	works "git notes --ref=$new_ref add -f -F both v1.1"
	refused line-misfiled "git push origin refs/notes/$new_ref"
	who user
	works "git fetch -q ../eve +refs/notes/$new_ref:refs/in-toto-remotes/eve/${new_ref#in-toto/}"
	works 'git fetch -q --tags origin'
	refused link-other-tag 'git intoto verify v1.1 tally'
	git update-ref -d "refs/in-toto-remotes/eve/${new_ref#in-toto/}"
}

attack_step_key() {
	title "Attack 3: the tag step signed by the build step's key"
	who builder
	refused key-not-authorised "git intoto tag -m 'tally 6.6' v6.6"
	printf '%s\n' "-- with a tool that does not refuse:"
	works "git tag -s -m 'tally 6.6' v6.6"
	refused tag-signer 'git push origin v6.6'
	refused tag-signer 'git intoto verify v6.6'
}

attack_layout() {
	title "Attack 4: a layout of another owner"
	who eve
	git update-ref -d refs/notes/in-toto/layouts/release
	works 'git intoto init --yes --no-fetch'
	refused 'layout-[a-z-]*' 'git push --force origin refs/notes/in-toto/layouts/release'
	works "git intoto tag -m 'tally 1.0' v1.0.1"
	who user
	works "git fetch -q ../eve '+refs/notes/in-toto/*:refs/in-toto-remotes/eve/*' 'refs/tags/*:refs/tags/*'"
	refused tag-signer 'git intoto verify v1.0.1'
}

attack_tags() {
	title "Attack 5: a moved tag"
	who maintainer
	works "git tag -f -s -m 'tally 1.0 again' v1.0"
	refused tag-moved 'git push --force origin v1.0'
	works 'git fetch -q --force origin refs/tags/v1.0:refs/tags/v1.0'

	title "Attack 6: an unsigned tag"
	works "git tag -a -m 'tally 2.0' v2.0"
	refused tag-unsigned 'git push origin v2.0'

	title "Attack 7: a tag object with a second signature"
	who eve
	works "git fetch -q --force origin 'refs/tags/*:refs/tags/*'"
	works "git cat-file tag v1.1 >object"
	works "{ cat object; sed -n '/^-----BEGIN/,\$p' object; } >twice"
	works "git update-ref refs/tags/twice \$(git hash-object -t tag -w twice)"
	refused tag-two-signatures 'git push origin refs/tags/twice:refs/tags/v1.2'
}

set_up
release
attack_artifact
attack_other_link
attack_step_key
attack_layout
attack_tags

echo
if test $failed = 0; then
	echo "The release was accepted, and seven attacks were refused."
else
	echo "Something did not go as it should: see the lines with !!"
fi
exit $failed
