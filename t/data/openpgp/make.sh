#!/bin/sh
# Make the OpenPGP test data anew, in this folder, with a throw-away gpg home.
# The unit tests know no fingerprint by heart: they read what is here.
set -e
here=$(cd "$(dirname "$0")" && pwd)
GNUPGHOME=$(mktemp -d /tmp/git-intoto-gpg-XXXXXX)
export GNUPGHOME
trap 'gpgconf --kill all; rm -rf "$GNUPGHOME"' EXIT

gpg_at() {
	when=$1
	shift
	gpg --quiet --batch --pinentry-mode loopback --passphrase '' \
		--faked-system-time "$when" "$@"
}

fingerprint() {
	gpg --with-colons --list-keys "$1" | awk -F: '$1 == "fpr" { print $10; exit }'
}

export_key() {
	gpg --export "$1" >"$here/$2.gpg"
}

# An Ed25519 primary with a signing subkey that ends sooner; one revoked.
gpg_at 20240101T000000 --quick-generate-key "Ed <ed@example.org>" ed25519 cert,sign 10y
ed=$(fingerprint ed@example.org)
gpg_at 20240102T000000 --quick-add-key "$ed" ed25519 sign 1y
export_key "$ed" ed25519
printf 'data' | gpg_at 20240103T000000 --digest-algo SHA256 --detach-sign >"$here/ed25519.sig"
printf 'data' | gpg_at 20240103T000000 -u "$ed!" --digest-algo SHA512 --detach-sign >"$here/ed25519-primary.sig"

# The same, its subkey renewed, both bindings there.
gpg_at 20240601T000000 --quick-set-expire "$ed" 5y '*'
gpg --export "$ed" >"$here/ed25519-renewed.gpg"

# RSA with an Ed25519 subkey to sign and an RSA one to encrypt.
gpg_at 20240101T000000 --quick-generate-key "Mixed <mixed@example.org>" rsa2048 cert,sign never
mixed=$(fingerprint mixed@example.org)
gpg_at 20240102T000000 --quick-add-key "$mixed" ed25519 sign never
gpg_at 20240103T000000 --quick-add-key "$mixed" rsa2048 encr never
export_key "$mixed" mixed
printf 'data' | gpg_at 20240104T000000 -u "$mixed" --digest-algo SHA256 --detach-sign >"$here/mixed-subkey.sig"
for hash in SHA1 SHA256 SHA384 SHA512; do
	printf 'data' | gpg_at 20240104T000000 -u "$mixed!" --digest-algo $hash --detach-sign \
		>"$here/rsa-$hash.sig"
done
printf 'data' | gpg_at 20240104T000000 -u "$mixed!" --digest-algo SHA256 --textmode --detach-sign >"$here/rsa-text.sig"
printf 'data' | gpg_at 20240104T000000 -u "$mixed!" --digest-algo SHA256 --default-sig-expire 30 --detach-sign >"$here/rsa-expires.sig"
printf 'data' | gpg_at 20240104T000000 -u "$mixed!" --digest-algo SHA512 --armor --detach-sign >"$here/rsa-SHA512.asc"

# A revoked signing subkey beside a good one.
gpg_at 20240101T000000 --quick-generate-key "Revoked <revoked@example.org>" ed25519 cert,sign never
revoked=$(fingerprint revoked@example.org)
gpg_at 20240102T000000 --quick-add-key "$revoked" ed25519 sign never
printf 'key 1\nrevkey\ny\n0\n\ny\nsave\n' |
	gpg --quiet --command-fd 0 --no-tty --pinentry-mode loopback --passphrase '' \
		--faked-system-time 20240103T000000 --edit-key "$revoked" >/dev/null 2>&1
export_key "$revoked" revoked-subkey
gpg --quiet --batch --import "$GNUPGHOME/openpgp-revocs.d/$revoked.rev" 2>/dev/null ||
	sed 's/^:---/---/' "$GNUPGHOME/openpgp-revocs.d/$revoked.rev" | gpg --quiet --batch --import
export_key "$revoked" revoked
