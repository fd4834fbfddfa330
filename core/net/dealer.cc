#include "core/net/dealer.h"

#include <zmq.h>

#include <atomic>
#include <cstring>
#include <utility>

#include "core/base/check.h"
#include "core/net/message.h"
#include "core/net/socket_options.h"

namespace steelyard::net {
namespace {

zmq_msg_t* as_message(Frame& frame) { return static_cast<zmq_msg_t*>(frame.message()); }

std::int64_t now_us() { return SystemClock().monotonic().us; }

// False after a time-out or a signal.
bool wait_readable(void* socket, Duration timeout) {
  zmq_pollitem_t item{socket, -1, ZMQ_POLLIN, 0};
  const long timeout_ms = timeout.us < 0 ? -1 : static_cast<long>((timeout.us + 999) / 1000);
  const int rc = zmq_poll(&item, 1, timeout_ms);
  CHECK(rc >= 0 || errno == EINTR);
  return rc > 0;
}

}  // namespace

Result<std::unique_ptr<Dealer>> Dealer::open(Context& context, Options options) {
  static std::atomic<std::uint64_t> serial{0};
  TRY(check_endpoint(options.endpoint));
  std::unique_ptr<Dealer> dealer(new Dealer());
  dealer->socket_ = zmq_socket(context.handle(), ZMQ_DEALER);
  dealer->events_ = zmq_socket(context.handle(), ZMQ_PAIR);
  if (dealer->socket_ == nullptr || dealer->events_ == nullptr) return zmq_failure("making an adapter's socket");
  TRY(dealer->configure(options));
  const std::string address = "inproc://steelyard-link-" + std::to_string(serial.fetch_add(1));
  TRY(set_option(dealer->events_, ZMQ_RCVHWM, 0));
  TRY(set_option(dealer->events_, ZMQ_LINGER, 0));
  if (zmq_connect(dealer->events_, address.c_str()) != 0) return zmq_failure("connecting a socket monitor");
  const int events = ZMQ_EVENT_CLOSED | ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_HANDSHAKE_SUCCEEDED |
                     ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL |
                     ZMQ_EVENT_HANDSHAKE_FAILED_AUTH;
  if (zmq_socket_monitor(dealer->socket_, address.c_str(), events) != 0)
    return zmq_failure("attaching a socket monitor");
  if (zmq_connect(dealer->socket_, options.endpoint.c_str()) != 0)
    return zmq_failure("connecting to `" + options.endpoint + "`", ErrorKind::kFix);
  return dealer;
}

Status Dealer::configure(const Options& options) {
  TRY(set_common_options(socket_, options.endpoint, options.frame_bytes_max, options.hwm_frames, options.hwm_frames));
  TRY(set_option(socket_, ZMQ_CONNECT_TIMEOUT, static_cast<int>(limits::kHandshakeWithin.us / 1000)));
  // A DEALER that connects again by itself would do so as another peer and nobody would know.
  TRY(set_option(socket_, ZMQ_RECONNECT_IVL, -1));
  TRY(set_option(socket_, ZMQ_IMMEDIATE, 1));
  TRY(set_option(socket_, ZMQ_CURVE_SERVERKEY, options.server_key.octets.data(), CurvePublic::kSize));
  TRY(set_option(socket_, ZMQ_CURVE_PUBLICKEY, options.keys.public_key.octets.data(), CurvePublic::kSize));
  const auto secret = options.keys.secret_key.view();
  return set_option(socket_, ZMQ_CURVE_SECRETKEY, secret.data(), secret.size());
}

Dealer::~Dealer() {
  if (socket_ != nullptr) {
    zmq_socket_monitor(socket_, nullptr, 0);
    zmq_close(socket_);
  }
  if (events_ != nullptr) zmq_close(events_);
}

std::optional<Frame> Dealer::receive() {
  while (true) {
    Frame frame;
    if (zmq_msg_recv(as_message(frame), socket_, ZMQ_DONTWAIT) < 0) return {};
    if (zmq_msg_more(as_message(frame)) == 0) return frame;
    ++bad_frames_;
    for (bool more = true; more;) {
      Frame rest;
      CHECK(zmq_msg_recv(as_message(rest), socket_, ZMQ_DONTWAIT) >= 0);
      more = zmq_msg_more(as_message(rest)) != 0;
    }
  }
}

SendResult Dealer::send(ByteView frame) {
  return send_copy(socket_, frame, ZMQ_DONTWAIT) ? SendResult::kSent : SendResult::kWouldBlock;
}

SendResult Dealer::send(Bytes&& frame) {
  return send_owned(socket_, std::move(frame), ZMQ_DONTWAIT) ? SendResult::kSent : SendResult::kWouldBlock;
}

LinkState Dealer::state() {
  char event[6];  // u16 event, u32 value, in the machine's order
  char address[256];
  while (zmq_recv(events_, event, sizeof(event), ZMQ_DONTWAIT) == sizeof(event)) {
    std::uint16_t what = 0;
    std::memcpy(&what, event, sizeof(what));
    zmq_recv(events_, address, sizeof(address), ZMQ_DONTWAIT);
    note(what);
  }
  return state_;
}

void Dealer::note(std::uint16_t event) {
  if (event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED)
    state_ = LinkState::kUp;
  else if (event == ZMQ_EVENT_DISCONNECTED || event == ZMQ_EVENT_CLOSED)
    state_ = state_ == LinkState::kRefused ? state_ : LinkState::kDown;
  else
    state_ = LinkState::kRefused;
}

LinkState Dealer::wait_up(Duration timeout) {
  const std::int64_t until = now_us() + timeout.us;
  while (state() == LinkState::kConnecting) {
    const std::int64_t left = until - now_us();
    if (left <= 0) break;
    wait_readable(events_, {left});
  }
  return state_;
}

bool Dealer::wait(Duration timeout) { return wait_readable(socket_, timeout); }

}  // namespace steelyard::net
