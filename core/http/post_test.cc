#include "core/http/post.h"

#include <gtest/gtest.h>

#include "core/http/request_server.h"
#include "core/http/test_peer.h"

namespace steelyard::http {
namespace {

TEST(Post, AUrlIsTakenApart) {
  const auto whole = parse_url("http://127.0.0.1:7409/witness/");
  ASSERT_TRUE(whole) << whole.error().what;
  EXPECT_EQ(whole->host, "127.0.0.1");
  EXPECT_EQ(whole->port, 7409);
  EXPECT_EQ(whole->named, "127.0.0.1:7409");
  EXPECT_EQ(whole->path, "/witness");
  const auto bare = parse_url("http://tsa.example");
  ASSERT_TRUE(bare) << bare.error().what;
  EXPECT_EQ(bare->port, 80);
  EXPECT_EQ(bare->named, "tsa.example");
  EXPECT_EQ(bare->path, "");
  const auto six = parse_url("http://[::1]:7409");
  ASSERT_TRUE(six) << six.error().what;
  EXPECT_EQ(six->host, "::1");
  EXPECT_EQ(six->named, "[::1]:7409");
}

TEST(Post, OtherUrlsAreRefused) {
  for (const char* bad : {"", "127.0.0.1:80", "https://a.example/", "ftp://a.example", "http://", "http:///x",
                          "http://u@a.example", "http://a.example/?q=1", "http://a.example/#f", "http://a.example:0/",
                          "http://a.example:70000/", "http://a b/", "http://a.example/\n"})
    EXPECT_FALSE(parse_url(bad)) << bad;
}

TEST(Post, WhatIsPostedArrivesAndItsAnswerComesBack) {
  RequestCounts counts;
  const auto server = RequestServer::open(
      "127.0.0.1:0",
      [](const Request& request, const Reply& reply) {
        const std::string* type = request.header("content-type");
        reply.send({409,
                    "text/x.tlog.size",
                    request.method + " " + request.path + " " + (type ? *type : "") + " " + request.body,
                    {}});
      },
      counts);
  ASSERT_TRUE(server) << server.error().what;
  const auto url = parse_url("http://" + (*server)->address() + "/w/");
  const auto answer = post(*url, "/add-checkpoint", {"text/plain", "old 0\n"}, seconds(10), 1'000);
  ASSERT_TRUE(answer) << answer.error().what;
  EXPECT_EQ(answer->status, 409);
  EXPECT_EQ(answer->type, "text/x.tlog.size");
  EXPECT_EQ(answer->body, "POST /w/add-checkpoint text/plain old 0\n");
  const auto page = fetch(*url, "/checkpoint", seconds(10), 1'000);
  ASSERT_TRUE(page) << page.error().what;
  EXPECT_EQ(page->body, "GET /w/checkpoint  ");
  EXPECT_FALSE(post(*url, "/add-checkpoint", {"text/plain", std::string(2'000, 'x')}, seconds(10), 1'000))
      << "too long";
}

// Whoever answers an octet now and then holds nobody longer than that.
TEST(Post, PatienceEnds) {
  RequestCounts counts;
  std::vector<Reply> kept;
  const auto server = RequestServer::open(
      "127.0.0.1:0", [&kept](const Request&, Reply reply) { kept.push_back(std::move(reply)); }, counts);
  ASSERT_TRUE(server) << server.error().what;
  const auto url = parse_url("http://" + (*server)->address());
  SystemClock clock;
  const Duration began = clock.monotonic();
  const auto answer = post(*url, "", {"text/plain", "x"}, milliseconds(300), 1'000);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::kReconnect);
  EXPECT_LT(clock.monotonic() - began, seconds(5));
}

}  // namespace
}  // namespace steelyard::http
