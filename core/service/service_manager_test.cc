#include "core/service/service_manager.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

#include "core/base/test_dir.h"

namespace steelyard::service {
namespace {

// Stands where systemd does: a datagram socket with a path, named by the environment.
class Listener {
 public:
  Listener() : path_(folder_ / "notify"), fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path_.c_str(), sizeof(address.sun_path) - 1);
    EXPECT_EQ(::bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
    ::setenv("NOTIFY_SOCKET", path_.c_str(), 1);
  }
  ~Listener() {
    ::close(fd_);
    for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) ::unsetenv(name);
  }

  std::string heard() {  // empty: nothing
    char octets[256];
    const ssize_t size = ::recv(fd_, octets, sizeof(octets), 0);
    return size < 0 ? "" : std::string(octets, static_cast<std::size_t>(size));
  }

 private:
  TestDir folder_;
  std::string path_;
  int fd_;
};

TEST(ServiceManager, SaysWhenItIsReadyAndWhenItStops) {
  Listener systemd;
  ServiceManager manager = ServiceManager::from_environment();
  manager.ready("listening");
  EXPECT_EQ(systemd.heard(), "READY=1\nSTATUS=listening");
  manager.status("waiting");
  EXPECT_EQ(systemd.heard(), "STATUS=waiting");
  manager.stopping();
  EXPECT_EQ(systemd.heard(), "STOPPING=1");
  manager.stopping();
  EXPECT_EQ(systemd.heard(), "") << "once is enough";
}

TEST(ServiceManager, SaysThatItIsAliveTwiceInTheWatchdogsInterval) {
  Listener systemd;
  ::setenv("WATCHDOG_USEC", "10000000", 1);
  ServiceManager manager = ServiceManager::from_environment();
  manager.alive(seconds(100));
  EXPECT_EQ(systemd.heard(), "WATCHDOG=1");
  manager.alive(seconds(104));
  EXPECT_EQ(systemd.heard(), "") << "half the interval has not passed";
  manager.alive(seconds(105));
  EXPECT_EQ(systemd.heard(), "WATCHDOG=1");
}

TEST(ServiceManager, AWatchdogOfAnotherProcessIsNotOurs) {
  Listener systemd;
  ::setenv("WATCHDOG_USEC", "10000000", 1);
  ::setenv("WATCHDOG_PID", "1", 1);
  ServiceManager manager = ServiceManager::from_environment();
  manager.alive(seconds(100));
  EXPECT_EQ(systemd.heard(), "");
}

TEST(ServiceManager, TellsNobodyWhereNobodyAsked) {
  Listener systemd;
  ::unsetenv("NOTIFY_SOCKET");
  ServiceManager::from_environment().ready("listening");
  EXPECT_EQ(systemd.heard(), "");
}

}  // namespace
}  // namespace steelyard::service
