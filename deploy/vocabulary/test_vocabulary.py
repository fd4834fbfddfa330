"""The vocabulary is one that a registry takes: ids, titles in both languages, bases that exist."""
import os
import re
import tomllib
import unittest

FILE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "vocabulary.toml")
ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
KEYS = {"basis": {"id", "title_zh", "title_en", "article"}, "purpose": {"id", "title_zh", "title_en", "bases"},
        "reason": {"id", "title_zh", "title_en"}}


def read():
    with open(FILE, "rb") as file:
        return tomllib.load(file)


class Vocabulary(unittest.TestCase):
    def test_each_term_has_what_its_kind_has(self):
        terms = read()
        self.assertEqual(set(terms), set(KEYS))
        for kind, keys in KEYS.items():
            for term in terms[kind]:
                self.assertEqual(set(term), keys, term)

    def test_ids_are_names_and_stand_once_in_their_kind(self):
        for kind, terms in read().items():
            ids = [term["id"] for term in terms]
            self.assertEqual(sorted(ids), sorted(set(ids)), kind)
            for one in ids:
                self.assertTrue(ID.fullmatch(one), one)

    def test_titles_are_one_line_in_either_language(self):
        for terms in read().values():
            for term in terms:
                self.assertTrue(re.search(r"[\u4e00-\u9fff]", term["title_zh"]), term)
                self.assertTrue(term["title_en"] and term["title_en"].isascii(), term)
                for title in (term["title_zh"], term["title_en"]):
                    self.assertTrue(title.isprintable() and len(title.encode()) <= 2000, term)

    def test_purposes_are_carried_by_bases_of_this_file(self):
        terms = read()
        bases = {basis["id"] for basis in terms["basis"]}
        for purpose in terms["purpose"]:
            self.assertTrue(purpose["bases"] and set(purpose["bases"]) <= bases, purpose)


if __name__ == "__main__":
    unittest.main()
