#include "policy/est/scope_json.h"

#include "policy/entity_json.h"
#include "policy/est/expr_writer.h"
#include "policy/est/keys.h"
#include "policy/lexer.h"

namespace steelyard::policy::est {
namespace {

using Kind = ScopeConstraint::Kind;

// {"entity": ...} or {"slot": ...}; no slot is "" where none may stand.
Status read_entity_or_slot(const json::Value& value, std::string_view slot, ScopeConstraint& constraint) {
  if (const json::Value* entity = value.find("entity"); entity != nullptr) {
    TRY_ASSIGN(EntityUid uid, entity_uid_from_json(*entity));
    constraint.entities.push_back(std::move(uid));
    return {};
  }
  if (value.find("slot") == nullptr) return fail(ErrorKind::kFix, "expected `entity` or `slot`");
  TRY_ASSIGN(const std::string name, value.string_at("slot"));
  if (slot.empty()) return fail(ErrorKind::kFix, "an action has no slot");
  if (name != slot) return fail(ErrorKind::kFix, "the slot is `" + std::string(slot) + "`, not " + shown(name));
  constraint.slot = true;
  return {};
}

Status read_is(const json::Value& value, std::string_view slot, ScopeConstraint& constraint) {
  TRY(want_keys(value, {"op", "entity_type"}, {"in"}));
  TRY_ASSIGN(constraint.type, value.string_at("entity_type"));
  if (!is_normalized_path(constraint.type))
    return fail(ErrorKind::kFix, shown(constraint.type) + " is no type of entities");
  constraint.kind = Kind::kIs;
  const json::Value* in = value.find("in");
  if (is_absent(in)) return {};
  constraint.kind = Kind::kIsIn;
  if (auto read = read_entity_or_slot(*in, slot, constraint); !read) return fail_in(std::move(read.error()), "`in`");
  return {};
}

Status read_actions(const json::Value& value, ScopeConstraint& constraint) {
  if (value.find("entity") != nullptr || value.find("entities") == nullptr)
    return read_entity_or_slot(value, {}, constraint);
  constraint.listed = true;
  TRY_ASSIGN(const json::Array* entities, value.array_at("entities"));
  for (const auto& one : *entities) {
    TRY_ASSIGN(EntityUid uid, entity_uid_from_json(one));
    constraint.entities.push_back(std::move(uid));
  }
  return {};
}

Status read_constraint(const json::Value& value, std::string_view slot, ScopeConstraint& constraint) {
  TRY_ASSIGN(const std::string op, value.string_at("op"));
  if (op == "All" || op == "all") return {};
  if (op == "==") {
    constraint.kind = Kind::kEqual;
    return read_entity_or_slot(value, slot, constraint);
  }
  if (op == "in") {
    constraint.kind = Kind::kIn;
    return slot.empty() ? read_actions(value, constraint) : read_entity_or_slot(value, slot, constraint);
  }
  if (op == "is" && !slot.empty()) return read_is(value, slot, constraint);
  return fail(ErrorKind::kFix, "no scope has the operator " + shown(op));
}

Result<ScopeConstraint> constraint_at(const json::Value& policy, std::string_view key, std::string_view slot) {
  ScopeConstraint constraint;
  TRY_ASSIGN(const json::Value* value, policy.at(key));
  if (auto read = read_constraint(*value, slot, constraint); !read) return fail_in(std::move(read.error()), key);
  return constraint;
}

void add_entity_or_slot(const ScopeConstraint& constraint, std::string_view slot, json::Value& to) {
  if (constraint.slot)
    to.set("slot", slot);
  else
    to.set("entity", entity_to_json(constraint.entities.front()));
}

json::Value constraint_to_json(const ScopeConstraint& constraint, std::string_view slot) {
  json::Value value;
  switch (constraint.kind) {
    case Kind::kAny: value.set("op", "All"); return value;
    case Kind::kEqual: value.set("op", "=="); break;
    case Kind::kIn: value.set("op", "in"); break;
    case Kind::kIs:
    case Kind::kIsIn: {
      value.set("op", "is");
      value.set("entity_type", constraint.type);
      if (constraint.kind == Kind::kIs) return value;
      json::Value in;
      add_entity_or_slot(constraint, slot, in);
      value.set("in", std::move(in));
      return value;
    }
  }
  if (!constraint.listed) {
    add_entity_or_slot(constraint, slot, value);
    return value;
  }
  json::Value entities = json::array();
  for (const EntityUid& uid : constraint.entities) entities.push(entity_to_json(uid));
  value.set("entities", std::move(entities));
  return value;
}

}  // namespace

Result<Scope> scope_from_json(const json::Value& policy) {
  Scope scope;
  TRY_ASSIGN(scope.principal, constraint_at(policy, "principal", "?principal"));
  TRY_ASSIGN(scope.action, constraint_at(policy, "action", {}));
  TRY_ASSIGN(scope.resource, constraint_at(policy, "resource", "?resource"));
  for (const EntityUid& uid : scope.action.entities) {
    if (!is_action_type(uid.type()))
      return fail(ErrorKind::kFix, "action: " + shown(to_source(uid)) + " is not an action; its type must be `Action`");
  }
  return scope;
}

void add_scope(const Scope& scope, json::Value& policy) {
  policy.set("principal", constraint_to_json(scope.principal, "?principal"));
  policy.set("action", constraint_to_json(scope.action, {}));
  policy.set("resource", constraint_to_json(scope.resource, "?resource"));
}

Result<SlotValues> slot_values_from_json(const json::Value& value) {
  TRY(want_keys(value, {}, {"?principal", "?resource"}));
  SlotValues values;
  const auto read = [&value](std::string_view key, std::optional<EntityUid>& to) -> Status {
    const json::Value* entity = value.find(key);
    if (entity == nullptr) return {};
    TRY_ASSIGN(to, entity_uid_from_json(*entity));
    return {};
  };
  TRY(read("?principal", values.principal));
  TRY(read("?resource", values.resource));
  return values;
}

json::Value slot_values_to_json(const SlotValues& values) {
  json::Value value = json::object();
  if (values.principal) value.set("?principal", entity_to_json(*values.principal));
  if (values.resource) value.set("?resource", entity_to_json(*values.resource));
  return value;
}

}  // namespace steelyard::policy::est
