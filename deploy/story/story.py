#!/usr/bin/python3
"""The story of deploy/demo: each step shows what was asked, what came back and the receipt, and checks it."""
import argparse
import datetime
import os
import signal
import subprocess
import sys
import time

import departments
import network
import postgres
from changes import Changes
from secrecy import Secrecy
from world import Failed, World

VALUES_MAX = 40  # of answers, to look for where they must not be
ONCE_SECONDS_MAX = 120  # what the story may take, registers included


class Story(Changes):
    def begin(self, residents, enterprises):
        self.title("Setting: four registers, a root manager, four members, a broker, four adapters")
        started = time.monotonic()
        # Loaded last night: whenever the story is told, the registers are as fresh as they say.
        loaded = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=12)
        more = ["--loaded-at", loaded.strftime("%Y-%m-%dT%H:%M:%SZ"), "--postgres"]
        if enterprises:
            more += ["--enterprises", str(enterprises)]
        network.make_registers(self.world, 1, residents, *more)
        print(f"  registers of {residents:,} residents made in {time.monotonic() - started:.1f} s")
        postgres.start(self.world)
        self.secrecy = Secrecy(self)
        departments.make_members(self.world)
        departments.start_adapters(self.world)
        departments.make_catalogue(self.world)
        departments.make_agreements(self.world)
        phases = self.phases()
        print("  agreed:   " + ", ".join(phases))
        self.need(set(phases.values()) == {"active"}, "not every agreement is active")
        # In the capture it will show that traffic of every port is there.
        self.world.cli("status", "--operators", self.world.pages("broker"))
        print("  proposed by the user, approved by user, owner and manager, each with an office key that no adapter holds")

    def steps(self):
        return [self.four_fields, self.fresh_value, self.refusals, self.unconditional, self.not_shared,
                self.masked_and_filtered, self.claims, self.owner_away, self.suspension, self.events, self.new_head,
                self.law_repealed, self.bureaus_merge, self.quota, self.what_may_tax_see, self.trace, self.log_verified,
                self.kept_secret]

    def kept_secret(self):
        self.title("Loopback traffic and the broker's store, searched for values from the answers and the event")
        self.secrecy.look(set(sorted(self.seen)[:VALUES_MAX]) | self.told)


def stay_up(world):
    pages = {name: world.pages(name) for name in ("broker", *(f"{member}-adapter" for member in departments.MEMBERS))}
    folder, steelyard = world.dir, f"{world.bin}/steelyard"
    print(f"\n{'broker':<26} tcp://127.0.0.1:{world.port}")
    for name, address in pages.items():
        print(f"{name:<26} http://{address}/metrics  (also /status, /healthz, /readyz)")
    print(f"{'folder':<26} {folder}")
    tries = (f"{steelyard} agreement list --home {folder}/tax-office",
             f"{steelyard} status --operators {pages['broker']}",
             f"curl --unix-socket {folder}/tax-adapter/app.sock -H 'Authorization: Bearer {departments.token(world)}' "
             "http://localhost/v1/catalog",
             f"psql -h {folder}/postgres -U reader social_security")
    for number, command in enumerate(tries):
        print(f"{'' if number else 'try':<26} {command}")
    print("Ctrl-C ends everything", flush=True)
    signal.pause()


def tell(world, options):
    """The story, then everything stays up; the exit code."""
    started = time.monotonic()
    told = False
    try:
        story = Story(world)
        story.begin(options.residents, options.enterprises)
        for step in story.steps():
            step()
        took = time.monotonic() - started
        if options.once and took > ONCE_SECONDS_MAX:
            raise Failed(f"every step showed what it had to, but it took longer than {ONCE_SECONDS_MAX} s")
        print(f"\nevery step showed what it had to, in {took:.0f} s", flush=True)
        told = True
        if not options.once:
            stay_up(world)
        return 0
    except (Failed, OSError, subprocess.SubprocessError) as failure:
        print(f"\nFAILED after {time.monotonic() - started:.0f} s: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        if told:
            return 0
        print(f"\ninterrupted after {time.monotonic() - started:.0f} s, before the end of the story", file=sys.stderr)
        return 130


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True, help="folder of the programs")
    parser.add_argument("--once", action="store_true",
                        help=f"end after the story; it fails if it took longer than {ONCE_SECONDS_MAX} s")
    parser.add_argument("--residents", type=int, default=100_000)
    parser.add_argument("--enterprises", type=int, help="a fifth of the residents where it is left out")
    parser.add_argument("--suite", type=int, default=1, help="cryptographic suite of the network (docs/formats/keys.md)")
    parser.add_argument("--keep", action="store_true", help="keep the folder")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    world = World(options.bin, options.suite)
    try:
        return tell(world, options)
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):  # whoever is impatient must not leave something running
            signal.signal(number, signal.SIG_IGN)
        world.stop(keep_files=options.keep)


if __name__ == "__main__":
    sys.exit(main())
