#include "adapters/typed_value.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <string>

namespace steelyard::adapters {
namespace {

using schemas::Compare;
using schemas::Value;
using schemas::ValueType;

constexpr std::size_t kDecimalOctetsMax = 128;
// Years 0001 to 9999, as docs/formats/payload.md has them: what lies beyond, the user's side would refuse to read.
constexpr std::int64_t kYear1Us = -62'135'596'800'000'000;
constexpr std::int64_t kYear10000Us = 253'402'300'800'000'000;
constexpr std::size_t kValueOverhead = 16;  // offset, length, terminator and alignment of one encoded value

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool all_digits(std::string_view text) { return !text.empty() && std::all_of(text.begin(), text.end(), is_digit); }

int number_at(std::string_view text, std::size_t from, std::size_t count) {
  int number = 0;
  for (std::size_t i = from; i < from + count; ++i) number = number * 10 + (text[i] - '0');
  return number;
}

int days_of(int year, int month) {
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return kDays[month - 1] + (month == 2 && leap ? 1 : 0);
}

struct DecimalParts {
  bool negative = false;
  std::string_view whole;     // without leading zeros
  std::string_view fraction;  // without trailing zeros
};

DecimalParts parts_of(std::string_view text) {
  DecimalParts parts;
  parts.negative = text.front() == '-';
  if (parts.negative) text.remove_prefix(1);
  const auto point = text.find('.');
  parts.whole = text.substr(0, point);
  if (point != std::string_view::npos) parts.fraction = text.substr(point + 1);
  while (!parts.whole.empty() && parts.whole.front() == '0') parts.whole.remove_prefix(1);
  while (!parts.fraction.empty() && parts.fraction.back() == '0') parts.fraction.remove_suffix(1);
  if (parts.whole.empty() && parts.fraction.empty()) parts.negative = false;  // -0 is 0
  return parts;
}

template <class T>
int three_way(const T& a, const T& b) {
  return a < b ? -1 : b < a ? 1 : 0;
}

int compare_values(ValueType type, const Value& a, const Value& b) {
  switch (type) {
    case ValueType::kBool: return three_way(std::get<bool>(a), std::get<bool>(b));
    case ValueType::kInt64:
    case ValueType::kTimestamp: return three_way(std::get<std::int64_t>(a), std::get<std::int64_t>(b));
    case ValueType::kDouble: return three_way(std::get<double>(a), std::get<double>(b));
    case ValueType::kDecimal: return compare_decimals(std::get<std::string>(a), std::get<std::string>(b));
    case ValueType::kString:
    case ValueType::kDate: return std::get<std::string>(a).compare(std::get<std::string>(b));
    case ValueType::kBytes: return three_way(std::get<Bytes>(a), std::get<Bytes>(b));
  }
  return 0;
}

}  // namespace

bool is_null(const Value& value) { return std::holds_alternative<std::monostate>(value); }

bool fits(ValueType type, const Value& value) {
  if (is_null(value)) return true;
  const auto* text = std::get_if<std::string>(&value);
  switch (type) {
    case ValueType::kBool: return std::holds_alternative<bool>(value);
    case ValueType::kInt64: return std::holds_alternative<std::int64_t>(value);
    case ValueType::kTimestamp: {
      const auto* time = std::get_if<std::int64_t>(&value);
      return time != nullptr && *time >= kYear1Us && *time < kYear10000Us;
    }
    case ValueType::kDouble: {
      const auto* number = std::get_if<double>(&value);
      return number != nullptr && !std::isnan(*number);  // nothing compares with NaN, and SQL makes it null
    }
    case ValueType::kDecimal: return text != nullptr && is_decimal(*text);
    case ValueType::kString: return text != nullptr && is_utf8(*text);
    case ValueType::kDate: return text != nullptr && is_date(*text);
    case ValueType::kBytes: return std::holds_alternative<Bytes>(value);
  }
  return false;
}

bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    if (lead < 0x80) {
      ++i;
      continue;
    }
    const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || text.size() - i < length) return false;
    for (std::size_t k = 1; k < length; ++k)
      if ((static_cast<unsigned char>(text[i + k]) & 0xc0) != 0x80) return false;
    const auto second = static_cast<unsigned char>(text[i + 1]);
    if ((lead == 0xe0 && second < 0xa0) || (lead == 0xed && second > 0x9f)) return false;
    if ((lead == 0xf0 && second < 0x90) || (lead == 0xf4 && second > 0x8f)) return false;
    i += length;
  }
  return true;
}

bool is_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  if (!all_digits(text.substr(0, 4)) || !all_digits(text.substr(5, 2)) || !all_digits(text.substr(8, 2))) return false;
  const int year = number_at(text, 0, 4), month = number_at(text, 5, 2), day = number_at(text, 8, 2);
  return year >= 1 && month >= 1 && month <= 12 && day >= 1 && day <= days_of(year, month);
}

bool is_decimal(std::string_view text) {
  if (text.size() > kDecimalOctetsMax) return false;
  if (!text.empty() && text.front() == '-') text.remove_prefix(1);
  const auto point = text.find('.');
  if (point == std::string_view::npos) return all_digits(text);
  return all_digits(text.substr(0, point)) && all_digits(text.substr(point + 1));
}

int compare_decimals(std::string_view a, std::string_view b) {
  const DecimalParts left = parts_of(a);
  const DecimalParts right = parts_of(b);
  if (left.negative != right.negative) return left.negative ? -1 : 1;
  int order = three_way(left.whole.size(), right.whole.size());
  if (order == 0) order = left.whole.compare(right.whole);
  if (order == 0) order = left.fraction.compare(right.fraction);  // a proper prefix is the smaller number
  return left.negative ? -order : order;
}

Result<Instant> instant_of_source(std::string_view text) {
  // The common form, "2026-11-23T18:30:00Z", is read here: conditions may test it in every row of a table.
  if (text.size() == 20 && (text[10] == 'T' || text[10] == ' ') && text[13] == ':' && text[16] == ':' &&
      text[19] == 'Z' && is_date(text.substr(0, 10)) && all_digits(text.substr(11, 2)) &&
      all_digits(text.substr(14, 2)) && all_digits(text.substr(17, 2))) {
    const int hour = number_at(text, 11, 2), minute = number_at(text, 14, 2), second = number_at(text, 17, 2);
    if (hour < 24 && minute < 60 && second < 60) {
      using namespace std::chrono;
      const sys_days day = year(number_at(text, 0, 4)) / number_at(text, 5, 2) / number_at(text, 8, 2);
      const std::int64_t seconds_of_day = hour * 3600 + minute * 60 + second;
      return Instant{(day.time_since_epoch().count() * std::int64_t{86'400} + seconds_of_day) * 1'000'000};
    }
  }
  std::string normal(text);
  if (normal.size() > 10) {
    if (normal[10] == ' ') normal[10] = 'T';
    const bool zoned = normal.back() == 'Z' || normal.find_first_of("+-", 11) != std::string::npos;
    if (!zoned) normal += 'Z';
  }
  return instant_from_rfc3339(normal);
}

bool matches(ValueType type, const Value& value, Compare compare, const std::vector<Value>& wanted) {
  if (is_null(value)) return false;
  if (compare == Compare::kIn)
    return std::any_of(wanted.begin(), wanted.end(),
                       [&](const Value& one) { return compare_values(type, value, one) == 0; });
  const int order = compare_values(type, value, wanted.front());
  switch (compare) {
    case Compare::kEq: return order == 0;
    case Compare::kNe: return order != 0;
    case Compare::kLt: return order < 0;
    case Compare::kLe: return order <= 0;
    case Compare::kGt: return order > 0;
    case Compare::kGe: return order >= 0;
    case Compare::kIn: break;
  }
  return false;
}

std::size_t encoded_size(const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return kValueOverhead + text->size();
  if (const auto* bytes = std::get_if<Bytes>(&value)) return kValueOverhead + bytes->size();
  return kValueOverhead;
}

}  // namespace steelyard::adapters
