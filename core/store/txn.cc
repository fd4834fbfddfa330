#include "core/store/txn.h"

#include "core/base/check.h"
#include "core/store/cursor_state.h"
#include "core/store/env.h"
#include "core/store/txn_state.h"

namespace steelyard::store {

Txn::Txn(std::unique_ptr<State> state) : state_(std::move(state)) { state_->env_txns->fetch_add(1); }
Txn::Txn(Txn&&) noexcept = default;

Txn& Txn::operator=(Txn&& other) noexcept {
  std::swap(state_, other.state_);
  return *this;
}

Txn::~Txn() {
  if (state_ == nullptr) return;
  CHECK(state_->cursors == 0);
  if (state_->txn != nullptr) ::mdb_txn_abort(state_->txn);
  state_->env_txns->fetch_sub(1);
}

Result<std::optional<ByteView>> Txn::get(Table table, ByteView key) const {
  check_key(key);
  CHECK(state_->txn != nullptr && state_->active);
  MDB_val k = to_val(key), v{};
  const int code = ::mdb_get(state_->txn, table.handle, &k, &v);
  if (code == MDB_NOTFOUND) return std::nullopt;
  if (code != 0) return fail(lmdb_error("reading a row", code));
  return to_view(v);
}

Result<bool> Txn::has(Table table, ByteView key) const {
  TRY_ASSIGN(auto row, get(table, key));
  return row.has_value();
}

Result<std::uint64_t> Txn::count(Table table) const {
  CHECK(state_->txn != nullptr && state_->active);
  MDB_stat stat{};
  if (const int code = ::mdb_stat(state_->txn, table.handle, &stat); code != 0)
    return fail(lmdb_error("counting rows", code));
  return stat.ms_entries;
}

Result<Cursor> Txn::cursor(Table table, Bounds bounds) const {
  CHECK(state_->txn != nullptr && state_->active);
  MDB_cursor* cursor = nullptr;
  if (const int code = ::mdb_cursor_open(state_->txn, table.handle, &cursor); code != 0)
    return fail(lmdb_error("opening a cursor", code));
  auto state = std::make_unique<Cursor::State>();
  state->cursor = cursor;
  state->bounds = std::move(bounds);
  state->txn_cursors = &state_->cursors;
  ++state_->cursors;
  return Cursor(std::move(state));
}

void ReadTxn::reset() {
  CHECK(state_->active && state_->cursors == 0);
  ::mdb_txn_reset(state_->txn);
  state_->active = false;
}

Status ReadTxn::renew() {
  if (state_->active) reset();
  if (const int code = ::mdb_txn_renew(state_->txn); code != 0) return fail(lmdb_error("renewing a read", code));
  state_->active = true;
  return {};
}

Result<bool> WriteTxn::put_with(Table table, ByteView key, ByteView value, unsigned flags) {
  check_row(key, value);
  CHECK(state_->txn != nullptr);
  MDB_val k = to_val(key), v = to_val(value);
  const int code = ::mdb_put(state_->txn, table.handle, &k, &v, flags);
  if (code == MDB_KEYEXIST) return false;
  if (code != 0) return fail(lmdb_error("writing a row", code));
  return true;
}

Status WriteTxn::put(Table table, ByteView key, ByteView value) {
  TRY(put_with(table, key, value, 0));
  return {};
}

Result<SortedPuts> WriteTxn::sorted_puts(Table table) {
  TRY_ASSIGN(Cursor place, cursor(table));
  return SortedPuts(std::move(place));
}

Result<bool> WriteTxn::insert(Table table, ByteView key, ByteView value) {
  return put_with(table, key, value, MDB_NOOVERWRITE);
}

Status WriteTxn::append(Table table, ByteView key, ByteView value) {
  TRY_ASSIGN(const bool in_order, put_with(table, key, value, MDB_APPEND));
  if (!in_order) return fail(ErrorKind::kStop, "appending a row: its key does not follow the table's last");
  return {};
}

Result<bool> WriteTxn::erase(Table table, ByteView key) {
  check_key(key);
  CHECK(state_->txn != nullptr);
  MDB_val k = to_val(key);
  const int code = ::mdb_del(state_->txn, table.handle, &k, nullptr);
  if (code == MDB_NOTFOUND) return false;
  if (code != 0) return fail(lmdb_error("erasing a row", code));
  return true;
}

Status WriteTxn::clear(Table table) {
  CHECK(state_->txn != nullptr);
  if (const int code = ::mdb_drop(state_->txn, table.handle, 0); code != 0)
    return fail(lmdb_error("clearing a table", code));
  return {};
}

Status WriteTxn::commit() {
  CHECK(state_->txn != nullptr && state_->cursors == 0);
  return state_->env->commit(std::exchange(state_->txn, nullptr));
}

}  // namespace steelyard::store
