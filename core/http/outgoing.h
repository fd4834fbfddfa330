// One request of ours to somebody's HTTP server, and what came back. Private to core/http.
//
// Threads: any; blocks for at most `patience`, whatever dribbles in. Errors: kReconnect where nobody answers in time or
// the answer is larger than `bytes_max`.
#pragma once

#include <cstddef>
#include <string>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/http/response.h"

namespace steelyard::http {

struct Outgoing {
  std::string host;
  std::uint16_t port = 80;
  std::string path;    // begins with '/'
  std::string named;   // what Host says
  bool posts = false;  // else it gets
  std::string type;    // of the body
  std::string body;
  Duration patience;
  std::size_t bytes_max = 0;  // of the answer
};

Result<Response> send(const Outgoing& outgoing);

}  // namespace steelyard::http
