// Intake: takes broker frames apart: verifies them and folds the statements they bring into the replica.
//
// A frame counts only if the broker's bundle over its own messages holds; each forwarded message only if its author's
// proof does, under a key that the replica knows. Statements are folded in their place, since later messages of the
// same frame may stand on them. The first frame of all must bring the pinned genesis, whose keys then verify it.
// Owns: the bundles that verified. Threads: the Node's. Errors: store_failed (kStop) only: what does not verify is
// counted and left out.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "core/client/alarms.h"
#include "core/client/identity.h"
#include "core/client/node.h"
#include "core/client/replica.h"
#include "core/exchange/bundle.h"

namespace steelyard::client {

class Intake {
 public:
  Intake(const Identity& identity, Replica& replica, Alarms& alarms, const Clock& clock, Node::Counters& counters)
      : identity_(identity), replica_(replica), alarms_(alarms), clock_(clock), counters_(counters) {}

  struct Taken {
    std::size_t folded = 0;                   // statements
    bool gap = false;                         // a statement is missing before one that came
    std::vector<exchange::Promise> promises;  // of the statements folded
  };
  // Adds to `out` what is left for others, in order; they share `octets`, which `frame` was parsed from.
  Result<Taken> take(exchange::Frame& frame, const std::shared_ptr<const void>& octets, std::vector<Incoming>& out);

 private:
  // A statement and the Recorded beside it, whichever comes first; a frame may end between the two.
  struct Document {
    Digest digest;
    exchange::StatementBytes statement;
  };
  struct Companion {
    Digest digest;
    exchange::Promise promise;
    exchange::EntryBody entry;
  };

  std::optional<exchange::Registry> first_registry(const exchange::Frame& frame) const;
  bool verify_own(const exchange::Frame& frame, const exchange::Registry& keys, std::vector<Digest>& digests);
  bool verify_forwarded(const exchange::FrameMessage& message, const Digest& digest, const exchange::Registry& keys);
  void remember(const exchange::FrameMessage& message);
  Status fold(Taken& taken);
  void look_for_claim(LogIndex folded);
  void refuse(const Document& document, const Companion& companion, const Error& why);

  const Identity& identity_;
  Replica& replica_;
  Alarms& alarms_;
  const Clock& clock_;
  Node::Counters& counters_;
  std::optional<exchange::BundleVerifier> verifier_;
  std::optional<Document> document_;
  std::optional<Companion> companion_;
};

}  // namespace steelyard::client
