// The evaluator's quick part: conditions as rows of checks. Whatever it does not tell is left to the walk of the tree.
#include <algorithm>
#include <bit>

#include "policy/evaluator.h"

namespace steelyard::policy {

inline Evaluator::Seen Evaluator::see(const Operand& operand) {
  static_assert(Ways::kMax == 32, "gone_ has a bit for each");
  if (operand.literal) return operand.hops == 0 ? Seen::at(expr_->literal(operand.names[0])) : Seen{};
  if (operand.hops == 0) {
    if (operand.variable == Variable::kContext) return {nullptr, &request_.context};
    return {uids_[static_cast<std::size_t>(operand.variable)], nullptr};
  }
  if (operand.way == Ways::kMax) return go(operand);
  const std::uint32_t bit = std::uint32_t{1} << operand.way;
  if ((gone_ & bit) != 0) return found_there_[operand.way];
  const Seen found = go(operand);
  if (found) {
    gone_ |= bit;
    if (operand.variable == Variable::kResource) gone_from_resource_ |= bit;
    found_there_[operand.way] = found;
  }
  return found;
}

Evaluator::Seen Evaluator::go(const Operand& operand) {
  const Value* record = &request_.context;
  if (operand.variable != Variable::kContext) {
    const Entities::Known* known_there = knowns_[static_cast<std::size_t>(operand.variable)];
    if (known_there == nullptr) return {};
    record = &known_there->attributes;
  }
  for (std::size_t hop = 0;; ++hop) {
    const Value* at = record->find(expr_->shape().names[operand.names[hop]]);
    if (at == nullptr) return {};
    if (hop + 1 == operand.hops) return Seen::at(*at);
    if (at->is(Type::kEntity)) {
      const Entities::Known* next = known(at->as_entity());
      if (next == nullptr) return {};
      record = &next->attributes;
    } else if (at->is(Type::kRecord)) {
      record = at;
    } else {
      return {};
    }
  }
}

Evaluator::Truth Evaluator::compare(Check::Kind kind, const Seen& left, const Seen& right) {
  using Kind = Check::Kind;
  if (kind == Kind::kEqual || kind == Kind::kNotEqual) {
    const bool wanted = kind == Kind::kEqual;
    if (left.entity != nullptr && right.entity != nullptr) return truth((*left.entity == *right.entity) == wanted);
    if (left.entity != nullptr || right.entity != nullptr) return truth(!wanted);
    if (left.value->is(Type::kString) && right.value->is(Type::kString)) {
      const std::string& a = left.value->as_string();
      const std::string& b = right.value->as_string();
      if (left.value->weight() > 1 && right.value->weight() > 1) return Truth::kUntold;  // it takes more steps
      return truth((a == b) == wanted);
    }
    if (left.value->weight() > 1 && right.value->weight() > 1) return Truth::kUntold;
    return truth((*left.value == *right.value) == wanted);
  }
  const Type type = left.type();
  if (type != right.type()) return Truth::kUntold;
  std::int64_t a = 0, b = 0;
  switch (type) {
    case Type::kLong: a = left.value->as_integer(), b = right.value->as_integer(); break;
    case Type::kDatetime: a = left.value->as_datetime().ms, b = right.value->as_datetime().ms; break;
    case Type::kDuration: a = left.value->as_duration().ms, b = right.value->as_duration().ms; break;
    default: return Truth::kUntold;
  }
  switch (kind) {
    case Kind::kLess: return truth(a < b);
    case Kind::kLessEqual: return truth(a <= b);
    case Kind::kGreater: return truth(a > b);
    default: return truth(a >= b);
  }
}

Evaluator::Truth Evaluator::look_into(const Check& check, const Seen& set, std::size_t& steps) {
  if (set.type() != Type::kSet) return Truth::kUntold;
  const Seen element = see(check.right);
  if (!element) return Truth::kUntold;
  const auto elements = set.value->as_set();
  const std::size_t weight = element.entity != nullptr ? 1 : element.value->weight();
  const std::size_t more = std::bit_width(elements.size()) * weight;  // as the walk charges it
  if (steps + check.steps + more > steps_max_) return Truth::kUntold;
  steps += more;
  return truth(element.entity != nullptr ? set.value->contains(*element.entity) : set.value->contains(*element.value));
}

// What is told takes the steps that walking the tree would; what takes more than its nodes is added to `steps` here.
inline Evaluator::Truth Evaluator::look(const Check& check, const Checks& checks, std::size_t& steps) {
  using Kind = Check::Kind;
  if (check.kind == Kind::kAny || steps + check.steps > steps_max_) return Truth::kUntold;
  const Seen left = see(check.left);
  if (!left) return Truth::kUntold;
  switch (check.kind) {
    case Kind::kTrue: return left.type() == Type::kBool ? truth(left.value->as_bool()) : Truth::kUntold;
    case Kind::kContains: return look_into(check, left, steps);
    case Kind::kIs:
      return left.entity != nullptr ? truth(left.entity->same_type(checks.types[check.name])) : Truth::kUntold;
    case Kind::kHas: {
      const Value* record = left.value;
      if (left.entity != nullptr) {
        const Entities::Known* entity = known(*left.entity);
        if (entity == nullptr) return Truth::kNo;
        record = &entity->attributes;
      } else if (!record->is(Type::kRecord)) {
        return Truth::kUntold;
      }
      return truth(record->find(expr_->shape().names[check.name]) != nullptr);
    }
    default: break;
  }
  const Seen right = see(check.right);
  if (!right) return Truth::kUntold;
  if (check.kind != Kind::kIn) return compare(check.kind, left, right);
  if (left.entity == nullptr || right.entity == nullptr) return Truth::kUntold;
  return truth(is_in(*left.entity, *right.entity));
}

Evaluator::Outcome Evaluator::hold(const Checks& checks, std::uint32_t at) {
  std::size_t steps = steps_;
  while (at < Check::kFails) {
    const Check& check = checks.checks[at];
    Truth truth = look(check, checks, steps);
    if (truth != Truth::kUntold) {
      steps += check.steps;
    } else {
      Value scratch;
      steps_ = steps + check.passed;
      const Value* value = eval_typed(check.node, Type::kBool, scratch);
      if (value == nullptr) return Outcome::kError;
      steps = steps_;
      truth = value->as_bool() ? Truth::kYes : Truth::kNo;
    }
    at = truth == Truth::kYes ? check.yes : check.no;
  }
  steps_ = steps;
  return at == Check::kHolds ? Outcome::kTrue : Outcome::kFalse;
}

Evaluator::Outcome Evaluator::hold_all(const Checks& checks, Settled& settled) {
  for (std::size_t i = 0; i < checks.conjuncts.size(); ++i) {
    const Conjunct& conjunct = checks.conjuncts[i];
    const std::uint64_t bit = i < 64 ? std::uint64_t{1} << i : 0;
    if ((settled.held & bit) != 0) continue;
    const std::size_t before = steps_;
    const Outcome outcome = hold(checks, conjunct.check);
    if (outcome != Outcome::kTrue) return outcome;
    if (!conjunct.of_asker) continue;
    settled.held |= bit;
    if (bit != 0) settled.steps += steps_ - before;
  }
  return Outcome::kTrue;
}

Evaluator::Outcome Evaluator::all_hold(const Expr& condition, const Checks& checks, Settled& settled) {
  begin(condition, settled.steps);
  const Outcome outcome = hold_all(checks, settled);
  left_ -= std::min(left_, steps_);
  return outcome;
}

}  // namespace steelyard::policy
