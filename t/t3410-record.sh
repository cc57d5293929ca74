#!/bin/sh
test_description='git intoto record: files before and after some work'
# shellcheck source=t/test-lib.sh
. ./test-lib.sh

in_link() {
	json "(lambda j: $2)(j[\"signed\"])" <"$1"
}

test_expect_success 'set-up' '
	make_ssh_key mona &&
	make_ssh_key tess &&
	make_pem_key ed &&
	make_pem_key other &&
	make_gpg_key mona@example.com ed25519 &&
	sign_with_ssh mona &&
	mkdir -p work/src work/links && echo one >work/src/one.c
'

test_expect_success 'start and stop: one link of both' '
	(
		cd work &&
		git intoto record start -n edit -k "$HOME/ed.pem" -m src >out &&
		grep "^started step .edit.   1 material$" out &&
		ls .edit.*.link-unfinished &&
		echo two >src/two.c &&
		git intoto record stop -n edit -k "$HOME/ed.pem" -p src >out &&
		grep "^recorded step .edit.   1 material   2 products" out &&
		! ls .edit.*.link-unfinished &&
		test "$(in_link edit.*.link "list(j[\"materials\"])")" = \
			"[${SQ}src/one.c$SQ]" &&
		test "$(in_link edit.*.link "sorted(j[\"products\"])")" = \
			"[${SQ}src/one.c$SQ, ${SQ}src/two.c$SQ]" &&
		test "$(in_link edit.*.link "(j[\"command\"], j[\"byproducts\"])")" = \
			"([], {})" &&
		git intoto sign --verify -f edit.*.link -k "$HOME/ed.pub.pem" &&
		rm edit.*.link src/two.c
	)
'

test_expect_success 'stop --command and --byproduct say what was done' '
	(
		cd work &&
		git intoto record start -n edit -k "$HOME/ed.pem" -m src &&
		git intoto record stop -n edit -k "$HOME/ed.pem" -p src \
			--command "make -j2 ${SQ}a b$SQ" --byproduct return-value=0 \
			--byproduct "log=a=b c" --byproduct empty= &&
		test "$(in_link edit.*.link "j[\"command\"]")" = \
			"[${SQ}make$SQ, $SQ-j2$SQ, ${SQ}a b$SQ]" &&
		test "$(in_link edit.*.link "j[\"byproducts\"]")" = \
			"{${SQ}empty$SQ: $SQ$SQ, ${SQ}log$SQ: ${SQ}a=b c$SQ, ${SQ}return-value$SQ: 0}" &&
		rm edit.*.link &&
		git intoto record start -n edit -k "$HOME/ed.pem" &&
		refused 129 - git intoto record stop -n edit -k "$HOME/ed.pem" \
			--byproduct nothing &&
		refused 129 - git intoto record stop -n edit -k "$HOME/ed.pem" \
			--byproduct return-value=good &&
		refused 128 - git intoto record stop -n edit -k "$HOME/ed.pem" \
			--command "make ${SQ}a" &&
		ls .edit.*.link-unfinished && ! ls edit.*.link &&
		rm .edit.*
	)
'

test_expect_success 'another key cannot stop it, nor can it be stopped twice' '
	(
		cd work &&
		refused 128 - git intoto record stop -n edit -k "$HOME/ed.pem" &&
		grep "was not started here" err &&
		grep "^hint: git intoto record start -n edit" err &&
		git intoto record start -n edit -k "$HOME/ed.pem" -m src &&
		refused 1 signature-missing git intoto record stop -n edit \
			-k "$HOME/other.pem" -p src &&
		git intoto record stop -n edit -k "$HOME/ed.pem" -p src &&
		refused 128 - git intoto record stop -n edit -k "$HOME/ed.pem" -p src &&
		rm edit.*.link
	)
'

test_expect_success 'two people, each with a key, work in one folder' '
	(
		cd work &&
		git intoto record start -n edit -k "$HOME/ed.pem" -m src &&
		git intoto record start -n edit -k "$HOME/other.pem" -m src &&
		git intoto record start -n edit.more -k "$HOME/ed.pem" &&
		git intoto record stop -n edit -k "$HOME/other.pem" &&
		git intoto record stop -n edit.more -k "$HOME/ed.pem" &&
		git intoto record stop -n edit -k "$HOME/ed.pem" &&
		ls edit.*.link >list && test $(wc -l <list) = 3 &&
		rm edit.*.link list
	)
'

test_expect_success 'an unfinished link that was changed is refused' '
	(
		cd work &&
		git intoto record start -n edit -k "$HOME/ed.pem" -m src &&
		file=$(ls .edit.*.link-unfinished) &&
		cp "$file" saved &&
		sed "s/one.c/two.c/" saved >"$file" &&
		refused 1 signature-bad git intoto record stop -n edit \
			-k "$HOME/ed.pem" -p src &&
		sed "s/\"name\": \"edit\"/\"name\": \"ship\"/" saved >"$file" &&
		refused 1 signature-bad git intoto record stop -n edit \
			-k "$HOME/ed.pem" -p src &&
		mv saved ".ship.${file#.edit.}" && rm "$file" &&
		refused 128 - git intoto record stop -n ship -k "$HOME/ed.pem" -p src &&
		grep "is no link of step .ship." err &&
		rm .ship.*.link-unfinished &&
		echo "{}" >"$file" &&
		refused 128 - git intoto record stop -n edit -k "$HOME/ed.pem" &&
		! ls edit.*.link && rm "$file"
	)
'

test_expect_success 'a finished link is no unfinished one' '
	(
		cd work &&
		git intoto run -n edit -k "$HOME/ed.pem" -m src -p src -x &&
		link=$(ls edit.*.link) &&
		mv "$link" ".$link-unfinished" &&
		refused 128 - git intoto record stop -n edit -k "$HOME/ed.pem" -p . &&
		grep "is a finished link" err &&
		rm ".$link-unfinished"
	)
'

test_expect_success 'started under two keyids: one of them must go' '
	(
		cd work &&
		git intoto record start -n edit -k "$HOME/ed.pem" -m src &&
		cp .edit.*.link-unfinished .edit.0123abcd.link-unfinished &&
		refused 128 - git intoto record stop -n edit -k "$HOME/ed.pem" &&
		grep "started twice" err &&
		rm .edit.*
	)
'

test_expect_success '-d, DSSE, OpenPGP, what is hashed and how' '
	(
		cd work &&
		git intoto record start -n edit -k "$HOME/ed.pem" -m src --dsse \
			-d links &&
		ls links/.edit.*.link-unfinished &&
		git intoto record stop -n edit -k "$HOME/ed.pem" -p . \
			--base-path src --exclude "*.h" -d links &&
		grep payloadType links/edit.*.link &&
		rm links/edit.*.link &&
		git intoto record start -n edit --gpg=mona@example.com -m src \
			--lstrip-paths src/ &&
		git intoto record stop -n edit -k gpg:mona@example.com -p src &&
		test "$(in_link edit.*.link "list(j[\"materials\"])")" = "[${SQ}one.c$SQ]" &&
		git intoto sign --verify -f edit.*.link -k gpg:mona@example.com &&
		rm edit.*.link
	)
'

test_expect_success 'wrong command lines' '
	(
		cd work &&
		refused 129 - git intoto record &&
		refused 129 - git intoto record begin &&
		refused 129 - git intoto record start -k "$HOME/ed.pem" &&
		refused 129 - git intoto record start -n edit -k "$HOME/ed.pem" word &&
		refused 129 - git intoto record start -n edit --tag v1.0 &&
		refused 129 - git intoto record stop -n edit -d links --tag v1.0 &&
		refused 128 - git intoto record start -n a/b -k "$HOME/ed.pem" &&
		! ls .edit.*
	)
'

test_expect_success 'stop --commit and --tag: into the notes' '
	init_project project &&
	(
		cd project &&
		git intoto layout add-step --by "$HOME/tess.pub" release review &&
		git intoto layout add-step --by "$HOME/tess.pub" release scan &&
		git intoto layout sign --yes release &&
		git intoto record start -n review -k "$HOME/tess" -m README &&
		git intoto record stop -n review -k "$HOME/tess" -p README \
			--commit HEAD --command "less README" >out &&
		grep "^  commit $(git rev-parse HEAD | cut -c1-7)$" out &&
		! ls .review.* review.*.link &&
		git intoto tag -m v1.0 v1.0 &&
		git intoto build -p "dist/*" -- make dist &&
		git intoto record start -n scan -k "$HOME/tess" -m README &&
		git intoto record stop -n scan -k "$HOME/tess" --tag v1.0 &&
		git intoto verify v1.0 dist/*
	)
'

test_expect_success 'what is refused leaves the unfinished link' '
	(
		cd project &&
		git intoto record start -n scan -m README &&
		refused 1 key-not-authorised git intoto record stop -n scan --tag v1.0 &&
		git intoto record start -n scan -k "$HOME/tess" -m README &&
		refused 1 link-contradicts git intoto record stop -n scan \
			-k "$HOME/tess" -p README --tag v1.0 &&
		ls .scan.*.link-unfinished >left && test $(wc -l <left) = 2
	)
'

test_done
