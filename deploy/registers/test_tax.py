"""What tax holds: exact amounts, of some who live here and of more who do not."""

import unittest

import tax
from block import yuan
from sample import RESIDENTS, rows_of


class Tax(unittest.TestCase):
    def test_three_of_ten_taxpayers_are_residents(self):
        residents = {n for (n,) in rows_of("civil-affairs", "SELECT id_number FROM residents")}
        taxpayers = [n for (n,) in rows_of("tax", "SELECT id_number FROM taxpayers")]
        self.assertEqual(int(RESIDENTS * tax.TAXPAYERS_PER_RESIDENT), len(taxpayers))
        overlap = sum(n in residents for n in taxpayers) / len(taxpayers)
        self.assertAlmostEqual(0.3, overlap, delta=0.01)

    def test_incomes_are_exact_text_and_taxed_by_the_table(self):
        self.assertEqual(0, tax.tax_of(6_000_000))
        self.assertEqual(108_000, tax.tax_of(9_600_000))  # 36,000 yuan at 3 per cent
        self.assertEqual(748_000, tax.tax_of(16_000_000))  # 100,000 yuan at 10 per cent less 2,520
        for income, paid in rows_of("tax", "SELECT income, tax_paid FROM incomes"):
            self.assertRegex(income, r"^\d+\.\d\d$")
            self.assertEqual(yuan(tax.tax_of(int(income.replace(".", "")))), paid)

    def test_who_is_insured_declares_about_what_the_wages_were(self):
        pairs = rows_of("tax", "SELECT CAST(i.income AS REAL), CAST(c.base AS REAL) FROM incomes AS i "
                               "JOIN social.contributions AS c ON c.id_number = i.id_number AND c.month = '2026-01' "
                               "WHERE i.tax_year = 2023 AND CAST(c.base AS REAL) BETWEEN 4900 AND 24900")
        self.assertGreater(len(pairs), 500)
        for income, base in pairs:
            self.assertTrue(0.94 < income / (base * 12) < 1.16)


if __name__ == "__main__":
    unittest.main()
