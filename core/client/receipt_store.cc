#include "core/client/receipt_store.h"

#include <algorithm>
#include <array>

#include "core/store/key.h"
#include "schemas/errors.h"

namespace steelyard::client {
namespace {

constexpr std::size_t kFinishedInARow = 256;  // proofs and hand-overs come in order, but for a bundle or two
constexpr std::size_t kCommitBytesMax = 8 * 1024 * 1024;  // well below what one transaction may dirty

Error damaged(const store::Env& env, const std::string& what) {
  return schemas::error_of(schemas::code::store_failed,
                           env.dir() + ": " + what + " is damaged: restore it from a copy");
}
Error damaged(const store::Env& env, const ExchangeId& id) { return damaged(env, "the record of " + to_text(id)); }

bool is_finished(const KeptExchange& kept) {
  if (kept.answer.empty()) return !kept.receipts.empty();
  return kept.acknowledged && kept.receipts.size() >= 2;
}

// u8 acknowledged || u64le entry of the Received
Bytes state_of(bool acknowledged, LogIndex entry) {
  Bytes value{static_cast<std::uint8_t>(acknowledged ? 1 : 0)};
  put_le(value, entry.value);
  return value;
}

Status put_chunks(store::WriteTxn& txn, store::Table table, const Bytes& prefix, ByteView record) {
  std::uint16_t chunk = 0;
  for (std::size_t at = 0; at < record.size(); at += limits::kStoreValueBytesMax) {
    const std::size_t size = std::min(record.size() - at, limits::kStoreValueBytesMax);
    TRY(txn.put(table, store::key_of(ByteView(prefix), chunk++), record.subspan(at, size)));
  }
  return {};
}

}  // namespace

struct ReceiptStore::State {
  std::unique_ptr<store::Env> env;
  store::Table exchanges;  // id || u16be chunk -> record
  store::Table states;     // id -> state
  store::Table receipts;   // id || u64be index || u16be chunk -> receipt

  Status put_receipt(store::WriteTxn& txn, const ExchangeId& id, const exchange::Receipt& receipt) const {
    return put_chunks(txn, receipts, store::key_of(id.view(), receipt.index),
                      as_bytes(exchange::format_receipt(receipt)));
  }
  Result<std::vector<exchange::Receipt>> receipts_of(const store::ReadTxn& txn, const ExchangeId& id) const;
};

ReceiptStore::ReceiptStore(std::unique_ptr<State> state) : state_(std::move(state)) {}
ReceiptStore::~ReceiptStore() = default;

std::uint64_t ReceiptStore::commits() const { return state_->env->commits(); }

Result<std::unique_ptr<ReceiptStore>> ReceiptStore::open(const std::string& dir, bool read_only) {
  auto state = std::make_unique<State>();
  store::EnvOptions options;
  options.kind = "receipts";
  options.read_only = read_only;
  options.create = !read_only;
  TRY_ASSIGN(state->env, store::Env::open(dir, options));
  TRY_ASSIGN(state->exchanges, state->env->open_table("exchanges"));
  TRY_ASSIGN(state->states, state->env->open_table("states"));
  TRY_ASSIGN(state->receipts, state->env->open_table("receipts"));
  return std::unique_ptr<ReceiptStore>(new ReceiptStore(std::move(state)));
}

Status ReceiptStore::put(const std::vector<KeptExchange>& exchanges) {
  for (std::size_t i = 0; i < exchanges.size();) {
    TRY_ASSIGN(auto txn, state_->env->write());
    for (std::size_t bytes = 0; i < exchanges.size() && bytes < kCommitBytesMax; ++i) {
      const auto& kept = exchanges[i];
      const Bytes record = encode(kept);
      bytes += record.size();
      TRY(put_chunks(txn, state_->exchanges, to_bytes(kept.id.view()), record));
      TRY(txn.put(state_->states, kept.id.view(), state_of(kept.acknowledged, kept.received_entry.value_or(kNoIndex))));
      for (const auto& receipt : kept.receipts) TRY(state_->put_receipt(txn, kept.id, receipt));
    }
    TRY(txn.commit());
  }
  return {};
}

Status ReceiptStore::add_receipt(const ExchangeId& id, const exchange::Receipt& receipt) {
  return add_receipts({{id, receipt}});
}

Status ReceiptStore::add_receipts(const std::vector<std::pair<ExchangeId, exchange::Receipt>>& receipts) {
  if (receipts.empty()) return {};
  TRY_ASSIGN(auto txn, state_->env->write());
  for (const auto& [id, receipt] : receipts) TRY(state_->put_receipt(txn, id, receipt));
  return txn.commit();
}

Status ReceiptStore::set_received(const std::vector<ExchangeId>& ids, LogIndex entry) {
  if (ids.empty()) return {};
  TRY_ASSIGN(auto txn, state_->env->write());
  for (const auto& id : ids) {
    TRY_ASSIGN(const bool known, txn.has(state_->states, id.view()));
    if (known) TRY(txn.put(state_->states, id.view(), state_of(true, entry)));
  }
  return txn.commit();
}

Result<std::vector<exchange::Receipt>> ReceiptStore::State::receipts_of(const store::ReadTxn& txn,
                                                                        const ExchangeId& id) const {
  std::vector<exchange::Receipt> found;
  TRY_ASSIGN(auto rows, txn.cursor(receipts, store::Bounds::prefix(id.view())));
  TRY_ASSIGN(bool row, rows.first());
  while (row) {
    const Bytes prefix = to_bytes(rows.key().first(rows.key().size() - 2));
    Bytes text;
    while (row && equal(rows.key().first(rows.key().size() - 2), prefix)) {
      append(text, rows.value());
      TRY_ASSIGN(row, rows.next());
    }
    auto receipt = exchange::parse_receipt(as_text(text));
    if (!receipt || !equal(store::key_of(id.view(), receipt->index), prefix)) return fail(damaged(*env, id));
    found.push_back(std::move(*receipt));
  }
  return found;
}

Result<std::optional<KeptExchange>> ReceiptStore::get(const ExchangeId& id) const {
  TRY_ASSIGN(const auto txn, state_->env->read());
  TRY_ASSIGN(const auto value, txn.get(state_->states, id.view()));
  if (!value) return std::optional<KeptExchange>();
  if (value->size() != 9 || (*value)[0] > 1) return fail(damaged(*state_->env, id));
  KeptExchange kept;
  kept.id = id;
  kept.acknowledged = (*value)[0] != 0;
  const LogIndex entry{get_le<std::uint64_t>(value->data() + 1)};
  if (entry != kNoIndex) kept.received_entry = entry;
  Bytes record;
  {
    TRY_ASSIGN(auto rows, txn.cursor(state_->exchanges, store::Bounds::prefix(id.view())));
    TRY_ASSIGN(bool row, rows.first());
    while (row) {
      append(record, rows.value());
      TRY_ASSIGN(row, rows.next());
    }
  }
  if (!decode_kept_exchange(record, kept)) return fail(damaged(*state_->env, id));
  TRY_ASSIGN(kept.receipts, state_->receipts_of(txn, id));
  return std::optional<KeptExchange>(std::move(kept));
}

Result<std::vector<ExchangeId>> ReceiptStore::list(std::size_t newest_max) const {
  std::vector<ExchangeId> ids;
  TRY_ASSIGN(const auto txn, state_->env->read());
  TRY_ASSIGN(auto rows, txn.cursor(state_->states));
  TRY_ASSIGN(bool row, rows.last());  // ids begin with their time
  while (row && ids.size() < newest_max) {
    const auto id = ExchangeId::from(rows.key());
    if (!id) return fail(damaged(*state_->env, "an exchange's id"));
    ids.push_back(*id);
    TRY_ASSIGN(row, rows.prev());
  }
  return ids;
}

Result<std::vector<KeptExchange>> ReceiptStore::unfinished(std::size_t newest_max) const {
  std::vector<KeptExchange> found;
  TRY_ASSIGN(const auto txn, state_->env->read());
  TRY_ASSIGN(auto rows, txn.cursor(state_->states));
  TRY_ASSIGN(bool row, rows.last());
  std::size_t finished = 0;
  while (row && found.size() < newest_max && finished < kFinishedInARow) {
    const auto id = ExchangeId::from(rows.key());
    if (!id) return fail(damaged(*state_->env, "an exchange's id"));
    TRY_ASSIGN(auto kept, get(*id));
    if (kept && !is_finished(*kept)) {
      found.push_back(std::move(*kept));
      finished = 0;
    } else {
      ++finished;
    }
    TRY_ASSIGN(row, rows.prev());
  }
  return found;
}

}  // namespace steelyard::client
