// One flipped bit in every field of every kind of message, by the schema.
#include "core/crypto/random.h"
#include "core/exchange/bundle.h"
#include "schemas/testing/field_places.h"
#include "tests/hostile/stage.h"

namespace steelyard::hostile {
namespace {

using schemas::MessageKind;
using schemas::Role;
using schemas::testing::FieldPlace;
using schemas::testing::Schema;

struct Sample {
  std::string table;
  exchange::OutMessage message;
};

// Samples hold every field, none with the value that FlatBuffers leaves out.

schemas::Request full_request(Stage& stage) {
  schemas::Request request = stage.request();
  request.agreement = stage.agreement_of(kAttacker, kHonestData);
  request.strict = request.operator_present = request.case_present = true;
  request.behalf = crypto::random<Commitment>();
  request.seal_key = crypto::random<KeyId>();
  return request;
}

Sample answer_sample(Stage& stage) {
  schemas::Answer answer;
  answer.head = stage.head(MessageKind::kAnswer, kAttacker, kBystander);
  answer.request = crypto::random<Digest>();
  answer.request_entry = crypto::random<Commitment>();
  answer.fields = {FieldName("f1")};
  answer.rows = 3;
  answer.reason = 200;
  answer.as_of = stage.clock().wall();
  answer.ledger_head = crypto::random<Digest>();
  answer.ledger_size = 5;
  answer.seal_key = crypto::random<KeyId>();
  answer.plaintext = crypto::random<Commitment>();
  answer.view = crypto::make_exchange_id(stage.clock().wall());
  answer.delay_ms = 7;
  return {"Answer", stage.plain(answer)};
}

Sample received_sample(Stage& stage) {
  schemas::Received received;
  received.head = stage.head(MessageKind::kReceived, kAttacker, kBystander);
  received.answers = {crypto::random<Digest>()};
  received.subscription = crypto::make_exchange_id(stage.clock().wall());
  received.upto = LogIndex(7);
  received.stop = true;
  return {"Received", stage.plain(received)};
}

Sample event_sample(Stage& stage) {
  schemas::Event event;
  event.head = stage.head(MessageKind::kEvent, kAttacker, kBystander);
  event.dataset = kHonestData;
  event.sequence = 2;
  event.previous = 1;
  event.subscription = crypto::make_exchange_id(stage.clock().wall());
  event.period = 1;
  event.first = event.last = true;
  event.fields = {FieldName("f1")};
  event.rows = 3;
  event.reason = 200;
  event.time = stage.clock().wall();
  event.plaintext = crypto::random<Commitment>();
  return {"Event", stage.plain(event)};
}

Sample rejection_sample(Stage& stage) {
  schemas::Rejection rejection;
  rejection.head = stage.head(MessageKind::kRejection, kAttacker, kBystander);
  rejection.rejected = crypto::random<Digest>();
  rejection.code = 10;
  rejection.delay_ms = 250;
  return {"Rejection", stage.plain(rejection)};
}

std::vector<Sample> broker_samples(Stage& stage) {
  schemas::Grant grant;
  grant.head = stage.head(MessageKind::kGrant, kAttacker, kBystander);
  grant.request = crypto::random<Digest>();
  grant.index = LogIndex(7);
  grant.salt = crypto::random<Salt>();
  grant.body = Bytes(100, 1);
  grant.fields = grant.withheld = {FieldName("f1")};
  grant.masks = {{FieldName("f2"), "null"}};
  grant.row_filter = "true";
  grant.rows_max = 4;
  schemas::Refusal refusal;
  refusal.head = stage.head(MessageKind::kRefusal, kAttacker, kBystander);
  refusal.request = grant.request;
  refusal.index = grant.index;
  refusal.salt = grant.salt;
  refusal.body = grant.body;
  refusal.fields = grant.fields;
  schemas::Recorded recorded;
  recorded.head = stage.head(MessageKind::kRecorded, kAttacker, kBystander);
  recorded.digest = grant.request;
  recorded.index = grant.index;
  recorded.salt = grant.salt;
  recorded.body = grant.body;
  return {{"Grant", stage.plain(grant)}, {"Refusal", stage.plain(refusal)}, {"Recorded", stage.plain(recorded)}};
}

schemas::Key key_sample() {
  return {schemas::KeyUse::kMessage, 1,
          crypto::SigningKey::generate(crypto::suite(crypto::SuiteId::kStandard)).public_key().octets};
}

std::vector<schemas::StatementBody> bodies(Stage& stage) {
  const schemas::Text text{"文", "text"};
  const Instant at = stage.clock().wall();
  schemas::Genesis genesis{stage.origin(),          1, kAttacker, text, {key_sample()}, {key_sample()}, Bytes(60, 1),
                           crypto::random<Digest>()};
  schemas::Member member{text, {key_sample()}, at, at, 1};
  schemas::Application application{kAttacker, text};
  schemas::Duty duty{text, text, kAttacker};
  schemas::Vocabulary vocabulary{schemas::VocabularyKind::kPurpose, "p", text, "1", {BasisId("b")}, at, at};
  schemas::Catalogue catalogue;
  catalogue.dataset = DatasetId("m001/d");
  catalogue.duty = DutyId("duty-m001");
  catalogue.system = SystemId("system");
  catalogue.title = catalogue.summary = catalogue.conditions = text;
  catalogue.format = "table";
  catalogue.update_cycle = "daily";
  catalogue.method = "query";
  catalogue.lead_source = "m002";
  catalogue.legal_basis = BasisId("b");
  catalogue.fields = {{FieldName("f"), schemas::ValueType::kString, text, 1, true, true, "null"}};
  catalogue.rows_max = 5;
  catalogue.rows_per_day = 6;
  catalogue.day_offset_minutes = 330;
  schemas::PolicySet policy{"permit (principal, action, resource);", at, at};
  schemas::Agreement agreement;
  agreement.agreement = AgreementId("a");
  agreement.user = kAttacker;
  agreement.owner = kHonest;
  agreement.manager = kBystander;
  agreement.dataset = kHonestData;
  agreement.fields = {FieldName("f1")};
  agreement.actions = {schemas::Action::kQuery};
  agreement.purposes = {PurposeId("bench-purpose")};
  agreement.legal_basis = BasisId("bench-basis");
  agreement.user_duty = DutyId("duty-m001");
  agreement.terms = text;
  agreement.row_filter = "true";
  agreement.masks = {{FieldName("f2"), "null"}};
  agreement.rows_max = 5;
  agreement.rows_per_day = 6;
  agreement.day_offset_minutes = 330;
  agreement.valid_from = at;
  agreement.valid_until = at;
  schemas::Approval approval{AgreementId("a00000"), crypto::random<Digest>(), Role::kOwner};
  schemas::AgreementState state{
      AgreementId("a00000"), schemas::AgreementChange::kDecide, ReasonId("r"), crypto::random<Digest>(),
      Role::kOwner,          schemas::Decision::kFor,           text};
  return {genesis, member, application, duty, vocabulary, catalogue, policy, agreement, approval, state};
}

std::vector<Sample> statement_samples(Stage& stage) {
  const crypto::SigningKey office = stage.root_office();
  const MemberId root(stage.root_name());
  std::vector<Sample> samples;
  for (const schemas::StatementBody& body : bodies(stage)) {
    const schemas::Statement statement =
        stage.statement(body, "subject", Role::kRootManager, root, 2, crypto::random<Digest>());
    samples.push_back({"Statement", stage.message(statement, {{Role::kRootManager, root, &office}})});
  }
  return samples;
}

Result<std::vector<FieldPlace>> places_of(const Sample& sample) {
  TRY_ASSIGN(const Schema schema, Schema::read());
  return schema.places(sample.table, *sample.message.envelope);
}

exchange::OutMessage flipped(const exchange::OutMessage& message, const FieldPlace& place) {
  Bytes octets = *message.envelope;
  octets[place.at + crypto::random<Salt>().octets[0] % place.size] ^= 1;
  exchange::OutMessage made = message;
  made.envelope = std::make_shared<const Bytes>(std::move(octets));
  return made;
}

Status note_fields(Seen& seen) {
  seen.note = std::to_string(seen.done) + " fields";
  return {};
}

// The frame is signed, and only then a bit is flipped in it: as a wire or a thief would do.
Status flip_on_the_way(Stage& stage, Seen& seen, const std::vector<Sample>& samples) {
  TRY_ASSIGN(const auto peer, Peer::join(stage, stage.identity(kAttacker)));
  for (const Sample& sample : samples) {
    TRY_ASSIGN(const auto places, places_of(sample));
    const Bytes frame = peer->frame_of({sample.message});
    const auto& envelope = *sample.message.envelope;
    const auto begins = std::search(frame.begin(), frame.end(), envelope.begin(), envelope.end()) - frame.begin();
    for (const FieldPlace& place : places) {
      Bytes spoilt = frame;
      spoilt[static_cast<std::size_t>(begins) + place.at] ^= 1;
      peer->send(spoilt);
      ++seen.done;
    }
    peer->listen(seen, places.size());
  }
  return note_fields(seen);
}

Status flip_statement_signed(Stage& stage, Seen& seen) {
  TRY_ASSIGN(const auto peer, Peer::join(stage, stage.identity(kAttacker)));
  for (const Sample& sample : statement_samples(stage)) {
    TRY_ASSIGN(const auto places, places_of(sample));
    std::vector<exchange::OutMessage> messages;
    for (const FieldPlace& place : places) messages.push_back(flipped(sample.message, place));
    peer->bundle(messages);
    seen.done += messages.size();
    peer->listen(seen, messages.size());
  }
  return note_fields(seen);
}

Status flip_request_signed(Stage& stage, Seen& seen) {
  TRY_ASSIGN(const auto peer, Peer::join(stage, stage.identity(kAttacker)));
  TRY_ASSIGN(const auto layout, places_of({"Request", stage.message(full_request(stage))}));
  for (std::size_t i = 0; i < layout.size(); ++i) {  // an id of its own for each
    TRY_ASSIGN(const exchange::OutMessage good, stage.sealed(full_request(stage), kAttacker));
    TRY_ASSIGN(const auto places, places_of({"Request", good}));
    peer->bundle({flipped(good, places[i])});
    ++seen.done;
  }
  peer->listen(seen, seen.done);
  return note_fields(seen);
}

Status flip_grant(Stage& stage, Seen& seen) {
  for (const Sample& sample : broker_samples(stage)) {
    TRY_ASSIGN(const auto places, places_of(sample));
    std::unique_ptr<Peer> peer;
    std::size_t used = 0;
    for (const FieldPlace& place : places) {
      if (used++ % (limits::kDropsBeforeDisconnect - 1) == 0) {
        if (peer) peer->listen(seen, 0);
        peer.reset();
        TRY_ASSIGN(peer, Peer::join(stage, stage.identity(kAttacker)));
      }
      exchange::OutMessage message = flipped(sample.message, place);
      const MessageKind kind = message.kind;
      message.kind = MessageKind::kRequest;  // the writer of frames would not write this one
      Bytes frame = peer->frame_of({message});
      frame[78] = static_cast<std::uint8_t>(kind);
      peer->send(frame);
      ++seen.done;
    }
    peer->listen(seen, 0);
  }
  return {};
}

Status flip_hello(Stage& stage, Seen& seen) {
  TRY_ASSIGN(const Schema schema, Schema::read());
  const Bytes hello = schemas::encode(stage.hello(stage.identity(kOwnerPlayed), {kPlayedData}));
  TRY_ASSIGN(const auto places, schema.places("Hello", hello));
  for (const FieldPlace& place : places) {
    Bytes spoilt = hello;
    spoilt[place.at] ^= 1;
    TRY_ASSIGN(const auto peer, Peer::connect(stage, stage.identity(kOwnerPlayed)));
    peer->send(exchange::control_frame(MessageKind::kHello, spoilt));
    ++seen.done;
    const auto heard = peer->read(milliseconds(300), [](const auto& so_far) {
      return !so_far.empty() && !words_of(so_far.back().kind, so_far.back().envelope).empty();
    });
    seen.tell(heard.empty() ? "nothing" : words_of(heard.back().kind, heard.back().envelope));
  }
  return {};
}

Status flip_control(Stage& stage, Seen& seen) {
  TRY_ASSIGN(const Schema schema, Schema::read());
  const Instant at = stage.clock().wall();
  const Bytes note = Bytes(200, 'n');
  schemas::Welcome welcome{1,   crypto::make_exchange_id(at), stage.origin(), crypto::random<Digest>(), Epoch(5), at,
                           note};
  const std::tuple<MessageKind, const char*, Bytes> kinds[] = {
      {MessageKind::kPing, "Ping", schemas::encode(schemas::Ping{7, at})},
      {MessageKind::kPong, "Pong", schemas::encode(schemas::Pong{7, at})},
      {MessageKind::kCredit, "Credit", schemas::encode(schemas::Credit{2'000, 9'000'000})},
      {MessageKind::kSync, "Sync", schemas::encode(schemas::Sync{LogIndex(1'000'000)})},
      {MessageKind::kTileRequest, "TileRequest", schemas::encode(schemas::TileRequest{2, 3, 9})},
      {MessageKind::kCosign, "Cosign", schemas::encode(schemas::Cosign{note})},
      {MessageKind::kWelcome, "Welcome", schemas::encode(welcome)},
      {MessageKind::kTile, "Tile", schemas::encode(schemas::Tile{1, 1, 1, {crypto::random<Digest>()}})},
      {MessageKind::kCheckpoint, "Checkpoint", schemas::encode(schemas::Checkpoint{note})}};
  TRY_ASSIGN(const auto peer, Peer::join(stage, stage.identity(kAttacker)));
  for (const auto& [kind, table, octets] : kinds) {
    TRY_ASSIGN(const auto places, schema.places(table, octets));
    for (const FieldPlace& place : places) {
      Bytes spoilt = octets;
      spoilt[place.at] ^= 1;
      peer->send(exchange::control_frame(kind, spoilt));
      ++seen.done;
    }
  }
  peer->listen(seen, 0);
  if (peer->state() == net::LinkState::kUp) seen.tell("served");  // the session stands
  return {};
}

}  // namespace

void add_flips(Attacks& to) {
  to["flip-request"] = [](Stage& stage, Seen& seen) {
    return flip_on_the_way(stage, seen, {{"Request", stage.message(full_request(stage))}});
  };
  to["flip-answer"] = [](Stage& stage, Seen& seen) { return flip_on_the_way(stage, seen, {answer_sample(stage)}); };
  to["flip-received"] = [](Stage& stage, Seen& seen) { return flip_on_the_way(stage, seen, {received_sample(stage)}); };
  to["flip-event"] = [](Stage& stage, Seen& seen) { return flip_on_the_way(stage, seen, {event_sample(stage)}); };
  to["flip-rejection"] = [](Stage& stage, Seen& seen) {
    return flip_on_the_way(stage, seen, {rejection_sample(stage)});
  };
  to["flip-statement"] = [](Stage& stage, Seen& seen) {
    return flip_on_the_way(stage, seen, statement_samples(stage));
  };
  to["flip-statement-signed"] = flip_statement_signed;
  to["flip-request-signed"] = flip_request_signed;
  to["flip-grant"] = flip_grant;
  to["flip-hello"] = flip_hello;
  to["flip-control"] = flip_control;
}

}  // namespace steelyard::hostile
