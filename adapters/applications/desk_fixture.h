// What tests of the applications' desk share: door and desk over a real socket, with the member's consumer played by
// the test. Test programs only.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "adapters/applications/desk.h"
#include "adapters/applications/door.h"
#include "core/base/test_clock.h"
#include "core/base/test_dir.h"
#include "core/exchange/testing/world.h"
#include "core/json/json.h"
#include "schemas/codec.h"

namespace steelyard::adapters {

using exchange::testing::World;
namespace code = schemas::code;

// A subscription as the test has it.
struct PlayedEvents {
  bool stands = true;
  std::vector<client::ToldEvent> told{};
  std::optional<Error> ended{};
  LogIndex done{};
  std::size_t stopped = 0;
};

class PlayedReader final : public EventReader {
 public:
  explicit PlayedReader(PlayedEvents& events) : events_(&events) {}
  void handle(const client::Incoming&) override {}
  Status tick() override { return {}; }
  std::vector<client::ToldEvent> take() override { return std::exchange(events_->told, {}); }
  Status done(LogIndex entry) override {
    events_->done = entry;
    return {};
  }
  void stop() override { ++events_->stopped; }
  bool subscribed() const override { return events_->stands; }
  const std::optional<Error>& ended() const override { return events_->ended; }

 private:
  PlayedEvents* events_;
};

class PlayedAsker final : public Asker {
 public:
  const exchange::Registry* registry() const override { return away ? nullptr : &world.registry(); }
  const MemberId& member() const override { return me; }
  Result<ExchangeId> ask(const client::Query& query) override {
    asked.push_back(query);
    ExchangeId id;
    id.octets[15] = static_cast<std::uint8_t>(asked.size());
    return id;
  }
  std::vector<client::Outcome> take_outcomes() override { return std::exchange(outcomes, {}); }
  Result<std::unique_ptr<EventReader>> read_events(const client::Query& query) override {
    read.push_back(query);
    return std::make_unique<PlayedReader>(events);
  }
  Result<bool> is_subscribed(const client::Query&) const override { return subscribed; }
  Result<std::vector<client::KeptSubscription>> subscriptions() const override {
    std::vector<client::KeptSubscription> all(2);
    for (std::size_t i = 0; i < all.size(); ++i) {
      all[i].id.octets[15] = static_cast<std::uint8_t>(i + 1);
      all[i].question = {ApplicationId(i == 0 ? "tax-relief" : "audit"),
                         DatasetId("civil-affairs/household"),
                         PurposeId("deduction"),
                         AgreementId(i == 0 ? "" : "a1"),
                         {FieldName("name"), FieldName("phone")}};
      all[i].agreement = AgreementId("tax-household");
      all[i].fields = {FieldName("name")};
    }
    return all;
  }
  Result<std::optional<client::KeptExchange>> kept(const ExchangeId& id) const override {
    if (id.octets[15] != 7) return std::nullopt;
    schemas::Request request;
    request.head = {.kind = schemas::MessageKind::kRequest,
                    .origin = World::kOrigin,
                    .author = me,
                    .key = {},
                    .recipient = MemberId("civil-affairs"),
                    .id = id,
                    .expires = World::kStart};
    request.application = ApplicationId("tax-relief");
    request.dataset = DatasetId("civil-affairs/household");
    request.purpose = PurposeId("deduction");
    request.fields = {FieldName("name")};
    request.reply_key = Bytes(32, 1);
    client::KeptExchange exchange;
    exchange.id = id;
    exchange.request = schemas::encode(request);
    exchange.answer = {1};
    return exchange;
  }
  void end(std::uint8_t number, client::OutcomeKind kind, ErrorCode why = 0) {
    client::Outcome outcome;
    outcome.id.octets[15] = number;
    outcome.kind = kind;
    outcome.code = why;
    if (kind == client::OutcomeKind::kAnswered) outcome.answer.emplace();
    outcomes.push_back(std::move(outcome));
  }

  World world = World::city();
  MemberId me{"tax"};
  bool away = false, subscribed = false;
  std::vector<client::Query> asked, read;
  PlayedEvents events;
  std::vector<client::Outcome> outcomes;
};

class ApplicationsDesk : public ::testing::Test {
 protected:
  void SetUp() override {
    tokens_file = dir / "tokens.toml";
    token = *client::add_token(tokens_file, ApplicationId("tax-relief"), {});
    other_token = *client::add_token(tokens_file, ApplicationId("audit"), {});
    door = std::make_unique<Door>(*client::ApplicationTokens::open(tokens_file), calls, clock,
                                  [this](std::string_view line) { said += line; });
    server = *http::RequestServer::open(
        "unix:" + (dir / "app.sock"),
        [this](http::Request request, http::Reply reply) { door->enter(std::move(request), std::move(reply)); },
        counts);
  }
  void TearDown() override { server.reset(); }

  int connected() {
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un to{};
    to.sun_family = AF_UNIX;
    (dir / "app.sock").copy(to.sun_path, sizeof(to.sun_path) - 1);
    EXPECT_EQ(connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof(to)), 0);
    return fd;
  }
  static std::string head(const std::string& line, const std::string& bearer, const std::string& more) {
    return line + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" +
           (bearer.empty() ? "" : "Authorization: Bearer " + bearer + "\r\n") + more;
  }
  // Sends, and turns the desk until the answer is there.
  std::string say(const std::string& text) {
    const int fd = connected();
    send(fd, text.data(), text.size(), MSG_NOSIGNAL);
    std::string heard = hear(fd);
    close(fd);
    return heard;
  }
  std::string hear(int fd) {
    const timeval patience{0, 5'000};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    std::string heard;
    for (int i = 0; i < 2'000; ++i) {
      char buffer[4096];
      const ssize_t count = recv(fd, buffer, sizeof(buffer), 0);
      if (count == 0) return heard;
      if (count > 0) heard.append(buffer, static_cast<std::size_t>(count));
      desk.turn();
    }
    return heard;
  }
  std::string get(const std::string& path, const std::string& bearer) {
    return say(head("GET " + path, bearer, "\r\n"));
  }
  std::string unsubscribe(const std::string& path, const std::string& bearer) {
    return say(head("DELETE " + path, bearer, "\r\n"));
  }
  std::string post_text(const std::string& body, const std::string& more = "", const std::string& bearer = "",
                        const std::string& asks = "query") const {
    return head("POST /v1/" + asks + "/civil-affairs/household", bearer.empty() ? token : bearer,
                "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + more +
                    "\r\n" + body);
  }
  int post(const std::string& more = "", const std::string& body = kBody, const std::string& bearer = "") {
    const std::size_t before = asked_or_waiting();
    const int fd = connected();
    const std::string text = post_text(body, more, bearer);
    send(fd, text.data(), text.size(), MSG_NOSIGNAL);
    for (int i = 0; i < 400 && asked_or_waiting() == before; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      desk.turn();
    }
    return fd;
  }
  std::size_t asked_or_waiting() const { return asker.asked.size(); }

  void tell(std::uint64_t sequence, schemas::EventContent content = schemas::EventContent::kChanges) {
    client::ToldEvent told;
    told.event.head.id.octets[15] = 5;
    told.event.dataset = DatasetId("civil-affairs/household");
    told.event.content = content;
    told.event.first = content == schemas::EventContent::kSnapshot;
    told.event.sequence = sequence;
    told.entry = LogIndex(100 + sequence);
    asker.events.told.push_back(std::move(told));
  }
  int read_events(const std::string& more = "", const std::string& bearer = "",
                  const std::string& question = kQuestion) {
    const int fd = connected();
    const std::string text = head("GET " + question, bearer.empty() ? token : bearer, more + "\r\n");
    send(fd, text.data(), text.size(), MSG_NOSIGNAL);
    return fd;
  }
  template <class Condition>
  bool turn_until(Condition condition) {
    for (int i = 0; i < 2'000 && !condition(); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
      desk.turn();
    }
    return condition();
  }
  std::string hear_until(int fd, const std::string& end) {
    std::string heard;
    for (int i = 0; i < 2'000 && heard.find(end) == std::string::npos; ++i) {
      desk.turn();
      char buffer[4096];
      const ssize_t count = recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT);
      if (count == 0) break;
      if (count > 0) heard.append(buffer, static_cast<std::size_t>(count));
      if (count < 0) std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return heard;
  }

  static inline const std::string kQuestion =
      "/v1/events/civil-affairs/household?fields=name,address&purpose=deduction";
  static inline const std::string kView = "00000000-0000-0000-0000-000000000005";
  static inline const std::string kBody = R"({"fields":["name"],"purpose":"deduction"})";
  TestDir dir;
  std::string tokens_file, token, other_token, said;
  struct Shifted final : Clock {
    Instant wall() const override { return system.wall(); }
    Duration monotonic() const override { return system.monotonic() + by; }
    SystemClock system;
    Duration by{};
  } clock;
  CallQueue calls{[] {}};
  PlayedAsker asker;
  bool behind = false;
  Desk desk{calls, asker, clock, [this] { return behind; }};
  http::RequestCounts counts;
  std::unique_ptr<Door> door;
  std::unique_ptr<http::RequestServer> server;
};

}  // namespace steelyard::adapters
