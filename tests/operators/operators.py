#!/usr/bin/python3
"""What operators read, from a live broker: pages, `steelyard status`, alert rules; and that all tables name the same.

    operators.py --bin DIR
"""
import argparse
import json
import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "deploy", "story"))

import network  # noqa: E402
from world import Failed, World  # noqa: E402


def need(condition, what):
    if not condition:
        raise Failed(what)


def read(*parts):
    with open(os.path.join(ROOT, *parts), encoding="utf-8") as file:
        return file.read()


def promtool(*arguments, text=None):
    done = subprocess.run(["promtool", *arguments], input=text, capture_output=True, text=True)
    need(done.returncode == 0, f"promtool {' '.join(arguments)}: {done.stdout}{done.stderr}")


def check_tables():
    """Every trouble has its heading in the runbook and its alert; no other has."""
    codes = set(re.findall(r'^STEELYARD_TROUBLE\(\w+, "([\w-]+)"', read("schemas", "troubles.def"), re.MULTILINE))
    headings = set(re.findall(r"^## ([\w-]+)$", read("docs", "runbook.md"), re.MULTILINE))
    alerts = set(re.findall(r"code: ([\w-]+)[,}]", read("deploy", "alerts", "steelyard.rules.yml")))
    tested = set(re.findall(r"code: ([\w-]+)[,}]", read("deploy", "alerts", "steelyard.rules.test.yml")))
    need(len(codes) > 10, "troubles.def was not read")
    for name, found in (("docs/runbook.md", headings), ("the alert rules", alerts), ("their test", tested)):
        need(found == codes, f"{name} and troubles.def differ: {sorted(found ^ codes)}")
    promtool("check", "rules", os.path.join(ROOT, "deploy/alerts/steelyard.rules.yml"))
    promtool("test", "rules", os.path.join(ROOT, "deploy/alerts/steelyard.rules.test.yml"))
    print(f"  {len(codes)} troubles: each with its heading, its alert, and a test of that alert")


def page(address, path):
    try:
        with urllib.request.urlopen(f"http://{address}{path}", timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def wait_for(what, condition, seconds=15):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if condition():
            return
        time.sleep(0.1)
    raise Failed(f"{what}: not within {seconds} s")


def metric(text, name):
    """The sum over all samples of that name."""
    found = re.findall(rf"^{name}(?:{{[^}}]*}})? ([\d.e+-]+)$", text, re.MULTILINE)
    return sum(float(value) for value in found)


def check_live(world):
    network.make_registers(world, seed=1, residents=200)
    network.make_members(world)
    network.start_adapters(world)
    network.make_catalogue(world)
    network.make_agreement(world)
    with open(world.path("broker.log"), encoding="utf-8") as file:
        address = re.search(r"operators read http://(\S+)/metrics", file.read()).group(1)

    def codes():
        out, _ = world.cli("status", "--operators", address, "-o", "json")
        return [trouble["code"] for trouble in json.loads(out)["troubles"]]

    need(page(address, "/healthz")[0] == 200 and page(address, "/readyz")[0] == 200, "a broker in order is not ready")
    status, text = page(address, "/metrics")
    need(status == 200, f"/metrics says {status}")
    promtool("check", "metrics", text=text)
    need(page(address, "/nothing")[0] == 404, "a page that is not there")
    wait_for("both adapters show", lambda: len(re.findall("steelyard-adapter", world.cli(
        "status", "--operators", address)[0])) == 2)
    wait_for("the broker has no trouble", lambda: "no trouble" in world.cli("status", "--operators", address)[0])
    print("  in order: pages, promtool check metrics, status without trouble")

    refused = metric(text, "steelyard_broker_refusals_total")
    world.cli("query", "civil-affairs/household", "--application", "tax-relief", "--home", "tax-office", "--fields",
              "name", "--where", "id_number=110101199003070011", "--purpose", "no-such-purpose", expect=3)
    wait_for("a refusal is counted by its reason", lambda: metric(
        page(address, "/metrics")[1], "steelyard_broker_refusals_total") == refused + 1)

    name, adapter = next(p for p in world.processes if p[0].startswith("civil-affairs"))
    adapter.terminate()
    adapter.wait(timeout=20)
    wait_for("owner-away is told", lambda: codes() == ["owner-away"])
    out, _ = world.cli("status", "--operators", address)
    need("whose turn: owner" in out and "systemctl status steelyard-adapter" in out, f"no next command: {out}")
    text = page(address, "/metrics")[1]
    need('steelyard_trouble{code="owner-away"} 1' in text, "the metric of the trouble is missing")
    print(f"  {name} stopped: owner-away, with whose turn it is and the next command")

    broker = next(p for p in world.processes if p[0] == "broker")[1]
    broker.terminate()
    need(broker.wait(timeout=20) == 0, "the broker did not end with 0")
    _, err = world.cli("status", "--operators", address, expect=5)
    need("nobody answers" in err, f"a broker that is away is not named: {err}")
    print("  broker stopped: status says so, and ends with 5")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True)
    given = parser.parse_args()
    check_tables()
    world = World(given.bin, 1)
    try:
        check_live(world)
    finally:
        world.stop()
    print("what operators read is in order")


if __name__ == "__main__":
    try:
        main()
    except Failed as failed:
        sys.exit(f"operators: {failed}")
