"""The world that clients are run in by `./dev soak --clients`: an instance open to all with two generations of the
authentication CA, certificates in each state, their lists as files; and one that recognises verifiers by signature and
TLS certificate. Everything lies in one folder, which is also the folder that the commands of docs/clients.md assume."""

import os
import re
import signal
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

from relay import Relay

SOURCE = Path(__file__).resolve().parents[2]
MUNICIPALITY, ELSEWHERE = "132217", "011011"
ADDRESS = {MUNICIPALITY: "東京都清瀬市模擬町１番", ELSEWHERE: "北海道札幌市中央区模擬町１番"}


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def run(*command, check=True, **options):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, errors="replace", **options)
    if check and done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))}: exit {done.returncode}: {done.stdout}{done.stderr}")
    return done


class Instance:
    """A service of its own data folder, seen through a relay when `relayed`."""

    def __init__(self, program, folder, lines, relayed=False):
        self.program, self.data, self.process = program, folder / "data", None
        self.log = open(folder / "server.log", "w")
        self.port, self.ops, self.https_port = free_port(), free_port(), free_port()
        self.relay = Relay(self.port) if relayed else None
        self.url = f"http://127.0.0.1:{self.relay.port if relayed else self.port}"
        self.https = f"https://127.0.0.1:{self.https_port}"
        config = folder / "jpki.toml"
        config.write_text("\n".join([
            "[urls]", f'public = "{self.url}"', "[listen]", f'verifier = "127.0.0.1:{self.port}"',
            f'ops = "127.0.0.1:{self.ops}"', f'verifier_https = "127.0.0.1:{self.https_port}"', *lines, ""]))
        run(program, "init", "--data", self.data, "--config", config, "--quiet", "--no-passphrase")
        self.start()

    def jpki(self, *arguments):
        return run(self.program, *arguments, "--data", self.data).stdout.strip()

    def start(self):
        self.process = subprocess.Popen([self.program, "serve", "--data", self.data], stderr=self.log)
        for _ in range(600):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.ops}/readyz").read()
                return
            except OSError:
                if self.process.poll() is not None:
                    raise RuntimeError("the service ended at its start") from None
                time.sleep(0.1)
        raise RuntimeError("the service is not ready after a minute")

    def stop(self):
        if self.process:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait()
            self.process = None

    def get(self, path):
        return urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}").read()


class World:
    """Makes everything below `folder`. Files of a certificate NAME: NAME.pem, NAME.cer, NAME.key."""

    def __init__(self, program, folder):
        self.folder, self.program, self.residents = folder, program, {}
        (folder / "open").mkdir()
        (folder / "closed").mkdir()
        self.open = Instance(program, folder / "open",
                             ["[crl]", 'scopes = "used"', "[access]", "open_to_all = true"], relayed=True)
        self.closed = None
        self.url, self.relay = self.open.url, self.open.relay
        os.symlink(SOURCE / "tests/clients/programs", folder / "programs")
        self._generations()
        self._lists_and_changes()
        self._never_issued()
        self._server()
        self._closed()

    def path(self, name):
        return str(self.folder / name)

    def issue(self, instance, name, kinds=("auth",), municipality=MUNICIPALITY):
        resident = instance.jpki("resident", "add", "--name", "模擬　一郎", "--birth", "1980-02-17", "--sex", "male",
                                 "--municipality", municipality, "--address", ADDRESS[municipality])
        out = self.folder / "issued" / name
        kind = [] if len(kinds) == 2 else ["--kind", kinds[0]]
        instance.jpki("cert", "issue", resident, *kind, "--key-pool", SOURCE / "testdata/keys", "--out", out, "--quiet")
        for each in kinds:
            own = name if each == "auth" else f"sign-{name}"
            self.take(own, (out / f"{each}.cer").read_bytes())
            self.folder.joinpath(own + ".key").write_bytes((out / f"{each}.key").read_bytes())
        self.residents[name] = resident
        return resident

    def take(self, name, der, kind="x509", ending="cer"):
        """Keeps a certificate or list as NAME.cer or NAME.crl (DER) and NAME.pem."""
        file = self.folder / f"{name}.{ending}"
        file.write_bytes(der)
        run("openssl", kind, "-inform", "DER", "-in", file, "-out", self.folder / f"{name}.pem")

    def _three(self, suffix):
        for name in ("good", "revoked", "held"):
            self.issue(self.open, name + suffix, ("sign", "auth") if not suffix else ("auth",))
        self.open.jpki("event", "key-notice", self.residents["revoked" + suffix], "--quiet")
        self.open.jpki("event", "hold", self.residents["held" + suffix], "--quiet")

    def _generations(self):
        self._three("-1")
        self.open.stop()
        self.open.jpki("ca", "roll", "auth", "--quiet")
        self.open.start()
        self._three("")
        for name in ("changed", "lifted"):
            self.issue(self.open, name)
        self.issue(self.open, "elsewhere", municipality=ELSEWHERE)
        self.open.jpki("event", "hold", self.residents["lifted"], "--quiet")
        for name, path in (("ca-1", "auth-1"), ("ca", "auth-2"), ("sign-ca", "sign-1")):
            self.take(name, self.open.get(f"/ca/{path}.cer"))
        (self.folder / "anchors.pem").write_text("".join((self.folder / f).read_text() for f in ("ca.pem", "ca-1.pem")))

    def _lists_and_changes(self):
        self.open.jpki("crl", "publish", "--quiet")
        time.sleep(1.1)  # so that the times in what follows differ from those of the complete lists
        self.open.jpki("event", "key-notice", self.residents["changed"], "--quiet")
        self.open.jpki("event", "release", self.residents["lifted"], "--quiet")
        self.open.jpki("crl", "publish", "--delta", "--quiet")
        for generation, suffix in (("2", ""), ("1", "-1")):
            for kind in ("full", "delta"):
                self.take(kind + suffix, self.open.get(f"/crl/auth-{generation}/{kind}.crl"), "crl", "crl")
                self.take(f"point-{kind}{suffix}", self.open.get(f"/crl/auth-{generation}/{MUNICIPALITY}/{kind}.crl"), "crl", "crl")
        self.take("arl", self.open.get("/crl/auth-2/arl.crl"), "crl", "crl")
        self.take("other-point-full", self.open.get(f"/crl/auth-2/{ELSEWHERE}/full.crl"), "crl", "crl")
        self.take("sign-full", self.open.get("/crl/sign-1/full.crl"), "crl", "crl")

    def compromise(self):
        """The first generation's key is compromised: its certificates fall, and every list says so. The lists of that
        state are named after-…"""
        self.open.jpki("event", "ca-key-compromise", "--ca", "auth-1", "--as", "supervisor", "--wait", "--quiet")
        self.open.jpki("crl", "publish", "--quiet")
        for generation, suffix in (("2", ""), ("1", "-1")):
            for name, path in (("full", "full"), ("point", f"{MUNICIPALITY}/full")):
                self.take(f"after-{name}{suffix}", self.open.get(f"/crl/auth-{generation}/{path}.crl"), "crl", "crl")

    def _never_issued(self):
        """unknown: signed by the CA's key with a serial that the CA never gave."""
        (self.folder / "unknown.ext").write_text(
            "basicConstraints=CA:false\nkeyUsage=critical,digitalSignature\n"
            f"authorityInfoAccess=OCSP;URI:{self.url}/ocsp/auth\n"
            f"crlDistributionPoints=URI:{self.url}/crl/auth-2/{MUNICIPALITY}/full.crl\n"
            "authorityKeyIdentifier=keyid\n")
        request = run("openssl", "req", "-new", "-key", self.path("good.key"), "-subj", "/C=JP/O=Example/CN=unknown").stdout
        run("openssl", "x509", "-req", "-CA", self.path("ca.pem"), "-CAkey", self.open.data / "keys/ca-auth-2.key",
            "-set_serial", "999999999", "-days", "30", "-extfile", self.path("unknown.ext"), "-out", self.path("unknown.pem"),
            input=request)
        run("openssl", "x509", "-in", self.path("unknown.pem"), "-outform", "DER", "-out", self.path("unknown.cer"))
        (self.folder / "unknown.key").write_bytes((self.folder / "good.key").read_bytes())

    def _server(self):
        """A TLS server's own certificate, for the servers that ask us about their clients."""
        run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
            self.path("shop.key"), "-out", self.path("shop.pem"), "-subj", "/CN=localhost", "-addext",
            "subjectAltName=DNS:localhost,IP:127.0.0.1")
        Path(self.path("shop-both.pem")).write_text(Path(self.path("shop.pem")).read_text() + Path(self.path("shop.key")).read_text())

    def _closed(self):
        self.closed = Instance(self.program, self.folder / "closed", ["[crl]", 'scopes = "used"'])
        bank = self.closed.jpki("verifier", "add", "Example Bank", "--class", "authentication", "--private", "--ready",
                                "--signature", "--tls")
        for use in ("signature", "tls"):
            out = self.folder / "credentials" / f"{use}.p12"
            self.closed.jpki("verifier", "credential", "issue", bank, "--for", use, "--out", out)
            password = "file:" + str(out.parent / "p12-password.txt")
            (self.folder / f"{use}.p12").write_bytes(out.read_bytes())
            (self.folder / "p12-password.txt").write_bytes((out.parent / "p12-password.txt").read_bytes())
            for arguments, ending in ((["-nokeys", "-clcerts"], "pem"), (["-nocerts", "-nodes"], "key")):
                run("openssl", "pkcs12", "-in", out, "-passin", password, *arguments, "-out", self.path(f"{use}.{ending}"))
        self.issue(self.closed, "closed")
        self.take("closed-ca", self.closed.get("/ca/auth.cer"))
        self.take("ops", self.closed.get("/ca/ops.cer"))

    def environment(self):
        return dict(os.environ, URL=self.url, CLOSED=self.closed.url, HTTPS=self.closed.https, LC_ALL="C.UTF-8",
                    BC="/usr/share/java/bcprov.jar:/usr/share/java/bcutil.jar:/usr/share/java/bcpkix.jar",
                    PATH=f"{Path(self.program).parent}:/usr/bin:/bin:/usr/sbin:{os.environ['PATH']}")

    def close(self):
        self.open.stop()
        if self.closed:
            self.closed.stop()


def version_of(text):
    found = re.search(r"\d+(\.\d+)+[\w.-]*", text)
    return found.group(0) if found else text.strip()
