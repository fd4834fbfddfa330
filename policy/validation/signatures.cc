#include "policy/validation/signatures.h"

namespace steelyard::policy::validation {
namespace {

using Kind = CedarType::Kind;
using ext::Function;

Signature make(Function function) {
  switch (function) {
    case Function::kIp: return {{Kind::kString}, Kind::kIp, true};
    case Function::kDecimal: return {{Kind::kString}, Kind::kDecimal, true};
    case Function::kDatetime: return {{Kind::kString}, Kind::kDatetime, true};
    case Function::kDuration: return {{Kind::kString}, Kind::kDuration, true};
    case Function::kIsIpv4:
    case Function::kIsIpv6:
    case Function::kIsLoopback:
    case Function::kIsMulticast: return {{Kind::kIp}, Kind::kBool};
    case Function::kIsInRange: return {{Kind::kIp, Kind::kIp}, Kind::kBool};
    case Function::kLessThan:
    case Function::kLessThanOrEqual:
    case Function::kGreaterThan:
    case Function::kGreaterThanOrEqual: return {{Kind::kDecimal, Kind::kDecimal}, Kind::kBool};
    case Function::kOffset: return {{Kind::kDatetime, Kind::kDuration}, Kind::kDatetime};
    case Function::kDurationSince: return {{Kind::kDatetime, Kind::kDatetime}, Kind::kDuration};
    case Function::kToDate: return {{Kind::kDatetime}, Kind::kDatetime};
    case Function::kToTime: return {{Kind::kDatetime}, Kind::kDuration};
    case Function::kToMilliseconds:
    case Function::kToSeconds:
    case Function::kToMinutes:
    case Function::kToHours:
    case Function::kToDays: return {{Kind::kDuration}, Kind::kLong};
  }
  return {{}, Kind::kNever};
}

}  // namespace

const Signature& signature_of(Function function) {
  static const auto all = [] {
    std::vector<Signature> made;
    for (int at = 0; at <= static_cast<int>(Function::kToDays); ++at) made.push_back(make(static_cast<Function>(at)));
    return made;
  }();
  return all[static_cast<std::size_t>(function)];
}

}  // namespace steelyard::policy::validation
