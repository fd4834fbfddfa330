// Link: the session with the broker below the messages: connecting, Hello, pings, credit, framing.
//
// One DEALER per session. A session begins with Welcome and ends with five seconds of silence, a closed connection or
// drop(); the next one is tried after a jitter that doubles from 100-500 ms up to 5 s. What was queued dies with it.
// Credit counts the messages and octets of bundles; control frames have a queue of their own and are not counted.
//
// Owns: the DEALER, what waits to be sent. Threads: the Node's. Errors: advance() fails with kStop or kFix where no
// socket can be made; a broker that is away is no error.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "core/client/identity.h"
#include "core/client/node.h"
#include "core/exchange/frame.h"
#include "core/exchange/registry.h"
#include "core/net/context.h"
#include "core/net/dealer.h"
#include "core/net/poller.h"
#include "core/net/waker.h"
#include "schemas/codec.h"
#include "schemas/messages.h"

namespace steelyard::client {

class Link {
 public:
  // All outlive the Link.
  Link(net::Context& context, const Identity& identity, const NodeOptions& options, const Clock& clock,
       Node::Counters& counters);

  // Whatever is due: a new connection, Hello, pings, the end of a silent session, frames of what waits.
  Status advance(const exchange::Registry& registry, LogIndex next_statement);
  void wait(Duration timeout);
  std::optional<net::Frame> receive();  // anything that arrives keeps the session alive
  void drop();                          // ends the session; another follows

  void send(exchange::OutMessage message);  // dropped where there is no session
  template <class Control>
  void control(schemas::MessageKind kind, const Control& message) {
    if (phase_ == Phase::kWelcomed) control_.push_back(exchange::control_frame(kind, schemas::encode(message)));
  }

  void on_welcome();
  void on_credit(const schemas::Credit& credit);
  void on_ping(const schemas::Ping& ping);
  void consumed(std::size_t messages, std::size_t frame_bytes);  // raises the broker's credit

  bool welcomed() const { return phase_ == Phase::kWelcomed; }
  std::uint64_t session() const { return counters_.sessions; }
  std::size_t queued() const { return waiting_.size() - next_; }
  net::Waker& waker() { return waker_; }

 private:
  enum class Phase { kAway, kConnecting, kGreeting, kWelcomed };

  Status connect();
  void greet(LogIndex next_statement);
  bool flush_control();
  void flush_messages(const exchange::Registry& registry);
  std::size_t affordable(std::size_t count) const;
  void forget_sent();
  Duration pause();

  net::Context& context_;
  const Identity& identity_;
  const NodeOptions& options_;
  const Clock& clock_;
  Node::Counters& counters_;
  const ExchangeId boot_;
  net::CurvePublic server_key_;
  net::Waker waker_;
  net::Poller poller_;
  std::unique_ptr<net::Dealer> dealer_;
  Phase phase_ = Phase::kAway;
  Duration retry_at_;
  int failures_ = 0;
  Duration heard_;
  Duration pinged_;
  Duration looked_;
  std::uint64_t nonce_ = 0;

  std::deque<Bytes> control_;
  std::vector<exchange::OutMessage> waiting_;
  std::size_t next_ = 0;  // of waiting_: those before it are sent
  Bytes unsent_;          // a signed frame that the socket did not take
  bool blocked_ = false;

  schemas::Credit allowed_;  // by the broker: totals
  schemas::Credit sent_;
  schemas::Credit received_;  // totals
  schemas::Credit granted_;   // to the broker: what it was told last
};

}  // namespace steelyard::client
