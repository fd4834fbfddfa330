#include "cli/agreement_use.h"

#include <algorithm>
#include <set>

#include "cli/log_reader.h"
#include "core/exchange/actions.h"
#include "core/exchange/gate.h"
#include "core/exchange/quota.h"

namespace steelyard::cli {
namespace {

using exchange::EntryBody;
using schemas::EntryKind;

// Walks from the newest entry to the oldest, so that an answer comes before its request.
class Walk {
 public:
  Walk(const exchange::Registry& registry, const schemas::Agreement& terms, Instant since)
      : registry_(registry), terms_(terms), since_(since) {}

  Status take(const provenance::StoredEntry& stored) {
    if (stored.body.empty()) {
      if (newest_older_ == kNoIndex) ++use_.unknown;
      return {};
    }
    TRY_ASSIGN(const EntryBody body, exchange::decode_entry(stored.body));
    if (body.time < since_ && newest_older_ == kNoIndex) newest_older_ = stored.index;
    if (body.kind == EntryKind::kAnswer || body.kind == EntryKind::kEvent) answered(body);
    if (body.kind == EntryKind::kStop && body.time < since_) stopped_.insert(body.related);
    if (body.kind == EntryKind::kRequest) TRY(requested(stored.index, body));
    return {};
  }
  AgreementUse done() {
    for (const auto& [day, rows] : rows_of_day_) use_.rows_most_a_day = std::max(use_.rows_most_a_day, rows);
    return std::move(use_);
  }

 private:
  void answered(const EntryBody& body) {
    if (body.time >= since_ && body.count > 0) answers_[body.related].push_back({body.time, body.count});
  }

  Status requested(LogIndex index, const EntryBody& body) {
    const auto answers = answers_.extract(index);
    const exchange::Registry::Subject* subject =
        body.agreement == kNoIndex ? nullptr : registry_.subject_at(body.agreement);
    if (subject == nullptr || subject->subject != terms_.agreement.text) return {};
    const bool stands = body.action == schemas::Action::kSubscribe && !stopped_.contains(index);
    if (body.time < since_ && !stands) return {};
    TRY_ASSIGN(const exchange::Question question, exchange::question_of(body, registry_));
    ++use_.requests;
    std::set<FieldName> fields(question.fields.begin(), question.fields.end());
    fields.insert(question.conditions.begin(), question.conditions.end());
    for (const FieldName& field : fields) ++use_.fields[field];
    ++use_.purposes[question.purpose];
    ++use_.actions[question.action];
    if (answers.empty() || !exchange::takes_rows(body.action)) return {};
    for (const auto& [time, rows] : answers.mapped()) {
      if (body.action != schemas::Action::kSubscribe) use_.rows_most = std::max(use_.rows_most, rows);
      rows_of_day_[exchange::quota_day(time, terms_.day_offset_minutes)] += rows;
    }
    return {};
  }

  const exchange::Registry& registry_;
  const schemas::Agreement& terms_;
  const Instant since_;
  LogIndex newest_older_ = kNoIndex;
  std::map<LogIndex, std::vector<std::pair<Instant, std::uint32_t>>> answers_;  // by request, that is still to come
  std::set<LogIndex> stopped_;                                                  // subscriptions, before `since_`
  std::map<std::int64_t, std::uint64_t> rows_of_day_;
  AgreementUse use_;
};

template <class Id>
void keep_used(std::vector<Id>& all, const std::map<Id, std::uint64_t>& used) {
  std::erase_if(all, [&used](const Id& one) { return !used.contains(one); });
}

}  // namespace

Result<AgreementUse> use_of(const provenance::LogStore& log, const exchange::Registry& registry,
                            const schemas::Agreement& terms, Instant since) {
  Walk walk(registry, terms, since);
  const auto take = [&walk](const provenance::StoredEntry& entry) { return walk.take(entry).map([] { return true; }); };
  TRY(walk_back(log, take));
  return walk.done();
}

std::optional<schemas::Agreement> narrowed(const schemas::Agreement& terms, const AgreementUse& use) {
  if (use.requests == 0) return std::nullopt;
  schemas::Agreement made = terms;
  keep_used(made.fields, use.fields);
  keep_used(made.purposes, use.purposes);
  keep_used(made.actions, use.actions);
  if (made.fields.empty() || made.purposes.empty() || made.actions.empty()) return std::nullopt;  // of an older version
  std::erase_if(made.masks, [&use](const auto& mask) { return !use.fields.contains(mask.first); });
  if (use.rows_most > 0) made.rows_max = use.rows_most;
  if (terms.rows_per_day > 0 && use.rows_most_a_day > 0)
    made.rows_per_day = std::min(terms.rows_per_day, use.rows_most_a_day);
  return made;
}

}  // namespace steelyard::cli
