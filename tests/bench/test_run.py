#!/usr/bin/python3
"""Shows that tests/bench/run refuses what would make its figures worthless, with its own functions.

    tests/bench/test_run.py --bin build/dev/bin --dir build/dev/bench
"""
import argparse
import importlib.machinery
import importlib.util
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
RUN = os.path.join(HERE, "run")
sys.dont_write_bytecode = True


def load_run():
    loader = importlib.machinery.SourceFileLoader("bench_run", RUN)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("bench_run", loader))
    loader.exec_module(module)
    return module


bench = load_run()  # which finds its own modules
city, machine, Failed = bench.city, bench.machine, bench.Failed


def fails(what, pieces, run):
    try:
        run()
    except Failed as why:
        if all(piece in str(why) for piece in pieces):
            print(f"  {what}: {why}")
            return
        raise
    raise Failed(f"{what} was not noticed")


def memory_disk():
    with open("/proc/mounts", encoding="utf-8") as file:
        mounts = [line.split()[1] for line in file if line.split()[2] == "tmpfs"]
    for folder in ("/dev/shm", "/run", "/tmp"):  # where Debian has them
        if folder in mounts and os.access(folder, os.W_OK):
            return folder
    raise Failed("this machine has no tmpfs to write to, so that nothing shows that one is refused")


def refuses_memory(given):
    folder = memory_disk()
    fails("a disk in memory", ["tmpfs", "--dir"], lambda: machine.refuse_memory_disk(folder))
    machine.refuse_memory_disk(given.dir)
    with tempfile.TemporaryDirectory(dir=folder) as below:
        says(1, ["tmpfs", "--dir"], "--quick", "--bin", given.bin, "--dir", below)


def counts_syncs(given):
    """A process that really makes three syncs, counted by the library that the bench preloads."""
    ours = city.City(given.bin, given.dir, bench.SHAPES["64"], 1)
    try:
        script = "import os, sys; f = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT); [os.fsync(f) for _ in range(3)]"
        subprocess.run(ours.counted("broker", ["/usr/bin/python3", "-c", script, ours.path("file")]), check=True)
        ours.check_syncs({"broker": {"commits": 3}})
        fails("fewer syncs than commits", ["4 commits", "3 syncs"], lambda: ours.check_syncs({"broker": {"commits": 4}}))
        fails("no commit at all", ["0 commits"], lambda: ours.check_syncs({"broker": {"commits": 0}}))
    finally:
        ours.stop()


def says(code, pieces, *words):
    """tests/bench/run itself, told something wrong."""
    done = subprocess.run(["/usr/bin/python3", RUN, *words], capture_output=True, text=True, timeout=60, check=False)
    if done.returncode != code or "Traceback" in done.stderr or not all(piece in done.stderr for piece in pieces):
        raise Failed(f"`tests/bench/run {' '.join(words)}` ended with {done.returncode} and said: {done.stderr}")


def takes_no_nonsense(given):
    says(2, ["--bin", "`steelyard`"], "--bin", "nowhere")
    with tempfile.NamedTemporaryFile() as file:
        says(2, ["--dir", "Not a directory"], "--bin", given.bin, "--dir", os.path.join(file.name, "below"))
    says(2, ["`65`"], "--only", "65")
    says(2, ["--seconds"], "--seconds", "0.5", "--bin", given.bin)
    print("  wrong words: told, without a traceback")


def knows_what_is_complete(given):
    def complete(*words):
        return bench.arguments([*words, "--bin", given.bin, "--dir", given.dir]).complete
    for words in (["--seconds", "9"], ["--runs", "2"], ["--quick"], ["--only", "512"], ["--receipts"],
                  ["--systems", "curve,steelyard"]):
        if complete(*words):
            raise Failed(f"a run with {' '.join(words)} would stand in the history")
    if not complete() or not complete("--seconds", "20", "--runs", "5"):
        raise Failed("a whole run would not stand in the history")
    print("  only whole runs stand in the history")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True)
    parser.add_argument("--dir", required=True, help="on a real disk; made")
    given = parser.parse_args()
    given.bin, given.dir = os.path.abspath(given.bin), os.path.abspath(given.dir)
    os.makedirs(given.dir, exist_ok=True)
    try:
        for check in (refuses_memory, counts_syncs, takes_no_nonsense, knows_what_is_complete):
            check(given)
    except Failed as why:
        print(f"FAILED: {why}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
