#!/usr/bin/python3
"""Plays every row of cases.toml against a live broker, and holds each to its class, its metric and its neighbours.

    tests/hostile/hostile.py --bin build/dev/bin          every row, in its short form
    --long              5,000 idle connections and the like in full (also where STEELYARD_TEST_LONG=1)
    --only REGEX        rows whose name matches
    --self              falsifies what some rows expect, and must notice each
    --keep              leaves the files

A world: a root manager, a neighbour (m000), an attacker (m001), a bystander (m002), an honest owner with its adapter
(m003), an owner that attacks play themselves (m004). The neighbour asks the honest owner every few milliseconds from
beginning to end; what it asked while a case was played is compared with what it asked when nothing was.
"""
import argparse
import concurrent.futures
import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
import tomllib

from place import HERE, ROOT, Failed, Place, now_us, p99_ms, value, verdict
import drive

EVERY_MS = 4           # between two questions of the neighbour: 250 a second
WINDOW_MIN = 0.4       # seconds of neighbours' questions for each case: 100 of them
BASELINE = 4.0         # seconds without any case
CALM_MS = 40           # a neighbour's p99 above this on any machine of two cores: others work there
COUNTED_WITHIN = 4.0   # a handshake that ends is counted up to three seconds later
TRIES = 3              # a machine shared with others has its moments; what a case does to neighbours it does each time
CLASSES = ("dropped", "rejected", "refused", "exit", "served")
ALARM = "alarm "         # a metric that is the alarm of whoever the broker cannot see
SERVED = {"welcomed", "answered", "recorded", "granted", "served"}
FAMILIES = ("transport", "credentials", "messages", "flips", "signatures", "replay", "answers", "catalogue", "files")


class Neighbour:
    """The process that asks, and all its questions: (asked at, took, how it ended), in microseconds."""

    def __init__(self, place):
        self.process = subprocess.Popen(
            [place.binary("steelyard-hostile"), "--world", place.world.dir, "neighbour", str(EVERY_MS)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)
        place.world.processes.append(("neighbour", self.process))
        self.lock = threading.Lock()
        self.lines = []
        self.oldest = 0  # nothing that was asked before is open
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        for line in self.process.stdout:
            asked, took, oldest, how = line.rstrip("\n").split(" ", 3)
            with self.lock:
                self.lines.append((int(asked), int(took), how))
                self.oldest = int(oldest)

    def between(self, begin, end, patience=25.0):
        """What was asked in that time, once all of it is known: no question lives longer than 20 s."""
        until = time.monotonic() + patience
        while time.monotonic() < until:
            with self.lock:
                known = self.oldest > end
            if known:
                break
            if self.process.poll() is not None:
                raise Failed(f"the neighbour ended with {self.process.returncode}: {self.process.stderr.read()}")
            time.sleep(0.01)
        with self.lock:
            lines = []
            for line in reversed(self.lines):  # in order of their ends: no question lives longer than 20 s
                if line[0] < begin - 30_000_000:
                    break
                if begin <= line[0] <= end:
                    lines.append(line)
        return lines

    def answered(self):
        with self.lock:
            return any(line[2] == "ok" for line in self.lines)


def p99(lines):
    return p99_ms(line[1] for line in lines if line[2] == "ok")


class Run:
    def __init__(self, arguments, bound):
        self.bin, self.long, self.bound = arguments.bin, arguments.long, bound
        self.place = Place(arguments.bin)
        self.place.start()
        world = self.place.world
        world.cli("bench", "prepare", "--root-office", "office", "--baseline",
                  os.path.join(ROOT, "deploy", "policies", "baseline.cedar"), "--out", "city", "--members", "5",
                  "--consumers", "3", "--first-owner", "3", "--datasets", "1", "--agreements", "6", "--rows", "50",
                  timeout=120)
        with open(self.place.path("adapter.log"), "wb") as log:
            self.adapter = subprocess.Popen(
                [self.place.binary("steelyard-adapter"), "--config", self.place.path("city", "m003", "adapter.toml")],
                stdout=subprocess.DEVNULL, stderr=log, start_new_session=True)
        world.processes.append(("adapter", self.adapter))
        self.neighbour = Neighbour(self.place)
        self.place.wait("the neighbour to be answered", self.neighbour.answered)
        time.sleep(1.0)
        # The calmest of a few: a machine that is busy at the start must not excuse everything after it.
        self.baseline = self.measure_baseline()
        for _ in range(TRIES - 1):
            if self.baseline > CALM_MS:
                self.baseline = min(self.baseline, self.measure_baseline())

    def measure_baseline(self, seconds=BASELINE):
        begin = now_us()
        time.sleep(seconds)
        end = now_us()
        lines = self.neighbour.between(begin, end)
        wrong = [line for line in lines if line[2] != "ok"]
        if wrong or len(lines) < 100:
            raise Failed(f"the neighbour is not well before anything is done: {len(lines)} questions, {wrong[:3]}")
        step = 1_000_000  # the median of a second's, so that one bad moment does not excuse every case after it
        each = sorted(p99([line for line in lines if at <= line[0] < at + step])
                      for at in range(begin, end - step + 1, step))
        return each[len(each) // 2]

    def p99_max(self, baseline):
        return max(baseline * self.bound["p99_factor"], baseline + self.bound["p99_floor_ms"])

    # One row.

    def play(self, row):
        """What was seen, and by how much its metric rose."""
        name = row["name"]
        if name in drive.DRIVEN:
            return drive.DRIVEN[name](self)
        self.place.wait("the last attacker's sessions to end", lambda: self.attackers_left() == 0)
        if row["metric"].startswith(ALARM):
            seen = self.place.attack(name, self.long)
            seen["rise"] = seen["alarms"].get(row["metric"].removeprefix(ALARM), 0)
            return seen
        before = value(self.place.metrics(), row["metric"])
        with drive.AROUND[name](self) if name in drive.AROUND else contextlib.nullcontext():
            seen = self.place.attack(name, self.long)
        wanted = seen["done"] if row.get("rise") == "each" else row.get("rise", row.get("rise_min", 0))
        until = time.monotonic() + COUNTED_WITHIN
        while True:
            seen["rise"] = value(self.place.metrics(), row["metric"]) - before
            if seen["rise"] >= wanted or time.monotonic() > until:
                break
            time.sleep(0.05)
        if "rise_min" not in row:  # nothing more comes after it
            time.sleep(0.05)
            seen["rise"] = value(self.place.metrics(), row["metric"]) - before
        return seen

    def attackers_left(self):
        page = self.place.metrics()
        return sum(value(page, f'steelyard_member_sessions{{member="{name}"}}') for name in ("m001", "m002", "m004"))

    def watch(self, row):
        """Plays it while neighbours ask: (seen, their p99, what they were told but answers)."""
        begin = now_us()
        try:
            seen = self.play(row)
        except (Failed, OSError, LookupError, ValueError, subprocess.SubprocessError) as why:
            seen = {"failed": f"{type(why).__name__}: {why}"}
        time.sleep(max(0.0, WINDOW_MIN - (now_us() - begin) / 1e6))
        end = now_us()
        if str(seen.get("note", "")).isdigit():
            begin = int(seen["note"])  # an attack that had to get ready first says when it began
        lines = self.neighbour.between(begin, end)
        return seen, p99(lines), sorted({line[2] for line in lines if line[2] != "ok"}), len(lines)

    def check(self, row):
        """(what is wrong, the line of the table)."""
        baseline = self.baseline
        for attempt in range(TRIES):
            seen, ninety_nine, told, asked = self.watch(row)
            wrong = judge(row, seen)
            hurt = [] if "neighbours" in row else self.judge_neighbours(baseline, ninety_nine, told, asked)
            if wrong or not hurt:
                break
            # As the machine is now, for this row alone: whoever else works on it slows down neighbours that nobody
            # attacks, too.
            with contextlib.suppress(Failed):  # where it is not well alone either, the next try shows it
                baseline = self.measure_baseline(BASELINE / 2)
        for name, process in self.place.world.processes:
            if process in (self.place.broker, self.adapter) and process.poll() is not None:
                raise Failed(f"{row['name']}: the {name} ended with {process.returncode}: {self.place.log_tail()}")
        ratio = ninety_nine / baseline
        note = f" ({row['neighbours']})" if "neighbours" in row else f" try {attempt + 1}" if attempt else ""
        line = f"  {row['name']:30}{row['class']:10}{told_text(seen):44}{rise_text(row, seen):>12}" \
               f"{ninety_nine:9.1f} ms{ratio:7.2f}{note}"
        return wrong + hurt, line

    def judge_neighbours(self, baseline, ninety_nine, told, asked):
        wrong = []
        most = self.p99_max(baseline)
        if ninety_nine > most:
            wrong.append(f"neighbours waited: p99 {ninety_nine:.1f} ms, at most {most:.1f} "
                         f"({baseline:.1f} without)")
        if told:
            wrong.append(f"neighbours were told {', '.join(told)}")
        if asked < WINDOW_MIN * 1000 / EVERY_MS * 0.8:
            wrong.append(f"neighbours could ask {asked} times only")
        return wrong

    def stop(self, keep):
        if self.neighbour.process.poll() is None:
            self.neighbour.process.send_signal(signal.SIGTERM)
        self.place.remove(keep)


def told_text(seen):
    if "failed" in seen:
        return "could not be played"
    if "exits" in seen:
        codes = sorted({str(code) for _, code in seen["exits"]})
        return f"{len(seen['exits'])} times: {', '.join(codes)}"
    told = ", ".join(f"{what} {times}" for what, times in seen["told"].items()) or "nothing"
    told += f"; {seen['closed']} closed" if seen["closed"] else ""
    return told if len(told) < 43 else told[:39] + "..."


def rise_text(row, seen):
    if "exits" in seen:
        return "exit code"
    return f"+{seen['rise']:g}" if "rise" in seen else "-"


def judge(row, seen):
    """What of the row does not fit what was seen."""
    if "failed" in seen:
        return [seen["failed"]]
    if row["class"] == "exit" or "exits" in seen:
        if row["class"] != "exit" or "exits" not in seen:
            return [f"seen {told_text(seen)}"]
        codes = row.get("also", [row["why"]])
        return [f"{what}: ended with {code}, not {row['why']}" for what, code in seen["exits"] if code not in codes]
    told = set(seen["told"])
    expected = {f"{row['class']} {row['why']}"} if "why" in row else SERVED if row["class"] == "served" else set()
    also = row.get("also", [])
    wrong = []
    if expected and not told & expected:
        wrong.append(f"nothing was {' or '.join(sorted(expected))}: told {seen['told'] or 'nothing'}")
    for what in sorted(told - expected):
        if not any(what == one or what.startswith(one + " ") for one in also):
            wrong.append(f"told {what!r} {seen['told'][what]} times")
    if row.get("closed", False) and seen["closed"] < 1:
        wrong.append("the connection was left open")
    if row.get("closed", False) and row["class"] == "dropped" and seen["closed"] < seen["done"]:
        wrong.append(f"{seen['closed']} of {seen['done']} connections were closed")
    if not row.get("closed", False) and seen["closed"] > 0:
        wrong.append("the connection was closed")
    rise = seen["done"] if row.get("rise") == "each" else row.get("rise")
    if rise is not None and seen["rise"] != rise:
        wrong.append(f"{row['metric']} rose by {seen['rise']:g}, not {rise}")
    if "rise_min" in row and seen["rise"] < row["rise_min"]:
        wrong.append(f"{row['metric']} rose by {seen['rise']:g}, not {row['rise_min']} at least")
    return wrong


# The table.

KNOWN = {"name", "input", "class", "why", "also", "closed", "metric", "rise", "rise_min", "neighbours"}


def read_table(path, binaries):
    with open(path, "rb") as file:
        table = tomllib.load(file)
    bound = table.pop("bound")
    if sorted(table) != sorted(FAMILIES):
        raise Failed(f"families are {', '.join(FAMILIES)}, found {', '.join(table)}")
    rows = [row for family in FAMILIES for row in table[family]]
    attacks = subprocess.run([os.path.join(binaries, "steelyard-hostile"), "--list"], capture_output=True, text=True,
                             check=True).stdout.split()
    check_table(rows, [name for name in attacks if not name.startswith("helper-")])
    return bound, rows


def check_table(rows, attacks):
    """Every row is complete and has its player, every player its row, and every metric stands in docs/metrics.md."""
    with open(os.path.join(ROOT, "docs", "metrics.md"), encoding="utf-8") as file:
        documented = metrics_named(file.read())
    with open(os.path.join(ROOT, "docs", "formats", "client-state.md"), encoding="utf-8") as file:
        alarms = file.read().partition("## alarms")[2]
    names = [row["name"] for row in rows]
    wrong = [f"{name} stands twice" for name in {n for n in names if names.count(n) > 1}]
    for row in rows:
        need = {"name", "input", "class", "metric"} - set(row)
        surplus = set(row) - KNOWN
        if need or surplus or row["class"] not in CLASSES:
            wrong.append(f"{row['name']}: lacks {need}, has {surplus}, class {row.get('class')}")
        if row["class"] in ("rejected", "refused", "exit") and "why" not in row:
            wrong.append(f"{row['name']}: does not say why")
        if row["metric"] != "exit":
            if row["metric"].startswith(ALARM):
                if f"`{row['metric'].removeprefix(ALARM)}`" not in alarms:
                    wrong.append(f"{row['name']}: docs/formats/client-state.md has no {row['metric']}")
            elif row["metric"].partition("{")[0] not in documented:
                wrong.append(f"{row['name']}: {row['metric']} is not in docs/metrics.md")
            if ("rise" in row) == ("rise_min" in row):
                wrong.append(f"{row['name']}: say by how much {row['metric']} rises")
        elif row["class"] != "exit":
            wrong.append(f"{row['name']}: an exit code counts exits alone")
    players = set(attacks) | set(drive.DRIVEN)
    wrong += [f"{name} has no player" for name in sorted(set(names) - players)]
    wrong += [f"{name} has no row" for name in sorted(players - set(names))]
    if wrong:
        raise Failed("cases.toml: " + "\n  ".join(wrong))


def metrics_named(text):
    """All names of the page's table: `a_b_total`, `…_c_total` shares what stands before the last part of the first."""
    names = set()
    for line in text.splitlines():
        found = re.findall(r"`(steelyard_\w+|…_\w+)`", line.split("|")[1]) if line.startswith("| `") else []
        for name in found:
            if name.startswith("…"):
                first = found[0]
                names.update(first[:at] + name[1:] for at in range(len(first)) if first[at] == "_")
            else:
                names.add(name)
    return names


HEAD = f"  {'case':30}{'class':10}{'seen':44}{'metric':>12}{'p99':>9}   {'ratio':>7}"


def check_all(run, rows):
    """Names of the rows that fail. Each is printed as it is done."""
    failed = []
    for row in rows:
        wrong, line = run.check(row)
        print("\n".join([line, *(f"      NOT AS EXPECTED: {one}" for one in wrong)]), flush=True)
        if wrong:
            failed.append(row["name"])
    return failed


def run_all(arguments, bound, rows):
    chosen = [row for row in rows if re.search(arguments.only, row["name"])]
    run = Run(arguments, bound)
    failed = []
    try:
        print(f"  the neighbour's p99 with nothing else: {run.baseline:.1f} ms; "
              f"at most {run.p99_max(run.baseline):.1f} ms beside a case")
        print(HEAD, flush=True)
        # Cases with brokers of their own mostly wait: they go beside the others.
        with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
            done = [pool.submit(check_all, run, [row for row in chosen if (row["name"] in drive.DRIVEN) == driven])
                    for driven in (False, True)]
            for one in done:
                failed += one.result()
        again = run.measure_baseline()
        for row in chosen:
            if "neighbours" in row:
                print(f"  NEIGHBOURS NOT HELD TO THEIR BOUND in {row['name']}: {row['neighbours']}")
        print(f"  {len(chosen)} cases, {len(failed)} not as expected; the neighbour's p99 afterwards: {again:.1f} ms")
    finally:
        run.stop(arguments.keep or bool(failed))
        if arguments.keep or failed:
            print(f"  files: {run.place.world.dir}", file=sys.stderr)
    if failed:
        raise Failed(", ".join(failed))


# That it can say no.

def falsified(rows):
    """Rows that expect the wrong thing, and what must be said of each."""
    by_name = {row["name"]: row for row in rows}

    def wrong(name, **changes):
        row = {**by_name[name], **changes}
        return {key: one for key, one in row.items() if one is not None}
    return [
        (by_name["unknown-purpose"], None),
        (by_name["config-missing"], None),
        (by_name["unknown-key"], None),
        (wrong("unknown-purpose", **{"class": "rejected"}), "nothing was rejected"),
        (wrong("unknown-purpose", why="unknown-field"), "nothing was refused unknown-field"),
        (wrong("unknown-purpose", rise=2), "rose by 1, not 2"),
        (wrong("unknown-purpose", metric='steelyard_broker_refusals_total{reason="unknown-field"}'), "rose by 0, not 1"),
        (wrong("unknown-purpose", closed=True), "left open"),
        (wrong("unknown-purpose", rise=None, rise_min=2), "not 2 at least"),
        (wrong("unknown-purpose", **{"class": "dropped"}, why=None), "told 'refused unknown-purpose'"),
        (wrong("unknown-purpose", **{"class": "served"}, why=None), "nothing was answered or"),
        (wrong("unknown-purpose", **{"class": "exit"}, why=2), "seen refused"),
        (wrong("wrong-member", closed=None), "was closed"),
        (wrong("flatbuffer-trailing", rise=4), "rose by 3, not 4"),
        (wrong("flip-request-signed", also=[]), "told 'r"),
        (wrong("unknown-key", **{"class": "rejected"}, why="unknown-key"), "nothing was rejected"),
        (wrong("answer-wrong-row-count", metric="alarm log-contradicts"), "rose by 0, not 1"),
        (wrong("config-missing", why=6), "ended with 2, not 6"),
        (wrong("config-missing", **{"class": "dropped"}, why=None), "seen "),
    ]


def self_test(arguments, bound, rows):
    run = Run(arguments, bound)
    missed = []
    try:
        cases = falsified(rows)
        for row, expected in cases:
            wrong, _ = run.check(row)
            if (expected is None and wrong) or (expected is not None and not any(expected in one for one in wrong)):
                missed.append(f"{row['name']}: wanted {expected!r}, found {wrong}")
        row = next(row for row in rows if row["name"] == "unknown-purpose")
        run.bound = {"p99_factor": 0, "p99_floor_ms": -1000}  # nobody waits for no time
        if not any("neighbours waited" in one for one in run.check(row)[0]):
            missed.append("neighbours that wait are not noticed")
        run.bound = bound
        run.adapter.send_signal(signal.SIGSTOP)  # nobody answers the neighbour for 8 s: its session ends
        threading.Timer(8.0, lambda: run.adapter.send_signal(signal.SIGCONT)).start()
        time.sleep(6.0)
        hurt = run.judge_neighbours(run.baseline, *run.watch(row)[1:])
        if not hurt:
            missed.append("neighbours that are not answered are not noticed")
        for spoil in (lambda table: table.pop(), lambda table: table.append(dict(table[0])),
                      lambda table: table[0].pop("metric"), lambda table: table[1].pop("rise"),
                      lambda table: table[0].update(surplus=1), lambda table: table[0].update(metric="steelyard_none"),
                      lambda table: table[0].update(name="nobody-plays-this")):
            table = [dict(one) for one in rows]
            spoil(table)
            attacks = [one["name"] for one in rows if one["name"] not in drive.DRIVEN]
            try:
                check_table(table, attacks)
                missed.append("a table that is spoilt is taken")
            except (Failed, KeyError):
                pass
    finally:
        run.stop(arguments.keep)
    for one in missed:
        print(f"not noticed: {one}")
    print(f"{sum(expected is not None for _, expected in cases) + 9} falsified, {len(missed)} not noticed")
    if missed:
        raise Failed("the suite does not notice what it has to")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True, help="programs of a build with STEELYARD_TEST_HOOKS")
    parser.add_argument("--long", action="store_true", default=os.environ.get("STEELYARD_TEST_LONG") == "1")
    parser.add_argument("--only", default="", help="a regular expression: rows whose name it finds")
    parser.add_argument("--self", action="store_true", dest="self_test")
    parser.add_argument("--keep", action="store_true")
    arguments = parser.parse_args()
    arguments.bin = os.path.abspath(arguments.bin)

    def suite():
        bound, rows = read_table(os.path.join(HERE, "cases.toml"), arguments.bin)
        (self_test if arguments.self_test else run_all)(arguments, bound, rows)
    return verdict(suite)


if __name__ == "__main__":
    sys.exit(main())
