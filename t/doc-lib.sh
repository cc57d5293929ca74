# doc-lib.sh: run the examples of the documentation, and hold what they print
# against what the page shows.
#
# A page marks what is run with [source,shell]. In such a block a line `$ ...`
# is a command, `> ...` goes on with it, and all else is what the command
# prints, stdout and stderr together. Object ids, keys, dates and the like may
# differ. A line `...` stands for any lines, ` ...` at a line's end for the rest
# of that line. A command that fails has to be followed by `$ echo $?`. A command
# that was printed before, but for the ids in it, is run as it was printed.
# shellcheck shell=sh

# doc_split FILE DIR: the commands as DIR/<n>.command, what they print as
# DIR/<n>.expected.
doc_split() {
	mkdir -p "$2" &&
	awk -v dir="$2" '
		/^\[source,shell\]$/ { marked = 1; next }
		marked && /^----$/ {
			inside = !inside
			marked = inside
			next
		}
		!inside { next }
		/^\$ / {
			n++
			command = dir "/" n ".command"
			expected = dir "/" n ".expected"
			printf "%s\n", substr($0, 3) >command
			printf "" >expected
			next
		}
		/^> / && command { printf "%s\n", substr($0, 3) >command; next }
		n { printf "%s\n", $0 >expected }
		END { print n + 0 >(dir "/count") }
	' "$1"
}

# What is another one in every run.
doc_normalise() {
	sed -E -e "s#$HOME#/home/mona#g" \
		-e 's/SHA256:[A-Za-z0-9+/]{43}/SHA256:KEY/g' \
		-e 's#AAAA[A-Za-z0-9+/=.]+#KEY#g' \
		-e 's/\b[0-9a-f]{7,128}\b/ID/g' \
		-e 's/\b[0-9a-f]{4}\.\./ID../g' \
		-e 's#\blinks/[0-9a-f]{2}\b#links/XX#g' \
		-e 's/20[0-9]{2}-[0-9]{2}-[0-9]{2}(T[0-9:]{8}Z)?/DATE/g' \
		-e 's/in [0-9]+ days/in N days/g' \
		-e 's/[[:space:]]+$//'
}

# doc_same EXPECTED ACTUAL
doc_same() {
	doc_normalise <"$1" >"$1.n" &&
	doc_normalise <"$2" >"$2.n" &&
	awk '
		function same(want, got) {
			if (want ~ / \.\.\.$/) {
				want = substr(want, 1, length(want) - 3)
				return substr(got, 1, length(want)) == want
			}
			return want == got
		}
		FNR == NR { want[++n] = $0; next }
		{ got[++m] = $0 }
		END {
			j = 1
			for (i = 1; i <= n; i++) {
				if (want[i] != "...") {
					if (j > m || !same(want[i], got[j]))
						exit 1
					j++
				} else if (i == n) {
					j = m + 1
				} else {
					while (j <= m && !same(want[i + 1], got[j]))
						j++
				}
			}
			exit j <= m
		}
	' "$1.n" "$2.n"
}

# doc_printed COMMAND: the command as it was printed before, else as it is.
doc_printed() {
	printf '%s\n' "$1" | doc_normalise >"$doc_dir/wanted" &&
	sed 's/^ *//' "$doc_dir/said" >"$doc_dir/lines" &&
	doc_normalise <"$doc_dir/lines" >"$doc_dir/lines.n" &&
	doc_line=$(awk -v wanted="$doc_dir/wanted" '
		BEGIN {
			getline want <wanted
			several = getline more <wanted
		}
		FNR == NR { normal[FNR] = $0; next }
		!several && normal[FNR] == want { line = $0 }
		END { print line }
	' "$doc_dir/lines.n" "$doc_dir/lines") &&
	printf '%s\n' "${doc_line:-$1}"
}

# doc_run FILE: all its commands in turn, here, in this shell.
doc_run() {
	doc_dir=$(mktemp -d "$TMPDIR/doc.XXXXXX") &&
	doc_split "$1" "$doc_dir" &&
	doc_n=$(cat "$doc_dir/count") &&
	test "$doc_n" -gt 0 || {
		echo "$1: no example"
		return 1
	}
	: >"$doc_dir/said"
	doc_status=0
	doc_i=0
	while test $doc_i -lt "$doc_n"; do
		doc_i=$((doc_i + 1))
		doc_command=$(cat "$doc_dir/$doc_i.command")
		if test $doc_status != 0 && test "$doc_command" != 'echo $?'; then
			echo "$1: the command before '$doc_command' failed"
			return 1
		fi
		doc_command=$(doc_printed "$doc_command")
		(exit $doc_status)
		eval "$doc_command" >"$doc_dir/$doc_i.out" 2>&1 </dev/null
		doc_status=$?
		cat "$doc_dir/$doc_i.out" >>"$doc_dir/said"
		doc_same "$doc_dir/$doc_i.expected" "$doc_dir/$doc_i.out" || {
			echo "$1: '$doc_command' printed"
			diff -u "$doc_dir/$doc_i.expected" "$doc_dir/$doc_i.out"
			return 1
		}
	done
	return $doc_status
}

# What each page starts from.

# doc_home NAME: a HOME of its own, without a blank in its path, as people have.
doc_home() {
	cp -r "$HOME" "$intoto_private/$1" &&
	HOME=$intoto_private/$1 &&
	export HOME
}

# doc_person: a key, and git told to sign with it.
doc_person() {
	mkdir -p "$HOME/.ssh" &&
	ssh-keygen -q -t ed25519 -N "" -C mona@example.com \
		-f "$HOME/.ssh/id_ed25519" &&
	git config --global gpg.format ssh &&
	git config --global user.signingKey "$HOME/.ssh/id_ed25519.pub"
}

# doc_project: ~/hello, with the remote ~/hello.git.
doc_project() {
	git init -q --bare "$HOME/hello.git" &&
	git init -q "$HOME/hello" &&
	cd "$HOME/hello" &&
	echo 'echo hello, world' >hello.sh &&
	echo 'dist/' >.gitignore &&
	printf 'dist:\n\tmkdir -p dist\n\ttar -cf dist/hello-1.0.tar hello.sh\n' \
		>Makefile &&
	git add . &&
	git commit -q -m 'the first version' &&
	git remote add origin "$HOME/hello.git" &&
	git push -q origin main
}

doc_initialised() {
	doc_project && git intoto init --yes >/dev/null
}

doc_tagged() {
	doc_initialised && git intoto tag -m v1.0 v1.0 >/dev/null
}

doc_built() {
	doc_tagged &&
	git intoto build -p 'dist/*' -- make dist >/dev/null 2>&1
}

doc_published() {
	doc_built &&
	git push -q --atomic origin refs/notes/in-toto/layouts/release \
		"refs/notes/in-toto/links/$(git rev-parse v1.0 | tail -c 3)" \
		refs/tags/v1.0
}

# doc_make TARGET [VARIABLE=VALUE]...: make in the source tree, with the build
# of the program under test; one at a time.
doc_make() {
	doc_build=$(dirname "$intoto_program")
	test -f "$doc_build/libintoto.a" || doc_build=$intoto_private/build
	mkdir -p "$doc_build" &&
	flock "$doc_build" make -C "$intoto_top" BUILD="$doc_build" "$@" \
		>doc-make.log 2>&1 || {
		cat doc-make.log
		return 1
	}
}
