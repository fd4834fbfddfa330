#include "core/http/request_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <malloc.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <optional>
#include <thread>

#include "core/base/limits.h"
#include "core/base/test_dir.h"
#include "core/base/time.h"
#include "core/http/test_peer.h"

namespace steelyard::http {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string get(const std::string& path, const std::string& more = "") {
  return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + more + "\r\n";
}
std::string post(const std::string& body, const std::string& more = "") {
  return "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + more +
         "\r\n" + body;
}
const std::string kClose = "Connection: close\r\n";

// Answers at once with what was said to it; keeps those that ask for /later.
struct Service {
  explicit Service(const std::string& listen = "127.0.0.1:0") {
    auto opened = RequestServer::open(
        listen,
        [this](const Request& request, Reply reply) {
          std::lock_guard lock(mutex);
          ++asked;
          if (request.path == "/later")
            later.push_back(std::move(reply));
          else if (request.path == "/nothing")
            reply.send({204, {}, {}, {}});
          else if (request.path != "/forgotten")
            reply.send({200, "text/plain", request.method + " " + request.path + " " + request.body, {}});
        },
        counts);
    EXPECT_TRUE(opened.has_value()) << opened.error().what;
    server = std::move(*opened);
  }
  std::string ask(const std::string& request) const {
    Peer peer(server->address());
    peer.say(request);
    return peer.hear();
  }
  bool wait_for_later(std::size_t count) {
    for (int i = 0; i < 1000; ++i) {
      {
        std::lock_guard lock(mutex);
        if (later.size() >= count) return true;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return false;
  }

  std::mutex mutex;
  std::vector<Reply> later;
  int asked = 0;
  RequestCounts counts;
  std::unique_ptr<RequestServer> server;
};

TEST(RequestServer, HandsOverRequestAndBodyAndSendsTheAnswer) {
  const Service service;
  EXPECT_THAT(service.ask(get("/a", kClose)), AllOf(StartsWith("HTTP/1.1 200 OK\r\n"), EndsWith("\r\n\r\nGET /a ")));
  EXPECT_THAT(service.ask(post("{\"a\":1}", kClose)), EndsWith("POST /echo {\"a\":1}"));
  EXPECT_EQ(service.counts.answered[200], 2U);
}

TEST(RequestServer, WhatHasNoContentHasNeitherTypeNorLengthAndTheConnectionGoesOn) {
  const Service service;
  Peer peer(service.server->address());
  peer.say("DELETE /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_THAT(peer.hear_until("\r\n\r\n"),
              AllOf(StartsWith("HTTP/1.1 204 No Content\r\n"), Not(HasSubstr("Content-Length")),
                    Not(HasSubstr("\nContent-Type")), EndsWith("\r\n\r\n")));
  peer.say(get("/a", kClose));
  EXPECT_THAT(peer.hear(), AllOf(StartsWith("HTTP/1.1 200 OK\r\n"), EndsWith("GET /a ")));
}

TEST(RequestServer, AConnectionServesOneRequestAfterTheOther) {
  const Service service;
  Peer peer(service.server->address());
  for (int i = 0; i < 20; ++i) {
    peer.say(post("body " + std::to_string(i)));
    EXPECT_THAT(peer.hear_until("body " + std::to_string(i)), StartsWith("HTTP/1.1 200 OK\r\n"));
  }
}

TEST(RequestServer, ABodyMayComeInPiecesAndAfterAContinue) {
  const Service service;
  Peer peer(service.server->address());
  peer.say("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 6\r\nExpect: 100-continue\r\n" + kClose + "\r\n");
  EXPECT_THAT(peer.hear_until("\r\n\r\n"), StartsWith("HTTP/1.1 100 Continue\r\n"));
  for (const char* piece : {"ab", "c", "def"}) {
    peer.say(piece);
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_THAT(peer.hear(), EndsWith("abcdef"));
}

TEST(RequestServer, AnAnswerMayComeLaterFromAnotherThread) {
  Service service;
  Peer peer(service.server->address());
  peer.say(get("/later", kClose));
  ASSERT_TRUE(service.wait_for_later(1));
  EXPECT_THAT(service.ask(get("/now", kClose)), EndsWith("/now "));
  EXPECT_TRUE(service.later.front().wanted());
  std::thread([&] { service.later.front().send({200, "text/plain", "at last", {{"X-Mark", "m"}}}); }).join();
  EXPECT_THAT(peer.hear(), AllOf(HasSubstr("\r\nX-Mark: m\r\n"), EndsWith("at last")));
}

TEST(RequestServer, WhoGoesAwayIsNotWantedAnyMore) {
  Service service;
  {
    Peer peer(service.server->address());
    peer.say(get("/later"));
    ASSERT_TRUE(service.wait_for_later(1));
  }
  for (int i = 0; i < 1000 && service.later.front().wanted(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_FALSE(service.later.front().wanted());
  service.later.front().send({200, "text/plain", "to nobody", {}});
  EXPECT_THAT(service.ask(get("/now", kClose)), EndsWith("/now "));
}

TEST(RequestServer, AHandlerThatForgetsHasSaidSo) {
  const Service service;
  EXPECT_THAT(service.ask(get("/forgotten", kClose)), StartsWith("HTTP/1.1 500 "));
}

TEST(RequestServer, ARequestBeforeItsTurnEndsTheConnection) {
  Service service;
  EXPECT_THAT(service.ask(get("/a") + get("/b")), StartsWith("HTTP/1.1 400 "));
  Peer peer(service.server->address());
  peer.say(get("/later"));
  ASSERT_TRUE(service.wait_for_later(1));
  peer.say(get("/b"));
  EXPECT_EQ(peer.hear(), "");
  EXPECT_EQ(service.asked, 1);
}

TEST(RequestServer, WhatIsWrongIsToldWhileItStillComes) {
  const Service service;
  EXPECT_THAT(service.ask("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999999\r\n\r\n" +
                          std::string(300'000, 'x')),
              AllOf(StartsWith("HTTP/1.1 413 "), HasSubstr("Connection: close"), HasSubstr("application/problem+json"),
                    EndsWith(R"({"type":"about:blank","title":"Content Too Large","status":413})")));
  EXPECT_THAT(service.ask("GET /a HTTP/1.1\r\nHost: localhost\r\nX: " + std::string(20'000, 'x')),
              StartsWith("HTTP/1.1 431 "));
  EXPECT_THAT(service.ask("GET /a HTTP/1.1\nHost: localhost\n\n"), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(service.ask("\x16\x03\x01\x02"), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(service.ask("GET /a HTTP/1.1\r\nHost: rebound.example\r\n\r\n"), StartsWith("HTTP/1.1 421 "));
}

TEST(RequestServer, WhoDribblesIsToldThatTimeIsUp) {
  const Service service;
  Peer peer(service.server->address());
  peer.say("GET /a HTTP/1.1\r\nX: ");
  std::thread dribble([&] {
    while (peer.say("x")) std::this_thread::sleep_for(std::chrono::milliseconds(100));
  });
  EXPECT_THAT(peer.hear(), StartsWith("HTTP/1.1 408 "));
  dribble.join();
  EXPECT_EQ(service.counts.late, 1U);
}

TEST(RequestServer, ListensOnASocketThatOthersCannotReach) {
  const TestDir dir;
  const std::string path = dir.path() + "/app.sock";
  {
    const Service service("unix:" + path);
    EXPECT_EQ(service.server->address(), "unix:" + path);
    struct stat made {};
    ASSERT_EQ(stat(path.c_str(), &made), 0);
    EXPECT_EQ(made.st_mode & 0777, 0660U);
    Peer peer(path, AF_UNIX);
    peer.say(get("/a", kClose));
    EXPECT_THAT(peer.hear(), EndsWith("GET /a "));
    RequestCounts counts;
    EXPECT_FALSE(RequestServer::open("unix:" + path, {}, counts).has_value()) << "two on one socket";
  }
  EXPECT_NE(access(path.c_str(), F_OK), 0) << "left behind";
}

TEST(RequestServer, TakesTheSocketOfWhoWasKilledAndNothingElse) {
  const TestDir dir;
  const std::string path = dir.path() + "/app.sock";
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  path.copy(name.sun_path, sizeof(name.sun_path) - 1);
  ASSERT_EQ(bind(fd, reinterpret_cast<sockaddr*>(&name), sizeof(name)), 0);
  close(fd);
  { const Service service("unix:" + path); }
  std::ofstream(path) << "somebody's file";
  RequestCounts counts;
  EXPECT_FALSE(RequestServer::open("unix:" + path, {}, counts).has_value());
  EXPECT_EQ(access(path.c_str(), F_OK), 0);
}

TEST(RequestServer, WhatIsPublicIsGivenUnderAnyNameAndSaysHowLongItHolds) {
  RequestCounts counts;
  const auto server = RequestServer::open(
      "0.0.0.0:0",
      [](const Request&, const Reply& reply) {
        reply.send({200, "text/plain", "tile", {{"Cache-Control", "public"}}});
      },
      counts, Audience::kAnybody);
  ASSERT_TRUE(server) << server.error().what;
  Peer peer((*server)->address());
  peer.say("GET / HTTP/1.1\r\nHost: log.example\r\n" + kClose + "\r\n");
  const std::string said = peer.hear();
  EXPECT_THAT(said, StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(said, HasSubstr("Cache-Control: public\r\n"));
  EXPECT_EQ(said.find("no-store"), std::string::npos);
}

TEST(RequestServer, ListensForThisMachineAlone) {
  RequestCounts counts;
  for (const char* listen : {"0.0.0.0:0", "10.0.0.1:0", "localhost:0", "", "unix:"})
    EXPECT_FALSE(RequestServer::open(listen, {}, counts).has_value()) << listen;
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kMeasured = false;
#else
constexpr bool kMeasured = true;
#endif

std::size_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::size_t total = 0, resident = 0;
  statm >> total >> resident;
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

// Hundreds at once, each as bad as it can be: those that read nothing here cost this process their own sockets alone.
class Crowd {
 public:
  explicit Crowd(const Service& service) : service_(&service) {
    const std::string head = "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 65536\r\n\r\n";
    words_ = {head + std::string(60'000, 'x'),                                        // a body that is never whole
              "GET /a HTTP/1.1\r\nHost: localhost\r\nX: " + std::string(8'000, 'x'),  // a head that is never whole
              "GET /a HTTP/1.1\r\nHost: localhost\r\nX: " + std::string(80'000, 'x'),
              head + std::string(500'000, 'x'),
              std::string(100'000, 'G'),
              std::string(100'000, '\0'),
              "G"};
  }
  void come(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      peers_.push_back(std::make_unique<Peer>(service_->server->address()));
      peers_.back()->say(words_[peers_.size() % words_.size()]);
    }
  }

 private:
  const Service* service_;
  std::vector<std::string> words_;
  std::vector<std::unique_ptr<Peer>> peers_;
};

TEST(RequestServer, AHostileCrowdCostsTenMebibytesAtMostAndKeepsNobodyOut) {
  const Service service;
  for (int i = 0; i < 20; ++i)
    ASSERT_THAT(service.ask(post(std::string(60'000, 'y'), kClose)), StartsWith("HTTP/1.1 200 "));
  malloc_trim(0);
  Crowd crowd(service);
  const std::size_t before = resident_bytes();
  std::size_t most = before;
  for (int round = 0; round < 8; ++round) {
    crowd.come(100);
    most = std::max(most, resident_bytes());
    const auto began = std::chrono::steady_clock::now();
    EXPECT_THAT(service.ask(post("well-behaved", kClose)), EndsWith("well-behaved")) << "round " << round;
    EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(2)) << "round " << round;
  }
  EXPECT_GT(service.counts.displaced, 0U) << "the crowd was no crowd";
  if (!kMeasured) GTEST_SKIP() << "a sanitizer's memory is its own";
  EXPECT_LT(most - before, 10U * 1024 * 1024);
  RecordProperty("cost_bytes", static_cast<int>(most - before));
}

TEST(RequestServer, AnswersThatNobodyReadsMakeItFallBehindUntilTheyAreRead) {
  Service service;
  std::vector<std::unique_ptr<Peer>> deaf;
  for (std::size_t i = 0; i < 2; ++i) {
    deaf.push_back(std::make_unique<Peer>(service.server->address()));
    deaf.back()->say(get("/later", kClose));
  }
  ASSERT_TRUE(service.wait_for_later(2));
  EXPECT_FALSE(service.server->behind());
  const std::string large(8 * 1024 * 1024, 'z');
  for (const Reply& each : service.later) each.send({200, "text/plain", large, {}});
  for (int i = 0; i < 1000 && !service.server->behind(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_TRUE(service.server->behind());
  for (const auto& each : deaf) EXPECT_THAT(each->hear(), EndsWith("zzz"));
  for (int i = 0; i < 1000 && service.server->behind(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_FALSE(service.server->behind());
}

// Asks for /later, which the test answers with a stream.
struct Streamed {
  Streamed() : peer(service.server->address()) {
    peer.say(get("/later"));
    EXPECT_TRUE(service.wait_for_later(1));
    stream.emplace(service.later[0].stream({200, "text/event-stream", "", {}}));
    service.later.clear();
  }
  void write(std::string text) const { stream->write(std::make_shared<const std::string>(std::move(text))); }
  bool is_left() const {
    for (int i = 0; i < 2000 && stream->wanted(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    return !stream->wanted();
  }

  Service service;
  Peer peer;
  std::optional<Stream> stream;
};

TEST(RequestServer, AStreamIsReadAsItIsWrittenAndTheConnectionEndsWithIt) {
  Streamed streamed;
  const std::string head = streamed.peer.hear_until("\r\n\r\n");
  EXPECT_THAT(head, AllOf(StartsWith("HTTP/1.1 200 OK\r\n"), HasSubstr("Content-Type: text/event-stream\r\n"),
                          HasSubstr("Connection: close\r\n")));
  EXPECT_EQ(head.find("Content-Length"), std::string::npos);
  streamed.write("one\n");
  EXPECT_EQ(streamed.peer.hear_until("one\n"), "one\n");
  streamed.write("two\n");
  streamed.write("three\n");
  streamed.stream.reset();
  EXPECT_EQ(streamed.peer.hear(), "two\nthree\n");
  EXPECT_EQ(streamed.service.counts.answered[200], 1U);
}

TEST(RequestServer, AStreamWhoseClientSpeaksOrGoesIsNotWantedAnyMore) {
  Streamed speaks;
  EXPECT_TRUE(speaks.stream->wanted());
  speaks.peer.say(get("/a"));
  EXPECT_TRUE(speaks.is_left());
  Streamed goes;
  goes.peer.say_no_more();
  EXPECT_TRUE(goes.is_left());
}

TEST(RequestServer, AStreamsReaderThatFallsBehindIsEndedAndKeepsNoQuestionOut) {
  Streamed streamed;
  const auto piece = std::make_shared<const std::string>(limits::kStreamUnreadBytesMax / 4, 'x');
  for (int i = 0; i < 400 && streamed.stream->wanted(); ++i) {
    streamed.stream->write(piece);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  EXPECT_TRUE(streamed.is_left());
  EXPECT_EQ(streamed.service.counts.behind, 1U);
  EXPECT_FALSE(streamed.service.server->behind());
}

TEST(RequestServer, EndsWithRepliesStillOut) {
  std::vector<Reply> kept;
  {
    Service service;
    Peer peer(service.server->address());
    peer.say(get("/later"));
    ASSERT_TRUE(service.wait_for_later(1));
    kept = std::move(service.later);
  }
  EXPECT_FALSE(kept.front().wanted());
  kept.front().send({200, "text/plain", "to nobody", {}});
}

}  // namespace
}  // namespace steelyard::http
