#include "policy/authorizer.h"

#include <array>
#include <cstddef>

#include "policy/evaluator.h"

namespace steelyard::policy {

Decision decide(const Request& request, const Entities& entities, const PolicySet& policies) {
  std::array<std::byte, 2048> space;  // the usual request concerns a handful of policies: no allocation
  std::pmr::monotonic_buffer_resource memory(space.data(), space.size());
  Candidates candidates(&memory);
  candidates.reserve(32);
  policies.candidates(request, entities, candidates);

  Evaluator evaluator(request, entities);
  Decision decision;
  bool forbidden = false;
  for (const CompiledPolicy* candidate : candidates) {
    const Policy& policy = candidate->policy;
    if (!evaluator.in_scope(policy.scope)) continue;
    if (policy.has_condition) {
      EvaluationError error;
      const auto outcome = evaluator.holds(candidate->program, error);
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

}  // namespace steelyard::policy
