#include "core/client/witness.h"

#include <algorithm>
#include <utility>

#include "core/base/invariant.h"
#include "core/base/limits.h"
#include "core/base/outside_limits.h"
#include "core/crypto/checkpoint.h"
#include "core/crypto/merkle.h"
#include "core/exchange/digest.h"
#include "core/store/durable_file.h"
#include "schemas/errors.h"

namespace steelyard::client {
namespace {

constexpr Duration kLookEvery = milliseconds(200);
constexpr std::size_t kRootsMax = 256;     // some minutes of checkpoints
constexpr std::size_t kComparedMax = 16;   // members repeat the note they hold in every answer
constexpr std::size_t kEvidenceMax = 100;  // promises listed in one evidence file

Duration between(Duration from, Duration to) { return {to.us - from.us}; }

std::string describe(const exchange::Promise& promise) {
  return "index " + std::to_string(promise.index.value) + "\nreceived " + to_rfc3339(promise.received) + "\nsalt " +
         to_hex(promise.salt.view()) + "\nbody " + to_hex(promise.body) + "\n";
}

}  // namespace

Status Witness::use_keys(const exchange::Registry& registry) {
  const auto* key = registry.broker_key(schemas::KeyUse::kLog);
  if (key == nullptr || key->verifying == nullptr)
    return fail(schemas::error_of(schemas::code::unknown_key, "the registry has no log key"));
  const bool first = log_key_ == nullptr;
  suite_ = &registry.suite();
  origin_ = registry.origin();
  log_key_ = key->verifying;
  if (!first) return {};
  tiles_.emplace(*suite_);
  TRY(restore());
  if (waiting_note_.empty()) return {};
  const std::string note = std::exchange(waiting_note_, {});
  return on_checkpoint(as_bytes(note));
}

Status Witness::restore() {
  if (path_.empty()) return {};
  TRY_ASSIGN(const bool there, store::exists(path_));
  if (!there) return {};
  TRY_ASSIGN(const Bytes note, store::read_file(path_, limits::kNoteBytesMax));
  auto checkpoint = crypto::verify_checkpoint(as_text(note), origin_, *log_key_);
  if (!checkpoint) return fail(std::move(checkpoint).error().in(path_));
  last_ = std::move(*checkpoint);
  roots_[last_.size] = last_.root;
  last_note_ = as_text(note);
  return {};
}

Status Witness::on_session() {
  if (identity_.cosign_key && !last_note_.empty()) out_.cosign({to_bytes(as_bytes(last_note_))});
  if (!target_) return {};
  target_->asked = 0;
  target_->outstanding.clear();
  return advance();
}

Status Witness::on_checkpoint(ByteView note) {
  if (log_key_ == nullptr || target_) {
    waiting_note_ = as_text(note);
    return {};
  }
  auto checkpoint = crypto::verify_checkpoint(as_text(note), origin_, *log_key_);
  if (!checkpoint) {
    alarms_.raise("checkpoint-unsigned",
                  "a checkpoint that the log's key did not sign was pushed: " + checkpoint.error().what, as_text(note));
    return {};
  }
  if (checkpoint->size == last_.size && !last_note_.empty() && checkpoint->root == last_.root) return {};
  return begin(std::move(*checkpoint), std::string(as_text(note)));
}

Status Witness::begin(crypto::Checkpoint checkpoint, std::string note) {
  if (!last_note_.empty() &&
      !INVARIANT_HOLDS(head_monotonic, checkpoint.size > last_.size ||
                                           (checkpoint.size == last_.size && checkpoint.root == last_.root)))
    return contradiction("a checkpoint of size " + std::to_string(checkpoint.size) +
                             " does not extend the one of size " + std::to_string(last_.size),
                         note);
  Target target;
  target.checkpoint = std::move(checkpoint);
  target.note = std::move(note);
  tiles_->begin(target.checkpoint.size);
  TRY(plan(target));
  target_ = std::move(target);
  return advance();
}

// One representative per level-0 tile: its neighbours' paths lie in the same tiles.
Status Witness::plan(Target& target) const {
  const std::uint64_t size = target.checkpoint.size;
  std::set<crypto::TileId> needed;
  if (last_.size > 0 && last_.size < size) {
    TRY_ASSIGN(const auto tiles, crypto::tiles_for_consistency(last_.size, size));
    needed.insert(tiles.begin(), tiles.end());
  }
  for (const auto& foreign : foreign_) {
    if (foreign.size == 0 || foreign.size >= size) continue;
    TRY_ASSIGN(const auto tiles, crypto::tiles_for_consistency(foreign.size, size));
    needed.insert(tiles.begin(), tiles.end());
  }
  for (const auto& held : held_) {
    const std::uint64_t index = held.promise.index.value;
    const std::uint64_t tile = index / crypto::kTileWidth;
    if (index >= size || !target.planned.insert(tile).second) continue;
    TRY_ASSIGN(const auto tiles, crypto::tiles_for_inclusion(index, size));
    needed.insert(tiles.begin(), tiles.end());
    needed.insert({0, tile, crypto::tile_width(0, tile, size)});  // not part of the path where its width is 1
  }
  for (const auto& id : needed)
    if (!tiles_->has(id)) target.needed.push_back(id);
  return {};
}

Status Witness::advance() {
  Target& target = *target_;
  while (target.asked < target.needed.size() && target.outstanding.size() < kOutstandingMax) {
    const auto& id = target.needed[target.asked++];
    if (tiles_->has(id)) continue;
    target.outstanding.insert(id);
    out_.tile({id.level, id.index, id.width});
  }
  if (target.asked < target.needed.size() || !target.outstanding.empty()) return {};
  return finish();
}

Status Witness::on_tile(schemas::Tile tile) {
  if (!target_) return {};
  const crypto::TileId id{tile.level, tile.index, tile.width};
  if (target_->outstanding.erase(id) == 0 || tile.hashes.size() != tile.width) return {};
  tiles_->put(id, std::move(tile.hashes));
  return advance();
}

Status Witness::check_extends(const Target& target) {
  if (last_.size == 0 || target.checkpoint.size == last_.size) return {};
  auto proof = crypto::consistency_proof(*suite_, *tiles_, last_.size, target.checkpoint.size);
  const bool holds = proof && crypto::verify_consistency(*suite_, last_.size, last_.root, target.checkpoint.size,
                                                         target.checkpoint.root, *proof);
  if (INVARIANT_HOLDS(head_monotonic, holds)) return {};
  return contradiction("the checkpoint of size " + std::to_string(target.checkpoint.size) +
                           " does not extend the one of size " + std::to_string(last_.size),
                       target.note);
}

Status Witness::finish() {
  Target target = std::move(*target_);
  target_.reset();
  TRY(check_extends(target));
  if (target.checkpoint.size > last_.size || last_note_.empty()) TRY(adopt(target));
  prove(target.planned);
  compare_with_foreign();
  if (waiting_note_.empty()) return {};
  const std::string note = std::exchange(waiting_note_, {});
  return on_checkpoint(as_bytes(note));
}

// Kept before it is said: what this witness has vouched for must bind it after a restart too.
Status Witness::adopt(Target& target) {
  auto note = crypto::parse_note(target.note);
  if (!note) return fail(std::move(note).error().in("a verified checkpoint"));
  std::erase_if(note->signatures, [&](const crypto::NoteSignature& s) { return s.name != origin_; });
  if (identity_.cosign_key)
    note->signatures.push_back(crypto::cosign(note->text, identity_.member.text, *identity_.cosign_key, clock_.wall()));
  std::string octets = crypto::format_note(*note);
  if (!path_.empty()) TRY(store::write_file_durably(path_, as_bytes(octets), 0600));
  last_ = target.checkpoint;
  remember(last_.size, last_.root);
  last_note_ = std::move(octets);
  if (identity_.cosign_key) out_.cosign({to_bytes(as_bytes(last_note_))});
  return {};
}

void Witness::prove(const std::unordered_set<std::uint64_t>& planned) {
  std::unordered_set<std::uint64_t> settled;  // level-0 tiles of which one path was verified
  std::vector<Held> later;
  for (auto& held : held_) {
    const std::uint64_t index = held.promise.index.value;
    const std::uint64_t tile = index / crypto::kTileWidth;
    if (index >= last_.size || planned.count(tile) == 0) {
      later.push_back(std::move(held));
      continue;
    }
    const exchange::Promise& promise = held.promise;
    const auto commitment =
        promise.commitment ? *promise.commitment : exchange::entry_commitment(*suite_, promise.salt, promise.body);
    const Digest leaf = crypto::leaf_hash(*suite_, commitment.view());
    // The path hashes every leaf of the tile but its own: that one must be compared, or another promise of the same
    // index would be settled by a leaf that nobody hashed.
    bool holds = *tiles_->leaf(index) == leaf;
    if (holds && settled.count(tile) == 0) {
      holds = crypto::verify_inclusion(*suite_, leaf, index, last_.size, tiles_->path(index), last_.root).has_value();
      if (holds) settled.insert(tile);
    }
    if (holds)
      give(held);
    else
      alarms_.raise("log-contradicts", "the log does not hold what was promised at index " + std::to_string(index),
                    describe(held.promise) + "\n" + last_note_);
  }
  held_ = std::move(later);
}

void Witness::give(Held& held) {
  ++proved_;
  if (held.about.is_zero()) return;
  auto path = tiles_->path(held.promise.index.value);
  receipts_.push_back(
      {held.about, {held.promise.index, held.promise.salt, std::move(held.promise.body), std::move(path), last_note_}});
}

bool Witness::compare(ByteView note, const MemberId& from) {
  if (log_key_ == nullptr || note.empty()) return true;
  for (const auto& known : compared_)
    if (equal(known, note)) return true;
  const auto checkpoint = crypto::verify_checkpoint(as_text(note), origin_, *log_key_);
  if (!checkpoint) return true;         // not the log's word, so it says nothing about the log
  compared_.push_back(to_bytes(note));  // one alarm for each note
  if (compared_.size() > kComparedMax) compared_.pop_front();
  const auto ours = roots_.find(checkpoint->size);
  if (ours != roots_.end()) {
    if (ours->second == checkpoint->root) return true;
    split_view(checkpoint->size, from, as_text(note));
    return false;
  }
  for (const Foreign& other : foreign_)
    if (other.size == checkpoint->size && other.root == checkpoint->root) return true;
  if (foreign_.size() == limits::kForeignTreesMax) foreign_.pop_front();
  foreign_.push_back({checkpoint->size, checkpoint->root, std::string(as_text(note)), from});
  return true;
}

void Witness::remember(std::uint64_t size, const Digest& root) {
  roots_[size] = root;
  if (roots_.size() > kRootsMax) roots_.erase(roots_.begin());
}

// Held to the tree that was verified last, out of its tiles. One whose tiles are not here, for it came after they were
// asked for, waits for the next look; one that is larger, until we have seen as much.
void Witness::compare_with_foreign() {
  std::deque<Foreign> later;
  for (Foreign& foreign : foreign_) {
    if (foreign.size > last_.size) {
      later.push_back(std::move(foreign));
      continue;
    }
    bool holds = false;
    if (foreign.size == last_.size) {
      holds = foreign.root == last_.root;
    } else {
      const auto proof = crypto::consistency_proof(*suite_, *tiles_, foreign.size, last_.size);
      if (!proof) {
        later.push_back(std::move(foreign));
        continue;
      }
      const Digest root = foreign.size == 0 ? crypto::empty_root(*suite_) : foreign.root;
      holds = root == foreign.root &&
              crypto::verify_consistency(*suite_, foreign.size, root, last_.size, last_.root, *proof).has_value();
    }
    if (holds)
      remember(foreign.size, foreign.root);
    else
      split_view(foreign.size, foreign.from, foreign.note);
  }
  foreign_ = std::move(later);
}

void Witness::split_view(std::uint64_t size, const MemberId& from, std::string_view theirs) {
  alarms_.raise("log-contradicts",
                "the log showed `" + from.text + "` a tree of " + std::to_string(size) +
                    " entries that is not ours of " + std::to_string(last_.size),
                last_note_ + "\n" + std::string(theirs));
}

void Witness::hold(exchange::Promise promise, const ExchangeId& about) {
  held_.push_back({std::move(promise), about, clock_.monotonic(), false});
}

Status Witness::tick(bool session_up) {
  const Duration now = clock_.monotonic();
  if (session_up && !was_up_) up_since_ = now;
  was_up_ = session_up;
  if (!session_up || between(looked_, now) < kLookEvery) return {};
  looked_ = now;
  alarm_late(now);
  if (target_ || last_note_.empty()) return {};
  // Promises, and checkpoints of others, that came after the one that covers them: no other need follow.
  const bool covered = std::any_of(held_.begin(), held_.end(), [&](const Held& held) {
    return held.promise.index.value < last_.size && between(held.since, now) >= kLookEvery;
  });
  const bool foreign =
      std::any_of(foreign_.begin(), foreign_.end(), [&](const Foreign& other) { return other.size <= last_.size; });
  return covered || foreign ? begin(last_, last_note_) : Status{};
}

// While the broker is away nothing can be proved; its time counts from when it is back.
void Witness::alarm_late(Duration now) {
  std::string evidence;
  std::size_t late = 0;
  for (auto& held : held_) {
    if (held.alarmed || between(std::max(held.since, up_since_), now) <= limits::kPromiseWithin) continue;
    held.alarmed = true;
    if (++late <= kEvidenceMax) evidence += describe(held.promise) + "\n";
  }
  if (late == 0) return;
  alarms_.raise("promise-unproved",
                std::to_string(late) + " promises could not be proved within " +
                    std::to_string(limits::kPromiseWithin.us / 1'000'000) + " s, the log's last checkpoint has size " +
                    std::to_string(last_.size),
                evidence + last_note_);
}

Status Witness::contradiction(const std::string& what, std::string_view other_note) {
  target_.reset();
  alarms_.raise("log-contradicts", what, last_note_ + "\n" + std::string(other_note));
  return fail(schemas::error_of(schemas::code::head_contradicts, what));
}

}  // namespace steelyard::client
