// What the sources of this folder share about LMDB. Never included from outside.
#pragma once

#include <lmdb.h>

#include <string>

#include <fmt/format.h>

#include "core/base/bytes.h"
#include "core/base/check.h"
#include "core/base/limits.h"
#include "core/base/result.h"

namespace steelyard::store {

inline MDB_val to_val(ByteView bytes) { return {bytes.size(), const_cast<std::uint8_t*>(bytes.data())}; }
inline ByteView to_view(const MDB_val& value) {
  return {static_cast<const std::uint8_t*>(value.mv_data), value.mv_size};
}

// What LMDB takes, as Debian builds it, and what we give it.
inline void check_key(ByteView key) {
  constexpr std::size_t kKeyBytesMax = 511;
  CHECK(!key.empty() && key.size() <= kKeyBytesMax);
}
inline void check_row(ByteView key, ByteView value) {
  check_key(key);
  CHECK(value.size() <= limits::kStoreValueBytesMax);
}

inline Error lmdb_error(std::string_view doing, int code) {
  switch (code) {
    case MDB_MAP_FULL: return {ErrorKind::kLater, 0, fmt::format("{}: the store is full, raise its map size", doing)};
    case MDB_READERS_FULL: return {ErrorKind::kLater, 0, fmt::format("{}: too many readers of the store", doing)};
    case MDB_INVALID:
    case MDB_VERSION_MISMATCH:
      return {ErrorKind::kFix, 0, fmt::format("{}: data.mdb is not a store that can be read", doing)};
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
      return {ErrorKind::kStop, 0, fmt::format("{}: data.mdb is damaged, keep a copy and restore", doing)};
    default: return {ErrorKind::kStop, 0, fmt::format("{}: {}", doing, ::mdb_strerror(code))};
  }
}

}  // namespace steelyard::store
