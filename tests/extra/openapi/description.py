"""docs/openapi.yaml as the walk needs it: every operation, with the schemas of what it takes and of what it answers.

Answers are judged more strictly than OpenAPI does: a member that the description does not name is a fault, although a
schema without additionalProperties lets it pass, since a client generated from the description cannot see it.
"""

import dataclasses
import datetime
import re

import jsonschema
import yaml

METHODS = ("get", "post", "put", "patch", "delete")

formats = jsonschema.FormatChecker(formats=())


@formats.checks("date", raises=ValueError)
def is_date(text):
    return not isinstance(text, str) or bool(datetime.date.fromisoformat(text))


@formats.checks("date-time", raises=ValueError)
def is_moment(text):
    return not isinstance(text, str) or bool(
        re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", text))


@dataclasses.dataclass
class Operation:
    """One method of one path, its parameters and schemas without references."""

    name: str
    method: str
    path: str
    server: str
    parameters: list
    body: dict  # media type -> media type object
    body_required: bool
    responses: dict  # status, "4XX" or "5XX" -> response object

    def response(self, status):
        """The description of the answer with this status, or None."""
        return self.responses.get(str(status)) or self.responses.get(f"{status // 100}XX")

    def expand(self, values):
        """The path with the parameters' values in it, as they are to be sent."""
        return re.sub(r"\{(\w+)\}", lambda match: values[match[1]], self.path)


class Description:
    def __init__(self, file):
        with open(file, encoding="utf-8") as stream:
            self.document = yaml.safe_load(stream)
        self.operations = {}
        for path, item in self.document["paths"].items():
            for method in METHODS:
                if method in item:
                    self._add(path, item, method)

    def _add(self, path, item, method):
        row = self.resolve(item[method])
        shared = self.resolve(item.get("parameters", []))
        servers = row.get("servers") or item.get("servers") or self.document["servers"]
        body = row.get("requestBody", {})
        operation = Operation(row["operationId"], method.upper(), path, servers[0]["url"], shared + row.get("parameters", []),
                              body.get("content", {}), body.get("required", False),
                              {str(status): answer for status, answer in row["responses"].items()})
        if operation.name in self.operations:
            raise ValueError(f"two operations are called {operation.name}")
        self.operations[operation.name] = operation

    def resolve(self, value, depth=0):
        """The value with every $ref replaced by what it names; members beside a $ref are kept."""
        if depth > 60:
            raise ValueError("a schema contains itself: this test cannot resolve it")
        if isinstance(value, list):
            return [self.resolve(member, depth + 1) for member in value]
        if not isinstance(value, dict):
            return value
        value = dict(value)
        if isinstance(value.get("$ref"), str):
            target = self.document
            for part in value.pop("$ref").removeprefix("#/").split("/"):
                target = target[part.replace("~1", "/").replace("~0", "~")]
            value = {**target, **value}
            return self.resolve(value, depth + 1)
        return {key: self.resolve(member, depth + 1) for key, member in value.items()}


def closed(schema, is_part=False):
    """The schema that refuses members which it does not name. A part of an allOf leaves that to the whole."""
    if not isinstance(schema, dict):
        return schema
    schema = dict(schema)
    for word in ("anyOf", "oneOf"):
        if word in schema:
            schema[word] = [closed(branch, is_part) for branch in schema[word]]
    if "allOf" in schema:
        schema["allOf"] = [closed(part, True) for part in schema["allOf"]]
    if "properties" in schema:
        schema["properties"] = {name: closed(member) for name, member in schema["properties"].items()}
    for word in ("items", "additionalProperties"):
        if isinstance(schema.get(word), dict):
            schema[word] = closed(schema[word])
    if not is_part and ("properties" in schema or "allOf" in schema) and "additionalProperties" not in schema:
        schema["unevaluatedProperties"] = False
    return schema


def faults(schema, value):
    """Why the value is not what the schema says; empty when it is."""
    validator = jsonschema.Draft202012Validator(closed(schema), format_checker=formats)
    return [f"{error.json_path}: {deepest(error).message[:400]}" for error in validator.iter_errors(value)]


def deepest(error):
    """Of the branches of an anyOf or oneOf the complaint that lies deepest: that of the branch that was meant."""
    while error.context:
        error = max(error.context, key=lambda one: len(one.absolute_path))
    return error
