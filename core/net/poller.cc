#include "core/net/poller.h"

#include <zmq.h>

#include <cerrno>

#include "core/base/check.h"
#include "core/net/dealer.h"
#include "core/net/router.h"
#include "core/net/waker.h"

namespace steelyard::net {

std::size_t Poller::add(const Router& router) { return add_item(router.socket(), -1); }
std::size_t Poller::add(const Dealer& dealer) { return add_item(dealer.socket(), -1); }
std::size_t Poller::add(const Waker& waker) { return add_item(nullptr, waker.fd()); }
std::size_t Poller::add_fd(int fd) { return add_item(nullptr, fd); }

std::size_t Poller::add_item(void* socket, int fd) {
  items_.push_back({socket, fd, false});
  return items_.size() - 1;
}

std::size_t Poller::wait(Duration timeout) {
  std::vector<zmq_pollitem_t> asked;
  asked.reserve(items_.size());
  for (const auto& item : items_) asked.push_back({item.socket, item.fd, ZMQ_POLLIN, 0});
  // Rounded up: a wait of 300 µs must not become a busy loop.
  const long timeout_ms = timeout.us < 0 ? -1 : static_cast<long>((timeout.us + 999) / 1000);
  const int rc = zmq_poll(asked.data(), static_cast<int>(asked.size()), timeout_ms);
  CHECK(rc >= 0 || errno == EINTR);
  std::size_t count = 0;
  for (std::size_t i = 0; i < items_.size(); ++i) {
    items_[i].ready = rc > 0 && asked[i].revents != 0;
    if (items_[i].ready) ++count;
  }
  return count;
}

}  // namespace steelyard::net
