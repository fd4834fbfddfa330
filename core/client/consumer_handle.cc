#include <algorithm>
#include <utility>

#include "core/client/consumer_state.h"
#include "core/exchange/digest.h"
#include "schemas/codec.h"
#include "schemas/errors.h"

namespace steelyard::client {
namespace {

// Whose word it was that did not hold; each is a heading of docs/runbook.md.
const char* alarm_of(ErrorCode code) {
  switch (code) {
    case schemas::code::unexpected_answer: return "unexpected-answer";
    case schemas::code::answer_outside_grant: return "answer-outside-grant";
    case schemas::code::proof_invalid: return "proof-invalid";
    default: return "verification-failed";
  }
}

Error bad(const char* what) { return schemas::error_of(schemas::code::verification_failed, what); }

bool within(const std::vector<FieldName>& fields, const std::vector<FieldName>& asked) {
  return std::all_of(fields.begin(), fields.end(), [&](const FieldName& field) {
    return std::find(asked.begin(), asked.end(), field) != asked.end();
  });
}

std::string evidence_of(const std::optional<Incoming>& grant, const std::optional<Incoming>& answer) {
  std::string text;
  if (grant) text += "grant " + to_hex(grant->envelope) + "\n";
  if (answer) text += "answer " + to_hex(answer->envelope) + "\n";
  return text;
}

}  // namespace

// The open request that this message speaks of: same log, signed by whom its head names.
Consumer::State::Open* Consumer::State::find(const schemas::Head& head, const Incoming& message) {
  const std::string& origin = node.registry().origin();
  if (head.origin != origin || head.author.text != (message.by_broker ? origin : message.author.text)) return nullptr;
  const auto found = open.find(head.id);
  return found != open.end() ? &found->second : nullptr;
}

void Consumer::State::keep(Open& about, std::optional<Incoming>& place, const Incoming& message) {
  place = message;
  if (!std::exchange(about.holds_frame, true)) ++frames_held;
}

// Grant, answer and record stand in one frame, or in two that follow each other. Whatever waits longer must not hold
// whole frames.
void Consumer::State::let_go_of_frames() {
  if (frames_held == 0) return;
  for (auto& [id, about] : open) {
    if (!std::exchange(about.holds_frame, false)) continue;
    if (about.grant_message) about.grant_message->own();
    if (about.answer_message) about.answer_message->own();
  }
  frames_held = 0;
}

void Consumer::State::forget(std::unordered_map<ExchangeId, Open, FixedBytesHash>::iterator at) {
  if (at->second.holds_frame) --frames_held;
  open.erase(at);
}

// A member that asks itself gets the grant as the owner, too.
bool Consumer::State::on_grant(const Incoming& message) {
  auto grant = schemas::decode<schemas::Grant>(message.envelope);
  if (!grant) return false;
  Open* about = find(grant->head, message);
  if (about == nullptr || grant->request != about->digest) return false;
  keep(*about, about->grant_message, message);
  about->grant = std::move(*grant);
  return about->owner != node.identity().member;
}

void Consumer::State::on_answer(const Incoming& message) {
  auto answer = schemas::decode<schemas::Answer>(message.envelope);
  if (!answer) return;
  Open* about = find(answer->head, message);
  if (about == nullptr || message.author != about->owner) return;
  keep(*about, about->answer_message, message);
  about->answer = std::move(*answer);
}

void Consumer::State::on_recorded(const Incoming& message) {
  auto recorded = schemas::decode<schemas::Recorded>(message.envelope);
  if (!recorded) return;
  Open* about = find(recorded->head, message);
  if (about == nullptr) {
    auto done = hand_over.on_recorded(*recorded, node.clock().wall());
    if (!done) return;
    if (receipts != nullptr) {
      if (auto kept = receipts->set_received(done->exchanges, recorded->index); !kept)
        node.raise_alarm("store-failed", "a hand-over could not be kept: " + kept.error().what, {});
      if (options.prove) handed_over.emplace(recorded->head.id, std::move(done->exchanges));
    }
    if (options.prove) hold(std::move(done->promise), recorded->head.id);
    return;
  }
  if (!about->grant_message || !about->answer_message) return;
  Finished finished_now;
  if (auto verified = verify(*about, std::move(*recorded), finished_now); !verified) {
    fail_open(*about, verified.error(), std::move(finished_now));
    return;
  }
  if (receipts != nullptr) {
    finished_now.keep = true;
    finished_now.kept.granted = to_bytes(about->grant_message->envelope);
    finished_now.kept.answer = to_bytes(about->answer_message->envelope);
    finished_now.kept.answer_digest = about->answer_message->digest;
    finished_now.kept.recorded = to_bytes(message.envelope);
  }
  finished_now.outcome.answer = std::move(about->answer);
  finish(*about, std::move(finished_now));
}

// Everything that must hold before an answer is given out; see consumer.h.
Status Consumer::State::verify(Open& about, schemas::Recorded recorded, Finished& done) {
  const auto& suite = node.registry().suite();
  schemas::Grant& grant = about.grant;
  const Digest answer_digest = about.answer_message->digest;
  const Instant now = node.clock().wall();
  exchange::Promise asked{grant.index, grant.salt, std::move(grant.body), now};
  TRY_ASSIGN(const auto request_entry, exchange::check_promise(asked, about.digest));
  if (request_entry.kind != schemas::EntryKind::kRequest || request_entry.verdict != 0 ||
      request_entry.id != about.request.head.id)
    return fail(bad("the grant's entry is no permitted request of this id"));
  if (!within(grant.fields, about.request.fields)) return fail(bad("the grant names fields that nobody asked for"));
  if (recorded.digest != answer_digest) return fail(bad("the record is of another answer"));
  exchange::Promise answered{recorded.index, recorded.salt, std::move(recorded.body), now};
  TRY_ASSIGN(const auto answer_entry, exchange::check_promise(answered, answer_digest));
  if (answer_entry.kind != schemas::EntryKind::kAnswer || answer_entry.related != grant.index)
    return fail(bad("the answer's entry does not close this request"));

  exchange::Granted granted;
  granted.request = about.digest;
  granted.entry = exchange::entry_commitment(suite, asked.salt, asked.body);
  asked.commitment = granted.entry;
  granted.user = node.identity().member;
  granted.owner = about.owner;
  granted.id = about.request.head.id;
  granted.expires = about.request.head.expires;
  granted.reply_key = about.reply->id();
  granted.fields = std::move(grant.fields);
  granted.rows_max = grant.rows_max;
  TRY(exchange::check_answer(about.answer, about.answer_message->author, granted));
  TRY(open_answer(about, granted, done));
  done.outcome.request_entry = asked.index;
  if (const auto* agreement = node.registry().subject_at(request_entry.agreement);
      agreement != nullptr && agreement->kind == schemas::StatementKind::kAgreement)
    done.outcome.agreement = AgreementId(agreement->subject);
  done.outcome.closing_entry = answered.index;
  done.outcome.withheld = std::move(grant.withheld);
  done.outcome.masks = std::move(grant.masks);
  done.opened = answer_digest;
  done.expires = granted.expires;
  done.promises.reserve(2);
  done.promises.push_back(std::move(asked));
  done.promises.push_back(std::move(answered));
  return {};
}

Status Consumer::State::open_answer(Open& about, const exchange::Granted& granted, Finished& done) {
  const exchange::SealParties parties{node.registry().origin(), about.owner, node.identity().member, granted.reply_key,
                                      schemas::MessageKind::kAnswer};
  TRY_ASSIGN(const Bytes plaintext, opener->open(parties, *about.reply, about.answer_message->envelope,
                                                 about.answer_message->payload, about.answer.plaintext));
  TRY_ASSIGN(auto payload, schemas::decode<schemas::AnswerPayload>(plaintext));
  if (about.request.action == schemas::Action::kVerify) {
    TRY_ASSIGN(done.outcome.truths, exchange::truths_of(payload, about.answer, about.claims));
    payload.rows = {};
  } else {
    TRY(exchange::check_content(payload, about.answer, granted));
  }
  node.compare_checkpoint(payload.checkpoint, about.owner);
  done.outcome.kind = OutcomeKind::kAnswered;
  done.outcome.code = about.answer.status == schemas::AnswerStatus::kNo ? about.answer.reason : ErrorCode{0};
  done.outcome.delay_ms = about.answer.delay_ms;
  done.outcome.rows = std::move(payload.rows);
  return {};
}

void Consumer::State::on_refusal(const Incoming& message) {
  auto refusal = schemas::decode<schemas::Refusal>(message.envelope);
  if (!refusal) return;
  Open* about = find(refusal->head, message);
  if (about == nullptr || refusal->request != about->digest) return;
  exchange::Promise promise{refusal->index, refusal->salt, std::move(refusal->body), node.clock().wall()};
  Finished done;
  auto entry = exchange::check_promise(promise, about->digest);
  if (!entry || entry->kind != schemas::EntryKind::kRefusal || entry->verdict == 0) {
    fail_open(*about, entry ? bad("the refusal's entry is none") : entry.error(), std::move(done));
    return;
  }
  done.outcome.kind = OutcomeKind::kRefused;
  done.outcome.code = entry->verdict;
  done.outcome.withheld = std::move(refusal->fields);
  done.outcome.request_entry = entry->related;
  done.outcome.closing_entry = promise.index;
  done.promises.push_back(std::move(promise));
  if (receipts != nullptr) {
    done.keep = true;
    done.kept.granted = to_bytes(message.envelope);
  }
  finish(*about, std::move(done));
}

// By the broker, or by the owner, whose word the broker forwards.
void Consumer::State::on_rejection(const Incoming& message) {
  const auto rejection = schemas::decode<schemas::Rejection>(message.envelope);
  if (!rejection) return;
  Open* about = find(rejection->head, message);
  if (about == nullptr) {
    if (message.by_broker && rejection->head.author.text == node.registry().origin())
      hand_over.on_rejection(*rejection);
    return;
  }
  if (!message.by_broker && message.author != about->owner) return;
  if (!rejection->rejected.is_zero() && rejection->rejected != about->digest) return;
  // A repeat that comes at a bad time ends nothing: the first one may stand open and still be answered.
  const auto* row = schemas::error_row(rejection->code);
  if (about->repeated && row != nullptr && row->retry) return;
  Finished done;
  done.outcome.kind = OutcomeKind::kRejected;
  done.outcome.code = rejection->code;
  done.outcome.delay_ms = rejection->delay_ms;
  finish(*about, std::move(done));
}

void Consumer::State::finish(Open& about, Finished done) {
  const ExchangeId id = about.request.head.id;
  done.outcome.id = id;
  done.outcome.took = {node.clock().monotonic().us - about.asked.us};
  if (done.keep) {
    done.kept.id = id;
    done.kept.request = *about.message.envelope;
    done.kept.request_digest = about.digest;
  }
  finished.push_back(std::move(done));
  forget(open.find(id));
}

void Consumer::State::fail_open(Open& about, const Error& why, Finished done) {
  const ErrorCode code = why.code != 0 ? why.code : ErrorCode{schemas::code::verification_failed};
  node.raise_alarm(
      alarm_of(code), "exchange " + to_text(about.request.head.id) + " with `" + about.owner.text + "`: " + why.what,
      "request " + to_hex(*about.message.envelope) + "\n" + evidence_of(about.grant_message, about.answer_message));
  done = Finished{};
  done.outcome.kind = OutcomeKind::kRejected;
  done.outcome.code = code;
  finish(about, std::move(done));
}

bool Consumer::handle(const Incoming& message) {
  using schemas::MessageKind;
  State& state = *state_;
  switch (message.kind) {
    case MessageKind::kGrant: return message.by_broker && state.on_grant(message);
    case MessageKind::kRecorded:
      if (message.by_broker) state.on_recorded(message);
      break;
    case MessageKind::kRefusal:
      if (message.by_broker) state.on_refusal(message);
      break;
    case MessageKind::kAnswer: state.on_answer(message); break;
    case MessageKind::kRejection: state.on_rejection(message); break;
    default: return false;  // requests are a provider's
  }
  return true;
}

}  // namespace steelyard::client
