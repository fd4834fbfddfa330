#include "core/client/replica.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "core/client/kept_statement.h"
#include "core/exchange/digest.h"
#include "core/store/key.h"
#include "schemas/codec.h"
#include "schemas/errors.h"

namespace steelyard::client {
namespace {

constexpr std::size_t kKeyBytes = 8 + 2;  // log index, chunk

// Whoever reads it at night is to know that nothing is lost: a broker pushes every statement anew.
Error damaged(const std::string& what) {
  return schemas::error_of(schemas::code::store_failed,
                           what + "; with this folder away, every statement is fetched anew");
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
    if (rows.key().size() != kKeyBytes) return fail(damaged("a key has another length"));
    const LogIndex index{get_be<std::uint64_t>(rows.key().data())};
    Bytes record;
    while (row && rows.key().size() == kKeyBytes && get_be<std::uint64_t>(rows.key().data()) == index.value) {
      append(record, rows.value());
      TRY_ASSIGN(row, rows.next());
    }
    if (auto folded = fold(index, record); !folded) {
      Error why = std::move(folded).error();
      if (why.code == schemas::code::config) return fail(std::move(why));  // another network: no damage
      return fail(damaged("the statement kept at index " + std::to_string(index.value) + ": " + why.what));
    }
  }
  return {};
}

// Signatures were checked when it came; that it still is what came, its entry says.
Status Replica::fold(LogIndex index, ByteView record) {
  TRY_ASSIGN(const KeptStatement kept, decode_kept_statement(record));
  TRY_ASSIGN(const auto entry, exchange::decode_entry(kept.promise.body));
  const crypto::Suite* suite = nullptr;
  if (registry_.empty()) {
    TRY_ASSIGN(suite, check_genesis(kept.statement));
  } else {
    suite = &registry_.suite();
  }
  const Digest digest = exchange::message_digest(*suite, schemas::MessageKind::kStatement, kept.statement.document,
                                                 kept.statement.signatures);
  if (entry.kind != schemas::EntryKind::kStatement || entry.digest != digest)
    return fail(schemas::error_of(schemas::code::store_failed, "its entry is of other octets"));
  if (entry.related != registry_.epoch())
    return fail(schemas::error_of(schemas::code::store_failed, "the one before it is missing"));
  TRY(registry_.apply(kept.statement, index, entry.time, true));
  return {};
}

Result<const crypto::Suite*> Replica::check_genesis(const exchange::StatementBytes& statement) const {
  TRY_ASSIGN(const auto decoded, schemas::decode<schemas::Statement>(statement.document));
  const auto* genesis = std::get_if<schemas::Genesis>(&decoded.body);
  if (genesis == nullptr)
    return fail(schemas::error_of(schemas::code::statement_refused, "the first statement is no genesis"));
  TRY_ASSIGN(const auto* suite, crypto::find_suite(genesis->suite));
  if (exchange::statement_digest(*suite, statement.document) != genesis_)
    return fail(schemas::error_of(schemas::code::config,
                                  "the genesis is not the pinned one: another network, or another state folder"));
  return suite;
}

Result<Replica::Taken> Replica::take(const exchange::StatementBytes& statement, const exchange::Promise& promise,
                                     const exchange::EntryBody& entry) {
  if (entry.kind != schemas::EntryKind::kStatement)
    return fail(schemas::error_of(schemas::code::statement_refused, "its entry is of another kind"));
  if (!registry_.empty() && promise.index <= registry_.epoch()) return Taken::kKnown;
  if (entry.related != registry_.epoch()) return Taken::kGap;
  if (registry_.empty()) TRY(check_genesis(statement));
  TRY(registry_.apply(statement, promise.index, entry.time, false));
  if (env_ != nullptr) unsaved_.emplace_back(promise.index, encode(KeptStatement{statement, promise}));
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
