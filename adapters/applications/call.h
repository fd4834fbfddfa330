// Call: what an authenticated application asks, on its way from HTTP's thread to the adapter's; CallQueue: the way.
//
// Owns: the request and its reply. Threads: push() from any, the rest by the adapter's thread. Errors: none.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

#include "adapters/applications/problem.h"
#include "core/http/request_server.h"

namespace steelyard::adapters {

enum class Route : std::uint8_t {
  kQuery,
  kVerify,
  kCatalog,
  kDataset,
  kAgreements,
  kReceipt,
  kOpenApi,
  kEvents,
  kSubscriptions,
  kUnsubscribe
};

struct Call {
  Route route = Route::kCatalog;
  ApplicationId application;
  DatasetId dataset;    // of kQuery, kVerify, kDataset, kEvents, kUnsubscribe
  ExchangeId exchange;  // of kReceipt
  http::Request request;
  Language language = Language::kEn;
  http::Reply reply;
};

// Bounded by the server's connections, each of which has one request at a time.
class CallQueue {
 public:
  explicit CallQueue(std::function<void()> wake) : wake_(std::move(wake)) {}

  void push(Call call) {
    {
      std::lock_guard lock(mutex_);
      calls_.push_back(std::move(call));
    }
    wake_();
  }
  std::vector<Call> take(std::size_t count_max) {
    std::lock_guard lock(mutex_);
    std::vector<Call> taken;
    for (; !calls_.empty() && taken.size() < count_max; calls_.pop_front()) taken.push_back(std::move(calls_.front()));
    return taken;
  }
  bool empty() const {
    std::lock_guard lock(mutex_);
    return calls_.empty();
  }

 private:
  std::function<void()> wake_;
  mutable std::mutex mutex_;
  std::deque<Call> calls_;
};

}  // namespace steelyard::adapters
