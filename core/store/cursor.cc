#include "core/store/cursor.h"

#include <algorithm>

#include "core/base/check.h"
#include "core/store/cursor_state.h"

namespace steelyard::store {
namespace {

bool before(ByteView a, ByteView b) { return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end()); }

}  // namespace

Bounds Bounds::prefix(ByteView prefix) {
  Bounds bounds{to_bytes(prefix), to_bytes(prefix)};
  // The first key beyond all with this prefix: the prefix counted up by one.
  Bytes& end = *bounds.to;
  while (!end.empty() && end.back() == 0xff) end.pop_back();
  if (end.empty()) {
    bounds.to.reset();
  } else {
    ++end.back();
  }
  return bounds;
}

bool Bounds::contains(ByteView key) const { return !before(key, from) && (!to || before(key, *to)); }

Cursor::Cursor(std::unique_ptr<State> state) : state_(std::move(state)) {}
Cursor::Cursor(Cursor&&) noexcept = default;
Cursor& Cursor::operator=(Cursor&&) noexcept = default;
Cursor::~Cursor() = default;

Result<bool> Cursor::move(int operation) {
  MDB_val key{}, value{};
  const int code = ::mdb_cursor_get(state_->cursor, &key, &value, static_cast<MDB_cursor_op>(operation));
  state_->on_row = false;
  if (code == MDB_NOTFOUND) return false;
  if (code != 0) return fail(lmdb_error("moving a cursor", code));
  state_->key = to_view(key);
  state_->value = to_view(value);
  state_->on_row = state_->bounds.contains(state_->key);
  return state_->on_row;
}

// At or after the key; whether that is within the bounds.
Result<bool> Cursor::move_to(ByteView at) {
  if (at.empty()) return move(MDB_FIRST);
  MDB_val key = to_val(at), value{};
  const int code = ::mdb_cursor_get(state_->cursor, &key, &value, MDB_SET_RANGE);
  state_->on_row = false;
  if (code == MDB_NOTFOUND) return false;
  if (code != 0) return fail(lmdb_error("moving a cursor", code));
  return move(MDB_GET_CURRENT);
}

Result<bool> Cursor::first() { return move_to(state_->bounds.from); }

Result<bool> Cursor::last() {
  if (!state_->bounds.to) return move(MDB_LAST);
  const Bytes& to = *state_->bounds.to;
  if (to.empty()) {
    state_->on_row = false;
    return false;
  }
  MDB_val key = to_val(to), value{};
  const int code = ::mdb_cursor_get(state_->cursor, &key, &value, MDB_SET_RANGE);
  if (code == MDB_NOTFOUND) return move(MDB_LAST);
  if (code != 0) return fail(lmdb_error("moving a cursor", code));
  return move(MDB_PREV);
}

Result<bool> Cursor::seek(ByteView key) {
  return before(key, state_->bounds.from) ? move_to(state_->bounds.from) : move_to(key);
}

Result<bool> Cursor::next() {
  CHECK(state_->on_row);
  return move(MDB_NEXT);
}

Result<bool> Cursor::prev() {
  CHECK(state_->on_row);
  return move(MDB_PREV);
}

bool Cursor::on_row() const { return state_->on_row; }

ByteView Cursor::key() const {
  CHECK(state_->on_row);
  return state_->key;
}

ByteView Cursor::value() const {
  CHECK(state_->on_row);
  return state_->value;
}

}  // namespace steelyard::store
