// RowStore: the rows of one dataset, each in one piece of memory, and where rows with a given key stand.
//
// A row read by key is seldom in the cache: laid out by columns, each of its fields would cost two trips to memory of
// their own. A row begins with where its values end and of which kind they are; their octets follow.
//
// Owns: a copy of the rows. Threads: one; immutable once made. Errors: none; columns have one length and fewer rows
// than 2^32, which whoever makes it has checked.
#pragma once

#include <cstdint>
#include <vector>

#include "schemas/payload.h"

namespace steelyard::adapters {

class RowStore {
 public:
  using RowNumber = std::uint32_t;

  // Text and whole numbers of column `key` can be looked up.
  RowStore(const schemas::Rows& rows, std::size_t key);

  RowNumber count() const { return static_cast<RowNumber>(starts_.size() - 1); }
  // Into `to`, whose memory is used again.
  void read(RowNumber row, std::size_t column, schemas::Value& to) const;
  // Rows whose key is this, in their order. Of a key of another kind than text or whole number: none.
  void find(const schemas::Value& key, std::vector<RowNumber>& to) const;

 private:
  static constexpr RowNumber kNone = UINT32_MAX;

  void append_row(const schemas::Rows& rows, RowNumber row);
  void index_keys();
  ByteView octets_of(RowNumber row, std::size_t column) const;
  std::size_t kind_of(RowNumber row, std::size_t column) const;
  bool has_key(RowNumber row, std::size_t kind, ByteView octets) const;
  static std::uint64_t hash_of(ByteView octets);
  // The slot of the first row with this key, or an empty one.
  std::size_t slot_of(std::uint64_t hash, std::size_t kind, ByteView octets) const;

  std::size_t columns_;
  std::size_t key_;
  Bytes octets_;                       // of all rows, one after the other
  std::vector<std::uint64_t> starts_;  // of each row in octets_, and their end
  // The first row with a key, and a part of the key's hash beside it: another key's row is not looked at.
  struct Slot {
    RowNumber row = kNone;
    std::uint32_t tag = 0;
  };
  std::vector<Slot> slots_;      // open addressing, a power of two
  std::vector<RowNumber> next_;  // row with the same key
};

}  // namespace steelyard::adapters
