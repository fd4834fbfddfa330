// Outbox: what waits to be sent to one session, and how much of it the peer has room for.
//
// A socket that takes nothing for limits::kUnwritableMax belongs to a dead peer (docs/decisions): stuck().
// Messages are framed and signed only when the loop comes round and the peer's credit allows; whatever waits by then
// shares one signature. A `Recorded` that says nothing but itself waits up to kRecordedMayWait for what it can go with:
// at a quiet broker it would take a frame, a signature and a check of its own just when the owner works on the next
// request. Control frames have a queue of their own, go first and cost no credit. Requests of several
// users go by turns, so that who floods an owner delays its neighbours by its share; nothing overtakes a statement, nor
// does a statement overtake what was sent before it. Owns: the waiting messages and frames. Threads: the loop's.
// Errors: push() returns false over limits::kSessionQueueBytesMax or the budget of all: the session is dead then.
#pragma once

#include <deque>
#include <optional>
#include <vector>

#include "core/base/turns.h"
#include "core/exchange/bundle.h"
#include "core/net/router.h"
#include "schemas/messages.h"

namespace steelyard::broker {

struct QueueBudget {  // of all sessions together
  std::size_t bytes = 0;
  std::size_t bytes_max = limits::kQueueBytesMax;
};

struct FrameSigner {  // who signs the broker's frames
  const crypto::Suite* suite;
  std::string origin;
  const crypto::SigningKey* key;
};

// What one flush did.
struct Flushed {
  bool gone = false;     // the peer is not there any more
  bool blocked = false;  // something waits that the socket did not take
  std::uint64_t frames = 0, bytes = 0, messages = 0, signatures = 0, statements = 0;
};

class Outbox {
 public:
  static constexpr Duration kRecordedMayWait = milliseconds(5);

  explicit Outbox(QueueBudget& budget) : budget_(&budget) {}
  ~Outbox() { clear(); }
  Outbox(const Outbox&) = delete;
  Outbox& operator=(const Outbox&) = delete;

  [[nodiscard]] bool push(std::vector<exchange::OutMessage> messages);
  [[nodiscard]] bool push_control(Bytes frame);
  void raise_credit(const schemas::Credit& credit);  // totals never fall
  void clear();

  bool due(Duration now);  // whether flush() has anything to do yet
  Flushed flush(net::Router& router, const Bytes& routing_id, const FrameSigner& signer, Duration now);
  bool stuck(Duration now) const { return blocked_since_ && now >= *blocked_since_ + limits::kUnwritableMax; }

  std::size_t bytes() const { return bytes_; }
  std::size_t control_bytes() const { return control_bytes_; }
  std::size_t statements() const { return statements_; }  // that have not left
  bool empty() const { return control_.empty() && !staged_ && from_ == waiting_.size() && turns_.empty(); }

 private:
  struct Staged {  // signed, and not yet taken by the socket
    Bytes frame;
    std::size_t messages = 0;
    std::size_t statements = 0;
    bool grants = false;
  };
  Flushed send_waiting(net::Router& router, const Bytes& routing_id, const FrameSigner& signer);
  bool stage(const FrameSigner& signer, Flushed& flushed);
  void append(std::vector<exchange::OutMessage> messages);
  bool frame_full() const;
  void fill();
  std::size_t count_within_credit();
  void release(std::size_t bytes);

  QueueBudget* budget_;
  std::deque<Bytes> control_;
  std::size_t control_bytes_ = 0;
  Turns<MemberId, std::vector<exchange::OutMessage>> turns_;  // what follows waiting_, by its author
  std::vector<exchange::OutMessage> waiting_;                 // in the order that they go
  std::size_t from_ = 0;                                      // of waiting_: what stands before it is sent
  std::size_t ready_bytes_ = 0;                               // framed, of what stands after it
  std::optional<Staged> staged_;
  std::size_t bytes_ = 0;
  std::size_t statements_ = 0;
  bool urgent_ = false;                    // more waits than what may
  std::optional<Duration> patient_since_;  // monotonic
  std::optional<Duration> blocked_since_;  // monotonic; none: the socket took the last frame
  std::uint64_t sent_messages_ = 0, sent_bytes_ = 0;
  std::uint64_t credit_messages_ = limits::kCreditMessages, credit_bytes_ = limits::kCreditBytes;
};

}  // namespace steelyard::broker
