// The oracle of the kill test: compares what consumers hold, what owners recorded and what the log says.
//
//   delivered-not-kept        given out, but no record of it in the receipt store
//   request-not-in-log, answer-not-in-log, refusal-not-in-log     kept by a consumer; the log has other or nothing
//   answer-not-in-ledger      kept by a consumer, or recorded as answered; the owner's ledger has no line of it
//   ledger-head-differs       the answer names another head than the ledger had after its line
//   executed-twice            two ledger lines of one request
//   executed-unasked          a ledger line that no permitted request of the log stands behind
//   asked-by-nobody           a request in the log that no consumer asked
//   opened-twice, closed-twice, closed-unopened, left-open        each exchange has one opening and one close
//   receipt-wrong             a proved receipt does not verify, or speaks of another entry than the log
//   handover-not-in-log       kept as recorded; the log's hand-over does not name that answer
//   never-proved, never-handed-over     at rest: a kept exchange misses a proof, an answer its hand-over
//   ...-quota, quotas-lost    of quota_oracle.h
//   alarm                     somebody raised one: nobody cheated here
//
// Threads: one. Errors: what cannot be read. Findings are what is wrong.
#pragma once

#include "tests/kill/facts.h"

namespace steelyard::kill {

struct Counts {  // what was compared, so that a test sees that it was not nothing
  std::size_t entries = 0, exchanges = 0, answered = 0, refused = 0, open = 0;
  std::size_t ledger_lines = 0, answers_lost = 0;
  std::size_t delivered = 0, kept = 0, receipts = 0, handed_over = 0, rejected = 0, timed_out = 0;
  std::size_t limited = 0, quota_refused = 0;
};

class Oracle {
 public:
  Oracle(const Log& log, const Ledgers& ledgers, const std::vector<Party>& parties, Findings& findings)
      : log_(log), ledgers_(ledgers), parties_(parties), findings_(findings) {}

  // `quiesced`: so long after the last question that every exchange must have been closed.
  Result<Counts> judge(bool quiesced);

 private:
  struct Exchange {
    std::vector<LogIndex> opened, closed;
    LogIndex answer = kNoIndex;
  };
  void gather();
  void judge_exchanges(bool quiesced);
  void judge_ledgers();
  Status judge_party(const Party& party, bool quiesced);
  Status judge_finished(const Party& party);
  Status judge_kept(const Party& party, const client::KeptExchange& kept);
  void judge_answer(const Party& party, const client::KeptExchange& kept, LogIndex request, LogIndex closing);
  void judge_receipts(const Party& party, const client::KeptExchange& kept);
  Result<exchange::EntryBody> verify(const exchange::Receipt& receipt);
  Status judge_handover(const Party& party, const client::KeptExchange& kept);
  // The entry at `index` is the one promised by salt and body, and is of this kind.
  bool stands(LogIndex index, const Salt& salt, const Bytes& body, schemas::EntryKind kind) const;

  const Log& log_;
  const Ledgers& ledgers_;
  const std::vector<Party>& parties_;
  Findings& findings_;
  std::unordered_map<ExchangeId, Exchange, FixedBytesHash> exchanges_;
  std::map<LogIndex, std::set<Digest>> handovers_;
  std::unordered_map<std::string, crypto::Checkpoint> checkpoints_;  // verified, by their note
  Counts counts_;
};

}  // namespace steelyard::kill
