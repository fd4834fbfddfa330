// Dealer: an adapter's side of one session with the broker. Moves opaque frames.
//
// It connects once. When the connection ends the Dealer is spent (state kDown, sends would block, nothing arrives):
// close it and open another, with jitter. A peer that is silent but connected shows no state; ping it.
//
// Owns: the DEALER socket. What was sent and not yet written to the network is lost with it.
// Threads: one, from open to destruction.
// Errors: kFix for an endpoint that is not tcp://host:port, kStop for anything else. Whether the broker is there and
// takes our key is told by state(), not by open().
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "core/base/bytes.h"
#include "core/base/limits.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/net/context.h"
#include "core/net/curve.h"
#include "core/net/frame.h"
#include "core/net/router.h"

namespace steelyard::net {

enum class LinkState {
  kConnecting,
  kUp,       // both sides have proved their keys
  kRefused,  // the broker does not take our key, or is not the one whose key we hold, or ended in mid-handshake
  kDown,     // nobody there, or gone
};

class Dealer {
 public:
  struct Options {
    std::string endpoint;
    CurvePublic server_key;
    CurveKeyPair keys;
    std::size_t frame_bytes_max = limits::kFrameBytesMax;
    int hwm_frames = limits::kSocketHwmFrames;
  };
  static Result<std::unique_ptr<Dealer>> open(Context& context, Options options);
  ~Dealer();

  std::optional<Frame> receive();   // nothing: nothing waits
  SendResult send(ByteView frame);  // copies; kSent or kWouldBlock
  SendResult send(Bytes&& frame);   // takes it if kSent, else leaves it as it was

  LinkState state();                    // reads what libzmq has reported since
  LinkState wait_up(Duration timeout);  // until it is no longer kConnecting
  bool wait(Duration timeout);          // until a frame waits

  std::uint64_t bad_frames() const { return bad_frames_; }
  void* socket() const { return socket_; }  // for Poller

 private:
  Dealer() = default;
  Status configure(const Options& options);
  void note(std::uint16_t event);

  void* socket_ = nullptr;
  void* events_ = nullptr;  // the socket's monitor: a handful of events in the life of a Dealer, so read on demand
  LinkState state_ = LinkState::kConnecting;
  std::uint64_t bad_frames_ = 0;
};

}  // namespace steelyard::net
