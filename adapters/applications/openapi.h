// The API as OpenAPI 3.1, made from what this department may use now: a path for each dataset of which it may use a
// field, with that dataset's fields, types, purposes and agreements.
//
// Threads: pure. Errors: none. Format: OpenAPI 3.1, JSON Schema 2020-12; docs/formats/http.md.
#pragma once

#include <string>

#include "core/exchange/registry.h"

namespace steelyard::adapters {

std::string openapi_page(const exchange::Registry& registry, const MemberId& member, Instant now);

}  // namespace steelyard::adapters
