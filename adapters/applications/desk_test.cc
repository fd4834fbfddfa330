// Door and desk over a real socket, with the member's consumer played by the test.
#include "adapters/applications/desk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "adapters/applications/door.h"
#include "core/base/test_clock.h"
#include "core/base/test_dir.h"
#include "core/exchange/testing/world.h"
#include "core/json/json.h"
#include "schemas/codec.h"

namespace steelyard::adapters {
namespace {

using exchange::testing::World;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
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
  bool away = false;
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

TEST_F(ApplicationsDesk, NobodyIsLetInWithoutAToken) {
  for (const char* path : {"/v1/catalog", "/v1/agreements", "/v1/openapi.json", "/v1/none"}) {
    EXPECT_THAT(get(path, ""), StartsWith("HTTP/1.1 401 ")) << path;
    EXPECT_THAT(get(path, "steelyard_" + std::string(64, '0')), StartsWith("HTTP/1.1 401 ")) << path;
  }
  EXPECT_THAT(say(post_text(kBody, "", "wrong")), StartsWith("HTTP/1.1 401 "));
  EXPECT_TRUE(asker.asked.empty());
}

TEST_F(ApplicationsDesk, PathsAndMethodsAreThoseOfTheTable) {
  EXPECT_THAT(get("/v1/catalog", token), AllOf(StartsWith("HTTP/1.1 200 "), HasSubstr("civil-affairs/household")));
  for (const char* path : {"/v1/none", "/v1/catalog/", "/v1/catalog?x", "/v1/catalog/civil-affairs",
                           "/v1/catalog/a/b/c", "/v1//catalog", "/v1/receipts/1", "/v1/catalog/..%2f..", "/V1/catalog"})
    EXPECT_THAT(get(path, token), StartsWith("HTTP/1.1 404 ")) << path;
  EXPECT_THAT(get("/v1/query/civil-affairs/household", token),
              AllOf(StartsWith("HTTP/1.1 405 "), HasSubstr("\r\nAllow: POST\r\n")));
  EXPECT_THAT(say(head("POST /v1/query/civil-affairs/household", token, "Content-Length: 2\r\n\r\n{}")),
              StartsWith("HTTP/1.1 415 "));
}

TEST_F(ApplicationsDesk, AnApplicationAsksAsItself) {
  const int fd = post("Steelyard-Operator: 0417\r\n");
  ASSERT_EQ(asker.asked.size(), 1U);
  EXPECT_EQ(asker.asked[0].application, ApplicationId("tax-relief"));
  EXPECT_EQ(asker.asked[0].operator_id, "0417");
  asker.end(1, client::OutcomeKind::kAnswered);
  EXPECT_THAT(hear(fd), AllOf(StartsWith("HTTP/1.1 200 "), HasSubstr(R"("rows":[])")));
  close(fd);
  EXPECT_THAT(say(post_text(R"({"fields":["name"],"purpose":"deduction","application":"audit"})")),
              StartsWith("HTTP/1.1 400 "));
}

TEST_F(ApplicationsDesk, TheSameKeyIsTheSameExchange) {
  const std::string key = "Idempotency-Key: k1\r\n";
  const int first = post(key);
  const int second = post(key);
  ASSERT_EQ(asker.asked.size(), 1U) << "asked twice";
  asker.end(1, client::OutcomeKind::kAnswered);
  EXPECT_THAT(hear(first), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(hear(second), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(say(post_text(kBody, key)), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(say(post_text(R"({"fields":["address"],"purpose":"deduction"})", key)), StartsWith("HTTP/1.1 422 "));
  EXPECT_THAT(say(post_text(kBody, key + "Steelyard-Operator: another\r\n")), StartsWith("HTTP/1.1 422 "));
  EXPECT_EQ(asker.asked.size(), 1U);
  const int other = post(key, kBody, other_token);
  EXPECT_EQ(asker.asked.size(), 2U) << "another application's key is another key";
  for (const int fd : {first, second, other}) close(fd);
  EXPECT_THAT(say(post_text(kBody, "Idempotency-Key: a b\r\n")), StartsWith("HTTP/1.1 400 "));
}

TEST_F(ApplicationsDesk, AKeyWhoseRequestLeftNoEntryAsksAnew) {
  const std::string key = "Idempotency-Key: k1\r\n";
  const int first = post(key);
  asker.end(1, client::OutcomeKind::kRejected, code::owner_away);
  EXPECT_THAT(hear(first), StartsWith("HTTP/1.1 503 "));
  const int second = post(key);
  EXPECT_EQ(asker.asked.size(), 2U);
  asker.end(2, client::OutcomeKind::kRefused, code::no_agreement);
  EXPECT_THAT(hear(second), StartsWith("HTTP/1.1 403 "));
  EXPECT_THAT(say(post_text(kBody, key)), AllOf(StartsWith("HTTP/1.1 403 "), HasSubstr("no-agreement")));
  EXPECT_EQ(asker.asked.size(), 2U);
  close(first);
  close(second);
}

TEST_F(ApplicationsDesk, OneApplicationLeavesRoomForOthers) {
  std::vector<int> waiting;
  for (std::size_t i = 0; i < limits::kAskedOfApplicationMax; ++i) waiting.push_back(post());
  ASSERT_EQ(asker.asked.size(), limits::kAskedOfApplicationMax);
  EXPECT_THAT(say(post_text(kBody)),
              AllOf(StartsWith("HTTP/1.1 503 "), HasSubstr("\r\nRetry-After: 1\r\n"), HasSubstr("busy")));
  waiting.push_back(post("", kBody, other_token));
  EXPECT_EQ(asker.asked.size(), limits::kAskedOfApplicationMax + 1);
  asker.end(1, client::OutcomeKind::kAnswered);
  EXPECT_THAT(hear(waiting[0]), StartsWith("HTTP/1.1 200 "));
  waiting.push_back(post());
  EXPECT_EQ(asker.asked.size(), limits::kAskedOfApplicationMax + 2);
  for (const int fd : waiting) close(fd);
}

TEST_F(ApplicationsDesk, RepeatsOfOneKeyWaitInNoGreaterNumberThanRequests) {
  const std::string key = "Idempotency-Key: k1\r\n";
  const int first = post(key);
  std::vector<int> repeats;
  const std::string text = post_text(kBody, key);
  for (std::size_t i = 1; i < limits::kAskedOfApplicationMax; ++i) {
    repeats.push_back(connected());
    send(repeats.back(), text.data(), text.size(), MSG_NOSIGNAL);
  }
  for (int i = 0; i < 200; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    desk.turn();
  }
  EXPECT_THAT(say(text), StartsWith("HTTP/1.1 503 "));
  EXPECT_THAT(say(post_text(kBody)), StartsWith("HTTP/1.1 503 ")) << "each of them holds a connection";
  for (const int fd : repeats) close(fd);
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  const int again = connected();
  send(again, text.data(), text.size(), MSG_NOSIGNAL);
  for (int i = 0; i < 200; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    desk.turn();
  }
  EXPECT_EQ(asker.asked.size(), 1U);
  asker.end(1, client::OutcomeKind::kAnswered);
  EXPECT_THAT(hear(first), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(hear(again), StartsWith("HTTP/1.1 200 ")) << "those that hung up kept it out";
  close(first);
  close(again);
}

TEST_F(ApplicationsDesk, NothingIsAskedWhileAnswersWaitOrTheAdapterEnds) {
  behind = true;
  EXPECT_THAT(say(post_text(kBody)), StartsWith("HTTP/1.1 503 "));
  behind = false;
  asker.away = true;
  EXPECT_THAT(say(post_text(kBody)), AllOf(StartsWith("HTTP/1.1 503 "), HasSubstr("broker-away")));
  asker.away = false;
  const int open = post();
  desk.ask_no_more();
  EXPECT_THAT(say(post_text(kBody)), StartsWith("HTTP/1.1 503 "));
  EXPECT_EQ(desk.open(), 1U);
  asker.end(1, client::OutcomeKind::kAnswered);
  EXPECT_THAT(hear(open), StartsWith("HTTP/1.1 200 ")) << "what was open is still answered";
  EXPECT_EQ(desk.open(), 0U);
  close(open);
}

TEST_F(ApplicationsDesk, WhoHasGoneIsNotAskedFor) {
  {
    const int fd = connected();
    const std::string text = post_text(kBody);
    send(fd, text.data(), text.size(), MSG_NOSIGNAL);
    for (int i = 0; i < 1'000 && calls.empty(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    ASSERT_FALSE(calls.empty());
    close(fd);
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  desk.turn();
  EXPECT_TRUE(asker.asked.empty());
}

TEST_F(ApplicationsDesk, AVerifyAsksForTruthsAndAQuerysBodyIsNone) {
  const std::string where = R"("conditions":[{"field":"id_number","op":"eq","value":"1"}],"purpose":"deduction")";
  const std::string text =
      post_text(R"({"claims":[{"field":"name","op":"eq","value":"x"}],)" + where + "}", "", "", "verify");
  const int fd = connected();
  send(fd, text.data(), text.size(), MSG_NOSIGNAL);
  for (int i = 0; i < 2'000 && asker.asked.empty(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    desk.turn();
  }
  ASSERT_EQ(asker.asked.size(), 1U);
  EXPECT_EQ(asker.asked[0].action, schemas::Action::kVerify);
  EXPECT_EQ(asker.asked[0].application, ApplicationId("tax-relief"));
  asker.end(1, client::OutcomeKind::kAnswered);
  asker.outcomes.back().truths = {exchange::Truth::kUnknown};
  EXPECT_THAT(hear(fd), AllOf(StartsWith("HTTP/1.1 200 "), HasSubstr(R"("truths":["unknown"])")));
  close(fd);
  EXPECT_THAT(say(post_text(kBody, "", "", "verify")), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(get("/v1/verify/civil-affairs/household", token), StartsWith("HTTP/1.1 405 "));
}

TEST_F(ApplicationsDesk, AReceiptIsShownToItsOwnApplicationAlone) {
  const std::string path = "/v1/receipts/00000000-0000-0000-0000-000000000007";
  EXPECT_THAT(get(path, token), AllOf(StartsWith("HTTP/1.1 200 "), HasSubstr(R"("outcome":"answered")")));
  EXPECT_THAT(get(path, other_token), AllOf(StartsWith("HTTP/1.1 404 "), HasSubstr("unknown-receipt")));
  EXPECT_THAT(get("/v1/receipts/00000000-0000-0000-0000-000000000008", token), StartsWith("HTTP/1.1 404 "));
}

TEST_F(ApplicationsDesk, TheDocumentNamesWhatThisDepartmentMayUseAndFollowsTheRegistry) {
  EXPECT_THAT(get("/v1/openapi.json", token),
              AllOf(HasSubstr("\"/v1/query/civil-affairs/household\""), HasSubstr("\"tax-household\"")));
  EXPECT_THAT(get("/v1/catalog/civil-affairs/household", token),
              AllOf(HasSubstr(R"("name":"address","type":"string")"), HasSubstr(R"("usable":false)")));
  EXPECT_THAT(get("/v1/agreements", token), HasSubstr(R"("phase":"active")"));
  const std::string verify = "\"/v1/verify/civil-affairs/household\"";
  EXPECT_THAT(get("/v1/openapi.json", token), Not(HasSubstr(verify)));
  auto terms = asker.world.registry().agreement(AgreementId("tax-household"))->in_force->statement;
  terms.actions.push_back(schemas::Action::kVerify);
  asker.world.add_agreement(terms);
  EXPECT_THAT(get("/v1/openapi.json", token), AllOf(HasSubstr(verify), HasSubstr("#/components/schemas/Truths")));
  ASSERT_TRUE(asker.world.try_change(AgreementId("tax-household"), schemas::AgreementChange::kSuspend,
                                     {{schemas::Role::kOwner, MemberId("civil-affairs")}}));
  EXPECT_THAT(get("/v1/openapi.json", token), Not(HasSubstr("\"/v1/query/civil-affairs/household\"")));
  EXPECT_THAT(get("/v1/agreements", token), HasSubstr(R"("phase":"suspended")"));
}

TEST_F(ApplicationsDesk, EventsComeAsTheyAreToldUntilAStopSaysWhy) {
  tell(1);
  const int fd = read_events();
  const std::string first = hear_until(fd, "/1\",");
  EXPECT_THAT(first, AllOf(StartsWith("HTTP/1.1 200 "), HasSubstr("text/event-stream"),
                           HasSubstr("id: " + kView + "/1\nevent: steelyard.changes\ndata: {")));
  ASSERT_EQ(asker.read.size(), 1U);
  EXPECT_EQ(asker.read[0].application, ApplicationId("tax-relief"));
  EXPECT_EQ(asker.read[0].action, schemas::Action::kSubscribe);
  EXPECT_EQ(asker.read[0].fields, (std::vector<FieldName>{FieldName("name"), FieldName("address")}));
  EXPECT_EQ(desk.streaming(), 1U);
  tell(2);
  EXPECT_THAT(hear_until(fd, "/2\","), HasSubstr("id: " + kView + "/2\n"));
  EXPECT_EQ(asker.events.done, LogIndex()) << "nobody has said yet that it has them";
  asker.events.ended = schemas::error_of(code::agreement_suspended);
  EXPECT_THAT(hear(fd), AllOf(HasSubstr("event: stop\ndata: {"), HasSubstr("agreement-suspended")));
  EXPECT_EQ(desk.streaming(), 0U);
  close(fd);
}

TEST_F(ApplicationsDesk, WhoComesBackGoesOnBehindTheLastEventThatItHas) {
  for (const std::uint64_t sequence : {3U, 4U, 6U}) tell(sequence);
  const int first = read_events();
  EXPECT_THAT(hear_until(first, "/6\","), HasSubstr("/3\n"));
  close(first);
  const int second = read_events("Last-Event-ID: " + kView + "/4\r\n");
  EXPECT_THAT(hear_until(second, "/6\","), AllOf(HasSubstr("/6\n"), Not(HasSubstr("/4\n"))));
  EXPECT_EQ(asker.events.done, LogIndex(104));
  close(second);
  const int unsaid = read_events();
  EXPECT_THAT(hear_until(unsaid, "/6\","), AllOf(HasSubstr("/6\n"), Not(HasSubstr("/4\n"))));
  EXPECT_EQ(asker.events.done, LogIndex(104));
  EXPECT_EQ(asker.read.size(), 1U) << "one question, and more than one reader of the bus";
  close(unsaid);
}

TEST_F(ApplicationsDesk, AfterARestartIsSkippedWhatTheApplicationHasAlready) {
  for (const std::uint64_t sequence : {3U, 4U, 6U}) tell(sequence);
  const int fd = read_events("Last-Event-ID: " + kView + "/4\r\n");
  EXPECT_THAT(hear_until(fd, "/6\","), AllOf(HasSubstr("/6\n"), Not(HasSubstr("/3\n")), Not(HasSubstr("/4\n"))));
  EXPECT_EQ(asker.events.done, LogIndex(104));
  close(fd);
}

TEST_F(ApplicationsDesk, ASnapshotStandsInPlaceOfWhatWaited) {
  tell(3);
  const int first = read_events();
  EXPECT_THAT(hear_until(first, "/3\","), HasSubstr("/3\n"));
  close(first);
  tell(7, schemas::EventContent::kSnapshot);
  const int second = read_events();
  EXPECT_THAT(hear_until(second, "/7\","), AllOf(HasSubstr("/7\nevent: steelyard.snapshot\n"), Not(HasSubstr("/3\n"))));
  close(second);
}

TEST_F(ApplicationsDesk, AStreamThatHasGivenItsShareEndsSoThatItsReaderComesBack) {
  for (std::uint64_t sequence = 1; sequence <= limits::kEventWindow; ++sequence) tell(sequence);
  const int fd = read_events();
  const std::string heard = hear(fd);
  EXPECT_THAT(heard, AllOf(HasSubstr("/128\n"), Not(HasSubstr("/129\n")), Not(HasSubstr("event: stop"))));
  close(fd);
  const int next = read_events("Last-Event-ID: " + kView + "/128\r\n");
  EXPECT_THAT(hear(next), AllOf(Not(HasSubstr("/128\n")), HasSubstr("/129\n"), HasSubstr("/256\n")));
  close(next);
}

TEST_F(ApplicationsDesk, ANewerStreamOfTheSameQuestionEndsTheOlder) {
  const int older = read_events();
  EXPECT_THAT(hear_until(older, "retry: "), StartsWith("HTTP/1.1 200 "));
  const int newer = read_events();
  EXPECT_THAT(hear_until(newer, "retry: "), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(hear(older), Not(HasSubstr("event: stop")));
  EXPECT_EQ(desk.streaming(), 1U);
  EXPECT_EQ(asker.read.size(), 1U);
  close(older);
  close(newer);
}

TEST_F(ApplicationsDesk, ASubscriptionThatIsRefusedIsAProblemAndNoStream) {
  asker.events.stands = false;
  asker.events.ended = schemas::error_of(code::no_agreement);
  const int fd = read_events();
  EXPECT_THAT(hear(fd), AllOf(StartsWith("HTTP/1.1 403 "), HasSubstr("no-agreement")));
  close(fd);
}

TEST_F(ApplicationsDesk, AQuestionForEventsIsStrict) {
  const std::string path = "/v1/events/civil-affairs/household";
  for (const char* wrong :
       {"", "?", "?fields=name", "?purpose=deduction", "?fields=&purpose=deduction", "?fields=name,&purpose=deduction",
        "?fields=name&purpose=deduction&strict=true", "?fields=name&fields=address&purpose=deduction",
        "?fields=name&purpose=a&purpose=b", "?fields=na%6de&purpose=deduction",
        "?fields=name&purpose=", "?fields=name&&purpose=deduction", "?fields=name&purpose=deduction&agreement="})
    EXPECT_THAT(get(path + wrong, token), StartsWith("HTTP/1.1 400 ")) << wrong;
  EXPECT_THAT(get("/v1/events/civil-affairs?fields=name&purpose=deduction", token), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(get(kQuestion, ""), StartsWith("HTTP/1.1 401 "));
  for (const char* last :
       {"1", "x/1", "00000000-0000-0000-0000-000000000005/", "00000000-0000-0000-0000-000000000005/-1"}) {
    const int fd = read_events("Last-Event-ID: " + std::string(last) + "\r\n");
    EXPECT_THAT(hear(fd), StartsWith("HTTP/1.1 400 ")) << last;
    close(fd);
  }
  EXPECT_TRUE(asker.read.empty());
}

TEST_F(ApplicationsDesk, OneApplicationsStreamsLeaveRoomForOthers) {
  std::vector<int> streams;
  const auto question = [](std::size_t i) { return kQuestion + "&agreement=a" + std::to_string(i); };
  for (std::size_t i = 0; i < limits::kEventStreamsOfApplicationMax; ++i) {
    streams.push_back(read_events("", "", question(i)));
    EXPECT_THAT(hear_until(streams.back(), "retry: "), StartsWith("HTTP/1.1 200 "));
  }
  const int more = read_events("", "", question(99));
  EXPECT_THAT(hear(more), AllOf(StartsWith("HTTP/1.1 503 "), HasSubstr("busy")));
  streams.push_back(read_events("", other_token));
  EXPECT_THAT(hear_until(streams.back(), "retry: "), StartsWith("HTTP/1.1 200 "));
  for (const int fd : streams) close(fd);
  close(more);
}

TEST_F(ApplicationsDesk, WhatIsLeftBeforeItStandsIsStopped) {
  asker.events.stands = false;
  const int fd = read_events();
  ASSERT_TRUE(turn_until([&] { return !asker.read.empty(); }));
  EXPECT_EQ(asker.events.stopped, 0U);
  close(fd);
  ASSERT_TRUE(turn_until([&] { return asker.events.stopped == 1; }));
  EXPECT_THAT(get(kQuestion, token), AllOf(StartsWith("HTTP/1.1 503 "), HasSubstr("busy")));
  asker.events = {.ended = schemas::error_of(code::unsubscribed), .stopped = 1};
  desk.turn();
  asker.events = {};
  const int again = read_events();
  EXPECT_THAT(hear_until(again, "retry: "), StartsWith("HTTP/1.1 200 "));
  EXPECT_EQ(asker.read.size(), 2U);
  close(again);
}

TEST_F(ApplicationsDesk, AQuestionThatNobodyReadsGivesItsPlaceToANewOneAndADayLaterToNobody) {
  const auto question = [](std::size_t i) { return kQuestion + "&agreement=a" + std::to_string(i); };
  for (std::size_t i = 0; i < limits::kEventStreamsOfApplicationMax; ++i) {
    const int fd = read_events("", "", question(i));
    EXPECT_THAT(hear_until(fd, "retry: "), StartsWith("HTTP/1.1 200 "));
    close(fd);
  }
  ASSERT_TRUE(turn_until([&] { return desk.streaming() == 0; }));
  EXPECT_THAT(get(question(8), token), StartsWith("HTTP/1.1 503 "));
  EXPECT_EQ(asker.events.stopped, 0U) << "a client that comes back at once finds its place taken";
  clock.by = minutes(2);
  EXPECT_THAT(get(question(8), token), StartsWith("HTTP/1.1 503 "));
  EXPECT_THAT(get(question(8), token), StartsWith("HTTP/1.1 503 "));
  EXPECT_EQ(asker.events.stopped, 1U) << "one place is asked for";
  clock.by = limits::kSpoolLife + minutes(1);
  desk.turn();
  EXPECT_EQ(asker.events.stopped, limits::kEventStreamsOfApplicationMax);
}

TEST_F(ApplicationsDesk, TokensThatCannotBeReadLetNobodyIn) {
  ASSERT_THAT(get("/v1/catalog", token), StartsWith("HTTP/1.1 200 "));
  ASSERT_EQ(unlink(tokens_file.c_str()), 0);
  std::this_thread::sleep_for(std::chrono::milliseconds(1'100));
  EXPECT_THAT(get("/v1/catalog", token), StartsWith("HTTP/1.1 401 "));
  EXPECT_THAT(said, HasSubstr("tokens.toml"));
}

}  // namespace
}  // namespace steelyard::adapters
