// Where a server listens: host:port of an IP address, taken apart; and which names a client may give a loopback one.
//
// Threads: pure. Errors: kFix, saying what is wrong with the text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace steelyard::http {

struct Address {
  std::string host;  // without brackets
  std::uint16_t port = 0;
  bool loopback = false;
};
Result<Address> parse_address(const std::string& text);  // "127.0.0.1:9401", "[::1]:9401"

// `localhost` or a loopback address, with any port or none: whatever else a Host field holds, some page in a browser
// may have made it mean this machine.
bool names_this_machine(std::string_view host);

}  // namespace steelyard::http
