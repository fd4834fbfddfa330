"""Tests of the demo registers: python3 -m unittest deploy/registers/test_make.py"""

import collections
import contextlib
import datetime
import io
import os
import re
import sqlite3
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import make  # noqa: E402
import people  # noqa: E402

RESIDENTS = 6000
TODAY = datetime.date(2026, 11, 1)


def rows_of(folder, register, query):
    with contextlib.closing(sqlite3.connect(os.path.join(folder, register))) as database:
        return database.execute(query).fetchall()


def years_between(earlier, later):
    return later.year - earlier.year - ((later.month, later.day) < (earlier.month, earlier.day))


class Registers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls._folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls._folder.cleanup)
        cls.out = cls._folder.name
        make.make(cls.out, seed=7, residents=RESIDENTS)

    def civil(self, query):
        return rows_of(self.out, "civil-affairs.sqlite", query)

    def tax(self, query):
        return rows_of(self.out, "tax.sqlite", query)

    def test_check_character_is_that_of_the_standards_own_examples(self):
        # The two example numbers printed in GB 11643-1999.
        self.assertEqual("X", people.check_character("11010519491231002"))
        self.assertEqual("4", people.check_character("44052418800101001"))

    def test_every_identity_number_is_well_formed_and_given_once(self):
        numbers = [n for (n,) in self.civil("SELECT id_number FROM residents")]
        self.assertEqual(RESIDENTS, len(numbers))
        self.assertEqual(RESIDENTS, len(set(numbers)))
        numbers += [n for (n,) in self.tax("SELECT id_number FROM taxpayers")]
        codes = people.load_divisions()
        for number in numbers:
            self.assertRegex(number, r"^\d{17}[\dX]$")
            weighted = sum(int(c) * w for c, w in zip(number, people.WEIGHTS))
            last = 10 if number[17] == "X" else int(number[17])
            self.assertEqual(1, (weighted + last) % 11, number)
            self.assertIn(number[:6], codes)

    def test_identity_numbers_agree_with_birth_date_and_sex(self):
        for number, birth, sex in self.civil("SELECT id_number, birth_date, sex FROM residents"):
            self.assertEqual(birth.replace("-", ""), number[6:14])
            self.assertEqual("男" if int(number[16]) % 2 else "女", sex)
            self.assertLessEqual(birth, TODAY.isoformat())
            self.assertLess(years_between(datetime.date.fromisoformat(birth), TODAY), 112)

    def test_division_table_holds_three_levels_and_no_code_twice(self):
        with open(os.path.join(people.HERE, "divisions.csv"), encoding="utf-8") as file:
            lines = file.read().splitlines()
        self.assertLessEqual(len(lines), 601)
        self.assertEqual(len(lines) - 1, len(people.load_divisions()))
        for row in people.load_divisions().values():
            self.assertTrue(re.fullmatch(r"\d{6}", row["code"]) and row["province"] and row["city"] and row["county"])

    def test_households_live_in_the_city_and_have_the_size_they_say(self):
        members = collections.Counter(h for (h,) in self.civil("SELECT household_id FROM residents"))
        households = self.civil("SELECT household_id, household_size, division, address FROM households")
        self.assertEqual(len(members), len(households))
        codes = people.load_divisions()
        for household, size, division, address in households:
            self.assertEqual(members[household], size)
            self.assertTrue(1 <= size <= 6)
            self.assertTrue(division.startswith("3302"))
            self.assertIn(codes[division]["county"], address)

    def test_households_have_one_head_and_relations_that_could_be_true(self):
        households = collections.defaultdict(list)
        for household, role, sex, birth in self.civil(
                "SELECT household_id, household_role, sex, birth_date FROM residents"):
            households[household].append((role, sex, datetime.date.fromisoformat(birth)))
        for household, members in households.items():
            by_role = collections.defaultdict(list)
            for role, sex, birth in members:
                by_role[role].append((sex, birth))
            self.assertEqual(1, len(by_role["户主"]), household)
            self.assertLessEqual(len(by_role["配偶"]), 1)
            head_sex, head_birth = by_role["户主"][0]
            self.assertGreaterEqual(years_between(head_birth, TODAY), 18)
            for sex, _ in by_role["配偶"]:
                self.assertNotEqual(head_sex, sex)
            for role, sex in (("子", "男"), ("女", "女"), ("父亲", "男"), ("母亲", "女")):
                self.assertTrue(all(s == sex for s, _ in by_role[role]), household)
            for _, birth in by_role["子"] + by_role["女"]:
                for _, parent in by_role["户主"] + by_role["配偶"]:
                    self.assertTrue(18 <= years_between(parent, birth) <= 55, household)
            for _, birth in by_role["父亲"] + by_role["母亲"]:
                self.assertTrue(20 <= years_between(birth, head_birth) <= 40, household)

    def test_marriages_join_residents_of_legal_age(self):
        born = dict(self.civil("SELECT id_number, birth_date FROM residents"))
        marriages = self.civil("SELECT husband, wife, registered_on FROM marriages")
        self.assertGreater(len(marriages), RESIDENTS // 10)
        for husband, wife, day in marriages:
            day = datetime.date.fromisoformat(day)
            self.assertGreaterEqual(years_between(datetime.date.fromisoformat(born[husband]), day), 22)
            self.assertGreaterEqual(years_between(datetime.date.fromisoformat(born[wife]), day), 20)

    def test_three_of_ten_taxpayers_are_residents(self):
        residents = {n for (n,) in self.civil("SELECT id_number FROM residents")}
        taxpayers = [n for (n,) in self.tax("SELECT id_number FROM taxpayers")]
        self.assertEqual(int(RESIDENTS * make.TAXPAYERS_PER_RESIDENT), len(taxpayers))
        overlap = sum(n in residents for n in taxpayers) / len(taxpayers)
        self.assertAlmostEqual(0.3, overlap, delta=0.01)

    def test_incomes_are_exact_text_and_taxed_by_the_table(self):
        self.assertEqual(0, make.tax_of(6_000_000))
        self.assertEqual(108_000, make.tax_of(9_600_000))  # 36,000 yuan at 3 per cent
        self.assertEqual(748_000, make.tax_of(16_000_000))  # 100,000 yuan at 10 per cent less 2,520
        for income, paid in self.tax("SELECT income, tax_paid FROM incomes"):
            self.assertRegex(income, r"^\d+\.\d\d$")
            self.assertEqual(make.yuan(make.tax_of(int(income.replace(".", "")))), paid)

    def test_gaps_and_stale_rows_are_light(self):
        (no_phone, stale), = self.civil("SELECT sum(phone IS NULL), sum(updated_at < '2023-01-01') FROM residents")
        self.assertTrue(0.05 < no_phone / RESIDENTS < 0.35)
        self.assertTrue(0.002 < stale / RESIDENTS < 0.04)

    def test_load_time_is_in_the_metadata(self):
        for register in ("civil-affairs.sqlite", "tax.sqlite"):
            loaded, = rows_of(self.out, register, "SELECT value FROM metadata WHERE key = 'loaded_at'")
            self.assertEqual(("2026-11-01T18:30:00Z",), loaded)

    def test_both_views_find_a_person_by_index(self):
        for register, view in (("civil-affairs.sqlite", "household"), ("tax.sqlite", "income")):
            plan = " ".join(row[3] for row in rows_of(
                self.out, register, f"EXPLAIN QUERY PLAN SELECT * FROM {view} WHERE id_number = 'x'"))
            self.assertNotIn("SCAN", plan)

    def test_one_seed_gives_one_register_and_another_seed_another(self):
        def dump(seed):
            with tempfile.TemporaryDirectory() as folder:
                make.make(folder, seed=seed, residents=300)
                files = []
                for register in ("civil-affairs.sqlite", "tax.sqlite"):
                    with contextlib.closing(sqlite3.connect(os.path.join(folder, register))) as database:
                        files.append("\n".join(database.iterdump()))
                self.assertEqual(["civil-affairs.sqlite", "tax.sqlite"], sorted(os.listdir(folder)))
                return files

        self.assertEqual(dump(3), dump(3))
        self.assertNotEqual(dump(3), dump(4))

    def test_bad_arguments_are_named_and_nothing_is_written(self):
        with tempfile.TemporaryDirectory() as folder:
            for wrong in (["--residents", "0"], ["--city", "9999"], ["--loaded-at", "yesterday"]):
                with self.assertRaises(SystemExit) as exit_, contextlib.redirect_stderr(io.StringIO()) as said:
                    make.main(["--out", folder] + wrong)
                self.assertEqual(2, exit_.exception.code)
                self.assertIn(wrong[1], said.getvalue())
            self.assertEqual([], os.listdir(folder))


if __name__ == "__main__":
    unittest.main()
