// Alarms: evidence files in `state/alarms`, one line each on the log, and a count by code.
//
// An alarm never depends on the broker. It is about somebody, whose message brought it about: of one code and one of
// them there is a line and a file a minute at most, so that nobody pages the owner at will; what is kept back is
// counted. At most kFilesMax files of one code are written by one process, kFilesOfOneMax of them about one, so that
// nobody fills the disk, nor takes room from the evidence of another code or about another. Threads: one. Errors: none:
// what cannot be written is said on the log.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/base/throttle.h"
#include "core/base/time.h"

namespace steelyard::adapters {

// False: the alarm is about the owner's own source, which says by itself whether it still fails.
bool is_evidence(std::string_view slug);

class Alarms {
 public:
  using Say = std::function<void(std::string_view line)>;
  Alarms(const std::string& state_dir, const Clock& clock, Say say)
      : dir_(state_dir + "/alarms"), clock_(&clock), say_(std::move(say)) {}

  // `about`: a member, a dataset. `evidence`: named octets, written as hex.
  void raise(std::string_view slug, const std::string& about, std::string_view what,
             const std::vector<std::pair<std::string_view, ByteView>>& evidence);
  const std::map<std::string, std::uint64_t, std::less<>>& counts() const { return counts_; }
  std::uint64_t total() const { return total_; }

  static constexpr std::size_t kFilesMax = 200;
  static constexpr std::size_t kFilesOfOneMax = 20;
  static constexpr Duration kEvery = minutes(1);

 private:
  using Cause = std::pair<std::string, std::string>;  // code, about
  // Where it is written; none: there is no room for more of this.
  std::optional<Result<std::string>> keep(const Cause& cause, std::string_view what,
                                          const std::vector<std::pair<std::string_view, ByteView>>& evidence);

  std::string dir_;
  const Clock* clock_;
  Say say_;
  std::map<std::string, std::uint64_t, std::less<>> counts_;
  std::uint64_t total_ = 0;
  Throttle<Cause> lines_{kEvery};
  std::map<std::string, std::size_t, std::less<>> files_;  // by code
  std::map<Cause, std::size_t> files_of_;                  // at most as many as there are files
};

}  // namespace steelyard::adapters
