// Attributes in the typechecker: reading them, and asking whether they are there.
#include <algorithm>

#include "policy/validation/suggestion.h"
#include "policy/validation/typechecker.h"

namespace steelyard::policy::validation {
namespace {

using Kind = CedarType::Kind;

constexpr std::string_view kUseContains = "use `contains` for sets, `like` for texts";

}  // namespace

Typed Typechecker::get_attribute(const Node& node) {
  const Node& object = child(node);
  const Typed typed = expect(program().child(node), {{Kind::kEntity}, {Kind::kRecord}});
  return get(node, typed, number(object), program().name(node));
}

// An optional attribute is there for sure only where something before asked.
Typed Typechecker::get(const Node& node, const Typed& object, Number number, const std::string& name) {
  if (!object.type) return {{}, false, {}};
  auto attribute = attribute_of(*object.type, name);
  if (!attribute) {
    find(Rule::kAttributeNotFound, node, "attribute `" + name + "` not found " + of_what(child(node), *object.type),
         may_have(*object.type, name) ? "not all that this can be have it with one type"
                                      : nearest_attribute(*object.type, name));
    return {{}, false, {}};
  }
  const Capability needed{number, subexpressions_.text(name), false};
  if (attribute->required || held_.contains(needed)) return {std::move(attribute->type), object.ok, {}};
  find(Rule::kOptionalAttribute, node,
       "attribute `" + name + "` is optional " + of_what(child(node), *object.type) + " and may be missing",
       "ask first whether it is there: `… has " + name + " && …`");
  return {std::move(attribute->type), false, {}};
}

// `e has a.b` means `e has a && e.a has b`.
Typed Typechecker::has_attribute(const Node& node) {
  const auto path = program().path(node);
  Typed object = expect(program().child(node), {{Kind::kEntity}, {Kind::kRecord}}, kUseContains);
  Number at = number(child(node));
  Conjunction all(held_);
  all.and_then(has(object, at, path[0]));
  for (std::size_t nth = 1; nth < path.size() && !all.is_false(); ++nth) {
    object = expect(node, get(node, object, at, path[nth - 1]), {{Kind::kEntity}, {Kind::kRecord}}, kUseContains);
    at = subexpressions_.attribute(at, path[nth - 1]);
    if (part_->visited != nullptr)
      part_->visited->paths[{static_cast<NodeIndex>(index_of(node)), nth}] = what_of(object);
    all.and_then(has(object, at, path[nth]));
  }
  return all.result();
}

// A required attribute of an entity is not there if the entity is not known.
Typed Typechecker::has(const Typed& object, Number number, const std::string& name) {
  if (!object.type) return {CedarType::simple(Kind::kBool), false, {}};
  const auto attribute = attribute_of(*object.type, name);
  if (!attribute) {
    const Kind kind = may_have(*object.type, name) ? Kind::kBool : Kind::kFalse;
    return {CedarType::simple(kind), object.ok, {}};
  }
  const Capability asked{number, subexpressions_.text(name), false};
  const bool certain = held_.contains(asked) || (attribute->required && object.is(Kind::kRecord));
  Typed result{CedarType::simple(certain ? Kind::kTrue : Kind::kBool), object.ok, {}};
  if (result.ok) result.earned.push_back(asked);
  return result;
}

// Of entities of several types: what all of them have, and can be told of as one.
std::optional<AttributeType> Typechecker::attribute_of(const CedarType& type, std::string_view name) {
  const auto in_record = [&](const CedarType& record) -> std::optional<AttributeType> {
    const AttributeType* found = record.find(name);
    return found == nullptr ? std::nullopt : std::optional(*found);
  };
  if (type.is(Kind::kRecord)) return in_record(type);
  if (!type.is(Kind::kEntity)) return {};
  std::optional<AttributeType> common;
  for (const std::string& entity : type.entity_types()) {
    const EntitySchemaEntry* entry = environment_.schema.find(entity);
    auto next = entry == nullptr ? std::nullopt : in_record(entry->attributes);
    if (!next) return {};
    if (common) {
      auto both = bound(common->type, next->type);
      if (!both) return {};
      next = AttributeType{next->name, std::move(*both), common->required && next->required};
    }
    common = std::move(next);
  }
  return common;
}

bool Typechecker::may_have(const CedarType& type, std::string_view name) const {
  switch (type.kind()) {
    case Kind::kRecord: return type.open() || type.find(name) != nullptr;
    case Kind::kEntity: {
      const auto all = type.entity_types();
      return std::any_of(all.begin(), all.end(), [&](const std::string& entity) {
        const EntitySchemaEntry* entry = environment_.schema.find(entity);
        return entry != nullptr && entry->attributes.find(name) != nullptr;
      });
    }
    default: return true;
  }
}

// "on entity type `User`", "in the context of `Action::"read"`".
std::string Typechecker::of_what(const Node& object, const CedarType& type) const {
  if (type.is(Kind::kEntity) || type.is(Kind::kAnyEntity)) return "on entity type `" + to_text(type) + "`";
  const Node* root = &object;
  while (root->op == Op::kGetAttribute) root = &child(*root);
  if (root->op == Op::kVariable && program().variable(*root) == Variable::kContext)
    return "in the context of `" + to_source(environment_.action) + "`";
  return "in record `" + to_text(type) + "`";
}

std::string Typechecker::nearest_attribute(const CedarType& type, std::string_view wrong) {
  if (findings_.full()) return "";
  Suggestion nearest(wrong, steps_);
  const auto consider = [&](const CedarType& record) {
    for (const AttributeType& attribute : record.attributes()) nearest.consider(attribute.name);
  };
  if (type.is(Kind::kRecord)) consider(type);
  if (type.is(Kind::kEntity)) {
    for (const std::string& entity : type.entity_types()) {
      if (const EntitySchemaEntry* entry = environment_.schema.find(entity)) consider(entry->attributes);
    }
  }
  return nearest.text();
}

}  // namespace steelyard::policy::validation
