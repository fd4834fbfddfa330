// A query as an application writes it, and what becomes of it as it reads it.
//
// Threads: pure. Errors: usage, unknown_dataset, unknown_field, parameter_type, naming keys and fields, never values.
// Format: docs/formats/http.md, Query.
#pragma once

#include <string_view>

#include "adapters/applications/problem.h"
#include "core/client/consumer.h"
#include "core/exchange/registry.h"
#include "core/http/request.h"
#include "core/http/response.h"

namespace steelyard::adapters {

// The types of conditions are those of the catalogue; operator and case stand in the request's headers.
Result<client::Query> query_of(const http::Request& request, const ApplicationId& application, const DatasetId& dataset,
                               const exchange::Registry& registry);

// Rows, or a problem.
http::Response response_of(const client::Outcome& outcome, Language language);

// Whether the log holds an entry of it: then it is the same for whoever asks again under its key.
bool is_recorded(const client::Outcome& outcome);

// What it costs to keep, in octets, rounded up.
std::size_t size_of(const client::Outcome& outcome);

}  // namespace steelyard::adapters
