#include "policy/evaluator.h"

#include <algorithm>
#include <bit>

#include "core/base/check.h"
#include "core/base/limits.h"

namespace steelyard::policy {
namespace {

const Value kTrue = Value::boolean(true);
const Value kFalse = Value::boolean(false);
const Value* flag(bool value) { return value ? &kTrue : &kFalse; }

std::string quoted(std::string_view text) { return "`" + std::string(text) + "`"; }

constexpr std::string_view kHasAttributes = "`record` or `entity`";
constexpr std::size_t kCallSteps = 16;  // text is read, or an allocation made

// Keeps a value alive whose owner, `held`, is about to go; a value that others own stays where it is.
const Value* keep(const Value* value, const Value* owner, const Value& held, Value& scratch) {
  if (owner != &held) return value;
  scratch = *value;
  return &scratch;
}

}  // namespace

std::string to_text(const EvaluationError& error) { return to_text(error.span) + ": " + one_line(error.what); }

Evaluator::Evaluator(const Request& request, const KnownEntities& entities)
    : Evaluator(request, entities, entities.find(request.principal), entities.find(request.action)) {
  ask_about(request.resource, entities.find(request.resource));
}

Evaluator::Evaluator(const Request& request, const KnownEntities& entities, const Entities::Known* principal,
                     const Entities::Known* action)
    : entities_(entities),
      request_(request),
      uids_{&request.principal, &request.action, &request.resource},
      knowns_{principal, action, nullptr} {
  CHECK(request.context.is(Type::kRecord));
}

void Evaluator::ask_about(const EntityUid& resource, const Entities::Known* known) {
  uids_[2] = &resource;
  knowns_[2] = known;
  values_[2].reset();
  gone_ &= ~gone_from_resource_;
}

const Value* Evaluator::variable(Variable which) {
  if (which == Variable::kContext) return &request_.context;
  const auto at = static_cast<std::size_t>(which);
  if (!values_[at]) values_[at] = Value::entity(*uids_[at]);
  return &*values_[at];
}

tl::expected<Value, EvaluationError> Evaluator::value_of(const Expr& expr) {
  begin(expr, 0);
  Value scratch;
  const Value* value = eval(expr.root(), scratch);
  left_ -= std::min(left_, steps_);
  if (value == nullptr) return tl::unexpected<EvaluationError>(std::move(error_));
  return *value;
}

// As deep as the expression, which is bounded by limits::kExpressionDepthMax.
const Value* Evaluator::eval(NodeIndex index, Value& scratch) {
  const Node& node = expr_->node(index);
  if (!charge(node, 1)) return nullptr;
  switch (node.op) {
    case Op::kLiteral: return &expr_->literal(node);
    case Op::kVariable: return variable(expr_->variable(node));
    case Op::kIf: {
      Value held;
      const Value* condition = eval_typed(expr_->child(node), Type::kBool, held);
      return condition == nullptr ? nullptr : eval(expr_->child(node, condition->as_bool() ? 1 : 2), scratch);
    }
    case Op::kAnd: return eval_logic(node, false);
    case Op::kOr: return eval_logic(node, true);
    case Op::kNot: {
      const Value* operand = eval_typed(expr_->child(node), Type::kBool, scratch);
      return operand == nullptr ? nullptr : flag(!operand->as_bool());
    }
    case Op::kEqual:
    case Op::kNotEqual:
    case Op::kLess:
    case Op::kLessEqual:
    case Op::kGreater:
    case Op::kGreaterEqual: return eval_compare(node, scratch);
    case Op::kIn: return eval_in(node);
    case Op::kNegate:
    case Op::kAdd:
    case Op::kSubtract:
    case Op::kMultiply: return eval_arithmetic(node, scratch);
    case Op::kContains:
    case Op::kContainsAll:
    case Op::kContainsAny:
    case Op::kIsEmpty: return eval_sets(node);
    case Op::kGetTag:
    case Op::kHasTag: return eval_tag(node, scratch);
    case Op::kGetAttribute: return eval_attribute(node, scratch);
    case Op::kHasAttribute: return eval_has(node);
    case Op::kLike: return eval_like(node);
    case Op::kIs: {
      const Value* operand = eval_typed(expr_->child(node), Type::kEntity, scratch);
      return operand == nullptr ? nullptr : flag(operand->as_entity().type() == expr_->name(node));
    }
    case Op::kIsIn: {
      const Value* operand = eval_typed(expr_->child(node), Type::kEntity, scratch);
      if (operand == nullptr) return nullptr;
      return operand->as_entity().type() == expr_->name(node) ? eval_in(node) : &kFalse;
    }
    case Op::kSet: return eval_set(node, scratch);
    case Op::kRecord: return eval_record(node, scratch);
    case Op::kCall: return eval_call(node, scratch);
  }
  return fail(node, "this kind of expression is unknown");
}

const Value* Evaluator::eval_typed(NodeIndex index, Type type, Value& scratch) {
  const Value* value = eval(index, scratch);
  if (value != nullptr && !value->is(type)) return fail_type(expr_->node(index), quoted(name_of(type)), *value);
  return value;
}

const Value* Evaluator::eval_logic(const Node& node, bool stops_at) {
  for (const auto child : expr_->children(node)) {
    Value held;
    const Value* operand = eval_typed(child, Type::kBool, held);
    if (operand == nullptr) return nullptr;
    if (operand->as_bool() == stops_at) return flag(stops_at);
  }
  return flag(!stops_at);
}

const Value* Evaluator::eval_compare(const Node& node, Value& scratch) {
  Value held;
  const Value* left = eval(expr_->child(node, 0), scratch);
  if (left == nullptr) return nullptr;
  const Value* right = eval(expr_->child(node, 1), held);
  if (right == nullptr) return nullptr;
  if (!charge_compare(node, *left, *right)) return nullptr;
  if (node.op == Op::kEqual) return flag(*left == *right);
  if (node.op == Op::kNotEqual) return flag(!(*left == *right));
  const auto ordered = [](const Value& value) {
    return value.is(Type::kLong) || value.is(Type::kDatetime) || value.is(Type::kDuration);
  };
  if (!ordered(*left)) return fail_type(expr_->node(expr_->child(node, 0)), "`long`, `datetime` or `duration`", *left);
  if (!right->is(left->type())) {
    return fail_type(expr_->node(expr_->child(node, 1)), quoted(name_of(left->type())), *right);
  }
  const int order = Value::compare(*left, *right);
  switch (node.op) {
    case Op::kLess: return flag(order < 0);
    case Op::kLessEqual: return flag(order <= 0);
    case Op::kGreater: return flag(order > 0);
    default: return flag(order >= 0);
  }
}

const Value* Evaluator::eval_arithmetic(const Node& node, Value& scratch) {
  const Value* left = eval_typed(expr_->child(node, 0), Type::kLong, scratch);
  if (left == nullptr) return nullptr;
  const std::int64_t a = left->as_integer();
  std::int64_t result = 0;
  bool overflows = false;
  if (node.op == Op::kNegate) {
    overflows = __builtin_sub_overflow(std::int64_t{0}, a, &result);
  } else {
    const Value* right = eval_typed(expr_->child(node, 1), Type::kLong, scratch);
    if (right == nullptr) return nullptr;
    const std::int64_t b = right->as_integer();
    if (node.op == Op::kAdd) {
      overflows = __builtin_add_overflow(a, b, &result);
    } else if (node.op == Op::kSubtract) {
      overflows = __builtin_sub_overflow(a, b, &result);
    } else {
      overflows = __builtin_mul_overflow(a, b, &result);
    }
  }
  if (overflows) return fail(node, "the result does not fit 64 bits");
  scratch = Value::integer(result);
  return &scratch;
}

// The usual questions are about the request's own entities, and about one more, again and again.
const Entities::Known* Evaluator::known(const EntityUid& uid) {
  if (uid == *uids_[2]) return knowns_[2];
  if (uid == *uids_[0]) return knowns_[0];
  if (looked_up_ != uid.identity()) {
    found_ = entities_.find(uid);
    looked_up_ = uid.identity();
  }
  return found_;
}

bool Evaluator::is_in(const EntityUid& inner, const EntityUid& outer) {
  if (inner == outer) return true;
  const Entities::Known* of_inner = known(inner);
  return of_inner != nullptr && of_inner->is_in(outer);
}

const Value* Evaluator::eval_in(const Node& node) {
  Value held_left;
  Value held_right;
  const Value* left = eval_typed(expr_->child(node, 0), Type::kEntity, held_left);
  if (left == nullptr) return nullptr;
  const Value* right = eval(expr_->child(node, 1), held_right);
  if (right == nullptr) return nullptr;
  const Node& right_node = expr_->node(expr_->child(node, 1));
  if (right->is(Type::kEntity)) return flag(is_in(left->as_entity(), right->as_entity()));
  if (!right->is(Type::kSet)) return fail_type(right_node, "`entity` or a `set` of them", *right);
  const auto elements = right->as_set();
  if (!charge(node, 2 * elements.size())) return nullptr;
  for (const auto& element : elements) {  // an element of another type is an error even where another one holds
    if (!element.is(Type::kEntity)) return fail_type(right_node, "a `set` of `entity`, one element", element);
  }
  return flag(std::any_of(elements.begin(), elements.end(),
                          [&](const Value& outer) { return is_in(left->as_entity(), outer.as_entity()); }));
}

const Value* Evaluator::eval_sets(const Node& node) {
  Value held_left;
  Value held_right;
  const Value* left = eval_typed(expr_->child(node, 0), Type::kSet, held_left);
  if (left == nullptr) return nullptr;
  if (node.op == Op::kIsEmpty) return flag(left->as_set().empty());
  const NodeIndex argument = expr_->child(node, 1);
  const std::size_t halvings = std::bit_width(left->as_set().size());  // that finding one element takes
  if (node.op == Op::kContains) {
    const Value* element = eval(argument, held_right);
    if (element == nullptr || !charge(node, halvings * element->weight())) return nullptr;
    return flag(left->contains(*element));
  }
  const Value* right = eval_typed(argument, Type::kSet, held_right);
  if (right == nullptr || !charge(node, halvings * right->weight())) return nullptr;
  const auto elements = right->as_set();
  const auto held = [left](const Value& element) { return left->contains(element); };
  if (node.op == Op::kContainsAll) return flag(std::all_of(elements.begin(), elements.end(), held));
  return flag(std::any_of(elements.begin(), elements.end(), held));
}

const Value* Evaluator::eval_tag(const Node& node, Value& scratch) {
  Value held;
  const Value* object = eval_typed(expr_->child(node, 0), Type::kEntity, held);
  if (object == nullptr) return nullptr;
  const Value* name = eval_typed(expr_->child(node, 1), Type::kString, scratch);
  if (name == nullptr) return nullptr;
  const Entities::Known* entity = known(object->as_entity());
  const Value* tag = entity == nullptr ? nullptr : entity->tags.find(name->as_string());
  if (node.op == Op::kHasTag) return flag(tag != nullptr);
  if (entity == nullptr) return fail(node, "entity " + quoted(to_source(object->as_entity())) + " is not known");
  if (tag == nullptr) {
    return fail(node, quoted(to_source(object->as_entity())) + " has no tag " + quoted(name->as_string()));
  }
  return tag;
}

const Value* Evaluator::eval_attribute(const Node& node, Value& scratch) {
  Value held;
  const Value* object = eval(expr_->child(node), held);
  if (object == nullptr) return nullptr;
  const std::string& name = expr_->name(node);
  if (object->is(Type::kRecord)) {
    const Value* found = object->find(name);
    if (found == nullptr) return fail(node, "the record has no attribute " + quoted(name));
    return keep(found, object, held, scratch);
  }
  if (!object->is(Type::kEntity)) return fail_type(expr_->node(expr_->child(node)), kHasAttributes, *object);
  const Entities::Known* entity = known(object->as_entity());
  if (entity == nullptr) return fail(node, "entity " + quoted(to_source(object->as_entity())) + " is not known");
  const Value* found = entity->attributes.find(name);
  if (found == nullptr) return fail(node, quoted(to_source(object->as_entity())) + " has no attribute " + quoted(name));
  return found;
}

// Along the path each attribute but the last is looked into.
const Value* Evaluator::eval_has(const Node& node) {
  Value held;
  const Value* object = eval(expr_->child(node), held);
  if (object == nullptr) return nullptr;
  for (const std::string& name : expr_->path(node)) {
    if (object->is(Type::kRecord)) {
      object = object->find(name);
    } else if (object->is(Type::kEntity)) {
      const Entities::Known* entity = known(object->as_entity());
      object = entity == nullptr ? nullptr : entity->attributes.find(name);
    } else {
      return fail_type(expr_->node(expr_->child(node)), kHasAttributes, *object);
    }
    if (object == nullptr) return &kFalse;
  }
  return &kTrue;
}

// Text times pattern bounds the work of matching; a step stands for some 8 octets of it.
const Value* Evaluator::eval_like(const Node& node) {
  Value held;
  const Value* text = eval_typed(expr_->child(node), Type::kString, held);
  if (text == nullptr) return nullptr;
  const Wildcard& pattern = expr_->pattern(node);
  if (!charge(node, text->as_string().size() * (pattern.size() + 1) / 8)) return nullptr;
  return flag(pattern.matches(text->as_string()));
}

const Value* Evaluator::eval_set(const Node& node, Value& scratch) {
  std::vector<Value> elements;
  elements.reserve(node.children);
  std::size_t weight = 0;
  for (const auto child : expr_->children(node)) {
    Value held;
    const Value* element = eval(child, held);
    if (element == nullptr) return nullptr;
    weight += element->weight();
    elements.push_back(*element);
  }
  if (!charge(node, weight * std::bit_width(elements.size()))) return nullptr;  // they are sorted
  scratch = Value::set(std::move(elements));
  return &scratch;
}

const Value* Evaluator::eval_record(const Node& node, Value& scratch) {
  std::vector<Attribute> attributes;
  attributes.reserve(node.children);
  std::size_t weight = 0;
  for (std::uint32_t i = 0; i < node.children; ++i) {
    Value held;
    const Value* value = eval(expr_->child(node, i), held);
    if (value == nullptr) return nullptr;
    weight += 2 + expr_->key(node, i).size() / 16;  // its name is copied, and moved about
    attributes.push_back({expr_->key(node, i), *value});
  }
  if (!charge(node, weight * std::bit_width(attributes.size()))) return nullptr;
  scratch = Value::record(std::move(attributes));
  return &scratch;
}

const Value* Evaluator::eval_call(const Node& node, Value& scratch) {
  std::vector<Value> arguments;
  arguments.reserve(node.children);
  std::size_t weight = kCallSteps;
  for (const auto child : expr_->children(node)) {
    const Value* argument = eval(child, scratch);
    if (argument == nullptr) return nullptr;
    weight += argument->weight();
    arguments.push_back(*argument);
  }
  if (!charge(node, weight)) return nullptr;
  auto result = ext::call(expr_->function(node), arguments);
  if (!result) return fail(node, std::move(result.error().what));
  scratch = std::move(*result);
  return &scratch;
}

const Value* Evaluator::fail(const Node& node, std::string what) {
  error_ = {expr_->span(node), std::move(what)};
  return nullptr;
}

const Value* Evaluator::fail_type(const Node& node, std::string_view expected, const Value& got) {
  return fail(node, "expected " + std::string(expected) + ", got " + quoted(name_of(got.type())));
}

void Evaluator::begin(const Expr& expr, std::size_t settled) {
  expr_ = &expr;
  steps_ = 0;
  steps_max_ = std::min(limits::kEvaluationStepsMax - std::min(settled, limits::kEvaluationStepsMax), left_);
}

bool Evaluator::charge(const Node& node, std::size_t steps) {
  steps_ += steps;
  if (steps_ <= steps_max_) return true;
  if (steps_max_ == left_)
    fail(node, "everything that is asked of this takes more than " + std::to_string(limit_) + " steps together");
  else
    fail(node, "the evaluation takes more than " + std::to_string(limits::kEvaluationStepsMax) + " steps");
  return false;
}

bool Evaluator::charge_compare(const Node& node, const Value& a, const Value& b) {
  const std::size_t weight = std::min(a.weight(), b.weight());
  return weight <= 1 || charge(node, weight);
}

bool Evaluator::spend(std::size_t steps) {
  const bool enough = steps <= left_;
  left_ -= std::min(left_, steps);
  return enough;
}

}  // namespace steelyard::policy
