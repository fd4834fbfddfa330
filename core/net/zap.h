// ZapHandler: answers libzmq's question "may this CURVE key connect?" (ZeroMQ RFC 27) from an immutable table.
//
// It says yes to a key of the table on the domain kZapDomain, and no to everything else: unknown keys, NULL, PLAIN,
// other domains, malformed questions. With each yes it issues a ConnectionToken, which libzmq attaches to every frame
// of that connection as User-Id; the Router reads the peer's key from there and from nowhere else. The token carries
// a secret of this handler, so that a User-Id that a peer made up is told from one that was issued.
// Taking a key from the table refuses its next connection and does not reach live ones: the loop asks `label_of` for
// each frame, and drops the peer.
//
// Owns: its thread and its socket. One per Context; started before the first Router binds; outlives all Routers.
// Threads: start, stop: main. allow, label_of, alive, counts: any thread.
// Errors: kStop when the socket cannot be made. If the thread fails later the process aborts: sockets refuse
// everybody without it (ZAP_ENFORCE_DOMAIN), and a broker nobody can reach must not look alive.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/net/context.h"
#include "core/net/curve.h"
#include "core/net/waker.h"

namespace steelyard::net {

inline constexpr const char* kZapDomain = "steelyard";

using ConnectionToken = FixedBytes<struct ConnectionTokenTag, 16>;  // unguessable, one per connection
using AllowedKeys = std::map<CurvePublic, std::string>;             // key → label of the owner's choosing

// What a User-Id that this handler issued says about a connection.
struct Authenticated {
  ConnectionToken token;
  CurvePublic key;
};

class ZapHandler {
 public:
  static Result<std::unique_ptr<ZapHandler>> start(Context& context, AllowedKeys allowed = {});
  ~ZapHandler();

  void allow(AllowedKeys allowed);                                    // replaces the whole table at once
  std::optional<std::string> label_of(const CurvePublic& key) const;  // as of the table now in force

  // The only reader of User-Id: nothing for a text that this handler did not issue.
  std::optional<Authenticated> authenticated(std::string_view user_id) const;

  bool alive() const { return alive_.load(); }
  std::uint64_t accepted() const { return accepted_.load(); }
  std::uint64_t refused() const { return refused_.load(); }

#ifdef STEELYARD_TEST_HOOKS
  void kill_for_test();  // ends the thread without ending the process, to show what sockets do without it
#endif

 private:
  ZapHandler() = default;
  void run(void* socket);
  bool answer(void* socket);
  void stop();
  std::optional<CurvePublic> judge(const std::vector<std::string>& question) const;
  std::string issue(const CurvePublic& key) const;

  std::array<std::uint8_t, 16> secret_{};  // opens every User-Id of this handler
  mutable std::mutex mutex_;               // guards the pointer, not what it points to
  std::shared_ptr<const AllowedKeys> allowed_;
  std::atomic<bool> alive_{false};
  std::atomic<bool> stopping_{false};
  std::atomic<std::uint64_t> accepted_{0};
  std::atomic<std::uint64_t> refused_{0};
  Waker stop_;
  std::thread thread_;
};

}  // namespace steelyard::net
