#!/usr/bin/env python3
"""Makes feed.csv, feed-sjis.csv and feed.jsonl: invented events about the residents of residents.csv.

The same bytes every time. Everything in them is invented, as the residents are.
"""

import csv
import json
import random
from pathlib import Path

FOLDER = Path(__file__).parent
COLUMNS = ["event_id", "feed_sequence", "event", "resident", "date", "name", "furigana", "former_name", "alias",
           "sex", "birth", "address", "municipality", "card_expires", "cause", "correction", "kind"]
FAMILY_NAMES = [("模擬", "モギ"), ("試験", "シケン"), ("例題", "レイダイ"), ("見本", "ミホン"), ("仮名", "カメイ")]
DAY = "2025-04-01"


def moved(resident, number):
    """Another house in the same town: the address up to the first digit, then a new number."""
    address = resident["address"]
    start = next((i for i, c in enumerate(address) if c in "０１２３４５６７８９"), len(address))
    digits = str(1 + number % 97).translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    return {"event": "address-change", "address": address[:start] + digits + "丁目１番", "date": DAY}


def married(resident, number):
    family, furigana = FAMILY_NAMES[number % len(FAMILY_NAMES)]
    fields = {"event": "name-change", "name": family + "　" + resident["name"].split("　")[-1], "date": DAY}
    if resident["furigana"]:
        fields["furigana"] = furigana + "　" + resident["furigana"].split("　")[-1]
    return fields


def old_name(resident, number):
    return {"event": "former-name-change", "former_name": FAMILY_NAMES[number % len(FAMILY_NAMES)][0]}


def plain(event, **fields):
    return lambda resident, number: {"event": event, **fields}


# How often each happens among a hundred.
KINDS = ([moved] * 60 + [married] * 12 + [old_name] * 5 + [plain("death", date=DAY)] * 8
         + [plain("hold")] * 5 + [plain("card-return")] * 4 + [plain("key-notice", kind="auth")] * 3
         + [plain("holder-application", kind="sign")] * 3)


def make_events(residents, count):
    rng = random.Random(1)
    chosen = rng.sample([r for r in residents if r["address"] and r["birth"] < DAY and "　" in r["name"]], count)
    for number, resident in enumerate(chosen, 1):
        fields = rng.choice(KINDS)(resident, number)
        yield {"event_id": f"sim-{number:06}", "feed_sequence": number, "resident": resident["id"], **fields}


def fits_cp932(text):
    return text.encode("cp932", "ignore").decode("cp932") == text


def write_csv(path, events, encoding, line_end):
    with open(path, "w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator=line_end)
        writer.writeheader()
        writer.writerows(events)


def main():
    with open(FOLDER / "residents.csv", encoding="utf-8", newline="") as file:
        residents = list(csv.DictReader(file))
    events = list(make_events(residents, 600))
    write_csv(FOLDER / "feed.csv", events[:500], "utf-8", "\n")
    # What CP932 cannot write stays out of the Shift_JIS feed.
    sjis = [e for e in events[500:550] if fits_cp932("".join(map(str, e.values())))]
    write_csv(FOLDER / "feed-sjis.csv", sjis, "cp932", "\r\n")
    with open(FOLDER / "feed.jsonl", "w", encoding="utf-8", newline="") as file:
        for event in events[550:]:
            file.write(json.dumps(event, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
