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
    : request_(request),
      entities_(entities),
      policies_(policies),
      principal_{request.principal, entities.find(request.principal)},
      action_{request.action, entities.find(request.action)},
      evaluator_(request, entities) {
  around_.reserve(32);
  found_.reserve(32);
}

void Decider::find_candidates(const EntityUid& resource, const Entities::Known* known) {
  const std::vector<EntityUid>* in = known == nullptr ? nullptr : &known->ancestors;
  const bool same = looked_ && (in == in_ || (in != nullptr && in_ != nullptr && *in == *in_));
  if (!same) {
    around_.clear();
    policies_.index().around(principal_, action_, known, around_);
    sort_once(around_);
    looked_ = true;
    in_ = in;
  }
  found_.clear();
  policies_.index().naming(principal_, action_, resource, found_);
  if (found_.empty()) {
    found_.assign(around_.begin(), around_.end());
    return;
  }
  found_.insert(found_.end(), around_.begin(), around_.end());
  sort_once(found_);
}

Decision Decider::decide(const EntityUid& resource, const Entities::Known* known) {
  evaluator_.ask_about(resource, known);
  find_candidates(resource, known);
  Decision decision;
  bool forbidden = false;
  for (const CompiledPolicy* candidate : found_) {
    const Policy& policy = candidate->policy;
    if (!evaluator_.in_scope(policy.scope)) continue;
    if (policy.has_condition) {
      EvaluationError error;
      const auto outcome = evaluator_.holds(candidate->program, error);
      if (outcome == Evaluator::Outcome::kError) decision.errors.push_back({policy.id, to_text(error)});
      if (outcome != Evaluator::Outcome::kTrue) continue;
    }
    const bool forbids = policy.effect == Effect::kForbid;
    if (forbidden && !forbids) continue;
    if (forbids && !forbidden) decision.reasons.clear();  // a forbid wins over every permit
    forbidden = forbidden || forbids;
    decision.reasons.push_back(policy.id);
  }
  decision.allow = !forbidden && !decision.reasons.empty();
  return decision;
}

Decision decide(const Request& request, const Entities& entities, const PolicySet& policies) {
  return Decider(request, entities, policies).decide(request.resource);
}

}  // namespace steelyard::policy
