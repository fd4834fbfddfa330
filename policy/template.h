// Templates and their links: policies of which each is a template with entities in its slots. Beside
// Spec/Template.lean.
//
// Owns: plain values. Threads: any. Errors: kFix: a slot without a value, a value without a slot.
#pragma once

#include <optional>
#include <string>

#include "core/base/result.h"
#include "policy/policy.h"

namespace steelyard::policy {

struct SlotValues {
  std::optional<EntityUid> principal;
  std::optional<EntityUid> resource;

  bool operator==(const SlotValues&) const = default;
};

struct TemplateLink {
  std::string template_id;
  std::string id;  // of the policy that it makes
  SlotValues values;

  bool operator==(const TemplateLink&) const = default;
};

// The policy `id` that `from` makes with these values; each slot must have one, and nothing else may.
Result<Policy> link(const Policy& from, std::string id, const SlotValues& values);

}  // namespace steelyard::policy
