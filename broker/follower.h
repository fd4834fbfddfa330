// Follower: a thread that is given each new signed checkpoint and works on the newest; what it did not come to is left
// out. For those who tell outsiders of the log, whom nothing on an exchange's path waits for.
//
// Owns: its thread, which ends with it, after what it works on now. Threads: follow() from any; `work` runs on its own.
// Errors: none; `work` tells its own.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "core/base/time.h"

namespace steelyard::broker {

class Follower {
 public:
  // `work` is called with a note, and not again before `every` is over; where it says false, with the newest by then
  // once `again` is over.
  Follower(Duration every, Duration again, std::function<bool(const std::string& note)> work)
      : every_(every), again_(again), work_(std::move(work)), thread_([this] { run(); }) {}
  ~Follower() {
    {
      std::lock_guard lock(mutex_);
      ending_ = true;
    }
    wake_.notify_one();
    thread_.join();
  }
  Follower(const Follower&) = delete;
  Follower& operator=(const Follower&) = delete;

  void follow(std::string note) {
    {
      std::lock_guard lock(mutex_);
      newest_ = std::move(note);
    }
    wake_.notify_one();
  }
  bool ending() const {
    std::lock_guard lock(mutex_);
    return ending_;
  }

 private:
  void run() {
    std::unique_lock lock(mutex_);
    while (true) {
      wake_.wait(lock, [this] { return ending_ || newest_.has_value(); });
      if (ending_) return;
      std::string note = std::move(*newest_);
      newest_.reset();
      lock.unlock();
      const bool done = work_(note);
      lock.lock();
      if (!done && !newest_) newest_ = std::move(note);
      wake_.wait_for(lock, std::chrono::microseconds((done ? every_ : again_).us), [this] { return ending_; });
    }
  }

  const Duration every_;
  const Duration again_;
  std::function<bool(const std::string&)> work_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::optional<std::string> newest_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace steelyard::broker
