#include "broker/log_draft.h"

#include <algorithm>

#include "core/base/check.h"
#include "core/base/limits.h"
#include "core/exchange/digest.h"

namespace steelyard::broker {

LogDraft::LogDraft(const provenance::Recovered& recovered, std::function<void(std::span<std::uint8_t>)> random)
    : random_(std::move(random)),
      next_(recovered.size),
      committed_(recovered.size),
      next_bundle_(recovered.next_bundle),
      last_time_(recovered.last_time) {
  open_part();
}

void LogDraft::open_part() {
  Part& part = parts_.emplace_back();
  part.batch.number = next_batch_++;
  part.batch.first = next_;
  part.batch.entries.reserve(usual_entries_);
  part.batch.once.reserve(usual_entries_);
  part.waiting.reserve(usual_entries_);
}

void LogDraft::make_room(std::size_t messages) {
  CHECK(!bundle_);
  const provenance::Batch& batch = parts_.back().batch;
  // Each message makes an entry and a row of `once` at most; the bundle makes one record.
  const bool full = batch.records() + 2 * messages + 1 > limits::kCommitRecordsMax;
  if (!batch.empty() && (full || parts_.back().spooled >= limits::kSpooledPerCommit)) open_part();
}

void LogDraft::begin_bundle(const exchange::VerifiedBundle& bundle) {
  CHECK(!bundle_);
  bundle_ = BundleInHand{&bundle, next_bundle_, kNoIndex, {}};
}

void LogDraft::end_bundle() {
  CHECK(bundle_);
  if (!bundle_->positions.empty()) {
    const exchange::VerifiedBundle& bundle = *bundle_->bundle;
    provenance::BundleRecord record;
    record.number = bundle_->number;
    record.author = bundle.author;
    record.key = bundle.key;
    record.signature = bundle.signature;
    record.size = static_cast<std::uint16_t>(bundle.digests.size());
    record.first = bundle_->first;
    record.positions = std::move(bundle_->positions);
    auto made_entry = record.positions.begin();
    for (std::size_t i = 0; i < bundle.digests.size(); ++i) {
      if (made_entry != record.positions.end() && *made_entry == i)
        ++made_entry;
      else
        record.others.push_back(bundle.digests[i]);
    }
    parts_.back().batch.bundles.push_back(std::move(record));
    next_bundle_ = provenance::BundleNumber(next_bundle_.value + 1);
  }
  bundle_.reset();
}

Written LogDraft::add_of_bundle(const exchange::EntryBody& body, std::size_t position,
                                const exchange::DecidedBy& decided_by) {
  CHECK(bundle_ && position < bundle_->bundle->digests.size());
  const auto at = static_cast<std::uint16_t>(position);
  CHECK(bundle_->positions.empty() || bundle_->positions.back() < at);
  if (bundle_->positions.empty()) bundle_->first = next_;
  bundle_->positions.push_back(at);
  return add(body, decided_by, bundle_->number, at);
}

Written LogDraft::add_own(const exchange::EntryBody& body, const exchange::DecidedBy& decided_by) {
  CHECK(!bundle_);
  if (parts_.back().batch.records() + 2 > limits::kCommitRecordsMax) open_part();
  return add(body, decided_by, provenance::kNoBundle, 0);
}

Written LogDraft::add(const exchange::EntryBody& body, const exchange::DecidedBy& decided_by,
                      provenance::BundleNumber bundle, std::uint16_t position) {
  provenance::EntryRecord& record = parts_.back().batch.entries.emplace_back();
  record.index = next_;
  record.body = body;
  random_(record.salt.octets);
  if (!decided_by.empty()) {
    record.decided_by = exchange::encode(decided_by, record.salt);
    record.salt = exchange::salt_of(*suite_, record.decided_by);
  }
  const auto octets = exchange::encode(body);
  record.commitment = exchange::entry_commitment(*suite_, record.salt, octets);
  record.bundle = bundle;
  record.position = position;
  next_ = LogIndex(next_.value + 1);
  last_time_ = std::max(last_time_, body.time);
  return {record.index, record.salt, to_bytes(octets), record.commitment};
}

void LogDraft::put_once(provenance::OnceRow row) {
  std::vector<provenance::OnceRow>& rows = parts_.back().batch.once;
  // A row that changes within its own batch is put once.
  if (row.closing != row.entry && row.closing != kNoIndex && row.entry >= parts_.back().batch.first) {
    auto same = std::find_if(rows.begin(), rows.end(), [&row](const provenance::OnceRow& other) {
      return other.member == row.member && other.id == row.id;
    });
    if (same != rows.end()) {
      *same = std::move(row);
      return;
    }
  }
  rows.push_back(std::move(row));
}

void LogDraft::end_once(const ExchangeKey& key, LogIndex last_entry) {
  provenance::Batch& batch = parts_.back().batch;
  if (last_entry >= batch.first)
    std::erase_if(batch.once,
                  [&key](const provenance::OnceRow& row) { return row.member == key.user && row.id == key.id; });
  batch.once_ended.emplace_back(key.user, key.id);
}

bool LogDraft::takes_ends() const {
  const provenance::Batch& batch = parts_.back().batch;
  return !behind() && batch.once_ended.size() < limits::kEndsPerCommit + batch.entries.size();
}

void LogDraft::add_statement(provenance::StatementRow row, std::vector<exchange::RegistryRow> rows) {
  provenance::Batch& batch = parts_.back().batch;
  batch.statements.push_back(std::move(row));
  for (exchange::RegistryRow& changed : rows) {
    auto same = std::find_if(batch.registry.begin(), batch.registry.end(),
                             [&changed](const exchange::RegistryRow& other) { return other.key == changed.key; });
    if (same != batch.registry.end())
      *same = std::move(changed);
    else
      batch.registry.push_back(std::move(changed));
  }
}

void LogDraft::add_handover(provenance::HandoverRow row) { parts_.back().batch.handovers.push_back(std::move(row)); }

void LogDraft::spool(provenance::SpoolRow row) {
  Part& part = parts_.back();
  part.spooled += row.envelope->size() + row.payload->size();
  part.batch.spool.push_back(std::move(row));
}

void LogDraft::end_spool(LogIndex index) { parts_.back().batch.spool_ended.push_back(index); }

void LogDraft::put_stream(provenance::StreamRow row) {
  std::vector<provenance::StreamRow>& rows = parts_.back().batch.streams;
  const auto same =
      std::find_if(rows.begin(), rows.end(), [&](const auto& other) { return other.dataset == row.dataset; });
  if (same != rows.end())
    *same = std::move(row);
  else
    rows.push_back(std::move(row));
}

void LogDraft::put_subscription(provenance::SubscriptionRow row) {
  provenance::Batch& batch = parts_.back().batch;
  std::erase(batch.subscriptions_ended, row.id);  // of another member, which chose the same id
  batch.subscriptions.push_back(std::move(row));
}

// Rows are put before those that ended are erased.
void LogDraft::end_subscription(const ExchangeId& id) { parts_.back().batch.subscriptions_ended.push_back(id); }

void LogDraft::wait_for(LogIndex index, Waiting waiting) {
  CHECK(!durable(index) && index < next_);
  if (in_flight_ && index < in_flight_->end) {
    in_flight_->waiting.push_back(std::move(waiting));
    return;
  }
  auto part = parts_.begin();
  while (index.value >= part->batch.first.value + part->batch.entries.size()) ++part;
  part->waiting.push_back(std::move(waiting));
}

std::optional<provenance::Batch> LogDraft::next_append() {
  if (in_flight_ || parts_.front().batch.empty()) return {};
  Part part = std::move(parts_.front());
  parts_.pop_front();
  usual_entries_ = part.batch.entries.size();
  const LogIndex end(part.batch.first.value + part.batch.entries.size());
  in_flight_ = InFlight{part.batch.number, part.batch.first, end, std::move(part.waiting)};
  if (parts_.empty()) open_part();
  return std::move(part.batch);
}

std::vector<Waiting> LogDraft::committed(std::uint64_t number, LogIndex first) {
  CHECK(in_flight_ && in_flight_->number == number && in_flight_->first == first);
  committed_ = in_flight_->end;
  std::vector<Waiting> waiting = std::move(in_flight_->waiting);
  in_flight_.reset();
  return waiting;
}

}  // namespace steelyard::broker
