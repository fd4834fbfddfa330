#include "core/exchange/row_filter_check.h"

#include <algorithm>

#include "core/base/limits.h"

namespace steelyard::exchange {
namespace {

using policy::NodeIndex;
using policy::Op;
using policy::Type;
using schemas::CatalogueField;
using schemas::ValueType;

constexpr std::size_t kExcerptOctets = 60;
constexpr std::int64_t kYear1Ms = -62'135'596'800'000;
constexpr std::int64_t kYear10000Ms = 253'402'300'800'000;

std::optional<Type> attribute_type(ValueType type) {
  switch (type) {
    case ValueType::kBool: return Type::kBool;
    case ValueType::kInt64: return Type::kLong;
    case ValueType::kString: return Type::kString;
    case ValueType::kDate:
    case ValueType::kTimestamp: return Type::kDatetime;
    default: return {};
  }
}

bool is_ordered(ValueType type) {
  return type == ValueType::kInt64 || type == ValueType::kDate || type == ValueType::kTimestamp;
}

bool is_equality(Op op) { return op == Op::kEqual || op == Op::kNotEqual; }

bool has_nul(std::string_view text) { return text.find('\0') != std::string_view::npos; }

}  // namespace

tl::unexpected<Error> RowFilterCheck::refused(NodeIndex at, const std::string& why) const {
  return policy::fail_at(expr_.span(expr_.node(at)), why);
}

Status RowFilterCheck::run() {
  TRY(boolean(expr_.root(), {}));
  return {};
}

bool RowFilterCheck::is_row(NodeIndex at) const {
  const policy::Node& node = expr_.node(at);
  if (node.op != Op::kGetAttribute || expr_.name(node) != "row") return false;
  const policy::Node& object = expr_.node(expr_.child(node));
  return object.op == Op::kVariable && expr_.variable(object) == policy::Variable::kContext;
}

std::optional<std::size_t> RowFilterCheck::field_at(NodeIndex at) const {
  const policy::Node& node = expr_.node(at);
  if ((node.op != Op::kGetAttribute && node.op != Op::kHasAttribute) || !is_row(expr_.child(node))) return {};
  const auto found = std::find_if(offered_.begin(), offered_.end(),
                                  [&](const CatalogueField& field) { return field.name.text == expr_.name(node); });
  if (found == offered_.end()) return {};
  return static_cast<std::size_t>(found - offered_.begin());
}

Result<RowFilterCheck::Places> RowFilterCheck::boolean(NodeIndex at, const Places& known) {
  const policy::Node& node = expr_.node(at);
  switch (node.op) {
    case Op::kLiteral:
      if (expr_.literal(node).is(Type::kBool)) return Places();
      return refused(at, "expected what is true or false, found a constant of another type");
    case Op::kGetAttribute: {
      TRY_ASSIGN(const CatalogueField* tested, field(at, known));
      if (tested->type == ValueType::kBool) return Places();
      return refused(at, "field `" + tested->name.text + "` is of type " + std::string(name_of(tested->type)) +
                             ", and alone only a bool is true or false");
    }
    case Op::kHasAttribute: return has(at);
    case Op::kNot: TRY(boolean(expr_.child(node), known)); return Places();
    case Op::kAnd: return all(node, known);
    case Op::kOr: return any(node, known);
    case Op::kIf: return choice(node, known);
    case Op::kEqual:
    case Op::kNotEqual:
    case Op::kLess:
    case Op::kLessEqual:
    case Op::kGreater:
    case Op::kGreaterEqual: TRY(comparison(at, known)); return Places();
    case Op::kContains: TRY(contains(at, known)); return Places();
    case Op::kLike: TRY(like(at, known)); return Places();
    default: break;
  }
  const policy::Span& span = expr_.span(node);
  return refused(at, "`" + std::string(text_.substr(span.offset, std::min<std::size_t>(span.length, kExcerptOctets))) +
                         "` has no place in a row filter");
}

Result<RowFilterCheck::Places> RowFilterCheck::all(const policy::Node& node, const Places& known) {
  Places there = known;
  for (const NodeIndex part : expr_.children(node)) {
    TRY_ASSIGN(Places more, boolean(part, there));
    there.merge(more);
  }
  return there;
}

Result<RowFilterCheck::Places> RowFilterCheck::any(const policy::Node& node, const Places& known) {
  std::optional<Places> there;
  for (const NodeIndex part : expr_.children(node)) {
    TRY_ASSIGN(Places more, boolean(part, known));
    if (!there)
      there = std::move(more);
    else
      std::erase_if(*there, [&more](std::size_t place) { return !more.contains(place); });
  }
  return there.value_or(Places());
}

Result<RowFilterCheck::Places> RowFilterCheck::choice(const policy::Node& node, const Places& known) {
  TRY_ASSIGN(const Places asked, boolean(expr_.child(node, 0), known));
  Places there = known;
  there.insert(asked.begin(), asked.end());
  TRY_ASSIGN(const Places then, boolean(expr_.child(node, 1), there));
  there.insert(then.begin(), then.end());
  TRY_ASSIGN(const Places otherwise, boolean(expr_.child(node, 2), known));
  std::erase_if(there, [&otherwise](std::size_t place) { return !otherwise.contains(place); });
  return there;
}

Result<RowFilterCheck::Places> RowFilterCheck::has(NodeIndex at) {
  const policy::Node& node = expr_.node(at);
  const policy::Node& object = expr_.node(expr_.child(node));
  const bool of_context = object.op == Op::kVariable && expr_.variable(object) == policy::Variable::kContext;
  if (of_context && expr_.name(node) == "row") return Places();
  if (!is_row(expr_.child(node))) return refused(at, "only `context.row` is asked what it has");
  TRY_ASSIGN(const std::size_t place, named(node));
  return Places{place};
}

Result<std::size_t> RowFilterCheck::named(const policy::Node& node) {
  const auto at = static_cast<NodeIndex>(&node - &expr_.node(0));
  const auto place = field_at(at);
  if (!place) return refused(at, "the dataset has no field `" + expr_.name(node) + "`");
  const CatalogueField& field = offered_[*place];
  if (!attribute_type(field.type))
    return refused(at, "field `" + field.name.text + "` is of type " + std::string(name_of(field.type)) +
                           ", whose values no type of Cedar holds exactly");
  used_.insert(*place);
  return *place;
}

Result<const CatalogueField*> RowFilterCheck::field(NodeIndex at, const Places& known) {
  const policy::Node& node = expr_.node(at);
  if (node.op != Op::kGetAttribute || !is_row(expr_.child(node)))
    return refused(at, "expected a field of the row, as `context.row.NAME`");
  TRY_ASSIGN(const std::size_t place, named(node));
  const CatalogueField& field = offered_[place];
  if (field.nullable && !known.contains(place))
    return refused(
        at, "field `" + field.name.text + "` may be null: ask `context.row has " + field.name.text + " &&` before it");
  return &field;
}

Status RowFilterCheck::constant(NodeIndex at, const policy::Value& value, const CatalogueField& field) const {
  if (!value.is(*attribute_type(field.type)))
    return refused(at, "field `" + field.name.text + "` is of type " + std::string(name_of(field.type)) +
                           ", and this a constant of type " + std::string(name_of(value.type())));
  if (value.is(Type::kString) && has_nul(value.as_string())) return refused(at, "databases hold no U+0000");
  if (value.is(Type::kDatetime) && (value.as_datetime().ms < kYear1Ms || value.as_datetime().ms >= kYear10000Ms))
    return refused(at, "the years of a row are 1 to 9999");
  return {};
}

Status RowFilterCheck::comparison(NodeIndex at, const Places& known) {
  const policy::Node& node = expr_.node(at);
  const NodeIndex sides[] = {expr_.child(node, 0), expr_.child(node, 1)};
  const CatalogueField* fields[] = {nullptr, nullptr};
  for (const int side : {0, 1}) {
    if (expr_.node(sides[side]).op == Op::kLiteral) continue;
    TRY_ASSIGN(fields[side], field(sides[side], known));
  }
  const CatalogueField* tested = fields[0] != nullptr ? fields[0] : fields[1];
  if (tested == nullptr) return refused(at, "one side has to be a field of the row, as `context.row.NAME`");
  if (!is_equality(node.op) && !is_ordered(tested->type))
    return refused(at, "fields of type " + std::string(name_of(tested->type)) + " are equal or not, and in no order");
  for (const int side : {0, 1})
    if (fields[side] == nullptr) return constant(sides[side], expr_.literal(expr_.node(sides[side])), *tested);
  if (fields[0]->type != fields[1]->type) return refused(at, "the two fields are of different types");
  if (tested->type == ValueType::kTimestamp)
    return refused(at, "two timestamps are compared by the millisecond here and by the microsecond in a database");
  return {};
}

Status RowFilterCheck::contains(NodeIndex at, const Places& known) {
  const policy::Node& node = expr_.node(at);
  const policy::Node& set = expr_.node(expr_.child(node, 0));
  if (set.op != Op::kLiteral || !expr_.literal(set).is(Type::kSet))
    return refused(expr_.child(node, 0), "expected a set of constants");
  TRY_ASSIGN(const CatalogueField* tested, field(expr_.child(node, 1), known));
  if (tested->type == ValueType::kTimestamp) return refused(at, "a set of instants has no place in a row filter");
  for (const policy::Value& element : expr_.literal(set).as_set())
    TRY(constant(expr_.child(node, 0), element, *tested));
  return {};
}

Status RowFilterCheck::like(NodeIndex at, const Places& known) {
  const policy::Node& node = expr_.node(at);
  TRY_ASSIGN(const CatalogueField* tested, field(expr_.child(node), known));
  if (tested->type != ValueType::kString) return refused(at, "`like` is of fields of type string");
  const auto& pieces = expr_.pattern(node).pieces();
  if (pieces.size() > limits::kRowFilterStarsMax + 1)
    return refused(at, "more than " + std::to_string(limits::kRowFilterStarsMax) + " stars");
  if (std::any_of(pieces.begin(), pieces.end(), has_nul)) return refused(at, "databases hold no U+0000");
  return {};
}

}  // namespace steelyard::exchange
