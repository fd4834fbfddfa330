#!/usr/bin/python3
"""Strangers' programs check what a real run produced: Go's golang.org/x/mod/sumdb (check.go) reads the log over HTTP at
many tree sizes, proves entries and consistency, verifies cosignatures and receipts, and brings checkpoints to
`steelyard witness`; `openssl ts` verifies time stamps.

    interop.py --bin DIR [--long]     --long, or STEELYARD_TEST_LONG=1: a tree of a million entries, too
"""
import argparse
import json
import os
import re
import sqlite3
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [HERE, os.path.join(ROOT, "deploy", "story")]
sys.dont_write_bytecode = True

import network  # noqa: E402
from authority import Authority  # noqa: E402
from world import Failed, World, verdict  # noqa: E402

SIZES = (255, 256, 257, 65_535, 65_536, 65_537)
LONG_SIZES = (1_000_000,)
MEMBERS = ("civil-affairs", "tax")  # whose adapters cosign
WITNESS = "witness.example/w1"


def need(condition, what):
    if not condition:
        raise Failed(what)


class Stranger:
    """The log and its witnesses from outside: a program of Go, and what is pinned."""

    def __init__(self, world):
        self.world = world
        self.program = world.path("check")
        env = {**os.environ, "GO111MODULE": "off", "GOPATH": "/usr/share/gocode", "GOCACHE": world.path("go-cache")}
        sources = [os.path.join(HERE, name) for name in ("check.go", "log.go", "witness.go")]
        done = subprocess.run(["go", "build", "-o", self.program, *sources], env=env, capture_output=True, text=True, check=False)
        need(done.returncode == 0, f"go build: {done.stderr}")
        os.mkdir(world.path("seen"))
        self.key = world.cli("log", "key", "broker/network.json")[0].strip()

    def page(self, path):
        try:
            with urllib.request.urlopen(f"{self.url()}/{path}", timeout=10) as answer:
                return answer.read().decode()
        except (OSError, urllib.error.URLError):
            return ""

    def url(self):
        with open(self.world.path("broker.log"), encoding="utf-8") as file:
            found = re.findall(r"anybody reads the log at (http://\S+)/checkpoint", file.read())
        need(found, "the broker does not say where anybody reads the log")
        return found[-1]

    def run(self, *arguments):
        done = subprocess.run([self.program, "-log", self.url(), "-key", self.key, *arguments], capture_output=True, text=True,
                              timeout=300, check=False)
        need(done.returncode == 0, f"check {' '.join(arguments)}: {done.stderr}")
        print("  " + done.stdout.strip())

    def wait_for(self, size, names=()):
        """A checkpoint of that size, or of any larger than 1 where there is none, with these cosignatures."""
        until = time.monotonic() + 60
        while time.monotonic() < until:
            lines = self.page("checkpoint").split("\n")
            if len(lines) > 4 and (size is None or int(lines[1]) == size) and \
                    all(any(line.startswith(f"\u2014 {name} ") for line in lines) for name in names):
                return int(lines[1])
            time.sleep(0.1)
        raise Failed(f"no checkpoint of {size} with {', '.join(names)}: {self.page('checkpoint')}")

    def check(self, size, *more):
        self.run("-size", str(size), "-seen", self.world.path("seen"), *more)


def restart(world):
    world.end("broker")
    world.broker()


def first_sizes(world):
    """A tree of the genesis alone, and of one statement more."""
    world.cli("init", "--root", "data-bureau", "--name-zh", "数据局", "--name-en", "Data Bureau", "--origin", "log.demo.example",
              "--broker", "broker", "--office", "data-bureau-office", "--operators", "127.0.0.1:0", "--public", "127.0.0.1:0",
              "--listen", f"tcp://127.0.0.1:{world.port}")
    world.broker()
    stranger = Stranger(world)
    stranger.wait_for(1)
    stranger.check(1)
    network.admit(world, "civil-affairs", "民政局", "Civil Affairs Bureau")
    stranger.wait_for(2)
    stranger.check(2)
    return stranger


def start_witness(world, stranger):
    """A witness of no member. Where it listens, and its verifier key."""
    key = json.loads(world.cli("witness", "make", "witness", "--name", WITNESS, "-o", "json")[0])["key"]
    need(json.loads(world.cli("witness", "show", "witness", "-o", "json")[0])["key"] == key, "it shows another key")
    with open(world.path("witness.out"), "wb") as out, open(world.path("witness.log"), "wb") as err:
        world.processes.append(("witness", subprocess.Popen(
            [f"{world.bin}/steelyard", "witness", "run", "witness", "--log", stranger.key, "--listen", "127.0.0.1:0", "-o", "json"],
            cwd=world.dir, stdout=out, stderr=err, start_new_session=True)))
    until = time.monotonic() + 20
    while not os.path.getsize(world.path("witness.out")):
        need(time.monotonic() < until, "the witness does not come up")
        time.sleep(0.05)
    with open(world.path("witness.out"), encoding="utf-8") as file:
        return json.loads(file.readline())["listening"], key


def make_network(world):
    network.admit(world, "tax", "税务局", "Tax Service")
    network.make_registers(world, 1, 500)
    network.start_adapters(world)
    network.make_catalogue(world)
    network.make_agreement(world)


def exchanges(world):
    """Ten of them; their receipts as files."""
    with sqlite3.connect(world.path("registers", "civil-affairs.sqlite")) as register:
        people = [row[0] for row in register.execute("SELECT id_number FROM residents LIMIT 10")]
    receipts = []
    for number, person in enumerate(people):
        out, _ = world.cli("query", "civil-affairs/household", "--fields", "name", "--where", f"id_number={person}", "--purpose",
                           "tax-relief", "--application", "tax-relief", "--operator", "op", "--home", "tax-office", "-o", "json")
        said = json.loads(out)
        need(said["proved"], f"not proved: {out}")
        files, _ = world.cli("receipt", "export", said["receipt"], "--out", f"{number}.tlog-proof", "--home", "tax-office", "-o",
                             "json")
        receipts += [world.path(file["file"]) for file in json.loads(files)]
    return receipts


def verify_receipts(world, stranger, receipts):
    """By our own command line, offline; how long that takes as a process."""
    _, said = world.cli("receipt", "verify", receipts[0], "--key", stranger.key)
    need(said.startswith("holds: ") and said.rstrip().endswith("signed by the log"), f"not signed by the log: {said}")
    wrong = stranger.key.replace("log.demo", "log.other")
    world.cli("receipt", "verify", receipts[0], "--key", wrong, expect=2)
    took = []
    for _ in range(20):
        began = time.monotonic()
        world.cli("receipt", "verify", receipts[0], "--key", stranger.key)
        took.append((time.monotonic() - began) * 1_000)
    print(f"  receipt verify as a process: {min(took):.1f} ms at best, {statistics.median(took):.1f} ms the median of 20")


def renew(world, stranger, receipt):
    """A receipt that was made before anybody cosigned is witnessed once it is renewed."""
    world.cli("receipt", "verify", receipt, "--policy", "all.policy", expect=7)
    world.cli("receipt", "renew", receipt, "--log", stranger.url(), "--key", stranger.key, "--out", "witnessed.tlog-proof")
    _, said = world.cli("receipt", "verify", "witnessed.tlog-proof", "--key", stranger.key, "--policy", "all.policy")
    need(f"witnessed by {', '.join(MEMBERS)}" in said, f"not witnessed: {said}")
    return world.path("witnessed.tlog-proof")


def time_stamps(world, authority, stranger):
    """What the authority stamped holds by our command line and by openssl's, and another note does not."""
    folder = world.path("broker", "head", "checkpoint.stamps")
    until = time.monotonic() + 30
    while not any(name.endswith(".tsr") for name in os.listdir(folder)):
        need(time.monotonic() < until, "no time stamp is kept")
        time.sleep(0.1)
    stamps = sorted(name[:-4] for name in os.listdir(folder) if name.endswith(".tsr"))
    note, stamp = (os.path.join(folder, stamps[0] + end) for end in (".note", ".tsr"))
    ca = authority.path("ca.pem")
    out, _ = world.cli("log", "stamp", stamp, "--note", note, "--ca", ca, "--key", stranger.key, "-o", "json")
    need(json.loads(out)["size"] == int(stamps[0]), f"another size: {out}")
    subprocess.run(["openssl", "ts", "-verify", "-data", note, "-in", stamp, "-CAfile", ca], check=True, capture_output=True)
    with open(note, encoding="utf-8") as file:
        world.write("other.note", file.read() + "\u2014 nobody AAAAAEFB\n")
    world.cli("log", "stamp", stamp, "--note", "other.note", "--ca", ca, "--key", stranger.key, expect=7)
    print(f"  {len(stamps)} time stamps kept; the first, of {stamps[0]} entries, holds by `openssl ts -verify`")


def suite(binaries, long_form):
    with World(binaries, suite=1) as world:
        authority = Authority(world.path("authority"))
        stranger = first_sizes(world)
        witness, key = start_witness(world, stranger)
        with open(world.path("broker", "broker.toml"), "a", encoding="utf-8") as file:
            file.write(f'[[witness]]\nurl = "{witness}"\nkey = "{key}"\n'
                       f'[timestamp]\nurl = "{authority.url}"\nca = "{authority.path("ca.pem")}"\nevery = "1s"\n')
        restart(world)
        stranger.wait_for(2, [WITNESS])
        make_network(world)
        receipts = exchanges(world)
        verify_receipts(world, stranger, receipts)
        world.write("all.policy", world.cli("log", "policy", "--quorum", "2", "--home", "tax-office")[0] +
                    f"witness outside {key}\n")
        names = (*MEMBERS, WITNESS)
        policy = ["-policy", world.path("all.policy"), "-cosigned", str(len(names))]
        size = stranger.wait_for(None, names)
        receipts.append(renew(world, stranger, receipts[0]))
        stranger.check(size, *policy, *receipts)
        for size in SIZES + (LONG_SIZES if long_form else ()):
            world.end("broker")
            subprocess.run([f"{world.bin}/steelyard-grow", world.path("broker", "store"), str(size)], check=True)
            world.broker()
            stranger.wait_for(size, names)
            stranger.check(size, *policy, *receipts[:3])
        stranger.run("-witness", witness, "-witness-key", key)
        time_stamps(world, authority, stranger)
        out, _ = world.cli("log", "verify", "broker/store", "--head", "broker/head/checkpoint", timeout=300)
        print("  " + out.strip().split("\n")[0])
        authority.stop()


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--bin", required=True)
    arguments.add_argument("--long", action="store_true")
    given = arguments.parse_args()
    long_form = given.long or os.environ.get("STEELYARD_TEST_LONG") == "1"
    return verdict(lambda: suite(given.bin, long_form))


if __name__ == "__main__":
    sys.exit(main())
