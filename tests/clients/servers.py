"""The clients of ./dev soak --clients that are TLS servers and ask us about the certificates of those who connect. One
starts for each question, and curl knocks with the certificate: good is who gets in."""

import subprocess
import time

from client import Client, SECONDS_MAX
from world import free_port, run, version_of


class Server(Client):
    program = ""
    takes_both = True

    def enter(self, cert, port, command):
        """Starts the server, knocks, ends the server."""
        log = open(self.world.folder / "server-of-client.log", "w")
        process = subprocess.Popen([str(part) for part in command], cwd=self.world.folder, env=self.world.environment(),
                                   stdout=log, stderr=log)
        try:
            for _ in range(100):
                if process.poll() is not None:
                    return "refused: it ended at its start: " + (self.world.folder / "server-of-client.log").read_text()[-300:]
                if run("curl", "-s", "-k", "-o", "/dev/null", f"https://localhost:{port}/", check=False,
                       timeout=SECONDS_MAX).returncode != 7:
                    break
                time.sleep(0.1)
            said = self.run("curl", "-s", "-w", "%{http_code}", "--cacert", "shop.pem", "--cert", f"{cert}.pem", "--key",
                            f"{cert}.key", f"https://localhost:{port}/")
            return "good" if said.endswith("200") else f"refused: {said or 'no answer'}"
        finally:
            process.terminate()
            process.wait()
            log.close()

    def write(self, name, text):
        file = self.world.folder / name
        file.write_text(text)
        return file

    def ocsp(self, cert, ca, path="auth", variant=None):
        # The serial of a signing certificate is no client's: only authentication certificates say clientAuth.
        return self.start(cert, [ca], ocsp=True)

    def crl(self, cert, cas, lists):
        return self.start(cert, cas, lists=self.join(lists, "crl"))


class Nginx(Server):
    name = "nginx"
    commands = ("nginx",)
    version_of = ("nginx", "-v")

    def start(self, cert, cas, ocsp=False, lists=None):
        port, folder = free_port(), self.world.folder / "nginx"
        folder.mkdir(exist_ok=True)
        check = "ssl_ocsp leaf;" if ocsp else f"ssl_crl {lists};"
        temp = " ".join(f"{kind}_temp_path {folder};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        file = self.write("nginx.conf", f"""
daemon off; master_process off; pid {folder}/pid; error_log {folder}/log info; events {{ worker_connections 64; }}
http {{ access_log off; {temp}
  server {{
    listen 127.0.0.1:{port} ssl; ssl_certificate shop.pem; ssl_certificate_key shop.key; ssl_session_cache off;
    ssl_client_certificate {self.join(cas, 'ca')}; ssl_verify_client on; {check}
    location / {{ return 200 "in\\n"; }}
  }}
}}
""")
        return self.enter(cert, port, ["nginx", "-c", file, "-p", self.world.folder, "-e", folder / "log"])


class Apache(Server):
    name = "Apache httpd"
    commands = ("apache2",)
    version_of = ("apache2", "-v")

    def start(self, cert, cas, ocsp=False, lists=None):
        port, folder = free_port(), self.world.folder / "apache"
        folder.mkdir(exist_ok=True)
        (folder / "index.html").write_text("in\n")
        check = "SSLOCSPEnable leaf" if ocsp else f"SSLCARevocationFile {lists}\nSSLCARevocationCheck leaf"
        modules = "\n".join(f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so"
                            for name in ("mpm_prefork", "authz_core", "ssl", "dir"))
        user = "User www-data\nGroup www-data\n"
        file = self.write("apache.conf", f"""
ServerRoot {folder}
ServerName localhost
PidFile {folder}/pid
ErrorLog {folder}/log
Mutex file:{folder}
{modules}
{user}
Listen 127.0.0.1:{port}
DocumentRoot {folder}
DirectoryIndex index.html
SSLEngine on
SSLCertificateFile {self.world.path('shop.pem')}
SSLCertificateKeyFile {self.world.path('shop.key')}
SSLCACertificateFile {self.join(cas, 'ca')}
SSLVerifyClient require
{check}
""")
        return self.enter(cert, port, ["apache2", "-X", "-f", file])


class HaProxy(Server):
    name = "HAProxy"
    commands = ("haproxy",)
    version_of = ("haproxy", "-v")
    # It asks no responder about clients: it has OCSP for its own certificate alone.
    ocsp = None

    def start(self, cert, cas, ocsp=False, lists=None):
        port = free_port()
        file = self.write("haproxy.cfg", f"""
defaults
  mode http
  timeout client 10s
  timeout server 10s
  timeout connect 5s
frontend shop
  bind 127.0.0.1:{port} ssl crt {self.world.path('shop-both.pem')} ca-file {self.join(cas, 'ca')} verify required crl-file {lists}
  http-request return status 200 content-type text/plain string in
""")
        return self.enter(cert, port, ["haproxy", "-f", file, "-db"])


class Stunnel(Server):
    name = "stunnel"
    commands = ("stunnel4",)
    version_of = ("stunnel4", "-version")

    def version(self):
        return version_of(super().version())

    def start(self, cert, cas, ocsp=False, lists=None):
        port = free_port()
        check = "OCSPaia = yes" if ocsp else f"CRLfile = {lists}"
        self.write("answer.sh", "while read -r line; do [ ${#line} -gt 1 ] || break; done\nprintf 'HTTP/1.0 200 OK\\r\\n\\r\\nin'\n")
        file = self.write("stunnel.conf", f"""
foreground = yes
pid =
[shop]
accept = 127.0.0.1:{port}
cert = {self.world.path('shop.pem')}
key = {self.world.path('shop.key')}
CAfile = {self.join(cas, 'ca')}
verifyChain = yes
requireCert = yes
{check}
exec = /bin/sh
execArgs = sh {self.world.path('answer.sh')}
""")
        return self.enter(cert, port, ["stunnel4", file])


class Caddy(Server):
    name = "Caddy"
    commands = ("caddy",)
    version_of = ("caddy", "version")
    # It reads no lists.
    crl = None

    def version(self):
        return super().version().removeprefix("v")

    def start(self, cert, cas, ocsp=False, lists=None):
        """Caddy has no setting for revocation of clients: this shows what it does with those who are revoked."""
        port = free_port()
        file = self.write("Caddyfile", f"""
{{
  admin off
  auto_https off
  default_sni localhost
}}
https://localhost:{port} {{
  bind 127.0.0.1
  tls {self.world.path('shop.pem')} {self.world.path('shop.key')} {{
    client_auth {{
      mode require_and_verify
      trusted_ca_cert_file {self.world.path(cas[0] + '.pem')}
    }}
  }}
  respond "in" 200
}}
""")
        return self.enter(cert, port, ["caddy", "run", "--config", file, "--adapter", "caddyfile"])


SERVERS = [Nginx, Apache, HaProxy, Stunnel, Caddy]
