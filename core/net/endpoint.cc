#include "core/net/endpoint.h"

#include <charconv>
#include <string>

namespace steelyard::net {
namespace {

constexpr std::string_view kScheme = "tcp://";
constexpr std::size_t kHostOctetsMax = 253;  // RFC 1035

bool is_host(std::string_view host, EndpointUse use) {
  if (host == "*") return use == EndpointUse::kListen;
  if (host.size() > 2 && host.front() == '[' && host.back() == ']')
    return host.substr(1, host.size() - 2).find_first_not_of("0123456789abcdefABCDEF:.%") == std::string_view::npos;
  if (host.empty() || host.size() > kHostOctetsMax) return false;
  for (const char c : host) {
    const bool good =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
    if (!good) return false;
  }
  return true;
}

bool is_port(std::string_view port, EndpointUse use) {
  if (port == "*") return use == EndpointUse::kListen;
  unsigned number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  return error == std::errc() && end == port.data() + port.size() && number >= 1 && number <= 65'535;
}

}  // namespace

Status check_endpoint(std::string_view text, EndpointUse use) {
  if (text.starts_with(kScheme)) {
    const std::string_view rest = text.substr(kScheme.size());
    const auto colon = rest.rfind(':');
    if (colon != std::string_view::npos && is_host(rest.substr(0, colon), use) && is_port(rest.substr(colon + 1), use))
      return {};
  }
  return fail(ErrorKind::kFix, "`" + std::string(text.substr(0, 80)) +
                                   "` is no endpoint: write tcp://HOST:PORT, such as tcp://127.0.0.1:7401");
}

}  // namespace steelyard::net
