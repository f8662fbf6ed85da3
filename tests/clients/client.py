"""What a client of the soak is: how it is found, and what it can be asked. Each question's answer is its own words, of
which the first is good, revoked, unknown or refused."""

import re
import shutil
import subprocess
from pathlib import Path

from world import SOURCE, run, version_of


def words(done):
    """What a command said, both streams."""
    return done.stdout + done.stderr


# A busy machine is slow; who says nothing for so long hangs.
SECONDS_MAX = 900


class Client:
    """A client is asked by its methods; one that it lacks is something that the client does not offer.

    ocsp(cert, ca, path, variant)  what it says after asking the responder at /ocsp/PATH; variant is one of `variants`
    crl(cert, cas, lists)          what it says by lists that are handed over; names of files without their ending
    fetch(cert, ca)                the same by the list that it fetches by the certificate's URI
    signed(), tls()                a question to an instance that knows verifiers by these alone
    """

    name = ""         # as the table says it
    commands = ()     # programs that must be there
    files = ()        # files that must be there
    version_of = ()   # the command that tells its version
    variants = ()     # ways to ask that are not its default
    takes_both = True  # several anchors and lists at once
    silent = None      # the first command that gave no answer in SECONDS_MAX: what came out then is not the client's
    ocsp = crl = fetch = signed = tls = None

    def __init__(self, world=None):
        self.world = world

    def missing(self):
        """What is not installed, or nothing."""
        for command in self.commands:
            if not shutil.which(command, path="/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"):
                return command
        for file in self.files:
            if not Path(file).exists():
                return str(file)
        return None

    def version(self):
        return version_of(words(run(*self.version_of, check=False)))

    def prepare(self):
        """Whatever is needed once, e.g. to compile."""

    def run(self, *command, **options):
        """Runs a command in the world's folder; its words."""
        options.setdefault("env", self.world.environment())
        options.setdefault("timeout", SECONDS_MAX)
        try:
            return words(run(*command, check=False, cwd=self.world.folder, **options))
        except subprocess.TimeoutExpired:
            self.silent = self.silent or " ".join(map(str, command))
            return "refused: no answer"

    def join(self, names, ending):
        """Files of several names, one after another, as one PEM file."""
        file = self.world.folder / f"joined-{ending}.pem"
        file.write_text("".join((self.world.folder / f"{name}.pem").read_text() for name in names))
        return file


def verdict(text):
    """good, revoked, unknown or refused, of a client's words that begin with one of them."""
    found = re.match(r"\s*(good|revoked|unknown)\b", text)
    return found.group(1) if found else "refused"


def told(text, good, revoked):
    """A verdict of a command's output: `revoked` and `good` are patterns; anything else refuses, in its last words."""
    if re.search(revoked, text):
        return "revoked"
    if re.search(good, text):
        return "good"
    return "refused: " + " ".join(text.split()[-12:])


PROGRAMS = SOURCE / "tests/clients/programs"
