"""Lints an adapter's OpenAPI document: a schema of the parts of OpenAPI 3.1.0 that it uses, written from the
specification's own tables, in which any other key is wrong; and what a schema cannot say. prove_lint() shows that the
lint fails on documents that are wrong.
"""
import copy

import jsonschema

from world import Failed

TEXT = {"type": "string", "minLength": 1}
FLAG = {"type": "boolean"}
JSON_SCHEMA = "https://json-schema.org/draft/2020-12/schema"


def closed(required, /, **optional):
    """An object of exactly these keys."""
    return {"type": "object", "required": list(required), "additionalProperties": False,
            "properties": {**required, **optional}}


def map_of(key, value):
    return {"type": "object", "patternProperties": {key: value}, "additionalProperties": False}


def some(items):
    return {"type": "array", "items": items, "minItems": 1}


def either(part, value):
    """The thing itself, or a Reference Object to one of the components of its kind."""
    reference = closed({"$ref": {"type": "string", "pattern": f"^#/components/{part}/[A-Za-z0-9._-]+$"}})
    return {"if": {"type": "object", "required": ["$ref"]}, "then": reference, "else": value}


def rule(name):
    return {"$ref": f"#/$defs/{name}"}


# Schema Object: JSON Schema 2020-12 of these keywords; what each holds is said by JSON Schema's own schema, beside this.
PLAIN = ("type", "format", "pattern", "enum", "const", "default", "description", "required", "minimum", "maximum", "minLength",
         "maxLength", "minItems", "maxItems", "uniqueItems", "contentEncoding")
SCHEMA = {"allOf": [{"$ref": JSON_SCHEMA}, either("schemas", {
    "type": ["object", "boolean"], "additionalProperties": False,
    "properties": {**dict.fromkeys(PLAIN, True), "properties": {"additionalProperties": rule("schema")},
                   "items": rule("schema"), "additionalProperties": rule("schema"), "oneOf": some(rule("schema")),
                   "anyOf": some(rule("schema"))}})]}

CONTENT = {**map_of(r"^[a-z]+/[a-z0-9.+-]+$", closed({"schema": rule("schema")})), "minProperties": 1}
RESPONSE = either("responses", closed({"description": TEXT}, content=CONTENT))
PARAMETER = either("parameters", {
    **closed({"name": TEXT, "in": {"enum": ["path", "query", "header"]}, "schema": rule("schema")}, required=FLAG,
             description=TEXT, style={"const": "form"}, explode=FLAG),
    "if": {"required": ["in"], "properties": {"in": {"const": "path"}}},
    "then": {"required": ["required"], "properties": {"required": {"const": True}}}})
OPERATION = closed(
    {"operationId": TEXT, "tags": some(TEXT), "summary": TEXT,
     "responses": {**map_of("^[1-5]([0-9][0-9]|XX)$", RESPONSE), "minProperties": 1}},
    parameters={"type": "array", "items": PARAMETER, "uniqueItems": True}, requestBody=closed({"content": CONTENT}, required=FLAG))
COMPONENTS = {"schemas": rule("schema"), "responses": RESPONSE, "parameters": PARAMETER,
              "securitySchemes": closed({"type": {"const": "http"}, "scheme": TEXT}, description=TEXT)}
DOCUMENT = {
    **closed({"openapi": {"const": "3.1.0"},
              "info": closed({"title": TEXT, "version": TEXT}, license=closed({"name": TEXT}, identifier=TEXT)),
              "servers": some(closed({"url": TEXT})),
              "security": some(map_of("^[a-z]+$", {"type": "array", "items": TEXT})),
              "tags": some(closed({"name": TEXT}, description=TEXT)),
              "paths": map_of("^/", closed({}, get=OPERATION, post=OPERATION, delete=OPERATION)),
              "components": closed({part: map_of("^[A-Za-z0-9._-]+$", each) for part, each in COMPONENTS.items()})}),
    "$schema": JSON_SCHEMA, "$defs": {"schema": SCHEMA}}


def need(condition, what):
    if not condition:
        raise Failed(f"OpenAPI: {what}")


def check_document(document):
    wrong = jsonschema.exceptions.best_match(jsonschema.Draft202012Validator(DOCUMENT).iter_errors(document))
    need(wrong is None, wrong and f"{wrong.json_path}: {wrong.message}")
    check_references(document, document)
    need({name for each in document["security"] for name in each} <= set(document["components"]["securitySchemes"]),
         "an unknown security scheme")
    seen = set()
    for path, item in document["paths"].items():
        for method, operation in item.items():
            check_operation(document, f"{method} {path}", path, operation)
            need(operation["operationId"] not in seen, f"{operation['operationId']} stands twice")
            seen.add(operation["operationId"])


def check_operation(document, where, path, operation):
    parameters = [resolved(document, each) for each in operation.get("parameters", [])]
    need(len({(each["in"], each["name"]) for each in parameters}) == len(parameters), f"{where}: a parameter stands twice")
    named = {each["name"] for each in parameters if each["in"] == "path"}
    wanted = {piece[1:-1] for piece in path.split("/") if piece.startswith("{")}
    need(named == wanted, f"{where} names the path parameters {sorted(named)}")
    need(set(operation["tags"]) <= {tag["name"] for tag in document["tags"]}, f"{where}: unknown tag")


def resolved(document, value):
    if "$ref" not in value:
        return value
    at = document
    for piece in value["$ref"].removeprefix("#/").split("/"):
        need(isinstance(at, dict) and piece in at, f"{value['$ref']} leads nowhere")
        at = at[piece]
    return at


def check_references(document, value):
    if isinstance(value, dict):
        resolved(document, value)
        for each in value.values():
            check_references(document, each)
    elif isinstance(value, list):
        for each in value:
            check_references(document, each)


def prove_lint(document):
    """Breaks a good document in one way after the other: each must be noticed. How many ways."""
    def operation(made):
        return made["paths"]["/v1/catalog/{owner}/{dataset}"]["get"]

    def schema(made):
        return made["components"]["schemas"]["Problem"]

    ways = {
        "no responses": lambda made: operation(made).pop("responses"),
        "empty responses": lambda made: operation(made)["responses"].clear(),
        "a status that is none": lambda made: operation(made)["responses"].update({"2000": operation(made)["responses"]["200"]}),
        "a response without a description": lambda made: operation(made)["responses"]["200"].pop("description"),
        "an unknown key": lambda made: made.update(swagger="2.0"),
        "an unknown key of an operation": lambda made: operation(made).update(sumary="a slip"),
        "an unknown method": lambda made: made["paths"]["/v1/catalog"].update(fetch=operation(made)),
        "a path without /": lambda made: made["paths"].update({"v1/more": made["paths"].pop("/v1/catalog")}),
        "a reference to nowhere": lambda made: operation(made)["responses"].update(
            {"5XX": {"$ref": "#/components/responses/Nothing"}}),
        "a reference to another kind": lambda made: operation(made)["parameters"].append(
            {"$ref": "#/components/schemas/Problem"}),
        "a path parameter that is missing": lambda made: operation(made)["parameters"].pop(),
        "a path parameter that may be missing": lambda made: made["components"]["parameters"]["Owner"].pop("required"),
        "an operation's id twice": lambda made: operation(made).update(operationId="catalog"),
        "an unknown tag": lambda made: operation(made).update(tags=["none"]),
        "another version": lambda made: made.update(openapi="3.0.3"),
        "a keyword that is none": lambda made: schema(made)["properties"]["title"].update(nullable=True),
        "a keyword of another type": lambda made: schema(made).update(required="title"),
        "a type that is none": lambda made: schema(made)["properties"]["title"].update(type="text"),
    }
    for what, way in ways.items():
        made = copy.deepcopy(document)
        way(made)
        try:
            check_document(made)
        except Failed:
            continue
        raise Failed(f"the lint does not notice {what}")
    return len(ways)
