#include "adapters/memory/generated_rows.h"

#include <algorithm>
#include <cstdio>

#include "adapters/memory/memory_source.h"
#include "adapters/typed_value.h"
#include "core/base/limits.h"
#include "schemas/errors.h"

namespace steelyard::adapters {
namespace {

using schemas::Value;
using schemas::ValueType;

constexpr std::uint64_t kContentBytesMax = std::uint64_t{2} << 30;  // of one dataset: beyond it a laptop swaps
constexpr std::int64_t kFirstDay = 1'577'836'800'000'000;  // 2020-01-01: made-up times lie in the five years after
constexpr std::uint64_t kSpanSeconds = 5 * 365 * 86'400ULL;

// splitmix64: any two inputs give unrelated outputs, so a value depends on seed, field and row alone.
std::uint64_t mix(std::uint64_t x) {
  x += 0x9e37'79b9'7f4a'7c15ULL;
  x = (x ^ (x >> 30)) * 0xbf58'476d'1ce4'e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d0'49bb'1331'11ebULL;
  return x ^ (x >> 31);
}

std::string letters(std::uint64_t state, std::size_t count) {
  std::string text(count, ' ');
  for (std::size_t i = 0; i < count; ++i) {
    if (i % 8 == 0) state = mix(state);
    text[i] = static_cast<char>('a' + (state >> (i % 8 * 8) & 0xff) % 26);
  }
  return text;
}

std::string format(const char* pattern, unsigned a, unsigned b, unsigned c) {
  char text[48];
  const int length = std::snprintf(text, sizeof(text), pattern, a, b, c);
  return {text, static_cast<std::size_t>(length)};
}

Value make_value(ValueType type, std::uint64_t state, std::size_t text_bytes) {
  const auto small = static_cast<unsigned>(state >> 40);
  switch (type) {
    case ValueType::kBool: return (state & 1) != 0;
    case ValueType::kInt64: return static_cast<std::int64_t>(state % 1'000'000);
    case ValueType::kDouble: return static_cast<double>(state % 1'000'000) / 64.0;
    case ValueType::kDecimal: return format("%u.%02u", small % 1'000'000, small % 97, 0);
    case ValueType::kString: return letters(state, text_bytes);
    case ValueType::kBytes: return to_bytes(as_bytes(letters(state, text_bytes)));
    case ValueType::kDate: return format("%04u-%02u-%02u", 1950 + small % 70, 1 + small % 12, 1 + small % 28);
    case ValueType::kTimestamp: return kFirstDay + static_cast<std::int64_t>(state % kSpanSeconds) * 1'000'000;
  }
  return {};
}

bool holds_text(const MappedField& field, const DatasetMap& map) {
  return field.name != map.key && (field.type == ValueType::kString || field.type == ValueType::kBytes);
}

}  // namespace

Value generated_key(ValueType type, std::uint64_t row) {
  if (type == ValueType::kInt64) return static_cast<std::int64_t>(row);
  char text[24];
  const int length = std::snprintf(text, sizeof(text), "k%08llu", static_cast<unsigned long long>(row));
  return std::string(text, static_cast<std::size_t>(length));
}

Result<schemas::Rows> generate_rows(const DatasetMap& map) {
  const MappedField* key = map.field(map.key);
  const auto wrong = [&](const std::string& why) {
    return fail(schemas::error_of(schemas::code::config, "dataset `" + map.dataset.text + "`: " + why));
  };
  if (key == nullptr || (key->type != ValueType::kInt64 && key->type != ValueType::kString))
    return wrong("the key of a made-up dataset is a field of type int64 or string");
  if (map.rows == 0 || map.rows > UINT32_MAX || map.row_bytes > limits::kAnswerBytesMax ||
      map.rows * (map.row_bytes + map.fields.size() * sizeof(Value)) > kContentBytesMax)
    return wrong("`rows` times `row_bytes` must be within 1 row and 2 GiB");
  std::size_t fixed = 0;  // what the values without free length cost
  std::size_t texts = 0;
  for (const auto& field : map.fields) {
    if (holds_text(field, map)) ++texts;
    fixed += encoded_size(field.name == map.key ? generated_key(field.type, 0) : make_value(field.type, 1, 0));
  }
  const std::size_t free = map.row_bytes > fixed ? map.row_bytes - fixed : 0;
  schemas::Rows rows;
  rows.count = static_cast<std::uint32_t>(map.rows);
  for (std::size_t f = 0; f < map.fields.size(); ++f) {
    const MappedField& field = map.fields[f];
    schemas::Column column{field.name, field.type, {}};
    column.values.reserve(rows.count);
    const std::uint64_t stream = mix(mix(map.seed) ^ f);
    for (std::uint32_t row = 0; row < rows.count; ++row)
      column.values.push_back(field.name == map.key
                                  ? generated_key(field.type, row)
                                  : make_value(field.type, mix(stream ^ row), free / std::max<std::size_t>(texts, 1)));
    rows.columns.push_back(std::move(column));
  }
  return rows;
}

}  // namespace steelyard::adapters
