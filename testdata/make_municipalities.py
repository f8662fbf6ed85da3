#!/usr/bin/env python3
"""Makes municipalities.csv from a six-column table of codes and names, and checks one.

The table is the service's list of prefectures, municipalities and wards, from which every
distribution point and every pair of L attributes is made; a wrong code would put a
certificate under a wrong distribution point, so each check digit is recomputed here.

    make_municipalities.py --source TABLE.csv [--out municipalities.csv]   makes the table
    make_municipalities.py --check municipalities.csv                      checks a made one

TABLE.csv has the columns code,level,prefecture_ja,name_ja,prefecture_romaji,name_romaji.
Python's standard library only.
"""

import argparse
import csv
import datetime
import re
import sys

SOURCE_COLUMNS = ["code", "level", "prefecture_ja", "name_ja", "prefecture_romaji", "name_romaji"]
COLUMNS = SOURCE_COLUMNS + ["valid_from", "valid_to", "successor"]

# The only history that is stated: Hamamatsu redrew its wards on this day.
VALID_FROM = {"221384": "2024-01-01", "221392": "2024-01-01", "221406": "2024-01-01"}

EXPECTED_COUNTS = {"prefecture": 47, "municipality": 1741, "ward": 171}


def check_digit(five_digits):
    """The sixth digit of a municipality code (全国地方公共団体コード), given the first five."""
    total = sum(weight * int(digit) for weight, digit in zip((6, 5, 4, 3, 2), five_digits))
    return str((11 - total % 11) % 10)


def distribution_points(rows):
    """The rows that have certificates of their own: wards, and municipalities without wards."""
    ward_cities = set()
    for row in rows:
        if row["level"] == "ward":
            ward_cities.add((row["prefecture_ja"], row["name_ja"][: row["name_ja"].index("市") + 1]))
    return [
        row
        for row in rows
        if row["level"] == "ward"
        or (row["level"] == "municipality" and (row["prefecture_ja"], row["name_ja"]) not in ward_cities)
    ]


def row_problems(row, by_code):
    """What is wrong with one row, as sentences; nothing when it is right."""
    code = row["code"]
    if not re.fullmatch(r"[0-9]{6}", code) or check_digit(code[:5]) != code[5]:
        yield f"{code}: the check digit is wrong"
    if row["level"] not in EXPECTED_COUNTS:
        yield f"{code}: unknown level {row['level']}"
    if (row["level"] == "prefecture") != (row["name_ja"] == "") or (row["name_ja"] == "") != (row["name_romaji"] == ""):
        yield f"{code}: a name is missing or should not be there"
    if not row["prefecture_ja"] or not row["prefecture_romaji"]:
        yield f"{code}: the prefecture's name is missing"
    if not re.fullmatch(r"[A-Za-z'-]*", row["prefecture_romaji"] + row["name_romaji"]):
        yield f"{code}: the romanisation has a character outside A-Z a-z - '"
    for column in ("valid_from", "valid_to"):
        try:
            if row[column]:
                datetime.date.fromisoformat(row[column])
        except ValueError:
            yield f"{code}: {column} is not a date"
    if row["successor"] and row["successor"] not in by_code:
        yield f"{code}: the successor {row['successor']} is not in the table"


def problems(rows):
    """What is wrong with the table, as sentences; nothing when it is right."""
    by_code = {row["code"]: row for row in rows}
    if len(by_code) != len(rows):
        yield "a code occurs twice"
    prefectures = {row["code"][:2]: row for row in rows if row["level"] == "prefecture"}
    for row in rows:
        yield from row_problems(row, by_code)
        prefecture = prefectures.get(row["code"][:2])
        if prefecture is None or any(prefecture[c] != row[c] for c in ("prefecture_ja", "prefecture_romaji")):
            yield f"{row['code']}: the prefecture is not that of its first two digits"
    if [row["code"] for row in rows] != sorted(by_code):
        yield "the rows are not in the order of their codes"
    current = [row for row in rows if not row["valid_to"]]
    for level, expected in EXPECTED_COUNTS.items():
        found = sum(row["level"] == level for row in current)
        if found != expected:
            yield f"{found} rows of level {level}, expected {expected}"


def read_table(path, columns):
    """The rows of a CSV file whose header must be exactly the given columns."""
    with open(path, encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        if reader.fieldnames != columns:
            sys.exit(f"{path}: the header is {reader.fieldnames}, expected {columns}")
        return list(reader)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--source", metavar="TABLE.csv")
    parser.add_argument("--out", default="municipalities.csv")
    parser.add_argument("--check", metavar="municipalities.csv")
    arguments = parser.parse_args()
    if bool(arguments.source) == bool(arguments.check):
        parser.error("give either --source or --check")

    if arguments.check:
        rows = read_table(arguments.check, COLUMNS)
    else:
        rows = read_table(arguments.source, SOURCE_COLUMNS)
        for row in rows:
            row.update(valid_from=VALID_FROM.get(row["code"], ""), valid_to="", successor="")
    found = list(problems(rows))
    if found:
        sys.exit("\n".join(found))
    if arguments.source:
        with open(arguments.out, "w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    counts = ", ".join(f"{sum(r['level'] == level for r in rows)} {level} rows" for level in EXPECTED_COUNTS)
    print(f"{counts}, {len(distribution_points(rows))} distribution points, every check digit right")


if __name__ == "__main__":
    main()
