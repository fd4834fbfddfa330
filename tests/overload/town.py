"""The network that overload.py loads: bench's city, with owners that may be slow, a broker whose memory is watched,
and drivers of which each sees a part of the city."""
import glob
import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [os.path.join(ROOT, "tests", "bench"), os.path.join(ROOT, "tests", "hostile"),
                os.path.join(ROOT, "deploy", "story")]
import budget  # noqa: E402
import city  # noqa: E402
import machine  # noqa: E402
import place  # noqa: E402
from place import now_us  # noqa: E402
from world import Failed, verdict  # noqa: E402, F401

LOOK_EVERY = 0.2  # seconds, at the broker's pages


class Town(city.City):
    """`consumers` members ask, `owners` others own; every read of an owner takes `read_time`."""

    def __init__(self, binaries, directory, consumers, owners, agreements, read_time=None):
        super().__init__(binaries, directory, {"clients": consumers, "owners": owners, "mixed": False}, agreements)
        self._read_time = read_time
        self._consumers = consumers
        self._drivers = []
        self._views = 0
        self.broker_up = threading.Lock()  # held while there is none that takes signals

    def _start_counted(self, name, command, ready):
        """The syncs of these processes are nobody's business."""
        if self._read_time and name != "broker":
            for map_file in glob.glob(self.path("world", name, "map-*.toml")):
                with open(map_file, encoding="utf-8") as file:
                    text = file.read()
                with open(map_file, "w", encoding="utf-8") as file:
                    file.write(text.replace('row_bytes = ', f'read_time = "{self._read_time}"\nrow_bytes = '))
        self.commands = {**getattr(self, "commands", {}), name: (command, ready)}
        self.start(name, command, ready, seconds=120)

    def pid(self, name):
        return self._pid(name)

    def signal(self, name, which):
        os.kill(self._pid(name), which)

    def _make(self):
        super()._make()
        self.statements = self.pages()["steelyard_log_entries"]  # nothing else is in the log yet

    def home_through(self, consumer, port):
        """A consumer's folder that differs in where the broker is."""
        home = self.path("world", f"m{consumer:03}")
        through = home + "-through"
        shutil.copytree(home, through)
        with open(os.path.join(home, "identity.toml"), encoding="utf-8") as file:
            text = file.read()
        with open(os.path.join(through, "identity.toml"), "w", encoding="utf-8") as file:
            file.write(text.replace(f":{self.port}\"", f":{port}\""))
        return through

    def restart_broker(self, how):
        """Returns when it was sent the signal and when it was ready again, in microseconds."""
        with self.broker_up:
            ended = now_us()
            broker = dict(self.processes)["broker"]
            broker.send_signal(how)
            broker.wait(timeout=30)
            self.processes = [(name, process) for name, process in self.processes if name != "broker"]
            command, ready = self.commands["broker"]
            self.start("broker", command, ready, seconds=120)
            return ended, now_us()

    def pages(self):
        with open(self.path("broker.log"), encoding="utf-8", errors="replace") as file:
            found = re.findall(r"operators read http://(\S+)/metrics", file.read())
        if not found:
            raise ConnectionError("the broker has not said yet where its pages are")
        with urllib.request.urlopen(f"http://{found[-1]}/metrics", timeout=10) as answer:
            return place.sample(answer.read().decode())

    def view(self, consumers, owners=None, homes=None):
        """A world of some of the consumers, with their agreements with some of the owners."""
        with open(self.path("world", "bench.json"), encoding="utf-8") as file:
            world = json.load(file)
        consumers = list(consumers)
        agreements = [{**one, "user": consumers.index(one["user"])} for one in world["agreements"]
                      if one["user"] in consumers and (owners is None or one["dataset"].split("/")[0] in owners)]
        self._views += 1
        name = f"view-{self._views}"
        os.mkdir(self.path(name))
        with open(self.path(name, "bench.json"), "w", encoding="utf-8") as file:
            json.dump({**world, "homes": homes or [world["homes"][i] for i in consumers], "consumers": len(consumers),
                       "agreements": agreements}, file)
        return name

    def load(self, view, **options):
        driver = Load(self, view, **options)
        self._drivers.append(driver)
        return driver

    def stop(self, keep_files=False):
        for driver in self._drivers:
            driver.kill()
        for _, process in self.processes:  # what was stopped must hear that it is to end
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
        super().stop(keep_files=keep_files)


class Load:
    """One `steelyard bench run`. With a rate it goes on whatever happens, and each exchange is known afterwards."""

    def __init__(self, town, view, seconds, rate=0, window=256, threads=2, warmup=0, connect=60, idle=False):
        self.town, self.seconds = town, seconds
        self.span_file, self.outcomes = town.path(view + ".span"), town.path(view + ".outcomes")
        command = [f"{town.bin}/steelyard", "-o", "json", "bench", "run", "--world", view, "--window", str(window),
                   "--rate", str(int(rate)), "--seconds", str(int(seconds)), "--warmup", str(int(warmup)), "--threads",
                   str(threads), "--connect", str(connect), "--span-file", self.span_file, "--outcomes", self.outcomes,
                   "--no-proofs"]
        if idle:  # it stands for another machine: it must not take the processors of what is measured
            command = ["/usr/bin/nice", "-n", "19", *command]
        self.process = subprocess.Popen(command, cwd=town.dir, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def begun(self, within=90):
        """When its span begins and ends, once all of its sessions are up, in microseconds."""
        until = time.monotonic() + within
        while not os.path.exists(self.span_file):
            if self.process.poll() is not None:
                raise Failed(f"`steelyard bench run` ended before it began: {self.process.stderr.read().strip()}")
            if time.monotonic() > until:
                raise Failed(f"`steelyard bench run` did not begin within {within} s")
            time.sleep(0.01)
        with open(self.span_file, encoding="ascii") as file:
            return tuple(int(field) for field in file.read().split())

    def result(self, patience=60):
        """Its own summary, and [(consumer, due, took, how)]."""
        try:
            out, err = self.process.communicate(timeout=self.seconds + patience)
        except subprocess.TimeoutExpired as why:
            raise Failed("`steelyard bench run` does not end") from why
        if self.process.returncode != 0:
            raise Failed(f"`steelyard bench run` ended with {self.process.returncode}: {err.strip()}")
        with open(self.outcomes, encoding="utf-8") as file:
            lines = [line.split() for line in file]
        return json.loads(out), [(int(c), int(due), int(took), how) for c, due, took, how in lines]

    def kill(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
            self.process.wait()


class Watch:
    """Looks at the broker from begin to end: its memory, the longest of its queues, the most sessions."""

    def __init__(self, town):
        self.town = town
        self.peak = self.queue = self.queues = self.backlog = self.sessions = self.disk = 0
        self.page = {}
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self):
        machine.forget_peak(self.town.pid("broker"))
        self._thread.start()
        return self

    def __exit__(self, kind, *_):
        self._done.set()
        self._thread.join()
        self.disk = budget.on_disk(self.town.path("broker"))  # while it is there
        if kind is None:
            self.peak = max(self.peak, machine.peak_bytes(self.town.pid("broker")))

    def _look(self):
        while not self._done.wait(LOOK_EVERY):
            try:
                with self.town.broker_up:
                    self.town.signal("broker", signal.SIGUSR1)  # its snapshot is made anew
                page = self.town.pages()
            except (OSError, http.client.HTTPException):  # between two brokers
                continue
            self.page = page or self.page
            each = [number for name, number in page.items() if name.startswith("steelyard_session_queued_bytes")]
            self.queue = max([self.queue, *each])
            self.sessions = max(self.sessions, len(each))
            self.queues = max(self.queues, page.get("steelyard_broker_queued_bytes", 0))
            self.backlog = max(self.backlog, page.get("steelyard_broker_backlog_bytes", 0))
