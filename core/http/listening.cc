#include "core/http/listening.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "core/base/os_reason.h"
#include "core/http/address.h"

namespace steelyard::http {
namespace {

constexpr std::string_view kUnix = "unix:";
constexpr unsigned kListenFlags = LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE;
constexpr int kBacklog = 128;
constexpr mode_t kSocketMode = 0660;

tl::unexpected<Error> wrong(const std::string& listen, const std::string& what) {
  return fail(ErrorKind::kFix, "`" + listen + "` " + what);
}

}  // namespace

Listening::~Listening() {
  if (!path_.empty()) ::unlink(path_.c_str());
}

Status Listening::open(event_base* base, const std::string& where, Audience audience) {
  return where.starts_with(kUnix) ? open_file(base, where) : open_address(base, where, audience);
}

void Listening::on_connection(evconnlistener_cb accept, void* self) {
  evconnlistener_set_error_cb(listener_.get(), [](evconnlistener* resting, void*) { evconnlistener_disable(resting); });
  evconnlistener_set_cb(listener_.get(), accept, self);
}

Status Listening::open_address(event_base* base, const std::string& where, Audience audience) {
  auto wanted = parse_address(where);
  if (!wanted) return fail(std::move(wanted).error());
  if (!wanted->loopback && audience == Audience::kThisMachine)
    return wrong(where, "is not a loopback address: applications of this machine alone are served");
  sockaddr_storage name{};
  const bool six = wanted->host.find(':') != std::string::npos;
  if (six) {
    auto& to = reinterpret_cast<sockaddr_in6&>(name);
    to.sin6_family = AF_INET6;
    to.sin6_port = htons(wanted->port);
    inet_pton(AF_INET6, wanted->host.c_str(), &to.sin6_addr);
  } else {
    auto& to = reinterpret_cast<sockaddr_in&>(name);
    to.sin_family = AF_INET;
    to.sin_port = htons(wanted->port);
    inet_pton(AF_INET, wanted->host.c_str(), &to.sin_addr);
  }
  const int size = six ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
  listener_.reset(evconnlistener_new_bind(base, nullptr, nullptr, kListenFlags, kBacklog,
                                          reinterpret_cast<sockaddr*>(&name), size));
  if (listener_ == nullptr)
    return fail(ErrorKind::kStop, "listening on " + where + ": " + os_reason(errno) + ": is the port taken?");
  socklen_t length = sizeof(name);
  getsockname(evconnlistener_get_fd(listener_.get()), reinterpret_cast<sockaddr*>(&name), &length);
  const in_port_t port =
      six ? reinterpret_cast<sockaddr_in6&>(name).sin6_port : reinterpret_cast<sockaddr_in&>(name).sin_port;
  address_ = fmt::format("{}:{}", six ? "[" + wanted->host + "]" : wanted->host, ntohs(port));
  return {};
}

// A socket that nobody answers any more was left by a process that was killed.
Status Listening::open_file(event_base* base, const std::string& where) {
  const std::string path = where.substr(kUnix.size());
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof(name.sun_path)) return wrong(where, "names no path of 1 to 107 octets");
  std::memcpy(name.sun_path, path.c_str(), path.size());
  const auto* generic = reinterpret_cast<const sockaddr*>(&name);
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return fail(ErrorKind::kStop, "making a socket: " + os_reason(errno));
  struct stat there {};
  if (::lstat(path.c_str(), &there) == 0) {
    const bool ours = S_ISSOCK(there.st_mode) && ::connect(fd, generic, sizeof(name)) != 0 && errno == ECONNREFUSED;
    if (!ours) {
      ::close(fd);
      return wrong(where, "is there already: another process listens there, or it is no socket");
    }
    ::unlink(path.c_str());
  }
  // The first is heeded by bind(), so that there is no moment in which others could connect; less what the umask takes.
  const bool made = ::fchmod(fd, kSocketMode) == 0 && ::bind(fd, generic, sizeof(name)) == 0;
  if (made) path_ = path;
  if (!made || ::chmod(path.c_str(), kSocketMode) != 0) {
    const int reason = errno;
    ::close(fd);
    return fail(ErrorKind::kStop, "listening on " + where + ": " + os_reason(reason));
  }
  listener_.reset(evconnlistener_new(base, nullptr, nullptr, kListenFlags, kBacklog, fd));
  if (listener_ == nullptr) return fail(ErrorKind::kStop, "listening on " + where + ": " + os_reason(errno));
  address_ = where;
  return {};
}

}  // namespace steelyard::http
