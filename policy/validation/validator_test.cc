#include "policy/validation/validator.h"

#include <gtest/gtest.h>

#include "policy/parser.h"

namespace steelyard::policy::validation {
namespace {

using Kind = CedarType::Kind;

CedarType simple(Kind kind) { return CedarType::simple(kind); }

// Members run systems with datasets; clerks and auditors of members read datasets, nobody but clerks corrects them.
Schema offices() {
  Schema schema;
  const CedarType address =
      CedarType::record({{"city", simple(Kind::kString)}, {"street", simple(Kind::kString), false}});
  schema.entity_types = {
      {"Member", {{}, CedarType::record({{"level", simple(Kind::kLong)}}), {}, {}}},
      {"Clerk",
       {{"Member"},
        CedarType::record({{"name", simple(Kind::kString)},
                           {"grade", simple(Kind::kLong), false},
                           {"home", address, false},
                           {"of", CedarType::entity("Member")}}),
        simple(Kind::kString),
        {}}},
      {"Auditor", {{"Member"}, CedarType::record({{"name", simple(Kind::kString)}}), simple(Kind::kLong), {}}},
      {"Dataset",
       {{"Member"},
        CedarType::record({{"owner", CedarType::entity("Member")}, {"from", simple(Kind::kIp), false}}),
        {},
        {}}},
      {"Purpose", {{}, CedarType::record({}), {}, std::vector<std::string>{"audit", "tax"}}},
  };
  const CedarType context = CedarType::record({{"purpose", CedarType::entity("Purpose")},
                                               {"now", simple(Kind::kDatetime)},
                                               {"ticket", CedarType::record({{"id", simple(Kind::kLong)}}), false}});
  const EntityUid any("Action", "any");
  schema.actions.emplace(any, ActionSchemaEntry{});
  schema.actions.emplace(EntityUid("Action", "read"),
                         ActionSchemaEntry{{"Auditor", "Clerk"}, {"Dataset"}, {any}, context});
  schema.actions.emplace(EntityUid("Action", "correct"), ActionSchemaEntry{{"Clerk"}, {"Dataset"}, {any}, context});
  return schema;
}

// The findings about one policy, "line:column: rule" each; once where several environments show it with other types.
std::string findings(std::string_view text, Mode mode, bool warnings = false) {
  auto parsed = parse_policies(text);
  if (!parsed) return parsed.error().what;
  const Report report = validate(*parsed, offices(), mode);
  std::string all;
  for (const PolicyReport& each : report.policies) {
    for (const Finding& finding : warnings ? each.warnings : each.errors) {
      const std::string text_of_it = to_text(finding.span) + ": " + std::string(name_of(finding.rule));
      if (!all.ends_with(text_of_it)) all += (all.empty() ? "" : ", ") + text_of_it;
    }
  }
  return all;
}

// Of a permit for every action.
std::string strict(const std::string& condition) {
  return findings("permit (principal, action, resource) when {\n" + condition + " };", Mode::kStrict);
}
std::string permissive(const std::string& condition) {
  return findings("permit (principal, action, resource) when {\n" + condition + " };", Mode::kPermissive);
}

TEST(Validator, PoliciesWithoutMistakesPassInSilence) {
  EXPECT_EQ(strict("principal.name like \"a*\" && context.now < datetime(\"2026-01-01\")"), "");
  EXPECT_EQ(strict("resource.owner.level + 1 > -3 && [1, 2].contains(resource.owner.level)"), "");
  EXPECT_EQ(strict("principal in resource.owner && resource in [Member::\"a\", Member::\"b\"]"), "");
  EXPECT_EQ(strict("context.purpose == Purpose::\"tax\""), "");
  EXPECT_EQ(
      findings("permit (principal is Clerk in Member::\"a\", action == Action::\"correct\", resource);", Mode::kStrict),
      "");
}

TEST(Validator, OptionalAttributesAreReadOnlyOnceAskedFor) {
  EXPECT_EQ(strict("resource.from.isIpv4()"), "2:1: optional-attribute");
  EXPECT_EQ(strict("resource has from && resource.from.isIpv4()"), "");
  EXPECT_EQ(strict("!(resource has from) || resource.from.isIpv4()"), "2:25: optional-attribute");
  EXPECT_EQ(strict("if resource has from then resource.from.isIpv4() else true"), "");
  EXPECT_EQ(strict("if resource has from then true else resource.from.isIpv4()"), "2:37: optional-attribute");
  EXPECT_EQ(strict("resource has from && context has ticket || resource.from.isIpv4()"), "2:44: optional-attribute");
  EXPECT_EQ(strict("(resource has from || resource has from && true) && resource.from.isIpv4()"), "");
  EXPECT_EQ(strict("(resource has from || context has ticket) && resource.from.isIpv4()"), "2:46: optional-attribute");
}

TEST(Validator, WhatOneConditionAskedTheNextMayRead) {
  EXPECT_EQ(findings("permit (principal, action, resource) when { resource has from } when { resource.from.isIpv6() };",
                     Mode::kStrict),
            "");
  EXPECT_EQ(findings("permit (principal, action, resource) unless { resource has from } "
                     "when { resource.from.isIpv6() };",
                     Mode::kStrict),
            "1:74: optional-attribute");
}

TEST(Validator, APathAskedForIsKnownInAllItsParts) {
  EXPECT_EQ(strict("context has ticket.id && context.ticket.id == 3"), "");
  EXPECT_EQ(strict("principal is Clerk && principal has home.street && principal.home.street == \"x\""), "");
  EXPECT_EQ(strict("principal is Clerk && principal has home.city && principal.home.street == \"x\""),
            "2:50: optional-attribute");
  EXPECT_EQ(strict("principal is Clerk && principal has name.first"), "2:23: unexpected-type");
}

TEST(Validator, WhatCannotBeReachedIsNotLookedAt) {
  EXPECT_EQ(strict("principal is Clerk && principal has grade && principal.grade > 3"), "");
  EXPECT_EQ(strict("principal has grade && principal.grade > 3"), "");  // auditors have none, and stop there
  EXPECT_EQ(strict("principal.grade > 3"), "2:1: attribute-not-found, 2:1: optional-attribute");
  EXPECT_EQ(strict("action == Action::\"read\" || principal.of == resource.owner"), "");
  EXPECT_EQ(strict("action in [Action::\"correct\"] && principal.of == resource.owner"), "");
  EXPECT_EQ(strict("if principal is Auditor then true else principal.of == resource.owner"), "");
  EXPECT_EQ(findings("permit (principal, action == Action::\"correct\", resource) when { principal.of.level == 1 };",
                     Mode::kStrict),
            "");
}

TEST(Validator, OperandsHaveTheTypesThatOperatorsWant) {
  EXPECT_EQ(strict("principal.name"), "2:1: unexpected-type");
  EXPECT_EQ(strict("principal.name + 1 == 2"), "2:1: unexpected-type");
  EXPECT_EQ(strict("principal.name < 3"), "2:1: unexpected-type");
  EXPECT_EQ(strict("context.now < 3"), "2:15: unexpected-type");
  EXPECT_EQ(strict("principal < resource"), "2:1: unexpected-type, 2:13: unexpected-type");
  EXPECT_EQ(strict("principal.name in resource.owner"), "2:1: unexpected-type");
  EXPECT_EQ(strict("principal.contains(1)"), "2:1: unexpected-type");
  EXPECT_EQ(strict("[1].containsAll(1)"), "2:17: unexpected-type");
  EXPECT_EQ(strict("principal like \"a\""), "2:1: unexpected-type");
  EXPECT_EQ(strict("principal.name.isEmpty()"), "2:1: unexpected-type");
  EXPECT_EQ(strict("!3 && -true == 1"), "2:2: unexpected-type, 2:8: unexpected-type");
}

TEST(Validator, StrictlyOnlyLikeIsComparedWithLike) {
  EXPECT_EQ(strict("principal.name == 3"), "2:1: incompatible-types");
  EXPECT_EQ(permissive("principal.name == 3"), "");
  EXPECT_EQ(strict("[1, \"a\"].contains(1)"), "2:1: incompatible-types");
  EXPECT_EQ(permissive("[1, \"a\"].contains(1)"), "2:1: incompatible-types");
  EXPECT_EQ(strict("[principal, resource].contains(principal)"), "2:1: incompatible-types");
  EXPECT_EQ(permissive("[principal, resource].contains(principal)"), "");
  EXPECT_EQ(strict("(if principal.name == \"a\" then 1 else \"b\") == 1"), "2:2: incompatible-types");
  EXPECT_EQ(strict("{a: 1} == {b: 1}"), "2:1: incompatible-types");
  EXPECT_EQ(strict("[1].containsAny([\"a\"])"), "2:1: incompatible-types");
  EXPECT_EQ(strict("[1].contains(\"a\")"), "2:1: incompatible-types");
  EXPECT_EQ(strict("principal == resource"), "");  // false, whatever they are
}

TEST(Validator, EmptySetsHaveATypeOnlyPermissively) {
  EXPECT_EQ(strict("[].contains(1)"), "2:1: empty-set");
  EXPECT_EQ(permissive("[].contains(1)"), "");
}

TEST(Validator, ConstructorsAreCalledWithLiteralsThatTheyCanRead) {
  EXPECT_EQ(strict("resource has from && resource.from == ip(\"1.2.3.4\")"), "");
  EXPECT_EQ(strict("resource has from && resource.from == ip(\"1.2.3\")"), "2:39: bad-literal");
  EXPECT_EQ(strict("ip(principal.name).isIpv4()"), "2:1: not-literal");
  EXPECT_EQ(permissive("ip(principal.name).isIpv4()"), "");
  EXPECT_EQ(strict("ip(\"1.2.3.4\", 3).isIpv4()"), "2:1: arguments");
  EXPECT_EQ(strict("decimal(\"1.0\").lessThan(1)"), "2:25: unexpected-type");
  EXPECT_EQ(strict("context.now.offset(duration(\"1h\")).toTime().toHours() > 3"), "");
}

TEST(Validator, TagsAreReadOnlyOnceAskedFor) {
  EXPECT_EQ(strict("principal is Clerk && principal.hasTag(\"desk\") && principal.getTag(\"desk\") == \"4\""), "");
  EXPECT_EQ(strict("principal is Clerk && principal.hasTag(\"desk\") && principal.getTag(\"room\") == \"4\""),
            "2:51: tag-not-checked");
  EXPECT_EQ(strict("resource.getTag(\"a\") == \"b\""), "2:1: no-tags");
  EXPECT_EQ(strict("resource.hasTag(\"a\") && resource.getTag(\"a\") == \"b\""), "");  // never gets there
  EXPECT_EQ(strict("principal.hasTag(principal.name) && principal.getTag(principal.name) == principal.name"),
            "2:37: incompatible-types");  // those of auditors are longs
}

TEST(Validator, NamesThatTheSchemaDoesNotKnowAreFoundEverywhere) {
  EXPECT_EQ(strict("false && principal is Clark"), "2:10: unknown-entity-type");
  EXPECT_EQ(strict("resource == Datasets::\"a\""), "2:13: unknown-entity-type");
  EXPECT_EQ(strict("action == Action::\"reed\""), "2:11: unknown-action");
  EXPECT_EQ(strict("context.purpose == Purpose::\"taxes\""), "2:20: unknown-id");
  EXPECT_EQ(findings("permit (principal == Clark::\"a\", action, resource);", Mode::kStrict),
            "1:1: no-action, 1:19: unknown-entity-type");
}

TEST(Validator, SuggestsWhatWasProbablyMeant) {
  auto parsed = parse_policies("permit (principal, action, resource) when { resource.ownr == Member::\"a\" };");
  const Report report = validate(*parsed, offices());
  ASSERT_EQ(report.policies.size(), 1u);
  EXPECT_EQ(to_text(report.policies[0].errors[0]),
            "1:45: attribute-not-found: attribute `ownr` not found on entity type `Dataset`; did you mean `owner`?");
}

TEST(Validator, ScopesThatNoActionAppliesToAreErrors) {
  EXPECT_EQ(findings("permit (principal is Auditor, action == Action::\"correct\", resource);", Mode::kPermissive),
            "1:1: no-action");
  EXPECT_EQ(findings("permit (principal, action in Action::\"any\", resource is Dataset);", Mode::kStrict), "");
  EXPECT_EQ(findings("permit (principal, action == Action::\"any\", resource);", Mode::kStrict), "1:1: no-action");
  EXPECT_EQ(findings("permit (principal, action in [], resource);", Mode::kStrict), "1:1: no-action, 1:27: empty-set");
}

TEST(Validator, PoliciesThatAreNeverTrueAreWarnedOf) {
  EXPECT_EQ(findings("permit (principal, action, resource) when { principal is Dataset };", Mode::kStrict, true),
            "1:1: impossible");
  EXPECT_EQ(findings("permit (principal, action, resource) when { 1 == 2 };", Mode::kStrict, true), "1:1: impossible");
  EXPECT_EQ(findings("permit (principal, action, resource) unless { context has purpose };", Mode::kStrict, true),
            "1:1: impossible");
  EXPECT_EQ(findings("permit (principal, action, resource) when { principal has name };", Mode::kStrict, true), "");
}

TEST(Validator, TextThatTurnsItsDirectionIsWarnedOf) {
  EXPECT_EQ(
      findings("permit (principal, action, resource) when { principal.name == \"a\u202Eb\" };", Mode::kStrict, true),
      "1:63: bidirectional-text");
}

TEST(Validator, TemplatesAreValidWhateverTheyMayBeLinkedWith) {
  const auto of_template = [](std::string_view text) {
    auto parsed = parse_policy("t", text, Templates::kTaken);
    EXPECT_TRUE(parsed.has_value()) << parsed.error().what;
    const Report report = validate({&*parsed, 1}, offices());
    return report.policies.empty() ? ""
                                   : to_text(report.policies[0].errors.empty() ? report.policies[0].warnings[0]
                                                                               : report.policies[0].errors[0]);
  };
  EXPECT_EQ(of_template("permit (principal == ?principal, action, resource in ?resource);"), "");
  EXPECT_EQ(of_template("permit (principal is Clerk in ?principal, action, resource) when { principal has grade };"),
            "");
  EXPECT_EQ(
      of_template("permit (principal in ?principal, action, resource) when { resource.from.isIpv4() };").substr(0, 24),
      "1:59: optional-attribute");
}

TEST(Validator, LinksNameWhatTheSchemaKnows) {
  PolicyDocument document;
  auto parsed = parse_policy("t", "permit (principal == ?principal, action, resource);", Templates::kTaken);
  ASSERT_TRUE(document.add(std::move(*parsed)).has_value());
  ASSERT_TRUE(document.add(TemplateLink{"t", "good", {EntityUid("Clerk", "ann"), {}}}).has_value());
  EXPECT_TRUE(validate(document, offices()).policies.empty());
  ASSERT_TRUE(document.add(TemplateLink{"t", "bad", {EntityUid("Clark", "ann"), {}}}).has_value());
  const Report report = validate(document, offices());
  ASSERT_EQ(report.policies.size(), 1u);
  EXPECT_EQ(report.policies[0].policy, "bad");
  EXPECT_EQ(report.policies[0].errors[0].rule, Rule::kNoAction);
}

TEST(Validator, EachFindingIsToldOnceHoweverManyEnvironmentsShowIt) {
  EXPECT_EQ(strict("resource.owner.level == \"a\""), "2:1: incompatible-types");
}

TEST(Validator, HugePoliciesEndInAnErrorSoon) {
  std::string text = "permit (principal, action, resource) when { [";
  for (int at = 0; at < 400; ++at) text += "{a: 1, b: {c: [1, 2, 3], d: true}}, ";
  auto parsed = parse_policies(text + "].isEmpty() };");
  ASSERT_TRUE(parsed.has_value());
  const Report report = validate(*parsed, offices(), Mode::kStrict, Steps(2'000));
  ASSERT_EQ(report.policies.size(), 1u);
  EXPECT_EQ(report.policies[0].errors[0].rule, Rule::kTooCostly);
}

TEST(Validator, MillionsOfKindsOfRequestsEndInAnErrorSoon) {
  Schema schema;
  ActionSchemaEntry action;
  for (int at = 0; at < 3'000; ++at) {
    const std::string name = "T" + std::to_string(10'000 + at);
    schema.entity_types.emplace(name, EntitySchemaEntry());
    action.principals.push_back(name);
    action.resources.push_back(name);
  }
  schema.actions.emplace(EntityUid("Action", "a"), action);
  const auto policies =
      parse_policies("permit (principal, action, resource); permit (principal is T1, action, resource);");
  const Report report = validate(*policies, schema, Mode::kStrict, Steps(100'000));
  ASSERT_EQ(report.policies.size(), 2u);
  for (const PolicyReport& each : report.policies) EXPECT_EQ(each.errors[0].rule, Rule::kTooCostly);
}

}  // namespace
}  // namespace steelyard::policy::validation
