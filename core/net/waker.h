// Waker: lets any thread wake the one that waits in a Poller.
//
// Owns: an eventfd.
// Threads: wake from any; drain from the waiting thread, *before* it looks at the queue that the wake was about.
// Errors: none; a process without descriptors for its wakers does not start (CHECK).
#pragma once

#include <atomic>

namespace steelyard::net {

class Waker {
 public:
  Waker();
  ~Waker();
  Waker(const Waker&) = delete;
  Waker& operator=(const Waker&) = delete;

  void wake();  // many wakes before one drain cost one system call
  void drain();
  int fd() const { return fd_; }

 private:
  int fd_;
  std::atomic<bool> signalled_{false};
};

}  // namespace steelyard::net
