"""The processes and folders of one demo: made in a temporary folder, ended by the process ids that started them."""
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time


END_WITHIN = 10  # seconds


class Failed(Exception):
    """A step that did not show what it had to."""


def verdict(suite):
    """Runs a suite of checks; says how it ended, and returns the exit code of that."""
    began = time.monotonic()
    try:
        suite()
    except Failed as why:
        print(f"FAILED: {why}")
        return 1
    print(f"passed in {time.monotonic() - began:.1f} s")
    return 0


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class World:
    """As a context, it is stopped at the end of it."""

    def __init__(self, binaries, suite):
        self.suite = suite
        self.bin = os.path.abspath(binaries)
        self.dir = tempfile.mkdtemp(prefix="steelyard-demo-")
        self.port = free_port()
        self.processes = []  # (name, Popen), in the order they started

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def path(self, *parts):
        return os.path.join(self.dir, *parts)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)

    def start(self, name, command, ready, seconds=30):
        """Starts a program and waits for a line on its stdout that matches `ready`."""
        log = open(self.path(name + ".log"), "wb")
        process = subprocess.Popen(command, cwd=self.dir, stdout=subprocess.PIPE, stderr=log, start_new_session=True)
        log.close()
        self.processes.append((name, process))
        os.set_blocking(process.stdout.fileno(), False)
        seen = b""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            seen += process.stdout.read() or b""
            if re.search(ready, seen.decode("utf-8", "replace")):
                return process
            if process.poll() is not None:
                break
            time.sleep(0.02)
        with open(self.path(name + ".log"), encoding="utf-8", errors="replace") as file:
            raise Failed(f"{name} did not come up: {seen.decode('utf-8', 'replace')}{file.read()[-2000:]}")

    def broker(self):
        return self.start("broker", [f"{self.bin}/steelyard-broker", "--config", self.path("broker/broker.toml")],
                          r"steelyard-broker ready (\S+)")

    def adapter(self, member):
        return self.start(f"{member}-adapter", [f"{self.bin}/steelyard-adapter", "--config",
                                                self.path(f"{member}-adapter/adapter.toml")],
                          r"steelyard-adapter ready")

    def cli(self, *arguments, expect=0, timeout=60):
        """Runs the CLI; returns (stdout, stderr). Any exit code but `expect` fails the story."""
        try:
            done = subprocess.run([f"{self.bin}/steelyard", *arguments], cwd=self.dir, capture_output=True, text=True,
                                  timeout=timeout)
        except subprocess.TimeoutExpired as why:
            raise Failed(f"`steelyard {' '.join(arguments)}` did not end within {timeout} s") from why
        if expect is not None and done.returncode != expect:
            raise Failed(f"`steelyard {' '.join(arguments)}` ended with {done.returncode}, not {expect}:\n"
                         f"{done.stdout}{done.stderr}")
        return done.stdout, done.stderr

    def pages(self, name):
        """Where the operators' pages of a program are, as its log says."""
        with open(self.path(name + ".log"), encoding="utf-8", errors="replace") as file:
            found = re.search(r"operators read http://(\S+)/metrics", file.read())
        if not found:
            raise Failed(f"{name} does not say where its operators read")
        return found.group(1)

    def end(self, name):
        """Ends one process by its name."""
        end_all([started for started in self.processes if started[0] == name])
        self.processes = [started for started in self.processes if started[0] != name]

    def stop(self, keep_files=False):
        end_all(self.processes)
        self.processes.clear()
        if not keep_files:
            shutil.rmtree(self.dir, ignore_errors=True)


def end_all(processes):
    """Ends (name, Popen)s, the last first. One that cannot be ended is told, and keeps no other from it."""
    for name, process in reversed(processes):
        send(signal.SIGTERM, name, process)
    for name, process in reversed(processes):
        try:
            process.wait(timeout=END_WITHIN)
        except subprocess.TimeoutExpired:
            print(f"{name} did not end within {END_WITHIN} s and is killed", file=sys.stderr)
            if send(signal.SIGKILL, name, process):
                process.wait()


def send(number, name, process):
    """Signals a process that still runs; whether that could be done."""
    try:
        process.send_signal(number)  # nothing, where it has ended
        return True
    except PermissionError:
        pass  # started by sudo: it is root's, and so is what it runs in the same group
    try:
        subprocess.run(["sudo", "-n", "kill", f"-{int(number)}", "--", f"-{process.pid}"], check=True,
                       stdout=subprocess.DEVNULL, timeout=END_WITHIN)
        return True
    except (OSError, subprocess.SubprocessError) as why:
        print(f"{name} (process {process.pid}) could not be told to end: {why}", file=sys.stderr)
        return False
