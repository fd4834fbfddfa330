#include "tests/hostile/sockets.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zmq.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>

namespace steelyard::hostile {

namespace {

[[noreturn]] void give_up(const char* what) {
  std::perror(what);
  std::exit(3);
}

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

int connected(int port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(port);
  if (fd < 0) give_up("socket");
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) give_up("connect");
  return fd;
}

void set_reset(int fd) {
  const linger now{1, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

}  // namespace

Tcp::Tcp(int port) : fd_(connected(port)) {}
Tcp::~Tcp() {
  if (fd_ >= 0) ::close(fd_);
}

bool Tcp::send(ByteView octets) {
  while (!octets.empty()) {
    const ssize_t sent = ::send(fd_, octets.data(), octets.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    octets = octets.subspan(static_cast<std::size_t>(sent));
  }
  return true;
}

bool Tcp::ended() {
  char buffer[4096];
  while (true) {
    const ssize_t got = ::recv(fd_, buffer, sizeof(buffer), MSG_DONTWAIT);
    if (got == 0) return true;
    if (got < 0) return errno != EAGAIN && errno != EINTR;
  }
}

void Tcp::reset() {
  set_reset(fd_);
  ::close(std::exchange(fd_, -1));
}

Bytes zmtp_greeting(std::string_view mechanism, std::uint8_t minor) {
  Bytes greeting(64, 0);
  greeting[0] = 0xFF;
  greeting[8] = 1;
  greeting[9] = 0x7F;
  greeting[10] = 3;
  greeting[11] = minor;
  std::copy(mechanism.begin(), mechanism.end(), greeting.begin() + 12);
  return greeting;
}

Raw::Raw(Stage& stage, const client::Identity* who, const std::function<void(void*)>& configure, int port) {
  static std::atomic<int> serial{0};
  socket_ = zmq_socket(stage.context().handle(), ZMQ_DEALER);
  events_ = zmq_socket(stage.context().handle(), ZMQ_PAIR);
  if (socket_ == nullptr || events_ == nullptr) give_up("zmq_socket");
  set(ZMQ_LINGER, 0);
  set(ZMQ_SNDHWM, 0);
  set(ZMQ_RECONNECT_IVL, -1);
  if (who != nullptr) {
    const auto& transport = who->transport_key;
    zmq_setsockopt(socket_, ZMQ_CURVE_SERVERKEY, who->broker_key.data(), 32);
    zmq_setsockopt(socket_, ZMQ_CURVE_PUBLICKEY, transport.public_key().octets.data(), 32);
    zmq_setsockopt(socket_, ZMQ_CURVE_SECRETKEY, transport.secret().data(), 32);
  }
  if (configure) configure(socket_);
  const std::string address = "inproc://hostile-" + std::to_string(serial.fetch_add(1));
  if (zmq_connect(events_, address.c_str()) != 0) give_up("zmq_connect");
  if (zmq_socket_monitor(socket_, address.c_str(), ZMQ_EVENT_ALL) != 0) give_up("zmq_socket_monitor");
  const std::string to = "tcp://127.0.0.1:" + std::to_string(port == 0 ? stage.port() : port);
  if (zmq_connect(socket_, to.c_str()) != 0) give_up("zmq_connect");
}

Raw::~Raw() {
  zmq_socket_monitor(socket_, nullptr, 0);
  zmq_close(socket_);
  zmq_close(events_);
}

void Raw::set(int option, int value) {
  if (zmq_setsockopt(socket_, option, &value, sizeof(value)) != 0) give_up("zmq_setsockopt");
}

Status Raw::greet(const schemas::Hello& hello) {
  if (!up()) return fail(ErrorKind::kLater, "the handshake was not taken");
  send(exchange::control_frame(schemas::MessageKind::kHello, schemas::encode(hello)));
  return {};
}

void hold_little(void* socket) {
  const int one = 1;
  const int page = 4096;
  zmq_setsockopt(socket, ZMQ_RCVHWM, &one, sizeof(one));
  zmq_setsockopt(socket, ZMQ_RCVBUF, &page, sizeof(page));
}

void Raw::look() {
  char event[6];
  char address[256];
  while (zmq_recv(events_, event, sizeof(event), ZMQ_DONTWAIT) == sizeof(event)) {
    std::uint16_t what = 0;
    std::memcpy(&what, event, sizeof(what));
    zmq_recv(events_, address, sizeof(address), ZMQ_DONTWAIT);
    if (what == ZMQ_EVENT_HANDSHAKE_SUCCEEDED) up_ = true;
    if (what == ZMQ_EVENT_DISCONNECTED || what == ZMQ_EVENT_CLOSED || what == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH ||
        what == ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL || what == ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL)
      ended_ = true;
  }
}

bool Raw::up(Duration within) {
  eventually(
      [this] {
        look();
        return up_ || ended_;
      },
      within);
  return up_;
}

bool Raw::ended() {
  look();
  return ended_;
}

bool Raw::send(ByteView part, bool more) {
  return eventually(
      [&] { return zmq_send(socket_, part.data(), part.size(), ZMQ_DONTWAIT | (more ? ZMQ_SNDMORE : 0)) >= 0; },
      seconds(5));
}

Bytes Raw::receive(Duration within) {
  zmq_msg_t part;
  zmq_msg_init(&part);
  eventually([&] { return zmq_msg_recv(&part, socket_, ZMQ_DONTWAIT) >= 0; }, within);
  const auto* begin = static_cast<const std::uint8_t*>(zmq_msg_data(&part));
  Bytes octets(begin, begin + zmq_msg_size(&part));
  zmq_msg_close(&part);
  return octets;
}

Relay::Relay(int broker_port, std::size_t budget) : budget_(budget) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof(address);
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 1) != 0 ||
      ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
    give_up("relay");
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this, broker_port] { run(broker_port); });
}

Relay::~Relay() {
  stopping_ = true;
  thread_.join();
  ::close(listener_);
}

void Relay::reset() {
  resetting_ = true;
  stopping_ = true;
}

void Relay::run(int broker_port) {
  pollfd accepting{listener_, POLLIN, 0};
  while (::poll(&accepting, 1, 10) == 0)
    if (stopping_) return;
  const int client = ::accept(listener_, nullptr, nullptr);
  const int broker = connected(broker_port);
  Bytes buffer(64 * 1024);
  while (!stopping_ && !cut_) {
    pollfd ends[] = {{exhausted_ ? -1 : client, POLLIN, 0}, {broker, POLLIN, 0}};
    ::poll(ends, 2, 10);
    if (ends[0].revents != 0) {
      const ssize_t got = ::recv(client, buffer.data(), std::min(buffer.size(), budget_), 0);
      if (got <= 0) break;
      budget_ -= static_cast<std::size_t>(got);
      if (::send(broker, buffer.data(), static_cast<std::size_t>(got), MSG_NOSIGNAL) < 0) cut_ = true;
      exhausted_ = budget_ == 0;
    }
    if (ends[1].revents != 0) {
      const ssize_t got = ::recv(broker, buffer.data(), buffer.size(), 0);
      if (got <= 0)
        cut_ = true;
      else if (::send(client, buffer.data(), static_cast<std::size_t>(got), MSG_NOSIGNAL) < 0)
        break;
    }
  }
  // The attacker's own libzmq would not survive a reset with its pings on the way: it goes on, talking to nobody.
  if (resetting_)
    set_reset(broker);
  else
    ::close(client);
  ::close(broker);
}

namespace {

struct Tampering {
  std::mutex mutex;
  std::string before, after;
  std::size_t times = 0;
};
Tampering& tampering() {
  static Tampering one;
  return one;
}

}  // namespace

std::size_t tamper_handshakes(std::string before, std::string after) {
  Tampering& one = tampering();
  std::lock_guard lock(one.mutex);
  one.before = std::move(before);
  one.after = std::move(after);
  return one.times;
}

}  // namespace steelyard::hostile

// libzmq seals the metadata of a CURVE handshake with libsodium's crypto_box; this program's own comes first, so that
// an attack can say there what libzmq would not let it say.
extern "C" int crypto_box(unsigned char* sealed, const unsigned char* plain, unsigned long long size,
                          const unsigned char* nonce, const unsigned char* to, const unsigned char* from) {
  using Seal = int(unsigned char*, const unsigned char*, unsigned long long, const unsigned char*, const unsigned char*,
                   const unsigned char*);
  static Seal* const real = reinterpret_cast<Seal*>(dlsym(RTLD_NEXT, "crypto_box"));
  std::string text(reinterpret_cast<const char*>(plain), size);
  auto& one = steelyard::hostile::tampering();
  {
    std::lock_guard lock(one.mutex);
    if (const auto at = text.find(one.before); !one.before.empty() && at != std::string::npos) {
      text.replace(at, one.before.size(), one.after);
      ++one.times;
    }
  }
  return real(sealed, reinterpret_cast<const unsigned char*>(text.data()), size, nonce, to, from);
}
