"""Every rate of rates.py is found again in the rows, by who has all registers."""

import datetime
import math
import unittest

import make
import rates
from sample import rows_of

# (rate, register, query for how many of how many). A clause `WHERE` leaves out whom the rate does not speak of.
LONG_AGO = (make.LOADED_AT - datetime.timedelta(days=1499)).isoformat()
QUERIES = {
    "PHONE_MISSING": ("civil-affairs", "SELECT sum(phone IS NULL), count(*) FROM residents WHERE birth_date < '2012'"),
    "MARITAL_STATUS_MISSING": ("civil-affairs", "SELECT sum(marital_status IS NULL), count(*) FROM residents"),
    # Between the first and the last month that are there.
    "MONTH_MISSING": ("social-security",
                      "SELECT sum(span - there), sum(span) FROM (SELECT count(*) - 2 AS there, "
                      "(substr(max(month), 1, 4) - substr(min(month), 1, 4)) * 12 + substr(max(month), 6) "
                      "- substr(min(month), 6) - 1 AS span FROM contributions GROUP BY id_number HAVING count(*) > 1)"),
    "MONTH_UNPAID": ("social-security", "SELECT sum(paid_on IS NULL), count(*) FROM contributions"),
    "EMPLOYER_UNKNOWN": ("tax", "SELECT sum(employer IS NULL), count(*) FROM taxpayers "
                                "WHERE id_number NOT IN (SELECT id_number FROM civil.residents)"),
    "ENTERPRISE_PHONE_MISSING": ("market-regulation", "SELECT sum(phone IS NULL), count(*) FROM enterprises"),
    "STALE": ("civil-affairs", f"SELECT sum(updated_at < '{LONG_AGO}'), count(*) FROM residents WHERE birth_date < '2015'"),
    "NAME_DIFFERS": ("social-security", "SELECT sum(i.name <> r.name), count(*) FROM insured AS i "
                                        "JOIN civil.residents AS r ON r.id_number = i.id_number"),
    "ADDRESS_DIFFERS": ("social-security", "SELECT sum(i.address <> r.address), count(*) FROM insured AS i "
                                           "JOIN civil.household AS r ON r.id_number = i.id_number"),
    "DEATH_UNKNOWN": ("social-security", "SELECT sum(i.status <> '终止参保'), count(*) FROM insured AS i "
                                         "JOIN civil.deaths AS d ON d.id_number = i.id_number"),
    "EMPLOYER_GONE": ("social-security", "SELECT sum(e.status IN ('注销', '吊销')), count(*) FROM insured AS i "
                                         "LEFT JOIN market.enterprises AS e ON e.credit_code = i.employer_code "
                                         "WHERE i.employer_code IS NOT NULL"),
    "EMPLOYER_UNREGISTERED": ("social-security", "SELECT sum(e.credit_code IS NULL), count(*) FROM insured AS i "
                                                 "LEFT JOIN market.enterprises AS e ON e.credit_code = i.employer_code "
                                                 "WHERE i.employer_code IS NOT NULL"),
    "EMPLOYER_NAME_DIFFERS": ("tax", "SELECT sum(t.employer <> e.name), count(*) FROM taxpayers AS t "
                                     "JOIN social.insured AS i ON i.id_number = t.id_number "
                                     "JOIN market.enterprises AS e ON e.credit_code = i.employer_code"),
    "ENTERPRISE_CANCELLED": ("market-regulation", "SELECT sum(status = '注销'), count(*) FROM enterprises"),
    "ENTERPRISE_REVOKED": ("market-regulation", "SELECT sum(status = '吊销'), count(*) FROM enterprises"),
}


class Rates(unittest.TestCase):
    def test_every_rate_is_held_to_the_rows(self):
        self.assertEqual(sorted(QUERIES), sorted(name for name in vars(rates) if name.isupper()))

    def test_the_rows_fall_short_as_often_as_is_said(self):
        for name, (register, query) in QUERIES.items():
            with self.subTest(name):
                (found, among), = rows_of(register, query)
                rate = getattr(rates, name)
                deviation = math.sqrt(rate * (1 - rate) / among)
                self.assertGreater(found, 0)
                self.assertLess(abs(found / among - rate), 4 * deviation, f"{found} of {among}, and not {rate}")


if __name__ == "__main__":
    unittest.main()
