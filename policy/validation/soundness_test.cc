// A policy that validates strictly does not fail on requests and entities that validate: over the published corpus, and
// over policies, entities and requests drawn at random from a printed seed.
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <random>

#include "core/json/json.h"
#include "policy/authorizer.h"
#include "policy/entity_json.h"
#include "policy/parser.h"
#include "policy/schema/resolve.h"
#include "policy/testing/instances.h"
#include "policy/testing/vectors.h"
#include "policy/validation/validator.h"

namespace steelyard::policy::validation {
namespace {

namespace fs = std::filesystem;
using testing::Archive;
using testing::Instances;
using testing::must;
using testing::read;

struct Tally {
  std::size_t decisions = 0, valid = 0, excused = 0;
};

void decide_soundly(const Policy& policy, const Entities& entities, const Request& request, Tally& tally) {
  PolicySet set;
  set.put(policy);
  const Decision decision = decide(request, entities, set);
  ++tally.decisions;
  for (const PolicyError& error : decision.errors) {
    EXPECT_TRUE(testing::is_excused(error.what)) << error.what;
    ++tally.excused;
  }
}

void check_case(const fs::path& corpus, const fs::path& spec_path, Tally& tally) {
  const std::string stem = spec_path.stem().string();
  const auto file = [&](const std::string& suffix) { return read(corpus / (stem + suffix)); };
  const Schema schema = must(schema::schema_from_cedar(file(".cedarschema")), "schema");
  Entities entities = must(entities_from_json(file(".entities.json")), "entities");
  must(add_actions(entities, schema), "actions");
  const auto policies = must(parse_policies(file(".cedar")), "policies");
  if (validate(policies, schema).has_errors() || !validate_entities(entities, schema)) return;
  ++tally.valid;
  const json::Value spec = must(json::parse(read(spec_path)), "case");
  for (const auto& asked : *must(spec.array_at("requests"), "case")) {
    const auto uid = [&](std::string_view key) {
      return must(entity_uid_from_json(*must(asked.at(key), "request")), "request");
    };
    const Request request{uid("principal"), uid("action"), uid("resource"),
                          must(value_from_json(*must(asked.at("context"), "request")), "context")};
    if (!validate_request(request, schema)) continue;
    for (const Policy& policy : policies) decide_soundly(policy, entities, request, tally);
  }
}

TEST(Soundness, ValidPoliciesOfTheCorpusDoNotFail) {
  if (!Archive::exists("corpus.tar.gz")) GTEST_SKIP() << "left out: " << testing::kVectors << " has no corpus.tar.gz";
  const Archive archive("corpus.tar.gz");
  ASSERT_TRUE(archive.unpacked());
  const fs::path corpus = archive.folder() / "corpus-tests";
  Tally tally;
  for (const auto& entry : fs::directory_iterator(corpus)) {
    const std::string name = entry.path().filename().string();
    if (!name.ends_with(".json") || name.ends_with(".entities.json")) continue;
    const ::testing::ScopedTrace trace(__FILE__, __LINE__, name);
    try {
      check_case(corpus, entry.path(), tally);
    } catch (const std::exception& error) {
      ADD_FAILURE() << error.what();
    }
  }
  std::cout << tally.valid << " valid cases, " << tally.decisions << " decisions, " << tally.excused << " excused\n";
  EXPECT_GE(tally.valid, 3'800u);
  EXPECT_GE(tally.decisions, 30'000u);
}

constexpr std::string_view kSchema = R"(
  type Address = { city: String, street?: String, zone?: { id: Long } };
  entity Member = { level: Long };
  entity Clerk in [Member] = {
    name: String, grade?: Long, home?: Address, of: Member, peers: Set<Clerk>, since?: datetime,
  } tags String;
  entity Auditor in [Member] = { name: String, limit?: decimal } tags Set<Long>;
  entity Dataset in [Member, Dataset] = { owner: Member, from?: ipaddr, kind: Kind, keep?: duration };
  entity Kind enum ["open", "closed"];
  action all;
  action look in [all];
  action read in [look] appliesTo {
    principal: [Clerk, Auditor], resource: [Dataset],
    context: { now: datetime, ticket?: { id: Long, by?: Clerk }, late?: Bool },
  };
  action correct in [all] appliesTo {
    principal: [Clerk], resource: [Dataset, Clerk], context: { now: datetime, ticket: { id: Long, by?: Clerk } },
  };
)";

// Policies that are mostly right: what is optional is mostly asked for first, sides of operators mostly fit.
class RandomPolicies {
 public:
  explicit RandomPolicies(std::mt19937_64& random) : random_(random) {}

  std::string policy() {
    static const std::vector<std::string> principals{"principal", "principal is Clerk", "principal in Member::\"a\"",
                                                     "principal is Auditor in Member::\"b\"",
                                                     "principal == Clerk::\"a\""};
    static const std::vector<std::string> actions{"action", "action == Action::\"read\"", "action in Action::\"look\"",
                                                  "action in [Action::\"read\", Action::\"correct\"]"};
    static const std::vector<std::string> resources{"resource", "resource is Dataset", "resource in Dataset::\"a\""};
    std::string text = "permit (" + one_of(principals) + ", " + one_of(actions) + ", " + one_of(resources) + ")";
    for (std::size_t more = below(3); more != 0; --more) text += below(4) == 0 ? unless() : when();
    return text + ";";
  }

 private:
  std::size_t below(std::size_t count) { return random_() % count; }
  const std::string& one_of(const std::vector<std::string>& all) { return all[below(all.size())]; }
  std::string when() { return " when { " + boolean(3) + " }"; }
  std::string unless() { return " unless { " + boolean(3) + " }"; }

  std::string boolean(int depth) {
    const auto inner = [&] { return "(" + boolean(depth - 1) + ")"; };
    if (depth > 0) {
      switch (below(6)) {
        case 0: return inner() + " && " + inner();
        case 1: return inner() + " || " + inner();
        case 2: return "!" + inner();
        case 3: return "(if " + inner() + " then " + inner() + " else " + inner() + ")";
        case 4: return guarded(depth) + " && " + inner();
        default: break;
      }
    }
    return below(2) == 0 ? guarded(depth) : plain(depth);
  }

  // Read once it was asked for, mostly.
  std::string guarded(int depth) {
    static const std::vector<std::pair<std::string, std::string>> reads{
        {"principal has grade", "principal.grade < 3"},
        {"principal is Clerk && principal has home.zone", "principal.home.zone.id == 1"},
        {"principal has home.street", "principal.home.street like \"a*\""},
        {"principal has limit", "principal.limit.lessThan(decimal(\"1.0\"))"},
        {"resource has from", "resource.from.isInRange(ip(\"10.0.0.0/8\"))"},
        {"resource has keep", "context.now.offset(resource.keep) > datetime(\"2026-01-01\")"},
        {"context has ticket", "context.ticket.id > 1"},
        {"context has ticket.by", "context.ticket.by.name == \"a\""},
        {"context has late", "context.late"},
        {"principal is Clerk && principal.hasTag(\"a\")", "principal.getTag(\"a\") == \"a\""},
        {"principal is Auditor && principal.hasTag(principal.name)", "principal.getTag(principal.name).contains(1)"},
        {"principal has since", "principal.since.toDate() <= context.now"},
    };
    const auto& [asked, read] = reads[below(reads.size())];
    if (below(8) == 0) return read;
    if (below(8) == 0) return asked;
    if (below(8) == 0) return "(" + asked + " || " + boolean(0) + ") && " + read;
    if (below(4) == 0)
      return "(if " + asked + " then " + read + " else " + (depth > 0 ? boolean(depth - 1) : "true") + ")";
    return asked + " && " + read;
  }

  std::string plain(int depth) {
    switch (below(8)) {
      case 0: return integer(2) + (below(2) == 0 ? " < " : " == ") + integer(2);
      case 1: return text() + " == " + text();
      case 2: return entity() + " in " + (below(2) == 0 ? entity() : "[" + entity() + ", " + entity() + "]");
      case 3: return entity() + " == " + entity();
      case 4: return "[" + integer(1) + ", " + integer(1) + "].contains(" + integer(1) + ")";
      case 5: return "action in " + std::string(below(2) == 0 ? "Action::\"all\"" : "Action::\"look\"");
      case 6: return "{a: " + integer(1) + ", b: " + text() + "}.a > " + integer(1);
      default: return depth > 0 ? entity() + " is Clerk" : "resource.kind == Kind::\"open\"";
    }
  }

  std::string integer(int depth) {
    static const std::vector<std::string> leaves{
        "1", "-2", "9223372036854775807", "resource.owner.level", "principal.of.level", "context.ticket.id"};
    if (depth == 0 || below(2) == 0) return one_of(leaves);
    return "(" + integer(depth - 1) + (below(2) == 0 ? " + " : " * ") + integer(depth - 1) + ")";
  }

  std::string text() { return one_of({"\"a\"", "principal.name", "\"\"", "principal.home.city"}); }
  std::string entity() {
    return one_of({"principal", "resource", "resource.owner", "principal.of", "Member::\"a\"", "Clerk::\"b\"",
                   "Dataset::\"a\"", "context.ticket.by"});
  }

  std::mt19937_64& random_;
};

std::uint64_t seed() {
  const char* given = std::getenv("STEELYARD_TEST_SEED");
  const std::uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
  std::cout << "STEELYARD_TEST_SEED=" << seed << "\n";
  return seed;
}

TEST(Soundness, ValidPoliciesDrawnAtRandomDoNotFail) {
  std::mt19937_64 random(seed());
  const Schema schema = must(schema::schema_from_cedar(kSchema), "schema");
  Instances instances(schema, [&](std::size_t count) { return random() % count; });
  RandomPolicies policies(random);
  Tally tally;
  for (int round = 0; round < 20'000; ++round) {
    const std::string text = policies.policy();
    const auto parsed = must(parse_policies(text), text);
    if (validate(parsed, schema).has_errors()) continue;
    ++tally.valid;
    const ::testing::ScopedTrace trace(__FILE__, __LINE__, text);
    const Entities entities = instances.entities();
    ASSERT_TRUE(validate_entities(entities, schema).has_value());
    each_environment(schema, [&](const Environment& environment) {
      const Request request = instances.request(environment);
      EXPECT_TRUE(validate_request(request, schema).has_value());
      decide_soundly(parsed.front(), entities, request, tally);
      return true;
    });
    if (HasFailure()) return;
  }
  std::cout << tally.valid << " valid policies, " << tally.decisions << " decisions, " << tally.excused << " excused\n";
  EXPECT_GE(tally.valid, 2'000u);
  EXPECT_GE(tally.excused, 100u);
}

}  // namespace
}  // namespace steelyard::policy::validation
