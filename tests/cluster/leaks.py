"""Searches a view's files for what it may not have.

leaks.py RESIDENT KEY FILE-OF-AUTHORITY… -- FILE-OF-VIEW…: the resident's number as keys have it (eight octets), its text,
the names of the tests' residents, and the vault's key. The authority's files must have the number, or the search would
prove nothing. Exit 1 where a file of the view has any of it.
"""

import sys

resident, key_file = sys.argv[1:3]
split = sys.argv.index("--")
authority, view = sys.argv[3:split], sys.argv[split + 1:]
number = int(resident).to_bytes(8, "big")
key = open(key_file, "rb").read().strip()
wanted = {"the resident's number": number, "its text": resident.encode(), "a name": "模擬　太郎".encode(), "an address": "模擬町".encode(), "the vault's key": key}


def content(path):
    data = open(path, "rb").read()
    return data.lower() if path.endswith(".txt") else data


def has(data, pattern, path):
    # psql writes octets in hexadecimal.
    return pattern in data or (path.endswith(".txt") and pattern.hex().encode() in data)


for path in authority:
    if not has(content(path), number, path):
        sys.exit(f"FAILED: {path} does not have the resident's number")
found = [f"{path} has {what}" for path in view for what, pattern in wanted.items() if has(content(path), pattern, path)]
print("\n".join(found))
sys.exit(1 if found else 0)
