#include "adapters/filter_sql.h"

#include "core/base/check.h"

namespace steelyard::adapters {
namespace {

using exchange::RowCondition;
using Kind = RowCondition::Kind;
using schemas::Compare;

class Printer {
 public:
  Printer(const DatasetMap& map, const SqlDialect& dialect, SqlCondition& to) : map_(map), dialect_(dialect), to_(to) {}

  void print(const RowCondition& condition) {
    switch (condition.kind) {
      case Kind::kNever: add("1 = 0"); break;
      case Kind::kAlways: add("1 = 1"); break;
      case Kind::kAll: join(condition, " AND "); break;
      case Kind::kAny: join(condition, " OR "); break;
      case Kind::kPresent: add(dialect_.column(field(condition.field)) + " IS NOT NULL"); break;
      case Kind::kAbsent: add(dialect_.column(field(condition.field)) + " IS NULL"); break;
      case Kind::kCompare:
        compare(condition);
        bind(condition.type, condition.values.front());
        break;
      case Kind::kCompareField:
        compare(condition);
        add(dialect_.tested(field(condition.other)));
        break;
      case Kind::kIn: in(condition); break;
      case Kind::kLike:
        add(condition.negated ? "NOT (" : "(");
        add(dialect_.like(field(condition.field), condition.pieces, to_.values) + ")");
        break;
    }
  }

 private:
  void add(std::string_view text) { to_.text += text; }
  void bind(schemas::ValueType type, const schemas::Value& value) {
    to_.values.push_back(value);
    add(dialect_.bound(type, to_.values.size()));
  }
  const MappedField& field(const FieldName& name) const {
    const MappedField* found = map_.field(name);
    CHECK(found != nullptr);
    return *found;
  }
  void join(const RowCondition& condition, std::string_view joint) {
    add("(");
    for (std::size_t i = 0; i < condition.parts.size(); ++i) {
      if (i > 0) add(joint);
      print(condition.parts[i]);
    }
    add(")");
  }
  void compare(const RowCondition& condition) {
    add(dialect_.tested(field(condition.field)));
    add(sql_operator(condition.compare));
  }
  void in(const RowCondition& condition) {
    add(dialect_.tested(field(condition.field)));
    add(condition.negated ? " NOT IN (" : " IN (");
    for (std::size_t i = 0; i < condition.values.size(); ++i) {
      if (i > 0) add(", ");
      bind(condition.type, condition.values[i]);
    }
    add(")");
  }

  const DatasetMap& map_;
  const SqlDialect& dialect_;
  SqlCondition& to_;
};

}  // namespace

std::string_view sql_operator(Compare compare) {
  switch (compare) {
    case Compare::kEq: return " = ";
    case Compare::kNe: return " <> ";
    case Compare::kLt: return " < ";
    case Compare::kLe: return " <= ";
    case Compare::kGt: return " > ";
    case Compare::kGe: return " >= ";
    case Compare::kIn: return " IN ";
  }
  return " = ";
}

SqlCondition sql_of(const RowCondition& condition, const DatasetMap& map, const SqlDialect& dialect,
                    std::vector<schemas::Value> values) {
  SqlCondition made{"", std::move(values)};
  Printer(map, dialect, made).print(condition);
  return made;
}

}  // namespace steelyard::adapters
