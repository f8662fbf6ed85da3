"""The clients of ./dev soak --clients that are libraries: each is asked by a small program of tests/clients/programs."""

import os

from client import PROGRAMS, Client
from world import SOURCE, run, version_of

PYTHON = "/usr/bin/python3"
NODE_MODULES = SOURCE / "build/clients/node_modules"


def compile_java(world, name, libraries):
    """Once: to run a source file is to compile it each time."""
    run("javac", "-d", world.folder / "classes", "-cp", libraries, PROGRAMS / f"{name}.java")


class Jdk(Client):
    name = "JDK"
    commands = ("java", "javac")
    files = (PROGRAMS / "JdkClient.java",)
    variants = ("post", "nonce")

    def version(self):
        return version_of(run("java", "--version").stdout.split("\n")[0])

    def prepare(self):
        compile_java(self.world, "JdkClient", "")

    def _run(self, *arguments):
        return self.run("java", "-cp", "classes", "JdkClient", *arguments)

    def ocsp(self, cert, ca, path="auth", variant=None):
        return self._run("ocsp", f"{cert}.pem", f"{ca}.pem", *([variant] if variant else []))

    def crl(self, cert, cas, lists):
        return self._run("crl", f"{cert}.pem", ",".join(f"{ca}.pem" for ca in cas), ",".join(f"{name}.pem" for name in lists))

    def fetch(self, cert, ca):
        return self._run("fetch", f"{cert}.pem", f"{ca}.pem")


class BouncyCastle(Client):
    name = "Bouncy Castle"
    commands = ("java", "javac")
    files = ("/usr/share/java/bcprov.jar", "/usr/share/java/bcutil.jar", "/usr/share/java/bcpkix.jar")
    variants = ("sha256", "nonce=16", "nonce=32", "nonce=20 bare")

    def version(self):
        return version_of(run("dpkg-query", "-W", "-f", "${Version}", "libbcpkix-java").stdout.split("-")[0])

    def prepare(self):
        compile_java(self.world, "BcClient", self.world.environment()["BC"])

    def _run(self, *arguments):
        return self.run("java", "-cp", "classes:" + self.world.environment()["BC"], "BcClient", *arguments)

    def ocsp(self, cert, ca, path="auth", variant=None):
        return self._run("ocsp", f"{cert}.pem", f"{ca}.pem", f"{self.world.url}/ocsp/{path}", *(variant or "").split())

    def crl(self, cert, cas, lists):
        return self._run("crl", f"{cert}.pem", ",".join(f"{ca}.pem" for ca in cas), ",".join(f"{name}.pem" for name in lists))

    def signed(self):
        return self._run("ocsp", "closed.pem", "closed-ca.pem", f"{self.world.closed.url}/ocsp/auth", "nonce=16",
                         "sign=signature.p12:p12-password.txt")


class Go(Client):
    name = "Go x/crypto/ocsp"
    commands = ("go",)
    files = ("/usr/share/gocode/src/golang.org/x/crypto/ocsp/ocsp.go",)
    version_of = ("go", "version")
    variants = ("get", "sha256")

    def version(self):
        return super().version().removeprefix("go")

    def prepare(self):
        environment = dict(os.environ, GO111MODULE="off", GOPATH="/usr/share/gocode", GOFLAGS="",
                           GOCACHE=str(self.world.folder / "go-cache"))
        run("go", "build", "-o", self.world.folder / "verify-go", PROGRAMS / "verify.go", env=environment)

    def ocsp(self, cert, ca, path="auth", variant=None):
        return self.run("./verify-go", "ocsp", f"{cert}.pem", f"{ca}.pem", f"{self.world.url}/ocsp/{path}",
                        *([variant] if variant else []))

    def crl(self, cert, cas, lists):
        return self.run("./verify-go", "crl", f"{cert}.pem", ",".join(f"{ca}.pem" for ca in cas),
                        ",".join(f"{name}.pem" for name in lists))

    def tls(self):
        return self.run("./verify-go", "ocsp", "closed.pem", "closed-ca.pem", f"{self.world.closed.https}/ocsp/auth", "tls.pem",
                        "tls.key", "ops.pem")


class Erlang(Client):
    name = "Erlang/OTP public_key"
    commands = ("escript",)

    def missing(self):
        return super().missing() or (None if os.path.isdir("/usr/lib/erlang/lib") and any(
            name.startswith("public_key-") for name in os.listdir("/usr/lib/erlang/lib")) else "public_key")

    def version(self):
        return next(name.split("-")[1] for name in os.listdir("/usr/lib/erlang/lib") if name.startswith("public_key-"))

    def crl(self, cert, cas, lists):
        return self.run("escript", "programs/verify.escript", "crl", f"{cert}.pem", ",".join(f"{ca}.pem" for ca in cas),
                        ",".join(f"{name}.pem" for name in lists))


class NodePackage(Client):
    commands = ("node", "npm")
    package = ""

    @property
    def files(self):
        return (NODE_MODULES / self.package,)

    def version(self):
        return version_of((NODE_MODULES / self.package / "package.json").read_text().split('"version"')[1])

    def prepare(self):
        link = self.world.folder / "node_modules"
        if not link.exists():
            link.symlink_to(NODE_MODULES)


class EasyOcsp(NodePackage):
    name = "easy-ocsp (npm)"
    package = "easy-ocsp"
    variants = ("without-nonce",)

    def ocsp(self, cert, ca, path="auth", variant=None):
        return self.run("node", "programs/easy_ocsp.mjs", f"{cert}.pem", f"{ca}.pem", f"{self.world.url}/ocsp/{path}",
                        *([variant] if variant else []))


class PkiJs(NodePackage):
    name = "pkijs (npm)"
    package = "pkijs"

    def ocsp(self, cert, ca, path="auth", variant=None):
        return self.run("node", "programs/pkijs_client.mjs", "ocsp", f"{cert}.pem", f"{ca}.pem", f"{self.world.url}/ocsp/{path}")

    def crl(self, cert, cas, lists):
        return self.run("node", "programs/pkijs_client.mjs", "crl", f"{cert}.pem", ",".join(f"{ca}.pem" for ca in cas),
                        ",".join(f"{name}.pem" for name in lists))


class PythonPackage(Client):
    module = ""
    commands = (PYTHON,)

    def missing(self):
        return None if run(PYTHON, "-c", f"import {self.module}", check=False).returncode == 0 else f"python3: {self.module}"

    def version(self):
        return run(PYTHON, "-c", f"import {self.module} as m; print(getattr(m, '__version__', ''))").stdout.strip()


class PythonCryptography(PythonPackage):
    name = "python3-cryptography"
    module = "cryptography"
    variants = ("get", "sha256", "nonce")

    def ocsp(self, cert, ca, path="auth", variant=None):
        return self.run(PYTHON, "programs/cryptography_client.py", "ocsp", f"{cert}.pem", f"{ca}.pem",
                        f"{self.world.url}/ocsp/{path}", *([variant] if variant else []))

    def crl(self, cert, cas, lists):
        return self.run(PYTHON, "programs/cryptography_client.py", "crl", f"{cert}.pem", ",".join(f"{ca}.pem" for ca in cas),
                        ",".join(f"{name}.pem" for name in lists))


class PyHanko(PythonPackage):
    name = "pyhanko-certvalidator"
    module = "pyhanko_certvalidator"

    def version(self):
        return run(PYTHON, "-c", "from pyhanko_certvalidator import version as v; print(v.__version__)").stdout.strip()

    def ocsp(self, cert, ca, path="auth", variant=None):
        return self.run(PYTHON, "programs/pyhanko_client.py", "ocsp", f"{cert}.pem", f"{ca}.pem")

    def crl(self, cert, cas, lists):
        return self.run(PYTHON, "programs/pyhanko_client.py", "crl", f"{cert}.pem", ",".join(f"{ca}.pem" for ca in cas),
                        ",".join(f"{name}.crl" for name in lists))


class CProgram(Client):
    commands = ("cc",)
    source, header, package, libraries = "", "", "", ()

    @property
    def files(self):
        return (self.header,)

    def version(self):
        return version_of(run("dpkg-query", "-W", "-f", "${Version}", self.package).stdout.split("-")[0])

    def prepare(self):
        run("cc", "-o", self.world.folder / self.source.removesuffix(".c"), PROGRAMS / self.source, *self.libraries)


class MbedTls(CProgram):
    name = "mbedTLS"
    source, header, package = "mbedtls_client.c", "/usr/include/mbedtls/x509_crl.h", "libmbedtls-dev"
    libraries = ("-lmbedx509", "-lmbedcrypto")

    def crl(self, cert, cas, lists):
        return self.run("./mbedtls_client", f"{cert}.cer", self.join(cas, "ca"), self.join(lists, "crl"))


class WolfSsl(CProgram):
    name = "wolfSSL"
    source, header, package = "wolfssl_client.c", "/usr/include/wolfssl/ssl.h", "libwolfssl-dev"
    libraries = ("-lwolfssl",)

    def ocsp(self, cert, ca, path="auth", variant=None):
        return self.run("./wolfssl_client", "ocsp", f"{cert}.cer", f"{ca}.pem")

    def crl(self, cert, cas, lists):
        return self.run("./wolfssl_client", "crl", f"{cert}.cer", self.join(cas, "ca"), self.join(lists, "crl"))


LIBRARIES = [Jdk, BouncyCastle, Go, Erlang, EasyOcsp, PkiJs, PythonCryptography, PyHanko, MbedTls, WolfSsl]
