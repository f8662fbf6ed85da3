#!/usr/bin/python3
"""Compares answers with the schemas of an OpenAPI description: types, required and unknown members, enums.

usage: check_answers.py ANSWERS OPENAPI

ANSWERS is a JSON object: name of a schema → an answer of it. Prints a line for each difference and exits 1 when
there is any. Needs PyYAML (Debian: python3-yaml).
"""

import json
import sys

import yaml

TYPES = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "null": type(None),
}


def differences(document, schema, value, place):
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        schema = document["components"]["schemas"][name]
    wanted = schema.get("type", [])
    wanted = wanted if isinstance(wanted, list) else [wanted]
    if wanted and not any(isinstance(value, TYPES[one]) for one in wanted):
        yield f"{place}: {value!r} is no {' or '.join(wanted)}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{place}: {value!r} is none of {schema['enum']}"
    if isinstance(value, dict) and "properties" in schema:
        for name in schema.get("required", []):
            if name not in value:
                yield f"{place}: {name} is missing"
        for name, member in value.items():
            if name not in schema["properties"]:
                yield f"{place}: {name} is not described"
            else:
                yield from differences(document, schema["properties"][name], member, f"{place}.{name}")
    if isinstance(value, list) and "items" in schema:
        for number, member in enumerate(value):
            yield from differences(document, schema["items"], member, f"{place}[{number}]")


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        answers = json.load(file)
    with open(sys.argv[2], encoding="utf-8") as file:
        document = yaml.safe_load(file)
    found = []
    for name, answer in answers.items():
        found += differences(document, {"$ref": f"#/components/schemas/{name}"}, answer, name)
    print("\n".join(found))
    return 1 if found or not answers else 0


if __name__ == "__main__":
    sys.exit(main())
