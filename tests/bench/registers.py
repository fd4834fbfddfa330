"""Registers of the measured network's shape (k, f1 .. f6) in SQLite and PostgreSQL, and the database's own time for a row."""
import os
import pathlib
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / "deploy"))

import temporary_postgres  # noqa: E402

COLUMNS = [f"f{i}" for i in range(1, 7)]
VALUE_CHARACTERS = 1_536 // len(COLUMNS)  # a row is as large as the in-memory source's
SELECT = "SELECT f1, f2, f3, f4 FROM register WHERE k = "


def key(row):
    return f"k{row:08}"


def made_up(seed, row):
    draw = random.Random(f"{seed}/{row}")
    return [key(row), *(f"{draw.getrandbits(4 * VALUE_CHARACTERS):0{VALUE_CHARACTERS}x}" for _ in COLUMNS)]


def percentile(values, percent):
    return sorted(values)[(len(values) - 1) * percent // 100]


def pgbench(folder, script, seconds, *more):
    """What pgbench logs of each transaction of a script, as the owner's one client: lists of words."""
    with tempfile.TemporaryDirectory() as logs:
        file = pathlib.Path(logs, "script.sql")
        file.write_text(script)
        subprocess.run([f"{temporary_postgres.programs()}/pgbench", "-h", folder, "-U", "owner", "-n", "-c", "1", "-T",
                        str(int(seconds)), "-l", "--log-prefix", f"{logs}/log", *more, "-f", file, "postgres"], check=True,
                       capture_output=True)
        return [line.split() for log in pathlib.Path(logs).glob("log*") for line in log.read_text().splitlines()]


class Sqlite:
    def __init__(self, folder, name, rows):
        self.rows = rows
        self.path = os.path.join(folder, name + ".sqlite")
        self.own = sqlite3.connect(self.path, isolation_level=None, timeout=30)
        self.own.execute("PRAGMA journal_mode = WAL")
        self.own.execute("PRAGMA synchronous = NORMAL")
        self.own.execute(f"CREATE TABLE register (k TEXT PRIMARY KEY, {', '.join(c + ' TEXT' for c in COLUMNS)})")
        self.own.execute("BEGIN")
        self.own.executemany("INSERT INTO register VALUES (?, ?, ?, ?, ?, ?, ?)", (made_up(1, row) for row in range(rows)))
        self.own.execute("COMMIT")
        self.source = f'kind = "sqlite"\npath = "{self.path}"\ntable = "register"\nkey = "k"\n'

    def read_us(self, seconds):
        """One row by its key, again and again."""
        took, until = [], time.monotonic() + seconds
        while time.monotonic() < until:
            wanted = key(random.randrange(self.rows))
            start = time.perf_counter()
            self.own.execute(SELECT + "?", (wanted,)).fetchall()
            took.append((time.perf_counter() - start) * 1e6)
        return took

    def insert(self, numbers, begin=0):
        """Rows of those numbers in one transaction; f1 says when."""
        self.own.execute("BEGIN IMMEDIATE")
        for number in numbers:
            now = time.monotonic_ns() // 1_000
            self.own.execute("INSERT INTO register VALUES (?, ?, ?, ?, ?, ?, ?)",
                             [f"n{begin + number:08}", str(now), "a", "b", "c", "d", "e"])
        self.own.execute("COMMIT")

    def close(self):
        self.own.close()


class Postgres:
    def __init__(self, rows):
        self.rows = rows
        self.folder = tempfile.mkdtemp(prefix="bench-postgres-")  # its user may not be let into ours
        self.server = temporary_postgres.start(self.folder)
        columns = ", ".join(column + " text" for column in COLUMNS)
        values = "".join("\t".join(made_up(1, row)) + "\n" for row in range(rows))
        temporary_postgres.psql(
            self.folder, "postgres", "-c",
            f"CREATE ROLE reader LOGIN; CREATE TABLE register (k text PRIMARY KEY, {columns})", "-c",
            "COPY register FROM STDIN", "-c", "GRANT SELECT ON register TO reader", "-c", "ANALYZE register", input=values)
        self.source = f'kind = "postgres"\nurl = "postgresql://reader@/postgres?host={self.folder}"\ntable = "register"\nkey = "k"\n'

    def read_us(self, seconds):
        """By pgbench over the same socket, with a prepared statement as the adapter has one."""
        script = f"\\set i random(0, {self.rows - 1})\n{SELECT}'k' || lpad((:i)::text, 8, '0');\n"
        return [int(words[2]) for words in pgbench(self.folder, script, seconds, "-M", "prepared")]

    def close(self):
        temporary_postgres.stop(self.server)
        shutil.rmtree(self.folder, ignore_errors=True)
