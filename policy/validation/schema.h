// Schema: what a schema says, every name resolved: entity types, actions, and what they have to do with each other.
// Lean: Cedar/Validation/Types.lean (EntitySchema, ActionSchema, Environment).
//
// policy/schema/ makes it from text; the validator only asks it. Whoever makes it keeps what the fields promise:
// lists sorted and without duplicates, ancestors transitively closed, every named type declared, no cycle.
// Owns: everything. Threads: a plain value, immutable once made. Errors: none.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/entity_uid.h"
#include "policy/validation/types.h"

namespace steelyard::policy::validation {

struct EntitySchemaEntry {
  std::vector<std::string> ancestors;  // types of what it may be in, through any number of parents
  CedarType attributes = CedarType::record({});
  std::optional<CedarType> tags;                       // what every tag of it is; nothing: it has none
  std::optional<std::vector<std::string>> enumerated;  // the ids that there are; nothing: any

  bool has_ancestor(std::string_view type) const;
  bool has_id(std::string_view id) const;  // any, unless it is enumerated
  bool operator==(const EntitySchemaEntry&) const = default;
};

struct ActionSchemaEntry {
  std::vector<std::string> principals;  // types that it applies to; an action that only groups others has none
  std::vector<std::string> resources;
  std::vector<EntityUid> ancestors;  // actions that it is in, through any number of groups; UidByText
  CedarType context = CedarType::record({});

  bool has_ancestor(const EntityUid& action) const;
  bool operator==(const ActionSchemaEntry&) const = default;
};

// By type, then id: the same order in every process, unlike EntityUid's own.
struct UidByText {
  bool operator()(const EntityUid& a, const EntityUid& b) const;
};

struct Schema {
  std::map<std::string, EntitySchemaEntry, std::less<>> entity_types;  // without the types of actions
  std::map<EntityUid, ActionSchemaEntry, UidByText> actions;

  const EntitySchemaEntry* find(std::string_view entity_type) const;  // nothing if it is not declared
  const ActionSchemaEntry* find(const EntityUid& action) const;       // nothing if it is not declared
  bool declares_actions_of(std::string_view type) const;
  bool operator==(const Schema&) const = default;
};

// What kinds of requests there are: the types of principal and resource, the action, the context that goes with it.
// Refers to a schema, which outlives it.
struct Environment {
  const Schema& schema;
  const std::string& principal;
  const EntityUid& action;
  const std::string& resource;
  const CedarType& context;
};

// Every one, in the order of action, principal, resource, until `look` returns false. A small schema may have millions.
void each_environment(const Schema& schema, const std::function<bool(const Environment&)>& look);

}  // namespace steelyard::policy::validation
