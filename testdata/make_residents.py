#!/usr/bin/env python3
"""Makes invented residents, spread over Japan as its register of 1 January 2018 was.

Tests, the demo and the benchmarks need people whose ages, sexes, homes and names are as
varied as real ones, and no real person may be among them. The same arguments always give
the same bytes, and nothing depends on today: ages are those of the reference date.

    make_residents.py [--count 2000] [--seed 1] [--out residents.csv]

Everything that has a share (ages, municipalities, rare names, ...) is dealt from shuffled
decks of 2,000 cards, so that 2,000 residents have exactly the shares written here and any
other number has nearly them. README.md describes the columns. Standard library only.
"""

import argparse
import csv
import datetime
import pathlib
import random
import sys

sys.dont_write_bytecode = True  # The folder is committed; a cache does not belong in it.
import resident_names as names

HERE = pathlib.Path(__file__).resolve().parent
REFERENCE_DATE = datetime.date(2026, 4, 1)
EMIGRATION_SINCE = datetime.date(2024, 5, 27)  # Certificates for people abroad began here.
BLOCK = 2000
WIDE_SPACE = "\u3000"
LONGEST_ADDRESS = 200
COLUMNS = ["id", "name", "furigana", "former_name", "alias", "birth", "sex", "municipality",
           "address", "card_expires", "abroad"]

# Thousands of men and women by age, in five-year bands from 0-4 to 95-99, then 100 and
# over: approximately the population at the end of 2017.
MEN = [2492, 2700, 2797, 3070, 3197, 3210, 3566, 3943, 4727, 4772, 4123,
       3784, 3820, 4815, 3634, 3022, 2180, 1160, 420, 79, 8]
WOMEN = [2373, 2571, 2659, 2914, 3030, 3076, 3475, 3850, 4609, 4684, 4090,
         3799, 3938, 5106, 4098, 3713, 3138, 2220, 1142, 357, 60]

# Millions of residents by class of municipality, at 1 January 2018.
CLASSES = {"special ward": 9.4, "designated city": 27.4, "other city": 79.8, "town or village": 11.0}

NAME_KINDS = {"jis-x-0212": 50, "outside": 60, "kana": 50, "single": 40, "long": 15, "latin": 40, "han": 12}
ADDRESS_KINDS = {"kanji numbers": 300, "jis-x-0212": 20, "outside": 20, "wide hyphens": 6, "longest": 10}


class Deck:
    """Cards in exact shares, dealt in random order; a new deck is shuffled when one is used up."""

    def __init__(self, rng, counts):
        self.rng_ = rng
        self.cards_ = [card for card, count in counts.items() for _ in range(count)]
        self.left_ = []

    def deal(self):
        if not self.left_:
            self.left_ = self.cards_[:]
            self.rng_.shuffle(self.left_)
        return self.left_.pop()


class Wish:
    """Something that so many of 2,000 residents get; one who may not have it passes it on."""

    def __init__(self, rng, count):
        self.deck_ = Deck(rng, {True: count, False: BLOCK - count})
        self.owed_ = 0

    def granted(self, eligible):
        self.owed_ += self.deck_.deal()
        if self.owed_ > 0 and eligible:
            self.owed_ -= 1
            return True
        return False


def quotas(weights, least):
    """Shares BLOCK among the keys by weight (largest remainders), each getting at least so many."""
    total = sum(weights.values())
    exact = {key: BLOCK * weight / total for key, weight in weights.items()}
    shares = {key: max(least, int(share)) for key, share in exact.items()}
    by_remainder = sorted(exact, key=lambda key: exact[key] - shares[key], reverse=True)
    for key in by_remainder[: max(0, BLOCK - sum(shares.values()))]:
        shares[key] += 1
    while sum(shares.values()) > BLOCK:
        shares[max(shares, key=shares.get)] -= 1
    return shares


def with_rest(counts, rest):
    """Adds the kind that everybody else in a block of 2,000 is."""
    return {**counts, rest: BLOCK - sum(counts.values())}


def resident_id(ten_digits):
    """A 住民票コード: ten digits and their check digit (modulus 11; see README.md)."""
    total = 0
    for n, digit in enumerate(reversed(ten_digits), start=1):
        total += int(digit) * (n + 1 if n <= 6 else n - 5)
    remainder = total % 11
    return ten_digits + str(0 if remainder <= 1 else 11 - remainder)


def birthday(birth, year):
    """The birthday in a year; of someone born on 29 February, 28 February in a common year."""
    try:
        return birth.replace(year=year)
    except ValueError:
        return datetime.date(year, 2, 28)


def age_at(birth, day):
    """Full years of age on a day, the birthday counted."""
    return day.year - birth.year - (day < birthday(birth, day.year))


def card_expiry(birth, issued):
    """The tenth birthday after the card's issue, for people under 18 at issue the fifth."""
    first = issued.year + (birthday(birth, issued.year) <= issued)
    return birthday(birth, first + (9 if age_at(birth, issued) >= 18 else 4))


def wide(number):
    """A number in full-width digits."""
    return str(number).translate(str.maketrans("0123456789", "０１２３４５６７８９"))


def kanji_number(number):
    """A number below 1,000 in kanji, as addresses write it."""
    digits = "〇一二三四五六七八九"
    text = ""
    for unit, sign in ((100, "百"), (10, "十")):
        count, number = divmod(number, unit)
        text += "" if count == 0 else sign if count == 1 else digits[count] + sign
    return text + (digits[number] if number or not text else "")


class Population:
    """Makes resident after resident from one source of randomness."""

    def __init__(self, rng, municipalities):
        self.rng_ = rng
        bands = {}
        for sex, weights in (("male", MEN), ("female", WOMEN)):
            for band, weight in enumerate(weights):
                bands[(sex, band * 5)] = weight
        self.bands_ = Deck(rng, quotas(bands, least=2))
        self.classes_ = Deck(rng, quotas(CLASSES, least=0))
        pools = {name: [] for name in CLASSES}
        for row in municipalities:
            if row_class := municipality_class(row, municipalities):
                pools[row_class].append(row)
        self.pools_ = {name: Deck(rng, dict.fromkeys(range(len(rows)), 1)) for name, rows in pools.items()}
        self.rows_ = pools
        self.name_kinds_ = Deck(rng, with_rest(NAME_KINDS, "common"))
        self.address_kinds_ = Deck(rng, with_rest(ADDRESS_KINDS, "plain"))
        self.unknown_sex_ = Wish(rng, 2)
        self.leap_day_ = Wish(rng, 4)
        self.abroad_ = Wish(rng, 10)
        self.former_name_ = Wish(rng, 50)
        self.lapses_soon_ = Wish(rng, 20)
        self.no_furigana_ = Wish(rng, 15)
        # A walk through all ten-digit numbers that meets none twice: the step has no
        # common factor with 10^10.
        self.number_ = rng.randrange(10**10)
        self.step_ = rng.randrange(10**9, 10**10) // 10 * 10 + 7

    def resident(self):
        """One more resident, as a dictionary of COLUMNS."""
        rng = self.rng_
        sex, youngest = self.bands_.deal()
        birth = self.birth(youngest)
        age = age_at(birth, REFERENCE_DATE)
        kind = self.name_kinds_.deal()
        foreign = kind in ("latin", "han")
        name, furigana = self.name(kind, sex, birth)
        alias = ""
        if foreign and rng.random() < 0.4:
            alias = WIDE_SPACE.join((rng.choice(names.FAMILY)[0], self.given(sex, birth)[0]))
        former = ""
        if self.former_name_.granted(not foreign and age >= 20 and (sex == "female" or rng.random() < 0.1)):
            former = rng.choice(names.FAMILY + names.FAMILY_OUTSIDE)[0]
        municipality = self.municipality()
        abroad = ""
        address = self.address(municipality)
        if self.abroad_.granted(not foreign and age >= 3):
            days = (REFERENCE_DATE - EMIGRATION_SINCE).days
            abroad = (EMIGRATION_SINCE + datetime.timedelta(rng.randrange(days))).isoformat()
            address = ""
        expires = self.card_expires(birth, foreign)
        if self.no_furigana_.granted(foreign):
            furigana = ""
        if self.unknown_sex_.granted(True):
            sex = "unknown"
        return {"id": self.next_id(), "name": name, "furigana": furigana, "former_name": former,
                "alias": alias, "birth": birth.isoformat(), "sex": sex,
                "municipality": municipality["code"], "address": address,
                "card_expires": expires.isoformat(), "abroad": abroad}

    def next_id(self):
        self.number_ = (self.number_ + self.step_) % 10**10
        return resident_id(f"{self.number_:010d}")

    def birth(self, youngest):
        """A day of birth that makes the age on the reference date youngest to youngest + 4."""
        # Of those of 100 years and more, few get much older.
        span = 5 if youngest < 100 else 8
        if self.leap_day_.granted(youngest < 100):
            year = next(year for year in range(REFERENCE_DATE.year - youngest - 4, REFERENCE_DATE.year + 1)
                        if year % 4 == 0)
            return datetime.date(year, 2, 29)
        first = birthday(REFERENCE_DATE, REFERENCE_DATE.year - youngest - span)
        last = birthday(REFERENCE_DATE, REFERENCE_DATE.year - youngest)
        return first + datetime.timedelta(self.rng_.randrange((last - first).days) + 1)

    def card_expires(self, birth, foreign):
        """When the card ends: for a few on their next birthday, for all others more than a year after the reference date."""
        year_later = birthday(REFERENCE_DATE, REFERENCE_DATE.year + 1)
        if self.lapses_soon_.granted(age_at(birth, REFERENCE_DATE) >= 30):
            next_year = birthday(birth, REFERENCE_DATE.year) <= REFERENCE_DATE
            return birthday(birth, REFERENCE_DATE.year + next_year)
        while True:
            back = self.rng_.randrange(10 * 365)
            issued = max(birth, REFERENCE_DATE - datetime.timedelta(back))
            expires = card_expiry(birth, issued)
            if expires > year_later:
                break
        if foreign and self.rng_.random() < 0.5:
            stay_ends = year_later + datetime.timedelta(1 + self.rng_.randrange(4 * 365))
            expires = min(expires, stay_ends)
        return expires

    def given(self, sex, birth):
        """A given name of the person's generation."""
        generation = 0 if birth.year < 1960 else 1 if birth.year < 1990 else 2
        return self.rng_.choice(names.GIVEN[sex][generation])

    def name(self, kind, sex, birth):
        """A name and its furigana, family and given name apart by a full-width space."""
        choice = self.rng_.choice
        if kind == "latin":
            return choice(names.LATIN[sex])
        family, given = choice(names.FAMILY), self.given(sex, birth)
        first = self.rng_.randrange(3)  # Where the rarity is: the family name, the given name, both.
        lists = {"jis-x-0212": (names.FAMILY_0212, names.GIVEN_0212), "outside": (names.FAMILY_OUTSIDE, names.GIVEN_OUTSIDE),
                 "kana": (names.KANA_FAMILY, names.KANA_GIVEN), "single": (names.SINGLE_FAMILY, names.SINGLE_GIVEN),
                 "long": (names.LONG_FAMILY, names.LONG_GIVEN), "han": (names.HAN_FAMILY, names.HAN_GIVEN)}
        if kind in lists:
            families, givens = lists[kind]
            both = kind in ("single", "long", "han") or first == 2
            if both or first == 0:
                family = choice(families)
            if both or first == 1:
                given = choice(givens[sex])
        return WIDE_SPACE.join((family[0], given[0])), WIDE_SPACE.join((family[1], given[1]))

    def municipality(self):
        name = self.classes_.deal()
        return self.rows_[name][self.pools_[name].deal()]

    def address(self, municipality):
        """An address from the prefecture to the building, of at most 200 characters."""
        rng, choice = self.rng_, self.rng_.choice
        kind = self.address_kinds_.deal()
        number = kanji_number if kind == "kanji numbers" else wide
        text = municipality["prefecture_ja"] + municipality["name_ja"]
        rural = municipality["name_ja"][-1] in "町村"
        if kind == "jis-x-0212":
            text += choice(names.TOWN_0212)
        elif kind == "outside":
            text += choice(names.TOWN_OUTSIDE)
        elif kind == "longest" and rng.random() < 0.5:
            text += names.TOWN_OUTSIDE[0]  # Beyond the Basic Multilingual Plane: 200 characters, 201 UTF-16 units.
        elif rural and kind != "wide hyphens" and rng.random() < 0.7:
            text += choice(names.HAMLETS) + number(rng.randrange(1, 1000)) + "番地"
            text += "" if rng.random() < 0.5 else "の" + number(rng.randrange(1, 30))
            return self.with_building(text, kind, 0.05)
        else:
            text += choice(names.TOWN_FIRST) + choice(names.TOWN_SECOND)
        chome, block, house = rng.randrange(1, 9), rng.randrange(1, 60), rng.randrange(1, 40)
        if kind == "wide hyphens":
            text += "－".join(map(wide, (chome, block, house)))
        else:
            text += f"{number(chome)}丁目{number(block)}番{number(house)}号"
        return self.with_building(text, kind, 0.4)

    def with_building(self, text, kind, share):
        """Adds a building and a room to some addresses, and fills the longest ones to 200 characters."""
        room = wide(self.rng_.randrange(1, 15) * 100 + self.rng_.randrange(1, 20)) + "号室"
        if kind == "longest":
            space = LONGEST_ADDRESS - len(text) - len(WIDE_SPACE) - len(room)
            filler = names.LONG_BUILDING * (space // len(names.LONG_BUILDING) + 1)
            return text + WIDE_SPACE + filler[:space] + room
        if self.rng_.random() < share:
            return text + WIDE_SPACE + self.rng_.choice(names.BUILDINGS) + room
        return text


def municipality_class(row, municipalities):
    """The class of a municipality or ward in CLASSES; nothing for what has no residents of its own."""
    name = row["name_ja"]
    if row["level"] == "ward":
        return "designated city"
    if row["level"] != "municipality" or row["valid_to"]:
        return None
    if name.endswith("区"):
        return "special ward"
    if not name.endswith("市"):
        return "town or village"
    has_wards = any(other["level"] == "ward" and other["code"][:2] == row["code"][:2]
                    and other["name_ja"].startswith(name) for other in municipalities)
    return None if has_wards else "other city"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=pathlib.Path, default=HERE / "residents.csv")
    parser.add_argument("--municipalities", type=pathlib.Path, default=HERE / "municipalities.csv")
    arguments = parser.parse_args()

    with open(arguments.municipalities, encoding="utf-8", newline="") as file:
        municipalities = list(csv.DictReader(file))
    population = Population(random.Random(arguments.seed), municipalities)
    with open(arguments.out, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        for _ in range(arguments.count):
            writer.writerow(population.resident())


if __name__ == "__main__":
    main()
