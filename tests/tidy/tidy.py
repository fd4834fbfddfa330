#!/usr/bin/env python3
"""Keeps the tree as docs/ARCHITECTURE.md says it is.

    tests/tidy/tidy.py            checks this tree; prints each breach as file:line: what, exits 1 if there is any
    tests/tidy/tidy.py --self     checks that each rule catches a breach made for it
"""
import os
import re
import subprocess
import sys
import tempfile

RANKS = {
    "core/base": 0,
    "core/crypto": 1, "core/store": 1, "core/net": 1, "core/http": 1, "core/metrics": 1, "core/json": 1, "core/config": 1,
    "schemas": 2, "policy": 2, "core/service": 2,
    "core/exchange": 3,
    "core/provenance": 4, "core/client": 4,
    "broker": 5, "adapters": 5, "cli": 5,
}

# Each library stands behind one wall: (pattern of its headers, folders that may include it).
WALLS = [
    (r"<openssl/(?!ssl\.h|err\.h)", ["core/crypto"]),
    (r"<openssl/(ssl|err)\.h", ["core/crypto", "core/http"]),  # libevent wants the TLS context that it serves
    (r"<sodium", ["core/crypto"]),
    (r"<intel-ipsec-mb", ["core/crypto"]),
    (r"<systemd/", ["core/service"]),
    (r"<event2/", ["core/http"]),
    (r"<prometheus/", ["core/metrics"]),
    (r"<lmdb\.h>", ["core/store"]),
    (r"<zmq", ["core/net"]),
    (r"<nlohmann/", ["core/json"]),
    (r"<toml\+\+/|<toml", ["core/config"]),
    (r"<unicode/", ["policy"]),
    (r"<flatbuffers/|_generated\.h", ["schemas"]),
    (r"<sqlite3\.h>", ["adapters/sqlite"]),
    (r"<libpq-fe\.h>", ["adapters/postgres"]),
    (r"<CLI/", ["cli", "broker", "adapters"]),
    (r"<tl/expected", ["core/base"]),
    (r"<date/", ["core/base"]),
]
# Tests make databases and bare ZeroMQ peers of their own, and the baselines of the benchmark use nothing of ours.
WALLS_DO_NOT_BIND = re.compile(r"^tests/|_test\.cc$")

SECRET_WORDS = re.compile(r"BEGIN (RSA |EC )?PRIVATE KEY|steelyard-key:v1:[a-z0-9]+:(?!A{43}=)[A-Za-z0-9+/]{43}=")
# In parts, so that neither this scanner nor another takes its own list for what it looks for.
LEFT_BEHIND = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "X" * 3)) + r")\b")
FILE_LINES_MAX = 600
LINE_COLUMNS_MAX = 130

INCLUDE = re.compile(r'^\s*#include\s+(["<][^">]+[">])')


def folder_of(path):
    """The ranked folder that a path belongs to, or None."""
    best = None
    for folder in RANKS:
        if path.startswith(folder + "/") and (best is None or len(folder) > len(best)):
            best = folder
    return best


def check_source(path, text):
    home = folder_of(path)
    lines = text.split("\n")
    if len(lines) > FILE_LINES_MAX:
        yield path, len(lines), f"{len(lines)} lines: is it one concept?"
    for number, line in enumerate(lines, 1):
        if LEFT_BEHIND.search(line):
            yield path, number, "left behind: " + line.strip()
        if len(line) > LINE_COLUMNS_MAX:
            yield path, number, f"{len(line)} columns"
        found = INCLUDE.match(line)
        if not found:
            continue
        header = found.group(1)
        for pattern, folders in WALLS:
            inside = any(path.startswith(folder + "/") for folder in folders)
            if re.search(pattern, header) and not inside and not WALLS_DO_NOT_BIND.search(path):
                yield path, number, f"{header} belongs to {' '.join(folders)} alone"
        if home is None or header[0] != '"':
            continue
        other = folder_of(header[1:-1])
        if other is None or other == home or "/testing/" in header:
            continue
        if RANKS[other] >= RANKS[home]:
            yield path, number, f"{home} (rank {RANKS[home]}) includes {other} (rank {RANKS[other]})"


def check_any(path, text):
    for number, line in enumerate(text.split("\n"), 1):
        if SECRET_WORDS.search(line):
            yield path, number, "looks like a private key"


# A test named in the documents, as the table of claims in docs/security does: `Suite.NameOfTheTest`.
TEST_NAMED = re.compile(r"`([A-Z][A-Za-z]+\.[A-Z][A-Za-z]{6,})`")
TEST_DEFINED = re.compile(r"^(?:TEST|TEST_F|TEST_P|TYPED_TEST|RC_GTEST_PROP)\(\s*(\w+),\s*(\w+)", re.MULTILINE)
PATH_NAMED = re.compile(r"`((?:core|broker|adapters|cli|policy|schemas|deploy|docs|tests)/[\w./-]+)`")
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")


def tests_defined(root, files):
    names = set()
    for path in files:
        if path.endswith("_test.cc") and os.path.exists(os.path.join(root, path)):
            with open(os.path.join(root, path), encoding="utf-8") as file:
                names.update(".".join(found) for found in TEST_DEFINED.findall(file.read()))
    return names


def check_document(root, path, text, tests):
    """What a document names exists: tests, files, links."""
    for number, line in enumerate(text.split("\n"), 1):
        for name in TEST_NAMED.findall(line):
            if name not in tests:
                yield path, number, f"names the test {name}, which does not exist"
        for name in PATH_NAMED.findall(line):
            stem = os.path.join(root, name)
            if not os.path.exists(stem) and not os.path.exists(stem + ".h"):
                yield path, number, f"names {name}, which does not exist"
        for name in LINK.findall(line):
            if not os.path.exists(os.path.join(root, os.path.dirname(path), name)):
                yield path, number, f"links to {name}, which does not exist"


# Alarms by the calls that raise them: their codes, as literals; or the errors whose slugs they are, where a call names it
# by a code.
RAISES = re.compile(r"(?:\braise|raise_alarm)\(((?:[^();]|\([^()]*\))*)")
CODES_IN = re.compile(r'"([a-z]+(?:-[a-z]+)+)"')
RAISED_BY_ERROR = {
    "adapters/provider.cc": ["grant-outside-agreement", "verification-failed"],
    "adapters/provider_answer.cc": ["owner-unavailable", "source-changed"],
    "core/client/consumer_handle.cc": ["unexpected-answer", "answer-outside-grant", "proof-invalid",
                                       "verification-failed"],
}


def check_alarms(path, text, headings):
    """Every alarm that this source raises has its heading in the runbook."""
    if not path.startswith(("adapters/", "core/client/", "broker/")) or path.endswith(("_test.cc", "alarms.cc")):
        return
    for call in RAISES.finditer(text):
        number = text.count("\n", 0, call.start()) + 1
        if text[call.start() - 2:call.start()] == "::" or re.match(r"\s*std::string_view slug", call.group(1)):
            continue  # where it is declared
        first = call.group(1).partition(",")[0]
        if re.fullmatch(r"\s*slug\s*", first):
            continue  # handed on
        codes = CODES_IN.findall(first) or RAISED_BY_ERROR.get(path, [])
        if not codes:
            yield path, number, "raises an alarm whose code tests/tidy cannot tell"
        for code in codes:
            if code not in headings:
                yield path, number, f"raises the alarm {code}, which has no heading in docs/runbook.md"


def headings_of(root):
    try:
        with open(os.path.join(root, "docs", "runbook.md"), encoding="utf-8") as file:
            return set(re.findall(r"^## ([\w-]+)$", file.read(), re.MULTILINE))
    except FileNotFoundError:
        return set()


def check_tree(root, files):
    headings = headings_of(root)
    tests = tests_defined(root, files)
    for path in files:
        if path.startswith("console/dist/"):
            continue
        try:
            with open(os.path.join(root, path), encoding="utf-8") as file:
                text = file.read()
        except UnicodeDecodeError:
            yield path, 0, "not text"
            continue
        except FileNotFoundError:
            continue
        yield from check_any(path, text)
        if path.endswith(".md"):
            yield from check_document(root, path, text, tests)
        if path.endswith((".h", ".cc")):
            yield from check_source(path, text)
            yield from check_alarms(path, text, headings)
            if path.endswith(".h") and "#pragma once" not in text:
                yield path, 1, "no #pragma once"
            if path.endswith(".h") and not text.startswith("//"):
                yield path, 1, "a header opens with what it is"


def self_test():
    bad = {
        "core/base/a.h": '#pragma once\n#include "core/crypto/b.h"\n',
        "core/crypto/b.h": '// B.\n#pragma once\n#include <lmdb.h>\n',
        "core/store/c.h": '// C.\n#pragma once\n#include "core/crypto/b.h"\n',
        "policy/d.cc": "// TO" + "DO\n" + "\n" * 700 + "x" * 140 + "\n",
        "policy/g.cc": "// FIX" + "ME\n",
        "policy/h.cc": "// " + "X" * 3 + "\n",
        "adapters/i.cc": 'raise("known-alarm", "x");\nraise("nobody-knows", "x");\nraise(named(by), "x");\n',
        "docs/runbook.md": "## known-alarm\n",
        "cli/e.h": '// E.\n#include "broker/f.h"\n',
        "cli/e_test.cc": "TEST(Good, StandsInTheTree) {}\n",
        "docs/claims.md": "`Good.StandsInTheTree` `Gone.IsNoLongerThere` `cli/e.h` `cli/gone.h` [x](gone.md)\n",
        "docs/key.md": "steelyard-key:v1:ed25519:" + "B" * 43 + "=\n",
    }
    wanted = [("core/base/a.h", "rank"), ("core/base/a.h", "opens"), ("core/crypto/b.h", "belongs"),
              ("core/store/c.h", "rank"), ("policy/d.cc", "left behind"), ("policy/g.cc", "left behind"),
              ("policy/h.cc", "left behind"), ("policy/d.cc", "concept"), ("policy/d.cc", "columns"),
              ("adapters/i.cc", "nobody-knows"), ("adapters/i.cc", "cannot tell"),
              ("cli/e.h", "rank"), ("cli/e.h", "pragma"), ("docs/key.md", "private key"),
              ("docs/claims.md", "Gone.IsNoLongerThere"), ("docs/claims.md", "names cli/gone.h"),
              ("docs/claims.md", "links to gone.md")]
    with tempfile.TemporaryDirectory() as root:
        for path, text in bad.items():
            os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
            with open(os.path.join(root, path), "w", encoding="utf-8") as file:
                file.write(text)
        found = list(check_tree(root, bad))
    missed = [w for w in wanted if not any(f[0] == w[0] and w[1] in f[2] for f in found)]
    for path, what in missed:
        print(f"not caught: {what} in {path}")
    wrong = [f for f in found if "Good.StandsInTheTree" in f[2] or "names cli/e.h" in f[2]
             or "known-alarm" in f[2]]
    for path, line, what in wrong:
        print(f"no breach: {path}:{line}: {what}")
    print(f"tidy: {len(wanted) - len(missed)} of {len(wanted)} breaches caught")
    return 1 if missed or wrong else 0


def main():
    if sys.argv[1:] == ["--self"]:
        return self_test()
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    listed = subprocess.run(["git", "-c", f"safe.directory={root}", "-C", root, "ls-files"], check=True,
                            capture_output=True, text=True).stdout
    files = [f for f in listed.split("\n") if f]
    breaches = list(check_tree(root, files))
    for path, line, what in breaches:
        print(f"{path}:{line}: {what}")
    print(f"tidy: {len(files)} files, {len(breaches)} breaches")
    return 1 if breaches or not files else 0


if __name__ == "__main__":
    sys.exit(main())
