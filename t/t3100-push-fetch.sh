#!/bin/sh
test_description='git intoto push and fetch: the proof meets, and none is lost'
# shellcheck source=t/test-lib.sh
. ./test-lib.sh
# shellcheck source=t/forge-lib.sh
. "$intoto_top/t/forge-lib.sh"
# shellcheck source=t/transport-lib.sh
. "$intoto_top/t/transport-lib.sh"

here=$PWD

# refs_of REPOSITORY: all of the proof that it has, and tags.
refs_of() {
	git --git-dir="$1" for-each-ref --format="%(objectname) %(refname)" \
		refs/notes refs/tags
}

# new_server NAME: a bare repository without hooks, that is the remote origin of
# the copy NAME-w of `base`.
new_server() {
	git init -q --bare "$here/$1.git" &&
	cp -R "$here/base" "$here/$1-w" &&
	git -C "$here/$1-w" remote add origin "$here/$1.git" &&
	git -C "$here/$1-w" push -q origin main &&
	git -C "$here/$1-w" intoto init --yes >/dev/null &&
	cd "$here/$1-w"
}

# another NAME N: one more clone of it, which builds with a key of its own.
another() {
	git clone -q "$here/$1.git" "$here/$1-$2" &&
	(
		cd "$here/$1-$2" &&
		git intoto trust add "$HOME/mona.pub" >/dev/null &&
		git config intoto.signingKey "$HOME/ci$2"
	)
}

# build TAG: one more line of it, in the present clone.
build() {
	git intoto build --tag "$1" -p "dist/*" -- make dist >/dev/null
}

# links_ref TAG: the ref of its lines.
links_ref() {
	echo "refs/notes/$(shard "refs/tags/$1")"
}

# tagged TAG: the proof of its tag step is here, and is believed.
tagged() {
	git intoto log "$1" >log &&
	grep "^$1 *\(tagged\|built\|complete\)\( \|$\)" log
}

# server_hook NAME: the pre-receive hook of a server is stdin.
server_hook() {
	cat >"$here/$1.git/hooks/pre-receive" &&
	chmod +x "$here/$1.git/hooks/pre-receive"
}

no_sleep() {
	test -f "$intoto_private/no_sleep.so" ||
		cc -shared -fPIC -o "$intoto_private/no_sleep.so" \
			"$intoto_top/t/data/no_sleep.c" || return 1
	LD_PRELOAD=$intoto_private/no_sleep.so \
		ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=0 "$@"
}

test_expect_success 'set-up: keys, a project' '
	make_ssh_key mona &&
	make_ssh_key ci1 &&
	make_ssh_key ci2 &&
	sign_with_ssh mona &&
	make_project base &&
	(
		cd base &&
		git intoto init --yes &&
		git intoto layout add-key release "$HOME/ci1.pub" \
			"$HOME/ci2.pub" --step build &&
		git intoto layout sign release
	)
'

test_expect_success 'a tag: policy first, then links before the tag' '
	new_server order &&
	server_hook order <<-EOF &&
	#!/bin/sh
	{ echo push; cut -d" " -f3; } >>"$here/order.log"
	EOF
	git intoto tag -m v1.0 v1.0 &&
	git intoto push origin v1.0 >out &&
	links=$(links_ref v1.0) &&
	printf "%s\n" push refs/notes/in-toto/layouts/release \
		push "$links" refs/tags/v1.0 >expected &&
	test_cmp expected "$here/order.log" &&
	printf "pushed %s\n" refs/notes/in-toto/layouts/release "$links" \
		refs/tags/v1.0 >expected &&
	test_cmp expected out &&
	refs_of .git >ours &&
	refs_of ../order.git >theirs &&
	test_cmp ours theirs
'

test_expect_success 'again: everything is there already, and no push' '
	rm "$here/order.log" &&
	git intoto push origin v1.0 >out &&
	echo "everything is there already" >expected &&
	test_cmp expected out &&
	git intoto push >out &&
	test_cmp expected out &&
	! test -e "$here/order.log"
'

test_expect_success 'without a tag: every line that the remote lacks, no tag' '
	git intoto tag -m v1.1 v1.1 &&
	git intoto tag -m v1.2 v1.2 &&
	git intoto push -n >out &&
	grep "^would push $(links_ref v1.1)\$" out &&
	! test -e "$here/order.log" &&
	git intoto push >out &&
	git -C ../order.git rev-parse -q --verify "$(links_ref v1.1)" &&
	git -C ../order.git rev-parse -q --verify "$(links_ref v1.2)" &&
	test_must_fail git -C ../order.git rev-parse -q --verify \
		refs/tags/v1.1 &&
	git intoto push origin v1.1 v1.2 >out &&
	printf "pushed refs/tags/%s\n" v1.1 v1.2 >expected &&
	test_cmp expected out
'

test_expect_success 'a dry run of what is there already' '
	git intoto push --dry-run origin v1.1 >out &&
	echo "everything is there already" >expected &&
	test_cmp expected out
'

test_expect_success 'two clones, one tag: the union, as git merges it' '
	another order 1 &&
	another order 2 &&
	( cd ../order-1 && build v1.0 && git intoto push origin v1.0 ) &&
	cd ../order-2 &&
	build v1.0 &&
	ref=$(links_ref v1.0) &&
	git clone -q --bare . ../order-copy.git &&
	git -C ../order-copy.git fetch -q . "$(git rev-parse $ref)" &&
	git -C ../order-copy.git fetch -q "$PWD" "+$ref:$ref" &&
	git -C ../order-copy.git fetch -q ../order.git "$ref:refs/notes/x" &&
	git -C ../order-copy.git notes --ref="$ref" merge -q -s cat_sort_uniq x &&
	git intoto push origin v1.0 &&
	git rev-parse "$ref^{tree}" >ours &&
	git -C ../order.git rev-parse "$ref^{tree}" >theirs &&
	git -C ../order-copy.git rev-parse "$ref^{tree}" >gits &&
	test_cmp ours theirs &&
	test_cmp gits ours &&
	test "$(note_of v1.0 | wc -l)" = 3
'

test_expect_success 'after a lost race the push is tried again' '
	server_hook order <<-EOF &&
	#!/bin/sh
	test -f "$here/order.races" || exit 0
	echo >>"$here/order.races"
	test \$(wc -l <"$here/order.races") -le 3 || exit 0
	unset GIT_QUARANTINE_PATH GIT_OBJECT_DIRECTORY
	unset GIT_ALTERNATE_OBJECT_DIRECTORIES
	while read -r old new ref; do
		case \$ref in refs/notes/*) ;; *) continue ;; esac
		parent=\$(git rev-parse -q --verify "\$ref") || continue
		git update-ref "\$ref" "\$(git -c user.name=x -c user.email=x \
			commit-tree -p \$parent -m race \$parent^{tree})"
	done
	EOF
	cd ../order-w &&
	git intoto tag -m v2.0 v2.0 &&
	git intoto push origin v2.0 &&
	( cd ../order-1 && git intoto fetch origin v2.0 && build v2.0 ) &&
	: >"$here/order.races" &&
	( cd ../order-1 && git intoto push origin v2.0 >out ) &&
	grep "^pushed after 4 attempts\$" ../order-1/out &&
	rm "$here/order.races" &&
	git intoto fetch origin v2.0 &&
	test "$(note_of v2.0 | wc -l)" = 2
'

test_expect_success 'after 200 lost races it gives up, and loses nothing' '
	cd ../order-2 &&
	git intoto fetch origin v2.0 &&
	build v2.0 &&
	note_of v2.0 >before &&
	sed -i "s/-le 3/-le 1000/" "$here/order.git/hooks/pre-receive" &&
	: >"$here/order.races" &&
	refused 1 push-contended no_sleep git intoto push origin v2.0 &&
	test "$(wc -l <"$here/order.races")" = 200 &&
	rm "$here/order.races" &&
	note_of v2.0 >after &&
	test_cmp before after &&
	git intoto push origin v2.0 &&
	git -C "$here/order.git" notes --ref="$(links_ref v2.0)" show \
		"$(git rev-parse v2.0)" >theirs &&
	test_cmp before theirs
'

test_expect_success 'what the server refuses is not tried again' '
	server_hook order <<-EOF &&
	#!/bin/sh
	echo >>"$here/order.refused"
	printf "in-toto: no \\033[2Jlinks today [x-y]\\n" >&2
	exit 1
	EOF
	cd ../order-w &&
	git intoto tag -m v3.0 v3.0 &&
	refs_of ../order.git >before &&
	refused 1 push-refused git intoto push origin v3.0 &&
	grep "^remote: in-toto: no .*links today \[x-y\]" err &&
	! grep "$(printf "\\033")" err &&
	grep "pre-receive hook declined" err &&
	test "$(wc -l <"$here/order.refused")" = 1 &&
	refs_of ../order.git >after &&
	test_cmp before after &&
	rm "$here/order.git/hooks/pre-receive" &&
	git intoto push origin v3.0
'

test_expect_success 'the pre-push hook of the user runs, and may refuse' '
	git intoto tag -m v3.1 v3.1 &&
	cat >.git/hooks/pre-push <<-EOF &&
	#!/bin/sh
	echo "to \$1"; echo "no way" >&2
	cut -d" " -f3 >>"$here/order.pre-push"
	exit 1
	EOF
	chmod +x .git/hooks/pre-push &&
	refs_of ../order.git >before &&
	refused 1 push-refused git intoto push origin v3.1 &&
	grep "^no way" err &&
	grep "pre-push hook" err &&
	refs_of ../order.git >after &&
	test_cmp before after &&
	printf "%s\n" "$(links_ref v3.1)" refs/tags/v3.1 >expected &&
	test_cmp expected "$here/order.pre-push" &&
	sed -i "s/exit 1/exit 0/" .git/hooks/pre-push &&
	git intoto push origin v3.1 >out &&
	grep "^pushed refs/tags/v3.1\$" out &&
	rm .git/hooks/pre-push
'

test_expect_success 'another tag of that name is there: refused, all of it' '
	git -C ../order.git tag -a -m x v4.0 main &&
	git intoto tag -m v4.0 v4.0 &&
	refs_of ../order.git >before &&
	refused 1 tag-taken git intoto push origin v4.0 &&
	refs_of ../order.git >after &&
	test_cmp before after
'

test_expect_success 'layouts that went two ways are not merged' '
	new_server ways &&
	git intoto push &&
	another ways 1 &&
	cp -R .git/intoto/. ../ways-1/.git/intoto &&
	git intoto layout renew release &&
	git intoto push &&
	cd ../ways-1 &&
	git config --unset intoto.signingKey &&
	git intoto layout set release --readme other &&
	git intoto layout sign release &&
	git intoto tag -m v1.0 v1.0 &&
	refs_of ../ways.git >before &&
	refused 1 push-diverged git intoto push origin v1.0 &&
	grep "another version of .refs/notes/in-toto/layouts/release" err &&
	refs_of ../ways.git >after &&
	test_cmp before after &&
	grep "^hint: git update-ref " err &&
	sh -ec "$(sed -n "s/^hint: //p" err)" &&
	git intoto push origin v1.0
'

test_expect_success 'an older layout than the published one is no matter' '
	cd ../ways-w &&
	git update-ref refs/notes/in-toto/layouts/release \
		refs/notes/in-toto/layouts/release~1 &&
	git intoto push >out &&
	grep "^everything is there already" out
'

test_expect_success 'fetch with a tag: the tag, its shards, and no others' '
	cd ../order-w &&
	git clone -q --no-tags ../order.git ../few &&
	cd ../few &&
	git intoto fetch origin v1.0 >out &&
	grep "^fetched refs/tags/v1.0\$" out &&
	id=$(git rev-parse refs/tags/v1.0) &&
	test "$id" = "$(git -C ../order.git rev-parse refs/tags/v1.0)" &&
	git for-each-ref --format="%(refname)" refs/in-toto-remotes \
		refs/notes refs/tags >refs &&
	# That of the commit as well, where another tag happens to have it.
	for key in "$id" "$(git rev-parse "$id^{commit}")"; do
		shard=links/$(echo "$key" | tail -c 3)
		git -C ../order.git rev-parse -q --verify \
			"refs/notes/in-toto/$shard" >/dev/null || continue
		echo "refs/in-toto-remotes/origin/$shard"
		echo "refs/notes/in-toto/$shard"
	done >shards &&
	cat - shards <<-EOF | sort -u >expected &&
	refs/in-toto-remotes/origin/layouts/release
	refs/tags/v1.0
	EOF
	test_cmp expected refs &&
	git intoto trust add "$HOME/mona.pub" &&
	git intoto verify v1.0 &&
	git intoto fetch origin v1.0 >out &&
	echo "everything is here already" >expected &&
	test_cmp expected out
'

# own_git TRACE: what the program itself started git for.
own_git() {
	grep "\"event\":\"start\"" "$1" | grep "\"git\",\"--git-dir=" |
		grep -o "\"--work-tree=[^\"]*\",\"[a-z-]*\"" |
		sed "s/.*,\"\(.*\)\"/\1/" | sort | uniq -c |
		awk "{ print \$1, \$2 }"
}

# With other ids it is git that reads every ref.
test_expect_success SHA1 'fetch with a tag: git is started for what it alone can do' '
	cp -R ../order.git ../quick.git &&
	git clone -q --no-tags ../quick.git ../quick &&
	cd ../quick &&
	GIT_TRACE2_EVENT="$PWD/trace-new" git intoto fetch origin v1.0 &&
	own_git trace-new >started &&
	printf "%s\n" "1 config" "2 fetch" "3 for-each-ref" "1 update-ref" \
		>expected &&
	test_cmp expected started &&
	GIT_TRACE2_EVENT="$PWD/trace-same" git intoto fetch origin v1.0 &&
	own_git trace-same >started &&
	printf "%s\n" "1 config" "1 fetch" "2 for-each-ref" >expected &&
	test_cmp expected started &&
	ref=$(links_ref v1.0) &&
	git -C ../quick.git notes --ref="$ref" append -m "{\"a\":1}" \
		"$(git rev-parse refs/tags/v1.0)" &&
	GIT_TRACE2_EVENT="$PWD/trace-more" git intoto fetch origin v1.0 >out &&
	grep "^fetched $ref$" out &&
	own_git trace-more >started &&
	printf "%s\n" "1 config" "1 fetch" "2 for-each-ref" "1 update-ref" \
		>expected &&
	test_cmp expected started &&
	cd ../few
'

test_expect_success 'fetch: all of it, into tracking and local refs' '
	git intoto fetch >out &&
	git -C ../order.git for-each-ref --format="%(objectname) %(refname)" \
		refs/notes/in-toto >theirs &&
	git for-each-ref --format="%(objectname) %(refname)" \
		refs/in-toto-remotes/origin |
		sed "s,refs/in-toto-remotes/origin,refs/notes/in-toto," >ours &&
	test_cmp theirs ours &&
	grep /links/ theirs >expected &&
	git for-each-ref --format="%(objectname) %(refname)" \
		refs/notes/in-toto >ours &&
	test_cmp expected ours
'

test_expect_success 'lines that are only here stay, and meet with theirs' '
	new_server meet &&
	git intoto tag -m v1.0 v1.0 &&
	git intoto push origin v1.0 &&
	another meet 1 &&
	another meet 2 &&
	( cd ../meet-1 && build v1.0 && git intoto push ) &&
	cd ../meet-2 &&
	build v1.0 &&
	ref=$(links_ref v1.0) &&
	git update-ref refs/notes/copy $ref &&
	git fetch -q origin $ref:refs/notes/x &&
	git notes --ref=copy merge -q -s cat_sort_uniq x &&
	git intoto fetch &&
	git rev-parse refs/notes/copy^{tree} >expected &&
	git rev-parse $ref^{tree} >actual &&
	test_cmp expected actual &&
	git log -1 --format=%P $ref >parents &&
	test "$(wc -w <parents)" = 2 &&
	git intoto fetch >out &&
	grep "^everything is here already" out &&
	git intoto push
'

test_expect_success 'a remote without any proof says so' '
	git init -q --bare ../none.git &&
	git remote add none ../none.git &&
	git intoto fetch none >out &&
	echo "none has no proof of anything" >expected &&
	test_cmp expected out &&
	cd ../meet-w &&
	git intoto push &&
	git tag -s -m bare bare &&
	git push -q origin bare &&
	git intoto fetch origin bare >out &&
	grep "^origin has no proof of bare\$" out
'

# rewind NAME REF TO: the server goes back; TO may be nothing.
rewind() {
	if test -n "$3"; then
		git --git-dir="$here/$1.git" update-ref "$2" "$3"
	else
		git --git-dir="$here/$1.git" update-ref -d "$2"
	fi
}

test_expect_success 'a remote that has gone back: an alarm, nothing is lost' '
	cd ../meet-1 &&
	git intoto fetch &&
	ref=$(links_ref v1.0) tracking=refs/in-toto-remotes/origin/links/ &&
	tracking=$tracking${ref##*/} &&
	had=$(git rev-parse $tracking) &&
	note_of v1.0 >before &&
	for to in $had~1 $(git -C ../meet.git commit-tree -m x $had^{tree}) ""
	do
		rewind meet $ref $to &&
		refused 1 remote-rewound git intoto fetch &&
		refused 1 remote-rewound git intoto fetch origin v1.0 &&
		grep "^hint: git intoto fetch --accept-rewind origin" err &&
		test "$(git rev-parse $tracking)" = $had &&
		git intoto verify v1.0 &&
		note_of v1.0 >after &&
		test_cmp before after || return 1
	done
'

test_expect_success 'it is taken when asked to be, and nothing here is lost' '
	git intoto fetch --accept-rewind origin &&
	test_must_fail git rev-parse -q --verify $tracking &&
	git intoto fetch &&
	note_of v1.0 >after &&
	test_cmp before after &&
	git intoto verify v1.0 &&
	git intoto push &&
	git -C ../meet.git merge-base --is-ancestor $had $ref
'

test_expect_success 'one that a plain git fetch brought in is noticed' '
	had=$(git rev-parse $tracking) &&
	rewind meet $ref $had~1 &&
	git fetch -q origin "+refs/notes/in-toto/*:refs/in-toto-remotes/origin/*" &&
	test "$(git rev-parse $tracking)" != $had &&
	refused 1 remote-rewound git intoto fetch &&
	test "$(git rev-parse $tracking)" = $had &&
	rewind meet $ref $had &&
	git intoto fetch
'

test_expect_success 'what only plain git fetch has seen counts as seen' '
	rm .git/intoto/remotes.json &&
	rewind meet $ref $had~1 &&
	refused 1 remote-rewound git intoto fetch &&
	refused 1 remote-rewound git intoto fetch &&
	rewind meet $ref $had &&
	git intoto fetch &&
	git update-ref $tracking $had~1 &&
	git intoto fetch
'

test_expect_success 'a push to a remote that has gone back mends it' '
	rewind meet $ref $had~1 &&
	git intoto push >out 2>err &&
	grep "^warning: .*had gone back.*it is there again" err &&
	git -C ../meet.git merge-base --is-ancestor $had $ref &&
	git intoto fetch
'

test_expect_success 'layouts that have gone back' '
	cd ../ways-1 &&
	layout=refs/notes/in-toto/layouts/release &&
	tracking=refs/in-toto-remotes/origin/layouts/release &&
	git intoto fetch &&
	had=$(git rev-parse $tracking) &&
	rewind ways $layout $had~1 &&
	refused 1 remote-rewound git intoto fetch origin v1.0 &&
	test "$(git rev-parse $tracking)" = $had &&
	git fetch -q origin "+refs/notes/in-toto/*:refs/in-toto-remotes/origin/*" &&
	refused 1 remote-rewound git intoto fetch &&
	test "$(git rev-parse $tracking)" = $had &&
	tagged v1.0 &&
	git intoto fetch --accept-rewind &&
	test "$(git rev-parse $tracking)" = "$(git rev-parse $had~1)" &&
	git intoto fetch
'

# The push of anything keeps the alarm.
test_expect_success 'a push does not hush the alarm' '
	git -C ../ways.git update-ref $layout $had &&
	git intoto fetch &&
	git update-ref -d $layout &&
	rewind ways $layout $had~1 &&
	git intoto tag -m v1.1 v1.1 &&
	git intoto push origin v1.1 2>err &&
	grep "^warning: .*had gone back" err &&
	test "$(git rev-parse $tracking)" = $had &&
	refused 1 remote-rewound git intoto fetch
'

test_expect_success 'a shard that is no notes tree: refused, the others come' '
	new_server odd &&
	git intoto tag -m v1.0 v1.0 &&
	git intoto push &&
	links=$(links_ref v1.0) &&
	another odd 1 &&
	tree=$(git -C ../odd.git hash-object -w --stdin </dev/null |
		sed "s/^/100644 blob /; s/\$/	README/" |
		git -C ../odd.git mktree) &&
	odd=refs/notes/in-toto/links/0f &&
	git -C ../odd.git update-ref $odd \
		$(git -C ../odd.git commit-tree -m x $tree) &&
	cd ../odd-1 &&
	git update-ref $odd $(git commit-tree -m y $(git mktree </dev/null)) &&
	refused 1 notes-tree git intoto fetch &&
	grep "$odd" err &&
	git rev-parse -q --verify "$links" &&
	refused 1 notes-tree git intoto push &&
	grep "$odd" err
'

test_expect_success 'a ref that is no commit, and a tree that nobody had' '
	blob=$(echo x | git -C ../odd.git hash-object -w --stdin) &&
	git update-ref -d $odd &&
	git clone -q ../odd.git ../odd-2 &&
	(
		cd ../odd-2 &&
		refused 1 notes-tree git intoto fetch &&
		test_must_fail git rev-parse -q --verify $odd &&
		git rev-parse -q --verify "$links"
	) &&
	git -C ../odd.git update-ref $odd $blob &&
	git clone -q ../odd.git ../odd-3 &&
	cd ../odd-3 &&
	refused 1 notes-tree git intoto fetch &&
	grep "$odd" err &&
	test_must_fail git rev-parse -q --verify $odd &&
	git rev-parse -q --verify "$links" &&
	git update-ref $odd $(git commit-tree -m y $(git mktree </dev/null)) &&
	refused 1 notes-tree git intoto push &&
	git -C ../odd.git update-ref $odd \
		$(git -C ../odd.git commit-tree -m z \
		$(git -C ../odd.git mktree </dev/null)) &&
	refused 1 remote-rewound git intoto fetch &&
	git intoto fetch --accept-rewind &&
	git intoto fetch &&
	git intoto push
'

# Each of two remotes has a build link that nobody else has; nothing is here but
# tracking refs, brought by plain git.
test_expect_success 'what only tracking refs have is read as one' '
	new_server union &&
	git intoto tag -m v1.0 v1.0 &&
	git intoto push origin v1.0 &&
	cp -R ../union.git ../union2.git &&
	another union 1 &&
	another union 2 &&
	( cd ../union-1 && build v1.0 && git intoto push origin v1.0 ) &&
	( cd ../union-2 && build v1.0 &&
		git intoto push "$here/union2.git" v1.0 ) &&
	git clone -q ../union.git ../reader &&
	cd ../reader &&
	git intoto trust add "$HOME/mona.pub" &&
	for remote in one two/three; do
		git fetch -q "$here/union$(test $remote = one || echo 2).git" \
			"+refs/notes/in-toto/*:refs/in-toto-remotes/$remote/*" ||
			return 1
	done &&
	git for-each-ref refs/notes >refs &&
	test_must_be_empty refs &&
	git intoto verify v1.0 &&
	git intoto log >out &&
	grep "^v1.0 *complete" out &&
	git intoto show v1.0 >out &&
	git intoto show --json v1.0 >json &&
	json "[l.get(\"step\") for l in j[\"lines\"]].count(\"build\")" \
		<json >count &&
	test "$(cat count)" = 2 &&
	git intoto export v1.0 proof &&
	ls proof >files &&
	grep -c "^build\..*\.link$" files >count &&
	test "$(cat count)" = 2 &&
	grep -c "^tag\..*\.link$" files >count &&
	test "$(cat count)" = 1 &&
	git update-ref -d refs/in-toto-remotes/two/three/$(shard refs/tags/v1.0 |
		sed "s|in-toto/||") &&
	git intoto show --json v1.0 >json &&
	json "[l.get(\"step\") for l in j[\"lines\"]].count(\"build\")" \
		<json >count &&
	test "$(cat count)" = 1 &&
	git for-each-ref refs/notes >refs &&
	test_must_be_empty refs &&
	cd ../meet-w
'

test_expect_success 'from one remote to another: what only tracking refs have' '
	git clone -q ../order.git ../between &&
	cd ../between &&
	git intoto trust add "$HOME/mona.pub" &&
	git init -q --bare ../mirror.git &&
	git remote add up/stream ../mirror.git &&
	git intoto push up/stream v1.0 v2.0 &&
	git clone -q ../mirror.git ../mirror-user 2>/dev/null &&
	cd ../mirror-user &&
	git intoto trust add "$HOME/mona.pub" &&
	git intoto fetch origin v1.0 v2.0 &&
	tagged v1.0 &&
	tagged v2.0
'

test_expect_success 'a URL in the place of a remote' '
	cd ../between &&
	git init -q --bare ../byurl.git &&
	git intoto push ../byurl.git v1.0 &&
	git intoto push "file://$here/byurl.git" v1.0 >out &&
	grep "^everything is there already" out &&
	git init -q ../url-user &&
	cd ../url-user &&
	git intoto fetch ../byurl.git v1.0 &&
	git intoto trust add "$HOME/mona.pub" &&
	git intoto verify v1.0 &&
	git remote add origin ../byurl.git &&
	git intoto fetch ../byurl.git &&
	git rev-parse -q --verify refs/in-toto-remotes/origin/layouts/release
'

test_expect_success 'a remote that is pushed to by another URL' '
	cd ../between &&
	git init -q --bare ../to.git &&
	git remote add two ../none.git &&
	git config remote.two.pushurl ../to.git &&
	git intoto push two v1.0 &&
	git intoto push two v1.0 >out &&
	grep "^everything is there already" out &&
	git -C ../to.git rev-parse -q --verify refs/tags/v1.0
'

test_expect_success 'the URL that reads as an option is none' '
	refused 128 - git intoto push -- --upload-pack=x v1.0 &&
	refused 128 - git intoto fetch -- --upload-pack=/x v1.0 &&
	refused 128 - git intoto fetch "ext::sh -c touch% $here/ext" &&
	! test -e "$here/ext"
'

test_expect_success 'no such remote, no such tag, and the words swapped' '
	cd ../order-w &&
	refused 128 - git intoto push nowhere &&
	grep "no remote .nowhere" err &&
	refused 128 - git intoto fetch "" &&
	refused 128 - git intoto push v1.0 &&
	grep "^hint: git intoto push origin v1.0" err &&
	refused 128 - git intoto fetch v1.0 &&
	grep "^hint: git intoto fetch origin v1.0" err &&
	refused 128 - git intoto push origin v99 &&
	refused 128 - git intoto fetch origin v99 &&
	grep "has no ref .refs/tags/v99" err &&
	git remote add gone ../gone.git &&
	refused 128 - git intoto push gone &&
	refused 128 - git intoto fetch gone &&
	refused 129 - git intoto push --force &&
	git init -q ../alone &&
	cd ../alone &&
	refused 128 - git intoto push &&
	grep "^hint: git remote add origin" err
'

test_expect_success 'a tag that nothing is recorded for' '
	cd ../order-w &&
	git tag -s -m bare bare &&
	refused 1 tag-unlinked git intoto push origin bare &&
	grep "^hint: git intoto tag --existing bare" err &&
	git tag light &&
	refused 1 tag-unlinked git intoto push origin light
'

test_expect_success 'settings of git that would push or fetch more' '
	new_server more &&
	git config push.followTags true &&
	git config push.recurseSubmodules on-demand &&
	git config remote.origin.tagOpt --tags &&
	git config fetch.prune true &&
	git config fetch.pruneTags true &&
	git tag -a -m other other &&
	git intoto tag -m a a/b.c &&
	git intoto push origin a/b.c &&
	test "$(git -C ../more.git for-each-ref --format="%(refname)" \
		refs/tags)" = refs/tags/a/b.c &&
	git -C ../more.git tag -a -m foreign foreign main &&
	git intoto fetch origin a/b.c &&
	git intoto fetch &&
	test "$(git tag)" = "a/b.c
other"
'

test_expect_success 'a bare clone, a linked worktree, a folder below' '
	git clone -q --bare ../order.git ../bare.git &&
	git -C ../bare.git intoto fetch ../order.git v1.0 &&
	git -C ../bare.git rev-parse -q --verify $(
		cd ../order-w && links_ref v1.0) &&
	git worktree add -q --detach ../more-linked &&
	cd ../more-linked &&
	git intoto tag -m linked linked &&
	mkdir -p below && cd below &&
	git intoto push origin linked &&
	git -C "$here/more.git" rev-parse -q --verify refs/tags/linked
'

test_expect_success 'a SHA-256 repository, and a partial clone of it' '
	cd "$here" &&
	GIT_DEFAULT_HASH=sha256 git init -q --bare wide.git &&
	git -C wide.git config uploadpack.allowFilter true &&
	( GIT_DEFAULT_HASH=sha256 && export GIT_DEFAULT_HASH &&
	make_project wide-w ) &&
	(
		cd wide-w &&
		git remote add origin "file://$here/wide.git" &&
		git push -q origin main &&
		git intoto init --yes &&
		git intoto layout add-key release "$HOME/ci1.pub" \
			"$HOME/ci2.pub" --step build &&
		git intoto layout sign release &&
		git intoto tag -m v1.0 v1.0 &&
		git intoto push origin v1.0
	) &&
	another wide 1 &&
	git clone -q --filter=blob:none "file://$here/wide.git" wide-2 &&
	cd wide-2 &&
	git intoto fetch origin v1.0 &&
	git rev-list --objects --missing=print "$(links_ref v1.0)" >objects &&
	! grep "^?" objects &&
	git intoto trust add "$HOME/mona.pub" &&
	git config intoto.signingKey "$HOME/ci2" &&
	( cd ../wide-1 && build v1.0 && git intoto push ) &&
	build v1.0 &&
	git intoto push origin v1.0 &&
	test "$(note_of v1.0 | wc -l)" = 3 &&
	git intoto fetch >out &&
	grep "^everything is here already" out
'

# pending drafts are lines of a note on no object.
test_expect_success 'drafts that are pending travel, and meet' '
	new_server pend &&
	ref=refs/notes/in-toto/pending &&
	key=$(some_oid) &&
	git notes --ref=in-toto/pending add -m "{\"a\":1}" $key &&
	git intoto push &&
	another pend 1 &&
	git notes --ref=in-toto/pending append --no-separator -m "{\"b\":1}" \
		$key 2>/dev/null ||
		printf "{\"a\":1}\n{\"b\":1}\n" |
		git notes --ref=in-toto/pending add -f -F - $key &&
	git intoto push &&
	cd ../pend-1 &&
	git notes --ref=in-toto/pending add -m "{\"c\":1}" $key &&
	git intoto push origin &&
	cd ../pend-w &&
	git intoto fetch &&
	git notes --ref=in-toto/pending show $key >lines &&
	printf "{\"%s\":1}\n" a b c >expected &&
	test_cmp expected lines &&
	git -C ../pend.git rev-parse $ref >theirs &&
	git rev-parse $ref >ours &&
	test_cmp theirs ours
'

test_expect_success 'a lock that a killed git left is named, and soon' '
	git intoto tag -m v1.0 v1.0 &&
	git intoto push origin v1.0 &&
	another pend 2 &&
	cd ../pend-2 &&
	mkdir -p .git/refs/notes/in-toto/links &&
	lock=.git/$(links_ref v1.0).lock &&
	: >$lock &&
	test_expect_code 128 no_sleep git intoto fetch 2>err &&
	grep "^error: .*$lock" err &&
	grep "^hint: rm .*$lock" err &&
	rm $lock &&
	tracking=.git/refs/in-toto-remotes/origin/layouts/release.lock &&
	mkdir -p $(dirname $tracking) &&
	git update-ref -d refs/in-toto-remotes/origin/layouts/release &&
	mkdir -p $(dirname $tracking) &&
	: >$tracking &&
	test_expect_code 128 no_sleep git intoto fetch 2>err &&
	rm $tracking &&
	git intoto fetch
'

test_expect_success 'what was seen cannot be read: it says so' '
	echo broken >.git/intoto/remotes.json &&
	refused 128 - git intoto fetch &&
	grep remotes.json err
'

test_expect_success 'the guard and the hook let both pushes through' '
	start_sshd ssh GIT_PROTOCOL &&
	start_web_server
'

for transport in ssh http; do
	test_expect_success "$transport: push past the guard, fetch, verify" '
		cd "$here" &&
		make_server $transport "$transport.git" &&
		make_maintainer $transport &&
		cd $transport &&
		git intoto hooks install &&
		git intoto tag -m v1.0 v1.0 &&
		git intoto push origin v1.0 &&
		git clone -q "$URL" ../$transport-user &&
		cd ../$transport-user &&
		git intoto trust add "$HOME/mona.pub" &&
		git config intoto.signingKey "$HOME/ci1" &&
		git intoto fetch origin v1.0 &&
		tagged v1.0 &&
		build v1.0 &&
		git intoto push origin &&
		cd ../$transport &&
		git intoto fetch &&
		git intoto verify v1.0 ../$transport-user/dist/foo-1.0.tar
	'

	test_expect_success "$transport: what the guard says is passed on" '
		cd "$here/$transport" &&
		git intoto tag -m v1.1 v1.1 &&
		line_of v1.1 tag | forge mona "s[\"name\"] = \"other\"" \
			>forged &&
		test -s forged &&
		cat forged >>all && note_of v1.1 >>all &&
		LC_ALL=C sort all | put_note v1.1 &&
		server_refs >../before &&
		rm -f .git/hooks/pre-push &&
		refused 1 push-refused git intoto push origin v1.1 &&
		grep "^remote: in-toto: refs/notes/in-toto/links/.*\[.*\]" err &&
		server_refs >../after &&
		test_cmp ../before ../after
	'
done

test_done
