"""Memory of idle connections, plain and by TLS with client certificates."""

import gc
import os
import resource
import socket
import ssl
import time
import urllib.request

from measure import Bench
from peers import Authority, Failure, free_port, run

WANTED = 10_000
# Files that the service and this program need beside the connections.
RESERVE = 1_000


def raise_file_limit():
    """The most files that a process may open here, after asking for enough for both listeners."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 65_536), max(hard, 65_536)))
    except (ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


class Idle:
    """Connections that have asked one question each and stay."""

    def __init__(self, port, count, context=None):
        self.sockets = []
        for _ in range(count):
            plain = socket.create_connection(("127.0.0.1", port), timeout=20)
            # Else the request waits for the acknowledgement of the handshake's last flight, 40 ms each.
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection = context.wrap_socket(plain, server_hostname="127.0.0.1") if context else plain
            connection.sendall(b"GET /ca/sign.cer HTTP/1.1\r\nHost: localhost\r\n\r\n")
            if not connection.recv(4096).startswith(b"HTTP/1.1 200"):
                raise Failure("a connection was not served")
            self.sockets.append(connection)

    def are_all_open(self):
        """Whether none was closed by the service to make room or for being silent too long."""
        for connection in (self.sockets[0], self.sockets[-1]):
            connection.sendall(b"GET /ca/sign.cer HTTP/1.1\r\nHost: localhost\r\n\r\n")
            if not connection.recv(4096).startswith(b"HTTP/1.1 200"):
                return False
        return True

    def close(self):
        for connection in self.sockets:
            connection.close()


def anonymous_kib(process):
    """The memory that is the process's own, without pages of files."""
    with open(f"/proc/{process.pid}/status", encoding="ascii") as file:
        for line in file:
            if line.startswith("RssAnon"):
                return int(line.split()[1])
    raise Failure("the system does not tell RssAnon")


def connections_open(ops):
    """What the service itself counts, over its listeners."""
    with urllib.request.urlopen(f"http://127.0.0.1:{ops}/metrics", timeout=20) as answer:
        lines = answer.read().decode().splitlines()
    return sum(
        float(line.split()[-1])
        for line in lines
        if line.startswith("jpki_http_connections{") and 'listener="verifier' in line
    )


def make_authority(context, folder):
    """A fresh authority with a verifier that may connect by TLS; its ports and the verifier's TLS context."""
    data = os.path.join(folder, "authority")
    port, ops, https = free_port(), free_port(), free_port()
    config = os.path.join(folder, "jpki.toml")
    with open(config, "w", encoding="utf-8") as file:
        file.write(
            f'[urls]\npublic = "http://127.0.0.1:{port}"\n[crl]\nscopes = "used"\n[listen]\n'
            f'verifier = "127.0.0.1:{port}"\nops = "127.0.0.1:{ops}"\nverifier_https = "127.0.0.1:{https}"\n'
            # All connections come from one address, which is no verifier's network.
            "[access]\nopen_to_all = true\n[limits]\nstranger_connections = 0\n"
        )
    run([context.jpki, "init", "--no-passphrase", "--data", data, "--config", config])
    return data, port, ops, https


def make_credential(context, folder, data):
    """The TLS context of a verifier with a credential of its own."""
    def jpki(*arguments):
        return run([context.jpki, *arguments, "--data", data]).strip()
    verifier = jpki("verifier", "add", "Example Bank", "--class", "authentication", "--ready", "--tls")
    bundle, password = os.path.join(folder, "tls.p12"), os.path.join(folder, "p12-password.txt")
    jpki("verifier", "credential", "issue", verifier, "--for", "tls", "--out", bundle)
    pem = os.path.join(folder, "tls.pem")
    run(["openssl", "pkcs12", "-in", bundle, "-passin", f"file:{password}", "-nodes", "-out", pem])
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
    client.load_cert_chain(pem)
    return client


def kib_of_each(authority, ops, port, count, context=None):
    """Growth of the service's memory for each of `count` idle connections."""
    # What the first connections make once, for all: buffers of threads, tables.
    warm = Idle(port, 64, context)
    before = anonymous_kib(authority.process)
    idle = Idle(port, count, context)
    time.sleep(1)
    growth, counted = anonymous_kib(authority.process) - before, connections_open(ops)
    if counted < count or not idle.are_all_open():
        raise Failure(
            f"{count} connections were made, {counted:.0f} are open: raise the limit of open files (ulimit -n), or try "
            "again when the machine is quiet, since the service closes silent connections after a minute"
        )
    idle.close()
    warm.close()
    gc.collect()
    return growth / count


def idle_connections(context):
    folder = context.folder("idle")
    limit = raise_file_limit()
    # The service gives a quarter of its files to HTTPS (service/instance.cpp).
    plain = min(WANTED, limit * 3 // 4 - RESERVE)
    by_tls = min(WANTED, limit // 4 - RESERVE)
    data, port, ops, https = make_authority(context, folder)
    results = {}
    # A process for each: freed memory that the first kind leaves would hide what the second one takes.
    with Authority(context.jpki, folder, data, ops) as authority:
        client = make_credential(context, folder, data)
        results["TLS"] = (by_tls, kib_of_each(authority, ops, https, by_tls, client))
    with Authority(context.jpki, folder, data, ops) as authority:
        results["plain"] = (plain, kib_of_each(authority, ops, port, plain))
    words = ", ".join(f"{count:,} {name} connections {kib:.1f} KiB each" for name, (count, kib) in results.items())
    return max(kib for _, kib in results.values()), (
        f"the greater of two: {words}; growth of RssAnon of jpki serve, each connection after one answered request, those by "
        f"TLS with a client certificate"
    )


BENCHES = {"idle_connection_kib": Bench(idle_connections, "KiB", "", quick=False)}
