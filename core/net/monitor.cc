#include "core/net/monitor.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <zmq.h>

#include <cstring>
#include <string>

#include "core/base/check.h"
#include "core/base/limits.h"
#include "core/net/context.h"
#include "core/net/socket_options.h"

namespace steelyard::net {

Peer Peer::of(int fd) {
  std::uint64_t cookie = 0;
  socklen_t size = sizeof(cookie);
  if (fd < 0 || getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &size) != 0) cookie = 0;
  return {fd, cookie};
}

bool drop_peer(const Peer& peer) {
  if (peer.generation == 0 || Peer::of(peer.fd) != peer) return false;
  return shutdown(peer.fd, SHUT_RDWR) == 0;
}

std::optional<std::uint64_t> bytes_received(const Peer& peer) {
  tcp_info info{};
  socklen_t size = sizeof(info);
  if (peer.generation == 0 || Peer::of(peer.fd) != peer) return {};
  if (getsockopt(peer.fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return {};
  return info.tcpi_bytes_received;
}

Result<std::unique_ptr<Monitor>> Monitor::attach(Context& context, void* socket, std::size_t connections_max) {
  static std::atomic<std::uint64_t> serial{0};
  const std::string address = "inproc://steelyard-monitor-" + std::to_string(serial.fetch_add(1));
  // The reader comes first and takes any number of events: a full pipe would stop the I/O thread.
  void* reader = zmq_socket(context.handle(), ZMQ_PAIR);
  if (reader == nullptr) return zmq_failure("making a socket monitor");
  Status ready = set_option(reader, ZMQ_RCVHWM, 0);
  if (ready) ready = set_option(reader, ZMQ_LINGER, 0);
  if (ready && zmq_connect(reader, address.c_str()) != 0) ready = zmq_failure("connecting a socket monitor");
  if (!ready) {
    zmq_close(reader);
    return fail(std::move(ready).error());
  }
  std::unique_ptr<Monitor> monitor(new Monitor());
  monitor->connections_max_ = connections_max;
  monitor->thread_ = std::thread([self = monitor.get(), reader] { self->run(reader); });
  const int events = ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_ACCEPT_FAILED | ZMQ_EVENT_DISCONNECTED |
                     ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL |
                     ZMQ_EVENT_HANDSHAKE_FAILED_AUTH;
  if (zmq_socket_monitor(socket, address.c_str(), events) != 0) return zmq_failure("attaching a socket monitor");
  return monitor;
}

Monitor::~Monitor() {
  stop_.wake();
  if (thread_.joinable()) thread_.join();
}

void Monitor::run(void* reader) {
  zmq_pollitem_t items[] = {{reader, -1, ZMQ_POLLIN, 0}, {nullptr, stop_.fd(), ZMQ_POLLIN, 0}};
  while (items[1].revents == 0) {
    if (zmq_poll(items, 2, -1) < 0) {
      CHECK(errno == EINTR);
      continue;
    }
    char event[6];      // u16 event, u32 value, in the machine's order
    char address[256];  // of the endpoint, which we know
    while (zmq_recv(reader, event, sizeof(event), ZMQ_DONTWAIT) == sizeof(event)) {
      std::uint16_t what = 0;
      std::uint32_t value = 0;
      std::memcpy(&what, event, sizeof(what));
      std::memcpy(&value, event + sizeof(what), sizeof(value));
      zmq_recv(reader, address, sizeof(address), ZMQ_DONTWAIT);
      note(what, value);
    }
  }
  zmq_close(reader);
}

void Monitor::note(std::uint16_t event, std::uint32_t value) {
  if (event == ZMQ_EVENT_ACCEPTED) {
    ++accepted_;
    const Peer peer = Peer::of(static_cast<int>(value));
    if (peer.generation == 0) {  // came and went
      ++unheard_;
      return;
    }
    std::lock_guard lock(mutex_);
    add(peer);
  } else if (event == ZMQ_EVENT_DISCONNECTED) {
    ++disconnected_;
    std::lock_guard lock(mutex_);
    if (const auto ended = live_.find(static_cast<int>(value)); ended != live_.end()) end(ended);
  } else if (event == ZMQ_EVENT_ACCEPT_FAILED) {
    ++accepts_failed_;
  } else {
    ++handshakes_failed_;
  }
}

void Monitor::add(const Peer& peer) {
  if (const auto before = live_.find(peer.fd); before != live_.end()) end(before);  // its end was missed
  Connection& newest = live_[peer.fd];
  newest.peer = peer;
  newest.since = SystemClock().monotonic();
  if (live_.size() - cut_ <= connections_max_) return;
  Connection* goes = &newest;
  for (auto& [fd, one] : live_)
    if (!one.greeted && !one.cut && one.since < goes->since) goes = &one;
  goes->cut = true;
  ++cut_;
  ++cut_for_number_;
  drop_peer(goes->peer);
}

void Monitor::end(std::unordered_map<int, Connection>::iterator at) {
  if (!at->second.heard) ++unheard_;
  if (at->second.cut) --cut_;
  live_.erase(at);
}

std::vector<Monitor::Connection> Monitor::live() {
  std::vector<Connection> connections;
  std::lock_guard lock(mutex_);
  for (auto at = live_.begin(); at != live_.end();) {
    const auto one = at++;
    // With several I/O threads an end may be reported before its beginning; such a one is found out here.
    if (Peer::of(one->first) == one->second.peer)
      connections.push_back(one->second);
    else
      end(one);
  }
  return connections;
}

bool Monitor::greeted(const Peer& peer) {
  std::lock_guard lock(mutex_);
  const auto found = live_.find(peer.fd);
  if (found == live_.end() || found->second.peer != peer) return false;
  return found->second.greeted = true;
}

void Monitor::heard(const Peer& peer) {
  std::lock_guard lock(mutex_);
  const auto found = live_.find(peer.fd);
  if (found != live_.end() && found->second.peer == peer) found->second.heard = true;
}

bool Monitor::is_live(const Peer& peer) const {
  std::lock_guard lock(mutex_);
  const auto found = live_.find(peer.fd);
  return found != live_.end() && found->second.peer == peer && Peer::of(peer.fd) == peer;
}

}  // namespace steelyard::net
