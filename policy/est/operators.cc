#include "policy/est/operators.h"

#include <algorithm>

namespace steelyard::policy::est {
namespace {

constexpr Operator kOperators[] = {
    {Op::kAnd, "&&", Operands::kTwo},
    {Op::kOr, "||", Operands::kTwo},
    {Op::kNot, "!", Operands::kOne},
    {Op::kNegate, "neg", Operands::kOne},
    {Op::kEqual, "==", Operands::kTwo},
    {Op::kNotEqual, "!=", Operands::kTwo},
    {Op::kLess, "<", Operands::kTwo},
    {Op::kLessEqual, "<=", Operands::kTwo},
    {Op::kGreater, ">", Operands::kTwo},
    {Op::kGreaterEqual, ">=", Operands::kTwo},
    {Op::kIn, "in", Operands::kTwo},
    {Op::kAdd, "+", Operands::kTwo},
    {Op::kSubtract, "-", Operands::kTwo},
    {Op::kMultiply, "*", Operands::kTwo},
    {Op::kContains, "contains", Operands::kTwo},
    {Op::kContainsAll, "containsAll", Operands::kTwo},
    {Op::kContainsAny, "containsAny", Operands::kTwo},
    {Op::kIsEmpty, "isEmpty", Operands::kOne},
    {Op::kGetTag, "getTag", Operands::kTwo},
    {Op::kHasTag, "hasTag", Operands::kTwo},
};

template <class Predicate>
const Operator* find(Predicate&& is_wanted) {
  const auto* found = std::find_if(std::begin(kOperators), std::end(kOperators), is_wanted);
  return found == std::end(kOperators) ? nullptr : found;
}

}  // namespace

const Operator* find_operator(std::string_view key) {
  return find([key](const Operator& one) { return one.key == key; });
}

const Operator* find_operator(Op op) {
  return find([op](const Operator& one) { return one.op == op; });
}

}  // namespace steelyard::policy::est
