#include "cli/explanation.h"

#include <gtest/gtest.h>

#include "core/exchange/testing/world.h"

namespace steelyard::cli {
namespace {

using exchange::testing::World;

const Asker kTax{MemberId("tax"), ApplicationId("tax-relief"), DatasetId("civil-affairs/household")};

class ExplanationTest : public ::testing::Test {
 protected:
  std::vector<Way> ways(const Asker& asker = kTax, const std::optional<PurposeId>& purpose = {}) {
    exchange::Gate gate(world_.registry());
    EXPECT_TRUE(gate.rebuild());
    return ways_of(world_.registry(), gate, asker, purpose, world_.now());
  }
  schemas::Text sentences(const Way& way) {
    schemas::Text all;
    for (const schemas::Text& one : sentences_of(world_.registry(), kTax, way)) {
      all.zh += one.zh + "\n";
      all.en += one.en + "\n";
    }
    return all;
  }

  World world_ = World::city();
};

TEST_F(ExplanationTest, EachPurposeOfAnAgreementIsAWay) {
  const auto all = ways();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].agreement.text, "tax-household");
  EXPECT_EQ(all[0].purpose.text, "deduction");
  EXPECT_EQ(cell_of(all[0].by_action[0], 0), "yes");
  EXPECT_EQ(cell_of(all[0].by_action[0], 3), "no");
  EXPECT_EQ(cell_of(all[0].by_action[1], 0), "no");  // it covers no verify
  EXPECT_EQ(why_of(all[0], 0), "");
  EXPECT_EQ(why_of(all[0], 3), "not-in-agreement");
}

TEST_F(ExplanationTest, SentencesSayWhatIsGivenAndWhyNotTheRest) {
  world_.add_policy_set("civil-affairs",
                        "forbid (principal, action, resource == Field::\"civil-affairs/household/address\");");
  const auto all = ways();
  EXPECT_EQ(why_of(all[0], 2), "forbidden by policy:civil-affairs#0");
  const schemas::Text text = sentences(all[0]);
  EXPECT_NE(text.en.find(" may query name, id_number of "), std::string::npos) << text.en;
  EXPECT_NE(text.en.find("Not address: forbidden by `policy:civil-affairs#0`."), std::string::npos) << text.en;
  EXPECT_NE(text.en.find("Not head, members: not named by the agreement."), std::string::npos) << text.en;
  EXPECT_NE(text.zh.find("不含 address：被策略 `policy:civil-affairs#0` 禁止。"), std::string::npos) << text.zh;
}

TEST_F(ExplanationTest, ActionsThatComeToTheSameAreToldOnce) {
  const std::string en = sentences(ways()[0]).en;
  EXPECT_NE(en.find(" may not verify claims about or subscribe to "), std::string::npos) << en;
}

TEST_F(ExplanationTest, WhoHasNoAgreementIsToldSo) {
  world_.add_member(MemberId("statistics"));
  world_.add_application(ApplicationId("census"), MemberId("statistics"));
  const Asker census{MemberId("statistics"), ApplicationId("census"), kTax.dataset};
  const auto all = ways(census);
  ASSERT_EQ(all.size(), 1u);
  EXPECT_TRUE(all[0].agreement.empty());
  EXPECT_EQ(why_of(all[0], 0), "no-agreement");
}

TEST_F(ExplanationTest, AnUnconditionalDatasetHasAWayForEachPurpose) {
  auto open = World::catalogue(DatasetId("civil-affairs/holidays"), DutyId("civil-affairs-register"), {"day", "k", "n"},
                               schemas::SharingClass::kUnconditional);
  world_.add_duty(open.duty, MemberId("civil-affairs"));
  world_.add_dataset(open);
  Asker asker = kTax;
  asker.dataset = open.dataset;
  const auto all = ways(asker);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].purpose.text, "deduction");
  EXPECT_EQ(all[1].purpose.text, "statistics");
  EXPECT_EQ(cell_of(all[1].by_action[0], 0), "yes");
  EXPECT_EQ(ways(asker, PurposeId("statistics")).size(), 1u);
}

}  // namespace
}  // namespace steelyard::cli
