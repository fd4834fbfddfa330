// KeptAnswers: sealed answers in memory until their requests expire, so that a repeat gets the same bytes.
//
// Beyond limits::kKeptAnswersBytesMax the oldest go; a repeat of one that went is `gone`.
// Owns: the messages, shared with whoever sends them. Threads: one. Errors: none.
#pragma once

#include <cstddef>
#include <deque>
#include <unordered_map>

#include "core/base/time.h"
#include "core/exchange/frame.h"

namespace steelyard::adapters {

class KeptAnswers {
 public:
  explicit KeptAnswers(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  void keep(const Digest& request, Instant expires, exchange::OutMessage answer);
  const exchange::OutMessage* find(const Digest& request) const;
  void forget_expired(Instant now);
  std::size_t bytes() const { return bytes_; }

 private:
  struct Kept {
    exchange::OutMessage answer;
    Instant expires;
  };
  void forget_oldest();

  std::size_t bytes_max_;
  std::size_t bytes_ = 0;
  std::unordered_map<Digest, Kept, FixedBytesHash> kept_;
  std::deque<Digest> order_;
};

}  // namespace steelyard::adapters
