#include "policy/validation/typechecker.h"

#include <algorithm>
#include <iterator>

#include "core/base/check.h"

namespace steelyard::policy::validation {
namespace {

using Kind = CedarType::Kind;

CedarType a_bool() { return CedarType::simple(Kind::kBool); }
Typed failed_bool() { return {a_bool(), false, {}}; }

void append(Earned& to, const Earned& more) { to.insert(to.end(), more.begin(), more.end()); }

}  // namespace

bool matches(const CedarType& type, const Want& want) {
  if (type.is(Kind::kNever)) return true;
  switch (want.kind) {
    case Kind::kBool: return type.is_boolean();
    case Kind::kEntity: return type.is(Kind::kEntity) || type.is(Kind::kAnyEntity);
    case Kind::kSet: return type.is(Kind::kSet) && (!want.of_entities || matches(type.element(), {Kind::kEntity}));
    default: return type.is(want.kind);
  }
}

Visited::What what_of(const Typed& typed) {
  return typed.is(Kind::kEntity) || typed.is(Kind::kAnyEntity) ? Visited::What::kEntity : Visited::What::kOther;
}

std::string to_text(const Want& want) {
  switch (want.kind) {
    case Kind::kEntity: return "an entity";
    case Kind::kSet: return want.of_entities ? "a set of entities" : "a set";
    case Kind::kRecord: return "a record";
    default: return "`" + to_text(CedarType::simple(want.kind)) + "`";
  }
}

void Typechecker::Conjunction::and_then(Typed next) {
  const bool ok = all_.ok && next.ok;
  held_.add(next.earned);
  append(earned_, next.earned);
  if (!all_.type || !next.type) {
    all_.type = a_bool();
    all_.ok = false;
    return;
  }
  if (next.is(Kind::kFalse) || all_.is(Kind::kTrue)) {
    all_.type = next.type;
  } else if (!next.is(Kind::kTrue)) {
    all_.type = a_bool();
  }
  all_.ok = ok;
}

Typed Typechecker::Conjunction::result() const {
  Typed result = all_;
  if (result.ok && !is_false()) result.earned = earned_;
  return result;
}

Typed Typechecker::conjunction(const std::vector<Part>& parts) {
  Conjunction all(held_);
  for (const Part& part : parts) {
    if (all.is_false()) break;
    part_ = &part;
    if (part.visited != nullptr) part.visited->nodes.assign(part.expr.size(), Visited::What::kNot);
    Typed typed = expect(program().root(), {{Kind::kBool}});
    all.and_then(part.negated ? negation(typed) : std::move(typed));
  }
  return all.result();
}

Typed Typechecker::type_of(NodeIndex index) { return type_of(program().node(index)); }

// As deep as the expression, which the parser bounds.
Typed Typechecker::type_of(const Node& node) {
  if (!steps_.spend()) return {{}, false, {}};
  Typed typed = of_operator(node);
  if (part_->visited != nullptr) part_->visited->nodes[index_of(node)] = what_of(typed);
  return typed;
}

Typed Typechecker::of_operator(const Node& node) {
  switch (node.op) {
    case Op::kLiteral: return literal(node);
    case Op::kVariable: return variable(node);
    case Op::kIf: return if_then_else(node);
    case Op::kAnd: return all_of(node);
    case Op::kOr: return any_of(node);
    case Op::kNot: return negation(expect(program().child(node), {{Kind::kBool}}));
    case Op::kNegate:
    case Op::kAdd:
    case Op::kSubtract:
    case Op::kMultiply: return arithmetic(node);
    case Op::kEqual: return equality(node);
    case Op::kNotEqual: return negation(equality(node));
    case Op::kLess:
    case Op::kLessEqual:
    case Op::kGreater:
    case Op::kGreaterEqual: return comparison(node);
    case Op::kIn: return in(node);
    case Op::kIs: return is(node, expect(program().child(node), {{Kind::kEntity}}));
    case Op::kIsIn: return is_in(node);
    case Op::kContains:
    case Op::kContainsAll:
    case Op::kContainsAny: return membership(node);
    case Op::kIsEmpty:
    case Op::kLike: return quantified(node);
    case Op::kGetTag: return get_tag(node);
    case Op::kHasTag: return has_tag(node);
    case Op::kGetAttribute: return get_attribute(node);
    case Op::kHasAttribute: return has_attribute(node);
    case Op::kSet: return set(node);
    case Op::kRecord: return record(node);
    case Op::kCall: return call(node);
  }
  return {{}, false, {}};
}

// An entity that the schema does not know is told of elsewhere (names.h).
Typed Typechecker::literal(const Node& node) {
  const Value& value = program().literal(node);
  switch (value.type()) {
    case Type::kBool: return {CedarType::boolean(value.as_bool()), true, {}};
    case Type::kLong: return {CedarType::simple(Kind::kLong), true, {}};
    case Type::kString: return {CedarType::simple(Kind::kString), true, {}};
    default: break;
  }
  CHECK(value.type() == Type::kEntity);  // trees have no other literals
  const EntityUid& uid = value.as_entity();
  const Schema& schema = environment_.schema;
  const bool known = is_action_type(uid.type()) ? schema.find(uid) != nullptr : schema.find(uid.type()) != nullptr;
  if (!known) return {{}, false, {}};
  return {CedarType::entity(uid.type()), true, {}};
}

Typed Typechecker::variable(const Node& node) {
  switch (program().variable(node)) {
    case Variable::kPrincipal: return {CedarType::entity(environment_.principal), true, {}};
    case Variable::kAction: return {CedarType::entity(environment_.action.type()), true, {}};
    case Variable::kResource: return {CedarType::entity(environment_.resource), true, {}};
    case Variable::kContext: return {environment_.context, true, {}};
  }
  return {{}, false, {}};
}

// Of a test that is known, only the branch that it takes is looked at.
Typed Typechecker::if_then_else(const Node& node) {
  Typed test = expect(program().child(node), {{Kind::kBool}});
  if (!test.is(Kind::kTrue) && !test.is(Kind::kFalse)) return if_unknown(node, std::move(test));
  Typed branch;
  if (test.is(Kind::kTrue)) {
    held_.add(test.earned);
    branch = type_of(program().child(node, 1));
    held_.remove(test.earned);
    append(branch.earned, test.earned);
  } else {
    branch = type_of(program().child(node, 2));
  }
  branch.ok = branch.ok && test.ok;
  if (!branch.ok) branch.earned.clear();
  return branch;
}

Typed Typechecker::if_unknown(const Node& node, Typed test) {
  held_.add(test.earned);
  Typed then = type_of(program().child(node, 1));
  held_.remove(test.earned);
  Typed otherwise = type_of(program().child(node, 2));
  if (!then.type || !otherwise.type) return {{}, false, {}};
  auto common = bound(*then.type, *otherwise.type);
  if (!common) {
    find(Rule::kIncompatibleTypes, node,
         "the types `" + to_text(*then.type) + "` and `" + to_text(*otherwise.type) + "` are not compatible",
         "both branches of an `if` must have compatible types");
    return {{}, false, {}};
  }
  if (!test.ok || !then.ok || !otherwise.ok) return {std::move(*common), false, {}};
  append(then.earned, test.earned);
  return {std::move(*common), true, intersection(std::move(then.earned), std::move(otherwise.earned))};
}

Typed Typechecker::all_of(const Node& node) {
  Conjunction all(held_);
  for (const NodeIndex operand : program().children(node)) {
    if (all.is_false()) break;
    all.and_then(expect(operand, {{Kind::kBool}}));
  }
  return all.result();
}

// Nothing is known in an operand about those before it: they may have been false.
Typed Typechecker::any_of(const Node& node) {
  Typed any{CedarType::boolean(false), true, {}};
  for (const NodeIndex operand : program().children(node)) {
    if (any.is(Kind::kTrue)) break;
    Typed next = expect(operand, {{Kind::kBool}});
    const bool ok = any.ok && next.ok;
    if (!any.type || !next.type) {
      any = failed_bool();
    } else if (next.is(Kind::kTrue) || any.is(Kind::kFalse)) {
      any = std::move(next);
    } else if (!next.is(Kind::kFalse)) {
      any = {a_bool(), true, intersection(std::move(any.earned), std::move(next.earned))};
    }
    any.ok = any.ok && ok;
    if (!any.ok) any.earned.clear();
  }
  return any;
}

Typed Typechecker::set(const Node& node) {
  std::optional<CedarType> element = CedarType::simple(Kind::kNever);
  bool ok = true;
  for (const NodeIndex index : program().children(node)) {
    const Typed next = type_of(index);
    ok = ok && next.ok;
    if (!next.type) {
      element.reset();
    } else if (element) {
      auto common = bound(*element, *next.type);
      if (!common) {
        find(Rule::kIncompatibleTypes, node,
             "the types `" + to_text(*element) + "` and `" + to_text(*next.type) + "` are not compatible",
             "elements of a set must have compatible types");
        element.reset();
      } else {
        element = std::move(*common);
      }
    }
  }
  if (node.children == 0 && mode_ == Mode::kStrict) {
    find(Rule::kEmptySet, node, "empty set literals are forbidden in policies",
         "without an element the type of the set is not known");
    return {{}, false, {}};
  }
  if (!element) return {{}, false, {}};
  return {CedarType::set(std::move(*element)), ok, {}};
}

Typed Typechecker::record(const Node& node) {
  std::vector<AttributeType> attributes;
  bool ok = true;
  for (std::uint32_t nth = 0; nth < node.children; ++nth) {
    Typed value = type_of(program().child(node, nth));
    ok = ok && value.ok;
    if (value.type) attributes.push_back({program().key(node, nth), std::move(*value.type), true});
  }
  if (attributes.size() != node.children) return {{}, false, {}};
  return {CedarType::record(std::move(attributes)), ok, {}};
}

Typed Typechecker::expect(NodeIndex index, std::initializer_list<Want> wants, std::string_view help) {
  const Node& node = program().node(index);
  return expect(node, type_of(node), wants, help);
}

Typed Typechecker::expect(const Node& node, Typed actual, std::initializer_list<Want> wants, std::string_view help) {
  if (!actual.type) return {{}, false, {}};
  const auto fits = [&](const Want& want) { return matches(*actual.type, want); };
  if (std::any_of(wants.begin(), wants.end(), fits)) return actual;
  std::string wanted;
  for (const Want& want : wants) wanted += (wanted.empty() ? "" : " or ") + to_text(want);
  find(Rule::kUnexpectedType, node, "expected " + wanted + ", found `" + to_text(*actual.type) + "`", help);
  return {{}, false, {}};
}

tl::expected<CedarType, Mismatch> Typechecker::bound(const CedarType& a, const CedarType& b) {
  // Each level asks first whether one is a subtype of the other, which looks at all levels below.
  if (!a.shares_with(b)) steps_.spend(std::min(a.weight(), b.weight()) * std::min(a.depth(), b.depth()));
  return least_upper_bound(a, b, mode_);
}

void Typechecker::find(Rule rule, const Node& node, std::string what, std::string_view help) {
  findings_.add({rule, program().span(node), std::move(what), std::string(help)});
}

}  // namespace steelyard::policy::validation
