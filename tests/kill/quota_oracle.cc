#include "tests/kill/quota_oracle.h"

#include <algorithm>
#include <limits>

#include "broker/quota_recovery.h"
#include "schemas/errors.h"

namespace steelyard::kill {

using schemas::EntryKind;
namespace code = schemas::code;

namespace {

std::string at(LogIndex index) { return "entry " + std::to_string(index.value); }

}  // namespace

Status QuotaOracle::judge() {
  for (std::size_t i = 0; i < log_.entries.size(); ++i) judge_entry(LogIndex(i));
  judge_owners();
  return judge_recovery();
}

std::vector<QuotaOracle::Limit> QuotaOracle::limits_on(const exchange::EntryBody& request) const {
  std::vector<Limit> limits;
  const auto* agreement = log_.registry.subject_at(request.agreement);
  const auto* dataset = log_.registry.subject_at(request.dataset);
  const auto* user = log_.registry.subject_at(request.member);
  if (agreement == nullptr || dataset == nullptr || user == nullptr) return limits;
  const auto& signed_there = log_.registry.agreement(AgreementId(agreement->subject))->in_force->statement;
  const auto& published = log_.registry.dataset(DatasetId(dataset->subject))->statement;
  if (signed_there.rows_per_day != 0) limits.push_back({"agreement " + agreement->subject, signed_there.rows_per_day});
  if (published.rows_per_day != 0)
    limits.push_back({"user " + user->subject + " " + dataset->subject, published.rows_per_day});
  return limits;
}

std::uint64_t QuotaOracle::left(const std::vector<Limit>& on, std::int64_t day, const Used& used) const {
  std::uint64_t least = std::numeric_limits<std::uint64_t>::max();
  for (const Limit& limit : on) {
    const auto found = used.find({day, limit.subject});
    const std::uint64_t had = found == used.end() ? 0 : found->second;
    least = std::min(least, limit.rows - std::min(had, limit.rows));
  }
  return least;
}

void QuotaOracle::judge_entry(LogIndex index) {
  const exchange::EntryBody& body = log_.entries[index.value].body;
  const bool opens = body.kind == EntryKind::kRequest || (body.kind == EntryKind::kRefusal && body.related == kNoIndex);
  if (opens) return judge_opening(index, body);
  if (body.kind == EntryKind::kAnswer || body.kind == EntryKind::kRefusal) settle(index, body);
}

void QuotaOracle::judge_opening(LogIndex index, const exchange::EntryBody& body) {
  const bool used_up = body.kind == EntryKind::kRefusal && body.verdict == code::quota_exceeded;
  if (body.kind == EntryKind::kRefusal && !used_up) return;
  Reserved reserved{exchange::quota_day(body.time), body.count, limits_on(body)};
  const std::uint64_t left_then = left(reserved.on, reserved.day, used_);
  if (used_up) {
    ++refused_;
    if (left_then > 0)
      findings_.add("refused-within-quota", at(index) + ", where " + std::to_string(left_then) + " rows were left");
    return;
  }
  if (reserved.on.empty()) return;
  ++limited_;
  const auto* agreement = log_.registry.subject_at(body.agreement);
  const std::uint64_t cap = log_.registry.agreement(AgreementId(agreement->subject))->in_force->statement.rows_max;
  const std::uint64_t due = std::min(left_then, cap);
  if (due == 0 || body.count != due)
    findings_.add(due == 0 || body.count > due ? "granted-beyond-quota" : "granted-below-quota",
                  at(index) + ": " + std::to_string(body.count) + " rows, not " + std::to_string(due));
  for (const Limit& limit : reserved.on) used_[{reserved.day, limit.subject}] += body.count;
  reserved_.emplace(index, std::move(reserved));
}

void QuotaOracle::settle(LogIndex index, const exchange::EntryBody& body) {
  const auto found = reserved_.find(body.related);
  if (found == reserved_.end()) return;
  const Reserved& reserved = found->second;
  const std::uint32_t rows = body.kind == EntryKind::kAnswer ? body.count : 0;
  if (rows > reserved.rows)
    findings_.add("answered-beyond-quota", at(index) + ": " + std::to_string(rows) + " rows of " +
                                               std::to_string(reserved.rows) + " that were reserved");
  for (const Limit& limit : reserved.on)
    used_[{reserved.day, limit.subject}] -= reserved.rows - std::min(rows, reserved.rows);
  reserved_.erase(found);
}

// An owner counts what it answered, whether that reached the broker or not: more than the log, never more than a day
// has.
void QuotaOracle::judge_owners() {
  Used answered;
  for (const LedgerLine& line : ledgers_.lines) {
    if (line.record.entry.value >= log_.entries.size()) continue;  // told as executed-unasked
    const exchange::EntryBody& request = log_.entries[line.record.entry.value].body;
    const std::int64_t day = exchange::quota_day(request.time);
    const auto on = limits_on(request);
    const std::uint64_t left_then = left(on, day, answered);
    const std::string name = line.owner + "'s line " + std::to_string(line.record.seq);
    if (line.record.reason == code::owner_quota) {
      ++refused_;
      if (left_then > 0) findings_.add("refused-within-quota", name);
    }
    if (line.record.rows > left_then) findings_.add("answered-beyond-quota", name);
    for (const Limit& limit : on) answered[{day, limit.subject}] += line.record.rows;
  }
}

Status QuotaOracle::judge_recovery() {
  if (log_.entries.empty()) return {};
  TRY_ASSIGN(const broker::Quotas recovered, broker::recover_quotas(*log_.store, log_.registry));
  const std::int64_t today = exchange::quota_day(log_.entries.back().body.time);
  for (const auto& [day_and_subject, rows] : used_) {
    const auto& [day, subject] = day_and_subject;
    if (day == today && recovered.used(subject) != rows)
      findings_.add("quotas-lost",
                    subject + " has " + std::to_string(recovered.used(subject)) + " rows, not " + std::to_string(rows));
  }
  if (recovered.reserved() != reserved_.size())  // none is open for as long as a day
    findings_.add("quotas-lost", std::to_string(recovered.reserved()) + " requests hold rows, not " +
                                     std::to_string(reserved_.size()));
  return {};
}

}  // namespace steelyard::kill
