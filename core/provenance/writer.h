// Writer: the thread that commits batches. Put and sync, nothing else.
//
// Batches commit in the order they were given; `committed` is called on the writer's thread after each (it should
// queue and wake). A failed commit has an unknown outcome: `failed` is called once, nothing more is committed, and
// the process must end.
// Owns: its thread. Threads: submit() from one thread.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "core/provenance/log_store.h"

namespace steelyard::provenance {

struct CommittedBatch {
  std::uint64_t number = 0;
  LogIndex first;
  std::uint64_t size = 0;  // of the log, after it
  Digest root;             // of the tree at that size: what the signer may sign
  Duration took{};         // by the commit, sync included
};

class Writer {
 public:
  Writer(LogStore& store, std::function<void(const CommittedBatch&)> committed, std::function<void(Error)> failed);
  ~Writer();  // commits what waits, then ends

  void submit(Batch batch);
  std::size_t waiting() const;

 private:
  void run();

  LogStore& store_;
  std::function<void(const CommittedBatch&)> committed_;
  std::function<void(Error)> failed_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Batch> queue_;
  bool ending_ = false;
  std::thread thread_;  // last: starts when all else is there
};

}  // namespace steelyard::provenance
