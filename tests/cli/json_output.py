#!/usr/bin/env python3
"""Runs every verb of `steelyard` with -o json in a small live network: each prints one JSON document on standard output.

    json_output.py --bin DIR          exits 1 where one does not, and where a verb was not run at all
    json_output.py --bin DIR --self   checks that both are noticed

The verbs are those of the help texts, so that a new one needs a line here.
"""
import argparse
import contextlib
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [HERE, os.path.join(ROOT, "deploy", "story"), os.path.join(ROOT, "tests", "bench"),
                os.path.join(ROOT, "tests", "interop")]
sys.dont_write_bytecode = True

import network  # noqa: E402
from authority import Authority  # noqa: E402
import registers  # noqa: E402
from bad_input import verbs_below  # noqa: E402
from world import Failed, World, verdict  # noqa: E402

RESIDENTS = 300
ASK = ["query", "civil-affairs/household", "--application", "tax-relief", "--home", "tax-office", "--fields",
       "name,household_size,phone"]
AGREED = ["--purpose", "tax-relief"]


def document(text):
    """The one document in what a verb printed."""
    try:
        value = json.loads(text)
    except ValueError as why:
        raise Failed(f"standard output is not one JSON document ({why}): {text[:200]!r}") from why
    if not isinstance(value, (dict, list)):
        raise Failed(f"standard output is neither object nor array: {text[:200]!r}")
    return value


class JsonWorld(World):
    """Says -o json to every verb and holds it to that; remembers which verbs have run."""

    def __init__(self, binaries):
        super().__init__(binaries, suite=1)
        found, wrong = verbs_below(self)
        if wrong:
            raise Failed("; ".join(wrong))
        self.verbs = set(found)
        self.ran = set()

    def run(self, words):  # for verbs_below
        return subprocess.run([f"{self.bin}/{words[0]}", *words[1:]], capture_output=True, check=False, timeout=60)

    def cli(self, *arguments, expect=0, timeout=60):
        out, err = super().cli(*arguments, "-o", "json", expect=expect, timeout=timeout)
        verb = next((arguments[:n] for n in (3, 2, 1) if arguments[:n] in self.verbs), None)
        if verb is None:
            raise Failed(f"`{' '.join(arguments)}` begins with no verb of the help texts")
        try:
            self.said = document(out)
        except Failed as why:
            raise Failed(f"`steelyard {' '.join(arguments)} -o json`: {why}") from why
        if expect == 0:
            self.ran.add(verb)
        return out, err

    def refuses(self, *arguments, expect):
        super().cli(*arguments, expect=expect)

    def person(self):
        with contextlib.closing(sqlite3.connect(self.path("civil-affairs-adapter", "civil-affairs.sqlite"))) as register:
            return register.execute("SELECT id_number FROM residents WHERE id_number <> '' LIMIT 1").fetchone()[0]

    def says(self, *arguments, expect=0, timeout=60):
        self.cli(*arguments, expect=expect, timeout=timeout)
        return self.said


def need(condition, what, said):
    if not condition:
        raise Failed(f"{what}: {json.dumps(said, ensure_ascii=False)[:600]}")


def has(said, *names):
    missing = [name for name in names if name not in said]
    need(not missing, f"{', '.join(missing)} missing in", said)


def ask(world):
    """An answer, a refusal and a no have the same members."""
    members = ["outcome", "status", "as_of", "rows", "withheld", "masked", "exchange", "receipt", "request_entry", "closing_entry",
               "proved", "took_ms", "delay_ms", "error"]
    person = world.person()
    answered = world.says(*ASK, *AGREED, "--where", f"id_number={person}")
    has(answered, *members)
    need(answered["outcome"] == "answered" and answered["status"] == "complete" and answered["as_of"]
         and answered["withheld"] == ["phone"] and answered["proved"] is True and answered["error"] is None
         and [set(row) for row in answered["rows"]] == [{"name", "household_size"}], "not the whole answer", answered)
    nobody = world.says(*ASK, *AGREED, "--where", "id_number=110101190001010000")
    need(nobody["rows"] == [] and nobody["outcome"] == "answered" and nobody["receipt"], "not an empty answer", nobody)
    refused = world.says(*ASK, "--purpose", "statistics", "--where", f"id_number={person}", expect=3)
    has(refused, *members)
    need(refused["outcome"] == "refused" and refused["receipt"] and refused["error"]["slug"] == "purpose-not-agreed"
         and refused["error"]["retry"] is False and refused["error"]["exit"] == 3, "not a whole refusal", refused)
    register = world.path("civil-affairs-adapter", "civil-affairs.sqlite")
    os.rename(register, register + ".away")
    no = world.says(*ASK, *AGREED, "--where", f"id_number={person}", expect=5)
    os.rename(register + ".away", register)
    need(no["outcome"] == "answered" and no["status"] == "no" and no["error"]["slug"] == "owner-unavailable"
         and no["error"]["retry"] is True, "not a whole no", no)
    return answered["receipt"]


PARTS = """[agreement]
id = "tax-parts"
user = "tax"
owner = "civil-affairs"
manager = "data-bureau"
dataset = "civil-affairs/household"
fields = ["id_number", "name", "household_size"]
masks = {name = "keep-first-1"}
row_filter = "context.row has household_size && context.row.household_size >= 1"
actions = ["query", "verify"]
purposes = ["statistics"]
legal_basis = "tax-law-15"
user_duty = "income-tax"
rows_max = 2
rows_per_day = 3
day_offset = "+05:30"
"""


def parts(world):
    """An agreement over parts of the data: masked, filtered, so many rows a day, and claims in place of rows."""
    world.write("parts.toml", PARTS)
    world.says("agreement", "propose", "parts.toml", "--home", "tax-office")
    for role, office in (("user", "tax"), ("owner", "civil-affairs"), ("manager", "data-bureau")):
        world.says("agreement", "approve", "tax-parts", "--role", role, "--home", f"{office}-office")
    shown = world.says("agreement", "show", "tax-parts", "--home", "tax-office")
    need(shown["masks"] == {"name": "keep-first-1"} and shown["rows_per_day"] == 3
         and shown["day_offset"] == "+05:30" and shown["row_filter"], "not shown", shown)
    who = f"id_number={world.person()}"
    purpose = ["--purpose", "statistics", "--where"]
    claims = ["--claim", "household_size>=1", "--claim", "household_size>=99"]
    verify = ["verify", "civil-affairs/household", "--application", "tax-relief", "--home", "tax-office", *claims]
    said = world.says(*verify, *purpose, who)
    need([one["truth"] for one in said["claims"]] == ["true", "false"] and said["status"] == "filtered"
         and said["rows"] == [] and said["receipt"] and said["proved"] is True, "not what is true", said)
    said = world.says(*verify, *purpose, "id_number=110101190001010000")
    need([one["truth"] for one in said["claims"]] == ["unknown", "unknown"], "nobody is known", said)
    said = world.says(*verify, "--claim", "name=x", *purpose, who, expect=3)
    need(said["error"]["slug"] == "condition-not-granted" and said["withheld"] == ["name"], "masked, and told", said)
    ask_part = ["query", "civil-affairs/household", "--application", "tax-relief", "--home", "tax-office", "--fields",
                "name,household_size", *purpose, who]
    for _ in range(3):
        said = world.says(*ask_part)
        need(said["status"] == "filtered" and said["masked"] == {"name": "keep-first-1"}
             and len(said["rows"][0]["name"]) == 2 and said["rows"][0]["name"].endswith("*"), "not in part", said)
    said = world.says(*ask_part, expect=3)
    need(said["error"]["slug"] == "quota-exceeded" and said["error"]["retry"] is True, "more than three rows", said)


def read(world, receipt):
    """What shows and lists."""
    for noun, name in (("member", "tax"), ("catalog", "civil-affairs/household"), ("agreement", "tax-household-2026"),
                       ("policy", "baseline")):
        need(world.says(noun, "list", "--home", "tax-office"), f"an empty list of {noun}", [])
        need(world.says(noun, "show", name, "--home", "tax-office"), f"nothing of {noun}", {})
    told = world.says("policy", "explain", "tax", "civil-affairs/household", "--home", "tax-office")
    need({"yes", "no"} <= {field["query"] for field in told["fields"]}, "everything or nothing is given", told)
    need(all(said["zh"] and said["en"] for said in told["sentences"]), "no sentences", told)
    schema = world.says("policy", "translate-schema", "--direction", "cedar-to-json", "-s",
                        os.path.join(ROOT, "schemas", "steelyard.cedarschema"))
    need("Dataset" in schema[""]["entityTypes"] and "query" in schema[""]["actions"], "not the schema", schema)
    world.write("schema.json", json.dumps(schema))
    again = world.says("policy", "translate-schema", "--direction", "json-to-cedar", "-s", "schema.json")
    need("entity Dataset in [System] = {" in again["schema"], "not the schema", again)
    valid = world.says("policy", "validate", "-s", os.path.join(ROOT, "schemas", "steelyard.cedarschema"), "-p",
                       os.path.join(ROOT, "deploy", "policies", "baseline.cedar"))
    need(valid == [], "something about the baseline", valid)
    measured = world.says("policy", "bench", "-p", os.path.join(ROOT, "deploy", "policies", "baseline.cedar"),
                          "--agreements", "10", "--decisions", "1000")
    need(len(measured) == 7 and measured[0]["policies"] > 0, "rows of the bench", measured)
    world.write("p.cedar", 'permit(principal == User::"a", action, resource) when { 1 == "1" || true };')
    asked = ("--principal", 'User::"a"', "--action", 'Action::"b"', "--resource", 'File::"c"')
    decision = world.says("policy", "authorize", "-p", "p.cedar", *asked)
    need(decision == {"decision": "allow", "reasons": ["policy0"], "errors": []}, "another decision", decision)
    policies = world.says("policy", "translate", "--direction", "cedar-to-json", "-p", "p.cedar")
    need(policies["staticPolicies"]["policy0"]["effect"] == "permit", "not the policy", policies)
    world.write("p.json", json.dumps(policies))
    need(world.says("policy", "translate-policy", "--direction", "cedar-to-json", "-p", "p.cedar") == policies,
         "another translation by Cedar's own name", world.said)
    text = world.says("policy", "translate", "--direction", "json-to-cedar", "-p", "p.json")
    need("permit(principal == User::\"a\", action, resource)" in text["policies"], "not the policy", text)
    laid_out = world.says("policy", "format", "-p", "p.cedar")
    need(laid_out["changed"] and laid_out["policies"].startswith("permit (\n"), "not laid out", laid_out)
    world.write("case.json", json.dumps({"policies": "p.cedar", "entities": "e.json", "requests": [
        {"principal": {"type": "User", "id": "a"}, "action": {"type": "Action", "id": "b"},
         "resource": {"type": "File", "id": "c"}, "context": {}, "decision": "allow", "reason": ["policy0"],
         "errors": []}]}))
    world.write("e.json", "[]")
    tested = world.says("policy", "test", "case.json")
    need(tested["requests"] == 1 and tested["mismatches"] == [], "a case that is right", tested)
    world.says("keys", "show", "tax-office")
    for place in (["--broker-store", "broker/store", "--index", "broker/index"], ["--home", "tax-office"]):
        steps = world.says("trace", receipt, *place)
        need(len(steps) >= 3, "a short trace", world.said)
        if place[0] == "--broker-store":
            decided = [step for step in steps if (step["detail"] or {}).get("decided_by")]
            need(len(decided) == 1 and decided[0]["what"] == "request, granted", "not who decided", steps)
            entry = decided[0]["entry"]
            need(world.says("log", "show", "broker/store", str(entry))["decided_by"] == decided[0]["detail"]["decided_by"],
                 "`log show` names others", world.said)
    trace_all(world)
    world.says("receipt", "list", "--home", "tax-office")
    world.says("receipt", "show", receipt, "--home", "tax-office")
    files = world.says("receipt", "export", receipt, "--out", "case.receipt", "--home", "tax-office")
    need(files and all(os.path.exists(world.path(file["file"])) for file in files), "files that are not there", files)
    world.says("receipt", "verify", "case.receipt", "--network", "broker/network.json")
    told = {(row["what"], row["name"]): row["used"]
            for row in world.says("agreement", "narrow", "tax-household-2026", "--store", "broker/store", "--out", "smaller.toml")}
    need(told["field", "name"] > 0 and told["field", "address"] == 0 and told["rows", "rows_max"] > 0, "not what was used",
         [str(told)])
    world.cli("agreement", "propose", "smaller.toml", "--home", "tax-office", "--out", "smaller.statement")
    world.write("ours.cedar", 'forbid (principal, action, resource == Field::"civil-affairs/household/name");')
    told = world.says("policy", "diff", "--store", "broker/store", "--policies", "ours.cedar", "--subject", "civil-affairs")
    need(told and told[0]["now"] == "granted" and told[0]["effect"] == "withholds: name", "no exchange would differ", told)
    world.says("log", "verify", "broker/store")
    head = world.says("log", "head", "broker/head/checkpoint")
    note = world.says("log", "checkpoint", "broker/head/checkpoint")
    need(note["note"].startswith(head["origin"] + "\n") and note["size"] >= head["size"], "not the note", note)
    world.says("log", "show", "broker/store", "0")
    outsiders(world)
    for name in ("broker", "tax-adapter"):
        world.says("status", "--operators", world.pages(name))


def trace_all(world):
    """By all that an exchange names; from the agreement's proposal to the hand-over, with who signed what."""
    store = ["--broker-store", "broker/store"]
    told = world.says("trace", "--agreement", "tax-household-2026", *store)
    whats = [step["what"] for step in told]
    need(whats[0] == "agreement tax-household-2026 version 1" and "tax" in told[0]["signed_by"]
         and all(f"approval tax-household-2026/{role} version 1" in whats for role in ("user", "owner", "manager"))
         and {"request, granted", "answer", "hand-over"} <= set(whats), "not the whole story", told)
    for option, name in (("--member", "tax"), ("--dataset", "civil-affairs/household"), ("--application", "tax-relief")):
        some = [step["what"] for step in world.says("trace", option, name, *store)]
        need({"agreement tax-household-2026 version 1", "request, granted", "answer", "hand-over"} <= set(some),
             f"not by {option}", some)
    need(world.says("trace", "--since", "2000-01-01", "--until", "2001-01-01", *store) == [], "something in 2000", world.said)
    need(len(world.says("trace", "--since", "2000-01-01", *store)) >= len(told), "less than all", [])
    world.refuses("trace", "--agreement", "nowhere", *store, expect=2)


def outsiders(world):
    """What strangers verify by: keys, a policy, a time stamp, a witness of no member."""
    key = world.says("log", "key", "broker")["key"]
    need(key.startswith("log.demo.example+"), "not the log's key", world.said)
    said = world.says("receipt", "verify", "case.receipt", "--key", key)
    need(said["assurance"] == "signed by the log" and said["witnessed_by"] == [], "not signed by the log", said)
    said = world.says("log", "policy", "--quorum", "1", "--home", "tax-office")
    need(said["witnesses"] >= 2 and said["policy"].startswith(f"log {key}\n"), "no policy of two witnesses", said)
    world.write("city.policy", said["policy"])
    log = "http://" + world.pages("broker")
    for number in range(50):  # until the adapters have cosigned the newest
        file = f"renewed-{number}.receipt"
        said = world.says("receipt", "renew", "case.receipt", "--log", log, "--key", key, "--out", file)
        if "tax" in said["cosigned_as"]:
            break
        time.sleep(0.2)
    said = world.says("receipt", "verify", file, "--policy", "city.policy")
    need(said["assurance"] == "witnessed" and "tax" in said["witnessed_by"], "not witnessed", said)
    authority = Authority(world.path("authority"))
    shutil.copy(world.path("broker/head/checkpoint"), world.path("stamped.note"))
    authority.openssl("ts", "-query", "-data", world.path("stamped.note"), "-sha256", "-cert", "-out", world.path("query"))
    with open(world.path("query"), "rb") as query, open(world.path("stamped.tsr"), "wb") as stamp:
        stamp.write(authority.stamp(query.read()))
    authority.stop()
    said = world.says("log", "stamp", "stamped.tsr", "--note", "stamped.note", "--ca", authority.path("ca.pem"), "--key", key)
    has(said, "origin", "size", "root", "stamped")
    made = world.says("witness", "make", "witness", "--name", "witness.example/w1")
    need(world.says("witness", "show", "witness") == made, "another key", world.said)
    command = ["witness", "run", "witness", "--log", key, "--listen", "127.0.0.1:0", "-o", "json"]
    with subprocess.Popen([f"{world.bin}/steelyard", *command], cwd=world.dir, stdout=subprocess.PIPE, text=True) as process:
        told = document(process.stdout.readline())
        process.terminate()
        need(process.wait(timeout=20) == 0 and told["key"] == made["key"] and told["listening"], "it did not run", told)
    world.ran.add(("witness", "run"))


def subscribe(world):
    """One event of it: the verb prints one document for each."""
    register = world.path("civil-affairs-adapter", "civil-affairs.sqlite")
    with contextlib.closing(sqlite3.connect(register)) as outbox:
        outbox.execute("CREATE TABLE steelyard_outbox (seq INTEGER PRIMARY KEY AUTOINCREMENT, dataset TEXT, key)")
    with open(world.path("agreement.toml"), encoding="utf-8") as file:
        agreed = file.read().replace("tax-household-2026", "tax-events").replace(
            "\nmanager", '\nactions = ["subscribe"]\nmanager')
    world.write("events.toml", agreed)
    world.says("agreement", "propose", "events.toml", "--home", "tax-office")
    for role, office in (("user", "tax"), ("owner", "civil-affairs"), ("manager", "data-bureau")):
        world.says("agreement", "approve", "tax-events", "--role", role, "--home", f"{office}-office")
    event = world.says("subscribe", "civil-affairs/household", "--fields", "name", *AGREED, "--application", "tax-relief",
                       "--home", "tax-office", "--events", "1")
    has(event, "specversion", "type", "source", "id", "time", "entry", "data")
    need(event["type"] == "steelyard.snapshot" and event["data"]["first"] and event["data"]["rows"]
         and all(set(row) == {"op", "row", "fields"} for row in event["data"]["rows"]), "not a snapshot", event)


def let_in(world):
    made = world.says("application", "token", "tax-relief", "--adapter", "tax-adapter", "--expires", "2099-01-01")
    need(made["token"].startswith("steelyard_") and os.path.exists(world.path(made["file"])), "not a token", made)


def live(world):
    """An agreement from proposal to refusal, and one in force whose conditions fall and hold again."""
    tax, civil, root = (["--home", f"{name}-office"] for name in ("tax", "civil-affairs", "data-bureau"))
    because = ["--reason", "data-incident"]

    def propose():
        world.says("agreement", "propose", "--id", "tax-names", "--dataset", "civil-affairs/household", "--fields",
                   "name", "--purpose", "tax-relief", "--basis", "tax-law-15", "--duty", "income-tax", *tax)

    def phase(agreement="tax-household-2026"):
        return world.says("agreement", "show", agreement, *tax)["phase"]

    propose()
    page = world.says("agreement", "review", "tax-names", *civil)
    has(page, "agreement", "digest", "parties", "grounds", "fields", "limits", "held", "similar", "difference", "progress")
    need(page["held"]["rows"][0]["agreement"]["en"] == "tax-household-2026", "not what tax holds", page["held"])
    world.says("agreement", "review", "tax-names", "--html", "review.html", *civil)
    with open(world.path("review.html"), encoding="utf-8") as file:
        need(page["digest"] in file.read(), "another page", world.said)
    need(len(world.says("agreement", "pending", *civil)) == 3, "not three approvals", world.said)
    world.refuses("agreement", "approve", "tax-names", "--digest", "0" * 64, *tax, expect=2)
    world.says("agreement", "approve", "tax-names", "--digest", page["digest"], *tax)
    world.says("agreement", "return", "tax-names", *because, "--points-en", "less", *civil)
    propose()
    world.refuses("agreement", "escalate", "tax-names", "--silent", "owner", *because, *tax, expect=2)  # not overdue
    world.says("agreement", "escalate", "tax-names", "--silent", "owner", "--urgent", *because, *tax)
    world.says("agreement", "decide", "tax-names", "--silent", "owner", "--decision", "against", *because, *root)
    need(any(one["decision"] == "against" for one in world.says("agreement", "pending", "--mine", *civil)),
         "no decision stands beside it", world.said)
    world.says("agreement", "refuse", "tax-names", *because, *civil)
    need(phase("tax-names") == "refused", "not refused", world.said)
    world.says("agreement", "renew", "tax-household-2026", *tax)
    world.says("agreement", "withdraw", "tax-household-2026", *because, *tax)
    for fall, mend in ((["duty", "pass", "income-tax", "--to", "civil-affairs"], ["duty", "pass", "income-tax", "--to", "tax"]),
                       (["catalog", "term", "end", "basis", "tax-law-15"],
                        ["catalog", "term", "add", "basis", "tax-law-15", "--title-zh", "x", "--title-en", "x"])):
        need(phase() == "active", "not active", world.said)
        world.says(*fall, *root)
        need(phase() == "suspended" and world.said["reason"] == "conditions-changed" and world.said["fallen"],
             "not suspended by its conditions", world.said)
        world.refuses("agreement", "resume", "tax-household-2026", *because, *civil, expect=3)
        world.says(*mend, *root)
        world.says("agreement", "resume", "tax-household-2026", *because, *civil)


def recover(world):
    """A new name, a recovery key, a claim and its end."""
    world.says("member", "rename", "tax", "--name-zh", "税务局", "--name-en", "Tax Bureau", "--home", "data-bureau-office",
               "--also-sign", "tax-office")
    world.says("keys", "make", "--recovery", "tax-recovery", "--member", "tax")
    world.says("member", "add", "tax", "--name-zh", "税务局", "--name-en", "Tax Bureau", "--keys", "tax-office", "--keys",
               "tax-adapter", "--keys", "tax-recovery", "--home", "data-bureau-office", "--also-sign", "tax-office")
    world.says("keys", "make", "--office", "tax-new-office", "--member", "tax")
    world.says("member", "recover", "--office", "tax-new-office", "--recovery", "tax-recovery", "--home", "tax-office",
               "--out", "tax.statement")
    world.says("sign", "tax.statement", "--home", "data-bureau-office")
    world.says("submit", "tax.statement", "--home", "data-bureau-office")
    need("office_key_claimed" in world.says("member", "show", "tax", "--home", "civil-affairs-office"),
         "a claim that nobody sees", world.said)
    world.says("member", "keep", "--home", "tax-office")
    need("office_key_claimed" not in world.says("member", "show", "tax", "--home", "tax-office"), "still claimed",
         world.said)


def change(world):
    """What changes an agreement's state, and a statement that travels as a file."""
    for verb, more in (("suspend", ["--adapter", "civil-affairs-adapter"]),
                       ("resume", ["--adapter", "civil-affairs-adapter"]), ("end", ["--also-sign", "data-bureau-office"])):
        has(world.says("agreement", verb, "tax-household-2026", "--reason", "data-incident", "--home",
                       "civil-affairs-office", *more), "entry", "digest")
    made = world.says("duty", "add", "archive", "--member", "tax", "--name-zh", "档案", "--name-en", "Archive", "--home",
                      "data-bureau-office", "--out", "duty.statement")
    has(made, "file", "kind", "subject", "digest")
    need(os.path.exists(world.path(made["file"])), "no such file", made)
    signed = world.says("sign", "duty.statement", "--home", "data-bureau-office")
    need(signed["signatures"] == [{"member": "data-bureau", "role": "root-manager"}], "not signed", signed)
    need(world.says("submit", "duty.statement", "--home", "data-bureau-office")["digest"] == made["digest"],
         "another statement", world.said)


def measure(world):
    made = world.says("bench", "prepare", "--root-office", "data-bureau-office", "--baseline", network.BASELINE, "--out",
                      "world", "--members", "2", "--consumers", "1", "--first-owner", "1", "--datasets", "1",
                      "--agreements", "1", "--rows", "5", "--actions", "query,subscribe")
    need(made["world"] == "world", "another folder", made)
    register = registers.Sqlite(world.dir, "register", 5)
    world.write("world/m001/map-000.toml", '[dataset]\nid = "m001/d000"\n\n[source]\n' + register.source +
                "outbox_trim = true\n" + "".join(f'[[field]]\nname = "{name}"\ntype = "string"\n'
                                                 for name in ["k", *registers.COLUMNS]))
    register.own.executescript(subprocess.run([f"{world.bin}/steelyard-adapter", "outbox",
                                               world.path("world/m001/map-000.toml")],
                                              check=True, capture_output=True, text=True).stdout)
    world.start("m001", [f"{world.bin}/steelyard-adapter", "--config", world.path("world/m001/adapter.toml")],
                "steelyard-adapter ready")
    run = ["bench", "run", "--world", "world", "--window", "1", "--seconds", "1", "--warmup", "0"]
    need(world.says(*run)["exchanges"] > 0 and world.said["commits"] == 0, "not a run without receipts", world.said)
    need(world.says(*run, "--receipts")["commits"] > 0 and os.path.isdir(world.path("world/m000/consumer-state/receipts")),
         "no receipts were kept", world.said)

    def change_once_it_listens():
        while not os.path.exists(world.path("ready")):
            time.sleep(0.01)
        connection = sqlite3.connect(register.path, timeout=30)
        connection.execute("INSERT INTO register (k, f1) VALUES ('new', ?)", [str(time.monotonic_ns() // 1_000)])
        connection.commit()
        connection.close()
    threading.Thread(target=change_once_it_listens, daemon=True).start()
    told = world.says("bench", "events", "--world", "world", "--ready-file", "ready", "--rows", "1")
    need(told["rows"] == 1 and told["p50_us"] > 0, "not the row that was changed", told)
    register.close()


def connect(world):
    """An owner's register and catalogue, on the way in."""
    with open(world.path("catalogue.csv"), "w", encoding="gb18030") as file:
        file.write("名称,代码,提供方,信息项,字段名,数据类型,共享类型,更新周期\r\n"
                   "婚姻登记,MZ/0002,民政局,登记号、登记日期,number、day,字符型、日期型,有条件共享,每日\r\n")
    made = world.says("catalog", "import", "catalogue.csv", "--owner", "civil-affairs", "--duty", "marriages", "--system",
                      "residents", "--out", "datasets")
    need(len(made) == 1 and made[0]["dataset"] == "civil-affairs/mz-0002" and os.path.exists(world.path(made[0]["file"])),
         "no dataset file", made)


def missing_of(world):
    return sorted(" ".join(words) for words in world.verbs - world.ran)


def run_all(binaries):
    with JsonWorld(binaries) as world:
        network.make_registers(world, seed=1, residents=RESIDENTS)
        network.make_members(world)
        network.start_adapters(world)
        network.make_catalogue(world)
        network.make_agreement(world)
        read(world, ask(world))
        parts(world)
        let_in(world)
        connect(world)
        live(world)
        recover(world)
        subscribe(world)
        change(world)
        measure(world)
        missing = missing_of(world)
        if missing:
            raise Failed(f"not run with -o json: {', '.join(missing)}")
        print(f"{len(world.ran)} verbs, one document each")


def run_self(binaries):
    """What the suite must notice."""
    for text in ("", "written: x\n", '{"a": 1}\n{"b": 2}\n', "1\n", '{"a": 1} and more\n'):
        try:
            document(text)
        except Failed:
            continue
        raise Failed(f"takes {text!r} for one document")
    document('[{"a": 1}]\n')
    with JsonWorld(binaries) as world:
        world.cli("keys", "make", "--office", "o", "--member", "m")
        if ("keys", "make") not in world.ran or "keys show" not in missing_of(world):
            raise Failed(f"does not know what it has run: {world.ran}")
        world.verbs.add(("version",))  # what prints no JSON; as a verb it would be one that forgot to
        try:
            world.cli("version", "--version")
        except Failed as why:
            if not re.search("not one JSON document", str(why)):
                raise
        else:
            raise Failed("takes a version for JSON")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True)
    parser.add_argument("--self", action="store_true")
    given = parser.parse_args()
    binaries = os.path.abspath(given.bin)
    return verdict(lambda: run_self(binaries) if given.self else run_all(binaries))


if __name__ == "__main__":
    sys.exit(main())
