// Router: the broker's side of the bus. Accepts authenticated connections, moves opaque frames.
//
// Sending never blocks and never queues beyond limits::kSocketHwmFrames per peer: keep your own bounded queues, and
// take kWouldBlock from a peer within its credit as the sign that it is dead.
// What was received and not yet asked for has a bound in octets; who goes beyond is cut off (cut_overfull).
// A frame is one ZeroMQ part. Whatever else arrives (several parts, no issued User-Id) is BadPeer: counted, not shown;
// drop the connection after limits::kDropsBeforeDisconnect of them.
//
// Owns: the ROUTER socket and its Monitor.
// Threads: one, from open to destruction.
// Errors: kFix for an endpoint that cannot be bound (only tcp:// is), kStop for anything else.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <variant>

#include "core/base/bytes.h"
#include "core/base/limits.h"
#include "core/base/result.h"
#include "core/net/context.h"
#include "core/net/curve.h"
#include "core/net/frame.h"
#include "core/net/monitor.h"
#include "core/net/zap.h"

namespace steelyard::net {

struct SessionHandle {
  ConnectionToken token;  // which connection: a peer that connects again has another
  Bytes routing_id;       // where to send; the peer chooses it, so it proves nothing

  bool operator==(const SessionHandle&) const = default;
};

struct Arrival {
  SessionHandle session;
  CurvePublic key;  // the CURVE key that this connection proved; ask ZapHandler::label_of whether it still may
  Peer peer;
  Frame frame;
};

struct BadPeer {
  Peer peer;
  const char* why;
};

using RouterEvent = std::variant<Arrival, BadPeer>;

enum class SendResult {
  kSent,
  kWouldBlock,  // the peer takes nothing more now
  kGone,        // no such peer
};

class Router {
 public:
  struct Options {
    std::string endpoint;  // "tcp://0.0.0.0:7700"; "tcp://127.0.0.1:*" takes a free port
    CurveKeyPair keys;
    std::size_t frame_bytes_max = limits::kFrameBytesMax;
    int hwm_frames = limits::kSocketHwmFrames;
    std::size_t undelivered_bytes_max = limits::kUndeliveredBytesMax;
    std::size_t connections_max = limits::kConnectionsMax;
    Duration silent_max = limits::kPongWithin;  // until the first whole frame, handshake included
  };
  static Result<std::unique_ptr<Router>> open(Context& context, const ZapHandler& zap, Options options);
  ~Router();

  const std::string& endpoint() const { return endpoint_; }  // as bound, with its port

  std::optional<RouterEvent> receive();                      // nothing: nothing waits
  SendResult send(const Bytes& routing_id, ByteView frame);  // copies
  SendResult send(const Bytes& routing_id, Bytes&& frame);   // takes it if kSent, else leaves it as it was

  bool drop(const Peer& peer) { return drop_peer(peer); }
  // Cuts off every connection that has received undelivered_bytes_max more than receive() gave of it, finished
  // handshake or not. Call ten times a second while receive() goes on returning something. Returns how many it cut.
  std::size_t cut_overfull();
  // The same, and every connection that has delivered nothing within silent_max: a peer whose key is good could hold
  // all places with connections that say nothing, or repeat another's routing id and never be heard. Call about once a
  // second, after receive() returned nothing.
  std::size_t sweep();

  Monitor& monitor() { return *monitor_; }
  std::uint64_t bad_frames() const { return bad_frames_; }
  // Connections that were cut off: for what they did not finish or sent beyond all bounds, and for saying nothing.
  std::uint64_t overfull() const { return overfull_; }
  std::uint64_t silent() const { return silent_; }

  void* socket() const { return socket_; }  // for Poller

 private:
  struct Connection {
    Peer peer;
    std::uint64_t delivered = 0;  // octets on the wire that whole frames account for
    bool missing = false;         // the last sweep did not find it live
  };
  Router() = default;
  Status configure(const Options& options);
  Connection& connection_of(const Authenticated& who, Frame& frame);
  std::optional<RouterEvent> receive_payload(Bytes routing_id);
  SendResult address(const Bytes& routing_id);
  std::unordered_map<std::uint64_t, std::uint64_t> delivered() const;  // octets, by the connection's generation

  const ZapHandler* zap_ = nullptr;
  void* socket_ = nullptr;
  std::unique_ptr<Monitor> monitor_;
  std::string endpoint_;
  std::size_t undelivered_bytes_max_ = 0;
  Duration silent_max_{};
  std::unordered_map<ConnectionToken, Connection, FixedBytesHash> connections_;
  std::unordered_set<std::uint64_t> ending_;  // cut off for what they sent, by generation, while the kernel has them
  std::uint64_t bad_frames_ = 0;
  std::uint64_t overfull_ = 0;
  std::uint64_t silent_ = 0;
};

}  // namespace steelyard::net
