// HandOver: the signed word that answers were opened: digests wait, go out as Received, and are kept until recorded.
//
// One Received per step at most, of at most limits::kReceivedDigestsMax digests. The same bytes are repeated in each
// new session and every second; one that expires unrecorded gives its digests back, and they go out in another.
// Owns: what is not recorded yet. Threads: the Node's. Errors: none.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/client/node.h"
#include "core/exchange/frame.h"
#include "schemas/messages.h"

namespace steelyard::client {

class HandOver {
 public:
  explicit HandOver(Node& node) : node_(node) {}

  void opened(const Digest& answer, const ExchangeId& exchange);
  void tick(Duration now);

  struct Done {
    std::vector<ExchangeId> exchanges;
    exchange::Promise promise;
  };
  // Nothing where this Recorded is not about a Received of ours, or does not hold.
  std::optional<Done> on_recorded(const schemas::Recorded& recorded, Instant now);
  // True where it was about a Received. One that can never be taken is given up, with an alarm.
  bool on_rejection(const schemas::Rejection& rejection);

  std::size_t unacknowledged() const { return queue_.size() + sent_answers_; }

 private:
  struct Opened {
    Digest answer;
    ExchangeId exchange;
  };
  struct Sent {
    exchange::OutMessage message;
    Digest digest;
    std::vector<Opened> answers;
    Duration expires;
    Duration sent;
    std::uint64_t session = 0;
  };
  void send_next(Duration now);
  void repeat(Duration now);

  Node& node_;
  std::vector<Opened> queue_;
  std::unordered_map<ExchangeId, Sent, FixedBytesHash> sent_;
  std::size_t sent_answers_ = 0;
  Duration looked_;
};

}  // namespace steelyard::client
