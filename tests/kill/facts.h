// What log, owners' ledgers, consumers' receipts and journals say, read from stores that nobody writes to.
//
// Each is verified by the product's own library while it is read; what that finds wrong is a finding here.
// Threads: one. Errors: what cannot be read at all.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "adapters/ledger.h"
#include "core/client/receipt_store.h"
#include "core/exchange/registry.h"
#include "core/provenance/log_store.h"

namespace steelyard::kill {

struct Finding {
  std::string slug, what;
};

class Findings {
 public:
  void add(std::string slug, std::string what) { all_.push_back({std::move(slug), std::move(what)}); }
  const std::vector<Finding>& all() const { return all_; }

 private:
  std::vector<Finding> all_;
};

struct LogEntry {
  exchange::EntryBody body;
  Commitment commitment;
};

struct Log {
  std::unique_ptr<provenance::LogStore> store;
  std::vector<LogEntry> entries;  // by index
  exchange::Registry registry;    // after the last statement
};

struct LedgerLine {
  std::string owner;
  adapters::LedgerRecord record;
};

struct Ledgers {
  std::vector<LedgerLine> lines;
  std::unordered_map<ExchangeId, std::vector<std::size_t>, FixedBytesHash> by_id;
  std::map<std::string, std::vector<Digest>> heads;  // of each owner, after each record
};

struct Journal {
  struct Delivery {
    ExchangeId id;
    bool answered = false;
    LogIndex request = kNoIndex, closing = kNoIndex;
  };
  std::set<ExchangeId> asked;
  std::vector<Delivery> delivered;
  std::size_t rejected = 0, timed_out = 0;
  std::vector<std::string> alarms;
};

struct Party {
  std::string name;  // member
  Journal journal;
  std::unique_ptr<client::ReceiptStore> receipts;
};

// `held`: files with checkpoints that others hold; a missing one is of a process that has not seen any.
Result<Log> read_log(const std::string& store, const std::string& head, const std::vector<std::string>& held,
                     Findings& findings);
Status read_ledger(const std::string& owner, const std::string& state_dir, Ledgers& ledgers, Findings& findings);
Result<Party> read_party(const std::string& name, const std::string& state_dir, const std::string& journal,
                         Findings& findings);

}  // namespace steelyard::kill
