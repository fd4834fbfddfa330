// One script of whole exchanges, and a crash of broker, owner or user after each of its steps.
//
// The script is fixed: an exchange from request to promised hand-over, a refusal, one that its owner suspends while it
// is open, and one after it resumed. After the crash the script goes on; whoever lives repeats what it has no word of;
// and the oracle of broker/testing/province.h judges what is left.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>

#include "broker/testing/province.h"

namespace steelyard::broker::testing {
namespace {

using schemas::AgreementChange;

struct Step {
  std::string name;
  std::function<void(Province&)> act;
};

class Script {
 public:
  Script() {
    const Use& household = Province::uses().at(0);
    const Use& vehicle = Province::uses().at(1);
    exchange(household);
    ask(household, "statistics");  // which its agreement does not name
    recorded("the request to be refused");
    told();
    // Suspended while the grant is on its way: the answer comes too late.
    ask(vehicle, "deduction");
    recorded("the request to be suspended");
    change(vehicle, AgreementChange::kSuspend);
    recorded("the suspension");
    told();
    recorded("the answer that comes too late");
    told();
    change(vehicle, AgreementChange::kResume);
    recorded("the resumption");
    told();
    exchange(vehicle);
  }
  const std::vector<Step>& steps() const { return steps_; }

 private:
  void exchange(const Use& use) {
    ask(use, "deduction");
    for (const char* what : {"the request", "the answer", "the hand-over"}) {
      recorded(what);
      told();
    }
  }
  void ask(const Use& use, const char* purpose) {
    steps_.push_back(
        {"a user asks", [&use, purpose](Province& province) { province.ask(use, PurposeId(purpose), seconds(60)); }});
  }
  void change(const Use& use, AgreementChange change) {
    steps_.push_back({"the owner states", [&use, change](Province& province) { province.change(use, change); }});
  }
  void recorded(const std::string& what) {
    steps_.push_back({what + " arrives", [](Province& province) { province.arrive_all(); }});
    steps_.push_back({what + " is committed", [](Province& province) { province.rig.commit_one(); }});
  }
  void told() {
    steps_.push_back({"members get what was sent", [](Province& province) { province.take_all(); }});
  }
  std::vector<Step> steps_;
};

// A round in which everybody who lives repeats what it waits for, and everything arrives.
void repeat_all(Province& province) {
  for (const Province::Asked& one : province.asked)
    if (!one.answer && !one.refused) province.repeat(one);
  for (const MemberId& user : {kUser, kPolice}) province.repeat_hand_overs(user);
  for (int hop = 0; hop < 4; ++hop) {  // request, answer, hand-over, promise of it
    province.arrive_all();
    province.rig.commit();
    province.take_all();
  }
}

enum class Victim { kBroker, kOwner, kUser };
const char* name_of(Victim victim) {
  return victim == Victim::kBroker ? "the broker" : victim == Victim::kOwner ? "the owners" : "the users";
}

// `committed`: the batch in flight is synced before; of a broker that crashes then, nobody is told.
void crash(Province& province, Victim victim, bool committed) {
  if (victim == Victim::kBroker) return province.crash_broker(committed);
  if (committed) province.rig.commit_one();
  for (const MemberId& owner : {kOwner, kTransport})
    if (victim == Victim::kOwner) province.restart_owner(owner);
  for (const MemberId& user : {kUser, kPolice})
    if (victim == Victim::kUser) province.restart_user(user);
}

struct Outcome {
  std::uint64_t answered = 0, refused = 0, gone = 0, forgotten = 0;
};

// Every request has its end, but those that nobody knows any more: the owner said `gone`, or its user restarted.
void check_ends(const Province& province, Victim victim, Outcome& sum) {
  for (const Province::Asked& one : province.asked) {
    const bool known = province.remembers(one);
    EXPECT_TRUE(known || victim == Victim::kUser);
    EXPECT_TRUE(!one.gone || victim == Victim::kOwner);
    EXPECT_TRUE(!known || one.answer || one.refused || one.gone) << "a request without an end";
    sum.answered += one.answer ? 1 : 0;
    sum.refused += one.refused ? 1 : 0;
    sum.gone += one.gone ? 1 : 0;
    sum.forgotten += known ? 0 : 1;
  }
  if (victim != Victim::kUser) {
    EXPECT_EQ(province.handed_over, static_cast<std::uint64_t>(std::count_if(
                                        province.asked.begin(), province.asked.end(),
                                        [](const Province::Asked& one) { return one.answer.has_value(); })));
  }
}

TEST(Crash, TheScriptItselfIsTwoAnswersARefusalAndASuspendedExchange) {
  const Script script;
  Province province(1);
  for (const Step& step : script.steps()) step.act(province);
  EXPECT_FALSE(province.rig.in_flight);
  EXPECT_EQ(province.asked.size(), 4U);
  EXPECT_EQ(province.delivered, 2U);
  EXPECT_EQ(province.executed, 3U);
  EXPECT_EQ(province.refusals, 2U);
  EXPECT_EQ(province.handed_over, 2U);
  province.finish();
}

void crash_after_every_step(Victim victim) {
  const Script script;
  Outcome sum;
  std::size_t in_flight = 0;
  for (std::size_t at = 0; at < script.steps().size(); ++at) {
    for (const bool committed : {false, true}) {
      SCOPED_TRACE(std::string(name_of(victim)) + " crash after step " + std::to_string(at) + ", `" +
                   script.steps()[at].name + "`, the batch in flight " + (committed ? "committed" : "not committed"));
      Province province(1);
      for (std::size_t i = 0; i < script.steps().size(); ++i) {
        script.steps()[i].act(province);
        if (i != at) continue;
        in_flight += province.rig.in_flight ? 1 : 0;
        crash(province, victim, committed);
      }
      for (int round = 0; round < 3; ++round) repeat_all(province);
      check_ends(province, victim, sum);
      province.finish();
      if (::testing::Test::HasFailure()) return;
    }
  }
  // Crashes that hit nothing prove nothing.
  EXPECT_GT(in_flight, script.steps().size() / 4);
  EXPECT_GT(sum.answered, script.steps().size());
  EXPECT_GT(sum.refused, script.steps().size());
  EXPECT_EQ(sum.gone > 0, victim == Victim::kOwner);
  EXPECT_EQ(sum.forgotten > 0, victim == Victim::kUser);
}

TEST(Crash, OfTheBrokerAfterEveryStepLeavesAWholeStory) { crash_after_every_step(Victim::kBroker); }
TEST(Crash, OfTheOwnersAfterEveryStepLeavesAWholeStory) { crash_after_every_step(Victim::kOwner); }
TEST(Crash, OfTheUsersAfterEveryStepLeavesAWholeStory) { crash_after_every_step(Victim::kUser); }

}  // namespace
}  // namespace steelyard::broker::testing
