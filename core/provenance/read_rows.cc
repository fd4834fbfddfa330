#include <algorithm>
#include <bit>

#include "core/crypto/merkle.h"
#include "core/crypto/tiles.h"
#include "core/provenance/rows.h"
#include "core/store/key.h"
#include "schemas/codec.h"
#include "schemas/errors.h"

namespace steelyard::provenance {
namespace {

constexpr int kTileLevels = 64 / crypto::kTileHeight;

std::uint64_t nodes_at(std::uint64_t size, int level) { return size >> (crypto::kTileHeight * level); }

}  // namespace

Result<std::optional<StoredEntry>> read_entry(const store::Txn& txn, const Tables& tables, LogIndex index) {
  TRY_ASSIGN(const auto row, txn.get(tables.entries, store::key_of(index)));
  if (!row) return std::nullopt;
  TRY_ASSIGN(StoredEntry entry, entry_from_row(index, *row));
  return entry;
}

Result<std::optional<exchange::DecidedBy>> read_decided_by(const store::Txn& txn, const Tables& tables,
                                                           LogIndex index) {
  if (!tables.decisions) return std::nullopt;
  TRY_ASSIGN(const auto row, txn.get(tables.decided, store::key_of(index)));
  if (!row) return std::nullopt;
  auto decided_by = exchange::decode_decided_by(*row);
  if (!decided_by) return fail(bad_row("decided", index.value, decided_by.error().what));
  return std::move(*decided_by);
}

Result<std::optional<BundleRecord>> read_bundle(const store::Txn& txn, const Tables& tables, BundleNumber number) {
  TRY_ASSIGN(const auto whole, read_chunks(txn, tables.bundles, number.value));
  if (!whole) return std::nullopt;
  TRY_ASSIGN(BundleRecord bundle, bundle_from_row(number, *whole));
  return bundle;
}

Result<std::vector<Digest>> read_tile(const store::Txn& txn, const Tables& tables, const crypto::Suite& suite,
                                      std::uint8_t level, std::uint64_t index, std::uint16_t width) {
  const auto missing = [&] {
    return fail(ErrorKind::kFix, "the log has no tile " + crypto::tile_path({level, index, width}));
  };
  if (width == 0 || width > crypto::kTileWidth || level >= kTileLevels || index >> (64 - crypto::kTileHeight) != 0)
    return missing();
  const std::uint64_t first = index * crypto::kTileWidth;
  const store::Table table = level == 0 ? tables.entries : tables.hashes;
  const auto key = [&](std::uint64_t number) {
    return level == 0 ? to_bytes(store::key_of(number)) : to_bytes(store::key_of(level, number));
  };
  std::vector<Digest> hashes;
  hashes.reserve(width);
  TRY_ASSIGN(store::Cursor rows, txn.cursor(table));
  TRY_ASSIGN(bool row, rows.seek(key(first)));
  for (std::uint16_t i = 0; i < width; ++i) {
    if (!row || !equal(rows.key(), key(first + i)) || rows.value().size() < Digest::kSize) return missing();
    const ByteView octets = rows.value().first(Digest::kSize);
    if (level == 0) {
      hashes.push_back(crypto::leaf_hash(suite, octets));
    } else {
      TRY_ASSIGN(const Digest hash, Digest::from(octets));
      hashes.push_back(hash);
    }
    TRY_ASSIGN(row, rows.next());
  }
  return hashes;
}

Result<std::optional<std::vector<Digest>>> read_bundle_digests(const store::Txn& txn, const Tables& tables,
                                                               const BundleRecord& bundle) {
  std::vector<Digest> digests(bundle.size);
  std::vector<bool> taken(bundle.size, false);
  std::uint64_t index = bundle.first.value;
  for (const std::uint16_t position : bundle.positions) {
    TRY_ASSIGN(const auto entry, read_entry(txn, tables, LogIndex(index)));
    if (!entry || entry->bundle != bundle.number || entry->position != position)
      return fail(bad_row("bundles", bundle.number.value, "entry " + std::to_string(index) + " is not its own"));
    if (entry->body.empty()) return std::nullopt;
    TRY_ASSIGN(const auto body, exchange::decode_entry(entry->body));
    digests[position] = body.digest;
    taken[position] = true;
    ++index;
  }
  auto other = bundle.others.begin();
  for (std::size_t i = 0; i < digests.size(); ++i)
    if (!taken[i] && other != bundle.others.end()) digests[i] = *other++;
  return digests;
}

Result<std::uint64_t> read_size(const store::Txn& txn, const Tables& tables) {
  TRY_ASSIGN(const auto last, last_number(txn, tables.entries));
  return last ? *last + 1 : 0;
}

std::uint64_t hash_rows_of(std::uint64_t size) {
  std::uint64_t rows = 0;
  for (int level = 1; level < kTileLevels; ++level) rows += nodes_at(size, level);
  return rows;
}

Result<crypto::Frontier> read_frontier(const store::Txn& txn, const Tables& tables, const crypto::Suite& suite,
                                       std::uint64_t size) {
  TRY_ASSIGN(const std::uint64_t entry_rows, txn.count(tables.entries));
  TRY_ASSIGN(const std::uint64_t hash_rows, txn.count(tables.hashes));
  if (entry_rows != size || hash_rows != hash_rows_of(size))
    return fail(ErrorKind::kStop,
                "the log's last entry is " + std::to_string(size) + ", but it has " + std::to_string(entry_rows) +
                    " entries and " + std::to_string(hash_rows) + " hash rows; run steelyard log verify",
                schemas::code::store_failed);
  // The peaks of a tree are those of each tile level's last, incomplete tile, the highest level first.
  std::vector<Digest> peaks;
  for (int level = kTileLevels - 1; level >= 0; --level) {
    const std::uint64_t nodes = nodes_at(size, level);
    const auto width = static_cast<std::uint16_t>(nodes % crypto::kTileWidth);
    if (width == 0) continue;
    TRY_ASSIGN(const auto hashes,
               read_tile(txn, tables, suite, static_cast<std::uint8_t>(level), nodes / crypto::kTileWidth, width));
    crypto::Frontier tile(suite);
    for (const auto& hash : hashes) tile.append(hash);
    peaks.insert(peaks.end(), tile.peaks().begin(), tile.peaks().end());
  }
  // The last complete tile, hashed anew: a store whose newest hash row is wrong must not be built upon.
  if (const std::uint64_t tiles = nodes_at(size, 1); tiles > 0) {
    TRY_ASSIGN(const auto leaves, read_tile(txn, tables, suite, 0, tiles - 1, crypto::kTileWidth));
    crypto::Frontier tile(suite);
    for (const auto& leaf : leaves) tile.append(leaf);
    TRY_ASSIGN(const auto row, txn.get(tables.hashes, store::key_of(std::uint8_t{1}, tiles - 1)));
    if (!row || !equal(*row, tile.root().view()))
      return fail(bad_row("hashes", tiles - 1, "it is not the hash of its entries"));
  }
  return crypto::Frontier::from_peaks(suite, size, std::move(peaks));
}

Result<const crypto::Suite*> read_suite(const store::Txn& txn, const Tables& tables) {
  TRY_ASSIGN(const auto whole, read_chunks(txn, tables.statements, 0));
  if (!whole)
    return fail(ErrorKind::kFix, "the log has no genesis statement: steelyard init makes one",
                schemas::code::store_failed);
  TRY_ASSIGN(const auto bytes, statement_from_row(LogIndex(0), *whole));
  TRY_ASSIGN(const auto statement, schemas::decode<schemas::Statement>(bytes.document));
  const auto* genesis = std::get_if<schemas::Genesis>(&statement.body);
  if (genesis == nullptr) return fail(bad_row("statements", 0, "the first statement is not a genesis"));
  return crypto::find_suite(genesis->suite);
}

}  // namespace steelyard::provenance
