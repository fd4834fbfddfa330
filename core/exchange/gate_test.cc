#include "core/exchange/gate.h"

#include <gtest/gtest.h>

#include "core/base/limits.h"
#include "core/exchange/testing/world.h"
#include "schemas/errors.h"

namespace steelyard::exchange {
namespace {

namespace code = schemas::code;
using schemas::AgreementChange;
using schemas::Role;
using schemas::SharingClass;
using testing::World;

const MemberId kOwner("civil-affairs"), kUser("tax");
const AgreementId kAgreement("tax-household");
const DatasetId kHousehold("civil-affairs/household");

std::vector<FieldName> names(const std::vector<std::string>& of) {
  std::vector<FieldName> made;
  for (const std::string& name : of) made.emplace_back(name);
  return made;
}

// A world and its gate, which follows each statement as the broker's does.
class GateTest : public ::testing::Test {
 protected:
  GateTest() : world_(World::city()), gate_(world_.registry()) {}

  static Question question(const std::vector<std::string>& fields, const std::vector<std::string>& conditions = {}) {
    Question asked;
    asked.user = kUser;
    asked.application = ApplicationId("tax-relief");
    asked.dataset = kHousehold;
    asked.purpose = PurposeId("deduction");
    asked.fields = names(fields);
    asked.conditions = names(conditions);
    return asked;
  }
  Verdict weigh(const Question& asked) { return gate_.weigh(asked, world_.now()); }
  void follow(const Result<RegistryChange>& change) {
    ASSERT_TRUE(change) << change.error().what;
    ASSERT_TRUE(gate_.on_change(*change));
  }
  void follow_policy(const std::string& subject, const std::string& text) {
    const Role role = subject == "baseline" ? Role::kRootManager : Role::kOwner;
    const MemberId by = subject == "baseline" ? World::kRoot : MemberId(subject);
    follow(world_.try_state(subject, schemas::PolicySet{text, World::kStart, {}}, {{role, by}}));
  }
  void follow_agreement(const schemas::Agreement& body) {
    follow(world_.try_propose(body));
    for (const Role role : {Role::kUser, Role::kOwner, Role::kManager})
      follow(world_.try_approve(body.agreement, role));
  }
  schemas::Agreement second_agreement() {
    return world_.agreement(AgreementId("second"), kUser, kHousehold, {"name", "head"}, DutyId("tax-deduction"));
  }

  World world_;
  Gate gate_;
};

TEST_F(GateTest, GrantsWhatTheAgreementCoversAndNamesWhatItWithholds) {
  const Verdict verdict = weigh(question({"address", "name", "head"}, {"id_number"}));
  ASSERT_TRUE(verdict.permitted()) << verdict.reason();
  EXPECT_EQ(verdict.fields(), names({"address", "name"}));
  EXPECT_EQ(verdict.withheld(), names({"head"}));
  EXPECT_TRUE(verdict.returned().has(0) && verdict.returned().has(2) && !verdict.returned().has(3));
  EXPECT_TRUE(verdict.tested().has(1));
  EXPECT_EQ(verdict.terms().rows_max, 10'000u);
  const Registry& registry = world_.registry();
  EXPECT_EQ(verdict.agreement, registry.agreement(kAgreement)->in_force->number);
  EXPECT_EQ(verdict.dataset, registry.dataset(kHousehold)->number);
  EXPECT_EQ(verdict.member, registry.member(kUser)->number);
  EXPECT_EQ(verdict.peer, registry.member(kOwner)->number);
  EXPECT_EQ(verdict.epoch, registry.epoch());
}

TEST_F(GateTest, AConditionOnAFieldNotGrantedRefusesTheWhole) {
  const Verdict verdict = weigh(question({"name"}, {"head", "name", "members"}));
  EXPECT_EQ(verdict.reason(), code::condition_not_granted);
  EXPECT_EQ(verdict.withheld(), names({"head", "members"}));
  EXPECT_TRUE(verdict.returned().empty());
}

TEST_F(GateTest, StrictRefusesWhereAFieldIsWithheld) {
  Question asked = question({"name", "head"});
  asked.strict = true;
  EXPECT_EQ(weigh(asked).reason(), code::field_withheld);
  EXPECT_EQ(weigh(asked).withheld(), names({"head"}));
  asked.fields.pop_back();
  EXPECT_TRUE(weigh(asked).permitted());
}

TEST_F(GateTest, NothingPermittedIsARefusal) {
  EXPECT_EQ(weigh(question({"head"})).reason(), code::not_permitted);
  EXPECT_EQ(weigh(question({"head"})).withheld(), names({"head"}));
}

TEST_F(GateTest, WhatIsNotRegisteredHasItsOwnReason) {
  const auto reason = [&](auto change) {
    Question asked = question({"name"});
    change(asked);
    return weigh(asked).reason();
  };
  EXPECT_EQ(reason([](auto& q) { q.user = MemberId("nobody"); }), code::member_not_valid);
  EXPECT_EQ(reason([](auto& q) { q.application = ApplicationId("nothing"); }), code::unknown_application);
  EXPECT_EQ(reason([](auto& q) { q.user = kOwner; }), code::unknown_application);  // another member's
  EXPECT_EQ(reason([](auto& q) { q.dataset = DatasetId("civil-affairs/none"); }), code::unknown_dataset);
  EXPECT_EQ(reason([](auto& q) { q.purpose = PurposeId("love"); }), code::unknown_purpose);
  EXPECT_EQ(reason([](auto& q) { q.purpose = PurposeId("tax-law"); }), code::unknown_purpose);  // a basis
  EXPECT_EQ(reason([](auto& q) { q.fields = names({"name", "income"}); }), code::unknown_field);
  EXPECT_EQ(reason([](auto& q) { q.conditions = names({"income"}); }), code::unknown_field);
  EXPECT_EQ(reason([](auto& q) { q.action = schemas::Action::kMatch; }), code::action_not_built);
  EXPECT_EQ(reason([](auto& q) { q.action = schemas::Action::kVerify; }), code::action_not_agreed);
  EXPECT_EQ(reason([](auto& q) { q.action = schemas::Action::kSubscribe; }), code::action_not_agreed);
  EXPECT_EQ(reason([](auto& q) { q.agreement = AgreementId("none"); }), code::unknown_agreement);
  EXPECT_EQ(reason([](auto& q) { q.purpose = PurposeId("statistics"); }), code::purpose_not_agreed);
}

TEST_F(GateTest, ASubscriptionNeedsAnAgreementThatSaysSoAndTakesNoConditions) {
  schemas::Agreement events =
      world_.agreement(AgreementId("tax-events"), MemberId("tax"), DatasetId("civil-affairs/household"),
                       {"name", "address"}, DutyId("tax-deduction"));
  events.actions = {schemas::Action::kSubscribe};
  world_.add_agreement(events);
  ASSERT_TRUE(gate_.rebuild());
  Question asked = question({"name", "id_number"});
  asked.action = schemas::Action::kSubscribe;
  asked.conditions.clear();
  const Verdict verdict = weigh(asked);
  ASSERT_TRUE(verdict.permitted());
  EXPECT_EQ(verdict.fields(), names({"name"}));
  EXPECT_EQ(verdict.withheld(), names({"id_number"}));
  EXPECT_TRUE(weigh(question({"id_number"})).permitted()) << "querying goes by the other agreement";
  asked.conditions = names({"name"});
  EXPECT_EQ(weigh(asked).reason(), code::condition_not_granted);
  EXPECT_EQ(weigh(asked).withheld(), names({"name"}));
}

TEST_F(GateTest, AMemberOutsideItsValidityIsRefused) {
  EXPECT_EQ(gate_.weigh(question({"name"}), World::kStart - seconds(1)).reason(), code::member_not_valid);
}

TEST_F(GateTest, WithoutAnAgreementConditionalDataIsRefused) {
  world_.add_member(MemberId("health"));
  world_.add_application(ApplicationId("clinic"), MemberId("health"));
  ASSERT_TRUE(gate_.rebuild());
  Question asked = question({"name"});
  asked.user = MemberId("health");
  asked.application = ApplicationId("clinic");
  EXPECT_EQ(weigh(asked).reason(), code::no_agreement);
  asked.agreement = kAgreement;  // another's
  EXPECT_EQ(weigh(asked).reason(), code::unknown_agreement);
}

TEST_F(GateTest, TwoMatchingAgreementsAreAmbiguousUntilOneIsNamed) {
  follow_agreement(second_agreement());
  Question asked = question({"name", "head"});
  EXPECT_EQ(weigh(asked).reason(), code::agreement_ambiguous);
  EXPECT_EQ(weigh(asked).agreement, kNoIndex);
  asked.agreement = AgreementId("second");
  EXPECT_EQ(weigh(asked).fields(), names({"name", "head"}));
  asked.agreement = kAgreement;  // the other's fields do not come in
  EXPECT_EQ(weigh(asked).fields(), names({"name"}));
}

TEST_F(GateTest, AProposalGrantsNothing) {
  follow(world_.try_propose(second_agreement()));
  Question asked = question({"name"});
  EXPECT_TRUE(weigh(asked).permitted());  // by the other one: a proposal does not make it ambiguous
  asked.agreement = AgreementId("second");
  EXPECT_EQ(weigh(asked).reason(), code::agreement_not_active);
}

TEST_F(GateTest, SuspendedResumedEnded) {
  const Question asked = question({"name"});
  follow(world_.try_change(kAgreement, AgreementChange::kSuspend, {{Role::kOwner, kOwner}}));
  EXPECT_EQ(weigh(asked).reason(), code::agreement_suspended);
  Question named = asked;
  named.agreement = kAgreement;
  EXPECT_EQ(weigh(named).reason(), code::agreement_suspended);
  follow(world_.try_change(kAgreement, AgreementChange::kResume, {{Role::kOwner, kOwner}}));
  EXPECT_TRUE(weigh(asked).permitted());
  follow(world_.try_change(kAgreement, AgreementChange::kEnd, {{Role::kUser, kUser}}));
  EXPECT_EQ(weigh(asked).reason(), code::agreement_not_active);
  EXPECT_EQ(weigh(named).reason(), code::agreement_not_active);
}

TEST_F(GateTest, ASuspendedAgreementHasNoPolicyThatCouldPermit) {
  follow_agreement(second_agreement());
  follow(world_.try_change(AgreementId("second"), AgreementChange::kSuspend, {{Role::kOwner, kOwner}}));
  EXPECT_EQ(weigh(question({"name", "head"})).withheld(), names({"head"}));
}

TEST_F(GateTest, AnAgreementEndsWithItsValidity) {
  auto body = world_.registry().agreement(kAgreement)->in_force->statement;
  body.valid_until = world_.now() + minutes(10);
  follow_agreement(body);
  EXPECT_TRUE(gate_.weigh(question({"name"}), *body.valid_until - milliseconds(1)).permitted());
  EXPECT_EQ(gate_.weigh(question({"name"}), *body.valid_until).reason(), code::agreement_not_active);
}

TEST_F(GateTest, ABasisEndsByTimeAndNoStatementSaysSo) {
  const Instant end = world_.now() + minutes(10);
  follow(world_.try_term(schemas::VocabularyKind::kBasis, "tax-law", [end](auto& term) { term.valid_until = end; }));
  const Instant last = end - limits::kSkew;  // its author's clock may be behind
  EXPECT_EQ(weigh(question({"name"})).holds_until, last);
  EXPECT_TRUE(gate_.weigh(question({"name"}), last - milliseconds(1)).permitted());
  EXPECT_EQ(gate_.weigh(question({"name"}), last).reason(), code::ground_fallen);
  Question named = question({"name"});
  named.agreement = kAgreement;
  EXPECT_EQ(gate_.weigh(named, last).reason(), code::ground_fallen);
  EXPECT_EQ(world_.registry().agreement(kAgreement)->phase, AgreementPhase::kActive);
}

TEST_F(GateTest, ADatasetWithoutItsDutyOrBasisIsUsedByNobody) {
  auto body = world_.registry().dataset(kHousehold)->statement;
  body.sharing_class = SharingClass::kUnconditional;
  body.legal_basis = BasisId("registers-law");
  follow(world_.try_term(schemas::VocabularyKind::kBasis, "registers-law", [](auto&) {}));
  const auto publish = [&] {
    follow(world_.try_state(kHousehold.text, body, {{Role::kOwner, kOwner}, {Role::kManager, World::kRoot}}));
  };
  publish();
  Question others = question({"head"});
  others.purpose = PurposeId("statistics");
  EXPECT_TRUE(weigh(others).permitted());
  const Instant end = world_.now() + minutes(10);
  follow(
      world_.try_term(schemas::VocabularyKind::kBasis, "registers-law", [end](auto& term) { term.valid_until = end; }));
  EXPECT_EQ(gate_.weigh(others, end).reason(), code::ground_fallen);
  EXPECT_TRUE(weigh(others).permitted());
  follow(world_.try_pass_duty(DutyId("residents"), kUser));
  EXPECT_EQ(weigh(others).reason(), code::ground_fallen);
}

TEST_F(GateTest, WhatTheFoldSuspendsHasNoPolicyLeft) {
  auto second = second_agreement();
  follow_agreement(second);
  follow(world_.try_pass_duty(DutyId("tax-deduction"), kOwner));
  for (const AgreementId& id : {kAgreement, second.agreement}) {
    Question named = question({"name"});
    named.agreement = id;
    EXPECT_EQ(weigh(named).reason(), code::agreement_suspended) << id.text;
  }
  EXPECT_TRUE(Gate(world_.registry()).weigh(question({"name"}), world_.now()).same_as(weigh(question({"name"}))));
}

TEST_F(GateTest, ANewCatalogueTakesFieldsAway) {
  auto terms = world_.registry().agreement(kAgreement)->in_force->statement;
  terms.fields = names({"id_number"});
  follow_agreement(terms);
  auto body = world_.registry().dataset(kHousehold)->statement;
  body.fields.erase(body.fields.begin());
  follow(world_.try_state(kHousehold.text, body, {{Role::kOwner, kOwner}, {Role::kManager, World::kRoot}}));
  EXPECT_EQ(weigh(question({"name"})).reason(), code::unknown_field);
  const Verdict verdict = weigh(question({"id_number"}));
  EXPECT_TRUE(verdict.returned().has(0));
}

TEST_F(GateTest, SharingClassesAreTheBaselinesText) {
  const auto set_class = [&](SharingClass sharing_class) {
    auto body = world_.registry().dataset(kHousehold)->statement;
    body.sharing_class = sharing_class;
    follow(world_.try_state(kHousehold.text, body, {{Role::kOwner, kOwner}, {Role::kManager, World::kRoot}}));
  };
  Question others = question({"name", "head"});
  others.purpose = PurposeId("statistics");  // which no agreement covers
  set_class(SharingClass::kUnconditional);
  const Verdict verdict = weigh(others);
  EXPECT_EQ(verdict.fields(), names({"name", "head"}));
  EXPECT_EQ(verdict.agreement, kNoIndex);
  set_class(SharingClass::kNotShared);
  EXPECT_EQ(weigh(others).reason(), code::not_permitted);
  EXPECT_EQ(weigh(question({"name"})).reason(), code::not_permitted);  // an agreement does not help
}

TEST_F(GateTest, AnOwnerUsesItsOwnData) {
  follow(
      world_.try_state("civil-desk", schemas::Application{kOwner, testing::text("desk")}, {{Role::kMember, kOwner}}));
  Question asked = question({"name", "members"}, {"head"});
  asked.user = kOwner;
  asked.application = ApplicationId("civil-desk");
  EXPECT_EQ(weigh(asked).fields(), names({"name", "members"}));
}

TEST_F(GateTest, ForbidFromAnyoneWins) {
  follow_policy(kOwner.text, R"(forbid (principal, action, resource in Dataset::"civil-affairs/household")
                                when { resource.identifier };)");
  EXPECT_EQ(weigh(question({"name", "id_number"})).withheld(), names({"id_number"}));
  follow_policy(kOwner.text, "");  // the whole set is replaced
  EXPECT_TRUE(weigh(question({"name", "id_number"})).withheld().empty());
}

TEST_F(GateTest, FieldsThatAreAlikeAreToldApartByNameAndOnceTheyDiffer) {
  follow_policy(kOwner.text, R"(forbid (principal, action, resource in Dataset::"civil-affairs/household")
                                when { resource == Field::"civil-affairs/household/address" };)");
  EXPECT_EQ(weigh(question({"name", "address"})).withheld(), names({"address"}));
  follow_policy(kOwner.text, R"(forbid (principal, action, resource in Dataset::"civil-affairs/household")
                                when { resource.sensitivity > 2 };)");
  EXPECT_TRUE(weigh(question({"name", "address"})).withheld().empty());
  schemas::Catalogue catalogue = world_.registry().dataset(kHousehold)->statement;
  for (schemas::CatalogueField& field : catalogue.fields) field.sensitivity = field.name.text == "address" ? 3 : 1;
  follow(world_.try_state(kHousehold.text, catalogue, {{Role::kOwner, kOwner}, {Role::kManager, World::kRoot}}));
  EXPECT_EQ(weigh(question({"name", "address"})).withheld(), names({"address"}));
}

TEST_F(GateTest, AnOwnersPermitDoesNotReplaceTheAgreement) {
  follow_policy(kOwner.text, R"(permit (principal, action, resource in Dataset::"civil-affairs/household");)");
  Question asked = question({"name"});
  asked.purpose = PurposeId("statistics");
  EXPECT_EQ(weigh(asked).reason(), code::purpose_not_agreed);
}

TEST_F(GateTest, ContextSaysWhoseBehalf) {
  follow_policy(kOwner.text, R"(forbid (principal, action, resource in System::"civil-affairs/registry")
                                unless { context.behalf.operator && context.behalf.case };)");
  Question asked = question({"name"});
  asked.operator_present = true;
  EXPECT_EQ(weigh(asked).reason(), code::not_permitted);
  asked.case_present = true;
  EXPECT_TRUE(weigh(asked).permitted());
}

// Cedar skips a policy that errs: here the forbid of a careless owner, and the permit would stand alone.
TEST(Invariant, DenyOnError) {
  World world = World::city();
  world.add_policy_set(kOwner.text, R"(forbid (principal, action, resource in Dataset::"civil-affairs/household")
                                       when { resource.sensitivity + 9223372036854775807 == 1 };)");
  Gate gate(world.registry());
  Question asked;
  asked.user = kUser;
  asked.application = ApplicationId("tax-relief");
  asked.dataset = kHousehold;
  asked.purpose = PurposeId("deduction");
  asked.fields = names({"name"});
  EXPECT_EQ(gate.weigh(asked, world.now()).reason(), code::policy_error);
  asked.conditions = names({"name"});
  EXPECT_EQ(gate.weigh(asked, world.now()).reason(), code::policy_error);
}

TEST(Gate, WithoutABaselineInForceEverythingIsRefused) {
  World world;
  world.add_member(kOwner);
  world.add_member(kUser);
  world.add_application(ApplicationId("tax-relief"), kUser);
  world.add_duty(DutyId("residents"), kOwner);
  world.add_vocabulary();
  world.add_dataset(
      World::catalogue(kHousehold, DutyId("residents"), {"name", "id_number"}, SharingClass::kUnconditional));
  Gate gate(world.registry());
  Question asked;
  asked.user = kUser;
  asked.application = ApplicationId("tax-relief");
  asked.dataset = kHousehold;
  asked.purpose = PurposeId("deduction");
  asked.fields = names({"name"});
  EXPECT_EQ(gate.weigh(asked, world.now()).reason(), code::policy_missing);
  schemas::PolicySet baseline{testing::baseline_text(), World::kStart, world.now() + minutes(5)};
  ASSERT_TRUE(gate.on_change(world.state("baseline", baseline, {{Role::kRootManager, World::kRoot}})));
  EXPECT_TRUE(gate.weigh(asked, world.now()).permitted());
  EXPECT_EQ(gate.weigh(asked, *baseline.valid_until).reason(), code::policy_missing);
  const Registry nothing;
  EXPECT_EQ(Gate(nothing).weigh(asked, world.now()).reason(), code::policy_missing);
}

TEST_F(GateTest, AnExpiredSetOfTheOwnerRefuses) {
  schemas::PolicySet set{"", World::kStart, world_.now() + minutes(1)};
  follow(world_.try_state(kOwner.text, set, {{Role::kOwner, kOwner}}));
  EXPECT_TRUE(weigh(question({"name"})).permitted());
  EXPECT_EQ(gate_.weigh(question({"name"}), *set.valid_until).reason(), code::policy_missing);
}

TEST_F(GateTest, APermitHoldsUntilTheNextEdgeOfWhatItRestsOn) {
  const Instant end = world_.now() + minutes(10), sooner = world_.now() + minutes(5);
  schemas::Agreement renewed = *world_.registry().agreement(kAgreement)->terms();
  renewed.valid_until = end;
  follow_agreement(renewed);
  EXPECT_EQ(weigh(question({"name"})).holds_until, end);
  follow(world_.try_state(kOwner.text, schemas::PolicySet{"", World::kStart, sooner}, {{Role::kOwner, kOwner}}));
  EXPECT_EQ(weigh(question({"name"})).holds_until, sooner);
  follow_policy(kOwner.text, "");
  EXPECT_EQ(weigh(question({"name"})).holds_until, end) << "what was known of the earlier statement is forgotten";
  EXPECT_EQ(gate_.weigh(question({"name"}), end - seconds(1)).holds_until, end);
  EXPECT_EQ(gate_.weigh(question({"name"}), end).reason(), code::agreement_not_active);
  EXPECT_EQ(weigh(question({"name"})).holds_until, end) << "a clock that stepped back";
}

TEST_F(GateTest, APermitOfPoliciesThatReadTheTimeHoldsForNoTime) {
  for (const char* reader : {"context.now", R"(context["n\u{6f}w"])"}) {
    follow_policy(kOwner.text,
                  std::string("forbid (principal, action, resource in Dataset::\"civil-affairs/household\")"
                              " when { ") +
                      reader + R"( > datetime("2099-01-01") };)");
    const Verdict verdict = weigh(question({"name"}));
    EXPECT_TRUE(verdict.permitted());
    EXPECT_LE(verdict.holds_until, world_.now()) << reader;
  }
  follow_policy(kOwner.text, "");
  EXPECT_GT(weigh(question({"name"})).holds_until, world_.now());
}

TEST_F(GateTest, WhatWasNotRegisteredIsLookedForAgain) {
  Question asked = question({"name"});
  asked.application = ApplicationId("tax-later");
  EXPECT_FALSE(weigh(asked).permitted());
  EXPECT_FALSE(weigh(asked).permitted());
  const schemas::Text names_of_both = world_.registry().application(ApplicationId("tax-relief"))->statement.names;
  follow(world_.try_state("tax-later", schemas::Application{kUser, names_of_both}, {{Role::kMember, kUser}}));
  EXPECT_TRUE(weigh(asked).permitted());
}

TEST_F(GateTest, FollowingAndRebuildingAgree) {
  Registry registry;
  Gate follower(registry);
  for (std::size_t i = 0; i < world_.statements().size(); ++i) {
    const auto change = registry.apply(world_.statements()[i], LogIndex(i), World::kStart + seconds(60), true);
    ASSERT_TRUE(change);
    ASSERT_TRUE(follower.on_change(*change));
  }
  for (const auto& asked : {question({"name", "head"}), question({"head"}), question({"name"}, {"id_number"})})
    EXPECT_TRUE(follower.weigh(asked, world_.now()).same_as(weigh(asked)));
}

schemas::Request request_of(const Question& asked) {
  schemas::Request request;
  request.head.author = asked.user;
  request.head.id.octets[0] = 7;
  request.application = asked.application;
  request.dataset = asked.dataset;
  request.purpose = asked.purpose;
  request.fields = asked.fields;
  request.conditions = asked.conditions;
  request.operator_present = true;
  return request;
}

TEST_F(GateTest, AnEntryIsEnoughToWeighAgain) {
  const schemas::Request request = request_of(question({"address", "name", "head"}, {"id_number"}));
  const Verdict verdict = weigh(question_of(request));
  const EntryBody entry = entry_of(verdict, request, Digest{}, world_.now());
  EXPECT_EQ(entry.kind, schemas::EntryKind::kRequest);
  EXPECT_EQ(entry.count, 10'000u);
  const auto again = question_of(entry, world_.registry());
  ASSERT_TRUE(again) << again.error().what;
  EXPECT_EQ(again->agreement, kAgreement);
  EXPECT_EQ(again->fields, names({"name", "address"}));
  EXPECT_TRUE(again->operator_present);
  EXPECT_TRUE(weigh(*again).same_as(entry));
  EXPECT_TRUE(weigh(*again).same_as(verdict));
  follow(world_.try_change(kAgreement, AgreementChange::kSuspend, {{Role::kOwner, kOwner}}));
  EXPECT_FALSE(weigh(*again).same_as(entry));
  EntryBody wrong = entry;
  wrong.purpose = entry.dataset;
  EXPECT_FALSE(question_of(wrong, world_.registry()));
}

TEST_F(GateTest, ARefusalsEntryNamesTheReason) {
  const schemas::Request request = request_of(question({"head"}));
  const EntryBody entry = entry_of(weigh(question_of(request)), request, Digest{}, world_.now());
  EXPECT_EQ(entry.kind, schemas::EntryKind::kRefusal);
  EXPECT_EQ(entry.verdict, code::not_permitted);
  EXPECT_EQ(entry.count, 0u);
  EXPECT_TRUE(entry.terms.is_zero());
}

TEST_F(GateTest, AVerdictSaysWhichPoliciesDecided) {
  const Registry& registry = world_.registry();
  const auto agreed = [&] { return DecidedBy::Policy{registry.agreement(kAgreement)->in_force->number, 0}; };
  const auto of_set = [&](const std::string& subject, std::uint16_t place) {
    return DecidedBy::Policy{registry.policy_set(subject)->number, place};
  };
  using Policies = std::vector<DecidedBy::Policy>;
  EXPECT_EQ(weigh(question({"address", "name"}, {"id_number"})).decided_by.policies, Policies{agreed()});
  EXPECT_TRUE(weigh(question({"head"})).decided_by.empty()) << "nobody permits it, and nobody forbids it";
  EXPECT_TRUE(weigh(question({"nonsense"})).decided_by.empty()) << "refused before any policy is asked";

  const std::string on = "\"civil-affairs/household";
  follow_policy(kOwner.text, "permit (principal, action, resource in Dataset::" + on + "\");\n" +
                                 "forbid (principal, action, resource == Field::" + on + "/address\");");
  Verdict verdict = weigh(question({"address", "name"}));
  EXPECT_EQ(verdict.decided_by.policies, (Policies{agreed(), of_set(kOwner.text, 0), of_set(kOwner.text, 1)}));
  verdict = weigh(question({"address"}));
  EXPECT_EQ(verdict.reason(), code::not_permitted);
  EXPECT_EQ(verdict.decided_by.policies, Policies{of_set(kOwner.text, 1)}) << "a forbid wins over those that permit";
  EXPECT_FALSE(verdict.decided_by.erred || verdict.decided_by.more);

  follow_policy(kOwner.text, "forbid (principal, action, resource in Dataset::" + on + "\") when " +
                                 "{ resource.sensitivity * 9223372036854775807 > 1 };");
  verdict = weigh(question({"name"}));
  EXPECT_EQ(verdict.reason(), code::policy_error);
  EXPECT_TRUE(verdict.decided_by.erred) << "it overflows for whatever is above 1";
  EXPECT_EQ(verdict.decided_by.policies, Policies{of_set(kOwner.text, 0)});
}

TEST_F(GateTest, OfManyPoliciesThatDecideTheFirstOnesAreNamed) {
  std::string text;
  for (std::size_t i = 0; i < DecidedBy::kPoliciesMax + 3; ++i)
    text += "forbid (principal, action, resource in Dataset::\"civil-affairs/household\");";
  follow_policy(kOwner.text, text);
  const Verdict verdict = weigh(question({"name", "address"}));
  EXPECT_EQ(verdict.decided_by.policies.size(), DecidedBy::kPoliciesMax);
  EXPECT_TRUE(verdict.decided_by.more);
}

TEST_F(GateTest, TheLeastOfAllLimitsHolds) {
  auto catalogue = world_.registry().dataset(kHousehold)->statement;
  catalogue.rows_max = 50;
  follow(world_.try_state(kHousehold.text, catalogue, {{Role::kOwner, kOwner}, {Role::kManager, World::kRoot}}));
  const Verdict before = weigh(question({"name"}));
  EXPECT_EQ(before.terms().rows_max, 50u);
  auto agreement = world_.registry().agreement(kAgreement)->in_force->statement;
  agreement.rows_max = 20;
  follow_agreement(agreement);
  EXPECT_EQ(weigh(question({"name"})).terms().rows_max, 20u);
  EXPECT_NE(weigh(question({"name"})).terms_digest, before.terms_digest);
}

std::string sorting(std::size_t elements) {  // a condition that never holds, and has to sort so many to say so
  std::string text = "forbid (principal, action, resource in Dataset::\"civil-affairs/household\") when { [resource";
  for (std::size_t i = 1; i < elements; ++i) text += ",resource";
  return text + "].isEmpty() };";
}

TEST_F(GateTest, WhatTakesTooManyStepsForOneRequestIsAnError) {
  follow_policy(kOwner.text, sorting(1'200));
  EXPECT_TRUE(weigh(question({"name"})).permitted());
  const Verdict many = weigh(question({"address", "name"}, {"id_number", "name"}));  // 1,200 elements, four times
  EXPECT_EQ(many.reason(), code::policy_error);
  EXPECT_LE(many.steps, limits::kWeighingStepsMax);
  follow_policy(kOwner.text, sorting(6'000));
  EXPECT_EQ(weigh(question({"name"})).reason(), code::policy_error);
}

TEST_F(GateTest, PoliciesThatConcernOneFieldAloneTakeStepsToo) {
  std::string text;
  for (int i = 0; i < 600; ++i)
    text += "forbid(principal==Application::\"x\",action,resource==Field::\"civil-affairs/household/name\");";
  follow_policy(kOwner.text, text);
  EXPECT_EQ(weigh(question({"name"})).reason(), 0U);
  text.clear();
  for (int i = 0; i < 600; ++i) text += "forbid(principal,action,resource==Field::\"civil-affairs/household/head\");";
  follow_policy(kOwner.text, text);
  const Verdict verdict = weigh(question({"name", "head"}));
  EXPECT_EQ(verdict.withheld(), names({"head"}));
  EXPECT_GT(verdict.steps, 600U);
}

TEST_F(GateTest, AnOrdinaryRequestTakesFarFewerStepsThanItMay) {
  const Verdict verdict = weigh(question({"address", "name", "head"}, {"id_number"}));
  EXPECT_GT(verdict.steps, 0U);
  EXPECT_LT(verdict.steps, 4 * 40U);
}

}  // namespace
}  // namespace steelyard::exchange
