// Loop: the one thread that owns the sockets and the pipeline.
//
// A round: wait; take letters of other threads and what has arrived (bounded); answer control frames; put members'
// frames into the backlog and take as many from it as one round decides, members in turn; verify those; step the
// pipeline with all of them at once; hand its batch to the writer and its messages to the sessions' queues; frame, sign
// and send what the peers have credit for.
//
// While the log is behind nothing but statements leaves the backlog, so that what waits for the disk does so where
// members take turns. What a session had waiting ends with it. A peer's credit is renewed as its messages are decided.
//
// What concerns one session stays with it: a frame that cannot be parsed is dropped and counted, and after
// limits::kDropsBeforeDisconnect of them the connection is cut; so is a control frame beyond the session's bucket.
// Silence beyond limits::kPongWithin ends the session; a connection that is none within limits::kHelloWithin is cut.
// The key of the connection is looked up for every frame: taken out of the registry, its session ends.
//
// Owns: sessions and counters; uses what Parts points to. Threads: one, run() to its end.
// Errors: run() returns kStop errors (store_failed, head_contradicts) after which the process must end.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "broker/backlog.h"
#include "broker/cosignatures.h"
#include "broker/counters.h"
#include "broker/mailbox.h"
#include "broker/pipeline.h"
#include "broker/session.h"
#include "broker/snapshot.h"
#include "broker/tile_cache.h"
#include "core/net/poller.h"
#include "core/net/router.h"
#include "core/net/zap.h"
#include "core/provenance/writer.h"
#include "core/service/service_manager.h"

namespace steelyard::broker {

struct LoopParts {
  net::Router& router;
  net::ZapHandler& zap;
  Pipeline& pipeline;
  provenance::Writer& writer;
  provenance::LogStore& store;
  Cosignatures& cosignatures;
  Mailbox& mailbox;
  const Clock& clock;
  FrameSigner signer;
  std::string checkpoint;  // the newest signed note
  std::string stats_path;  // empty: no counters are written
  SnapshotBoard& board;
  double requests_per_second = limits::kRequestsPerSecond;  // that one member may make
};

// The transport keys of all members, as the ZAP handler's table.
net::AllowedKeys allowed_keys(const exchange::Registry& registry);

class Loop {
 public:
  Loop(LoopParts parts, ExchangeId boot);

  // Until SIGTERM or SIGINT can be read from `signal_fd` and what is open is done, or until something stops it.
  Status run(int signal_fd, service::ServiceManager& manager);

  const LoopCounters& counters() const { return counters_; }

 private:
  struct Round {  // what one takes
    BatchEvent batch;
    std::size_t messages = 0;  // that were looked at
  };

  // loop.cc
  Now now() const { return {parts_.clock.wall(), parts_.clock.monotonic()}; }
  Status round();
  Status take_letters();
  void take_signals(int signal_fd);
  void gather();
  void arrive(net::Arrival arrival);
  void arrive_member(Session& session, const exchange::Frame& frame, net::Frame& octets);
  void take_turns(Round& taken);
  void decide(const WaitingFrame& waiting, Round& taken);
  void decided(Session& session, std::size_t messages, std::size_t bytes);
  void step(Event event);  // in the order given, also where performing one event's actions brings the next
  void perform(Action action);
  void keys_may_have_changed();
  void flush();
  void tick();
  void look_for_space();
  void tell_of_clock();
  void look_after(Session& session, Duration at);
  bool drained() const;
  void write_stats() const;

  // loop_snapshot.cc
  Gauges gauges() const;
  void publish_snapshot();

  // loop_sessions.cc
  Session* session_of(const net::Arrival& arrival);
  bool may_still(const Session& session) const;
  void control(Session& session, const exchange::FrameMessage& message);
  void hello(Session& session, ByteView envelope);
  ErrorCode judge_hello(const Session& session, const schemas::Hello& hello);
  void cosign(Session& session, ByteView envelope);
  void serve_tiles();
  void publish(std::string note);
  template <class Message>
  void send_control(Session& session, schemas::MessageKind kind, const Message& message);
  void reject_busy(Session& session, const exchange::Frame& frame);
  void reject(Session& session, ErrorCode why, const Digest& rejected = {}, const ExchangeId& id = {},
              std::uint32_t delay_ms = 0);
  void count_drop(Session& session, const char* why);
  void begin_close(Session& session, ErrorCode why);
  void end(Session& session, const char* why);

  LoopParts parts_;
  TileCache tiles_;
  ExchangeId boot_;
  SessionTable sessions_;
  Backlog backlog_;
  LoopCounters counters_;
  net::Poller poller_;
  Epoch keys_epoch_;  // as of which the ZAP table stands
  Duration ticked_{};
  Duration swept_{}, cut_overfull_{};
  bool looked_for_space_ = false;
  Duration space_looked_{};
  bool scarce_ = false;
  bool clock_wrong_ = false;
  bool blocked_ = false;      // something waits for a socket
  bool patient_ = false;      // something waits for company (broker/outbox.h)
  bool more_ = false;         // there is more to do than one round did
  std::deque<Event> events_;  // to be stepped
  bool stepping_ = false;
  bool draining_ = false;
  metrics::Histogram commit_seconds_;
  Recent recent_;
  std::uint64_t committed_size_ = 0;        // of the log
  std::optional<Duration> unsigned_since_;  // entries have waited for a checkpoint
  Duration snapshot_at_{};
  const Duration started_;
  std::deque<std::pair<Duration, std::uint64_t>> store_sizes_;  // of the last hour, a minute apart
  Duration drain_until_{};
};

}  // namespace steelyard::broker
