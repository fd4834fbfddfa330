#include "adapters/postgres/select.h"

#include <algorithm>

#include "adapters/postgres/filter.h"
#include "adapters/sql_text.h"
#include "core/base/limits.h"

namespace steelyard::adapters::postgres {
namespace {

using schemas::Compare;
using schemas::Parameter;
using schemas::Value;
using schemas::ValueType;

std::string column_of(const std::string& column) { return "t." + quoted(column); }

std::string expression_of(const Output& output) {
  const std::string column = column_of(output.column);
  const std::string cut = std::to_string(limits::kAnswerBytesMax + 1);
  if (output.type == ValueType::kString) return "left(" + column + ", " + cut + ")";
  if (output.type == ValueType::kBytes) return "substring(" + column + " FROM 1 FOR " + cut + ")";
  return column;
}

class Conditions {
 public:
  Conditions(const ColumnTypes& types, Statement& select) : types_(types), select_(select) {}

  void add(const MappedField& field, const Parameter& parameter) {
    join();
    if (field.type == ValueType::kString)
      add_text(field, parameter);
    else
      select_.sql += column_of(field.column) + compared(parameter.compare, numbers(field.type, parameter.values));
  }

  void add(const exchange::RowFilter& filter, const DatasetMap& map) {
    join();
    // What is bound before it only has to be counted.
    const std::vector<Value> before(select_.bound.size());
    const SqlCondition condition = sql_of(filter.condition(), map, PostgresDialect(), before);
    select_.sql += condition.text;
    for (std::size_t i = before.size(); i < condition.values.size(); ++i)
      select_.bound.push_back(bound_as_carried(condition.values[i]));
  }

 private:
  void join() {
    select_.sql += first_ ? " WHERE " : " AND ";
    first_ = false;
  }

  std::string bind(Bound bound) {
    select_.bound.push_back(std::move(bound));
    return "$" + std::to_string(select_.bound.size());
  }

  std::vector<std::string> numbers(ValueType type, const std::vector<Value>& values) {
    std::vector<std::string> places;
    for (const Value& value : values) places.push_back(bind(bound_of(type, value)));
    return places;
  }

  static std::string compared(Compare compare, const std::vector<std::string>& places, const char* cast = "") {
    std::string text(sql_operator(compare));
    if (compare != Compare::kIn) return text + places.front() + cast;
    const char* joint = "(";
    for (const std::string& place : places) {
      text.append(joint).append(place).append(cast);
      joint = ", ";
    }
    return text + ")";
  }

  void add_text(const MappedField& field, const Parameter& parameter) {
    const std::string column = column_of(field.column);
    Compare compare = parameter.compare;
    std::vector<Value> values;
    for (const Value& value : parameter.values) {
      std::string text = std::get<std::string>(value);
      const auto nul = text.find('\0');
      if (nul != std::string::npos) {
        if (compare == Compare::kEq || compare == Compare::kIn) continue;  // no text is that
        if (compare == Compare::kNe) {
          select_.sql += column + " IS NOT NULL";
          return;
        }
        // All that is below "a\0b" is "a" or below it, and all above it above "a" too.
        text.resize(nul);
        compare = compare == Compare::kLt || compare == Compare::kLe ? Compare::kLe : Compare::kGt;
      }
      values.emplace_back(std::move(text));
    }
    if (values.empty()) {
      select_.sql += "FALSE";
      return;
    }
    const auto places = numbers(ValueType::kString, values);
    if (compare == Compare::kEq || compare == Compare::kIn) {
      const auto known = types_.find(field.column);
      const bool blank_padded = known != types_.end() && known->second == kBpchar;
      select_.sql += column + compared(compare, places, blank_padded ? "::bpchar" : "") + " AND ";
    }
    select_.sql += column + "::text COLLATE \"C\"" + compared(compare, places);
  }

  const ColumnTypes& types_;
  Statement& select_;
  bool first_ = true;
};

}  // namespace

std::vector<Output> outputs_of(const DatasetMap& map, const ReadPlan& plan) {
  std::vector<Output> outputs;
  const auto add = [&](const FieldName& name) {
    const MappedField& field = *map.field(name);
    outputs.push_back({field.column, field.type, "field `" + name.text + "`"});
  };
  for (const FieldName& field : plan.fields) add(field);
  if (!map.as_of.column.empty()) outputs.push_back({map.as_of.column, ValueType::kTimestamp, "as-of"});
  std::vector<FieldName> looked_at = plan.fields;
  const auto look_at = [&](const FieldName& name) {
    if (std::find(looked_at.begin(), looked_at.end(), name) != looked_at.end()) return;
    looked_at.push_back(name);
    add(name);
  };
  for (const Parameter& parameter : plan.parameters) look_at(parameter.field);
  if (plan.filter != nullptr)
    for (const auto& field : plan.filter->fields()) look_at(field.name);
  return outputs;
}

Statement select_of(const DatasetMap& map, const ReadPlan& plan, const std::vector<Output>& outputs,
                    const ColumnTypes& types, std::uint32_t rows_limit) {
  Statement select;
  select.sql = "SELECT ";
  const char* joint = "";
  for (const Output& output : outputs) {
    select.sql.append(joint).append(expression_of(output));
    joint = ", ";
  }
  select.sql += " FROM " + from_clause(map);
  Conditions conditions(types, select);
  for (const Parameter& parameter : plan.parameters) conditions.add(*map.field(parameter.field), parameter);
  if (plan.filter != nullptr) conditions.add(*plan.filter, map);
  select.bound.push_back(bound_of(ValueType::kInt64, Value(std::int64_t{rows_limit})));
  select.sql += " LIMIT $" + std::to_string(select.bound.size());
  return select;
}

std::string from_clause(const DatasetMap& map) {
  // The newline ends a `--` comment at the end of the map's own SELECT.
  return map.sql.empty() ? quoted(map.schema) + "." + quoted(map.table) + " AS t" : "(" + map.sql + "\n) AS t";
}

}  // namespace steelyard::adapters::postgres
