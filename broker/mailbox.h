// Mailbox: what other threads tell the loop; the only way that they reach it.
//
// Owns: the letters that wait, and the Waker that the loop's Poller watches.
// Threads: put() from any; take() from the loop. Errors: none.
#pragma once

#include <mutex>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/net/waker.h"
#include "core/provenance/writer.h"

namespace steelyard::broker {

struct PublishedCheckpoint {
  std::string note;
};
struct Fatal {
  Error why;  // the process must end
};
using Letter = std::variant<provenance::CommittedBatch, PublishedCheckpoint, Fatal>;

class Mailbox {
 public:
  void put(Letter letter) {
    {
      std::lock_guard lock(mutex_);
      letters_.push_back(std::move(letter));
    }
    waker_.wake();
  }
  std::vector<Letter> take() {
    waker_.drain();  // before looking: a letter put in between wakes again
    std::lock_guard lock(mutex_);
    return std::exchange(letters_, {});
  }
  const net::Waker& waker() const { return waker_; }

 private:
  std::mutex mutex_;
  std::vector<Letter> letters_;
  net::Waker waker_;
};

}  // namespace steelyard::broker
