#include "policy/validation/schema.h"

#include <algorithm>
#include <tuple>

namespace steelyard::policy::validation {

bool UidByText::operator()(const EntityUid& a, const EntityUid& b) const {
  return std::tie(a.type(), a.id()) < std::tie(b.type(), b.id());
}

bool EntitySchemaEntry::has_ancestor(std::string_view type) const {
  return std::binary_search(ancestors.begin(), ancestors.end(), type, std::less<>());
}

bool EntitySchemaEntry::has_id(std::string_view id) const {
  return !enumerated || std::binary_search(enumerated->begin(), enumerated->end(), id, std::less<>());
}

bool ActionSchemaEntry::has_ancestor(const EntityUid& action) const {
  return std::binary_search(ancestors.begin(), ancestors.end(), action, UidByText());
}

const EntitySchemaEntry* Schema::find(std::string_view entity_type) const {
  const auto found = entity_types.find(entity_type);
  return found == entity_types.end() ? nullptr : &found->second;
}

const ActionSchemaEntry* Schema::find(const EntityUid& action) const {
  const auto found = actions.find(action);
  return found == actions.end() ? nullptr : &found->second;
}

bool Schema::declares_actions_of(std::string_view type) const {
  const auto first = actions.lower_bound(EntityUid(std::string(type), ""));
  return first != actions.end() && first->first.type() == type;
}

void each_environment(const Schema& schema, const std::function<bool(const Environment&)>& look) {
  for (const auto& [action, entry] : schema.actions) {
    for (const std::string& principal : entry.principals) {
      for (const std::string& resource : entry.resources) {
        if (!look({schema, principal, action, resource, entry.context})) return;
      }
    }
  }
}

}  // namespace steelyard::policy::validation
