// What became of a query, as its application reads it: rows, or a problem.
//
// Threads: pure. Errors: none. Format: docs/formats/http.md, Query, Problems.
#pragma once

#include "adapters/applications/problem.h"
#include "core/client/consumer.h"
#include "core/http/response.h"

namespace steelyard::adapters {

http::Response response_of(const client::Outcome& outcome, Language language);

// What it costs to keep, in octets, rounded up.
std::size_t size_of(const client::Outcome& outcome);

}  // namespace steelyard::adapters
