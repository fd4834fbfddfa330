// The second environment: indexes by exchange id and by digest, made from the log by a thread of its own.
//
// It may lag and can be deleted: it is made anew from the log. Nothing that decides reads it; trace does.
// Owns: its environment and thread. Threads: follow() from any; look-ups from any. Format: docs/formats/store.md.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/provenance/log_store.h"

namespace steelyard::provenance {

class LogIndexer {
 public:
  // `log` must outlive it. Starts its thread; catches up from where the index ends.
  static Result<std::unique_ptr<LogIndexer>> open(const std::string& dir, const LogStore& log);
  ~LogIndexer();
  void follow(std::uint64_t size);  // the log has this size now

 private:
  struct State;
  explicit LogIndexer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Everything that the log says of one exchange, agreement to hand-over, read from a store that may be live. Uses the
// index where it is there, else reads the log through.
struct Trace {
  std::vector<StoredEntry> entries;                    // request or refusal, close, answer, received; in log order
  std::map<LogIndex, exchange::DecidedBy> decided_by;  // of those that policies decided
  std::vector<std::pair<LogIndex, std::string>> statements;  // that they rest on: index and subject
};
Result<Trace> trace(const LogStore& log, const std::string& index_dir, const ExchangeId& id);

}  // namespace steelyard::provenance
