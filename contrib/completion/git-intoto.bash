# Completion of `git intoto` for bash. git's own completion calls _git_intoto
# and finds this file as bash-completion/completions/git-intoto; else source it.
# What there is to complete is asked of the program.
# shellcheck shell=bash disable=SC2154

# The commands of `git intoto [COMMAND]`.
__git_intoto_commands() {
	git intoto "$@" -h 2>/dev/null |
		sed -n 's/^  \([a-z][a-z-]*\) .*/\1/p'
}

# The long options of `git intoto COMMAND [COMMAND]`.
__git_intoto_options() {
	git intoto "$@" -h 2>/dev/null |
		sed -n 's/^  \(-., \)\{0,1\}\(--[a-z][a-z-]*\).*/\2/p'
}

__git_intoto_layouts() {
	git for-each-ref --format='%(refname:lstrip=4)' \
		refs/notes/in-toto/layouts 2>/dev/null
}

# What may stand here as an operand; without a word, the shell offers files.
__git_intoto_operands() {
	case "$1 ${2-}" in
	"build "* | "export "* | "log "* | "revoke "* | "seal "* | "show "* | \
	"tag "* | "verify "*)
		git tag --list 2>/dev/null ;;
	"layout list" | "layout new")
		;;
	"layout sub")
		git tag --list 2>/dev/null ;;
	"layout "*)
		__git_intoto_layouts ;;
	"record-tree "*)
		git for-each-ref --format='%(refname:short)' \
			refs/heads refs/tags 2>/dev/null ;;
	"fetch " | "push ")
		git remote 2>/dev/null
		git tag --list 2>/dev/null ;;
	"check ")
		echo pre-receive update pre-push ;;
	esac
}

# __git_intoto WORD...: the words between `intoto` and the one to complete.
__git_intoto() {
	local word list
	local -a path=()

	for word; do
		case $word in
		--)
			return ;;
		-*)
			;;
		*)
			if test ${#path[@]} -lt 2; then
				path+=("$word")
			fi ;;
		esac
	done
	case ${path[0]-} in
	'')
		list=$(__git_intoto_commands) ;;
	key | layout | trust | hooks | record)
		if test ${#path[@]} -lt 2; then
			list=$(__git_intoto_commands "${path[0]}")
		fi ;;
	*)
		path=("${path[0]}") ;;
	esac
	case $cur in
	-*)
		list=$(__git_intoto_options "${path[@]}") ;;
	*)
		if test -z "${list-}"; then
			list=$(__git_intoto_operands "${path[@]}")
		fi ;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$list" -- "$cur")
	if test ${#COMPREPLY[@]} = 0; then
		compopt -o default -o bashdefault 2>/dev/null
	fi
}

# git's completion has put the line into `words`, `cword` and `cur`.
_git_intoto() {
	local i

	for ((i = 1; i < cword; i++)); do
		if test "${words[i]}" = intoto; then
			__git_intoto "${words[@]:i+1:cword-i-1}"
			return
		fi
	done
}

_git_intoto_alone() {
	local cur=${COMP_WORDS[COMP_CWORD]}

	__git_intoto "${COMP_WORDS[@]:1:COMP_CWORD-1}"
}
complete -F _git_intoto_alone git-intoto
