#include "policy/policy_set.h"

#include "core/base/check.h"
#include "policy/fold.h"
#include "policy/parser.h"

namespace steelyard::policy {

void PolicySet::put(Policy policy) {
  CHECK(!policy.is_template());
  Expr program = fold(policy.conditions);
  policy.conditions = std::vector<Condition>();
  const Shapes::Common& common = shapes_.join(program);
  auto compiled = std::make_unique<const CompiledPolicy>(
      CompiledPolicy{std::move(program), common, sequence_++, std::move(policy)});
  auto& place = policies_[compiled->policy.id];
  if (place != nullptr) take_out(*place);
  place = std::move(compiled);
  index_.add(*place);
}

Status PolicySet::put(std::string id, std::string_view text) {
  TRY_ASSIGN(Policy policy, parse_policy(std::move(id), text));
  put(std::move(policy));
  return {};
}

bool PolicySet::remove(std::string_view id) {
  const auto found = policies_.find(id);
  if (found == policies_.end()) return false;
  take_out(*found->second);
  policies_.erase(found);
  return true;
}

std::size_t PolicySet::remove_prefixed(std::string_view id_prefix) {
  std::size_t removed = 0;
  auto at = policies_.lower_bound(id_prefix);
  while (at != policies_.end() && at->first.starts_with(id_prefix)) {
    take_out(*at->second);
    at = policies_.erase(at);
    ++removed;
  }
  return removed;
}

void PolicySet::clear() {
  index_ = ScopeIndex();
  policies_.clear();
  shapes_.clear();
}

void PolicySet::take_out(const CompiledPolicy& policy) {
  index_.remove(policy);
  shapes_.leave(policy.program);
}

const Policy* PolicySet::find(std::string_view id) const {
  const auto found = policies_.find(id);
  return found == policies_.end() ? nullptr : &found->second->policy;
}

}  // namespace steelyard::policy
