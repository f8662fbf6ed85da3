"""A relay in front of the service that keeps what clients send: `./dev soak --clients` reads from it which method, HTTP
version, nonce and hash each client uses. Bytes pass unchanged in both directions."""

import base64
import re
import socket
import subprocess
import threading
import urllib.parse


class Relay:
    """Listens on a free port of 127.0.0.1 and forwards each connection to the port `to`."""

    def __init__(self, to):
        self.to = to
        self.streams = []
        self.lock = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(("127.0.0.1", self.to))
            except OSError:
                client.close()
                continue
            stream = bytearray()
            with self.lock:
                self.streams.append(stream)
            threading.Thread(target=self._forward, args=(client, server, stream), daemon=True).start()
            threading.Thread(target=self._forward, args=(server, client, None), daemon=True).start()

    def _forward(self, source, sink, stream):
        try:
            while data := source.recv(65536):
                if stream is not None:
                    with self.lock:
                        stream += data
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            for side in (source, sink):
                try:
                    side.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    def take(self):
        """The requests since the last call, in order: dicts with method, path, version, body."""
        with self.lock:
            streams, self.streams = [bytes(stream) for stream in self.streams], []
        return [request for stream in streams for request in requests(stream)]


def requests(stream):
    while b"\r\n\r\n" in stream:
        head, stream = stream.split(b"\r\n\r\n", 1)
        line, *fields = head.decode("latin-1").split("\r\n")
        method, path, version = (line.split(" ") + ["", ""])[:3]
        length, chunked = 0, False
        for field in fields:
            name, _, value = field.partition(":")
            if name.lower() == "content-length":
                length = int(value)
            chunked |= name.lower() == "transfer-encoding" and "chunked" in value.lower()
        body, stream = (unchunk(stream) if chunked else (stream[:length], stream[length:]))
        yield {"method": method, "path": path, "version": version.removeprefix("HTTP/"), "body": body}


def unchunk(stream):
    body = b""
    while True:
        size, _, stream = stream.partition(b"\r\n")
        size = int(size.split(b";")[0] or b"0", 16)
        if size == 0:
            return body, stream.partition(b"\r\n")[2]
        body, stream = body + stream[:size], stream[size + 2:]


def ocsp_request(request):
    """The DER of an OCSP request, or nothing when it is none."""
    if not request["path"].lstrip("/").startswith("ocsp/"):
        return None
    if request["method"] == "POST":
        return request["body"]
    text = urllib.parse.unquote(re.sub(r"^/*ocsp/[a-z]+(/pinless)?/", "", request["path"]))
    return base64.b64decode(text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4))


def nonce_length(value):
    """Of a nonce as it stands in the extension: with an OCTET STRING around it, or bare."""
    is_wrapped = len(value) > 2 and value[0] == 4 and value[1] == len(value) - 2
    return len(value) - 2 if is_wrapped else len(value)


def sent(taken):
    """What a client sends, of the requests that it made: {"http", "method", "nonce", "hash", "signed", "crls"}, each a
    sorted list of what was seen. openssl reads the requests."""
    seen = {key: set() for key in ("http", "method", "nonce", "hash", "signed", "crls")}
    for request in taken:
        seen["http"].add(request["version"])
        der = ocsp_request(request)
        if der is None:
            if request["path"].endswith(".crl"):
                seen["crls"].add(re.sub(r".*/", "", request["path"]))
            continue
        seen["method"].add(request["method"])
        text = subprocess.run(["openssl", "ocsp", "-reqin", "/dev/stdin", "-req_text"], input=der,
                              capture_output=True).stdout.decode("latin-1")
        for name in re.findall(r"Hash Algorithm: (\S+)", text):
            seen["hash"].add(name.upper().replace("SHA", "SHA-"))
        nonce = re.search(r"OCSP Nonce: *\n? *([0-9A-F]+)", text)
        seen["nonce"].add(nonce_length(bytes.fromhex(nonce.group(1))) if nonce else 0)
        if "Signature Algorithm" in text:
            seen["signed"].add("yes")
    return {key: sorted(values) for key, values in seen.items()}
