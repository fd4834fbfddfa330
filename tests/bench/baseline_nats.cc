// bench-nats: what NATS request/reply does with the load of ./tests/bench/run. No Steelyard code.
//
//   nats-server -a 127.0.0.1 -p 14222 &
//   bench-nats --url nats://127.0.0.1:14222 --server-pid $! --clients 2 --owners 2 --window 512 --seconds 10 --warmup 2
//
// Each client asks owners in turn on ask.<owner> and is answered on its own subject. --server-pid is whose processor
// time and memory count as the broker's. --send asap|buffered|auto: libnats either writes each message at once, which
// is better for small windows, or lets a thread write what has gathered; auto takes the former below 16.
#include <fmt/format.h>
#include <nats/nats.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "tests/bench/load.h"

namespace {

using namespace steelyard::bench;

void must(natsStatus status, const char* where) {
  if (status == NATS_OK) return;
  fmt::print(stderr, "{}: {}\n", where, natsStatus_GetText(status));
  std::_Exit(1);
}

natsConnection* connect(const Shape& shape) {
  natsOptions* options = nullptr;
  must(natsOptions_Create(&options), "options");
  must(natsOptions_SetURL(options, shape.more.at("url").c_str()), "--url");
  must(natsOptions_UseGlobalMessageDelivery(options, true), "options");
  const std::string& send = shape.more.at("send");
  must(natsOptions_SetSendAsap(options, send == "asap" || (send == "auto" && shape.window < 16)), "options");
  must(natsOptions_SetMaxPendingMsgs(options, 1 << 20), "options");
  natsConnection* connection = nullptr;
  must(natsConnection_Connect(&connection, options), "connecting to nats-server");
  natsOptions_Destroy(options);
  return connection;
}

struct Client {
  Client(const Shape& s, Counter& c, unsigned n)
      : shape(s), counter(c), number(n), connection(connect(s)), inbox("answer." + std::to_string(n)) {
    for (std::size_t i = 0; i < request.size(); ++i) request[i] = static_cast<char>(i * 31);
    natsSubscription* subscription = nullptr;
    must(natsConnection_Subscribe(&subscription, connection, inbox.c_str(), on_answer, this), "subscribing");
    must(natsConnection_Flush(connection), "subscribing");
  }

  // Only ever called from the one delivery thread, or before it has anything to deliver to this client.
  void ask() {
    const Header header{number, next_owner++ % shape.owners, now_ns()};
    std::memcpy(request.data(), &header, sizeof(header));
    const std::string subject = "ask." + std::to_string(header.owner);
    must(natsConnection_PublishRequest(connection, subject.c_str(), inbox.c_str(), request.data(),
                                       static_cast<int>(request.size())),
         "asking");
  }

  static void on_answer(natsConnection*, natsSubscription*, natsMsg* message, void* self) {
    auto& client = *static_cast<Client*>(self);
    Header header{};
    std::memcpy(&header, natsMsg_GetData(message), sizeof(header));
    natsMsg_Destroy(message);
    if (client.counter.answered(header)) client.ask();
  }

  const Shape& shape;
  Counter& counter;  // shared by the clients of this process: one delivery thread
  unsigned number;
  unsigned next_owner = 0;
  natsConnection* connection;
  std::string inbox;
  std::array<char, kRequestBytes> request{};
};

// The window goes out from the delivery thread too, so that one thread alone touches a client: a first message that
// the client sends to itself is the signal.
void start(Client& client) {
  static const auto on_start = [](natsConnection*, natsSubscription*, natsMsg* message, void* self) {
    natsMsg_Destroy(message);
    auto& started = *static_cast<Client*>(self);
    for (unsigned w = 0; w < started.shape.window; ++w) started.ask();
  };
  const std::string subject = "start." + std::to_string(client.number);
  natsSubscription* subscription = nullptr;
  must(natsConnection_Subscribe(&subscription, client.connection, subject.c_str(), on_start, &client), "subscribing");
  must(natsConnection_PublishString(client.connection, subject.c_str(), "go"), "starting");
  must(natsConnection_Flush(client.connection), "starting");
}

void run_clients(const Shape& shape, Board& board, unsigned process) {
  must(nats_SetMessageDeliveryPoolSize(1), "one delivery thread");
  Counter counter(board, process, shape.clients);
  std::vector<std::unique_ptr<Client>> clients;
  for (const unsigned n : share_of(process, shape.client_processes, shape.clients))
    clients.push_back(std::make_unique<Client>(shape, counter, n));
  for (auto& client : clients) start(*client);
  while (true) pause();
}

void on_request(natsConnection* connection, natsSubscription*, natsMsg* message, void* filler) {
  auto* answer = static_cast<char*>(filler);
  std::memcpy(answer, natsMsg_GetData(message), sizeof(Header));
  must(natsConnection_Publish(connection, natsMsg_GetReply(message), answer, kAnswerBytes), "answering");
  natsMsg_Destroy(message);
}

void run_owners(const Shape& shape, Board& board, unsigned process) {
  must(nats_SetMessageDeliveryPoolSize(1), "one delivery thread");
  std::vector<char> filler(kAnswerBytes);
  for (std::size_t i = 0; i < filler.size(); ++i) filler[i] = static_cast<char>(i * 17);
  for (const unsigned n : share_of(process, shape.owner_processes, shape.owners)) {
    natsConnection* connection = connect(shape);
    natsSubscription* subscription = nullptr;
    const std::string subject = "ask." + std::to_string(n);
    must(natsConnection_Subscribe(&subscription, connection, subject.c_str(), on_request, filler.data()), "serving");
    must(natsSubscription_SetPendingLimits(subscription, -1, -1), "serving");
    must(natsConnection_Flush(connection), "serving");
    ++board.owners_ready;
  }
  while (true) pause();
}

}  // namespace

int main(int argc, char** argv) {
  Shape defaults;
  defaults.bench = "nats";
  defaults.mode = "request-reply";
  defaults.more = {{"url", "nats://127.0.0.1:4222"}, {"server-pid", ""}, {"send", "auto"}};
  const Shape shape = parse(argc, argv, defaults);
  const std::string& send = shape.more.at("send");
  if (send != "auto" && send != "asap" && send != "buffered") {
    fmt::print(stderr, "--send: `{}` is none of auto, asap, buffered\n", send);
    return 2;
  }
  Run run(shape);
  Board& board = run.board();
  run.spawn_owners([&](unsigned process) { run_owners(shape, board, process); });
  if (!run.wait_for([&] { return board.owners_ready == shape.owners; }, 10)) {
    fmt::print(stderr, "the owners could not connect to {}\n", shape.more.at("url"));
    return 1;
  }
  run.spawn_clients([&](unsigned process) { run_clients(shape, board, process); });
  if (const auto& pid = shape.more.at("server-pid"); !pid.empty()) run.watch("broker", std::atoi(pid.c_str()));
  return run.measure();
}
