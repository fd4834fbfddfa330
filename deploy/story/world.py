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
        done = subprocess.run([f"{self.bin}/steelyard", *arguments], cwd=self.dir, capture_output=True, text=True,
                              timeout=timeout)
        if expect is not None and done.returncode != expect:
            raise Failed(f"`steelyard {' '.join(arguments)}` ended with {done.returncode}, not {expect}:\n"
                         f"{done.stdout}{done.stderr}")
        return done.stdout, done.stderr

    def stop(self, keep_files=False):
        for _, process in reversed(self.processes):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for name, process in reversed(self.processes):
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                print(f"{name} did not end within 10 s and was killed", file=sys.stderr)
                process.kill()
                process.wait()
        self.processes.clear()
        if not keep_files:
            shutil.rmtree(self.dir, ignore_errors=True)
