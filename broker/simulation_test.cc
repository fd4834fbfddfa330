// The pipeline under everything that networks, disks and departments do, on a simulated clock, against a small model.
//
// Several users and owners (broker/testing/province.h), frames lost, doubled and reordered, repeats, reused ids,
// agreements suspended and resumed, clocks that jump, and crashes of broker, owners and users at any time: the broker's
// with the batch in flight committed or not. A run is its seed. STEELYARD_TEST_LONG=1 runs many more;
// STEELYARD_TEST_SEED=n runs one. crash_test.cc crashes each of them at every step of one script.
#include <gtest/gtest.h>

#include <cstdlib>
#include <string_view>

#include "broker/testing/province.h"

namespace steelyard::broker::testing {
namespace {

using exchange::AgreementPhase;
using schemas::AgreementChange;

struct Tally {
  std::uint64_t delivered = 0, executed = 0, refusals = 0, broker_crashes = 0, user_crashes = 0, jumps = 0,
                quotas_reached = 0;
};

class Simulation {
 public:
  explicit Simulation(std::uint64_t seed) : province_(seed), random_(seed ^ 0x9e3779b97f4a7c15) {}

  void run(int steps) {
    for (int i = 0; i < steps && !::testing::Test::HasFailure(); ++i) act();
    province_.finish();
  }
  void add_to(Tally& sum) const {
    sum.delivered += province_.delivered;
    sum.executed += province_.executed;
    sum.refusals += province_.refusals;
    sum.broker_crashes += broker_crashes_;
    sum.user_crashes += user_crashes_;
    sum.jumps += jumps_;
    sum.quotas_reached += province_.quotas_reached;
  }

 private:
  std::uint64_t pick(std::uint64_t below) { return random_() % below; }
  bool chance(std::uint64_t percent) { return pick(100) < percent; }

  void act() {
    const std::uint64_t what = pick(100);
    if (what < 22)
      ask();
    else if (what < 32)
      repeat();
    else if (what < 34)
      reuse_id();
    else if (what < 64)
      move_to_broker();
    else if (what < 84)
      move_to_member();
    else if (what < 93)
      static_cast<void>(rig_.commit_one());
    else if (what < 95)
      change_agreement();
    else if (what < 97)
      pass_time();
    else if (what < 98)
      restart_adapter();
    else if (what < 99 && chance(50))
      jump_clock();
    else if (what < 99)
      reconnect();
    else
      crash();
  }

  // The network: what waits to be delivered, in no order, perhaps twice, perhaps never.
  void move_to_broker() {
    auto& waiting = province_.to_broker;
    if (waiting.empty()) return;
    BatchEvent batch;
    const std::uint64_t frames = 1 + pick(3);
    for (std::uint64_t i = 0; i < frames && !waiting.empty(); ++i) {
      const std::size_t at = pick(waiting.size());
      const auto under_way = waiting[at];
      if (!chance(10)) waiting.erase(waiting.begin() + static_cast<std::ptrdiff_t>(at));
      if (chance(5)) continue;  // lost
      if (auto frame = province_.verified(under_way)) batch.frames.push_back(std::move(*frame));
    }
    rig_.step(std::move(batch));
  }
  void move_to_member() {
    if (rig_.sent.empty()) return;
    const std::size_t at = pick(rig_.sent.size());
    const Delivered one = rig_.sent[at];
    if (!chance(10)) rig_.sent.erase(rig_.sent.begin() + static_cast<std::ptrdiff_t>(at));
    if (!chance(5)) province_.take(one);
  }

  void ask() {
    const Use& use = Province::uses()[pick(Province::uses().size())];
    const PurposeId purpose(chance(15) ? "statistics" : "deduction");
    province_.ask(use, purpose, seconds(20 + static_cast<std::int64_t>(pick(40))));
  }
  void repeat() {
    province_.repeat_hand_overs(chance(50) ? kUser : kPolice);
    if (asked_.empty()) return;
    province_.repeat(asked_[asked_.size() - 1 - pick(std::min<std::size_t>(asked_.size(), 20))]);
  }
  void reuse_id() {
    if (asked_.empty()) return;
    const Province::Asked& first = asked_[pick(asked_.size())];
    schemas::Request other = first.request;
    other.strict = !other.strict;
    province_.ask(*first.use, other);
  }
  void change_agreement() {
    const Use& use = Province::uses()[pick(Province::uses().size())];
    const bool active = rig_.pipeline->registry().agreement(use.agreement)->phase == AgreementPhase::kActive;
    if (active && chance(60)) return;  // else most of what is asked would be refused
    province_.change(use, active ? AgreementChange::kSuspend : AgreementChange::kResume);
  }
  void pass_time() {
    rig_.pass(milliseconds(static_cast<std::int64_t>(pick(8'000))));
    rig_.step(TickEvent{});
  }
  // The broker's wall clock goes wrong by up to a day, or right again.
  void jump_clock() {
    const auto by = seconds(31 + static_cast<std::int64_t>(pick(86'400)));
    rig_.wrong_by = rig_.wrong_by != Duration{} ? Duration{} : chance(50) ? by : Duration{-by.us};
    rig_.step(TickEvent{});
    jumps_ += rig_.pipeline->clock_wrong() ? 1 : 0;
  }
  MemberId any_member() {
    const std::vector<MemberId> all{kUser, kPolice, kOwner, kTransport};
    return all[pick(all.size())];
  }
  void restart_adapter() {
    const MemberId member = any_member();
    if (Province::is_owner(member)) return province_.restart_owner(member);
    province_.restart_user(member);
    ++user_crashes_;
  }
  void reconnect() { province_.reconnect(any_member()); }
  void crash() {
    province_.crash_broker(chance(50));
    ++broker_crashes_;
  }

  Province province_;
  Rig& rig_ = province_.rig;
  std::vector<Province::Asked>& asked_ = province_.asked;
  std::mt19937_64 random_;
  std::uint64_t broker_crashes_ = 0, user_crashes_ = 0, jumps_ = 0;
};

// tests/run says 0 for the short form.
bool long_form() {
  const char* said = std::getenv("STEELYARD_TEST_LONG");
  return said != nullptr && std::string_view(said) == "1";
}

TEST(Simulation, EveryStoryThatTheLogTellsIsWholeWhateverIsLostDoubledReorderedOrCrashes) {
  std::uint64_t first = std::random_device{}(), seeds = long_form() ? 1'000 : 12;
  if (const char* one = std::getenv("STEELYARD_TEST_SEED")) {
    first = std::strtoull(one, nullptr, 10);
    seeds = 1;
  }
  std::printf("simulation: seeds %llu to %llu\n", static_cast<unsigned long long>(first),
              static_cast<unsigned long long>(first + seeds - 1));
  Tally sum;
  for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
    SCOPED_TRACE("STEELYARD_TEST_SEED=" + std::to_string(seed));
    Simulation simulation(seed);
    simulation.run(600);
    simulation.add_to(sum);
    if (::testing::Test::HasFailure()) break;
  }
  std::printf("simulation: %llu answers delivered, %llu requests executed, %llu refusals, %llu crashes\n",
              static_cast<unsigned long long>(sum.delivered), static_cast<unsigned long long>(sum.executed),
              static_cast<unsigned long long>(sum.refusals), static_cast<unsigned long long>(sum.broker_crashes));
  // A simulation in which nothing happens proves nothing.
  if (seeds > 1 && !::testing::Test::HasFailure()) {
    EXPECT_GT(sum.delivered, seeds * 2);
    EXPECT_GT(sum.broker_crashes, seeds);
    EXPECT_GT(sum.user_crashes, seeds);
    EXPECT_GT(sum.refusals, seeds);
    EXPECT_GT(sum.jumps, seeds);
    EXPECT_GT(sum.quotas_reached, seeds);
  }
}

}  // namespace
}  // namespace steelyard::broker::testing
