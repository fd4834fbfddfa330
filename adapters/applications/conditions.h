// Conditions as an application writes them, of a query and of a verify; its claims are no others.
//
// Threads: pure. Errors: usage, unknown_field, parameter_type, naming keys and fields, never values.
// Format: docs/formats/http.md, Query, Values.
#pragma once

#include <string_view>
#include <vector>

#include "core/json/json.h"
#include "schemas/payload.h"
#include "schemas/statement.h"

namespace steelyard::adapters {

inline constexpr std::size_t kValuesMax = 256;  // of one condition, docs/formats/payload.md

// The list under `key` of `body`; none where it is left out. The types are those of the catalogue.
Result<std::vector<schemas::Parameter>> conditions_at(const json::Value& body, std::string_view key,
                                                      const schemas::Catalogue& dataset);

}  // namespace steelyard::adapters
