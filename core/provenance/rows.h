// Rows of the log's tables: values to keys and octets and back, and reads that need one transaction only.
//
// Private to this folder. The store, recovery and verification all read through these functions, so that what
// verification accepts is what the store understands.
// Threads: pure, or as the transaction. Errors: store_failed (kStop), naming table and row that are not what they
// should be. Format: docs/formats/store.md.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/crypto/frontier.h"
#include "core/exchange/decided_by.h"
#include "core/provenance/log_store.h"
#include "core/store/env.h"

namespace steelyard::provenance {

inline constexpr const char* kLogKind = "log";  // row "format" of table "store": "log/1"
inline constexpr std::uint32_t kLogFormat = 1;

struct Tables {
  store::Table entries, bundles, statements, hashes, once, registry, handovers;
  store::Table spool, streams, subscriptions;
  store::Table decided;
  // False: of a store that was made before there were any, opened for reading alone.
  bool events = true, decisions = true;
};
Result<Tables> open_tables(store::Env& env);

// Any failure of the store, as its callers are to see it.
Error store_error(Error why);
Error bad_row(std::string_view table, std::uint64_t row, std::string_view what);

Bytes entry_row(const EntryRecord& entry);
Result<StoredEntry> entry_from_row(LogIndex index, ByteView value);
Bytes bundle_row(const BundleRecord& bundle);  // before it is cut into chunks
Result<BundleRecord> bundle_from_row(BundleNumber number, ByteView whole);
Bytes statement_row(const exchange::StatementBytes& statement);
Result<exchange::StatementBytes> statement_from_row(LogIndex index, ByteView whole);
Bytes handover_row(const std::vector<Digest>& answers);
Result<std::vector<Digest>> handover_from_row(LogIndex index, ByteView whole);
Bytes once_key(const MemberId& member, const ExchangeId& id);
Bytes once_row(const OnceRow& row);
Result<OnceRow> once_from_row(ByteView key, ByteView value);

Bytes spool_row(const SpoolRow& row);  // before it is cut into chunks
Result<SpoolRow> spool_from_row(LogIndex index, ByteView whole);
Bytes stream_row(const StreamRow& row);
Result<StreamRow> stream_from_row(ByteView key, ByteView value);
Bytes subscription_row(const SubscriptionRow& row);
Result<SubscriptionRow> subscription_from_row(ByteView key, ByteView value);

// One record over rows (number, chunk), each chunk but the last full.
Status append_chunks(store::WriteTxn& txn, store::Table table, std::uint64_t number, ByteView whole);
Status erase_chunks(store::WriteTxn& txn, store::Table table, std::uint64_t number);
Result<std::optional<Bytes>> read_chunks(const store::Txn& txn, store::Table table, std::uint64_t number);
// Number of the table's last record.
Result<std::optional<std::uint64_t>> last_number(const store::Txn& txn, store::Table table);

Result<std::optional<StoredEntry>> read_entry(const store::Txn& txn, const Tables& tables, LogIndex index);
// Which policies decided; nothing where no row says so.
Result<std::optional<exchange::DecidedBy>> read_decided_by(const store::Txn& txn, const Tables& tables, LogIndex index);
Result<std::optional<BundleRecord>> read_bundle(const store::Txn& txn, const Tables& tables, BundleNumber number);
Result<std::vector<Digest>> read_tile(const store::Txn& txn, const Tables& tables, const crypto::Suite& suite,
                                      std::uint8_t level, std::uint64_t index, std::uint16_t width);
// All digests of the bundle in order of position, its entries' from the entries. nullopt: a body has been dropped.
Result<std::optional<std::vector<Digest>>> read_bundle_digests(const store::Txn& txn, const Tables& tables,
                                                               const BundleRecord& bundle);

// What is kept of events, into `recovered`.
Status read_event_rows(const store::Txn& txn, const Tables& tables, Recovered& recovered);

Result<std::uint64_t> read_size(const store::Txn& txn, const Tables& tables);
// From hash rows and the last commitments; checks that the hash rows are those of `size` entries.
Result<crypto::Frontier> read_frontier(const store::Txn& txn, const Tables& tables, const crypto::Suite& suite,
                                       std::uint64_t size);
std::uint64_t hash_rows_of(std::uint64_t size);  // how many a log of this size has
Result<const crypto::Suite*> read_suite(const store::Txn& txn, const Tables& tables);  // as the genesis names it

}  // namespace steelyard::provenance
