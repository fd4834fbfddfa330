// Cursor: walks the rows of one table within Bounds, in key order, either way.
//
//   TRY_ASSIGN(Cursor rows, txn.cursor(table, Bounds::prefix(key)));
//   TRY_ASSIGN(bool row, rows.first());
//   while (row) {
//     use(rows.key(), rows.value());
//     TRY_ASSIGN(row, rows.next());
//   }
//
// Every move says whether it stands on a row. Owns: LMDB's cursor. Dies before its transaction; key() and value()
// live until the next move or change. Threads: as its transaction. Errors: kStop.
#pragma once

#include <memory>
#include <optional>

#include "core/base/bytes.h"
#include "core/base/result.h"

namespace steelyard::store {

// Keys from `from` (included) to `to` (left out).
struct Bounds {
  Bytes from;               // empty: from the start
  std::optional<Bytes> to;  // none: to the end

  static Bounds all() { return {}; }
  static Bounds prefix(ByteView prefix);
  static Bounds range(ByteView from, ByteView to) { return {to_bytes(from), to_bytes(to)}; }
  static Bounds starting_at(ByteView from) { return {to_bytes(from), std::nullopt}; }
  bool contains(ByteView key) const;
};

class Cursor {
 public:
  Cursor(Cursor&&) noexcept;
  Cursor& operator=(Cursor&&) noexcept;
  ~Cursor();

  Result<bool> first();
  Result<bool> last();
  Result<bool> seek(ByteView key);  // the first row at or after key (within the bounds)
  Result<bool> next();              // these two need a row to stand on
  Result<bool> prev();

  bool on_row() const;
  ByteView key() const;
  ByteView value() const;

 private:
  friend class Txn;
  friend class SortedPuts;
  struct State;
  explicit Cursor(std::unique_ptr<State> state);
  Result<bool> move(int operation);
  Result<bool> move_to(ByteView key);

  std::unique_ptr<State> state_;
};

}  // namespace steelyard::store
