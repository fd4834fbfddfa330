// Strong ids: a member is not a dataset, a log index is not a count.
//
// Named ids are registered text, 1 to 64 octets of [a-z0-9] and, not first, [._-]; a dataset's id has one '/':
// "owner/code". They hold no free text and no personal data, so they may stand in envelopes, entries and logs.
// Errors: parse_* refuse what breaks these rules, naming the offending text.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace steelyard {

template <class Tag>
struct Name {
  std::string text;

  Name() = default;
  explicit Name(std::string value) : text(std::move(value)) {}
  auto operator<=>(const Name&) const = default;
  bool empty() const { return text.empty(); }
};

template <class Tag, class Rep = std::uint64_t>
struct Number {
  Rep value{};

  Number() = default;
  constexpr explicit Number(Rep v) : value(v) {}
  auto operator<=>(const Number&) const = default;
};

using MemberId = Name<struct MemberTag>;            // "civil-affairs"; the broker's author name is the log origin
using ApplicationId = Name<struct ApplicationTag>;  // "tax-relief"
using DutyId = Name<struct DutyTag>;
using SystemId = Name<struct SystemTag>;
using DatasetId = Name<struct DatasetTag>;          // "civil-affairs/household"
using FieldName = Name<struct FieldTag>;
using PurposeId = Name<struct PurposeTag>;
using BasisId = Name<struct BasisTag>;
using ReasonId = Name<struct ReasonTag>;
using AgreementId = Name<struct AgreementTag>;
using LogIndex = Number<struct LogIndexTag>;        // position of an entry in the log, from 0; < 2^48
using Epoch = LogIndex;                             // policy epoch: index of the last statement folded

// 2^48 - 1 stands in an entry where a number is absent.
inline constexpr LogIndex kNoIndex{0xffff'ffff'ffffULL};

Status check_name(std::string_view text);
Status check_dataset_id(std::string_view text);
MemberId owner_of(const DatasetId& dataset);  // what stands before the '/'

}  // namespace steelyard

template <class Tag>
struct std::hash<steelyard::Name<Tag>> {
  std::size_t operator()(const steelyard::Name<Tag>& name) const { return std::hash<std::string>{}(name.text); }
};
template <class Tag, class Rep>
struct std::hash<steelyard::Number<Tag, Rep>> {
  std::size_t operator()(const steelyard::Number<Tag, Rep>& n) const { return std::hash<Rep>{}(n.value); }
};
