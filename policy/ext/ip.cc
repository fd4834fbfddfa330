#include "policy/ext/ip.h"

#include <optional>
#include <vector>

#include <fmt/format.h>

namespace steelyard::policy::ext {
namespace {

constexpr std::size_t kTextMax = 43;  // eight groups of four, seven colons, "/128"

std::optional<unsigned> read_decimal(std::string_view text, std::size_t digits_max, unsigned max) {
  if (text.empty() || text.size() > digits_max || (text.size() > 1 && text.front() == '0')) return std::nullopt;
  unsigned value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  if (value > max) return std::nullopt;
  return value;
}

bool read_v4(std::string_view text, Ip& ip) {
  for (std::size_t i = 0; i < 4; ++i) {
    const auto dot = i < 3 ? text.find('.') : text.size();
    if (dot == std::string_view::npos) return false;
    const auto octet = read_decimal(text.substr(0, dot), 3, 255);
    if (!octet) return false;
    ip.octets[i] = static_cast<std::uint8_t>(*octet);
    text.remove_prefix(i < 3 ? dot + 1 : dot);
  }
  return true;
}

// Groups separated by single colons; an empty text has none.
std::optional<std::vector<std::uint16_t>> read_groups(std::string_view text) {
  std::vector<std::uint16_t> groups;
  if (text.empty()) return groups;
  while (true) {
    const auto colon = text.find(':');
    const auto group = text.substr(0, colon);
    if (group.empty() || group.size() > 4 || groups.size() == 8) return std::nullopt;
    unsigned value = 0;
    for (const char c : group) {
      unsigned digit = 0;
      if (c >= '0' && c <= '9') {
        digit = static_cast<unsigned>(c - '0');
      } else if (c >= 'a' && c <= 'f') {
        digit = static_cast<unsigned>(c - 'a' + 10);
      } else if (c >= 'A' && c <= 'F') {
        digit = static_cast<unsigned>(c - 'A' + 10);
      } else {
        return std::nullopt;
      }
      value = value * 16 + digit;
    }
    groups.push_back(static_cast<std::uint16_t>(value));
    if (colon == std::string_view::npos) return groups;
    text.remove_prefix(colon + 1);
  }
}

bool read_v6(std::string_view text, Ip& ip) {
  const auto gap = text.find("::");
  const auto head = read_groups(text.substr(0, gap));
  const auto tail = read_groups(gap == std::string_view::npos ? std::string_view() : text.substr(gap + 2));
  if (!head || !tail) return false;
  const std::size_t written = head->size() + tail->size();
  if (gap == std::string_view::npos ? written != 8 : written > 7) return false;
  const auto put = [&ip](std::size_t at, std::uint16_t group) {
    ip.octets[2 * at] = static_cast<std::uint8_t>(group >> 8);
    ip.octets[2 * at + 1] = static_cast<std::uint8_t>(group & 0xFF);
  };
  for (std::size_t i = 0; i < head->size(); ++i) put(i, (*head)[i]);
  for (std::size_t i = 0; i < tail->size(); ++i) put(8 - tail->size() + i, (*tail)[i]);
  return true;
}

Ip network(bool v6, std::uint8_t first, std::uint8_t last, std::uint8_t prefix) {
  Ip ip{v6, prefix, {}};
  ip.octets[0] = first;
  ip.octets[15] = last;
  return ip;
}

}  // namespace

Result<Ip> parse_ip(std::string_view text) {
  const auto wrong = [] {
    return fail(ErrorKind::kFix, "the text is not an address like `10.0.0.1`, `10.0.0.0/8` or `::1`");
  };
  if (text.size() > kTextMax) return wrong();
  const auto slash = text.find('/');
  const auto address = text.substr(0, slash);
  Ip ip;
  ip.v6 = address.find(':') != std::string_view::npos;
  if (ip.v6 ? !read_v6(address, ip) : !read_v4(address, ip)) return wrong();
  ip.prefix = ip.v6 ? 128 : 32;
  if (slash != std::string_view::npos) {
    const auto prefix = read_decimal(text.substr(slash + 1), ip.v6 ? 3 : 2, ip.prefix);
    if (!prefix) return wrong();
    ip.prefix = static_cast<std::uint8_t>(*prefix);
  }
  return ip;
}

std::string to_text(const Ip& value) {
  std::string text;
  if (value.v6) {
    for (std::size_t i = 0; i < 16; i += 2) {
      text += fmt::format("{}{:x}", i == 0 ? "" : ":", value.octets[i] << 8 | value.octets[i + 1]);
    }
  } else {
    text = fmt::format("{}.{}.{}.{}", value.octets[0], value.octets[1], value.octets[2], value.octets[3]);
  }
  return value.prefix == (value.v6 ? 128 : 32) ? text : text + "/" + std::to_string(value.prefix);
}

bool is_in_range(const Ip& inner, const Ip& outer) {
  if (inner.v6 != outer.v6 || inner.prefix < outer.prefix) return false;
  for (std::size_t bit = 0; bit < outer.prefix; bit += 8) {
    const std::size_t left = outer.prefix - bit;
    const auto mask = static_cast<std::uint8_t>(left >= 8 ? 0xFF : 0xFF << (8 - left));
    if (((inner.octets[bit / 8] ^ outer.octets[bit / 8]) & mask) != 0) return false;
  }
  return true;
}

bool is_loopback(const Ip& value) {
  return is_in_range(value, value.v6 ? network(true, 0, 1, 128) : network(false, 127, 0, 8));
}

bool is_multicast(const Ip& value) {
  return is_in_range(value, value.v6 ? network(true, 0xFF, 0, 8) : network(false, 224, 0, 4));
}

}  // namespace steelyard::policy::ext
