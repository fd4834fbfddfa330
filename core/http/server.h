// Server: answers GET over HTTP/1.1 for operators: metrics and health. No writing goes this way.
//
// Listens on a loopback address, or on any other one with mutual TLS alone: whoever asks there shows a certificate
// that the operator's authority signed. What a client can cost is bounded: connections, header bytes, body bytes, and
// how long it may take from when it is accepted until it has its answer (core/base/limits.h). A connection carries one
// request, so that nobody holds a place by asking again.
//
// Owns: its thread, sockets and connections; ends them when destroyed.
// Threads: routes run on the server's own thread, one at a time: they read what other threads publish for them, and
// must not wait. Errors: kFix where the address, certificate or key does not serve, naming it; kStop where it cannot
// listen. Format: RFC 9112; TLS 1.3.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/http/address.h"
#include "core/http/response.h"

namespace steelyard::http {

using Route = std::function<Response()>;
using Routes = std::map<std::string, Route>;                      // by path, exactly
using Fallback = std::function<Response(std::string_view path)>;  // of what has no route; nothing: 404

struct TlsFiles {
  std::string certificate;  // PEM, with its chain
  std::string key;          // PEM, mode 0600
  std::string client_ca;    // PEM: who may ask
};

struct ServerOptions {
  std::string address;  // "127.0.0.1:9401", "[::1]:9401"; port 0 takes a free one
  TlsFiles tls;         // all empty: plain, on loopback only
};

// What a server counts, for its routes to show. Threads: any.
struct ServerCounts {
  std::atomic<std::uint64_t> cut{0};  // connections that went on talking and were cut off by the deadline
};

class Server {
 public:
  // `counts`, where there is somebody to read them, must outlive the server.
  static Result<std::unique_ptr<Server>> open(const ServerOptions& options, Routes routes,
                                              ServerCounts* counts = nullptr, Fallback fallback = nullptr);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  const std::string& address() const;  // with the port that it has
  std::string url() const;             // "http://127.0.0.1:9401"

 private:
  struct State;
  explicit Server(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace steelyard::http
