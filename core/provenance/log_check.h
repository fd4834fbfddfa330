// LogCheck: one verification of one snapshot of a log, step by step. Private to this folder; verify_log.h is the door.
//
// Threads: one. Errors: only where the store cannot be read; what is wrong becomes a finding.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/exchange/registry.h"
#include "core/provenance/rows.h"
#include "core/provenance/verify_log.h"

namespace steelyard::provenance {

class LogCheck {
 public:
  LogCheck(const store::Txn& txn, const Tables& tables, const crypto::Suite& suite, const VerifyOptions& options,
           VerifyReport& report)
      : txn_(txn), tables_(tables), suite_(suite), options_(options), report_(report), frontier_(suite) {}

  void want_root_at(std::uint64_t size) { roots_.emplace(size, std::nullopt); }

  // verify_entries.cc: every entry in order, with its statement, its hand-over, its bundle and the tree over all.
  Status walk_entries();
  // verify_tables.cc: rows that nothing refers to, or that speak of what is not there.
  Status check_tables();
  // verify_log.cc
  void check_held(const std::string& note, std::string_view where, bool head_file);
  void finish();

  void find(std::string_view slug, std::optional<LogIndex> index, std::string what);

 private:
  // The bundle whose entries are being walked.
  struct OpenBundle {
    BundleRecord record;
    std::vector<Digest> digests;  // by position
    bool whole = true;            // all its entries were there and unchanged
  };

  // verify_entries.cc
  Status check_entry(const StoredEntry& entry);
  void check_order(const StoredEntry& entry, const exchange::EntryBody& body);
  Status check_related(LogIndex index, const exchange::EntryBody& body);
  Status check_statement(LogIndex index, const exchange::EntryBody& body);
  Status check_handover(LogIndex index, const exchange::EntryBody& body);
  Status add_leaf(const StoredEntry& entry);
  Status check_hash_row(const crypto::Frontier::Node& node);
  // verify_bundle.cc
  void check_place(const StoredEntry& entry, const exchange::EntryBody* body);
  void open_bundle(const StoredEntry& entry);
  void close_bundle();
  void check_author(const OpenBundle& bundle);
  // verify_tables.cc
  Status check_bundle_rows();
  Status check_numbered(store::Table table, std::string_view name, schemas::EntryKind kind);
  Status check_hash_rows();
  Status check_decided();
  Status check_decided_row(LogIndex index, ByteView row);
  Status check_once();
  Status check_once_row(const OnceRow& row);
  Status check_registry();
  // verify_events.cc
  void check_event(const StoredEntry& entry, const exchange::EntryBody& body);
  Status check_event_tables();
  Status check_spool();
  Status check_streams();
  Status check_subscriptions();
  void mention(std::string_view table, std::uint64_t index);  // of an entry that is not there

  const store::Txn& txn_;
  const Tables& tables_;
  const crypto::Suite& suite_;
  const VerifyOptions& options_;
  VerifyReport& report_;

  crypto::Frontier frontier_;
  bool tree_broken_ = false;  // an entry is missing: no tree can be made
  bool hash_row_found_ = false;
  std::map<std::uint64_t, std::optional<Digest>> roots_;
  exchange::Registry registry_;
  LogIndex last_statement_ = kNoIndex;
  Instant last_time_;
  std::vector<bool> closed_;  // by the request's index
  struct Standing {           // a subscription, as the entries say
    ExchangeId id;
    LogIndex answer;
  };
  std::map<LogIndex, Standing> standing_;       // by the request's index
  std::map<std::string, LogIndex> last_event_;  // of each dataset
  std::optional<OpenBundle> open_;
  BundleNumber last_bundle_ = kNoBundle;
  std::string mentioned_;  // the first mention of an entry that is not there
};

}  // namespace steelyard::provenance
