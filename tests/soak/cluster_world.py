"""An authority on several machines under the campaign of faults: its PostgreSQL server, its machines, and a thread that
asks every machine all the time.

What is acknowledged is kept by the ledger of world.py. The asker holds every answer against it: who is asked after a
change was acknowledged must not answer from before it.
"""

import glob
import http.client
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import threading
import time

from world import SOURCE, Violation, World, free_port

PROXY = SOURCE / "tests/cluster/proxy.py"
ERRORS = ("TRY_LATER", "INTERNAL_ERROR")


def children(pid):
    found = []
    for stat in glob.glob("/proc/[0-9]*/stat"):
        try:
            fields = pathlib.Path(stat).read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            found.append(int(stat.split("/")[2]))
    return found


class Database:
    """A PostgreSQL server of its own on a socket in `folder`. It refuses root, so root starts it as nobody."""

    def __init__(self, folder):
        self.folder = folder
        programs = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"), key=lambda p: int(p.split("/")[4]))
        if not programs:
            raise SystemExit("PostgreSQL is not installed")
        self.programs = pathlib.Path(programs[-1]).parent
        self.who = {"user": 65534, "group": 65534, "extra_groups": []} if os.getuid() == 0 else {}
        folder.mkdir()
        if self.who:
            os.chown(folder, 65534, 65534)
        subprocess.run([self.programs / "initdb", "--no-sync", "--auth=trust", "--username=jpki", "-D", folder / "data"],
                       check=True, stdout=subprocess.DEVNULL, cwd="/", **self.who)
        self.server = None
        self.start()

    def start(self):
        with open(self.folder.parent / "database.log", "a") as log:
            self.server = subprocess.Popen(
                [self.programs / "postgres", "-D", self.folder / "data", "-c", "listen_addresses=", "-c",
                 f"unix_socket_directories={self.folder}"], stdout=log, stderr=log, cwd="/", start_new_session=True,
                **self.who)
        self.wait()

    def sql(self, text, code=0):
        done = subprocess.run([self.programs / "psql", "-h", self.folder, "-U", "jpki", "-d", "postgres", "-qtAc", text],
                              capture_output=True, text=True, timeout=60)
        if code is not None and done.returncode != code:
            raise Violation(f"psql: {done.stderr}")
        return done.stdout.strip() if done.returncode == 0 else None

    def wait(self):
        end = time.monotonic() + 60
        while self.sql("SELECT 1", None) != "1":
            if time.monotonic() > end:
                raise Violation("the database does not start")
            if self.server.poll() is not None:
                return self.start()  # Processes of the killed one still held its memory.
            time.sleep(0.05)

    def kill(self):
        """SIGKILL to all of it; what it has not synced itself is still the system's, as with a dying process."""
        pids = [*children(self.server.pid), self.server.pid]
        for pid in reversed(pids):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.server.wait()

    def signal(self, number):
        for pid in [self.server.pid, *children(self.server.pid)]:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass


class Machine:
    """One machine: its folder, its service, and its cable to the database."""

    def __init__(self, name, root):
        self.name, self.root = name, root
        self.server = self.cable = None
        self.data = self.safety = self.log = self.port = self.ops_port = None
        self.answers = 0  # Of the asker that were no error.

    def connection(self):
        return self.root / f"cable-{self.name}"

    def plug(self, database):
        self.connection().mkdir(exist_ok=True)
        path = self.connection() / ".s.PGSQL.5432"
        path.unlink(missing_ok=True)
        self.cable = subprocess.Popen([sys.executable, PROXY, path, database.folder / ".s.PGSQL.5432"],
                                      stdout=subprocess.DEVNULL)
        end = time.monotonic() + 30
        while not path.exists():
            if time.monotonic() > end:
                raise Violation("the proxy does not listen")
            time.sleep(0.02)

    def is_running(self):
        return self.server is not None and self.server.poll() is None

    def readiness(self, query=""):
        """Status and what it says; status 0 without an answer."""
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.ops_port, timeout=3)
            connection.request("GET", "/readyz" + query)
            response = connection.getresponse()
            return response.status, json.loads(response.read())
        except (OSError, http.client.HTTPException, ValueError):
            return 0, {}

    def leads(self):
        status, said = self.readiness("?for=answers")
        return status == 200 and said.get("role") == "leader"


class ClusterWorld(World):
    """World, whose commands and requests go to the machine that leads."""

    def __init__(self, jpki, seed, folder=None, machines=2):
        self.machine = Machine("first", None)
        self.machines = [self.machine]
        self.asking = threading.Event()
        self.has_left = False
        self.asker = None
        super().__init__(jpki, seed, folder)
        self.machine.root = self.root
        self.load(0.3)()
        self.check()
        self.stop()
        try:
            self.begin_log(machines)
        except BaseException:
            self.remove(keep=True)
            raise

    def begin_log(self, machines):
        # Beside the data folder: nobody must be able to walk into the temporary folder but by these names.
        os.chmod(self.root, 0o711)
        self.database = Database(self.root / "postgres")
        self.configure(self.machine)
        self.run("cluster", "init")
        self.start_machine(self.machine)
        self.wait_until_ready()
        for number in range(1, machines):
            self.join(("second", "third", "fourth")[number - 1])
        self.begin_asking()

    LISTS_CHECKED = ("--current",)  # Past ones are where they were made (docs/cluster.md).

    # World's own state is that of the present leader.
    data = property(lambda self: self.machine.data, lambda self, value: setattr(self.machine, "data", value))
    safety = property(lambda self: self.machine.safety, lambda self, value: setattr(self.machine, "safety", value))
    log = property(lambda self: self.machine.log, lambda self, value: setattr(self.machine, "log", value))
    port = property(lambda self: self.machine.port, lambda self, value: setattr(self.machine, "port", value))
    ops_port = property(lambda self: self.machine.ops_port, lambda self, value: setattr(self.machine, "ops_port", value))
    server = property(lambda self: self.machine.server, lambda self, value: setattr(self.machine, "server", value))

    def configure(self, machine):
        machine.plug(self.database)
        path = machine.data / "jpki.toml"
        text = path.read_text().partition("[cluster]")[0]
        path.write_text(f'{text}[cluster]\nlog = "host={machine.connection()} dbname=postgres user=jpki"\n'
                        f'name = "{machine.name}"\n# End of the configuration.\n')

    def start_machine(self, machine):
        with open(machine.log, "a") as log:
            machine.server = subprocess.Popen([self.jpki, "serve", "--data", str(machine.data)], stderr=log, stdout=log,
                                              env=self.environment())

    def join(self, name):
        """A machine from a backup of the leader, with a copy of its keys."""
        old = [m for m in self.machines if m.name == name]
        machine = Machine(name, self.root)
        folder = self.root / name
        shutil.rmtree(folder, ignore_errors=True)
        machine.data, machine.safety, machine.log = folder / "data", folder / "jpki-safety", self.root / f"{name}.log"
        machine.port, machine.ops_port = (old[0].port, old[0].ops_port) if old else (free_port(), free_port())
        machine.data.mkdir(parents=True)
        machine.data.chmod(0o700)
        backup = self.root / "joining.tar"
        backup.unlink(missing_ok=True)
        self.run("backup", str(backup), "--quiet")
        with tarfile.open(backup) as archive:
            archive.extractall(machine.data)
        shutil.copytree(self.data / "keys", machine.data / "keys", dirs_exist_ok=True)
        shutil.rmtree(machine.data / "crl", ignore_errors=True)
        subprocess.run(["chmod", "-R", "go=", machine.data], check=True)
        path = machine.data / "jpki.toml"
        text = path.read_text()
        for key, port in (("verifier", machine.port), ("ops", machine.ops_port)):
            lines = [f'{key} = "127.0.0.1:{port}"' if line.startswith(f"{key} = ") else line for line in text.split("\n")]
            text = "\n".join(lines)
        path.write_text(text)
        if old:
            old[0].cable.kill()
            old[0].cable.wait()
            self.machines.remove(old[0])
        self.configure(machine)
        self.machines.append(machine)
        self.start_machine(machine)
        self.wait_for(f"{name} stands by", lambda: machine.readiness()[1].get("role") == "standby")

    # ---- who leads

    def leader(self):
        return next((m for m in self.machines if m.is_running() and m.leads()), None)

    def wait_for(self, what, condition, seconds=60):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if condition():
                return
            for machine in self.machines:
                if machine.server is not None and machine.server.poll() is not None and self.asker_runs():
                    raise Violation(f"{machine.name} ended with {machine.server.returncode} while waiting for: {what}")
            time.sleep(0.05)
        states = {m.name: m.readiness() for m in self.machines}
        raise Violation(f"after {seconds} seconds not: {what}; readyz: {states}; last command: {self.said}")

    def asker_runs(self):
        return self.asker is not None

    def wait_until_ready(self, seconds=90):
        """Until a machine leads; it is the one that is meant from now on."""
        if not hasattr(self, "database") or self.has_left:
            return super().wait_until_ready(seconds)
        found = []

        def leads():
            found[:] = [m for m in [self.leader()] if m]
            return bool(found)

        self.wait_for("a leader", leads, seconds)
        self.machine = found[0]
        self.wait_for("ready", lambda: self.machine.readiness()[0] == 200, seconds)

    def standbys(self):
        return [m for m in self.machines if m is not self.machine]

    def wait_until_all_are_equal(self):
        """Every machine has every row of the log."""
        def equal():
            head = self.database.sql("SELECT max(number) FROM jpki_log", None)
            rows = json.loads(self.run("cluster", "status", "--json", code=None).stdout or "{}").get("machines", [])
            at = {row["name"]: str(row["row"]) for row in rows}
            return head is not None and all(at.get(m.name) == head for m in self.standbys())
        self.wait_for("the standbys at the head of the log", equal)

    # ---- requests

    def admin(self, method, path, body=None, role=None, connection=None):
        """As World's; an outcome that the service calls unknown is as good as no answer."""
        status, answer = super().admin(method, path, body, role, connection)
        return (0, {}) if status == 503 and answer.get("code") == "outcome_unknown" else (status, answer)

    def begin_asking(self):
        """A thread for each machine that asks it about certificates at random, from now on."""
        self.wrong = []
        self.asking.set()

        def ask(name, chance):
            while self.asking.is_set():
                machine = next((m for m in self.machines if m.name == name), None)
                certificates = list(self.certificates.values())
                if machine is None or not certificates:
                    time.sleep(0.05)
                    continue
                certificate = chance.choice(certificates[-40:])
                before = certificate.allowed
                try:
                    told = self.ocsp_status(certificate, machine.port, timeout=5)
                except (OSError, http.client.HTTPException, ValueError, KeyError):
                    time.sleep(0.05)
                    continue
                except Violation as violation:
                    self.wrong.append(f"{name}: {violation}")
                    continue
                after = certificate.allowed
                if told in ERRORS:
                    time.sleep(0.02)
                    continue
                machine.answers += 1
                time.sleep(0.003)  # The machines need the cores, too.
                # A set that stayed the same object: nothing was asked for meanwhile. What was revoked stays so.
                if told not in before and (before is after or before == {"revoked"}):
                    self.wrong.append(f"{name} says {told} of {certificate.name}; acknowledged was {before}")

        self.asker = [threading.Thread(target=ask, args=(m.name, random.Random(self.random.random())), daemon=True)
                      for m in self.machines]
        for thread in self.asker:
            thread.start()

    # ---- the log's rows, and the way out of it

    def trim(self):
        """Removes what every machine has: none of them may lack a row afterwards."""
        self.run("cluster", "trim", "--before", "2100-01-01", code=None)

    def leave_log(self, machine):
        """The log is closed, and the store of one machine goes on alone, with all that was acknowledged."""
        self.stop_all()
        self.machine = machine
        self.run("cluster", "export")
        for other in self.machines:
            if other is not machine:
                done = subprocess.run([self.jpki, "cluster", "export", "--data", str(other.data)], capture_output=True,
                                      text=True, timeout=120)
                if done.returncode != 1:
                    raise Violation(f"{other.name} leaves the log, too: {done.stdout}{done.stderr}")
        path = machine.data / "jpki.toml"
        path.write_text(path.read_text().partition("[cluster]")[0] + "# End of the configuration.\n")
        self.has_left = True
        self.start()
        self.check()
        self.stop()

    def end_asking(self):
        self.asking.clear()
        for thread in self.asker:
            thread.join()
        self.asker = None

    # ---- the check

    def check(self):
        super().check()
        if not hasattr(self, "database") or self.has_left or len(self.machines) == 1:
            return
        if self.wrong:
            raise Violation("; ".join(self.wrong[:5]))
        self.wait_until_all_are_equal()
        # What each has is proved by the chain of the log, by which it applied its rows; this looks at the rows themselves.
        # Whoever leads after the next fault continues the audit log from the head that the ledger remembers.
        for machine in self.machines:
            done = subprocess.run([self.jpki, "check", "--store", "--data", str(machine.data)], capture_output=True,
                                  text=True, timeout=120)
            if done.returncode != 0:
                raise Violation(f"{machine.name}: jpki check --store: {done.stdout}{done.stderr}")

    def stop_all(self):
        self.end_asking()
        for machine in self.machines:
            machine.server.send_signal(signal.SIGTERM)
        for machine in self.machines:
            if (code := machine.server.wait(timeout=60)) != 0:
                raise Violation(f"{machine.name} ended with {code} after SIGTERM")

    def remove(self, keep=False):
        self.asking.clear()
        for machine in self.machines:
            for process in (machine.server, machine.cable):
                if process and process.poll() is None:
                    process.kill()
                    process.wait()
        if hasattr(self, "database") and self.database.server.poll() is None:
            self.database.signal(signal.SIGCONT)
            self.database.kill()
        if not keep:
            shutil.rmtree(self.root)
