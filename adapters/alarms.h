// Alarms: evidence files in `state/alarms`, one line each on the log, and a count by code.
//
// An alarm never depends on the broker. At most kFilesMax files of one code are written by one process, so that nobody
// fills the disk, nor takes room from the evidence of another code; counting goes on.
// Threads: one. Errors: none: what cannot be written is said on the log.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/time.h"

namespace steelyard::adapters {

// False: the alarm is about the owner's own source, which says by itself whether it still fails.
bool is_evidence(std::string_view slug);

class Alarms {
 public:
  using Say = std::function<void(std::string_view line)>;
  Alarms(const std::string& state_dir, const Clock& clock, Say say)
      : dir_(state_dir + "/alarms"), clock_(&clock), say_(std::move(say)) {}

  // `evidence`: named octets, written as hex.
  void raise(std::string_view slug, std::string_view what,
             const std::vector<std::pair<std::string_view, ByteView>>& evidence);
  const std::map<std::string, std::uint64_t, std::less<>>& counts() const { return counts_; }
  std::uint64_t total() const { return total_; }

  static constexpr std::uint64_t kFilesMax = 200;

 private:
  std::string dir_;
  const Clock* clock_;
  Say say_;
  std::map<std::string, std::uint64_t, std::less<>> counts_;
  std::uint64_t total_ = 0;
};

}  // namespace steelyard::adapters
