"""The register of social security: who is insured, and what was contributed for whom in each of the last twelve months."""

import datetime
import itertools

import rates
from block import yuan

MONTHS = 12

TABLES = """
CREATE TABLE metadata (key TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE insured (id_number TEXT NOT NULL, name TEXT NOT NULL, status TEXT NOT NULL, employer_code TEXT,
  insured_since TEXT NOT NULL, address TEXT NOT NULL, phone TEXT, updated_at TEXT NOT NULL);
CREATE TABLE contributions (id_number TEXT NOT NULL, month TEXT NOT NULL, employer_code TEXT, base TEXT NOT NULL,
  paid_by_person TEXT NOT NULL, paid_by_employer TEXT NOT NULL, paid_on TEXT);
"""
POSTGRES_TABLES = """
CREATE TABLE metadata (key text PRIMARY KEY, value text NOT NULL);
CREATE TABLE insured (id_number text NOT NULL, name text NOT NULL, status text NOT NULL, employer_code text,
  insured_since date NOT NULL, address text NOT NULL, phone text, updated_at timestamptz NOT NULL);
CREATE TABLE contributions (id_number text NOT NULL, month text NOT NULL, employer_code text,
  base numeric(12, 2) NOT NULL, paid_by_person numeric(12, 2) NOT NULL, paid_by_employer numeric(12, 2) NOT NULL,
  paid_on date);
"""
INDICES = """
CREATE UNIQUE INDEX insured_by_id_number ON insured (id_number);
CREATE UNIQUE INDEX contributions_by_id_number ON contributions (id_number, month);
CREATE VIEW contribution AS
  SELECT i.id_number AS id_number, i.name AS name, i.status AS status, c.month AS month,
    c.employer_code AS employer_code, c.base AS base, c.paid_by_person AS paid_by_person,
    c.paid_by_employer AS paid_by_employer, c.paid_on AS paid_on
  FROM insured AS i JOIN contributions AS c ON c.id_number = i.id_number;
"""

RETIRED_AT = {"男": 60, "女": 55}
EMPLOYED = 0.72  # of who is of working age
SELF_PAYING = 0.08
PENSIONED = 0.75  # of who is older
PAUSED = 0.04  # of the insured of working age: contributes no longer
JOINED_THIS_YEAR = 0.10
BASE_MIN, BASE_MAX = 481_200, 2_496_000  # fen a month
OF_PERSON, OF_EMPLOYER, OF_SELF_PAYING = 8, 16, 20  # per cent of the base


def months_before(day):
    """The last twelve whole months before a date, as `2026-10`, oldest first."""
    first = day.year * 12 + day.month - 1 - MONTHS
    return [f"{n // 12:04d}-{n % 12 + 1:02d}" for n in range(first, first + MONTHS)]


class SocialSecurity:
    """Draws the rows of one block, once its residents and enterprises are drawn."""

    def __init__(self, block):
        self._block = block
        self._random = block.random
        self._months = months_before(block.today)
        self._days = [[f"{month}-{day:02d}" for day in range(5, 21)] for month in self._months]
        # A few firms employ most people.
        self._weights = list(itertools.accumulate(min(400.0, block.random.paretovariate(0.9)) for _ in block.employers))

    def draw(self):
        """(table, row) for each row; sets `wage` and `employer` of the residents."""
        for person in self._block.residents:
            yield from self._person(person, None)
        for person, died, _ in self._block.deceased:
            yield from self._person(person, died)

    def _person(self, person, died):
        r = self._random.random
        # Nobody heard of the death: the person goes on as if alive.
        known_dead = died is not None and r() >= rates.DEATH_UNKNOWN
        age = person.age(self._block.today)
        if age < 20:
            return
        draw = r()
        if age >= RETIRED_AT[person.sex]:
            if draw < PENSIONED:
                yield "insured", self._insured(person, "终止参保" if known_dead else "领取待遇", None)
            return
        if draw < EMPLOYED:
            person.employer = self._employer()
        elif draw >= EMPLOYED + SELF_PAYING:
            return
        person.wage = int(self._random.lognormvariate(13.45, 0.5))
        paused = r() < PAUSED
        status = "终止参保" if known_dead else "暂停缴费" if paused else "参保缴费"
        employer = person.employer.code if person.employer else None
        yield "insured", self._insured(person, status, employer)
        first = int(r() * MONTHS) if r() < JOINED_THIS_YEAR else 0
        last = int(r() * MONTHS) if paused else MONTHS
        if known_dead:
            last = sum(month <= died.isoformat()[:7] for month in self._months)
        yield from self._contributions(person, employer, first, last)

    def _employer(self):
        """None where the block has none at all."""
        r, block = self._random.random, self._block
        draw = r()
        if draw < rates.EMPLOYER_GONE and block.gone:
            return block.gone[int(r() * len(block.gone))]
        if draw < rates.EMPLOYER_GONE + rates.EMPLOYER_UNREGISTERED or not block.employers:
            return block.public_bodies[int(r() * len(block.public_bodies))]
        return self._random.choices(block.employers, cum_weights=self._weights)[0]

    def _insured(self, person, status, employer):
        r, block = self._random.random, self._block
        name = person.name if r() >= rates.NAME_DIFFERS else block.people.variant(person.name)
        address = person.address
        if r() < rates.ADDRESS_DIFFERS:
            address = block.people.address(block.city.divisions[block.people.any_division()])
        began = datetime.date(person.birth.year + 20, 1, 1)
        since = block.people.day_between(began, min(block.today, datetime.date(began.year + 10, 12, 31)))
        return (person.identity_number, name, status, employer, since.isoformat(), address, person.phone,
                block.updated(400, since))

    def _contributions(self, person, employer, first, last):
        r = self._random.random
        base = min(BASE_MAX, max(BASE_MIN, person.wage)) // 100 * 100
        by_person, by_employer = (OF_PERSON, OF_EMPLOYER) if employer else (OF_SELF_PAYING, 0)
        amounts = yuan(base), yuan(base * by_person // 100), yuan(base * by_employer // 100)
        day = int(r() * 16)
        for number in range(first, last):
            if r() < rates.MONTH_MISSING:
                continue
            paid = self._days[number][day] if r() >= rates.MONTH_UNPAID else None
            yield "contributions", (person.identity_number, self._months[number], employer, *amounts, paid)
