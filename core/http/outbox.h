// Outbox: answers on their way from whoever made them to the server's thread. Private to core/http.
//
// Threads: post() from any; take() and close() by the server's. After close() nothing is kept. Errors: none.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

#include "core/http/request_server.h"

namespace steelyard::http {

class Outbox {
 public:
  struct Answer {
    std::uint64_t connection = 0;
    std::function<Response()> make;
  };

  explicit Outbox(std::function<void()> wake) : wake_(std::move(wake)) {}

  void post(std::uint64_t connection, std::function<Response()> make) {
    std::lock_guard lock(mutex_);
    if (closed_) return;
    answers_.push_back({connection, std::move(make)});
    if (answers_.size() == 1) wake_();
  }
  std::vector<Answer> take() {
    std::lock_guard lock(mutex_);
    return std::exchange(answers_, {});
  }
  void close() {
    std::lock_guard lock(mutex_);
    closed_ = true;
    answers_.clear();
  }

 private:
  std::mutex mutex_;
  std::function<void()> wake_;
  bool closed_ = false;
  std::vector<Answer> answers_;
};

// One request that a handler has.
struct Reply::Pending {
  Pending(std::shared_ptr<Outbox> to, std::uint64_t of) : outbox(std::move(to)), connection(of) {}
  ~Pending() {
    if (!sent) outbox->post(connection, [] { return problem_of(500); });
  }
  Pending(const Pending&) = delete;
  Pending& operator=(const Pending&) = delete;

  std::shared_ptr<Outbox> outbox;
  std::uint64_t connection;
  std::atomic<bool> sent{false};
  std::atomic<bool> gone{false};
};

}  // namespace steelyard::http
