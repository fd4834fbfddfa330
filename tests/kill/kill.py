#!/usr/bin/python3
"""Kills broker, owners and users in every phase of the life of an exchange, and lets an oracle judge what they leave.

    tests/kill/kill.py --bin build/dev/bin              100 kills; 1,000 where STEELYARD_TEST_LONG=1
    tests/kill/kill.py --bin build/dev/bin --self       shows that the oracle notices what it has to
    --kills N   --seed N   --keep (leaves the files)

Each kill is a SIGKILL while at least 32 exchanges are open, either at a fail point of the product, where the process
must have died by its own board, or at a random moment. The processes go on where the last kill left them; after the
last one of a hundred the users finish, everything ends, and the oracle compares receipts, ledgers and log. In between
all processes are killed at one moment and what is there by then is judged, too. Half of the datasets have quotas, which
are used up one after the other: none is ever exceeded, none withheld, and a restart finds each as it was.
"""
import argparse
import os
import random
import shutil
import signal
import struct
import sys
import time

from city import City, Failed, verdict

OPEN_MIN = 32
PHASE_MIN = 10
KILLS_OF_ONE_CITY = 100
# A request lives 6 s (consumer.cc); the broker closes it 30 s (limits::kSkew) later.
UNANSWERED_WITHIN = 90
POINT_WITHIN = 30.0
RANDOM_WITHIN = 0.08  # seconds after all is up: longer than any exchange takes

# (phase, role, fail point, kills of a hundred). Phases as seen by the process that dies: of its own record of an
# exchange, and of what it was to hand on. "In commit" is between LMDB's sync of the pages and the page that counts.
PLAN = [
    ("before commit", "broker", "broker-before-append", 3),
    ("before commit", "broker", "log-before-commit", 2),
    ("before commit", "broker", "log-put", 2),
    ("before commit", "owner", "adapter-before-ledger", 3),
    ("before commit", "user", "consumer-before-receipts", 2),
    ("in commit", "broker", "in-commit-log", 6),
    ("in commit", "owner", "in-commit-ledger", 4),
    ("in commit", "user", "in-commit-receipts", 2),
    ("committed, not sent", "broker", "log-after-commit", 4),
    ("committed, not sent", "broker", "broker-committed", 4),
    ("committed, not sent", "owner", "adapter-after-ledger", 4),
    ("sent", "broker", "broker-sent", 6),
    ("sent", "owner", "adapter-answered", 4),
    ("sent", "user", "client-sent", 2),
    ("recorded, not delivered", "broker", "broker-answer-recorded", 7),
    ("recorded, not delivered", "user", "consumer-after-receipts", 5),
    ("random moment", "broker", None, 12),
    ("random moment", "owner", None, 14),
    ("random moment", "user", None, 14),
]
RANDOM = "random moment"
TRIES = 5  # of kills without an invariant: one has to fall into a moment that a slow build makes short


def plan_of(kills, source):
    """The kills of one city, shuffled. Fewer than a hundred: a share of each, for trying things out."""
    rounds = [(phase, role, point) for phase, role, point, count in PLAN for _ in range(count)]
    source.shuffle(rounds)
    return rounds[:kills]


class Killer:
    def __init__(self, city, source, counted):
        self.city, self.random, self.counted = city, source, counted
        self.least_open = None
        self.repeated = 0

    def victim(self, role):
        return {"broker": self.city.broker, "owner": self.random.choice(self.city.owners),
                "user": self.random.choice(self.city.users)}[role]

    def open_exchanges(self, victim):
        """What users hold open; of one that dies, what it held."""
        return victim.stat("open") if victim.role == "user" else self.city.total("open")

    def kill_at(self, victim, point):
        victim.arm(point, self.random.randint(1, 6))
        until = time.monotonic() + POINT_WITHIN
        while not victim.dead():
            if time.monotonic() > until:
                raise Failed(f"{victim.name} did not come past {point} within {POINT_WITHIN:.0f} s")
            time.sleep(0.0005)
        open_then = self.open_exchanges(victim)
        if not victim.died_at_point():
            raise Failed(f"{victim.name} ended with {victim.popen.returncode}, not at {point}: {victim.log_tail()}")
        return open_then

    def kill_at_random(self, victim):
        time.sleep(self.random.uniform(0, RANDOM_WITHIN))
        open_then = self.open_exchanges(victim)
        victim.popen.kill()
        if victim.popen.wait() != -signal.SIGKILL:
            raise Failed(f"{victim.name} ended with {victim.popen.returncode} by itself: {victim.log_tail()}")
        return open_then

    def run(self, rounds):
        waiting = list(rounds)
        while waiting:
            phase, role, point = waiting.pop()
            self.city.wait_for_flow()
            victim = self.victim(role)
            open_then = self.kill_at_random(victim) if point is None else self.kill_at(victim, point)
            victim.start()
            if open_then < OPEN_MIN:  # does not count: too little was at stake
                self.repeated += 1
                if self.repeated > 2 * len(rounds):
                    raise Failed(f"hardly ever {OPEN_MIN} exchanges are open at a kill")
                waiting.insert(0, (phase, role, point))
                continue
            self.least_open = min(open_then, self.least_open or open_then)
            key = (phase, role, point)
            self.counted[key] = self.counted.get(key, 0) + 1


def judge(city, quiesced, what):
    code, findings, counts = city.oracle(quiesced)
    if code != 0:
        raise Failed(f"{what}: the oracle found\n  " + "\n  ".join(findings))
    for name in ("answered", "ledger_lines", "delivered", "kept", "receipts", "handed_over", "limited"):
        if counts[name] == 0:
            raise Failed(f"{what}: the oracle compared nothing: {counts}")
    print(f"  {what}: nothing missing, nothing twice: " + ", ".join(f"{k} {v:,}" for k, v in counts.items()),
          flush=True)
    return counts


def kill_one_city(binaries, source, rounds, counted, keep):
    began = time.monotonic()
    city = City(binaries, source)
    failed = True
    try:
        city.start_all()
        killer = Killer(city, source, counted)
        city.wait_for_flow()
        print(f"  a city of 2 users, 2 owners and a broker is up after {time.monotonic() - began:.1f} s", flush=True)
        began = time.monotonic()
        half = len(rounds) // 2
        killer.run(rounds[:half])
        city.wait_for_flow()
        took = time.monotonic() - began
        city.cut_power()
        judge(city, False, f"all killed at once after {half} kills")
        city.start_all()
        began = time.monotonic()
        killer.run(rounds[half:])
        took += time.monotonic() - began
        city.wait_for_flow()
        print(f"  {len(rounds)} kills in {took:.1f} s, {killer.repeated} more not counted; least open at a kill: "
              f"{killer.least_open}; starts: " + ", ".join(f"{p.name} {p.starts}" for p in city.all), flush=True)
        city.quiesce(UNANSWERED_WITHIN)
        counts = judge(city, True, "at rest")
        if len(rounds) == KILLS_OF_ONE_CITY and counts["quota_refused"] == 0:
            raise Failed("no quota was used up")
        failed = False
    finally:
        city.world.stop(keep_files=keep or failed)
        if keep or failed:
            print(f"  files: {city.world.dir}", file=sys.stderr)


def print_table(counted):
    phases = list(dict.fromkeys(phase for phase, _, _, _ in PLAN))
    print(f"\n  {'phase':26}{'broker':>8}{'owner':>8}{'user':>8}{'in all':>8}  fail points")
    for phase in phases:
        by_role = {role: sum(n for (p, r, _), n in counted.items() if p == phase and r == role)
                   for role in ("broker", "owner", "user")}
        points = ", ".join(f"{point} {n}" for (p, _, point), n in sorted(counted.items(), key=str)
                           if p == phase and point)
        print(f"  {phase:26}{by_role['broker']:>8}{by_role['owner']:>8}{by_role['user']:>8}"
              f"{sum(by_role.values()):>8}  {points}")
    print(f"  {'in all':26}" + "".join(f"{sum(n for (_, r, _), n in counted.items() if r == role):>8}"
                                       for role in ("broker", "owner", "user")) + f"{sum(counted.values()):>8}\n")


def check_table(counted, kills):
    if sum(counted.values()) != kills:
        raise Failed(f"{sum(counted.values())} kills were counted, not {kills}")
    if kills < KILLS_OF_ONE_CITY:
        return  # a trial
    for phase in dict.fromkeys(phase for phase, _, _, _ in PLAN):
        hit = sum(n for (p, _, _), n in counted.items() if p == phase)
        if hit < PHASE_MIN:
            raise Failed(f"`{phase}` was hit {hit} times, not {PHASE_MIN}")


def kill_all(arguments, source):
    counted = {}
    left = arguments.kills
    while left > 0:
        rounds = plan_of(min(left, KILLS_OF_ONE_CITY), source)
        left -= len(rounds)
        kill_one_city(arguments.bin, source, rounds, counted, arguments.keep)
    print_table(counted)
    check_table(counted, arguments.kills)


# That the oracle can say no.

TREATMENTS = [  # what is done to a copy, to which folder, and what the oracle must call it
    ("forget-receipt", lambda c: c.users[0].state, "delivered-not-kept"),
    ("forget-proofs", lambda c: c.users[1].state, "never-proved"),
    ("forget-hand-over", lambda c: c.users[1].state, "never-handed-over"),
    ("spoil-receipt", lambda c: c.users[0].state, "receipt-wrong"),
    ("repeat-line", lambda c: c.owners[0].state, "executed-twice"),
    ("cut-ledger", lambda c: c.owners[1].state, "answer-not-in-ledger"),
    ("close-again", lambda c: c.world.path("broker", "store"), "closed-twice"),
    ("open-another", lambda c: c.world.path("broker", "store"), "left-open"),
    ("grant-beyond", lambda c: c.world.path("broker", "store"), "granted-beyond-quota"),
    ("refuse-within", lambda c: c.world.path("broker", "store"), "refused-within-quota"),
]


def copy_of(city, name):
    where = city.world.path(name)
    os.mkdir(where)
    for part in ("broker", "city"):
        shutil.copytree(city.world.path(part), os.path.join(where, part))
    for user in city.users:
        shutil.copy(user.journal, where)
    return where


def must_name(city, slug, what, where, quiesced=True):
    code, findings, _ = city.oracle(quiesced, where)
    named = sorted({finding.split(":")[0] for finding in findings})
    wanted = [slug] if isinstance(slug, str) else slug
    if code != 1 or not set(wanted) & set(named):
        raise Failed(f"{what}: the oracle says {named}, not {' or '.join(wanted)}")
    others = [name for name in named if name not in wanted]
    print(f"  {what}: {', '.join(name for name in named if name in wanted)}" +
          (f" (also {', '.join(others)})" if others else ""), flush=True)


def doctor_copies(city):
    import subprocess
    for treatment, folder, slug in TREATMENTS:
        where = copy_of(city, treatment)
        own = os.path.join(where, os.path.relpath(folder(city), city.world.dir))
        subprocess.run([city.binary("steelyard-kill-doctor"), treatment, own], check=True)
        must_name(city, slug, treatment, where)
        shutil.rmtree(where)
    where = copy_of(city, "journals")
    with open(os.path.join(where, os.path.basename(city.users[1].journal)), "a", encoding="utf-8") as file:
        file.write("A 01932f7e-8a4b-7c3d-9e0f-000000000001 5 6\n! promise-unproved entry 5\n")
    must_name(city, "alarm", "an alarm in a journal", where)
    must_name(city, "answer-not-in-log", "an answer that the log never saw", where)
    shutil.rmtree(where)


def older_log(city, older):
    """The log as it was before the last answers, whole in itself."""
    where = copy_of(city, "older-log")
    shutil.rmtree(os.path.join(where, "broker"))
    shutil.copytree(older, os.path.join(where, "broker"))
    must_name(city, "answer-not-in-log", "an older copy of the log", where)
    shutil.rmtree(where)


def rest(city):
    city.quiesce(UNANSWERED_WITHIN)
    code, findings, counts = city.oracle(True)
    if code != 0:
        raise Failed("the oracle finds, where nobody was killed:\n  " + "\n  ".join(findings))
    return counts


def self_test(arguments, source):
    city = City(arguments.bin, source)
    try:
        city.start_all()
        city.wait_for_flow(200)
        rest(city)
        older = city.world.path("older-broker")
        shutil.copytree(city.world.path("broker"), older)
        city.start_all()
        city.wait_for_flow(200)
        counts = rest(city)
        print(f"  nobody killed: nothing found over {counts['delivered']:,} deliveries", flush=True)
        doctor_copies(city)
        older_log(city, older)
        lift_invariants(city, source)
    finally:
        city.world.stop(keep_files=arguments.keep)


def lift_invariants(city, source):
    """The product without the invariant that forbids it: real kills then leave what the oracle must name."""
    for invariant, hooked, slug in (
            ("once", city.owners, "executed-twice"),
            ("record-before-forward", [city.broker], ("request-not-in-log", "answer-not-in-log", "executed-unasked"))):
        for process in hooked:
            process.hooks = {"STEELYARD_TEST_DISABLE_INVARIANT": invariant}
        for more in range(TRIES - 1, -1, -1):
            city.start_all()
            Killer(city, source, {}).run([(RANDOM, "broker", "log-before-commit")] * 6)
            city.wait_for_flow()
            city.cut_power()
            try:
                must_name(city, slug, f"kills without {invariant}", None, quiesced=False)
                break
            except Failed:
                if more == 0:
                    raise
        for process in hooked:
            process.hooks = {}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", default="build/dev/bin", help="programs of a build with STEELYARD_TEST_HOOKS")
    parser.add_argument("--kills", type=int, default=1000 if os.environ.get("STEELYARD_TEST_LONG") == "1" else 100)
    parser.add_argument("--seed", type=int, default=int(os.environ.get("STEELYARD_TEST_SEED",
                                                                     struct.unpack("<I", os.urandom(4))[0])))
    parser.add_argument("--self", action="store_true", dest="self_test")
    parser.add_argument("--keep", action="store_true")
    arguments = parser.parse_args()
    print(f"seed {arguments.seed} (again: STEELYARD_TEST_SEED={arguments.seed})", flush=True)
    source = random.Random(arguments.seed)
    return verdict(lambda: (self_test if arguments.self_test else kill_all)(arguments, source))


if __name__ == "__main__":
    sys.exit(main())
