#include "core/http/address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

namespace steelyard::http {
namespace {

// Whether `host` is an IP address, and whether that one is this machine's own.
bool read_host(const std::string& host, bool& loopback) {
  in_addr four{};
  in6_addr six{};
  if (inet_pton(AF_INET, host.c_str(), &four) == 1) {
    loopback = (ntohl(four.s_addr) >> 24) == 127;
    return true;
  }
  if (inet_pton(AF_INET6, host.c_str(), &six) != 1) return false;
  loopback = IN6_IS_ADDR_LOOPBACK(&six);
  return true;
}

bool read_port(std::string_view text, std::uint16_t& port) {
  const char* last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, port);
  return error == std::errc() && end == last;
}

std::string without_brackets(std::string_view host) {
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  return std::string(host);
}

}  // namespace

Result<Address> parse_address(const std::string& text) {
  const auto wrong = [&](const char* what) { return fail(ErrorKind::kFix, "`" + text + "` " + what); };
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0) return wrong("is no address: write host:port, such as 127.0.0.1:9401");
  Address address;
  address.host = without_brackets(std::string_view(text).substr(0, colon));
  if (!read_port(std::string_view(text).substr(colon + 1), address.port))
    return wrong("has no port from 0 to 65535 after its colon");
  if (!read_host(address.host, address.loopback))
    return wrong("names no IP address: a name could come to mean another machine");
  return address;
}

bool names_this_machine(std::string_view host) {
  const std::size_t colon = host.rfind(':');
  const std::size_t bracket = host.rfind(']');
  if (colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket)) {
    std::uint16_t port = 0;
    if (!read_port(host.substr(colon + 1), port)) return false;
    host = host.substr(0, colon);
  }
  constexpr std::string_view kName = "localhost";
  const auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; };
  if (std::equal(host.begin(), host.end(), kName.begin(), kName.end(), same)) return true;
  const bool six = host.size() > 2 && host.front() == '[';
  if (!six && host.find(':') != std::string_view::npos) return false;
  bool loopback = false;
  return read_host(without_brackets(host), loopback) && loopback;
}

}  // namespace steelyard::http
