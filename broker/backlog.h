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

#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <optional>

#include "broker/pipeline.h"
#include "core/net/frame.h"

namespace steelyard::broker {

struct WaitingFrame {
  SessionNumber session;
  net::Frame frame;
  std::size_t messages = 0;
  std::size_t cost = 0;  // in messages; what a turn pays for it, one at least
};

// One ring of members, a slice for each (deficit round robin; debts outlive an empty queue).
class MemberRing {
 public:
  void push(const MemberId& member, WaitingFrame frame);
  std::optional<WaitingFrame> take();
  void drop(SessionNumber session);  // what waits of it

  bool empty() const { return frames_ == 0; }
  std::size_t frames() const { return frames_; }
  std::size_t bytes() const { return bytes_; }

 private:
  struct Queue {
    MemberId member;
    std::deque<WaitingFrame> frames;
    std::int64_t left = 0;  // of its slice; below zero: taken ahead
    bool in_turn = false;
  };
  void end_turn();

  std::list<Queue> ring_;  // the first one's turn is on or next
  std::map<MemberId, std::list<Queue>::iterator> of_;
  std::size_t frames_ = 0, bytes_ = 0;
};

class Backlog {
 public:
  void push(const MemberId& member, WaitingFrame frame, bool statement) {
    (statement ? statements_ : others_).push(member, std::move(frame));
  }
  std::optional<WaitingFrame> take_statement() { return statements_.take(); }
  std::optional<WaitingFrame> take_other() { return others_.take(); }
  void drop(SessionNumber session) {
    statements_.drop(session);
    others_.drop(session);
  }

  bool empty() const { return statements_.empty() && others_.empty(); }
  std::size_t bytes() const { return statements_.bytes() + others_.bytes(); }

 private:
  MemberRing statements_, others_;
};

}  // namespace steelyard::broker
