// Entities in the typechecker: `in`, `is`, tags.
#include <algorithm>

#include "policy/validation/typechecker.h"

namespace steelyard::policy::validation {
namespace {

using Kind = CedarType::Kind;

Typed a_bool(bool ok) { return {CedarType::simple(Kind::kBool), ok, {}}; }
Typed known(bool value, bool ok) { return {CedarType::boolean(value), ok, {}}; }

constexpr std::string_view kUseContains = "use `contains` for what is not an entity";

}  // namespace

const Value* Typechecker::value_of(NodeIndex index) const {
  const Node& node = program().node(index);
  if (node.op == Op::kLiteral) return &program().literal(node);
  const bool is_action = node.op == Op::kVariable && program().variable(node) == Variable::kAction;
  return is_action ? &action_ : nullptr;
}

const EntityUid* Typechecker::entity_of(NodeIndex index) const {
  const Value* value = value_of(index);
  return value != nullptr && value->is(Type::kEntity) ? &value->as_entity() : nullptr;
}

std::optional<std::vector<EntityUid>> Typechecker::entities_of(NodeIndex index) const {
  if (const EntityUid* one = entity_of(index)) return std::vector<EntityUid>{*one};
  const Node& node = program().node(index);
  if (node.op != Op::kSet) return {};
  std::vector<EntityUid> all;
  for (const NodeIndex element : program().children(node)) {
    const EntityUid* one = entity_of(element);
    if (one == nullptr) return {};
    all.push_back(*one);
  }
  return all;
}

Typed Typechecker::in(const Node& node) {
  return in(node, expect(program().child(node), {{Kind::kEntity}}, kUseContains));
}

// What actions are in is known from the schema; of other entities it is known which types can be in which.
Typed Typechecker::in(const Node& node, const Typed& left) {
  const NodeIndex right_at = program().child(node, 1);
  const Typed right = expect(right_at, {{Kind::kSet, true}, {Kind::kEntity}}, kUseContains);
  if (!left.ok || !right.ok || !left.type || !right.type) return a_bool(false);
  const EntityUid* inner = entity_of(program().child(node));
  if (inner != nullptr && is_action_type(inner->type())) {
    if (const auto outer = entities_of(right_at)) {
      steps_.spend(outer->size());
      const ActionSchemaEntry* entry = environment_.schema.find(*inner);
      const bool within = std::any_of(outer->begin(), outer->end(), [&](const EntityUid& each) {
        return each == *inner || (entry != nullptr && entry->has_ancestor(each));
      });
      return known(within, true);
    }
  }
  const CedarType& outer = right.is(Kind::kSet) ? right.type->element() : *right.type;
  return may_be_in(*left.type, outer) ? a_bool(true) : known(false, true);
}

bool Typechecker::may_be_in(const CedarType& inner, const CedarType& outer) {
  if (!inner.is(Kind::kEntity) || !outer.is(Kind::kEntity)) return true;
  for (const std::string& in : inner.entity_types()) {
    for (const std::string& out : outer.entity_types()) {
      if (may_be_in(in, out)) return true;
    }
  }
  return false;
}

bool Typechecker::may_be_in(const std::string& inner, const std::string& outer) {
  steps_.spend();
  if (inner == outer) return true;
  const Schema& schema = environment_.schema;
  if (const EntitySchemaEntry* entry = schema.find(inner)) return entry->has_ancestor(outer);
  if (!is_action_type(inner) || !is_action_type(outer)) return false;
  steps_.spend(schema.actions.size());
  return std::any_of(schema.actions.begin(), schema.actions.end(), [&](const auto& action) {
    const auto& ancestors = action.second.ancestors;
    return action.first.type() == inner &&
           std::any_of(ancestors.begin(), ancestors.end(), [&](const EntityUid& each) { return each.type() == outer; });
  });
}

Typed Typechecker::is(const Node& node, const Typed& left) {
  if (!left.type) return a_bool(false);
  if (!left.is(Kind::kEntity)) return a_bool(left.ok);
  const auto types = left.type->entity_types();
  if (std::find(types.begin(), types.end(), program().name(node)) == types.end()) return known(false, left.ok);
  return types.size() == 1 ? known(true, left.ok) : a_bool(left.ok);
}

// `e is T in x` means `e is T && e in x`.
Typed Typechecker::is_in(const Node& node) {
  const Typed left = expect(program().child(node), {{Kind::kEntity}}, kUseContains);
  Conjunction both(held_);
  both.and_then(is(node, left));
  if (!both.is_false()) both.and_then(in(node, left));
  return both.result();
}

// What tags of it are: one for each type that has some.
std::vector<CedarType> Typechecker::tags_of(const CedarType& type) const {
  std::vector<CedarType> all;
  const auto take = [&](const EntitySchemaEntry& entry) {
    if (entry.tags) all.push_back(*entry.tags);
  };
  if (type.is(Kind::kAnyEntity)) {
    for (const auto& [name, entry] : environment_.schema.entity_types) take(entry);
  } else if (type.is(Kind::kEntity)) {
    for (const std::string& name : type.entity_types()) {
      if (const EntitySchemaEntry* entry = environment_.schema.find(name)) take(*entry);
    }
  }
  return all;
}

Typed Typechecker::has_tag(const Node& node) {
  const Typed entity = expect(program().child(node), {{Kind::kEntity}});
  const Typed tag = expect(program().child(node, 1), {{Kind::kString}});
  const bool ok = entity.ok && tag.ok;
  if (!entity.type) return a_bool(false);
  if (tags_of(*entity.type).empty()) return known(false, ok);
  const Capability asked{number(child(node)), number(child(node, 1)), true};
  Typed result{CedarType::simple(held_.contains(asked) ? Kind::kTrue : Kind::kBool), ok, {}};
  if (ok) result.earned.push_back(asked);
  return result;
}

Typed Typechecker::get_tag(const Node& node) {
  const Typed entity = expect(program().child(node), {{Kind::kEntity}});
  const Typed tag = expect(program().child(node, 1), {{Kind::kString}});
  if (!entity.type) return {{}, false, {}};
  const auto tags = tags_of(*entity.type);
  if (tags.empty()) {
    find(Rule::kNoTags, node, "entity type `" + to_text(*entity.type) + "` has no tags",
         "declare them in the schema: `entity … tags String;`");
    return {{}, false, {}};
  }
  if (!held_.contains({number(child(node)), number(child(node, 1)), true})) {
    find(Rule::kTagNotChecked, node, "a tag of entity type `" + to_text(*entity.type) + "` may be missing",
         "ask first whether it is there: `….hasTag(…) && …`");
    return {{}, false, {}};
  }
  CedarType common = tags.front();
  for (const CedarType& next : tags) {
    auto both = bound(common, next);
    if (!both) {
      find(Rule::kIncompatibleTypes, node,
           "tags of types `" + to_text(common) + "` and `" + to_text(next) + "` are not compatible");
      return {{}, false, {}};
    }
    common = std::move(*both);
  }
  return {std::move(common), entity.ok && tag.ok, {}};
}

}  // namespace steelyard::policy::validation
