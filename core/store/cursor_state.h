// A cursor's place. Private to this folder.
#pragma once

#include "core/store/cursor.h"
#include "core/store/lmdb_wall.h"

namespace steelyard::store {

struct Cursor::State {
  MDB_cursor* cursor = nullptr;
  Bounds bounds;
  bool on_row = false;
  ByteView key, value;
  int* txn_cursors = nullptr;

  ~State() {
    ::mdb_cursor_close(cursor);
    --*txn_cursors;
  }
};

}  // namespace steelyard::store
