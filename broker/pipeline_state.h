// Pipeline::State: what the pipeline knows, and the steps that change it. Private to broker/pipeline*.cc.
//
//   pipeline.cc             start, dispatch, what follows a commit, ticks
//   pipeline_frames.cc      one frame: whose it is, in what order its messages go, rejections
//   pipeline_requests.cc    requests, repeats, closes
//   pipeline_answers.cc     answers, hand-overs, an owner's rejections
//   pipeline_statements.cc  statements, sessions and what they have seen
//   pipeline_recheck.cc     is what was permitted still permitted?
//   pipeline_events.cc      subscriptions, events, what is delivered and acknowledged of them
// Threads: the loop's.
#pragma once

#include <deque>
#include <map>
#include <set>
#include <unordered_map>

#include "broker/broker_messages.h"
#include "broker/clock_guard.h"
#include "broker/exchanges.h"
#include "broker/log_draft.h"
#include "broker/owner_pace.h"
#include "broker/pipeline.h"
#include "broker/rejection_sums.h"
#include "broker/streams.h"

namespace steelyard::broker {

inline constexpr std::uint32_t kNoSpaceDelayMs = 30'000;  // somebody has to make room

struct Pipeline::State {
  struct Session {
    SessionNumber number;
    MemberId member;
    std::vector<DatasetId> provides;
    LogIndex next_statement;   // this one is to be sent next
    std::size_t queued = 0;    // octets: as the last batch said, and what was sent since
    std::size_t coming = 0;    // octets of requests to this provider whose entries are not durable yet
    OwnerPace pace;            // of this provider
    std::size_t ahead = 0;     // statements in its queue
    bool catching_up = false;  // there are durable statements that its queue had no room for
    std::deque<std::vector<exchange::OutMessage>> held;  // what waits behind those
    std::size_t held_bytes = 0;
    // The key that its requests' answers are to be sealed to, which stays the same for minutes, and that key's id.
    crypto::PublicKey reply_key;
    KeyId reply_key_id;
  };
  struct KeptStatement {
    LogIndex index;
    Digest digest;
    exchange::OutMessage message;
    Salt salt;
    Bytes body;
  };
  // One message in its frame, by the session that it came on.
  struct Incoming {
    const ArrivedFrame& frame;
    const Arrived& message;
    std::size_t position;
    Session& session;
    Now now;
    Instant at;  // log time
  };
  // What was permitted and is no more.
  struct Ending {
    ErrorCode reason = 0;  // 0: it still is
    exchange::DecidedBy decided_by = {};
  };
  struct Closing {
    ExchangeKey key;
    Ending why;
  };
  struct Stopping {
    ExchangeId id;  // of a subscription
    Ending why;
  };
  struct KeptReceived {
    LogIndex index;
    Salt salt;
    Bytes body;
    MemberId author;
  };

  explicit State(PipelineStart start);

  // pipeline.cc
  void recover_exchanges(const PipelineStart& start);
  void recover_statements(PipelineStart& start);
  void recover_handovers(const PipelineStart& start);
  void on_committed(const CommittedEvent& event);
  void on_tick(Now now);
  void end_expired(Instant at);
  void end_exchange(const ExchangeKey& key, Exchange& exchange, Instant at);
  void give_out_due(Instant at);
  void observe_clock(Now now);
  void sum_rejections(Now now, bool all);
  void finish_step(Now now);
  Instant log_time(Now now) const;
  void give_out(LogIndex needs, Waiting waiting, Instant at);
  void give_out_now(Waiting waiting, Instant at);
  void send(SessionNumber session, std::vector<exchange::OutMessage> messages);

  // pipeline_frames.cc
  void on_batch(BatchEvent event, Now now);
  void on_frame(const ArrivedFrame& frame, Session& session, Now now);
  void on_message(const Incoming& in);
  ErrorCode check_head(const Incoming& in, const schemas::Head& head) const;
  void reject(const Incoming& in, ErrorCode code, std::uint32_t delay_ms = 0);
  void reject(const Session& session, const ExchangeId& id, Instant expires, const Digest& digest, ErrorCode code,
              std::uint32_t delay_ms, Duration monotonic);
  exchange::OutMessage forwarded(const Incoming& in) const;
  void note_queues(const BatchEvent& event);
  Session* provider_of(const DatasetId& dataset);  // nullptr: nobody provides it now
  bool has_room(const Incoming& in, const Session* provider) const;
  void reserve(Waiting& waiting, Session& provider);
  void wait_for_answer(const ExchangeKey& key, Exchange& exchange, Session& provider);
  void wait_no_more(const ExchangeKey& key, Exchange& exchange, bool said);

  // pipeline_requests.cc
  void on_request(const Incoming& in, const schemas::Request& request);
  void on_new_request(const Incoming& in, const schemas::Request& request, const ExchangeKey& key);
  void on_repeat(const Incoming& in, const schemas::Request& request, const ExchangeKey& key, Exchange& exchange);
  void name_fields_again(const schemas::Request& request, const ExchangeKey& key, Exchange& exchange, Instant at);
  void record_refusal(const Incoming& in, const schemas::Request& request, const ExchangeKey& key,
                      const exchange::Verdict& verdict);
  void record_grant(const Incoming& in, const schemas::Request& request, const ExchangeKey& key,
                    const exchange::Verdict& verdict, Session& provider);
  bool grant_again(const Incoming& in, const schemas::Request& request, Exchange& exchange);
  Waiting to_owner(const Incoming& in, const ExchangeKey& key, const Exchange& exchange) const;
  void close_refused(const ExchangeKey& key, Exchange& exchange, Ending why);
  void record_closes(Instant at);
  Written record_close(const ExchangeKey& key, const Exchange& exchange, const Ending& why, Instant at);
  exchange::Verdict weigh(const exchange::Question& question, Instant at);
  void keep_to_quotas(exchange::Verdict& verdict, schemas::Action action, Instant at);
  bool may_weigh() const;  // whether the member whose frame is in hand has steps left in this round
  KeyId reply_key_of(const Incoming& in, const schemas::Request& request) const;
  provenance::OnceRow once_row(const ExchangeKey& key, const Exchange& exchange) const;

  // pipeline_answers.cc
  void on_answer(const Incoming& in, const schemas::Answer& answer);
  void record_answer(const Incoming& in, const schemas::Answer& answer, const ExchangeKey& key, Exchange& exchange,
                     const std::vector<FieldName>& names);
  void deliver(const Incoming& in, const ExchangeKey& key, const Exchange& exchange);
  void on_received(const Incoming& in, const schemas::Received& received);
  void keep_handover(const Digest& digest, KeptReceived kept, Instant expires);
  void on_rejection(const Incoming& in, const schemas::Rejection& rejection);

  // pipeline_statements.cc
  void on_statement(const Incoming& in, const schemas::Statement& statement);
  void follow_change(const exchange::RegistryChange& change);
  void on_session_up(const SessionUpEvent& event);
  void on_session_down(SessionNumber session);
  void on_sync(const SyncFromEvent& event);
  void on_room(const RoomEvent& event);
  std::vector<KeptStatement>::const_iterator statement_from(LogIndex index) const;  // the first one from there on
  void send_statements(Session& session);
  void hold(Session& session, std::vector<exchange::OutMessage> what);
  bool append_statement(const KeptStatement& kept, const Session& session,
                        std::vector<exchange::OutMessage>& messages) const;

  // pipeline_recheck.cc
  Ending recheck(Exchange& exchange, Instant at);
  bool must_weigh(const Exchange& exchange, Instant at) const {
    return !(registry.epoch() == exchange.weighed && at < exchange.holds_until);
  }

  // pipeline_events.cc
  bool may_subscribe(const schemas::Request& request) const;
  bool may_start(const schemas::Answer& answer, const Exchange& exchange) const;
  void start_subscription(const schemas::Answer& answer, const ExchangeKey& key, const Exchange& exchange,
                          const Incoming& in);
  void on_event(const Incoming& in, const schemas::Event& event);
  ErrorCode check_event(const Incoming& in, const schemas::Event& event);
  bool has_spool_room(const Stream& stream, std::size_t bytes) const;
  void record_event(const Incoming& in, const schemas::Event& event, Stream& stream, LogIndex dataset);
  void spool(const Incoming& in, const schemas::Event& event, const Written& entry, const Stream& stream);
  void on_range(const Incoming& in, const schemas::Received& handed);
  void record_range(const Incoming& in, const schemas::Received& handed, Subscription& subscription, Stream& stream);
  void release(Stream& stream);
  void stop_subscription(Subscription& subscription, Ending why);
  void record_stops(Instant at);
  void tell_when_durable(LogIndex entry, StreamMoved moved, Instant at);
  void stream_moved(const StreamMoved& moved);
  void tell_streams();
  void deliver_due(Instant at);
  void deliver_events(Subscription& subscription, Instant at);
  Ending recheck(Subscription& subscription, Instant at);
  void age_streams(Now now);
  void recover_streams(PipelineStart& start);

  LogIndex number_of(const MemberId& member) const;
  Session* session(SessionNumber number);

  exchange::Registry registry;
  exchange::Gate gate;
  bool gate_failed = false;  // then everything is refused
  KeyId bundle_key;
  LogDraft draft;
  BrokerMessages messages;
  Exchanges exchanges;
  Quotas quotas;
  RejectionSums sums;
  std::map<SessionNumber, Session> sessions;
  std::unordered_map<DatasetId, SessionNumber> providers;
  std::vector<KeptStatement> statements;  // by index, ascending
  std::map<Digest, std::size_t> statement_of;
  std::map<Digest, KeptReceived> received;  // until they are stale
  std::set<std::pair<Instant, Digest>> received_expiry;
  std::unordered_map<MemberId, std::size_t> received_of;  // how many of those
  const std::size_t received_of_member_max;
  std::deque<Waiting> due;                             // durable, and too much for one step so far
  bool expired_left = false;                           // past its time, and likewise
  std::size_t steps = 0;                               // of evaluation in the step in hand
  std::unordered_map<MemberId, std::size_t> steps_of;  // in the batch in hand, by whose frames they were taken
  std::size_t* taker = nullptr;                        // of them, the one whose frame is in hand
  std::vector<Closing> closes;                         // decided inside a bundle, recorded after it
  Streams streams;
  std::vector<Stopping> stops;       // likewise
  std::set<DatasetId> touched;       // whose owners are to be told what is durable
  std::set<ExchangeId> deliverable;  // subscriptions that may be given something
  std::set<ExchangeId> crowded;      // and those whose session's queue was full
  ClockGuard clock;
  bool clock_wrong = false;
  std::size_t queued_in_all = 0;
  bool draining = false;
  bool scarce = false;  // no new exchanges, hand-overs, sums of rejections, statements but those that stop something
  PipelineCounters counters;
  Actions actions;  // of the step in hand
};

}  // namespace steelyard::broker
