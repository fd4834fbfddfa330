"""Enterprises: codes by the standard, leaders who live here, and what their state says."""

import re
import unittest

import enterprises
from sample import RESIDENTS, TODAY, rows_of


def market(query):
    return rows_of("market-regulation", query)


class Codes(unittest.TestCase):
    def test_check_characters_are_those_of_the_standards_example_and_of_known_firms(self):
        # The first is printed in GB 32100-2015; the others are published by the firms themselves.
        for code in ("91350100M000100Y43", "914403001922038216", "9144030071526726XG", "91330100799655058B"):
            self.assertEqual(code[16], enterprises.organization_check_character(code[8:16]))
            self.assertEqual(code[17], enterprises.check_character(code[:17]))

    def test_alphabet_leaves_out_what_looks_like_a_figure(self):
        self.assertEqual(31, len(set(enterprises.ALPHABET)))
        self.assertFalse(set("IOSVZ") & set(enterprises.ALPHABET))

    def test_one_wrong_character_does_not_pass(self):
        code = enterprises.credit_code("91", "330203", 4711)
        for at in range(17):
            other = code[:at] + ("1" if code[at] != "1" else "2") + code[at + 1:17]
            self.assertNotEqual(code[17], enterprises.check_character(other), at)

    def test_serials_up_to_ten_million_give_codes_that_differ(self):
        step = enterprises.STEP % enterprises.BODIES
        self.assertNotEqual(0, step % 31)  # so that the step has no divisor in common with 31 ** 6
        self.assertLess(10_000_000 * 1.02, enterprises.BODIES)


class MarketRegulation(unittest.TestCase):
    def test_every_code_is_well_formed_and_given_once(self):
        rows = market("SELECT credit_code, division FROM enterprises")
        self.assertEqual(RESIDENTS // 5, len(rows))
        self.assertEqual(len(rows), len({code for code, _ in rows}))
        for code, division in rows:
            self.assertRegex(code, rf"^91{division}MA[{enterprises.ALPHABET}]{{6}}[\dX][{enterprises.ALPHABET}]$")
            self.assertEqual(code[16], enterprises.organization_check_character(code[8:16]))
            self.assertEqual(code[17], enterprises.check_character(code[:17]))

    def test_names_are_given_once(self):
        names = [name for (name,) in market("SELECT name FROM enterprises")]
        self.assertEqual(len(names), len(set(names)))
        for name in names:
            self.assertTrue(name.endswith("有限公司"))

    def test_every_leader_is_an_adult_of_the_city_by_the_same_name(self):
        rows = market("SELECT e.legal_representative, r.name, r.birth_date FROM enterprises AS e "
                      "LEFT JOIN civil.residents AS r ON r.id_number = e.legal_representative_id")
        self.assertEqual(RESIDENTS // 5, len(rows))
        for said, name, birth in rows:
            self.assertEqual(said, name)
            self.assertLessEqual(birth, TODAY.replace(year=TODAY.year - 18).isoformat())

    def test_only_what_has_ended_has_an_end(self):
        for status, established, ended in market("SELECT status, established_on, ended_on FROM enterprises"):
            self.assertEqual(status in ("注销", "吊销"), ended is not None)
            self.assertLessEqual(established, ended or TODAY.isoformat())

    def test_capital_is_exact_text(self):
        for (capital,) in market("SELECT registered_capital FROM enterprises"):
            self.assertTrue(re.fullmatch(r"[1-9]\d*\.00", capital))


if __name__ == "__main__":
    unittest.main()
