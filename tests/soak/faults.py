#!/usr/bin/python3
"""A campaign of random faults against a running authority, with the check of the whole world after each.

    faults.py --jpki build/release/jpki [--rounds N] [--seed S] [--seconds N] [--report FILE]

Each round puts a load of requests on the authority, does it a harm at a random moment, helps it up as an operator
would (docs/operations.md, section 7) and compares what it says with a ledger of what it has acknowledged: no
acknowledged revocation is lost, nothing is good that was revoked, no serial and no CRL number is given twice, every
check command is content. A world lives for some rounds, then a new one begins. Round r of seed S is repeated by
--seed S --first r: its world begins anew, so that what needed the rounds before it is found again from the world's
first round.

Exit 1 with the round and its seed when something does not hold.
"""

import argparse
import base64
import collections
import datetime
import glob
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tarfile
import time

from cryptography import x509

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from world import MUNICIPALITY, UnixConnection, Violation, World  # noqa: E402

ROUNDS_OF_A_WORLD = 20


def some_load(world, chance, most=0.5):
    return world.load(chance.uniform(0.02, most))


def kill_at_random(world, chance):
    """SIGKILL under load, sometimes twice: the second at the start."""
    wait = world.load(5)
    publication = subprocess.Popen([world.jpki, "crl", "publish", "--quiet", "--data", str(world.data)],
                                   stderr=subprocess.DEVNULL) if chance.random() < 0.4 else None
    time.sleep(chance.uniform(0, 0.6))
    world.kill()
    wait_all(wait, publication)
    if chance.random() < 0.3:
        world.start(expect_ready=False)
        time.sleep(chance.uniform(0, 0.3))
        world.kill()
    world.start()


def wait_all(wait, publication=None):
    wait()
    if publication:
        publication.wait()


def terminate(world, chance):
    wait = world.load(5)
    time.sleep(chance.uniform(0, 0.4))
    world.stop()
    wait()
    world.start()


def files_may_not_grow(world, chance):
    """Writes fail; what is acknowledged meanwhile counts, and what is refused must not show."""
    size = (world.data / "store/data.mdb").stat().st_size
    world.limit_files(size + chance.choice((0, 4096, 65536)))
    wait = some_load(world, chance, 1.0)
    if chance.random() < 0.5:
        world.run("crl", "publish", "--quiet", code=None)
    wait()
    if chance.random() < 0.3:
        world.kill()
        world.start()
    else:
        world.limit_files()


def disk_is_full(world, chance):
    """A real ENOSPC, where the world lies on a file system of its own; else as above."""
    if not os.path.ismount(world.root.parent):
        return files_may_not_grow(world, chance)
    ballast = world.root.parent / "ballast"
    with open(ballast, "wb", 0) as file:
        try:
            while True:
                file.write(bytes(65536))
        except OSError:
            pass
    wait = some_load(world, chance, 1.0)
    if chance.random() < 0.5:
        world.run("crl", "publish", "--quiet", code=None)
    wait()
    killed = chance.random() < 0.3
    if killed:
        world.kill()
    ballast.unlink()
    if killed:
        world.start()


def alter(path, chance):
    """Another byte, or another bit, somewhere in the file."""
    with open(path, "r+b") as file:
        size = file.seek(0, os.SEEK_END)
        place = chance.randrange(size)
        file.seek(place)
        byte = file.read(1)[0]
        file.seek(place)
        file.write(bytes([byte ^ (1 << chance.randrange(8))]))
    return place


def cut(path, chance):
    os.truncate(path, chance.randrange(path.stat().st_size))


def harm_list(world, chance):
    """A current or past publication file is cut, altered or gone; with the server up or down."""
    files = [pathlib.Path(name) for name in glob.glob(str(world.data / "crl/*/*.crls"))]
    # The youngest hold current lists.
    files.sort(key=lambda path: path.stat().st_mtime)
    path = chance.choice(files[-6:])
    harm = chance.choice((alter, cut, lambda path, _: path.unlink()))
    running = chance.random() < 0.6
    copy = world.root / "harmed-list"
    shutil.copy2(path, copy)
    if not running:
        world.kill()
    harm(path, chance)
    if not running:
        world.start(expect_ready=False)
        world.wait_for("its first look at the lists", lambda: world.readyz()[0] != 0)
    # Within a look or two the scopes of damaged current lists are published again, whatever an operator does.
    if chance.random() < 0.3:
        world.run("crl", "publish", "--quiet")
    world.wait_for("whole current lists", lambda: world.run("crl", "check", "--current", code=None).returncode == 0, 40)
    world.wait_until_ready()
    # For the past lists in it, which nothing makes again, the operator puts the file back.
    shutil.copy2(copy, path)
    copy.unlink()


def harm_store_copy(world, chance, harm):
    """A copy of everything, harmed, is looked into and thrown away: no answer may be good of what was revoked, and
    the program says in words what it finds."""
    wait = some_load(world, chance)
    wait()
    world.settle()
    world.kill()
    for folder in (world.data, world.safety):
        shutil.copytree(folder, folder.with_name(folder.name + ".kept"), ignore=shutil.ignore_patterns("admin.sock"))
    harm(world.data / "store/data.mdb", chance)
    world.start(expect_ready=False)
    if answers_in_words(world):
        for certificate in list(world.certificates.values()):
            try:
                told = world.ocsp_status(certificate)
            except (OSError, ValueError):
                break  # It has ended; answers_in_words() looks at how.
            if told == "good" and "good" not in certificate.allowed:
                raise Violation(f"a damaged store says good of {certificate.name}: {certificate.allowed}")
        world.run("check", "--store", code=None)
        answers_in_words(world)
    if world.server.poll() is None:
        world.kill()
    for folder in (world.data, world.safety):
        shutil.rmtree(folder)
        folder.with_name(folder.name + ".kept").rename(folder)
    world.start()


def answers_in_words(world):
    """Whether it serves; when it has ended, it must have said why."""
    end = time.monotonic() + 5
    while time.monotonic() < end and world.server.poll() is None and world.readyz()[0] == 0:
        time.sleep(0.02)
    code = world.server.poll()
    if code is None:
        return True
    said = world.log.read_text()[-2000:]
    if code < 0 or code not in (1, 2, 4) or not any(word in said for word in ("store", "damaged", "restore")):
        raise Violation(f"a damaged store ended the server with {code} and without a word: {said[-500:]}")
    return False


def flip_in_store(world, chance):
    def harm(path, chance):
        for _ in range(chance.choice((1, 1, 5, 50))):
            alter(path, chance)
    harm_store_copy(world, chance, harm)


def cut_store(world, chance):
    harm_store_copy(world, chance, cut)


def leap_of_the_clock(world, chance):
    """The clock of a server under libfaketime leaps; what is recorded in doubt stands, and is not dated by it."""
    if not world.faketime:
        return kill_at_random(world, chance)
    step = chance.choice(("+1096d", "+45d", "+2d", "+20m", "-20m", "-3d", "-400d"))
    world.leap(step)
    world.wait_for("a doubt about the clock", lambda: any(f.startswith("clock:") for f in world.readyz()[1]))
    if world.readyz("?for=answers")[0] != 200:
        raise Violation(f"answers should go on in doubt: {world.readyz('?for=answers')}")
    wait = some_load(world, chance)
    if chance.random() < 0.5:
        world.run("crl", "publish", "--quiet")
    wait()
    if chance.random() < 0.3:
        world.kill()
        if chance.random() < 0.5:
            world.start(expect_ready=False)
            world.wait_for("an answer of readyz", lambda: world.readyz()[0] != 0)
            if not any(fault.startswith("clock:") for fault in world.readyz()[1]):
                raise Violation(f"a restart believes the time that was in doubt: {world.readyz()}")
            if world.readyz("?for=answers")[0] != 200:
                raise Violation(f"answers should go on after a restart in doubt: {world.readyz('?for=answers')}")
        else:
            world.leap("+0")
            world.start()
    world.leap("+0")
    world.wait_for("the end of the doubt", lambda: not any(f.startswith("clock:") for f in world.readyz()[1]))


def times_of_lists(world):
    """Number, thisUpdate and nextUpdate of the current lists of the whole."""
    found = {}
    for path in (f"/crl/{ca}-1/{name}.crl" for ca in ("sign", "auth") for name in ("full", "delta", "arl")):
        crl = x509.load_der_x509_crl(world.get(path))
        number = crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
        found[path] = (number, crl.last_update, crl.next_update)
    return found


def no_list_goes_back(before, after):
    """A later number has no earlier thisUpdate (RFC 5280 section 5.2.3), and what is served has not ended."""
    now = datetime.datetime.utcnow()
    for path, (number, this_update, next_update) in after.items():
        if number <= before[path][0] or this_update < before[path][1] or next_update <= now:
            raise Violation(f"{path} goes back from {before[path]} to {after[path]}")


def restore_of_days_ago(world, chance):
    """A backup older than clock.max_gap is restored, in a world of its own: the store goes on from today."""
    if not world.faketime:
        return kill_at_random(world, chance)
    world.stop()
    former = World(world.jpki, chance.random(), world.root.parent, world.faketime, "-3d")
    try:
        restore_after_days(former, chance)
    except Exception:
        print("the log of the world of days ago ends with:\n" + former.log.read_text()[-2000:], flush=True)
        former.kill()
        raise
    former.kill()
    former.remove()
    world.start()


def restore_after_days(world, chance):
    world.load(0.5)()
    world.check()
    backup = world.root / "backup.tar"
    world.run("backup", str(backup))
    world.stop()
    # The machine was off for three days.
    (world.data / "store/clock-mark").unlink()
    world.leap("+0")
    world.start(expect_ready=False)
    world.wait_for("a doubt about the clock", lambda: any(f.startswith("clock:") for f in world.readyz()[1]))
    world.run("clock", "accept")
    world.wait_until_ready()
    world.load(0.5)()
    world.check()
    before = times_of_lists(world)
    world.kill()
    if chance.random() < 0.5:
        world.leap("-2d")
        if "clock" not in world.run("restore", str(backup), code=1).stderr:
            raise Violation(f"a restore by a clock that lies before the last write: {world.said}")
        world.leap("+0")
    if chance.random() < 0.5:
        # The lists and the mark prove what time it was as well.
        shutil.rmtree(world.data / "store")
    world.run("restore", str(backup))
    world.start()
    world.run("crl", "publish", "--quiet")
    no_list_goes_back(before, times_of_lists(world))
    for certificate in world.certificates.values():
        told = world.ocsp_status(certificate)
        # What was issued after the backup is held until it is adopted.
        if told not in certificate.allowed | ({"held"} if certificate.allowed == {"good"} else set()):
            raise Violation(f"{certificate.name} is {told} after a restore; {certificate.allowed} was acknowledged")
    for command in (("check",), ("check", "--store"), ("crl", "check", "--quiet"), ("audit", "verify")):
        world.run(*command)


def old_store_comes_back(world, chance):
    """A copy of the store from before a publication, or from between two: not served, nothing removed."""
    wait = some_load(world, chance)
    wait()
    world.kill()
    old, new = world.root / "old-store", world.root / "new-store"
    shutil.copytree(world.data / "store", old)
    before = {c.name: set(c.allowed) for c in world.certificates.values()}
    world.start()
    published = chance.random() < 0.5
    if published:
        world.run("crl", "publish", "--quiet")
    wait = some_load(world, chance)
    wait()
    world.kill()
    if not published and not any(before.get(c.name, {"good"}).isdisjoint(c.allowed) for c in world.certificates.values()):
        # No verifier was told anything that the older store contradicts.
        shutil.rmtree(old)
        return world.start()
    lists = sorted(glob.glob(str(world.data / "crl/*/*.crls")))
    (world.data / "store").rename(new)
    shutil.copytree(old, world.data / "store")
    hidden = world.root / "hidden"
    what = chance.choice(("both", "lists", "mark"))
    if what == "lists":
        world.safety.rename(hidden)
    if what == "mark":
        (world.data / "crl").rename(hidden)
    world.refuses_to_serve("older than what was published", *(["safety.folder"] if what == "lists" else []))
    if what == "lists":
        shutil.rmtree(world.safety, ignore_errors=True)
        hidden.rename(world.safety)
    if what == "mark":
        shutil.rmtree(world.data / "crl", ignore_errors=True)
        hidden.rename(world.data / "crl")
    if sorted(glob.glob(str(world.data / "crl/*/*.crls"))) != lists:
        raise Violation("an old store has changed the lists")
    shutil.rmtree(world.data / "store")
    shutil.rmtree(old)
    new.rename(world.data / "store")
    world.start()


def damaged_list_is_refused(world, chance, backup):
    """A list that is newer than the backup is altered or cut: a restore says so, and changes nothing."""
    with tarfile.open(backup) as archive:
        kept = set(archive.getnames())
    newer = [path for path in map(pathlib.Path, sorted(glob.glob(str(world.data / "crl/*/*.crls"))))
             if str(path.relative_to(world.data)) not in kept and path.stat().st_size > 0]
    if not newer:
        return
    path = chance.choice(newer)
    whole = path.read_bytes()
    chance.choice((alter, cut))(path, chance)
    said = world.run("restore", str(backup), code=1)
    if path.name not in said.stderr:
        raise Violation(f"a restore does not name the damaged list {path.name}: {said.stderr}")
    path.write_bytes(whole)


def restore_from_backup(world, chance):
    """A backup, changes, a restore; then what the runbook says: entries and events again, certificates adopted."""
    world.settle()
    backup = world.root / "backup.tar"
    world.run("backup", str(backup))
    names_then, certificates_then = dict(world.names), set(world.certificates)
    # Times are whole seconds: whether an event was recorded before a restore is not known within one.
    time.sleep(1.1)
    wait = world.load(chance.uniform(0.1, 0.8))
    wait()
    world.settle()
    world.check_status()
    # A compromise that the backup does not know, and that the lists prove.
    ca = chance.choice(("sign", "auth"))
    fallen = world.current(ca) if chance.random() < 0.25 and int(world.current(ca).split("-")[1]) < 3 else None
    if fallen:
        record_compromise(world, chance, fallen)
    world.run("crl", "publish", "--quiet")
    world.stop()
    if chance.random() < 0.5:
        damaged_list_is_refused(world, chance, backup)
    world.run("restore", str(backup))
    if chance.random() < 0.4:
        # Of the wrong backup first, or a second loss before the next one.
        if chance.random() < 0.5:
            world.start()
            world.run("crl", "publish", "--quiet")
            world.stop()
        world.run("restore", str(backup))
    backup.unlink()
    for former in glob.glob(str(world.data / "store.before-restore-*")):
        shutil.rmtree(former)
    world.start()
    world.head = None  # The log is the backup's, and goes on from there.
    world.read_generations()
    connection = UnixConnection(world.data / "admin.sock")
    role = f"municipality:{MUNICIPALITY}"
    for resident, name in list(world.names.items()):
        if resident not in names_then:
            world.add_resident(connection, name, resident)
        elif names_then[resident] != name:
            body = {"resident": resident, "event": "name-change", "name": name}
            status, answer = world.admin("POST", "/v1/events", body, role, connection)
            if status >= 300:
                raise Violation(f"a name again after a restore: {status} {answer}")
    for certificate in world.certificates.values():
        if certificate.name in certificates_then:
            continue
        world.lost.setdefault(certificate.name.split("-")[0], set()).add(certificate.serial)
        if certificate.allowed == {"revoked"}:
            continue
        if world.ocsp_status(certificate) != "held":
            raise Violation(f"a lost certificate should be held: {certificate.name} {world.ocsp_status(certificate)}")
        # One that a list shows as held stays held; the others become good.
        file = world.root / "lost.cer"
        file.write_bytes(certificate.der)
        world.run("cert", "adopt", str(file), "--resident", certificate.resident, "--quiet")
        world.lost[certificate.name.split("-")[0]].discard(certificate.serial)
    if fallen:
        begin_generation(world, chance, ca)


def damaged_mark(world, chance):
    """The high-water mark is altered or gone."""
    wait = some_load(world, chance)
    wait()
    world.stop()
    mark, = [path for path in world.safety.glob("high-water-*") if not path.suffix]
    kept = mark.read_bytes()
    if chance.random() < 0.5:
        alter(mark, chance)
        world.refuses_to_serve("is damaged")
        mark.write_bytes(kept)
    else:
        mark.unlink()
        world.refuses_to_serve("--new-safety-folder")
        return world.start(options=["--new-safety-folder"])
    world.start()


def begin_generation(world, chance, ca):
    """A rollover beside the service or without it, sometimes with a kill in the middle of the former."""
    former = world.current(ca)
    if chance.random() < 0.4:
        world.stop()
        world.run("ca", "roll", ca)
        world.start()
    else:
        wait = some_load(world, chance)
        rolling = subprocess.Popen([world.jpki, "ca", "roll", ca, "--online", "--data", str(world.data)],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if chance.random() < 0.5:
            time.sleep(chance.uniform(0, 0.15))
            world.kill()
            world.start()
        rolling.wait()
        wait()
    world.wait_until_ready()
    world.read_generations()
    if world.current(ca) != former:
        return
    # It was broken off: what the operator does then (docs/operations.md, section 6).
    number = int(former.split("-")[1]) + 1
    if world.run("ca", "roll", ca, "--online", code=None).returncode != 0:
        for left in (world.data / "keys").glob(f"*{ca}-{number}*"):
            left.unlink()
        world.run("ca", "roll", ca, "--online")
    world.read_generations()
    if world.current(ca) == former:
        raise Violation(f"no generation after {former}: {world.said}")


def roll(world, chance):
    """A new generation, as often as a world of this length should see one."""
    ca = chance.choice(("sign", "auth"))
    if int(world.current(ca).split("-")[1]) > 2:
        return kill_at_random(world, chance)
    begin_generation(world, chance, ca)


def record_compromise(world, chance, issuer):
    """The compromise of a generation, sometimes with a kill at once: acknowledged it stands, else it may."""
    told = subprocess.Popen([world.jpki, "event", "ca-key-compromise", "--ca", issuer, "--data", str(world.data)],
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if chance.random() < 0.4:
        time.sleep(chance.uniform(0, 0.1))
        world.kill()
        told.wait()
        world.start()
    told.wait()
    if told.returncode != 0:
        world.read_generations()
        if issuer not in world.compromised:
            world.run("event", "ca-key-compromise", "--ca", issuer)
    world.settle()
    world.note_compromise(issuer)


def compromise(world, chance):
    """The key of a CA is known to others: nothing of its generation is good, and the next one goes on."""
    ca = chance.choice(("sign", "auth"))
    issuer = world.current(ca)
    if int(issuer.split("-")[1]) > 2:
        return kill_at_random(world, chance)
    wait = some_load(world, chance)
    wait()
    record_compromise(world, chance, issuer)
    for certificate in world.certificates.values():
        if certificate.issuer == issuer and world.ocsp_status(certificate) != "revoked":
            raise Violation(f"{certificate.name} of a compromised generation: {world.ocsp_status(certificate)}")
    if chance.random() < 0.5:
        world.check()
    begin_generation(world, chance, ca)


FAULTS = {
    kill_at_random: 30,
    terminate: 4,
    files_may_not_grow: 6,
    disk_is_full: 8,
    harm_list: 18,
    flip_in_store: 10,
    cut_store: 5,
    leap_of_the_clock: 8,
    restore_of_days_ago: 3,
    old_store_comes_back: 5,
    restore_from_backup: 4,
    damaged_mark: 2,
    roll: 4,
    compromise: 3,
}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jpki", required=True)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=None, help="begin no round after so long")
    parser.add_argument("--folder", default=None, help="where the worlds are made; a mount point of its own can be filled")
    parser.add_argument("--keep", action="store_true", help="keep the world of a violation")
    parser.add_argument("--only", default=None, help="this fault alone")
    return parser.parse_args()


def main():
    options = arguments()
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(10**9)
    found = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
    faults = {f: w for f, w in FAULTS.items() if options.only in (None, f.__name__)}
    tally, began, world = collections.Counter(), time.monotonic(), None
    acknowledged = 0
    for number in range(options.first, options.first + options.rounds):
        if options.seconds is not None and time.monotonic() - began > options.seconds:
            break
        chance = random.Random(f"{seed}/{number}")
        fault = chance.choices(list(faults), list(faults.values()))[0]
        try:
            if world is None:
                world = World(options.jpki, chance.random(), options.folder, found[0] if found else None)
                world.load(0.5)()
                world.check()
            print(f"round {number} of seed {seed}: {fault.__name__}", flush=True)
            wait = some_load(world, chance)
            wait()
            fault(world, chance)
            world.check()
        except Exception as error:  # noqa: BLE001: whatever went wrong belongs to this round.
            print(f"VIOLATION in round {number} of seed {seed}, {fault.__name__}: {error!r}", flush=True)
            if world:
                print("the server's log ends with:\n" + "".join(world.log.open().readlines()[-8:]), flush=True)
                print(f"the world is kept in {world.root}" if options.keep else "", flush=True)
                if world.server.poll() is None:
                    world.kill()
                if not options.keep:
                    world.remove()
            if not isinstance(error, (Violation, AssertionError)):
                raise
            return 1
        tally[fault.__name__] += 1
        if (number + 1) % ROUNDS_OF_A_WORLD == 0:
            acknowledged += world.acknowledged
            world.stop()
            world.remove()
            world = None
    if world:
        acknowledged += world.acknowledged
        world.stop()
        world.remove()
    print(f"{sum(tally.values())} rounds of seed {seed} without a violation, {acknowledged} changes acknowledged: " +
          json.dumps(tally), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
