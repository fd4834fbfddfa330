// Values that must not come through, whoever encoded them.
#include <functional>

#include <gtest/gtest.h>

#include "schemas/codec.h"
#include "schemas/errors.h"
#include "schemas/test_values.h"

namespace steelyard::schemas {
namespace {

using namespace testing;

template <class T>
void expect_refused(T value, const std::function<void(T&)>& spoil, std::string_view says) {
  ASSERT_TRUE(decode<T>(encode(value)));
  spoil(value);
  const auto decoded = decode<T>(encode(value));
  ASSERT_FALSE(decoded) << "accepted; expected an error about " << says;
  EXPECT_EQ(decoded.error().code, code::malformed);
  EXPECT_NE(decoded.error().what.find(says), std::string::npos) << decoded.error().what;
}

std::vector<FieldName> numbered_fields(int count) {
  std::vector<FieldName> made;
  for (int i = 0; i < count; ++i) made.emplace_back("f" + std::to_string(i));
  return made;
}

TEST(Codec, RefusesARequestThatIsNotWellFormed) {
  const auto refused = [](const std::function<void(Request&)>& spoil, std::string_view says) {
    expect_refused<Request>(known_request(), spoil, says);
  };
  refused([](Request& v) { v.head.version = 2; }, "head.version");
  refused([](Request& v) { v.head.kind = MessageKind::kAnswer; }, "head.kind");
  refused([](Request& v) { v.head.origin = "Steelyard"; }, "head.origin");
  refused([](Request& v) { v.head.origin = std::string(129, 'a'); }, "head.origin");
  refused([](Request& v) { v.head.author = MemberId("another.log/city"); }, "head.author");
  refused([](Request& v) { v.head.expires = Instant{-1}; }, "head.expires");
  refused([](Request& v) { v.head.expires = Instant{INT64_MAX}; }, "head.expires");
  refused([](Request& v) { v.application = {}; }, "application");
  refused([](Request& v) { v.application = ApplicationId("Tax Relief"); }, "application");
  refused([](Request& v) { v.dataset = DatasetId("household"); }, "dataset");
  refused([](Request& v) { v.action = static_cast<Action>(6); }, "action");
  refused([](Request& v) { v.purpose = {}; }, "purpose");
  refused([](Request& v) { v.agreement = AgreementId(std::string(65, 'a')); }, "agreement");
  refused([](Request& v) { v.fields = numbered_fields(257); }, "fields");
  refused([](Request& v) { v.fields.push_back(v.fields[0]); }, "fields: stands twice");
  refused([](Request& v) { (v.fields = numbered_fields(100)).emplace_back("f7"); }, "fields: stands twice");
  refused([](Request& v) { v.fields.emplace_back(""); }, "fields");
  refused([](Request& v) { v.conditions = numbered_fields(65); }, "conditions");
  refused([](Request& v) { v.reply_key.clear(); }, "reply_key");
  refused([](Request& v) { v.reply_key.resize(257); }, "reply_key");
}

TEST(Codec, RefusesOtherEnvelopesThatAreNotWellFormed) {
  const auto answer = known_answer();
  expect_refused<Answer>(
      answer, [](Answer& v) { v.rows = 10'001; }, "rows");
  expect_refused<Answer>(
      answer, [](Answer& v) { v.status = static_cast<AnswerStatus>(9); }, "status");
  expect_refused<Answer>(
      answer, [](Answer& v) { v.reason = 200; }, "reason");
  expect_refused<Answer>(
      answer,
      [](Answer& v) {
        v.status = AnswerStatus::kNo;
        v.rows = 0;
      },
      "reason");
  expect_refused<Answer>(
      answer,
      [](Answer& v) {
        v.status = AnswerStatus::kNo;
        v.reason = 200;
      },
      "rows");
  expect_refused<Answer>(
      answer, [](Answer& v) { v.as_of = Instant{-5}; }, "as_of");
  expect_refused<Answer>(
      answer, [](Answer& v) { v.delay_ms = 1; }, "delay_ms");
  expect_refused<Answer>(
      known_busy_answer(), [](Answer& v) { v.delay_ms = 86'400'001; }, "delay_ms");
  expect_refused<Received>(
      known_received(), [](Received& v) { v.answers.resize(513); }, "answers");
  expect_refused<Received>(
      known_received(), [](Received& v) { v.answers.clear(); }, "answers");
  expect_refused<Grant>(
      known_grant(), [](Grant& v) { v.index = LogIndex(1ULL << 48); }, "index");
  expect_refused<Grant>(
      known_grant(), [](Grant& v) { v.body.resize(221); }, "body");
  expect_refused<Grant>(
      known_grant(), [](Grant& v) { v.body.clear(); }, "body");
  expect_refused<Grant>(
      known_grant(), [](Grant& v) { v.masks.push_back(v.masks[0]); }, "masks");
  expect_refused<Grant>(
      known_grant(), [](Grant& v) { v.row_filter = "a\nb"; }, "row_filter");
  expect_refused<Rejection>(
      known_rejection(), [](Rejection& v) { v.code = 0; }, "code");
}

TEST(Codec, RefusesControlMessagesThatAreNotWellFormed) {
  expect_refused<Hello>(
      known_hello(), [](Hello& v) { v.versions.clear(); }, "versions");
  expect_refused<Hello>(
      known_hello(), [](Hello& v) { v.versions.resize(17); }, "versions");
  expect_refused<Hello>(
      known_hello(), [](Hello& v) { v.member = {}; }, "member");
  expect_refused<Hello>(
      known_hello(), [](Hello& v) { v.provides.push_back(v.provides[0]); }, "provides");
  expect_refused<Hello>(
      known_hello(), [](Hello& v) { v.software = "\x1b[2J"; }, "software");
  expect_refused<Welcome>(
      known_welcome(), [](Welcome& v) { v.origin.clear(); }, "origin");
  expect_refused<Welcome>(
      known_welcome(), [](Welcome& v) { v.checkpoint.resize(32 * 1024 + 1); }, "checkpoint");
  expect_refused<TileRequest>(
      {0, 0, 256}, [](TileRequest& v) { v.width = 257; }, "width");
  expect_refused<TileRequest>(
      {0, 0, 256}, [](TileRequest& v) { v.width = 0; }, "width");
  expect_refused<TileRequest>(
      {0, 0, 256}, [](TileRequest& v) { v.level = 6; }, "level");
  expect_refused<Tile>(
      known_tile(), [](Tile& v) { v.hashes.pop_back(); }, "hashes");
  expect_refused<Cosign>(
      {Bytes{1}}, [](Cosign& v) { v.note.clear(); }, "note");
}

TEST(Codec, RefusesAnEventThatSaysTwoThings) {
  const auto refused = [](const std::function<void(Event&)>& spoil, std::string_view says) {
    expect_refused<Event>(known_event(), spoil, says);
  };
  refused([](Event& v) { v.sequence = 0; }, "sequence");
  refused([](Event& v) { v.sequence = std::uint64_t{1} << 48; }, "sequence");
  refused([](Event& v) { v.previous = v.sequence; }, "previous");
  refused([](Event& v) { v.head.id = {}; }, "head.id");
  refused([](Event& v) { v.content = static_cast<EventContent>(5); }, "content");
  refused([](Event& v) { v.fields.clear(); }, "fields");
  refused([](Event& v) { v.plaintext = {}; }, "plaintext");
  refused([](Event& v) { v.rows = 257; }, "rows");
  refused([](Event& v) { v.reason = 122; }, "reason");
  refused([](Event& v) { v.period = 0; }, "period");
  refused([](Event& v) { v.subscription = {}; }, "subscription");
  refused([](Event& v) { v.content = EventContent::kChanges; }, "first");
  const auto no_stop = [](const std::function<void(Event&)>& spoil, std::string_view says) {
    expect_refused<Event>(known_stop(), spoil, says);
  };
  no_stop([](Event& v) { v.reason = 0; }, "reason");
  no_stop([](Event& v) { v.reason = 99; }, "reason");
  no_stop([](Event& v) { v.period = 1; }, "period");
  no_stop([](Event& v) { v.fields = {FieldName("name")}; }, "fields");
  no_stop([](Event& v) { v.rows = 1; }, "rows");
  no_stop([](Event& v) { v.subscription = {}; }, "subscription");
}

TEST(Codec, RefusesAHandOverOfBothAnswersAndEvents) {
  expect_refused<Received>(
      known_range(), [](Received& v) { v.answers.emplace_back(); }, "answers");
  expect_refused<Received>(
      known_range(), [](Received& v) { v.upto = LogIndex(kNoIndex.value + 1); }, "upto");
  expect_refused<Answer>(
      known_starting_answer(),
      [](Answer& v) {
        v.status = AnswerStatus::kNo;
        v.reason = 200;
      },
      "view");
  Ack ack{DatasetId("tax/income"), 1, {}};
  expect_refused<Ack>(
      ack, [](Ack& v) { v.subscriptions.resize(257); }, "subscriptions");
  expect_refused<Ack>(
      ack, [](Ack& v) { v.sequence = std::uint64_t{1} << 48; }, "sequence");
}

TEST(Codec, RefusesRowsOfAnEventThatAreNotWellFormed) {
  expect_refused<EventPayload>(
      known_event_payload(), [](EventPayload& v) { v.ops[0] = static_cast<RowOp>(3); }, "ops");
  expect_refused<EventPayload>(
      known_event_payload(), [](EventPayload& v) { v.ops[0] = RowOp::kDelete; }, "of a deleted row");
}

// The column of that type in the known answer, whose first value a test replaces.
std::function<void(AnswerPayload&)> with_first(ValueType type, Value value) {
  return [type, value](AnswerPayload& payload) {
    for (Column& column : payload.rows.columns)
      if (column.type == type) column.values[0] = value;
  };
}

TEST(Codec, RefusesValuesThatAreNotOfTheirType) {
  const auto refused = [](const std::function<void(AnswerPayload&)>& spoil, std::string_view says) {
    expect_refused<AnswerPayload>(known_answer_payload(), spoil, says);
  };
  for (const char* decimal : {"", "-", "1.", ".5", "1e5", "+1", "0x1", "1 ", "NaN", "1.2.3", "--1"})
    refused(with_first(ValueType::kDecimal, std::string(decimal)), "values");
  for (const char* date : {"", "2026-13-01", "2026-00-01", "2026-01-32", "2025-02-29", "1900-02-29", "0000-01-01",
                           "2026-1-1", "2026/01/01", "2026-01-01T"})
    refused(with_first(ValueType::kDate, std::string(date)), "values");
  for (const char* text :
       {"\xff", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe6\x9d", "long enough \x80 ascii"})
    refused(with_first(ValueType::kString, std::string(text)), "values");
  refused(with_first(ValueType::kTimestamp, std::int64_t{INT64_MAX}), "values");
  refused([](AnswerPayload& v) { v.rows.columns.push_back(v.rows.columns[0]); }, "a name stands twice");
  refused([](AnswerPayload& v) { v.rows.columns[0].name = FieldName("A"); }, "columns.name");
  refused([](AnswerPayload& v) { v.checkpoint.resize(32 * 1024 + 1); }, "checkpoint");
}

TEST(Codec, RefusesMoreRowsThanMayBe) {
  AnswerPayload payload;
  payload.rows.columns = {{FieldName("a"), ValueType::kBool, {}}};
  payload.rows.columns[0].values.assign(10'000, Value(true));
  payload.rows.count = 10'000;
  EXPECT_TRUE(decode<AnswerPayload>(encode(payload)));
  payload.rows.columns[0].values.emplace_back(true);
  payload.rows.count = 10'001;
  EXPECT_FALSE(decode<AnswerPayload>(encode(payload)));
}

TEST(Codec, RefusesParametersThatAreNotWellFormed) {
  const auto refused = [](const std::function<void(RequestPayload&)>& spoil, std::string_view says) {
    expect_refused<RequestPayload>(known_request_payload(), spoil, says);
  };
  refused([](RequestPayload& v) { v.parameters[0].values.clear(); }, "parameters.values");
  refused([](RequestPayload& v) { v.parameters[0].values.resize(2); }, "parameters.values");
  refused([](RequestPayload& v) { v.parameters[3].values.resize(257); }, "parameters.values");
  refused([](RequestPayload& v) { v.parameters[0].compare = static_cast<Compare>(8); }, "parameters.compare");
  refused([](RequestPayload& v) { v.parameters[0].field = {}; }, "parameters.field");
  refused([](RequestPayload& v) { v.parameters[0].values[0] = std::string("\xff"); }, "parameters.values");
  refused([](RequestPayload& v) { v.parameters.resize(257, v.parameters[0]); }, "parameters");
  refused([](RequestPayload& v) { v.behalf.operator_id = "a\tb"; }, "operator_id");
  refused([](RequestPayload& v) { v.behalf.case_number = std::string(257, 'a'); }, "case_number");
}

template <class Body>
void expect_statement_refused(std::size_t kind, const std::function<void(Body&)>& spoil, std::string_view says) {
  expect_refused<Statement>(
      known_statement(known_bodies()[kind - 1]), [&spoil](Statement& v) { spoil(std::get<Body>(v.body)); }, says);
}

TEST(Codec, RefusesStatementsThatAreNotWellFormed) {
  const Statement statement = known_statement(known_bodies()[0]);
  const auto refused = [&statement](const std::function<void(Statement&)>& spoil, std::string_view says) {
    expect_refused<Statement>(statement, spoil, says);
  };
  refused([](Statement& v) { v.head.kind = StatementKind::kDuty; }, "body");
  refused([](Statement& v) { v.head.kind = StatementKind::kDispute; }, "not built yet");
  refused([](Statement& v) { v.head.kind = static_cast<StatementKind>(99); }, "head.kind");
  refused([](Statement& v) { v.head.subject = "A"; }, "head.subject");
  refused([](Statement& v) { v.head.subject.clear(); }, "head.subject");
  refused([](Statement& v) { v.head.version = 0; }, "head.version");
  refused([](Statement& v) { v.head.role = static_cast<Role>(0); }, "head.role");
  expect_statement_refused<Genesis>(
      1, [](Genesis& b) { b.names.zh = std::string(2'001, 'a'); }, "names");
  expect_statement_refused<Member>(
      2, [](Member& b) { b.keys.resize(17, b.keys[0]); }, "keys");
  expect_statement_refused<Member>(
      2, [](Member& b) { b.keys[0].use = static_cast<KeyUse>(9); }, "keys");
  expect_statement_refused<Application>(
      3, [](Application& b) { b.names.en = "a\nb"; }, "names");
  expect_statement_refused<Duty>(
      4, [](Duty& b) { b.names.zh = "\xff"; }, "names");
  expect_statement_refused<Vocabulary>(
      5, [](Vocabulary& b) { b.id = "a b"; }, "id");
  expect_statement_refused<Catalogue>(
      6, [](Catalogue& b) { b.fields.clear(); }, "fields");
  expect_statement_refused<Catalogue>(
      6, [](Catalogue& b) { b.fields.push_back(b.fields[0]); }, "fields");
  expect_statement_refused<Catalogue>(
      6, [](Catalogue& b) { b.fields[0].sensitivity = 5; }, "fields.sensitivity");
  expect_statement_refused<PolicySet>(
      7, [](PolicySet& b) { b.text = std::string("a\0b", 3); }, "text");
  expect_statement_refused<Agreement>(
      8, [](Agreement& b) { b.actions.push_back(b.actions[0]); }, "actions");
  expect_statement_refused<Agreement>(
      8, [](Agreement& b) { b.purposes.clear(); }, "purposes");
  expect_statement_refused<Approval>(
      9, [](Approval& b) { b.role = static_cast<Role>(8); }, "role");
  expect_statement_refused<AgreementState>(
      10, [](AgreementState& b) { b.reason = {}; }, "reason");
  expect_statement_refused<AgreementState>(
      10, [](AgreementState& b) { b.silent = static_cast<Role>(8); }, "silent");
  expect_statement_refused<AgreementState>(
      10, [](AgreementState& b) { b.decision = static_cast<Decision>(3); }, "decision");
  expect_statement_refused<AgreementState>(
      10, [](AgreementState& b) { b.points.en.assign(2'001, 'x'); }, "points");
  using Signatures = std::vector<StatementSignature>;
  expect_refused<Signatures>(
      known_signatures(), [](Signatures& v) { v[0].signature.pop_back(); }, "signature");
  expect_refused<Signatures>(
      known_signatures(), [](Signatures& v) { v.resize(17, v[0]); }, "signatures");
}

TEST(Codec, RefusesAStatementBeyondItsCap) {
  Statement statement = known_statement(known_bodies()[6]);
  std::get<PolicySet>(statement.body).text = std::string(59'000, 'a');
  EXPECT_TRUE(decode<Statement>(encode(statement)));
  std::get<PolicySet>(statement.body).text = std::string(60'000, 'a');
  EXPECT_FALSE(decode<Statement>(encode(statement)));
}

}  // namespace
}  // namespace steelyard::schemas
