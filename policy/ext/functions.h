// The extension functions of Cedar: which there are, how they are written, what they do.
//
// Owns nothing. Threads: any. Errors: a wrong argument is an error of the evaluation, without a place: the caller
// knows the place.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "core/base/result.h"
#include "policy/value.h"

namespace steelyard::policy::ext {

enum class Function : std::uint8_t {
  kIp,
  kDecimal,
  kDatetime,
  kDuration,
  kIsIpv4,
  kIsIpv6,
  kIsLoopback,
  kIsMulticast,
  kIsInRange,
  kLessThan,
  kLessThanOrEqual,
  kGreaterThan,
  kGreaterThanOrEqual,
  kOffset,
  kDurationSince,
  kToDate,
  kToTime,
  kToMilliseconds,
  kToSeconds,
  kToMinutes,
  kToHours,
  kToDays,
};

struct FunctionInfo {
  Function function;
  std::string_view name;
  bool is_method;         // written a.f(b), not f(a, b)
  std::size_t arguments;  // the receiver included
};

const FunctionInfo* find_function(std::string_view name);  // nothing if there is none
const FunctionInfo& info_of(Function function);

// A wrong number of arguments is an error too.
Result<Value> call(Function function, std::span<const Value> arguments);

}  // namespace steelyard::policy::ext
