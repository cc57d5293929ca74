#!/bin/sh
test_description='hostile pushes: names of refs, ways to push, what surrounds them'
# shellcheck source=t/test-lib.sh
. ./test-lib.sh
# shellcheck source=t/forge-lib.sh
. "$SHARNESS_TEST_SRCDIR/forge-lib.sh"
# shellcheck source=t/attack-lib.sh
. "$SHARNESS_TEST_SRCDIR/attack-lib.sh"

attack_set_up '
	attack_base &&
	(
		cd base/client &&
		git tag -a -m x bad &&
		git commit -q --allow-empty -m good
	)
'

for ref in refs/notes/in-toto refs/notes/in-toto/links \
	refs/notes/in-toto/layouts refs/notes/in-toto/other \
	refs/notes/in-toto/links/xyz refs/notes/in-toto/links/zz \
	refs/notes/in-toto/links/AB refs/notes/in-toto/links/ab/cd \
	refs/notes/in-toto/links/a refs/notes/in-toto/layouts/a/b \
	refs/notes/in-toto/layouts/-a refs/notes/in-toto/root/x \
	refs/notes/in-toto/pending/x refs/notes/in-toto/roots \
	refs/in-toto-remotes refs/in-toto-remotes/origin \
	refs/in-toto-remotes/origin/links/ab \
	refs/in-toto-remotes/origin/layouts/release; do
	attack ref-reserved "$ref" '
		push origin "HEAD:$ref"
	'
done

attack ref-reserved 'a name of 65 letters' '
	push origin "HEAD:refs/notes/in-toto/layouts/$(printf %065d 0)"
'

attack ref-reserved 'a reserved name is deleted' '
	git --git-dir=../server.git update-ref refs/notes/in-toto/other main &&
	push origin :refs/notes/in-toto/other
'

attack ref-deleted,ref-reserved 'the notes make place for what blocks them' '
	push --atomic origin HEAD:refs/notes/in-toto/links ":$(shard_ref v1.0)"
'

attack ref-reserved 'a mirror of a clone with tracking refs' '
	git fetch -q origin "+refs/notes/in-toto/*:refs/in-toto-remotes/origin/*" &&
	git tag -d bad >/dev/null &&
	push --mirror origin
'

attack ref-deleted,tag-deleted 'a mirror of a clone that has nothing' '
	git init -q --bare ../nothing &&
	git push -q ../nothing main &&
	git -C ../nothing remote add origin ../server.git &&
	pushing git -C ../nothing push --mirror origin
'

attack tag-unsigned 'one bad tag among good refs' '
	push origin main "$(shard_ref v1.1)" v1.1 bad
'

attack tag-unsigned 'the same, atomic' '
	push --atomic origin bad main "$(shard_ref v1.1)" v1.1
'

attack tag-unlinked,tag-unsigned 'all tags, and no note' '
	push --tags origin
'

attack tag-unsigned 'the tags that follow' '
	git push -q origin v1.1~:refs/heads/x &&
	git tag -f -a -m x bad HEAD 2>/dev/null &&
	git push -q --atomic origin "$(shard_ref v1.1)" v1.1 &&
	push --follow-tags origin main
'

attack tag-unsigned 'by force' '
	push --force origin bad
'

attack tag-unsigned 'with a lease' '
	push --force-with-lease=refs/tags/bad: origin bad
'

attack tag-unsigned 'a tag in a folder' '
	tag_text folder/of/bad | store_tag >../id &&
	push origin "$(cat ../id):refs/tags/folder/of/bad"
'

attack tag-unsigned 'push options that ask for less' '
	push -o intoto.protected=none -o skip-ci -o "report-only" origin bad
'

attack tag-unsigned 'a push option that ends the line' '
	push -o "$(printf "a\033[2J;id")" -o "" origin bad
'

attack tag-unsigned 'no hooks here' '
	pushing git -c core.hooksPath=/dev/null push --no-verify origin bad
'

attack tag-unsigned 'no thin pack, another protocol' '
	pushing git -c protocol.version=0 push --no-thin origin bad
'

attack tag-unsigned 'a protected branch' '
	git -C ../server.git config intoto.protected "refs/heads/release/*" &&
	git -C ../server.git config --add intoto.protected "refs/tags/*" &&
	tag_text release/bad | store_tag >../id &&
	push origin "$(cat ../id):refs/heads/release/bad"
'

attack tag-lightweight 'a branch that is guarded' '
	git -C ../server.git config intoto.protected "refs/heads/release/*" &&
	push origin HEAD:refs/heads/release/1
'

attack tag-unsigned 'what one pattern excludes another one guards' '
	git -C ../server.git config intoto.protected "!refs/tags/v*" &&
	push origin bad
'

# Whether a tag that no pattern guards has a link, or was withdrawn, cannot be
# told then.
attack note-limit 'a linked tag whose notes cannot be read any more' '
	git -C ../server.git config intoto.protected "!refs/tags/v*" &&
	git -C ../server.git config intoto.maxLinkSize 100 &&
	push --delete origin v1.0
'

attack tag-case-clash 'a tag that some file systems take for another' '
	git -C ../server.git config intoto.refuseCaseClash true &&
	tag_text V1.0 | armored mona | push_tag V1.0
'

attack tag-case-clash 'two such tags in one push' '
	git -C ../server.git config intoto.refuseCaseClash true &&
	tag_text V1.1 | armored mona | store_tag >../id &&
	id=$(cat ../id) &&
	link_to "$id" V1.1 | add_lines "$id" &&
	push --atomic origin "$(shard_ref "$id")" "$id:refs/tags/V1.1" \
		"$(test "$(shard_ref "$id")" = "$(shard_ref v1.1)" ||
			shard_ref v1.1)" v1.1
'

# What the server cannot read.

attack policy-unreadable 'the trust of the server is garbled' '
	echo "{" >../server.git/intoto/trust.json &&
	push --atomic origin "$(shard_ref v1.1)" v1.1
'

attack policy-unreadable 'the trust of the server is gone' '
	rm ../server.git/intoto/trust.json &&
	push --atomic origin "$(shard_ref v1.1)" v1.1
'

attack policy-unreadable 'the trust of the server is of another version' '
	sed "s/\"version\": *[0-9]*/\"version\": 99/" \
		../server.git/intoto/trust.json >../trust &&
	cp ../trust ../server.git/intoto/trust.json &&
	push --atomic origin "$(shard_ref v1.1)" v1.1
'

for pattern in "" "v*" "!tags" "!"; do
	attack policy-unreadable "the pattern '$pattern'" '
		git -C ../server.git config intoto.protected "$pattern" &&
		push --atomic origin "$(shard_ref v1.1)" v1.1
	'
done

attack policy-unreadable 'a size of lines that is none' '
	git -C ../server.git config intoto.maxLinkSize many &&
	push --atomic origin "$(shard_ref v1.1)" v1.1
'

attack policy-unreadable 'a namespace' '
	push --receive-pack="GIT_NAMESPACE=other git receive-pack" origin v1.1
'

attack policy-unreadable 'a namespace, with the policy of another one' '
	push --receive-pack="GIT_NAMESPACE=other git receive-pack" origin \
		$layout_ref "$(shard_ref v1.1)" v1.1
'

attack policy-unreadable 'a policy whose object is lost' '
	blob=$(git rev-parse "$layout_ref:$attack_empty_tree") &&
	rm -f "../server.git/objects/$(echo "$blob" | cut -c 1-2)/$(echo "$blob" |
		cut -c 3-)" &&
	push --atomic origin "$(shard_ref v1.1)" v1.1
'

# What a client controls.

# serve_with NAME=VALUE...: what the server runs has these in its environment.
serve_with() {
	{
		echo "#!/bin/sh" &&
		for serve_setting; do
			echo "export $(git rev-parse --sq-quote "$serve_setting")"
		done &&
		echo "exec git receive-pack \"\$@\""
	} >../receive &&
	chmod +x ../receive
}

evil=$intoto_private/evil
git config -f "$evil" intoto.protected refs/none
git init -q --bare "$intoto_private/other.git"
ln -s "$PWD/base/client/.git/objects" "$intoto_private/objects"

attack tag-unsigned 'at the server: GIT_CONFIG_COUNT' '
	serve_with GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=intoto.protected \
		GIT_CONFIG_VALUE_0=refs/none &&
	push --receive-pack=../receive origin bad
'

for setting in "GIT_CONFIG_PARAMETERS=${SQ}intoto.protected=x$SQ" \
	"GIT_CONFIG_GLOBAL=$evil" "GIT_CONFIG_SYSTEM=$evil" "GIT_CONFIG=$evil" \
	GIT_CONFIG_NOSYSTEM=0 "XDG_CONFIG_HOME=$intoto_private" \
	"HOME=$intoto_private" GIT_DIR=/nowhere GIT_QUARANTINE_PATH=/tmp \
	GIT_WORK_TREE=/ "GIT_INDEX_FILE=$evil" GIT_PREFIX=../ \
	"GIT_ALTERNATE_OBJECT_DIRECTORIES=$intoto_private/objects" \
	GIT_REPLACE_REF_BASE=refs/heads/ GIT_NO_REPLACE_OBJECTS=1 \
	"GIT_GRAFT_FILE=$evil" GIT_SHALLOW_FILE=/dev/null \
	GIT_CEILING_DIRECTORIES=/ GIT_TRACE=1 GIT_TRACE2=1 \
	GIT_PUSH_OPTION_COUNT=1000 GIT_DISCOVERY_ACROSS_FILESYSTEM=1 \
	GIT_FLUSH=0 GIT_PROTOCOL=version=9 GIT_DEFAULT_HASH=sha256 \
	GIT_OPTIONAL_LOCKS=0 GIT_LITERAL_PATHSPECS=1 GIT_EXTERNAL_DIFF=touch \
	GIT_EDITOR=touch GIT_PAGER=touch GIT_SSH_COMMAND=touch \
	GIT_ALLOW_PROTOCOL=none GIT_TERMINAL_PROMPT=1 GIT_ADVICE=0 \
	INTOTO_PROGRAM=/bin/true TMPDIR=/nowhere PATH=/usr/bin:/bin \
	LC_ALL=tr_TR.UTF-8 SOURCE_DATE_EPOCH=0 GNUPGHOME=/nowhere \
	SSH_AUTH_SOCK=/nowhere; do
	attack tag-unsigned "at the server: ${setting%%=*}" '
		serve_with "$setting" &&
		push --receive-pack=../receive origin bad
	'
done

attack - 'at the server: GIT_OBJECT_DIRECTORY' '
	serve_with "GIT_OBJECT_DIRECTORY=$intoto_private/objects" &&
	push --receive-pack=../receive origin bad
'

for setting in GIT_CONFIG_GLOBAL="$evil" GIT_CONFIG_COUNT=0 \
	GIT_QUARANTINE_PATH=/tmp GIT_TRACE=1 GIT_PUSH_OPTION_COUNT=9 \
	GIT_CONFIG_PARAMETERS="${SQ}intoto.protected=x$SQ"; do
	attack tag-unsigned "here: ${setting%%=*}" '
		pushing env "$setting" git push origin bad
	'
done

attack policy-unreadable 'here: GIT_NAMESPACE' '
	pushing env GIT_NAMESPACE=x git push origin bad
'

attack tag-unsigned 'what the pusher configures for everybody' '
	git config --global intoto.protected refs/none &&
	push origin bad
	git config --global --unset intoto.protected
'

attack tag-unsigned 'a replacement of the tag that the server has' '
	git --git-dir=../server.git fetch -q --no-tags ../client \
		"refs/tags/v1.0:refs/replace/$(git rev-parse bad)" &&
	push origin bad
'

attack tag-unsigned 'a replacement in the same push' '
	push --atomic origin "v1.0:refs/replace/$(git rev-parse bad)" bad
'

attacks_done
