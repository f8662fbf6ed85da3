"""CRLs: one of a million entries and more against openssl ca and what the machine can do, and all of them at once."""

import hashlib
import os
import shutil
import time

from measure import Bench, alternately, median, median_ratio
from peers import Failure, Service, figures, run, timed

MILLION = 1_000_000


def filled(context, entries):
    """A store with so many revoked certificates of one generation and no distribution points, made once."""
    name = f"crl-{entries}"
    if name not in context.shared:
        data = os.path.join(context.data, name)
        context.shared[name] = figures(run([context.bench, "fill", "--data", data, "--revoked", entries]))
        # What the filling left to be written must not be paid for by what is measured.
        os.sync()
    return os.path.join(context.data, name), context.shared[name]


def publish(context, data, *options):
    values = figures(run([context.bench, "publish", "--data", data, *options]))
    return {name: value[0] for name, value in values.items()}


def extract(published, path):
    """The complete CRL alone, out of its publication file."""
    with open(published["complete_file"], "rb") as file:
        file.seek(int(published["complete_offset"]))
        with open(path, "wb") as out:
            out.write(file.read(int(published["complete_length"])))


class OpensslCa:
    """openssl ca -gencrl over an index of the same entries."""

    def __init__(self, data, key, entries):
        self.folder = os.path.join(data, "openssl")
        os.makedirs(self.folder, exist_ok=True)
        run(["openssl", "x509", "-inform", "DER", "-in", os.path.join(data, "ca.cer"), "-out", self.path("ca.pem")])
        with open(self.path("index.txt"), "w", encoding="ascii") as file:
            for serial in range(200_000_001, 200_000_001 + entries):
                date = time.strftime("%y%m%d%H%M%SZ", time.gmtime(1_790_000_000 + serial * 7919 % 2_592_000))
                file.write(f"R\t311123000000Z\t{date},affiliationChanged\t0{serial:X}\tunknown\t/CN=bench\n")
        for name, text in {
            "index.txt.attr": "unique_subject = no\n",
            "crlnumber": "01\n",
            "ca.cnf": f"""[ca]
default_ca = bench
[bench]
database = {self.path("index.txt")}
crlnumber = {self.path("crlnumber")}
certificate = {self.path("ca.pem")}
private_key = {key}
default_md = sha256
default_crl_days = 2
crl_extensions = extensions
[extensions]
authorityKeyIdentifier = keyid
""",
        }.items():
            with open(self.path(name), "w", encoding="ascii") as file:
                file.write(text)

    def path(self, name):
        return os.path.join(self.folder, name)

    def seconds(self):
        return timed(["openssl", "ca", "-gencrl", "-config", self.path("ca.cnf"), "-out", self.path("crl.pem")])


def million_vs_openssl(context):
    data, facts = filled(context, MILLION)
    peer = OpensslCa(data, facts["ca_key"][0], MILLION)

    def warm():
        # A service has its store in memory; the seconds of the peer are long enough for a system to take it out.
        publish(context, data)
        return publish(context, data)

    theirs, ours = alternately(2 if context.quick else 3, peer.seconds, warm)
    seconds = [published["seconds"] for published in ours]
    return median_ratio(theirs, seconds), (
        f"ours {MILLION / median(seconds):,.0f} entries/s ({median(seconds) * 1000:.0f} ms from the store to a signed, "
        f"synced, checked and released list of {ours[0]['complete_length'] / 1e6:.1f} MB, its delta included, the second of two runs), "
        f"openssl {MILLION / median(theirs):,.0f} entries/s ({median(theirs):.1f} s for a PEM that is neither synced nor checked)"
    )


def million_vs_sha256sum(context):
    data, _ = filled(context, MILLION)
    path = os.path.join(data, "complete.crl")
    extract(publish(context, data), path)
    ours, theirs = alternately(
        context.rounds, lambda: publish(context, data)["seconds"], lambda: timed(["sha256sum", path])
    )
    return median_ratio(ours, theirs), (
        f"ours {median(ours) * 1000:.0f} ms, sha256sum over the same {os.path.getsize(path) / 1e6:.1f} MB "
        f"{median(theirs) * 1000:.0f} ms"
    )


def sha256_seconds(path):
    """OpenSSL's SHA-256 over a file that is in memory."""
    with open(path, "rb", buffering=0) as file:
        start, digest = time.monotonic(), hashlib.sha256()
        while piece := file.read(1 << 20):
            digest.update(piece)
        return time.monotonic() - start


def copy_seconds(path):
    """A copy on the same disk, synced."""
    copy = path + ".copy"
    with open(path, "rb", buffering=0) as file, open(copy, "wb", buffering=0) as out:
        start = time.monotonic()
        while piece := file.read(1 << 20):
            out.write(piece)
        os.fdatasync(out.fileno())
        seconds = time.monotonic() - start
    os.remove(copy)
    return seconds


def against_limit(context, data, rounds):
    """Seconds of publications of one store, and of hashing and of copying the list, in turn."""
    path = os.path.join(data, "complete.crl")
    extract(publish(context, data), path)
    ours, hashes, copies = alternately(
        rounds, lambda: publish(context, data)["seconds"], lambda: sha256_seconds(path), lambda: copy_seconds(path)
    )
    limits = [max(pair) for pair in zip(hashes, copies)]
    words = (
        f"ours {median(ours) * 1000:.0f} ms for a list of {os.path.getsize(path) / 1e6:.1f} MB, signed, synced, checked and "
        f"released; OpenSSL's SHA-256 over it {median(hashes) * 1000:.0f} ms, a copy with fdatasync "
        f"{median(copies) * 1000:.0f} ms, the slower of the two in each round"
    )
    return ours, limits, words


def million_vs_limit(context):
    data, _ = filled(context, MILLION)
    ours, limits, words = against_limit(context, data, context.rounds)
    return median_ratio(ours, limits), words


def ten_million_vs_limit(context):
    data, _ = filled(context, 10 * MILLION)
    ours, limits, words = against_limit(context, data, 3)
    return median_ratio(limits, ours), f"{10 * MILLION / median(ours):,.0f} entries/s at ten million; {words}"


def million_memory(context):
    data, _ = filled(context, MILLION)
    growth = [publish(context, data)["rss_mib"] for _ in range(3)]
    return max(growth), "growth of RssAnon while a complete CRL of 1,000,000 entries is published, the most of 3 runs"


def ten_million_vs_million(context):
    data, _ = filled(context, MILLION)
    large, facts = filled(context, 10 * MILLION)
    tens, ones = alternately(3, lambda: publish(context, large), lambda: publish(context, data))
    ten, one = ([published["seconds"] for published in side] for side in (tens, ones))
    return median_ratio(ten, one), (
        f"10,000,000 entries {median(ten):.2f} s, 1,000,000 {median(one):.2f} s; RssAnon grows by "
        f"{max(p['rss_mib'] for p in tens):.1f} and {max(p['rss_mib'] for p in ones):.1f} MiB; store filled in {facts['seconds'][0]:.0f} s"
    )


def delta(context):
    entries = MILLION if context.quick else 10 * MILLION
    data, _ = filled(context, entries)
    publish(context, data)
    # A complete CRL's delta has the one before as base; from the next on, the base is that complete CRL.
    runs = [publish(context, data, "--kind", "changed", "--changes", 1) for _ in range(7)]
    milliseconds = [(r["seconds"] - r["signature_seconds"]) * 1000 for r in runs]
    return median(milliseconds), (
        f"delta after one change on a base of {entries:,} entries, from the call to its release, two commits and the "
        f"syncs included, less one signature ({median([r['signature_seconds'] for r in runs]) * 1000:.2f} ms)"
        + (" (--quick: a tenth of the base)" if context.quick else "")
    )


def all_points(context):
    total = 100_000 if context.quick else 3 * MILLION
    data = os.path.join(context.data, "points")
    half = total // 2
    run([context.bench, "fill", "--data", data, "--points", "all", "--revoked", half, "--revoked-auth", half])
    os.sync()
    lists = 3784

    def complete():
        return publish(context, data, "--issuers", "both")

    complete()
    both, deltas, signatures = alternately(
        3,
        complete,
        lambda: publish(context, data, "--issuers", "both", "--kind", "delta"),
        lambda: figures(run([context.bench, "sign", "--threads", 2, "--count", lists]))["seconds"][0],
    )
    spent = [b["seconds"] - d["seconds"] for b, d in zip(both, deltas)]
    return median_ratio(spent, signatures), (
        f"{lists} complete CRLs and those of both generations with {total:,} revoked certificates in {median(spent):.2f} s "
        f"(a run with deltas {median([b['seconds'] for b in both]):.2f} s, less a run of deltas alone "
        f"{median([d['seconds'] for d in deltas]):.2f} s); {lists} bare RSA-2048 signatures on 2 threads {median(signatures):.2f} s"
        + (" (--quick: 100,000 revoked)" if context.quick else "")
    )


def beside_ocsp(context):
    data, facts = filled(context, MILLION)
    serial, ca = int(facts["first_revoked"][0]), os.path.join(data, "ca.cer")
    folder = context.folder("beside")

    def measure(beside):
        with Service(context.bench, folder, data, beside=beside) as service:
            rate = context.load.ask(
                service.port, ca, serial, connections=16, threads=1, seconds=max(4, context.seconds)
            )["rate"]
            return {"rate": rate, **service.end()}

    busy, calm = alternately(3, lambda: measure("publications"), lambda: measure("changes"))
    return median_ratio([b["rate"] for b in busy], [c["rate"] for c in calm]), (
        f"kept answers while one publication of 1,000,000 entries follows another {median([b['rate'] for b in busy]):,.0f}/s, "
        f"without {median([c['rate'] for c in calm]):,.0f}/s; a durable change every 10 ms in both: the longest took "
        f"{max(b['longest_change_ms'] for b in busy):.0f} ms and {max(c['longest_change_ms'] for c in calm):.0f} ms"
    )


def compromise(context):
    data = os.path.join(context.data, "compromise")
    run([context.bench, "fill", "--data", data, "--points", "all", "--good", MILLION])
    os.sync()
    values = {name: value[0] for name, value in figures(run([context.bench, "compromise", "--data", data])).items()}
    shutil.rmtree(data)
    if values["rows"] != MILLION:
        raise Failure(f"{values['rows']:.0f} rows were filled in, not {MILLION}")
    return values["seconds"], (
        f"rows of {MILLION:,} good certificates of 1,892 distribution points, from the fact to the last of them durable "
        f"({values['rows_per_second']:,.0f}/s); another write every 5 ms waits {values['wait_p99_ms']:.0f} ms at the 99th percentile and "
        f"{values['wait_max_ms']:.0f} ms at most (of {values['other_writes']:.0f})"
    )


BENCHES = {
    "crl_1m_vs_openssl_ca": Bench(million_vs_openssl, "times, more is better", "openssl ca -gencrl"),
    "crl_1m_vs_sha256sum": Bench(million_vs_sha256sum, "times, less is better", "sha256sum of coreutils"),
    "crl_1m_vs_limit": Bench(million_vs_limit, "times, less is better", "the slower of SHA-256 and a synced copy"),
    "crl_10m_rate_vs_limit": Bench(
        ten_million_vs_limit, "times, more is better", "the slower of SHA-256 and a synced copy", quick=False),
    "crl_1m_rss_mib": Bench(million_memory, "MiB", ""),
    "crl_10m_vs_1m": Bench(ten_million_vs_million, "times, less is better", "the same with 1,000,000", quick=False),
    "crl_delta_10m_ms": Bench(delta, "ms", ""),
    "crl_beside_ocsp": Bench(beside_ocsp, "times, more is better", "the same without publications"),
    "compromise_1m_seconds": Bench(compromise, "s", "", quick=False),
    "crl_all_points_vs_signing": Bench(all_points, "times, less is better", "bare signatures"),
}
