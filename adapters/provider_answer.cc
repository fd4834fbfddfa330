#include <algorithm>

#include "adapters/limited_source.h"
#include "adapters/masking.h"
#include "adapters/provider_job.h"
#include "adapters/update_cycle.h"
#include "core/crypto/random.h"
#include "core/exchange/digest.h"
#include "schemas/errors.h"

namespace steelyard::adapters {
namespace {

namespace code = schemas::code;
using schemas::AnswerStatus;

// What an owner may say of its own source; anything else that a source reports means that its map is out of date.
ErrorCode reason_of(const Error& error) {
  if (error.code >= code::owner_unavailable && error.code < 300) return error.code;
  if (error.code == code::unknown_field || error.code == code::unknown_dataset) return code::source_changed;
  return code::owner_unavailable;
}

std::vector<FieldName> names_of(const schemas::Rows& rows) {
  std::vector<FieldName> names;
  names.reserve(rows.columns.size());
  for (const schemas::Column& column : rows.columns) names.push_back(column.name);
  return names;
}

}  // namespace

// Log time, by which the broker counts, where it is about now; a broker must not open days as it likes.
Instant Provider::counted_at(const Job& job) const {
  constexpr Duration kAbout = limits::kLifeMax + limits::kSkew;
  return std::clamp(job.entry.time, ledger_->now() - kAbout, ledger_->now() + kAbout);
}

Result<std::uint32_t> Provider::rows_left(const Job& job) {
  std::uint64_t left = job.terms.rows_max;
  for (const exchange::Quota& quota : job.terms.quotas) {
    TRY_ASSIGN(const std::uint64_t had, ledger_->count_of(quota.day_at(counted_at(job)), quota.subject));
    left = std::min(left, quota.rows_per_day - std::min(had, quota.rows_per_day));
  }
  return static_cast<std::uint32_t>(left);
}

Result<Provider::Reading> Provider::read(Job& job) {
  const auto found = sources_.find(job.request.dataset);
  if (found == sources_.end())
    return no(job, schemas::error_of(code::owner_unavailable, "this adapter has no map of the dataset"));
  if (const auto held = holding(*found->second.rows, options_.pauses, *clock_)) {
    ++found->second.state.held_back[held->by];
    Reading busy = no(job, schemas::error_of(code::owner_busy));
    busy.delay_ms = held->delay_ms();
    return busy;
  }
  RowSource& source = *found->second.rows;
  if (job.request.action == schemas::Action::kVerify) return hold_claims(job, found->second);
  if (auto good = check_masks(job.terms, source.map()); !good) return no(job, good.error());
  ReadPlan plan;
  plan.dataset = job.request.dataset;
  plan.fields = std::move(job.terms.fields);
  plan.parameters = std::move(job.payload.parameters);
  plan.filter = job.terms.filter;
  TRY_ASSIGN(plan.rows_max, rows_left(job));
  if (plan.rows_max == 0) return no(job, schemas::error_of(code::owner_quota));
  plan.timeout = options_.source_timeout;
  // The key of every row that leaves goes into the ledger; where it was not granted, it stops here.
  const FieldName& key = source.map().key;
  auto key_at = static_cast<std::size_t>(std::find(plan.fields.begin(), plan.fields.end(), key) - plan.fields.begin());
  const bool key_granted = key_at < plan.fields.size();
  if (!key_granted) plan.fields.push_back(key);
  auto result = read_source(found->second, plan);
  if (!result) return no(job, result.error());

  Reading reading;
  reading.key_hashes.reserve(result->rows.count);
  for (const schemas::Value& value : result->rows.columns[key_at].values)
    reading.key_hashes.push_back(hash_of_key(ledger_->secret(), plan.dataset, value));
  reading.rows = std::move(result->rows);
  if (!key_granted) reading.rows.columns.pop_back();
  reading.as_of = result->as_of;
  const bool cut = !job.terms.masks.empty() && mask_rows(job.terms, mask_key_of(job), reading.rows);
  reading.key_hashes.resize(reading.rows.count);
  // What proves least is said: that there are more such rows; that there may be; that there may be by now. How old it
  // is the answer says besides, and the grant that there is a filter.
  if (result->capped || cut)
    reading.status = AnswerStatus::kCapped;
  else if (plan.filter != nullptr)
    reading.status = AnswerStatus::kFiltered;
  else if (const auto* catalogue = reading.as_of ? job.registry->dataset(plan.dataset) : nullptr;
           catalogue != nullptr && is_stale(*reading.as_of, catalogue->statement.update_cycle, ledger_->now()))
    reading.status = AnswerStatus::kStale;
  return reading;
}

Digest Provider::mask_key_of(const Job& job) const {
  return exchange::mask_key(ledger_->secret(), job.terms.agreement, job.request.head.author, job.request.dataset);
}

Result<ReadResult> Provider::read_source(Source& source, const ReadPlan& plan) {
  ++counters_.source_reads;
  auto result = source.rows->read(plan);
  note(source.state, result);
  return result;
}

// Errors: kStop alone; a source that tells no changes is a no.
Result<Provider::Reading> Provider::begin(Job& job) {
  const auto found = sources_.find(job.request.dataset);
  if (options_.publisher == nullptr || found == sources_.end())
    return no(job, schemas::error_of(code::owner_unavailable, "this adapter has no map of the dataset"));
  const DatasetMap& map = found->second.rows->map();
  ReadPlan plan;
  plan.dataset = job.request.dataset;
  plan.fields = job.terms.fields;
  if (auto known = check_plan(map, plan); !known) return no(job, known.error());
  auto view = options_.publisher->add(*job.registry, job.request, job.message->envelope, job.grant,
                                      job.grant_message->envelope, job.entry, job.terms);
  if (!view && view.error().kind == ErrorKind::kStop) return fail(std::move(view).error());
  if (!view) return no(job, view.error());
  job.view = *view;
  Reading reading;
  reading.rows = empty_rows(map, plan);
  return reading;
}

void Provider::note(SourceState& state, const Result<ReadResult>& result) const {
  ++state.reads;
  if (!result && result.error().code == code::parameter_type) return;  // found before the source is asked
  state.newest = clock_->wall();
  state.reason = 0;
  state.why.clear();
  if (result) return;
  state.reason = reason_of(result.error());
  state.why = result.error().what;
  ++state.failed[state.reason];
}

Provider::Reading Provider::no(const Job& job, const Error& why) {
  Reading reading;
  reading.status = AnswerStatus::kNo;
  reading.reason = reason_of(why);
  if (reading.reason != code::source_changed && reading.reason != code::owner_unavailable) return reading;
  const Duration now = clock_->monotonic();
  const auto [last, first_time] = source_alarms_.try_emplace(job.request.dataset, now);
  if (first_time || now >= last->second + minutes(1)) {
    last->second = now;
    alarms_->raise(schemas::error_row(reading.reason)->slug, job.request.dataset.text, why.what, {});
  }
  return reading;
}

Status Provider::answer(Job& job, Reading reading) {
  const crypto::Suite& suite = job.registry->suite();
  const schemas::Request& request = job.request;
  schemas::Answer answer;
  answer.head = head_towards_user(job, schemas::MessageKind::kAnswer);
  answer.request = job.message->digest;
  answer.request_entry = job.request_entry;
  answer.fields = reading.truths ? job.terms.fields : names_of(reading.rows);
  answer.rows = reading.truths ? 0 : reading.rows.count;
  answer.status = reading.status;
  answer.reason = reading.reason;
  // An envelope's instants begin with 1970 (docs/formats/messages.md); that it is stale, the status says anyhow.
  if (reading.as_of && reading.as_of->us >= 0) answer.as_of = reading.as_of;
  answer.seal_key = job.reply_key;
  answer.view = job.view;
  answer.delay_ms = reading.delay_ms;

  payload_.rows = std::move(reading.rows);
  const Bytes plaintext = schemas::encode(payload_);
  payload_.rows = {};
  const auto salt = crypto::random<PlainSalt>();
  answer.plaintext = exchange::plaintext_commitment(suite, salt, plaintext);

  LedgerRecord record;
  record.request = answer.request;
  record.id = request.head.id;
  record.entry = job.grant.index;
  record.catalogue = job.entry.dataset;
  if (!answer.fields.empty()) record.returned = job.entry.returned;  // an answer has all that was granted, or none
  record.rows = static_cast<std::uint32_t>(reading.key_hashes.size());
  record.status = answer.status;
  record.reason = answer.reason;
  record.plaintext = answer.plaintext;
  record.user = request.head.author;
  record.dataset = request.dataset;
  record.operator_id = std::move(job.payload.behalf.operator_id);
  record.case_number = std::move(job.payload.behalf.case_number);
  std::vector<DayCount> counts = std::move(reading.attempts);
  for (const exchange::Quota& quota : job.terms.quotas)
    counts.push_back({quota.day_at(counted_at(job)), quota.subject, answer.rows});
  TRY_ASSIGN(const LedgerHead head,
             ledger_->add(suite, std::move(record), reading.key_hashes, request.head.expires, counts));
  answer.ledger_head = head.head;
  answer.ledger_size = head.size;

  exchange::OutMessage message;
  message.kind = schemas::MessageKind::kAnswer;
  message.envelope = std::make_shared<const Bytes>(schemas::encode(answer));
  const exchange::SealParties parties{answer.head.origin, answer.head.author, answer.head.recipient, answer.seal_key,
                                      schemas::MessageKind::kAnswer};
  TRY_ASSIGN(Bytes sealed, sealer_->seal(parties, {suite.sealing, request.reply_key}, *message.envelope, salt,
                                         plaintext, clock_->monotonic()));
  message.payload = std::make_shared<const Bytes>(std::move(sealed));
  kept_.keep(answer.request, request.head.expires + limits::kSkew, message);
  waiting_.push_back({std::move(message), head.size});
  ++counters_.answers;
  counters_.rows += answer.rows;
  if (answer.status == AnswerStatus::kNo) ++counters_.noes;
  return {};
}

}  // namespace steelyard::adapters
