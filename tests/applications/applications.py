#!/usr/bin/python3
"""Applications at a live adapter: docs/applications.md as it stands; queries, noes, keys, receipts, claims; whoever has no
token; a hostile crowd; events; an adapter that only uses.

    applications.py --bin DIR
"""
import argparse
import contextlib
import json
import os
import re
import socket
import sqlite3
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [HERE, os.path.join(ROOT, "deploy", "story")]
sys.dont_write_bytecode = True

import network  # noqa: E402
from client import Application, need  # noqa: E402
from event_stream import check_events  # noqa: E402
from openapi_lint import check_document, prove_lint  # noqa: E402
from world import Failed, World, verdict  # noqa: E402

RESIDENTS = 300
COST_BYTES_MAX = 10 * 1024 * 1024


def wait_for(what, condition, seconds=15):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = condition()
        if found:
            return found
        time.sleep(0.1)
    raise Failed(f"{what}: not within {seconds} s")


class ApplicationsWorld(World):
    def __init__(self, binaries):
        super().__init__(binaries, suite=1)
        network.make_registers(self, 1, RESIDENTS)
        network.make_members(self)
        network.start_adapters(self)
        network.make_catalogue(self)
        network.make_agreement(self)
        with contextlib.closing(sqlite3.connect(self.path("civil-affairs-adapter", "civil-affairs.sqlite"))) as register:
            self.person, self.name = register.execute(
                "SELECT id_number, name FROM residents WHERE id_number <> '' AND name <> '' LIMIT 1").fetchone()

    def token(self, application):
        out, _ = self.cli("application", "token", application, "--adapter", "tax-adapter", "-o", "json")
        return json.loads(out)["token"]

    def open_to_applications(self, listen, without=""):
        """The tax adapter comes back with [applications]; where they ask."""
        self.end("tax-adapter")
        network.configure_adapter(self, "tax", [] if without == "maps" else ["income"],
                                  f'[applications]\nlisten = "{listen}"\ntokens = "tokens.toml"\n')
        self.tax = self.adapter("tax")
        with open(self.path("tax-adapter.log"), encoding="utf-8") as file:
            return re.search(r"applications ask at (\S+)", file.read()).group(1)

    def agree(self, agreement, dataset, fields, action, purpose):
        """Tax may do so with fields of civil affairs: proposed, and approved by all three."""
        terms = {"id": agreement, "user": "tax", "owner": "civil-affairs", "manager": "data-bureau", "dataset": dataset,
                 "fields": fields, "actions": [action], "purposes": [purpose], "legal_basis": "tax-law-15",
                 "user_duty": "income-tax"}
        lines = [f"{key} = {json.dumps(value)}" for key, value in terms.items()]
        self.write(f"{agreement}.toml", "\n".join(["[agreement]", *lines, ""]))
        self.cli("agreement", "propose", f"{agreement}.toml", "--home", "tax-office")
        network.approve(self, agreement, "tax", "civil-affairs")

    def where(self, value=None):
        return [{"field": "id_number", "op": "eq", "value": value or self.person}]


def blocks_of(document, language):
    with open(os.path.join(ROOT, "docs", document), encoding="utf-8") as file:
        return re.findall(rf"^```{language}\n(.*?)^```$", file.read(), re.MULTILINE | re.DOTALL)


def ending_words():
    """How the document ends a subscription, behind what its page of curl begins with."""
    blocks = blocks_of("applications.md", "bash")
    need(len(blocks) == 1, "the document ends subscriptions otherwise")
    return "\n".join(blocks_of("applications.md", "sh")[1].split("\n")[:2]) + "\n" + blocks[0]


def check_words(world):
    """docs/applications.md, but for the port and the person: what it says is what happens."""
    shell, python = blocks_of("applications.md", "sh"), blocks_of("applications.md", "python")
    need(len(shell) == 2 and len(python) == 1 and len(python[0].splitlines()) <= 22, "the document has other blocks")
    world.token("audit")  # there is a file to begin with
    address = world.open_to_applications("127.0.0.1:0")

    def here(text):
        return text.replace("127.0.0.1:7404", address).replace("110101199003070038", world.person)

    world.write("ask.py", here(python[0]))
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", here("".join(shell)) + "/usr/bin/python3 ask.py\n"],
                          cwd=world.dir, env={**os.environ, "PATH": world.bin + ":" + os.environ["PATH"]},
                          capture_output=True, text=True, timeout=120)
    need(done.returncode == 0, f"the commands end with {done.returncode}: {done.stdout}{done.stderr}")
    for said in ('"sharing_class":"conditional"', '"phase":"active"', f'"name":"{world.name}"', '"withheld":["phone"]',
                 '"slug":"field-withheld"', "协议", '"outcome":"answered"', '"proofs":[{"entry":', f"{world.name} "):
        need(said in done.stdout, f"{said} is not in what the commands print:\n{done.stdout}{done.stderr}")
    with open(world.path("openapi.json"), encoding="utf-8") as file:
        document = json.load(file)
    check_document(document)
    need([path for path in document["paths"] if "/query/" in path] == ["/v1/query/civil-affairs/household"],
         f"not the datasets that tax may use: {sorted(document['paths'])}")
    print(f"  docs/applications.md: {len(shell)} pages of commands and {len(python[0].splitlines())} lines of Python as they "
          f"stand; the OpenAPI document lints, and broken in {prove_lint(document)} ways it does not")
    return address, document


def check_answers(world, application):
    body = {"fields": ["name", "household_size", "birth_date"], "purpose": "tax-relief", "conditions": world.where()}
    application.valid({"$ref": "#/components/schemas/query.civil-affairs.household"}, body)
    answer = application.query(body)
    need(answer.status == 200 and answer.body["rows"][0]["name"] == world.name and answer.body["status"] == "complete",
         f"no rows: {answer.text}")
    need(isinstance(answer.body["rows"][0]["household_size"], int), "an integer is none")
    nobody = application.query({**body, "conditions": world.where("110101190001010000")})
    need(nobody.status == 200 and nobody.body["rows"] == [], f"not an empty answer: {nobody.text}")
    refused = application.query({**body, "purpose": "statistics"})
    need(refused.status == 403 and refused.body["slug"] == "purpose-not-agreed" and refused.body["retry"] is False
         and refused.body["receipt"], f"not a refusal: {refused.text}")
    strict = application.query({**body, "fields": ["name", "phone"], "strict": True})
    need(strict.status == 403 and strict.body["fields"] == ["phone"], f"not a strict refusal: {strict.text}")
    unknown = application.query(body, dataset="civil-affairs/nothing")
    need(unknown.status == 404 and unknown.body["slug"] == "unknown-dataset", f"found: {unknown.text}")
    typed = application.query({**body, "conditions": [{"field": "household_size", "op": "ge", "value": "three"}]})
    need(typed.status == 400 and typed.body["slug"] == "parameter-type" and "three" not in typed.text, typed.text)
    zh = application.query({**body, "purpose": "statistics"}, Accept_Language="zh-CN,zh;q=0.9")
    need(zh.body["title"].startswith("用途") and zh.body["code"] == refused.body["code"], f"not in Chinese: {zh.text}")
    for path in ("/v1/catalog", "/v1/catalog/civil-affairs/household", "/v1/agreements", "/v1/openapi.json"):
        need(application.get(path).status == 200, f"{path} is not there")

    receipt = wait_for("an answer's proofs", lambda: (
        found := application.get("/v1/receipts/" + answer.body["receipt"]).body)["proofs"][2:] and found)
    need(receipt["handed_over"] and receipt["outcome"] == "answered", f"not the receipt: {receipt}")
    world.write("case.receipt", receipt["proofs"][0]["text"])
    world.cli("receipt", "verify", "case.receipt", "--network", "broker/network.json")
    world.cli("receipt", "show", answer.body["receipt"], "--home", "tax-adapter")
    no = application.get("/v1/receipts/" + refused.body["receipt"]).body
    need(no["outcome"] == "refused" and no["code"] == "purpose-not-agreed", f"not a refusal's receipt: {no}")
    print("  rows, no rows, refusals, wrong requests, receipts that verify offline: each as the document describes it")
    return answer


def page(world, adapter, path):
    return subprocess.run(["curl", "-sS", f"http://{world.pages(adapter)}{path}"], capture_output=True, text=True,
                          check=True).stdout


def answers_of(world):
    """How many the owner has given."""
    time.sleep(1.2)  # a snapshot is taken once a second
    return json.loads(page(world, "civil-affairs-adapter", "/status"))["answers"]


def check_keys(world, application, audit):
    body = {"fields": ["name"], "purpose": "tax-relief", "conditions": world.where()}
    before = answers_of(world)
    first = application.query(body, Idempotency_Key="k-1", Steelyard_Operator="0417")
    again = application.query(body, Idempotency_Key="k-1", Steelyard_Operator="0417")
    need(first.status == 200 and first.text == again.text, f"not the same outcome: {first.text} {again.text}")
    other = application.query({**body, "fields": ["birth_date"]}, Idempotency_Key="k-1", Steelyard_Operator="0417")
    need(other.status == 422 and other.body["slug"] == "key-reused", f"another body under the same key: {other.text}")
    need(answers_of(world) == before + 1, "one key, and more than one exchange")
    need(audit.query(body, Idempotency_Key="k-1").body.get("slug") == "unknown-application",
         "audit is not registered, and asks")
    need(audit.get("/v1/receipts/" + first.body["receipt"]).status == 404, "one application reads another's receipt")
    print("  Idempotency-Key: one exchange, the same octets; an application sees its own keys and receipts alone")


def check_doors(world, application):
    body = {"fields": ["name"], "purpose": "tax-relief", "conditions": world.where()}
    for token in ("", "steelyard_" + "0" * 64, application.token[:-1], application.token + "0"):
        stranger = Application(application.address, token)
        stranger.document = application.document
        answer = stranger.query(body)
        need(answer.status == 401 and answer.body["slug"] == "no-token" and answer.headers["WWW-Authenticate"] == "Bearer",
             f"let in with the token {token!r}")
    need(application.get("/v1/catalog", Host="rebound.example").status == 421, "another name leads here")
    need(application.get("/v1/query/civil-affairs/household").status == 405, "a query by GET")
    need(application.query(b"{}", Content_Type="text/plain").status == 415, "a query that is no JSON")
    path = world.path("tax-adapter", "tokens.toml")
    with open(path, encoding="utf-8") as file:
        kept = file.read()
    with open(path, "w", encoding="utf-8") as file:
        file.write("")
    wait_for("a token taken back", lambda: application.get("/v1/catalog").status == 401, 5)
    with open(path, "w", encoding="utf-8") as file:
        file.write(kept)
    wait_for("a token given again", lambda: application.get("/v1/catalog").status == 200, 5)
    with open(world.path("tax-adapter.log"), encoding="utf-8") as file:
        log = file.read()
    need(application.token not in log and world.person not in log and world.name not in log, "the log tells what it must not")
    print("  no token, a wrong one, one taken back: nobody is let in; the log holds neither tokens nor people")


def resident_bytes(process):
    with open(f"/proc/{process.pid}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")


def say(address, text):
    host, port = address.split(":")
    peer = socket.create_connection((host, int(port)), timeout=10)
    peer.setblocking(False)
    with contextlib.suppress(BlockingIOError, ConnectionError):
        peer.send(text)
    return peer


def check_crowd(world, application):
    """Hundreds of hostile clients of this machine: what they cost, and that nobody is kept out."""
    head = b"POST /v1/query/civil-affairs/household HTTP/1.1\r\nHost: localhost\r\nContent-Length: 65536\r\n\r\n"
    words = [head + b"x" * 60_000, b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 8_000, b"G", b"\x16\x03\x01",
             b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 100_000, head + b"x" * 500_000, b"",
             b"GET /v1/catalog HTTP/1.1\r\nHost: localhost\r\n\r\n" * 100]
    body = {"fields": ["name"], "purpose": "tax-relief", "conditions": world.where()}
    for _ in range(20):
        application.query(body)
    before = most = resident_bytes(world.tax)
    peers = []
    for _ in range(8):
        peers += [say(application.address, words[i % len(words)]) for i in range(100)]
        most = max(most, resident_bytes(world.tax))
        began = time.monotonic()
        answer = application.query(body)
        need(answer.status == 200, f"kept out: {answer.text}")
        need(time.monotonic() - began < 5, f"answered after {time.monotonic() - began:.1f} s")
    for peer in peers:
        peer.close()
    need(most - before < COST_BYTES_MAX, f"{len(peers)} hostile clients cost {(most - before) / 1e6:.1f} MB")
    print(f"  {len(peers)} hostile clients cost {(most - before) / 1e6:.1f} MB, and the application is answered meanwhile")


def check_verify(world, application):
    """Claims about one record, by an agreement under which no data leaves; so many a day."""
    path = "/v1/verify/civil-affairs/household"
    need(path not in application.get("/v1/openapi.json").body["paths"], "a path without an agreement")
    world.agree("tax-verify-2026", "civil-affairs/household", ["id_number", "name", "household_size"], "verify", "statistics")
    application.document = wait_for("a path to verify by", lambda: (
        found := application.get("/v1/openapi.json").body)["paths"].get(path) and found)
    check_document(application.document)

    def claim(field, op, value):
        return {"field": field, "op": op, "values" if op == "in" else "value": value}

    def body(person, *claims):
        made = {"claims": list(claims), "purpose": "statistics", "conditions": world.where(person)}
        application.valid({"$ref": "#/components/schemas/verify.civil-affairs.household"}, made)
        return made

    asked = [claim("name", "eq", world.name), claim("name", "eq", "nobody's"), claim("household_size", "ge", 1)]
    known = application.verify(body(world.person, *asked))
    need(known.status == 200 and known.body["truths"] == ["true", "false", "true"], f"not what is true: {known.text}")
    need(world.name not in known.text, "data leaves")
    nobody = application.verify(body("110101190001010000", *asked))
    need(nobody.body["truths"] == ["unknown"] * 3 and nobody.body["status"] == known.body["status"], nobody.text)
    guess = application.verify(body(world.person, claim("name", "in", [f"name {i}" for i in range(48)])))
    need(guess.status == 429 and guess.body["slug"] == "owner-quota" and guess.body["receipt"], f"guessed: {guess.text}")
    rows = application.query({"fields": ["name"], "purpose": "statistics", "conditions": world.where()})
    need(rows.status == 403, f"rows by an agreement to verify: {rows.text}")
    key = application.verify(body(None, claim("id_number", "eq", world.person)))
    need(key.status == 400 and key.body["slug"] == "usage", f"the key is claimed about: {key.text}")
    print("  claims are true, false or unknown, without data; guesses end at the day's limit")


def check_metrics(world):
    samples = (r'steelyard_applications_requests_total{status="200"} \d+', r'requests_total{status="401"} \d+',
               r'connections_cut_total{why="displaced"} [1-9]', r"steelyard_applications_open_exchanges 0",
               r"steelyard_applications_event_streams 0", r'connections_cut_total{why="behind"} 0')

    def all_there():
        text = page(world, "tax-adapter", "/metrics")
        return all(re.search(sample, text) for sample in samples)

    wait_for("metrics of applications", all_there, 5)  # a snapshot is taken once a second


def check_using_alone(world, token):
    """An adapter without a dataset, on a Unix socket; curl speaks to it."""
    listen = world.open_to_applications("unix:app.sock", without="maps")
    need(listen == "unix:" + world.path("tax-adapter", "app.sock"), f"listens at {listen}")
    body = json.dumps({"fields": ["name"], "purpose": "tax-relief", "conditions": world.where()})
    done = subprocess.run(["curl", "-sS", "--unix-socket", listen.removeprefix("unix:"), "-H", f"Authorization: Bearer {token}",
                           "-H", "Content-Type: application/json", "-d", body,
                           "http://localhost/v1/query/civil-affairs/household"], capture_output=True, text=True, check=True)
    need(json.loads(done.stdout)["rows"][0]["name"] == world.name, f"no rows: {done.stdout}")
    world.end("tax-adapter")
    need(not os.path.exists(listen.removeprefix("unix:")), "the socket was left behind")
    print("  an adapter that provides nothing asks over a Unix socket")


def run(binaries):
    with ApplicationsWorld(binaries) as world:
        address, document = check_words(world)
        application, audit = Application(address, world.token("tax-relief")), Application(address, world.token("audit"))
        wait_for("new tokens", lambda: audit.get("/v1/catalog").status == 200, 5)
        application.document = audit.document = document
        check_answers(world, application)
        check_keys(world, application, audit)
        check_doors(world, application)
        check_crowd(world, application)
        check_verify(world, application)
        check_metrics(world)
        check_events(world, application, audit, ending_words())
        check_using_alone(world, application.token)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True)
    given = parser.parse_args()
    return verdict(lambda: run(given.bin))


if __name__ == "__main__":
    sys.exit(main())
