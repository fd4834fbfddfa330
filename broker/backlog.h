// Backlog: members' frames that have arrived and wait to be verified and decided, and whose turn is next.
//
// Members take turns: of each at most limits::kSliceMessages at a time, whatever number of sessions it has; who sent a
// larger bundle has its later turns taken off for it. So a member with thousands waiting delays another's next message
// by one slice for each busy member (or by one bundle, which is never split), and not by what it has waiting. Frames of
// one member keep their order, but for those with a statement: they go ahead of all that waits, in turns of their own.
//
// What waits of one session is bounded by its credit, which is renewed as frames leave here (broker/session.h), and all
// of it by limits::kBacklogBytesMax, which the loop keeps to.
// Owns: the frames. Threads: the loop's. Errors: none.
#pragma once

#include <cstddef>
#include <optional>
#include <utility>

#include "broker/pipeline.h"
#include "core/base/limits.h"
#include "core/base/turns.h"
#include "core/net/frame.h"

namespace steelyard::broker {

struct WaitingFrame {
  SessionNumber session;
  net::Frame frame;
  std::size_t messages = 0;
  std::size_t cost = 0;  // in messages; what a turn pays for it, one at least
};

class Backlog {
 public:
  void push(const MemberId& member, WaitingFrame waiting, bool statement) {
    bytes_ += waiting.frame.size();
    const std::size_t cost = waiting.cost;
    (statement ? statements_ : others_).push(member, std::move(waiting), cost);
  }
  std::optional<WaitingFrame> take_statement() { return take(statements_); }
  std::optional<WaitingFrame> take_other() { return take(others_); }
  void drop(SessionNumber session) {  // what waits of it
    const auto of_it = [this, session](const WaitingFrame& waiting) {
      if (waiting.session != session) return false;
      bytes_ -= waiting.frame.size();
      return true;
    };
    statements_.drop(of_it);
    others_.drop(of_it);
  }

  bool empty() const { return statements_.empty() && others_.empty(); }
  std::size_t bytes() const { return bytes_; }

 private:
  using Frames = Turns<MemberId, WaitingFrame>;
  std::optional<WaitingFrame> take(Frames& from) {
    auto next = from.take();
    if (next) bytes_ -= next->frame.size();
    return next;
  }

  Frames statements_{limits::kSliceMessages}, others_{limits::kSliceMessages};
  std::size_t bytes_ = 0;
};

}  // namespace steelyard::broker
