// LogStore: the provenance log on disk: entries, bundles, statements, hash rows, once, registry, in one LMDB folder.
//
// open() recovers by the ordinary path: sync, read, check the frontier; recover() hands back what memory needs.
// commit() is the one function that writes, in the order that its comment gives, each step saying what a crash leaves.
//
// Owns: the store's lock and environment. Threads: commit() on the writer's thread; readers on any.
// Errors: store_failed (kStop): the process must end; head_contradicts is the head file's (head_file.h).
//
// Format: docs/formats/store.md.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/crypto/frontier.h"
#include "core/crypto/tiles.h"
#include "core/exchange/decided_by.h"
#include "core/provenance/record.h"
#include "core/store/env.h"

namespace steelyard::provenance {

struct StoredEntry {
  LogIndex index;
  Commitment commitment;
  Salt salt;
  Bytes body;  // empty: dropped
  BundleNumber bundle = kNoBundle;
  std::uint16_t position = 0;
};

// What the pipeline starts from.
struct Recovered {
  std::uint64_t size = 0;  // of the log
  BundleNumber next_bundle;
  Instant last_time;  // of the last entry
  std::vector<StatementRow> statements;
  std::vector<OnceRow> once;  // all that are kept
  std::vector<exchange::RegistryRow> registry;
  std::vector<StoredEntry> handovers;  // whose Received may still be repeated, ascending
  std::vector<SpoolRow> spool;         // ascending
  std::vector<StreamRow> streams;
  std::vector<SubscriptionRow> subscriptions;
};

class LogStore {
 public:
  // `suite` as the genesis says; for a new store, of the batch that commits the genesis.
  static Result<std::unique_ptr<LogStore>> open(const std::string& dir, const store::EnvOptions& options,
                                                const crypto::Suite& suite);
  // The suite is read from the genesis.
  static Result<std::unique_ptr<LogStore>> open(const std::string& dir, const store::EnvOptions& options);
  ~LogStore();

  Result<Recovered> recover();
  Status commit(const Batch& batch);  // durable when it returns ok; then the frontier has moved on

  std::uint64_t size() const;                                             // committed
  const crypto::Frontier& frontier() const;                               // writer's thread
  Status write_registry(const std::vector<exchange::RegistryRow>& rows);  // after a full fold

  // Readers, any thread, each its own short read transaction.
  Result<std::optional<StoredEntry>> entry(LogIndex index) const;
  Result<std::vector<StoredEntry>> entries(LogIndex first, std::size_t count) const;  // fewer where the log ends
  // Which policies decided; nothing where none had a say, or the entry is of before such rows were kept.
  Result<std::optional<exchange::DecidedBy>> decided_by(LogIndex index) const;
  Result<std::optional<BundleRecord>> bundle(BundleNumber number) const;
  Result<std::optional<exchange::StatementBytes>> statement(LogIndex index) const;
  Result<std::vector<Digest>> handover(LogIndex index) const;
  // The proof that ties the entry's message to its author's bundle, rebuilt.
  Result<std::optional<exchange::Proof>> proof_of(const StoredEntry& entry) const;
  Result<std::vector<Digest>> tile(std::uint8_t level, std::uint64_t index, std::uint16_t width) const;

  store::Env& env();
  const crypto::Suite& suite() const;

 private:
  struct State;
  explicit LogStore(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// A TileReader over a store, for proofs computed beside it.
class StoreTiles final : public crypto::TileReader {
 public:
  explicit StoreTiles(const LogStore& store) : store_(&store) {}
  Result<std::vector<Digest>> tile(std::uint8_t level, std::uint64_t index, std::uint16_t width) override {
    return store_->tile(level, index, width);
  }

 private:
  const LogStore* store_;
};

}  // namespace steelyard::provenance
