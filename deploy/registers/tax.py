"""The register of tax: taxpayers, of whom three in ten live in this city, and what they declared by year."""

import datetime

import rates
from block import yuan
from enterprises import TRADES

TAXPAYERS_PER_RESIDENT = 0.6
RESIDENT_TAXPAYERS = 0.3  # of all taxpayers; the others live in other cities
YEARS = 3

TABLES = """
CREATE TABLE metadata (key TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE taxpayers (id_number TEXT NOT NULL, name TEXT NOT NULL, division TEXT NOT NULL, employer TEXT,
  credit_level TEXT NOT NULL, updated_at TEXT NOT NULL);
CREATE TABLE incomes (id_number TEXT NOT NULL, tax_year INTEGER NOT NULL, income TEXT NOT NULL, tax_paid TEXT NOT NULL,
  declared_on TEXT, settled INTEGER NOT NULL);
"""
INDICES = """
CREATE UNIQUE INDEX taxpayers_by_id_number ON taxpayers (id_number);
CREATE UNIQUE INDEX incomes_by_id_number ON incomes (id_number, tax_year);
CREATE VIEW income AS
  SELECT t.id_number AS id_number, t.name AS name, i.tax_year AS tax_year, i.income AS income, i.tax_paid AS tax_paid,
    t.employer AS employer, t.credit_level AS credit_level, i.declared_on AS declared_on, i.settled AS settled,
    t.updated_at AS updated_at
  FROM taxpayers AS t JOIN incomes AS i ON i.id_number = t.id_number;
"""
BRANDS = "恒信 瑞达 宏图 华盛 永安 金桥 远航 新纪元 天成 东方 兴业 万通 嘉和 明德 广源".split()

# Upper bound of the yearly taxable income, rate and quick deduction, in fen and per cent (comprehensive income).
TAX_BANDS = ((3_600_000, 3, 0), (14_400_000, 10, 252_000), (30_000_000, 20, 1_692_000), (42_000_000, 25, 3_192_000),
             (66_000_000, 30, 5_292_000), (96_000_000, 35, 8_592_000), (None, 45, 18_192_000))
TAX_FREE = 6_000_000
INCOME_MAX = 500_000_000


def tax_of(income):
    """The tax in fen on a yearly income in fen, after the basic deduction alone."""
    taxable = max(0, income - TAX_FREE)
    for bound, rate, deduction in TAX_BANDS:
        if bound is None or taxable <= bound:
            return max(0, taxable * rate // 100 - deduction)


class Tax:
    """Draws the rows of one block, once its residents have their employers."""

    def __init__(self, block):
        self._block = block
        self._random = block.random

    def draw(self):
        """(table, row) for each row, residents among the others."""
        block, today = self._block, self._block.today
        total = int(block.residents_wanted * TAXPAYERS_PER_RESIDENT)
        adults = [p for p in block.residents if 18 < today.year - p.birth.year < 65]
        known = self._random.sample(adults, min(len(adults), int(total * RESIDENT_TAXPAYERS)))
        everybody = known + [None] * (total - len(known))
        self._random.shuffle(everybody)
        for person in everybody:
            yield from self._resident(person) if person else self._from_elsewhere()

    def _resident(self, person):
        r, block = self._random.random, self._block
        name = person.name if r() >= rates.NAME_DIFFERS else block.people.variant(person.name)
        employer = None
        if person.employer:
            short = r() < rates.EMPLOYER_NAME_DIFFERS
            employer = person.employer.short_name if short else person.employer.name
        # What is declared is the wage and what came besides.
        income = int(person.wage * 12 * (0.95 + r() * 0.2)) if person.wage else self._income()
        yield from self._rows(person.identity_number, name, person.identity_number[:6], employer, person.birth.year, income)

    def _from_elsewhere(self):
        r, block = self._random.random, self._block
        sex = "男" if r() < 0.55 else "女"
        birth = datetime.date(block.today.year - 19 - int(r() * 45), 1, 1) + datetime.timedelta(days=int(r() * 365))
        division = block.people.any_division()
        employer = self._employer_elsewhere(division) if r() >= rates.EMPLOYER_UNKNOWN else None
        number = block.people.identity_number(division, birth, sex)
        yield from self._rows(number, block.people.name(sex), division, employer, birth.year, self._income())

    def _employer_elsewhere(self, division):
        r = self._random.random
        county = self._block.city.divisions[division]
        place = (county["city"] if r() < 0.7 else county["county"]).rstrip("市区县")
        return f"{place}{BRANDS[int(r() * len(BRANDS))]}{TRADES[int(r() * len(TRADES))][0]}有限公司"

    def _income(self):
        return int(self._random.lognormvariate(16.0, 0.62))  # fen; the median is near 89,000 yuan

    def _rows(self, number, name, division, employer, born, income):
        r = self._random.random
        credit = "A" if r() < 0.35 else "B" if r() < 0.75 else "M" if r() < 0.7 else "C" if r() < 0.8 else "D"
        updated = self._block.updated(400, datetime.date(born + 18, 1, 1))
        yield "taxpayers", (number, name, division, employer, credit, updated)
        last = self._block.today.year - 1
        for year in range(last - YEARS + 1, last + 1):
            if year - born < 18 or r() < 0.04:  # not at work yet, or nothing declared
                continue
            declared = None
            if r() > 0.03:
                declared = (datetime.date(year + 1, 3, 1) + datetime.timedelta(days=int(r() * 122))).isoformat()
            income = min(INCOME_MAX, income)
            yield "incomes", (number, year, yuan(income), yuan(tax_of(income)), declared,
                              1 if declared and r() < 0.97 else 0)
            income = int(income * (0.92 + r() * 0.22))
