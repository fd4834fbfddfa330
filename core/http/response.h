// Response: what a route or a handler answers with.
//
// Owns: its text. Threads: a plain value.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace steelyard::http {

struct Response {
  int status = 200;
  std::string type = "text/plain; charset=utf-8";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers{};  // beside those that the server itself writes
};

std::string_view phrase_of(int status);            // "Not Found"
bool says_how_to_cache(const Response& response);  // else the server says not to
// A problem that says no more than the status does (RFC 9457, "about:blank").
Response problem_of(int status);

}  // namespace steelyard::http
