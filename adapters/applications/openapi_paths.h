// The paths of the OpenAPI document: those that always are there, and the one of a question to a dataset.
//
// Threads: pure. Errors: none. Format: OpenAPI 3.1; docs/formats/http.md, Routes.
#pragma once

#include <string>
#include <string_view>

#include "core/json/json.h"

namespace steelyard::adapters {

json::Value reference(std::string_view kind, std::string_view name);  // to one of the document's components

json::Object fixed_paths();

// `id`: of the operation, and the schema of its body; `tag`: "query" or "verify"; `answer`: the schema of a 200.
json::Value path_to_ask(std::string_view id, std::string_view tag, std::string_view summary, std::string_view answer);

}  // namespace steelyard::adapters
