#!/bin/sh
test_description='hooks: installed, chained, taken away, and asked how they are'
# shellcheck source=t/test-lib.sh
. ./test-lib.sh

here=$PWD

# new_server NAME [OPTION]...: a bare repository, and into it.
new_server() {
	cd "$here" &&
	new_name=$1 &&
	shift &&
	git init -q --bare "$@" "$new_name" &&
	cd "$new_name" &&
	rm -f hooks/*.sample
}

new_clone() {
	cd "$here" &&
	git init -q "$1" &&
	cd "$1" &&
	git commit -q --allow-empty -m first &&
	rm -f .git/hooks/*.sample
}

install_here() {
	git-intoto hooks install --server --key "$HOME/mona.pub" "$@"
}

# script FILE LINE...: a hook of somebody else.
script() {
	script_file=$1
	shift
	{
		echo "#!/bin/sh"
		printf '%s\n' "$@"
	} >"$script_file" &&
	chmod 755 "$script_file"
}

# snapshot DIR: every file of it with its mode and content.
snapshot() {
	( cd "$1" && find . -printf '%p %m %y %l\n' | LC_ALL=C sort &&
		find . -type f -exec sha256sum {} + | LC_ALL=C sort )
}

# old_git VERSION: a git that says so, before the real one. With 2.54 and later
# it lists the hooks of its configuration, as they do.
old_git() {
	mkdir -p "$here/git-$1" &&
	cat >"$here/git-$1/git" <<-GIT &&
	#!/bin/sh
	real=$(command -v git)
	case "\$1 \$2" in
	"version "*|"--version "*) echo "git version $1"; exit ;;
	"--exec-path "*) echo "$here/git-$1"; exit ;;
	"hook list") # -z EVENT
		for name in \$(\$real config --name-only \
			--get-regexp "^hook\..*\.event$" "^\$4$"); do
			name=\${name#hook.} name=\${name%.event}
			case \$(\$real config --type=bool --default true \
				--get "hook.\$name.enabled") in
			true) printf '%s\0' "\$name" ;;
			*) printf 'disabled\t%s\0' "\$name" ;;
			esac
		done
		hook=\$(\$real rev-parse --git-path "hooks/\$4")
		test ! -x "\$hook" || printf 'hook from hookdir\0'
		exit ;;
	esac
	exec \$real "\$@"
	GIT
	chmod +x "$here/git-$1/git"
}

# git puts its own folder first in PATH, so this does not go through it.
with_git() {
	with_version=$1
	shift
	( PATH=$here/git-$with_version:$PATH && export PATH && "$@" )
}

# run_configured EVENT [ARGUMENT]...: what git does with hook.NAME.command.
run_configured() {
	run_event=$1
	shift
	run_command=$(git config "hook.intoto-$run_event.command") &&
	if test $# = 0; then
		sh -c "$run_command" "$run_command"
	else
		sh -c "$run_command \"\$@\"" "$run_command" "$@"
	fi
}

# hooks_of_all DIR: the user's own setting, until the end of this test.
hooks_of_all() {
	git config --global core.hooksPath "$1" &&
	test_when_finished "git config --global --unset core.hooksPath"
}

zero=$(zero_oid)

test_expect_success 'set-up: a key' '
	make_ssh_key mona &&
	sign_with_ssh mona &&
	old_git 2.53.9 &&
	old_git 2.54.0 &&
	old_git 3.0.1
'

test_expect_success 'a server without a pin: nothing is installed' '
	new_server bare.git &&
	refused 128 - git intoto hooks install --server &&
	grep "a server needs a pin" err &&
	test -z "$(ls hooks)" &&
	! test -e intoto/trust.json &&
	refused 129 - git intoto hooks install &&
	grep "with .--server" err &&
	refused 129 - git intoto hooks install --key "$HOME/mona.pub" &&
	refused 129 - git intoto hooks install --server --root sha256:1 &&
	refused 129 - install_here --root "sha256:$(printf %064d 1)"
'

test_expect_success 'a server: installed, and the second time already' '
	install_here >out &&
	grep "^pre-receive installed$" out &&
	grep "^update installed$" out &&
	snapshot . >../before &&
	install_here >out &&
	grep "^pre-receive already installed$" out &&
	grep "^update already installed$" out &&
	git intoto hooks install --server >out &&
	grep "^update already installed$" out &&
	snapshot . | grep -v " \./out" >../after.1 &&
	grep -v " \./out" ../before >../before.1 &&
	test_cmp ../before.1 ../after.1
'

test_expect_success 'status names the program, its version, and the pin' '
	git intoto hooks status >out &&
	grep "^pre-receive  installed: git-intoto [0-9.]* at /" out &&
	grep "^update       installed: git-intoto [0-9.]* at /" out &&
	grep "^trust        keys: 1 of 1 must sign$" out
'

test_expect_success 'a root that is there gives way to its own versions only' '
	cd "$here" &&
	init_project with-root &&
	cd with-root &&
	git intoto trust init --threshold 1 --key "$HOME/mona.pub" &&
	git intoto trust sign --key "$HOME/mona" &&
	pin=$(git intoto trust show |
		sed -n "s/^version 1, sha256:\([0-9a-f]*\).*/\1/p") &&
	new_server with-root.git &&
	git intoto hooks install --server --root "sha256:$pin" &&
	git -C ../with-root push "$PWD" "refs/notes/in-toto/*" &&
	refused 1 root-pinned git intoto hooks install --server \
		--root "sha256:$(printf other | sha256sum | cut -d" " -f1)" &&
	git intoto hooks install --server --root "sha256:$pin" >out &&
	grep "^update already installed$" out &&
	refused 1 root-pinned install_here &&
	refused 1 root-pinned git intoto hooks install --server --threshold 1
'

test_expect_success 'uninstall leaves what was there before' '
	new_server gone.git &&
	snapshot hooks >../before &&
	install_here &&
	git intoto hooks uninstall >../out &&
	grep "^pre-receive removed" ../out &&
	grep "^update removed" ../out &&
	snapshot hooks >../after &&
	test_cmp ../before ../after &&
	git intoto hooks uninstall >../out &&
	test_must_be_empty ../out
'

test_expect_success 'a clone: pre-push, in a subdirectory and a worktree too' '
	new_clone clone &&
	mkdir -p a/b &&
	( cd a/b && git intoto hooks install ) >out &&
	grep "^pre-push installed$" out &&
	git worktree add -q ../clone-tree &&
	( cd ../clone-tree && git intoto hooks install >../out &&
		git intoto hooks status >../status ) &&
	grep "^pre-push already installed$" ../out &&
	grep "^pre-push     installed: git-intoto" ../status &&
	! test -e ../clone-tree/.git/hooks
'

test_expect_success 'a repository with SHA-256 ids' '
	new_server sha256.git --object-format=sha256 &&
	install_here >out &&
	git intoto hooks status >out &&
	grep "^pre-receive  installed: " out &&
	git intoto hooks uninstall >out &&
	grep "^update removed" out
'

test_expect_success 'a folder with odd letters, and without a hooks folder' '
	new_server "it${SQ}s a \"\$HOME\" \\ *:.git" &&
	rmdir hooks &&
	mkdir "$here/pro gram${SQ}s" &&
	cp "$intoto_program" "$here/pro gram${SQ}s/git-intoto" &&
	(
		umask 077 &&
		"$here/pro gram${SQ}s/git-intoto" hooks install --server \
			--key "$HOME/mona.pub"
	) &&
	test "$(stat -c %a hooks hooks/pre-receive | tr "\n" " ")" = "755 755 " &&
	git intoto hooks status >out &&
	grep "at $here/pro gram${SQ}s/git-intoto$" out
'

test_expect_success 'a program that is gone: PATH is the second try' '
	rm "$here/pro gram${SQ}s/git-intoto" &&
	echo "$zero $zero refs/heads/x" >list &&
	hooks/pre-receive <list &&
	env -i PATH=/usr/bin:/bin sh -c "! hooks/pre-receive" <list 2>err &&
	grep "needs git-intoto, which is not installed" err &&
	test_expect_code 1 git intoto hooks status >out &&
	grep "^pre-receive  installed; but it fails: no git-intoto is found" out &&
	install_here &&
	git intoto hooks status
'

test_expect_success 'a program that is broken: status shows what it says' '
	new_server broken.git &&
	cp "$intoto_program" "$here/git-intoto-broken" &&
	"$here/git-intoto-broken" hooks install --server \
		--key "$HOME/mona.pub" &&
	script "$here/git-intoto-broken" "echo >&2 out of order" "exit 3" &&
	test_expect_code 1 git intoto hooks status >out &&
	grep "^pre-receive  .*; but it fails: out of order$" out
'

test_expect_success 'not executable: git passes over it, and status says so' '
	new_server off.git &&
	install_here &&
	chmod -x hooks/pre-receive &&
	test_expect_code 1 git intoto hooks status >out &&
	grep "^pre-receive  .*; but it fails: it is not executable" out &&
	install_here >out &&
	grep "^pre-receive installed$" out &&
	grep "^update already installed$" out &&
	git intoto hooks status
'

test_expect_success 'the list of tags that are there, with their state' '
	cd "$here" &&
	init_project tagged &&
	cd tagged &&
	git tag light &&
	git tag -a -m x unsigned &&
	git tag -s -m x signed &&
	git intoto tag -m v1 v1 &&
	git clone -q --mirror . ../tagged.git &&
	cd ../tagged.git &&
	rm -f hooks/*.sample &&
	git for-each-ref >../before &&
	install_here >out &&
	grep "^there already, and left as they are:$" out &&
	grep "^  refs/tags/light  not proven: unsigned$" out &&
	grep "^  refs/tags/unsigned  not proven: unsigned$" out &&
	grep "^  refs/tags/signed  not proven: signed$" out &&
	grep "^  refs/tags/v1  proven: tagged$" out &&
	git for-each-ref >../after &&
	test_cmp ../before ../after &&
	git config intoto.protected "refs/tags/v*" &&
	install_here >out &&
	! grep light out &&
	grep "refs/tags/v1" out
'

test_expect_success 'of very many tags none is judged' '
	cp -R ../tagged.git ../many.git &&
	cd ../many.git &&
	git config --unset-all intoto.protected &&
	head=$(git rev-parse HEAD) &&
	add_tags() {
		for n in $(seq "$1" "$2"); do
			echo "create refs/tags/n$n $head"
		done | git update-ref --stdin
	} &&
	add_tags 1 96 &&
	git intoto hooks install --server >out &&
	grep "^  refs/tags/v1  proven: tagged$" out &&
	grep -c "^  refs/tags/" out >count &&
	test "$(cat count)" = 100 &&
	add_tags 97 5000 &&
	GIT_TRACE2_EVENT="$PWD/trace" git intoto hooks install --server >out &&
	grep -c "^  refs/tags/[a-z0-9]*$" out >count &&
	test "$(cat count)" = 5004 &&
	! grep proven out &&
	grep "^5004 tags; what proves each of them:$" out &&
	grep "^  git intoto log$" out &&
	test "$(grep -c "\"event\":\"start\"" trace)" -lt 20 &&
	cd ../tagged.git
'

test_expect_success 'a pin by root needs no key, and then takes none' '
	new_server rooted.git &&
	pin=$(printf root | sha256sum | cut -d" " -f1) &&
	git intoto hooks install --server --root "sha256:$pin" >out &&
	grep "^pre-receive installed" out &&
	git intoto hooks status >out &&
	grep "^trust        root sha256:$pin$" out &&
	git intoto hooks install --server --root "sha256:$pin" >out &&
	grep "^pre-receive already installed" out &&
	refused 1 root-pinned install_here &&
	pin=$(printf other | sha256sum | cut -d" " -f1) &&
	git intoto hooks install --server --root "sha256:$pin" >out &&
	grep "^root sha256:$pin" out &&
	git -C ../tagged push -q "$PWD" HEAD:refs/heads/main &&
	git update-ref refs/tags/old refs/heads/main &&
	git intoto hooks install --server >out &&
	grep "^  refs/tags/old  not proven: " out
'

# --- somebody else's hook

test_expect_success 'a stranger'\''s hook is named, with what to do' '
	new_server strange.git &&
	script hooks/update "exit 0" &&
	snapshot . >../before &&
	refused 1 hook-stranger install_here &&
	grep "$PWD/hooks/update" err &&
	grep "git intoto check update -- " err &&
	grep "^hint: git intoto hooks install --server --chain$" err &&
	rm out err &&
	snapshot . >../after &&
	test_cmp ../before ../after &&
	git intoto hooks status >../out &&
	grep "^update       not ours$" ../out
'

test_expect_success 'what the message says to add, works' '
	new_server added.git &&
	script hooks/pre-receive "exit 0" &&
	refused 1 hook-stranger install_here &&
	line=$(sed -n "s/.*add to it: \(.*\) \[hook-stranger\]/\1/p" err) &&
	script hooks/pre-receive "$line" &&
	git intoto trust add "$HOME/mona.pub" &&
	cd "$here/tagged" &&
	test_must_fail git push ../added.git unsigned 2>err &&
	grep "in-toto: refs/tags/unsigned: " err
'

# A hook that writes down all it gets, and fails as it is told.
recorder='{ echo "argv: $*"; env | grep -v -e ^_= -e ^SHLVL= | LC_ALL=C sort; echo "stdin:"; cat; } >>"$RECORD"; exit ${RECORD_STATUS:-0}'

test_expect_success 'set-up: a clone to push from, and a server of a stranger' '
	cd "$here" &&
	make_project pusher &&
	git -C pusher tag -a -m x bad &&
	new_server chained.git &&
	script hooks/pre-receive "$recorder" &&
	script hooks/update "$recorder" &&
	chmod 750 hooks/update &&
	snapshot hooks >../chained.before &&
	RECORD=$here/alone git -C ../pusher push ../chained.git main &&
	git update-ref -d refs/heads/main
'

test_expect_success '--chain: same arguments, list and environment' '
	install_here --chain >../out &&
	grep "^pre-receive installed$" ../out &&
	cmp hooks/pre-receive.before-intoto hooks/update.before-intoto &&
	RECORD=$here/chained git -C ../pusher push ../chained.git main &&
	for record in alone chained
	do
		sed "s/-[A-Za-z0-9]\{6\}$/-X/; /^RECORD=/d" ../$record \
			>../$record.1 || return 1
	done &&
	grep "^argv: refs/heads/main $zero" ../chained &&
	grep "^$zero [0-9a-f]* refs/heads/main$" ../chained &&
	grep "^GIT_QUARANTINE_PATH=" ../chained &&
	test_cmp ../alone.1 ../chained.1
'

test_expect_success '--chain: ours judges when the stranger agrees' '
	test_must_fail env RECORD="$here/x" git -C ../pusher push \
		../chained.git bad 2>../err &&
	grep "in-toto: refs/tags/bad:" ../err &&
	grep "pre-receive hook declined" ../err
'

test_expect_success '--chain: the first failure wins, and ours is not asked' '
	git -C ../pusher branch -f other &&
	test_must_fail env RECORD="$here/x" RECORD_STATUS=7 git -C ../pusher \
		push ../chained.git other 2>../err &&
	grep "pre-receive hook declined" ../err &&
	echo "$zero $zero refs/heads/x" >../list &&
	RECORD=$here/x RECORD_STATUS=7 \
		test_expect_code 7 hooks/pre-receive <../list &&
	test_must_fail env RECORD="$here/x" RECORD_STATUS=7 git -C ../pusher \
		push ../chained.git bad 2>../err &&
	! grep "in-toto:" ../err
'

test_expect_success '--chain stays, when installed again without it' '
	install_here >../out &&
	grep "^pre-receive already installed$" ../out &&
	install_here --chain >../out &&
	grep "^update already installed$" ../out &&
	git intoto hooks status >../out &&
	grep "^pre-receive .*, after $PWD/hooks/pre-receive.before-intoto$" \
		../out &&
	rm -f "$here/x" &&
	RECORD=$here/x git intoto hooks status &&
	! test -e "$here/x"
'

test_expect_success 'a stranger that reads nothing of a long list' '
	script hooks/pre-receive.before-intoto "exit 0" &&
	python3 -c "for i in range(100000):
    print(\"$zero $zero refs/heads/\" + str(i))" >../list &&
	hooks/pre-receive <../list &&
	printf "%s %s refs/tags/last\n" "$zero" \
		"$(git -C ../pusher rev-parse bad)" >>../list &&
	test_expect_code 1 hooks/pre-receive <../list 2>../err &&
	grep "in-toto: refs/tags/last:" ../err
'

test_expect_success 'a stranger without a #! line runs as git runs it' '
	echo "echo a shell ran it" >hooks/pre-receive.before-intoto &&
	echo "$zero $zero refs/heads/x" >../list &&
	hooks/pre-receive <../list >../out &&
	grep "a shell ran it" ../out
'

test_expect_success 'a stranger that is not executable is passed over' '
	chmod -x hooks/pre-receive.before-intoto &&
	hooks/pre-receive <../list >../out &&
	test_must_be_empty ../out
'

test_expect_success 'a stranger that is gone: refused, until installed again' '
	rm hooks/pre-receive.before-intoto &&
	test_expect_code 128 hooks/pre-receive <../list 2>../err &&
	grep "the hook that runs first is gone" ../err &&
	install_here >../out &&
	grep "^pre-receive installed$" ../out &&
	hooks/pre-receive <../list
'

test_expect_success 'uninstall puts the stranger back, byte for byte' '
	rm hooks/pre-receive &&
	script hooks/pre-receive "$recorder" &&
	install_here --chain &&
	git intoto hooks uninstall &&
	snapshot hooks >../after &&
	test_cmp ../chained.before ../after
'

test_expect_success 'a binary stranger, and one that is a symbolic link' '
	new_server odd.git &&
	head -c 3000000 /dev/urandom >hooks/pre-receive &&
	chmod 4711 hooks/pre-receive &&
	ln -s ../description hooks/update &&
	snapshot hooks >../before &&
	refused 1 hook-stranger install_here &&
	install_here --chain &&
	git intoto hooks uninstall &&
	snapshot hooks >../after &&
	test_cmp ../before ../after
'

test_expect_success 'pre-push: the stranger gets the list that git sends' '
	new_clone chained-clone &&
	script .git/hooks/pre-push "$recorder" &&
	git init -q --bare ../target.git &&
	git remote add origin ../target.git &&
	refused 1 hook-stranger git intoto hooks install &&
	grep "^hint: git intoto hooks install --chain$" err &&
	git intoto hooks install --chain &&
	RECORD=$here/pushed git push origin HEAD:refs/heads/main &&
	grep "^argv: origin ../target.git$" ../pushed &&
	grep "^HEAD [0-9a-f]* refs/heads/main $zero$" ../pushed
'

test_expect_success '--force puts the stranger aside, and it can come back' '
	new_server forced.git &&
	script hooks/pre-receive "echo stranger; exit 1" &&
	chmod 711 hooks/pre-receive &&
	snapshot hooks >../before &&
	install_here --force >out &&
	echo "$zero $zero refs/heads/x" >list &&
	hooks/pre-receive <list &&
	install_here >out &&
	grep "^pre-receive already installed$" out &&
	install_here --chain &&
	test_expect_code 1 hooks/pre-receive <list >out &&
	grep stranger out &&
	install_here --force &&
	hooks/pre-receive <list &&
	git intoto hooks uninstall &&
	snapshot hooks >../after &&
	test_cmp ../before ../after
'

test_expect_success 'a second stranger does not overwrite the first' '
	new_server two.git &&
	script hooks/update "echo one" &&
	install_here --chain &&
	rm hooks/update &&
	script hooks/update "echo two" &&
	snapshot hooks >../before &&
	refused 1 hook-kept install_here --chain &&
	refused 1 hook-kept install_here --force &&
	snapshot hooks >../after &&
	test_cmp ../before ../after &&
	git intoto hooks uninstall &&
	grep two hooks/update &&
	grep one hooks/update.before-intoto
'

test_expect_success 'ours was deleted, the stranger is beside: it is asked for' '
	rm hooks/update &&
	refused 1 hook-stranger install_here &&
	git intoto hooks uninstall >out &&
	grep "^update removed$" out &&
	grep one hooks/update
'

test_expect_success 'killed between the two names: the next one completes it' '
	new_server killed.git &&
	script hooks/update "echo one" &&
	ln hooks/update hooks/update.before-intoto &&
	cp -a hooks ../killed-hooks &&
	install_here --chain &&
	grep "hooks run" hooks/update &&
	git intoto hooks uninstall &&
	grep one hooks/update &&
	! test -e hooks/update.before-intoto &&
	ln hooks/update hooks/update.before-intoto &&
	git intoto hooks uninstall &&
	grep one hooks/update &&
	! test -e hooks/update.before-intoto
'

# --- ours, edited and of other versions

test_expect_success 'an edited one of ours is left by all but status' '
	new_server edited.git &&
	install_here &&
	sed -i "2a exit 0" hooks/update &&
	snapshot hooks >../before &&
	refused 1 hook-edited install_here &&
	refused 1 hook-edited install_here --force &&
	refused 1 hook-edited git intoto hooks uninstall &&
	grep "^hint: rm .*/hooks/update" err &&
	snapshot hooks >../after &&
	test_cmp ../before ../after &&
	git intoto hooks status >out &&
	grep "^update       installed, and edited or of another version" out
'

# Whatever the line of the program does besides naming it.
test_expect_success 'a program line that does more is edited' '
	new_server program.git &&
	for line in "program=/bin/true; exit 0" "program=\$(exit 0)" \
		"program=/bin/true exit" "program=true" "program=" \
		"program=${SQ}/bin/true" "program=/bin/\\true"
	do
		rm -f hooks/* &&
		install_here &&
		sed -i "s|^program=.*|$(echo "$line" | sed "s/[\\&]/\\&/g")|" \
			hooks/update &&
		refused 1 hook-edited install_here || return 1
	done
'

test_expect_success 'a text of ours that runs something else is not trusted' '
	new_server other-program.git &&
	install_here &&
	git -C ../tagged push -q "$PWD" refs/notes/in-toto/layouts/release &&
	sed -i "s|^program=.*|program=/bin/true|" hooks/pre-receive &&
	test_must_fail git -C ../tagged push "$PWD" signed 2>err &&
	grep "in-toto: refs/tags/signed: .*\[tag-unlinked\]" err &&
	test_expect_code 1 git intoto hooks status >out &&
	grep "^pre-receive  .*; but it fails: /bin/true is not git-intoto" out &&
	install_here >out &&
	grep "^pre-receive installed$" out &&
	git intoto hooks status
'

# first_version EVENT: as it was installed once.
first_version() {
	printf '%s\n' "#!/bin/sh" \
		"# git-intoto hook v1: managed by \`git intoto hooks\`" \
		"program=/usr/local/bin/git-intoto" \
		"test -x \"\$program\" || program=\$(command -v git-intoto) || {" \
		"	echo >&2 \"error: pushing here needs git-intoto, which is not installed\"" \
		"	exit 1" \
		"}" \
		"exec \"\$program\" check $1$(test "$1" = pre-receive ||
			echo ' "$@"')"
}

test_expect_success 'the first version of a hook is upgraded' '
	new_server first.git &&
	git intoto trust add "$HOME/mona.pub" &&
	for event in pre-receive update
	do
		first_version $event >hooks/$event &&
		chmod 755 hooks/$event || return 1
	done &&
	test_expect_code 1 git intoto hooks status >out &&
	grep "^pre-receive  installed by an earlier version; but it fails" out &&
	install_here >out &&
	grep "^pre-receive installed$" out &&
	grep "hook v2" hooks/pre-receive &&
	grep "hook v2" hooks/update &&
	git intoto hooks uninstall &&
	test -z "$(ls hooks)" &&
	new_clone first &&
	first_version pre-push >.git/hooks/pre-push &&
	chmod 755 .git/hooks/pre-push &&
	git intoto hooks uninstall &&
	test -z "$(ls .git/hooks)"
'

test_expect_success 'another path of the program is an upgrade' '
	new_server moved.git &&
	install_here &&
	cp "$intoto_program" "$here/git-intoto-moved" &&
	"$here/git-intoto-moved" hooks install --server >out &&
	grep "^pre-receive installed$" out &&
	grep "^program=.*git-intoto-moved" hooks/pre-receive
'

# --- to report only

test_expect_success '--report-only lets all in, and says what it would refuse' '
	new_server report.git &&
	install_here --report-only >out &&
	grep "^pre-receive installed, to report only$" out &&
	git intoto hooks status >out &&
	grep "^update       installed, to report only: " out &&
	git -C ../pusher push ../report.git bad 2>err &&
	grep "in-toto: report only: refs/tags/bad:" err &&
	git rev-parse --verify refs/tags/bad &&
	install_here --report-only >out &&
	grep "^update already installed, to report only$" out
'

test_expect_success 'without --report-only it refuses again' '
	install_here >out &&
	grep "^pre-receive installed$" out &&
	git update-ref -d refs/tags/bad &&
	test_must_fail git -C ../pusher push ../report.git bad
'

test_expect_success '--report-only with --chain: the stranger still refuses' '
	new_server both.git &&
	script hooks/pre-receive "exit \${RECORD_STATUS:-0}" &&
	install_here --chain --report-only &&
	git -C ../pusher push ../both.git bad 2>err &&
	grep "in-toto: report only: refs/tags/bad:" err &&
	test_must_fail env RECORD_STATUS=1 git -C ../pusher push ../both.git \
		main
'

# --- core.hooksPath

test_expect_success 'a hooks folder of all repositories needs --force' '
	new_clone shared &&
	mkdir "$here/all-hooks" &&
	hooks_of_all "$here/all-hooks" &&
	refused 1 hook-place git intoto hooks install &&
	grep "$here/all-hooks" err &&
	grep "^hint: git intoto hooks install --force" err &&
	test -z "$(ls "$here/all-hooks")" &&
	git intoto hooks install --force 2>err &&
	grep "^warning: .*$here/all-hooks" err &&
	test -x "$here/all-hooks/pre-push" &&
	! test -e .git/hooks/pre-push &&
	git intoto hooks uninstall &&
	test -z "$(ls "$here/all-hooks")"
'

test_expect_success 'the place needs --force also where a stranger is chained' '
	script "$here/all-hooks/pre-push" "exit 0" &&
	hooks_of_all "$here/all-hooks" &&
	refused 1 hook-place git intoto hooks install --chain &&
	git intoto hooks install --chain --force &&
	grep "hooks run" "$here/all-hooks/pre-push" &&
	git intoto hooks uninstall &&
	grep "exit 0" "$here/all-hooks/pre-push"
'

test_expect_success 'a hooks folder in the work tree needs --force' '
	new_clone inside &&
	mkdir hooks sub &&
	git config core.hooksPath hooks &&
	refused 1 hook-place git intoto hooks install &&
	grep "in the work tree" err &&
	( cd sub && git intoto hooks install --force ) &&
	test -x hooks/pre-push &&
	( cd sub && git intoto hooks status >out && cat out ) &&
	( cd sub && git intoto hooks uninstall ) &&
	! test -e hooks/pre-push
'

test_expect_success 'a hooks folder of this repository alone is taken as it is' '
	new_server own.git &&
	git config core.hooksPath my-hooks &&
	( cd refs && install_here ) &&
	test -x my-hooks/pre-receive &&
	git intoto hooks status &&
	test_must_fail git -C ../pusher push "$PWD" bad 2>err &&
	grep "in-toto: refs/tags/bad" err
'

test_expect_success 'hooks switched off by /dev/null: nothing is pretended' '
	new_server null.git &&
	git config core.hooksPath /dev/null &&
	refused 128 - install_here
'

test_expect_success 'status sees hooks that git does not look at' '
	new_server elsewhere.git &&
	install_here &&
	git config core.hooksPath "$here/all-hooks" &&
	git intoto hooks status >out &&
	grep "^pre-receive  not installed$" out
'

# What the guide says to administrators whose users push as themselves.
test_expect_success 'a user'\''s own core.hooksPath, and the lock against it' '
	new_server locked.git &&
	install_here &&
	hooks_of_all /dev/null &&
	git -C ../pusher push "$PWD" bad:refs/tags/passes &&
	git config core.hooksPath hooks &&
	test_must_fail git -C ../pusher push "$PWD" bad 2>err &&
	grep "in-toto: refs/tags/bad:" err
'

test_expect_success 'a repository that is not bare can be guarded as well' '
	new_clone served &&
	git intoto hooks install &&
	install_here >out &&
	grep "^pre-receive installed$" out &&
	git intoto hooks status >out &&
	grep "^pre-push     installed: " out &&
	grep "^update       installed: " out &&
	grep "^trust        keys: " out &&
	test_must_fail git -C ../pusher push "$PWD" bad 2>err &&
	grep "in-toto: refs/tags/bad:" err
'

# --- in the configuration, from git 2.54 on

test_expect_success 'git 2.53 has files, git 2.54 its configuration' '
	new_server config.git &&
	snapshot hooks >../before &&
	with_git 2.53.9 install_here >out &&
	grep "^pre-receive installed$" out &&
	test -x hooks/update &&
	with_git 2.54.0 install_here >out &&
	grep "^pre-receive installed in the configuration$" out &&
	snapshot hooks >../after &&
	test_cmp ../before ../after &&
	test "$(git config --local hook.intoto-update.event)" = update &&
	with_git 3.0.1 install_here >out &&
	grep "^update already installed in the configuration$" out
'

test_expect_success 'the configured commands run as git runs them' '
	echo "$zero $zero refs/heads/x" >list &&
	run_configured pre-receive <list &&
	echo "$zero $(git -C ../pusher rev-parse bad) refs/tags/bad" >list &&
	test_expect_code 1 run_configured pre-receive <list 2>err &&
	grep "in-toto: refs/tags/bad:" err &&
	test_expect_code 1 run_configured update refs/tags/bad $zero \
		$(git -C ../pusher rev-parse bad) 2>err &&
	grep "in-toto: refs/tags/bad:" err &&
	run_configured update refs/heads/x $zero $zero
'

test_expect_success 'the configured command without its program: refused' '
	git config hook.intoto-update.command "$(git config \
		hook.intoto-update.command | sed "s|^program=.*|program=/no|")" &&
	run_configured update refs/heads/x $zero $zero &&
	( PATH=/usr/bin:/bin && test_expect_code 1 run_configured update \
		refs/heads/x $zero $zero 2>err ) &&
	grep "needs git-intoto, which is not installed" err &&
	with_git 2.54.0 install_here >out &&
	grep "^update installed in the configuration$" out
'

test_expect_success 'status of what stands in the configuration' '
	with_git 2.54.0 git-intoto hooks status >out &&
	grep "^update       installed in the configuration: git-intoto" out &&
	git config hook.intoto-update.enabled false &&
	test_expect_code 1 with_git 2.54.0 git-intoto hooks status >out &&
	grep "^update .*; but it fails: git passes over .hook.intoto-update" \
		out &&
	with_git 2.54.0 install_here &&
	with_git 2.54.0 git-intoto hooks status &&
	test_expect_code 1 with_git 2.53.9 git-intoto hooks status >out &&
	grep "^update .*; but it fails: this git reads no hooks from its" out
'

test_expect_success 'an older git comes back: files, and no configuration' '
	with_git 2.53.9 install_here >out &&
	grep "^pre-receive installed$" out &&
	test_must_fail git config --get-regexp "^hook\." &&
	test -x hooks/pre-receive
'

test_expect_success 'uninstall clears the configuration' '
	with_git 2.54.0 install_here &&
	git config --local --list >../before &&
	git intoto hooks uninstall >out &&
	grep "^update removed$" out &&
	test_must_fail git config --get-regexp "^hook\." &&
	test -z "$(ls hooks)"
'

test_expect_success 'an edited command is left alone' '
	with_git 2.54.0 install_here &&
	git config hook.intoto-update.command "exit 0" &&
	refused 1 hook-edited with_git 2.54.0 install_here --force &&
	grep "^hint: git config --local --remove-section hook.intoto-update$" \
		err &&
	refused 1 hook-edited git intoto hooks uninstall &&
	test "$(git config hook.intoto-update.command)" = "exit 0"
'

test_expect_success 'a stranger'\''s file beside the configuration stays' '
	new_server beside.git &&
	script hooks/update "exit 0" &&
	snapshot hooks >../before &&
	with_git 2.54.0 install_here >out &&
	grep "^update installed in the configuration$" out &&
	snapshot hooks >../after &&
	test_cmp ../before ../after &&
	with_git 2.54.0 install_here --force &&
	! test -e hooks/update &&
	git intoto hooks uninstall &&
	snapshot hooks >../after &&
	test_cmp ../before ../after
'

test_expect_success 'a chained stranger is git'\''s own with configuration' '
	with_git 2.53.9 install_here --chain &&
	with_git 2.54.0 install_here &&
	snapshot hooks >../after &&
	test_cmp ../before ../after
'

# A git that is new enough, if somebody has one: INTOTO_NEW_GIT is its folder.
if test -n "${INTOTO_NEW_GIT-}"; then
	test_expect_success 'a git of today runs them from its configuration' '
		PATH=$INTOTO_NEW_GIT:$PATH &&
		new_server today.git &&
		install_here >out &&
		grep "^pre-receive installed in the configuration$" out &&
		git intoto hooks status &&
		git -C ../pusher push "$PWD" main &&
		test_must_fail git -C ../pusher push "$PWD" bad 2>err &&
		grep "in-toto: refs/tags/bad" err &&
		git config --global hook.intoto-pre-receive.enabled false &&
		test_must_fail git -C ../pusher push "$PWD" bad &&
		git config --global --unset hook.intoto-pre-receive.enabled &&
		cd ../tagged &&
		git push --atomic ../today.git v1 "refs/notes/in-toto/*"
	'
fi

test_done
