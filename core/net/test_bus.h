// What the tests of this folder share: a broker's side on a free port, peers that follow the rules and peers that
// do not. Test programs only.
#pragma once

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zmq.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <thread>

#include "core/net/context.h"
#include "core/net/dealer.h"
#include "core/net/poller.h"
#include "core/net/router.h"
#include "core/net/zap.h"

namespace steelyard::net {

inline CurveKeyPair new_keys() {
  auto keys = CurveKeyPair::generate();
  EXPECT_TRUE(keys.has_value());
  return *keys;
}

inline bool eventually(const std::function<bool()>& condition, int timeout_ms = 5000) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

// That a peer was read does not mean that its own queue knows of it yet: whoever sends many has to ask again.
inline bool sends(Dealer& dealer, ByteView frame) {
  return eventually([&] { return dealer.send(frame) == SendResult::kSent; });
}

// A TCP relay for one connection that passes on only the first `budget` octets of what the client says. This is how
// a message stays unfinished: libzmq itself sends none before its last part is there. reset() ends the server's side by
// a RST.
class TruncatingRelay {
 public:
  TruncatingRelay(const std::string& server, std::size_t budget) : budget_(budget) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = loopback(0);
    EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    EXPECT_EQ(listen(listener_, 1), 0);
    socklen_t size = sizeof(address);
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    endpoint_ = "tcp://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    const int port = std::stoi(server.substr(server.rfind(':') + 1));
    thread_ = std::thread([this, port] { run(port); });
  }
  ~TruncatingRelay() {
    stopping_ = true;
    thread_.join();
    close(listener_);
  }
  const std::string& endpoint() const { return endpoint_; }
  void reset() { resetting_ = true; }
  bool exhausted() const { return exhausted_; }
  bool cut_by_server() const { return cut_; }

 private:
  static sockaddr_in loopback(int port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    return address;
  }
  void run(int port) {
    pollfd accepting{listener_, POLLIN, 0};
    while (poll(&accepting, 1, 10) == 0)
      if (stopping_) return;
    const int client = accept(listener_, nullptr, nullptr);
    const int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = loopback(port);
    EXPECT_EQ(connect(server, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    std::vector<char> buffer(64 * 1024);
    while (!stopping_ && !cut_ && !resetting_) {
      pollfd ends[] = {{exhausted_ ? -1 : client, POLLIN, 0}, {server, POLLIN, 0}};
      poll(ends, 2, 10);
      if (ends[0].revents != 0) {
        const ssize_t got = recv(client, buffer.data(), std::min(buffer.size(), budget_), 0);
        if (got <= 0) break;
        budget_ -= static_cast<std::size_t>(got);
        if (send(server, buffer.data(), static_cast<std::size_t>(got), MSG_NOSIGNAL) < 0) cut_ = true;
        exhausted_ = budget_ == 0;
      }
      if (ends[1].revents != 0) {
        const ssize_t got = recv(server, buffer.data(), buffer.size(), 0);
        if (got <= 0)
          cut_ = true;
        else if (send(client, buffer.data(), static_cast<std::size_t>(got), MSG_NOSIGNAL) < 0)
          break;
      }
    }
    const linger at_once{resetting_ ? 1 : 0, 0};
    setsockopt(server, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    close(server);
    cut_ = true;
    // The client's end stays until the test has closed its socket: libzmq asserts that a connection does not end within
    // a message that it is sending in parts (session_base.cpp, clean_pipes), and here it would be this process that
    // ends.
    while (!stopping_) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    close(client);
  }

  int listener_ = -1;
  std::size_t budget_;
  std::string endpoint_;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> resetting_{false};
  std::atomic<bool> exhausted_{false};
  std::atomic<bool> cut_{false};
  std::thread thread_;
};

class Bus : public ::testing::Test {
 protected:
  void SetUp() override {
    auto made = Context::open();
    ASSERT_TRUE(made.has_value()) << made.error().what;
    context = std::move(*made);
    auto handler = ZapHandler::start(*context, {{alice.public_key, "alice"}, {bob.public_key, "bob"}});
    ASSERT_TRUE(handler.has_value()) << handler.error().what;
    zap = std::move(*handler);
    open_router(limits::kUndeliveredBytesMax);
  }

  void open_router(std::size_t undelivered_bytes_max, Duration silent_max = limits::kPongWithin,
                   std::size_t connections_max = limits::kConnectionsMax) {
    router.reset();
    Router::Options options{.endpoint = "tcp://127.0.0.1:*", .keys = broker};
    options.undelivered_bytes_max = undelivered_bytes_max;
    options.silent_max = silent_max;
    options.connections_max = connections_max;
    auto opened = Router::open(*context, *zap, options);
    ASSERT_TRUE(opened.has_value()) << opened.error().what;
    router = std::move(*opened);
  }

  std::unique_ptr<Dealer> connect(const CurveKeyPair& keys) { return connect(keys, broker.public_key); }
  std::unique_ptr<Dealer> connect(const CurveKeyPair& keys, const CurvePublic& server) {
    auto dealer = Dealer::open(*context, {.endpoint = router->endpoint(), .server_key = server, .keys = keys});
    EXPECT_TRUE(dealer.has_value());
    return dealer ? std::move(*dealer) : nullptr;
  }

  // A peer that uses libzmq as it likes: CURVE with `keys`, or none if null.
  void* raw(int type, const CurveKeyPair* keys, const std::function<void(void*)>& more = {},
            const std::string& endpoint = "") {
    void* socket = zmq_socket(context->handle(), type);
    const int zero = 0;
    zmq_setsockopt(socket, ZMQ_LINGER, &zero, sizeof(zero));
    zmq_setsockopt(socket, ZMQ_SNDHWM, &zero, sizeof(zero));
    if (keys != nullptr) {
      zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, broker.public_key.octets.data(), 32);
      zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, keys->public_key.octets.data(), 32);
      zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, keys->secret_key.view().data(), 32);
    }
    if (more) more(socket);
    EXPECT_EQ(zmq_connect(socket, (endpoint.empty() ? router->endpoint() : endpoint).c_str()), 0);
    return socket;
  }

  std::optional<RouterEvent> next_event(int timeout_ms = 5000) {
    std::optional<RouterEvent> event;
    eventually([&] { return (event = router->receive()).has_value(); }, timeout_ms);
    return event;
  }

  std::optional<Arrival> next_arrival(int timeout_ms = 5000) {
    auto event = next_event(timeout_ms);
    if (!event || !std::holds_alternative<Arrival>(*event)) return {};
    return std::move(std::get<Arrival>(*event));
  }

  static std::optional<Frame> next_frame(Dealer& dealer, int timeout_ms = 5000) {
    std::optional<Frame> frame;
    eventually([&] { return (frame = dealer.receive()).has_value(); }, timeout_ms);
    return frame;
  }

  static std::string text_of(const std::optional<Frame>& frame) {
    return frame ? std::string(as_text(frame->view())) : "(no frame)";
  }
  static std::string text_of(const std::optional<Arrival>& arrival) {
    return arrival ? std::string(as_text(arrival->frame.view())) : "(no arrival)";
  }

  CurveKeyPair broker = new_keys();
  CurveKeyPair alice = new_keys();
  CurveKeyPair bob = new_keys();
  CurveKeyPair stranger = new_keys();
  std::unique_ptr<Context> context;
  std::unique_ptr<ZapHandler> zap;
  std::unique_ptr<Router> router;
};

}  // namespace steelyard::net
