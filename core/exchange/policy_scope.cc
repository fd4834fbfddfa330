#include "core/exchange/gate.h"
#include "policy/parser.h"

namespace steelyard::exchange {
namespace {

// Systems, datasets and fields have ids that begin with their owner: "owner/system", "owner/code", "owner/code/field".
bool belongs_to(const policy::EntityUid& uid, const std::string& owner) {
  if (uid.type() != "System" && uid.type() != "Dataset" && uid.type() != "Field") return false;
  return uid.id().size() > owner.size() + 1 && uid.id().compare(0, owner.size() + 1, owner + "/") == 0;
}

}  // namespace

Status check_policy_set(const std::string& subject, std::string_view text) {
  TRY_ASSIGN(const auto policies, policy::parse_policies(text));
  if (subject == kBaseline) {
    if (policies.empty()) return fail(ErrorKind::kFix, "a baseline without policies would refuse everything for ever");
    return {};
  }
  for (const policy::Policy& one : policies) {
    const policy::ScopeConstraint& resource = one.scope.resource;
    bool own = resource.names_entity() && !resource.entities.empty();
    for (const policy::EntityUid& uid : resource.entities) own = own && belongs_to(uid, subject);
    if (!own)
      return fail(ErrorKind::kFix, "line " + std::to_string(one.span.line) +
                                       ": the resource must be == or in a System, Dataset or Field of `" + subject +
                                       "`, such as resource in Dataset::\"" + subject + "/code\"");
  }
  return {};
}

}  // namespace steelyard::exchange
