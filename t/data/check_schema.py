#!/usr/bin/env python3
"""Hold a JSON document against a schema: check_schema.py SCHEMA <DOCUMENT.

Knows the words of JSON Schema that our own schemas use, and refuses others."""
import json
import re
import sys

TYPES = {"object": dict, "array": list, "string": str, "null": type(None),
         "boolean": bool, "integer": int}
NOTES = {"$schema", "$defs", "title", "description"}


def is_type(value, name):
    if name == "integer" and isinstance(value, bool):
        return False
    return isinstance(value, TYPES[name])


def unique(pairs):
    names = [name for name, _ in pairs]
    if len(names) != len(set(names)):
        raise ValueError("a member stands there twice: %s" % names)
    return dict(pairs)


class Schema:
    def __init__(self, root):
        self.root = root

    def resolve(self, reference):
        found = self.root
        for part in reference.removeprefix("#/").split("/"):
            found = found[part]
        return found

    def check(self, value, schema, path="$"):
        """Every complaint, as a list of lines."""
        out = []
        for word, wanted in schema.items():
            if word in NOTES or word in ("then", "else"):
                continue
            out += getattr(self, "word_" + word.strip("$"))(
                value, wanted, path, schema)
        return out

    def word_ref(self, value, wanted, path, _):
        return self.check(value, self.resolve(wanted), path)

    def word_type(self, value, wanted, path, _):
        names = wanted if isinstance(wanted, list) else [wanted]
        if any(is_type(value, name) for name in names):
            return []
        return ["%s: is no %s" % (path, " or ".join(names))]

    def word_const(self, value, wanted, path, _):
        return [] if value == wanted else ["%s: is not %r" % (path, wanted)]

    def word_enum(self, value, wanted, path, _):
        return [] if value in wanted else ["%s: none of %r" % (path, wanted)]

    def word_pattern(self, value, wanted, path, _):
        if not isinstance(value, str) or re.search(wanted, value):
            return []
        return ["%s: '%s' is not like %s" % (path, value, wanted)]

    def word_minLength(self, value, wanted, path, _):
        if not isinstance(value, str) or len(value) >= wanted:
            return []
        return ["%s: is too short" % path]

    def word_minimum(self, value, wanted, path, _):
        if not isinstance(value, int) or value >= wanted:
            return []
        return ["%s: is below %d" % (path, wanted)]

    def word_minItems(self, value, wanted, path, _):
        if not isinstance(value, list) or len(value) >= wanted:
            return []
        return ["%s: has too few items" % path]

    def word_maxItems(self, value, wanted, path, _):
        if not isinstance(value, list) or len(value) <= wanted:
            return []
        return ["%s: has too many items" % path]

    def word_required(self, value, wanted, path, _):
        if not isinstance(value, dict):
            return []
        return ["%s: has no '%s'" % (path, name)
                for name in wanted if name not in value]

    def word_properties(self, value, wanted, path, _):
        out = []
        for name, schema in wanted.items():
            if isinstance(value, dict) and name in value:
                out += self.check(value[name], schema, path + "." + name)
        return out

    def word_additionalProperties(self, value, wanted, path, schema):
        if wanted is not False:
            raise NotImplementedError("additionalProperties: " + str(wanted))
        known = schema.get("properties", {})
        return ["%s: has '%s'" % (path, name)
                for name in (value if isinstance(value, dict) else {})
                if name not in known]

    def word_items(self, value, wanted, path, _):
        out = []
        for i, item in enumerate(value if isinstance(value, list) else []):
            out += self.check(item, wanted, "%s[%d]" % (path, i))
        return out

    def word_oneOf(self, value, wanted, path, _):
        tried = [self.check(value, schema, path) for schema in wanted]
        if sum(not complaints for complaints in tried) == 1:
            return []
        return ["%s: not exactly one of %d forms" % (path, len(wanted))] + [
            "  " + line for complaints in tried for line in complaints]

    def word_if(self, value, wanted, path, schema):
        holds = not self.check(value, wanted, path)
        return self.check(value, schema.get("then" if holds else "else", {}),
                          path)


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        schema = json.load(file)
    document = json.loads(sys.stdin.read(), object_pairs_hook=unique)
    complaints = Schema(schema).check(document, schema)
    print("\n".join(complaints) or "conforms")
    return 1 if complaints else 0


sys.exit(main())
