#include "broker/backlog.h"

#include <algorithm>

#include "core/base/limits.h"

namespace steelyard::broker {

void MemberRing::push(const MemberId& member, WaitingFrame frame) {
  auto found = of_.find(member);
  if (found == of_.end()) {
    ring_.push_back({member, {}, 0, false});
    found = of_.emplace(member, std::prev(ring_.end())).first;
  }
  frames_ += 1;
  bytes_ += frame.frame.size();
  found->second->frames.push_back(std::move(frame));
}

// The next in the ring is on. Who has nothing waiting and owes nothing leaves it.
void MemberRing::end_turn() {
  Queue& ended = ring_.front();
  ended.in_turn = false;
  if (ended.frames.empty() && ended.left >= 0) {
    of_.erase(ended.member);
    ring_.pop_front();
  } else {
    ring_.splice(ring_.end(), ring_, ring_.begin());
  }
}

std::optional<WaitingFrame> MemberRing::take() {
  constexpr auto kSlice = static_cast<std::int64_t>(limits::kSliceMessages);
  while (frames_ > 0) {
    Queue& next = ring_.front();
    if (!next.in_turn) next.left = std::min(next.left + kSlice, kSlice);
    next.in_turn = true;
    if (next.left <= 0 || next.frames.empty()) {
      end_turn();
      continue;
    }
    WaitingFrame taken = std::move(next.frames.front());
    next.frames.pop_front();
    next.left -= static_cast<std::int64_t>(std::max<std::size_t>(taken.cost, 1));
    frames_ -= 1;
    bytes_ -= taken.frame.size();
    return taken;
  }
  return {};
}

void MemberRing::drop(SessionNumber session) {
  for (Queue& queue : ring_)
    std::erase_if(queue.frames, [&](const WaitingFrame& waiting) {
      if (waiting.session != session) return false;
      frames_ -= 1;
      bytes_ -= waiting.frame.size();
      return true;
    });
}

}  // namespace steelyard::broker
