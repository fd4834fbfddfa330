#include "policy/conformance/validation_results.h"

#include "policy/validation/request_entity_validator.h"

namespace steelyard::policy::conformance {
namespace {

void compare(bool wanted, bool is, const std::string& where, std::string what, Outcome& outcome) {
  ++outcome.validations;
  if (wanted == is) return;
  what += wanted ? ": expected to be valid" : ": expected not to be valid";
  outcome.mismatches.push_back({where, std::move(what)});
}

Status compare_policies(const json::Value& results, const Validated& all, Outcome& outcome) {
  TRY_ASSIGN(const json::Value* each, results.at("perPolicy"));
  for (const Policy& policy : all.policies) {
    TRY_ASSIGN(const json::Value* result, each->at(policy.id));
    for (const bool strictly : {true, false}) {
      const auto mode = strictly ? validation::Mode::kStrict : validation::Mode::kPermissive;
      const std::string name = strictly ? "strict" : "permissive";
      TRY_ASSIGN(const bool wanted, result->bool_at(name));
      const validation::Report report = validation::validate({&policy, 1}, all.schema, mode);
      compare(wanted, !report.has_errors(), "policy `" + policy.id + "`", name + " validation", outcome);
    }
  }
  return {};
}

// The results name what is there; what is wrong with one stands in it.
Status compare_entities(const json::Value& results, const Validated& all, Outcome& outcome) {
  TRY_ASSIGN(const json::Value* each, results.at("perEntity"));
  for (const EntityUid& uid : all.entities.uids()) {
    const json::Value* result = each->find(uid.type() + "::" + uid.id());
    if (result == nullptr) continue;
    TRY_ASSIGN(const json::Object* wrong, result->as_object());
    const Status valid = validation::validate_entity(uid, *all.entities.find(uid), all.schema);
    compare(wrong->empty(), valid.has_value(), "entity `" + to_source(uid) + "`", "validation", outcome);
  }
  return {};
}

Status compare_requests(const json::Array& results, const Validated& all, Outcome& outcome) {
  if (results.size() != all.requests.size())
    return fail(ErrorKind::kFix, "there are " + std::to_string(results.size()) + " results for " +
                                     std::to_string(all.requests.size()) + " requests");
  for (std::size_t i = 0; i < results.size(); ++i) {
    TRY_ASSIGN(const bool wanted, results[i].bool_at("strict"));
    const Status valid = validation::validate_request(all.requests[i], all.schema);
    compare(wanted, valid.has_value(), "request " + std::to_string(i), "validation", outcome);
  }
  return {};
}

}  // namespace

Status compare_validation(const json::Value& results, const Validated& all, Outcome& outcome) {
  if (const json::Value* of_policies = results.find("policyValidation"); of_policies != nullptr)
    TRY(compare_policies(*of_policies, all, outcome));
  if (const json::Value* of_entities = results.find("entityValidation"); of_entities != nullptr)
    TRY(compare_entities(*of_entities, all, outcome));
  if (results.find("requestValidation") == nullptr) return {};
  TRY_ASSIGN(const json::Array* of_requests, results.array_at("requestValidation"));
  return compare_requests(*of_requests, all, outcome);
}

std::string first_error(const validation::Report& report) {
  for (const validation::PolicyReport& policy : report.policies)
    if (!policy.errors.empty()) return "policy `" + policy.policy + "`: " + to_text(policy.errors.front());
  return {};
}

}  // namespace steelyard::policy::conformance
