// Random policies, each with what Cedar's reference decides, writes and lays out: golden/policies.jsonl holds some,
// made by tests/oracle/policies.js, whose head says what a line is; STEELYARD_POLICY_CASES names a file of more.

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <set>

#include "policy/authorizer.h"
#include "policy/entity_json.h"
#include "policy/est/policy_json.h"
#include "policy/format/format.h"
#include "policy/limits.h"
#include "policy/parser.h"
#include "policy/policy_document.h"

namespace steelyard::policy {
namespace {

using Names = std::set<std::string>;

Names names_of(const json::Array& items) {
  Names names;
  for (const json::Value& item : items) names.emplace(*item.as_string());
  return names;
}

// The policies and templates of a case, as what `read` makes of each.
template <class Read>
Result<PolicyDocument> document_of(const json::Value& one, const Read& read) {
  PolicyDocument document;
  for (const char* part : {"policies", "templates"}) {
    for (const auto& [id, text] : **one.object_at(part)) {
      TRY_ASSIGN(Policy policy, read(id, std::string(*text.as_string())));
      TRY(document.add(std::move(policy)));
    }
  }
  for (const json::Value& link : **one.array_at("links")) {
    TemplateLink made{*link.string_at("templateId"), *link.string_at("newId"), {}};
    for (const auto& [slot, uid] : **link.object_at("values")) {
      TRY_ASSIGN((slot == "?principal" ? made.values.principal : made.values.resource), entity_uid_from_json(uid));
    }
    TRY(document.add(std::move(made)));
  }
  return document;
}

Result<Request> request_of(const json::Value& asked) {
  TRY_ASSIGN(const EntityUid principal, entity_uid_from_json(**asked.at("principal")));
  TRY_ASSIGN(const EntityUid action, entity_uid_from_json(**asked.at("action")));
  TRY_ASSIGN(const EntityUid resource, entity_uid_from_json(**asked.at("resource")));
  TRY_ASSIGN(const Value context, value_from_json(**asked.at("context")));
  return Request{principal, action, resource, context};
}

struct Counts {
  std::size_t decided = 0, allowed = 0, refused = 0, erred = 0, written = 0, formatted = 0, damaged = 0,
              damaged_taken = 0;
};

class PolicyReference : public ::testing::Test {
 protected:
  void check(const json::Value& one) {
    if (one.find("text") != nullptr) return check_text(one);
    if (one.find("json") != nullptr) return check_json(one);
    check_forms(one);
    check_layout(one);
    check_decisions(one);
  }

  Counts counts_;

 private:
  void check_text(const json::Value& one) {
    const auto policy = parse_policy("p", *one.string_at("text"), Templates::kTaken);
    EXPECT_EQ(policy.has_value(), *one.bool_at("taken")) << (policy ? "" : policy.error().what);
    ++counts_.damaged;
    counts_.damaged_taken += policy.has_value();
    if (const json::Value* est = one.find("est"); est != nullptr && policy) check_form(*policy, *est);
  }

  void check_json(const json::Value& one) {
    const auto policy = est::policy_from_json("p", **one.at("json"));
    EXPECT_EQ(policy.has_value(), *one.bool_at("taken")) << (policy ? "" : policy.error().what);
    ++counts_.damaged;
    counts_.damaged_taken += policy.has_value();
  }

  void check_form(const Policy& policy, const json::Value& est) {
    EXPECT_EQ(*est::to_json(policy), est) << json::dump(*est::to_json(policy));
    ++counts_.written;
    const auto again = est::policy_from_json(policy.id, est);
    ASSERT_TRUE(again) << again.error().what;
    EXPECT_EQ(*est::to_json(*again), est);
  }

  void check_forms(const json::Value& one) {
    for (const auto& [id, est] : **one.object_at("est")) {
      const json::Value* text = (*one.at("policies"))->find(id);
      const auto policy = parse_policy(id, *(text != nullptr ? text : (*one.at("templates"))->find(id))->as_string(),
                                       Templates::kTaken);
      ASSERT_TRUE(policy) << policy.error().what;
      check_form(*policy, est);
    }
  }

  void check_layout(const json::Value& one) {
    if (one.find("formatted") == nullptr) return;
    std::string text;
    for (const char* part : {"policies", "templates"})
      for (const auto& [id, policy] : **one.object_at(part)) text += std::string(*policy.as_string()) + "\n";
    const format::Options options{static_cast<std::size_t>(*one.integer_at("lineWidth")),
                                  static_cast<std::size_t>(*one.integer_at("indentWidth"))};
    const auto formatted = format::format_policies(text, options, limits::kPolicyFileBytesMax);
    ASSERT_TRUE(formatted) << formatted.error().what;
    EXPECT_EQ(*formatted, *one.string_at("formatted"));
    ++counts_.formatted;
  }

  // Whether they come from text or, where it can be written, from the JSON form.
  void check_decisions(const json::Value& one) {
    const auto from_text = [](const std::string& id, const std::string& text) {
      return parse_policy(id, text, Templates::kTaken);
    };
    const json::Value& est = **one.at("est");
    const auto from_json = [&](const std::string& id, const std::string& text) {
      const json::Value* form = est.find(id);
      return form != nullptr ? est::policy_from_json(id, *form) : parse_policy(id, text, Templates::kTaken);
    };
    check_requests(one, document_of(one, from_text));
    check_requests(one, document_of(one, from_json));
  }

  void check_requests(const json::Value& one, const Result<PolicyDocument>& document) {
    const auto policies = document ? compile(*document) : Result<PolicySet>(tl::unexpected(document.error()));
    const auto entities = entities_from_json(json::dump(**one.at("entities")));
    for (const json::Value& asked : **one.array_at("requests")) {
      const ::testing::ScopedTrace trace(__FILE__, __LINE__, json::dump(asked));
      const auto request = request_of(asked);
      const bool taken = policies && entities && request;
      ASSERT_EQ(taken, asked.find("decision") != nullptr)
          << (policies ? "" : policies.error().what) << (entities ? "" : entities.error().what);
      ++(taken ? counts_.decided : counts_.refused);
      if (taken) check_decision(asked, decide(*request, *entities, *policies));
    }
  }

  void check_decision(const json::Value& asked, const Decision& ours) {
    Names errors;
    for (const PolicyError& error : ours.errors) errors.insert(error.policy);
    EXPECT_EQ(ours.allow, *asked.string_at("decision") == "allow");
    EXPECT_EQ(Names(ours.reasons.begin(), ours.reasons.end()), names_of(**asked.array_at("reasons")));
    EXPECT_EQ(errors, names_of(**asked.array_at("errors")));
    counts_.allowed += ours.allow;
    counts_.erred += !errors.empty();
  }
};

TEST_F(PolicyReference, GeneratedCasesAreDecidedWrittenAndLaidOutAsThere) {
  const char* more = std::getenv("STEELYARD_POLICY_CASES");
  std::ifstream in(more != nullptr ? more : "policy/golden/policies.jsonl");
  std::size_t cases = 0;
  for (std::string line; std::getline(in, line); ++cases) {
    const auto one = json::parse(line, {.bytes_max = std::size_t{1} << 24, .depth_max = 512});
    ASSERT_TRUE(one) << one.error().what;
    const ::testing::ScopedTrace trace(__FILE__, __LINE__, line);
    check(*one);
  }
  std::cout << cases << " cases: " << counts_.decided << " decisions, " << counts_.allowed << " of them to allow, "
            << counts_.erred << " with errors, " << counts_.refused << " refused; " << counts_.written
            << " JSON forms, " << counts_.formatted << " layouts, " << counts_.damaged << " damaged policies, "
            << counts_.damaged_taken << " of them taken\n";
  EXPECT_GE(counts_.decided, 500u);
  EXPECT_GE(counts_.allowed, 50u);
  EXPECT_GE(counts_.erred, 50u);
  EXPECT_GE(counts_.refused, 4u);
  EXPECT_GE(counts_.written, 400u);
  EXPECT_GE(counts_.formatted, 100u);
  EXPECT_GE(counts_.damaged_taken, 15u);
}

}  // namespace
}  // namespace steelyard::policy
