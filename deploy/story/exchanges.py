"""The steps about exchanges: fields, fresh values, refusals, an owner that is away or stops; the trace and the log."""
import contextlib
import os
import shutil
import sqlite3
import time

import tamper
from telling import Telling


class Exchanges(Telling):
    """`person` is somebody of the household register; `seen` are values of answers."""

    def __init__(self, world):
        super().__init__(world)
        self.person = self.receipt = None
        self.seen = set()

    def database(self):
        return os.path.join(self.world.path("civil-affairs-adapter"), "civil-affairs.sqlite")

    def residents(self, count):
        return [number for (number,) in self.rows("civil-affairs", "SELECT id_number FROM residents ORDER BY id_number "
                                                                   "LIMIT ? OFFSET 1000", count)]

    def rows(self, register, query, *values):
        """From a register as it was made: the story knows the city that it asks about."""
        with contextlib.closing(sqlite3.connect(self.world.path("registers", f"{register}.sqlite"))) as database:
            return database.execute(query, values).fetchall()

    def four_fields(self):
        self.step("Asked for four fields; three are granted, one is withheld and named")
        people = self.residents(25)
        self.person = people[0]
        said = self.ask("--fields", "name,address,household_size,phone", "--where", f"id_number={self.person}",
                        "--purpose", "tax-relief")
        self.need([set(row) for row in said["rows"]] == [{"name", "address", "household_size"}],
                  "not the granted fields")
        self.need(said["withheld"] == ["phone"], "`phone` is not named as withheld")
        self.need(said["status"] == "complete" and said["as_of"], "no status or as-of")
        self.need(said["proved"], "the receipt is not proved")
        self.receipt = said["receipt"]
        self.world.cli("receipt", "export", self.receipt, "--out", "first.receipt", "--home", "tax-office")
        _, said = self.world.cli("receipt", "verify", "first.receipt", "--network", "broker/network.json")
        self.need(said.startswith("holds: "), "nobody is told that the receipt holds")
        print("  offline:  its receipt " + said.strip().split("\n")[0])
        said = self.ask("--fields", "id_number,name,address,household_id", "--where",
                        "id_number in " + ",".join(people), "--purpose", "tax-relief")
        for row in said["rows"]:
            self.seen.update(str(row[field]) for field in ("id_number", "address", "household_id") if row.get(field))
        self.need(len(self.seen) >= 20, "fewer than twenty values to look for")

    def fresh_value(self):
        self.step("A value changes in the owner's database; the next answer shows it")
        new = "演示路 42 号"
        with sqlite3.connect(self.database()) as database:
            changed = database.execute("UPDATE households SET address = ? WHERE household_id = (SELECT household_id "
                                       "FROM residents WHERE id_number = ?)", (new, self.person)).rowcount
        self.need(changed == 1, "no row was changed")
        said = self.ask("--fields", "address", "--where", f"id_number={self.person}", "--purpose", "tax-relief")
        self.need([row["address"] for row in said["rows"]] == [new], "the answer does not show the new value")

    def refusals(self):
        self.step("Three refusals: for the purpose, for want of an agreement, for a condition on a field not granted")
        where = ["--where", f"id_number={self.person}"]
        self.refused("purpose-not-agreed", "--fields", "name", *where, "--purpose", "statistics")
        other = ["query", "tax/income", "--application", "welfare", "--home", "civil-affairs-office"]
        self.refused("no-agreement", "--fields", "income", *where, "--purpose", "tax-relief", base=other)
        self.refused("condition-not-granted", "--fields", "name", "--where", "phone=14000000000", "--purpose",
                     "tax-relief")

    def owner_away(self):
        self.step("The owner's database is away; and back")
        away = self.database() + ".away"
        os.rename(self.database(), away)
        ask = ["--fields", "name", "--where", f"id_number={self.person}", "--purpose", "tax-relief"]
        said = self.refused("owner-unavailable", *ask, expect=5)
        self.need(said["error"]["retry"], "nobody is told to try again")
        os.rename(away, self.database())
        self.need(len(self.ask(*ask)["rows"]) == 1, "not back")

    def suspension(self):
        self.step("The owner suspends; the same request is refused within a second; the owner resumes")
        change = ["tax-household-2026", "--reason", "data-incident", "--home", "civil-affairs-office", "--adapter",
                  "civil-affairs-adapter"]
        ask = ["--fields", "name", "--where", f"id_number={self.person}", "--purpose", "tax-relief"]
        self.world.cli("agreement", "suspend", *change)
        suspended = time.monotonic()
        self.refused("agreement-suspended", *ask, "--no-wait-receipt")
        took = time.monotonic() - suspended
        self.need(took < 1.0, f"refused only after {took:.2f} s")
        print(f"  refused {took:.2f} s after the suspension was recorded")
        self.world.cli("agreement", "resume", *change)
        self.need(len(self.ask(*ask)["rows"]) == 1, "not resumed")

    def trace(self):
        self.step("One exchange, traced from its agreement to its hand-over")
        out, _ = self.world.cli("trace", self.receipt, "--broker-store", "broker/store", "--index", "broker/index")
        print("  " + out.strip().replace("\n", "\n  "))
        for word in ("tax-household-2026", "request, granted", "decided_by agreement:tax-household-2026 of entry", "answer",
                     "hand-over"):
            self.need(word in out, f"the trace does not show `{word}`")

    def verify(self, store, head, *more, expect):
        out, err = self.world.cli("log", "verify", store, "--head", head, *more, expect=expect)
        return out + err

    def log_verified(self):
        self.step("The whole log verified; then five tampered copies, each caught and named")
        head = "broker/head/checkpoint"
        early = self.world.path("early")  # an older copy, as a backup holds it
        tamper.copy_store(self.world.path("broker/store"), early)
        self.ask("--fields", "name", "--where", f"id_number={self.person}", "--purpose", "tax-relief")
        time.sleep(1.2)  # the next checkpoint
        out = self.verify("broker/store", head, expect=0)
        print("  " + out.strip().split("\n")[0])
        self.need(out.startswith("whole"), "the log is not whole")
        kept = self.world.path("kept-head")
        shutil.copy(self.world.path(head), kept)

        size = tamper.size_of(early)
        tricks = [
            ("a bit in a body", "entry-body-changed", lambda p: tamper.flip_bit_in_body(p, size - 3)),
            ("two entries swapped", "entries-out-of-order", lambda p: tamper.swap_entries(p, size - 4, size - 3)),
            ("the tail removed", "tail-missing", lambda p: tamper.remove_tail(p, 2)),
            ("the tree recomputed without the log's key", "tree-not-signed",
             lambda p: tamper.recompute_tree(p, size - 3, tamper.HASHES[self.world.suite])),
        ]
        for what, slug, trick in tricks:
            copy = self.world.path("copy-" + slug)
            tamper.copy_store(self.world.path("broker/store"), copy)
            trick(copy)
            self.caught(what, slug, self.verify(copy, kept, expect=7))
        self.caught("an older copy restored", "older-copy", self.verify(early, kept, expect=7))

    def caught(self, what, slug, out):
        lines = out.strip().split("\n")
        print(f"  {what}: " + next((line for line in lines if slug in line), lines[0]))
        self.need(slug in out, f"{what} was not named `{slug}`:\n{out}")
