#include "adapters/request_turns.h"

#include <algorithm>
#include <utility>

#include "core/base/limits.h"

namespace steelyard::adapters {
namespace {

bool is_request(const client::Incoming& message) {
  return message.kind == schemas::MessageKind::kRequest && !message.by_broker;
}

}  // namespace

std::vector<client::Incoming> RequestTurns::next_slice(std::vector<client::Incoming> incoming) {
  taken_ = static_cast<std::size_t>(std::count_if(incoming.begin(), incoming.end(), is_request));
  if (waiting_.empty() && grants_.empty() && taken_ <= slice_) return incoming;
  for (client::Incoming& message : incoming) push(std::move(message));
  return take_slice();
}

void RequestTurns::push(client::Incoming message) {
  if (message.kind == schemas::MessageKind::kGrant && message.by_broker) {
    if (grants_.size() >= limits::kGrantsAheadMax) grants_.clear();
    grants_.push_back(std::move(message));
  } else if (is_request(message)) {
    if (full()) return grants_.clear();
    const MemberId user = message.author;
    grants_.push_back(std::move(message));
    waiting_.push(user, std::exchange(grants_, {}));
  }
}

std::vector<client::Incoming> RequestTurns::take_slice() {
  std::vector<client::Incoming> slice;
  for (taken_ = 0; taken_ < slice_ && !waiting_.empty(); ++taken_)
    for (auto request = waiting_.take(); client::Incoming & message : *request) slice.push_back(std::move(message));
  return slice;
}

void RequestTurns::served(Duration took) {
  if (took > kSliceTime)
    slice_ = std::max<std::size_t>(slice_ / 2, 1);
  else if (taken_ == slice_ && took.us < kSliceTime.us / 2)
    slice_ = std::min(slice_ * 2, kSliceMax);
}

}  // namespace steelyard::adapters
