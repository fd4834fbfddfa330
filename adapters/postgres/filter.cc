#include "adapters/postgres/filter.h"

#include "adapters/sql_text.h"

namespace steelyard::adapters {
namespace {

using schemas::ValueType;

// `%` and `_` stand for themselves, and so does what makes them do so.
std::string literal(std::string_view piece) {
  std::string text;
  for (const char c : piece) {
    if (c == '\\' || c == '%' || c == '_') text += '\\';
    text += c;
  }
  return text;
}

}  // namespace

std::string PostgresDialect::column(const MappedField& field) const { return "t." + quoted(field.column); }

std::string PostgresDialect::tested(const MappedField& field) const {
  return field.type == ValueType::kString ? column(field) + "::text COLLATE \"C\"" : column(field);
}

std::string PostgresDialect::bound(ValueType type, std::size_t number) const {
  const std::string place = "$" + std::to_string(number);
  switch (type) {
    case ValueType::kBool: return place + "::boolean";
    case ValueType::kInt64: return place + "::bigint";
    case ValueType::kDouble: return place + "::double precision";
    case ValueType::kDecimal: return place + "::numeric";
    case ValueType::kString: return place + "::text";
    case ValueType::kBytes: return place + "::bytea";
    case ValueType::kDate: return place + "::date";
    case ValueType::kTimestamp:
      return "(timestamptz '1970-01-01 00:00:00+00' + " + place + "::bigint * interval '1 microsecond')";
  }
  return place;
}

std::string PostgresDialect::like(const MappedField& field, const std::vector<std::string>& pieces,
                                  std::vector<schemas::Value>& values) const {
  std::string pattern;
  for (std::size_t i = 0; i < pieces.size(); ++i) pattern += (i > 0 ? "%" : "") + literal(pieces[i]);
  values.emplace_back(std::move(pattern));
  return tested(field) + " LIKE " + bound(ValueType::kString, values.size()) + " ESCAPE '\\'";
}

}  // namespace steelyard::adapters
