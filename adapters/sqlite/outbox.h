// The outbox at an SQLite database: the SQL by which its owner makes it, and its trimming.
//
// The adapter never runs the former; it trims through a connection of its own, and only where the map lets it.
// Threads: one. Errors: config where a map's rows are no table's; else as Database.
// Format: docs/formats/events.md.
#pragma once

#include <cstdint>
#include <string>

#include "adapters/dataset_map.h"

namespace steelyard::adapters {

inline constexpr const char* kOutboxTable = "steelyard_outbox";

// Applying it twice changes nothing.
Result<std::string> outbox_sql(const DatasetMap& map);

// Deletes rows of the dataset up to `upto`, limits::kOutboxTrimAtOnce at most. Waits for no lock.
Status trim_outbox(const std::string& path, const DatasetId& dataset, std::int64_t upto);

}  // namespace steelyard::adapters
