#!/usr/bin/python3
"""What documents, help and messages cite and what is not there: commands of the program with their options, files of the
repository, and benchmarks.

usage: cited.py PROGRAM

For ./dev lint and tests/interop/documents_test.sh: a line for each, nothing when all is there. A command line is what
stands between backticks, or in an indented or fenced block, and begins with `jpki`. Of it are checked the words that
name the command, the options, and an event's name; placeholders (capitals, …) stand for anything.
"""

import re
import subprocess
import sys
from pathlib import Path

DOCUMENTS = ["*.md", "docs/**/*.md", "pki/messages/*.inc", "cli/*.inc", "cli/*_commands.cpp", "cli/*_command.cpp",
             "packaging/*", "packaging/debian/*"]
# What came before stands there under its name of then.
HISTORY = {"CHANGELOG.md"}


def help_of(program, *words):
    done = subprocess.run([program, *words, "--help"], capture_output=True, text=True, check=True)
    return done.stdout


class Command:
    """A command with those below it, as its help lists them."""

    def __init__(self, program, *words):
        text = help_of(program, *words)
        self.words = words
        self.options = set(re.findall(r"(?<![\w-])--?[a-z][a-z0-9-]*", text.split("\nExample:")[0]))
        below = re.search(r"^Subcommands:\n((?:  .*\n)+)", text, re.MULTILINE)
        names = re.findall(r"^  (\S+)", below[1], re.MULTILINE) if below else []
        self.below = {name: Command(program, *words, name) for name in names}


def events(program):
    rows = subprocess.run([program, "rules", "--markdown"], capture_output=True, text=True, check=True).stdout
    return set(re.findall(r"^\| `?([a-z-]+)`? \|", rows, re.MULTILINE)) | {"ca-key-compromise"}


def cited_commands(name, text):
    """Line number and text of each command line; of what is not built yet, the document says so in a section of its own."""
    text = re.sub(r"^## [^\n]*What is not built\n.*?(?=^## |\Z)", lambda match: "\n" * match[0].count("\n"), text,
                  flags=re.MULTILINE | re.DOTALL)
    for match in re.finditer(r"`+(jpki [^`]+)`+", text):
        if "\n\n" not in match[1]:
            yield text.count("\n", 0, match.start()) + 1, re.sub(r"\s*\n\s*", " ", match[1])
    if not name.endswith(".md"):
        return
    joined = re.sub(r" *\\\n *", lambda match: " " * len(match[0]), text)
    for match in re.finditer(r"^(?:    +|(?=jpki ))(?:\$ |# )?(jpki [^#\n]*)", joined, re.MULTILINE):
        yield text.count("\n", 0, match.start(1)) + 1, match[1]


def is_placeholder(word):
    return not re.fullmatch(r"[a-z][a-z0-9-]*", word)


def faults_of(command, line, known_events):
    """What of one command line is not there. Alternatives, a|b, are checked one after another."""
    top = command
    line = re.split(r"\s(?:&&|;|>|>>|<|&|2>)|[;)…]|\s\|\s", line)[0]
    words = line.split()[1:]
    faults = []
    at = 0
    while command.below and at < len(words):
        word = words[at].strip("[],")
        if word.startswith("-") or is_placeholder(word.split("|")[0]):
            break
        missing = [one for one in word.split("|") if one not in command.below]
        if missing:
            faults.append(f"there is no command `jpki {' '.join([*command.words, missing[0]])}`")
            return faults
        command = command.below[word.split("|")[0]]
        at += 1
        if "|" in word:
            break
    if command.words == ("event",) and at < len(words) and not is_placeholder(words[at].split("|")[0]):
        faults += [f"there is no event {one}" for one in words[at].split("|") if one not in known_events]
    for option in re.findall(r"(?<![\w-])--[a-z][a-z0-9-]*", line):
        if option not in command.options and option not in top.options and not any(
                option in one.options for one in command.below.values()):
            faults.append(f"`jpki {' '.join(command.words)}` has no option {option}")
    return faults


# Folders of the repository whose files documents name.
def cited_files(text, folders):
    pattern = r"(?<![\w./~-])((?:%s)/[\w./*{},-]*[\w*}])" % "|".join(map(re.escape, folders))
    for match in re.finditer(pattern, text):
        yield text.count("\n", 0, match.start()) + 1, match[1]


def exists(path):
    """As it stands, as a pattern, as a pair of .h and .cpp without their ends, or as a test's name; ROOM and the like
    stand for anything, and `store` and `crl` are folders of the data folder, too."""
    if re.search(r"/[A-Z]+\b", path) or re.match(r"(store|crl)/[^.]*(-[^.]*)?$|store/data.mdb", path):
        return True
    alternatives = re.search(r"\{([^}]*)\}", path)
    if alternatives:
        return all(exists(path.replace(alternatives[0], one, 1)) for one in alternatives[1].split(","))
    if "*" in path:
        return any(Path().glob(path))
    return any(Path(folder, path + end).exists() for folder in ("", "tests") for end in ("", ".h", ".cpp", ".sh", ".inc"))


def lost_benchmarks():
    """The names in the first column of docs/bench.md that no bench prints."""
    document = Path("docs/bench.md")
    benches = "".join(path.read_text(encoding="utf-8") for path in Path("tests/bench").glob("*.*"))
    text = document.read_text(encoding="utf-8") if document.exists() else ""
    for row in re.finditer(r"^\| (`[a-z0-9_`, ]+`) \|", text, re.MULTILINE):
        for name in re.findall(r"`(\w+)`", row[1]):
            if name not in benches:
                yield text.count("\n", 0, row.start()) + 1, name


def main():
    program = sys.argv[1]
    tree, known_events = Command(program), events(program)
    listed = sorted({str(path) for pattern in DOCUMENTS for path in Path().glob(pattern) if path.is_file()})
    folders = [path.name for path in Path().iterdir() if path.is_dir() and not path.name.startswith((".", "build"))]
    for name in listed:
        if name in HISTORY:
            continue
        text = Path(name).read_text(encoding="utf-8")
        for line, command in cited_commands(name, text):
            for fault in faults_of(tree, command, known_events):
                print(f"{name}:{line}: {fault}: {command}")
        if name.endswith(".md"):
            for line, path in cited_files(text, folders):
                if not exists(path):
                    print(f"{name}:{line}: there is no file {path}")
    for line, name in lost_benchmarks():
        print(f"docs/bench.md:{line}: there is no benchmark {name}")


if __name__ == "__main__":
    main()
