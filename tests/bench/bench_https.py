"""HTTPS with client certificates, the way verifiers come, against nginx with the same keys and chain."""

import glob
import os
import ssl
import subprocess

from measure import Bench, alternately, median, median_ratio
from peers import Failure, Mock, Nginx, Process, figures, pinned, post, run

# As long as a complete list of a million entries.
LIST_BYTES = 37_000_000


def cpu_seconds(process):
    """What a program and its children have used up to now, their threads together."""
    def of(pid):
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    with open(f"/proc/{process.pid}/task/{process.pid}/children", encoding="ascii") as file:
        return sum(of(pid) for pid in [process.pid, *file.read().split()])


class Files(Process):
    """The product's HTTP server with one file over TLS."""

    def __init__(self, bench, folder, file, tls, core):
        super().__init__(
            pinned(core) + [bench, "files", "--file", file, "--certificate", tls["certificate"], "--key", tls["key"]]
            + ["--authority", tls["authority"]],
            folder,
            stdout=subprocess.PIPE,
        )
        line = self.process.stdout.readline()
        if not line:
            raise Failure("jpki_bench files did not start; see log.txt (bench.py --keep)")
        self.port = int(float(line.split("=")[1]))


def write(name, text):
    with open(name, "w", encoding="utf-8") as file:
        file.write(text)
    return name


def tls_of(mock, folder):
    """The mock's own certificate and key, the authority of its clients, and a client's credential, all PEM."""
    https = mock.facts["https"]
    host, port = https.split("//")[1].split(":")
    certificate = write(os.path.join(folder, "server.pem"), ssl.get_server_certificate((host, int(port))))
    root = os.path.dirname(os.path.dirname(os.path.abspath(mock.ca)))
    keys = glob.glob(os.path.join(root, "world-*", "keys", "server-*.key"))
    if len(keys) != 1:
        raise Failure(f"the mock's server key was looked for, and found were {len(keys)}")
    credential = next(one["credential"] for one in mock.facts["verifiers"] if one["use"] == "tls")
    client = os.path.join(folder, "client.pem")
    run(["openssl", "pkcs12", "-in", credential, "-passin", "pass:jpki-test", "-nodes", "-out", client])
    return {"certificate": certificate, "key": keys[0], "authority": mock.facts["ops_ca"], "client": client,
            "port": int(port)}


def rate_for_cpu(context, process, port, path, tls, core, bytes_counted=False, **options):
    """Answers a second, and answers for each second of the server's CPU; the load runs on a core of its own."""
    arguments = [context.bench, "https", "--port", port, "--path", path, "--credential", tls["client"],
                 "--seconds", context.seconds, "--warm-up", "0"]
    for name, value in options.items():
        arguments += ["--" + name, value]
    before = cpu_seconds(process)
    values = figures(run(pinned(core) + arguments))
    used = cpu_seconds(process) - before
    rate = values["bytes_rate" if bytes_counted else "rate"][0]
    return rate, rate * context.seconds / used


def compare(context, ours, theirs):
    """The rates of both and the ratio of what they give for a second of CPU."""
    ours, theirs = alternately(context.rounds, ours, theirs)
    rates = [median([rate for rate, _ in side]) for side in (ours, theirs)]
    micros = [median([1e6 / for_cpu for _, for_cpu in side]) for side in (ours, theirs)]
    return median_ratio([a for _, a in ours], [a for _, a in theirs]), rates, micros


def small_answers(context, reuse, connections):
    """A kept OCSP answer by POST, against a file of the same size."""
    folder = context.folder(f"https-{reuse}")
    with Mock(context.jpki, folder, core=0) as mock:
        tls = tls_of(mock, folder)
        question = context.load.request(mock.ca, mock.serial)
        answer = post(mock.port, "/ocsp/sign", question)
        body = os.path.join(folder, "question.der")
        with open(body, "wb") as file:
            file.write(question)
        with Nginx(folder, answer, workers=1, core=0, tls=tls) as nginx:
            def ask(process, port, path, **options):
                return rate_for_cpu(context, process, port, path, tls, 1, reuse=reuse, connections=connections, **options)
            return (*compare(
                context,
                lambda: ask(mock.process, tls["port"], "/ocsp/sign", body=body),
                lambda: ask(nginx.process, nginx.port, "/file.bin"),
            ), len(answer))


def kept(context):
    ratio, (ours, theirs), (our_cpu, their_cpu), size = small_answers(context, "as-served", 32)
    return ratio, (
        f"answers for a second of the server's CPU. jpki mock gives a kept answer by POST {ours:,.0f}/s, {our_cpu:.1f} us "
        f"each; nginx (1 worker, ssl_verify_client on) a file of the same {size} bytes by GET {theirs:,.0f}/s, "
        f"{their_cpu:.1f} us each; TLS 1.3, 32 kept-alive connections with a client certificate, the server on one core, "
        f"the load on the other"
    )


def handshakes(context):
    ratio, (ours, theirs), (our_cpu, their_cpu), _ = small_answers(context, "never", 16)
    return ratio, (
        f"answers for a second of the server's CPU, each after a full handshake of its own: jpki mock {ours:,.0f}/s, "
        f"{our_cpu:.0f} us each; nginx with the same P-256 key and chain, without tickets, {theirs:,.0f}/s, {their_cpu:.0f} us each; "
        f"TLS 1.3 with a client certificate, 16 connections at a time, the server on one core, the load on the other"
    )


def lists(context):
    folder = context.folder("https-lists")
    with Mock(context.jpki, folder, core=0) as mock:
        tls = tls_of(mock, folder)
        # The key goes with the mock.
        for name in ("key", "authority"):
            with open(tls[name], encoding="utf-8") as file:
                tls[name] = write(os.path.join(folder, f"{name}.pem"), file.read())
    content = os.urandom(LIST_BYTES)
    name = os.path.join(folder, "list.bin")
    with open(name, "wb") as file:
        file.write(content)
    with Files(context.bench, folder, name, tls, core=0) as files, \
            Nginx(folder, content, workers=1, core=0, tls=tls) as nginx:
        def fetch(process, port):
            return rate_for_cpu(context, process, port, "/file.bin", tls, 1, bytes_counted=True, connections=8)
        ratio, (ours, theirs), (our_cpu, their_cpu) = compare(
            context, lambda: fetch(files.process, files.port), lambda: fetch(nginx.process, nginx.port))
    return ratio, (
        f"bytes for a second of the server's CPU, of a file of {LIST_BYTES / 1e6:.0f} MB over 8 connections: our HTTP server "
        f"{ours / 1e6:,.0f} MB/s, {our_cpu * 1e3:.2f} ns a byte; nginx (1 worker, sendfile) {theirs / 1e6:,.0f} MB/s, "
        f"{their_cpu * 1e3:.2f} ns; TLS 1.3 with a client certificate, the server on one core, the load on the other"
    )


BENCHES = {
    "https_kept_vs_nginx": Bench(kept, "times, more is better", "nginx with TLS"),
    "https_handshakes_vs_nginx": Bench(handshakes, "times, more is better", "nginx with TLS"),
    "https_crl_vs_nginx": Bench(lists, "times, more is better", "nginx with TLS"),
}
