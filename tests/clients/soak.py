"""./dev soak --clients: asks every client that is installed about every feature, against running instances, and writes
what came out to tests/clients/results.json and from there into the tables of docs/clients.md and docs/ja/clients.md.

    python3 soak.py PROGRAM [--keep] [NAME …]     all clients, or those whose names contain a NAME (keeps the others)
    python3 soak.py PROGRAM --shell               a shell in the folder that the commands of docs/clients.md assume

A wrong verdict (a revoked certificate accepted by a client that checks) ends it with exit code 1, unless the table of
expectations below says that the client is known for it. So does a client that hangs; then nothing is written.
"""

import argparse
import datetime
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from client import verdict
from documents import run_document
from relay import sent
from servers import Server
from table import CLIENTS, RESULTS, update
from world import SOURCE, World

# Feature: (certificate, what a client should say). Unknown and held ones must not be accepted; "refused" is as right.
OCSP = {
    "good": [("good", "ca", "auth", "good")],
    "revoked": [("revoked", "ca", "auth", "revoked")],
    "held": [("held", "ca", "auth", "revoked")],
    "unknown": [("unknown", "ca", "auth", "revoked")],
    "previous": [("good-1", "ca-1", "auth", "good"), ("revoked-1", "ca-1", "auth", "revoked")],
    "sign": [("sign-good", "sign-ca", "sign", "good"), ("sign-revoked", "sign-ca", "sign", "revoked")],
}
ALL = ("good", "revoked", "held", "good-1", "revoked-1", "held-1")
LISTS = {
    "whole": (["ca"], ["full"], ["good", "revoked", "held"]),
    "point": (["ca"], ["point-full"], ["good", "revoked", "held"]),
    "both": (["ca", "ca-1"], ["full", "full-1"], ALL),
    "delta": (["ca"], ["full", "delta"], ["good", "revoked", "changed", "lifted"]),
}
# Lists of one name and moment but another scope beside the whole one: of CAs, and of another municipality.
BESIDE = (["full", "arl"], ["arl", "full"], ["full", "other-point-full"], ["other-point-full", "full"])
# Whatever is handed over together: one key's delta with another key's complete list.
MIXED = (["full", "delta-1"], ["full-1", "delta"], ["full", "full-1", "delta", "delta-1"], ["point-full", "point-delta-1"])
# After the compromise of the previous generation, with its anchor still there.
COMPROMISED = (["after-full"], ["after-full-1"], ["after-full", "after-full-1"], ["after-point"], ["after-point", "after-point-1"])

# Who accepts what is revoked by a fault of its own, in which features: what docs/clients.md warns of.
KNOWN = {
    "pyhanko-certvalidator": ("unknown",),                # It falls back to the list then.
    "Caddy": ("revoked", "held", "unknown", "previous", "compromise"),  # It checks nothing.
    # These take a delta for a complete list; GnuTLS keeps one list of a name, the newest.
    **dict.fromkeys(("nginx", "Apache httpd", "HAProxy", "stunnel"), ("delta", "mixed")),
    "GnuTLS": ("delta", "mixed", "beside"),
    # These take a list by its issuer's name, whatever its issuingDistributionPoint says.
    **dict.fromkeys(("Go x/crypto/ocsp", "Erlang/OTP public_key", "python3-cryptography", "wolfSSL"), ("beside",)),
}


def judge(cases):
    """One word for a feature, of (wanted, said) pairs: yes, accepts (a revoked one), refuses (a good one)."""
    said = [(wanted, verdict(words)) for wanted, words in cases]
    if any(wanted == "revoked" and got == "good" for wanted, got in said):
        return "accepts"
    if any(wanted == "good" and got != "good" for wanted, got in said):
        return "refuses"
    return "yes"


def judge_delta(said):
    """The same for a base with its delta: {name: words}; what a client does with what stands on the delta alone."""
    got = {name: verdict(words) for name, words in said.items()}
    if got["good"] != "good":
        return "refuses"
    if got["revoked"] == "good":
        return "accepts"
    if got["changed"] == "good":
        return "ignores"
    return "yes" if got["lifted"] == "good" else "adds"


def judge_any(cases):
    """The same where a client may find no list that it takes: what counts is that nothing revoked is accepted and
    nothing good is called revoked."""
    said = [(wanted, verdict(words)) for wanted, words in cases]
    if any(wanted == "revoked" and got == "good" for wanted, got in said):
        return "accepts"
    return "refuses" if any(wanted == "good" and got == "revoked" for wanted, got in said) else "yes"


def wanted(name):
    return "good" if name.startswith("good") else "revoked"


def ask(client):
    """All questions to one client: {"version", "cells", "sends", "said"}."""
    world, cells, said = client.world, {}, {}
    client.prepare()
    sends = {}

    def note(feature, case, words):
        said[f"{feature} {case}"] = " ".join(words.split())[:160]
        return words

    if client.ocsp:
        world.relay.take()
        for feature, cases in OCSP.items():
            if feature == "sign" and isinstance(client, Server):
                continue
            cells[feature] = judge([(expected, note(feature, cert, client.ocsp(cert, ca, path)))
                                    for cert, ca, path, expected in cases])
        sends["default"] = sent(world.relay.take())
        for variant in client.variants:
            text = note("variant", variant, client.ocsp("good", "ca", "auth", variant))
            if verdict(text) != "good":
                cells["good"] = "refuses"
        sends["options"] = sent(world.relay.take())
    if client.crl:
        for feature, (cas, lists, names) in LISTS.items():
            if feature == "both" and not client.takes_both:
                continue
            words = {name: note(feature, name, client.crl(name, cas, lists)) for name in names}
            cells[feature] = judge_delta(words) if feature == "delta" else judge([(wanted(n), w) for n, w in words.items()])
        cells["beside"] = judge([(wanted(name), note("beside", f"{name} by {'+'.join(lists)}", client.crl(name, ["ca"], lists)))
                                 for lists in BESIDE for name in ("good", "revoked", "held")])
        if client.takes_both:
            cells["mixed"] = judge_any([(wanted(name), note("mixed", f"{name} by {'+'.join(lists)}", client.crl(name, ["ca", "ca-1"], lists)))
                                        for lists in MIXED for name in ALL])
    if client.fetch:
        world.relay.take()
        cells["fetch"] = judge([(wanted(name), note("fetch", name, client.fetch(name, "ca"))) for name in ("good", "revoked")])
        sends["fetches"] = sent(world.relay.take())["crls"]
    for feature in ("signed", "tls"):
        if getattr(client, feature):
            cells[feature] = judge([("good", note(feature, "closed", getattr(client, feature)()))])
    return {"version": client.version(), "cells": cells, "sends": sends, "said": said}


def ask_after_compromise(client):
    """The same questions when the previous generation's key is compromised: {"cell", "said"}."""
    cases, said = [], {}
    expected = {"good": "good", "revoked": "revoked", "good-1": "revoked", "revoked-1": "revoked"}
    if client.ocsp:
        for name, ca in (("good", "ca"), ("good-1", "ca-1")):
            said[f"OCSP {name}"] = client.ocsp(name, ca)
            cases.append((expected[name], said[f"OCSP {name}"]))
    if client.crl and client.takes_both:
        for lists in COMPROMISED:
            for name in expected:
                said[f"{'+'.join(lists)} {name}"] = client.crl(name, ["ca", "ca-1"], lists)
                cases.append((expected[name], said[f"{'+'.join(lists)} {name}"]))
    return {"cell": judge_any(cases), "said": said} if cases else None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("names", nargs="*")
    parser.add_argument("--keep", action="store_true", help="leave the documents and results as they are")
    parser.add_argument("--shell", action="store_true")
    options = parser.parse_intermixed_args()
    folder = Path(tempfile.mkdtemp(prefix="jpki-clients-"))
    folder.chmod(0o711)  # Apache's workers are no root.
    world = None
    try:
        world = World(str(Path(options.program).resolve()), folder)
        if options.shell:
            return subprocess.run([os.environ.get("SHELL", "/bin/bash")], cwd=folder, env=world.environment()).returncode
        return soak(world, options)
    finally:
        if world:
            world.close()
        shutil.rmtree(folder, ignore_errors=True)


def report(name, feature, cell, said, wrong):
    """Says what is not as it should be; adds to `wrong` what docs/clients.md does not know of."""
    if cell in ("accepts", "refuses"):
        print("".join(f"    {case}: {words}\n" for case, words in said.items()), end="", flush=True)
    if cell == "accepts" and feature not in KNOWN.get(name, ()):
        wrong.append(f"{name} accepts a certificate that it should not: {feature}")


def soak(world, options):
    results = json.loads(RESULTS.read_text()) if options.names and RESULTS.exists() else {"clients": {}}
    wrong, clients = [], []
    for kind in CLIENTS:
        if options.names and not any(name.lower() in kind.name.lower() for name in options.names):
            continue
        client = kind(world)
        absent = client.missing()
        if absent:
            print(f"{kind.name}: not run: {absent} is not installed", flush=True)
            results["clients"].pop(kind.name, None)
            continue
        clients.append(client)
        found = ask(client)
        results["clients"][kind.name] = {key: found[key] for key in ("version", "cells", "sends")}
        print(f"{kind.name} {found['version']}: {found['cells']}", flush=True)
        for feature, cell in found["cells"].items():
            report(kind.name, feature, cell, {case: words for case, words in found["said"].items() if case.split()[0] == feature}, wrong)
    if not options.names:
        wrong += run_document(world, SOURCE / "docs/clients.md")
    world.compromise()
    for client in clients:
        found = ask_after_compromise(client)
        if found:
            print(f"{client.name} after the compromise: {found['cell']}", flush=True)
            results["clients"][client.name]["cells"]["compromise"] = found["cell"]
            report(client.name, "compromise", found["cell"], found["said"], wrong)
    silent = [f"{client.name} gave no answer: {client.silent}" for client in clients if client.silent]
    wrong += silent
    results["system"] = platform.freedesktop_os_release()["PRETTY_NAME"]
    results["date"] = datetime.date.today().isoformat()
    if not options.keep and not silent:
        RESULTS.write_text(json.dumps(results, indent=1, sort_keys=True, ensure_ascii=False) + "\n")
        update()
    for problem in wrong:
        print(f"WRONG: {problem}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
