#include "core/crypto/merkle.h"
#include "core/exchange/digest.h"
#include "core/provenance/log_check.h"
#include "core/store/key.h"

namespace steelyard::provenance {
namespace {

using schemas::EntryKind;

std::string entry_name(LogIndex index) { return "entry " + std::to_string(index.value); }

}  // namespace

Status LogCheck::walk_entries() {
  if (auto wanted = roots_.find(0); wanted != roots_.end()) wanted->second = frontier_.root();
  TRY_ASSIGN(store::Cursor rows, txn_.cursor(tables_.entries));
  TRY_ASSIGN(bool row, rows.first());
  std::uint64_t next = 0;
  while (row) {
    const auto number = store::integer_of<std::uint64_t>(rows.key());
    if (!number) {
      find("entry-malformed", std::nullopt, "a row of entries has a key that is no index");
      tree_broken_ = true;
      break;
    }
    if (*number != next) {
      find("entry-missing", LogIndex(next),
           entry_name(LogIndex(next)) + " is missing, the next one is " + std::to_string(*number));
      tree_broken_ = true;
      if (open_) open_->whole = false;
    }
    const LogIndex index(*number);
    next = *number + 1;
    report_.entries = next;
    if (auto entry = entry_from_row(index, rows.value())) {
      TRY(check_entry(*entry));
    } else {
      find("entry-malformed", index, entry.error().what);
      tree_broken_ = true;
      if (open_) open_->whole = false;
    }
    TRY_ASSIGN(row, rows.next());
  }
  if (open_) mention("bundles", open_->record.first.value + open_->record.positions.size() - 1);
  if (!tree_broken_) report_.root = frontier_.root();
  return {};
}

Status LogCheck::check_entry(const StoredEntry& entry) {
  TRY(add_leaf(entry));
  if (entry.body.empty()) {
    ++report_.dropped;
    check_place(entry, nullptr);
    return {};
  }
  if (exchange::entry_commitment(suite_, entry.salt, entry.body) != entry.commitment) {
    find("entry-body-changed", entry.index,
         entry_name(entry.index) + ": its body, salt or commitment was changed: the commitment does not fit");
    check_place(entry, nullptr);
    return {};
  }
  const auto body = exchange::decode_entry(entry.body);
  if (!body) {
    find("entry-malformed", entry.index, entry_name(entry.index) + ": " + body.error().what);
    check_place(entry, nullptr);
    return {};
  }
  if (body->kind == EntryKind::kRequest || (body->kind == EntryKind::kRefusal && body->related == kNoIndex))
    ++report_.exchanges;
  check_order(entry, *body);
  // The author's key is looked up as of the bundle's first entry, so its statements may be folded before or after; the
  // genesis brings the key that its own bundle is signed with, so: before.
  if (body->kind == EntryKind::kStatement) TRY(check_statement(entry.index, *body));
  check_place(entry, &*body);
  TRY(check_related(entry.index, *body));
  check_event(entry, *body);
  if (body->kind == EntryKind::kReceived && body->related == kNoIndex) return check_handover(entry.index, *body);
  return {};
}

void LogCheck::check_order(const StoredEntry& entry, const exchange::EntryBody& body) {
  const auto wrong = [&](const std::string& what) {
    find("entries-out-of-order", entry.index, entry_name(entry.index) + " stands in the wrong place: " + what);
  };
  if (body.time < last_time_) wrong("its time is before that of an entry in front of it");
  last_time_ = body.time;
  if (body.kind == EntryKind::kStatement) {
    if (body.related != last_statement_) wrong("the statement before it is not the one that it names");
  } else if (body.epoch != kNoIndex && (last_statement_ == kNoIndex || body.epoch > last_statement_)) {
    wrong("it was decided under a statement that stands behind it");
  }
}

Status LogCheck::check_related(LogIndex index, const exchange::EntryBody& body) {
  if (body.kind != EntryKind::kAnswer && (body.kind != EntryKind::kRefusal || body.related == kNoIndex)) return {};
  const auto wrong = [&](const std::string& what) {
    find("related-wrong", index, entry_name(index) + " " + what);
    return Status();
  };
  if (body.related >= index) return wrong("closes an exchange that does not stand before it");
  const auto request = read_entry(txn_, tables_, body.related);
  if (!request || !*request || (*request)->body.empty()) return {};  // a finding of its own, or dropped
  const auto opened = exchange::decode_entry((*request)->body);
  if (!opened) return {};
  if (opened->kind != EntryKind::kRequest || (body.kind == EntryKind::kAnswer && opened->id != body.id))
    return wrong("closes entry " + std::to_string(body.related.value) + ", which is not its request");
  if (closed_.size() <= index.value) closed_.resize(index.value + 1);
  if (closed_[body.related.value])
    return wrong("closes entry " + std::to_string(body.related.value) + ", which was closed before");
  closed_[body.related.value] = true;
  return {};
}

Status LogCheck::check_statement(LogIndex index, const exchange::EntryBody& body) {
  ++report_.statements;
  last_statement_ = index;
  const auto whole = read_chunks(txn_, tables_.statements, index.value);
  if (!whole) {
    find("statement-changed", index, whole.error().what);
    return {};
  }
  if (!*whole) {
    find("statement-missing", index, entry_name(index) + " records a statement that is not there");
    return {};
  }
  const auto bytes = statement_from_row(index, **whole);
  if (!bytes || exchange::message_digest(suite_, schemas::MessageKind::kStatement, bytes->document,
                                         bytes->signatures) != body.digest) {
    find("statement-changed", index, entry_name(index) + " records another statement than the one that is kept");
    return {};
  }
  if (auto folded = registry_.apply(*bytes, index, body.time); !folded) {
    find("statement-refused", index,
         "the statement of " + entry_name(index) + " does not stand: " + folded.error().what);
    return {};
  }
  if (index.value != 0) return {};
  report_.origin = registry_.origin();
  if (options_.pinned_genesis && registry_.network() != *options_.pinned_genesis)
    find("genesis-not-pinned", index, "the genesis statement is not the pinned one: this is another network's log");
  return {};
}

// That the digests are those of the Received message cannot be told any more: its other octets are not kept.
Status LogCheck::check_handover(LogIndex index, const exchange::EntryBody& body) {
  const auto whole = read_chunks(txn_, tables_.handovers, index.value);
  const auto answers =
      whole && *whole ? handover_from_row(index, **whole) : Result<std::vector<Digest>>(std::vector<Digest>());
  if (!whole || !answers || answers->size() != body.count)
    find("handover-changed", index,
         entry_name(index) + " records a hand-over of " + std::to_string(body.count) +
             " answers, but another number of digests is kept");
  return {};
}

Status LogCheck::add_leaf(const StoredEntry& entry) {
  if (tree_broken_) return {};
  std::vector<crypto::Frontier::Node> completed;
  frontier_.append(crypto::leaf_hash(suite_, entry.commitment.view()), completed);
  for (const auto& node : completed)
    if (node.level > 0 && node.level % crypto::kTileHeight == 0 && !hash_row_found_) TRY(check_hash_row(node));
  if (auto wanted = roots_.find(frontier_.size()); wanted != roots_.end()) wanted->second = frontier_.root();
  return {};
}

// Rows of higher levels differ with those below: the first is named.
Status LogCheck::check_hash_row(const crypto::Frontier::Node& node) {
  const auto level = static_cast<std::uint8_t>(node.level / crypto::kTileHeight);
  TRY_ASSIGN(const auto row, txn_.get(tables_.hashes, store::key_of(level, node.index)));
  if (row && equal(*row, node.hash.view())) return {};
  hash_row_found_ = true;
  const std::uint64_t first = node.index << node.level;
  const std::uint64_t last = ((node.index + 1) << node.level) - 1;
  find("hash-row-differs", LogIndex(first),
       "entries " + std::to_string(first) + " to " + std::to_string(last) +
           " are not those that the log hashed when it recorded them: replaced, or in another order");
  return {};
}

}  // namespace steelyard::provenance
