#include "core/provenance/head_file.h"

#include "core/base/invariant.h"
#include "core/base/limits.h"
#include "core/store/durable_file.h"
#include "schemas/errors.h"

namespace steelyard::provenance {
namespace {

constexpr unsigned kHeadMode = 0644;  // a checkpoint is public

tl::unexpected<Error> contradicts(std::string what) {
  return fail(ErrorKind::kStop, std::move(what), schemas::code::head_contradicts);
}

}  // namespace

Status HeadFile::write(const std::string& note) const {
  if (auto written = store::write_file_durably(path_, as_bytes(note), kHeadMode); !written)
    return fail(ErrorKind::kStop, "writing the head file: " + written.error().what, schemas::code::store_failed);
  return {};
}

Result<HeadFile::Held> HeadFile::read(const crypto::VerifyingKey& log_key) const {
  const auto octets = store::read_file(path_, limits::kNoteBytesMax);
  if (!octets) return contradicts("the head file cannot be read: " + octets.error().what);
  Held held;
  held.note = std::string(as_text(*octets));
  auto checkpoint = crypto::verify_checkpoint(held.note, origin_, log_key);
  if (!checkpoint)
    return contradicts("the head file " + path_ + " is no checkpoint of log " + origin_ + ": " +
                       checkpoint.error().what);
  held.checkpoint = std::move(*checkpoint);
  return held;
}

// INVARIANT(head-monotonic)
Status check_extends(const LogStore& store, const crypto::Checkpoint& held) {
  if (held.size > store.size()) {
    if (!INVARIANT_HOLDS(head_monotonic, false))
      return contradicts("the log has " + std::to_string(store.size()) + " entries, but its signed checkpoint says " +
                         std::to_string(held.size) + ": an older copy was restored or its end is missing");
    return {};
  }
  StoreTiles tiles(store);
  TRY_ASSIGN(const Digest root, crypto::tree_hash(store.suite(), tiles, held.size));
  if (!INVARIANT_HOLDS(head_monotonic, root == held.root))
    return contradicts("the log's tree at " + std::to_string(held.size) + " of its " + std::to_string(store.size()) +
                       " entries is not the one that its signed checkpoint names");
  return {};
}

}  // namespace steelyard::provenance
