#include "core/provenance/writer.h"

#include <chrono>

namespace steelyard::provenance {

Writer::Writer(LogStore& store, std::function<void(const CommittedBatch&)> committed, std::function<void(Error)> failed)
    : store_(store), committed_(std::move(committed)), failed_(std::move(failed)), thread_([this] { run(); }) {}

Writer::~Writer() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void Writer::submit(Batch batch) {
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back(std::move(batch));
  }
  wake_.notify_one();
}

std::size_t Writer::waiting() const {
  const std::lock_guard lock(mutex_);
  return queue_.size();
}

void Writer::run() {
  while (true) {
    Batch batch;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return ending_ || !queue_.empty(); });
      if (queue_.empty()) return;
      batch = std::move(queue_.front());
      queue_.pop_front();
    }
    const auto began = std::chrono::steady_clock::now();
    if (auto done = store_.commit(batch); !done) {
      failed_(std::move(done).error());
      return;  // what waits is lost with the process: nothing of it was promised
    }
    const auto took = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - began);
    committed_({batch.number, batch.first, store_.size(), store_.frontier().root(), Duration{took.count()}});
  }
}

}  // namespace steelyard::provenance
