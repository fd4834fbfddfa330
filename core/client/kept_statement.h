// KeptStatement: one record of the replica: a statement with the promise that it came under.
//
// Threads: plain value. Errors: decode refuses what encode would not give back. The promise's index is the record's
// key, and when it was received is not kept. Format: docs/formats/client-state.md.
#pragma once

#include "core/exchange/promise.h"
#include "core/exchange/statement.h"

namespace steelyard::client {

struct KeptStatement {
  exchange::StatementBytes statement;
  exchange::Promise promise;
};

Bytes encode(const KeptStatement& kept);
Result<KeptStatement> decode_kept_statement(ByteView record);

}  // namespace steelyard::client
