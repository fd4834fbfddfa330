#!/usr/bin/python3
"""docs/tutorial.md, pasted into a shell block by block, in an empty folder; and the READMEs, whose commands must exist.

    tests/tutorial/tutorial.py --bin build/dev/bin            the tutorial
    tests/tutorial/tutorial.py --bin build/dev/bin --readme   what the READMEs name
"""
import argparse
import contextlib
import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "deploy", "story"))
sys.dont_write_bytecode = True

import transcript  # noqa: E402
from world import Failed, free_port, verdict  # noqa: E402

BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PORT = re.compile(r"\b74\d\d\b")
WITHIN = 150  # seconds, all blocks
COMMANDS_MIN = 5  # of each README's transcript


def read(*parts):
    with open(os.path.join(ROOT, *parts), encoding="utf-8") as file:
        return file.read()


def script_of(text):
    """The blocks as one script, each announced by its number; ports are free ones, for the machine may use the others."""
    blocks = BLOCK.findall(text)
    ports = {}
    lines = ["set -euo pipefail"]
    for number, block in enumerate(blocks, 1):
        lines += [f"echo '# block {number} of {len(blocks)}'",
                  PORT.sub(lambda found: str(ports.setdefault(found.group(), free_port())), block)]
    return "\n".join([*lines, "echo '# all blocks'", ""])


def run(binaries, text):
    """What the shell printed. All that it started is ended, whatever became of it."""
    with tempfile.TemporaryDirectory(prefix="steelyard-tutorial-") as folder, tempfile.TemporaryFile("w+") as said:
        environment = {**os.environ, "PATH": f"{binaries}:{os.environ['PATH']}", "STEELYARD": ROOT}
        environment.pop("STEELYARD_HOME", None)
        shell = subprocess.Popen(["bash", "-c", script_of(text)], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                                 stdout=said, stderr=subprocess.STDOUT, start_new_session=True)
        try:
            code = shell.wait(timeout=WITHIN)
        except subprocess.TimeoutExpired:
            code = f"nothing within {WITHIN} s"
        finally:
            with contextlib.suppress(ProcessLookupError):  # it may have started nothing
                os.killpg(shell.pid, signal.SIGKILL)  # its daemons keep the group, and so its number
            shell.wait()
        said.seek(0)
        printed = said.read()
    if code != 0:
        raise Failed(f"the shell ended with {code}:\n{printed[-3000:]}")
    return printed


def tutorial(binaries):
    printed = run(binaries, read("docs", "tutorial.md"))
    for words in ("# all blocks", "王伟", "withheld", "whole:", '"withheld":[]'):
        if words not in printed:
            raise Failed(f"`{words}` was not printed:\n{printed[-3000:]}")
    # It notices: a block that fails ends it.
    try:
        run(binaries, read("docs", "tutorial.md").replace("--root data-bureau", "--root 'no id'", 1))
    except Failed:
        return
    raise Failed("a block that fails does not fail the tutorial")


def help_of(binaries, words):
    """What `steelyard WORDS --help` prints; the words until the first that is no verb."""
    verbs = []
    for word in words:
        if not re.fullmatch(r"[a-z]+", word):
            break
        verbs.append(word)
    done = subprocess.run([os.path.join(binaries, "steelyard"), *verbs, "--help"], capture_output=True, text=True, check=False)
    # Of a verb that is none the page is that of those before it.
    if done.returncode != 0 or f"Usage: steelyard {' '.join(verbs)} " not in done.stdout:
        raise Failed(f"there is no `steelyard {' '.join(verbs)}`: {done.stderr}")
    return done.stdout


def check_command(binaries, line):
    words = shlex.split(line)[1:]
    if words[:1] == ["-o"]:
        words = words[2:]
    page = help_of(binaries, words)
    for word in words:
        if word.startswith("--") and not re.search(rf"{re.escape(word)}\b", page):
            raise Failed(f"`steelyard {words[0]}` has no option {word}:\n{page}")


def readme(binaries):
    for name in transcript.READMES:
        text = read(name)
        commands = re.findall(r"^ +asked: +(steelyard .*)$", text.replace(" \\\n", " "), re.MULTILINE)
        if len(commands) < COMMANDS_MIN:
            raise Failed(f"{name} shows {len(commands)} commands: run deploy/story/transcript.py")
        for line in commands:
            check_command(binaries, line)
        for path in re.findall(r"^    \./(\S+)", text, re.MULTILINE):
            if not os.access(os.path.join(ROOT, path), os.X_OK):
                raise Failed(f"{name} names ./{path}, which does not run")
        if transcript.put(text, "") == text:
            raise Failed(f"{name} has no transcript")
    for wrong in ("steelyard frobnicate x", "steelyard query a/b --frob"):
        try:
            check_command(binaries, wrong)
        except Failed:
            continue
        raise Failed(f"`{wrong}` passes for a command")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True, help="folder of the programs")
    parser.add_argument("--readme", action="store_true")
    given = parser.parse_args()
    binaries = os.path.abspath(given.bin)
    return verdict(lambda: (readme if given.readme else tutorial)(binaries))


if __name__ == "__main__":
    sys.exit(main())
