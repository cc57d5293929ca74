#!/bin/sh
test_description='hostile pushes: the tag object'
# shellcheck source=t/test-lib.sh
. ./test-lib.sh
# shellcheck source=t/forge-lib.sh
. "$SHARNESS_TEST_SRCDIR/forge-lib.sh"
# shellcheck source=t/attack-lib.sh
. "$SHARNESS_TEST_SRCDIR/attack-lib.sh"

attack_set_up 'attack_base'

accept 'a tag that is forged as the attacks are, with nothing wrong' '
	tag_text good | armored mona | push_tag good
'

attack tag-lightweight 'a ref to a commit' '
	push origin HEAD:refs/tags/light
'

attack tag-lightweight 'a ref to a blob' '
	push origin "$(git rev-parse HEAD:README):refs/tags/blob"
'

attack tag-lightweight 'a ref to a tree' '
	push origin "$(git rev-parse "HEAD^{tree}"):refs/tags/tree"
'

attack tag-lightweight 'a ref to a note, in a folder' '
	push origin "$(shard_ref v1.1):refs/tags/a/b/c"
'

attack tag-unsigned 'an annotated tag' '
	tag_text bad | push_tag bad
'

attack tag-unsigned 'a signature in a header alone' '
	{
		tag_text bad | sed -n "1,4p" &&
		tag_text bad | armored mona | sed -n "/BEGIN/,\$p" |
			sed "s/^/ /; 1s/^/gpgsig/" &&
		echo && echo bad
	} | push_tag bad
'

attack tag-renamed 'an old release under a new name' '
	push origin refs/tags/v1.0:refs/tags/v9
'

attack tag-renamed 'a new release under two names' '
	push --atomic origin "$(shard_ref v1.1)" v1.1 v1.1:refs/tags/v1.1.1
'

attack line-misfiled,tag-renamed 'its name with the folder of tags' '
	tag_text refs/tags/bad | armored mona | push_tag bad
'

attack line-misfiled,tag-renamed 'its name in other letters' '
	tag_text V1.2 | armored mona | push_tag v1.2
'

attack tag-nested 'a tag of the release' '
	tag_text bad | sed "1s/.*/object $(git rev-parse v1.0)/;
		s/^type commit/type tag/" | armored mona | push_tag bad
'

attack tag-malformed 'a tag of a tree' '
	tag_text bad | sed "1s/.*/object $(git rev-parse "HEAD^{tree}")/;
		s/^type commit/type tree/" | armored mona | push_tag bad
'

attack tag-malformed 'a tag of a blob' '
	tag_text bad | sed "1s/.*/object $(git rev-parse HEAD:README)/;
		s/^type commit/type blob/" | armored mona | push_tag bad
'

attack tag-malformed 'a header more' '
	tag_text bad | sed "4aencoding x" | armored mona | push_tag bad
'

attack tag-malformed 'two lines with a name' '
	tag_text bad | sed "3atag worse" | armored mona | push_tag bad
'

attack tag-malformed 'two taggers' '
	tag_text bad | sed "4{p;}" | armored mona | push_tag bad
'

attack tag-malformed 'no tagger' '
	tag_text bad | sed 4d | armored mona | push_tag bad
'

attack tag-malformed 'a tagger without a time' '
	tag_text bad | sed "4s/ 1700000000 +0000//" | armored mona |
		push_tag bad
'

attack tag-malformed 'a tagger of two addresses' '
	tag_text bad | sed "4s/>/> <eve@example.com>/" | armored mona |
		push_tag bad
'

attack tag-malformed 'a time that overflows' '
	tag_text bad | sed "4s/1700000000/9223372036854775808/" |
		armored mona | push_tag bad
'

attack tag-malformed 'a time with a leading zero' '
	tag_text bad | sed "4s/1700000000/01700000000/" |
		armored mona | push_tag bad
'

attack tag-malformed 'a zone of letters' '
	tag_text bad | sed "4s/+0000/+0a00/" | armored mona | push_tag bad
'

attack tag-malformed 'an id in upper case' '
	tag_text bad | sed "1y/abcdef/ABCDEF/; 1s/.*/\\U&/; 1s/OBJECT/object/" |
		armored mona | push_tag bad
'

attack tag-malformed 'a NUL in the message' '
	tag_text bad | sed "\$s/\$/\\x00hidden/" | armored mona | push_tag bad
'

attack tag-malformed 'a NUL in the tagger' '
	tag_text bad | sed "4s/Mona/Mona\\x00/" | armored mona | push_tag bad
'

attack tag-malformed 'a NUL behind the name' '
	tag_text bad | sed "3s/\$/\\x00/" | armored mona | push_tag bad
'

attack tag-malformed 'the same header of a signature twice' '
	tag_text bad | armored mona | sed "4agpgsig a\\ngpgsig b" | push_tag bad
'

attack tag-malformed 'no empty line' '
	tag_text bad | sed -n 1,4p | push_tag bad
'

attack tag-malformed 'an armor that does not end' '
	tag_text bad | armored mona | sed "\$d" | push_tag bad
'

attack tag-malformed 'an armor whose first line says more' '
	tag_text bad | armored mona | sed "s/^-----BEGIN.*/& /" | push_tag bad
'

attack tag-malformed 'an armor with carriage returns' '
	tag_text bad | armored mona | sed "/BEGIN/,\$s/\$/\\r/" | push_tag bad
'

attack guard-unjudged 'a message of more than a megabyte' '
	{ tag_text bad; seq 200000; } | armored mona | push_tag bad
'

attack tag-two-signatures 'one twice' '
	tag_text bad | armored mona | sed -n "/BEGIN/,\$p" >../armor &&
	{ tag_text bad; cat ../armor ../armor; } | push_tag bad
'

attack tag-two-signatures 'of two kinds' '
	{
		tag_text bad &&
		echo "-----BEGIN PGP SIGNATURE-----" &&
		echo "-----END PGP SIGNATURE-----"
	} | armored mona | push_tag bad
'

attack tag-trailing-bytes 'a line behind its signature' '
	{ tag_text bad | armored mona; echo more; } | push_tag bad
'

attack tag-trailing-bytes 'an empty line behind it' '
	{ tag_text bad | armored mona; echo; } | push_tag bad
'

attack tag-signer 'a stranger' '
	tag_text bad | armored eve | push_tag bad
'

attack tag-signer 'a key of another step' '
	tag_text bad | armored bob | push_tag bad
'

attack tag-signer 'a certificate authority that nobody trusts' '
	ssh-keygen -q -s "$HOME/eve" -I x -n mona "$HOME/eve.pub" &&
	tag_text bad | armored eve | push_tag bad
'

attack signature-bad 'another message' '
	tag_text bad | armored mona | sed "6s/.*/worse/" | push_tag bad
'

attack signature-bad 'another commit' '
	tag_text bad | armored mona |
		sed "1s/.*/object $(git rev-parse HEAD~1)/" >../tag &&
	id=$(store_tag <../tag) &&
	push --atomic origin "$id:refs/tags/bad"
'

attack signature-bad 'a signature for files' '
	tag_text bad | armored_for=file armored mona | push_tag bad
'

attack signature-bad 'an armor of nothing' '
	{
		tag_text bad &&
		echo "-----BEGIN SSH SIGNATURE-----" &&
		echo "-----END SSH SIGNATURE-----"
	} | push_tag bad
'

attack tag-moved 'a release to the next commit' '
	git tag -f -s -m v1.0 v1.0 HEAD &&
	push --force origin v1.0
'

attack tag-moved 'back to an older signature of the same name' '
	tag_text v1.0 | armored mona >../tag &&
	id=$(store_tag <../tag) &&
	link_to "$id" v1.0 | file_lines "$id" &&
	push --force --atomic origin "$(shard_ref "$id")" "$id:refs/tags/v1.0"
'

attack tag-moved 'a release to its own commit' '
	push --force origin "$(git rev-parse v1.0^{}):refs/tags/v1.0"
'

attack tag-deleted 'a release' '
	push origin :refs/tags/v1.0
'

attack tag-deleted 'a release, with its links' '
	push origin :refs/tags/v1.0 "$(shard_ref v1.1)" v1.1
'

attacks_done
