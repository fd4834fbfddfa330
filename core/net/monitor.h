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
    Duration since;        // monotonic: when it was accepted
    bool heard = false;    // a frame of it was delivered
    bool greeted = false;  // its owner has made a session of it
    bool cut = false;      // it made room for another, and its end has not been told yet
  };
  // Beyond `connections_max` connections the oldest one that is not greeted is cut, so that who fills all places keeps
  // nobody out who comes to stay; where all are greeted, the one that comes.
  static Result<std::unique_ptr<Monitor>> attach(Context& context, void* socket, std::size_t connections_max);
  ~Monitor();

  std::vector<Connection> live();  // and forgets those whose end was missed
  bool is_live(const Peer& peer) const;
  void heard(const Peer& peer);    // its first frame is there
  bool greeted(const Peer& peer);  // false: nothing is known of it yet
  std::uint64_t accepted() const { return accepted_.load(); }
  std::uint64_t disconnected() const { return disconnected_.load(); }
  std::uint64_t handshakes_failed() const { return handshakes_failed_.load(); }
  // Ended without one frame: a handshake that failed, whether libzmq tells of it or not, or a peer that said nothing.
  std::uint64_t unheard() const { return unheard_.load(); }
  std::uint64_t accepts_failed() const { return accepts_failed_.load(); }  // no descriptor was left
  std::uint64_t cut_for_number() const { return cut_for_number_.load(); }  // over connections_max

 private:
  Monitor() = default;
  void run(void* reader);
  void note(std::uint16_t event, std::uint32_t value);
  void add(const Peer& peer);
  void end(std::unordered_map<int, Connection>::iterator at);  // of live_

  std::size_t connections_max_ = 0;
  mutable std::mutex mutex_;                  // guards live_
  std::unordered_map<int, Connection> live_;  // by descriptor
  std::size_t cut_ = 0;                       // of those
  std::atomic<std::uint64_t> accepted_{0};
  std::atomic<std::uint64_t> disconnected_{0};
  std::atomic<std::uint64_t> handshakes_failed_{0};
  std::atomic<std::uint64_t> unheard_{0};
  std::atomic<std::uint64_t> accepts_failed_{0};
  std::atomic<std::uint64_t> cut_for_number_{0};
  Waker stop_;
  std::thread thread_;
};

}  // namespace steelyard::net
