// ChangeSource: the outbox beside a dataset's rows: which keys changed, in the order in which the changes were
// committed.
//
// The owner's own triggers write it (docs/formats/events.md); rows themselves are read as they are when their turn
// comes. Sequence numbers ascend and are never used twice, so a position is a number.
// Threads, Errors: as RowSource (row_source.h). source_changed where there is no outbox.
#pragma once

#include <cstdint>
#include <vector>

#include "core/base/result.h"
#include "schemas/payload.h"

namespace steelyard::adapters {

struct Change {
  std::int64_t seq = 0;
  schemas::Value key;  // of the map's key field; null: a row that has none
};

class ChangeSource {
 public:
  virtual ~ChangeSource() = default;
  virtual Result<std::vector<Change>> changes_after(std::int64_t seq, std::size_t most) = 0;
  virtual Result<std::int64_t> newest_change() = 0;  // ever; 0: none yet
  // Deletes what has been read, some rows of it at once, where the map lets it; else nothing.
  virtual Status trim(std::int64_t upto) = 0;
};

}  // namespace steelyard::adapters
