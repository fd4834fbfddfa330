#include "core/provenance/index_rows.h"

#include "core/base/limits.h"
#include "core/store/key.h"

namespace steelyard::provenance {

store::EnvOptions index_options(bool read_only) {
  store::EnvOptions options;
  options.kind = "log-index";
  options.read_only = read_only;
  options.create = !read_only;
  return options;
}

Result<IndexTables> open_index_tables(store::Env& env) {
  IndexTables tables;
  TRY_ASSIGN(tables.ids, env.open_table("ids"));
  TRY_ASSIGN(tables.digests, env.open_table("digests"));
  TRY_ASSIGN(tables.meta, env.open_table("meta"));
  return tables;
}

std::array<std::uint8_t, 4 + Digest::kSize> digest_key(LogIndex index, const Digest& digest) {
  return store::key_of(static_cast<std::uint32_t>(index.value / kSegmentEntries), digest);
}

Bytes index_end_row(std::uint64_t end, const Commitment& last) {
  Bytes row;
  put_le<std::uint32_t>(row, kIndexLayout);
  put_le<std::uint64_t>(row, end);
  append(row, last.view());
  return row;
}

Result<std::uint64_t> index_end(const store::Txn& txn, const IndexTables& tables, const LogStore& log) {
  TRY_ASSIGN(const auto row, txn.get(tables.meta, as_bytes(kIndexEndKey)));
  if (!row || row->size() != 12 + Commitment::kSize || get_le<std::uint32_t>(row->data()) != kIndexLayout) return 0;
  const auto end = get_le<std::uint64_t>(row->data() + 4);
  if (end == 0) return 0;
  TRY_ASSIGN(const auto entry, log.entry(LogIndex(end - 1)));
  if (!entry || !equal(entry->commitment.view(), row->subspan(12))) return 0;
  return end;
}

Result<std::vector<LogIndex>> indexed(const store::Txn& txn, store::Table table, ByteView prefix) {
  std::vector<LogIndex> found;
  TRY_ASSIGN(store::Cursor rows, txn.cursor(table, store::Bounds::prefix(prefix)));
  TRY_ASSIGN(bool row, rows.first());
  while (row) {
    if (rows.key().size() == prefix.size() + 8)
      found.emplace_back(get_be<std::uint64_t>(rows.key().data() + prefix.size()));
    TRY_ASSIGN(row, rows.next());
  }
  return found;
}

}  // namespace steelyard::provenance
