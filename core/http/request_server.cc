#include "core/http/request_server.h"

#include <arpa/inet.h>
#include <event2/listener.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <map>
#include <utility>
#include <vector>

#include "core/base/limits.h"
#include "core/base/os_reason.h"
#include "core/http/address.h"
#include "core/http/connection.h"
#include "core/http/event_loop.h"

namespace steelyard::http {
namespace {

constexpr std::string_view kUnix = "unix:";
constexpr unsigned kListenFlags = LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE;
constexpr int kBacklog = 128;
constexpr mode_t kSocketMode = 0660;

using Listener = std::unique_ptr<evconnlistener, Freed<evconnlistener_free>>;

tl::unexpected<Error> wrong(const std::string& listen, const std::string& what) {
  return fail(ErrorKind::kFix, "`" + listen + "` " + what);
}

}  // namespace

bool Reply::wanted() const { return !pending_->gone; }

void Reply::send(Response response) const {
  send([ready = std::move(response)] { return ready; });
}

void Reply::send(std::function<Response()> make) const {
  if (!pending_->sent.exchange(true)) pending_->outbox->post(pending_->connection, std::move(make));
}

struct RequestServer::State final : ConnectionOwner {
  Handler handler;
  RequestCounts* counted = nullptr;
  SystemClock clock;
  std::string address;
  std::string socket_path;  // made by us: taken away at the end
  std::atomic<std::size_t> unread_bytes{0};
  EventLoop loop;
  EventLoop::Timer often;
  EventLoop::Timer answers_there;
  Listener listener;
  std::shared_ptr<Outbox> outbox;
  std::uint64_t next_id = 1;
  std::map<std::uint64_t, std::unique_ptr<Connection>> connections;  // the oldest first
  std::vector<std::unique_ptr<Connection>> ended_ones;               // until no callback of theirs can be running

  ~State() override;
  Status listen(const std::string& where);
  Status listen_on_address(const std::string& where);
  Status listen_on_socket(const std::string& where);
  void accept(int fd);
  void deliver();
  void look_after();
  bool displace(const Connection* spared);
  std::size_t reading() const;

  void dispatch(Connection& connection, Request request) override;
  void ended(Connection& connection) override;
  void reading_grew(Connection& connection) override;
  Duration now() const override { return clock.monotonic(); }
  RequestCounts& counts() override { return *counted; }
  std::atomic<std::size_t>& unread() override { return unread_bytes; }
};

RequestServer::State::~State() {
  loop.stop();
  if (outbox != nullptr) outbox->close();
  connections.clear();
  ended_ones.clear();
  if (!socket_path.empty()) ::unlink(socket_path.c_str());
}

void RequestServer::State::dispatch(Connection& connection, Request request) {
  auto pending = std::make_shared<Reply::Pending>(outbox, connection.id());
  connection.await(pending);
  handler(std::move(request), Reply(std::move(pending)));
}

void RequestServer::State::ended(Connection& connection) {
  const auto found = connections.find(connection.id());
  if (found == connections.end()) return;
  ended_ones.push_back(std::move(found->second));
  connections.erase(found);
  event_active(answers_there.get(), 0, 0);
}

// Ends the connection that has been the longest without coming to wait for an answer.
bool RequestServer::State::displace(const Connection* spared) {
  for (const auto& [id, each] : connections) {
    if (!each->may_be_displaced() || each.get() == spared) continue;
    counted->displaced += 1;
    each->end();
    return true;
  }
  return false;
}

std::size_t RequestServer::State::reading() const {
  std::size_t octets = 0;
  for (const auto& [id, each] : connections) octets += each->reading();
  return octets;
}

void RequestServer::State::reading_grew(Connection& connection) {
  while (reading() > limits::kApplicationsRequestBytesMax && displace(&connection)) {
  }
}

void RequestServer::State::accept(int fd) {
  if (connections.size() >= limits::kApplicationsConnectionsMax && !displace(nullptr)) {
    evutil_closesocket(fd);
    return;
  }
  const std::uint64_t id = next_id++;
  connections.emplace(id, std::make_unique<Connection>(*this, id, loop.base(), fd));
}

void RequestServer::State::deliver() {
  ended_ones.clear();
  for (const Outbox::Answer& answer : outbox->take())
    if (const auto found = connections.find(answer.connection); found != connections.end())
      found->second->answer(answer.make());
}

void RequestServer::State::look_after() {
  evconnlistener_enable(listener.get());  // it rests where no descriptor was left
  const Duration time = now();
  std::vector<Connection*> late;
  for (const auto& [id, each] : connections)
    if (each->late(time)) late.push_back(each.get());
  for (Connection* each : late) {
    if (each->stage() != Connection::Stage::kLeaving) counted->late += 1;
    if (each->stage() == Connection::Stage::kReading && each->reading() > 0)
      each->refuse(408);
    else
      each->end();
  }
}

Status RequestServer::State::listen_on_address(const std::string& where) {
  auto wanted = parse_address(where);
  if (!wanted) return fail(std::move(wanted).error());
  if (!wanted->loopback)
    return wrong(where, "is not a loopback address: applications of this machine alone are served");
  sockaddr_storage name{};
  const bool six = wanted->host.find(':') != std::string::npos;
  if (six) {
    auto& to = reinterpret_cast<sockaddr_in6&>(name);
    to.sin6_family = AF_INET6;
    to.sin6_port = htons(wanted->port);
    inet_pton(AF_INET6, wanted->host.c_str(), &to.sin6_addr);
  } else {
    auto& to = reinterpret_cast<sockaddr_in&>(name);
    to.sin_family = AF_INET;
    to.sin_port = htons(wanted->port);
    inet_pton(AF_INET, wanted->host.c_str(), &to.sin_addr);
  }
  const int size = six ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
  listener.reset(evconnlistener_new_bind(loop.base(), nullptr, nullptr, kListenFlags, kBacklog,
                                         reinterpret_cast<sockaddr*>(&name), size));
  if (listener == nullptr)
    return fail(ErrorKind::kStop, "listening on " + where + ": " + os_reason(errno) + ": is the port taken?");
  socklen_t length = sizeof(name);
  getsockname(evconnlistener_get_fd(listener.get()), reinterpret_cast<sockaddr*>(&name), &length);
  const in_port_t port =
      six ? reinterpret_cast<sockaddr_in6&>(name).sin6_port : reinterpret_cast<sockaddr_in&>(name).sin_port;
  address = fmt::format("{}:{}", six ? "[" + wanted->host + "]" : wanted->host, ntohs(port));
  return {};
}

// A socket that nobody answers any more was left by a process that was killed.
Status RequestServer::State::listen_on_socket(const std::string& where) {
  const std::string path = where.substr(kUnix.size());
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof(name.sun_path)) return wrong(where, "names no path of 1 to 107 octets");
  std::memcpy(name.sun_path, path.c_str(), path.size());
  const auto* generic = reinterpret_cast<const sockaddr*>(&name);
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return fail(ErrorKind::kStop, "making a socket: " + os_reason(errno));
  struct stat there {};
  if (::lstat(path.c_str(), &there) == 0) {
    const bool ours = S_ISSOCK(there.st_mode) && ::connect(fd, generic, sizeof(name)) != 0 && errno == ECONNREFUSED;
    if (!ours) {
      ::close(fd);
      return wrong(where, "is there already: another process listens there, or it is no socket");
    }
    ::unlink(path.c_str());
  }
  // The first is heeded by bind(), so that there is no moment in which others could connect; less what the umask takes.
  const bool made = ::fchmod(fd, kSocketMode) == 0 && ::bind(fd, generic, sizeof(name)) == 0;
  if (made) socket_path = path;
  if (!made || ::chmod(path.c_str(), kSocketMode) != 0) {
    const int reason = errno;
    ::close(fd);
    return fail(ErrorKind::kStop, "listening on " + where + ": " + os_reason(reason));
  }
  listener.reset(evconnlistener_new(loop.base(), nullptr, nullptr, kListenFlags, kBacklog, fd));
  if (listener == nullptr) return fail(ErrorKind::kStop, "listening on " + where + ": " + os_reason(errno));
  address = where;
  return {};
}

Status RequestServer::State::listen(const std::string& where) {
  TRY(loop.open());
  answers_there.reset(event_new(
      loop.base(), -1, EV_PERSIST, [](evutil_socket_t, short, void* self) { static_cast<State*>(self)->deliver(); },
      this));
  if (answers_there == nullptr) return fail(ErrorKind::kStop, "making an event for HTTP");
  outbox = std::make_shared<Outbox>([event = answers_there.get()] { event_active(event, 0, 0); });
  if (where.starts_with(kUnix)) {
    TRY(listen_on_socket(where));
  } else {
    TRY(listen_on_address(where));
  }
  evconnlistener_set_error_cb(listener.get(), [](evconnlistener* resting, void*) { evconnlistener_disable(resting); });
  evconnlistener_set_cb(
      listener.get(),
      [](evconnlistener*, evutil_socket_t fd, sockaddr*, int, void* self) { static_cast<State*>(self)->accept(fd); },
      this);
  TRY_ASSIGN(often, loop.every(
                        milliseconds(250),
                        [](evutil_socket_t, short, void* self) { static_cast<State*>(self)->look_after(); }, this));
  return {};
}

RequestServer::RequestServer(std::unique_ptr<State> state) : state_(std::move(state)) {}
RequestServer::~RequestServer() = default;

Result<std::unique_ptr<RequestServer>> RequestServer::open(const std::string& listen, Handler handler,
                                                           RequestCounts& counts) {
  auto state = std::make_unique<State>();
  state->handler = std::move(handler);
  state->counted = &counts;
  TRY(state->listen(listen));
  state->loop.run();
  return std::unique_ptr<RequestServer>(new RequestServer(std::move(state)));
}

const std::string& RequestServer::address() const { return state_->address; }

bool RequestServer::behind() const { return state_->unread_bytes > limits::kApplicationsUnreadBytesMax; }

}  // namespace steelyard::http
