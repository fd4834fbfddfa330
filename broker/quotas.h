// Quotas: rows of today, granted and had, by what limits them.
//
//   quotas.left(on)              how many rows a request may still be granted
//   quotas.record(registry, index, body)   for each entry that is written: a request's row cap is reserved, an answer
//                                settles it to the rows that it has, a close without one gives it back
//
// Recovery records the day's entries anew, by the same function: what a crash leaves is what the log holds.
// Owns: one count a subject, and what is reserved. Threads: the pipeline's. Errors: none.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/exchange/entry.h"
#include "core/exchange/quota.h"

namespace steelyard::broker {

class Quotas {
 public:
  // Of what the least of these limits leaves at `at`.
  std::uint64_t left(const std::vector<exchange::Quota>& on, Instant at) const;
  void record(const exchange::Registry& registry, LogIndex index, const exchange::EntryBody& body);

  std::uint64_t used(const std::string& subject) const;  // on the day of its last request
  std::size_t reserved() const { return reserved_.size(); }
  std::size_t subjects() const { return used_.size(); }  // that are counted

 private:
  struct Used {
    std::int64_t day;  // of the zone that its subject is counted in
    std::int16_t day_offset_minutes;
    std::uint64_t rows;
  };
  struct Reserved {
    struct On {
      std::string subject;
      std::int64_t day;
    };
    std::uint32_t rows;
    std::vector<On> on;
  };
  void forget_past(Instant at);

  std::unordered_map<std::string, Used> used_;
  std::map<LogIndex, Reserved> reserved_;                           // by the request's entry; open exchanges only
  std::int64_t looked_ = std::numeric_limits<std::int64_t>::min();  // day on which past ones were forgotten last
};

}  // namespace steelyard::broker
