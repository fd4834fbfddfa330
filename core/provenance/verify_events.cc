// What the log says of events and subscriptions, and whether the rows kept of them say the same.
#include "core/exchange/digest.h"
#include "core/provenance/log_check.h"
#include "core/store/key.h"

namespace steelyard::provenance {
namespace {

using schemas::EntryKind;

std::string entry_name(LogIndex index) { return "entry " + std::to_string(index.value); }

}  // namespace

// Follows starts and stops, and which event was each stream's last. Where bodies were dropped, it cannot be told what
// they started.
void LogCheck::check_event(const StoredEntry& entry, const exchange::EntryBody& body) {
  const bool subscribes = body.action == schemas::Action::kSubscribe;
  switch (body.kind) {
    case EntryKind::kAnswer:
      if (subscribes && body.verdict == 0) standing_[body.related] = {body.id, entry.index};
      return;
    case EntryKind::kStop:
      if (standing_.erase(body.related) == 0 && report_.dropped == 0)
        find("related-wrong", entry.index, entry_name(entry.index) + " stops a subscription that did not stand");
      return;
    case EntryKind::kEvent: {
      const exchange::Registry::Subject* dataset = registry_.subject_at(body.dataset);
      if (dataset != nullptr) last_event_[dataset->subject] = entry.index;
      if (body.related != kNoIndex && body.related >= entry.index)
        find("related-wrong", entry.index, entry_name(entry.index) + " is for a subscription that stands behind it");
      return;
    }
    case EntryKind::kReceived:
      if (body.related != kNoIndex && body.related >= entry.index)
        find("related-wrong", entry.index, entry_name(entry.index) + " acknowledges what stands behind it");
      return;
    default: return;
  }
}

Status LogCheck::check_event_tables() {
  if (!tables_.events) return {};
  TRY(check_spool());
  TRY(check_streams());
  return check_subscriptions();
}

// A row that is missing is no fault: what nobody may be given any more is erased.
Status LogCheck::check_spool() {
  TRY_ASSIGN(store::Cursor rows, txn_.cursor(tables_.spool));
  TRY_ASSIGN(bool row, rows.first());
  while (row) {
    if (rows.key().size() != 10) {
      find("row-malformed", std::nullopt, "a row of `spool` has a key of another length");
      return {};
    }
    const LogIndex index(get_be<std::uint64_t>(rows.key().data()));
    if (index.value >= report_.entries) {
      mention("spool", index.value);
      return {};
    }
    const auto whole = read_chunks(txn_, tables_.spool, index.value);
    const auto kept = whole && *whole ? spool_from_row(index, **whole)
                                      : Result<SpoolRow>(fail(bad_row("spool", index.value, "it cannot be read")));
    const auto entry = read_entry(txn_, tables_, index);
    if (entry && *entry && !(*entry)->body.empty()) {
      const auto body = exchange::decode_entry((*entry)->body);
      if (!kept || (body && (body->kind != EntryKind::kEvent ||
                             body->digest != exchange::message_digest(suite_, schemas::MessageKind::kEvent,
                                                                      *kept->envelope, *kept->payload))))
        find("event-changed", index, "the event kept for " + entry_name(index) + " is not the one recorded there");
    }
    TRY_ASSIGN(row, rows.seek(store::key_of(index.value + 1)));
  }
  return {};
}

Status LogCheck::check_streams() {
  TRY_ASSIGN(store::Cursor rows, txn_.cursor(tables_.streams));
  TRY_ASSIGN(bool row, rows.first());
  std::map<std::string, LogIndex> missing = last_event_;
  while (row) {
    if (const auto stream = stream_from_row(rows.key(), rows.value()); !stream) {
      find("row-malformed", std::nullopt, stream.error().what);
    } else if (stream->index.value >= report_.entries) {
      mention("streams", stream->index.value);
      missing.erase(stream->dataset.text);
    } else {
      const auto last = last_event_.find(stream->dataset.text);
      if (last == last_event_.end() ? report_.dropped == 0 : last->second != stream->index)
        find("stream-differs", stream->index,
             "what is kept of the events of `" + stream->dataset.text + "` is not what the log says");
      missing.erase(stream->dataset.text);
    }
    TRY_ASSIGN(row, rows.next());
  }
  for (const auto& [dataset, index] : missing)
    find("stream-differs", index, "nothing is kept of the events of `" + dataset + "`, which the log has");
  return {};
}

Status LogCheck::check_subscriptions() {
  TRY_ASSIGN(store::Cursor rows, txn_.cursor(tables_.subscriptions));
  TRY_ASSIGN(bool row, rows.first());
  std::map<LogIndex, Standing> missing = standing_;
  while (row) {
    if (const auto kept = subscription_from_row(rows.key(), rows.value()); !kept) {
      find("row-malformed", std::nullopt, kept.error().what);
    } else if (const LogIndex last = std::max(kept->answer, kept->position); last.value >= report_.entries) {
      mention("subscriptions", last.value);
      missing.erase(kept->request);
    } else {
      const auto standing = standing_.find(kept->request);
      const bool same = standing == standing_.end()
                            ? report_.dropped > 0
                            : standing->second.id == kept->id && standing->second.answer == kept->answer;
      if (!same || kept->position < kept->answer)
        find("subscription-differs", kept->request,
             "what is kept of the subscription of " + entry_name(kept->request) + " is not what the log says");
      missing.erase(kept->request);
    }
    TRY_ASSIGN(row, rows.next());
  }
  for (const auto& [request, standing] : missing)
    find("subscription-differs", request,
         "the subscription of " + entry_name(request) + " stands, and nothing is kept of it");
  return {};
}

}  // namespace steelyard::provenance
