#!/usr/bin/env python3
"""Broker, owner's adapter and subscriber are killed at moments that a seed chooses, while rows change; nothing is lost.

    tests/events/events.py --bin build/dev/bin [--rounds 20] [--seed N] [--self]

One network of the demo's own verbs: civil affairs owns a small table with an outbox, tax subscribes to it by
`steelyard -o json subscribe`. In each round rows are inserted, changed and deleted while each of the three is killed by
SIGKILL, most of them at a fail point inside a commit, some at any moment; then all are started again, and the
subscriber has to come to what the table holds. Held then, over all that was ever printed:

  - replaying it in order gives the table: nothing is lost;
  - of one (source, id) all that was printed is the same, and what is new has a higher sequence: repeats are repeats;
  - `steelyard log verify` finds nothing.

--self shows that the oracle notices: it takes one line away, then makes one repeat differ.
"""
import argparse
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "deploy", "story"))
from network import make_members  # noqa: E402
from world import Failed, World, verdict  # noqa: E402

PATIENCE = 60.0  # seconds: machines are loaded
POINTS = {
    "broker": ["log-before-commit", "log-put", "log-after-commit", "broker-committed", "broker-before-append"],
    "owner": ["adapter-before-ledger", "adapter-events-before-store", "adapter-events-after-store"],
    "reader": ["subscriber-before-position", "subscriber-after-position"],
}
MAP = """
[dataset]
id = "civil-affairs/person"
[source]
kind = "sqlite"
path = "person.sqlite"
table = "person"
key = "id"
outbox_trim = true
[[field]]
name = "id"
type = "string"
[[field]]
name = "name"
type = "string"
"""
DATASET = """
[dataset]
id = "civil-affairs/person"
duty = "register"
system = "core"
title_zh = "人口"
title_en = "Persons"
update_cycle = "daily"
sharing_class = "conditional"
[[field]]
name = "id"
type = "string"
meaning_zh = "编号"
meaning_en = "number"
identifier = true
[[field]]
name = "name"
type = "string"
meaning_zh = "姓名"
meaning_en = "name"
"""
AGREEMENT = """
[agreement]
id = "tax-person"
user = "tax"
owner = "civil-affairs"
manager = "data-bureau"
dataset = "civil-affairs/person"
fields = ["id", "name"]
actions = ["subscribe"]
purposes = ["relief"]
legal_basis = "law"
user_duty = "collection"
terms_zh = "仅用于核验"
terms_en = "for checking only"
"""


class Process:
    def __init__(self, town, role, command):
        self.town, self.role, self.command = town, role, command
        self.popen, self.starts = None, 0
        self.out = town.world.path(f"{role}.out")
        open(self.out, "wb").close()

    def start(self, point=None):
        self.starts += 1
        env = dict(os.environ)
        if point:
            env["STEELYARD_TEST_FAIL_POINT"] = point
        with open(self.out, "ab") as out:
            out.write(b"\n")  # behind a line that a killed one did not finish
        with open(self.out, "ab") as out, open(self.town.world.path(f"{self.role}.log"), "ab") as log:
            self.popen = subprocess.Popen(self.command, cwd=self.town.world.dir, stdout=out, stderr=log, env=env,
                                          start_new_session=True)
        self.town.world.processes.append((self.role, self.popen))

    def dead(self):
        return self.popen.poll() is not None

    def kill(self):
        if not self.dead():
            self.popen.send_signal(signal.SIGKILL)
        self.popen.wait()

    def text(self):
        with open(self.out, encoding="utf-8", errors="replace") as file:
            return file.read()

    def new_lines(self, at):
        """Whole lines behind `at`, and where they end."""
        with open(self.out, "rb") as file:
            file.seek(at)
            octets = file.read()
        end = octets.rfind(b"\n") + 1
        return octets[:end].decode("utf-8", "replace"), at + end

    def log_tail(self):
        with open(self.town.world.path(f"{self.role}.log"), encoding="utf-8", errors="replace") as file:
            return file.read()[-1500:]


class Table:
    """The owner's table: what it holds, and how it is changed."""

    def __init__(self, path, chance):
        self.path, self.chance, self.next = path, chance, 0
        self.run("CREATE TABLE person (id TEXT PRIMARY KEY, name TEXT)")
        for _ in range(700):  # more than one part of a snapshot
            self.insert()

    def run(self, sql, *values):
        with sqlite3.connect(self.path, timeout=30) as connection:
            connection.execute("PRAGMA synchronous = OFF")  # nobody kills this one
            connection.execute(sql, values)
        connection.close()

    def script(self, sql):
        connection = sqlite3.connect(self.path, timeout=30)
        connection.executescript(sql)
        connection.close()

    def insert(self):
        self.next += 1
        self.run("INSERT INTO person VALUES (?, ?)", f"p-{self.next:05}", f"name {self.chance.getrandbits(30)}")

    def change(self):
        choice = self.chance.random()
        row = f"p-{self.chance.randint(1, self.next):05}"
        if choice < 0.3:
            self.insert()
        elif choice < 0.8:
            self.run("UPDATE person SET name = ? WHERE id = ?", f"name {self.chance.getrandbits(30)}", row)
        else:
            self.run("DELETE FROM person WHERE id = ?", row)

    def rows(self):
        connection = sqlite3.connect(self.path, timeout=30)
        rows = dict(connection.execute("SELECT id, name FROM person"))
        connection.close()
        return rows


def lines_of(text):
    """Whole lines alone: the last of a killed process may be cut."""
    events = []
    for line in text.split("\n"):
        try:
            events.append(json.loads(line))
        except json.JSONDecodeError:
            continue
    return events


class Reader:
    """What an application makes of the lines: the table, by state; and the oracle over them."""

    def __init__(self):
        self.rows, self.seen, self.newest, self.part, self.repeats = {}, {}, {}, None, 0

    def take(self, event):
        key = (event["source"], event["id"])
        if key in self.seen:
            if self.seen[key] != event:
                raise Failed(f"{key} was printed twice and differs")
            self.repeats += 1
            return
        view, sequence = event["id"].split("/")
        if int(sequence) <= self.newest.get(view, 0):
            raise Failed(f"{key} comes behind {self.newest[view]}")
        self.newest[view] = int(sequence)
        self.seen[key] = event
        data = event["data"]
        if event["type"] == "steelyard.snapshot" and data["first"]:
            self.part = {}
        for row in data["rows"]:
            if row["op"] == "put":
                self.rows[row["row"]] = (row["fields"]["id"], row["fields"]["name"])
            else:
                self.rows.pop(row["row"], None)
            if self.part is not None:
                self.part[row["row"]] = True
        if event["type"] == "steelyard.snapshot" and data["last"] and self.part is not None:
            self.rows = {row: value for row, value in self.rows.items() if row in self.part}
            self.part = None

    def table(self):
        return dict(self.rows.values())


def read(text):
    reader = Reader()
    for event in lines_of(text):
        reader.take(event)
    return reader


class Town:
    def __init__(self, binaries, seed):
        self.chance = random.Random(seed)
        self.world = World(binaries, 1)
        self.bin = self.world.bin
        self.oracle, self.read_to = Reader(), 0

    def wait(self, what, done):
        until = time.monotonic() + PATIENCE
        while not done():
            if time.monotonic() > until:
                raise Failed(f"waited {PATIENCE:.0f} s for {what}\n" +
                             "".join(f"--- {p.role}\n{p.log_tail()}\n" for p in self.all))
            time.sleep(0.02)

    def build(self):
        world = self.world
        make_members(world)
        root = ["--home", "data-bureau-office"]
        world.cli("policy", "publish", os.path.join(ROOT, "deploy", "policies", "baseline.cedar"), *root)
        for member, duty in (("civil-affairs", "register"), ("tax", "collection")):
            world.cli("duty", "add", duty, "--member", member, "--name-zh", "职责", "--name-en", duty, "--source-zh",
                      "规定", "--source-en", "mandate", *root)
        world.cli("catalog", "term", "add", "basis", "law", "--title-zh", "法", "--title-en", "law", "--article", "1",
                  *root)
        world.cli("catalog", "term", "add", "purpose", "relief", "--title-zh", "核验", "--title-en", "relief",
                  "--bases", "law", *root)
        world.cli("application", "add", "relief", "--name-zh", "系统", "--name-en", "system", "--home", "tax-office")
        world.write("person.dataset.toml", DATASET)
        world.cli("catalog", "publish", "person.dataset.toml", "--home", "civil-affairs-office", "--also-sign",
                  "data-bureau-office")
        world.write("agreement.toml", AGREEMENT)
        world.cli("agreement", "propose", "agreement.toml", "--home", "tax-office")
        for role, office in (("user", "tax"), ("owner", "civil-affairs"), ("manager", "data-bureau")):
            world.cli("agreement", "approve", "tax-person", "--role", role, "--home", f"{office}-office")
        folder = "civil-affairs-adapter"
        world.write(f"{folder}/person.toml", MAP)
        self.table = Table(world.path(folder, "person.sqlite"), self.chance)
        self.table.script(subprocess.run([f"{self.bin}/steelyard-adapter", "outbox", world.path(folder, "person.toml")],
                                         check=True, capture_output=True, text=True).stdout)
        with open(world.path(folder, "identity.toml"), encoding="utf-8") as file:
            world.write(f"{folder}/adapter.toml", file.read() + 'maps = ["person.toml"]\n')
        world.end("broker")
        self.broker = Process(self, "broker", [f"{self.bin}/steelyard-broker", "--config",
                                               world.path("broker/broker.toml")])
        self.owner = Process(self, "owner", [f"{self.bin}/steelyard-adapter", "--config",
                                             world.path(folder, "adapter.toml")])
        self.reader = Process(self, "reader", [
            f"{self.bin}/steelyard", "-o", "json", "subscribe", "civil-affairs/person", "--fields", "id,name",
            "--purpose", "relief", "--application", "relief", "--home", "tax-adapter"])
        self.all = [self.broker, self.owner, self.reader]

    def start_dead(self):
        for process in self.all:
            if process.popen is None or process.dead():
                process.start()

    def caught_up(self):
        self.start_dead()  # a subscriber that found no broker has ended
        text, self.read_to = self.reader.new_lines(self.read_to)
        for event in lines_of(text):
            self.oracle.take(event)
        return self.oracle.table() == self.table.rows()

    def round(self, number):
        victims = self.chance.sample(self.all, self.chance.randint(1, 3))
        for process in victims:
            process.kill()
            point = None
            if self.chance.random() < 0.7:
                point = f"{self.chance.choice(POINTS[process.role])}:{self.chance.randint(1, 12)}"
            process.start(point)
        for _ in range(self.chance.randint(20, 60)):
            self.table.change()
            time.sleep(self.chance.uniform(0, 0.02))
            for process in self.all:
                if process.dead() and self.chance.random() < 0.2:
                    process.start()
        if self.chance.random() < 0.5:
            self.chance.choice(victims).kill()
        self.wait(f"round {number}: the subscriber to come to what the table holds", self.caught_up)

    def run(self, rounds):
        self.build()
        self.start_dead()
        self.wait("the first snapshot", self.caught_up)
        for number in range(1, rounds + 1):
            self.round(number)
        reader = read(self.reader.text())
        if reader.table() != self.table.rows():
            raise Failed("what was printed does not give the table")
        starts = ", ".join(f"{p.role} {p.starts}" for p in self.all)
        print(f"{rounds} rounds, {len(reader.seen)} events, {reader.repeats} repeats, {self.table.next} rows made; "
              f"starts: {starts}")
        if rounds >= 10 and min(p.starts for p in self.all) < 2:
            raise Failed("one of the three was never killed: nothing was tested")
        for process in self.all:
            process.kill()
        self.world.cli("log", "verify", "broker/store", "--head", "broker/head/checkpoint")

    def self_test(self):
        self.run(2)
        text = self.reader.text()
        events = lines_of(text)
        changes = [i for i, event in enumerate(events) if event["type"] == "steelyard.changes"]
        lost = events[:changes[-1]] + events[changes[-1] + 1:]
        if read("\n".join(json.dumps(event) for event in lost)).table() == self.table.rows():
            raise Failed("the oracle does not notice a line that is lost")
        forged = json.loads(json.dumps(events[changes[0]]))
        forged["time"] = "2000-01-01T00:00:00Z"
        try:
            read("\n".join(json.dumps(event) for event in events + [forged]))
        except Failed:
            return
        raise Failed("the oracle does not notice a repeat that differs")


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--bin", required=True)
    arguments.add_argument("--rounds", type=int, default=20)
    arguments.add_argument("--seed", type=int, default=int(os.environ.get("STEELYARD_TEST_SEED", "0")) or
                           random.SystemRandom().getrandbits(31))
    arguments.add_argument("--self", action="store_true")
    given = arguments.parse_args()
    print(f"STEELYARD_TEST_SEED={given.seed}")

    def suite():
        town = Town(given.bin, given.seed)
        with town.world:
            if given.self:
                town.self_test()
            else:
                town.run(given.rounds)
    return verdict(suite)


if __name__ == "__main__":
    sys.exit(main())
