// ipaddr: an IPv4 or IPv6 address with a prefix, "10.0.0.0/8"; without one it is a single address.
//
// Format: dotted decimal without leading zeros, or RFC 4291 hexadecimal groups with at most one "::" (no embedded
// IPv4); then optionally "/" and a prefix length without leading zeros. The address keeps its host bits.
// Owns nothing. Threads: any. Errors, never repeating the text, which may be data: parsing text that breaks the format.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace steelyard::policy::ext {

struct Ip {
  bool v6 = false;
  std::uint8_t prefix = 0;
  std::array<std::uint8_t, 16> octets{};  // an IPv4 address uses the first four

  auto operator<=>(const Ip&) const = default;
};

Result<Ip> parse_ip(std::string_view text);
std::string to_text(const Ip& value);

bool is_in_range(const Ip& inner, const Ip& outer);  // every address of `inner` is one of `outer`
bool is_loopback(const Ip& value);
bool is_multicast(const Ip& value);

}  // namespace steelyard::policy::ext
