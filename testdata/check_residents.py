#!/usr/bin/env python3
"""Checks a file made by make_residents.py against its promises and prints its figures.

    check_residents.py [residents.csv]      exits 1 when a promise is broken

Standard library only.
"""

import collections
import csv
import datetime
import pathlib
import re
import sys

sys.dont_write_bytecode = True  # The folder is committed; a cache does not belong in it.
from make_residents import CLASSES, COLUMNS, HERE, LONGEST_ADDRESS, REFERENCE_DATE, WIDE_SPACE
from resident_names import HAN_FAMILY
from make_residents import age_at, birthday, municipality_class, resident_id

HAN_FAMILIES = {family for family, _ in HAN_FAMILY}
FURIGANA = re.compile(f"[ァ-ヴー]+({WIDE_SPACE}[ァ-ヴー]+)*")


def repertoire(text):
    """Which repertoire a text needs: the smallest of the four that has all its characters."""
    if text.isascii():
        return "in ASCII"
    try:
        return "in JIS X 0212" if b"\x8f" in text.encode("euc_jp") else "in JIS X 0208"
    except UnicodeEncodeError:
        return "outside EUC-JP"


def problems(row, municipality):
    """What is wrong with one resident, as sentences; nothing when all is right."""
    if not re.fullmatch(r"[0-9]{11}", row["id"]) or resident_id(row["id"][:10]) != row["id"]:
        yield "the check digit of the id is wrong"
    if row["sex"] not in ("male", "female", "unknown"):
        yield "the sex is none of the three words"
    if municipality is None:
        yield "the municipality is unknown or has wards"
    elif not row["abroad"] and not row["address"].startswith(municipality["prefecture_ja"] + municipality["name_ja"]):
        yield "the address is not in the municipality"
    if bool(row["abroad"]) == bool(row["address"]):
        yield "there must be either an address or a date of leaving"
    if len(row["address"]) > LONGEST_ADDRESS:
        yield "the address is too long"
    if not row["name"] or (row["furigana"] and not FURIGANA.fullmatch(row["furigana"])):
        yield "the name is missing or the furigana is not full-width katakana"
    birth, expires = (datetime.date.fromisoformat(row[column]) for column in ("birth", "card_expires"))
    if not REFERENCE_DATE < expires < REFERENCE_DATE.replace(year=REFERENCE_DATE.year + 10):
        yield "the card ends outside the ten years after the reference date"
    if birth > REFERENCE_DATE:
        yield "born after the reference date"
    # A foreign resident's card may end with the stay instead of on a birthday.
    japanese = not row["name"].isascii() and row["name"].split(WIDE_SPACE)[0] not in HAN_FAMILIES
    if japanese and birthday(birth, expires.year) != expires:
        yield "the card does not end on a birthday"


def figures(rows, places):
    """Label and number of everything worth counting, in the order to print it."""
    total = len(rows)
    ages = [age_at(datetime.date.fromisoformat(row["birth"]), REFERENCE_DATE) for row in rows]
    year_later = birthday(REFERENCE_DATE, REFERENCE_DATE.year + 1).isoformat()

    def share(label, number):
        return label, f"{number} ({100 * number / total:.2f} %)"

    yield "residents", total
    for sex, number in sorted(collections.Counter(row["sex"] for row in rows).items()):
        yield share(f"sex {sex}", number)
    yield share("under 15", sum(age < 15 for age in ages))
    yield share("15 to 17", sum(15 <= age < 18 for age in ages))
    yield share("65 and over", sum(age >= 65 for age in ages))
    yield share("100 and over", sum(age >= 100 for age in ages))
    yield "oldest", max(ages)
    classes = collections.Counter(places[row["municipality"]][1] for row in rows)
    for name, millions in CLASSES.items():
        label, number = share(name, classes[name])
        yield label, f"{number}, register {100 * millions / sum(CLASSES.values()):.2f} %"
    yield "different municipalities and wards", len({row["municipality"] for row in rows})
    yield "prefectures", len({row["municipality"][:2] for row in rows})
    for column in ("name", "address"):
        for name, number in sorted(collections.Counter(repertoire(row[column]) for row in rows if row[column]).items()):
            yield share(f"{column} {name}", number)
    yield share("a name or address beyond the Basic Multilingual Plane",
                sum(any(ord(c) > 0xFFFF for c in row["name"] + row["address"]) for row in rows))
    yield "longest name", max(len(row["name"]) for row in rows)
    yield f"addresses of {LONGEST_ADDRESS} characters", sum(len(row["address"]) == LONGEST_ADDRESS for row in rows)
    for column in ("furigana", "former_name", "alias", "abroad"):
        yield share(f"with {column}", sum(row[column] != "" for row in rows))
    yield "born on 29 February", sum(row["birth"].endswith("-02-29") for row in rows)
    yield "cards ending within a year", sum(row["card_expires"] <= year_later for row in rows)


def main():
    path = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "residents.csv"
    with open(HERE / "municipalities.csv", encoding="utf-8", newline="") as file:
        municipalities = list(csv.DictReader(file))
    places = {}
    for row in municipalities:
        if row_class := municipality_class(row, municipalities):
            places[row["code"]] = (row, row_class)
    with open(path, encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        rows = list(reader)
    broken = [] if reader.fieldnames == COLUMNS else ["the header is not the one of make_residents.py"]
    if len({row["id"] for row in rows}) != len(rows):
        broken.append("an id occurs twice")
    for number, row in enumerate(rows, start=2):
        place = places.get(row["municipality"])
        broken += [f"line {number}: {problem}" for problem in problems(row, place and place[0])]
    if broken:
        sys.exit("\n".join(broken[:20]))
    for label, value in figures(rows, places):
        print(f"{label}: {value}")
    print("every check digit right, every id unique")


if __name__ == "__main__":
    main()
