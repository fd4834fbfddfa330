#include "core/net/router.h"

#include <zmq.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "core/base/check.h"
#include "core/net/message.h"
#include "core/net/socket_options.h"

namespace steelyard::net {
namespace {

zmq_msg_t* as_message(Frame& frame) { return static_cast<zmq_msg_t*>(frame.message()); }

Peer peer_of(Frame& frame) { return Peer::of(zmq_msg_get(as_message(frame), ZMQ_SRCFD)); }

constexpr const char* kUserId = "User-Id";  // what ZAP answered; its name is in the draft part of zmq.h

// What a part of this size took on the wire: ZMTP's flags and length, then CURVE's command.
std::uint64_t wire_bytes(std::size_t part) {
  const std::size_t command = part + kCurveOverhead;
  return command + (command > 255 ? 9 : 2);
}

}  // namespace

Result<std::unique_ptr<Router>> Router::open(Context& context, const ZapHandler& zap, Options options) {
  TRY(check_endpoint(options.endpoint));
  std::unique_ptr<Router> router(new Router());
  router->zap_ = &zap;
  router->undelivered_bytes_max_ = options.undelivered_bytes_max;
  router->silent_max_ = options.silent_max;
  router->socket_ = zmq_socket(context.handle(), ZMQ_ROUTER);
  if (router->socket_ == nullptr) return zmq_failure("making the broker's socket");
  TRY(router->configure(options));
  TRY_ASSIGN(router->monitor_, Monitor::attach(context, router->socket_, options.connections_max));
  if (zmq_bind(router->socket_, options.endpoint.c_str()) != 0)
    return zmq_failure("binding `" + options.endpoint + "`", ErrorKind::kFix);
  char bound[256];
  std::size_t size = sizeof(bound);
  if (zmq_getsockopt(router->socket_, ZMQ_LAST_ENDPOINT, bound, &size) != 0) return zmq_failure("reading the port");
  router->endpoint_ = bound;
  return router;
}

Status Router::configure(const Options& options) {
  // No bound on frames that wait to be received: libzmq 4.3.4 stops reading where there is one, and a connection that
  // is reset while a ZMTP ping waits behind a full pipe then ends the process (`!_io_error`, stream_engine_base.cpp).
  // What waits is bounded in octets, by cut_overfull().
  constexpr int kNoBound = 0;
  TRY(set_common_options(socket_, options.endpoint, options.frame_bytes_max, options.hwm_frames, kNoBound));
  TRY(set_option(socket_, ZMQ_BACKLOG, 256));
  TRY(set_option(socket_, ZMQ_ROUTER_MANDATORY, 1));
  TRY(set_option(socket_, ZMQ_CURVE_SERVER, 1));
  const auto secret = options.keys.secret_key.view();
  TRY(set_option(socket_, ZMQ_CURVE_SECRETKEY, secret.data(), secret.size()));
  TRY(set_option(socket_, ZMQ_ZAP_DOMAIN, kZapDomain, std::string_view(kZapDomain).size()));
  return set_option(socket_, kZapEnforceDomain, 1);
}

Router::~Router() {
  if (socket_ == nullptr) return;
  if (monitor_) zmq_socket_monitor(socket_, nullptr, 0);
  zmq_close(socket_);
}

std::optional<RouterEvent> Router::receive() {
  zmq_msg_t id;
  zmq_msg_init(&id);
  if (zmq_msg_recv(&id, socket_, ZMQ_DONTWAIT) < 0) {
    zmq_msg_close(&id);
    return {};
  }
  const auto* octets = static_cast<const std::uint8_t*>(zmq_msg_data(&id));
  Bytes routing_id(octets, octets + zmq_msg_size(&id));
  zmq_msg_close(&id);
  return receive_payload(std::move(routing_id));
}

std::optional<RouterEvent> Router::receive_payload(Bytes routing_id) {
  Frame frame;
  // A message is delivered whole, so its parts are there once its first one is.
  CHECK(zmq_msg_recv(as_message(frame), socket_, ZMQ_DONTWAIT) >= 0);
  // From this part and no other: on the routing id's part libzmq may have left no metadata at all.
  const char* user_id = zmq_msg_gets(as_message(frame), kUserId);
  const auto who = user_id == nullptr ? std::nullopt : zap_->authenticated(user_id);
  bool single = true;
  if (who) connection_of(*who, frame);
  for (bool more = zmq_msg_more(as_message(frame)) != 0; more;) {
    single = false;
    Frame next;
    CHECK(zmq_msg_recv(as_message(next), socket_, ZMQ_DONTWAIT) >= 0);
    if (who) connection_of(*who, next);
    more = zmq_msg_more(as_message(next)) != 0;
  }
  if (!who || !single) {
    ++bad_frames_;
    const Peer peer = who ? connections_[who->token].peer : peer_of(frame);
    return BadPeer{peer, who ? "a frame is one part" : "no connection token of ours"};
  }
  const Peer peer = connections_[who->token].peer;
  return Arrival{{who->token, std::move(routing_id)}, who->key, peer, std::move(frame)};
}

Router::Connection& Router::connection_of(const Authenticated& who, Frame& frame) {
  auto& connection = connections_[who.token];
  if (connection.peer.fd < 0) {
    connection.peer = peer_of(frame);
    monitor_->heard(connection.peer);
  }
  connection.delivered += wire_bytes(frame.size());
  return connection;
}

SendResult Router::address(const Bytes& routing_id) {
  if (send_copy(socket_, routing_id, ZMQ_DONTWAIT | ZMQ_SNDMORE)) return SendResult::kSent;
  return errno == EAGAIN ? SendResult::kWouldBlock : SendResult::kGone;
}

SendResult Router::send(const Bytes& routing_id, ByteView frame) {
  if (const auto result = address(routing_id); result != SendResult::kSent) return result;
  return send_copy(socket_, frame, ZMQ_DONTWAIT) ? SendResult::kSent : SendResult::kGone;
}

SendResult Router::send(const Bytes& routing_id, Bytes&& frame) {
  if (const auto result = address(routing_id); result != SendResult::kSent) return result;
  return send_owned(socket_, std::move(frame), ZMQ_DONTWAIT) ? SendResult::kSent : SendResult::kGone;
}

std::unordered_map<std::uint64_t, std::uint64_t> Router::delivered() const {
  std::unordered_map<std::uint64_t, std::uint64_t> by_generation;
  for (const auto& [token, connection] : connections_) {
    // Two tokens on one socket: frames of an ended connection were read when its descriptor had been reused.
    auto& octets = by_generation[connection.peer.generation];
    octets = std::max(octets, connection.delivered);
  }
  return by_generation;
}

std::size_t Router::cut_overfull() {
  const auto known = delivered();
  std::size_t cut = 0;
  for (const auto& connection : monitor_->live()) {
    const auto of = known.find(connection.peer.generation);
    const std::uint64_t seen = of == known.end() ? 0 : of->second;
    const auto received = bytes_received(connection.peer);
    if (!received || *received <= seen + undelivered_bytes_max_ || ending_.contains(connection.peer.generation))
      continue;
    if (!drop_peer(connection.peer)) continue;
    ending_.insert(connection.peer.generation);
    ++cut;
  }
  overfull_ += cut;
  return cut;
}

std::size_t Router::sweep() {
  std::size_t cut = cut_overfull();
  const auto known = delivered();
  std::unordered_set<std::uint64_t> live;
  const Duration now = SystemClock().monotonic();
  for (const auto& connection : monitor_->live()) {
    live.insert(connection.peer.generation);
    if (known.contains(connection.peer.generation)) {
      if (!connection.heard) monitor_->heard(connection.peer);  // its frame was here before the monitor told of it
    } else if (now >= connection.since + silent_max_ && !ending_.contains(connection.peer.generation) &&
               drop_peer(connection.peer)) {
      ++silent_;
      ++cut;
    }
  }
  std::erase_if(ending_, [&live](std::uint64_t generation) { return !live.contains(generation); });
  // Forgotten at the second look only: the first frame may be here before the monitor tells of its connection.
  for (auto at = connections_.begin(); at != connections_.end();) {
    const bool missing = !live.contains(at->second.peer.generation);
    const bool forget = missing && at->second.missing;
    at->second.missing = missing;
    at = forget ? connections_.erase(at) : std::next(at);
  }
  return cut;
}

}  // namespace steelyard::net
