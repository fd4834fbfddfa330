#include "core/http/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "core/base/limits.h"
#include "core/base/test_dir.h"
#include "core/http/get.h"
#include "core/http/test_peer.h"

namespace steelyard::http {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::unique_ptr<Server> serve(Routes routes, ServerCounts* counts = nullptr) {
  auto server = Server::open({"127.0.0.1:0", {}}, std::move(routes), counts);
  EXPECT_TRUE(server.has_value()) << server.error().what;
  return std::move(*server);
}

Routes hello() {
  return {{"/metrics",
           [] {
             return Response{200, "text/plain", "a 1\n"};
           }},
          {"/readyz", [] {
             return Response{503, "text/plain", "log behind\n"};
           }}};
}

std::string ask_for(const Server& server, const std::string& path, const std::string& method = "GET") {
  Peer peer(server.address());
  peer.say(method + " " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  return peer.hear();
}

TEST(HttpServer, AnswersItsRoutesAndNoOtherPath) {
  const auto server = serve(hello());
  EXPECT_THAT(ask_for(*server, "/metrics"), AllOf(StartsWith("HTTP/1.1 200"), HasSubstr("\r\n\r\na 1\n")));
  EXPECT_THAT(ask_for(*server, "/readyz"), AllOf(StartsWith("HTTP/1.1 503"), HasSubstr("log behind")));
  EXPECT_THAT(ask_for(*server, "/metrics/../secret"), StartsWith("HTTP/1.1 404"));
  EXPECT_THAT(ask_for(*server, "/"), StartsWith("HTTP/1.1 404"));
}

TEST(HttpServer, WhatHasNoRouteMayBeAnsweredByItsPath) {
  const auto server =
      Server::open({"127.0.0.1:0", {}},
                   {{"/a",
                     [] {
                       return Response{200, "text/plain", "a"};
                     }}},
                   nullptr, [](std::string_view path) {
                     return Response{200, "text/plain", "at " + std::string(path), {{"Cache-Control", "public"}}};
                   });
  ASSERT_TRUE(server) << server.error().what;
  EXPECT_EQ(get((*server)->address(), "/a", seconds(5))->body, "a");
  EXPECT_EQ(get((*server)->address(), "/tile/0/000", seconds(5))->body, "at /tile/0/000");
}

TEST(HttpServer, NothingIsWrittenThisWay) {
  const auto server = serve(hello());
  for (const char* method : {"POST", "PUT", "DELETE", "PATCH"})
    EXPECT_THAT(ask_for(*server, "/metrics", method), StartsWith("HTTP/1.1 501")) << method;
}

TEST(HttpServer, EndlessHeadersAreCutOff) {
  const auto server = serve(hello());
  Peer peer(server->address());
  peer.say("GET /metrics HTTP/1.1\r\n");
  bool cut = false;
  for (int i = 0; i < 10'000 && !cut; ++i) cut = !peer.say("X-Padding: " + std::string(100, 'x') + "\r\n");
  const std::string heard = peer.hear();
  EXPECT_TRUE(cut || heard.rfind("HTTP/1.1 4", 0) == 0) << heard.substr(0, 80);
  EXPECT_THAT(ask_for(*server, "/metrics"), StartsWith("HTTP/1.1 200"));
}

TEST(HttpServer, WhoNeverFinishesIsCutOffAndKeepsNobodyOutForGood) {
  const auto server = serve(hello());
  std::vector<std::unique_ptr<Peer>> slow;
  for (std::size_t i = 0; i < 2 * limits::kHttpConnectionsMax; ++i) {
    slow.push_back(std::make_unique<Peer>(server->address()));
    slow.back()->say("GET /metr");
  }
  const auto began = std::chrono::steady_clock::now();
  std::string heard;
  while (heard.empty() && std::chrono::steady_clock::now() - began < std::chrono::seconds(45))
    heard = ask_for(*server, "/metrics");
  EXPECT_THAT(heard, StartsWith("HTTP/1.1 200"));
}

// Peers that say one octet more, again and again: none is ever idle, none is ever done.
std::size_t cut_while_dribbling(const Server& server, const std::string& begun) {
  std::vector<std::unique_ptr<Peer>> slow;
  for (std::size_t i = 0; i < limits::kHttpConnectionsMax; ++i) {
    slow.push_back(std::make_unique<Peer>(server.address()));
    slow.back()->say(begun);
  }
  std::size_t cut = 0;
  const auto until = std::chrono::steady_clock::now() + std::chrono::microseconds(4 * limits::kHttpWithin.us);
  while (!slow.empty() && std::chrono::steady_clock::now() < until) {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    cut += std::erase_if(slow, [](const auto& peer) { return !peer->say("x"); });
  }
  return cut;
}

TEST(HttpServer, WhoDribblesIsCutOffByTheDeadlineAndCounted) {
  ServerCounts counts;
  const auto server = serve(hello(), &counts);
  EXPECT_EQ(cut_while_dribbling(*server, "GET /metrics HTTP/1.1\r\nX: "), limits::kHttpConnectionsMax);
  EXPECT_EQ(counts.cut, limits::kHttpConnectionsMax);
  EXPECT_THAT(ask_for(*server, "/metrics"), StartsWith("HTTP/1.1 200"));
}

TEST(HttpServer, NobodyHoldsAPlaceByAskingAgain) {
  const auto server = serve(hello());
  Peer peer(server->address());
  peer.say("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\nGET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
  const std::string heard = peer.hear();
  EXPECT_THAT(heard, AllOf(StartsWith("HTTP/1.1 200"), HasSubstr("Connection: close")));
  EXPECT_EQ(heard.find("HTTP/1.1", 1), std::string::npos);
}

TEST(HttpServer, OtherThanLoopbackNeedsTls) {
  const auto open = Server::open({"0.0.0.0:0", {}}, hello());
  ASSERT_FALSE(open.has_value());
  EXPECT_THAT(open.error().what, HasSubstr("not a loopback address"));
}

TEST(HttpServer, AnAddressThatIsNoneIsNamed) {
  for (const char* wrong : {"", "9401", ":9401", "localhost:9401", "127.0.0.1:99999", "127.0.0.1:", "127.0.0.1:1x"}) {
    const auto address = parse_address(wrong);
    ASSERT_FALSE(address.has_value()) << wrong;
    EXPECT_THAT(address.error().what, HasSubstr("`" + std::string(wrong) + "`"));
  }
  EXPECT_TRUE(parse_address("127.0.0.1:0")->loopback);
  EXPECT_TRUE(parse_address("[::1]:9401")->loopback);
  EXPECT_FALSE(parse_address("10.0.0.1:9401")->loopback);
}

TEST(HttpServer, APortThatIsTakenIsNamed) {
  const auto first = serve(hello());
  const auto second = Server::open({first->address(), {}}, hello());
  ASSERT_FALSE(second.has_value());
  EXPECT_THAT(second.error().what, HasSubstr(first->address()));
}

TEST(HttpGet, ReadsAPageAndSaysWhoIsAway) {
  std::string address;
  {
    const auto server = serve(hello());
    address = server->address();
    const auto page = http::get(address, "/metrics", seconds(5));
    ASSERT_TRUE(page.has_value()) << page.error().what;
    EXPECT_EQ(page->status, 200);
    EXPECT_EQ(page->body, "a 1\n");
    EXPECT_EQ(http::get(address, "/readyz", seconds(5))->status, 503);
  }
  const auto gone = http::get(address, "/metrics", seconds(2));
  ASSERT_FALSE(gone.has_value());
  EXPECT_EQ(gone.error().kind, ErrorKind::kReconnect);
  EXPECT_THAT(gone.error().what, HasSubstr("nobody answers at http://" + address));
  EXPECT_EQ(http::get("192.0.2.1:80", "/", seconds(1)).error().kind, ErrorKind::kFix);
}

class MutualTls : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::string make =
        "cd " + dir_ +
        " && exec >/dev/null 2>&1"
        " && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem -days 2"
        " -subj /CN=operators"
        " && for who in server client; do"
        "   openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout $who.key -out $who.csr -subj "
        "/CN=$who"
        "   && openssl x509 -req -in $who.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out $who.pem -days 2; done"
        " && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout other.key -out other.pem"
        " -days 2 -subj /CN=other";
    ASSERT_EQ(std::system(make.c_str()), 0);
  }

  std::string ask(const Server& server, const std::string& more) {
    const std::string to = dir_ + "/heard";
    const std::string command =
        "printf 'GET /metrics HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n' | timeout 20"
        " openssl s_client -quiet -connect " +
        server.address() + " -CAfile " + dir_ + "/ca.pem " + more + " >" + to + " 2>/dev/null";
    static_cast<void>(std::system(command.c_str()));
    std::ifstream file(to);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  const TestDir folder_;
  const std::string dir_ = folder_.path();
};

TEST_F(MutualTls, OnlyWhomTheOperatorsAuthoritySignedIsAnswered) {
  auto server = Server::open({"127.0.0.1:0", {dir_ + "/server.pem", dir_ + "/server.key", dir_ + "/ca.pem"}}, hello());
  ASSERT_TRUE(server.has_value()) << server.error().what;
  EXPECT_THAT(ask(**server, "-cert " + dir_ + "/client.pem -key " + dir_ + "/client.key"), HasSubstr("a 1\n"));
  EXPECT_EQ(ask(**server, ""), "");
  EXPECT_EQ(ask(**server, "-cert " + dir_ + "/other.pem -key " + dir_ + "/other.key"), "");
  EXPECT_EQ(ask_for(**server, "/metrics"), "");  // no TLS at all
}

TEST_F(MutualTls, WhoDribblesInItsHandshakeIsCutOffByTheDeadline) {
  auto server = Server::open({"127.0.0.1:0", {dir_ + "/server.pem", dir_ + "/server.key", dir_ + "/ca.pem"}}, hello());
  ASSERT_TRUE(server.has_value()) << server.error().what;
  const std::string begun("\x16\x03\x01\x20\x00", 5);  // a handshake record of 8 KiB, of which nothing came yet
  EXPECT_EQ(cut_while_dribbling(**server, begun), limits::kHttpConnectionsMax);
  EXPECT_THAT(ask(**server, "-cert " + dir_ + "/client.pem -key " + dir_ + "/client.key"), HasSubstr("a 1\n"));
}

TEST_F(MutualTls, FilesThatDoNotServeAreNamed) {
  const auto missing =
      Server::open({"127.0.0.1:0", {dir_ + "/no.pem", dir_ + "/server.key", dir_ + "/ca.pem"}}, hello());
  ASSERT_FALSE(missing.has_value());
  EXPECT_THAT(missing.error().what, HasSubstr("no.pem"));
  const auto mixed =
      Server::open({"127.0.0.1:0", {dir_ + "/server.pem", dir_ + "/client.key", dir_ + "/ca.pem"}}, hello());
  ASSERT_FALSE(mixed.has_value());
  EXPECT_THAT(mixed.error().what, HasSubstr("client.key is not the key of"));
}

}  // namespace
}  // namespace steelyard::http
