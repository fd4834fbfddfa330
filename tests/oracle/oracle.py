#!/usr/bin/env python3
"""Holds the policy language to Cedar's reference on fresh random cases: npm's cedar-wasm answers, policy_test compares.

  oracle.py --test build/dev/policy/policy_test --dir build/dev/oracle [--policies 14000] [--schemas 6000] [--seed N]

The package comes by `npm ci`, held to the digest in package-lock.json, and stays in the folder. Where there is no node,
no npm, or no way to the package, a line says what is left out and the exit code is 77: the golden cases, which
policy_test always runs, then stand for it. STEELYARD_TEST_SEED repeats a run; so does the seed that it prints.
"""
import argparse
import os
import random
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
SKIPPED = 77
PACKAGE = "node_modules/@cedar-policy/cedar-wasm/package.json"
FETCH_SECONDS_MAX = 60
CHUNK = 5_000  # of cases in one file: some 16 MB, of which a failing one is kept


def skip(why):
    print(f"skipped: policy, random cases against Cedar's reference: {why}; the golden cases stand for them")
    sys.exit(SKIPPED)


def fetch(folder):
    if shutil.which("node") is None:
        skip("there is no node")
    if os.path.exists(os.path.join(folder, PACKAGE)):
        return
    if shutil.which("npm") is None:
        skip("there is no npm")
    os.makedirs(folder, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(os.path.join(HERE, name), folder)
    try:
        done = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=0"], cwd=folder,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=FETCH_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        skip(f"npm did not come to an end in {FETCH_SECONDS_MAX} s")
    # A package that is another one is no reason to look away.
    if "EINTEGRITY" in done.stdout:
        sys.exit(f"npm: {done.stdout}")
    if done.returncode != 0:
        skip("npm has no way to the package")


def run(kind, count, seed, options):
    """Makes `count` cases and compares them; the file of those that differ stays."""
    path = os.path.join(options.dir, f"{kind}-{seed}.json")
    with open(path, "w", encoding="utf-8") as cases:
        subprocess.run(["node", os.path.join(HERE, f"{kind}.js"), "--package", options.dir, "--count", str(count), "--seed",
                        str(seed)], stdout=cases, check=True)
    name, variable = {"policies": ("PolicyReference", "STEELYARD_POLICY_CASES"),
                      "schemas": ("SchemaReference", "STEELYARD_SCHEMA_CASES")}[kind]
    done = subprocess.run([options.test, f"--gtest_filter={name}.*"], cwd=ROOT, env={**os.environ, variable: path},
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0 or "[  PASSED  ] 1 test." not in done.stdout:
        print(done.stdout[-20_000:])
        sys.exit(f"{kind}: not as the reference has it: seed {seed}, the cases are in {path}")
    print(f"{kind}, seed {seed}: " + next(line for line in done.stdout.splitlines() if line[:1].isdigit()), flush=True)
    os.remove(path)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--test", required=True, type=os.path.abspath)
    parser.add_argument("--dir", required=True, type=os.path.abspath)
    parser.add_argument("--policies", type=int, default=14_000)
    parser.add_argument("--schemas", type=int, default=6_000)
    parser.add_argument("--seed", type=int, default=int(os.environ.get("STEELYARD_TEST_SEED", 0)) or random.randrange(1, 2**31))
    options = parser.parse_args()
    fetch(options.dir)
    print(f"seed {options.seed}", flush=True)
    numbers = random.Random(options.seed)
    for kind, wanted in (("policies", options.policies), ("schemas", options.schemas)):
        for begin in range(0, wanted, CHUNK):
            run(kind, min(CHUNK, wanted - begin), numbers.randrange(1, 2**32), options)


if __name__ == "__main__":
    main()
