#include "policy/validation/levels.h"

#include <gtest/gtest.h>

#include "policy/parser.h"
#include "policy/schema/resolve.h"
#include "policy/validation/validator.h"

namespace steelyard::policy::validation {
namespace {

const Schema& people() {
  static const Schema kSchema = *schema::schema_from_cedar(R"(
    entity Team;
    entity User in [Team] { name: String, manager: User, home: {town: Town, street: String}, nick?: User } tags User;
    entity Town { mayor: User };
    action see, look appliesTo { principal: User, resource: User, context: { by: User, from: { town: Town } } };
  )");
  return kSchema;
}

std::string findings(const std::string& policy, std::size_t level) {
  const auto policies = parse_policies(policy);
  if (!policies) return policies.error().what;
  const Report report = validate(*policies, people(), Mode::kStrict, Steps(), level);
  std::string told;
  for (const PolicyReport& one : report.policies)
    for (const Finding& finding : one.errors)
      told += (told.empty() ? "" : ", ") + to_text(finding.span) + ": " + std::string(name_of(finding.rule));
  return told;
}

// The least level that it has; 9 where it has none.
std::size_t level_of(const std::string& condition) {
  for (std::size_t level = 0; level < 9; ++level)
    if (findings("permit (principal, action, resource) when { " + condition + " };", level).empty()) return level;
  return 9;
}

TEST(Levels, CountTheEntitiesThatAreLookedAt) {
  EXPECT_EQ(level_of("principal == resource"), 0u);
  EXPECT_EQ(level_of("context.by == principal && context.from.town is Town"), 0u);
  EXPECT_EQ(level_of("principal.name == \"a\""), 1u);
  EXPECT_EQ(level_of("context.by.name == \"a\""), 1u);
  EXPECT_EQ(level_of("principal.home.street == \"a\""), 1u);
  EXPECT_EQ(level_of("principal.manager == resource"), 1u);
  EXPECT_EQ(level_of("principal.manager.name == \"a\""), 2u);
  EXPECT_EQ(level_of("principal.home.town.mayor.manager.name == \"a\""), 4u);
  EXPECT_EQ(level_of("context.from.town.mayor.name == \"a\""), 2u);
  EXPECT_EQ(level_of("principal.name == resource.manager.manager.name"), 3u);
}

TEST(Levels, OfMembershipTagsAndAsking) {
  EXPECT_EQ(level_of("principal in resource"), 1u);
  EXPECT_EQ(level_of("principal in resource.manager"), 1u) << "what is on the right is only named";
  EXPECT_EQ(level_of("principal.manager in resource"), 2u);
  EXPECT_EQ(level_of("principal is User in resource"), 1u);
  EXPECT_EQ(level_of("principal is Town in resource"), 0u) << "it is no town: nothing is looked at";
  EXPECT_EQ(level_of("principal.hasTag(\"a\") && principal.getTag(\"a\").name == \"b\""), 2u);
  EXPECT_EQ(level_of("principal has nick"), 1u);
  EXPECT_EQ(level_of("principal has nick.manager"), 2u);
  EXPECT_EQ(level_of("principal has nick.home.town.mayor"), 3u);
  EXPECT_EQ(level_of("context has from.town.mayor"), 1u);
  EXPECT_EQ(level_of("context has by.manager.name"), 2u);
}

TEST(Levels, OfBranchesAndRecords) {
  EXPECT_EQ(level_of("(if principal.name == \"a\" then principal else resource.manager).name == \"b\""), 2u);
  EXPECT_EQ(level_of("{a: principal.manager, b: resource}.b.name == \"b\""), 1u) << "of a record only what is read";
  EXPECT_EQ(level_of("{a: principal.manager, b: resource}.a.name == \"b\""), 2u);
  EXPECT_EQ(level_of("{a: {b: principal}}.a.b.name == \"b\""), 1u);
  EXPECT_EQ(level_of("[principal.manager.manager].contains(resource)"), 2u);
  EXPECT_EQ(level_of("if true then principal.name == \"a\" else principal.manager.name == \"a\""), 1u)
      << "what is never evaluated does not count";
  EXPECT_EQ(level_of("action == Action::\"see\" && principal.manager.name == \"a\" || false"), 2u);
}

TEST(Levels, AnEntityThatThePolicyNamesIsNotLookedAt) {
  EXPECT_EQ(level_of("User::\"ann\".name == \"a\""), 9u);
  EXPECT_EQ(findings("permit (principal, action, resource) when { User::\"ann\".name == \"a\" };", 5),
            "1:45: entity-literal");
  EXPECT_EQ(level_of("User::\"ann\" == principal"), 0u);
  EXPECT_EQ(level_of("principal in Team::\"a\""), 1u);
  EXPECT_EQ(level_of("action in [Action::\"see\"]"), 1u);
}

TEST(Levels, ScopesCountToo) {
  EXPECT_EQ(findings("permit (principal in Team::\"a\", action, resource);", 0), "1:19: level-exceeded");
  EXPECT_EQ(findings("permit (principal in Team::\"a\", action, resource);", 1), "");
  EXPECT_EQ(findings("permit (principal == User::\"a\", action == Action::\"see\", resource is User);", 0), "");
}

TEST(Levels, AreToldOfPoliciesThatAreValidOtherwise) {
  EXPECT_EQ(findings("permit (principal, action, resource) when { principal.nick.name == principal.age };", 0),
            "1:45: optional-attribute, 1:68: attribute-not-found");
}

TEST(Levels, DeepNestingIsWalkedOnce) {
  std::string condition = "principal";
  for (int i = 0; i < 24; ++i) condition = "(if " + condition + " is User in resource then principal else resource)";
  EXPECT_EQ(level_of(condition + ".name == \"a\""), 1u);
  condition = "principal";
  for (int i = 0; i < 10; ++i)
    condition = "(if " + condition + " has nick.nick.nick.nick then principal else resource)";
  EXPECT_EQ(level_of(condition + ".name == \"a\""), 4u);
}

}  // namespace
}  // namespace steelyard::policy::validation
