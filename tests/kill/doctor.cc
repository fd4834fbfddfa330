// steelyard-kill-doctor: breaks a copy of what a kill test left, so that the oracle can be seen to notice.
//
//   forget-receipt STATE_DIR      the consumer's newest exchange is gone from its receipt store
//   forget-proofs STATE_DIR       it is there, but none of its proofs
//   forget-hand-over STATE_DIR    it is there, but not that its answer was handed over
//   spoil-receipt STATE_DIR       its newest proved receipt names the entry before
//   repeat-line STATE_DIR         the owner's first ledger line stands there once more, in a chain that verifies
//   cut-ledger STATE_DIR          the owner's last ledger line is gone, its head moved back
//   close-again STORE             the log closes its last answered exchange again, as refused
//   open-another STORE            the log holds a request that nobody sent, and no close of it
//   grant-beyond STORE            the log holds a request that is granted more rows than its quota has in a day
//   refuse-within STORE           the log holds a refusal for a quota that has rows left
// Everything goes through the product's own stores, so the copies are as consistent as their owner could make them.
// Threads: one. Errors: exit 3.
#include <cstdio>
#include <functional>
#include <limits>

#include "cli/log_reader.h"
#include "core/crypto/random.h"
#include "core/exchange/digest.h"
#include "core/store/key.h"
#include "schemas/errors.h"
#include "tests/kill/facts.h"

namespace steelyard::kill {
namespace {

Error nothing(const char* what) { return {ErrorKind::kFix, 0, std::string("nothing to doctor: ") + what}; }

Result<std::unique_ptr<store::Env>> open_env(const std::string& dir, const char* kind) {
  store::EnvOptions options;
  options.kind = kind;
  options.create = false;
  return store::Env::open(dir, options);
}

Status erase_all(store::WriteTxn& txn, store::Table table, ByteView prefix) {
  std::vector<Bytes> keys;
  {
    TRY_ASSIGN(auto rows, txn.cursor(table, store::Bounds::prefix(prefix)));
    TRY_ASSIGN(bool row, rows.first());
    while (row) {
      keys.push_back(to_bytes(rows.key()));
      TRY_ASSIGN(row, rows.next());
    }
  }
  for (const Bytes& key : keys) TRY(txn.erase(table, key));
  return {};
}

// Of the newest exchange: its rows in these tables.
Status forget(const std::string& state_dir, const std::vector<const char*>& names, bool hand_over = false) {
  std::vector<ExchangeId> ids;
  {
    TRY_ASSIGN(const auto receipts, client::ReceiptStore::open(state_dir + "/receipts", true));
    TRY_ASSIGN(ids, receipts->list(1));
  }
  if (ids.empty()) return fail(nothing("no receipt"));
  TRY_ASSIGN(const auto env, open_env(state_dir + "/receipts", "receipts"));
  std::vector<store::Table> tables;
  for (const char* name : names) {
    TRY_ASSIGN(const store::Table table, env->open_table(name));
    tables.push_back(table);
  }
  TRY_ASSIGN(auto txn, env->write());
  for (const store::Table table : tables) TRY(erase_all(txn, table, ids[0].view()));
  if (hand_over) {  // as it stood before: not recorded, no entry
    Bytes state{0};
    put_le(state, kNoIndex.value);
    TRY(txn.put(tables[0], ids[0].view(), state));
  }
  return txn.commit();
}

Status spoil_receipt(const std::string& state_dir) {
  TRY_ASSIGN(const auto receipts, client::ReceiptStore::open(state_dir + "/receipts"));
  TRY_ASSIGN(const auto ids, receipts->list(std::numeric_limits<std::size_t>::max()));
  for (const ExchangeId& id : ids) {
    TRY_ASSIGN(const auto kept, receipts->get(id));
    if (!kept || kept->receipts.empty()) continue;
    exchange::Receipt receipt = kept->receipts.front();
    receipt.index = LogIndex(receipt.index.value - 1);
    return receipts->add_receipt(id, receipt);
  }
  return fail(nothing("no proved receipt"));
}

struct Line {
  adapters::VerifiedRecord first, last;
  Digest head_before_last;
  std::uint64_t size = 0;
};

Result<Line> read_lines(const std::string& state_dir) {
  Line line;
  const auto take = [](const adapters::VerifiedRecord& record, void* into) {
    Line& to = *static_cast<Line*>(into);
    if (to.size == 0) to.first = record;
    to.head_before_last = to.last.head;
    to.last = record;
    ++to.size;
  };
  TRY(adapters::verify_ledger(state_dir, take, &line));
  if (line.size == 0) return fail(nothing("an empty ledger"));
  return line;
}

Status put_head(store::WriteTxn& txn, store::Table meta, std::uint64_t size, const Digest& head) {
  Bytes value;
  put_le(value, size);
  append(value, head.view());
  return txn.put(meta, as_bytes("head"), value);
}

Status repeat_line(const std::string& state_dir) {
  TRY_ASSIGN(Line line, read_lines(state_dir));
  TRY_ASSIGN(const auto env, open_env(state_dir + "/ledger", "ledger"));
  TRY_ASSIGN(const store::Table records, env->open_table("records"));
  TRY_ASSIGN(const store::Table keys, env->open_table("keys"));
  TRY_ASSIGN(const store::Table meta, env->open_table("meta"));
  TRY_ASSIGN(auto txn, env->write());
  adapters::LedgerRecord record = line.first.record;
  record.seq = line.size;
  record.time = line.last.record.time;
  const Bytes octets = adapters::encode(record);
  TRY(txn.append(records, store::key_of(record.seq), octets));
  Bytes hashes;
  for (const Digest& hash : line.first.key_hashes) append(hashes, hash.view());
  if (!hashes.empty()) TRY(txn.append(keys, store::key_of(record.seq, std::uint16_t{0}), hashes));
  TRY(put_head(txn, meta, line.size + 1,
               adapters::next_ledger_head(crypto::suite(record.suite), line.last.head, octets)));
  return txn.commit();
}

Status cut_ledger(const std::string& state_dir) {
  TRY_ASSIGN(const Line line, read_lines(state_dir));
  TRY_ASSIGN(const auto env, open_env(state_dir + "/ledger", "ledger"));
  TRY_ASSIGN(const store::Table records, env->open_table("records"));
  TRY_ASSIGN(const store::Table keys, env->open_table("keys"));
  TRY_ASSIGN(const store::Table meta, env->open_table("meta"));
  TRY_ASSIGN(auto txn, env->write());
  TRY(erase_all(txn, records, store::key_of(line.size - 1)));
  TRY(erase_all(txn, keys, store::key_of(line.size - 1)));
  TRY(put_head(txn, meta, line.size - 1, line.head_before_last));
  return txn.commit();
}

// Appends one entry of the broker's own, made of the last answered request; of one that a quota limits, where `change`
// is about that.
Status append_entry(const std::string& store_dir, schemas::EntryKind kind,
                    const std::function<void(exchange::EntryBody& body)>& change = {}) {
  store::EnvOptions options;
  options.create = false;
  TRY_ASSIGN(const auto log, provenance::LogStore::open(store_dir, options));
  TRY_ASSIGN(const auto recovered, log->recover());
  TRY_ASSIGN(const cli::ReadEntry last, cli::read_entry(*log, LogIndex(log->size() - 1)));
  TRY_ASSIGN(const auto registry, cli::registry_at(*log, last.body.epoch));
  for (std::uint64_t i = log->size(); i-- > 0;) {
    TRY_ASSIGN(const cli::ReadEntry answer, cli::read_entry(*log, LogIndex(i)));
    if (answer.body.kind != schemas::EntryKind::kAnswer) continue;
    TRY_ASSIGN(const cli::ReadEntry request, cli::read_entry(*log, answer.body.related));
    if (change && registry.day_limit_at(request.body.agreement) == nullptr) continue;
    provenance::EntryRecord entry;
    entry.index = LogIndex(log->size());
    entry.body = request.body;
    entry.body.kind = kind;
    entry.body.time = recovered.last_time;
    if (kind == schemas::EntryKind::kRefusal) {
      entry.body.related = answer.body.related;
      entry.body.verdict = 1;
    } else {
      entry.body.id = crypto::make_exchange_id(recovered.last_time);
    }
    if (change) change(entry.body);
    entry.salt = crypto::random<Salt>();
    entry.commitment = exchange::entry_commitment(log->suite(), entry.salt, exchange::encode(entry.body));
    provenance::Batch batch;
    batch.number = 1;
    batch.first = entry.index;
    batch.entries.push_back(entry);
    return log->commit(batch);
  }
  return fail(nothing("no answer in the log"));
}

Status doctor(const std::string& what, const std::string& dir) {
  if (what == "forget-receipt") return forget(dir, {"exchanges", "states", "receipts"});
  if (what == "forget-proofs") return forget(dir, {"receipts"});
  if (what == "forget-hand-over") return forget(dir, {"states"}, true);
  if (what == "spoil-receipt") return spoil_receipt(dir);
  if (what == "repeat-line") return repeat_line(dir);
  if (what == "cut-ledger") return cut_ledger(dir);
  if (what == "close-again") return append_entry(dir, schemas::EntryKind::kRefusal);
  if (what == "open-another") return append_entry(dir, schemas::EntryKind::kRequest);
  if (what == "grant-beyond")
    return append_entry(dir, schemas::EntryKind::kRequest, [](auto& body) { body.count = limits::kRowsMax; });
  if (what == "refuse-within")
    return append_entry(dir, schemas::EntryKind::kRefusal, [](auto& body) {
      body.related = kNoIndex;
      body.verdict = schemas::code::quota_exceeded;
    });
  return fail(ErrorKind::kFix, "no such treatment: " + what);
}

}  // namespace
}  // namespace steelyard::kill

int main(int count, char** values) {
  using namespace steelyard;
  if (count != 3) {
    std::fprintf(stderr, "usage: see the head of tests/kill/doctor.cc\n");
    return 2;
  }
  if (const auto done = kill::doctor(values[1], values[2]); !done) {
    std::fprintf(stderr, "steelyard-kill-doctor: %s\n", done.error().what.c_str());
    return 3;
  }
  return 0;
}
