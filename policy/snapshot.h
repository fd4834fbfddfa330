// Snapshots: entities and policies as they stood at one time, from the one thread that changes them to those that
// decide.
//
// Making one costs little, whatever it holds. Deciding looks at a snapshot alone: it takes no lock and waits for
// nobody. Whoever decides asks between two decisions for the newest one: that is a look at a number, and takes a lock
// only where the number has changed. Owns: the newest snapshot; each reader, the one it looks at. Threads: publish()
// and readers any; one Reader one thread. Errors: none.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>

#include "policy/entities.h"
#include "policy/policy_set.h"

namespace steelyard::policy {

struct Snapshot {
  Snapshot(const KnownEntities& known, const PoliciesInForce& in_force) : entities(known), policies(in_force) {}

  KnownEntities entities;
  PoliciesInForce policies;
};

class Snapshots {
 public:
  explicit Snapshots(std::shared_ptr<const Snapshot> first) : newest_(std::move(first)) {}

  // Its number: they count up from 1, the first has none.
  std::uint64_t publish(std::shared_ptr<const Snapshot> next) {
    const std::lock_guard lock(mutex_);
    newest_.swap(next);  // the old one goes with the parameter, without the lock
    return number_.fetch_add(1, std::memory_order_release) + 1;
  }

  class Reader {
   public:
    explicit Reader(const Snapshots& from) : from_(from) { take(); }

    // Stays until the next call.
    const Snapshot& newest() {
      if (from_.number_.load(std::memory_order_acquire) != number_) take();
      return *held_;
    }
    std::uint64_t number() const { return number_; }  // of what newest() gave last

   private:
    void take() {
      std::shared_ptr<const Snapshot> before = std::move(held_);
      const std::lock_guard lock(from_.mutex_);
      held_ = from_.newest_;
      number_ = from_.number_.load(std::memory_order_relaxed);
    }

    const Snapshots& from_;
    std::shared_ptr<const Snapshot> held_;
    std::uint64_t number_ = 0;
  };

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const Snapshot> newest_;
  std::atomic<std::uint64_t> number_{0};
};

}  // namespace steelyard::policy
