// Poller: waits until one of several sockets, wakers or descriptors can be read.
//
// A socket is reported as long as something waits in it, so reading a few frames per round and coming back is right.
// (ZMQ_FD itself is edge-triggered and says less than it seems to; nobody outside this class waits on it.)
//
//   Poller poller;
//   auto frames = poller.add(router);
//   auto jobs = poller.add(waker);
//   poller.wait(milliseconds(100));
//   if (poller.ready(jobs)) { waker.drain(); ... }
//   if (poller.ready(frames)) while (auto event = router.receive()) ...
//
// Owns: nothing; what was added outlives the Poller, or `clear` comes first.
// Threads: the one that owns the sockets.
// Errors: a wait broken off by a signal returns 0, like a time-out. Waiting on a closed socket is our mistake (CHECK).
#pragma once

#include <cstddef>
#include <vector>

#include "core/base/time.h"

namespace steelyard::net {

class Dealer;
class Router;
class Waker;

class Poller {
 public:
  std::size_t add(const Router& router);
  std::size_t add(const Dealer& dealer);
  std::size_t add(const Waker& waker);
  std::size_t add_fd(int fd);
  void clear() { items_.clear(); }

  std::size_t wait(Duration timeout);  // how many are ready; a negative timeout waits for ever
  bool ready(std::size_t index) const { return items_[index].ready; }

 private:
  struct Item {
    void* socket;
    int fd;
    bool ready;
  };
  std::size_t add_item(void* socket, int fd);
  std::vector<Item> items_;
};

}  // namespace steelyard::net
