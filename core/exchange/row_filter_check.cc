#include "core/exchange/row_filter_check.h"

#include <algorithm>

#include "core/base/limits.h"
#include "core/exchange/row_schema.h"

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

bool is_ordered(ValueType type) {
  return type == ValueType::kInt64 || type == ValueType::kDate || type == ValueType::kTimestamp;
}

bool is_equality(Op op) { return op == Op::kEqual || op == Op::kNotEqual; }

bool has_nul(std::string_view text) { return text.find('\0') != std::string_view::npos; }

}  // namespace

tl::unexpected<Error> RowFilterCheck::refused(NodeIndex at, const std::string& why) const {
  return policy::fail_at(expr_.span(expr_.node(at)), why);
}

Status RowFilterCheck::run() { return boolean(expr_.root()); }

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

Status RowFilterCheck::boolean(NodeIndex at) {
  const policy::Node& node = expr_.node(at);
  switch (node.op) {
    case Op::kLiteral:
      if (expr_.literal(node).is(Type::kBool)) return {};
      return refused(at, "expected what is true or false, found a constant of another type");
    case Op::kGetAttribute: {
      TRY_ASSIGN(const CatalogueField* tested, field(at));
      if (tested->type == ValueType::kBool) return {};
      return refused(at, "field `" + tested->name.text + "` is of type " + std::string(name_of(tested->type)) +
                             ", and alone only a bool is true or false");
    }
    case Op::kNot:
    case Op::kAnd:
    case Op::kOr:
    case Op::kIf:
      for (const NodeIndex part : expr_.children(node)) TRY(boolean(part));
      return {};
    case Op::kHasAttribute: return has(at);
    case Op::kEqual:
    case Op::kNotEqual:
    case Op::kLess:
    case Op::kLessEqual:
    case Op::kGreater:
    case Op::kGreaterEqual: return comparison(at);
    case Op::kContains: return contains(at);
    case Op::kLike: return like(at);
    default: break;
  }
  const policy::Span& span = expr_.span(node);
  return refused(at, "`" + std::string(text_.substr(span.offset, std::min<std::size_t>(span.length, kExcerptOctets))) +
                         "` has no place in a row filter");
}

Status RowFilterCheck::has(NodeIndex at) {
  const policy::Node& node = expr_.node(at);
  const policy::Node& object = expr_.node(expr_.child(node));
  const bool of_context = object.op == Op::kVariable && expr_.variable(object) == policy::Variable::kContext;
  if (of_context && expr_.name(node) == "row") return {};
  if (!is_row(expr_.child(node))) return refused(at, "only `context.row` is asked what it has");
  TRY(named(at));
  return {};
}

Result<std::size_t> RowFilterCheck::named(NodeIndex at) {
  const auto place = field_at(at);
  if (!place) return refused(at, "the dataset has no field `" + expr_.name(expr_.node(at)) + "`");
  const CatalogueField& field = offered_[*place];
  if (!attribute_type(field.type))
    return refused(at, "field `" + field.name.text + "` is of type " + std::string(name_of(field.type)) +
                           ", whose values no type of Cedar holds exactly");
  used_.insert(*place);
  return *place;
}

Result<const CatalogueField*> RowFilterCheck::field(NodeIndex at) {
  const policy::Node& node = expr_.node(at);
  if (node.op != Op::kGetAttribute || !is_row(expr_.child(node)))
    return refused(at, "expected a field of the row, as `context.row.NAME`");
  TRY_ASSIGN(const std::size_t place, named(at));
  return &offered_[place];
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

Status RowFilterCheck::comparison(NodeIndex at) {
  const policy::Node& node = expr_.node(at);
  const NodeIndex sides[] = {expr_.child(node, 0), expr_.child(node, 1)};
  const CatalogueField* fields[] = {nullptr, nullptr};
  for (const int side : {0, 1}) {
    if (expr_.node(sides[side]).op == Op::kLiteral) continue;
    TRY_ASSIGN(fields[side], field(sides[side]));
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

Status RowFilterCheck::contains(NodeIndex at) {
  const policy::Node& node = expr_.node(at);
  const policy::Node& set = expr_.node(expr_.child(node, 0));
  if (set.op != Op::kLiteral || !expr_.literal(set).is(Type::kSet))
    return refused(expr_.child(node, 0), "expected a set of constants");
  TRY_ASSIGN(const CatalogueField* tested, field(expr_.child(node, 1)));
  if (tested->type == ValueType::kTimestamp) return refused(at, "a set of instants has no place in a row filter");
  for (const policy::Value& element : expr_.literal(set).as_set())
    TRY(constant(expr_.child(node, 0), element, *tested));
  return {};
}

Status RowFilterCheck::like(NodeIndex at) {
  const policy::Node& node = expr_.node(at);
  TRY_ASSIGN(const CatalogueField* tested, field(expr_.child(node)));
  if (tested->type != ValueType::kString) return refused(at, "`like` is of fields of type string");
  const auto& pieces = expr_.pattern(node).pieces();
  if (pieces.size() > limits::kRowFilterStarsMax + 1)
    return refused(at, "more than " + std::to_string(limits::kRowFilterStarsMax) + " stars");
  if (std::any_of(pieces.begin(), pieces.end(), has_nul)) return refused(at, "databases hold no U+0000");
  return {};
}

}  // namespace steelyard::exchange
