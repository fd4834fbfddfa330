#include "policy/policy_set.h"

#include "core/base/check.h"
#include "policy/fold.h"
#include "policy/parser.h"

namespace steelyard::policy {

namespace {

// What a policy's conditions come to; they themselves are let go of.
Expr take_program(Policy& policy) {
  Expr program = fold(policy.conditions);
  policy.conditions = std::vector<Condition>();
  return program;
}

}  // namespace

void PolicySet::put(Policy policy) {
  CHECK(!policy.is_template());
  Expr program = take_program(policy);
  put(policy, std::move(program));
}

void PolicySet::put(const Policy& head, Expr program) {
  Ref<Shapes::Common> common = shapes_.join(program);
  Compiled made(
      new CompiledPolicy(head.id, head.effect, head.scope, std::move(program), std::move(common), sequence_++));
  remove(head.id);
  index_.add(made);
  policies_.insert(std::move(made));
}

Status PolicySet::put(std::string id, std::string_view text) {
  TRY_ASSIGN(Policy policy, parse_policy(std::move(id), text));
  put(std::move(policy));
  return {};
}

Status PolicySet::want_new(const std::string& id) const {
  if (!templates_.contains(id) && !policies_.contains(id)) return {};
  return fail(ErrorKind::kFix, one_line("there is a policy or template `" + id + "` already"));
}

Status PolicySet::put_template(Policy from) {
  CHECK(from.is_template());
  TRY(want_new(from.id));
  std::string id = from.id;
  Expr program = take_program(from);
  templates_.emplace(std::move(id), Template{std::move(from), std::move(program)});
  return {};
}

Status PolicySet::link(const TemplateLink& link) {
  const auto from = templates_.find(link.template_id);
  if (from == templates_.end())
    return fail(ErrorKind::kFix, one_line("there is no template `" + link.template_id + "`"));
  TRY(want_new(link.id));
  TRY_ASSIGN(Policy made, policy::link(from->second.policy, link.id, link.values));
  put(made, from->second.program);
  return {};
}

bool PolicySet::remove(std::string_view id) {
  const auto found = policies_.find(id);
  if (found == policies_.end()) return false;
  take_out(*found);
  policies_.erase(found);
  return true;
}

std::size_t PolicySet::remove_prefixed(std::string_view id_prefix) {
  std::size_t removed = 0;
  auto at = policies_.lower_bound(id_prefix);
  while (at != policies_.end() && (*at)->id.starts_with(id_prefix)) {
    take_out(*at);
    at = policies_.erase(at);
    ++removed;
  }
  return removed;
}

void PolicySet::clear() {
  index_ = ScopeIndex();
  policies_.clear();
  templates_.clear();
  shapes_.clear();
}

void PolicySet::take_out(const Compiled& policy) {
  index_.remove(policy);
  shapes_.leave(policy->program);
}

}  // namespace steelyard::policy
