// RejectionSums: rejections make no entries of their own; one entry per member and reason sums those of a minute.
//
// The running hash starts at zero with each entry: H(before || digest of the rejected message).
// Threads: the pipeline's. Errors: none. Format: docs/formats/entry.md.
#pragma once

#include <map>
#include <optional>
#include <utility>

#include "core/base/ids.h"
#include "core/base/time.h"
#include "core/crypto/hash.h"

namespace steelyard::broker {

class RejectionSums {
 public:
  struct Sum {
    MemberId member;
    ErrorCode reason = 0;
    std::uint32_t count = 0;
    Digest digest;
    Duration since;  // of the first one, monotonic
  };

  void add(const crypto::Suite& suite, const MemberId& member, ErrorCode reason, const Digest& rejected,
           Duration monotonic) {
    Sum& sum = sums_[{member, reason}];
    if (sum.count == 0) sum = {member, reason, 0, {}, monotonic};
    if (sum.count < UINT32_MAX) ++sum.count;
    sum.digest = crypto::hash(suite, {sum.digest.view(), rejected.view()});
  }

  // One whose minute has passed at `monotonic`, taken out; with `all`, any.
  std::optional<Sum> take(Duration monotonic, bool all) {
    for (auto at = sums_.begin(); at != sums_.end(); ++at) {
      if (!all && monotonic < at->second.since + seconds(60)) continue;
      Sum taken = std::move(at->second);
      sums_.erase(at);
      return taken;
    }
    return {};
  }

 private:
  std::map<std::pair<MemberId, ErrorCode>, Sum> sums_;  // members are registered, reasons are rows of a table: few
};

}  // namespace steelyard::broker
