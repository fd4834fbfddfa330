// Peer: a client as it should not be: it says what it is told to, octet by octet. For tests only.
//
// Owns: its socket. Threads: one. Errors: none; what is not heard within 10 s is not heard.
#pragma once

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <string>
#include <string_view>

#include "core/http/address.h"

namespace steelyard::http {

class Peer {
 public:
  explicit Peer(const std::string& address, int family = AF_INET) : fd_(socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (family == AF_UNIX) {
      sockaddr_un to{};
      to.sun_family = AF_UNIX;
      address.copy(to.sun_path, sizeof(to.sun_path) - 1);
      connected_ = connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof(to)) == 0;
    } else {
      sockaddr_in to{};
      to.sin_family = AF_INET;
      to.sin_port = htons(parse_address(address)->port);
      to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      connected_ = connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof(to)) == 0;
    }
    const timeval patience{10, 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
  }
  ~Peer() { close(fd_); }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  bool connected() const { return connected_; }
  bool say(std::string_view text) {
    while (!text.empty()) {
      const ssize_t sent = send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  std::string hear() {  // until the server closes, or nothing comes for 10 s
    std::string heard;
    while (hear_some(heard)) {
    }
    return heard;
  }
  std::string hear_until(const std::string& end) {
    std::string heard;
    while (heard.find(end) == std::string::npos && hear_some(heard)) {
    }
    return heard;
  }
  void say_no_more() { shutdown(fd_, SHUT_WR); }

 private:
  bool hear_some(std::string& heard) {
    char buffer[4096];
    const ssize_t count = recv(fd_, buffer, sizeof(buffer), 0);
    if (count > 0) heard.append(buffer, static_cast<std::size_t>(count));
    return count > 0;
  }
  int fd_;
  bool connected_ = false;
};

}  // namespace steelyard::http
