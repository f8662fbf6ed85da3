#!/usr/bin/python3
"""Runs every command with --json and holds what it prints to docs/schema/commands.yaml.

usage: commands.py PROGRAM OPENAPI SCHEMA WORK [--dump FILE]

Which commands there are is known from their help. A command without an entry in the
schema, or without a step here, is a fault, and so is an entry without a command. --dump writes what each step printed.
"""

import argparse
import json
import os
import re
import subprocess
import sys
from pathlib import Path

from description import faults
from hold import CommandSchemas
from served import after_a_restore, two_persons
from service import Service, openssl

SOURCE = Path(__file__).parents[3]
# Commands that print no JSON: a text for a shell or a pager.
TEXTS = {"completion", "man"}
RESIDENT = ["--name", "模擬　太郎", "--birth", "1980-02-17", "--sex", "male", "--municipality", "132217", "--address",
            "東京都清瀬市模擬町１番", "--card-expires", "2035-02-17"]


class Commands:
    def __init__(self, program, service, work):
        self.program, self.service, self.work = program, service, Path(work)
        self.socket = ["--socket", service.mock["admin"]]
        self.data = str(Path(service.mock["admin"]).parent)
        self.failed = []
        self.seen = {}  # command -> the values it printed
        self.names = self.command_names()

    def command_names(self, *words):
        """Every command that does something, as the help lists them: it has no commands below it, or runs without them."""
        help_text = subprocess.run([self.program, *words, "--help"], capture_output=True, check=True).stdout.decode()
        below = re.search(r"^Subcommands:\n((?:  .*\n)+)", help_text, re.MULTILINE)
        if not below:
            return {" ".join(words)}
        names = re.findall(r"^  (\S+)", below[1], re.MULTILINE)
        own = {" ".join(words)} if "[SUBCOMMAND]" in help_text else set()
        return own.union(*(self.command_names(*words, name) for name in names))

    def name_of(self, arguments):
        return max((name for name in self.names if arguments[:len(name.split())] == name.split()), key=len)

    def run(self, *arguments, codes=(0,), socket=True, env=None):
        """Runs one command; gives the JSON that it prints."""
        line = [self.program, *arguments, "--json"] + (self.socket if socket else [])
        done = subprocess.run(line, capture_output=True, stdin=subprocess.DEVNULL, check=False,
                              env={**os.environ, **(env or {})})
        name = self.name_of(list(arguments))
        if done.returncode not in codes:
            self.failed.append(f"jpki {' '.join(arguments)}: exit {done.returncode}: {done.stderr.decode()[:300]}")
            return {}
        try:
            value = json.loads(done.stdout)
        except ValueError:
            self.failed.append(f"jpki {' '.join(arguments)}: prints no JSON: {done.stdout.decode()[:200]}")
            return {}
        self.seen.setdefault(name, []).append(value)
        return value

    def file(self, name, content):
        path = self.work / name
        if isinstance(content, str):
            content = content.encode()
        path.write_bytes(content)
        return str(path)


def residents(jpki):
    resident = jpki.run("resident", "add", *RESIDENT)["id"]
    jpki.run("resident", "show", resident)
    jpki.run("resident", "list", "--municipality", "132217", "--name", "模擬", "--state", "resident")
    jpki.run("resident", "guardianship", resident, "--end")
    jpki.run("resident", "find", "--name", "模擬　太郎", "--birth", "1980-02-17")
    csv = "name,birth,sex,municipality,address\n架空　花子,1990-05-05,female,132217,東京都清瀬市模擬町２番\n,x,,,\n"
    jpki.run("resident", "import", jpki.file("residents.csv", csv), codes=(1,))
    card = str(jpki.work / "card")
    jpki.run("cert", "issue", resident, "--generate-keys", "--out", card)
    jpki.run("cert", "issue", "--all", "--key-pool", os.environ["JPKI_KEY_POOL"])
    serial = jpki.run("cert", "list", resident)["certificates"][0]["serial"]
    jpki.run("cert", "show", "sign", serial)
    jpki.run("cert", "export", "sign", serial, "--out", card + ".cer")
    jpki.run("event", "address-change", resident, "--address", "東京都清瀬市元町一丁目２番", "--dry-run")
    jpki.run("event", "move-out", resident, "--planned", "2099-01-01")
    jpki.run("event", "hold", resident)
    jpki.run("event", "ca-key-compromise", "--ca", "sign-1", "--dry-run")
    feed = f"event,resident,event_id\ndeath,{resident},f-1\nno-event,{resident},f-2\n"
    jpki.run("events", "import", jpki.file("feed.csv", feed), "--dry-run", codes=(1,))
    jpki.run("resident", "history", resident)
    jpki.run("consent", "withdraw", resident, "--verifier", "1")
    jpki.run("consent", "list", resident)


def verifiers(jpki):
    new = jpki.run("verifier", "add", "Example Bank", "--class", "authentication", "--class", "specific-authentication",
                   "--private")["id"]
    jpki.run("verifier", "notify", new)
    own = openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "/dev/null", "-subj", "/CN=Example CA",
                  "-addext", "keyUsage=critical,keyCertSign")
    jpki.run("verifier", "agree", new, "--network", "192.0.2.0/24", "--signature", "--tls", "--ca", jpki.file("ca.pem", own))
    jpki.run("verifier", "certify", new)
    jpki.run("verifier", "approve", new, "--plan", "at counters", "--equipment", "readers")
    jpki.run("verifier", "minor-change", new, "--equipment", "newer readers")
    jpki.run("verifier", "refuse-signer", new, "0x1234")
    jpki.run("verifier", "show", new)
    jpki.run("verifier", "list")
    out = str(jpki.work / "bank.p12")
    serial = jpki.run("verifier", "credential", "issue", new, "--for", "pinless", "--out", out)["serial"]
    jpki.run("verifier", "credential", "list", new)
    jpki.run("verifier", "credential", "revoke", new, serial)
    jpki.run("verifier", "credential", "erased", new, serial)
    jpki.run("verifier", "report")
    jpki.run("verifier", "report", "--year", "2026")
    jpki.run("verifier", "report", "--act66", "1")
    for step in ("suspend", "resume", "cancel-approval", "cancel"):
        jpki.run("verifier", step, new)
    jpki.run("verifier", "end-approval", "1")


def publication(jpki):
    mock = jpki.service.mock
    first, second = mock["residents"][:2]
    jpki.run("event", "hold", first["id"])
    jpki.run("event", "death", second["id"])
    jpki.run("crl", "publish", "--delta")
    jpki.run("crl", "list", "--current")
    jpki.run("crl", "check", "--current")
    status, _, crl = jpki.service.ask("http://127.0.0.1:8080", "GET", "/crl/auth-1/full.crl")
    assert status == 200
    jpki.run("crl", "show", jpki.file("full.crl", crl), socket=False)
    held = ["--cert", first["auth"]["cer"], "--url", mock["ca"]["auth"]["ocsp"]]
    for arguments, code, wanted in ((["--cert", mock["residents"][2]["sign"]["cer"], "--url", mock["ca"]["sign"]["ocsp"]], 0, "good"),
                                    (held, 10, "held"),
                                    (["--cert", second["sign"]["cer"], "--url", mock["ca"]["sign"]["ocsp"]], 10, "revoked"),
                                    (["--serial", "999999999", "--ca", "sign", "--url", mock["ca"]["sign"]["ocsp"]], 11, "unknown")):
        answer = jpki.run("ocsp", "query", *arguments, socket=False, codes=(code,))
        if answer.get("status") != wanted or answer["certificates"][0]["status"] != wanted:
            jpki.failed.append(f"jpki ocsp query {' '.join(arguments)}: the status is not {wanted}")
    # An answer by another CA's responder proves nothing, so nothing of it may be taken for a status.
    other = ["--cert", first["sign"]["cer"], "--url", mock["ca"]["auth"]["ocsp"]]
    answer = jpki.run("ocsp", "query", *other, "--issuer", mock["ca"]["sign"]["cer"], socket=False, codes=(12, 13))
    if answer.get("status") is not None or answer.get("certificates"):
        jpki.failed.append("jpki ocsp query: an answer that does not verify has a status")


def administration(jpki):
    jpki.run("rules", socket=False)
    jpki.run("rules", "--markdown", socket=False)
    jpki.run("municipality", "list", socket=False)
    jpki.run("municipality", "find", "kiyose", socket=False)
    jpki.run("sweep", "--dry-run")
    jpki.run("check", codes=(0, 1))
    jpki.run("ready", "--url", jpki.service.mock["ops"], socket=False)
    jpki.run("retention")
    jpki.run("ca", "list")
    jpki.run("clock", "show")
    jpki.run("stats")
    jpki.run("stats", "--tables", "regions")
    jpki.run("keys", "rotate")
    jpki.run("keys", "rotation")
    jpki.run("audit", "show")
    jpki.run("audit", "export", "--out", str(jpki.work / "audit.jsonl"))
    jpki.run("audit", "verify")
    jpki.run("roles")
    jpki.run("view", "key", "--out", str(jpki.work / "edge-1.pem"), "--data", str(jpki.work / "edge-1"), socket=False)
    jpki.run("view", "add", "edge-1", "--public-key", str(jpki.work / "edge-1.pem"))
    jpki.run("view", "list")
    jpki.run("view", "remove", "edge-1")
    jpki.run("operator", "add", "kei", "--role", "auditor", "--out", str(jpki.work / "kei.p12"))
    jpki.run("operator", "credential", "issue", "kei", "--out", str(jpki.work / "kei-2.p12"))
    serial = jpki.run("operator", "show", "kei")["credentials"][0]["serial"]
    jpki.run("operator", "credential", "revoke", "kei", serial)
    jpki.run("operator", "disable", "kei")
    jpki.run("operator", "enable", "kei")
    jpki.run("operator", "list")
    jpki.run("requests", "list")


def mock_control(jpki):
    """The mock's own commands, last of all: a reset forgets what was done."""
    def run(*arguments):
        return jpki.run(*arguments, "--control", jpki.service.mock["control"], socket=False)

    resident = jpki.service.mock["residents"][0]["id"]
    run("mock", "show")
    run("card", resident)
    fault = run("mock", "faults", "--add", "try-later", "--path", "/ocsp/auth", "--count", "3")
    run("mock", "faults")
    run("mock", "faults", "--clear", fault["id"])
    run("mock", "requests", "--last", "5")
    run("mock", "requests", "--clear")
    run("mock", "snapshot", "here")
    run("mock", "snapshot")
    run("mock", "clock")
    run("mock", "clock", "--advance", "P1D")
    run("mock", "publish")
    run("mock", "reset", "here")


def errors(jpki, problem):
    for arguments in (["resident", "show", "10000000006", "--socket", "/nowhere"], ["resident", "show", "1", *jpki.socket],
                      ["event", "death", "99999999999", *jpki.socket], ["event", "no-event", "10000000006", *jpki.socket], ["nothing"]):
        done = subprocess.run([jpki.program, *arguments, "--json"], capture_output=True, stdin=subprocess.DEVNULL, check=False)
        lines = done.stderr.decode().splitlines()
        if done.stdout or done.returncode == 0 or len(lines) != 1:
            jpki.failed.append(f"jpki {' '.join(arguments)} --json: is no error of one line")
            continue
        jpki.failed += [f"jpki {' '.join(arguments)} --json: {fault}" for fault in faults(problem, json.loads(lines[0]))]


def an_authority_of_its_own(jpki):
    """What needs a folder that nothing serves."""
    data = ["--data", str(jpki.work / "own")]
    jpki.run("init", *data, "--no-passphrase", "--public-url", "http://127.0.0.1:8080", socket=False)
    jpki.run("serve", "--check", *data, socket=False)
    jpki.run("migrate", *data, socket=False)
    jpki.run("ca", "roll", "sign", *data, socket=False)
    backup = str(jpki.work / "own.tar")
    jpki.run("backup", backup, *data, socket=False)
    jpki.run("restore", backup, *data, "--dry-run", "--without-high-water", socket=False)
    jpki.run("keys", "show", *data, socket=False)
    jpki.run("check", "--store", *data, socket=False)
    passphrase = jpki.work / "passphrase"
    passphrase.write_text("correct horse\n", encoding="utf-8")
    passphrase.chmod(0o600)
    jpki.run("keys", "protect", "--new-passphrase-file", str(passphrase), *data, socket=False)


    staffed = ["--data", str(jpki.work / "staffed")]
    jpki.run("init", *staffed, "--no-passphrase", "--public-url", "http://127.0.0.1:8080", "--officer", "akiko", "--supervisor",
             "saburo", socket=False)
    jpki.run("operator", "recover", "akiko", "--out", str(jpki.work / "akiko.p12"), *staffed, socket=False)


# Commands whose success needs what a test of this length cannot make, and the test that holds them to their schema.
UNREACHED = {
    "clock accept": "tests/interop/clock_test.sh",
    "clock repair": "tests/interop/clock_test.sh",
    "cluster export": "tests/cluster/leave_test.sh",
    "cluster forget": "tests/cluster/leave_test.sh",
    "cluster init": "tests/cluster/leave_test.sh",
    "cluster join": "tests/cluster/machines.sh",
    "cluster status": "tests/cluster/leave_test.sh",
    "cluster trim": "tests/cluster/leave_test.sh",
    "view join": "tests/cluster/views.sh",
    "view snapshot": "tests/cluster/views.sh",
}


def main():
    parser = argparse.ArgumentParser()
    for name in ("program", "openapi", "schema", "work"):
        parser.add_argument(name)
    parser.add_argument("--dump")
    options = parser.parse_args()
    schemas = CommandSchemas(options.openapi, options.schema)
    service = Service(options.program, options.work)
    jpki = Commands(options.program, service, options.work)
    try:
        jpki.seen["mock"] = [service.mock]
        for part in (residents, verifiers, publication, administration, an_authority_of_its_own, two_persons, after_a_restore,
                     mock_control):
            part(jpki)
        errors(jpki, schemas.shared["Problem"])
    finally:
        service.stop()
    if options.dump:
        Path(options.dump).write_text(json.dumps(jpki.seen, ensure_ascii=False, indent=1), encoding="utf-8")
    failed = jpki.failed
    for name in sorted(jpki.names - TEXTS - schemas.commands.keys()):
        failed.append(f"jpki {name}: docs/schema/commands.yaml does not describe it")
    for name in sorted(schemas.commands.keys() - jpki.names):
        failed.append(f"docs/schema/commands.yaml describes {name}, which is no command")
    for name in sorted(jpki.names - TEXTS - jpki.seen.keys() - UNREACHED.keys()):
        failed.append(f"jpki {name}: was not run with success: add a step to tests/extra/openapi/commands.py")
    for name, test in UNREACHED.items():
        if f"described '{name}'" not in (SOURCE / test).read_text(encoding="utf-8"):
            failed.append(f"jpki {name}: {test} does not hold it to its schema")
    for name, values in jpki.seen.items():
        for value in values:
            failed += [f"jpki {name} --json: {fault}" for fault in schemas.faults(name, value)]
    print("\n".join(dict.fromkeys(failed)))
    print(f"{len(jpki.seen)} commands, {len(failed)} faults")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
