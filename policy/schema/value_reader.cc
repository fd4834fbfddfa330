#include "policy/schema/value_reader.h"

#include "policy/entity_json.h"
#include "policy/schema/names.h"
#include "policy/validation/signatures.h"

namespace steelyard::policy::schema {
namespace {

using validation::AttributeType;
using validation::CedarType;
using Kind = CedarType::Kind;

ext::Function constructor_of(Kind kind) {
  switch (kind) {
    case Kind::kDatetime: return ext::Function::kDatetime;
    case Kind::kDuration: return ext::Function::kDuration;
    case Kind::kDecimal: return ext::Function::kDecimal;
    default: return ext::Function::kIp;
  }
}

Result<Value> call_from_json(const json::Value& call) {
  TRY_ASSIGN(const std::string name, call.string_at("fn"));
  const auto* info = ext::find_function(name);
  if (info == nullptr) return fail(ErrorKind::kFix, "there is no function " + shown(name));
  const auto& parameters = validation::signature_of(info->function).parameters;
  std::vector<Value> arguments;
  const auto read = [&](const json::Value& argument) -> Status {
    if (arguments.size() == parameters.size())
      return fail(ErrorKind::kFix,
                  shown(name) + " takes no more than " + std::to_string(parameters.size()) + " arguments");
    TRY_ASSIGN(Value value, typed_value_from_json(argument, CedarType::simple(parameters[arguments.size()])));
    arguments.push_back(std::move(value));
    return {};
  };
  if (const json::Value* only = call.find("arg"); only != nullptr) {
    TRY(read(*only));
  } else {
    TRY_ASSIGN(const json::Array* several, call.array_at("args"));
    for (const json::Value& one : *several) TRY(read(one));
  }
  return ext::call(info->function, arguments);
}

Result<Value> extension_from_json(const json::Value& value, const CedarType& type) {
  if (const json::Value* call = value.find("__extn"); call != nullptr) return call_from_json(*call);
  if (value.find("fn") != nullptr) return call_from_json(value);
  if (!value.is_string())
    return fail(ErrorKind::kFix, "expected `" + validation::to_text(type) +
                                     "` as a string or {\"fn\", \"arg\"}, found " +
                                     std::string(json::name_of(value.type())));
  const Value text = Value::string(std::string(*value.as_string()));
  return ext::call(constructor_of(type.kind()), {&text, 1});
}

Result<Value> entity_from_json(const json::Value& value, const CedarType& type) {
  if (value.is_object()) return entity_uid_from_json(value).map(&Value::entity);
  return fail(ErrorKind::kFix, "expected an entity `" + validation::to_text(type) + "` as {\"type\", \"id\"}, found " +
                                   std::string(json::name_of(value.type())));
}

Result<Value> set_from_json(const json::Value& value, const CedarType& type) {
  TRY_ASSIGN(const json::Array* items, value.as_array());
  std::vector<Value> elements;
  elements.reserve(items->size());
  for (const json::Value& item : *items) {
    TRY_ASSIGN(Value element, typed_value_from_json(item, type.element()));
    elements.push_back(std::move(element));
  }
  return Value::set(std::move(elements));
}

Result<Value> record_from_json(const json::Value& value, const CedarType& type) {
  TRY_ASSIGN(const json::Object* members, value.as_object());
  std::vector<Attribute> attributes;
  attributes.reserve(members->size());
  for (const auto& [name, member] : *members) {
    const AttributeType* known = type.find(name);
    if (known == nullptr)
      return fail(ErrorKind::kFix, "attribute " + shown(name) + " is not declared: leave it out, or declare it");
    auto read = typed_value_from_json(member, known->type);
    if (!read) return fail(std::move(read).error().in("attribute " + shown(name)));
    attributes.push_back({name, std::move(*read)});
  }
  return Value::record(std::move(attributes));
}

}  // namespace

// As deep as the JSON, which the reader bounds.
Result<Value> typed_value_from_json(const json::Value& value, const CedarType& type) {
  if (value.is_null()) return fail(ErrorKind::kFix, "null means nothing: leave out what has no value");
  switch (type.kind()) {
    case Kind::kDatetime:
    case Kind::kDuration:
    case Kind::kDecimal:
    case Kind::kIp: return extension_from_json(value, type);
    case Kind::kEntity: return entity_from_json(value, type);
    case Kind::kSet: return set_from_json(value, type);
    case Kind::kRecord: return record_from_json(value, type);
    default: return value_from_json(value);
  }
}

}  // namespace steelyard::policy::schema
