#!/usr/bin/python3
"""Holds the quotations of a document to the files: a fenced block whose info string names a file (```python PATH)
stands in that file as it is, apart from its indentation.

usage: quotations.py ROOT DOCUMENT …
"""

import re
import sys
import textwrap
from pathlib import Path


def main():
    root, *documents = sys.argv[1:]
    count = wrong = 0
    for document in documents:
        text = (Path(root) / document).read_text()
        for path, block in re.findall(r"^```\w+ (\S+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
            count += 1
            lines = (Path(root) / path).read_text().split("\n")
            wanted = block.rstrip("\n").split("\n")
            places = (lines[at:at + len(wanted)] for at in range(len(lines)))
            if not any(textwrap.dedent("\n".join(place)) == textwrap.dedent("\n".join(wanted)) for place in places):
                print(f"{document}: {path} does not say: {wanted[0]} …")
                wrong += 1
    if count == 0:
        print("no quotations")
    sys.exit(wrong > 0 or count == 0)


main()
