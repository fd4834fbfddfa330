// LimitedSource: a source whose owner limits how much of it its adapter takes; and what holds the next read of any.
//
// Whoever reads a source asks holding() first: requests and events share one count.
// Owns: the source, what was taken of it. Threads: one. Errors: the source's.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "adapters/row_source.h"
#include "adapters/source_load.h"
#include "adapters/suspension.h"

namespace steelyard::adapters {

class LimitedSource final : public RowSource {
 public:
  LimitedSource(std::unique_ptr<RowSource> inner, const Clock& clock)
      : inner_(std::move(inner)), load_(inner_->map().limits), clock_(clock) {}

  Result<ReadResult> read(const ReadPlan& plan) override;
  const DatasetMap& map() const override { return inner_->map(); }
  ChangeSource* changes() override { return inner_->changes(); }
  const SourceLoad* load() const override { return &load_; }

 private:
  std::unique_ptr<RowSource> inner_;
  SourceLoad load_;
  const Clock& clock_;
};

struct Held {
  std::string_view by;  // "paused", or the name of its limit
  Duration delay{};     // until that limit lets go; none: nobody knows

  std::uint32_t delay_ms() const;  // rounded up, as an answer says it
};
// The owner's own work comes first: a pause at once, then its limits. None: the source may be read now.
std::optional<Held> holding(const RowSource& source, const Pauses* pauses, const Clock& clock);

}  // namespace steelyard::adapters
