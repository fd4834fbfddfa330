#include "policy/authorizer.h"

#include <algorithm>

namespace steelyard::policy {
namespace {

constexpr std::size_t kFoundSteps = 16;  // a look-up, its scope, its part in sorting

// Those in scope, each once, in the order they were put.
void keep_in_scope(const Evaluator& evaluator, Candidates& found) {
  std::erase_if(found, [&evaluator](const CompiledPolicy* one) { return !evaluator.in_scope(one->policy.scope); });
  const auto earlier = [](const CompiledPolicy* a, const CompiledPolicy* b) { return a->sequence < b->sequence; };
  std::sort(found.begin(), found.end(), earlier);
  found.erase(std::unique(found.begin(), found.end()), found.end());  // an action can be in two that are named
}

}  // namespace

std::optional<Applicable> Applicable::find(const EntityUid& principal, const EntityUid& action,
                                           std::span<const Value> resources, const Entities& entities,
                                           const PolicySet& policies) {
  if (resources.empty()) return {};
  const EntityUid& first = resources.front().as_entity();
  const Entities::Known* known = entities.find(first);
  if (known == nullptr) return {};
  Applicable made;
  made.principal_ = entities.find(principal);
  made.action_ = entities.find(action);
  const ScopeIndex::Asked asker{principal, made.principal_}, asked{action, made.action_};
  std::array<std::byte, 1024> space;
  std::pmr::monotonic_buffer_resource memory(space.data(), space.size());
  Candidates found(&memory);
  for (const Value& one : resources) {
    const EntityUid& resource = one.as_entity();
    const Entities::Known* its = entities.find(resource);
    if (its == nullptr || resource.type() != first.type() || its->ancestors != known->ancestors) return {};
    policies.index().naming(asker, asked, resource, found);
    if (!found.empty()) return {};
  }
  policies.index().around(asker, asked, known, found);
  const Request request{principal, action, first};
  keep_in_scope(Evaluator(request, entities), found);
  made.policies_.assign(found.begin(), found.end());
  return made;
}

Decider::Decider(const Request& request, const Entities& entities, const PolicySet& policies)
    : entities_(entities),
      policies_(policies),
      principal_{request.principal, entities.find(request.principal)},
      action_{request.action, entities.find(request.action)},
      evaluator_(request, entities, principal_.known, action_.known) {
  around_.reserve(32);
  settled_.reserve(32);
  found_.reserve(32);
}

Decider::Decider(const Request& request, const Entities& entities, const PolicySet& policies, const Applicable& group)
    : entities_(entities),
      policies_(policies),
      principal_{request.principal, group.principal_},
      action_{request.action, group.action_},
      evaluator_(request, entities, group.principal_, group.action_),
      kept_(group.policies_),
      settled_(group.policies_.size(), Settled{}, &memory_),
      of_group_(true) {}

// A resource that no scope names is in the scopes that another one is in, if it has its type and is in the same.
Decider::Concerning Decider::find_candidates(const EntityUid& resource, const Entities::Known* known) {
  if (of_group_) return kept_;
  const std::vector<EntityUid>* in = known == nullptr ? nullptr : &known->ancestors;
  const bool same =
      like_ && resource.type() == like_->type() && (in == in_ || (in != nullptr && in_ != nullptr && *in == *in_));
  found_.clear();
  policies_.index().naming(principal_, action_, resource, found_);
  if (same && found_.empty()) return kept_;
  if (!found_.empty()) {
    policies_.index().around(principal_, action_, known, found_);
    keep_in_scope(evaluator_, found_);
    return found_;
  }
  around_.clear();
  policies_.index().around(principal_, action_, known, around_);
  keep_in_scope(evaluator_, around_);
  kept_ = around_;
  settled_.assign(around_.size(), Settled{});
  like_ = resource;
  in_ = in;
  return kept_;
}

bool Decider::holds(const CompiledPolicy& policy, const Entities::Known* known, Settled& settled, Decision* details) {
  const ResourceUse& use = policy.common.of_resource;
  if (settled.known && use.same(settled.resource, known)) return settled.holds;
  EvaluationError error;
  const auto outcome = evaluator_.all_hold(policy.program, policy.common.conjuncts, settled.parts, error);
  if (outcome == Evaluator::Outcome::kError) {  // not settled: its text may name the resource
    erred_.push_back(&policy);
    if (details != nullptr) details->errors.push_back({policy.policy.id, to_text(error)});
    return false;
  }
  const bool holds = outcome == Evaluator::Outcome::kTrue;
  if (!use.whole) {
    settled.known = true;
    settled.holds = holds;
    settled.resource = known;
  }
  return holds;
}

Decider::Brief Decider::judge(const Value& resource, const Entities::Known* known, Decision* details) {
  evaluator_.ask_about(&resource, known);
  decided_.clear();
  erred_.clear();
  Brief brief;
  bool permitted = false;
  bool forbidden = false;
  const Concerning candidates = find_candidates(resource.as_entity(), known);
  // Looked at, and where they are this resource's alone, found and sorted for it.
  const std::size_t each = candidates.data() == kept_.data() ? 1 : kFoundSteps;
  if (!evaluator_.spend(each * candidates.size())) {
    brief.erred = true;
    if (details != nullptr)
      details->errors.push_back({"", "more policies concern the request than its steps suffice for"});
    return brief;
  }
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const CompiledPolicy& candidate = *candidates[i];
    Settled fresh;
    Settled& settled = candidates.data() == kept_.data() ? settled_[i] : fresh;
    if (candidate.program.size() != 0 && !holds(candidate, known, settled, details)) continue;
    const bool forbids = candidate.policy.effect == Effect::kForbid;
    if (forbids && !forbidden) decided_.clear();  // a forbid wins over every permit
    if (forbids || !forbidden) decided_.push_back(&candidate);
    (forbids ? forbidden : permitted) = true;
  }
  brief.allow = permitted && !forbidden;
  brief.erred = !erred_.empty();
  if (details != nullptr)
    for (const CompiledPolicy* one : decided_) details->reasons.push_back(one->policy.id);
  return brief;
}

Decision Decider::decide(const EntityUid& resource, const Entities::Known* known) {
  Decision decision;
  decision.allow = judge(Value::entity(resource), known, &decision).allow;
  return decision;
}

Decider::Brief Decider::decide_briefly(const Value& resource, const Entities::Known* known) {
  return judge(resource, known, nullptr);
}

Decision decide(const Request& request, const Entities& entities, const PolicySet& policies) {
  return Decider(request, entities, policies).decide(request.resource);
}

}  // namespace steelyard::policy
