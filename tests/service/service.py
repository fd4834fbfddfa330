#!/usr/bin/python3
"""What systemd sees of broker and adapter: ready, alive, stopping; and whether deploy/systemd lets them do their work.

    service.py --bin DIR

systemd itself is not started: this script listens where it would, and compares what the programs ask of the kernel with
what their units allow.
"""
import argparse
import glob
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "deploy", "story"))

import network  # noqa: E402
from world import Failed, World, verdict  # noqa: E402

EXPOSURE_MAX = 2.0  # of `systemd-analyze security`; a unit without any protection has 9.6
WATCHDOG_S = 2


def need(condition, what):
    if not condition:
        raise Failed(what)


def output(*command, env=None):
    done = subprocess.run(command, capture_output=True, text=True, env=env)
    need(done.returncode == 0, f"{' '.join(command)}: {done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def units():
    found = sorted(glob.glob(os.path.join(ROOT, "deploy", "systemd", "*.service")))
    need(len(found) == 2, f"units: {found}")
    return found


def check_units(world):
    """They parse, with nothing unknown in them, and expose little."""
    for unit in units():
        name = os.path.basename(unit)
        with open(unit, encoding="utf-8") as file:
            text = file.read()
        # `verify` wants to find the program.
        here = world.path(name.replace("@.", "@x."))
        with open(here, "w", encoding="utf-8") as file:
            file.write(re.sub(r"ExecStart=/usr/local/bin/", f"ExecStart={world.bin}/", text))
        said = output("systemd-analyze", "verify", "--man=no", here)
        need(name.split(".")[0].split("@")[0] not in said, f"systemd-analyze verify: {said}")
        score = re.search(r"Overall exposure level for \S+: ([\d.]+)", output(
            "systemd-analyze", "security", "--offline=yes", unit))
        need(score and float(score.group(1)) <= EXPOSURE_MAX, f"{name}: exposure {score and score.group(1)}")
        print(f"  {name}: exposure {score.group(1)}, at most {EXPOSURE_MAX}")


def allowed_calls(unit):
    """Names that SystemCallFilter= lets through, groups opened by systemd itself."""
    def group(name):
        calls = set()
        for line in output("systemd-analyze", "syscall-filter", name).split("\n"):
            word = line.strip()
            if line.startswith(" ") and word and not word.startswith("#"):
                calls |= group(word) if word.startswith("@") else {word}
        return calls
    allowed = set()
    with open(unit, encoding="utf-8") as file:
        for value in re.findall(r"^SystemCallFilter=(.+)$", file.read(), re.MULTILINE):
            named = set().union(*(group(word) for word in value.lstrip("~").split()))
            allowed = allowed - named if value.startswith("~") else allowed | named
    need(len(allowed) > 100, f"{unit}: the filter was not understood")
    return allowed


class Manager:
    """Listens where systemd would."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(path)
        os.environ.update(NOTIFY_SOCKET=path, WATCHDOG_USEC=str(WATCHDOG_S * 1_000_000))

    def heard(self, wanted, within):
        """All until one message has `wanted`."""
        words = []
        until = time.monotonic() + within
        while time.monotonic() < until:
            if select.select([self.socket], [], [], 0.05)[0]:
                words.append(self.socket.recv(4096).decode())
                if wanted in words[-1]:
                    return words
        raise Failed(f"{wanted} was not said within {within} s; said: {words}")

    def silent(self, seconds):
        while select.select([self.socket], [], [], 0)[0]:
            self.socket.recv(4096)
        return not select.select([self.socket], [], [], seconds)[0]

    def leave(self):
        os.environ.pop("NOTIFY_SOCKET")
        os.environ.pop("WATCHDOG_USEC")
        self.socket.close()


def lives_and_ends(manager, name, process):
    """Alive while it turns, silent while it does not, and says when it stops."""
    manager.heard("WATCHDOG=1", WATCHDOG_S)
    process.send_signal(signal.SIGSTOP)
    time.sleep(0.1)
    need(manager.silent(WATCHDOG_S), f"{name}: stopped, and still said to be alive")
    process.send_signal(signal.SIGCONT)
    manager.heard("WATCHDOG=1", WATCHDOG_S)
    process.send_signal(signal.SIGTERM)
    manager.heard("STOPPING=1", 5)
    need(process.wait(timeout=20) == 0, f"{name} ended with {process.returncode}")
    print(f"  {name}: READY, WATCHDOG within {WATCHDOG_S} s, none while it stands still, STOPPING, exit code 0")


def check_notify(world):
    network.make_registers(world, seed=1, residents=200)
    network.make_members(world)  # starts the broker
    network.start_adapters(world)
    for name, process in world.processes:
        process.terminate()
    for name, process in world.processes:
        need(process.wait(timeout=20) == 0, f"{name} did not end with 0")
    world.processes.clear()

    manager = Manager(world.path("notify"))
    broker = world.broker()
    need("STATUS=listening on tcp://127.0.0.1:" in manager.heard("READY=1", 10)[-1], "no status beside READY=1")
    lives_and_ends(manager, "steelyard-broker", broker)

    adapter = subprocess.Popen([f"{world.bin}/steelyard-adapter", "--config",
                                world.path("civil-affairs-adapter/adapter.toml")], stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    world.processes.append(("adapter", adapter))
    manager.heard("READY=1", 10)  # the broker is away: that is no reason to start it again and again
    lives_and_ends(manager, "steelyard-adapter", adapter)
    manager.leave()
    world.processes.clear()


def traced(world, name, command, ready):
    # A build with the address sanitizer looks for leaks by tracing itself, which one that is traced cannot do.
    world.start(name, ["/usr/bin/env", "ASAN_OPTIONS=detect_leaks=0", "strace", "-D", "-f", "-qq", "-c", "-o",
                       world.path(name + ".calls"), *command], ready)


def check_calls(world):
    """An exchange with everything that an ordinary day has, under strace: each call is one that the unit allows."""
    traced(world, "broker", [f"{world.bin}/steelyard-broker", "--config", world.path("broker/broker.toml")],
           r"steelyard-broker ready")
    for name in sorted(os.listdir(world.dir)):
        if name.endswith("-adapter") and os.path.exists(world.path(name, "adapter.toml")):
            traced(world, name, [f"{world.bin}/steelyard-adapter", "--config", world.path(name, "adapter.toml")],
                   r"steelyard-adapter ready")
    network.make_catalogue(world)
    network.make_agreement(world)
    out, _ = world.cli("query", "civil-affairs/household", "--application", "tax-relief", "--home", "tax-office",
                       "--fields", "name", "--where", "id_number=110101199003070011", "--purpose", "tax-relief",
                       expect=None)
    for _, process in world.processes:
        process.send_signal(signal.SIGTERM)
    for name, process in world.processes:
        need(process.wait(timeout=30) == 0, f"{name} under strace ended with {process.returncode}")
    for name, _ in world.processes:
        unit = next(unit for unit in units() if ("broker" in unit) == (name == "broker"))
        wait_until = time.monotonic() + 10
        while not os.path.exists(world.path(name + ".calls")) and time.monotonic() < wait_until:
            time.sleep(0.1)
        time.sleep(0.2)
        with open(world.path(name + ".calls"), encoding="utf-8") as file:
            used = {line.split()[-1] for line in file if re.match(r"^\s*[\d.]+\s+[\d.]+\s", line)} - {"total"}
        need(len(used) > 20, f"{name}: strace saw {used}")
        need(not used - allowed_calls(unit), f"{name} asks for what its unit forbids: {used - allowed_calls(unit)}")
        print(f"  {name}: {len(used)} system calls, all allowed by {os.path.basename(unit)}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True)
    given = parser.parse_args()
    for tool in ("systemd-analyze", "strace"):
        need(shutil.which(tool), f"{tool} is missing: deploy/packages test installs it")
    with World(given.bin, 1) as world:
        check_units(world)
        check_notify(world)
        check_calls(world)
    print("broker and adapter are good services")


if __name__ == "__main__":
    sys.exit(verdict(main))
