// RequestServer: takes GET, POST and DELETE from programs of this machine, on a loopback address or a Unix socket, or
// of what is public from anybody, and answers each when its answer is there: a handler keeps the Reply and sends from
// any thread.
//
// What clients can cost before their handler is asked is bounded: connections, octets of all requests that are being
// read, time; where there is no room, the oldest that does not wait for an answer is ended for the newest, so that slow
// ones keep nobody out. Each connection has one request at a time; a client that goes away is told by Reply::wanted().
// An answer may be a stream, which is not displaced before it ends: whoever makes streams bounds their number.
//
// Owns: its thread, listener and connections; ends them when destroyed, after which replies go nowhere.
// Threads: the handler runs on the server's own thread and must not wait; Reply, counts and behind() from any.
// Errors: kFix where the address does not serve, naming it; kStop where it cannot listen.
// Format: docs/formats/http.md.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "core/base/result.h"
#include "core/http/request.h"
#include "core/http/response.h"

namespace steelyard::http {

class Stream;

class Reply {
 public:
  bool wanted() const;                 // false: the client has gone, and what is sent goes nowhere
  void send(Response response) const;  // once; who drops the last copy without it has sent a 500
  // The same, where making the text takes its time: done on the server's thread, and only where it is wanted.
  void send(std::function<Response()> make) const;
  Stream stream(Response head) const;  // in place of send(): what follows the head comes in pieces

  struct Pending;
  explicit Reply(std::shared_ptr<Pending> pending) : pending_(std::move(pending)) {}

 private:
  std::shared_ptr<Pending> pending_;
};

// An answer whose length nobody knows. Threads: any. It ends with the last copy of it and of its Reply; the connection
// ends with it.
class Stream {
 public:
  bool wanted() const;  // false: the client has gone, and what is written goes nowhere
  // A client that has more than limits::kStreamUnreadBytesMax unread by then is ended.
  void write(std::shared_ptr<const std::string> piece) const;

 private:
  friend class Reply;
  explicit Stream(std::shared_ptr<Reply::Pending> pending) : pending_(std::move(pending)) {}

  std::shared_ptr<Reply::Pending> pending_;
};

using Handler = std::function<void(Request request, Reply reply)>;

// What a server counts. Threads: any.
struct RequestCounts {
  std::array<std::atomic<std::uint64_t>, 600> answered{};  // by status
  std::atomic<std::uint64_t> late{0};                      // connections ended by a deadline
  std::atomic<std::uint64_t> displaced{0};                 // and to make room for newer ones
  std::atomic<std::uint64_t> behind{0};                    // streams ended because their reader fell behind
};

class RequestServer {
 public:
  // `listen`: "127.0.0.1:7404", port 0 takes a free one; or "unix:/run/steelyard/tax.sock", which is made with mode
  // 0660 in a folder that says who may reach it. `counts` outlives the server. For anybody: any address, any Host.
  static Result<std::unique_ptr<RequestServer>> open(const std::string& listen, Handler handler, RequestCounts& counts,
                                                     Audience audience = Audience::kThisMachine);
  ~RequestServer();
  RequestServer(const RequestServer&) = delete;
  RequestServer& operator=(const RequestServer&) = delete;

  const std::string& address() const;  // "127.0.0.1:7404" with the port that it has, or "unix:/..."
  bool behind() const;                 // more is answered than clients read: what comes now is told to wait

 private:
  struct State;
  explicit RequestServer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace steelyard::http
