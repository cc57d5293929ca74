#!/bin/sh
test_description='verification needs no gpg, no ssh-keygen, no agent, no keyring'
# shellcheck source=t/test-lib.sh
. ./test-lib.sh

# What git itself needs, and git-intoto; stand-ins for all that could help.
make_path() {
	mkdir ../path ../empty &&
	for tool in git sh env; do
		ln -s "$(command -v $tool)" ../path || return 1
	done &&
	ln -s "$intoto_program" ../path/git-intoto &&
	for tool in gpg gpg2 gpgsm gpgconf gpg-agent gpg-connect-agent \
		ssh-keygen ssh-agent ssh-add ssh pinentry openssl python3; do
		printf "#!/bin/sh\necho %s >>\"%s\"\nexit 1\n" $tool \
			"$PWD/../called" >../path/$tool &&
		chmod +x ../path/$tool || return 1
	done
}

# bare COMMAND...: with nothing but that.
bare() {
	env -i PATH="$PWD/../path" HOME="$PWD/../empty" \
		${ASAN_OPTIONS:+"ASAN_OPTIONS=$ASAN_OPTIONS"} "$@"
}

# round NAME KEY: a project whose tags git signs as it is set up to, and whose
# links KEY signs; a user verifies what a clone brings, and refuses what was
# changed.
round() {
	init_project "../$1" --key "$2" &&
	(
		cd "../$1" &&
		git intoto tag --key "$2" -m v1.0 v1.0 &&
		git intoto build --key "$2" -p "dist/*" -- make dist \
			>/dev/null &&
		git intoto key export "$2" >"../$1.json"
	) &&
	git clone -q "../$1" "../$1.user" 2>/dev/null &&
	(
		cd "../$1.user" &&
		git fetch -q origin \
			"refs/notes/in-toto/*:refs/in-toto-remotes/origin/*" &&
		bare git intoto trust add --no-fetch "../$1.json" &&
		bare git intoto verify v1.0 "../$1/dist/main.txt" >out 2>err &&
		grep "^accepted: 1 file" out &&
		test_must_be_empty err &&
		echo evil >main.txt &&
		test_expect_code 1 bare git intoto verify --as dist/main.txt \
			v1.0 main.txt 2>err &&
		grep "\[file-changed\]" err &&
		git cat-file tag v1.0 | sed "s/^v1.0\$/v1.0!/" |
			git hash-object -t tag -w --stdin >id &&
		git update-ref refs/tags/v1.0 "$(cat id)" &&
		test_expect_code 1 bare git intoto verify v1.0 2>err &&
		grep "\[signature-bad\]" err
	) || return 1
	test ! -f ../called || {
		cat ../called
		return 1
	}
}

test_expect_success 'set-up: keys of every kind' '
	for type in ed25519 ecdsa rsa; do
		make_ssh_key ssh-$type $type &&
		make_pem_key pem-$type $type || return 1
	done &&
	make_gpg_key ed@example.com ed25519 &&
	make_gpg_key rsa@example.com rsa2048 &&
	mkdir here &&
	cd here &&
	make_path &&
	sign_with_ssh ssh-ed25519
'

for type in ed25519 ecdsa rsa; do
	test_expect_success "SSH: $type for tag and links" "
		sign_with_ssh ssh-$type &&
		round ssh-$type \"\$HOME/ssh-$type.pub\"
	"
done

for type in ed25519 ecdsa rsa; do
	test_expect_success "PEM: $type for links" "
		sign_with_ssh ssh-ed25519 &&
		round pem-$type \"\$HOME/pem-$type.pem\"
	"
done

for type in ed rsa; do
	test_expect_success "OpenPGP: $type for tag and links" "
		sign_with_gpg $type@example.com &&
		round gpg-$type gpg:$type@example.com
	"
done

test_expect_success 'OpenPGP with a signing subkey' '
	gpg --batch --quiet --pinentry-mode loopback --passphrase "" \
		--quick-generate-key "Key <sub@example.com>" rsa2048 cert never \
		2>/dev/null &&
	gpg --batch --quiet --pinentry-mode loopback --passphrase "" \
		--quick-add-key "$(gpg_fingerprint sub@example.com)" rsa2048 \
		sign never &&
	sign_with_gpg sub@example.com &&
	round gpg-sub gpg:sub@example.com
'

test_expect_success 'looking needs no tools either' '
	cd ../gpg-ed &&
	for command in "show v1.0" "log" "layout show release" "trust list" \
		"layout lint release" "verify --json v1.0" \
		"export v1.0 ../exported" "key show ../gpg-ed.json"; do
		bare git intoto $command >out || return 1
	done &&
	! test -e ../called
'

test_expect_success 'a HOME that is not there, or unset' '
	bare env HOME=/nonexistent git intoto verify v1.0 &&
	bare env -u HOME git intoto verify v1.0 &&
	! test -e ../called
'

test_done
