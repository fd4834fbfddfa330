#include "adapters/session_rejection.h"

#include <gtest/gtest.h>

#include "core/crypto/random.h"
#include "schemas/codec.h"
#include "schemas/errors.h"

namespace steelyard::adapters {
namespace {

client::Incoming rejection(ErrorCode code, const Digest& rejected, const ExchangeId& id) {
  schemas::Rejection made;
  made.head.kind = schemas::MessageKind::kRejection;
  made.head.origin = "log.example/city";
  made.head.author = MemberId("log.example/city");
  made.head.recipient = MemberId("tax");
  made.head.id = id;
  made.head.expires = {1'000'000};
  made.rejected = rejected;
  made.code = code;
  client::Incoming message;
  message.kind = schemas::MessageKind::kRejection;
  message.hold(schemas::encode(made), {});
  message.by_broker = true;
  return message;
}

TEST(SessionRejection, ASecondProviderIsToldWhyItIsNotLetIn) {
  const auto line = session_rejection(rejection(schemas::code::dataset_taken, {}, {}));
  ASSERT_TRUE(line.has_value());
  EXPECT_NE(line->find("dataset-taken"), std::string::npos) << *line;
}

TEST(SessionRejection, WhatIsAboutAMessageOrByAMemberIsNone) {
  const ExchangeId id = crypto::make_exchange_id({1'000'000});
  EXPECT_FALSE(session_rejection(rejection(schemas::code::busy, crypto::random<Digest>(), id)).has_value());
  auto by_member = rejection(schemas::code::dataset_taken, {}, {});
  by_member.by_broker = false;
  EXPECT_FALSE(session_rejection(by_member).has_value());
}

}  // namespace
}  // namespace steelyard::adapters
