// Runs Cedar's published conformance cases: every decision, and its reasons and errors as sets of policy ids.

#include <gtest/gtest.h>
#include <filesystem>
#include <iostream>
#include <map>
#include <set>

#include "core/json/json.h"
#include "policy/authorizer.h"
#include "policy/entity_json.h"
#include "policy/parser.h"
#include "policy/testing/vectors.h"

namespace steelyard::policy {
namespace {

namespace fs = std::filesystem;
using testing::Archive;
using testing::read;

// These hand-written cases leave it to a schema that a string is an address, or an object an entity.
const std::set<std::string> kNeedSchema = {"tests/example_use_cases/4d.json", "tests/example_use_cases/4e.json",
                                           "tests/example_use_cases/4f.json", "tests/multi/3.json",
                                           "tests/multi/4.json"};

struct Tally {
  std::size_t cases = 0;
  std::size_t requests = 0;
  std::map<std::string, std::size_t> left_out;  // reason → cases

  void print(std::string_view name) const {
    std::cout << name << ": " << cases << " cases, " << requests << " requests run";
    for (const auto& [reason, count] : left_out) std::cout << "; " << count << " left out: " << reason;
    std::cout << "\n";
  }
};

template <class T>
T must(Result<T> result, const std::string& where) {
  if (!result) throw std::runtime_error(where + ": " + result.error().what);
  return std::move(*result);
}

std::set<std::string> ids(const json::Value& request, std::string_view key) {
  std::set<std::string> found;
  const json::Array* items = must(request.array_at(key), std::string(key));
  for (const auto& item : *items) {
    found.insert(std::string(must(item.as_string(), std::string(key))));
  }
  return found;
}

void run_request(const json::Value& request, const Entities& entities, const PolicySet& policies,
                 const std::string& where) {
  const auto uid = [&](std::string_view key) {
    return must(entity_uid_from_json(*must(request.at(key), where)), where);
  };
  const Request asked{uid("principal"), uid("action"), uid("resource"),
                      must(value_from_json(*must(request.at("context"), where)), where + " context")};
  const Decision decision = decide(asked, entities, policies);
  std::set<std::string> errors;
  for (const auto& error : decision.errors) errors.insert(error.policy);
  EXPECT_EQ(decision.allow, must(request.string_at("decision"), where) == "allow") << where;
  EXPECT_EQ(std::set<std::string>(decision.reasons.begin(), decision.reasons.end()), ids(request, "reason")) << where;
  EXPECT_EQ(errors, ids(request, "errors")) << where;
}

void run_case(const fs::path& root, const fs::path& path, Tally& tally) {
  const std::string where = path.lexically_relative(root).string();
  if (kNeedSchema.contains(where)) {
    ++tally.left_out["entities or context need a schema"];
    return;
  }
  const json::Value spec = must(json::parse(read(path)), where);
  const Entities entities =
      must(entities_from_json(read(root / must(spec.string_at("entities"), where))), where + " entities");
  PolicySet policies;
  auto parsed = parse_policies(read(root / must(spec.string_at("policies"), where)));
  for (auto& policy : must(std::move(parsed), where + " policies")) policies.put(std::move(policy));
  ++tally.cases;
  std::size_t number = 0;
  for (const auto& request : *must(spec.array_at("requests"), where)) {
    run_request(request, entities, policies, where + " request " + std::to_string(number++));
    ++tally.requests;
  }
}

Tally run_archive(const std::string& file, const std::string& cases) {
  Tally tally;
  const Archive archive(file);
  EXPECT_TRUE(archive.unpacked()) << "cannot unpack " << file;
  if (!archive.unpacked()) return tally;
  for (const auto& entry : fs::recursive_directory_iterator(archive.folder() / cases)) {
    const std::string name = entry.path().filename().string();
    if (!entry.is_regular_file() || !name.ends_with(".json") || name.ends_with(".entities.json")) continue;
    try {
      run_case(archive.folder(), entry.path(), tally);
    } catch (const std::exception& error) {
      ADD_FAILURE() << error.what();
    }
  }
  tally.print(file);
  return tally;
}

TEST(Corpus, GeneratedCasesDecideAsTheReferenceDoes) {
  if (!Archive::exists("corpus.tar.gz")) GTEST_SKIP() << "left out: " << testing::kVectors << " has no corpus.tar.gz";
  const Tally tally = run_archive("corpus.tar.gz", "corpus-tests");
  EXPECT_GE(tally.cases, 4'947u);
  EXPECT_GE(tally.requests, 39'576u);
}

TEST(Corpus, HandwrittenCasesDecideAsTheReferenceDoes) {
  if (!Archive::exists("handwritten.tar.gz"))
    GTEST_SKIP() << "left out: " << testing::kVectors << " has no handwritten.tar.gz";
  const Tally tally = run_archive("handwritten.tar.gz", "tests");
  EXPECT_GE(tally.cases, 17u);
}

}  // namespace
}  // namespace steelyard::policy
