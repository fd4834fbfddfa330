"""Contributions: of twelve months, of exact amounts, for who lives here, by firms that are there."""

import datetime
import unittest

import social_security
from sample import RESIDENTS, rows_of


def social(query):
    return rows_of("social-security", query)


def fen(text):
    return int(text.replace(".", ""))


class SocialSecurity(unittest.TestCase):
    def test_months_are_the_twelve_before_the_load(self):
        self.assertEqual(["2025-11", "2025-12"], social_security.months_before(datetime.date(2026, 11, 1))[:2])
        self.assertEqual("2026-12", social_security.months_before(datetime.date(2027, 1, 31))[-1])
        (first, last, months), = social("SELECT min(month), max(month), count(DISTINCT month) FROM contributions")
        self.assertEqual(("2025-11", "2026-10", 12), (first, last, months))

    def test_everybody_insured_is_or_was_a_resident(self):
        (insured, strangers), = social(
            "SELECT count(*), sum(id_number NOT IN (SELECT id_number FROM civil.residents UNION ALL "
            "SELECT id_number FROM civil.deaths)) FROM insured")
        self.assertTrue(0.5 < insured / RESIDENTS < 0.8)
        self.assertEqual(0, strangers)

    def test_amounts_are_exact_shares_of_a_base_within_its_bounds(self):
        for employer, base, person, by_employer in social(
                "SELECT employer_code, base, paid_by_person, paid_by_employer FROM contributions"):
            self.assertTrue(social_security.BASE_MIN <= fen(base) <= social_security.BASE_MAX)
            shares = (8, 16) if employer else (20, 0)
            self.assertEqual((fen(base) * shares[0] // 100, fen(base) * shares[1] // 100), (fen(person), fen(by_employer)))

    def test_nobody_contributes_after_a_death_that_is_known(self):
        late, = social("SELECT count(*) FROM contributions AS c JOIN insured AS i ON i.id_number = c.id_number "
                       "JOIN civil.deaths AS d ON d.id_number = c.id_number "
                       "WHERE i.status = '终止参保' AND c.month > substr(d.died_on, 1, 7)")
        self.assertEqual((0,), late)
        unknown, = social("SELECT count(*) FROM contributions AS c JOIN insured AS i ON i.id_number = c.id_number "
                          "JOIN civil.deaths AS d ON d.id_number = c.id_number "
                          "WHERE i.status = '参保缴费' AND c.month > substr(d.died_on, 1, 7)")
        self.assertGreater(unknown[0], 0)

    def test_who_contributes_is_of_working_age(self):
        youngest, oldest = social(
            "SELECT min(2026 - substr(id_number, 7, 4)), max(2026 - substr(id_number, 7, 4)) FROM contributions")[0]
        self.assertGreaterEqual(youngest, 20)
        self.assertLessEqual(oldest, 60)

    def test_a_few_firms_employ_many(self):
        sizes = [n for (n,) in social("SELECT count(*) FROM insured WHERE employer_code IS NOT NULL "
                                      "GROUP BY employer_code ORDER BY 1 DESC")]
        self.assertGreater(sum(sizes[:len(sizes) // 10]), sum(sizes) * 0.3)


if __name__ == "__main__":
    unittest.main()
