#include "core/http/request_server.h"

#include <map>
#include <utility>
#include <vector>

#include "core/base/limits.h"
#include "core/http/connection.h"
#include "core/http/event_loop.h"
#include "core/http/listening.h"

namespace steelyard::http {

bool Reply::wanted() const { return !pending_->gone; }

void Reply::send(Response response) const {
  send([ready = std::move(response)]() mutable { return std::move(ready); });
}

void Reply::send(std::function<Response()> make) const {
  if (!pending_->sent.exchange(true))
    pending_->outbox->post({.connection = pending_->connection, .make = std::move(make)});
}

Stream Reply::stream(Response head) const {
  if (!pending_->sent.exchange(true)) {
    pending_->streams = true;
    pending_->outbox->post({.connection = pending_->connection,
                            .kind = Outbox::Kind::kHead,
                            .make = [ready = std::move(head)] { return ready; }});
  }
  return Stream(pending_);
}

bool Stream::wanted() const { return !pending_->gone; }

void Stream::write(std::shared_ptr<const std::string> piece) const {
  if (!pending_->streams || pending_->gone) return;
  pending_->outbox->post({.connection = pending_->connection, .kind = Outbox::Kind::kPiece, .piece = std::move(piece)});
}

struct RequestServer::State final : ConnectionOwner {
  Handler handler;
  RequestCounts* counted = nullptr;
  Audience who = Audience::kThisMachine;
  SystemClock clock;
  std::atomic<std::size_t> unread_bytes{0};
  EventLoop loop;
  EventLoop::Timer often;
  EventLoop::Timer answers_there;
  Listening listening;
  std::shared_ptr<Outbox> outbox;
  std::uint64_t next_id = 1;
  std::map<std::uint64_t, std::unique_ptr<Connection>> connections;  // the oldest first
  std::vector<std::unique_ptr<Connection>> ended_ones;               // until no callback of theirs can be running

  ~State() override;
  Status listen(const std::string& where);
  void accept(int fd);
  void deliver();
  void look_after();
  bool displace(const Connection* spared);
  std::size_t reading() const;

  void dispatch(Connection& connection, Request request) override;
  void ended(Connection& connection) override;
  void reading_grew(Connection& connection) override;
  Duration now() const override { return clock.monotonic(); }
  Audience audience() const override { return who; }
  RequestCounts& counts() override { return *counted; }
  std::atomic<std::size_t>& unread() override { return unread_bytes; }
};

RequestServer::State::~State() {
  loop.stop();
  if (outbox != nullptr) outbox->close();
  connections.clear();
  ended_ones.clear();
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
  for (Outbox::Word& word : outbox->take()) {
    const auto found = connections.find(word.connection);
    if (found == connections.end()) continue;
    Connection& connection = *found->second;
    switch (word.kind) {
      case Outbox::Kind::kAnswer: connection.answer(word.make()); break;
      case Outbox::Kind::kHead: connection.begin_stream(word.make()); break;
      case Outbox::Kind::kPiece: connection.continue_stream(std::move(word.piece)); break;
      case Outbox::Kind::kEnd: connection.end_stream(); break;
    }
  }
}

void RequestServer::State::look_after() {
  listening.go_on();  // it rests where no descriptor was left
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

Status RequestServer::State::listen(const std::string& where) {
  TRY(loop.open());
  answers_there.reset(event_new(
      loop.base(), -1, EV_PERSIST, [](evutil_socket_t, short, void* self) { static_cast<State*>(self)->deliver(); },
      this));
  if (answers_there == nullptr) return fail(ErrorKind::kStop, "making an event for HTTP");
  outbox = std::make_shared<Outbox>([event = answers_there.get()] { event_active(event, 0, 0); });
  TRY(listening.open(loop.base(), where, who));
  listening.on_connection(
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
                                                           RequestCounts& counts, Audience audience) {
  auto state = std::make_unique<State>();
  state->handler = std::move(handler);
  state->counted = &counts;
  state->who = audience;
  TRY(state->listen(listen));
  state->loop.run();
  return std::unique_ptr<RequestServer>(new RequestServer(std::move(state)));
}

const std::string& RequestServer::address() const { return state_->listening.address(); }

bool RequestServer::behind() const { return state_->unread_bytes > limits::kApplicationsUnreadBytesMax; }

}  // namespace steelyard::http
