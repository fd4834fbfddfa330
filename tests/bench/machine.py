"""What is known of the machine: its disks, its clocks, and who else uses it."""
import datetime
import os
import resource
import statistics
import subprocess
import tempfile
import time

import lmdb

from world import Failed

OTHERS_CORES_MAX = 0.3
_TICKS = os.sysconf("SC_CLK_TCK")


def refuse_memory_disk(path):
    """A store in memory syncs nothing, so that its figures would mean nothing."""
    os.makedirs(path, exist_ok=True)
    kind = subprocess.run(["stat", "-f", "-c", "%T", path], check=True, capture_output=True, text=True).stdout.strip()
    if kind in ("tmpfs", "ramfs"):
        raise Failed(f"{path} is on {kind}, where a sync does nothing: name a folder on a disk with --dir")


def lmdb_commit_us(folder, commits=200):
    """What one small commit of bare LMDB takes there: the median of some."""
    times = []
    with tempfile.TemporaryDirectory(dir=folder) as place, lmdb.open(place, map_size=1 << 26) as store:
        for number in range(commits):
            begun = time.monotonic_ns()
            with store.begin(write=True) as transaction:
                transaction.put(number.to_bytes(8, "big"), bytes(300), append=True)
            times.append((time.monotonic_ns() - begun) / 1_000)
    return round(statistics.median(times), 1)


def cpu_us(pid):
    """Processor time of all threads of a process, those that have ended included."""
    return time.clock_gettime_ns((~pid << 3) | 2) / 1_000  # CPUCLOCK_SCHED of this process


def peak_bytes(pid):
    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
        for line in file:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    raise Failed(f"process {pid} has no VmHWM")


def forget_peak(pid):
    with open(f"/proc/{pid}/clear_refs", "w", encoding="ascii") as file:
        file.write("5")


def _busy_us():
    with open("/proc/stat", encoding="ascii") as file:
        user, nice, system, _, _, irq, softirq, steal = (int(field) for field in file.readline().split()[1:9])
    return (user + nice + system + irq + softirq + steal) * 1_000_000 / _TICKS


def busy_cores(seconds):
    busy, begun = _busy_us(), time.monotonic()
    time.sleep(seconds)
    return round((_busy_us() - busy) / 1_000_000 / (time.monotonic() - begun), 2)


def _own_us():
    return sum((usage.ru_utime + usage.ru_stime) * 1_000_000
               for usage in (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))


class OthersLoad:
    """How many cores everybody else used meanwhile. What is ours: this process, children that have ended, and what
    the figures name as `resident_cpu_us`: processes that live longer than one measurement."""

    def __enter__(self):
        self._begun, self._busy, self._own = time.monotonic(), _busy_us(), _own_us()
        return self

    def __exit__(self, *_):
        self._seconds = time.monotonic() - self._begun
        self._others = _busy_us() - self._busy - (_own_us() - self._own)

    def cores(self, figures):
        others = self._others - figures.pop("resident_cpu_us", 0)
        return round(max(0.0, others / 1_000_000 / self._seconds), 2)


def description(root):
    def git(*words):
        return subprocess.run(["git", *words], cwd=root, capture_output=True, text=True, check=False).stdout.strip()
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        models = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
    return {"date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "commit": git("rev-parse", "--short=12", "HEAD"), "changed": bool(git("status", "--porcelain", "-uno")),
            "cores": os.cpu_count(), "cpu": models[0] if models else os.uname().machine}
