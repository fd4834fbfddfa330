#include "adapters/provider_desk.h"

#include "adapters/limited_source.h"

namespace steelyard::adapters {
namespace {

using schemas::MessageKind;

client::Incoming incoming_of(MessageKind kind, Bytes envelope, Bytes payload, const MemberId& author, bool by_broker,
                             const crypto::Suite& suite) {
  client::Incoming message;
  message.kind = kind;
  message.digest = exchange::message_digest(suite, kind, envelope, payload);
  message.hold(std::move(envelope), std::move(payload));
  if (!by_broker) message.author = author;
  message.by_broker = by_broker;
  return message;
}

}  // namespace

void ProviderDesk::start(const LedgerOptions& options) {
  stop();
  auto opened = Ledger::open(dir / "state", clock, options);
  ASSERT_TRUE(opened) << opened.error().what;
  ledger = std::move(*opened);
  ProviderOptions provider_options;
  provider_options.member = owner;
  provider_options.message_key = world.keys(owner).message.id();
  provider_options.pauses = &pauses;
  provider_options.seal_key = &world.keys(owner).seal;
  std::vector<std::unique_ptr<RowSource>> sources;
  sources.push_back(std::make_unique<DeskSource>(source(), reads, fault, as_of));
  provider =
      std::make_unique<Provider>(std::move(provider_options), std::move(sources), *ledger, suspensions, alarms, clock);
}

std::unique_ptr<RowSource> ProviderDesk::source() {
  DatasetMap map;
  map.dataset = DatasetId("civil-affairs/household");
  map.kind = SourceKind::kMemory;
  map.key = FieldName("id_number");
  map.limits = limits;
  schemas::Rows rows;
  rows.count = 3;
  for (const std::string name : {"name", "id_number", "address", "head", "members"}) {
    const bool number = name == "members";
    const auto type = number ? schemas::ValueType::kInt64 : schemas::ValueType::kString;
    map.fields.push_back({FieldName(name), name, type});
    schemas::Column column{FieldName(name), type, {}};
    for (std::int64_t i = 0; i < 3; ++i)
      column.values.push_back(number ? schemas::Value(i)
                                     : schemas::Value((name == "id_number" ? "id-" : name + "-") + std::to_string(i)));
    if (name == "address" && without_address) column.values.assign(rows.count, schemas::Value());
    rows.columns.push_back(std::move(column));
  }
  auto made = MemorySource::of(std::move(map), std::move(rows), clock);
  CHECK(made.has_value());
  return std::make_unique<LimitedSource>(std::move(*made), clock);
}

schemas::Request ProviderDesk::request() const {
  schemas::Request request;
  request.head.kind = MessageKind::kRequest;
  request.head.origin = world.registry().origin();
  request.head.author = user;
  request.head.key = world.keys(user).message.id();
  request.head.recipient = owner;
  request.head.id = crypto::make_exchange_id(clock.now);
  request.head.expires = clock.now + seconds(30);
  request.application = ApplicationId("tax-relief");
  request.dataset = DatasetId("civil-affairs/household");
  request.purpose = PurposeId("deduction");
  request.agreement = AgreementId("tax-household");
  request.fields = {FieldName("name"), FieldName("address")};
  request.conditions = {FieldName("id_number")};
  request.reply_key = reply_key.public_key().octets;
  request.operator_present = true;
  request.seal_key = world.keys(owner).seal.id();
  return request;
}

schemas::RequestPayload ProviderDesk::payload() const {
  schemas::RequestPayload payload;
  payload.parameters = {{FieldName("id_number"), schemas::Compare::kEq, {schemas::Value(std::string("id-1"))}}};
  payload.behalf.operator_id = "clerk-17";
  payload.behalf.salt = crypto::random<PlainSalt>();
  return payload;
}

Asked ProviderDesk::ask(schemas::Request request, schemas::RequestPayload payload) {
  Asked asked;
  asked.request = std::move(request);
  asked.payload = std::move(payload);
  asked.request.behalf = exchange::behalf_commitment(
      world.suite(), asked.payload.behalf.salt, asked.payload.behalf.operator_id, asked.payload.behalf.case_number);
  asked.grant.fields = asked.request.fields;
  asked.grant.rows_max = 100;
  seal(asked);
  return asked;
}

void ProviderDesk::seal(Asked& asked) {
  const Bytes plaintext = schemas::encode(asked.payload);
  const auto salt = crypto::random<PlainSalt>();
  asked.request.plaintext = exchange::plaintext_commitment(world.suite(), salt, plaintext);
  asked.envelope = schemas::encode(asked.request);
  const exchange::SealParties parties{asked.request.head.origin, user, owner, asked.request.seal_key,
                                      MessageKind::kRequest};
  auto sealed =
      sealer.seal(parties, world.keys(owner).seal.public_key(), asked.envelope, salt, plaintext, clock.monotonic());
  ASSERT_TRUE(sealed) << sealed.error().what;
  asked.sealed = std::move(*sealed);
  asked.digest = exchange::message_digest(world.suite(), MessageKind::kRequest, asked.envelope, asked.sealed);

  const exchange::Registry& registry = world.registry();
  exchange::EntryBody& entry = asked.entry;
  entry = {};
  entry.kind = schemas::EntryKind::kRequest;
  entry.digest = asked.digest;
  entry.id = asked.request.head.id;
  entry.member = registry.member(user)->number;
  entry.peer = registry.member(owner)->number;
  entry.application = registry.application(asked.request.application)->number;
  entry.dataset = registry.dataset(asked.request.dataset)->number;
  entry.purpose = registry.term(schemas::VocabularyKind::kPurpose, asked.request.purpose.text)->number;
  entry.agreement = registry.agreement(AgreementId("tax-household"))->in_force->number;
  entry.epoch = registry.epoch();
  entry.time = clock.now;
  entry.strict = asked.request.strict;
  entry.operator_present = asked.request.operator_present;
  entry.case_present = asked.request.case_present;
  const auto& order = *registry.fields_at(entry.dataset);
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (std::find(asked.grant.fields.begin(), asked.grant.fields.end(), order[i]) != asked.grant.fields.end())
      entry.returned.add(i);
    const auto& tested = asked.request.conditions;
    if (std::find(tested.begin(), tested.end(), order[i]) != tested.end()) entry.tested.add(i);
  }
  grant_anew(asked);
}

void ProviderDesk::grant_anew(Asked& asked) const {
  schemas::Grant& grant = asked.grant;
  asked.entry.count = grant.rows_max;
  asked.entry.terms = exchange::Terms{grant.masks, grant.row_filter, grant.rows_max}.digest(world.suite());
  grant.head = asked.request.head;
  grant.head.kind = MessageKind::kGrant;
  grant.head.author = MemberId(world.registry().origin());
  grant.head.key = world.broker().bundle.id();
  grant.request = asked.digest;
  grant.index = LogIndex(1'000);
  grant.salt = crypto::random<Salt>();
  const auto body = exchange::encode(asked.entry);
  grant.body.assign(body.begin(), body.end());
}

std::vector<client::Incoming> ProviderDesk::incoming(const Asked& asked) const {
  const MemberId broker(world.registry().origin());
  return {incoming_of(MessageKind::kGrant, schemas::encode(asked.grant), {}, broker, true, world.suite()),
          incoming_of(MessageKind::kRequest, asked.envelope, asked.sealed, user, false, world.suite())};
}

schemas::Answer ProviderDesk::answer(std::size_t at) const {
  if (at >= bus.sent.size() || bus.sent[at].kind != MessageKind::kAnswer) {
    ADD_FAILURE() << "message " << at << " is no answer";
    return {};
  }
  return schemas::decode<schemas::Answer>(*bus.sent[at].envelope).value();
}

schemas::AnswerPayload ProviderDesk::open(std::size_t at) const {
  const schemas::Answer answered = answer(at);
  exchange::Opener opener(world.suite());
  const exchange::SealParties parties{answered.head.origin, owner, user, reply_key.id(), MessageKind::kAnswer};
  auto plaintext =
      opener.open(parties, reply_key, *bus.sent.at(at).envelope, *bus.sent.at(at).payload, answered.plaintext);
  if (!plaintext) {
    ADD_FAILURE() << plaintext.error().what;
    return {};
  }
  return schemas::decode<schemas::AnswerPayload>(*plaintext).value();
}

ErrorCode ProviderDesk::rejection(std::size_t at) const {
  if (at >= bus.sent.size() || bus.sent[at].kind != MessageKind::kRejection) {
    ADD_FAILURE() << "message " << at << " is no rejection";
    return 0;
  }
  return schemas::decode<schemas::Rejection>(*bus.sent[at].envelope).value().code;
}

}  // namespace steelyard::adapters
