"""Where rows go: a SQLite database, or a script for PostgreSQL's psql. Both are written beside their place, in batches;
`complete` ends that, and `put` puts them there.

Owns: the unfinished file, which `abandon` removes. Errors: OSError, sqlite3.Error.
"""

import os
import sqlite3

CACHE_KIB = 32_768  # of each database; indices are sorted in it, too
# What must be written otherwise in COPY's text format.
ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


class SqliteRegister:
    def __init__(self, path, tables):
        """`tables` are statements that make tables, without indices: those are quicker made over all rows."""
        self._path = path
        self._fresh = path + ".new"
        if os.path.exists(self._fresh):
            os.remove(self._fresh)
        self._database = sqlite3.connect(self._fresh, isolation_level=None)
        # The file counts for nothing before it is renamed, so a crash while writing may lose it.
        self._database.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; "
                                     f"PRAGMA cache_size=-{CACHE_KIB};" + tables)
        self._database.execute("BEGIN")

    def insert(self, table, rows):
        if rows:
            self._database.executemany(f"INSERT INTO {table} VALUES ({','.join('?' * len(rows[0]))})", rows)

    def complete(self, indices):
        self._database.execute("COMMIT")
        self._database.executescript(indices + "ANALYZE;")
        self._database.close()
        with open(self._fresh, "rb+") as file:
            os.fsync(file.fileno())

    def put(self):
        os.replace(self._fresh, self._path)

    def abandon(self):
        self._database.close()
        if os.path.exists(self._fresh):
            os.remove(self._fresh)


class PostgresScript:
    """`psql -f` of it makes the register in an empty database, all of it or nothing."""

    def __init__(self, path, tables):
        self._path = path
        self._fresh = path + ".new"
        self._file = open(self._fresh, "w", encoding="utf-8")
        self._file.write("\\set ON_ERROR_STOP on\nSET client_encoding = 'UTF8';\nBEGIN;\n" + tables)

    def insert(self, table, rows):
        if not rows:
            return
        self._file.write(f"COPY {table} FROM stdin;\n")
        self._file.writelines("\t".join(map(copy_text, row)) + "\n" for row in rows)
        self._file.write("\\.\n")

    def complete(self, indices):
        self._file.write(indices + "COMMIT;\nANALYZE;\n")
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()

    def put(self):
        os.replace(self._fresh, self._path)

    def abandon(self):
        self._file.close()
        if os.path.exists(self._fresh):
            os.remove(self._fresh)


def copy_text(value):
    """A value in COPY's text format."""
    return "\\N" if value is None else str(value).translate(ESCAPES)
