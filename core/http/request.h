// Request: one HTTP request, and how strictly its head is read.
//
// Threads: pure. Errors: the status to refuse with. Format: docs/formats/http.md, What a request must be.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace steelyard::http {

struct Request {
  std::string method;                                        // "GET", "POST", "DELETE"
  std::string path;                                          // as it came: begins with '/', visible ASCII
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case, each once; values trimmed
  std::string body;

  const std::string* header(std::string_view name) const;  // in lower case; null: absent
};

struct Head {
  Request request;  // without its body
  std::size_t content_length = 0;
  bool keep_alive = true;
  bool expects_continue = false;
};

// Who may ask. Programs of this machine name it in Host, or some page in a browser might ask in their place; what
// anybody may read is given under any name.
enum class Audience : std::uint8_t { kThisMachine, kAnybody };

// `octets` end with the empty line. 0, or the status to refuse it with.
int parse_head(std::string_view octets, Head& to, Audience audience = Audience::kThisMachine);

// Whether the last of `octets`, new since `from`, break what every head keeps to, so that no more need be read.
bool spoils_head(std::string_view octets, std::size_t from);

}  // namespace steelyard::http
