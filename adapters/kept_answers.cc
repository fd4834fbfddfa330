#include "adapters/kept_answers.h"

#include <algorithm>
#include <bit>

#include "core/base/check.h"

namespace steelyard::adapters {
namespace {

constexpr std::size_t kSlotsMin = 64;

std::uint32_t hash_of(const Digest& request) { return get_le<std::uint32_t>(request.octets.data()); }

}  // namespace

std::size_t KeptAnswers::slot_of(const Digest& request) const {
  const std::size_t mask = slots_.size() - 1;
  const std::uint32_t hash = hash_of(request);
  std::size_t slot = hash & mask;
  while (slots_[slot].number != 0 && !(slots_[slot].hash == hash && at(slots_[slot].number).request == request))
    slot = (slot + 1) & mask;
  return slot;
}

// Where numbers run out, too: they begin anew, and zero is never one of them.
void KeptAnswers::make_slots() {
  slots_.assign(std::max(kSlotsMin, std::bit_ceil(4 * (queue_.size() + 1))), Slot{});
  first_ = 1;
  for (std::size_t i = 0; i < queue_.size(); ++i)
    slots_[slot_of(queue_[i].request)] = {hash_of(queue_[i].request), static_cast<std::uint32_t>(i + 1)};
}

void KeptAnswers::keep(const Digest& request, Instant expires, const exchange::OutMessage& answer) {
  CHECK(answer.envelope && !answer.proof);
  if (slots_.size() < 2 * (queue_.size() + 1) || queue_.size() >= UINT32_MAX - first_) make_slots();
  Slot& slot = slots_[slot_of(request)];
  if (slot.number != 0) return;
  slot = {hash_of(request), static_cast<std::uint32_t>(first_ + queue_.size())};
  queue_.push_back({request, expires, answer.kind, answer.envelope, answer.payload});
  bytes_ += queue_.back().size();
  while (bytes_ > bytes_max_) forget_oldest();
}

std::optional<exchange::OutMessage> KeptAnswers::find(const Digest& request) const {
  if (slots_.empty()) return {};
  const std::uint32_t number = slots_[slot_of(request)].number;
  if (number == 0) return {};
  const Kept& kept = at(number);
  return exchange::OutMessage{kept.kind, kept.envelope, kept.payload, std::nullopt};
}

void KeptAnswers::forget_expired(Instant now) {
  while (!queue_.empty() && queue_.front().expires < now) forget_oldest();
}

void KeptAnswers::forget_oldest() {
  empty(slot_of(queue_.front().request));
  bytes_ -= queue_.front().size();
  queue_.pop_front();
  ++first_;
}

// Whatever behind it would no longer be found across the gap moves up.
void KeptAnswers::empty(std::size_t slot) {
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t next = (slot + 1) & mask; slots_[next].number != 0; next = (next + 1) & mask) {
    const std::size_t home = slots_[next].hash & mask;
    if (((next - home) & mask) < ((next - slot) & mask)) continue;  // its place is between the gap and itself
    slots_[slot] = slots_[next];
    slot = next;
  }
  slots_[slot] = {};
}

}  // namespace steelyard::adapters
