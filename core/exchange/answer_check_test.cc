#include "core/exchange/answer_check.h"

#include <functional>

#include "core/exchange/exchange_test_values.h"
#include "schemas/errors.h"

namespace steelyard::exchange {
namespace {

using schemas::AnswerStatus;
using testing::filled;

const MemberId kUser{"tax"};
const MemberId kOwner{"civil"};

Granted known_grant() {
  Granted granted;
  granted.request = filled<Digest>(1);
  granted.entry = filled<Commitment>(2);
  granted.user = kUser;
  granted.owner = kOwner;
  granted.id = filled<ExchangeId>(3);
  granted.expires = Instant{1'700'000'000'000'000};
  granted.reply_key = filled<KeyId>(4);
  granted.fields = {FieldName("name"), FieldName("address"), FieldName("income")};
  granted.rows_max = 2;
  return granted;
}

schemas::Answer known_answer() {
  const Granted granted = known_grant();
  schemas::Answer answer;
  answer.head.kind = schemas::MessageKind::kAnswer;
  answer.head.author = kOwner;
  answer.head.recipient = kUser;
  answer.head.id = granted.id;
  answer.head.expires = granted.expires;
  answer.request = granted.request;
  answer.request_entry = granted.entry;
  answer.seal_key = granted.reply_key;
  answer.fields = {FieldName("address"), FieldName("name")};
  answer.rows = 2;
  return answer;
}

schemas::AnswerPayload known_payload() {
  schemas::AnswerPayload payload;
  payload.rows.count = 2;
  for (const char* name : {"address", "name"})
    payload.rows.columns.push_back(
        {FieldName(name), schemas::ValueType::kString, {std::string("a"), std::string("b")}});
  return payload;
}

ErrorCode refusal_of(const std::function<void(schemas::Answer&)>& change) {
  schemas::Answer answer = known_answer();
  change(answer);
  const auto status = check_answer(answer, kOwner, known_grant());
  return status ? 0 : status.error().code;
}
ErrorCode refusal_of_content(const std::function<void(schemas::AnswerPayload&, schemas::Answer&)>& change) {
  schemas::AnswerPayload payload = known_payload();
  schemas::Answer answer = known_answer();
  change(payload, answer);
  const auto status = check_content(payload, answer, known_grant());
  return status ? 0 : status.error().code;
}

TEST(AnswerCheck, WhatFitsRequestAndGrantPasses) {
  EXPECT_EQ(refusal_of([](auto&) {}), 0);
  EXPECT_EQ(refusal_of_content([](auto&, auto&) {}), 0);
  EXPECT_EQ(refusal_of([](auto& a) {
              a.status = AnswerStatus::kNo;
              a.reason = schemas::code::owner_unavailable;
              a.fields.clear();
              a.rows = 0;
            }),
            0);
}

TEST(Invariant, BindAnswerToRequestWhateverDiffers) {
  const auto no = schemas::code::unexpected_answer;
  EXPECT_EQ(refusal_of([](auto& a) { a.request.octets[0] ^= 1; }), no);
  EXPECT_EQ(refusal_of([](auto& a) { a.request_entry.octets[31] ^= 1; }), no);
  EXPECT_EQ(refusal_of([](auto& a) { a.head.id.octets[15] ^= 1; }), no);
  EXPECT_EQ(refusal_of([](auto& a) { a.head.expires.us += 1; }), no);
  EXPECT_EQ(refusal_of([](auto& a) { a.head.author = kUser; }), no);
  EXPECT_EQ(refusal_of([](auto& a) { a.head.recipient = kOwner; }), no);
  EXPECT_EQ(refusal_of([](auto& a) { a.seal_key.octets[0] ^= 1; }), no);
}

TEST(Invariant, BindAnswerToRequestAlsoToTheMemberAsked) {
  const auto status = check_answer(known_answer(), MemberId("health"), known_grant());
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, schemas::code::unexpected_answer);
}

TEST(AnswerCheck, AReplyKeyThatIsNotKnownIsNotChecked) {
  Granted granted = known_grant();
  granted.reply_key = KeyId{};
  EXPECT_TRUE(check_answer(known_answer(), kOwner, granted));
}

TEST(Invariant, FieldsWithinGrantInTheEnvelope) {
  const auto no = schemas::code::answer_outside_grant;
  EXPECT_EQ(refusal_of([](auto& a) { a.fields.emplace_back("health"); }), no);
  EXPECT_EQ(refusal_of([](auto& a) { a.fields.emplace_back("name"); }), no);
  EXPECT_EQ(refusal_of([](auto& a) { a.rows = 3; }), no);
}

TEST(Invariant, FieldsWithinGrantInTheContent) {
  const auto no = schemas::code::answer_outside_grant;
  // The envelope tells the same, so that nothing but the grant stands against it.
  EXPECT_EQ(refusal_of_content([](auto& p, auto& a) {
              p.rows.columns[0].name = FieldName("health");
              a.fields[0] = FieldName("health");
            }),
            no);
  EXPECT_EQ(refusal_of_content([](auto& p, auto& a) {
              p.rows.count = a.rows = 3;
              for (auto& column : p.rows.columns) column.values.emplace_back(std::string("c"));
            }),
            no);
}

TEST(AnswerCheck, AContentOtherThanTheEnvelopeSaysIsRefused) {
  const auto no = schemas::code::answer_outside_grant;
  EXPECT_EQ(refusal_of_content([](auto& p, auto&) { std::swap(p.rows.columns[0], p.rows.columns[1]); }), no);
  EXPECT_EQ(refusal_of_content([](auto& p, auto&) { p.rows.columns.pop_back(); }), no);
  EXPECT_EQ(refusal_of_content([](auto&, auto& a) { a.rows = 1; }), no);
  EXPECT_EQ(refusal_of_content([](auto& p, auto&) { p.rows.columns[1].values.pop_back(); }), no);
  EXPECT_EQ(refusal_of_content([](auto& p, auto&) { p.rows.columns.clear(); }), no);
}

TEST(AnswerCheck, ANoHasAReasonAndNoRows) {
  const auto no = schemas::code::answer_outside_grant;
  EXPECT_EQ(refusal_of([](auto& a) { a.status = AnswerStatus::kNo; }), no);
  EXPECT_EQ(refusal_of([](auto& a) {
              a.status = AnswerStatus::kNo;
              a.rows = 0;
            }),
            no);
  EXPECT_EQ(refusal_of([](auto& a) { a.reason = schemas::code::owner_busy; }), no);
}

}  // namespace
}  // namespace steelyard::exchange
