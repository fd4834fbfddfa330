#include "adapters/applications/openapi.h"

#include "adapters/applications/conditions.h"
#include "adapters/applications/names.h"
#include "adapters/applications/openapi_base.h"
#include "adapters/applications/openapi_paths.h"
#include "adapters/applications/usable_fields.h"
#include "core/base/check.h"
#include "core/base/limits.h"
#include "core/base/version.h"
#include "core/json/json.h"

namespace steelyard::adapters {
namespace {

using json::Value;
using schemas::ValueType;

// docs/formats/http.md, Values.
Value schema_of(ValueType type) {
  switch (type) {
    case ValueType::kBool: return json::object({{"type", "boolean"}});
    case ValueType::kInt64: return json::object({{"type", "integer"}, {"format", "int64"}});
    case ValueType::kDouble: return json::object({{"type", "number"}, {"format", "double"}});
    case ValueType::kDecimal: return json::object({{"type", "string"}, {"pattern", "^-?[0-9]+(\\.[0-9]+)?$"}});
    case ValueType::kString: return json::object({{"type", "string"}});
    case ValueType::kBytes: return json::object({{"type", "string"}, {"contentEncoding", "base64"}});
    case ValueType::kDate: return json::object({{"type", "string"}, {"format", "date"}});
    case ValueType::kTimestamp: return json::object({{"type", "string"}, {"format", "date-time"}});
  }
  return json::object({});
}

// In a row: any field may be masked, which may leave nothing of it.
Value answered(const schemas::CatalogueField& field) {
  Value schema = schema_of(field.type);
  schema.set("type", json::array({*schema.find("type"), "null"}));
  schema.set("description", field.meaning.zh + " / " + field.meaning.en);
  return schema;
}

Value object_of(std::initializer_list<json::Member> properties, std::initializer_list<Value> required) {
  return json::object({{"type", "object"},
                       {"additionalProperties", false},
                       {"required", json::array(required)},
                       {"properties", json::object(properties)}});
}

Value conditions_on(const schemas::CatalogueField& field) {
  const Value name = json::object({{"const", field.name}});
  const Value one = object_of({{"field", name},
                               {"op", json::object({{"enum", json::array({"eq", "ne", "lt", "le", "gt", "ge"})}})},
                               {"value", schema_of(field.type)}},
                              {"field", "op", "value"});
  const Value many = object_of(
      {{"field", name},
       {"op", json::object({{"const", "in"}})},
       {"values",
        json::object(
            {{"type", "array"}, {"minItems", 1}, {"maxItems", kValuesMax}, {"items", schema_of(field.type)}})}},
      {"field", "op", "values"});
  return json::object({{"oneOf", json::array({one, many})}});
}

Value list_of_conditions(const schemas::Catalogue& dataset, const UsableFields& usable, int least) {
  Value conditions = json::array();
  for (const schemas::CatalogueField& field : dataset.fields)
    if (usable.shown.contains(field.name)) conditions.push(conditions_on(field));
  return json::object(
      {{"type", "array"},
       {"minItems", least},
       {"maxItems", limits::kConditionsMax},
       {"items", usable.shown.empty() ? Value(false) : json::object({{"anyOf", std::move(conditions)}})}});
}

// What every question has besides.
Value asked_under(Value schema, const UsableFields& usable) {
  Value properties = *schema.find("properties");
  properties.set("purpose", usable.unconditional ? reference("schemas", "Id")
                                                 : json::object({{"enum", names_of(usable.purposes)}}));
  properties.set(
      "timeout_ms",
      json::object(
          {{"type", "integer"}, {"minimum", 1000}, {"maximum", limits::kLifeMax.us / 1000}, {"default", 30'000}}));
  if (!usable.agreements.empty()) {
    Value agreements = json::array();
    for (const schemas::Agreement* terms : usable.agreements) agreements.push(terms->agreement.text);
    properties.set("agreement", json::object({{"enum", std::move(agreements)}}));
  }
  schema.set("properties", std::move(properties));
  return schema;
}

Value query_schema(const schemas::Catalogue& dataset, const UsableFields& usable) {
  return asked_under(
      object_of({{"fields", json::object({{"type", "array"},
                                          {"minItems", 1},
                                          {"uniqueItems", true},
                                          {"items", json::object({{"enum", names_of(usable.fields)}})}})},
                 {"conditions", list_of_conditions(dataset, usable, 0)},
                 {"strict", json::object({{"type", "boolean"}, {"default", false}})}},
                {"fields", "purpose"}),
      usable);
}

Value verify_schema(const schemas::Catalogue& dataset, const UsableFields& usable) {
  const Value conditions = list_of_conditions(dataset, usable, 1);
  return asked_under(
      object_of({{"claims", conditions}, {"conditions", conditions}}, {"claims", "conditions", "purpose"}), usable);
}

Value answer_schema(const schemas::Catalogue& dataset, const UsableFields& usable) {
  Value row = json::object({});
  for (const schemas::CatalogueField& field : dataset.fields)
    if (usable.fields.contains(field.name)) row.set(field.name.text, answered(field));
  const Value uuid = json::object({{"type", "string"}, {"format", "uuid"}});
  const Value entry = json::object({{"type", "integer"}});
  const Value rows =
      json::object({{"type", "object"}, {"additionalProperties", false}, {"properties", std::move(row)}});
  const Value masks = json::object({{"type", "object"}, {"additionalProperties", json::object({{"type", "string"}})}});
  return object_of({{"exchange", uuid},
                    {"receipt", uuid},
                    {"status", json::object({{"enum", json::array({"complete", "capped", "filtered", "stale"})}})},
                    {"as_of", json::object({{"type", json::array({"string", "null"})}, {"format", "date-time"}})},
                    {"fields", reference("schemas", "Names")},
                    {"rows", json::object({{"type", "array"}, {"items", rows}})},
                    {"withheld", reference("schemas", "Names")},
                    {"masks", masks},
                    {"request_entry", entry},
                    {"closing_entry", entry},
                    {"took_ms", json::object({{"type", "integer"}})}},
                   {"exchange", "receipt", "status", "as_of", "fields", "rows", "withheld", "masks", "request_entry",
                    "closing_entry", "took_ms"});
}

// "query.civil-affairs.household": a component's name may have no slash.
std::string component_of(const DatasetId& dataset, const std::string& what) {
  std::string name = dataset.text;
  name[name.find('/')] = '.';
  return what + "." + name;
}

// The value at `key` of an object, to be changed and set again.
Value taken(const Value& object, std::string_view key) {
  const Value* found = object.find(key);
  CHECK(found != nullptr);
  return *found;
}

}  // namespace

std::string openapi_page(const exchange::Registry& registry, const MemberId& member, Instant now) {
  auto parsed = json::parse(kOpenApiBase);
  CHECK(parsed.has_value());
  Value document = std::move(*parsed);
  Value info = taken(document, "info");
  info.set("title", "Steelyard for the applications of " + member.text);
  info.set("version", std::string(kVersion) + "+epoch." + std::to_string(registry.epoch().value));
  Value paths = fixed_paths();
  Value components = taken(document, "components");
  Value shared = taken(components, "schemas");
  for (const DatasetId& id : registry.datasets()) {
    const auto& dataset = *registry.dataset(id);
    const schemas::Catalogue& offered = dataset.statement;
    const std::string title = offered.title.zh + " / " + offered.title.en;
    const std::string answer = component_of(id, "answer");
    if (const auto usable = UsableFields::of(registry, member, dataset, now); !usable.fields.empty()) {
      const std::string asked = component_of(id, "query");
      paths.set("/v1/query/" + id.text, path_to_ask(asked, "query", title, answer));
      shared.set(asked, query_schema(offered, usable));
      shared.set(answer, answer_schema(offered, usable));
    }
    const auto usable = UsableFields::of(registry, member, dataset, now, schemas::Action::kVerify);
    if (usable.shown.empty()) continue;
    const std::string asked = component_of(id, "verify");
    paths.set("/v1/verify/" + id.text, path_to_ask(asked, "verify", title, "Truths"));
    shared.set(asked, verify_schema(offered, usable));
  }
  components.set("schemas", std::move(shared));
  document.set("info", std::move(info));
  document.set("paths", std::move(paths));
  document.set("components", std::move(components));
  return json::dump(document);
}

}  // namespace steelyard::adapters
