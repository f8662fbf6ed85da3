"""The commands of docs/clients.md: an indented line is a command, and a line `#> WORDS` below it says what its output
contains. `./dev soak --clients` runs each in the folder that World makes; the Japanese document has the same ones."""

import re
import shlex
import shutil
import subprocess

from client import SECONDS_MAX


def commands(file):
    """(line number, command, [words]) of each command of a document."""
    found = []
    for number, line in enumerate(file.read_text().splitlines(), 1):
        if not line.startswith("    "):
            continue
        if line.startswith("    #> "):
            found[-1][2].append(line[7:])
        else:
            found.append((number, line[4:], []))
    return found


def programs(command):
    """The programs that a command line names: the first word of each part, and what faketime starts."""
    lexer = shlex.shlex(command, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    is_first = True
    for word in lexer:
        if re.fullmatch(r"[|&;]+", word):
            is_first = True
        elif is_first and not re.fullmatch(r"[A-Z_0-9]+=.*", word):
            yield word
            is_first = False


def run_document(world, file):
    """Runs every command whose programs are installed; gives what is wrong."""
    problems, skipped = [], []
    environment, known = world.environment(), commands(file)
    for number, command, wanted in known:
        absent = [name for name in programs(command)
                  if not (world.folder / name).exists() and shutil.which(name, path=environment["PATH"]) is None]
        if absent:
            skipped += absent
            continue
        try:
            done = subprocess.run(["bash", "-c", command], cwd=world.folder, env=environment, capture_output=True, text=True,
                                  errors="replace", timeout=SECONDS_MAX)
        except subprocess.TimeoutExpired:
            problems.append(f"{file.name}:{number}: {command}\n    no answer")
            continue
        said = done.stdout + done.stderr
        problems += [f"{file.name}:{number}: {command}\n    should say: {words}\n    says: {said.strip()[-300:]}"
                     for words in wanted if words not in said]
        if not wanted and done.returncode != 0:
            problems.append(f"{file.name}:{number}: {command}\n    exit {done.returncode}: {said.strip()[-300:]}")
    print(f"{file.name}: {len(known)} commands, {len(problems)} wrong, not run for want of: {', '.join(skipped) or 'nothing'}")
    return problems
