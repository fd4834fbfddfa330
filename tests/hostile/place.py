"""A broker that hostile.py plays against: its folders, its process, its faults, its metrics."""
import mmap
import os
import re
import resource
import signal
import struct
import subprocess
import sys
import time
import urllib.error
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "deploy", "story"))
from world import Failed, World, verdict  # noqa: E402

FAULTS = {"sync_errno": 0, "sync_delay_ms": 4, "write_errno": 8, "disk_full": 12, "clock_ahead_s": 16}  # faults.cc
IDLE, HELD, SLOW, FAULTY = 0, 3, 4, 5  # core/base/fail_point.h



def shared(path, size):
    with open(path, "wb") as file:
        file.truncate(size)
    with open(path, "r+b") as file:
        return mmap.mmap(file.fileno(), size)


def now_us():
    return time.monotonic_ns() // 1000


def p99_ms(took_us):
    """Of times in microseconds; without any of them nothing was quick."""
    took = sorted(took_us)
    return took[min(len(took) - 1, int(len(took) * 0.99))] / 1000 if took else float("inf")


def sample(text):
    """Every sample of a metrics page by its name with labels."""
    found = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            name, _, value = line.rpartition(" ")
            found[name] = float(value)
    return found


def value(page, metric):
    """One sample, or the sum of a family; 0 where nothing was counted yet."""
    if metric in page or "{" in metric:
        return page.get(metric, 0.0)
    return sum(v for name, v in page.items() if name.startswith(metric + "{"))


class Place:
    """A network with a root manager, made by `steelyard init`; its broker can be started, hurt and started again."""

    def __init__(self, binaries, map_bytes=None, descriptors=None):
        self.world = World(binaries, 1)
        self.broker = None
        self.descriptors = descriptors
        self.fail_board = shared(self.path("fail.board"), 64)
        self.fault_board = shared(self.path("fault.board"), 64)
        self.world.cli("init", "--root", "data-bureau", "--name-zh", "数据局", "--name-en", "Data Bureau", "--origin",
                       "log.hostile.example", "--broker", "broker", "--office", "office", "--operators", "127.0.0.1:0",
                       "--listen", f"tcp://127.0.0.1:{self.world.port}")
        if map_bytes:
            self.configure("map_bytes", f'"{map_bytes}"')

    def path(self, *parts):
        return self.world.path(*parts)

    def binary(self, name):
        return os.path.join(self.world.bin, name)

    @property
    def config(self):
        return self.path("broker", "broker.toml")

    def configure(self, key, text):
        with open(self.config, encoding="utf-8") as file:
            lines = [line for line in file if not line.startswith(key + " ")]
        with open(self.config, "w", encoding="utf-8") as file:
            file.writelines([f"{key} = {text}\n", *lines])

    def fault(self, **what):
        for name, number in what.items():
            at = FAULTS[name]
            self.fault_board[at:at + 4] = struct.pack("<i", number)

    def fail_at(self, state, point="", milliseconds=0):
        self.fail_board[8:64] = point.encode().ljust(56, b"\0")
        self.fail_board[4:8] = struct.pack("<I", milliseconds)
        self.fail_board[0:4] = struct.pack("<I", state)

    def start(self):
        env = dict(os.environ, STEELYARD_TEST_FAIL_POINT_FILE=self.path("fail.board"),
                   HOSTILE_FAULTS=self.path("fault.board"),
                   LD_PRELOAD=os.path.join(self.world.bin, "libhostile-faults.so"))
        if os.path.exists(self.path("ready")):
            os.unlink(self.path("ready"))
        with open(self.path("broker.log"), "ab") as log:
            began = log.tell()
            self.broker = subprocess.Popen(
                [self.binary("steelyard-broker"), "--config", self.config, "--ready-file", self.path("ready")],
                cwd=self.world.dir, stdout=subprocess.DEVNULL, stderr=log, env=env, start_new_session=True,
                preexec_fn=self.limit if self.descriptors else None)
        self.world.processes.append(("broker", self.broker))
        self.wait("the broker to come up", lambda: os.path.exists(self.path("ready")))
        with open(self.path("broker.log"), encoding="utf-8") as file:
            file.seek(began)
            self.address = re.search(r"operators read http://(\S+)/metrics", file.read()).group(1)
        with open(self.path("operators"), "w", encoding="utf-8") as file:  # for attacks on the pages
            file.write(self.address)
        return self

    def limit(self):
        resource.setrlimit(resource.RLIMIT_NOFILE, (self.descriptors, self.descriptors))

    def wait(self, what, condition, seconds=20):
        until = time.monotonic() + seconds
        while not condition():
            if self.broker.poll() is not None:
                raise Failed(f"waiting for {what}: the broker ended with {self.broker.returncode}: {self.log_tail()}")
            if time.monotonic() > until:
                raise Failed(f"waited {seconds} s for {what}: {self.log_tail()}")
            time.sleep(0.005)

    def log_tail(self):
        with open(self.path("broker.log"), encoding="utf-8", errors="replace") as file:
            return file.read()[-1500:]

    def page(self):
        try:
            with urllib.request.urlopen(f"http://{self.address}/metrics", timeout=20) as answer:
                return sample(answer.read().decode())
        except urllib.error.HTTPError:  # 503 before the first snapshot
            return {}
        except OSError as why:
            raise Failed(f"the broker's pages cannot be read: {why}: {self.log_tail()}") from why

    def metrics(self):
        """As they stand now: the broker makes its snapshot anew at SIGUSR1."""
        before = self.page().get("steelyard_broker_uptime_seconds", 0.0)
        self.broker.send_signal(signal.SIGUSR1)
        page = {}

        def newer():
            nonlocal page
            page = self.page()
            return page.get("steelyard_broker_uptime_seconds", 0.0) > before
        self.wait("a new snapshot", newer)
        return page

    def wait_for(self, metric, number, seconds=20):
        self.wait(f"{metric} = {number}", lambda: value(self.metrics(), metric) == number, seconds)

    def ends(self, seconds=20):
        """Its exit code, negative for a signal; None where it goes on."""
        try:
            return self.broker.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            return None

    def stop(self, how=signal.SIGTERM):
        self.broker.send_signal(how)
        return self.ends()

    def attack(self, name, long_form=False, argument=None):
        import json
        command = [self.binary("steelyard-hostile"), "--world", self.world.dir]
        command += ["--long"] if long_form else []
        command += [name] + ([argument] if argument else [])
        done = subprocess.run(command, capture_output=True, text=True, timeout=180)
        if done.returncode != 0:
            raise Failed(f"{name} could not be played: {done.returncode}: {done.stderr.strip()}")
        return json.loads(done.stdout)

    def remove(self, keep=False):
        self.fault(sync_errno=0, sync_delay_ms=0, write_errno=0, disk_full=0, clock_ahead_s=0)
        self.fail_at(IDLE)
        self.world.stop(keep_files=keep)
