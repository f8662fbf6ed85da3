"""Issuing, events and feeds of events."""

import json
import os
import resource
import shutil
import time

from measure import Bench, median, median_ratio
from peers import Authority, Failure, figures, free_port, run


def issued(context):
    """One run makes the figures of issuing and of events."""
    if "issue" not in context.shared:
        data = os.path.join(context.folder("issue"), "data")
        residents = 400 if context.quick else 2000
        context.shared["issue"] = figures(
            run([context.bench, "issue", "--data", data, "--rounds", context.rounds, "--residents", residents])
        )
    return context.shared["issue"]


def issue_vs_raw(context):
    values = issued(context)
    ours, raw = values["issue_rate"], values["raw_rate"]
    return median_ratio(ours, raw), (
        f"certificates issued, each durable before it is given out, {median(ours):,.0f}/s; bare RSA-2048 signatures "
        f"{median(raw):,.0f}/s; 64 threads each"
    )


def events(context):
    rates = issued(context)["event_rate"]
    return median(rates), (
        "address changes of residents with both certificates, decided by the rule table, recorded, audited and "
        "durable, submitted at once as a feed does"
    )


def import_feed(context, events):
    """One import into a fresh authority; events a second, and the CPU time of client and server in microseconds."""
    folder = context.folder("import")
    data, config, feed = (os.path.join(folder, name) for name in ("data", "jpki.toml", "feed.csv"))
    port, ops, https = free_port(), free_port(), free_port()
    with open(config, "w", encoding="utf-8") as file:
        file.write(
            f'[urls]\npublic = "http://127.0.0.1:{port}"\n[crl]\nscopes = "used"\n[listen]\n'
            f'verifier = "127.0.0.1:{port}"\nops = "127.0.0.1:{ops}"\nverifier_https = "127.0.0.1:{https}"\n'
        )
    run([context.bench, "feed", "--data", data, "--config", config, "--feed", feed, "--events", events])
    os.sync()
    try:
        with Authority(context.jpki, folder, data, ops) as authority:
            used = resource.getrusage(resource.RUSAGE_CHILDREN)
            client, server, start = used.ru_utime + used.ru_stime, authority.cpu_seconds(), time.monotonic()
            summary = json.loads(run([context.jpki, "events", "import", feed, "--data", data, "--json"]))
            seconds, used = time.monotonic() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
            client, server = used.ru_utime + used.ru_stime - client, authority.cpu_seconds() - server
    finally:
        shutil.rmtree(data, ignore_errors=True)
    if summary["recorded"] != events or summary["certificates_changed"] < events:
        raise Failure(f"{events} events that revoke were fed, and this came of it: {summary}")
    return events / seconds, client / events * 1e6, server / events * 1e6


def events_import(context):
    events = 20_000 if context.quick else 60_000
    rates, client, server = zip(*(import_feed(context, events) for _ in range(3)))
    return median(rates), (
        f"jpki events import of {events:,} lines of CSV into a running jpki serve, from the command's start to its end, each "
        f"line durable and each revoking (moves, names, deaths; {events * 4 // 3:,} certificates), the median of 3 runs from "
        f"{min(rates):,.0f} to {max(rates):,.0f}; CPU time an event: client {median(client):.0f} us, server {median(server):.0f} us"
    )


BENCHES = {
    "issue_vs_raw": Bench(issue_vs_raw, "times, more is better", "bare signatures"),
    "events_per_second": Bench(events, "events/s", ""),
    "events_import_per_second": Bench(events_import, "events/s", ""),
}
