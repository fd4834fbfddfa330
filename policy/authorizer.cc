#include "policy/authorizer.h"

#include <algorithm>

namespace steelyard::policy {
namespace {

void sort_once(Candidates& found) {
  const auto earlier = [](const CompiledPolicy* a, const CompiledPolicy* b) { return a->sequence < b->sequence; };
  std::sort(found.begin(), found.end(), earlier);
  found.erase(std::unique(found.begin(), found.end()), found.end());  // an action can be in two that are named
}

}  // namespace

Decider::Decider(const Request& request, const Entities& entities, const PolicySet& policies)
    : entities_(entities),
      policies_(policies),
      principal_{request.principal, entities.find(request.principal)},
      action_{request.action, entities.find(request.action)},
      evaluator_(request, entities) {
  around_.reserve(32);
  settled_.reserve(32);
  found_.reserve(32);
}

// A resource that no scope names is in the scopes that another one is in, if it has its type and is in the same.
const Candidates& Decider::find_candidates(const EntityUid& resource, const Entities::Known* known) {
  const std::vector<EntityUid>* in = known == nullptr ? nullptr : &known->ancestors;
  const bool same =
      like_ && resource.type() == like_->type() && (in == in_ || (in != nullptr && in_ != nullptr && *in == *in_));
  found_.clear();
  policies_.index().naming(principal_, action_, resource, found_);
  if (same && found_.empty()) return around_;
  const auto out_of_scope = [this](const CompiledPolicy* one) { return !evaluator_.in_scope(one->policy.scope); };
  if (!found_.empty()) {
    policies_.index().around(principal_, action_, known, found_);
    std::erase_if(found_, out_of_scope);
    sort_once(found_);
    return found_;
  }
  around_.clear();
  policies_.index().around(principal_, action_, known, around_);
  std::erase_if(around_, out_of_scope);
  sort_once(around_);
  settled_.assign(around_.size(), Settled{});
  like_ = resource;
  in_ = in;
  return around_;
}

bool Decider::holds(const CompiledPolicy& policy, const Entities::Known* known, Settled& settled, Decision* details,
                    bool& erred) {
  const ResourceUse& use = policy.of_resource;
  if (settled.known && use.same(settled.resource, known)) return settled.holds;
  EvaluationError error;
  const auto outcome = evaluator_.all_hold(policy.program, policy.conjuncts, settled.parts, error);
  if (outcome == Evaluator::Outcome::kError) {  // not settled: its text may name the resource
    erred = true;
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

Decider::Brief Decider::judge(const EntityUid& resource, const Entities::Known* known, Decision* details) {
  evaluator_.ask_about(resource, known);
  Brief brief;
  bool permitted = false;
  bool forbidden = false;
  const Candidates& candidates = find_candidates(resource, known);
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const CompiledPolicy& candidate = *candidates[i];
    const Policy& policy = candidate.policy;
    Settled fresh;
    Settled& settled = &candidates == &around_ ? settled_[i] : fresh;
    if (policy.has_condition && !holds(candidate, known, settled, details, brief.erred)) continue;
    const bool forbids = policy.effect == Effect::kForbid;
    if (details != nullptr && forbids && !forbidden) details->reasons.clear();  // a forbid wins over every permit
    if (details != nullptr && (forbids || !forbidden)) details->reasons.push_back(policy.id);
    (forbids ? forbidden : permitted) = true;
  }
  brief.allow = permitted && !forbidden;
  return brief;
}

Decision Decider::decide(const EntityUid& resource, const Entities::Known* known) {
  Decision decision;
  decision.allow = judge(resource, known, &decision).allow;
  return decision;
}

Decider::Brief Decider::decide_briefly(const EntityUid& resource, const Entities::Known* known) {
  return judge(resource, known, nullptr);
}

Decision decide(const Request& request, const Entities& entities, const PolicySet& policies) {
  return Decider(request, entities, policies).decide(request.resource);
}

}  // namespace steelyard::policy
