// OwnerPace: how many requests may wait for one owner's answers, and how many of them one user's.
//
// An owner that answers as fast as it is asked may have limits::kUnansweredMax. Once requests stand waiting all the
// time, what it answers meanwhile is its pace, and no more may wait than it answers in kOwnerBehindMax: who comes then
// is told `busy` at once, instead of waiting for an answer that comes too late. Of the room there is nobody has more
// than what is still free: one user alone half of it, and where one has that, the others still have as much.
//
// Threads: one. Errors: none.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <map>

#include "core/base/ids.h"
#include "core/base/limits.h"
#include "core/base/time.h"

namespace steelyard::broker {

class OwnerPace {
 public:
  void asked(const MemberId& user) {
    ++unanswered_;
    ++of_[user];
  }
  // `said`: by the owner; else it is not waited for any more.
  void closed(const MemberId& user, bool said) {
    const auto found = of_.find(user);
    if (found == of_.end()) return;
    if (--found->second == 0) of_.erase(found);
    least_ = std::min(least_, --unanswered_);
    if (said) ++said_;
  }
  bool has_room(const MemberId& user) const {
    const auto found = of_.find(user);
    const std::size_t own = found == of_.end() ? 0 : found->second;
    return unanswered_ < most() && own < most() - unanswered_;
  }
  std::size_t most() const {
    if (seconds_ < 1) return limits::kUnansweredMax;
    const auto room =
        static_cast<std::size_t>(answers_ / seconds_ * static_cast<double>(limits::kOwnerBehindMax.us) * 1e-6);
    return std::clamp(room, limits::kUnansweredMin, limits::kUnansweredMax);
  }

  // Some times a second; `now` is monotonic.
  void tick(Duration now) {
    // A pause of our own is no slowness of the owner's.
    const double passed = static_cast<double>(std::min(now - ticked_, kTickMax).us) * 1e-6;
    ticked_ = now;
    if (least_ >= kStanding) {  // it was never out of work
      const double fade = std::exp(-passed / kMemorySeconds);
      answers_ = answers_ * fade + static_cast<double>(said_);
      seconds_ = seconds_ * fade + passed;
    } else {
      answers_ = seconds_ = 0;
    }
    said_ = 0;
    least_ = unanswered_;
  }

 private:
  static constexpr std::size_t kStanding = 32;
  static constexpr Duration kTickMax = milliseconds(250);
  static constexpr double kMemorySeconds = 4;  // owners answer in batches

  std::map<MemberId, std::size_t> of_;
  std::size_t unanswered_ = 0, said_ = 0;
  std::size_t least_ = 0;             // unanswered since the last tick
  double answers_ = 0, seconds_ = 0;  // while requests stood waiting, older ones counting less
  Duration ticked_{};
};

}  // namespace steelyard::broker
