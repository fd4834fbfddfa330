#!/usr/bin/python3
"""The story of deploy/demo: each step shows what was asked, what came back and the receipt, and checks it."""
import argparse
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time

import network
import tamper
from world import Failed, World

ASK = ["query", "civil-affairs/household", "--application", "tax-relief", "--home", "tax-office", "--operator",
       "op-0417", "--case", "2026-00123"]

ONCE_SECONDS_MAX = 120  # what the story may take, registers included
CAPTURE_BUFFER_KIB = 16_384  # all of the loopback is looked at, and others may use it, too
SEARCH_BYTES = 8 << 20  # of a file at once


class Story:
    def __init__(self, world):
        self.world = world
        self.capture = self.tcpdump = None
        self.seen = set()  # values of answers, to look for where they must not be

    # Telling and checking.

    def title(self, text):
        print(f"\n\033[1m{text}\033[0m" if sys.stdout.isatty() else f"\n{text}")

    def ask(self, *more, expect=0, base=None):
        """Asks, shows, and returns what `steelyard -o json query` says (docs/cli.md, Query)."""
        arguments = ["-o", "json", *(base or ASK), *more]
        print("  asked:    steelyard " + " ".join(a if re.fullmatch(r"[\w./,=:-]+", a) else repr(a)
                                                  for a in arguments))
        out, _ = self.world.cli(*arguments, expect=expect)
        said = json.loads(out)
        for row in said["rows"][:3]:
            print("  answered: " + json.dumps(row, ensure_ascii=False))
        if said["status"]:
            print(f"            status {said['status']}, {len(said['rows'])} rows, as of {said['as_of'] or 'unknown'}")
        if said["outcome"] == "answered" and said["withheld"]:
            print("            withheld: " + ", ".join(said["withheld"]))
        if said["error"]:
            error = said["error"]
            print(f"  {said['outcome']}: {error['what']} ({error['slug']}, {error['code']}), "
                  + ("may be tried again" if error["retry"] else "not to be tried again"))
            print(f"            {error['zh']}")
        entries = [str(said[entry]) for entry in ("request_entry", "closing_entry") if said[entry] is not None]
        proved = {True: ", proved against the log's checkpoint", False: ", not proved yet", None: ""}[said["proved"]]
        print(f"  receipt:  {said['receipt']}, "
              f"{'entry' if len(entries) == 1 else 'entries'} {' and '.join(entries)}{proved}")
        return said

    def refused(self, slug, *more, expect=3, base=None):
        """Asks for what must be answered with this no, and recorded."""
        said = self.ask(*more, expect=expect, base=base)
        self.need(said["error"]["slug"] == slug, f"not `{slug}`")
        self.need(said["receipt"] and said["closing_entry"], "a no without a receipt")
        self.need(not said["rows"], "a no with rows")
        return said

    def need(self, condition, what):
        if not condition:
            raise Failed(what)

    # Setting.

    def begin(self, residents):
        self.title("Setting: two registers, a root manager, two members, a broker, two adapters")
        started = time.monotonic()
        network.make_registers(self.world, seed=1, residents=residents)
        print(f"  registers of {residents:,} residents made in {time.monotonic() - started:.1f} s")
        self.start_capture()
        network.make_members(self.world)
        network.start_adapters(self.world)
        network.make_catalogue(self.world)
        network.make_agreement(self.world)
        out, _ = self.world.cli("agreement", "list", "--home", "tax-office")
        print("  " + out.strip().replace("\n", "\n  "))
        self.need("active" in out, "the agreement is not active")
        # In the capture it will show that traffic of every port is there.
        self.world.cli("status", "--operators", self.world.pages("broker"))
        print("  proposed by the user, approved by user, owner and manager, each with an office key that no adapter holds")

    def start_capture(self):
        file = self.world.path("loopback.pcap")
        command = ["tcpdump", "-i", "lo", "-s", "0", "-B", str(CAPTURE_BUFFER_KIB), "-w", "-"]
        if os.geteuid() != 0:
            command = ["sudo", "-n", *command]
        with open(file, "wb") as capture:  # by us, so that it is ours whoever tcpdump runs as
            process = subprocess.Popen(command, stdout=capture, stderr=subprocess.PIPE, start_new_session=True)
        self.world.processes.append(("tcpdump", process))
        self.tcpdump = process
        line = process.stderr.readline().decode("utf-8", "replace")
        while line and "listening" not in line:
            line = process.stderr.readline().decode("utf-8", "replace")
        self.need("listening" in line, "tcpdump does not listen on the loopback interface")
        self.capture = file

    def database(self):
        return os.path.join(self.world.path("civil-affairs-adapter"), "civil-affairs.sqlite")

    def residents(self, count):
        with sqlite3.connect(self.database()) as database:
            return [row[0] for row in database.execute(
                "SELECT id_number FROM residents WHERE id_number <> '' ORDER BY id_number LIMIT ? OFFSET 1000", (count,))]

    # The seven steps.

    def step1(self):
        self.title("1. Asked for four fields; three are granted, one is withheld and named")
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
        said = self.ask("--fields", "id_number,name,address,household_id", "--where",
                        "id_number in " + ",".join(people), "--purpose", "tax-relief")
        for row in said["rows"]:
            self.seen.update(str(row[field]) for field in ("id_number", "address", "household_id") if row.get(field))
        self.need(len(self.seen) >= 20, "fewer than twenty values to look for")
        self.world.cli("receipt", "export", self.receipt, "--out", "first.receipt", "--home", "tax-office")
        out, _ = self.world.cli("receipt", "verify", "first.receipt", "--network", "broker/network.json")
        print("  receipt:  " + out.strip().split("\n")[0])

    def step2(self):
        self.title("2. A value changes in the owner's database; the next answer shows it")
        new = "演示路 42 号"
        with sqlite3.connect(self.database()) as database:
            table = "households"
            columns = [c[1] for c in database.execute(f"PRAGMA table_info({table})")]
            if "address" in columns:
                household = database.execute("SELECT household_id FROM household WHERE id_number = ?",
                                             (self.person,)).fetchone()[0]
                id_column = "household_id" if "household_id" in columns else columns[0]
                changed = database.execute(f"UPDATE {table} SET address = ? WHERE {id_column} = ?",
                                           (new, household)).rowcount
            else:
                changed = database.execute("UPDATE residents SET address = ? WHERE id_number = ?",
                                           (new, self.person)).rowcount
            self.need(changed >= 1, "no row was changed")
        said = self.ask("--fields", "address", "--where", f"id_number={self.person}", "--purpose", "tax-relief")
        self.need([row["address"] for row in said["rows"]] == [new], "the answer does not show the new value")

    def step3(self):
        self.title("3. Three refusals: for the purpose, for want of an agreement, for a condition on a field not granted")
        where = ["--where", f"id_number={self.person}"]
        self.refused("purpose-not-agreed", "--fields", "name", *where, "--purpose", "statistics")
        other = ["query", "tax/income", "--application", "welfare", "--home", "civil-affairs-office"]
        self.refused("no-agreement", "--fields", "income", *where, "--purpose", "tax-relief", base=other)
        self.refused("condition-not-granted", "--fields", "name", "--where", "phone=14000000000", "--purpose",
                     "tax-relief")

    def step4(self):
        self.title("4. The owner's database is away; and back")
        away = self.database() + ".away"
        os.rename(self.database(), away)
        ask = ["--fields", "name", "--where", f"id_number={self.person}", "--purpose", "tax-relief"]
        said = self.refused("owner-unavailable", *ask, expect=5)
        self.need(said["error"]["retry"], "nobody is told to try again")
        os.rename(away, self.database())
        self.need(len(self.ask(*ask)["rows"]) == 1, "not back")

    def step5(self):
        self.title("5. The owner suspends; the same request is refused within a second; the owner resumes")
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

    def step6(self):
        self.title("6. One exchange, traced from its agreement to its hand-over")
        out, _ = self.world.cli("trace", self.receipt, "--broker-store", "broker/store", "--index", "broker/index")
        print("  " + out.strip().replace("\n", "\n  "))
        for word in ("tax-household-2026", "request, granted", "answer", "hand-over"):
            self.need(word in out, f"the trace does not show `{word}`")

    def verify(self, store, head, *more, expect):
        out, err = self.world.cli("log", "verify", store, "--head", head, *more, expect=expect)
        return out + err

    def step7(self):
        self.title("7. The whole log verified; then five tampered copies, each caught and named")
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

    def secrecy(self):
        self.title("Loopback traffic and the broker's store, searched for values from the answers")
        values = [value.encode() for value in sorted(self.seen)[:40]]
        self.world.end("tcpdump")  # so that all that it saw is written
        seen_by_it = self.tcpdump.stderr.read().decode("utf-8", "replace")
        print("  tcpdump: " + ", ".join(re.findall(r"\d+ packets (?:captured|dropped by kernel)", seen_by_it)))
        places = {
            "loopback traffic": [self.capture],
            "broker's folder": [os.path.join(folder, name) for folder, _, names in os.walk(self.world.path("broker"))
                                for name in names],
        }
        # What must be there shows that the search could have found something: the greeting of a connection with the
        # broker and, of another port, the status that the broker showed; the agreement in the log.
        controls = {"loopback traffic": [b"CURVE", b'"origin": "log.demo.example"'],
                    "broker's folder": [b"tax-household-2026"]}
        for place, files in places.items():
            found, octets = search(files, values + controls[place])
            missing = [control for control in controls[place] if control not in found]
            self.need(not missing, f"the search of {place} does not find {missing}, which is there")
            seen = [value for value in values if value in found]
            self.need(not seen, f"{len(seen)} values of answers found in {place}")
            print(f"  {place}: {octets:,} octets, none of {len(values)} values found")


def search(files, needles):
    """Which needles stand in the files, and how many octets were looked through. Holes cost nothing: a sparse store is
    as large as what it holds."""
    found, octets = set(), 0
    overlap = max(len(needle) for needle in needles) - 1
    for path in files:
        for start, end in extents(path):
            with open(path, "rb") as file:
                file.seek(start)
                before = b""
                while start < end:
                    piece = file.read(min(SEARCH_BYTES, end - start))
                    if not piece:
                        break
                    start += len(piece)
                    octets += len(piece)
                    data = before + piece
                    found.update(needle for needle in needles if needle not in found and needle in data)
                    before = data[-overlap:]
    return found, octets


def extents(path):
    """(start, end) of each part of a file that is no hole."""
    with open(path, "rb") as file:
        size, at = os.fstat(file.fileno()).st_size, 0
        while at < size:
            try:
                start = os.lseek(file.fileno(), at, os.SEEK_DATA)
            except OSError:  # holes alone
                return
            at = os.lseek(file.fileno(), start, os.SEEK_HOLE)
            yield start, at


def stay_up(world):
    pages = {name: world.pages(name) for name in ("broker", "civil-affairs-adapter", "tax-adapter")}
    print(f"\nbroker                 tcp://127.0.0.1:{world.port}")
    for name, address in pages.items():
        print(f"{name:<22} http://{address}/metrics  (also /status, /healthz, /readyz)")
    print(f"folder                 {world.dir}\n"
          f"try                    {world.bin}/steelyard agreement list --home {world.path('tax-office')}\n"
          f"                       {world.bin}/steelyard status --operators {pages['broker']}\n"
          "Ctrl-C ends everything", flush=True)
    signal.pause()


def tell(world, options):
    """The story, then everything stays up; the exit code."""
    started = time.monotonic()
    told = False
    try:
        story = Story(world)
        story.begin(options.residents)
        for step in (story.step1, story.step2, story.step3, story.step4, story.step5, story.step6, story.step7,
                     story.secrecy):
            step()
        took = time.monotonic() - started
        if options.once and took > ONCE_SECONDS_MAX:
            raise Failed(f"every step showed what it had to, but it took longer than {ONCE_SECONDS_MAX} s")
        print(f"\nevery step showed what it had to, in {took:.0f} s", flush=True)
        told = True
        if not options.once:
            stay_up(world)
        return 0
    except (Failed, OSError, subprocess.SubprocessError) as failure:
        print(f"\nFAILED after {time.monotonic() - started:.0f} s: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        if told:
            return 0
        print(f"\ninterrupted after {time.monotonic() - started:.0f} s, before the end of the story", file=sys.stderr)
        return 130


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True, help="folder of the programs")
    parser.add_argument("--once", action="store_true",
                        help=f"end after the story; it fails if it took longer than {ONCE_SECONDS_MAX} s")
    parser.add_argument("--residents", type=int, default=100_000)
    parser.add_argument("--suite", type=int, default=1, help="cryptographic suite of the network (docs/formats/keys.md)")
    parser.add_argument("--keep", action="store_true", help="keep the folder")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    world = World(options.bin, options.suite)
    try:
        return tell(world, options)
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):  # whoever is impatient must not leave something running
            signal.signal(number, signal.SIG_IGN)
        world.stop(keep_files=options.keep)


if __name__ == "__main__":
    sys.exit(main())
