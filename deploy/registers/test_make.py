"""The files: the same for the same arguments, whole or not there, found by index."""

import contextlib
import io
import os
import sqlite3
import subprocess
import sys
import tempfile
import tomllib
import unittest
from unittest import mock

import block
import make
import sinks
from sample import rows_of

FILES = ["civil-affairs.sqlite", "market-regulation.sqlite", "social-security.sqlite", "tax.sqlite"]
HERE = os.path.dirname(os.path.abspath(__file__))
MAPS = sorted(name for name in os.listdir(HERE) if name.endswith(".toml"))


def dump(**arguments):
    with tempfile.TemporaryDirectory() as out:
        make.make(out, **arguments)
        texts = {}
        for name in sorted(os.listdir(out)):
            path = os.path.join(out, name)
            if name.endswith(".sqlite"):
                with contextlib.closing(sqlite3.connect(path)) as database:
                    texts[name] = "\n".join(database.iterdump())
            else:
                with open(path, encoding="utf-8") as file:
                    texts[name] = file.read()
        return texts


class Files(unittest.TestCase):
    def test_one_seed_gives_one_city_and_another_seed_another(self):
        first = dump(seed=3, residents=300, postgres=True)
        self.assertEqual(sorted([*FILES, "social-security.sql"]), sorted(first))
        self.assertEqual(first, dump(seed=3, residents=300, postgres=True))
        other = dump(seed=4, residents=300)
        for name in FILES:
            self.assertNotEqual(first[name], other[name])

    def test_a_city_of_many_blocks_has_as_many_as_was_asked_and_none_twice(self):
        with tempfile.TemporaryDirectory() as out, mock.patch.object(block, "RESIDENTS", 250):
            self.assertEqual(4, block.count_of(1000, 201))
            rows = make.make(out, seed=3, residents=1000, enterprises=201)
            self.assertEqual((1000, 201), (rows["civil-affairs"]["residents"], rows["market-regulation"]["enterprises"]))
            # The unique indices would have failed where a number or a code were given twice.
            (strangers,), = rows_of("market-regulation", "SELECT count(*) FROM enterprises WHERE legal_representative_id "
                                    "NOT IN (SELECT id_number FROM civil.residents)", out)
            self.assertEqual(0, strangers)
            (certificates, unlike), = rows_of("civil-affairs", "SELECT count(*), count(DISTINCT certificate) FROM deaths", out)
            self.assertEqual(certificates, unlike)

    def test_the_largest_city_has_as_many_blocks_as_numbers_allow(self):
        self.assertEqual(100, block.count_of(10_000_000, 10_000_000))
        self.assertEqual(1, block.count_of(100_000, 20_000))
        self.assertEqual(7, block.count_of(7, 10_000_000))

    def test_load_time_is_in_the_metadata(self):
        for name in FILES:
            loaded, = rows_of(name.removesuffix(".sqlite"), "SELECT value FROM metadata WHERE key = 'loaded_at'")
            self.assertEqual(("2026-11-01T18:30:00Z",), loaded)

    def test_what_fails_midway_leaves_the_old_files_and_nothing_else(self):
        with tempfile.TemporaryDirectory() as out:
            make.make(out, residents=50)
            before = {name: os.stat(os.path.join(out, name)).st_ino for name in os.listdir(out)}
            with mock.patch.object(sinks.SqliteRegister, "complete", side_effect=[None, sqlite3.OperationalError("full")]), \
                    self.assertRaises(sqlite3.OperationalError):
                make.make(out, residents=60)
            self.assertEqual(before, {name: os.stat(os.path.join(out, name)).st_ino for name in os.listdir(out)})

    def test_bad_arguments_are_named_and_nothing_is_written(self):
        with tempfile.TemporaryDirectory() as out:
            for wrong in (["--residents", "0"], ["--enterprises", "10000001"], ["--city", "9999"],
                          ["--loaded-at", "yesterday"]):
                with self.assertRaises(SystemExit) as exit_, contextlib.redirect_stderr(io.StringIO()) as said:
                    make.main(["--out", out] + wrong)
                self.assertEqual(2, exit_.exception.code)
                self.assertIn(wrong[1], said.getvalue())
            self.assertEqual([], os.listdir(out))

    def test_copy_writes_otherwise_what_would_end_a_field(self):
        self.assertEqual(["\\N", "a\\tb\\\\c\\nd", "7"], [sinks.copy_text(v) for v in (None, "a\tb\\c\nd", 7)])

    def test_memory_does_not_grow_with_the_city(self):
        def peak_kib(residents, of_block):
            # Linux's own high-water mark of the program: that of getrusage begins with what this test weighs.
            code = (f"import block, make, sinks; block.RESIDENTS = {of_block}; sinks.CACHE_KIB = 256; "
                    f"make.BATCH_ROWS = 100; make.make('{out}', residents={residents}); "
                    f"print(*(line for line in open('/proc/self/status') if 'VmHWM' in line))")
            said = subprocess.run([sys.executable, "-c", code], cwd=HERE, check=True, capture_output=True, text=True).stdout
            return int(said.split()[1])

        with tempfile.TemporaryDirectory() as out:
            small, large = peak_kib(2000, 2000), peak_kib(12_000, 2000)
            at_once = peak_kib(12_000, 12_000)
        self.assertLess(large - small, (at_once - small) / 3, f"{small}, {large} and {at_once} KiB")


class Maps(unittest.TestCase):
    def maps(self):
        for name in MAPS:
            with open(os.path.join(HERE, name), "rb") as file:
                yield name, tomllib.load(file)

    def test_every_map_names_columns_that_are_there_and_finds_its_key_by_index(self):
        self.assertEqual(8, len(MAPS))
        for name, mapped in self.maps():
            source = mapped["source"]
            columns = ", ".join(field.get("column", field["name"]) for field in mapped["field"])
            query = f"SELECT {columns} FROM {source['table']}"
            register = source["path"].removesuffix(".sqlite")
            self.assertTrue(mapped["dataset"]["id"].startswith(register + "/"), name)
            self.assertTrue(rows_of(register, query + " LIMIT 1"), name)
            plan = " ".join(row[3] for row in rows_of(
                register, f"EXPLAIN QUERY PLAN {query} WHERE {source['key']} = 'x'"))
            self.assertNotIn("SCAN", plan, name)
            self.assertTrue(rows_of(register, mapped["as_of"]["query"]), name)

    def test_every_value_is_of_the_type_that_the_map_says(self):
        patterns = {"date": r"^\d{4}-\d\d-\d\d$", "timestamp": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$",
                    "decimal": r"^\d+\.\d\d$", "string": r"^.+$"}
        for name, mapped in self.maps():
            register = mapped["source"]["path"].removesuffix(".sqlite")
            for field in mapped["field"]:
                column = field.get("column", field["name"])
                values = [v for (v,) in rows_of(
                    register, f"SELECT {column} FROM {mapped['source']['table']} WHERE {column} IS NOT NULL LIMIT 500")]
                self.assertTrue(values, f"{name}: {column}")
                for value in values:
                    if field["type"] in ("int64", "bool"):
                        self.assertIsInstance(value, int)
                    else:
                        self.assertRegex(value, patterns[field["type"]])


if __name__ == "__main__":
    unittest.main()
