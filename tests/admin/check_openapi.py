#!/usr/bin/python3
"""Compares the table of endpoints with docs/openapi.yaml in both directions.

usage: check_openapi.py TABLE OPENAPI [PREFIX …]

TABLE is a JSON array of {"method", "path", "action", "query"}, as tests/admin/endpoints_test.cpp writes it. Prints
one line for each difference and exits 1 when there is any. PREFIX: which paths are compared. Needs PyYAML (Debian: python3-yaml).
"""

import json
import sys

import yaml

METHODS = ("get", "post", "put", "patch", "delete")
PREFIXES = tuple(sys.argv[3:]) or ("/v1/", "/verifier/v1/")


class UniqueLoader(yaml.SafeLoader):
    """Refuses a mapping that has a key twice: the second would replace the first in silence."""


def unique_mapping(loader, node):
    keys = [key.value for key, _ in node.value]
    twice = {key for key in keys if keys.count(key) > 1}
    if twice:
        raise yaml.YAMLError(f"line {node.start_mark.line + 1}: {', '.join(sorted(twice))} occurs twice")
    return yaml.SafeLoader.construct_mapping(loader, node, deep=True)


UniqueLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, unique_mapping)


def cut_texts(value, place):
    """Keys without a value: a comma in a flow mapping that ends a text early makes one. And words such as on,
    which are no texts in YAML 1.1."""
    if isinstance(value, dict):
        for key, member in value.items():
            if not isinstance(key, str):
                yield f"{place}: quote the key that YAML 1.1 reads as {key}"
            # null is a value of its own in an example of an answer.
            if member is None and not place.startswith("/components/examples/"):
                yield f"{place}: '{key}' has no value: quote the text that a comma cuts"
            yield from cut_texts(member, f"{place}/{key}")
    elif isinstance(value, list):
        for number, member in enumerate(value):
            yield from cut_texts(member, f"{place}/{number}")


def resolve(document, value):
    if "$ref" not in value:
        return value
    for part in value["$ref"].removeprefix("#/").split("/"):
        document = document[part]
    return document


def paths_of(document, path, item):
    """The path itself, or one for each word of an enumerated {step}."""
    for parameter in item.get("parameters", []):
        parameter = resolve(document, parameter)
        if parameter["name"] == "step" and parameter["in"] == "path":
            return [path.replace("{step}", word) for word in parameter["schema"]["enum"]]
    return [path]


def documented(document):
    """(method, path) → (action, query parameters) of every operation below the prefixes."""
    operations = {}
    for path, item in document["paths"].items():
        if not path.startswith(PREFIXES):
            continue
        for method in METHODS:
            if method not in item:
                continue
            parameters = [resolve(document, p) for p in item.get("parameters", []) + item[method].get("parameters", [])]
            query = sorted(p["name"] for p in parameters if p["in"] == "query")
            for one in paths_of(document, path, item):
                operations[method, one] = (item[method].get("x-action"), query)
    return operations


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        table = {(row["method"].lower(), row["path"]): (row["action"], sorted(row["query"])) for row in json.load(file)}
    with open(sys.argv[2], encoding="utf-8") as file:
        document = yaml.load(file, UniqueLoader)
    differences = list(cut_texts(document, ""))
    described = documented(document)
    for key in sorted(table.keys() | described.keys()):
        name = f"{key[0].upper()} {key[1]}"
        if key not in described:
            differences.append(f"{name}: served, but not described")
        elif key not in table:
            differences.append(f"{name}: described, but not served")
        elif table[key] != described[key]:
            differences.append(f"{name}: served with {table[key]}, described with {described[key]}")
    print("\n".join(differences))
    return 1 if differences or not table else 0


if __name__ == "__main__":
    sys.exit(main())
