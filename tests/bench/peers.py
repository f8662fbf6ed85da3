"""Programs that a benchmark starts: the product, its peers, and the load on both. All on loopback."""

import json
import os
import re
import signal
import socket
import subprocess
import time
import urllib.request


class Failure(Exception):
    """A step that went wrong; the message is for the person at the terminal."""


def run(arguments, **options):
    """Runs a program to its end; its standard output as text."""
    done = subprocess.run([str(a) for a in arguments], capture_output=True, text=True, **options)
    if done.returncode != 0:
        raise Failure(f"{' '.join(map(str, arguments))}: exit {done.returncode}: {done.stderr.strip()[-500:]}")
    return done.stdout


def timed(arguments, **options):
    """Seconds from start to end of a program."""
    start = time.monotonic()
    run(arguments, **options)
    return time.monotonic() - start


def figures(text):
    """The `name=value` lines of jpki_bench: numbers where they are numbers, lists of all values by name."""
    values = {}
    for line in text.splitlines():
        name, _, value = line.partition("=")
        try:
            values.setdefault(name, []).append(float(value))
        except ValueError:
            values.setdefault(name, []).append(value)
    return values


def pinned(core):
    """The prefix that binds a program to one core; none for all cores."""
    return [] if core is None else ["taskset", "-c", str(core)]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Process:
    """A program that runs until the end of the `with` block; only this very process is ended, by its id."""

    def __init__(self, arguments, folder, **options):
        self.log = open(os.path.join(folder, "log.txt"), "a", encoding="utf-8")
        self.process = subprocess.Popen([str(a) for a in arguments], stderr=self.log, text=True, **options)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self.log):
            if pipe:
                pipe.close()

    def wait_for_port(self, port):
        for _ in range(400):
            if self.process.poll() is not None:
                raise Failure(f"{self.process.args[0]} ended at once; see log.txt (bench.py --keep)")
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.025)
        raise Failure(f"{self.process.args[0]} does not listen on port {port}")


class Mock(Process):
    """jpki mock; `facts` is its first line."""

    def __init__(self, jpki, folder, residents=3, core=None):
        super().__init__(
            pinned(core) + [jpki, "mock", "--residents", residents, "--port", "0"],
            folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "TMPDIR": os.path.abspath(folder)},
        )
        line = self.process.stdout.readline()
        if not line:
            raise Failure("jpki mock printed nothing; see log.txt (bench.py --keep)")
        self.facts = json.loads(line)
        url = self.facts["ca"]["sign"]["ocsp"]
        self.port = int(url.split(":")[2].split("/")[0])
        self.serial = int(self.facts["residents"][0]["sign"]["serial"])
        self.ca = self.facts["ca"]["sign"]["cer"]


class Service(Process):
    """The product's OCSP service over a store that jpki_bench filled."""

    def __init__(self, bench, folder, data, core=None, beside="nothing"):
        start = time.monotonic()
        # 0 means one a core, and a bound program still sees them all.
        threads = 0 if core is None else 1
        super().__init__(
            pinned(core) + [bench, "serve", "--data", data, "--workers", threads, "--signers", threads, "--beside", beside],
            folder,
            stdout=subprocess.PIPE,
        )
        line = self.process.stdout.readline()
        if not line:
            raise Failure("jpki_bench serve did not start; see log.txt (bench.py --keep)")
        self.port = int(float(line.split("=")[1]))
        self.seconds_to_listen = time.monotonic() - start

    def end(self):
        """Ends it; what it reports about the work beside."""
        self.process.terminate()
        return {name: value[0] for name, value in figures(self.process.communicate(timeout=30)[0]).items()}


class Authority(Process):
    """jpki serve over a data folder whose configuration names the port of its operations listener."""

    def __init__(self, jpki, folder, data, ops_port, options=()):
        super().__init__([jpki, "serve", "--data", data, *options], folder)
        for _ in range(1200):
            if self.process.poll() is not None:
                raise Failure("jpki serve ended at once; see log.txt (bench.py --keep)")
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{ops_port}/readyz", timeout=10):
                    return
            except OSError:
                time.sleep(0.05)
        raise Failure("jpki serve does not become ready; see log.txt (bench.py --keep)")

    def cpu_seconds(self):
        """What it has used up to now, its threads together."""
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii", errors="replace") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Nginx(Process):
    """nginx with one file, tuned for it: no log, open files kept, connections never closed."""

    def __init__(self, folder, body, workers, core=None, tls=None):
        self.port = free_port()
        root = os.path.abspath(os.path.join(folder, f"nginx-{self.port}"))
        os.makedirs(os.path.join(root, "html"))
        with open(os.path.join(root, "html", "file.bin"), "wb") as file:
            file.write(body)
        paths = "\n".join(
            f"{name}_temp_path {root}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        # Full handshakes against full ones: ours gives no tickets either.
        secure = f"""
    ssl_certificate {tls["certificate"]}; ssl_certificate_key {tls["key"]}; ssl_protocols TLSv1.3;
    ssl_client_certificate {tls["authority"]}; ssl_verify_client on; ssl_session_tickets off;
""" if tls else ""
        with open(os.path.join(root, "nginx.conf"), "w", encoding="utf-8") as file:
            file.write(f"""
daemon off; pid {root}/nginx.pid; error_log {root}/error.log; worker_processes {workers};
{"user root;" if os.geteuid() == 0 else ""}
events {{ worker_connections 4096; }}
http {{
  {paths}
  access_log off; sendfile on; tcp_nopush on; tcp_nodelay on;
  keepalive_timeout 300s; keepalive_requests 1000000000;
  open_file_cache max=100 inactive=300s; open_file_cache_valid 300s;
  types {{ }} default_type application/ocsp-response;
  server {{ listen 127.0.0.1:{self.port} {"ssl" if tls else ""} reuseport backlog=4096; root {root}/html; {secure} }}
}}
""")
        super().__init__(pinned(core) + ["nginx", "-e", f"{root}/error.log", "-c", f"{root}/nginx.conf"], folder)
        self.wait_for_port(self.port)


class OpensslOcsp(Process):
    """openssl ocsp as a responder with two processes. It knows no way to listen on loopback alone."""

    def __init__(self, folder, ca, key, serial, question):
        self.port = free_port()
        index = os.path.join(folder, "ocsp-index.txt")
        digits = f"{serial:X}"
        with open(index, "w", encoding="utf-8") as file:
            file.write(f"V\t491231235959Z\t\t{digits.zfill(len(digits) + len(digits) % 2)}\tunknown\t/CN=bench\n")
        certificate = os.path.join(folder, "ocsp-ca.pem")
        run(["openssl", "x509", "-in", ca, "-inform", "DER", "-out", certificate])
        super().__init__(
            ["openssl", "ocsp", "-multi", "2", "-port", f"{self.port}", "-index", index]
            + ["-CA", certificate, "-rsigner", certificate, "-rkey", key, "-nmin", "60", "-ignore_err"],
            folder,
            stdout=subprocess.DEVNULL,
        )
        # It spins for ever after a connection without a request, so it is probed with a real one.
        for _ in range(200):
            try:
                post(self.port, "/", question)
                return
            except OSError:
                time.sleep(0.05)
        raise Failure("openssl ocsp does not answer; see log.txt (bench.py --keep)")

    def __exit__(self, *_):
        # Its children do not always end with it; openssl has made them a process group of their own.
        if os.getpgid(self.process.pid) == self.process.pid:
            os.killpg(self.process.pid, signal.SIGTERM)
        super().__exit__()


class Load:
    """The two load generators: wrk, and our own for what wrk cannot do."""

    def __init__(self, bench, folder):
        self.bench = bench
        self.folder = folder

    def wrk(self, port, path, seconds, body=None, core=None, connections=64):
        script = []
        if body is not None:
            name = os.path.join(self.folder, "body.bin")
            with open(name, "wb") as file:
                file.write(body)
            lua = os.path.join(self.folder, "post.lua")
            with open(lua, "w", encoding="utf-8") as file:
                file.write(
                    'wrk.method = "POST"\n'
                    'wrk.headers["Content-Type"] = "application/ocsp-request"\n'
                    f'wrk.body = io.open("{name}", "rb"):read("*a")\n'
                )
            script = ["-s", lua]
        threads = 1 if core is not None else 2
        text = run(
            pinned(core) + ["wrk", "-t", threads, "-c", connections, "-d", f"{seconds}s"] + script
            + [f"http://127.0.0.1:{port}{path}"]
        )
        if "Non-2xx" in text or "Socket errors" in text:
            raise Failure("wrk saw errors: " + text)
        return float(re.search(r"Requests/sec:\s+([\d.]+)", text).group(1))

    def ask(self, port, ca, serial, core=None, **options):
        arguments = [self.bench, "load", "--port", port, "--path", "/ocsp/sign", "--ca", ca, "--serial", serial]
        for name, value in options.items():
            arguments += ["--" + name.replace("_", "-"), value]
        values = {name: value[0] for name, value in figures(run(pinned(core) + arguments)).items()}
        if values["wrong"] > 0:
            raise Failure(f"{values['wrong']:.0f} wrong answers under load")
        return values

    def flood(self, port, ca, serial, core, seconds, **options):
        """A load beside another: the process, which the caller ends. Its figures are not looked at."""
        arguments = [self.bench, "load", "--port", port, "--path", "/ocsp/sign", "--ca", ca, "--serial", serial,
                     "--range", 1000, "--connections", 16, "--seconds", seconds]
        for name, value in options.items():
            arguments += ["--" + name.replace("_", "-"), value]
        return subprocess.Popen(
            [str(word) for word in pinned(core) + arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def request(self, ca, serial):
        """A question of 0 nonces about one serial, DER."""
        name = os.path.join(self.folder, "request.der")
        run([self.bench, "load", "--path", "/", "--ca", ca, "--serial", serial, "--save", name])
        with open(name, "rb") as file:
            return file.read()


def post(port, path, body):
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}", data=body, headers={"Content-Type": "application/ocsp-request"}
    )
    with urllib.request.urlopen(request, timeout=10) as response:
        return response.read()
