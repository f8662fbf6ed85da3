"""The clients of ./dev soak --clients that are asked by their own command line."""

import shutil
import socket

from client import Client, told
from world import run


class OpenSsl(Client):
    name = "OpenSSL"
    commands = ("openssl",)
    version_of = ("openssl", "version")
    variants = ("sha256", "without-nonce")

    def ocsp(self, cert, ca, path="auth", variant=None):
        options = {"sha256": ["-sha256"], "without-nonce": ["-no_nonce"]}.get(variant, [])
        return self._answer(cert, self.run("openssl", "ocsp", "-issuer", f"{ca}.pem", *options, "-cert", f"{cert}.pem", "-url",
                                           f"{self.world.url}/ocsp/{path}", "-CAfile", f"{ca}.pem"))

    @staticmethod
    def _answer(cert, text):
        if "Response verify OK" not in text or "WARNING" in text:
            return "refused: " + text.strip()[-200:]
        return text.split(f"{cert}.pem: ")[1]

    def crl(self, cert, cas, lists):
        text = self.run("openssl", "verify", "-CAfile", self.join(cas, "ca"), "-crl_check", "-extended_crl", "-use_deltas",
                        "-CRLfile", self.join(lists, "crl"), f"{cert}.pem")
        return told(text, r"\.pem: OK", "certificate revoked")

    def fetch(self, cert, ca):
        text = self.run("openssl", "verify", "-CAfile", f"{ca}.pem", "-crl_check", "-extended_crl", "-use_deltas",
                        "-crl_download", f"{cert}.pem")
        return told(text, r"\.pem: OK", "certificate revoked")

    def signed(self):
        return self._answer("closed", self.run(
            "openssl", "ocsp", "-signer", "signature.pem", "-signkey", "signature.key", "-issuer", "closed-ca.pem", "-cert",
            "closed.pem", "-url", f"{self.world.closed.url}/ocsp/auth", "-CAfile", "closed-ca.pem"))


class GnuTls(Client):
    name = "GnuTLS"
    commands = ("ocsptool", "certtool")
    version_of = ("ocsptool", "--version")
    variants = ("nonce",)

    def ocsp(self, cert, ca, path="auth", variant=None):
        options = ["--nonce"] if variant else []
        text = self.run("ocsptool", f"--ask={self.world.url}/ocsp/{path}", *options, "--load-cert", f"{cert}.pem",
                        "--load-issuer", f"{ca}.pem", "--load-trust", f"{ca}.pem")
        if "Verifying OCSP Response: Success" not in text:
            return "refused: " + text.strip()[-200:]
        return text.split("Certificate Status: ")[1]

    def crl(self, cert, cas, lists):
        text = self.run("certtool", "--verify", "--load-ca-certificate", self.join(cas, "ca"), "--load-crl",
                        self.join(lists, "crl"), "--infile", f"{cert}.pem")
        return told(text, "Chain verification output: Verified", "revoked")


class Nss(Client):
    name = "NSS"
    commands = ("vfychain", "certutil", "crlutil", "ocspclnt")
    takes_both = False

    def version(self):
        return run("dpkg-query", "-W", "-f", "${Version}", "libnss3-tools", check=False).stdout.split("-")[0].split(":")[-1]

    def _store(self, cas):
        """A fresh store: NSS keeps lists and answers in it."""
        folder = self.world.folder / "nss"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        self.run("certutil", "-N", "-d", folder, "--empty-password")
        for ca in cas:
            self.run("certutil", "-A", "-d", folder, "-n", ca, "-t", "CT,C,C", "-i", f"{ca}.pem")
        return folder

    def ocsp(self, cert, ca, path="auth", variant=None):
        text = self.run("vfychain", "-d", self._store([ca]), "-pp", "-u", "4" if path == "sign" else "0", "-g", "leaf", "-h",
                        "requireFreshInfo", "-m", "ocsp", "-s", "requireInfo", "-a", f"{cert}.pem", "-t", f"{ca}.pem")
        return told(text, "Chain is good", "-8180")

    def crl(self, cert, cas, lists):
        folder = self._store(cas)
        for name in lists:
            self.run("crlutil", "-I", "-i", f"{name}.crl", "-d", folder)
        text = self.run("vfychain", "-d", folder, "-pp", "-u", "0", "-g", "leaf", "-h", "testLocalInfoFirst", "-m", "crl",
                        "-s", "forbidFetching", "-s", "failIfNoInfo", "-a", f"{cert}.pem", "-t", f"{cas[0]}.pem")
        return told(text, "Chain is good", "-8180")

    def fetch(self, cert, ca):
        text = self.run("vfychain", "-d", self._store([ca]), "-pp", "-u", "0", "-g", "leaf", "-m", "crl", "-s", "failIfNoInfo",
                        "-a", f"{cert}.pem", "-t", f"{ca}.pem")
        return told(text, "Chain is good", "-8180")


class StrongSwan(Client):
    name = "strongSwan"
    commands = ("pki",)
    files = ("/usr/lib/ipsec/plugins/libstrongswan-curl.so",)

    def version(self):
        return run("dpkg-query", "-W", "-f", "${Version}", "strongswan-pki", check=False).stdout.split("-")[0]

    def _verify(self, cert, cas, *options, without=None):
        environment = self.world.environment()
        if without:
            file = self.world.folder / f"without-{without}.conf"
            file.write_text("pki { plugins { revocation { enable_%s = no } } }\n" % without)
            environment["STRONGSWAN_CONF"] = str(file)
        anchors = [part for ca in cas for part in ("--cacert", f"{ca}.cer")]
        text = self.run("pki", "--verify", "--in", f"{cert}.cer", *anchors, *options, env=environment)
        if "certificate untrusted" not in text and "certificate not revoked" in text:
            return "good"
        return "revoked" if "certificate was revoked on" in text else "refused: " + text.strip()[-200:]

    def ocsp(self, cert, ca, path="auth", variant=None):
        return self._verify(cert, [ca], "--online", without="crl")

    def crl(self, cert, cas, lists):
        return self._verify(cert, cas, *(part for name in lists for part in ("--crl", f"{name}.crl")), without="ocsp")

    def fetch(self, cert, ca):
        return self._verify(cert, [ca], "--online", without="ocsp")


class Gpgsm(Client):
    name = "gpgsm, dirmngr"
    commands = ("gpgsm", "dirmngr", "gpgconf")
    version_of = ("gpgsm", "--version")
    takes_both = False

    def version(self):
        return super().version().split()[0]

    def _home(self, ca, options):
        home = self.world.folder / "gnupg"
        if home.exists():
            self._end(home)
        home.mkdir(mode=0o700)
        fingerprint = run("openssl", "x509", "-in", self.world.path(f"{ca}.pem"), "-noout", "-fingerprint", "-sha1").stdout
        (home / "trustlist.txt").write_text(fingerprint.strip().split("=")[1].replace(":", "") + " S relax\n")
        # It refuses critical policies that do not stand here.
        (home / "policies.txt").write_text("".join(f"1.2.392.200149.8.5.1.{policy}\n" for policy in ("1.20", "3.30")))
        (home / "dirmngr.conf").write_text("allow-ocsp\n")
        (home / "gpgsm.conf").write_text("".join(f"{option}\n" for option in options))
        (home / "trusted-certs").mkdir()
        shutil.copy(self.world.path(f"{ca}.cer"), home / "trusted-certs" / "ca.crt")
        return home

    def _end(self, home):
        self.run("gpgconf", "--homedir", home, "--kill", "all")
        shutil.rmtree(home, ignore_errors=True)

    def _judge(self, cert, ca, options):
        home = self._home(ca, options)
        self.run("gpgsm", "--homedir", home, "--batch", "--import", f"{ca}.pem", f"{cert}.pem")
        serial = run("openssl", "x509", "-in", self.world.path(f"{cert}.pem"), "-noout", "-fingerprint", "-sha1").stdout
        text = self.run("gpgsm", "--homedir", home, "--batch", "--list-keys", "--with-validation",
                        serial.strip().split("=")[1].replace(":", ""))
        self._end(home)
        return told(text, "certificate is good", "(?i)certificate (has been )?revoked|is bad: Certificate revoked")

    def ocsp(self, cert, ca, path="auth", variant=None):
        return self._judge(cert, ca, ["enable-ocsp"])

    def fetch(self, cert, ca):
        return self._judge(cert, ca, [])


class Heimdal(Client):
    name = "Heimdal hxtool"
    commands = ("hxtool",)
    takes_both = False

    def version(self):
        return run("dpkg-query", "-W", "-f", "${Version}", "heimdal-clients", check=False).stdout.split("+")[0]

    def _verify(self, cert, ca, *evidence):
        text = self.run("hxtool", "verify", f"cert:FILE:{cert}.pem", f"anchor:FILE:{ca}.pem", *evidence)
        return told(text, "path ok", "revoked by issuer")

    def ocsp(self, cert, ca, path="auth", variant=None):
        """hxtool writes the whole HTTP request into a file and leaves the sending to others."""
        request, answer = self.world.folder / "heimdal.request", self.world.folder / "heimdal.ocsp"
        request.unlink(missing_ok=True)
        done = self.run("hxtool", "ocsp-fetch", f"--url-path=/ocsp/{path}", f"--pool=FILE:{ca}.pem", request, f"FILE:{cert}.pem")
        if not request.exists():
            return f"refused: {done}"
        with socket.create_connection(("127.0.0.1", self.world.relay.port)) as connection:
            connection.sendall(request.read_bytes())
            connection.shutdown(socket.SHUT_WR)
            received = b"".join(iter(lambda: connection.recv(65536), b""))
        answer.write_bytes(received.partition(b"\r\n\r\n")[2])
        return self._verify(cert, ca, f"ocsp:FILE:{answer}")

    def crl(self, cert, cas, lists):
        return self._verify(cert, cas[0], *(f"crl:FILE:{name}.crl" for name in lists))


class Curl(Client):
    name = "curl"
    commands = ("curl",)
    version_of = ("curl", "--version")

    def tls(self):
        """A request that openssl makes, carried over TLS with the verifier's certificate."""
        self.run("openssl", "ocsp", "-issuer", "closed-ca.pem", "-cert", "closed.pem", "-no_nonce", "-reqout", "curl.ocsp")
        self.run("curl", "-fs", "--cert", "tls.pem", "--key", "tls.key", "--cacert", "ops.pem", "-H",
                 "Content-Type: application/ocsp-request", "--data-binary", "@curl.ocsp",
                 f"{self.world.closed.https}/ocsp/auth", "-o", "curl.answer")
        text = self.run("openssl", "ocsp", "-respin", "curl.answer", "-issuer", "closed-ca.pem", "-cert", "closed.pem",
                        "-CAfile", "closed-ca.pem")
        return text.split("closed.pem: ")[1] if "Response verify OK" in text else "refused: " + text


COMMANDS = [OpenSsl, GnuTls, Nss, StrongSwan, Gpgsm, Heimdal, Curl]
