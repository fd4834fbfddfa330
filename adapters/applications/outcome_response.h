// What became of a query or a verify, as its application reads it: rows, truths, or a problem.
//
// Threads: pure. Errors: none. Format: docs/formats/http.md, Query, Verify, Problems.
#pragma once

#include "adapters/applications/problem.h"
#include "core/client/consumer.h"
#include "core/http/response.h"

namespace steelyard::adapters {

http::Response response_of(const client::Outcome& outcome, Language language);

// What it costs to keep, in octets, rounded up.
std::size_t size_of(const client::Outcome& outcome);

}  // namespace steelyard::adapters
