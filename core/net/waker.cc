#include "core/net/waker.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>

#include "core/base/check.h"

namespace steelyard::net {

Waker::Waker() : fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) { CHECK(fd_ >= 0); }

Waker::~Waker() { close(fd_); }

void Waker::wake() {
  if (signalled_.exchange(true)) return;
  const std::uint64_t one = 1;
  CHECK(write(fd_, &one, sizeof(one)) == sizeof(one));
}

void Waker::drain() {
  std::uint64_t count = 0;
  if (read(fd_, &count, sizeof(count)) != sizeof(count)) return;  // nobody woke us
  // After the read: a wake between the two is not written, but its cause is in the queue we look at next.
  signalled_.store(false);
}

}  // namespace steelyard::net
