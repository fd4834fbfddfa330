"""What the broker's memory may be: the formula of docs/capacity.md, with the limits of core/base/limits.h."""
import os
import re

import place  # of tests/hostile, where town.py finds it

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MIB = 1 << 20
BASE = 96 * MIB          # the program, its threads, the allocator's spare pages
STATEMENT = 32 * 1024    # one with its rows, policies and proof


def limits():
    """Every whole number of limits.h by its name."""
    with open(os.path.join(ROOT, "core", "base", "limits.h"), encoding="utf-8") as file:
        text = file.read()
    found = {}
    for name, value in re.findall(r"inline constexpr (?:std::\w+|int) (k\w+)\s*=\s*([^;]+);", text):
        value = re.sub(r"(?<=\d)'(?=\d)|(?<=\d)U?LL\b", "", value)
        found[name] = int(eval(value.replace("/", "//"), {"__builtins__": {}}, found))  # our own header
    return found


def on_disk(folder):
    """The log's store and its indexes: their pages are mapped, and count where they are touched."""
    return sum(os.stat(os.path.join(at, name)).st_blocks * 512 for at, _, names in os.walk(folder) for name in names)


def bytes_max(watch, limit):
    """Of a broker that was watched: its last page, and the most of what has no page."""
    page, sessions = watch.page, watch.sessions
    exchanges = place.value(page, "steelyard_broker_requests_total")  # no run is longer than they are kept
    statements = watch.town.statements
    return int(BASE + watch.disk + statements * STATEMENT + exchanges * limit["kExchangeBytes"] +
               min(sessions * limit["kSessionQueueBytesMax"], limit["kQueueBytesMax"]) +
               min(sessions * limit["kCreditBytes"], limit["kBacklogBytesMax"]) +
               sessions * (limit["kControlQueueBytesMax"] + 2 * limit["kCreditBytes"]))
