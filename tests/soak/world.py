"""One authority under the campaign of faults: its server, the ledger of what it has acknowledged, and the check
of the whole world against that ledger.

The ledger shares no code with the program: requests are made and answers are read by python3-cryptography.
"""

import base64
import functools
import hashlib
import http.client
import json
import os
import pathlib
import random
import resource
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509 import ocsp

MUNICIPALITY = "132217"
MOST_REQUESTS = 200
SOURCE = pathlib.Path(__file__).resolve().parents[2]


class Violation(Exception):
    """Something that must never happen has happened."""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def verify(key, signature, content, algorithm):
    if isinstance(key, rsa.RSAPublicKey):
        key.verify(signature, content, padding.PKCS1v15(), algorithm)
    else:
        key.verify(signature, content, ec.ECDSA(algorithm))


@functools.cache
def make_requests():
    """PKCS#10 by the keys of the repository, as municipalities would send them."""
    made = []
    ending = b"-----END PRIVATE KEY-----"
    keys = [text + ending for file in sorted((SOURCE / "testdata/keys").glob("pool-*.pem"))
            for text in file.read_bytes().split(ending)[:-1]]
    # To load one takes python3-cryptography some hundredths of a second.
    for text in keys[:MOST_REQUESTS]:
        key = serialization.load_pem_private_key(text, None)
        request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, hashes.SHA256())
        made.append(base64.b64encode(request.public_bytes(serialization.Encoding.DER)).decode())
    if not made:
        raise ValueError("there are no keys in testdata/keys")
    return made


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path, timeout=60):
        super().__init__("jpki", timeout=timeout)
        self.path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Certificate:
    """One certificate of the ledger. `allowed` are the states that the authority may give now: one, or two while
    the outcome of a request is not known."""

    def __init__(self, name, der, resident, kind):
        self.name, self.der, self.resident, self.kind = name, der, resident, kind
        self.certificate = x509.load_der_x509_certificate(der)
        self.allowed = {"good"}

    @property
    def serial(self):
        return self.certificate.serial_number

    @property
    def issuer(self):
        """The generation, sign-1."""
        return self.name.split("/")[0]

    @property
    def ca(self):
        return self.issuer.split("-")[0]

    @property
    def key(self):
        return self.certificate.public_key().public_bytes(serialization.Encoding.DER,
                                                          serialization.PublicFormat.SubjectPublicKeyInfo)


class World:
    """A folder with data, safety folder and server. Everything is below `root`."""

    def __init__(self, jpki, seed, folder=None, faketime=None, begun=None):
        """`begun`: how far off the clock is at first, "-3d"; commands then go by the server's clock, too."""
        self.jpki, self.faketime = str(jpki), faketime
        self.random = random.Random(seed)
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="jpki-faults-", dir=folder))
        self.data, self.safety = self.root / "data", self.root / "jpki-safety"
        self.log = self.root / "server.log"
        self.has_own_clock = begun is not None
        self.leap(begun or "+0")
        self.port, self.ops_port = free_port(), free_port()
        self.server = None
        self.mutex = threading.Lock()
        self.certificates = {}  # By name, sign-1/100000001.
        self.names = {}  # Of residents.
        self.busy = set()  # Residents with a request in work.
        self.uncertain = set()  # Residents of whom a request was not answered.
        self.lists = {}  # Digest by scope, kind and number.
        self.serials = {}  # Digest of the certificate by CA and serial.
        self.issuers = {}  # CA certificates by generation, sign-1.
        self.compromised = {}  # Generations, and when their compromise was recorded.
        self.reported = set()  # Requests for keys that were reported as known to others.
        self.used = {}  # The request of each certificate.
        self.responders = {}  # Keys whose certificates were verified, by generation and serial.
        self.lost = {}  # By CA, the serials of certificates that a restored store does not know.
        self.head = None
        self.said = ""  # Of the audit log, as it was last seen.
        self.acknowledged = 0
        config = self.root / "jpki.toml"
        config.write_text(f'''[urls]
public = "http://127.0.0.1:{self.port}"
[listen]
verifier = "127.0.0.1:{self.port}"
verifier_https = "off"
admin_https = "off"
ops = "127.0.0.1:{self.ops_port}"
[access]
open_to_all = true
[ca]
key = "p-256"
responder_key = "p-256"
[crl]
scopes = "used"
[ocsp]
kept_answers_mib = 0
''')
        self.run("init", "--config", str(config), "--quiet", "--no-passphrase")
        self.requests = make_requests()
        self.start()
        self.read_generations()

    def read_generations(self):
        """What generations there are now, and which are compromised: none of both may be forgotten."""
        rows = json.loads(self.run("ca", "list", "--json").stdout)["generations"]
        found = {row["issuer"]: row["compromise"] for row in rows if row["ca"] != "ops"}
        if not set(self.issuers) <= set(found):
            raise Violation(f"generations that were begun are not there: {set(self.issuers) - set(found)}")
        for issuer, compromise in found.items():
            certificate = x509.load_der_x509_certificate(self.get(f"/ca/{issuer}.cer"))
            if self.issuers.setdefault(issuer, certificate) != certificate:
                raise Violation(f"another certificate of {issuer}")
            if compromise:
                self.compromised.setdefault(issuer, compromise["recorded_at"])
            elif issuer in self.compromised:
                raise Violation(f"the compromise of {issuer} is forgotten")

    def current(self, ca):
        """The generation that issues."""
        return max((i for i in self.issuers if i.startswith(ca)), key=lambda i: int(i.split("-")[1]))

    def note_compromise(self, issuer):
        """It was acknowledged: nothing of the generation is good or held from now on."""
        self.compromised.setdefault(issuer, "")
        for certificate in self.certificates.values():
            if certificate.issuer == issuer:
                certificate.allowed = {"revoked"}

    # ---- the program

    def run(self, *arguments, code=0):
        """A command on this data folder; gives what it said. `code`: the one expected, or None for any."""
        done = subprocess.run([self.jpki, *arguments, "--data", str(self.data)], capture_output=True, text=True,
                              timeout=120, env=self.environment() if self.has_own_clock else None)
        self.said = f"jpki {' '.join(arguments)}: exit {done.returncode}: {done.stdout}{done.stderr}"
        if code is not None and done.returncode != code:
            raise Violation(self.said)
        return done

    def environment(self):
        """That of a process which goes by this world's clock."""
        if not self.faketime:
            return dict(os.environ)
        return os.environ | {"LD_PRELOAD": self.faketime, "FAKETIME_TIMESTAMP_FILE": str(self.root / "faketime.rc"),
                             "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}

    def start(self, expect_ready=True, options=()):
        with open(self.log, "a") as log:
            self.server = subprocess.Popen([self.jpki, "serve", "--data", str(self.data), *options], stderr=log, stdout=log,
                                           env=self.environment(), preexec_fn=ignore_file_size_signal)
        if expect_ready:
            self.wait_until_ready()

    def leap(self, by):
        (self.root / "faketime.rc").write_text(by + "\n")

    def readyz(self, query=""):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.ops_port, timeout=10)
            connection.request("GET", "/readyz" + query)
            response = connection.getresponse()
            return response.status, json.loads(response.read())["faults"]
        except (OSError, http.client.HTTPException, ValueError):
            return 0, []

    def wait_for(self, what, condition, seconds=60):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if condition():
                return
            if self.server.poll() is not None:
                raise Violation(f"the server ended with {self.server.returncode} while waiting for: {what}")
            time.sleep(0.02)
        raise Violation(f"after {seconds} seconds not: {what}; readyz: {self.readyz()}; last command: {self.said}")

    def wait_until_ready(self, seconds=60):
        self.wait_for("ready", lambda: self.readyz()[0] == 200, seconds)

    def kill(self):
        self.server.send_signal(signal.SIGKILL)
        self.server.wait()

    def stop(self):
        self.server.send_signal(signal.SIGTERM)
        try:
            code = self.server.wait(timeout=60)
        except subprocess.TimeoutExpired:
            raise Violation("SIGTERM did not end the server within a minute")
        if code != 0:
            raise Violation(f"the server ended with {code} after SIGTERM")

    def refuses_to_serve(self, *words):
        """The server must end by itself, with a code and in words, and not by a signal."""
        done = subprocess.run([self.jpki, "serve", "--data", str(self.data)], capture_output=True, text=True,
                              timeout=60)
        if done.returncode not in (1, 2, 4) or not any(word in done.stderr for word in words):
            raise Violation(f"serve should refuse with one of {words}: exit {done.returncode}: {done.stderr[-600:]}")
        return done.stderr

    def limit_files(self, size=None):
        """No file of the server may grow beyond this: as good as a full disk."""
        limit = resource.RLIM_INFINITY if size is None else size
        resource.prlimit(self.server.pid, resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))

    def remove(self):
        if self.server and self.server.poll() is None:
            self.kill()
        shutil.rmtree(self.root)

    # ---- requests

    def get(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request("GET", path)
        response = connection.getresponse()
        body = response.read()
        if response.status != 200:
            raise Violation(f"GET {path}: {response.status} {body[:200]}")
        return body

    def admin(self, method, path, body=None, role=None, connection=None):
        """Status and JSON; status 0 when there was no answer."""
        try:
            connection = connection or UnixConnection(self.data / "admin.sock")
            headers = {"Content-Type": "application/json"} | ({"Jpki-As": role} if role else {})
            connection.request(method, path, json.dumps(body) if body is not None else None, headers)
            response = connection.getresponse()
            return response.status, json.loads(response.read() or b"{}")
        except (OSError, http.client.HTTPException, ValueError):
            return 0, {}

    def note_certificate(self, answer, resident, kind):
        der = base64.b64decode(answer["der"])
        certificate = Certificate(answer["certificate"], der, resident, kind)
        key = (answer["certificate"].split("-")[0], certificate.serial)
        if self.serials.setdefault(key, sha256(der)) != sha256(der):
            raise Violation(f"serial {key} was given twice")
        self.certificates[certificate.name] = certificate

    def live(self, resident, kind):
        """Those that are in force, as far as is known."""
        return [c for c in self.of_resident(resident, kind) if c.allowed & {"good", "held"}]

    def concerned(self, resident, event, kind):
        """What an event may change: of a key notice, whatever else of the holder has the same key."""
        concerned = self.of_resident(resident, kind)
        if event == "key-notice":
            leaked = {c.key for c in self.live(resident, kind)}
            concerned += [c for other in ("sign", "auth") if other != kind
                          for c in self.of_resident(resident, other) if c.key in leaked]
        return concerned

    def of_resident(self, resident, kind):
        """Those that an event of the resident concerns; what a restore has lost is in nobody's entry."""
        return [c for c in list(self.certificates.values()) if c.resident == resident and c.kind == kind and
                c.serial not in self.lost.get(c.name.split("-")[0], ())]

    LISTS_CHECKED = ()  # All that are on record.

    # What each request does to the holder's certificates of a kind, by the ledger's own rules.
    EFFECTS = {
        "hold": {"good": "held"},
        "release": {"held": "good"},
        "key-notice": {"good": "revoked", "held": "revoked"},
        "holder-application": {"good": "revoked", "held": "revoked"},
        "name-change": {"good": "revoked", "held": "revoked"},
    }

    def record_event(self, connection, resident, event, kind, chance):
        body = {"resident": resident, "event": event}
        role = f"municipality:{MUNICIPALITY}"
        if event == "name-change":
            body["name"] = f"模擬　{chance.randrange(10**6)}"
        else:
            body["kind"] = kind
        if event == "hold":
            role = "call-centre"
        concerned = self.concerned(resident, event, kind)
        before = {c.name: set(c.allowed) for c in concerned}
        after = {c.name: {self.EFFECTS[event].get(s, s) for s in c.allowed} for c in concerned}
        with self.mutex:
            for c in concerned:
                c.allowed = before[c.name] | after[c.name]
        status, _ = self.admin("POST", "/v1/events", body, role, connection)
        with self.mutex:
            if status == 0:
                self.uncertain.add(resident)
                return False
            for c in concerned:
                c.allowed = after[c.name] if status < 300 else before[c.name]
            if status < 300:
                self.acknowledged += 1
                if event == "key-notice":
                    self.reported |= {self.used[c.name] for c in concerned
                                      if c.name in self.used and before[c.name] & {"good", "held"}}
                if event == "name-change":
                    self.names[resident] = body["name"]
        return True

    def issue(self, connection, resident, kind, chance):
        # Sometimes the key of the holder's other certificate.
        others = [self.used[c.name] for c in self.live(resident, "auth" if kind == "sign" else "sign")
                  if c.name in self.used]
        request = others[0] if others and chance.random() < 0.2 else chance.choice(self.requests)
        while request in self.reported and chance.random() < 0.9:
            request = chance.choice(self.requests)
        was_reported = request in self.reported
        body = {"resident": resident, "kind": kind, "csr": request}
        status, answer = self.admin("POST", "/v1/certificates", body, f"municipality:{MUNICIPALITY}", connection)
        with self.mutex:
            if status == 0:
                self.uncertain.add(resident)
                return False
            if status < 300:
                self.acknowledged += 1
                self.note_certificate(answer, resident, kind)
                self.used[answer["certificate"]] = request
                if was_reported:
                    raise Violation(f"{answer['certificate']} was issued for a key that was reported")
        return True

    def add_resident(self, connection, name="模擬　太郎", number=None):
        body = {"name": name, "birth": "1980-02-17", "sex": "male", "municipality": MUNICIPALITY,
                "address": "東京都清瀬市模擬町１番"} | ({"id": number} if number else {})
        status, answer = self.admin("POST", "/v1/residents", body, f"municipality:{MUNICIPALITY}", connection)
        if 0 < status < 300:
            with self.mutex:
                self.names[answer["id"]] = name
                self.acknowledged += 1
            return answer["id"]
        return None

    def one_request(self, connection, chance):
        """False when the server did not answer."""
        with self.mutex:
            free = [r for r in self.names if r not in self.busy and r not in self.uncertain]
            new = not free or (len(self.names) < 25 and chance.random() < 0.3)
            resident = None if new else chance.choice(free)
            if resident:
                self.busy.add(resident)
        if new:
            resident = self.add_resident(connection)
            return resident is not None
        try:
            kind = chance.choice(("sign", "auth"))
            if not self.live(resident, kind):
                return self.issue(connection, resident, kind, chance)
            event = chance.choice(("hold", "hold", "release", "release", "key-notice", "holder-application",
                                   "name-change"))
            if event == "release":
                kind = "auth"  # A held signing certificate never comes back.
            return self.record_event(connection, resident, event, "sign" if event == "name-change" else kind, chance)
        finally:
            with self.mutex:
                self.busy.discard(resident)

    def load(self, seconds, clients=3):
        """Threads that send requests for so long, or until the server is gone; call the result to wait for them."""
        end = time.monotonic() + seconds

        failed = []

        def client(seed):
            chance = random.Random(seed)
            try:
                while time.monotonic() < end:
                    if not self.one_request(UnixConnection(self.data / "admin.sock"), chance):
                        time.sleep(0.01)
            except Exception as error:  # noqa: BLE001: a load that has ended would let every check pass.
                failed.append(error)

        def wait():
            for thread in threads:
                thread.join()
            if failed:
                raise failed[0]

        threads = [threading.Thread(target=client, args=(self.random.random(),)) for _ in range(clients)]
        for thread in threads:
            thread.start()
        return wait

    # ---- the check of the whole world

    def ocsp_status(self, certificate, port=None, timeout=30):
        """good, held, revoked, unknown, or the word of an error response."""
        ca, issuer = certificate.ca, self.issuers[certificate.issuer]
        request = ocsp.OCSPRequestBuilder().add_certificate(certificate.certificate, issuer, hashes.SHA256()).build()
        connection = http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=timeout)
        connection.request("POST", f"/ocsp/{ca}", request.public_bytes(serialization.Encoding.DER),
                           {"Content-Type": "application/ocsp-request"})
        answer = ocsp.load_der_ocsp_response(connection.getresponse().read())
        if answer.response_status != ocsp.OCSPResponseStatus.SUCCESSFUL:
            return answer.response_status.name
        responder = answer.certificates[0]
        key = self.responders.get((certificate.issuer, responder.serial_number))
        if key is None:
            verify(issuer.public_key(), responder.signature, responder.tbs_certificate_bytes,
                   responder.signature_hash_algorithm)
            key = self.responders[(certificate.issuer, responder.serial_number)] = responder.public_key()
        verify(key, answer.signature, answer.tbs_response_bytes, answer.signature_hash_algorithm)
        if answer.serial_number != certificate.serial:
            raise Violation(f"an answer about another serial than {certificate.name}")
        if answer.certificate_status == ocsp.OCSPCertStatus.GOOD:
            return "good"
        if answer.certificate_status == ocsp.OCSPCertStatus.UNKNOWN:
            return "unknown"
        return "held" if answer.revocation_reason == x509.ReasonFlags.certificate_hold else "revoked"

    def settle(self):
        """Requests that were not answered: what became of them decides, and stands from now on."""
        for resident in sorted(self.uncertain):
            status, found = self.admin("GET", f"/v1/certificates?resident={resident}")
            if status != 200:
                raise Violation(f"the certificates of resident {resident}, who was acknowledged: {status} {found}")
            for row in found["certificates"]:
                if row["certificate"] not in self.certificates:
                    self.note_certificate(row, resident, row["kind"])
                    # One that was overtaken while it was signed is on record as revoked and was not given out.
                    self.certificates[row["certificate"]].allowed = {"good", "revoked"}
            status, entry = self.admin("GET", f"/v1/residents/{resident}")
            self.names[resident] = entry["name"]
        self.uncertain.clear()

    def check_status(self):
        for certificate in self.certificates.values():
            told = self.ocsp_status(certificate)
            if told not in certificate.allowed:
                raise Violation(f"OCSP says {told} of {certificate.name}; acknowledged was {certificate.allowed}")
            certificate.allowed = {told}

    def fetch_list(self, issuer, path):
        """Decoded: its number and its entries as {serial: state}; each number must stand for one list."""
        content = self.get(path)
        found = x509.load_der_x509_crl(content)
        if not found.is_signature_valid(self.issuers[issuer].public_key()):
            raise Violation(f"the signature of {path}")
        number = found.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
        if self.lists.setdefault((path, number), sha256(content)) != sha256(content):
            raise Violation(f"two lists of {path} with number {number}")
        greatest = max(n for p, n in self.lists if p == path)
        if number < greatest:
            raise Violation(f"{path} has number {number} after {greatest}")
        entries = {}
        for entry in found:
            try:
                reason = entry.extensions.get_extension_for_class(x509.CRLReason).value.reason
            except x509.ExtensionNotFound:
                reason = None
            state = {x509.ReasonFlags.certificate_hold: "held", x509.ReasonFlags.remove_from_crl: "good"}
            entries[entry.serial_number] = state.get(reason, "revoked")
        return number, entries

    def check_cas(self, ca, issuer):
        """The list of CAs of one generation: the compromised ones of the name, and no other."""
        number, entries = self.fetch_list(issuer, f"/crl/{issuer}/arl.crl")
        fallen = {self.issuers[i].serial_number for i in self.compromised if i.startswith(ca)}
        standing = {self.issuers[i].serial_number for i in self.issuers if i.startswith(ca)} - fallen
        if not fallen <= set(entries) or standing & set(entries):
            raise Violation(f"arl.crl of {issuer}: {sorted(entries)}; compromised are {sorted(fallen)}")
        return number, entries

    def check_entries(self, ca, scope, issuer):
        """The lists of one scope by the key of one generation, against what was acknowledged."""
        whole = scope.count("/") == 2
        expected = {c.serial: next(iter(c.allowed)) for c in self.certificates.values()
                    if c.ca == ca and c.allowed != {"good"}}
        number, complete = self.fetch_list(issuer, f"{scope}/full.crl")
        delta_number, delta = self.fetch_list(issuer, f"{scope}/delta.crl")
        for what, entries in (("full", complete), ("full + delta", complete | delta)):
            for serial, state in expected.items():
                # A certificate that a restore has lost stands on the list of the whole alone.
                if entries.get(serial, "good") != state and (whole or serial not in self.lost.get(ca, ())):
                    raise Violation(f"{scope} {what}: {serial} is {entries.get(serial, 'absent')}, not {state}")
            for serial, state in entries.items():
                if state != "good" and serial not in expected and (ca, serial) in self.serials:
                    raise Violation(f"{scope} {what}: {serial} is {state} and was never revoked")
        return number, complete, delta_number, delta

    def check_lists(self):
        """All generations of a name say the same, each by its own key (RFC 5280 section 5)."""
        for ca in ("sign", "auth"):
            generations = [i for i in self.issuers if i.startswith(ca)]
            said = {}
            for issuer in generations:
                said.setdefault("arl", []).append(self.check_cas(ca, issuer))
                said.setdefault("whole", []).append(self.check_entries(ca, f"/crl/{issuer}", issuer))
                if any(c.issuer == issuer for c in self.certificates.values()):
                    said.setdefault("point", []).append(
                        self.check_entries(ca, f"/crl/{issuer}/{MUNICIPALITY}", issuer))
            for scope, lists in said.items():
                if any(one != lists[0] for one in lists[1:]):
                    numbers = [[part if isinstance(part, int) else len(part) for part in one] for one in lists]
                    raise Violation(f"the lists of {generations} differ in scope {scope}: numbers and lengths {numbers}")

    def check(self):
        """Everything that must hold whenever the server is ready."""
        self.wait_until_ready()
        self.read_generations()
        self.settle()
        self.check_status()
        for issuer in self.compromised:  # Waits until its rows are filled in.
            self.run("event", "ca-key-compromise", "--ca", issuer, "--wait")
        self.run("crl", "publish", "--quiet")
        self.check_lists()
        self.run("check")
        self.run("check", "--store")
        self.run("crl", "check", "--quiet", *self.LISTS_CHECKED)
        expect = ("--expect", self.head) if self.head else ()
        self.head = json.loads(self.run("audit", "verify", "--json", *expect).stdout)["head"]
        self.wait_until_ready()


def ignore_file_size_signal():
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
