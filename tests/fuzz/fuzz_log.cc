// What anyone may hand over as evidence: notes, checkpoints, receipts, public keys, proofs. A form has one text; and
// with one tree and one checkpoint ever signed, whatever verifies is about an entry of that tree.
#include <algorithm>

#include "core/crypto/checkpoint.h"
#include "core/crypto/hash.h"
#include "core/crypto/merkle.h"
#include "core/crypto/tiles.h"
#include "core/exchange/digest.h"
#include "core/exchange/promise.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/sample_log.h"

using namespace steelyard;
using fuzz::Input;
using fuzz::SampleLog;

namespace {

const SampleLog& log() {
  static const SampleLog made;
  return made;
}

void note(Input input) {
  const auto parsed = crypto::parse_note(input.text());
  if (!parsed) return;
  CHECK(crypto::format_note(*parsed) == input.text());
  const auto checkpoint = crypto::verify_checkpoint(*parsed, SampleLog::kOrigin, log().verifying);
  CHECK(!checkpoint || *checkpoint == log().checkpoint);
}

void checkpoint(Input input) {
  const auto parsed = crypto::parse_checkpoint(input.text());
  if (parsed) CHECK(crypto::format_checkpoint(*parsed) == input.text());
}

void receipt(Input input) {
  const auto parsed = exchange::parse_receipt(input.text());
  if (!parsed) return;
  CHECK(exchange::format_receipt(*parsed) == input.text());
  const exchange::ReceiptKeys keys{SampleLog::kOrigin, &log().suite, &log().verifying, {}, 0};
  const auto verdict = exchange::verify_receipt(*parsed, keys);
  if (!verdict) return;
  CHECK(parsed->index.value < SampleLog::kSize);
  CHECK(equal(parsed->body, log().bodies[parsed->index.value]));
  CHECK(verdict->checkpoint == log().checkpoint && verdict->witnessed_by.empty());
}

void public_key(Input input) {
  const auto key = crypto::public_key_from_text(input.text());
  if (!key) return;
  CHECK(crypto::to_text(*key) == input.text());
  CHECK(crypto::check_public_key(*key).has_value());
}

std::vector<Digest> digests(Input& input, std::size_t count) {
  std::vector<Digest> made;
  while (made.size() < count && !input.rest().empty()) {
    const ByteView octets = input.take(Digest::kSize);
    std::copy(octets.begin(), octets.end(), made.emplace_back().octets.begin());
  }
  return made;
}

// A path of digests out of the input, or the right one with one octet changed.
std::vector<Digest> some_path(Input& input, std::vector<Digest> right) {
  constexpr std::size_t kDigestsMax = 64;
  const auto change = input.number<std::uint8_t>();
  const auto place = input.number<std::uint16_t>();
  if (change % 2 == 0) return digests(input, kDigestsMax);
  if (!right.empty()) {
    auto& octets = right[place % right.size()].octets;
    const std::size_t at = place / right.size() % octets.size();
    octets[at] = static_cast<std::uint8_t>(octets[at] ^ change / 2);
  }
  return right;
}

// Of the log's first entries, however few; more would cost time and show no other shape.
constexpr std::uint64_t kTreeMax = 40;

const Digest& root(std::uint64_t size) {
  static const std::vector<Digest> roots = [] {
    std::vector<Digest> made;
    for (std::uint64_t n = 0; n <= kTreeMax; ++n)
      made.push_back(crypto::tree_root(log().suite, std::span(log().leaves).first(n)));
    return made;
  }();
  return roots.at(size);
}

void inclusion(Input input) {
  const auto index = input.number<std::uint64_t>() % (2 * kTreeMax);
  const std::uint64_t leaf = input.number<std::uint16_t>() % kTreeMax;
  const std::uint64_t size = input.number<std::uint16_t>() % (kTreeMax + 1);
  const std::span<const Digest> tree = std::span(log().leaves).first(size);
  const auto right = index < size ? crypto::inclusion_path(log().suite, tree, index) : std::vector<Digest>();
  const auto path = some_path(input, right);
  const auto leaf_hash = crypto::leaf_hash(log().suite, log().leaves[leaf].view());
  const bool holds = crypto::verify_inclusion(log().suite, leaf_hash, index, size, path, root(size)).has_value();
  CHECK(holds == (index < size && leaf == index && path == right));
}

void consistency(Input input) {
  const std::uint64_t size2 = input.number<std::uint16_t>() % (kTreeMax + 1);
  const std::uint64_t size1 = input.number<std::uint16_t>() % (kTreeMax + 1);
  const std::span<const Digest> all(log().leaves);
  const auto right =
      size1 <= size2 ? crypto::consistency_path(log().suite, all.first(size2), size1) : std::vector<Digest>();
  const auto path = some_path(input, right);
  const bool holds = crypto::verify_consistency(log().suite, size1, root(size1), size2, root(size2), path).has_value();
  CHECK(holds == (size1 <= size2 && path == right));
}

// Tiles of a log of any size, whose hashes are made up: a proof over them has the length that the sizes require, and
// asks for no other tiles than those named beforehand.
class MadeUpTiles final : public crypto::TileReader {
 public:
  explicit MadeUpTiles(const std::vector<crypto::TileId>& allowed) : allowed_(allowed) {}
  Result<std::vector<Digest>> tile(std::uint8_t level, std::uint64_t index, std::uint16_t width) override {
    CHECK(width >= 1 && width <= crypto::kTileWidth);
    CHECK(std::find(allowed_.begin(), allowed_.end(), crypto::TileId{level, index, width}) != allowed_.end());
    std::vector<Digest> hashes(width);
    for (std::uint16_t i = 0; i < width; ++i) {
      hashes[i].octets[0] = level;
      hashes[i].octets[1] = static_cast<std::uint8_t>(i);
      std::memcpy(hashes[i].octets.data() + 2, &index, sizeof(index));
    }
    return hashes;
  }

 private:
  const std::vector<crypto::TileId>& allowed_;
};

void check_tiles(const std::vector<crypto::TileId>& tiles, std::uint64_t size) {
  CHECK(std::is_sorted(tiles.begin(), tiles.end()));
  CHECK(std::adjacent_find(tiles.begin(), tiles.end()) == tiles.end());
  for (const auto& tile : tiles) {
    CHECK(tile.width >= 1 && tile.width <= crypto::tile_width(tile.level, tile.index, size));
    CHECK(crypto::tile_path(tile).starts_with("tile/" + std::to_string(tile.level) + "/"));
  }
}

void tiles(Input input) {
  const auto bits = input.below(65);
  const auto mask = bits == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
  const auto size = input.number<std::uint64_t>() & mask;
  const auto place = input.number<std::uint64_t>() & mask;
  check_tiles(crypto::tiles_for_root(size), size);
  const auto wanted = crypto::tiles_for_inclusion(place, size);
  CHECK(wanted.has_value() == (place < size));
  if (wanted) {
    check_tiles(*wanted, size);
    MadeUpTiles reader(*wanted);
    const auto path = crypto::inclusion_proof(log().suite, reader, place, size);
    CHECK(path.has_value() && path->size() == crypto::inclusion_path_length(place, size));
    CHECK(crypto::root_from_inclusion(log().suite, Digest{}, place, size, *path).has_value());
  }
  const auto both = crypto::tiles_for_consistency(place, size);
  CHECK(both.has_value() == (place <= size));
  if (both) {
    check_tiles(*both, size);
    MadeUpTiles reader(*both);
    CHECK(crypto::consistency_proof(log().suite, reader, place, size).has_value());
  }
}

// One cosignature was ever made: by `witness`, of this checkpoint, at one second.
const std::string& witness() {
  static const std::string name = "steelyard.test/witness";
  return name;
}

void cosigned_note(Input input) {
  const auto parsed = crypto::parse_note(input.text());
  if (!parsed) return;
  const auto time = crypto::verify_cosignature(*parsed, witness(), log().verifying);
  if (!time) return;
  CHECK(parsed->text == crypto::format_checkpoint(log().checkpoint));
  CHECK(*time == SampleLog::kCosignedAt);
}

// The text is the right one, the signature is made up, or the right one with an octet changed.
void lone_cosignature(Input input) {
  static const crypto::NoteSignature right =
      crypto::cosign(crypto::format_checkpoint(log().checkpoint), witness(), log().key, SampleLog::kCosignedAt);
  crypto::NoteSignature some = right;
  const auto change = input.number<std::uint8_t>();
  if (change % 2 == 0) {
    const std::size_t at = input.below(static_cast<std::size_t>(right.signature.size()));
    some.signature[at] = static_cast<std::uint8_t>(some.signature[at] ^ change / 2);
  } else {
    const ByteView key = input.take(some.key.size());
    std::copy(key.begin(), key.end(), some.key.begin());
    some.name = as_text(input.take(change / 2));
    some.signature = to_bytes(input.rest());
  }
  const auto time =
      crypto::verify_cosignature(crypto::format_checkpoint(log().checkpoint), some, witness(), log().verifying);
  CHECK(time.has_value() == (some == right));
  CHECK(!time || *time == SampleLog::kCosignedAt);
}

constexpr void (*kReaders[])(Input) = {note,        checkpoint, receipt,       public_key,      inclusion,
                                       consistency, tiles,      cosigned_note, lone_cosignature};

}  // namespace

FUZZ(input) { fuzz::choose(input, kReaders); }
