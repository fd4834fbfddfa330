#include "adapters/sqlite/select.h"

#include <algorithm>
#include <bit>

namespace steelyard::adapters {
namespace {

using schemas::Compare;
using schemas::ValueType;

std::string_view operator_of(Compare compare) {
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

// The tested side. Collations are named, so that one declared in the table cannot change what a condition means.
std::string tested(const MappedField& field) {
  const std::string column = "t." + quoted(field.column);
  switch (field.type) {
    case ValueType::kString:
    case ValueType::kDate: return column + " COLLATE BINARY";
    case ValueType::kDecimal: return "CAST(" + column + " AS TEXT) COLLATE steelyard_decimal";
    case ValueType::kTimestamp: return "steelyard_instant(" + column + ")";
    default: return column;
  }
}

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

std::string quoted(std::string_view identifier) {
  std::string text = "\"";
  for (const char c : identifier) {
    text += c;
    if (c == '"') text += c;
  }
  return text += '"';
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
        .append(operator_of(parameter.compare))
        .append(std::to_string(bound_count(parameter)));
  return shape;
}

std::string select_text(const DatasetMap& map, const ReadPlan& plan) {
  std::string sql = "SELECT ";
  for (const auto& field : plan.fields) sql += "t." + quoted(map.field(field)->column) + ", ";
  sql += map.as_of.column.empty() ? "1" : "t." + quoted(map.as_of.column);
  sql += " FROM " + from_clause(map);
  const char* joint = " WHERE ";
  for (const auto& parameter : plan.parameters) {
    sql.append(joint).append(tested(*map.field(parameter.field))).append(operator_of(parameter.compare));
    joint = " AND ";
    if (parameter.compare != Compare::kIn) {
      sql += "?";
      continue;
    }
    sql += "(";
    for (std::size_t i = 0; i < bound_count(parameter); ++i) sql += i == 0 ? "?" : ",?";
    sql += ")";
  }
  return sql += " LIMIT ?";
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
