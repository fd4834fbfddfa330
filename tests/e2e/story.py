#!/usr/bin/python3
"""The story of deploy/demo over the programs of a build: every step must show what it has to.

    tests/e2e/story.py --bin build/dev/bin              20,000 residents; 100,000 where STEELYARD_TEST_LONG=1
    tests/e2e/story.py --bin build/dev/bin --suite N    on another cryptographic suite
    tests/e2e/story.py --bin build/dev/bin --interrupt  Ctrl-C in the midst of it, and after it
"""
import argparse
import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
STORY = os.path.join(ROOT, "deploy", "story", "story.py")
sys.path.insert(0, os.path.join(ROOT, "deploy", "story"))
sys.dont_write_bytecode = True

import departments  # noqa: E402
from world import Failed, verdict  # noqa: E402

END_WITHIN = 60


def need(condition, what):
    if not condition:
        raise Failed(what)


def mentions(pid, folder):
    """Whether a process has to do with the folder: by its words, its own folder or a file that it has open."""
    with contextlib.suppress(OSError):
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            if folder.encode() in file.read():
                return True
        links = [f"/proc/{pid}/cwd", *(f"/proc/{pid}/fd/{fd}" for fd in os.listdir(f"/proc/{pid}/fd"))]
        for link in links:
            with contextlib.suppress(OSError):
                if os.readlink(link).startswith(folder):
                    return True
    return False


def processes_of(folder):
    return [int(pid) for pid in os.listdir("/proc") if pid.isdigit() and mentions(pid, folder)]


class Told:
    """A story that is being told, in a temporary folder and a session of its own, as a terminal has it."""

    def __init__(self, binaries, folder):
        self.folder = folder
        self.lines = []
        self.process = subprocess.Popen(
            ["/usr/bin/python3", "-u", STORY, "--bin", binaries, "--residents", "2000"], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
            env={**os.environ, "TMPDIR": folder})

    def until(self, pattern):
        for line in self.process.stdout:
            self.lines.append(line)
            if re.search(pattern, line):
                return
        raise Failed(f"the story ended before it said {pattern!r}:\n" + "".join(self.lines[-20:]))

    def interrupt(self, code):
        """Ctrl-C; what must be left of it is nothing."""
        running = processes_of(self.folder)
        need(len(running) >= 6, f"the broker and the adapters do not all run: {running}")
        os.killpg(self.process.pid, signal.SIGINT)  # the daemons have sessions of their own
        rest, _ = self.process.communicate(timeout=END_WITHIN)
        self.lines.append(rest)
        need(self.process.returncode == code, f"Ctrl-C ended it with {self.process.returncode}, not {code}:\n{rest}")
        need("Traceback" not in rest, rest)
        left = processes_of(self.folder)
        need(not left, f"processes were left running: {left}")
        need(not os.listdir(self.folder), f"files were left: {os.listdir(self.folder)}")

    def text(self):
        return "".join(self.lines)

    def end(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(timeout=END_WITHIN)


def in_the_midst(binaries, folder):
    told = Told(binaries, folder)
    try:
        told.until(r"^2\. ")
        told.interrupt(130)
        need("before the end of the story" in told.text(), "nobody is told that the story was not told")
        print("  Ctrl-C in the midst: 130, and nothing is left")
    finally:
        told.end()


def after_it(binaries, folder):
    told = Told(binaries, folder)
    try:
        told.until("Ctrl-C ends everything")
        addresses = re.findall(r"^(\S+) +(http://\S+/metrics) ", told.text(), re.MULTILINE)
        need([name for name, _ in addresses] == ["broker", *(f"{member}-adapter" for member in departments.MEMBERS)],
             f"not the pages of each program: {addresses}")
        for name, address in addresses:
            with urllib.request.urlopen(address, timeout=10) as page:
                need(b"steelyard_" in page.read(), f"no metrics of {name} at {address}")
        time.sleep(0.2)  # it waits for a signal by now
        told.interrupt(0)
        print("  Ctrl-C after it: 0, and nothing is left; until then each program's pages answer")
    finally:
        told.end()


def interrupted(binaries):
    for scene in (in_the_midst, after_it):
        with tempfile.TemporaryDirectory(prefix="steelyard-story-") as folder:
            os.chmod(folder, 0o711)  # as root the story's PostgreSQL is another user's
            scene(binaries, folder)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True)
    parser.add_argument("--suite", default="1")
    parser.add_argument("--interrupt", action="store_true")
    given = parser.parse_args()
    binaries = os.path.abspath(given.bin)
    if given.interrupt:
        return verdict(lambda: interrupted(binaries))
    residents = 100_000 if os.environ.get("STEELYARD_TEST_LONG") == "1" else 20_000
    return subprocess.run(["/usr/bin/python3", STORY, "--once", "--bin", binaries, "--suite", given.suite, "--residents",
                           str(residents)], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
