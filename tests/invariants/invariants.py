#!/usr/bin/env python3
"""Shows for each named invariant that its tests pass, and that they fail where its check is switched off.

    tests/invariants/invariants.py BUILD_DIR

The tests are those named `Invariant.<Name>...` in the unit-test programs: Invariant.OnceARepeatIsNotRunAgain tests
`once`. The list of names is core/base/invariant.h's; an invariant without a test is a failure.
"""
import glob
import os
import re
import subprocess
import sys


def names(root):
    with open(os.path.join(root, "core/base/invariant.h"), encoding="utf-8") as file:
        body = re.search(r"enum class Invariant \{(.*?)\};", file.read(), re.S).group(1)
    return [name.strip() for name in body.split(",") if name.strip()]


def camel(name):
    return "".join(part.capitalize() for part in name.split("_"))


def run(program, pattern, disabled=None):
    environment = dict(os.environ)
    environment.pop("STEELYARD_TEST_DISABLE_INVARIANT", None)
    if disabled:
        environment["STEELYARD_TEST_DISABLE_INVARIANT"] = disabled
    done = subprocess.run([program, f"--gtest_filter={pattern}"], env=environment, capture_output=True, text=True,
                          timeout=240)
    return done.returncode, done.stdout


def main():
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    build = sys.argv[1]
    programs = [p for p in glob.glob(os.path.join(build, "**", "*_test"), recursive=True) if os.access(p, os.X_OK)
                and os.path.isfile(p)]
    listed = {}
    for program in programs:
        text = subprocess.run([program, "--gtest_list_tests", "--gtest_filter=Invariant*"], capture_output=True,
                              text=True, timeout=60).stdout
        listed[program] = re.findall(r"^  (\w+)", text, re.M)
    failures = 0
    for name in names(root):
        slug = name.replace("_", "-")
        tests = [(program, test) for program in programs for test in listed[program] if test.startswith(camel(name))]
        if not tests:
            print(f"FAIL {slug}: no test names it")
            failures += 1
        for program, test in tests:
            pattern = f"Invariant*.{test}*"
            kept, _ = run(program, pattern)
            dropped, _ = run(program, pattern, slug)
            good = kept == 0 and dropped != 0
            failures += not good
            why = "" if good else " (fails as it is)" if kept != 0 else " (passes without the check)"
            print(f"{'ok  ' if good else 'FAIL'} {slug}: {os.path.basename(program)} {test}{why}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
