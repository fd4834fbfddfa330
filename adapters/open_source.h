// Makes the RowSource that a map asks for; the one place that knows every kind.
//
// Threads: the caller's; the source belongs to the thread that reads it. Errors: schemas::code::config.
#pragma once

#include <memory>

#include "adapters/row_source.h"

namespace steelyard::adapters {

// A database that is away is no error here: reads say so until it is back.
Result<std::unique_ptr<RowSource>> open_source(DatasetMap map, const Clock& clock);

}  // namespace steelyard::adapters
