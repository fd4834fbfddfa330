// Node: one member's process on the bus: its session, its replica of the registry, its eyes on the log.
//
// step() is the whole of it: it receives, verifies every frame (the broker's bundle, each forwarded message's own
// proof, promises), keeps the session alive (Hello, pings, credit, a new session with jitter after 5 s of silence),
// folds statements into the replica, follows checkpoints (consistency, cosigning, proofs for held promises out of
// tiles) and hands back what is left: Grant, Refusal, Recorded and Rejection by the broker, Request, Answer and Event
// of other members. Nothing is handed back before its signature holds and, where the network has one, the genesis is
// the pinned.
//
// Owns: the DEALER, the replica (kept in state_dir/replica), pending promises, the last verified checkpoint (kept in
// state_dir/checkpoint, so that head-monotonic holds across restarts). Threads: one thread owns a Node.
// Errors: step() fails with kStop only (state cannot be kept, the log contradicts itself: an alarm); a broker that is
// away is not an error: up() is false meanwhile.
// Format: docs/formats/messages.md, checkpoint.md, receipt.md.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/client/identity.h"
#include "core/exchange/bundle.h"
#include "core/exchange/promise.h"
#include "core/exchange/registry.h"
#include "core/net/context.h"
#include "core/net/poller.h"
#include "schemas/messages.h"

namespace steelyard::client {

struct NodeOptions {
  std::vector<DatasetId> provides;
  std::string software;    // "steelyard-adapter 0.1.0"
  bool keep_state = true;  // false: replica and checkpoint live in memory alone (bench)
  bool witness = true;     // follow checkpoints; false leaves promises unproved
};

// A verified message. `author` has signed it; `by_broker`: the author is the broker. The envelope is not decoded here:
// whoever decodes it compares its head's author and origin.
//
// The octets are those of the frame that it came in, a mebibyte at most, which lives as long as one of its messages.
// Whoever keeps a message beyond the step that handed it out calls own().
struct Incoming {
  schemas::MessageKind kind = schemas::MessageKind::kGrant;
  ByteView envelope;
  ByteView payload;
  Digest digest;
  MemberId author;  // empty where it is the broker
  bool by_broker = false;
  std::shared_ptr<const void> octets;  // that the two are of

  void hold(Bytes envelope_octets, Bytes payload_octets);  // gives it octets of its own
  void own() { hold(to_bytes(envelope), to_bytes(payload)); }
};

// Something that must be looked at, whatever the broker says: an alarm's code and one line.
struct Alarm {
  std::string slug;  // "promise-unproved", "log-contradicts", "statement-not-ours"
  std::string what;
  std::string evidence_path;  // file with the evidence; empty without state
};

class Node {
 public:
  static Result<std::unique_ptr<Node>> open(net::Context& context, Identity identity, NodeOptions options,
                                            const Clock& clock);
  ~Node();

  // Waits at most `timeout` for something to do. Messages of one frame come in their order.
  Result<std::vector<Incoming>> step(Duration timeout);
  // The same wait can also end by this waker, from any thread.
  net::Waker& waker();

  // Queues a message of this member; framed and signed with whatever else waits when step() comes round, as credit
  // allows. Dropped with the session: whoever needs it resends in the next (session() has changed).
  void send(exchange::OutMessage message);
  std::size_t queued() const;

  bool up() const;                // welcomed and replica synced up to the broker's epoch at Welcome
  std::uint64_t session() const;  // counts sessions
  const Identity& identity() const;
  const exchange::Registry& registry() const;  // requires up() once
  const Clock& clock() const;
  const std::string& last_checkpoint() const;  // verified note; empty before the first
  // Of what a member sealed: false, with an alarm, where the log showed it another tree than us.
  bool compare_checkpoint(ByteView note, const MemberId& from);

  // Proves this promise at the next checkpoint that covers it; the receipt comes out of take_receipts(), marked. Where
  // `about` is zero nobody wants the receipt: the promise is proved all the same, and an alarm where it is not.
  void hold(exchange::Promise promise, const ExchangeId& about);
  struct Proved {
    ExchangeId about;
    exchange::Receipt receipt;
  };
  std::vector<Proved> take_receipts();
  std::size_t held() const;
  std::uint64_t proved() const;  // promises, with statements'
  std::vector<Alarm> take_alarms();
  std::vector<schemas::Ack> take_acks();  // of streams, as they came
  // For whoever judges what the Node only verified. The evidence goes to a file.
  void raise_alarm(std::string_view slug, std::string what, std::string_view evidence);

  struct Counters {
    std::uint64_t frames_in = 0, frames_out = 0, signatures = 0, verifications = 0, sessions = 0, rejected_frames = 0;
  };
  const Counters& counters() const;

 private:
  struct State;
  explicit Node(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace steelyard::client
