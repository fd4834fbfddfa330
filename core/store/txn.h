// ReadTxn, WriteTxn: one view of an Env's tables; Table: a handle by which transactions name a table.
//
// Views that get() and cursors return borrow from the map: they live until the transaction ends, in a WriteTxn only
// until its next change. A transaction that is dropped without commit() changes nothing. Cursors die before their
// transaction (CHECKed).
//
// Owns: LMDB's transaction. Threads: a WriteTxn stays on the thread that began it; a ReadTxn may move between threads,
// one at a time. Errors: kStop, or kLater where the map is full; after a failed change drop the WriteTxn.
// Keys of 1 to 511 octets and values of at most limits::kStoreValueBytesMax: anything else is our mistake (CHECK).
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/store/cursor.h"
#include "core/store/sorted_puts.h"

struct MDB_txn;

namespace steelyard::store {

class Env;

struct Table {
  unsigned handle = 0;
};

class Txn {
 public:
  Result<std::optional<ByteView>> get(Table table, ByteView key) const;  // nullopt: no such row
  Result<bool> has(Table table, ByteView key) const;
  Result<std::uint64_t> count(Table table) const;  // rows; constant time
  Result<Cursor> cursor(Table table, Bounds bounds = Bounds::all()) const;

 protected:
  struct State;
  explicit Txn(std::unique_ptr<State> state);
  Txn(Txn&&) noexcept;
  Txn& operator=(Txn&&) noexcept;
  ~Txn();

  std::unique_ptr<State> state_;
};

class ReadTxn : public Txn {
 public:
  // Between reset() and renew() it holds no view back and must not be used; renew() sees what is committed by then.
  void reset();
  Status renew();

 private:
  friend class Env;
  using Txn::Txn;
};

class WriteTxn : public Txn {
 public:
  Status put(Table table, ByteView key, ByteView value);           // adds or replaces
  Result<SortedPuts> sorted_puts(Table table);                     // the same, cheap for many ascending keys
  Result<bool> insert(Table table, ByteView key, ByteView value);  // false, and no change, where the key exists
  Status append(Table table, ByteView key, ByteView value);        // key beyond the table's last, or kStop
  Result<bool> erase(Table table, ByteView key);                   // false: no such row
  Status clear(Table table);                                       // all rows

  // Durable when it returns ok. Any error is kStop, "outcome unknown": the process must end. Ends the transaction.
  Status commit();

 private:
  friend class Env;
  using Txn::Txn;
  Result<bool> put_with(Table table, ByteView key, ByteView value, unsigned flags);
};

}  // namespace steelyard::store
