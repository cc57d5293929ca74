#!/bin/sh
test_description='the recipe for GitLab: custom_hooks/pre-receive.d, as Gitaly runs it'
# shellcheck source=t/test-lib.sh
. ./test-lib.sh
# shellcheck source=t/transport-lib.sh
. "$intoto_top/t/transport-lib.sh"
# shellcheck source=t/server-lib.sh
. "$intoto_top/t/server-lib.sh"
need_program /usr/sbin/sshd openssh-server

SERVER=$SERVERS/@hashed/04/a8/04a8708c3a481ced13845a30de522486895de059.git

# Gitaly has hooks of its own outside of the repository, which run what is in
# custom_hooks: one after the other, each with the whole list, until one fails.
# Names that end in ~ are passed over.
make_gitaly() {
	mkdir -p "$SERVERS/gitaly-hooks" &&
	cat >"$SERVERS/gitaly-hooks/pre-receive" <<-'HOOK' &&
	#!/bin/sh
	list=$(cat)
	for hook in custom_hooks/pre-receive custom_hooks/pre-receive.d/*; do
		case $hook in *~) continue ;; esac
		test -f "$hook" && test -x "$hook" || continue
		printf '%s\n' "$list" | "$hook" || exit
	done
	HOOK
	printf '#!/bin/sh\nexit 0\n' >"$SERVERS/gitaly-hooks/update" &&
	chmod +x "$SERVERS/gitaly-hooks/pre-receive" \
		"$SERVERS/gitaly-hooks/update"
}

# What GitLab makes of a push over ssh: the repository is found by its project,
# and git starts with Gitaly's settings in its environment.
make_gitlab_shell() {
	cat >"$SERVERS/gitlab-shell" <<-SCRIPT &&
	#!/bin/sh
	case \$SSH_ORIGINAL_COMMAND in
	"git-receive-pack 'group/project.git'") command=receive-pack ;;
	"git-upload-pack 'group/project.git'") command=upload-pack ;;
	*) exit 1 ;;
	esac
	exec env -i HOME="$SERVERS/home" PATH="\$PATH" LANG=en_US.UTF-8 \\
		GL_ID=user-7 GL_USERNAME="\$1" GL_REPOSITORY=project-1 \\
		GL_PROJECT_PATH=group/project GL_PROTOCOL=ssh \\
		GITALY_HOOKS_PAYLOAD=eyJiaW5hcnlfZGlyIjoiL29wdCJ9 \\
		CORRELATION_ID=01EWJFPCSZAMWQG6B3TRMZVC9R \\
		GIT_CONFIG_PARAMETERS="'core.alternateRefsCommand=exit 0 #' 'receive.fsck.badTimezone=ignore' 'core.hooksPath=$SERVERS/gitaly-hooks'" \\
		GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=receive.advertisePushOptions \\
		GIT_CONFIG_VALUE_0=true \\
		git "\$command" "$SERVER"
	SCRIPT
	chmod +x "$SERVERS/gitlab-shell"
}

test_expect_success 'set-up: a repository as GitLab stores it, two accounts' '
	make_people &&
	make_gitaly &&
	make_gitlab_shell &&
	start_accounts "$SERVERS/gitlab-shell" GIT_PROTOCOL &&
	mkdir -p "${SERVER%/*}" &&
	git init -q --bare "$SERVER" &&
	MONA_URL=git-mona:group/project.git &&
	CI_URL=git-ci:group/project.git &&
	CI_REFUSAL="links-only: the account .ci. may not push"
'

test_expect_success 'the recipe: two files in custom_hooks, and the pin' '
	mkdir -p "$SERVER/custom_hooks/pre-receive.d" &&
	cp "$recipes/links-only" \
		"$SERVER/custom_hooks/pre-receive.d/10-links-only" &&
	our_hook >"$SERVER/custom_hooks/pre-receive.d/20-git-intoto" &&
	chmod 755 "$SERVER/custom_hooks/pre-receive.d/20-git-intoto" &&
	git -C "$SERVER" intoto trust add "$HOME/mona.pub"
'

show_recipe

test_expect_success 'a push with options, and one into a quarantine of old' '
	cd "$here/maintainer" &&
	git push -o ci.skip -o "intoto.protected=none" origin main:refs/heads/o &&
	told "in-toto: refs/tags/unsigned: .*\[tag-unsigned\]" \
		git push -o ci.skip origin unsigned
'

# A tag made in the web page, whose objects Gitaly keeps elsewhere.
test_expect_success 'objects in a quarantine outside of the repository' '
	cd "$SERVER" &&
	mkdir -p "$SERVERS/quarantine" &&
	tag=$(printf "object %s\ntype commit\ntag web\ntagger W <w@x> 1 +0000\n\nx\n" \
		$(git rev-parse refs/heads/main) |
		GIT_OBJECT_DIRECTORY=$SERVERS/quarantine \
		GIT_ALTERNATE_OBJECT_DIRECTORIES=$SERVER/objects \
		git hash-object -t tag -w --stdin) &&
	echo "0000000000000000000000000000000000000000 $tag refs/tags/web" \
		>"$SERVERS/list" &&
	for quarantine in "$SERVERS/quarantine" ""
	do
		( GIT_OBJECT_DIRECTORY=$SERVERS/quarantine &&
		GIT_ALTERNATE_OBJECT_DIRECTORIES=$SERVER/objects &&
		export GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES &&
		if test -n "$quarantine"
		then
			export GIT_QUARANTINE_PATH="$quarantine"
		fi &&
		test_must_fail custom_hooks/pre-receive.d/20-git-intoto \
			<"$SERVERS/list" 2>"$SERVERS/err" ) &&
		grep -e "GIT_QUARANTINE_PATH .* is not below" \
			-e "in-toto: refs/tags/web: .*\[guard-unjudged\]" \
			"$SERVERS/err" || return 1
	done
'

test_expect_success 'without our file nothing is guarded: the folder decides' '
	chmod -x "$SERVER/custom_hooks/pre-receive.d/20-git-intoto" &&
	cd "$here/maintainer" &&
	git push origin unsigned &&
	git push origin :refs/tags/unsigned &&
	chmod +x "$SERVER/custom_hooks/pre-receive.d/20-git-intoto" &&
	test_must_fail git push origin unsigned
'

test_done
