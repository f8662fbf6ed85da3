#!/usr/bin/python3
"""A campaign of random faults against an authority on several machines, with the check of the whole world after each.

    cluster.py --jpki build/release/jpki [--rounds N] [--seed S] [--machines N] [--only FAULT]

Each round puts a load of requests on the machine that leads, does a harm to a machine, to its cable to the database, or
to the database, sometimes two at a time, and helps all up. All the while every machine is asked about certificates.
Then what the leader says is compared with a ledger of what was acknowledged: no acknowledged change is lost, no
serial and no CRL number is given twice, no machine that was asked after a revocation was acknowledged said good, and
all machines have the same rows and the same audit log. Now and then rows are removed that every machine has. At a
world's end one machine takes its store out of the log, and goes on with all that was acknowledged. A round is repeated by --seed S --first R, from its world's first.

Exit 1 with the round and its seed when something does not hold.
"""

import argparse
import collections
import json
import os
import pathlib
import random
import signal
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from cluster_world import ClusterWorld  # noqa: E402
from world import Violation  # noqa: E402

ROUNDS_OF_A_WORLD = 20


def some_time(chance):
    """From nothing to longer than the lease of leadership."""
    return chance.choice((chance.uniform(0, 1), chance.uniform(0, 4), chance.uniform(4, 12)))


# Each fault does its harm and gives a function that helps up.

def restart(world, machine):
    def help_up():
        world.start_machine(machine)
    return help_up


def kill(world, machine):
    machine.server.kill()
    machine.server.wait()
    return restart(world, machine)


def kill_leader(world, chance):
    return kill(world, world.machine)


def kill_standby(world, chance):
    return kill(world, chance.choice(world.standbys()))


def stop_leader(world, chance):
    machine = world.machine
    machine.server.send_signal(signal.SIGTERM)
    if (code := machine.server.wait(timeout=60)) != 0:
        raise Violation(f"{machine.name} ended with {code} after SIGTERM")
    return restart(world, machine)


def pause(process):
    process.send_signal(signal.SIGSTOP)
    return lambda: process.send_signal(signal.SIGCONT)


def pause_leader(world, chance):
    return pause(world.machine.server)


def pause_standby(world, chance):
    return pause(chance.choice(world.standbys()).server)


def cut_leader(world, chance):
    return pause(world.machine.cable)


def cut_standby(world, chance):
    return pause(chance.choice(world.standbys()).cable)


def break_connections(world, chance):
    machine = chance.choice(world.machines)
    machine.cable.kill()
    machine.cable.wait()
    return lambda: machine.plug(world.database)


def kill_database(world, chance):
    world.database.kill()
    return world.database.start


def pause_database(world, chance):
    world.database.signal(signal.SIGSTOP)
    return lambda: world.database.signal(signal.SIGCONT)


def lose_standby(world, chance):
    """A machine is lost with its disk, and another takes its name."""
    machine = chance.choice(world.standbys())
    machine.server.kill()
    machine.server.wait()

    def help_up():
        machine.server = None
        world.wait_until_ready()
        if machine is not world.machine:
            world.join(machine.name)
    return help_up


def trim_without_standby(world, chance):
    """Rows are removed while a machine is cut off and lacks some: it must find all of them when it comes back."""
    help_up = cut_standby(world, chance)
    time.sleep(chance.uniform(0, 3))
    world.trim()
    return help_up


def two_at_once(world, chance):
    harms = [harm for harm in FAULTS if harm not in (two_at_once, lose_standby, stop_leader, trim_without_standby)]
    first, second = chance.choice(harms), None
    helps = [first(world, chance)]
    time.sleep(chance.uniform(0, 2))
    touched = {"leader": ("kill_leader", "pause_leader"), "database": ("kill_database", "pause_database")}
    second = chance.choice([h for h in harms if h is not first and not any(
        first.__name__ in names and h.__name__ in names for names in touched.values())])
    if second.__name__.endswith("standby") and first.__name__.endswith("standby"):
        return helps[0]
    helps.append(second(world, chance))

    def help_up():
        chance.shuffle(helps)
        for one in helps:
            one()
            time.sleep(chance.uniform(0, 1))
    return help_up


FAULTS = {
    kill_leader: 20,
    kill_standby: 8,
    stop_leader: 6,
    pause_leader: 14,
    pause_standby: 10,
    cut_leader: 14,
    cut_standby: 10,
    break_connections: 12,
    kill_database: 10,
    pause_database: 8,
    lose_standby: 3,
    trim_without_standby: 6,
    two_at_once: 20,
}


def one_round(world, chance, fault):
    wait = world.load(chance.uniform(1, 4))
    time.sleep(chance.uniform(0, 1.5))
    help_up = fault(world, chance)
    time.sleep(some_time(chance))
    # The other machine may lead by now: the load goes on there.
    leader = world.leader()
    if leader is not None:
        world.machine = leader
        wait_more = world.load(chance.uniform(0.2, 1))
        wait_more()
    help_up()
    wait()
    world.check()
    if chance.random() < 0.2:
        world.trim()


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jpki", required=True)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--machines", type=int, default=2, choices=(2, 3, 4))
    parser.add_argument("--folder", default=None, help="where the worlds are made")
    parser.add_argument("--keep", action="store_true", help="keep the world of a violation")
    parser.add_argument("--only", default=None, help="this fault alone")
    return parser.parse_args()


def main():
    options = arguments()
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(10**9)
    faults = {f: w for f, w in FAULTS.items() if options.only in (None, f.__name__)}
    tally, answers, world, acknowledged = collections.Counter(), collections.Counter(), None, 0

    def finish(world, chance):
        answers.update({m.name: m.answers for m in world.machines})
        world.leave_log(chance.choice(world.machines))
        world.remove()
        return world.acknowledged

    for number in range(options.first, options.first + options.rounds):
        chance = random.Random(f"{seed}/{number}")
        fault = chance.choices(list(faults), list(faults.values()))[0]
        try:
            if world is None:
                world = ClusterWorld(options.jpki, chance.random(), options.folder, options.machines)
                world.check()
            print(f"round {number} of seed {seed}: {fault.__name__}", flush=True)
            one_round(world, chance, fault)
        except Exception as error:  # noqa: BLE001: whatever went wrong belongs to this round.
            print(f"VIOLATION in round {number} of seed {seed}, {fault.__name__}: {error!r}", flush=True)
            if world:
                for machine in world.machines:
                    print(f"the log of {machine.name} ends with:\n" +
                          "".join(open(machine.log).readlines()[-8:]), flush=True)
                print(f"the world is kept in {world.root}" if options.keep else "", flush=True)
                world.remove(options.keep)
            if not isinstance(error, (Violation, AssertionError)):
                raise
            return 1
        tally[fault.__name__] += 1
        if (number + 1) % ROUNDS_OF_A_WORLD == 0:
            acknowledged += finish(world, chance)
            world = None
    if world:
        acknowledged += finish(world, chance)
    print(f"{sum(tally.values())} rounds of seed {seed} without a violation, {acknowledged} changes acknowledged, "
          f"{sum(answers.values())} answers held against them: {json.dumps(tally)}, by machine {json.dumps(answers)}",
          flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
