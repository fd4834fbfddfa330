// Attacks by an owner, or by whoever plays one: answers that do not belong, hold too much, come again or too late.
#include <chrono>
#include <thread>

#include "core/client/consumer.h"
#include "core/crypto/random.h"
#include "core/exchange/seal.h"
#include "schemas/errors.h"
#include "tests/hostile/stage.h"

namespace steelyard::hostile {
namespace {

using schemas::MessageKind;

// One exchange between the attacker and m004, open until somebody answers.
struct Exchange {
  std::unique_ptr<Peer> asker, owner;
  schemas::Request request;
  Digest asked;
  schemas::Grant grant;

  static Result<Exchange> open(Stage& stage, schemas::Request request) {
    Exchange made;
    TRY_ASSIGN(made.owner, Peer::join(stage, stage.identity(kOwnerPlayed), {kPlayedData}));
    TRY_ASSIGN(made.asker, Peer::join(stage, stage.identity(kAttacker)));
    const exchange::OutMessage message = stage.message(request);
    made.request = std::move(request);
    made.asked = stage.digest_of(message);
    made.asker->bundle({message});
    TRY_ASSIGN(const Heard granted, made.owner->wait_for(MessageKind::kGrant));
    TRY_ASSIGN(made.grant, schemas::decode<schemas::Grant>(granted.envelope));
    TRY(made.owner->wait_for(MessageKind::kRequest));
    return made;
  }
  static Result<Exchange> open(Stage& stage) { return open(stage, stage.request(kAttacker, kPlayedData)); }

  schemas::Answer answer(Stage& stage, const MemberId& author = kOwnerPlayed) const {
    schemas::Answer made;
    made.head = stage.head(MessageKind::kAnswer, author, request.head.author);
    made.head.id = request.head.id;
    made.head.expires = request.head.expires;
    made.request = asked;
    made.request_entry = exchange::entry_commitment(stage.suite(), grant.salt, grant.body);
    made.fields = grant.fields;
    made.rows = 1;
    made.seal_key = crypto::PublicKey{stage.suite().sealing, request.reply_key}.id();
    return made;
  }
  static exchange::OutMessage message(Stage& stage, const schemas::Answer& answer) {
    exchange::OutMessage made = stage.plain(answer);
    made.payload = std::make_shared<const Bytes>(Bytes(256, 7));
    return made;
  }
};

// Sends each spoilt answer to one open exchange; then the right one, so that nothing is left open behind.
Status answer_badly(Stage& stage, Seen& seen, const std::vector<std::function<void(schemas::Answer&)>>& changes) {
  TRY_ASSIGN(Exchange exchange, Exchange::open(stage));
  for (const auto& change : changes) {
    schemas::Answer answer = exchange.answer(stage);
    change(answer);
    exchange.owner->bundle({Exchange::message(stage, answer)});
    ++seen.done;
  }
  exchange.owner->listen(seen, seen.done);
  exchange.owner->bundle({Exchange::message(stage, exchange.answer(stage))});
  if (!exchange.asker->wait_for(MessageKind::kAnswer)) seen.tell("the right answer was not delivered");
  return {};
}

Status of_another_owner(Stage& stage, Seen& seen) {
  TRY_ASSIGN(Exchange exchange, Exchange::open(stage));
  TRY_ASSIGN(const auto other, Peer::join(stage, stage.identity(kBystander)));
  other->bundle({Exchange::message(stage, exchange.answer(stage, kBystander))});
  ++seen.done;
  other->listen(seen, 1);
  exchange.owner->bundle({Exchange::message(stage, exchange.answer(stage))});
  if (!exchange.asker->wait_for(MessageKind::kAnswer)) seen.tell("the right answer was not delivered");
  return {};
}

Status unasked(Stage& stage, Seen& seen) {
  TRY_ASSIGN(const auto owner, Peer::join(stage, stage.identity(kOwnerPlayed), {kPlayedData}));
  Exchange none;
  none.request = stage.request(kAttacker, kPlayedData);
  none.asked = crypto::random<Digest>();
  none.grant.fields = {FieldName("f1")};
  none.grant.body = Bytes(209, 1);
  owner->bundle({Exchange::message(stage, none.answer(stage))});
  ++seen.done;
  owner->listen(seen, 1);
  return {};
}

Status twice(Stage& stage, Seen& seen) {
  TRY_ASSIGN(Exchange exchange, Exchange::open(stage));
  schemas::Answer answer = exchange.answer(stage);
  exchange.owner->bundle({Exchange::message(stage, answer)});
  TRY(exchange.asker->wait_for(MessageKind::kAnswer));
  answer.rows = 0;
  exchange.owner->bundle({Exchange::message(stage, answer)});
  ++seen.done;
  exchange.owner->listen(seen, 1);
  return {};
}

Status late(Stage& stage, Seen& seen) {
  schemas::Request request = stage.request(kAttacker, kPlayedData);
  const Instant now = stage.clock().wall();
  request.head.id = crypto::make_exchange_id(now - seconds(45));
  request.head.expires = now - milliseconds(28'800);  // fresh for 1.2 s more
  TRY_ASSIGN(Exchange exchange, Exchange::open(stage, std::move(request)));
  std::this_thread::sleep_for(std::chrono::milliseconds(1'800));
  exchange.owner->bundle({Exchange::message(stage, exchange.answer(stage))});
  ++seen.done;
  exchange.owner->listen(seen, 1);
  return {};
}

// The envelope says one row, the content holds two: the broker cannot see it, so the user's own program has to.
Status wrong_row_count(Stage& stage, Seen& seen) {
  TRY_ASSIGN(auto identity, client::read_identity_file(stage.world() + "/city/m001/identity.toml"));
  client::NodeOptions options;
  options.keep_state = false;
  TRY_ASSIGN(const auto node, client::Node::open(stage.context(), std::move(identity), options, stage.clock()));
  client::Consumer consumer(*node, nullptr, {.keep_receipts = false, .prove = false});
  const auto step = [&]() -> Status {
    TRY_ASSIGN(const auto incoming, node->step(milliseconds(10)));
    for (const client::Incoming& message : incoming) consumer.handle(message);
    consumer.tick();
    for (const client::Alarm& alarm : node->take_alarms()) ++seen.alarms[alarm.slug];
    return {};
  };
  for (int i = 0; i < 500 && !node->up(); ++i) TRY(step());
  Exchange exchange;
  TRY_ASSIGN(exchange.owner, Peer::join(stage, stage.identity(kOwnerPlayed), {kPlayedData}));
  client::Query query;
  query.application = ApplicationId("app-m001");
  query.dataset = kPlayedData;
  query.purpose = PurposeId("bench-purpose");
  query.fields = {FieldName("f1")};
  query.life = seconds(10);
  TRY(consumer.ask(query));
  TRY(step());
  TRY_ASSIGN(const Heard granted, exchange.owner->wait_for(MessageKind::kGrant));
  TRY_ASSIGN(exchange.grant, schemas::decode<schemas::Grant>(granted.envelope));
  TRY_ASSIGN(const Heard asked, exchange.owner->wait_for(MessageKind::kRequest));
  TRY_ASSIGN(exchange.request, schemas::decode<schemas::Request>(asked.envelope));
  exchange.asked = exchange.grant.request;

  schemas::AnswerPayload content;
  content.rows.count = 2;
  content.rows.columns = {{FieldName("f1"), schemas::ValueType::kString, {std::string("one"), std::string("two")}}};
  const Bytes plaintext = schemas::encode(content);
  const auto salt = crypto::random<PlainSalt>();
  schemas::Answer answer = exchange.answer(stage);
  answer.plaintext = exchange::plaintext_commitment(stage.suite(), salt, plaintext);
  exchange::OutMessage message = stage.plain(answer);
  exchange::Sealer sealer(stage.suite());
  TRY_ASSIGN(Bytes sealed, sealer.seal({stage.origin(), kOwnerPlayed, kAttacker, answer.seal_key, MessageKind::kAnswer},
                                       {stage.suite().sealing, exchange.request.reply_key}, *message.envelope, salt,
                                       plaintext, stage.clock().monotonic()));
  message.payload = std::make_shared<const Bytes>(std::move(sealed));
  exchange.owner->bundle({message});
  ++seen.done;
  for (int i = 0; i < 500; ++i) {
    TRY(step());
    for (const client::Outcome& outcome : consumer.take_outcomes()) {
      const bool rows = outcome.kind == client::OutcomeKind::kAnswered;
      seen.tell(rows ? "answered" : "rejected " + std::string(schemas::slug_of(outcome.code)));
      return {};
    }
  }
  return {};
}

Status forged_rejections(Stage& stage, Seen& seen) {
  TRY_ASSIGN(Exchange exchange, Exchange::open(stage));
  TRY_ASSIGN(const auto other, Peer::join(stage, stage.identity(kBystander)));
  const auto rejection = [&](const MemberId& author, const Digest& rejected, ErrorCode why) {
    schemas::Rejection made;
    made.head = stage.head(MessageKind::kRejection, author, kAttacker);
    made.head.id = exchange.request.head.id;
    made.rejected = rejected;
    made.code = why;
    return stage.plain(made);
  };
  other->bundle({rejection(kBystander, exchange.asked, schemas::code::gone)});
  exchange.owner->bundle({rejection(kOwnerPlayed, crypto::random<Digest>(), schemas::code::gone)});
  exchange.owner->bundle({rejection(kOwnerPlayed, exchange.asked, schemas::code::clock_wrong)});
  seen.done = 3;
  other->listen(seen, 0);
  exchange.owner->listen(seen, 0);
  exchange.asker->listen(seen, 0);
  exchange.owner->bundle({Exchange::message(stage, exchange.answer(stage))});
  if (!exchange.asker->wait_for(MessageKind::kAnswer)) seen.tell("the right answer was not delivered");
  return {};
}

Status repeated_rejections(Stage& stage, Seen& seen) {
  TRY_ASSIGN(Exchange exchange, Exchange::open(stage));
  schemas::Rejection rejection;
  rejection.head = stage.head(MessageKind::kRejection, kOwnerPlayed, kAttacker);
  rejection.head.id = exchange.request.head.id;
  rejection.rejected = exchange.asked;
  rejection.code = schemas::code::gone;
  seen.done = 100;
  exchange.owner->bundle(std::vector<exchange::OutMessage>(seen.done, stage.plain(rejection)));
  exchange.owner->listen(seen, 0);
  exchange.asker->listen(seen, 0);
  exchange.owner->bundle({Exchange::message(stage, exchange.answer(stage))});
  if (!exchange.asker->wait_for(MessageKind::kAnswer)) seen.tell("the right answer was not delivered");
  return {};
}

}  // namespace

void add_answers(Attacks& to) {
  using schemas::Answer;
  to["answer-of-another-owner"] = of_another_owner;
  to["answer-unasked"] = unasked;
  to["answer-twice"] = twice;
  to["answer-late"] = late;
  to["answer-other-digest"] = [](Stage& stage, Seen& seen) {
    return answer_badly(stage, seen,
                        {[](Answer& answer) { answer.request = crypto::random<Digest>(); },
                         [](Answer& answer) { answer.request_entry = crypto::random<Commitment>(); },
                         [](Answer& answer) { answer.seal_key = crypto::random<KeyId>(); },
                         [](Answer& answer) { answer.head.expires = answer.head.expires + seconds(1); }});
  };
  to["answer-surplus-field"] = [](Stage& stage, Seen& seen) {
    return answer_badly(stage, seen,
                        {[](Answer& answer) { answer.fields.push_back(FieldName("f6")); },
                         [](Answer& answer) { answer.fields.push_back(FieldName("f3")); }});
  };
  to["answer-too-many-rows"] = [](Stage& stage, Seen& seen) {
    return answer_badly(stage, seen,
                        {[](Answer& answer) { answer.rows = 11; },
                         [](Answer& answer) {
                           answer.status = schemas::AnswerStatus::kNo;
                           answer.reason = schemas::code::owner_busy;
                         }});
  };
  to["answer-wrong-row-count"] = wrong_row_count;
  to["rejection-forged"] = forged_rejections;
  to["rejection-repeated"] = repeated_rejections;
}

}  // namespace steelyard::hostile
