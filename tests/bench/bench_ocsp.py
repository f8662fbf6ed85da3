"""OCSP: kept answers against nginx and openssl, signed answers against the limit of the core."""

import os
import re
import shutil

from measure import Bench, alternately, median, median_ratio
from peers import Failure, Mock, Nginx, OpensslOcsp, Service, figures, pinned, post, run


def kept_vs_nginx(context):
    folder = context.folder("kept")
    with Mock(context.jpki, folder) as mock:
        question = context.load.request(mock.ca, mock.serial)
        answer = post(mock.port, "/ocsp/sign", question)
        if answer[4:7] != b"\x0a\x01\x00" or answer != post(mock.port, "/ocsp/sign", question):
            raise Failure("the mock does not give the kept answer")
        with Nginx(folder, answer, workers=2) as nginx:
            ours, theirs = alternately(
                context.rounds,
                lambda: context.load.wrk(mock.port, "/ocsp/sign", context.seconds, body=question),
                lambda: context.load.wrk(nginx.port, "/file.bin", context.seconds),
            )
    return median_ratio(ours, theirs), (
        f"jpki mock {median(ours):,.0f}/s by POST, nginx (2 workers) {median(theirs):,.0f}/s for a file of the same "
        f"{len(answer)} bytes by GET; wrk -t2 -c64, all on the same cores, {context.rounds} rounds in turn"
    )


def kept_vs_openssl(context):
    folder = context.folder("openssl")
    with Mock(context.jpki, folder) as mock:
        question = context.load.request(mock.ca, mock.serial)
        with OpensslOcsp(folder, mock.ca, mock.facts["ca"]["sign"]["key"], mock.serial, question) as openssl:
            def ask(port, **options):
                return context.load.ask(
                    port, mock.ca, mock.serial, connections=64, threads=2, seconds=context.seconds, **options
                )["rate"]
            ours, theirs, reconnecting = alternately(
                context.rounds,
                lambda: ask(mock.port),
                lambda: ask(openssl.port),
                lambda: ask(mock.port, reuse="never"),
            )
    return median_ratio(ours, theirs), (
        f"ours {median(ours):,.0f}/s, openssl ocsp -multi 2 (RSA-2048) {median(theirs):,.0f}/s; one client of ours for "
        f"both, 2 threads and 64 connections, each used as long as the server lets it: openssl closes after every answer; ours "
        f"with a new connection for every answer, too: {median(reconnecting):,.0f}/s "
        f"({median_ratio(reconnecting, theirs):.1f} times)"
    )


def reconnecting_vs_nginx(context):
    folder = context.folder("reconnecting")
    with Mock(context.jpki, folder) as mock:
        question = context.load.request(mock.ca, mock.serial)
        answer = post(mock.port, "/ocsp/sign", question)
        with Nginx(folder, answer, workers=2) as nginx:
            def ask(port, path, *options):
                values = figures(run([
                    context.bench, "load", "--port", port, "--path", path, "--connections", 64, "--threads", 2,
                    "--seconds", context.seconds, "--reuse", "never", *options,
                ]))
                if values["wrong"][0] > 0:
                    raise Failure(f"{values['wrong'][0]:.0f} wrong answers under load")
                return values["rate"][0]
            ours, theirs = alternately(
                context.rounds,
                lambda: ask(mock.port, "/ocsp/sign", "--ca", mock.ca, "--serial", mock.serial),
                lambda: ask(nginx.port, "/file.bin"),
            )
    return median_ratio(ours, theirs), (
        f"a new connection for every answer: jpki mock {median(ours):,.0f}/s by POST, nginx (2 workers) {median(theirs):,.0f}/s for "
        f"a file of the same {len(answer)} bytes by GET; one client of ours for both, 64 connections at a time, on the same cores"
    )


def openssl_signatures(algorithm, seconds):
    """Signatures a second of one core, as openssl speed tells it."""
    text = run(pinned(0) + ["openssl", "speed", "-seconds", seconds, algorithm])
    line = [line for line in text.splitlines() if re.match(r"\s*(rsa\s+2048|256) bits", line)][-1]
    return float(re.findall(r"[\d.]+", line)[-2])


def signed_vs_limit(context, responder, algorithm):
    data = os.path.join(context.folder("signed"), responder)
    filled = figures(run([context.bench, "fill", "--data", data, "--good", 10_000, "--responder", responder]))
    serial, ca = int(filled["first_good"][0]), data + "/ca.cer"
    folder = context.folder("signed")
    with Service(context.bench, folder, data, core=0) as service:
        answer = post(service.port, "/ocsp/sign", context.load.request(ca, serial))
        with Nginx(folder, answer, workers=1, core=0) as nginx:
            ours, signatures, files = alternately(
                context.rounds,
                lambda: context.load.ask(
                    service.port, ca, serial, core=1, range=10_000, nonce=32, connections=32, seconds=context.seconds
                )["rate"],
                lambda: openssl_signatures(algorithm, context.seconds),
                lambda: context.load.wrk(nginx.port, "/file.bin", context.seconds, core=1, connections=32),
            )
    limits = [1 / (1 / a + 1 / b) for a, b in zip(signatures, files)]
    return median_ratio(ours, limits), (
        f"answers with a nonce of 32 bytes {median(ours):,.0f}/s on one core; limit {median(limits):,.0f}/s = "
        f"1 / (1/a + 1/b), a = openssl speed {algorithm} {median(signatures):,.0f}/s, b = nginx "
        f"{median(files):,.0f}/s for a file of {len(answer)} bytes, both on that core; the load on the other"
    )


def disk_gib(folder):
    files = [os.path.join(where, name) for where, _, names in os.walk(folder) for name in names]
    return sum(os.stat(file).st_blocks * 512 for file in files) / 2**30


def memory_gib():
    with open("/proc/meminfo", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("MemAvailable")) / 2**20


def many_vs_few(context, count):
    folder = context.folder("many")
    sizes = {"many": count, "few": 100_000}
    filled = {
        name: figures(run([context.bench, "fill", "--data", os.path.join(folder, name), "--good", size]))
        for name, size in sizes.items()
    }
    disk, memory = disk_gib(os.path.join(folder, "many")), memory_gib()
    serial, ca = int(filled["few"]["first_good"][0]), os.path.join(folder, "few", "ca.cer")
    with Service(context.bench, folder, os.path.join(folder, "many")) as many:
        post(many.port, "/ocsp/sign", context.load.request(ca, serial + count - 1))
        with Service(context.bench, folder, os.path.join(folder, "few")) as few:
            def ask(service, name, **options):
                return lambda: context.load.ask(
                    service.port, ca, serial, range=sizes[name], requests=20_000, threads=1, connections=32,
                    seconds=context.seconds, **options
                )["rate"]
            for service, name in ((many, "many"), (few, "few")):
                ask(service, name, warm_up=10)()
            kept = alternately(context.rounds, ask(many, "many"), ask(few, "few"))
            signed = alternately(context.rounds, ask(many, "many", nonce=32), ask(few, "few", nonce=32))
    shutil.rmtree(folder, ignore_errors=True)
    ratios = median_ratio(*kept), median_ratio(*signed)
    fits = "which fits the memory" if disk < memory else f"of which at most {memory:.0f} GiB are in memory: not counted"
    return min(ratios), (
        f"the lower of two ratios. Kept answers about 20,000 random serials: {median(kept[0]):,.0f}/s with {count:,} "
        f"status records, {median(kept[1]):,.0f}/s with 100,000 ({ratios[0]:.2f}); signed ones with nonce: "
        f"{median(signed[0]):,.0f}/s and {median(signed[1]):,.0f}/s ({ratios[1]:.2f}); listening after "
        f"{many.seconds_to_listen * 1000:.0f} ms; filled in {filled['many']['seconds'][0]:.0f} s; {disk:.1f} GiB on disk, {fits}"
    )


def latency_at_half_load(context):
    """p99 of kept and of signed answers at half of what the service gives at most, over a generator's own clock."""
    folder = context.folder("latency")
    data = os.path.join(folder, "store")
    filled = figures(run([context.bench, "fill", "--data", data, "--good", 100_000]))
    serial, ca = int(filled["first_good"][0]), data + "/ca.cer"
    # On cores of their own: else the scheduler's turns between the load and the service are what is measured.
    with Service(context.bench, folder, data, core=0) as service:
        def ask(**options):
            return context.load.ask(
                service.port, ca, serial, core=1, range=100_000, requests=20_000, threads=1, connections=64,
                seconds=context.seconds, **options
            )
        ask(warm_up=5)
        results = {}
        for name, options in (("kept", {}), ("signed", {"nonce": 32})):
            most = median([ask(**options)["rate"] for _ in range(3)])
            runs = [ask(rate=most / 2, **options) for _ in range(context.rounds)]
            results[name] = (most, median([r["rate"] for r in runs]), median([r["p50_ms"] for r in runs]),
                             median([r["p99_ms"] for r in runs]))
    words = "; ".join(
        f"{name} answers: {rate:,.0f}/s of {most:,.0f}/s, p50 {p50:.2f} ms, p99 {p99:.2f} ms"
        for name, (most, rate, p50, p99) in results.items()
    )
    return max(result[3] for result in results.values()), (
        f"the greater p99 of two. {words}; 64 connections, each request at its own time, latency counted from that "
        f"time, the service on one core and the load on the other"
    )


def stranger_certificate(folder):
    """DER of a certificate that nobody registered, of the longest key that is looked at."""
    name = os.path.join(folder, "stranger.cer")
    run(["openssl", "req", "-x509", "-newkey", "rsa:4096", "-nodes", "-subj", "/CN=stranger", "-days", 30,
         "-keyout", os.path.join(folder, "stranger.key"), "-outform", "DER", "-out", name])
    return name


def under_forged_signatures(context):
    """Nonce answers at half load beside a flood of forged requests, against the same flood without signatures."""
    folder = context.folder("forged")
    data = os.path.join(folder, "store")
    filled = figures(run([context.bench, "fill", "--data", data, "--good", 10_000]))
    serial, ca = int(filled["first_good"][0]), data + "/ca.cer"
    stranger = stranger_certificate(folder)
    with Service(context.bench, folder, data) as service:
        def ask(**options):
            return context.load.ask(
                service.port, ca, serial, range=10_000, nonce=32, threads=1, connections=32, seconds=context.seconds,
                **options
            )["rate"]
        half = median([ask() for _ in range(3)]) / 2

        def beside(**flood):
            flooding = context.load.flood(service.port, ca, serial, core=1, seconds=context.seconds + 3, **flood)
            try:
                return ask(rate=half)
            finally:
                flooding.terminate()
                flooding.wait()
        forged, unsigned = alternately(
            context.rounds, lambda: beside(forged_with=stranger), lambda: beside())
    return median_ratio(forged, unsigned), (
        f"answers with a nonce, asked for at {half:,.0f}/s (half of the most): {median(forged):,.0f}/s beside forged "
        f"requests with 8 certificates of RSA-4096, {median(unsigned):,.0f}/s beside the same requests unsigned; each "
        f"flood as fast as one core sends it"
    )


BENCHES = {
    "ocsp_under_forged_signatures": Bench(under_forged_signatures, "times, more is better", "the same flood unsigned"),
    "ocsp_half_load_p99_ms": Bench(latency_at_half_load, "ms", ""),
    "ocsp_kept_vs_nginx": Bench(kept_vs_nginx, "times, more is better", "nginx"),
    "ocsp_kept_vs_openssl_ocsp": Bench(kept_vs_openssl, "times, more is better", "openssl ocsp -multi 2"),
    "ocsp_reconnecting_vs_nginx": Bench(reconnecting_vs_nginx, "times, more is better", "nginx"),
    "ocsp_signed_rsa2048_vs_limit": Bench(
        lambda context: signed_vs_limit(context, "rsa2048", "rsa2048"),
        "times, more is better", "openssl speed and nginx"),
    "ocsp_signed_p256_vs_limit": Bench(
        lambda context: signed_vs_limit(context, "p256", "ecdsap256"),
        "times, more is better", "openssl speed and nginx"),
    "ocsp_33m_vs_100k": Bench(
        lambda context: many_vs_few(context, 33_000_000), "times, more is better", "the same with 100,000", quick=False),
    # What today's Japan has: about 100 million cards, two certificates each.
    "ocsp_200m_vs_100k": Bench(
        lambda context: many_vs_few(context, 200_000_000), "times, more is better", "the same with 100,000", quick=False),
}
