#include "policy/validation/subtyping.h"

#include <algorithm>
#include <iterator>

namespace steelyard::policy::validation {
namespace {

using Kind = CedarType::Kind;
using Bound = tl::expected<CedarType, Mismatch>;

bool same_names(const CedarType& a, const CedarType& b) {
  const auto same = [](const AttributeType& x, const AttributeType& y) { return x.name == y.name; };
  const auto left = a.attributes();
  const auto right = b.attributes();
  return std::equal(left.begin(), left.end(), right.begin(), right.end(), same);
}

bool is_subtype(const AttributeType& attribute, const AttributeType& of, Mode mode) {
  const bool presence = mode == Mode::kStrict ? attribute.required == of.required : attribute.required || !of.required;
  return presence && validation::is_subtype(attribute.type, of.type, mode);
}

// Records subtype in depth. In width only where the wider type says that it does not tell everything.
bool is_record_subtype(const CedarType& type, const CedarType& of, Mode mode) {
  if (type.open() && !of.open()) return false;
  const bool in_width = of.open() && mode == Mode::kPermissive;
  if (!in_width && !same_names(type, of)) return false;
  const auto wanted = of.attributes();
  return std::all_of(wanted.begin(), wanted.end(), [&](const AttributeType& attribute) {
    const AttributeType* found = type.find(attribute.name);
    return found != nullptr && is_subtype(*found, attribute, mode);
  });
}

bool is_entity_subtype(const CedarType& type, const CedarType& of, Mode mode) {
  const auto a = type.entity_types();
  const auto b = of.entity_types();
  if (mode == Mode::kStrict) return std::equal(a.begin(), a.end(), b.begin(), b.end());
  return std::includes(b.begin(), b.end(), a.begin(), a.end());
}

tl::expected<AttributeType, Mismatch> bound(const AttributeType& a, const AttributeType& b, Mode mode) {
  auto type = least_upper_bound(a.type, b.type, mode);
  if (!type) return tl::unexpected(type.error());
  if (mode == Mode::kStrict && a.required != b.required) return tl::unexpected(Mismatch::kOptional);
  return AttributeType{a.name, std::move(*type), a.required && b.required};
}

// The permissive bound of two records leaves out what they disagree on, and is open where it left something out.
Bound bound_of_records(const CedarType& a, const CedarType& b, Mode mode) {
  if (mode == Mode::kStrict && !same_names(a, b)) return tl::unexpected(Mismatch::kAttributes);
  std::vector<AttributeType> attributes;
  for (const AttributeType& attribute : a.attributes()) {
    const AttributeType* other = b.find(attribute.name);
    if (other == nullptr) continue;
    auto both = bound(attribute, *other, mode);
    if (!both && mode == Mode::kStrict) return tl::unexpected(both.error());
    if (both) attributes.push_back(std::move(*both));
  }
  const bool all_kept = attributes.size() == a.attributes().size() && attributes.size() == b.attributes().size();
  return CedarType::record(std::move(attributes), a.open() || b.open() || !all_kept);
}

Bound bound_of_entities(const CedarType& a, const CedarType& b, Mode mode) {
  if (mode == Mode::kStrict) return tl::unexpected(Mismatch::kEntities);
  if (a.is(Kind::kAnyEntity) || b.is(Kind::kAnyEntity)) return CedarType::simple(Kind::kAnyEntity);
  std::vector<std::string> types;
  const auto left = a.entity_types();
  const auto right = b.entity_types();
  std::set_union(left.begin(), left.end(), right.begin(), right.end(), std::back_inserter(types));
  return CedarType::one_of(std::move(types));
}

bool is_entity(const CedarType& type) { return type.is(Kind::kEntity) || type.is(Kind::kAnyEntity); }

}  // namespace

// Recursion here and below is bounded by the depth of types.
bool is_subtype(const CedarType& type, const CedarType& of, Mode mode) {
  if (type.shares_with(of) || type.is(Kind::kNever)) return true;
  if (type.is_boolean() && of.is(Kind::kBool)) return true;
  if (type.is(Kind::kEntity) && of.is(Kind::kAnyEntity)) return mode == Mode::kPermissive;
  if (type.kind() != of.kind()) return false;
  switch (type.kind()) {
    case Kind::kSet: return is_subtype(type.element(), of.element(), mode);
    case Kind::kRecord: return is_record_subtype(type, of, mode);
    case Kind::kEntity: return is_entity_subtype(type, of, mode);
    default: return true;
  }
}

Bound least_upper_bound(const CedarType& a, const CedarType& b, Mode mode) {
  if (is_subtype(a, b, mode)) return b;
  if (is_subtype(b, a, mode)) return a;
  if (a.is_boolean() && b.is_boolean()) return CedarType::simple(Kind::kBool);
  if (a.is(Kind::kSet) && b.is(Kind::kSet)) {
    return least_upper_bound(a.element(), b.element(), mode).map([](CedarType element) {
      return CedarType::set(std::move(element));
    });
  }
  if (a.is(Kind::kRecord) && b.is(Kind::kRecord)) return bound_of_records(a, b, mode);
  if (is_entity(a) && is_entity(b)) return bound_of_entities(a, b, mode);
  return tl::unexpected(Mismatch::kUnrelated);
}

bool are_disjoint(const CedarType& a, const CedarType& b) {
  if (!a.is(Kind::kEntity) || !b.is(Kind::kEntity)) return false;
  const auto left = a.entity_types();
  const auto right = b.entity_types();
  return std::find_first_of(left.begin(), left.end(), right.begin(), right.end()) == left.end();
}

}  // namespace steelyard::policy::validation
