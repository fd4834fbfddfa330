#include "broker/loop.h"

#include <signal.h>
#include <spdlog/spdlog.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>

#include "broker/verify_frame.h"
#include "core/base/fail_point.h"
#include "core/base/plain_text.h"
#include "core/exchange/digest.h"
#include "schemas/codec.h"
#include "schemas/errors.h"

namespace steelyard::broker {

namespace {

constexpr Duration kTickEvery = milliseconds(50);
constexpr Duration kWaitMax = milliseconds(50);
constexpr Duration kWaitBlocked = milliseconds(1);  // a ROUTER does not tell when one peer can be written to again
constexpr Duration kSweepEvery = seconds(1);
constexpr Duration kCutOverfullEvery = milliseconds(100);   // while more comes than is taken
constexpr Duration kLookForSpaceEvery = milliseconds(250);  // in which no log grows by what is kept free

// What a message takes of its member's bucket: whatever makes entries; of a statement its signatures, and its room in
// the log by the kilobyte, as of a hand-over.
std::size_t tokens_of(const exchange::FrameMessage& message) {
  constexpr std::size_t kSignatures = 16;  // under one statement, at most
  switch (message.kind) {
    case schemas::MessageKind::kRequest:
    case schemas::MessageKind::kEvent: return 1;
    case schemas::MessageKind::kReceived: return 1 + message.envelope.size() / 1'024;
    case schemas::MessageKind::kStatement:
      return kSignatures + (message.envelope.size() + message.payload.size()) / 1'024;
    default: return 0;
  }
}

std::size_t tokens_of(const exchange::Frame& frame) {
  std::size_t tokens = 0;
  for (const auto& message : frame.messages) tokens += tokens_of(message);
  return tokens;
}

// What a control frame takes of its session's bucket: each message what it costs to answer.
std::size_t control_tokens_of(const exchange::Frame& frame) {
  constexpr std::size_t kPingTokens = 4;  // a frame for each, of which nobody needs more than one a second
  std::size_t tokens = 0;
  for (const auto& message : frame.messages)
    tokens += message.kind == schemas::MessageKind::kPing     ? kPingTokens
              : message.kind == schemas::MessageKind::kSync   ? limits::kSyncTokens
              : message.kind == schemas::MessageKind::kCosign ? limits::kCosignTokens
                                                              : 1;
  return tokens;
}

bool holds(const exchange::Frame& frame, schemas::MessageKind kind) {
  return std::any_of(frame.messages.begin(), frame.messages.end(),
                     [kind](const auto& message) { return message.kind == kind; });
}

// What an owner says of requests: an answer, or that there is none.
std::size_t words_of(const exchange::Frame& frame) {
  return static_cast<std::size_t>(std::count_if(frame.messages.begin(), frame.messages.end(), [](const auto& message) {
    return message.kind == schemas::MessageKind::kAnswer || message.kind == schemas::MessageKind::kRejection;
  }));
}

}  // namespace

net::AllowedKeys allowed_keys(const exchange::Registry& registry) {
  net::AllowedKeys allowed;
  for (const MemberId& id : registry.members()) {
    const exchange::MemberRecord* member = registry.member(id);
    for (const exchange::RegisteredKey& key : member->keys) {
      if (key.use != schemas::KeyUse::kTransport || registry.member_with_transport(key.key.octets) != member) continue;
      if (auto curve = net::CurvePublic::from(key.key.octets)) allowed[*curve] = id.text;
    }
  }
  return allowed;
}

Loop::Loop(LoopParts parts, ExchangeId boot)
    : parts_(std::move(parts)),
      boot_(boot),
      sessions_(parts_.requests_per_second),
      keys_epoch_(parts_.pipeline.registry().epoch()),
      started_(now().monotonic) {
  parts_.zap.allow(allowed_keys(parts_.pipeline.registry()));
  look_for_space();  // a start without space opens in that state
}

Status Loop::run(int signal_fd, service::ServiceManager& manager) {
  const std::size_t frames = poller_.add(parts_.router);
  const std::size_t letters = poller_.add(parts_.mailbox.waker());
  const std::size_t signals = poller_.add_fd(signal_fd);
  static_cast<void>(frames);  // asked in every round, whether reported or not
  while (true) {
    poller_.wait(more_ ? Duration{} : blocked_ ? kWaitBlocked : patient_ ? Outbox::kRecordedMayWait : kWaitMax);
    manager.alive(now().monotonic);
    if (poller_.ready(signals)) take_signals(signal_fd);
    if (poller_.ready(letters)) TRY(take_letters());
    TRY(round());
    if (draining_) manager.stopping();
    if (draining_ && (drained() || now().monotonic >= drain_until_)) break;
  }
  spdlog::info("stopping open_exchanges={} sessions={}", parts_.pipeline.open_exchanges(), sessions_.up());
  write_stats();
  return {};
}

Status Loop::round() {
  counters_.rounds += 1;
  blocked_ = more_ = patient_ = false;
  gather();
  Round taken;
  take_turns(taken);
  if (!taken.batch.frames.empty()) {
    sessions_.tell_queues(taken.batch);
    step(std::move(taken.batch));
  }
  if (const Duration at = now().monotonic; at >= ticked_ + kTickEvery) {
    ticked_ = at;
    tick();
  }
  if (parts_.pipeline.more()) step(GoOnEvent{});
  more_ = more_ || parts_.pipeline.more();
  serve_tiles();
  flush();
  return {};
}

void Loop::take_signals(int signal_fd) {
  signalfd_siginfo info;
  while (read(signal_fd, &info, sizeof(info)) == sizeof(info)) {
    if (info.ssi_signo == SIGUSR1) {
      write_stats();
      publish_snapshot();
    } else if (info.ssi_signo == SIGUSR2) {
      spdlog::warn("the operator confirms the wall clock was_wrong={}", parts_.pipeline.clock_wrong());
      step(ConfirmClockEvent{});
    } else if (!draining_) {
      spdlog::info("draining signal={} open_exchanges={}", info.ssi_signo, parts_.pipeline.open_exchanges());
      draining_ = true;
      drain_until_ = now().monotonic + limits::kDrainWithin;
      step(DrainEvent{});
    }
  }
}

Status Loop::take_letters() {
  for (Letter& letter : parts_.mailbox.take()) {
    if (auto* fatal = std::get_if<Fatal>(&letter)) {
      spdlog::critical("stopping why={}", quoted(fatal->why.what));
      write_stats();
      return fail(std::move(fatal->why));
    }
    if (auto* published = std::get_if<PublishedCheckpoint>(&letter)) {
      publish(std::move(published->note));
    } else {
      const auto& committed = std::get<provenance::CommittedBatch>(letter);
      FAIL_POINT("broker-committed");
      commit_seconds_.observe(committed.took);
      if (!unsigned_since_) unsigned_since_ = now().monotonic;
      committed_size_ = committed.size;
      step(CommittedEvent{committed.number, committed.first});
    }
  }
  return {};
}

// Takes what has arrived, at most one round's share. What is left waits in the socket, within bounds.
void Loop::gather() {
  std::size_t frames = 0, bytes = 0;
  while (frames < limits::kFramesPerRound && bytes < limits::kBytesPerRound) {
    auto event = parts_.router.receive();
    if (!event) {
      if (const Duration at = now().monotonic; at >= swept_ + kSweepEvery) {
        swept_ = at;
        parts_.router.sweep();
      }
      return;
    }
    frames += 1;
    if (auto* bad = std::get_if<net::BadPeer>(&*event)) {  // it follows no rule of ours at all: cut off at once
      counters_.dropped.add("bad-peer");
      parts_.router.drop(bad->peer);
      continue;
    }
    auto& arrival = std::get<net::Arrival>(*event);
    bytes += arrival.frame.size();
    arrive(std::move(arrival));
  }
  more_ = true;
  if (const Duration at = now().monotonic; at >= cut_overfull_ + kCutOverfullEvery) {
    cut_overfull_ = at;
    parts_.router.cut_overfull();
  }
}

void Loop::arrive(net::Arrival arrival) {
  const ByteView octets = arrival.frame.view();
  counters_.frames_in += 1;
  counters_.bytes_in += octets.size();
  Session* session = session_of(arrival);
  if (session == nullptr) return;
  session->heard = now().monotonic;
  const auto frame = exchange::parse_frame(octets);
  if (!frame) {
    // A kind of a later version is told so; whoever goes on with it is cut off all the same.
    if (frame.error().code == schemas::code::unknown_kind) reject(*session, schemas::code::unknown_kind);
    return count_drop(*session, "unparsable");
  }
  counters_.messages_in += frame->messages.size();
  switch (frame->sort) {
    case exchange::FrameSort::kControl:
      if (!session->control.take(control_tokens_of(*frame), now().monotonic))
        return count_drop(*session, "control-flood");
      for (const auto& message : frame->messages)
        if (session->phase == SessionPhase::kConnected || session->phase == SessionPhase::kUp)
          control(*session, message);
      return;
    case exchange::FrameSort::kMember: return arrive_member(*session, *frame, arrival.frame);
    case exchange::FrameSort::kBroker: return count_drop(*session, "wrong-sort");
  }
}

void Loop::arrive_member(Session& session, const exchange::Frame& frame, net::Frame& octets) {
  if (session.phase != SessionPhase::kUp) {
    reject(session, schemas::code::no_hello);
    return count_drop(session, "no-hello");
  }
  const std::size_t messages = frame.messages.size(), size = octets.size();
  if (!session.inbound.take(messages, size)) return count_drop(session, "beyond-credit");
  const bool statement = holds(frame, schemas::MessageKind::kStatement);
  const std::size_t words = words_of(frame), owed = std::min(words, session.unanswered);
  const std::size_t tokens = tokens_of(frame);
  // The last of the room is for what its author cannot ask for anew.
  const std::size_t room = limits::kBacklogBytesMax / (statement || words > 0 ? 1 : limits::kQueueShareOfRequests);
  // One bundle is taken whole or not at all.
  if (backlog_.bytes() + size > room ||
      (tokens > 0 && !sessions_.bucket(session.member).take(tokens, now().monotonic))) {
    reject_busy(session, frame);
    return decided(session, messages, size);
  }
  session.unanswered -= owed;
  // Who was asked does not wait longer for saying so: what an owner owes takes nothing of its turns.
  backlog_.push(session.member, {session.number, std::move(octets), messages, tokens + words - owed}, statement);
}

// Statements first, so that what they stop is stopped for all that waits; half a round at most by what they cost, so
// that they stop nothing else. Then the rest, unless the log is behind.
void Loop::take_turns(Round& taken) {
  for (std::size_t cost = 0; cost < limits::kMessagesPerRound / 2;) {
    const auto next = backlog_.take_statement();
    if (!next) break;
    cost += std::max(next->cost, std::max<std::size_t>(next->messages, 1));
    decide(*next, taken);
  }
  while (taken.messages < limits::kMessagesPerRound && !parts_.pipeline.log_behind()) {
    const auto next = backlog_.take_other();
    if (!next) break;
    decide(*next, taken);
  }
  more_ = more_ || (!backlog_.empty() && (taken.messages > 0 || !parts_.pipeline.log_behind()));
}

void Loop::decide(const WaitingFrame& waiting, Round& taken) {
  taken.messages += std::max<std::size_t>(waiting.messages, 1);  // good or bad: its signature is checked
  Session* session = sessions_.find(waiting.session);
  if (session == nullptr || session->phase != SessionPhase::kUp) return;
  auto arrived = verify_frame(parts_.pipeline.registry(), session->number, session->member, waiting.frame.view());
  decided(*session, waiting.messages, waiting.frame.size());
  if (!arrived) return count_drop(*session, "malformed");
  if (arrived->bundle != nullptr || arrived->why == schemas::code::bad_signature) counters_.verifications += 1;
  taken.batch.frames.push_back(std::move(*arrived));
}

void Loop::decided(Session& session, std::size_t messages, std::size_t bytes) {
  if (session.phase == SessionPhase::kDead) return;
  session.inbound.decide(messages, bytes);
  if (session.inbound.renewal_due()) send_control(session, schemas::MessageKind::kCredit, session.inbound.renew());
}

void Loop::step(Event event) {
  events_.push_back(std::move(event));
  if (stepping_) return;
  stepping_ = true;
  while (!events_.empty()) {
    Event next = std::move(events_.front());
    events_.pop_front();
    for (Action& action : parts_.pipeline.step(std::move(next), now())) perform(std::move(action));
    keys_may_have_changed();
    tell_of_clock();
  }
  stepping_ = false;
}

void Loop::perform(Action action) {
  if (auto* append = std::get_if<AppendAction>(&action)) {
    counters_.batches += 1;
    FAIL_POINT("broker-before-append");
    parts_.writer.submit(std::move(*append->batch));
  } else if (auto* send = std::get_if<SendAction>(&action)) {
    Session* session = sessions_.find(send->session);
    if (session == nullptr || session->phase == SessionPhase::kDead) return;
    for (const auto& message : send->messages)
      if (message.kind == schemas::MessageKind::kRequest) ++session->unanswered;
    if (!session->outbox.push(std::move(send->messages))) end(*session, "queue-full");
  } else if (const auto* ack = std::get_if<AckAction>(&action)) {
    Session* session = sessions_.find(ack->session);
    if (session != nullptr && session->phase == SessionPhase::kUp)
      send_control(*session, schemas::MessageKind::kAck, ack->ack);
  } else {
    const auto& close = std::get<CloseAction>(action);
    if (Session* session = sessions_.find(close.session)) begin_close(*session, close.why);
  }
}

// INVARIANT(stopped-means-stopped): a key that a statement took away neither connects nor is heard again.
void Loop::keys_may_have_changed() {
  const exchange::Registry& registry = parts_.pipeline.registry();
  if (registry.epoch() == keys_epoch_) return;
  keys_epoch_ = registry.epoch();
  parts_.zap.allow(allowed_keys(registry));
  for (Session* session : sessions_.all())
    if (session->phase != SessionPhase::kDead && !may_still(*session)) end(*session, "key-withdrawn");
}

void Loop::flush() {
  const Duration at = now().monotonic;
  for (Session* session : sessions_.all()) {
    if (session->phase == SessionPhase::kDead || session->outbox.empty()) continue;
    if (!session->outbox.due(at)) {
      patient_ = true;
      continue;
    }
    const Flushed flushed = session->outbox.flush(parts_.router, session->handle.routing_id, parts_.signer, at);
    counters_.frames_out += flushed.frames;
    counters_.bytes_out += flushed.bytes;
    counters_.messages_out += flushed.messages;
    counters_.signatures += flushed.signatures;
    blocked_ = blocked_ || flushed.blocked;
    if (flushed.statements > 0) {
      step(RoomEvent{session->number, session->outbox.statements()});
      more_ = more_ || session->outbox.statements() > 0;
    }
    if (flushed.gone) end(*session, "gone");
    if (session->outbox.stuck(at)) end(*session, "stuck");
  }
}

void Loop::tell_of_clock() {
  if (parts_.pipeline.clock_wrong() == clock_wrong_) return;
  clock_wrong_ = !clock_wrong_;
  if (clock_wrong_)
    spdlog::critical(
        "alarm clock-wrong: the wall clock jumped to {}, nothing is taken in until it is set right or "
        "confirmed by SIGUSR2 log_time={}",
        to_rfc3339(parts_.clock.wall()), to_rfc3339(parts_.pipeline.log_time(now())));
  else
    spdlog::warn("the wall clock is believed again log_time={}", to_rfc3339(parts_.pipeline.log_time(now())));
}

// Above limits::kStoreFullRatio of map or disk. What is left holds the ends of what is open.
void Loop::look_for_space() {
  const Duration at = now().monotonic;
  if (looked_for_space_ && at < space_looked_ + kLookForSpaceEvery) return;
  looked_for_space_ = true;
  space_looked_ = at;
  const double map = parts_.store.env().used_ratio();
  const auto free = parts_.store.env().disk_free_ratio();
  const bool scarce = map >= limits::kStoreFullRatio || !free || *free <= 1 - limits::kStoreFullRatio;
  if (scarce == scarce_) return;
  scarce_ = scarce;
  const std::string disk = free ? std::to_string(*free) : "unknown why=" + quoted(free.error().what);
  if (scarce)
    spdlog::critical("alarm store-full: the store is all but full map_used={:.3f} disk_free={}", map, disk);
  else
    spdlog::warn("the store has room again map_used={:.3f} disk_free={}", map, disk);
  step(SpaceEvent{scarce});
}

void Loop::tick() {
  const Duration at = now().monotonic;
  if (at >= snapshot_at_ + limits::kSnapshotEvery) publish_snapshot();
  look_for_space();
  for (Session* session : sessions_.all()) look_after(*session, at);
  step(TickEvent{});
}

void Loop::look_after(Session& session, Duration at) {
  if (session.phase == SessionPhase::kDead) {
    if (at >= session.ends) sessions_.forget(net::ConnectionToken(session.handle.token));
    return;
  }
  if (session.phase == SessionPhase::kClosing && at >= session.ends) return end(session, "closed");
  if (session.lost(parts_.router.monitor().is_live(session.peer), at)) return end(session, "disconnected");
  if (at >= session.heard + limits::kPongWithin) return end(session, "silent");
  if (session.phase == SessionPhase::kConnected && at >= session.began + limits::kHelloWithin) {
    counters_.cut.add("no-hello");
    return end(session, "no-hello");
  }
  if (session.phase == SessionPhase::kUp && !session.greeted)
    session.greeted = parts_.router.monitor().greeted(session.peer);
  if (session.phase == SessionPhase::kUp && at >= session.pinged + limits::kPingEvery) {
    session.pinged = at;
    send_control(session, schemas::MessageKind::kPing,
                 schemas::Ping{static_cast<std::uint64_t>(at.us), parts_.clock.wall()});
  }
}

bool Loop::drained() const {
  return backlog_.empty() && parts_.pipeline.open_exchanges() == 0 && !parts_.pipeline.append_in_flight() &&
         !parts_.pipeline.more() && sessions_.queues_empty();
}

void Loop::write_stats() const {
  if (parts_.stats_path.empty()) return;
  const auto written = append_stats(parts_.stats_path, stats_line(counters_, parts_.pipeline.counters(), gauges()));
  if (!written) spdlog::error("counters not written why={}", quoted(written.error().what));
}

}  // namespace steelyard::broker
