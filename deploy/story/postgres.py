"""Social security's PostgreSQL: a server of its own in the story's folder, behind a Unix socket, ended with the story."""
import os
import sys

import network
from world import Failed

sys.path.append(os.path.dirname(network.HERE))

import temporary_postgres  # noqa: E402
from temporary_postgres import psql  # noqa: E402

READER = """CREATE ROLE reader LOGIN;
ALTER ROLE reader SET default_transaction_read_only = on;
GRANT SELECT ON metadata, insured, contributions, contribution TO reader;
"""


def start(world):
    """Starts the server and fills it from the register's script; the adapter's role may read and no more."""
    folder = world.path("postgres")
    if os.geteuid() == 0:  # the server is then another user's, who must be let through
        os.chmod(world.dir, 0o711)
    try:
        world.processes.append(("postgres", temporary_postgres.start(folder, "fsync=off", "max_wal_size=1GB")))
        psql(folder, "postgres", "-c", "CREATE DATABASE social_security")
        with open(world.path("registers", "social-security.sql"), "rb") as script:
            psql(folder, "social_security", "-f", "-", stdin=script)
        psql(folder, "social_security", "-c", READER)
    except RuntimeError as why:
        raise Failed(str(why)) from why


def source(world):
    """What the [source] of a map says of it, but for table and key."""
    return f'kind = "postgres"\nurl = "postgresql://reader@/social_security?host={world.path("postgres")}"\n'
