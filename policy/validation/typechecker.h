// Typechecker: which type each expression of a policy has in one environment, and what is wrong with it.
// Lean: Cedar/Validation/Typechecker.lean.
//
// It walks the tree that the parser made. Where an expression is always false (a policy about other actions), what
// stands behind it is not looked at: it is never evaluated. An expression that is wrong still has a type where one is
// certain, so that one mistake is told once and others are found too.
// Owns: what holds at the point of its walk. Threads: one. Errors: findings. Bounded by Steps and by the depth that
// the parser lets pass.
#pragma once

#include <initializer_list>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "policy/expr.h"
#include "policy/validation/capabilities.h"
#include "policy/validation/findings.h"
#include "policy/validation/schema.h"
#include "policy/validation/steps.h"
#include "policy/validation/subtyping.h"

namespace steelyard::policy::validation {

// What is known of an expression.
struct Typed {
  std::optional<CedarType> type;
  bool ok = true;  // nothing is wrong with it
  Earned earned;   // what holds if it is true; nothing unless ok

  bool is(CedarType::Kind kind) const { return type && type->is(kind); }
};

// What the walk came by, for whoever asks more of an expression than its type (levels.h).
struct Visited {
  enum class What : std::uint8_t { kNot, kEntity, kOther };
  std::vector<What> nodes;  // by index
  // Of `e has a.b`, by its index and how many names there are: what `e.a` is.
  std::map<std::pair<NodeIndex, std::size_t>, What> paths;
};

// What must be true with others, in order: its scope, a condition.
struct Part {
  const Expr& expr;
  bool negated = false;                             // `unless`
  std::span<const Subexpressions::Number> numbers;  // of Subexpressions::number(expr)
  Visited* visited = nullptr;                       // to be filled, where somebody asks
};

// What an operator wants of an operand.
struct Want {
  CedarType::Kind kind;      // kEntity: of whatever types; kSet, kRecord: whatever is in it
  bool of_entities = false;  // kSet
};

class Typechecker {
 public:
  Typechecker(const Environment& environment, Mode mode, Subexpressions& subexpressions, Findings& findings,
              Steps& steps)
      : environment_(environment), mode_(mode), subexpressions_(subexpressions), findings_(findings), steps_(steps) {}

  // Of all parts joined by `&&`: false if the policy cannot apply here.
  Typed conjunction(const std::vector<Part>& parts);

 private:
  class Conjunction;
  using Kind = CedarType::Kind;
  using Number = Subexpressions::Number;

  Typed type_of(NodeIndex index);
  Typed type_of(const Node& node);
  Typed of_operator(const Node& node);
  Typed literal(const Node& node);
  Typed variable(const Node& node);
  Typed if_then_else(const Node& node);
  Typed if_unknown(const Node& node, Typed test);
  Typed all_of(const Node& node);
  Typed any_of(const Node& node);
  Typed set(const Node& node);
  Typed record(const Node& node);

  // typecheck_operators.cc
  Typed negation(const Typed& operand);
  Typed equality(const Node& node);
  Typed comparison(const Node& node);
  Typed arithmetic(const Node& node);
  Typed membership(const Node& node);
  Typed quantified(const Node& node);
  Typed call(const Node& node);
  bool check_arguments(const Node& node);
  Typed compatible(const Node& node, Typed result, const Typed& left, const Typed& right, std::string_view help);
  bool is_literal(NodeIndex index) const { return program().node(index).op == Op::kLiteral; }

  // typecheck_attributes.cc
  Typed get_attribute(const Node& node);
  Typed has_attribute(const Node& node);
  Typed get(const Node& node, const Typed& object, Number number, const std::string& name);
  Typed has(const Typed& object, Number number, const std::string& name);
  std::optional<AttributeType> attribute_of(const CedarType& type, std::string_view name);
  bool may_have(const CedarType& type, std::string_view name) const;
  std::string of_what(const Node& object, const CedarType& type) const;
  std::string nearest_attribute(const CedarType& type, std::string_view wrong);

  // typecheck_entities.cc
  Typed in(const Node& node);
  Typed in(const Node& node, const Typed& left);
  Typed is(const Node& node, const Typed& left);
  Typed is_in(const Node& node);
  Typed has_tag(const Node& node);
  Typed get_tag(const Node& node);
  std::vector<CedarType> tags_of(const CedarType& type) const;
  bool may_be_in(const CedarType& inner, const CedarType& outer);
  bool may_be_in(const std::string& inner, const std::string& outer);
  const Value* value_of(NodeIndex index) const;  // of a literal, or of `action`; nothing if it is neither
  const EntityUid* entity_of(NodeIndex index) const;
  std::optional<std::vector<EntityUid>> entities_of(NodeIndex index) const;

  // An operand that has what one of `wants` asks for, or a finding. `help` goes with it.
  Typed expect(NodeIndex index, std::initializer_list<Want> wants, std::string_view help = {});
  Typed expect(const Node& node, Typed actual, std::initializer_list<Want> wants, std::string_view help = {});
  tl::expected<CedarType, Mismatch> bound(const CedarType& a, const CedarType& b);
  void find(Rule rule, const Node& node, std::string what, std::string_view help = {});

  const Expr& program() const { return part_->expr; }
  const Node& child(const Node& node, std::uint32_t nth = 0) const {
    return program().node(program().child(node, nth));
  }
  Number number(const Node& node) const { return part_->numbers[index_of(node)]; }
  std::size_t index_of(const Node& node) const {
    return static_cast<std::size_t>(&node - program().shape().nodes.data());
  }

  const Environment& environment_;
  const Mode mode_;
  Subexpressions& subexpressions_;
  Findings& findings_;
  Steps& steps_;
  Capabilities held_;
  const Part* part_ = nullptr;
  const Value action_ = Value::entity(environment_.action);
};

// `a && b && …`: each operand is looked at knowing that those before it are true.
class Typechecker::Conjunction {
 public:
  explicit Conjunction(Capabilities& held) : held_(held) {}
  Conjunction(const Conjunction&) = delete;
  Conjunction& operator=(const Conjunction&) = delete;
  ~Conjunction() { held_.remove(earned_); }

  bool is_false() const { return all_.is(CedarType::Kind::kFalse); }
  void and_then(Typed next);  // not once it is false
  Typed result() const;

 private:
  Capabilities& held_;
  Typed all_{CedarType::boolean(true), true, {}};
  Earned earned_;
};

Visited::What what_of(const Typed& typed);
std::string to_text(const Want& want);
bool matches(const CedarType& type, const Want& want);

}  // namespace steelyard::policy::validation
