#include "core/exchange/row_filter.h"

#include <algorithm>
#include <chrono>

#include "core/base/check.h"
#include "core/base/limits.h"
#include "core/exchange/row_filter_check.h"
#include "core/exchange/row_schema.h"
#include "policy/evaluator.h"
#include "policy/fold.h"
#include "policy/parser.h"

namespace steelyard::exchange {
namespace {

using Kind = RowCondition::Kind;
using policy::NodeIndex;
using policy::Op;
using schemas::CatalogueField;
using schemas::Compare;
using schemas::ValueType;

constexpr std::int64_t kDayMs = 86'400'000;

RowCondition constant(bool holds) {
  RowCondition made;
  made.kind = holds ? Kind::kAlways : Kind::kNever;
  return made;
}

// Both ask only whether their parts hold, so that a part that always or never does can be left out.
RowCondition join(Kind kind, std::vector<RowCondition> parts) {
  const Kind neutral = kind == Kind::kAll ? Kind::kAlways : Kind::kNever;
  const Kind deciding = kind == Kind::kAll ? Kind::kNever : Kind::kAlways;
  RowCondition made;
  for (RowCondition& part : parts) {
    if (part.kind == deciding) return constant(deciding == Kind::kAlways);
    if (part.kind == kind)
      std::move(part.parts.begin(), part.parts.end(), std::back_inserter(made.parts));
    else if (part.kind != neutral)
      made.parts.push_back(std::move(part));
  }
  if (made.parts.empty()) return constant(neutral == Kind::kAlways);
  if (made.parts.size() == 1) return std::move(made.parts.front());
  made.kind = kind;
  return made;
}

template <class... Parts>
RowCondition join_of(Kind kind, Parts... parts) {
  std::vector<RowCondition> all;
  (all.push_back(std::move(parts)), ...);
  return join(kind, std::move(all));
}

Compare compare_of(Op op) {
  switch (op) {
    case Op::kNotEqual: return Compare::kNe;
    case Op::kLess: return Compare::kLt;
    case Op::kLessEqual: return Compare::kLe;
    case Op::kGreater: return Compare::kGt;
    case Op::kGreaterEqual: return Compare::kGe;
    default: return Compare::kEq;
  }
}

Compare opposite(Compare compare) {
  switch (compare) {
    case Compare::kEq: return Compare::kNe;
    case Compare::kNe: return Compare::kEq;
    case Compare::kLt: return Compare::kGe;
    case Compare::kGe: return Compare::kLt;
    case Compare::kLe: return Compare::kGt;
    default: return Compare::kLe;
  }
}

Compare turned_round(Compare compare) {  // a < b is b > a
  switch (compare) {
    case Compare::kLt: return Compare::kGt;
    case Compare::kLe: return Compare::kGe;
    case Compare::kGt: return Compare::kLt;
    case Compare::kGe: return Compare::kLe;
    default: return compare;
  }
}

std::int64_t day_of(std::int64_t ms) { return ms / kDayMs - (ms % kDayMs < 0 ? 1 : 0); }

std::string date_text(std::int64_t day) {
  const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{day}}};
  const auto digits = [](unsigned number, std::size_t width) {
    const std::string text = std::to_string(number);
    return std::string(width - text.size(), '0') + text;
  };
  return digits(static_cast<unsigned>(static_cast<int>(date.year())), 4) + "-" +
         digits(static_cast<unsigned>(date.month()), 2) + "-" + digits(static_cast<unsigned>(date.day()), 2);
}

schemas::Value plain_value(const policy::Value& value) {
  switch (value.type()) {
    case policy::Type::kBool: return value.as_bool();
    case policy::Type::kLong: return value.as_integer();
    case policy::Type::kDatetime: return date_text(day_of(value.as_datetime().ms));
    default: return value.as_string();
  }
}

// An expression that RowFilterCheck took, as the condition under which it is true, or false.
class Translation {
 public:
  Translation(const policy::Expr& expr, const RowFilterCheck& check, const std::vector<CatalogueField>& offered)
      : expr_(expr), check_(check), offered_(offered) {}

  Result<RowCondition> of(NodeIndex at, bool wanted) {
    const policy::Node& node = expr_.node(at);
    switch (node.op) {
      case Op::kLiteral: return settled(expr_.literal(node).as_bool() == wanted);
      case Op::kGetAttribute: return compare(*check_.field_at(at), Compare::kEq, wanted);
      case Op::kHasAttribute: return has(at, wanted);
      case Op::kNot: return of(expr_.child(node), !wanted);
      case Op::kAnd: return chain(expr_.children(node), true, wanted);
      case Op::kOr: return chain(expr_.children(node), false, wanted);
      case Op::kIf: return choice(node, wanted);
      case Op::kContains: return contains(node, wanted);
      case Op::kLike: return like(node, wanted);
      default: return comparison(node, wanted);
    }
  }

 private:
  // `&&` ends with false and `||` with true, at the first operand that says so; one that errs before it ends all.
  Result<RowCondition> chain(std::span<const NodeIndex> operands, bool conjunction, bool wanted) {
    const NodeIndex first = operands.front();
    if (operands.size() == 1) return of(first, wanted);
    const auto rest = operands.subspan(1);
    if (wanted == conjunction) {  // none of them ends it
      std::vector<RowCondition> parts;
      for (const NodeIndex operand : operands) {
        TRY_ASSIGN(RowCondition part, of(operand, wanted));
        parts.push_back(std::move(part));
      }
      return join(Kind::kAll, std::move(parts));
    }
    TRY_ASSIGN(RowCondition ends, of(first, wanted));
    TRY_ASSIGN(RowCondition later, chain(rest, conjunction, wanted));
    if (never_errs(first)) return join_of(Kind::kAny, std::move(ends), std::move(later));
    TRY_ASSIGN(RowCondition goes_on, of(first, !wanted));
    return join_of(Kind::kAny, std::move(ends), join_of(Kind::kAll, std::move(goes_on), std::move(later)));
  }

  Result<RowCondition> choice(const policy::Node& node, bool wanted) {
    TRY_ASSIGN(RowCondition asked, of(expr_.child(node, 0), true));
    TRY_ASSIGN(RowCondition then, of(expr_.child(node, 1), wanted));
    TRY_ASSIGN(RowCondition not_asked, of(expr_.child(node, 0), false));
    TRY_ASSIGN(RowCondition otherwise, of(expr_.child(node, 2), wanted));
    return join_of(Kind::kAny, join_of(Kind::kAll, std::move(asked), std::move(then)),
                   join_of(Kind::kAll, std::move(not_asked), std::move(otherwise)));
  }

  bool never_errs(NodeIndex at) const {
    const policy::Node& node = expr_.node(at);
    switch (node.op) {
      case Op::kLiteral:
      case Op::kHasAttribute: return true;
      case Op::kNot:
      case Op::kAnd:
      case Op::kOr:
      case Op::kIf: {
        const auto parts = expr_.children(node);
        return std::all_of(parts.begin(), parts.end(), [this](NodeIndex part) { return never_errs(part); });
      }
      default: return false;
    }
  }

  Status spend(std::size_t tests) {
    if (tests > left_)
      return fail(ErrorKind::kFix, "1:1: the filter comes to more than " + std::to_string(limits::kRowFilterTestsMax) +
                                       " tests: make it shorter");
    left_ -= tests;
    return {};
  }

  // What needs no test is counted as one: each `if` asks its condition twice, so that nesting doubles them.
  Result<RowCondition> settled(bool holds) {
    TRY(spend(1));
    return constant(holds);
  }

  Result<RowCondition> test(Kind kind, std::size_t place, std::size_t cost = 1) {
    TRY(spend(cost));
    RowCondition made;
    made.kind = kind;
    made.field = offered_[place].name;
    made.type = offered_[place].type;
    return made;
  }

  Result<RowCondition> has(NodeIndex at, bool wanted) {
    const auto place = check_.field_at(at);
    if (!place) return settled(wanted);  // `context has row`
    return test(wanted ? Kind::kPresent : Kind::kAbsent, *place);
  }

  Result<RowCondition> compare(std::size_t place, Compare compare, schemas::Value value) {
    TRY_ASSIGN(RowCondition made, test(Kind::kCompare, place));
    made.compare = compare;
    made.values.push_back(std::move(value));
    return made;
  }

  Result<RowCondition> comparison(const policy::Node& node, bool wanted) {
    const auto left = check_.field_at(expr_.child(node, 0));
    const auto right = check_.field_at(expr_.child(node, 1));
    Compare by = compare_of(node.op);
    if (!left) by = turned_round(by);
    if (!wanted) by = opposite(by);
    const std::size_t place = left ? *left : *right;
    if (left && right) {
      TRY_ASSIGN(RowCondition made, test(Kind::kCompareField, place));
      made.compare = by;
      made.other = offered_[*right].name;
      return made;
    }
    const policy::Value& value = expr_.literal(expr_.node(expr_.child(node, left ? 1 : 0)));
    switch (offered_[place].type) {
      case ValueType::kDate: return compare_day(place, by, value.as_datetime().ms);
      case ValueType::kTimestamp: return compare_instant(place, by, value.as_datetime().ms);
      default: return compare(place, by, plain_value(value));
    }
  }

  // The field is the midnight of its day.
  Result<RowCondition> compare_day(std::size_t place, Compare by, std::int64_t ms) {
    const std::int64_t day = day_of(ms);
    if (ms != day * kDayMs) {  // no midnight: after its day's, before the next one
      if (by == Compare::kEq) return settled(false);
      if (by == Compare::kNe) return test(Kind::kPresent, place);
      by = by == Compare::kLt || by == Compare::kLe ? Compare::kLe : Compare::kGt;
    }
    return compare(place, by, date_text(day));
  }

  // The field's microseconds are cut off: it equals a millisecond from its first until before its last one.
  Result<RowCondition> compare_instant(std::size_t place, Compare by, std::int64_t ms) {
    const std::int64_t first = ms * 1'000;
    const std::int64_t next = first + 1'000;
    if (by == Compare::kLt) return compare(place, Compare::kLt, first);
    if (by == Compare::kGe) return compare(place, Compare::kGe, first);
    if (by == Compare::kLe) return compare(place, Compare::kLt, next);
    if (by == Compare::kGt) return compare(place, Compare::kGe, next);
    const bool equal = by == Compare::kEq;
    TRY_ASSIGN(RowCondition low, compare(place, equal ? Compare::kGe : Compare::kLt, first));
    TRY_ASSIGN(RowCondition high, compare(place, equal ? Compare::kLt : Compare::kGe, next));
    return join_of(equal ? Kind::kAll : Kind::kAny, std::move(low), std::move(high));
  }

  Result<RowCondition> contains(const policy::Node& node, bool wanted) {
    const std::size_t place = *check_.field_at(expr_.child(node, 1));
    std::vector<schemas::Value> values;
    for (const policy::Value& element : expr_.literal(expr_.node(expr_.child(node, 0))).as_set())
      if (!element.is(policy::Type::kDatetime) || element.as_datetime().ms % kDayMs == 0)  // no other is a day
        values.push_back(plain_value(element));
    if (values.empty()) return wanted ? settled(false) : test(Kind::kPresent, place);
    TRY_ASSIGN(RowCondition made, test(Kind::kIn, place, values.size()));
    made.values = std::move(values);
    made.negated = !wanted;
    return made;
  }

  Result<RowCondition> like(const policy::Node& node, bool wanted) {
    const std::size_t place = *check_.field_at(expr_.child(node));
    const auto& pieces = expr_.pattern(node).pieces();
    if (pieces.size() == 1) return compare(place, wanted ? Compare::kEq : Compare::kNe, pieces.front());
    TRY_ASSIGN(RowCondition made, test(Kind::kLike, place, pieces.size()));
    made.pieces = pieces;
    made.negated = !wanted;
    return made;
  }

  const policy::Expr& expr_;
  const RowFilterCheck& check_;
  const std::vector<CatalogueField>& offered_;
  std::size_t left_ = limits::kRowFilterTestsMax;
};

policy::Value attribute(ValueType type, const schemas::Value& value) {
  switch (type) {
    case ValueType::kBool: return policy::Value::boolean(std::get<bool>(value));
    case ValueType::kInt64: return policy::Value::integer(std::get<std::int64_t>(value));
    case ValueType::kTimestamp: return policy::to_datetime(Instant{std::get<std::int64_t>(value)});
    case ValueType::kDate: {
      const auto day = policy::ext::parse_datetime(std::get<std::string>(value));
      CHECK(day.has_value());
      return policy::Value::datetime(*day);
    }
    default: return policy::Value::string(std::get<std::string>(value));
  }
}

}  // namespace

Result<RowFilter> RowFilter::compile(std::string_view text, const std::vector<CatalogueField>& offered) {
  RowFilter made;
  made.text_ = text;
  TRY_ASSIGN(const policy::Expr parsed, policy::parse_expression(text));
  made.expr_ = policy::fold(parsed);
  RowFilterCheck check(text, made.expr_, offered);
  TRY(check.run());
  TRY(validate_row_filter(parsed, offered));
  for (const std::size_t place : check.used()) made.fields_.push_back({offered[place].name, offered[place].type});
  TRY_ASSIGN(made.condition_, Translation(made.expr_, check, offered).of(made.expr_.root(), true));
  return made;
}

bool RowFilter::selects(std::span<const schemas::Value> values) const {
  CHECK(values.size() == fields_.size());
  static const policy::Entities kNothing;
  std::vector<policy::Attribute> row;
  for (std::size_t i = 0; i < values.size(); ++i)
    if (!std::holds_alternative<std::monostate>(values[i]))
      row.push_back({fields_[i].name.text, attribute(fields_[i].type, values[i])});
  const policy::EntityUid nobody("Row", "row");  // a filter cannot ask who
  const policy::Request request{nobody, nobody, nobody,
                                policy::Value::record({{"row", policy::Value::record(std::move(row))}})};
  policy::Evaluator evaluator(request, kNothing);
  const auto value = evaluator.value_of(expr_);
  return value && value->is(policy::Type::kBool) && value->as_bool();
}

}  // namespace steelyard::exchange
