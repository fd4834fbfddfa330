// Made-up content of a map of kind "memory", from its `rows`, `seed` and `row_bytes` alone.
//
// Threads: pure. Errors: kFix, schemas::code::config, where the map asks for more than fits.
#pragma once

#include "adapters/dataset_map.h"

namespace steelyard::adapters {

// One column per field of the map, in its order; the key column holds generated_key() of each row.
Result<schemas::Rows> generate_rows(const DatasetMap& map);

}  // namespace steelyard::adapters
