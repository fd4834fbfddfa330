// A query, a verify or a subscription, as an application writes it.
//
// Threads: pure. Errors: usage, unknown_dataset, unknown_field, parameter_type, naming keys and fields, never values.
// Format: docs/formats/http.md, Query, Verify, Events.
#pragma once

#include "core/client/consumer.h"
#include "core/exchange/registry.h"
#include "core/http/request.h"

namespace steelyard::adapters {

// The types of conditions are those of the catalogue; operator and case stand in the request's headers.
// `action`: kQuery or kVerify.
Result<client::Query> query_of(const http::Request& request, schemas::Action action, const ApplicationId& application,
                               const DatasetId& dataset, const exchange::Registry& registry);
// Of the query string of its path.
Result<client::Query> subscription_of(const http::Request& request, const ApplicationId& application,
                                      const DatasetId& dataset, const exchange::Registry& registry);

}  // namespace steelyard::adapters
