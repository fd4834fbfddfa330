#include "cli/value_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "core/base/utf8.h"

namespace steelyard::cli {
namespace {

using schemas::Compare;
using schemas::ValueType;

constexpr std::size_t kValuesMax = 256;  // of one condition, docs/formats/payload.md

template <class Number>
std::optional<Number> number_of(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return {};
  return value;
}

bool is_decimal(std::string_view text) {
  if (!text.empty() && text.front() == '-') text.remove_prefix(1);
  const std::size_t point = text.find('.');
  const auto digits = [](std::string_view part) {
    return !part.empty() && part.find_first_not_of("0123456789") == std::string_view::npos;
  };
  if (point == std::string_view::npos) return digits(text);
  return digits(text.substr(0, point)) && digits(text.substr(point + 1));
}

bool is_date(std::string_view text) { return text.size() == 10 && instant_from_rfc3339(text).has_value(); }

struct Operator {
  std::string_view text;
  Compare compare;
};
// Longer ones first, so that `<=` is not read as `<`.
constexpr std::array<Operator, 6> kOperators{{{"!=", Compare::kNe},
                                              {"<=", Compare::kLe},
                                              {">=", Compare::kGe},
                                              {"=", Compare::kEq},
                                              {"<", Compare::kLt},
                                              {">", Compare::kGt}}};

struct Cut {
  std::string field;
  Compare compare;
  std::string value;
};

std::optional<Cut> cut(std::string_view text) {
  const std::size_t name_end = text.find_first_of(" \t=!<>");
  if (name_end == std::string_view::npos || name_end == 0) return {};
  const std::string field(text.substr(0, name_end));
  std::string rest = trim(text.substr(name_end));
  if (rest.rfind("in ", 0) == 0 || rest.rfind("in(", 0) == 0) {
    std::string list = trim(std::string_view(rest).substr(2));
    if (list.size() >= 2 && list.front() == '(' && list.back() == ')') list = list.substr(1, list.size() - 2);
    return Cut{field, Compare::kIn, list};
  }
  for (const Operator& one : kOperators)
    if (rest.rfind(one.text, 0) == 0) return Cut{field, one.compare, trim(rest.substr(one.text.size()))};
  return {};
}

}  // namespace

std::string trim(std::string_view text) {
  const std::size_t from = text.find_first_not_of(" \t");
  if (from == std::string_view::npos) return {};
  return std::string(text.substr(from, text.find_last_not_of(" \t") - from + 1));
}

std::vector<std::string> split(std::string_view text, char at) {
  std::vector<std::string> pieces;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(at), text.size());
    if (std::string piece = trim(text.substr(0, end)); !piece.empty()) pieces.push_back(std::move(piece));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return pieces;
}

Result<Duration> parse_duration(std::string_view text) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto count = number_of<std::int64_t>(text.substr(0, digits));
  const std::string_view unit = text.substr(digits);
  if (count && *count <= 1'000'000) {
    if (unit == "ms") return milliseconds(*count);
    if (unit == "s") return seconds(*count);
    if (unit == "m") return minutes(*count);
  }
  return usage("`" + std::string(text) + "` is no duration: write 250ms, 30s or 5m");
}

Result<std::optional<Instant>> end_of(const std::string& text, const char* option, Instant now) {
  if (text.empty()) return std::optional<Instant>();
  const auto at = instant_from_rfc3339(text);
  if (!at)
    return usage(std::string(option) + ": write a date or a time, such as 2027-01-01 or 2027-01-01T08:00:00+08:00");
  if (*at <= now) return usage(std::string(option) + ": lies in the past");
  return std::optional<Instant>(*at);
}

Result<schemas::Value> parse_value(std::string_view text, ValueType type) {
  const auto no = [&](std::string_view example) {
    return usage("a " + std::string(name_of(type)) + " is wanted, such as " + std::string(example));
  };
  switch (type) {
    case ValueType::kBool:
      if (text == "true") return schemas::Value(true);
      if (text == "false") return schemas::Value(false);
      return no("true or false");
    case ValueType::kInt64:
      if (auto value = number_of<std::int64_t>(text)) return schemas::Value(*value);
      return no("42");
    case ValueType::kDouble:
      if (auto value = number_of<double>(text); value && std::isfinite(*value)) return schemas::Value(*value);
      return no("1.5");
    case ValueType::kDecimal:
      if (is_decimal(text)) return schemas::Value(std::string(text));
      return no("1234.50");
    case ValueType::kString:
      if (is_utf8(text)) return schemas::Value(std::string(text));
      return usage("a string must be UTF-8: set the terminal's locale to one of UTF-8");
    case ValueType::kBytes: {
      auto value = from_base64(text);
      if (value) return schemas::Value(std::move(*value));
      return no("base64 octets");
    }
    case ValueType::kDate:
      if (is_date(text)) return schemas::Value(std::string(text));
      return no("2026-11-23");
    case ValueType::kTimestamp:
      if (auto value = instant_from_rfc3339(text)) return schemas::Value(value->us);
      return no("2026-11-23T09:42:28Z");
  }
  return no("one of a known type");
}

Result<schemas::Parameter> parse_condition(std::string_view text, const TypeOf& type_of) {
  const std::string whole = trim(text);
  const auto parts = cut(whole);
  if (!parts) return usage("`" + whole + "`: write a condition as field=value, field>=value or \"field in a,b\"");
  schemas::Parameter parameter{FieldName(parts->field), parts->compare, {}};
  if (auto good = check_name(parts->field); !good) return usage(good.error().what);
  const auto type = type_of(parameter.field);
  if (!type) return usage("the dataset has no field `" + parts->field + "`");
  std::vector<std::string> values{parts->value};
  if (parts->compare == Compare::kIn) values = split(parts->value, ',');
  if (values.empty()) return usage("`" + parts->field + "`: `in` wants at least one value");
  if (values.size() > kValuesMax)
    return usage("`" + parts->field + "`: `in` takes at most " + std::to_string(kValuesMax) + " values: ask in parts");
  for (const std::string& one : values) {
    auto value = parse_value(one, *type);
    if (!value) return tl::unexpected(std::move(value.error()).in("`" + parts->field + "`"));
    parameter.values.push_back(std::move(*value));
  }
  return parameter;
}

}  // namespace steelyard::cli
