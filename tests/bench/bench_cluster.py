"""Beyond one machine: a leader with its log in PostgreSQL and two views, all on this machine."""

import contextlib
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import sys
import time
import urllib.request

from measure import Bench, alternately, median, median_ratio
from peers import Failure, Process, figures, free_port, run

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "soak"))
from cluster_world import Database  # noqa: E402

LISTENERS = ("verifier", "verifier_https", "admin_https", "ops")
VIEWS = ("edge-1", "edge-2")


class Machine:
    """A data folder, its configuration, and the running service while it runs."""

    def __init__(self, cluster, name, role="authority"):
        self.cluster, self.name, self.role = cluster, name, role
        self.folder = os.path.join(cluster.folder, name)
        self.data = os.path.join(self.folder, "data")
        os.makedirs(self.folder, exist_ok=True)
        self.ports = {listener: free_port() for listener in LISTENERS}
        self.service = None

    def configure(self, in_log=True):
        user = self.name if self.role == "view" else "jpki"
        text = f'[urls]\npublic = "http://127.0.0.1:{self.cluster.public_port}"\n[crl]\nscopes = "used"\n'
        text += "[access]\nopen_to_all = true\n[limits]\nasker_requests_per_second = 1000000\nstranger_connections = 0\n[listen]\n"
        text += "".join(f'{listener} = "127.0.0.1:{port}"\n' for listener, port in self.ports.items())
        if in_log:
            text += f'[cluster]\nlog = "host={self.cluster.database.folder} dbname=postgres user={user}"\nname = "{self.name}"\n'
        os.makedirs(self.data, mode=0o700, exist_ok=True)
        config = os.path.join(self.data if in_log else self.folder, "jpki.toml")
        with open(config, "w", encoding="utf-8") as file:
            file.write(text)
        return config

    def jpki(self, *arguments):
        return run([self.cluster.context.jpki, "--data", self.data, *arguments])

    def start(self):
        options = ["--view"] if self.role == "view" else []
        self.service = Process([self.cluster.context.jpki, "serve", "--data", self.data, *options], self.folder)
        return self

    def stop(self):
        if self.service:
            self.service.__exit__()
            self.service = None

    def answers_as(self, role):
        """Whether it answers status, in this role (empty: of one machine)."""
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.ports["ops"], timeout=3)
            connection.request("GET", "/readyz?for=answers")
            response = connection.getresponse()
            return json.loads(response.read()).get("role", "") == role and response.status == 200
        except (OSError, http.client.HTTPException, ValueError):
            return False

    def wait_for_role(self, role, seconds=60):
        end = time.monotonic() + seconds
        while not self.answers_as(role):
            if time.monotonic() > end:
                raise Failure(f"{self.name} does not become {role} (bench.py --keep leaves its log)")
            time.sleep(0.02)


class AdminSocket(http.client.HTTPConnection):
    """The operators' API of a machine by its Unix socket, one connection kept alive."""

    def __init__(self, machine):
        super().__init__("localhost", timeout=60)
        self.path = os.path.join(machine.data, "admin.sock")

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(60)
        self.sock.connect(self.path)

    def event(self, **fields):
        self.request("POST", "/v1/events", json.dumps(fields), {"Content-Type": "application/json"})
        response = self.getresponse()
        body = response.read()
        if response.status not in (200, 201):
            raise Failure(f"an event was refused: {response.status} {body[:300]!r}")


class Cluster:
    """An authority with residents who hold certificates and a feed whose every event revokes; its store in a log."""

    def __init__(self, context, folder, events):
        self.context, self.folder = context, folder
        self.public_port = free_port()
        self.database = Database(pathlib.Path(folder) / "postgres")
        self.leader = Machine(self, "first")
        self.machines = [self.leader]
        self.feed = os.path.join(folder, "feed.csv")
        config = self.leader.configure(in_log=False)
        shutil.rmtree(self.leader.data)
        run([context.bench, "feed", "--data", self.leader.data, "--config", config, "--feed", self.feed, "--events", events])
        # The same store, on its own.
        self.single = Machine(self, "single")
        shutil.copytree(self.leader.data, self.single.data)
        text = pathlib.Path(self.leader.data, "jpki.toml").read_text()
        for listener in LISTENERS:
            text = text.replace(f":{self.leader.ports[listener]}\"", f":{self.single.ports[listener]}\"")
        pathlib.Path(self.single.data, "jpki.toml").write_text(text)
        os.sync()

    def begin(self):
        """The leader's store becomes the beginning of the log, and it serves."""
        self.leader.configure()
        self.leader.jpki("cluster", "init")
        self.leader.start().wait_for_role("leader")

    def add_view(self, name):
        view = Machine(self, name, role="view")
        view.configure()
        key, snapshot = (os.path.join(view.folder, file) for file in ("view.pem", "view.snapshot"))
        view.jpki("view", "key", "--out", key)
        owner = f"host={self.database.folder} dbname=postgres user=jpki"
        self.leader.jpki("view", "add", name, "--public-key", key, "--log", owner)
        self.leader.jpki("view", "snapshot", name, "--out", snapshot)
        view.jpki("view", "join", snapshot)
        self.machines.append(view)
        view.start().wait_for_role("view")
        return view

    def add_standby(self):
        standby = Machine(self, "second")
        standby.configure()
        backup = os.path.join(standby.folder, "backup.tar")
        self.leader.jpki("backup", backup)
        shutil.copytree(os.path.join(self.leader.data, "keys"), os.path.join(standby.data, "keys"))
        standby.jpki("cluster", "join", backup)
        self.machines.append(standby)
        standby.start()
        return standby

    def parts_of_feed(self, parts):
        """The feed in as many files."""
        with open(self.feed, encoding="utf-8") as file:
            head, *lines = file.readlines()
        names = []
        for part in range(parts):
            name = os.path.join(self.folder, f"part-{part}.csv")
            with open(name, "w", encoding="utf-8") as file:
                file.writelines([head, *lines[part * len(lines) // parts:(part + 1) * len(lines) // parts]])
            names.append(name)
        return names

    def residents(self):
        with open(self.feed, encoding="utf-8") as file:
            next(file)
            return [line.split(",")[2] for line in file]

    def head(self):
        return int(self.database.sql("SELECT coalesce(max(number), 0) FROM jpki_log"))

    def row_of(self, name):
        status = json.loads(self.leader.jpki("cluster", "status", "--json"))
        return next((m["row"] for m in status["machines"] if m["name"] == name), 0)


@contextlib.contextmanager
def cluster(context, name, events, views=()):
    folder = context.folder(name)
    os.chmod(folder, 0o755)
    made = Cluster(context, folder, events)
    try:
        made.begin()
        for view in views:
            made.add_view(view)
        yield made
    finally:
        for machine in [*made.machines, made.single]:
            machine.stop()
        made.database.kill()
    shutil.rmtree(folder, ignore_errors=True)


def imported(machine, feed):
    """Events a second of one import."""
    start = time.monotonic()
    summary = json.loads(machine.jpki("events", "import", feed, "--json"))
    seconds = time.monotonic() - start
    if summary["recorded"] < 1 or summary["certificates_changed"] < summary["recorded"]:
        raise Failure(f"events that revoke were fed, and this came of it: {summary}")
    return summary["recorded"] / seconds


def events_vs_embedded(context):
    events = 12_000 if context.quick else 40_000
    with cluster(context, "cluster-events", events * 3 // 2, VIEWS) as made:
        made.single.start().wait_for_role("")
        parts = made.parts_of_feed(context.rounds)
        with_log, embedded = alternately(
            context.rounds,
            lambda parts=iter(parts): imported(made.leader, next(parts)),
            lambda parts=iter(parts): imported(made.single, next(parts)),
        )
    return median_ratio(with_log, embedded), (
        f"jpki events import, each event durable and revoking: {median(with_log):,.0f}/s with the log in PostgreSQL, acknowledged "
        f"when two views have it, {median(embedded):,.0f}/s with the embedded store; the same {events * 3 // 2:,} events in "
        f"{context.rounds} rounds in turn, PostgreSQL and the views on the same cores"
    )


def percentile(values, part):
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


def acknowledgement(context):
    count = 300 if context.quick else 1_000
    with cluster(context, "cluster-ack", count * 2, VIEWS) as made:
        made.single.start().wait_for_role("")
        residents = made.residents()

        def latencies(machine):
            admin, took = AdminSocket(machine), []
            for number in range(count):
                start = time.monotonic()
                admin.event(event="name-change", resident=residents[number], name=f"再計　{number}郎")
                took.append((time.monotonic() - start) * 1000)
            admin.close()
            return took

        alone, acknowledged = latencies(made.single), latencies(made.leader)
    return percentile(acknowledged, 0.99), (
        f"the 99th percentile of {count:,} changes of name, one after another, each revoking a certificate and acknowledged when "
        f"both views have it; median {median(acknowledged):.1f} ms, most {max(acknowledged):.1f} ms; with the embedded store "
        f"alone: median {median(alone):.1f} ms, p99 {percentile(alone, 0.99):.1f} ms"
    )


def first_serial(made):
    """Of the signing certificates; each resident of the feed has the next."""
    text = run([made.context.jpki, "--data", made.leader.data, "cert", "list", min(made.residents()), "--json"])
    return next(int(c["serial"]) for c in json.loads(text)["certificates"] if c["kind"] == "sign")


def view_vs_single(context):
    count = 10_000
    with cluster(context, "cluster-view", count, VIEWS[:1]) as made:
        first, ca = first_serial(made), os.path.join(made.folder, "ca.cer")
        urllib.request.urlretrieve(f"http://127.0.0.1:{made.leader.ports['verifier']}/ca/sign.cer", ca)
        made.single.start().wait_for_role("")
        view = made.machines[1]

        def ask(machine, **options):
            return lambda: context.load.ask(
                machine.ports["verifier"], ca, first, range=count, requests=10_000, threads=1, connections=32,
                seconds=context.seconds, **options)["rate"]
        for machine in (view, made.single):
            ask(machine)()
        kept = alternately(context.rounds, ask(view), ask(made.single))
        signed = alternately(context.rounds, ask(view, nonce=32), ask(made.single, nonce=32))
    ratios = median_ratio(*kept), median_ratio(*signed)
    return min(ratios), (
        f"the lower of two ratios. Kept answers: {median(kept[0]):,.0f}/s of a view under its read lease, {median(kept[1]):,.0f}/s "
        f"of one machine with the embedded store ({ratios[0]:.2f}); signed ones with nonce: {median(signed[0]):,.0f}/s and "
        f"{median(signed[1]):,.0f}/s ({ratios[1]:.2f}); leader and PostgreSQL beside, the load on the same cores"
    )


def takeover(context):
    rounds = context.rounds
    with cluster(context, "cluster-takeover", 1_000) as made:
        made.add_standby().wait_for_role("standby")
        residents = iter(made.residents())
        leader, standby = made.machines

        def one():
            nonlocal leader, standby
            moved = next(residents)
            AdminSocket(leader).event(event="name-change", resident=next(residents), name="再計　太郎")
            leader.service.process.send_signal(signal.SIGKILL)
            start = time.monotonic()
            leader.service.process.wait()
            while True:
                try:
                    # By its id, a change whose outcome was not known is not made twice.
                    AdminSocket(standby).event(
                        event_id=f"takeover-{moved}", event="name-change", resident=moved, name="再計　花子")
                    break
                except (Failure, OSError, http.client.HTTPException):
                    if time.monotonic() - start > 60:
                        raise Failure("the standby did not take over within a minute") from None
                    time.sleep(0.02)
            seconds = time.monotonic() - start
            leader.stop()
            leader.start().wait_for_role("standby")
            leader, standby = standby, leader
            return seconds
        took = [one() for _ in range(rounds)]
    return max(took), (
        f"the longest of {rounds}: from SIGKILL to the leader to a revocation acknowledged by the machine that stood by; median "
        f"{median(took):.1f} s"
    )


def operations_for_views(made, after, to):
    """How many table operations the rows have for views (store/operations.cpp: 32 random bytes, then kind, table, key, value)."""
    count = 0
    for first in range(after, to, 500):
        text = made.database.sql(
            f"SELECT encode(for_views, 'hex') FROM jpki_log WHERE number > {first} AND number <= {min(to, first + 500)}")
        for line in text.split():
            half, at = bytes.fromhex(line), 32
            while at < len(half):
                kind, at = half[at], at + 2
                at += 2 + int.from_bytes(half[at:at + 2], "big")
                at += 4 + int.from_bytes(half[at:at + 4], "big") if kind == 1 else 0
                count += 1
    return count


def catch_up(context):
    events = 20_000 if context.quick else 120_000
    with cluster(context, "cluster-catch-up", events, VIEWS[:1]) as made:
        view = made.machines[1]
        view.stop()
        before = made.head()
        imported(made.leader, made.feed)
        to = made.head()
        operations = operations_for_views(made, before, to)
        start = time.monotonic()
        view.start().wait_for_role("view", 120)
        while made.row_of(view.name) < to:
            time.sleep(0.02)
        seconds = time.monotonic() - start
    return operations / seconds, (
        f"a view that was off while {events:,} events were imported: from its start until it answers with all {to - before:,} rows "
        f"of {operations:,} operations that are for views: {seconds:.1f} s"
    )


BENCHES = {
    "cluster_events_vs_embedded": Bench(events_vs_embedded, "times, more is better", "the embedded store"),
    "cluster_ack_ms": Bench(acknowledgement, "ms", ""),
    "view_ocsp_vs_single": Bench(view_vs_single, "times, more is better", "one machine"),
    "takeover_s": Bench(takeover, "s", ""),
    "cluster_catch_up_per_second": Bench(catch_up, "operations/s", ""),
}
