#include "core/client/witness.h"

#include <deque>
#include <random>
#include <thread>

#include "core/client/proof_tiles.h"
#include "core/client/test_broker.h"
#include "core/store/durable_file.h"

namespace steelyard::client {
namespace {

TEST(ProofTiles, GivesThePathsThatTheTreeHas) {
  const auto& suite = crypto::suite(crypto::SuiteId::kStandard);
  std::mt19937_64 random(20'261'123);  // every size below, so the seed only picks leaves
  TestLog log(suite);
  for (const std::uint64_t size : {1, 2, 3, 7, 255, 256, 257, 511, 512, 700, 1025}) {
    while (log.size() < size) log.leaves.push_back(crypto::random<Digest>());
    for (int round = 0; round < 20; ++round) {
      const std::uint64_t index = random() % size;
      ProofTiles tiles(suite);
      tiles.begin(size);
      auto needed = crypto::tiles_for_inclusion(index, size);
      ASSERT_TRUE(needed.has_value());
      for (const auto& id : *needed) tiles.put(id, log.tile(id.level, id.index, id.width));
      const auto path = tiles.path(index);
      EXPECT_EQ(path, crypto::inclusion_path(suite, log.leaves, index)) << index << " of " << size;
    }
  }
}

class WitnessTest : public ::testing::Test {
 protected:
  WitnessTest() { make(dir / "checkpoint"); }

  void make(const std::string& path) {
    witness = std::make_unique<Witness>(
        identity, path, clock, alarms,
        Witness::Out{[this](const schemas::TileRequest& request) { asked.push_back(request); },
                     [this](const schemas::Cosign& cosign) { cosigned.push_back(cosign); }});
    ASSERT_TRUE(witness->use_keys(world.registry()).has_value());
  }
  exchange::Promise add() {
    exchange::EntryBody body;
    body.kind = schemas::EntryKind::kRequest;
    body.digest = crypto::random<Digest>();
    return log.add(body);
  }
  void add(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) add();
  }
  Status push(const std::string& note) {
    TRY(witness->on_checkpoint(as_bytes(note)));
    return serve();
  }
  Status serve() {
    while (!asked.empty()) {
      EXPECT_LE(asked.size(), Witness::kOutstandingMax);
      const auto request = asked.front();
      asked.pop_front();
      ++tiles_served;
      TRY(witness->on_tile(
          {request.level, request.index, request.width, log.tile(request.level, request.index, request.width)}));
    }
    return {};
  }
  std::string note() const { return log.checkpoint(world.broker().log); }
  void look() {  // as it does now and then
    ASSERT_TRUE(witness->tick(true).has_value());
    ASSERT_TRUE(serve().has_value());
  }

  World world = World::city();
  const MemberId tax{"tax"};
  TestDir dir;
  WorldClock clock{world.now()};
  Identity identity = identity_of(world, tax, "tcp://127.0.0.1:1", dir.path());
  Alarms alarms{dir / "alarms", clock};
  TestLog log{world.suite()};
  std::deque<schemas::TileRequest> asked;
  std::vector<schemas::Cosign> cosigned;
  std::size_t tiles_served = 0;
  std::unique_ptr<Witness> witness;
};

TEST_F(WitnessTest, ProvesHeldPromisesAndCosigns) {
  add(300);
  const auto promise = add();
  const auto about = crypto::make_exchange_id(clock.wall());
  witness->hold(promise, about);
  add(50);
  ASSERT_TRUE(push(note()).has_value());
  const auto proved = witness->take_receipts();
  ASSERT_EQ(proved.size(), 1u);
  EXPECT_EQ(proved[0].about, about);
  exchange::ReceiptKeys keys;
  keys.origin = World::kOrigin;
  keys.suite = &world.suite();
  const auto log_key = crypto::VerifyingKey::decode(world.broker().log.public_key());
  const auto cosign_key = crypto::VerifyingKey::decode(identity.cosign_key->public_key());
  keys.log_key = &*log_key;
  keys.witnesses = {{tax.text, &*cosign_key}};
  keys.quorum = 1;
  const auto verdict = exchange::verify_receipt(proved[0].receipt, keys);
  ASSERT_TRUE(verdict.has_value()) << verdict.error().what;
  EXPECT_EQ(verdict->witnessed_by, std::vector<std::string>{tax.text});
  EXPECT_EQ(cosigned.size(), 1u);
  EXPECT_EQ(witness->held(), 0u);
}

TEST_F(WitnessTest, NeighboursShareTheirTiles) {
  for (int i = 0; i < 256; ++i) witness->hold(add(), crypto::make_exchange_id(clock.wall()));
  add(256);
  ASSERT_TRUE(push(note()).has_value());
  EXPECT_EQ(witness->take_receipts().size(), 256u);
  EXPECT_LE(tiles_served, 2u);  // their own, and the one above
}

// Whoever wants no receipt is told as well where the log does not hold what it promised.
TEST_F(WitnessTest, WithoutReceiptsEveryPromiseIsProvedAllTheSame) {
  for (int i = 0; i < 40; ++i) witness->hold(add(), ExchangeId{});
  auto broken = add();
  broken.salt.octets[0] ^= 1;
  witness->hold(broken, ExchangeId{});
  add(256);
  ASSERT_TRUE(push(note()).has_value());
  EXPECT_EQ(witness->proved(), 40u);
  EXPECT_EQ(witness->held(), 0u);
  EXPECT_TRUE(witness->take_receipts().empty());
  const auto raised = alarms.take();
  ASSERT_EQ(raised.size(), 1u);
  EXPECT_EQ(raised[0].slug, "log-contradicts");
}

TEST_F(WitnessTest, FollowsCheckpointsThatExtendAndRemembersTheLastOverARestart) {
  for (int round = 0; round < 5; ++round) {
    add(100);
    ASSERT_TRUE(push(note()).has_value()) << round;
    EXPECT_EQ(witness->last().size, log.size());
  }
  make(dir / "checkpoint");
  EXPECT_EQ(witness->last().size, 500u);
  ASSERT_TRUE(witness->on_session().has_value());
  EXPECT_EQ(cosigned.size(), 6u);
}

// What a broker may show that no log in one piece can: what does not extend, what is older, what is as old and another.
using InvariantWitness = WitnessTest;

TEST_F(InvariantWitness, HeadMonotonicACheckpointThatDoesNotExtendTheLastStopsIt) {
  add(100);
  ASSERT_TRUE(push(note()).has_value());
  log.leaves[3] = crypto::random<Digest>();  // the log rewrote its past
  add(100);
  const auto pushed = push(note());
  ASSERT_FALSE(pushed.has_value());
  EXPECT_EQ(pushed.error().kind, ErrorKind::kStop);
  EXPECT_EQ(pushed.error().code, schemas::code::head_contradicts);
  const auto raised = alarms.take();
  ASSERT_EQ(raised.size(), 1u);
  EXPECT_EQ(raised[0].slug, "log-contradicts");
  EXPECT_TRUE(*store::exists(raised[0].evidence_path));
  EXPECT_EQ(cosigned.size(), 1u);
}

TEST_F(InvariantWitness, HeadMonotonicAnOlderCheckpointStopsIt) {
  add(100);
  ASSERT_TRUE(push(note()).has_value());
  const auto pushed = push(log.checkpoint(world.broker().log, 60));
  ASSERT_FALSE(pushed.has_value());
  EXPECT_EQ(pushed.error().code, schemas::code::head_contradicts);
}

TEST_F(InvariantWitness, HeadMonotonicAnotherTreeOfTheSameSizeStopsIt) {
  add(100);
  ASSERT_TRUE(push(note()).has_value());
  log.leaves[3] = crypto::random<Digest>();
  const auto pushed = push(note());
  ASSERT_FALSE(pushed.has_value());
  EXPECT_EQ(pushed.error().code, schemas::code::head_contradicts);
  EXPECT_EQ(cosigned.size(), 1u);
}

TEST_F(WitnessTest, FindsOutALogThatShowsAnotherMemberAnotherTree) {
  add(40);
  ASSERT_TRUE(push(note()).has_value());
  EXPECT_TRUE(witness->compare(as_bytes(note()), MemberId("civil-affairs")));
  log.leaves[7] = crypto::random<Digest>();
  EXPECT_FALSE(witness->compare(as_bytes(note()), MemberId("civil-affairs")));
  const auto raised = alarms.take();
  ASSERT_EQ(raised.size(), 1u);
  EXPECT_EQ(raised[0].slug, "log-contradicts");
}

TEST_F(WitnessTest, FindsOutAnotherTreeThatAnotherMemberWasShownFirst) {
  add(40);
  ASSERT_TRUE(push(note()).has_value());
  add(10);
  const Digest ours = std::exchange(log.leaves[45], crypto::random<Digest>());
  EXPECT_TRUE(witness->compare(as_bytes(note()), MemberId("civil-affairs")));  // of a size that we do not know yet
  EXPECT_TRUE(alarms.take().empty());
  log.leaves[45] = ours;
  ASSERT_TRUE(push(note()).has_value());
  const auto raised = alarms.take();
  ASSERT_EQ(raised.size(), 1u);
  EXPECT_EQ(raised[0].slug, "log-contradicts");
  const auto evidence = store::read_file(raised[0].evidence_path, 64 * 1024);
  ASSERT_TRUE(evidence.has_value());
  EXPECT_NE(as_text(*evidence).find(witness->last_note()), std::string_view::npos);
}

// A broker that shows two logs, and never the same size to both: this one sees 40 and 90 of the one, the other member
// 60 of the other.
TEST_F(WitnessTest, FindsOutTwoLogsThatShareNoSize) {
  add(40);
  ASSERT_TRUE(push(note()).has_value());
  add(20);
  const Digest ours = std::exchange(log.leaves[45], crypto::random<Digest>());
  const std::string theirs = note();
  log.leaves[45] = ours;
  EXPECT_TRUE(witness->compare(as_bytes(theirs), MemberId("civil-affairs")));
  EXPECT_TRUE(alarms.take().empty());
  add(30);
  ASSERT_TRUE(push(note()).has_value());
  const auto raised = alarms.take();
  ASSERT_EQ(raised.size(), 1u);
  EXPECT_EQ(raised[0].slug, "log-contradicts");
  const auto evidence = store::read_file(raised[0].evidence_path, 64 * 1024);
  ASSERT_TRUE(evidence.has_value());
  EXPECT_NE(as_text(*evidence).find(theirs), std::string_view::npos);
  EXPECT_NE(as_text(*evidence).find(witness->last_note()), std::string_view::npos);
}

TEST_F(WitnessTest, FindsOutASmallerTreeOfAnotherLogWithoutANewCheckpoint) {
  add(300);
  ASSERT_TRUE(push(note()).has_value());
  const Digest ours = std::exchange(log.leaves[45], crypto::random<Digest>());
  EXPECT_TRUE(witness->compare(as_bytes(log.checkpoint(world.broker().log, 260)), MemberId("civil-affairs")));
  log.leaves[45] = ours;
  look();
  EXPECT_EQ(alarms.take().size(), 1u);
}

TEST_F(WitnessTest, TreesOfOneLogOfAnySizesRaiseNothing) {
  add(300);
  ASSERT_TRUE(push(note()).has_value());
  for (const std::uint64_t size : {0, 1, 255, 256, 257, 299, 300})
    EXPECT_TRUE(witness->compare(as_bytes(log.checkpoint(world.broker().log, size)), MemberId("civil-affairs")));
  look();
  add(300);
  EXPECT_TRUE(witness->compare(as_bytes(log.checkpoint(world.broker().log, 512)), MemberId("civil-affairs")));
  ASSERT_TRUE(push(note()).has_value());
  EXPECT_TRUE(alarms.take().empty());
}

TEST_F(WitnessTest, OneNoteThatContradictsIsOneAlarm) {
  add(40);
  ASSERT_TRUE(push(note()).has_value());
  log.leaves[7] = crypto::random<Digest>();
  for (int i = 0; i < 5; ++i) witness->compare(as_bytes(note()), MemberId("civil-affairs"));
  EXPECT_EQ(alarms.take().size(), 1u);
}

TEST_F(WitnessTest, IgnoresACheckpointThatTheLogDidNotSign) {
  add(10);
  ASSERT_TRUE(push(log.checkpoint(world.broker().bundle)).has_value());
  EXPECT_TRUE(witness->last_note().empty());
  EXPECT_TRUE(cosigned.empty());
  EXPECT_EQ(alarms.take().size(), 1u);
}

TEST_F(WitnessTest, AlarmsWhereTheLogHoldsSomethingElseThanWasPromised) {
  add(20);
  auto promise = add();
  promise.salt = crypto::random<Salt>();
  witness->hold(promise, crypto::make_exchange_id(clock.wall()));
  add(20);
  ASSERT_TRUE(push(note()).has_value());
  EXPECT_TRUE(witness->take_receipts().empty());
  const auto raised = alarms.take();
  ASSERT_EQ(raised.size(), 1u);
  EXPECT_EQ(raised[0].slug, "log-contradicts");
}

// Two promises of one index, of which the log holds the first; and a tile whose leaf is the second's.
TEST_F(WitnessTest, ALeafThatNoPathHashesProvesNothing) {
  add(20);
  const auto right = add();
  add(20);
  const std::string signed_note = note();
  auto wrong = right;
  wrong.salt.octets[0] ^= 1;
  witness->hold(right, crypto::make_exchange_id(clock.wall()));
  witness->hold(wrong, crypto::make_exchange_id(clock.wall()));
  log.leaves[20] = *Digest::from(exchange::entry_commitment(world.suite(), wrong.salt, wrong.body).view());
  ASSERT_TRUE(push(signed_note).has_value());
  exchange::ReceiptKeys keys;
  keys.origin = World::kOrigin;
  keys.suite = &world.suite();
  const auto log_key = crypto::VerifyingKey::decode(world.broker().log.public_key());
  keys.log_key = &*log_key;
  for (const auto& proved : witness->take_receipts())
    EXPECT_TRUE(exchange::verify_receipt(proved.receipt, keys).has_value());
  EXPECT_FALSE(alarms.take().empty());
}

TEST_F(WitnessTest, ProvesAPromiseThatCameAfterTheCheckpointThatCoversIt) {
  const auto promise = add();
  add(9);
  ASSERT_TRUE(push(note()).has_value());
  witness->hold(promise, crypto::make_exchange_id(clock.wall()));
  const auto until = clock.monotonic() + seconds(3);
  while (witness->held() != 0 && clock.monotonic() < until) {
    ASSERT_TRUE(witness->tick(true).has_value());
    ASSERT_TRUE(serve().has_value());
  }
  EXPECT_EQ(witness->take_receipts().size(), 1u);
}

TEST_F(WitnessTest, AlarmsWithEvidenceWhereAPromiseIsNotProvedInTime) {
  witness->hold(add(), crypto::make_exchange_id(clock.wall()));
  const auto until = clock.monotonic() + limits::kPromiseWithin + seconds(2);
  std::vector<Alarm> raised;
  while (raised.empty() && clock.monotonic() < until) {
    ASSERT_TRUE(witness->tick(true).has_value());
    raised = alarms.take();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  ASSERT_EQ(raised.size(), 1u);
  EXPECT_EQ(raised[0].slug, "promise-unproved");
  EXPECT_TRUE(*store::exists(raised[0].evidence_path));
  EXPECT_EQ(witness->held(), 1u);
}

}  // namespace
}  // namespace steelyard::client
