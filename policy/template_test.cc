#include "policy/template.h"

#include <gtest/gtest.h>

#include "core/base/limits.h"
#include "policy/authorizer.h"
#include "policy/parser.h"
#include "policy/policy_document.h"

namespace steelyard::policy {
namespace {

Policy template_of(const std::string& scope) {
  auto made = parse_policy("t", "permit(" + scope + ") when { context.x == 1 };", Templates::kTaken);
  EXPECT_TRUE(made) << made.error().what;
  return std::move(*made);
}
const EntityUid kAnn("User", "ann"), kFile("File", "f");

std::string error_of(const Policy& from, const SlotValues& values) {
  const auto made = link(from, "l", values);
  return made ? "" : made.error().what;
}

TEST(Template, HasSlotsInItsScopeAlone) {
  EXPECT_TRUE(template_of("principal == ?principal, action, resource").is_template());
  EXPECT_TRUE(template_of("principal, action, resource is File in (?resource)").is_template());
  EXPECT_FALSE(template_of("principal, action, resource").is_template());
  const auto error = [](const std::string& text) {
    const auto parsed = parse_policy("t", text, Templates::kTaken);
    return parsed ? "" : parsed.error().what;
  };
  EXPECT_EQ(error("permit(principal == ?resource, action, resource);"),
            "1:21: `?resource` cannot stand here; the slot is `?principal`");
  EXPECT_EQ(error("permit(principal, action == ?action, resource);"),
            "1:29: an action has no slot: name it like `Action::\"view\"`");
  EXPECT_EQ(error("permit(principal == ?principal, action, resource) when { ?principal == 1 };"),
            "1:58: `?principal` cannot stand here; slots have their place in the scope of a template, as "
            "`principal == ?principal`");
}

TEST(Template, LinkingFillsEachSlotAndNoOther) {
  const Policy both = template_of("principal == ?principal, action, resource in ?resource");
  const auto made = link(both, "l", {kAnn, kFile});
  ASSERT_TRUE(made) << made.error().what;
  EXPECT_FALSE(made->is_template());
  EXPECT_EQ(made->id, "l");
  EXPECT_EQ(made->scope.principal.entities, std::vector<EntityUid>{kAnn});
  EXPECT_EQ(made->scope.resource.entities, std::vector<EntityUid>{kFile});
  EXPECT_EQ(error_of(both, {kAnn, {}}), "template `t` needs a value for its slot `?resource`");
  const Policy one = template_of("principal == ?principal, action, resource");
  EXPECT_EQ(error_of(one, {kAnn, kFile}), "template `t` has no slot `?resource`");
  EXPECT_EQ(error_of(template_of("principal, action, resource"), {}), "policy `t` has no slots: it is no template");
}

TEST(Template, LinksDecideUnderTheirOwnIds) {
  PolicySet set;
  ASSERT_TRUE(set.put_template(template_of("principal == ?principal, action, resource in ?resource")));
  ASSERT_TRUE(set.link({"t", "ann-f", {kAnn, kFile}}));
  ASSERT_TRUE(set.link({"t", "bob-f", {EntityUid("User", "bob"), kFile}}));
  EXPECT_EQ(set.shapes(), 1u);
  const auto asked = [&set](const EntityUid& who, Value x) {
    const Request request{who, EntityUid("Action", "a"), kFile, Value::record({{"x", std::move(x)}})};
    return decide(request, Entities(), set);
  };
  EXPECT_EQ(asked(kAnn, Value::integer(1)).reasons, std::vector<std::string>{"ann-f"});
  EXPECT_FALSE(asked(EntityUid("User", "eve"), Value::integer(1)).allow);  // the template itself decides nothing
  EXPECT_TRUE(set.remove("ann-f"));
  EXPECT_FALSE(asked(kAnn, Value::integer(1)).allow);
  EXPECT_TRUE(asked(EntityUid("User", "bob"), Value::integer(1)).allow);
}

TEST(Template, IdsAreOneNameSpace) {
  PolicySet set;
  ASSERT_TRUE(set.put_template(template_of("principal == ?principal, action, resource")));
  ASSERT_TRUE(set.put("p", "permit(principal, action, resource);"));
  EXPECT_EQ(set.put_template(template_of("principal == ?principal, action, resource")).error().what,
            "there is a policy or template `t` already");
  EXPECT_EQ(set.link({"t", "p", {kAnn, {}}}).error().what, "there is a policy or template `p` already");
  EXPECT_EQ(set.link({"t", "t", {kAnn, {}}}).error().what, "there is a policy or template `t` already");
  EXPECT_EQ(set.link({"p", "l", {}}).error().what, "there is no template `p`");
}

TEST(PolicyDocument, NamesPoliciesByPositionOrAnnotation) {
  const char* text =
      "@id(\"first\") permit(principal, action, resource);\npermit(principal == ?principal, action, resource);";
  const auto by_position = read_policies(text, Ids::kByPosition, limits::kPolicyBytesMax);
  ASSERT_TRUE(by_position) << by_position.error().what;
  EXPECT_NE(by_position->find("policy0"), nullptr);
  auto named = read_policies(text, Ids::kByAnnotation, limits::kPolicyBytesMax);
  ASSERT_TRUE(named) << named.error().what;
  EXPECT_NE(named->find("first"), nullptr);
  ASSERT_NE(named->find("policy1"), nullptr);
  EXPECT_TRUE(named->add(TemplateLink{"policy1", "l", {kAnn, {}}}));
  EXPECT_EQ(named->add(TemplateLink{"policy1", "l", {kAnn, {}}}).error().what,
            "the id `l` stands twice: give one of the two another");
  EXPECT_EQ(named->add(TemplateLink{"first", "m", {}}).error().what, "policy `first` has no slots: it is no template");
  EXPECT_EQ(named->add(TemplateLink{"none", "m", {}}).error().what, "there is no template `none`");
  const auto set = compile(*named);
  ASSERT_TRUE(set) << set.error().what;
  EXPECT_EQ(set->size(), 2u);
  const auto twice = read_policies(
      "@id(\"a\") permit(principal, action, resource);\n"
      "@id(\"a\") forbid(principal, action, resource);",
      Ids::kByAnnotation, limits::kPolicyBytesMax);
  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error().what, "2:1: the id `a` stands twice: give one of the two another");
}

}  // namespace
}  // namespace steelyard::policy
