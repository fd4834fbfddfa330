"""Events at a live adapter, by curl: a snapshot and a change, a restart that goes on where it was, an application that
ends its subscription, a suspension that ends it."""
import contextlib
import json
import os
import re
import select
import shutil
import sqlite3
import subprocess
import time

import network
from client import need
from world import Failed

PATH = "/v1/events/civil-affairs/death?fields=id_number,died_on&purpose=tax-relief"
PATIENCE = 30


def prepare(world):
    """Civil affairs offers its deaths, with an outbox; tax may be told of them."""
    folder = "civil-affairs-adapter"
    world.end(folder)
    shutil.copy(os.path.join(network.REGISTERS, "death.toml"), world.path(folder))
    outbox = subprocess.run([f"{world.bin}/steelyard-adapter", "outbox", world.path(folder, "death.toml")], check=True,
                            capture_output=True, text=True).stdout
    with contextlib.closing(sqlite3.connect(world.path(folder, "civil-affairs.sqlite"))) as register:
        register.executescript(outbox)
    network.publish(world, "civil-affairs", "death", "household-register", "死亡登记信息", "Deaths")
    network.configure_adapter(world, "civil-affairs", ["household", "death"])
    world.adapter("civil-affairs")
    world.agree("tax-death-2026", "civil-affairs/death", ["id_number", "died_on"], "subscribe", "tax-relief")


def register_death(world, number):
    with contextlib.closing(sqlite3.connect(world.path("civil-affairs-adapter", "civil-affairs.sqlite"))) as register, register:
        register.execute("INSERT INTO deaths VALUES (?, '某某', '男', '1940-01-01', '', '2026-11-20', '2026-11-21', ?)",
                         (number, f"D-{number}"))


class Stream:
    """One curl -N; what it hears, message by message."""

    def __init__(self, application, last=None):
        more = ["-H", f"Last-Event-ID: {last}"] if last else []
        self.curl = subprocess.Popen(["curl", "-sSN", "-H", f"Authorization: Bearer {application.token}", *more,
                                      f"http://{application.address}{PATH}"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.heard = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.curl.kill()
        self.curl.wait()
        self.curl.stdout.close()

    def next(self):
        """The next message that is no comment, as a dict; None: the stream has ended."""
        until = time.monotonic() + PATIENCE
        while True:
            message, found, rest = self.heard.partition(b"\n\n")
            if found:
                self.heard = rest
                lines = dict(line.split(": ", 1) for line in message.decode().split("\n") if ": " in line)
                if "event" in lines:
                    lines["data"] = json.loads(lines["data"])
                    return lines
                continue
            if not select.select([self.curl.stdout], [], [], max(0, until - time.monotonic()))[0]:
                raise Failed(f"no event within {PATIENCE} s; heard {self.heard!r}")
            piece = os.read(self.curl.stdout.fileno(), 65536)
            if not piece:
                return None
            self.heard += piece

    def change(self, number):
        """The event that tells of this death, which comes next."""
        event = self.next()
        need(event and event["event"] == "steelyard.changes" and event["data"]["id"] == event["id"], f"no change: {event}")
        told = [row.get("fields", {}).get("id_number") for row in event["data"]["data"]["rows"]]
        need(told == [number], f"told of {told}, not of {number}")
        return event


def check_ending(world, application, audit, last, commands):
    """By the document's own commands; what another application says of the same question ends nothing."""
    need(audit.send("DELETE", PATH).status == 204, "who has no subscription cannot end it")
    with Stream(application, last) as stream:
        listed = application.get("/v1/events").body["subscriptions"]
        need([each["path"] for each in listed] == [PATH], f"not the subscription: {listed}")
        need(audit.get("/v1/events").body["subscriptions"] == [], "one application sees another's subscription")
        done = subprocess.run(["bash", "-euo", "pipefail", "-c", commands], cwd=world.dir, capture_output=True, text=True,
                              env={**os.environ, "TOKEN": application.token}, timeout=60)
        need(done.returncode == 0 and f'"path":"{PATH}"' in done.stdout and done.stdout.endswith("\n204\n"),
             f"the document's commands: {done.stdout}{done.stderr}")
        stop = stream.next()
        need(stop and stop["event"] == "stop" and stop["data"]["slug"] == "unsubscribed", f"not stopped: {stop}")
    need(application.get("/v1/events").body["subscriptions"] == [], "it is still there")
    need(os.listdir(world.path("tax-adapter", "state", "subscriptions")) == [], "its keys are still there")
    need(application.send("DELETE", PATH).status == 204, "ending it again is an error")


def check_events(world, application, audit, commands):
    prepare(world)
    with Stream(application) as stream:
        snapshot = stream.next()
        while not snapshot["data"]["data"]["last"]:
            snapshot = stream.next()
        need(snapshot["event"] == "steelyard.snapshot", f"no snapshot first: {snapshot}")
        register_death(world, "110101194001010011")
        first = stream.change("110101194001010011")
    with Stream(application, snapshot["id"]) as stream:
        need(stream.change("110101194001010011") == first, "a repeat differs")
    world.end("tax-adapter")
    register_death(world, "110101194001010038")
    world.tax = world.adapter("tax")
    with open(world.path("tax-adapter.log"), encoding="utf-8") as file:
        audit.address = application.address = re.search(r"applications ask at (\S+)", file.read()).group(1)
    with Stream(application, first["id"]) as stream:
        second = stream.change("110101194001010038")
    check_ending(world, application, audit, second["id"], commands.replace("127.0.0.1:7404", application.address))
    with Stream(application, second["id"]) as stream:
        snapshot = stream.next()
        need(snapshot["event"] == "steelyard.snapshot" and snapshot["data"]["data"]["first"], f"not anew: {snapshot}")
        world.cli("agreement", "suspend", "tax-death-2026", "--reason", "data-incident", "--home", "civil-affairs-office")
        stop = stream.next()
        while stop and stop["event"] == "steelyard.snapshot":
            stop = stream.next()
        # By the broker, which weighs it anew, or by the owner, whichever comes first.
        need(stop and stop["event"] == "stop" and stop["data"]["slug"] in ("agreement-suspended", "verdict-changed"),
             f"not stopped: {stop}")
        need(stream.next() is None, "something comes behind a stop")
    refused = application.get(PATH, Last_Event_ID=second["id"])
    need(refused.status == 403 and refused.body["slug"] == "agreement-suspended", f"not refused: {refused.text}")
    print("  events by curl: a snapshot, a change, a restart that goes on where it was; their application ends them, or a "
          "suspension")
