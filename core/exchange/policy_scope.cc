#include "core/exchange/gate.h"
#include "core/exchange/policy_schema.h"
#include "policy/limits.h"
#include "policy/parser.h"
#include "policy/validation/validator.h"

namespace steelyard::exchange {
namespace {

// Systems, datasets and fields have ids that begin with their owner: "owner/system", "owner/code", "owner/code/field".
bool belongs_to(const policy::EntityUid& uid, const std::string& owner) {
  if (uid.type() != "System" && uid.type() != "Dataset" && uid.type() != "Field") return false;
  return uid.id().size() > owner.size() + 1 && uid.id().compare(0, owner.size() + 1, owner + "/") == 0;
}

Status check_scopes(const std::vector<policy::Policy>& policies, const std::string& owner) {
  for (const policy::Policy& one : policies) {
    const policy::ScopeConstraint& resource = one.scope.resource;
    bool own = resource.names_entity() && !resource.entities.empty();
    for (const policy::EntityUid& uid : resource.entities) own = own && belongs_to(uid, owner);
    if (!own)
      return policy::fail_at(one.span, "the resource must be == or in a System, Dataset or Field of `" + owner +
                                           "`, such as resource in Dataset::\"" + owner + "/code\"");
  }
  return {};
}

// Strictly: a policy that does not validate may err, and whatever errs refuses everything that it is asked about.
Status check_valid(const std::vector<policy::Policy>& policies) {
  using namespace policy::validation;
  return validate(policies, policy_schema(), Mode::kStrict, Steps(limits::kPolicySetValidationStepsMax)).status();
}

}  // namespace

Status check_policy_set(const std::string& subject, std::string_view text) {
  TRY_ASSIGN(const auto policies, policy::parse_policies(text));
  if (subject == kBaseline) {
    if (policies.empty()) return fail(ErrorKind::kFix, "a baseline without policies would refuse everything for ever");
  } else {
    TRY(check_scopes(policies, subject));
  }
  return check_valid(policies);
}

}  // namespace steelyard::exchange
