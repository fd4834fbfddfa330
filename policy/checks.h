// Checks: a condition as a row of simple checks with jumps between them, as requests run it.
//
// `&&`, `||` and `!` become the jumps; what stands between them is one check each: most are a comparison of an
// attribute, of an attribute's attribute or of a literal with another one, and are decided without walking the tree.
// Whatever is of another kind, or goes wrong, is left to the evaluator, which walks the tree at `node`: only it knows
// errors. They hold for all programs of one shape.
// Owns: plain values. Threads: immutable once made. Errors: none.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "policy/entity_uid.h"
#include "policy/expr.h"

namespace steelyard::policy {

// Numbers the ways from a variable to an attribute of an attribute, for all policies of a set: conditions go the same
// ones again and again, and what was found there is remembered while the request is the same.
class Ways {
 public:
  static constexpr std::size_t kMax = 32;  // those beyond are gone anew each time

  std::uint8_t number_of(Variable from, const std::vector<std::string>& names);  // kMax: it has none
  void clear() { ways_.clear(); }

 private:
  std::vector<std::pair<Variable, std::vector<std::string>>> ways_;
};

struct Operand {
  static constexpr std::size_t kHopsMax = 3;

  bool literal = false;
  Variable variable = Variable::kPrincipal;  // unless literal
  std::uint8_t hops = 0;                     // attributes of attributes, on the way from there
  std::uint8_t way = Ways::kMax;             // its number, if it has one
  // Of the attributes, in the shape's names; of a literal the first is its place.
  std::array<std::uint32_t, kHopsMax> names = {};
};

struct Check {
  enum class Kind : std::uint8_t {
    kAny,  // not simple
    kTrue,
    kEqual,
    kNotEqual,
    kLess,
    kLessEqual,
    kGreater,
    kGreaterEqual,
    kIn,
    kContains,
    kIs,
    kHas,
  };
  static constexpr std::uint32_t kHolds = 0xFFFF'FFFF, kFails = 0xFFFF'FFFE;  // where a condition ends

  Kind kind = Kind::kAny;
  Operand left, right;
  std::uint32_t name = 0;                   // kHas: in the shape's names; kIs: in Checks::types
  NodeIndex node = 0;                       // whose value it is
  std::uint32_t passed = 0;                 // nodes of `&&`, `||` and `!` on the way here, steps like all others
  std::uint32_t steps = 0;                  // these, and the nodes that walking the tree would look at
  std::uint32_t yes = kHolds, no = kFails;  // the next check
};

// What must hold, with others and left to right, for a condition to hold.
struct Conjunct {
  std::uint32_t check;  // where it begins
  bool of_asker;        // the resource plays no part: it means the same for all resources that one request is about
};

struct Checks {
  std::vector<Conjunct> conjuncts;
  std::vector<Check> checks;
  std::vector<EntityUid> types;  // some entity of each type that is asked for: it names the type
};

Checks checks_of(const Expr& program, Ways& ways);

}  // namespace steelyard::policy
