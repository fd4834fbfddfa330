// Witness: this process's eyes on the log: it follows checkpoints, proves held promises and cosigns.
//
// A checkpoint counts once its signature holds and it extends the last one that counted (INVARIANT(head-monotonic)).
// The hash tiles for that and for every held promise that it covers are fetched from the broker, at most
// kOutstandingMax at once; while one checkpoint is being worked on only the newest of the others is remembered.
//
// Owns: the last verified checkpoint (kept in a file before anything is said about it), held promises, tiles.
// Threads: the Node's. Errors: head_contradicts (kStop) where the log contradicts itself, store_failed.
// Format: docs/formats/checkpoint.md, client-state.md.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "core/client/alarms.h"
#include "core/client/identity.h"
#include "core/client/node.h"
#include "core/client/proof_tiles.h"
#include "core/exchange/registry.h"
#include "schemas/messages.h"

namespace steelyard::client {

class Witness {
 public:
  struct Out {
    std::function<void(const schemas::TileRequest&)> tile;
    std::function<void(const schemas::Cosign&)> cosign;
  };
  static constexpr std::size_t kOutstandingMax = 64;

  // `path`: the file of the last checkpoint; empty: memory alone.
  Witness(const Identity& identity, std::string path, const Clock& clock, Alarms& alarms, Out out)
      : identity_(identity), path_(std::move(path)), clock_(clock), alarms_(alarms), out_(std::move(out)) {}

  // Once the replica has its genesis, and after each statement: keys, and the checkpoint that was kept.
  Status use_keys(const exchange::Registry& registry);

  Status on_session();  // a new one: presents the last checkpoint and asks anew for what was not answered
  Status on_checkpoint(ByteView note);
  Status on_tile(schemas::Tile tile);
  Status tick(bool session_up);

  // A checkpoint that another member holds, as it stood in what that member sealed: a log that shows its members
  // different trees is found out, whatever sizes it shows to whom. Where ours is of that size, at once: false, with an
  // alarm. Else one of both must extend the other, which the log's tiles show or do not; an alarm then. One for each
  // note.
  bool compare(ByteView note, const MemberId& from);

  void hold(exchange::Promise promise, const ExchangeId& about);
  std::vector<Node::Proved> take_receipts() { return std::exchange(receipts_, {}); }
  std::size_t held() const { return held_.size(); }
  std::uint64_t proved() const { return proved_; }
  const std::string& last_note() const { return last_note_; }
  const crypto::Checkpoint& last() const { return last_; }

 private:
  struct Held {
    exchange::Promise promise;
    ExchangeId about;  // zero: nobody wants the receipt
    Duration since;
    bool alarmed = false;
  };
  struct Target {
    crypto::Checkpoint checkpoint;
    std::string note;
    std::unordered_set<std::uint64_t> planned;  // level-0 tiles whose entries can be proved
    std::vector<crypto::TileId> needed;
    std::size_t asked = 0;
    std::set<crypto::TileId> outstanding;
  };

  Status restore();
  Status begin(crypto::Checkpoint checkpoint, std::string note);
  Status plan(Target& target) const;
  Status advance();
  Status finish();
  Status check_extends(const Target& target);
  Status adopt(Target& target);
  void prove(const std::unordered_set<std::uint64_t>& planned);
  void give(Held& held);
  void alarm_late(Duration now);
  void remember(std::uint64_t size, const Digest& root);
  void split_view(std::uint64_t size, const MemberId& from, std::string_view theirs);
  void compare_with_foreign();
  Status contradiction(const std::string& what, std::string_view other_note);

  const Identity& identity_;
  std::string path_;
  const Clock& clock_;
  Alarms& alarms_;
  Out out_;
  const crypto::Suite* suite_ = nullptr;
  std::string origin_;
  std::shared_ptr<const crypto::VerifyingKey> log_key_;
  std::optional<ProofTiles> tiles_;
  crypto::Checkpoint last_;
  std::string last_note_;
  std::optional<Target> target_;
  std::string waiting_note_;               // newest that came meanwhile, or before the keys
  std::map<std::uint64_t, Digest> roots_;  // of the last verified checkpoints, by size
  std::deque<Bytes> compared_;             // notes of others that were looked at
  struct Foreign {
    std::uint64_t size = 0;
    Digest root;
    std::string note;
    MemberId from;
  };
  std::deque<Foreign> foreign_;  // of sizes that we have no root of: held to a tree of ours that is as large
  std::vector<Held> held_;
  std::vector<Node::Proved> receipts_;
  std::uint64_t proved_ = 0;
  Duration up_since_;
  bool was_up_ = false;
  Duration looked_;
};

}  // namespace steelyard::client
