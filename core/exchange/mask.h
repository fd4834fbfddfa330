// Masks: what becomes of a field's values before they are sealed. A closed vocabulary of names.
//
//   TRY_ASSIGN(const MaskRule rule, mask_named("keep-first-1"));
//   const schemas::Value shown = rule.apply(ValueType::kString, value, key);   // "张*"
//
// A masked value has the type of its field; null stays null. Whatever cannot be masked as its name says becomes null.
// Owns: nothing. Threads: plain values, pure functions. Errors: kFix, a name that is none.
// Format: docs/formats/masks.md.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/ids.h"
#include "schemas/payload.h"

namespace steelyard::exchange {

inline constexpr std::string_view kNullMask = "null";

// Of `hash`: what an owner's secret gives for one agreement, or for a user of a dataset that needs none.
Digest mask_key(ByteView secret, const AgreementId& agreement, const MemberId& user, const DatasetId& dataset);

class MaskRule {
 public:
  enum class Kind : std::uint8_t { kKeepFirst, kKeepLast, kYear, kRegion, kHash, kNull };

  bool stands_on(schemas::ValueType type) const;
  bool lengthens() const { return kind_ == Kind::kHash; }  // a masked value may be longer than what it hides
  // REQUIRES: stands_on(type), and `value` is of that type or null.
  schemas::Value apply(schemas::ValueType type, const schemas::Value& value, const Digest& key) const;
  bool operator==(const MaskRule&) const = default;

 private:
  friend Result<MaskRule> mask_named(std::string_view name);
  MaskRule(Kind kind, std::size_t characters) : kind_(kind), characters_(characters) {}

  Kind kind_;
  std::size_t characters_;  // of the two that keep some
};

Result<MaskRule> mask_named(std::string_view name);

// Whether there is such a mask and it stands on the type; the error says what would.
Status check_mask(std::string_view name, schemas::ValueType type);

// What two masks on one field come to; empty: none.
std::string joint_mask(const std::string& one, const std::string& other);

}  // namespace steelyard::exchange
