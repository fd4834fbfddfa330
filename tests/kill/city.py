"""The processes of a kill test: one broker, owners' adapters, users, in a city that `steelyard bench prepare` made."""
import mmap
import os
import signal
import struct
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "deploy", "story"))
from world import Failed, World, verdict  # noqa: E402

USERS, OWNERS, WINDOW = 2, 2, 64
# Of each owner. Half of them have quotas, 300 to 1,600 rows: used up one after the other while processes are killed.
DATASETS, ROWS_PER_DAY = 8, 100
STAT = ("pid", "open", "asked", "answered", "refused", "rejected", "timed_out", "up", "alarms")
IDLE, ARMED, DIED = 0, 1, 2
PATIENCE = 60.0  # seconds: machines are loaded


def shared(path, size):
    with open(path, "wb") as file:
        file.truncate(size)
    with open(path, "r+b") as file:
        return mmap.mmap(file.fileno(), size)


class Process:
    """One process of the city: started again and again with the same command, armed through its board."""

    def __init__(self, city, name, role, command):
        self.city, self.name, self.role, self.command = city, name, role, command
        self.board_path = city.world.path(name + ".board")
        self.board = shared(self.board_path, 64)
        self.hooks = {}
        self.popen = None
        self.starts = 0

    def start(self):
        self.disarm()
        self.starts += 1
        env = dict(os.environ, STEELYARD_TEST_FAIL_POINT_FILE=self.board_path, **self.hooks)
        self.out = self.city.world.path(self.name + ".out")
        with open(self.out, "wb") as out, open(self.city.world.path(self.name + ".log"), "ab") as log:
            self.popen = subprocess.Popen(self.command(), cwd=self.city.world.dir, stdout=out, stderr=log, env=env,
                                          start_new_session=True)
        # World.stop() ends whatever is listed there.
        self.city.world.processes.append((self.name, self.popen))

    def ready(self):
        with open(self.out, encoding="utf-8") as file:
            return " ready " in file.read()

    def dead(self):
        return self.popen.poll() is not None

    def arm(self, point, passages):
        self.board[8:64] = point.encode().ljust(56, b"\0")
        self.board[4:8] = struct.pack("<I", passages)
        self.board[0:4] = struct.pack("<I", ARMED)

    def disarm(self):
        self.board[0:4] = struct.pack("<I", IDLE)

    def died_at_point(self):
        return self.popen.returncode == -signal.SIGKILL and struct.unpack("<I", self.board[0:4])[0] == DIED

    def log_tail(self):
        with open(self.city.world.path(self.name + ".log"), encoding="utf-8", errors="replace") as file:
            return file.read()[-1500:]


class User(Process):
    def __init__(self, city, number):
        self.number = number
        self.member = f"m{number:03}"
        self.stat_path = city.world.path(f"user-{number}.stat")
        self.journal = city.world.path(f"user-{number}.journal")
        self.state = city.world.path("city", self.member, "consumer-state")
        self.mapped = shared(self.stat_path, 8 * len(STAT))
        super().__init__(city, f"user-{number}", "user", lambda: [
            city.binary("steelyard-kill-consumer"), "--world", city.world.path("city"), "--user", str(number),
            "--window", str(WINDOW), "--seed", str(city.random.getrandbits(32)), "--journal", self.journal, "--stat",
            self.stat_path])

    def stat(self, name):
        at = STAT.index(name) * 8
        return struct.unpack("<Q", self.mapped[at:at + 8])[0]

    def ready(self):
        return self.stat("pid") == self.popen.pid and self.stat("up") == 1


class Owner(Process):
    def __init__(self, city, number):
        self.member = f"m{number:03}"
        self.state = city.world.path("city", self.member, "state")
        config = city.world.path("city", self.member, "adapter.toml")
        super().__init__(city, f"owner-{number}", "owner",
                         lambda: [city.binary("steelyard-adapter"), "--config", config])


class City:
    def __init__(self, binaries, random):
        self.random = random
        self.world = World(binaries, 1)
        stats = self.world.path("broker.stats")
        self.stats_path = stats
        config = self.world.path("broker", "broker.toml")
        self.broker = Process(self, "broker", "broker",
                              lambda: [self.binary("steelyard-broker"), "--config", config, "--stats", stats])
        self.world.cli("init", "--root", "data-bureau", "--name-zh", "数据局", "--name-en", "Data Bureau", "--origin",
                       "log.kill.example", "--broker", "broker", "--office", "office", "--operators", "127.0.0.1:0",
                       "--listen", f"tcp://127.0.0.1:{self.world.port}")
        self.broker.start()
        self.wait("the broker", self.broker.ready)
        self.world.cli("bench", "prepare", "--root-office", "office", "--baseline",
                       os.path.join(ROOT, "deploy", "policies", "baseline.cedar"), "--out", "city", "--members",
                       str(USERS + OWNERS), "--consumers", str(USERS), "--first-owner", str(USERS), "--datasets",
                       str(DATASETS), "--agreements", str(USERS * OWNERS * DATASETS), "--rows", "50", "--rows-per-day",
                       str(ROWS_PER_DAY))
        self.users = [User(self, number) for number in range(USERS)]
        self.owners = [Owner(self, USERS + number) for number in range(OWNERS)]
        self.all = [self.broker, *self.owners, *self.users]

    def binary(self, name):
        return os.path.join(self.world.bin, name)

    def wait(self, what, condition, seconds=PATIENCE, among=()):
        until = time.monotonic() + seconds
        while not condition():
            for process in among:
                if process.dead():
                    raise Failed(f"{process.name} ended with {process.popen.returncode}: {process.log_tail()}")
            if time.monotonic() > until:
                raise Failed(f"waited {seconds:.0f} s for {what}\n" + "".join(
                    f"--- {process.name}\n{process.log_tail()}" for process in getattr(self, "all", [self.broker])))
            time.sleep(0.002)

    def total(self, name):
        return sum(user.stat(name) for user in self.users)

    def wait_for_flow(self, answers=32):
        """Every process is up, every user has its window open, and answers come."""
        self.wait("all to be up", lambda: all(process.ready() for process in self.all), among=self.all)
        for user in self.users:
            before = user.stat("answered")
            self.wait(f"answers to {user.name}", lambda u=user, b=before: u.stat("answered") >= b + answers,
                      among=self.all)

    def start_all(self):
        for process in self.all:
            if process.popen is None or process.dead():
                process.start()

    def end(self, processes, seconds=PATIENCE):
        for process in processes:
            process.popen.send_signal(signal.SIGTERM)
        for process in processes:
            if process.popen.wait(timeout=seconds + 5) != 0:
                raise Failed(f"{process.name} ended with {process.popen.returncode}: {process.log_tail()}")

    def cut_power(self):
        for process in self.all:
            process.popen.kill()
        for process in self.all:
            process.popen.wait()

    def open_in_log(self):
        """Exchanges that the broker holds open, by its own count."""
        import json
        size = os.path.getsize(self.stats_path) if os.path.exists(self.stats_path) else 0
        self.broker.popen.send_signal(signal.SIGUSR1)
        self.wait("the broker's counters",
                  lambda: os.path.exists(self.stats_path) and os.path.getsize(self.stats_path) > size,
                  among=[self.broker])
        with open(self.stats_path, encoding="utf-8") as file:
            return json.loads(file.read().strip().split("\n")[-1])["open_exchanges"]

    def quiesce(self, unanswered_within):
        """Users ask no more and finish; then the broker closes what will never be answered; then all end."""
        self.end(self.users)
        until = time.monotonic() + unanswered_within
        while self.open_in_log() > 0:
            if time.monotonic() > until:
                raise Failed(f"{self.open_in_log()} exchanges are still open {unanswered_within} s after the last")
            time.sleep(0.5)
        self.end(self.owners)
        self.end([self.broker])

    def oracle(self, quiesced, where=None):
        """Exit code, findings and counts; of the world itself or of a copy of it."""
        import json

        def path(own):
            return own if where is None else os.path.join(where, os.path.relpath(own, self.world.dir))
        command = [self.binary("steelyard-kill-oracle"), "--store", path(self.world.path("broker", "store")), "--head",
                   path(self.world.path("broker", "head", "checkpoint")), "--quiesced", "yes" if quiesced else "no"]
        for owner in self.owners:
            command += ["--owner", f"{owner.member}={path(owner.state)}", "--held", path(owner.state) + "/checkpoint"]
        for user in self.users:
            command += ["--user", f"{user.member}={path(user.state)}={path(user.journal)}", "--held",
                        path(user.state) + "/checkpoint"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=1800)
        if done.returncode not in (0, 1):
            raise Failed(f"the oracle ended with {done.returncode}: {done.stdout}{done.stderr}")
        *findings, counts = done.stdout.strip().split("\n")
        return done.returncode, findings, json.loads(counts)
