// SortedPuts: WriteTxn::put() of many rows into one table, cheap where their keys ascend.
//
//   TRY_ASSIGN(SortedPuts rows, txn.sorted_puts(table));
//   for (const auto& key : sorted) TRY(rows.put(key, value));
//
// It stays on the page of its last row: a key that belongs there is put without a way down from the root. Any order is
// right, and the transaction may change the table beside it; only the gain is lost.
//
// Owns: LMDB's cursor. Dies before its transaction or its commit (CHECKed). Threads, errors: as its transaction.
#pragma once

#include "core/store/cursor.h"

namespace steelyard::store {

class SortedPuts {
 public:
  Status put(ByteView key, ByteView value);  // adds or replaces

 private:
  friend class WriteTxn;
  explicit SortedPuts(Cursor place) : place_(std::move(place)) {}

  Cursor place_;
};

}  // namespace steelyard::store
