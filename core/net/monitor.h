// Monitor: which TCP connections a Router holds, what each has received, and the only way to cut one off.
//
// libzmq has no call that drops a peer, and none of its limits counts an unfinished multipart message. So a thread
// reads the socket's events, keeps the accepted descriptors, and shutdown(2) makes libzmq see the end of the stream.
// Descriptors are reused: a Peer pairs one with the kernel's cookie of that very socket, and nothing is shut down
// whose cookie differs. Correctness never depends on a drop: a session is dead when its owner says so.
//
// Owns: its thread and the monitor socket. Made by the Router before it binds, ended after its socket is closed.
// Threads: all methods from any thread.
// Errors: kStop when the socket cannot be made.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_map>
#include <vector>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/net/waker.h"

namespace steelyard::net {

class Context;

// A connection as the kernel knows it.
struct Peer {
  int fd = -1;
  std::uint64_t generation = 0;  // SO_COOKIE: unique to this socket until the machine restarts; 0: unknown

  bool operator==(const Peer&) const = default;
  static Peer of(int fd);  // as it is now
};

// False when that connection is no longer there (ended, or its descriptor means another one by now).
bool drop_peer(const Peer& peer);
std::optional<std::uint64_t> bytes_received(const Peer& peer);  // by TCP, whether read or not

class Monitor {
 public:
  struct Connection {
    Peer peer;
    Duration since;  // monotonic: when it was accepted
  };
  static Result<std::unique_ptr<Monitor>> attach(Context& context, void* socket);
  ~Monitor();

  std::vector<Connection> live();  // and forgets those whose end was missed
  bool is_live(const Peer& peer) const;
  std::uint64_t accepted() const { return accepted_.load(); }
  std::uint64_t disconnected() const { return disconnected_.load(); }
  std::uint64_t handshakes_failed() const { return handshakes_failed_.load(); }
  std::uint64_t refused_for_number() const { return refused_for_number_.load(); }  // over limits::kConnectionsMax

 private:
  Monitor() = default;
  void run(void* reader);
  void note(std::uint16_t event, std::uint32_t value);

  mutable std::mutex mutex_;                  // guards live_
  std::unordered_map<int, Connection> live_;  // by descriptor
  std::atomic<std::uint64_t> accepted_{0};
  std::atomic<std::uint64_t> disconnected_{0};
  std::atomic<std::uint64_t> handshakes_failed_{0};
  std::atomic<std::uint64_t> refused_for_number_{0};
  Waker stop_;
  std::thread thread_;
};

}  // namespace steelyard::net
