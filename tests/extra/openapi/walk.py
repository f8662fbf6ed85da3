#!/usr/bin/python3
"""Walks every operation of docs/openapi.yaml against a mock and holds each answer to its schema.

usage: walk.py PROGRAM OPENAPI WORK [--seed N] [--requests N] [--examples FILE]

First a story of requests that must succeed, then generated requests for every operation, right and broken ones
(--requests of each, 12 without it). An answer's status, Content-Type and body must be described; a member that is not
described is a fault, and so is 5xx, but for 503 that says when to ask again. --examples writes the story's first JSON answer of each operation and status, from which
the examples of the description are taken. Needs Debian's python3-yaml and python3-jsonschema.
"""

import argparse
import json
import random
import sys
import urllib.parse

from description import Description, faults
from generate import Generator
from service import Service
from story import UNREACHED, story

# The story's requests go by these; the generator tries them, too.
KNOWN = {
    "municipality": ["132217", "141003", "011011"],
    "code": ["132217"],
    "ca": ["sign", "auth", "sign-1", "auth-1"],
    "issuer": ["sign-1", "auth-1", "sign"],
    "file": ["full.crl", "delta.crl", "arl.crl"],
    "verifier": ["1", "2"],
    "serial": ["100000001", "100000002", "0x1"],
    "point": ["132217", "all"],
}


class Walk:
    def __init__(self, description, service, seed):
        self.description = description
        self.service = service
        residents = [one["id"] for one in service.mock["residents"]]
        self.generator = Generator(random.Random(seed), {**KNOWN, "resident": residents})
        self.residents = residents
        self.faults = []
        self.seen = {}  # operation -> statuses
        self.examples = {}

    def fault(self, request, what):
        self.faults.append(f"{request}: {what}")

    def send(self, operation, values, body):
        """Sends one request, judges the answer, gives its status and body (parsed where it is JSON)."""
        query, headers, path_values = [], {}, {}
        for parameter in operation.parameters:
            name, value = parameter["name"], values.get(parameter["name"])
            if parameter["in"] == "path":
                path_values[name] = urllib.parse.quote(value or "-", safe="")
            elif value is None:
                continue
            elif parameter["in"] == "query":
                query.append((name, value))
            else:
                headers[name] = value
        target = operation.expand(path_values) + ("?" + urllib.parse.urlencode(query) if query else "")
        if body is not None:
            headers["Content-Type"] = "application/json"
            if isinstance(body, bytes):
                headers["Content-Type"] = next(iter(operation.body), "application/octet-stream")
            else:
                body = json.dumps(body).encode()
        status, answer_headers, content = self.service.ask(operation.server, operation.method, target, body, headers)
        request = f"{operation.method} {target[:120]}" + (f" {body[:300].decode(errors='replace')}" if body and body[:1] == b"{" else "")
        self.seen.setdefault(operation.name, set()).add(status)
        return status, self.judge(request, operation, status, answer_headers, content)

    def judge(self, request, operation, status, headers, content):
        described = operation.response(status)
        if described is None:
            self.fault(request, f"answers {status}, which is not described: {content[:300]!r}")
            return None
        # Too busy is an answer, by which the client knows when to come back.
        if status >= 500 and not (status == 503 and "retry-after" in headers):
            self.fault(request, f"answers {status}: {content[:300]!r}")
        media = headers.get("content-type", "").split(";")[0]
        types = described.get("content", {})
        if not types:
            if content:
                self.fault(request, f"answers {status} with a body, which is not described")
            return None
        if media not in types:
            self.fault(request, f"answers {status} as '{media}', described is {', '.join(types)}")
            return None
        if not media.endswith("json"):
            return content
        value = json.loads(content)
        for fault in faults(types[media]["schema"], value):
            self.fault(request, f"answers {status}, {fault}")
        return value

    def tell_story(self):
        steps = story(self.service)
        answer = None
        while True:
            try:
                name, values, body = steps.send(answer)
            except StopIteration:
                return
            status, answer = self.send(self.description.operations[name], values, body)
            if status >= 300:
                raise SystemExit(f"{name} {values} {body if not isinstance(body, bytes) else ''}: answers {status}: {answer}")
            if isinstance(answer, dict):
                self.examples.setdefault(f"{name} {status}", answer)

    def generated(self, operation, number):
        """One request from the schemas: most are right in form, every third body has a fault."""
        values = {}
        for parameter in operation.parameters:
            if parameter["in"] != "path" and self.generator.random.random() < 0.6:
                continue
            name = parameter["name"]
            if name == "id" and "/residents/" in operation.path:
                name = "resident"
            elif name == "id":
                name = "verifier"
            value = self.generator.value(parameter["schema"], name)
            text = "true" if value is True else "false" if value is False else str(value)
            if parameter["in"] == "header":
                text = text.encode("ascii", "replace").decode()
            values[parameter["name"]] = text or "x"
        body = None
        if "application/json" in operation.body and (operation.body_required or number % 4):
            body = self.generator.value(operation.body["application/json"]["schema"])
            if number % 3 == 2:
                body = self.generator.broken(body)
        elif operation.body:
            body = self.generator.random.randbytes(self.generator.random.choice([0, 1, 100]))
        self.send(operation, values, body)

    def check_other_paths(self):
        """What is no operation: a problem object all the same, with the members that clients read."""
        problem = self.description.resolve(self.description.document["components"]["schemas"]["Problem"])
        admin = self.description.operations["listResidents"].server
        for method, target, wanted in (("GET", "/v1/nothing", 404), ("GET", "/v1", 404), ("POST", "/v1/verifiers/1/nothing", 404),
                                       ("DELETE", "/v1/residents", 405), ("PATCH", "/v1/events", 405)):
            status, headers, content = self.service.ask(admin, method, target)
            if status != wanted or headers.get("content-type") != "application/problem+json":
                self.fault(f"{method} {target}", f"answers {status} {headers.get('content-type')}, not a problem of {wanted}")
                continue
            for fault in faults(problem, json.loads(content)):
                self.fault(f"{method} {target}", f"answers {status}, {fault}")

    def check_examples(self):
        """Whoever reads an operation finds JSON that it takes and gives, and that is what its schema says."""
        for operation in self.description.operations.values():
            bodies = {"request": operation.body, **{status: answer.get("content", {})
                                                    for status, answer in operation.responses.items()}}
            for name, content in bodies.items():
                for media, described in content.items():
                    if not media.endswith("json"):
                        continue
                    examples = [one["value"] for one in described.get("examples", {}).values()]
                    examples += [described["example"]] if "example" in described else []
                    if not examples:
                        self.fault(operation.name, f"{name}: no example")
                    for example in examples:
                        for fault in faults(described["schema"], example):
                            self.fault(operation.name, f"{name}, example: {fault}")

    def check_reached(self):
        for name in self.description.operations:
            reached = any(status < 300 for status in self.seen.get(name, ()))
            if not reached and name not in UNREACHED:
                self.fault(name, "no request succeeded: add one to tests/extra/openapi/story.py")
            if reached and name in UNREACHED:
                self.fault(name, "succeeds: take it out of UNREACHED")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("openapi")
    parser.add_argument("work")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--requests", type=int, default=12)
    parser.add_argument("--examples")
    options = parser.parse_args()
    service = Service(options.program, options.work)
    walk = Walk(Description(options.openapi), service, options.seed)
    try:
        walk.tell_story()
        if options.examples:
            with open(options.examples, "w", encoding="utf-8") as file:
                json.dump(walk.examples, file, ensure_ascii=False, indent=1)
        # Those by client certificate first: a request may revoke the credential that is used here.
        operations = walk.description.operations.values()
        for operation in sorted(operations, key=lambda one: not one.server.startswith("https:")):
            for number in range(options.requests):
                walk.generated(operation, number)
        walk.check_other_paths()
    finally:
        code = service.stop()
    walk.check_reached()
    walk.check_examples()
    if code != 0:
        walk.fault("mock", f"ended with {code}")
    print("\n".join(dict.fromkeys(walk.faults)))
    print(f"{len(walk.seen)} operations, {len(walk.faults)} faults, seed {options.seed}")
    return 1 if walk.faults else 0


if __name__ == "__main__":
    sys.exit(main())
