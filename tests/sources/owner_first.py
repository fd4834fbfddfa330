#!/usr/bin/env python3
"""Whether the owner's own work comes first: its transactions alone, and under ten times the load that is allowed.

    tests/sources/owner_first.py --bin build/release/bin [--seconds 65] [--only postgres,sqlite]

For each kind of source: one row by key, asked as fast as it goes (what a read costs beside the database's own time), then
the owner's own transactions, an update and a commit each, alone, while an adapter is asked for ten times what its [limits]
allow, and alone again. Prints one JSON object a kind; fails where p99 under load is more than a tenth above p99 alone, or
where more was read than allowed. For a machine with nothing else to do: on a busy one p99 says nothing."""

import argparse
import json
import os
import pathlib
import random
import sqlite3
import subprocess
import sys
import tempfile
import time

TREE = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TREE / "deploy"), str(TREE / "tests/bench")]

import temporary_postgres  # noqa: E402
from registers import percentile, pgbench  # noqa: E402

KEYS = 100_000
ROWS_A_MINUTE = 6_000
FIELDS = '[[field]]\nname = "id"\ntype = "string"\n[[field]]\nname = "name"\ntype = "string"\n'


class Postgres:
    def __init__(self, folder):
        self.folder = folder
        self.server = temporary_postgres.start(folder, "shared_buffers=128MB")
        temporary_postgres.psql(
            folder, "postgres", "-c",
            "CREATE ROLE reader LOGIN; CREATE TABLE people (id text PRIMARY KEY, name text, n integer);"
            f"INSERT INTO people SELECT 'k' || i, 'name of ' || i, 0 FROM generate_series(0, {KEYS - 1}) AS i;"
            "GRANT SELECT ON people TO reader; ANALYZE people")
        self.source = f'kind = "postgres"\nurl = "postgresql://reader@/postgres?host={folder}"\ntable = "people"\n'

    def read_us(self):
        """The database's own time for the same row, over the same socket."""
        return self.bench("SELECT id, name FROM people WHERE id = 'k' || :i;", 5)

    def own_us(self, seconds):
        return self.bench("UPDATE people SET n = n + 1 WHERE id = 'k' || :i;", seconds)

    def bench(self, statement, seconds):
        script = f"\\set i random(0, {KEYS - 1})\n{statement}\n"
        return [int(words[2]) - int(words[6]) for words in pgbench(self.folder, script, seconds, "-R", "200")]

    def close(self):
        temporary_postgres.stop(self.server)


class Sqlite:
    def __init__(self, folder):
        self.path = os.path.join(folder, "people.sqlite")
        self.own = sqlite3.connect(self.path, isolation_level=None, timeout=30)
        self.own.execute("PRAGMA journal_mode = WAL")
        self.own.execute("CREATE TABLE people (id TEXT PRIMARY KEY, name TEXT, n INTEGER)")
        self.own.execute("BEGIN")
        self.own.executemany("INSERT INTO people VALUES (?, ?, 0)", ((f"k{i}", f"name of {i}") for i in range(KEYS)))
        self.own.execute("COMMIT")
        self.source = 'kind = "sqlite"\npath = "people.sqlite"\ntable = "people"\n'

    def paced(self, statement, seconds):
        took, began = [], time.monotonic()
        while (due := began + len(took) / 200) < began + seconds:
            time.sleep(max(0.0, due - time.monotonic()))
            start = time.monotonic()
            self.own.execute(statement, (f"k{random.randrange(KEYS)}",)).fetchall()
            took.append(round((time.monotonic() - start) * 1e6))
        return took

    def read_us(self):
        return self.paced("SELECT id, name FROM people WHERE id = ?", 5)

    def own_us(self, seconds):
        return self.paced("UPDATE people SET n = n + 1 WHERE id = ?", seconds)

    def close(self):
        self.own.close()


def load(arguments, map_file, seconds, rate):
    return subprocess.Popen([pathlib.Path(arguments.bin, "source-load"), map_file, str(KEYS), str(seconds), str(rate)],
                            stdout=subprocess.PIPE, text=True)


def measure(kind, folder, arguments):
    database = kind(folder)
    try:
        dataset = '[dataset]\nid = "owner/people"\n[source]\n' + database.source + 'key = "id"\n'
        free, limited = pathlib.Path(folder, "free.toml"), pathlib.Path(folder, "limited.toml")
        free.write_text(dataset + FIELDS)
        limited.write_text(dataset + f"[limits]\nrows_a_minute = {ROWS_A_MINUTE}\n" + FIELDS)
        read = json.loads(load(arguments, free, 5, 200).communicate()[0])
        database_us = percentile(database.read_us(), 50)
        before = database.own_us(arguments.seconds // 2)
        asking = load(arguments, limited, arguments.seconds, ROWS_A_MINUTE // 60 * 10)
        under = database.own_us(arguments.seconds - 1)
        asked = json.loads(asking.communicate()[0])
        alone = before + database.own_us(arguments.seconds // 2)
    finally:
        database.close()
    minutes = -(-arguments.seconds // 60)
    return {"source": kind.__name__.lower(), "read_p50_us": read["p50_us"], "read_p99_us": read["p99_us"],
            "database_p50_us": database_us, "own_p50_us": percentile(alone, 50), "own_p99_us": percentile(alone, 99),
            "own_p50_under_load_us": percentile(under, 50), "own_p99_under_load_us": percentile(under, 99),
            "rows_read": asked["rows"], "rows_allowed": ROWS_A_MINUTE * minutes, "held_back": asked["held_back"]}


def faults(result):
    if result["own_p99_under_load_us"] > result["own_p99_us"] * 1.1:
        yield "the owner's p99 rose by more than a tenth"
    if result["rows_read"] > result["rows_allowed"]:
        yield "more was read than the limits allow"
    if result["held_back"] == 0:
        yield "nothing was held back: the load never came to the limits"
    if result["read_p50_us"] > result["database_p50_us"] + 2_000:
        yield "a read costs more than 2 ms beside the database's own time"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True)
    parser.add_argument("--seconds", type=int, default=65)
    parser.add_argument("--only", default="postgres,sqlite")
    arguments = parser.parse_args()
    failed = False
    for kind in (Postgres, Sqlite):
        if kind.__name__.lower() not in arguments.only.split(","):
            continue
        with tempfile.TemporaryDirectory() as folder:
            result = measure(kind, folder, arguments)
        result["faults"] = list(faults(result))
        failed = failed or bool(result["faults"])
        print(json.dumps(result), flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
