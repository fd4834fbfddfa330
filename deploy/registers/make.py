#!/usr/bin/env python3
"""Makes four departments' demo registers of one city from a seed.

    deploy/registers/make.py --out DIR [--seed N] [--residents N] [--enterprises N] [--postgres] [--city 3302]
                             [--loaded-at 2026-11-01T18:30:00Z]

civil-affairs.sqlite, social-security.sqlite, market-regulation.sqlite and tax.sqlite; with --postgres social-security.sql
besides, for psql. The same arguments give the same rows. The same persons and firms are in all of them; where registers
disagree, rates.py says how often. Persons and firms are invented; division codes are real (divisions.csv). Memory does not
grow with the city. Existing files of these names are replaced only once the new ones are complete. Exit code 0; 1 where
DIR cannot be written; 2 for bad arguments.
"""

import argparse
import collections
import dataclasses
import datetime
import itertools
import os
import sqlite3
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import block as blocks  # noqa: E402
import civil_affairs  # noqa: E402
import market_regulation  # noqa: E402
import social_security  # noqa: E402
import tax  # noqa: E402
from people import load_divisions  # noqa: E402
from sinks import PostgresScript, SqliteRegister  # noqa: E402

SIZE_MAX = 10_000_000
BATCH_ROWS = 10_000
LOADED_AT = datetime.datetime(2026, 11, 1, 18, 30)
SCHEMAS = {"civil-affairs": civil_affairs, "social-security": social_security, "market-regulation": market_regulation,
           "tax": tax}


@dataclasses.dataclass
class City:
    seed: int
    residents: int
    enterprises: int
    home: list  # codes of its divisions
    divisions: dict
    loaded_at: datetime.datetime
    blocks: int


class Register:
    """One department's rows, to every sink that they go to."""

    def __init__(self, name, out, postgres):
        schema = SCHEMAS[name]
        self.rows = collections.Counter()  # by table
        self._batches = collections.defaultdict(list)
        self._sinks = [(SqliteRegister(os.path.join(out, f"{name}.sqlite"), schema.TABLES), schema.INDICES)]
        if postgres:
            script = PostgresScript(os.path.join(out, f"{name}.sql"), schema.POSTGRES_TABLES)
            self._sinks.append((script, schema.INDICES))

    def add(self, rows):
        """Takes (table, row) one by one; holds at most a batch of each table."""
        for table, row in rows:
            batch = self._batches[table]
            batch.append(row)
            if len(batch) == BATCH_ROWS:
                self._write(table, batch)

    def _write(self, table, batch):
        for sink, _ in self._sinks:
            sink.insert(table, batch)
        self.rows[table] += len(batch)
        batch.clear()

    def complete(self):
        for table, batch in self._batches.items():
            self._write(table, batch)
        for sink, indices in self._sinks:
            sink.complete(indices)

    def put(self):
        for sink, _ in self._sinks:
            sink.put()

    def abandon(self):
        for sink, _ in self._sinks:
            sink.abandon()


def make(out, seed=1, residents=100_000, city="3302", loaded_at=LOADED_AT, enterprises=None, postgres=False):
    """Writes the registers into the folder `out`, which is made if need be; gives the rows by register and table."""
    divisions = load_divisions()
    home = [code for code in sorted(divisions) if code.startswith(city)]
    if not home:
        raise ValueError(f"no division of divisions.csv starts with `{city}`")
    enterprises = max(1, residents // 5) if enterprises is None else enterprises
    drawn = City(seed, residents, enterprises, home, divisions, loaded_at, blocks.count_of(residents, enterprises))
    os.makedirs(out, exist_ok=True)
    registers = {}
    try:
        for name in SCHEMAS:
            registers[name] = Register(name, out, postgres and name == "social-security")
        _draw(drawn, registers)
        for register in registers.values():
            register.complete()
        for register in registers.values():
            register.put()
    except BaseException:
        for register in registers.values():
            register.abandon()
        raise
    return {name: register.rows for name, register in registers.items()}


def _draw(city, registers):
    for name, register in registers.items():
        register.add(("metadata", row) for row in (("loaded_at", city.loaded_at.strftime("%Y-%m-%dT%H:%M:%SZ")),
                                                   ("schema_version", "2"), ("source", f"{name} register")))
    registers["civil-affairs"].add(("divisions", (d["code"], d["province"], d["city"], d["county"]))
                                   for d in city.divisions.values())
    serials = collections.defaultdict(lambda: itertools.count(1))
    for number in range(city.blocks):
        block = blocks.Block(city, number)
        registers["civil-affairs"].add(civil_affairs.draw(block, serials))
        registers["market-regulation"].add(market_regulation.draw(block))
        registers["social-security"].add(social_security.SocialSecurity(block).draw())
        registers["tax"].add(tax.Tax(block).draw())


def instant(text):
    return datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ")


def count(text):
    number = int(text)
    if not 1 <= number <= SIZE_MAX:
        raise ValueError
    return number


def main(arguments):
    parser = argparse.ArgumentParser(description="makes four departments' demo registers from a seed")
    parser.add_argument("--out", required=True, metavar="DIR", help="where the files go")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--residents", type=count, default=100_000, help="1 to 10,000,000 (default 100,000)")
    parser.add_argument("--enterprises", type=count, help="1 to 10,000,000 (default a fifth of the residents)")
    parser.add_argument("--postgres", action="store_true", help="write social-security.sql besides")
    parser.add_argument("--city", default="3302", help="first four digits of the city's divisions (default 3302)")
    parser.add_argument("--loaded-at", type=instant, default=LOADED_AT, help="load time in UTC, as 2026-11-01T18:30:00Z")
    options = parser.parse_args(arguments)
    try:
        made = make(options.out, options.seed, options.residents, options.city, options.loaded_at, options.enterprises,
                    options.postgres)
    except ValueError as error:
        parser.error(str(error))
    except (OSError, sqlite3.Error) as error:
        print(f"make.py: writing {options.out}: {error}", file=sys.stderr)
        return 1
    for name, rows in made.items():
        tables = ", ".join(f"{number:,} {table}" for table, number in rows.items() if table not in ("metadata", "divisions"))
        print(f"{name:<18} {tables}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
