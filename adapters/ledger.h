// Ledger: the owner's record of what it answered, a hash chain, and its marks of what it has executed. One LMDB folder.
//
//   TRY_ASSIGN(bool done, ledger.executed(digest, expires));   // a mark, committed or not
//   TRY_ASSIGN(LedgerHead head, ledger.add(record, key_hashes, expires));  // record and mark together
//   TRY(ledger.commit());                                      // once for all that one step served
//
// A mark lives until its message's `expires` plus skew by now(), which never goes back: what is erased can no longer
// be fresh. Record and mark are of one commit, so a mark is never without its record.
// INVARIANT(ledger-before-answer) relies on synced_size(), INVARIANT(once) on executed().
//
// Owns: the store, its open transaction and the secret of the keyed hashes (state/ledger.key, made at the first start).
// Threads: one. Errors: store_failed (kStop after a failed commit: end the process and start again), config for a
// ledger without its secret. Format: docs/formats/ledger.md.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/ledger_record.h"
#include "core/crypto/secret.h"
#include "core/store/env.h"

namespace steelyard::adapters {

struct LedgerOptions {
#ifdef STEELYARD_TEST_HOOKS
  std::shared_ptr<store::FaultPlan> faults;
#endif
};

// What a record adds to a count of a day (core/exchange/quota.h): rows to that of a quota, attempts to that of who
// asked about whom.
struct DayCount {
  std::int64_t day = 0;
  std::string subject;
  std::uint64_t amount = 0;
};

class Ledger {
 public:
  // In `state_dir`: the folder `ledger` and the file `ledger.key`.
  static Result<std::unique_ptr<Ledger>> open(const std::string& state_dir, const Clock& clock,
                                              const LedgerOptions& options = {});
  ~Ledger();

  // The wall clock, or the last record's time where that is later: by this freshness is judged.
  Instant now() const;
  ByteView secret() const { return secret_.view(); }

  Result<bool> executed(const Digest& request, Instant expires);
  // Of that day, committed or not.
  Result<std::uint64_t> count_of(std::int64_t day, const std::string& subject);
  // `record`'s seq, time and keys are set here. REQUIRES: texts fit a store value (ids and limits of payload.md do).
  Result<LedgerHead> add(const crypto::Suite& suite, LedgerRecord record, const std::vector<Digest>& key_hashes,
                         Instant expires, const std::vector<DayCount>& counts = {});
  bool batch_full() const;  // commit() before adding more
  Status commit();          // nothing added: no commit

  const LedgerHead& head() const { return head_; }            // after everything added
  std::uint64_t synced_size() const { return synced_.size; }  // records that are on disk
  std::uint64_t commits() const { return env_->commits(); }
  std::uint64_t syncs() const { return env_->syncs(); }

 private:
  struct Tables {
    store::Table records, keys, once, counts, meta;
  };
  Ledger(const Clock& clock, crypto::SecretBytes secret) : clock_(&clock), secret_(std::move(secret)) {}
  Status recover();
  Result<store::WriteTxn*> txn();
  Status add_keys(store::WriteTxn& txn, const std::vector<Digest>& key_hashes);
  Status count(store::WriteTxn& txn, const std::vector<DayCount>& counts);
  Status erase_old_marks(store::WriteTxn& txn);
  Status erase_old_counts(store::WriteTxn& txn);
  Result<bool> erase_below(store::WriteTxn& txn, store::Table table, ByteView end);  // true: nothing is left below

  const Clock* clock_;
  crypto::SecretBytes secret_;
  std::unique_ptr<store::Env> env_;
  Tables tables_;
  std::optional<store::WriteTxn> txn_;
  LedgerHead head_;
  LedgerHead synced_;
  Instant last_time_;
  std::int64_t newest_day_ = 0;       // that was counted
  std::int64_t counts_from_day_ = 0;  // counts of earlier days are erased
  std::size_t batch_octets_ = 0;
  std::size_t batch_records_ = 0;
};

// One record with its list, as verify_ledger() read it.
struct VerifiedRecord {
  LedgerRecord record;
  std::vector<Digest> key_hashes;
  Digest head;  // after it
};

// Derives the whole chain and every list anew from the folder `state_dir/ledger`; `each` may be null. The head it
// returns is to be compared with what the log holds of this owner's answers: only that shows a ledger cut short.
// Errors: verification_failed, naming the record.
Result<LedgerHead> verify_ledger(const std::string& state_dir, void (*each)(const VerifiedRecord&, void*),
                                 void* context);

}  // namespace steelyard::adapters
