"""The fixture `mock`: one authority for the whole run, as it was at the start for each test."""

import json
import os
import subprocess
import urllib.request

import pytest


class Mock:
    def __init__(self, first_line):
        self.first_line = json.loads(first_line)
        self.ca = self.first_line["ca"]
        self.resident = self.first_line["residents"][0]

    def call(self, method, path, body=None):
        request = urllib.request.Request(self.first_line["control"] + path, method=method, data=json.dumps(body or {}).encode())
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    def event(self, event, **items):
        return self.call("POST", "/mock/events", {"event": event, "resident": self.resident["id"], **items})

    def fault(self, fault, **scope):
        return self.call("POST", "/mock/faults", {"fault": fault, **scope})

    def clock(self, **change):
        return self.call("PUT", "/mock/clock", change)["now"]


@pytest.fixture(scope="session")
def authority():
    # It ends when its standard input is closed, however this process ends.
    with subprocess.Popen([os.environ.get("JPKI", "jpki"), "mock", "--residents", "1"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield Mock(process.stdout.readline())
        process.stdin.close()


@pytest.fixture
def mock(authority):
    yield authority
    authority.call("POST", "/mock/reset")
