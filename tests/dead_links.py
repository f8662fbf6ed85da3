#!/usr/bin/python3
"""Links between the documents that lead nowhere: to a file that is not there, or to a heading that its file lacks.

For ./dev lint: a line for each, nothing when all lead somewhere. Addresses outside the repository are not followed.
"""

import pathlib
import re
import subprocess


def anchors(document):
    """The anchors of its headings, as GitHub and GitLab make them."""
    text = re.sub(r"^```.*?^```", "", document.read_text(), flags=re.DOTALL | re.MULTILINE)
    headings = re.findall(r"^#+ (.*)$", text, flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def links(document):
    """Line and target of each link to something of the repository."""
    inside = False
    for number, line in enumerate(document.read_text().splitlines(), 1):
        inside ^= line.startswith("```")
        for target in [] if inside else re.findall(r"\]\(([^)\s]+)\)", line):
            if not re.match(r"[a-z]+:", target):
                yield number, target


def main():
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "*.md"], capture_output=True, text=True,
                            check=True)
    for document in map(pathlib.Path, listed.stdout.split()):
        if not document.exists():
            continue
        for line, target in links(document):
            path, _, anchor = target.partition("#")
            file = document.parent / path if path else document
            if not file.exists():
                print(f"{document}:{line}: {target}: there is no such file")
            elif anchor and file.suffix == ".md" and anchor not in anchors(file):
                print(f"{document}:{line}: {target}: there is no such heading")


if __name__ == "__main__":
    main()
