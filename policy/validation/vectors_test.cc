// Every published validation result of the corpus: each policy strictly and permissively, each entity, each request.
#include <gtest/gtest.h>

#include <iostream>

#include "core/json/json.h"
#include "policy/entity_json.h"
#include "policy/parser.h"
#include "policy/schema/resolve.h"
#include "policy/testing/vectors.h"
#include "policy/validation/request_entity_validator.h"
#include "policy/validation/validator.h"

namespace steelyard::policy::validation {
namespace {

namespace fs = std::filesystem;
using testing::Archive;
using testing::must;
using testing::read;

struct Tally {
  std::size_t cases = 0, policies = 0, strict = 0, permissive = 0, entities = 0, requests = 0;
};

std::string told(const Report& report) {
  std::string all;
  for (const PolicyReport& policy : report.policies) {
    for (const Finding& finding : policy.errors) all += "\n  " + to_text(finding);
  }
  return all;
}

void check_policies(const json::Value& results, const std::string& text, const Schema& schema, Tally& tally) {
  const std::vector<Policy> policies = must(parse_policies(text), "policies");
  for (const Policy& policy : policies) {
    const json::Value& result = *must(must(results.at("perPolicy"), "results")->at(policy.id), policy.id);
    const Report strict = validate({&policy, 1}, schema, Mode::kStrict);
    const Report permissive = validate({&policy, 1}, schema, Mode::kPermissive);
    EXPECT_EQ(!strict.has_errors(), must(result.bool_at("strict"), policy.id)) << policy.id << told(strict);
    EXPECT_EQ(!permissive.has_errors(), must(result.bool_at("permissive"), policy.id)) << policy.id << told(permissive);
    ++tally.policies;
    tally.strict += strict.has_errors() ? 0 : 1;
    tally.permissive += permissive.has_errors() ? 0 : 1;
  }
}

// The results name what is there; what is wrong with one would stand in it.
void check_entities(const json::Value& results, const Entities& entities, const Schema& schema, Tally& tally) {
  const json::Value& each = *must(results.at("perEntity"), "entities");
  for (const EntityUid& uid : entities.uids()) {
    const json::Value& result = *must(each.at(uid.type() + "::" + uid.id()), to_source(uid));
    const Status status = validate_entity(uid, *entities.find(uid), schema);
    EXPECT_EQ(status.has_value(), must(result.as_object(), "result")->empty()) << (status ? "" : status.error().what);
    ++tally.entities;
  }
}

void check_requests(const json::Array& results, const json::Array& requests, const Schema& schema, Tally& tally) {
  ASSERT_EQ(results.size(), requests.size());
  for (std::size_t at = 0; at < results.size(); ++at) {
    const auto uid = [&](std::string_view key) {
      return must(entity_uid_from_json(*must(requests[at].at(key), "request")), "request");
    };
    const Request request{uid("principal"), uid("action"), uid("resource"),
                          must(value_from_json(*must(requests[at].at("context"), "request")), "context")};
    const Status status = validate_request(request, schema);
    for (const std::string mode : {"strict", "permissive"})
      EXPECT_EQ(status.has_value(), must(results[at].bool_at(mode), mode)) << (status ? "" : status.error().what);
    ++tally.requests;
  }
}

void check_case(const fs::path& corpus, const fs::path& results_path, Tally& tally) {
  const std::string name = results_path.filename().string();
  const std::string stem = name.substr(0, name.find('.'));
  const auto file = [&](const std::string& suffix) { return read(corpus / (stem + suffix)); };
  const json::Value results = must(json::parse(read(results_path)), "results");
  const Schema schema = must(schema::schema_from_cedar(file(".cedarschema")), "schema");
  const Entities entities = must(entities_from_json(file(".entities.json")), "entities");
  const json::Value spec = must(json::parse(file(".json")), "case");
  check_policies(*must(results.at("policyValidation"), name), file(".cedar"), schema, tally);
  check_entities(*must(results.at("entityValidation"), name), entities, schema, tally);
  check_requests(*must(results.array_at("requestValidation"), name), *must(spec.array_at("requests"), name), schema,
                 tally);
  ++tally.cases;
}

TEST(ValidationVectors, EveryPublishedResultIsOurs) {
  if (!Archive::exists("corpus.tar.gz") || !Archive::exists("validation.tar.gz"))
    GTEST_SKIP() << "left out: " << testing::kVectors << " has no corpus.tar.gz or validation.tar.gz";
  const Archive corpus("corpus.tar.gz"), results("validation.tar.gz");
  ASSERT_TRUE(corpus.unpacked() && results.unpacked());
  Tally tally;
  for (const auto& entry : fs::recursive_directory_iterator(results.folder())) {
    const std::string name = entry.path().filename().string();
    if (!entry.is_regular_file() || !name.ends_with(".validation.json") || name.starts_with("._")) continue;
    const ::testing::ScopedTrace trace(__FILE__, __LINE__, name);
    try {
      check_case(corpus.folder() / "corpus-tests", entry.path(), tally);
    } catch (const std::exception& error) {
      ADD_FAILURE() << error.what();
    }
  }
  std::cout << tally.cases << " cases: " << tally.policies << " policies, " << tally.strict << " of them valid, "
            << tally.permissive << " permissively; " << tally.entities << " entities, " << tally.requests
            << " requests\n";
  EXPECT_EQ(tally.cases, 4'909u);
  EXPECT_EQ(tally.requests, 39'272u);
  EXPECT_EQ(tally.strict, 3'878u);
  EXPECT_EQ(tally.permissive, 4'331u);
}

}  // namespace
}  // namespace steelyard::policy::validation
