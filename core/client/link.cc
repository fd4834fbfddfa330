#include "core/client/link.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "core/base/fail_point.h"
#include "core/crypto/random.h"
#include "core/exchange/bundle.h"
#include "schemas/codec.h"

namespace steelyard::client {
namespace {

constexpr Duration kJitterMin = milliseconds(100);
constexpr std::uint64_t kJitterSpreadUs = 400'000;
constexpr Duration kPauseMax = seconds(5);
constexpr Duration kConnectingStep = milliseconds(5);  // a DEALER does not wake a poller when it is connected
constexpr Duration kBlockedStep = milliseconds(1);     // nor when it could send again
constexpr Duration kLookEvery = milliseconds(100);     // for a connection that ended

Duration between(Duration from, Duration to) { return {to.us - from.us}; }

}  // namespace

Link::Link(net::Context& context, const Identity& identity, const NodeOptions& options, const Clock& clock,
           Node::Counters& counters)
    : context_(context),
      identity_(identity),
      options_(options),
      clock_(clock),
      counters_(counters),
      boot_(crypto::make_exchange_id(clock.wall())) {
  std::copy_n(identity.broker_key.begin(), std::min<std::size_t>(identity.broker_key.size(), 32),
              server_key_.octets.begin());
  poller_.add(waker_);
}

Duration Link::pause() {
  std::array<std::uint8_t, 8> octets{};
  crypto::random_bytes(octets);
  Duration pause{kJitterMin.us + static_cast<std::int64_t>(get_le<std::uint64_t>(octets.data()) % kJitterSpreadUs)};
  for (int i = 0; i < failures_ && pause < kPauseMax; ++i) pause.us *= 2;
  ++failures_;
  return std::min(pause, kPauseMax);
}

void Link::drop() {
  poller_.clear();
  poller_.add(waker_);
  dealer_.reset();
  phase_ = Phase::kAway;
  control_.clear();
  waiting_.clear();
  next_ = 0;
  unsent_.clear();
  blocked_ = false;
  retry_at_ = clock_.monotonic() + pause();
}

Status Link::connect() {
  TRY_ASSIGN(auto keys, net::CurveKeyPair::from_secret(identity_.transport_key.secret()));
  net::Dealer::Options options;
  options.endpoint = identity_.endpoint;
  options.server_key = server_key_;
  options.keys = std::move(keys);
  TRY_ASSIGN(dealer_, net::Dealer::open(context_, std::move(options)));
  poller_.clear();
  poller_.add(waker_);
  poller_.add(*dealer_);
  phase_ = Phase::kConnecting;
  heard_ = looked_ = clock_.monotonic();
  return {};
}

void Link::greet(LogIndex next_statement) {
  schemas::Hello hello;
  hello.versions = {schemas::kEnvelopeVersion};
  hello.boot = boot_;
  hello.member = identity_.member;
  hello.provides = options_.provides;
  hello.next_statement = next_statement;
  hello.clock = clock_.wall();
  hello.software = options_.software;
  allowed_ = sent_ = received_ = {};
  granted_ = {limits::kCreditMessages, limits::kCreditBytes};
  control_.push_back(exchange::control_frame(schemas::MessageKind::kHello, schemas::encode(hello)));
  control_.push_back(exchange::control_frame(schemas::MessageKind::kCredit, schemas::encode(granted_)));
  phase_ = Phase::kGreeting;
  heard_ = pinged_ = clock_.monotonic();
}

Status Link::advance(const exchange::Registry& registry, LogIndex next_statement) {
  const Duration now = clock_.monotonic();
  if (phase_ == Phase::kAway) {
    if (now < retry_at_) return {};
    TRY(connect());
  }
  if (phase_ == Phase::kConnecting || between(looked_, now) >= kLookEvery) {
    looked_ = now;
    const auto state = dealer_->state();
    if (state == net::LinkState::kDown || state == net::LinkState::kRefused ||
        between(heard_, now) > limits::kPongWithin) {
      drop();
      return {};
    }
    if (phase_ == Phase::kConnecting) {
      if (state != net::LinkState::kUp) return {};
      greet(next_statement);
    }
  }
  if (phase_ == Phase::kWelcomed && between(pinged_, now) >= limits::kPingEvery) {
    pinged_ = now;
    control(schemas::MessageKind::kPing, schemas::Ping{++nonce_, clock_.wall()});
  }
  if (flush_control() && phase_ == Phase::kWelcomed) flush_messages(registry);
  return {};
}

// False where the socket takes nothing more now.
bool Link::flush_control() {
  while (!control_.empty()) {
    if (dealer_->send(std::move(control_.front())) != net::SendResult::kSent) {
      blocked_ = true;
      return false;
    }
    control_.pop_front();
    ++counters_.frames_out;
  }
  blocked_ = false;
  return true;
}

// How many of the next `count` messages the broker's credit allows. Framing adds a fixed head: counted generously.
std::size_t Link::affordable(std::size_t count) const {
  constexpr std::uint64_t kFrameHeadBytes = 128;
  if (allowed_.messages <= sent_.messages || allowed_.bytes <= sent_.bytes + kFrameHeadBytes) return 0;
  count = std::min<std::size_t>(count, allowed_.messages - sent_.messages);
  std::uint64_t bytes = sent_.bytes + kFrameHeadBytes;
  for (std::size_t i = 0; i < count; ++i) {
    bytes += waiting_[next_ + i].framed_bytes();
    if (bytes > allowed_.bytes) return i;
  }
  return count;
}

void Link::flush_messages(const exchange::Registry& registry) {
  if (!unsent_.empty()) {
    blocked_ = dealer_->send(std::move(unsent_)) != net::SendResult::kSent;
    if (blocked_) return;
    unsent_.clear();
    ++counters_.frames_out;
  }
  while (next_ < waiting_.size() && !blocked_ && !registry.empty()) {
    const std::size_t count = affordable(exchange::count_for_frame(waiting_, next_));
    if (count == 0) break;
    Bytes frame = exchange::sign_member_frame(registry.suite(), registry.origin(), identity_.member,
                                              identity_.message_key, std::span(waiting_).subspan(next_, count));
    ++counters_.signatures;
    next_ += count;
    sent_.messages += count;
    sent_.bytes += frame.size();
    blocked_ = dealer_->send(std::move(frame)) != net::SendResult::kSent;
    if (blocked_) {
      unsent_ = std::move(frame);
    } else {
      ++counters_.frames_out;
      FAIL_POINT("client-sent");
    }
  }
  forget_sent();
}

void Link::forget_sent() {
  if (next_ == waiting_.size()) {
    waiting_.clear();
    next_ = 0;
  } else if (next_ > limits::kCreditMessages) {
    waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(next_));
    next_ = 0;
  }
}

void Link::wait(Duration timeout) {
  const Duration now = clock_.monotonic();
  Duration until = timeout;
  if (phase_ == Phase::kAway)
    until = std::min(until, std::max(between(now, retry_at_), Duration{0}));
  else if (phase_ == Phase::kConnecting)
    until = std::min(until, kConnectingStep);
  else
    until = std::min({until, blocked_ || !control_.empty() ? kBlockedStep : limits::kPingEvery,
                      std::max(between(now, looked_ + kLookEvery), Duration{0})});
  poller_.wait(std::max(until, Duration{0}));
  if (poller_.ready(0)) waker_.drain();
}

std::optional<net::Frame> Link::receive() {
  if (phase_ != Phase::kGreeting && phase_ != Phase::kWelcomed) return {};
  auto frame = dealer_->receive();
  if (frame) {
    heard_ = clock_.monotonic();
    ++counters_.frames_in;
  }
  return frame;
}

void Link::send(exchange::OutMessage message) {
  if (phase_ == Phase::kWelcomed) waiting_.push_back(std::move(message));
}

void Link::on_welcome() {
  if (phase_ != Phase::kGreeting) return;
  phase_ = Phase::kWelcomed;
  failures_ = 0;
  ++counters_.sessions;
}

// Totals only grow, so that a credit which was overtaken takes nothing back.
void Link::on_credit(const schemas::Credit& credit) {
  allowed_.messages = std::max(allowed_.messages, credit.messages);
  allowed_.bytes = std::max(allowed_.bytes, credit.bytes);
}

void Link::on_ping(const schemas::Ping& ping) {
  control(schemas::MessageKind::kPong, schemas::Pong{ping.nonce, clock_.wall()});
}

void Link::consumed(std::size_t messages, std::size_t frame_bytes) {
  received_.messages += messages;
  received_.bytes += frame_bytes;
  const schemas::Credit due{received_.messages + limits::kCreditMessages, received_.bytes + limits::kCreditBytes};
  if (due.messages - granted_.messages < limits::kCreditMessages / 4 &&
      due.bytes - granted_.bytes < limits::kCreditBytes / 4)
    return;
  granted_ = due;
  control(schemas::MessageKind::kCredit, granted_);
}

}  // namespace steelyard::client
