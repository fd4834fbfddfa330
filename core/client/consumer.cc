#include "core/client/consumer.h"

#include <algorithm>
#include <utility>

#include "core/base/fail_point.h"
#include "core/base/limits.h"
#include "core/client/consumer_state.h"
#include "core/crypto/random.h"
#include "core/exchange/digest.h"
#include "schemas/codec.h"
#include "schemas/errors.h"

namespace steelyard::client {
namespace {

constexpr Duration kRepeatEvery = seconds(1);
constexpr Duration kLookEvery = milliseconds(50);
constexpr std::size_t kBehalfBytesMax = 256;
constexpr std::size_t kResumeMax = 4'096;  // more than comes between two checkpoints: the rest is proved by then

Status check_behalf(std::string_view text, const char* name) {
  // find_first_of would call memchr for every octet.
  if (text.size() > kBehalfBytesMax || text.find('\r') != std::string_view::npos ||
      text.find('\n') != std::string_view::npos)
    return fail(schemas::error_of(schemas::code::usage, std::string(name) + ": one line of at most 256 octets"));
  return {};
}

std::vector<FieldName> conditions_of(const std::vector<schemas::Parameter>& parameters) {
  std::vector<FieldName> fields;
  for (const auto& parameter : parameters)
    if (std::find(fields.begin(), fields.end(), parameter.field) == fields.end()) fields.push_back(parameter.field);
  return fields;
}

bool has_repeat(const std::vector<FieldName>& fields) {
  for (std::size_t i = 1; i < fields.size(); ++i)
    if (std::find(fields.begin(), fields.begin() + static_cast<std::ptrdiff_t>(i), fields[i]) !=
        fields.begin() + static_cast<std::ptrdiff_t>(i))
      return true;
  return false;
}

// A field either selects the record or is claimed about: the envelope says which.
Status check_claims(const Query& query) {
  const auto usage = [](const std::string& what) { return fail(schemas::error_of(schemas::code::usage, what)); };
  if (!query.fields.empty()) return usage("a verify returns no fields");
  if (query.claims.empty()) return usage("make at least one claim");
  if (query.parameters.empty()) return usage("say which record is meant, by its key");
  if (query.claims.size() + query.parameters.size() > limits::kConditionsMax)
    return usage("at most " + std::to_string(limits::kConditionsMax) + " claims and conditions together");
  const auto keys = conditions_of(query.parameters);
  for (const auto& claim : query.claims) {
    TRY(check_name(claim.field.text));
    if (std::find(keys.begin(), keys.end(), claim.field) != keys.end())
      return usage("field `" + claim.field.text + "` selects the record: claim something of another");
  }
  return {};
}

Outcome outcome_of(OutcomeKind kind, ErrorCode code, const ExchangeId& id, Duration took) {
  Outcome outcome;
  outcome.id = id;
  outcome.kind = kind;
  outcome.code = code;
  outcome.took = took;
  return outcome;
}

}  // namespace

Consumer::Consumer(Node& node, ReceiptStore* receipts, ConsumerOptions options)
    : state_(std::make_unique<State>(node, receipts, options)) {}
Consumer::~Consumer() = default;

// Sealing contexts and the reply key in force; both need the suite, so they wait for the first question.
Status Consumer::State::prepare() {
  if (!node.up()) return fail(schemas::error_of(schemas::code::broker_away, node.identity().endpoint));
  const auto& suite = node.registry().suite();
  if (!sealer) {
    sealer.emplace(suite);
    opener.emplace(suite);
  }
  const Duration now = node.clock().monotonic();
  if (reply == nullptr || now >= reply_since + limits::kReplyKeyLife) {
    reply = std::make_shared<const crypto::OpeningKey>(crypto::OpeningKey::generate(suite));
    reply_since = now;
  }
  return {};
}

Status Consumer::State::check(const Query& query) const {
  const auto usage = [](const std::string& what) { return fail(schemas::error_of(schemas::code::usage, what)); };
  TRY(check_name(query.application.text));
  TRY(check_dataset_id(query.dataset.text));
  TRY(check_name(query.purpose.text));
  if (!query.agreement.empty()) TRY(check_name(query.agreement.text));
  const bool verifies = query.action == schemas::Action::kVerify;
  if (verifies) TRY(check_claims(query));
  if (!verifies && !query.claims.empty()) return usage("a query makes no claims");
  if ((!verifies && query.fields.empty()) || query.fields.size() > limits::kFieldsMax || has_repeat(query.fields))
    return usage("name 1 to " + std::to_string(limits::kFieldsMax) + " fields, each once");
  for (const auto& field : query.fields) TRY(check_name(field.text));
  if (query.parameters.size() > limits::kConditionsMax)
    return usage("at most " + std::to_string(limits::kConditionsMax) + " conditions");
  for (const auto& parameter : query.parameters) TRY(check_name(parameter.field.text));
  TRY(check_behalf(query.operator_id, "operator"));
  TRY(check_behalf(query.case_number, "case"));
  if (query.life.us <= 0 || query.life > limits::kLifeMax) return usage("a request lives at most 5 minutes");
  return {};
}

Result<ExchangeId> Consumer::ask(const Query& query) {
  State& state = *state_;
  TRY(state.prepare());
  TRY(state.check(query));
  const auto& registry = state.node.registry();
  const auto& suite = registry.suite();
  State::Open open;
  open.owner = owner_of(query.dataset);
  const auto* owner = registry.member(open.owner);
  const auto* seal = owner != nullptr ? owner->current(schemas::KeyUse::kSeal) : nullptr;
  if (seal == nullptr)
    return fail(schemas::error_of(schemas::code::unknown_key, "`" + open.owner.text + "` has no sealing key"));

  schemas::RequestPayload payload;
  payload.parameters = query.parameters;
  payload.parameters.insert(payload.parameters.end(), query.claims.begin(), query.claims.end());
  open.claims = query.claims.size();
  payload.behalf = {query.operator_id, query.case_number, crypto::random<PlainSalt>()};
  payload.checkpoint = to_bytes(as_bytes(state.node.last_checkpoint()));
  const Bytes plaintext = schemas::encode(payload);
  const auto salt = crypto::random<PlainSalt>();

  schemas::Request& request = open.request;
  request.head.kind = schemas::MessageKind::kRequest;
  request.head.origin = registry.origin();
  request.head.author = state.node.identity().member;
  request.head.key = state.node.identity().message_key.id();
  request.head.recipient = open.owner;
  request.head.id = crypto::make_exchange_id(state.node.clock().wall());
  request.head.expires = crypto::time_of(request.head.id) + query.life;
  request.application = query.application;
  request.dataset = query.dataset;
  request.action = query.action;
  request.purpose = query.purpose;
  request.agreement = query.agreement;
  request.fields = query.action == schemas::Action::kVerify ? conditions_of(query.claims) : query.fields;
  request.conditions = conditions_of(query.parameters);
  request.strict = query.strict;
  open.reply = query.reply != nullptr ? query.reply : state.reply;
  request.reply_key = open.reply->public_key().octets;
  request.operator_present = !query.operator_id.empty();
  request.case_present = !query.case_number.empty();
  request.behalf = exchange::behalf_commitment(suite, payload.behalf.salt, query.operator_id, query.case_number);
  request.seal_key = seal->id;
  request.plaintext = exchange::plaintext_commitment(suite, salt, plaintext);

  auto envelope = std::make_shared<const Bytes>(schemas::encode(request));
  const exchange::SealParties parties{registry.origin(), request.head.author, open.owner, request.seal_key,
                                      schemas::MessageKind::kRequest};
  const Duration now = state.node.clock().monotonic();
  TRY_ASSIGN(Bytes sealed, state.sealer->seal(parties, seal->key, *envelope, salt, plaintext, now));
  open.message.kind = schemas::MessageKind::kRequest;
  open.message.payload = std::make_shared<const Bytes>(std::move(sealed));
  open.message.envelope = std::move(envelope);
  open.digest =
      exchange::message_digest(suite, schemas::MessageKind::kRequest, *open.message.envelope, *open.message.payload);
  open.message.digest = open.digest;
  open.asked = open.sent = now;
  open.expires = now + query.life;
  open.session = state.node.session();
  state.due = std::min({state.due, open.expires, now + kRepeatEvery});
  state.node.send(open.message);
  const ExchangeId id = request.head.id;
  state.open.emplace(id, std::move(open));
  return id;
}

// One commit for all that ended in this step, before any of it is given out. Where it fails nothing is given out but
// the failure: the application must not have rows that no record speaks of.
void Consumer::State::commit() {
  if (finished.empty()) return;
  Status kept;
  if (receipts != nullptr) {
    std::vector<KeptExchange> exchanges;
    for (auto& each : finished)
      if (each.keep) exchanges.push_back(std::move(each.kept));
    if (!exchanges.empty()) {
      FAIL_POINT("consumer-before-receipts");
      kept = receipts->put(exchanges);
      FAIL_POINT("consumer-after-receipts");
    }
    if (!kept) node.raise_alarm("store-failed", "receipts could not be kept: " + kept.error().what, {});
  }
  for (auto& each : finished) {
    if (!kept && each.keep) {
      outcomes.push_back(
          outcome_of(OutcomeKind::kRejected, schemas::code::store_failed, each.outcome.id, each.outcome.took));
      continue;
    }
    if (options.prove)
      for (auto& promise : each.promises) hold(std::move(promise), each.outcome.id);
    if (each.opened) hand_over.opened(*each.opened, each.outcome.id, each.expires);
    outcomes.push_back(std::move(each.outcome));
  }
  finished.clear();
}

// The receipt is made only where it is kept.
void Consumer::State::hold(exchange::Promise promise, const ExchangeId& about) {
  node.hold(std::move(promise), receipts != nullptr ? about : ExchangeId{});
}

// Going through all that is open means waiting for memory once for each, so it is done only when something is due.
void Consumer::State::repeat(Duration now) {
  const bool up = node.up();
  if (now < due && (!up || repeated_in == node.session())) return;
  if (up) repeated_in = node.session();
  due = now + kRepeatEvery;
  for (auto it = open.begin(); it != open.end();) {
    Open& each = it->second;
    if (now >= each.expires) {
      outcomes.push_back(
          outcome_of(OutcomeKind::kTimedOut, schemas::code::timed_out, it->first, {now.us - each.asked.us}));
      forget(it++);
      continue;
    }
    if (up && (each.session != node.session() || now >= each.sent + kRepeatEvery)) {
      each.sent = now;
      each.session = node.session();
      each.repeated = true;
      node.send(each.message);
    }
    due = std::min({due, each.expires, std::max(now + kLookEvery, each.sent + kRepeatEvery)});
    ++it;
  }
}

void Consumer::State::keep_receipts() {
  auto proved = node.take_receipts();
  if (receipts == nullptr || proved.empty()) return;
  std::vector<std::pair<ExchangeId, exchange::Receipt>> kept;
  for (auto& each : proved) {
    const auto many = handed_over.find(each.about);
    if (many == handed_over.end()) {
      kept.emplace_back(each.about, std::move(each.receipt));
      continue;
    }
    for (const auto& id : many->second) kept.emplace_back(id, each.receipt);
    handed_over.erase(many);
  }
  if (auto done = receipts->add_receipts(kept); !done)
    node.raise_alarm("store-failed", "receipts could not be kept: " + done.error().what, {});
}

// What the last process kept and did not finish: it was killed before the next checkpoint, or did not wait for it.
void Consumer::State::resume() {
  if (resumed || receipts == nullptr || !node.up()) return;
  resumed = true;
  const auto unfinished = receipts->unfinished(kResumeMax);
  if (!unfinished) {
    node.raise_alarm("store-failed", "kept receipts could not be read: " + unfinished.error().what, {});
    return;
  }
  for (const auto& kept : *unfinished)
    if (auto done = resume(kept, node.clock().wall()); !done)
      node.raise_alarm("store-failed", "kept exchange " + to_text(kept.id) + ": " + done.error().what, {});
}

Status Consumer::State::resume(const KeptExchange& kept, Instant now) {
  TRY_ASSIGN(const auto request, schemas::decode<schemas::Request>(kept.request));
  if (request.head.origin != node.registry().origin() || request.head.author != node.identity().member) return {};
  std::vector<exchange::Promise> promises;
  if (kept.answer.empty()) {
    TRY_ASSIGN(auto refusal, schemas::decode<schemas::Refusal>(kept.granted));
    promises.push_back({refusal.index, refusal.salt, std::move(refusal.body), now});
  } else {
    TRY_ASSIGN(auto grant, schemas::decode<schemas::Grant>(kept.granted));
    TRY_ASSIGN(auto recorded, schemas::decode<schemas::Recorded>(kept.recorded));
    promises.push_back({grant.index, grant.salt, std::move(grant.body), now});
    promises.push_back({recorded.index, recorded.salt, std::move(recorded.body), now});
    if (!kept.acknowledged) hand_over.opened(kept.answer_digest, kept.id, request.head.expires);
  }
  for (auto& promise : promises) {
    const bool proved = std::any_of(kept.receipts.begin(), kept.receipts.end(),
                                    [&](const auto& receipt) { return receipt.index == promise.index; });
    if (options.prove && !proved) hold(std::move(promise), kept.id);
  }
  return {};
}

void Consumer::tick() {
  State& state = *state_;
  const Duration now = state.node.clock().monotonic();
  state.resume();
  state.commit();
  if (now >= state.looked + kLookEvery) {
    state.looked = now;
    state.repeat(now);
  }
  state.let_go_of_frames();
  state.hand_over.tick(now);
  state.keep_receipts();
}

std::vector<Outcome> Consumer::take_outcomes() { return std::exchange(state_->outcomes, {}); }
std::optional<Outcome> Consumer::take_outcome(const ExchangeId& id) {
  auto& outcomes = state_->outcomes;
  const auto found = std::find_if(outcomes.begin(), outcomes.end(), [&](const Outcome& each) { return each.id == id; });
  if (found == outcomes.end()) return {};
  Outcome taken = std::move(*found);
  outcomes.erase(found);
  return taken;
}
std::size_t Consumer::open() const { return state_->open.size(); }
std::size_t Consumer::unacknowledged() const {
  std::size_t waiting = state_->hand_over.unacknowledged();
  for (const auto& each : state_->finished) waiting += each.opened ? 1 : 0;
  return waiting;
}

}  // namespace steelyard::client
