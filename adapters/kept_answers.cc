#include "adapters/kept_answers.h"

namespace steelyard::adapters {
namespace {

std::size_t size_of(const exchange::OutMessage& answer) {
  return answer.envelope->size() + (answer.payload ? answer.payload->size() : 0);
}

}  // namespace

void KeptAnswers::keep(const Digest& request, Instant expires, exchange::OutMessage answer) {
  const std::size_t size = size_of(answer);
  if (!kept_.try_emplace(request, Kept{std::move(answer), expires}).second) return;
  order_.push_back(request);
  bytes_ += size;
  while (bytes_ > bytes_max_) forget_oldest();
}

const exchange::OutMessage* KeptAnswers::find(const Digest& request) const {
  const auto found = kept_.find(request);
  return found == kept_.end() ? nullptr : &found->second.answer;
}

void KeptAnswers::forget_expired(Instant now) {
  while (!order_.empty() && kept_.at(order_.front()).expires < now) forget_oldest();
}

void KeptAnswers::forget_oldest() {
  const auto oldest = kept_.find(order_.front());
  bytes_ -= size_of(oldest->second.answer);
  kept_.erase(oldest);
  order_.pop_front();
}

}  // namespace steelyard::adapters
