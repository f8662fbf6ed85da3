"""Issuing, events and the start of the mock."""

import os
import time

from measure import Bench, median, median_ratio
from peers import Mock, figures, run


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


def mock_ready(context):
    folder = context.folder("mock")
    times = []
    for _ in range(7):
        start = time.monotonic()
        with Mock(context.jpki, folder):
            times.append((time.monotonic() - start) * 1000)
    return median(times), f"jpki mock --residents 3, from its start to its first line; {min(times):.0f} to {max(times):.0f} ms"


BENCHES = {
    "issue_vs_raw": Bench(issue_vs_raw, "times, more is better", "bare signatures"),
    "events_per_second": Bench(events, "events/s", ""),
    "mock_ready_ms": Bench(mock_ready, "ms", ""),
}
