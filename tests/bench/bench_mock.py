"""The start of the mock, alone, ten at a time and with many residents, and how soon it forgets."""

import contextlib
import json
import os
import subprocess
import time
import urllib.request

from measure import Bench, alternately, median, median_ratio
from peers import Failure, Mock, Process, free_port, post, run

STARTS = 7


def milliseconds_since(start):
    return (time.monotonic() - start) * 1000


def start_of_mock(context, folder, residents=3):
    """From the start of the program to its first line."""
    start = time.monotonic()
    with Mock(context.jpki, folder, residents=residents):
        return milliseconds_since(start)


def ready(context):
    folder = context.folder("mock")
    times = [start_of_mock(context, folder) for _ in range(STARTS)]
    return median(times), f"jpki mock --residents 3, from its start to its first line; {min(times):.0f} to {max(times):.0f} ms"


class Responder:
    """openssl ocsp with a key, a certificate and an index that are there already."""

    def __init__(self, context, folder):
        self.folder = folder
        with Mock(context.jpki, folder) as mock:
            self.question = context.load.request(mock.ca, mock.serial)
            self.certificate, self.key = (os.path.join(folder, "start-" + name) for name in ("ca.pem", "ca.key"))
            run(["openssl", "x509", "-in", mock.ca, "-inform", "DER", "-out", self.certificate])
            with open(mock.facts["ca"]["sign"]["key"], encoding="ascii") as key, open(self.key, "w", encoding="ascii") as copy:
                copy.write(key.read())
            digits = f"{mock.serial:X}"
        self.index = os.path.join(folder, "start-index.txt")
        with open(self.index, "w", encoding="utf-8") as file:
            file.write(f"V\t491231235959Z\t\t{digits.zfill(len(digits) + len(digits) % 2)}\tunknown\t/CN=bench\n")

    def start(self):
        """From the start of the program to its first answer."""
        port, begin = free_port(), time.monotonic()
        with Process(
            ["openssl", "ocsp", "-port", f"{port}", "-index", self.index, "-CA", self.certificate, "-rsigner", self.certificate]
            + ["-rkey", self.key, "-nmin", "60", "-ignore_err"], self.folder, stdout=subprocess.DEVNULL):
            while time.monotonic() < begin + 10:
                with contextlib.suppress(OSError):
                    post(port, "/", self.question)
                    return milliseconds_since(begin)
                time.sleep(0.001)
        raise Failure("openssl ocsp does not answer; see log.txt (bench.py --keep)")


def ready_vs_openssl(context):
    folder = context.folder("mock-openssl")
    responder = Responder(context, folder)
    ours, theirs = alternately(STARTS, lambda: start_of_mock(context, folder), responder.start)
    return median_ratio(ours, theirs), (
        f"jpki mock with keys, CAs, three residents and their certificates made on the way: {median(ours):.0f} ms to its first "
        f"line; openssl ocsp on a prepared index, key and certificate: {median(theirs):.0f} ms to its first answer"
    )


def many_residents(context):
    folder = context.folder("mock-many")
    times = [start_of_mock(context, folder, residents=1000) for _ in range(3)]
    return median(times) / 1000, f"jpki mock --residents 1000, from its start to its first line; {min(times):.0f} to {max(times):.0f} ms"


def ten_at_once(context):
    folder, times = context.folder("mock-ten"), []
    for _ in range(context.rounds):
        start = time.monotonic()
        running = [
            subprocess.Popen([context.jpki, "mock", "--port", "0", "--quiet"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                             env={**os.environ, "TMPDIR": folder}, text=True)
            for _ in range(10)
        ]
        try:
            if not all(mock.stdout.readline() for mock in running):
                raise Failure("one of ten mocks printed nothing")
            times.append(milliseconds_since(start))
        finally:
            # A closed standard input ends a mock.
            for mock in running:
                mock.communicate(timeout=30)
    return median(times), f"ten of jpki mock started together, to the first line of the last; {min(times):.0f} to {max(times):.0f} ms"


def forgetting(context):
    def ask(url, body):
        request = urllib.request.Request(url, data=json.dumps(body).encode(), headers={"Content-Type": "application/json"})
        start = time.monotonic()
        with urllib.request.urlopen(request, timeout=20) as answer:
            answer.read()
        return milliseconds_since(start)

    with Mock(context.jpki, context.folder("mock-reset")) as mock:
        control = mock.facts["control"]
        snapshots, resets = [], []
        for number in range(20):
            snapshots.append(ask(control + "/mock/snapshot", {"name": f"s{number}"}))
            resets.append(ask(control + "/mock/reset", {}))
    return max(median(snapshots), median(resets)), (
        f"the greater of POST /mock/snapshot, {median(snapshots):.1f} ms, and POST /mock/reset, {median(resets):.1f} ms; the "
        f"medians of 20 each, with three residents"
    )


BENCHES = {
    "mock_ready_ms": Bench(ready, "ms", ""),
    "mock_ready_vs_openssl_ocsp": Bench(ready_vs_openssl, "times, less is better", "openssl ocsp"),
    "mock_1000_residents_seconds": Bench(many_residents, "s", ""),
    "mock_ten_at_once_ms": Bench(ten_at_once, "ms", ""),
    "mock_reset_ms": Bench(forgetting, "ms", ""),
}
