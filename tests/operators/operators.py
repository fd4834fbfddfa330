#!/usr/bin/python3
"""What operators read, from a live broker and adapters: pages, `steelyard status`, alert rules; all tables name the same.

    operators.py --bin DIR
"""
import argparse
import json
import os
import re
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "deploy", "story"))

import network  # noqa: E402
from world import Failed, World, verdict  # noqa: E402


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
    """Every trouble has its heading in the runbook and its alert; no other has. Alarms' headings are tests/tidy's."""
    codes = set(re.findall(r'^STEELYARD_TROUBLE\(\w+, "([\w-]+)"', read("schemas", "troubles.def"), re.MULTILINE))
    troubles = read("docs", "runbook.md").partition("\n# Alarms\n")[0]
    headings = set(re.findall(r"^## ([\w-]+)$", troubles, re.MULTILINE))
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
    except OSError:  # hung up
        return None, ""


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


ASK = ["query", "civil-affairs/household", "--application", "tax-relief", "--home", "tax-office", "--fields", "name",
       "--where", "id_number=110101199003070011", "--operator", "op-1", "--case", "c-1", "--purpose"]


def codes_at(world, address):
    out, _ = world.cli("status", "--operators", address, "-o", "json")
    return [trouble["code"] for trouble in json.loads(out)["troubles"]]


def check_adapter(world):
    """An adapter's own pages: in order, with its register away, with it back, with an agreement suspended."""
    address = world.pages("civil-affairs-adapter")
    wait_for("an adapter in order is ready", lambda: page(address, "/readyz") == (200, "ok\n"))
    need(page(address, "/healthz") == (200, "ok\n"), "its loop turns, and /healthz says otherwise")
    world.cli(*ASK, "tax-relief")
    wait_for("a read is counted", lambda: metric(page(address, "/metrics")[1], "steelyard_adapter_reads_total") == 1)
    text = page(address, "/metrics")[1]
    promtool("check", "metrics", text=text)
    need('steelyard_adapter_up{member="civil-affairs"} 1' in text and metric(text, "steelyard_ledger_records") == 1,
         f"session or ledger is missing: {text}")
    out, _ = world.cli("status", "--operators", address)
    need(re.search(r"civil-affairs/household +ok +1 +0 ", out) and "no trouble" in out, f"not in order: {out}")

    register = world.path("civil-affairs-adapter", "civil-affairs.sqlite")
    os.rename(register, register + ".away")
    world.cli(*ASK, "tax-relief", expect=5)
    wait_for("source-failing is told", lambda: codes_at(world, address) == ["source-failing"])
    need(page(address, "/readyz") == (503, "source-failing\n"), "ready without its register")
    need(page(address, "/healthz")[0] == 200, "a register that is away stops no loop")
    text = page(address, "/metrics")[1]
    promtool("check", "metrics", text=text)
    for sample in ('steelyard_adapter_source_failing{dataset="civil-affairs/household"} 1',
                   'steelyard_adapter_reads_failed_total{dataset="civil-affairs/household",reason="owner-unavailable"} 1',
                   'steelyard_trouble{member="civil-affairs",code="source-failing"} 1'):
        need(sample in text, f"no {sample}")
    out, _ = world.cli("status", "--operators", address)
    need("owner-unavailable" in out and "whose turn: owner" in out and "登记库没有应答" in out, f"unexplained: {out}")
    os.rename(register + ".away", register)
    world.cli(*ASK, "tax-relief")
    wait_for("source-failing is over", lambda: codes_at(world, address) == [])
    need(page(address, "/readyz")[0] == 200, "its register is back, and it is not ready")
    print("  an adapter's pages: promtool check metrics, its register away: source-failing, and back")

    suspended = world.path("civil-affairs-adapter", "state", "suspended")
    os.makedirs(suspended, exist_ok=True)
    world.write("civil-affairs-adapter/state/suspended/tax-household-2026", "")
    wait_for("a suspended agreement shows", lambda: "stopped by the office: tax-household-2026" in world.cli(
        "status", "--operators", address)[0])
    os.remove(os.path.join(suspended, "tax-household-2026"))
    wait_for("and is gone", lambda: "stopped by the office" not in world.cli("status", "--operators", address)[0])


def certificates(world, folder):
    """An authority, and what it signs: the adapter's certificate and its reader's."""
    def openssl(*words):
        subprocess.run(["openssl", *words], cwd=world.path(folder), check=True, capture_output=True)

    new = ["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    openssl(*new, "-x509", "-days", "2", "-subj", "/CN=authority", "-keyout", "ca.key", "-out", "ca.pem")
    for name in ("adapter", "reader"):
        openssl(*new, "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.csr")
        openssl("x509", "-req", "-days", "2", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
                "-CAcreateserial", "-out", f"{name}.pem")
        os.chmod(world.path(folder, f"{name}.key"), 0o600)


def check_mutual_tls(world):
    """The adapter comes back with [operators_tls]: read by whom the authority signed, by nobody else."""
    folder = "civil-affairs-adapter"
    certificates(world, folder)
    with open(world.path(folder, "adapter.toml"), "a", encoding="utf-8") as file:
        file.write('[operators_tls]\ncertificate = "adapter.pem"\nkey = "adapter.key"\nclient_ca = "ca.pem"\n')
    world.adapter("civil-affairs")
    with open(world.path(folder + ".log"), encoding="utf-8") as file:
        url = re.search(r"operators read (https://\S+)/metrics", file.read()).group(1)

    def read_by(certified):
        context = ssl.create_default_context(cafile=world.path(folder, "ca.pem"))
        context.check_hostname = False
        if certified:
            context.load_cert_chain(world.path(folder, "reader.pem"), world.path(folder, "reader.key"))
        try:
            with urllib.request.urlopen(url + "/healthz", timeout=10, context=context) as answer:
                return answer.status
        except OSError:
            return None

    wait_for("a certified reader is answered", lambda: read_by(True) == 200)
    need(read_by(False) is None, "a reader without a certificate was answered")
    need(page(url.removeprefix("https://"), "/healthz")[0] is None, "answered without TLS")
    print("  an adapter with [operators_tls] answers whom its authority signed, nobody else")


def check_live(world):
    network.make_registers(world, seed=1, residents=200)
    network.make_members(world)
    network.start_adapters(world)
    network.make_catalogue(world)
    network.make_agreement(world)
    address = world.pages("broker")
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
    world.cli(*ASK, "no-such-purpose", expect=3)
    wait_for("a refusal is counted by its reason", lambda: metric(
        page(address, "/metrics")[1], "steelyard_broker_refusals_total") == refused + 1)

    check_adapter(world)

    name, adapter = next(p for p in world.processes if p[0].startswith("civil-affairs"))
    adapter.terminate()
    adapter.wait(timeout=20)
    wait_for("owner-away is told", lambda: codes_at(world, address) == ["owner-away"])
    out, _ = world.cli("status", "--operators", address)
    need("whose turn: owner" in out and "systemctl status steelyard-adapter" in out, f"no next command: {out}")
    text = page(address, "/metrics")[1]
    need('steelyard_trouble{code="owner-away"} 1' in text, "the metric of the trouble is missing")
    print(f"  {name} stopped: owner-away, with whose turn it is and the next command")

    check_mutual_tls(world)

    broker = next(p for p in world.processes if p[0] == "broker")[1]
    broker.terminate()
    need(broker.wait(timeout=20) == 0, "the broker did not end with 0")
    _, err = world.cli("status", "--operators", address, expect=5)
    need("nobody answers" in err, f"a broker that is away is not named: {err}")
    print("  broker stopped: status says so, and ends with 5")
    left = world.pages("tax-adapter")
    wait_for("broker-lost is told", lambda: codes_at(world, left) == ["broker-lost"], seconds=30)
    need(page(left, "/readyz") == (503, "broker-lost\n"), "ready without a broker")
    need('steelyard_adapter_up{member="tax"} 0' in page(left, "/metrics")[1], "up without a broker")
    out, _ = world.cli("status", "--operators", left)
    need(re.search(r"tax +none ", out) and "whose turn: owner" in out, f"unexplained: {out}")
    print("  and the adapter that is left says broker-lost")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True)
    given = parser.parse_args()
    check_tables()
    with World(given.bin, 1) as world:
        check_live(world)
    print("what operators read is in order")


if __name__ == "__main__":
    sys.exit(verdict(main))
