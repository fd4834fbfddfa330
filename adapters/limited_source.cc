#include "adapters/limited_source.h"

#include <algorithm>

#include "core/base/limits.h"

namespace steelyard::adapters {

Result<ReadResult> LimitedSource::read(const ReadPlan& plan) {
  const Duration began = clock_.monotonic();
  auto result = inner_->read(plan);
  const Duration ended = clock_.monotonic();
  load_.spent(result ? result->rows.count : 0, ended - began, ended);
  return result;
}

std::uint32_t Held::delay_ms() const {
  return static_cast<std::uint32_t>(std::min((delay.us + 999) / 1'000, limits::kAnswerDelayMax.us / 1'000));
}

std::optional<Held> holding(const RowSource& source, const Pauses* pauses, const Clock& clock) {
  if (pauses != nullptr && pauses->paused(source.map().dataset)) return Held{"paused"};
  if (source.load() == nullptr) return {};
  const auto wait = source.load()->wait(clock.wall(), clock.monotonic());
  if (!wait) return {};
  return Held{name_of(wait->limit), wait->delay};
}

}  // namespace steelyard::adapters
