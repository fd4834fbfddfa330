#!/usr/bin/env python3
"""Tells every program wrong things and holds it to its word.

    bad_input.py --bin DIR           runs every case of cases.py; prints each breach, exits 1 if there is any
    bad_input.py --bin DIR --self    checks that a case whose expectation is wrong does fail
    bad_input.py --bin DIR --show    prints what each case says, for people who look at the words

Each case must end with its exit code, say one error that begins with the program's name and holds the pieces expected,
print nothing else, show no key, and leave every file as it was, by content.
"""
import argparse
import concurrent.futures
import hashlib
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "deploy", "story"))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True

from cases import AWAY, CASES, LIVE, Case  # noqa: E402
from world import free_port  # noqa: E402

SECONDS_MAX = 20
CRASHES = re.compile(r"terminate called|Assertion|CHECK failed|core dumped|Sanitizer|Traceback|what\(\):|0x[0-9a-f]{8}")


class Tree:
    """A folder of files that no case may change, and the digests that show it."""

    def __init__(self, binaries, ignore=()):
        self.bin = binaries
        self.dir = tempfile.mkdtemp(prefix="steelyard-bad-input-")
        self.port = free_port()
        self.known = {}  # what a digest was made of -> the digest
        # Locks hold nothing: LMDB keeps its readers in lock.mdb. A state folder is a cache of what the broker said.
        self.ignore = re.compile("|".join([r"(^|/)(lock\.mdb|LOCK)$", *ignore]))

    def path(self, *parts):
        return os.path.join(self.dir, *parts)

    def run(self, command, timeout=SECONDS_MAX, **how):
        """Runs `steelyard ...` or another program by its name; the words of a case may name {dir} and {port}."""
        words = [word.replace("{dir}", self.dir).replace("{port}", str(self.port)) for word in command]
        if words[0].startswith("steelyard"):
            words[0] = os.path.join(self.bin, words[0])
        elif words[0] in ("deploy/demo", "tests/run"):
            words[0] = os.path.join(ROOT, words[0])
        environment = {k: v for k, v in os.environ.items() if k != "STEELYARD_HOME"}
        how = {"input": b"", "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **how}
        return subprocess.run(words, cwd=self.dir, env=environment, timeout=timeout, check=False, **how)

    def must(self, *command):
        done = self.run(["steelyard", *command])
        if done.returncode != 0:
            raise SystemExit(f"making the tree: steelyard {' '.join(command)}: {done.stderr.decode()}")

    def make(self):
        self.must("init", "--root", "bureau", "--name-zh", "数据局", "--name-en", "Bureau", "--origin", "log.test",
                  "--broker", "broker", "--office", "bureau", "--operators", "127.0.0.1:0",
                  "--listen", f"tcp://127.0.0.1:{self.port}")
        for member in ("tax", "civil"):
            self.must("keys", "make", "--office", member, "--member", member)
            self.must("keys", "make", "--adapter", member + "-adapter", "--member", member)
            for folder in (member, member + "-adapter"):
                self.must("keys", "bind", "--home", folder, "--from", "broker/network.json")
        os.mkdir(self.path("in"))

    def digest(self):
        """Every path below with its kind, mode and content."""
        found = {}
        for folder, folders, files in os.walk(self.dir):
            for name in [*folders, *files]:
                path = os.path.join(folder, name)
                short = os.path.relpath(path, self.dir)
                if self.ignore.search(short):
                    continue
                info = os.lstat(path)
                found[short] = (stat.filemode(info.st_mode), self.content(path, info))
        return found

    def content(self, path, info):
        if stat.S_ISLNK(info.st_mode):
            return os.readlink(path)
        if not stat.S_ISREG(info.st_mode):
            return ""
        key = (path, info.st_ino, info.st_size, info.st_mtime_ns, info.st_ctime_ns)
        if key not in self.known:
            with open(path, "rb") as file:
                self.known[key] = hashlib.sha256(file.read()).hexdigest()
        return self.known[key]

    def secrets(self):
        lines = set()
        for folder, _, files in os.walk(self.dir):
            for name in files:
                if name.endswith(".key"):
                    with open(os.path.join(folder, name), "rb") as file:
                        lines.update(part.encode() for part in file.read().decode("latin-1").strip().split(":")
                                     if len(part) > 40)
        return lines

    def remove(self):
        shutil.rmtree(self.dir, ignore_errors=True)


def put(tree, files):
    """Writes the files of a case below in/. Text, octets, a mode with its content, a link, or None for a folder."""
    for name, what in files.items():
        path = tree.path("in", name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if what is None:
            os.mkdir(path)
            continue
        mode = 0o644
        if isinstance(what, tuple):
            mode, what = what
        if mode == "link":
            os.symlink(what, path)
        elif mode == "fifo":
            os.mkfifo(path)
        elif mode == "copy":
            shutil.copy(tree.path(what), path)
        else:
            data = what if isinstance(what, bytes) else what.replace("{port}", str(tree.port)).encode()
            with open(path, "wb") as file:
                file.write(data)
            os.chmod(path, mode)


def outputs(case):
    """Where a case's standard output goes: collected, a full device, or closed."""
    if case.stdout == "full":
        return {"stdout": open("/dev/full", "wb")}
    if case.stdout == "closed":
        return {"preexec_fn": lambda: os.close(1)}
    if case.stdout == "broken":
        reader, writer = os.pipe()
        os.close(reader)
        return {"stdout": writer}
    return {}


def said(case, done, tree):
    """What is wrong with what the program said."""
    out, err = done.stdout or b"", done.stderr
    text = err.decode("utf-8", "replace")
    program = case.command[0]
    if done.returncode < 0:
        yield f"died of signal {-done.returncode}"
    elif done.returncode != case.exit:
        yield f"ended with {done.returncode}, not {case.exit}"
    if CRASHES.search(text) or CRASHES.search(out.decode("utf-8", "replace")):
        yield "crashed, or shows its insides"
    if any(secret in out or secret in err for secret in tree.secrets()):
        yield "shows a private key"
    if out and not case.says:
        yield f"printed to standard output: {out[:200]!r}"
    for piece in [case.says] if case.says else []:
        if piece.encode() not in out:
            yield f"does not print {piece!r}"
    for piece in case.pieces:
        if piece.replace("{port}", str(tree.port)) not in text:
            yield f"does not say {piece!r}"
    for piece in case.never:
        if piece in text:
            yield f"says {piece!r}"
    if case.exit == 0:
        return
    lines = text.rstrip("\n").split("\n")
    if case.json:
        try:
            error = json.loads(lines[-1])["error"]
        except (ValueError, KeyError, TypeError):
            yield "the last line is no error in JSON"
            return
        if error.get("exit") != case.exit or not error.get("what") or not error.get("slug"):
            yield f"the error in JSON lacks something: {error}"
        return
    errors = [line for line in lines if line.startswith(program + ": ")]
    if len(errors) != 1:
        yield f"says {len(errors)} errors, not one"
    elif re.match(r"[A-Z][a-z]", errors[0][len(program) + 2:]):
        yield "the error begins with a capital"
    if len(lines) > 3 + case.lines_before or len(text) > 2000:
        yield f"says too much: {len(lines)} lines"
    if program.startswith("steelyard") and "  to do: " not in text:
        yield "does not say what to do"


def check(case, tree, show=False):
    """Runs one case; the list of what is wrong."""
    put(tree, case.files)
    before = tree.digest()
    started = time.monotonic()
    try:
        done = tree.run(case.command, input=case.stdin, **outputs(case))
    except subprocess.TimeoutExpired:
        return [f"did not end within {SECONDS_MAX} s"]
    wrong = list(said(case, done, tree))
    after = tree.digest()
    if before != after:
        changed = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
        wrong.append("changed " + ", ".join(changed[:8]))
    if show:
        print(f"$ {' '.join(case.command)}   [{done.returncode}, {time.monotonic() - started:.2f} s]\n"
              f"{done.stderr.decode('utf-8', 'replace')}", end="")
    for name in os.listdir(tree.path("in")):
        path = tree.path("in", name)
        shutil.rmtree(path) if os.path.isdir(path) and not os.path.islink(path) else os.unlink(path)
    if wrong and not show:
        wrong.append("said: " + done.stderr.decode("utf-8", "replace")[:600])
    return wrong


def verbs_below(tree, words=()):
    """Each verb that runs, found in the help texts; what is wrong with those."""
    help_text = tree.run(["steelyard", *words, "--help"])
    text = help_text.stdout.decode()
    wrong = []
    if help_text.returncode != 0 or "Usage: " not in text or help_text.stderr:
        wrong.append(f"`steelyard {' '.join(words)} --help` does not help")
    if not words and not all(f"  {code} " in text for code in range(8)):
        wrong.append("`steelyard --help` does not list the exit codes")
    found = []
    section = text.partition("Subcommands:\n")[2]
    names = re.findall(r"^  ([a-z][a-z-]*)(?: |$)", section, re.M)
    for name in names:
        more, complaints = verbs_below(tree, (*words, name))
        found += more
        wrong += complaints
    return found or [words], wrong


def generated(tree):
    """For every verb: a flag that there is not, and no argument at all."""
    verbs, wrong = verbs_below(tree)
    cases = [Case(["steelyard", *words, "--no-such-flag"], 2, ["--no-such-flag", "--help"]) for words in verbs]
    cases += [Case(["steelyard", "-o", "json", *words, "--no-such-flag"], 2, ["--no-such-flag"], json=True)
              for words in verbs]
    # These need none, or have a case of their own: `policy authorize` keeps 2 for deny.
    apart = {("trace",), ("policy", "format"), ("policy", "authorize")}
    cases += [Case(["steelyard", *words], 2, ["--help"]) for words in verbs if words not in apart]
    nouns = sorted({words[:i] for words in verbs for i in range(1, len(words))})
    cases += [Case(["steelyard", *words], 2, ["needs a word after it", "--help"]) for words in nouns]
    return cases, wrong, len(verbs)


def publish(tree):
    """What the live cases need: a broker, two members, a dataset, an agreement that waits for approvals."""
    from network import BASELINE
    log = open(tree.path("broker.log"), "wb")
    broker = subprocess.Popen([os.path.join(tree.bin, "steelyard-broker"), "--config",
                               tree.path("broker/broker.toml"), "--ready-file", tree.path("ready")],
                              stdout=log, stderr=log, start_new_session=True)
    until = time.monotonic() + 20
    while not os.path.exists(tree.path("ready")):
        if broker.poll() is not None or time.monotonic() > until:
            raise SystemExit(f"the broker did not come up: see {tree.path('broker.log')}")
        time.sleep(0.02)
    root = ["--home", "bureau"]
    for member, name in (("tax", "Tax"), ("civil", "Civil affairs")):
        tree.must("member", "add", member, "--name-zh", "局", "--name-en", name, "--keys", member, "--keys",
                  member + "-adapter", *root, "--also-sign", member)
    tree.must("policy", "publish", BASELINE, *root)
    tree.must("duty", "add", "register", "--member", "civil", "--name-zh", "户籍", "--name-en", "Register", *root)
    tree.must("duty", "add", "income", "--member", "tax", "--name-zh", "税", "--name-en", "Income", *root)
    for kind, name, more in (("basis", "law", []), ("purpose", "relief", ["--bases", "law"]), ("reason", "dispute", [])):
        tree.must("catalog", "term", "add", kind, name, "--title-zh", "名", "--title-en", name, *more, *root)
    tree.must("application", "add", "app", "--name-zh", "应用", "--name-en", "App", "--home", "tax")
    put(tree, {"dataset.toml": cases_module().DATASET, "agreement.toml": cases_module().AGREEMENT})
    tree.must("catalog", "publish", "in/dataset.toml", "--home", "civil", "--also-sign", "bureau")
    tree.must("agreement", "propose", "in/agreement.toml", "--home", "tax")
    for name in os.listdir(tree.path("in")):
        os.unlink(tree.path("in", name))
    return broker


def cases_module():
    import cases
    return cases


def entries(tree):
    return json.loads(tree.run(["steelyard", "-o", "json", "log", "verify", "broker/store"]).stdout)["entries"]


def run_live(tree, show):
    broker = publish(tree)
    try:
        before = entries(tree)
        wrong = [(case, check(case, tree, show)) for case in LIVE]
        after = entries(tree)
    finally:
        broker.terminate()
        broker.wait(timeout=20)
    if after != before:
        wrong.append((LIVE[-1], [f"the log grew from {before} to {after} entries"]))
    return wrong


def run_away(binaries, show):
    """Nobody listens: each case in a tree of its own, all at once, since each waits."""
    def one(case):
        tree = Tree(binaries, [r"(^|/)state(/|$)"])
        try:
            tree.make()
            return case, check(case, tree, show)
        finally:
            tree.remove()
    with concurrent.futures.ThreadPoolExecutor(max_workers=len(AWAY)) as pool:
        return list(pool.map(one, AWAY))


def run_all(binaries, show):
    started = time.monotonic()
    tree, live = Tree(binaries), Tree(binaries, [r"(^|/)state(/|$)", r"^broker/(store|head|index)(/|$)", r"^broker\.log$"])
    try:
        with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
            away = pool.submit(run_away, binaries, show)
            live.make()
            lively = pool.submit(run_live, live, show)
            tree.make()
            made, complaints, verbs = generated(tree)
            results = [(case, check(case, tree, show)) for case in [*CASES, *made]]
            results += lively.result() + away.result()
    finally:
        tree.remove()
        live.remove()
    failed = 0
    for complaint in complaints:
        print(complaint)
    for case, wrong in results:
        if wrong:
            failed += 1
            print(f"{' '.join(case.command)}\n    " + "\n    ".join(wrong))
    print(f"{len(results)} cases, {verbs} verbs, {failed + len(complaints)} wrong, {time.monotonic() - started:.1f} s")
    return 1 if failed or complaints else 0


def run_self(binaries):
    """Each expectation, made wrong, must be noticed; a right one must not."""
    tree = Tree(binaries)
    right = ["steelyard", "keys", "show", "nowhere"]
    cases = [
        (Case(right, 2, ["nowhere"]), None),
        (Case(right, 3, ["nowhere"]), "ended with 2"),
        (Case(right, 2, ["somewhere else"]), "does not say"),
        (Case(right, 2, [], never=["nowhere"]), "says 'nowhere'"),
        (Case(right, 2, [], json=True), "no error in JSON"),
        (Case(["steelyard", "keys", "show", "tax"], 0), "printed to standard output"),
        (Case(["steelyard", "keys", "make", "--office", "new", "--member", "new"], 0, says="office"), "changed new"),
        (Case(["sh", "-c", "echo 'sh: no' >&2; cat tax/office.key >&2; exit 2"], 2), "private key"),
        (Case(["sh", "-c", "echo 'sh: no' >&2; echo x >> tax/office.toml; exit 2"], 2), "changed tax/office.toml"),
        (Case(["sh", "-c", "echo 'sh: no' >&2; chmod 644 tax/office.key; exit 2"], 2), "changed tax/office.key"),
        (Case(["sh", "-c", "kill -SEGV $$"], 2), "died of signal 11"),
        (Case(["sh", "-c", "echo 'sh: a' >&2; echo 'sh: b' >&2; exit 2"], 2), "2 errors"),
        (Case(["sh", "-c", "echo 'sh: Wrong' >&2; exit 2"], 2), "capital"),
    ]
    failed = 0
    try:
        tree.make()
        for case, expected in cases:
            found = check(case, tree)
            good = not found if expected is None else any(expected in one for one in found)
            if not good:
                failed += 1
                print(f"{' '.join(case.command)}: expected {expected!r}, found {found}")
    finally:
        tree.remove()
    print(f"{len(cases)} wrong expectations, {failed} not noticed")
    return 1 if failed else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True)
    parser.add_argument("--self", action="store_true")
    parser.add_argument("--show", action="store_true")
    arguments = parser.parse_args()
    binaries = os.path.abspath(arguments.bin)
    return run_self(binaries) if arguments.self else run_all(binaries, arguments.show)


if __name__ == "__main__":
    sys.exit(main())
