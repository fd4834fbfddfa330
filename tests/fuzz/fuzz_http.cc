// HTTP on both sides: whatever a client sends, the servers of operators and applications answer or hang up, and answer
// the next one; whatever a server answers, our own GET ends with a response or an error. A head that is read has one
// meaning. And addresses as configurations name them.
#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <thread>

#include "core/base/limits.h"
#include "core/http/get.h"
#include "core/http/request_server.h"
#include "core/http/server.h"
#include "tests/fuzz/fuzz.h"

using namespace steelyard;
using fuzz::Input;

namespace {

constexpr int kPatienceMs = 20'000;

class Socket {
 public:
  explicit Socket(int descriptor) : descriptor_(descriptor) { CHECK(descriptor >= 0); }
  ~Socket() { ::close(descriptor_); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  int get() const { return descriptor_; }

  void send(std::string_view text) const {
    while (!text.empty()) {
      const ssize_t n = ::send(descriptor_, text.data(), text.size(), MSG_NOSIGNAL);
      if (n <= 0) return;  // the other side has had enough
      text.remove_prefix(static_cast<std::size_t>(n));
    }
  }
  // Until the other side hangs up, which it must.
  std::string read_all() const {
    std::string all;
    char octets[4096];
    while (true) {
      pollfd waiting{descriptor_, POLLIN, 0};
      const int ready = ::poll(&waiting, 1, kPatienceMs);
      if (ready < 0 && errno == EINTR) continue;  // libFuzzer's own clock
      CHECK(ready > 0);
      const ssize_t n = ::recv(descriptor_, octets, sizeof(octets), 0);
      if (n <= 0) return all;
      all.append(octets, static_cast<std::size_t>(n));
    }
  }

 private:
  int descriptor_;
};

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return to;
}

constexpr std::string_view kPage = "the page that stands here";

struct Server {
  std::unique_ptr<http::Server> server = std::move(
      *http::Server::open({"127.0.0.1:0", {}}, {{"/healthz", [] {
                                                   return http::Response{200, "text/plain", std::string(kPage)};
                                                 }}}));
  std::uint16_t port = http::parse_address(server->address())->port;

  std::string ask(std::string_view request) const {
    const Socket socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const sockaddr_in to = loopback(port);
    CHECK(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&to), sizeof(to)) == 0);
    socket.send(request);
    ::shutdown(socket.get(), SHUT_WR);
    return socket.read_all();
  }
};

void request(Input input) {
  static const Server& server = *new Server();
  const std::string answer = server.ask(input.text());
  CHECK(answer.empty() || answer.starts_with("HTTP/"));  // libevent repeats the version that it was asked in
  // The page is given to whoever names it alone.
  if (answer.find(kPage) != std::string::npos) CHECK(input.text().find("healthz") != std::string::npos);
  const std::string next = server.ask("GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  CHECK(next.starts_with("HTTP/1.1 200 ") && next.ends_with(kPage));
}

void request_of_application(Input input) {
  static http::RequestCounts counts;
  static const auto& server = *new std::unique_ptr<http::RequestServer>(std::move(*http::RequestServer::open(
      "127.0.0.1:0",
      [](const http::Request& request, http::Reply reply) {
        CHECK(request.path.front() == '/' && request.body.size() <= limits::kApplicationsBodyBytesMax);
        reply.send({200, "text/plain", std::string(kPage), {}});
      },
      counts)));
  const auto ask = [](std::string_view request, bool half_closed) {
    const Socket socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const sockaddr_in to = loopback(http::parse_address(server->address())->port);
    CHECK(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&to), sizeof(to)) == 0);
    socket.send(request);
    if (half_closed) ::shutdown(socket.get(), SHUT_WR);  // it has gone: no answer is owed
    return socket.read_all();
  };
  const std::string answer = ask(input.text(), true);
  CHECK(answer.empty() || answer.starts_with("HTTP/1.1 "));
  const std::string next = ask("GET /a HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", false);
  CHECK(next.starts_with("HTTP/1.1 200 ") && next.ends_with(kPage));
}

void head(Input input) {
  http::Head read;
  if (http::parse_head(input.text(), read) != 0) return;
  std::string written = read.request.method + " " + read.request.path + " HTTP/1.1\r\n";
  for (const auto& [name, value] : read.request.headers) written += name + ": " + value + "\r\n";
  http::Head again;
  CHECK(http::parse_head(written + "\r\n", again) == 0);
  CHECK(again.request.path == read.request.path && again.request.headers == read.request.headers);
  CHECK(again.content_length == read.content_length && again.keep_alive == read.keep_alive);
}

// A server that gives one answer, whatever it is asked.
class Listener {
 public:
  Listener() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in at = loopback(0);
    socklen_t size = sizeof(at);
    CHECK(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&at), size) == 0 && ::listen(socket_.get(), 8) == 0);
    CHECK(::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&at), &size) == 0);
    address_ = "127.0.0.1:" + std::to_string(ntohs(at.sin_port));
  }
  const std::string& address() const { return address_; }
  void answer_once(std::string_view text) const {
    const Socket peer(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    char octets[4096];
    CHECK(::recv(peer.get(), octets, sizeof(octets), 0) > 0);
    peer.send(text);
    ::shutdown(peer.get(), SHUT_WR);
    while (::recv(peer.get(), octets, sizeof(octets), 0) > 0) {
    }  // so that closing does not take back what was sent
  }

 private:
  Socket socket_;
  std::string address_;
};

void response(Input input) {
  static const Listener listener;
  std::thread other([&] { listener.answer_once(input.text()); });
  const auto got = http::get(listener.address(), "/healthz", milliseconds(kPatienceMs));
  other.join();
  if (!got) return;
  CHECK(got->body.size() <= limits::kHttpAnswerBytesMax && got->body.size() <= input.rest().size());
  CHECK(input.text().find("HTTP/") != std::string::npos);
}

void address(Input input) {
  const std::string text(input.text());
  const auto parsed = http::parse_address(text);
  if (!parsed) return;
  const bool six = parsed->host.find(':') != std::string::npos;
  const std::string again = (six ? "[" + parsed->host + "]" : parsed->host) + ":" + std::to_string(parsed->port);
  const auto same = http::parse_address(again);
  CHECK(same.has_value() && same->host == parsed->host && same->port == parsed->port);
  CHECK(same->loopback == parsed->loopback);
}

constexpr void (*kReaders[])(Input) = {request, response, address, request_of_application, head};

}  // namespace

FUZZ(input) { fuzz::choose(input, kReaders); }
