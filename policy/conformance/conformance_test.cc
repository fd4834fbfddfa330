#include "policy/conformance/conformance.h"

#include <gtest/gtest.h>

#include <map>

namespace steelyard::policy::conformance {
namespace {

using Files = std::map<std::string, std::string>;

// One mismatch a line; of a case that cannot be run the error.
std::string run(const std::string& spec, const Files& files, const Beside& beside = {}) {
  const FileOf file_of = [&files](std::string_view path) -> Result<std::string> {
    const auto found = files.find(std::string(path));
    if (found == files.end()) return fail(ErrorKind::kFix, "there is no file `" + std::string(path) + "`");
    return found->second;
  };
  const auto outcome = run_case(*json::parse(spec), file_of, beside);
  if (!outcome) return "error: " + outcome.error().what;
  std::string told;
  for (const Mismatch& one : outcome->mismatches) told += one.where + ": " + one.what + "\n";
  return told;
}

// A case of one request, which must come to this.
std::string asking(const std::string& expected, const std::string& more = "") {
  return R"({"policies":"p","entities":"e","schema":"s",)" + more +
         R"("requests":[{"principal":{"type":"U","id":"a"},"action":{"type":"Action","id":"v"},)"
         R"("resource":{"type":"R","id":"r"},)" +
         expected + "}]}";
}
constexpr const char* kAllowed = R"("context":{},"decision":"allow","reason":["policy0"],"errors":[])";
constexpr const char* kSchema = "entity U; entity R; action v appliesTo {principal: U, resource: R};";
constexpr const char* kSchemaJson =
    R"({"":{"entityTypes":{"U":{},"R":{}},"actions":{"v":{"appliesTo":{"principalTypes":["U"],"resourceTypes":["R"]}}}}})";
constexpr const char* kPolicy = "permit(principal == U::\"a\", action, resource);";

TEST(Conformance, ComparesDecisionReasonsAndErrors) {
  const Files files{{"p", kPolicy}, {"e", "[]"}, {"s", ""}};
  EXPECT_EQ(run(asking(kAllowed), files), "");
  EXPECT_EQ(run(asking(R"("decision":"Allow","reason":["policy0"],"errors":[])"), files), "")
      << "as older cases have it";
  EXPECT_EQ(run(asking(R"("context":{},"decision":"deny","reason":[],"errors":["policy0"])"), files),
            "request 0: decision: `deny` is expected, `allow` it is\n"
            "request 0: reasons: none are expected, `policy0` they are\n"
            "request 0: errors: `policy0` are expected, none they are\n");
  EXPECT_EQ(run(asking(kAllowed), {{"p", kPolicy}, {"e", "[]"}}), "error: there is no file `s`");
}

TEST(Conformance, TakesPoliciesInJsonWithTemplatesAndLinks) {
  const std::string one = R"({"effect":"permit","principal":{"op":"==","entity":{"type":"U","id":"a"}},)"
                          R"("action":{"op":"All"},"resource":{"op":"All"},"conditions":[]})";
  EXPECT_EQ(run(asking(kAllowed), {{"p", one}, {"e", "[]"}, {"s", ""}}), "");
  const std::string linked = R"( {"staticPolicies":{},"templates":{"t":{"effect":"permit",)"
                             R"("principal":{"op":"==","slot":"?principal"},"action":{"op":"All"},)"
                             R"("resource":{"op":"All"},"conditions":[]}},"templateLinks":[{"templateId":"t",)"
                             R"("newId":"policy0","values":{"?principal":{"type":"U","id":"a"}}}]})";
  EXPECT_EQ(run(asking(kAllowed), {{"p", linked}, {"e", "[]"}, {"s", kSchema}}), "");
  EXPECT_EQ(run(asking(kAllowed), {{"p", "{}"}, {"e", "[]"}, {"s", ""}}).substr(0, 16), "error: policies:");
  // What a link names is validated, too.
  std::string unknown = linked;
  unknown.replace(unknown.find(R"({"type":"U")"), 11, R"({"type":"X")");
  EXPECT_EQ(run(asking(R"("decision":"deny","reason":[],"errors":[])", R"("shouldValidate":false,)"),
                {{"p", unknown}, {"e", "[]"}, {"s", kSchema}}),
            "");
}

TEST(Conformance, TakesSchemasInBothFormsAndNothingAsNone) {
  for (const char* schema : {kSchema, kSchemaJson})
    EXPECT_EQ(run(asking(kAllowed, R"("shouldValidate":true,)"), {{"p", kPolicy}, {"e", "[]"}, {"s", schema}}), "");
  for (const char* schema : {kSchema, kSchemaJson})
    EXPECT_EQ(run(asking(kAllowed, R"("shouldValidate":false,)"), {{"p", kPolicy}, {"e", "[]"}, {"s", schema}}),
              "validation: the policies are expected not to be valid\n");
  for (const char* none : {"", " \n", "{}", " {\n} "})
    EXPECT_EQ(run(asking(kAllowed, R"("shouldValidate":false,)"), {{"p", kPolicy}, {"e", "[]"}, {"s", none}}), "")
        << none;
}

TEST(Conformance, HoldsTheJsonFormOfASchemaToTheSchema) {
  const Files files{{"p", kPolicy}, {"e", "[]"}, {"s", kSchema}};
  const std::string same = kSchemaJson, none = "[]";
  std::string other = same;
  other.replace(other.find(R"("R":{})"), 6, R"("R":{"memberOfTypes":["U"]})");
  EXPECT_EQ(run(asking(kAllowed), files, {nullptr, &same}), "");
  EXPECT_EQ(run(asking(kAllowed), files, {nullptr, &other}), "schema in JSON: it means another schema\n");
  EXPECT_EQ(run(asking(kAllowed), files, {nullptr, &none}).substr(0, 16), "schema in JSON: ");
}

TEST(Conformance, HoldsTheValidatorToItsResults) {
  const Files files{
      {"p", kPolicy}, {"e", R"([{"uid":{"type":"U","id":"a"},"attrs":{},"parents":[]}])"}, {"s", kSchema}};
  const auto results = [](const char* policy, const char* entity, const char* request) {
    return *json::parse(std::string(R"({"policyValidation":{"perPolicy":{"policy0":{"strict":)") + policy +
                        R"(,"permissive":true}}},"entityValidation":{"perEntity":{"U::a":)" + entity +
                        R"(}},"requestValidation":[{"strict":)" + request + R"(,"permissive":true}]})");
  };
  const json::Value right = results("true", "{}", "true"), wrong = results("false", R"({"e":1})", "false");
  EXPECT_EQ(run(asking(kAllowed), files, {&right, nullptr}), "");
  EXPECT_EQ(run(asking(kAllowed), files, {&wrong, nullptr}),
            "policy `policy0`: strict validation: expected not to be valid\n"
            "entity `U::\"a\"`: validation: expected not to be valid\n"
            "request 0: validation: expected not to be valid\n");
}

}  // namespace
}  // namespace steelyard::policy::conformance
