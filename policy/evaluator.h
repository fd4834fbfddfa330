// Evaluator: what an expression means for one request.
//
// Made once per request, or for several that differ in their resource alone, and used for any number of expressions; on
// the common path it allocates nothing. Conditions run as checks (checks.h), and what these leave to it by walking the
// tree. Errors of the evaluation are data: the authorizer reports them and goes on.
// Owns: nothing; request, entities and expressions outlive it. Threads: one owner.
// Errors: wrong types, missing attributes or entities, results outside 64 bits, text that an extension cannot read,
// more than limits::kEvaluationStepsMax steps in one expression, or than limit() allows in all; each with its place.
//
// A step is one node, or what takes as long: some ten nanoseconds. Whatever depends on how large a value is (a set that
// is made and sorted, values that are compared, a pattern) takes as many steps as it may cost.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>

#include "policy/checks.h"
#include "policy/entities.h"
#include "policy/expr.h"
#include "policy/request.h"

namespace steelyard::policy {

struct EvaluationError {
  Span span;
  std::string what;
};
std::string to_text(const EvaluationError& error);  // "3:14: `context` has no attribute `purpose`"

class Evaluator {
 public:
  Evaluator(const Request& request, const KnownEntities& entities);
  // For whoever holds already what is known of these, and says with ask_about() what each question is about.
  Evaluator(const Request& request, const KnownEntities& entities, const Entities::Known* principal,
            const Entities::Known* action);

  Evaluator(const Evaluator&) = delete;  // looks at its own values
  Evaluator& operator=(const Evaluator&) = delete;

  // From now on the request is about this one, which stays where it is while it is asked about.
  void ask_about(const EntityUid& resource, const Entities::Known* known);

  // From now on all that is evaluated takes at most so many steps; whatever goes beyond is an error.
  void limit(std::size_t steps) { left_ = limit_ = steps; }
  std::size_t spent() const { return limit_ - left_; }
  // For what is done beside evaluating. False: nothing is left.
  bool spend(std::size_t steps);

  tl::expected<Value, EvaluationError> value_of(const Expr& expr);
  // Whether a condition holds. `settled` remembers, while only the resource
  // changes, which of its parts held whatever the resource was: these are not looked at again, and still count as
  // steps.
  enum class Outcome : std::uint8_t { kFalse, kTrue, kError };
  struct Settled {
    std::uint64_t held = 0;  // by place; parts beyond the 64th are not remembered
    std::size_t steps = 0;
  };
  Outcome all_hold(const Expr& condition, const Checks& checks, Settled& settled);
  const EvaluationError& error() const { return error_; }  // after kError

 private:
  // The value of a node: in `scratch`, or where it stood already. Nothing: error_ says why.
  const Value* eval(NodeIndex index, Value& scratch);
  const Value* eval_typed(NodeIndex index, Type type, Value& scratch);
  const Value* variable(Variable which);

  // evaluator_checks.cc
  // What an operand is: an entity, of which no Value needs to exist, or a value where it stands. Neither: something on
  // the way is not there, or no record and no entity.
  struct Seen {  // made as Seen{}: what is not yet found costs nothing
    const EntityUid* entity;
    const Value* value;

    explicit operator bool() const { return entity != nullptr || value != nullptr; }
    Type type() const { return entity != nullptr ? Type::kEntity : value->type(); }
    static Seen at(const Value& value) {
      return value.is(Type::kEntity) ? Seen{&value.as_entity(), nullptr} : Seen{nullptr, &value};
    }
  };
  enum class Truth : std::uint8_t { kNo, kYes, kUntold };  // the last: the tree has to be walked
  static Truth truth(bool holds) { return holds ? Truth::kYes : Truth::kNo; }
  Outcome hold_all(const Checks& checks, Settled& settled);
  Outcome hold(const Checks& checks, std::uint32_t at);
  Truth look(const Check& check, const Checks& checks, std::size_t& steps);
  Truth look_into(const Check& check, const Seen& set, std::size_t& steps);
  Seen see(const Operand& operand);
  Seen go(const Operand& operand);
  static Truth compare(Check::Kind kind, const Seen& left, const Seen& right);

  const Value* eval_logic(const Node& node, bool stops_at);
  const Value* eval_compare(const Node& node, Value& scratch);
  const Value* eval_arithmetic(const Node& node, Value& scratch);
  const Value* eval_in(const Node& node);
  const Value* eval_sets(const Node& node);
  const Value* eval_tag(const Node& node, Value& scratch);
  const Value* eval_attribute(const Node& node, Value& scratch);
  const Value* eval_has(const Node& node);
  const Value* eval_like(const Node& node);
  const Value* eval_set(const Node& node, Value& scratch);
  const Value* eval_record(const Node& node, Value& scratch);
  const Value* eval_call(const Node& node, Value& scratch);

  const Value* fail(const Node& node, std::string what);
  const Value* fail_type(const Node& node, std::string_view expected, const Value& got);
  void begin(const Expr& expr, std::size_t settled);
  bool charge(const Node& node, std::size_t steps);  // false: the steps are used up
  bool charge_compare(const Node& node, const Value& a, const Value& b);

  const Entities::Known* known(const EntityUid& uid);
  bool is_in(const EntityUid& inner, const EntityUid& outer);

  const KnownEntities& entities_;
  const Request& request_;
  const EntityUid* uids_[3];          // in the order of Variable
  const Entities::Known* knowns_[3];  // of these
  std::optional<Value> values_[3];    // made when the tree is walked
  const void* looked_up_ = nullptr;   // the last one that is not the request's own: policies ask for it again
  const Entities::Known* found_ = nullptr;
  std::uint32_t gone_ = 0;  // the ways that were gone for this request, one bit each, and what was found there
  std::uint32_t gone_from_resource_ = 0;
  Seen found_there_[Ways::kMax];
  const Expr* expr_ = nullptr;
  std::size_t steps_ = 0;  // of the expression in hand
  std::size_t steps_max_ = 0;
  std::size_t limit_ = std::numeric_limits<std::size_t>::max();  // of all of them
  std::size_t left_ = limit_;
  EvaluationError error_;
};

}  // namespace steelyard::policy
