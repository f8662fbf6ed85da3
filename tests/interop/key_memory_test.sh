#!/usr/bin/env bash
# Private keys of a running service: no copy of a key file, and of no private exponent, in memory that may be dumped.

. "$(dirname "$0")/lib.sh"

init_authority '[crl]' 'scopes = "used"'
start_server
code=0
python3 - "$SERVER_PID" "$DATA/keys" <<'END' || code=$?
import glob, re, subprocess, sys

pid, folder = sys.argv[1:]
secrets = {}
for path in glob.glob(folder + "/*.key"):
    name = path.rsplit("/", 1)[1]
    text = open(path).read()
    if name == "registry.key":
        secrets[name] = bytes.fromhex(text.strip())
        secrets[name + " in hexadecimal"] = text.strip().encode()
        continue
    body = [line for line in text.splitlines() if re.fullmatch(r"[A-Za-z0-9+/=]{64}", line)]
    # An RSA key begins with its public part.
    for number in {len(body) // 2, len(body) - 1}:
        secrets[f"{name}, line {number + 1} of its PEM"] = body[number].encode()
    shown = subprocess.run(["openssl", "pkey", "-in", path, "-noout", "-text"], capture_output=True, text=True).stdout
    for what in ("privateExponent", "priv"):
        found = re.search(what + r":\n((?:\s+[0-9a-f:]+\n)+)", shown)
        if found:
            octets = bytes.fromhex(re.sub(r"[\s:]", "", found[1])).lstrip(b"\0")
            secrets[f"{name} {what}"] = octets
            secrets[f"{name} {what}, as a number in memory"] = octets[::-1]
if len(secrets) < 10:
    sys.exit("too few secrets to look for")
try:
    memory = open(f"/proc/{pid}/mem", "rb", 0)
    mappings = open(f"/proc/{pid}/smaps").read()
except PermissionError:
    sys.exit(77)
open_copies, shielded = [], 0
for mapping in re.split(r"\n(?=[0-9a-f]+-[0-9a-f]+ )", mappings):
    begin, end, rights, path = re.match(r"([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ \S+ *(.*)", mapping).groups()
    flags = re.search(r"VmFlags: (.*)", mapping)[1].split()
    if "r" not in rights or path.startswith(("/", "[v")):
        continue
    try:
        memory.seek(int(begin, 16))
        octets = memory.read(int(end, 16) - int(begin, 16))
    except PermissionError:
        sys.exit(77)
    except (OSError, ValueError, OverflowError):
        continue
    for what, secret in secrets.items():
        if secret in octets:
            shielded += "dd" in flags
            if "dd" not in flags:
                open_copies.append(what)
if not shielded:
    sys.exit("no key was found at all")
if open_copies:
    sys.exit("in memory that may be dumped: " + ", ".join(sorted(set(open_copies))))
END
[[ $code != 77 ]] || { echo "the memory of another process cannot be read here"; exit 77; }
[[ $code == 0 ]] || fail "keys in memory"
stop_server
