"""Cases that are processes and files: each function plays the row of its name, and returns what was seen.

Of an exit: {"exits": [(what, exit code), ...]}. Of others: what steelyard-hostile would print, and `rise`, by which the
row's metric rose at the broker that it concerned. Each has a broker of its own.
"""
import contextlib
import errno
import os
import shutil
import signal
import subprocess
import time

from place import FAULTY, HELD, IDLE, SLOW, Failed, Place, value

KEYS = ("bundle", "log", "transport")


def run_program(place, program, *words, names="", seconds=15):
    """Starts a program that must not come up; its exit code, or words for one that did or that does not say `names`."""
    process = subprocess.Popen([place.binary(program), *words], cwd=place.world.dir, stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE)
    try:
        _, said = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return "it runs"
    if program.encode() + b": " not in said and process.returncode >= 0:
        return f"{process.returncode} without a word"
    if names.encode() not in said:
        return f"{process.returncode}, but nothing names {names}: {said.decode(errors='replace')}"
    return process.returncode


def run_broker(place, config=None, names=""):
    return run_program(place, "steelyard-broker", "--config", config or place.config, names=names)


def write(path, what, mode=0o600):
    if os.path.lexists(path):
        os.unlink(path)
    with open(path, "wb") as file:
        file.write(what if isinstance(what, bytes) else what.encode())
    os.chmod(path, mode)


def read(path):
    with open(path, "rb") as file:
        return file.read()


class Spoiling:
    """One place; each breach is made in a copy of its broker's folder, and a broker started on it."""

    def __init__(self, run):
        self.place = Place(run.bin)
        self.exits = []
        shutil.copytree(self.place.path("broker"), self.place.path("whole"))

    def breach(self, what, make):
        """`make` gets the broker's folder, and may return another configuration file."""
        folder = self.place.path("broker")
        shutil.rmtree(folder)
        shutil.copytree(self.place.path("whole"), folder, symlinks=True)
        self.exits.append((what, run_broker(self.place, make(folder))))

    def seen(self):
        # What is whole still starts: none of this was refused for another reason.
        shutil.rmtree(self.place.path("broker"))
        shutil.copytree(self.place.path("whole"), self.place.path("broker"))
        self.place.start()
        if self.place.stop() != 0:
            raise Failed("the broker whose files are whole did not end with 0")
        self.place.remove()
        return {"exits": self.exits}


def spoiled(run, breaches):
    spoiling = Spoiling(run)
    try:
        for what, make in breaches:
            spoiling.breach(what, make)
        return spoiling.seen()
    finally:
        spoiling.place.remove()


def config_missing(run):
    return spoiled(run, [("no file", lambda folder: folder + "/nowhere.toml")])


def config_malformed(run):
    def with_text(text):
        def make(folder):
            write(folder + "/broker.toml", text)
        return make
    return spoiled(run, [
        ("no TOML", with_text("listen = \n")), ("unknown key", with_text('listen = "tcp://127.0.0.1:1"\nlisten2 = 1\n')),
        ("random octets", with_text(os.urandom(4096))), ("empty", with_text("")),
        ("a folder", lambda folder: folder), ("a later key", lambda folder: append(folder + "/broker.toml"))])


def append(path):
    write(path, b"standby = \"tcp://127.0.0.1:1\"\n" + read(path))


def key_missing(run):
    return spoiled(run, [(key, lambda folder, key=key: os.unlink(f"{folder}/{key}.key")) for key in KEYS])


def key_malformed(run):
    breaches = []
    for key in KEYS:
        path = f"/{key}.key"
        other = "transport" if key != "transport" else "log"
        breaches += [
            (f"{key} empty", lambda folder, path=path: write(folder + path, b"")),
            (f"{key} random", lambda folder, path=path: write(folder + path, os.urandom(100))),
            (f"{key} of another use", lambda folder, path=path, other=other: write(
                folder + path, read(f"{folder}/{other}.key"))),
            (f"{key} of a later version", lambda folder, path=path: write(
                folder + path, read(folder + path).replace(b":v1:", b":v2:"))),
            (f"{key} cut", lambda folder, path=path: write(folder + path, read(folder + path)[:-9]))]
    breaches.append(("bundle and log exchanged", lambda folder: write(folder + "/bundle.key", read(folder + "/log.key"))))
    return spoiled(run, breaches)


def key_readable_by_others(run):
    def linked(folder, key):
        os.rename(f"{folder}/{key}.key", f"{folder}/{key}.moved")
        os.symlink(f"{folder}/{key}.moved", f"{folder}/{key}.key")
    breaches = []
    for key in KEYS:
        for mode in (0o640, 0o604):
            breaches.append((f"{key} {mode:o}", lambda folder, key=key, mode=mode: os.chmod(f"{folder}/{key}.key", mode)))
        breaches.append((f"{key} a link", lambda folder, key=key: linked(folder, key)))
    return spoiled(run, breaches)


def policy_malformed(run):
    place = Place(run.bin)
    try:
        write(place.path("bad.cedar"), "permit (principal, action\n", 0o644)
        write(place.path("random.cedar"), os.urandom(2000), 0o644)
        write(place.path("long.cedar"), "permit (principal, action, resource);\n" + "// long\n" * 8000, 0o644)
        exits = []
        for what in ("nowhere.cedar", "bad.cedar", "random.cedar", "long.cedar", "broker"):
            done = subprocess.run([place.binary("steelyard"), "policy", "publish", what, "--home", "office"],
                                  cwd=place.world.dir, capture_output=True, timeout=30)
            exits.append((what, done.returncode))
        return {"exits": exits}
    finally:
        place.remove()


def store_missing(run):
    return spoiled(run, [("no store", lambda folder: shutil.rmtree(folder + "/store")),
                         ("no data file", lambda folder: os.unlink(folder + "/store/data.mdb"))])


def store_malformed(run):
    data = "/store/data.mdb"

    def zeroed(folder):
        octets = bytearray(read(folder + data))
        octets[8192:] = bytes(len(octets) - 8192)
        write(folder + data, bytes(octets))
    return spoiled(run, [
        ("random octets", lambda folder: write(folder + data, os.urandom(65536))),
        ("empty", lambda folder: write(folder + data, b"")),
        ("cut short", lambda folder: write(folder + data, read(folder + data)[:12288])),
        ("pages zeroed", zeroed)])


def later_version(folder, kind):
    """The store says that it is of the next version."""
    import lmdb
    with lmdb.open(folder, max_dbs=16, map_size=1 << 30) as env:
        table = env.open_db(b"store")
        with env.begin(write=True) as txn:
            if txn.get(b"format", db=table) != f"{kind}/1".encode():
                raise Failed(f"{folder} has no format where docs/formats/store.md says")
            txn.put(b"format", f"{kind}/2".encode(), db=table)


def store_of_a_later_version(run):
    return spoiled(run, [("log/2", lambda folder: later_version(folder + "/store", "log"))])


def index_of_a_later_version(run):
    place = Place(run.bin)
    try:
        place.start()
        place.stop()
        later_version(place.path("broker", "index"), "log-index")
        exits = [("log-index/2", run_broker(place, names="broker/index"))]
        shutil.rmtree(place.path("broker", "index"))  # as the words say
        place.start()
        decided(place, "with the index taken away")
        return {"exits": exits}
    finally:
        place.remove()


def store_readable_by_others(run):
    return spoiled(run, [(f"{mode:o}", lambda folder, mode=mode: os.chmod(folder + "/store", mode))
                         for mode in (0o755, 0o750, 0o707)])


def head_missing(run):
    head = "/head/checkpoint"

    def foreign(folder):
        other = Place(run.bin)
        try:
            write(folder + head, read(other.path("broker") + head))
        finally:
            other.remove()
    return spoiled(run, [("no head file", lambda folder: os.unlink(folder + head)),
                         ("random octets", lambda folder: write(folder + head, os.urandom(300))),
                         ("of another log", foreign)])


def decided(place, what):
    """A request is decided: refused, for the root manager has no application."""
    told = place.attack("helper-probe")["told"]
    if told != {"refused unknown-application": 1}:
        raise Failed(f"{what}: {told}")


ADAPTER_KEYS = ("message", "transport", "seal", "cosign")
STORE = "data.mdb"


class AdapterSpoiling:
    """The folder of one adapter, which has run once; each breach is made in a copy of it, and an adapter started on it.
    No broker is up: all of this is told before anybody is asked."""

    def __init__(self, run, start):
        self.place = Place(run.bin)
        self.exits = []
        self.start = start  # of what reads the folder; without it the adapter
        cli, at = self.place.world.cli, self.place.path
        for home, sort in (("own", "--adapter"), ("desk", "--office")):
            cli("keys", "make", sort, home, "--member", "own")
            cli("keys", "bind", "--home", home, "--from", "broker/network.json")
        write(at("own", "adapter.toml"), read(at("own", "identity.toml")) + b'maps = ["household.toml"]\n', 0o644)
        write(at("own", "household.toml"),
              '[dataset]\nid = "own/household"\n[source]\nkind = "memory"\nrows = 10\nkey = "k"\n'
              '[[field]]\nname = "k"\ntype = "string"\n', 0o644)
        self.run_whole()
        if start:
            start(self.place)  # makes the office's receipts
        for home in ("own", "desk"):
            shutil.copytree(at(home), at(home + ".whole"), symlinks=True)

    def run_whole(self):
        log = self.place.path("own.log")
        with open(log, "wb") as file:
            process = subprocess.Popen([self.place.binary("steelyard-adapter"), "--config",
                                        self.place.path("own", "adapter.toml")], stdout=subprocess.DEVNULL, stderr=file)
        self.place.world.processes.append(("adapter", process))
        lock = self.place.path("own", "state", "replica", "LOCK")  # the last that it opens; holds its process id
        until = time.monotonic() + 15
        while process.poll() is None and time.monotonic() < until:
            if os.path.exists(lock) and read(lock).split() == [str(process.pid).encode()]:
                break
            time.sleep(0.02)
        process.send_signal(signal.SIGTERM)
        if process.wait(timeout=15) != 0:
            raise Failed(f"the adapter whose files are whole ended with {process.returncode}: {read(log)[-800:]}")

    def breach(self, what, names, make):
        """`make` gets the folder; the words of the one that ends name `names`."""
        for home in ("own", "desk"):
            shutil.rmtree(self.place.path(home))
            shutil.copytree(self.place.path(home + ".whole"), self.place.path(home), symlinks=True)
        make(self.place.path("desk" if self.start else "own"))
        config = self.place.path("own", "nowhere.toml" if what == "no file" else "adapter.toml")
        self.exits.append((what, self.start(self.place, names) if self.start else
                           run_program(self.place, "steelyard-adapter", "--config", config, names=names)))


def query(place, names=""):
    return run_program(place, "steelyard", "query", "own/household", "--fields", "k", "--purpose", "p",
                       "--application", "a", "--home", "desk", names=names, seconds=40)


def adapter_spoiled(run, breaches, start=None):
    spoiling = AdapterSpoiling(run, start)
    try:
        for what, names, make in breaches:
            spoiling.breach(what, names, make)
        for home in ("own", "desk"):
            shutil.rmtree(spoiling.place.path(home))
            shutil.copytree(spoiling.place.path(home + ".whole"), spoiling.place.path(home), symlinks=True)
        spoiling.run_whole()  # none of this was refused for another reason
        if start and start(spoiling.place) != 5:
            raise Failed("whole files do not lead to a broker that is away")
        return {"exits": spoiling.exits}
    finally:
        spoiling.place.remove()


def texts(name, more=()):
    """What can be wrong with any text file."""
    def put(text):
        return lambda folder: write(f"{folder}/{name}", text, 0o644)
    return [("no TOML", name, put("listen = \n")), ("random octets", name, put(os.urandom(4096))),
            ("empty", name, put("")), ("a folder", name, lambda folder: replaced_by_folder(f"{folder}/{name}")),
            ("a later key", name, lambda folder: append(f"{folder}/{name}")), *more]


def replaced_by_folder(path):
    os.unlink(path)
    os.mkdir(path)


def changed(name, was, now):
    def make(folder):
        text = read(f"{folder}/{name}")
        if was.encode() not in text:
            raise Failed(f"{name} does not hold {was}")
        write(f"{folder}/{name}", text.replace(was.encode(), now.encode()), 0o644)
    return make


def stores(name, kind):
    """What can be wrong with any store: (what, names, make)."""
    data = f"/{name}/{STORE}"
    return [("random octets", name, lambda folder: write(folder + data, os.urandom(65536))),
            ("empty", name, lambda folder: write(folder + data, b"")),
            ("cut short", name, lambda folder: write(folder + data, read(folder + data)[:8192])),
            (f"{kind}/2", name, lambda folder: later_version(f"{folder}/{name}", kind))]


def adapter_config(run):
    return adapter_spoiled(run, [("no file", "nowhere.toml", lambda folder: None), *texts("adapter.toml", [
        ("no genesis", "adapter.toml", changed("adapter.toml", "genesis", "genesys")),
        ("another's dataset", "adapter.toml", changed("household.toml", "own/", "other/"))])])


def adapter_map(run):
    return adapter_spoiled(run, [
        ("no map", "household.toml", lambda folder: os.unlink(folder + "/household.toml")), *texts("household.toml", [
            ("a key that is no field", "household.toml", changed("household.toml", 'key = "k"', 'key = "l"'))])])


def adapter_key_missing(run):
    return adapter_spoiled(run, [(key, key + ".key", lambda folder, key=key: os.unlink(f"{folder}/{key}.key"))
                                 for key in ADAPTER_KEYS])


def adapter_key_malformed(run):
    breaches = []
    for key in ADAPTER_KEYS:
        path, name = f"/{key}.key", key + ".key"
        other = "transport" if key != "transport" else "seal"
        breaches += [
            (f"{key} empty", name, lambda folder, path=path: write(folder + path, b"")),
            (f"{key} random", name, lambda folder, path=path: write(folder + path, os.urandom(100))),
            (f"{key} of another use", name, lambda folder, path=path, other=other: write(
                folder + path, read(f"{folder}/{other}.key"))),
            (f"{key} of a later version", name, lambda folder, path=path: write(
                folder + path, read(folder + path).replace(b":v1:", b":v2:"))),
            (f"{key} cut", name, lambda folder, path=path: write(folder + path, read(folder + path)[:-9]))]
    return adapter_spoiled(run, breaches)


def adapter_key_readable_by_others(run):
    def linked(folder, key):
        os.rename(f"{folder}/{key}.key", f"{folder}/{key}.moved")
        os.symlink(f"{folder}/{key}.moved", f"{folder}/{key}.key")
    breaches = []
    for key in ADAPTER_KEYS:
        for mode in (0o640, 0o604):
            breaches.append((f"{key} {mode:o}", key + ".key",
                             lambda folder, key=key, mode=mode: os.chmod(f"{folder}/{key}.key", mode)))
        breaches.append((f"{key} a link", key + ".key", lambda folder, key=key: linked(folder, key)))
    return adapter_spoiled(run, breaches)


def adapter_ledger(run):
    key = "/state/ledger.key"
    return adapter_spoiled(run, [
        *stores("state/ledger", "ledger"),
        ("the ledger readable by others", "state/ledger", lambda folder: os.chmod(folder + "/state/ledger", 0o750)),
        ("no key beside its ledger", "ledger.key", lambda folder: os.unlink(folder + key)),
        ("the key random", "ledger.key", lambda folder: write(folder + key, os.urandom(60))),
        ("the key empty", "ledger.key", lambda folder: write(folder + key, b"")),
        ("the key of a later version", "ledger.key", lambda folder: write(
            folder + key, read(folder + key).replace(b":v1:", b":v2:"))),
        ("the key readable by others", "ledger.key", lambda folder: os.chmod(folder + key, 0o640))])


def adapter_replica(run):
    return adapter_spoiled(run, stores("state/replica", "replica"))


def identity_malformed(run):
    return adapter_spoiled(run, [
        ("no identity", "identity.toml", lambda folder: os.unlink(folder + "/identity.toml")),
        *texts("identity.toml")], start=query)


def receipts_malformed(run):
    return adapter_spoiled(run, stores("state/receipts", "receipts"), start=query)


@contextlib.contextmanager
def living(run, **how):
    place = Place(run.bin, **how)
    try:
        place.start()
        yield place
    finally:
        place.remove()


def whole(place):
    """The log, once its broker has ended: read again and derived again."""
    place.world.cli("log", "verify", "broker/store", "--head", "broker/head/checkpoint")


def second_broker(run):
    with living(run) as place:
        before = place.metrics()["steelyard_log_entries"]
        text = read(place.config).decode()
        write(place.path("broker", "second.toml"), text.replace(str(place.world.port), "*"), 0o644)
        exits = [("the second", run_broker(place, place.path("broker", "second.toml")))]
        decided(place, "the first one, afterwards")
        if place.metrics()["steelyard_log_entries"] != before + 1:
            exits.append(("the log", "was written by another"))
        return {"exits": exits}


def told_by(place, metric, before):
    seen = place.attack("helper-probe")
    seen["rise"] = value(place.metrics(), metric) - before
    return seen


UNAVAILABLE = 'steelyard_broker_rejections_total{reason="unavailable"}'


def full_disk(run):
    with living(run) as place:
        decided(place, "before")
        before = value(place.metrics(), UNAVAILABLE)
        place.fault(disk_full=1)
        place.wait_for("steelyard_store_scarce", 1)
        seen = told_by(place, UNAVAILABLE, before)
        place.fault(disk_full=0)
        place.wait_for("steelyard_store_scarce", 0)
        decided(place, "after space came back")
        return seen


def broken_commit(run, **fault):
    with living(run) as place:
        decided(place, "before")
        place.fault(**fault)
        with contextlib.suppress(Failed):
            place.attack("helper-probe")
        exits = [("in the commit", place.ends())]
        place.fault(write_errno=0, sync_errno=0)
        place.start()
        decided(place, "after a new start")
        place.stop()
        whole(place)
        return {"exits": exits}


def full_disk_in_a_commit(run):
    return broken_commit(run, write_errno=errno.ENOSPC)


def failed_sync(run):
    return broken_commit(run, sync_errno=errno.EIO)


def full_map(run):
    with living(run, map_bytes="40MiB") as place:
        place.attack("helper-fill")
        place.wait_for("steelyard_store_scarce", 1)
        seen = told_by(place, UNAVAILABLE, value(place.metrics(), UNAVAILABLE))
        place.stop()
        place.configure("map_bytes", '"256MiB"')
        place.start()
        decided(place, "with a larger map")
        return seen


def slow_disk(run):
    with living(run) as place:
        before = value(place.metrics(), "steelyard_log_commits_total")
        place.fault(sync_delay_ms=5000)
        seen = place.attack("helper-probe")
        place.fault(sync_delay_ms=0)
        seen["rise"] = value(place.metrics(), "steelyard_log_commits_total") - before
        return seen


def clock_steps(run, seconds, confirm):
    with living(run) as place:
        decided(place, "before")
        before = value(place.metrics(), "steelyard_broker_clock_jumps_total")
        place.fault(clock_ahead_s=seconds)
        place.wait_for("steelyard_broker_clock_wrong", 1)
        seen = place.attack("helper-probe")
        if confirm:
            place.broker.send_signal(signal.SIGUSR2)
            place.wait_for("steelyard_broker_clock_wrong", 0)
            again = place.attack("helper-probe")["told"]
            if again != {"rejected clock-wrong": 1}:  # log time does not go back
                raise Failed(f"confirmed, an hour before the log's last entry: {again}")
            place.broker.send_signal(signal.SIGUSR2)
        seen["rise"] = value(place.metrics(), "steelyard_broker_clock_jumps_total") - before
        place.fault(clock_ahead_s=0)
        if confirm:
            place.broker.send_signal(signal.SIGUSR2)
        place.wait_for("steelyard_broker_clock_wrong", 0)
        decided(place, "with the clock set right")
        return seen


def clock_ahead(run):
    return clock_steps(run, 3600, confirm=False)


def clock_back(run):
    return clock_steps(run, -3600, confirm=True)


def zap_dead(run):
    with living(run) as place:
        place.fail_at(FAULTY, "zap-answer")
        with contextlib.suppress(Failed):
            place.attack("helper-probe")
        return {"exits": [("the broker", place.ends())]}


def descriptors_used_up(run):
    with living(run, descriptors=600) as place:
        metric = 'steelyard_broker_connections_cut_total{why="too-many"}'
        before = value(place.metrics(), metric)
        seen = place.attack("helper-crowd")  # one session probes while the others crowd in, and again afterwards
        seen["rise"] = value(place.metrics(), metric) - before
        decided(place, "afterwards")
        return seen


def replay_after_restart(run):
    with living(run) as place:
        first = place.attack("helper-probe-and-keep")
        if first["told"] != {"refused unknown-application": 1}:
            raise Failed(f"the first one: {first['told']}")
        place.stop(signal.SIGKILL)
        place.start()
        entries = place.metrics()["steelyard_log_entries"]
        seen = place.attack("helper-resend")
        after = place.metrics()
        seen["rise"] = value(after, "steelyard_broker_repeats_total")
        if after["steelyard_log_entries"] != entries:
            raise Failed("the repeat made an entry")
        return seen


# What goes on around an attack of steelyard-hostile, at the broker of the neighbours.

@contextlib.contextmanager
def zap_stuck(run):
    run.place.fail_at(HELD, "zap-answer")
    try:
        yield
    finally:
        run.place.fail_at(IDLE)


@contextlib.contextmanager
def zap_slow(run):
    run.place.fail_at(SLOW, "zap-answer", 200)
    try:
        yield
    finally:
        run.place.fail_at(IDLE)


DRIVEN = {name.replace("_", "-"): play for name, play in list(globals().items()) if name in (
    "config_missing", "config_malformed", "key_missing", "key_malformed", "key_readable_by_others", "policy_malformed",
    "store_missing", "store_malformed", "store_of_a_later_version", "store_readable_by_others", "head_missing",
    "second_broker", "full_disk", "full_disk_in_a_commit", "full_map", "failed_sync", "slow_disk", "clock_ahead",
    "clock_back", "zap_dead", "replay_after_restart", "descriptors_used_up", "index_of_a_later_version", "adapter_config",
    "adapter_map", "adapter_key_missing", "adapter_key_malformed", "adapter_key_readable_by_others", "adapter_ledger",
    "adapter_replica", "identity_malformed", "receipts_malformed")}
AROUND = {"zap-stuck": zap_stuck, "zap-slow": zap_slow}
