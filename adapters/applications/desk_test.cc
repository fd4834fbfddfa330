// Door and desk: who is let in, what is asked, what is told of it.
#include "adapters/applications/desk_fixture.h"

namespace steelyard::adapters {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST_F(ApplicationsDesk, NobodyIsLetInWithoutAToken) {
  for (const char* path : {"/v1/catalog", "/v1/agreements", "/v1/openapi.json", "/v1/none"}) {
    EXPECT_THAT(get(path, ""), StartsWith("HTTP/1.1 401 ")) << path;
    EXPECT_THAT(get(path, "steelyard_" + std::string(64, '0')), StartsWith("HTTP/1.1 401 ")) << path;
  }
  EXPECT_THAT(say(post_text(kBody, "", "wrong")), StartsWith("HTTP/1.1 401 "));
  EXPECT_TRUE(asker.asked.empty());
}

TEST_F(ApplicationsDesk, PathsAndMethodsAreThoseOfTheTable) {
  EXPECT_THAT(get("/v1/catalog", token), AllOf(StartsWith("HTTP/1.1 200 "), HasSubstr("civil-affairs/household")));
  for (const char* path : {"/v1/none", "/v1/catalog/", "/v1/catalog?x", "/v1/catalog/civil-affairs",
                           "/v1/catalog/a/b/c", "/v1//catalog", "/v1/receipts/1", "/v1/catalog/..%2f..", "/V1/catalog"})
    EXPECT_THAT(get(path, token), StartsWith("HTTP/1.1 404 ")) << path;
  EXPECT_THAT(get("/v1/query/civil-affairs/household", token),
              AllOf(StartsWith("HTTP/1.1 405 "), HasSubstr("\r\nAllow: POST\r\n")));
  EXPECT_THAT(say(head("POST /v1/query/civil-affairs/household", token, "Content-Length: 2\r\n\r\n{}")),
              StartsWith("HTTP/1.1 415 "));
}

TEST_F(ApplicationsDesk, AnApplicationAsksAsItself) {
  const int fd = post("Steelyard-Operator: 0417\r\n");
  ASSERT_EQ(asker.asked.size(), 1U);
  EXPECT_EQ(asker.asked[0].application, ApplicationId("tax-relief"));
  EXPECT_EQ(asker.asked[0].operator_id, "0417");
  asker.end(1, client::OutcomeKind::kAnswered);
  EXPECT_THAT(hear(fd), AllOf(StartsWith("HTTP/1.1 200 "), HasSubstr(R"("rows":[])")));
  close(fd);
  EXPECT_THAT(say(post_text(R"({"fields":["name"],"purpose":"deduction","application":"audit"})")),
              StartsWith("HTTP/1.1 400 "));
}

TEST_F(ApplicationsDesk, TheSameKeyIsTheSameExchange) {
  const std::string key = "Idempotency-Key: k1\r\n";
  const int first = post(key);
  const int second = post(key);
  ASSERT_EQ(asker.asked.size(), 1U) << "asked twice";
  asker.end(1, client::OutcomeKind::kAnswered);
  EXPECT_THAT(hear(first), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(hear(second), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(say(post_text(kBody, key)), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(say(post_text(R"({"fields":["address"],"purpose":"deduction"})", key)), StartsWith("HTTP/1.1 422 "));
  EXPECT_THAT(say(post_text(kBody, key + "Steelyard-Operator: another\r\n")), StartsWith("HTTP/1.1 422 "));
  EXPECT_EQ(asker.asked.size(), 1U);
  const int other = post(key, kBody, other_token);
  EXPECT_EQ(asker.asked.size(), 2U) << "another application's key is another key";
  for (const int fd : {first, second, other}) close(fd);
  EXPECT_THAT(say(post_text(kBody, "Idempotency-Key: a b\r\n")), StartsWith("HTTP/1.1 400 "));
}

TEST_F(ApplicationsDesk, AKeyWhoseRequestLeftNoEntryAsksAnew) {
  const std::string key = "Idempotency-Key: k1\r\n";
  const int first = post(key);
  asker.end(1, client::OutcomeKind::kRejected, code::owner_away);
  EXPECT_THAT(hear(first), StartsWith("HTTP/1.1 503 "));
  const int second = post(key);
  EXPECT_EQ(asker.asked.size(), 2U);
  asker.end(2, client::OutcomeKind::kRefused, code::no_agreement);
  EXPECT_THAT(hear(second), StartsWith("HTTP/1.1 403 "));
  EXPECT_THAT(say(post_text(kBody, key)), AllOf(StartsWith("HTTP/1.1 403 "), HasSubstr("no-agreement")));
  EXPECT_EQ(asker.asked.size(), 2U);
  close(first);
  close(second);
}

TEST_F(ApplicationsDesk, OneApplicationLeavesRoomForOthers) {
  std::vector<int> waiting;
  for (std::size_t i = 0; i < limits::kAskedOfApplicationMax; ++i) waiting.push_back(post());
  ASSERT_EQ(asker.asked.size(), limits::kAskedOfApplicationMax);
  EXPECT_THAT(say(post_text(kBody)),
              AllOf(StartsWith("HTTP/1.1 503 "), HasSubstr("\r\nRetry-After: 1\r\n"), HasSubstr("busy")));
  waiting.push_back(post("", kBody, other_token));
  EXPECT_EQ(asker.asked.size(), limits::kAskedOfApplicationMax + 1);
  asker.end(1, client::OutcomeKind::kAnswered);
  EXPECT_THAT(hear(waiting[0]), StartsWith("HTTP/1.1 200 "));
  waiting.push_back(post());
  EXPECT_EQ(asker.asked.size(), limits::kAskedOfApplicationMax + 2);
  for (const int fd : waiting) close(fd);
}

TEST_F(ApplicationsDesk, RepeatsOfOneKeyWaitInNoGreaterNumberThanRequests) {
  const std::string key = "Idempotency-Key: k1\r\n";
  const int first = post(key);
  std::vector<int> repeats;
  const std::string text = post_text(kBody, key);
  for (std::size_t i = 1; i < limits::kAskedOfApplicationMax; ++i) {
    repeats.push_back(connected());
    send(repeats.back(), text.data(), text.size(), MSG_NOSIGNAL);
  }
  for (int i = 0; i < 200; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    desk.turn();
  }
  EXPECT_THAT(say(text), StartsWith("HTTP/1.1 503 "));
  EXPECT_THAT(say(post_text(kBody)), StartsWith("HTTP/1.1 503 ")) << "each of them holds a connection";
  for (const int fd : repeats) close(fd);
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  const int again = connected();
  send(again, text.data(), text.size(), MSG_NOSIGNAL);
  for (int i = 0; i < 200; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    desk.turn();
  }
  EXPECT_EQ(asker.asked.size(), 1U);
  asker.end(1, client::OutcomeKind::kAnswered);
  EXPECT_THAT(hear(first), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(hear(again), StartsWith("HTTP/1.1 200 ")) << "those that hung up kept it out";
  close(first);
  close(again);
}

TEST_F(ApplicationsDesk, NothingIsAskedWhileAnswersWaitOrTheAdapterEnds) {
  behind = true;
  EXPECT_THAT(say(post_text(kBody)), StartsWith("HTTP/1.1 503 "));
  behind = false;
  asker.away = true;
  EXPECT_THAT(say(post_text(kBody)), AllOf(StartsWith("HTTP/1.1 503 "), HasSubstr("broker-away")));
  asker.away = false;
  const int open = post();
  desk.ask_no_more();
  EXPECT_THAT(say(post_text(kBody)), StartsWith("HTTP/1.1 503 "));
  EXPECT_EQ(desk.open(), 1U);
  asker.end(1, client::OutcomeKind::kAnswered);
  EXPECT_THAT(hear(open), StartsWith("HTTP/1.1 200 ")) << "what was open is still answered";
  EXPECT_EQ(desk.open(), 0U);
  close(open);
}

TEST_F(ApplicationsDesk, WhoHasGoneIsNotAskedFor) {
  {
    const int fd = connected();
    const std::string text = post_text(kBody);
    send(fd, text.data(), text.size(), MSG_NOSIGNAL);
    for (int i = 0; i < 1'000 && calls.empty(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    ASSERT_FALSE(calls.empty());
    close(fd);
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  desk.turn();
  EXPECT_TRUE(asker.asked.empty());
}

TEST_F(ApplicationsDesk, AVerifyAsksForTruthsAndAQuerysBodyIsNone) {
  const std::string where = R"("conditions":[{"field":"id_number","op":"eq","value":"1"}],"purpose":"deduction")";
  const std::string text =
      post_text(R"({"claims":[{"field":"name","op":"eq","value":"x"}],)" + where + "}", "", "", "verify");
  const int fd = connected();
  send(fd, text.data(), text.size(), MSG_NOSIGNAL);
  for (int i = 0; i < 2'000 && asker.asked.empty(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    desk.turn();
  }
  ASSERT_EQ(asker.asked.size(), 1U);
  EXPECT_EQ(asker.asked[0].action, schemas::Action::kVerify);
  EXPECT_EQ(asker.asked[0].application, ApplicationId("tax-relief"));
  asker.end(1, client::OutcomeKind::kAnswered);
  asker.outcomes.back().truths = {exchange::Truth::kUnknown};
  EXPECT_THAT(hear(fd), AllOf(StartsWith("HTTP/1.1 200 "), HasSubstr(R"("truths":["unknown"])")));
  close(fd);
  EXPECT_THAT(say(post_text(kBody, "", "", "verify")), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(get("/v1/verify/civil-affairs/household", token), StartsWith("HTTP/1.1 405 "));
}

TEST_F(ApplicationsDesk, AReceiptIsShownToItsOwnApplicationAlone) {
  const std::string path = "/v1/receipts/00000000-0000-0000-0000-000000000007";
  EXPECT_THAT(get(path, token), AllOf(StartsWith("HTTP/1.1 200 "), HasSubstr(R"("outcome":"answered")")));
  EXPECT_THAT(get(path, other_token), AllOf(StartsWith("HTTP/1.1 404 "), HasSubstr("unknown-receipt")));
  EXPECT_THAT(get("/v1/receipts/00000000-0000-0000-0000-000000000008", token), StartsWith("HTTP/1.1 404 "));
}

TEST_F(ApplicationsDesk, TheDocumentNamesWhatThisDepartmentMayUseAndFollowsTheRegistry) {
  EXPECT_THAT(get("/v1/openapi.json", token),
              AllOf(HasSubstr("\"/v1/query/civil-affairs/household\""), HasSubstr("\"tax-household\"")));
  EXPECT_THAT(get("/v1/catalog/civil-affairs/household", token),
              AllOf(HasSubstr(R"("name":"address","type":"string")"), HasSubstr(R"("usable":false)")));
  EXPECT_THAT(get("/v1/agreements", token), HasSubstr(R"("phase":"active")"));
  const std::string verify = "\"/v1/verify/civil-affairs/household\"";
  EXPECT_THAT(get("/v1/openapi.json", token), Not(HasSubstr(verify)));
  auto terms = asker.world.registry().agreement(AgreementId("tax-household"))->in_force->statement;
  terms.actions.push_back(schemas::Action::kVerify);
  asker.world.add_agreement(terms);
  EXPECT_THAT(get("/v1/openapi.json", token), AllOf(HasSubstr(verify), HasSubstr("#/components/schemas/Truths")));
  ASSERT_TRUE(asker.world.try_change(AgreementId("tax-household"), schemas::AgreementChange::kSuspend,
                                     {{schemas::Role::kOwner, MemberId("civil-affairs")}}));
  EXPECT_THAT(get("/v1/openapi.json", token), Not(HasSubstr("\"/v1/query/civil-affairs/household\"")));
  EXPECT_THAT(get("/v1/agreements", token), HasSubstr(R"("phase":"suspended")"));
}

TEST_F(ApplicationsDesk, TokensThatCannotBeReadLetNobodyIn) {
  ASSERT_THAT(get("/v1/catalog", token), StartsWith("HTTP/1.1 200 "));
  ASSERT_EQ(unlink(tokens_file.c_str()), 0);
  std::this_thread::sleep_for(std::chrono::milliseconds(1'100));
  EXPECT_THAT(get("/v1/catalog", token), StartsWith("HTTP/1.1 401 "));
  EXPECT_THAT(said, HasSubstr("tokens.toml"));
}

}  // namespace
}  // namespace steelyard::adapters
