// Replica: this process's own fold over the statements that the broker pushed, kept with the promises they came under.
//
// Opening folds what was kept; the first statement must be the pinned genesis, and each must be the one that its entry
// is about. A statement is taken in log order only: its entry names the statement before it, so that a gap shows.
// Owns: the registry and, with a folder, its store. Threads: the Node's. Errors: config where the folder belongs to
// another network, store_failed where it cannot be read or is damaged; take() with statement_refused where the fold
// does not accept a statement.
// Format: docs/formats/client-state.md.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/exchange/promise.h"
#include "core/exchange/registry.h"
#include "core/store/env.h"

namespace steelyard::client {

class Replica {
 public:
  // An empty folder name: in memory alone.
  static Result<std::unique_ptr<Replica>> open(const std::string& dir, const Digest& genesis);

  const exchange::Registry& registry() const { return registry_; }
  LogIndex next() const;  // the first log index that may hold a statement not taken yet

  enum class Taken { kFolded, kKnown, kGap };
  // `entry` is the decoded body of `promise`.
  Result<Taken> take(const exchange::StatementBytes& statement, const exchange::Promise& promise,
                     const exchange::EntryBody& entry);
  Status save();  // what was taken since, in one commit

 private:
  Replica() = default;
  Status load();
  Status fold(LogIndex index, ByteView record);
  Result<const crypto::Suite*> check_genesis(const exchange::StatementBytes& statement) const;
  Status put(store::WriteTxn& txn, LogIndex index, const Bytes& record);

  Digest genesis_;
  exchange::Registry registry_;
  std::unique_ptr<store::Env> env_;
  store::Table table_;
  std::vector<std::pair<LogIndex, Bytes>> unsaved_;
};

}  // namespace steelyard::client
