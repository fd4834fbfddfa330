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

const Candidates& Decider::find_candidates(const EntityUid& resource, const Entities::Known* known) {
  const std::vector<EntityUid>* in = known == nullptr ? nullptr : &known->ancestors;
  const bool same = looked_ && (in == in_ || (in != nullptr && in_ != nullptr && *in == *in_));
  if (!same) {
    around_.clear();
    policies_.index().around(principal_, action_, known, around_);
    std::erase_if(around_, [this](const CompiledPolicy* one) { return !evaluator_.asker_in_scope(one->policy.scope); });
    sort_once(around_);
    settled_.assign(around_.size(), Settled{});
    looked_ = true;
    in_ = in;
  }
  found_.clear();
  policies_.index().naming(principal_, action_, resource, found_);
  std::erase_if(found_, [this](const CompiledPolicy* one) { return !evaluator_.asker_in_scope(one->policy.scope); });
  if (found_.empty()) return around_;
  found_.insert(found_.end(), around_.begin(), around_.end());
  sort_once(found_);
  return found_;
}

bool Decider::holds(const CompiledPolicy& policy, const Entities::Known* known, Settled* settled, Decision* details,
                    bool& erred) {
  const ResourceUse& use = policy.of_resource;
  if (settled != nullptr && settled->known && use.same(settled->resource, known)) return settled->holds;
  EvaluationError error;
  const auto outcome = evaluator_.holds(policy.program, error);
  if (outcome == Evaluator::Outcome::kError) {  // not settled: its text may name the resource
    erred = true;
    if (details != nullptr) details->errors.push_back({policy.policy.id, to_text(error)});
    return false;
  }
  const bool holds = outcome == Evaluator::Outcome::kTrue;
  if (settled != nullptr && !use.whole) *settled = {true, holds, known};
  return holds;
}

Decider::Brief Decider::judge(const EntityUid& resource, const Entities::Known* known, Decision* details) {
  evaluator_.ask_about(resource, known);
  Brief brief;
  bool permitted = false;
  bool forbidden = false;
  std::size_t at = 0;  // in around_, which is sorted as the candidates are
  for (const CompiledPolicy* candidate : find_candidates(resource, known)) {
    while (at < around_.size() && around_[at]->sequence < candidate->sequence) ++at;
    Settled* settled = at < around_.size() && around_[at] == candidate ? &settled_[at] : nullptr;
    const Policy& policy = candidate->policy;
    if (!evaluator_.resource_in_scope(policy.scope)) continue;
    if (policy.has_condition && !holds(*candidate, known, settled, details, brief.erred)) continue;
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
