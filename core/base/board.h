// Board: one place where the newest value of a kind stands, for threads that only read it.
//
//   board.put(std::make_shared<const Snapshot>(...));   // its owner's thread
//   const auto newest = board.get();                    // any thread
//
// Owns: the newest value; who got an older one keeps that. Threads: any. Errors: none.
#pragma once

#include <memory>
#include <mutex>
#include <utility>

namespace steelyard {

template <class T>
class Board {
 public:
  void put(std::shared_ptr<const T> value) {
    std::lock_guard lock(mutex_);
    newest_.swap(value);  // the older one ends after the lock
  }
  std::shared_ptr<const T> get() const {  // null before the first
    std::lock_guard lock(mutex_);
    return newest_;
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const T> newest_;
};

}  // namespace steelyard
