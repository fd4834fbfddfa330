#include "policy/template.h"

namespace steelyard::policy {
namespace {

Status fill(ScopeConstraint& constraint, const std::optional<EntityUid>& value, std::string_view slot,
            const std::string& template_id) {
  const auto wrong = [&](std::string_view what) {
    return fail(ErrorKind::kFix,
                one_line("template `" + template_id + "` " + std::string(what) + " `" + std::string(slot) + "`"));
  };
  if (constraint.slot && !value) return wrong("needs a value for its slot");
  if (!constraint.slot && value) return wrong("has no slot");
  if (!value) return {};
  constraint.slot = false;
  constraint.entities.push_back(*value);
  return {};
}

}  // namespace

Result<Policy> link(const Policy& from, std::string id, const SlotValues& values) {
  if (!from.is_template())
    return fail(ErrorKind::kFix, one_line("policy `" + from.id + "` has no slots: it is no template"));
  Policy made = from;
  TRY(fill(made.scope.principal, values.principal, "?principal", from.id));
  TRY(fill(made.scope.resource, values.resource, "?resource", from.id));
  made.id = std::move(id);
  return made;
}

}  // namespace steelyard::policy
