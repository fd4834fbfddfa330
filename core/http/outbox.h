// Outbox: answers, and pieces of streams, on their way from whoever made them to the server's thread. Private to
// core/http.
//
// Threads: post() from any; take() and close() by the server's. After close() nothing is kept. Errors: none.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "core/http/request_server.h"

namespace steelyard::http {

class Outbox {
 public:
  enum class Kind : std::uint8_t { kAnswer, kHead, kPiece, kEnd };
  struct Word {
    std::uint64_t connection = 0;
    Kind kind = Kind::kAnswer;
    std::function<Response()> make{};            // of an answer, and of a stream's head
    std::shared_ptr<const std::string> piece{};  // of a stream
  };

  explicit Outbox(std::function<void()> wake) : wake_(std::move(wake)) {}

  void post(Word word) {
    std::lock_guard lock(mutex_);
    if (closed_) return;
    words_.push_back(std::move(word));
    if (words_.size() == 1) wake_();
  }
  std::vector<Word> take() {
    std::lock_guard lock(mutex_);
    return std::exchange(words_, {});
  }
  void close() {
    std::lock_guard lock(mutex_);
    closed_ = true;
    words_.clear();
  }

 private:
  std::mutex mutex_;
  std::function<void()> wake_;
  bool closed_ = false;
  std::vector<Word> words_;
};

// One request that a handler has.
struct Reply::Pending {
  Pending(std::shared_ptr<Outbox> to, std::uint64_t of) : outbox(std::move(to)), connection(of) {}
  ~Pending() {
    if (streams)
      outbox->post({.connection = connection, .kind = Outbox::Kind::kEnd});
    else if (!sent)
      outbox->post({.connection = connection, .make = [] { return problem_of(500); }});
  }
  Pending(const Pending&) = delete;
  Pending& operator=(const Pending&) = delete;

  std::shared_ptr<Outbox> outbox;
  std::uint64_t connection;
  std::atomic<bool> sent{false};
  std::atomic<bool> streams{false};  // what was sent is a stream's head
  std::atomic<bool> gone{false};
};

}  // namespace steelyard::http
