// What of the OpenAPI document does not depend on the registry, but for paths: above all the schemas that all share.
//
// openapi.cc adds info, paths, and components of datasets.
#pragma once

#include <string_view>

namespace steelyard::adapters {

inline constexpr std::string_view kOpenApiBase = R"json({
"openapi": "3.1.0",
"info": {"title": "", "version": "", "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}},
"servers": [{"url": "/"}],
"security": [{"bearer": []}],
"tags": [
 {"name": "query", "description": "rows of one dataset"},
 {"name": "verify", "description": "whether claims about one record are true; no data"},
 {"name": "events", "description": "rows as they are and as they change"},
 {"name": "registry", "description": "catalogue and agreements"},
 {"name": "receipts", "description": "what proves an exchange"}],
"paths": {},
"components": {
 "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "description": "the token of one application"}},
 "parameters": {
  "Owner": {"name": "owner", "in": "path", "required": true, "schema": {"$ref": "#/components/schemas/Id"}},
  "Dataset": {"name": "dataset", "in": "path", "required": true, "schema": {"$ref": "#/components/schemas/Id"}},
  "Receipt": {"name": "id", "in": "path", "required": true, "schema": {"type": "string", "format": "uuid"}},
  "Fields": {
   "name": "fields",
   "in": "query",
   "required": true,
   "style": "form",
   "explode": false,
   "schema": {"$ref": "#/components/schemas/Names"}},
  "Purpose": {"name": "purpose", "in": "query", "required": true, "schema": {"$ref": "#/components/schemas/Id"}},
  "Agreement": {"name": "agreement", "in": "query", "schema": {"$ref": "#/components/schemas/Id"}},
  "LastEventId": {
   "name": "Last-Event-ID",
   "in": "header",
   "description": "the last event that was dealt with",
   "schema": {"type": "string"}},
  "Operator": {
   "name": "Steelyard-Operator",
   "in": "header",
   "description": "who asks, for the owner's eyes only",
   "schema": {"type": "string", "maxLength": 256}},
  "Case": {
   "name": "Steelyard-Case",
   "in": "header",
   "description": "for which case, for the owner's eyes only",
   "schema": {"type": "string", "maxLength": 256}},
  "IdempotencyKey": {
   "name": "Idempotency-Key",
   "in": "header",
   "description": "the same key, the same outcome",
   "schema": {"type": "string", "minLength": 1, "maxLength": 128}},
  "AcceptLanguage": {
   "name": "Accept-Language",
   "in": "header",
   "description": "of problems: zh or en",
   "schema": {"type": "string"}}},
 "responses": {
  "Problem": {
   "description": "why not, and what to do",
   "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}},
 "schemas": {
  "OpenApi": {"type": "object"},
  "EventStream": {"type": "string"},
  "Id": {"type": "string", "pattern": "^[a-z0-9][a-z0-9._-]{0,63}$"},
  "Text": {
   "type": "object",
   "required": ["zh", "en"],
   "additionalProperties": false,
   "properties": {"zh": {"type": "string"}, "en": {"type": "string"}}},
  "Names": {"type": "array", "items": {"$ref": "#/components/schemas/Id"}},
  "Truths": {
   "type": "object",
   "required": ["exchange", "receipt", "status", "truths", "request_entry", "closing_entry", "took_ms"],
   "additionalProperties": false,
   "properties": {
    "exchange": {"type": "string", "format": "uuid"},
    "receipt": {"type": "string", "format": "uuid"},
    "status": {"enum": ["complete", "filtered"]},
    "truths": {"type": "array", "items": {"enum": ["true", "false", "unknown"]}},
    "request_entry": {"type": "integer"},
    "closing_entry": {"type": "integer"},
    "took_ms": {"type": "integer"}}},
  "Problem": {
   "type": "object",
   "required": ["type", "title", "status"],
   "additionalProperties": false,
   "properties": {
    "type": {"type": "string"},
    "title": {"type": "string"},
    "status": {"type": "integer"},
    "detail": {"type": "string"},
    "instance": {"type": "string"},
    "code": {"type": "integer"},
    "slug": {"type": "string"},
    "retry": {"type": "boolean"},
    "todo": {"type": "string"},
    "retry_after_ms": {"type": "integer"},
    "receipt": {"type": "string", "format": "uuid"},
    "fields": {"$ref": "#/components/schemas/Names"}}},
  "Catalog": {
   "type": "object",
   "required": ["datasets"],
   "additionalProperties": false,
   "properties": {
    "datasets": {
     "type": "array",
     "items": {
      "type": "object",
      "required": ["dataset", "title", "sharing_class", "update_cycle", "fields", "usable"],
      "additionalProperties": false,
      "properties": {
       "dataset": {"type": "string"},
       "title": {"$ref": "#/components/schemas/Text"},
       "sharing_class": {"$ref": "#/components/schemas/SharingClass"},
       "update_cycle": {"type": "string"},
       "fields": {"type": "integer"},
       "usable": {"$ref": "#/components/schemas/Names"}}}}}},
  "SharingClass": {"enum": ["unconditional", "conditional", "not-shared"]},
  "Dataset": {
   "type": "object",
   "additionalProperties": false,
   "required": [
    "dataset",
    "title",
    "sharing_class",
    "update_cycle",
    "summary",
    "conditions",
    "legal_basis",
    "fields"],
   "properties": {
    "dataset": {"type": "string"},
    "title": {"$ref": "#/components/schemas/Text"},
    "sharing_class": {"$ref": "#/components/schemas/SharingClass"},
    "update_cycle": {"type": "string"},
    "summary": {"$ref": "#/components/schemas/Text"},
    "conditions": {"$ref": "#/components/schemas/Text"},
    "legal_basis": {"type": ["string", "null"]},
    "fields": {
     "type": "array",
     "items": {
      "type": "object",
      "required": ["name", "type", "meaning", "identifier", "nullable", "usable"],
      "additionalProperties": false,
      "properties": {
       "name": {"$ref": "#/components/schemas/Id"},
       "type": {"enum": ["bool", "int64", "double", "decimal", "string", "bytes", "date", "timestamp"]},
       "meaning": {"$ref": "#/components/schemas/Text"},
       "identifier": {"type": "boolean"},
       "nullable": {"type": "boolean"},
       "usable": {"type": "boolean"}}}}}},
  "Agreements": {
   "type": "object",
   "required": ["agreements"],
   "additionalProperties": false,
   "properties": {
    "agreements": {
     "type": "array",
     "items": {
      "type": "object",
      "required": [
       "agreement",
       "dataset",
       "phase",
       "fields",
       "actions",
       "purposes",
       "legal_basis",
       "terms",
       "valid_from",
       "valid_until"],
      "additionalProperties": false,
      "properties": {
       "agreement": {"$ref": "#/components/schemas/Id"},
       "dataset": {"type": "string"},
       "phase": {"type": "string"},
       "fields": {"$ref": "#/components/schemas/Names"},
       "actions": {"type": "array", "items": {"type": "string"}},
       "purposes": {"$ref": "#/components/schemas/Names"},
       "legal_basis": {"type": "string"},
       "terms": {"$ref": "#/components/schemas/Text"},
       "valid_from": {"type": "string", "format": "date-time"},
       "valid_until": {"type": ["string", "null"], "format": "date-time"}}}}}},
  "Subscriptions": {
   "type": "object",
   "required": ["subscriptions"],
   "additionalProperties": false,
   "properties": {
    "subscriptions": {
     "type": "array",
     "items": {
      "type": "object",
      "required": [
       "subscription",
       "path",
       "dataset",
       "purpose",
       "agreement",
       "fields",
       "request_entry",
       "start_entry"],
      "additionalProperties": false,
      "properties": {
       "subscription": {"type": "string", "format": "uuid"},
       "path": {"type": "string"},
       "dataset": {"type": "string"},
       "purpose": {"$ref": "#/components/schemas/Id"},
       "agreement": {"type": ["string", "null"]},
       "fields": {"$ref": "#/components/schemas/Names"},
       "request_entry": {"type": "integer"},
       "start_entry": {"type": "integer"}}}}}},
  "Receipt": {
   "type": "object",
   "additionalProperties": false,
   "required": [
    "receipt",
    "application",
    "dataset",
    "purpose",
    "agreement",
    "fields",
    "outcome",
    "code",
    "handed_over",
    "proofs"],
   "properties": {
    "receipt": {"type": "string", "format": "uuid"},
    "application": {"$ref": "#/components/schemas/Id"},
    "dataset": {"type": "string"},
    "purpose": {"$ref": "#/components/schemas/Id"},
    "agreement": {"type": ["string", "null"]},
    "fields": {"$ref": "#/components/schemas/Names"},
    "outcome": {"enum": ["answered", "refused"]},
    "code": {"type": ["string", "null"]},
    "handed_over": {"type": "boolean"},
    "proofs": {
     "type": "array",
     "items": {
      "type": "object",
      "required": ["entry", "text"],
      "additionalProperties": false,
      "properties": {"entry": {"type": "integer"}, "text": {"type": "string"}}}}}}}}})json";

}  // namespace steelyard::adapters
