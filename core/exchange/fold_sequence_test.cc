// Random histories: whatever is stated, in whatever order, the registry that followed is the one that a full fold
// makes, and the gate that followed decides as one made anew does. STEELYARD_TEST_SEED repeats a run.
#include <cstdlib>
#include <random>

#include <gtest/gtest.h>

#include "core/base/limits.h"
#include "core/exchange/conditions.h"
#include "core/exchange/gate.h"
#include "core/exchange/testing/world.h"

namespace steelyard::exchange {
namespace {

using schemas::AgreementChange;
using schemas::Role;
using schemas::SharingClass;
using schemas::VocabularyKind;
using testing::Signature;
using testing::World;

const MemberId kOwner("civil-affairs"), kUser("tax"), kRoot = World::kRoot, kOther("revenue");
const std::vector<AgreementId> kAgreements = {AgreementId("tax-household"), AgreementId("second"),
                                              AgreementId("third")};
const std::vector<DatasetId> kDatasets = {DatasetId("civil-affairs/household"), DatasetId("revenue/household")};
const std::vector<std::string> kFields = {"name", "id_number", "address", "head", "members"};

// Only next() is drawn from the engine, so a seed means the same everywhere.
class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}
  std::uint64_t below(std::uint64_t bound) { return engine_() % bound; }
  bool coin() { return below(2) == 1; }

 private:
  std::mt19937_64 engine_;
};

std::uint64_t test_seed() {
  const char* given = std::getenv("STEELYARD_TEST_SEED");
  const std::uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
  std::printf("STEELYARD_TEST_SEED=%llu\n", static_cast<unsigned long long>(seed));
  return seed;
}

class Histories {
 public:
  explicit Histories(std::uint64_t seed) : random_(seed), gate_(world_.registry()) {
    world_.add_member(kOther);
    world_.add_application(ApplicationId("revenue-app"), kOther);
    EXPECT_TRUE(world_.try_term(VocabularyKind::kBasis, "new-law", [](auto&) {}));
    EXPECT_TRUE(gate_.rebuild());
  }

  // Whether it was taken. What is refused is most of what is tried.
  bool step() {
    if (random_.below(4) == 0) world_.pass(minutes(static_cast<std::int64_t>(random_.below(90))));
    const auto rows = world_.registry().rows();
    const auto change = attempt();
    if (!change) {
      EXPECT_EQ(rows, world_.registry().rows());
      return false;
    }
    EXPECT_TRUE(gate_.on_change(*change));
    Gate anew(world_.registry());
    expect_same(anew);
    return true;
  }

  void expect_consistent() {
    Registry full;
    std::map<Bytes, Bytes> table;
    for (std::size_t i = 0; i < world_.statements().size(); ++i) {
      const auto change = full.apply(world_.statements()[i], LogIndex(i), world_.times()[i], i % 2 == 0);
      ASSERT_TRUE(change) << change.error().what;
      for (const RegistryRow& row : change->rows) table[row.key] = row.value;
    }
    std::vector<RegistryRow> written;
    for (const auto& [key, value] : table) written.push_back({key, value});
    EXPECT_EQ(full.rows(), world_.registry().rows());
    EXPECT_EQ(written, world_.registry().rows()) << "rows that changes name are those that the registry has";
    Gate anew(full);
    expect_same(anew);
  }
  std::size_t permitted() const { return permitted_; }

 private:
  void expect_same(Gate& anew) {
    for (const Question& question : questions()) {
      const Verdict followed = gate_.weigh(question, world_.now()), rebuilt = anew.weigh(question, world_.now());
      EXPECT_TRUE(followed.same_as(rebuilt)) << followed.reason() << " and " << rebuilt.reason();
      permitted_ += followed.permitted() ? 1 : 0;
      expect_grounds(followed);
    }
  }
  // The gate's own look is one thing, the list of conditions another: what it permits has them all.
  void expect_grounds(const Verdict& verdict) {
    if (!verdict.permitted() || verdict.agreement == kNoIndex) return;
    const auto* subject = world_.registry().subject_at(verdict.agreement);
    ASSERT_NE(subject, nullptr);
    const AgreementRecord* record = world_.registry().agreement(AgreementId(subject->subject));
    EXPECT_EQ(record->phase, AgreementPhase::kActive);
    EXPECT_TRUE(fallen_of(world_.registry(), *record->terms(), world_.now()).empty());
  }
  std::vector<Question> questions() const {
    std::vector<Question> all;
    for (const auto& [user, application] : {std::pair{kUser, "tax-relief"}, std::pair{kOther, "revenue-app"}})
      for (const DatasetId& dataset : kDatasets)
        for (const char* purpose : {"deduction", "statistics"}) {
          Question asked;
          asked.user = user;
          asked.application = ApplicationId(application);
          asked.dataset = dataset;
          asked.purpose = PurposeId(purpose);
          asked.fields = {FieldName("name"), FieldName("address")};
          all.push_back(asked);
          for (const AgreementId& agreement : kAgreements) {
            asked.agreement = agreement;
            all.push_back(asked);
          }
        }
    return all;
  }
  template <class T>
  const T& one_of(const std::vector<T>& all) {
    return all[random_.below(all.size())];
  }
  MemberId party(const schemas::Agreement& terms, Role role) const {
    return role == Role::kUser ? terms.user : role == Role::kOwner ? terms.owner : terms.manager;
  }
  Role any_role() { return static_cast<Role>(3 + random_.below(3)); }

  Result<RegistryChange> attempt() {
    switch (random_.below(12)) {
      case 0: return change_basis();
      case 1: return change_purpose();
      case 2:
        return world_.try_pass_duty(DutyId(random_.coin() ? "tax-deduction" : "residents"),
                                    one_of(std::vector{kOwner, kUser, kOther, kUser, kOwner}));
      case 3: return change_catalogue();
      case 4:
      case 5: return propose();
      case 6:
      case 7:
      case 8: return approve();
      default: return change_agreement();
    }
  }
  Result<RegistryChange> change_basis() {
    return world_.try_term(VocabularyKind::kBasis, random_.coin() ? "tax-law" : "new-law", [&](auto& term) {
      term.valid_until.reset();
      if (random_.below(3) == 0)
        term.valid_until = world_.now() + minutes(static_cast<std::int64_t>(random_.below(180)));
    });
  }
  Result<RegistryChange> change_purpose() {
    return world_.try_term(VocabularyKind::kPurpose, random_.coin() ? "deduction" : "statistics", [&](auto& term) {
      term.bases.clear();
      if (random_.coin()) term.bases.emplace_back("tax-law");
      if (random_.coin()) term.bases.emplace_back("new-law");
    });
  }
  Result<RegistryChange> change_catalogue() {
    const DatasetId& dataset = one_of(kDatasets);
    auto body = World::catalogue(dataset, DutyId("residents"), kFields,
                                 random_.below(4) == 0 ? SharingClass::kNotShared : SharingClass::kConditional);
    if (random_.below(3) == 0) body.sharing_class = SharingClass::kUnconditional;
    if (random_.below(3) == 0) body.fields.erase(body.fields.begin() + 2);
    if (random_.below(3) == 0) body.legal_basis = BasisId("new-law");
    return world_.try_state(dataset.text, body, {{Role::kOwner, owner_of(dataset)}, {Role::kManager, kRoot}});
  }
  Result<RegistryChange> propose() {
    const DatasetId& dataset = one_of(kDatasets);
    auto body = world_.agreement(one_of(kAgreements), random_.coin() ? kUser : kOther, dataset, {"name"},
                                 DutyId("tax-deduction"));
    body.owner = owner_of(dataset);
    if (random_.coin()) body.fields.emplace_back("address");
    if (random_.coin()) body.legal_basis = BasisId("new-law");
    if (random_.coin()) body.purposes = {PurposeId("statistics")};
    if (random_.below(4) == 0) body.valid_until = world_.now() + minutes(90);
    return world_.try_propose(body);
  }
  Result<RegistryChange> approve() {
    const AgreementId& id = one_of(kAgreements);
    if (world_.registry().agreement(id) == nullptr) return refused_here();
    return world_.try_approve(id, any_role());
  }
  Result<RegistryChange> change_agreement() {
    const AgreementId& id = one_of(kAgreements);
    const AgreementRecord* record = world_.registry().agreement(id);
    if (record == nullptr) return refused_here();
    // Ending is for ever, and there are three.
    const std::uint64_t number = random_.below(24) == 0 ? 3 : 1 + random_.below(8);
    if (number == 3 && random_.below(24) != 0) return refused_here();
    schemas::AgreementState body{id, static_cast<AgreementChange>(number), ReasonId("changed")};
    if (number > 3) body.statement = record->proposed_digest;
    if (number > 6) body.silent = any_role();
    if (number == 8) body.decision = schemas::Decision::kAgainst;
    if (number == 4) body.points = testing::text("mend it");
    const Role role = any_role();
    return world_.try_state(id.text + "/state", body, {{role, party(*record->terms(), role)}});
  }
  static Result<RegistryChange> refused_here() { return fail(ErrorKind::kRefused, "nothing to try"); }

  Random random_;
  World world_ = World::city();
  Gate gate_;
  std::size_t permitted_ = 0;
};

TEST(FoldSequence, FollowingIsTheSameAsFoldingAnew) {
  const std::uint64_t seed = test_seed();
  std::size_t taken = 0, permitted = 0;
  for (std::uint64_t round = 0; round < 12 && !::testing::Test::HasFailure(); ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    Histories history(seed + round);
    for (int step = 0; step < 160; ++step) {
      const bool stepped = history.step();
      taken += stepped ? 1 : 0;
      if (stepped && step % 16 == 0) history.expect_consistent();
    }
    history.expect_consistent();
    permitted += history.permitted();
  }
  EXPECT_GT(taken, 300u);
  EXPECT_GT(permitted, 100u);
}

}  // namespace
}  // namespace steelyard::exchange
