#!/bin/sh
test_description='completion for bash, by what the program says of itself'
# shellcheck source=t/test-lib.sh
. ./test-lib.sh
# shellcheck source=t/doc-lib.sh
. "$intoto_top/t/doc-lib.sh"

# completes WORD...: the answers for the last word, one a line, as git's own
# completion asks for them.
completes() {
	bash -c '
		. "$1" && shift &&
		words=(git intoto "$@") &&
		cword=$((${#words[@]} - 1)) &&
		cur=${words[cword]} &&
		_git_intoto &&
		printf "%s\n" "${COMPREPLY[@]}"
	' bash "$intoto_top/contrib/completion/git-intoto.bash" "$@" | sort
}

# offers EXPECTED WORD...: exactly these, between blanks.
offers() {
	printf "%s\n" $1 | sort >expected &&
	shift &&
	completes "$@" >actual &&
	test_cmp expected actual
}

test_expect_success 'set-up' '
	doc_person &&
	doc_built
'

test_expect_success 'commands: every row of -h, and no more' '
	git intoto -h | sed -n "s/^  \([a-z-]*\) .*/\1/p" | sort >expected &&
	completes "" >actual &&
	test_cmp expected actual &&
	grep -x record-tree actual &&
	offers "tag trust" t &&
	offers verify ver
'

test_expect_success 'commands of a command' '
	offers "export generate id layout list show" key "" &&
	offers "install run status uninstall" hooks "" &&
	offers "start stop" record "" &&
	offers "--byproduct" record stop --by &&
	completes layout "" >actual &&
	grep -x add-key actual &&
	grep -x renew actual
'

test_expect_success 'options: every long one of -h' '
	git intoto build -h | sed -n "s/^  \(-., \)\{0,1\}\(--[a-z-]*\).*/\2/p" |
		sort >expected &&
	completes build -- >actual &&
	test_cmp expected actual &&
	grep -x -e --allow-filters actual &&
	offers "--inspect --inspection-timeout" verify --insp &&
	offers "--no-fetch" trust add --no &&
	offers "--threshold" layout add-key --thr
'

test_expect_success 'operands: tags, layouts' '
	offers v1.0 verify v &&
	offers v1.0 verify --json v1 &&
	offers release layout show re &&
	offers "pre-push pre-receive" check pre
'

test_expect_success 'after the command of a build comes none of ours' '
	completes build -p "dist/*" -- ma >actual &&
	printf "\n" >expected &&
	test_cmp expected actual
'

test_expect_success 'git-intoto by itself is completed as well' '
	bash -c "
		. \"\$1\" &&
		COMP_WORDS=(git-intoto ver) COMP_CWORD=1 &&
		_git_intoto_alone &&
		test \"\${COMPREPLY[*]}\" = verify
	" bash "$intoto_top/contrib/completion/git-intoto.bash"
'

test_expect_success 'git'\''s own completion finds it' '
	git_completion=/usr/share/bash-completion/completions/git &&
	test -f "$git_completion" &&
	bash -c "
		. \"\$1\" && . \"\$2\" &&
		COMP_WORDS=(git intoto ver) COMP_CWORD=2 COMP_LINE=\"git intoto ver\" \
			COMP_POINT=14 &&
		__git_wrap__git_main &&
		test \"\${COMPREPLY[*]%% }\" = verify
	" bash "$git_completion" \
		"$intoto_top/contrib/completion/git-intoto.bash"
'

test_done
