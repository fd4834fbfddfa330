// What the log says of today's quotas, when the broker starts.
//
// Threads: any, over a store that nobody writes. Errors: store_failed.
#pragma once

#include "broker/quotas.h"
#include "core/provenance/log_store.h"

namespace steelyard::broker {

// Reads the entries of the day that ends with the last one, in which today has begun in every zone; none where no
// statement has set a limit.
Result<Quotas> recover_quotas(const provenance::LogStore& store, const exchange::Registry& registry);

}  // namespace steelyard::broker
