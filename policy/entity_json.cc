#include "policy/entity_json.h"

#include <algorithm>
#include <unordered_map>

#include "policy/entity_order.h"
#include "policy/ext/functions.h"
#include "policy/lexer.h"
#include "policy/limits.h"

namespace steelyard::policy {
namespace {

Result<Value> extension_from_json(const json::Value& call) {
  TRY_ASSIGN(const std::string name, call.string_at("fn"));
  const auto* info = ext::find_function(name);
  if (info == nullptr) return fail(ErrorKind::kFix, "there is no function `" + name + "`");
  std::vector<Value> arguments;
  if (const json::Value* only = call.find("arg"); only != nullptr) {
    TRY_ASSIGN(Value argument, value_from_json(*only));
    arguments.push_back(std::move(argument));
  } else {
    TRY_ASSIGN(const json::Array* several, call.array_at("args"));
    for (const auto& one : *several) {
      TRY_ASSIGN(Value argument, value_from_json(one));
      arguments.push_back(std::move(argument));
    }
  }
  return ext::call(info->function, arguments);
}

Result<std::vector<Attribute>> attributes_from_json(const json::Object& object) {
  std::vector<Attribute> attributes;
  attributes.reserve(object.size());
  for (const auto& [name, member] : object) {
    auto value = value_from_json(member);
    if (!value) return fail(std::move(value.error()).in("attribute `" + name + "`"));
    attributes.push_back({name, std::move(*value)});
  }
  return attributes;
}

// Of `entity` what stands under `key`, each value as `read` reads it; `what` is what one is called.
template <class Read>
Result<std::vector<Attribute>> values_at(const json::Value& entity, std::string_view key, std::string_view what,
                                         Read&& read) {
  std::vector<Attribute> values;
  if (entity.find(key) == nullptr) return values;
  TRY_ASSIGN(const json::Object* object, entity.object_at(key));
  values.reserve(object->size());
  for (const auto& [name, member] : *object) {
    auto value = read(name, member);
    if (!value) return fail(std::move(value.error()).in(std::string(what) + " `" + name + "`"));
    values.push_back({name, std::move(*value)});
  }
  return values;
}

Result<Entity> entity_from_json(const json::Value& value, const EntityValues& values) {
  TRY_ASSIGN(const json::Value* uid_value, value.at("uid"));
  TRY_ASSIGN(EntityUid uid, entity_uid_from_json(*uid_value));
  const std::string where = one_line("entity `" + to_source(uid) + "`");
  if (value.find("attrs") == nullptr) return fail(ErrorKind::kFix, where + ": missing key `attrs`");
  Entity entity{std::move(uid), {}, {}, {}};
  const auto attribute = [&](const std::string& name, const json::Value& one) {
    return values.attribute(entity.uid, name, one);
  };
  const auto tag = [&](const std::string& name, const json::Value& one) { return values.tag(entity.uid, name, one); };
  auto attributes = values_at(value, "attrs", "attribute", attribute);
  if (!attributes) return fail(std::move(attributes.error()).in(where));
  entity.attributes = std::move(*attributes);
  auto tags = values_at(value, "tags", "tag", tag);
  if (!tags) return fail(std::move(tags.error()).in(where));
  entity.tags = std::move(*tags);
  auto parents = value.array_at("parents");
  if (!parents) return fail(std::move(parents.error()).in(where));
  for (const auto& parent : **parents) {
    auto parent_uid = entity_uid_from_json(parent);
    if (!parent_uid) return fail(std::move(parent_uid.error()).in(where + ", parents"));
    if (is_action_type(entity.uid.type()) && !is_action_type(parent_uid->type()))
      return fail(ErrorKind::kFix, where + ": an action can be in actions only");
    entity.parents.push_back(std::move(*parent_uid));
  }
  return entity;
}

Result<Value> object_from_json(const json::Value& value) {
  switch (escape_of(value)) {
    case Escape::kEntity: return entity_uid_from_json(value).map(&Value::entity);
    case Escape::kExtension: return extension_from_json(*value.find("__extn"));
    case Escape::kExpression: return fail(ErrorKind::kFix, "`__expr` is not supported; write the value");
    case Escape::kNone: break;
  }
  TRY_ASSIGN(const json::Object* members, value.as_object());
  return attributes_from_json(*members).map(&Value::record);
}

bool is_text_at(const json::Value& object, std::string_view key) {
  const json::Value* found = object.find(key);
  return found != nullptr && found->is_string();
}

bool same(Entity a, Entity b) {
  std::sort(a.parents.begin(), a.parents.end());
  std::sort(b.parents.begin(), b.parents.end());
  return a.parents == b.parents && Value::record(std::move(a.attributes)) == Value::record(std::move(b.attributes)) &&
         Value::record(std::move(a.tags)) == Value::record(std::move(b.tags));
}

// Each once; one that stands twice must be the same each time.
Result<std::vector<Entity>> read_all(const json::Array& items, const EntityValues& values) {
  std::vector<Entity> entities;
  std::unordered_map<EntityUid, std::size_t, EntityUidHash> places;
  for (const auto& item : items) {
    TRY_ASSIGN(Entity entity, entity_from_json(item, values));
    const auto [at, is_new] = places.try_emplace(entity.uid, entities.size());
    if (is_new)
      entities.push_back(std::move(entity));
    else if (!same(entities[at->second], entity))
      return fail(ErrorKind::kFix, one_line("entity `" + to_source(entity.uid) + "` stands twice, and not the same"));
  }
  return entities;
}

}  // namespace

Escape escape_of(const json::Value& value) {
  const auto members = value.as_object();
  if (!members || (*members)->size() != 1) return Escape::kNone;
  const auto& [key, body] = (*members)->front();
  if (key == "__entity" && is_text_at(body, "type") && is_text_at(body, "id")) return Escape::kEntity;
  const bool has_arguments =
      body.find("arg") != nullptr || (body.find("args") != nullptr && body.find("args")->is_array());
  if (key == "__extn" && is_text_at(body, "fn") && has_arguments) return Escape::kExtension;
  return key == "__expr" && body.is_string() ? Escape::kExpression : Escape::kNone;
}

Result<EntityUid> entity_uid_from_json(const json::Value& value) {
  const json::Value* wrapped = value.find("__entity");
  const json::Value& plain = wrapped == nullptr ? value : *wrapped;
  TRY_ASSIGN(std::string type, plain.string_at("type"));
  TRY_ASSIGN(std::string id, plain.string_at("id"));
  // What a policy could not write could never be meant by one.
  if (!is_normalized_path(type))
    return fail(ErrorKind::kFix, "`" + type + "` is no type of entities: write a name, as `User`");
  return EntityUid(std::move(type), std::move(id));
}

// As deep as the JSON, which the reader bounds.
Result<Value> value_from_json(const json::Value& value) {
  switch (value.type()) {
    case json::Type::kBool: return value.as_bool().map(&Value::boolean);
    case json::Type::kInteger: return value.as_integer().map(&Value::integer);
    case json::Type::kString:
      return value.as_string().map([](std::string_view s) { return Value::string(std::string(s)); });
    case json::Type::kArray: {
      TRY_ASSIGN(const json::Array* items, value.as_array());
      std::vector<Value> elements;
      elements.reserve(items->size());
      for (const auto& item : *items) {
        TRY_ASSIGN(Value element, value_from_json(item));
        elements.push_back(std::move(element));
      }
      return Value::set(std::move(elements));
    }
    case json::Type::kObject: return object_from_json(value);
    default:
      return fail(ErrorKind::kFix, "expected a value of Cedar, found " + std::string(json::name_of(value.type())));
  }
}

Result<Value> EntityValues::attribute(const EntityUid&, const std::string&, const json::Value& value) const {
  return value_from_json(value);
}

Result<Value> EntityValues::tag(const EntityUid&, const std::string&, const json::Value& value) const {
  return value_from_json(value);
}

Result<Entities> entities_from_json(std::string_view text) { return entities_from_json(text, EntityValues()); }

Result<Entities> entities_from_json(std::string_view text, const EntityValues& values) {
  TRY_ASSIGN(const json::Value document, json::parse(text));
  TRY_ASSIGN(const json::Array* items, document.as_array());
  TRY_ASSIGN(auto read, read_all(*items, values));
  TRY_ASSIGN(read, parents_first(std::move(read)));
  Entities entities;
  std::size_t ancestors = 0;
  for (Entity& entity : read) {
    const EntityUid uid = entity.uid;
    TRY(entities.put(std::move(entity)));
    ancestors += entities.find(uid)->ancestors().size();
    if (ancestors > limits::kEntityAncestorsMax)
      return fail(ErrorKind::kFix,
                  "the entities have more than " + std::to_string(limits::kEntityAncestorsMax) + " ancestors together");
  }
  return entities;
}

}  // namespace steelyard::policy
