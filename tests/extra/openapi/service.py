"""A mock to talk to: its listeners, and files made with openssl as a municipality, a holder or a verifier would."""

import http.client
import json
import socket
import ssl
import subprocess
import tempfile
import urllib.parse
from pathlib import Path


class SocketConnection(http.client.HTTPConnection):
    """HTTP on a Unix socket."""

    def __init__(self, path):
        super().__init__("jpki", timeout=60)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def openssl(*arguments, data=None):
    return subprocess.run(["openssl", *arguments], input=data, capture_output=True, check=True).stdout


class Service:
    def __init__(self, program, work):
        self.work = Path(work)
        self.process = subprocess.Popen([program, "mock", "--residents", "3"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE)
        self.mock = json.loads(self.process.stdout.readline())
        self.password = self.mock["p12_password"]
        credential = next(one for one in self.mock["verifiers"] if one["use"] == "tls")["credential"]
        self.tls = ssl.create_default_context(cafile=self.mock["ops_ca"])
        self.tls.load_cert_chain(self.pem_of(credential))

    def stop(self):
        """Ends the mock; gives its exit code."""
        self.process.stdin.close()
        self.process.stdout.close()
        return self.process.wait(timeout=60)

    def pem_of(self, p12):
        """Certificate and key of a PKCS#12 file in one PEM file."""
        pem = openssl("pkcs12", "-in", p12, "-nodes", "-passin", "pass:" + self.password)
        path = self.work / (Path(p12).stem + ".pem")
        path.write_bytes(pem)
        return str(path)

    def connection(self, server):
        """To the listener that the description's server stands for."""
        port = urllib.parse.urlsplit(server).port
        if port == 8443:
            return http.client.HTTPSConnection(self.netloc(self.mock["https"]), context=self.tls, timeout=60)
        if port == 8080:
            return http.client.HTTPConnection(self.netloc(self.mock["ca"]["sign"]["ocsp"]), timeout=60)
        if port == 9090:
            return http.client.HTTPConnection(self.netloc(self.mock["ops"]), timeout=60)
        return SocketConnection(self.mock["admin"])

    @staticmethod
    def netloc(url):
        return urllib.parse.urlsplit(url).netloc

    def ask(self, server, method, target, body=None, headers=None):
        """Gives status, headers and body of the answer."""
        connection = self.connection(server)
        try:
            connection.request(method, target, body=body, headers=headers or {})
            answer = connection.getresponse()
            return answer.status, dict((name.lower(), value) for name, value in answer.getheaders()), answer.read()
        finally:
            connection.close()

    def new_request(self):
        """A PKCS#10 request by a new RSA key, DER."""
        return openssl("req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", str(self.work / "new.key"), "-subj",
                       "/CN=new", "-outform", "DER")

    def ocsp_request(self, ca, resident, *, sign_with=None):
        """A request about the resident's certificate, DER; signed with a credential where one is given."""
        cer = self.work / "asked.pem"
        cer.write_bytes(openssl("x509", "-inform", "DER", "-in", resident[ca]["cer"]))
        issuer = self.work / "issuer.pem"
        issuer.write_bytes(openssl("x509", "-inform", "DER", "-in", self.mock["ca"][ca]["cer"]))
        signer = []
        if sign_with:
            pem = self.pem_of(sign_with)
            signer = ["-signer", pem, "-signkey", pem]
        out = self.work / "request.der"
        openssl("ocsp", "-issuer", str(issuer), "-cert", str(cer), "-reqout", str(out), *signer)
        return out.read_bytes()

    def consent(self, resident, content):
        """CMS SignedData over the content, made with the resident's signing key."""
        with tempfile.NamedTemporaryFile(dir=self.work, suffix=".pem") as signer:
            signer.write(openssl("x509", "-inform", "DER", "-in", resident["sign"]["cer"]))
            signer.flush()
            return openssl("cms", "-sign", "-binary", "-nodetach", "-signer", signer.name, "-inkey",
                           resident["sign"]["key"], "-outform", "DER", data=json.dumps(content).encode())
