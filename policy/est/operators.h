// How the operators of an expression are called in Cedar's JSON form, and what they are applied to.
//
// Owns nothing. Threads: any. Errors: none.
#pragma once

#include <cstdint>
#include <string_view>

#include "policy/expr.h"

namespace steelyard::policy::est {

enum class Operands : std::uint8_t { kOne, kTwo };  // {"arg"}; {"left", "right"}

struct Operator {
  Op op;
  std::string_view key;
  Operands operands;
};

const Operator* find_operator(std::string_view key);  // nothing if it is none of these
const Operator* find_operator(Op op);

inline constexpr std::string_view kVariables[] = {"principal", "action", "resource", "context"};  // in their order

// JSON nests two levels for each of an expression, and `a && b && c` as deep as it is long: room for a thousand. What
// is read or written this deep is walked on the stack.
inline constexpr std::size_t kJsonDepthMax = 2'048;

}  // namespace steelyard::policy::est
