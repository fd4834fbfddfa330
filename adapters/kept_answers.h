// KeptAnswers: sealed answers in memory until their requests expire, so that a repeat gets the same bytes.
//
// Beyond limits::kKeptAnswersBytesMax the oldest go; a repeat of one that went is `gone`.
// Tens of thousands wait in a full one and hardly any is ever asked for: they stand in a queue, and a table of eight
// octets for each finds them, so that keeping and forgetting one touches little memory.
// Owns: the messages, shared with whoever sends them. Threads: one. Errors: none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "core/base/time.h"
#include "core/exchange/frame.h"

namespace steelyard::adapters {

class KeptAnswers {
 public:
  explicit KeptAnswers(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  // Nothing where one is kept for this request. `answer` has no proof.
  void keep(const Digest& request, Instant expires, const exchange::OutMessage& answer);
  std::optional<exchange::OutMessage> find(const Digest& request) const;
  void forget_expired(Instant now);
  std::size_t bytes() const { return bytes_; }

 private:
  struct Kept {
    Digest request;
    Instant expires;
    schemas::MessageKind kind;
    std::shared_ptr<const Bytes> envelope;
    std::shared_ptr<const Bytes> payload;
    std::size_t size() const { return envelope->size() + (payload ? payload->size() : 0); }
  };
  // Open addressing; the number counts all that was ever kept, modulo 2^32, from 1: zero is an empty slot.
  struct Slot {
    std::uint32_t hash = 0;
    std::uint32_t number = 0;
  };

  const Kept& at(std::uint32_t number) const { return queue_[number - first_]; }
  std::size_t slot_of(const Digest& request) const;  // the request's, or an empty one
  void make_slots();
  void forget_oldest();
  void empty(std::size_t slot);

  std::size_t bytes_max_;
  std::size_t bytes_ = 0;
  std::deque<Kept> queue_;   // the oldest first
  std::uint32_t first_ = 1;  // its number
  std::vector<Slot> slots_;  // a power of two, at least twice as many as are kept
};

}  // namespace steelyard::adapters
