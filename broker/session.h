// Session: one connection of a member's process with the broker, and SessionTable: all of them.
//
// A connection becomes known with its first frame, a session of the pipeline with a good Hello. A dead one stays in the
// table until its connection is surely gone, so that frames still on their way from it are not taken for a new one.
// The member is who registered the CURVE key that the connection proved; nothing that the peer says changes it.
// Owns: queues, credit, liveness of each. Threads: the loop's. Errors: none.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <unordered_map>

#include "broker/outbox.h"
#include "broker/pipeline.h"
#include "broker/token_bucket.h"
#include "core/net/router.h"

namespace steelyard::broker {

// What a peer may send us in all, what it has sent, and what of that is decided: so much more it may send.
struct InboundCredit {
  std::uint64_t messages = 0, bytes = 0;
  std::uint64_t decided_messages = 0, decided_bytes = 0;
  std::uint64_t granted_messages = limits::kCreditMessages, granted_bytes = limits::kCreditBytes;

  // False: the peer has sent more than it was granted.
  bool take(std::size_t more_messages, std::size_t more_bytes) {
    if (messages + more_messages > granted_messages || bytes + more_bytes > granted_bytes) return false;
    messages += more_messages;
    bytes += more_bytes;
    return true;
  }
  void decide(std::size_t more_messages, std::size_t more_bytes) {
    decided_messages += more_messages;
    decided_bytes += more_bytes;
  }
  // In halves; where more of the peer's waits, in eighths: it then frames an eighth at a time, and others' turns come
  // between.
  bool renewal_due() const {
    const std::uint64_t parts = messages == decided_messages ? 2 : 8;
    return decided_messages + limits::kCreditMessages - granted_messages >= limits::kCreditMessages / parts ||
           decided_bytes + limits::kCreditBytes - granted_bytes >= limits::kCreditBytes / parts;
  }
  schemas::Credit renew() {
    granted_messages = decided_messages + limits::kCreditMessages;
    granted_bytes = decided_bytes + limits::kCreditBytes;
    return {granted_messages, granted_bytes};
  }
};

enum class SessionPhase : std::uint8_t {
  kConnected,  // has not said Hello
  kUp,
  kClosing,  // gets what waits for it, is not heard any more
  kDead,
};

struct Session {
  explicit Session(QueueBudget& budget) : outbox(budget) {}

  // Whether its connection is gone, by what the monitor says now. A monitor that is late knows nothing of a connection
  // whose first frames are here already: one that it never spoke of is gone only after kMonitorLate.
  static constexpr Duration kMonitorLate = seconds(2);
  bool lost(bool live, Duration at) {
    seen_live = seen_live || live;
    return !live && peer.generation != 0 && (seen_live || at >= began + kMonitorLate);
  }

  SessionNumber number;
  SessionPhase phase = SessionPhase::kConnected;
  net::SessionHandle handle;
  net::CurvePublic key;
  net::Peer peer;
  MemberId member;
  std::vector<DatasetId> provides;
  InboundCredit inbound;
  TokenBucket control{limits::kControlPerSecond, limits::kControlBurst};  // control frames that it may send
  std::size_t unanswered = 0;  // requests that it was given and has not said a word of
  Outbox outbox;
  std::deque<schemas::TileRequest> tiles;  // asked for, not yet served
  Duration began{};
  bool seen_live = false;
  bool greeted = false;          // the monitor knows that this connection is a session
  Duration heard{};              // monotonic
  std::string software;          // as its Hello says; for operators
  std::optional<Duration> skew;  // its wall clock minus ours, as its last Pong says
  Duration pinged{};
  Duration ends{};  // closing: when it is cut off; dead: when it is forgotten
  std::size_t drops = 0;
};

class SessionTable {
 public:
  // `requests_per_second`: of one member, all its sessions together.
  explicit SessionTable(double requests_per_second = limits::kRequestsPerSecond)
      : requests_per_second_(requests_per_second) {}

  Session* find(const net::ConnectionToken& token);
  Session* find(SessionNumber number);
  Session& add(const net::Arrival& arrival, MemberId member, Duration now);
  void forget(const net::ConnectionToken& token);

  // A phase changes here and nowhere else, so that what is up is found by member and by dataset.
  void bring_up(Session& session, std::vector<DatasetId> provides);
  void take_down(Session& session, SessionPhase phase);  // kClosing, kDead

  const std::vector<Session*>& up_of(const MemberId& member) const;
  Session* provider(const DatasetId& dataset) const;             // the session that is up with it
  std::size_t greeting_with(const net::CurvePublic& key) const;  // connections that have not said Hello
  TokenBucket& bucket(const MemberId& member) {
    return buckets_.try_emplace(member, requests_per_second_).first->second;
  }

  std::size_t up() const { return up_; }
  bool queues_empty() const;
  std::size_t queued_bytes() const { return budget_.bytes; }
  void tell_queues(BatchEvent& batch) const;  // what admission goes by
  std::vector<Session*> all();                // in order of number

 private:
  void stop_greeting(const Session& session);

  QueueBudget budget_;  // outlives the sessions below
  std::uint64_t last_number_ = 0;
  std::unordered_map<net::ConnectionToken, std::unique_ptr<Session>, FixedBytesHash> by_token_;
  std::map<SessionNumber, Session*> by_number_;
  std::unordered_map<MemberId, std::vector<Session*>> up_of_;  // those that are up, by member
  std::unordered_map<DatasetId, Session*> providers_;          // likewise, by what they provide
  std::size_t up_ = 0;
  std::map<net::CurvePublic, std::size_t> greeting_;
  double requests_per_second_;
  std::map<MemberId, TokenBucket> buckets_;
};

}  // namespace steelyard::broker
