// `verify`: what an owner says of claims about one record, and how often it lets one user guess.
#include "adapters/claims.h"
#include "adapters/provider_job.h"
#include "schemas/errors.h"

namespace steelyard::adapters {
namespace {

constexpr std::uint32_t kRowsLookedAt = 2;  // a second one says that the first is not the only one

}  // namespace

// Whatever is found, envelope and size are the same: no as-of of the record, no count of rows.
Result<Provider::Reading> Provider::hold_claims(Job& job, Source& source) {
  auto claims = claims_of(job.request, std::move(job.payload.parameters), source.rows->map());
  if (!claims) return no(job, claims.error());
  const Digest asked = hash_of_key(ledger_->secret(), job.request.dataset, claims->asked_key);
  const std::string subject = "attempts " + job.request.head.author.text + " " + to_hex(asked.view());
  const std::int64_t day = exchange::quota_day(counted_at(job));
  TRY_ASSIGN(const std::uint64_t before, ledger_->count_of(day, subject));
  const std::uint64_t most = options_.verify_attempts_per_day;
  if (before >= most || claims->attempts() > most - before)
    return no(job, schemas::error_of(schemas::code::owner_quota));

  ReadPlan plan;
  plan.dataset = job.request.dataset;
  plan.fields = job.terms.fields;
  plan.fields.push_back(claims->key_field);  // never a claimed one; it stays here
  plan.parameters = claims->keys;
  plan.filter = job.terms.filter;
  plan.rows_max = kRowsLookedAt;
  plan.timeout = options_.source_timeout;
  const auto result = read_source(source, plan);
  Reading reading;
  if (result) {
    reading.rows = exchange::rows_of(hold_against(*claims, result->rows));
    reading.truths = true;
    reading.key_hashes = {asked};
    reading.status = plan.filter == nullptr ? schemas::AnswerStatus::kComplete : schemas::AnswerStatus::kFiltered;
  } else {
    reading = no(job, result.error());
  }
  reading.attempts = {{day, subject, claims->attempts()}};
  return reading;
}

}  // namespace steelyard::adapters
