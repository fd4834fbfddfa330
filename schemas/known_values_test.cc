// The known values of schemas/test_values.h. They are what released bytes mean: add to them, never change them.
#include "schemas/test_values.h"

namespace steelyard::schemas::testing {
namespace {

std::vector<FieldName> fields(std::initializer_list<const char*> names) {
  std::vector<FieldName> made;
  for (const char* name : names) made.emplace_back(name);
  return made;
}

Bytes run(std::uint8_t first, std::size_t size) {
  Bytes made(size);
  for (auto& octet : made) octet = first++;
  return made;
}

}  // namespace

Head known_head(MessageKind kind) {
  Head head;
  head.kind = kind;
  head.origin = "steelyard.example/city";
  const bool broker = kind >= MessageKind::kGrant && kind <= MessageKind::kRecorded;
  head.author = MemberId(broker ? head.origin : "tax");
  head.recipient = MemberId(kind == MessageKind::kReceived ? head.origin : "civil-affairs");
  head.key = filled<KeyId>(1);
  head.id = filled<ExchangeId>(16);
  head.expires = Instant{1'763'890'948'000'123};
  return head;
}

Request known_request() {
  Request v;
  v.head = known_head(MessageKind::kRequest);
  v.application = ApplicationId("tax-relief");
  v.dataset = DatasetId("civil-affairs/household");
  v.action = Action::kQuery;
  v.purpose = PurposeId("relief-check");
  v.agreement = AgreementId("a-2026-001");
  v.fields = fields({"name", "household_no", "birth_date"});
  v.conditions = fields({"identity_no"});
  v.strict = true;
  v.reply_key = run(0x40, 32);
  v.operator_present = true;
  v.case_present = false;
  v.behalf = filled<Commitment>(0x60);
  v.seal_key = filled<KeyId>(0x80);
  v.plaintext = filled<Commitment>(0xa0);
  return v;
}

Answer known_answer() {
  Answer v;
  v.head = known_head(MessageKind::kAnswer);
  v.request = filled<Digest>(1);
  v.request_entry = filled<Commitment>(2);
  v.fields = fields({"name", "household_no"});
  v.rows = 3;
  v.status = AnswerStatus::kCapped;
  v.as_of = Instant{1'763'800'000'000'000};
  v.ledger_head = filled<Digest>(3);
  v.ledger_size = 77;
  v.seal_key = filled<KeyId>(4);
  v.plaintext = filled<Commitment>(5);
  return v;
}

Answer known_starting_answer() {
  Answer v = known_answer();
  v.rows = 0;
  v.status = AnswerStatus::kComplete;
  v.view = filled<ExchangeId>(9);
  return v;
}

Answer known_busy_answer() {
  Answer v = known_answer();
  v.fields.clear();
  v.rows = 0;
  v.status = AnswerStatus::kNo;
  v.reason = 204;
  v.delay_ms = 90'000;
  return v;
}

Received known_received() {
  Received v;
  v.head = known_head(MessageKind::kReceived);
  v.answers = {filled<Digest>(6), filled<Digest>(7)};
  return v;
}

Received known_range() {
  Received v;
  v.head = known_head(MessageKind::kReceived);
  v.subscription = filled<ExchangeId>(10);
  v.upto = LogIndex(70'001);
  v.stop = true;
  return v;
}

Event known_event() {
  Event v;
  v.head = known_head(MessageKind::kEvent);
  v.head.recipient = MemberId(v.head.origin);
  v.head.expires = Instant{0};
  v.dataset = DatasetId("tax/income");
  v.sequence = 4'711;
  v.previous = 4'709;
  v.subscription = filled<ExchangeId>(11);
  v.content = EventContent::kSnapshot;
  v.period = 3;
  v.first = true;
  v.last = true;
  v.fields = fields({"name", "household_no"});
  v.rows = 2;
  v.time = Instant{1'763'890'948'000'456};
  v.plaintext = filled<Commitment>(12);
  return v;
}

Event known_stop() {
  Event v;
  v.head = known_event().head;
  v.dataset = DatasetId("tax/income");
  v.sequence = 1;
  v.subscription = filled<ExchangeId>(11);
  v.content = EventContent::kStop;
  v.reason = 122;
  v.time = Instant{1'763'890'948'000'457};
  return v;
}

Grant known_grant() {
  Grant v;
  v.head = known_head(MessageKind::kGrant);
  v.request = filled<Digest>(8);
  v.index = LogIndex(123'456);
  v.salt = filled<Salt>(9);
  v.body = run(0x11, 180);
  v.fields = fields({"name", "household_no"});
  v.withheld = fields({"birth_date"});
  v.masks = {{FieldName("name"), "last-1"}};
  v.row_filter = "context.row.district == \"110101\"";
  v.rows_max = 1'000;
  return v;
}

Refusal known_refusal() {
  Refusal v;
  v.head = known_head(MessageKind::kRefusal);
  v.request = filled<Digest>(10);
  v.index = LogIndex(123'457);
  v.salt = filled<Salt>(11);
  v.body = run(0x12, 170);
  v.fields = fields({"identity_no"});
  return v;
}

Recorded known_recorded() {
  return {known_head(MessageKind::kRecorded), filled<Digest>(12), LogIndex(123'458), filled<Salt>(13), run(0x13, 160)};
}

Rejection known_rejection() { return {known_head(MessageKind::kRejection), filled<Digest>(14), 8, 250}; }

Hello known_hello() {
  Hello v;
  v.versions = {1, 2};
  v.boot = filled<ExchangeId>(15);
  v.member = MemberId("civil-affairs");
  v.provides = {DatasetId("civil-affairs/household"), DatasetId("civil-affairs/marriage")};
  v.next_statement = LogIndex(42);
  v.clock = Instant{1'763'890'000'000'000};
  v.software = "steelyard-adapter 0.1.0";
  return v;
}

Welcome known_welcome() {
  Welcome v;
  v.version = 1;
  v.boot = filled<ExchangeId>(16);
  v.origin = "steelyard.example/city";
  v.network = filled<Digest>(17);
  v.epoch = Epoch(41);
  v.clock = Instant{1'763'890'000'000'001};
  v.checkpoint = to_bytes(as_bytes("steelyard.example/city\n5\nAAAA\n"));
  return v;
}

Tile known_tile() { return {0, 3, 2, {filled<Digest>(18), filled<Digest>(19)}}; }

RequestPayload known_request_payload() {
  RequestPayload v;
  v.parameters = {
      {FieldName("identity_no"), Compare::kEq, {Value(std::string("110101199003070018"))}},
      {FieldName("persons"), Compare::kGe, {Value(std::int64_t{-3})}},
      {FieldName("share"), Compare::kLt, {Value(0.25)}},
      {FieldName("mixed"),
       Compare::kIn,
       {Value(), Value(true), Value(false), Value(std::string("户主")), Value(Bytes{0, 255}), Value(std::string())}},
  };
  v.behalf.operator_id = "op-17";
  v.behalf.case_number = "案 2026-0001";
  v.behalf.salt = filled<PlainSalt>(20);
  v.checkpoint = to_bytes(as_bytes("steelyard.example/city\n6\nAAAA\n"));
  return v;
}

AnswerPayload known_answer_payload() {
  AnswerPayload v;
  v.rows.count = 3;
  v.rows.columns = {
      {FieldName("married"), ValueType::kBool, {Value(true), Value(), Value(false)}},
      {FieldName("persons"), ValueType::kInt64, {Value(std::int64_t{4}), Value(std::int64_t{-1}), Value()}},
      {FieldName("share"), ValueType::kDouble, {Value(0.5), Value(-0.0), Value(1e300)}},
      {FieldName("income"), ValueType::kDecimal, {Value(std::string("-12345678901234567890.10")), Value(), Value()}},
      {FieldName("name"), ValueType::kString, {Value(std::string("王小明")), Value(std::string()), Value()}},
      {FieldName("photo"), ValueType::kBytes, {Value(Bytes{0, 1, 2}), Value(Bytes{}), Value()}},
      {FieldName("born"),
       ValueType::kDate,
       {Value(std::string("2000-02-29")), Value(), Value(std::string("0001-01-01"))}},
      {FieldName("loaded"), ValueType::kTimestamp, {Value(std::int64_t{-1}), Value(std::int64_t{0}), Value()}},
  };
  v.checkpoint = to_bytes(as_bytes("steelyard.example/city\n7\nAAAA\n"));
  return v;
}

EventPayload known_event_payload() {
  EventPayload v;
  v.rows.count = 2;
  v.rows.columns = {
      {FieldName("persons"), ValueType::kInt64, {Value(std::int64_t{4}), Value()}},
      {FieldName("name"), ValueType::kString, {Value(std::string("王小明")), Value()}},
  };
  v.ops = {RowOp::kPut, RowOp::kDelete};
  v.keys = {filled<RowKey>(1), filled<RowKey>(2)};
  v.checkpoint = to_bytes(as_bytes("steelyard.example/city\n8\nAAAA\n"));
  return v;
}

std::vector<StatementBody> known_bodies() {
  const Key office{KeyUse::kOffice, 1, run(0x20, 32)};
  const Key seal{KeyUse::kSeal, 2, run(0x30, 32)};
  Genesis genesis{"steelyard.example/city",
                  1,
                  MemberId("data-bureau"),
                  {"数据局", "Data Bureau"},
                  {office, seal},
                  {{KeyUse::kLog, 1, run(0x50, 32)}},
                  {},
                  {}};
  genesis.previous_head = to_bytes(as_bytes("old\n9\nAAAA\n"));
  genesis.previous_registry = filled<Digest>(21);
  const Member member{
      {"税务局", "Tax Bureau"}, {office, seal}, Instant{1'700'000'000'000'000}, Instant{1'900'000'000'000'000}, 1};
  const Duty duty{
      {"婚姻登记", "marriage registration"}, {"条例第四条", "Regulation, article 4"}, MemberId("civil-affairs")};
  const Vocabulary term{VocabularyKind::kPurpose,
                        "relief-check",
                        {"减免核查", "relief check"},
                        "第十条",
                        {BasisId("tax-law"), BasisId("relief-rules")},
                        Instant{1'700'000'000'000'000},
                        std::nullopt};
  Catalogue catalogue;
  catalogue.dataset = DatasetId("civil-affairs/household");
  catalogue.duty = DutyId("household");
  catalogue.system = SystemId("hukou");
  catalogue.title = {"户籍", "households"};
  catalogue.summary = {"第一行\n第二行", "two\nlines"};
  catalogue.format = "table";
  catalogue.update_cycle = "daily";
  catalogue.method = "query";
  catalogue.lead_source = "公安局";
  catalogue.sharing_class = SharingClass::kConditional;
  catalogue.conditions = {"依法使用", "lawful use"};
  catalogue.legal_basis = BasisId("sharing-rules");
  catalogue.fields = {
      {FieldName("name"), ValueType::kString, {"姓名", "name"}, 3, false, false, "last-1"},
      {FieldName("identity_no"), ValueType::kString, {"身份证号", "identity number"}, 4, true, true, ""}};
  catalogue.rows_max = 500;
  catalogue.rows_per_day = 100'000;
  Agreement agreement;
  agreement.agreement = AgreementId("a-2026-001");
  agreement.user = MemberId("tax");
  agreement.owner = MemberId("civil-affairs");
  agreement.manager = MemberId("data-bureau");
  agreement.dataset = DatasetId("civil-affairs/household");
  agreement.fields = fields({"name", "identity_no"});
  agreement.actions = {Action::kQuery, Action::kVerify};
  agreement.purposes = {PurposeId("relief-check")};
  agreement.legal_basis = BasisId("tax-law");
  agreement.user_duty = DutyId("tax-relief");
  agreement.terms = {"双方职责\n一、…", "duties of both\n1. ..."};
  agreement.row_filter = "context.row.district == \"110101\"";
  agreement.masks = {{FieldName("name"), "last-1"}};
  agreement.rows_max = 10;
  agreement.rows_per_day = 5'000;
  agreement.valid_from = Instant{1'763'000'000'000'000};
  return {genesis,
          member,
          Application{MemberId("tax"), {"减免审批", "relief approval"}},
          duty,
          term,
          catalogue,
          PolicySet{"permit (principal, action, resource)\nwhen { false };\n", Instant{1}, Instant{2}},
          agreement,
          Approval{AgreementId("a-2026-001"), filled<Digest>(22), Role::kOwner},
          AgreementState{AgreementId("a-2026-001"), AgreementChange::kSuspend, ReasonId("audit")}};
}

AgreementState known_decision() {
  return {AgreementId("a-2026-001"),
          AgreementChange::kDecide,
          ReasonId("silence"),
          filled<Digest>(27),
          Role::kOwner,
          Decision::kFor,
          {"第三条第二款允许\n无须补正", "article 3 allows it\nnothing is to be mended"}};
}

Catalogue known_catalogue_of_utc() {
  auto catalogue = std::get<Catalogue>(known_bodies()[5]);
  catalogue.day_offset_minutes = 0;
  return catalogue;
}

Agreement known_agreement_of_india() {
  auto agreement = std::get<Agreement>(known_bodies()[7]);
  agreement.day_offset_minutes = 330;
  return agreement;
}

Statement known_statement(const StatementBody& body) {
  Statement v;
  v.head.network = filled<Digest>(23);
  v.head.kind = static_cast<StatementKind>(body.index() + 1);
  v.head.subject = "subject/of-it";
  v.head.version = 2;
  v.head.previous = filled<Digest>(24);
  v.head.author = MemberId("data-bureau");
  v.head.role = Role::kRootManager;
  v.head.time = Instant{1'763'890'000'000'002};
  v.body = body;
  return v;
}

std::vector<StatementSignature> known_signatures() {
  return {{Role::kRootManager, MemberId("data-bureau"), filled<KeyId>(25), run(0x70, 64)},
          {Role::kMember, MemberId("tax"), filled<KeyId>(26), run(0x90, 64)}};
}

}  // namespace steelyard::schemas::testing
