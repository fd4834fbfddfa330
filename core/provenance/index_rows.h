// Tables of the second environment. Private to this folder. Format: docs/formats/store.md.
#pragma once

#include <memory>

#include "core/provenance/log_store.h"
#include "core/store/env.h"

namespace steelyard::provenance {

struct IndexTables {
  store::Table ids, digests, meta;
};

inline constexpr const char* kIndexEndKey = "end";
inline constexpr std::uint32_t kIndexLayout = 2;  // stands in the end row: an index of another layout is made anew

// Digests are random: in one table by digest alone each would change a page of its own. They are sorted within segments
// of this many entries, whose few pages take many of them at a time; a look-up asks every segment.
inline constexpr std::uint64_t kSegmentEntries = 65'536;
std::array<std::uint8_t, 4 + Digest::kSize> digest_key(LogIndex index, const Digest& digest);  // its index left out

store::EnvOptions index_options(bool read_only);
Result<IndexTables> open_index_tables(store::Env& env);
Bytes index_end_row(std::uint64_t end, const Commitment& last);
// How many entries of `log` the index covers; 0 where it is not an index of this log, or not of this layout.
Result<std::uint64_t> index_end(const store::Txn& txn, const IndexTables& tables, const LogStore& log);
// Entries whose rows begin with these octets, ascending.
Result<std::vector<LogIndex>> indexed(const store::Txn& txn, store::Table table, ByteView prefix);

}  // namespace steelyard::provenance
