#include "core/http/request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "core/base/limits.h"

namespace steelyard::http {
namespace {

int status_of(const std::string& head) {
  Head read;
  return parse_head(head, read);
}

std::string post(const std::string& fields) {
  return "POST /v1/query/a/b HTTP/1.1\r\nHost: localhost\r\n" + fields + "\r\n";
}

TEST(HttpRequest, IsReadWithItsFields) {
  Head read;
  ASSERT_EQ(
      parse_head("POST /v1/query/a/b HTTP/1.1\r\nHost: localhost:7404\r\nContent-Length:  12 \r\nX-Y: a: b\r\n\r\n",
                 read),
      0);
  EXPECT_EQ(read.request.method, "POST");
  EXPECT_EQ(read.request.path, "/v1/query/a/b");
  EXPECT_EQ(read.content_length, 12U);
  EXPECT_TRUE(read.keep_alive);
  EXPECT_EQ(*read.request.header("x-y"), "a: b");
  EXPECT_EQ(read.request.header("x"), nullptr);
}

TEST(HttpRequest, OfTwoMeaningsHasNone) {
  EXPECT_EQ(status_of(post("Content-Length: 3\r\nContent-Length: 3\r\n")), 400);
  EXPECT_EQ(status_of(post("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n")), 400);
  EXPECT_EQ(status_of(post("Content-Length: 3, 3\r\n")), 400);
  EXPECT_EQ(status_of(post("Content-Length: +3\r\n")), 400);
  EXPECT_EQ(status_of(post("Content-Length: -3\r\n")), 400);
  EXPECT_EQ(status_of(post("Content-Length: \r\n")), 400);
  EXPECT_EQ(status_of(post("Content-Length: 3\r\nAuthorization: Bearer a\r\nAuthorization: Bearer b\r\n")), 400);
  EXPECT_EQ(status_of(post("Content-Length: 3\r\nX: a\r\n b\r\n")), 400) << "a folded line";
  EXPECT_EQ(status_of(post("Content-Length : 3\r\n")), 400) << "white space before the colon";
  EXPECT_EQ(status_of("GET /v1/catalog HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET http://localhost/v1/catalog HTTP/1.1\r\nHost: localhost\r\n\r\n"), 400) << "absolute-form";
  EXPECT_EQ(status_of("GET /v1/catalog HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\n"), 400);
  EXPECT_EQ(status_of("DELETE /v1/events/a/b HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\n"), 400);
  EXPECT_EQ(status_of("DELETE /v1/events/a/b HTTP/1.1\r\nHost: localhost\r\n\r\n"), 0);
}

TEST(HttpRequest, OfMoreThanIsReadIsToldWhichPartIsTooLong) {
  EXPECT_EQ(status_of(post("Transfer-Encoding: chunked\r\n")), 411);
  EXPECT_EQ(status_of(post("")), 411);
  EXPECT_EQ(status_of(post("Content-Length: " + std::to_string(limits::kApplicationsBodyBytesMax) + "\r\n")), 0);
  EXPECT_EQ(status_of(post("Content-Length: " + std::to_string(limits::kApplicationsBodyBytesMax + 1) + "\r\n")), 413);
  EXPECT_EQ(status_of(post("Content-Length: 99999999999999999999999\r\n")), 413);
  std::string many = "Content-Length: 0\r\n";
  for (std::size_t i = 0; i < limits::kApplicationsHeadersMax; ++i) many += "X-" + std::to_string(i) + ": a\r\n";
  EXPECT_EQ(status_of(post(many)), 431);
}

TEST(HttpRequest, ThatAnotherNameLedHereIsRefused) {
  const auto asked_of = [](const std::string& host) {
    return status_of("GET /v1/catalog HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
  };
  for (const char* host : {"localhost", "LocalHost:7404", "127.0.0.1", "127.0.0.1:1", "[::1]", "[::1]:7404"})
    EXPECT_EQ(asked_of(host), 0) << host;
  for (const char* host : {"evil.example", "localhost.evil.example", "127.0.0.1.evil.example:7404", "10.0.0.1", "",
                           "::1", "localhost:", "localhost:99999", "[::2]", "user@localhost"})
    EXPECT_EQ(asked_of(host), 421) << host;
  EXPECT_EQ(status_of("GET /v1/catalog HTTP/1.1\r\n\r\n"), 400);
}

TEST(HttpRequest, OfAnotherSortIsRefusedByName) {
  EXPECT_EQ(status_of("GET /v1/catalog HTTP/1.0\r\nHost: localhost\r\n\r\n"), 505);
  EXPECT_EQ(status_of("GET /v1/catalog\r\nHost: localhost\r\n\r\n"), 400);
  EXPECT_EQ(status_of("PUT /v1/catalog HTTP/1.1\r\nHost: localhost\r\n\r\n"), 501);
  EXPECT_EQ(status_of("CONNECT localhost:1 HTTP/1.1\r\nHost: localhost\r\n\r\n"), 400);
  EXPECT_EQ(status_of(post("Content-Length: 0\r\nExpect: magic\r\n")), 417);
  EXPECT_EQ(status_of("GET /v1 HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"), 501);
}

TEST(HttpRequest, OfLinesThatEndOtherwiseIsSpoiltAtOnce) {
  EXPECT_TRUE(spoils_head("GET / HTTP/1.1\nHost: localhost", 0));
  EXPECT_TRUE(spoils_head("GET / HTTP/1.1\rHost: localhost", 0));
  EXPECT_TRUE(spoils_head(std::string_view("GET /\0", 6), 0));
  EXPECT_TRUE(spoils_head("\x16\x03\x01", 0)) << "a TLS handshake";
  EXPECT_TRUE(spoils_head("GET / HTTP/1.1\r\n\n", 16));
  EXPECT_FALSE(spoils_head("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", 0));
  EXPECT_FALSE(spoils_head("GET / HTTP/1.1\r", 0));
}

RC_GTEST_PROP(HttpRequest, IsReadOrRefusedWhateverItHolds, ()) {
  const auto piece =
      rc::gen::element<std::string>("GET", " ", "/v1", "HTTP/1.1", "\r\n", "\r", "\n", "Host:", "localhost", ":",
                                    "Content-Length: 5", "\r\n\r\n", "x", std::string(1, '\0'), "\xff");
  std::string text;
  for (const std::string& each : *rc::gen::container<std::vector<std::string>>(piece)) text += each;
  Head read;
  const int status = parse_head(text, read);
  RC_ASSERT(status == 0 || (status >= 400 && status < 600));
  if (status != 0) return;
  RC_ASSERT(read.request.path.front() == '/');
  RC_ASSERT(read.request.header("host") != nullptr);
}

}  // namespace
}  // namespace steelyard::http
