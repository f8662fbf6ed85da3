"""Steps of commands.py on an authority that `jpki serve` answers for: two persons, and a restore."""

import contextlib
import os
import socket
import subprocess
import time
import urllib.request

PERSON = ["--name", "模擬　一郎", "--birth", "1980-02-17", "--sex", "male", "--municipality", "132217", "--address",
          "東京都清瀬市模擬町１番"]


def free_ports(count):
    """Ports of the loopback that nobody listens at, all different."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [one.getsockname()[1] for one in sockets]


class Authority:
    """A data folder below the folder of the test, with ports of its own. Within `with served()` it is served."""

    def __init__(self, jpki, name, *options):
        self.jpki = jpki
        self.work = jpki.work / name
        self.work.mkdir()
        self.path = self.work / "data"
        self.data = ["--data", str(self.path)]
        verifier, https, self.ops, admin = free_ports(4)
        config = self.work / "jpki.toml"
        config.write_text(f'[urls]\npublic = "http://127.0.0.1:{verifier}"\n[listen]\nverifier = "127.0.0.1:{verifier}"\n'
                          f'verifier_https = "127.0.0.1:{https}"\nops = "127.0.0.1:{self.ops}"\n'
                          f'admin_https = "127.0.0.1:{admin}"\n[crl]\nscopes = "used"\n', encoding="utf-8")
        self.https = f"https://127.0.0.1:{admin}"
        self.run("init", "--no-passphrase", "--config", str(config), *options)

    def run(self, *arguments, codes=(0,)):
        return self.jpki.run(*arguments, *self.data, socket=False, codes=codes)

    def as_operator(self, name, *arguments):
        """The command over HTTPS, with the credential in NAME.p12."""
        reached = {"JPKI_URL": self.https, "JPKI_CREDENTIAL": str(self.work / f"{name}.p12")}
        return self.jpki.run(*arguments, socket=False, env=reached)

    @contextlib.contextmanager
    def served(self, path="/livez"):
        """Serves it, from the first moment at which `path` of the ops listener answers 200."""
        with open(self.work / "serve.log", "ab") as log:
            process = subprocess.Popen([self.jpki.program, "serve", *self.data], stdin=subprocess.DEVNULL, stderr=log)
        try:
            self.wait_for(process, path)
            yield
        finally:
            process.terminate()
            process.wait(timeout=120)

    def wait_for(self, process, path):
        for _ in range(1200):
            if process.poll() is not None:
                raise RuntimeError((self.work / "serve.log").read_text(encoding="utf-8"))
            with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{self.ops}{path}"):
                return
            time.sleep(0.1)
        raise RuntimeError(f"{path} does not answer")


def two_persons(jpki):
    """What an officer requests, and a supervisor decides."""
    authority = Authority(jpki, "two-persons")
    with authority.served("/readyz"):
        def add(name, role):
            return ["operator", "add", name, "--role", role, "--out", str(authority.work / f"{name}.p12")]

        authority.run(*add("first", "officer"))
        authority.as_operator("first", *add("second", "supervisor"))
        for name in ("akiko", "jun"):
            authority.as_operator("first", *add(name, "officer"))
        requests = authority.as_operator("first", "requests", "list")["requests"]
        confirmed, rejected = sorted(request["id"] for request in requests)
        authority.as_operator("second", "requests", "show", str(confirmed))
        authority.as_operator("second", "requests", "confirm", str(confirmed))
        authority.as_operator("second", "requests", "reject", str(rejected))
        kept = str(authority.work / "akiko.p12")
        authority.as_operator("first", "operator", "credential", "fetch", "akiko", "--key-file", kept + ".key", "--out", kept)


def after_a_restore(jpki):
    """A certificate that is younger than the backup comes back, and a verifier is confirmed."""
    authority = Authority(jpki, "restored")
    backup = str(authority.work / "backup.tar")
    with authority.served("/readyz"):
        authority.run("verifier", "add", "Example Bank", "--class", "signature", "--ready", "--network", "127.0.0.1")
        authority.run("backup", backup)
        resident = authority.run("resident", "add", *PERSON)["id"]
        card = authority.work / "card"
        authority.run("cert", "issue", resident, "--key-pool", os.environ["JPKI_KEY_POOL"], "--out", str(card))
        authority.run("crl", "publish")
    authority.run("restore", backup)
    with authority.served():
        again = authority.run("resident", "add", *PERSON)["id"]
        authority.run("cert", "adopt", str(card / "sign.cer"), "--resident", again)
        authority.run("verifier", "confirm", "1")
