#include "adapters/ledger.h"
#include "core/base/limits.h"
#include "core/store/key.h"
#include "schemas/errors.h"

namespace steelyard::adapters {
namespace {

tl::unexpected<Error> contradicts(std::uint64_t seq, std::string_view why) {
  return fail(schemas::error_of(schemas::code::verification_failed,
                                "access ledger: record " + std::to_string(seq) + ": " + std::string(why)));
}

Result<std::vector<Digest>> read_keys(const store::ReadTxn& txn, store::Table keys, std::uint64_t seq) {
  std::vector<Digest> hashes;
  TRY_ASSIGN(store::Cursor chunks, txn.cursor(keys, store::Bounds::prefix(store::key_of(seq))));
  TRY_ASSIGN(bool chunk, chunks.first());
  while (chunk) {
    const ByteView octets = chunks.value();
    if (octets.empty() || octets.size() % Digest::kSize != 0) return contradicts(seq, "a list of keys is cut");
    for (std::size_t at = 0; at < octets.size(); at += Digest::kSize) {
      TRY_ASSIGN(Digest hash, Digest::from(octets.subspan(at, Digest::kSize)));
      hashes.push_back(hash);
    }
    TRY_ASSIGN(chunk, chunks.next());
  }
  return hashes;
}

}  // namespace

Result<LedgerHead> verify_ledger(const std::string& state_dir, void (*each)(const VerifiedRecord&, void*),
                                 void* context) {
  store::EnvOptions options;
  options.kind = "ledger";
  options.read_only = true;
  options.create = false;
  TRY_ASSIGN(std::unique_ptr<store::Env> env, store::Env::open(state_dir + "/ledger", options));
  TRY_ASSIGN(store::Table records, env->open_table("records"));
  TRY_ASSIGN(store::Table keys, env->open_table("keys"));
  TRY_ASSIGN(store::Table meta, env->open_table("meta"));
  TRY_ASSIGN(store::ReadTxn txn, env->read());
  LedgerHead head;
  Instant time;
  TRY_ASSIGN(store::Cursor rows, txn.cursor(records));
  TRY_ASSIGN(bool row, rows.first());
  while (row) {
    const std::uint64_t seq = head.size;
    const auto number = store::integer_of<std::uint64_t>(rows.key());
    if (!number || *number != seq) return contradicts(seq, "missing");
    auto record = decode_ledger_record(rows.value());
    if (!record) return contradicts(seq, record.error().what);
    if (record->seq != seq) return contradicts(seq, "bears another number");
    if (record->time < time) return contradicts(seq, "is older than the one before");
    time = record->time;
    const crypto::Suite& suite = crypto::suite(record->suite);
    TRY_ASSIGN(std::vector<Digest> hashes, read_keys(txn, keys, seq));
    if (hashes.size() != record->rows || digest_of_keys(suite, hashes) != record->keys)
      return contradicts(seq, "its list of keys is not the one it was made with");
    head = {next_ledger_head(suite, head.head, rows.value()), seq + 1};
    if (each != nullptr) each({std::move(*record), std::move(hashes), head.head}, context);
    TRY_ASSIGN(row, rows.next());
  }
  TRY_ASSIGN(auto value, txn.get(meta, as_bytes("head")));
  const bool same = value ? equal(*value, encode(head)) : head.size == 0;
  if (!same) return contradicts(head.size, "the chain does not end in the ledger's head");
  return head;
}

}  // namespace steelyard::adapters
