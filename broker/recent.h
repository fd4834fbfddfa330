// Recent: by how much what the broker counts rose within the last five minutes: what troubles that are rates are told
// by.
//
// Owns: marks of the totals, half a minute apart. Threads: one; a RecentCounts may be read by others. Errors: none.
#pragma once

#include <deque>
#include <utility>

#include "broker/counts.h"
#include "core/base/limits.h"
#include "core/base/time.h"

namespace steelyard::broker {

struct RecentCounts {
  std::uint64_t keys_refused = 0;
  CountsByCode rejected;
  CountsByName dropped;
  CountsByMember<ErrorCode> rejected_of;
  CountsByMember<std::string> dropped_of;
  std::uint64_t commits = 0, commits_slow = 0;  // of those, by more than a second
};

class Recent {
 public:
  // `totals` since the process began; the first ones are what there was before.
  void note(Duration at, RecentCounts totals) {
    newest_ = std::move(totals);
    if (marks_.empty() || at >= marks_.back().first + kMarkEvery) marks_.emplace_back(at, newest_);
    while (marks_.size() > 1 && at >= marks_[1].first + limits::kRecentWithin) marks_.pop_front();
  }

  RecentCounts rise() const {
    if (marks_.empty()) return {};
    const RecentCounts& then = marks_.front().second;
    RecentCounts rise{newest_.keys_refused - then.keys_refused,  newest_.rejected.since(then.rejected),
                      newest_.dropped.since(then.dropped),       newest_.rejected_of.since(then.rejected_of),
                      newest_.dropped_of.since(then.dropped_of), newest_.commits - then.commits,
                      newest_.commits_slow - then.commits_slow};
    return rise;
  }

 private:
  static constexpr Duration kMarkEvery = seconds(30);
  std::deque<std::pair<Duration, RecentCounts>> marks_;  // the front one is at most half a minute older than five
  RecentCounts newest_;
};

}  // namespace steelyard::broker
