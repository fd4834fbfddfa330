// Runs Cedar's published conformance cases: every decision, and its reasons and errors as sets of policy ids.

#include <gtest/gtest.h>
#include <filesystem>
#include <iostream>
#include <optional>
#include <set>

#include "core/json/json.h"
#include "policy/authorizer.h"
#include "policy/entity_json.h"
#include "policy/est/policy_json.h"
#include "policy/parser.h"
#include "policy/printer.h"
#include "policy/schema/entity_reader.h"
#include "policy/schema/resolve.h"
#include "policy/testing/reference.h"
#include "policy/testing/vectors.h"

namespace steelyard::policy {
namespace {

namespace fs = std::filesystem;
using testing::Archive;
using testing::must;
using testing::read;

struct Tally {
  std::size_t cases = 0;
  std::size_t requests = 0;

  void print(std::string_view name) const {
    std::cout << name << ": " << cases << " cases, " << requests << " requests run\n";
  }
};

std::set<std::string> ids(const json::Value& request, std::string_view key) {
  std::set<std::string> found;
  const json::Array* items = must(request.array_at(key), std::string(key));
  for (const auto& item : *items) {
    found.insert(std::string(must(item.as_string(), std::string(key))));
  }
  return found;
}

// Where `schema` is null, values are read by what they say themselves.
void run_request(const json::Value& request, const Entities& entities, const PolicySet& policies,
                 const validation::Schema* schema, const std::string& where) {
  const auto uid = [&](std::string_view key) {
    return must(entity_uid_from_json(*must(request.at(key), where)), where);
  };
  const json::Value& context = *must(request.at("context"), where);
  const Request asked{
      uid("principal"), uid("action"), uid("resource"),
      must(schema == nullptr ? value_from_json(context) : schema::context_from_json(context, uid("action"), *schema),
           where + " context")};
  const Decision decision = decide(asked, entities, policies);
  std::set<std::string> errors;
  for (const auto& error : decision.errors) errors.insert(error.policy);
  EXPECT_EQ(decision.allow, must(request.string_at("decision"), where) == "allow") << where;
  EXPECT_EQ(std::set<std::string>(decision.reasons.begin(), decision.reasons.end()), ids(request, "reason")) << where;
  EXPECT_EQ(errors, ids(request, "errors")) << where;
}

// What is known, as a list; what each is in stands there as its parents.
std::vector<Entity> listed(const Entities& entities) {
  std::vector<Entity> all;
  for (const EntityUid& uid : entities.uids()) {
    const auto* known = entities.find(uid);
    const auto attributes = known->attributes.as_record(), tags = known->tags.as_record();
    std::vector<EntityUid> in;
    for (const auto& ancestor : known->ancestors()) in.push_back(ancestor.uid);
    all.push_back({uid, std::move(in), {attributes.begin(), attributes.end()}, {tags.begin(), tags.end()}});
  }
  return all;
}

// The plain walk over the trees, written from the specification, is held to the published answers like the engine.
void run_reference(const json::Value& request, const std::vector<Entity>& entities, const PolicyDocument& document,
                   const std::string& where) {
  const auto uid = [&](std::string_view key) {
    return must(entity_uid_from_json(*must(request.at(key), where)), where);
  };
  const Request asked{uid("principal"), uid("action"), uid("resource"),
                      must(value_from_json(*must(request.at("context"), where)), where)};
  const auto response = testing::Reference(asked, entities).is_authorized(document.policies());
  EXPECT_EQ(response.allow, must(request.string_at("decision"), where) == "allow") << where;
  EXPECT_EQ(response.reasons, ids(request, "reason")) << where;
  EXPECT_EQ(response.errors, ids(request, "errors")) << where;
}

// To JSON, which is read and written as the same, and from that to text again.
PolicyDocument through_json_and_text(const PolicyDocument& document, const std::string& where) {
  const json::Value value = must(est::to_json(document), where + " to JSON");
  const PolicyDocument of_json =
      must(est::document_from_json(must(est::read_json(json::dump(value)), where)), where + " from JSON");
  EXPECT_TRUE(must(est::to_json(of_json), where) == value) << where;
  PolicyDocument of_text;
  for (const Policy& policy : of_json.policies()) {
    const std::string source = must(to_source(policy), where + " printed");
    must(of_text.add(must(parse_policy(policy.id, source), where + " printed: " + source)), where);
    EXPECT_TRUE(must(est::to_json(of_text.policies().back()), where) == must(est::to_json(policy), where)) << source;
  }
  return of_text;
}

enum class Reading { kPlain, kBySchema };

void run_case(const fs::path& root, const fs::path& path, Reading reading, Tally& tally) {
  const std::string where = path.lexically_relative(root).string();
  const json::Value spec = must(json::parse(read(path)), where);
  const auto file = [&](std::string_view key) { return read(root / must(spec.string_at(key), where)); };
  std::optional<validation::Schema> schema;
  if (reading == Reading::kBySchema) schema = must(schema::schema_from_cedar(file("schema")), where + " schema");
  const std::string text = file("entities");
  const Entities entities =
      must(schema ? schema::entities_from_json(text, *schema) : entities_from_json(text), where + " entities");
  const std::string policies_text = file("policies");
  const PolicyDocument document =
      must(read_policies(policies_text, Ids::kByPosition, policies_text.size()), where + " policies");
  const PolicySet policies = must(compile(document), where);
  const PolicySet translated = must(compile(through_json_and_text(document, where)), where);
  const std::vector<Entity> list = listed(entities);
  ++tally.cases;
  std::size_t number = 0;
  for (const auto& request : *must(spec.array_at("requests"), where)) {
    const std::string which = where + " request " + std::to_string(number++);
    run_request(request, entities, policies, schema ? &*schema : nullptr, which);
    run_request(request, entities, translated, schema ? &*schema : nullptr, which + " translated");
    if (!schema) run_reference(request, list, document, which + " by the reference");
    ++tally.requests;
  }
}

Tally run_archive(const std::string& file, const std::string& cases, Reading reading) {
  Tally tally;
  const Archive archive(file);
  EXPECT_TRUE(archive.unpacked()) << "cannot unpack " << file;
  if (!archive.unpacked()) return tally;
  for (const auto& entry : fs::recursive_directory_iterator(archive.folder() / cases)) {
    const std::string name = entry.path().filename().string();
    if (!entry.is_regular_file() || !name.ends_with(".json") || name.ends_with(".entities.json")) continue;
    try {
      run_case(archive.folder(), entry.path(), reading, tally);
    } catch (const std::exception& error) {
      ADD_FAILURE() << error.what();
    }
  }
  tally.print(file);
  return tally;
}

TEST(Corpus, GeneratedCasesDecideAsTheReferenceDoes) {
  if (!Archive::exists("corpus.tar.gz")) GTEST_SKIP() << "left out: " << testing::kVectors << " has no corpus.tar.gz";
  const Tally tally = run_archive("corpus.tar.gz", "corpus-tests", Reading::kPlain);
  EXPECT_GE(tally.cases, 4'947u);
  EXPECT_GE(tally.requests, 39'576u);
}

// Some of them leave it to their schema that a text is an address, or an object an entity.
TEST(Corpus, HandwrittenCasesDecideAsTheReferenceDoes) {
  if (!Archive::exists("handwritten.tar.gz"))
    GTEST_SKIP() << "left out: " << testing::kVectors << " has no handwritten.tar.gz";
  const Tally tally = run_archive("handwritten.tar.gz", "tests", Reading::kBySchema);
  EXPECT_GE(tally.cases, 22u);
  EXPECT_GE(tally.requests, 74u);
}

}  // namespace
}  // namespace steelyard::policy
