#!/usr/bin/env python3
"""Runs a PostgreSQL server in a folder of its own, for demos, tests and measurements: nobody else's data comes near it.

    deploy/temporary_postgres.py FOLDER [SETTING=VALUE ...]
    temporary_postgres.start(folder, *settings)                 from Python: returns once it answers

Becomes the server, reached through a Unix socket in FOLDER alone (`host=FOLDER`), by its superuser `owner`; it ends at
SIGINT or with the process that started it. What FOLDER holds already is used again. The server refuses to run as root:
started by root it runs as the user `postgres`, or `nobody`, who then owns FOLDER."""

import ctypes
import glob
import os
import pwd
import signal
import subprocess
import sys
import time

READY_WITHIN_S = 60


def programs():
    folders = glob.glob("/usr/lib/postgresql/*/bin/postgres")
    if not folders:
        sys.exit("temporary_postgres.py: no PostgreSQL: run deploy/packages demo")
    return os.path.dirname(max(folders, key=lambda path: int(path.split("/")[4])))


def unprivileged(folder):
    """The words before a command that run it as somebody who may run a server."""
    if os.getuid() != 0:
        return []
    names = {user.pw_name: user for user in pwd.getpwall()}
    user = names.get("postgres") or names["nobody"]
    for path, _, files in os.walk(folder):
        for name in [path] + [os.path.join(path, name) for name in files]:
            os.chown(name, user.pw_uid, user.pw_gid, follow_symlinks=False)
    return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups", "--no-new-privs"]


def start(folder, *settings):
    """The server's process, once it answers; stop() ends it. What it says is kept in FOLDER/log."""
    os.makedirs(folder, mode=0o700, exist_ok=True)
    log = os.path.join(folder, "log")
    with open(log, "wb") as out:
        process = subprocess.Popen([sys.executable, os.path.abspath(__file__), folder, *settings], stdin=subprocess.DEVNULL,
                                   stdout=out, stderr=out, start_new_session=True)
    try:
        until = time.monotonic() + READY_WITHIN_S
        while not answers(folder):
            if process.poll() is not None or time.monotonic() > until:
                with open(log, encoding="utf-8", errors="replace") as file:
                    raise RuntimeError(f"postgres did not come up: {file.read()[-2000:]}")
            time.sleep(0.1)
    except BaseException:
        stop(process)
        raise
    return process


def stop(process):
    process.send_signal(signal.SIGINT)
    process.wait()


def answers(folder):
    return subprocess.run([f"{programs()}/pg_isready", "-q", "-h", folder, "-U", "owner", "-d", "postgres"], check=False,
                          stdin=subprocess.DEVNULL).returncode == 0


def psql(folder, database, *what, **how):
    """Runs statements, files or what `input` holds as the server's owner: `-c`, `-f` as psql has them."""
    done = subprocess.run([f"{programs()}/psql", "-h", folder, "-U", "owner", "-d", database, "-v", "ON_ERROR_STOP=1", "-qX",
                           *what], capture_output=True, text=True, check=False, **how)
    if done.returncode != 0:
        raise RuntimeError(f"psql: {done.stderr.strip()[-500:]}")


def main():
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    pr_set_pdeathsig = 1  # until setpriv says the same: making the files takes seconds, and who wanted them may be gone by then
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGINT)
    folder = os.path.abspath(sys.argv[1])
    os.makedirs(folder, mode=0o700, exist_ok=True)
    data = os.path.join(folder, "data")
    before = unprivileged(folder)
    os.chdir("/")  # the other user may not be let into this one
    if not os.path.exists(os.path.join(data, "PG_VERSION")):
        made = subprocess.run([*before, f"{programs()}/initdb", "--pgdata", data, "--username=owner", "--auth=trust",
                               "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions"],
                              capture_output=True, text=True)
        if made.returncode != 0:
            sys.exit(f"temporary_postgres.py: initdb: {made.stderr.strip()}")
    settings = ["listen_addresses=", f"unix_socket_directories={folder}", "unix_socket_permissions=0700",
                "log_min_messages=fatal", "logging_collector=off", *sys.argv[2:]]
    command = [*(before or ["setpriv"]), "--pdeathsig=INT", f"{programs()}/postgres", "-D", data]
    for setting in settings:
        command += ["-c", setting]
    os.execvp("setpriv", command)


if __name__ == "__main__":
    main()
