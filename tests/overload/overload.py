#!/usr/bin/python3
"""Loads a broker with more than there is room for, and measures what becomes of everybody else.

    tests/overload/overload.py --bin build/dev/bin          every scenario, a minute and a half in all
    --long              with the figures that the bus is held to: five minutes of overload, 500 sessions (also where
                        STEELYARD_TEST_LONG=1); for a machine with nothing else to do
    --only NAMES        with commas: overload, stopped, drip, restart, flood
    --dir DIR           on a real disk; made
    --self              plays nothing: shows that each bound breaks where it should

Each scenario prints one line: what it measured, and the bounds (docs/capacity.md says which, and how far those of the
short form are wider). Exit code: 0; 1 where a bound does not hold.
"""
import argparse
import os
import sys
import time

from town import ROOT, Failed, verdict
import machine
import scenarios
import self_test

# Of the short form: a machine shared with others has its moments; what the broker does wrong it does each time.
TRIES = 3


def arguments():
    parser = argparse.ArgumentParser(description="loads a broker with more than there is room for")
    parser.add_argument("--bin", help="folder with the programs")
    parser.add_argument("--long", action="store_true", default=os.environ.get("STEELYARD_TEST_LONG") == "1")
    parser.add_argument("--only", default=",".join(scenarios.ALL))
    parser.add_argument("--dir", default=os.path.join(ROOT, "build", "overload"))
    parser.add_argument("--self", action="store_true")
    given = parser.parse_args()
    if given.self:
        return given
    if not given.bin:
        parser.error("--bin: folder with the programs")
    given.dir, given.bin = os.path.abspath(given.dir), os.path.abspath(given.bin)
    given.only = given.only.split(",")
    for name in given.only:
        if name not in scenarios.ALL:
            parser.error(f"--only: `{name}` is none of {', '.join(scenarios.ALL)}")
    return given


def play(given):
    if given.self:
        return self_test.play()
    machine.refuse_memory_disk(given.dir)
    failed = []
    for name in given.only:
        for tries_left in reversed(range(1 if given.long else TRIES)):
            began = time.monotonic()
            line, broken = scenarios.ALL[name](given)
            print(f"{name} ({time.monotonic() - began:.0f} s): {line}" + "".join(f"\n  does not hold: {one}" for one in broken), flush=True)
            if not broken:
                break
            if not tries_left:
                failed.append(name)
    if failed:
        raise Failed("bounds do not hold: " + ", ".join(failed))


if __name__ == "__main__":
    arguments_given = arguments()
    sys.exit(verdict(lambda: play(arguments_given)))
