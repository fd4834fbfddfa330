#include "adapters/provider.h"

#include "adapters/grant_check.h"
#include "adapters/limited_source.h"
#include "adapters/provider_job.h"
#include "adapters/request_opening.h"
#include "core/base/fail_point.h"
#include "core/base/invariant.h"
#include "core/exchange/digest.h"
#include "schemas/errors.h"

namespace steelyard::adapters {
namespace {

namespace code = schemas::code;
using schemas::MessageKind;

bool contradicts_our_word(ErrorCode reason) {
  return reason == code::grant_outside_agreement || reason == code::verification_failed;
}

}  // namespace

Provider::Provider(ProviderOptions options, std::vector<std::unique_ptr<RowSource>> sources, Ledger& ledger,
                   Suspensions& suspensions, Alarms& alarms, const Clock& clock)
    : options_(std::move(options)),
      ledger_(&ledger),
      suspensions_(&suspensions),
      alarms_(&alarms),
      clock_(&clock),
      judge_(options_.member),
      kept_(options_.kept_bytes_max) {
  for (auto& source : sources) {
    const DatasetId dataset = source->map().dataset;
    sources_.insert_or_assign(dataset, Source{std::move(source), {}});
  }
}

std::map<DatasetId, SourceState> Provider::sources() const {
  std::map<DatasetId, SourceState> states;
  for (const auto& [dataset, source] : sources_) {
    SourceState& state = states[dataset] = source.state;
    const auto held = holding(*source.rows, options_.pauses, *clock_);
    state.holding = held ? held->by : std::string_view();
  }
  return states;
}

Status Provider::serve(const std::vector<client::Incoming>& incoming, ProviderBus& bus) {
  bool looked = false;
  for (const client::Incoming& message : incoming) {
    if (message.kind == MessageKind::kGrant && message.by_broker) take_grant(message);
    if (message.kind != MessageKind::kRequest || message.by_broker) continue;
    if (!looked) {
      TRY(suspensions_->look());
      if (options_.pauses != nullptr) TRY(options_.pauses->look());
      payload_.checkpoint = to_bytes(as_bytes(bus.checkpoint()));
      looked = true;
    }
    TRY(serve_request(message, bus));
    release_synced(bus);
    if (ledger_->batch_full()) TRY(commit(bus));
  }
  if (looked) TRY(commit(bus));
  set_newest_grant_aside();
  kept_.forget_expired(ledger_->now());
  return {};
}

void Provider::take_grant(const client::Incoming& message) {
  auto grant = schemas::decode<schemas::Grant>(message.envelope);
  if (!grant) return;
  set_newest_grant_aside();
  newest_grant_ = Granted{message, std::move(*grant)};
}

// It waits for its request, maybe for long, and must not hold the frame that it came in.
void Provider::set_newest_grant_aside() {
  if (!newest_grant_) return;
  if (grants_.size() >= limits::kGrantsAheadMax) grants_.clear();
  newest_grant_->message.own();
  const Digest request = newest_grant_->grant.request;
  grants_.insert_or_assign(request, std::move(*newest_grant_));
  newest_grant_.reset();
}

std::optional<Provider::Granted> Provider::grant_of(const Digest& request) {
  if (newest_grant_ && newest_grant_->grant.request == request) {
    if (!grants_.empty()) grants_.erase(request);  // an older one
    return std::exchange(newest_grant_, std::nullopt);
  }
  auto node = grants_.extract(request);
  if (!node) return {};
  return std::move(node.mapped());
}

Status Provider::serve_request(const client::Incoming& message, ProviderBus& bus) {
  ++counters_.requests;
  if (!opener_) {
    opener_.emplace(bus.registry().suite());
    sealer_.emplace(bus.registry().suite());
  }
  auto granted = grant_of(message.digest);
  auto request = schemas::decode<schemas::Request>(message.envelope);
  if (!request) {  // the broker reads every request before it grants it; there is no id to reject with
    ++counters_.rejections;
    ++counters_.rejected[code::malformed];
    return {};
  }
  Job job;
  job.message = &message;
  job.registry = &bus.registry();
  job.request = std::move(*request);
  if (granted) {
    job.grant = std::move(granted->grant);
    job.grant_message = &granted->message;
  }
  if (auto checked = check(job); !checked) {
    reject(job, checked.error(), bus);
    return {};
  }
  TRY_ASSIGN(const bool executed, ledger_->executed(message.digest, job.request.head.expires));
  if (!INVARIANT_HOLDS(once, !executed)) {
    repeat(job, bus);
    return {};
  }
  job.request_entry = exchange::entry_commitment(job.registry->suite(), job.grant.salt, job.grant.body);
  bus.hold({job.grant.index, job.grant.salt, job.grant.body, clock_->wall(), job.request_entry}, job.request.head.id);
  if (auto opened = open(job); !opened) {
    reject(job, opened.error(), bus);
    return {};
  }
  // Two trees of one log are an alarm, never the user's fault: it is answered, and the ledger says so.
  bus.compare_checkpoint(job.payload.checkpoint, job.request.head.author);
  TRY_ASSIGN(Reading reading, job.request.action == schemas::Action::kSubscribe ? begin(job) : read(job));
  auto answered = answer(job, std::move(reading));
  if (!answered && answered.error().kind == ErrorKind::kStop) return answered;
  if (!answered) reject(job, answered.error(), bus);
  return {};
}

Status Provider::check(Job& job) {
  const Instant now = ledger_->now();
  const exchange::Registry& registry = *job.registry;
  TRY(check_request_head(job.request.head, job.message->author, options_.member, registry.origin(), now));
  if (job.grant_message == nullptr)
    return fail(schemas::error_of(code::grant_outside_agreement, "no grant came with the request"));
  TRY_ASSIGN(job.entry, check_grant(job.grant, job.message->digest, job.request));
  TRY_ASSIGN(job.terms, judge_.judge(registry, job.request, job.grant, job.entry, suspensions_->agreements(), now));
  return {};
}

Status Provider::open(Job& job) {
  if (options_.seal_key == nullptr)
    return fail(schemas::error_of(code::unknown_key, "this adapter has no sealing key"));
  TRY_ASSIGN(job.reply_key, reply_key_of(job));
  TRY_ASSIGN(job.payload, open_request(*opener_, job.registry->suite(), *options_.seal_key, job.request,
                                       job.message->envelope, job.message->payload));
  return {};
}

Result<KeyId> Provider::reply_key_of(const Job& job) {
  const auto known = reply_keys_.find(job.request.reply_key);
  if (known != reply_keys_.end()) return known->second;
  const crypto::PublicKey key{job.registry->suite().sealing, job.request.reply_key};
  TRY(crypto::check_public_key(key));
  if (reply_keys_.size() >= limits::kReplyKeysMax) reply_keys_.clear();
  return reply_keys_.emplace(key.octets, key.id()).first->second;
}

void Provider::repeat(const Job& job, ProviderBus& bus) {
  auto kept = kept_.find(job.message->digest);
  if (!kept) return reject(job, schemas::error_of(code::gone), bus);
  ++counters_.repeats;
  // The first answer may still be waiting for its commit in this very step.
  waiting_.push_back({std::move(*kept), ledger_->head().size});
}

schemas::Head Provider::head_towards_user(const Job& job, MessageKind kind) const {
  schemas::Head head;
  head.kind = kind;
  head.origin = job.registry->origin();
  head.author = options_.member;
  head.key = options_.message_key;
  head.recipient = job.request.head.author;
  head.id = job.request.head.id;
  head.expires = job.request.head.expires;
  return head;
}

void Provider::reject(const Job& job, const Error& why, ProviderBus& bus) {
  ++counters_.rejections;
  schemas::Rejection rejection;
  rejection.head = head_towards_user(job, MessageKind::kRejection);
  rejection.rejected = job.message->digest;
  rejection.code = why.code == 0 ? code::malformed : why.code;
  ++counters_.rejected[rejection.code];
  exchange::OutMessage message;
  message.kind = MessageKind::kRejection;
  message.envelope = std::make_shared<const Bytes>(schemas::encode(rejection));
  bus.send(std::move(message));
  if (contradicts_our_word(rejection.code)) {
    std::vector<std::pair<std::string_view, ByteView>> evidence{{"request", job.message->envelope}};
    if (job.grant_message != nullptr) evidence.emplace_back("grant", job.grant_message->envelope);
    alarms_->raise(schemas::error_row(rejection.code)->slug, job.request.head.author.text,
                   "request " + to_text(job.request.head.id) + " of " + job.request.head.author.text + ": " + why.what,
                   evidence);
    return;
  }
  const auto said = said_.find(rejection.code);
  const Duration now = clock_->monotonic();
  if (!options_.say || (said != said_.end() && now < said->second + seconds(1))) return;
  said_[rejection.code] = now;
  options_.say("rejected request " + to_text(job.request.head.id) + " of " + job.request.head.author.text + ": " +
               why.what);
}

// INVARIANT(ledger-before-answer): an answer leaves once the ledger is synced up to its record.
void Provider::release_synced(ProviderBus& bus) {
  while (!waiting_.empty() &&
         INVARIANT_HOLDS(ledger_before_answer, waiting_.front().ledger_size <= ledger_->synced_size())) {
    bus.send(std::move(waiting_.front().message));
    waiting_.pop_front();
    FAIL_POINT("adapter-answered");
  }
}

// A crash before the commit leaves nothing: the request is executed when it comes again. A crash after it leaves mark
// and record without an answer: the request is `gone`, the ledger holds more than was delivered, never less.
Status Provider::commit(ProviderBus& bus) {
  const bool anything = ledger_->synced_size() != ledger_->head().size;
  if (anything) FAIL_POINT("adapter-before-ledger");
  TRY(ledger_->commit());
  if (anything) FAIL_POINT("adapter-after-ledger");
  release_synced(bus);
  return {};
}

}  // namespace steelyard::adapters
