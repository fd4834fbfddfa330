#include "core/client/replica.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "core/exchange/digest.h"
#include "core/store/key.h"
#include "schemas/codec.h"
#include "schemas/errors.h"

namespace steelyard::client {
namespace {

// A record: salt || u16le body || body || u32le document || document || signatures.
Bytes record_of(const exchange::StatementBytes& statement, const exchange::Promise& promise) {
  Bytes record;
  append(record, promise.salt.view());
  put_le(record, static_cast<std::uint16_t>(promise.body.size()));
  append(record, promise.body);
  put_le(record, static_cast<std::uint32_t>(statement.document.size()));
  append(record, statement.document);
  append(record, statement.signatures);
  return record;
}

struct Kept {
  exchange::StatementBytes statement;
  exchange::Promise promise;
};

Result<Kept> parse_record(ByteView record) {
  const auto damaged = [] { return fail(schemas::error_of(schemas::code::store_failed, "a replicated statement")); };
  Kept kept;
  if (record.size() < Salt::kSize + 2) return damaged();
  std::copy_n(record.begin(), Salt::kSize, kept.promise.salt.octets.begin());
  record = record.subspan(Salt::kSize);
  const std::size_t body = get_le<std::uint16_t>(record.data());
  record = record.subspan(2);
  if (record.size() < body + 4) return damaged();
  kept.promise.body = to_bytes(record.first(body));
  record = record.subspan(body);
  const std::size_t document = get_le<std::uint32_t>(record.data());
  record = record.subspan(4);
  if (record.size() < document) return damaged();
  kept.statement = {to_bytes(record.first(document)), to_bytes(record.subspan(document))};
  return kept;
}

}  // namespace

Result<std::unique_ptr<Replica>> Replica::open(const std::string& dir, const Digest& genesis) {
  std::unique_ptr<Replica> replica(new Replica());
  replica->genesis_ = genesis;
  if (dir.empty()) return replica;
  store::EnvOptions options;
  options.kind = "replica";
  TRY_ASSIGN(replica->env_, store::Env::open(dir, options));
  TRY_ASSIGN(replica->table_, replica->env_->open_table("statements"));
  auto loaded = replica->load();
  if (!loaded) return fail(std::move(loaded).error().in(dir));
  return replica;
}

LogIndex Replica::next() const { return registry_.empty() ? LogIndex{0} : LogIndex{registry_.epoch().value + 1}; }

Status Replica::load() {
  TRY_ASSIGN(const auto txn, env_->read());
  TRY_ASSIGN(auto rows, txn.cursor(table_));
  TRY_ASSIGN(bool row, rows.first());
  while (row) {
    const LogIndex index{get_be<std::uint64_t>(rows.key().data())};
    Bytes record;
    while (row && get_be<std::uint64_t>(rows.key().data()) == index.value) {
      append(record, rows.value());
      TRY_ASSIGN(row, rows.next());
    }
    TRY_ASSIGN(const Kept kept, parse_record(record));
    TRY_ASSIGN(const auto entry, exchange::decode_entry(kept.promise.body));
    if (registry_.empty()) TRY(check_genesis(kept.statement));
    TRY(registry_.apply(kept.statement, index, entry.time, true));
  }
  return {};
}

Status Replica::check_genesis(const exchange::StatementBytes& statement) const {
  TRY_ASSIGN(const auto decoded, schemas::decode<schemas::Statement>(statement.document));
  const auto* genesis = std::get_if<schemas::Genesis>(&decoded.body);
  if (genesis == nullptr)
    return fail(schemas::error_of(schemas::code::statement_refused, "the first statement is no genesis"));
  TRY_ASSIGN(const auto* suite, crypto::find_suite(genesis->suite));
  if (exchange::statement_digest(*suite, statement.document) != genesis_)
    return fail(schemas::error_of(schemas::code::config,
                                  "the genesis is not the pinned one: another network, or another state folder"));
  return {};
}

Result<Replica::Taken> Replica::take(const exchange::StatementBytes& statement, const exchange::Promise& promise,
                                     const exchange::EntryBody& entry) {
  if (entry.kind != schemas::EntryKind::kStatement)
    return fail(schemas::error_of(schemas::code::statement_refused, "its entry is of another kind"));
  if (!registry_.empty() && promise.index <= registry_.epoch()) return Taken::kKnown;
  if (entry.related != registry_.epoch()) return Taken::kGap;
  if (registry_.empty()) TRY(check_genesis(statement));
  TRY(registry_.apply(statement, promise.index, entry.time, false));
  if (env_ != nullptr) unsaved_.emplace_back(promise.index, record_of(statement, promise));
  return Taken::kFolded;
}

Status Replica::put(store::WriteTxn& txn, LogIndex index, const Bytes& record) {
  std::uint16_t chunk = 0;
  for (std::size_t at = 0; at < record.size(); at += limits::kStoreValueBytesMax) {
    const std::size_t size = std::min(record.size() - at, limits::kStoreValueBytesMax);
    TRY(txn.append(table_, store::key_of(index, chunk++), ByteView(record).subspan(at, size)));
  }
  return {};
}

Status Replica::save() {
  if (unsaved_.empty()) return {};
  TRY_ASSIGN(auto txn, env_->write());
  for (const auto& [index, record] : unsaved_) TRY(put(txn, index, record));
  TRY(txn.commit());
  unsaved_.clear();
  return {};
}

}  // namespace steelyard::client
