"""The operators' API over HTTPS: small durable events, and certificates against the Unix socket."""

import contextlib
import os
import pwd
import shutil

from measure import Bench, alternately, median, median_ratio
from peers import Authority, Failure, figures, free_port, run

CONNECTIONS = 64


class Office:
    """A running authority and an operator who may do the work, over HTTPS and as a user of this machine."""

    def __init__(self, context, folder, events, bare):
        self.context = context
        self.data = os.path.join(folder, "data")
        self.credential = os.path.join(folder, "desk.p12")
        ports = {listener: free_port() for listener in ("verifier", "verifier_https", "admin_https", "ops")}
        self.ops, self.url = ports["ops"], f"https://127.0.0.1:{ports['admin_https']}"
        config = os.path.join(folder, "jpki.toml")
        with open(config, "w", encoding="utf-8") as file:
            file.write(
                f'[urls]\npublic = "http://127.0.0.1:{ports["verifier"]}"\n[crl]\nscopes = "used"\n[operators.local]\n'
                f'"{pwd.getpwuid(os.geteuid()).pw_name}" = "desk"\n[listen]\n'
            )
            file.writelines(f'{listener} = "127.0.0.1:{port}"\n' for listener, port in ports.items())
        feed = os.path.join(folder, "feed.csv")
        run([context.bench, "feed", "--data", self.data, "--config", config, "--feed", feed, "--events", events, "--bare", bare])
        os.sync()

    def work(self, kind, first, count, over_https=True):
        """Its rate. Each resident is one event, or the issue of two certificates."""
        way = ["--url", self.url, "--credential", self.credential] if over_https else [
            "--socket", os.path.join(self.data, "admin.sock")]
        values = figures(run(
            [self.context.bench, "admin", *way, "--work", kind, "--first", first, "--count", count, "--connections", CONNECTIONS]))
        return values["rate"][0]


@contextlib.contextmanager
def office(context, name, events, bare):
    folder = context.folder(name)
    made = Office(context, folder, events, bare)
    try:
        with Authority(context.jpki, folder, made.data, made.ops):
            run([context.jpki, "operator", "add", "desk", "--role", "officer", "--role", "municipality:132217",
                 "--out", made.credential, "--data", made.data])
            yield made
    finally:
        shutil.rmtree(made.data, ignore_errors=True)


def https_requests(context):
    count = 3_000 if context.quick else 8_000
    with office(context, "admin-events", count * (context.rounds + 1), 0) as desk:
        # The first round warms up.
        rates = [desk.work("events", count * n, count) for n in range(context.rounds + 1)][1:]
    if min(rates) <= 0:
        raise Failure("the operators' listener answered nothing")
    return median(rates), (
        f"POST /v1/events over {CONNECTIONS} kept-alive TLS connections with an operator's certificate, each a change of name "
        f"that revokes a certificate, decided, recorded, audited and durable before it is answered; {context.rounds} rounds of "
        f"{count:,}, from {min(rates):,.0f} to {max(rates):,.0f}; the clients on the same cores"
    )


def https_vs_local(context):
    count = 200 if context.quick else 400
    residents = iter(range(0, 10**9, count))
    with office(context, "admin-issue", 0, count * 2 * (context.rounds + 1)) as desk:
        def issuing(over_https):
            return lambda: desk.work("issue", next(residents), count, over_https)
        for warm_up in (True, False):
            issuing(warm_up)()
        https, local = alternately(context.rounds, issuing(True), issuing(False))
    return median_ratio(https, local), (
        f"POST /v1/certificates over {CONNECTIONS} kept-alive connections: {median(https):,.0f} certificates a second by TLS with "
        f"an operator's certificate, {median(local):,.0f} by the Unix socket; {context.rounds} rounds of {2 * count} in turn, the "
        f"clients on the same cores"
    )


BENCHES = {
    "admin_https_requests_per_second": Bench(https_requests, "requests/s", ""),
    "issue_over_https_vs_local": Bench(https_vs_local, "times, more is better", "the Unix socket"),
}
