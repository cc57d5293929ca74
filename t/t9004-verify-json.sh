#!/bin/sh
test_description='verify --json, against its published schema'
# shellcheck source=t/test-lib.sh
. ./test-lib.sh
# shellcheck source=t/doc-lib.sh
. "$intoto_top/t/doc-lib.sh"

schema=$intoto_top/Documentation/technical/verify.schema.json

conforms() {
	python3 "$intoto_top/t/data/check_schema.py" "$schema"
}

# says STATUS VERDICT CODE ARGUMENT...: `verify --json` with that exit status
# and verdict, a reason of that code (`-`: none, `null`: one without a code),
# and the schema holds. The document is left in `json`.
says() {
	says_status=$1 says_verdict=$2 says_code=$3
	shift 3
	test_expect_code "$says_status" git intoto verify --json "$@" \
		>json 2>err &&
	conforms <json &&
	python3 -c '
import json, sys
verdict, code = sys.argv[1:]
document = json.load(open("json"))
codes = [str(reason["code"]) for reason in document["reasons"]]
codes = [code.replace("None", "null") for code in codes]
assert document["verdict"] == verdict, document["verdict"]
assert code in codes if code != "-" else not codes, codes
' "$says_verdict" "$says_code" || {
		cat json err
		return 1
	}
}

test_expect_success 'set-up' '
	doc_person &&
	doc_built &&
	cp dist/hello-1.0.tar good &&
	git intoto export v1.0 "$HOME/proof" >/dev/null
'

test_expect_success 'accepted: a tag, files, a time, a layout file' '
	says 0 accepted - v1.0 &&
	says 0 accepted - v1.0 dist/hello-1.0.tar &&
	grep "\"product\": \"dist/hello-1.0.tar\"" json &&
	says 0 accepted - --as dist/hello-1.0.tar v1.0 good &&
	says 0 accepted - --at 1d v1.0 &&
	grep "\"at\": \"20" json &&
	says 0 accepted - --key "$HOME/.ssh/id_ed25519.pub" v1.0 &&
	says 0 accepted - --layout "$HOME/proof/root.layout" \
		--key "$HOME/.ssh/id_ed25519.pub" --link-dir "$HOME/proof" &&
	grep "\"layoutFile\"" json &&
	! grep "\"ref\"" json
'

test_expect_success 'rejected: files' '
	echo more >>dist/hello-1.0.tar &&
	says 1 rejected file-changed v1.0 dist/hello-1.0.tar &&
	grep "\"expected\": \"sha256 " json &&
	says 1 rejected file-renamed v1.0 good &&
	says 1 rejected file-unknown v1.0 Makefile &&
	cp good dist/hello-1.0.tar
'

test_expect_success 'rejected: tags' '
	git tag light &&
	says 1 rejected tag-lightweight light &&
	test "$(json "(j[\"tag\"], j[\"commit\"])" <json)" = \
		"($SQ$SQ, $SQ$(git rev-parse light)$SQ)" &&
	git tag -a -m x unsigned &&
	says 1 rejected tag-unsigned unsigned &&
	git tag -s -m x unlinked &&
	says 1 rejected tag-unlinked unlinked &&
	git tag -s -m x nested v1.0 2>/dev/null &&
	says 1 rejected tag-nested nested &&
	git update-ref refs/tags/renamed refs/tags/v1.0 &&
	says 1 rejected tag-renamed renamed &&
	git intoto tag -m v1.1 v1.1 >/dev/null &&
	says 1 rejected link-missing v1.1
'

test_expect_success 'accepted by a seal: which version, and by whom' '
	git intoto seal v1.0 >/dev/null &&
	git intoto layout add-key release "$HOME/.ssh/id_ed25519.pub" \
		--step tag >/dev/null &&
	ssh-keygen -q -t ed25519 -N "" -C other -f "$HOME/other" &&
	git intoto layout add-key release "$HOME/other.pub" --step build \
		--threshold 2 >/dev/null &&
	git intoto layout sign release >/dev/null &&
	says 0 accepted - v1.0 &&
	test "$(json "j[\"layouts\"][0][\"sealed\"][\"version\"]" <json)" = 1 &&
	git intoto layout set release --threshold build=1 >/dev/null &&
	git intoto layout sign release >/dev/null &&
	says 0 accepted - v1.0 &&
	test "$(json "j[\"layouts\"][0][\"sealed\"]" <json)" = None
'

test_expect_success 'rejected: the layout' '
	says 1 rejected layout-expired --at 2y v1.0 &&
	ssh-keygen -q -t ed25519 -N "" -C eve -f "$HOME/eve" &&
	says 1 rejected layout-threshold --key "$HOME/eve.pub" v1.0
'

test_expect_success 'names that no JSON can hold are escaped' '
	name=$(printf "b\\377d\\ttar") &&
	cp good "$name" &&
	says 1 rejected file-renamed v1.0 "$name"
'

test_expect_success 'unknown: could not tell' '
	says 128 unknown null v9 &&
	says 128 unknown null v1.0 no-such-file &&
	says 128 unknown null --layout other v1.0 &&
	git clone -q . ../clone &&
	cd ../clone &&
	says 128 unknown null v1.0 &&
	grep "git intoto trust add" json
'

test_expect_success 'the schema refuses what is no such document' '
	cd "$HOME/hello" &&
	git intoto verify --json v1.0 dist/hello-1.0.tar >json &&
	conforms <json &&
	for edit in \
		"del d[\"verdict\"]" \
		"d[\"verdict\"] = \"rejected\"" \
		"d[\"verdict\"] = \"fine\"" \
		"d[\"extra\"] = 1" \
		"d[\"tag\"] = d[\"tag\"].upper()" \
		"d[\"tag\"] = None" \
		"d[\"layoutFile\"] = \"x\"" \
		"del d[\"layouts\"][0][\"digest\"]" \
		"d[\"layouts\"][0][\"steps\"][0][\"threshold\"] = 0" \
		"d[\"layouts\"][0][\"holds\"] = 1" \
		"d[\"files\"][0][\"sha256\"] = \"00\"" \
		"d[\"warnings\"] = [1]" \
		"d[\"reasons\"] = [{\"code\": \"a-b\"}]"
	do
		python3 -c "
import json
d = json.load(open(\"json\"))
$edit
json.dump(d, open(\"edited\", \"w\"))" &&
		test_must_fail conforms <edited >/dev/null || {
			echo "not refused: $edit"
			return 1
		}
	done &&
	sed "s/\"verdict\": .*/&\n&/" json >edited &&
	test_must_fail conforms <edited 2>/dev/null
'

test_done
