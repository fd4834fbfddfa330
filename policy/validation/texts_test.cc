#include "policy/validation/texts.h"

#include <gtest/gtest.h>

#include "policy/parser.h"

namespace steelyard::policy::validation {
namespace {

// "line:column: rule", of each warning.
std::string warnings(const std::string& condition) {
  const auto policies = parse_policies("permit (principal, action, resource) when {\n" + condition + "\n};");
  EXPECT_TRUE(policies.has_value()) << policies.error().what;
  Findings found;
  check_texts(policies->front(), found);
  std::string told;
  for (const Finding& one : found.take())
    told += (told.empty() ? "" : ", ") + to_text(one.span) + ": " + std::string(name_of(one.rule));
  return told;
}

TEST(Texts, OneScriptIsFoundAsUnicodeHasIt) {
  for (const char* text : {"", "say hello_1!", "家庭户籍", "家庭，户籍。1", "ひらカタ漢字", "한국어 漢字", "Привет",
                           "naïve", "α+β", "注音ㄓㄨ", "e\u0301"})
    EXPECT_TRUE(is_of_one_script(text)) << text;
  for (const char* text : {"say_һello", "paypаl", "家庭 x", "α and b", "ひら한", "ㄓㄨひら"})
    EXPECT_FALSE(is_of_one_script(text)) << text;
}

TEST(Texts, NamesHavePrintableAsciiAndWhatIdentifiersMay) {
  for (const char* name :
       {"", "https://www.example.com/test?foo=bar&bar=baz#buz", "get /pets/{petId}", "a~", "住户", "straße"})
    EXPECT_TRUE(is_fit_for_names(name)) << name;
  for (const char* name : {"is\u200bAdmin", "new\nline", "delete\x7f", "🍌", "a\tb", "ｆｕｌｌ"})
    EXPECT_FALSE(is_fit_for_names(name)) << name;
  EXPECT_FALSE(is_fit_for_names(std::string_view("null\0", 5)));
}

TEST(Texts, AreWarnedOfWhereTheyStand) {
  EXPECT_EQ(warnings("principal.name == \"a\u202Eb\""), "2:19: bidirectional-text");
  EXPECT_EQ(warnings("principal.name == \"say_һello\""), "2:19: mixed-scripts");
  EXPECT_EQ(warnings("principal.name like \"*_һello\""), "2:1: mixed-scripts");
  EXPECT_EQ(warnings("principal == U::\"is\u200bAdmin\""), "2:14: confusable");
  EXPECT_EQ(warnings("principal[\"is\u200bAdmin\"] == \"say_һello\""), "2:1: confusable, 2:26: mixed-scripts");
  EXPECT_EQ(warnings("principal has \"new\\nline\""), "2:1: confusable");
  EXPECT_EQ(warnings("{\"家\": 1, \"b\": 2, \"家b\": 3}.b == 2"), "2:1: mixed-scripts") << "each name by itself";
  EXPECT_EQ(warnings("principal.name == \"a\tb\\n\""), "") << "a text may have what a name may not";
}

TEST(Texts, OfScopesAreNames) {
  const auto policies = parse_policies("permit (principal == U::\"say_һello\", action, resource);");
  ASSERT_TRUE(policies.has_value());
  Findings found;
  check_texts(policies->front(), found);
  const auto all = found.take();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].rule, Rule::kMixedScripts);
  EXPECT_EQ(all[0].what, "a name mixes scripts");
}

}  // namespace
}  // namespace steelyard::policy::validation
