"""Social security's PostgreSQL: a server of its own in the story's folder, behind a Unix socket, ended with the story."""
import os
import subprocess
import time

import network
from world import Failed

READER = """CREATE ROLE reader LOGIN;
ALTER ROLE reader SET default_transaction_read_only = on;
GRANT SELECT ON metadata, insured, contributions, contribution TO reader;
"""
READY_WITHIN = 30


def start(world):
    """Starts the server and fills it from the register's script; the adapter's role may read and no more."""
    folder = world.path("postgres")
    if os.geteuid() == 0:  # the server is then another user's, who must be let through
        os.chmod(world.dir, 0o711)
    log = open(world.path("postgres.log"), "wb")
    command = ["/usr/bin/python3", os.path.join(os.path.dirname(network.HERE), "temporary_postgres.py"), folder,
               "fsync=off", "max_wal_size=1GB"]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
    log.close()
    world.processes.append(("postgres", process))
    until = time.monotonic() + READY_WITHIN
    while not answers(folder):
        if process.poll() is not None or time.monotonic() > until:
            with open(world.path("postgres.log"), encoding="utf-8", errors="replace") as file:
                raise Failed(f"postgres did not come up: {file.read()[-2000:]}")
        time.sleep(0.1)
    sql(folder, "postgres", "CREATE DATABASE social_security")
    with open(world.path("registers", "social-security.sql"), "rb") as script:
        psql(folder, "social_security", ["-f", "-"], stdin=script)
    sql(folder, "social_security", READER)


def source(world):
    """What the [source] of a map says of it, but for table and key."""
    return f'kind = "postgres"\nurl = "postgresql://reader@/social_security?host={world.path("postgres")}"\n'


def answers(folder):
    return subprocess.run(["psql", "-h", folder, "-U", "owner", "-d", "postgres", "-qc", "SELECT 1"], stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode == 0


def sql(folder, database, text):
    psql(folder, database, ["-c", text])


def psql(folder, database, what, stdin=subprocess.DEVNULL):
    done = subprocess.run(["psql", "-h", folder, "-U", "owner", "-d", database, "-v", "ON_ERROR_STOP=1", "-qX", *what],
                          stdin=stdin, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Failed(f"psql: {done.stderr.strip()[-500:]}")
