"""A city for the tests: small, drawn once."""
import atexit
import contextlib
import datetime
import functools
import os
import sqlite3
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import make  # noqa: E402

RESIDENTS = 20_000
TODAY = datetime.date(2026, 11, 1)


@functools.lru_cache(maxsize=None)
def folder():
    """Of one city's registers, made once for all tests."""
    made = tempfile.TemporaryDirectory()
    atexit.register(made.cleanup)
    make.make(made.name, seed=7, residents=RESIDENTS)
    return made.name


def rows_of(register, query, where=None):
    """Of one register, the others attached as `civil`, `social`, `market` and `tax`."""
    where = where or folder()
    with contextlib.closing(sqlite3.connect(os.path.join(where, f"{register}.sqlite"))) as database:
        for name, other in (("civil", "civil-affairs"), ("social", "social-security"), ("market", "market-regulation"),
                            ("tax", "tax")):
            database.execute(f"ATTACH '{os.path.join(where, other)}.sqlite' AS {name}")
        return database.execute(query).fetchall()


def years_between(earlier, later):
    return later.year - earlier.year - ((later.month, later.day) < (earlier.month, earlier.day))
