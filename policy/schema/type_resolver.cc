#include "policy/schema/type_resolver.h"

#include <algorithm>

#include "policy/limits.h"
#include "policy/schema/names.h"

namespace steelyard::policy::schema {
namespace {

using validation::AttributeType;
using validation::CedarType;
using Kind = TypeExpr::Kind;
using Found = Definitions::Found;
using Wanted = Definitions::Wanted;

// Whoever writes a type as another language calls it.
std::string_view meant_by(std::string_view name) {
  static constexpr std::pair<std::string_view, std::string_view> kOthers[] = {
      {"boolean", "Bool"}, {"bool", "Bool"},     {"int", "Long"},         {"integer", "Long"},
      {"long", "Long"},    {"string", "String"}, {"ipaddress", "ipaddr"}, {"ip", "ipaddr"}};
  std::string small(name);
  std::transform(small.begin(), small.end(), small.begin(),
                 [](char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c); });
  for (const auto& [other, ours] : kOthers)
    if (small == other) return ours;
  return {};
}

std::string undeclared(std::string_view ns, const std::string& name, std::string_view what) {
  std::string text = shown(name) + " is not declared as " + std::string(what);
  if (!ns.empty() && !is_qualified(name)) text += ", neither in " + shown(ns) + " nor outside of any namespace";
  const auto meant = meant_by(name);
  return text + (meant.empty() ? ": declare it, or correct the name" : ": write `" + std::string(meant) + "`");
}

CedarType builtin(std::string_view name) {
  using Simple = CedarType::Kind;
  static constexpr std::pair<std::string_view, Simple> kTypes[] = {
      {"Bool", Simple::kBool},         {"Long", Simple::kLong},         {"String", Simple::kString},
      {"datetime", Simple::kDatetime}, {"duration", Simple::kDuration}, {"decimal", Simple::kDecimal},
      {"ipaddr", Simple::kIp}};
  const auto found =
      std::find_if(std::begin(kTypes), std::end(kTypes), [name](const auto& one) { return one.first == name; });
  return CedarType::simple(found->second);
}

Result<CedarType> within_limits(CedarType type, const TypeExpr& expr, const Trail& trail) {
  if (type.depth() > limits::kTypeDepthMax)
    return trail.fail(expr.place, "with its common types written out this type is nested more than " +
                                      std::to_string(limits::kTypeDepthMax) + " deep");
  if (type.weight() > limits::kTypeWeightMax)
    return trail.fail(expr.place, "with its common types written out this type has more than " +
                                      std::to_string(limits::kTypeWeightMax) + " parts");
  return type;
}

}  // namespace

Status TypeResolver::common_types(const Fragment& fragment) {
  struct Declared {
    const Namespace& ns;
    const CommonTypeDecl& decl;
  };
  std::vector<Declared> declared;
  for (const Namespace& ns : fragment.namespaces)
    for (const CommonTypeDecl& decl : ns.common_types) declared.push_back({ns, decl});

  const auto with_trail = [](const Declared& one, auto&& then) {
    Trail trail;
    const auto step = trail.step(one.ns.name.text);
    const auto kind = trail.step("commonTypes");
    const auto name = trail.step(one.decl.name.text);
    return then(trail);
  };
  Edges needs(declared.size());
  for (std::size_t i = 0; i < declared.size(); ++i) {
    TRY(needed(declared[i].ns.name.text, declared[i].decl.type, needs[i]));
  }
  const Order order = order_of(needs);
  if (order.cycle) {
    const Declared& one = declared[*order.cycle];
    return with_trail(one, [&](const Trail& trail) -> Status {
      return trail.fail(one.decl.name.place, "type " + shown(one.decl.name.text) +
                                                 " leads back to itself: a common type may not stand in itself");
    });
  }
  common_types_.resize(declared.size());
  for (const std::size_t i : order.nodes) {
    TRY_ASSIGN(common_types_[i], with_trail(declared[i], [&](Trail& trail) {
                 return type(declared[i].ns.name.text, declared[i].decl.type, trail);
               }));
  }
  return {};
}

// Which common types this one names. What is not declared is told when the type is resolved.
Status TypeResolver::needed(std::string_view ns, const TypeExpr& expr, std::vector<std::size_t>& types) const {
  for (const TypeExpr& element : expr.element) TRY(needed(ns, element, types));
  for (const AttributeDecl& attribute : expr.attributes) TRY(needed(ns, attribute.type, types));
  if (expr.kind != Kind::kCommon && expr.kind != Kind::kEntityOrCommon) return {};
  const Wanted wanted = expr.kind == Kind::kCommon ? Wanted::kCommon : Wanted::kEither;
  TRY_ASSIGN(const Found found, definitions_.find(ns, expr.name, wanted));
  if (found.kind == Found::Kind::kCommon) types.push_back(definitions_.common_type(found.name));
  return {};
}

Result<CedarType> TypeResolver::type(std::string_view ns, const TypeExpr& expr, Trail& trail) const {
  switch (expr.kind) {
    case Kind::kBool: return CedarType::simple(CedarType::Kind::kBool);
    case Kind::kLong: return CedarType::simple(CedarType::Kind::kLong);
    case Kind::kString: return CedarType::simple(CedarType::Kind::kString);
    case Kind::kExtension:
      if (!is_extension(expr.name))
        return trail.fail(
            expr.place,
            shown(expr.name) + " is no extension type; there are `datetime`, `duration`, `decimal`, `ipaddr`");
      return builtin(expr.name);
    case Kind::kSet: {
      const auto step = trail.step("element");
      TRY_ASSIGN(CedarType element, type(ns, expr.element.front(), trail));
      return within_limits(CedarType::set(std::move(element)), expr, trail);
    }
    case Kind::kRecord: return record(ns, expr, trail);
    default: return named(ns, expr, trail);
  }
}

Result<CedarType> TypeResolver::record(std::string_view ns, const TypeExpr& expr, Trail& trail) const {
  const auto step = trail.step("attributes");
  std::vector<AttributeType> attributes;
  attributes.reserve(expr.attributes.size());
  for (const AttributeDecl& attribute : expr.attributes) {
    const auto inner = trail.step(attribute.name);
    TRY_ASSIGN(CedarType resolved, type(ns, attribute.type, trail));
    attributes.push_back({attribute.name, std::move(resolved), attribute.required});
  }
  return within_limits(CedarType::record(std::move(attributes)), expr, trail);
}

Result<CedarType> TypeResolver::named(std::string_view ns, const TypeExpr& expr, const Trail& trail) const {
  const bool common = expr.kind == Kind::kCommon, entity = expr.kind == Kind::kEntity;
  const Wanted wanted = common ? Wanted::kCommon : entity ? Wanted::kEntity : Wanted::kEither;
  TRY_ASSIGN(Found found, definitions_.find(ns, expr.name, wanted));
  switch (found.kind) {
    case Found::Kind::kBuiltin: return builtin(found.name);
    case Found::Kind::kCommon: return *common_types_[definitions_.common_type(found.name)];
    case Found::Kind::kEntity:
    case Found::Kind::kActionType: return CedarType::entity(std::move(found.name));
    case Found::Kind::kNothing: break;
  }
  return trail.fail(expr.place, undeclared(ns, expr.name,
                                           common   ? "a common type"
                                           : entity ? "an entity type"
                                                    : "a type"));
}

Result<std::string> TypeResolver::entity_type(std::string_view ns, const Name& name, const Trail& trail) const {
  TRY_ASSIGN(Found found, definitions_.find(ns, name.text, Wanted::kEntity));
  if (found.kind == Found::Kind::kEntity) return std::move(found.name);
  if (found.kind == Found::Kind::kActionType)
    return trail.fail(name.place,
                      shown(name.text) + " is the type of actions: nothing is in it, and no action applies to it");
  return trail.fail(name.place, undeclared(ns, name.text, "an entity type"));
}

}  // namespace steelyard::policy::schema
