#include "adapters/sqlite/select.h"

#include <algorithm>
#include <bit>

#include "adapters/sql_text.h"

namespace steelyard::adapters {
namespace {

using schemas::Compare;
using schemas::ValueType;

enum class Affinity : std::uint8_t { kInteger, kText, kNone, kReal, kNumeric };

// SQLite's own rules, in their order ("Determination Of Column Affinity").
Affinity affinity_of(std::string_view declared) {
  std::string upper(declared);
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  const auto has = [&](const char* part) { return upper.find(part) != std::string::npos; };
  if (has("INT")) return Affinity::kInteger;
  if (has("CHAR") || has("CLOB") || has("TEXT")) return Affinity::kText;
  if (upper.empty() || has("BLOB")) return Affinity::kNone;
  if (has("REAL") || has("FLOA") || has("DOUB")) return Affinity::kReal;
  return Affinity::kNumeric;
}

}  // namespace

std::string SqliteDialect::column(const MappedField& field) const { return "t." + quoted(field.column); }

// Collations are named, so that one declared in the table cannot change what a condition means.
std::string SqliteDialect::tested(const MappedField& field) const {
  switch (field.type) {
    case ValueType::kString:
    case ValueType::kDate: return column(field) + " COLLATE BINARY";
    case ValueType::kDecimal: return "CAST(" + column(field) + " AS TEXT) COLLATE steelyard_decimal";
    case ValueType::kTimestamp: return "steelyard_instant(" + column(field) + ")";
    default: return column(field);
  }
}

// Neither LIKE nor GLOB would do: one folds case, both end at U+0000.
std::string SqliteDialect::like(const MappedField& field, const std::vector<std::string>& pieces,
                                std::vector<schemas::Value>& values) const {
  std::string text = "steelyard_like(" + column(field);
  for (const std::string& piece : pieces) {
    values.emplace_back(piece);
    text += ", ?";
  }
  return text + ")";
}

std::string from_clause(const DatasetMap& map) {
  // The newline ends a `--` comment at the end of the map's own SELECT.
  return map.sql.empty() ? quoted(map.table) + " AS t" : "(" + map.sql + "\n) AS t";
}

std::size_t bound_count(const schemas::Parameter& parameter) {
  return parameter.compare == Compare::kIn ? std::bit_ceil(parameter.values.size()) : 1;
}

std::string shape_of(const ReadPlan& plan) {
  std::string shape;
  for (const auto& field : plan.fields) shape.append(field.text).append(",");
  for (const auto& parameter : plan.parameters)
    shape.append("|")
        .append(parameter.field.text)
        .append(sql_operator(parameter.compare))
        .append(std::to_string(bound_count(parameter)));
  if (plan.filter != nullptr) shape.append("|").append(plan.filter->text());
  if (plan.by_key) shape += "|by key";
  return shape;
}

std::string select_text(const DatasetMap& map, const ReadPlan& plan) {
  const SqliteDialect dialect;
  std::string sql = "SELECT ";
  for (const auto& field : plan.fields) sql += "t." + quoted(map.field(field)->column) + ", ";
  sql += map.as_of.column.empty() ? "1" : "t." + quoted(map.as_of.column);
  sql += " FROM " + from_clause(map);
  const char* joint = " WHERE ";
  for (const auto& parameter : plan.parameters) {
    sql.append(joint).append(dialect.tested(*map.field(parameter.field))).append(sql_operator(parameter.compare));
    joint = " AND ";
    if (parameter.compare != Compare::kIn) {
      sql += "?";
      continue;
    }
    sql += "(";
    for (std::size_t i = 0; i < bound_count(parameter); ++i) sql += i == 0 ? "?" : ",?";
    sql += ")";
  }
  if (plan.filter != nullptr) sql.append(joint).append(sql_of(plan.filter->condition(), map, dialect).text);
  if (plan.by_key) sql += " ORDER BY " + dialect.tested(*map.field(map.key));
  return sql += " LIMIT ?";
}

std::vector<schemas::Value> filter_values(const DatasetMap& map, const ReadPlan& plan) {
  if (plan.filter == nullptr) return {};
  return sql_of(plan.filter->condition(), map, SqliteDialect()).values;
}

bool declaration_admits(std::string_view declared, ValueType type) {
  const Affinity affinity = affinity_of(declared);
  if (affinity == Affinity::kNone) return true;
  switch (type) {
    case ValueType::kBool:
    case ValueType::kInt64: return affinity == Affinity::kInteger || affinity == Affinity::kNumeric;
    case ValueType::kDouble: return affinity != Affinity::kText;
    // A column of REAL or NUMERIC affinity has already rounded what was put into it.
    case ValueType::kDecimal: return affinity == Affinity::kText || affinity == Affinity::kInteger;
    case ValueType::kString: return affinity == Affinity::kText;
    case ValueType::kBytes: return false;
    case ValueType::kDate:
    case ValueType::kTimestamp: return affinity == Affinity::kText || affinity == Affinity::kNumeric;
  }
  return false;
}

}  // namespace steelyard::adapters
