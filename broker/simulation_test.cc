// The pipeline under everything that networks, disks and departments do, on a simulated clock, against a small model.
//
// Several users and owners, frames lost, doubled and reordered, repeats, reused ids, owners that restart, agreements
// suspended and resumed, and crashes of the broker at every step: with the batch in flight committed or not. A run is
// its seed. STEELYARD_TEST_LONG=1 runs many more; STEELYARD_TEST_SEED=n runs one.
#include <gtest/gtest.h>

#include <cstdlib>
#include <set>

#include "broker/testing/rig.h"
#include "core/base/limits.h"

namespace steelyard::broker::testing {
namespace {

using exchange::AgreementPhase;
using schemas::AgreementChange;

const MemberId kPolice("police"), kTransport("transport");
const DatasetId kVehicle("transport/vehicle");

World province() {
  World world = World::city();
  world.add_member(kPolice);
  world.add_member(kTransport);
  world.add_application(ApplicationId("case-work"), kPolice);
  world.add_duty(DutyId("vehicles"), kTransport);
  world.add_duty(DutyId("investigation"), kPolice);
  world.add_dataset(World::catalogue(kVehicle, DutyId("vehicles"), {"plate", "id_number", "model", "year"}));
  world.add_agreement(world.agreement(AgreementId("police-vehicle"), kPolice, kVehicle, {"plate", "id_number", "model"},
                                      DutyId("investigation")));
  world.add_agreement(
      world.agreement(AgreementId("tax-vehicle"), kUser, kVehicle, {"plate", "id_number"}, DutyId("tax-deduction")));
  return world;
}

struct Use {  // what may be asked
  MemberId user;
  ApplicationId application;
  DatasetId dataset;
  AgreementId agreement;
  std::vector<FieldName> fields;
};
const std::vector<Use>& uses() {
  static const std::vector<Use> all{
      {kUser,
       ApplicationId("tax-relief"),
       kHousehold,
       AgreementId("tax-household"),
       {FieldName("name"), FieldName("address"), FieldName("head")}},
      {kPolice,
       ApplicationId("case-work"),
       kVehicle,
       AgreementId("police-vehicle"),
       {FieldName("plate"), FieldName("model"), FieldName("year")}},
      {kUser, ApplicationId("tax-relief"), kVehicle, AgreementId("tax-vehicle"), {FieldName("plate")}},
  };
  return all;
}

// What a user's adapter knows of one request of its own.
struct Asked {
  const Use* use;
  schemas::Request request;
  OutMessage message;
  Digest digest;
  std::optional<Digest> answer;
  bool refused = false;
};
// What an owner's adapter keeps: marks on disk, answers in memory.
struct OwnerModel {
  std::set<Digest> marks;
  std::map<Digest, OutMessage> answers;
};

class Simulation {
 public:
  explicit Simulation(std::uint64_t seed) : rig_(province(), seed), random_(seed ^ 0x9e3779b97f4a7c15) {
    rig_.watch = [this](const SendAction& send) { check_send(send); };
    connect_all();
  }

  void run(int steps) {
    for (int i = 0; i < steps && !::testing::Test::HasFailure(); ++i) {
      act();
      if (rig_.members.empty()) connect_all();
    }
    finish();
  }
  std::uint64_t delivered = 0, executed = 0, crashes = 0, refusals = 0, jumps = 0;

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
      restart_owner();
    else if (what < 99 && chance(50))
      jump_clock();
    else if (what < 99)
      reconnect();
    else
      crash();
  }

  void connect_all() {
    sessions_.clear();
    for (const MemberId& member : {kUser, kPolice}) sessions_[member] = rig_.up(member);
    sessions_[kOwner] = rig_.up(kOwner, {kHousehold});
    sessions_[kTransport] = rig_.up(kTransport, {kVehicle});
  }

  // The network: what waits to be delivered, in no order, perhaps twice, perhaps never.
  void submit(const MemberId& from, const std::vector<OutMessage>& messages) {
    to_broker_.emplace_back(sessions_.at(from), rig_.frame(from, messages));
  }
  void move_to_broker() {
    if (to_broker_.empty()) return;
    BatchEvent batch;
    const std::uint64_t frames = 1 + pick(3);
    for (std::uint64_t i = 0; i < frames && !to_broker_.empty(); ++i) {
      const std::size_t at = pick(to_broker_.size());
      const auto [session, octets] = to_broker_[at];
      if (!chance(10)) to_broker_.erase(to_broker_.begin() + static_cast<std::ptrdiff_t>(at));
      if (chance(5) || !rig_.members.contains(session)) continue;  // lost
      auto frame = verify_frame(rig_.pipeline->registry(), session, rig_.members.at(session), octets);
      ASSERT_TRUE(frame);
      batch.frames.push_back(std::move(*frame));
    }
    rig_.step(std::move(batch));
  }
  void move_to_member() {
    if (rig_.sent.empty()) return;
    const std::size_t at = pick(rig_.sent.size());
    const Delivered one = rig_.sent[at];
    if (!chance(10)) rig_.sent.erase(rig_.sent.begin() + static_cast<std::ptrdiff_t>(at));
    if (chance(5) || !rig_.members.contains(one.session)) return;  // lost
    const MemberId member = rig_.members.at(one.session);
    if (member == kOwner || member == kTransport)
      owner_gets(member, one.messages);
    else
      user_gets(member, one.messages);
  }

  void ask() {
    const Use& use = uses()[pick(uses().size())];
    Asked asked{&use, rig_.request(use.user, use.application, use.dataset), {}, {}, {}, false};
    asked.request.fields = use.fields;
    if (chance(15)) asked.request.purpose = PurposeId("statistics");
    asked.request.head.expires = rig_.now.wall + seconds(20 + static_cast<std::int64_t>(pick(40)));
    asked.message = rig_.out(asked.request);
    asked.digest = rig_.digest_of(asked.message);
    submit(use.user, {asked.message});
    asked_.push_back(std::move(asked));
  }
  void repeat() {
    if (asked_.empty()) return;
    const Asked& asked = asked_[asked_.size() - 1 - pick(std::min<std::size_t>(asked_.size(), 20))];
    submit(asked.use->user, {asked.message});
  }
  void reuse_id() {
    if (asked_.empty()) return;
    const Asked& asked = asked_[pick(asked_.size())];
    schemas::Request other = asked.request;
    other.strict = !other.strict;
    submit(asked.use->user, {rig_.out(other)});
    if (const Digest digest = rig_.digest_of(rig_.out(other)); !by_digest(digest))
      asked_.push_back({asked.use, other, rig_.out(other), digest, {}, false});
  }
  void change_agreement() {
    const Use& use = uses()[pick(uses().size())];
    const MemberId owner = owner_of(use.dataset);
    const bool active = rig_.pipeline->registry().agreement(use.agreement)->phase == AgreementPhase::kActive;
    if (active && chance(60)) return;  // else most of what is asked would be refused
    submit(owner, {rig_.state_of(use.agreement, active ? AgreementChange::kSuspend : AgreementChange::kResume, owner)});
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
    jumps += rig_.pipeline->clock_wrong() ? 1 : 0;
  }
  void restart_owner() { owners_[chance(50) ? kOwner : kTransport].answers.clear(); }
  void reconnect() {
    const std::vector<MemberId> all{kUser, kPolice, kOwner, kTransport};
    const MemberId member = all[pick(all.size())];
    rig_.down(sessions_.at(member));
    const bool is_owner = member == kOwner || member == kTransport;
    sessions_[member] =
        rig_.up(member, is_owner ? std::vector{member == kOwner ? kHousehold : kVehicle} : std::vector<DatasetId>{});
  }
  void crash() {
    ++crashes;
    if (rig_.in_flight && chance(50)) rig_.log.commit(*rig_.in_flight);  // synced, and nobody was told
    rig_.crash();
    connect_all();
  }

  Asked* by_digest(const Digest& digest) {
    for (Asked& asked : asked_)
      if (asked.digest == digest) return &asked;
    return nullptr;
  }

  // Looks at every send in the moment in which the pipeline gives it out.
  void check_send(const SendAction& send) {
    for (const OutMessage& message : send.messages) {
      if (message.kind == MessageKind::kGrant) {
        const auto grant = read<schemas::Grant>(message);
        EXPECT_TRUE(rig_.log.holds(grant.index, grant.salt, grant.body)) << "given out before it was recorded";
        const Asked* asked = by_digest(grant.request);
        ASSERT_NE(asked, nullptr);
        EXPECT_EQ(rig_.pipeline->registry().agreement(asked->use->agreement)->phase, AgreementPhase::kActive)
            << "stopped, and still given out";
      } else if (message.kind == MessageKind::kRefusal) {
        const auto refusal = read<schemas::Refusal>(message);
        EXPECT_TRUE(rig_.log.holds(refusal.index, refusal.salt, refusal.body)) << "refused before it was recorded";
      } else if (message.kind == MessageKind::kRecorded) {
        const auto recorded = read<schemas::Recorded>(message);
        EXPECT_TRUE(rig_.log.holds(recorded.index, recorded.salt, recorded.body)) << "promised before recorded";
      }
    }
  }

  void owner_gets(const MemberId& owner, const std::vector<OutMessage>& messages) {
    if (messages.size() != 2 || messages[0].kind != MessageKind::kGrant) return;
    const auto grant = read<schemas::Grant>(messages[0]);
    const auto request = read<schemas::Request>(messages[1]);
    const Digest digest = rig_.digest_of(messages[1]);
    ASSERT_EQ(grant.request, digest);
    check_proof(messages[1], digest, request.head.author);
    OwnerModel& model = owners_[owner];
    if (auto known = model.answers.find(digest); known != model.answers.end()) return submit(owner, {known->second});
    if (model.marks.contains(digest)) return submit(owner, {rig_.out(rig_.rejection(request, digest, code::gone))});
    ++executed;
    EXPECT_TRUE(executed_ids_.insert({request.head.author, request.head.id}).second) << "an id was executed twice";
    model.marks.insert(digest);
    schemas::Answer answer = rig_.answer(request, grant);
    answer.rows = static_cast<std::uint32_t>(pick(5));
    model.answers.emplace(digest, rig_.out(answer, "rows"));
    submit(owner, {model.answers.at(digest)});
  }

  void user_gets(const MemberId& user, const std::vector<OutMessage>& messages) {
    if (messages[0].kind == MessageKind::kRefusal) {
      const auto refusal = read<schemas::Refusal>(messages[0]);
      Asked* asked = by_digest(refusal.request);
      ASSERT_NE(asked, nullptr);
      asked->refused = true;
      ++refusals;
      EXPECT_FALSE(asked->answer) << "refused after it was answered";
    }
    if (messages.size() != 3 || messages[1].kind != MessageKind::kAnswer) return;
    const auto answer = read<schemas::Answer>(messages[1]);
    const auto recorded = read<schemas::Recorded>(messages[2]);
    const Digest digest = rig_.digest_of(messages[1]);
    check_proof(messages[1], digest, answer.head.author);
    EXPECT_EQ(recorded.digest, digest);
    EXPECT_EQ(rig_.log.entries.at(recorded.index.value).body.digest, digest) << "delivered and missing from the log";
    Asked* asked = by_digest(answer.request);
    ASSERT_NE(asked, nullptr);
    EXPECT_EQ(asked->use->user, user);
    EXPECT_FALSE(asked->refused) << "answered after it was refused";
    EXPECT_TRUE(!asked->answer || *asked->answer == digest) << "two answers to one request";
    asked->answer = digest;
    ++delivered;
    schemas::Received received;
    received.head = rig_.head(MessageKind::kReceived, user, MemberId(World::kOrigin));
    received.answers = {digest};
    submit(user, {rig_.out(received)});
  }

  void check_proof(const OutMessage& message, const Digest& digest, const MemberId& author) {
    ASSERT_TRUE(message.proof);
    EXPECT_EQ(message.proof->author, author);
    exchange::BundleVerifier verifier(rig_.world.suite(), World::kOrigin);
    const auto* key = rig_.pipeline->registry().key(author, message.proof->key, schemas::KeyUse::kMessage);
    ASSERT_NE(key, nullptr);
    EXPECT_TRUE(verifier.verify(digest, *message.proof, *key->verifying));
  }

  // Everything that is open runs out; then the log must tell a whole story.
  void finish() {
    rig_.wrong_by = {};
    rig_.commit();
    rig_.pass(limits::kLifeMax + limits::kSkew + seconds(1));
    rig_.step(TickEvent{});
    rig_.commit();
    EXPECT_EQ(rig_.pipeline->open_exchanges(), 0U);
    EXPECT_TRUE(rig_.log.once.empty());
    std::map<LogIndex, int> closes;
    std::set<Digest> recorded;
    std::set<std::pair<LogIndex, ExchangeId>> ids;
    exchange::BundleVerifier verifier(rig_.world.suite(), World::kOrigin);
    for (const provenance::EntryRecord& entry : rig_.log.entries) {
      EXPECT_LE(entry.body.time, rig_.now.wall) << "a clock that jumped stands in the log";
      const bool closing = entry.body.related != kNoIndex &&
                           (entry.body.kind == EntryKind::kAnswer || entry.body.kind == EntryKind::kRefusal);
      if (closing) ++closes[entry.body.related];
      if (entry.body.kind == EntryKind::kAnswer) recorded.insert(entry.body.digest);
      if (entry.body.kind == EntryKind::kRequest || (entry.body.kind == EntryKind::kRefusal && !closing)) {
        EXPECT_TRUE(ids.emplace(entry.body.member, entry.body.id).second) << "an id stands in the log twice";
      }
      if (auto proof = rig_.log.proof_of(entry)) {
        const auto* key = rig_.pipeline->registry().key(proof->author, proof->key, schemas::KeyUse::kMessage);
        ASSERT_NE(key, nullptr);
        EXPECT_TRUE(verifier.verify(entry.body.digest, *proof, *key->verifying)) << "entry " << entry.index.value;
      }
    }
    for (const provenance::EntryRecord& entry : rig_.log.entries) {
      if (entry.body.kind != EntryKind::kRequest) continue;
      EXPECT_EQ(closes[entry.index], 1) << "closes of the exchange at " << entry.index.value;
    }
    for (const Asked& asked : asked_) {
      if (!asked.answer) continue;
      EXPECT_TRUE(recorded.contains(*asked.answer)) << "delivered and missing from the log";
    }
  }

  Rig rig_;
  std::mt19937_64 random_;
  std::map<MemberId, SessionNumber> sessions_;
  std::map<MemberId, OwnerModel> owners_;
  std::vector<std::pair<SessionNumber, Bytes>> to_broker_;
  std::vector<Asked> asked_;
  std::set<std::pair<MemberId, ExchangeId>> executed_ids_;
};

TEST(Simulation, EveryStoryThatTheLogTellsIsWholeWhateverIsLostDoubledReorderedOrCrashes) {
  std::uint64_t first = std::random_device{}(), seeds = std::getenv("STEELYARD_TEST_LONG") != nullptr ? 1'000 : 12;
  if (const char* one = std::getenv("STEELYARD_TEST_SEED")) {
    first = std::strtoull(one, nullptr, 10);
    seeds = 1;
  }
  std::printf("simulation: seeds %llu to %llu\n", static_cast<unsigned long long>(first),
              static_cast<unsigned long long>(first + seeds - 1));
  std::uint64_t delivered = 0, executed = 0, crashes = 0, refusals = 0, jumps = 0;
  for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
    SCOPED_TRACE("STEELYARD_TEST_SEED=" + std::to_string(seed));
    Simulation simulation(seed);
    simulation.run(600);
    delivered += simulation.delivered;
    executed += simulation.executed;
    crashes += simulation.crashes;
    refusals += simulation.refusals;
    jumps += simulation.jumps;
    if (::testing::Test::HasFailure()) break;
  }
  std::printf("simulation: %llu answers delivered, %llu requests executed, %llu refusals, %llu crashes\n",
              static_cast<unsigned long long>(delivered), static_cast<unsigned long long>(executed),
              static_cast<unsigned long long>(refusals), static_cast<unsigned long long>(crashes));
  // A simulation in which nothing happens proves nothing.
  if (seeds > 1 && !::testing::Test::HasFailure()) {
    EXPECT_GT(delivered, seeds * 2);
    EXPECT_GT(crashes, seeds);
    EXPECT_GT(refusals, seeds);
    EXPECT_GT(jumps, seeds);
  }
}

}  // namespace
}  // namespace steelyard::broker::testing
