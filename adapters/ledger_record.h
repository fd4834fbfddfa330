// LedgerRecord: what an owner keeps of one exchange that it answered: who got which fields of whose rows, and for whom.
// LedgerHead: the end of the chain that all records make.
//
// Whose rows: the keyed hash of each returned record's key; the record holds one digest over that list. For whom: the
// behalf that travelled sealed; it is personal data, so a ledger never leaves its owner.
// Threads: plain value. Errors: decode refuses what encode would not give back. Format: docs/formats/ledger.md.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/ids.h"
#include "core/base/time.h"
#include "core/crypto/suite.h"
#include "core/exchange/entry.h"
#include "schemas/payload.h"

namespace steelyard::adapters {

struct LedgerRecord {
  crypto::SuiteId suite = crypto::SuiteId::kStandard;  // of the network: its hash makes the chain
  std::uint64_t seq = 0;                               // from 0
  Instant time;                                        // the adapter's clock, never before the last record's
  Digest request;
  ExchangeId id;
  LogIndex entry;      // of the request, in the broker's log
  LogIndex catalogue;  // statement whose field order `returned` follows
  exchange::FieldSet returned;
  std::uint32_t rows = 0;
  schemas::AnswerStatus status = schemas::AnswerStatus::kComplete;
  ErrorCode reason = 0;
  Commitment plaintext;  // of the answer
  Digest keys;           // over the keyed hashes of the rows' keys, in the answer's order
  MemberId user;
  DatasetId dataset;
  std::string operator_id;  // empty: absent
  std::string case_number;

  bool operator==(const LedgerRecord&) const = default;
};

Bytes encode(const LedgerRecord& record);
Result<LedgerRecord> decode_ledger_record(ByteView octets);

// The chain's end, as the ledger keeps it and as each Answer carries it.
struct LedgerHead {
  Digest head;  // zeros before the first record
  std::uint64_t size = 0;
  bool operator==(const LedgerHead&) const = default;
};

Bytes encode(const LedgerHead& head);
Result<LedgerHead> decode_ledger_head(ByteView octets);

// H("steelyard/ledger/v1" || 00 || head before || record)
Digest next_ledger_head(const crypto::Suite& suite, const Digest& before, ByteView record);
// H("steelyard/ledger-keys/v1" || 00 || hashes)
Digest digest_of_keys(const crypto::Suite& suite, const std::vector<Digest>& hashes);

// Which record of which dataset a row is, to whoever holds `secret`: HMAC over dataset, type and octets of its key.
Digest hash_of_key(ByteView secret, const DatasetId& dataset, const schemas::Value& key);

}  // namespace steelyard::adapters
