"""The scenarios of overload.py. Each returns its line, and which of its bounds do not hold."""
import contextlib
import signal
import time

from drip import Drip
from place import now_us, p99_ms
from town import Town, Watch
import budget

LIMIT = budget.limits()
CALM_MS = 60  # the short form: a p99 above this on a machine of two cores says that others work there
# The short form's floor under a flood: on two cores the neighbours' own processes wait for a processor meanwhile. While
# an owner served in the order of arrival it was 300 ms and more.
FLOODED_MS = 250


def p99(lines, begin=0, end=1 << 62):
    """Of exchanges that were due in that time and answered, in milliseconds."""
    return p99_ms(line[2] for line in lines if line[3] == "ok" and begin <= line[1] < end)


def answered(lines, begin, end):
    """Answers that came in that time, for each second."""
    return sum(1 for _, due, took, how in lines if how == "ok" and begin <= due + took < end) / ((end - begin) / 1e6)


def goodput(bounds, peak, lines, begin, end):
    bounds.at_least("goodput", answered(lines, begin, end) / peak * 100, 80, " %")


def wrong(lines, begin, end, but=("ok",)):
    return sum(1 for line in lines if line[3] not in but and begin <= line[1] < end)


class Bounds:
    """What one scenario measured, and what it had to."""

    def __init__(self):
        self.said, self.broken = [], []

    def hold(self, what, number, most, unit="", digits=0):
        text = f"{what} {number:.{digits}f}{unit} (at most {most:.{digits}f}{unit})"
        self.said.append(text)
        if not number <= most:
            self.broken.append(text)

    def at_least(self, what, number, least, unit="", digits=0):
        text = f"{what} {number:.{digits}f}{unit} (at least {least:.{digits}f}{unit})"
        self.said.append(text)
        if not number >= least:
            self.broken.append(text)

    def memory(self, watch):
        self.hold("memory", watch.peak / budget.MIB, budget.bytes_max(watch, LIMIT) / budget.MIB, " MiB")
        self.hold("longest queue", watch.queue / 1024, LIMIT["kSessionQueueBytesMax"] / 1024, " KiB")
        self.hold("backlog", watch.backlog / 1024, LIMIT["kBacklogBytesMax"] / 1024, " KiB")

    def result(self):
        return ", ".join(self.said), self.broken


def neighbours(bounds, lines, calm, during, factor, long, floor=CALM_MS):
    """Others' p99 while something happens, as a multiple of what it was before."""
    before, then = p99(lines, *calm), p99(lines, *during)
    bounds.said.append(f"others' p99 before {before:.1f} ms")
    bounds.hold("during", then, before * factor if long else max(before * max(factor, 2), floor), " ms", 1)
    bounds.hold("others without an answer", wrong(lines, calm[0], during[1]), 0)


def overload(given):
    """Ten times what two owners can read."""
    bounds = Bounds()
    seconds = 300 if given.long else 8
    with Town(given.bin, given.dir, consumers=4, owners=2, agreements=32, read_time="8ms") as town, Watch(town) as watch:
        summary, _ = town.load(town.view([0, 1, 2]), seconds=4, warmup=1, window=24).result()
        peak = summary["exchanges_per_s"]
        after = 12  # what the storm was late by is missing from it
        probe = town.load(town.view([3]), seconds=4 + seconds + after, rate=20, threads=1)
        begin, _ = probe.begun()
        time.sleep(4)
        calm = now_us() - 500_000
        storm = town.load(town.view([0, 1, 2]), seconds=seconds, rate=10 * peak, window=1024, idle=True)
        first, last = storm.begun()
        summary, lines = storm.result()
        _, probes = probe.result()
        busy = [took for _, due, took, how in lines if how == "busy" and first <= due < last]
        bounds.said.append(f"peak {peak:.0f}/s")
        bounds.at_least("offered", summary["asked"] / seconds / peak, 8 if given.long else 4, " times that", 1)
        goodput(bounds, peak, lines + probes, first, last)
        bounds.at_least("busy", len(busy), 1)
        if busy:
            bounds.hold("said after (p99)", p99_ms(busy), 1_000 if given.long else 3_000, " ms")
        calm = p99(probes, begin, calm)
        bound = max(2 * calm, CALM_MS if given.long else 3 * CALM_MS) * 1000
        slow = [due for _, due, took, how in probes if due >= last and (how != "ok" or took > bound)]
        bounds.said.append(f"p99 before {calm:.0f} ms")
        within = 5 if given.long else 8
        bounds.hold("recovered within", (max(slow, default=last) - last) / 1e6, within, " s", 1)
        bounds.at_least("probes after that", sum(1 for line in probes if line[1] > last + within * 1_000_000), 20)
    bounds.memory(watch)
    return bounds.result()


def stopped(given):
    """An owner's adapter stands still while many ask it; others ask another owner."""
    bounds = Bounds()
    seconds = 20 if given.long else 6
    with Town(given.bin, given.dir, consumers=4, owners=2, agreements=32) as town, Watch(town) as watch:
        good, bad = town.owners
        others = town.load(town.view([0, 1], [good]), seconds=2 * seconds + 4, rate=200)
        begin, _ = others.begun()
        many = town.load(town.view([2, 3], [bad]), seconds=2 * seconds + 3, rate=500, window=1024, idle=True)
        many.begun()
        calm = now_us() + 500_000
        time.sleep(0.5 + seconds)
        town.signal(bad, signal.SIGSTOP)
        then = now_us()
        time.sleep(seconds)
        end = now_us()
        town.signal(bad, signal.SIGCONT)
        _, lines = others.result()
        _, asked = many.result()
        neighbours(bounds, lines, (calm, then), (then, end), 1.2, given.long)
        bounds.at_least("told so", wrong(asked, then, end), 1)
    bounds.memory(watch)
    return bounds.result()


def drip(given):
    """A user's answers leave the broker by an octet a second."""
    bounds = Bounds()
    seconds = 20 if given.long else 5
    with Town(given.bin, given.dir, consumers=4, owners=2, agreements=32) as town, Watch(town) as watch, \
            contextlib.closing(Drip(town.port)) as way:
        others = town.load(town.view([0, 1]), seconds=2 * seconds + 4, rate=200)
        others.begun()
        home = town.home_through(3, way.port)
        slow = town.load(town.view([3], homes=[home]), seconds=2 * seconds + 4, rate=1000, window=1024, threads=1, idle=True)
        slow.begun()
        calm = now_us() + 500_000
        time.sleep(0.5 + seconds)
        way.slow.set()
        then = now_us()
        time.sleep(seconds)
        end = now_us()
        _, lines = others.result()
        slow.kill()
        neighbours(bounds, lines, (calm, then), (then, end), 1.2, given.long)
        bounds.at_least("octets that passed", way.passed, 1)
    bounds.memory(watch)
    return bounds.result()


def restart(given):
    """The broker is killed and started again, under everybody."""
    bounds = Bounds()
    sessions = 501 if given.long else 61  # no multiple of owners + 1: bench prepare then has an agreement for each
    with Town(given.bin, given.dir, consumers=sessions, owners=4, agreements=2 * sessions) as town, Watch(town) as watch:
        everyone = town.load(town.view(range(sessions)), seconds=45 if given.long else 14, rate=sessions, threads=4,
                             connect=900)
        everyone.begun(within=900)
        time.sleep(4)
        killed, ready = town.restart_broker(signal.SIGKILL)
        _, lines = everyone.result()
        served = {}
        for consumer, due, took, how in lines:
            if how == "ok" and due + took > ready:
                served[consumer] = min(served.get(consumer, 1 << 62), due + took)
        bounds.said.append(f"{sessions} sessions, broker back after {(ready - killed) / 1e6:.1f} s")
        bounds.at_least("served again", len(served), sessions)
        bounds.hold("all of them within", (max(served.values(), default=1 << 62) - killed) / 1e6, 30, " s", 1)
        owners = sum(1 for name in town.owners if dict(town.processes)[name].poll() is None)
        bounds.at_least("owners", owners, len(town.owners))
    bounds.memory(watch)
    return bounds.result()


def flood(given):
    """One member asks as much as its window lets it, of the same owners as its neighbours."""
    bounds = Bounds()
    seconds = 30 if given.long else 4
    with Town(given.bin, given.dir, consumers=5, owners=2, agreements=40) as town, Watch(town) as watch:
        others = town.load(town.view([0, 1, 2, 3]), seconds=2 * seconds + 4, rate=200)
        others.begun()
        calm = now_us() + 500_000
        time.sleep(0.5 + seconds)
        one = town.load(town.view([4]), seconds=seconds, rate=100_000, window=1024, threads=1, idle=True)
        begin, end = one.begun()
        summary, _ = one.result()
        _, lines = others.result()
        neighbours(bounds, lines, (calm, begin - 1_500_000), (begin, end), 2, given.long, FLOODED_MS)
        bounds.at_least("flood", summary["exchanges_per_s"] / 200, 2, " times the others' rate", 1)
    bounds.memory(watch)
    return bounds.result()


ALL = {"overload": overload, "stopped": stopped, "drip": drip, "restart": restart, "flood": flood}
