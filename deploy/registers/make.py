#!/usr/bin/env python3
"""Makes two departments' demo registers from a seed: civil-affairs.sqlite and tax.sqlite.

    deploy/registers/make.py --out DIR [--seed N] [--residents N] [--city 3302] [--loaded-at 2026-11-01T18:30:00Z]

The same arguments give the same rows. Persons are invented (people.py); division codes are real (divisions.csv).
Existing files of these names are replaced only once the new ones are complete. Map files for both datasets stand
beside this file. Exit code 0; 1 where DIR cannot be written; 2 for bad arguments.
"""

import argparse
import datetime
import os
import random
import sqlite3
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from households import Households  # noqa: E402
from people import People, load_divisions  # noqa: E402

TAXPAYERS_PER_RESIDENT = 0.6
RESIDENT_TAXPAYERS = 0.3  # of all taxpayers; the others live in other cities
YEARS = 3

CIVIL_AFFAIRS = """
CREATE TABLE metadata (key TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE divisions (code TEXT NOT NULL PRIMARY KEY, province TEXT NOT NULL, city TEXT NOT NULL,
  county TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE households (household_id TEXT NOT NULL PRIMARY KEY, division TEXT NOT NULL, address TEXT NOT NULL,
  household_size INTEGER NOT NULL, registered_on TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE residents (id_number TEXT NOT NULL, name TEXT NOT NULL, sex TEXT NOT NULL, birth_date TEXT NOT NULL,
  household_id TEXT NOT NULL, household_role TEXT NOT NULL, phone TEXT, marital_status TEXT,
  updated_at TEXT NOT NULL);
CREATE TABLE marriages (certificate TEXT NOT NULL PRIMARY KEY, husband TEXT NOT NULL, wife TEXT NOT NULL,
  division TEXT NOT NULL, registered_on TEXT NOT NULL) WITHOUT ROWID;
"""
CIVIL_AFFAIRS_INDICES = """
CREATE UNIQUE INDEX residents_by_id_number ON residents (id_number);
CREATE INDEX residents_by_household ON residents (household_id);
CREATE INDEX marriages_by_husband ON marriages (husband);
CREATE INDEX marriages_by_wife ON marriages (wife);
CREATE VIEW household AS
  SELECT r.id_number AS id_number, r.name AS name, r.sex AS sex, r.birth_date AS birth_date,
    r.household_id AS household_id, r.household_role AS household_role, h.household_size AS household_size,
    h.division AS division, h.address AS address, r.phone AS phone, r.marital_status AS marital_status,
    r.updated_at AS updated_at
  FROM residents AS r JOIN households AS h ON h.household_id = r.household_id;
"""
TAX = """
CREATE TABLE metadata (key TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE taxpayers (id_number TEXT NOT NULL, name TEXT NOT NULL, division TEXT NOT NULL, employer TEXT,
  credit_level TEXT NOT NULL, updated_at TEXT NOT NULL);
CREATE TABLE incomes (id_number TEXT NOT NULL, tax_year INTEGER NOT NULL, income TEXT NOT NULL, tax_paid TEXT NOT NULL,
  declared_on TEXT, settled INTEGER NOT NULL, PRIMARY KEY (id_number, tax_year)) WITHOUT ROWID;
"""
TAX_INDICES = """
CREATE UNIQUE INDEX taxpayers_by_id_number ON taxpayers (id_number);
CREATE VIEW income AS
  SELECT t.id_number AS id_number, t.name AS name, i.tax_year AS tax_year, i.income AS income, i.tax_paid AS tax_paid,
    t.employer AS employer, t.credit_level AS credit_level, i.declared_on AS declared_on, i.settled AS settled,
    t.updated_at AS updated_at
  FROM taxpayers AS t JOIN incomes AS i ON i.id_number = t.id_number;
"""
TRADES = "机械 电子 纺织 食品 建筑 物流 软件 医药 贸易 能源 环保 教育 餐饮 装饰 传媒".split()
BRANDS = "恒信 瑞达 宏图 华盛 永安 金桥 远航 新纪元 天成 东方 兴业 万通 嘉和 明德 广源".split()

# Upper bound of the yearly taxable income, rate and quick deduction, in fen and per cent (comprehensive income).
TAX_BANDS = ((3_600_000, 3, 0), (14_400_000, 10, 252_000), (30_000_000, 20, 1_692_000), (42_000_000, 25, 3_192_000),
             (66_000_000, 30, 5_292_000), (96_000_000, 35, 8_592_000), (None, 45, 18_192_000))
TAX_FREE = 6_000_000


def tax_of(income):
    """The tax in fen on a yearly income in fen, after the basic deduction alone."""
    taxable = max(0, income - TAX_FREE)
    for bound, rate, deduction in TAX_BANDS:
        if bound is None or taxable <= bound:
            return max(0, taxable * rate // 100 - deduction)


def yuan(fen):
    return f"{fen // 100}.{fen % 100:02d}"


class Registers:
    """Draws all rows of both registers."""

    def __init__(self, seed, residents, city, loaded_at):
        self._random = random.Random(seed)
        self._divisions = load_divisions()
        self._home = [code for code in sorted(self._divisions) if code.startswith(city)]
        if not self._home:
            raise ValueError(f"no division of divisions.csv starts with `{city}`")
        self._loaded_at = loaded_at
        self._people = People(self._random, self._divisions)
        self._count = residents
        self.households, self.residents, self.marriages = [], [], []
        self.taxpayers, self.incomes = [], []
        self._make_civil_affairs()
        self._make_tax()

    def divisions(self):
        return [(d["code"], d["province"], d["city"], d["county"]) for d in self._divisions.values()]

    def _updated(self, days_max, birth):
        """Most rows changed lately; one in fifty is stale by years; none is older than the person."""
        r = self._random.random
        days = r() * days_max if r() > 0.02 else 1500 + r() * 2000
        born = datetime.datetime(birth.year, birth.month, birth.day, 8)
        updated = max(born, self._loaded_at - datetime.timedelta(seconds=int(days * 86400)))
        return min(updated, self._loaded_at).strftime("%Y-%m-%dT%H:%M:%SZ")

    def _make_civil_affairs(self):
        r = self._random.random
        today = self._loaded_at.date()
        draw = Households(self._random, self._people, self._home, today)
        serial = 0
        while len(self.residents) < self._count:
            members, marriages = draw.draw(self._count - len(self.residents))
            serial += 1
            code = self._home[int(r() * len(self._home))]
            household = f"{code}{serial:07d}"
            registered = self._people.day_between(max(members[0].birth, datetime.date(1985, 1, 1)), today)
            self.households.append((household, code, self._people.address(self._divisions[code]), len(members),
                                    registered.isoformat()))
            for m in members:
                age = today.year - m.birth.year
                phone = self._people.phone() if age > 13 and r() < 0.93 else None
                self.residents.append((m.identity_number, m.name, m.sex, m.birth.isoformat(), household, m.role, phone,
                                       m.marital if r() > 0.005 else None, self._updated(700, m.birth)))
            for husband, wife, day in marriages:
                certificate = f"J{code}-{day.year}-{len(self.marriages) + 1:06d}"
                self.marriages.append((certificate, husband.identity_number, wife.identity_number, code,
                                       day.isoformat()))

    def _make_tax(self):
        r = self._random.random
        today = self._loaded_at.date()
        total = int(self._count * TAXPAYERS_PER_RESIDENT)
        # `birth_date` sorts as text; who works is between 18 and 64.
        adults = [p for p in self.residents if 18 < today.year - int(p[3][:4]) < 65]
        known = self._random.sample(adults, min(len(adults), int(total * RESIDENT_TAXPAYERS)))
        for p in known:
            # A few names differ between the registers, as they do where one office heard of a change first.
            name = p[1] if r() > 0.003 else self._people.name(p[2])
            self._add_taxpayer(p[0], name, p[4][:6], int(p[3][:4]))
        for _ in range(total - len(known)):
            sex = "男" if r() < 0.55 else "女"
            birth = datetime.date(today.year - 19 - int(r() * 45), 1, 1) + datetime.timedelta(days=int(r() * 365))
            code = self._people.any_division()
            self._add_taxpayer(self._people.identity_number(code, birth, sex), self._people.name(sex), code, birth.year)
        order = list(range(len(self.taxpayers)))
        self._random.shuffle(order)
        self.taxpayers = [self.taxpayers[i] for i in order]

    def _add_taxpayer(self, identity_number, name, division, born):
        r = self._random.random
        county = self._divisions[division]
        place = (county["city"] if r() < 0.7 else county["county"]).rstrip("市区县")
        employer = None
        if r() < 0.9:
            employer = f"{place}{BRANDS[int(r() * len(BRANDS))]}{TRADES[int(r() * len(TRADES))]}有限公司"
        credit = "A" if r() < 0.35 else "B" if r() < 0.75 else "M" if r() < 0.7 else "C" if r() < 0.8 else "D"
        self.taxpayers.append((identity_number, name, division, employer, credit,
                               self._updated(400, datetime.date(born + 18, 1, 1))))
        income = min(500_000_000, int(self._random.lognormvariate(16.0, 0.62)))  # fen; the median is near 89,000 yuan
        last = self._loaded_at.year - 1
        for year in range(last - YEARS + 1, last + 1):
            if year - born < 18 or r() < 0.04:  # not at work yet, or nothing declared
                continue
            declared = None
            if r() > 0.03:
                declared = (datetime.date(year + 1, 3, 1) + datetime.timedelta(days=int(r() * 122))).isoformat()
            self.incomes.append((identity_number, year, yuan(income), yuan(tax_of(income)), declared,
                                 1 if declared and r() < 0.97 else 0))
            income = int(income * (0.92 + r() * 0.22))


def write(path, schema, tables, indices, loaded_at, source):
    """Writes one register beside its place and then puts it there."""
    fresh = path + ".new"
    if os.path.exists(fresh):
        os.remove(fresh)
    with sqlite3.connect(fresh, isolation_level=None) as database:
        # The file counts for nothing before it is renamed, so a crash while writing may lose it.
        database.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;" + schema)
        database.execute("BEGIN")
        for table, rows in tables.items():
            if rows:
                database.executemany(f"INSERT INTO {table} VALUES ({','.join('?' * len(rows[0]))})", rows)
        database.executemany("INSERT INTO metadata VALUES (?, ?)", [
            ("loaded_at", loaded_at.strftime("%Y-%m-%dT%H:%M:%SZ")), ("schema_version", "1"), ("source", source)])
        database.execute("COMMIT")
        database.executescript(indices + "ANALYZE;")
    database.close()
    with open(fresh, "rb+") as file:
        os.fsync(file.fileno())
    os.replace(fresh, path)


def make(out, seed=1, residents=100_000, city="3302", loaded_at=datetime.datetime(2026, 11, 1, 18, 30)):
    """Writes both registers into the folder `out`, which is made if need be; gives the rows that were drawn."""
    registers = Registers(seed, residents, city, loaded_at)
    os.makedirs(out, exist_ok=True)
    write(os.path.join(out, "civil-affairs.sqlite"), CIVIL_AFFAIRS, {
        "divisions": registers.divisions(), "households": registers.households, "residents": registers.residents,
        "marriages": sorted(registers.marriages)}, CIVIL_AFFAIRS_INDICES, loaded_at, "civil affairs register")
    write(os.path.join(out, "tax.sqlite"), TAX, {
        "taxpayers": registers.taxpayers, "incomes": sorted(registers.incomes)}, TAX_INDICES, loaded_at,
        "tax register")
    return registers


def instant(text):
    return datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ")


def count(text):
    number = int(text)
    if not 1 <= number <= 5_000_000:
        raise ValueError
    return number


def main(arguments):
    parser = argparse.ArgumentParser(description="makes two departments' demo registers from a seed")
    parser.add_argument("--out", required=True, metavar="DIR", help="where both files go")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--residents", type=count, default=100_000, help="1 to 5,000,000 (default 100,000)")
    parser.add_argument("--city", default="3302", help="first four digits of the city's divisions (default 3302)")
    parser.add_argument("--loaded-at", type=instant, default=datetime.datetime(2026, 11, 1, 18, 30),
                        help="load time in UTC, as 2026-11-01T18:30:00Z")
    options = parser.parse_args(arguments)
    try:
        made = make(options.out, options.seed, options.residents, options.city, options.loaded_at)
    except ValueError as error:
        parser.error(str(error))
    except (OSError, sqlite3.Error) as error:
        print(f"make.py: writing {options.out}: {error}", file=sys.stderr)
        return 1
    print(f"{len(made.residents)} residents in {len(made.households)} households, {len(made.marriages)} marriages; "
          f"{len(made.taxpayers)} taxpayers, {len(made.incomes)} yearly incomes; seed {options.seed}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
