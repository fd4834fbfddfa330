#include "policy/policy_document.h"

#include <limits>

#include "policy/parser.h"

namespace steelyard::policy {
namespace {

constexpr std::size_t kLink = std::numeric_limits<std::size_t>::max();

}  // namespace

Status PolicyDocument::want_new(const std::string& id) const {
  if (!places_.contains(id)) return {};
  return fail(ErrorKind::kFix, one_line("the id `" + id + "` stands twice: give one of the two another"));
}

Status PolicyDocument::add(Policy policy) {
  TRY(want_new(policy.id));
  places_.emplace(policy.id, policies_.size());
  policies_.push_back(std::move(policy));
  return {};
}

Status PolicyDocument::add(TemplateLink link) {
  TRY(want_new(link.id));
  const Policy* from = find(link.template_id);
  if (from == nullptr) return fail(ErrorKind::kFix, one_line("there is no template `" + link.template_id + "`"));
  TRY(policy::link(*from, link.id, link.values));
  places_.emplace(link.id, kLink);
  links_.push_back(std::move(link));
  return {};
}

const Policy* PolicyDocument::find(std::string_view id) const {
  const auto found = places_.find(std::string(id));
  return found == places_.end() || found->second == kLink ? nullptr : &policies_[found->second];
}

Result<PolicyDocument> read_policies(std::string_view text, Ids ids, std::size_t bytes_max) {
  TRY_ASSIGN(auto policies, parse_policies(text, "policy", Templates::kTaken, bytes_max));
  PolicyDocument document;
  for (Policy& policy : policies) {
    const std::string* named = ids == Ids::kByAnnotation ? policy.annotation("id") : nullptr;
    if (named != nullptr) policy.id = *named;
    const Span at = policy.span;
    if (auto added = document.add(std::move(policy)); !added) return fail_at(at, added.error().what);
  }
  return document;
}

Result<PolicySet> compile(const PolicyDocument& document) {
  PolicySet set;
  for (const Policy& policy : document.policies()) {
    if (policy.is_template())
      TRY(set.put_template(policy));
    else
      set.put(policy);
  }
  for (const TemplateLink& link : document.links()) TRY(set.link(link));
  return set;
}

}  // namespace steelyard::policy
