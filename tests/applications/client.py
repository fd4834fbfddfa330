"""An application of the tests: asks the adapter at an address, holds every answer to the adapter's own OpenAPI document."""
import http.client
import json
import os
import sys

import jsonschema

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(HERE)), "deploy", "story"))

from world import Failed  # noqa: E402


def need(condition, what):
    if not condition:
        raise Failed(what)


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.type = response.headers["Content-Type"]
        self.text = response.read().decode()
        self.body = json.loads(self.text) if response.status != 204 else None


class Application:
    def __init__(self, address, token):
        self.address = address
        self.token = token
        self.document = None

    def send(self, method, path, body=None, **headers):
        """One request over a connection of its own; headers with underscores for hyphens."""
        sent = {"Authorization": "Bearer " + self.token} if self.token else {}
        sent.update({name.replace("_", "-"): value for name, value in headers.items()})
        if body is not None:
            sent.setdefault("Content-Type", "application/json")
            body = body if isinstance(body, bytes) else json.dumps(body).encode()
        connection = http.client.HTTPConnection(self.address, timeout=30)
        try:
            connection.request(method, path, body, sent)
            answer = Answer(connection.getresponse())
        finally:
            connection.close()
        if self.document is not None:
            self.check(method, path, answer)
        return answer

    def get(self, path, **headers):
        return self.send("GET", path, **headers)

    def query(self, body, dataset="civil-affairs/household", **headers):
        return self.send("POST", "/v1/query/" + dataset, body, **headers)

    def verify(self, body, dataset="civil-affairs/household", **headers):
        return self.send("POST", "/v1/verify/" + dataset, body, **headers)

    def valid(self, schema, value):
        resolver = jsonschema.RefResolver.from_schema(self.document)
        jsonschema.Draft202012Validator(schema, resolver=resolver).validate(value)

    def check(self, method, path, answer):
        """That the document describes this answer."""
        found = self.document["paths"].get(path) or self.document["paths"][template_of(path)]
        if answer.status == 204:
            return need(answer.type is None and "204" in found[method.lower()]["responses"], f"{method} {path}: a 204")
        kind = "application/json" if answer.status == 200 else "application/problem+json"
        need(answer.type == kind, f"{method} {path}: {answer.status} of type {answer.type}")
        if answer.status != 200:
            schema = {"$ref": "#/components/schemas/Problem"}
        else:
            schema = found[method.lower()]["responses"]["200"]["content"]["application/json"]["schema"]
        try:
            self.valid(schema, answer.body)
        except jsonschema.ValidationError as why:
            raise Failed(f"{method} {path}: the document does not describe its answer: {why.message}") from why


def template_of(path):
    if path.startswith("/v1/receipts/"):
        return "/v1/receipts/{id}"
    if path.startswith("/v1/events/"):
        return "/v1/events/{owner}/{dataset}"
    return "/v1/catalog/{owner}/{dataset}"
