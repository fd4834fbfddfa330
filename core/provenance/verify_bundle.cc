#include <algorithm>

#include "core/crypto/merkle.h"
#include "core/exchange/bundle.h"
#include "core/provenance/log_check.h"

namespace steelyard::provenance {
namespace {

using schemas::EntryKind;

// What a member said stands in the log with its author's signature; what the broker added does not.
bool needs_author(const exchange::EntryBody& body) {
  switch (body.kind) {
    case EntryKind::kRequest:
    case EntryKind::kAnswer:
    case EntryKind::kReceived:
    case EntryKind::kEvent: return true;
    case EntryKind::kRefusal: return body.related == kNoIndex;
    case EntryKind::kStatement:  // the genesis came with none, and a statement's own signatures count
    case EntryKind::kRejections:
    case EntryKind::kStop: return false;
  }
  return false;
}

}  // namespace

// `body` is null where it is dropped or does not hold: its bundle can then not be rebuilt.
void LogCheck::check_place(const StoredEntry& entry, const exchange::EntryBody* body) {
  const auto wrong = [&](const std::string& what) {
    find("entries-out-of-order", entry.index,
         "entry " + std::to_string(entry.index.value) + " stands in the wrong place: " + what);
    if (open_) open_->whole = false;
  };
  // Behind a gap the open bundle is over.
  if (open_ && entry.index.value - open_->record.first.value >= open_->record.positions.size()) open_.reset();
  // Entries of one bundle are contiguous: where the open one should go on, this is its place.
  if (entry.bundle == kNoBundle) {
    if (open_) {
      wrong("it divides the entries of bundle " + std::to_string(open_->record.number.value));
    } else if (body != nullptr && needs_author(*body)) {
      find(
          "author-missing", entry.index,
          "entry " + std::to_string(entry.index.value) + " says what a member sent, without the bundle that it signed");
    }
  } else if (open_ && open_->record.number != entry.bundle) {
    wrong("it divides the entries of bundle " + std::to_string(open_->record.number.value));
  } else if (!open_) {
    if (last_bundle_ != kNoBundle && entry.bundle <= last_bundle_)
      return wrong("bundle " + std::to_string(entry.bundle.value) + " has ended before it");
    open_bundle(entry);
  }
  if (!open_) return;
  const std::uint64_t n = entry.index.value - open_->record.first.value;
  if (entry.bundle == open_->record.number && open_->record.positions[n] != entry.position)
    wrong("position " + std::to_string(entry.position) + " of bundle " + std::to_string(entry.bundle.value) +
          " does not belong there");
  if (body == nullptr) {
    open_->whole = false;
  } else if (entry.position < open_->digests.size()) {
    open_->digests[entry.position] = body->digest;
  }
  if (n + 1 >= open_->record.positions.size()) close_bundle();
}

void LogCheck::open_bundle(const StoredEntry& entry) {
  auto record = read_bundle(txn_, tables_, entry.bundle);
  const std::string name = "bundle " + std::to_string(entry.bundle.value);
  if (!record || !*record) {
    find("bundle-missing", entry.index,
         record ? name + ", which entry " + std::to_string(entry.index.value) + " names, is missing"
                : record.error().what);
    return;
  }
  const BundleRecord& found = **record;
  const std::uint64_t n = entry.index.value - found.first.value;
  if (found.first > entry.index || n >= found.positions.size()) {
    find("entries-out-of-order", entry.index,
         "entry " + std::to_string(entry.index.value) + " stands in the wrong place: " + name + " begins at entry " +
             std::to_string(found.first.value) + " and made " + std::to_string(found.positions.size()));
    return;
  }
  ++report_.bundles;
  last_bundle_ = entry.bundle;
  open_ = OpenBundle{std::move(**record), {}, true};
  open_->digests.resize(open_->record.size);
  if (n > 0) {
    find("entries-out-of-order", open_->record.first,
         "entry " + std::to_string(open_->record.first.value) + " is not the first of " + name);
    open_->whole = false;
  }
}

void LogCheck::close_bundle() {
  OpenBundle bundle = std::move(*open_);
  open_.reset();
  if (!bundle.whole) return;
  auto other = bundle.record.others.begin();
  for (std::uint16_t i = 0; i < bundle.record.size; ++i)
    if (!std::binary_search(bundle.record.positions.begin(), bundle.record.positions.end(), i))
      bundle.digests[i] = *other++;
  check_author(bundle);
}

void LogCheck::check_author(const OpenBundle& bundle) {
  const BundleRecord& record = bundle.record;
  const std::string name = "bundle " + std::to_string(record.number.value) + " of " + record.author.text +
                           ", from entry " + std::to_string(record.first.value) + " on";
  const exchange::MemberRecord* member = registry_.member(record.author);
  const exchange::RegisteredKey* key = member == nullptr ? nullptr : member->key(record.key);
  if (key == nullptr || key->use != schemas::KeyUse::kMessage || !key->valid_at(record.first)) {
    find("author-key-unknown", record.first, name + ": its key was not the member's message key then");
    return;
  }
  if (!exchange::verify_bundle_signature(suite_, registry_.empty() ? report_.origin : registry_.origin(), record.author,
                                         *key->verifying, record.size, crypto::tree_root(suite_, bundle.digests),
                                         record.signature))
    find("author-signature-wrong", record.first,
         name + ": what stands in the log is not what the author signed, or the signature was changed");
}

}  // namespace steelyard::provenance
