#include "core/http/request.h"

#include <algorithm>
#include <charconv>

#include "core/base/limits.h"
#include "core/http/address.h"

namespace steelyard::http {
namespace {

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_alphanumeric(char c) { return is_upper(c) || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

// RFC 9110 §5.6.2
bool is_token(std::string_view text) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return is_alphanumeric(c) || kMarks.find(c) != std::string_view::npos;
  });
}

std::string lower(std::string_view text) {
  std::string made(text);
  for (char& c : made)
    if (is_upper(c)) c = static_cast<char>(c - 'A' + 'a');
  return made;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

int parse_request_line(std::string_view line, Request& to) {
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || last == first) return 400;
  const std::string_view method = line.substr(0, first);
  const std::string_view path = line.substr(first + 1, last - first - 1);
  const std::string_view version = line.substr(last + 1);
  if (!is_token(method)) return 400;
  if (version != "HTTP/1.1") return version.starts_with("HTTP/") ? 505 : 400;
  if (path.empty() || path.front() != '/') return 400;  // neither absolute-form nor authority-form
  if (!std::all_of(path.begin(), path.end(), [](char c) { return c > ' ' && c < 0x7f && c != '#'; })) return 400;
  if (method != "GET" && method != "POST" && method != "DELETE") return 501;
  to.method = method;
  to.path = path;
  return 0;
}

int parse_field(std::string_view line, Request& to) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) return 400;  // nor a folded line
  const std::string_view value = trimmed(line.substr(colon + 1));
  const auto is_control = [](char c) { return (static_cast<unsigned char>(c) < ' ' && c != '\t') || c == 0x7f; };
  if (std::any_of(value.begin(), value.end(), is_control)) return 400;
  if (to.headers.size() >= limits::kApplicationsHeadersMax) return 431;
  std::string name = lower(line.substr(0, colon));
  if (const std::string* before = to.header(name); before != nullptr) {
    // Lists may come in parts; two values of anything that means one could mean either.
    if (name != "accept" && name != "accept-language" && name != "accept-encoding" && name != "cache-control" &&
        name != "via" && name != "forwarded" && name != "cookie")
      return 400;
    return 0;
  }
  to.headers.emplace_back(std::move(name), std::string(value));
  return 0;
}

int read_length(Head& to) {
  const Request& request = to.request;
  const std::string* length = request.header("content-length");
  if (request.header("transfer-encoding") != nullptr) return length != nullptr ? 400 : 411;
  if (length == nullptr) return request.method == "POST" ? 411 : 0;
  const char* last = length->data() + length->size();
  const auto [end, error] = std::from_chars(length->data(), last, to.content_length);
  if (error == std::errc::result_out_of_range) return 413;
  if (error != std::errc() || end != last || length->front() == '-') return 400;
  if (request.method != "POST" && to.content_length != 0) return 400;
  return to.content_length <= limits::kApplicationsBodyBytesMax ? 0 : 413;
}

}  // namespace

const std::string* Request::header(std::string_view name) const {
  for (const auto& [each, value] : headers)
    if (each == name) return &value;
  return nullptr;
}

int parse_head(std::string_view octets, Head& to, Audience audience) {
  constexpr std::string_view kEnd = "\r\n";
  std::size_t at = octets.find(kEnd);
  if (at == std::string_view::npos) return 400;
  if (const int wrong = parse_request_line(octets.substr(0, at), to.request); wrong != 0) return wrong;
  for (at += kEnd.size(); octets.substr(at) != kEnd;) {
    const std::size_t end = octets.find(kEnd, at);
    if (end == std::string_view::npos) return 400;
    if (const int wrong = parse_field(octets.substr(at, end - at), to.request); wrong != 0) return wrong;
    at = end + kEnd.size();
  }
  const std::string* host = to.request.header("host");
  if (host == nullptr) return 400;
  if (audience == Audience::kThisMachine && !names_this_machine(*host)) return 421;
  if (const int wrong = read_length(to); wrong != 0) return wrong;
  if (const std::string* expect = to.request.header("expect"); expect != nullptr) {
    if (lower(*expect) != "100-continue") return 417;
    to.expects_continue = true;
  }
  if (const std::string* connection = to.request.header("connection"); connection != nullptr) {
    if (to.request.header("upgrade") != nullptr) return 501;
    to.keep_alive = lower(*connection).find("close") == std::string::npos;
  }
  return 0;
}

bool spoils_head(std::string_view octets, std::size_t from) {
  if (from == 0 && !octets.empty() && !is_upper(octets.front())) return true;  // such as a TLS handshake
  for (std::size_t i = from; i < octets.size(); ++i) {
    if (octets[i] == '\n' && (i == 0 || octets[i - 1] != '\r')) return true;
    if (octets[i] != '\n' && i > 0 && octets[i - 1] == '\r') return true;
    if (octets[i] == '\0') return true;
  }
  return false;
}

}  // namespace steelyard::http
