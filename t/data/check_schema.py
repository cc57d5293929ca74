"""Does the JSON on stdin keep to a schema? The part of JSON Schema that
verify.schema.json uses, and no more; anything else in it is an error."""
import json
import re
import sys

TYPES = {
    "object": dict, "array": list, "string": str, "integer": int,
    "boolean": bool, "null": type(None),
}
KNOWN = {"$schema", "$defs", "$ref", "title", "type", "enum", "format",
         "pattern", "required", "properties", "additionalProperties", "items"}


def is_type(value, name):
    if name == "integer" and isinstance(value, bool):
        return False
    return isinstance(value, TYPES[name])


def check(value, schema, root, where):
    unknown = set(schema) - KNOWN
    assert not unknown, f"{where}: schema words {unknown}"
    if "$ref" in schema:
        target = root
        for part in schema["$ref"].split("/")[1:]:
            target = target[part]
        return check(value, target, root, where)
    if "enum" in schema:
        assert value in schema["enum"], f"{where}: {value!r}"
    if "type" in schema:
        types = schema["type"]
        types = types if isinstance(types, list) else [types]
        assert any(is_type(value, t) for t in types), f"{where}: {value!r}"
    if "pattern" in schema and isinstance(value, str):
        assert re.search(schema["pattern"], value), f"{where}: {value!r}"
    if isinstance(value, dict):
        for name in schema.get("required", []):
            assert name in value, f"{where}.{name} is missing"
        for name, member in value.items():
            assert name in schema["properties"], f"{where}.{name}"
            check(member, schema["properties"][name], root, f"{where}.{name}")
    if isinstance(value, list):
        for i, item in enumerate(value):
            check(item, schema["items"], root, f"{where}[{i}]")
    return None


with open(sys.argv[1], encoding="utf-8") as file:
    the_schema = json.load(file)
check(json.load(sys.stdin), the_schema, the_schema, "$")
