"""Shows that the bounds of scenarios.py break where they should: on figures that are made up."""
from town import Failed
import budget
import scenarios


class Watched:
    """What Watch saw of a broker that took one octet less than it may."""

    class town:
        statements = 100

    page = {}
    disk = 1 << 20
    sessions = 3
    queue = scenarios.LIMIT["kSessionQueueBytesMax"]
    backlog = scenarios.LIMIT["kBacklogBytesMax"]

    def __init__(self, more=0):
        self.peak = budget.bytes_max(self, scenarios.LIMIT) + more


def lines(took_ms, how="ok", begin=0, count=1_000):
    """As many exchanges, one a millisecond."""
    return [(0, begin + i * 1_000, took_ms * 1_000, how) for i in range(count)]


def neighbours(calm_ms, then_ms, factor, long, **more):
    bounds = scenarios.Bounds()
    both = lines(calm_ms) + lines(then_ms, begin=1_000_000, **more)
    scenarios.neighbours(bounds, both, (0, 1_000_000), (1_000_000, 2_000_000), factor, long)
    return bounds.broken


def memory(watched):
    bounds = scenarios.Bounds()
    bounds.memory(watched)
    return bounds.broken


def goodput(percent):
    bounds = scenarios.Bounds()
    scenarios.goodput(bounds, 1_000, lines(5, count=percent * 10), 0, 1_005_000)
    return bounds.broken


def play():
    cases = [
        ("others as quick as before", neighbours(100, 119, 1.2, True), 0),
        ("others slower by more than a fifth", neighbours(100, 121, 1.2, True), 1),
        ("the short form lets them be twice as slow", neighbours(100, 199, 1.2, False), 0),
        ("and no slower", neighbours(100, 201, 1.2, False), 1),
        ("the short form's floor", neighbours(5, scenarios.CALM_MS, 1.2, False), 0),
        ("is no floor of the long one's", neighbours(5, scenarios.CALM_MS, 1.2, True), 1),
        ("nobody answered", neighbours(5, 5, 1.2, False, how="busy"), 2),
        ("goodput of four fifths", goodput(81), 0),
        ("goodput of less", goodput(79), 1),
        ("memory as the formula says", memory(Watched()), 0),
        ("memory beyond it", memory(Watched(more=1)), 1),
    ]
    for what, broken, expected in cases:
        if len(broken) != expected:
            raise Failed(f"self test: {what}: {expected} bounds should be broken, are: {broken}")
    print(f"self test: {len(cases)} cases")
