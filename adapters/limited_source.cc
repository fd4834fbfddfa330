#include "adapters/limited_source.h"

namespace steelyard::adapters {

Result<ReadResult> LimitedSource::read(const ReadPlan& plan) {
  const Duration began = clock_.monotonic();
  auto result = inner_->read(plan);
  const Duration ended = clock_.monotonic();
  load_.spent(result ? result->rows.count : 0, ended - began, ended);
  return result;
}

std::string_view holding(const RowSource& source, const Pauses* pauses, const Clock& clock) {
  if (pauses != nullptr && pauses->paused(source.map().dataset)) return "paused";
  if (source.load() == nullptr) return {};
  const auto wait = source.load()->wait(clock.wall(), clock.monotonic());
  return wait ? name_of(wait->limit) : std::string_view();
}

}  // namespace steelyard::adapters
