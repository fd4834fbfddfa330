#include "core/http/server.h"

#include <arpa/inet.h>
#include <event2/buffer.h>
#include <event2/bufferevent_ssl.h>
#include <event2/http.h>
#include <event2/listener.h>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <map>
#include <set>
#include <utility>

#include "core/base/freed.h"
#include "core/base/limits.h"
#include "core/base/time.h"
#include "core/http/event_loop.h"

namespace steelyard::http {

namespace {

using Http = std::unique_ptr<evhttp, Freed<evhttp_free>>;
using Tls = std::unique_ptr<SSL_CTX, Freed<SSL_CTX_free>>;

Error config_error(std::string what) { return {ErrorKind::kFix, 0, std::move(what)}; }

std::string openssl_reason() {
  char text[256];
  ERR_error_string_n(ERR_get_error(), text, sizeof(text));
  ERR_clear_error();
  return text;
}

Result<Tls> tls_context(const TlsFiles& files) {
  Tls tls(SSL_CTX_new(TLS_server_method()));
  if (tls == nullptr) return fail(ErrorKind::kStop, "making a TLS context: " + openssl_reason());
  SSL_CTX_set_min_proto_version(tls.get(), TLS1_3_VERSION);
  SSL_CTX_set_options(tls.get(), SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_session_cache_mode(tls.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(tls.get(), 0);
  if (SSL_CTX_use_certificate_chain_file(tls.get(), files.certificate.c_str()) != 1)
    return fail(config_error(files.certificate + " is no PEM certificate: " + openssl_reason()));
  if (SSL_CTX_use_PrivateKey_file(tls.get(), files.key.c_str(), SSL_FILETYPE_PEM) != 1)
    return fail(config_error(files.key + " is not the key of " + files.certificate + ": " + openssl_reason()));
  if (SSL_CTX_load_verify_locations(tls.get(), files.client_ca.c_str(), nullptr) != 1)
    return fail(config_error(files.client_ca + " is no PEM certificate of an authority: " + openssl_reason()));
  SSL_CTX_set_verify(tls.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  return tls;
}

// SO_COOKIE: unique to one socket, as its descriptor is not. 0: none, such as what wakes the loop.
std::uint64_t generation_of(int fd) {
  std::uint64_t cookie = 0;
  socklen_t size = sizeof(cookie);
  return getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &size) == 0 ? cookie : 0;
}

}  // namespace

struct Server::State {
  Routes routes;
  Fallback fallback;
  ServerCounts* counts = nullptr;
  Tls tls;
  std::string address;
  EventLoop loop;
  Http http;
  evconnlistener* listener = nullptr;  // owned by http
  struct Connection {
    std::uint64_t generation = 0;
    Duration since;
    bool cut = false;
  };
  SystemClock clock;
  EventLoop::Timer often;
  std::map<int, Connection> seen;  // by descriptor, at the last look
  std::size_t connections = 0;     // those, and those that came since

  Status listen(const ServerOptions& options);
  void answer(evhttp_request* request) const;
  bufferevent* connect();
  void look_after();
};

// evhttp tells when a connection comes, never when it goes: so they are counted where the loop knows them, by the
// descriptors that it watches. Beyond the limit no more are accepted; the kernel's backlog holds them. And evhttp's own
// patience begins anew with each octet: who has not gone by the deadline is cut off here, whatever it dribbles, its TLS
// handshake included.
void Server::State::look_after() {
  std::set<int> descriptors;
  event_base_foreach_event(
      loop.base(),
      [](const event_base*, const event* each, void* to) {
        if (const int fd = event_get_fd(each); fd >= 0) static_cast<std::set<int>*>(to)->insert(fd);
        return 0;
      },
      &descriptors);
  descriptors.erase(evconnlistener_get_fd(listener));
  const Duration now = clock.monotonic();
  std::map<int, Connection> still;
  for (const int fd : descriptors) {
    const std::uint64_t generation = generation_of(fd);
    if (generation == 0) continue;
    const auto known = seen.find(fd);
    const bool same = known != seen.end() && known->second.generation == generation;
    Connection each = same ? known->second : Connection{generation, now};
    if (now >= each.since + limits::kHttpWithin) {
      shutdown(fd, SHUT_RDWR);  // the loop then reads the end of it
      if (!std::exchange(each.cut, true) && counts != nullptr) counts->cut += 1;
    }
    still.emplace(fd, each);
  }
  seen = std::move(still);
  connections = seen.size();
  if (connections < limits::kHttpConnectionsMax) evconnlistener_enable(listener);
}

bufferevent* Server::State::connect() {
  if (++connections >= limits::kHttpConnectionsMax) evconnlistener_disable(listener);
  if (tls == nullptr) return bufferevent_socket_new(loop.base(), -1, BEV_OPT_CLOSE_ON_FREE);
  SSL* ssl = SSL_new(tls.get());
  if (ssl == nullptr) return nullptr;
  bufferevent* made =
      bufferevent_openssl_socket_new(loop.base(), -1, ssl, BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE);
  if (made == nullptr) SSL_free(ssl);
  return made;
}

void Server::State::answer(evhttp_request* request) const {
  const evhttp_uri* uri = evhttp_request_get_evhttp_uri(request);
  const char* path = uri == nullptr ? nullptr : evhttp_uri_get_path(uri);
  Response response{404, "text/plain; charset=utf-8", "there is no such page here\n"};
  if (path != nullptr) {
    if (const auto route = routes.find(path); route != routes.end())
      response = route->second();
    else if (fallback != nullptr)
      response = fallback(path);
  }
  evkeyvalq* headers = evhttp_request_get_output_headers(request);
  evhttp_add_header(headers, "Content-Type", response.type.c_str());
  for (const auto& [name, value] : response.headers) evhttp_add_header(headers, name.c_str(), value.c_str());
  if (!says_how_to_cache(response)) evhttp_add_header(headers, "Cache-Control", "no-store");
  evhttp_add_header(headers, "Connection", "close");  // one request each: its place is another's then
  evhttp_add_header(headers, "X-Content-Type-Options", "nosniff");
  evbuffer* body = evhttp_request_get_output_buffer(request);
  evbuffer_add(body, response.body.data(), response.body.size());
  evhttp_send_reply(request, response.status, nullptr, body);
}

Status Server::State::listen(const ServerOptions& options) {
  TRY_ASSIGN(const Address wanted, parse_address(options.address));
  const bool secured = !options.tls.certificate.empty();
  if (!wanted.loopback && !secured)
    return fail(config_error("`" + options.address +
                             "` is not a loopback address: give certificate, key and client authority for it"));
  if (secured) {
    TRY_ASSIGN(tls, tls_context(options.tls));
  }
  TRY(loop.open());
  http.reset(evhttp_new(loop.base()));
  if (http == nullptr) return fail(ErrorKind::kStop, "making an HTTP server");
  evhttp_set_allowed_methods(http.get(), EVHTTP_REQ_GET | EVHTTP_REQ_HEAD);
  evhttp_set_max_headers_size(http.get(), limits::kHttpHeaderBytesMax);
  evhttp_set_max_body_size(http.get(), limits::kHttpBodyBytesMax);
  evhttp_set_timeout(http.get(), static_cast<int>(limits::kHttpWithin.us / 1'000'000));
  evhttp_set_bevcb(
      http.get(), [](event_base*, void* self) { return static_cast<State*>(self)->connect(); }, this);
  evhttp_set_gencb(
      http.get(), [](evhttp_request* request, void* self) { static_cast<State*>(self)->answer(request); }, this);
  evhttp_bound_socket* bound = evhttp_bind_socket_with_handle(http.get(), wanted.host.c_str(), wanted.port);
  if (bound == nullptr)
    return fail(ErrorKind::kStop,
                "listening on " + options.address + ": is the port taken, or the address not this machine's?");
  listener = evhttp_bound_socket_get_listener(bound);
  sockaddr_storage name{};
  socklen_t size = sizeof(name);
  getsockname(evhttp_bound_socket_get_fd(bound), reinterpret_cast<sockaddr*>(&name), &size);
  const in_port_t port = name.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6&>(name).sin6_port
                                                    : reinterpret_cast<sockaddr_in&>(name).sin_port;
  const std::string host = name.ss_family == AF_INET6 ? "[" + wanted.host + "]" : wanted.host;
  address = fmt::format("{}:{}", host, ntohs(port));
  TRY_ASSIGN(often, loop.every(
                        milliseconds(250),
                        [](evutil_socket_t, short, void* self) { static_cast<State*>(self)->look_after(); }, this));
  return {};
}

Server::Server(std::unique_ptr<State> state) : state_(std::move(state)) {}

Result<std::unique_ptr<Server>> Server::open(const ServerOptions& options, Routes routes, ServerCounts* counts,
                                             Fallback fallback) {
  auto state = std::make_unique<State>();
  state->routes = std::move(routes);
  state->fallback = std::move(fallback);
  state->counts = counts;
  TRY(state->listen(options));
  state->loop.run();
  return std::unique_ptr<Server>(new Server(std::move(state)));
}

Server::~Server() { state_->loop.stop(); }

const std::string& Server::address() const { return state_->address; }

std::string Server::url() const { return (state_->tls ? "https://" : "http://") + state_->address; }

}  // namespace steelyard::http
