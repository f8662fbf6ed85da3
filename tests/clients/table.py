"""The tables of docs/clients.md and docs/ja/clients.md, made of tests/clients/results.json.

    python3 table.py            writes them anew
    python3 table.py --check    says what differs, or which command of the documents does not exist; exit code 1 then
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from commands import COMMANDS
from documents import commands, programs
from libraries import LIBRARIES
from servers import SERVERS
from world import SOURCE

CLIENTS = COMMANDS + LIBRARIES + SERVERS
RESULTS = Path(__file__).resolve().parent / "results.json"
DOCUMENTS = {"docs/clients.md": "en", "docs/ja/clients.md": "ja"}

COLUMNS = {
    "ocsp": ["good", "revoked", "held", "unknown", "previous", "sign", "signed", "tls"],
    "sends": ["method", "http", "nonce", "hash"],
    "lists": ["whole", "point", "both", "beside", "delta", "mixed", "compromise", "fetch", "fetches"],
}
WORDS = {
    "en": {
        "client": "client", "version": "version", "not run": "not run", "none": "none",
        "good": "good", "revoked": "revoked", "held": "held", "unknown": "unknown", "previous": "previous generation",
        "sign": "signing certificate", "signed": "signed request", "tls": "TLS certificate",
        "method": "method", "http": "HTTP", "nonce": "nonce, bytes", "hash": "CertID hash",
        "whole": "whole list", "point": "list of a point", "both": "both generations at once", "beside": "other scopes beside", "delta": "delta", "mixed": "keys mixed", "compromise": "after a compromise",
        "fetch": "list by URI", "fetches": "fetches",
        "yes": "yes", "refuses": "refuses", "accepts": "**accepts**", "ignores": "ignores", "adds": "adds only",
    },
    "ja": {
        "client": "クライアント", "version": "版", "not run": "未実行", "none": "なし",
        "good": "有効", "revoked": "失効", "held": "一時保留", "unknown": "不明", "previous": "前の世代",
        "sign": "署名用電子証明書", "signed": "署名付き要求", "tls": "TLS 証明書",
        "method": "メソッド", "http": "HTTP", "nonce": "ノンス（バイト）", "hash": "CertID のハッシュ",
        "whole": "全体のリスト", "point": "配布点のリスト", "both": "両世代を同時に", "beside": "他の範囲のリストと共に", "delta": "差分", "mixed": "鍵の混在", "compromise": "危殆化の後",
        "fetch": "URI のリスト", "fetches": "取得するもの",
        "yes": "○", "refuses": "拒否", "accepts": "**受け入れる**", "ignores": "無視", "adds": "追加のみ",
    },
}


def plain(values):
    return ", ".join(str(value) for value in values)


def sends_cell(found, column, words):
    """What it sends by itself, and in parentheses what else with options."""
    default = found["sends"].get("default", {}).get(column, [])
    more = [value for value in found["sends"].get("options", {}).get(column, []) if value not in default]
    said = [words["none"] if column == "nonce" and value == 0 else value for value in default]
    extra = [words["none"] if column == "nonce" and value == 0 else value for value in more]
    return plain(said) + (f" ({plain(extra)})" if extra else "") or "–"


def cell(found, column, words):
    if column in COLUMNS["sends"]:
        return sends_cell(found, column, words)
    if column == "fetches":
        return plain(found["sends"].get("fetches", [])) or "–"
    value = found["cells"].get(column)
    if column == "beside" and not value and "whole" in found["cells"]:
        return words["not run"]  # The results are of a run that did not ask yet.
    return words[value] if value else "–"


def table(which, language, names, results):
    """One table, as lines. A client that has nothing in it is left out; one that was not run says so."""
    words, columns = WORDS[language], COLUMNS[which]
    lines = ["| " + " | ".join([words["client"], words["version"], *(words[column] for column in columns)]) + " |",
             "|---" * (len(columns) + 2) + "|"]
    for name in names:
        found = results["clients"].get(name)
        if not found:
            lines.append("| " + " | ".join([name, words["not run"], *([""] * len(columns))]) + " |")
            continue
        cells = [cell(found, column, words) for column in columns]
        if any(each != "–" for each in cells):
            lines.append("| " + " | ".join([name, found["version"], *cells]) + " |")
    return lines


def marked(text, name, lines):
    """The text with what stands between the markers of a table replaced."""
    begin, end = f"<!-- clients {name} -->", f"<!-- end {name} -->"
    head, rest = text.split(begin)
    return head + "\n".join([begin, *lines, end]) + rest.split(end)[1]


def rendered(document):
    language, results = DOCUMENTS[document], json.loads(RESULTS.read_text())
    text = (SOURCE / document).read_text()
    names = [kind.name for kind in CLIENTS]
    for which in COLUMNS:
        text = marked(text, which, table(which, language, names, results))
    run = {"en": f"Run on {results['date']} under {results['system']}.",
           "ja": f"{results['date']}、{results['system']} で実行。"}[language]
    return marked(text, "run", [run])


def update():
    for document in DOCUMENTS:
        (SOURCE / document).write_text(rendered(document))


def wrong_tables():
    return [f"{document}: the tables differ from tests/clients/results.json: python3 tests/clients/table.py"
            for document in DOCUMENTS if (SOURCE / document).read_text() != rendered(document)]


def wrong_commands():
    """What the documents name and is not there: programs that no client brings, files, options of jpki; and where the
    two documents differ."""
    english, japanese = (commands(SOURCE / document) for document in DOCUMENTS)
    if [each[1:] for each in english] != [each[1:] for each in japanese]:
        yield "docs/ja/clients.md: other commands than docs/clients.md"
    brought = {"jpki"} | {name for kind in CLIENTS for name in kind.commands}
    for number, command, _ in english:
        where = f"docs/clients.md:{number}"
        for name in programs(command):
            is_made = name.startswith("./") and any(f"-o {name[2:]} " in other for _, other, _ in english)
            if not is_made and name not in brought and not shutil.which(name):
                yield f"{where}: no such program: {name}"
        for word in command.split():
            if word.startswith("programs/") and not (SOURCE / "tests/clients" / word).exists():
                yield f"{where}: no such file: {word}"
        if command.startswith("jpki "):
            yield from wrong_options(where, command.split())


def wrong_options(where, words):
    program = os.environ.get("JPKI")
    if not program:
        return
    names = [word for word in words[1:3] if not word.startswith("-")]
    shown = subprocess.run([program, *names, "--help"], capture_output=True, text=True)
    # For a name that it does not know, it shows the command above.
    if f"jpki {' '.join(names)} [" not in shown.stdout:
        yield f"{where}: no such command: {' '.join(words)}"
    for word in words:
        if word.startswith("--") and word.split("=")[0] not in shown.stdout:
            yield f"{where}: no such option: {word}"


def main():
    if sys.argv[1:] != ["--check"]:
        update()
        return 0
    wrong = wrong_tables() + list(wrong_commands())
    for problem in wrong:
        print(problem)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
