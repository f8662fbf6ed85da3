#!/usr/bin/python3
"""Holds what a command printed with --json to docs/schema/commands.yaml.

usage: jpki COMMAND --json | hold.py DOCS COMMAND

For commands that commands.py cannot run with success; the tests that can hold them here (tests/interop/lib.sh,
`described`). DOCS is the folder of the documents.
"""

import json
import re
import sys
from pathlib import Path

import yaml

from description import Description, faults

# What waits for a second person is answered by the request instead of by what the command does.
WAITING = "WaitingRequest"


class CommandSchemas:
    """docs/schema/commands.yaml, with what it takes from docs/openapi.yaml and docs/openapi-mock.yaml."""

    def __init__(self, openapi, schema):
        self._description = Description(openapi)
        with open(schema, encoding="utf-8") as file:
            document = references_within(yaml.safe_load(file))
        self._description.document["commands"] = document
        with open(Path(openapi).with_name("openapi-mock.yaml"), encoding="utf-8") as file:
            self._description.document["mock"] = within_mock(yaml.safe_load(file))
        whole = self._description.resolve(document)
        self.commands, self.shared = whole["properties"], whole["$defs"]

    def faults(self, command, value):
        """What is wrong in the value that the command printed; one without a schema is never wrong."""
        waits = isinstance(value, dict) and "request" in value and not command.startswith("requests ")
        return faults(self.shared[WAITING] if waits else self.commands.get(command, True), value)


def references_within(schema):
    """The schema with its references as they are when it lies in the description as `commands`."""
    if isinstance(schema, dict):
        return {key: re.sub(r"^#", "#/commands", value).replace("../openapi.yaml#", "#").replace("../openapi-mock.yaml#", "#/mock")
                if key == "$ref" else references_within(value) for key, value in schema.items()}
    if isinstance(schema, list):
        return [references_within(value) for value in schema]
    return schema


def within_mock(document):
    """The description of the mock's control with its references as they are when it lies in the other as `mock`."""
    if isinstance(document, dict):
        return {key: re.sub(r"^#", "#/mock", value) if key == "$ref" else within_mock(value) for key, value in document.items()}
    if isinstance(document, list):
        return [within_mock(value) for value in document]
    return document


def main():
    docs, command = Path(sys.argv[1]), sys.argv[2]
    schemas = CommandSchemas(docs / "openapi.yaml", docs / "schema" / "commands.yaml")
    if command not in schemas.commands:
        found = ["docs/schema/commands.yaml does not describe it"]
    else:
        found = schemas.faults(command, json.load(sys.stdin))
    for fault in found:
        print(f"jpki {command} --json: {fault}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
