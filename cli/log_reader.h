// Reading a store beside the broker, or a copy of one: the log, and the registry as it was at an entry.
//
// Owns: nothing on disk; the store is opened read-only. Threads: main's.
// Errors: those of LogStore; verification_failed where statements do not fold.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "core/exchange/registry.h"
#include "core/provenance/log_store.h"

namespace steelyard::cli {

Result<std::unique_ptr<provenance::LogStore>> open_log(const std::string& dir);

struct ReadEntry {
  provenance::StoredEntry stored;
  exchange::EntryBody body;
};
Result<ReadEntry> read_entry(const provenance::LogStore& log, LogIndex index);

// Entries from the newest to the oldest, until `take` says false: it wants no more.
Status walk_back(const provenance::LogStore& log,
                 const std::function<Result<bool>(const provenance::StoredEntry&)>& take);

// The newest statement: what the next request would be decided under. A log without entries is an error.
Result<Epoch> last_epoch(const provenance::LogStore& log);
// All statements up to and including `epoch`, found by walking back from entry to entry.
Result<exchange::Registry> registry_at(const provenance::LogStore& log, Epoch epoch);

}  // namespace steelyard::cli
