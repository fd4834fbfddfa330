"""Medians, ratios and the table."""
import statistics

from world import Failed

COLUMNS = [  # title, key, scale, format
    ("exch/s", "exchanges_per_s", 1, ",.0f"), ("p50 µs", "p50_us", 1, ",.0f"), ("p99 µs", "p99_us", 1, ",.0f"),
    ("CPU µs", "cpu_us", 1, ".1f"), ("consumers", "cpu_us_consumers", 1, ".1f"), ("broker", "cpu_us_broker", 1, ".1f"),
    ("owners", "cpu_us_owners", 1, ".1f"), ("peak MiB", "peak_bytes", 2**-20, ".0f"),
    ("signatures", "signatures", 1, ".3f"), ("checks", "verifications", 1, ".3f"), ("commits", "commits", 1, ".3f"),
    ("/ curve", "ratio_curve", 1, ".3f"), ("others", "others_cores", 1, ".2f"),
]
ALONE_US = 1_200  # at window 1, beyond the proxy's time and three commits
OURS_ALONE = ("signatures", "verifications", "commits")


def progress(shape, run, system, figures):
    return (f"{shape:>5} run {run + 1} {system:<13} {figures['exchanges_per_s']:>10,.0f}/s  "
            f"{figures['cpu_us']:7.1f} µs CPU  p50 {figures['p50_us']:,.0f} µs  others {figures['others_cores']:.2f}")


def medians(runs):
    """{system: [figures]} to {system: figures}, each with its ratio to the CURVE proxy."""
    result = {}
    for system, figures in runs.items():
        result[system] = {key: round(statistics.median(run[key] for run in figures), 4) for key in figures[0]}
        result[system]["runs_exchanges_per_s"] = [run["exchanges_per_s"] for run in figures]
    for figures in result.values():
        figures["ratio_curve"] = round(figures["exchanges_per_s"] / result["curve"]["exchanges_per_s"], 4)
    return result


def ratios(shapes):
    return {f"ratio_curve_{name}": systems["steelyard"]["ratio_curve"] for name, systems in shapes.items()}


def table(shapes):
    rows = [["shape", "system", *(title for title, *_ in COLUMNS)]]
    for name, systems in shapes.items():
        for system, figures in systems.items():
            cells = [format(figures[key] * scale, spec) if key in figures else "-" for _, key, scale, spec in COLUMNS]
            rows.append([name, system, *cells])
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) if i < 2 else cell.rjust(width)
                       for i, (cell, width) in enumerate(zip(row, widths))).rstrip() for row in rows]
    return "\n".join(lines + ["CPU, signatures, checks and commits: per exchange; checks: of signatures; others: cores "
                              "that processes outside the measurement used."])


def alone(systems, commit_us):
    """One exchange with nothing beside it: held to the proxy's and what three commits and the rest may take."""
    bound = systems["curve"]["p50_us"] + 3 * commit_us + ALONE_US
    return (f"window 1: p50 {systems['steelyard']['p50_us']:,.0f} µs; the CURVE proxy's, three commits of bare LMDB "
            f"({commit_us:,.0f} µs each) and {ALONE_US:,} µs are {bound:,.0f} µs")


def check_complete(shapes):
    for name, systems in shapes.items():
        for system, figures in systems.items():
            for _, key, *_ in COLUMNS:
                if key in OURS_ALONE and system != "steelyard":
                    continue
                # Zero is a figure for nothing but how many cores others used.
                if key not in figures or (figures[key] <= 0 and key != "others_cores"):
                    raise Failed(f"{name}, {system}: `{key}` is missing or not above zero")
