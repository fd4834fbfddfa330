// Sockets below our own: TCP connections by hand, and libzmq used as its options allow. For attacks on the transport.
//
// Owns: descriptors and ZeroMQ sockets, closed when they go. Threads: one, but for a Relay's own. Errors: what the
// machine does not give ends the program with exit 3: such an attack would prove nothing.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <utility>

#include "tests/hostile/stage.h"

namespace steelyard::hostile {

class Tcp {
 public:
  explicit Tcp(int port);
  ~Tcp();
  Tcp(Tcp&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Tcp& operator=(Tcp&&) = delete;

  bool send(ByteView octets);  // all of it; false: the peer is gone
  bool ended();                // the broker has closed it; what it said is thrown away
  void reset();                // RST in place of FIN
  int fd() const { return fd_; }

 private:
  int fd_ = -1;
};

// "ZMTP" greeting of 64 octets: version 3.`minor`, a mechanism of at most 20 letters.
Bytes zmtp_greeting(std::string_view mechanism, std::uint8_t minor = 1);

// A DEALER with every option that an attack wants, and what libzmq tells of its connection.
class Raw {
 public:
  // CURVE with the keys of `who`; null: none. `configure` sets more options before it connects.
  Raw(Stage& stage, const client::Identity* who, const std::function<void(void*)>& configure = {}, int port = 0);
  ~Raw();
  Raw(const Raw&) = delete;
  Raw& operator=(const Raw&) = delete;

  void set(int option, int value);
  Status greet(const schemas::Hello& hello);  // once the handshake is done
  bool up(Duration within = seconds(5));
  bool ended();
  bool send(ByteView part, bool more = false);  // waits while the pipe is full; false after 5 s
  void* socket() const { return socket_; }
  Bytes receive(Duration within);  // empty: nothing came

 private:
  void look();
  void* socket_ = nullptr;
  void* events_ = nullptr;
  bool up_ = false;
  bool ended_ = false;
};

// For `configure` of one who reads nothing: holds one message and a page, and all else stays with the broker.
void hold_little(void* socket);

// Passes on the first `budget` octets of what one client says, and all that the broker says. libzmq itself sends no
// part of a message before its last one is there; so is a message left unfinished.
class Relay {
 public:
  Relay(int broker_port, std::size_t budget);
  ~Relay();
  int port() const { return port_; }
  bool exhausted() const { return exhausted_; }
  bool cut_by_broker() const { return cut_; }
  void reset();  // RST to the broker; the client is left hanging

 private:
  void run(int broker_port);
  int listener_ = -1;
  int port_ = 0;
  std::size_t budget_;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> resetting_{false};
  std::atomic<bool> exhausted_{false};
  std::atomic<bool> cut_{false};
  std::thread thread_;
};

// Replaces `before` by `after`, of the same length, in what the next CURVE handshakes of this process say under their
// seal; empty: nothing. Returns how often it did so far.
std::size_t tamper_handshakes(std::string before, std::string after);

}  // namespace steelyard::hostile
