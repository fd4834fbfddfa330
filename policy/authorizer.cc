#include "policy/authorizer.h"

#include <algorithm>

namespace steelyard::policy {
namespace {

constexpr std::size_t kFoundSteps = 16;  // a look-up, its part in sorting

// Each once, in the order they were put.
void sort(Candidates& found) {
  constexpr std::size_t kFew = 16;
  const auto earlier = [](const CompiledPolicy* a, const CompiledPolicy* b) { return a->sequence < b->sequence; };
  if (found.size() > kFew) {
    std::sort(found.begin(), found.end(), earlier);
  } else {
    for (std::size_t i = 1; i < found.size(); ++i) {
      const CompiledPolicy* one = found[i];
      std::size_t at = i;
      for (; at > 0 && earlier(one, found[at - 1]); --at) found[at] = found[at - 1];
      found[at] = one;
    }
  }
  found.cut(std::unique(found.begin(), found.end()));  // an action can be in two that are named
}

// What is in the same entities is in the same scopes, unless one names it.
bool alike(const Entities::Known* a, const Entities::Known* b) {
  return a != nullptr && b != nullptr && (a == b || a->same_ancestors(*b));
}

}  // namespace

std::optional<Applicable> Applicable::find(const EntityUid& principal, const EntityUid& action,
                                           std::span<const Value> resources, const KnownEntities& entities,
                                           const PoliciesInForce& policies) {
  if (resources.empty()) return {};
  const EntityUid& first = resources.front().as_entity();
  const Entities::Known* known = entities.find(first);
  if (known == nullptr) return {};
  Applicable made;
  made.principal_ = entities.find(principal);
  made.action_ = entities.find(action);
  const ScopeIndex::Asked asker{principal, made.principal_}, asked{action, made.action_};
  Candidates found;
  for (const Value& one : resources) {
    const EntityUid& resource = one.as_entity();
    const Entities::Known* its = entities.find(resource);
    if (its == nullptr || !resource.same_type(first) || !alike(its, known)) return {};
    policies.index().naming(asker, asked, {resource, its}, found);
    if (!found.empty()) return {};
  }
  policies.index().around(asker, asked, {first, known}, found);
  sort(found);
  made.policies_.assign(found.begin(), found.end());
  return made;
}

Decider::Decider(const Request& request, const KnownEntities& entities, const PoliciesInForce& policies)
    : entities_(entities),
      policies_(policies),
      principal_{request.principal, entities.find(request.principal)},
      action_{request.action, entities.find(request.action)},
      evaluator_(request, entities, principal_.known, action_.known) {
  entities.prefetch(request.resource);
  __builtin_prefetch(request.resource.identity());
}

Decider::Decider(const Request& request, const KnownEntities& entities, const PoliciesInForce& policies,
                 const Applicable& group)
    : entities_(entities),
      policies_(policies),
      principal_{request.principal, group.principal_},
      action_{request.action, group.action_},
      evaluator_(request, entities, group.principal_, group.action_),
      kept_(group.policies_),
      of_group_(true) {
  forget_settled();
}

// Nothing is known of any of kept_.
void Decider::forget_settled() {
  settled_.clear();
  for (std::size_t i = 0; i < kept_.size(); ++i) settled_.push_back({});
}

// A resource that no scope names is in the scopes that another one is in, if it has its type and is in the same.
Decider::Concerning Decider::find_candidates(const EntityUid& resource, const Entities::Known* known) {
  if (of_group_) return kept_;
  const ScopeIndex::Asked asked{resource, known};
  found_.clear();
  policies_.index().naming(principal_, action_, asked, found_);
  if (!found_.empty()) {
    policies_.index().around(principal_, action_, asked, found_);
    sort(found_);
    return {found_.data(), found_.size()};
  }
  if (alike(known, like_) && like_type_ == &resource.type()) return kept_;
  around_.clear();
  fetch_ahead(known);
  policies_.index().around(principal_, action_, asked, around_);
  fetch_ahead(known, {around_.data(), around_.size()});
  sort(around_);
  kept_ = {around_.data(), around_.size()};
  forget_settled();
  like_type_ = &resource.type();
  like_ = known;
  return kept_;
}

// Of a request at random nothing is in the processor's cache, and each step from one thing to the next waits for
// memory. What the conditions will want is asked for before the policies are looked for, and while they are.
void Decider::fetch_ahead(const Entities::Known* known) const {
  if (known == nullptr) return;
  for (const auto& [uid, type] : known->ancestors()) entities_.prefetch(uid);
}

void Decider::fetch_ahead(const Entities::Known* known, Concerning found) const {
  for (const CompiledPolicy* one : found)
    if (one->has_sets) one->program.prefetch_sets();
  if (known == nullptr) return;
  for (const auto& [uid, type] : known->ancestors()) {
    if (!policies_.index().names_resource_of(*type)) continue;
    if (const Entities::Known* its = entities_.find(uid); its != nullptr) its->prefetch();
  }
}

bool Decider::holds(const CompiledPolicy& policy, const Entities::Known* known, Settled& settled, Decision* details) {
  const ResourceUse& use = policy.common->of_resource;
  if (settled.known && use.same(settled.resource, known)) return settled.holds;
  ++looked_at_;
  const auto outcome = evaluator_.all_hold(policy.program, policy.common->checks, settled.parts);
  if (outcome == Evaluator::Outcome::kError) {  // not settled: its text may name the resource
    erred_.push_back(&policy);
    if (details != nullptr) details->errors.push_back({policy.id, to_text(evaluator_.error())});
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
  if (known != nullptr) known->prefetch();
  evaluator_.ask_about(resource, known);
  decided_.clear();
  erred_.clear();
  const Concerning candidates = find_candidates(resource, known);
  const bool kept = candidates.data() == kept_.data();
  // Looked at, and where they are this resource's alone, found and sorted for it.
  if (!evaluator_.spend((kept ? 1 : kFoundSteps) * candidates.size())) {
    if (details != nullptr)
      details->errors.push_back({"", "more policies concern the request than its steps suffice for"});
    return {false, true};
  }
  bool forbidden = false;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const CompiledPolicy& candidate = *candidates[i];
    Settled fresh;
    if (candidate.conditional && !holds(candidate, known, kept ? settled_[i] : fresh, details)) continue;
    const bool forbids = candidate.effect == Effect::kForbid;
    if (forbids && !forbidden) decided_.clear();  // a forbid wins over every permit
    if (forbids || !forbidden) decided_.push_back(&candidate);
    forbidden = forbidden || forbids;
  }
  return {!forbidden && !decided_.empty(), !erred_.empty()};
}

Decision Decider::decide(const EntityUid& resource, const Entities::Known* known) {
  Decision decision;
  decision.allow = judge(resource, known, &decision).allow;
  decision.reasons.reserve(decided_.size());
  for (const CompiledPolicy* one : decided_) decision.reasons.push_back(one->id);
  return decision;
}

Decider::Brief Decider::decide_briefly(const EntityUid& resource, const Entities::Known* known) {
  return judge(resource, known, nullptr);
}

Decision decide(const Request& request, const KnownEntities& entities, const PoliciesInForce& policies) {
  return Decider(request, entities, policies).decide(request.resource);
}

}  // namespace steelyard::policy
