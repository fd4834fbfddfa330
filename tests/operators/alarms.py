#!/usr/bin/python3
"""Stages each trouble of schemas/troubles.def at a live broker or adapter.

    alarms.py --bin DIR           programs of a build with STEELYARD_TEST_HOOKS

For each: `steelyard status` names it while it lasts and not before, and promtool, given what /metrics said before and
while it lasted, raises the alert of deploy/alerts: gauges held, counters growing as fast as they did here, for as long
as the rule wants it.
"""
import argparse
import contextlib
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "hostile"))

from place import HELD, IDLE, Failed, Place, shared, verdict  # noqa: E402

RULES = os.path.join(ROOT, "deploy", "alerts", "steelyard.rules.yml")
MINUTES = 20  # longer than any rule waits


def read(*parts):
    with open(os.path.join(ROOT, *parts), encoding="utf-8") as file:
        return file.read()


class Page:
    """One reading of /metrics: values and types by name with labels."""

    def __init__(self, address):
        with urllib.request.urlopen(f"http://{address}/metrics", timeout=20) as answer:
            text = answer.read().decode()
        self.at = time.monotonic()
        types = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.MULTILINE))
        self.values, self.grows = {}, {}
        for line in text.splitlines():
            if line and not line.startswith("#"):
                name, _, value = line.rpartition(" ")
                self.values[name] = float(value)
                family = name.partition("{")[0]
                kind = types.get(family) or types.get(re.sub(r"_(bucket|count|sum)$", "", family))
                self.grows[name] = kind in ("counter", "histogram")


def series_of(before, after):
    """As promtool writes series: as it was, then as it was while the trouble lasted."""
    scale = 60 / max(after.at - before.at, 0.001)
    lines = []
    for name, value in after.values.items():
        was = before.values.get(name)
        if after.grows[name]:
            step = (value - (was or 0)) * scale
            text = f"{was or 0:.6f}+{step:.6f}x{MINUTES}"
        else:
            text = ("_" if was is None else repr(was)) + f" {value!r}x{MINUTES}"
        lines.append((name, text))
    return lines


def alert_rises(code, series):
    """promtool: the alert of this code is not raised at first, and is raised at the end."""
    def quoted(text):
        return "'" + text.replace("'", "''") + "'"
    firing = f'count(ALERTS{{code="{code}",alertstate="firing"}}) or vector(0)'
    lines = [f"rule_files: [{quoted(RULES)}]", "evaluation_interval: 30s", "tests:", "  - interval: 1m",
             "    input_series:"]
    lines += [f"      - {{series: {quoted(name)}, values: {quoted(text)}}}" for name, text in series]
    lines += ["    promql_expr_test:"]
    for at, expression, expected in (("0m", firing, 0), (f"{MINUTES}m", f"({firing}) > bool 0", 1)):
        lines += [f"      - expr: {quoted(expression)}", f"        eval_time: {at}",
                  f"        exp_samples: [{{labels: '{{}}', value: {expected}}}]"]
    with tempfile.NamedTemporaryFile("w", suffix=".yml", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
        file.flush()
        done = subprocess.run(["promtool", "test", "rules", file.name], capture_output=True, text=True)
    if done.returncode != 0:
        raise Failed(f"the alert {code} is not raised by what /metrics said: {done.stdout[-1500:]}{done.stderr[-1500:]}")


class Stagings:
    def __init__(self, place):
        self.place = place
        self.shown = set()

    def codes(self, address):
        out, _ = self.place.world.cli("status", "--operators", address, "-o", "json")
        troubles = json.loads(out)["troubles"]
        for trouble in troubles:
            if not (trouble["what"] and trouble["to_do"] and trouble["zh_do"] and trouble["turn"]):
                raise Failed(f"half a trouble: {trouble}")
        return [trouble["code"] for trouble in troubles]

    def wait(self, what, condition, seconds):
        until = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > until:
                raise Failed(f"not within {seconds} s: {what}")
            time.sleep(0.1)

    @contextlib.contextmanager
    def told(self, code, address, seconds=20, ends=20):
        """Around what brings the trouble about: told in it, not before, and not any more after it."""
        if code in self.codes(address):
            raise Failed(f"{code} is told before it is staged")
        before = Page(address)

        def now():
            self.wait(f"{code} is told", lambda: code in self.codes(address), seconds)
            alert_rises(code, series_of(before, Page(address)))
            self.shown.add(code)
            print(f"  {code}", flush=True)
        yield now
        if ends:
            self.wait(f"{code} ends", lambda: code not in self.codes(address), ends)

    def gone(self, code, job, address):
        """Of a process that is away its scraper says `up` 0, and `steelyard status` that nobody answers."""
        _, err = self.place.world.cli("status", "--operators", address, expect=5)
        if "nobody answers" not in err:
            raise Failed(f"who is away is not named: {err}")
        alert_rises(code, [(f'up{{job="{job}",instance="{address}"}}', f"1 0x{MINUTES}")])
        self.shown.add(code)
        print(f"  {code}", flush=True)


class Adapter:
    """One with fail points and faults of its own."""

    def __init__(self, place, member):
        self.place, self.member = place, member
        folder = place.path("city", member)
        self.config = os.path.join(folder, "adapter.toml")
        with open(self.config, encoding="utf-8") as file:
            text = file.read()
        with open(self.config, "w", encoding="utf-8") as file:
            file.write('operators = "127.0.0.1:0"\n' + text)
        self.fail_board = shared(place.path(member + ".fail"), 64)
        self.fault_board = shared(place.path(member + ".fault"), 64)

    def start(self):
        env = dict(os.environ, STEELYARD_TEST_FAIL_POINT_FILE=self.place.path(self.member + ".fail"),
                   HOSTILE_FAULTS=self.place.path(self.member + ".fault"),
                   LD_PRELOAD=os.path.join(self.place.world.bin, "libhostile-faults.so"))
        log_path = self.place.path(self.member + ".log")
        with open(log_path, "wb") as log:
            self.process = subprocess.Popen([self.place.binary("steelyard-adapter"), "--config", self.config],
                                            stdout=subprocess.DEVNULL, stderr=log, env=env, start_new_session=True)
        self.place.world.processes.append((self.member, self.process))
        until = time.monotonic() + 20
        found = None
        while found is None:
            with open(log_path, encoding="utf-8") as log:
                found = re.search(r"operators read http://(\S+)/metrics", log.read())
            if self.process.poll() is not None or time.monotonic() > until:
                raise Failed(f"the adapter of {self.member} did not come up: {read(log_path)[-1500:]}")
            time.sleep(0.05)
        self.address = found.group(1)
        return self

    def stop(self):
        self.process.terminate()
        if self.process.wait(timeout=20) != 0:
            raise Failed(f"the adapter of {self.member} ended with {self.process.returncode}")


class Attack:
    """steelyard-hostile, in the background."""

    def __init__(self, place, name):
        self.process = subprocess.Popen([place.binary("steelyard-hostile"), "--world", place.world.dir, name],
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        place.world.processes.append((name, self.process))

    def stop(self):
        self.process.kill()
        self.process.wait()


def asked_once(place):
    """A question of m002 that m003 answers or not."""
    threading.Thread(target=lambda: place.world.cli(
        "query", "m003/d000", "--application", "app-m002", "--home", "city/m002", "--fields", "f1", "--where",
        "k=k00000001", "--operator", "op", "--case", "c", "--purpose", "bench-purpose", expect=None), daemon=True).start()


def stage_all(place):
    place.start()
    broker = place.address
    place.world.cli("bench", "prepare", "--root-office", "office", "--baseline",
                    os.path.join(ROOT, "deploy", "policies", "baseline.cedar"), "--out", "city", "--members", "24",
                    "--consumers", "3", "--first-owner", "3", "--datasets", "1", "--agreements", "63", "--rows", "20",
                    timeout=120)
    owner = Adapter(place, "m003").start()
    stage = Stagings(place)
    began = time.monotonic()
    unanswered = Attack(place, "helper-never-answers")  # its two minutes pass while the others are staged

    with stage.told("keys-refused", broker, ends=0) as now:  # it is told for five minutes
        for _ in range(25):
            place.attack("unknown-key")
        now()
    with stage.told("rejections-many", broker, ends=0) as now:
        place.attack("helper-stale")
        now()
    with stage.told("drops-many", broker, ends=0) as now:
        for _ in range(20):  # a session is cut off after 16
            place.attack("sixteen-drops")
        now()

    with stage.told("store-filling", broker) as now:
        place.fault(disk_full=2)
        now()
        place.fault(disk_full=0)
    with stage.told("store-full", broker) as now:
        place.fault(disk_full=1)
        now()
        place.fault(disk_full=0)

    with stage.told("clock-skew", broker) as now:
        owner.fault_board[16:20] = (60).to_bytes(4, "little")
        now()
        owner.fault_board[16:20] = bytes(4)

    owner.stop()
    stage.gone("adapter-away", "steelyard-adapter", owner.address)
    if "owner-away" not in stage.codes(broker):
        raise Failed("an owner went away, and the broker does not say so")
    with stage.told("adapter-alarms", owner.start().address, seconds=60, ends=0) as now:
        with stage.told("checkpoint-late", broker, seconds=60) as late:
            place.fail_at(HELD, "signer-before-head")
            asked_once(place)  # promised to the adapter, and no checkpoint proves it
            late()
            now()
            place.fail_at(IDLE)

    with stage.told("exchange-late", broker, seconds=150 - (time.monotonic() - began), ends=0) as now:
        now()
    unanswered.stop()

    with stage.told("queues-filling", broker) as now:
        crowd = Attack(place, "helper-full-queues")
        now()
        crowd.stop()

    with stage.told("commit-slow", broker, ends=0) as now:
        place.fault(sync_delay_ms=1500)
        for _ in range(15):  # until they are one in a hundred: the crowd before made many commits on a fast machine
            if "commit-slow" in stage.codes(broker):
                break
            asked_once(place)
            time.sleep(2)
        now()
        place.fault(sync_delay_ms=0)
    with stage.told("clock-wrong", broker) as now:
        place.fault(clock_ahead_s=3600)
        now()
        place.fault(clock_ahead_s=0)

    # The adapter's own: its ledger hangs; its broker goes away. The register that fails is staged by operators.py.
    with stage.told("adapter-stuck", owner.address) as now:
        owner.fail_board[8:64] = b"adapter-before-ledger".ljust(56, b"\0")
        owner.fail_board[0:4] = HELD.to_bytes(4, "little")
        asked_once(place)
        now()
        owner.fail_board[0:4] = IDLE.to_bytes(4, "little")
    with stage.told("loop-stuck", broker) as now:
        place.fail_at(HELD, "broker-before-append")
        probe = Attack(place, "helper-probe")
        now()
        place.fail_at(IDLE)
    probe.process.wait(timeout=30)
    stage.wait("the adapter is back after a loop that was stuck",
               lambda: "broker-lost" not in stage.codes(owner.address), 30)
    with stage.told("broker-lost", owner.address, ends=0) as now:
        if place.stop() != 0:
            raise Failed("the broker did not end with 0")
        now()
    stage.gone("broker-away", "steelyard-broker", broker)
    return stage.shown


def staged_by_operators(codes):
    """owner-away and source-failing: in the story's world, with words and next commands looked at."""
    text = read("tests", "operators", "operators.py")
    return {code for code in codes if f'== ["{code}"]' in text}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True)
    parser.add_argument("--keep", action="store_true")
    given = parser.parse_args()
    place = Place(os.path.abspath(given.bin))
    try:
        shown = stage_all(place)
    finally:
        place.remove(given.keep)
    codes = set(re.findall(r'^STEELYARD_TROUBLE\(\w+, "([\w-]+)"', read("schemas", "troubles.def"), re.MULTILINE))
    if missing := codes - shown - staged_by_operators(codes):
        raise Failed(f"never staged: {sorted(missing)}")
    print(f"{len(shown)} troubles staged: each told by `steelyard status`, each raises its alert")


if __name__ == "__main__":
    sys.exit(verdict(main))
