// get(): one page of a loopback server, for our own command line. Not a client for the world: no TLS, no redirects.
//
// Threads: any; blocks for at most `patience`. Errors: kFix for an address that is no loopback one, kReconnect where
// nobody answers, kStop for an answer beyond limits::kHttpAnswerBytesMax.
#pragma once

#include <string>

#include "core/base/time.h"
#include "core/http/server.h"

namespace steelyard::http {

Result<Response> get(const std::string& address, const std::string& path, Duration patience);

}  // namespace steelyard::http
