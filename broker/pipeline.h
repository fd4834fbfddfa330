// The pipeline: what the broker decides, without sockets, disk, clock or randomness of its own.
//
//   step(Event, Now) -> Actions
//
// Events come in one order; the same events give the same actions. Members' frames have been verified by then
// (broker/verify_frame.h), each against the registry as it was; step() looks at keys and sessions once more.
//
//   Batch       frames of members, in the order they came
//   Committed   batch n is durable, its entries begin at first_index
//   SessionUp   a session said Hello; SessionDown: it is gone
//   SyncFrom    a session wants statements from an index on
//   Room        statements that a session was given have left its queue: it may be given more
//   Tick        at least every 100 ms: closes what is past its time
//   GoOn        while more(): what is past its time or may be given out, and was too much for one step
//   Space       whether the store has room for more than what is open
//   ConfirmClock  the wall clock is right, whatever the monotonic one says (broker/clock_guard.h)
//
//   Append      a batch of records for the log. One is in flight; the next fills meanwhile
//   Send        messages for a session, to be framed, signed and queued by the loop
//   Ack         what of a stream is durable, for its owner
//   Close       the session is to be ended, with the code to count
//
// INVARIANT(record-before-forward): a Send that depends on batch n is given out by the step that takes Committed{n}.
// INVARIANT(author-is-session), INVARIANT(once), INVARIANT(stopped-means-stopped),
// INVARIANT(bind-answer-to-request), INVARIANT(fields-within-grant) are enforced here or in what it calls.
// `once` and open exchanges are overlaid in memory until committed, then kept until expires + skew.
// Statements go to a session as its queue takes them, limits::kStatementsAheadMax ahead of it; all else for it waits
// behind those that it lacks, so that no grant arrives before the statements that it rests on.
//
// Events go by docs/formats/events.md: recorded and spooled in one commit, acknowledged to their owner and delivered
// behind it, each delivery decided under the policy in force.
//
// Owns: registry, gate, sessions' routing facts, open exchanges, streams. Threads: one. Errors: none: everything that
// can go wrong in a message is an action. Format: the records are provenance::Batch (docs/formats/store.md).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <variant>
#include <vector>

#include "broker/counts.h"
#include "broker/exchanges.h"
#include "broker/quotas.h"
#include "core/base/limits.h"
#include "core/base/time.h"
#include "core/exchange/bundle.h"
#include "core/exchange/gate.h"
#include "core/provenance/log_store.h"
#include "schemas/messages.h"

namespace steelyard::broker {

struct Now {
  Instant wall;
  Duration monotonic;
};

// One message of a verified frame: its exact bytes and what they say.
struct Arrived {
  schemas::MessageKind kind = schemas::MessageKind::kRequest;
  std::shared_ptr<const Bytes> envelope;
  std::shared_ptr<const Bytes> payload;
  Digest digest;
  std::variant<std::monostate, schemas::Request, schemas::Answer, schemas::Received, schemas::Statement, schemas::Event,
               schemas::Rejection>
      decoded;              // monostate: malformed or of an unknown kind
  ErrorCode malformed = 0;  // why decoded is empty: malformed, unknown_kind
};

struct ArrivedFrame {
  SessionNumber session;
  std::shared_ptr<const exchange::VerifiedBundle> bundle;  // null: the frame's signature failed (`why`)
  ErrorCode why = 0;                                       // bad_signature, unknown_key: one rejection for the frame
  std::vector<Arrived> messages;
};

struct BatchEvent {
  std::vector<ArrivedFrame> frames;
  // Octets that wait to be sent, as of now: requests are admitted while there is room for them and for their answers.
  std::map<SessionNumber, std::size_t> queued;  // sessions that are not named have none
  std::size_t queued_in_all = 0;
};
struct CommittedEvent {
  std::uint64_t number = 0;
  LogIndex first;
};
struct SessionUpEvent {
  SessionNumber session;
  MemberId member;
  std::vector<DatasetId> provides;
  LogIndex next_statement;
};
struct SessionDownEvent {
  SessionNumber session;
};
struct SyncFromEvent {
  SessionNumber session;
  LogIndex from;
};
struct RoomEvent {
  SessionNumber session;
  std::size_t statements = 0;  // that wait in its queue still
};
struct TickEvent {};
struct GoOnEvent {};
struct DrainEvent {};  // stop admitting requests; what is open may still be answered

// `scarce`: the store is all but full; what is left of it is for what is open and what stops others.
struct SpaceEvent {
  bool scarce = false;
};

struct ConfirmClockEvent {};  // an operator says that the wall clock is right

using Event = std::variant<BatchEvent, CommittedEvent, SessionUpEvent, SessionDownEvent, SyncFromEvent, RoomEvent,
                           TickEvent, GoOnEvent, DrainEvent, SpaceEvent, ConfirmClockEvent>;

struct AppendAction {  // apart: there is one beside hundreds of sends
  std::unique_ptr<provenance::Batch> batch;
};
struct SendAction {
  SessionNumber session;
  std::vector<exchange::OutMessage> messages;  // the broker's own ones encoded, without proof; forwarded ones with
};
struct CloseAction {
  SessionNumber session;
  ErrorCode why = 0;
};
struct AckAction {  // to the provider of a stream; a control message
  SessionNumber session;
  schemas::Ack ack;
};
using Action = std::variant<AppendAction, SendAction, AckAction, CloseAction>;
using Actions = std::vector<Action>;

struct PipelineStart {
  exchange::Registry registry;  // folded from the recovered statements
  provenance::Recovered recovered;
  // The entries that rows of recovered.once name, as `entry` and as `closing`: answers are checked against them and
  // repeats served from them.
  std::vector<provenance::StoredEntry> once_entries;
  // Proof of each recovered statement's message, for forwarding; parallel to recovered.statements, with its entry.
  std::vector<std::pair<provenance::StoredEntry, std::optional<exchange::Proof>>> statement_entries;
  Quotas quotas;  // as the log says
  // Of each spooled event its entry and its message's proof; of each subscription its request's entry. Parallel to the
  // rows in `recovered`.
  std::vector<std::pair<provenance::StoredEntry, std::optional<exchange::Proof>>> spool_entries;
  std::vector<provenance::StoredEntry> subscription_entries;
  KeyId bundle_key;  // that will sign the broker's bundles: stands in the heads it authors
  std::size_t hand_overs_of_member_max = limits::kHandOversOfMemberMax;  // fewer in tests
  std::function<void(std::span<std::uint8_t>)> random;                   // salts; seeded in simulations
};

struct PipelineCounters {  // for metrics and tests; only grow
  std::uint64_t requests = 0, granted = 0, answered = 0, received = 0, statements = 0, repeats = 0,
                closed_unanswered = 0, rechecks = 0, clock_jumps = 0, subscribed = 0, stopped = 0, events = 0,
                delivered = 0;
  CountsByCode refused;                   // by reason
  CountsByCode rejected;                  // by code
  CountsByMember<ErrorCode> rejected_of;  // the same, by whose messages they were
  CountsByCode relayed;                   // rejections by owners that went on to users, by code
  std::uint64_t ignored = 0;  // rejections by members that were nobody's business; not answered: two would never end
};

class Pipeline {
 public:
  explicit Pipeline(PipelineStart start);
  ~Pipeline();

  Actions step(Event event, Now now);

  const exchange::Registry& registry() const;
  const PipelineCounters& counters() const;
  std::size_t open_exchanges() const;
  std::size_t open_exchanges(const MemberId& user) const;
  std::optional<OpenExchange> oldest_open();
  std::size_t subscriptions() const;
  std::size_t spooled_bytes() const;
  std::size_t statements_behind(SessionNumber session) const;  // not given to it yet
  bool more() const;                                           // a step left something to do that waits for nothing
  bool append_in_flight() const;
  const Quotas& quotas() const;
  bool log_behind() const;          // a full batch waits for the one in flight: more would wait longer
  bool clock_wrong() const;         // as of the last step
  Instant log_time(Now now) const;  // max(last entry's time, wall clock), where the wall clock is believed

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace steelyard::broker
