#include "adapters/postgres/types.h"

#include <charconv>

#include <fmt/format.h>

#include "adapters/typed_value.h"
#include "core/base/bytes.h"
#include "core/base/check.h"

namespace steelyard::adapters::postgres {
namespace {

using schemas::Value;
using schemas::ValueType;

template <class Number>
bool read_number(std::string_view text, Number& to) {
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), to);
  return failed == std::errc() && end == text.data() + text.size();
}

bool put_integer(std::string_view text, Value& to) { return read_number(text, to.emplace<std::int64_t>()); }

// A float4 is widened, which is exact; its shortest text read as a double would be another number.
bool put_real(std::uint32_t column, std::string_view text, Value& to) {
  if (column != kFloat4) return read_number(text, to.emplace<double>());
  float narrow = 0;
  if (!read_number(text, narrow)) return false;
  to.emplace<double>(static_cast<double>(narrow));
  return true;
}

bool put_bytes(std::string_view text, Value& to) {
  if (!text.starts_with("\\x")) return false;
  auto bytes = from_hex(text.substr(2));
  if (!bytes) return false;
  to.emplace<Bytes>(std::move(*bytes));
  return true;
}

// "2026-11-23 18:30:00.25+00": the session's zone is UTC.
bool put_time(std::string_view text, Value& to) {
  if (text.ends_with("+00")) text.remove_suffix(3);
  const auto instant = instant_of_source(text);
  if (instant) to.emplace<std::int64_t>(instant->us);
  return instant.has_value();
}

}  // namespace

std::string name_of_type(std::uint32_t type) {
  switch (type) {
    case kBoolean: return "boolean";
    case kBytea: return "bytea";
    case kInt8: return "bigint";
    case kInt2: return "smallint";
    case kInt4: return "integer";
    case kText: return "text";
    case kFloat4: return "real";
    case kFloat8: return "double precision";
    case kBpchar: return "char";
    case kVarchar: return "varchar";
    case kDate: return "date";
    case kTimestamp: return "timestamp";
    case kTimestamptz: return "timestamptz";
    case kNumeric: return "numeric";
    default: return "type " + std::to_string(type);
  }
}

bool admits(std::uint32_t column, ValueType field) {
  const bool small = column == kInt2 || column == kInt4;
  switch (field) {
    case ValueType::kBool: return column == kBoolean;
    case ValueType::kInt64: return small || column == kInt8;
    case ValueType::kDouble: return small || column == kFloat4 || column == kFloat8;
    case ValueType::kDecimal: return small || column == kInt8 || column == kNumeric;
    case ValueType::kString: return column == kText || column == kVarchar || column == kBpchar;
    case ValueType::kBytes: return column == kBytea;
    case ValueType::kDate: return column == kDate;
    case ValueType::kTimestamp: return column == kTimestamptz || column == kTimestamp || column == kDate;
  }
  return false;
}

bool put_text(std::uint32_t column, ValueType field, std::string_view text, Value& to) {
  bool put = true;
  switch (field) {
    case ValueType::kBool: to.emplace<bool>(text == "t"); break;
    case ValueType::kInt64: put = put_integer(text, to); break;
    case ValueType::kDouble: put = put_real(column, text, to); break;
    case ValueType::kBytes: put = put_bytes(text, to); break;
    case ValueType::kTimestamp: put = put_time(text, to); break;
    case ValueType::kDecimal:
    case ValueType::kString:
    case ValueType::kDate: to.emplace<std::string>(text); break;
  }
  return put && fits(field, to);
}

Bound bound_of(ValueType type, const Value& value) {
  switch (type) {
    case ValueType::kBool: return {kBoolean, std::get<bool>(value) ? "t" : "f"};
    case ValueType::kInt64: return {kInt8, std::to_string(std::get<std::int64_t>(value))};
    case ValueType::kDouble: return {kFloat8, fmt::format("{}", std::get<double>(value))};
    case ValueType::kDecimal: return {kNumeric, std::get<std::string>(value)};
    case ValueType::kDate: return {kDate, std::get<std::string>(value)};
    case ValueType::kTimestamp: return {kTimestamptz, to_rfc3339({std::get<std::int64_t>(value)})};
    case ValueType::kString: return {kText, std::get<std::string>(value), true};
    case ValueType::kBytes: {
      const auto& bytes = std::get<Bytes>(value);
      return {kBytea, std::string(bytes.begin(), bytes.end()), true};
    }
  }
  CHECK(false);
}

Bound bound_as_carried(const Value& value) {
  if (std::holds_alternative<bool>(value)) return bound_of(ValueType::kBool, value);
  if (std::holds_alternative<std::int64_t>(value)) return bound_of(ValueType::kInt64, value);
  if (std::holds_alternative<double>(value)) return bound_of(ValueType::kDouble, value);
  if (std::holds_alternative<Bytes>(value)) return bound_of(ValueType::kBytes, value);
  return {kUnsaid, std::get<std::string>(value)};
}

}  // namespace steelyard::adapters::postgres
