#include "core/store/sorted_puts.h"

#include "core/store/cursor_state.h"

namespace steelyard::store {

// mdb_cursor_put() looks at the page that the cursor stands on first, and descends where the key is not between its
// first and last; mdb_put() is the same with a new cursor each time.
Status SortedPuts::put(ByteView key, ByteView value) {
  check_row(key, value);
  MDB_val k = to_val(key), v = to_val(value);
  if (const int code = ::mdb_cursor_put(place_.state_->cursor, &k, &v, 0); code != 0)
    return fail(lmdb_error("writing a row", code));
  return {};
}

}  // namespace steelyard::store
