// post(), fetch(): hand something to a server elsewhere, by plain HTTP, or ask for a page, and read its answer.
//
// Only for what is signed: nothing secret goes this way, and nothing that comes back is believed without its own
// signature. No redirects, no TLS; a name is looked up by the system's resolver.
// Threads: any; blocks for at most `patience`, and for as long as the resolver takes. Errors: kFix for a URL that is
// none of these, kReconnect where nobody answers, or with more than `bytes_max`.
#pragma once

#include <cstddef>
#include <string>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/http/response.h"

namespace steelyard::http {

struct Url {
  std::string host;  // without brackets
  std::uint16_t port = 80;
  std::string named;  // host and port as Host has them
  std::string path;   // "" or begins with '/', without one at its end
};
Result<Url> parse_url(const std::string& text);  // "http://HOST[:PORT][/PATH]"; neither user nor query

struct Posted {
  std::string type;
  std::string body;
};
Result<Response> post(const Url& to, const std::string& below, const Posted& posted, Duration patience,
                      std::size_t bytes_max);
Result<Response> fetch(const Url& from, const std::string& below, Duration patience, std::size_t bytes_max);

}  // namespace steelyard::http
