"""Persons, households, marriages, deaths: what could be true, and is written as it must be."""

import collections
import datetime
import os
import random
import re
import unittest

import people
from sample import RESIDENTS, TODAY, rows_of, years_between


def civil(query):
    return rows_of("civil-affairs", query)


class CivilAffairs(unittest.TestCase):
    def test_check_character_is_that_of_the_standards_own_examples(self):
        # The two example numbers printed in GB 11643-1999.
        self.assertEqual("X", people.check_character("11010519491231002"))
        self.assertEqual("4", people.check_character("44052418800101001"))

    def test_every_identity_number_is_well_formed_and_given_once(self):
        numbers = [n for (n,) in civil("SELECT id_number FROM residents")]
        self.assertEqual(RESIDENTS, len(numbers))
        numbers += [n for (n,) in civil("SELECT id_number FROM deaths")]
        numbers += [n for (n,) in rows_of("tax", "SELECT id_number FROM taxpayers WHERE id_number NOT IN "
                                                 "(SELECT id_number FROM civil.residents)")]
        self.assertEqual(len(numbers), len(set(numbers)))
        codes = people.load_divisions()
        for number in numbers:
            self.assertRegex(number, r"^\d{17}[\dX]$")
            weighted = sum(int(c) * w for c, w in zip(number, people.WEIGHTS))
            last = 10 if number[17] == "X" else int(number[17])
            self.assertEqual(1, (weighted + last) % 11, number)
            self.assertIn(number[:6], codes)

    def test_identity_numbers_agree_with_birth_date_and_sex(self):
        for number, birth, sex in civil("SELECT id_number, birth_date, sex FROM residents"):
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
        members = collections.Counter(h for (h,) in civil("SELECT household_id FROM residents"))
        households = civil("SELECT household_id, household_size, division, address FROM households")
        self.assertEqual(len(members), len(households))
        codes = people.load_divisions()
        for household, size, division, address in households:
            self.assertEqual(members[household], size)
            self.assertTrue(1 <= size <= 6)
            self.assertTrue(division.startswith("3302"))
            self.assertIn(codes[division]["county"], address)

    def test_households_have_one_head_and_relations_that_could_be_true(self):
        households = collections.defaultdict(list)
        for household, role, sex, birth in civil(
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
        born = dict(civil("SELECT id_number, birth_date FROM residents"))
        marriages = civil("SELECT husband, wife, registered_on FROM marriages")
        self.assertGreater(len(marriages), RESIDENTS // 10)
        for husband, wife, day in marriages:
            day = datetime.date.fromisoformat(day)
            self.assertGreaterEqual(years_between(datetime.date.fromisoformat(born[husband]), day), 22)
            self.assertGreaterEqual(years_between(datetime.date.fromisoformat(born[wife]), day), 20)

    def test_the_dead_are_no_residents_and_died_lately_at_an_age(self):
        (count, listed), = civil("SELECT count(*), sum(id_number IN (SELECT id_number FROM residents)) FROM deaths")
        self.assertTrue(0.01 < count / RESIDENTS < 0.03)
        self.assertEqual(0, listed)
        for birth, died, registered in civil("SELECT birth_date, died_on, registered_on FROM deaths"):
            self.assertTrue("2023-11-01" <= died <= registered <= TODAY.isoformat())
            self.assertGreaterEqual(int(died[:4]) - int(birth[:4]), 20)

    def test_the_adopted_are_children_of_the_household_that_adopted_them(self):
        adoptions = civil("SELECT c.household_role, c.household_id = p.household_id FROM adoptions AS a "
                          "JOIN residents AS c ON c.id_number = a.id_number JOIN residents AS p ON p.id_number = a.adopter")
        self.assertGreater(len(adoptions), 3)
        self.assertEqual(len(adoptions), civil("SELECT count(*) FROM adoptions")[0][0])
        for role, together in adoptions:
            self.assertIn(role, ("子", "女"))
            self.assertTrue(together)


class Numbers(unittest.TestCase):
    def test_blocks_never_give_one_number_twice(self):
        divisions = people.load_divisions()
        given = [set(), set()]
        for block in (0, 1):
            draw = people.People(random.Random(block), divisions, block, 2)
            for _ in range(400):  # of 250 that one block has for that day
                given[block].add(draw.identity_number("330203", datetime.date(1990, 3, 7), "女"))
        self.assertEqual([400, 400], [len(numbers) for numbers in given])
        self.assertFalse(given[0] & given[1])
        self.assertGreater(sum(not n.startswith("330203") for n in given[0]), 100)

    def test_a_name_written_otherwise_is_another_of_the_same_person(self):
        draw = people.People(random.Random(1), people.load_divisions())
        self.assertEqual("王玮", draw.variant("王伟"))
        self.assertEqual("欧阳安", draw.variant("欧阳安心"))
        self.assertEqual("王安安", draw.variant("王安"))


if __name__ == "__main__":
    unittest.main()
