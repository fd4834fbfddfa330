// What stands around the engine that decides: policies as JSON, printed and formatted; and the engine itself against a
// plain walk over the tree.
//
// JSON that is read is written as the same JSON again, and printed as text that is read as the same tree. What is
// formatted stays as it is and says the same. For policies that parse, the compiled set and the specification's plain
// evaluator come to the same decision, reasons and errors; links of templates as what they stand for.
#include <algorithm>
#include <set>

#include "core/base/limits.h"
#include "policy/authorizer.h"
#include "policy/est/policy_json.h"
#include "policy/format/format.h"
#include "policy/limits.h"
#include "policy/parser.h"
#include "policy/printer.h"
#include "policy/testing/reference.h"
#include "tests/fuzz/fuzz.h"

using namespace steelyard;
using fuzz::Input;
using policy::EntityUid;
using policy::Value;

namespace {

std::string json_of(const policy::Policy& policy) {
  const auto value = policy::est::to_json(policy);
  return value ? json::dump(*value) : "";
}

// A tree printed, and read again: the same tree, unless it nests deeper in text than in JSON.
void print_and_read(const policy::Policy& policy) {
  const auto source = policy::to_source(policy);
  if (!source || source->size() > limits::kPolicyBytesMax) return;
  const auto again = policy::parse_policy(policy.id, *source, policy::Templates::kTaken);
  if (!again) return CHECK(again.error().what.find("nests deeper") != std::string::npos);
  const auto twice = policy::to_source(*again);
  CHECK(twice.has_value() && *twice == *source);
}

void json_policies(Input input) {
  const auto value = policy::est::read_json(input.text());
  if (!value) return;
  const auto document = policy::est::document_from_json(*value);
  if (!document) return;
  const auto written = policy::est::to_json(*document);
  if (!written) return;
  const auto again = policy::est::document_from_json(*written);
  CHECK(again.has_value());
  const auto twice = policy::est::to_json(*again);
  CHECK(twice.has_value() && *twice == *written);
  CHECK(policy::compile(*document).has_value());
  for (const policy::Policy& one : document->policies()) print_and_read(one);
}

void text_to_json(Input input) {
  const auto policies = policy::parse_policies(input.text(), "p", policy::Templates::kTaken);
  if (!policies) return;
  for (const policy::Policy& one : *policies) {
    print_and_read(one);
    const auto value = policy::est::to_json(one);
    if (!value) continue;
    const auto again = policy::est::policy_from_json(one.id, *value);
    CHECK(again.has_value() || again.error().what.find("nests deeper") != std::string::npos);
    if (again) CHECK(json_of(*again) == json::dump(*value));
  }
}

void formatted(Input input) {
  const policy::format::Options options{1 + input.below(120), input.below(9)};
  const auto once = policy::format::format_policies(input.text(), options, limits::kPolicyBytesMax);
  if (!once) return CHECK(once.error().kind != ErrorKind::kStop);  // it would say something else
  const auto twice = policy::format::format_policies(*once, options, limits::kPolicyFileBytesMax);
  CHECK(twice.has_value() && *twice == *once);
}

const std::vector<policy::Entity>& entities() {
  static const std::vector<policy::Entity> made{
      {EntityUid("User", "ann"),
       {EntityUid("Group", "staff"), EntityUid("Group", "none")},
       {{"a", Value::integer(1)},
        {"r", Value::record({{"b", Value::string("x*y")}})},
        {"e", Value::entity({"User", "bob"})}},
       {{"t", Value::integer(7)}}},
      {EntityUid("User", "bob"), {}, {{"a", Value::string("x")}}, {}},
      {EntityUid("Group", "staff"), {EntityUid("Group", "all")}, {}, {}},
      {EntityUid("Action", "view"), {EntityUid("Action", "read")}, {}, {}},
      {EntityUid("File", "f"),
       {EntityUid("Folder", "d")},
       {{"owner", Value::entity({"User", "ann"})}, {"s", Value::set({Value::integer(1), Value::string("x")})}},
       {}},
  };
  return made;
}

const policy::Entities& compiled_entities() {
  static const policy::Entities made = [] {
    policy::Entities all;
    for (const policy::Entity& one : entities()) CHECK(all.put(one).has_value());
    return all;
  }();
  return made;
}

std::vector<policy::Request> requests() {
  const Value context = Value::record({{"n", Value::integer(9'223'372'036'854'775'807)},
                                       {"now", Value::datetime({1'795'000'000'000})},
                                       {"ip", Value::ip(*policy::ext::parse_ip("10.0.0.1"))},
                                       {"a", Value::record({{"b", Value::boolean(true)}})},
                                       {"s", Value::string("a权b")}});
  const EntityUid view("Action", "view");
  return {{EntityUid("User", "ann"), view, EntityUid("File", "f"), context},
          {EntityUid("User", "bob"), view, EntityUid("Folder", "d"), context},
          {EntityUid("User", "none"), EntityUid("Action", "edit"), EntityUid("User", "ann"), Value::record({})}};
}

void same_decision(const policy::Request& request, const std::vector<policy::Policy>& policies,
                   const policy::PolicySet& compiled) {
  const policy::Decision decision = policy::decide(request, compiled_entities(), compiled);
  for (const policy::PolicyError& error : decision.errors)
    if (error.what.find("steps") != std::string::npos) return;  // the specification knows no bound
  const auto response = policy::testing::Reference(request, entities()).is_authorized(policies);
  std::set<std::string> errors;
  for (const policy::PolicyError& error : decision.errors) errors.insert(error.policy);
  CHECK(decision.allow == response.allow && errors == response.errors);
  CHECK(std::set<std::string>(decision.reasons.begin(), decision.reasons.end()) == response.reasons);
}

void differential(Input input) {
  const auto parsed = policy::parse_policies(input.text(), "p", policy::Templates::kTaken);
  if (!parsed) return;
  std::vector<policy::Policy> policies;
  policy::PolicySet compiled;
  for (const policy::Policy& one : *parsed) {
    if (!one.is_template()) {
      policies.push_back(one);
      compiled.put(one);
      continue;
    }
    policy::TemplateLink link{one.id, one.id + "-linked", {}};
    if (one.scope.principal.slot) link.values.principal = EntityUid("Group", "all");
    if (one.scope.resource.slot) link.values.resource = EntityUid("Folder", "d");
    CHECK(compiled.put_template(one).has_value() && compiled.link(link).has_value());
    policies.push_back(*policy::link(one, link.id, link.values));
  }
  for (const policy::Request& request : requests()) same_decision(request, policies, compiled);
}

constexpr void (*kReaders[])(Input) = {json_policies, text_to_json, formatted, differential};

}  // namespace

FUZZ(input) { fuzz::choose(input, kReaders); }
