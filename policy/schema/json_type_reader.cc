#include "policy/schema/json_type_reader.h"

#include <algorithm>

#include "policy/lexer.h"
#include "policy/limits.h"
#include "policy/schema/names.h"

namespace steelyard::policy::schema {
namespace {

using Kind = TypeExpr::Kind;

bool contains(JsonTypeReader::Keys keys, std::string_view key) {
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

}  // namespace

Status JsonTypeReader::only(const json::Value& value, Keys keys, Keys beside) const {
  TRY_ASSIGN(const json::Object* members, object(value));
  for (const auto& [key, content] : *members) {
    if (contains(keys, key) || contains(beside, key)) continue;
    std::string known;
    for (const Keys& some : {keys, beside})
      for (const auto one : some) known += (known.empty() ? "`" : ", `") + std::string(one) + "`";
    return trail_.fail("there is no key " + shown(key) + " here; known are " + known);
  }
  return {};
}

Result<const json::Object*> JsonTypeReader::object(const json::Value& value) const {
  if (!value.is_object()) return trail_.fail("expected an object, found " + std::string(json::name_of(value.type())));
  return value.as_object();
}

Result<const json::Value*> JsonTypeReader::member(const json::Value& value, std::string_view key) {
  TRY(object(value));
  const json::Value* found = value.find(key);
  if (found == nullptr) return trail_.fail("missing key `" + std::string(key) + "`");
  return found;
}

Result<const json::Array*> JsonTypeReader::array(const json::Value& value, std::string_view key) {
  TRY_ASSIGN(const json::Value* found, member(value, key));
  if (found->is_array()) return found->as_array();
  const auto step = trail_.step(key);
  return trail_.fail("expected an array, found " + std::string(json::name_of(found->type())));
}

Result<std::string> JsonTypeReader::text(const json::Value& value, std::string_view key) {
  TRY_ASSIGN(const json::Value* found, member(value, key));
  if (found->is_string()) return std::string(*found->as_string());
  const auto step = trail_.step(key);
  return trail_.fail("expected a string, found " + std::string(json::name_of(found->type())));
}

Result<std::vector<std::string>> JsonTypeReader::texts(const json::Value& value, std::string_view key) {
  TRY_ASSIGN(const json::Array* items, array(value, key));
  const auto step = trail_.step(key);
  std::vector<std::string> all;
  all.reserve(items->size());
  for (const auto& item : *items) {
    const auto inner = trail_.step(all.size());
    if (!item.is_string()) return trail_.fail("expected a string, found " + std::string(json::name_of(item.type())));
    all.emplace_back(*item.as_string());
  }
  return all;
}

Result<std::string> JsonTypeReader::path(const json::Value& value, std::string_view key) {
  TRY_ASSIGN(std::string path, text(value, key));
  const auto step = trail_.step(key);
  TRY(want_path(path));
  return path;
}

Result<std::vector<Name>> JsonTypeReader::names(const json::Value& value, std::string_view key) {
  TRY_ASSIGN(std::vector<std::string> paths, texts(value, key));
  const auto step = trail_.step(key);
  std::vector<Name> all;
  all.reserve(paths.size());
  for (std::string& path : paths) {
    const auto inner = trail_.step(all.size());
    TRY(want_path(path));
    all.push_back({std::move(path), {}});
  }
  return all;
}

Result<Annotations> JsonTypeReader::annotations_of(const json::Value& value) {
  Annotations all;
  const json::Value* found = value.find("annotations");
  if (found == nullptr) return all;
  const auto step = trail_.step("annotations");
  TRY_ASSIGN(const json::Object* members, object(*found));
  for (const auto& [name, content] : *members) {
    const auto inner = trail_.step(name);
    if (!is_identifier(name)) return trail_.fail("an annotation's name is letters, digits and `_`, as `doc`");
    if (!content.is_string() && !content.is_null())
      return trail_.fail("expected a string, found " + std::string(json::name_of(content.type())));
    all.push_back({name, content.is_null() ? "" : std::string(*content.as_string())});
  }
  return all;
}

Status JsonTypeReader::want_path(std::string_view text) const {
  if (text.size() > limits::kSchemaNameBytesMax) return trail_.fail(shown(text) + " is too long for a name");
  if (is_path(text)) return {};
  return trail_.fail(shown(text) + " is no name of a type: write one, as `User` or `Shop::User`");
}

Status JsonTypeReader::want_declarable(std::string_view name) const {
  if (!is_name(name))
    return trail_.fail(shown(name) + " is no name for a type: write letters, digits and `_`, and no reserved word");
  return want_declarable_path(name);
}

Status JsonTypeReader::want_declarable_path(std::string_view path) const {
  TRY(want_path(path));
  if (!is_internal(path)) return {};
  return trail_.fail(shown(path) + " is reserved, as every name with `__cedar` in it: choose another name");
}

const json::Value* JsonTypeReader::given(const json::Value& value, std::string_view key) {
  const json::Value* found = value.find(key);
  return found == nullptr || found->is_null() ? nullptr : found;
}

Result<TypeExpr> JsonTypeReader::type(const json::Value& value, Keys beside) {
  TypeExpr type;
  TRY_ASSIGN(const std::string word, text(value, "type"));
  if (word == "Set") {
    TRY(only(value, {"type", "element"}, beside));
    return set(value);
  }
  if (word == "Record") {
    TRY(only(value, {"type", "attributes", "additionalAttributes"}, beside));
    return record(value);
  }
  if (word == "Entity" || word == "EntityOrCommon" || word == "Extension") {
    TRY(only(value, {"type", "name"}, beside));
    type.kind = word == "Entity" ? Kind::kEntity : word == "Extension" ? Kind::kExtension : Kind::kEntityOrCommon;
    TRY_ASSIGN(type.name, path(value, "name"));
    if (type.kind == Kind::kExtension && is_qualified(type.name))
      return trail_.fail(shown(type.name) + " is no extension type: write its name alone, as `ipaddr`");
    return type;
  }
  TRY(only(value, {"type"}, beside));
  if (word == "Boolean" || word == "Long" || word == "String") {
    type.kind = word == "Boolean" ? Kind::kBool : word == "Long" ? Kind::kLong : Kind::kString;
    return type;
  }
  type.kind = Kind::kCommon;
  TRY_ASSIGN(type.name, path(value, "type"));
  return type;
}

// After an error nothing is read, so that only what succeeds comes up again.
Status JsonTypeReader::deeper() {
  if (++depth_ < limits::kTypeDepthMax) return {};
  return trail_.fail("types are nested more than " + std::to_string(limits::kTypeDepthMax) + " deep");
}

Result<TypeExpr> JsonTypeReader::set(const json::Value& value) {
  TRY_ASSIGN(const json::Value* element, member(value, "element"));
  TypeExpr set;
  set.kind = Kind::kSet;
  const auto step = trail_.step("element");
  TRY(deeper());
  TRY_ASSIGN(TypeExpr read, type(*element));
  --depth_;
  set.element.push_back(std::move(read));
  return set;
}

Result<TypeExpr> JsonTypeReader::record(const json::Value& value) {
  TypeExpr record;
  if (const json::Value* open = value.find("additionalAttributes"); open != nullptr) {
    const auto closed = open->as_bool();
    if (!closed || *closed) return trail_.fail("`additionalAttributes` may only be `false`: declare every attribute");
  }
  TRY_ASSIGN(const json::Value* found, member(value, "attributes"));
  const auto step = trail_.step("attributes");
  TRY_ASSIGN(const json::Object* members, object(*found));
  TRY(deeper());
  for (const auto& [name, content] : *members) {
    const auto inner = trail_.step(name);
    TRY_ASSIGN(AttributeDecl read, attribute(name, content));
    record.attributes.push_back(std::move(read));
  }
  --depth_;
  return record;
}

Result<AttributeDecl> JsonTypeReader::attribute(const std::string& name, const json::Value& value) {
  AttributeDecl attribute;
  attribute.name = name;
  TRY_ASSIGN(attribute.annotations, annotations_of(value));
  if (const json::Value* required = value.find("required"); required != nullptr) {
    const auto given = required->as_bool();
    if (!given) return trail_.fail("`required` is `true` or `false`");
    attribute.required = *given;
  }
  TRY_ASSIGN(attribute.type, type(value, {"required", "annotations"}));
  return attribute;
}

}  // namespace steelyard::policy::schema
