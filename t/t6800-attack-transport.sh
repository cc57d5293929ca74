#!/bin/sh
test_description='hostile pushes over ssh and http, and as a client of its own'
# shellcheck source=t/test-lib.sh
. ./test-lib.sh
# shellcheck source=t/forge-lib.sh
. "$SHARNESS_TEST_SRCDIR/forge-lib.sh"
# shellcheck source=t/attack-lib.sh
. "$SHARNESS_TEST_SRCDIR/attack-lib.sh"
# shellcheck source=t/transport-lib.sh
. "$SHARNESS_TEST_SRCDIR/transport-lib.sh"

SERVERS=$attack_place/now

attack_set_up '
	attack_base &&
	git -C base/server.git config http.receivepack true &&
	start_sshd ssh GIT_PROTOCOL &&
	start_web_server
'

# over TRANSPORT: what is pushed goes that way from now on.
over() {
	case $1 in
	ssh) git remote set-url origin "ssh:$attack_place/now/server.git" ;;
	http) git remote set-url origin \
		"http://127.0.0.1:$(cat "$intoto_private/port")/server.git" ;;
	esac
}

for transport in ssh http; do
	accept "$transport: a link and its tag" '
		over $transport &&
		push --atomic origin "$(shard_ref v1.1)" v1.1
	'

	attack tag-unlinked "$transport: a tag alone" '
		over $transport &&
		push origin v1.1
	'

	attack tag-unsigned "$transport: an unsigned tag beside a branch" '
		over $transport &&
		git commit -q --allow-empty -m x &&
		tag_text bad | store_tag >../id &&
		push origin main "$(cat ../id):refs/tags/bad"
	'

	attack tag-moved "$transport: a release moves" '
		over $transport &&
		git tag -f -s -m x v1.0 HEAD &&
		push --force origin v1.0
	'

	attack tag-deleted "$transport: a release is deleted" '
		over $transport &&
		push origin :refs/tags/v1.0
	'

	attack tag-renamed "$transport: a release under another name" '
		over $transport &&
		push --atomic origin v1.0:refs/tags/v9
	'

	attack notes-shrunk "$transport: a line is taken away" '
		over $transport &&
		note_of v1.0 | sed 1d | push_raw_note v1.0
	'

	attack notes-rewritten "$transport: a history is replaced" '
		over $transport &&
		ref=$(shard_ref v1.0) &&
		push_tip "$(git commit-tree -m x "$ref^{tree}")" "$ref"
	'

	attack line-unknown-key "$transport: a stranger builds" '
		over $transport &&
		line_of v1.0 build | forge eve "" | push_lines v1.0
	'

	attack layout-rollback "$transport: an old layout" '
		over $transport &&
		push_tree $layout_ref "$layout_ref~1^{tree}"
	'

	attack layout-threshold "$transport: a stranger'\''s layout" '
		over $transport &&
		push_layout eve ""
	'

	attack ref-reserved "$transport: the ref above all others" '
		over $transport &&
		push origin HEAD:refs/notes/in-toto
	'

	attack ref-deleted "$transport: the layout is deleted" '
		over $transport &&
		push origin :$layout_ref
	'

	attack tag-unsigned "$transport: with push options" '
		over $transport &&
		tag_text bad | store_tag >../id &&
		push -o intoto.protected=none origin "$(cat ../id):refs/tags/bad"
	'
done

attack tag-unsigned 'http: in a request of unknown length' '
	over http &&
	git config http.postBuffer 1024 &&
	head -c 100000 /dev/urandom >noise &&
	git add noise && git commit -q -m noise &&
	tag_text bad | store_tag >../id &&
	push origin main "$(cat ../id):refs/tags/bad"
'

# A client of one'\''s own writes what it likes about what was there.

# raw_push: git receive-pack is told ../commands, and sent all objects.
raw_push() {
	git rev-list --objects --all | cut -d " " -f 1 |
		git pack-objects -q --stdout >../pack &&
	pushing /usr/bin/python3 "$intoto_top/t/interop/raw_push.py" \
		../server.git ../pack <../commands
}

attack tag-moved 'a client that names the tag twice' '
	git tag -f -s -m x v1.0 HEAD &&
	old=$(git --git-dir=../server.git rev-parse v1.0) &&
	{
		echo "$old $(git rev-parse v1.0) refs/tags/v1.0" &&
		echo "$old $(git rev-parse v1.0) refs/tags/v1.0"
	} >../commands &&
	raw_push
'

attack tag-deleted 'a client that deletes a tag of which it says that it is none' '
	echo "$attack_none $attack_none refs/tags/v1.0" >../commands &&
	raw_push
'

attack tag-deleted 'a client that deletes a tag by an id that nobody knows' '
	echo "$(printf %040d 1) $attack_none refs/tags/v1.0" >../commands &&
	raw_push
'

attack tag-deleted 'the same, of a tag that no pattern guards any more' '
	git -C ../server.git config intoto.protected refs/tags/x &&
	echo "$(printf %040d 1) $attack_none refs/tags/v1.0" >../commands &&
	raw_push
'

attack tag-deleted 'the same, of a tag of which it says that it is none' '
	git -C ../server.git config intoto.protected refs/tags/x &&
	echo "$attack_none $attack_none refs/tags/v1.0" >../commands &&
	raw_push
'

attack tag-deleted 'a client that deletes a tag as the withdrawn one before it' '
	old=$(git rev-parse v1.0) &&
	line_of v1.0 tag | forge mona "s.update(name=\"revoke\", materials={},
command=[])
g.update(revokes=\"tag\", layouts={})" | add_lines v1.0 &&
	git push -q origin "$(shard_ref v1.0)" &&
	tag_text v1.0 | armored mona >../tag &&
	id=$(store_tag <../tag) &&
	link_to "$id" v1.0 | add_lines "$id" &&
	git push -q --force --atomic origin "$(shard_ref "$id")" \
		"$id:refs/tags/v1.0" &&
	git --git-dir=../server.git prune --expire=now &&
	git tag -d v1.0 >/dev/null &&
	echo "$old $attack_none refs/tags/v1.0" >../commands &&
	raw_push
'

attack ref-deleted 'a client that deletes a layout as if there were none' '
	echo "$attack_none $attack_none $layout_ref" >../commands &&
	raw_push
'

attack ref-deleted 'a client that deletes links as if there were none' '
	echo "$attack_none $attack_none $(shard_ref v1.0)" >../commands &&
	raw_push
'

attacks_done
