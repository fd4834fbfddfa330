// HandOver: the signed word that answers were opened: digests wait, go out as Received, and are kept until recorded.
//
// One Received per step at most, of at most limits::kReceivedDigestsMax digests. The same bytes are repeated in each
// new session and every second; one that expires unrecorded gives its digests back, and they go out in another. The
// broker records none whose exchange it does not keep any more (until `expires` and limits::kSkew more): those are
// given up. Where it knows only some of what one names, each goes out by itself. Owns: what is not recorded yet.
// Threads: the Node's. Errors: none.
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

  void opened(const Digest& answer, const ExchangeId& exchange, Instant expires);  // of the exchange
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
    Instant expires;
    bool alone = false;  // names nothing else
  };
  struct Sent {
    exchange::OutMessage message;
    Digest digest;
    std::vector<Opened> answers;
    Duration expires;
    Duration sent;
    std::uint64_t session = 0;
  };
  void give_up_late();
  void send_next(Duration now);
  void send_each_alone(Sent refused);
  void give_up(const Sent& sent, ErrorCode why);
  void repeat(Duration now);

  Node& node_;
  std::vector<Opened> queue_;  // those that go alone first
  std::unordered_map<ExchangeId, Sent, FixedBytesHash> sent_;
  std::size_t sent_answers_ = 0;
  Duration looked_;
};

}  // namespace steelyard::client
