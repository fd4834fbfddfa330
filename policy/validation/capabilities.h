// Capabilities: which attributes and tags are known to be there at some point of a policy, because what stands before
// it asked. Lean: the Capabilities of Cedar/Validation/Typechecker.lean.
//
// `principal has age && principal.age > 3`: once the left side is true, the right side may read the optional `age` of
// the expression `principal`. Expressions are the same if they are written the same: Subexpressions gives equal ones
// one number, so that a capability is a pair of numbers.
// Owns: its tables. Threads: one. Errors: none.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "policy/expr.h"

namespace steelyard::policy::validation {

// The numbers of the expressions of one policy.
class Subexpressions {
 public:
  using Number = std::uint32_t;

  std::vector<Number> number(const Expr& expr);  // of each node, by index
  Number attribute(Number object, std::string_view name);
  Number text(std::string_view literal);

 private:
  Number of(std::string key);

  std::unordered_map<std::string, Number> numbers_;
};

struct Capability {
  Subexpressions::Number object = 0;
  Subexpressions::Number key = 0;  // of the attribute's name as a literal, or of the tag's expression
  bool is_tag = false;

  auto operator<=>(const Capability&) const = default;
};

using Earned = std::vector<Capability>;  // what holds if an expression is true

// In both. The order does not matter.
Earned intersection(Earned a, Earned b);

// What holds where the typechecker stands: it grows and shrinks as the walk goes in and out.
class Capabilities {
 public:
  bool contains(const Capability& capability) const { return held_.contains(capability); }
  void add(const Earned& earned);
  void remove(const Earned& earned);  // what add() added

 private:
  struct Hash {
    std::size_t operator()(const Capability& capability) const;
  };
  std::unordered_map<Capability, std::uint32_t, Hash> held_;  // how often it was added
};

}  // namespace steelyard::policy::validation
