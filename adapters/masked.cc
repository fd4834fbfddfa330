#include "adapters/masked.h"

#include <fmt/format.h>

#include "core/base/plain_text.h"
#include "core/base/time.h"

namespace steelyard::adapters {
namespace {

constexpr int kCharactersMax = 40;

std::string masked_text(std::string_view text) {
  std::string shape;
  int characters = 0;
  for (std::size_t at = 0; at < text.size();) {
    if (++characters > kCharactersMax) return shape + "...";
    const char32_t code = next_code(text, at);
    if (code >= '0' && code <= '9')
      shape += '0';
    else if (code >= 0x80 || (code >= 'a' && code <= 'z') || (code >= 'A' && code <= 'Z'))
      shape += 'x';
    else if (code < 0x20 || code == 0x7f)
      shape += '?';
    else
      shape += static_cast<char>(code);
  }
  return shape;
}

}  // namespace

std::string masked(schemas::ValueType type, const schemas::Value& value) {
  if (std::holds_alternative<std::monostate>(value)) return "null";
  if (std::holds_alternative<bool>(value)) return "?";
  if (const auto* bytes = std::get_if<Bytes>(&value)) return fmt::format("{} octets", bytes->size());
  if (const auto* real = std::get_if<double>(&value)) return masked_text(fmt::format("{}", *real));
  if (const auto* text = std::get_if<std::string>(&value)) return masked_text(*text);
  const std::int64_t number = std::get<std::int64_t>(value);
  if (type == schemas::ValueType::kTimestamp) return masked_text(to_rfc3339({number}));
  return masked_text(std::to_string(number));
}

}  // namespace steelyard::adapters
