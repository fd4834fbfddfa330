// A second evaluator and authorizer, for tests alone: a plain walk over trees as they were written, without folding,
// shapes, index or snapshots. Function for function the Lean specification's Spec/Evaluator.lean and
// Spec/Authorizer.lean: read the two side by side.
//
// Entities are a list, looked through anew for every question. What the extension types do is the product's own
// (policy/ext/), which has tests of its own.
// Owns nothing. Threads: any. Errors: nothing where the specification has an error.
#pragma once

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "policy/entities.h"
#include "policy/policy.h"
#include "policy/request.h"

namespace steelyard::policy::testing {

class Reference {
 public:
  using Found = std::optional<Value>;  // nothing: an error

  Reference(const Request& request, const std::vector<Entity>& entities) : request_(request), entities_(entities) {}

  Found evaluate(const Expr& x) const { return evaluate(x, x.root()); }

  struct Response {
    bool allow = false;
    std::set<std::string> reasons, errors;
  };
  Response is_authorized(const std::vector<Policy>& policies) const {
    std::set<std::string> permits, forbids;
    Response response;
    for (const Policy& policy : policies) {
      const std::optional<bool> satisfied = is_satisfied(policy);
      if (!satisfied) response.errors.insert(policy.id);
      if (satisfied.value_or(false)) (policy.effect == Effect::kPermit ? permits : forbids).insert(policy.id);
    }
    response.allow = !permits.empty() && forbids.empty();
    response.reasons = forbids.empty() ? permits : forbids;
    return response;
  }

 private:
  using Kind = ScopeConstraint::Kind;

  const Entity* find(const EntityUid& uid) const {
    for (const Entity& entity : entities_)
      if (entity.uid == uid) return &entity;
    return nullptr;
  }

  // inₑ: equal, or in it through any number of parents.
  bool in_e(const EntityUid& uid1, const EntityUid& uid2) const {
    std::vector<EntityUid> reached{uid1};
    for (std::size_t i = 0; i < reached.size(); ++i) {
      if (reached[i] == uid2) return true;
      const Entity* entity = find(reached[i]);
      if (entity == nullptr) continue;
      for (const EntityUid& parent : entity->parents)
        if (std::find(reached.begin(), reached.end(), parent) == reached.end()) reached.push_back(parent);
    }
    return false;
  }

  // inₛ
  Found in_s(const EntityUid& uid, std::span<const Value> uids) const {
    bool any = false;
    for (const Value& one : uids) {
      if (!one.is(Type::kEntity)) return {};
      any = in_e(uid, one.as_entity()) || any;
    }
    return Value::boolean(any);
  }

  std::optional<bool> as_bool(const Found& value) const {
    if (!value || !value->is(Type::kBool)) return {};
    return value->as_bool();
  }

  static Found int_or_err(bool overflows, std::int64_t i) { return overflows ? Found() : Found(Value::integer(i)); }

  static Found arithmetic(Op op, std::int64_t a, std::int64_t b) {
    std::int64_t i = 0;
    const bool overflows = op == Op::kAdd        ? __builtin_add_overflow(a, b, &i)
                           : op == Op::kSubtract ? __builtin_sub_overflow(a, b, &i)
                                                 : __builtin_mul_overflow(a, b, &i);
    return int_or_err(overflows, i);
  }

  // apply₁
  Found apply(const Expr& x, const Node& node, const Value& v) const {
    switch (node.op) {
      case Op::kNot: return v.is(Type::kBool) ? Found(Value::boolean(!v.as_bool())) : Found();
      case Op::kNegate: {
        if (!v.is(Type::kLong)) return {};
        std::int64_t negated = 0;
        const bool overflows = __builtin_sub_overflow(std::int64_t{0}, v.as_integer(), &negated);
        return int_or_err(overflows, negated);
      }
      case Op::kIsEmpty: return v.is(Type::kSet) ? Found(Value::boolean(v.as_set().empty())) : Found();
      case Op::kLike:
        return v.is(Type::kString) ? Found(Value::boolean(wildcard_match(v.as_string(), x.pattern(node)))) : Found();
      case Op::kIs: return v.is(Type::kEntity) ? Found(Value::boolean(v.as_entity().type() == x.name(node))) : Found();
      default: return {};
    }
  }

  // wildcardMatch: by the table of which prefixes match.
  static bool wildcard_match(const std::string& text, const Wildcard& pattern) {
    std::string stars;  // the pattern with 0xFF, which no UTF-8 has, for a star
    for (std::size_t i = 0; i < pattern.pieces().size(); ++i) stars += (i == 0 ? "" : "\xFF") + pattern.pieces()[i];
    std::vector<bool> matches(text.size() + 1);
    matches[0] = true;
    for (const char p : stars) {
      std::vector<bool> next(text.size() + 1);
      next[0] = p == '\xFF' && matches[0];
      for (std::size_t i = 1; i <= text.size(); ++i)
        next[i] = p == '\xFF' ? next[i - 1] || matches[i] : matches[i - 1] && text[i - 1] == p;
      matches = std::move(next);
    }
    return matches[text.size()];
  }

  static bool less(const Value& a, const Value& b) {
    if (a.is(Type::kLong)) return a.as_integer() < b.as_integer();
    if (a.is(Type::kDatetime)) return a.as_datetime() < b.as_datetime();
    return a.as_duration() < b.as_duration();
  }

  static bool has(std::span<const Value> set, const Value& element) {
    return std::any_of(set.begin(), set.end(), [&](const Value& one) { return one == element; });
  }

  // apply₂
  Found apply(Op op, const Value& a, const Value& b) const {
    const bool comparable =
        a.type() == b.type() && (a.is(Type::kLong) || a.is(Type::kDatetime) || a.is(Type::kDuration));
    const bool longs = a.is(Type::kLong) && b.is(Type::kLong);
    const bool sets = a.is(Type::kSet) && b.is(Type::kSet);
    switch (op) {
      case Op::kEqual: return Value::boolean(a == b);
      case Op::kNotEqual: return Value::boolean(!(a == b));
      case Op::kLess: return comparable ? Found(Value::boolean(less(a, b))) : Found();
      case Op::kLessEqual: return comparable ? Found(Value::boolean(!less(b, a))) : Found();
      case Op::kGreater: return comparable ? Found(Value::boolean(less(b, a))) : Found();
      case Op::kGreaterEqual: return comparable ? Found(Value::boolean(!less(a, b))) : Found();
      case Op::kAdd:
      case Op::kSubtract:
      case Op::kMultiply: return longs ? arithmetic(op, a.as_integer(), b.as_integer()) : Found();
      case Op::kContains: return a.is(Type::kSet) ? Found(Value::boolean(has(a.as_set(), b))) : Found();
      case Op::kContainsAll:
      case Op::kContainsAny: {
        if (!sets) return {};
        const auto in_a = [&](const Value& one) { return has(a.as_set(), one); };
        return Value::boolean(op == Op::kContainsAll ? std::all_of(b.as_set().begin(), b.as_set().end(), in_a)
                                                     : std::any_of(b.as_set().begin(), b.as_set().end(), in_a));
      }
      case Op::kIn:
        if (a.is(Type::kEntity) && b.is(Type::kEntity)) return Value::boolean(in_e(a.as_entity(), b.as_entity()));
        return a.is(Type::kEntity) && b.is(Type::kSet) ? in_s(a.as_entity(), b.as_set()) : Found();
      case Op::kHasTag:
      case Op::kGetTag: return tag(op, a, b);
      default: return {};
    }
  }

  Found tag(Op op, const Value& a, const Value& b) const {
    if (!a.is(Type::kEntity) || !b.is(Type::kString)) return {};
    const Entity* entity = find(a.as_entity());
    const Value tags = Value::record(entity == nullptr ? std::vector<Attribute>() : entity->tags);
    const Value* found = tags.find(b.as_string());
    if (op == Op::kHasTag) return Value::boolean(found != nullptr);
    return found == nullptr ? Found() : Found(*found);
  }

  // attrsOf, with what an entity that is not there comes to.
  Found attrs_of(const Value& v, const Found& missing) const {
    if (v.is(Type::kRecord)) return v;
    if (!v.is(Type::kEntity)) return {};
    const Entity* entity = find(v.as_entity());
    return entity == nullptr ? missing : Found(Value::record(entity->attributes));
  }
  std::optional<bool> has_attr(const Value& v, const std::string& a) const {
    const Found attributes = attrs_of(v, Value::record({}));
    if (!attributes) return {};
    return attributes->find(a) != nullptr;
  }
  Found get_attr(const Value& v, const std::string& a) const {
    const Found attributes = attrs_of(v, {});
    const Value* found = attributes ? attributes->find(a) : nullptr;
    return found == nullptr ? Found() : Found(*found);
  }

  Found variable(Variable v) const {
    switch (v) {
      case Variable::kPrincipal: return Value::entity(request_.principal);
      case Variable::kAction: return Value::entity(request_.action);
      case Variable::kResource: return Value::entity(request_.resource);
      default: return request_.context;
    }
  }

  // `e has a.b` is `e has a && e.a has b`.
  Found has_path(const Expr& x, const Node& node) const {
    Found object = evaluate(x, x.child(node));
    for (const std::string& name : x.path(node)) {
      const std::optional<bool> there = object ? has_attr(*object, name) : std::nullopt;
      if (!there || !*there) return there ? Found(Value::boolean(false)) : Found();
      object = get_attr(*object, name);
    }
    return Value::boolean(true);
  }

  Found evaluate(const Expr& x, NodeIndex at) const {
    const Node& node = x.node(at);
    switch (node.op) {
      case Op::kLiteral: return x.literal(node);
      case Op::kVariable: return variable(x.variable(node));
      case Op::kIf: {
        const std::optional<bool> b = as_bool(evaluate(x, x.child(node)));
        return b ? evaluate(x, x.child(node, *b ? 1 : 2)) : Found();
      }
      case Op::kAnd:
      case Op::kOr: {
        for (const NodeIndex child : x.children(node)) {
          const std::optional<bool> b = as_bool(evaluate(x, child));
          if (!b || *b == (node.op == Op::kOr)) return b ? Found(Value::boolean(*b)) : Found();
        }
        return Value::boolean(node.op == Op::kAnd);
      }
      case Op::kHasAttribute: return has_path(x, node);
      case Op::kGetAttribute: {
        const Found v = evaluate(x, x.child(node));
        return v ? get_attr(*v, x.name(node)) : Found();
      }
      case Op::kIsIn: {
        const Found v = evaluate(x, x.child(node));
        if (!v || !v->is(Type::kEntity)) return {};
        if (v->as_entity().type() != x.name(node)) return Value::boolean(false);
        const Found right = evaluate(x, x.child(node, 1));
        return right ? apply(Op::kIn, *v, *right) : Found();
      }
      default: return of_values(x, node);
    }
  }

  // What takes the values of all its parts.
  Found of_values(const Expr& x, const Node& node) const {
    std::vector<Value> vs;
    for (const NodeIndex child : x.children(node)) {
      const Found v = evaluate(x, child);
      if (!v) return {};
      vs.push_back(*v);
    }
    if (node.op == Op::kSet) return Value::set(std::move(vs));
    if (node.op == Op::kRecord) {
      std::vector<Attribute> attributes;
      for (std::uint32_t i = 0; i < node.children; ++i) attributes.push_back({x.key(node, i), vs[i]});
      return Value::record(std::move(attributes));
    }
    if (node.op == Op::kCall) {
      auto called = ext::call(x.function(node), vs);
      return called ? Found(std::move(*called)) : Found();
    }
    return vs.size() == 1 ? apply(x, node, vs[0]) : apply(node.op, vs[0], vs[1]);
  }

  bool in_scope(const ScopeConstraint& scope, const EntityUid& uid) const {
    if ((scope.kind == Kind::kIs || scope.kind == Kind::kIsIn) && uid.type() != scope.type) return false;
    if (scope.kind == Kind::kAny || scope.kind == Kind::kIs) return true;
    return std::any_of(scope.entities.begin(), scope.entities.end(), [&](const EntityUid& named) {
      return scope.kind == Kind::kEqual ? uid == named : in_e(uid, named);
    });
  }

  // Nothing: the policy errs.
  std::optional<bool> is_satisfied(const Policy& policy) const {
    if (!in_scope(policy.scope.principal, request_.principal) || !in_scope(policy.scope.action, request_.action) ||
        !in_scope(policy.scope.resource, request_.resource))
      return false;
    for (const Condition& condition : policy.conditions) {
      const std::optional<bool> b = as_bool(evaluate(condition.body));
      if (!b || *b == (condition.kind == Condition::Kind::kUnless))
        return b ? std::optional<bool>(false) : std::nullopt;
    }
    return true;
  }

  const Request& request_;
  const std::vector<Entity>& entities_;
};

}  // namespace steelyard::policy::testing
