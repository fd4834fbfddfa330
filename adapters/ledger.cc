#include "adapters/ledger.h"

#include "core/base/check.h"
#include "core/base/limits.h"
#include "core/crypto/random.h"
#include "core/store/durable_file.h"
#include "core/store/key.h"
#include "schemas/errors.h"

namespace steelyard::adapters {
namespace {

constexpr std::size_t kSecretOctets = 32;
constexpr std::string_view kSecretPrefix = "steelyard-ledger-key:v1:";
constexpr std::size_t kHashesInChunk = limits::kStoreValueBytesMax / Digest::kSize;
constexpr std::size_t kBatchOctetsMax = 4 << 20;                         // a quarter of what one transaction may dirty
constexpr std::size_t kErasedAtOnceMax = 4 * limits::kCommitRecordsMax;  // keeps a commit after a long stop short
// Kept beside the newest: clocks differ around midnight, and zones of quotas by up to 28 hours, which is two midnights.
constexpr std::int64_t kCountedDays = 3;
constexpr std::string_view kHeadRow = "head";

tl::unexpected<Error> store_failed(Error error, std::string_view doing) {
  // What its operator can mend (another version, a file that is cut) is no failure of the disk.
  if (error.code == 0 && error.kind != ErrorKind::kFix) error.code = schemas::code::store_failed;
  return fail(std::move(error).in("access ledger: " + std::string(doing)));
}

#define TRY_STORE(target, expr, doing)                                                  \
  auto STEELYARD_CONCAT(stored_, __LINE__) = (expr);                                    \
  if (!STEELYARD_CONCAT(stored_, __LINE__))                                             \
    return store_failed(std::move(STEELYARD_CONCAT(stored_, __LINE__)).error(), doing); \
  target = std::move(*STEELYARD_CONCAT(stored_, __LINE__))

Bytes mark_of(const Digest& request, Instant expires) {
  return store::key_of(static_cast<std::uint64_t>(expires.us), request.view());
}

Bytes count_key(std::int64_t day, std::string_view subject) {
  return store::key_of(static_cast<std::uint64_t>(day), as_bytes(subject));
}

Result<crypto::SecretBytes> open_secret(const std::string& path, bool ledger_exists) {
  TRY_ASSIGN(bool there, store::exists(path));
  if (there) {
    TRY_ASSIGN(Bytes text, store::read_secret_file(path, 1'024));
    std::string_view line = as_text(text);
    if (!line.empty() && line.back() == '\n') line.remove_suffix(1);
    auto octets = line.starts_with(kSecretPrefix) ? from_base64(line.substr(kSecretPrefix.size())) : Bytes{};
    if (!octets || octets->size() != kSecretOctets)
      return fail(schemas::error_of(schemas::code::config, path + ": not a ledger key, restore it from a copy"));
    return crypto::SecretBytes(std::move(*octets));
  }
  if (ledger_exists)
    return fail(schemas::error_of(schemas::code::config, path + ": missing beside its ledger, restore it from a copy"));
  crypto::SecretBytes secret(kSecretOctets);
  crypto::random_bytes({secret.data(), secret.size()});
  const std::string line = std::string(kSecretPrefix) + to_base64(secret.view()) + "\n";
  TRY(store::write_file_durably(path, as_bytes(line), 0600));
  return secret;
}

}  // namespace

Ledger::~Ledger() = default;

Result<std::unique_ptr<Ledger>> Ledger::open(const std::string& state_dir, const Clock& clock,
                                             const LedgerOptions& options) {
  TRY(store::make_dir(state_dir, 0700));
  const std::string dir = state_dir + "/ledger";
  // It says whose records who saw: as private as a key.
  if (auto closed = store::check_private_folder(dir); !closed)
    return fail(schemas::error_of(schemas::code::config, closed.error().what));
  TRY_ASSIGN(bool there, store::exists(dir + "/data.mdb"));
  TRY_ASSIGN(crypto::SecretBytes secret, open_secret(state_dir + "/ledger.key", there));
  std::unique_ptr<Ledger> ledger(new Ledger(clock, std::move(secret)));
  store::EnvOptions env_options;
  env_options.kind = "ledger";
#ifdef STEELYARD_TEST_HOOKS
  env_options.faults = options.faults;
#else
  static_cast<void>(options);
#endif
  TRY_STORE(ledger->env_, store::Env::open(dir, env_options), "opening");
  TRY_STORE(ledger->tables_.records, ledger->env_->open_table("records"), "opening");
  TRY_STORE(ledger->tables_.keys, ledger->env_->open_table("keys"), "opening");
  TRY_STORE(ledger->tables_.once, ledger->env_->open_table("once"), "opening");
  TRY_STORE(ledger->tables_.counts, ledger->env_->open_table("counts"), "opening");
  TRY_STORE(ledger->tables_.meta, ledger->env_->open_table("meta"), "opening");
  TRY(ledger->recover());
  return ledger;
}

Status Ledger::recover() {
  TRY_STORE(store::ReadTxn txn, env_->read(), "recovering");
  TRY_STORE(auto value, txn.get(tables_.meta, as_bytes(kHeadRow)), "recovering");
  if (value) {
    TRY_ASSIGN(head_, decode_ledger_head(*value));
  }
  TRY_STORE(std::uint64_t count, txn.count(tables_.records), "recovering");
  if (count != head_.size)
    return fail(ErrorKind::kStop, "access ledger: it holds another number of records than its head says",
                schemas::code::store_failed);
  synced_ = head_;
  if (head_.size == 0) return {};
  TRY_STORE(auto last, txn.get(tables_.records, store::key_of(head_.size - 1)), "recovering");
  if (!last) return fail(ErrorKind::kStop, "access ledger: its last record is missing", schemas::code::store_failed);
  TRY_ASSIGN(LedgerRecord record, decode_ledger_record(*last));
  last_time_ = record.time;
  return {};
}

Instant Ledger::now() const { return std::max(clock_->wall(), last_time_); }

Result<store::WriteTxn*> Ledger::txn() {
  if (!txn_) {
    TRY_STORE(txn_, env_->write(), "beginning");
  }
  return &*txn_;
}

Result<bool> Ledger::executed(const Digest& request, Instant expires) {
  TRY_ASSIGN(store::WriteTxn * txn, this->txn());
  TRY_STORE(bool marked, txn->has(tables_.once, mark_of(request, expires)), "reading marks");
  return marked;
}

Result<LedgerHead> Ledger::add(const crypto::Suite& suite, LedgerRecord record, const std::vector<Digest>& key_hashes,
                               Instant expires, const std::vector<DayCount>& counts) {
  TRY_ASSIGN(store::WriteTxn * txn, this->txn());
  record.suite = suite.id;
  record.seq = head_.size;
  record.time = now();
  record.keys = digest_of_keys(suite, key_hashes);
  const Bytes octets = encode(record);
  if (auto put = txn->append(tables_.records, store::key_of(record.seq), octets); !put)
    return store_failed(std::move(put).error(), "adding a record");
  if (auto put = txn->put(tables_.once, mark_of(record.request, expires), {}); !put)
    return store_failed(std::move(put).error(), "marking");
  TRY(add_keys(*txn, key_hashes));
  TRY(count(*txn, counts));
  head_ = {next_ledger_head(suite, head_.head, octets), record.seq + 1};
  last_time_ = record.time;
  batch_records_ += 1;
  batch_octets_ += octets.size() + key_hashes.size() * Digest::kSize;
  return head_;
}

Status Ledger::add_keys(store::WriteTxn& txn, const std::vector<Digest>& key_hashes) {
  for (std::size_t from = 0; from < key_hashes.size(); from += kHashesInChunk) {
    Bytes chunk;
    const std::size_t to = std::min(from + kHashesInChunk, key_hashes.size());
    chunk.reserve((to - from) * Digest::kSize);
    for (std::size_t i = from; i < to; ++i) append(chunk, key_hashes[i].view());
    const auto number = static_cast<std::uint16_t>(from / kHashesInChunk);
    if (auto put = txn.append(tables_.keys, store::key_of(head_.size, number), chunk); !put)
      return store_failed(std::move(put).error(), "adding keys");
  }
  return {};
}

Result<std::uint64_t> Ledger::count_of(std::int64_t day, const std::string& subject) {
  TRY_ASSIGN(store::WriteTxn * txn, this->txn());
  TRY_STORE(const auto value, txn->get(tables_.counts, count_key(day, subject)), "reading counts");
  if (!value) return 0;
  if (value->size() != sizeof(std::uint64_t))
    return fail(ErrorKind::kStop, "access ledger: a count is none", schemas::code::store_failed);
  return get_le<std::uint64_t>(value->data());
}

Status Ledger::count(store::WriteTxn& txn, const std::vector<DayCount>& counts) {
  for (const auto& [day, subject, amount] : counts) {
    TRY_ASSIGN(const std::uint64_t before, count_of(day, subject));
    Bytes value;
    put_le(value, before + amount);
    if (auto put = txn.put(tables_.counts, count_key(day, subject), value); !put)
      return store_failed(std::move(put).error(), "counting");
    newest_day_ = std::max(newest_day_, day);
  }
  return {};
}

// Some of them at each commit, until none is left: there may be one for each record that was asked about.
Status Ledger::erase_old_counts(store::WriteTxn& txn) {
  const std::int64_t before = newest_day_ - kCountedDays;
  if (before <= counts_from_day_) return {};
  TRY_ASSIGN(const bool all, erase_below(txn, tables_.counts, count_key(before, {})));
  if (all) counts_from_day_ = before;
  return {};
}

Status Ledger::erase_old_marks(store::WriteTxn& txn) {
  const Instant horizon = last_time_ - limits::kSkew;
  if (horizon.us <= 0) return {};
  TRY(erase_below(txn, tables_.once, store::key_of(static_cast<std::uint64_t>(horizon.us))));
  return {};
}

Result<bool> Ledger::erase_below(store::WriteTxn& txn, store::Table table, ByteView end) {
  std::vector<Bytes> old;
  {
    TRY_STORE(store::Cursor rows, txn.cursor(table, store::Bounds::range({}, end)), "erasing what is old");
    TRY_STORE(bool row, rows.first(), "erasing what is old");
    while (row && old.size() < kErasedAtOnceMax) {
      old.push_back(to_bytes(rows.key()));
      TRY_STORE(row, rows.next(), "erasing what is old");
    }
  }
  for (const Bytes& key : old)
    if (auto erased = txn.erase(table, key); !erased)
      return store_failed(std::move(erased).error(), "erasing what is old");
  return old.size() < kErasedAtOnceMax;
}

bool Ledger::batch_full() const {
  return batch_records_ >= limits::kCommitRecordsMax || batch_octets_ >= kBatchOctetsMax;
}

Status Ledger::commit() {
  if (batch_records_ == 0) {
    txn_.reset();
    return {};
  }
  CHECK(txn_.has_value());
  TRY(erase_old_marks(*txn_));
  TRY(erase_old_counts(*txn_));
  if (auto put = txn_->put(tables_.meta, as_bytes(kHeadRow), encode(head_)); !put)
    return store_failed(std::move(put).error(), "writing the head");
  auto committed = txn_->commit();
  txn_.reset();
  if (!committed) return store_failed(std::move(committed).error(), "committing");
  synced_ = head_;
  batch_records_ = 0;
  batch_octets_ = 0;
  return {};
}

}  // namespace steelyard::adapters
