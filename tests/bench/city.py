"""Steelyard under load: a broker, owners' adapters on in-memory sources, and `steelyard bench run` as the consumers."""
import json
import os
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time

import machine
from world import Failed, World, free_port

DATASETS_IN_ALL = 500  # shared out among the owners
STATS_WITHIN = 20


class City(World):
    """A network in a folder of its own, made with the CLI; ends with the `with` block."""
    ACTIONS = "query"

    def __init__(self, binaries, directory, shape, agreements):
        self.bin = os.path.abspath(binaries)
        self.dir = tempfile.mkdtemp(prefix="city-", dir=directory)
        self.port = free_port()
        self.processes = []
        self.owners = []
        self._shape = shape
        self._agreements = agreements

    def __enter__(self):
        try:
            self._make()
        except BaseException:
            self.__exit__(BaseException)
            raise
        return self

    def __exit__(self, kind, *_):
        self.stop(keep_files=kind is not None)  # what failed stays to be looked at
        if kind is not None:
            print(f"files of the failed run: {self.dir}", file=sys.stderr)

    def _make(self):
        clients, owners = self._shape["clients"], self._shape["owners"]
        mixed = self._shape.get("mixed", clients > 2)  # owners are among those who ask
        members = clients if mixed else clients + owners
        first_owner = members - owners
        datasets = self._shape.get("datasets", min(DATASETS_IN_ALL, self._agreements) // owners)
        self.cli("init", "--root", "root", "--name-zh", "数据局", "--name-en", "Data Bureau", "--origin",
                 "log.bench.example", "--broker", "broker", "--office", "office", "--operators", "127.0.0.1:0", "--listen",
                 f"tcp://127.0.0.1:{self.port}")
        self._start_counted("broker", [f"{self.bin}/steelyard-broker", "--config", "broker/broker.toml", "--stats",
                                       "broker.stats"], "steelyard-broker ready")
        baseline = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))), "deploy",
                                "policies", "baseline.cedar")
        self.cli("bench", "prepare", "--root-office", "office", "--baseline", baseline, "--out", "world", "--members",
                 str(members), "--consumers", str(clients), "--first-owner", str(first_owner), "--datasets",
                 str(datasets), "--agreements", str(self._agreements), "--actions", self.ACTIONS, timeout=300)
        self._made()
        for number in range(first_owner, members):
            name = f"m{number:03}"
            self._start_counted(name, [f"{self.bin}/steelyard-adapter", "--config", f"world/{name}/adapter.toml",
                                       "--stats", f"{name}.stats"], "steelyard-adapter ready")
            self.owners.append(name)

    def _made(self):
        """The world's files are there; nobody reads them yet."""

    def _start_counted(self, name, command, ready):
        self.start(name, self.counted(name, command), ready, seconds=60)

    def _pid(self, name):
        return dict(self.processes)[name].pid

    def counted(self, name, command):
        """The command, with its syncs counted from outside of it."""
        return ["/usr/bin/env", f"LD_PRELOAD={self.bin}/libbench-syncs.so", f"BENCH_SYNCS={self.path(name + '.syncs')}",
                *command]

    def _counted_syncs(self, name):
        with open(self.path(name + ".syncs"), "rb") as file:
            return struct.unpack("<Q", file.read(8))[0]

    def _stats(self, name):
        """Asks a process for its counters: the broker appends a line, an adapter replaces its file."""
        path = self.path(name + ".stats")

        def state():
            return os.stat(path).st_mtime_ns if os.path.exists(path) else 0
        before = state()
        os.kill(self._pid(name), signal.SIGUSR1)
        until = time.monotonic() + STATS_WITHIN
        while time.monotonic() < until:
            if state() != before:
                with open(path, encoding="utf-8") as file:
                    lines = file.read().split("\n")
                if len(lines) >= 2 and not lines[-1]:
                    return json.loads(lines[-2])
            time.sleep(0.002)
        raise Failed(f"{name} did not write its counters within {STATS_WITHIN} s")

    def _snapshot(self):
        """Processor time first: asking for counters costs some."""
        names = ["broker", *self.owners]
        cpu = {name: machine.cpu_us(self._pid(name)) for name in names}
        return {"cpu": cpu, "stats": {name: self._stats(name) for name in names}}

    def check_syncs(self, stats):
        """Over the life of each process, for a commit is counted after its sync: counted syncs are read last."""
        for name, counters in stats.items():
            syncs = self._counted_syncs(name)
            if syncs < counters["commits"] or counters["commits"] == 0:
                raise Failed(f"{name} reports {counters['commits']} commits and made {syncs} syncs")

    def drive(self, shape, seconds, warmup, seed, receipts=False):
        for _, process in self.processes:
            machine.forget_peak(process.pid)
        resident = sum(machine.cpu_us(process.pid) for _, process in self.processes)
        span_file = self.path("span")
        if os.path.exists(span_file):
            os.remove(span_file)
        command = [f"{self.bin}/steelyard", "-o", "json", "bench", "run", "--world", "world", "--window",
                   str(shape["window"]), "--window-max", str(shape.get("window_max", shape["window"])), "--seconds",
                   str(int(seconds)), "--warmup", str(int(warmup)), "--seed", str(seed), "--span-file", span_file]
        if shape.get("zipf"):
            command.append("--zipf")
        if receipts:
            command = self.counted("consumers", [*command, "--receipts"])
        driver = subprocess.Popen(command, cwd=self.dir, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            begin, end = self._wait_for_span(span_file, driver)
            time.sleep(max(0.0, begin - time.monotonic()))
            first = self._snapshot()
            time.sleep(max(0.0, end - 0.02 - time.monotonic()))
            peak = machine.peak_bytes(driver.pid)
            time.sleep(max(0.0, end - time.monotonic()))
            last = self._snapshot()
            out, err = driver.communicate(timeout=60)
        finally:
            if driver.poll() is None:
                driver.kill()
                driver.wait()
        if driver.returncode != 0:
            raise Failed(f"`steelyard bench run` ended with {driver.returncode}: {err.strip()}")
        try:
            said = json.loads(out)
        except ValueError as why:
            raise Failed(f"`steelyard bench run` printed no JSON: {out[:200]!r}") from why
        self.check_syncs({**last["stats"], **({"consumers": said} if receipts else {})})
        resident = sum(machine.cpu_us(process.pid) for _, process in self.processes) - resident
        return {**self._figures(said, first, last, peak), "resident_cpu_us": resident}

    def _wait_for_span(self, span_file, driver):
        until = time.monotonic() + 90
        while not os.path.exists(span_file):
            if driver.poll() is not None:
                raise Failed(f"`steelyard bench run` ended before it began: {driver.stderr.read().strip()}")
            if time.monotonic() > until:
                raise Failed("`steelyard bench run` did not begin within 90 s")
            time.sleep(0.002)
        with open(span_file, encoding="ascii") as file:
            return (int(field) / 1_000_000 for field in file.read().split())

    def _figures(self, said, first, last, driver_peak):
        exchanges = said["exchanges"]

        def grown(counter, names):
            return sum(last["stats"][name][counter] - first["stats"][name][counter] for name in names)

        def cpu(names):
            return sum(last["cpu"][name] - first["cpu"][name] for name in names) / exchanges
        everyone = ["broker", *self.owners]
        consumers = said["cpu_us_per_exchange"]
        peaks = {name: machine.peak_bytes(self._pid(name)) for name in everyone}
        return {
            "exchanges_per_s": said["exchanges_per_s"], "p50_us": said["p50_us"], "p99_us": said["p99_us"],
            "cpu_us": consumers + cpu(everyone), "cpu_us_consumers": consumers, "cpu_us_broker": cpu(["broker"]),
            "cpu_us_owners": cpu(self.owners),
            "peak_bytes": driver_peak + sum(peaks.values()), "peak_bytes_broker": peaks["broker"],
            "signatures": (said["signatures"] + grown("signatures", everyone)) / exchanges,
            "verifications": (said["verifications"] + grown("verifications", everyone)) / exchanges,
            "commits": (said["commits"] + grown("commits", everyone)) / exchanges,
            "commits_broker": grown("commits", ["broker"]) / exchanges,
            "commits_consumers": said["commits"] / exchanges,  # of receipt stores: none without --receipts
            "unproved": said["unproved"],  # promises whose proof was still to come at the end
        }

    def stop(self, keep_files=False):
        super().stop(keep_files=True)
        if not keep_files:
            shutil.rmtree(self.dir, ignore_errors=True)
