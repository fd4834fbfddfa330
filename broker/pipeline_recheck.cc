#include "broker/pipeline_state.h"
#include "core/base/invariant.h"
#include "schemas/errors.h"

namespace steelyard::broker {

namespace code = schemas::code;

// INVARIANT(stopped-means-stopped): asked before a request is forwarded, an answer recorded, an answer delivered.
Pipeline::State::Ending Pipeline::State::recheck(Exchange& exchange, Instant at) {
  if (!must_weigh(exchange, at)) return {};
  ++counters.rechecks;
  auto question = exchange::question_of(exchange.body, registry);
  exchange::Verdict verdict = question ? weigh(*question, at) : exchange::Verdict::refuse(code::policy_error);
  gate.limit_rows(verdict, exchange.body.count);  // a quota left no more when it was granted
  if (!INVARIANT_HOLDS(stopped_means_stopped, verdict.same_as(exchange.body)))
    return {verdict.permitted() ? code::verdict_changed : verdict.reason(), std::move(verdict.decided_by)};
  exchange.weighed = registry.epoch();
  exchange.holds_until = verdict.holds_until;
  return {};
}

}  // namespace steelyard::broker
