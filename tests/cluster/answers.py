"""Asks two machines of an authority and its views about certificates all the time while they are revoked: the leader is
stopped and the other one takes over, the other one is stopped, a view is, and none is, in turns.

answers.py JPKI CARDS (URL OPS PID DATA) for each, the two of the authority first: CARDS is a file that names folders of cards, each with auth.cer, the
resident's number, and request.der about its certificate. Exit 1 when an answer to a question asked after the
acknowledgement of the revocation says `good`.
"""

import collections
import http.client
import os
import signal
import subprocess
import sys
import threading
import time

program, cards_file = sys.argv[1:3]
Machine = collections.namedtuple("Machine", "host ops pid data")
machines = []
for url, ops, pid, data in (sys.argv[first:first + 4] for first in range(3, len(sys.argv), 4)):
    machines.append(Machine(url.split("//")[1], ops.split("//")[1], int(pid), data))
cards = open(cards_file, encoding="utf-8").read().split()


def serial_of(card):
    words = subprocess.run(["openssl", "x509", "-inform", "DER", "-in", card + "/auth.cer", "-noout", "-serial"],
                           capture_output=True, text=True, check=True).stdout
    return bytes.fromhex(words.strip().split("=")[1])


requests = {card: open(card + "/request.der", "rb").read() for card in cards}
serials = {card: serial_of(card) for card in cards}
Heard = collections.namedtuple("Heard", "machine card asked_at answer")
heard, lock = [], threading.Lock()
asked = cards[0]
running = True


def answer_in(card, response):
    """CertStatus stands behind the serial number of the CertID: good [0], revoked [1], unknown [2]."""
    if len(response) <= 5:
        return "no answer"
    serial = serials[card]
    at = response.find(b"\x02" + bytes([len(serial)]) + serial)
    if at < 0:
        return "of another"
    return {0x80: "good", 0xA1: "revoked", 0x82: "unknown"}.get(response[at + 2 + len(serial)], "malformed")


def ask(number):
    connection = None
    while running:
        card, now = asked, time.monotonic()
        try:
            if connection is None:
                connection = http.client.HTTPConnection(machines[number].host, timeout=60)
            connection.request("POST", "/ocsp/auth", requests[card], {"Content-Type": "application/ocsp-request"})
            answer = answer_in(card, connection.getresponse().read())
        except (OSError, http.client.HTTPException):
            connection, answer = None, "no connection"
            time.sleep(0.02)
        with lock:
            heard.append(Heard(number, card, now, answer))
        time.sleep(0.004)


def leads(number):
    try:
        connection = http.client.HTTPConnection(machines[number].ops, timeout=2)
        connection.request("GET", "/readyz?for=answers")
        response = connection.getresponse()
        return response.status == 200 and b'"role":"leader"' in response.read()
    except (OSError, http.client.HTTPException):
        return False


def wait_for(what, condition):
    for _ in range(900):
        if condition():
            return
        time.sleep(0.1)
    sys.exit("FAILED: " + what)


def revoke(number, card):
    resident = open(card + "/resident", encoding="utf-8").read().strip()
    command = [program, "--data", machines[number].data, "event", "death", resident, "--quiet"]
    # A second time it may be refused as done.
    wait_for("no revocation", lambda: subprocess.run(command, capture_output=True).returncode in (0, 1))


def count(answers):
    return dict(collections.Counter((one.machine, one.answer) for one in answers))


everybody = range(len(machines))
for number in everybody:
    for _ in range(3):
        threading.Thread(target=ask, args=(number,), daemon=True).start()
wrong = 0
for turn, card in enumerate(cards):
    asked = card
    wait_for("no leader", lambda: leads(0) or leads(1))
    leader = 0 if leads(0) else 1
    with lock:
        heard.clear()
    # The one that leads, the one that stands by, and the views.
    for machine in everybody:
        wait_for("no answer before", lambda: any(one.answer == "good" and one.machine == machine and one.card == card
                                                 for one in list(heard)))
    stopped = (leader, 1 - leader, 2 if len(machines) > 2 else None, None)[turn % 4]
    if stopped is not None:
        os.kill(machines[stopped].pid, signal.SIGSTOP)
    revoker = 1 - leader if stopped == leader else leader
    wait_for("no leader", lambda: leads(revoker))
    revoke(revoker, card)
    acknowledged = time.monotonic()
    if stopped is not None:
        os.kill(machines[stopped].pid, signal.SIGCONT)
    late = lambda: [one for one in list(heard) if one.card == card and one.asked_at > acknowledged]
    for machine in everybody:
        wait_for("too few answers", lambda: sum(one.machine == machine for one in late()) > 300)
    wrong += sum(one.answer == "good" for one in late())
    for machine in everybody:
        wait_for("no answer after", lambda: any(one.answer == "revoked" and one.machine == machine for one in late()))
    print(("the leader stopped", "the other stopped", "a view stopped", "none stopped")[turn % 4], count(late()), flush=True)
running = False
if wrong:
    sys.exit(f"FAILED: {wrong} answers say good of a certificate whose revocation was acknowledged")
print("No answer was older than what was acknowledged.")
